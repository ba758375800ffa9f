"""Text of a label, sentence or heading -> the field it names; also the parts of the form, and years.

The form's own text is looked up as a whole. Otherwise the `heading` words of form.toml decide, and the text may
contain only characters of the field's own words: 入驻企业数 is C14, 入驻外贸企业数 is not. If several fields match,
none is taken.
"""

import re
from functools import lru_cache

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.reading.spelling import squeezed
from ecanalysis.reading.ticks import BOXES, TICKS

NEUTRAL = "数量总数共计的及和与是否有无基地示范内本全年度底末截至情况报告期值/、,:;()%“”"  # allowed for every field
ALIKE = (
    ("比重", "占比"), ("比例", "占比"), ("占比率", "占比"), ("增长率", "增速"), ("增长速度", "增速"), ("增幅", "增速"),
    ("同比增长", "增速"), ("较上年", ""), ("比上年", ""), ("同比", ""), ("重特大突发事故", ""), ("b2b", "B2B"),
)  # fmt: skip
RATES = {"增速": ("C15", "L2", "A3"), "占比": ("C06", "C08", "I4", "L1", "A4")}  # word -> the fields it may name

_NUMBER = re.compile(
    r"^(?:Q\d{1,3}[.、:)]?|第\d{1,3}题[.、:]?|\(?\d{1,2}(?:\(\d\))?[.、)](?=\D|20\d\d年|20\d\d-)|[①-⑳]|[一二三四五六七八九十]{1,2}[、.)])"
)
_DATED = re.compile(r"^(?:截[至止]到?)?(?:19|20)\d\d(?:年?[-—~至到、/](?:19|20)\d\d)?年(?:年底|底|末|度)?,?")
_MARKED = re.compile(r"^[*※★☆]+|[*※★☆]+$|\((?:[*※]|必填项?|选填|必答题?|单选题?|填空题?)\)")  # 必填
_HOW_MANY = re.compile(r"(?:有|是|为|了)?多少(.{0,3})\?$")
_BLANK = re.compile(rf"_.*|[:,]?(?<=.)[{BOXES[:3]}{TICKS}].*")
_DIGITS = {sign: "0123456789"[place] for place, sign in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=\s*(?:年|[-—~至到、/]\s*(?:19|20)\d\d\s*年))")
_BARE_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?![\d.])")
_CHINESE_YEAR = re.compile(rf"(二[{''.join(_DIGITS)}]{{3}})(?=\s*年)")


def core(text: str) -> str:
    """A label or sentence without its number, year, blank, boxes and final punctuation.

    >>> core("4.2025年，基地组织开展电商培训__________人次。"), core("６．2025年，研发经费投入强度为____%。")
    ('基地组织开展电商培训', '研发经费投入强度')
    """
    text = _MARKED.sub("", _NUMBER.sub("", _MARKED.sub("", squeezed(text))))
    text = _DATED.sub("", text)
    return _HOW_MANY.sub("", _BLANK.sub("", text)).rstrip(":,;.。?").removesuffix("为")


def _whole() -> dict[str, tuple[str, ...]]:
    named: dict[str, list[str]] = {}
    for code, field in FIELDS.items():
        stem = core(field.sentence.replace("{year}", "2025").replace("{next_year}", "2026"))
        for text in {core(field.label), stem, f"{stem}:{field.label}"}:
            named.setdefault(text, []).append(code)
    return {text: tuple(codes) for text, codes in named.items()}


WHOLE = _whole()  # a sentence with two questions names two fields
CODES = {code.casefold(): code for code in FIELDS}
CODES |= {name: code for code, field in FIELDS.items() for name in (field.name, field.name.replace("_", ""))}


def _spellings(key: str) -> list[tuple[str, tuple[str, ...], tuple[str, ...], frozenset[str]]]:
    lines = []
    for code, field in FIELDS.items():
        spellings = getattr(field, key)
        own = "".join((field.sentence, field.label, field.unit, FEATURES.get(field.feature, ""), *spellings))
        for spelling in spellings:
            words, _, never = spelling.partition(" not ")
            lines.append((code, tuple(words.split()), tuple(never.split()), frozenset(squeezed(own) + NEUTRAL)))
    return lines


_WORDS = _spellings("heading")
_WORDS_IN_FEATURE = _spellings("heading_in_feature")


@lru_cache(maxsize=8192)
def codes_of(text: str, feature: str = "", general: bool = False, unit: str = "") -> tuple[str, ...]:
    """The fields that a label, sentence or heading may name: none, one, or several if they cannot be told apart.

    `feature` (I, L, A, S), `general`: the part of the form it is in, if known. `unit`: the unit beside it. For a
    sentence with two questions (C03, C10) both are returned.

    >>> codes_of("入驻电商企业数"), codes_of("带动产业带"), codes_of("产业带数", feature="S")
    (('C14',), (), ('S3',))
    >>> codes_of("3.运营管理机制是否健全")
    ('C03', 'C03_operator')
    """
    if code := CODES.get(squeezed(text).casefold()):
        return _in_part((code,), feature, general)
    text = core(text)
    if found := WHOLE.get(text):
        return _in_part(found, feature, general)
    for typed, meant in ALIKE:
        text = text.replace(typed, meant)
    if unit == "%" and not any(word in text for word in ("增速", "占比", "强度", "覆盖率", "百人")):
        text += "占比"
    found = _in_part(_named(_WORDS, text), feature, general)
    if not found and feature:
        found = tuple(code for code in _named(_WORDS_IN_FEATURE, text) if code[0] == feature)
    return found


def _in_part(codes: tuple[str, ...], feature: str, general: bool) -> tuple[str, ...]:
    if feature:
        return tuple(code for code in codes if FIELDS[code].feature == feature)
    return tuple(code for code in codes if FIELDS[code].group) if general else codes


@lru_cache(maxsize=2048)
def code_near(text: str) -> str:
    """The field whose words a reworded sentence contains; "" if there is none, or more than one.

    >>> code_near("2025年，带动电商快递"), code_near("基地电商交易额达到，同比增长"), code_near("园区占地")
    ('C16', 'C15', '')
    """
    text = re.sub("同比(?:下降|减少|增加)", "增速", core(text))
    for typed, meant in ALIKE:
        text = text.replace(typed, meant)
    found = _named(_WORDS, text, strict=False)
    return found[0] if len(found) == 1 else ""


def _named(lines: list, text: str, strict: bool = True) -> tuple[str, ...]:
    found = [
        code
        for code, words, never, own in lines
        if all(word in text for word in words)
        and not any(word in text for word in never)
        and (not strict or own.issuperset(text))
        and all(code in codes for rate, codes in RATES.items() if rate in text)
    ]
    return tuple(dict.fromkeys(found))


SECTIONS = dict.fromkeys(("综合指标", *GROUPS.values()), ("general", ""))
SECTIONS |= {"专项指标": ("special", "")}
SECTIONS |= {name: ("feature", letter) for letter, name in FEATURES.items()}


@lru_cache(maxsize=2048)
def section_of(text: str) -> tuple[str, str] | None:
    """The part of the form whose heading a text is: ("general", ""), ("special", ""), ("feature", letter), or None.

    >>> section_of("一、综合指标"), section_of("辐射示范\\n\\n引领作用"), section_of("（二）直播电商")
    (('general', ''), ('general', ''), ('feature', 'L'))
    """
    if len(text) > 80:
        return None
    text = re.sub(r"^(?:[一二三四五六七八九十\d]{1,2}[、.]|\([一二三四五六七八九十\d]{1,2}\))", "", squeezed(text))
    return SECTIONS.get(re.sub(r"\(.*", "", text).removesuffix(":").removesuffix("特色"))


def first_year(text: str, bare: bool = False) -> int | None:
    """The first year in plain text; `bare`: also without 年, as in headings.

    >>> first_year("10.2025-2026年,基地"), first_year("二〇二五年"), first_year("C04@2024", bare=True)
    (2025, 2025, 2024)
    """
    found = _YEAR.search(text) or (_BARE_YEAR.search(text) if bare else None)
    if found:
        return int(found[1])
    if "二" in text and (found := _CHINESE_YEAR.search(text)):
        return int("".join(_DIGITS[sign] for sign in found[1]))
    return None


def main_year(named: list[int], year: int) -> int:
    """The most frequent of the years `named`; `year` if it is as frequent, or there are none.

    >>> main_year([2023, 2023, 2025], 2025), main_year([2023, 2025], 2025), main_year([], 2025)
    (2023, 2025, 2025)
    """
    return max(sorted(set(named)), key=lambda one: (named.count(one), one == year), default=year)
