""".xls, .ods and .csv: the same cells as were written, in the form each format keeps them."""

from datetime import datetime
from pathlib import Path

import mixed_cells
import pytest
import xlwt
from odf import table, text
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TextProperties

from ecanalysis.reading.cells import Unreadable, address, read_cells
from ecanalysis.reading.limits import Limits
from ecanalysis.reading.opening import NoFile

SUBMISSIONS = Path(__file__).parent / "submissions"


def by_address(path: Path, sheet: int = 0) -> dict[str, tuple]:
    return {address(cell.row, cell.column): tuple(cell[2:7]) for cell in read_cells(path).sheets[sheet].cells}


def values(path: Path) -> dict[str, object]:
    return {at: cell[0] for at, cell in by_address(path).items()}


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_every_kind_of_cell_as_libreoffice_saves_it(kind):
    """LibreOffice turns a yes/no of .xlsx into a formula with a number when it writes .ods: True == 1."""
    book = read_cells(SUBMISSIONS / f"resaved_by_libreoffice.{kind}")
    assert book.format == kind
    assert {
        sheet.name: {address(cell.row, cell.column): cell[2:7] for cell in sheet.cells} for sheet in book.sheets
    } == (mixed_cells.SHEETS)
    assert all(sheet.cells == sorted(sheet.cells, key=lambda cell: cell[:2]) for sheet in book.sheets)


@pytest.fixture
def old_workbook(tmp_path) -> Path:
    """An .xls as xlwt writes it, under the name WPS gives its workbooks."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("报告表")
    sheet.write_merge(0, 1, 0, 3, "基地名称")
    sheet.write(2, 0, 12000)
    sheet.write(2, 1, 0.156, xlwt.easyxf(num_format_str="0.0%"))
    sheet.write(2, 2, 15.6, xlwt.easyxf(num_format_str='0.0"%"'))
    sheet.write(2, 3, datetime(2025, 12, 31), xlwt.easyxf(num_format_str='yyyy"年"m"月"d"日"'))
    sheet.write(3, 0, True)
    sheet.row(3).set_cell_error(1, "#REF!")
    sheet.write_rich_text(
        4, 0, ["1.", ("R", xlwt.easyfont("name Wingdings 2")), "是 ", ("£", xlwt.easyfont("name Wingdings 2")), "否"]
    )
    sheet.write(5, 0, "þ", xlwt.easyxf("font: name Wingdings"))
    sheet.row(6).hidden = True
    sheet.write(6, 255, " 隐藏 ")
    book.add_sheet("空表")
    book.save(tmp_path / "报告表.et")
    return tmp_path / "报告表.et"


def test_an_old_workbook(old_workbook):
    book = read_cells(old_workbook)
    assert (book.format, [sheet.name for sheet in book.sheets]) == ("xls", ["报告表", "空表"])
    assert by_address(old_workbook) == {
        "A1": ("基地名称", False, 2, 4, False),
        "A3": (12000, False, 1, 1, False),
        "B3": (0.156, True, 1, 1, False),
        "C3": (15.6, False, 1, 1, False),
        "D3": (datetime(2025, 12, 31), False, 1, 1, False),
        "A4": (True, False, 1, 1, False),
        "B4": ("#REF!", False, 1, 1, True),
        "A5": ("1.\uf052是 □否", False, 1, 1, False),
        "A6": ("\uf0fe", False, 1, 1, False),
        "IV7": (" 隐藏 ", False, 1, 1, False),
    }
    cells = {address(cell.row, cell.column): cell.value for cell in read_cells(old_workbook).sheets[0].cells}
    assert (type(cells["A3"]), type(cells["A4"])) == (int, bool)


def test_repeated_and_covered_cells_of_ods(tmp_path):
    book = OpenDocumentSpreadsheet()
    sheet = table.Table(name="报告表")
    red = Style(name="red", family="text")
    red.addElement(TextProperties(color="#ff0000"))
    book.automaticstyles.addElement(red)

    def cell(*paragraphs, **attributes):
        entry = table.TableCell(**attributes)
        for paragraph in paragraphs:
            entry.addElement(paragraph)
        return entry

    rows = [
        [
            cell(text.P(text="基地名称"), numbercolumnsspanned=3, valuetype="string"),
            table.CoveredTableCell(numbercolumnsrepeated=2),
        ]
    ]
    written = text.P(text="1.")
    for piece in (
        text.Span(text="☑", stylename=red),
        "是",
        text.S(c=3),
        "□否",
        text.LineBreak(),
        "末",
        text.Tab(),
        "尾",
    ):
        written.addText(piece) if isinstance(piece, str) else written.addElement(piece)
    rows.append([cell(written, text.P(text="次段"), valuetype="string"), cell(valuetype="percentage", value="0.156")])
    rows.append([cell(valuetype="float", value="7", numbercolumnsrepeated=2), cell(numbercolumnsrepeated=16382)])
    rows.append(
        [
            cell(valuetype="time", timevalue="PT09H30M00S"),
            cell(formula="of:=1/0"),
            cell(valuetype="date", datevalue="2025-12-31T08:00:00"),
        ]
    )
    for entries in rows:
        row = table.TableRow()
        for entry in entries:
            row.addElement(entry)
        sheet.addElement(row)
    empty = table.TableRow(numberrowsrepeated=1_000_000)
    empty.addElement(table.TableCell(numbercolumnsrepeated=16384))
    sheet.addElement(empty)
    last = table.TableRow(numberrowsrepeated=2, visibility="collapse")
    last.addElement(cell(valuetype="boolean", booleanvalue="false"))
    sheet.addElement(last)
    book.spreadsheet.addElement(sheet)
    book.save(tmp_path / "repeated.ods")
    assert by_address(tmp_path / "repeated.ods") == {
        "A1": ("基地名称", False, 1, 3, False),
        "A2": ("1.☑是   □否\n末\t尾\n次段", False, 1, 1, False),
        "B2": (0.156, True, 1, 1, False),
        "A3": (7, False, 1, 1, False),
        "B3": (7, False, 1, 1, False),
        "A4": (datetime(1899, 12, 30, 9, 30), False, 1, 1, False),
        "B4": ("of:=1/0", False, 1, 1, True),
        "C4": (datetime(2025, 12, 31, 8), False, 1, 1, False),
        "A1000005": (False, False, 1, 1, False),
        "A1000006": (False, False, 1, 1, False),
    }


ROWS = [
    ["基地名称", "C04", "入驻电商企业数(个)"],
    ["示例·杭州园", "1,200", "15.6%"],
    ["", "", "第一行\n第二行"],
    ["示例·“甲”", 'a"b', " "],
]
READ = {
    "A1": "基地名称",
    "B1": "C04",
    "C1": "入驻电商企业数(个)",
    "A2": "示例·杭州园",
    "B2": "1,200",
    "C2": "15.6%",
    "C3": "第一行\n第二行",
    "A4": "示例·“甲”",
    "B4": 'a"b',
    "C4": " ",
}


def written(delimiter: str) -> str:
    quoted = [['"' + value.replace('"', '""') + '"' for value in row] for row in ROWS]
    return "\n".join(delimiter.join(row) for row in quoted) + "\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_in_any_encoding(tmp_path, encoding, delimiter):
    """A byte-order mark or none; the extension says nothing."""
    path = tmp_path / "汇总.xls"
    path.write_bytes(written(delimiter).encode(encoding))
    book = read_cells(path)
    assert book.format == "csv"
    assert values(path) == READ


@pytest.mark.parametrize(
    "content, read",
    {
        "signs that keep Excel from changing what is typed": (
            '\'0012,="0013",0014\t\r\n',
            {"A1": "0012", "B1": "0013", "C1": "0014"},
        ),
        "a tab before each value": ("\ta,\tb\r\n\tc,\td\r\n", {"A1": "a", "B1": "b", "A2": "c", "B2": "d"}),
        "a delimiter that Excel is told": ("sep=;\r\na;b,c\r\n", {"A2": "a", "B2": "b,c"}),
        "commas in numbers": (
            '基地名称;占比\n甲;15,6\n"乙";7,5\n',
            {"A1": "基地名称", "B1": "占比", "A2": "甲", "B2": "15,6", "A3": "乙", "B3": "7,5"},
        ),
        "one column": ("基地名称\n甲", {"A1": "基地名称", "A2": "甲"}),
        "text after a quotation": ('"甲"园,2\n', {"A1": "甲园", "B1": "2"}),
        "ragged": ("a\n,,b,\n\nc", {"A1": "a", "C2": "b", "A4": "c"}),
        "rare characters": ("𠮷,囍\n", {"A1": "𠮷", "B1": "囍"}),
        "old line ends": ("a,b\rc,d\r", {"A1": "a", "B1": "b", "A2": "c", "B2": "d"}),
        "line separators": ("a\u2028b,c\x0cd\n", {"A1": "a\u2028b", "B1": "c\x0cd"}),
    }.values(),
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_text_tables(tmp_path, content, read, encoding):
    (tmp_path / "a.csv").write_bytes(content.encode(encoding))
    assert values(tmp_path / "a.csv") == read


def test_an_encoding_nobody_expects(tmp_path):
    (tmp_path / "a.csv").write_bytes("Gemeinde;Straße;Höhe;Übersicht;Gänseblümchen\n".encode("cp1252") * 20)
    assert values(tmp_path / "a.csv")["A1"] == "Gemeinde"


@pytest.mark.parametrize(
    "content, reason",
    [
        ('甲,"没有合上\n乙,丙\n', "双引号"),
        ("甲," + "字" * 300_000, "超过 200000 个字符"),
        ("<html><body><table><tr><td>基地名称</td></tr></table></body></html>", "网页"),
        ("\ufeff  <!DOCTYPE html><table></table>", "网页"),
        ('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "XML"),
        ("MIME-Version: 1.0\nContent-Type: multipart/related", "网页归档"),
        ("甲,\0乙" + "丙" * 200, "不是可识别的"),
    ],
)
def test_text_that_is_no_table(tmp_path, content, reason):
    (tmp_path / "a.csv").write_bytes(content.encode())
    with pytest.raises(Unreadable, match=reason):
        read_cells(tmp_path / "a.csv")


def test_limits_of_text(tmp_path):
    (tmp_path / "a.csv").write_text("甲,乙\n" * 20)
    read_cells(tmp_path / "a.csv", Limits(cells=40))
    for limits in (Limits(cells=39), Limits(characters=79), Limits(markup=19)):
        with pytest.raises(Unreadable, match="超过"):
            read_cells(tmp_path / "a.csv", limits)
    with pytest.raises(NoFile, match="超过"):
        read_cells(tmp_path / "a.csv", Limits(file_bytes=100))
