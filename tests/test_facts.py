"""What a text states, and that copies agree in it."""

import naive
import naive_pairs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import statements

from dedup.facts import CALENDAR, NAME, NUMBER, REST, find_facts
from dedup.shingle import encode, hash_words, words_of


def found_in(texts):
    """Return kinds and values of the words of texts, one after another."""
    encoded = encode(texts)
    kinds, values = find_facts(encoded, hash_words(encoded))
    return kinds.tolist(), values.tolist()


def facts_of(text, kind=None):
    """Return the facts of a text, or those of a kind, as they are written; numbers whole."""
    spans = words_of(text)[1].tolist()
    found = []
    for own, (start, end) in zip(found_in([text])[0], spans, strict=True):
        if own == REST:
            found[-1] = (found[-1][0], found[-1][1], end)
        elif own:
            found.append((own, start, end))
    return [text[start:end] for own, start, end in found if kind in (None, own)]


def value_of(number):
    """Return the value of the number, of one or more words, at the end of a sentence."""
    kinds, values = found_in([f"they have seen {number}"])
    assert kinds[3:] == [NUMBER] + [REST] * (len(kinds) - 4)
    return values[3]


@settings(max_examples=300, deadline=None)
@given(st.lists(statements(), min_size=1, max_size=3))
@example(["‘200’ 200 1’200 1'200", "2\xad00", "x&#8217;s don&#8217;t À Mira É I"])
@example(["In port J. Birk and Prof. Ada said: Mira is", "00 200 0.500 007 1,200,300.50 1.200,5"])
def test_facts_equal_the_twin(texts):
    kinds, values = found_in(texts)
    expected = [fact for text in texts for fact in naive_pairs.facts(text)]
    assert kinds == [kind for kind, _ in expected]
    partner = {}
    for value, (kind, told) in zip(values, expected, strict=True):
        if isinstance(told, naive.Word):
            assert value == naive.token_hash(told)
        else:
            assert partner.setdefault(value, (kind, told)) == (kind, told)
            assert partner.setdefault((kind, told), value) == value


@given(st.lists(statements(20), min_size=1, max_size=5))
def test_the_facts_of_a_text_do_not_depend_on_the_others(texts):
    kinds, values = found_in(texts)
    alone = [found_in([text]) for text in texts]
    assert kinds == [kind for own, _ in alone for kind in own]
    assert values == [value for _, own in alone for value in own]


@pytest.mark.parametrize(
    "spellings",
    [
        ("1200", "1,200", "1.200", "1 200", "1'200", "1’200", "1\xa0200", "1\u202f200",
         "1\u2009200", "١٢٠٠", "１２００", "01200", "1200.0", "1,200.00"),
        ("1234567", "1,234,567", "1.234.567", "1 234 567", "1’234’567", "1\u202f234\u202f567"),
        ("3.5", "3,5", "3.50", "03.5"),
        ("1234.5", "1,234.5", "1.234,5", "1 234,5", "1’234.50", "1'234,5"),
        ("0.5", "0,5", "0.500", "00.5"),
        ("0.125", "0,125"),
        ("-5", "−5", "(-5"),
        ("6", "six", "Six", "SIX", "sechs", "seis", "шесть", "٦", "６"),
        ("12", "twelve", "zwölf", "douze", "двенадцать"),
        ("200", "‘200’", "2\xad00", "'200'", "“200”", "$200", "(200", "200%"),
    ],
    ids=lambda spellings: spellings[0],
)  # fmt: skip
def test_numbers_of_one_value_are_equal_however_they_are_written(spellings):
    assert {spelling: value_of(spelling) for spelling in spellings} == dict.fromkeys(
        spellings, value_of(spellings[0])
    )


@pytest.mark.parametrize(
    "numbers",
    [
        ("5", "-5", "50", "500", "5.5", "0.5", "0", "55", "05.05"),
        ("1200", "12.00", "120", "1.2", "200", "12000"),
        ("0.5", "0.05", "5", "5.0005"),
        ("5", "5¼", "5th", "5a", "A5", "x5"),
        ("2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "1", "0"),
    ],
    ids=lambda numbers: numbers[0],
)
def test_numbers_of_other_values_differ(numbers):
    assert len({value_of(number) for number in numbers}) == len(numbers)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("In 2020 150 people came", ["2020", "150"]),
        ("of 3, 400 and 5", ["3", "400", "5"]),
        ("won 3-1 and 2–1", ["3", "1", "2", "1"]),
        ("at 12:30 on 5/6", ["12", "30", "5", "6"]),
        ("from 12.5.2024 on", ["12.5", "2024"]),
        ("version 1.20.300", ["1.20", "300"]),
        ("pay 1,200,300.50 now", ["1,200,300.50"]),
        ("some 0,500 or 0 500", ["0,500", "0", "500"]),
        ("a 20th of A320", ["20th", "A320"]),
        ("It has 5. 300 came", ["5", "300"]),
        ("one of two", ["two"]),
        ("don&#8217;t caf&#233;", []),
    ],
)  # fmt: skip
def test_numbers_of_several_words_are_taken_whole(text, numbers):
    assert facts_of(text, NUMBER) == numbers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor Ada Birk left Selm with her dog", ["Ada", "Birk", "Selm"]),
        ("Birk left. Ada stayed! Orla came? They saw: Mira", []),
        ("said “Mira” and (Selm) and *Orla", []),
        ("He met Mr. Birk and J. Selm and Ms. Orla there", ["Mr", "Birk", "Selm", "Ms", "Orla"]),
        ("They met Prof. Birk there", ["Prof"]),
        ("a line\nMira and so on\n\nSelm is a town", ["Mira"]),
        ("мэр Адо Бирк вчера уехал из города", ["Адо", "Бирк"]),
        ("maire Élan et É et À la", ["Élan"]),
        ("what I saw of E and X", []),
        ("the May vote on Sat and Sunday", []),
        ("in der Stadt war die Fähre von Selm zu Ende", []),
        ("all Words Have Capitals In Headlines", []),
        ("THE FERRY LEFT THE PORT", []),
        ("ARD und ZDF melden heute aus dem Ort", []),
    ],
)
def test_names_have_a_capital_inside_a_sentence(text, names):
    assert facts_of(text, NAME) == names


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("on Monday, Tue. and in Sept or May", ["Monday", "Tue", "Sept", "May"]),
        ("they may march and the sun sat down", []),
        ("Sunday is the day", ["Sunday"]),
        ("am montag im märz", ["montag", "märz"]),
        ("le lundi 3 août", ["lundi", "août"]),
        ("в пятницу, 3 мая", ["пятницу", "мая"]),
        ("يوم الاثنين في يناير", ["الاثنين", "يناير"]),
        ("у п’ятницю", ["п’ятницю"]),
    ],
)
def test_weekdays_and_months_are_listed(text, days):
    assert facts_of(text, CALENDAR) == days


def test_a_day_is_equal_in_all_its_forms_and_languages():
    kinds, values = found_in(["on Monday Mon lundi montag понедельника", "on Tuesday"])
    assert kinds == [0, *[CALENDAR] * 5, 0, CALENDAR]
    assert len(set(values[1:6])) == 1
    assert values[7] != values[1]


def test_a_text_without_words_has_no_facts():
    assert found_in(["", "...", "\ud800"]) == ([], [])
