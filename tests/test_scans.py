"""Stamped scans: what is certain is read and said to be so, what is not is an error; a file beside it is used."""

import json
import os
from dataclasses import replace

import pandas as pd
import pytest
from pdfs import document, printed, sentences

from ecanalysis.reading import converted
from ecanalysis.reading.found import find
from ecanalysis.reading.limits import DEFAULT
from ecanalysis.reading.scans import available
from ecanalysis.reading.scans.forms import read_scan
from ecanalysis.reading.scans.gather import scans_of
from ecanalysis.rounds import round as rounds

YEAR = 2025
WANTED = ("C01", "C03", "C04", "C15", "C16")
ANSWERS = {"C01": "是", "C03": "是 民营企业", "C04": "1,200", "C15": "-22.7", "C16": "34567"}
needs_all = pytest.mark.skipif(
    not (available() and converted.office()), reason="LibreOffice or the extra scans is not installed: no scan was read"
)


def some(answers):
    numbers = {code.removeprefix("C").lstrip("0") + "." for code in WANTED}
    return [line for line in sentences(answers) if line.split(".")[0] + "." in numbers]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Submissions: a base that sent a file and a scan that differs from it, and one that sent a photograph alone."""
    import cv2
    from scans import DAMAGES, boxes_of, hand_ticked, pages

    made, folder = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("sent")

    def put(name, picture):
        part = picture[: int(picture.shape[0] * 0.55)]  # as much of the page as is filled
        cv2.imencode(".png", cv2.cvtColor(part, cv2.COLOR_RGB2BGR))[1].tofile(folder / name)

    document(folder / "甲.docx", "示例·甲产业园", some(ANSWERS))
    other = printed(document(made / "甲.docx", "示例·甲产业园", some(ANSWERS | {"C04": "2,100"})), made)
    put("甲（盖章）.png", DAMAGES["mild: 0.7 degrees, noise, blur, jpeg 60"](pages(other)[0], 1))
    numbers = {code: said for code, said in ANSWERS.items() if code not in ("C01", "C03")}
    blank = printed(document(made / "乙.docx", "示例·乙产业园", some(numbers)), made)
    picture, boxes = pages(blank)[0], boxes_of(blank)
    for box in (boxes[1], boxes[2], boxes[4]):  # C01 否, C03 是, 政府部门
        picture = hand_ticked(picture, *box[1:4], 7)
    put("乙.png", DAMAGES["red seal over the text"](picture, 1))
    return folder


@pytest.fixture(scope="module")
def tables(folder):
    return rounds.parse([folder], YEAR)


@needs_all
def test_a_base_with_a_scan_alone_is_read_from_it_and_every_value_says_so(tables):
    values = tables.values[tables.values.file == "乙.png"]
    said = {row.code: row.text or row.value for row in values.itertuples()}
    issues = tables.issues[tables.issues.file == "乙.png"]
    uncertain = set(issues.code[issues.kind == "unreadable_scan"])
    meant = {"C01": 0, "C03": 1, "C03_operator": "政府部门", "C04": 1200, "C15": -22.7, "C16": 34567}
    assert said == {code: value for code, value in meant.items() if code not in uncertain}
    assert len(uncertain) <= 2
    assert set(issues.code[issues.kind == "from_scan"]) - {""} == set(said)
    assert values.sheet.eq("第1页").all() and values.cell.str.fullmatch(r"\d+,\d+,\d+,\d+").all()
    assert set(issues.severity[issues.kind == "unreadable_scan"]) <= {"error"}


@needs_all
def test_a_file_beside_a_scan_is_used_and_what_differs_is_an_error(tables):
    status = dict(zip(tables.files.file, tables.files.status))
    assert (status["甲.docx"], status["甲（盖章）.png"]) == ("accepted_with_warnings", "compared")
    assert set(tables.values.file[tables.values.base_name == "示例·甲产业园"]) == {"甲.docx"}
    found = tables.issues[tables.issues.kind == "differs_from_stamped"]
    assert list(found.code) == ["C04"] and list(found.severity) == ["error"]
    assert "“1,200”" in found.message.iloc[0] and "“2,100”" in found.message.iloc[0]
    assert not (tables.issues.kind == "duplicate").any()


@needs_all
def test_nothing_of_people_is_kept_of_a_scan_and_nothing_is_recognised_twice(folder, tmp_path, monkeypatch):
    round_ = tmp_path / str(YEAR)
    (round_ / "submissions").mkdir(parents=True)
    (round_ / "submissions" / "乙.png").write_bytes((folder / "乙.png").read_bytes())
    (round_ / "roster.csv").write_text("base_id,name,aliases,province,kind\nB1,示例·乙产业园,,浙江,示范基地\n", "utf-8")
    first = rounds.read_round(round_)
    (kept,) = (round_ / ".parsed" / "scans").iterdir()
    assert oct(kept.stat().st_mode)[-3:] == "600"
    said = json.loads(kept.read_text("utf-8"))
    assert "示例负责人" not in json.dumps(said, ensure_ascii=False) and said["name"] == "示例·乙产业园"
    monkeypatch.setattr("ecanalysis.reading.scans.gather._apart", None)  # would fail if it were called
    again = rounds.read_round(round_, fresh=True)
    pd.testing.assert_frame_equal(first.values, again.values)
    assert os.listdir(round_ / "submissions") == ["乙.png"]


def test_without_the_extra_a_scan_is_sent_back_with_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr("ecanalysis.reading.scans.gather.available", lambda: False)
    (tmp_path / "甲.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF")
    files = rounds.parse([tmp_path], YEAR).files
    assert files.status[0] == "rejected" and "ecanalysis[scans]" in files.message[0]


@pytest.mark.skipif(not available(), reason="the extra scans is not installed")
def test_a_picture_that_is_none_is_sent_back(tmp_path):
    (tmp_path / "甲.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF")
    files = rounds.parse([tmp_path], YEAR).files
    assert files.status[0] == "rejected" and "重新扫描" in files.message[0]


def test_pages_of_one_base_are_read_together(tmp_path):
    for file in ("甲1.jpg", "甲2.jpg", "乙_1.png", "乙_2.png", "丙/第1页.jpg", "丙/第2页.jpg", "丁.jpg"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(b"\xff\xd8\xff\xe0")
    groups = {tuple(one.file for one in group) for group in scans_of(find([tmp_path]), DEFAULT)}
    assert groups == {("甲1.jpg", "甲2.jpg"), ("乙_1.png", "乙_2.png"), ("丙/第1页.jpg", "丙/第2页.jpg"), ("丁.jpg",)}


EMPTY, TICKED, HALF = [0, 0, True, False], [0.3, 0.3, True, False], [0.08, 0.08, True, False]


def said(typed="120", sure=0.9, doubt="", c02=(TICKED, EMPTY)):
    answers = [
        {"codes": ["C04"], "typed": typed, "boxes": [], "page": 1, "place": "1,2,3,4", "sure": sure, "doubt": doubt},
        {"codes": ["C02"], "typed": "", "boxes": list(c02), "page": 1, "place": "1,2,3,4", "sure": 1, "doubt": ""},
        {"codes": ["C09"], "typed": "7", "boxes": [], "page": 2, "place": "5,6,7,8", "sure": 1, "doubt": ""},
    ]
    return {"name": "示例·甲", "sure": 1, "year": 2025, "answers": answers, "page_of": ""}


@pytest.mark.parametrize("doubt", [{"sure": 0.4}, {"doubt": "字符个数与笔迹不符"}])
def test_what_is_uncertain_gives_an_error_and_no_value(doubt):
    reading = read_scan(said(**doubt), YEAR, "甲.png")
    assert {value.code: value.value for value in reading.values} == {"C02": 1, "C09": 7}
    assert [(issue.code, issue.severity) for issue in reading.issues if issue.kind == "unreadable_scan"] == [
        ("C04", "error")
    ]
    assert [(value.sheet, value.cell) for value in reading.values if value.code == "C09"] == [("第2页", "5,6,7,8")]
    assert "C04" in {row.code for row in reading.answered}


def test_a_scan_is_judged_by_the_rules_of_every_other_format():
    reading = read_scan(said("-120"), YEAR, "甲.png")
    assert [(issue.code, issue.kind) for issue in reading.issues if issue.severity == "error"] == [
        ("C04", "out_of_range")
    ]
    reading = read_scan(said() | {"year": 2023}, YEAR, "甲.png")
    assert "2023年" in reading.rejected


SIGN, TOUCHED = [0.4, 0.4, False, False], [0, 0, True, True]


@pytest.mark.parametrize(
    "yes, no, value",
    [
        (TICKED, EMPTY, 1),
        (EMPTY, TICKED, 0),
        (TICKED, TICKED, None),  # a conflict
        (EMPTY, EMPTY, None),
        (HALF, EMPTY, None),
        (SIGN, EMPTY, 1),  # a √ typed in place of a box
        (SIGN, SIGN, None),
        (SIGN, TOUCHED, None),
        (TOUCHED, EMPTY, None),  # a stroke beside a box, or round its word
        (TICKED, TOUCHED, None),
        ([0.02, 0.3, True, False], EMPTY, None),  # ticked in red: is it the seal?
        ([None, None, False, False], TICKED, None),
    ],
)
def test_a_box_is_told_by_its_ink_and_flagged_where_it_does_not_tell(yes, no, value):
    reading = read_scan(said(c02=(yes, no)), YEAR, "甲.png")
    values = {one.code: one.value for one in reading.values}
    assert values.get("C02") == value
    errors = [issue.code for issue in reading.issues if issue.severity == "error"]
    assert errors == ([] if value is not None or (yes, no) == (EMPTY, EMPTY) else ["C02"])


def test_how_sure_is_sure_enough_is_a_limit_that_an_analyst_can_set():
    loose, strict = replace(DEFAULT, scan_sure=0.5, box_empty=0.1, box_ticked=0.2), replace(DEFAULT, scan_sure=0.95)
    doubtful = said(sure=0.6, c02=(HALF, TICKED))
    assert {one.code for one in read_scan(doubtful, YEAR, "", loose).values} == {"C02", "C04", "C09"}
    assert {one.code for one in read_scan(doubtful, YEAR, "").values} == {"C09"}
    assert {one.code for one in read_scan(said(), YEAR, "", strict).values} == {"C02", "C09"}
