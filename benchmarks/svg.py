"""Charts as small SVG files that read well on a light and on a dark page: the same data, the same
bytes."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

COLORS = {
    "blue": ("#1f5fb4", "#79b0f2"),
    "orange": ("#b3500b", "#f0a35e"),
    "purple": ("#6741b8", "#b79af5"),
    "green": ("#2b7a33", "#7fcf86"),
    "pink": ("#b02468", "#f08db8"),
    "gray": ("#767672", "#9a9a96"),
}
"""On a light and on a dark background."""

STYLE = """
  .page { fill: #fcfcfa; stroke: #d5d5d0 } .grid { stroke: #e4e4df } .axis { stroke: #8a8a85 }
  text { font: 12px "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; fill: #222 }
  .head { font-size: 13px; font-weight: bold } .tick { fill: #666662; font-size: 11px }
  .mark { stroke: #555551; stroke-dasharray: 4 3 } path { fill: none } .line { stroke-width: 2 }
  .dots { stroke-linecap: round; stroke-opacity: .6 }"""
DARK = """
  .page { fill: #17181a; stroke: #3a3b3e } .grid { stroke: #2e2f32 } .axis { stroke: #77777a }
  text { fill: #e4e4e1 } .tick { fill: #a5a5a1 } .mark { stroke: #b5b5b1 }"""


@dataclass(frozen=True)
class Scale:
    """Where values stand along an axis of some length, evenly or by their logarithms."""

    low: float
    high: float
    ticks: Sequence[float]
    log: bool = False

    def at(self, value: float, length: float) -> float:
        """Return where a value stands; those outside stand at the ends."""
        low, high, here = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, here = map(math.log, (low, high, here))
        return length * (here - low) / (high - low)


@dataclass
class Panel:
    """A chart at a place of a picture."""

    x: int
    y: int
    width: int
    height: int
    across: Scale
    up: Scale
    parts: list[str] = field(default_factory=list)

    def place(self, across: float, up: float) -> tuple[float, float]:
        """Return where a point stands in the picture."""
        x = self.x + self.across.at(across, self.width)
        return round(x, 1), round(self.y + self.height - self.up.at(up, self.height), 1)

    def title(self, title: str, across: str = "", up: str = "") -> None:
        """Write the title above the chart, the names of the axes beside it."""
        self.text(self.x, self.y - 10, title, "head")
        self.text(self.x + self.width / 2, self.y + self.height + 32, across, "tick", "middle")
        if up:
            x, y = self.x - 34, self.y + self.height / 2
            self.parts.append(
                f'<text class="tick" text-anchor="middle" transform="translate({x:g} {y:g})'
                f' rotate(-90)">{escape(up)}</text>'
            )

    def text(self, x: float, y: float, text: str, kind: str, anchor: str = "start") -> None:
        """Write a line of text."""
        if text:
            self.parts.append(
                f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">'
                f"{escape(text)}</text>"
            )

    def grid(self, across: Sequence[str] | None = None, up: Sequence[str] | None = None) -> None:
        """Draw a line at each tick, with its value or the given name."""
        right, bottom = self.x + self.width, self.y + self.height
        for k, value in enumerate(self.across.ticks):
            x, _ = self.place(value, self.up.low)
            self.parts.append(f'<path class="grid" d="M{x:g} {self.y}V{bottom}"/>')
            self.text(x, bottom + 15, across[k] if across else f"{value:g}", "tick", "middle")
        for k, value in enumerate(self.up.ticks):
            _, y = self.place(self.across.low, value)
            self.parts.append(f'<path class="grid" d="M{self.x} {y:g}H{right}"/>')
            self.text(self.x - 6, y + 4, up[k] if up else f"{value:g}", "tick", "end")
        self.parts.append(f'<path class="axis" d="M{self.x} {self.y}V{bottom}H{right}"/>')

    def mark(self, value: float, name: str, *, is_up: bool = False) -> None:
        """Draw a dashed line at a value of an axis, with a name."""
        x, y = self.place(self.across.low if is_up else value, value if is_up else self.up.high)
        if is_up:
            self.parts.append(f'<path class="mark" d="M{self.x} {y:g}h{self.width}"/>')
            self.text(self.x + self.width - 4, y - 4, name, "tick", "end")
        else:
            self.parts.append(f'<path class="mark" d="M{x:g} {self.y}v{self.height}"/>')
            self.text(x + 3, self.y - 4, name, "tick")

    def dots(self, points: Iterable[tuple[float, float]], color: str, size: float = 4.4) -> None:
        """Draw points; those that would cover each other once."""
        placed = dict.fromkeys(map(self._whole, points))
        path = "".join(f"M{x} {y}h0" for x, y in placed)
        self.parts.append(f'<path class="dots {color}-line" stroke-width="{size:g}" d="{path}"/>')

    def _whole(self, point: tuple[float, float]) -> tuple[int, int]:
        x, y = self.place(*point)
        return round(x), round(y)

    def line(self, points: Sequence[tuple[float, float]], color: str) -> None:
        """Draw a line through points, and the points."""
        self.curve(points, color)
        self.dots(points, color, 6)

    def curve(self, points: Sequence[tuple[float, float]], color: str) -> None:
        """Draw a line through points."""
        path = "L".join("{:g} {:g}".format(*self.place(*point)) for point in points)
        self.parts.append(f'<path class="line {color}-line" d="M{path}"/>')

    def bar(self, row: float, value: float, color: str, thickness: float) -> None:
        """Draw a bar from the left to a value, in a row of the upward axis."""
        x, y = self.place(value, row)
        self.parts.append(
            f'<rect class="{color}" x="{self.x}" y="{y - thickness / 2:g}"'
            f' width="{max(x - self.x, 0):g}" height="{thickness:g}"/>'
        )

    def legend(self, names: Iterable[tuple[str, str]], x: float, y: float) -> None:
        """Write what the colors mean, one under the other."""
        for k, (name, color) in enumerate(names):
            self.parts.append(f'<circle class="{color}" cx="{x:g}" cy="{y + 16 * k - 4:g}" r="4"/>')
            self.text(x + 9, y + 16 * k, name, "tick")


def picture(title: str, width: int, height: int, panels: Iterable[Panel]) -> str:
    """Return a picture of charts as SVG."""
    body = "\n".join(part for panel in panels for part in panel.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        f"<title>{escape(title)}</title>\n{_styles()}\n"
        f'<rect class="page" x="1" y="1" width="{width - 2}" height="{height - 2}" rx="8"/>\n'
        f"{body}\n</svg>\n"
    )


def _styles() -> str:
    def of_colors(shade: int) -> str:
        return "".join(
            f"\n  .{name} {{ fill: {pair[shade]} }} .{name}-line {{ stroke: {pair[shade]} }}"
            for name, pair in COLORS.items()
        )

    dark = f"@media (prefers-color-scheme: dark) {{{DARK}{of_colors(1)}\n}}"
    return f"<style>{STYLE}{of_colors(0)}\n{dark}\n</style>"
