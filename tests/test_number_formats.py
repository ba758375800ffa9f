"""Number formats: what a cell shows, held against LibreOffice, and what that means for an answer."""

import csv
import shutil
import subprocess

import pytest
import xlsxwriter
from toys import PATIENCE

from ecanalysis.reading.cells import read_cells
from ecanalysis.reading.cells.formats import format_of

ACCOUNTING = '_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ '
CODES = (
    r"""
0 ‖ 0.00 ‖ #,##0 ‖ #,##0.00 ‖ 0% ‖ 0.00% ‖ 0.0% ‖ #,##0.0% ‖ 0.00E+00 ‖ ##0.0E+0 ‖ # ?/? ‖ # ??/?? ‖ General ‖ @ ‖
0"万件" ‖ 0"人次" ‖ 0.00"亿元" ‖ 0.0"‰" ‖ 0"百人次" ‖ #,##0, ‖ #,##0.0, ‖ 0.00,, ‖ 0, ‖ 0.00,,"亿" ‖ 0.0,"千" ‖
#,##0.00,,"百万" ‖ 0\.0, ‖ 0"."0,"万" ‖ 0\.00,,"亿" ‖ #\.0000"万" ‖ 0\.0000 ‖ [<=1]0.0%;0.0 ‖ [<=1]0.00%;0.00 ‖
[>=100]0"高";[<0]0"负";0"中" ‖ [<0]0.0;0.00 ‖ [<>0]0;"零" ‖ [<=0]0;0.00 ‖ [>100]0"a";0"b";0"c" ‖ [>=0]0.0"%";-0.0"%" ‖
"是";;"否" ‖ 0;-0; ‖ 0;0 ‖ 0;(0) ‖ 0.0_);(0.0) ‖ 0;-0;;@ ‖ 0.0_);[Red](0.0) ‖ 0.00_ ;[Red]-0.00\  ‖ +0.0;-0.0;0 ‖
+0.0%;-0.0% ‖ "增长"0.0%;"下降"0.0% ‖ ↑0.0;↓0.0 ‖ "↑"0.0;"↓"0.0;"平" ‖ #,##0_ ;[Red]-#,##0\  ‖
_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_  ‖ _ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ ;_ @_  ‖
"¥"#,##0.00 ‖ "¥"#,##0;"¥"-#,##0 ‖ [$¥-804]#,##0.00 ‖ [$€-407] #,##0 ‖ $#,##0.00 ‖ [$-804]0.0 ‖ 000000 ‖
000-0000-0000 ‖ 0000-00 ‖ 0"0000" ‖ 0"00" ‖ "No."0 ‖ "约"0 ‖ "约"0"人" ‖ (0) ‖ [Red]0 ‖ [Color3]0 ‖
[Color 10]0;[Red]-0 ‖ ?0.0? ‖ 0.0# ‖ 0.## ‖ #.## ‖ #.00 ‖ .00 ‖ # ‖ ## ‖ # ##0 ‖ 0 "人次" ‖ 0_人 ‖ 0*- ‖ *-0 ‖ 0\件 ‖
0件 ‖ 0.0万 ‖ 0;-0;"无" ‖ 0;-0;"-" ‖ 0.0;; ‖ General"人次" ‖ General;-General ‖ 0"(2025年)" ‖ "共"0"个" ‖ 0%"左右" ‖
0.0%_  ‖ _(0%_) ‖ 0\% ‖ 0"%" ‖ 0.0"%" ‖ ""0 ‖ 0"亿""元" ‖ #,##0"元" ‖ #,##0.00"万元";[Red]-#,##0.00"万元" ‖
#,##0.00,"千元" ‖ "$"0.0,,"M" ‖ 0.0,,"M" ‖ 0,"K" ‖ 0.000,,,"B" ‖ 0'件' ‖ 0-0 ‖ 0.0.0 ‖ 0 0 ‖ 0 0% ‖ #,### ‖
#,##0.### ‖ 0,0 ‖ 0,000.0 ‖ 0+ ‖ 0=0 ‖ -0 ‖ --0 ‖ 0;[Red]0 ‖ [Red]0;[Green]0;[Blue]0
""".strip("\n")
    .replace("‖\n", "‖ ")
    .split(" ‖ ")
)
VALUES = [
    0,
    1,
    5,
    12,
    150,
    1200,
    3500,
    15.6,
    0.156,
    0.082,
    -5.2,
    -0.031,
    1_250_000_000,
    123456.789,
    0.5,
    99.995,
    -1200,
    1e-5,
]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed: nothing to compare with")
def test_what_is_seen_is_what_libreoffice_shows(tmp_path):
    """Spaces aside, which only keep columns in line."""
    with xlsxwriter.Workbook(tmp_path / "formats.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.set_column(0, len(VALUES), 60)
        for row, code in enumerate(CODES):
            sheet.write_row(row, 0, VALUES, book.add_format({"num_format": code}))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    as_shown = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
    command = [
        "soffice",
        "--headless",
        profile,
        "--convert-to",
        as_shown,
        "--outdir",
        tmp_path,
        tmp_path / "formats.xlsx",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    with open(tmp_path / "formats.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == len(CODES) > 100
    differing = {
        (code, value): (shown, ours)
        for code, row in zip(CODES, rows)
        for value, shown in zip(VALUES, row)
        if shown.replace(" ", "") != (ours := format_of(code).laid_out(value).replace(" ", ""))
    }
    assert not differing


@pytest.mark.parametrize(
    "code, value, seen",
    [
        ('0"万件"', 150, (150, False, "", "万件", "150万件")),
        ('0!.00,,"亿"', 1_250_000_000, (12.5, False, "", "亿", "12.50亿")),
        ("#,##0,", 1_250_400, (1250.4, False, "", "", "1,250")),
        ("[<=1]0.0%;0.0", 15.6, (15.6, False, "", "", "")),
        ("[<=1]0.0%;0.0", 0.156, (0.156, True, "", "", "")),
        ("0.0_);[Red](0.0)", -5.2, (-5.2, False, "", "", "")),
        ('"增长"0.0%;"下降"0.0%', -0.052, (-0.052, True, "", "", "")),
        ('"下降"0.0', 5.2, (5.2, False, "下降", "", "下降5.2")),
        (ACCOUNTING, 0, (0, False, "¥", "", "¥-")),
        ('"是";;"否"', 0, ("否", False, "", "", "")),
        ('0"0000"', 12, ("120000", False, "", "", "")),
        ("000-0000-0000", 13800138000, ("138-0013-8000", False, "", "", "")),
    ],
)
def test_what_a_format_means(code, value, seen):
    assert tuple(format_of(code).see(value)[:5]) == seen


def test_a_format_that_shows_nothing_hides_the_value_and_does_not_lose_it():
    assert format_of(";;;").see(5)[0] == 5 and format_of(";;;").see(5).hidden
    assert format_of(";;;").see_text("x").hidden and format_of('@"人次"').see_text("1200").value == "1200人次"


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_the_same_in_every_kind_of_workbook(tmp_path, kind):
    if kind != "xlsx" and not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed: nobody to save the workbook as another kind")
    codes = {
        '0"万件"': 150,
        "0.0%": 0.156,
        '0\\.00,,"亿"': 1_250_000_000,
        "[<=1]0.0%;0.0": 15.6,
        "yyyy-mm-dd": 45_000,
        "0.00": 2.5,
    }
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        sheet = book.add_worksheet()
        for row, (code, value) in enumerate(codes.items()):
            sheet.write_number(row, 0, value, book.add_format({"num_format": code}))
    if kind != "xlsx":
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = ["soffice", "--headless", profile, "--convert-to", kind, "--outdir", tmp_path, tmp_path / "book.xlsx"]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    cells = read_cells(tmp_path / f"book.{kind}").sheets[0].cells
    assert [(cell.unit, cell.percent) for cell in cells] == [
        *(("万件", False), ("", True), ("亿", False), ("", False), ("", False), ("", False)),
    ]
    assert [cell.value for cell in cells][:4] == [150, 0.156, 12.5, 15.6] and cells[4].value.year == 2023
