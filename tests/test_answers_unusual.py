"""What is typed otherwise than the form asks, and is read all the same: other headings, merged cells, other words."""

import pytest
from grids import NAME, book, merged, official, read_back, sentences

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers import read_form
from ecanalysis.reading.cells import Cell

YEAR = 2025


def read(rows):
    return read_form(book(rows), YEAR, "一.xlsx")


@pytest.mark.parametrize(
    "heads",
    [
        ("本年（2025年1-12月）", "上年（2024年1-12月）"),
        ("2025年度数据", "2024年度数据"),
        ("*2025年完成情况（必填）", "2024年"),
        ("2025年全年", "2024年全年"),
        ("截至2025年底", "截至2024年底"),
        ("报告期数值（2025）", "基期数值（2024）"),
        ("截至2025年12月31日", "截至2024年12月31日"),
        ("二〇二五年", "二〇二四年"),
        ("填报数据（2025年度）", "对比数据（2024年度）"),
        ("2025年 (current)", "2024年 (base)"),
        ("报告期（2025年）（计量单位：人次）", "基期（2024年）（计量单位：人次）"),
    ],
)
def test_headings_in_other_words(heads):
    rows = [["※基地名称（盖章）：", NAME], ["序号", "指标", "单位", *heads], [4, "* 电商培训人次", "人次", None, 900]]
    assert [row[2:5] for row in read(rows).values] == [("C04", 2024, 900.0)]


def test_a_cell_over_both_years_answers_for_the_reporting_year():
    rows = [["基地名称", NAME], ["指标", "单位", "报告期", "基期"], ["电商培训人次", "人次", merged(900, columns=2)]]
    found = read(rows)
    assert [row[2:5] for row in found.values] == [("C04", 2025, 900.0)]
    assert [row.kind for row in found.issues] == ["merged_years"]


@pytest.mark.parametrize(
    "rows, read_as, issues",
    [
        ([[14, "入驻电子商务企业", "个", merged(9, 2)], [17, "电子商务从业人员", "人"]], {"C14": 9.0}, ["C14", "C17"]),
        ([[1, "专项政策", "", merged("否", 2)], [2, "党建工作责任制", ""]], {"C01": 0.0}, ["C01", "C02"]),
        ([["10（1）", FIELDS["C10a"].label, "", merged("否", 2)], ["10（2）", FIELDS["C10b"].label]],
         {"C10a": 0.0, "C10b": 0.0}, []),
    ],
)  # fmt: skip
def test_an_answer_merged_over_the_rows_of_several_questions(rows, read_as, issues):
    found = read([["基地名称", NAME], ["序号", "指标", "单位", "报告期"], *rows])
    assert read_back(found)[0] == read_as
    assert [row.code for row in found.issues if row.kind == "merged_rows"] == issues


def test_an_answer_merged_over_several_bases_fields_or_years_of_a_summary():
    head = ["基地名称", "C14", "C17", "C04@2024", "C04"]
    bases = [["甲园", merged(520, 2), 30, merged(9, 1, 2)], ["乙园", None, merged(7, 1, 2), None, 12]]
    found = read([head, *bases])
    values = {(row.base_name, row.code, row.year): row.value for row in found.values}
    assert values == {
        ("甲园", "C14", YEAR): 520, ("甲园", "C17", YEAR): 30, ("甲园", "C04", YEAR): 9, ("乙园", "C17", YEAR): 7,
        ("乙园", "C04", YEAR): 12,
    }  # fmt: skip
    named = {(row.base_name, row.code) for row in found.issues if row.kind.startswith("merged")}
    assert named == {("甲园", "C14"), ("乙园", "C14"), ("甲园", "C04"), ("乙园", "C17"), ("乙园", "C04")}


@pytest.mark.parametrize(
    "above, unit, label, head, meant",
    [
        ("单位：万元", "", "农产品网络零售额", "报告期", 12.5),
        ("单位：万元", "万元", "农产品网络零售额", "报告期", 12.5),
        ("", "", "农产品网络零售额（万元）", "报告期", 12.5),
        ("", "", "农产品网络零售额", "报告期（2025年，万元）", 12.5),
        ("（金额单位：万元）", "亿元", "农产品网络零售额", "报告期", None),
        ("", "亿元", "农产品网络零售额（单位：万元）", "报告期", None),
        ("", "亿元", "农产品网络零售额", "报告期（2025年）（万元）", None),
        ("单位：人", "亿元", "农产品网络零售额", "报告期", 125000.0),
    ],
)
def test_units_said_in_several_places_agree_or_nobody_knows(above, unit, label, head, meant):
    found = read([["基地名称", NAME], [above], ["指标", "单位", head], [label, unit, 125000]])
    assert read_back(found)[0].get("A2") == meant
    assert ("unreadable" in {row.kind for row in found.issues}) == (meant is None)


@pytest.mark.parametrize(
    "code, typed, values",
    [
        ("C09", "专利12个，软件著作权30个", {YEAR: 42}),
        ("C17", "3200人（2024年3000人）", {YEAR: 3200, YEAR - 1: 3000}),
        ("C04", "25场次，共1200人次", {YEAR: 1200}),
        ("C04", "1200（另含线上500）", {}),
        ("C04", "2024年900人次", {}),
    ],
)
def test_several_numbers_in_a_cell_are_read_as_in_a_sentence(code, typed, values):
    form = [["基地名称", NAME], ["指标", "报告期"], [code, typed]]
    for rows in (form, [["基地名称", code], [NAME, typed]]):
        found = read(rows)
        assert {row.year: row.value for row in found.values if row.code == code} == values
        assert values == {YEAR: 3200, YEAR - 1: 3000} or code in {row.code for row in found.issues}


@pytest.mark.parametrize("code, typed", [("C04", "培训1200人次"), ("C02", "责任制：☑是 □否"), ("C14", "商务企业12个")])
def test_an_answer_typed_where_the_indicator_is_printed(code, typed):
    asked = sentences()[code].split(typed[:2])[0] + typed
    values, issues = read_back(read([["基地名称", NAME], ["指标", "单位", "报告期"], [asked, "", ""]]))
    assert values == {code: {"C04": 1200.0, "C02": 1.0, "C14": 12.0}[code]} and issues == {}


@pytest.mark.parametrize("cells", [["1,500", ",000", "件。"], ["15", ".6", "件"], ["1", "2", "0", "0"], [1200, 1000]])
def test_a_number_spread_over_cells_is_not_read_by_its_first(cells):
    values, issues = read_back(read(official({"C16": [["", "16.2025年，带动快递业务量", *cells]]})))
    assert "C16" not in values and issues["C16"] == ["unreadable"]


OPERATOR = "□政府部门 □事业单位 □国有或国有控股企业 {}民营企业 □其他"


@pytest.mark.parametrize(
    "rows",
    [
        [["3.运营管理机制是否健全", "", "是"], [OPERATOR.format("□"), "", "民营企业"]],
        [["3.运营管理机制是否健全：□是 □否；" + OPERATOR.format("□"), "", "是；民营企业"]],
        [["3.运营管理机制是否健全", "", True], [OPERATOR.format("☑"), "", ""]],
        [["3.运营管理机制是否健全", "", True], ["", "", "民营企业"]],
    ],
)
def test_the_operator_beside_its_printed_choices(rows):
    found = read([["基地名称", NAME], ["指标", "单位", "报告期"], *rows])
    assert read_back(found)[0] == {"C03": 1.0, "C03_operator": "民营企业"}


@pytest.mark.parametrize(
    "habit, meant", [(["□是√ □否"], 1.0), (["√□是 □否"], 0.0), (["□是√ □否", "□是 √□否"], None), ([], None)]
)
def test_a_tick_between_two_words_follows_the_habit_of_the_file(habit, meant):
    asked = ["C02", "C05", "C12"]
    replaced = {code: [["", sentences()[code].replace("□是 □否", text)]] for code, text in zip(asked, habit)}
    replaced["L3"] = [["", sentences()["L3"].replace("□是 □否", "□是√□否")]]
    values, issues = read_back(read(official(replaced)))
    assert values.get("L3") == meant and issues.get("L3", []) == ([] if meant is not None else ["conflict"])


@pytest.mark.parametrize(
    "answer, a, b",
    [
        ("未发生。", 0.0, 0.0),
        ("□是 ☑否。", 0.0, 0.0),
        ("☑是 □否，☑特别重大生产安全事故或特大环境事故；□重大生产安全事故或环境突发事件。", 1.0, 0.0),
        ("特别重大生产安全事故或特大环境事故、重大生产安全事故或环境突发事件：□是 ☑否。", 0.0, 0.0),
    ],
)
def test_question_10_answered_in_other_ways(answer, a, b):
    ask = sentences()["C10a"].split("：")[0] + "：" + answer
    values, issues = read_back(read(official({"C10a": [["", ask]]})))
    assert (values.get("C10a"), values.get("C10b")) == (a, b)
    assert issues == {}


def test_rows_of_a_year_of_totals_and_of_groups():
    rows = [
        ["序号", "基地名称", "年份", "C04"],
        ["一", "国家电子商务示范基地（1家）", "", 12],
        [1, merged("甲", rows=2), "2024年", 7],
        [None, None, "2025年", 9],
        ["二", "其他产业集聚区", "", 12],
        [2, "乙", 2025, 3],
        ["", "", 2023, 2],
        ["", "共计2家", "", 12],
        ["", "全省", "", 12],
        ["", "平均每家", "", 6],
        ["", "Total", "", 12],
    ]
    found = read(rows)
    assert found.base_names == ["甲", "乙"]
    assert {row[1:5] for row in found.values} == {
        ("甲", "C04", 2024, 7.0),
        ("甲", "C04", 2025, 9.0),
        ("乙", "C04", 2025, 3.0),
    }
    assert [row.kind for row in found.issues if row.code == "C04"] == ["wrong_year"]


@pytest.mark.parametrize(
    "change, named", [(8.3, []), ("8.33%", []), (40, []), ("—", []), (9.3, ["D3"]), ("约八成", ["D3"])]
)
def test_a_change_beside_two_years_is_neither(change, named):
    """It is accounted for where it agrees with them, in a table and in the form's own layout."""
    rows = [
        [merged("基地名称", 2), merged("入驻企业数（个）", columns=3)],
        [None, "2025年", "2024年", "同比增长（%）"],
        ["甲", 520, 480, change],
    ]
    form = [["基地名称", "甲"], ["指标", "报告期", "基期", "同比（%）"], ["入驻电商企业数", 520, 480, change]]
    for found in (read(rows), read(form)):
        assert [row[2:5] for row in found.values] == [("C14", 2025, 520.0), ("C14", 2024, 480.0)]
        assert [row.cell for row in found.issues if row.kind == "unaccounted"] == named


@pytest.mark.parametrize("years", [("2025-12-31", "2024-12-31"), ("报告期", "基期"), (2025, 2024)])
@pytest.mark.parametrize("head", ["年份", "统计时间", ""])
def test_a_column_of_years_tells_the_rows_of_a_base_apart(head, years):
    rows = [["基地名称", head, "C04"], ["甲", years[0], 12], ["乙", years[0], 9], ["甲", years[1], 10]]
    found = read(rows)
    assert {row[1:5] for row in found.values} == {
        ("甲", "C04", 2025, 12),
        ("乙", "C04", 2025, 9),
        ("甲", "C04", 2024, 10),
    }
    assert found.base_names == ["甲", "乙"]


def test_how_online_retail_grew_is_a_field_of_its_own():
    heads = [[merged("基地名称", 2), merged("农产品网络零售额（亿元）", columns=2)], [None, "2025年", "同比增长（%）"]]
    assert read_back(read([*heads, ["甲", 12, 20]]))[0] == {"A2": 12.0, "A3": 20.0}


def test_what_a_number_format_shows_is_what_was_meant():
    rows = [
        ["基地名称", NAME],
        ["指标", "单位", "报告期"],
        ["快递业务量", "件", Cell(0, 0, 150, unit="万件", shown="150万件")],
        ["电商培训", "人次", Cell(0, 0, 5, prefix="约", shown="约5")],
        ["从业人员", "人", Cell(0, 0, 5, unit="甲", shown="5甲")],
        ["入驻企业", "个", Cell(0, 0, 5, hidden=True)],
    ]
    values, issues = read_back(read(rows))
    assert values == {"C16": 1500000.0, "C04": 5.0}
    assert issues == {"C16": ["unit_converted"], "C04": ["approximate"], "C17": ["unreadable"], "C14": ["unaccounted"]}


def test_forms_side_by_side_are_as_many_bases():
    left, right = (official({"C04": [["", f"4.2025年，基地组织开展电商培训{n}人次。"]]}, name=n) for n in ("12", "34"))
    beside = [[*one, *[None] * (3 - len(one)), *other] for one, other in zip(left, right)]
    found = read(beside)
    assert found.base_names == ["12", "34"]
    assert [(row.base_name, row.value) for row in found.values] == [("12", 12.0), ("34", 34.0)]


def test_a_table_with_a_column_for_each_base_is_refused_and_says_why():
    found = read(
        [
            ["基地名称", "甲园", "乙园"],
            *([f"{label}", 5, 6] for label in ("电商培训人次", "入驻电商企业", "快递业务量")),
        ]
    )
    assert "几个基地并列" in found.rejected


@pytest.mark.parametrize("year", ["20¦25年", "2¦025年", "20\n25年", "2025¦年", "202 5年"])
def test_a_year_that_is_spread_over_cells_or_lines_is_that_year(year):
    trained = f"4.{year}，基地组织开展电商培训1200人次。".split("¦")
    settled = f"14.截至{year}底，基地入驻电子商务企业____个。".split("¦")
    found = read(official({"C04": [["", *trained]], "C14": [["", *settled]]}))
    assert read_back(found) == ({"C04": 1200.0}, {})
