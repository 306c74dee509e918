"""A collection at a glance: the keys, the length and the identity of each text, and preference."""

from collections.abc import Sequence
from concurrent.futures import Executor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.documents import Collection, id_order
from dedup.fold import identity
from dedup.kernels.grams import SALT, weigh_texts
from dedup.passages import Keys, Recipe
from dedup.shingle import encode, hash_words, join_offsets

BATCH = 1000


class Sketches(NamedTuple):
    """What is kept of n texts at the first reading.

    ``keys`` : their keys; ``weights`` : int64[n, 2], half words, and those that are not told again
    in the same text; ``identities`` : uint64[n, 2], equal for texts of the same words
    """

    keys: Keys
    weights: NDArray[np.int64]
    identities: NDArray[np.uint64]


def sketch(texts: Sequence[str], recipe: Recipe, executor: Executor) -> Sketches:
    """Sketch texts, a batch a thread at a time."""
    starts = range(0, max(len(texts), 1), BATCH)
    parts = list(executor.map(lambda at: _sketch(texts[at : at + BATCH], recipe), starts))
    return Sketches(
        Keys(
            np.concatenate([part.keys.keys for part in parts]),
            join_offsets([part.keys.offsets for part in parts]),
        ),
        np.concatenate([part.weights for part in parts]),
        np.concatenate([part.identities for part in parts]),
    )


def _sketch(texts: Sequence[str], recipe: Recipe) -> Sketches:
    words = hash_words(encode(texts))
    bounds = words.token_offsets.tolist()
    identities = [identity(words.tokens[first:last]) for first, last in pairwise(bounds)]
    return Sketches(
        recipe.of_words(words),
        weigh_texts(words.tokens, words.token_offsets, SALT),
        np.frombuffer(b"".join(identities), np.uint64).reshape(-1, 2),
    )


def by_preference(collection: Collection, weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the documents from the most to the least preferred, int64[n].

    Most words outside inner repeats, so that a doubled scrape never wins over its clean original;
    then fewest words; then earliest; then the smallest id. A total order of content and id, never
    of position.
    """
    ids = [id_order(document.id) for document in collection.documents]
    places = np.empty(len(ids), np.int64)
    places[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    hours = np.nan_to_num(collection.hours, nan=np.inf)
    return np.lexsort((places, hours, weights[:, 0], -weights[:, 1]))


def take(keys: Keys, texts: NDArray[np.int64]) -> Keys:
    """Return the keys of some texts, in their order."""
    sizes = np.diff(keys.offsets)[texts]
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    places = np.arange(offsets[-1]) + np.repeat(keys.offsets[texts] - offsets[:-1], sizes)
    return Keys(keys.keys[places], offsets)
