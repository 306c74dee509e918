"""How commands run and end: errors in one line, exit codes, signals."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from dedup.cli.terminal import one_line
from dedup.errors import DedupError

FOUND = 1
_BAD_INPUT = 2
STOPPED = 3
# What a shell reports of a program that SIGINT, SIGPIPE or SIGTERM ends.
_INTERRUPTED = 130
_PIPE_CLOSED = 141
_TERMINATED = 143


class Commands(click.Group):
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


def leave_modules_alone() -> None:
    """Keep the garbage collector from what is loaded by now."""
    # numba brings hundreds of thousands of objects, which every full collection would walk.
    gc.freeze()


def _fail(message: str) -> NoReturn:
    click.echo(f"dedup: {one_line(message)}", err=True)
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
