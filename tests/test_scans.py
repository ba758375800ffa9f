"""Stamped scans: what is certain is read and said to be so, what is not is an error; a file beside it is used."""

import subprocess
import sys
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.found import find
from ecanalysis.reading.limits import DEFAULT
from ecanalysis.reading.scans import available
from ecanalysis.reading.scans.forms import read_scan
from ecanalysis.reading.scans.gather import scans_of
from ecanalysis.rounds import round as rounds

YEAR = 2025


def test_without_the_extra_a_scan_is_sent_back_with_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr("ecanalysis.reading.scans.gather.available", lambda: False)
    (tmp_path / "甲.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF")
    read = rounds.parse([tmp_path], YEAR).files
    assert read.status[0] == "rejected" and "ecanalysis[scans]" in read.message[0]


@pytest.mark.skipif(not available(), reason="the extra scans is not installed")
def test_a_picture_that_is_none_is_sent_back(tmp_path):
    (tmp_path / "甲.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF")
    read = rounds.parse([tmp_path], YEAR).files
    assert read.status[0] == "rejected" and "重新扫描" in read.message[0]


def test_pages_of_one_base_are_read_together(tmp_path):
    for file in ("甲1.jpg", "甲2.jpg", "乙_1.png", "乙_2.png", "丙/第1页.jpg", "丙/第2页.jpg", "丁.jpg"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(b"\xff\xd8\xff\xe0")
    groups = {tuple(one.file for one in group) for group in scans_of(find([tmp_path]), YEAR, DEFAULT)}
    assert groups == {("甲1.jpg", "甲2.jpg"), ("乙_1.png", "乙_2.png"), ("丙/第1页.jpg", "丙/第2页.jpg"), ("丁.jpg",)}


EMPTY, TICKED, HALF = [0, 0, True, False], [0.3, 0.3, True, False], [0.08, 0.08, True, False]


def said(typed="120", sure=0.9, doubt="", c02=(TICKED, EMPTY)):
    answers = [
        {
            "seen": bool(doubt),
            "codes": ["C04"],
            "typed": typed,
            "boxes": [],
            "page": 1,
            "place": "1,2,3,4",
            "sure": sure,
            "doubt": doubt,
        },
        {
            "seen": True,
            "codes": ["C02"],
            "typed": "",
            "boxes": list(c02),
            "page": 1,
            "place": "1,2,3,4",
            "sure": 1,
            "doubt": "",
        },
        {
            "seen": False,
            "codes": ["C09"],
            "typed": "7",
            "boxes": [],
            "page": 2,
            "place": "5,6,7,8",
            "sure": 1,
            "doubt": "",
        },
    ]
    return {
        "layout": "official", "name": "示例·甲", "sure": 1, "year": 2025, "answers": answers, "page_of": "",
    }  # fmt: skip


@pytest.mark.parametrize("doubt", [{"sure": 0.4}, {"doubt": "字符个数与笔迹不符"}])
def test_what_is_uncertain_gives_an_error_and_no_value(doubt):
    reading = read_scan(said(**doubt), YEAR, "甲.png")
    assert {value.code: value.value for value in reading.values} == {"C02": 1, "C09": 7}
    assert [(issue.code, issue.severity) for issue in reading.issues if issue.kind == "unreadable_scan"] == [
        ("C04", "error")
    ]
    assert [(value.sheet, value.cell) for value in reading.values if value.code == "C09"] == [("第2页", "5,6,7,8")]
    assert "C04" in {row.code for row in reading.answered}


def test_a_blank_whose_neighbours_were_not_found_chooses_no_feature():
    blank = {"codes": ["I1"], "typed": "", "boxes": [], "page": 2, "place": "7,8,9,9", "sure": 0, "seen": False}
    found = said()
    found["answers"].append(blank | {"doubt": "填空前后的文字未能辨认"})
    reading = read_scan(found, YEAR, "甲.png")
    assert ("I1", "unreadable_scan") in {(issue.code, issue.kind) for issue in reading.issues}
    assert "I1" not in {row.code for row in reading.answered}


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
        (EMPTY, EMPTY, None),  # a tick beside them may have been overlooked
        (HALF, EMPTY, None),
        ([0.08, 0.08, True, True], EMPTY, None),  # a stroke through the frame: of which box?
        ([0.08, 0.08, True, True], TOUCHED, None),
        ([0.08, 0.13, True, True], EMPTY, None),  # part of that is red
        ([0.08, None, True, True], EMPTY, None),
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
    assert errors == ([] if value is not None else ["C02"])
    assert ("C02" in {row.code for row in reading.answered}) == ((yes, no) != (EMPTY, EMPTY))


def test_empty_boxes_of_a_feature_are_uncertain_only_where_something_of_it_is_filled_in():
    found = said()
    live = found["answers"][1] | {"codes": ["L3"], "boxes": [EMPTY, EMPTY], "seen": False}
    number = found["answers"][0] | {"codes": ["L1"]}
    for more, expected in (([live], set()), ([live, number], {"L3"})):
        reading = read_scan(found | {"answers": found["answers"] + more}, YEAR, "甲.png")
        assert {issue.code for issue in reading.issues if issue.kind == "unreadable_scan"} == expected


def test_of_two_questions_in_a_sentence_the_clear_one_is_read():
    found = said()
    found["answers"][1] |= {"codes": ["C10a", "C10b"], "boxes": [EMPTY, TICKED, TICKED, HALF]}
    reading = read_scan(found, YEAR, "甲.png")
    assert {value.code: value.value for value in reading.values} == {"C04": 120, "C10a": 0, "C09": 7}
    assert [issue.code for issue in reading.issues if issue.severity == "error"] == ["C10b"]


def test_how_sure_is_sure_enough_is_a_limit_that_an_analyst_can_set():
    loose, strict = replace(DEFAULT, scan_sure=0.5, box_empty=0.1, box_ticked=0.2), replace(DEFAULT, scan_sure=0.95)
    doubtful = said(sure=0.6, c02=(HALF, TICKED))
    assert {one.code for one in read_scan(doubtful, YEAR, "", loose).values} == {"C02", "C04", "C09"}
    assert {one.code for one in read_scan(doubtful, YEAR, "").values} == {"C09"}
    assert {one.code for one in read_scan(said(), YEAR, "", strict).values} == {"C02", "C09"}


def cell(code, typed, column="报告期", doubt="", sure=0.99, unit=""):
    return {
        "seen": True, "codes": [code], "column": column, "unit": unit or FIELDS[code].unit, "typed": typed, "page": 1,
        "doubt": doubt,
        "place": f"1,{len(code)},{len(typed)},{len(column)}", "sure": sure,
    }  # fmt: skip


def test_the_template_on_a_scan_is_read_by_its_own_rules_and_what_is_uncertain_is_an_error():
    rows = [
        cell("C01", "是", unit="是/否"), cell("C04", "1,200"), cell("C04", "1,100", "基期"),
        cell("C09", "7", doubt="模糊"),
        cell("C13", "3", sure=0.3), cell("C14", "", doubt=""), cell("C15", "-22.7"), cell("C17", "x"),
    ]  # fmt: skip
    found = {"layout": "form", "name": "示例·甲", "sure": 1, "year": 2025, "answers": rows, "page_of": ""}
    reading = read_scan(found, YEAR, "甲.png")
    said = {(value.code, value.year): value.value for value in reading.values}
    assert said == {("C01", 2025): 1, ("C04", 2025): 1200, ("C04", 2024): 1100, ("C15", 2025): -22.7}
    errors = {(issue.code, issue.kind) for issue in reading.issues if issue.severity == "error"}
    assert errors == {("C09", "unreadable_scan"), ("C13", "unreadable_scan"), ("C17", "unreadable")}
    assert {"C09", "C13"} <= {row.code for row in reading.answered} and "C14" not in {
        row.code for row in reading.answered
    }
    assert {value.sheet for value in reading.values} == {"第1页"} and "？" not in str(reading.issues)
    missing = {issue.code for issue in reading.issues if issue.kind == "sentence_missing"}
    assert missing == {code for code in FIELDS if code[0] == "C"} - {row["codes"][0] for row in rows}


@pytest.mark.skipif(not available(), reason="the extra scans is not installed: NOTHING WAS RECOGNISED")
def test_recognising_opens_no_connection(tmp_path):
    picture = Image.new("RGB", (700, 120), "white")
    font = ImageFont.truetype(str(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf"), 40)
    ImageDraw.Draw(picture).text((20, 20), "4.2025年，电子商务基地1200人次", font=font, fill="black")
    picture.save(tmp_path / "页.png")
    code = (
        "import sys\n"
        "away = ('socket.connect', 'socket.getaddrinfo', 'socket.sendto', 'urllib.Request', 'http.client.connect')\n"
        "sys.addaudithook(lambda event, _: event in away and sys.exit(f'{event}!'))\n"
        "from ecanalysis.reading.scans.recognise import read_page\n"
        "from pathlib import Path\n"
        "print(''.join(sign.text for line in read_page(Path(sys.argv[1]), 0).lines for sign in line))"
    )
    run = subprocess.run([sys.executable, "-c", code, tmp_path / "页.png"], capture_output=True, text=True, check=False)
    assert run.returncode == 0 and "1200" in run.stdout, run.stderr


def drawn(*signs, line=(), size=(700, 220)):
    """A page on which signs (text, x, y of their line of 40 pixels) and lines (x, y, x, y) are printed."""
    from ecanalysis.reading.scans.recognise import Picture, Sign, ink_of

    picture = Image.new("L", size, 250)
    font = ImageFont.truetype(str(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf"), 32)
    draw = ImageDraw.Draw(picture)
    for text, x, y in signs:
        draw.text((x, y - 6), text, font=font, fill=20)
    for ends in line:
        draw.line(ends, fill=20, width=2)
    grey = np.array(picture)
    placed = [Sign(text, x, y, x + font.getlength(text), y + 40, 0.99) for text, x, y in signs]
    return Picture([placed], ink_of(grey), grey, grey, 0, np.zeros_like(grey), 0)


@pytest.mark.skipif(not available(), reason="the extra scans is not installed: NOTHING WAS RECOGNISED")
@pytest.mark.parametrize(
    "printed, read, alike",
    [("-10", "-10", True), ("-10", "10", False), ("6,472", "6,472", True), ("45.1", "45.1", True),
     ("45.1", "451", False), ("6472", "647", False)],
)  # fmt: skip
def test_a_number_has_as_many_pieces_of_ink_as_signs_whatever_stands_on_the_line_above(printed, read, alike):
    from ecanalysis.reading.scans.numbers import as_many_pieces

    page = drawn((printed, 100, 100), line=[(90, 105, 260, 105)])
    assert as_many_pieces(page, (98, 100, 200, 140), read, 25) == alike


@pytest.mark.skipif(not available(), reason="the extra scans is not installed: NOTHING WAS RECOGNISED")
def test_a_sentence_that_goes_on_further_left_at_the_same_height_is_read():
    from ecanalysis.reading.scans.matching import match

    before, after = FIELDS["C04"].sentence.format(year=YEAR).split("_" * 10)
    signs = [(sign, 60 + 32 * at, 100) for at, sign in enumerate(before)]
    end = 60 + 32 * len(before) + 8
    signs += [("7", end, 100), ("3", end + 18, 100)] + [(sign, 20 + 32 * at, 108) for at, sign in enumerate(after)]
    answers, _ = match([drawn(*signs, size=(end + 200, 220))], YEAR)
    assert [(one.asked.codes, one.typed) for one in answers] == [(("C04",), "73")]


@pytest.mark.skipif(not available(), reason="the extra scans is not installed: NOTHING WAS RECOGNISED")
def test_a_long_answer_in_a_cell_of_the_template_is_no_line_of_its_table():
    from ecanalysis.reading.scans.tables import _rows

    lines = [(100, y, 500, y) for y in (100, 150, 200)]
    rows = _rows(drawn(("国有或国有控股企业", 205, 103), line=lines, size=(700, 600)), [(120, 200), (200, 500)], 0)
    assert [round(top / 50) for top, _ in rows] == [2, 3]
