"""Commands about an index, a file of articles: add, query, remove, expire, info."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

import click

from dedup.cli import options
from dedup.cli.running import FOUND, make_ready
from dedup.cli.terminal import counted, one_line, pass_progress
from dedup.model import Relation

# What works on texts is imported inside the commands: --help need not wait for the kernels.
if TYPE_CHECKING:
    from dedup.document_files import Fields
    from dedup.index_files import Answered
    from dedup.passages import Recipe


@click.group(invoke_without_command=True)
@click.pass_context
def index(ctx: click.Context) -> None:
    """Keep articles in a file, and say of each new one at once what it copies or updates."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


_index = click.argument("path", metavar="INDEX")

_output = click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    help="Write to this file (compressed if it ends in .gz or .zst), which must not be an input; - "
    "is standard output, the default.",
)

_check = click.option("--check", is_flag=True, help="Exit 1 if an article would go.")


def _recipe(ctx: click.Context, param: click.Parameter, value: str | None) -> "Recipe | None":
    """Return the keys of that name, None for those of the file."""
    if value is None:
        return None
    from dedup.minhash import MinHashKeys
    from dedup.passages import PassageKeys

    return PassageKeys() if value == "passages" else MinHashKeys()


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """Return the point in time that an option gives as a date, or as an age of 72h or 7d."""
    if value is None:
        return None
    try:
        if re.fullmatch("[0-9]+[mhdw]", value):
            age = options.duration(ctx, param, value)
            assert age is not None
            return datetime.now(UTC) - age
        return datetime.fromisoformat(value)
    except (OverflowError, ValueError) as error:
        problem = (
            f"must be an ISO 8601 date or time, or an age as in 72h or 7d, got {value[:40]!r}."
        )
        raise click.BadParameter(problem, ctx, param) from error


@index.command()
@_index
@options.files
@_output
@click.option("--replace", is_flag=True, help="Remove what has the id of an article, and add it.")
@click.option(
    "--keys",
    type=click.Choice(["passages", "minhash"]),
    callback=_recipe,
    help="How articles find each other, for an INDEX that is made now: by a passage that both "
    "have, the default, or by MinHash.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="Share of an article's words that another must hold before it is a copy, for an INDEX "
    "that is made now; the default is 0.8.",
)
@_check
@options.fields("text", "id", "published", "source")
@options.skip_bad
def add(  # noqa: PLR0913 - a parameter for each option
    path: str,
    files: Sequence[str],
    output: str,
    replace: bool,
    keys: "Recipe | None",
    threshold: float | None,
    check: bool,
    fields: "Fields",
    skip_bad: str | None,
) -> None:
    """Add articles to INDEX, and write what each of them matches.

    INDEX is a file, which is made if it is missing. FILE is JSON lines (.jsonl, .ndjson, .json),
    a text (.txt) or a folder of either; .gz or .zst may follow. Texts have their paths as ids. No
    FILE, or -, is standard input, which may be a pipe that never ends.

    A line of JSON holds the id of an article and its matches, as pairs writes them, the best
    first. It is written as soon as the article is on the disk. An article that was added before
    gets the answer that it got then; with another text it is an error, or takes the place of the
    old one.
    """
    from dedup.index_files import Reading, add_files

    make_ready()
    with pass_progress(output) as progress:
        reading = Reading(output, fields, skip_bad, progress)
        answered = add_files(
            path, files or ["-"], reading, replace=replace, keys=keys, threshold=threshold
        )
    _say(answered, path)
    if check and answered.going:
        raise click.exceptions.Exit(FOUND)


@index.command()
@_index
@options.files
@_output
@_check
@options.fields("text", "id", "published", "source")
@options.skip_bad
def query(
    path: str,
    files: Sequence[str],
    output: str,
    check: bool,
    fields: "Fields",
    skip_bad: str | None,
) -> None:
    """Write what articles match in INDEX, and do not add them.

    FILE is what it is for add, and so are the lines.
    """
    from dedup.index_files import Reading, query_files

    make_ready()
    with pass_progress(output) as progress:
        reading = Reading(output, fields, skip_bad, progress)
        answered = query_files(path, files or ["-"], reading)
    _say(answered, path)
    if check and answered.going:
        raise click.exceptions.Exit(FOUND)


@index.command()
@_index
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def remove(path: str, ids: Sequence[str]) -> None:
    """Remove articles from INDEX.

    ID is the id of an article, or - for those on standard input, one a line. If one is not there,
    none is removed. Articles that went for a removed one are looked at again.
    """
    from dedup.index_files import remove_ids

    names = [name for given in ids for name in (_lines() if given == "-" else [given])]
    _say_removed(*remove_ids(path, names), path)


@index.command()
@_index
@click.option(
    "--before",
    callback=_moment,
    metavar="WHEN",
    help="Remove all that were published, or added if that is unknown, before this: an ISO 8601 "
    "date or time, or an age as in 72h, 7d or 8w.",
)
@click.option(
    "--unmatched-since",
    callback=_moment,
    metavar="WHEN",
    help="Of those remove only the ones of whose story nothing came since.",
)
def expire(path: str, before: datetime | None, unmatched_since: datetime | None) -> None:
    """Remove old articles from INDEX."""
    if (before is None) == (unmatched_since is None):
        raise click.UsageError("Give either --before or --unmatched-since.")
    from dedup.index_files import open_index

    with open_index(path) as opened:
        n_removed = opened.expire(before=before, unmatched_since=unmatched_since)
        n_left = len(opened)
    _say_removed(n_removed, n_left, path)


@index.command()
@_index
def info(path: str) -> None:
    """Say what INDEX holds, as JSON."""
    from dedup.index_files import open_index
    from dedup.jsonline import object_line

    with open_index(path) as opened:
        click.echo(object_line(opened.info().to_dict()), nl=False)


def _lines() -> list[str]:
    from dedup.streams import standard_input

    content = standard_input().read().decode()
    return [line.removesuffix("\r") for line in content.split("\n") if line.strip()]


def _say(answered: "Answered", path: str) -> None:
    going = answered.going
    reasons = ", ".join(f"{going[name]:,} {name}" for name in get_args(Relation) if name in going)
    skipped = f"{counted(answered.skipped, 'bad line')} set aside, " if answered.skipped else ""
    said = f"{counted(answered.read, answered.kind)} read, {skipped}{answered.matched:,} matched, "
    said += f"{sum(going.values()):,} would go" + (f" ({reasons})" if reasons else "")
    click.echo(f"{said}; {_held(path, answered.articles)}", err=True)


def _say_removed(removed: int, left: int, path: str) -> None:
    click.echo(f"{counted(removed, 'article')} removed; {_held(path, left)}", err=True)


def _held(path: str, articles: int) -> str:
    return f"{one_line(path)} holds {counted(articles, 'article')}"
