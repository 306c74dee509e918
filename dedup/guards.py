"""Whether so much would go that something else must be wrong."""

import numpy as np

from dedup import defaults
from dedup.corpus import Decided
from dedup.errors import LossError
from dedup.model import Report, Story


def check_losses(decided: Decided, most: float) -> None:
    """Raise LossError if more than this share (0..1] of the texts goes, or nearly all of a source.

    Nearly all is more than nine tenths, or that share if it is larger, of a source of twenty texts
    or more.
    """
    report, labels = decided.report, decided.collection.labels
    gone = decided.keepers != np.arange(len(labels))
    _check(int(np.count_nonzero(gone)), len(gone), most, "texts", report)
    is_known = labels >= 0
    sizes = np.bincount(labels[is_known])
    losses = np.bincount(labels[is_known & gone], minlength=len(sizes))
    most_of_source = max(most, defaults.MOST_DROPPED_OF_SOURCE)
    names = decided.collection.names
    for label in sorted(range(len(sizes)), key=lambda label: (-losses[label], names[label])):
        loss, size = int(losses[label]), int(sizes[label])
        if size >= defaults.GUARDED_TEXTS:
            _check(loss, size, most_of_source, f"texts of the source {names[label]!r}", report)


def _check(gone: int, read: int, most: float, what: str, report: Report) -> None:
    if gone > most * read:
        problem = f"at most {most * 100:g}% of the {what} may go, got {gone:,} of {read:,}"
        problem += "; nothing is written; use --max-drop 100% if this is meant"
        raise LossError(problem, largest_stories(report))


def largest_stories(report: Report) -> list[Story]:
    """Return the stories of most texts, three at most."""
    return sorted(report.stories, key=lambda story: -len(story.members))[: defaults.STORIES_SHOWN]
