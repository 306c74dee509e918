"""Near-duplicate detection for news text.

Public names, loaded when first used: ``clean``, ``scan``, ``Repeat``, ``Scan``, ``Span``,
``DedupError``, ``RecordError``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedup.article import clean, scan
    from dedup.errors import DedupError, RecordError
    from dedup.model import Repeat, Scan, Span

__version__ = "0.1.0"

__all__ = ["DedupError", "RecordError", "Repeat", "Scan", "Span", "clean", "scan"]

_HOMES = {
    "clean": "dedup.article",
    "scan": "dedup.article",
    "DedupError": "dedup.errors",
    "RecordError": "dedup.errors",
    "Repeat": "dedup.model",
    "Scan": "dedup.model",
    "Span": "dedup.model",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'dedup' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
