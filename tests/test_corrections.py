"""Values a reviewer has put right: read with care, applied in sight, and wrong ones refused by line."""

import pytest

from ecanalysis.errors import UserError
from ecanalysis.form.blank import write_template
from ecanalysis.rounds import round as rounds

YEAR = 2025
HEADER = "base_id,code,year,value,reason,evidence,decided_on\n"


@pytest.fixture(scope="module")
def submitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("round") / str(YEAR)
    (folder / "submissions").mkdir(parents=True)
    answers = {("C04", YEAR): "约1200", ("C04", YEAR - 1): 900, ("C01", YEAR): 1, ("C03_operator", YEAR): "民营企业",
               ("C06", YEAR): "三成", ("I2", YEAR): 3, ("C15", YEAR): 8}  # fmt: skip
    write_template(folder / "submissions" / "a.xlsx", YEAR, answers, {"base_name": "示例·甲园"})
    (folder / "roster.csv").write_text(
        "base_id,name,aliases,province,kind\nB1,示例·甲园,,浙江,示范基地\nB2,示例·乙园,,浙江,集聚区\n", encoding="utf-8"
    )
    return folder


def corrected(folder, *lines, header=HEADER, encoding="utf-8-sig"):
    (folder / "corrections.csv").write_text(header + "".join(f"{line}\n" for line in lines), encoding=encoding)
    return rounds.read_round(folder)


def value(found, code, year=YEAR):
    rows = found.values[(found.values.code == code) & (found.values.year == year)]
    return [(row.value if row.text == "" else row.text, row.file, row.cell) for row in rows.itertuples()]


def new_kinds(found):
    return [(row.kind, row.base_id, row.cell) for row in found.issues.itertuples() if row.file == "corrections.csv"]


def test_a_correction_takes_the_place_of_what_was_submitted(submitted):
    found = corrected(submitted, "B1,C04,2025,1.5万,电话核实,佐证3,2026-05-01", "B1,C03_operator,2025,事业单位,章程,,")
    assert value(found, "C04") == [(15000.0, "corrections.csv", "第2行")]
    assert value(found, "C03_operator") == [("事业单位", "corrections.csv", "第3行")]
    assert [value(found, code)[0][1] for code in ("C01", "C15")] == ["a.xlsx", "a.xlsx"]
    assert len(value(found, "C04", YEAR - 1)) == 1 and new_kinds(found) == []
    applied = found.corrections.iloc[0]
    assert (applied.value, applied.submitted_value, applied.submitted_raw) == (15000, 1200, "约1200")
    assert (applied.submitted_file, applied.submitted_sheet) == ("a.xlsx", "报告表")
    assert (applied.reason, applied.evidence, applied.decided_on) == ("电话核实", "佐证3", "2026-05-01")
    # What was wrong with the form stays on record.
    assert {"approximate", "unreadable"} <= set(found.issues.kind)


def test_a_field_without_a_readable_answer_is_given_one(submitted):
    found = corrected(submitted, "B1,C06,2025,30,补报,,", "B1,S1,2025,2.5,补报,,", "B1,C17,2024,800,补报,,")
    assert value(found, "C06")[0][0] == 30 and value(found, "C17", YEAR - 1)[0][0] == 800
    assert {"C06", "S1"} <= set(found.answered.code) and "C17" not in set(found.answered.code)
    assert len(found.answered[found.answered.code == "C06"]) == 1


def test_an_empty_value_strikes_the_submitted_one(submitted):
    found = corrected(submitted, "B1,I2,2025,,未选此特色,,", "B1,C04,2024,,口径不同,,")
    assert value(found, "I2") == [] and value(found, "C04", YEAR - 1) == [] and len(value(found, "C04")) == 1
    assert "I2" not in set(found.answered.code) and "C04" in set(found.answered.code)
    assert new_kinds(found) == []


def test_striking_an_answer_that_could_not_be_read_is_not_without_effect(submitted):
    found = corrected(submitted, "B1,C06,2025,,经核实未统计,,")
    assert "C06" not in set(found.answered.code) and new_kinds(found) == []


def test_corrections_without_effect_are_pointed_out(submitted):
    found = corrected(
        submitted, "B1,C04,2025,1200,核对,,", "B1,C01,2025,是,核对,,", "B1,S4,2025,,核对,,", "B2,C04,2025,5,核对,,",
        "B1,C03_operator,2025,民营企业,核对,,", "B1,C15,2025,8.1,核对,,",
    )  # fmt: skip
    unchanged = [("correction_unchanged", "B1", f"第{line}行") for line in (2, 3, 4, 6)]
    assert new_kinds(found) == [*unchanged, ("correction_unused", "B2", "第5行")]


@pytest.mark.parametrize(
    "line, said",
    [
        ("B9,C04,2025,1,理由,,", "第3行 base_id 列：名单中没有“B9”"),
        ("B1,C99,2025,1,理由,,", "第3行 code 列：没有“C99”这一指标"),
        ("B1,C04,2023,1,理由,,", "第3行 year 列：应为报告期 2025 或基期 2024，实为“2023”"),
        ("B1,C04,今年,1,理由,,", "第3行 year 列：应为报告期 2025 或基期 2024，实为“今年”"),
        ("B1,C04,2025,若干,理由,,", "第3行 value 列：应为不小于0的整数（单位：人次），实为“若干”"),
        ("B1,C04,2025,-5,理由,,", "第3行 value 列：应为不小于0的整数（单位：人次），实为“-5”"),
        ("B1,C01,2025,也许,理由,,", "第3行 value 列：应填“是”或“否”，实为“也许”"),
        ("B1,C04,2025,1, ,,", "第3行 reason 列：应写明更正理由，实为空白"),
        ("B1,C04,2025,1,理由,,五月", "第3行 decided_on 列：应为日期（如 2026-05-01）或空白，实为“五月”"),
        ("B1,C04,2025,1,理由,,2026/2/30", "第3行 decided_on 列：应为日期（如 2026-05-01）或空白，实为“2026/2/30”"),
        ("B1,C15,2025,9,理由,,", "第3行：与第2行更正的是同一基地同一年份的同一指标"),
    ],
)
def test_a_wrong_correction_is_refused_by_line(submitted, line, said):
    with pytest.raises(UserError) as raised:
        corrected(submitted, "B1,C15,2025,8.5,理由,,", line)
    assert said in str(raised.value)


@pytest.mark.parametrize("day", ["2026/5/1", "2026/5/1 0:00", "20260501", "2026年5月1日", "2026年5月", "2026-05"])
def test_a_day_or_month_is_taken_however_it_is_written(submitted, day):
    assert corrected(submitted, f"B1,C04,2025,1,理由,,{day}").corrections.decided_on.tolist() == [day]


def test_all_wrong_lines_are_named_at_once(submitted):
    with pytest.raises(UserError) as raised:
        corrected(submitted, "B9,C04,2025,1,理由,,", "B1,C99,2025,1,,,")
    assert all(part in str(raised.value) for part in ("第2行 base_id", "第3行 code", "第3行 reason"))


def test_two_columns_of_one_meaning_are_refused(submitted):
    with pytest.raises(UserError, match="首行有几列都是 value（value、更正值），只留一列"):
        corrected(submitted, "B1,C04,2025,1,2,理由", header="base_id,code,year,value,更正值,reason\n")


def test_a_missing_column_is_named(submitted):
    with pytest.raises(UserError, match="首行缺少列 reason"):
        corrected(submitted, "B1,C04,2025,1", header="base_id,code,year,value\n")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_optional_columns_may_be_left_out_in_any_encoding(submitted, encoding):
    found = corrected(
        submitted, "B1,C15,2025,9.5,企业补报", header="base_id,code,year,value,reason\n", encoding=encoding
    )
    assert value(found, "C15") == [(9.5, "corrections.csv", "第2行")]
    assert found.corrections.reason.tolist() == ["企业补报"]


def test_no_corrections_are_no_fault(submitted):
    (submitted / "corrections.csv").unlink(missing_ok=True)
    found = rounds.read_round(submitted)
    assert found.corrections.empty and value(found, "C15")[0][0] == 8


def test_only_accepted_corrections_are_applied(submitted):
    header = HEADER.replace("decided_on", "decided_on,status")
    lines = ["B1,C04,2025,1500,核实,,,pending", "B1,C06,2025,30,补报,,,", "B1,I2,2025,9,申诉,,,rejected"]
    found = corrected(submitted, *lines, "B1,I2,2025,4,核实,,,accepted", header=header)
    assert value(found, "C04")[0][0] == 1200 and value(found, "C06")[0][0] == 30 and value(found, "I2")[0][0] == 4
    assert found.corrections.status.tolist() == ["pending", "accepted", "rejected", "accepted"]
    # As it would be with the pending one, and with none.
    assert value(found.corrected_by(found.corrections.head(1)), "C04")[0][0] == 1500
    assert value(found.corrected_by(found.corrections.head(0)), "I2")[0][0] == 3


def test_a_column_under_another_heading_is_refused_and_not_passed_over(submitted):
    with pytest.raises(UserError, match="没有“办理结果”这一列，只能有 base_id（编号）、code（指标）"):
        corrected(
            submitted, "B1,C04,2025,1500,核实,,,pending", header=HEADER.replace("decided_on", "decided_on,办理结果")
        )


@pytest.mark.parametrize(
    "lines, complaint",
    [
        (["B1,C04,2025,1500,核实,,,done"], "第2行 status 列：应为 accepted、pending、rejected 之一或空白，实为“done”"),
        (["B1,C04,2025,1500,核实,,,", "B1,C04,2025,1600,申诉,,,pending"], "第3行：与第2行更正的是同一基地"),
    ],
)
def test_a_status_that_is_none_and_two_lines_for_one_value_are_refused(submitted, lines, complaint):
    with pytest.raises(UserError, match=complaint):
        corrected(submitted, *lines, header=HEADER.replace("decided_on", "decided_on,status"))
