"""A grid of cells -> a file in any format used by bases, reproducible to the byte; and damaged files.

The files are written by libraries; zip containers are then repacked with a fixed date.
"""

import base64
import csv
import io
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path

import docx
import xlsxwriter
import xlwt
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from lxml import etree
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from ecanalysis.form.blank import write_template
from ecanalysis.reading.cells import read_cells
from ecanalysis.sample.layouts import Grid

FIXED = (2025, 1, 1, 0, 0, 0)
WINGDINGS_TICK = "F0FE"
# A photograph: a white picture of 2 x 2 pixels, as fixed bytes since compression differs between machines.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGP4DwUMMAYAR9oH+ZK+cTIAAAAASUVORK5CYII="
)
SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


def write_xlsx(path: Path, grid: Grid, sheet: str) -> None:
    """Write an .xlsx workbook of Excel or WPS, with plain formatting."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": datetime(*FIXED)})
        page = book.add_worksheet(sheet)
        plain = book.add_format({"text_wrap": True, "valign": "vcenter", "border": 1, "font_name": "宋体"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "border": 1})
        page.set_column(0, 6, 14)
        for area in grid.merged:
            page.merge_range(*area, "", plain)
        for (row, column), value in grid.cells.items():
            if isinstance(value, date):
                page.write_datetime(row, column, value, day)
            elif isinstance(value, str):
                page.write_string(row, column, value, plain)
            else:
                page.write_number(row, column, value, plain)


def write_xls(path: Path, grid: Grid, sheet: str) -> None:
    """Write an old .xls workbook, as WPS still does."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(sheet)
    for column in range(8):
        page.col(column).width = 14 * 256
    wrapped, day = xlwt.easyxf("align: wrap on"), xlwt.easyxf(num_format_str="YYYY-MM-DD")
    spans = {area[:2]: area[2:] for area in grid.merged}
    for place in sorted(grid.cells.keys() | spans.keys()):
        value = grid.cells.get(place, "")
        last = spans.get(place, place)
        page.write_merge(place[0], last[0], place[1], last[1], value, day if isinstance(value, date) else wrapped)
    book.save(str(path))


def write_ods(path: Path, grid: Grid, sheet: str) -> None:
    """Write an .ods workbook of LibreOffice or WPS."""
    book = OpenDocumentSpreadsheet()
    page = Table(name=sheet)
    spans = {area[:2]: (area[2] - area[0] + 1, area[3] - area[1] + 1) for area in grid.merged}
    covered = {
        (row, column)
        for (top, left), (rows, columns) in spans.items()
        for row in range(top, top + rows)
        for column in range(left, left + columns)
    }
    height, width = (1 + max(place[axis] for place in grid.cells.keys() | covered) for axis in (0, 1))
    for row in range(height):
        line = TableRow()
        for column in range(width):
            if (row, column) in covered and (row, column) not in spans:
                line.addElement(CoveredTableCell())
                continue
            rows, columns = spans.get((row, column), (1, 1))
            cell = TableCell(
                **_ods_value(grid.cells.get((row, column), "")), numberrowsspanned=rows, numbercolumnsspanned=columns
            )
            for text in str(grid.cells.get((row, column), "")).split("\n"):
                cell.addElement(P(text=text))
            line.addElement(cell)
        page.addElement(line)
    book.spreadsheet.addElement(page)
    book.save(str(path))
    pack_again(path, rewrite=_canonical)


def _canonical(name: str, content: bytes) -> bytes:
    """XML without unused namespaces: odfpy declares all that its process has seen, in the order it saw them."""
    if not name.endswith(".xml"):
        return content
    tree = etree.fromstring(content)
    etree.cleanup_namespaces(tree)
    return etree.tostring(tree, method="c14n")


def _ods_value(value: object) -> dict:
    if isinstance(value, date):
        return {"valuetype": "date", "datevalue": value.isoformat()[:10]}
    return {"valuetype": "string"} if isinstance(value, str) else {"valuetype": "float", "value": repr(value)}


def write_csv(path: Path, grid: Grid, sheet: str = "") -> None:
    """Write a comma-separated file in GB18030, as Chinese Windows does."""
    height, width = (1 + max(place[axis] for place in grid.cells) for axis in (0, 1))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in range(height):
        cells = (grid.cells.get((row, column), "") for column in range(width))
        writer.writerow(f"{cell:.12g}" if isinstance(cell, float) else cell for cell in cells)
    Path(path).write_bytes(text.getvalue().encode("gb18030"))


def write_docx(path: Path, grid: Grid, above: list[str], below: list[str], symbols: bool = False) -> None:
    """Write a Word file with one table, and paragraphs above and below; `symbols` makes ☑ a Wingdings symbol."""
    document = docx.Document()
    for text in above:
        document.add_paragraph(text)
    height, width = (1 + max(area[axis] for area in grid.merged) for axis in (2, 3))
    table = document.add_table(height, width, style="Table Grid")
    places = [list(row.cells) for row in table.rows]
    for top, left, bottom, right in grid.merged:
        places[top][left].merge(places[bottom][right])
    for (row, column), value in grid.cells.items():
        lines = str(value).split("\n")
        paragraph = places[row][column].paragraphs[0]
        for number, line in enumerate(lines):
            paragraph = places[row][column].add_paragraph() if number else paragraph
            pieces = line.split("☑") if symbols else [line]
            for piece_number, piece in enumerate(pieces):
                if piece_number:
                    symbol = OxmlElement("w:sym")
                    symbol.set(qn("w:font"), "Wingdings")
                    symbol.set(qn("w:char"), WINGDINGS_TICK)
                    paragraph.add_run()._r.append(symbol)
                paragraph.add_run(piece)
    for text in below:
        document.add_paragraph(text)
    document.save(str(path))
    pack_again(path)


def saved_again(path: Path) -> Grid:
    """The first sheet of a workbook as a grid, for saving in another format (as by 另存为)."""
    filled = read_cells(path).sheets[0].cells
    spans = [(c.row, c.column, c.row + c.rows - 1, c.column + c.columns - 1) for c in filled if c.rows * c.columns > 1]
    return Grid({(cell.row, cell.column): cell.value for cell in filled}, spans)


WRITERS = {".xlsx": write_xlsx, ".xls": write_xls, ".et": write_xls, ".ods": write_ods, ".csv": write_csv}


def pack_again(path: Path, compression: int | None = None, rewrite=lambda name, content: content) -> None:
    """Rewrite a zip container with a fixed date for every member (and the given compression, if any).

    `rewrite` takes a member's name and content and returns the content to store.
    """
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, info.compress_type, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for name, own, content in members:
            info = zipfile.ZipInfo(name, FIXED)
            info.external_attr = 0o600 << 16
            archive.writestr(info, rewrite(name, content), own if compression is None else compression)


def truncated(year: int) -> bytes:
    """A workbook cut off during transfer."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "a.xlsx"
        write_template(path, year)
        pack_again(path, zipfile.ZIP_STORED)  # uncompressed, so that every machine cuts at the same byte
        whole = path.read_bytes()
    return whole[: len(whole) // 8]


def write_evidence(folder: Path) -> None:
    """Write a folder of evidence, which is listed but not read."""
    folder.mkdir(parents=True)
    (folder / "培训签到表.pdf").write_bytes(SCAN)
    (folder / "平台截图.png").write_bytes(PICTURE)
    (folder / "说明.txt").write_text("示例佐证材料，内容为虚构。\n", encoding="utf-8", newline="\n")
