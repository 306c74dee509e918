"""Why a text went or stayed: what its report says, and what the texts say themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dedup.comparison import compare
from dedup.document_files import Fields
from dedup.errors import RecordError
from dedup.finding import find_documents
from dedup.model import Comparison, Document
from dedup.records import find_sources
from dedup.report_files import Finding, find, read_report


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a text; of one that went, with its keeper, if the texts are there."""

    finding: Finding
    documents: tuple[Document, Document] | None = None
    comparison: Comparison | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name; ``comparison`` is there if the texts are."""
        told = self.finding.to_dict()
        return told if self.comparison is None else told | {"comparison": self.comparison.to_dict()}


def explain(name: str, report_path: str, inputs: Sequence[str], fields: Fields) -> Explanation:
    """Return why the text whose id is written so went or stayed.

    ``inputs`` are the files that the report is about, or none. Without them nothing is known of
    a text that is neither in a story nor suspect.
    """
    report = read_report(report_path)
    finding = find(report, name)
    if finding is None and inputs:
        finding = Finding(_read_id(name, inputs, fields), None, None, None)
    if finding is None:
        problem = f"must name {name!r}, got a report in which it neither goes nor others go for it"
        problem += "; with --in FILE it is looked for among the texts that stay"
        raise RecordError(report_path, None, problem)
    if finding.decision is None or not inputs:
        return Explanation(finding)
    ids = (finding.decision.id, finding.decision.kept)
    found = find_documents(find_sources(inputs), ids, fields)
    for own in ids:
        if own not in found:
            raise RecordError(inputs[0], None, _missing(str(own), fields))
    documents = found[ids[0]], found[ids[1]]
    comparison = compare(*documents, threshold=report.threshold)
    # The pass knows more: what is boilerplate of a source, which forms there are.
    comparison = replace(comparison, relation=finding.decision.relation)
    return Explanation(finding, documents, comparison)


def _read_id(name: str, inputs: Sequence[str], fields: Fields) -> str | int:
    ids: list[str | int] = [name]
    if name.removeprefix("-").isdecimal() and len(name) < 4000 and str(int(name)) == name:
        ids.append(int(name))
    for own in find_documents(find_sources(inputs), ids, fields):
        return own
    raise RecordError(inputs[0], None, _missing(name, fields))


def _missing(name: str, fields: Fields) -> str:
    return f'field "{fields.id}" of a record must be {name!r}, got no such record; use --id FIELD'
