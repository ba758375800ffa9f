"""The header of a summary, of one or more rows -> the meaning of each column."""

import re
from typing import NamedTuple

from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.reading.answers.headings import CHANGE, Column, column_of, groups, name_rank, words_of
from ecanalysis.reading.answers.labels import bare, meaning_of
from ecanalysis.reading.answers.words import codes_of, section_of
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.spelling import squeezed
from ecanalysis.reading.units import CONVERTED, agreed_unit, is_unit
from ecanalysis.reading.values import shown

HEADER_WITHIN = 40  # rows from the top within which a header is searched
HEADER_ROWS = 3  # at most, below the first
BESIDE_UNITS = ("单位", "计量单位", "代码", "编码", "指标代码", "栏次", "甲")
_YEAR = re.compile(r"20\d\d(?:-\d\d-\d\d)?")
_UNIT_OF_TABLE = re.compile(r"(?:^|[(,;。])(?:金额|计量|数量)?单位:([^:()]{1,30})\)?$")


class Table(NamedTuple):
    """A summary's header: its first and last row, and its columns by their position in the sheet."""

    top: int
    bottom: int
    columns: dict[int, Column]
    of: int | None = None  # the year of all rows by its title or sheet name, if not the reporting year

    def codes_at(self, place: int) -> list[str]:
        """The field of a column, as a list; empty if it has none."""
        column = self.columns.get(place)
        return [column.code] if column is not None and column.kind == "field" else []

    def same_as(self, column: Column) -> list[Cell]:
        """The headings of the other columns of the same field and year."""
        asked = (column.code, column.year, None)
        others = [one for one in self.columns.values() if one.kind in ("field", "unknown") and one.cell != column.cell]
        return [one.cell for one in others if column.code and (one.code, one.year, one.dated) == asked]

    def asks(self) -> set[tuple[str, int]]:
        """The fields and years with a column."""
        return {(one.code, self.of or one.year) for one in self.columns.values() if one.kind == "field"}

    def has_both(self, code: str, year: int) -> bool:
        """Whether a field has columns both for `year` and for the year before."""
        return {(code, year), (code, year - 1)} <= self.asks()


def find_table(rows: dict[int, list[Cell]], year: int, above: int = -1) -> Table | None:
    """The first header of a summary below the row `above`: a row with headings for the bases' names and for fields.

    The label 基地名称 in the header block of a form is recognised by another label below it; below a heading is a name.
    """
    for row, cells in rows.items():
        if row <= above:
            continue
        if row > HEADER_WITHIN and above < 0:
            break
        ranked = [(rank, at) for at, cell in enumerate(cells) if (rank := rank_of(cell)) is not None]
        if ranked and len(cells) > 1:
            name = cells[min(ranked)[1]]
            table = _table(rows, row, name, year)
            columns = table.columns.values()
            below = next((cell for cell in rows.get(table.bottom + 1, []) if cell.column == name.column), None)
            labelled = below is not None and isinstance(below.value, str) and _is_label(below.value)
            if not labelled and any(column.kind in ("field", "unknown") and column.code for column in columns):
                return table
    return None


def find_nameless_table(rows: dict[int, list[Cell]], year: int) -> bool:
    """Whether a row contains the headings of at least three fields, as in a summary without names of bases."""
    for row, cells in rows.items():
        if row > HEADER_WITHIN:
            break
        found = [column_of([cell.value], cell, year) for cell in cells if isinstance(cell.value, str)]
        if len({column.code for column in found if column.kind == "field"}) >= 3:
            return True
    return False


def year_in(text: str, year: int) -> int | None:
    words = words_of(text)
    return words.named or {"now": year, "before": year - 1}.get(words.period)


def rank_of(cell: Cell) -> int | None:
    return name_rank(cell.value) if isinstance(cell.value, str) else None


def _is_label(text: str) -> bool:
    return meaning_of(text) is not None or section_of(text) is not None


def _table(rows: dict[int, list[Cell]], row: int, name: Cell, year: int) -> Table:
    """The header that contains the cell `name`, the heading of the bases' names; it may have rows above and below."""
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
        texts = [text for cell in own if (text := _heading(cell))]
        columns[place] = Column("name", own[-1]) if name in own else column_of(texts, own[-1], year)
        if columns[place].kind == "person" and not columns[place].role:  # 负责人, 手机, 联系人, 手机: of the one before
            columns[place] = columns[place]._replace(role=role)
        elif columns[place].kind == "person" and (meaning_of(texts[-1]) or ("",))[0] == "role":
            role = columns[place].role
    filled = {cell.column for at, cells in rows.items() if at > bottom for cell in cells}
    for place in sorted(filled - set(columns)):
        if place > name.column:  # before the names it is a row number
            columns[place] = Column("unknown", Cell(bottom, place, ""))
    for place in [place for place, column in columns.items() if column.kind == "unknown"]:
        below = [
            shown(cell.value) for at, cells in rows.items() if at > bottom for cell in cells if cell.column == place
        ]
        if len(below) > 1 and all(year_in(text, year) for text in below):  # 统计时间: 2025-12-31, 2024-12-31
            columns[place] = Column("year")
    notes = [cell for at, cells in rows.items() if at < top or (at > bottom and len(cells) == 1) for cell in cells]
    units = [unit for cell in notes for unit in units_of_table(cell)]
    columns = {place: _with_unit(column, units) for place, column in columns.items()}
    return Table(top, bottom, _told_apart(columns))


def _continues(cells: list[Cell], name_column: int) -> bool:
    """Whether a row continues the header: blank below the names, and mostly words of fields, years or units."""
    under = [cell for cell in cells if cell.column <= name_column < cell.column + cell.columns]
    if under and not (isinstance(under[0].value, str) and bare(under[0].value) in BESIDE_UNITS):
        return False
    cells = [cell for cell in cells if cell not in under]
    words = [words_of(text) for cell in cells if (text := _heading(cell))]
    known = [one for one in words if not one.label or _is_known(one.label)]
    return bool(known) and len(words) == len(cells) and 2 * len(known) >= len(words)


def _heading(cell: Cell) -> str:
    """The text of a cell as a heading; a year may be a number or a date. Empty for other cells."""
    if isinstance(cell.value, str):
        return cell.value
    return text[:4] + "年" if _YEAR.fullmatch(text := shown(cell.value)) else ""


def _is_known(label: str) -> bool:
    named = any(codes_of(label, feature) for feature in ("", *FEATURES))  # 占比 below 直播电商
    return named or is_unit(label) or meaning_of(label) is not None


def _heads_groups(cells: list[Cell], name_column: int) -> bool:
    if any(cell.column <= name_column < cell.column + cell.columns for cell in cells):
        return False
    return any(isinstance(cell.value, str) and groups(cell.value) for cell in cells)


def _spread(cells: list[Cell]) -> dict[int, Cell]:
    """The cells of a header row by column, merged cells in each of theirs."""
    return {place: cell for cell in cells for place in range(cell.column, cell.column + cell.columns)}


def _reaching(cells: dict[int, Cell], below: dict[int, Cell]) -> dict[int, Cell]:
    """Without merged cells, extend each heading of several columns up to the next one.

    It is extended if it is a group's, or if the heading below names no field itself (a year, a unit).
    """
    reaching, left = dict(cells), None
    for place in range(min(below, default=0), max(below, default=0) + 1):
        left = cells.get(place, left)
        if left is not None and place not in cells and place in below and isinstance(left.value, str):
            under = _heading(below[place])
            if groups(left.value) or (under and not words_of(under).label):
                reaching[place] = left
    return reaching


def units_of_table(cell: Cell) -> list[str]:
    """The units for all columns of a table, in its title or a note: 单位：个、人次、万元."""
    found = (
        _UNIT_OF_TABLE.search(squeezed(cell.value)) if isinstance(cell.value, str) and len(cell.value) < 80 else None
    )
    units = re.split("[、,;/和]", found[1]) if found else []
    return units if all(map(is_unit, units)) else []


def _with_unit(column: Column, units: list[str]) -> Column:
    field = FIELDS.get(column.code)
    if field is None or not field.numeric or column.unit:
        return column
    if len(units) > 1:  # among several, % is for shares and growth rates
        units = [unit for unit in units if unit not in CONVERTED["C07"] or field.unit == "%"]
    return column._replace(unit=agreed_unit(field, "", *units))


def _told_apart(columns: dict[int, Column]) -> dict[int, Column]:
    """Resolve columns for the same field and year: the only one headed by the code counts, otherwise none.

    A column of the change of A2 is A3, unless that has its own.
    """
    growth = [place for place, column in columns.items() if column.kind == "aside" and column.code == "A2"]
    if len(growth) == 1 and not any(column.code == "A3" for column in columns.values()):
        columns[growth[0]] = columns[growth[0]]._replace(kind="field", code="A3", unit="%")
    asked = {(column.code, column.year) for column in columns.values() if column.kind == "field"}
    for place, column in columns.items():  # 快递业务量增速 without a column of the year before
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
                    columns[place] = columns[place]._replace(kind="unknown")
    return columns
