"""What a text states: numbers, names, weekdays and months. Copies agree in them.

Numbers are compared by value: 1,200 = 1200 = 1 200 = 1.200 = ١٢٠٠, 3.5 = 3.50, and 5¼ is no 5. A
word with a digit in it (A320, 20th) is a number that equals only itself. Names are words with a
capital inside a sentence, in scripts that have capitals; where nearly every word has one, and in
German, where nouns have, there are none. Weekdays and months are known by the lists below.

Numbers from two to twelve are read where they are spelled out in one of the languages below; other
spelled-out numbers, Chinese numerals, currencies and units are not.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import defaults
from dedup.fold import MASK, MIX_1, fold_code_point, fold_table, token_hash
from dedup.kernels import facts as kernels
from dedup.shingle import Encoded, Words

NUMBER, NAME, CALENDAR, REST = kernels.NUMBER, kernels.NAME, kernels.CALENDAR, kernels.REST

# Monday to Sunday, then January to December; forms of one day or month are parted by "/". English
# ones need a capital (may, march, sat), others are written without.
CALENDARS = {
    "en": "monday/mon tuesday/tue/tues wednesday/wed thursday/thu/thur/thurs friday/fri "
    "saturday/sat sunday/sun january/jan february/feb march/mar april/apr may june/jun july/jul "
    "august/aug september/sep/sept october/oct november/nov december/dec",
    "de": "montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag januar/jänner "
    "februar märz april mai juni juli august september oktober november dezember",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin "
    "juillet août septembre octobre novembre décembre",
    "es": "lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo "
    "junio julio agosto septiembre/setiembre octubre noviembre diciembre",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio febbraio marzo aprile "
    "maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "- - - - - sábado domingo janeiro fevereiro março abril maio junho julho agosto setembro "
    "outubro novembro dezembro",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari februari maart april "
    "mei juni juli augustus september oktober november december",
    "sv": "måndag/måndagen tisdag/tisdagen onsdag/onsdagen torsdag/torsdagen fredag/fredagen "
    "lördag/lördagen söndag/söndagen januari februari mars april maj juni juli augusti september "
    "oktober november december",
    "da": "mandag tirsdag onsdag torsdag fredag lørdag søndag januar februar marts april maj juni "
    "juli august september oktober november december",
    "pl": "poniedziałek wtorek środa/środę czwartek piątek sobota/sobotę niedziela/niedzielę "
    "styczeń/stycznia luty/lutego marzec/marca kwiecień/kwietnia maj/maja czerwiec/czerwca "
    "lipiec/lipca sierpień/sierpnia wrzesień/września październik/października "
    "listopad/listopada grudzień/grudnia",
    "ru": "понедельник/понедельника вторник/вторника среда/среду/среды четверг/четверга "
    "пятница/пятницу/пятницы суббота/субботу/субботы воскресенье/воскресенья январь/января/январе "
    "февраль/февраля/феврале март/марта/марте апрель/апреля/апреле май/мая/мае июнь/июня/июне "
    "июль/июля/июле август/августа/августе сентябрь/сентября/сентябре октябрь/октября/октябре "
    "ноябрь/ноября/ноябре декабрь/декабря/декабре",
    "uk": "понеділок/понеділка вівторок/вівторка середа/середу/середи четвер/четверга "
    "п'ятниця/п'ятницю/п'ятниці субота/суботу/суботи неділя/неділю/неділі січень/січня "
    "лютий/лютого березень/березня квітень/квітня травень/травня червень/червня липень/липня "
    "серпень/серпня вересень/вересня жовтень/жовтня листопад/листопада грудень/грудня",
    "tr": "pazartesi salı çarşamba perşembe cuma cumartesi pazar ocak şubat mart nisan mayıs "
    "haziran temmuz ağustos eylül ekim kasım aralık",
    "ar": "الاثنين/الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد يناير فبراير مارس "
    "أبريل/إبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
}
# Two to twelve. One is left out: in many languages it is an article or a pronoun.
NUMBERS = {
    "en": "two three four five six seven eight nine ten eleven twelve",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici",
    "pt": "dois/duas três quatro cinco seis sete oito nove dez onze doze",
    "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf",
    "sv": "två tre fyra fem sex sju åtta nio tio elva tolv",
    "ru": "два/две/двух три/трех/трёх четыре/четырех/четырёх пять/пяти шесть/шести семь/семи "
    "восемь/восьми девять/девяти десять/десяти одиннадцать двенадцать",
}
GERMAN = "der die das und den von zu mit ist des auf für nicht ein eine dem im sich auch als"


class Facts(NamedTuple):
    """The facts of the m words of a batch of texts.

    ``kinds`` : uint8[m], 0, NUMBER, NAME or CALENDAR; REST for the words of a number after its
    first; ``values`` : uint64[m], equal for equal facts
    """

    kinds: NDArray[np.uint8]
    values: NDArray[np.uint64]


def find_facts(encoded: Encoded, words: Words) -> Facts:
    """Return what each word of the texts states. About 4 ns a byte."""
    table = fold_table()
    return Facts(
        *kernels.facts(
            *encoded, words.tokens, words.spans, words.token_offsets, table.pages, table.entries,
            _capitals(), *_listed(), defaults.MOST_CAPITALS, defaults.GERMAN_SHARE,
        )
    )  # fmt: skip


@cache
def _capitals() -> NDArray[np.uint8]:
    """Return a bit for each code point of the scripts that have capitals."""
    letters = map(chr, range(0x1F000))
    is_capital = [unicodedata.category(letter) in ("Lu", "Lt") for letter in letters]
    return np.packbits(is_capital, bitorder="little")


def _hash_word(word: str) -> int:
    return token_hash("".join(fold_code_point(ord(letter))[1] for letter in word).encode())


def _number_value(number: int) -> int:
    """Return the value that the kernel gives to a whole number."""
    value = 0
    for digit in str(number):
        value = (value * MIX_1 + int(digit) + 1) & MASK
    value = value * MIX_1 & MASK
    return value ^ value >> 32


@cache
def _listed() -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.uint64]]:
    """Return the listed words as a table: hashes, kinds and values."""
    slots = np.zeros(1 << 13, np.uint64)
    kinds = np.zeros(len(slots), np.uint8)
    values = np.zeros(len(slots), np.uint64)
    listed: dict[int, tuple[int, int]] = {}
    for language, names in CALENDARS.items():
        kind = kernels.WITH_CAPITAL if language == "en" else kernels.ALWAYS
        for place, forms in enumerate(names.split()):
            for form in forms.split("/") if forms != "-" else ():
                listed.setdefault(_hash_word(form), (kind, place + 1))
    for names in NUMBERS.values():
        for place, forms in enumerate(names.split()):
            for form in forms.split("/"):
                number = (kernels.SPELLED_OUT, _number_value(place + 2))
                listed.setdefault(_hash_word(form), number)
    for word in GERMAN.split():
        listed.setdefault(_hash_word(word), (kernels.GERMAN, 0))
    for word_hash, (kind, value) in listed.items():
        slot = word_hash >> 51
        while slots[slot]:
            slot = (slot + 1) % len(slots)
        slots[slot], kinds[slot], values[slot] = word_hash, kind, value
    return slots, kinds, values
