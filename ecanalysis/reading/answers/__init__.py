"""Cells -> answers: which cell or sentence answers which field, in whatever layout a province sends.

    form       the template's own table: a row an indicator                      columns.py
    official   the form as printed: answers stand inside the sentences           sentences.py
    summary    a province's table: a row a base                                  summary.py

Everything is found by its words (labels.py, indicators.py), never by its address. What was typed becomes a value in
`values`; what a person typed wrongly becomes a row of `issues`, never an exception.
"""

import re
from dataclasses import dataclass, field

from ecanalysis.reading.answers.gathering import Place, Rows, gather, issue_row
from ecanalysis.reading.answers.header import PERSON_KEYS
from ecanalysis.reading.answers.parts import MOST_CELLS, Form, Table, forms_of, tables_of
from ecanalysis.reading.answers.summary import read_lines
from ecanalysis.reading.answers.years import main_year
from ecanalysis.reading.cells import Book, address
from ecanalysis.reading.spelling import seen
from ecanalysis.reading.values import shown

NO_FORM = "未找到报告表的内容：应为{year}年报告表（或省级汇总表），请使用统一模板填写后重新报送"
TOO_LARGE = "工作表“{sheet}”的内容超过{most}个单元格，未找到报告表，请只保留报告表后重新报送"
NO_NAME = "未找到基地名称：“基地名称”一栏应填写基地全称，请补填后重新报送"
OTHER_YEAR = "所标年份多为{named}年：应为{year}年的数据，请按{year}年报告表重新填报"
HELD = ("department", "address", "suggestions", "review_opinion", "review_date")
STRUCK_OUT = "〔联系方式〕"
_CONTACT = re.compile(
    r"[a-zA-Z0-9_.+-]+@[\w-]+(?:\.[a-zA-Z0-9_-]+)+|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"
)


@dataclass(slots=True)
class Read:
    """What stands in one file: rows (tuples in the order of the tables' columns) and what they came from.

    A row of `forms` has one column more than the table `bases`: whether the form has a place for the province's
    opinion. `base_names` has one name for each row of `forms`. `rejected` is "" or says in Chinese why nothing is
    taken from the file; then only `issues` holds rows.
    """

    layout: str = ""
    base_names: list[str] = field(default_factory=list)
    rejected: str = ""
    values: list[tuple] = field(default_factory=list)
    issues: list[tuple] = field(default_factory=list)
    answered: list[tuple] = field(default_factory=list)
    forms: list[tuple] = field(default_factory=list)
    contacts: list[tuple] = field(default_factory=list)


def read_form(book: Book, year: int, file: str) -> Read:
    """Read what a submitted file holds for a round's reporting year; `file` is its name in the tables."""
    tables = tables_of(book, year)
    forms = forms_of(tables, year)
    read = Read(layout=next((table.layout for table in tables if table.layout), ""))
    if not read.layout:
        large = next((sheet.name for sheet in book.sheets if len(sheet.cells) > MOST_CELLS), None)
        read.rejected = NO_FORM.format(year=year) if large is None else TOO_LARGE.format(sheet=large, most=MOST_CELLS)
        return read
    named = [one for table in tables for one in table.named] or [one for table in tables for one in table.headed]
    if (most := main_year(named, year)) != year:
        names = [form.name for form in forms if form.name]
        read.base_names = names
        read.rejected = OTHER_YEAR.format(named=most, year=year)
        place = Place(file, ";".join(names), "")
        read.issues.append(issue_row(place, "", ("error", "wrong_year", read.rejected), "", ""))
        return read
    rows = Rows(read.values, read.issues, read.answered)
    for form in forms:
        _read_one(form, file, year, read, rows)
    for table in tables:
        if table.summary:
            _read_summary(table, file, year, read, rows)
    if not read.forms:
        return Read(layout=read.layout, rejected=NO_NAME)
    read.base_names = [row[1] for row in read.forms]
    return _without_people(read)


def _read_one(form: Form, file: str, year: int, read: Read, rows: Rows) -> None:
    own = rows if form.name else Rows([], [], [])
    for sheet, answers, unknown in form.parts:
        place = Place(file, form.name, sheet)
        gather(answers, place, year, own)
        for cell in unknown:
            fault = ("warning", "unknown_row", "此行的指标名称与报告表不符，所填内容未采用，请按报告表的指标名称填写")
            own.issues.append(issue_row(place, "", fault, "", address(cell.row, cell.column)))
    if form.name:
        _keep(read, file, form.name, form.fields, form.contacts, form.asks_opinion)
    elif own.answered:
        place = Place(file, "", form.parts[0][0])
        fault = ("error", "no_base_name", f"{place.sheet}：应填写基地名称，实为空白，本表内容未采用")
        rows.issues.append(issue_row(place, "", fault, "", ""))


def _read_summary(table: Table, file: str, year: int, read: Read, rows: Rows) -> None:
    sheet = table.sheet
    for column in table.summary.columns.values():
        if column.kind == "unknown":
            heading = seen(str(column.cell.value))
            stood = f"实为“{heading}”" if heading else "实为空白"
            detail = f"表头应写明指标名称、代码或报告表原文，{stood}，无法确定是哪项指标，该列未采用"
            where = address(column.cell.row, column.cell.column)
            rows.issues.append(
                issue_row(Place(file, "", sheet), "", ("error", "unknown_column", detail), heading, where)
            )
    for line in read_lines(table.rows, table.summary):
        name = seen(shown(line.name.value)) if line.name else ""
        place = Place(file, name, sheet)
        if not name:
            fault = ("error", "no_base_name", "应填写基地名称，实为空白，本行内容未采用")
            rows.issues.append(issue_row(place, "", fault, "", address(line.first.row, line.first.column)))
            continue
        gather(line.answers, place, year, rows)
        if name not in table.continues:
            fields = {key: shown(value) for key, value in line.fields.items()}
            people = {role: {key: shown(value) for key, value in said.items()} for role, said in line.contacts.items()}
            _keep(read, file, name, fields, people, False)


def _keep(read: Read, file: str, name: str, fields: dict, contacts: dict, asks_opinion: bool) -> None:
    read.forms.append((file, name, *(fields.get(key, "") for key in HELD), asks_opinion))
    for role in ("主要负责人", "联系人"):
        if person := contacts.get(role):
            read.contacts.append((file, name, role, *(seen(person.get(key, "")) for key in PERSON_KEYS)))


def _without_people(read: Read) -> Read:
    """Take names, telephone numbers and addresses of contacts out of what other tables hold.

    What was quoted is left out as a whole; in free text the names, numbers and addresses are struck out, and what
    looks like a mobile number or an e-mail address, though it is no contact's.
    """
    secrets = {part for row in read.contacts for part in (row[3], *row[5:]) if len(part) > 1}
    said = "\n".join([row[7] for row in read.values] + [f"{row[5]}\n{row[6]}" for row in read.issues])
    if told := [secret for secret in secrets if secret in said]:
        for at, row in enumerate(read.values):
            if any(secret in row[7] for secret in told):
                read.values[at] = (*row[:5], _struck_out(row[5], set(told)), row[6], "", *row[8:])
    for at, row in enumerate(read.issues):
        if (row[4] in ("unreadable", "conflict") and _CONTACT.search(row[6])) or any(
            secret in row[5] or secret in row[6] for secret in told
        ):
            read.issues[at] = (*row[:5], row[5].split("实为")[0] + "实为联系人信息", "", *row[7:])
    people = {part for row in read.contacts for part in row[5:] if len(part) > 5}
    people |= {row[3] for row in read.contacts if len(row[3]) > 1}
    for at, row in enumerate(read.forms):
        read.forms[at] = (*row[:2], *(_struck_out(text, people) for text in row[2:6]), *row[6:])
    return read


def _struck_out(text: str, people: set[str]) -> str:
    for part in sorted(people, key=len, reverse=True):
        text = text.replace(part, STRUCK_OUT)
    return _CONTACT.sub(STRUCK_OUT, text)
