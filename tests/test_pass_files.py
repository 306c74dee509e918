"""The law of the commands: what files hold decides what is written, not how they are read."""

import gzip
import io
import json
import random
from collections import Counter
from contextlib import ExitStack
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from little_memory import little_memory, open_files
from newsroom import ALL_RELATIONS, STORY, news

from dedup import Document, deduplicate, line_corpus, pairs, repeated_paragraphs, text_corpus
from dedup.choices import Choices, PairChoices
from dedup.corpus_files import Reading, write_pairs, write_repeats
from dedup.decision_files import Outputs, filter_files, mark_files
from dedup.document_files import DocumentFormat, Fields
from dedup.report_files import report_content
from dedup.streams import open_file

PACKERS = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tmp").mkdir()


@cache
def good_lines():
    """Return records, written in all ways that there are, with ids that differ."""
    draws = random.Random(7)
    lines = []
    for document in news(120)[0]:
        told = {"id": document.id, "text": document.text, "published": document.published}
        told["source"] = document.source or None
        odd = draws.choice([{}, {}, {"x": float("nan")}, {"n": [1, {"text": 2}]}])
        lines.append(json.dumps(told | odd, ensure_ascii=draws.random() < 0.5).encode())
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in STORY)
    lines += [
        b'{"id":1,"text":"%s"}' % escaped.encode(),
        b'{"text":"%s","id":"1","y":"\xff"}\r' % STORY.replace(" ", "\\/ ").encode(),
        b' { "id" : "\\ud83d\\ude00" , "text" : "%s \\ud83d\\ude00" } ' % STORY.encode(),
        b'{"id":"\\ud800","text":"\\udc00 %s"}' % STORY.encode(),
        b'{"id":2,"text":""}',
        b'{"id":3,"text":" \\u0000 "}',
    ]
    draws.shuffle(lines)
    return lines


@cache
def all_lines():
    """Return those with blank and bad lines between them, and with ids that others have."""
    draws = random.Random(8)
    lines = list(good_lines())
    other = [b"", b" \t\r", b"no JSON", b"[]", b'{"id":9}', b'{"id":1.5,"text":"a"}', b"\0" * 9]
    other += [b'{"id":9,"text":"\xff"}', b'{"id":9,"text":"a","published":""}', lines[3], lines[50]]
    other += [b'{"id":2,"text":"An id that another has."}', lines[0][:-1]]
    for line in other * 2:
        lines.insert(draws.randrange(len(lines)), line)
    return lines


def content(path):
    with open_file(path) as (_, stream):
        return stream.read()


def written(*names):
    """Return what stands in files."""
    return [content(name) for name in names]


# The commands, each of which gives all that it writes.


def filtered(paths, reading):
    outputs = Outputs("kept.jsonl", "dropped.jsonl", "report.json")
    done = filter_files(Choices(), paths, outputs, reading, most=None)
    assert done.report.digest in content("report.json").decode()
    return [*written("kept.jsonl", "dropped.jsonl", "report.json", "aside"), done.skipped]


def filtered_updates(paths, reading):
    outputs = Outputs("kept.jsonl.gz", None, "report.json")
    filter_files(Choices(drop=ALL_RELATIONS, threshold=0.6), paths, outputs, reading, most=None)
    return written("kept.jsonl.gz", "report.json", "aside")


def marked(paths, reading):
    mark_files(Choices(), paths, Outputs("marked.jsonl", None, "r.json"), reading, name="dedup")
    return written("marked.jsonl", "r.json", "aside")


def paired(paths, reading):
    write_pairs(PairChoices(overlap=True, passages=True), paths, "pairs.jsonl", reading)
    return written("pairs.jsonl", "aside")


def paired_paragraphs(paths, reading):
    write_pairs(PairChoices(unit="paragraph"), paths, "pairs.jsonl", reading, "against.jsonl")
    return written("pairs.jsonl", "aside")


def repeated(paths, reading):
    write_repeats(0.8, None, paths, "repeats.jsonl", reading)
    return written("repeats.jsonl", "aside")


EVERY = [filtered, filtered_updates, marked, paired, paired_paragraphs, repeated]
every = pytest.mark.parametrize("command", EVERY, ids=[command.__name__ for command in EVERY])


@pytest.fixture
def _against():
    Path("against.jsonl").write_bytes(b"\n".join(good_lines()[:40]) + b"\n")


@cache
def in_one_piece(command, lines):
    """Return what is written of one plain file of lines, read at once by one thread, in memory."""
    Path("one.jsonl").write_bytes(b"".join(line + b"\n" for line in lines()))
    reading = Reading(skip_bad="aside", workers=1, memory=10**9)
    return command(["one.jsonl"], reading)


@every
@pytest.mark.usefixtures("_against")
@settings(max_examples=10, deadline=None)
@given(
    st.sampled_from([1, 40, 3000, 10**6]),
    st.sampled_from([1, 1000, 10**6, 10**9]),
    st.integers(1, 3),
    st.sets(st.integers(1, 150), max_size=4),
    st.lists(st.sampled_from(list(PACKERS)), min_size=5, max_size=5),
    st.sampled_from([(1, 1), (10**6, 10**7)]),
    st.sampled_from(["file", "pipe", "parts"]),
)
def test_how_files_are_read_makes_no_difference(
    command, batch, memory, workers, borders, packed, block, kind
):
    expected = in_one_piece(command, all_lines)
    borders = [0, *(sorted(borders) if kind == "parts" else []), len(all_lines())]
    paths = []
    for number, (first, last) in enumerate(pairwise(borders)):
        paths.append(f"{number}.jsonl{packed[number]}")
        whole = b"".join(line + b"\n" for line in all_lines()[first:last])
        if number % 2 == 0 and last < len(all_lines()) and all_lines()[last - 1]:
            # The last line of a file gets an end before those of another one.
            whole = whole.removesuffix(b"\n")
        Path(paths[-1]).write_bytes(PACKERS[packed[number]](whole))
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(line_corpus, "BATCH", batch)
        sizes = {"least_keys": 100, "least_block": block[0], "most_block": block[1]}
        stack.enter_context(little_memory(**sizes))
        if kind == "pipe":
            stdin = io.BytesIO(b"".join(line + b"\n" for line in all_lines()))
            patch.setattr("sys.stdin", io.TextIOWrapper(stdin))
            paths = ["-"]
        reading = Reading(skip_bad="aside", workers=workers, memory=memory, folder="tmp")
        found = command(paths, reading)
    assert found == expected
    assert list(Path("tmp").iterdir()) == []
    assert open_files(Path("tmp").resolve()) == []


@every
@pytest.mark.usefixtures("_against")
def test_the_order_of_lines_and_files_makes_no_difference_to_what_is_decided(command):
    expected = in_one_piece(command, good_lines)
    for seed in range(3):
        lines = random.Random(seed).sample(good_lines(), len(good_lines()))
        borders = [0, 10, 11, 90, len(lines)]
        paths = [f"{number}.jsonl" for number in range(4)]
        for path, (first, last) in zip(paths, pairwise(borders), strict=True):
            Path(path).write_bytes(b"".join(line + b"\n" for line in lines[first:last]))
        found = command(paths[::-1], Reading(skip_bad="aside"))
        for one, other in zip(expected, found, strict=True):
            if isinstance(one, bytes) and one.startswith(b'{"format"'):
                assert other == one
            elif command in (filtered, filtered_updates, marked) and isinstance(one, bytes):
                assert Counter(other.split(b"\n")) == Counter(one.split(b"\n"))
            else:
                assert other == one


def documents():
    fields = DocumentFormat(Fields())
    return [fields.document(line) for line in good_lines()]


def test_files_give_what_the_library_gives():
    lines = [line + b"\n" for line in good_lines()]
    kept, dropped, report, *_ = in_one_piece(filtered, good_lines)
    expected = deduplicate(documents())
    assert report == report_content(expected)
    gone = {decision.id for decision in expected.dropped}
    stays = [document.id not in gone for document in documents()]
    assert kept == b"".join(line for line, stay in zip(lines, stays, strict=True) if stay)
    assert dropped == b"".join(line for line, stay in zip(lines, stays, strict=True) if not stay)
    found = [json.loads(line) for line in in_one_piece(paired, good_lines)[0].splitlines()]
    every_pair = pairs(documents(), overlap=True, passages=True)
    assert found == [json.loads(json.dumps(pair.to_dict())) for pair in every_pair]
    found = [json.loads(line) for line in in_one_piece(repeated, good_lines)[0].splitlines()]
    assert found == [json.loads(json.dumps(p.to_dict())) for p in repeated_paragraphs(documents())]


def test_records_and_texts_are_decided_alike():
    given_documents = [d for d in documents() if isinstance(d.id, str) and d.id.isalnum()]
    Path("press").mkdir()
    for document in given_documents:
        Path(f"press/{document.id}.txt").write_bytes(document.text.encode() + b"\n")
    expected = deduplicate(Document(f"press/{d.id}.txt", d.text) for d in given_documents)
    with pytest.MonkeyPatch.context() as patch, little_memory(least_keys=100):
        patch.setattr(text_corpus, "TEXTS", 7)
        outputs = Outputs("kept/", "dropped/", "report.json")
        done = filter_files(Choices(), ["press"], outputs, Reading(folder="tmp"), most=None)
    assert content("report.json") == report_content(expected)
    assert done.report.kept == expected.kept
    names = sorted(f"press/{path.name}" for path in Path("kept").iterdir())
    assert names == sorted(expected.kept)
    assert len(list(Path("dropped").iterdir())) == len(expected.dropped)
