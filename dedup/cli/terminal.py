"""What a person sees: text that a terminal shows and does not obey, counts, a bar."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dedup.batches import Progress

_WIDTH = 80
"""Columns of what goes to a file or another program."""

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


@contextmanager
def progress_bar(output: str) -> Iterator["Progress"]:
    """Show a bar on stderr where a person looks at it and no output runs through it."""
    if not sys.stderr.isatty() or (output == "-" and sys.stdout.isatty()):
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
