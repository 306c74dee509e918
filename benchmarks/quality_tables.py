"""The figures of ``clean_quality`` as tables, and the texts behind them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.removals import readable
from benchmarks.report import percent, print_table
from benchmarks.scoring import Label, labels, lost_blocks, none_left, outcome

if TYPE_CHECKING:
    from benchmarks.clean_quality import Case

YES_NO = ("no", "yes")


def print_figures(figures: dict[str, Any]) -> None:
    """Print all figures."""
    _print_harm(figures["harm"])
    _print_benefit(figures["benefit"])
    _print_doubled(figures["doubled"])
    _print_bodies_in_context(figures["bodies_in_context"])
    _print_gold_strings(figures["gold_strings"])
    _print_overall(figures["overall"])
    print_table(
        "texts and bodies on which a law does not hold",
        ("law", "texts", "such as"),
        [(law, len(ids), ", ".join(ids[:3])) for law, ids in figures["broken_laws"].items()],
    )


def _print_harm(harm: dict[str, Any]) -> None:
    names = ("bodies", "losing", "words", "words_lost", "removals")
    print_table(
        "harm: clean bodies that lose words",
        (*names, "share losing"),
        [(*(harm[name] for name in names), percent(harm["losing"], harm["bodies"]))],
    )


def _print_benefit(rows: Sequence[dict[str, Any]]) -> None:
    names = ("labels", "removed", "partly", "kept", "none_left")
    print_table(
        "benefit: labeled repeats, each once per text",
        ("collection", "where", "kind", *names, "removed"),
        [
            (
                *(row[name] for name in ("collection", "where", "kind", *names)),
                percent(row["removed"], row["labels"]),
            )
            for row in rows
        ],
    )


def _print_doubled(rows: Sequence[dict[str, Any]]) -> None:
    names = ("words_before", "words_after", "doubled_before", "doubled_after")
    print_table(
        "texts that repeat themselves (doubled: share of the second half that stands in the first)",
        ("text", "body doubled", *names, "mended"),
        [
            (
                row["id"],
                YES_NO[row["judged_doubled"]],
                *(row[name] for name in names),
                YES_NO[row["mended"]],
            )
            for row in sorted(rows, key=lambda row: not row["judged_doubled"])
        ],
    )


def _print_bodies_in_context(bodies: dict[str, Any]) -> None:
    print_table(
        "texts that lose a block (of four words or more) of the clean body they hold",
        ("texts", "losing", "share"),
        [(bodies["documents"], bodies["losing"], percent(bodies["losing"], bodies["documents"]))],
    )


def _print_gold_strings(fields: dict[str, Any]) -> None:
    print_table(
        "strings that must stand (gold_with), and strings that must not (gold_without)",
        ("field", "in input", "not in output"),
        [(name, field["in_input"], field["not_in_output"]) for name, field in fields.items()],
    )


def _print_overall(rows: Sequence[dict[str, Any]]) -> None:
    print_table(
        "overall",
        ("collection", "documents", "changed", "share", "words removed", "removed by kind"),
        [
            (
                row["collection"],
                row["documents"],
                row["changed"],
                percent(row["changed"], row["documents"]),
                percent(row["words_removed"], row["words"]),
                ", ".join(f"{kind} {n}" for kind, n in row["removed_by_kind"].items()),
            )
            for row in rows
        ],
    )


def print_texts(cases: Sequence["Case"], bodies: Sequence["Case"], most: int) -> None:
    """Print up to ``most`` texts of each kind that asks for a look."""
    notable = {
        "harm: removed from clean bodies": (
            readable(removal) for case in bodies for removal in case.removals
        ),
        "lost: removals that the output does not cover": (
            readable(removal)
            for case in cases
            for removal in sorted(case.removals, key=lambda removal: removal.covered)
            if removal.covered < 0.8
        ),
        "lost: blocks of the clean body within its text": (
            f"{case.id}: {block}"
            for case in cases
            if case.missing
            for block in lost_blocks(case.document.get("gold_body") or "", case.before, case.after)
        ),
        "missed: body_once, not removed": _labels_with(cases, "body_once", {"kept", "partly"}),
        "too much: body_twice_or_more, removed": _labels_with(
            cases, "body_twice_or_more", {"removed", "partly"}
        ),
        "lost: labeled words that no longer stand in the output": _labels_gone(cases),
    }
    for title, texts in notable.items():
        print(f"\n##### {title}")
        for _, text in zip(range(most), texts, strict=False):
            print(f"\n{text}")


def _labels_with(cases: Sequence["Case"], where: str, outcomes: set[str]) -> Iterator[str]:
    for case in cases:
        for label in labels(case.document):
            if label.where == where:
                result = outcome(label, case.before, case.after)
                if result in outcomes:
                    yield _describe(case, label, result)


def _labels_gone(cases: Sequence["Case"]) -> Iterator[str]:
    for case in cases:
        for label in labels(case.document):
            if none_left(label, case.after):
                yield _describe(case, label, "none left")


def _describe(case: "Case", label: Label, result: str) -> str:
    counts = ", ".join(f"{case.before.count(run)} to {case.after.count(run)}" for run in label.runs)
    heading = f"{case.id}: {label.kind} {label.where} {result}; copies {counts}"
    texts = [f"    {' '.join(run)}" for run in label.runs]
    longer = [f"    inside: {' '.join(run)}" for run in label.longer]
    return "\n".join((heading, *texts, *longer))
