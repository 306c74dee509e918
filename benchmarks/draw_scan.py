"""Draw what ``scan`` finds in a text: what stays on the left, what goes on the right.

``python -m benchmarks.draw_scan TEXT.txt PICTURE.svg``: so docs/images/scan.svg is drawn from
docs/images/scan.txt. Words that are told again have the color of the repeat, and a line leads from
it to them.
"""

import argparse
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import dedup
from dedup.text import blocks

COLORS = {
    "exact": ("#1f5fb4", "#79b0f2"),
    "block": ("#0b7285", "#5cc4d6"),
    "near": ("#b3500b", "#f0a35e"),
    "run": ("#6741b8", "#b79af5"),
    "teaser": ("#2b7a33", "#7fcf86"),
    "inside": ("#b02468", "#f08db8"),
}
"""Of each kind of repeat, on a light and on a dark background."""

MEANINGS = {
    "exact": "the same words as an earlier paragraph",
    "block": "too short to go alone; goes with its neighbors",
    "near": "nearly the same words",
    "run": "the same sentences, in a row",
    "teaser": "cut off with an ellipsis; the full text is there",
    "inside": "all its words stand in a longer paragraph",
}

COLUMNS = 64
"""Characters of a line of text."""
MOST_LINES = 4
LINE_HEIGHT, LABEL_HEIGHT, PADDING, GAP = 18, 21, 10, 12
BOX_WIDTH, LEFT, RIGHT, TOP = 430, 44, 560, 62
WIDTH = RIGHT + BOX_WIDTH + 20

STYLE = """
  .page { fill: #fcfcfa; stroke: #d5d5d0 } .box { fill: #fff; stroke: #c9c9c4 }
  text { font: 13px "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif }
  .head { font-size: 15px; font-weight: bold } .plain { fill: #222 } .faint { fill: #767672 }
  .gone { text-decoration: line-through } .line { fill: none; stroke-width: 1.8 }"""
DARK = """
  .page { fill: #17181a; stroke: #3a3b3e } .box { fill: #1f2023; stroke: #46474b }
  .plain { fill: #e4e4e1 } .faint { fill: #9a9a96 }"""


@dataclass(frozen=True)
class Box:
    """A part of the text as it is drawn; ``repeat`` is what ``scan`` says of it, if anything."""

    start: int
    end: int
    repeat: dedup.Repeat | None
    lines: list[list[int]]
    cut: bool
    y: int

    @property
    def goes(self) -> bool:
        return self.repeat is not None and self.repeat.removed

    @property
    def x(self) -> int:
        return RIGHT if self.goes else LEFT

    @property
    def height(self) -> int:
        label = LABEL_HEIGHT if self.repeat is not None else 0
        return len(self.lines) * LINE_HEIGHT + label + 2 * PADDING - 4

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


def columns(char: str) -> int:
    """Return how wide a character is: 2 for those of Chinese, 0 for combining marks."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrap(text: str, start: int, end: int) -> list[list[int]]:
    """Return the lines of a part of a text, each as the places of its characters."""
    lines: list[list[int]] = [[]]
    width, space = 0, 0
    for at in range(start, end):
        line = lines[-1]
        if text[at].isspace():
            if not line or text[line[-1]].isspace():
                continue
            space = len(line)
        width += columns(text[at])
        if width > COLUMNS and line and not text[at].isspace():
            cut = space or len(line) - 1
            lines[-1], rest = line[: cut + 1], line[cut + 1 :]
            lines.append(rest)
            width, space = sum(columns(text[k]) for k in [*rest, at]), 0
        lines[-1].append(at)
    return lines


def parts(text: str, repeats: Sequence[dedup.Repeat]) -> Iterator[tuple[int, int]]:
    """Yield the parts to draw: what goes, and the paragraphs without it."""
    at = 0
    paragraphs = blocks(text)
    removed = [repeat.span for repeat in repeats if repeat.removed]
    for start, end in [*removed, (len(text), len(text))]:
        for block in paragraphs:
            inner = max(at, block.start), min(start, block.end)
            if text[slice(*inner)].strip():
                yield inner
        if max(start, at) < end:
            yield max(start, at), end
        at = max(at, end)


def lay_out(text: str, repeats: Sequence[dedup.Repeat]) -> list[Box]:
    """Return the parts of the text one under the other."""
    result: list[Box] = []
    y = TOP
    for start, end in parts(text, repeats):
        about = next((r for r in repeats if start <= r.start < end and r.end <= end), None)
        lines = wrap(text, start, end)
        box = Box(start, end, about, lines[:MOST_LINES], len(lines) > MOST_LINES, y)
        result.append(box)
        y += box.height + GAP
    return result


def draw_line(text: str, line: list[int], box: Box, colors: Sequence[str]) -> str:
    """Return a line of text, in pieces of one color."""
    pieces: list[tuple[str, str]] = []
    for at in line:
        name = "faint gone" if box.goes else colors[at] or "plain"
        if pieces and pieces[-1][0] == name:
            pieces[-1] = name, pieces[-1][1] + text[at]
        else:
            pieces.append((name, text[at]))
    return "".join(
        f'<tspan class="{name}">{escape(unicodedata.normalize("NFC", piece))}</tspan>'
        for name, piece in pieces
    )


def draw_box(text: str, box: Box, colors: Sequence[str]) -> Iterator[str]:
    """Yield a part of the text in its frame, under what it is."""
    size = f'width="{BOX_WIDTH}" height="{box.height}"'
    yield f'<rect class="box" x="{box.x}" y="{box.y}" {size} rx="5"/>'
    y = box.y + PADDING + 9
    x = box.x + PADDING
    if box.repeat is not None:
        kind = box.repeat.kind
        size = f'width="4" height="{box.height}"'
        yield f'<rect class="{kind}" x="{box.x}" y="{box.y}" {size} rx="2"/>'
        label = MEANINGS[kind] if box.goes else f"{MEANINGS[kind]}, and stays"
        yield f'<text x="{x}" y="{y}"><tspan class="{kind}" font-weight="bold">{kind}</tspan>'
        yield f'<tspan class="faint" dx="8">{label}</tspan></text>'
        y += LABEL_HEIGHT
    for line in box.lines:
        tail = '<tspan class="faint"> …</tspan>' if box.cut and line is box.lines[-1] else ""
        yield f'<text x="{x}" y="{y}">{draw_line(text, line, box, colors)}{tail}</text>'
        y += LINE_HEIGHT


def draw_arrow(box: Box, original: Box, kind: str) -> str:
    """Return the line from a repeat to what it repeats."""
    start, end = box.middle, original.middle
    if box.goes and not original.goes:
        x, to = box.x, original.x + BOX_WIDTH
        curve = f"M{x} {start} C{x - 48} {start} {to + 52} {end} {to + 6} {end}"
    else:  # in one column: an arc beside it
        x = box.x
        reach = x - 12 - min(24, abs(start - end) // 10)
        curve = f"M{x} {start} C{reach} {start} {reach} {end} {x - 6} {end}"
    return f'<path class="line {kind}-line" d="{curve}" marker-end="url(#{kind})"/>'


def color_of_each(text: str, repeats: Sequence[dedup.Repeat]) -> list[str]:
    """Return the kind of repeat whose words stand at each place, the first where there are more."""
    colors = [""] * len(text)
    for repeat in repeats:
        for at in range(*repeat.of):
            colors[at] = colors[at] or repeat.kind
    return colors


def styles() -> str:
    """Return the style sheet, with the colors for a light and a dark background."""

    def of_kinds(shade: int) -> str:
        return "".join(
            f"\n  .{kind} {{ fill: {color[shade]} }} .{kind}-line {{ stroke: {color[shade]} }}"
            for kind, color in COLORS.items()
        )

    dark = f"@media (prefers-color-scheme: dark) {{{DARK}{of_kinds(1)}\n}}"
    return f"<style>{STYLE}{of_kinds(0)}\n{dark}\n</style>"


def draw(text: str) -> str:
    """Return a picture of a text and its repeats, as SVG."""
    repeats = dedup.scan(text).repeats
    boxes = lay_out(text, repeats)
    colors = color_of_each(text, repeats)
    height = boxes[-1].y + boxes[-1].height + 24 if boxes else TOP
    markers = "".join(
        f'<marker id="{kind}" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="5" markerHeight="5"'
        f' orient="auto"><path class="{kind}" d="M0 0L8 4L0 8z"/></marker>'
        for kind in COLORS
    )
    picture = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        "<title>A scanned article: its repeats beside what they repeat</title>",
        f"{styles()}<defs>{markers}</defs>",
        f'<rect class="page" x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="8"/>',
        f'<text class="head plain" x="{LEFT}" y="36">stays: what clean returns</text>',
        f'<text class="head plain" x="{RIGHT}" y="36">goes</text>',
    ]
    for box in boxes:
        picture += draw_box(text, box, colors)
        if box.repeat is not None:
            of = box.repeat.of
            original = next(
                b for b in boxes if b is not box and b.start < of.end and of.start < b.end
            )
            picture.append(draw_arrow(box, original, box.repeat.kind))
    return "\n".join([*picture, "</svg>", ""])


def main(arguments: Sequence[str] | None = None) -> None:
    """Read a text and write its picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.draw_scan", description=__doc__)
    parser.add_argument("text", type=Path, help="the text to scan")
    parser.add_argument("picture", type=Path, help="the .svg file to write")
    options = parser.parse_args(arguments)
    options.picture.write_text(draw(options.text.read_bytes().decode()), encoding="utf-8")


if __name__ == "__main__":
    main()
