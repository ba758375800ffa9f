"""The template's own layout: a row an indicator, however its headings and labels are worded."""

import pytest
from grids import NAME, book, merged, percent, read_back

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers import read_form

HEAD = ["序号", "指标", "单位", "报告期（2025年）", "基期（2024年）", "备注"]


def read(*rows, head=HEAD, year=2025):
    return read_form(book([["基地名称", NAME], head, *rows]), year, "一.xlsx")


@pytest.mark.parametrize(
    "head",
    [
        HEAD,
        ["序号", "指标", "单位", "报告期", "基期", "备注"],
        ["序号", "指标", "单位", "2025年", "2024年", "备注"],
        ["序号", "指标", "单位", "2025", "2024", "备注"],
        ["序号", "指 标", "单 位", "报告期\n(２０２５年)", "基期\n(２０２４年)", "备注"],
        ["题号", "指标名称", "计量单位", "报告期数据", "基期数据", "备注"],
        ["编号", "评价指标", "单位", "2025年报告期", "2024年基期", "备注"],
        ["序号", "指标内容", "单位", "本期", "上年同期", "备注"],
        ["序号", "填报指标", "单位", "填报内容", "上期", "备注"],
        ["代码", "填报项目", "单位", "数值", "上年", "备注"],
    ],
    ids=" ".join,
)
def test_headings(head):
    values = [row[2:5] for row in read([4, "电商培训人次", "人次", "1,200", 900.0], head=head).values]
    assert values == [("C04", 2025, 1200.0), ("C04", 2024, 900.0)]


def test_headings_in_two_rows_and_merged_cells():
    rows = [
        ["基地名称", merged(NAME, columns=4)],
        [merged("序号", 2), merged("指标", 2, 2), None, merged("单位", 2), merged("填报数据", 1, 2)],
        [None, None, None, None, "报告期", "基期"],
        [merged("一、综合指标", 1, 6)],
        ["4", merged("电商培训人次", 1, 2), None, "人次", 1200.0, 900.0],
    ]
    assert [row[2:5] for row in read_form(book(rows), 2025, "一.xlsx").values] == [
        ("C04", 2025, 1200.0),
        ("C04", 2024, 900.0),
    ]


@pytest.mark.parametrize("how", ["label", "sentence", "numbered", "code", "name", "sentence of another year"])
@pytest.mark.parametrize("code", [code for code in FIELDS if code not in ("C03_operator", "C10a", "C10b")])
def test_every_field_is_known_by_label_sentence_code_and_name(code, how):
    field = FIELDS[code]
    label = {
        "label": field.label,
        "sentence": field.official_sentence(2025).split(".", 1)[1],
        "numbered": field.official_sentence(2025),
        "code": code,
        "name": field.name,
        "sentence of another year": field.official_sentence(2024),
    }[how]
    found, issues = read_back(read(["", label, field.unit, 12.0 if field.numeric else "是"]))
    if how == "sentence of another year" and "{year}" in field.sentence:
        assert (found, issues) == ({}, {code: ["wrong_year"]})
    else:
        assert (found, issues) == ({code: 12.0 if field.numeric else 1.0}, {})


@pytest.mark.parametrize(
    "label, typed, expected",
    [
        ("运营管理主体", "民营企业", {"C03_operator": "民营企业"}),
        ("3.运营管理机制是否健全", "☑是 □否；□政府部门 ☑事业单位", {"C03": 1.0, "C03_operator": "事业单位"}),
        ("运营管理机制是否健全", "是", {"C03": 1.0}),
        ("是否发生过重特大突发事故：特别重大生产安全事故或特大环境事故", "否", {"C10a": 0.0}),
        ("是否发生过重特大突发事故：重大生产安全事故或环境突发事件", "有", {"C10b": 1.0}),
        ("10.2025-2026年，基地是否发生过重特大突发事故",
         "□是 ☑否，特别重大生产安全事故；☑是 □否，重大生产安全事故", {"C10a": 0.0, "C10b": 1.0}),
        ("10.2025-2026年，基地是否发生过重特大突发事故", "否", {"C10a": 0.0, "C10b": 0.0}),
    ],
)  # fmt: skip
def test_rows_that_ask_two_things(label, typed, expected):
    assert read_back(read(["", label, "", typed])) == (expected, {})


@pytest.mark.parametrize(
    "label", ["3.运营管理机制是否健全", merged("运营管理机制是否健全", rows=2)], ids=["blank", "merged"]
)
def test_two_rows_under_one_sentence(label):
    found = read([3, label, "", "是"], ["", "", "", "民营企业"], [4, "电商培训", "", 5.0])
    assert read_back(found) == ({"C03": 1.0, "C03_operator": "民营企业", "C04": 5.0}, {})
    found = read([10, "基地是否发生过重特大突发事故", "", "否"], ["", "", "", "是"], ["", "", "", "是"])
    assert read_back(found) == ({"C10a": 0.0, "C10b": 1.0}, {"": ["unknown_row"]})


def test_the_feature_tells_short_labels_apart():
    found = read(["一、综合指标"], ["", "增速", "%", 1.0], ["直播电商"], ["", "占比", "%", 2.0], ["", "增速", "%", 3.0],
                 ["产业电商"], ["", "产业带", "个", 4.0], ["丝路电商"], ["", "产业带", "个", 5.0])  # fmt: skip
    assert read_back(found) == ({"L1": 2.0, "L2": 3.0, "I2": 4.0, "S3": 5.0}, {"": ["unknown_row"]})


def test_units_in_the_unit_column_and_in_the_label():
    found = read(["", "带动快递业务量", "万件", 15.0, 12.0], ["", "电子商务从业人员（万人）", "", 1.5])
    values, issues = read_back(found)
    assert values == {"C16": 150000.0, "C17": 15000.0}
    assert issues == {"C16": ["unit_converted", "unit_converted"], "C17": ["unit_converted"]}
    assert found.issues[0][5:] == (
        "Sheet1!D3，C16 带动快递业务量：单位应为件，实为“15（万件）”，已换算为150000件，请核对", "15", "Sheet1", "D3",
    )  # fmt: skip


def test_faults_of_the_base_period_are_told_and_never_count_as_answered():
    found = read([4, "电商培训人次", "人次", "", -12.0], [6, "研发经费投入强度", "%", percent(0.035), "若干"])
    assert [row[2:5] for row in found.values] == [("C06", 2025, 3.5)]
    assert [row[2] for row in found.answered] == ["C06"]
    assert [(row[2], row[4]) for row in found.issues] == [("C04", "out_of_range"), ("C06", "unreadable")]
    assert found.issues[0][5] == "Sheet1!E3，C04 电商培训人次：基期（2024年）应为不小于0的整数（单位：人次），实为“-12”"


def test_what_counts_as_answered():
    found = read(
        [4, "电商培训人次", "人次", "-1"],
        [9, "专利", "个", "无"],
        [13, "电商标准", "个", 0.0],
        [14, "入驻企业", "个", "几家"],
        [5, "综合服务平台", "", "☑是 ☑否"],
        [12, "质量管控体系", "", "□是 □否"],
        [16, "快递业务量", "件", None],
    )
    assert [row[2] for row in found.answered] == ["C04", "C13", "C14", "C05"]


@pytest.mark.parametrize(
    "heads, expected",
    [
        (("报告期（2025年）", "基期（2023年）"), ([("C04", 2025)], ["wrong_year"])),
        (("报告期（2023年）", "基期（2022年）"), ([], ["wrong_year", "wrong_year"])),
    ],
)
def test_a_column_dated_with_another_year(heads, expected):
    rows = [
        ["2025年经营服务情况报告表"],
        ["基地名称", NAME],
        ["序号", "指标", "单位", *heads],
        [4, "电商培训人次", "人次", 5.0, 4.0],
    ]
    found = read_form(book(rows), 2025, "一.xlsx")
    assert ([row[2:4] for row in found.values], [row[4] for row in found.issues]) == expected
    assert found.rejected == ""


def test_a_row_of_the_bases_own_is_not_lost_in_silence():
    found = read([4, "电商培训人次", "人次", 5.0], ["", "园区占地面积", "亩", 300.0])
    assert [(row[4], row[6], row[8]) for row in found.issues] == [("unknown_row", "", "D4")]
