"""What an index, or a peer, answers of a stream, judged as a pass over the same articles is.

A text is found with its *original* by the rule of ``generated_scores``: both are reported as one
story, or both go for one text. It is found with its *story* if so, or if it is reported as one
story with any text before it in the stream that holds words of the original. Of an extract an
overlap is enough. An index compares with what it has kept, which may be another text of the story.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.found import SAME, Found
from benchmarks.generated_scores import Truths
from benchmarks.planted import COPYING, RARE
from benchmarks.relation_choices import GROUPS
from dedup import Answer, Decision, Pair, Report

Id = str | int


def named(text: Id, others: Iterable[Id]) -> list[Pair]:
    """Return as pairs what a peer says, which tells no relations: a text copies some others."""
    return [_pair(text, other, "copy", 1.0) for other in others]


def _pair(text: Id, other: Id, relation: Any, share: float) -> Pair:
    return Pair(text, other, relation, share, share, None, None, None, None, ())


def found_in_answers(
    texts: Sequence[Id], answers: Sequence[Sequence[Pair]], threshold: float
) -> Found:
    """Return what was answered of texts, in the order in which they were added."""
    dropped = []
    for text, answer in zip(texts, answers, strict=True):
        kept = answer.kept if isinstance(answer, Answer) else None
        if kept is not None:
            dropped.append(Decision(text, kept, answer[0].relation, answer[0].left_in_right))
    gone = {decision.id for decision in dropped}
    report = Report(
        dedup="",
        recipe={},
        threshold=threshold,
        kept=tuple(text for text in texts if text not in gone),
        relations={},
        dropped=tuple(dropped),
        stories=(),
        suspects=(),
    )
    return Found.of((pair for answer in answers for pair in answer), report)


class Told(msgspec.Struct):
    """What was answered of a text: the other text, the relation and the share that it holds."""

    text: Id
    kept: Id | None
    pairs: list[tuple[Id, str, float]]


class AnswerFile:
    """Answers in a file, so that they take no memory while it is measured."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = path.open("wb")

    def write(self, texts: Iterable[Id], answers: Iterable[Sequence[Pair]]) -> None:
        """Write the answers of some texts."""
        for text, answer in zip(texts, answers, strict=True):
            kept = answer.kept if isinstance(answer, Answer) else None
            pairs = [(pair.right, pair.relation, pair.left_in_right) for pair in answer]
            self._stream.write(msgspec.json.encode(Told(text, kept, pairs)) + b"\n")

    def read(self) -> tuple[list[Id], list[Answer]]:
        """Return all texts with their answers, and write no more."""
        self._stream.close()
        texts, answers = [], []
        with self._path.open("rb") as stream:
            for told in map(msgspec.json.Decoder(Told).decode, stream):
                pairs = (_pair(told.text, *pair) for pair in told.pairs)
                texts.append(told.text)
                answers.append(Answer(pairs, told.kept))
        return texts, answers


class Reported:
    """Which texts are reported as one story with which, or overlap, texts of the same words taken
    as one."""

    def __init__(self, known: Truths, found: Found) -> None:
        self._found = found
        self._related: dict[Id, dict[Id, str]] = {}
        for pair, relation in found.relations.items():
            for one, other in (tuple(pair), tuple(pair)[::-1]):
                own = self._related.setdefault(found.first_of(one), {})
                own[found.first_of(other)] = relation
        self._texts: dict[Id, list[str]] = {}
        for text in known:
            self._texts.setdefault(found.first_of(text), []).append(text)

    def with_text(self, text: str, *, overlap: bool) -> Iterable[str]:
        """Yield the texts that are reported as one story with a text; ``overlap``: those, too."""
        first = self._found.first_of(text)
        yield from self._texts.get(first, ())
        for other, relation in self._related.get(first, {}).items():
            if relation in SAME or (overlap and relation == "overlap"):
                yield from self._texts.get(other, ())


def story_recall(
    known: Truths, found: Found, places: Mapping[str, int]
) -> dict[str, dict[str, Any]]:
    """Return of each kind how many originals of a copy are found with their story.

    ``places`` : of the texts in the stream
    """
    reported = Reported(known, found)
    rows: dict[str, dict[str, Any]] = {kind: {"pairs": 0, "found": 0} for kind in (*COPYING, *RARE)}
    for text, truth in known.items():
        if truth["kind"] not in rows:
            continue
        row, overlap = rows[truth["kind"]], truth["kind"] == "extract"
        held = {
            original
            for other in reported.with_text(text, overlap=overlap)
            if places[other] < places[text]
            for original in known[other]["of"]
        }
        for original in truth["of"]:
            row["pairs"] += 1
            row["found"] += original in held or found.is_same_story(text, original, overlap=overlap)
    for row in rows.values():
        row["recall"] = round(row["found"] / row["pairs"], 5) if row["pairs"] else None
    return rows


def by_groups(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    """Return the recall of groups of kinds."""
    shares: dict[str, float | None] = {}
    for group, kinds in GROUPS.items():
        n, found = (sum(rows[kind][name] for kind in kinds) for name in ("pairs", "found"))
        shares[group] = round(found / n, 4) if n else None
    return shares


def overall(rows: Mapping[str, Mapping[str, Any]]) -> float | None:
    """Return the recall of all kinds together."""
    n, found = (sum(row[name] for row in rows.values()) for name in ("pairs", "found"))
    return round(found / n, 5) if n else None
