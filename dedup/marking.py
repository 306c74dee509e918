"""What became of each text of a collection: its role, and the text that the role is about."""

from collections.abc import Iterator
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dedup.collection import Related
from dedup.corpus import Decided
from dedup.model import Mark, Role, Story
from dedup.relations import NAMES
from dedup.telling import share


def mark(decided: Decided) -> Iterator[Mark]:
    """Yield a mark for each document, in their order.

    A text whose keeper is another goes, and no other text does. ``Mark`` tells how the role of a
    kept text is found.
    """
    report, collection, related, keepers = decided
    gone = {decision.id: decision for decision in report.dropped}
    stories = {story.kept: story for story in report.stories}
    pairs = _first_pairs(related)
    coverage = related.evidence.coverage(own=True)[0]
    for text, own in enumerate(collection.ids):
        pair = int(pairs[text])
        role: Role = "single"
        keeper, of, held = own, own, 1.0
        if keepers[text] != text:
            decision = gone[own]
            role, keeper, of = cast(Role, decision.relation), decision.kept, decision.kept
            held = decision.coverage
        elif own in stories:
            role = "keeper"
        elif pair >= 0:
            role = cast(Role, NAMES[related.relations[pair]])
            of = collection.ids[int(related.pairs[pair, 1])]
            held = share(coverage[pair])
        story = stories.get(keeper) or _alone(own, collection.source(text))
        yield Mark(role, keeper, held, len(story.members), len(story.sources), story.first_seen, of)


def _first_pairs(related: Related) -> NDArray[np.int64]:
    """Return of each text the pair with the most preferred text before it, -1 for none."""
    ranks = np.empty(len(related.order), np.int64)
    ranks[related.order] = np.arange(len(ranks))
    left, right = related.pairs.T
    order = np.lexsort((ranks[right], left))
    texts, places = np.unique(left[order], return_index=True)
    first = np.full(len(ranks), -1, np.int64)
    first[texts] = order[places]
    return first


def _alone(own: str | int, source: str) -> Story:
    return Story(own, (own,), (source,) if source else (), own, None)
