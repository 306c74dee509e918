"""Runs of ``dedup index`` as programs see them: pipes that pause, ends, what stands in the file."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

import dedup
from dedup import Document, Index
from dedup.cli import main
from dedup.index_files import BATCH

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
INDEX = main.commands["index"]
COMMANDS = ["add", "query", "remove", "expire", "info"]
TEXT = "The ferry between Norrholm and the mainland will run again from the first day of May."


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*arguments, given=b""):
    return CliRunner().invoke(main, ["index", *arguments], input=given, prog_name="dedup")


def start(*arguments, **options):
    environment = os.environ | {"PYTHONPATH": str(Path(dedup.__file__).parents[1])}
    command = [sys.executable, "-m", "dedup.cli", "index", *arguments]
    return subprocess.Popen(command, env=environment, **options)


def piped(*arguments):
    return start(*arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def lines(records):
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def articles(n):
    """Return records of which every other one is a copy of the one before."""
    texts = [" ".join(f"word{k}x{at // 2}" for k in range(40)) for at in range(n)]
    return [{"id": f"a-{at}", "text": text} for at, text in enumerate(texts)]


def told(content):
    """Return of each line its id and the ids of its matches."""
    read = [json.loads(line) for line in content.splitlines()]
    return [(line["id"], [match["right"] for match in line["matches"]]) for line in read]


def test_the_lines_are_what_the_index_says():
    records = articles(7)
    result = run("add", "a.db", given=lines(records))
    with Index() as index:
        answers = [index.add(record["id"], record["text"]) for record in records]
    expected = [
        {
            "id": record["id"],
            "matches": [pair.to_dict() for pair in answer],
            "kept": answer.kept,
        }
        for record, answer in zip(records, answers, strict=True)
    ]
    assert result.stdout.encode() == b"".join(
        json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in expected
    )
    assert result.stderr == "7 records read, 3 matched, 3 would go (3 identical); a.db holds 7 " + (
        "articles\n"
    )


def test_fields_are_read_by_the_names_that_are_given():
    record = {"url": 7, "body": TEXT, "at": "2020-04-28T06:00:00Z", "by": "coast.example"}
    fields = ["--id", "url", "--text", "body", "--published", "at", "--source", "by"]
    assert run("add", "a.db", *fields, given=lines([record])).exit_code == 0
    with Index("a.db") as index:
        stored = Document(7, TEXT, published=record["at"], source=record["by"])
        assert index.get(7) == stored


def test_a_query_adds_nothing():
    run("add", "a.db", given=lines([{"id": 1, "text": TEXT}]))
    result = run("query", "a.db", given=lines([{"id": n, "text": TEXT} for n in (2, 3)]))
    assert told(result.stdout) == [(2, [1]), (3, [1])]
    with Index("a.db") as index:
        assert list(index) == [1]


@pytest.mark.parametrize("command", ["add", "query"])
def test_check_tells_by_the_exit_code_whether_an_article_would_go(command):
    assert run("add", "a.db", "--check", given=lines([{"id": 1, "text": TEXT}])).exit_code == 0
    assert run(command, "a.db", "--check", given=lines([{"id": 2, "text": TEXT}])).exit_code == 1
    longer = f"{TEXT} {' '.join(f'other{n}' for n in range(60))}"
    assert run(command, "a.db", "--check", given=lines([{"id": 3, "text": longer}])).exit_code == 0


def test_more_than_a_batch_is_added_from_packed_files():
    n = BATCH + 500
    records = articles(n)
    Path("a.jsonl").write_bytes(lines(records))
    subprocess.run(["gzip", "-k", "a.jsonl"], check=True)
    result = run("add", "a.db", "a.jsonl.gz", "-o", "out.jsonl.zst")
    said = f"{n:,} records read, {n // 2:,} matched, {n // 2:,} would go ({n // 2:,} identical)"
    assert result.stderr.startswith(said)
    assert run("add", "b.db", "a.jsonl", "-o", "out.jsonl").exit_code == 0
    expected = [(f"a-{at}", [f"a-{at - 1}"] if at % 2 else []) for at in range(len(records))]
    assert told(Path("out.jsonl").read_bytes()) == expected


def test_what_comes_down_a_pipe_is_answered_while_the_pipe_pauses():
    one, two, three = (lines([record]) for record in articles(3))
    with piped("add", "a.db") as process:
        process.stdin.write(one + two + three[:20])
        process.stdin.flush()
        assert told(process.stdout.readline() + process.stdout.readline()) == [
            ("a-0", []),
            ("a-1", ["a-0"]),
        ]
        with Index("a.db") as index:  # it is in the file before it is told
            assert list(index) == ["a-0", "a-1"]
        begun = time.perf_counter()
        process.stdin.write(three[20:])
        process.stdin.flush()
        assert told(process.stdout.readline()) == [("a-2", [])]
        assert time.perf_counter() - begun < 5
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_a_run_that_is_killed_and_run_again_says_the_same():
    n = 3 * BATCH
    Path("a.jsonl").write_bytes(lines(articles(n)))
    with start("add", "a.db", "a.jsonl", stdout=subprocess.PIPE) as process:
        # It tells more than a pipe holds, and so is not at its end.
        before = [process.stdout.readline() for _ in range(50)]
        process.kill()
        before += process.stdout.read().splitlines(keepends=True)
    if not before[-1].endswith(b"\n"):
        before.pop()
    with Index("a.db") as index:
        assert len(before) <= len(index) < n
    again = run("add", "a.db", "a.jsonl").stdout_bytes.splitlines(keepends=True)
    assert again[: len(before)] == before
    assert again == run("add", "b.db", "a.jsonl").stdout_bytes.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("sent", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_what_was_added_before_the_end_was_told(sent, exit_code):
    options = ["-o", "out.jsonl", "--skip-bad", "aside.jsonl"]
    with piped("add", "a.db", *options) as process:
        process.stdin.write(lines(articles(3)) + b"[]\n")
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while not Path("a.db").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        with Index("a.db") as index:
            while len(index) < 3 and time.monotonic() < deadline:
                time.sleep(0.01)
        time.sleep(0.2)  # it is told of right after
        process.send_signal(sent)
        assert process.wait(timeout=60) == exit_code
        assert process.stderr.read() == b""
    assert [own for own, _ in told(Path("out.jsonl").read_bytes())] == ["a-0", "a-1", "a-2"]
    assert Path("aside.jsonl").read_bytes() == b"[]\n"


def test_a_bar_on_a_terminal_leaves_the_output_alone():
    Path("a.jsonl").write_bytes(lines(articles(2)))
    master, terminal = pty.openpty()
    process = start("add", "a.db", "a.jsonl", stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    with process:
        output = process.communicate(timeout=60)[0]
    shown = os.read(master, 100_000)
    os.close(master)
    assert told(output) == [("a-0", []), ("a-1", ["a-0"])]
    assert b"adding" in shown
    assert b"2 records read, 1 matched" in shown


def test_a_reader_that_stops_ends_the_run_quietly():
    with piped("add", "a.db") as process:
        process.stdin.write(lines(articles(1)))
        process.stdin.flush()
        assert process.stdout.readline()
        process.stdout.close()
        process.stdin.write(lines(articles(2)))
        process.stdin.close()
        assert process.wait(timeout=60) == 141
        assert process.stderr.read() == b""


def test_what_stands_before_a_bad_record_is_added():
    one, two = articles(2)
    result = run("add", "a.db", "-o", "out.jsonl", given=lines([one, {"id": 3}, two]))
    assert result.exit_code == 2
    assert result.stderr.startswith('dedup: -:2: field "text" must be a string, got no such field')
    assert told(Path("out.jsonl").read_bytes()) == [("a-0", [])]
    with Index("a.db") as index:
        assert list(index) == ["a-0"]


def test_bad_records_and_known_ids_are_set_aside_as_they_are():
    other = {"id": "a-0", "text": TEXT}
    one, two = articles(2)
    bad = [b'{"id": 5}\n', b'{"id": "a-0",   "text": "Another."}\n', b"cut"]
    content = lines([one]) + bad[0] + lines([one]) + bad[1] + lines([two]) + bad[2]
    result = run("add", "a.db", "--skip-bad", "aside.jsonl", given=content)
    assert [own for own, _ in told(result.stdout)] == ["a-0", "a-0", "a-1"]
    assert "3 records read, 3 bad lines set aside, 1 matched" in result.stderr
    assert Path("aside.jsonl").read_bytes() == b"".join(bad) + b"\n"
    result = run("add", "a.db", given=lines([two, other]))
    assert result.stderr == (
        "dedup: -:2: field \"id\" must be new to the index, or come with the same text, got 'a-0' "
        "with another; use --replace, --id FIELD or --skip-bad FILE\n"
    )
    assert (told(result.stdout), result.exit_code) == ([("a-1", ["a-0"])], 2)


def test_replace_lets_the_later_text_stay():
    run("add", "a.db", given=lines([{"id": 1, "text": "One."}]))
    result = run("add", "a.db", "--replace", given=lines([{"id": 1, "text": TEXT}]))
    assert result.stderr == "1 record read, 0 matched, 0 would go; a.db holds 1 article\n"
    with Index("a.db") as index:
        assert index.get(1).text == TEXT


def test_a_text_that_changed_is_an_error_that_names_the_way_out():
    Path("a.txt").write_text("One.")
    run("add", "a.db", "a.txt")
    Path("a.txt").write_text("Two.")
    result = run("add", "a.db", "a.txt")
    problem = "a text must be as it is in the index, got another; use --replace"
    assert (result.stderr, result.exit_code) == (f"dedup: a.txt: {problem}\n", 2)
    assert run("add", "a.db", "a.txt", "--replace").exit_code == 0


def test_nothing_on_standard_input_is_no_article():
    assert run("add", "a.db").stderr == (
        "0 records read, 0 matched, 0 would go; a.db holds 0 articles\n"
    )


def test_articles_are_removed_by_their_ids_as_they_are_written():
    records = [{"id": own, "text": f"{own!r} is new."} for own in ("7", 7, "b", 8, -9)]
    run("add", "a.db", given=lines(records))
    assert run("remove", "a.db", "7", "8").stderr == "2 articles removed; a.db holds 3 articles\n"
    with Index("a.db") as index:
        assert set(index) == {7, "b", -9}
    result = run("remove", "a.db", "-", "--", "-9", given=b"b\r\n\n7\n")
    assert result.stderr == "3 articles removed; a.db holds 0 articles\n"


def test_without_one_of_the_ids_none_is_removed():
    run("add", "a.db", given=lines([{"id": 1, "text": TEXT}]))
    result = run("remove", "a.db", "1", "2")
    problem = "a.db: an id must be one of those in the index, got '2'"
    assert (result.stderr, result.exit_code) == (f"dedup: {problem}\n", 2)
    with Index("a.db") as index:
        assert list(index) == [1]


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--before", "2020-04-28"], [1, 2, 3, 4]),
        (["--before", "2020-04-28T06:00:01Z"], [2, 3, 4]),
        (["--before", "2w"], [4]),
        (["--before", "1m"], [4]),
        (["--unmatched-since", "2020-04-28T12:00"], [2, 3, 4]),
        (["--unmatched-since", "2020-05-01"], [4]),
    ],
    ids=str,
)
def test_old_articles_expire(options, left):
    records = [
        {"id": 1, "text": "The old bridge stays closed.", "published": "2020-04-28T06:00Z"},
        {"id": 2, "text": TEXT, "published": "2020-04-28T08:00Z"},
        {"id": 3, "text": TEXT, "published": "2020-04-29T08:00Z"},
        {"id": 4, "text": "Nobody knows for how long."},
    ]
    run("add", "a.db", given=lines(records))
    result = run("expire", "a.db", *options)
    n = 4 - len(left)
    with Index("a.db") as index:
        assert sorted(index) == left
    removed = f"{n} article{'' if n == 1 else 's'} removed"
    assert result.stderr.startswith(f"{removed}; a.db holds {len(left)} article")
    assert (result.stdout, result.exit_code) == ("", 0)


def test_info_is_one_object():
    run("add", "a.db", "--threshold", ".9", given=lines(articles(4)))
    result = run("info", "a.db")
    with Index("a.db") as index:
        assert json.loads(result.stdout) == json.loads(json.dumps(index.info().to_dict()))
    assert json.loads(result.stdout)["recipe"]["threshold"] == 0.9
    assert result.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [["query", "a.db"], ["remove", "a.db", "1"], ["expire", "a.db", "--before", "7d"],
     ["info", "a.db"]],
    ids=" ".join,
)  # fmt: skip
def test_only_add_makes_the_file(arguments):
    result = run(*arguments)
    assert (result.stderr, result.exit_code) == ("dedup: a.db: No such file or directory\n", 2)
    assert list(Path().iterdir()) == []


def test_an_error_in_the_input_makes_no_file():
    assert run("add", "a.db", "missing.jsonl").exit_code == 2
    assert run("add", "a.db", "-o", "missing/out.jsonl").exit_code == 2
    assert list(Path().iterdir()) == []


def test_the_command_alone_shows_its_help():
    shown = run().stdout
    assert all(f"\n  {name} " in shown for name in COMMANDS)
    assert sorted(COMMANDS) == sorted(INDEX.commands)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_by_help_and_on_its_page(name):
    shown, page = run(name, "--help").stdout, PAGE.read_text()
    for parameter in INDEX.commands[name].params:
        for option in parameter.opts if parameter.param_type_name == "option" else []:
            assert option in shown
            assert f"`{option}" in page
    assert f"### dedup index {name}" in page


@pytest.mark.parametrize("name", COMMANDS)
def test_help_loads_none_of_what_does_the_work(name):
    heavy = {"numba", "numpy", "msgspec", "rich", "dedup.documents", "dedup.index.index"}
    code = (
        "import sys; from dedup.cli import main;"
        f"main(['index', {name!r}, '--help'], standalone_mode=False);"
        f"print(*{heavy} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.splitlines()[-1] == ""
