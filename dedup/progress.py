"""What a pass over many texts tells of itself while it runs."""

from typing import Protocol


class PassProgress(Protocol):
    """Told, by the main thread only, of each stage of a pass and of what of it is done."""

    def stage(self, name: str, total: int, unit: str) -> None:
        """Begin a stage, which ends the one before; it comes before any ``advance``.

        ``unit`` is B for bytes, else what is counted, as in pairs; a ``total`` of 0: nobody knows.
        """

    def advance(self, n: int) -> None:
        """Tell that so much more of the stage is done; cheap enough to be told of every batch."""


class _Silent:
    """Tells nobody."""

    def stage(self, name: str, total: int, unit: str) -> None:
        """Do nothing."""

    def advance(self, n: int) -> None:
        """Do nothing."""


NO_PROGRESS: PassProgress = _Silent()
"""For a pass that nobody looks at."""
