"""MinHash: how fast, how exact, how many pairs share a band, and which copies are found.

``python -m benchmarks.minhash [--data FOLDER] [--articles N] [--rounds N] [--json FILE]``, or, to
write the tables and pictures of docs/minhash.md from the result file,
``python -m benchmarks.minhash --markdown``.
"""

import argparse
import statistics
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks import minhash_pages
from benchmarks.clean_quality import read_collection
from benchmarks.data import articles
from benchmarks.found import find
from benchmarks.generated_scores import recall, truths
from benchmarks.labeled import read_labeled
from benchmarks.linking import linked
from benchmarks.minhash_paragraphs import alike_paragraphs, measure_paragraphs
from benchmarks.minhash_speed import measure_speed
from benchmarks.planted import COPYING, RARE, Record, planted
from benchmarks.relation_choices import documents_of
from benchmarks.report import print_table, write_result
from benchmarks.timing import interleaved, seconds
from benchmarks.words import WORD, edited
from dedup import MinHashKeys, PassageKeys, defaults
from dedup.links import needed_keys

Pair = tuple[str, str]

BANDINGS = {
    "dedup": MinHashKeys(),
    "dedup at 0.4": MinHashKeys(threshold=0.4),
    "dedup at 0.7": MinHashKeys(threshold=0.7),
    "FineWeb": MinHashKeys(112, bands=14, rows=8),
    "datasketch at 0.7": MinHashKeys(bands=14, rows=9),
    "OLMo 3": MinHashKeys(286, bands=26, rows=11),
    "datasketch": MinHashKeys(bands=5, rows=25),
}
"""Bands that are measured: datasketch chooses for a threshold of 0.9 unless told otherwise."""

RECIPES = {"passage keys": PassageKeys(), **BANDINGS}
N_PAIRS = 8000
SHORT = (14, 64)
"""Words of short texts: 10 to 60 shingles."""
SIZES = (64, 128, 256)
ROUNDS = 5
"""Times that ``deduplicate`` is timed."""
N_SEEDS = 20
"""Draws of the permutations, where pairs are few."""


def article_pairs(n: int, words: tuple[int, int] | None = None, seed: int = 1) -> Iterator[Pair]:
    """Yield pairs of articles, or of their first words, of any Jaccard index there is.

    Of each two pairs one is edited, the other shares its first part alone.
    """
    random = Random(seed)
    texts = [article["text"] for article in articles(2 * n, seed, doubled=0, messy=0)]
    for one, other in zip(texts[::2], texts[1::2], strict=True):
        if words is not None:
            size = random.randint(*words)
            one, other = (" ".join(WORD.findall(text)[:size]) for text in (one, other))
        if random.random() < 0.5:
            yield one, edited(one, random, 0, 0.25)
        else:
            first = round(random.random() * len(WORD.findall(one)))
            start = WORD.findall(one)[:first]
            yield one, " ".join([*start, *WORD.findall(other)[first:]])


def jaccard(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Return the exact Jaccard index of the shingles of each pair."""
    recipe, found = MinHashKeys(), []
    for one, other in pairs:
        left, right = recipe.shingles(one), recipe.shingles(other)
        shared = len(np.intersect1d(left, right, assume_unique=True))
        found.append(shared / (len(left) + len(right) - shared))
    return np.array(found)


def estimates(pairs: Sequence[Pair], recipe: MinHashKeys) -> NDArray[np.float64]:
    """Return the share of equal numbers in the signatures of each pair."""
    left, right = (recipe.signatures(texts) for texts in zip(*pairs, strict=True))
    return np.mean(left == right, axis=1)


def errors(
    pairs: Sequence[Pair], exact: NDArray[np.float64], num_perm: int, seeds: int = 1
) -> dict[str, Any]:
    """Return the root mean square error of estimates, and what it should be."""
    recipes = [MinHashKeys(num_perm, seed=seed + 1) for seed in range(seeds)]
    off = np.concatenate([estimates(pairs, recipe) - exact for recipe in recipes])
    expected = float(np.mean(exact * (1 - exact) / num_perm) ** 0.5)
    found = float(np.mean(off**2) ** 0.5)
    return {
        "pairs": len(pairs),
        "seeds": seeds,
        "error": round(found, 4),
        "expected": round(expected, 4),
        "ratio": round(found / expected, 3),
        "bias": round(float(off.mean()), 5),
    }


def measure_errors(folder: Path | None) -> dict[str, Any]:
    """Return the errors of estimates on articles, short texts, and labeled real ones."""
    result: dict[str, Any] = {}
    long = list(article_pairs(N_PAIRS))
    exact = jaccard(long)
    for num_perm in SIZES:
        result[f"articles, {num_perm} numbers"] = errors(long, exact, num_perm)
    short = list(article_pairs(N_PAIRS, SHORT))
    result["10 to 60 shingles, 128 numbers"] = errors(short, jaccard(short), 128)
    if folder:
        wire = read_labeled(folder, "reuters-a")
        real = [(wire.texts[pair["a"]], wire.texts[pair["b"]]) for pair in wire.pairs]
        result["related articles of a wire, 128 numbers"] = errors(
            real, jaccard(real), 128, N_SEEDS
        )
        pages = alike_paragraphs(list(read_collection(folder, "pages-a")))
        result["paragraphs of pages, 10 to 60 shingles, 128 numbers"] = errors(
            pages, jaccard(pages), 128, N_SEEDS
        )
    return result


def meet(pairs: Sequence[Pair], recipe: MinHashKeys) -> NDArray[np.bool_]:
    """Tell which pairs share a key."""
    keys = [recipe.keys(texts) for texts in zip(*pairs, strict=True)]
    return np.array([bool(np.isin(*both).any()) for both in zip(*keys, strict=True)])


def measure_curves() -> dict[str, Any]:
    """Return for each banding how many pairs share a key, by their Jaccard index."""
    pairs = list(article_pairs(N_PAIRS, seed=2))
    exact = jaccard(pairs)
    bins = np.minimum((20 * exact).astype(int), 19)
    result: dict[str, Any] = {}
    for name, recipe in BANDINGS.items():
        met, banding = meet(pairs, recipe), recipe.banding
        points = []
        for number in range(20):
            here = bins == number
            chances = [banding.probability(value) for value in exact[here]]
            points.append({
                "pairs": int(here.sum()),
                "jaccard": round(float(exact[here].mean()), 4),
                "met": round(float(met[here].mean()), 4),
                "expected": round(float(np.mean(chances)), 4),
            })  # fmt: skip
        result[name] = {"bands": banding.bands, "rows": banding.rows, "points": points}
    return result


def met_by_kind(records: Sequence[Record], recipe: PassageKeys | MinHashKeys) -> dict[str, float]:
    """Return of each kind of copy how many share enough keys with their originals."""
    places = {record["id"]: place for place, record in enumerate(records)}
    keys = recipe.keys([record["text"] for record in records])
    kinds: dict[str, list[tuple[int, int]]] = {kind: [] for kind in (*COPYING, *RARE)}
    for record in records:
        if record["truth"]["kind"] in kinds:
            kinds[record["truth"]["kind"]] += [
                (places[record["id"]], places[original]) for original in record["truth"]["of"]
            ]
    found = {}
    for kind, pairs in kinds.items():
        enough = [
            share_enough(keys[a], keys[b]) if recipe.window else np.isin(keys[a], keys[b]).any()
            for a, b in pairs
        ]
        found[kind] = round(float(np.mean(enough)), 4)
    return found


def share_enough(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> bool:
    """Tell whether two texts share as many keys as the smaller one must."""
    needed = needed_keys(np.array([len(one), len(other)]), defaults.LEAST_SHARED)
    return len(np.intersect1d(one, other)) >= needed.min()


def measure_recall(n: int) -> dict[str, Any]:
    """Return of each recipe which copies share keys, which are found, and at what cost."""
    records = list(planted(n))
    documents, known = documents_of(records), truths(records)
    calls = {
        name: partial(seconds, partial(dedup.deduplicate, documents, keys=recipe))
        for name, recipe in RECIPES.items()
    }
    runs = interleaved(calls, ROUNDS)
    result: dict[str, Any] = {"articles": n, "recipes": {}}
    for name, recipe in RECIPES.items():
        counted: list[int] = []
        with linked((), counted):
            kinds = recall(known, find(documents, keys=recipe))
        result["recipes"][name] = {
            "compared": counted[0],
            "seconds": round(statistics.median(runs[name]), 2),
            "met": met_by_kind(records, recipe),
            "found": {kind: row["recall"] for kind, row in kinds.items()},
        }
    return result


def print_figures(result: dict[str, Any]) -> None:
    """Print everything as tables."""
    speed = result["speed"]["mb_per_s"].items()
    rows = [(name, row["median"]) for name, row in speed]
    print_table("megabytes a second of one core", ("from", "MB/s"), rows)
    columns = ("pairs", "seeds", "error", "expected", "ratio", "bias")
    print_table(
        "estimates of the Jaccard index",
        ("texts", *columns),
        [(name, *(row[key] for key in columns)) for name, row in result["errors"].items()],
    )
    for name, curve in result["curves"].items():
        points = [
            (f"{p['jaccard']:.3f}", p["pairs"], p["met"], p["expected"]) for p in curve["points"]
        ]
        title = f"{name}: {curve['bands']} bands of {curve['rows']}"
        print_table(title, ("Jaccard", "pairs", "share a key", "expected"), points)
    for key, title in (("met", "share enough keys"), ("found", "found")):
        print_table(
            f"copies that {title}, {result['recall']['articles']:,} generated articles",
            ("keys", "compared", "seconds", *COPYING, *RARE),
            [
                (name, row["compared"], row["seconds"], *(f"{v:.3f}" for v in row[key].values()))
                for name, row in result["recall"]["recipes"].items()
            ],
        )
    for name, row in result["paragraphs"].get("pages", {}).items():
        kinds = [f"{k}: {n['removed']} of {n['labels']}" for k, n in row["kinds"].items()]
        print(f"{name}: {', '.join(kinds)}; {row['harmed']} of {row['bodies']} bodies harmed")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.minhash", description=__doc__)
    add = parser.add_argument
    add("--data", type=Path, help="folder of the labeled collections")
    add("--articles", type=int, default=10_000, help="how many to look for copies in")
    add("--rounds", type=int, default=15, help="times that speed is measured")
    add("--json", type=Path, metavar="FILE", help="write the figures")
    add("--markdown", action="store_true", help="only write the tables and pictures of the docs")
    options = parser.parse_args(arguments)
    if options.markdown:
        minhash_pages.write()
        return
    result = {
        "peers": {name: version(name) for name in ("datasketch", "rensa")},
        "speed": measure_speed(options.rounds),
        "errors": measure_errors(options.data),
        "curves": measure_curves(),
        "recall": measure_recall(options.articles),
        "paragraphs": measure_paragraphs(options.data),
    }
    print_figures(result)
    if options.json:
        write_result(options.json, result)


if __name__ == "__main__":
    main()
