"""The `form` layout (one row per indicator, columns 指标, 单位, 报告期, 基期) -> answers."""

import re
from functools import lru_cache
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS, Field
from ecanalysis.reading.answers.counts import counted
from ecanalysis.reading.answers.finding import sentences_in
from ecanalysis.reading.answers.gathering import Answer, Left, agrees
from ecanalysis.reading.answers.headings import CHANGE, words_of
from ecanalysis.reading.answers.labels import bare, is_known, meaning_of
from ecanalysis.reading.answers.questions import PAIRS, split_pair
from ecanalysis.reading.answers.sentences import read_sentences
from ecanalysis.reading.answers.words import CODES, WHOLE, codes_of, core, first_year, section_of
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.spelling import plain, squeezed
from ecanalysis.reading.ticks import TICKS, lists_operators
from ecanalysis.reading.units import agreed_unit, edited_unit, is_unit
from ecanalysis.reading.values import shown

HEADINGS = {
    "indicator": ["指标", "指标名称", "指标内容", "评价指标", "填报指标", "填报项目", "项目"],
    "unit": ["单位", "计量单位"],
    "number": ["序号", "题号", "编号", "代码", "指标代码"],
    "now": ["报告期", "本期", "本年", "当年", "填报值", "填报", "填报内容", "数值"],
    "before": ["基期", "上期", "上年", "上年同期", "去年", "去年同期", "基年"],
}  # fmt: skip
OF_A_YEAR = [
    "数据", "数值", "数", "值", "情况", "实际", "实绩", "完成", "发生", "填报", "上报", "申报", "报送", "统计",
    "全年", "年度", "累计", "对比", "对照", "末", "底",
]  # fmt: skip  # beside a year, without a meaning of their own
UNITS_OF_TEMPLATE = ("是/否", "选择", "有/无", "勾选")  # in the column 单位, for questions without a unit
_TICKS = frozenset(TICKS)
_MEANING = {heading: key for key, headings in HEADINGS.items() for heading in headings}
_YEAR = re.compile(
    r"(?:截[至止]到?)?(?:(?:19|20)\d\d|二[〇零○一二三四五六七八九]{3})(?:年?1?\d?月?[-—~至到]{1,2}(?:19|20)\d\d)?"
    r"年?(?:年?度|年?底|年?末|全年|12月(?:31日|底|末|份)?)?"
)
_MONTHS = re.compile(
    r"\d{1,2}月?(?:\d{1,2}日)?[-—~至到]{1,2}\d{1,2}月(?:\d{1,2}日)?份?(?:底|末)?|\d{1,2}月(?:底|末|份)"
)
_OF_A_YEAR = re.compile(rf"(?:{'|'.join(OF_A_YEAR)})+$")
_UNIT_SAID = re.compile(r"(?:金额|计量|数量)?单位:([^:()\s,;]{1,6})")
_HARMLESS = re.compile(
    rf"\((?:[a-z .]*|(?:金额|计量|数量)?单位:?[^()]{{1,6}}|(?:{'|'.join(OF_A_YEAR)})*)\)", re.IGNORECASE
)
_NUMBER = re.compile(r"(\d{1,2})(?:\((\d)\)|[-.](\d))?[.、)]?")


class Span(NamedTuple):
    """The columns under a heading (from `first` to before `end`), and the year and unit in it."""

    first: int
    end: int
    year: int | None
    unit: str


class Heading(NamedTuple):
    """The row of a heading and its columns, by the keys of `HEADINGS` (and "change")."""

    row: int
    columns: dict[str, Span]


class Line(NamedTuple):
    """A row that asks one field (or a pair of fields): its label, its unit, and the cells of the two years."""

    row: int
    codes: tuple[str, ...]
    label: Cell
    unit: str
    now: Cell | None
    before: Cell | None
    columns: dict[str, Span]


class Columns(NamedTuple):
    """The contents of a sheet in the `form` layout; `codes`: row -> its field ("" for a pair)."""

    answers: list[Answer]
    unknown: list[Cell]  # answers in rows that name no field
    left: list[Left]
    named: list[int]  # years
    codes: dict[int, str]


@lru_cache(maxsize=1024)
def heading_in(text: str) -> tuple[str, int | None] | None:
    """The meaning of a column's heading (a key of `HEADINGS`, "change", or "year" if it is only a year), and its year.

    None if it is not a heading.
    """
    if len(text) > 40:
        return None
    text = bare(text)
    named = first_year(text, bare=True)
    left = re.sub(r"^\(([^()]*)\)$", r"\1", _HARMLESS.sub("", _MONTHS.sub("", _YEAR.sub("", text)))).strip(":")
    for words in (left, re.sub(r"\([^()]*\)$", "", left), _OF_A_YEAR.sub("", left.replace("(", "").replace(")", ""))):
        if key := _MEANING.get(words):
            return key, named
    if left and CHANGE.fullmatch(re.sub(r"\([^()]*\)|\([^()]*$", "", left)):
        return "change", named
    return ("year", named) if named and not _OF_A_YEAR.sub("", left) else None


def find_headings(rows: dict[int, list[Cell]], year: int) -> list[Heading]:
    """The heading rows of tables of indicators: with 指标, and either the reporting year or both 单位 and 序号.

    Without a column of the reporting year nothing is read from the rows below; their text is then left over.
    """
    found = []
    reaching: list[Cell] = []  # cells of the row above that extend into this one: a heading of two rows
    for row, cells in rows.items():
        columns: dict[str, Span] = {}
        above = [cell for cell in reaching if cell.row + cell.rows > row]
        reaching = [cell for cell in cells if cell.rows > 1]
        for cell in (*above, *cells) if len(cells) > 1 else ():
            if isinstance(cell.value, str) and (heading := heading_in(cell.value)):
                key, named = heading
                if key == "year":
                    key = "before" if named == year - 1 or ("now" in columns and named != year) else "now"
                unit = words_of(cell.value).unit
                columns.setdefault(key, Span(cell.column, cell.column + cell.columns, named, unit))
        if "indicator" in columns and ("now" in columns or ("unit" in columns and "number" in columns)):
            found.append(Heading(row, columns))
    return found


def read_columns(rows: dict[int, list[Cell]], headings: list[Heading], year: int, taken: set[tuple]) -> Columns:
    """The answers of a sheet in the `form` layout; `taken`: the cells (row, column) of its header block."""
    lines, unknown = _lines(rows, headings, taken)
    answers: list[Answer] = []
    named: list[int] = []
    used = taken | {(cell.row, cell.column) for row in {one.row for one in unknown} for cell in rows[row]}
    used |= {(line.label.row, line.label.column) for line in lines}
    top = headings[0].row
    above = {
        (cell.row, cell.column): unit for row in rows if row < top for cell in rows[row] if (unit := _unit_in(cell))
    }
    used |= {spot for spot, (_, alone) in above.items() if alone}
    of_table = next((unit for unit, _ in above.values()), "")
    reaching = {cell for line in lines for cell in (line.now, line.before) if cell and cell.row < line.row}
    for line in lines:
        dated = _year_of(line.label.value)
        if dated:
            named.append(dated)
        both = line.before is not None and line.before is line.now
        for cell, at, key in ((line.now, year, "now"), (None if both else line.before, year - 1, "before")):
            if cell is None:
                continue
            used.add((cell.row, cell.column))
            merged = "other" if cell.row < line.row else "first" if cell in reaching else "years" if both else ""
            heading_year = line.columns[key].year
            wrong = heading_year if heading_year not in (None, at) else None
            if dated not in (None, year):
                wrong = dated - (year - at)  # the base period of a row dated 2023 is 2022
            said = words_of(line.label.value).unit, line.columns[key].unit, of_table
            unit = agreed_unit(FIELDS[line.codes[0]], line.unit, *said)
            found = _answers(line.codes, cell, at, unit, wrong, merged)
            if line.codes in (("C10a",), ("C10b",)) and merged in ("first", "other"):  # one answer to both questions
                found = [answer._replace(shared=True, merged="") for answer in found]
            answers += found
        if line.now is None and _holds_answer(line.label.value):  # answered in the sentence itself
            answers += read_sentences([line.label], set(), year).answers or _answers(
                line.codes, line.label, year, "", dated if dated not in (None, year) else None
            )
    codes = {line.row: line.codes[0] if len(line.codes) == 1 else "" for line in lines}
    in_row = {line.row: line for line in reversed(lines)}
    code_of = {row: line.codes[0] for row, line in in_row.items() if line.codes != ("C10a", "C10b")}
    for line in lines:
        if not {"change", "before"} <= line.columns.keys():
            continue
        change = _by_heading(line.columns, rows[line.row]).get("change")
        if change is not None and agrees(change, line.codes[0], answers, year):
            used.add((change.row, change.column))
    heads = {row for heading in headings for row in (heading.row - 1, heading.row)}
    left = [
        Left(cell.shown or shown(cell.value, cell.percent), row, cell.column, code_of.get(row, ""))
        for row, cells in rows.items()
        for cell in cells
        if (row, cell.column) not in used
        and not _is_printed(cell, in_row.get(row))
        and not (row in heads and _in_heading(cell))
    ]
    return Columns(answers, unknown, left, named, codes)


def _unit_in(cell: Cell) -> tuple[str, bool] | None:
    """The unit that a cell above the table gives for all of it (金额单位：万元), and whether that is its whole text."""
    text = squeezed(cell.value) if isinstance(cell.value, str) and "单位" in cell.value else ""
    found = _UNIT_SAID.search(text)
    return (found[1], found[0] == text.strip("()")) if found else None


def _is_printed(cell: Cell, line: Line | None) -> bool:
    """Whether a cell is not an answer: the form's own words, or the number or unit of its row."""
    number, unit = (_is_under(cell, line.columns.get(key)) if line else False for key in ("number", "unit"))
    if number and _numbers(shown(cell.value), line.codes):
        return True
    field = FIELDS[line.codes[0]] if line else None
    # A wrong unit is reported with the answer.
    if unit and ((field.numeric and line.now is not None) or _units(shown(cell.value), field)):
        return True
    return is_known(shown(cell.value, cell.percent))


def _is_under(cell: Cell, heading: Span | None) -> bool:
    return heading is not None and heading.first <= cell.column < heading.end


def _in_heading(cell: Cell) -> bool:
    return isinstance(cell.value, str) and (
        heading_in(cell.value) is not None or bare(cell.value) in ("备注", "说明", "填报数据")
    )


@lru_cache(maxsize=4096)
def _numbers(text: str, codes: tuple[str, ...]) -> bool:
    """Whether a text is the number of a row: the form's own (3（1）), or its code."""
    text = squeezed(text)
    if CODES.get(text.casefold()) in codes:
        return True
    number = _NUMBER.fullmatch(text)
    return bool(number) and FIELDS[codes[0]].number == int(number[1])


@lru_cache(maxsize=4096)
def _units(text: str, field: Field) -> bool:
    text = squeezed(text)
    if not field.numeric:
        return text in (*UNITS_OF_TEMPLATE, "-", "—", "/")
    return edited_unit(field, text) is not None or is_unit(text)


def _lines(rows: dict[int, list[Cell]], headings: list[Heading], taken: set[tuple]) -> tuple[list[Line], list[Cell]]:
    lines: list[Line] = []
    unknown: list[Cell] = []
    reaching: list[Cell] = []  # cells of rows above that extend into this one
    place, feature, general = -1, "", False
    taken_rows = {row for row, _ in taken}
    for row, cells in rows.items():
        if place + 1 < len(headings) and row >= headings[place + 1].row:
            place += 1
            if row == headings[place].row:
                continue
        if place < 0:
            continue
        columns = headings[place].columns
        if row in taken_rows:
            cells = [cell for cell in cells if (cell.row, cell.column) not in taken]
        under = _by_heading(columns, cells)
        label, now, before = under.get("indicator"), under.get("now"), under.get("before")
        reaching = [cell for cell in reaching if cell.row + cell.rows > row]
        for cell in cells:
            if isinstance(cell.value, str) and (section := section_of(cell.value)):
                feature, general = section[1], section[0] == "general"
        if label is not None and now is label:  # merged over the whole table: a part, or the text of 意见及建议
            continue
        if label is None:  # the second answer of a pair, or an answer without a question
            if lines and lines[-1].row == row - 1 and lines[-1].codes in PAIRS and (now or before):
                first, second = ((code,) for code in lines[-1].codes)
                lines.append(lines[-1]._replace(row=row, codes=second, now=now, before=before))
                lines[-2] = lines[-2]._replace(codes=first)
            elif now is not None and not any(cell is not now and _is_label(cell) for cell in cells):
                unknown.append(now)
            continue
        codes = _codes(label, under.get("number"), feature, general)
        if codes == ("C03_operator",) and lines and lines[-1].codes == ("C03", "C03_operator"):
            lines[-1] = lines[-1]._replace(codes=("C03",))
        if codes:
            unit = under.get("unit")
            text = unit.value if unit is not None and isinstance(unit.value, str) else ""
            if unit is not None and not is_unit(text) and edited_unit(FIELDS[codes[0]], text) is None and now is None:
                text = ""
            held = (_by_heading(columns, reaching) | under) if reaching else under
            lines.append(Line(row, codes, label, text, held.get("now"), held.get("before"), columns))
            reaching += [cell for cell in (now, before) if cell and cell.rows > 1]
        elif now is not None and not _is_label(label):
            unknown.append(now)
    return lines, unknown


def _codes(label: Cell, number: Cell | None, feature: str, general: bool) -> tuple[str, ...]:
    if not isinstance(label.value, str) or section_of(label.value):
        return ()
    codes = codes_of(label.value, feature, general) or codes_of(words_of(label.value).label, feature, general)
    if not codes and lists_operators(label.value):
        return ("C03_operator",)
    if not codes and _holds_answer(label.value) and len(found := sentences_in([label])) == 1:
        codes = tuple(code for code in found if code in FIELDS and (not feature or FIELDS[code].feature == feature))
    if not codes and number is not None and (code := CODES.get(squeezed(str(number.value)).casefold())):
        return (code,)
    return codes if len(codes) == 1 or codes in PAIRS else ()


@lru_cache(maxsize=4096)
def _holds_answer(label: str) -> bool:
    """Whether a label is a sentence of the form with its blank filled in."""
    return not _TICKS.isdisjoint(label) or (core(label) not in WHOLE and bool(re.search(r"\d", core(label))))


def _is_label(cell: Cell) -> bool:
    return isinstance(cell.value, str) and (meaning_of(cell.value) is not None or section_of(cell.value) is not None)


def _answers(
    codes: tuple[str, ...], cell: Cell, at: int, unit: str, dated: int | None, merged: str = ""
) -> list[Answer]:
    if len(codes) > 1 and isinstance(cell.value, str):
        parts = split_pair(codes, cell.value)
        shared = len(parts) > 1 and parts[0].text == parts[1].text
        return [
            Answer(part.code, at, part.text, cell, dated=dated, shared=shared, meant=part.meant, merged=merged)
            for part in parts
        ]
    code = codes[0]
    unit = unit if FIELDS[code].numeric else ""
    return counted(Answer(code, at, cell.value, cell, percent=cell.percent, unit=unit, dated=dated, merged=merged))


def _by_heading(columns: dict[str, Span], cells: list[Cell]) -> dict[str, Cell]:
    """The first cell under each heading."""
    spots = [(cell.column, cell.column + cell.columns, cell) for cell in cells]
    found = {}
    for key, (first, end, _, _) in columns.items():
        for begin, after, cell in spots:
            if begin < end and after > first:
                found[key] = cell
                break
    return found


@lru_cache(maxsize=4096)
def _year_of(text: str) -> int | None:
    return first_year(plain(text))
