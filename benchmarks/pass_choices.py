"""What each choice behind a pass costs: one at a time is changed, all others stay."""

from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple


class Choice(NamedTuple):
    """A constant of a module, what it is, and the values that are tried, the chosen one too."""

    home: str
    meaning: str
    values: tuple[float, ...]

    def chosen(self, name: str) -> float:
        """Return the value as it is."""
        value: float = getattr(import_module(self.home), name)
        return value


CHOICES = {
    "WORKERS": Choice("dedup.defaults", "threads", (1, 2, 3, 4)),
    "AHEAD": Choice("dedup.resources", "items for each thread that are given out", (1, 2, 4)),
    "CHUNK": Choice("dedup.records", "bytes that are read at once", (10**6, 4 * 10**6, 16 * 10**6)),
    "LEAST_SHARED": Choice(
        "dedup.defaults", "share of its keys that a text must have in common", (0.0, 0.125, 0.25)
    ),
    "MOST": Choice("dedup.blocks", "bytes of a block", (4 * 10**6, 16 * 10**6, 64 * 10**6)),
    "MOST_NEAR": Choice(
        "dedup.blocks", "bytes between texts near each other", (16 * 10**6, 64 * 10**6, 256 * 10**6)
    ),
}


def tried() -> Iterator[tuple[str, float, str]]:
    """Yield each value of each choice, and how ``pass_stages`` is told of it."""
    for name, choice in CHOICES.items():
        for value in choice.values:
            yield name, value, f"{choice.home}.{name}={value}"


def change(told: str) -> None:
    """Give a constant another value in this process, before what takes it is imported."""
    path, _, value = told.partition("=")
    home, _, name = path.rpartition(".")
    setattr(import_module(home), name, float(value) if "." in value else int(value))
