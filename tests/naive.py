"""Readable twins of the kernels: slow, plain, with ``regex``, ``xxhash`` and ``unicodedata``.

They share no code with the library, but for the constants that docs/keys.md names.
"""

import unicodedata
from collections import Counter
from html.entities import html5
from typing import NamedTuple

import regex

MASK = (1 << 64) - 1
SEED, MIX_1, MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
ROLL = 0xD6E8FEB86659FD93

ENTITY = regex.compile(
    r"&(?:#(?P<decimal>[0-9]+)|#[xX](?P<hex>[0-9A-Fa-f]+)|(?P<name>[0-9A-Za-z]+));"
)
ANY_SCRIPT = r"\p{Script=Inherited}"
STRIPPED = regex.compile(
    rf"[\p{{Latin}}\p{{Greek}}\p{{Cyrillic}}\p{{Arabic}}\p{{Hebrew}}{ANY_SCRIPT}]"
)
VOICING = "\u3099\u309a"
UNSPACED = regex.compile(
    r"[\p{Thai}\p{Lao}\p{Tibetan}\p{Myanmar}\p{Khmer}\p{Tai_Le}\p{New_Tai_Lue}\p{Tai_Tham}"
    r"\p{Balinese}\p{Javanese}\p{Tai_Viet}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Han}\p{Yi}"
    r"\p{Tangut}\p{Khitan_Small_Script}\p{Nushu}\u3006\u3031-\u3035\u303c\u30fc\ua9cf\uff70\uff9e\uff9f]"
)
APOSTROPHES = "'´ʹʻʼʽˈ‘’‚‛′＇"
TATWEELS = "\u0640\u07fa"
SHAPES = ("<wide>", "<narrow>", "<initial>", "<medial>", "<final>", "<isolated>", "<font>")
JAMO = regex.compile("[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?")
JAMO_TAIL = regex.compile("[\uac00-\ud7a3][\u11a8-\u11c2]")


class Word(NamedTuple):
    """A folded word and where it stands, in characters."""

    folded: str
    single: bool
    start: int
    end: int


class Char(NamedTuple):
    """A character, and where in the text it comes from."""

    char: str
    start: int
    end: int


def resolved(text: str) -> list[Char]:
    """Return the characters with entities resolved, once."""
    chars = []
    at = 0
    while at < len(text):
        match = ENTITY.match(text, at)
        char = entity(match) if match and len(match[0]) <= 33 else None
        end = match.end() if match and char else at + 1
        chars.append(Char(char or text[at], at, end))
        at = end
    return chars


def entity(match: regex.Match[str]) -> str | None:
    """Return the character an entity stands for."""
    if match["name"]:
        return html5[match["name"] + ";"][0] if match["name"] + ";" in html5 else None
    point = int(match["decimal"]) if match["decimal"] else int(match["hex"], 16)
    if 0x80 <= point <= 0x9F:  # as browsers read them
        return bytes([point]).decode("cp1252", "ignore") or chr(point)
    return chr(point) if 0 < point < 0x110000 else None


def decomposed(chars: list[Char]) -> list[Char]:
    """Return the canonical decomposition, in canonical order."""
    result = [
        Char(part, char.start, char.end)
        for char in chars
        for part in unicodedata.normalize("NFD", char.char)
    ]
    start = 0
    for k in range(len(result) + 1):
        if k == len(result) or not unicodedata.combining(result[k].char):
            result[start:k] = sorted(
                result[start:k], key=lambda char: unicodedata.combining(char.char)
            )
            start = k + 1
    return result


def without_case(char: str) -> str:
    """Return a decomposed character without case, width and other shapes."""
    if unicodedata.decimal(char, None) is not None:
        return str(unicodedata.decimal(char))
    tag, _, points = unicodedata.decomposition(char).partition(" ")
    shape = "".join(chr(int(point, 16)) for point in points.split())
    if tag in SHAPES and unicodedata.category(shape[-1])[0] != "M":
        plain = shape
    else:
        plain = "i" if char == "ı" else char.upper().casefold()
    plain = unicodedata.normalize("NFD", plain)
    return plain if plain == char else "".join(map(without_case, plain))


def kind(char: str) -> str:
    """Return what a character without case is: separator, skip, letter, single or mark."""
    category = unicodedata.category(char)
    if char in APOSTROPHES or char in TATWEELS or category == "Cf":
        return "skip"
    if category == "Cc":
        return "separator" if char.isspace() else "skip"
    if category[0] == "M":
        return "skip" if STRIPPED.match(char) and char not in VOICING else "mark"
    if category == "Cn" and 0x20000 <= ord(char) <= 0x3FFFD:
        return "single"
    if category[0] not in "LN":
        return "separator"
    return "single" if UNSPACED.match(char) and category != "Nd" else "letter"


def words(text: str) -> list[Word]:
    """Return the folded words of a text with their spans."""
    found: list[Word] = []
    open_word: list[Char] = []
    single = False

    def close() -> None:
        if open_word:
            folded = "".join(char.char for char in open_word)
            for pattern in (JAMO, JAMO_TAIL):
                folded = pattern.sub(lambda match: unicodedata.normalize("NFC", match[0]), folded)
            found.append(
                Word(
                    folded,
                    single,
                    min(char.start for char in open_word),
                    max(char.end for char in open_word),
                )
            )
            open_word.clear()

    for char in decomposed(resolved(text)):
        parts = [(kind(part), part) for part in without_case(char.char)]
        if kind(char.char) == "skip" and char.char != "\u0345":
            continue
        kept = [(its, part) for its, part in parts if its != "skip"]
        if any(its == "separator" for its, _ in kept):
            close()
            continue
        for its, part in kept:
            if its == "single" or (its == "letter" and single):
                close()
            if its != "mark" or not open_word:
                single = its == "single" if not open_word else single
            open_word.append(Char(part, char.start, char.end))
    close()
    return found


def token_hash(word: Word) -> int:
    """Return the hash of a folded word."""
    data = word.folded.encode("utf-8", "surrogatepass")
    state = SEED
    for at in range(0, len(data), 16):
        block = data[at : at + 16].ljust(16, b"\0")
        state = (state ^ int.from_bytes(block[:8], "little")) * MIX_1 & MASK
        state ^= int.from_bytes(block[8:], "little")
        state = (state ^ state >> 32) * MIX_2 & MASK
        state ^= state >> 32
    state = state * MIX_1 & MASK
    return (state ^ state >> 32) >> 1 << 1 | word.single


def weight(token: int) -> int:
    """Return how much a word counts, in half words."""
    return 1 if token & 1 else 2


def shingles(tokens: list[int], n_words: int = 5) -> list[int]:
    """Return the hash of each shortest run of words that weighs ``n_words`` words."""
    starts = range(len(tokens))
    runs = [run for at in starts if (run := _run(tokens[at : at + 2 * n_words], 2 * n_words))]
    if tokens and not runs:
        runs = [tokens]
    return [shingle_hash(run) for run in runs]


def _run(tokens: list[int], least: int) -> list[int]:
    total = 0
    for k, token in enumerate(tokens):
        total += weight(token)
        if total >= least:
            return tokens[: k + 1]
    return []


def shingle_hash(tokens: list[int]) -> int:
    """Return the hash of a run of words."""
    rolled = 0
    for token in tokens:
        rolled = (rolled * ROLL + token) & MASK
    state = (rolled ^ rolled >> 32) * MIX_1 & MASK
    return state ^ state >> 32


def grams(tokens: list[int]) -> dict[int, tuple[int, ...]]:
    """Return the run of four words (eight singles) that starts at each place, if there is one."""
    runs = {start: _run(tokens[start : start + 8], 8) for start in range(len(tokens))}
    return {start: tuple(run) for start, run in runs.items() if run}


def passage_keys(hashes: list[int], window: int) -> list[int]:
    """Return the least shingle of every window, each once, sorted; few shingles are one window."""
    width = min(window, len(hashes))
    starts = range(len(hashes) - width + 1) if width else ()
    return sorted({min(hashes[start : start + width]) for start in starts})


def text_keys(tokens: list[int], recipe: tuple[int, int, int] = (15, 7, 128)) -> list[int]:
    """Return the keys of a text: its window, that of a short text, and below how many words."""
    window, short_window, short_words = recipe
    is_short = sum(map(weight, tokens)) < 2 * short_words
    return passage_keys(shingles(tokens), short_window if is_short else window)


def told_once(tokens: list[int]) -> int:
    """Return the half words that stand in no gram which stood in the same text before."""
    seen: set[tuple[int, ...]] = set()
    again: set[int] = set()
    for start, gram in grams(tokens).items():
        if gram in seen:
            again.update(range(start, start + len(gram)))
        seen.add(gram)
    return sum(weight(token) for k, token in enumerate(tokens) if k not in again)


def links(
    groups: list[list[int]], labels: list[int], weights: list[int], across: bool
) -> list[list[tuple[int, int]]]:
    """Return in each group the links of a text to the first, the one before it, the lightest.

    Three lists, one of each kind. ``across``: as if there were none of its own label.
    """
    found: list[list[tuple[int, int]]] = [[], [], []]
    for group in groups:
        for text in group:
            others = [o for o in group if not (across and labels[o] == labels[text])]
            before = [other for other in others if other < text]
            lightest = sorted(others, key=lambda other: (weights[other], -other))
            for kind, partners in enumerate((others[:1], before[-1:], lightest[:1])):
                found[kind] += [(text, other) for other in partners if other != text]
    return found


def linked_pairs(kinds: list[list[tuple[int, int]]], most: list[int]) -> set[tuple[int, int]]:
    """Return of each text's links the most frequent ones of each kind, the later text first."""
    pairs = set()
    for links_of_kind, n in zip(kinds, most, strict=True):
        counts = Counter(links_of_kind)
        for text in {text for text, _ in counts}:
            own = sorted((-count, o) for (t, o), count in counts.items() if t == text)
            pairs |= {(max(text, other), min(text, other)) for _, other in own[:n]}
    return pairs


def common_keys(keys: list[list[int]], labels: list[int], least: list[int]) -> set[tuple[int, int]]:
    """Return the keys that ``least`` texts of a label have, with the label; below 0 is none."""
    counts = Counter(
        (key, label) for own, label in zip(keys, labels, strict=True) for key in set(own)
    )
    return {each for each, n in counts.items() if each[1] >= 0 and n >= least[each[1]]}


def share_enough(keys: list[int], others: list[int], share: float = 0) -> bool:
    """Tell whether two texts have two keys in common, and this share of those of the smaller one.

    Or half of them, or 255.
    """
    shared, smaller = len(set(keys) & set(others)), min(len(keys), len(others))
    is_much = shared >= 2 and shared >= share * smaller
    return is_much or 0 < smaller <= 2 * shared or shared >= 255


def covered_weight(tokens: list[int], holder: list[int]) -> int:
    """Return the half words of a text that stand in grams which another has too."""
    held = set(grams(holder).values())
    covered: set[int] = set()
    for start, gram in grams(tokens).items():
        if gram in held:
            covered.update(range(start, start + len(gram)))
    return sum(weight(tokens[k]) for k in covered)


def may_repeat(lines: list[list[int]], threshold: float, least: int, longest: int) -> bool:
    """Tell whether grams that stand twice cover a line, a long run or a third of a text."""
    tokens = [token for line in lines for token in line]
    found = grams(tokens)
    times = list(found.values())
    covered: set[int] = set()
    for start, gram in found.items():
        if times.count(gram) > 1:
            covered.update(range(start, start + len(gram)))
    run = start = 0
    for k, token in enumerate(tokens):
        run = run + weight(token) if k in covered else 0
        if run >= longest:
            return True
    for line in lines:
        places = range(start, start + len(line))
        start += len(line)
        total = sum(map(weight, line))
        held = sum(weight(tokens[k]) for k in places if k in covered)
        if total >= least and held >= threshold * total:
            return True
    total = sum(map(weight, tokens))
    return total > 0 and 3 * sum(weight(tokens[k]) for k in covered) >= total
