"""A text at a glance: its keys, its length and its identity; and which text is preferred."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.documents import Collection
from dedup.fold import identity
from dedup.kernels.grams import SALT, weigh_texts
from dedup.kernels.sort import order_by
from dedup.passages import Keys, Recipe
from dedup.shingle import Encoded, hash_words, join_offsets
from dedup.spill import Spill


class Sketch(NamedTuple):
    """What is seen of a batch of n texts.

    ``keys`` : their keys; ``weights`` : int64[n, 2], half words, and those that are not told again
    in the same text; ``identities`` : uint64[n, 2], equal for texts of the same words
    """

    keys: Keys
    weights: NDArray[np.int64]
    identities: NDArray[np.uint64]


class Sketches(NamedTuple):
    """What is kept of all n texts: see ``Sketch``.

    ``keys`` : all keys, and the texts that they are of, in buckets by their lowest bits;
    ``n_keys`` : int64[n], how many each text has
    """

    keys: Spill
    n_keys: NDArray[np.int64]
    weights: NDArray[np.int64]
    identities: NDArray[np.uint64]


def sketch(texts: Encoded, recipe: Recipe) -> Sketch:
    """Sketch a batch of texts."""
    parts = [_sketch(texts.part(*some), recipe) for some in texts.batches()]
    weights = np.concatenate([part.weights for part in parts])
    identities = np.concatenate([part.identities for part in parts])
    return Sketch(_joined([part.keys for part in parts]), weights, identities)


def keys_of(texts: Encoded, recipe: Recipe) -> Keys:
    """Return the keys of a batch of texts."""
    parts = (texts.part(*some) for some in texts.batches())
    return _joined([recipe.of_words(hash_words(part, with_spans=False)) for part in parts])


def _joined(parts: Sequence[Keys]) -> Keys:
    if len(parts) == 1:
        return parts[0]
    keys, offsets = zip(*parts, strict=True)
    return Keys(np.concatenate(keys), join_offsets(offsets))


def _sketch(texts: Encoded, recipe: Recipe) -> Sketch:
    words = hash_words(texts, with_spans=False)
    return Sketch(recipe.of_words(words), *measures_of(words.tokens, words.token_offsets))


def measures_of(
    tokens: NDArray[np.uint64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return the weights and the identities of texts, as a sketch has them, by their tokens."""
    data = tokens.data
    identities = [identity(data[first:last]) for first, last in pairwise(offsets.tolist())]
    weights = weigh_texts(tokens, offsets, SALT)
    return weights, np.frombuffer(b"".join(identities), np.uint64).reshape(-1, 2)


def by_preference(collection: Collection, weights: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the texts from the most to the least preferred, int32[n].

    Most words outside inner repeats, so that a doubled scrape never wins over its clean original;
    then fewest words; then earliest; then the smallest id. A total order of content and id, never
    of position.
    """
    order = np.empty(len(collection), np.int32)
    order[collection.order()] = np.arange(len(collection), dtype=np.int32)
    bits = (moments_of(collection) + 0.0).view(np.uint64)  # no -0.0
    sign = np.uint64(1 << 63)
    later = np.where(bits & sign, ~bits, bits | sign)  # in the order of the numbers
    fewest = weights[:, 0].astype(np.uint64)
    for trait in (later, fewest, ~weights[:, 1].astype(np.uint64)):
        order = order_by(trait, order)
    return order


def moments_of(collection: Collection) -> NDArray[np.float64]:
    """Return when texts were published, float64[n]: what is unknown comes last."""
    return np.where(np.isnan(collection.hours), np.inf, collection.hours)
