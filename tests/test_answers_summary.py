"""A province's table: a row a base, columns named by code, English name or words."""

from datetime import datetime

import pytest
from grids import book, merged, percent, read_back
from reading_page import rows

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers import read_form
from ecanalysis.reading.units import read_unit


def read(*lines, year=2025):
    return read_form(book([list(line) for line in lines]), year, "省.xlsx")


@pytest.mark.parametrize("heading, code, year, unit", rows("heading", "field", "year", "unit"))
def test_heading(heading, code, year, unit):
    texts = heading.strip("`").replace("\\n", "\n").split("⏎")
    lines = [[merged("基地名称", len(texts)) if at == 0 else None, None, text] for at, text in enumerate(texts)]
    typed = {"yes_no": "是", "choice": "民营企业"}.get(FIELDS[code].type, 8.0) if code in FIELDS else 8.0
    lines[0][1] = merged("C01" if code != "C01" else "C02", len(texts))
    found = read(*lines, ["甲", "否", typed])
    values = [row[2:5] for row in found.values if row[9].startswith("C")]
    if code not in FIELDS:
        assert (values, [row[4] for row in found.issues]) == ([], [code])
        assert heading.strip("`").split("⏎")[-1].replace("\\n", " ") in found.issues[0][5]
        return
    meant = {"yes_no": 1.0, "choice": None}.get(FIELDS[code].type)
    if FIELDS[code].numeric:
        power = read_unit(FIELDS[code], unit).power if unit else 0
        meant = 8.0 * 10**power
    assert values == [(code, int(year), meant)]


@pytest.mark.parametrize("code", FIELDS)
@pytest.mark.parametrize("how", ["code", "name", "label", "label, unit", "label, unit, year"])
def test_every_field_is_known_by_code_name_and_label(code, how):
    field = FIELDS[code]
    unit = f"（{field.unit}）" if field.unit else ""
    heading = {"code": code, "name": field.name, "label": field.label, "label, unit": field.label + unit,
               "label, unit, year": f"{field.label}{unit}（2024年）"}[how]  # fmt: skip
    typed, meant = {"yes_no": ("是", 1.0), "choice": ("民营企业", None)}.get(field.type, (8.0, 8.0))
    found = read(["基地名称", "备注", heading], ["甲", "x", typed])
    assert [row[2:5] for row in found.values] == [(code, 2024 if "年" in how or "year" in how else 2025, meant)]
    assert found.issues == []


def test_two_header_rows_merged():
    found = read(
        ["示例省2025年汇总表"],
        [merged("序号", 2), merged("基地名称", 2), merged("综合指标", 1, 2), None, merged("直播电商", 1, 2)],
        [None, None, "电商培训人次", "从业人员（万人）", "占比（%）", "增速（%）"],
        [1, "甲", 12.0, 1.3, percent(0.056), "下降6%"],
        ["合计", None, 12.0, 1.3],
    )  # fmt: skip
    assert read_back(found) == (
        {"C04": 12.0, "C17": 13000.0, "L1": 5.6, "L2": -6.0},
        {"C17": ["unit_converted"], "L2": ["worded_sign"]},
    )


def test_two_header_rows_where_nothing_is_merged():
    found = read(
        ["序号", "基地名称", "入驻企业数（个）", "", "直播电商", "", "基地联系人", ""],
        ["", "", "2025年", "2024年", "占比", "增速", "姓名", "手机"],
        ["1", "甲", "520", "500", "5", "6", "示例人", "000"],
    )
    assert [row[2:5] for row in found.values] == [
        ("C14", 2025, 520.0),
        ("C14", 2024, 500.0),
        ("L1", 2025, 5.0),
        ("L2", 2025, 6.0),
    ]
    assert found.contacts == [("省.xlsx", "甲", "联系人", "示例人", "", "", "000", "", "")]
    assert found.issues == []


@pytest.mark.parametrize(
    "total", ["合计", "总计", "小计", "合 计", "全省合计", "合计：", "平均", "（示例省合计）", "合计（2家）"]
)
@pytest.mark.parametrize("place", [0, 1])
def test_totals_are_no_bases(total, place):
    line = [None, None, 24.0]
    line[place] = total
    found = read(["序号", "基地名称", "C04"], [1, "甲", 12.0], [2, "乙", 12.0], line, ["注：数据截至年底"])
    assert found.base_names == ["甲", "乙"]


def test_columns_that_are_no_fields():
    columns = {
        "序号": 1, "省份": "示例省", "所属地区": "示例市", "基地名称": "甲", "商务主管部门": "示例局",
        "地址与范围": "示例路", "联系人": "一人", "联系电话": "000-1", "负责人姓名": "二人", "负责人手机": "000-2",
        "电子邮箱": "a@example.invalid", "意见及建议": "加强培训", "审核意见": "同意", "C04": 5.0, "备注": "x",
    }  # fmt: skip
    heads, line = [*columns], [*columns.values()]
    found = read(heads, line)
    assert read_back(found) == ({"C04": 5.0}, {})
    assert found.bases == [("省.xlsx", "甲", "示例局", "示例路", "加强培训", "同意", "", False)]
    assert found.contacts == [
        ("省.xlsx", "甲", "主要负责人", "二人", "", "", "000-2", "", ""),
        ("省.xlsx", "甲", "联系人", "一人", "", "000-1", "", "", "a@example.invalid"),
    ]


def test_two_rows_of_one_name_stay_two():
    found = read(["基地名称", "C04"], ["甲", 5.0], ["甲", 6.0])
    assert found.base_names == ["甲", "甲"]
    assert [(row[4], row[9]) for row in found.values] == [(5.0, "B2"), (6.0, "B3")]


def test_a_telephone_number_belongs_to_the_person_named_before_it():
    heads = ["基地名称", "负责人", "手机", "邮箱", "联系人", "手机", "C01"]
    found = read(heads, ["甲", "示例人", "000-1", "a@example.invalid", "示例乙", "000-2", "是"])
    assert found.contacts == [
        ("省.xlsx", "甲", "主要负责人", "示例人", "", "", "000-1", "", "a@example.invalid"),
        ("省.xlsx", "甲", "联系人", "示例乙", "", "", "000-2", "", ""),
    ]


def test_headings_between_the_bases():
    found = read(
        ["基地名称", "C04"], [merged("示例市", columns=2)], ["甲", 5.0], ["基地名称", "C04"], ["乙", 6.0], ["丙"]
    )
    assert found.base_names == ["甲", "乙", "丙"]


@pytest.mark.parametrize(
    "heads, taken, left",
    [
        (["C04", "电商培训人次"], 1.0, ["C1"]),
        (["电商培训人次", "training_attendance"], 2.0, ["B1"]),
        (["C04", "C04"], None, ["B1", "C1"]),
        (["电商培训人次", "培训人次"], None, ["B1", "C1"]),
    ],
)
def test_two_columns_for_one_field(heads, taken, left):
    found = read(["基地名称", *heads, "C01"], ["甲", 1.0, 2.0, "是"])
    assert {row[2]: row[4] for row in found.values}.get("C04") == taken
    assert [(row[4], row[8]) for row in found.issues] == [("unknown_column", cell) for cell in left]


def test_a_column_without_heading_is_told_and_a_row_without_name_too():
    found = read(["", "基地名称", "C04", ""], [1, "甲", 5.0, "x"], [2, None, 6.0])
    assert [(row[3], row[4], row[8]) for row in found.issues] == [
        ("error", "unknown_column", "D1"),
        ("error", "no_base_name", "A3"),
    ]
    assert found.base_names == ["甲"]


@pytest.mark.parametrize(
    "notes, below, farm",
    [
        (["单位：万元"], [], 0.35),
        (["单位：万元、个、%、人次"], [], 0.35),
        (["示例省汇总表（金额单位：万元）"], [], 0.35),
        ([], ["单位：万元"], 0.35),
        (["单位：万元/亿元"], [], None),
        (["填报单位：示例省商务厅"], [], 3500.0),
    ],
)
def test_the_unit_of_the_whole_table(notes, below, farm):
    found = read(
        *([note] for note in notes),
        ["基地名称", "农产品网络零售额", "跨境电商进出口额（亿元）", "从业人员", "每百人研发人员"],
        ["甲", 3500.0, 1.5, 20.0, 5.0],
        *([note] for note in below),
    )
    values, kinds = read_back(found)
    assert (values.pop("A2", None), values) == (farm, {"S1": 1.5, "C17": 20.0, "C07": 5.0})
    assert kinds.get("A2", []) == {0.35: ["unit_converted"], None: ["unreadable"]}.get(farm, [])


def test_a_column_of_another_year_gives_no_value():
    found = read(["基地名称", "C04@2025", "C04@2024", "C04@2023"], ["甲", 3.0, 2.0, 1.0])
    assert [row[3:5] for row in found.values] == [(2025, 3.0), (2024, 2.0)]
    assert [(row[2], row[4], row[8]) for row in found.issues] == [("C04", "wrong_year", "D2")]


def test_fields_of_one_province_on_two_sheets():
    found = read_form(
        book(("综合", [["基地名称", "C04"], ["甲", 5.0]]), ("专项", [["基地名称", "L1"], ["甲", 6.0]])), 2025, "省.xlsx"
    )
    assert found.base_names == ["甲"]
    assert [row[2] for row in found.values] == ["C04", "L1"]


@pytest.mark.parametrize(
    "names, titles", [(("2024年", "2025年"), ("", "")), (("一", "二"), ("2024年汇总表", "2025年汇总表"))]
)
def test_sheets_of_two_years_each_give_their_own(names, titles):
    sheets = [
        (name, [[title], ["基地名称", "C04"], ["甲", typed]]) for name, title, typed in zip(names, titles, (4.0, 5.0))
    ]
    for order in (sheets, sheets[::-1]):
        found = read_form(book(*order), 2025, "省.xlsx")
        assert found.base_names == ["甲"]
        assert {(row.year, row.value) for row in found.values} == {(2024, 4.0), (2025, 5.0)}
    alone = read_form(book((names[0], [["基地名称", "C04"], ["甲", 5.0]])), 2025, "省.xlsx")
    assert [(row.year, row.value) for row in alone.values] == [(2025, 5.0)]  # the sheet alone proves no other year


def test_a_second_table_below_the_first_has_columns_and_a_unit_of_its_own():
    found = read(
        ["基地名称", "C04"], ["甲", 5.0], [],
        ["单位：万元"], ["基地名称", "农产品网络零售额", "C14"], ["甲", 3500.0, 7.0],
    )  # fmt: skip
    assert found.base_names == ["甲"]
    assert [(row.code, row.value, row.cell) for row in found.values] == [
        ("C04", 5.0, "B2"),
        ("A2", 0.35, "B6"),
        ("C14", 7.0, "C6"),
    ]


def test_a_name_that_sounds_like_a_field_is_a_name():
    rows_of_form = [["基地名称", "示例·快递物流园", "商务主管部门", "示例局"], ["地址与范围", "示例路"]]
    assert read_form(book(rows_of_form), 2025, "一.xlsx").layout == ""


def test_rows_that_head_number_or_close_a_table_are_no_bases():
    rows = [
        ["基地名称", "入驻企业数", "快递业务量"],
        ["单位", "个", "万件"],
        ["甲", "1", "2"],
        ["杭州市"],
        ["示例·甲园", 520, 150],
        ["全省平均水平", 415, 99],
        [None, "联系电话：010-12345678"],
    ]
    rows[-1][0:0] = ["填表人：张三"]
    found = read_form(book([["序号", *rows[0]], *([None, *row] for row in rows[1:-1]), rows[-1]]), 2025, "一.xlsx")
    assert [(row.base_name, row.code, row.value) for row in found.values] == [
        ("示例·甲园", "C14", 520.0),
        ("示例·甲园", "C16", 1500000.0),
    ]
    assert {row.kind for row in found.issues} == {"unit_converted"}


def test_a_row_that_says_a_year_alone_dates_the_rows_below_it():
    rows = [["基地名称", "C14"], ["2025年"], ["甲", 520], ["乙", 310], ["2024年度"], ["甲", 480], ["2023年"], ["乙", 9]]
    found = read_form(book(rows), 2025, "一.xlsx")
    assert [(row.base_name, row.year, row.value) for row in found.values] == [
        ("甲", 2025, 520.0),
        ("甲", 2024, 480.0),
        ("乙", 2025, 310.0),
    ]
    assert [row.kind for row in found.issues] == ["wrong_year"]


def test_a_survey_with_its_questions_and_lettered_options():
    head = ["1、贵基地的名称是？（填空题 *必答）", "2、是否落实党建工作责任制？（单选题）", "3、运营管理主体［单选题］"]
    found = read_form(book([head, ["甲", "A.是", "D、民营企业"]]), 2025, "一.xlsx")
    assert read_back(found)[0] == {"C02": 1.0, "C03_operator": "民营企业"} and found.issues == []


def test_short_headings_and_years_as_numbers_below_a_heading_over_several_columns():
    found = read(
        ["基地名称", merged("直播电商", 1, 2), None, merged("电商培训人次", 1, 2)],
        [None, "占比", "增速", 2025, datetime(2024, 12, 31)],
        ["甲", 40.0, 22.5, 1200.0, 1000.0],
        ["—", "—", "—", "—", "—"],
        ["以下空白"],
    )
    assert found.base_names == ["甲"]
    meant = {("L1", 2025): 40.0, ("L2", 2025): 22.5, ("C04", 2025): 1200.0, ("C04", 2024): 1000.0}
    assert {(row.code, row.year): row.value for row in found.values} == meant


def test_two_columns_of_one_field_name_each_other():
    found = read(["基地名称", "C04", "电商培训人次"], ["甲", 100.0, 200.0])
    assert [row[2:4] for row in found.values] == [("C04", 2025)] and "与C1“电商培训人次”" not in str(found.issues)
    found = read(["基地名称", "C04", "C04"], ["甲", 100.0, 200.0])
    assert (found.rejected, found.values, [row.kind for row in found.issues]) == ("", [], ["unknown_column"] * 2)
    assert "B1，" in found.issues[0].message and "与C1“C04”重复" in found.issues[0].message


@pytest.mark.parametrize("note", ["C04说明", "电商培训人次备注", "C04 情况说明"])
def test_a_column_of_notes_on_a_field_is_no_second_value(note):
    found = read(["基地名称", "C04（人次）", note], ["甲", 100.0, "含线上"], ["乙", 200.0, "其中线上30人次"])
    assert [row.value for row in found.values] == [100.0, 200.0]
    assert [(row.kind, row.code, row.cell) for row in found.issues] == [("unaccounted", "C04", "C3")]


@pytest.mark.parametrize("heading", ["C04得分", "C04排名", "C04（计划）", "C04审核值", "C04 全省占比"])
def test_a_column_about_a_field_is_not_the_field(heading):
    found = read(["基地名称", heading, "C14"], ["甲", 12.0, 5.0])
    assert [row.code for row in found.values] == ["C14"]
    assert [(row.kind, row.cell) for row in found.issues] == [("unknown_column", "B1")]
