"""The seed archive: what goes, what is told of each pair, what a person says of them."""

import json
import random
from functools import cache
from pathlib import Path

import pytest
from newsroom import archive

import dedup

SEEDS = Path(__file__).parents[1] / "seeds"
TRUTH = json.loads((SEEDS / "archive.truth.json").read_text(encoding="utf-8"))


def told(pairs):
    """Return each pair once, whichever text stands first, with what left is to right."""
    found = {frozenset((left, right)): (left, relation, right) for left, relation, right in pairs}
    assert len(found) == len(pairs)
    return found


@cache
def found():
    return told([(pair.left, pair.relation, pair.right) for pair in dedup.pairs(archive())])


TRUE = told([tuple(pair) for pair in TRUTH["pairs"]])


def test_the_truth_speaks_of_the_archive():
    ids = {document.id for document in archive()}
    assert set().union(*TRUE) <= ids
    assert len(ids) == len(archive())


def test_what_goes_and_for_what_is_what_a_person_says():
    report = dedup.deduplicate(archive())
    assert [[d.id, d.relation, d.kept] for d in report.dropped] == TRUTH["dropped"]
    assert [suspect.id for suspect in report.suspects] == TRUTH["suspects"]


def test_what_is_told_of_a_pair_is_what_a_person_says():
    assert {both: pair for both, pair in found().items() if pair != TRUE.get(both)} == {}


def test_texts_of_a_pair_that_is_not_told_are_joined_by_pairs_that_are():
    # Texts that are much alike are linked to a few of each other.
    family = {document.id: document.id for document in archive()}
    for left, _, right in found().values():
        family = {
            text: family[left] if name == family[right] else name for text, name in family.items()
        }
    untold = [TRUE[both] for both in TRUE.keys() - found().keys()]
    assert [pair for pair in untold if family[pair[0]] != family[pair[2]]] == []


@pytest.mark.parametrize("seed", range(3))
def test_nothing_depends_on_the_order_of_the_archive(seed):
    shuffled = random.Random(seed).sample(archive(), len(archive()))
    assert dedup.deduplicate(shuffled, workers=1 + seed) == dedup.deduplicate(archive())
    assert list(dedup.pairs(shuffled)) == list(dedup.pairs(archive()))
