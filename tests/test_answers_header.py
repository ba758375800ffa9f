"""The header block and the closing fields: found by their labels, wherever the values stand; no contact goes astray."""

from datetime import datetime

import pytest
from grids import NAME, book, merged, official

from ecanalysis.reading.answers import read_form
from ecanalysis.reading.answers.header import read_date

PEOPLE = [
    ("一.xlsx", NAME, "主要负责人", "示例甲", "主任", "000-0000 0001", "00000000001", "wx_a", "a@example.invalid"),
    ("一.xlsx", NAME, "联系人", "示例乙", "科员", "000-0000 0002", "00000000002", "wx_b", "b@example.invalid"),
]


def person(row):
    return dict(zip(("姓名", "职务", "工作\n\n电话", "手机", "微信", "电子\n\n邮件"), row[3:]))


def block(labels=("基地\n\n主要负责人", "基地联系人")):
    rows = [["基地名称", NAME, None, "商务主管\n部门", "示例市商务局"], ["地址与范围", "示例路1号，占地3公顷"]]
    for label, row in zip(labels, PEOPLE):
        parts = [part for pair in person(row).items() for part in pair]
        rows += [[merged(label, 2), *parts[:6]], [None, *parts[6:]]]
    return rows


def read(header, **options):
    form = official(**options)
    return read_form(book([form[0], *header, *form[2:]]), 2025, "一.xlsx")


def test_the_block_of_the_form():
    found = read(block())
    assert found.bases == [("一.xlsx", NAME, "示例市商务局", "示例路1号，占地3公顷", "", "", "", True)]
    assert found.contacts == PEOPLE


@pytest.mark.parametrize(
    "header",
    [
        [["基地名称：" + NAME + "　　商务主管部门：示例市商务局"], ["地址与范围：示例路"]],
        [["基 地 名 称 :", NAME], ["商务主管部门:示例市商务局"], ["地址", "示例路"]],
        [["基地名称", "商务主管部门", "地址与范围"], [NAME, "示例市商务局", "示例路"]],
        [["基地名称"], [NAME], ["商务主管部门"], ["示例市商务局"], ["地址与范围"], ["示例路"]],
        [["基地名称\n" + NAME], ["商务主管\n部门\n示例市商务局"], ["地址与范围\n示例路"]],
        [["基地", NAME, "商务主管", "示例市商务局"], ["名称", None, "部门"], ["地址", "示例路"]],
        [["园区名称", "", "", NAME], ["主管部门", "", "示例市商务局"], ["基地地址", "", "示例路"]],
    ],
    ids=["colons", "spaces", "values below", "one column", "same cell", "labels broken", "far to the right"],
)
def test_where_values_may_stand(header):
    assert read(header).bases[0][1:4] == (NAME, "示例市商务局", "示例路")


def test_empty_values_take_nothing_from_the_next_label():
    found = read(
        [["基地名称", NAME, None, "商务主管部门", ""], ["地址与范围", ""], ["基地联系人", "姓名", "", "手机", ""]]
    )
    assert found.bases[0][:5] == ("一.xlsx", NAME, "", "", "")
    assert found.contacts == []


def test_contacts_typed_as_numbers_or_in_one_line():
    found = read(
        [
            ["基地名称", NAME],
            ["联系人：示例乙　电话：000-2　手机：00000000002"],
            ["基地负责人", "示例甲", "手机", 13000000000.0],
        ]
    )
    assert found.contacts == [
        ("一.xlsx", NAME, "主要负责人", "示例甲", "", "", "13000000000", "", ""),
        ("一.xlsx", NAME, "联系人", "示例乙", "", "000-2", "00000000002", "", ""),
    ]


def test_a_title_that_is_a_label_too():
    found = read([["基地名称", NAME], ["基地联系人", "姓名", "示例乙", "职务", "负责人", "手机", "000"]])
    assert found.contacts == [("一.xlsx", NAME, "联系人", "示例乙", "负责人", "", "000", "", "")]


def test_no_contact_stands_in_any_other_table():
    secret = "示例密 13000000000"
    odd = {
        "C04": [["", f"4.2025年，基地组织开展电商培训（请问{secret}）人次。"]],
        "S4": [["", "4.截至2025年底，带动出海企业____"], ["填表人：" + secret], ["联系电话", secret]],
    }
    header = [["基地名称", NAME], ["基地联系人", "姓名", "示例密", "手机", "13000000000"]]
    found = read(header, replaced=odd)
    assert [row[2:5] for row in found.issues] == [("C04", "error", "unreadable")]
    rest = str((found.values, found.issues, found.answered, found.bases))
    assert "示例密" not in rest and "13000000000" not in rest


def test_what_looks_like_a_contact_is_quoted_nowhere():
    asked = "14.截至2025年底，基地入驻电子商务企业{}个。"
    for text in ("请询问13012345678", "shili@example.invalid", "见010-12345678"):
        found = read([["基地名称", NAME]], replaced={"C14": [["", asked.format(text)]]})
        assert [(row[2], row[4]) for row in found.issues] == [("C14", "unreadable")]
        assert "〔联系方式〕" in found.issues[0].raw and text[-8:] not in str(found.issues)


def test_names_and_telephone_numbers_are_struck_out_of_the_suggestions():
    rows = [
        ["基地名称", NAME],
        ["基地联系人", "姓名", "示例乙", "手机", "13000000000"],
        *official()[3:-2],
        ["意见及建议", "请致电13000000000，找示例乙。"],
    ]
    assert read_form(book(rows), 2025, "一.xlsx").bases[0][4] == "请致电〔联系方式〕，找〔联系方式〕。"


def test_contacts_in_the_department_an_operator_and_numbers_that_are_no_contacts_are_struck_out_too():
    operator = "3.运营管理机制是否健全：☑是 □否； □政府部门 □事业单位 □国有或国有控股企业 □民营企业 ☑其他：示例乙个人。"
    rows = [
        ["基地名称", NAME, "商务主管部门", "示例市商务局（示例乙）"],
        ["基地联系人", "姓名", "示例乙", "手机", "13000000000"],
        *official({"C03": [["", operator]]})[3:-2],
        ["意见及建议", "请致电13012345678或shili@example.invalid。"],
    ]
    found = read_form(book(rows), 2025, "一.xlsx")
    assert found.bases[0][2] == "示例市商务局（〔联系方式〕）"
    assert found.bases[0][4] == "请致电〔联系方式〕或〔联系方式〕。"
    assert [row[5:8] for row in found.values if row[2] == "C03_operator"] == [
        ("其他:〔联系方式〕个人", "", operator.split("； ")[1].replace("示例乙", "〔联系方式〕").rstrip("。"))
    ]


@pytest.mark.parametrize("said", ["手机号建议改为选填。", "联系人一栏可删去。", "注：培训应更多。"])
def test_suggestions_may_begin_like_a_label(said):
    assert closing(["意见及建议", said])[0] == said


def closing(*rows):
    return read_form(book([*official()[:-2], *[list(row) for row in rows]]), 2025, "一.xlsx").bases[0][4:]


@pytest.mark.parametrize(
    "rows, expected",
    [
        ([["意见及建议\n（可详细填写）", "加强培训。\n多给政策。"]], ("加强培训。\n多给政策。", "", "", False)),
        ([["意见及建议（可详细填写）：加强培训。"]], ("加强培训。", "", "", False)),
        ([["意见及建议\n（可详细填写）\n加强培训。"]], ("加强培训。", "", "", False)),
        ([[merged("意见及建议", 2), "1.加强培训。"], [None, "2.开展电商培训 1,200 人次。"]],
         ("1.加强培训。\n2.开展电商培训 1,200 人次。", "", "", False)),
        ([["意见及建议"], ["（可详细填写）"], ["加强培训。"], ["省级商务"], ["主管部门"], ["审核意见"], ["同意"]],
         ("加强培训。", "同意", "", True)),
        ([["意见及", "加强培训。"], ["建议"], ["审核意见", "同意"]], ("加强培训。", "同意", "", True)),
        ([["省级商务\n\n主管部门\n\n审核意见", "   省级商务主管部门（盖章）      年    月    日"]], ("", "", "", True)),
        ([["审核意见", "同意上报。\n  示例省商务厅（盖章）  2026年 3月15日"]], ("", "同意上报。", "2026-03-15", True)),
        ([["审核意见", "同意上报。示例省商务厅（盖章）２０２６年３月１５日"]], ("", "同意上报。", "2026-03-15", True)),
        ([["审核意见", "同意"], [None, "省级商务主管部门（盖章）", "审核日期", datetime(2026, 3, 15)]],
         ("", "同意", "2026-03-15", True)),
        ([["审核意见", "同意", datetime(2026, 3, 15)]], ("", "同意", "2026-03-15", True)),
        ([["省级商务", "同意 （盖章）二〇二六年三月十五日"], ["主管部门"], ["审核意见"]],
         ("", "同意", "2026-03-15", True)),
        ([["审核意见", "同意"], ["注：1.电商产业集聚区包括园区。"], ["填表人：示例"]], ("", "同意", "", True)),
        ([["审核意见", "同意"], ["国家电子商务示范基地经营服务情况报告表"]], ("", "同意", "", True)),
    ],
)  # fmt: skip
def test_suggestions_opinion_and_date(rows, expected):
    assert closing(*rows) == expected


@pytest.mark.parametrize(
    "text, date",
    [
        ("2026年3月15日", "2026-03-15"),
        ("2026-3-5", "2026-03-05"),
        ("2026/03/15", "2026-03-15"),
        ("2026.3.15", "2026-03-15"),
        ("2026 年 3 月 15 日", "2026-03-15"),
        ("二〇二六年十二月三十一日", "2026-12-31"),
        ("二○二六年十月二十日", "2026-10-20"),
        ("2026年2月30日", ""),
        ("2026年3月", ""),
        ("年  月  日", ""),
        (datetime(2026, 3, 15, 9, 30), "2026-03-15"),
    ],
)
def test_dates(text, date):
    assert read_date(text) == date
