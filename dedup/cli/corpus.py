"""Commands that look at texts beside each other: compare, pairs, repeats."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

import click

from dedup.cli import options
from dedup.cli.running import leave_modules_alone
from dedup.cli.terminal import counted, print_drawn, progress_bar
from dedup.model import Relation

# What works on texts is imported inside the commands: --help need not wait for the kernels.
if TYPE_CHECKING:
    from dedup.corpus_files import Found
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

    LEFT and RIGHT are each a text (.txt), or a record, named FILE:ID by its file of JSON lines
    and its id; one of them may be -, standard input. The passages that both have are numbered:
    what stands in one text between ‹1: and › stands in the other between ‹1: and › too.
    """
    from dedup.cli.comparison import drawn
    from dedup.comparison import compare as compare_texts
    from dedup.document_files import read_two
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
    options.fields("text", "id", "published", "source"),
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
@options.skip_bad
def pairs(  # noqa: PLR0913 - a parameter for each option
    files: Sequence[str],
    output: str,
    fields: "Fields",
    threshold: float,
    unit: Literal["document", "paragraph"],
    keys: "Recipe | None",
    within: timedelta | None,
    scope: Literal["all", "across-sources", "same-source"],
    against: str | None,
    overlap: bool,
    passages: bool,
    skip_bad: str | None,
) -> None:
    """List which texts are related to which, one pair a line, as JSON.

    FILE is JSON lines (.jsonl, .ndjson, .json), a text (.txt) or a folder of texts, which have
    their paths as ids; .gz or .zst may follow. No FILE, or -, is standard input. No two records
    may have one id.

    A line holds the ids of left, the text that would go, and right, the one that would stay; the
    relation of left to right; which share of the words of one is in the other; and more. Not all
    pairs are listed: of texts that are all alike, each is linked to a few.
    """
    from dedup.corpus import pairs as related_pairs
    from dedup.corpus_files import Reading, write_pairs

    leave_modules_alone()
    find = partial(
        related_pairs,
        threshold=threshold,
        keys=keys,
        unit=unit,
        within=within,
        scope=scope,
        overlap=overlap,
        passages=passages,
    )
    with progress_bar(output) as progress:
        reading = Reading(fields, skip_bad, progress)
        found = write_pairs(find, files or ["-"], output, reading, against)
    numbers = [found.relations.get(relation, 0) for relation in get_args(Relation)]
    named = zip(numbers, get_args(Relation), strict=True)
    relations = ", ".join(f"{number:,} {relation}" for number, relation in named if number)
    _say(found, counted(found.found, "pair") + (f": {relations}" if relations else ""))


@click.command()
@options.together(
    options.files,
    options.fields("text", "id", "published", "source"),
    options.output,
    options.threshold("Share of a paragraph's words that another must hold to tell the same."),
    options.keys,
    options.skip_bad,
)
def repeats(
    files: Sequence[str],
    output: str,
    fields: "Fields",
    threshold: float,
    keys: "Recipe | None",
    skip_bad: str | None,
) -> None:
    """List the paragraphs that stand in several texts, one a line, as JSON.

    FILE is what it is for pairs. A line holds the text of the paragraph, at most 300 characters;
    its words; in how many articles and sources it stands; where it was seen first; and at most 20
    of the places where it stands, as id, start and end.
    """
    from dedup.corpus import repeated_paragraphs
    from dedup.corpus_files import Reading, write_repeats

    leave_modules_alone()
    find = partial(repeated_paragraphs, threshold=threshold, keys=keys)
    with progress_bar(output) as progress:
        found = write_repeats(find, files or ["-"], output, Reading(fields, skip_bad, progress))
    _say(found, f"{counted(found.found, 'paragraph')} found in several")


def _say(found: "Found", what: str) -> None:
    read = counted(found.read, found.kind)
    if found.others is not None:
        read = f"{read} and {counted(found.others, 'other')}"
    skipped = f"{counted(found.skipped, 'bad line')} set aside, " if found.skipped else ""
    click.echo(f"{read} read, {skipped}{what}", err=True)
