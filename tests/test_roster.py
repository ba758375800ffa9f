"""Who is who: reading roster.csv, naming every fault in it, and matching names without guessing."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecanalysis.errors import UserError
from ecanalysis.rounds.corrections import read_corrections
from ecanalysis.rounds.roster import PROVINCES, match, nearest, normalise_name, province_of, read_roster, received

HEADER = "base_id,name,aliases,province,kind\n"
GOOD = (
    HEADER
    + "B001,示例·杭州数字贸易产业园,示例杭州数贸园；示例·数贸园,浙江,示范基地\n"
    + "B002,示例·石河子电商园,,新疆兵团,集聚区\n"
)


@pytest.fixture
def roster_file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "roster.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_roster_is_read_in_every_encoding_a_spreadsheet_saves(roster_file, encoding, newline):
    roster = read_roster(roster_file(GOOD.replace("\n", newline), encoding))
    assert list(roster.columns) == ["base_id", "name", "aliases", "province", "kind", "region"]
    assert roster.to_dict("records") == [
        {
            "base_id": "B001",
            "name": "示例·杭州数字贸易产业园",
            "aliases": "示例杭州数贸园;示例·数贸园",
            "province": "浙江",
            "kind": "示范基地",
            "region": "东",
        },
        {
            "base_id": "B002",
            "name": "示例·石河子电商园",
            "aliases": "",
            "province": "新疆生产建设兵团",
            "kind": "集聚区",
            "region": "西",
        },
    ]


def test_columns_may_stand_in_another_order_beside_others(roster_file):
    text = "kind,备注,province,name,base_id,aliases\n集聚区,新,浙江省,示例园,B1,\n,,,,,\n"
    roster = read_roster(roster_file(text))
    assert roster.values.tolist() == [["B1", "示例园", "", "浙江", "集聚区", "东"]]


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "是空的"),
        (HEADER, "没有任何基地"),
        ("base_id,name,province,kind\nB1,甲,浙江,示范基地\n", "缺少列 aliases"),
        (HEADER + "B1,甲园,,浙江,示范基地\nB1,乙园,,浙江,示范基地\n", "第3行 base_id 列：“B1”与第2行重复"),
        (HEADER + "B1,甲园,,浙江,示范基地\nB2,甲园区,,浙江,集聚区\n", "第3行 name 列：“甲园区”与第2行 B1 的“甲园”"),
        (HEADER + "B1,甲电商园,,浙江,示范基地\nB2,乙,甲电子商务园,浙江,集聚区\n", "第3行 aliases 列：“甲电子商务园”"),
        (HEADER + "B1,甲园,,江浙,示范基地\n", "第2行 province 列：没有“江浙”"),
        (HEADER + "B1,甲园,,浙江,基地\n", "第2行 kind 列：应为“示范基地”或“集聚区”，实为“基地”"),
        (HEADER + ",甲园,,浙江,示范基地\n", "第2行 base_id 列为空"),
        (HEADER + "B:1,甲园,,浙江,示范基地\n", "第2行 base_id 列：“B:1”不能含分号或冒号"),
        (HEADER + "B1,,,浙江,示范基地\n", "第2行 name 列为空"),
        (HEADER + "B1,甲,园,,浙江,示范基地\n", "第2行有 6 格，首行为 5 列"),
        (HEADER + 'B1,"甲园,,浙江,示范基地\n', "不是有效的 CSV"),
        (b"\xff\xfe\x00\x01\xff", "文字编码"),
    ],
)
def test_faults_in_the_roster_name_line_and_column(roster_file, text, said):
    with pytest.raises(UserError, match=said.replace("（", ".")):
        read_roster(roster_file(text))


def test_all_faults_are_named_at_once(roster_file):
    with pytest.raises(UserError) as raised:
        read_roster(roster_file(HEADER + "B1,甲园,,江浙,基地\nB1,乙园,,浙江,示范基地\n"))
    assert [part in str(raised.value) for part in ("第2行 province", "第2行 kind", "第3行 base_id")] == [True] * 3


def test_no_roster_is_said(tmp_path):
    with pytest.raises(UserError, match="找不到名单文件"):
        read_roster(tmp_path / "roster.csv")


def test_every_province_has_its_region():
    assert len(PROVINCES) == 37
    counts = {region: list(PROVINCES.values()).count(region) for region in "东中西"}
    assert counts == {"东": 14, "中": 6, "西": 17}


@pytest.mark.parametrize(
    "text, province",
    [
        ("浙江", "浙江"),
        ("浙江省", "浙江"),
        (" 北京市 ", "北京"),
        ("内蒙古自治区", "内蒙古"),
        ("广西壮族自治区", "广西"),
        ("新疆维吾尔自治区", "新疆"),
        ("新疆兵团", "新疆生产建设兵团"),
        ("大连市", "大连"),
        ("杭州", ""),
        ("", ""),
    ],
)
def test_provinces_by_any_of_their_names(text, province):
    assert province_of(text) == province


@pytest.mark.parametrize(
    "submitted",
    [
        "示例·杭州电子商务产业园（一期）",
        "示例杭州电商产业园区(一期)",
        "示例・杭州　电商 产业园【一期】",
        "示例•杭州電商产业园一期".replace("電", "电"),
        "示例—杭州电子商务产业园区·一期",
    ],
)
def test_spellings_of_one_name_match(roster_file, submitted):
    roster = read_roster(roster_file(HEADER + "B1,示例·杭州电商产业园（一期）,,浙江,示范基地\n"))
    assert match([submitted], roster) == {submitted: "B1"}


def test_another_phase_is_another_base_and_only_suggested(roster_file):
    roster = read_roster(roster_file(GOOD + "B003,示例·杭州电商产业园（一期）,,浙江,示范基地\n"))
    other = "示例·杭州电商产业园（二期）"
    assert match([other], roster) == {}
    [(base_id, name, similarity)] = nearest([other], roster)
    assert (base_id, name) == ("B003", "示例·杭州电商产业园（一期）") and 0.8 < similarity < 1


def test_an_alias_is_matched_and_suggests_its_base(roster_file):
    roster = read_roster(roster_file(GOOD))
    assert match(["示例·数贸园区", "无此园"], roster) == {"示例·数贸园区": "B001"}
    assert nearest(["示例杭州数贸圆"], roster)[0][:2] == ("B001", "示例·杭州数字贸易产业园")


def test_the_telling_part_of_a_name_and_its_province_decide_what_is_suggested(roster_file):
    places = ("常州", "成都", "南宁", "银川", "大理", "长沙")
    rows = "".join(f"X{place},示例·{place}新区电子商务产业园,,江苏,集聚区\n" for place in places)
    rows += "B1,示例·杭州云谷电子商务产业园,,浙江,示范基地\nB2,示例·武汉光谷直播基地,,湖北,示范基地\n"
    roster = read_roster(roster_file(HEADER + rows + "B3,示例·宁波云谷电子商务产业园,,宁波,集聚区\n"))
    assert nearest(["示例·武汉光谷电子商务产业园"], roster)[0][0] == "B2"
    [(base_id, _, _)] = nearest(["示例·云谷电商园"], roster, ["宁波"])
    assert base_id == "B3"


def test_headings_and_names_may_be_chinese(roster_file, tmp_path):
    chinese = HEADER.replace("base_id,name,aliases,province,kind", "编号,基地名称,别名,省份,类别")
    roster = read_roster(roster_file(chinese + "B1,示例·杭州电商园,,浙江省,示范基地\n"))
    assert roster.iloc[0].to_list() == ["B1", "示例·杭州电商园", "", "浙江", "示范基地", "东"]
    path = tmp_path / "corrections.csv"
    path.write_text("基地,指标,年份,更正值,理由,状态\n示例杭州电商园区,电子商务从业人员,2025年,12,补报,未决\n", "utf-8")
    [line] = read_corrections(path, roster, 2025).itertuples()
    assert (line.base_id, line.code, line.year, line.value, line.status) == ("B1", "C17", 2025, 12, "pending")


@given(st.text(max_size=20) | st.text("电子商务园区 ·（Ａ１", max_size=20))
@settings(max_examples=100)
def test_normalising_twice_changes_nothing(name):
    once = normalise_name(name)
    assert normalise_name(once) == once


def test_who_has_sent_something_although_nothing_was_accepted():
    bases = pd.DataFrame(
        [
            ("B1", "示例·杭州园", "示例·老杭州电子商务园区"),
            ("B2", "示例·杭州园二期", ""),
            ("B3", "示例·宁波园", ""),
            ("B4", "示例·苏州园", ""),
        ],
        columns=["base_id", "name", "aliases"],
    )
    files = pd.DataFrame(
        [
            ("浙江/a.xlsx", "rejected", "示例·宁波园"),  # the name inside
            ("浙江.zip!/示例·杭州园（二期）_报告表.doc", "rejected", ""),  # else the longest name in the file's own
            ("示例老杭州电商园.pdf", "rejected", ""),  # an alias, as names are compared
            ("示例·宁波园.xlsx", "rejected", "谁也不是"),
            ("示例·苏州园.xlsx", "accepted", "示例·苏州园"),
            ("看不出.xlsx", "rejected", ""),
        ],
        columns=["file", "status", "base_name"],
    )
    unmatched = pd.DataFrame(
        [("c.xlsx", "B4", 0.95), ("d.xlsx", "B4", 0.9), ("e.xlsx", "B3", 0.99), ("f.xlsx", "B1", 0.89)],
        columns=["file", "nearest_base_id", "similarity"],
    )
    found = received(files, unmatched, bases).set_index("base_id")
    assert found.received.to_dict() == {"B1": "returned", "B2": "returned", "B3": "returned", "B4": "unmatched"}
    assert found.file.to_dict() == {
        "B1": "示例老杭州电商园.pdf",
        "B2": "浙江.zip!/示例·杭州园（二期）_报告表.doc",
        "B3": "浙江/a.xlsx;示例·宁波园.xlsx",
        "B4": "c.xlsx;d.xlsx",
    }
    assert received(files.head(0), unmatched.head(0), bases).empty
