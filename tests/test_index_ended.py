"""An index whose process is killed at any moment has all that was acknowledged, and nothing half.

``python -m tests.test_index_ended 500`` kills as often as it is told.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import pytest

import dedup

N = 400
SEEDS = 5
WORDS = [a + b + c for a in "bdfklmnprst" for b in ("a", "e", "io", "u") for c in ("l", "nd", "s")]

# Runs of a few hundred postings, of which three are merged: all that is done in an index of
# millions is done here. Each line that comes is a run, in a process of its own.
SCRIPT = """
import json, os, sys
from dedup.index import postings, runs
for module, name, value in [
    (postings, "BLOCK", 32), (postings, "RUN_POSTINGS", 300),
    (runs, "FAN", 3), (runs, "SLICE", 300),
]:
    assert hasattr(module, name)
    setattr(module, name, value)
from dedup import Document, Index
with Index() as index:  # whatever is loaded when it is first needed
    index.extend([("a", "one two three"), ("b", "one two three")])

def say(kind, *told):
    os.write(1, json.dumps([kind, *told]).encode() + b"\\n")

def told(answer):
    return [pair.to_dict() for pair in answer]

def add(path, steps):
    say("started", os.getpid())
    with Index(path) as index:
        for kind, step in steps:
            some = [Document(own, text, source=source) for own, text, source in step]
            if kind == "extend":
                answers = index.extend(some)
            else:
                answers = [index.add(d.id, d.text, source=d.source) for d in some]
                index.commit()
            for document, answer in zip(some, answers, strict=True):
                say("added", document.id, told(answer))

def ask(path, articles):
    documents = [Document(own, text, source=source) for own, text, source in articles]
    with Index(path) as index, Index() as whole:
        ids = list(index)
        say("ids", len(index), ids)
        whole.extend(documents[:len(ids)])
        for n, document in enumerate(documents[:len(ids)]):
            found, answers = index.get(document.id), [None, None]
            if n % 10 == len(ids) % 10 or n >= len(ids) - 10:
                answers = [told(each.query(document)) for each in (index, whole)]
            say("asked", document.id, found and found.text, found and found.source, *answers)

children = []
for line in sys.stdin:
    name, *given = json.loads(line)
    while children:  # only now, so that whoever kills one kills no other of its number
        os.waitpid(children.pop(), 0)
    child = os.fork()
    if not child:
        try:
            {"add": add, "ask": ask}[name](*given)
        except BaseException as error:
            say("failed", repr(error))
            os._exit(1)
        os._exit(0)
    children.append(child)
    end = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    say("ended", end.si_status if end.si_code == os.CLD_EXITED else -end.si_status)
"""


@cache
def articles(seed):
    """Return articles: ids, texts and sources; some are copies, parts, or versions of others.

    What a source says at its end never is most of an article, and no story has so many versions
    that what they share is taken for such.
    """
    draws = random.Random(seed)
    goodbye = " ".join(draws.choices(WORDS, k=12))
    made, stories = [], []
    for n in range(N):
        source = draws.choice(("", "north", "north", "south"))
        words = draws.choices(WORDS, k=draws.randint(20, 60))
        if stories and draws.random() < 0.3:
            story = draws.choice(stories)
            words = [*story[0]]
            story[1] += 1
            if story[1] == 4:
                stories.remove(story)
            change = draws.choice(("none", "cut", "edit", "more"))
            if change == "cut" and len(words) > 30:
                start = draws.randrange(len(words) // 2)
                words = words[start : start + len(words) // 2]
            elif change == "edit":
                words[draws.randrange(len(words))] = draws.choice(WORDS)
            elif change == "more":
                words += draws.choices(WORDS, k=20)
        else:
            stories.append([words, 1])
        end = goodbye if source == "north" else ""
        made.append((f"a{n}" if n % 5 else n, f"{' '.join(words)} {end}", source))
    return made


@cache
def steps(seed):
    """Return what is done: articles added in batches of some size, or one by one."""
    draws, every, found = random.Random(-seed - 1), articles(seed), []
    while every:
        n = draws.choice((1, 2, 5, 20, 70))
        found.append((draws.choice(("extend", "add")), every[:n]))
        every = every[n:]
    return found


class Worker:
    """A process that forks another one for each run."""

    def __init__(self):
        environment = os.environ | {"PYTHONPATH": str(Path(dedup.__file__).parents[1])}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", SCRIPT],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def start(self, *given):
        self._process.stdin.write(json.dumps(given) + "\n")
        self._process.stdin.flush()

    def read(self):
        return json.loads(self._process.stdout.readline())

    def rest(self):
        """Return what a run says until it ends, and how it does."""
        lines = []
        while True:
            kind, *told = self.read()
            if kind == "ended":
                return lines, told[0]
            lines.append((kind, told))

    def whole(self, *given):
        """Return what a run says that nobody ends."""
        self.start(*given)
        lines, status = self.rest()
        assert status == 0, lines[-1]
        return lines

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait(timeout=60) == 0


@contextmanager
def working():
    worker = Worker()
    try:
        yield worker
    finally:
        worker.close()


@pytest.fixture(scope="module")
def worker():
    with working() as own:
        yield own


def answers_of(lines):
    return {own: answer for kind, (own, *answer) in lines if kind == "added"}


def undisturbed(worker, seed, folder):
    """Return the answers of a run that comes to its end."""
    path = Path(folder) / f"whole-{seed}"
    answers = answers_of(worker.whole("add", str(path), steps(seed)))
    with closing(sqlite3.connect(path)) as connection:
        # Runs were merged, or this tests less than it should.
        level = connection.execute("SELECT max(level) FROM runs").fetchone()[0]
    assert level > 0
    path.unlink()
    assert list(answers) == [own for own, _, _ in articles(seed)]
    return answers


def killed(worker, path, seed, draws):
    """Kill a run at any moment; return what it had acknowledged, and whether it was killed."""
    worker.start("add", path, steps(seed))
    kind, child = worker.read()
    assert kind == "started"
    lines = []
    for _ in range(draws.choice((0, draws.randrange(N)))):
        kind, *told = worker.read()
        assert kind == "added", (kind, told)
        lines.append((kind, told))
    time.sleep(draws.choice((0, draws.uniform(0, 0.05))))
    os.kill(child, signal.SIGKILL)
    more, status = worker.rest()
    assert {kind for kind, _ in more} <= {"added"}, more
    return answers_of(lines + more), status == -signal.SIGKILL


def held(document, match):
    """Tell whether a match says that an article or one that holds it is there."""
    return match["right"] == document or match["relation"] in ("identical", "copy", "excerpt")


def check(worker, path, seed, acknowledged):
    """Check what a run has left that was killed."""
    if not Path(path).exists():
        assert not acknowledged
        return
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    every = articles(seed)
    ((_, (n, ids)), *lines) = worker.whole("ask", path, every)
    # What was added is a beginning of all, and of that all that was acknowledged.
    assert ids == [own for own, _, _ in every[:n]]
    assert {*acknowledged} <= {*ids}
    asked = [told for _, told in lines]
    assert [tuple(told[:3]) for told in asked] == every[:n]
    is_held = []
    for own, _, _, answer, expected in asked:
        assert answer == expected  # as one answers that nobody has disturbed
        if answer is not None:
            is_held.append(any(held(own, match) for match in answer))
    # All but the few that would not be taken for copies now, as more is known of their source.
    assert sum(is_held) >= 0.9 * len(is_held)


def kill_and_resume(worker, folder, seed, n_kills, draws, expected):
    """Kill runs that add the same articles to one file, then let one come to its end."""
    path, n_killed = str(Path(folder) / f"index-{seed}"), 0
    acknowledged = {}
    for _ in range(n_kills):
        answers, was_killed = killed(worker, path, seed, draws)
        n_killed += was_killed
        acknowledged |= answers
        assert answers == {own: expected[own] for own in answers}
        check(worker, path, seed, acknowledged)
    assert answers_of(worker.whole("add", path, steps(seed))) == expected
    check(worker, path, seed, expected)
    for left in Path(folder).glob(f"index-{seed}*"):
        left.unlink()
    return n_killed


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_killed_index_has_all_that_was_acknowledged_and_nothing_half(worker, seed, tmp_path):
    expected = undisturbed(worker, seed, tmp_path)
    draws, n_killed = random.Random(seed), 0
    while n_killed < 8:
        n_killed += kill_and_resume(worker, tmp_path, seed, 4, draws, expected)


def main():
    wanted, n_killed, seed = int(sys.argv[1]), 0, 100
    with working() as own, tempfile.TemporaryDirectory() as folder:
        while n_killed < wanted:
            expected = undisturbed(own, seed, folder)
            n_killed += kill_and_resume(own, folder, seed, 10, random.Random(seed), expected)
            seed += 1
            print(f"{n_killed} killed", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
