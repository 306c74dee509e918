"""Bands of a MinHash signature: two texts meet in an index if one band of theirs is equal."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Banding:
    """So many ``bands`` of a signature, each of so many ``rows``.

    Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.
    """

    bands: int
    rows: int

    def __post_init__(self) -> None:
        """Raise ValueError for less than one band of one row."""
        if self.bands < 1 or self.rows < 1:
            got = f"bands={self.bands}, rows={self.rows}"
            raise ValueError(f"bands and rows must be at least 1, got {got}")

    @property
    def columns(self) -> int:
        """How many numbers of a signature stand in a band."""
        return self.bands * self.rows

    def probability(self, jaccard: float, /) -> float:
        """Return how likely two texts of this Jaccard index have a band in common.

        It is 1 - (1 - jaccard ** rows) ** bands, if permutations are as good as random.

        >>> [round(Banding(14, 8).probability(jaccard), 3) for jaccard in (0.5, 0.8, 1)]
        [0.053, 0.924, 1.0]
        """
        if not 0 <= jaccard <= 1:
            raise ValueError(f"jaccard must be between 0 and 1, got {jaccard}")
        equal = float(jaccard) ** self.rows
        return 1.0 if equal == 1 else -math.expm1(self.bands * math.log1p(-equal))


def choose_banding(num_perm: int, threshold: float, recall: float) -> Banding:
    """Return the steepest bands of at most ``num_perm`` numbers that find enough pairs.

    Enough: of pairs whose Jaccard index is ``threshold`` a share of at least ``recall``. More rows
    a band find fewer pairs below the threshold, more bands find more of all: the most rows with
    which enough can be found, and of those the fewest bands that do.

    Raises ValueError where none find enough.
    """
    for rows in range(num_perm, 0, -1):
        if Banding(num_perm // rows, rows).probability(threshold) >= recall:
            bands = range(1, num_perm // rows + 1)
            enough = (Banding(n, rows) for n in bands)
            return next(b for b in enough if b.probability(threshold) >= recall)
    most = Banding(num_perm, 1).probability(threshold)
    raise ValueError(
        f"num_perm={num_perm} finds at most {most:.3f} of the pairs at threshold={threshold}, "
        f"got recall={recall}; ask for less of them, or for more permutations"
    )
