"""The figures of ``corpus_pass`` as the tables and pictures of docs/speed.md.

In the page a table stands between ``<!-- table NAME -->`` and ``<!-- end -->``.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.pass_choices import CHOICES
from benchmarks.relation_markdown import KINDS, TABLE, percent, read, table
from benchmarks.svg import Panel, Scale, picture
from benchmarks.timing import ROOT

PAGE = ROOT / "docs" / "speed.md"
IMAGES = ROOT / "docs" / "images"
ENDS = {10**3: "k", 10**6: "M"}

Result = Mapping[str, Any]
Figures = Mapping[str, Any]
Row = tuple[str, ...]
Shown = tuple[Sequence[str], list[Row]]
"""A head and rows."""

Pictures = Mapping[str, tuple[str, Callable[[Result], str]]]
"""Of which part of the result each picture is, and what draws it."""

Tables = Mapping[str, tuple[Sequence[str], Callable[[Result], str]]]
"""The parts of the result that a table of the page needs, and what makes it."""


def gigabytes(mega: float) -> str:
    """Return megabytes as gigabytes."""
    return f"{mega / 1000:.2f}"


def rate(mb_per_s: float) -> str:
    """Return megabytes a second, whole where that is enough."""
    return f"{mb_per_s:,.0f}" if mb_per_s >= 20 else f"{mb_per_s:.1f}"


def sizes(result: Result) -> Shown:
    """Return time and memory by size, and only parsing and reading beside it."""
    head = ("articles", "GB", "seconds", "MB/s", "peak GB", "µs an article", "growth",
            "only parsing, MB/s", "only reading, MB/s")  # fmt: skip
    rows: list[Row] = [
        (
            f"{row['articles']:,}",
            gigabytes(row["bytes"] / 1e6),
            f"{row['seconds']['median']:.1f}",
            rate(row["mb_per_s"]),
            gigabytes(row["peak_mb"]["median"]),
            f"{row['us_per_article']:.1f}",
            f"{row['growth']:.2f}",
            rate(row["floor"]["parse"]["mb_per_s"]),
            rate(row["floor"]["raw"]["mb_per_s"]),
        )
        for row in result["sizes"].values()
    ]
    return head, rows


WAYS = ("", "articles", "seconds", "MB/s", "peak GB", "dropped", "digest")


def way(name: str, figures: Figures) -> Row:
    """Return time and memory of the command called in some way, and what it decided."""
    return (
        name,
        f"{figures['articles']:,}",
        f"{figures['seconds']['median']:.1f}",
        rate(figures["mb_per_s"]),
        gigabytes(figures["peak_mb"]["median"]),
        f"{figures['dropped']:,}",
        f"`{figures['digest']}`",
    )


def memory(result: Result) -> Shown:
    """Return the row of less memory."""
    return WAYS, [way(f"`--memory {result['memory']['memory']}`", result["memory"])]


def packed(result: Result) -> Shown:
    """Return the row of packed files."""
    return WAYS, [way(".gz in and out", result["packed"])]


def others(result: Result) -> Shown:
    """Return these beside the plain command on as many articles."""
    plain = result["sizes"].get(str(result["memory"]["articles"]))
    as_above = [] if plain is None else [way("as above", plain)]
    return WAYS, [*as_above, *memory(result)[1], *packed(result)[1]]


def hard(result: Result) -> Shown:
    """Return how much longer hard collections take than ordinary ones of the same bytes."""
    rows: list[Row] = [
        (
            name,
            f"{both['hard']['articles']:,}",
            f"{both['hard']['bytes'] / 1e6:,.0f}",
            f"{both['hard']['seconds']['median']:.2f}",
            f"{both['ordinary']['seconds']['median']:.2f}",
            f"{both['ratio']:.2f}",
            gigabytes(both["hard"]["peak_mb"]["median"]),
            gigabytes(both["ordinary"]["peak_mb"]["median"]),
        )
        for name, both in result["hard"].items()
    ]
    seconds = ("seconds", "ordinary ones", "ratio")
    return ("", "articles", "MB", *seconds, "peak GB", "ordinary ones, GB"), rows


def plan(result: Result) -> Shown:
    """Return what ``dedup plan`` foresees beside what the command takes."""
    rows: list[Row] = [
        (
            f"{int(n):,}",
            f"{row['planned_records']:,}",
            f"{row['planned_seconds']['median']:.1f}",
            f"{row['seconds']['median']:.1f}",
            gigabytes(row["planned_mb"]),
            gigabytes(row["peak_mb"]["median"]),
        )
        for n, row in result["plan"].items()
    ]
    head = ("articles", "planned", "planned seconds", "seconds", "planned GB", "peak GB")
    return head, rows


def stages(result: Result) -> Shown:
    """Return the seconds of each stage, how much of all they are, and the peak of memory."""
    figures = result["stages"]
    total = sum(figures["seconds"].values())
    rows: list[Row] = [
        (
            name,
            f"{took:.2f}",
            percent(took / total),
            rate(figures["bytes"] / 1e6 / max(took, 1e-3)),
            gigabytes(figures["peak_mb"][name]),
        )
        for name, took in figures["seconds"].items()
    ]
    most = gigabytes(max(figures["peak_mb"].values()))
    whole = ("all", f"{total:.2f}", "", rate(figures["bytes"] / 1e6 / total), most)
    return ("stage", "seconds", "share", "MB/s of input", "peak GB until its end"), [*rows, whole]


def choices(result: Result) -> Shown:
    """Return what each value of each choice costs."""
    rows: list[Row] = [
        (
            f"`{row['choice']}`",
            CHOICES[row["choice"]].meaning,
            f"**{row['value']:,}**" if row["chosen"] else f"{row['value']:,}",
            f"{row['seconds']['median']:.2f}",
            f"{row['cpu_seconds']['median']:.2f}",
            gigabytes(row["peak_mb"]["median"]),
            f"{row['dropped']:,}",
        )
        for row in result["choices"]["rows"]
    ]
    return (
        "choice",
        "what it is",
        "value",
        "seconds",
        "of all threads",
        "peak GB",
        "dropped",
    ), rows


def quality(result: Result) -> Shown:
    """Return the scores beside those of 100,000 articles in memory."""
    both = [read("quality")["generated"]["dates and sources"], result["quality"]]
    rows: list[Row] = [
        (f"`{kind}`", done, *(percent(own["recall"][kind]["recall"]) for own in both))
        for kind, done in KINDS.items()
    ]
    for name, figure in SCORES.items():
        rows.append(("", name, *map(figure, both)))
    told = [f"{own['documents']:,}" for own in both]
    return ("kind", "what was done", f"{told[0]} in memory", f"{told[1]} in files"), rows


def _of_forms(kind: str, what: str) -> Callable[[Figures], str]:
    def figure(own: Figures) -> str:
        counts = own["templates"][kind]
        return percent(counts[what] / counts["pairs"] if counts["pairs"] else None)

    return figure


SCORES: dict[str, Callable[[Figures], str]] = {
    "pairs called one story that hold words of one original": (
        lambda own: percent(own["pairs"]["precision"])
    ),
    "the same without issues of one form": (
        lambda own: percent(own["pairs"]["precision_without_forms"])
    ),
    "of identical, copy, excerpt": lambda own: percent(own["pairs"]["precision_of_copies"]),
    "issues of a form, 2 to 4 facts differ: one dropped": _of_forms("template_few", "merged"),
    "issues of a form, 2 to 4 facts differ: called one story": _of_forms(
        "template_few", "same_story"
    ),
    "issues of a form, 8 to 20 facts differ: one dropped": _of_forms("template_many", "merged"),
    "issues of a form, 8 to 20 facts differ: called one story": _of_forms(
        "template_many", "same_story"
    ),
    "texts that go": lambda own: f"{own['promise']['dropped']:,}",
    "of them, for a text about something else": lambda own: f"{own['lost']['stranger']:,}",
    "for a round-up": lambda own: f"{own['lost']['roundup']:,}",
    "an original, for a doubled copy of it": lambda own: f"{own['lost']['doubled']:,}",
    "texts whose keeper does not hold them, of those checked": (
        lambda own: f"{own['promise']['not_held']:,} of {own['promise']['checked']:,}"
    ),
}
"""Figures of generated collections, as ``generated_scores`` names them."""

SHOWN: dict[str, Callable[[Result], Shown]] = {
    "sizes": sizes,
    "memory": memory,
    "packed": packed,
    "hard": hard,
    "plan": plan,
    "stages": stages,
    "choices": choices,
    "quality": quality,
}
"""What is shown of each part of the result."""


def shown(result: Result) -> Iterable[tuple[str, Shown]]:
    """Yield a table of each part that was measured."""
    return ((name, show(result)) for name, show in SHOWN.items() if name in result)


def draw_sizes(result: Result) -> str:
    """Return speed and memory by size."""
    rows = list(result["sizes"].values())
    counts = [row["articles"] for row in rows]
    across = Scale(counts[0], max(counts[-1], 10 * counts[0]), counts, log=True)
    names = [named(n) for n in counts]
    lines = {
        "blue": [row["mb_per_s"] for row in rows],
        "gray": [row["floor"]["parse"]["mb_per_s"] for row in rows],
    }
    speed = Panel(50, 40, 290, 220, across, rising(max(map(max, lines.values()))))
    speed.title("Speed: MB/s", "articles")
    speed.grid(across=names)
    for color, values in lines.items():
        speed.line(list(zip(counts, values, strict=True)), color)
    speed.legend([("dedup filter", "blue"), ("only parsing", "gray")], 60, 320)
    return picture("Speed and memory by size", 720, 370, [speed, _memory(result, across, names)])


def _memory(result: Result, across: Scale, names: Sequence[str]) -> Panel:
    rows = list(result["sizes"].values())
    ticks = [tick for power in range(-2, 4) for tick in (10.0**power, 3 * 10.0**power)]
    lines = {
        "gray": [row["bytes"] / 1e9 for row in rows],
        "blue": [row["peak_mb"]["median"] / 1e3 for row in rows],
    }
    values = [value for line in lines.values() for value in line]
    low = max(tick for tick in ticks if tick <= min(values))
    high = min(tick for tick in ticks if tick >= max(values))
    up = Scale(low, high, [tick for tick in ticks if low <= tick <= high], log=True)
    panel = Panel(400, 40, 290, 220, across, up)
    panel.title("Memory: GB", "articles")
    panel.grid(across=names)
    for color, line in lines.items():
        panel.line([(row["articles"], own) for row, own in zip(rows, line, strict=True)], color)
    legend = [("peak of dedup filter", "blue"), ("the files", "gray")]
    if "memory" in result:
        limited = result["memory"]
        point = (limited["articles"], limited["peak_mb"]["median"] / 1e3)
        panel.dots([point], "orange", 8)
        legend.append((f"with --memory {limited['memory']}", "orange"))
    panel.legend(legend, 410, 320)
    return panel


def draw_stages(result: Result) -> str:
    """Return the seconds of each stage as bars, and the peak of memory until it ended."""
    figures = result["stages"]
    took = figures["seconds"]
    memory = {name: figures["peak_mb"][name] / 1000 for name in took}
    up = Scale(0, len(took), [len(took) - k - 0.5 for k in range(len(took))])
    height = 24 * len(took)
    panels = [
        Panel(150, 40, 250, height, rising(max(took.values())), up),
        Panel(440, 40, 240, height, rising(max(memory.values())), up),
    ]
    panels[0].title("Where the time goes", f"seconds of {named(figures['articles'])} articles")
    panels[0].grid(up=list(took))
    panels[1].title("Memory", "peak until its end: GB")
    panels[1].grid(up=[""] * len(took))
    for panel, values, color in zip(panels, (took, memory), ("blue", "orange"), strict=True):
        for k, value in enumerate(values.values()):
            panel.bar(len(took) - k - 0.5, value, color, 12)
    return picture("Seconds and memory by stage", 720, 90 + height, panels)


def rising(most: float) -> Scale:
    """Return a scale from nothing to a round number that is no less, in at most five steps."""
    power = 10.0 ** math.floor(math.log10(max(most, 1e-3)))
    step = next(power * k for k in (0.2, 0.5, 1, 2) if most <= 5 * power * k)
    n_steps = math.ceil(most / step)
    return Scale(0, n_steps * step, [step * k for k in range(n_steps + 1)])


def named(n: int) -> str:
    """Return a count as an axis has it: 10k, 1M."""
    for size, end in sorted(ENDS.items(), reverse=True):
        if n >= size:
            return f"{n / size:g}{end}"
    return str(n)


PICTURES: Pictures = {
    "speed-sizes.svg": ("sizes", draw_sizes),
    "speed-stages.svg": ("stages", draw_stages),
}

TABLES: Tables = {
    "sizes": (("sizes",), lambda result: _with("Speed and memory by size", "sizes", result)),
    "others": (("sizes", "memory", "packed"), lambda result: table(*others(result))),
    "hard": (("hard",), lambda result: table(*hard(result))),
    "plan": (("plan",), lambda result: table(*plan(result))),
    "stages": (("stages",), lambda result: _with("Time and memory by stage", "stages", result)),
    "choices": (("choices",), lambda result: table(*choices(result), 2)),
    "quality": (("quality",), lambda result: table(*quality(result), 2)),
}


def _with(told: str, name: str, result: Result) -> str:
    return f"![{told}](images/speed-{name}.svg)\n\n{table(*SHOWN[name](result))}"


def filled(page: str, result: Result, tables: Tables = TABLES) -> str:
    """Return a page with the tables made anew of which everything is measured."""

    def made(match: Any) -> str:
        parts, make = tables[match[2]]
        if not all(part in result for part in parts):
            return str(match[0])
        return f"{match[1]}\n{make(result)}\n\n{match[3]}"

    return TABLE.sub(made, page)


def write(
    source: Path, page: Path = PAGE, tables: Tables = TABLES, pictures: Pictures = PICTURES
) -> None:
    """Make the tables of the page and the pictures anew from a result file."""
    result = json.loads(source.read_text(encoding="utf-8"))
    page.write_text(filled(page.read_text(encoding="utf-8"), result, tables), encoding="utf-8")
    for name, (part, draw) in pictures.items():
        if part in result:
            (IMAGES / name).write_text(draw(result), encoding="utf-8")
