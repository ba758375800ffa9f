"""The `summary` layout: a province's table, one base a row, one column a field."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers.changes import agrees
from ecanalysis.reading.answers.counts import counted
from ecanalysis.reading.answers.gathering import Answer, Left
from ecanalysis.reading.answers.headings import CHANGE, Column, column_of, groups, name_rank, words_of
from ecanalysis.reading.answers.labels import bare, is_known, is_stop, meaning_of
from ecanalysis.reading.answers.questions import split_pair
from ecanalysis.reading.answers.words import codes_of, section_of
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.spelling import plain, squeezed
from ecanalysis.reading.ticks import TICKS
from ecanalysis.reading.units import is_unit, read_unit
from ecanalysis.reading.values import shown

TOTALS = [
    "合计", "总计", "小计", "共计", "累计", "总和", "总数", "总量", "加总", "汇总", "全部", "平均", "平均值", "均值",
    "户均", "中位数", "最大值", "最小值", "标准差", "增长率", "占比", "排名", "total", "sum", "average",
]  # fmt: skip
HEADER_WITHIN = 40  # rows from the top in which a header is looked for
HEADER_ROWS = 3  # below the first, at most

_TOTAL = re.compile(
    rf"(?:{'|'.join(TOTALS)})(?:数|值|:)?(?:每家|每个基地)?(?:\(.*\)|[):]|\d+[家个])*$|^其中:?|^\(?(?:全[省市区县国]|本[省市])\)?$"
)
_NUMBERED_TOTAL = re.compile(r"^(?:共计?|合计|总计|平均)(?:\d+[家个]|每家|每个)")
# A kind of bases as the heading of a group, with a count or without: 国家电子商务示范基地（2家）, 其他产业集聚区
_GROUP = re.compile(
    r"^(?:\(?[一二三四五六七八九十]+\)?[、.]?)?(?:.{0,12}\(?共?\d+[家个]\)?"
    r"|(?:国家级?|省级|市级|其[他它]|非)*(?:电子商务|电商)?(?:产业)?(?:示范基地|集聚区|基地|园区))$"
)
_SAYS = re.compile(r"[^:]{2,10}:")  # 制表日期：…
_MAY_ANSWER = re.compile(rf"\d(?!\d*[年月日./-])|[{TICKS}]|^[是否有]$")
_NUMBER = re.compile(r"\d{1,4}[.、]?")
_CHINESE_NUMBER = re.compile(r"\(?[一二三四五六七八九十]{1,3}\)?[、.]?")
_UNIT_OF_TABLE = re.compile(r"^\(?(?:金额|计量|数量)?单位:([^:()]{1,8})\)?$")


class Table(NamedTuple):
    """A summary's header: its first and last row, and its columns by place."""

    top: int
    bottom: int
    columns: dict[int, Column]

    def codes_at(self, place: int) -> list[str]:
        """The field that a column holds, if it holds one."""
        column = self.columns.get(place)
        return [column.code] if column is not None and column.kind == "field" else []

    def asks(self) -> set[tuple[str, int]]:
        """The fields and years that have a column."""
        return {(column.code, column.year) for column in self.columns.values() if column.kind == "field"}

    def has_both(self, code: str, year: int) -> bool:
        """True where a field has a column for the reporting year and one for the year before."""
        return {(code, year), (code, year - 1)} <= self.asks()


class Line(NamedTuple):
    """One base: its name's cell (None: no name stands there), answers, other fields of the form, people."""

    name: Cell | None
    first: Cell
    answers: list[Answer]
    fields: dict[str, object]
    contacts: dict[str, dict[str, object]]
    left: list[Left]


def find_table(rows: dict[int, list[Cell]], year: int) -> Table | None:
    """The header of a summary: a row with a column for the bases' names and columns for fields.

    In the header block of a form 基地名称 stands over another label; in a table it stands over a name.
    """
    for row, cells in rows.items():
        if row > HEADER_WITHIN:
            break
        ranked = [(rank, at) for at, cell in enumerate(cells) if (rank := _rank(cell)) is not None]
        if ranked and len(cells) > 1:
            name = cells[min(ranked)[1]]
            table = _table(rows, row, name, year)
            below = next((cell for cell in rows.get(table.bottom + 1, []) if cell.column == name.column), None)
            labelled = below is not None and isinstance(below.value, str) and _is_label(below.value)
            if not labelled and any(column.kind == "field" for column in table.columns.values()):
                return table
    return None


def find_nameless_table(rows: dict[int, list[Cell]], year: int) -> bool:
    """True where a row heads three fields and more, though no column for the bases' names."""
    for row, cells in rows.items():
        if row > HEADER_WITHIN:
            break
        found = [column_of([cell.value], cell, year) for cell in cells if isinstance(cell.value, str)]
        if len({column.code for column in found if column.kind == "field"}) >= 3:
            return True
    return False


def read_lines(rows: dict[int, list[Cell]], table: Table, year: int) -> list[Line]:
    """The bases of a summary, one by one; totals, notes, repeated headers and empty rows are passed over.

    Where a column says which year a row is of, the rows of one base are one line; one without a name goes on.
    """
    years = any(column.kind == "year" for column in table.columns.values())
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
    """Put the answers of a base's rows together; a cell merged over its rows answers for the reporting year."""
    for answer in more:
        at = next((at for at, one in enumerate(held) if answer.merged and one.cell == answer.cell), None)
        if at is None:
            held.append(answer)
        else:
            merged = "years" if FIELDS[answer.code].numeric else ""
            held[at] = answer._replace(year=year, dated=None, merged=merged)


def _rows_of(rows: dict[int, list[Cell]], table: Table, year: int) -> Iterator[Line]:
    first_named = min(place for place, column in table.columns.items() if column.kind == "name")
    reaching: list[Cell] = []  # cells of rows above, merged with those of this row
    for row, cells in rows.items():
        if row <= table.bottom:
            continue
        name, total, row_year, asides = None, False, None, []
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
                    line.left.append(Left(shown(cell.value, cell.percent), cell.row, cell.column))
            elif column.kind == "name":
                name, total = cell, total or _is_total(cell) or _is_group(cell)
            elif column.kind == "year":
                row_year = _year_in(shown(cell.value), year)
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
        if name is None or (cells == [name] and name.columns > 1):  # the heading of a group of bases
            no_base = not line.answers
        else:
            no_base = (
                _rank(name) is not None or is_stop(str(name.value)) or bool(_SAYS.match(squeezed(str(name.value))))
            )
        if not total and not no_base:
            yield line._replace(name=name)


def _is_no_part(cell: Cell, column: Column) -> bool:
    """True for words under 序号, and for what may be an answer under 备注: nothing is taken from these columns."""
    heading, text = bare(str(column.cell.value)), plain(shown(cell.value, cell.percent))
    if heading in ("备注", "说明"):
        return bool(_MAY_ANSWER.search(text)) and not is_known(text)
    return heading in ("序号", "编号", "序") and not text.isascii() and not _is_group_number(cell, column)


def _year_in(text: str, year: int) -> int | None:
    words = words_of(text)
    return words.named or {"now": year, "before": year - 1}.get(words.period)


def _is_group(cell: Cell) -> bool:
    return isinstance(cell.value, str) and len(cell.value) < 40 and bool(_GROUP.match(squeezed(cell.value)))


def _is_group_number(cell: Cell, column: Column | None) -> bool:
    """True for 一 or 二 under 序号: the row heads a group."""
    numbers = column is None or column.kind == ""
    return numbers and isinstance(cell.value, str) and bool(_CHINESE_NUMBER.fullmatch(squeezed(cell.value)))


def left_in(rows: dict[int, list[Cell]], table: Table, lines: list[Line]) -> list[Left]:
    """What stands above the header and below the bases and is no title, unit, total or note of the form."""
    read = {answer.cell.row for line in lines for answer in line.answers} | {line.first.row for line in lines}
    left = [one for line in lines for one in line.left]
    for row, cells in rows.items():
        if table.top <= row <= table.bottom or row in read:
            continue
        if any(_is_total(cell) or _rank(cell) is not None or _is_group(cell) for cell in cells) and row > table.bottom:
            continue
        for cell in cells:
            text = shown(cell.value, cell.percent)
            if not is_known(text) and not _unit_of_table(cell) and not _is_summary_title(text):
                left.append(Left(text, cell.row, cell.column))
    asides = [column for column in table.columns.values() if column.kind == "aside"]
    alone = [column for column in asides if not table.has_both(column.code, column.year)]
    return left + [Left(shown(one.cell.value), one.cell.row, one.cell.column, one.code) for one in alone]


def _is_summary_title(text: str) -> bool:
    return len(text) < 60 and bool(re.search(r"(?:汇总|情况|统计|一览|明细)表?(?:\(.*\))?$", squeezed(text)))


def _over_columns(answers: list[Answer], columns: dict[int, Column], cell: Cell) -> None:
    """A cell that goes over the columns of several fields, or of both years of one, which answers for the later."""
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


def _rank(cell: Cell) -> int | None:
    return name_rank(cell.value) if isinstance(cell.value, str) else None


def _is_label(text: str) -> bool:
    return meaning_of(text) is not None or section_of(text) is not None


def _is_total(cell: Cell) -> bool:
    return isinstance(cell.value, str) and _names_total(cell.value)


@lru_cache(maxsize=4096)
def _names_total(text: str) -> bool:
    text = squeezed(text).casefold()
    return len(text) < 40 and bool(_TOTAL.search(text) or _NUMBERED_TOTAL.match(text))


def _table(rows: dict[int, list[Cell]], row: int, name: Cell, year: int) -> Table:
    """The header around the cell that heads the bases' names: one row or several, above it or below."""
    top, bottom = row, row + name.rows - 1
    while bottom - row < HEADER_ROWS and bottom + 1 in rows and _continues(rows[bottom + 1], name.column):
        bottom += 1
    while top - 1 in rows and _heads_groups(rows[top - 1], name.column):
        top -= 1
    header = [_spread(rows.get(at, [])) for at in range(top, bottom + 1)]
    if not any(cell.columns > 1 for cells in header for cell in cells.values()):
        header = [_reaching(cells, header[-1]) for cells in header[:-1]] + header[-1:]
    columns: dict[int, Column] = {}
    role = "联系人"
    for place in sorted({place for cells in header for place in cells}):
        own = [cells[place] for cells in header if place in cells]
        texts = [cell.value for cell in own if isinstance(cell.value, str)]
        columns[place] = Column("name", own[-1]) if name in own else column_of(texts, own[-1], year)
        if columns[place].kind == "person" and not columns[place].role:  # 负责人, 手机, 联系人, 手机: of whom before it
            columns[place] = columns[place]._replace(role=role)
        elif columns[place].kind == "person" and (meaning_of(texts[-1]) or ("",))[0] == "role":
            role = columns[place].role
    filled = {cell.column for at, cells in rows.items() if at > bottom for cell in cells}
    for place in sorted(filled - set(columns)):
        if place > name.column:  # before the names it is the number of the row
            columns[place] = Column("unknown", Cell(bottom, place, ""))
    for place in [place for place, column in columns.items() if column.kind == "unknown"]:
        below = [
            shown(cell.value) for at, cells in rows.items() if at > bottom for cell in cells if cell.column == place
        ]
        if len(below) > 1 and all(_year_in(text, year) for text in below):  # 统计时间: 2025-12-31, 2024-12-31
            columns[place] = Column("year")
    for unit in [unit for at, cells in rows.items() if at < top for cell in cells if (unit := _unit_of_table(cell))]:
        columns = {place: _with_unit(column, unit) for place, column in columns.items()}
    return Table(top, bottom, _told_apart(columns))


def _continues(cells: list[Cell], name_column: int) -> bool:
    # A second header row: nothing under the name, and words that name fields, years or units.
    if any(cell.column <= name_column < cell.column + cell.columns for cell in cells):
        return False
    words = [words_of(cell.value) for cell in cells if isinstance(cell.value, str)]
    known = [
        one for one in words if not one.label or codes_of(one.label) or is_unit(one.label) or meaning_of(one.label)
    ]
    return bool(known) and len(words) == len(cells) and 2 * len(known) >= len(words)


def _heads_groups(cells: list[Cell], name_column: int) -> bool:
    if any(cell.column <= name_column < cell.column + cell.columns for cell in cells):
        return False
    return any(isinstance(cell.value, str) and groups(cell.value) for cell in cells)


def _spread(cells: list[Cell]) -> dict[int, Cell]:
    """The cells of a header row by the columns they stand over."""
    return {place: cell for cell in cells for place in range(cell.column, cell.column + cell.columns)}


def _reaching(cells: dict[int, Cell], below: dict[int, Cell]) -> dict[int, Cell]:
    """Where nothing is merged: a heading over several columns reaches to the next one.

    It does so when it is a group's, or when what stands below names no field by itself (a year, a unit).
    """
    reaching, left = dict(cells), None
    for place in range(min(below, default=0), max(below, default=0) + 1):
        left = cells.get(place, left)
        if left is not None and place not in cells and place in below and isinstance(left.value, str):
            under = below[place].value
            if groups(left.value) or (isinstance(under, str) and not words_of(under).label):
                reaching[place] = left
    return reaching


def _unit_of_table(cell: Cell) -> str:
    found = _UNIT_OF_TABLE.match(squeezed(cell.value)) if isinstance(cell.value, str) and len(cell.value) < 30 else None
    return found[1] if found else ""


def _with_unit(column: Column, unit: str) -> Column:
    field = FIELDS.get(column.code)
    if field is None or not field.numeric or column.unit or read_unit(field, unit) is None:
        return column
    return column._replace(unit=unit)


def _told_apart(columns: dict[int, Column]) -> dict[int, Column]:
    """Two columns for one field and year: one headed by the code is taken; else none is. How A2 changed is A3."""
    growth = [place for place, column in columns.items() if column.kind == "aside" and column.code == "A2"]
    if len(growth) == 1 and not any(column.code == "A3" for column in columns.values()):
        columns[growth[0]] = columns[growth[0]]._replace(kind="field", code="A3", unit="%")
    asked = {(column.code, column.year) for column in columns.values() if column.kind == "field"}
    for place, column in columns.items():  # 快递业务量增速, and no column of the year before
        own = words_of(str(column.cell.value)).label
        if column.kind == "aside" and (column.code, column.year - 1) not in asked and not CHANGE.fullmatch(own):
            columns[place] = Column("unknown", column.cell)
    same: dict[tuple[str, int], list[int]] = {}
    for place, column in columns.items():
        if column.kind == "field" and column.dated is None:
            same.setdefault((column.code, column.year), []).append(place)
    for places in same.values():
        exact = [place for place in places if columns[place].exact]
        if len(places) > 1:
            for place in places:
                if exact != [place]:
                    columns[place] = Column("unknown", columns[place].cell)
    return columns
