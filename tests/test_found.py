"""Which files a folder holds: each once, whatever people and systems leave in folders."""

import os
import sys

import pytest

from ecanalysis.errors import UserError
from ecanalysis.reading.found import find


@pytest.fixture
def folder(tmp_path):
    def make(*files):
        for file in files:
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        return tmp_path

    return make


def names(*paths):
    return [one.file for one in find(list(paths))]


def test_every_file_at_any_depth_once_in_order(folder):
    top = folder("b.xlsx", "浙江/a.xlsx", "浙江/杭州/深/c.docx", "a.xlsx")
    assert names(top) == ["a.xlsx", "b.xlsx", "浙江/a.xlsx", "浙江/杭州/深/c.docx"]
    assert names(top, top / "浙江", top / "b.xlsx") == names(top)


def test_what_office_and_systems_leave_behind_is_passed_over(folder):
    top = folder("~$表.xlsx", "Thumbs.db", "浙江/thumbs.db", ".DS_Store", ".parsed/x.parquet", "desktop.ini")
    top = folder("浙江/~WRL0003.tmp", "__MACOSX/._表.xlsx", "~表.xlsx")
    assert names(top) == ["~表.xlsx"]


def test_a_single_file_is_called_by_its_name(folder):
    top = folder("浙江/a.xlsx")
    assert names(top / "浙江" / "a.xlsx") == ["a.xlsx"]


def test_as_many_folders_as_tell_two_apart_come_before_the_name(folder):
    top = folder("第一批/浙江/a.xlsx", "第二批/浙江/a.xlsx", "第二批/浙江/b.xlsx")
    assert names(top / "第一批", top / "第二批") == ["浙江/b.xlsx", "第一批/浙江/a.xlsx", "第二批/浙江/a.xlsx"]
    assert names(top / "第一批/浙江", top / "第二批/浙江") == ["b.xlsx", "第一批/浙江/a.xlsx", "第二批/浙江/a.xlsx"]
    assert names(top / "第一批/浙江/a.xlsx", top / "第二批/浙江/a.xlsx") == ["第一批/浙江/a.xlsx", "第二批/浙江/a.xlsx"]


def test_evidence_is_what_lies_below_a_folder_of_that_name(folder):
    top = folder("佐证材料/a.pdf", "浙江/证明材料/深/b.xlsx", "佐证材料.xlsx", "报告表及佐证材料/c.xlsx")
    assert {one.file for one in find([top]) if one.evidence} == {"佐证材料/a.pdf", "浙江/证明材料/深/b.xlsx"}
    assert [one.evidence for one in find([top / "佐证材料"])] == [True]


def test_a_path_that_is_not_there_is_a_mistake_of_the_caller(tmp_path):
    with pytest.raises(UserError, match="找不到文件或文件夹"):
        find([tmp_path / "没有"])


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_are_followed_but_not_round_in_circles(folder, tmp_path_factory):
    top = folder("a.xlsx", "浙江/b.xlsx")
    elsewhere = tmp_path_factory.mktemp("别处")
    (elsewhere / "c.xlsx").write_bytes(b"x")
    (top / "链接").symlink_to(elsewhere)
    (top / "浙江" / "回环").symlink_to(top)
    (top / "自指").symlink_to(top / "自指")
    (top / "断链.xlsx").symlink_to(top / "没有.xlsx")
    found = {one.file: one.fault for one in find([top])}
    assert found == {
        "a.xlsx": "",
        "浙江/b.xlsx": "",
        "链接/c.xlsx": "",
        "浙江/回环": "文件夹链接指回上级文件夹，未再读取",
        "自指": "链接指向的文件不存在",
        "断链.xlsx": "链接指向的文件不存在",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep file names as text")
def test_names_in_another_encoding_are_shown_as_text(folder):
    top = folder("浙江.xlsx")
    for raw in ("浙江.xlsx".encode("gb18030"), b"\xff\xfe.xlsx"):
        with open(os.fsencode(top) + b"/" + raw, "wb"):
            pass
    shown = names(top)
    assert sorted(shown) == ["\\xff\\xfe.xlsx", "浙江.xlsx", "浙江.xlsx（2）"]
    assert all(name.encode("utf-8") for name in shown)


def test_very_deep_folders_are_walked(tmp_path):
    deep = tmp_path
    for _ in range(300):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "a.xlsx").write_bytes(b"x")
    assert names(tmp_path) == ["d/" * 300 + "a.xlsx"]
