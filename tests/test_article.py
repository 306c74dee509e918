"""Cleaning one article: golden texts, the laws, hostile input, what callers are told."""

import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import articles, texts

import dedup
from dedup import clean, defaults, scan
from dedup.article import Cleaned, clean_batch, scan_batch
from dedup.text import blocks, render

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden" / "clean"
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))
# An article that may be kept beside the checkout; what is expected of it is said below.
SHARED = [path for path in [ROOT.parent / "shared" / "seeds" / "doubled_body.txt"] if path.exists()]

laws = settings(deadline=None, derandomize=True)
# Of several texts, or options, an example.
few = settings(laws, max_examples=50)

HARBOR = "Ferries will stay in the harbor until the wind drops, the port of Selm said on Monday."
BRIDGE = "The council closed the old bridge over the river to all but walkers for the whole winter."
MAYOR = "Ada Birk, the mayor, had asked for the money in spring and was told to wait until autumn."
SHORT = "It rained."
LONG = (
    "The council closed the council on Monday and the harbor closed the harbor on Monday but the"
    " market closed the council after a long winter."
)
BRIEF = "The harbor closed the harbor on Monday. The harbor closed it after a winter."
# The fourth sentence follows its copy and goes; then, in another step, all that is left around it.
TAKEN_TWICE = " ".join([LONG, BRIEF, LONG, LONG, BRIEF, LONG])


# -- naive twins of what the laws say

SINGLE = "\u4e00-\u9fff"


def visible(text: str) -> str:
    """Return a text as it is written down: without invisible characters, NFC."""
    text = re.sub("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff]", "", text)
    return unicodedata.normalize("NFC", re.sub("[\ud800-\udfff]", "\ufffd", text))


def letters(text: str) -> str:
    """Return all but white space and invisible characters."""
    return unicodedata.normalize("NFC", "".join(visible(text).split()))


def words(text: str) -> list[str]:
    """Return the words of a generated article; in Chinese each character is one."""
    return re.findall(f"[{SINGLE}]|[^\\W{SINGLE}]+", visible(text).casefold())


def weight(word: str) -> int:
    return 1 if re.match(f"[{SINGLE}]", word) else 2


def runs(some: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """Return the run of four words, eight characters, that starts at each place."""
    found = {}
    for start in range(len(some)):
        length = total = 0
        while start + length < len(some) and total < 8:
            total += weight(some[start + length])
            length += 1
        if total >= 8:
            found[start] = tuple(some[start : start + length])
    return found


def coverage(some: Sequence[str], kept: Sequence[str]) -> float:
    """Return the share of words that stand in runs of four that are kept.

    What is shorter than that must be kept as a whole.
    """
    starts = runs(some)
    if not starts:
        return float("\0".join(["", *some, ""]) in "\0".join(["", *kept, ""]))
    held = set(runs(kept).values())
    covered = {
        place
        for start, run in starts.items()
        if run in held
        for place in range(start, start + len(run))
    }
    return sum(weight(some[place]) for place in covered) / sum(map(weight, some))


def in_order(some: Sequence[str], whole: Sequence[str]) -> bool:
    """Tell whether some things stand in the whole, in their order."""
    rest = iter(whole)
    return all(each in rest for each in some)


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph of a generated article."""
    ends = r"(?<=[.!?…:])\s+|(?<=[.!?…:][”\"])\s+|(?<=。)\s*"
    return [sentence for sentence in re.split(ends, paragraph) if sentence]


def removed(text: str, **options: float) -> Iterator[dedup.Repeat]:
    return (repeat for repeat in scan(text, **options).repeats if repeat.removed)


# -- golden texts


def test_every_seed_has_a_golden_text_and_every_golden_text_a_seed():
    assert SEEDS
    assert [path.name for path in SEEDS] == sorted(path.name for path in GOLDEN.glob("*.txt"))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_seeds_are_cleaned_as_their_golden_texts_are(seed):
    text = seed.read_text(encoding="utf-8")
    expected = (GOLDEN / seed.name).read_text(encoding="utf-8")
    assert clean(text) == expected.removesuffix("\n")


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_what_stands_in_a_golden_text_stands_in_its_seed(seed):
    # Not of clean, but of the golden texts: nobody shall mend them by hand.
    kept = letters((GOLDEN / seed.name).read_text(encoding="utf-8"))
    assert in_order(kept, letters(seed.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", [*SHARED, ROOT / "seeds" / "doubled_body.txt"], ids=str)
def test_of_a_body_told_twice_the_first_telling_stays(path):
    text = path.read_text(encoding="utf-8")
    paragraphs = [line.strip() for line in text.splitlines() if line.strip()]
    assert len(paragraphs) == 15
    assert clean(text).split("\n\n") == paragraphs[:8]
    repeats = scan(text).repeats
    assert [text[slice(*repeat.span)] for repeat in repeats] == paragraphs[8:]
    assert [text[slice(*repeat.of)] for repeat in repeats] == paragraphs[1:8]
    assert all(repeat.of.end <= repeat.start for repeat in repeats)
    assert {repeat.removed for repeat in repeats} == {True}


# -- laws


@laws
@given(articles() | texts())
@example("\n".join([HARBOR] * 3))
@example("x" * 55 + "\n" + "y" * 20 + "\n\n" + f"{HARBOR}\n\n" * 2)
def test_cleaning_twice_changes_nothing_more(text):
    once = clean(text)
    assert clean(once) == once


@laws
@given(articles())
def test_every_word_that_stays_stands_in_the_text_in_order(text):
    assert in_order(words(clean(text)), words(text))


@laws
@given(texts())
def test_every_character_that_stays_stands_in_the_text_in_order(text):
    assert in_order(letters(clean(text)), letters(text))


@laws
@given(articles(["blank lines"]))
def test_a_paragraph_stays_as_it_is_or_less_whole_sentences(text):
    whole = [" ".join(line.split()) for line in visible(text).splitlines()]
    last = 0
    for line in filter(None, clean(text).split("\n")):
        # The first place from the last one on: so they stand in order, too.
        last = next(
            place
            for place in range(last, len(whole))
            if line == whole[place] or in_order(sentences(line), sentences(whole[place]))
        )


@laws
@given(articles() | texts())
def test_a_text_of_which_nothing_is_removed_loses_no_letter(text):
    found = scan(text)
    if not any(repeat.removed for repeat in found.repeats):
        assert letters(found.text) == letters(text)


@laws
@given(articles() | texts())
def test_a_text_of_which_nothing_is_removed_is_only_laid_out(text):
    found = scan(text)
    if not any(repeat.removed for repeat in found.repeats):
        laid_out, before = text, None
        while laid_out != before:
            laid_out, before = render(laid_out, blocks(laid_out))[0], laid_out
        assert found.text == laid_out


@laws
@given(articles() | texts())
@example(" ")
@example("\x08")
def test_scanning_says_what_cleaning_does(text):
    assert scan(text).text == clean(text)


@laws
@given(articles() | texts())
def test_spans_lie_inside_the_text_in_order(text):
    repeats = scan(text).repeats
    for repeat in repeats:
        assert 0 <= repeat.start < repeat.end <= len(text)
        assert 0 <= repeat.of_start < repeat.of_end <= len(text)
        assert 0 < repeat.coverage <= 1
        assert not text[repeat.start].isspace()
        assert not text[repeat.end - 1].isspace()
    assert [repeat.span for repeat in repeats] == sorted(repeat.span for repeat in repeats)


@laws
@given(articles() | texts())
@example(TAKEN_TWICE)
def test_removed_repeats_do_not_overlap(text):
    spans = [repeat.span for repeat in removed(text)]
    assert all(before.end <= after.start for before, after in pairwise(spans))


@laws
@given(articles() | texts())
def test_what_is_left_of_the_removed_spans_is_the_cleaned_text(text):
    kept, at = [], 0
    found = scan(text)
    for repeat in found.repeats:
        if repeat.removed:
            kept.append(text[at : max(at, repeat.start)])
            at = max(at, repeat.end)
    assert letters("".join([*kept, text[at:]])) == letters(found.text)


@laws
@given(articles())
def test_the_cleaned_text_holds_what_is_removed(text):
    kept = words(clean(text))
    for repeat in removed(text):
        threshold = defaults.TEASER_THRESHOLD if repeat.kind == "teaser" else defaults.THRESHOLD
        gone = words(text[slice(*repeat.span)])
        assert not gone or coverage(gone, kept) >= threshold


@laws
@given(articles())
@example(TAKEN_TWICE)
def test_removed_repeats_name_what_holds_them_and_stays(text):
    spans = [repeat.span for repeat in removed(text)]
    for repeat in removed(text):
        threshold = defaults.TEASER_THRESHOLD if repeat.kind == "teaser" else defaults.THRESHOLD
        gone = words(text[slice(*repeat.span)])
        assert not gone or coverage(gone, words(text[slice(*repeat.of)])) >= threshold
        assert not any(start <= repeat.of_start < repeat.of_end <= end for start, end in spans)


OPTIONS = st.fixed_dictionaries(
    {
        "threshold": st.sampled_from([0.3, 0.5, 0.8, 1]),
        "min_words": st.sampled_from([4, 6, 20, 10**9]),
    }
)


@few
@given(articles() | texts(), OPTIONS)
def test_the_laws_hold_for_other_options(text, options):
    once = clean(text, **options)
    assert clean(once, **options) == once
    assert scan(text, **options).text == once
    assert in_order(letters(once), letters(text))
    if not any(removed(text, **options)):
        assert letters(once) == letters(text)


@few
@given(articles(), OPTIONS)
def test_the_cleaned_text_holds_what_other_options_remove(text, options):
    # A teaser goes at its own threshold, and what equals it goes for it.
    threshold = min(options["threshold"], defaults.TEASER_THRESHOLD)
    kept = words(clean(text, **options))
    gone = [words(text[slice(*repeat.span)]) for repeat in removed(text, **options)]
    assert all(coverage(each, kept) >= threshold for each in gone if each)


@few
@given(articles(), articles())
def test_nothing_is_remembered(one, other):
    first = clean(one)
    found = scan(other)
    assert clean(one) == first
    assert scan(other) == found
    assert clean_batch([other, one, other])[1].text == first


@few
@given(st.lists(articles() | texts(), max_size=4), st.randoms(use_true_random=False))
def test_a_batch_is_each_of_its_texts_in_any_order(some, shuffling):
    assert [cleaned.text for cleaned in clean_batch(some)] == [clean(text) for text in some]
    assert scan_batch(some) == [scan(text) for text in some]
    shuffled = shuffling.sample(some, len(some))
    assert [cleaned.text for cleaned in clean_batch(shuffled)] == [clean(text) for text in shuffled]


def test_a_batch_counts_what_is_removed():
    texts_ = [f"{HARBOR}\n\n{HARBOR}", HARBOR]
    assert [cleaned.removed for cleaned in clean_batch(texts_)] == [1, 0]


@laws
@given(articles() | texts())
@example("")
@example("a")
@example(f"{HARBOR}\n\n{BRIDGE}")
@example("- a lamp\n- rope")
@example("今天下雨。\n\n明天晴。")
def test_what_is_clean_comes_back_as_the_same_object(text):
    once = clean(text)
    # Another object, lest two that are equal be one by chance.
    again = once[:-1] + once[-1:]
    assert clean(again) is again
    assert scan(again).text is again
    assert clean_batch([again])[0].text is again


# -- what is removed, in short


@pytest.mark.parametrize(
    ("text", "kind", "gone"),
    [
        (f"{HARBOR}\n\n{BRIDGE}\n\n{HARBOR}", "exact", HARBOR),
        (f"{HARBOR}\r\n\r\n{HARBOR}", "exact", HARBOR),
        (f"{HARBOR} {HARBOR} {BRIDGE} {HARBOR} {BRIDGE} {MAYOR}", "run", None),
        (f"{HARBOR[:40]}…\n\n{HARBOR}", "teaser", f"{HARBOR[:40]}…"),
        (f"{HARBOR}\n\n{HARBOR.replace('drops', 'falls')}", "near", None),
        (f"{HARBOR} {MAYOR}\n\n“{HARBOR}”", "inside", f"“{HARBOR}”"),
    ],
    ids=["exact", "CRLF", "run", "teaser", "near", "inside"],
)
def test_each_kind_of_repeat_is_named(text, kind, gone):
    (first, *_) = removed(text)
    assert first.kind == kind
    assert gone is None or text[slice(*first.span)] == gone


def test_short_lines_go_with_the_block_that_they_repeat():
    body = f"{SHORT}\n\n{HARBOR}\n\n* * *\n\n{BRIDGE}"
    text = f"{body}\n\n{MAYOR}\n\n{body}"
    assert clean(text) == f"{body}\n\n{MAYOR}"
    assert [repeat.kind for repeat in removed(text)] == ["block", "exact", "block", "exact"]


def test_what_goes_is_held_by_what_stays_and_not_by_what_goes_too():
    first = [chr(97 + n // 20) + chr(97 + n % 20) for n in range(40)]
    second = ["xa", "xb", "xc", "xd", "xe", "xf", *first[6:]]
    third = [*second[:-6], "ya", "yb", "yc", "yd", "ye", "yf"]
    paragraphs = [" ".join(each) + "." for each in (first, second, third)]
    assert clean("\n\n".join(paragraphs[:2])) == paragraphs[0]
    assert clean("\n\n".join(paragraphs[1:])) == paragraphs[1]
    assert clean("\n\n".join(paragraphs)) == f"{paragraphs[0]}\n\n{paragraphs[2]}"


def test_the_lines_after_what_goes_are_not_drawn_to_the_paragraph_before():
    line = "It rained all day and all night in Selm"
    text = f"{line}\n\nNobody came.\n\n{line}\nand then it stopped."
    assert clean(text) == f"{line}\n\nNobody came.\n\nand then it stopped."


def test_spans_of_paragraphs_hold_the_marks_at_their_ends():
    line = f"« {HARBOR} »"
    (repeat,) = removed(f"{line}\r\n\r\n{line}")
    assert repeat.span == (len(line) + 4, 2 * len(line) + 4)
    assert repeat.of == (0, len(line))


LINES = "\n".join(f"{name} won again at home" for name in "ABCDEFGHIJKLMNOP")
PROSE = f"{HARBOR}\n\n{BRIDGE}\n\n{MAYOR}"
QUESTION = "Will the ferries run again in the first week of May?"
ITEM = "- a lamp and two blankets for each of the guests"
LINK = "https://example.org/news/2026/the-ferries-stay-in-the-harbor-of-selm-until-the-wind-drops"
STAYING = {
    "short lines": f"{SHORT}\n\n{HARBOR}\n\n{SHORT}",
    "many short lines": f"{LINES}\n\n{PROSE}\n\n{HARBOR} {SHORT} {MAYOR} {LINK}\n\n{LINES}",
    "questions": f"{QUESTION}\n\n{HARBOR}\n\n{QUESTION}\n\nNobody knows.",
    "answers with their question": f"{QUESTION} Yes.\n\n{HARBOR}\n\n{QUESTION} Yes.",
    "numbers": f"{HARBOR} It is 4.\n\n{HARBOR} It is 5.",
    "names": f"{HARBOR[:-1]}, said Ada.\n\n{HARBOR[:-1]}, said Max.",
    "announcements": f"{HARBOR[:-1]}:\n\n{BRIDGE}\n\n{HARBOR[:-1]}:\n\n{MAYOR}",
    "items": f"{ITEM}\n- bread\n{ITEM}\n- water",
    "rows": f"Selm 3 1 2 10 11 12 13 14\n\n{HARBOR}\n\nSelm 3 1 2 10 11 12 13 14",
    "links": f"{LINK}\n\n{HARBOR}\n\n{LINK}",
    "headings": f"{HARBOR}\n\n{BRIDGE[:-1]}\n\n{MAYOR} {BRIDGE[:-1]}, she said.",
    "most of it inside": (
        f"{HARBOR} {BRIDGE} {MAYOR}\n\n{HARBOR} {BRIDGE.replace('river', 'brook')}"
    ),
    "the lead": f"{HARBOR} {SHORT}\n\n{HARBOR} {SHORT} {BRIDGE}",
}


@pytest.mark.parametrize("text", STAYING.values(), ids=STAYING)
def test_what_may_be_meant_each_time_stays(text):
    assert clean(text) is text
    assert list(removed(text)) == []


def test_less_must_be_held_at_a_lower_threshold():
    half = " ".join(BRIDGE.split()[:8]) + " while all the rest of it went on."
    text = f"{BRIDGE}\n\n{half}"
    assert clean(text) == text
    assert clean(text, threshold=0.4) == BRIDGE


@pytest.mark.parametrize(
    "line",
    [
        "It rained all day.",
        "It rained all day in Selm.",
        "今天下雨了。明天也是。",
    ],
    ids=["four words", "six words", "ten characters"],
)
def test_shorter_paragraphs_go_with_a_lower_number_of_words(line):
    n_words = sum(map(weight, words(line))) // 2
    text = f"{line}\n\n{HARBOR}\n\n{line}"
    assert clean(text) == text
    assert clean(text, min_words=n_words + 1) == text
    assert clean(text, min_words=n_words) == f"{line}\n\n{HARBOR}"


# -- what callers are told


@pytest.mark.parametrize("function", [clean, scan])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0}, "threshold must be over 0 and at most 1, got 0"),
        ({"threshold": 1.5}, "threshold must be over 0 and at most 1, got 1.5"),
        ({"threshold": 70}, "threshold must be over 0 and at most 1, got 70"),
        ({"threshold": -0.1}, "threshold must be over 0 and at most 1, got -0.1"),
        ({"threshold": float("nan")}, "threshold must be over 0 and at most 1, got nan"),
        ({"min_words": 0}, "min_words must be at least 4, got 0"),
        ({"min_words": -3}, "min_words must be at least 4, got -3"),
    ],
    ids=str,
)
def test_a_wrong_value_is_named(function, options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        function("a text", **options)


@pytest.mark.parametrize("function", [clean, scan])
@pytest.mark.parametrize(
    ("value", "name"),
    [(b"bytes", "bytes"), (None, "NoneType"), (3, "int"), (["a"], "list")],
    ids=["bytes", "None", "int", "list"],
)
def test_what_is_no_text_is_named(function, value, name):
    with pytest.raises(TypeError, match=f"^text must be a string, got {name}$"):
        function(value)


@pytest.mark.parametrize("function", [clean, scan])
def test_options_are_given_by_name_and_the_text_by_place(function):
    with pytest.raises(TypeError, match="positional"):
        function("a text", 0.8)
    with pytest.raises(TypeError, match="text"):
        function(text="a text")


def test_a_subclass_of_str_is_a_text():
    class Text(str):
        __slots__ = ()

    assert clean(Text("a  b")) == "a b"


def test_results_are_plain_values():
    found = scan(f"{HARBOR}\n\n{HARBOR}")
    (repeat,) = found.repeats
    end = len(HARBOR)
    assert repeat == dedup.Repeat(end + 2, 2 * end + 2, 0, end, "exact", 1.0, True)
    assert repeat.span == dedup.Span(end + 2, 2 * end + 2)
    assert repeat.of == dedup.Span(0, end)
    assert {type(value) for value in repeat.to_dict().values()} <= {int, str, float, bool}
    assert found.to_dict() == {"repeats": [repeat.to_dict()], "text": HARBOR}
    with pytest.raises(AttributeError):
        repeat.removed = False


# -- hostile texts: all of them end


def _random_words(n: int) -> str:
    choose = random.Random(1)
    return " ".join(f"w{choose.randrange(10**6)}" for _ in range(n))


SAME = {
    "empty": "",
    "lone surrogates, written as what they are not": "\ufffd" * 1000,
    "only punctuation": "!?.,;:" * 20_000,
    "lines of punctuation": "!!!\n\n" * 20_000 + "!!!",
    "ampersands": "&" * 100_000,
    "quotation marks": "“" * 100_000,
    "a word of a megabyte": "x" * 1_000_000,
    "one word 100,000 times": " ".join(["word"] * 100_000),
    "marks alone": "\u0301" * 100_000,
    "one character 100,000 times": "中" * 100_000,
    "a megabyte without a newline": _random_words(130_000),
    "many short lines": "\n".join(f"w{n}" for n in range(10_000)),
}

CLEANED = {
    "spaces": (" \t\n\xa0\u2028" * 1000, ""),
    "NUL bytes": ("\0" * 1000, ""),
    "NUL bytes in words": ("a\0b \0c", "ab c"),
    "lone surrogates": ("\udfff a\ud800\n\n\ud800", "\ufffd a\ufffd\n\n\ufffd"),
    "a million spaces": ("a" + " " * 1_000_000 + "b", "a b"),
    "a million newlines": ("a" + "\n" * 1_000_000 + "b", "a\n\nb"),
    "a paragraph of one word, twice": (f"{'word ' * 50_000}\n\n" * 2, "word " * 49_999 + "word"),
    "a sentence told 5,000 times in a paragraph": (f"{HARBOR} " * 5000, HARBOR),
    "two sentences told in turn": (f"{HARBOR} {BRIDGE} " * 3000, f"{HARBOR} {BRIDGE}"),
    "two paragraphs told in turn": (f"{HARBOR}\n{BRIDGE}\n" * 3000, f"{HARBOR}\n\n{BRIDGE}"),
    "each paragraph longer than the one before": (
        "\n\n".join(" ".join([HARBOR] * n) for n in range(1, 100)),
        HARBOR,
    ),
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_hostile_texts_come_back_as_they_are(text):
    assert clean(text) is text
    assert not any(removed(text))


@pytest.mark.parametrize(("text", "expected"), CLEANED.values(), ids=CLEANED)
def test_hostile_texts_are_cleaned(text, expected):
    assert clean(text) == expected
    assert scan(text).text == expected


def test_one_paragraph_told_100_000_times():
    (cleaned,) = clean_batch([f"{HARBOR}\n\n" * 100_000])
    assert cleaned == Cleaned(HARBOR, 99_999)


def test_marks_in_no_order_are_put_in_order():
    text = "a" + "\u0301\u0323" * 2000
    assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("inside", ["{}!!!", "a{}b", "{}b"], ids=["before", "inside", "after"])
@pytest.mark.parametrize("mark", [".", "!", "”", "("], ids=ascii)
def test_long_runs_of_marks_in_repeats(inside, mark):
    noise = inside.format(mark * 1000)
    text = f"{HARBOR} {noise} {BRIDGE}\n\n{HARBOR} {noise} {BRIDGE} {MAYOR}"
    assert len(scan(text).repeats) == 1
