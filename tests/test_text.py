"""Canonical characters, the layouts in which articles come, and sentences."""

import re
import textwrap
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from numpy.typing import NDArray
from strategies import articles, texts

from dedup.model import Span
from dedup.text import (
    blocks,
    canonical_block,
    canonical_characters,
    render,
    sentences,
    words_span,
)

laws = settings(deadline=None, derandomize=True)

BRIDGE = (
    "The council of Selm decided on Monday evening to close the old bridge over the river for the"
    " rest of the year."
)
FERRY = (
    "A ferry may run from May on, said Ada Birk, the mayor of the town, if the money for it can be"
    " found somewhere by then."
)
DETOUR = (
    "Residents of the eastern bank will have to go around by the motorway, which adds about twenty"
    " minutes to a trip."
)
ARTICLE = [BRIDGE, FERRY, DETOUR]
CHINESE = (
    "市議會星期一晚上決定在今年餘下的時間裡關閉河上的舊橋，東岸的居民將不得不繞道高速公路，"
    "這大約會增加二十分鐘的路程。五月起可能會有渡輪，市長說，如果到時能籌到錢的話。"
)
JAPANESE = (
    "市議会は月曜日の夜、今年の残りの期間、川に架かる古い橋を閉鎖することを決定した。東岸の住民は"
    "高速道路を迂回しなければならず、移動時間がおよそ二十分長くなると町は発表した。"
)


def wrapped(paragraph: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(paragraph, 72, initial_indent=first, subsequent_indent=rest)


def wrapped_unspaced(paragraph: str, columns: int = 72) -> str:
    return "\n".join(re.findall(f".{{1,{columns // 2}}}", paragraph))


def shown(text: str) -> list[str]:
    return [canonical_block(text, block) for block in blocks(text)]


def parted(text: str) -> list[bool]:
    return [block.parted for block in blocks(text)]


def letters(text: str) -> str:
    """Return what nobody may lose: all but white space and invisible characters, NFC."""
    visible = re.sub("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff]", "", text)
    known = re.sub("[\ud800-\udfff]", "\ufffd", visible)
    return unicodedata.normalize("NFC", "".join(known.split()))


# -- characters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("har\xadbor", "harbor"),
        ("har\u200bbor", "harbor"),
        ("har\u2060bor", "harbor"),
        ("\ufeffharbor", "harbor"),
        ("a\x00b\x01c\x08d", "abcd"),
        ("a\x0eb\x1bc", "abc"),
        ("a\x7fb", "ab"),
        ("a\x80b\x84c\x86d\x9fe", "abcde"),
        ("a\tb", "a b"),
        ("a\xa0b", "a b"),
        ("a\u2003b\u202fc\u1680d", "a b c d"),
        ("中\u3000文", "中 文"),
        ("a \t\xa0 b", "a b"),
        ("  a\xa0", "a"),
        ("a \xad b", "a b"),
        ("a\x1cb\x1dc\x1ed\x1fe", "a b c d e"),
        ("a\x85b", "a b"),
        ("a\ud800b\udfffc", "a\ufffdb\ufffdc"),
        ("\ud83d\ude00", "\ufffd\ufffd"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("a\u200eb", "a\u200eb"),
        ("cafe\u0301", "café"),
        ("e\xad\u0301", "é"),
        ("\u212b", "Å"),
        ("a\u0323\u0307 a\u0307\u0323", "ạ̇ ạ̇"),
        ("ﬁve 5¼ ½ Ａ", "ﬁve 5¼ ½ Ａ"),
        ("“It’s” – 'so'… &amp; <b>", "“It’s” – 'so'… &amp; <b>"),
        ("", ""),
        (" \t\xad", ""),
    ],
    ids=[
        "soft hyphen", "zero-width space", "word joiner", "byte order mark", "C0 1", "C0 2",
        "delete", "C1", "tab", "no-break space", "typographic spaces", "ideographic space",
        "a run of spaces", "outer spaces", "spaces around an invisible", "separators",
        "next line", "lone surrogates", "a pair of surrogates", "non-joiner of Persian",
        "joiner of Hindi", "joiner of emoji", "direction mark", "decomposed", "parted by a hyphen",
        "another code point of a letter", "two orders of marks", "compatibility forms",
        "typography", "empty", "nothing visible",
    ],
)  # fmt: skip
def test_characters_become_canonical(text, expected):
    assert canonical_characters(text) == expected


@laws
@given(texts())
def test_canonical_characters_are_left_alone(text):
    once = canonical_characters(text)
    assert canonical_characters(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == " ".join(once.split())
    assert not re.search("[\ud800-\udfff\x00-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff]", once)
    assert letters(once) == letters(text)


# -- layouts: what they mean


LAYOUTS = {
    "blank lines": "\n\n".join(ARTICLE),
    "twenty blank lines": ("\n" * 20).join(ARTICLE) + "\n" * 20,
    "a line each": "\n".join(ARTICLE),
    "spaces in the blank lines": " \n \t\n\xa0".join(ARTICLE),
    "invisible characters in the blank lines": "\n\u200b\n\ufeff\n".join(ARTICLE),
    "wrapped, blank lines": "\n\n".join(map(wrapped, ARTICLE)),
    "wrapped": "\n".join(map(wrapped, ARTICLE)),
    "wrapped, indented": "\n".join(wrapped(each, "    ") for each in ARTICLE),
    "wrapped, indented, blank lines": "\n\n".join(wrapped(each, "    ") for each in ARTICLE),
    "all lines indented": "\n\n".join(wrapped(each, "  ", "  ") for each in ARTICLE),
    "CRLF": "\r\n\r\n".join(ARTICLE),
    "CRLF, a line each": "\r\n".join(ARTICLE),
    "CRLF, wrapped": "\n\n".join(map(wrapped, ARTICLE)).replace("\n", "\r\n"),
    "CR": "\r".join(ARTICLE),
    "line separators": "\u2028".join(ARTICLE),
    "paragraph separators": "\u2029".join(ARTICLE),
    "next lines": "\x85".join(ARTICLE),
    "form feeds": "\f".join(ARTICLE),
    "form feeds on lines of their own": "\n\f\n".join(ARTICLE),
    "vertical tabs": "\v".join(ARTICLE),
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_paragraphs_are_found_in_every_layout(text):
    assert shown(text) == ARTICLE


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_settles_to_blank_lines(text):
    once, _ = render(text, blocks(text))
    assert render(once, blocks(once))[0] == "\n\n".join(ARTICLE)


@pytest.mark.parametrize("indent", [2, 4, 8])
def test_paragraphs_of_three_lines_are_found_whatever_their_indent(indent):
    paragraphs = [
        f"{BRIDGE[:-1]}, and to ask the ferry for help.",
        f"{DETOUR[:-1]}, or wait for the ferry.",
    ]
    assert shown("\n".join(wrapped(each, " " * indent) for each in paragraphs)) == paragraphs


def test_a_line_break_inside_a_wrapped_paragraph_is_a_space_and_points_to_both_lines():
    text = wrapped(BRIDGE)
    (block,) = blocks(text)
    assert [text[slice(*piece)] for piece in block.pieces] == text.split("\n")
    assert (block.start, block.end) == (0, len(text))


HANGING = [
    wrapped(f"{bullet} {each}", "", "  ") for bullet, each in zip("-*•", ARTICLE, strict=True)
]


def test_hanging_items_of_a_list_are_joined_and_stay_apart():
    text = "\n".join(HANGING)
    assert shown(text) == [f"{bullet} {each}" for bullet, each in zip("-*•", ARTICLE, strict=True)]
    assert parted(text) == [True, False, False]


LISTS = {
    "items": ["- a lamp", "- two blankets", "* rope", "• a knife, and bread for one day"],
    "verse": [
        "So light the lamps on Kellan Quay",
        "and set them in a row,",
        "for some of us are still at sea",
        "and some have far to go.",
    ],
    "table": ["Selm 3 1 2", "Birk 14 2 9", "Harthwaite 3 3 3"],
    "tabs": ["Selm\t3\t1", "Birk\t14\t2"],
    "short answers": ["Yes.", "No.", "Yes."],
    "headings and names": ["Ada Birk", "Mayor of Selm", "What comes next?"],
    "Chinese": ["市議會星期一決定關閉舊橋。", "東岸的居民將不得不繞道，", "市長說。"],
}


@pytest.mark.parametrize("lines", LISTS.values(), ids=LISTS)
def test_lines_of_lists_verse_and_tables_stay_lines(lines):
    text = "\n".join(lines)
    assert shown(text) == [line.replace("\t", " ") for line in lines]
    assert parted(text) == [True] + [False] * (len(lines) - 1)
    assert render(text, blocks(text))[0] == text.replace("\t", " ")


def test_two_verses_are_parted():
    assert parted("a b\nc d\n\na b\nc d") == [True, False, True, False]


def test_a_heading_over_a_paragraph_is_parted_from_it():
    assert parted(f"What comes next\n{BRIDGE}\nFerries\n{FERRY}") == [True] * 4


def test_layouts_may_be_mixed():
    text = "\n\n".join(
        [wrapped(BRIDGE), "- a lamp\n- rope", wrapped(FERRY), "Verse one\nVerse two"]
    )
    once, _ = render(text, blocks(text))
    assert once == "\n\n".join([BRIDGE, "- a lamp\n- rope", FERRY, "Verse one\nVerse two"])


def test_an_item_is_not_joined_to_the_full_line_before_it():
    full = wrapped(BRIDGE).split("\n")[0]
    text = "\n\n".join([*map(wrapped, ARTICLE), f"{full}\n- and a lamp for every house"])
    assert shown(text) == [*ARTICLE, full, "- and a lamp for every house"]


@pytest.mark.parametrize("paragraph", [CHINESE, JAPANESE], ids=["Chinese", "Japanese"])
@pytest.mark.parametrize("columns", [60, 72, 90])
def test_wrapped_lines_without_spaces_are_joined_without_a_space(paragraph, columns):
    text = wrapped_unspaced(paragraph, columns)
    assert "\n" in text
    assert shown(text) == [paragraph]
    two = f"{text}\n\n{text}"
    assert shown(two) == [paragraph, paragraph]


def test_korean_lines_are_joined_with_a_space():
    paragraph = (
        "시의회는 월요일 저녁 올해 남은 기간 동안 강 위의 오래된 다리를 폐쇄하기로 결정했다고 " * 2
    )
    text = "\n".join(textwrap.wrap(paragraph, 36))
    assert shown(text) == [paragraph.strip()]


@pytest.mark.parametrize("paragraph", [CHINESE, JAPANESE], ids=["Chinese", "Japanese"])
def test_long_lines_without_spaces_are_paragraphs(paragraph):
    sentences_ = [sentence + "。" for sentence in paragraph.split("。") if sentence]
    lines = [*sentences_, paragraph, paragraph[:60] + "。"]
    assert shown("\n".join(lines)) == lines
    # Of one length, as if wrapped; but each line ends a sentence.
    equal = [paragraph[k : k + 30] + "。" for k in range(5)]
    assert shown("\n".join(equal)) == equal


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "\r\n\r\n", "\t\n\f\n\u2028", "\xad\n\u200b \ufeff\n\x00", "\u3000\n\xa0"],
    ids=ascii,
)
def test_what_shows_nothing_has_no_blocks(text):
    assert blocks(text) == []
    assert render(text, []) == ("", [])


# -- layouts: laws


@laws
@given(texts() | articles())
@example(LAYOUTS["wrapped"])
@example("\n".join(HANGING))
@example(wrapped_unspaced(CHINESE))
@example("か\n\u3099\n" * 40)
def test_pieces_lie_in_the_text_in_order_and_hold_all_that_shows(text):
    pieces = [piece for block in blocks(text) for piece in block.pieces]
    assert all(0 <= start < end <= len(text) for start, end in pieces)
    assert all(before.end < after.start for before, after in pairwise(pieces))
    cut = [text[slice(*piece)] for piece in pieces]
    assert all(len(line.splitlines()) == 1 and line == line.strip() for line in cut)
    assert letters("".join(cut)) == letters(text)


@laws
@given(texts() | articles())
@example(LAYOUTS["wrapped"])
@example("\n".join(HANGING))
@example(f"{wrapped(BRIDGE)}\n{wrapped_unspaced(CHINESE)}")
@example("x" * 70 + "\n\u0301" * 3)
@example("中" * 30 + "\u302b\n\u302a" + "文" * 29)
def test_laying_out_settles_and_loses_no_letter(text):
    for _ in range(len(text) + 2):
        laid_out, _ = render(text, blocks(text))
        assert letters(laid_out) == letters(text)
        assert unicodedata.is_normalized("NFC", laid_out)
        if laid_out == text:
            break
        text = laid_out
    assert laid_out == text
    assert not re.search(r"\n\n\n|  | \n|\n |\A\s|\s\Z", text)


@laws
@given(texts() | articles())
def test_blocks_are_placed_where_they_stand_in_the_rendered_text(text):
    laid_out = blocks(text)
    rendered, placed = render(text, laid_out)
    assert [rendered[slice(*place.span)] for place in placed] == [
        canonical_block(text, block) for block in laid_out
    ]
    assert [place.pieces for place in placed] == [block.pieces for block in laid_out]
    assert all(
        rendered[before.span.end : after.span.start] == ("\n\n" if block.parted else "\n")
        for (before, after), block in zip(pairwise(placed), laid_out[1:], strict=True)
    )


def test_only_given_blocks_are_rendered():
    text = "One.\n\n* * *\n\nTwo.  Three."
    first, _, last = blocks(text)
    assert render(text, [first, last])[0] == "One.\n\nTwo. Three."


# -- sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A storm came. It went! Why?", ["A storm came.", "It went!", "Why?"]),
        ("“Stay,” she said. “Go.” He left.", ["“Stay,” she said.", "“Go.”", "He left."]),
        ("'Go.' (He left.) So", ["'Go.'", "(He left.)", "So"]),
        ("It rained… It stopped ... at last", ["It rained…", "It stopped ...", "at last"]),
        ("What?! No!!! Well?..", ["What?!", "No!!!", "Well?.."]),
        ("He paid 3.5 crowns at a.b.c. Then", ["He paid 3.5 crowns at a.b.c.", "Then"]),
        ("One.\tTwo.\xa0Three.", ["One.", "Two.", "Three."]),
        ("今天下雨。明天晴！「好。」他說。", ["今天下雨。", "明天晴！", "「好。」", "他說。"]),
        ("彼は言った。『雨だ。』行こう", ["彼は言った。", "『雨だ。』", "行こう"]),
        ("वर्षा हुई। कल धूप होगी॥ ठीक", ["वर्षा हुई।", "कल धूप होगी॥", "ठीक"]),
        ("هل جاء؟ نعم. لا", ["هل جاء؟", "نعم.", "لا"]),
        ("وہ آیا۔ پھر گیا۔", ["وہ آیا۔", "پھر گیا۔"]),
        ("วันนี้ฝนตก พรุ่งนี้แดดออก", ["วันนี้ฝนตก", "พรุ่งนี้แดดออก"]),
        ("ມື້ນີ້ຝົນຕົກ ມື້ອື່ນ", ["ມື້ນີ້ຝົນຕົກ", "ມື້ອື່ນ"]),
        ("No end", ["No end"]),
        ("", []),
        (" \n ", []),
    ],
    ids=[
        "marks", "quotes", "straight quotes, brackets", "ellipses", "several marks",
        "points inside", "other spaces", "Chinese", "Japanese", "Hindi", "Arabic", "Urdu", "Thai",
        "Lao", "no mark", "empty", "spaces",
    ],
)  # fmt: skip
def test_sentences_end_at_their_marks(text, expected):
    found = [text[slice(*span)] for span in sentences(text, Span(0, len(text)))]
    assert found == expected


def test_sentences_of_a_part_point_into_the_whole_text():
    text = "Out. One. Two. Out."
    spans = list(sentences(text, Span(5, 14)))
    assert spans == [Span(5, 9), Span(10, 14)]
    assert [text[slice(*span)] for span in spans] == ["One.", "Two."]
    # A part that ends before a mark knows nothing of it.
    assert list(sentences(text, Span(5, 12))) == [Span(5, 9), Span(10, 12)]


def words(text: str) -> NDArray[np.int64]:
    found = [match.span() for match in re.finditer(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", text)]
    return np.array(found, np.int64)


@pytest.mark.parametrize(
    ("text", "first", "last", "expected"),
    [
        ("He said: “It rains.” Then", 2, 4, "“It rains.”"),
        ("He said: “It rains.” Then", 0, 1, "He"),
        ("(a) b, c", 0, 2, "(a) b,"),
        ("a-b c", 1, 2, "-b"),
        ("one — two", 1, 2, "two"),
        ("今天下雨。", 0, 4, "今天下雨。"),
        ("今天下雨。明天晴。", 4, 7, "明天晴。"),
    ],
    ids=["quotes", "one word", "brackets", "hyphen", "dash", "Chinese", "Chinese, second"],
)  # fmt: skip
def test_marks_belong_to_the_words_they_stand_at(text, first, last, expected):
    assert text[slice(*words_span(text, words(text), first, last))] == expected


@laws
@given(texts() | articles())
def test_sentences_cut_the_text_in_order_without_overlap(text):
    part = Span(len(text) // 4, len(text))
    spans = list(sentences(text, part))
    assert all(part.start <= start < end <= part.end for start, end in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    cut = [text[slice(*span)] for span in spans]
    assert all(sentence == sentence.strip() for sentence in cut)
    assert "".join("".join(cut).split()) == "".join(text[slice(*part)].split())
