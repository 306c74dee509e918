"""Readable twins of the kernels that find the articles of an index by their keys.

A key is known by its code. Lists of rows have the newest first. ``kept`` says of each row whether
the article is there (0: it is not), can be found (255: not by its keys), and how many keys it has.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

MOST = 64
GONE, MEMBER = 0, 255

Postings = Sequence[tuple[int, int]]
"""Codes with the rows that have them."""


class Known(NamedTuple):
    """What survey knows of the articles that are there.

    ``rows`` : for each key of each text, those that have it; ``origin`` : the oldest row, ``until``
    the first that does not count; ``labels`` and ``label_texts`` : sources, and how many articles
    each has; ``common`` : keys with the labels that they are boilerplate of
    """

    rows: Sequence[Sequence[Sequence[int]]]
    origin: int
    until: int
    kept: Sequence[int]
    labels: Sequence[int]
    label_texts: Sequence[int]
    common: set[tuple[int, int]]


def can_be_found(kept: int) -> bool:
    """Tell whether an article can be found by its keys."""
    return kept not in (GONE, MEMBER)


Hit = list[int]
"""The place of a code, where in a run it is, where else, and the row of the first text there."""


def probed(
    codes: Sequence[int],
    is_sought: Sequence[bool],
    passing: set[int],
    firsts: Sequence[int],
    start: int,
    base: int,
) -> list[Hit]:
    """Return hits of the codes that are sought and pass the filter of a run where they may be.

    A code is in the last part of those that begin with it or a smaller one; and in the part before,
    if that one begins with it.
    """
    found = []
    for place, code in enumerate(codes):
        reached = [part for part, first in enumerate(firsts) if first <= code]
        if is_sought[place] and code in passing and reached:
            part = start + reached[-1]
            has_before = len(reached) > 1 and firsts[reached[-1]] == code
            found.append([place, part, part - 1 if has_before else -1, base])
    return found


def parts_of(hits: Sequence[Hit], first: int) -> tuple[list[int], list[Hit]]:
    """Return the parts that hits are in, and the hits with places of those in that list.

    The places of their codes are counted from the first one.
    """
    numbers = sorted({part for _, *parts, _ in hits for part in parts if part >= 0})
    return numbers, [
        [place - first, *(numbers.index(part) if part >= 0 else -1 for part in parts), base]
        for place, *parts, base in hits
    ]


def screened(
    texts: Sequence[Sequence[int]], labels: Sequence[int], common: set[tuple[int, int]]
) -> tuple[list[list[bool]], list[list[bool]]]:
    """Return of each key of each text whether it is its own, and whether runs are asked for it.

    ``common`` : keys with the labels that they are boilerplate of
    """
    is_own = [
        [label < 0 or (key, label) not in common for key in keys]
        for keys, label in zip(texts, labels, strict=True)
    ]
    return is_own, [mine if any(mine) else [True] * len(mine) for mine in is_own]


def walked(codes: Sequence[int], postings: Postings, kept: Sequence[int]) -> list[list[int]]:
    """Return which rows that are there have each code; postings stand with the oldest first."""
    found = []
    for code in codes:
        rows = [row for own, row in reversed(postings) if own == code and kept[row] != GONE]
        found.append(rows[:MOST])
    return found


def packed(postings: Postings, row_bits: int, most: int) -> list[bytes]:
    """Return postings, by code and then by row, as parts of at most so many of them.

    A part says first how many bits the rows have, and its first code; of each posting then the
    row, and before it by how much the code is larger, in 40 bits. All numbers have their lowest
    byte first.
    """
    parts: list[bytes] = []
    first = 0
    for code, row in postings:
        is_full = not parts or len(parts[-1]) == 5 + 5 * most
        if is_full or (code - first) << row_bits >= 1 << 40:
            parts.append(bytes([row_bits]) + code.to_bytes(4, "little"))
            first = code
        parts[-1] += (((code - first) << row_bits) | row).to_bytes(5, "little")
    return parts


def newest_of_each(postings: Postings, most: int) -> list[tuple[int, int]]:
    """Return sorted postings without those that at least so many others of their code follow."""
    return [
        (code, row)
        for at, (code, row) in enumerate(postings)
        if [other for other, _ in postings[at + 1 :]].count(code) < most
    ]


def gathered(
    codes: Sequence[int], runs: Sequence[tuple[int, Sequence[Postings]]], kept: Sequence[int]
) -> list[list[int]]:
    """Return which rows that are there have each code, by runs, the newest first.

    A run is the row of its first article, and parts of postings by code and then by row, which is
    counted from there. Only the last two parts are looked at that can have the code.
    """
    found = []
    for code in codes:
        rows = []
        for base, parts in runs:
            reached = [part for part in parts if part[0][0] <= code][-2:]
            own = [base + row for part in reached for each, row in part if each == code]
            rows += [row for row in reversed(own) if kept[row] != GONE]
        found.append(rows[:MOST])
    return found


def surveyed(
    texts: Sequence[Sequence[int]],
    labels: Sequence[int],
    known: Known,
    least: int,
    share: float,
    most_common: float,
) -> tuple[list[list[bool]], list[int], list[list[bool]]]:
    """Return of each key of each text whether it nominates, and whether it proves boilerplate.

    Besides, in the middle, how many keys of each text are its own.
    """
    nominates, own, is_learned = [], [], []
    for keys, label, rows_of in zip(texts, labels, known.rows, strict=True):
        is_own = [label < 0 or (key, label) not in known.common for key in keys]
        is_rare, proven = [], []
        for mine, every in zip(is_own, rows_of, strict=True):
            rows = [row for row in every if row < known.until and can_be_found(known.kept[row])]
            rows = rows[:MOST]
            is_rare.append(mine and len(rows) < MOST)
            proven.append(mine and label >= 0 and proves(rows, label, known, least, share))
        n_common = is_own.count(False) + proven.count(True)
        if n_common > most_common * len(keys):
            proven = [False] * len(keys)
        is_learned.append(proven)
        if not any(is_own):
            nominates.append([True] * len(keys))
            own.append(len(keys))
            continue
        own.append(is_own.count(True))
        nominates.append(is_own if 4 * is_rare.count(True) < own[-1] else is_rare)
    return nominates, own, is_learned


def proves(rows: Sequence[int], label: int, known: Known, least: int, share: float) -> bool:
    """Tell whether so many articles of a source have a key that it is boilerplate, as far as seen.

    The article that has it now is one of them.
    """
    n = 1 + sum(known.labels[row] == label for row in rows)
    seen = 1.0
    if len(rows) == MOST:
        seen = (known.until - rows[-1]) / max(known.until - known.origin, 1)
    return n >= least and n >= share * known.label_texts[label] * seen


def levels(texts: Sequence[Sequence[int]], nominates: Sequence[Sequence[bool]]) -> list[int]:
    """Return the level of each text: above all before it that have a code which it nominates by."""
    found: list[int] = []
    for codes, chosen in zip(texts, nominates, strict=True):
        asked = {code for code, own in zip(codes, chosen, strict=True) if own}
        below = [
            level
            for other, level in zip(texts[: len(found)], found, strict=True)
            if asked & {*other}
        ]
        found.append(1 + max(below, default=-1))
    return found


def nominated(
    rows_of: Sequence[Sequence[int]],
    own: int,
    kept: Sequence[int],
    is_alike: Sequence[bool],
    least: int,
    share: float,
    most: int,
    most_alike: int,
) -> list[int]:
    """Return the rows that share enough keys with a text of ``own`` keys, the best first.

    ``rows_of`` : those that have each key that nominates and come before the text; ``is_alike`` :
    which rows are of its source. Of those at most so many are taken before others.
    """
    shared = Counter(row for rows in rows_of for row in rows)
    ranked = []
    for row, n in shared.items():
        smaller = max(min(own, kept[row]), 1)
        if (n >= least or 2 * n >= smaller) and n >= share * smaller:
            ranked.append((-Fraction(n, smaller), -n, row))
    order = [row for _, _, row in sorted(ranked)]
    alike = [row for row in order if is_alike[row]]
    first = [row for row in order if row not in alike[most_alike:]][:most]
    return first + alike[most_alike:][: most - len(first)]


def by_code(postings: Postings) -> Mapping[int, list[int]]:
    """Return the rows of each code, the newest first; postings stand with the oldest first."""
    found: dict[int, list[int]] = defaultdict(list)
    for code, row in reversed(postings):
        found[code].append(row)
    return found


class Frequent:
    """What is remembered of codes that ``MOST`` rows have, each in the slot of its lowest bits."""

    def __init__(self, n_slots: int) -> None:
        self.n_slots = n_slots
        self.slots: dict[int, tuple[int, list[int]]] = {}

    def recalled(self, code: int) -> list[int] | None:
        """Return the rows of a code, None if they are not known."""
        own, rows = self.slots.get(code % self.n_slots, (-1, []))
        return rows if own == code else None

    def remember(self, code: int, rows: list[int]) -> None:
        """Remember the rows of a code if they are many."""
        if len(rows) == MOST:
            self.slots[code % self.n_slots] = code, rows

    def renew(self, postings: Postings) -> None:
        """Put those of a new run before the others; its oldest rows come first."""
        for slot, (code, rows) in self.slots.items():
            newer = [row for own, row in reversed(postings) if own == code]
            self.slots[slot] = code, [*newer, *rows][:MOST]
