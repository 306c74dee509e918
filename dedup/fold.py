"""Fold: what two words may differ in and still be the same word.

Only for comparing, never for output. Every code point is a separator, skipped, a letter, a single
(a token by itself: scripts written without spaces) or a mark that belongs to the letter before it.
Case, typographic quotes, apostrophes, soft hyphens and zero-width characters vanish, and so do
differences of NFC and NFD. Marks go on Latin, Greek, Cyrillic, Arabic and Hebrew; in other scripts
they are vowels and voicing. Digits stay. docs/keys.md is the specification.

``python -m dedup.fold`` writes ``fold.npz`` anew from these rules, under the Python whose
``unicodedata`` has the version named here.
"""

import sys
import unicodedata
from functools import cache
from html.entities import html5
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

UNICODE_VERSION = "14.0.0"
"""Of the shipped table: that of the oldest Python supported, so that all of them agree with it."""

SEPARATOR, SKIP, LETTER, SINGLE, MARK = range(5)

# Entry of the table, uint32: kind in bits 0-2; bit 3: the payload is a place in ``expansions``,
# else a code point, 0 for the character itself; bit 4: canonical text may not hold the character;
# bits 5-9: rank of its combining class (0: a starter); payload from bit 10 on.
EXPANDS, UNCANONICAL, CLASS_SHIFT, PAYLOAD_SHIFT = 8, 16, 5, 10
PAGE = 128
ENTITY_SLOTS = 4096
MASK = (1 << 64) - 1
MIX_1, MIX_2, SEED = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0x9E3779B97F4A7C15

APOSTROPHES = frozenset(map(ord, "'´ʹʻʼʽˈ‘’‚‛′＇"))
ELONGATIONS = frozenset({0x0640, 0x07FA})
VOICING_MARKS = frozenset({0x3099, 0x309A})
INVISIBLE = frozenset({0x00AD, 0x200B, 0x2060, 0xFEFF})

# Written without spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer, Tai scripts, Balinese
# and its kin, kana, bopomofo, Han, Yi, Javanese, Tangut, Khitan, Nushu. First and last code point.
SINGLE_RANGES = (
    (0x0E00, 0x109F), (0x1780, 0x17FF), (0x1950, 0x19FF), (0x1A20, 0x1AAF), (0x1B00, 0x1B7F),
    (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0xA4CF), (0xA980, 0xA9DF), (0xA9E0, 0xA9FF), (0xAA60, 0xAADF),
    (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x16FE0, 0x18D8F), (0x1AFF0, 0x1B2FF),
    (0x20000, 0x3FFFD),
)  # fmt: skip
# Scripts whose marks are dropped, and the marks that any script may carry.
DROPPED_MARKS = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A),
    (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED), (0x0898, 0x08FF),
    (0x0951, 0x0954), (0x1133B, 0x1133B), (0x1AB0, 0x1ACE), (0x1CD0, 0x1CE0),
    (0x1CE2, 0x1CF4), (0x1CF8, 0x1CF9), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0),
    (0x2DE0, 0x2DFF), (0x302A, 0x302D), (0xA66F, 0xA67D), (0xA69E, 0xA69F),
    (0xFB1E, 0xFB1E), (0xFE00, 0xFE2F), (0x101FD, 0x101FD), (0x102E0, 0x102E0),
    (0x1CF00, 0x1CF46), (0x1D167, 0x1D169), (0x1D17B, 0x1D1AD), (0x1D242, 0x1D244),
    (0xE0100, 0xE01EF),
)  # fmt: skip
# Compatibility forms that are only another shape of the same letter; fractions, superscripts and
# squared units are not among them: 5¼ is not 51/4.
SHAPES = frozenset(
    {"<wide>", "<narrow>", "<initial>", "<medial>", "<final>", "<isolated>", "<font>"}
)


class FoldTable(NamedTuple):
    """The table as arrays, in the form that the kernels read.

    ``pages`` : uint16[8704], code point >> 7 to a row; ``entries`` : uint32[rows * 128];
    ``expansions`` : uint8, at each place a length and that many bytes of UTF-8;
    ``entity_slots`` : uint64[4096], hash of an entity's name (0: empty), probed linearly;
    ``entity_points`` : uint32[4096], the code point it stands for.
    """

    pages: NDArray[np.uint16]
    entries: NDArray[np.uint32]
    expansions: NDArray[np.uint8]
    entity_slots: NDArray[np.uint64]
    entity_points: NDArray[np.uint32]


@cache
def fold_table() -> FoldTable:
    """Return the shipped table; read once in a process."""
    data = files("dedup").joinpath("fold.npz").read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        return FoldTable(*(arrays[name] for name in FoldTable._fields))


def _within(point: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= point <= last for first, last in ranges)


def _kind(point: int) -> int:
    """Return the kind of one code point that is fully decomposed and case-folded."""
    char = chr(point)
    category = unicodedata.category(char)
    if point in APOSTROPHES or point in ELONGATIONS:
        return SKIP
    if category == "Cc":
        return SEPARATOR if char.isspace() else SKIP
    if category == "Cf":
        return SKIP
    if category[0] == "M":
        dropped = _within(point, DROPPED_MARKS) and point not in VOICING_MARKS
        return SKIP if dropped else MARK
    if category[0] in "LN":
        return SINGLE if _within(point, SINGLE_RANGES) and category != "Nd" else LETTER
    # Ideographs added after this Unicode version are known by their planes.
    return SINGLE if category == "Cn" and 0x20000 <= point <= 0x3FFFD else SEPARATOR


def _plain(char: str) -> str:
    """Return the character without case and shape, canonically decomposed."""
    decomposed = unicodedata.normalize("NFD", char)
    if len(decomposed) > 1:
        return "".join(map(_plain, decomposed))
    digit = unicodedata.decimal(decomposed, None)
    if digit is not None:
        return str(digit)
    tag, _, points = unicodedata.decomposition(decomposed).partition(" ")
    shape = "".join(chr(int(point, 16)) for point in points.split())
    if tag in SHAPES and not unicodedata.category(shape[-1]).startswith("M"):
        return "".join(map(_plain, shape))
    if decomposed == "ı":  # its capital is I, whose small letter is i
        return "i"
    # Twice: the capital of some letters is another letter's, and folds further than they do.
    folded = unicodedata.normalize("NFD", decomposed.upper().casefold())
    return folded if folded == decomposed else "".join(map(_plain, folded))


def fold_code_point(point: int) -> tuple[int, str]:
    """Return the kind of a code point and the folded text that stands for it.

    The text is empty for separators and skipped characters.
    """
    char = chr(point)
    if 0xAC00 <= point <= 0xD7A3:  # Hangul syllables stay composed; jamo are composed to them
        return LETTER, char
    # U+0345, the Greek iota written below, is a mark, but a letter when case is folded.
    if point != 0x0345 and _kind(point) == SKIP and not unicodedata.decomposition(char):
        return SKIP, ""
    kinds_and_chars = [(_kind(ord(c)), c) for c in _plain(char)]
    kept = [(kind, c) for kind, c in kinds_and_chars if kind != SKIP]
    if not kept:
        return SKIP, ""
    if any(kind == SEPARATOR for kind, _ in kept):
        return SEPARATOR, ""
    return kept[0][0], "".join(c for _, c in kept)


def _second_parts() -> frozenset[int]:
    """Return what composition may join to the character before it."""
    seconds = set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    for point in range(0x110000):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            seconds.add(int(parts[1], 16))
    return frozenset(seconds)


def _is_canonical(char: str, seconds: frozenset[int]) -> bool:
    """Tell whether canonical text may hold the character, whatever stands before it.

    Marks in an order that is not canonical are for the kernel to notice.
    """
    category = unicodedata.category(char)
    if category in ("Cc", "Cs", "Zs", "Zl", "Zp"):
        return char in " \n"  # where newlines stand is for the kernel to say
    if ord(char) in INVISIBLE or ord(char) in seconds:
        return False
    return category == "Cn" or unicodedata.is_normalized("NFC", char)


def token_hash(word: bytes, *, single: bool = False) -> int:
    """Return the hash of a folded word: 64 bits, the lowest one set for singles.

    Sixteen bytes at a time, the last ones filled up with zeros, are read as two lanes with the
    first byte lowest, and mixed in by multiplications and shifts; docs/keys.md has test vectors.
    """
    state = SEED
    for at in range(0, len(word), 16):
        low = int.from_bytes(word[at : at + 8], "little")
        high = int.from_bytes(word[at + 8 : at + 16], "little")
        state = (state ^ low) * MIX_1 & MASK
        state ^= high
        state = (state ^ state >> 32) * MIX_2 & MASK
        state ^= state >> 32
    state = state * MIX_1 & MASK
    return (state ^ state >> 32) & ~1 | single


def identity(tokens: memoryview) -> bytes:
    """Return 16 bytes that are equal for equal runs of words: XXH3-128 of their hashes."""
    return xxhash.xxh3_128_digest(tokens)


def hash_name(name: bytes) -> int:
    """Return 64 bits by which a name is found: XXH3-64."""
    return xxhash.xxh3_64_intdigest(name)


def checksum(content: bytes | memoryview) -> bytes:
    """Return 8 bytes that tell whether content is what it was: XXH3-64."""
    return xxhash.xxh3_64_digest(content)


def _class_ranks() -> dict[int, int]:
    """Return the rank of each combining class; those of dropped marks count only as not zero."""
    kept = {unicodedata.combining(chr(p)) for p in range(0x110000) if _kind(p) == MARK}
    ranks = {combining: rank for rank, combining in enumerate(sorted(kept | {0}))}
    return {combining: ranks.get(combining, len(ranks)) for combining in range(256)}


def _build_entries() -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    ranks, seconds = _class_ranks(), _second_parts()
    expansions = bytearray()
    places: dict[str, int] = {}
    entries = np.zeros(0x110000, np.uint32)
    for point in range(0x110000):
        kind, folded = fold_code_point(point)
        entry = kind
        if kind in (SKIP, MARK):
            combining = unicodedata.combining(folded if len(folded) == 1 else chr(point))
            entry |= ranks[combining] << CLASS_SHIFT
        if not _is_canonical(chr(point), seconds):
            entry |= UNCANONICAL
        payload = 0
        if len(folded) > 1:
            if folded not in places:
                encoded = folded.encode()
                places[folded] = len(expansions)
                expansions += bytes([len(encoded)]) + encoded
            payload = places[folded]
            entry |= EXPANDS
        elif folded and folded != chr(point):
            payload = ord(folded)
        entries[point] = entry | payload << PAYLOAD_SHIFT
    return entries, np.frombuffer(bytes(expansions), np.uint8)


def _build_entities() -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    slots = np.zeros(ENTITY_SLOTS, np.uint64)
    points = np.zeros(ENTITY_SLOTS, np.uint32)
    for name, text in sorted(html5.items()):
        if not name.endswith(";"):
            continue
        key = token_hash(name[:-1].encode())
        slot = key >> 40 & ENTITY_SLOTS - 1
        while slots[slot]:
            slot = slot + 1 & ENTITY_SLOTS - 1
        # Names of two code points are of mathematical signs: separators, as their first one is.
        slots[slot], points[slot] = key, ord(text[0])
    return slots, points


def build_fold_table() -> FoldTable:
    """Return the table made anew from the rules of this module and Python's Unicode data."""
    entries, expansions = _build_entries()
    rows, pages = np.unique(entries.reshape(-1, PAGE), axis=0, return_inverse=True)
    return FoldTable(pages.astype(np.uint16), rows.ravel(), expansions, *_build_entities())


def main() -> None:
    """Write ``fold.npz`` beside this module."""
    if unicodedata.unidata_version != UNICODE_VERSION:
        sys.exit(f"needs Unicode {UNICODE_VERSION}, this Python has {unicodedata.unidata_version}")
    np.savez_compressed(Path(__file__).with_name("fold.npz"), **build_fold_table()._asdict())


if __name__ == "__main__":
    main()
