"""What a person sees: text that a terminal shows and does not obey, counts, a bar."""

import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from dedup.progress import NO_PROGRESS, PassProgress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from dedup.batches import Progress

_WIDTH = 80
"""Columns of what goes to a file or another program."""

_STAGES_SHOWN = 6
"""Lines of a pass that stand at once: those above go first."""

_MB = 10**6

_REDRAWN = 0.1
"""Seconds between two figures of a line, as rich draws them."""

# Controls, halves of surrogate pairs, and what turns the direction of the text around it.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\u2028\u2029]")


def visible(text: str) -> str:
    """Return the text with U+FFFD for all that a terminal would obey but line ends and tabs."""
    return _OBEYED.sub("\ufffd", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    """Return the visible text with spaces for line ends."""
    return visible(text).replace("\n", " ")


def counted(number: int, noun: str) -> str:
    """Return a number with what there are so many of."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def elapsed(seconds: float) -> str:
    """Return how long something took."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:,.1f} min"


def print_drawn(draw: Callable[..., str]) -> None:
    """Print what is drawn of a ``width``, ``in_color`` where a terminal shows it."""
    on_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if on_terminal else _WIDTH
    shown = draw(width=width, in_color=on_terminal)
    encoding = sys.stdout.encoding  # which may lack the marks, or the letters of the texts
    click.echo(shown.encode(encoding, "replace").decode(encoding), nl=False, color=on_terminal)


def _watched(output: str) -> bool:
    """Return whether a person looks at stderr and no output runs through the terminal."""
    return sys.stderr.isatty() and not (output == "-" and sys.stdout.isatty())


@contextmanager
def progress_bar(output: str) -> Iterator["Progress"]:
    """Show a bar on stderr where a person looks at it and no output runs through it."""
    if not _watched(output):
        yield lambda size, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    # Output is written below sys.stdout, which rich would replace.
    with Bar(
        console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda size, total: bar.update(task, advance=size, total=total or None)


@contextmanager
def pass_progress(output: str) -> Iterator[PassProgress]:
    """Show the stages of a pass on stderr, each in a line, where ``progress_bar`` shows a bar."""
    if not _watched(output):
        yield NO_PROGRESS
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    def told(part: str) -> TextColumn:
        return TextColumn(f"{{task.fields[{part}]}}", table_column=Column(no_wrap=True))

    with Bar(
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=None, table_column=Column(max_width=30)),
        *map(told, ["done", "rate", "left"]),
        TimeElapsedColumn(table_column=Column(no_wrap=True)),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        yield _Stages(bar)


class _Stages:
    """Tells a bar of the stages of a pass."""

    def __init__(self, bar: "Bar") -> None:
        self._bar = bar
        self._total = self._done = 0
        self._unit = ""
        self._began = self._next = 0.0

    def stage(self, name: str, total: int, unit: str) -> None:
        """Show a new line below those of the stages before."""
        if self._bar.task_ids:
            self._end()
        while len(self._bar.task_ids) >= _STAGES_SHOWN:
            self._bar.remove_task(self._bar.task_ids[0])
        self._total, self._unit, self._done = total, unit, 0
        self._began = self._next = time.perf_counter()
        self._bar.add_task(name, total=total or None, done="", rate="", left="")

    def advance(self, n: int) -> None:
        """Count it, and show it if the eye can see that it changed."""
        self._done += n
        now = time.perf_counter()
        if now < self._next and self._done != self._total:
            return
        self._next = now + _REDRAWN
        # A task that is complete has no clock that runs; the stage may have more to do.
        self._show(
            self._bar.tasks[-1].speed,
            completed=min(self._done, self._total - 1) if self._total else self._done,
        )

    def _end(self) -> None:
        seconds = time.perf_counter() - self._began
        whole = max(1, self._done)
        self._total = 0
        self._show(self._done / seconds if seconds else None, completed=whole, total=whole)

    def _show(self, speed: float | None, *, completed: int, total: int | None = None) -> None:
        self._bar.update(
            self._bar.task_ids[-1],
            completed=completed,
            total=total,
            done=so_many(self._done, self._total, self._unit),
            rate=so_fast(speed, self._unit),
            left=time_left(self._done, self._total, speed),
        )


def so_many(done: int, total: int, unit: str) -> str:
    """Return how much of a stage is done, of how much if that is known."""
    of = f" / {_figure(total, unit)}" if total else ""
    return f"{_figure(done, unit)}{of} {'MB' if unit == 'B' else unit}"


def so_fast(speed: float | None, unit: str) -> str:
    """Return how much is done in a second, nothing as long as nobody knows."""
    if not speed:
        return ""
    if unit == "B":
        return f"{_figure(speed, unit)} MB/s"
    return f"{speed:,.{0 if speed >= 10 else 1}f}/s"


def time_left(done: int, total: int, speed: float | None) -> str:
    """Return how long a stage still takes at this speed, nothing if nobody knows."""
    if not speed or done >= total:
        return ""
    return f"{timedelta(seconds=round((total - done) / speed))} left"


def _figure(number: float, unit: str) -> str:
    if unit != "B":
        return f"{number:,}"
    return f"{number / _MB:,.{0 if number >= 10 * _MB else 1}f}"
