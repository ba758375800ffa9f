"""Submissions become tidy tables, and a round what is scored: real workbooks, read in real worker processes."""

import hashlib
import re
import zipfile
from datetime import date

import pytest

from ecanalysis.errors import UserError
from ecanalysis.form.blank import write_template
from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.files import LocalPool
from ecanalysis.rounds import round as rounds
from ecanalysis.rounds import schemas

YEAR = 2025
GOOD = {(code, YEAR): 0 for code in ("C10a", "C10b", "C11")} | {("L1", YEAR): 30, ("L2", YEAR): 12} | {
    ("L3", YEAR): 1, ("L4", YEAR): 1, ("C14", YEAR): 500, ("C17", YEAR): 9000, ("C14", YEAR - 1): 480,
}  # fmt: skip


def submit(folder, file, name, answers=GOOD, **particulars):
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    write_template(path, YEAR, answers, {"base_name": name, "review_opinion": "同意", **particulars})
    return path


def statuses(parsed):
    return dict(zip(parsed.files.file, parsed.files.status))


def kinds(parsed):
    return [(issue.file, issue.kind) for issue in parsed.issues.itertuples()]


def test_every_file_gets_one_row_and_every_answer_one(tmp_path):
    submit(tmp_path, "浙江/甲.xlsx", "示例·甲园", department="浙江省商务厅", address="一号", suggestions="多办培训")
    submit(tmp_path, "乙.xlsx", "示例·乙园", {**GOOD, ("C17", YEAR): 3})
    (tmp_path / "照片.jpg").write_bytes(b"\xff\xd8\xff\xe0 JFIF")
    (tmp_path / "浙江" / "佐证材料").mkdir()
    (tmp_path / "浙江" / "佐证材料" / "证书.pdf").write_bytes(b"%PDF")
    (tmp_path / "~$乙.xlsx").write_bytes(b"x")
    parsed = rounds.parse([tmp_path], YEAR)
    assert statuses(parsed) == {
        "乙.xlsx": "accepted_with_warnings",
        "浙江/佐证材料/证书.pdf": "evidence",
        "浙江/甲.xlsx": "accepted",
        "照片.jpg": "rejected",
    }
    assert kinds(parsed) == [("乙.xlsx", "employment_below_enterprises")]
    for row in parsed.files.itertuples():
        assert row.sha256 == hashlib.sha256((tmp_path / row.file).read_bytes()).hexdigest()
    picture = parsed.files[parsed.files.file == "照片.jpg"].iloc[0]
    assert (picture.layout, picture.base_name) == ("", "")
    assert "报送" in picture.message and "另存为 .xlsx 或" not in picture.message  # nobody can save a photograph so

    mine = parsed.values[parsed.values.file == "浙江/甲.xlsx"]
    assert {(code, year): value for code, year, value in zip(mine.code, mine.year, mine.value)} == GOOD
    assert set(mine.base_name) == {"示例·甲园"} and set(mine.sheet) == {"报告表"}
    assert list(mine.unit) == [FIELDS[code].unit for code in mine.code]
    assert len(parsed.answered) == 2 * (len(GOOD) - 1)
    form = parsed.bases[parsed.bases.base_name == "示例·甲园"].iloc[0]
    assert (form.department, form.address, form.suggestions) == ("浙江省商务厅", "一号", "多办培训")


def test_contacts_are_in_their_own_table_alone(tmp_path):
    people = {"联系人": {"name": "示例甲", "mobile": "000-0000 0000", "email": "nobody@example.invalid"}}
    submit(tmp_path, "甲.xlsx", "示例·甲园", **people)
    parsed = rounds.parse([tmp_path], YEAR)
    [contact] = parsed.contacts.itertuples(index=False)
    assert (contact.role, contact.name, contact.mobile, contact.email) == ("联系人", *people["联系人"].values())
    for name in ("files", "values", "issues", "bases", "answered"):
        text = getattr(parsed, name).to_csv()
        assert not any(secret in text for secret in people["联系人"].values()), name


@pytest.mark.parametrize("workers", [1, 2])
def test_tables_do_not_depend_on_who_is_ready_first(tmp_path, workers):
    for number in range(20):
        submit(tmp_path, f"{number % 3}/{number}.xlsx", f"示例{number}", {**GOOD, ("C04", YEAR): number})
    one, other = (
        rounds.parse([tmp_path], YEAR, executor=LocalPool(workers)),
        rounds.parse([tmp_path], YEAR, executor=LocalPool(3)),
    )
    for name in tables_of_parsed():
        assert getattr(one, name).equals(getattr(other, name)), name
    assert list(one.files.file) == sorted(one.files.file)
    assert list(dict.fromkeys(one.values.file)) == list(one.files.file)


def tables_of_parsed():
    return list(rounds.Parsed.__dataclass_fields__)


def test_nothing_to_read_gives_empty_tables_with_their_columns(tmp_path):
    parsed = rounds.parse([tmp_path], YEAR)
    assert list(parsed.values.columns) == list(schemas.VALUES.columns)
    assert all(getattr(parsed, name).empty for name in tables_of_parsed())


NAMES = ("示例·甲电子商务园区", "示例甲电商园")


@pytest.mark.parametrize(
    "forms, used, why",
    [
        ([("a.xlsx", None), ("b.xlsx", None)], "b.xlsx", "文件名在后"),
        ([("a.xlsx", date(2026, 3, 2)), ("b.xlsx", date(2026, 3, 1))], "a.xlsx", "审核日期较晚（2026-03-02）"),
        ([("a.xlsx", date(2026, 3, 2)), ("b.xlsx", None)], "b.xlsx", "文件名在后"),
        ([("a.xlsx", date(2026, 3, 2)), ("b.xlsx", date(2026, 3, 2))], "b.xlsx", "文件名在后"),
        (
            [("a.xlsx", date(2026, 3, 2)), ("b.xlsx", date(2026, 3, 2)), ("c.xlsx", date(2026, 3, 1))],
            "b.xlsx",
            "文件名在后",
        ),
    ],
    ids=["undated", "later date", "one undated", "same date", "two of the latest date"],
)
def test_of_two_forms_for_one_base_one_is_used(tmp_path, forms, used, why):
    for number, (file, day) in enumerate(forms):
        dated = {"review_date": day} if day else {}
        submit(tmp_path, file, NAMES[number % 2], {**GOOD, ("C04", YEAR): 100 + number}, **dated)
    submit(tmp_path, "other.xlsx", "示例·乙园")
    parsed = rounds.parse([tmp_path], YEAR)
    files = [file for file, _ in forms]
    assert [file for file, kind in kinds(parsed) if kind == "duplicate"] == files
    assert statuses(parsed) == dict.fromkeys(files, "accepted_with_warnings") | {"other.xlsx": "accepted"}
    for table in (parsed.values, parsed.answered, parsed.bases):
        assert sorted(set(table.file)) == [used, "other.xlsx"]
    said = dict(zip(parsed.issues.file, parsed.issues.message))
    assert all(why in said[file] for file in files)
    assert ["采用本表" in said[file] for file in files] == [file == used for file in files]


def test_a_form_that_was_not_used_keeps_its_issues(tmp_path):
    submit(tmp_path, "a.xlsx", NAMES[0], {**GOOD, ("C04", YEAR): "若干"})
    submit(tmp_path, "b.xlsx", NAMES[1])
    parsed = rounds.parse([tmp_path], YEAR)
    assert sorted(kinds(parsed)) == [("a.xlsx", "duplicate"), ("a.xlsx", "unreadable"), ("b.xlsx", "duplicate")]


def test_a_rejected_file_is_nobody_s_duplicate(tmp_path):
    submit(tmp_path, "a.xlsx", NAMES[0])
    write_template(tmp_path / "b.xlsx", YEAR - 2, {("C04", YEAR - 2): 1}, {"base_name": NAMES[0]})
    parsed = rounds.parse([tmp_path], YEAR)
    assert statuses(parsed) == {"a.xlsx": "accepted", "b.xlsx": "rejected"}
    assert set(parsed.values.file) == {"a.xlsx"}
    assert [file for file, kind in kinds(parsed) if kind == "wrong_year"] == ["b.xlsx"]


@pytest.fixture
def round_folder(tmp_path):
    folder = tmp_path / str(YEAR)
    submissions = folder / "submissions"
    submit(submissions, "a.xlsx", NAMES[0])
    submit(submissions, "b.xlsx", "示例·甲老名称", {**GOOD, ("C04", YEAR): 8})
    submit(submissions, "江苏/c.xlsx", "示例·丙圆")
    (submissions / "坏.xlsx").write_bytes(b"PK\x03\x04 not really")
    (folder / "roster.csv").write_text(
        "base_id,name,aliases,province,kind\nB1,示例·甲电商园,示例·甲老名称,浙江,示范基地\n"
        "B2,示例·乙园,,江苏,集聚区\nB3,示例·丙园,,江苏,示范基地\n",
        encoding="utf-8",
    )
    return folder


def test_a_round_is_read_against_its_roster(round_folder):
    found = rounds.read_round(round_folder)
    assert (found.year, found.folder) == (YEAR, round_folder)
    # Two names for one base, known by its alias, are one base: the later file is used.
    assert list(found.submitted.base_id) == ["B1"] and list(found.not_submitted.base_id) == ["B2", "B3"]
    assert list(found.not_submitted.columns) == [*rounds.OF_BASE, "received", "file"]
    assert list(found.forms.base_name) == ["示例·甲老名称"] and set(found.values.file) == {"b.xlsx"}
    assert set(found.values.base_id) == set(found.answered.base_id) == {"B1"}
    [stranger] = found.unmatched.itertuples(index=False)
    assert tuple(stranger)[:4] == ("江苏/c.xlsx", "示例·丙圆", "B3", "示例·丙园") and 0.5 < stranger.similarity < 1
    issues = found.issues.set_index(["file", "kind"]).base_id
    assert issues.to_dict() == {
        ("a.xlsx", "duplicate"): "B1",
        ("b.xlsx", "duplicate"): "B1",
        ("江苏/c.xlsx", "not_on_roster"): "",
    }
    assert statuses(found) == {
        "a.xlsx": "accepted_with_warnings",
        "b.xlsx": "accepted_with_warnings",
        "坏.xlsx": "rejected",
        "江苏/c.xlsx": "accepted_with_warnings",
    }
    for name in ("values", "issues", "answered", "forms"):
        assert getattr(found, name).columns[0] == "base_id"


def test_a_value_far_from_its_peers_is_asked_about_in_a_round(tmp_path):
    folder = tmp_path / str(YEAR)
    lines = ["base_id,name,aliases,province,kind"]
    for number, parcels in enumerate([50, 10**6, 2 * 10**6, 10**6, 3 * 10**6, 5 * 10**9]):
        submit(folder / "submissions", f"{number}.xlsx", f"示例{number}", {**GOOD, ("C16", YEAR): parcels})
        lines.append(f"B{number},示例{number},,浙江,示范基地")
    (folder / "roster.csv").write_text("\n".join(lines), encoding="utf-8")
    issues = rounds.read_round(folder).issues
    assert list(zip(issues.base_id, issues.kind)) == [("B5", "far_above_peers"), ("B0", "far_below_peers")]
    assert "东部6家中位数" in issues.message[0] and "实为“5000000000”" in issues.message[0]


def test_a_round_without_its_parts_says_which_is_missing(tmp_path, round_folder):
    (tmp_path / "2023").mkdir()
    with pytest.raises(UserError, match="找不到报送文件夹"):
        rounds.read_round(tmp_path / "2023")
    (round_folder / "roster.csv").unlink()
    with pytest.raises(UserError, match="找不到名单文件"):
        rounds.read_round(round_folder)


def test_a_round_with_no_submission_has_empty_tables(tmp_path, round_folder):
    for path in (round_folder / "submissions").rglob("*.xlsx"):
        path.unlink()
    found = rounds.read_round(round_folder)
    assert found.values.empty and found.issues.empty and found.submitted.empty
    assert list(found.not_submitted.base_id) == ["B1", "B2", "B3"]


def test_submissions_are_never_written_to(round_folder):
    def state():
        return {
            path: (path.stat().st_mtime_ns, path.read_bytes()) for path in round_folder.rglob("*.*") if path.is_file()
        }

    before = state()
    rounds.read_round(round_folder)
    after = {path: value for path, value in state().items() if ".parsed" not in path.parts}
    assert after == before


def test_of_a_base_twice_in_one_summary_the_later_line_is_used(tmp_path):
    lines = [
        "浙江省报告表汇总（2025年）",
        "序号,基地名称,C04,C14,C17,C10a,C10b,C11,L1,L2,L3,L4,联系人",
        "1,示例甲园,5,50,900,0,0,0,1,1,1,1,示例一",
        "2,示例乙园,7,50,900,0,0,0,1,1,1,1,示例二",
        "3,示例甲园,6,,900,0,0,0,1,1,1,1,示例三",
        "4,示例丙园,8,40,900,0,0,0,1,1,1,1,示例四",
        "5,示例丙园区,9,40,900,0,0,0,1,1,1,1,示例五",
    ]
    (tmp_path / "汇总.csv").write_text("\n".join(lines), encoding="gb18030")
    parsed = rounds.parse([tmp_path], YEAR)
    attended = parsed.values[parsed.values.code == "C04"]
    assert list(zip(attended.base_name, attended.value, attended.cell)) == [
        ("示例甲园", 6, "C5"),
        ("示例乙园", 7, "C4"),
        ("示例丙园区", 9, "C7"),
    ]
    # The later line left C14 blank: nothing of the earlier one fills it.
    assert set(parsed.values[parsed.values.code == "C14"].base_name) == {"示例乙园", "示例丙园区"}
    assert list(parsed.contacts.name) == ["示例三", "示例二", "示例五"]
    assert list(parsed.bases.base_name) == ["示例甲园", "示例乙园", "示例丙园区"]
    doubled = parsed.issues[parsed.issues.kind == "duplicate"]
    assert sorted(doubled.base_name) == ["示例丙园", "示例丙园区", "示例甲园"]
    assert "实为2次；采用工作表" in doubled.set_index("base_name").message["示例甲园"]
    assert parsed.files.base_name[0] == "示例甲园;示例乙园;示例丙园;示例丙园区"


def test_two_sheets_of_one_name_give_one_form(tmp_path):
    """No spreadsheet program writes such a workbook; a damaged one may still hold it."""
    path = submit(tmp_path, "甲.xlsx", "示例·甲园")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = re.search(rb'<sheet name="\S+" [^>]+/>', parts["xl/workbook.xml"])[0]
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(sheet, sheet * 2)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    parsed = rounds.parse([tmp_path], YEAR)
    assert len(parsed.values) == len(GOOD) and len(parsed.bases) == 1
    assert kinds(parsed) == [("甲.xlsx", "duplicate")]
