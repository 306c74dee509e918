"""The figures of ``quality`` as tables."""

from collections.abc import Mapping
from typing import Any

from benchmarks.report import percent, print_table


def print_figures(figures: Mapping[str, Any]) -> None:
    """Print all figures."""
    for known, scores in figures.get("generated", {}).items():
        _print_generated(known, scores)
    for name, settings in figures.get("labeled", {}).items():
        _print_same_story(name, settings)
        for known, scores in settings.items():
            _print_labels(f"{name}, known: {known}", scores["by_label"])
        _print_dropped(name, settings)
        for known, scores in settings.items():
            for part in ("by_length", "by_kind", "failed_pages"):
                if part in scores:
                    PARTS[part](f"{name}, known: {known}", scores[part])


def _print_generated(known: str, scores: Mapping[str, Any]) -> None:
    title = f"{scores['documents']:,} generated articles, known: {known}"
    print_table(
        f"{title}: recall by kind",
        ("kind", "pairs", "recall", "found as"),
        [
            (kind, row["pairs"], _share(row["recall"]), _counts(row["relations"]))
            for kind, row in scores["recall"].items()
        ],
    )
    print_table(
        f"{title}: issues of one form",
        ("kind", "pairs", "merged", "one story", "template"),
        [
            (kind, row["pairs"], *(percent(row[k], row["pairs"]) for k in TEMPLATE_COLUMNS))
            for kind, row in scores["templates"].items()
        ],
    )
    pairs, promise, lost = scores["pairs"], scores["promise"], scores["lost"]
    print_table(
        f"{title}: the rest",
        ("what", "figure"),
        [
            ("pairs reported as one story", pairs["reported"]),
            ("pair precision", _share(pairs["precision"])),
            ("without issues of forms", _share(pairs["precision_without_forms"])),
            ("of identical, copy, excerpt", _share(pairs["precision_of_copies"])),
            ("wrong pairs", _counts(pairs["wrong"])),
            ("lost to a doubled copy", lost["doubled"]),
            ("lost to a round-up", lost["roundup"]),
            ("lost to a stranger", lost["stranger"]),
            ("dropped", promise["dropped"]),
            ("keeper not kept", promise["keeper_not_kept"]),
            ("checked, of these", promise["checked"]),
            ("not held by the keeper", promise["not_held"]),
            ("least held", promise["least_held"]),
        ],
    )


TEMPLATE_COLUMNS = ("merged", "same_story", "template")


def _print_same_story(name: str, settings: Mapping[str, Any]) -> None:
    print_table(
        f"{name}: labeled pairs of one story",
        ("known", "right", "wrong", "missed", "precision", "recall", "F1", "reported", "unlisted"),
        [
            (
                known,
                *(scores["same_story"][key] for key in ("right", "wrong", "missed")),
                *(_share(scores["same_story"][key]) for key in ("precision", "recall", "f1")),
                scores["reported_as_same_story"],
                _counts(scores["unlisted"]),
            )
            for known, scores in settings.items()
        ],
    )


def _print_labels(title: str, rows: Mapping[str, Any]) -> None:
    print_table(
        f"{title}: pairs by label",
        ("label", "pairs", "found", "share", "as"),
        [
            (
                label,
                row["pairs"],
                row["found"],
                percent(row["found"], row["pairs"]),
                _counts(row["relations"]),
            )
            for label, row in rows.items()
        ],
    )


def _print_dropped(name: str, settings: Mapping[str, Any]) -> None:
    print_table(
        f"{name}: dropped texts, by the label of the text and its keeper",
        ("known", "texts", "precision", "labels", "of them not identical"),
        [
            (
                known,
                scores["dropped"]["texts"],
                _share(scores["dropped"]["precision"]),
                _counts(scores["dropped"]["labels"]),
                _counts(scores["dropped"]["labels_not_identical"]),
            )
            for known, scores in settings.items()
        ],
    )


def _print_lengths(title: str, rows: Mapping[str, Any]) -> None:
    print_table(
        f"{title}: by words of the shorter text",
        ("words", "right", "wrong", "missed", "precision", "recall", "F1"),
        [
            (
                length,
                *(row[key] for key in ("right", "wrong", "missed")),
                *(_share(row[key]) for key in ("precision", "recall", "f1")),
            )
            for length, row in rows.items()
        ],
    )


def _print_failed(title: str, row: Mapping[str, int]) -> None:
    print_table(f"{title}: pages without an article", tuple(row), [tuple(row.values())])


PARTS = {"by_length": _print_lengths, "by_kind": _print_labels, "failed_pages": _print_failed}


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in counts.items()) or "-"
