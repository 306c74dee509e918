import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import dedup
from dedup.cli import main

GOLDEN = Path(__file__).parent / "golden" / "cli"
PAGE = Path(__file__).parents[1] / "docs" / "cli.md"

# What a person types, by the name of the file that holds what a person then sees.
# `python -m tests.test_cli` writes the files anew, and what docs/cli.md shows.
SESSIONS = {
    "clean_text": ["clean article.txt", "clean < article.txt", "clean - < article.txt"],
    "clean_records": ["clean news.jsonl", "clean --text title clean.jsonl", "clean < news.jsonl"],
    "clean_several": [
        "clean article.txt press/ferry.txt",
        "clean press",
        "clean news.jsonl clean.jsonl",
    ],
    "clean_to_file": [
        "clean news.jsonl -o out.jsonl",
        "clean article.txt -o out.txt.gz",
        "clean out.txt.gz",
    ],
    "clean_to_folder": ["clean press -o out", "clean out", "scan --check out"],
    "check": [
        "clean --check news.jsonl -o out.jsonl",
        "clean --check clean.jsonl",
        "clean --check article.txt",
        "scan --check article.txt",
        "scan --check clean.jsonl",
    ],
    "scan_text": ["scan article.txt", "scan < article.txt", "scan press"],
    "scan_records": ["scan news.jsonl", "scan --id url news.jsonl"],
    "options": ["scan --min-words 40 article.txt", "scan --threshold 1 article.txt"],
    "bad_records": [
        "clean bad.jsonl",
        "clean bad.jsonl --skip-bad aside.jsonl",
        "scan bad.jsonl --skip-bad aside.jsonl",
        "clean < bad.jsonl",
        "clean aside.jsonl",
        "clean --text body news.jsonl",
        "clean --text id news.jsonl",
    ],
    "bad_input": [
        "clean missing.txt",
        "clean missing",
        "clean notes.md",
        "clean empty",
        "clean latin1.txt",
        "clean article.txt news.jsonl",
        "clean cut.jsonl.gz",
        "scan cut.jsonl.gz -o out.jsonl",
    ],
    "bad_usage": [
        "scan --id text news.jsonl",
        "clean news.jsonl -o out.txt",
        "clean press -o out.txt",
        "clean news.jsonl -o missing/out.jsonl",
        "clean article.txt --skip-bad aside.txt",
        "clean news.jsonl --skip-bad news.jsonl",
    ],
    "pairs": [
        "pairs wire.jsonl",
        "pairs -o out.jsonl.gz < wire.jsonl",
        "pairs wire.jsonl --passages --within 12h",
        "pairs wire.jsonl --scope same-source --overlap",
        "pairs wire.jsonl --threshold 0.5",
        "pairs wire.jsonl --unit paragraph --scope across-sources",
        "pairs --published day --source owner wire.jsonl -o out.jsonl",
        "pairs --within 0h wire.jsonl",
        "pairs press",
        "pairs clean.jsonl",
    ],
    "resources": [
        "filter wire.jsonl --memory 1GB --workers 1 --temp press -o out.jsonl",
        "filter - --memory 1 --workers 3 --temp . < wire.jsonl",
        "mark --memory 1.5GiB wire.jsonl -o out.jsonl",
        "pairs --memory 500MB --workers 3 wire.jsonl",
        "repeats --memory 1000 --temp press --workers 1 wire.jsonl",
    ],
    "keys": [
        "pairs wire.jsonl --keys minhash",
        "pairs wire.jsonl --unit paragraph --keys minhash -o out.jsonl",
        "repeats wire.jsonl --keys minhash",
    ],
    "pairs_against": [
        "pairs clean.jsonl --against press",
        "pairs press --against wire.jsonl",
        "pairs wire.jsonl --against wire.jsonl --within 90m",
        "pairs - --against wire.jsonl < article.txt",
        "pairs clean.jsonl --against bad.jsonl --skip-bad aside.jsonl",
        "pairs - --against - < article.txt",
        "pairs clean.jsonl --against missing.jsonl",
        "pairs clean.jsonl --against press --scope same-source -o out.jsonl",
    ],
    "repeats": [
        "repeats wire.jsonl",
        "repeats --source owner wire.jsonl -o out.jsonl",
        "repeats press article.txt",
        "repeats clean.jsonl",
        "repeats < article.txt",
    ],
    "compare": [
        "compare wire.jsonl:w-3 wire.jsonl:w-1",
        "compare wire.jsonl:w-1 wire.jsonl:w-3 --json",
        "compare wire.jsonl:w-2 wire.jsonl:w-4",
        "compare wire.jsonl:5 wire.jsonl:w-2",
        "compare article.txt press/ferry.txt",
        "compare --json press/ferry.txt - < article.txt",
        "compare --title id --published id wire.jsonl:5 article.txt",
    ],
    "compare_bad_input": [
        "compare wire.jsonl article.txt",
        "compare wire.jsonl:w-9 article.txt",
        "compare wire.jsonl:5 news.jsonl:6",
        "compare bad.jsonl:2 article.txt",
        "compare bad.jsonl:5 latin1.txt",
        "compare article.txt:5 article.txt",
        "compare press article.txt",
        "compare missing.jsonl:5 article.txt",
        "compare - - < article.txt",
    ],
    "filter": [
        "filter wire.jsonl",
        "filter wire.jsonl clean.jsonl -o out.jsonl --dropped gone.jsonl.gz",
        "filter gone.jsonl.gz",
        "filter --drop copy,update --keep earliest < wire.jsonl",
        "filter --drop '' wire.jsonl -o out.jsonl",
        "filter --within 12h --scope across-sources wire.jsonl -o out.jsonl",
        "filter --keys minhash --threshold .9 wire.jsonl -o out.jsonl",
        "filter press article.txt",
        "filter press article.txt -o out --dropped gone.jsonl",
        "filter out gone.jsonl",
        "filter < article.txt",
        "filter bad.jsonl --skip-bad aside.jsonl",
    ],
    "filter_guards": [
        "filter --max-drop 30% wire.jsonl -o out.jsonl --dropped gone.jsonl --report report.json",
        "filter --dry-run wire.jsonl -o out.jsonl",
        "filter --dry-run --max-drop .3 wire.jsonl -o out.jsonl",
        "filter --check wire.jsonl -o out.jsonl",
        "filter --check --max-drop 30% wire.jsonl",
        "filter --check clean.jsonl",
        "filter out.jsonl",
    ],
    "filter_bad_input": [
        "filter --drop copy,updates wire.jsonl",
        "filter wire.jsonl -o out.jsonl --dropped wire.jsonl",
        "filter wire.jsonl -o out.jsonl --report out.jsonl",
        "filter wire.jsonl -o missing/out.jsonl",
        "filter wire.jsonl -o out.txt",
        "filter press -o press --max-drop 100% article.txt",
        "filter bad.jsonl -o out.jsonl",
        "filter wire.jsonl clean.jsonl wire.jsonl -o out.jsonl",
        "filter cut.jsonl.gz -o out.jsonl",
        "filter out.jsonl",
    ],
    "mark": [
        "mark wire.jsonl",
        "mark --field source --source by --drop identical clean.jsonl",
        "mark press article.txt",
        "mark wire.jsonl -o out.jsonl --report report.json",
        "mark out.jsonl -o out.jsonl --keep latest",
        "mark --field text wire.jsonl",
        "mark press -o out",
        "mark bad.jsonl",
    ],
    "why": [
        "filter wire.jsonl -o out.jsonl --report report.json",
        "why w-2 report.json",
        "why w-1 report.json",
        "why w-3 report.json --in clean.jsonl --in wire.jsonl",
        "why 5 report.json --in wire.jsonl",
        "why --json w-2 report.json",
        "why --json w-2 report.json --in wire.jsonl",
        "why 5 report.json",
        "why w-9 report.json --in wire.jsonl",
        "why w-2 report.json --in out.jsonl",
        "why w-2 wire.jsonl",
        "why w-2 missing.json",
    ],
    "index": [
        "index add news.db wire.jsonl",
        "index add news.db < wire.jsonl",
        "index add news.db wire.jsonl clean.jsonl --check -o out.jsonl",
        "index query news.db press article.txt --check",
        "index query news.db --id title --source id --published day clean.jsonl",
        "index add news.db - < article.txt",
        "index add news.db wire.jsonl --text title --replace -o out.jsonl.gz",
        "index remove news.db w-1 w-1 5",
        "index remove news.db - < notes.md",
        "index expire news.db --before 2026-04-29",
        "index expire news.db --unmatched-since 2026-04-30T11:00",
        "index expire news.db --before 9999w",
        "index add other.db --keys minhash --threshold .9 < wire.jsonl",
        "index add other.db --keys minhash --check",
        "index remove other.db 5",
        "index info other.db",
    ],
    "index_bad_input": [
        "index add news.db bad.jsonl",
        "index add news.db bad.jsonl --skip-bad aside.jsonl",
        "index add news.db wire.jsonl --text title -o out.jsonl",
        "index add news.db wire.jsonl",
        "index add news.db wire.jsonl --skip-bad aside.jsonl",
        "index add news.db latin1.txt",
        "index add news.db cut.jsonl.gz",
        "index add news.db news.csv",
        "index add news.db wire.jsonl --threshold .9",
        "index add wire.jsonl clean.jsonl",
        "index add news.db wire.jsonl -o wire.jsonl",
        "index add news.db wire.jsonl -o news.db",
        "index add news.db wire.jsonl --skip-bad wire.jsonl",
        "index add news.db press --skip-bad aside.jsonl",
        "index query missing.db wire.jsonl",
        "index remove missing.db w-1",
        "index expire missing.db --before 7d",
        "index info missing.db",
        "index remove news.db w-1 w-9",
        "index info notes.md",
    ],
    "bad_collections": [
        "pairs bad.jsonl",
        "pairs bad.jsonl --skip-bad aside.jsonl",
        "repeats bad.jsonl --skip-bad aside.jsonl",
        "pairs news.jsonl",
        "pairs news.jsonl --id title --skip-bad aside.jsonl",
        "pairs wire.jsonl clean.jsonl wire.jsonl",
        "pairs wire.jsonl clean.jsonl wire.jsonl --skip-bad aside.jsonl -o out.jsonl",
        "pairs wire.jsonl --published title",
        "pairs wire.jsonl --source id",
        "pairs press press",
        "pairs press --skip-bad aside.jsonl",
        "pairs cut.jsonl.gz -o out.jsonl",
        "repeats < bad.jsonl",
    ],
}


def _session(commands: list[str], folder: Path) -> str:
    """Return what is seen when the commands run one after another in a copy of the input."""
    shutil.copytree(GOLDEN / "input", folder, dirs_exist_ok=True)
    (folder / "empty").mkdir()
    packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"cut"
    (folder / "cut.jsonl.gz").write_bytes(packed)
    before = Path.cwd()
    os.chdir(folder)
    try:
        return "\n".join(map(_seen, commands))
    finally:
        os.chdir(before)


def _steady(shown: str) -> str:
    """Return what is seen with one and the same time in it, and size of an index."""
    shown = re.sub(r'"bytes":\d+,"free":\d+', '"bytes":65536,"free":0', shown)
    return re.sub(r"; [\d.]+ s, digest ", "; 0.1 s, digest ", shown)


def _seen(command: str) -> str:
    arguments, _, source = command.partition("<")
    stdin = Path(source.strip()).read_bytes() if source else b""
    result = CliRunner().invoke(main, shlex.split(arguments), input=stdin, prog_name="dedup")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    errors = "".join(f"[stderr] {line}\n" for line in result.stderr.splitlines())
    exit_code = f"[exit {result.exit_code}]\n" if result.exit_code else ""
    return _steady(f"$ {f'dedup {command}'.strip()}\n{result.stdout}{errors}{exit_code}")


@pytest.fixture(scope="module", autouse=True)
def _kernels():
    """Load the kernels now: they say on stderr when they are compiled first."""
    dedup.clean("A text.\n\nAnother text.")


@pytest.mark.parametrize("name", SESSIONS)
def test_what_is_seen_is_what_was_agreed(name, tmp_path):
    assert _session(SESSIONS[name], tmp_path) == (GOLDEN / f"{name}.txt").read_text()


@pytest.mark.parametrize(
    ("command", "named", "helped"),
    [
        ("scrub", "'scrub'", "dedup"),
        ("--loud", "--loud", "dedup"),
        ("clean --txt body", "--txt", "dedup clean"),
        ("clean --threshold 70", "70", "dedup clean"),
        ("clean --threshold 0", "0", "dedup clean"),
        ("scan --min-words 0", "0", "dedup scan"),
        ("scan --min-words few", "'few'", "dedup scan"),
        ("clean -o", "-o", "dedup"),
        ("pairs --within 72", "'72'", "dedup pairs"),
        ("pairs --within 1.5d", "'1.5d'", "dedup pairs"),
        ("pairs --within 9999999999d", "999999999d", "dedup pairs"),
        (f"pairs --within {'9' * 5000}w", "'9999", "dedup pairs"),
        ("pairs --scope near", "'near'", "dedup pairs"),
        ("pairs --unit word", "'word'", "dedup pairs"),
        ("pairs --keys simhash", "'simhash'", "dedup pairs"),
        ("repeats --threshold 2", "2", "dedup repeats"),
        ("compare article.txt", "'RIGHT'", "dedup compare"),
        ("pairs --memory much", "'much'", "dedup pairs"),
        ("repeats --memory 0", "'0'", "dedup repeats"),
        ("filter --memory 1XB", "'1XB'", "dedup filter"),
        ("filter --memory -1GB", "'-1GB'", "dedup filter"),
        ("mark --memory ''", "''", "dedup mark"),
        ("pairs --workers 0", "0", "dedup pairs"),
        ("filter --workers two", "'two'", "dedup filter"),
        ("filter --temp missing", "'missing'", "dedup filter"),
        (f"pairs --temp {__file__}", "test_cli.py", "dedup pairs"),
        ("filter --max-drop most", "'most'", "dedup filter"),
        ("filter --max-drop 101%", "'101%'", "dedup filter"),
        ("filter --max-drop -1", "'-1'", "dedup filter"),
        ("filter --max-drop nan", "'nan'", "dedup filter"),
        ("filter --keep shortest", "'shortest'", "dedup filter"),
        ("mark --dropped out.jsonl", "--dropped", "dedup mark"),
        ("why w-2", "'REPORT'", "dedup why"),
        ("index scrub", "'scrub'", "dedup index"),
        ("index add", "'INDEX'", "dedup index add"),
        ("index add news.db --keys simhash", "'simhash'", "dedup index add"),
        ("index query news.db --replace", "--replace", "dedup index query"),
        ("index remove news.db", "'ID...'", "dedup index remove"),
        ("index expire news.db", "--before", "dedup index expire"),
        ("index expire news.db --before 7d --unmatched-since 7d", "--before", "dedup index expire"),
        ("index expire news.db --before 7", "'7'", "dedup index expire"),
        ("index expire news.db --unmatched-since 9999999d", "'9999999d'", "dedup index expire"),
    ],
)
def test_bad_usage_is_one_line_that_leads_to_help(command, named, helped):
    result = CliRunner().invoke(main, shlex.split(command), prog_name="dedup")
    (line,) = result.stderr.splitlines()
    assert line.startswith("dedup: ")
    assert line.endswith(f" Try '{helped} --help'.")
    assert named in line
    assert (result.stdout, result.exit_code) == ("", 2)


def _page(folder: Path) -> str:
    """Return the page with what is seen in each of its blocks; each starts from the input."""

    def anew(block: re.Match[str]) -> str:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(GOLDEN / "input", folder, dirs_exist_ok=True)
        seen = ""
        for command in re.findall(r"^\$ (.+)", block[0], re.MULTILINE):
            program, *arguments = shlex.split(command)
            seen += f"$ {command}\n"
            if program == "cat":
                seen += Path(*arguments).read_text()
            else:
                assert program == "dedup"
                result = CliRunner().invoke(main, arguments, prog_name="dedup")
                seen += _steady(result.stdout + result.stderr)
        return f"```console\n{seen}```"

    before = Path.cwd()
    os.chdir(folder)
    try:
        return re.sub(r"```console\n(.*?)```", anew, PAGE.read_text(), flags=re.DOTALL)
    finally:
        os.chdir(before)


def test_what_the_page_shows_is_what_is_seen(tmp_path):
    assert _page(tmp_path) == PAGE.read_text()


def test_the_version_is_shown():
    assert CliRunner().invoke(main, ["--version"]).stdout == f"dedup {dedup.__version__}\n"


def test_a_threshold_that_is_no_number_at_all_is_refused():
    result = CliRunner().invoke(main, ["clean", "--threshold", "nan"], input=b"A.")
    assert result.stderr == "dedup: threshold must be over 0 and at most 1, got nan\n"
    assert result.exit_code == 2


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_the_commands(arguments):
    result = CliRunner().invoke(main, arguments, prog_name="dedup")
    assert result.exit_code == 0
    assert all(f"\n  {name} " in result.stdout for name in main.commands)


@pytest.mark.parametrize("name", main.commands)
def test_every_option_is_explained_by_help_and_on_its_page(name):
    shown = CliRunner().invoke(main, [name, "--help"]).stdout
    page = PAGE.read_text()
    for parameter in main.commands[name].params:
        for option in parameter.opts if isinstance(parameter, click.Option) else []:
            assert option in shown
            assert f"`{option}" in page
    assert f"## dedup {name}" in page


def test_check_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(GOLDEN / "input" / "bad.jsonl", ".")
    arguments = ["clean", "--check", "bad.jsonl", "-o", "out.jsonl", "--skip-bad", "aside.jsonl"]
    assert CliRunner().invoke(main, arguments).stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["bad.jsonl"]


def test_what_was_set_aside_is_verbatim(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(GOLDEN / "input" / "bad.jsonl", ".")
    CliRunner().invoke(main, ["clean", "bad.jsonl", "--skip-bad", "aside.jsonl"])
    lines = Path("bad.jsonl").read_bytes().splitlines(keepends=True)
    assert Path("aside.jsonl").read_bytes().splitlines(keepends=True) == [*lines[1:2], *lines[3:6]]


def _start(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "dedup.cli", *arguments], **options)


@pytest.mark.parametrize("command", ["clean", "pairs", "repeats"])
@pytest.mark.parametrize(
    ("sent", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_an_ended_run_leaves_nothing(tmp_path, command, sent, exit_code):
    out = tmp_path / "out.jsonl"
    out.write_bytes(b"of an earlier run")
    process = _start(
        *[command, "-", "-o", str(out), "--skip-bad", str(tmp_path / "aside.jsonl")],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    with process, process.stdin, process.stderr:
        # More than is read at once; the output is open then, and the pipe stays so.
        for n in range(50):
            process.stdin.write(b'{"text":"%s","id":%d}\n' % (b"word " * 20_000, n))
        process.stdin.flush()
        if command == "clean":  # the others copy the pipe first
            deadline = time.monotonic() + 60
            while len(list(tmp_path.iterdir())) < 3 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert len(list(tmp_path.iterdir())) == 3
        process.send_signal(sent)
        assert process.wait(timeout=60) == exit_code
        assert b"Traceback" not in process.stderr.read()
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert out.read_bytes() == b"of an earlier run"


def test_a_reader_that_stops_ends_the_run_quietly(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text":"%s"}\n' % (b"word " * 20_000) * 100)
    process = _start("clean", str(path), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    with process, process.stderr:
        assert process.stdout.read(9) == b'{"text":"'
        process.stdout.close()
        assert process.wait(timeout=60) == 141
        assert process.stderr.read() == b""


def test_a_reader_of_pairs_that_stops_ends_the_run_quietly(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(b'{"text":"One text.","id":%d}\n' % n for n in range(20_000)))
    process = _start("pairs", str(path), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    with process, process.stderr:
        assert process.stdout.read(9) == b'{"left":1'
        process.stdout.close()
        assert process.wait(timeout=60) == 141
        assert process.stderr.read() == b""


def test_a_bar_on_a_terminal_leaves_the_output_alone(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text":"One."}\n')
    master, terminal = pty.openpty()
    process = _start("clean", str(path), stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    with process:
        assert process.communicate(timeout=60)[0] == b'{"text":"One."}\n'
    shown = os.read(master, 100_000)
    os.close(master)
    assert process.returncode == 0
    assert b"1 record read, 0 cleaned, 0 repeats removed" in shown


def test_a_comparison_on_a_terminal_is_in_color_and_as_wide_as_it():
    master, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 60))
    wire = GOLDEN / "input" / "wire.jsonl"
    environment = os.environ | {"TERM": "xterm-256color"}
    for name in ["COLUMNS", "FORCE_COLOR", "NO_COLOR"]:
        environment.pop(name, None)
    process = _start("compare", f"{wire}:w-3", f"{wire}:w-1", stdout=terminal, env=environment)
    with process:
        process.wait(timeout=60)
        shown = os.read(master, 100_000).decode()
    os.close(terminal)
    os.close(master)
    assert "\x1b[1;36m‹1: \x1b[0m" in shown
    plain = re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines()
    assert plain[0] == "LEFT   w-3 In short: the ferry (isle.example, 2026-04-29)"
    assert 50 < max(map(len, plain)) <= 60


def test_what_is_not_in_the_encoding_of_the_output_is_a_question_mark():
    texts = [str(GOLDEN / "input" / name) for name in ["article.txt", "press/ferry.txt"]]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    process = _start("compare", *texts, stdout=subprocess.PIPE, env=environment)
    with process:
        shown = process.communicate(timeout=60)[0]
    assert b"\nLEFT\n?1: The ferry between" in shown


@pytest.mark.parametrize("name", main.commands)
def test_help_loads_none_of_what_does_the_work(name):
    heavy = {"numba", "numpy", "msgspec", "rich", "dedup.article", "dedup.documents"}
    code = (
        "import sys; from dedup.cli import main;"
        f"main([{name!r}, '--help'], standalone_mode=False);"
        f"print(*{heavy} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert run.stdout.splitlines()[-1] == ""


if __name__ == "__main__":
    import tempfile

    for session, typed in SESSIONS.items():
        with tempfile.TemporaryDirectory() as scratch:
            (GOLDEN / f"{session}.txt").write_text(_session(typed, Path(scratch)))
    with tempfile.TemporaryDirectory() as scratch:
        PAGE.write_text(_page(Path(scratch)))
