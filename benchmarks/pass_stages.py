"""What of a pass over files takes how long, by stage.

``python -m benchmarks.pass_stages FILE... -o OUT`` prints one line of JSON: ``seconds`` by stage,
in their order, the first of them the time of imports; and ``peak_mb``, the most memory that was
resident until each ended. ``--change`` tries another value of a choice: see ``pass_choices``.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence

from benchmarks.measured import resident
from benchmarks.pass_choices import change

START = "start"
"""Until the first stage begins."""
MAX_DROP = 0.6


class StageClock:
    """Adds up the seconds of stages: it is told when each begins, which ends the one before.

    Takes what a pass tells of its progress; a stage that comes twice counts as one. ``peak_mb`` :
    what was the most memory until each ended.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}
        self.peak_mb: dict[str, float] = {}
        self._name, self._since = START, clock()

    def stage(self, name: str, total: int = 0, unit: str = "") -> None:
        """Begin a stage."""
        now = self._clock()
        self._seconds[self._name] = self._seconds.get(self._name, 0.0) + now - self._since
        self.peak_mb[self._name] = resident()["peak_mb"]
        self._name, self._since = name, now

    def advance(self, n: int) -> None:
        """Do nothing: a part of a stage is none."""

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each stage, that of the last one up to now."""
        self.stage(self._name)
        return self._seconds.copy()


def run_pass(paths: Sequence[str], output: str, clock: StageClock) -> None:
    """Do what ``dedup filter FILE... -o OUT --report OUT.report.json`` does, and tell the clock."""
    from dedup.choices import Choices
    from dedup.cli.running import make_ready
    from dedup.corpus_files import Reading
    from dedup.decision_files import Outputs, filter_files

    make_ready()
    outputs = Outputs(output, None, f"{output}.report.json")
    filter_files(Choices(), paths, outputs, Reading(progress=clock), most=MAX_DROP)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the pass over the files of the arguments, and print its stages."""
    clock = StageClock()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pass_stages")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("-o", dest="output", required=True, metavar="OUT")
    parser.add_argument("--change", metavar="CONSTANT=VALUE")
    options = parser.parse_args(arguments)
    if options.change:
        change(options.change)
    run_pass(options.files, options.output, clock)
    print(json.dumps({"seconds": clock.seconds(), "peak_mb": clock.peak_mb}))


if __name__ == "__main__":
    main()
