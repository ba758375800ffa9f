"""The `summary` layout (a province's table: one row per base, one column per field) -> answers of each base."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers.counts import counted
from ecanalysis.reading.answers.gathering import Answer, Left, agrees
from ecanalysis.reading.answers.headings import Column, words_of
from ecanalysis.reading.answers.labels import bare, is_known, is_stop
from ecanalysis.reading.answers.questions import split_pair
from ecanalysis.reading.answers.summary_header import BESIDE_UNITS, Table, rank_of, units_of_table, year_in
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.spelling import plain, squeezed
from ecanalysis.reading.ticks import TICKS
from ecanalysis.reading.values import shown

TOTALS = [
    "合计", "总计", "小计", "平均水平", "平均数",
    "共计", "累计", "总和", "总数", "总量", "加总", "汇总", "全部", "平均", "平均值", "均值",
    "户均", "中位数", "最大值", "最小值", "标准差", "增长率",
    "增长", "增幅", "增速", "增减", "同比", "占比", "比重", "排名", "total", "sum", "average",
]  # fmt: skip

_TOTAL = re.compile(
    rf"(?:{'|'.join(TOTALS)})(?:数|值|:)?(?:每家|每个基地)?(?:\(.*\)|[):]|\d+[家个])*$|^其中:?|^\(?以下(?:空白|无正文)\)?$|^\(?(?:全[省市区县国]|本[省市])\)?$"
)
_NUMBERED_TOTAL = re.compile(r"^(?:共计?|合计|总计|平均)(?:\d+[家个]|每家|每个)")
# A kind of base as the heading of a group, with or without a count: 国家电子商务示范基地（2家）, 其他产业集聚区
_GROUP = re.compile(
    r"^(?:\(?[一二三四五六七八九十]+\)?[、.]?)?(?:[^\d]{2,12}\(?共?\d+[家个]\)?"
    r"|(?:国家级?|省级|市级|其[他它]|非)*(?:电子商务|电商)?(?:产业)?(?:示范基地|集聚区|基地|园区))$"
)
_PLACE = re.compile(r"[^\d:]{1,12}(?:省|市|州|盟|区|县|兵团)(?:\(.*\))?")  # 杭州市 alone in its row
_HOLDS_NUMBER = re.compile(r"\d(?![\d家个年])")
_SAYS = re.compile(r"[^:]{2,10}:")  # 制表日期：…
_MAY_ANSWER = re.compile(rf"\d(?!\d*[年月日./-])|[{TICKS}]|^[是否有]$")
_DASHES = re.compile(r"[-—–─/]+")
_NUMBER = re.compile(r"\d{1,4}[.、]?")
_CHINESE_NUMBER = re.compile(r"\(?[一二三四五六七八九十]{1,3}\)?[、.]?")


class Line(NamedTuple):
    """One base: the cell of its name (None if blank), answers, other fields of the form, contacts, text left over."""

    name: Cell | None
    first: Cell
    answers: list[Answer]
    fields: dict[str, object]
    contacts: dict[str, dict[str, object]]
    left: list[Left]


def read_lines(rows: dict[int, list[Cell]], table: Table, year: int) -> list[Line]:
    """The bases of a summary; totals, notes, repeated headers and empty rows are ignored.

    If rows have a year, in a column or in a row above them, the rows of one base are joined; a row without a name
    belongs to the base before it.
    """
    years = any(column.kind == "year" for column in table.columns.values()) or any(
        len(cells) == 1 and _year_alone(cells[0], year) for row, cells in rows.items() if row > table.bottom
    )
    lines: list[Line] = []
    by_name: dict[str, Line] = {}
    for line in _rows_of(rows, table, year):
        name = squeezed(str(line.name.value)) if line.name else ""
        held = None if not years else by_name.get(name) if name else lines[-1] if lines else None
        if held is None:
            lines.append(line)
            if name:
                by_name[name] = line
            continue
        _join_years(held.answers, line.answers, year)
        held.left.extend(line.left)
        held.fields.update({key: value for key, value in line.fields.items() if key not in held.fields})
        for role, person in line.contacts.items():
            held.contacts[role] = person | held.contacts.get(role, {})
    shared = {answer.cell for line in lines for answer in line.answers if answer.merged == "other"}
    for line in lines if shared else ():
        line.answers[:] = [
            answer._replace(merged="first") if answer.cell in shared and not answer.merged else answer
            for answer in line.answers
        ]
    return lines


def _join_years(held: list[Answer], more: list[Answer], year: int) -> None:
    """Add the answers of a further row of a base; a cell merged over its rows answers for the reporting year."""
    for answer in more:
        at = next((at for at, one in enumerate(held) if answer.merged and one.cell == answer.cell), None)
        if at is None:
            held.append(answer)
        else:
            merged = "years" if FIELDS[answer.code].numeric else ""
            held[at] = answer._replace(year=year, dated=None, merged=merged)


def _rows_of(rows: dict[int, list[Cell]], table: Table, year: int) -> Iterator[Line]:
    first_named = min(place for place, column in table.columns.items() if column.kind == "name")
    half = table.of  # the year in the last row with only a year (2024年), which applies to the rows below
    reaching: list[Cell] = []  # cells of rows above that extend into this one
    for row, cells in rows.items():
        if row <= table.bottom:
            continue
        if len(cells) == 1 and (said := _year_alone(cells[0], year)):
            half = said
            continue
        name, total, row_year, asides = None, False, half, []
        line = Line(None, cells[0], [], {}, {}, [])
        reaching = [cell for cell in reaching if cell.row + cell.rows > row]
        for cell in reaching:
            _answer(line.answers, table.columns[cell.column], cell, "other")
        for cell in cells:
            column = table.columns.get(cell.column)
            if column is not None and column.kind == "aside":
                asides.append((column.code, cell))
            elif column is None or column.kind in ("", "unknown"):
                total = total or (name is None and (_is_total(cell) or _is_group_number(cell, column)))
                numbered = cell.column < first_named and _NUMBER.fullmatch(shown(cell.value))
                if not total and not numbered and (column is None or _is_no_part(cell, column)):
                    code = column.code if column else ""
                    line.left.append(Left(shown(cell.value, cell.percent), cell.row, cell.column, code))
            elif column.kind == "name":
                name, total = cell, total or _is_total(cell) or _is_group(cell)
            elif column.kind == "year":
                row_year = year_in(shown(cell.value), year)
                if row_year is None:
                    line.left.append(Left(shown(cell.value), cell.row, cell.column))
            elif column.kind == "field":
                _answer(line.answers, column, cell)
                if cell.rows > 1:
                    reaching.append(cell)
                if cell.columns > 1:
                    _over_columns(line.answers, table.columns, cell)
            elif column.kind == "form":
                line.fields[column.key] = cell.value
            else:
                line.contacts.setdefault(column.role, {})[column.key] = cell.value
        for code, cell in asides:
            if table.has_both(code, year) and not agrees(cell, code, line.answers, year):
                line.left.append(Left(shown(cell.value, cell.percent), cell.row, cell.column, code))
        if row_year is not None:
            dated = None if row_year in (year, year - 1) else row_year
            at = year if dated else row_year
            line.answers[:] = [answer._replace(year=at, dated=answer.dated or dated) for answer in line.answers]
        dashes = all(_DASHES.fullmatch(shown(cell.value)) for cell in cells)
        if dashes or (name is None and is_stop(str(cells[0].value))) or _numbers_columns(cells):  # 填表人：…
            no_base = True
        elif name is None or (cells == [name] and name.columns > 1):  # the heading of a group of bases
            no_base = not line.answers
        else:
            no_base = (
                rank_of(name) is not None or is_stop(str(name.value)) or bool(_SAYS.match(squeezed(str(name.value))))
            )
        if not total and not no_base:
            yield line._replace(name=name)


def _is_no_part(cell: Cell, column: Column) -> bool:
    """Whether text in an ignored column is left over: words in 序号, possible answers in 备注."""
    heading, text = bare(str(column.cell.value)), plain(shown(cell.value, cell.percent))
    if column.kind == "" and heading.endswith(("备注", "说明")):
        return bool(_MAY_ANSWER.search(text)) and not is_known(text)
    return heading in ("序号", "编号", "序") and not text.isascii() and not _is_group_number(cell, column)


def _numbers_columns(cells: list[Cell]) -> bool:
    """Whether a row below the header numbers the columns: 甲, 1, 2, 3."""
    numbers = [shown(cell.value) for cell in cells[1:]]
    return (
        len(numbers) > 1
        and squeezed(shown(cells[0].value)) in (*BESIDE_UNITS, "乙")
        and all(text.strip("()") == str(at) for at, text in enumerate(numbers, start=1))
    )


def _year_alone(cell: Cell, year: int) -> int | None:
    text = shown(cell.value)
    return year_in(text, year) if _names_year(text) else None


def _names_year(text: str) -> bool:
    return len(text) < 20 and not words_of(text).label


def _is_group(cell: Cell) -> bool:
    return isinstance(cell.value, str) and len(cell.value) < 40 and bool(_GROUP.match(squeezed(cell.value)))


def _is_group_number(cell: Cell, column: Column | None) -> bool:
    """Whether a cell is 一 or 二 in 序号, so that its row is the heading of a group."""
    numbers = column is None or column.kind == ""
    return numbers and isinstance(cell.value, str) and bool(_CHINESE_NUMBER.fullmatch(squeezed(cell.value)))


def left_in(rows: dict[int, list[Cell]], table: Table, lines: list[Line]) -> list[Left]:
    """All text left over in a summary.

    Besides that of `lines` this is text above the header and in rows that are not read, unless it is a title, unit,
    total or note of the form; and the headings of columns of changes without columns for both years.
    """
    read = {answer.cell.row for line in lines for answer in line.answers} | {line.first.row for line in lines}
    left = [one for line in lines for one in line.left]
    for row, cells in rows.items():
        if table.top <= row <= table.bottom or row in read:
            continue
        below = row > table.bottom
        if below and any(rank_of(cell) is not None or _is_group(cell) for cell in cells):
            continue
        if below and any(map(_is_total, cells)) and not (len(cells) == 1 and _HOLDS_NUMBER.search(str(cells[0].value))):
            continue
        if below and (_numbers_columns(cells) or (len(cells) == 1 and _heads_rows(shown(cells[0].value)))):
            continue
        for cell in cells:
            text = shown(cell.value, cell.percent)
            if not is_known(text) and not units_of_table(cell) and not _is_summary_title(text):
                left.append(Left(text, cell.row, cell.column))
    asides = [column for column in table.columns.values() if column.kind == "aside"]
    alone = [column for column in asides if not table.has_both(column.code, column.year)]
    return left + [Left(shown(one.cell.value), one.cell.row, one.cell.column, one.code) for one in alone]


def _heads_rows(text: str) -> bool:
    """Whether a text is a city or year, which alone in a row is the heading of the rows below."""
    return bool(_PLACE.fullmatch(text)) or _names_year(text)


def _is_summary_title(text: str) -> bool:
    return len(text) < 60 and bool(re.search(r"(?:汇总|情况|统计|一览|明细)表?(?:\(.*\))?$", squeezed(text)))


def _over_columns(answers: list[Answer], columns: dict[int, Column], cell: Cell) -> None:
    """Assign a cell merged over several columns: it answers the first field, for the later year; others get an
    issue."""
    under = [columns[at] for at in range(cell.column, cell.column + cell.columns) if at in columns]
    under = [column for column in under if column.kind == "field"]
    if len(under) < 2:
        return
    first = max((column for column in under if column.code == under[0].code), key=lambda column: column.year)
    others = [column for column in under if column.code != first.code]
    answers[-1] = answers[-1]._replace(year=first.year, dated=first.dated, merged="" if others else "years")
    for column in others:
        _answer(answers, column, cell, "other")


def _answer(answers: list[Answer], column: Column, cell: Cell, merged: str = "") -> None:
    if column.code == "C03" and isinstance(cell.value, str):
        for part in split_pair(("C03", "C03_operator"), cell.value):
            answers.append(Answer(part.code, column.year, part.text, cell, dated=column.dated, merged=merged))
        return
    unit = column.unit if FIELDS[column.code].numeric else ""
    answer = Answer(column.code, column.year, cell.value, cell, cell.percent, unit, dated=column.dated, merged=merged)
    answers += counted(answer)


def _is_total(cell: Cell) -> bool:
    return isinstance(cell.value, str) and _names_total(cell.value)


@lru_cache(maxsize=4096)
def _names_total(text: str) -> bool:
    text = squeezed(text).casefold()
    return len(text) < 40 and bool(_TOTAL.search(text) or _NUMBERED_TOTAL.match(text))
