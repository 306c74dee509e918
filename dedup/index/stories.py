"""Stories: which articles tell the same, and which of them became the fullest or the earliest."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dedup.index.matching import SAME_STORY, Match, Outcome
from dedup.index.store import Store, packed_id
from dedup.model import StoryChange

HELD = frozenset({"identical", "copy", "excerpt", "extends"})
"""Relations of which the earlier article counts as the earlier text of the same."""


class Story(NamedTuple):
    """A story: the number and the id of its first article, and how it has changed since.

    ``texts`` : how many articles; ``seen`` : when the last came, in hours; ``fullest``, of so many
    half ``words``, and ``earliest``, of that ``hours``, are ids; ``changed``, ``fuller``,
    ``earlier`` : the last change of all, and those that brought these two
    """

    story: int
    name: bytes
    texts: int
    seen: float
    fullest: bytes
    words: int
    earliest: bytes
    hours: float | None
    changed: int
    fuller: int
    earlier: int


class Stories:
    """The stories of an index, as a batch of articles changes them.

    ``changes`` : how often one has changed so far; ``known`` : numbers of all that may be joined
    """

    def __init__(self, store: Store, changes: int, known: Sequence[int] = ()) -> None:
        self._store = store
        self._known: dict[int, Story] = {}
        if known:
            rows = store.chosen(", ".join(Story._fields[1:]), "stories", "story", known)
            self._known = {number: Story(number, *row) for number, row in rows.items()}
        self._changed: dict[int, Story] = {}
        self.changes = changes

    def join(
        self,
        name: bytes,
        hours: float | None,
        seen: float,
        outcome: Outcome,
        stories: Mapping[int, int],
    ) -> int | None:
        """Return the story of an article, None if no other tells it; and note what it changes.

        ``stories`` : of the articles that it matches, by their numbers
        """
        same = next((m for m in outcome.matches if m.pair.relation in SAME_STORY), None)
        if same is None:
            return None
        number = stories[same.number]
        story = self._known.get(number) or _begun(number, same)
        self.changes += 1
        story = story._replace(
            texts=story.texts + 1, seen=max(story.seen, seen), changed=self.changes
        )
        if same.is_fuller and outcome.once > story.words:
            story = story._replace(fullest=name, words=outcome.once, fuller=self.changes)
        is_told = same.pair.relation in HELD and hours is not None and story.hours is not None
        if is_told and hours < story.hours:  # type: ignore[operator]
            story = story._replace(earliest=name, hours=hours, earlier=self.changes)
        self._known[number] = self._changed[number] = story
        return number

    def write(self) -> None:
        """Write what has changed."""
        marks = ", ".join("?" * len(Story._fields))
        rows = list(self._changed.values())
        self._store.run_many(f"INSERT OR REPLACE INTO stories VALUES ({marks})", rows)
        self._changed.clear()

    def since(self, change: int) -> Iterator[StoryChange]:
        """Yield the stories that changed after a change, those that changed last at the end."""
        query = "SELECT * FROM stories WHERE changed > ? ORDER BY changed"
        for row in self._store.rows(query, change):
            story = Story(*row)
            yield StoryChange(
                number=story.changed,
                story=self._store.id(story.name),
                texts=story.texts,
                fuller=self._store.id(story.fullest) if story.fuller > change else None,
                earlier=self._store.id(story.earliest) if story.earlier > change else None,
            )


def _begun(number: int, first: Match) -> Story:
    """Return a story of which there is one article so far."""
    name, hours = packed_id(first.pair.right), first.hours
    known = None if math.isnan(hours) else hours
    return Story(number, name, 1, first.seen, name, first.once, name, known, 0, 0, 0)
