"""The plain-Python floor: the words of a text and its set of 5-grams, without any library.

``python -m benchmarks.floor IN OUT`` does so for each record of a file of JSON lines.
"""

import json
import re
import sys
from pathlib import Path

SHINGLE = 5


def shingles(text: str) -> set[tuple[str, ...]]:
    """Return the set of runs of five words."""
    words = re.findall(r"\w+", text.lower())
    return set(zip(*(words[i:] for i in range(SHINGLE)), strict=False))


def main() -> None:
    """Read records, make the shingles of their texts, write the records."""
    source, target = map(Path, sys.argv[1:])
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as output:
        for line in lines:
            record = json.loads(line)
            shingles(record["text"])
            output.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
