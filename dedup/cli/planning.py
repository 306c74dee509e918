"""The command that says what a pass will take: plan."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dedup.cli import options
from dedup.cli.running import make_ready
from dedup.cli.terminal import counted, elapsed

if TYPE_CHECKING:
    from dedup.document_files import Fields
    from dedup.planning import Plan


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
@options.fields("text", "id", "published", "source")
@options.memory
@options.workers
@options.temp
def plan(
    files: Sequence[str],
    as_json: bool,
    fields: "Fields",
    memory: int | None,
    workers: int,
    temp: str | None,
) -> None:
    """Say how much memory, disk and time filter or mark would take.

    FILE is what it is for filter, but no standard input. It is told from the first records of up to
    four of the files; nothing is written.
    """
    from dedup.corpus_files import Reading
    from dedup.jsonline import object_line
    from dedup.planning import plan_files

    make_ready()
    told = plan_files(files, Reading(fields, None, workers, memory, temp))
    click.echo(object_line(told.to_dict()) if as_json else _told(told), nl=False)


def _told(plan: "Plan") -> str:
    from dedup.memory import written_size as size

    records = f"about {counted(plan.records, 'record')}, {size(plan.unpacked)} of text"
    bad = f"; {plan.bad:.1%} of the lines are bad" if plan.bad else ""
    spilled = f"{size(plan.spilled)} of {size(plan.free)} free" if plan.spilled else "nothing"
    return (
        f"{counted(plan.files, 'file')}, {size(plan.on_disk)}: {records}{bad}\n"
        f"memory  about {size(plan.memory)}; --memory allows {size(plan.may_take)}\n"
        f"disk    {spilled} in {plan.folder}, and the output\n"
        f"time    about {elapsed(plan.seconds)} with {counted(plan.workers, 'thread')}, and the "
        "writing\n"
    )
