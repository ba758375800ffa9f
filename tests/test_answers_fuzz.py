"""Forms with random answers and spellings, in every layout and format, are written as real files and read back."""

import csv
import tempfile
from pathlib import Path

import docx
import openpyxl
import xlsxwriter
from grids import NAME, sentences
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from spellings import forms

from ecanalysis.form.blank import write_template
from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.reading.answers import read_form
from ecanalysis.reading.cells import read_cells

seldom = settings(
    max_examples=20,
    phases=[Phase.generate],  # making 36 answers smaller one by one takes long; `check` names the field
)


def check(path, form, layout, year=2025):
    found = read_form(read_cells(path), year, path.name)
    assert (found.rejected, found.layout, found.base_names) == ("", layout, [NAME])
    read = {row[2]: row[5] if row[4] is None else row[4] for row in found.values if row[3] == year}
    said = {row[2]: row[4] for row in found.issues}
    answered = {row[2] for row in found.answered}
    for code, typed in form.items():
        outcome = read.get(code), said.get(code, ""), code in answered
        meant = typed.value is not None or typed.kind in ("conflict", "unreadable", "out_of_range")
        assert outcome == (typed.value, typed.kind, meant), (code, typed, outcome, path.name)
    assert not {*read, *said} - {*form}


def write_sheet(path, rows):
    if path.suffix == ".csv":
        with path.open("w", encoding="gb18030" if encodable(rows) else "utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
        return
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate(rows):
            for column, text in enumerate(line):
                sheet.write_string(row, column, text)


def encodable(rows):
    try:
        str(rows).encode("gb18030")
    except UnicodeEncodeError:
        return False
    return not any("\ue000" <= sign <= "\uf8ff" for line in rows for text in line for sign in text)


def write_document(path, rows):
    document = docx.Document()
    document.add_paragraph("附件6")
    table = document.add_table(rows=len(rows), cols=2)
    for row, line in enumerate(rows):
        for column, text in enumerate(line[:2]):
            table.cell(row, column).text = text
    document.save(str(path))


def put_in(code, form, around):
    """The form's sentence with the answers to its questions."""
    sentence = FIELDS[code].official_sentence(2025)
    for one in [other for other, field in FIELDS.items() if field.official_sentence(2025) == sentence]:
        text = form[one].text
        if FIELDS[one].numeric:
            blank = around.format(text) if text else "__________"
            unit = FIELDS[one].unit
            printed = "__________" + unit
            own = text.rstrip("。").rstrip()
            if any(own.endswith(end) for end in (unit, "元", "％") if end):  # the unit was typed over the printed one
                sentence = sentence.replace(printed, blank)
            else:
                sentence = sentence.replace("__________", blank)
        elif one == "C03_operator":
            sentence = sentence[: sentence.index("□政府")] + text + "。"
        else:
            sentence = sentence.replace("□是 □否", text.replace("□", "\0"), 1)
    return sentence.replace("\0", "□")


def official_rows(form, arranged, around):
    rows = [["国家电子商务示范基地经营服务情况报告表", ""], ["基地名称", NAME]]
    for title, codes in [(GROUPS[key], [c for c, f in FIELDS.items() if f.group == key]) for key in GROUPS] + [
        (FEATURES[key], [c for c, f in FIELDS.items() if f.feature == key]) for key in FEATURES
    ]:
        texts = [put_in(code, form, around) for code in codes if code in sentences()]
        if arranged == "one cell":
            rows.append([title, "\n".join(texts)])
        elif arranged == "rows":
            rows += [[title if at == 0 else "", text] for at, text in enumerate(texts)]
        elif arranged == "no numbers":
            rows += [["", text.split(".", 1)[1]] for text in texts]
        else:
            for text in texts:
                head, colon, tail = text.partition("：")
                rows += [["", head + colon], ["", tail]] if arranged == "two rows" else [["", head + colon, tail]]
    return [*rows, ["意见及建议", "希望组织开展电商培训 1,200 人次。"]]


arrangements = st.sampled_from(["one cell", "rows", "no numbers", "two rows", "two cells"])
blanks = st.sampled_from(["{}", " {} ", "___{}___", "＿＿{}"])


@seldom
@given(forms, arrangements, blanks, st.sampled_from([".xlsx", ".csv"]))
def test_official_form_in_a_workbook_or_csv(form, arranged, around, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"一{suffix}"
        write_sheet(path, official_rows(form, arranged, around))
        check(path, form, "official")


@settings(seldom, max_examples=8)  # writing documents is slow
@given(forms, st.sampled_from(["one cell", "rows", "no numbers", "two rows"]), blanks)
def test_official_form_as_a_document(form, arranged, around):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "一.docx"
        write_document(path, official_rows(form, arranged, around))
        check(path, form, "official")


@seldom
@given(forms)
def test_template(form):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "一.xlsx"
        write_template(
            path, 2025, {(code, 2025): typed.text for code, typed in form.items() if typed.text}, {"base_name": NAME}
        )
        check(path, form, "form")


@settings(seldom, max_examples=8)
@given(forms)
def test_template_saved_as_csv(form):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "一.csv"
        typed = {(code, 2025): typed.text for code, typed in form.items() if typed.text}
        write_template(path.with_suffix(".xlsx"), 2025, typed, {"base_name": NAME})
        sheet = openpyxl.load_workbook(path.with_suffix(".xlsx")).worksheets[0]
        write_sheet(path, [[value or "" for value in row] for row in sheet.iter_rows(values_only=True)])
        check(path, form, "form")


@seldom
@given(forms, st.sampled_from(["code", "name", "label"]), st.sampled_from([".xlsx", ".csv"]))
def test_summary(form, naming, suffix):
    labels = [f"{field.label}（{field.unit}）" if field.unit else field.label for field in FIELDS.values()]
    heads = {"code": [*FIELDS], "name": [field.name for field in FIELDS.values()], "label": labels}[naming]
    rows = [
        ["2025年汇总表"],
        ["序号", "基地名称", *heads, "备注"],
        ["1", NAME, *(form[code].text for code in FIELDS), ""],
        ["合计"],
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"一{suffix}"
        write_sheet(path, rows)
        check(path, form, "summary")
