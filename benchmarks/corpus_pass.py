"""``dedup filter`` on files of generated news: how fast, in how much memory, and how well.

``python -m benchmarks.corpus_pass [--sizes N...] [--rounds N] [--folder FOLDER] [--only PART...]``,
or, to write the tables and pictures of docs/speed.md from the result file,
``python -m benchmarks.corpus_pass --markdown``. Each run is the real command in a process of its
own, start-up, reading and writing included; megabytes are those of the unpacked input files. The
files, 2.6 GB a million articles, stay in the folder and are used again: see ``crawl``.
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import corpus_pass_pages
from benchmarks.crawl import Crawl, write_once
from benchmarks.data import one_story, shared_boilerplate
from benchmarks.found import Found
from benchmarks.pass_choices import CHOICES, tried
from benchmarks.pass_scores import found_in_files, read_report, score_pass
from benchmarks.report import begun, print_table, write_result
from benchmarks.timing import ROOT, child, summary

RESULT = ROOT / "benchmarks" / "results" / "corpus_pass.json"
FOLDER = Path(tempfile.gettempdir()) / "dedup-corpus-pass"
COMMAND = ("-m", "dedup.cli")
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
N_WARM = 1000
N_OFTEN = 1_000_000
"""More articles than that are passed over once, however many rounds there are."""
N_HARD = 50_000
HARD = {"one story": one_story, "shared boilerplate": shared_boilerplate}

Took = Mapping[str, float]
Files = Sequence[Path]


class Bench:
    """The articles, a place for what is written, and how often everything is measured."""

    def __init__(self, crawl: Crawl, rounds: int) -> None:
        self.crawl = crawl
        self.outputs = crawl.folder / "outputs"
        self.rounds = rounds
        self.outputs.mkdir(exist_ok=True)

    @property
    def report(self) -> Path:
        """Where the report of the last run is."""
        return self.outputs / "report.json"

    def filter(self, files: Files, *options: str, name: str = "kept.jsonl") -> Took:
        """Run ``dedup filter`` with a report, and take its output away."""
        output = self.outputs / name
        told = ("-o", str(output), "--report", str(self.report))
        took = run(*COMMAND, "filter", *map(str, files), *told, *options)
        output.unlink()
        return took

    def figures(self, files: Files, n_bytes: int, runs: Sequence[Took]) -> dict[str, Any]:
        """Return what was measured in these runs, and what was decided in the last of them."""
        told = read_report(self.report)
        return {
            "articles": told.read,
            "files": len(files),
            "bytes": n_bytes,
            **speed_of(n_bytes, runs),
            "us_per_article": round(1e6 * median_seconds(runs) / told.read, 2),
            "dropped": len(told.dropped),
            "digest": told.digest,
        }


def run(*arguments: str) -> Took:
    """Run Python in a process of its own, and return what it took."""
    took: Took = json.loads(child(("-m", "benchmarks.measured", *arguments)).stdout)
    return took


def read_only(way: str, files: Files) -> Took:
    """Run the floor: see ``reading``."""
    return run("-m", "benchmarks.reading", way, *map(str, files))


def size_of(files: Files) -> int:
    """Return the bytes of files."""
    return sum(path.stat().st_size for path in files)


def median_seconds(runs: Sequence[Took]) -> float:
    """Return the median time of runs."""
    return statistics.median(took["seconds"] for took in runs)


def speed_of(n_bytes: int, runs: Sequence[Took]) -> dict[str, Any]:
    """Return time, megabytes a second, and memory of runs."""
    return {
        "seconds": summary([took["seconds"] for took in runs], 3),
        "cpu_seconds": summary([took["cpu_seconds"] for took in runs], 3),
        "mb_per_s": round(n_bytes / 1e6 / median_seconds(runs), 1),
        "peak_mb": summary([took["peak_bytes"] / 1e6 for took in runs], None),
    }


def taken_in_turn(calls: Mapping[str, Callable[[], Took]], rounds: int) -> dict[str, list[Took]]:
    """Make each run once a round, so that a slow moment of the machine hits all alike."""
    runs: dict[str, list[Took]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            runs[name].append(call())
    return runs


def measure(bench: Bench, files: Files, rounds: int) -> dict[str, Any]:
    """Return the figures of the command on files, and of reading the same files only."""
    calls: dict[str, Callable[[], Took]] = {
        way: partial(read_only, way, files) for way in ("raw", "parse")
    }
    runs = taken_in_turn(calls | {"filter": partial(bench.filter, files)}, rounds)
    n_bytes = size_of(files)
    floor = {way: speed_of(n_bytes, runs[way]) for way in calls}
    return bench.figures(files, n_bytes, runs["filter"]) | {"floor": floor}


def measure_sizes(bench: Bench, sizes: Sequence[int]) -> dict[str, Any]:
    """Return the figures of each size, and how the time of an article grows."""
    rows = {
        str(n): measure(bench, bench.crawl.files(n), bench.rounds if n <= N_OFTEN else 1)
        for n in sorted(sizes)
    }
    for row, growth in zip(rows.values(), growths(rows.values()), strict=True):
        row["growth"] = growth
    return rows


def growths(rows: Iterable[Mapping[str, Any]]) -> list[float]:
    """Return the time of an article over the least that it is at this or a smaller size."""
    times = [row["us_per_article"] for row in rows]
    return [round(time / min(times[: k + 1]), 3) for k, time in enumerate(times)]


def measure_memory(bench: Bench, n: int, memory: str) -> dict[str, Any]:
    """Return the figures of the command that is given so much memory."""
    files = bench.crawl.files(n)
    runs = [bench.filter(files, "--memory", memory) for _ in range(bench.rounds)]
    return {"memory": memory} | bench.figures(files, size_of(files), runs)


def measure_packed(bench: Bench, n: int) -> dict[str, Any]:
    """Return the figures of packed files in, a packed file out; of megabytes unpacked."""
    files, packed = bench.crawl.files(n), bench.crawl.packed(n)
    calls: dict[str, Callable[[], Took]] = {
        "parse": partial(read_only, "parse", packed),
        "filter": partial(bench.filter, packed, name="kept.jsonl.gz"),
    }
    runs = taken_in_turn(calls, bench.rounds)
    n_bytes = size_of(files)
    figures = bench.figures(packed, n_bytes, runs["filter"])
    floor = {"parse": speed_of(n_bytes, runs["parse"])}
    return figures | {"packed_bytes": size_of(packed), "floor": floor}


def measure_hard(bench: Bench, n: int) -> dict[str, Any]:
    """Return figures of hard collections, and of ordinary ones of the same bytes, side by side."""
    result: dict[str, Any] = {}
    for name, make in HARD.items():
        folder = bench.crawl.folder
        hard = write_once(folder / f"{name.replace(' ', '-')}-{n}.jsonl", partial(make, n))
        both = {"hard": [hard], "ordinary": [bench.crawl.beginning(size_of([hard]))]}
        figures: dict[str, Any] = {}
        runs: dict[str, list[Took]] = {which: [] for which in both}
        for _ in range(bench.rounds):
            for which, files in both.items():
                # One story goes whole but for one text: the guard would stop it.
                runs[which].append(bench.filter(files, "--max-drop", "100%"))
                figures[which] = bench.figures(files, size_of(files), runs[which])
        pairs = zip(runs["hard"], runs["ordinary"], strict=True)
        ratio = statistics.median(one["seconds"] / other["seconds"] for one, other in pairs)
        result[name] = figures | {"ratio": round(ratio, 2)}
    return result


def measure_plan(bench: Bench, sizes: Sequence[int]) -> dict[str, Any]:
    """Return what ``dedup plan`` foresees of each size, beside what the command takes."""
    result: dict[str, Any] = {}
    for n in sorted(sizes):
        files = bench.crawl.files(n)
        names = list(map(str, files))
        told = [json.loads(child((*COMMAND, "plan", "--json", *names)).stdout) for _ in range(3)]
        took = [bench.filter(files) for _ in range(bench.rounds)]
        result[str(n)] = {
            "planned_records": told[0]["records"],
            "planned_seconds": summary([plan["seconds"] for plan in told], 3),
            "planned_mb": round(told[0]["memory"] / 1e6),
            "seconds": summary([run["seconds"] for run in took], 3),
            "peak_mb": summary([run["peak_bytes"] / 1e6 for run in took], None),
        }
    return result


def measure_stages(bench: Bench, n: int) -> dict[str, Any]:
    """Return the median seconds of each stage, and the peak of memory until it ended."""
    files = [str(path) for path in bench.crawl.files(n)]
    output = bench.outputs / "kept.jsonl"
    runs: list[dict[str, dict[str, float]]] = []
    for _ in range(bench.rounds):
        told = child(("-m", "benchmarks.pass_stages", *files, "-o", str(output))).stdout
        runs.append(json.loads(told))
        output.unlink()
    names = dict.fromkeys(name for own in runs for name in own["seconds"])
    return {
        "articles": n,
        "bytes": size_of(bench.crawl.files(n)),
        "seconds": {
            name: round(statistics.median(own["seconds"].get(name, 0.0) for own in runs), 3)
            for name in names
        },
        "peak_mb": {
            name: statistics.median(own["peak_mb"].get(name, 0.0) for own in runs) for name in names
        },
    }


def measure_choices(bench: Bench, n: int) -> dict[str, Any]:
    """Return the figures of each value of each choice."""
    files = bench.crawl.files(n)
    output = bench.outputs / "kept.jsonl"
    runs: dict[tuple[str, float], list[Took]] = {}
    dropped: dict[tuple[str, float], int] = {}
    for _ in range(bench.rounds):
        for name, value, told in tried():
            arguments = ("-m", "benchmarks.pass_stages", *map(str, files), "-o", str(output))
            runs.setdefault((name, value), []).append(run(*arguments, "--change", told))
            dropped[name, value] = len(read_report(Path(f"{output}.report.json")).dropped)
            output.unlink()
    rows = [
        {"choice": name, "value": value, "chosen": value == CHOICES[name].chosen(name)}
        | speed_of(size_of(files), took)
        | {"dropped": dropped[name, value]}
        for (name, value), took in runs.items()
    ]
    return {"articles": n, "rows": rows}


def found_by_pass(bench: Bench, n: int) -> tuple[Found, Took]:
    """Return what ``dedup filter`` and ``dedup pairs`` wrote, and what the latter took."""
    files = bench.crawl.files(n)
    bench.filter(files)
    pairs = bench.outputs / "pairs.jsonl"
    took = run(*COMMAND, "pairs", *map(str, files), "--overlap", "-o", str(pairs))
    found = found_in_files(bench.crawl.truths(n), pairs, bench.report)
    pairs.unlink()
    return found, took


def measure_quality(bench: Bench, n: int) -> dict[str, Any]:
    """Return the scores of what ``dedup filter`` and ``dedup pairs`` wrote."""
    found, took = found_by_pass(bench, n)
    scores = score_pass(bench.crawl.truths(n), found, bench.crawl.records)
    return (
        scores
        | {"digest": read_report(bench.report).digest}
        | {"pairs_command": speed_of(size_of(bench.crawl.files(n)), [took])}
    )


def measured_parts(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the figures of each part that is wanted, when it is measured."""
    bench = Bench(Crawl(options.folder), options.rounds)
    bench.filter(bench.crawl.files(N_WARM))
    calls: dict[str, Callable[[], dict[str, Any]]] = {
        "sizes": lambda: measure_sizes(bench, options.sizes),
        "memory": lambda: measure_memory(bench, options.at, options.memory),
        "packed": lambda: measure_packed(bench, options.at),
        "hard": lambda: measure_hard(bench, options.hard),
        "plan": lambda: measure_plan(bench, [options.at // 10, options.at]),
        "stages": lambda: measure_stages(bench, options.at),
        "choices": lambda: measure_choices(bench, options.choices),
        "quality": lambda: measure_quality(bench, options.at),
    }
    for name in options.only:
        yield {name: calls[name]()}


PARTS = ("sizes", "memory", "packed", "hard", "plan", "stages", "choices", "quality")
ONLY = f"measure these, the others stay in the file as they are: {', '.join(PARTS)}"


def print_figures(result: Mapping[str, Any]) -> None:
    """Print the figures as tables."""
    for title, (head, rows) in corpus_pass_pages.shown(result):
        print_table(title, head, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus_pass", description=__doc__)
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="articles")
    add("--at", type=int, default=1_000_000, metavar="N", help="articles of the other parts")
    add("--hard", type=int, default=N_HARD, metavar="N", help="articles of each hard collection")
    add("--choices", type=int, default=300_000, metavar="N", help="articles of each choice")
    add("--memory", default="1GB", metavar="SIZE", help="what the part of that name may take")
    add("--rounds", type=int, default=3, help="times that everything is measured")
    add("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=ONLY)
    add("--folder", type=Path, default=FOLDER, help="where the articles are, or will be")
    add("--json", type=Path, default=RESULT, metavar="FILE", help="the result file")
    add("--markdown", action="store_true", help="only write the tables and pictures of the docs")
    options = parser.parse_args(arguments)
    if options.markdown:
        corpus_pass_pages.write(options.json)
        return
    result = begun(options.json, is_whole=set(options.only) == set(PARTS))
    result |= {"rounds": options.rounds}
    for part in measured_parts(options):
        print_figures(part)
        result |= part
        write_result(options.json, result)


if __name__ == "__main__":
    main()
