"""The figures of the result files as the tables of docs/relations.md.

In the page a table stands between ``<!-- table NAME -->`` and ``<!-- end -->``.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from benchmarks.timing import ROOT
from dedup import defaults

PAGE = ROOT / "docs" / "relations.md"
RESULTS = ROOT / "benchmarks" / "results"
TABLE = re.compile(r"(<!-- table (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

KINDS = {
    "exact": "nothing",
    "typography": "other punctuation, quotation marks, white space",
    "light": "2 to 5 % of the words edited",
    "edited": "10 % of the words edited",
    "headline": "headline, byline and a paragraph of the source added",
    "half": "cut to half",
    "third": "cut to 30 %",
    "embedded": "put into a text twice as long",
    "extract": "60 words put into another text",
    "reordered": "paragraphs in another order",
    "doubled": "body twice",
    "wrap": "several short frames around one story",
    "update": "a toll that rose, perhaps a new paragraph",
    "roundup": "ten stories in one text",
}
"""What was done to an original."""

COLLECTIONS = {
    "telegram-a": "Russian and English news of the same events",
    "planted-a": "shuffled sentences of a wire, a few words changed",
    "ocr-a": "an old newspaper as scanned, and corrected",
    "wikipedia-versions-a": "versions of one encyclopedia page",
    "onestop": "an article at three levels of difficulty",
    "ecb-a": "reports of one event",
}


MEANINGS = {
    "WINDOW": "shingles in a row of which one is a key",
    "SHORT_WINDOW": "the same for short texts",
    "SHORT_WORDS": "words under which a text is short",
    "LINKS": "most preferred texts, and predecessors, that a text is linked to",
    "LINKS_TO_SHORTEST": "shortest texts that it is linked to",
    "LEAST_SHARED": "share of a text's keys that another must have to be compared with it",
    "BOILERPLATE_TEXTS": "distinct texts of a source in which its boilerplate stands, at least",
    "BOILERPLATE_SHARE": "and in this share of them",
    "COMMON_SHARE": "a text of which more is boilerplate is a version of a story, not counted",
    "OWN_WORDS": "a text with fewer own words has nothing of its own",
    "RELATED": "coverage from which two texts are related",
    "OVERLAP_WORDS": "shortest shared passage that is an overlap",
    "TEMPLATE_NAMES": "share of changed names above which it is a template",
    "SERIES_HOURS": "hours apart after which changed facts, or few words, make it a template",
    "SHORT_NEWS_WORDS": "words under which a text is a bulletin",
    "UPDATE_NUMBERS": "share of changed numbers up to which it is an update",
    "UPDATE_DENSITY": "changed facts a word up to which it is one",
    "UPDATE_HOURS": "hours apart up to which it is one",
    "UPDATE_NAMES": "share of changed names up to which it may be one",
    "OWN_RUN_WORDS": "a passage of its own of so many words, and a text is no copy",
    "EXCERPT_SHARE": "an excerpt goes if it is this share of its keeper",
    "LEAD_WORDS": "or starts within so many words of its start",
    "DOUBLED_SHARE": "a text that tells so much of itself twice goes for a shorter clean copy",
    "KEEP_TRIES": "texts of a story that are tried in place of the fullest one",
    "MOST_CAPITALS": "share of words with a capital above which a capital is no name",
    "GERMAN_SHARE": "share of German function words from which capitals are no names",
    "SHOWN_CHARACTERS": "of a repeated paragraph so much is shown",
    "SHOWN_SPANS": "and so many of the places where it stands",
    "WORKERS": "threads",
}
"""What the defaults of relating mean."""


def read(name: str) -> Any:
    """Return a result file."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], n_text: int = 1) -> str:
    """Return a table whose first columns are text, the others figures."""
    rule = ["---"] * n_text + ["---:"] * (len(head) - n_text)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def percent(value: float | None) -> str:
    """Return a share as text."""
    return "-" if value is None else f"{100 * value:.1f} %"


def share(value: float | None) -> str:
    """Return a score as text."""
    return "-" if value is None else f"{value:.3f}"


def recall() -> str:
    """Return the share of copies that are found, by kind."""
    generated = read("quality")["generated"]
    settings = [generated["dates and sources"], generated["neither"]]
    rows = [
        (f"`{kind}`", done, *(percent(g["recall"][kind]["recall"]) for g in settings))
        for kind, done in KINDS.items()
    ]
    shares = {
        "pairs called one story that hold words of one original": "precision",
        "the same without issues of one form": "precision_without_forms",
    }
    for name, key in shares.items():
        rows.append(("", name, *(percent(g["pairs"][key]) for g in settings)))
    for kind, name in (("template_few", "2 to 4 facts"), ("template_many", "8 to 20 facts")):
        for key, what in (("merged", "one dropped"), ("same_story", "called one story")):
            counts = [g["templates"][kind] for g in settings]
            text = f"issues of a form that differ in {name}: {what}"
            rows.append(("", text, *(percent(n[key] / n["pairs"]) for n in counts)))
    rows.append(("", "texts that go", *(f"{g['promise']['dropped']:,}" for g in settings)))
    for kind, name in (
        ("stranger", "of them, for a text about something else"),
        ("roundup", "for a round-up"),
        ("doubled", "an original, for a doubled copy of it"),
    ):
        rows.append(("", name, *(f"{g['lost'][kind]}" for g in settings)))
    return table(("kind", "what was done", "all known", "neither known"), rows, 2)


def wire() -> str:
    """Return how well same stories of a wire are found."""
    settings = read("quality")["labeled"]["reuters-a"]
    rows = []
    for name, known in (("known", "dates and sources"), ("unknown", "neither")):
        row = settings[known]
        rows.append(_scores(f"dates {name}", row["same_story"]))
        for length, part in row["by_length"].items():
            rows.append(_scores(f"dates {name}, {length} words", part))
    return table(("", "pairs", "precision", "recall", "F1"), rows)


def _scores(name: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    n_pairs = f"{row['right'] + row['missed']:,}"
    return (name, n_pairs, *(share(row[key]) for key in ("precision", "recall", "f1")))


def releases() -> str:
    """Return what is dropped of press releases, by label, and what is reported."""
    settings = read("quality")["labeled"]["press-releases-a"]
    rows = []
    for known, row in settings.items():
        labels = row["dropped"]["labels"]
        counts = [labels.get(name, 0) for name in ("template", "followup", "dup", "failed_page")]
        others = row["dropped"]["texts"] - sum(counts)
        found = [f"{row['by_label'][name]['found']}" for name in ("template", "followup")]
        rows.append((known, *map(str, counts), str(others), *found))
    heads = ("another case", "the case, later", "the same", "failed page", "others")
    reported = ("another case, called one story", "the case, later, called one story")
    return table(("known", *heads, *reported), rows)


def collections() -> str:
    """Return how many labeled pairs of other collections are found."""
    settings = read("quality")["labeled"]
    rows = []
    for name, what in COLLECTIONS.items():
        (row,) = settings[name].values()
        scores = row["same_story"]
        rows.append((
            what,
            f"{scores['right'] + scores['missed']:,}",
            percent(scores["recall"]),
            f"{scores['wrong']}",
            f"{row['dropped']['texts']:,}",
            f"{row['dropped']['labels'].get('unlisted', 0)}",
        ))  # fmt: skip
    heads = ("pairs", "found", "others called one story", "texts dropped", "of them not labeled")
    return table(("pairs of", *heads), rows)


def links() -> str:
    """Return what fewer links, and all pairs, would find and cost."""
    result = read("linking")
    names = {
        "most preferred": "the most preferred text of each group",
        "and predecessor": "and the one before it",
        "and shortest": "and the shortest",
        "dedup": "**a few of each, those of most groups**",
        "all pairs": f"all texts of groups of up to {result['most']}",
    }
    kinds = ("edited", "third", "embedded", "extract", "wrap", "update")
    rows = [
        (
            names[name],
            f"{row['compared']:,}",
            f"{row['story_compared']:,}" if "story_compared" in row else "-",
            share(row["wire"]["f1"]),
            *(percent(row["recall"][kind]) for kind in kinds),
        )
        for name, row in result["linkings"].items()
    ]
    heads = ("compared", "of one story", "wire, F1", *(f"`{kind}`" for kind in kinds))
    return table(("linked to", *heads), rows)


def sources() -> str:
    """Return how the boilerplate found from keys differs from that found from all 5-grams."""
    rows = []
    for name, row in read("source_words")["collections"].items():
        told = {"generated": "generated articles"}.get(name, "press releases")
        for way, label in (("keys", "keys"), ("all 5-grams", "all 5-grams")):
            known = row.get("truth", {}).get(way)
            gone = row["dropped"][way]
            n_gone = gone if isinstance(gone, int) else sum(gone.values())
            rows.append((
                told,
                label,
                percent(known["precision"]) if known else "-",
                percent(known["recall"]) if known else "-",
                percent(row["keys_against_all"]["recall"]) if way == "keys" else "",
                f"{n_gone:,}",
                f"{row['seconds'][way]:.2f}",
            ))  # fmt: skip
    heads = ("precision", "recall", "of those of all 5-grams", "texts dropped", "seconds")
    return table(("", "found from", *heads), rows, 2)


def default_values() -> str:
    """Return the defaults of relating, with what each means."""
    values = {name: f"{getattr(defaults, name):g}" for name in MEANINGS}
    rows = [f"| `{name}` | {values[name]} | {meaning} |" for name, meaning in MEANINGS.items()]
    return "\n".join(["| default | value | meaning |", "| --- | ---: | --- |", *rows])


TABLES: dict[str, Callable[[], str]] = {
    "recall": recall,
    "wire": wire,
    "releases": releases,
    "collections": collections,
    "links": links,
    "sources": sources,
    "defaults": default_values,
}


def filled(page: str) -> str:
    """Return a page with its tables made anew."""
    return TABLE.sub(lambda match: f"{match[1]}\n{TABLES[match[2]]()}\n\n{match[3]}", page)


def write() -> None:
    """Make the tables of the page anew."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
