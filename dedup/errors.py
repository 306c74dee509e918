"""The exceptions of dedup.

DedupError
└── RecordError (also a ValueError): a record that cannot be read; ``.path``, ``.line``

A wrong argument value is a plain ``ValueError``, a wrong type a ``TypeError``.
"""


class DedupError(Exception):
    """Base of every error that is dedup's own."""


class RecordError(DedupError, ValueError):
    """A file or record that cannot be read; says what must hold and what was got."""

    def __init__(self, path: str, line: int | None, problem: str) -> None:
        self.path = path
        self.line = line
        place = path if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {problem}")
