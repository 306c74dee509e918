"""Options that several commands take, each written once."""

import math
import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from dedup.defaults import DROP, THRESHOLD, WORKERS
from dedup.memory import parse_size

if TYPE_CHECKING:
    from dedup.passages import Recipe

_Command = Callable[..., Any]
_Option = Callable[[_Command], _Command]

_FIELDS = {
    "text": "its text",
    "id": "its id",
    "published": "when it was published, as an ISO 8601 date or time",
    "source": "who published it",
    "title": "its title, which is only shown",
}
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

files = click.argument("files", nargs=-1, metavar="[FILE]...")

output = click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    help="Write to this file (compressed if it ends in .gz or .zst), which may be the "
    "input; - is standard output, the default.",
)

skip_bad = click.option(
    "--skip-bad",
    metavar="FILE",
    help="Set bad records aside in this file, as they are, and go on.",
)


def threshold(meaning: str) -> _Option:
    """Return the option for a share of words."""
    return click.option(
        "--threshold",
        type=click.FloatRange(0, 1, min_open=True),
        metavar="SHARE",
        default=THRESHOLD,
        show_default=True,
        help=meaning,
    )


def field(part: str) -> _Option:
    """Return the option that says which field of a record holds this part of it."""
    return click.option(
        f"--{part}",
        f"{part}_field",
        default=part,
        metavar="FIELD",
        show_default=True,
        help=f"Field of a record that holds {_FIELDS[part]}.",
    )


def fields(*parts: str) -> _Option:
    """Return the options for these fields, which the command takes as one ``fields``."""

    def decorate(command: _Command) -> _Command:
        @wraps(command)
        def with_fields(**arguments: Any) -> Any:
            from dedup.document_files import Fields

            names = {part: arguments.pop(f"{part}_field") for part in parts}
            return command(**arguments, fields=Fields(**names))

        return together(*map(field, parts))(with_fields)

    return decorate


def together(*options: _Option) -> _Option:
    """Return a decorator that gives a command these options, shown by help in this order."""

    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def duration(ctx: click.Context, param: click.Parameter, value: str | None) -> timedelta | None:
    """Return the span of time that an option gives as 90m, 72h, 3d or 2w."""
    if value is None:
        return None
    written = re.fullmatch("([0-9]+)([mhdw])", value)
    if written is None:
        problem = f"must be a number with m, h, d or w after it, as in 72h, got {value!r}."
        raise click.BadParameter(problem, ctx, param)
    number, unit = written.groups()
    try:
        return timedelta(**{_UNITS[unit]: int(number)})
    except (OverflowError, ValueError) as error:  # more days, or digits, than Python counts
        problem = f"must be at most 999999999d, got {value[:40]!r}."
        raise click.BadParameter(problem, ctx, param) from error


def size(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Return the bytes that an option gives as 500MB or 1.5GiB."""
    try:
        return None if value is None else parse_size(value)
    except ValueError as error:
        problem = str(error).removeprefix("a size ")
        raise click.BadParameter(f"{problem}.", ctx, param) from error


def share(ctx: click.Context, param: click.Parameter, value: str) -> float:
    """Return the share that an option gives as 60% or .6."""
    try:
        given = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        given = math.nan
    if not 0 <= given <= 1:
        problem = f"must be from 0% to 100%, got {value[:40]!r}."
        raise click.BadParameter(problem, ctx, param)
    return given


def several(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Return what an option gives with commas between."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _recipe(ctx: click.Context, param: click.Parameter, value: str) -> "Recipe | None":
    """Return the keys of that name, None for those that are the default."""
    if value == "passages":
        return None
    from dedup.minhash import MinHashKeys

    return MinHashKeys()


keys = click.option(
    "--keys",
    type=click.Choice(["passages", "minhash"]),
    default="passages",
    show_default=True,
    callback=_recipe,
    help="How texts find each other: by a passage that both have, or by MinHash, as sets of words "
    "in runs of five that are half the same.",
)

within = click.option(
    "--within",
    callback=duration,
    metavar="TIME",
    help="Leave out pairs that were published further apart than 90m, 72h, 3d or 2w.",
)

scope = click.option(
    "--scope",
    type=click.Choice(["all", "across-sources", "same-source"]),
    default="all",
    show_default=True,
    help="Whether the sources of a pair may be any, must differ, or must be the same.",
)

report = click.option(
    "--report",
    metavar="FILE.json",
    help="Write what was decided, and why, to this file.",
)

memory = click.option(
    "--memory",
    callback=size,
    metavar="SIZE",
    help="Memory to use at most, as in 1.5GB, of which 500MB are always used; the default is half "
    "of what is free.",
)

workers = click.option(
    "--workers",
    type=click.IntRange(1),
    default=WORKERS,
    metavar="N",
    show_default=True,
    help="Threads that work at the same time.",
)

temp = click.option(
    "--temp",
    type=click.Path(exists=True, file_okay=False, writable=True),
    metavar="DIR",
    help="Folder for copies of pipes and for what does not fit into memory; the default is the "
    "system's for temporary files.",
)


def reading(command: _Command) -> _Command:
    """Give a command the options for how files are read, which it takes as one ``reading``."""

    @wraps(command)
    def with_reading(**arguments: Any) -> Any:
        from dedup.corpus_files import Reading

        parts = ("fields", "skip_bad", "workers", "memory", "temp")
        made = Reading(*map(arguments.pop, parts))
        return command(**arguments, reading=made)

    own = together(fields("text", "id", "published", "source"), skip_bad, memory, workers, temp)
    return own(with_reading)


_drop = click.option(
    "--drop",
    callback=several,
    default=",".join(DROP),
    metavar="RELATIONS",
    show_default=True,
    help="Relations to a kept text for which a text goes; update, template and revision too.",
)

_keep = click.option(
    "--keep",
    type=click.Choice(["longest", "earliest", "latest"]),
    default="longest",
    show_default=True,
    help="Which text of a story stays, of those that hold all others.",
)


def choices(command: _Command) -> _Command:
    """Give a command the options for a decision, which it takes as one ``choices``."""
    chosen = ("drop", "keep", "threshold", "keys", "within", "scope")

    @wraps(command)
    def with_choices(**arguments: Any) -> Any:
        from dedup.choices import Choices

        made = Choices(**{name: arguments.pop(name) for name in chosen})
        return command(**arguments, choices=made)

    return together(
        _drop,
        _keep,
        threshold("Share of a text's words that a kept one must hold before it goes."),
        keys,
        within,
        scope,
    )(with_choices)
