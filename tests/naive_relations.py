"""Readable twins of what is known of a pair of texts, and of the relation that follows."""

import math
from typing import NamedTuple

from dedup import defaults


class Side(NamedTuple):
    """A text of a pair: half words, all, without boilerplate and told once; and what is known."""

    words: int
    own: int
    once: int
    label: int
    hours: float
    rank: int
    identity: tuple[int, int]

    @property
    def has_own(self) -> bool:
        """Whether it can be said which of its words are its own, and it has some."""
        return self.label >= 0 and self.own >= 8


def shares(
    left: Side, right: Side, covered: tuple[int, int, int, int]
) -> tuple[float, float, float, float]:
    """Return which shares of both texts the other has: of all words, and of their own ones."""
    of_left, own_left, of_right, own_right = covered
    if left.identity == right.identity:
        of_left, own_left, of_right, own_right = left.words, left.own, right.words, right.own
    plain = of_left / max(left.words, 1), of_right / max(right.words, 1)
    return (
        *plain,
        own_left / left.own if left.has_own else plain[0],
        own_right / right.own if right.has_own else plain[1],
    )


def is_preferred(one: Side, other: Side) -> bool:
    """Tell whether one text is preferred to the other."""

    def key(text: Side) -> tuple[int, int, float, int]:
        bare = text.words - text.own
        moment = math.inf if math.isnan(text.hours) else text.hours
        return -max(text.once - bare, 0), max(text.words - bare, 0), moment, text.rank

    return key(one) < key(other)


class Facts(NamedTuple):
    """What was measured of a pair besides its words."""

    own_run: int
    longest_run: int
    changed_numbers: int
    agreeing_numbers: int
    changed_names: int
    agreeing_names: int


def relation(
    left: Side, right: Side, covered: tuple[int, int, int, int], facts: Facts, threshold: float
) -> list[str]:
    """Return the names of the relation, without overlaps, and with them."""
    if left.identity == right.identity:
        return ["identical"] * 2
    *_, held, holds = shares(left, right, covered)
    if held < defaults.RELATED:
        shares_passage = facts.longest_run >= 2 * defaults.OVERLAP_WORDS
        return ["none", "overlap" if shares_passage else "none"]
    found = _related(left, abs(left.hours - right.hours), facts)
    if found is None:
        is_copy = held >= threshold and facts.own_run < 2 * defaults.OWN_RUN_WORDS
        found = ("copy" if holds >= threshold else "excerpt") if is_copy else "revision"
    return [found] * 2


def _related(left: Side, apart: float, facts: Facts) -> str | None:
    """Return the relation of texts of which facts or dates differ."""
    words = left.words / 2
    numbers, names = facts.changed_numbers, facts.changed_names
    all_names = names + facts.agreeing_names
    if names > defaults.TEMPLATE_NAMES * all_names:
        return "template"
    if apart > defaults.SERIES_HOURS and (numbers or names or words < defaults.SHORT_NEWS_WORDS):
        return "template"
    if not numbers:
        return None
    few_names = names <= defaults.UPDATE_NAMES * all_names
    few = numbers <= defaults.UPDATE_NUMBERS * (numbers + facts.agreeing_numbers)
    sparse = numbers + names <= defaults.UPDATE_DENSITY * words
    soon = apart <= defaults.UPDATE_HOURS
    return "update" if few_names and (few or sparse or soon) else "template"
