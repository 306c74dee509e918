"""The exceptions of dedup.

DedupError
├── DuplicateIdError (also a ValueError): two documents of a collection have one id
├── IndexFileError: the file of an index cannot be used, or not now; ``.path``
├── LossError: more would go than is plausible; ``.stories``
└── RecordError (also a ValueError): a record that cannot be read; ``.path``, ``.line``

A wrong argument value is a plain ``ValueError``, a wrong type a ``TypeError``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedup.model import Story


class DedupError(Exception):
    """Base of every error that is dedup's own."""


class DuplicateIdError(DedupError, ValueError):
    """Two documents of a collection have one id."""


class IndexFileError(DedupError):
    """The file of an index that cannot be used, or not now; says why."""

    def __init__(self, path: str, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path}: {problem}")


class LossError(DedupError):
    """More texts would go than is plausible; ``stories`` are the three largest."""

    def __init__(self, problem: str, stories: "Sequence[Story]") -> None:
        self.stories = stories
        super().__init__(problem)


class RecordError(DedupError, ValueError):
    """A file or record that cannot be read; says what must hold and what was got."""

    def __init__(self, path: str, line: int | None, problem: str) -> None:
        self.path = path
        self.line = line
        place = path if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {problem}")
