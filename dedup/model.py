"""The values that cross dedup's borders: frozen, plain, with ``to_dict()``."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

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
