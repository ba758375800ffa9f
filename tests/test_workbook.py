"""The workbook for people: holds what the tables do, is easy to read, and nothing in it runs."""

from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from ecanalysis.errors import UserError
from ecanalysis.form.words import TABLE_NAMES
from ecanalysis.presenting import workbook

SHEETS = [
    *(
        "总表",
        "分项",
        "档次",
        "专项",
        "界值",
        "两轮对比",
        "退回补正",
        "与基期相比",
        "把握程度",
        "意见",
        "透视用",
        "说明",
    ),
]
HOSTILE = [
    "=1+1",
    "@SUM(A1)",
    "+86",
    "-1",
    "\t=1",
    "https://example.org",
    "<b>甲</b>",
    '=HYPERLINK("http://x")',
    "0123",
]


@pytest.fixture(scope="module")
def book(evaluation, tmp_path_factory):
    """Thirty bases of the sample, some of them with names that would run."""
    bases = pd.DataFrame(evaluation.round.submitted.head(30))
    bases["name"] = [*HOSTILE, *bases["name"].iloc[len(HOSTILE) :]]
    r = replace(evaluation, round=replace(evaluation.round, submitted=bases))
    path = tmp_path_factory.mktemp("book") / "scores.xlsx"
    workbook.write_workbook(r, path)
    return r, path


def test_the_workbook_holds_what_the_tables_do(book):
    r, path = book
    sheets = openpyxl.load_workbook(path)
    assert sheets.sheetnames == SHEETS
    rows = list(sheets["总表"].iter_rows(min_row=2, values_only=True))
    table = pd.DataFrame(rows[1:], columns=rows[0]).set_index("编号")
    scored = r.scores.set_index("base_id")
    assert set(table.index) == set(scored.index)
    assert table.总分.to_numpy() == pytest.approx(scored.total[table.index].to_numpy())
    assert table.档次.tolist() == scored.tier[table.index].tolist()
    rows = list(sheets["分项"].iter_rows(min_row=2, values_only=True))
    items = pd.DataFrame(rows[1:], columns=rows[0])
    assert len(items) == len(r.points) and items.得分.sum() == pytest.approx(r.points.points.sum())
    assert sheets["说明"].max_row == len(r.scheme.entries) + 2


def test_the_workbook_is_easy_to_read(book):
    sheets = openpyxl.load_workbook(book[1])
    for sheet in sheets:
        head = 1 if sheet.title == "透视用" else 2  # a pivot table wants its headings in the first row
        assert sheet.freeze_panes and sheet.freeze_panes.endswith(str(head + 1))
        assert sheet.auto_filter.ref and sheet.page_setup.orientation == "landscape" and sheet.print_title_rows
        for column in sheet.iter_cols(min_row=head, max_row=head):
            heading, letter = column[0].value, column[0].column_letter
            assert sheet.column_dimensions[letter].width >= len(heading), heading


def test_no_name_in_the_workbook_runs(book):
    sheets = openpyxl.load_workbook(book[1])
    seen = {cell.value for row in sheets["总表"].iter_rows(min_row=3) for cell in row if isinstance(cell.value, str)}
    assert set(HOSTILE) <= seen
    for sheet in sheets:
        assert not any(cell.data_type == "f" or cell.hyperlink for row in sheet.iter_rows() for cell in row)


def test_the_workbook_is_the_same_on_every_day(book, tmp_path):
    workbook.write_workbook(book[0], tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == book[1].read_bytes()


def test_the_workbook_of_the_sample_round(evaluation, tmp_path):
    workbook.write_workbook(evaluation, tmp_path / "scores.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "scores.xlsx", read_only=True)
    assert sum(1 for _ in sheets["总表"].rows) == len(evaluation.scores) + 2
    assert sum(1 for _ in sheets["分项"].rows) == len(evaluation.points) + 2
    first = [cell.value for cell in next(sheets["总表"].iter_rows(min_row=3, max_row=3))]
    best = evaluation.scores[(evaluation.scores.region == "东") & (evaluation.scores["rank"] == 1)].iloc[0]
    assert first[0] == best.base_id and first[7] == pytest.approx(best.total)
    items = workbook.items(evaluation).set_index("value").cell
    assert (items["未填"] == "").all() and (items["读不出"] != "").all(), "where what cannot be read stands"


def test_the_sheet_for_pivot_tables_holds_every_point_and_no_other_format_is_written(evaluation, tmp_path):
    frame = workbook.pivot_ready(evaluation)
    assert len(frame) == len(evaluation.points) and frame.points.sum() == pytest.approx(evaluation.points.points.sum())
    assert frame.columns.is_unique and frame[["province", "code", "part"]].notna().all().all()
    with pytest.raises(UserError, match=r"只写 \.xlsx 工作簿.*改为 总表\.xlsx"):
        evaluation.to_excel(tmp_path / "总表.xls")


def test_a_workbook_of_one_province(small, tmp_path):
    province = small.roster.province.iloc[0]
    sheets = pd.read_excel(small.to_excel(tmp_path / "省.xlsx", province), sheet_name=None, header=1, engine="openpyxl")
    wanted = set(small.scores.base_id[small.scores.province == province])
    assert set(sheets["总表"]["编号"]) == set(sheets["分项"]["编号"]) == wanted
    assert set(sheets["退回补正"]["省级单位"].dropna()) <= {province} and len(sheets["档次"])
    with pytest.raises(UserError, match="没有名为“县”的省级单位"):
        small.to_excel(tmp_path / "县.xlsx", "县")


def test_tables_are_exported_in_chinese(evaluation, tmp_path):
    assert set(TABLE_NAMES) == set(TABLE_NAMES), "each has a name for people"
    workbook.export({"scores": evaluation.scores}, tmp_path, in_chinese=True)
    [path] = tmp_path.iterdir()
    table = pd.read_csv(path, encoding="utf-8-sig")
    assert path.name == "总分.csv" and table.总分.tolist() == pytest.approx(evaluation.scores.total.tolist())
    assert (table.后3位 == "是").sum() == evaluation.scores.bottom_three.sum() and set(table.区域) >= {"东部", "中部"}


def test_features_have_names_and_whole_numbers_no_bare_point(book):
    sheets = openpyxl.load_workbook(book[1])
    heads = {cell.value: cell.column for cell in sheets["总表"][2]}
    said = {sheets["总表"].cell(row, heads["特色"]).value or "" for row in range(3, sheets["总表"].max_row + 1)}
    assert set("、".join(said)) <= set("产业、直播、兴农、丝路")
    heads = {cell.value: cell.column for cell in sheets["分项"][2]}
    cells = [sheets["分项"].cell(row, heads["填报值"]) for row in range(3, sheets["分项"].max_row + 1)]
    numbers = [cell for cell in cells if isinstance(cell.value, (int, float))]
    assert numbers and all((cell.number_format == "#,##0") == float(cell.value).is_integer() for cell in numbers)
