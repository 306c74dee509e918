"""The command line: one library call a command, and everything that is printed."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from dedup import __version__
from dedup.defaults import MIN_WORDS, THRESHOLD
from dedup.errors import DedupError

# What works on texts is imported inside the commands: --help need not wait for the kernels.
if TYPE_CHECKING:
    from dedup.batches import Progress, Summary

_FOUND = 1
_BAD_INPUT = 2
# What a shell reports of a program that SIGINT, SIGPIPE or SIGTERM ends.
_INTERRUPTED = 130
_PIPE_CLOSED = 141
_TERMINATED = 143

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Commands(click.Group):
    """Commands whose errors are one line on stderr that begins with ``dedup:``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options that stand before the command."""
        with _exit_codes(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _exit_codes(ctx), _ended_by_sigterm():
            return super().invoke(ctx)


@contextmanager
def _exit_codes(ctx: click.Context) -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        command = (error.ctx or ctx).command_path
        _fail(f"{error.format_message()} Try '{command} --help'.")
    except BrokenPipeError:
        # Nobody reads on: what the buffer still holds must not raise again at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        ctx.exit(_PIPE_CLOSED)
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (DedupError, ValueError) as error:
        _fail(str(error))
    except KeyboardInterrupt:
        ctx.exit(_INTERRUPTED)


def _fail(message: str) -> NoReturn:
    click.echo(f"dedup: {message}", err=True)
    raise click.exceptions.Exit(_BAD_INPUT)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Leave by an exception on SIGTERM, so that files half written are removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


_SHARED_OPTIONS = [
    click.argument("files", nargs=-1, metavar="[FILE]..."),
    click.option(
        "--text",
        "text_field",
        default="text",
        metavar="FIELD",
        show_default=True,
        help="Field of a record that holds its text.",
    ),
    click.option(
        "--id",
        "id_field",
        default="id",
        metavar="FIELD",
        show_default=True,
        help="Field of a record that holds its id.",
    ),
    click.option(
        "-o",
        "--output",
        default="-",
        metavar="FILE",
        help="Write to this file (compressed if it ends in .gz or .zst), which may be the "
        "input; - is standard output, the default.",
    ),
    click.option(
        "--threshold",
        type=click.FloatRange(0, 1, min_open=True),
        metavar="SHARE",
        default=THRESHOLD,
        show_default=True,
        help="Share of a part's words that a kept part must hold before it is a repeat.",
    ),
    click.option(
        "--min-words",
        type=click.IntRange(4),
        metavar="WORDS",
        default=MIN_WORDS,
        show_default=True,
        help="Length of the shortest paragraph that is a repeat by itself.",
    ),
    click.option(
        "--skip-bad",
        metavar="FILE",
        help="Set bad lines of JSON aside in this file, as they are, and go on.",
    ),
]


def _shared_options(command: _Function) -> _Function:
    for option in reversed(_SHARED_OPTIONS):
        command = option(command)
    return command


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="dedup %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Near-duplicate detection for news text.

    Exit codes: 0 done, 1 something repeats (with --check), 2 bad usage or input.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@main.command()
@_shared_options
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a repeat would be removed.")
def clean(
    files: Sequence[str],
    output: str,
    check: bool,
    text_field: str,
    id_field: str,
    threshold: float,
    min_words: int,
    skip_bad: str | None,
) -> None:
    """Write texts without the parts that they tell twice.

    FILE is a text (.txt), a folder of texts, or JSON lines (.jsonl, .ndjson, .json); .gz or .zst
    may follow. No FILE, or -, is standard input: JSON lines if its first line is a JSON object,
    else one text.

    Records come out as they went in, with only their text changed: all in one file, or each file
    under its name in a folder (-o DIR that stands, or ends in /). One text comes out as a text.
    Several, or a folder of them, go into a folder (-o DIR), or become records of their path and
    their text on standard output and in -o FILE.jsonl.
    """
    from dedup.files import clean_files

    _leave_modules_alone()
    with _progress(output) as progress:
        summary = clean_files(
            files or ["-"],
            None if check else output,
            text_field=text_field,
            id_field=id_field,
            threshold=threshold,
            min_words=min_words,
            skip_bad=skip_bad,
            progress=progress,
        )
    would = "would be " if check else ""
    one_text = summary.kind == "text" and summary.read == 1
    if check or not one_text:
        changed = f"{summary.changed:,} {would}cleaned"
        _say(summary, f"{changed}, {_count(summary.repeats, 'repeat')} {would}removed")
    if check and summary.repeats:
        raise click.exceptions.Exit(_FOUND)


@main.command()
@_shared_options
@click.option("--check", is_flag=True, help="Exit 1 if something repeats.")
def scan(
    files: Sequence[str],
    output: str,
    check: bool,
    text_field: str,
    id_field: str,
    threshold: float,
    min_words: int,
    skip_bad: str | None,
) -> None:
    """List what texts tell twice, one repeat a line, as JSON.

    FILE is what it is for clean. A line holds the id of the record, as it was read, or the file
    of the text; start and end of the repeat and of_start and of_end of what it repeats, in
    characters of the text; kind; coverage, the share of its words that the other part has; and
    removed, true where clean takes it out. For records, file and line follow.
    """
    from dedup.files import scan_files

    _leave_modules_alone()
    with _progress(output) as progress:
        summary = scan_files(
            files or ["-"],
            output,
            text_field=text_field,
            id_field=id_field,
            threshold=threshold,
            min_words=min_words,
            skip_bad=skip_bad,
            progress=progress,
        )
    if summary.kind == "record" or summary.read > 1:
        _say(summary, f"{_count(summary.repeats, 'repeat')} found")
    if check and summary.repeats:
        raise click.exceptions.Exit(_FOUND)


def _leave_modules_alone() -> None:
    # numba brings hundreds of thousands of objects, which every full collection would walk.
    gc.freeze()


def _say(summary: "Summary", what: str) -> None:
    skipped = f", {_count(summary.skipped, 'bad line')} set aside" if summary.skipped else ""
    click.echo(f"{_count(summary.read, summary.kind)} read, {what}{skipped}", err=True)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@contextmanager
def _progress(output: str) -> Iterator["Progress"]:
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


if __name__ == "__main__":
    main(prog_name="dedup")
