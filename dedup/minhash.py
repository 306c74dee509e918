"""MinHash: texts whose sets of shingles are alike share a key. The datasketch door.

Signatures are those of datasketch, number for number. An estimate made of them is never shown: what
shares a key is compared on its words.
"""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.banding import Banding, choose_banding
from dedup.fold import UNICODE_VERSION
from dedup.kernels.permute import hash_bands, sign
from dedup.kernels.words import shingles
from dedup.passages import Keys
from dedup.shingle import Words, encode, hash_words, shingle

if TYPE_CHECKING:
    import datasketch

SCHEME = "affine32"
BATCH = 200
"""Texts signed at a time: what is between texts and signatures stays in the cache."""

Signatures = NDArray[np.uint32]
"""uint32[n, num_perm], a row for each text."""


def identity(value: int) -> int:
    """Return what a shingle is given to datasketch as: it is a hash already."""
    return value


@dataclass(frozen=True)
class MinHashKeys:
    """A recipe for keys: one for each band of a signature of ``num_perm`` numbers.

    Pairs whose sets of shingles have a Jaccard index of ``threshold`` share a key with a
    probability of ``recall``, those that are more alike more often: ``.banding.probability``.
    ``bands`` and ``rows``, given by hand, take the place of those two. ``seed`` draws the
    permutations.

    Signatures are those of ``datasketch.MinHash(num_perm, seed, hashfunc=lambda h: h,
    scheme="affine32")`` after ``update_batch(recipe.shingles(text).tolist())``. A text without
    words has no key; one shorter than a shingle (5 words) meets only texts of the same words.

    Broder 1997, On the resemblance and containment of documents, section 3.
    """

    num_perm: int = defaults.MINHASH_PERMUTATIONS
    _: KW_ONLY
    threshold: float = defaults.MINHASH_THRESHOLD
    recall: float = defaults.MINHASH_RECALL
    seed: int = defaults.MINHASH_SEED
    bands: int | None = None
    rows: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a signature or bands that cannot be."""
        if self.num_perm < 1:
            raise ValueError(f"num_perm must be at least 1, got {self.num_perm}")
        if not 0 <= self.seed < 1 << 32:
            raise ValueError(f"seed must be from 0 to 4294967295, got {self.seed}")
        for name, share in (("threshold", self.threshold), ("recall", self.recall)):
            if not 0 < share <= 1:
                raise ValueError(f"{name} must be over 0 and at most 1, got {share}")
        if (self.bands is None) != (self.rows is None):
            got = f"bands={self.bands}, rows={self.rows}"
            raise ValueError(f"bands and rows must be given together, got {got}")
        if self.banding.columns > self.num_perm:
            got = f"{self.bands} * {self.rows} > {self.num_perm}"
            raise ValueError(f"bands * rows must be at most num_perm, got {got}")

    @property
    def window(self) -> int:
        """None: a key is no passage."""
        return 0

    @cached_property
    def banding(self) -> Banding:
        """The bands: given by hand, or the steepest that find enough."""
        if self.bands is not None and self.rows is not None:
            return Banding(self.bands, self.rows)
        return choose_banding(self.num_perm, self.threshold, self.recall)

    @cached_property
    def _permutations(self) -> NDArray[np.uint32]:
        """Factors, which are odd, and summands, uint32[2, num_perm]: drawn as datasketch does."""
        generator = np.random.RandomState(self.seed)
        halves = generator.randint(0, 1 << 31, self.num_perm, dtype=np.uint32)
        summands = generator.randint(0, 1 << 32, self.num_perm, dtype=np.uint32)
        return np.stack([halves * np.uint32(2) + np.uint32(1), summands])

    def shingles(self, text: str, /) -> NDArray[np.uint32]:
        """Return what is signed of a text: the low halves of its shingle hashes, sorted, distinct.

        >>> MinHashKeys().shingles("One storm closed two ports in the north.").dtype
        dtype('uint32')
        """
        return np.unique(shingle([text]).hashes.astype(np.uint32))

    def signatures(self, texts: Sequence[str], /) -> Signatures:
        """Return the signature of each text, uint32[n, num_perm]. About 4 ns a byte of English.

        In that of a text without words each number is the largest, 2**32 - 1.

        >>> signatures = MinHashKeys().signatures(["Two ferries stay in port.", ""])
        >>> signatures.shape, int(signatures[1].min())
        ((2, 128), 4294967295)
        """
        signatures = np.empty((len(texts), self.num_perm), np.uint32)
        for first in range(0, len(texts), BATCH):
            words = hash_words(encode(texts[first : first + BATCH]))
            hashes, offsets = shingles(words.tokens, words.token_offsets)
            sign(hashes, offsets, *self._permutations, signatures[first : first + BATCH])
        return signatures

    def keys(self, texts: Sequence[str], /) -> list[NDArray[np.uint64]]:
        """Return the keys of each text, sorted; none for a text without words.

        >>> recipe = MinHashKeys(bands=14, rows=8)
        >>> [len(keys) for keys in recipe.keys(["One storm closed two ports.", "", "Port"])]
        [14, 0, 14]
        """
        found = self.of_words(hash_words(encode(texts)))
        return np.split(found.keys, found.offsets[1:-1]) if len(texts) else []

    def of_words(self, words: Words) -> Keys:
        """Return the keys of texts whose words are hashed already."""
        hashes, offsets = shingles(words.tokens, words.token_offsets)
        banding = self.banding
        used = np.ascontiguousarray(self._permutations[:, : banding.columns])
        signatures = np.empty((len(offsets) - 1, banding.columns), np.uint32)
        sign(hashes, offsets, *used, signatures)
        return Keys(*hash_bands(signatures, offsets, banding.bands, banding.rows))

    def to_datasketch(self, row: NDArray[np.uint32], /) -> "datasketch.MinHash":
        """Return a signature as a ``datasketch.MinHash``, which can take more shingles."""
        import datasketch

        if np.shape(row) != (self.num_perm,):
            raise ValueError(
                f"a signature must have {self.num_perm} numbers, got shape {np.shape(row)}"
            )
        return datasketch.MinHash(
            seed=self.seed,
            hashfunc=identity,
            hashvalues=np.asarray(row),
            permutations=self._permutations,
            scheme=SCHEME,
        )

    def from_datasketch(self, minhash: "datasketch.MinHash", /) -> NDArray[np.uint32]:
        """Return the signature of a ``datasketch.MinHash`` of this recipe, uint32[num_perm].

        Raises ValueError for another scheme, seed or length. Which hash function made it nobody
        can see: it must have been given ``.shingles(text)`` to be of use here.
        """
        wanted = {"scheme": SCHEME, "seed": self.seed, "num_perm": self.num_perm}
        got = {"scheme": minhash.scheme, "seed": minhash.seed, "num_perm": len(minhash)}
        for name, value in wanted.items():
            if got[name] != value:
                raise ValueError(f"{name} must be {value!r}, got {got[name]!r}")
        return np.array(minhash.hashvalues, np.uint32)

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe by name, with the version of Unicode by which words are folded."""
        return {
            "keys": "minhash",
            "num_perm": self.num_perm,
            "seed": self.seed,
            "bands": self.banding.bands,
            "rows": self.banding.rows,
            "unicode": UNICODE_VERSION,
        }
