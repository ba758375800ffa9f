"""Contact data stays in the table `contacts`, however it is spelled and wherever it is typed."""

import re

import pytest
from grids import book, official

from ecanalysis.reading.answers import read_form
from ecanalysis.reading.people import STRUCK_OUT, secrets_of, struck_out
from ecanalysis.reading.rows import Contact

PEOPLE = [
    Contact("一.xlsx", "甲", "主要负责人", "示例甲（主任） 王示主任", "", "0571-88880001、0571-88880002"),
    Contact("一.xlsx", "甲", "联系人", "示例 乙", "", "", "130 0000 0001", "shili_wx1", "shili@example.invalid"),
    Contact("一.xlsx", "甲", "联系人", "欧阳示例主任、示例古丽·买买提、Shi Li", "", "0571-88880003转805"),
]
OWN = """13000000001; 130 0000 0001; 130-0000-0001; １３０００００００１１; 1 3 0 0 0 0 0 0 0 0 1; 130.0000.0001
13,000,000,001; 130\u200b0000\u200b0001; +86 13000000001; 0086-130-0000-0001; 示例乙; 示 例 乙; 示例·乙
示例甲; 0571 88880001; 057188880002; (0571)88880001; （０５７１）8888 0002; 88880001; 8888-0002
0571-88880002转8001; shili_wx1; SHILI_WX1; 一三〇〇〇〇〇〇〇〇一; shili＠example.invalid
shili (at) example.invalid; shili @ example . invalid; shili#example.invalid; shili【at】example.invalid
shili AT example DOT invalid; shili艾特example点invalid; shili wx1; 130_0000_0001; 一三〇0000零零零1
壹叁零零零零零零零零壹; 八八八八零零零一; 歐陽示例; 示例古麗•買買提; 示例古丽.买买提; 示例古丽买买提; SHI LI
l3OOOO00001; 130OOOO0001; 一三〇 〇〇〇〇 0oo1; 130*0000*0001; 130、0000、0001
(+86)130 0000 0001; 88880003-805; 8888 0003转805
shiliwx1; shili(a)example.invalid; ١٣٠٠٠٠٠٠٠٠١"""
STRANGERS = """13912340001; 139 1234 0001; 1391-234-0001; ①③⑨①②③④⓪⓪⓪①; 一三九 一二三四 〇〇〇一
+86（0571）88990001; 010-88990001; 0571—88990001; 0571/88990001; 400-820-0001; 4008200001; 400 8200 001
330106199001010011; 33010619900101001X; a.b@example.invalid; a.b#example.invalid; ab at example dot invalid
139O234OOO1; l39l2340001; 1三九1234〇〇〇一; 139*1234*0001; 139|1234|0001; (86)13912340001
张三@公司.中国; ab@公司.cn; 张三@example.invalid
ab@example点invalid; ab(at)example(dot)invalid; ab[at]example[dot]invalid
ab AT example DOT invalid; ab＃example.invalid; ab@example。invalid
330106 19901001 0011; 330106-19901001-0011; 0571-88990001转8002、8003
0571-88990001#802; 0571-88990001（分机802）; 0571-88990001/2
0571-88990001,88990002; 400-8200001转12; +852 2345 6789; +1 (212) 555-0100; 008522345 6789
138,0013,8000; 138，0013，8000; 1380、0138、000; 139→1234→0001; 139➖1234➖0001"""
AFTER_A_WORD = """电话 8765001; 座机：87650001、87650002; QQ：123450001; qq号 1234501; QQ群:987650001; 微信：abc_10001
VX:hello10001; 微 信 abc_10001; WeChat ID: abc10001; 加微abc10001; Q Q：123450001; 加Q 123450001; Tel．87650001
钉钉号 abc_10001; 电联 88990001; tel 8899 0001; fax: 88990001; 传真号：88990001-802; 办：88990001; 总机88990001分机802
手机：139 1234 0001/139 1234 0002; 微信同号13912340001
wx：abc10001; V：abc10001; +v abc10001; 薇❤abc10001; q：123450001; QQ邮箱123450001
护照号：E12345678; passport no. EA1234567; 台胞证12345678; 身份证330106901001001
抖音号：abc10001; 快手号 12345678; 小红书 id 95012345; TG:@abc10001; LINE ID: abc10001; 视频号：abc10001; 旺旺：abc10001
@abc10001; 微博@abc_10001; https://t.me/abc10001; https://v.douyin.com/abc10001; 电话：138,1234,5678"""
NOBODYS = """2025年培训1200人次; 1,200; 投资18000000000元; 面积12 000 000平方米; 1.5 2.3 4.5 6.7 8.9 1.2
商发〔2025〕0123号; 电话补贴12345元; 微信小程序用户2025年1200人; 二〇二五年一月一日
二〇二五年一月一日，三四五六月; 建设1#园区、2#仓库; 微信小程序abc; 使用C#.NET开发; 平台 at 2025;
快递业务量15300000001件; 统一社会信用代码91330106MA2B12345X; 2024年12月31日
91330106198801011234; 913301061988010112; 零售额15300000001.25元; 增长+12.345678%; +12345678件
2025/12/31、2024/12/31; 2023、2024、2025
专利号ZL201910123456.7; 软著登字第12345678号; 2025-330106-44-03-123456; 浙ICP备2021012345号-1
发票号码12345678; 150,2300,4500
12345热线办理87650件; 拨打12345; 护照12345件; 身份证办理12345678人; 联系20000余家
抖音、快手 2025年新增账号123456个; 抖音账号 120000 个; 抖音号数量1234567个; 微博：@示例园; 150000,230000
家电:12345; 一期二期三期; 1000 oil; 100*200*300; A@B比"""


def each(spellings: str) -> list[str]:
    return re.split(r"; |\n", spellings)


@pytest.mark.parametrize("said", each(OWN) + each(STRANGERS))
def test_every_spelling_is_struck_out_of_free_text(said):
    assert struck_out(f"建议：{said}，谢谢", secrets_of(PEOPLE)) == f"建议：{STRUCK_OUT}，谢谢"


def test_numbers_after_a_word_that_says_what_they_are():
    for said in each(AFTER_A_WORD):
        cleaned = struck_out(f"建议：{said}。")
        assert cleaned.endswith(f"{STRUCK_OUT}。") and not re.search(r"\d{4}", cleaned)


def test_amounts_dates_and_numbers_of_documents_stay():
    assert [struck_out(said, secrets_of(PEOPLE)) for said in each(NOBODYS)] == each(NOBODYS)


def _form(**changed) -> list[list]:
    said = {"name": "示例电商园", "suggestions": "", "C04": "1200"} | changed
    rows = [
        ["基地名称", said["name"]],
        ["基地联系人", "姓名", "示例乙", "办公电话", "0571-88880001", "手机", "13000000001"],
        *official({"C04": [["", f"4.2025年，基地组织开展电商培训{said['C04']}人次。"]]})[3:-2],
    ]
    return [*rows, ["意见及建议", said["suggestions"]]]


@pytest.mark.parametrize("typed", ["13000000001", "13912340001", "88880001", "1300 0000 001", "057188880001"])
def test_a_telephone_number_typed_for_a_number_is_no_answer(typed):
    found = read_form(book(_form(C04=typed)), 2025, "一.xlsx")
    assert "C04" not in {row.code for row in found.values}
    assert [(row.kind, row.severity) for row in found.issues if row.code == "C04"] == [("unreadable", "error")]
    assert "C04" in {row.code for row in found.answered}
    shown = str([found.values, found.issues, found.bases])
    assert not re.search("1391234|1300000|8888000", re.sub(r"[\s,]", "", shown))


def test_the_name_of_a_base_loses_what_was_written_beside_it_and_no_more():
    for name in ("示例电商园（联系人：示例乙 13000000001）", "示例电商园 示例乙", "示例电商园-130-0000-0001"):
        found = read_form(book(_form(name=name)), 2025, "一.xlsx")
        assert found.base_names == ["示例电商园"]
        assert {row.base_name for row in (*found.values, *found.bases, *found.contacts)} == {"示例电商园"}
    assert read_form(book(_form(name="示例乙电商园")), 2025, "一.xlsx").base_names == ["示例乙电商园"]


def test_a_contact_typed_over_two_cells_is_one_and_nowhere_else():
    def read(*cells):
        rows = _form(suggestions="请找李示例 130 0000 0009、13000000008")
        return read_form(book([rows[0], ["基地联系人", "姓名", *cells], *rows[2:]]), 2025, "一.xlsx")

    for cells, name, mobile in (
        (("李", "示例", "手机", "1300000", "0009"), "李 示例", "1300000 0009"),
        (("李示例", "王示", "手机", 13000000009, 13000000008), "李示例 王示", "13000000009、13000000008"),
    ):
        found = read(*cells)
        assert [(row.name, row.mobile) for row in found.contacts] == [(name, mobile)]
        assert not [row for row in found.issues if row.kind == "unaccounted"]
        assert found.bases[0].suggestions == f"请找{STRUCK_OUT} {STRUCK_OUT}、{STRUCK_OUT}"


def test_the_name_of_a_sheet_is_quoted_without_contacts():
    rows = _form(C04="约一千")
    found = read_form(book(("示例乙13000000001", rows)), 2025, "一.xlsx")
    assert {row.sheet for row in (*found.values, *found.issues)} == {STRUCK_OUT}
    assert "示例乙" not in str(found.issues)
