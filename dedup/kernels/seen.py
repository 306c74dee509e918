"""A table of the ids seen so far, to tell at its first reading what was read before.

Open addressing, 12 bytes a slot: tens of millions of ids fit where a dictionary of strings does
not. Ids are known by their 64-bit hashes alone; whoever finds two alike compares the ids.
tests/naive_strings.py is the readable twin.
"""

import numpy as np

from dedup.kernels import inline, kernel
from dedup.kernels.mix import HALF, finish


@inline
def find_slot(key, slot_hashes, slot_rows):
    """Return the slot that holds a hash, or the empty one where it belongs."""
    last = slot_rows.size - 1
    # Both halves go into the product, and its high half into the slot: hashes may be ids counted
    # from 0, or differ in their highest bits only.
    slot = np.int64(finish(key ^ (key >> HALF)) & np.uint64(last))
    while slot_rows[slot] >= 0 and slot_hashes[slot] != key:
        slot = (slot + 1) & last
    return slot


@kernel("int32[::1](uint64[::1], int64, uint64[::1], int32[::1])")
def insert(hashes, first_row, slot_hashes, slot_rows):
    """Return for each hash the row under which it was inserted before, in this batch too, or -1.

    Then it is inserted, the k-th one under ``first_row + k``. hashes uint64[n]; the table is
    slot_hashes uint64[s] and slot_rows int32[s], s a power of two and -1 where a slot is empty.
    The caller keeps it at most half full, which is what makes this O(n).
    """
    earlier = np.full(hashes.size, -1, np.int32)
    for k in range(hashes.size):
        slot = find_slot(hashes[k], slot_hashes, slot_rows)
        if slot_rows[slot] >= 0:
            earlier[k] = slot_rows[slot]
        else:
            slot_hashes[slot] = hashes[k]
            slot_rows[slot] = first_row + k
    return earlier


@kernel("void(uint64[::1], int32[::1], uint64[::1], int32[::1])")
def regrow(slot_hashes, slot_rows, new_hashes, new_rows):
    """Insert what a table holds, under the same rows, into a larger, empty one. O(slots)."""
    for slot in range(slot_rows.size):
        if slot_rows[slot] >= 0:
            target = find_slot(slot_hashes[slot], new_hashes, new_rows)
            new_hashes[target] = slot_hashes[slot]
            new_rows[target] = slot_rows[slot]
