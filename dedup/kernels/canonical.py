"""Whether a text stands in canonical form already, by its bytes alone."""

import numpy as np

from dedup.kernels import inline, kernel

SPACE, NEWLINE = 0x20, 0x0A


@inline
def has_canonical_spaces(data):
    """Tell whether the ASCII spaces of a text are canonical: single ones, and pairs of newlines.

    Control characters, spaces beside spaces or newlines or at either end, and newlines that are
    not in pairs make it false. What other characters do is for the fold table to say.
    """
    n = data.size
    if n == 0:
        return True
    edge = min(data[0], data[n - 1]) <= SPACE
    control, bare = False, False
    # Whole passes without branches: they vectorize.
    for i in range(n):
        control |= (data[i] < SPACE) & (data[i] != NEWLINE) | (data[i] == 0x7F)
    for i in range(n - 1):
        bare |= (data[i] == SPACE) & (data[i + 1] <= SPACE)
        bare |= (data[i] == NEWLINE) & (data[i + 1] == SPACE)
    if edge or control or bare:
        return False
    i = 0
    while i < n:
        if data[i] == NEWLINE:  # one more follows, and then, for the text does not end here, text
            if data[i + 1] != NEWLINE or data[i + 2] == NEWLINE:
                return False
            i += 2
        i += 1
    return True


@kernel("uint8[::1](Array(uint8, 1, 'C', readonly=True), int64[::1])")
def canonical_spaces(data, offsets):
    """Return uint8[n], 1 for each text of a batch whose ASCII spaces are canonical."""
    n = offsets.size - 1
    verdicts = np.empty(n, np.uint8)
    for k in range(n):
        verdicts[k] = has_canonical_spaces(data[offsets[k] : offsets[k + 1]])
    return verdicts
