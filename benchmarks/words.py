"""Invented words of several scripts, and the pieces that sentences are made of."""

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

N_WORDS = 50_000
N_NUMBERS = 2_000
N_PHRASES = 300
PHRASE_WORDS = 6
QUANTILES = 1 << 20

OPENINGS = (False, True)


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
