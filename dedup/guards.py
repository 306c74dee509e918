"""Whether so much would go that something else must be wrong."""

from collections import Counter

from dedup import defaults
from dedup.corpus import Decided
from dedup.errors import LossError
from dedup.model import Report, Story


def check_losses(decided: Decided, most: float) -> None:
    """Raise LossError if more than this share (0..1] of the texts goes, or nearly all of a source.

    Nearly all is more than nine tenths, or that share if it is larger, of a source of twenty texts
    or more.
    """
    report = decided.report
    gone = {decision.id for decision in report.dropped}
    _check(len(gone), report.read, most, "texts", report)
    owners = zip(decided.collection.documents, decided.collection.sources, strict=True)
    losses = Counter(source for document, source in owners if document.id in gone)
    sizes = Counter(decided.collection.sources)
    most_of_source = max(most, defaults.MOST_DROPPED_OF_SOURCE)
    for source, loss in sorted(losses.items(), key=lambda item: (-item[1], item[0])):
        if source and sizes[source] >= defaults.GUARDED_TEXTS:
            _check(loss, sizes[source], most_of_source, f"texts of the source {source!r}", report)


def _check(gone: int, read: int, most: float, what: str, report: Report) -> None:
    if gone > most * read:
        problem = f"at most {most * 100:g}% of the {what} may go, got {gone:,} of {read:,}"
        problem += "; nothing is written; use --max-drop 100% if this is meant"
        raise LossError(problem, largest_stories(report))


def largest_stories(report: Report) -> list[Story]:
    """Return the stories of most texts, three at most."""
    return sorted(report.stories, key=lambda story: -len(story.members))[: defaults.STORIES_SHOWN]
