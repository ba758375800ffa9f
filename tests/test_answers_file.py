"""A whole file: which layout, which year, whose form; several sheets and several forms."""

import time

import pytest
from grids import NAME, book, official, read_back, sentences

from ecanalysis.reading.answers import NO_NAME, read_form
from ecanalysis.reading.answers.words import first_year

OTHER = "示例·乙园"


def answered(code="C04", number="12", year=2025, name=NAME):
    return official({code: [["", sentences(year)[code].replace("__________", number)]]}, year, name)


def read(*sheets, year=2025):
    return read_form(book(*sheets), year, "一.xlsx")


def test_a_file_of_another_round_is_rejected():
    for year in (2023, 2024, 2027):
        found = read(answered(year=year))
        assert found.rejected == f"所标年份多为{year}年：应为2025年的数据，请按2025年报告表重新填报"
        assert [row[3:5] for row in found.issues] == [("error", "wrong_year")]
        assert (found.layout, found.base_names) == ("official", [NAME])
        assert not (found.values or found.answered or found.bases or found.contacts)


@pytest.mark.parametrize(
    "title, year, rejected",
    [
        ("2025年经营服务情况报告表", 2025, False),
        ("2023年经营服务情况报告表", 2025, True),
        ("（2023年）经营服务情况报告表", 2025, True),
        ("报告期：2025年　基期：2024年", 2025, False),
        ("报告期：2027年　基期：2026年", 2025, True),
        ("二〇二三年经营服务情况报告表", 2025, True),
        ("经营服务情况报告表", 2025, False),
        ("2023年建成的基地", 2025, False),
        ("3.综合评价的周期为2年，报告表到2035年", 2025, False),
    ],
)
def test_the_year_of_a_title_where_sentences_name_none(title, year, rejected):
    rows = [[title], ["基地名称", NAME], ["指标", "报告期"], ["电商培训人次", 5.0]]
    assert bool(read(rows, year=year).rejected) == rejected


def test_most_of_the_years_decide_and_single_sentences_are_faults():
    rows = answered()
    rows[0] = ["2023年经营服务情况报告表"]
    assert read(rows).rejected == ""
    rows = official(
        {"C04": [["", "4.2023年，基地组织开展电商培训12人次。"]], "C16": [["", "16.2024年，带动快递业务量9件。"]]}
    )
    assert read_back(read(rows)) == ({}, {"C04": ["wrong_year"], "C16": ["wrong_year"]})


def test_the_base_name_may_hold_a_year():
    assert read(answered(name="2023年度示例·甲园")).base_names == ["2023年度示例·甲园"]


def test_without_a_year_all_is_well():
    rows = [
        ["基地名称", NAME],
        ["基地组织开展电商培训12人次。"],
        ["带动快递业务量9件。"],
        ["基地入驻电子商务企业3个。"],
    ]
    assert read_back(read(rows)) == ({"C04": 12.0, "C16": 9.0, "C14": 3.0}, {})


@pytest.mark.parametrize("name", ["", "　", "____", "000-0000 0000"])
def test_no_base_name(name):
    found = read(answered(name=name))
    assert (found.rejected, found.layout, found.values, found.bases) == (NO_NAME, "official", [], [])


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["你好"]],
        [["基地名称", NAME]],
        [["姓名", "电话"], ["示例", "000"]],
        [["基地名称", "年份"], [NAME, 2025.0]],
        [["通知"], ["请各基地于3月底前报送2025年电商培训情况。"]],
    ],
    ids=["empty", "text", "name only", "people", "a list", "a letter"],
)
def test_no_form_inside(rows):
    found = read(rows)
    assert found.rejected.startswith("未找到报告表的内容") and found.layout == "" and found.issues == []


def test_two_forms_on_two_sheets():
    found = read(("甲", answered()), ("乙", answered("C16", "9", name=OTHER)))
    assert found.base_names == [NAME, OTHER]
    assert [(row[1], row[2], row[4], row[8]) for row in found.values] == [
        (NAME, "C04", 12.0, "甲"),
        (OTHER, "C16", 9.0, "乙"),
    ]


def test_two_forms_below_each_other_on_one_sheet():
    found = read([*answered(), *answered("C16", "9", name=OTHER)])
    assert [(row[1], row[2]) for row in found.values] == [(NAME, "C04"), (OTHER, "C16")]
    assert [row[5] for row in found.bases] == ["", ""]


def test_one_form_over_several_sheets():
    rows = answered()
    header, general, special = rows[:2], rows[3:20], rows[20:]
    for parts in (
        [("表头", header), ("综合", general), ("专项", special)],
        [("一", [*header, *general]), ("二", [*header, *special])],
    ):
        found = read(*parts)
        assert (found.base_names, [row[2:5] for row in found.values]) == ([NAME], [("C04", 2025, 12.0)])


def test_the_paragraphs_of_a_document_come_after_its_tables():
    rows = answered()
    found = read(("表格1", rows[2:]), ("正文", [["附件6"], ["2025年报告表"], ["基地名称：" + NAME]]))
    assert (found.base_names, found.layout, len(found.values)) == ([NAME], "official", 1)


@pytest.mark.parametrize("sheet", ["填表说明", "示例", "填报样表"])
def test_sheets_that_only_explain_are_passed_over(sheet):
    found = read((sheet, answered("C16", "9")), ("报告表", answered()))
    assert [row[2] for row in found.values] == ["C04"]
    assert [row[2] for row in read((sheet, answered("C16", "9"))).values] == ["C16"]


def test_a_blank_copy_and_a_form_without_name_beside_a_good_one():
    assert read(("甲", answered()), ("空表", official(name=""))).issues == []
    found = read(("甲", answered()), ("乙", answered("C16", "9", name="")))
    assert found.base_names == [NAME] and [row[2] for row in found.values] == ["C04"]
    assert [(row[3], row[4], row[7]) for row in found.issues] == [("error", "no_base_name", "乙")]


def test_names_are_kept_as_typed_whatever_they_say():
    for name in ("../../etc/passwd", "<script>alert(1)</script>", "=1+1", "C04", "甲" * 300, "快递物流园直播基地"):
        found = read(answered(name=name))
        assert found.base_names == [name] and found.values[0][1] == name


@pytest.mark.parametrize(
    "text, year",
    [
        ("4.2025年,基地", 2025),
        ("10.2025-2026年,基地", 2025),
        ("2025—2026年", 2025),
        ("2025至2026年", 2025),
        ("截至2025年底", 2025),
        ("2025 年", 2025),
        ("二〇二五年", 2025),
        ("二零二五年", 2025),
        ("12025年", None),
        ("2025", None),
        ("1亿元以上", None),
    ],
)
def test_years(text, year):
    assert first_year(text) == year


@pytest.mark.parametrize(
    "line", [["基地名称"] * 20, ["4.2025年，基地组织开展电商培训", "基地"], ["指标", "报告期"], ["意见及建议", "是"]]
)
def test_a_sheet_without_end_is_refused_in_time(line):
    began = time.process_time()
    found = read([line] * (200_000 // len(line)))
    assert found.rejected and found.values == []
    assert time.process_time() - began < 5


@pytest.mark.parametrize("sign", ["□", "4.", "2025年", "其他", "电商培训", "基地名称：", "意见及建议\n", "（", "\n"])
def test_an_endless_cell_spoils_only_its_own_answer(sign):
    endless = sign * (100_000 // len(sign))
    rows = answered("C16", "9")
    rows += [["", "3.运营管理机制是否健全：" + endless], ["", endless], [endless, ""]]
    began = time.process_time()
    found = read(rows)
    assert {row[2]: row[4] for row in found.values}["C16"] == 9.0
    assert max(len(row[6]) for row in found.issues or [("",) * 7]) <= 1000
    assert time.process_time() - began < 5
