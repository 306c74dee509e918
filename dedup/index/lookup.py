"""What runs hold of articles: looked up when it is their turn, or while those before are added."""

from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.documents import in_chunks
from dedup.index.given import Given, given
from dedup.index.matching import LookedUp
from dedup.index.postings import BLOCK
from dedup.index.remembered import Remembered
from dedup.index.runs import Found
from dedup.kernels import postings as kernels
from dedup.model import Document


class _Sought(NamedTuple):
    """The codes of the keys of articles and then those of ids, and which are looked up in runs.

    ``codes`` : uint32[m + i], ``is_sought`` : bool[m + i]; ``is_own`` : bool[m], whether a key is
    no boilerplate of the article's source
    """

    codes: NDArray[np.uint32]
    is_sought: NDArray[np.bool_]
    is_own: NDArray[np.bool_]


def _sought(index: Remembered, some: Given, id_codes: NDArray[np.uint32]) -> _Sought:
    known = index.boilerplate
    labels = np.array([index.known_label(own.document.source) for own in some.new], np.int32)
    is_own, is_sought = kernels.screen(some.keys, some.offsets, labels, known.slots, known.sieve)
    codes = np.concatenate([index.postings.codes_of(some.keys), id_codes])
    is_id = np.ones(len(id_codes), np.bool_)
    return _Sought(codes, np.concatenate([is_sought, is_id]), is_own)


def look_up(index: Remembered, some: Given, id_codes: NDArray[np.uint32]) -> tuple[LookedUp, Found]:
    """Look up the keys of articles, and the codes of their ids if they are to be added."""
    codes, is_sought, is_own = _sought(index, some, id_codes)
    runs, n = index.postings.runs, len(some.keys)
    if some.ahead is None:
        hits = runs.find(codes, is_sought)
    else:
        hits = runs.catch_up(codes, is_sought, some.ahead)
    hits, id_hits = hits.parted(n)
    return LookedUp(some.keys, codes[:n], some.offsets, is_own, hits), id_hits


def given_ahead(
    index: Remembered, documents: Iterable[Document | tuple[str | int, str]]
) -> Generator[Given, None, None]:
    """Yield documents, those of a block at a time; the next are looked up while some are added.

    What gives the documents runs in this thread: it may ask the index.
    """
    n_before = (index.state.following - 1) % BLOCK
    sizes = chain([BLOCK - n_before], repeat(BLOCK))
    with ThreadPoolExecutor(1) as executor:

        def begin(some: list[Document]) -> tuple[Future[Given], Future[Sequence[bytes]]]:
            made = executor.submit(_looked_up, index, some)
            # Texts come last: they are needed when it is decided what becomes of them.
            return made, executor.submit(lambda: made.result().texts())

        begun = map(begin, in_chunks(documents, sizes))
        before = next(begun, None)
        while before is not None:
            following = next(begun, None)
            made, texts = before
            yield made.result()._replace(texts=texts.result)
            before = following


def _looked_up(index: Remembered, documents: list[Document]) -> Given:
    made = given(documents, index.recipe, index.packer)
    id_codes = index.id_codes([own.id for own in documents])
    codes, is_sought, _ = _sought(index, made, id_codes)
    return made._replace(ahead=index.postings.runs.find_ahead(codes, is_sought))
