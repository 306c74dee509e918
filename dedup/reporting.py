"""Decisions as a report: what was kept, what went for it, stories, suspects."""

import math
from collections import Counter
from collections.abc import Collection as Ids
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from dedup import __version__, defaults
from dedup.collection import Related
from dedup.decide import Star
from dedup.documents import Collection, id_order
from dedup.model import Decision, Document, RepeatedParagraph, Report, Story, Suspect
from dedup.paragraphs import Paragraphs
from dedup.relations import IDENTICAL, NAMES
from dedup.shingle import words_of
from dedup.telling import share


def report(
    collection: Collection,
    related: Related,
    stars: Sequence[Star],
    *,
    threshold: float,
    recipe: Mapping[str, Any],
) -> Report:
    """Return what was decided, all of it in the order of ids."""
    documents = collection.documents
    gone = {member.text for star in stars for member in star.members}
    kept = [text for text in range(len(documents)) if text not in gone]
    dropped = [
        Decision(
            documents[member.text].id,
            documents[star.kept].id,
            member.relation,
            share(member.coverage),
        )
        for star in stars
        for member in star.members
    ]
    counts = Counter(NAMES[relation] for relation in related.relations.tolist())
    suspects = _suspects(collection, related, set(kept))
    return Report(
        dedup=__version__,
        recipe=recipe,
        threshold=threshold,
        kept=tuple(sorted((documents[text].id for text in kept), key=id_order)),
        relations={name: counts[name] for name in NAMES if name is not None and counts[name]},
        dropped=tuple(sorted(dropped, key=lambda decision: id_order(decision.id))),
        stories=tuple(
            sorted((_story(collection, s) for s in stars), key=lambda story: id_order(story.kept))
        ),
        suspects=tuple(sorted(suspects, key=lambda suspect: id_order(suspect.id))),
    )


def _story(collection: Collection, star: Star) -> Story:
    texts = [star.kept, *(member.text for member in star.members)]
    first = min(texts, key=lambda text: _seen(collection, text))
    return Story(
        collection.documents[star.kept].id,
        tuple(sorted((collection.documents[text].id for text in texts), key=id_order)),
        tuple(sorted({collection.sources[text] for text in texts} - {""})),
        collection.documents[first].id,
        _written(collection.documents[first]),
    )


def _seen(collection: Collection, text: int) -> tuple[float, tuple[str, bool]]:
    """Return what texts are sorted by, the first one seen first; unknown dates come last."""
    hours = float(collection.hours[text])
    return math.inf if math.isnan(hours) else hours, id_order(collection.documents[text].id)


def _written(document: Document) -> str | None:
    published = document.published
    return published.isoformat() if isinstance(published, date) else published


def _suspects(collection: Collection, related: Related, kept: Ids[int]) -> list[Suspect]:
    """Return kept texts that are no articles.

    A text of which every passage is boilerplate of its source; or one that stands in its source
    under five ids or more, and in no other source: a bot-block page, a consent wall.
    """
    reasons: dict[int, str] = {}
    for text in kept:
        row = related.rows[text]
        if row < 0 or not collection.sources[text]:
            continue
        # The edges of a page of boilerplate stay unmarked, up to the first and after the last key.
        least = defaults.WINDOW if related.is_bare[text] else defaults.OWN_WORDS
        if related.material.weights[row, 1] < 2 * least:
            reasons[text] = "nothing of its own: it is boilerplate of its source"
    groups: dict[int, list[int]] = {}
    for text, twin in related.pairs[related.relations == IDENTICAL].tolist():
        groups.setdefault(twin, [twin]).append(text)
    for members in groups.values():
        sources = {collection.sources[member] for member in members}
        if len(members) >= defaults.BOILERPLATE_TEXTS and len(sources) == 1 and sources != {""}:
            reason = f"the same words under {len(members)} ids of its source"
            reasons |= {member: reason for member in members if member in kept}
    return [Suspect(collection.documents[text].id, reason) for text, reason in reasons.items()]


def repeated(paragraphs: Paragraphs, stars: Sequence[Star]) -> list[RepeatedParagraph]:
    """Return the paragraphs that stand in two documents or more, the most frequent first."""
    collection = paragraphs.collection
    found = []
    for star in stars:
        texts = [star.kept, *(member.text for member in star.members)]
        documents = {int(paragraphs.owners[text]) for text in texts}
        if len(documents) < 2:
            continue
        texts.sort(key=lambda text: _seen(collection, text))
        first = collection.texts[texts[0]]
        tokens = words_of(first)[0]
        found.append(
            RepeatedParagraph(
                text=first[: defaults.SHOWN_CHARACTERS],
                words=len(tokens) - int(np.count_nonzero(tokens & np.uint64(1))) / 2,
                articles=len(documents),
                sources=len({collection.sources[text] for text in texts} - {""}),
                first_seen=paragraphs.ids[texts[0]],
                spans=tuple(
                    (paragraphs.ids[text], *paragraphs.spans[text])
                    for text in texts[: defaults.SHOWN_SPANS]
                ),
            )
        )
    return sorted(found, key=lambda p: (-p.articles, -p.words, p.text, id_order(p.first_seen)))
