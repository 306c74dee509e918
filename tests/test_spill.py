"""Rows dealt to buckets come back as they were, however little memory there is for them."""

import errno
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import accumulate
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from little_memory import little_memory, open_files

from dedup import DedupError
from dedup.resources import resources
from dedup.spill import Spill

DTYPES = (np.uint64, np.int32, np.uint8)
MEMORIES = (0, 1, 50, 200, 10**9)
rows = st.integers(0, 2**31 - 1)
batches = st.lists(
    st.dictionaries(st.integers(0, 4), st.lists(rows, max_size=6), max_size=5), max_size=9
)


def columns_of(numbers):
    """Return rows as columns: of each number itself, its negative and its lowest byte."""
    whole = np.array(numbers, np.int64)
    return whole.astype(np.uint64), (-whole).astype(np.int32), (whole & 255).astype(np.uint8)


def added(spill, batches_to_add, by_bucket=False):
    """Add batches, {bucket: rows}, and return the rows of each bucket; take some in between."""
    expected = [[] for _ in range(len(spill.sizes))]
    for batch in batches_to_add:
        assert told(spill.take(0, 1)) == told(columns_of(expected[0]))
        for bucket, own in sorted(batch.items()):
            expected[bucket] += own
            if by_bucket:
                spill.put(bucket, *columns_of(own))
        if not by_bucket:
            own = [batch.get(bucket, []) for bucket in range(len(spill.sizes))]
            bounds = np.array(list(accumulate(map(len, own), initial=0)), np.int64)
            spill.add(bounds, *columns_of([row for part in own for row in part]))
    return expected


def told(columns):
    return [(column.dtype, column.tolist()) for column in columns]


@settings(max_examples=300)
@given(batches, st.sampled_from(MEMORIES), st.sampled_from([1, 2, 64]), st.booleans(), st.data())
def test_rows_of_buckets_come_back_in_their_order(
    tmp_path_factory, drawn, memory, merged, by_bucket, data
):
    folder = tmp_path_factory.getbasetemp()
    before = sorted(folder.iterdir())
    first = data.draw(st.integers(0, 5))
    last = data.draw(st.integers(first, 5))
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(Spill(5, DTYPES, memory, str(folder))) as spill,
    ):
        patch.setattr("dedup.spill.MERGED", merged)
        expected = added(spill, drawn, by_bucket)
        assert spill.sizes.tolist() == list(map(len, expected))
        # Those of several buckets come in some order, and rows stay whole.
        found = list(zip(*map(list, spill.take(first, last)), strict=True))
        own = columns_of([row for part in expected[first:last] for row in part])
        assert sorted(found) == sorted(zip(*map(list, own), strict=True))
        for bucket in range(5):
            assert told(spill.take(bucket, bucket + 1)) == told(columns_of(expected[bucket]))
        assert sorted(folder.iterdir()) == before


def test_what_fits_in_memory_needs_no_folder():
    spill = Spill(3, DTYPES, 1000, "/nowhere/at/all")
    expected = added(spill, [{0: [1, 2], 2: [3]}, {2: [4]}])
    assert told(spill.take(0, 3)) == told(columns_of([1, 2, 3, 4]))
    assert [told(spill.take(b, b + 1)) for b in range(3)] == [told(columns_of(e)) for e in expected]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are not told here")
def test_no_more_than_the_memory_is_held(tmp_path):
    with closing(Spill(2, [np.uint64, np.int32], 1000, str(tmp_path))) as spill:
        for n in (40, 43):
            assert open_files(tmp_path) == []
            spill.put(1, np.arange(n, dtype=np.uint64), np.arange(n, dtype=np.int32))
        assert open_files(tmp_path) == []
        spill.put(0, np.arange(1, dtype=np.uint64), np.arange(1, dtype=np.int32))
        assert open_files(tmp_path) == [84 * 12]
        spill.put(0, np.arange(83, dtype=np.uint64), np.arange(83, dtype=np.int32))
        assert open_files(tmp_path) == [84 * 12]


def test_a_folder_that_is_none_is_an_error_that_names_it(tmp_path):
    folder = tmp_path / "none"
    spill = Spill(3, DTYPES, 0, str(folder))
    with pytest.raises(OSError, match=re.escape(f"temporary file in {folder}")) as caught:
        added(spill, [{0: [1]}])
    assert caught.value.errno == errno.ENOENT
    assert not isinstance(caught.value, DedupError)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk here")
@pytest.mark.parametrize("n", [5, 50_000])
def test_a_full_disk_is_an_error_that_names_the_folder(n, tmp_path, monkeypatch):
    # What is written to this file goes to a disk that is always full.
    monkeypatch.setattr("tempfile.TemporaryFile", lambda dir: open("/dev/full", "r+b"))  # noqa: SIM115, PTH123
    message = re.escape(f"temporary file in {tmp_path}")
    with (
        pytest.raises(OSError, match=message) as caught,
        little_memory(),
        resources(1, memory=1, folder=str(tmp_path)) as own,
    ):
        added(own.spill(3, *DTYPES, share=0.3), [{0: [1], 2: list(range(n))}])
    assert caught.value.errno == errno.ENOSPC


def test_threads_may_take_at_once(tmp_path):
    spill = Spill(40, DTYPES, 3000, str(tmp_path))
    random = Random(1)
    batches_drawn = [
        {random.randrange(40): random.choices(range(10**9), k=random.randrange(99)) for _ in "abcd"}
        for _ in range(60)
    ]
    expected = added(spill, batches_drawn)
    asked = random.choices(range(40), k=2000)
    with ThreadPoolExecutor(4) as executor:
        found = list(executor.map(lambda bucket: spill.take(bucket, bucket + 1), asked))
    assert list(map(told, found)) == [told(columns_of(expected[bucket])) for bucket in asked]
    spill.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are not told here")
def test_nothing_is_left_of_the_file_when_it_is_closed(tmp_path):
    spill = Spill(3, DTYPES, 0, str(tmp_path))
    added(spill, [{0: [1], 1: [2]}])
    assert (len(open_files(tmp_path)), list(tmp_path.iterdir())) == (1, [])
    spill.close()
    spill.close()
    assert open_files(tmp_path) == []
