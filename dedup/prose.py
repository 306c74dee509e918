"""What kind of line a block is, and the numbers and names it holds.

Rules for any language: marks of punctuation, digits, capitals where the script has them.
"""

import re
from functools import cached_property
from itertools import islice
from unicodedata import decimal

from dedup import defaults
from dedup.text import CLOSING, TERMINALS

# A question mark before any other end of a sentence.
QUESTION = re.compile(r"\A[^.!?…؟۔।॥。！？｡]*[?؟？]")
OPENING_QUOTES = "\"'“”‘’«»„‚‹›「『"
CLOSING_QUOTES = "\"'”’“‘»«›‹」』"
ELLIPSES = ("…", "...", "[…]", "[...]", "(…)", "(...)")
ITEM = re.compile(r"(?:[-*•–—▪◦·‣■●○✓]|\(?\d{1,3}[.)])\s")
NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*[¼½¾⅐-⅞]?|[¼½¾⅐-⅞]")
BARE = re.compile(r"\w(?:.*\w)?", re.DOTALL)
# A word with a digit in it, from the digit on.
NUMERIC = re.compile(r"[\d¼½¾⅐-⅞]\S*")


class Prose:
    """A block's canonical text, read once, as far as it is asked for."""

    def __init__(self, text: str, n_words: float) -> None:
        self.text = text
        self.n_words = n_words

    @cached_property
    def _bare(self) -> str:
        return self.text.rstrip(CLOSING + " ")

    @property
    def asks(self) -> bool:
        """It is a question, or an answer with its question at the head."""
        return any(
            len(self.text[: end.end()].split()) <= defaults.QUESTION_WORDS
            for end in islice(QUESTION.finditer(self.text), 1)
        )

    @property
    def is_sentence(self) -> bool:
        """It ends with a full stop or its like: it is no heading."""
        return self._bare.endswith(tuple(TERMINALS))

    @property
    def is_address(self) -> bool:
        """It is a link, or a piece of one: many words without a space."""
        return self.text.isascii() and 3 * len(self.text.split()) <= self.n_words

    @property
    def announces(self) -> bool:
        """It ends with a colon: what follows belongs to it."""
        return self.text.endswith((":", "："))

    @property
    def is_teaser(self) -> bool:
        """It is cut off with an ellipsis, at either end."""
        return self.text.endswith(ELLIPSES) or self.text.startswith(ELLIPSES)

    @property
    def is_quote(self) -> bool:
        """It stands in quotation marks as a whole."""
        return (
            len(self.text) > 2
            and self.text[0] in OPENING_QUOTES
            and (self.text[-1] in CLOSING_QUOTES or self._bare[-1:] != self.text[-1:])
        )

    @property
    def is_item(self) -> bool:
        """It starts as an item of a list does."""
        return ITEM.match(self.text) is not None

    @property
    def is_row(self) -> bool:
        """It is a row of a table, or a line of ingredients: many of its words are numbers."""
        return len(NUMERIC.findall(self.text)) >= defaults.ROW_NUMBERS * self.n_words

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Its numbers, without the marks that part thousands."""
        text = self.text
        if not text.isascii():
            text = "".join(str(decimal(c)) if c.isdecimal() else c for c in text)
        return frozenset(number.replace(",", "") for number in NUMBER.findall(text))

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words, without case and punctuation."""
        return frozenset(filter(None, (_bare_word(word) for word in self.text.split())))

    @cached_property
    def names(self) -> frozenset[str]:
        """Words with a capital inside a sentence, without case and punctuation."""
        found = set()
        before = "."
        for word in self.text.split():
            bare = word.lstrip(OPENING_QUOTES + "([")
            starts = before.rstrip(CLOSING)[-1:] in TERMINALS + ":" or bare != word
            if not starts and bare[:1].isupper():
                found.add(_bare_word(bare))
            before = word
        return frozenset(found)


def _bare_word(word: str) -> str:
    found = BARE.search(word)
    return found[0].removesuffix("'s").removesuffix("’s").casefold() if found else ""
