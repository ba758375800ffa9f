"""Cells -> answers: which cell or sentence answers which field, in any of three layouts.

    parts, header, labels                    sheets -> tables -> forms, one per base; the header block, by its labels
    columns                                  layout `form`: the template's table, one row per indicator
    finding, sentences, counts, questions    layout `official`: the form as printed, with answers inside its sentences
    summary_header, headings, summary        layout `summary`: a province's table, one row per base
    words                                    which field a label, sentence or heading names
    beside                                   objects on a sheet, and sheets that are not read -> issues
    gathering                                answers -> rows of `values`, `issues` and `answered`

Everything is found by its words, never by its address; mistakes become rows of `issues`, never exceptions.
"""

import re

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers.beside import INSERTED, codes_at, hidden_sheet, object_issues, unread_sheet
from ecanalysis.reading.answers.gathering import Place, gather, habit_in, issue_row, left_overs
from ecanalysis.reading.answers.parts import IGNORED_SHEETS, MOST_CELLS, Form, Table, forms_of, sheets_of, tables_of
from ecanalysis.reading.answers.words import main_year
from ecanalysis.reading.cells import Book, Sheet, address
from ecanalysis.reading.people import (
    FEWEST_DIGITS,
    holds_contacts,
    looks_like_mobile,
    name_alone,
    secrets_of,
    struck_out,
)
from ecanalysis.reading.rows import Base, Contact, Issue, Reading, Value
from ecanalysis.reading.spelling import seen, squeezed
from ecanalysis.reading.values import quoted, shown

NO_FORM = "未找到报告表的内容：应为{year}年报告表（或省级汇总表），请使用统一模板填写后重新报送"
PICTURED_FORM = (
    "未找到{year}年报告表的文字，文件中有图片：报告表以图片（扫描件）放在文件里的不读取，"
    "请另存为 PDF 或图片（.jpg、.png）报送，或用统一模板填写"
)
TOO_LARGE = "工作表“{sheet}”的内容超过{most}个单元格，未找到报告表，请只保留报告表后重新报送"
NO_NAME = (
    "未找到基地名称：“基地名称”一栏应填写基地全称，请补填后重新报送；"
    "每个基地单独填一张表（或用汇总表，一个基地一行），几个基地并列在一张表中的请拆开"
)
OTHER_YEAR = "所标年份多为{named}年：应为{year}年的数据，请按{year}年报告表重新填报"
INSERTED_FORM = (
    "文档中没有可以直接读取的报告表，只有插入（嵌入）的文件或对象："
    "请打开其中的内容，复制到文档正文后另存，或单独报送该文件"
)
HIDDEN_FORM = "报告表所在的工作表是隐藏的，未采用：请取消隐藏后重新报送"
HELD = ("department", "address", "suggestions", "review_opinion", "review_date")
# Values in these units may have eleven digits; counts of people and enterprises cannot.
_HOLD_ELEVEN_DIGITS = ("件", "亿元")
_LEAST = 10 ** (FEWEST_DIGITS - 1)  # the smallest number that may be a telephone number
_PLAIN = re.compile(r"[\d,.\s]+")  # only a number


def read_form(book: Book, year: int, file: str) -> Reading:
    """Read the forms in a file for a reporting year; `file` is its name in the tables.

    Returns a reading without contact data outside `contacts`. If no form is found, or the file is for another year,
    `rejected` says so.
    """
    sheets, explaining, hidden = sheets_of(book)
    tables = tables_of(sheets, year)
    forms = forms_of(tables)
    reading = Reading(layout=next((table.layout for table in tables if table.layout), ""))
    if not reading.layout:
        reading.rejected = _why_no_form(book, hidden, year)
        return reading
    named = [one for table in tables for one in table.named] or [one for table in tables for one in table.headed]
    if (most := main_year(named, year)) != year:
        names = [form.name for form in forms if form.name]
        place = Place(file, ";".join(names), "")
        reading.rejected, reading.base_names = OTHER_YEAR.format(named=most, year=year), names
        reading.issues.append(issue_row(place, "", ("error", "wrong_year", reading.rejected), "", ""))
        return reading
    place = Place(file, "", "", habit_in(answer for table in tables for answer in table.answers))
    for form in forms:
        _read_one(form, place, year, reading)
    for table in tables:
        if table.summary:
            _read_summary(table, place._replace(sheet=table.sheet), year, reading)
        elif not any(table is held for form in forms for held in form.tables):
            reading.issues += left_overs(table.left, place._replace(sheet=table.sheet))
    if not reading.bases:
        return Reading(layout=reading.layout, rejected=NO_NAME)
    large = [sheet for sheet in sheets if not any(table.sheet == sheet.name for table in tables)]
    for sheet in (*explaining, *large):
        reading.issues += unread_sheet(sheet, place)
    for sheet in hidden:
        held = tables_of([sheet], year)
        names = [table.header.fields["base_name"] for table in held if table.header.fields.get("base_name")]
        if names or any(table.layout for table in held) or squeezed(sheet.name) not in IGNORED_SHEETS:
            reading.issues.append(hidden_sheet(sheet, names, place))
    reading.base_names = [base.base_name for base in reading.bases]
    return _without_people(reading)


def _why_no_form(book: Book, hidden: list[Sheet], year: int) -> str:
    if any(one.kind in INSERTED for sheet in book.sheets for one in sheet.objects):
        return INSERTED_FORM
    if any(table.layout for table in tables_of(hidden, year)):
        return HIDDEN_FORM
    if any(one.kind == "picture" for sheet in book.sheets for one in sheet.objects):
        return PICTURED_FORM.format(year=year)
    large = next((sheet.name for sheet in book.sheets if len(sheet.cells) > MOST_CELLS), None)
    return NO_FORM.format(year=year) if large is None else TOO_LARGE.format(sheet=large, most=MOST_CELLS)


def _read_one(form: Form, place: Place, year: int, reading: Reading) -> None:
    own = reading if form.name else Reading()
    for table in form.tables:
        here = place._replace(base_name=form.name, sheet=table.sheet)
        gather(table.answers, here, year, own)
        for cell in table.unknown:
            fault = ("warning", "unknown_row", "此行的指标名称与报告表不符，所填内容未采用，请按报告表的指标名称填写")
            own.issues.append(issue_row(here, "", fault, "", address(cell.row, cell.column)))
        own.issues += left_overs(table.left, here)
    answered = {row.code for row in own.answered if row.base_name == form.name}
    for table in form.tables:
        lying = [(one, codes_at(one, table.codes, table.asked_in)) for one in table.objects]
        own.issues += object_issues(lying, answered, place._replace(base_name=form.name, sheet=table.sheet))
    if form.name:
        for code in form.missing():
            fault = ("warning", "sentence_missing", "未找到报告表中的这一句，请核对是否被删除或改写")
            own.issues.append(issue_row(place._replace(base_name=form.name), code, fault, "", ""))
        _keep(reading, place.file, form.name, form.fields, form.contacts, form.asks_opinion)
    elif own.answered:
        sheet = form.tables[0].sheet
        fault = ("error", "no_base_name", f"{sheet}：应填写基地名称，实为空白，本表内容未采用")
        reading.issues.append(issue_row(place._replace(sheet=sheet), "", fault, "", ""))


def _read_summary(table: Table, place: Place, year: int, reading: Reading) -> None:
    for column in table.summary.columns.values():
        if column.kind == "unknown":
            heading = seen(str(column.cell.value))
            stood = f"实为“{heading}”" if heading else "实为空白"
            detail = f"表头应写明指标名称、代码或报告表原文，{stood}，无法确定是哪项指标，该列未采用"
            if same := table.summary.same_as(column):
                others = "、".join(f"{address(one.row, one.column)}{quoted(shown(one.value))}" for one in same)
                detail = (
                    f"一项指标一年应只有一列，{stood}，与{others}重复，该列未采用，请只保留一列，或在表头分别标明年份"
                )
            where = address(column.cell.row, column.cell.column)
            reading.issues.append(issue_row(place, "", ("error", "unknown_column", detail), heading, where))
    reading.issues += left_overs(table.left, place)
    for line in table.lines:
        name = seen(shown(line.name.value)) if line.name else ""
        here = place._replace(base_name=name)
        if not name:
            fault = ("error", "no_base_name", "应填写基地名称，实为空白，本行内容未采用")
            reading.issues.append(issue_row(here, "", fault, "", address(line.first.row, line.first.column)))
            continue
        gather(line.answers, here, year, reading)
        lying = [(one, table.summary.codes_at(one.column)) for one in table.objects if one.row == line.first.row]
        answered = {row.code for row in reading.answered if row.base_name == name}
        reading.issues += object_issues(lying, answered, here)
        if name not in table.continues:
            fields = {key: shown(value) for key, value in line.fields.items()}
            people = {role: {key: shown(value) for key, value in said.items()} for role, said in line.contacts.items()}
            _keep(reading, place.file, name, fields, people, False)
    rows = {line.first.row for line in table.lines}
    reading.issues += object_issues([(one, []) for one in table.objects if one.row not in rows], set(), place)


def _keep(reading: Reading, file: str, name: str, fields: dict, contacts: dict, asks_opinion: bool) -> None:
    reading.bases.append(Base(file, name, asks_opinion=asks_opinion, **{key: fields.get(key, "") for key in HELD}))
    for role in ("主要负责人", "联系人"):
        if person := contacts.get(role):
            reading.contacts.append(Contact(file, name, role, **{key: seen(said) for key, said in person.items()}))


def _without_people(reading: Reading) -> Reading:
    """Remove contact data from all rows but those of `contacts`.

    A telephone number typed as a value becomes an issue. In the name of a base contact data is deleted, elsewhere
    replaced by `〔联系方式〕`.
    """
    secrets = secrets_of(reading.contacts, [part for one in reading.bases for part in (one.base_name, one.department)])
    names = {row.base_name for row in (*reading.bases, *reading.issues)}
    names = {name: alone for name in names if (alone := name_alone(name, secrets)) != name}

    sheets = {row.sheet for row in (*reading.values, *reading.issues, *reading.answered)}
    sheets = {name: clean for name in sheets if (clean := struck_out(name, secrets)) != name}

    def clean(row, *columns: str, shapes: bool = True):
        texts = {key: text for key in columns if (text := getattr(row, key)) and holds_contacts(text, secrets)}
        if not (texts or sheets or names):  # most rows
            return row
        changed = {key: struck_out(text, secrets, shapes) for key, text in texts.items()}
        if getattr(row, "sheet", "") in sheets:
            changed["sheet"] = sheets[row.sheet]
        if row.base_name in names:
            changed["base_name"] = names[row.base_name]
        return row._replace(**changed) if changed else row

    short = {digits for number in secrets.numbers if len(digits := number.lstrip("0")) >= FEWEST_DIGITS}
    refused = [row for row in reading.values if (row.value or 0) >= _LEAST and _is_telephone(row, short)]
    reading.issues += [_no_answer(row) for row in refused]
    reading.values = [
        clean(row, "text", "raw", shapes=not _PLAIN.fullmatch(row.raw)) for row in reading.values if row not in refused
    ]
    reading.issues = [clean(row, "message", "raw") for row in reading.issues]
    reading.answered = [clean(row) for row in reading.answered] if sheets or names else reading.answered
    reading.bases = [clean(row, "department", "address", "suggestions", "review_opinion") for row in reading.bases]
    reading.contacts = [clean(row) for row in reading.contacts]
    reading.base_names = [names.get(name, name) for name in reading.base_names]
    return reading


def _is_telephone(row: Value, numbers: set[str]) -> bool:
    if row.value != int(row.value):
        return False
    if f"{row.value:.0f}" in numbers:
        return True
    return FIELDS[row.code].unit not in _HOLD_ELEVEN_DIGITS and looks_like_mobile(int(row.value))


def _no_answer(row: Value) -> Issue:
    place = Place(row.file, row.base_name, row.sheet)
    fault = ("error", "unreadable", f"应为{FIELDS[row.code].unit}数，实为电话号码")
    return issue_row(place, row.code, fault, "", row.cell)
