"""How much memory can be had now, and sizes as people write them."""

import ctypes
import os
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path, PurePosixPath

from dedup import defaults

try:
    import resource
except ImportError:  # Windows: no limits of this kind
    resource = None  # type: ignore[assignment]

UNKNOWN = 1 << 30
"""Bytes taken for free where the system does not say: what any computer of today can spare."""

_ROOT = Path("/")
# "No limit" is written as the largest number of pages, in bytes; no memory is as large.
_UNLIMITED = 1 << 60

_UNITS = {
    f"{letter}{rest}".lower(): base**power
    for power, letter in enumerate("KMGT", 1)
    for rest, base in (("", 1000), ("B", 1000), ("iB", 1024))
} | {"": 1, "b": 1}
_SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,18})?|\.[0-9]{1,18}) ?([A-Za-z]*)")
_WRITTEN = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("KB", 10**3))


def default_memory() -> int:
    """Return how many bytes a pass takes unless it is told: a share of those that are free."""
    return int(free_memory() * defaults.MEMORY_SHARE)


def give_back() -> None:
    """Give the system back what is free of this program's memory, where the C library can do that.

    That of glibc keeps what each thread has let go of. It takes some hundredths of a second, and as
    much again for each gigabyte that is needed later.
    """
    trim = getattr(ctypes.pythonapi, "malloc_trim", None)
    if trim is not None:
        trim(0)


def free_memory(*, root: Path = _ROOT) -> int:
    """Return how many bytes can be had now without swapping, or being killed for them.

    The least of what the system has available, what the limits of the control groups of this
    process leave, and what its own limit of addresses leaves; ``UNKNOWN`` if the system does not
    say what it has. ``root`` holds ``proc`` and ``sys``.
    """
    available = available_bytes(_text(root / "proc/meminfo"))
    system = _free_pages() if available is None else available
    return max(0, min([system, *_left_by_groups(root), *_left_of_addresses(root)]))


def available_bytes(meminfo: str) -> int | None:
    """Return what /proc/meminfo says is available, None if it does not (Linux before 3.14)."""
    written = re.search(r"^MemAvailable: +([0-9]+) kB$", meminfo, re.MULTILINE)
    return None if written is None else int(written[1]) * 1024


def group_folders(cgroup: str) -> Iterator[tuple[int, PurePosixPath]]:
    """Yield from /proc/self/cgroup the groups that may limit memory: version, folder.

    Those above a group limit it too and come after it, up to the root; folders are below /sys. In a
    container the first ones may be those of its host, which stand nowhere, and the root is its own.
    """
    for line in cgroup.splitlines():
        number, controllers, path = line.split(":", 2)
        version = 2 if number == "0" and not controllers else 1
        if version == 1 and "memory" not in controllers.split(","):
            continue
        mounted = PurePosixPath("fs/cgroup" if version == 2 else "fs/cgroup/memory")
        below = PurePosixPath(path.lstrip("/"))
        folders = [below, *below.parents]
        # A group outside of what a container sees is written with dots; it sees its root only.
        for folder in folders[-1:] if ".." in below.parts else folders:
            yield version, mounted / folder


def left_by_limit(limits: list[str], used: str, stat: str, reclaimable: str) -> int | None:
    """Return what the least of the limits leaves, None if there is none or the use is not told.

    Files that were read once count as free: of them the kernel takes memory back before it kills.
    ``reclaimable`` is their name in ``stat``.
    """
    numbers = [int(limit) for limit in limits if limit.strip().isdecimal()]
    least = min(numbers, default=_UNLIMITED)
    if least >= _UNLIMITED or not used.strip().isdecimal():
        return None
    cached = re.search(rf"^{reclaimable} ([0-9]+)$", stat, re.MULTILINE)
    return least - max(0, int(used) - (0 if cached is None else int(cached[1])))


def parse_size(written: str) -> int:
    """Return the bytes that a person means by 500MB, 1GB, 1.5GiB, 2G or a plain number.

    >>> parse_size("1.5GiB")
    1610612736
    """
    parts = _SIZE.fullmatch(written.strip())
    size = 0
    if parts is not None and parts[2].lower() in _UNITS:
        size = int(Fraction(parts[1]) * _UNITS[parts[2].lower()])
    if size < 1:
        raise ValueError(
            "a size must be a number of bytes, or one with KB, MB, GB or TB (or KiB, MiB, GiB, "
            f"TiB) after it, as in 1.5GB, got {written[:40]!r}"
        )
    return size


def written_size(n: int) -> str:
    """Return a number of bytes as a person writes it, rounded.

    >>> written_size(1_234_567_890), written_size(300_000_000)
    ('1.2 GB', '300 MB')
    """
    for unit, size in _WRITTEN:
        if n >= size * 0.9995:  # which is not 1000 of the next smaller unit
            number = n / size
            shown = f"{number:.1f}" if number < 9.95 else f"{number:.0f}"
            return f"{shown.removesuffix('.0')} {unit}"
    return f"{n} B"


def _text(path: Path) -> str:
    """Return what a file of the kernel says, nothing if there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _free_pages() -> int:
    try:
        pages = os.sysconf("SC_AVPHYS_PAGES")
        size = os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows, macOS
        return UNKNOWN
    return pages * size if pages > 0 and size > 0 else UNKNOWN


def _left_by_groups(root: Path) -> Iterator[int]:
    for version, folder in group_folders(_text(root / "proc/self/cgroup")):
        group = root / "sys" / folder
        stat = _text(group / "memory.stat")
        if version == 2:
            limits = [_text(group / "memory.max"), _text(group / "memory.high")]
            left = left_by_limit(limits, _text(group / "memory.current"), stat, "inactive_file")
        else:
            limits = [_text(group / "memory.limit_in_bytes")]
            used = _text(group / "memory.usage_in_bytes")
            left = left_by_limit(limits, used, stat, "total_inactive_file")
        if left is not None:
            yield left


def _left_of_addresses(root: Path) -> Iterator[int]:
    if resource is None:
        return
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        taken = re.match("[0-9]+", _text(root / "proc/self/statm"))
        yield limit - (0 if taken is None else int(taken[0]) * resource.getpagesize())
