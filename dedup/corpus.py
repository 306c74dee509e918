"""Many documents: how they relate, which of them go, and which kept text holds each of those.

Everything is read into memory. Results depend neither on the order of the documents nor on the
number of workers.
"""

from collections.abc import Collection as Ids
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Literal, NamedTuple, get_args

import numpy as np

from dedup import defaults
from dedup.candidates import Limits, label
from dedup.choices import Choices, Keep, Scope, check, limited, order_of
from dedup.collection import Related, relate_collection
from dedup.decide import Showing, find_stars, is_doubled
from dedup.documents import Collection, collect
from dedup.model import Document, Pair, Relation, RepeatedParagraph, Report
from dedup.paragraphs import part
from dedup.passages import PassageKeys, Recipe
from dedup.reporting import repeated, report
from dedup.telling import Teller

Unit = Literal["document", "paragraph"]
Given = Iterable[Document | tuple[str | int, str]]

UNITS = get_args(Unit)
PARAGRAPH_KEYS = PassageKeys(window=defaults.SHORT_WINDOW)


def pairs(  # noqa: PLR0913 (each is a choice of its own)
    documents: Given,
    /,
    *,
    threshold: float = defaults.THRESHOLD,
    keys: Recipe | None = None,
    unit: Unit = "document",
    within: timedelta | None = None,
    scope: Scope = "all",
    against: Given | None = None,
    overlap: bool = False,
    passages: bool = False,
    workers: int = defaults.WORKERS,
) -> Iterator[Pair]:
    """Return how documents relate, in the order of (right, left) ids.

    threshold : share (0..1] of a text's words that another must hold to be a copy of it
    keys : how texts find each other: ``PassageKeys()``, with the short window for paragraphs, or
        ``MinHashKeys()``, by which the boilerplate of a source is not seen
    unit : compare whole documents, or the paragraphs of different documents
    within : only texts whose dates are known and at most so far apart
    scope : only texts of different known sources, or of the same one
    against : other documents; then only pairs of one of ``documents`` (left) and one of them
    overlap : also texts that share a passage of 30 words and little more
    passages : say where the shared passages stand

    Of many texts that are alike each is linked to a few, not to all. Time and memory grow with
    the size of all texts.

    >>> wire = "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel."
    >>> [(pair.left, pair.relation, pair.right) for pair in pairs([("a", wire), ("b", wire)])]
    [('b', 'identical', 'a')]
    """
    check(threshold, workers)
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {', '.join(UNITS)}, got {unit!r}")
    if against is not None and scope != "all":
        raise ValueError("scope must be all where documents are compared with others")
    limited_by = limited(scope, within)

    def found() -> Iterator[Pair]:
        mine = collect(documents)
        collection = mine if against is None else _joined(mine, collect(against))
        sides = np.repeat([0, 1], [len(mine.texts), len(collection.texts) - len(mine.texts)])
        paragraphs = part(collection) if unit == "paragraph" else None
        owners = np.arange(len(collection.texts))
        if paragraphs is not None:
            owners, collection = paragraphs.owners, paragraphs.collection
            sides = sides[owners]
        limits = limited_by(label(collection.sources))
        if against is not None:
            limits = limits._replace(labels=sides.astype(np.int32), across=True)
        elif paragraphs is not None and scope == "all":
            limits = limits._replace(labels=owners.astype(np.int32), across=True)
        with ThreadPoolExecutor(workers) as executor:
            related = relate_collection(
                collection,
                keys or (PassageKeys() if paragraphs is None else PARAGRAPH_KEYS),
                limits,
                executor,
                threshold=threshold,
                overlap=overlap,
                with_runs=passages,
            )
        if paragraphs is not None:
            left, right = owners[related.pairs].T
            related = related.take(np.flatnonzero(left != right))
        yield from Teller(related, collection, paragraphs, sides, with_passages=passages).pairs()

    return found()


def deduplicate(
    documents: Given,
    /,
    *,
    threshold: float = defaults.THRESHOLD,
    keys: Recipe | None = None,
    drop: Ids[Relation] = defaults.DROP,
    keep: Keep = "longest",
    within: timedelta | None = None,
    scope: Scope = "all",
    workers: int = defaults.WORKERS,
) -> Report:
    """Decide which documents go, and which kept one holds each of those.

    threshold : share (0..1] of a dropped text's words that stand in its keeper; boilerplate of its
        source is not counted
    drop : relations that are a reason to go
    keep : which text of a story is shown, of those that hold all others: the one of most words,
        the earliest, the latest, or the one for which a function of the document is least. Of
        stories told with other numbers (``update`` in drop) the latest, unless told otherwise
    keys, within, scope, workers : as for ``pairs``

    Every dropped text names a kept one that holds it; which texts are found alike does not depend
    on ``keep``, and nothing depends on the order of the documents.

    >>> wire = "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel."
    >>> report = deduplicate([("a", wire), ("b", wire), ("c", "Bread is dearer.")])
    >>> report.kept, report.keeper_of("b")
    (('a', 'c'), 'a')
    """
    choices = Choices(threshold, keys, drop, keep, within, scope, workers)
    return decide(documents, choices).report


class Decided(NamedTuple):
    """What was decided of a collection, and how its texts relate."""

    report: Report
    collection: Collection
    related: Related


def decide(documents: Given, choices: Choices) -> Decided:
    """Decide as ``deduplicate`` does; return what the decision comes from as well."""
    collection = collect(documents)
    limits = limited(choices.scope, choices.within)(label(collection.sources))
    threshold, drop = choices.threshold, choices.drop
    with ThreadPoolExecutor(choices.workers) as executor:
        related = relate_collection(
            collection, choices.keys or PassageKeys(), limits, executor, threshold=threshold
        )
        order = order_of(collection, is_doubled(related), choices.keep)
        showing = Showing(collection, related, order, drop, threshold, executor)
        stars = [showing.show(star) for star in find_stars(related, collection, drop, threshold)]
    told = report(collection, related, stars, threshold=threshold, recipe=choices.told())
    return Decided(told, collection, related)


def repeated_paragraphs(
    documents: Given,
    /,
    *,
    threshold: float = defaults.THRESHOLD,
    keys: Recipe | None = None,
    workers: int = defaults.WORKERS,
) -> Iterator[RepeatedParagraph]:
    """Return paragraphs that stand in two or more documents, the most frequent first.

    threshold : share (0..1] of a paragraph's words that another must hold to tell the same
    keys : how paragraphs find each other, as for ``pairs``
    workers : threads
    """
    check(threshold, workers)

    def found() -> Iterator[RepeatedParagraph]:
        paragraphs = part(collect(documents))
        collection = paragraphs.collection
        limits = Limits(np.full(len(collection.texts), -1, np.int32))
        with ThreadPoolExecutor(workers) as executor:
            related = relate_collection(
                collection, keys or PARAGRAPH_KEYS, limits, executor, threshold=threshold
            )
        yield from repeated(
            paragraphs, find_stars(related, collection, ("identical", "copy"), threshold)
        )

    return found()


def _joined(one: Collection, other: Collection) -> Collection:
    return Collection(
        one.documents + other.documents,
        one.texts + other.texts,
        one.sources + other.sources,
        np.concatenate([one.hours, other.hours]),
    )
