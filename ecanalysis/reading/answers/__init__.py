"""Cells -> answers: which cell or sentence answers which field, in whatever layout a province sends.

    form       the template's own table: a row an indicator                      columns.py
    official   the form as printed: answers stand inside the sentences           sentences.py
    summary    a province's table: a row a base                                  summary.py

Everything is found by its words (labels.py, words.py), never by its address. What was typed becomes a value in
`values`; what a person typed wrongly becomes a row of `issues`, never an exception.
"""

import re

from ecanalysis.reading.answers.gathering import Place, gather, issue_row
from ecanalysis.reading.answers.parts import MOST_CELLS, Form, Table, forms_of, tables_of
from ecanalysis.reading.answers.summary import read_lines
from ecanalysis.reading.answers.years import main_year
from ecanalysis.reading.cells import Book, address
from ecanalysis.reading.rows import Base, Contact, Issue, Reading
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


def read_form(book: Book, year: int, file: str) -> Reading:
    """Read what a submitted file holds for a round's reporting year; `file` is its name in the tables."""
    tables = tables_of(book, year)
    forms = forms_of(tables, year)
    reading = Reading(layout=next((table.layout for table in tables if table.layout), ""))
    if not reading.layout:
        large = next((sheet.name for sheet in book.sheets if len(sheet.cells) > MOST_CELLS), None)
        reading.rejected = (
            NO_FORM.format(year=year) if large is None else TOO_LARGE.format(sheet=large, most=MOST_CELLS)
        )
        return reading
    named = [one for table in tables for one in table.named] or [one for table in tables for one in table.headed]
    if (most := main_year(named, year)) != year:
        names = [form.name for form in forms if form.name]
        place = Place(file, ";".join(names), "")
        reading.rejected, reading.base_names = OTHER_YEAR.format(named=most, year=year), names
        reading.issues.append(issue_row(place, "", ("error", "wrong_year", reading.rejected), "", ""))
        return reading
    for form in forms:
        _read_one(form, file, year, reading)
    for table in tables:
        if table.summary:
            _read_summary(table, file, year, reading)
    if not reading.bases:
        return Reading(layout=reading.layout, rejected=NO_NAME)
    reading.base_names = [base.base_name for base in reading.bases]
    return _without_people(reading)


def _read_one(form: Form, file: str, year: int, reading: Reading) -> None:
    own = reading if form.name else Reading()
    for sheet, answers, unknown in form.parts:
        place = Place(file, form.name, sheet)
        gather(answers, place, year, own)
        for cell in unknown:
            fault = ("warning", "unknown_row", "此行的指标名称与报告表不符，所填内容未采用，请按报告表的指标名称填写")
            own.issues.append(issue_row(place, "", fault, "", address(cell.row, cell.column)))
    if form.name:
        _keep(reading, file, form.name, form.fields, form.contacts, form.asks_opinion)
    elif own.answered:
        place = Place(file, "", form.parts[0][0])
        fault = ("error", "no_base_name", f"{place.sheet}：应填写基地名称，实为空白，本表内容未采用")
        reading.issues.append(issue_row(place, "", fault, "", ""))


def _read_summary(table: Table, file: str, year: int, reading: Reading) -> None:
    sheet = table.sheet
    for column in table.summary.columns.values():
        if column.kind == "unknown":
            heading = seen(str(column.cell.value))
            stood = f"实为“{heading}”" if heading else "实为空白"
            detail = f"表头应写明指标名称、代码或报告表原文，{stood}，无法确定是哪项指标，该列未采用"
            where = address(column.cell.row, column.cell.column)
            fault = ("error", "unknown_column", detail)
            reading.issues.append(issue_row(Place(file, "", sheet), "", fault, heading, where))
    for line in read_lines(table.rows, table.summary):
        name = seen(shown(line.name.value)) if line.name else ""
        place = Place(file, name, sheet)
        if not name:
            fault = ("error", "no_base_name", "应填写基地名称，实为空白，本行内容未采用")
            reading.issues.append(issue_row(place, "", fault, "", address(line.first.row, line.first.column)))
            continue
        gather(line.answers, place, year, reading)
        if name not in table.continues:
            fields = {key: shown(value) for key, value in line.fields.items()}
            people = {role: {key: shown(value) for key, value in said.items()} for role, said in line.contacts.items()}
            _keep(reading, file, name, fields, people, False)


def _keep(reading: Reading, file: str, name: str, fields: dict, contacts: dict, asks_opinion: bool) -> None:
    reading.bases.append(Base(file, name, asks_opinion=asks_opinion, **{key: fields.get(key, "") for key in HELD}))
    for role in ("主要负责人", "联系人"):
        if person := contacts.get(role):
            reading.contacts.append(Contact(file, name, role, **{key: seen(said) for key, said in person.items()}))


def _without_people(reading: Reading) -> Reading:
    """Take names, telephone numbers and addresses of contacts out of what other tables hold.

    What was quoted is left out as a whole; in free text the names, numbers and addresses are struck out, and what
    looks like a mobile number or an e-mail address, though it is no contact's.
    """
    told = [(one.name, one.office_phone, one.mobile, one.wechat, one.email) for one in reading.contacts]
    secrets = {part for parts in told for part in parts if len(part) > 1}
    said = "\n".join([row.raw for row in reading.values] + [f"{row.message}\n{row.raw}" for row in reading.issues])
    found = {secret for secret in secrets if secret in said}
    reading.values = [
        row._replace(text=_struck_out(row.text, found), raw="") if any(one in row.raw for one in found) else row
        for row in reading.values
    ]
    reading.issues = [_unquoted(row) if _quotes_people(row, found) else row for row in reading.issues]
    people = {part for parts in told for at, part in enumerate(parts) if len(part) > (5 if at else 1)}
    reading.bases = [
        base._replace(**{key: _struck_out(getattr(base, key), people) for key in HELD if key != "review_date"})
        for base in reading.bases
    ]
    return reading


def _quotes_people(row: Issue, found: set[str]) -> bool:
    looks = row.kind in ("unreadable", "conflict") and _CONTACT.search(row.raw)
    return bool(looks) or any(secret in row.message or secret in row.raw for secret in found)


def _unquoted(row: Issue) -> Issue:
    return row._replace(message=row.message.split("实为")[0] + "实为联系人信息", raw="")


def _struck_out(text: str, people: set[str]) -> str:
    for part in sorted(people, key=len, reverse=True):
        text = text.replace(part, STRUCK_OUT)
    return _CONTACT.sub(STRUCK_OUT, text)
