"""The figures of ``minhash`` as the tables and pictures of docs/minhash.md.

In the page a table stands between ``<!-- table NAME -->`` and ``<!-- end -->``.
"""

from collections.abc import Callable
from typing import Any

from benchmarks.relation_markdown import KINDS, TABLE, percent, read, table
from benchmarks.svg import Panel, Scale, picture
from benchmarks.timing import ROOT
from dedup import defaults
from dedup.banding import Banding

PAGE = ROOT / "docs" / "minhash.md"
IMAGES = ROOT / "docs" / "images"
RESULT = ROOT / "benchmarks" / "results" / "minhash.json"
SHARES = Scale(0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1))
ALIKE = (0.3, 0.42, 0.5, 0.63, 0.7, 0.8, 0.9)
"""Jaccard indices of the table of bands."""

NAMES = {
    "dedup": "`MinHashKeys()`",
    "dedup at 0.4": "`MinHashKeys(threshold=0.4)`",
    "dedup at 0.7": "`MinHashKeys(threshold=0.7)`",
    "FineWeb": "FineWeb",
    "datasketch at 0.7": "`MinHashLSH(threshold=0.7)`",
    "OLMo 3": "OLMo 3",
    "datasketch": "`MinHashLSH()`",
}
COLORS = {
    "passage keys": "blue", "dedup": "orange", "dedup at 0.7": "pink", "FineWeb": "green",
    "datasketch at 0.7": "gray", "OLMo 3": "purple", "datasketch": "gray",
}  # fmt: skip
DRAWN = ("dedup", "FineWeb", "OLMo 3", "datasketch")
BARS = ("passage keys", "dedup", "FineWeb")
SPEED = {
    "dedup": "`MinHashKeys().signatures(texts)`",
    "datasketch": "words and runs of five by `re`, then `MinHash.bulk`, hash function xxh32",
    "rensa": "the same, then `RMinHash.digest_matrix_from_token_sets`",
    "dedup from shingles": "dedup, from shingles to signatures",
    "datasketch from shingles": "datasketch, the same",
    "rensa from shingles": "rensa, the same; it hashes the shingles first",
    "words and shingles": "dedup, from texts to shingles",
    "keys": "`MinHashKeys().keys(texts)`",
    "passage keys": "`PassageKeys().keys(texts)`",
}
MEANINGS = {
    "MINHASH_PERMUTATIONS": "numbers in a signature",
    "MINHASH_THRESHOLD": "Jaccard index from which pairs should share a key",
    "MINHASH_RECALL": "share of the pairs with that index that do",
    "MINHASH_SEED": "draws the permutations; that of datasketch",
}


def speed() -> str:
    """Return megabytes a second."""
    rates = read("minhash")["speed"]["mb_per_s"]
    rows = []
    for name, what in SPEED.items():
        rate = rates[name]["median"]
        rows.append((what, f"{rate:.0f}" if rate >= 100 else f"{rate:.1f}"))
    return table(("", "MB/s on one core"), rows)


def errors() -> str:
    """Return errors of estimates, measured and expected."""
    rows = [
        (
            name,
            f"{row['pairs']:,}",
            f"{row['error']:.4f}",
            f"{row['expected']:.4f}",
            f"{row['ratio']:.2f}",
            f"{row['bias']:+.4f}",
        )
        for name, row in read("minhash")["errors"].items()
    ]
    heads = ("pairs", "error", "sqrt(J(1 - J)/k)", "ratio", "mean of the errors")
    return table(("texts and k, the numbers in a signature", *heads), rows)


def bands() -> str:
    """Return the chance that a pair shares a key, by the formula."""
    rows = []
    for name, curve in read("minhash")["curves"].items():
        banding = Banding(curve["bands"], curve["rows"])
        chances = [f"{banding.probability(jaccard):.3f}" for jaccard in ALIKE]
        rows.append((NAMES[name], f"{banding.bands} × {banding.rows}", *chances))
    return table(("", "bands × rows", *(f"{jaccard:g}" for jaccard in ALIKE)), rows)


def recall() -> str:
    """Return which copies are found by passage keys and by bands."""
    recipes = read("minhash")["recall"]["recipes"]
    rows = [
        (f"`{kind}`", done, *(percent(row["found"][kind]) for row in recipes.values()))
        for kind, done in KINDS.items()
    ]
    rows.append(("", "pairs that are compared", *(f"{r['compared']:,}" for r in recipes.values())))
    rows.append(("", "seconds", *(f"{r['seconds']:.2f}" for r in recipes.values())))
    heads = [NAMES.get(name, "`PassageKeys()`") for name in recipes]
    return table(("kind", "what was done", *heads), rows, 2)


def paragraphs() -> str:
    """Return what becomes of labeled repeats of pages, and of correct bodies."""
    rows = []
    for name, row in read("minhash")["paragraphs"]["pages"].items():
        kinds = [f"{kind['removed']} of {kind['labels']}" for kind in row["kinds"].values()]
        harmed = f"{row['harmed']} of {row['bodies']}"
        rows.append((_way(name), *kinds, f"{row['words_removed']:,}", harmed))
    heads = ("equal", "nearly equal", "inside a longer one", "words removed", "bodies harmed")
    return table(("", *heads), rows)


def seeds() -> str:
    """Return what becomes of the seed articles: words that go rightly, and wrongly."""
    ways = read("minhash")["paragraphs"]["seeds"]
    plain = {
        seed
        for seed, row in ways["dedup.clean"].items()
        if all(way[seed] == row | {"gone": row["due"], "wrong": 0} for way in ways.values())
    }
    rows = []
    for seed in ways["dedup.clean"]:
        if seed not in plain:
            cells = [_words(row[seed]) for row in ways.values()]
            rows.append((f"`{seed}`", str(ways["dedup.clean"][seed]["due"]), *cells))
    rows.append((f"the {len(plain)} others", "all", *("all" for _ in ways)))
    return table(("seed", "words to go", *map(_way, ways)), rows)


def _way(name: str) -> str:
    return f"`{name}`" if name.startswith("dedup") else name


def _words(row: dict[str, int]) -> str:
    wrong = f" and {row['wrong']} wrong ones" if row["wrong"] else ""
    return f"{row['gone']}{wrong}"


def default_values() -> str:
    """Return the defaults of MinHash, with what each means."""
    rows = [
        f"| `{name}` | {getattr(defaults, name):g} | {meaning} |"
        for name, meaning in MEANINGS.items()
    ]
    return "\n".join(["| default | value | meaning |", "| --- | ---: | --- |", *rows])


TABLES: dict[str, Callable[[], str]] = {
    "speed": speed,
    "errors": errors,
    "bands": bands,
    "recall": recall,
    "paragraphs": paragraphs,
    "seeds": seeds,
    "defaults": default_values,
}


def draw_curves() -> str:
    """Return how likely a pair shares a key: lines by the formula, dots as measured."""
    curves: dict[str, Any] = read("minhash")["curves"]
    panel = Panel(60, 40, 430, 330, SHARES, SHARES)
    panel.title("Pairs that share a key", "Jaccard index of the pair", "share of the pairs")
    panel.grid()
    for name in DRAWN:
        curve, color = curves[name], COLORS[name]
        banding = Banding(curve["bands"], curve["rows"])
        steps = [step / 100 for step in range(101)]
        panel.curve([(jaccard, banding.probability(jaccard)) for jaccard in steps], color)
        panel.dots([(point["jaccard"], point["met"]) for point in curve["points"]], color, 7)
    names = [
        (f"{name}: {curves[name]['bands']} × {curves[name]['rows']}", COLORS[name])
        for name in DRAWN
    ]
    panel.legend(names, 512, 60)
    panel.text(503, 140, "lines: the formula", "tick")
    panel.text(503, 156, "dots: measured", "tick")
    return picture("Pairs that share a key, by Jaccard index", 680, 420, [panel])


def draw_recall() -> str:
    """Return recall by kind of copy as bars: passage keys, MinHash keys, FineWeb's bands."""
    recipes = read("minhash")["recall"]["recipes"]
    kinds = list(KINDS)
    up = Scale(0, len(kinds), [len(kinds) - k - 0.5 for k in range(len(kinds))])
    panel = Panel(110, 40, 570, 28 * len(kinds), SHARES, up)
    panel.title("Recall by kind of copy", "share of generated copies found with their original")
    panel.grid(up=kinds)
    for k, kind in enumerate(kinds):
        row = len(kinds) - k - 0.5
        for shift, name in zip((0.25, 0, -0.25), BARS, strict=True):
            panel.bar(row + shift, recipes[name]["found"][kind], COLORS[name], 6)
    names = ("passage keys", "MinHash keys, 23 × 3", "FineWeb, 14 × 8")
    labels = [(label, COLORS[name]) for label, name in zip(names, BARS, strict=True)]
    panel.legend(labels, 130, 60 + 28 * len(kinds) + 34)
    return picture("Recall by kind of copy and keys", 720, 150 + 28 * len(kinds), [panel])


PICTURES: dict[str, Callable[[], str]] = {
    "minhash-curves.svg": draw_curves,
    "minhash-recall.svg": draw_recall,
}


def filled(page: str) -> str:
    """Return a page with its tables made anew."""
    return TABLE.sub(lambda match: f"{match[1]}\n{TABLES[match[2]]()}\n\n{match[3]}", page)


def write() -> None:
    """Make the tables of the page and the pictures anew."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    for name, draw in PICTURES.items():
        (IMAGES / name).write_text(draw(), encoding="utf-8")
