"""Why a text went or stayed, as a person reads it."""

from dedup.cli.comparison import drawn, percent
from dedup.cli.terminal import counted, one_line
from dedup.explaining import Explanation
from dedup.model import Decision, Relation, Story

MEMBERS_SHOWN = 20

_KINDS: dict[Relation, str] = {
    "copy": "a copy",
    "excerpt": "an excerpt",
    "update": "an update",
    "template": "a template",
    "revision": "a revision",
}


def explained(explanation: Explanation, *, width: int, in_color: bool) -> str:
    """Return lines; where both texts are known, what they share at the end."""
    finding = explanation.finding
    own = one_line(str(finding.id))
    others = "no text"
    if finding.story is not None:
        others = counted(len(finding.story.members) - 1, "text")
    lines = [f"{own} was kept: {others} went for it."]
    if finding.decision is not None:
        lines = [_dropped(own, finding.decision)]
    if finding.story is not None:
        lines += _story(finding.story)
    if finding.suspect is not None:
        lines.append(f"It may be no article: {one_line(finding.suspect.reason)}.")
    told = "".join(f"{line}\n" for line in lines)
    if explanation.documents is None or explanation.comparison is None:
        return told
    comparison = drawn(
        explanation.comparison, *explanation.documents, width=width, in_color=in_color
    )
    return f"{told}\n{comparison}"


def _dropped(own: str, decision: Decision) -> str:
    keeper = f"{one_line(str(decision.kept))}, which is kept,"
    if decision.relation == "identical":
        return f"{own} was dropped: {keeper} has the same words."
    kind, held = _KINDS[decision.relation], percent(decision.coverage)
    return f"{own} was dropped as {kind}: {keeper} holds {held} of its words."


def _story(story: Story) -> list[str]:
    members = [one_line(str(member)) for member in story.members]
    more = len(members) - MEMBERS_SHOWN
    shown = ", ".join(members[:MEMBERS_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
    sources = f", {counted(len(story.sources), 'source')}" if story.sources else ""
    published = f" ({one_line(story.first_published)})" if story.first_published else ""
    first = f"First seen: {one_line(str(story.first_seen))}{published}."
    return [f"The story: {counted(len(members), 'text')}{sources}: {shown}.", first]
