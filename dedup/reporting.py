"""Decisions as a report: what was kept, what went for it, stories, suspects."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import __version__, defaults
from dedup.collection import Related
from dedup.columns import Chosen
from dedup.decide import Star
from dedup.documents import Collection
from dedup.kernels.relate import IDENTICAL
from dedup.model import Decision, RepeatedParagraph, Report, Story, Suspect
from dedup.relations import NAMES
from dedup.shingle import words_of
from dedup.telling import share


def report(
    collection: Collection,
    related: Related,
    stars: Sequence[Star],
    *,
    threshold: float,
    recipe: Mapping[str, Any],
) -> Report:
    """Return what was decided, all of it in the order of ids."""
    ids, places = collection.ids, collection.places
    told = _Stories.of(collection, stars)
    is_kept = np.ones(len(ids), np.bool_)
    is_kept[told.texts[told.is_member]] = False
    by_id = np.empty(len(ids), np.int64)
    by_id[places] = np.arange(len(ids))
    counts = np.bincount(related.relations, minlength=len(NAMES)).tolist()
    suspects = _suspects(collection, related, is_kept)
    suspicious = np.array(sorted(suspects, key=places.__getitem__), np.int64)
    return Report(
        dedup=__version__,
        recipe=recipe,
        threshold=threshold,
        kept=Chosen(ids, by_id[is_kept[by_id]]),
        relations={
            name: count for name, count in zip(NAMES, counts, strict=True) if name and count
        },
        dropped=tuple(told.decisions(collection)),
        stories=tuple(told.stories(collection)),
        suspects=tuple(
            Suspect(own, suspects[text])
            for own, text in zip(ids.take(suspicious), suspicious.tolist(), strict=True)
        ),
    )


class _Stories(NamedTuple):
    """The texts of stars, m in all: of each star the kept one, then those that go for it.

    ``stars`` : in the order of the ids of what is kept; ``texts`` : int64[m]; ``names`` : their
    ids; ``numbers`` : int64[m], of the star of each; ``starts`` : int64, where those of each star
    start, and the last ones end; ``is_member`` : bool[m], which go
    """

    stars: Sequence[Star]
    texts: NDArray[np.int64]
    names: Sequence[str | int]
    numbers: NDArray[np.int64]
    starts: NDArray[np.int64]
    is_member: NDArray[np.bool_]

    @classmethod
    def of(cls, collection: Collection, stars: Sequence[Star]) -> "_Stories":
        """Put the texts of stars one after another."""
        kept = np.array([star.kept for star in stars], np.int64)
        stars = [stars[at] for at in np.argsort(collection.places[kept]).tolist()]
        sizes = np.array([len(star.members) + 1 for star in stars], np.int64)
        starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
        texts = np.empty(starts[-1], np.int64)
        is_member = np.ones(len(texts), np.bool_)
        is_member[starts[:-1]] = False
        texts[~is_member] = [star.kept for star in stars]
        texts[is_member] = [member.text for star in stars for member in star.members]
        numbers = np.repeat(np.arange(len(stars)), sizes)
        return cls(stars, texts, collection.ids.take(texts), numbers, starts, is_member)

    def decisions(self, collection: Collection) -> Iterator[Decision]:
        """Yield why each text goes, in the order of ids."""
        names, members = self.names, [member for star in self.stars for member in star.members]
        rows = np.flatnonzero(self.is_member)
        order = np.argsort(collection.places[self.texts[rows]])
        rows = rows[order]
        keepers = self.starts[self.numbers[rows]]
        for at, row, keeper in zip(order.tolist(), rows.tolist(), keepers.tolist(), strict=True):
            member = members[at]
            yield Decision(names[row], names[keeper], member.relation, share(member.coverage))

    def stories(self, collection: Collection) -> Iterator[Story]:
        """Yield the stars as they are told."""
        places = collection.places[self.texts]
        hours = np.nan_to_num(collection.hours[self.texts], nan=np.inf)
        by_id = np.lexsort((places, self.numbers)).tolist()
        firsts = np.lexsort((places, hours, self.numbers))[self.starts[:-1]]
        published = collection.published.take(self.texts[firsts])
        names, ids = self.names, [self.names[row] for row in by_id]
        sources = self._sources(collection)
        for (first, last), own, row, when in zip(
            pairwise(self.starts.tolist()), sources, firsts.tolist(), published, strict=True
        ):
            yield Story(names[first], tuple(ids[first:last]), own, names[row], when or None)

    def _sources(self, collection: Collection) -> Iterator[tuple[str, ...]]:
        """Yield the names of the sources of each star, sorted."""
        names = sorted(collection.names)
        places = {name: place for place, name in enumerate(names)}
        place_of = np.array([places[name] for name in collection.names], np.int64)
        labels = collection.labels[self.texts]
        known = labels >= 0
        own = np.unique(self.numbers[known] * len(names) + place_of[labels[known]])
        bounds = np.searchsorted(own, np.arange(len(self.stars) + 1) * len(names))
        told = [names[place] for place in (own % max(len(names), 1)).tolist()]
        return (tuple(told[first:last]) for first, last in pairwise(bounds.tolist()))


def _seen(collection: Collection, text: int) -> tuple[float, int]:
    """Return what texts are sorted by, the first one seen first; unknown dates come last."""
    hours = float(collection.hours[text])
    place = int(collection.places[collection.owner(text)])
    return math.inf if math.isnan(hours) else hours, place


def _suspects(
    collection: Collection, related: Related, is_kept: NDArray[np.bool_]
) -> dict[int, str]:
    """Return kept texts that are no articles, and why.

    A text of which every passage is boilerplate of its source; or one that stands in its source
    under five ids or more, and in no other source: a bot-block page, a consent wall.
    """
    # The edges of a page of boilerplate stay unmarked, up to the first and after the last key.
    least = np.where(related.is_bare, defaults.WINDOW, defaults.OWN_WORDS)
    is_read = is_kept & (related.readers >= 0) & (collection.labels >= 0)
    nothing = np.flatnonzero(is_read & (related.words[:, 1] < 2 * least)).tolist()
    reasons = dict.fromkeys(nothing, "nothing of its own: it is boilerplate of its source")
    groups: dict[int, list[int]] = {}
    for text, twin in related.pairs[related.relations == IDENTICAL].tolist():
        groups.setdefault(twin, [twin]).append(text)
    for members in groups.values():
        labels = set(collection.labels[members].tolist())
        if len(members) >= defaults.BOILERPLATE_TEXTS and len(labels) == 1 and labels != {-1}:
            reason = f"the same words under {len(members)} ids of its source"
            reasons |= {member: reason for member in members if is_kept[member]}
    return reasons


class Telling(NamedTuple):
    """What is told of a paragraph: its first characters, and how many words it has."""

    text: str
    words: float


def tell_paragraph(text: str) -> Telling:
    """Return what is told of a paragraph."""
    tokens = words_of(text)[0]
    words = len(tokens) - int(np.count_nonzero(tokens & np.uint64(1))) / 2
    return Telling(text[: defaults.SHOWN_CHARACTERS], words)


def repeats_of(collection: Collection, stars: Sequence[Star]) -> list[list[int]]:
    """Return the paragraphs of stars that stand in two documents or more, first seen first."""
    found = []
    for star in stars:
        texts = [star.kept, *(member.text for member in star.members)]
        if len({collection.owner(text) for text in texts}) > 1:
            found.append(sorted(texts, key=lambda text: (_seen(collection, text), text)))
    return found


def repeated(collection: Collection, texts: list[int], telling: Telling) -> RepeatedParagraph:
    """Return paragraphs that tell the same, first seen first; ``telling`` is of the first."""
    assert collection.spans is not None  # they are paragraphs
    shown = texts[: defaults.SHOWN_SPANS]
    spans = collection.spans[shown].tolist()
    return RepeatedParagraph(
        text=telling.text,
        words=telling.words,
        articles=len({collection.owner(text) for text in texts}),
        sources=len({collection.source(text) for text in texts} - {""}),
        first_seen=collection.id(texts[0]),
        spans=tuple(
            (collection.id(text), start, end)
            for text, (start, end) in zip(shown, spans, strict=True)
        ),
    )
