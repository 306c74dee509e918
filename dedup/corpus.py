"""Many documents: how they relate, which of them go, and which kept text holds each of those.

All of it is one pass, over documents in memory or in files: they are read once for what is kept of
every text, and those that may be related once more. Results depend neither on the order of the
documents nor on the number of workers nor on the memory.
"""

from collections.abc import Collection as Ids
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.candidates import Limits
from dedup.choices import Choices, Keep, PairChoices, Scope, Unit, check, limited, order_of
from dedup.collection import Asked, Related, relate_collection
from dedup.decide import Showing, find_stars, is_doubled
from dedup.documents import Collection, Corpus, Documents, id_order
from dedup.memory import give_back
from dedup.model import Document, Pair, Relation, RepeatedParagraph, Report
from dedup.passages import PassageKeys, Recipe
from dedup.reading import read_all, read_some
from dedup.reporting import Telling, repeated, repeats_of, report, tell_paragraph
from dedup.resources import Resources, resources
from dedup.shingle import Encoded, words_of
from dedup.telling import identical_texts, tell_pairs

Given = Iterable[Document | tuple[str | int, str]]

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
    asked = PairChoices(threshold, keys, unit, within, scope, overlap, passages)
    if against is not None and scope != "all":
        raise ValueError("scope must be all where documents are compared with others")

    def found() -> Iterator[Pair]:
        given = [documents] if against is None else [documents, against]
        with resources(workers) as own:
            yield from find_pairs([Documents(each) for each in given], asked, own)

    return found()


def find_pairs(
    corpora: Sequence[Corpus], asked: PairChoices, resources: Resources
) -> Iterator[Pair]:
    """Yield the pairs of one corpus, or those of one text of each of two; see ``pairs``."""
    by_paragraph = asked.unit == "paragraph"
    recipe = asked.keys or (PARAGRAPH_KEYS if by_paragraph else PassageKeys())
    collection, sketches = read_all(corpora, recipe, resources, by_paragraph=by_paragraph)
    limits = limited(asked.scope, asked.within)(collection.labels)
    if len(corpora) > 1:
        limits = limits._replace(labels=collection.sides.astype(np.int32), across=True)
    elif collection.owners is not None and asked.scope == "all":
        limits = limits._replace(labels=collection.owners, across=True)
    wanted = Asked(asked.threshold, asked.overlap, facts=True, passages=asked.passages)
    related = relate_collection(corpora, collection, sketches, recipe, limits, resources, wanted)
    if collection.owners is not None:
        left, right = collection.owners[related.pairs].T
        related = related.take(np.flatnonzero(left != right))
    spans = None
    if asked.passages:
        spans = dict(_spans_of_words(corpora, collection, identical_texts(related), resources))
    yield from tell_pairs(related, collection, spans)


def _spans_of_words(
    corpora: Sequence[Corpus],
    collection: Collection,
    wanted: NDArray[np.bool_],
    resources: Resources,
) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield where in some texts, bool[n], their words stand, from the first to the last."""

    def found(texts: NDArray[np.int64], read: Encoded) -> list[tuple[int, tuple[int, int]]]:
        each = [words_of(read.text(row))[1] for row in range(len(texts))]
        bounds = [(int(spans[0, 0]), int(spans[-1, 1])) for spans in each]
        return list(zip(texts.tolist(), bounds, strict=True))

    for some in read_some(corpora, collection, wanted, resources, found):
        yield from some


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
    check(threshold, workers)
    choices = Choices(threshold, keys, drop, keep, within, scope)
    with resources(workers) as own:
        return decide([Documents(documents)], choices, own).report


class Decided(NamedTuple):
    """What was decided of a collection, and how its texts relate.

    ``keepers`` : int64[n], the kept text for which each goes, its own for a kept one
    """

    report: Report
    collection: Collection
    related: Related
    keepers: NDArray[np.int64]


def decide(corpora: Sequence[Corpus], choices: Choices, resources: Resources) -> Decided:
    """Decide as ``deduplicate`` does; return what the decision comes from as well."""
    recipe, threshold, drop = choices.keys or PassageKeys(), choices.threshold, choices.drop
    collection, sketches = read_all(corpora, recipe, resources, by_paragraph=False)
    limits = limited(choices.scope, choices.within)(collection.labels)
    related = relate_collection(
        corpora, collection, sketches, recipe, limits, resources, Asked(threshold)
    )
    give_back()  # what follows needs less
    resources.progress.stage("deciding", 0, "texts")
    order = order_of(collection, is_doubled(related), choices.keep, _documents(corpora))
    showing = Showing(collection, related, order, drop, threshold)
    stars = find_stars(related, collection, drop, threshold)
    stars = showing.show(stars, corpora, resources)
    told = report(collection, related, stars, threshold=threshold, recipe=choices.told())
    keepers = np.arange(len(collection))
    for star in stars:
        keepers[[member.text for member in star.members]] = star.kept
    return Decided(told, collection, related, keepers)


def _documents(corpora: Sequence[Corpus]) -> Sequence[Document]:
    """Return the documents that are in memory, for functions that are asked about them."""
    in_memory = [corpus.documents for corpus in corpora if isinstance(corpus, Documents)]
    return [document for documents in in_memory for document in documents]


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
        with resources(workers) as own:
            yield from find_repeats(Documents(documents), threshold, keys, own)

    return found()


def find_repeats(
    corpus: Corpus, threshold: float, keys: Recipe | None, resources: Resources
) -> Iterator[RepeatedParagraph]:
    """Yield the paragraphs that stand in several documents; see ``repeated_paragraphs``."""
    recipe = keys or PARAGRAPH_KEYS
    collection, sketches = read_all([corpus], recipe, resources, by_paragraph=True)
    limits = Limits(np.full(len(collection), -1, np.int32))
    related = relate_collection(
        [corpus], collection, sketches, recipe, limits, resources, Asked(threshold)
    )
    repeats = repeats_of(
        collection, find_stars(related, collection, ("identical", "copy"), threshold)
    )
    wanted = np.zeros(len(collection), np.bool_)
    wanted[[texts[0] for texts in repeats]] = True

    def tell(texts: NDArray[np.int64], read: Encoded) -> dict[int, Telling]:
        return {text: tell_paragraph(read.text(row)) for row, text in enumerate(texts.tolist())}

    told: dict[int, Telling] = {}
    for some in read_some([corpus], collection, wanted, resources, tell):
        told |= some
    found = [repeated(collection, texts, told[texts[0]]) for texts in repeats]
    yield from sorted(found, key=lambda p: (-p.articles, -p.words, p.text, id_order(p.first_seen)))
