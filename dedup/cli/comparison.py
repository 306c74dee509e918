"""A comparison as a person reads it: a sentence, the facts that differ, both texts marked."""

import io
import math
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from dedup.cli.terminal import one_line, visible
from dedup.model import Comparison, Document, Relation

_CLAIMS: dict[Relation | None, str] = {
    "identical": "LEFT has the same words as RIGHT",
    "copy": "LEFT is a copy of RIGHT",
    "excerpt": "LEFT is an excerpt of RIGHT",
    "extends": "LEFT extends RIGHT",
    "update": "LEFT and RIGHT tell one story with other numbers (update)",
    "template": "LEFT and RIGHT fill one form with different facts (template)",
    "revision": "LEFT and RIGHT tell one story in different words (revision)",
    "overlap": "LEFT and RIGHT share a passage (overlap)",
    None: "LEFT and RIGHT are not related",
}
_COLORS = ["green", "cyan", "magenta", "yellow", "blue"]


def drawn(
    comparison: Comparison, left: Document, right: Document, *, width: int, in_color: bool
) -> str:
    """Return lines of at most so many columns; without colors they say the same."""
    lines = [
        Text.assemble(("LEFT   ", "bold"), _named(left)),
        Text.assemble(("RIGHT  ", "bold"), _named(right)),
        Text(""),
        Text(_sentences(comparison)),
    ]
    if comparison.facts:
        facts = ", ".join(
            f"{one_line(ours)} → {one_line(theirs)}" for ours, theirs in comparison.facts
        )
        lines.append(Text(f"Facts that differ: {facts}."))
    passages = list(enumerate(sorted(comparison.passages), start=1))
    left_spans = [(start, end, number) for number, (start, end, _, _) in passages]
    right_spans = [(start, end, number) for number, (_, _, start, end) in passages]
    if passages:
        lines += [Text(""), Text("LEFT", "bold"), _marked(left.text, left_spans)]
        lines += [Text(""), Text("RIGHT", "bold"), _marked(right.text, right_spans)]
    return _printed(lines, width, in_color)


def _named(document: Document) -> str:
    published = "" if document.published is None else str(document.published)
    known = ", ".join(one_line(part) for part in (document.source, published) if part)
    parts = [str(document.id), document.title, f"({known})" if known else ""]
    return " ".join(one_line(part) for part in parts if part)


def _sentences(comparison: Comparison) -> str:
    claim = _CLAIMS[comparison.relation]
    if comparison.relation != "identical":
        claim += f": {percent(comparison.left_in_right)} of the words of LEFT stand in RIGHT,"
        claim += f" {percent(comparison.right_in_left)} of those of RIGHT in LEFT"
    return f"{claim}.{_apart(comparison.hours_apart)}"


def percent(share: float) -> str:
    """Return a share as a person reads it."""
    if 0 < share < 0.01:
        return "less than 1 %"
    # Never "100 %" while a word is missing; the tiny term is for .29 * 100 = 28.999999999999996.
    return f"{math.floor(share * 100 + 1e-9)} %"


def _apart(hours: float | None) -> str:
    if hours is None:
        return ""
    minutes = round(hours * 60)
    if minutes == 0:
        return " Published at the same time."
    if minutes < 120:
        return f" Published {minutes} min apart."
    if hours < 72:
        return f" Published {hours:.0f} h apart."
    return f" Published {hours / 24:,.0f} days apart."


def _marked(text: str, spans: Iterable[tuple[int, int, int]]) -> Text:
    """Return the text with each span between marks of its number; spans may overlap."""
    edges = [
        (place, opens, number)
        for start, end, number in spans
        for place, opens in ((start, True), (end, False))
    ]
    shown = Text()
    at = 0
    inside: list[int] = []
    for place, opens, number in sorted(edges):
        shown.append(visible(text[at:place]), _style(inside[-1:]))
        at = place
        if opens:
            inside.append(number)
            shown.append(f"‹{number}: ", _style([number]) + " bold")
        else:
            inside.remove(number)
            shown.append("›", _style([number]) + " bold")
    return shown.append(visible(text[at:]))


def _style(numbers: list[int]) -> str:
    return _COLORS[numbers[0] % len(_COLORS)] if numbers else "none"


def _printed(lines: list[Text], width: int, in_color: bool) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=in_color, legacy_windows=False)
    for line in lines:
        console.print(line)
    # Lines are broken after a space, which stays at their end.
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())
