"""The `summary` layout: a province's table, one base a row, one column a field."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from ecanalysis.answers.gathering import Answer
from ecanalysis.answers.indicators import CODES, codes_of, section_of
from ecanalysis.answers.labels import PERSON_OF_ROLE, meaning_of
from ecanalysis.answers.questions import split_pair
from ecanalysis.answers.years import first_year
from ecanalysis.cells import Cell
from ecanalysis.form import FIELDS
from ecanalysis.spelling import squeezed
from ecanalysis.units import is_unit

NAMES = [
    "基地名称", "基地(集聚区)名称", "基地/集聚区名称", "集聚区名称", "产业集聚区名称", "示范基地名称", "园区名称",
    "基地全称", "名称", "基地", "示范基地", "园区", "单位名称", "填报单位", "base_name",
]  # fmt: skip
PASSED_OVER = [
    "序号", "编号", "序", "no", "no.", "备注", "说明", "省", "省份", "省(区、市)", "省市", "省区市", "地区", "市",
    "城市", "地市", "所在市", "所在地", "所在城市", "区域", "类型", "类别", "基地类型", "基地类别", "填表日期",
    "填报日期", "填报时间",
]  # fmt: skip
TOTALS = ["合计", "总计", "小计", "共计", "累计", "总和", "平均", "平均值", "均值", "中位数"]  # a name that ends so
BEFORE = ["基期", "上年同期", "上年", "去年同期", "去年", "上期"]
NOW = ["报告期", "本年", "本期", "当年"]
HEADER_WITHIN = 40  # rows from the top in which a header is looked for

_NAMES, _PASSED_OVER = frozenset(NAMES), frozenset(PASSED_OVER)
_TOTAL = re.compile(rf"(?:{'|'.join(TOTALS)})(?:\(.*\))?:?$")
_PERIOD = re.compile(rf"(?<![较比])(?:{'|'.join(BEFORE)}|{'|'.join(NOW)})")
_YEARS = re.compile(r"@?(?:截[至止])?(?:19|20)\d\d(?:年?[-—~至到/](?:19|20)\d\d)?年?(?:年底|底|末|度)?,?")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_UNIT_AT_END = re.compile(r"[/,、:]?单位:?(.+)$|/([^/]{1,4})$")
_CODE = re.compile(
    rf"({'|'.join(sorted(map(str.casefold, FIELDS), key=len, reverse=True))})(?![a-z0-9_])", re.IGNORECASE
)


class Words(NamedTuple):
    """What one heading says: its words, its unit, the year it names, and whether it names the base period."""

    label: str
    unit: str = ""
    named: int | None = None
    period: str = ""  # "before", "now" or ""


class Column(NamedTuple):
    """What a column holds: `kind` is "field", "name", "form" (key), "person" (role, key), "" (passed over), or
    "unknown"; `cell` is its heading."""

    kind: str
    cell: Cell
    code: str = ""
    year: int = 0
    unit: str = ""
    dated: int | None = None
    key: str = ""
    role: str = ""
    exact: bool = False


class Table(NamedTuple):
    """A summary's header: the last row of it, and its columns by place."""

    bottom: int
    columns: dict[int, Column]


class Line(NamedTuple):
    """One base: its name's cell (None: no name stands there), answers, other fields of the form, people."""

    name: Cell | None
    first: Cell
    answers: list[Answer]
    fields: dict[str, object]
    contacts: dict[str, dict[str, object]]


@lru_cache(maxsize=4096)
def words_of(text: str) -> Words:
    """Take a heading apart.

    >>> words_of("入驻电商企业数（万家，2024年）"), words_of("基期快递业务量（件）").period
    (Words(label='入驻电商企业数', unit='万家', named=2024, period=''), 'before')
    """
    text = squeezed(text)
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
        return inside if len(inside) > 1 else ""

    label = _PERIOD.sub("", _YEARS.sub("", _BRACKETS.sub(bracketed, text)))
    if (found := _UNIT_AT_END.search(label)) and not unit and is_unit(found[1] or found[2]):
        unit = found[1] or found[2]
        label = label[: found.start()]
    return Words(label.strip(":,;、-_"), unit, named, when)


def find_table(rows: dict[int, list[Cell]], year: int) -> Table | None:
    """The header of a summary: a row with a column for the bases' names and columns for fields.

    In the header block of a form 基地名称 stands over another label; in a table it stands over a name.
    """
    for row, cells in rows.items():
        if row > HEADER_WITHIN:
            break
        for cell in cells:
            if isinstance(cell.value, str) and _is_name(cell.value) and len(cells) > 1:
                table = _table(rows, row, cell, year)
                below = _over(rows.get(table.bottom + 1, []), cell.column, False)
                labelled = below is not None and isinstance(below.value, str) and meaning_of(below.value)
                if not labelled and any(column.kind == "field" for column in table.columns.values()):
                    return table
    return None


def find_nameless_table(rows: dict[int, list[Cell]], year: int) -> bool:
    """True where a row heads three fields and more, though no column for the base's name."""
    for row, cells in rows.items():
        if row > HEADER_WITHIN:
            break
        found = [_column([cell.value], cell, year) for cell in cells if isinstance(cell.value, str)]
        if len({column.code for column in found if column.kind == "field"}) >= 3:
            return True
    return False


def read_lines(rows: dict[int, list[Cell]], table: Table) -> Iterator[Line]:
    """The bases of a summary, one by one; totals and empty rows are passed over."""
    for row, cells in rows.items():
        if row <= table.bottom:
            continue
        name = None
        line = Line(None, cells[0], [], {}, {})
        total = False
        for cell in cells:
            column = table.columns.get(cell.column)
            if column is None or column.kind in ("", "unknown"):
                total = total or (name is None and isinstance(cell.value, str) and _is_total(cell.value))
            elif column.kind == "name":
                name = cell
                total = total or _is_total(str(cell.value))
            elif column.kind == "field":
                _answer(line.answers, column, cell)
            elif column.kind == "form":
                line.fields[column.key] = cell.value
            else:
                line.contacts.setdefault(column.role, {})[column.key] = cell.value
        if total or (name is None and not line.answers) or (name is not None and _is_name(str(name.value))):
            continue
        yield line._replace(name=name)


def _answer(answers: list[Answer], column: Column, cell: Cell) -> None:
    if column.code == "C03" and isinstance(cell.value, str):
        for code, part, _ in split_pair(("C03", "C03_operator"), cell.value):
            answers.append(Answer(code, column.year, part, cell, dated=column.dated))
        return
    unit = column.unit if FIELDS[column.code].numeric else ""
    answers.append(Answer(column.code, column.year, cell.value, cell, cell.percent, unit, dated=column.dated))


@lru_cache(maxsize=4096)
def _is_name(text: str) -> bool:
    return len(text) < 30 and squeezed(text).casefold().rstrip(":") in _NAMES


@lru_cache(maxsize=4096)
def _is_total(text: str) -> bool:
    return len(text) < 40 and bool(_TOTAL.search(squeezed(text)))


def _table(rows: dict[int, list[Cell]], row: int, name: Cell, year: int) -> Table:
    """The header around the cell that heads the base's name: one row or several, above it or below."""
    top, bottom = row, row + name.rows - 1
    while name.rows == 1 and bottom + 1 in rows and _continues(rows[bottom + 1], name.column):
        bottom += 1
    while top - 1 in rows and _heads_groups(rows[top - 1], name.column):
        top -= 1
    header = [rows.get(at, []) for at in range(top, bottom + 1)]
    merged = any(cell.columns > 1 for cells in header for cell in cells)
    last = max(cell.column + cell.columns for at in rows for cell in rows[at][-1:])
    columns: dict[int, Column] = {}
    for place in range(last):
        above = [_over(cells, place, at < len(header) - 1 and not merged) for at, cells in enumerate(header)]
        own = [cell for cell in above if cell is not None]
        if own:
            texts = [cell.value for cell in own if isinstance(cell.value, str)]
            columns[place] = Column("name", own[-1]) if name in own else _column(texts, own[-1], year)
    filled = {cell.column for at, cells in rows.items() if at > bottom for cell in cells}
    for place in sorted(filled - set(columns)):
        columns[place] = Column("unknown", Cell(bottom, place, ""))
    return Table(bottom, _told_apart(columns))


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
    return any(
        isinstance(cell.value, str) and (section_of(cell.value) or not words_of(cell.value).label) for cell in cells
    )


def _over(cells: list[Cell], place: int, spread: bool) -> Cell | None:
    """The cell of a header row that stands over a column; `spread`: nothing is merged, so a group's heading reaches to
    the next one."""
    left = None
    for cell in cells:
        if cell.column <= place < cell.column + cell.columns:
            return cell
        if cell.column < place:
            left = cell
    groups = (
        left is not None and isinstance(left.value, str) and (section_of(left.value) or not words_of(left.value).label)
    )
    return left if spread and groups else None


def _column(texts: list[str], cell: Cell, year: int) -> Column:
    """What a column holds, by its headings from top to bottom."""
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
    at = year - 1 if period == "before" or named == year - 1 else year
    dated = named if named not in (None, year, year - 1) or (period == "now" and named == year - 1) else None
    code, exact = _code(labels, feature, general, unit)
    return Column("field", cell, code, at, unit, dated, exact=exact) if code else Column("unknown", cell)


def _no_field(labels: list[str]) -> Column | None:
    label = labels[-1].casefold()
    nowhere = Cell(0, 0, "")
    if label in _PASSED_OVER:
        return Column("", nowhere)
    if person := PERSON_OF_ROLE.get("".join(labels).casefold()) or PERSON_OF_ROLE.get(label):
        return Column("person", nowhere, role=person[0], key=person[1])
    kind, key = meaning_of(labels[-1]) or (None, "")
    if kind == "field":
        return Column("form", nowhere, key=key)
    if kind == "role":
        return Column("person", nowhere, role=key, key="name")
    if kind == "person":
        role = next((found[1] for one in labels[:-1] if (found := meaning_of(one)) and found[0] == "role"), "联系人")
        return Column("person", nowhere, role=role, key=key)
    return Column("", nowhere) if kind == "" else None


def _code(labels: list[str], feature: str, general: bool, unit: str) -> tuple[str, bool]:
    """The field that headings name, and whether by its code or English name; "" where that is not plain."""
    exact = {code for label in labels if (code := CODES.get(label.casefold()))}
    for label in labels:
        if (found := _CODE.match(label)) and label.casefold() not in CODES:
            code = CODES[found[1].casefold()]
            rest = codes_of(label[found.end() :], "", False, unit)
            if rest and code not in rest:
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


def _told_apart(columns: dict[int, Column]) -> dict[int, Column]:
    """Two columns for one field and year: one headed by the code is taken; else none is."""
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
