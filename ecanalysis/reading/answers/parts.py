"""Sheets -> tables in one of the three layouts -> forms, one per base, possibly on several sheets."""

from bisect import bisect_right
from dataclasses import dataclass, field

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers.columns import Heading, find_headings, read_columns
from ecanalysis.reading.answers.finding import ENOUGH, sentences_in
from ecanalysis.reading.answers.gathering import Answer, Left
from ecanalysis.reading.answers.header import Header, read_header
from ecanalysis.reading.answers.labels import is_known, meaning_of, title_year
from ecanalysis.reading.answers.sentences import read_sentences
from ecanalysis.reading.answers.summary import Line, left_in, read_lines
from ecanalysis.reading.answers.summary_header import Table as Summary
from ecanalysis.reading.answers.summary_header import find_nameless_table, find_table
from ecanalysis.reading.answers.words import first_year
from ecanalysis.reading.cells import Book, Cell, Object, Sheet
from ecanalysis.reading.spelling import plain, seen, squeezed
from ecanalysis.reading.values import shown

# Names of sheets with explanations only; they are read if there are no others.
IGNORED_SHEETS = (
    "填表说明", "填报说明", "填写说明", "使用说明", "说明", "注意事项", "填报须知", "示例", "填报示例", "填写示例",
    "样例", "样表", "填报样表", "范例", "下拉选项", "选项", "下拉列表", "字典", "数据字典", "参数", "目录",
)  # fmt: skip


MOST_CELLS = 20_000  # a sheet with more filled cells is no form, which has about 300; a summary may have more


@dataclass(slots=True)
class Table:
    """One form (or part of one), or one summary, on a sheet.

    `unknown`: answers in rows that name no field. `left`: text left over. `codes`, `asked_in`: the fields asked in a
    row (layout `form`) or in a cell (layout `official`). `found`: the questions whose sentences are found. `named`: the
    years in its titles and sentences; `headed`: those in the headings of its columns. `continues`: the bases of a
    summary that are also in an earlier summary with other fields.
    """

    sheet: str
    layout: str = ""
    rows: dict[int, list[Cell]] = field(default_factory=dict)
    header: Header | None = None
    answers: list[Answer] = field(default_factory=list)
    unknown: list[Cell] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    codes: dict[int, str] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    asked_in: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    named: list[int] = field(default_factory=list)
    headed: list[int] = field(default_factory=list)
    summary: Summary | None = None
    continues: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)


@dataclass(slots=True)
class Form:
    """The form of one base, joined from one or more tables."""

    name: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    asks_opinion: bool = False
    tables: list[Table] = field(default_factory=list)

    def asked(self) -> set[tuple[str, int]]:
        return {(answer.code, answer.year) for table in self.tables for answer in table.answers}

    def missing(self) -> list[str]:
        """The fields whose sentences are not found, in the layout `official` only."""
        layouts = {table.layout for table in self.tables}
        if "official" not in layouts or "form" in layouts:
            return []
        found = {question for table in self.tables for question in table.found}
        codes = (code for code in FIELDS if code not in ("C03_operator", "C10b"))
        return [code for code in codes if ("C10" if code == "C10a" else code) not in found]


def sheets_of(book: Book) -> tuple[list[Sheet], list[Sheet], list[Sheet]]:
    """The sheets to be read, those with explanations only, and the hidden ones."""
    seen_ones = [sheet for sheet in book.sheets if sheet.state == "visible"]
    hidden = [sheet for sheet in book.sheets if sheet.state != "visible" and sheet.cells]
    read = [sheet for sheet in seen_ones if squeezed(sheet.name) not in IGNORED_SHEETS]
    return (read, [sheet for sheet in seen_ones if sheet not in read], hidden) if read else (seen_ones, [], hidden)


def tables_of(sheets: list[Sheet], year: int) -> list[Table]:
    """The forms and summaries on the sheets, in order."""
    tables = []
    for sheet in sheets:
        held = _tables(sheet, year) if sheet.cells else []
        for table in held:
            rows = list(table.rows) or [0]
            table.objects = [one for one in sheet.objects if len(held) == 1 or rows[0] <= one.row <= rows[-1]]
        tables += held
    summaries = [(table, _year_of(table)) for table in tables if table.summary]
    if any(of == year for _, of in summaries):
        for table, of in summaries:
            if of not in (None, year):
                table.summary = table.summary._replace(of=of)
                table.lines = read_lines(table.rows, table.summary, year)
    for place, table in enumerate(tables):
        if table.summary:
            table.continues = {name for other in tables[:place] for name in _continued(other, table)}
    return tables


def forms_of(tables: list[Table]) -> list[Form]:
    """Join the tables of each base: a table without a base name continues the form before it."""
    forms: list[Form] = []
    for table in tables:
        header = table.header
        holds = header.fields or header.contacts or header.asks_opinion or table.answers or table.layout
        if table.summary or not holds:
            continue
        name = header.fields.get("base_name", "")
        form = forms[-1] if forms else None
        asked = {(answer.code, answer.year) for answer in table.answers}
        if form is None or (name and form.name and name != form.name) or (asked & form.asked()):
            form = Form()
            forms.append(form)
        form.name = form.name or name
        form.fields = header.fields | form.fields
        for role, person in header.contacts.items():
            form.contacts[role] = person | form.contacts.get(role, {})
        form.asks_opinion = form.asks_opinion or header.asks_opinion
        form.tables.append(table)
    return forms


def _tables(sheet: Sheet, year: int) -> list[Table]:
    rows = _rows(sheet.cells)
    headings = find_headings(rows, year)
    if not headings:
        summary = find_table(rows, year)
        nameless = summary is None and find_nameless_table(rows, year)
        # In a summary, the form's sentences occur only in the header.
        if (summary or nameless) and sum(bool(sentences_in(cells)) for cells in rows.values()) < ENOUGH:
            if not summary:
                return [Table(sheet.name, "summary", header=Header())]
            return [_summary(sheet.name, part, table, year) for part, table in _summaries_on(rows, summary, year)]
    if len(sheet.cells) > MOST_CELLS:
        return []
    parts = _forms_on(sheet.cells)
    if len(parts) == 1:
        return [_form(sheet.name, sheet.cells, rows, headings, year)]
    by_row = [_rows(cells) for cells in parts]
    return [_form(sheet.name, cells, rows, find_headings(rows, year), year) for cells, rows in zip(parts, by_row)]


def _form(sheet: str, cells: list[Cell], rows: dict[int, list[Cell]], headings: list[Heading], year: int) -> Table:
    table = Table(sheet, header=read_header(cells), rows=rows)
    used = table.header.used
    if headings:
        table.layout = "form"
        taken = {(cells[at].row, cells[at].column) for at in used}
        table.answers, table.unknown, table.left, table.named, table.codes = read_columns(
            table.rows, headings, year, taken
        )
        table.headed = [
            named for heading in headings if "now" in heading.columns and (named := heading.columns["now"].year)
        ]
    elif len(sentences_in(cells)) >= ENOUGH:
        table.layout = "official"
        if _bases_in_columns(cells, table.header):
            del table.header.fields["base_name"]
        table.answers, table.named, table.found, table.left, table.asked_in = read_sentences(cells, used, year)
    if not table.layout:
        table.left = [
            Left(shown(cell.value, cell.percent), cell.row, cell.column)
            for at, cell in enumerate(cells)
            if at not in used and not is_known(shown(cell.value, cell.percent))
        ]
    above = headings[0].row if headings else float("inf")  # titles are above the table or in its headings
    titles = [
        title_year(cell.value)
        for at, cell in enumerate(cells)
        if isinstance(cell.value, str) and cell.row <= above and at not in used
    ]
    table.named += [named for named in titles if named is not None]
    return table


def _summary(sheet: str, rows: dict[int, list[Cell]], summary: Summary, year: int) -> Table:
    table = Table(sheet, "summary", rows=rows, header=Header(), summary=summary)
    table.lines = read_lines(rows, summary, year)
    table.left = left_in(rows, summary, table.lines)
    above = [cell.value for row, cells in rows.items() if row < summary.top for cell in cells]
    table.named = [named for text in above if isinstance(text, str) and (named := title_year(text)) is not None]
    fields = [column for column in summary.columns.values() if column.kind == "field"]
    if all(column.dated for column in fields):
        table.headed = [column.dated for column in fields]
    return table


def _summaries_on(rows: dict[int, list[Cell]], table: Summary, year: int) -> list[tuple[dict, Summary]]:
    """Split a sheet at the headings of further tables with other columns."""
    starts, asked, bottom = [], table.asks(), table.bottom
    while (after := find_table(rows, year, bottom)) is not None:
        if after.asks() != asked:
            above = [row for row, cells in rows.items() if bottom < row < after.top and len(cells) > 1]
            starts.append(max([bottom, *above]) + 1)  # its title and unit belong to it
        asked, bottom = after.asks(), after.bottom
    if not starts:
        return [(rows, table)]
    parts = []
    for begin, end in zip([0, *starts], [*starts, max(rows) + 1]):
        part = {row: cells for row, cells in rows.items() if begin <= row < end}
        parts.append((part, find_table(part, year, begin - 1)))
    return parts


def _year_of(table: Table) -> int | None:
    """The year in the titles and the sheet name of a summary; None if there is none, or more than one."""
    named = {*table.named, first_year(plain(table.sheet), bare=True)} - {None}
    return named.pop() if len(named) == 1 else None


def _continued(earlier: Table, table: Table) -> set[str]:
    """The bases of an earlier summary, if this summary has other fields; else none."""
    if earlier.summary is None or earlier.summary.asks() & table.summary.asks():
        return set()
    return {seen(shown(line.name.value)) for line in earlier.lines if line.name}


def _rows(cells: list[Cell]) -> dict[int, list[Cell]]:
    rows: dict[int, list[Cell]] = {}
    row, held = -1, []
    for cell in cells:
        if cell.row != row:
            row = cell.row
            held = rows.setdefault(row, [])
        held.append(cell)
    return rows


def _forms_on(cells: list[Cell]) -> list[list[Cell]]:
    """Split the cells of a sheet with several forms, below or beside each other, at the labels 基地名称."""
    starts = sorted({cell.row for cell in _heads(cells)})[1:]
    parts: list[list[Cell]] = [[]]
    for cell in cells:
        if len(parts) <= len(starts) and cell.row >= starts[len(parts) - 1]:
            parts.append([])
        parts[-1].append(cell)
    return [beside for part in parts for beside in _beside_each_other(part)]


def _heads(cells: list[Cell]) -> list[Cell]:
    return [cell for cell in cells if isinstance(cell.value, str) and meaning_of(cell.value) == ("field", "base_name")]


def _beside_each_other(cells: list[Cell]) -> list[list[Cell]]:
    lefts = sorted({cell.column for cell in _heads(cells)})[1:]
    if not lefts:
        return [cells]
    parts: list[list[Cell]] = [[] for _ in range(len(lefts) + 1)]
    for cell in cells:
        parts[bisect_right(lefts, cell.column)].append(cell)
    return parts if all(len(sentences_in(part)) >= ENOUGH for part in parts) else [cells]


def _bases_in_columns(cells: list[Cell], header: Header) -> bool:
    """Whether a table is transposed: the questions in one column, and one column per base beside it."""
    name = header.base_name_cell
    beside = [at for at, cell in enumerate(cells) if name and cell.row == name.row and cell.column > name.column]
    if not beside or not header.used.isdisjoint(beside):
        return False
    asked = sentences_in([cell for cell in cells if cell.column < name.column])
    return len(asked) >= ENOUGH and not sentences_in([cell for cell in cells if cell.column >= name.column])
