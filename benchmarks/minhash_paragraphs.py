"""Repeated paragraphs of one article by MinHash, beside ``dedup.clean``: see ``clean_quality``.

By MinHash: paragraphs are shingled, signed and banded; one goes if it shares a band with one before
it that stays, and the estimate of their Jaccard index is at least the threshold.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

import dedup
from benchmarks.clean_quality import benefit, clean_all, gold_bodies, harm, read_collection
from benchmarks.scoring import Words, missing, words
from benchmarks.timing import ROOT
from dedup import MinHashKeys
from dedup.defaults import MIN_WORDS
from dedup.text import blocks

SEEDS, GOLDEN = ROOT / "seeds", ROOT / "tests" / "golden" / "clean"
SIZES = (10, 60)
"""Shingles of the paragraphs whose estimates are measured."""


def without_repeats(text: str, recipe: MinHashKeys, least: int = 0) -> str:
    """Return a text without the paragraphs, of ``least`` words, that MinHash takes for repeats."""
    paragraphs = [text[block.start : block.end] for block in blocks(text)]
    keys = [set(own.tolist()) for own in recipe.keys(paragraphs)]
    signatures = recipe.signatures(paragraphs)
    kept: list[int] = []
    for k, paragraph in enumerate(paragraphs):
        is_repeat = len(words(paragraph)) >= least and any(
            keys[k] & keys[j] and np.mean(signatures[k] == signatures[j]) >= recipe.threshold
            for j in kept
        )
        if not is_repeat:
            kept.append(k)
    return "\n\n".join(paragraphs[k] for k in kept)


WAYS: dict[str, Callable[[str], str]] = {
    "dedup.clean": dedup.clean,
    "MinHash, 0.8": partial(without_repeats, recipe=MinHashKeys(threshold=0.8)),
    "MinHash, 0.5": partial(without_repeats, recipe=MinHashKeys()),
    "MinHash, 0.8, not the short ones": partial(
        without_repeats, recipe=MinHashKeys(threshold=0.8), least=MIN_WORDS
    ),
}


def of_pages(documents: Sequence[dict[str, Any]], clean: Callable[[str], str]) -> dict[str, Any]:
    """Return what becomes of labeled repeats, and how many clean bodies lose words."""

    def nothing_more(text: str) -> dedup.Scan:
        return dedup.Scan((), text)

    named = [("pages-a", document) for document in documents]
    cases = clean_all(named, clean, nothing_more)
    bodies = harm(clean_all(gold_bodies(named), clean, nothing_more))
    found: dict[str, Counter[str]] = {}
    for row in benefit(cases):
        if row["where"] != "body_twice_or_more":  # there the repeat belongs to the article
            found.setdefault(row["kind"], Counter()).update(
                {name: row[name] for name in ("labels", "removed", "partly")}
            )
    return {
        "kinds": {kind: dict(found[kind]) for kind in ("exact", "near", "inside")},
        "words_removed": sum(case.missing.total() for case in cases),
        "bodies": bodies["bodies"],
        "harmed": bodies["losing"],
        "words_lost": bodies["words_lost"],
    }


def of_seeds(clean: Callable[[str], str]) -> dict[str, dict[str, int]]:
    """Return of each seed how many words should go, and how many go rightly and wrongly."""
    rows = {}
    for path in sorted(SEEDS.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        before, after = Words.of(text), Words.of(clean(text))
        golden = Words.of((GOLDEN / path.name).read_text(encoding="utf-8"))
        due, gone = missing(before, golden), missing(before, after)
        rows[path.stem] = {
            "due": due.total(),
            "gone": (due & gone).total(),
            "wrong": (gone - due).total(),
        }
    return rows


def alike_paragraphs(documents: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return pairs of paragraphs of one page that share some of their shingles, 10 to 60 each."""
    recipe, found = MinHashKeys(), []
    for document in documents:
        paragraphs = [document["text"][b.start : b.end] for b in blocks(document["text"])]
        sets = {text: set(recipe.shingles(text).tolist()) for text in dict.fromkeys(paragraphs)}
        fitting = [text for text, own in sets.items() if SIZES[0] <= len(own) <= SIZES[1]]
        for one, other in combinations(fitting, 2):
            if sets[one] != sets[other] and sets[one] & sets[other]:
                found.append((one, other))
    return found


def measure_paragraphs(folder: Path | None) -> dict[str, Any]:
    """Return what each way takes out of pages and seeds."""
    result: dict[str, Any] = {"seeds": {name: of_seeds(clean) for name, clean in WAYS.items()}}
    if folder:
        documents = list(read_collection(folder, "pages-a"))
        result["pages"] = {name: of_pages(documents, clean) for name, clean in WAYS.items()}
    return result
