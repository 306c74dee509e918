"""The floor of a pass over files: reading them, and reading and parsing them, one line at a time.

``python -m benchmarks.reading raw|parse FILE...``; a name that ends in .gz is unpacked.
"""

import sys
from collections.abc import Callable, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import msgspec
from isal import igzip

CHUNK = 1 << 20


class Article(msgspec.Struct):
    """What any pass must know of a line."""

    id: str | int
    text: str


def opened(name: str) -> BufferedIOBase:
    """Open a file, unpacked."""
    if name.endswith(".gz"):
        return cast(BufferedIOBase, igzip.open(name, "rb"))  # type: ignore[no-untyped-call]
    return Path(name).open("rb")


def read_raw(name: str) -> int:
    """Return how many bytes a file has, having read them all."""
    buffer = bytearray(CHUNK)
    total = 0
    with opened(name) as stream:
        while n := stream.readinto(buffer):
            total += n
    return total


def parse(name: str) -> int:
    """Return how many characters the texts of a file have, having parsed each line."""
    decode = msgspec.json.Decoder(Article).decode
    with opened(name) as stream:
        return sum(len(decode(line).text) for line in stream)


WAYS: dict[str, Callable[[str], int]] = {"raw": read_raw, "parse": parse}


def main(arguments: Sequence[str]) -> None:
    """Read what the arguments say."""
    way, *names = arguments
    print(sum(map(WAYS[way], names)))


if __name__ == "__main__":
    main(sys.argv[1:])
