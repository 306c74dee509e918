"""Collections of news in which it is known who copied whom, and how: invented words, seeded."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from benchmarks import data, words
from benchmarks.data import BATCH, N_SOURCES, PLANTED, Desk, boilerplate, news_record
from benchmarks.words import WORD, Tokens, names

Record = dict[str, Any]
Copy = tuple[str, dict[str, Any]]
"""A text, and what is true of it beside its kind and story."""

Toll = tuple[int, int, int]
"""Which sentence, and its two numbers."""

COPIES = 0.20
LEAD = 50
"""A batch starts with so many originals, so that there is something to copy."""
CLOSED = 0.7
"""Share of documents that their source's boilerplate closes."""
STAYS = 0.1
"""Share of copies that their story's own source publishes; half of the updates do."""
HOUR, DAY = 60, 24 * 60
EXTRACT_WORDS = 60
N_ROUNDUP = 10

SIZES = {"wrap": (3, 6), "template_few": (2, 6), "template_many": (2, 6)}
"""How many documents of these kinds are made of one story, or of one form."""
SLOTS = {"template_few": (2, 4), "template_many": (8, 20)}
RARE = {"roundup": 0.1}
"""How often a kind comes, if each other one comes once."""

TOLL_EVERY = 20
TOLLS = (
    "At least {} people were killed and {} injured, the police said.",
    "Officials put the number of the dead at {} and that of the injured at {}.",
    "Rescuers have found {} bodies so far, and {} people are missing.",
    "The storm took the roofs of {} houses and cut the power of {} others.",
)
FILLERS: tuple[Callable[[Random], str], ...] = (
    lambda random: str(random.randint(1, 9999)),
    lambda random: random.choice(names()),
    lambda random: random.choice(words.WEEKDAYS),
)


class Story(NamedTuple):
    """An original; ``text`` is the body and what closes it."""

    id: str
    body: str
    text: str
    title: str
    source: int
    minute: int
    tolls: list[Toll]


class Form(NamedTuple):
    """A text with slots: the place of a word, and what fills it; issues are sources and minutes."""

    id: str
    title: str
    tokens: list[str]
    slots: list[tuple[int, Callable[[Random], str]]]
    issues: Iterator[tuple[int, int]]

    def filled(self, random: Random) -> str:
        """Return the text with the slots filled."""
        tokens = self.tokens.copy()
        for place, filler in self.slots:
            tokens[place] = filler(random)
        return " ".join(tokens)


def planted(n: int, seed: int = 1, *, copies: float = COPIES, first: int = 0) -> Iterator[Record]:
    """Yield ``n`` documents; a share of ``copies``, at most 0.95, are copies or issues of forms.

    ``truth`` holds ``kind``; ``story``, the id of the original (its own for originals, round-ups
    and issues); ``of``, the ids of all originals it holds words of, its own if it is one. A part
    has a ``span``, the words of the original's body that it holds, an issue its ``form``, and a
    story with a toll and its updates the numbers of their ``toll``. What is copied stands before
    the copy, in the same thousand or the one before: memory holds no more. ``first``, whole
    thousands: the number of the first document; none of those before it is copied.
    """
    if first % BATCH:
        raise ValueError(f"first must be a multiple of {BATCH}, got {first}")
    stories: list[Story] = []
    for start in range(first, first + n, BATCH):
        batch = _Batch(start, seed, copies, stories)
        yield from islice(batch.documents(), first + n - start)
        stories = batch.stories[len(stories) :]


def write_planted(path: Path, n: int, seed: int = 1, *, copies: float = COPIES) -> None:
    """Write documents and their truth as JSON lines."""
    data.write_records(path, planted(n, seed, copies=copies))


class _Batch:
    """A thousand documents; what is copied stands before them, here or in the batch before."""

    def __init__(self, first: int, seed: int, copies: float, earlier: list[Story]) -> None:
        rng = np.random.default_rng([seed, first // BATCH, PLANTED])
        self.first, self.stories = first, earlier.copy()
        self.desk = Desk(rng.spawn(1)[0])
        self.random = self.desk.random
        self.plan = _plan(self.random, round(copies * BATCH))
        self.bodies = data.draw_news(rng, self.plan.count(None))
        self.titles = data.draw_titles(words.dated_pieces(), rng, BATCH)
        self.sources = data.draw_sources(rng, BATCH)
        self.groups: dict[int, Any] = {}

    def documents(self) -> Iterator[Record]:
        """Make one document after another."""
        for i, planned in enumerate(self.plan):
            if planned is None:
                yield self._original(i)
            elif planned[0] == "roundup":
                yield self._roundup(i)
            else:
                yield (self._issue if planned[0] in SLOTS else self._copy)(i, *planned)

    def _closed(self, text: str, source: int) -> str:
        is_closed = self.random.random() < CLOSED
        return f"{text}\n\n{boilerplate(source)}" if is_closed else text

    def _original(self, i: int) -> Record:
        number, title, source = self.first + i, self.titles[i], self.sources[i]
        body, tolls = self.bodies.pop(), list[Toll]()
        if len(self.bodies) % TOLL_EVERY == 0:
            body, tolls = _with_tolls(body, self.random)
        truth = {"toll": [n for _, *numbers in tolls for n in numbers]} if tolls else {}
        text = self._closed(body, source)
        record = news_record(number, number, text, source, title, **truth)
        self.stories.append(Story(record["id"], body, text, title, source, number, tolls))
        return record

    def _copy(self, i: int, kind: str, group: int) -> Record:
        if group not in self.groups:
            self.groups[group] = self._story_for(kind)
        story = self.groups[group]
        stays, latest = (0.5, 20) if kind == "update" else (STAYS, 48)
        source = story.source if self.random.random() < stays else self.sources[i]
        text, truth = COPYING[kind](story, self.desk, source)
        if kind not in UNCLOSED:
            text = self._closed(text, source)
        title = story.title if self.random.random() < 0.7 else self.titles[i]
        minute = story.minute + self.random.randint(2 * HOUR, latest * HOUR)
        truth |= {"kind": kind, "story": story.id, "of": [story.id]}
        return news_record(self.first + i, minute, text, source, title, **truth)

    def _story_for(self, kind: str) -> Story:
        """Return a story that can be copied so: half of the time one of a tenth of them."""
        if kind == "update":
            return self.random.choice([story for story in self.stories if story.tolls])
        while True:
            step = self.random.choice((1, 10))
            story = self.stories[self.random.randrange(0, len(self.stories), step)]
            if kind in ANY_LENGTH or (len(story.body) > 900 and story.body.count("\n\n") > 1):
                return story

    def _roundup(self, i: int) -> Record:
        number, source = self.first + i, self.sources[i]
        stories = self.random.sample(self.stories, N_ROUNDUP)
        text = self._closed("\n\n".join(story.body for story in stories), source)
        truth = {"kind": "roundup", "of": [story.id for story in stories]}
        return news_record(number, number, text, source, self.titles[i], **truth)

    def _issue(self, i: int, kind: str, group: int) -> Record:
        if group not in self.groups:
            self.groups[group] = self._form(i, kind)
        form = self.groups[group]
        source, minute = next(form.issues)
        text = self._closed(form.filled(self.random), source)
        truth = {"kind": kind, "form": form.id}
        return news_record(self.first + i, minute, text, source, form.title, **truth)

    def _form(self, i: int, kind: str) -> Form:
        number, n_issues, random = self.first + i, SIZES[kind][1], self.random
        tokens = Tokens.of("\n\n".join(self.desk.between(180, 370)))
        places = random.sample(tokens.plain, random.randint(*SLOTS[kind]))
        # The first is a number: weekdays alone would often make two issues equal.
        fillers = [FILLERS[0], *random.choices(FILLERS, k=len(places) - 1)]
        sources = random.sample(range(N_SOURCES), n_issues)
        minutes = [number + random.randint(0, 2 * DAY) for _ in sources]
        if random.random() < 0.5:
            sources = sources[:1] * n_issues
            minutes = [number + 8 * DAY * k + random.randint(0, DAY) for k in range(n_issues)]
        issues = zip(sources, minutes, strict=True)
        slots = list(zip(places, fillers, strict=True))
        return Form(f"f{number:08}", self.titles[i], tokens.tokens, slots, issues)


def _plan(random: Random, n_copies: int) -> list[tuple[str, int] | None]:
    """Return what stands at each place of a batch: a kind and its group, or an original."""
    # Whose turn comes next has come least; a random start keeps the rare ones from being first.
    turns = {k: random.random() * sum(SIZES.get(k, (1, 1))) / 2 / RARE.get(k, 1) for k in KINDS}
    planned: list[tuple[str, int]] = []
    while len(planned) < n_copies:
        kind = min(KINDS, key=lambda kind: turns[kind])
        size = random.randint(*SIZES.get(kind, (1, 1)))
        planned += [(kind, len(planned))] * size
        turns[kind] += size / RARE.get(kind, 1)
    plan: list[tuple[str, int] | None] = [None] * BATCH
    for copy, place in enumerate(random.sample(range(LEAD, BATCH), n_copies)):
        plan[place] = planned[copy]
    return plan


def _with_tolls(body: str, random: Random) -> tuple[str, list[Toll]]:
    """Put one or two sentences with numbers at the ends of paragraphs."""
    paragraphs, tolls = body.split("\n\n"), []
    for wording in random.sample(range(len(TOLLS)), random.randint(1, 2)):
        toll = (wording, random.randint(2, 60), random.randint(20, 400))
        paragraphs[random.randrange(len(paragraphs))] += f" {TOLLS[wording].format(*toll[1:])}"
        tolls.append(toll)
    return "\n\n".join(paragraphs), tolls


def _headline(story: Story, desk: Desk, source: int) -> Copy:
    byline = f"By {desk.random.choice(names())} {desk.random.choice(names())}"
    parts = [story.title, byline, story.body]
    parts.insert(desk.random.choice((0, 3)), boilerplate(source).partition("\n\n")[0])
    return "\n\n".join(parts), {}


def _first_part(story: Story, share: float) -> Copy:
    n_words = len(WORD.findall(story.body))
    text, n = words.cut(story.body, round(share * n_words), n_words // 20)
    return text, {"span": [0, n]}


def _embedded(story: Story, desk: Desk, source: int) -> Copy:
    n_words = story.body.count(" ") + 1
    before = desk.random.uniform(0.3, 0.7) * n_words
    return "\n\n".join([*desk.fresh(before), story.body, *desk.fresh(n_words - before)]), {}


def _extract(story: Story, desk: Desk, source: int) -> Copy:
    extract, start = words.extract(story.body, EXTRACT_WORDS)
    host = desk.between(200, 500)
    host.insert(desk.random.randint(0, len(host)), extract)
    return "\n\n".join(host), {"span": [start, start + EXTRACT_WORDS]}


def _reordered(story: Story, desk: Desk, source: int) -> Copy:
    paragraphs = moved = story.body.split("\n\n")
    while moved == paragraphs:
        moved = desk.random.sample(paragraphs, len(paragraphs))
    return "\n\n".join(moved), {}


def _doubled(story: Story, desk: Desk, source: int) -> Copy:
    again = story.body if desk.random.random() < 0.5 else story.body.partition("\n\n")[2]
    return f"{story.body}\n\n{again}", {}


def _wrap(story: Story, desk: Desk, source: int) -> Copy:
    return "\n\n".join([*desk.between(30, 100), story.body, *desk.between(30, 150)]), {}


def _update(story: Story, desk: Desk, source: int) -> Copy:
    body, toll = story.body, []
    for wording, *numbers in story.tolls:
        higher = [n + desk.random.randint(1, 2 + n // 2) for n in numbers]
        body = body.replace(TOLLS[wording].format(*numbers), TOLLS[wording].format(*higher))
        toll += higher
    if desk.random.random() < 0.5:
        paragraphs = body.split("\n\n")
        paragraphs[desk.random.randrange(len(paragraphs))] += f" {desk.fresh(1)[0]}"
        body = "\n\n".join(paragraphs)
    return body, {"toll": toll}


COPYING: dict[str, Callable[[Story, Desk, int], Copy]] = {
    "exact": lambda story, desk, source: (story.text, {}),
    "typography": lambda story, desk, source: (words.set_anew(story.text, desk.random), {}),
    "light": lambda story, desk, source: (words.edited(story.body, desk.random, 0.02, 0.05), {}),
    "edited": lambda story, desk, source: (words.edited(story.body, desk.random, 0.10, 0.10), {}),
    "headline": _headline,
    "half": lambda story, desk, source: _first_part(story, 0.5),
    "third": lambda story, desk, source: _first_part(story, 0.3),
    "embedded": _embedded,
    "extract": _extract,
    "reordered": _reordered,
    "doubled": _doubled,
    "wrap": _wrap,
    "update": _update,
}
UNCLOSED = ("exact", "typography", "headline")
"""These bring what closes them, or not."""
ANY_LENGTH = ("exact", "headline", "embedded", "wrap")
KINDS = (*COPYING, *SLOTS, *RARE)
