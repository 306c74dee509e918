"""Invented words of several scripts, the pieces of sentences, and texts set or worded anew."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

N_WORDS = 50_000
N_NUMBERS = 2_000
N_PHRASES = 300
PHRASE_WORDS = 6
QUANTILES = 1 << 20

OPENINGS = (False, True)

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAY_SHARE, MONTH_SHARE = 0.005, 0.003
NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty"
    " seventy eighty ninety hundred thousand million half first second third"
)
FACTS = frozenset(NUMBER_WORDS.split()) | {
    name.lower()[:n] for name in (*WEEKDAYS, *MONTHS) for n in (3, 4, 9)
}
"""Words that say a number or a day though they have no capital: no edit takes or brings one."""

TYPOGRAPHY: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace("“", '"').replace("”", '"').replace("’", "'"),
    lambda text: text.replace("’", "'").replace(" – ", "—"),
    lambda text: text.replace("“", "«").replace("”", "»").replace(" – ", " - "),
    lambda text: text.replace("; ", ", ").replace("!", ".").replace(": ", " – "),
)
LINE_BREAKS: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace("\n\n", "\n"),
    lambda text: text.replace("\n\n", "\r\n\r\n").replace(". ", ".  "),
    lambda text: text.replace("\n\n", "\n\n\n").replace(", ", ",\u00a0"),
    lambda text: re.sub(r"(.{60,72}) ", r"\1\n", text),
)
"""Each changes a text of two paragraphs or more, and no word of it."""

WORD = re.compile(r"\S*\w\S*")


@dataclass(frozen=True)
class Language:
    """What words of a language are made of, and what stands between them.

    Words are syllables of an onset, a nucleus and a coda; a table repeats what is frequent.
    ``between`` are the marks within a sentence, the first one by far the most frequent; ``ends``
    are those after it, the last one of a quoted sentence.
    """

    onsets: str
    nuclei: str
    codas: str
    between: tuple[str, ...] = (" ", ", ", " – ", "; ", ": ")
    ends: tuple[str, ...] = (".", "?", "!", ".”")
    gap: str = " "
    quote: str = "“"
    n_words: int = N_WORDS
    syllables: tuple[int, ...] = (1, 2, 3, 4)


LANGUAGES = {
    "english": Language(
        "b c d f g h l m n p r s t w st tr pl th sh br gr cl - -",
        "a e i o u a e i o e ea ou ai",
        "- - - - n r s t l d nd st ng ck",
    ),
    "accented": Language(
        "b c d f g l m n p r s t v ch tr pr b c d l m n p r s t v š č - -",
        "a e i o u a e i o u a e i o a e i é á ö è",
        "- - - - n r s t l",
    ),
    "cyrillic": Language(
        "б в г д ж з к л м н п р с т х ч ш пр ст тр - -",
        "а е и о у а е и о я ы ю е о",
        "- - - - н р с т л й м ть",
    ),
    "chinese": Language(
        "",
        " ".join(map(chr, range(0x4E00, 0x4E00 + 20_000, 8))),
        "",
        between=("", "，", "、", "；", "："),
        ends=("。", "？", "！", "。”"),
        gap="",
        syllables=(1, 2, 2, 3),
    ),
}


@dataclass(frozen=True)
class Pieces:
    """Everything a text is joined from, and how often each word is chosen.

    ``texts`` : object[n], lower-case words, then the same words with a capital, then numbers,
    then all of these with a space, then marks. ``quantiles`` : int32[2**20], words by Zipf's law,
    to be drawn uniformly.
    ``phrases`` : int32[n, 6], words that are often seen together.
    """

    texts: NDArray[np.object_]
    quantiles: NDArray[np.int32]
    phrases: NDArray[np.int32]
    n_words: int
    first_spaced: int
    first_between: int
    n_between: int
    first_end: int
    n_ends: int

    def end(
        self, kind: NDArray[np.int64], gap: NDArray[np.int64], opens: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the mark after a sentence: its end, the gap, whether the next one is quoted."""
        return self.first_end + (kind * 3 + gap) * 2 + opens


@cache
def pieces(name: str) -> Pieces:
    """Return the pieces of a language; always the same."""
    language = LANGUAGES[name]
    rng = np.random.default_rng(len(name))
    words = _vocabulary(language, rng)
    numbers = _numbers(rng)
    ends = [
        end + gap + language.quote * opens
        for end, gap, opens in product(language.ends, (language.gap, "\n\n", ""), OPENINGS)
    ]
    capitals = [word[:1].upper() + word[1:] for word in words]
    plain = [*words, *capitals, *numbers]
    spaced = [text + language.between[0] for text in plain]
    texts = np.array([*plain, *spaced, *language.between, *ends], dtype=object)
    weights = np.cumsum(1 / (np.arange(len(words)) + 2.7))
    steps = (np.arange(QUANTILES) + 0.5) / QUANTILES
    quantiles = np.searchsorted(weights / weights[-1], steps).astype(np.int32)
    phrases = quantiles[rng.integers(0, QUANTILES, (N_PHRASES, PHRASE_WORDS))]
    return Pieces(
        texts=texts,
        quantiles=quantiles,
        phrases=phrases,
        n_words=len(words),
        first_spaced=len(plain),
        first_between=2 * len(plain),
        n_between=len(language.between),
        first_end=2 * len(plain) + len(language.between),
        n_ends=len(language.ends),
    )


@cache
def dated_pieces() -> Pieces:
    """Return the English pieces with weekdays and months in the place of the rarest words."""
    parts = pieces("english")
    rng = np.random.default_rng(len(WEEKDAYS) + len(MONTHS))
    texts, quantiles = parts.texts.copy(), parts.quantiles.copy()
    rarest = parts.n_words - np.arange(1, 1 + len(WEEKDAYS) + len(MONTHS))
    for word, name in zip(rarest, (*WEEKDAYS, *MONTHS), strict=True):
        texts[[word, word + parts.n_words]] = name
        texts[[word + parts.first_spaced, word + parts.n_words + parts.first_spaced]] = f"{name} "
    weekdays, months = np.split(rarest, [len(WEEKDAYS)])
    for words, share in ((weekdays, WEEKDAY_SHARE), (months, MONTH_SHARE)):
        places = rng.integers(0, QUANTILES, int(share * QUANTILES))
        quantiles[places] = rng.choice(words, len(places))
    return replace(parts, texts=texts, quantiles=quantiles)


@cache
def plain_words() -> list[str]:
    """Return lower-case English words that state no fact, each as often as it comes."""
    parts = pieces("english")
    words = parts.texts[parts.quantiles[:: QUANTILES >> 16]].tolist()
    return [word for word in words if is_plain(word)]


@cache
def names() -> list[str]:
    """Return the English words that always have a capital."""
    parts = pieces("english")
    return [word for word in parts.texts[: parts.n_words].tolist() if word.istitle()]


def is_plain(token: str) -> bool:
    """Tell whether it is a lower-case word alone, and states no fact."""
    return token.isalpha() and token.islower() and token not in FACTS


class Tokens(NamedTuple):
    """A text cut at its spaces, and the places of its plain words."""

    tokens: list[str]
    plain: list[int]
    n_words: int

    @classmethod
    def of(cls, text: str) -> "Tokens":
        """Cut a text."""
        tokens = text.split(" ")
        plain = [i for i, token in enumerate(tokens) if is_plain(token)]
        return cls(tokens, plain, len(text.split()))

    def edited(self, share: float, random: Random) -> str:
        """Edit a share of the words: replace half of these, delete a quarter, insert as many.

        Only plain words come and go, so that no number, name or day changes.
        """
        tokens = self.tokens.copy()
        n_edits = min(len(self.plain), max(1, round(share * self.n_words)))
        for place in random.sample(self.plain, n_edits):
            word, chance = random.choice(plain_words()), random.random()
            if chance < 0.25:
                tokens[place] = ""
            elif chance < 0.5 or word == tokens[place]:
                tokens[place] += f" {word}"
            else:
                tokens[place] = word
        return " ".join(filter(None, tokens))


def edited(text: str, random: Random, least: float, most: float) -> str:
    """Return a text with a share of its words between these edited."""
    return Tokens.of(text).edited(random.uniform(least, most), random)


def set_anew(text: str, random: Random) -> str:
    """Return a text with other punctuation and other line breaks."""
    return random.choice(LINE_BREAKS)(random.choice(TYPOGRAPHY)(text))


def cut(text: str, n_words: int, slack: int) -> tuple[str, int]:
    """Cut a text at the sentence end nearest to so many words, or there; return its words, too."""
    ends, stops = _word_ends(text)
    near = [stop for stop in stops if abs(stop - n_words) <= slack] or [n_words]
    n = min(near, key=lambda stop: abs(stop - n_words))
    return text[: ends[n - 1]], n


def extract(text: str, n_words: int) -> tuple[str, int]:
    """Return so many words of a text, as nearly whole sentences as can be, and the first one."""
    ends, stops = _word_ends(text)
    starts = [start for start in (0, *stops) if start + n_words <= len(ends)]
    start = min(starts, key=lambda start: min(abs(start + n_words - stop) for stop in stops))
    begin = ends[start - 1] if start else 0
    return text[begin : ends[start + n_words - 1]].strip().replace("\n\n", " "), start


def _word_ends(text: str) -> tuple[list[int], list[int]]:
    """Return where words end, and after how many words sentences do."""
    ends = [word.end() for word in WORD.finditer(text)]
    return ends, [n for n, end in enumerate(ends, 1) if text[end - 1] in ".?!”"]


def _vocabulary(language: Language, rng: np.random.Generator) -> list[str]:
    """Return distinct words, the short ones tending to be frequent, some of them names."""
    tables = [
        np.array([part.replace("-", "") for part in table.split()] or [""], dtype=object)
        for table in (language.onsets, language.nuclei, language.codas)
    ]
    n_drawn = 3 * language.n_words
    counts = rng.choice(language.syllables, n_drawn)
    spelled = np.full(n_drawn, "", dtype=object)
    for syllable in range(max(language.syllables)):
        longer = counts > syllable
        for table in tables:
            spelled[longer] += table[rng.integers(0, len(table), longer.sum())]
    words = list(dict.fromkeys(spelled))[: language.n_words]
    lengths = np.array([len(word) for word in words])
    order = np.argsort(lengths + rng.normal(0, 1.2, len(words)), kind="stable")
    ranked = [words[i] for i in order]
    if language.gap:
        for rank in np.flatnonzero(rng.random(len(ranked)) < 0.2):
            if rank >= 1000:
                ranked[rank] = ranked[rank].capitalize()
        for rank in range(150, len(ranked), 60):
            ranked[rank] += "’s"
    return ranked


def _numbers(rng: np.random.Generator) -> list[str]:
    """Return years, counts, amounts and shares as news writes them."""
    values = rng.integers(1, 100, (4, N_NUMBERS // 4))
    small = [str(value) for value in values[0]]
    years = [str(1950 + value % 80) for value in values[1]]
    large = [f"{value},{value * 37 % 1000:03}" for value in values[2]]
    shares = [f"{value}.{value % 10}" for value in values[3]]
    return [*small, *years, *large, *shares]
