"""The relation of two texts, on small news of invented places and people."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import Document, compare, pairs
from dedup.defaults import SHORT_NEWS_WORDS
from dedup.kernels.relate import COPY, EXCERPT, OVERLAP, REVISION, TEMPLATE, UPDATE
from dedup.relations import mark_forms

STORM = (
    "At least {} people were killed and {} injured when a storm tore the roof off the fish market "
    "in Mira on Sunday evening, the police said. Rescuers were still searching the ruins at "
    "midnight. “We heard a noise like a train, and then there was no roof”, said Ada Birk, who "
    "sells herring there.\n\nThe harbor was closed, and the ferry to Selm will not sail before the "
    "wind drops. The mayor, Tomas Orla, asked all who live near the market to stay indoors, and "
    "promised beds in the school hall for those whose houses were damaged."
)
TOLL = STORM.format("three", 12)
LATER = STORM.format("seven", 31)
WEATHER = (
    "The weather for the week from March {}: It stays {} in Mira and along the coast, with {} "
    "degrees by day and {} at night. Winds from the {} reach {} kilometers an hour on {}. In the "
    "hills around Selm {} is possible. The sun rises at {} and sets at {}. The next forecast "
    "appears in a week."
)
THIS_WEEK = WEATHER.format(2, "cloudy", 9, 3, "west", 45, "Tuesday", "rain", "6.41", "17.58")
NEXT_WEEK = WEATHER.format(9, "sunny", 14, 6, "south", 30, "Thursday", "fog", "6.25", "18.10")
RATE = (
    "The bank {} said on {} that it would raise the rate on its savings accounts to {} percent "
    "from {} percent with effect from {} 1. The new rate applies to all accounts that were opened "
    "before the end of the year. Customers need not do anything, the bank said in a statement from "
    "its head office in {}."
)
BIRK = RATE.format("Birk Savings", "Monday", "2.5", "2.25", "April", "Mira")
BIRK_AGAIN = RATE.format("Birk Savings", "Thursday", "2.75", "2.5", "June", "Mira")
ORLA = RATE.format("Orla Trust", "Monday", "2.5", "2.25", "April", "Selm")
ORLA_OTHER = RATE.format("Orla Trust", "Wednesday", "3.25", "3", "May", "Selm")
CHARGED = (
    "A former clerk of the town hall of Selm has been charged with taking 48,000 crowns from the "
    "harbor fund. Prosecutors say that Jonas Birk, 41, moved the money to an account of his own "
    "over three years. The fund pays for the repair of the piers and for the lamps along the quay. "
    "It was set up by fishing families after the storm of 1987, and is filled by a fee on each "
    "crate that is landed."
)
SENTENCED = (
    "A former clerk of the town hall of Selm has been sentenced to two years in prison for taking "
    "48,000 crowns from the harbor fund. The court found that Jonas Birk, 41, moved the money to "
    "an account of his own over three years. The fund pays for the repair of the piers and for the "
    "lamps along the quay. It was set up by fishing families after the storm of 1987, and is "
    "filled by a fee on each crate that is landed."
)
FERRY = (
    "The ferry between Mira and Selm will run every hour from May, the operator said, in place of "
    "every two. It carried 1,200 passengers on the busiest day of last summer, and left some of "
    "them standing on the quay. A second ship has been bought from a yard in the north and is "
    "being painted white. The fare stays at six crowns, and children travel free on Sundays."
)
REWORDED = (
    FERRY.replace("the operator said", "its operator announced")
    .replace("left some of them standing", "had to leave some standing")
    .replace("is being painted white", "will soon be painted")
)
CHINESE = (
    "米拉港昨日下午遭遇暴風雨，兩艘渡輪停泊在港內，碼頭表示二百名旅客在學校禮堂過夜。"
    "市長表示，待風勢減弱後首班渡輪將會開出，並感謝麵包店為旅客送上早餐。"
)
GERMAN = (
    "Die Fähre zwischen Mira und Selm fährt ab Mai jede Stunde, sagte der Betreiber am Montag. Sie "
    "brachte an einem Tag im Sommer 1200 Gäste über das Wasser und ließ einige davon am Kai "
    "zurück. Ein zweites Schiff ist von einer Werft im Norden gekauft und wird gerade weiß "
    "gestrichen. Der Preis bleibt bei sechs Kronen, und Kinder fahren am Sonntag frei."
)
MORE = (
    " Readers have asked how the new ship will be named. The town lets the schools choose, and the "
    "pupils of Selm have begun a list that is pinned to the door of the library, where all may add "
    "to it until Easter."
)
QUIET = "The council of Mira has voted to plant two hundred trees along the old road to the mill."
REST = " ".join((FERRY, CHARGED, MORE, QUIET))


def relation(left, right, hours=None):
    """Return the relation of two texts, the right one so many hours after the left one."""
    first = None if hours is None else datetime(2026, 3, 2, 8)
    second = None if first is None or hours is None else first + timedelta(hours=hours)
    found = compare(Document("a", left, published=first), Document("b", right, published=second))
    assert compare(
        Document("b", right, published=second), Document("a", left, published=first)
    ).relation == {"excerpt": "extends", "extends": "excerpt"}.get(found.relation, found.relation)
    return found.relation


CASES = {
    # A toll that rises, a correction.
    "toll within an hour": (TOLL, LATER, 1, "update"),
    "toll within hours": (STORM.format(3, 12), STORM.format(7, 31), 8, "update"),
    "toll in a long text": (f"{TOLL} {REST}", f"{LATER} {REST}", None, "update"),
    "correction": (FERRY, FERRY.replace("1,200", "1,020"), None, "update"),
    "correction the next day": (FERRY, FERRY.replace("1,200", "1,020"), 24, "update"),
    "correction of a month": (FERRY, FERRY.replace("from May", "from June"), 2, "update"),
    "toll with more to tell": (TOLL, f"{LATER} The army sent forty men and a crane.", 3, "update"),
    # The same form about something else.
    "next week's weather": (THIS_WEEK, NEXT_WEEK, 7 * 24, "template"),
    "some week's weather": (THIS_WEEK, NEXT_WEEK, None, "template"),
    "another bank's rate": (BIRK, ORLA_OTHER, 48, "template"),
    "another bank's rate, undated": (BIRK, ORLA_OTHER, None, "template"),
    "another bank's equal rate": (BIRK, ORLA, 2, "template"),
    "the bank's next rate": (BIRK, BIRK_AGAIN, 30 * 24, "template"),
    "the bank's next rate at once": (BIRK, BIRK_AGAIN, 6, "update"),
    "a toll weeks later": (STORM.format(3, 12), STORM.format(7, 31), 30 * 24, "template"),
    # The same story.
    "the same words": (FERRY, FERRY, None, "identical"),
    "the same words long after": (FERRY, FERRY, 9999, "identical"),
    "set otherwise": (STORM, STORM.replace("“", '"').replace("”", '"').upper(), None, "identical"),
    "reworded": (FERRY, REWORDED, None, "copy"),
    "reworded the next day": (FERRY, REWORDED, 26, "copy"),
    "paragraphs in another order": (STORM, "\n\n".join(STORM.split("\n\n")[::-1]), None, "copy"),
    "cut": (STORM.split("\n\n")[0], STORM, None, "excerpt"),
    "cut inside a sentence": (FERRY[:200], FERRY, 5, "excerpt"),
    "embedded": (FERRY, f"{QUIET} {MORE}\n\n{FERRY}\n\n{QUIET}", 5, "excerpt"),
    "with more to tell": (FERRY, FERRY + MORE, 5, "excerpt"),
    "with less to tell": (FERRY + MORE, FERRY, 5, "extends"),
    "with a passage of its own": (f"{FERRY} {QUIET} {QUIET[:30]}", FERRY + MORE, 5, "revision"),
    # A later stage is no copy of the first one.
    "charged, then sentenced": (CHARGED, SENTENCED, 5 * 7 * 24, "template"),
    # Numbers.
    "another spelling": (FERRY, FERRY.replace("1,200", "1200"), None, "copy"),
    "another country's spelling": (FERRY, FERRY.replace("1,200", "1.200"), None, "identical"),
    "spelled out": (FERRY, FERRY.replace("six", "6").replace("two", "2"), None, "copy"),
    "another number spelled out": (FERRY, FERRY.replace("six", "8"), None, "update"),
    "a sign": (f"{FERRY} It is -5 now.", f"{REWORDED} It is 5 now.", None, "update"),
    "a number left out": (FERRY, FERRY.replace("1,200", "many"), None, "copy"),
    # Other scripts.
    "Chinese, the same": (CHINESE, CHINESE.replace("，", "、"), None, "identical"),
    "Chinese, reworded": (CHINESE, CHINESE.replace("昨日下午", "昨天"), None, "copy"),
    "Chinese, cut": (CHINESE.split("。")[0], CHINESE, None, "excerpt"),
    "Chinese, a toll": (CHINESE.replace("二百", "20"), CHINESE.replace("二百", "35"), 3, "update"),
    "German, reworded": (GERMAN, GERMAN.replace("Werft", "Firma"), None, "copy"),
    "German, a number": (GERMAN, GERMAN.replace("1200", "1300"), None, "update"),
    "German, spelled out": (GERMAN, GERMAN.replace("sechs", "6"), None, "copy"),
    # Nothing in common.
    "another story": (FERRY, CHARGED, None, None),
    "another bank's notice in other words": (BIRK, QUIET, None, None),
}  # fmt: skip


@pytest.mark.parametrize(("left", "right", "hours", "expected"), CASES.values(), ids=CASES)
def test_relations_of_news(left, right, hours, expected):
    assert relation(left, right, hours) == expected


@pytest.mark.parametrize("weeks", [1, 3, 8])
def test_a_later_stage_of_a_story_is_never_a_copy(weeks):
    assert relation(CHARGED, SENTENCED, weeks * 7 * 24) not in ("identical", "copy", "excerpt")


def test_a_form_that_is_known_makes_templates_of_equal_issues():
    """Two notices that agree in all they state are two issues, if each also has other issues."""
    issues = [
        ("a", BIRK),
        ("b", BIRK.replace("the bank said", "it said")),
        ("c", ORLA_OTHER),
        ("d", RATE.format("Tomas Kron", "Friday", "4", "3.75", "July", "Pell")),
    ]
    alone = list(pairs(issues[:2]))
    assert [pair.relation for pair in alone] == ["copy"]
    assert {pair.relation for pair in pairs(issues)} == {"template"}


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, OVERLAP)).filter(
            lambda pair: pair[0] != pair[1]
        ),
        unique_by=lambda pair: frozenset(pair[:2]),
    ),
    st.lists(st.sampled_from([20.0, 99.5, 100.0]), min_size=15, max_size=15),
)
def test_forms_are_marked_from_templates_alone(drawn, words):
    """Both texts stand in a template pair, and not both with one and the same text only."""
    pairs_of = np.array([pair[:2] for pair in drawn], np.int64).reshape(-1, 2)
    before = [relation for _, _, relation in drawn]
    partners = {text: set() for text in range(6)}
    for left, right, own in drawn:
        if own == TEMPLATE:
            partners[left].add(right)
            partners[right].add(left)
    expected = [
        TEMPLATE
        if own in (COPY, EXCERPT, UPDATE, REVISION)
        and n_words < SHORT_NEWS_WORDS
        and partners[left]
        and partners[right]
        and len(partners[left] | partners[right]) > 1
        else own
        for (left, right, own), n_words in zip(drawn, words, strict=False)
    ]
    lengths = np.array(words[: len(drawn)])
    assert mark_forms(np.array(before, np.int8), pairs_of, lengths, 6).tolist() == expected
