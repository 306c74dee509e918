"""Texts as they are kept: compressed by what the first of them have in common."""

from collections.abc import Mapping, Sequence
from threading import local

import zstandard

LEVEL = 3
"""Of zstd: 6 takes three times as long for a twentieth less."""

DICTIONARY_BYTES = 256 * 1024
"""Of a dictionary: a larger one makes texts hardly smaller."""

PACKING_ERRORS = (zstandard.ZstdError, KeyError, IndexError, TypeError)
"""What ``unpack`` raises of what ``pack`` did not return."""

LEAST_TEXTS = 200
"""Texts from which a dictionary is made."""


class Packer:
    """Packs and unpacks texts in UTF-8.

    ``dictionaries`` : by their numbers, from 1 on; the last one packs. A text says which it needs.
    """

    def __init__(self, dictionaries: Mapping[int, bytes]) -> None:
        self._unpackers = {0: zstandard.ZstdDecompressor()}
        self._dictionary: tuple[int, zstandard.ZstdCompressionDict | None] = 0, None
        self._own = local()  # a compressor is for one thread at a time
        for number, data in sorted(dictionaries.items()):
            self.add(number, data)

    def add(self, number: int, data: bytes) -> None:
        """Take another dictionary, with which to pack from now on."""
        dictionary = zstandard.ZstdCompressionDict(data)
        dictionary.precompute_compress(LEVEL)
        self._unpackers[number] = zstandard.ZstdDecompressor(dictionary)
        self._dictionary = number, dictionary

    @property
    def has_dictionary(self) -> bool:
        """Whether texts are packed by a dictionary."""
        return self._dictionary[0] > 0

    def pack(self, text: bytes) -> bytes:
        """Return a text packed."""
        number, compressor = self._compressor()
        return bytes([number]) + compressor.compress(text)

    def pack_all(self, texts: Sequence[bytes]) -> list[bytes]:
        """Return many texts packed; other threads can run while it is done."""
        number, compressor = self._compressor()
        # In this thread, and the GIL is free meanwhile. Empty texts alone would be an error.
        made = compressor.multi_compress_to_buffer([*texts, b"."], threads=0)
        return [bytes([number]) + made[at].tobytes() for at in range(len(texts))]

    def _compressor(self) -> tuple[int, zstandard.ZstdCompressor]:
        """Return the compressor of this thread, and the number of its dictionary."""
        number, dictionary = self._dictionary
        if getattr(self._own, "number", None) != number:
            self._own.number = number
            self._own.compressor = zstandard.ZstdCompressor(
                LEVEL, dict_data=dictionary, write_checksum=True, write_dict_id=False
            )
        return number, self._own.compressor

    def unpack(self, packed: bytes) -> bytes:
        """Return what ``pack`` was given."""
        return self._unpackers[packed[0]].decompress(packed[1:])


def make_dictionary(texts: Sequence[bytes]) -> bytes | None:
    """Return a dictionary of what texts have in common, None if they are too few or too alike."""
    if len(texts) < LEAST_TEXTS:
        return None
    samples: list[bytes | bytearray | memoryview[int]] = [*texts]
    try:
        return zstandard.train_dictionary(DICTIONARY_BYTES, samples).as_bytes()
    except zstandard.ZstdError:  # texts of a few words each, or all the same
        return None
