"""A pass is seen on a terminal while it runs, nowhere else, and nothing of it is left."""

import os
import pty
import re
import subprocess
import sys
import termios

import pytest

from dedup.cli.terminal import pass_progress, so_fast, so_many, time_left
from dedup.progress import NO_PROGRESS

MB = 10**6


def seen(code, *, stdout=subprocess.DEVNULL, width=100):
    """Return what a terminal gets as stderr while the code tells ``progress`` of a pass."""
    master, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, width))
    environment = os.environ | {"TERM": "xterm-256color"}
    for name in ["COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR"]:
        environment.pop(name, None)
    script = f"from dedup.cli.terminal import pass_progress\n{code}"
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=terminal if stdout is None else stdout,
        stderr=terminal,
        env=environment,
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            piece = os.read(master, 100_000)
        except OSError:  # how Linux says that the terminal was closed
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    assert process.wait(timeout=60) == 0
    return shown.decode()


def plain(shown):
    """Return the text without what moves the cursor or colors it, and with plain line ends."""
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown).replace("\r\n", "\n")


def last_drawn(shown):
    """Return the lines as they were drawn last."""
    return plain(shown).rstrip().split("\r")[-1].splitlines()


PASS = """
with pass_progress("out.jsonl") as progress:
    progress.stage("reading", 40_000_000, "B")
    progress.advance(30_000_000)
    progress.advance(10_000_000)
    progress.stage("comparing", 0, "pairs")
    progress.advance(1234)
    progress.stage("writing", 5000, "texts")
    progress.advance(5000)
"""


def test_every_stage_has_its_line():
    lines = [line.split() for line in last_drawn(seen(PASS))]
    assert [(line[0], line[2:4]) for line in lines] == [
        ("reading", ["40", "MB"]),
        ("comparing", ["1,234", "pairs"]),
        ("writing", ["5,000", "/"]),
    ]
    assert lines[0][5] == "MB/s"
    assert lines[1][4].endswith("/s")
    assert [line[-1] for line in lines] == ["0:00:00"] * 3


def test_nothing_is_left_of_what_was_shown():
    shown = seen(PASS + "import sys; sys.stderr.write('done')")
    cleared = shown.rpartition("writing")[2]
    # Of three lines each is erased, the cursor is at the first one, and is seen again.
    assert cleared.count("\x1b[2K") >= 3
    assert "\x1b[?25h" in cleared
    assert plain(cleared).splitlines()[-1].endswith("done")


def test_an_error_ends_what_is_shown():
    code = PASS.replace("progress.advance(1234)", "raise KeyError")
    shown = seen(
        f"try:\n    {code.strip().replace(chr(10), chr(10) + '    ')}\nexcept KeyError: pass"
    )
    assert "\x1b[?25h" in shown
    assert "writing" not in shown


def test_of_many_stages_the_last_ones_are_shown():
    stages = "\n".join(f"    progress.stage('stage-{i}', 0, 'texts')" for i in range(30))
    lines = last_drawn(seen(f"with pass_progress('out') as progress:\n{stages}"))
    assert [line.split()[0] for line in lines] == [f"stage-{i}" for i in range(24, 30)]


@pytest.mark.parametrize("width", [20, 60, 80])
def test_a_line_is_no_wider_than_the_terminal(width):
    lines = re.split(r"[\r\n]+", plain(seen(PASS, width=width)))
    assert max(map(len, lines)) <= width


def test_a_stage_of_which_more_is_done_than_was_said_goes_on():
    code = """
with pass_progress("out") as progress:
    progress.stage("reading", 100, "texts")
    progress.advance(100)
    progress.advance(0)
    progress.stage("guessing", 5, "texts")
    progress.advance(700)
    progress.stage("nothing", 0, "texts")
    progress.stage("end", 0, "texts")
"""
    shown = plain(seen(code))
    assert re.search(r"guessing +\S+ 700 texts", shown)
    assert re.search(r"nothing +\S+ 0 texts", shown)


def test_output_on_the_terminal_has_no_progress_in_it():
    assert seen(PASS.replace("out.jsonl", "-"), stdout=None) == ""
    assert "reading" in seen(PASS.replace("out.jsonl", "-"))


def test_without_a_terminal_nothing_is_shown(capfd):
    with pass_progress("out.jsonl") as progress:
        assert progress is NO_PROGRESS
        progress.stage("reading", 7, "B")
        progress.advance(7)
    assert capfd.readouterr() == ("", "")


def test_without_a_terminal_nothing_is_loaded():
    code = (
        "import sys; from dedup.cli.terminal import pass_progress\n"
        "with pass_progress('-') as progress: progress.stage('reading', 1, 'B')\n"
        "print('rich' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout == "False\n"


@pytest.mark.parametrize(
    ("done", "total", "unit", "shown"),
    [
        (0, 2_345 * MB, "B", "0.0 / 2,345 MB"),
        (1_234 * MB, 2_345 * MB, "B", "1,234 / 2,345 MB"),
        (300_000, 0, "B", "0.3 MB"),
        (12_345, 99_999, "pairs", "12,345 / 99,999 pairs"),
        (12_345, 0, "pairs", "12,345 pairs"),
    ],
)
def test_what_is_done_is_shown_in_its_unit(done, total, unit, shown):
    assert so_many(done, total, unit) == shown


@pytest.mark.parametrize(
    ("speed", "unit", "shown"),
    [
        (98.4 * MB, "B", "98 MB/s"),
        (3.41 * MB, "B", "3.4 MB/s"),
        (12_345.6, "pairs", "12,346/s"),
        (0.54, "pairs", "0.5/s"),
        (None, "pairs", ""),
        (0.0, "B", ""),
    ],
)
def test_a_speed_is_shown_once_it_is_known(speed, unit, shown):
    assert so_fast(speed, unit) == shown


@pytest.mark.parametrize(
    ("done", "total", "speed", "shown"),
    [
        (100, 1000, 10.0, "0:01:30 left"),
        (1000, 1000, 10.0, ""),
        (1200, 1000, 10.0, ""),
        (100, 0, 10.0, ""),
        (0, 1000, None, ""),
    ],
)
def test_the_time_left_is_shown_if_the_end_is_known(done, total, speed, shown):
    assert time_left(done, total, speed) == shown
