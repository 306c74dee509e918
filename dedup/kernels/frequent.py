"""Frequent codes: what runs tell of those that ``MOST`` texts have, remembered for the next time.

tests/naive_index.py is the readable twin. Each code has one slot, its lowest bits: codes are drawn
anew for each file, so nobody knows which of them meet. The last one that comes has the slot.
"""

import numpy as np

from dedup.kernels import kernel
from dedup.kernels.mix import HALF
from dedup.kernels.runs import MOST

LOW = np.uint64(0xFFFFFFFF)


@kernel(
    "Tuple((int64[::1], int32[::1], boolean[::1]))(uint32[::1], boolean[::1], uint32[::1],"
    " int32[:, ::1])"
)
def recall(codes, is_sought, known, rows):
    """Return what is remembered of codes that are sought, and which must be sought still. O(m).

    codes uint32[m] and is_sought bool[m]; known uint32[2**k], the code of each slot, and rows
    int32[2**k, MOST], those of it, the newest first, -1 where there are none. Returns offsets
    int64[m + 1], rows int32[r] and bool[m].
    """
    offsets, left = np.zeros(codes.size + 1, np.int64), is_sought.copy()
    last, n = known.size - 1, 0
    for i in range(codes.size):
        slot = np.int64(codes[i]) & last
        if is_sought[i] and rows[slot, 0] >= 0 and known[slot] == codes[i]:
            left[i] = False
            n += MOST
        offsets[i + 1] = n
    found = np.empty(n, np.int32)
    for i in range(codes.size):
        if offsets[i + 1] > offsets[i]:
            slot = np.int64(codes[i]) & last
            for k in range(MOST):
                found[offsets[i] + k] = rows[slot, k]
    return offsets, found, left


@kernel("void(uint32[::1], int64[::1], int32[::1], uint32[::1], int32[:, ::1])")
def remember(codes, offsets, found, known, rows):
    """Remember what runs tell of codes, of those that ``MOST`` texts have. O(m).

    codes uint32[m]; offsets int64[m + 1] and found int32[r] as ``runs.gather`` returns them; known
    and rows as for ``recall``, which are changed.
    """
    for i in range(codes.size):
        if offsets[i + 1] - offsets[i] == MOST:
            slot = np.int64(codes[i]) & (known.size - 1)
            known[slot] = codes[i]
            for k in range(MOST):
                rows[slot, k] = found[offsets[i] + k]


@kernel("void(uint32[::1], int32[:, ::1], uint64[::1], int64)")
def renew(known, rows, entries, base):
    """Put what a new run tells before what older ones do. O(s log n) for s slots.

    known and rows as for ``recall``, which are changed; entries uint64[n], those of the run,
    sorted: the code in the upper half, the row less ``base`` in the lower one.
    """
    newer = np.empty(MOST, np.int32)
    for slot in range(known.size):
        if rows[slot, 0] < 0:
            continue
        least = np.uint64(known[slot]) << HALF
        begin = np.searchsorted(entries, least)
        end = np.searchsorted(entries, least | LOW, side="right")
        n = min(end - begin, MOST)
        for k in range(n):
            newer[k] = base + np.int64(entries[end - 1 - k] & LOW)
        for k in range(MOST - 1, n - 1, -1):
            rows[slot, k] = rows[slot, k - n]
        for k in range(n):
            rows[slot, k] = newer[k]
