"""Runs of filter and mark that do not come to their end; what a person sees of why."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import dedup
from dedup.cli.explanation import explained
from dedup.explaining import Explanation
from dedup.model import Decision, Story, Suspect
from dedup.report_files import Finding

ENDS = pytest.mark.parametrize(
    ("sent", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
COMMANDS = pytest.mark.parametrize("command", ["filter", "mark"])


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    """Give a file that is larger than what a pipe holds, and a folder for temporary files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    Path("tmp").mkdir()
    texts = [" ".join(f"word{n}x{k}" for k in range(300)) for n in range(100)]
    records = [{"id": n, "text": text} for n, text in enumerate([*texts, *texts[:60]])]
    Path("a.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    Path("out.jsonl").write_bytes(b"of an earlier run")


def start(*arguments, **options):
    environment = os.environ | {"PYTHONPATH": str(Path(dedup.__file__).parents[1])}
    command = [sys.executable, "-m", "dedup.cli", *arguments]
    return subprocess.Popen(command, env=environment, **options)


def left():
    """Return the names of all files, the hidden ones too; and hold that the old ones are old."""
    assert Path("out.jsonl").read_bytes() == b"of an earlier run"
    assert list(Path("tmp").iterdir()) == []
    return sorted(path.name for path in Path().iterdir())


FILES = ["a.jsonl", "out.jsonl", "tmp"]


def others(command="filter"):
    """Return options for all outputs but the one on standard output."""
    return ["--report", "r.json", "--skip-bad", "aside"] + (
        ["--dropped", "d.jsonl", "--max-drop", "100%"] if command == "filter" else []
    )


@ENDS
def test_a_run_that_is_ended_while_it_reads_leaves_nothing(sent, exit_code):
    content = Path("a.jsonl").read_bytes() * 4
    options = ["-o", "out.jsonl", *others()]
    process = start("filter", "-", *options, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        # Longer than a pipe: it is being read once this is done, and the pipe stays open.
        process.stdin.write(content)
        process.stdin.flush()
        process.send_signal(sent)
        assert process.wait(timeout=60) == exit_code
        assert process.stderr.read() == b""
    assert left() == FILES


@COMMANDS
@ENDS
def test_a_run_that_is_ended_while_it_writes_leaves_nothing(command, sent, exit_code):
    process = start(
        command, "a.jsonl", *others(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        assert process.stdout.read(9) == b'{"id": 0,'
        process.send_signal(sent)
        assert process.wait(timeout=60) == exit_code
        assert process.stderr.read() == b""
    assert left() == FILES


def test_a_reader_that_stops_ends_the_run_quietly():
    process = start("filter", "a.jsonl", *others(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        assert process.stdout.read(9) == b'{"id": 0,'
        process.stdout.close()
        assert process.wait(timeout=60) == 141
        assert process.stderr.read() == b""
    assert left() == FILES


def test_a_disk_that_is_full_leaves_nothing():
    resource = pytest.importorskip("resource")
    process = start(
        *["filter", "a.jsonl", "-o", "out.jsonl", *others()],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    with process:
        message = process.stderr.read().decode()
    assert process.returncode == 2
    assert message.startswith("dedup: ")
    assert message.endswith(".jsonl: File too large\n")
    assert left() == FILES


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system names no open files")
def test_what_a_killed_run_leaves_goes_with_the_next_one():
    arguments = ["filter", "a.jsonl", *others()]
    process = start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with process:
        assert process.stdout.read(9) == b'{"id": 0,'
        process.kill()
    assert len(left()) == len(FILES) + 1
    assert not Path("d.jsonl").exists()
    process = start(*arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert process.wait(timeout=60) == 0
    assert left() == sorted([*FILES, "aside", "d.jsonl", "r.json"])


def test_two_runs_may_write_to_one_folder():
    arguments = ["filter", "a.jsonl", "--max-drop", "1", "--dropped"]
    first = start(*arguments, "d.jsonl", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with first:
        start_of_output = first.stdout.read(9)
        second = start(*arguments, "e.jsonl", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        whole = second.communicate(timeout=60)[0]
        assert start_of_output + first.stdout.read() == whole
    assert (first.returncode, second.returncode) == (0, 0)
    assert Path("d.jsonl").read_bytes() == Path("e.jsonl").read_bytes() != b""
    assert left() == sorted([*FILES, "d.jsonl", "e.jsonl"])


# Why


def seen(*parts):
    return explained(Explanation(Finding(*parts)), width=80, in_color=False)


def test_a_story_of_many_texts_is_cut_and_says_so():
    story = Story("m0", tuple(f"m{n}" for n in range(2000)), (), "m1", None)
    shown = seen("m0", None, story, None)
    assert shown == (
        "m0 was kept: 1,999 texts went for it.\n"
        f"The story: 2,000 texts: {', '.join(f'm{n}' for n in range(20))} and 1,980 more.\n"
        "First seen: m1.\n"
    )


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        ("identical", "b was dropped: a, which is kept, has the same words."),
        ("copy", "b was dropped as a copy: a, which is kept, holds 89 % of its words."),
        ("excerpt", "b was dropped as an excerpt: a, which is kept, holds 89 % of its words."),
        ("update", "b was dropped as an update: a, which is kept, holds 89 % of its words."),
        ("template", "b was dropped as a template: a, which is kept, holds 89 % of its words."),
        ("revision", "b was dropped as a revision: a, which is kept, holds 89 % of its words."),
    ],
)
def test_why_a_text_went_is_a_sentence(relation, said):
    assert seen("b", Decision("b", "a", relation, 0.8999), None, None) == f"{said}\n"


def test_what_a_terminal_would_obey_is_not_shown():
    story = Story("\x1b[1m", ("\x1b[1m", "b\nc"), ("x\x07",), "b\nc", "2026\x9b1")
    shown = seen("b\nc", Decision("b\nc", "\x1b[1m", "copy", 1.0), story, Suspect("b\nc", "\x1b"))
    assert len(shown.splitlines()) == 4
    assert shown.isprintable() is False
    assert set(shown) & set("\x1b\x07\x9b") == set()
