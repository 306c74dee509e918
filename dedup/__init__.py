"""Near-duplicate detection for news text.

Public names, loaded when first used: ``clean``, ``compare``, ``deduplicate``, ``pairs``,
``repeated_paragraphs``, ``scan``, ``Answer``, ``Comparison``, ``Decision``, ``DedupError``,
``Document``, ``DuplicateIdError``, ``Index``, ``IndexFileError``, ``IndexInfo``, ``MinHashKeys``,
``Pair``, ``PassageKeys``, ``RecordError``, ``Repeat``, ``RepeatedParagraph``, ``Report``, ``Scan``,
``Span``, ``Story``, ``StoryChange``, ``Suspect``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedup.article import clean, scan
    from dedup.comparison import compare
    from dedup.corpus import deduplicate, pairs, repeated_paragraphs
    from dedup.errors import DedupError, DuplicateIdError, IndexFileError, RecordError
    from dedup.index.index import Index
    from dedup.minhash import MinHashKeys
    from dedup.model import (
        Answer,
        Comparison,
        Decision,
        Document,
        IndexInfo,
        Pair,
        Repeat,
        RepeatedParagraph,
        Report,
        Scan,
        Span,
        Story,
        StoryChange,
        Suspect,
    )
    from dedup.passages import PassageKeys

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Comparison",
    "Decision",
    "DedupError",
    "Document",
    "DuplicateIdError",
    "Index",
    "IndexFileError",
    "IndexInfo",
    "MinHashKeys",
    "Pair",
    "PassageKeys",
    "RecordError",
    "Repeat",
    "RepeatedParagraph",
    "Report",
    "Scan",
    "Span",
    "Story",
    "StoryChange",
    "Suspect",
    "clean",
    "compare",
    "deduplicate",
    "pairs",
    "repeated_paragraphs",
    "scan",
]

_HOMES = {
    "clean": "dedup.article",
    "scan": "dedup.article",
    "compare": "dedup.comparison",
    "deduplicate": "dedup.corpus",
    "pairs": "dedup.corpus",
    "repeated_paragraphs": "dedup.corpus",
    "DedupError": "dedup.errors",
    "DuplicateIdError": "dedup.errors",
    "IndexFileError": "dedup.errors",
    "RecordError": "dedup.errors",
    "Index": "dedup.index.index",
    "MinHashKeys": "dedup.minhash",
    "Answer": "dedup.model",
    "Comparison": "dedup.model",
    "Decision": "dedup.model",
    "Document": "dedup.model",
    "IndexInfo": "dedup.model",
    "Pair": "dedup.model",
    "Repeat": "dedup.model",
    "RepeatedParagraph": "dedup.model",
    "Report": "dedup.model",
    "Scan": "dedup.model",
    "Span": "dedup.model",
    "Story": "dedup.model",
    "StoryChange": "dedup.model",
    "Suspect": "dedup.model",
    "PassageKeys": "dedup.passages",
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
