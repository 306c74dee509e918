"""What every benchmark reports alike: machine, versions, tables, result files."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import dedup


def machine() -> dict[str, Any]:
    """Return the processor and the system in general words: no names of hosts or people."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = (line.partition(":")[2].strip() for line in lines if "model name" in line)
    return next(names, "unknown")


def versions() -> dict[str, str]:
    """Return the versions of dedup, Python and what does the work."""
    found = {"dedup": dedup.__version__, "python": platform.python_version()}
    for name in ("numba", "numpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def percent(part: float, whole: float) -> str:
    """Return a share as text, ``-`` of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; columns that hold numbers are aligned right."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    right = [all(row[i][:1] in "0123456789-+" for row in cells) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        aligned = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        return "  ".join(aligned).rstrip()

    print(f"\n{title}", line(header), "  ".join("-" * width for width in widths), sep="\n")
    print(*map(line, cells), sep="\n")


def begun(path: Path, *, is_whole: bool) -> dict[str, Any]:
    """Return the figures of a result file of which not all is measured anew; none if all is."""
    if is_whole or not path.exists():
        return {}
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name in ("machine", "versions"):
        result.pop(name, None)
    return result


def write_result(path: Path, figures: Mapping[str, Any]) -> None:
    """Write figures with machine and versions as JSON, beside the file and then in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {"machine": machine(), "versions": versions(), **figures}
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)
