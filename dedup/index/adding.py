"""Articles added to an index, and taken out of it again."""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.errors import DuplicateIdError
from dedup.index.given import Given, New, given
from dedup.index.lookup import look_up
from dedup.index.matching import (
    Article,
    Outcome,
    Piece,
    Survey,
    candidates,
    match,
    survey,
)
from dedup.index.postings import ranges_of
from dedup.index.remembered import Remembered, listed
from dedup.index.store import packed, packed_id
from dedup.index.stories import Stories
from dedup.kernels import postings as kernels
from dedup.kernels.runs import MEMBER
from dedup.model import Answer, Document

_NOTHING = Outcome([], False, 0)


def add(index: Remembered, articles: Given, *, replace: bool) -> list[Answer]:
    """Add articles; return the answer for each."""
    answers: list[Answer] = []
    while len(answers) < len(articles.new):
        at = len(answers)
        some = articles.part(at, min(at + index.room, len(articles.new)))
        answers += _add_some(index, some.part(0, _n_distinct(some.new)), replace=replace)
    return answers


def _n_distinct(new: Sequence[New]) -> int:
    """Return how many of the first articles have different ids."""
    seen: set[str | int] = set()
    for article in new:
        if article.document.id in seen:
            break
        seen.add(article.document.id)
    return len(seen)


def _add_some(index: Remembered, some: Given, *, replace: bool) -> list[Answer]:
    """Add articles with different ids that fit into the block; return the answers of the first.

    They end before one that replaces another.
    """
    ids = [article.document.id for article in some.new]
    id_codes = index.id_codes(ids)
    found, id_hits = look_up(index, some, id_codes)
    known = index.numbers_among(ids, id_codes, id_hits)
    answers: dict[int, Answer] = {}
    fresh: list[int] = []
    for at, own in enumerate(ids):
        number = known.get(own)
        if number is None:
            fresh.append(at)
            continue
        is_same, told = _as_before(index, some.new[at], number)
        if is_same:
            answers[at] = told
        elif not replace:
            problem = "must have the text that it has in the index, or replace it"
            raise DuplicateIdError(f"{own!r} {problem}")
        elif at == 0:
            remove(index, [number])
            return _add_some(index, some.part(0, 1), replace=replace)
        else:
            return _add_some(index, some.part(0, at), replace=replace)
    if fresh:
        chosen, places = np.array(fresh), set(fresh)
        first = index.state.following
        articles = [_article(index, first + k, some.new[at]) for k, at in enumerate(fresh)]
        labels = np.array([article.label for article in articles], np.int32)
        piece = Piece(articles, labels, found if len(fresh) == len(ids) else found.take(chosen))
        told_fresh = _add_new(
            index,
            piece,
            id_codes[chosen],
            [some.new[at] for at in fresh],
            lambda: [text for at, text in enumerate(some.texts()) if at in places],
        )
        answers |= dict(zip(fresh, told_fresh, strict=True))
    return [answers[at] for at in range(len(ids))]


def _as_before(index: Remembered, new: New, number: int) -> tuple[bool, Answer]:
    """Tell whether an article has the text that it has in the index; and what was told of it."""
    rows = index.store.rows("SELECT text, told FROM texts WHERE number = ?", number)
    if not rows:
        raise index.store.damaged("a text is missing")
    text, told = rows[0]
    return index.unpacked(text) == new.text, index.read_told(told)


def _article(index: Remembered, number: int, new: New) -> Article:
    document = new.document
    label = index.label(document.source)
    return Article(number, document.id, new.text, label, new.hours, new.seen)


class _Decided(NamedTuple):
    """What became of the articles of a piece, and their keepers where they have one.

    ``stories`` : of articles by their numbers
    """

    outcomes: list[Outcome]
    keepers: list[int | None]
    stories: dict[int, int]


def _add_new(
    index: Remembered,
    piece: Piece,
    id_codes: NDArray[np.uint32],
    new: Sequence[New],
    texts: Callable[[], Sequence[bytes]],
) -> list[Answer]:
    """Add articles that are not there, all of one block."""
    index.is_ahead = True
    postings = index.postings
    surveyed = survey(piece, postings, index.until, index.recipe.window)
    decided = _decide(index, piece, surveyed, id_codes)
    answers, changes = _write(index, new, piece, decided, texts())
    index.learn(surveyed.keys, surveyed.labels)
    state = index.state
    index.state = state._replace(
        following=state.following + len(new),
        articles=state.articles + len(new),
        changes=changes,
    )
    if index.until == index.state.following:
        if postings.settle():
            index.state = index.state._replace(shape=state.shape + 1)
            index.train()
        index.join_learned()
        index.use_boilerplate()
    return answers


def _decide(
    index: Remembered, piece: Piece, surveyed: Survey, id_codes: NDArray[np.uint32]
) -> _Decided:
    """Match the articles of a piece, each with those kept before it, and write their postings."""
    postings, found, n = index.postings, piece.found, len(piece.articles)
    first = piece.articles[0].number
    decided = _Decided([_NOTHING] * n, [None] * n, {})
    rows = np.arange(n, dtype=np.int32) + np.int32(first - postings.rows.base)
    n_keys = found.n_keys()
    postings.extend(piece.labels)
    postings.newest.add(id_codes, rows)
    own, owners = [id_codes], [rows]
    levels = kernels.levels(found.codes, found.offsets, surveyed.nominates)
    for level in range(int(levels.max()) + 1):
        places = np.flatnonzero(levels == level)
        _match(index, piece, surveyed, places, rows, decided)
        kept = np.array([at for at in places.tolist() if decided.keepers[at] is None], np.int64)
        postings.rows.kept[rows[places]] = MEMBER
        postings.rows.kept[rows[kept]] = n_keys[kept]
        codes, of = found.codes_of(kept)
        postings.newest.add(codes, rows[of])
        own.append(codes)
        owners.append(rows[of])
    postings.note(first, np.concatenate(own), np.concatenate(owners))
    return decided


def _match(
    index: Remembered,
    piece: Piece,
    surveyed: Survey,
    places: NDArray[np.int64],
    rows: NDArray[np.int32],
    decided: _Decided,
) -> None:
    """Decide on some articles of a piece, of which none is a candidate of another."""
    base, first = index.postings.rows.base, piece.articles[0].number
    own_rows = rows.astype(np.int64)
    found = candidates(piece, surveyed, places, own_rows, index.postings, index.recipe.window)
    if not found:
        return
    numbers = sorted({row + base for _, row in found})
    stored = index.articles([number for number in numbers if number < first])
    right = []
    for number in numbers:
        if number < first:
            article, decided.stories[number] = stored[number]
            right.append(article)
        else:
            at = number - first
            right.append(decided.outcomes[at].seen_of(piece.articles[at]))
    left = list(dict.fromkeys(place for place, _ in found))
    at_place = {place: at for at, place in enumerate(left)}
    at_number = {number: at for at, number in enumerate(numbers)}
    pairs = [(at_place[place], at_number[row + base]) for place, row in found]
    articles = [piece.articles[place] for place in left]
    names, boilerplate = index.names, index.boilerplate
    told = match(articles, right, pairs, names, boilerplate, index.threshold, index.recipe)
    for place, outcome in zip(left, told, strict=True):
        decided.outcomes[place] = outcome
        if outcome.keeper is not None:
            decided.keepers[place] = outcome.keeper.number


def _write(
    index: Remembered,
    new: Sequence[New],
    piece: Piece,
    decided: _Decided,
    packed_texts: Sequence[bytes],
) -> tuple[list[Answer], int]:
    """Write the rows of articles, and of the stories that they join.

    Return what is told of each, and how often a story has changed so far.
    """
    known = sorted(set(decided.stories.values()))
    stories = Stories(index.store, index.state.changes, known)
    answers, articles, texts = [], [], []
    for own, article, outcome, keeper, text in zip(
        new, piece.articles, decided.outcomes, decided.keepers, packed_texts, strict=True
    ):
        number, name = article.number, packed_id(article.id)
        hours = None if math.isnan(own.hours) else own.hours
        story, told = own.story, own.told
        if told is None:
            story = stories.join(name, hours, own.seen, outcome, decided.stories)
            told = outcome.answer()
        decided.stories[number] = number if story is None else story
        published = packed(own.published) if own.published else None
        articles.append(
            (number, name, article.label, published, hours, own.added, keeper, story,
             outcome.is_round_up, index.write_forms(told))
        )  # fmt: skip
        texts.append((number, text, index.write_told(told)))
        answers.append(told)
    index.store.run_many("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", articles)
    index.store.run_many("INSERT INTO texts VALUES (?, ?, ?)", texts)
    stories.write()
    return answers, stories.changes


def remove(index: Remembered, numbers: list[int]) -> None:
    """Remove articles, sorted by their numbers, and add those again that went for them."""
    gone, ranges = set(numbers), ranges_of(numbers)
    query = (
        "SELECT a.number FROM json_each(?) r CROSS JOIN articles a ON a.keeper"
        " >= json_extract(r.value, '$[0]') AND a.keeper <= json_extract(r.value, '$[1]')"
    )
    members = [row[0] for row in index.store.rows(query, json.dumps(ranges))]
    query = (
        "SELECT a.number, a.id, a.source, a.published, a.hours, a.added, a.story, x.text, x.told"
        " FROM articles a JOIN texts x ON x.number = a.number"
        " WHERE a.number IN (SELECT value FROM json_each(?)) ORDER BY a.number"
    )
    left = index.store.rows(query, listed([number for number in members if number not in gone]))
    again = [_again(index, row) for row in left]
    _delete(index, numbers)
    _delete(index, [row[0] for row in left])
    if again:
        documents = [own.document for own in again]
        made = given(documents, index.recipe, index.packer)
        add(index, made._replace(new=again), replace=False)


def _again(index: Remembered, row: tuple[Any, ...]) -> New:
    """Return an article of the file as one that is added again: what was told of it stays."""
    _, own, label, published, hours, added, story, text, told = row
    source, text = index.source(label), index.unpacked(text)
    return New(
        Document(index.store.id(own), index.store.string(text), source=source),
        text,
        "" if published is None else index.store.string(published),
        math.nan if hours is None else hours,
        added,
        index.read_told(told),
        story,
    )


def _delete(index: Remembered, numbers: Sequence[int]) -> None:
    if not numbers:
        return
    index.is_ahead = True
    ranges = ranges_of(numbers)
    for name in ("articles", "texts"):
        index.store.run_many(f"DELETE FROM {name} WHERE number BETWEEN ? AND ?", ranges)
    index.postings.forget(ranges)
    state = index.state
    index.state = state._replace(shape=state.shape + 1, articles=state.articles - len(numbers))


def asked(index: Remembered, document: Document) -> Answer:
    """Return how an article relates to those that are kept, without adding it."""
    made = given([document], index.recipe, index.packer)
    (new,) = made.new
    label = index.known_label(document.source)
    is_new = label < 0 and document.source != ""
    names = [*index.names, document.source] if is_new else index.names
    following, postings, window = index.state.following, index.postings, index.recipe.window
    labels = np.array([label], np.int32)
    found, _ = look_up(index, made, np.zeros(0, np.uint32))
    label = len(index.names) if is_new else label
    own = Article(following, document.id, new.text, label, new.hours, new.seen)
    piece = Piece([own], labels, found)
    surveyed = survey(piece, postings, index.until, window)
    rows = np.array([following - postings.rows.base])
    nominated = candidates(piece, surveyed, np.zeros(1, np.int64), rows, postings, window)
    if not nominated:
        return Answer()
    stored = index.articles([row + postings.rows.base for _, row in nominated])
    right = [article for article, _ in stored.values()]
    pairs = [(0, at) for at in range(len(right))]
    boilerplate, threshold = index.boilerplate, index.threshold
    return match([own], right, pairs, names, boilerplate, threshold, index.recipe)[0].answer()
