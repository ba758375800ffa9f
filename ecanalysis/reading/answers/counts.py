"""Sentences with several numbers: counts split into parts, a base-period number in brackets, an 其中."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS, Field
from ecanalysis.reading.answers.gathering import Answer
from ecanalysis.reading.answers.labels import is_own_wording
from ecanalysis.reading.spelling import plain, squeezed
from ecanalysis.reading.units import OTHER, SAME, SCALES, edited_unit
from ecanalysis.reading.values import APPROXIMATELY, FALLING, RISING, SAID


class Count(NamedTuple):
    """A number in a sentence, from `start` to `end`, and its year.

    `parts`: separate counts to be added up. `beside`: the rest of the sentence with numbers of another kind (25场次).
    """

    start: int
    end: int
    year: int
    parts: tuple[str, ...] = ()
    beside: str = ""


_SEVERAL = re.compile(r"\d\D*?[^\d\s,，.．+-]\D*\d")
LONGEST = 400  # characters in a sentence that is searched for numbers
_PRINTED = re.compile(r"1亿元以上|B2B|[a-zA-Z]+\d+[a-zA-Z]*", re.IGNORECASE)  # digits that are not an answer
_MONTHS = r"(?:\d{1,2}月?(?:\d{1,2}日)?[-—~至到]+)?\d{1,2}月(?:\d{1,2}日|底|末|份)?"
_DATE = re.compile(
    rf"(?<![较比与于])(?:截[至止]到?)?(?P<year>(?:19|20)\d\d)年?(?:[-—~至到](?:19|20)\d\d)?年(?:年?底|末|度|全年)?(?:{_MONTHS})?"
    rf"|(?P<months>{_MONTHS})|[较比与于](?:19|20)\d\d年"
    r"|(?P<before>(?<![较比于])(?:基期|上年同期|去年同期|上年|去年|上期))"
)
_YEAR_AFTER = re.compile(rf"\s*\(\s*(?:截[至止]到?)?((?:19|20)\d\d)年?(?:度|底|末|全年|{_MONTHS})?(?:数据?)?\s*\)")
_OF_WHICH = re.compile("其中|包括|含|不含|另有|另")
_TOTAL = re.compile("共计?|合计|总计|总数|累计")


_UNITS = {"场次", "场", "批", "批次", "‰", *OTHER, *(word for words in SAME.values() for word in words)}
_UNITS |= {word for field in FIELDS.values() for word in (field.unit, *field.units) if word}
_RATES, _MONEY = {"%", "%%", "‰", "倍", "百分点", "个百分点"}, {"元", "亿元", "元人民币", "美元"}
_EVENTS = {"场次", "场", "期", "批", "批次", "班", "课时", "小时", "天"}
_OF_PEOPLE = {"人", "人次", "名", "位"}
# Unit of a field -> units of numbers that cannot be its answer.
_OTHER_KIND = {
    "%": _UNITS - {"%", "%%", "‰"},
    "亿元": _UNITS - _MONEY,
    "人次": _RATES | _MONEY | _EVENTS | {"家", "户"},
    "人": _RATES | _MONEY | _EVENTS | {"家", "户"},
    "件": _RATES | _MONEY | _EVENTS | {"家", "户"},
    "个": _RATES | _MONEY | _OF_PEOPLE,
    "家": _RATES | _MONEY | _OF_PEOPLE,
    "次": _RATES | _MONEY | {"人次"},
}


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_SAID = re.compile(rf"(?:{_any_of((*APPROXIMATELY, *FALLING, *RISING, *SAID))}|[-+ ])*$")
_HARMLESS = re.compile(rf"(?:[,;:、()_ ]|{_any_of((*APPROXIMATELY, *FALLING, *RISING, *SAID))})*")
_SCALE = re.compile(_any_of(filter(None, SCALES)))
_NUMBER = re.compile(
    r"(?:\d{1,3}(?:(?: *, *| +)\d{3})+(?!\d)|\d+)(?:\.\d+)?" rf"\s*(?:{_SCALE.pattern})?\s*(?P<unit>{_any_of(_UNITS)})?"
)


def counted(answer: Answer) -> list[Answer]:
    """Split an answer from its own cell into the numbers typed there; usually one, the answer unchanged."""
    field = FIELDS[answer.code]
    if not (field.numeric and isinstance(answer.typed, str) and _SEVERAL.search(answer.typed)):
        return [answer]
    unit = edited_unit(field, answer.unit)
    text = plain(answer.typed)
    counts = counts_in(field, text, 0, answer.year) if unit and unit.power == 0 else None
    if not counts or (counts[0][:2] == (0, len(text)) and not counts[0].parts):
        return [answer]
    if all(count.year != answer.year for count in counts):
        return [answer._replace(dated=answer.dated or counts[0].year)]
    whole = answer.typed
    return [
        answer._replace(
            year=count.year,
            typed=whole if count.parts else whole[count.start : count.end],
            parts=count.parts,
            beside=count.beside,
        )
        for count in counts
    ]


def counts_in(field: Field, text: str, words_end: int, year: int, put_differently: bool = False) -> list[Count] | None:
    """The numbers of a sentence (plain text, from after its date to the end of its answer), each with its year.

    `words_end` is where the sentence's own words end. Returns None if there is at most one number, after these words:
    then all the text is the answer. Counts of parts that the sentence names are returned as one `Count`. If the numbers
    cannot be told apart, the whole text is returned as the answer, which is then unreadable as a number.

    >>> counts_in(FIELDS["C09"], "企业拥有专利12个、软件著作权30个", 15, 2025)[0].parts
    ('12个', '30个')
    >>> [count.year for count in counts_in(FIELDS["C04"], "开展电商培训6566人次(2024年6000人次)", 6, 2025)]
    [2025, 2024]
    >>> counts_in(FIELDS["C04"], "开展电商培训25场次,共1200人次", 6, 2025)
    [Count(start=11, end=18, year=2025, parts=(), beside='25场次,共')]
    """
    if len(text) > LONGEST:
        return None
    blanked = _PRINTED.sub(lambda found: "#" * len(found[0]), text)
    found_dates = [found for found in _DATE.finditer(blanked) if found["year"] or found["before"]]
    dates = [(found.start(), found["year"]) for found in found_dates]
    searched = _DATE.sub(lambda found: " " * len(found[0]), blanked)
    numbers = list(_NUMBER.finditer(searched))
    if not put_differently and not dates and not (len(numbers) > 1 or (numbers and numbers[0].start() < words_end)):
        return None
    if not numbers:
        return None
    main, before, other, last = [], [], False, 0
    for number in numbers:
        named = [int(found or year - 1) for at, found in dates if last <= at < number.start()]
        after = _YEAR_AFTER.match(text, number.end())
        dated = int(after[1]) if after else named[-1] if named else year
        words = searched[last : number.start()]
        if dated == year:
            main.append((number, words))
        elif dated == year - 1:
            before.append(number)
        else:
            other = True
        last = after.end() if after else number.end()
    alone = len(numbers) == 1 and len(main) == 1 and numbers[0].start() >= words_end
    if alone and not put_differently and not _YEAR_AFTER.match(text, numbers[0].end()):
        return None
    whole = [Count(0, len(text), year)]
    earlier = [Count(_start(text, one), one.end(), year - 1) for one in before]
    if other or len(before) > 1 or not main:
        return earlier if before and not main else whole
    beside = ""
    if len(main) > 1 and (chosen := _of_its_kind(field, main)):
        beside = _without(text, chosen, before, words_end, field.unit)
        main = [(chosen, "")]
    if len(main) == 1:
        number = main[0][0]
        begin = number.start() if number.start() < words_end else max(_start(text, number), words_end)
        return [Count(begin, number.end(), year, beside=beside), *earlier]
    counts = _named_parts(field, main)
    if counts is None:
        return whole
    parts = tuple(text[one.start() : one.end()] for one in counts)
    return [Count(counts[0].start(), counts[-1].end(), year, parts), *earlier]


def _of_its_kind(field: Field, numbers: list[tuple[re.Match, str]]) -> re.Match | None:
    """The only number in a possible unit, if all others are of another kind: 25场次，共1200人次. None if unclear.

    The words before it must be those of the form's sentence: 目标1200人次，完成80% is not an answer.
    """
    other = _OTHER_KIND.get(field.unit, set())
    own = [place for place, (number, _) in enumerate(numbers) if number["unit"] not in other]
    if len(own) != 1:
        return None
    number, words = numbers[own[0]]
    after = number.string[number.end() : number.end() + 1]
    if not is_own_wording(field.code, _HARMLESS.sub("", words)):
        return None
    return number if after in ",;、(/.。" else None


def _without(text: str, number: re.Match, others: list[re.Match], words_end: int, unit: str) -> str:
    """The text after the sentence's words, without `number` and `others`."""
    signs = [sign if at >= words_end else "" for at, sign in enumerate(text)]
    for one in (number, *others):
        signs[one.start() : one.end()] = [""] * (one.end() - one.start())
    return "".join(signs).strip().removesuffix(unit).strip("_,;:.。()、/ ")


def _named_parts(field: Field, numbers: list[tuple[re.Match, str]]) -> list[re.Match] | None:
    """The counts to be added up: each is of a different part that the sentence names. None if they are not.

    If a total is given before its parts, it must be their sum.
    """
    total = None
    parts = [_part(field, words) for _, words in numbers]
    if not parts[0] or (len(numbers) > 2 and _TOTAL.search(numbers[0][1])) or _lists_parts(field, numbers[0][1]):
        total, numbers, parts = numbers[0][0], numbers[1:], parts[1:]
    named = [part for part in parts if part]
    if len(numbers) < 2 or len(named) < len(parts) or len(set(named)) < len(named):
        return None
    if total is None:
        return None if any(_OF_WHICH.search(words) for _, words in numbers) else [number for number, _ in numbers]
    amounts = [_amount(number[0]) for number, _ in numbers]
    return [number for number, _ in numbers] if _amount(total[0]) == sum(amounts) else None


def _lists_parts(field: Field, words: str) -> bool:
    """Whether the parts are listed together before one number for all: 国家、行业、团体标准2（…）."""
    words = squeezed(words)
    return bool(re.search(rf"(?:{'|'.join(field.parts)}).*、.*(?:{'|'.join(field.parts)})", words)) and (
        words.count(_part(field, words)) == 1
    )


def _amount(text: str) -> float:
    digits = re.sub(r"[ ,]", "", re.match(r"[\d,. ]+", text)[0]).rstrip(".")
    scale = _SCALE.search(text)
    return float(digits) * 10 ** (SCALES[scale[0]] if scale else 0)


def _part(field: Field, words: str) -> str:
    """The last of the field's parts in the words before a number."""
    words = squeezed(words)
    found = [(words.rfind(part), part) for part in field.parts if part in words]
    return max(found)[1] if found else ""


def _start(text: str, number: re.Match) -> int:
    """Where a number begins, including the words right before it that change its meaning: 下降, 约."""
    return _SAID.search(text, max(number.start() - 20, 0), number.start()).start()
