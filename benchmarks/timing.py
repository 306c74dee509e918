"""Timing of calls and of child processes."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dedup

ROOT = Path(__file__).parents[1]


def seconds(call: Callable[[], Any], repetitions: int = 1) -> float:
    """Return the seconds that a call takes, the mean of some repetitions in a row."""
    start = time.perf_counter()
    for _ in range(repetitions):
        call()
    return (time.perf_counter() - start) / repetitions


def interleaved(calls: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Make each measurement once a round, so that a slow moment of the machine hits all alike."""
    runs: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            runs[name].append(call())
    return runs


def child(arguments: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, with this dedup, and return what it printed.

    Raises RuntimeError, with what it wrote to stderr, if it fails.
    """
    path = os.pathsep.join((str(Path(dedup.__file__).parents[1]), str(ROOT)))
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"python {' '.join(arguments)} failed:\n{done.stderr}")
    return done


def child_seconds(arguments: Sequence[str], **environment: str) -> float:
    """Return the seconds that Python takes in a process of its own, start-up included."""
    return seconds(lambda: child(arguments, **environment))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(runs: Sequence[float], digits: int | None = 4) -> dict[str, Any]:
    """Return the median and every run, rounded; whole numbers where digits are none."""
    return {
        "median": round(statistics.median(runs), digits),
        "runs": [round(run, digits) for run in runs],
    }
