"""Which fields of a round are open: without a value, or with one that an issue doubts, of the reporting year alone."""

import pytest

from ecanalysis.deciding.questions import Question, open_fields
from ecanalysis.evaluation import load_round
from ecanalysis.form.blank import write_template

YEAR = 2031
HEADER = "base_id,code,year,value,reason,evidence,decided_on,status\n"
ANSWERS = {
    ("C04", YEAR): "约1200",
    ("C06", YEAR): 3,
    ("C08", YEAR): 0.2,
    ("C08", YEAR - 1): 20,
    ("C14", YEAR): 100,
    ("C14", YEAR - 1): "约90",
    ("C17", YEAR): "三成",
    ("I1", YEAR): 2,
}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / str(YEAR)
    (folder / "submissions").mkdir(parents=True)
    for name in ("甲", "乙"):
        write_template(folder / "submissions" / f"{name}.xlsx", YEAR, ANSWERS, {"base_name": f"示例·{name}园"})
    (folder / "roster.csv").write_text(
        "base_id,name,aliases,province,kind\nB1,示例·甲园,,浙江,示范基地\nB2,示例·乙园,,浙江,集聚区\n", "utf-8"
    )
    return folder


def codes(folder, base_id="B1"):
    fields = open_fields(load_round(folder))
    return set(fields.code[fields.base_id == base_id])


def test_a_field_is_open_without_a_value_or_with_a_doubtful_one(folder):
    found = codes(folder)
    assert {"C04", "C08"} <= found  # approximate, and it looks like a fraction
    assert {"C01", "C17", "I2", "I3", "I4"} <= found  # nothing, nothing readable, and what a chosen feature lacks
    assert "C14" not in found  # only its base period is approximate
    assert not {"C06", "I1", "L1", "A1", "S1"} & found  # answered well, and features that were not chosen


def test_a_line_that_was_decided_on_closes_a_field(folder):
    lines = ["B1,C04,2031,1200,核实,,,accepted", "B1,C08,2031,20,申诉,,,rejected", "B1,C01,2031,是,补报,,,pending",
             "B1,C17,2030,9,基期,,,accepted"]  # fmt: skip
    (folder / "corrections.csv").write_text(HEADER + "\n".join(lines), "utf-8")
    found = codes(folder)
    assert not {"C04", "C08"} & found and {"C01", "C17"} <= found
    assert {"C04", "C08"} <= codes(folder, "B2")


def test_the_form_that_was_not_used_opens_nothing(folder):
    answers = {key: value for key, value in ANSWERS.items() if key != ("C04", YEAR)} | {("C04", YEAR): 1200}
    write_template(folder / "submissions" / "甲（新）.xlsx", YEAR, answers, {"base_name": "示例·甲园"})
    r = load_round(folder)
    [file] = set(r.reported[r.reported.base_id == "B1"].file)
    assert ("C04" in codes(folder)) == (file == "甲.xlsx")


def test_questions_are_named_by_base_field_and_year():
    assert Question(2031, "B1", "C04").label(2031) == "B1:C04"
    assert Question(2029, "B1", "file").label(2031) == "B1:file@2029"
