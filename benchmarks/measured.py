"""Run Python in a process and say how long it took and how much memory it had.

``python -m benchmarks.measured ARGUMENTS`` runs ``python ARGUMENTS``, prints one line of JSON and
ends as that process did. It is itself a small process on purpose: the peak that the system tells of
a process is never below that of the one that started it.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

BYTES = 1 if sys.platform == "darwin" else 1024
"""In what the system tells memory."""


def run(arguments: Sequence[str]) -> tuple[dict[str, float], int]:
    """Return what a process took, and its exit code; what it prints goes to stderr.

    ``seconds`` by the clock, ``cpu_seconds`` of all its threads and processes, ``peak_bytes`` the
    most that was resident, of the largest process, mapped files counted.
    """
    start = time.perf_counter()
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, *arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)],
    )
    _, status, usage = os.wait4(pid, 0)
    took = {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * BYTES,
    }
    return took, os.waitstatus_to_exitcode(status)


def resident() -> dict[str, float]:
    """Return the megabytes of this process that are in memory, and the most that were: Linux."""
    told = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    sizes = {name: rest for name, _, rest in (line.partition(":") for line in told)}
    names = {"mb": "VmRSS", "peak_mb": "VmHWM"}
    return {own: round(int(sizes[name].split()[0]) * 1024 / 1e6, 1) for own, name in names.items()}


def main() -> None:
    """Run what the arguments say."""
    took, code = run(sys.argv[1:])
    print(json.dumps(took))
    sys.exit(abs(code))


if __name__ == "__main__":
    main()
