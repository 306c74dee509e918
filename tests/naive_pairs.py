"""Readable twins of the kernels of facts, boilerplate and pairs: see ``naive``.

Only the lists of words are the library's own; what is a fact, and what two texts share, is read
here from characters and lists.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

import naive
import regex

from dedup.facts import CALENDARS, GERMAN, NUMBERS

NONE, NUMBER, NAME, CALENDAR, REST = range(5)
SLOT, ANCHOR, SHOWN, PLACES = 60, 30, 10, 64

Fact = tuple[int, object]
"""What a word is, and a value that equal facts have in common."""

ENDS = regex.compile(r"""[.!?:"(\[*‘’‚‛“”„‟•…«]|\n.*\n""", regex.DOTALL)
ABBREVIATED = regex.compile(r"\.( |$)")
SIGN = regex.compile(r"(^|[\x00-(])-$|−$")
# Thousands parted by one mark, then decimals after another: digits of words and what parts them.
WRITTEN = regex.compile(
    r"(?P<whole>(?!0+\b)\d{1,3}(?P<mark>[.,' ~])\d{3}\b(?:(?P=mark)\d{3}\b)*|\d+)"
    r"(?:(?!(?P=mark))[.,](?P<decimals>\d+))?",
    regex.ASCII,
)
GAPS = {" ": " ", ".": ".", ",": ",", "'": "'", "\xa0": "~", "\u202f": "~", "\u2009": "~"}


def _listed() -> dict[str, Fact | str]:
    """Return the listed words, folded: a fact, one that needs a capital, or what is German."""
    found: dict[str, Fact | str] = {}
    for language, names in CALENDARS.items():
        for place, forms in enumerate(names.split()):
            for form in forms.split("/"):
                if form != "-":
                    value = f"{'with a capital' if language == 'en' else 'always'} {place}"
                    found.setdefault(naive.words(form)[0].folded, value)
    for names in NUMBERS.values():
        for place, forms in enumerate(names.split()):
            for form in forms.split("/"):
                found.setdefault(naive.words(form)[0].folded, (NUMBER, str(place + 2)))
    for form in GERMAN.split():
        found.setdefault(naive.words(form)[0].folded, "German")
    return found


LISTED = _listed()


def _letters(word: str) -> str:
    """Return the characters of a word that are not skipped; an entity is one that is no digit."""
    parts = [word[char.start : char.end] for char in naive.resolved(word)]
    letters = ["&" if len(part) > 1 else part for part in parts]
    return "".join(letter for letter in letters if naive.kind(letter) != "skip")


def _digits(word: str) -> str | None:
    """Return the digits of a word of nothing else, None for other words."""
    digits = [unicodedata.decimal(letter, None) for letter in _letters(word)]
    return None if None in digits else "".join(map(str, digits))


def _has_digits(word: str) -> bool:
    return any(unicodedata.decimal(letter, None) is not None for letter in _letters(word))


def _written(text: str) -> tuple[list[naive.Word], list[str], list[str]]:
    """Return the words of a text, how they are written, and what stands before each of them.

    A word goes on to the end of what is skipped after it, a single does not.
    """
    words, shapes, gaps = naive.words(text), [], []
    skipped = {
        char.start: char.end
        for char in naive.resolved(text)
        if all(naive.kind(part) == "skip" for part in unicodedata.normalize("NFD", char.char))
    }
    before = 0
    for word in words:
        end = word.end
        while end in skipped and not word.single:
            end = skipped[end]
        gaps.append(text[before : word.start])
        shapes.append(text[word.start : end])
        before = end
    return words, shapes, gaps


def facts(text: str, most_capitals: float = 0.7, german_share: float = 0.1) -> list[Fact]:
    """Return what each word of a text is."""
    words, shapes, gaps = _written(text)
    found: list[Fact] = []
    inside = names = german = 0
    for k, word in enumerate(words):
        if k < len(found):
            continue
        digits = _digits(shapes[k])
        listed = LISTED.get(word.folded)
        is_capital = _is_capital(shapes[k])
        german += listed == "German" and not _has_digits(shapes[k])
        if digits is not None:
            value, n_words = _number(shapes, gaps, k)
            found += [(NUMBER, value), *[(REST, other) for other in words[k + 1 : k + n_words]]]
        elif _has_digits(shapes[k]):
            found.append((NUMBER, word))
        elif isinstance(listed, tuple):
            found.append(listed)
        elif listed and (listed.startswith("always") or (listed != "German" and is_capital)):
            found.append((CALENDAR, int(listed.rpartition(" ")[2])))
        else:
            starts = k == 0 or _starts(gaps[k], shapes[k - 1])
            is_name = is_capital and len(_letters(shapes[k])) > 1 and not starts
            inside, names = inside + (not starts), names + is_name
            found.append((NAME if is_name else NONE, word))
    if names > most_capitals * inside or german > german_share * len(words):
        found = [(NONE if kind == NAME else kind, value) for kind, value in found]
    return found


def _starts(gap: str, before: str) -> bool:
    """Tell whether a sentence starts after a gap; with a stop after an abbreviation none does."""
    is_short = len(_letters(before)) <= 3 and _is_capital(before)
    return bool(ENDS.search(gap)) and not (is_short and ABBREVIATED.match(gap))


def _is_capital(word: str) -> bool:
    return unicodedata.category(word[0]) in ("Lu", "Lt")


def _number(shapes: list[str], gaps: list[str], first: int) -> tuple[str, int]:
    """Return the number that starts at a word, in one spelling, and how many words it takes."""
    chain = _digits(shapes[first]) or ""
    for shape, gap in zip(shapes[first + 1 :], gaps[first + 1 :], strict=True):
        if gap not in GAPS or _digits(shape) is None:
            break
        chain += GAPS[gap] + (_digits(shape) or "")
    match = WRITTEN.match(chain)
    assert match
    whole = regex.sub(r"\D", "", match["whole"]).lstrip("0") or "0"
    decimals = (match["decimals"] or "").rstrip("0")
    before = shapes[first - 1] + gaps[first] if first else gaps[first]
    sign = "-" if SIGN.search(before) else ""
    return sign + whole + ("." + decimals if decimals else ""), len(regex.findall(r"\d+", match[0]))


def boilerplate_words(tokens: list[int], common: set[int], window: int = 15) -> list[bool]:
    """Return which words stand in shingles that are common, or between two of them in a window."""
    marked, last = set(), -window - 1
    for start, shingle in enumerate(naive.shingles(tokens)):
        if shingle in common:
            length = len(naive._run(tokens[start:], 10)) or len(tokens)
            marked |= set(range(last if start - last <= window else start, start + length))
            last = start
    return [k in marked for k in range(len(tokens))]


class Text(NamedTuple):
    """The words of a text: their hashes, what they are, and which are boilerplate."""

    tokens: list[int]
    facts: list[Fact]
    boilerplate: list[bool]

    def weigh(self, places: set[int] | range, *, own: bool = False) -> int:
        """Return the half words at some places; ``own``: of those that are no boilerplate."""
        return sum(
            naive.weight(self.tokens[k]) for k in places if not (own and self.boilerplate[k])
        )

    def is_fact(self, place: int) -> bool:
        """Tell whether a fact starts at a word."""
        return self.facts[place][0] not in (NONE, REST)

    def end_of(self, place: int) -> int:
        """Return where the fact that starts at a word ends."""
        return next(
            (k for k in range(place + 1, len(self.tokens)) if not self.is_rest(k)), len(self.tokens)
        )

    def is_rest(self, place: int) -> bool:
        """Tell whether a word goes on with the number before it."""
        return place < len(self.tokens) and self.facts[place][0] == REST


class Measured(NamedTuple):
    """What a pair is measured by; see ``kernels.match``."""

    left: tuple[int, int]
    right: tuple[int, int]
    own_run: int
    longest_run: int
    start: int
    changed: tuple[int, int]
    agreeing: tuple[int, int]
    shown: list[tuple[int, int]]
    runs: list[tuple[int, int, int, int]]


def places_of(tokens: list[int]) -> dict[tuple[int, ...], list[int]]:
    """Return where each gram of a text stands."""
    found: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for start, gram in naive.grams(tokens).items():
        found[gram].append(start)
    return found


def best_stretch(left: list[int], right: list[int]) -> tuple[int, int]:
    """Return which words of a text of more than twice the length hold most of the left one.

    Of bins of the left text's length, the first two in a row in which most of its grams stand; each
    gram is taken where it stands after the one before it, else where it stands first.
    """
    if len(right) <= 2 * len(left):
        return 0, len(right)
    held, expected, bins = places_of(right), 0, []
    for gram in naive.grams(left).values():
        if gram in held:
            place = next((place for place in held[gram] if place >= expected), held[gram][0])
            bins.append(place // len(left))
            expected = place + 1
    starts = {max(number - k, 0) for number in bins for k in range(2)}
    best = min(starts, key=lambda b: (-bins.count(b) - bins.count(b + 1), b), default=0)
    return best * len(left), min((best + 2) * len(left), len(right))


def grams_within(left: list[int], right: list[int], low: int, high: int) -> dict[int, int]:
    """Return of the grams of the left text where they stand first in a stretch of the right one."""
    held, found = places_of(right), {}
    for start, gram in naive.grams(left).items():
        inside = [p for p in held.get(gram, ()) if p >= low and p + len(gram) <= high]
        if inside:
            found[start] = inside[0]
    return found


def start_of(left: list[int], right: list[int], found: dict[int, int], high: int) -> int:
    """Return where in the right text the left one would start by the longest run they share."""
    longest, start, at = 0, 0, 0
    for first, place in sorted(found.items()):
        if first < at:
            continue
        pairs = zip(left[first:], right[place:high], strict=False)
        length = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        if length > longest:
            longest, start = length, place - first
        at = first + length
    return start if start > SLOT else 0


def shared_runs(
    left: list[int], right: list[int], found: dict[int, int], high: int
) -> Iterator[tuple[int, int, int, int, bool]]:
    """Yield the shared runs in the order of the left text, and whether they are in line.

    A run starts where a gram stands after the last run in line, else where it stands first; it is
    in line if it is long, or about as far from that run in both texts.
    """
    held, grams = places_of(right), naive.grams(left)
    at = left_end = 0
    right_end = start_of(left, right, found, high)
    while later := [start for start in sorted(found) if start >= at]:
        at = later[0]
        place = next((p for p in held[grams[at]] if p >= right_end), len(right))
        if place + len(grams[at]) > high:
            place = found[at]
        length = 0
        while at + length < len(left) and place + length < high:
            if left[at + length] != right[place + length]:
                break
            length += 1
        is_long = sum(map(naive.weight, left[at : at + length])) >= ANCHOR
        in_line = is_long or abs(place - right_end) <= at - left_end + SLOT
        yield at, at + length, place, place + length, in_line
        at += length
        if in_line:
            left_end, right_end = at, place + length


class _Count:
    """Facts that changed or agree: numbers, weekdays and months; names."""

    def __init__(self) -> None:
        self.changed, self.agreeing, self.shown = [0, 0], [0, 0], list[tuple[int, int]]()

    def add(self, kind: int, ours: int, theirs: int, *, agrees: bool) -> None:
        (self.agreeing if agrees else self.changed)[kind == NAME] += 1
        if not agrees:
            self.shown.append((ours, theirs))

    def run(self, left: Text, right: Text, a: int, b: int, c: int) -> None:
        """Count the facts that stand in a run as a whole: their values may yet differ."""
        for k in filter(left.is_fact, range(a, b)):
            if left.end_of(k) <= b:
                agrees = left.facts[k][1] == right.facts[c + k - a][1]
                self.add(left.facts[k][0], k, c + k - a, agrees=agrees)

    def slot(self, left: Text, right: Text, ours: range, theirs: range) -> None:
        """Count what stands between two runs: equal facts, then those that took another's place."""
        ours, theirs = _whole(left, ours), _whole(right, theirs)
        free = [k for k in theirs if right.facts[k][0] != REST]
        rest = []
        for k in filter(left.is_fact, ours):
            equal = [u for u in free if right.facts[u][1] == left.facts[k][1]]
            if equal:
                free.remove(equal[0])
                self.add(left.facts[k][0], k, equal[0], agrees=True)
            else:
                rest.append(k)
        for kind in (NUMBER, NAME, CALENDAR):
            before = [k for k in rest if left.facts[k][0] == kind]
            after = [u for u in free if right.facts[u][0] == kind]
            for k, u in zip(before, after, strict=False):
                self.add(kind, k, u, agrees=False)

    def following(self, left: Text, right: Text, a: int, c: int) -> None:
        """Count the facts that follow a run if one took the other's place: then a word is equal."""
        ours, theirs = _whole(left, range(a, a + 1)), _whole(right, range(c, c + 1))
        (kind, value), (other_kind, other) = left.facts[ours.start], right.facts[theirs.start]
        after = left.tokens[ours.stop : ours.stop + 1], right.tokens[theirs.stop : theirs.stop + 1]
        if kind and kind == other_kind and value != other and after[0] and after[0] == after[1]:
            self.add(kind, ours.start, theirs.start, agrees=False)


def _whole(text: Text, places: range) -> range:
    """Return a slot with the whole of numbers that start before it or end after it."""
    start, stop = places.start, places.stop
    while start > 0 and text.is_rest(start):
        start -= 1
    while text.is_rest(stop):
        stop += 1
    return range(start, stop)


def measure(left: Text, right: Text, floor: float, *, with_runs: bool) -> Measured:
    """Return what ``kernels.match`` measures of a pair."""
    low, high = best_stretch(left.tokens, right.tokens)
    found = grams_within(left.tokens, right.tokens, low, high)
    grams, all_places = naive.grams(left.tokens), places_of(right.tokens)
    covered = {k for start in found for k in range(start, start + len(grams[start]))}
    held = {
        k
        for gram in grams.values()
        for start in all_places.get(gram, [])[:PLACES]
        for k in range(start, start + len(gram))
    }
    ours = (left.weigh(covered), left.weigh(covered, own=True))
    everything = range(len(left.tokens))
    is_own = left.weigh(everything, own=True) >= 8
    enough = ours[is_own] >= floor * left.weigh(everything, own=is_own)
    own_run = _own_run(left, covered)
    if not grams or not (enough or with_runs):
        return Measured(ours, (0, 0), own_run, 0, 0, (0, 0), (0, 0), [], [])
    runs = list(shared_runs(left.tokens, right.tokens, found, high))
    start = start_of(left.tokens, right.tokens, found, high)
    count = _facts_along(left, right, start, [run[:4] for run in runs if run[4]])
    own = [left.weigh(range(a, b), own=True) for a, b, _, _, _ in runs]
    longest = max(own, default=0)
    first = runs[own.index(longest)] if longest else (0, 0, 0, 0, True)
    return Measured(
        ours,
        (right.weigh(held), right.weigh(held, own=True)),
        own_run,
        longest,
        first[2] - first[0],
        (count.changed[0], count.changed[1]),
        (count.agreeing[0], count.agreeing[1]),
        count.shown[:SHOWN],
        [run[:4] for run in runs] if with_runs else [],
    )


def _own_run(left: Text, covered: set[int]) -> int:
    """Return the half words of the longest run that is not covered, but for boilerplate in it."""
    longest = run = 0
    for k in range(len(left.tokens)):
        run = 0 if k in covered else run + left.weigh({k}, own=True)
        longest = max(longest, run)
    return longest


def _facts_along(
    left: Text, right: Text, start: int, runs: list[tuple[int, int, int, int]]
) -> _Count:
    """Count the facts of runs in line, and of what is short between them, before and after."""
    count = _Count()
    left_end, right_end = 0, start
    for a, b, c, d in [*runs, (len(left.tokens),) * 2 + (len(right.tokens),) * 2]:
        slots = range(left_end, a), range(right_end, c)
        in_order = c >= right_end and bool(runs)
        if in_order and left.weigh(slots[0]) <= SLOT and right.weigh(slots[1]) <= SLOT:
            count.slot(left, right, *slots)
        elif in_order and (a, b) != runs[0][:2] and all(slots):
            count.following(left, right, left_end, right_end)
        count.run(left, right, a, b, c)
        left_end, right_end = b, d
    return count
