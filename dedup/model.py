"""The values that cross dedup's borders: frozen, plain, with ``to_dict()``."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cached_property
from json.encoder import encode_basestring_ascii
from typing import Any, Literal, NamedTuple

FORMAT = "dedup-report/1"
"""Name and version of the format of reports."""

RepeatKind = Literal["exact", "block", "near", "run", "teaser", "inside"]


class Span(NamedTuple):
    """Character offsets into the caller's own string, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part of a text that another part of the same text tells already.

    ``start``, ``end`` bound the repeat and ``of_start``, ``of_end`` what it repeats, in characters
    of the caller's string. ``coverage`` (0..1) is the share of the repeat's words that stand in
    the other part in runs of at least four. ``removed`` says whether ``clean`` takes it out.
    """

    start: int
    end: int
    of_start: int
    of_end: int
    kind: RepeatKind
    coverage: float
    removed: bool

    @property
    def span(self) -> Span:
        """Where the repeat stands."""
        return Span(self.start, self.end)

    @property
    def of(self) -> Span:
        """Where what it repeats stands."""
        return Span(self.of_start, self.of_end)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, in the order in which files carry them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Scan:
    """What ``scan`` found: the repeats in text order, and the canonical text without them."""

    repeats: tuple[Repeat, ...]
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {"repeats": [repeat.to_dict() for repeat in self.repeats], "text": self.text}


Relation = Literal[
    "identical", "copy", "excerpt", "extends", "update", "template", "revision", "overlap"
]


@dataclass(frozen=True, slots=True)
class Document:
    """A text with what is known of it.

    ``title`` is shown, never compared. ``source`` names who published it (a site, a feed), ``""``
    if unknown. ``published`` is a date or a point in time, or its ISO 8601 string; without a zone
    it means UTC. ``extra`` travels along untouched.
    """

    id: str | int
    text: str
    title: str = field(default="", kw_only=True)
    source: str = field(default="", kw_only=True)
    published: str | date | datetime | None = field(default=None, kw_only=True)
    extra: Mapping[str, Any] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True, slots=True)
class Pair:
    """How two texts relate: ``left`` is the one that would go, ``right`` the one that would stay.

    ``left_in_right`` is the share (0..1) of the left text's words that stand in the right one, in
    runs of at least four, and ``right_in_left`` the reverse; ``own_left`` and ``own_right`` the
    same over the words that are not boilerplate of their source, None where sources are unknown.
    ``hours_apart`` is None unless both dates are known, ``same_source`` unless both sources are.
    ``facts`` are numbers and names that differ, as they stand in (left, right), at most ten.
    ``passages`` are the shared passages, (left start, left end, right start, right end) in
    characters; None unless asked for. ``left_span`` and ``right_span`` are set where the texts
    are paragraphs of the documents named.
    """

    left: str | int
    right: str | int
    relation: Relation
    left_in_right: float
    right_in_left: float
    own_left: float | None
    own_right: float | None
    hours_apart: float | None
    same_source: bool | None
    facts: tuple[tuple[str, str], ...]
    passages: tuple[tuple[int, int, int, int], ...] | None = None
    left_span: Span | None = None
    right_span: Span | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, without those that were not asked for."""
        names = self.__slots__  # not asdict, which copies each of them, at ten times the cost
        shown = {name: getattr(self, name) for name in names}
        return {
            name: value
            for name, value in shown.items()
            if value is not None or name not in ("passages", "left_span", "right_span")
        }


class Answer(list[Pair]):
    """What an index tells of an article: how it relates to those kept before it, the best first.

    ``kept`` is the id of the kept one that holds the article, which goes for it; None if it stays.
    """

    __slots__ = ("kept",)

    def __init__(self, pairs: Iterable[Pair] = (), kept: str | int | None = None) -> None:
        super().__init__(pairs)
        self.kept = kept

    def to_dict(self) -> dict[str, Any]:
        """Return the pairs, as ``matches``, and ``kept``."""
        return {"matches": [pair.to_dict() for pair in self], "kept": self.kept}


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one text relates to another, seen from the left one.

    ``relation`` is None where they share too little. ``jaccard`` is the share of the shingles of
    both that stand in both; the other fields are those of ``Pair``.
    """

    relation: Relation | None
    left_in_right: float
    right_in_left: float
    jaccard: float
    hours_apart: float | None
    passages: tuple[tuple[int, int, int, int], ...]
    facts: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Decision:
    """A text that goes; ``kept`` is the id of the kept one that holds ``coverage`` of its words."""

    id: str | int
    kept: str | int
    relation: Relation
    coverage: float


@dataclass(frozen=True, slots=True)
class Story:
    """A kept text with the texts that go for it; ``members`` are the ids of all, sorted."""

    kept: str | int
    members: tuple[str | int, ...]
    sources: tuple[str, ...]
    first_seen: str | int
    first_published: str | None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A kept text that is no article: a bot-block page, a consent wall, nothing of its own."""

    id: str | int
    reason: str


@dataclass(frozen=True, slots=True)
class StoryChange:
    """What became of a story of an index: it has ``texts`` articles now.

    ``story`` is the id of its first article; ``fuller`` and ``earlier`` are those of an article
    that holds more of it than any before, and of one that was published before all others, None
    where nothing of that kind is new. ``number`` counts changes: ask for those since it.
    """

    number: int
    story: str | int
    texts: int
    fuller: str | int | None
    earlier: str | int | None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index holds.

    ``articles``, of which ``kept`` are those that no other of them holds; ``sources`` and
    ``stories`` of several articles so far; ``changes`` of stories; ``oldest`` and ``newest`` when
    the articles were published, or added where that is unknown; ``bytes`` of the file, of which
    ``free`` are used again; ``format`` and ``recipe`` as the file was made
    """

    articles: int
    kept: int
    sources: int
    stories: int
    changes: int
    oldest: str | None
    newest: str | None
    bytes: int
    free: int
    format: int
    recipe: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


Role = Literal["single", "keeper", "identical", "copy", "excerpt", "update", "template", "revision"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of one text, told without the others.

    A text goes if its ``keeper`` is another; then ``role`` says why, and ``of`` is the keeper. A
    kept text is its own keeper: a ``keeper`` if others go for it; else its role is the relation to
    the most preferred text that it is related to, and ``of`` names that one; else ``single``.
    ``coverage`` is the share of its words that ``of`` holds. ``copies`` counts the texts of its
    story, it too, ``sources`` the known ones of them; ``first_seen`` is the id of the earliest.
    """

    role: Role
    keeper: str | int
    coverage: float
    copies: int
    sources: int
    first_seen: str | int
    of: str | int

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """What ``deduplicate`` decided: every dropped text names a kept one that holds its words.

    ``recipe`` is all that changes the result, by name; ``dedup`` the version that made it;
    ``relations`` counts pairs. ``kept`` and ``dropped`` are in the order of ids.
    """

    dedup: str
    recipe: Mapping[str, Any]
    threshold: float
    kept: Sequence[str | int]
    relations: Mapping[str, int]
    dropped: tuple[Decision, ...]
    stories: tuple[Story, ...]
    suspects: tuple[Suspect, ...]

    @property
    def read(self) -> int:
        """How many texts there were."""
        return len(self.kept) + len(self.dropped)

    @cached_property
    def _keepers(self) -> dict[str | int, str | int]:
        return {given: given for given in self.kept} | {d.id: d.kept for d in self.dropped}

    def keeper_of(self, document_id: str | int) -> str | int:
        """Return the id of the kept text that holds a text, its own for a kept one.

        Raises KeyError for an id that was not among the documents.
        """
        return self._keepers[document_id]

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that are equal for equal decisions."""
        lines = sorted(f"[{_json(d.id)}, {_json(d.kept)}]" for d in self.dropped)
        return hashlib.blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, as report files have them."""
        return {
            "format": FORMAT,
            "dedup": self.dedup,
            "recipe": dict(self.recipe),
            "threshold": self.threshold,
            "read": self.read,
            "kept": len(self.kept),
            "relations": dict(self.relations),
            "dropped": [_fields(decision) for decision in self.dropped],
            "stories": [_fields(story) for story in self.stories],
            "suspects": [_fields(suspect) for suspect in self.suspects],
            "digest": self.digest,
        }


def _json(own: str | int) -> str:
    return encode_basestring_ascii(own) if isinstance(own, str) else str(own)


def _fields(part: Decision | Story | Suspect) -> dict[str, Any]:
    # asdict copies what is in the fields, and takes ten times as long.
    return {name: getattr(part, name) for name in part.__slots__}


@dataclass(frozen=True, slots=True)
class RepeatedParagraph:
    """A paragraph that stands in two or more articles.

    ``text`` is how it is told first, at most 300 characters of it; ``spans`` are (id, start, end)
    of at most 20 of the places where it stands.
    """

    text: str
    words: float
    articles: int
    sources: int
    first_seen: str | int
    spans: tuple[tuple[str | int, int, int], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)
