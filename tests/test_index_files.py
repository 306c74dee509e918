"""What an index does with files that it cannot use, and with all that happens to one it can."""

import json
import os
import random
import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import dedup
from dedup import DuplicateIdError, Index, IndexFileError, MinHashKeys, PassageKeys
from dedup.index import store

WIRE = "Two ferries stayed in the harbor of Mira on Sunday as a storm closed the channel."
WORDS = [a + b + c for a in "bdfklmnprst" for b in ("a", "e", "io", "u") for c in ("l", "nd", "s")]
LIMITS = """
import resource
def limit(n_bytes=-1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, -1))
"""


def stories(n, seed=0, n_words=30):
    """Return texts of which none is like another."""
    draws = random.Random(seed)
    return [" ".join(draws.choices(WORDS, k=n_words)) for _ in range(n)]


def told(pairs):
    return [(pair.right, pair.relation) for pair in pairs]


def made(path, texts):
    """Make a file of some texts; their ids are their places."""
    with Index(str(path)) as index:
        index.extend(list(enumerate(texts)))
    return str(path)


def start(code, *arguments, **options):
    environment = os.environ | {"PYTHONPATH": str(Path(dedup.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def run(code, *arguments):
    """Run a program to its end; return what it says, a line of JSON each."""
    out, errors = start(code, *arguments).communicate(timeout=120)
    assert not errors
    return [json.loads(line) for line in out.splitlines()]


def check(path, ids):
    """Check that a file is whole and has these articles."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with Index(path) as index:
        found = list(index)
        assert len(found) == len(index) == len({*found})
        assert {*found} == {*ids}


# Files of another kind


def message(path, **options):
    with pytest.raises(IndexFileError) as caught, Index(str(path), **options):
        pass
    assert caught.value.path == str(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value).removeprefix(f"{path}: ")


def test_a_file_of_another_kind_is_refused_and_stays_as_it_is(tmp_path):
    path = tmp_path / "notes.txt"
    content = "Nobody wants this to be taken for an index.\n" * 300
    path.write_text(content)
    assert message(path) == "must be an index of dedup, got a file of another kind"
    assert path.read_text() == content
    assert [*tmp_path.iterdir()] == [path]


def test_another_sqlite_file_is_refused_and_stays_as_it_is(tmp_path):
    path = tmp_path / "music.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
        connection.commit()
    content = path.read_bytes()
    assert message(path) == "must be an index of dedup, got another SQLite file"
    assert path.read_bytes() == content


def test_a_newer_format_is_refused(tmp_path):
    path = made(tmp_path / "index", [WIRE])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    problem = message(path)
    assert "format 99" in problem
    assert "newer" in problem


def test_a_folder_and_a_file_in_no_folder_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none" / "index"):
        assert message(path).startswith("must be a file that can be opened")


def test_an_empty_file_becomes_an_index(tmp_path):
    (tmp_path / "index").touch()
    check(made(tmp_path / "index", [WIRE]), [0])


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ({"threshold": 0.7}, {"threshold": 0.9}, ("0.7", "0.9")),
        ({}, {"threshold": 0.9}, ("0.8", "0.9")),
        ({}, {"keys": MinHashKeys()}, ("passage", "minhash")),
        ({"keys": MinHashKeys(64)}, {"keys": MinHashKeys(128)}, ("64", "128")),
        ({"keys": PassageKeys(11)}, {"keys": PassageKeys(13)}, ("11", "13")),
    ],
)
def test_another_recipe_than_that_of_the_file_is_refused(first, second, both, tmp_path):
    path = str(tmp_path / "index")
    with Index(path, **first) as index:
        index.add("a", WIRE)
        recipe = index.info().recipe
    problem = message(path, **second)
    assert problem.startswith(f"{next(iter(second))} must be ")
    assert all(re.search(rf"\b{re.escape(each)}", problem) for each in both)
    for same in ({}, first):
        with Index(path, **same) as index:
            assert index.info().recipe == recipe
            assert told(index.query(WIRE)) == [("a", "identical")]


# Files that are damaged, or cannot be written


def works(path, texts):
    """Return all that an index tells of its articles, and of some that are added."""
    with Index(path) as index:
        ids = list(index)
        found = [ids, len(index), [index.get(own).text for own in ids]]
        found += [told(index.query(text)) for text in texts[::7]]
        return [*found, told(index.add("new", texts[3])), told(index.add("other", WIRE))]


def test_a_page_that_is_damaged_is_told_of_or_not_needed(tmp_path):
    texts = stories(300)
    path = made(tmp_path / "index", texts)
    whole = Path(path).read_bytes()
    size = int.from_bytes(whole[16:18], "big")
    tree = (2, 5, 10, 13)  # kinds of pages, in their first byte
    expected, problems = works(path, texts), []
    for page in range(1, len(whole) // size):
        if whole[page * size] not in tree:
            continue  # the rest of a value that is longer than a page
        damaged = bytearray(whole)
        damaged[page * size : page * size + 64] = bytes(range(100, 164))
        for left in tmp_path.iterdir():
            left.unlink()
        Path(path).write_bytes(damaged)
        try:
            found = works(path, texts)
        except IndexFileError as error:
            problems.append(str(error))
        else:
            assert found == expected
    assert all("must be whole" in problem for problem in problems), problems
    assert len(problems) > 10


BLOBS = [
    ("texts", "text"), ("texts", "told"), ("parts", "entries"), ("recent", "kept"),
    ("recent", "labels"), ("recent", "codes"), ("recent", "after"), ("runs", "firsts"),
    ("filters", "bits"), ("runs", "kept"), ("runs", "labels"), ("boilerplate", "keys"),
    ("boilerplate", "labels"),
]  # fmt: skip


@pytest.fixture
def _small_runs(monkeypatch):
    monkeypatch.setattr("dedup.index.postings.BLOCK", 64)
    monkeypatch.setattr("dedup.index.remembered.BLOCK", 64)
    monkeypatch.setattr("dedup.index.postings.RUN_POSTINGS", 400)


@pytest.mark.usefixtures("_small_runs")
@pytest.mark.parametrize(("table", "column"), BLOBS, ids=[".".join(own) for own in BLOBS])
def test_a_value_that_is_damaged_is_told_of(table, column, tmp_path):
    texts = [f"{text} {' '.join(WORDS[:40])}" for text in stories(150)]
    path = str(tmp_path / "index")
    with Index(path) as index:
        index.extend([dedup.Document(n, text, source="s") for n, text in enumerate(texts)])
    works(path, texts)
    expected = works(path, texts)  # what was added is there now
    with closing(sqlite3.connect(path)) as connection:
        query = f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL"
        rows = connection.execute(query).fetchall()
    draws, problems = random.Random(7), []
    for row, value in draws.sample(rows, min(6, len(rows))):
        damaged = bytearray(value)
        damaged[draws.randrange(len(value))] ^= draws.randrange(1, 256)
        for content in (damaged, value):
            with closing(sqlite3.connect(path)) as connection, connection:
                query = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
                connection.execute(query, (bytes(content), row))
            try:
                found = works(path, texts)
            except IndexFileError as error:
                problems.append(str(error))
            else:
                assert found == expected
    assert problems
    assert all("must be whole" in problem for problem in problems)
    assert len(problems) <= 6  # of a value that is whole again nothing is told


def test_a_large_array_is_written_and_read_piece_by_piece(monkeypatch):
    monkeypatch.setattr(store, "PIECE_BYTES", 100)
    array = np.random.default_rng(1).integers(0, 2**63, 1001, np.uint64)
    own = store.Store(store.MEMORY)
    with own.transaction():
        own.run("INSERT INTO filters VALUES (7, zeroblob(?))", 8 + array.nbytes)
        own.write_large("filters", "bits", 7, array)
        assert own.rows("SELECT bits FROM filters")[0][0] == store.as_blob(array)
        assert own.large_array("filters", "bits", 7, np.uint64).tolist() == array.tolist()
        own.run("UPDATE filters SET bits = zeroblob(?)", 8 + array.nbytes)
        with pytest.raises(IndexFileError, match="checksum"):
            own.large_array("filters", "bits", 7, np.uint64)
    own.close()


def test_a_file_that_is_cut_off_is_told_of(tmp_path):
    texts = stories(300)
    path = made(tmp_path / "index", texts)
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[: len(content) // 2])
    with pytest.raises(IndexFileError, match="must be whole, but a part of it is damaged"):
        works(path, texts)


@pytest.fixture
def read_only(monkeypatch):
    """Let nobody write to files, as the system tells it: to root it would not."""
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and may(path, mode))


def test_a_read_only_file_can_be_asked_and_not_added_to(tmp_path, read_only):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: True)
        path = made(tmp_path / "index", [WIRE, *stories(50)])
    content = Path(path).read_bytes()
    with Index(path) as index:
        assert told(index.query(WIRE)) == [(0, "identical")]
        assert (index.get(0).text, len(index), 50 in index) == (WIRE, 51, True)
        for change in (
            lambda: index.add("b", WIRE),
            lambda: index.extend([("b", WIRE)]),
            lambda: index.remove(0),
            lambda: index.expire(before="2100-01-01"),
        ):
            with pytest.raises(IndexFileError, match="got a read-only file"):
                change()
        assert told(index.query(WIRE)) == [(0, "identical")]
    assert Path(path).read_bytes() == content


def test_a_file_that_somebody_writes_to_can_be_read_by_those_who_may_not(tmp_path):
    path = made(tmp_path / "index", [WIRE])
    with Index(path) as writer, pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: False)
        with Index(path) as reader:
            assert len(reader) == 1
            for n, text in enumerate(stories(300), 1):
                writer.extend([(n, text)])
                if n % 20 == 0:
                    assert told(reader.query(text)) == [(n, "identical")]
                    assert len(reader) == n + 1
            writer.remove(0)
            assert reader.query(WIRE) == []


# No room


@pytest.fixture
def connections(monkeypatch):
    """Give the connections that are made, so that a test can set their limits."""
    real, given = sqlite3.connect, []

    def connect(*arguments, **options):
        given.append(real(*arguments, **options))
        return given[-1]

    monkeypatch.setattr(sqlite3, "connect", connect)
    return given


def added_singly(index, given):
    for n, text in given:
        index.add(n, text)
        index.commit()
        assert len(index) == n + 1


@pytest.mark.parametrize("at_once", [True, False], ids=["extend", "add"])
def test_no_room_loses_nothing_and_all_goes_on_when_there_is_some(at_once, tmp_path, connections):
    texts = stories(200, n_words=300)
    path = str(tmp_path / "index")
    with Index(path) as index:
        index.extend(list(enumerate(texts[:50])))
        (connection,) = connections
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 3}")
        given = list(enumerate(texts[50:], 50))
        with pytest.raises(IndexFileError, match="room on the disk"):
            index.extend(given) if at_once else added_singly(index, given)
        kept = 50 if at_once else len(index)
        assert kept > 50 or at_once
        assert list(index) == list(range(kept))
        assert len(index) == kept < len(texts)
        assert told(index.query(texts[kept - 1])) == [(kept - 1, "identical")]
        assert index.query(texts[-1]) == []
        connection.execute("PRAGMA max_page_count = 100000")
        assert index.extend(list(enumerate(texts))) == [[]] * len(texts)
        assert told(index.query(texts[-1])) == [(len(texts) - 1, "identical")]
    check(path, range(len(texts)))


NO_ROOM = """
import json, sys, time
from dedup import Index, IndexFileError
path, how, texts = sys.argv[1], sys.argv[2], json.loads(sys.stdin.read())
with Index(path) as index:
    index.extend(list(enumerate(texts[:50])))
    index.add(50, texts[50])
    index.commit()
    limit(0)
    problem = None
    try:
        if how == "extend":
            index.extend(list(enumerate(texts)))
        else:
            index.add(51, texts[51])
            if how == "commit":
                index.commit()
        while True:  # it is written soon, and then it is said
            len(index)
            time.sleep(0.01)
    except IndexFileError as error:
        problem = str(error)
    seen = list(index), [pair.right for pair in index.query(texts[50])], index.query(texts[51])
    limit()
    answers = index.extend(list(enumerate(texts)))
    print(json.dumps([problem, *seen, len(answers), len(index)]))
"""


@pytest.mark.parametrize("how", ["extend", "commit", "later"])
def test_a_disk_that_takes_nothing_more_is_told_of(how, tmp_path):
    path, texts = str(tmp_path / "index"), stories(100)
    process = start(LIMITS + NO_ROOM, path, how, stdin=subprocess.PIPE)
    out, errors = process.communicate(json.dumps(texts), timeout=120)
    assert not errors
    problem, ids, match, no_match, n_answers, n = json.loads(out)
    assert problem.startswith(f"{path}: ")
    assert problem.endswith("; what was not committed yet is gone") == (how != "extend")
    assert (ids, match, no_match) == (list(range(51)), [50], [])
    assert (n_answers, n) == (100, 100)
    check(path, range(100))


# Several who use one index


def test_threads_may_add_to_one_index_and_ask_it(tmp_path):
    texts = stories(240)
    path = str(tmp_path / "index")
    with Index(path) as index, ThreadPoolExecutor(4) as threads:

        def add(first):
            for n in range(first, len(texts), 2):
                assert index.add(n, texts[n]) == []
                assert told(index.add(f"copy {n}", texts[n])) == [(n, "identical")]
                if n % 20 == first:
                    index.commit()
                    index.extend([(f"more {n}", texts[n])])

        def ask(first):
            n_found = 0
            for n in [*range(first, len(texts), 2)] * 3:
                found = told(index.query(texts[n]))
                assert found in ([], [(n, "identical")])
                assert index.get(n) is None or index.get(n).text == texts[n]
                n_found += len(found)
            return n_found

        adding = [threads.submit(add, first) for first in (0, 1)]
        asking = [threads.submit(ask, first) for first in (0, 1)]
        for future in (*adding, *asking):
            future.result()
        assert [ask(first) for first in (0, 1)] == [360, 360]
    more = [f"more {n}" for n in range(len(texts)) if n % 20 in (0, 1)]
    check(path, [*range(len(texts)), *(f"copy {n}" for n in range(len(texts))), *more])


ADDING = """
import json, sys
from dedup import Index
path, own, texts = sys.argv[1], sys.argv[2], json.loads(sys.stdin.read())
with Index(path) as index:
    for n, text in enumerate(texts):
        if n % 3:
            answer = index.add(f"{own}-{n}", text)
            index.commit()
        else:
            answer, = index.extend([(f"{own}-{n}", text)])
        print(json.dumps([n, [(pair.right, pair.relation) for pair in answer]]), flush=True)
"""


def test_processes_that_add_to_one_file_lose_nothing(tmp_path):
    texts, path, n_processes = stories(60), str(tmp_path / "index"), 4
    processes = [start(ADDING, path, own, stdin=subprocess.PIPE) for own in range(n_processes)]
    for process in processes:  # all begin with a file that is not there
        process.stdin.write(json.dumps(texts))
        process.stdin.close()
    kept, answers = {}, []
    for own, process in enumerate(processes):
        lines = [json.loads(line) for line in process.stdout]
        assert (process.wait(timeout=120), process.stderr.read()) == (0, "")
        process.stdout.close()
        process.stderr.close()
        assert len(lines) == len(texts)
        for n, answer in lines:
            answers.append((n, answer))
            if not answer:
                assert kept.setdefault(n, f"{own}-{n}") == f"{own}-{n}"
    # Whoever came first with a text has it, and all the others were told.
    assert len(kept) == len(texts)
    copies = [(n, answer) for n, answer in answers if answer]
    assert len(copies) == (n_processes - 1) * len(texts)
    assert all(answer == [[kept[n], "identical"]] for n, answer in copies)
    check(path, [f"{own}-{n}" for own in range(n_processes) for n in range(len(texts))])


def test_a_second_writer_is_told_that_it_waits_in_vain(tmp_path, monkeypatch):
    path = made(tmp_path / "index", [WIRE])
    monkeypatch.setattr("dedup.index.store.PATIENCE", 0.05)
    with Index(path) as index, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for change in (
            lambda: index.add("b", WIRE),
            lambda: index.extend([("b", WIRE)]),
            lambda: index.remove(0),
        ):
            with pytest.raises(IndexFileError, match="another program writes to it"):
                change()
        assert told(index.query(WIRE)) == [(0, "identical")]  # to ask is no wait
        other.execute("ROLLBACK")
        assert told(index.add("b", WIRE)) == [(0, "identical")]
    check(path, [0, "b"])


def test_what_is_added_one_by_one_does_not_keep_another_writer_out(tmp_path):
    path = made(tmp_path / "index", [WIRE])
    with Index(path) as one, Index(path) as other:
        one.add("b", WIRE)  # and it is not said that it must be on the disk now
        assert told(other.add("c", WIRE)) == [(0, "identical")]
        other.commit()
        assert list(one) == [0, "b", "c"]


FORKED = """
import json, os, sys
from dedup import Index
path = sys.argv[1]
with Index(path) as index:
    index.extend([("a", "Two ferries stayed in the harbor of Mira on Sunday.")])
    if sys.argv[2] == "adding":
        index.add("b", "A storm closed the channel for all of the week and longer.")
    uses = {
        "add": lambda: index.add("c", "one"),
        "extend": lambda: index.extend([("c", "one")]),
        "query": lambda: index.query("one"),
        "get": lambda: index.get("a"),
        "contains": lambda: "a" in index,
        "len": lambda: len(index),
        "iter": lambda: list(index),
        "changes": lambda: index.changes(),
        "info": lambda: index.info(),
        "remove": lambda: index.remove("a"),
        "expire": lambda: index.expire(before="2100-01-01"),
        "commit": lambda: index.commit(),
    }
    child = os.fork()
    if not child:
        for name, use in uses.items():
            try:
                use()
                said = "nothing"
            except RuntimeError as error:
                said = str(error)
            print(json.dumps([name, said]), flush=True)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    index.add("d", "three")
    print(json.dumps(["parent", [status, list(index)]]))
"""


@pytest.mark.parametrize("when", ["at rest", "adding"])
def test_a_forked_child_may_not_use_an_index_of_its_parent(when, tmp_path):
    path = str(tmp_path / "index")
    code = "import warnings\nwarnings.simplefilter('ignore')\n" + FORKED
    *uses, (_, parent) = run(code, path, when)
    problem = f"{path}: an index must be opened in the process that uses it"
    assert len(uses) == 12
    assert {said for _, said in uses} == {problem}, uses
    ids = ["a", "d"] if when == "at rest" else ["a", "b", "d"]
    assert parent == [0, ids]
    check(path, ids)


FORKED_AND_OPENED = """
import json, os, sys
from dedup import Index
path = sys.argv[1]
parent = Index(path)
parent.add("a", "one two three")
is_written, write = os.pipe()
is_closed, close = os.pipe()
if not os.fork():
    own = Index(path)
    own.extend([("b", "four five six")])
    os.write(write, b"x")
    os.read(is_closed, 1)
    own.extend([("c", "seven eight nine")])
    os._exit(0)
os.read(is_written, 1)
parent.add("d", "ten")
parent.close()
os.write(close, b"x")
os.wait()
print(json.dumps(0))
"""


def test_what_a_forked_child_adds_by_an_index_of_its_own_stays(tmp_path):
    path = str(tmp_path / "index")
    run("import warnings\nwarnings.simplefilter('ignore')\n" + FORKED_AND_OPENED, path)
    check(path, ["a", "b", "d", "c"])


FORKED_WHILE_ADDING = """
import json, os, sys, threading
from dedup import Index, IndexFileError
path = sys.argv[1]
index, inside, go = Index(path), threading.Event(), threading.Event()
def feed():
    yield "a", "one two three"
    yield from ((n, "x") for n in range(5000))
    inside.set()
    go.wait()
    yield "b", "y"
thread = threading.Thread(target=lambda: index.extend(feed()))
thread.start()
inside.wait()
reader, writer = os.pipe()
if not os.fork():
    said = ["nothing", "nothing"]
    try:
        len(index)
    except RuntimeError as error:
        said[0] = str(error)
    try:
        Index(path)
    except IndexFileError as error:
        said[1] = str(error)
    Index()
    os.write(writer, json.dumps(said).encode())
    os._exit(0)
os.wait()
go.set()
thread.join()
print(json.dumps([os.read(reader, 10_000).decode(), len(index)]))
"""


def test_a_fork_does_not_wait_for_ever_for_another_thread(tmp_path):
    path = str(tmp_path / "index")
    code = "import warnings\nwarnings.simplefilter('ignore')\n" + FORKED_WHILE_ADDING
    ((said, n),) = run(code, path)
    assert json.loads(said) == [
        f"{path}: an index must be opened in the process that uses it",
        f"{path}: must not be opened in a process that was forked while it was written to:"
        " start the process before, or spawn it",
    ]
    assert n == 5002


# Any ids and texts

NAMES = [
    0, -1, 2**63, -(2**63) - 1, 2**64, 10**40, "0", "", " ", "\0", "a\0b", "a", "#1", "$1",
    "\U0001f600", "'; DROP TABLE articles; --", "x" * 100_000,
]  # fmt: skip
TEXTS = [
    WIRE + " \ud800 \udfff", "\0".join(WIRE), WIRE + "\0", "\ud800", "\0", "", " \n",
    WIRE.upper(), " ".join(stories(1, n_words=300_000)), "中文" * 400, "\r\n" + WIRE + "\u2028",
]  # fmt: skip


@pytest.mark.parametrize("batched", [True, False], ids=["extend", "add"])
def test_all_ids_are_kept_as_they_are(batched, tmp_path):
    path = str(tmp_path / "index")
    with Index(path) as index:
        if batched:
            answers = index.extend([(own, WIRE) for own in NAMES])
        else:
            answers = [index.add(own, WIRE) for own in NAMES]
        assert [told(answer) for answer in answers] == [[]] + [[(0, "identical")]] * (
            len(NAMES) - 1
        )
        assert [answer[0].left for answer in answers[1:]] == NAMES[1:]
    with Index(path) as index:
        assert list(index) == NAMES
        for own, answer in zip(NAMES, answers, strict=True):
            assert index.add(own, WIRE) == answer
            assert own in index
            assert index.get(own).id == own
            assert type(index.get(own).id) is type(own)
        index.remove(0)  # the next is kept, of whatever kind
        for own in NAMES[1:]:
            assert told(index.query(WIRE)) == [(own, "identical")]
            assert index.changes()[-1].story == 0
            index.remove(own)
        assert (len(index), list(index), index.query(WIRE)) == (0, [], [])


def test_a_number_and_a_string_are_two_ids(tmp_path):
    one, other = stories(2)
    with Index(str(tmp_path / "index")) as index:
        assert index.extend([(1, one), ("1", other)]) == [[], []]
        assert (index.get(1).text, index.get("1").text) == (one, other)
        assert told(index.query(other)) == [("1", "identical")]
        with pytest.raises(DuplicateIdError):
            index.add("1", one)
        index.remove(1)
        assert (1 in index, "1" in index) == (False, True)
        assert (True in index, None in index, 1.0 in index) == (False, False, False)


@pytest.mark.parametrize("batched", [True, False], ids=["extend", "add"])
def test_all_texts_are_kept_as_they_are(batched, tmp_path):
    path = str(tmp_path / "index")
    assert max(map(len, TEXTS)) > 1_000_000
    with Index(path) as index:
        if batched:
            index.extend(list(enumerate(TEXTS)))
        else:
            for n, text in enumerate(TEXTS):
                index.add(n, text)
    with Index(path) as index:
        assert [index.get(n).text for n in range(len(TEXTS))] == TEXTS
        for n, text in enumerate(TEXTS):
            index.add(n, text)  # it is the same
            with pytest.raises(DuplicateIdError):
                index.add(n, text + ".")
        longest = max(range(len(TEXTS)), key=lambda n: len(TEXTS[n]))
        assert told(index.query(TEXTS[longest])) == [(longest, "identical")]
        assert index.query("") == index.query("\0") == index.query("\ud800") == []
        assert len(index) == len(TEXTS)


def test_lone_surrogates_in_ids_are_kept_as_they_are(tmp_path):
    path = str(tmp_path / "index")
    names = ["\ud800", "\udfff\ud800", "a\ud800"]
    texts = stories(len(names))
    with Index(path) as index:
        index.extend(list(zip(names, texts, strict=True)))
    with Index(path) as index:
        assert list(index) == names
        assert [index.get(own).text for own in names] == texts
        for own, text in zip(names, texts, strict=True):
            assert told(index.query(text)) == [(own, "identical")]
            index.remove(own)
            assert own not in index


def test_sources_and_dates_are_kept_as_they_are(tmp_path):
    path = str(tmp_path / "index")
    sources = ["", "north", "NORTH", "\ud800", "\0", "n\0", "#1", "x" * 10_000]
    with Index(path) as index:
        for n, source in enumerate(sources):
            index.add(n, WIRE, source=source, published="2024-03-01T10:00:00+02:00")
    with Index(path) as index:
        assert [index.get(n).source for n in range(len(sources))] == sources
        assert {index.get(n).published for n in range(len(sources))} == {
            "2024-03-01T10:00:00+02:00"
        }
