"""Where texts go: one file or several, each of its own."""

import os
from pathlib import Path

import pytest

from dedup.errors import DedupError
from dedup.outputs import check_apart, destination, names_of, own_files
from dedup.records import find_sources
from dedup.streams import whole_files


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ["a.jsonl", "b.jsonl", "press/a.txt", "press/b/a.txt"]:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"{}")


@pytest.mark.parametrize(
    ("paths", "output", "names"),
    [
        (["a.jsonl", "b.jsonl"], "-", ["-"]),
        (["a.jsonl", "b.jsonl"], "out.jsonl", ["out.jsonl"]),
        (["a.jsonl", "b.jsonl"], "out", ["out"]),
        (["a.jsonl", "b.jsonl"], "out/", ["out/a.jsonl", "out/b.jsonl"]),
        (["a.jsonl"], "press", ["press/a.jsonl"]),
        (["press"], "-", ["-"]),
        (["press"], "out", ["out/a.txt", "out/b/a.txt"]),
        (["press"], "out.jsonl", ["out.jsonl"]),
        (["press/a.txt"], "out/", ["out/a.txt"]),
        (["press"], None, []),
    ],
)
def test_a_destination_is_a_file_or_a_folder(paths, output, names):
    assert names_of(find_sources(paths), output) == names


@pytest.mark.parametrize(
    ("paths", "output", "problem"),
    [
        (["press"], "out.txt", "several texts need a folder or a .jsonl file to go to"),
        (["a.jsonl"], "out.txt", "records need an output of JSON lines, got a .txt name"),
        (["press/a.txt", "press/b/a.txt"], "out", "files need different names to go to one folder"),
    ],
)
def test_a_destination_that_cannot_be_is_refused(paths, output, problem):
    with pytest.raises(DedupError, match=f"^{output}: {problem}$"):
        own_files(find_sources(paths), output, one_text=False)


@pytest.mark.parametrize(
    ("main", "others", "problem"),
    [
        (["a.jsonl"], {"dropped texts": ["d"], "reports": ["r"]}, None),
        (["k"], {"dropped texts": ["k"]}, "k: dropped texts need a file of their own"),
        (["k"], {"dropped texts": ["a.jsonl"]}, "a.jsonl: dropped texts need a file of their own"),
        (["k"], {"reports": ["link.jsonl"]}, "link.jsonl: reports need a file of their own"),
        (["k"], {"bad lines": ["d"], "reports": ["./d"]}, "./d: reports need a file of their own"),
        (["-"], {"dropped texts": ["-"]}, "-: dropped texts need a file of their own"),
        ([], {"reports": ["-"], "bad lines": ["-"]}, "-: bad lines need a file of their own"),
        ([os.devnull], {"reports": [os.devnull], "bad lines": [os.devnull]}, None),
        ([], {"reports": ["press"]}, None),  # a folder: an error of its own, when it is opened
    ],
)
def test_outputs_are_files_of_their_own(main, others, problem):
    Path("link.jsonl").symlink_to("a.jsonl")
    sources = find_sources(["a.jsonl", "b.jsonl"])
    if problem is None:
        check_apart(sources, main, others)
        return
    with pytest.raises(DedupError) as caught:
        check_apart(sources, main, others)
    assert str(caught.value) == problem


def test_lines_of_several_files_do_not_run_together():
    sources = find_sources(["a.jsonl", "b.jsonl"])
    with whole_files() as files, destination(files, sources, "out.jsonl") as out:
        for source, lines in zip(sources, [[b"1\n", b"2"], [b"", b"3\n", b"4"]], strict=True):
            with out.of(source) as writer:
                for line in lines:
                    writer.write(line)
    assert Path("out.jsonl").read_bytes() == b"1\n2\n3\n4"


def test_nothing_goes_nowhere():
    sources = find_sources(["a.jsonl"])
    with (
        whole_files() as files,
        destination(files, sources, None) as out,
        out.of(sources[0]) as writer,
    ):
        writer.write(b"1")
    assert sorted(path.name for path in Path().iterdir()) == ["a.jsonl", "b.jsonl", "press"]
