"""What is free is the least of what is left; sizes are read and written as people do."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measured import resident
from dedup import defaults
from dedup.cli import options
from dedup.memory import (
    UNKNOWN,
    available_bytes,
    default_memory,
    free_memory,
    give_back,
    parse_size,
    written_size,
)

MB = 10**6
KIB = 1024
MEMINFO = "MemTotal:       24684084 kB\nMemFree:        1000 kB\nMemAvailable:   20000000 kB\n"
NO_LIMIT = "9223372036854771712\n"


def system(root, files):
    """Make the files of a system in a folder, with 20 GB available."""
    for name, content in {"proc/meminfo": MEMINFO, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def group(folder, *, limit="max", high="max", current=0, inactive=0):
    """Return the files of a control group of version 2."""
    return {
        f"{folder}/memory.max": f"{limit}\n",
        f"{folder}/memory.high": f"{high}\n",
        f"{folder}/memory.current": f"{current}\n",
        f"{folder}/memory.stat": f"anon 7\ninactive_anon 8\ninactive_file {inactive}\n",
    }


def old_group(folder, *, limit, usage=0, inactive=0):
    """Return the files of a control group of version 1."""
    stat = f"inactive_file 5\nhierarchical_memory_limit 6\ntotal_inactive_file {inactive}\n"
    return {
        f"{folder}/memory.limit_in_bytes": f"{limit}\n",
        f"{folder}/memory.usage_in_bytes": f"{usage}\n",
        f"{folder}/memory.stat": stat,
    }


TOP = "sys/fs/cgroup"
OLD_TOP = "sys/fs/cgroup/memory"
OWN = {"proc/self/cgroup": "0::/user.slice/job\n"}
OLD = {"proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/docker/7d\n2:cpuacct:/a\n0::/\n"}


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({}, 20_000_000 * KIB),
        (OWN, 20_000_000 * KIB),
        (OWN | group(f"{TOP}/user.slice/job", limit=800 * MB, current=300 * MB), 500 * MB),
        (OWN | group(f"{TOP}/user.slice/job", high=700 * MB, current=300 * MB), 400 * MB),
        (OWN | group(f"{TOP}/user.slice", limit=600 * MB, current=100 * MB), 500 * MB),
        (OWN | group(TOP, limit=600 * MB, current=100 * MB), 500 * MB),
        (OWN | group(f"{TOP}/other", limit=600 * MB), 20_000_000 * KIB),
        (OWN | group(TOP, limit=10**15), 20_000_000 * KIB),
        (
            OWN | group(TOP, limit=800 * MB, current=300 * MB, inactive=200 * MB),
            700 * MB,
        ),
        (
            OWN
            | group(TOP, limit=900 * MB, current=300 * MB)
            | group(f"{TOP}/user.slice", limit=900 * MB, current=100 * MB, inactive=999 * MB)
            | group(f"{TOP}/user.slice/job", limit=700 * MB, current=50 * MB),
            600 * MB,
        ),
        (OWN | group(TOP, limit=300 * MB, current=301 * MB), 0),
        (OWN | {f"{TOP}/memory.max": "1000\n"}, 20_000_000 * KIB),
        ({"proc/self/cgroup": "0::/../..\n"} | group(TOP, limit=400 * MB), 400 * MB),
        (OLD, 20_000_000 * KIB),
        (OLD | old_group(OLD_TOP, limit=NO_LIMIT, usage=5), 20_000_000 * KIB),
        (OLD | old_group(f"{OLD_TOP}/docker/7d", limit=800 * MB, usage=300 * MB), 500 * MB),
        (OLD | old_group(OLD_TOP, limit=800 * MB, usage=300 * MB, inactive=100 * MB), 600 * MB),
        (OLD | old_group(f"{OLD_TOP}/a", limit=800 * MB), 20_000_000 * KIB),
    ],
    ids=[
        "no groups",
        "no limits",
        "own group",
        "high",
        "parent",
        "root of a container",
        "another group",
        "more than there is",
        "cache is free",
        "least of three",
        "used up",
        "use not told",
        "outside of a container",
        "version 1, no limits",
        "version 1, absurdly large",
        "version 1, own group",
        "version 1, root of a container",
        "version 1, another controller",
    ],
)
def test_free_is_the_least_of_what_is_left(files, free, tmp_path):
    assert free_memory(root=system(tmp_path, files)) == free


def test_available_is_what_the_kernel_says():
    assert available_bytes(MEMINFO) == 20_000_000 * KIB
    assert available_bytes("MemTotal: 5 kB\nMemFree: 4 kB\n") is None
    assert available_bytes("") is None


@pytest.mark.skipif(not hasattr(ctypes.pythonapi, "malloc_trim"), reason="glibc has it alone")
def test_what_was_let_go_of_is_given_back():
    pieces = [b"." * size for size in range(2000, 12_000)]
    left = pieces[::20]  # all pages between them stay with the program
    del pieces
    before = resident()["mb"]
    give_back()
    assert before - resident()["mb"] > 30
    assert len(left) == 500


def test_without_proc_the_free_pages_count(tmp_path):
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < free_memory(root=tmp_path) < total


def test_where_nobody_says_what_is_free_a_little_is_taken_for_it(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sysconf")
    assert free_memory(root=tmp_path) == UNKNOWN == 2**30


def test_the_limit_of_addresses_bounds_what_is_free():
    pytest.importorskip("resource")
    code = """
import resource
from pathlib import Path
from dedup.memory import free_memory
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 50_000_000, resource.RLIM_INFINITY))
print(free_memory())
"""
    if not Path("/proc/self/statm").exists():
        pytest.skip("no /proc")
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    # What is read and imported in between may take a few pages.
    assert 40_000_000 < int(run.stdout) <= 50_000_000


def test_the_default_is_a_share_of_what_is_free():
    free = free_memory()
    # Other programs take and give back memory between the two calls.
    assert default_memory() == pytest.approx(free * defaults.MEMORY_SHARE, rel=0.2)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("1", 1),
        ("4096", 4096),
        ("512B", 512),
        ("500MB", 500 * MB),
        ("1GB", 10**9),
        ("1.5GiB", 3 * 2**29),
        ("2G", 2 * 10**9),
        ("3k", 3000),
        ("3KB", 3000),
        ("3kib", 3 * KIB),
        ("1M", MB),
        ("1MiB", 2**20),
        ("1T", 10**12),
        ("1tb", 10**12),
        ("1TiB", 2**40),
        (".5 GB", 5 * 10**8),
        (" 300 MB ", 300 * MB),
        ("0.1KB", 100),
        ("1.0009", 1),
    ],
)
def test_a_size_is_read_as_it_is_meant(written, size):
    assert parse_size(written) == size


BAD_SIZES = ["", "GB", "1XB", "1GBB", "-1GB", "1,5GB", "1.GB", "1e9", "0", "0.4", "0GB", "nan",
             "1  GB", "9" * 5000, "٣GB", "50%"]  # fmt: skip


@pytest.mark.parametrize("written", BAD_SIZES, ids=lambda written: written[:10] or "nothing")
def test_what_is_no_size_is_refused_and_named(written):
    with pytest.raises(ValueError, match="size must be a number of bytes") as caught:
        parse_size(written)
    assert str(caught.value).endswith(f"as in 1.5GB, got {written[:40]!r}")


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (1_234_567_890, "1.2 GB"),
        (2 * 10**9, "2 GB"),
        (300 * MB, "300 MB"),
        (9_949_999, "9.9 MB"),
        (9_950_000, "10 MB"),
        (12_400_000, "12 MB"),
        (999_499, "999 KB"),
        (999_500, "1 MB"),
        (999_999_999, "1 GB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_a_size_is_written_short(size, written):
    assert written_size(size) == written


@given(st.integers(1, 10**15 - 1))
def test_a_size_that_is_written_is_read_again(size):
    # Two digits before the last are kept, so half a tenth of a number from 1 on may be lost.
    assert parse_size(written_size(size)) == pytest.approx(size, rel=0.05)


@click.command()
@options.together(options.memory, options.workers, options.temp)
def told(memory, workers, temp):
    """Say what it was told."""
    click.echo(f"{memory} {workers} {temp}")


def test_without_options_nothing_is_chosen_but_the_workers():
    assert CliRunner().invoke(told).stdout == f"None {defaults.WORKERS} None\n"


def test_a_command_takes_its_resources_apart(tmp_path):
    chosen = ["--memory", "1.5GiB", "--workers", "7", "--temp", str(tmp_path)]
    assert CliRunner().invoke(told, chosen).stdout == f"{3 * 2**29} 7 {tmp_path}\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--memory", "lots"], "as in 1.5GB, got 'lots'."),
        (["--memory", "0"], "as in 1.5GB, got '0'."),
        (["--workers", "0"], "0 is not in the range x>=1."),
        (["--temp", "missing"], "'missing' does not exist."),
        (["--temp", __file__], "is a file."),
    ],
)
def test_resources_that_cannot_be_had_are_refused(arguments, problem):
    result = CliRunner().invoke(told, arguments)
    assert result.exit_code == 2
    assert result.stderr.rstrip().endswith(problem)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_temporary_folder_must_be_writable(tmp_path):
    tmp_path.chmod(0o500)
    result = CliRunner().invoke(told, ["--temp", str(tmp_path)])
    tmp_path.chmod(0o700)
    assert result.exit_code == 2
    assert "is not writable." in result.stderr
