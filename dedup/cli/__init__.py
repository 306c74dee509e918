"""The command line: one library call a command, and everything that is printed."""

import click

from dedup import __version__
from dedup.cli.article import clean, scan
from dedup.cli.corpus import compare, pairs, repeats
from dedup.cli.decisions import filter_texts, mark, why
from dedup.cli.index import index
from dedup.cli.planning import plan
from dedup.cli.running import Commands


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="dedup %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Near-duplicate detection for news text.

    Exit codes: 0 done, 1 something repeats (with --check), 2 bad usage or input, 3 stopped
    because too much would be dropped.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for _command in (clean, scan, compare, pairs, repeats, filter_texts, mark, plan, why, index):
    main.add_command(_command)
