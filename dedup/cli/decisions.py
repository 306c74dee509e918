"""Commands that decide which texts go, and say why: filter, mark, why."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, get_args

import click

from dedup.cli import options
from dedup.cli.running import FOUND, STOPPED, make_ready
from dedup.cli.terminal import counted, elapsed, one_line, pass_progress, print_drawn
from dedup.errors import LossError
from dedup.model import Relation

# What works on texts is imported inside the commands: --help need not wait for the kernels.
if TYPE_CHECKING:
    from dedup.choices import Choices
    from dedup.corpus_files import Reading
    from dedup.decision_files import Filtered
    from dedup.document_files import Fields
    from dedup.model import Story


@click.command("filter")
@options.files
@options.output
@click.option("--dropped", metavar="FILE", help="Write the texts that go to this file.")
@options.report
@options.choices
@options.reading
@click.option(
    "--max-drop",
    "most",
    callback=options.share,
    default="60%",
    metavar="SHARE",
    show_default=True,
    help="Write nothing and exit 3 if more of the texts would go, or more than 90% (or this, if it "
    "is more) of a source of 20 texts or more.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a text would go.")
def filter_texts(  # noqa: PLR0913 - a parameter for each option
    files: Sequence[str],
    output: str,
    dropped: str | None,
    report: str | None,
    reading: "Reading",
    most: float,
    dry_run: bool,
    check: bool,
    choices: "Choices",
) -> None:
    """Write the texts that stay when of each story one is kept.

    FILE is records (.jsonl, .ndjson, .json, .csv, .tsv, .parquet), a text (.txt) or a folder of
    either; .gz or .zst may follow. Texts have their paths as ids. No FILE, or -, is standard input.
    No two records may have one id.

    Records come out as they went in, byte for byte and in their order: all in one file, or each
    file under its name in a folder (-o DIR that stands, or ends in /). Texts go into a folder, or
    become records of their path and their text. A text goes only if a text that stays holds its
    words; --report says which.
    """
    from dedup.decision_files import NOTHING, Outputs, filter_files

    make_ready()
    outputs = NOTHING if dry_run or check else Outputs(output, dropped, report)
    started = time.perf_counter()
    try:
        with pass_progress(output) as progress:
            done = filter_files(
                choices,
                files or ["-"],
                outputs,
                replace(reading, progress=progress),
                most=None if check else most,
            )
    except LossError as error:
        click.echo(f"dedup: {one_line(str(error))}", err=True)
        _say_stories(error.stories)
        raise click.exceptions.Exit(STOPPED) from error
    would = "would be " if dry_run or check else ""
    _say(done, f"{would}kept", f"{would}dropped", started)
    if dry_run:
        _say_stories(done.largest)
    if check and done.report.dropped:
        raise click.exceptions.Exit(FOUND)


@click.command()
@options.files
@options.output
@click.option(
    "--field",
    default="dedup",
    metavar="FIELD",
    show_default=True,
    help="The field to write; one of that name is written over.",
)
@options.report
@options.choices
@options.reading
def mark(
    files: Sequence[str],
    output: str,
    field: str,
    report: str | None,
    reading: "Reading",
    choices: "Choices",
) -> None:
    """Write every record with one more field, which says what would become of it.

    FILE is what it is for filter; texts become records of their path and their text. The field
    holds role, keeper, coverage, copies, sources, first_seen and of. With the same options filter
    would drop the records whose keeper is another, and no others.
    """
    from dedup.decision_files import Outputs, mark_files

    make_ready()
    started = time.perf_counter()
    with pass_progress(output) as progress:
        done = mark_files(
            choices,
            files or ["-"],
            Outputs(output, None, report),
            replace(reading, progress=progress),
            name=field,
        )
    _say(done, "would be kept", "would be dropped", started)


@click.command()
@click.argument("name", metavar="ID")
@click.argument("report")
@click.option(
    "--in",
    "inputs",
    multiple=True,
    metavar="FILE",
    help="A file that was filtered: show what both texts say, too. May be given several times.",
)
@options.fields("text", "id", "published", "source", "title")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def why(name: str, report: str, inputs: Sequence[str], fields: "Fields", as_json: bool) -> None:
    """Say why a text was dropped or kept.

    ID is its id, and REPORT a file that filter or mark wrote with --report.
    """
    from dedup.cli.explanation import explained
    from dedup.explaining import explain
    from dedup.jsonline import object_line

    explanation = explain(name, report, inputs, fields)
    if as_json:
        click.echo(object_line(explanation.to_dict()), nl=False)
    else:
        print_drawn(partial(explained, explanation))


def _say(done: "Filtered", kept: str, dropped: str, started: float) -> None:
    report = done.report
    skipped = f"{counted(done.skipped, 'bad line')} set aside, " if done.skipped else ""
    relations = Counter(decision.relation for decision in report.dropped)
    names = [name for name in get_args(Relation) if relations[name]]
    reasons = ", ".join(f"{relations[name]:,} {name}" for name in names)
    said = f"{counted(report.read, done.kind)} read, {skipped}{len(report.kept):,} {kept}, "
    said += f"{len(report.dropped):,} {dropped}" + (f" ({reasons})" if reasons else "")
    for story in done.largest[:1]:
        said += f"; largest story: {_named(story)}"
    click.echo(
        f"{said}; {elapsed(time.perf_counter() - started)}, digest {report.digest}", err=True
    )


def _say_stories(stories: "Sequence[Story]") -> None:
    for story in stories:
        click.echo(f"  a story of {_named(story)}", err=True)


def _named(story: "Story") -> str:
    sources = f" of {counted(len(story.sources), 'source')}" if story.sources else ""
    return f"{counted(len(story.members), 'text')}{sources}, kept as {one_line(str(story.kept))}"
