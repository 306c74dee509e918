"""What kind of line a block is, told by its marks in any language."""

import pytest

from dedup.prose import Prose

LONG = "the mayor who had said so before " * 5


def prose(text: str, n_words: float | None = None) -> Prose:
    return Prose(text, len(text.split()) if n_words is None else n_words)


def case(text: str, expected: object, *marks: pytest.MarkDecorator) -> object:
    return pytest.param(text, expected, id=ascii(text[:30]), marks=marks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("Would you still come?", True),
        case("Would you still come? Yes.", True),
        case("“Would you still come?”", True),
        case("¿Vendrás mañana? Sí.", True),
        case("Kommst du noch?", True),
        case("你會來嗎？會。", True),
        case("来ますか。はい", False),
        case("هل ستأتي؟ نعم.", True),
        case("क्या आप आएंगे? हाँ।", True),
        case("Ви прийдете?", True),
        case("Yes. Would you?", False),
        case("I would not. Why?", False),
        case("हाँ। क्यों?", False),
        case("會。為什麼？", False),
        case("He did not ask", False),
        case("", False),
        case(LONG[: LONG.index("before")] + "came?", True),
        case(" ".join(LONG.split()[:29]) + " came?", True),
        case(" ".join(LONG.split()[:30]) + " came?", False),
        case(LONG + "? Yes.", False),
    ],
)
def test_asks(text, expected):
    assert prose(text).asks is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("It rained.", True),
        case("It rained!", True),
        case("It rained…", True),
        case("“It rained.”", True),
        case("(It rained.)", True),
        case("„Es regnete.“", True),
        case("Il pleuvait. »", True),
        case("今天下雨。", True),
        case("「今天下雨。」", True),
        case("雨が降った！", True),
        case("वर्षा हुई।", True),
        case("بارش ہوئی۔", True),
        case("هل جاء؟", True),
        case("The lamps of Kellan Quay", False),
        case("In short:", False),
        case("It rained,", False),
        case("Photo (Ada Birk)", False),
        case("今日天氣", False),
        case("* * *", False),
        case("", False),
    ],
)
def test_is_sentence(text, expected):
    assert prose(text).is_sentence is expected


@pytest.mark.parametrize(
    ("text", "n_words", "expected"),
    [
        ("https://example.org/news/2026/the-old-bridge-over-the-river", 11, True),
        ("See example.org/news/the-old-bridge-over-the-river", 9, True),
        ("The old bridge over the river", 6, False),
        ("the well-known out-of-town state-of-the-art bridge", 11, False),
        ("舊橋今天下雨，明天晴", 4.5, False),
        ("https://example.org/港口/the-old-bridge-over-the-river", 10, False),
    ],
    ids=["link", "after a word", "words", "hyphens", "Chinese", "link in Chinese"],
)
def test_is_address(text, n_words, expected):
    assert Prose(text, n_words).is_address is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("The mayor said:", True),
        case("市長說：", True),
        case("The mayor said: no", False),
        case("At 12:30", False),
        case("", False),
    ],
)
def test_announces(text, expected):
    assert prose(text).announces is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("On Saturday she will…", True),
        case("On Saturday she will ...", True),
        case("On Saturday she will[…]", True),
        case("On Saturday she will [...]", True),
        case("On Saturday she will (…)", True),
        case("On Saturday she will (...)", True),
        case("… and on Saturday she did.", True),
        case("... and on Saturday she did.", True),
        case("[…] and on Saturday she did.", True),
        case("星期六她會……", True),
        case("В субботу она…", True),
        case("On Saturday … she did.", False),
        case("On Saturday she did.", False),
        case("On Saturday she did..", False),
        case("", False),
    ],
)
def test_is_teaser(text, expected):
    assert prose(text).is_teaser is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("“It is the coming down.”", True),
        case('"It is the coming down."', True),
        case("'It is the coming down.'", True),
        case("‘It is the coming down.’", True),
        case("„Es ist der Abstieg.“", True),
        case("«C’est la descente.»", True),
        case("« C’est la descente. »", True),
        case("„To jest zejście.”", True),
        case("「下るほうだ。」", True),
        case("『下るほうだ。』", True),
        case("»Es ist der Abstieg.«", True),
        case("”Det är nedstigningen.”", True),
        case("“It is the coming down,” she said.", False),
        case("She said: “It is the coming down.”", False),
        case("It is the coming down.", False),
        case("“”", False),
        case("“", False),
        case("", False),
    ],
)
def test_is_quote(text, expected):
    assert prose(text).is_quote is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(case(f"{bullet} a lamp", True) for bullet in "-*•–—▪◦·‣■●○✓"),
        case("1. a lamp", True),
        case("12) a lamp", True),
        case("(3) a lamp", True),
        case("٣. مصباح", True),
        case("2026. a year", False),
        case("1.5 hours", False),
        case("-5 degrees", False),
        case("*note", False),
        case("a lamp - or two", False),
        case("a) a lamp", False),
        case("-", False),
        case("", False),
    ],
)
def test_is_item(text, expected):
    assert prose(text).is_item is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("Selm 3 1 2", True),
        case("200 g flour", True),
        case("½ cup of butter", True),
        case("1 of 4", True),
        case("سلم ٣ ١", True),
        case("one in 4 4", True),
        case("In 2026 the bridge", True),
        case("In 2026 the old bridge", False),
        case("three or four cups", False),
        case("H2O is a word", True),
    ],
)
def test_is_row(text, expected):
    assert prose(text).is_row is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("1,200 people and 3.5 tonnes", {"1200", "3.5"}),
        case("1200 people", {"1200"}),
        case("at 12:30 on 2.1.2026, or 1/2", {"12:30", "2.1.2026", "1/2"}),
        case("Item#11111, Covid-19", {"11111", "19"}),
        case("It was 5, then 6.", {"5", "6"}),
        case("It is 7.", {"7"}),
        case("١٢٠٠ شخص", {"1200"}),
        case("१२ लोग", {"12"}),
        case("第12屆", {"12"}),
        case("None, and one", set()),
        case("5¼ cups", {"5¼"}),
        case("½ cup", {"½"}),
    ],
)
def test_numbers(text, expected):
    assert prose(text).numbers == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("The Mayor’s “old” car, (hers).", {"the", "mayor", "old", "car", "hers"}),
        case("Ada's bridge", {"ada", "bridge"}),
        case("STRASSE Straße", {"strasse"}),
        case("Он видел Киев", {"он", "видел", "киев"}),
        case("O’Neill isn't", {"o’neill", "isn't"}),
        case("A – B", {"a", "b"}),
        case("… * —", set()),
        case("", set()),
    ],
)
def test_words(text, expected):
    assert prose(text).words == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case("Today Ada Birk came to Selm.", {"ada", "birk", "selm"}),
        case("She came. Then Oslo waited.", {"oslo"}),
        case("Birk came", set()),
        case("Was it Birk? Maybe Holm.", {"birk", "holm"}),
        case("He said: Nobody came", set()),
        case("It rained… Nobody came", set()),
        case("“It rained.” Nobody came", set()),
        case("She said “Nobody came” and went", set()),
        case("In the (Eastern) part", set()),
        case("The Mayor’s car", {"mayor"}),
        case("Вчера Ада Бирк видела Киев. Потом ушла", {"ада", "бирк", "киев"}),
        case("Χθες η Άντα ήρθε", {"άντα"}),
        case("昨天 Birk 來", {"birk"}),
        case("昨天市長來", set()),
        case("أمس جاء رئيس البلدية", set()),
        case("no name here", set()),
        case("", set()),
    ],
)
def test_names_are_capitals_inside_a_sentence(text, expected):
    assert prose(text).names == expected


def test_a_line_of_dots_is_only_marks():
    line = Prose("." * 1000, 0)
    assert (line.words, line.names, line.numbers) == (set(), set(), set())
    assert line.is_teaser
    assert line.is_sentence


def test_words_of_marks_alone_are_none_and_possessives_are_bare():
    assert Prose("Selm's ’tis -- «Oslo’s» !!!", 4).words == {"selm", "tis", "oslo"}
