"""The blank form: what it looks like to a base, and that what is filled in is read back exactly."""

import datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecanalysis.form.blank import ROLES, Typed, printed, write_template
from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS, OPERATORS, TITLE
from ecanalysis.reading.answers import read_form
from ecanalysis.reading.cells import read_cells

YEAR = 2025
PERSON = {
    "name": "示例负责人",
    "title": "主任",
    "office_phone": "000-0000 0000",
    "mobile": "000 0000 0000",
    "wechat": "shili-000",
    "email": "shili@example.invalid",
}
FORM = {
    "base_name": "示例·杭州数字贸易产业园",
    "department": "浙江省商务厅",
    "address": "示例市示例区示例路1号，规划面积约1平方公里",
    "suggestions": "建议加强电商人才培训。",
    "review_opinion": "经审核，情况属实，同意报送。",
    "review_date": datetime.date(2026, 6, 18),
    **dict.fromkeys(ROLES, PERSON),
}


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "blank.xlsx"
    write_template(path, YEAR)
    return openpyxl.load_workbook(path)


def rows_of(sheet):
    """The row of every field, by code, found by the words of the 指标 column."""
    by_text = {cell.value: cell.row for cell in sheet["B"] if cell.value}
    return {code: by_text[printed(field, YEAR)] for code, field in FIELDS.items()}


def test_the_words_are_the_official_ones(blank):
    sheet = blank["报告表"]
    words = [cell.value for row in sheet for cell in row if isinstance(cell.value, str)]
    assert sheet["A1"].value == TITLE
    for label in ("基地名称", "地址与\n范围", "序号", "指标", "单位", "报告期（2025年）", "基期（2024年）", "备注",
                  "一、综合指标", *GROUPS.values(), *FEATURES.values()):  # fmt: skip
        assert words.count(label) == 1, label
    for label in ("姓名", "职务", "工作电话", "手机", "微信", "电子邮件"):
        assert words.count(label) == 2, label
    for code, field in FIELDS.items():
        if field.type != "choice":  # the operator has no sentence of its own
            sentence = field.official_sentence(YEAR).split(".", 1)[1]
            start = printed(field, YEAR).split("：")[0].removesuffix("人员")
            assert sentence.startswith(start), code


def test_every_field_has_a_row_with_its_unit(blank):
    sheet, rows = blank["报告表"], rows_of(blank["报告表"])
    assert len(set(rows.values())) == len(FIELDS) == 36
    assert list(rows.values()) == sorted(rows.values())
    assert {code: sheet.cell(row, 6).value for code, row in rows.items() if FIELDS[code].numeric} == {
        code: field.unit for code, field in FIELDS.items() if field.numeric
    }


def test_only_the_cells_to_fill_in_are_unlocked(blank):
    sheet, rows = blank["报告表"], rows_of(blank["报告表"])
    assert sheet.protection.sheet
    assert not sheet.protection.password
    for code, row in rows.items():
        assert not sheet.cell(row, 7).protection.locked, code
        assert sheet.cell(row, 8).protection.locked != FIELDS[code].numeric, code
        assert all(sheet.cell(row, column).protection.locked for column in (1, 2, 6)), code
    for address in ("C3", "B3", "C6", "E6", "G6", "C7", "E7", "G7"):
        assert not sheet[address].protection.locked or sheet[address].value, address


def test_every_answer_is_validated_with_a_message_in_chinese(blank):
    sheet, rows = blank["报告表"], rows_of(blank["报告表"])
    rules = {str(cells): rule for rule in sheet.data_validations.dataValidation for cells in rule.sqref}
    for code, field in FIELDS.items():
        columns = "GH" if field.numeric else "G"
        for column in columns:
            rule = rules[f"{column}{rows[code]}"]
            expected = {"yes_no": "list", "choice": "list", "count": "whole"}.get(field.type, "decimal")
            assert rule.type == expected, code
            assert rule.prompt and rule.error and len(rule.error) <= 255 and len(rule.promptTitle) <= 32
            if field.type == "yes_no":
                assert rule.formula1 == '"是,否"'
            elif field.type == "choice":
                assert rule.formula1 == f'"{",".join(OPERATORS)}"'
                assert rule.errorStyle == "warning"  # 其他：×× may be typed
            else:
                assert float(rule.formula1) == field.low
                assert field.high is None or float(rule.formula2) == field.high


def test_it_prints_on_a4(blank):
    for sheet in blank:
        assert sheet.page_setup.paperSize == "9" or sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    sheet = blank["报告表"]
    heading = next(cell.row for cell in sheet["A"] if cell.value == "序号")
    assert sheet.print_title_rows == f"${heading}:${heading}"
    assert "第 &P 页" in sheet.oddFooter.center.text
    assert sheet.freeze_panes == "A3"


def test_a_percent_may_be_typed_as_one(blank):
    # A spreadsheet turns a typed 15.6% into a percent cell only where the format is General.
    sheet, rows = blank["报告表"], rows_of(blank["报告表"])
    percents = [code for code, field in FIELDS.items() if field.type == "percent"]
    assert {sheet.cell(rows[code], 7).number_format for code in percents} == {"General"}


@pytest.mark.parametrize("year", [2025, 2027])
def test_the_guide_and_headings_name_the_years(tmp_path, year):
    write_template(tmp_path / "form.xlsx", year)
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    text = "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row if cell.value)
    assert f"报告期（{year}年）" in text and f"基期（{year - 1}年）" in text
    assert f"填{year}年（或截至{year}年底）" in text
    assert f"10.{year}" not in text and f"{year}-{year + 1}年，基地是否发生过重特大突发事故" in text
    assert "{" not in text


def test_the_same_answers_give_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_template(tmp_path / name, YEAR, {("C04", YEAR): 1200.0}, FORM)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def read(path):
    return read_form(read_cells(path), YEAR, path.name)


def test_a_blank_form_holds_no_answer(tmp_path):
    write_template(tmp_path / "form.xlsx", YEAR, particulars={"base_name": FORM["base_name"]})
    found = read(tmp_path / "form.xlsx")
    assert (found.layout, found.rejected, found.base_names) == ("form", "", [FORM["base_name"]])
    assert (list(found.values), list(found.answered)) == ([], [])


def test_the_rest_of_the_form_is_read_back(tmp_path):
    write_template(tmp_path / "form.xlsx", YEAR, particulars=FORM)
    found = read(tmp_path / "form.xlsx")
    assert [tuple(form[:7]) for form in found.bases] == [
        ("form.xlsx", FORM["base_name"], FORM["department"], FORM["address"], FORM["suggestions"],
         FORM["review_opinion"], "2026-06-18")
    ]  # fmt: skip
    assert [tuple(contact) for contact in found.contacts] == [
        ("form.xlsx", FORM["base_name"], role, *PERSON.values()) for role in ROLES
    ]


def test_text_is_never_a_formula(tmp_path):
    write_template(tmp_path / "form.xlsx", YEAR, {("C04", YEAR): "=1+1"}, FORM | {"address": "=1+1"})
    sheet = openpyxl.load_workbook(tmp_path / "form.xlsx")["报告表"]
    assert {cell.data_type for row in sheet for cell in row if cell.value == "=1+1"} <= {"s"}


def answer_to(field):
    """Any answer that the form takes for a field, as it is typed and as it is to be read."""
    if field.type == "yes_no":
        return st.sampled_from([1.0, 0.0])
    if field.type == "choice":
        return st.sampled_from([*OPERATORS, "其他:行业协会"])
    if field.type == "count":
        return st.integers(0, 10**12).map(float)
    high = 1e6 if field.high is None else field.high
    return st.floats(field.low, high, allow_nan=False).map(lambda value: round(value, 4) + 0.0)


@st.composite
def filled_in(draw):
    """Answers by code and year, any of them left out."""
    cells = [(code, YEAR) for code in FIELDS] + [(code, YEAR - 1) for code, field in FIELDS.items() if field.numeric]
    chosen = draw(st.sets(st.sampled_from(cells), max_size=len(cells)))
    return {(code, at): draw(answer_to(FIELDS[code])) for code, at in sorted(chosen)}


@settings(max_examples=60)
@given(answers=filled_in())
def test_what_is_filled_in_is_read_back_exactly(tmp_path_factory, answers):
    path = tmp_path_factory.mktemp("filled") / "form.xlsx"
    write_template(path, YEAR, answers, FORM)
    found = read(path)
    values = {(code, at): text or value for _, _, code, at, value, text, *_ in found.values}
    assert values == answers
    assert {code for _, _, code, *_ in found.answered} == {code for code, at in answers if at == YEAR}
    assert {kind for _, _, _, severity, kind, *_ in found.issues if severity == "error"} == set()


@pytest.mark.parametrize("shown", ["0%", "0.0%", "0.00%"])
def test_a_percent_cell_is_read_as_percent(tmp_path, shown):
    write_template(tmp_path / "form.xlsx", YEAR, {("C08", YEAR): Typed(0.156, shown)}, FORM)
    assert [row[4] for row in read(tmp_path / "form.xlsx").values] == [15.6]


def test_an_edited_unit_stands_in_the_unit_cell(tmp_path):
    write_template(tmp_path / "form.xlsx", YEAR, {("C16", YEAR): 12.5}, FORM, units={"C16": "万件"})
    found = read(tmp_path / "form.xlsx")
    assert [row[4] for row in found.values] == [125000.0]
    assert [row[4] for row in found.issues] == ["unit_converted"]
