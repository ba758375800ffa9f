"""The `form` layout: a row an indicator, columns 指标, 单位, 报告期, 基期."""

import re
from functools import lru_cache
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers.gathering import Answer
from ecanalysis.reading.answers.headings import words_of
from ecanalysis.reading.answers.labels import meaning_of
from ecanalysis.reading.answers.questions import PAIRS, split_pair
from ecanalysis.reading.answers.words import CODES, codes_of, section_of
from ecanalysis.reading.answers.years import first_year
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.spelling import plain, squeezed

HEADINGS = {
    "indicator": ["指标", "指标名称", "指标内容", "评价指标", "填报指标", "填报项目", "项目"],
    "unit": ["单位", "计量单位"],
    "number": ["序号", "题号", "编号", "代码", "指标代码"],
    "now": ["报告期", "本期", "报告期数据", "报告期数", "报告期数值", "填报值", "填报数据", "填报内容", "数值"],
    "before": ["基期", "上期", "上年", "上年同期", "基期数据", "基期数", "基期数值"],
}  # fmt: skip
_MEANING = {heading: key for key, headings in HEADINGS.items() for heading in headings}
_YEAR = re.compile(r"\(?(?:19|20)\d\d年?(?:度|底|末)?\)?")


class Heading(NamedTuple):
    """A heading's row and the columns under it: key -> (first column, the one after the last, year named or None)."""

    row: int
    columns: dict[str, tuple[int, int, int | None]]


@lru_cache(maxsize=1024)
def _heading(text: str) -> tuple[str, int | None] | None:
    if len(text) > 30:
        return None
    text = squeezed(text)
    named = first_year(text, bare=True)
    left = _YEAR.sub("", text).rstrip(":")
    key = _MEANING.get(left) or _MEANING.get(re.sub(r"\([^()]*\)$", "", left))
    return (key, named) if key else ("year", named) if named and not left else None


def is_heading(text: str) -> bool:
    """True for the heading of a column in this layout: 序号, 指标, 报告期（2025年）."""
    return _heading(text) is not None


def find_headings(rows: dict[int, list[Cell]], year: int) -> list[Heading]:
    """The rows that head a table of indicators: they have a column 指标 and one for the reporting year."""
    found = []
    reaching: list[Cell] = []  # cells of the row above that reach into this one: a heading of two rows
    for row, cells in rows.items():
        columns: dict[str, tuple[int, int, int | None]] = {}
        above = [cell for cell in reaching if cell.row + cell.rows > row]
        reaching = [cell for cell in cells if cell.rows > 1]
        for cell in (*above, *cells) if len(cells) > 1 else ():
            if isinstance(cell.value, str) and (heading := _heading(cell.value)):
                key, named = heading
                if key == "year":
                    key = "before" if named == year - 1 or ("now" in columns and named != year) else "now"
                columns.setdefault(key, (cell.column, cell.column + cell.columns, named))
        if "indicator" in columns and "now" in columns:
            found.append(Heading(row, columns))
    return found


def read_columns(
    rows: dict[int, list[Cell]], headings: list[Heading], year: int
) -> tuple[list[Answer], list[Cell], list[int]]:
    """The answers of a sheet in the `form` layout, the cells of answered rows that name no field, and the years that
    its sentences name."""
    lines, unknown = _lines(rows, headings)
    answers: list[Answer] = []
    named: list[int] = []
    for line in lines:
        dated = _year_of(line.label)
        if dated:
            named.append(dated)
        for cell, at, key in ((line.now, year, "now"), (line.before, year - 1, "before")):
            if cell is not None:
                heading_year = line.columns[key][2]
                wrong = heading_year if heading_year not in (None, at) else None
                if dated not in (None, year):
                    wrong = dated - (year - at)  # the base period of a row dated 2023 is 2022
                answers += _answers(line.codes, cell, at, line.unit, wrong)
    return answers, unknown, named


class Line(NamedTuple):
    """A row that asks for a field (or for both of a pair): its label, its unit, and the cells of the two years."""

    row: int
    codes: tuple[str, ...]
    label: str
    unit: str
    now: Cell | None
    before: Cell | None
    columns: dict[str, tuple[int, int, int | None]]


def _lines(rows: dict[int, list[Cell]], headings: list[Heading]) -> tuple[list[Line], list[Cell]]:
    lines: list[Line] = []
    unknown: list[Cell] = []
    place, feature, general = -1, "", False
    for row, cells in rows.items():
        if place + 1 < len(headings) and row >= headings[place + 1].row:
            place += 1
            if row == headings[place].row:
                continue
        if place < 0:
            continue
        columns = headings[place].columns
        label, now, before = (_in(columns, key, cells) for key in ("indicator", "now", "before"))
        for cell in cells:
            if isinstance(cell.value, str) and (section := section_of(cell.value)):
                feature, general = section[1], section[0] == "general"
        if label is not None and now is label:  # one area over the whole table: a part, or the text of 意见及建议
            continue
        if label is None:  # the second answer to a sentence that asks two things, or nobody's
            if lines and lines[-1].row == row - 1 and lines[-1].codes in PAIRS and (now or before):
                first, second = ((code,) for code in lines[-1].codes)
                lines.append(lines[-1]._replace(row=row, codes=second, now=now, before=before))
                lines[-2] = lines[-2]._replace(codes=first)
            elif now is not None and not any(cell is not now and _is_label(cell) for cell in cells):
                unknown.append(now)
            continue
        codes = _codes(label, _in(columns, "number", cells), feature, general)
        if codes:
            unit = _in(columns, "unit", cells)
            unit_text = unit.value if unit is not None and isinstance(unit.value, str) else words_of(label.value).unit
            lines.append(Line(row, codes, label.value, unit_text, now, before, columns))
        elif now is not None and not _is_label(label):
            unknown.append(now)
    return lines, unknown


def _codes(label: Cell, number: Cell | None, feature: str, general: bool) -> tuple[str, ...]:
    if not isinstance(label.value, str) or section_of(label.value):
        return ()
    codes = codes_of(label.value, feature, general) or codes_of(words_of(label.value).label, feature, general)
    if not codes and number is not None and (code := CODES.get(squeezed(str(number.value)).casefold())):
        return (code,)
    return codes if len(codes) == 1 or codes in PAIRS else ()


def _is_label(cell: Cell) -> bool:
    return isinstance(cell.value, str) and (meaning_of(cell.value) is not None or section_of(cell.value) is not None)


def _answers(codes: tuple[str, ...], cell: Cell, at: int, unit: str, dated: int | None) -> list[Answer]:
    if len(codes) > 1 and isinstance(cell.value, str):
        parts = split_pair(codes, cell.value)
        shared = len(parts) > 1 and parts[0][1] == parts[1][1]
        return [Answer(code, at, part, cell, dated=dated, shared=shared) for code, part, _ in parts]
    code = codes[0]
    unit = unit if FIELDS[code].numeric else ""
    return [Answer(code, at, cell.value, cell, percent=cell.percent, unit=unit, dated=dated)]


def _in(columns: dict, key: str, cells: list[Cell]) -> Cell | None:
    """The row's cell under a heading."""
    if key in columns:
        first, end, _ = columns[key]
        for cell in cells:
            if cell.column < end and cell.column + cell.columns > first:
                return cell
    return None


@lru_cache(maxsize=4096)
def _year_of(text: str) -> int | None:
    return first_year(plain(text))
