"""Reports in files, and what a report says of one text."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from dedup import __version__
from dedup.errors import RecordError
from dedup.jsonline import object_line
from dedup.model import FORMAT, Decision, Report, Story, Suspect
from dedup.streams import open_file

_NAME, _, _VERSION = FORMAT.rpartition("/")


class StoredReport(msgspec.Struct):
    """What is read of a report file."""

    threshold: float
    dropped: list[Decision]
    stories: list[Story]
    suspects: list[Suspect]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a report says of a text: each is None where it says nothing.

    ``decision`` is there for a text that went, ``story`` for it and for its keeper.
    """

    id: str | int
    decision: Decision | None
    story: Story | None
    suspect: Suspect | None

    @property
    def kept(self) -> str | int:
        """The id of the text that is kept for it: its own for a kept one."""
        return self.id if self.decision is None else self.decision.kept

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {
            "id": self.id,
            "kept": self.kept,
            "relation": None if self.decision is None else self.decision.relation,
            "coverage": None if self.decision is None else self.decision.coverage,
            "story": None if self.story is None else asdict(self.story),
            "suspect": None if self.suspect is None else self.suspect.reason,
        }


def report_content(report: Report) -> bytes:
    """Return what a report file holds."""
    return object_line(report.to_dict())


def read_report(path: str) -> StoredReport:
    """Return what a report file says; raise RecordError for another format or version."""
    with open_file(path) as (_, stream):
        content = stream.read()
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RecordError(path, None, f"a report must be JSON, got {error}") from error
    name = told.get("format") if isinstance(told, dict) else None
    written, _, version = name.rpartition("/") if isinstance(name, str) else ("", "", "")
    if written != _NAME or not version.isdecimal() or len(version) > 9:
        got = "no format" if name is None else f"format {name!r:.80}"
        raise RecordError(path, None, f"must be a report of the format {FORMAT}, got {got}")
    if int(version) > int(_VERSION):
        must = f"must be of the format {FORMAT} at most, which dedup {__version__} knows"
        by = f"written by dedup {told.get('dedup')!s:.40}"
        raise RecordError(path, None, f"{must}, got {name}, {by}")
    try:
        return msgspec.convert(told, StoredReport)
    except msgspec.ValidationError as error:
        raise RecordError(
            path, None, f"must be a report of the format {FORMAT}: {error}"
        ) from error


def find(report: StoredReport, name: str) -> Finding | None:
    """Return what a report says of the text whose id is written so, None if it names none.

    Of 7 and "7" the string counts.
    """
    ids = {own.id for own in report.dropped} | {own.kept for own in report.stories}
    ids |= {own.id for own in report.suspects}
    found = [own for own in ids if str(own) == name]
    if not found:
        return None
    own = name if name in ids else found[0]
    decision = next((d for d in report.dropped if d.id == own), None)
    kept = own if decision is None else decision.kept
    return Finding(
        own,
        decision,
        next((story for story in report.stories if story.kept == kept), None),
        next((suspect for suspect in report.suspects if suspect.id == own), None),
    )
