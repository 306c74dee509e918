"""Decisions as a report: what was kept, what went for it, stories, suspects."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import __version__, defaults
from dedup.collection import Related
from dedup.columns import Chosen, Ids
from dedup.decide import Star
from dedup.documents import Collection
from dedup.model import Decision, RepeatedParagraph, Report, Story, Suspect
from dedup.relations import IDENTICAL, NAMES
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
    stars = sorted(stars, key=lambda star: places[star.kept])
    members = [(member, star.kept) for star in stars for member in star.members]
    texts = np.array([member.text for member, _ in members], np.int64)
    kept = np.array([kept for _, kept in members], np.int64)
    is_kept = np.ones(len(ids), np.bool_)
    is_kept[texts] = False
    by_id = np.argsort(places)
    dropped = [
        Decision(own, keeper, members[at][0].relation, share(members[at][0].coverage))
        for at, own, keeper in _with_names(np.argsort(places[texts]), texts, kept, ids)
    ]
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
        dropped=tuple(dropped),
        stories=tuple(_stories(collection, stars)),
        suspects=tuple(
            Suspect(own, suspects[text])
            for own, text in zip(ids.take(suspicious), suspicious.tolist(), strict=True)
        ),
    )


def _with_names(
    order: NDArray[np.int64], texts: NDArray[np.int64], kept: NDArray[np.int64], ids: Ids
) -> Iterator[tuple[int, str | int, str | int]]:
    """Yield places in an order, with the ids of the text and of its keeper there."""
    return zip(order.tolist(), ids.take(texts[order]), ids.take(kept[order]), strict=True)


def _stories(collection: Collection, stars: Sequence[Star]) -> Iterator[Story]:
    """Yield stars as stories."""
    sizes = np.array([len(star.members) + 1 for star in stars], np.int64)
    numbers = np.repeat(np.arange(len(stars)), sizes)
    texts = np.array(
        [text for star in stars for text in (star.kept, *(m.text for m in star.members))], np.int64
    )
    places, hours = collection.places[texts], np.nan_to_num(collection.hours[texts], nan=np.inf)
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    by_id = texts[np.lexsort((places, numbers))]
    firsts = texts[np.lexsort((places, hours, numbers))[starts[:-1]]]
    kept = collection.ids.take(np.array([star.kept for star in stars], np.int64))
    members, first_seen = collection.ids.take(by_id), collection.ids.take(firsts)
    published = collection.published.take(firsts)
    names = [*collection.names, ""]
    sources = [names[label] for label in collection.labels[by_id].tolist()]
    for at, (first, last) in enumerate(pairwise(starts.tolist())):
        yield Story(
            kept[at],
            tuple(members[first:last]),
            tuple(sorted({*sources[first:last]} - {""})),
            first_seen[at],
            published[at] or None,
        )


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
