"""What became of the words of a text: the scores of ``clean_quality``, free of dedup's own code.

A word is a ``\\w+`` run of the NFKC-normalized, lower-cased text without invisible characters, or
one character of a script written without spaces, so that a soft hyphen, a re-joined line or
another space is no loss. A run of words counts as gone only where its words stand together less
often: a block glued to its neighbor is still there.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal

Outcome = Literal["kept", "partly", "removed"]

GRAM = 4
"""Words in the runs by which parts of texts are compared."""

_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"  # Thai, Lao, kana, Han
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_KINDS = ("exact", "near", "inside")


def words(text: str) -> list[str]:
    """Return the words of a text, as they are compared here."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if not _invisible().isdisjoint(text):
        visible = "".join(char for char in text if char not in _invisible())
        text = unicodedata.normalize("NFKC", visible)  # what stood apart may compose now
    return _WORD.findall(text.lower())


@cache
def _invisible() -> frozenset[str]:
    """Return the format and control characters that are no white space."""
    chars = (chr(point) for point in range(0x110000))
    return frozenset(
        char for char in chars if unicodedata.category(char) in ("Cf", "Cc") and not char.isspace()
    )


def blocks(text: str) -> list[str]:
    """Return the non-empty lines of a text: the blocks that labels count."""
    return [line for line in text.split("\n") if line.strip()]


def grams(run: Sequence[str], size: int = GRAM) -> Counter[tuple[str, ...]]:
    """Count the runs of ``size`` words; those of a shorter text are all its words."""
    if len(run) <= size:
        return Counter([tuple(run)] if run else [])
    return Counter(zip(*(run[i:] for i in range(size)), strict=False))


@dataclass(frozen=True)
class Words:
    """The words of one text, ready to be counted in."""

    run: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Words":
        """Return the words of a text."""
        return cls(tuple(words(text)))

    @cached_property
    def joined(self) -> str:
        """The words, each between two spaces, so that neighbors share none."""
        return _join(self.run)

    @cached_property
    def grams(self) -> Counter[tuple[str, ...]]:
        """How often each run of four words stands here."""
        return grams(self.run)

    def count(self, run: Sequence[str], *, outside: Iterable[Sequence[str]] = ()) -> int:
        """Count how often a run of words stands here, and not within one of other runs."""
        joined = self.joined
        for other in sorted(outside, key=len, reverse=True):
            joined = joined.replace(_join(other), "|")
        return joined.count(_join(run))

    def covers(self, run: Sequence[str]) -> float:
        """Return the share of a run's words that stand here in runs of four."""
        if not run:
            return 1.0
        if len(run) < GRAM:
            return float(self.count(run) > 0)
        covered = [False] * len(run)
        for i in range(len(run) - GRAM + 1):
            if tuple(run[i : i + GRAM]) in self.grams:
                covered[i : i + GRAM] = [True] * GRAM
        return sum(covered) / len(run)


def _join(run: Sequence[str]) -> str:
    return "".join(f" {word} " for word in run)


@dataclass(frozen=True)
class Label:
    """A labeled repeat of one text, counted once for the same repeated words.

    ``runs`` are the words of which one copy may go: of the block, or of both blocks that are
    nearly alike. ``longer`` are the blocks that a block with the same words stands inside of.
    """

    kind: str
    where: str
    runs: tuple[tuple[str, ...], ...]
    longer: tuple[tuple[str, ...], ...] = ()


def labels(document: Mapping[str, Any]) -> list[Label]:
    """Return the labeled repeats of a document, the stronger kind where words have two."""
    lines = [tuple(words(block)) for block in blocks(document["text"])]
    found: dict[tuple[str, ...], Label] = {}
    for first, second, kind, *where in sorted(document["repeats"], key=_strength):
        short, long = sorted((lines[first], lines[second]), key=len)
        if short not in found:
            runs = (short, long) if kind == "near" and short != long else (short,)
            found[short] = Label(kind, where[0] if where else "none", runs)
        if kind == "inside" and found[short].kind == "inside":
            known = found[short]
            found[short] = Label(kind, known.where, known.runs, (*known.longer, long))
    return list(found.values())


def _strength(repeat: Sequence[Any]) -> int:
    return _KINDS.index(repeat[2])


def outcome(label: Label, before: Words, after: Words) -> Outcome:
    """Tell what became of a labeled repeat: did one of its copies go, and all of it.

    ``removed``: the words stand together less often, and so does each run of four of them; a block
    inside a longer one stands only there, or once. ``partly``: the block is no longer whole, but
    some of it stands as often as before.
    """
    outcomes = {_outcome(run, label, before, after) for run in label.runs}
    return next(name for name in ("removed", "partly", "kept") if name in outcomes)


def _outcome(run: tuple[str, ...], label: Label, before: Words, after: Words) -> Outcome:
    left = after.count(run)
    if left >= before.count(run):
        return "kept"
    # A longer block that stands twice may have lost a copy while the block itself stays.
    if label.longer and left > 1 and after.count(run, outside=label.longer):
        return "kept"
    whole = all(after.grams[gram] < before.grams[gram] for gram in grams(run))
    return "removed" if whole else "partly"


def none_left(label: Label, after: Words) -> bool:
    """Tell whether the repeated words stand nowhere in the output as they stood before."""
    return not any(after.count(run) for run in label.runs)


def missing(before: Words, after: Words) -> Counter[str]:
    """Return the words that the output lacks."""
    return Counter(before.run) - Counter(after.run)


def is_subsequence(after: Words, before: Words) -> bool:
    """Tell whether the output's words stand in the input, in their order."""
    rest = iter(before.run)
    return all(word in rest for word in after.run)


def lost_blocks(body: str, before: Words, after: Words) -> list[str]:
    """Return the blocks of a body that stand in a text as often as in the body, but not after."""
    whole = Words.of(body)
    lost = []
    for block in dict.fromkeys(blocks(body)):
        run = words(block)
        if len(run) < GRAM:
            continue
        if min(whole.count(run), before.count(run)) > after.count(run):
            lost.append(block)
    return lost


def doubled(text: Words) -> float:
    """Return the share of the second half's 5-grams that stand in the first half too."""
    middle = len(text.run) // 2
    first, second = (grams(half, 5) for half in (text.run[:middle], text.run[middle:]))
    return sum(gram in first for gram in second) / len(second) if second else 0.0


def stands_twice(body: Words, text: Words) -> float:
    """Return the share of a body's 5-grams that stand in the text more often than in the body."""
    inside, around = grams(body.run, 5), grams(text.run, 5)
    return sum(around[gram] >= 2 * n for gram, n in inside.items()) / len(inside) if inside else 0.0
