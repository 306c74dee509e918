"""What a process remembers of an index, so that it need not read it from the file each time."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.errors import IndexFileError
from dedup.fold import hash_name
from dedup.index.matching import Article
from dedup.index.packing import PACKING_ERRORS, Packer, make_dictionary
from dedup.index.postings import BLOCK, LEAST_BLOCK, Postings, Unwritten
from dedup.index.runs import Found
from dedup.index.store import State, Store, as_blob, packed, packed_id
from dedup.kernels.sources import table
from dedup.minhash import MinHashKeys
from dedup.model import Answer, Pair
from dedup.passages import PassageKeys, Recipe
from dedup.sources import NOTHING, Boilerplate

_NAMES = tuple(field.name for field in fields(Pair) if field.default is MISSING)
"""The fields of a pair that an answer tells."""

_FIELDS = attrgetter(*_NAMES)


class Remembered:
    """What is remembered of a file: see ``refresh``.

    ``names`` : of the sources; ``boilerplate`` : what was learned before the block that is filled
    """

    def __init__(self, store: Store, recipe: Recipe, threshold: float, salt: int) -> None:
        self.store, self.recipe, self.threshold, self._salt = store, recipe, threshold, salt
        self.forget()

    def forget(self) -> None:
        """Forget all, so that it is read from the file when it is needed."""
        self.postings = Postings(self.store, self._salt)
        self.state = State(-1, -1, 1, 0, 0)
        self.names: list[str] = []
        self._labels: dict[str, int] = {"": -1}
        self.packer = Packer({})
        self._n_dictionaries = 0
        self.boilerplate = NOTHING._replace(window=self.recipe.window)
        self._learned: list[tuple[NDArray[np.uint64], NDArray[np.int32]]] = []
        self._last_learned, self._until = 0, 0
        self._known_block = 0, 0
        self._refreshed = 0
        self._is_written = True
        self._before: tuple[State, list[Unwritten], int] = self.state, [], 0
        self.is_ahead = False
        """Whether something is remembered that a transaction has not kept yet."""

    def refresh(self) -> State:
        """Read what others have written before this transaction; return the state."""
        if self._refreshed == self.store.n_begun:
            return self.state
        state = self.store.state()
        if state.version != self.state.version:
            if state.shape != self.state.shape:
                self.postings.load()
            else:
                self.postings.load_recent()
            query = "SELECT label, name FROM sources WHERE label >= ? ORDER BY label"
            for label, name in self.store.rows(query, len(self.names)):
                self.names.append(self.store.string(name))
                self._labels[self.names[-1]] = label
            query = "SELECT number, data FROM dictionaries WHERE number > ?"
            for number, data in self.store.rows(query, self._n_dictionaries):
                self.packer.add(number, data)
                self._n_dictionaries = number
            self.state = state
        self.use_boilerplate()
        self._refreshed = self.store.n_begun
        return state

    # Steps of a transaction

    def begin_step(self) -> None:
        """Remember what there is to go back to."""
        unwritten = self.postings.unwritten
        self._before = self.state, unwritten, len(unwritten)

    def end_step(self) -> None:
        """Count what a step has changed; the end of the transaction writes what it has left."""
        self.state = self.state._replace(version=self.state.version + 1)
        self._is_written, self.is_ahead = False, False

    def undo_step(self) -> None:
        """Forget a step that the file has undone; what those before it have left is written."""
        state, unwritten, n = self._before
        if not self._is_written:
            self._write(state, unwritten[:n])
        self.forget()

    def write(self) -> None:
        """Write what the steps of the transaction have left for its end."""
        if not self._is_written:
            self._write(self.state, self.postings.unwritten)
            self.postings.unwritten = []
            self._is_written = True

    def _write(self, state: State, unwritten: Sequence[Unwritten]) -> None:
        self.postings.write(unwritten)
        self.store.set_state(state)

    # Blocks

    @property
    def _block(self) -> tuple[int, int]:
        """The numbers of the first article of the block of the next one, and of the next block.

        A block has as many articles as an eighth of those before it, a power of two.
        """
        following = self.state.following
        first, end = self._known_block
        if not first <= following < end:
            eighth = 1 << max(((following - 1) // 8).bit_length() - 1, 0)
            size = min(max(eighth, LEAST_BLOCK), BLOCK)  # so that blocks start at multiples
            first = following - (following - 1) % size
            end = first + size
            self._known_block = first, end
        return first, end

    @property
    def room(self) -> int:
        """How many articles the block can take."""
        return self._block[1] - self.state.following

    @property
    def until(self) -> int:
        """The number of the first article of the block."""
        return self._block[0]

    # Boilerplate

    def use_boilerplate(self) -> None:
        """Know the boilerplate that was learned before the block."""
        if self.until == self._until:
            return
        self._until = self.until
        query = "SELECT row, keys, labels FROM boilerplate WHERE row > ? AND first <= ?"
        rows = self.store.rows(query, self._last_learned, self.until)
        for row, keys, labels in rows:
            made = self.store.array(keys, np.uint64), self.store.array(labels, np.int32)
            self._learned.append(made)
            self._last_learned = max(self._last_learned, row)
        if rows:
            keys, labels = map(np.concatenate, zip(*self._learned, strict=True))
            self._learned = [(keys, labels)]
            slots, sieve = table(keys, labels)
            self.boilerplate = Boilerplate(slots, sieve, self.recipe.window)

    def learn(self, keys: NDArray[np.uint64], labels: NDArray[np.int32]) -> None:
        """Write keys that proved to be boilerplate; they count from the next block on."""
        if len(keys):
            self._write_learned(self.state.following + self.room, keys, labels)

    def join_learned(self) -> None:
        """Make one row of what the block that is full has taught: its pieces taught the same."""
        query = "SELECT keys, labels FROM boilerplate WHERE first = ?"
        stored = self.store.rows(query, self.until)
        if len(stored) > 1:
            self.store.run("DELETE FROM boilerplate WHERE first = ?", self.until)
            keys, labels = zip(*stored, strict=True)
            self._write_learned(
                self.until,
                np.concatenate([self.store.array(blob, np.uint64) for blob in keys]),
                np.concatenate([self.store.array(blob, np.int32) for blob in labels]),
            )

    def _write_learned(
        self, first: int, keys: NDArray[np.uint64], labels: NDArray[np.int32]
    ) -> None:
        """Write boilerplate that counts for articles from number ``first`` on."""
        both = np.unique(np.stack([keys, labels.astype(np.uint64)]), axis=1)
        self.store.run(
            "INSERT INTO boilerplate (first, keys, labels) VALUES (?, ?, ?)",
            first, as_blob(both[0]), as_blob(both[1].astype(np.int32)),
        )  # fmt: skip

    # Sources and texts

    def label(self, source: str) -> int:
        """Return the label of a source, -1 for none; a new one is written."""
        label = self._labels.get(source)
        if label is None:
            self.is_ahead = True
            label = self._labels[source] = len(self.names)
            self.names.append(source)
            self.store.run("INSERT INTO sources VALUES (?, ?)", label, packed(source))
        return label

    def known_label(self, source: str) -> int:
        """Return the label of a source, -1 if no article is of it."""
        return self._labels.get(source, -1)

    def source(self, label: int) -> str:
        """Return the source of a label."""
        if not -1 <= label < len(self.names):
            raise self.store.damaged("a source is missing")
        return self.names[label] if label >= 0 else ""

    def train(self) -> None:
        """Make a dictionary for packing from the first texts."""
        if self.packer.has_dictionary:
            return
        rows = self.store.rows("SELECT text FROM texts ORDER BY number LIMIT ?", 2 * BLOCK)
        data = make_dictionary([self.unpacked(row[0]) for row in rows])
        if data is not None:
            self._n_dictionaries += 1
            self.packer.add(self._n_dictionaries, data)
            self.store.run("INSERT INTO dictionaries VALUES (?, ?)", self._n_dictionaries, data)

    def unpacked(self, text: bytes) -> bytes:
        """Return a text of the file in UTF-8; IndexFileError if it is damaged."""
        try:
            return self.packer.unpack(text)
        except PACKING_ERRORS as error:
            raise self.store.damaged(f"a text cannot be read ({error})") from error

    def write_told(self, answer: Answer) -> bytes | None:
        """Return an answer as it is kept: lone surrogates too, which are no JSON for msgspec."""
        if not answer:
            return None
        return self.packer.pack(packed(json.dumps([answer.kept, [*map(_FIELDS, answer)]])))

    def write_forms(self, answer: Answer) -> bytes | None:
        """Return the ids of the articles of one form that an answer tells of, as they are kept."""
        forms = [pair.right for pair in answer if pair.relation == "template"]
        return packed(json.dumps(forms)) if forms else None

    def read_told(self, told: bytes | None) -> Answer:
        """Return the answer that was given for an article."""
        if told is None:
            return Answer()
        kept, pairs = json.loads(self.unpacked(told))
        named = [dict(zip(_NAMES, pair, strict=True)) for pair in pairs]
        return Answer(msgspec.convert(named, list[Pair]), kept)

    # Articles

    def id_codes(self, ids: Sequence[str | int]) -> NDArray[np.uint32]:
        """Return the codes of ids."""
        hashes = np.array([hash_name(packed_id(own)) for own in ids], np.uint64)
        return self.postings.codes_of(hashes)

    def numbers_of(self, ids: Sequence[str | int]) -> dict[str | int, int]:
        """Return the numbers of the articles with these ids, of those that are there."""
        codes = self.id_codes(ids)
        return self.numbers_among(
            ids, codes, self.postings.runs.find(codes, np.ones(len(codes), np.bool_))
        )

    def numbers_among(
        self, ids: Sequence[str | int], codes: NDArray[np.uint32], hits: Found
    ) -> dict[str | int, int]:
        """Return the same of ids whose codes have been looked up in the runs."""
        newest = self.postings.find_newest(codes)
        rows = np.concatenate([newest.rows, hits.rows])
        if not len(rows):
            return {}
        names = {packed_id(own): own for own in ids}
        numbers = np.unique(rows.astype(np.int64) + self.postings.rows.base).tolist()
        found = self.store.chosen("t.id", "articles", "number", numbers)
        return {names[row[0]]: number for number, row in found.items() if row[0] in names}

    def articles(self, numbers: Sequence[int]) -> dict[int, tuple[Article, int]]:
        """Return articles of the file by their numbers, each with the number of its story."""
        if not numbers:
            return {}
        query = (
            "SELECT a.number, a.id, a.source, a.hours, a.added, a.story, a.round_up, a.forms,"
            " x.text FROM json_each(?) j JOIN articles a ON a.number = j.value"
            " JOIN texts x ON x.number = a.number"
        )
        found = {}
        for row in self.store.rows(query, listed(numbers)):
            number, own, label, hours, added, story, round_up, forms, text = row
            published = math.nan if hours is None else hours
            article = Article(
                number, self.store.id(own), self.unpacked(text), label, published,
                added if hours is None else hours, bool(round_up), self._read_forms(forms),
            )  # fmt: skip
            found[number] = article, number if story is None else story
        if len(found) != len(numbers):
            raise self.store.damaged("a text is missing")
        return found

    def _read_forms(self, forms: bytes | None) -> frozenset[str | int]:
        if forms is None:
            return frozenset()
        try:
            return frozenset(json.loads(self.store.string(forms)))
        except (TypeError, ValueError) as error:
            raise self.store.damaged("an id cannot be read") from error


def listed(numbers: Sequence[int]) -> str:
    """Return numbers as SQLite's ``json_each`` takes them."""
    return "[" + ",".join(map(str, numbers)) + "]"


def agreed(
    path: str, recipe: Mapping[str, Any], keys: Recipe | None, threshold: float | None
) -> tuple[Recipe, float]:
    """Return recipe and threshold of a file; raise IndexFileError if others were asked for."""
    stored = recipe["keys"]
    unicode, own = stored["unicode"], PassageKeys().to_dict()["unicode"]
    if unicode != own:
        problem = f"was made with words folded by Unicode {unicode}, and this dedup folds by {own}"
        raise IndexFileError(path, problem)
    for name, asked, got in (
        ("keys", None if keys is None else keys.to_dict(), stored),
        ("threshold", threshold, recipe["threshold"]),
    ):
        if asked is not None and asked != got:
            raise IndexFileError(path, f"{name} must be as the index was made, {got}, got {asked}")
    return keys or _recipe_of(stored), recipe["threshold"]


def new_recipe(keys: Recipe | None, threshold: float | None, salt: int) -> dict[str, Any]:
    """Return what is kept of a file that is made."""
    return {
        "keys": (keys or PassageKeys()).to_dict(),
        "threshold": defaults.THRESHOLD if threshold is None else threshold,
        "salt": salt,
    }


def _recipe_of(told: Mapping[str, Any]) -> Recipe:
    """Return the recipe that ``to_dict`` told of."""
    if told["keys"] == "minhash":
        return MinHashKeys(
            told["num_perm"], seed=told["seed"], bands=told["bands"], rows=told["rows"]
        )
    return PassageKeys(told["window"], told["short_window"], told["short_words"])
