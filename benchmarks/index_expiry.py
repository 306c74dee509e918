"""An index of the articles of seven days from which the oldest day is taken, and then the next.

``python -m benchmarks.index_expiry INDEX N --files FILE... --notice TEXT`` prints one line of JSON.
"""

import argparse
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.data import START
from benchmarks.index_growth import timed
from benchmarks.index_stream import batches, documents, in_order, noticed, over_days, read
from benchmarks.measured import resident
from benchmarks.timing import summary
from dedup import Index

DAYS = 7
N_EXPIRED = 3
"""Days that are taken out, one after the other."""


def expire(index: Index) -> dict[str, Any]:
    """Take out one day after another; return how long each takes, and what is left."""
    took, gone, before = [], [], index.info()
    for day in range(1, N_EXPIRED + 1):
        moment = START + timedelta(days=day)
        n, seconds = timed(lambda moment=moment: index.expire(before=moment))
        took.append(seconds)
        gone.append(n)
    after = index.info()
    return {
        "articles": before.articles,
        "gone": gone,
        "seconds": summary(took, 3),
        "left": after.articles,
        "bytes": before.bytes,
        "free": after.free,
        "resident_mb": resident()["mb"],
        "peak_mb": resident()["peak_mb"],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill an index, take days out and print what that took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.index_expiry")
    parser.add_argument("path", type=Path)
    parser.add_argument("n", type=int)
    parser.add_argument("--files", type=Path, nargs="+", required=True)
    parser.add_argument("--notice", required=True)
    options = parser.parse_args(arguments)
    given = over_days(noticed(in_order(read(options.files)), options.notice), options.n, DAYS)
    with Index(str(options.path)) as index:
        for some in batches(documents(given)):
            index.extend(some)
        print(json.dumps(expire(index)))


if __name__ == "__main__":
    main()
