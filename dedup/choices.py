"""What may be chosen of a pass over many documents, checked at the door."""

import math
from collections.abc import Callable, Sequence
from collections.abc import Collection as Ids
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.candidates import Limits
from dedup.decide import Order
from dedup.documents import Collection
from dedup.model import Document, Relation
from dedup.passages import PassageKeys, Recipe
from dedup.relations import DROPPABLE

Unit = Literal["document", "paragraph"]
Scope = Literal["all", "across-sources", "same-source"]
Keep = Literal["longest", "earliest", "latest"] | Callable[[Document], object]

UNITS = get_args(Unit)
KEEPS = ("longest", "earliest", "latest")
ACROSS: dict[Scope, bool | None] = {"all": None, "across-sources": True, "same-source": False}


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen for ``deduplicate``, under the names that it has there."""

    threshold: float = defaults.THRESHOLD
    keys: Recipe | None = None
    drop: Ids[Relation] = defaults.DROP
    keep: Keep = "longest"
    within: timedelta | None = None
    scope: Scope = "all"

    def __post_init__(self) -> None:
        """Raise ValueError or TypeError for what cannot be chosen."""
        check(self.threshold)
        _check_choices(self.drop, self.keep)
        limited(self.scope, self.within)

    def told(self) -> dict[str, Any]:
        """Return all that changes the result, by name."""
        within = None if self.within is None else self.within.total_seconds() / 3600
        told = (self.keys or PassageKeys()).to_dict()
        told |= {"threshold": self.threshold, "drop": sorted(self.drop), "keep": _named(self.keep)}
        return told | {"within": within, "scope": self.scope}


@dataclass(frozen=True, slots=True)
class PairChoices:
    """What may be chosen for ``pairs``, under the names that it has there."""

    threshold: float = defaults.THRESHOLD
    keys: Recipe | None = None
    unit: Unit = "document"
    within: timedelta | None = None
    scope: Scope = "all"
    overlap: bool = False
    passages: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError or TypeError for what cannot be chosen."""
        check(self.threshold)
        if self.unit not in UNITS:
            raise ValueError(f"unit must be one of {', '.join(UNITS)}, got {self.unit!r}")
        limited(self.scope, self.within)


def check(threshold: float, workers: int = defaults.WORKERS) -> None:
    """Raise ValueError for a threshold or a number of workers that cannot be."""
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be over 0 and at most 1, got {threshold}")
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")


def _check_choices(drop: Ids[Relation], keep: Keep) -> None:
    if isinstance(drop, str):
        raise TypeError(f"drop must hold relations, got the string {drop!r}")
    for relation in drop:
        if relation not in DROPPABLE:
            raise ValueError(f"drop must hold some of {', '.join(DROPPABLE)}, got {relation!r}")
    if not (callable(keep) or keep in KEEPS):
        raise ValueError(f"keep must be one of {', '.join(KEEPS)}, or a function, got {keep!r}")


def limited(scope: Scope, within: timedelta | None) -> Callable[[NDArray[np.int32]], Limits]:
    """Return the limits as a function of the labels of the texts."""
    if scope not in ACROSS:
        raise ValueError(f"scope must be one of {', '.join(ACROSS)}, got {scope!r}")
    if within is not None and not isinstance(within, timedelta):
        raise TypeError(f"within must be a timedelta, got {type(within).__name__}")
    if within is not None and within <= timedelta(0):
        raise ValueError(f"within must be more than no time, got {within}")
    hours = None if within is None else within.total_seconds() / 3600
    return lambda labels: Limits(labels, ACROSS[scope], hours)


def order_of(
    collection: Collection, doubled: NDArray[np.bool_], keep: Keep, documents: Sequence[Document]
) -> Order:
    """Return how the texts of a star are put in order: the center, given first, is the fullest.

    A text that tells much of itself twice comes after those that do not. ``documents`` is what a
    function is asked about.
    """
    hours, places = collection.hours, collection.places

    def order(texts: Sequence[int], is_live: bool) -> Sequence[int]:
        choice = "latest" if keep == "longest" and is_live else keep
        if choice == "longest":
            return texts

        def place(text: int) -> tuple[Any, ...]:
            wanted: Any = math.inf if math.isnan(hours[text]) else hours[text]
            if choice == "latest" and not math.isnan(hours[text]):
                wanted = -hours[text]
            if callable(choice):
                wanted = choice(documents[text])
            return bool(doubled[text]), wanted, int(places[text])

        return sorted(texts, key=place)

    return order


def _named(keep: Keep) -> str:
    return keep if isinstance(keep, str) else getattr(keep, "__qualname__", "a function")
