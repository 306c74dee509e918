"""Commands that look at texts beside each other: compare, pairs, repeats."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

import click

from dedup.cli import options
from dedup.cli.running import make_ready
from dedup.cli.terminal import counted, pass_progress, print_drawn
from dedup.model import Relation

# What works on texts is imported inside the commands: --help need not wait for the kernels.
if TYPE_CHECKING:
    from dedup.corpus_files import Found, Reading
    from dedup.document_files import Fields
    from dedup.passages import Recipe


@click.command()
@click.argument("left")
@click.argument("right")
@options.fields("text", "id", "published", "source", "title")
@options.threshold("Share of a text's words that the other must hold before it is a copy.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def compare(left: str, right: str, fields: "Fields", threshold: float, as_json: bool) -> None:
    """Show how two texts relate, and where they say the same.

    LEFT and RIGHT are each a text (.txt), or a record, named FILE:ID by its file (.jsonl, .csv,
    .parquet) and its id; one of them may be -, standard input. The passages that both have are
    numbered: what stands in one text between ‹1: and › stands in the other between ‹1: and › too.
    """
    from dedup.cli.comparison import drawn
    from dedup.comparison import compare as compare_texts
    from dedup.finding import read_two
    from dedup.jsonline import object_line

    documents = read_two(left, right, fields)
    comparison = compare_texts(*documents, threshold=threshold)
    if as_json:
        ids = {"left": documents[0].id, "right": documents[1].id}
        click.echo(object_line(ids | comparison.to_dict()), nl=False)
        return
    print_drawn(partial(drawn, comparison, *documents))


@click.command()
@options.together(
    options.files,
    options.output,
    options.threshold("Share of a text's words that the other must hold before it is a copy."),
)
@click.option(
    "--unit",
    type=click.Choice(["document", "paragraph"]),
    default="document",
    show_default=True,
    help="Relate whole texts, or the paragraphs of different texts.",
)
@options.keys
@options.within
@options.scope
@click.option(
    "--against",
    metavar="FILE",
    help="Relate the texts to those of this file or folder, not to each other.",
)
@click.option("--overlap", is_flag=True, help="Name texts too that only share a long passage.")
@click.option("--passages", is_flag=True, help="Say where the shared passages stand.")
@options.reading
def pairs(  # noqa: PLR0913 - a parameter for each option
    files: Sequence[str],
    output: str,
    threshold: float,
    unit: Literal["document", "paragraph"],
    keys: "Recipe | None",
    within: timedelta | None,
    scope: Literal["all", "across-sources", "same-source"],
    against: str | None,
    overlap: bool,
    passages: bool,
    reading: "Reading",
) -> None:
    """List which texts are related to which, one pair a line, as JSON.

    FILE is records (.jsonl, .ndjson, .json, .csv, .tsv, .parquet), a text (.txt) or a folder of
    either; .gz or .zst may follow. Texts have their paths as ids. No FILE, or -, is standard input.
    No two records may have one id.

    A line holds the ids of left, the text that would go, and right, the one that would stay; the
    relation of left to right; which share of the words of one is in the other; and more. Not all
    pairs are listed: of texts that are all alike, each is linked to a few.
    """
    from dedup.choices import PairChoices
    from dedup.corpus_files import write_pairs

    make_ready()
    asked = PairChoices(threshold, keys, unit, within, scope, overlap, passages)
    if against is not None and scope != "all":
        raise ValueError("scope must be all where documents are compared with others")
    with pass_progress(output) as progress:
        reading = replace(reading, progress=progress)
        found = write_pairs(asked, files or ["-"], output, reading, against)
    numbers = [found.relations.get(relation, 0) for relation in get_args(Relation)]
    named = zip(numbers, get_args(Relation), strict=True)
    relations = ", ".join(f"{number:,} {relation}" for number, relation in named if number)
    _say(found, counted(found.found, "pair") + (f": {relations}" if relations else ""))


@click.command()
@options.together(
    options.files,
    options.output,
    options.threshold("Share of a paragraph's words that another must hold to tell the same."),
    options.keys,
    options.reading,
)
def repeats(
    files: Sequence[str],
    output: str,
    threshold: float,
    keys: "Recipe | None",
    reading: "Reading",
) -> None:
    """List the paragraphs that stand in several texts, one a line, as JSON.

    FILE is what it is for pairs. A line holds the text of the paragraph, at most 300 characters;
    its words; in how many articles and sources it stands; where it was seen first; and at most 20
    of the places where it stands, as id, start and end.
    """
    from dedup.corpus_files import write_repeats

    make_ready()
    with pass_progress(output) as progress:
        reading = replace(reading, progress=progress)
        found = write_repeats(threshold, keys, files or ["-"], output, reading)
    _say(found, f"{counted(found.found, 'paragraph')} found in several")


def _say(found: "Found", what: str) -> None:
    read = counted(found.read, found.kind)
    if found.others is not None:
        read = f"{read} and {counted(found.others, 'other')}"
    skipped = f"{counted(found.skipped, 'bad line')} set aside, " if found.skipped else ""
    click.echo(f"{read} read, {skipped}{what}", err=True)
