"""Pairs on which dedup and a label differ, as text for reading by eye."""

from collections.abc import Iterator

import dedup
from benchmarks.found import SAME, Found
from benchmarks.labeled import OTHER_STORY, SAME_STORY, UNLISTED, Labeled

SHOWN = 420
"""Characters of each text."""


def errors(labeled: Labeled, found: Found) -> dict[str, list[tuple[str, str]]]:
    """Return the pairs that are wrong, by how: missed, reported, reported though not listed."""
    kinds: dict[str, list[tuple[str, str]]] = {"missed": [], "wrong": [], "not listed": []}
    for pair in labeled.pairs:
        ends = (pair["a"], pair["b"])
        is_found = found.is_same_story(*ends)
        if pair.get("label") in SAME_STORY and not is_found:
            kinds["missed"].append(ends)
        if pair.get("label") in OTHER_STORY and is_found:
            kinds["wrong"].append(ends)
    for reported in found.pairs:
        ends = (str(reported.left), str(reported.right))
        if reported.relation in SAME and labeled.label(*ends) == UNLISTED:
            kinds["not listed"].append(ends)
    return kinds


def print_errors(title: str, labeled: Labeled, found: Found, most: int) -> None:
    """Print up to ``most`` errors of each kind."""
    documents = {d.id: d for d in labeled.documents(dates=True, sources=True)}
    for kind, pairs in errors(labeled, found).items():
        print(f"\n##### {title}: {len(pairs)} {kind}")
        for one, other in pairs[:most]:
            relation = found.relation(one, other) or "unrelated"
            keepers = [found.report.keeper_of(text) for text in (one, other)]
            print(f"\n{one} | {other}: {labeled.label(one, other)}, found {relation}; {keepers}")
            print(*_described(documents[one], documents[other]), sep="\n")


def _described(one: dedup.Document, other: dedup.Document) -> Iterator[str]:
    compared = dedup.compare(one, other)
    yield (
        f"  {compared.relation}: {compared.left_in_right:.0%} in right,"
        f" {compared.right_in_left:.0%} in left, hours apart {compared.hours_apart},"
        f" facts {'; '.join(' / '.join(fact) for fact in compared.facts) or 'none'}"
    )
    for document in (one, other):
        text = " ".join(document.text.split())
        yield f"  [{document.published}, {len(text.split())} words] {text[:SHOWN]}"
