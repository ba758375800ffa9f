"""What goes back to the provinces: complete, addressed, and harmless to open."""

import openpyxl
import pytest

from ecanalysis.errors import UserError
from ecanalysis.form.blank import write_template
from ecanalysis.presenting.returns import of_parsed, return_list, write_return_lists
from ecanalysis.publishing.beside import return_lists
from ecanalysis.rounds import round as rounds
from ecanalysis.rounds.roster import read_roster
from ecanalysis.scoring.scheme import GENERAL

YEAR = 2025
WELL = {(code, YEAR): 0 for code in ("C10a", "C10b", "C11")} | {
    ("L1", YEAR): 30, ("L2", YEAR): 12, ("L3", YEAR): 1, ("L4", YEAR): 1
}  # fmt: skip
HOSTILE = '=HYPERLINK("http://example.invalid","看")'


@pytest.fixture(scope="module")
def parsed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submissions")

    def submit(file, name, answers, **particulars):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        people = {"联系人": {"name": "示例甲", "mobile": "000-0000 0002"}}
        write_template(path, YEAR, answers, {"base_name": name, "review_opinion": "同意", **people, **particulars})

    submit("甲.xlsx", "示例·甲园", {**WELL, ("C04", YEAR): HOSTILE, ("C09", YEAR): "约30"})
    submit("乙.xlsx", HOSTILE, {**WELL, ("C04", YEAR): "若干"}, department="广东省商务厅")
    submit("福建省/丙.xlsx", "示例·丙园", {**WELL, ("C04", YEAR): "x" * 900})
    submit("丁.xlsx", "示例·丁园", WELL, department="湖南省商务厅")
    (folder / "示例·己园.pdf").write_bytes(b"%PDF-1.4")
    submit("戊.xlsx", "示例·戊园", {**WELL, ("C04", YEAR): -1}, department="某市商务局")
    (folder / "江西").mkdir()
    (folder / "江西" / "扫描件.pdf").write_bytes(b"%PDF-1.4")
    return rounds.parse([folder], YEAR)


@pytest.fixture(scope="module")
def roster(tmp_path_factory):
    path = tmp_path_factory.mktemp("roster") / "roster.csv"
    path.write_text(
        "base_id,name,aliases,province,kind\nB1,示例·甲电商园,示例·甲园,浙江,示范基地\nB2,示例·己园,,贵州,集聚区\n"
        "B3,示例·丁园,,湖南,集聚区\n",
        encoding="utf-8",
    )
    return read_roster(path)


def written(parsed, roster, folder):
    return write_return_lists(*of_parsed(parsed, roster, YEAR), YEAR, folder)


def listed(parsed, roster=None):
    rows = return_list(parsed.files, parsed.issues, parsed.values, parsed.bases, YEAR, roster)
    rows = rows[rows.action != "missing"]
    return {(row.province, row.file, row.action, row.code) for row in rows.itertuples()}


def test_every_fault_goes_to_its_province(parsed, roster):
    everywhere = {
        ("广东", "乙.xlsx", "error", "C04"),
        ("福建", "福建省/丙.xlsx", "error", "C04"),
        ("江西", "江西/扫描件.pdf", "rejected", ""),
        ("贵州", "示例·己园.pdf", "rejected", ""),
        ("未知", "戊.xlsx", "error", "C04"),
    }
    own = {("error", "C04"), ("warning", "C09")}
    assert listed(parsed, roster) == everywhere | {("浙江", "甲.xlsx", *one) for one in own}
    everywhere ^= {("贵州", "示例·己园.pdf", "rejected", ""), ("未知", "示例·己园.pdf", "rejected", "")}
    assert listed(parsed) == everywhere | {("未知", "甲.xlsx", *one) for one in own}


def test_what_is_left_empty_is_listed_and_a_gate_question_must_be_answered(tmp_path):
    path = tmp_path / "甲.xlsx"
    answers = {("C10a", YEAR): 0, ("C10b", YEAR): 0, ("C09", YEAR): "若干", ("C13", YEAR): 4, ("I1", YEAR): 2}
    write_template(path, YEAR, answers, {"base_name": "示例·甲园"})
    one = rounds.parse([tmp_path], YEAR)
    rows = return_list(one.files, one.issues, one.values, one.bases, YEAR).set_index("code").action
    assert (rows["C11"], rows["C09"], rows["I"], rows["C04"]) == ("error", "error", "warning", "missing")
    general = [code for code in GENERAL if code not in ("C10a", "C10b", "C13", "C11", "C09")]
    assert list(rows[rows == "missing"].index) == general


def sheets(path):
    """The cells of every sheet, as stored: value and whether it is a formula."""
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[(cell.value, cell.data_type) for cell in row] for row in sheet.rows] for sheet in book}


def test_one_workbook_a_province_with_all_that_is_to_be_put_right(parsed, roster, tmp_path):
    made = written(parsed, roster, tmp_path)
    names = ["广东", "未知", "江西", "浙江", "湖南", "福建", "贵州"]
    assert sorted(path.name for path in made) == [f"退回补正清单_{name}.xlsx" for name in names]
    assert sorted(tmp_path.iterdir()) == sorted(made)
    rows = sheets(tmp_path / "退回补正清单_浙江.xlsx")["补正清单"]
    assert [cell for cell, _ in rows[2]] == [
        "序号", "基地名称", "处理", "题号与指标", "原填内容", "问题及要求", "文件和位置", "补正情况（基地填写）",
    ]  # fmt: skip
    first = [cell for cell, _ in rows[3]]
    assert first[:5] == [1, "示例·甲园", "必须补正", "C04 电商培训人次", HOSTILE]
    assert "应为不小于0的整数" in first[5] and first[6] == "甲.xlsx 报告表!G17"
    assert rows[4][2][0] == "请核实" and "共必须补正1项，请核实1项，未填" in rows[1][0][0]
    rejected = sheets(tmp_path / "退回补正清单_江西.xlsx")["补正清单"][3]
    assert (rejected[2][0], rejected[6][0]) == ("退回重报", "江西/扫描件.pdf")


def test_bases_that_have_not_submitted_are_listed(parsed, roster, tmp_path):
    written(parsed, roster, tmp_path)
    rows = sheets(tmp_path / "退回补正清单_贵州.xlsx")["无可用报送"]
    assert [cell for cell, _ in rows[3]] == [1, "B2", "示例·己园", "集聚区", "已报送，被退回"]
    assert "无可用报送" not in sheets(tmp_path / "退回补正清单_浙江.xlsx")


def test_names_and_answers_are_text_and_nothing_else(parsed, roster, tmp_path):
    for path in written(parsed, roster, tmp_path):
        kinds = {kind for rows in sheets(path).values() for row in rows for _, kind in row}
        assert kinds <= {"s", "n"}, path
    rows = sheets(tmp_path / "退回补正清单_广东.xlsx")["补正清单"]
    assert rows[3][1] == (HOSTILE, "s")


def test_no_contact_data_leaves(parsed, roster, tmp_path):
    assert "示例甲" in set(parsed.contacts.name)
    for path in written(parsed, roster, tmp_path):
        text = str(sheets(path))
        assert "示例甲" not in text and "000-0000 0002" not in text


def test_a_very_long_answer_is_cut(parsed, tmp_path):
    written(parsed, None, tmp_path)
    rows = sheets(tmp_path / "退回补正清单_福建.xlsx")["补正清单"]
    assert len(rows[3][4][0]) < 600 and rows[3][4][0].endswith("……")


def test_lists_are_the_same_on_every_run_and_old_ones_go(parsed, roster, tmp_path):
    stale, other = tmp_path / "退回补正清单_云南.xlsx", tmp_path / "说明.xlsx"
    stale.write_bytes(b"x"), other.write_bytes(b"x")
    first = {path.name: path.read_bytes() for path in written(parsed, roster, tmp_path)}
    again = {path.name: path.read_bytes() for path in written(parsed, roster, tmp_path)}
    assert first == again and not stale.exists() and other.exists()


def test_it_prints_on_a4_with_the_heading_on_every_page(parsed, tmp_path):
    [path, *_] = written(parsed, None, tmp_path)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0  # as long as it takes
    assert sheet.print_title_rows == "$3:$3" and sheet.freeze_panes == "C4"
    assert sheet.auto_filter.ref.startswith("A3:H")


def test_what_is_published_is_what_is_asked_at_the_prompt(evaluation, tmp_path):
    rows = evaluation.returns()
    found = return_lists(evaluation, tmp_path)
    for province, listed in rows.groupby("province"):
        [name] = [name for name in found if name.endswith(f"退回补正清单_{province}.xlsx")]
        assert evaluation.returns(province).equals(listed.reset_index(drop=True))
        lines = [row for row in sheets(found[name])["补正清单"][3:] if isinstance(row[0][0], int)]
        assert len(lines) == len(listed), province
    with pytest.raises(UserError, match="没有名为“河”的省级单位"):
        evaluation.returns("河")


def test_a_form_off_the_roster_goes_to_the_province_of_its_department(parsed, roster):
    on = parsed.bases[parsed.bases.base_name == "示例·甲园"]
    rows = return_list(parsed.files, parsed.issues, parsed.values, on, YEAR, roster, parsed.bases.drop(index=on.index))
    assert set(rows.province[rows.file == "乙.xlsx"]) == {"广东"}
