"""Headings of a summary's column -> its field, year and unit, or its other meaning."""

import re
from functools import lru_cache
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers.labels import MARKS, PERSON_OF_ROLE, bare, meaning_of
from ecanalysis.reading.answers.words import CODES, codes_of, first_year, section_of
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.spelling import squeezed
from ecanalysis.reading.units import is_unit
from ecanalysis.reading.values import GROWTHS

NAMES = [
    "基地名称", "基地(集聚区)名称", "基地/集聚区名称", "示范基地名称", "集聚区名称", "产业集聚区名称", "园区名称",
    "基地全称", "base_name", "名称", "基地", "示范基地", "园区", "单位名称", "填报单位",
]  # fmt: skip
PASSED_OVER = [
    "序号", "编号", "序", "no", "no.", "备注", "说明", "省", "省份", "省(区、市)", "省市", "省区市", "地区", "市",
    "城市", "地市", "地", "区域", "类型", "类别", "基地类型", "基地类别", "填表日期", "填报日期", "填报时间",
    "统一社会信用代码", "提交答卷时间", "提交时间", "答题时间", "开始时间", "结束时间", "所用时间", "来源", "来源详情",
    "来自ip", "ip",
]  # fmt: skip
WHERE = ["所属", "所在"]  # before the words for a place
BEFORE = ["基期", "上年同期", "上年", "去年同期", "去年", "上期"]
NOW = ["报告期", "本年", "本期", "当年"]
YEARS = [
    "年份",
    "年度",
    "数据年份",
    "数据年度",
    "统计年度",
    "统计年份",
    "报告年度",
    "填报年度",
    "所属年度",
    "所属年份",
    "期间",
    "时期",
    "数据期",
    "报告期/基期",
]

_NAMES, _PASSED_OVER, _YEAR_WORDS = frozenset(NAMES), frozenset(PASSED_OVER), frozenset(YEARS)
_WHERE = re.compile(rf"^(?:{'|'.join(WHERE)})")
_PERIOD = re.compile(rf"(?<![较比])(?:{'|'.join(BEFORE)}|{'|'.join(NOW)})")
_YEARS = re.compile(r"@?(?:截[至止])?(?:19|20)\d\d(?:年?[-—~至到/](?:19|20)\d\d)?年?(?:年底|底|末|度)?,?")
_MORE = "增长|增减|增幅|增速|变化|变动|提高"
CHANGE = re.compile(rf"(?:(?:同比|环比|比上年|较上年|与上年相比)(?:{_MORE})?|{_MORE})(?:率|额|量|值|数|情况|幅度)?")
_CHANGE_AT_END = re.compile(f"(?:{CHANGE.pattern})$")
_NOTE_AT_END = re.compile("(?<=.)(?:情况|补充|数据)?(?:说明|备注)$")
# Words beside a code by which the column is not the field itself: C04得分
_DERIVED = re.compile("计划|目标|预计|预测|得分|评分|分值|权重|排名|名次|位次|平均|审核|核定|折算|全[省市]")
_COMPARED = re.compile(r"[较比与](?:19|20)\d\d年?(?:相比)?")  # 较2024年: not the column's own year
_BRACKETS = re.compile(r"\(([^()]*)\)")
_SAYS_UNIT = re.compile("(?:金额|计量|数量)单位")
_UNIT_AT_END = re.compile(r"[/,、:]?单位:?(.+)$|[/,、]([^/,、]{1,4})$")
_CODE = re.compile(
    rf"({'|'.join(sorted(map(str.casefold, FIELDS), key=len, reverse=True))})(?!(?!b2b)[a-z0-9_])", re.IGNORECASE
)
_NOWHERE = Cell(0, 0, "")


class Words(NamedTuple):
    """The parts of a heading: its words, its unit, the year in it, and whether it names the base period."""

    label: str
    unit: str = ""
    named: int | None = None
    period: str = ""  # "before", "now" or ""


class Column(NamedTuple):
    """The meaning of a column.

    `kind`: "field" (`code`, `year`, `unit`), "name", "form" (`key`), "person" (`role`, `key`), "year" (of the row),
    "aside" (the change of a field), "" (ignored; with `code` a note on that field) or "unknown" (with `code` and `year`
    one of several columns of that field). `cell`: its heading. `dated`: the year in the heading,
    if it is a wrong one. `exact`: the heading is a code or English name. `role`: "" if the heading does not say whose
    手机 it is.
    """

    kind: str
    cell: Cell = _NOWHERE
    code: str = ""
    year: int = 0
    unit: str = ""
    dated: int | None = None
    key: str = ""
    role: str = ""
    exact: bool = False


@lru_cache(maxsize=4096)
def name_rank(text: str) -> int | None:
    """Rank of a heading for the names of bases (0: most certain); None for other headings.

    >>> name_rank("基地\\n名称"), name_rank("单位名称") > 0, name_rank("电商培训人次")
    (0, True, None)
    """
    label = bare(text).casefold() if len(text) < 30 else ""
    return NAMES.index(label) if label in _NAMES else None


@lru_cache(maxsize=4096)
def words_of(text: str) -> Words:
    """Split a heading into its parts.

    >>> words_of("入驻电商企业数（万家，2024年）"), words_of("基期快递业务量（件）").period
    (Words(label='入驻电商企业数', unit='万家', named=2024, period=''), 'before')
    """
    text = _SAYS_UNIT.sub("单位", _COMPARED.sub("", MARKS.sub("", squeezed(text))))
    named = first_year(text, bare=True)
    period = _PERIOD.search(text)
    when = "" if period is None else "before" if period[0] in BEFORE else "now"
    unit = ""

    def bracketed(found: re.Match) -> str:
        nonlocal unit
        inside = _PERIOD.sub("", _YEARS.sub("", found[1]))
        for part in re.split(r"[,;、]", inside):
            if part and is_unit(part):
                unit = part.removeprefix("单位:")
                inside = inside.replace(part, "").strip(",;、")
        return inside

    label = _PERIOD.sub("", _YEARS.sub("", _BRACKETS.sub(bracketed, text)))
    if (found := _UNIT_AT_END.search(label)) and not unit and is_unit(found[1] or found[2]):
        unit = found[1] or found[2]
        label = label[: found.start()]
    return Words(label.strip(":,;、-_"), unit, named, when)


def groups(text: str) -> bool:
    """Whether a heading belongs above several columns and names no field itself: a part, a year, a person."""
    meaning = meaning_of(text)
    return bool(section_of(text)) or not words_of(text).label or (meaning is not None and meaning[0] == "role")


def column_of(texts: list[str], cell: Cell, year: int) -> Column:
    """The meaning of a column, from its headings from top to bottom."""
    feature, general, unit, named, period, labels = "", False, "", None, "", []
    for text in texts:
        if section := section_of(text):
            feature, general = section[1], section[0] == "general"
            continue
        words = words_of(text)
        unit, named, period = words.unit or unit, words.named or named, words.period or period
        if words.label and is_unit(words.label):
            unit = words.label
        elif words.label and words.label not in labels:
            labels.append(words.label)
    if not labels:
        return Column("unknown", cell)
    if other := _no_field(labels):
        return other._replace(cell=cell)
    if note := _NOTE_AT_END.search(labels[-1]):  # C04说明: text about C04, no second value
        code, _ = _code([*labels[:-1], labels[-1][: note.start()]], feature, general, unit)
        if code:
            return Column("", cell, code)
    if (change := _CHANGE_AT_END.search(labels[-1])) and (change.start() or len(labels) > 1):
        rest = [labels[-1][: change.start()]] if change.start() else []
        without = column_of([*texts[:-1], *rest], cell, year) if not codes_of(labels[-1], feature, general) else None
        if without and without.kind == "field" and without.code not in GROWTHS:
            return without._replace(kind="aside", cell=cell)
    at = year - 1 if period == "before" or named == year - 1 else year
    dated = named if named not in (None, year, year - 1) or (period == "now" and named == year - 1) else None
    code, exact = _code(labels, feature, general, unit)
    return Column("field", cell, code, at, unit, dated, exact=exact) if code else Column("unknown", cell)


def _no_field(labels: list[str]) -> Column | None:
    label = bare(labels[-1]).casefold()
    if label in _YEAR_WORDS:
        return Column("year")
    if label in _PASSED_OVER or _WHERE.sub("", label) in _PASSED_OVER or label in _NAMES:
        return Column("")
    if person := PERSON_OF_ROLE.get("".join(labels).casefold()) or PERSON_OF_ROLE.get(label):
        return Column("person", role=person[0], key=person[1])
    kind, key = meaning_of(labels[-1]) or (None, "")
    if kind == "field":
        return Column("form", key=key)
    if kind == "role":
        return Column("person", role=key, key="name")
    if kind == "person":
        role = next((found[1] for one in labels[:-1] if (found := meaning_of(one)) and found[0] == "role"), "")
        return Column("person", role=role, key=key)
    return Column("") if kind == "" else None


def _code(labels: list[str], feature: str, general: bool, unit: str) -> tuple[str, bool]:
    """The field that headings name ("": none, or unclear), and whether they do so by its code or English name."""
    exact = {code for label in labels if (code := CODES.get(label.casefold()))}
    for label in labels:
        if (found := _CODE.match(label)) and label.casefold() not in CODES:
            code = CODES[found[1].casefold()]
            rest = codes_of(label[found.end() :], "", False, unit)
            if (rest and code not in rest) or (not rest and _DERIVED.search(label)):
                return "", False
            exact.add(code)
    if exact:
        return (exact.pop(), True) if len(exact) == 1 else ("", False)
    for text in (labels[-1], "".join(labels), labels[0]):
        found = codes_of(text, feature, general, unit)
        if len(found) == 1 or found == ("C03", "C03_operator"):
            return found[0], False
        if found:
            return "", False
    return "", False
