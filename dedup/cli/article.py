"""Commands that look inside each text: clean, scan."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dedup.cli import options
from dedup.cli.running import FOUND, make_ready
from dedup.cli.terminal import counted, progress_bar
from dedup.defaults import MIN_WORDS

# What works on texts is imported inside the commands: --help need not wait for the kernels.
if TYPE_CHECKING:
    from dedup.batches import Summary

_shared_options = options.together(
    options.files,
    options.field("text"),
    options.field("id"),
    options.output,
    options.threshold("Share of a part's words that a kept part must hold before it is a repeat."),
    click.option(
        "--min-words",
        type=click.IntRange(4),
        metavar="WORDS",
        default=MIN_WORDS,
        show_default=True,
        help="Length of the shortest paragraph that is a repeat by itself.",
    ),
    options.skip_bad,
)


@click.command()
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

    make_ready()
    with progress_bar(output) as progress:
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
        _say(summary, f"{changed}, {counted(summary.repeats, 'repeat')} {would}removed")
    if check and summary.repeats:
        raise click.exceptions.Exit(FOUND)


@click.command()
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

    make_ready()
    with progress_bar(output) as progress:
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
        _say(summary, f"{counted(summary.repeats, 'repeat')} found")
    if check and summary.repeats:
        raise click.exceptions.Exit(FOUND)


def _say(summary: "Summary", what: str) -> None:
    skipped = f", {counted(summary.skipped, 'bad line')} set aside" if summary.skipped else ""
    click.echo(f"{counted(summary.read, summary.kind)} read, {what}{skipped}", err=True)
