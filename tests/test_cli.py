import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import dedup
from dedup.cli import main

GOLDEN = Path(__file__).parent / "golden" / "cli"
PAGE = Path(__file__).parents[1] / "docs" / "cli.md"

# What a person types, by the name of the file that holds what a person then sees.
# `python tests/test_cli.py` writes the files anew.
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


def _seen(command: str) -> str:
    arguments, _, source = command.partition("<")
    stdin = Path(source.strip()).read_bytes() if source else b""
    result = CliRunner().invoke(main, shlex.split(arguments), input=stdin, prog_name="dedup")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    errors = "".join(f"[stderr] {line}\n" for line in result.stderr.splitlines())
    exit_code = f"[exit {result.exit_code}]\n" if result.exit_code else ""
    return f"$ {f'dedup {command}'.strip()}\n{result.stdout}{errors}{exit_code}"


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
    ],
)
def test_bad_usage_is_one_line_that_leads_to_help(command, named, helped):
    result = CliRunner().invoke(main, shlex.split(command), prog_name="dedup")
    (line,) = result.stderr.splitlines()
    assert line.startswith("dedup: ")
    assert line.endswith(f" Try '{helped} --help'.")
    assert named in line
    assert (result.stdout, result.exit_code) == ("", 2)


def test_what_the_page_shows_is_what_is_seen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for shown in re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL):
        shutil.copytree(GOLDEN / "input", tmp_path, dirs_exist_ok=True)
        seen = ""
        for command in re.findall(r"^\$ (.+)", shown, re.MULTILINE):
            program, *arguments = shlex.split(command)
            seen += f"$ {command}\n"
            if program == "cat":
                seen += Path(*arguments).read_text()
            else:
                assert program == "dedup"
                result = CliRunner().invoke(main, arguments, prog_name="dedup")
                seen += result.stdout + result.stderr
        assert seen == shown


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


def _start(*arguments: str, **pipes: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "dedup.cli", *arguments], **pipes)


@pytest.mark.parametrize(
    ("sent", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_an_ended_run_leaves_nothing(tmp_path, sent, exit_code):
    out = tmp_path / "out.jsonl"
    out.write_bytes(b"of an earlier run")
    process = _start(
        *["clean", "-", "-o", str(out), "--skip-bad", str(tmp_path / "aside.jsonl")],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    with process, process.stdin, process.stderr:
        # More than is read at once; the output is open then, and the pipe stays so.
        process.stdin.write(b'{"text":"%s"}\n' % (b"word " * 20_000) * 50)
        process.stdin.flush()
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


def test_help_loads_none_of_what_does_the_work():
    code = (
        "import sys; from dedup.cli import main; main(['clean', '--help'], standalone_mode=False);"
        "print(*{'numba', 'numpy', 'msgspec', 'rich', 'dedup.files'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert run.stdout.splitlines()[-1] == ""


if __name__ == "__main__":
    import tempfile

    for session, typed in SESSIONS.items():
        with tempfile.TemporaryDirectory() as scratch:
            (GOLDEN / f"{session}.txt").write_text(_session(typed, Path(scratch)))
