"""Articles matched with those that an index has kept before them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.blocks import Block
from dedup.collection import Asked, Compared, Known, compare_prepared
from dedup.columns import Ids, Strings, pack_ids
from dedup.decide import is_held, round_ups
from dedup.documents import Collection
from dedup.index.postings import Postings
from dedup.index.runs import Found
from dedup.kernels import postings as kernels
from dedup.kernels.relate import TEMPLATE
from dedup.kernels.runs import MOST_KEYS
from dedup.model import Answer, Pair
from dedup.passages import Recipe
from dedup.relations import FORMED, is_among
from dedup.shingle import join_encoded, places_of
from dedup.sketches import measures_of
from dedup.sources import Boilerplate
from dedup.telling import Teller
from dedup.verify import prepare

CANDIDATES = 16
"""Kept articles that a new one is compared with."""

ALIKE = 12
"""Of those the ones of its own source, as long as there are others: a text of which little is its
own shares most with them."""

LEAST_SHARED = 0.0625
"""Share of the keys of the smaller text that a candidate has too. Less than in a pass: keys that
many articles have are not counted."""

_ORDER = ("identical", "copy", "excerpt", "extends", "update", "revision", "template", "overlap")
SAME_STORY = frozenset(_ORDER[:6])
"""Relations of two articles of one story."""


class Article(NamedTuple):
    """What is compared of an article, and what is known of it.

    ``number`` : the how manyth that was added; ``text`` is in UTF-8; ``label`` : its source, -1
    where unknown; ``hours`` since 1970 when it was published, NaN where unknown, and ``seen``, then
    when it was added; ``is_round_up``: it holds several others; ``forms`` : the ids of articles of
    one form with it, as far as was seen when it was added
    """

    number: int
    id: str | int
    text: bytes
    label: int
    hours: float
    seen: float
    is_round_up: bool = False
    forms: frozenset[str | int] = frozenset()


class Match(NamedTuple):
    """A kept article that a new one is related to; ``is_held``: it holds the new one.

    ``is_fuller``: the new one holds it, and has more words; ``once`` : half words that the kept one
    does not tell again itself; ``hours``, ``seen`` : when it was published, and when it came
    """

    pair: Pair
    number: int
    is_held: bool
    is_fuller: bool
    once: int
    hours: float
    seen: float


class Outcome(NamedTuple):
    """What became of an article, the best match first; ``is_round_up``: it holds several others.

    ``once`` : half words that it does not tell again itself
    """

    matches: list[Match]
    is_round_up: bool
    once: int

    @property
    def keeper(self) -> Match | None:
        """The kept article that holds it, and for which it goes."""
        return self.matches[0] if self.matches and self.matches[0].is_held else None

    def answer(self) -> Answer:
        """Return what is told of the article."""
        kept = None if self.keeper is None else self.keeper.pair.right
        return Answer((found.pair for found in self.matches), kept)

    def seen_of(self, article: Article) -> Article:
        """Return the article of which this is told, as later ones see it."""
        forms = frozenset(m.pair.right for m in self.matches if m.pair.relation == "template")
        return article._replace(is_round_up=self.is_round_up, forms=forms)


class LookedUp(NamedTuple):
    """The keys of n articles, and what runs hold of them.

    ``keys`` : uint64[m] with their ``codes`` : uint32[m] and ``offsets`` : int64[n + 1];
    ``is_own`` : bool[m], whether a key is no boilerplate of the article's source
    """

    keys: NDArray[np.uint64]
    codes: NDArray[np.uint32]
    offsets: NDArray[np.int64]
    is_own: NDArray[np.bool_]
    hits: Found

    def take(self, places: NDArray[np.int64]) -> "LookedUp":
        """Return those of some articles."""
        chosen, offsets = places_of(self.offsets, places)
        keys, codes, is_own = self.keys[chosen], self.codes[chosen], self.is_own[chosen]
        return LookedUp(keys, codes, offsets, is_own, self.hits.take(chosen))

    def codes_of(self, places: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Return the codes of some articles, and to which of them each belongs, by its place."""
        chosen, offsets = places_of(self.offsets, places)
        return self.codes[chosen], places.repeat(offsets[1:] - offsets[:-1])

    def n_keys(self) -> NDArray[np.uint8]:
        """Return how many keys each article has, as ``kept`` says it."""
        sizes = self.offsets[1:] - self.offsets[:-1]
        told: NDArray[np.int64] = np.minimum(np.maximum(sizes, 1), MOST_KEYS)
        return told.astype(np.uint8)


class Piece(NamedTuple):
    """Articles that are added together; ``labels`` : int32[n], their sources."""

    articles: Sequence[Article]
    labels: NDArray[np.int32]
    found: LookedUp


class Survey(NamedTuple):
    """Which keys of a piece nominate, how many of each article are its own, and what was learned.

    ``keys`` : uint64[k] with ``labels`` : int32[k], proved to be boilerplate of their source
    """

    nominates: NDArray[np.bool_]
    own: NDArray[np.int64]
    keys: NDArray[np.uint64]
    labels: NDArray[np.int32]


def survey(piece: Piece, postings: Postings, until: int, window: int) -> Survey:
    """Look at the keys of a piece. Only articles with numbers below ``until`` count."""
    found, rows = piece.found, postings.rows
    labels = piece.labels if window else np.full(len(piece.labels), -1, np.int32)
    nominates, own, is_learned = kernels.survey(
        found.codes, found.is_own, found.offsets, labels, *found.hits, *postings.newest.chains,
        postings.runs.origin, until - rows.base, rows.kept, rows.labels,
        postings.label_texts(until), defaults.BOILERPLATE_TEXTS, defaults.BOILERPLATE_SHARE,
        defaults.COMMON_SHARE,
    )  # fmt: skip
    learned = is_learned.nonzero()[0]
    owners = found.offsets.searchsorted(learned, "right") - 1
    return Survey(nominates, own, found.keys[learned], labels[owners])


def candidates(
    piece: Piece,
    surveyed: Survey,
    places: NDArray[np.int64],
    rows: NDArray[np.int64],
    postings: Postings,
    window: int,
) -> list[tuple[int, int]]:
    """Return the candidates of some articles of a piece, as places and rows."""
    found, labels = piece.found, piece.labels
    nominated, n_nominated = kernels.nominate(
        places, found.codes, found.offsets, labels, surveyed.nominates, surveyed.own, rows,
        *found.hits, *postings.newest.chains, postings.rows.kept, postings.rows.labels,
        2 if window else 1, LEAST_SHARED, CANDIDATES, ALIKE,
    )  # fmt: skip
    own = zip(places.tolist(), nominated.tolist(), n_nominated.tolist(), strict=True)
    return [(place, row) for place, rows_of, n in own for row in rows_of[:n]]


def match(
    left: Sequence[Article],
    right: Sequence[Article],
    pairs: Sequence[tuple[int, int]],
    names: Sequence[str],
    boilerplate: Boilerplate,
    threshold: float,
    recipe: Recipe,
) -> list[Outcome]:
    """Return what is told of the left articles, of which each pair is compared with a right one.

    ``names`` : of the sources
    """
    articles = [*left, *right]
    n_left = len(left)
    collection = _collection(articles, n_left, names, recipe.window)
    block = Block(np.arange(len(articles)), join_encoded([article.text for article in articles]))
    material = prepare(block.texts, collection.labels, boilerplate, with_spans=True)
    weights, identities = measures_of(material.tokens, material.token_offsets)
    words = weights[:, 1].tolist()
    outcomes = [Outcome([], False, own) for own in words[:n_left]]
    known = Known.of(collection, weights, identities)
    places = np.array(pairs, np.int64)
    places[:, 1] += n_left
    compared = compare_prepared(block, material, places, known, Asked(threshold, facts=True))
    compared = compared._replace(relations=_formed(compared, articles, n_left))
    held = is_held(compared, defaults.DROP, threshold)
    holders = set(round_ups(compared))
    teller = Teller(compared, collection, None)
    for p, (one, other) in enumerate(compared.pairs.tolist()):
        is_swapped = one >= n_left
        new, old = (other, one) if is_swapped else (one, other)
        pair = teller.pair(p, swapped=is_swapped)
        stored = articles[old]
        is_excerpt = pair.relation == "excerpt"
        goes = bool(held[p]) and pair.relation != "extends"
        goes &= not (is_excerpt and stored.is_round_up)
        is_fuller = pair.right_in_left >= threshold and words[new] > words[old]
        outcomes[new].matches.append(
            Match(pair, stored.number, goes, is_fuller, words[old], stored.hours, stored.seen)
        )
    for at, outcome in enumerate(outcomes):
        outcome.matches.sort(key=_rank)
        outcomes[at] = outcome._replace(is_round_up=at in holders)
    return outcomes


def _rank(match: Match) -> tuple[bool, int, float, int]:
    pair = match.pair
    return not match.is_held, _ORDER.index(pair.relation), -pair.left_in_right, match.number


def _collection(
    articles: Sequence[Article], n_left: int, names: Sequence[str], window: int
) -> Collection:
    ids = Ids([pack_ids([article.id for article in articles])])
    labels = np.array([article.label for article in articles], np.int32)
    sides = np.zeros(len(articles), np.int8)
    sides[n_left:] = 1
    return Collection(
        ids,
        Strings([]),  # titles
        np.arange(len(articles), dtype=np.int32)[::-1],  # what is equal else goes for the older one
        names,
        labels if window else np.full(len(labels), -1, np.int32),
        np.array([article.hours for article in articles], np.float64),
        sides,
    )


def _formed(compared: Compared, articles: Sequence[Article], n_left: int) -> NDArray[np.int8]:
    """Make templates of related short pairs of which both articles are of a known form.

    As ``relations.mark_forms`` does for a collection: each is in a template pair with another
    article, and not both with one and the same.
    """
    is_template = compared.relations == TEMPLATE
    if not is_template.any():
        return compared.relations
    relations = compared.relations.copy()
    forms: dict[int, set[str | int]] = {at: set() for at in range(n_left)}
    sides = np.sort(compared.pairs, axis=1)
    for new, old in sides[is_template].tolist():
        forms[new].add(articles[old].id)
    words = compared.evidence.left[:, 0] / 2
    told = is_among(relations, FORMED) & (words < defaults.SHORT_NEWS_WORDS)
    for p in np.flatnonzero(told).tolist():
        new, old = sides[p].tolist()
        own, its = forms[new], articles[old].forms
        if own and its and (len(own) > 1 or own != its):
            relations[p] = TEMPLATE
    return relations
