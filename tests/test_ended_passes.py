"""Passes that are killed, interrupted, or have no room: nothing of them is left, and it is said."""

import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from little_memory import little_memory

import dedup
from dedup.cli import main

# A pass that spills all it can, as in little_memory; there is room for it unless it is asked.
SPILLING = """
from dedup import blocks, defaults, links
defaults.LEAST_MEMORY, defaults.PROGRAM_MEMORY = 0, 1
links.LEAST, blocks.LEAST, blocks.MOST = 1000, 10_000, 10_000
"""
UNASKED = """
from dedup import corpus_files, decision_files
corpus_files.check_space = decision_files.check_space = lambda size, resources: None
"""
OUTPUTS = ["aside", "dropped.jsonl", "kept.jsonl.gz", "report.json"]
FILTER = ["filter", "a.jsonl", "-o", "kept.jsonl.gz", "--dropped", "dropped.jsonl"]
FILTER += ["--report", "report.json", "--skip-bad", "aside", "--memory", "1", "--temp", "tmp"]


@cache
def records():
    """Return the lines of a file that a pass works on for a second or so."""
    draws = random.Random(3)
    texts = [" ".join(f"word{draws.randrange(3000)}" for _ in range(200)) for _ in range(6000)]
    told = [*texts, *texts[:1500]]
    lines = [json.dumps({"id": n, "text": text}).encode() for n, text in enumerate(told)]
    return b"\n".join([*lines, b"no JSON", b""])


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    Path("tmp").mkdir()
    Path("a.jsonl").write_bytes(records())


def start(*arguments, code=SPILLING, **options):
    environment = os.environ | {"PYTHONPATH": str(Path(dedup.__file__).parents[1])}
    code += "from dedup.cli import main\nmain(prog_name='dedup')"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=environment, stderr=subprocess.PIPE, **options,
    )  # fmt: skip


def names(folder="."):
    """Return the names of what stands in a folder but the files of the test, hidden ones too."""
    return sorted({path.name for path in Path(folder).iterdir()} - {"a.jsonl", "tmp"})


def wait_for_output(process):
    """Wait until a run opens its outputs, or is over."""
    while process.poll() is None and not names():
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.005)


def whole_run():
    """Return what a run writes that comes to its end, and the seconds from when it begins to."""
    process = start(*FILTER)
    wait_for_output(process)
    started = time.perf_counter()
    assert b" records read, " in process.communicate(timeout=120)[1]
    seconds = time.perf_counter() - started
    assert (process.returncode, names(), names("tmp")) == (0, OUTPUTS, [])
    written = {name: Path(name).read_bytes() for name in OUTPUTS}
    for name in OUTPUTS:
        Path(name).unlink()
    return written, seconds


@contextmanager
def ended(seconds, sent):
    """Start a run and send it a signal some time after it begins; give it when it is over."""
    process = start(*FILTER)
    with process:
        wait_for_output(process)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
        process.send_signal(sent)
        process.wait(timeout=120)
        yield process


@pytest.mark.slow
def test_a_killed_run_leaves_no_half_of_anything():
    written, seconds = whole_run()
    draws = random.Random(5)
    ends = []
    while ends.count(-signal.SIGKILL) < 8:
        with ended(seconds * draws.uniform(0, 1.1), signal.SIGKILL) as process:
            ends.append(process.returncode)
        # What else the machine does may make a run shorter than it was.
        seconds *= 1 if process.returncode else 0.7
        assert names("tmp") == []
        left = [name for name in names() if not re.fullmatch(r"\.dedup-[0-9a-f]{16}", name)]
        # Those that were moved already, in their order, if it was killed in its last moment.
        assert left in [OUTPUTS[:n] for n in range(len(OUTPUTS) + 1)]
        for name in left:
            assert Path(name).read_bytes() == written[name]
            Path(name).unlink()
    assert whole_run()[0] == written
    assert names() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_run_that_is_ended_at_any_moment_leaves_nothing_or_all(sent, exit_code):
    written, seconds = whole_run()
    draws = random.Random(6)
    ends = []
    while ends.count(exit_code) < 4:
        with ended(seconds * draws.uniform(0, 1), sent) as process:
            ends.append(process.returncode)
            said = process.stderr.read()
        assert names("tmp") == []
        if names():  # it was done already
            assert {name: Path(name).read_bytes() for name in names()} == written
            for name in OUTPUTS:
                Path(name).unlink()
            seconds *= 0.7
        else:
            assert (process.returncode, said) == (exit_code, b"")


# No room


def refused(*arguments, code=SPILLING, stdin=None, **options):
    """Return the one line that a run says which fails and leaves nothing."""
    process = start(*arguments, code=code, stdin=subprocess.PIPE, **options)
    said = process.communicate(stdin, timeout=120)[1].decode()
    assert process.returncode == 2
    assert (names(), names("tmp")) == ([], [])
    (line,) = said.splitlines()
    return line


def limited(n_bytes):
    """Return options for a process that may write files of so many bytes at most."""
    resource = pytest.importorskip("resource")
    return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))}


TO_PIPE = [*FILTER[:1], "-", *FILTER[2:]]


def test_temporary_files_that_cannot_be_written_end_the_run():
    line = refused(*FILTER, **limited(100_000))
    assert line == "dedup: temporary file in tmp: File too large"
    pairs = ["pairs", "a.jsonl", "--skip-bad", "aside", "-o", "o", "--memory", "1"]
    line = refused(*pairs, **limited(100_000))
    assert line == f"dedup: temporary file in {Path('tmp').resolve()}: File too large"
    line = refused(*TO_PIPE, stdin=records(), **limited(100_000))
    assert line == "dedup: copy of - in tmp: File too large"


def test_an_output_that_cannot_be_written_ends_the_run():
    line = refused(*FILTER, code="", **limited(100_000))
    assert re.fullmatch(r"dedup: (dropped\.jsonl|kept\.jsonl\.gz): File too large", line)


@pytest.fixture
def _small_disk():
    """Mount a disk of 300 KB, where that is allowed."""
    Path("small").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", "small"]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("disks cannot be mounted here")
    yield
    subprocess.run(["umount", "small"], check=True)
    Path("small").rmdir()


@pytest.mark.usefixtures("_small_disk")
def test_a_full_disk_ends_the_run():
    own = [part.replace("tmp", "small") for part in FILTER]
    assert on_small(*own, code=SPILLING + UNASKED) == (
        "dedup: temporary file in small: No space left on device"
    )
    assert on_small(*[part.replace("a.jsonl", "-") for part in own], stdin=records()) == (
        "dedup: copy of - in small: No space left on device"
    )
    assert re.fullmatch(
        r"dedup: small: about [\d.]+ (MB|KB) must be free for what does not fit into memory, "
        r"got \d+ KB; use --temp DIR or --memory SIZE",
        on_small(*own),
    )
    kept = [part.replace("kept.jsonl.gz", "small/kept.jsonl") for part in FILTER]
    assert on_small(*kept) == "dedup: small/kept.jsonl: No space left on device"


def on_small(*arguments, **options):
    """Return what a run says that fails and leaves nothing on the small disk either."""
    process = start(*arguments, code=options.get("code", SPILLING), stdin=subprocess.PIPE)
    said = process.communicate(options.get("stdin"), timeout=120)[1].decode()
    assert (process.returncode, names(), names("tmp"), names("small")) == (2, ["small"], [], [])
    return said.rstrip("\n")


@pytest.mark.parametrize("command", ["filter", "mark", "pairs", "repeats"])
def test_no_space_for_what_is_spilled_is_one_line(command, monkeypatch):
    if not Path("/dev/full").exists():
        pytest.skip("the system has no full device")
    made = tempfile.TemporaryFile

    def full(dir, **options):
        return made(dir=dir, **options) if dir != "tmp" else Path("/dev/full").open("r+b")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    arguments = [command, "a.jsonl", "-o", "o.jsonl", "--skip-bad", "aside", "--temp", "tmp"]
    with little_memory(least_keys=1000, least_block=10_000, most_block=10_000):
        result = CliRunner().invoke(main, [*arguments, "--memory", "1"], prog_name="dedup")
    assert result.stderr == "dedup: temporary file in tmp: No space left on device\n"
    assert (result.exit_code, result.stdout, names()) == (2, "", [])


@pytest.mark.parametrize("command", ["filter", "mark", "pairs", "repeats"])
def test_too_little_space_is_told_before_anything_is_read(command, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(9, 8, 1000))
    arguments = [command, "a.jsonl", "-o", "o.jsonl", "--temp", "tmp", "--memory", "1"]
    with little_memory():
        result = CliRunner().invoke(main, arguments, prog_name="dedup")
    assert re.fullmatch(
        r"dedup: tmp: about [\d.]+ (MB|KB) must be free for what does not fit into memory, "
        r"got 1 KB; use --temp DIR or --memory SIZE\n",
        result.stderr,
    )
    assert (result.exit_code, result.stdout, names()) == (2, "", [])
    # What fits into memory needs no room.
    result = CliRunner().invoke(main, [*arguments[:-1], "10GB"], prog_name="dedup")
    assert result.stderr.startswith("dedup: a.jsonl:7501: a line must be a JSON object")


def test_a_pipe_is_copied_before_its_size_is_known(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(9, 8, 1000))
    stdin = io.BytesIO(records())
    with little_memory():
        result = CliRunner().invoke(main, ["filter", *TO_PIPE[1:]], input=stdin)
    assert result.stderr.startswith("dedup: tmp: about ")
    assert stdin.read() == b""
    assert (result.exit_code, names(), names("tmp")) == (2, [], [])
