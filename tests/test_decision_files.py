"""Files in, the texts that stay out: byte for byte, in their order, all files or none."""

import gzip
import io
import json
import os
import sys
import time
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from little_memory import little_memory
from newsroom import STORY, stories

from dedup import DedupError, RecordError, decision_files, line_corpus
from dedup.choices import Choices
from dedup.corpus_files import Reading
from dedup.decision_files import NOTHING, Outputs, filter_files, mark_files
from dedup.document_files import Fields
from dedup.errors import LossError
from dedup.streams import open_file

BREAD = "Bread is dearer in Velde since the mill stands still."
LINES = [
    b' {"id" : 1, "text":"%s", "x": 1.0e5}\r\n' % STORY.encode(),
    b'{"id":"b","text":"%s"}\n' % BREAD.encode(),
    b"\n",
    b'{"id":3,"z":"\xff","text":"%s"}\n' % STORY.upper().encode(),
    b" \t \n",
    b'{"id":"d","text":""}\n',
    b'{"text":"Caf\\u00e9 in Mira.","id":"\\ud800","n":NaN}',
]
STAY, GO = b"".join(LINES[:3] + LINES[4:]), LINES[3]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def names():
    return sorted(str(path) for path in Path().rglob("*") if path.is_file())


def content(path):
    with open_file(path) as (_, stream):
        return stream.read()


def write(path, lines):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(b"".join(lines))


def filtered(
    paths, kept="kept.jsonl", dropped=None, report=None, *, most=1.0, aside=None, **chosen
):
    outputs, reading = Outputs(kept, dropped, report), Reading(skip_bad=aside)
    return filter_files(Choices(**chosen), paths, outputs, reading, most=most)


def marked(paths, output="marked.jsonl", name="dedup", report=None, aside=None, **chosen):
    outputs, reading = Outputs(output, None, report), Reading(skip_bad=aside)
    return mark_files(Choices(**chosen), paths, outputs, reading, name=name)


# What stays


def test_lines_stay_or_go_byte_for_byte():
    write("a.jsonl", LINES)
    done = filtered(["a.jsonl"], dropped="dropped.jsonl", report="r.json")
    assert (content("kept.jsonl"), content("dropped.jsonl")) == (STAY, GO)
    assert (done.kind, done.skipped, done.report.read) == ("record", 0, 5)
    assert json.loads(content("r.json")) == json.loads(json.dumps(done.report.to_dict()))
    assert names() == ["a.jsonl", "dropped.jsonl", "kept.jsonl", "r.json"]


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize("out", ["", ".gz", ".zst"])
def test_the_suffix_says_how_a_file_is_packed(packed, out):
    packers = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}
    write(f"a.jsonl{packed}", [packers[packed](b"".join(LINES))])
    filtered([f"a.jsonl{packed}"], f"kept.jsonl{out}", f"dropped.jsonl{out}", f"r.json{out}")
    assert (content(f"kept.jsonl{out}"), content(f"dropped.jsonl{out}")) == (STAY, GO)
    assert json.loads(content(f"r.json{out}"))["kept"] == 4


def test_several_files_become_one():
    write("a.jsonl", [*LINES[:1], LINES[1].rstrip()])
    write("b.jsonl", LINES[2:])
    filtered(["a.jsonl", "b.jsonl"], dropped="dropped.jsonl")
    assert (content("kept.jsonl"), content("dropped.jsonl")) == (STAY, GO)


def test_several_files_keep_their_names_in_a_folder():
    write("a.jsonl", LINES[:2])
    write("in/b.jsonl.gz", [gzip.compress(b"".join(LINES[2:]))])
    filtered(["a.jsonl", "in/b.jsonl.gz"], "kept/", "dropped/")
    assert content("kept/a.jsonl") + content("kept/b.jsonl.gz") == STAY
    assert (content("dropped/a.jsonl"), content("dropped/b.jsonl.gz")) == (b"", GO)


def test_the_input_may_be_the_output():
    write("a.jsonl", LINES)
    filtered(["a.jsonl"], "a.jsonl", "dropped.jsonl")
    assert (content("a.jsonl"), content("dropped.jsonl")) == (STAY, GO)
    filtered(["a.jsonl"], "./", "dropped.jsonl")
    assert (content("a.jsonl"), content("dropped.jsonl")) == (STAY, b"")


def test_a_byte_order_mark_is_dropped():
    write("a.jsonl", [b"\xef\xbb\xbf", *LINES])
    filtered(["a.jsonl"])
    assert content("kept.jsonl") == STAY


def test_standard_input_is_read_twice(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"".join(LINES))))
    filtered(["-"], dropped="dropped.jsonl")
    assert (content("kept.jsonl"), content("dropped.jsonl")) == (STAY, GO)


def test_standard_input_that_holds_nothing_holds_no_records(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    done = filtered(["-"])
    assert (content("kept.jsonl"), done.kind, done.report.read) == (b"", "record", 0)


def test_choices_are_those_of_the_library():
    write("a.jsonl", LINES)
    for drop in [(), ("copy", "excerpt")]:
        assert filtered(["a.jsonl"], drop=drop).report.dropped == ()
        assert content("kept.jsonl") == b"".join(LINES)
    with pytest.raises(ValueError, match="drop must hold some of"):
        filtered(["a.jsonl"], drop=("overlap",))


def test_fields_have_the_names_that_they_are_given():
    write("a.jsonl", [b'{"n":%d,"body":"%s"}\n' % (n, STORY.encode()) for n in range(2)])
    reading = Reading(Fields(text="body", id="n"))
    done = filter_files(Choices(), ["a.jsonl"], Outputs("k.jsonl"), reading, most=0.6)
    assert done.report.kept == (0,)
    assert content("k.jsonl") == content("a.jsonl").splitlines(keepends=True)[0]


def test_nothing_is_written_where_nothing_is_asked_for():
    write("a.jsonl", [*LINES, b"\nno JSON"])
    reading = Reading(skip_bad="aside")
    done = filter_files(Choices(), ["a.jsonl"], NOTHING, reading, most=None)
    assert (len(done.report.dropped), done.skipped, names()) == (1, 1, ["a.jsonl"])


# Texts


def test_texts_are_parted_into_folders():
    write("press/a.txt", [STORY.encode(), b"\r\n\n"])
    write("press/2026/b.txt.gz", [gzip.compress(STORY.encode() + b"\n")])
    write("press/c.txt", [b""])
    filtered(["press"], "kept", "dropped/")
    assert names() == [
        *["dropped/a.txt", "kept/2026/b.txt.gz", "kept/c.txt"],
        *["press/2026/b.txt.gz", "press/a.txt", "press/c.txt"],
    ]
    assert content("dropped/a.txt") == STORY.encode() + b"\r\n\n"
    assert content("kept/2026/b.txt.gz") == STORY.encode() + b"\n"


def test_texts_become_records():
    write("press/a.txt", [STORY.encode(), b"\n"])
    write("press/b.txt", [STORY.encode()])
    write("press/c.txt", [b"Caf\xc3\xa9\n\n"])
    filtered(["press"], "kept.jsonl", "dropped.jsonl.gz")
    assert [json.loads(line) for line in content("kept.jsonl").splitlines()] == [
        {"id": "press/a.txt", "text": STORY},
        {"id": "press/c.txt", "text": "Café\n"},
    ]
    (gone,) = content("dropped.jsonl.gz").splitlines()
    assert json.loads(gone) == {"id": "press/b.txt", "text": STORY}


@pytest.mark.parametrize(
    ("kept", "dropped", "named"),
    [
        ("press", None, "press/b.txt"),
        ("old", None, "old/b.txt"),
        ("kept/", "old", "old/a.txt"),
    ],
    ids=["in place", "of an earlier run", "the other folder"],
)
def test_a_folder_that_would_seem_to_hold_other_texts_is_refused(kept, dropped, named):
    for path in ["press/a.txt", "press/b.txt", "old/a.txt", "old/b.txt"]:
        write(path, [STORY.encode()])
    before = names()
    with pytest.raises(DedupError, match=f"^{named}: is one of the texts that do not go there"):
        filtered(["press"], kept, dropped)
    assert names() == before


# All or nothing


def test_too_much_is_not_written():
    texts = [STORY, BREAD, STORY, STORY, STORY]
    write("a.jsonl", [b'{"id":%d,"text":"%s"}\n' % (n, t.encode()) for n, t in enumerate(texts)])
    write("kept.jsonl", [b"of an earlier run"])
    with pytest.raises(LossError, match="at most 50% of the texts may go, got 3 of 5") as caught:
        filtered(["a.jsonl"], "kept.jsonl", "d.jsonl", "r.json", most=0.5, aside="aside")
    assert [len(story.members) for story in caught.value.stories] == [4]
    assert names() == ["a.jsonl", "kept.jsonl"]
    assert content("kept.jsonl") == b"of an earlier run"
    done = filtered(["a.jsonl"], "kept.jsonl", "d.jsonl", "r.json", most=0.6, aside="aside")
    assert len(done.report.dropped) == 3
    assert names() == ["a.jsonl", "aside", "d.jsonl", "kept.jsonl", "r.json"]


@pytest.mark.parametrize("full", ["kept", "dropped", "report", "aside"])
def test_a_full_disk_leaves_all_files_as_they_were(full):
    write("a.jsonl", [*LINES, b"\nno JSON\n"])
    before = content("a.jsonl")
    outputs = {"kept": "a.jsonl", "dropped": "d.jsonl", "report": "r.json", "aside": "aside"}
    with pytest.raises(OSError, match="No space") as caught:
        filtered(["a.jsonl"], **outputs | {full: "/dev/full"})
    assert caught.value.filename == "/dev/full"
    assert names() == ["a.jsonl"]
    assert content("a.jsonl") == before


@pytest.mark.parametrize("command", [filtered, marked])
def test_a_file_that_changes_meanwhile_is_an_error_and_nothing_is_written(command, monkeypatch):
    write("a.jsonl", LINES)

    decide = decision_files.decide

    def changing(*given):
        decided = decide(*given)
        write("a.jsonl", [*LINES, b"\n"])
        later = time.time_ns() + 5_000_000_000
        os.utime("a.jsonl", ns=(later, later))
        return decided

    monkeypatch.setattr(decision_files, "decide", changing)
    with pytest.raises(RecordError, match=r"^a\.jsonl: must not change while it is read"):
        command(["a.jsonl"], report="r.json")
    assert names() == ["a.jsonl"]


@pytest.mark.parametrize(
    ("outputs", "problem"),
    [
        ({"dropped": "a.jsonl"}, "a.jsonl: dropped texts need a file of their own"),
        ({"report": "a.jsonl"}, "a.jsonl: reports need a file of their own"),
        ({"report": "kept.jsonl"}, "kept.jsonl: reports need a file of their own"),
        ({"dropped": "d", "report": "d"}, "d: reports need a file of their own"),
        ({"dropped": "d", "aside": "d"}, "d: bad lines need a file of their own"),
        (
            {"kept": "out/", "dropped": "out/"},
            "out/a.jsonl: dropped texts need a file of their own",
        ),
        (
            {"kept": "out/", "report": "out/a.jsonl"},
            "out/a.jsonl: reports need a file of their own",
        ),
        ({"kept": "-", "dropped": "-"}, "-: dropped texts need a file of their own"),
        ({"dropped": "d.txt"}, "d.txt: records need an output of JSON lines, got a .txt name"),
    ],
)
def test_files_that_cannot_go_together_are_refused(outputs, problem):
    write("a.jsonl", LINES)
    with pytest.raises(DedupError) as caught:
        filtered(["a.jsonl"], **outputs)
    assert str(caught.value) == problem
    assert names() == ["a.jsonl"]


@pytest.mark.parametrize(
    ("output", "path"),
    [
        *[(output, "missing/out.jsonl") for output in ["kept", "dropped", "report", "aside"]],
        *[(output, "folder.jsonl") for output in ["report", "aside"]],
    ],
)
def test_a_file_that_cannot_be_written_is_an_error_before_anything_is_read(output, path):
    write("a.jsonl", [b"no JSON"])
    Path("folder.jsonl").mkdir()
    with pytest.raises(OSError, match=r"No such file|directory") as caught:
        filtered(["a.jsonl"], **{output: path})
    assert caught.value.filename == path


# Bad lines

BAD = [
    b"no JSON\n",
    b"[]\r\n",
    b'{"id":1.5,"text":"a"}\n',
    b'{"id":"x"}\n',
    b'{"id":"x","text":null}\n',
    b'{"id":"x","text":"\xff"}\n',
    b'{"id":null,"text":"a"}\n',
    b'{"id":"x","text":"a","published":"soon"}\n',
    b'{"id":"x","text":"a","source":7}\n',
    b'{"id":"x","text":"a"\n',
    b'{"id":"x","text":"a"} {}\n',
    b"\x00\n",
    b'{"id":' + b"9" * 5000 + b',"text":"a"}\n',
    b'{"id":"x","text":' + b"[" * 100_000 + b"}\n",
]


@pytest.mark.parametrize("bad", BAD, ids=lambda line: line[:40].decode("latin-1").strip())
def test_a_bad_line_is_an_error_that_names_it(bad):
    write("a.jsonl", [*LINES[:3], bad, *LINES[3:]])
    for command in [filtered, marked]:
        with pytest.raises(RecordError, match=r"^a\.jsonl:4: ") as caught:
            command(["a.jsonl"])
        assert caught.value.line == 4
    assert names() == ["a.jsonl"]


def test_bad_lines_are_set_aside_as_they_are():
    again = b'{"id":1,"text":"An id that another has."}\n'
    lines = [*LINES[:2], BAD[0], *LINES[2:6], *BAD[1:], again, LINES[6]]
    write("a.jsonl", lines)
    done = filtered(["a.jsonl"], dropped="dropped.jsonl", aside="aside.jsonl")
    assert (content("kept.jsonl"), content("dropped.jsonl")) == (STAY, GO)
    assert content("aside.jsonl") == b"".join([*BAD, again])
    assert done.skipped == len(BAD) + 1
    marked(["a.jsonl"], aside="aside.jsonl")
    assert content("marked.jsonl").count(b'"dedup":{') == 5
    assert content("aside.jsonl") == b"".join([*BAD, again])


def test_a_cut_file_is_an_error():
    write("a.jsonl.gz", [gzip.compress(b"".join(LINES))[:-9]])
    with pytest.raises(RecordError, match="must be whole"):
        filtered(["a.jsonl.gz"])
    assert names() == ["a.jsonl.gz"]


GOOD = st.builds(
    lambda own, text, form: (own, form % (own, json.dumps(text).encode())),
    st.integers(0, 40),
    st.sampled_from([STORY, STORY.upper(), BREAD, "", "Café in Mira. \ud800", *stories(2)]),
    st.sampled_from([b'{"id":%d,"text":%s}\n', b'{"id" : %d , "y":"\xff","text": %s }\r\n']),
)
OTHER = st.sampled_from([*BAD[:8], b"\n", b"  \r\n", b"\x0b\n"]).map(lambda line: (None, line))


def some_lines(path):
    """Return the lines of a file that are not blank, without their ends."""
    return [line.rstrip(b"\r") for line in content(path).split(b"\n") if line.strip()]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(GOOD | OTHER), min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from([1, 30, 400, 10**6]),
)
def test_every_line_stands_in_one_output_in_its_order(files, ended, batch):
    paths = [f"{number}.jsonl" for number in range(len(files))]
    for path, lines in zip(paths, files, strict=True):
        whole = b"".join(line for _, line in lines)
        write(path, [whole if ended else whole.rstrip(b"\r\n")])
    with pytest.MonkeyPatch.context() as patch, little_memory():
        patch.setattr(line_corpus, "BATCH", batch)
        done = filtered(paths, "kept.jsonl", "dropped.jsonl", aside="aside.jsonl")
    gone = {decision.id for decision in done.report.dropped}
    expected = {"kept": [], "dropped": [], "aside": []}
    seen = set()
    for own, line in [each for lines in files for each in lines if each[1].strip()]:
        name = "dropped" if own in gone else "kept"
        expected["aside" if own is None or own in seen else name].append(line.rstrip(b"\r\n"))
        seen.add(own)
    for name, lines in expected.items():
        assert some_lines(f"{name}.jsonl") == lines
    assert [len(expected[name]) for name in ["dropped", "aside"]] == [len(gone), done.skipped]
    # And the marks say the same.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_corpus, "BATCH", batch)
        marked(paths, aside="aside.jsonl")
    told = [json.loads(line.decode(errors="replace")) for line in some_lines("marked.jsonl")]
    assert {record["id"] for record in told if record["dedup"]["keeper"] != record["id"]} == gone
    assert {record["id"] for record in told} == seen - {None}


# Marks


def test_every_record_comes_out_with_a_mark():
    write("a.jsonl", LINES)
    done = marked(["a.jsonl"], report="r.json")
    lines = content("marked.jsonl").splitlines(keepends=True)
    single = (
        b'"role":"single","keeper":%s,"coverage":1.0,"copies":1,"sources":0,"first_seen":%s,"of":%s'
    )
    mark = b'"keeper":1,"coverage":1.0,"copies":2,"sources":0,"first_seen":1,"of":1'
    marks = [b'"role":"keeper",' + mark, single.replace(b"%s", b'"b"'), None]
    marks += [b'"role":"identical",' + mark, None, single.replace(b"%s", b'"d"')]
    marks += [single.replace(b"%s", b'"\\ud800"')]
    for line, before, expected in zip(lines, LINES, marks, strict=True):
        at = before.rfind(b"}")
        if expected is None:
            assert line == before
        else:
            assert line == before[:at] + b',"dedup":{' + expected + b"}" + before[at:]
    assert json.loads(content("r.json"))["digest"] == done.report.digest


def test_a_mark_is_written_over_in_place():
    write("a.jsonl", LINES)
    marked(["a.jsonl"], "a.jsonl", drop=())
    first = content("a.jsonl")
    marked(["a.jsonl"], "./")
    assert first != content("a.jsonl")
    write("b.jsonl", LINES)
    marked(["b.jsonl"], "b.jsonl")
    assert content("a.jsonl") == content("b.jsonl")


def test_the_field_has_the_name_that_it_is_given():
    write("a.jsonl", LINES[:2])
    marked(["a.jsonl"], name='a "mark"')
    assert [list(json.loads(line))[-1] for line in content("marked.jsonl").splitlines()] == [
        'a "mark"'
    ] * 2


@pytest.mark.parametrize("name", ["id", "text", "published", "source"])
def test_a_field_that_is_read_is_not_written(name):
    write("a.jsonl", LINES)
    with pytest.raises(
        ValueError, match=f"field must be none of those that are read, got '{name}'"
    ):
        marked(["a.jsonl"], name=name)


def test_marked_texts_are_records():
    write("press/a.txt", [STORY.encode()])
    write("press/b.txt", [STORY.encode(), b"\n"])
    marked(["press"])
    told = [json.loads(line) for line in content("marked.jsonl").splitlines()]
    assert [(record["id"], record["text"], record["dedup"]["role"]) for record in told] == [
        ("press/a.txt", STORY, "keeper"),
        ("press/b.txt", STORY, "identical"),
    ]
    for output in ["out/", "out", "out.txt"]:
        with pytest.raises(DedupError, match=r"a \.jsonl file to go to"):
            marked(["press"], output)


def test_a_record_that_is_nested_too_deeply_is_named():
    problems = set()
    # Where too deep is differs by a few between the readings.
    for depth in [*range(880, 1000), 50_000]:
        deep = b"[" * depth + b"]" * depth
        write("a.jsonl", [LINES[1], b'{"id":9,"text":"a","dedup":%s}\n' % deep])
        try:
            marked(["a.jsonl"])
        except RecordError as error:
            problems.add(str(error).partition(";")[0])
    assert problems == {"a.jsonl:2: a line must be a JSON object, got one nested too deeply"}
