"""How fast ``clean`` is: the kernel, a call, the command, the first call, the import.

``python -m benchmarks.clean [--articles N] [--rounds N] [--json FILE]``
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dedup
from benchmarks import floor
from benchmarks.data import articles, sample_texts, write_jsonl
from benchmarks.report import print_table, write_result
from benchmarks.timing import ROOT, child, child_seconds, interleaved, percentile, seconds, summary

LANGUAGES = ("english", "accented", "cyrillic", "chinese")
SHORTEST, LONGEST = 2000, 3000
"""Bytes of the articles for single calls."""
N_CALLS = 1000
N_FLOOR = 10_000
"""Articles that the floor reads from a file: its speed does not depend on how many."""
COMPILE = ("-c", "from dedup.kernels import compile_all; compile_all()")
COMMAND = ("-c", "from dedup.cli import main; main()", "clean")
FIRST_CALL = (
    "import time; start = time.perf_counter(); import dedup; dedup.clean('A text of five words.');"
    "print(time.perf_counter() - start)"
)


def kernel_call(texts: Sequence[str]) -> Callable[[], object]:
    """Return a call of the token and shingle kernels on texts that are encoded already."""
    from dedup.kernels import words as kernels
    from dedup.shingle import encode, hash_words

    encoded = encode(texts)

    def call() -> object:
        words = hash_words(encoded)
        return kernels.shingles(words.tokens, words.token_offsets)

    return call


def measure_kernel(rounds: int) -> dict[str, Any]:
    """Return megabytes a second of the kernel and the floor, on one core, by language."""
    calls: dict[str, Callable[[], float]] = {}
    for language in LANGUAGES:
        texts = sample_texts(language)
        works = {
            "kernel": (kernel_call(texts), 20),
            "floor": (lambda texts=texts: [floor.shingles(text) for text in texts], 1),
        }
        size = sum(len(text.encode()) for text in texts) / 1e6
        for name, (call, repetitions) in works.items():
            call()
            calls[f"{language} {name}"] = lambda call=call, n=repetitions, size=size: (
                size / seconds(call, n)
            )
    runs = interleaved(calls, rounds)
    return {name: summary(values, 1) for name, values in runs.items()}


def call_samples() -> dict[str, list[str]]:
    """Return articles of 2 to 3 KB: canonical ones, messy ones, doubled ones, all as they come."""
    shares = {
        "canonical": {"doubled": 0.0, "messy": 0.0},
        "messy": {"doubled": 0.0, "messy": 1.0},
        "doubled": {"doubled": 1.0, "messy": 0.0},
        "all": {},
    }
    samples = {}
    for name, share in shares.items():
        texts = (article["text"] for article in articles(10 * N_CALLS, 2, **share))
        fitting = [text for text in texts if SHORTEST <= len(text.encode()) <= LONGEST]
        samples[name] = fitting[:N_CALLS]
    return samples


def measure_calls(rounds: int) -> dict[str, Any]:
    """Return microseconds an article of ``clean`` and the floor: the median and p99 over articles.

    The time of an article is the median of its rounds.
    """
    samples = call_samples()
    works = {"clean": dedup.clean, "floor": floor.shingles}
    times = {(name, work): [[] for _ in texts] for name, texts in samples.items() for work in works}
    for name, work in [*times] * rounds:
        call = works[work]
        for text, runs in zip(samples[name], times[name, work], strict=True):
            start = time.perf_counter_ns()
            call(text)
            runs.append((time.perf_counter_ns() - start) / 1000)
    result = {}
    for (name, work), runs in times.items():
        medians = [statistics.median(run) for run in runs]
        result[f"{name} {work}"] = {
            "articles": len(medians),
            "median": round(statistics.median(medians), 1),
            "p99": round(percentile(medians, 0.99), 1),
            "medians_of_rounds": [
                round(statistics.median(run), 1) for run in zip(*runs, strict=True)
            ],
        }
    return result


def measure_command(n: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Return articles a second of ``dedup clean FILE -o FILE``, start-up and files included."""
    mixed, canonical, few = (
        folder / name for name in ("mixed.jsonl", "canonical.jsonl", "few.jsonl")
    )
    write_jsonl(mixed, n)
    write_jsonl(canonical, n, doubled=0.0, messy=0.0)
    n_few = min(n, N_FLOOR)
    write_jsonl(few, n_few)
    output = str(folder / "output.jsonl")

    def command(path: Path) -> float:
        return n / child_seconds((*COMMAND, str(path), "-o", output))

    calls = {
        "as they come": lambda: command(mixed),
        "all canonical": lambda: command(canonical),
        "floor": lambda: n_few / child_seconds(("-m", "benchmarks.floor", str(few), output)),
    }
    child((*COMMAND, str(few), "-o", output))
    runs = interleaved(calls, rounds)
    return {"articles": n} | {name: summary(values, None) for name, values in runs.items()}


def measure_start(rounds: int, folder: Path) -> dict[str, Any]:
    """Return seconds until dedup has worked once, with kernels compiled before and not."""
    text = str(ROOT / "seeds" / "doubled_body.txt")

    def cold(arguments: Sequence[str]) -> float:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            return child_seconds(arguments, NUMBA_CACHE_DIR=cache)

    def first_call(cache: str) -> float:
        return float(child(("-c", FIRST_CALL), NUMBA_CACHE_DIR=cache).stdout)

    def cold_call() -> float:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            return first_call(cache)

    warm_cache = str(folder / "cache")
    child(COMPILE, NUMBA_CACHE_DIR=warm_cache)
    slow = {
        "all kernels compiled": lambda: cold(COMPILE),
        "first call, cold cache": cold_call,
    }
    fast = {
        "first call, warm cache": lambda: first_call(warm_cache),
        "dedup clean FILE, warm cache": lambda: child_seconds(
            (*COMMAND, text), NUMBA_CACHE_DIR=warm_cache
        ),
        "bare python": lambda: child_seconds(("-c", "pass")),
        "import dedup and python": lambda: child_seconds(("-c", "import dedup")),
    }
    runs = interleaved(slow, min(rounds, 2)) | interleaved(fast, 3 * rounds)
    result = {name: summary(values) for name, values in runs.items()}
    both, bare = result["import dedup and python"]["median"], result["bare python"]["median"]
    return result | {"import dedup": {"median": round(both - bare, 4)}}


def print_figures(figures: dict[str, Any]) -> None:
    """Print the figures as tables."""
    _print_kernel(figures["kernel_mb_per_s"])
    _print_calls(figures["call_us"])
    _print_command(figures["command_per_s"])
    print_table(
        "start, seconds",
        ("what", "median"),
        [(name, f"{value['median']:.3f}") for name, value in figures["start_s"].items()],
    )


def _print_kernel(figures: dict[str, Any]) -> None:
    rows = []
    for name in LANGUAGES:
        ours, plain = (figures[f"{name} {work}"]["median"] for work in ("kernel", "floor"))
        rows.append((name, ours, plain, f"{ours / plain:.1f}x"))
    header = ("language", "kernel", "plain Python", "ratio")
    print_table("token and shingle kernel on one core, MB/s", header, rows)


def _print_calls(figures: dict[str, Any]) -> None:
    rows = []
    for name in ("canonical", "messy", "doubled", "all"):
        ours, plain = (figures[f"{name} {work}"] for work in ("clean", "floor"))
        ratio = plain["median"] / ours["median"]
        rows.append((name, ours["median"], ours["p99"], plain["median"], f"{ratio:.1f}x"))
    header = ("articles", "median", "p99", "plain Python", "ratio")
    print_table("clean() on an article of 2-3 KB, microseconds", header, rows)


def _print_command(figures: dict[str, Any]) -> None:
    plain = figures["floor"]["median"]
    rows = []
    for name in ("as they come", "all canonical"):
        ours = figures[name]["median"]
        rows.append((name, ours, plain, f"{ours / plain:.1f}x"))
    title = f"dedup clean FILE -o FILE, {figures['articles']:,} articles, articles a second"
    print_table(title, ("articles", "command", "plain Python", "ratio"), rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clean", description=__doc__)
    add = parser.add_argument
    add("--articles", type=int, default=100_000, help="articles that the command reads")
    add("--rounds", type=int, default=5, help="times that everything is measured")
    add("--json", type=Path, default=Path(__file__).parent / "results" / "clean.json")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = {
            "rounds": options.rounds,
            "kernel_mb_per_s": measure_kernel(options.rounds),
            "call_us": measure_calls(options.rounds),
            "command_per_s": measure_command(options.articles, options.rounds, folder),
            "start_s": measure_start(options.rounds, folder),
        }
    print_figures(figures)
    write_result(options.json, figures)


if __name__ == "__main__":
    main()
