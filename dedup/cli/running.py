"""How commands run and end: errors in one line, exit codes, signals."""

import ctypes
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
# Of malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


class Commands(click.Group):
    """Commands whose errors are one line on stderr that begins with ``dedup:``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options that stand before the command."""
        with _exit_codes(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        # numba loads scipy.linalg where it can, for functions that no kernel uses: a third of a
        # second. In a program of other people's that would take those functions from them.
        sys.modules.setdefault("scipy.linalg", None)  # type: ignore[arg-type]
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


def make_ready() -> None:
    """Make the process ready for long work on large arrays."""
    # numba brings hundreds of thousands of objects, which every full collection would walk.
    gc.freeze()
    # Nor what is made of a million texts, again and again: little of it is in cycles.
    gc.set_threshold(100_000, 100, 1000)
    # Arrays of some megabytes come and go with each batch. The C library of Linux would give them
    # back to the system each time, and fetch every page of the next ones anew: a fifth of the time.
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if set_option is not None:
        for option, n_bytes in ((_MMAP_THRESHOLD, 32 << 20), (_TRIM_THRESHOLD, 64 << 20)):
            set_option(option, n_bytes)


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
