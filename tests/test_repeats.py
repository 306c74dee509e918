"""The rules: what goes and what stays, each by an example that turns on it."""

import pytest

import dedup

LEAD = (
    "The council of Norrholm met on Monday evening to talk about the ferry, and it talked for long."
)
FERRY = (
    "The ferry between the island and the mainland will run again from the first week of May,"
    " said the captain, who has waited for a new engine since the storm that broke the old one in"
    " autumn."
)
SCHOOL = (
    "In the school on the hill forty children learn to read by the light of lamps, for the line"
    " that brings power to the island lies on the bottom of the sea and will be mended after the"
    " ice goes."
)
HARBOR = (
    "Boats from three villages lie in the harbor, and nobody can say when fish will come back to"
    " the bay, where the water has been warmer this winter than in any winter that people remember."
)


def cleaned(*blocks: str) -> list[str]:
    return dedup.clean("\n\n".join(blocks)).split("\n\n")


def test_a_second_telling_that_starts_inside_a_paragraph_goes_from_there():
    opening = "Good morning, all of you. Here is what the island talks about."
    glued = f"You can have this letter every day. {opening}"
    assert cleaned(opening, FERRY, SCHOOL, glued, FERRY, SCHOOL) == [
        opening,
        FERRY,
        SCHOOL,
        "You can have this letter every day.",
    ]


def test_a_second_telling_that_ends_inside_a_paragraph_goes_up_to_there():
    closing = "That is all for today, good night."
    glued = f"{closing} Read what others wrote about it."
    assert cleaned(FERRY, SCHOOL, closing, HARBOR, FERRY, SCHOOL, glued) == [
        FERRY,
        SCHOOL,
        closing,
        HARBOR,
        "Read what others wrote about it.",
    ]


def test_every_copy_of_a_body_repeats_the_first():
    text = "\n\n".join([FERRY, SCHOOL] * 3)
    first = text.index(FERRY), text.index(SCHOOL)
    assert [repeat.of_start for repeat in dedup.scan(text).repeats] == [*first, *first]


def test_what_short_lines_and_rules_stand_between_goes_with_the_body():
    body = [FERRY, "* * *", "Photos: Ann Lind", SCHOOL]
    assert cleaned(*body, *body) == body


def test_a_short_line_alone_stays():
    assert (
        cleaned(FERRY, "Photos: Ann Lind", SCHOOL, "Photos: Ann Lind", HARBOR)[3]
        == "Photos: Ann Lind"
    )


def test_a_small_body_told_twice_goes_as_a_whole():
    small = [
        "The ferry runs again.",
        "The captain waited long for it.",
        "Power comes after the ice.",
    ]
    assert cleaned(*small, *small) == small


@pytest.mark.parametrize("word", ["softly", "seldom"])
def test_a_paragraph_with_a_word_of_its_own_is_not_inside_another(word):
    own = FERRY.replace("captain", f"captain {word}")[:120].rsplit(" ", 1)[0] + "."
    assert own in cleaned(LEAD, FERRY + " " + SCHOOL, HARBOR, own)


def test_a_paragraph_of_which_every_word_stands_in_one_before_goes():
    own = FERRY[:120].rsplit(" ", 1)[0] + "."
    assert cleaned(LEAD, FERRY + " " + SCHOOL, HARBOR, own) == [LEAD, FERRY + " " + SCHOOL, HARBOR]


def test_a_near_copy_goes_but_not_one_with_a_new_sentence():
    told = f"{FERRY} {SCHOOL} All of it was known by Easter, and the rest by summer."
    copy = told.replace("old one", "last one").replace("lamps", "candles")
    assert cleaned(told, LEAD, copy) == [told, LEAD]
    new = copy.replace("All of it was known by Easter", "Nobody there believed one word")
    assert cleaned(told, LEAD, new) == [told, LEAD, new]


def test_a_verse_told_twice_stays_even_if_it_is_long():
    ways, kinds = ("Over", "Under", "Into", "Along"), ("all", "deep", "cold", "wild")
    lines = [f"{way} {kind} the water" for way in ways for kind in kinds]
    chorus = lines + [f"{line} again" for line in lines]
    song = [*chorus, LEAD, FERRY, SCHOOL, HARBOR, LEAD.replace("Monday", "Friday"), *chorus]
    assert cleaned(*song) == song


def test_each_removed_part_is_held_by_one_that_stays():
    chain = [" ".join(FERRY.split()[:n]) + "." for n in (34, 33, 32, 31, 30)]
    text = "\n\n".join([LEAD, *chain])
    scan = dedup.scan(text)
    assert scan.text.split("\n\n") == [LEAD, chain[0]]
    assert {repeat.of_start for repeat in scan.repeats} == {text.index(FERRY[:20])}


def test_what_held_a_repeat_and_went_later_is_not_named():
    """The first copy of a sentence is cut from a paragraph that goes later, as a near copy."""
    sentence = "The council opened the ferry on Monday, and the harbor closed near Selm."
    first = f"{FERRY} {SCHOOL}"
    text = "\n\n".join([first, f"{FERRY} {SCHOOL} {sentence} {sentence}", LEAD, sentence])
    scan = dedup.scan(text)
    for repeat in scan.repeats:
        if repeat.removed:
            held = text[repeat.of_start : repeat.of_end]
            assert dedup.clean(held) in scan.text


def test_a_link_that_holds_the_words_of_a_paragraph_does_not_count():
    link = "https://share.example/?text=" + FERRY.replace(" ", "+").replace(",", "")
    teaser = " ".join(FERRY.split()[:14]).replace(",", "") + " …"
    blocks = [LEAD, teaser, SCHOOL, link]
    assert cleaned(*blocks) == blocks


def test_one_word_over_and_over_stays():
    text = FERRY + " " + "Goal! " * 40 + SCHOOL
    assert dedup.clean(text) == text
