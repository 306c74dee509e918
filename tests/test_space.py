"""What is said of the room that a pass takes is near what it takes."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from little_memory import little_memory, little_resources
from newsroom import news

from dedup import defaults, spill
from dedup.choices import Choices
from dedup.corpus import decide
from dedup.corpus_files import Reading
from dedup.decision_files import NOTHING, filter_files
from dedup.documents import Documents
from dedup.errors import DedupError
from dedup.resources import resources
from dedup.space import check_space, space_needed

SIZES = st.integers(0, 10**13)


def needed(size, memory):
    with resources(1, memory) as own:
        return space_needed(size, own)


@given(SIZES, SIZES, st.integers(1, 10**12), st.integers(1, 10**12))
def test_more_text_needs_more_room_and_more_memory_needs_less(one, other, memory, less):
    smaller, larger = sorted((one, other))
    assert 0 <= needed(smaller, memory) <= needed(larger, memory) <= larger
    low, high = sorted((memory, less))
    assert needed(one, high) <= needed(one, low)


def test_what_fits_into_memory_needs_no_room():
    assert needed(defaults.LEAST_MEMORY // 10, 1) == 0
    assert needed(10**9, 10**10) == 0
    assert needed(10**12, 10**9) > 4 * 10**11


def free(monkeypatch, n_bytes):
    """Let every folder have so much room; return those that are asked about."""
    asked = []

    def usage(folder):
        asked.append(folder)
        return shutil._ntuple_diskusage(10**12, 10**12 - n_bytes, n_bytes)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    return asked


def test_too_little_room_is_an_error_that_says_what_to_do(monkeypatch):
    asked = free(monkeypatch, 10**9)
    with resources(1, 10**9, "somewhere") as own, pytest.raises(DedupError) as caught:
        check_space(10**11, own)
    assert str(caught.value) == (
        "somewhere: about 50 GB must be free for what does not fit into memory, got 1 GB; "
        "use --temp DIR or --memory SIZE"
    )
    with resources(1, 10**9) as own, pytest.raises(DedupError):
        check_space(10**11, own)
    assert asked == ["somewhere", tempfile.gettempdir()]


def test_just_enough_room_is_enough(monkeypatch):
    with resources(1, 10**9) as own:
        exactly = space_needed(10**11, own)
        free(monkeypatch, exactly)
        check_space(10**11, own)
        free(monkeypatch, exactly - 1)
        with pytest.raises(DedupError):
            check_space(10**11, own)


class Largest:
    """Keeps how many bytes stood in temporary files at most, all of them together."""

    def __init__(self, patch):
        self.files, self.bytes = [], 0
        self._write = spill.Spill._write
        own = self

        def write(each):
            own._write(each)
            own.files.append(each._file)
            open_ones = {id(file): file for file in own.files if not file.closed}
            sizes = [Path(f"/proc/self/fd/{f.fileno()}").stat().st_size for f in open_ones.values()]
            own.bytes = max(own.bytes, sum(sizes))

        patch.setattr(spill.Spill, "_write", write)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system names no open files")
@pytest.mark.parametrize("share", [1, 10])
def test_a_pass_takes_about_as_much_as_is_said(share, monkeypatch):
    documents = news(1000)[0]
    size = sum(len(document.text.encode()) for document in documents)
    largest = Largest(monkeypatch)
    with little_resources(least_keys=10**6, least_block=10**6, most_block=10**6) as own:
        own = own._replace(memory=1 + size // share // 10)
        said = space_needed(size, own)
        decide([Documents(documents)], Choices(), own)
    # Half of these have a copy: nearly all of the texts are compared.
    assert said / 2 < largest.bytes < 2 * said


def test_files_are_asked_about_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts = [{"id": d.id, "text": d.text} for d in news(100)[0]]
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    Path("a.jsonl").write_text(lines + "no JSON\n", encoding="utf-8")
    asked = free(monkeypatch, 1000)
    with little_memory(), pytest.raises(DedupError, match=r"^here: about .* must be free"):
        filter_files(Choices(), ["a.jsonl"], NOTHING, Reading(memory=1, folder="here"), most=None)
    assert asked == ["here"]
