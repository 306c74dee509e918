"""Which texts go, and which kept text holds each of them.

Stars, not chains: in the order of preference a text goes only if a text that is kept, itself,
covers it. So a wrong pair costs one text, never a whole family.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Collection as Ids
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.blocks import HALF_WORD_BYTES, Block, Near, block_size, read_blocks
from dedup.collection import Found, Related, evidence_of
from dedup.documents import Collection, Corpus
from dedup.kernels import match as columns
from dedup.kernels.relate import EXCERPT
from dedup.model import Relation
from dedup.relations import NAMES, Evidence, is_among, relate
from dedup.resources import Resources
from dedup.verify import Material, match_pairs, prepare

Order = Callable[[Sequence[int], bool], Sequence[int]]
"""Puts the texts of a story in the order in which they would be shown; told whether they differ in
numbers."""


class Member(NamedTuple):
    """A text that goes: why, and which share of it (of its own words) the kept text holds."""

    text: int
    relation: Relation
    coverage: float


class Star(NamedTuple):
    """A kept text and those that go for it."""

    kept: int
    members: list[Member]


def find_stars(
    related: Related, collection: Collection, drop: Ids[str], threshold: float
) -> list[Star]:
    """Return the stars of a collection; texts in none of them are kept.

    Each text in its turn, from the most to the least preferred, goes if a kept text holds it: of
    several, the one that holds most of it, then the most preferred.
    """
    reasons = np.flatnonzero(_reasons(related, drop, threshold))
    pairs, relations = related.pairs[reasons], related.relations[reasons]
    held, holds = (coverage[reasons] for coverage in related.evidence.coverage(own=True))
    turns, swapped = _turns(related, pairs, (relations != EXCERPT) & (holds >= threshold))
    texts, keepers = np.where(swapped, pairs.T[::-1], pairs.T)
    coverage = np.where(swapped, holds, held)
    plain = np.where(
        swapped, *(part[reasons] for part in related.evidence.coverage(own=False)[::-1])
    )
    order = np.lexsort((turns[keepers], -coverage, turns[texts]))
    order = order[turns[keepers[order]] < turns[texts[order]]]
    names = [NAMES[relation] for relation in relations[order].tolist()]
    stars: dict[int, Star] = {}
    gone: dict[int, tuple[int, Member, float]] = {}
    stand_ins: dict[int, int] = {}
    labels, hours, limits = collection.labels, collection.hours, related.limits
    columns = (part[order].tolist() for part in (texts, keepers, coverage, plain))
    for relation, text, keeper, share, plain_share in zip(names, *columns, strict=True):
        if text in gone or (keeper in gone and relation != "identical"):
            continue
        assert relation is not None  # a reason has one
        member = Member(text, relation, share)
        if keeper in gone:
            # What holds a text holds its twin as well; but not what is boilerplate of its source.
            holder, twin, twin_share = gone[keeper]
            is_held = twin_share >= threshold or labels[text] == labels[keeper]
            if is_held and limits.allow(hours, text, holder):
                keeper, member = holder, twin._replace(text=text)
            else:
                keeper = stand_ins.setdefault(keeper, text)
                if keeper != text and not limits.allow(hours, text, keeper):
                    continue
        if keeper not in gone and keeper != text:
            gone[text] = keeper, member, plain_share
            stars.setdefault(keeper, Star(keeper, [])).members.append(member)
    return list(stars.values())


def _turns(
    related: Related, pairs: NDArray[np.int64], mutual: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return when each text has its turn, and which pairs are turned round.

    Texts come in the order of preference; but one that tells much of itself twice comes after the
    clean ones that it is a copy of, though boilerplate may make it the longer one.
    """
    turns = np.empty(len(related.order))
    turns[related.order] = np.arange(len(turns))
    ranks = turns.copy()
    doubled = is_doubled(related)
    swapped = mutual & doubled[pairs[:, 1]] & ~doubled[pairs[:, 0]]
    np.maximum.at(turns, pairs[swapped, 1], ranks[pairs[swapped, 0]] + 0.5)
    return turns, swapped


def _reasons(related: Related, drop: Ids[str], threshold: float) -> NDArray[np.bool_]:
    """Tell which pairs are a reason to drop the left text, bool[p].

    An excerpt is one if it is a quarter of the text that holds it, or starts where that starts (a
    cut, a teaser); but no story goes for a round-up.
    """
    is_excerpt = related.relations == EXCERPT
    # Nor does a clean text for a doubled scrape of it that boilerplate makes longer.
    once = related.weights[related.pairs, 1]
    doubled = is_doubled(related)[related.pairs]
    scraped = doubled[:, 1] & ~doubled[:, 0] & (2 * once[:, 0] >= once[:, 1])
    in_round_up = np.isin(related.pairs[:, 1], round_ups(related))
    goes = is_held(related, drop, threshold)
    goes &= ~(is_excerpt & (in_round_up | scraped))
    return goes


def is_held(found: Found, drop: Ids[str], threshold: float) -> NDArray[np.bool_]:
    """Tell of which pairs the right text holds enough of the left one to be kept for it, bool[p].

    An excerpt must be a quarter of the text that holds it, or start where that starts.
    """
    relations, evidence = found.relations, found.evidence
    codes = [code for code, name in enumerate(NAMES) if name in drop]
    held = (evidence.coverage(own=True)[0] >= threshold) | evidence.identical
    leads = evidence.column(columns.START) <= defaults.LEAD_WORDS
    fits = (relations != EXCERPT) | _is_large(evidence) | leads
    holds: NDArray[np.bool_] = is_among(relations, codes) & held & fits
    return holds


def _is_large(evidence: Evidence) -> NDArray[np.bool_]:
    """Tell of which pairs the left text is a quarter of the right one, bool[p]."""
    large: NDArray[np.bool_]
    large = evidence.left[:, 1] >= defaults.EXCERPT_SHARE * evidence.right[:, 1]
    return large


def round_ups(related: Found) -> list[int]:
    """Return the texts that hold several others, each at a place of its own.

    Two, if neither is a quarter of the text, else three: around a story may stand a teaser.
    """
    excerpts = np.flatnonzero(related.relations == EXCERPT)
    if len(excerpts) < 2:
        return []
    large = _is_large(related.evidence)
    starts = related.evidence.column(columns.START)
    ends = starts + related.evidence.left[:, 0] // 2
    order = excerpts[np.lexsort((ends[excerpts], related.pairs[excerpts, 1]))]
    found: set[int] = set()
    holder, until, apart, least = -1, 0.0, 0, 2
    for p, text in zip(order.tolist(), related.pairs[order, 1].tolist(), strict=True):
        if text != holder:
            holder, until, apart, least = text, -np.inf, 0, 2
        if (3 * starts[p] + ends[p]) / 4 >= until:  # they may overlap by a quarter
            apart, until = apart + 1, float(ends[p])
        least = 3 if large[p] else least
        if apart >= least:
            found.add(text)
        elif text in found:  # the third of them is large
            found.discard(text)
    return sorted(found)


def is_doubled(related: Related) -> NDArray[np.bool_]:
    """Tell which texts tell much of themselves twice, bool[n]."""
    words, once = related.weights.T
    return words - once >= defaults.DOUBLED_SHARE * once  # type: ignore[no-any-return]


class Showing(NamedTuple):
    """How the kept text of a star is chosen.

    ``order`` puts the texts of a star in the order in which they would be shown, the center given
    first; told whether they differ in numbers. ``drop`` : the relations for which a text goes
    """

    collection: Collection
    related: Related
    order: Order
    drop: Ids[str]
    threshold: float

    def show(
        self, stars: Sequence[Star], corpora: Sequence[Corpus], resources: Resources
    ) -> list[Star]:
        """Return stars, each with another of its texts kept: the first that holds the others.

        The center always does, and texts of its words. Of the others the first eight are tried.
        """
        shown = [self._settled(star) for star in stars]
        tried = [at for at, star in enumerate(shown) if star is None]
        if tried:
            sizes = [len(stars[at].members) + 1 for at in tried]
            texts = [self._readers(stars[at]) for at in tried]
            n_bytes = [int(self.related.words[own, 0].sum()) * HALF_WORD_BYTES for own in texts]
            most = block_size(sum(n_bytes), resources)
            blocks = np.cumsum(n_bytes) // most
            blocks = np.unique(blocks, return_inverse=True)[1]
            members = np.stack([np.concatenate(texts), np.repeat(blocks, sizes)], axis=1)
            of_block = [np.flatnonzero(blocks == b).tolist() for b in range(blocks[-1] + 1)]

            def tell(number: int, block: Block) -> list[Star]:
                labels = self.collection.labels[block.places]
                material = prepare(block.texts, labels, self.related.candidates.boilerplate)
                return [self._tried(stars[tried[k]], block, material) for k in of_block[number]]

            near = Near.of(members[:, 0], self.related.words[:, 0], resources)
            told = read_blocks(
                corpora, self.collection, members, near, resources, tell,
                stages=("choosing", "choosing of others"),
            )  # fmt: skip
            for at, star in zip(tried, chain.from_iterable(told), strict=True):
                shown[at] = star
        return [star for star in shown if star is not None]

    def _readers(self, star: Star) -> NDArray[np.int64]:
        """Return the texts as which those of a star are read."""
        texts = [star.kept, *(member.text for member in star.members)]
        return self.related.readers[texts]

    def _settled(self, star: Star) -> Star | None:
        """Return the star as it is shown, None if its texts must be read to tell."""
        for candidate in self._candidates(star):
            return self._without_reading(star, candidate)
        return star

    def _without_reading(self, star: Star, candidate: int) -> Star | None:
        if candidate == star.kept:
            return star
        if any(m.text == candidate and m.relation == "identical" for m in star.members):
            moved = Member(star.kept, "identical", 1.0)
            return Star(candidate, [moved if m.text == candidate else m for m in star.members])
        return None

    def _candidates(self, star: Star) -> Iterator[int]:
        """Yield the texts that may be kept, the first to be shown first."""
        texts = [star.kept, *(member.text for member in star.members)]
        is_live = any(member.relation == "update" for member in star.members)
        for candidate in self.order(texts, is_live):
            if candidate == star.kept or self._may_meet(candidate, texts):
                yield candidate

    def _tried(self, star: Star, block: Block, material: Material) -> Star:
        """Return the star as it is shown."""
        texts = [star.kept, *(member.text for member in star.members)]
        tries = 0
        for candidate in self._candidates(star):
            settled = self._without_reading(star, candidate)
            if settled is not None:
                return settled
            if tries < defaults.KEEP_TRIES:
                tries += 1
                others = [text for text in texts if text != candidate]
                members = self._held(others, candidate, block, material)
                if all(m.coverage >= self.threshold and m.relation in self.drop for m in members):
                    return Star(candidate, members)
        return star

    def _may_meet(self, candidate: int, texts: list[int]) -> bool:
        """Tell whether pairs of a text with all others of a star are asked for."""
        limits, hours = self.related.limits, self.collection.hours
        return all(limits.allow(hours, text, candidate) for text in texts if text != candidate)

    def _held(
        self, texts: list[int], holder: int, block: Block, material: Material
    ) -> list[Member]:
        """Return how each of some texts relates to one that would hold them."""
        related = self.related
        pairs = np.stack([np.array(texts), np.full(len(texts), holder)], axis=1)
        rows = block.rows(related.readers[pairs])
        matches = match_pairs(material, rows, floor=0.0)
        weights = material.weights[rows]
        evidence = evidence_of(self.collection, related.identities, weights, pairs, matches)
        relations = relate(evidence, self.threshold, overlap=False)
        own, plain = (evidence.coverage(own=is_own)[0] for is_own in (True, False))
        # A twin was read as the text of its words in another source, whose boilerplate is not its.
        labels = self.collection.labels
        is_other = labels[texts] != labels[related.readers[texts]]
        coverage = np.where(is_other, np.minimum(own, plain), own)
        return [
            Member(text, NAMES[relation] or "overlap", share)
            for text, relation, share in zip(
                texts, relations.tolist(), coverage.tolist(), strict=True
            )
        ]
