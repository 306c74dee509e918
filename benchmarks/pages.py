"""Write the figures of result files into the pages that quote them.

``python -m benchmarks.pages`` fills README.md and docs/keys.md anew. Which figure stands where is
told by ``benchmarks/pages.json``: for each page, its text with ``{{file:path:format}}`` in place
of each figure, line by line, for the lines that have any.
"""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGES = ROOT / "benchmarks" / "pages.json"
FIGURE = re.compile(r"\{\{([^:}]+):([^:}]+):([^}]+)\}\}")


def figure(match: re.Match[str]) -> str:
    """Return a figure as the page shows it."""
    value: Any = json.loads((RESULTS / match[1]).read_text(encoding="utf-8"))
    for key in match[2].split("."):
        value = value[key]
    return format(value, match[3])


def filled(template: str) -> str:
    """Return a line with its figures."""
    return FIGURE.sub(figure, template)


def pattern(template: str) -> re.Pattern[str]:
    """Return what finds a line whatever its figures are."""
    parts = [re.escape(part) for part in FIGURE.sub("\0", template).split("\0")]
    return re.compile("^" + r"[\d.,]+".join(parts) + "$", re.MULTILINE)


def stale(page: str, templates: list[str]) -> list[str]:
    """Return the lines that a page does not hold with the figures of the results."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    return [line for line in map(filled, templates) if line not in lines]


def main() -> None:
    """Fill in the figures of every page."""
    for page, templates in json.loads(PAGES.read_text(encoding="utf-8")).items():
        text = (ROOT / page).read_text(encoding="utf-8")
        for template in templates:
            line = filled(template)
            text, n = pattern(template).subn(lambda _, line=line: line, text)
            if n != 1:
                raise ValueError(f"{page}: one line must match {template!r}, got {n}")
        (ROOT / page).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
