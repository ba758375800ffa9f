"""The law: what is typed anywhere in a form filled in well is read, or named by an issue; such a form names nothing."""

import re

import pytest
import xlwt
from grids import NAME, cells_of, official, read_back, sentences
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from ecanalysis.form.blank import write_template
from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers import read_form
from ecanalysis.reading.cells import Book, Cell, Object, Sheet, read_cells

YEAR = 2025
LAW = {"unaccounted", "unread_object", "sentence_missing", "hidden_sheet", "merged_years"}
TYPED = st.one_of(
    st.sampled_from(
        ["1200", "1200人次", "是", "√", "☑是", "520个", "其中线上800", "见附件", "民营企业", "2024年900", "3.5%", "无"]
    ),
    st.text("甲乙丙丁戊己庚辛壬癸13456789abc", min_size=2, max_size=8),
)


def filled(sentence):
    sentence = sentence.replace("__________", "12", 1).replace("□是 □否", "□是 ☑否")
    return sentence.replace("□民营", "☑民营")


def official_rows():
    return official({code: [["", filled(text)]] for code, text in sentences().items()})


def table():
    heads = ["序号", "基地名称", *FIELDS]
    line = [1, NAME, *("民营企业" if f.type == "choice" else 12 if f.numeric else "否" for f in FIELDS.values())]
    return [["示例省2025年汇总表"], heads, line]


def read(cells, objects=(), state="visible", more=()):
    sheets = [Sheet("表", list(cells), state, tuple(objects)), *more]
    return read_form(Book("xlsx", sheets), YEAR, "一.xlsx")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("law") / "form.xlsx"
    answers = {
        (code, YEAR): "民营企业" if field.type == "choice" else 12 if field.numeric else 0
        for code, field in FIELDS.items()
    }
    write_template(path, YEAR, answers, {"base_name": NAME, "review_opinion": "同意"})
    return read_cells(path)


def without_order(reading):
    return (
        {(row.code, row.year, row.value, row.text) for row in reading.values},
        {(row.code, row.kind, row.raw, row.cell) for row in reading.issues},
        *reading.bases,
        *reading.contacts,
    )


@pytest.mark.parametrize("layout", ["form", "official", "summary"])
def test_a_form_filled_in_well_names_nothing(layout, template):
    found = {
        "form": lambda: read_form(template, YEAR, "一.xlsx"),
        "official": lambda: read(cells_of(official_rows())),
        "summary": lambda: read(cells_of(table())),
    }[layout]()
    assert (found.layout, len(found.values)) == (layout, len(FIELDS))
    assert not LAW & {row.kind for row in found.issues}


def passed_over(spot, typed):
    """The first column of a summary is for the numbers of its rows."""
    return spot[1] == 0 and typed.isascii()


@settings(max_examples=150, phases=[Phase.generate])
@given(data=st.data(), typed=TYPED)
def test_text_in_any_empty_cell_is_read_or_named(data, typed, template):
    layout = data.draw(st.sampled_from(["form", "official", "summary"]))
    sheets = {
        "form": template.sheets,
        "official": [Sheet("表", cells_of(official_rows()))],
        "summary": [Sheet("表", cells_of(table()))],
    }[layout]
    cells = sheets[0].cells
    taken = {
        (row, column)
        for cell in cells
        for row in range(cell.row, cell.row + cell.rows)
        for column in range(cell.column, cell.column + cell.columns)
    }
    last = max(cell.row for cell in cells) + 3
    spot = data.draw(st.tuples(st.integers(0, last), st.integers(0, 10)).filter(lambda one: one not in taken))
    before = read_form(Book("xlsx", sheets), YEAR, "一.xlsx")
    changed = sorted([*cells, Cell(*spot, typed)], key=lambda cell: cell[:2])
    after = read_form(Book("xlsx", [Sheet(sheets[0].name, changed), *sheets[1:]]), YEAR, "一.xlsx")
    assert without_order(after) != without_order(before) or (layout == "summary" and passed_over(spot, typed)), (
        spot,
        typed,
    )


def as_xls(cells, path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for cell in cells:
        sheet.write_merge(cell.row, cell.row + cell.rows - 1, cell.column, cell.column + cell.columns - 1, cell.value)
    book.save(path)


def as_ods(cells, path):
    book = OpenDocumentSpreadsheet()
    table = Table(name="表", parent=book.spreadsheet)
    by_place = {(cell.row, cell.column): cell for cell in cells}
    for row in range(max(cell.row for cell in cells) + 1):
        line = TableRow(parent=table)
        for column in range(max(cell.column for cell in cells) + 1):
            cell = by_place.get((row, column))
            if cell is None:
                TableCell(parent=line)
                continue
            kind = {} if isinstance(cell.value, str) else {"valuetype": "float", "value": cell.value}
            entry = TableCell(
                parent=line,
                numbercolumnsspanned=cell.columns,
                numberrowsspanned=cell.rows,
                **kind or {"valuetype": "string"},
            )
            for text in str(cell.value).split("\n"):
                P(text=text, parent=entry)
    book.save(path)


@pytest.mark.parametrize("write", [as_xls, as_ods])
def test_the_law_holds_in_other_formats(write, template, tmp_path):
    """A clean form names nothing; what is typed beside it is read or named, wherever it stands."""
    layouts = [template.sheets[0].cells, cells_of(official_rows()), cells_of(table())]
    for number, cells in enumerate(layouts):
        write(cells, tmp_path / "clean")
        clean = read_form(read_cells(tmp_path / "clean"), YEAR, "一.xlsx")
        assert len(clean.values) == len(FIELDS) and not LAW & {row.kind for row in clean.issues}
        last, right = (max(cell[axis] for cell in cells) for axis in (0, 1))
        for typed, spot in [("见附件甲", (last + 1, 2)), ("1200人次", (last // 2, right + 3)), ("☑是", (last + 2, 1))]:
            write(sorted([*cells, Cell(*spot, typed)]), tmp_path / "typed")
            found = read_form(read_cells(tmp_path / "typed"), YEAR, "一.xlsx")
            assert without_order(found) != without_order(clean), (number, typed, spot)


@settings(max_examples=150, phases=[Phase.generate])
@given(data=st.data(), typed=TYPED)
def test_text_in_any_sentence_is_read_or_named(data, typed):
    rows = official_rows()
    at = data.draw(st.sampled_from([place for place, row in enumerate(rows) if len(row) > 1 and row[1] != NAME][:-1]))
    text = rows[at][1]
    cut = data.draw(st.integers(text.index("年" if "年" in text else ".") + 1, len(text)))  # behind its number and date
    assume(
        not (typed == "是" and (text[cut:].startswith("12") or text[cut - 1] == "."))
    )  # 增速是12%, 3.是运营管理机制是否健全
    assume(not (typed == "√" and "☑" in text[cut - 2 : cut + 1]))  # ticked twice
    assume(not (typed == "民营企业" and "☑民营企业" in text))
    before = read(cells_of(rows))
    rows[at] = [rows[at][0], text[:cut] + typed + text[cut:]]
    assert without_order(read(cells_of(rows))) != without_order(before), rows[at][1]


def test_answers_in_the_wrong_column_are_named_with_their_code():
    rows = [
        ["基地名称", NAME],
        ["序号", "指标", "单位", "报告期", "基期", "备注"],
        [4, "电商培训人次", "人次", "", "", "1200人次"],
        [14, "入驻电子商务企业", "520个"],
        [2, "党建工作责任制", "是"],
    ]
    found = read(cells_of(rows))
    assert [(row.code, row.kind, row.raw, row.cell) for row in found.issues] == [
        ("C04", "unaccounted", "1200人次", "F3"),
        ("C14", "unaccounted", "520个", "C4"),
        ("C02", "unaccounted", "是", "C5"),
    ]


def test_a_sheet_of_indicators_without_a_year_is_never_read_as_sentences():
    rows = [["基地名称", NAME], ["序号", "指标", "单位", "甲园填写"]]
    rows += [[f.number, f.official_sentence(YEAR), f.unit, 5] for f in FIELDS.values() if f.numeric]
    found = read(cells_of(rows))
    assert (found.layout, found.values) == ("form", [])
    named = [row for row in found.issues if row.kind == "unaccounted"]
    assert len(named) == 21 and "另有" in named[-1].message


@pytest.mark.parametrize("said", ["520个", "其中线上800"])
def test_a_number_alone_below_a_summary_heads_no_group(said):
    found = read(cells_of([*table(), [], [said]]))
    assert [(row.kind, row.raw) for row in found.issues if row.kind in LAW] == [("unaccounted", said)]


def test_a_word_behind_a_pair_of_boxes_is_named():
    typed = sentences()["C02"].replace("□是 □否", "□是 ☑否是")
    values, issues = read_back(read(cells_of(official({"C02": [["", typed]]}))))
    assert values["C02"] == 0.0 and issues == {"C02": ["unaccounted"]}


def test_hidden_sheets_are_named_and_not_taken():
    old = Sheet("旧", cells_of(official({"C04": [["", filled(sentences()["C04"]).replace("12", "999")]]})), "hidden")
    found = read(cells_of(official_rows()), more=[old])
    assert [row.value for row in found.values if row.code == "C04"] == [12.0]
    assert [row.sheet for row in found.issues if row.kind == "hidden_sheet"] == ["旧"]
    assert "隐藏" in read_form(Book("xlsx", [Sheet("空", []), old]), YEAR, "一.xlsx").rejected


def test_what_lies_where_an_answer_is_missing_is_an_error():
    rows = official({})
    at = next(place for place, row in enumerate(rows) if len(row) > 1 and row[1].startswith("4.2025年，基地"))
    spot = ("表", at, 1)
    for one, kinds in [
        (Object("picture", "", *spot), ["unread_object"]),
        (Object("text_box", "1200", *spot), ["unread_object"]),
        (Object("control", "", *spot, True), ["unread_object"]),
        (Object("checkbox", "", *spot, False), []),
        (Object("comment", "请核实", *spot), ["unaccounted"]),
        (Object("picture", "", "表", 0, 0), []),
        (Object("text_box", "数据待定", "表", 0, 0), ["unaccounted"]),
        (Object("footer", "第1页", "表", 0, 0), []),
        (Object("emphasis", "是", *spot), ["unread_object"]),
        (Object("emphasis", "是", "表", 0, 0), []),
    ]:
        found = read(cells_of(rows), [one])
        assert [row.kind for row in found.issues if row.kind in LAW] == kinds, one
    assert found.rejected == ""


@pytest.mark.parametrize(
    "cell, objects, says",
    [
        (Cell(0, 0, 1200, hidden=True), [], "因单元格的数字格式而不显示"),
        (Cell(0, 0, "=600*2", error=True), [], "公式没有计算结果"),
        ("", [Object("struck", "1200", "表", 2, 1)], "加删除线的文字“1200”未采用"),
        ("", [Object("comment", "1200", "表", 2, 1)], "批注“1200”未采用"),
    ],
)
def test_a_message_says_why_an_answer_that_stands_there_is_not_taken(cell, objects, says):
    found = read(cells_of([["基地名称", NAME], ["指标", "报告期"], ["电商培训人次", cell]]), objects)
    [row] = [row for row in found.issues if row.code == "C04"]
    assert found.values == [] and says in row.message and row.cell == "B3"


def test_no_contact_is_named():
    rows = [
        ["基地名称", NAME],
        ["联系人", "姓名", "示例乙", "手机", "13000000000"],
        *official_rows()[2:],
        ["请找示例乙"],
        ["13012345678"],
    ]
    found = read(cells_of(rows))
    said = [(row.message, row.raw) for row in found.issues if row.kind == "unaccounted"]
    assert len(said) == 2 and not re.search("示例乙|130", str(said))
