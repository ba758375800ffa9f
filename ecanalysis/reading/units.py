"""Text of a unit -> how to convert it to the form's unit. A unit is a scale (万, 亿) and a word for the form's unit."""

import re
from functools import lru_cache
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS, Field
from ecanalysis.reading.spelling import squeezed

SCALES = {"": 0, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "万亿": 12}  # as powers of ten
WRITTEN_OUT = ("", "万", "亿")  # usual before any unit: converted without a warning

# Words that mean the form's own unit; the first is the form's.
SAME = {
    "人次": ("人次",),
    "%": ("%", "%%", "百分比"),
    "件": ("件",),
    "家": ("家", "个", "户"),
    "次": ("次",),
    "个": ("个",),
    "人": ("人", "名", "位"),
    "亿元": ("元", "元人民币"),
}
CONVERTED = {"%": {"‰": -1}, "C07": {"%": 0, "‰": -1}}  # unit or code -> other units, as powers of ten

# Words that are units, but of no field.
OTHER = (
    "公斤", "千克", "吨", "美元", "美金", "欧元", "港元", "日元", "平方米", "㎡", "亩", "小时", "天", "倍", "成",
    "百分点", "个百分点", "票", "单", "箱", "包", "课时", "班", "期",
)  # fmt: skip


def own_words(field: Field) -> tuple[str, ...]:
    """The words for a field's own unit, without a scale.

    >>> from dataclasses import replace
    >>> own_words(FIELDS["C17"]), own_words(replace(FIELDS["C17"], unit="台"))
    (('人', '名', '位'), ('台',))
    """
    return field.units or SAME.get(field.unit) or ((field.unit,) if field.unit else ())


_NOTHING = ("", "-", "—", "/", "无")
_SCALED = re.compile(rf"({'|'.join(sorted(filter(None, SCALES), key=len, reverse=True))})?(.*)")
_OWN = (*SAME.values(), *map(own_words, FIELDS.values()))
_ALL_WORDS = {word for words in (*_OWN, *CONVERTED["%"], OTHER) for word in words}
_ALL_WORDS |= {"亿", "万"}


class Unit(NamedTuple):
    """Conversion to the form's unit: multiply by 10 to the `power`. `usual`: no warning is needed."""

    power: int
    usual: bool


@lru_cache(maxsize=4096)
def read_unit(field: Field, text: str) -> Unit | None:
    """The conversion of a unit typed after a number; None if it cannot be converted.

    >>> from ecanalysis.form.fields import FIELDS
    >>> read_unit(FIELDS["C16"], "亿件"), read_unit(FIELDS["A2"], "万元")
    (Unit(power=8, usual=True), Unit(power=-4, usual=True))
    >>> read_unit(FIELDS["A2"], "元"), read_unit(FIELDS["C04"], "小时")
    (Unit(power=-8, usual=False), None)
    """
    text = squeezed(text).removeprefix("单位:").strip("()")
    for words in (CONVERTED.get(field.code), CONVERTED.get(field.unit)):
        if words and text in words:
            return Unit(words[text], usual=False)
    money = field.unit == "亿元"
    scale, word = _SCALED.fullmatch(text).groups()
    scale = scale or ""
    if text in own_words(field):
        scale, word = "", text
    if money and word == "" and scale:  # 3500万 means 3500万元
        return Unit(SCALES[scale] - 8, usual=scale == "亿")
    if word not in own_words(field) and not (word == "" and scale):
        return None
    if field.unit == "%" and scale:
        return None
    power = SCALES[scale] - (8 if money else 0)
    return Unit(power, usual=scale in WRITTEN_OUT and not (money and scale == ""))


@lru_cache(maxsize=4096)
def edited_unit(field: Field, text: str) -> Unit | None:
    """The conversion of the unit given for a cell or column, which people may edit; None if it cannot be converted.

    A blank, 无, or a dash (as for a yes/no) means the form's own unit.

    >>> from ecanalysis.form.fields import FIELDS
    >>> edited_unit(FIELDS["C16"], "万件"), edited_unit(FIELDS["C14"], "家"), edited_unit(FIELDS["A2"], "亿元")
    (Unit(power=4, usual=False), Unit(power=0, usual=True), Unit(power=0, usual=True))
    """
    if squeezed(text) in _NOTHING:
        return Unit(0, usual=True)
    unit = read_unit(field, text)
    return unit and unit._replace(usual=unit.power == 0)


@lru_cache(maxsize=4096)
def agreed_unit(field: Field, own: str, *others: str) -> str:
    """The unit of a number whose unit may be written in several places: its own cell 单位, label, column, table.

    If they differ, all are returned, joined by 与, which cannot be converted. `others` that are not units of the field
    are ignored.

    >>> from ecanalysis.form.fields import FIELDS
    >>> agreed_unit(FIELDS["A2"], "", "万元"), agreed_unit(FIELDS["A2"], "亿元", "万元")
    ('万元', '亿元与万元')
    """
    said = dict.fromkeys(text for text in others if text and text != own and read_unit(field, text))
    if not said or edited_unit(field, own) is None:
        return own
    if squeezed(own) not in _NOTHING:
        said = dict.fromkeys([own, *said])
    return "与".join(said) if len({edited_unit(field, text).power for text in said}) > 1 else next(iter(said))


@lru_cache(maxsize=4096)
def is_unit(text: str) -> bool:
    """Whether a text is a unit of any kind: 万人次, %, 千克.

    >>> is_unit("万件"), is_unit("单位：亿元"), is_unit("针对生鲜等特殊品类")
    (True, True, False)
    """
    text = squeezed(text)
    if text.startswith("单位:"):
        return True
    scale, word = _SCALED.fullmatch(text).groups()
    return text in _ALL_WORDS or word in _ALL_WORDS or bool(scale and not word)
