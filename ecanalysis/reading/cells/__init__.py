"""A file of any format -> its filled cells, as written, with their addresses.

`cells_of` recognises the format by the content, never by the extension, and calls the module that reads it. Readers
open only the bytes they are given, keep to `Limits`, and raise only `Unreadable`.

    kinds, archive                          the format of a file; its parts and their XML, within limits
    xlsx, xlsx_styles, xlsx_objects, xls    workbooks of Excel and WPS
    ods, ods_styles, csv                    workbooks of LibreOffice; text separated by commas or tabs
    docx, docx_text, docx_fields            documents of Word
    pdf, page                               PDF files with text: characters and drawn lines -> cells
    formats, numbers, symbols               what a cell or a character displays
    controls, over_cells                    controls and shapes, and the cells under them

Everything visible in a file, and everything Office stores beside it, is returned in one of two ways:

    in the text of its cell or paragraph, as if it had been typed: the displayed result of a field, a content control, a
    tick of a symbol font, a bullet or check box, ticked or not (☑ or □), a text box with one number over an empty cell
    or blank;
    as an `Object` of its sheet, if its place in the text is unknown or it contains nothing readable: a floating text
    box, a picture, a comment, an embedded workbook.

Invisible text (hidden, or deleted by a tracked change) is in no cell; in a Word file it is an `Object`. A form filled
in properly has no objects.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from ecanalysis.reading.limits import DEFAULT, Limits
from ecanalysis.reading.opening import content

DAMAGED = "请用 Excel 或 WPS 打开原文件，确认内容完整，另存后重新报送"
SAVE_AGAIN = "请另存为 .xlsx 或 .docx 后重新报送"
OFFICE = f"读取旧格式文档须安装 LibreOffice。未安装的，{SAVE_AGAIN}"
EXTRA = '读取扫描件和照片须安装可选组件 scans（python -m pip install "ecanalysis[scans]"）。'
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})", re.IGNORECASE | re.ASCII)
_VALUE = itemgetter(2)  # of a cell; twice as fast as by name, and called for every cell


Area = tuple[int, int, int, int]  # first row, first column, last row, last column
COLUMN_BITS = 14  # the columns of a sheet; a cell's key is row << 14 | column, so keys sort row by row
_MOST_WORK = 5_000_000


class Unreadable(Exception):
    """The file cannot be read; the message (Chinese) says what is wrong, where, and what to do."""


class Cell(NamedTuple):
    """One filled cell. `row` and `column` count from 0; a merged area is one cell with its span.

    `value`: a whole number is an int, another number a float; a date or time is a datetime (a time without a date is on
    1899-12-30). `percent`: the number is displayed as a percentage (0.156 as 15.6%). `error`: the value is the text of
    an error (`#REF!`), or a formula that was saved without a result.

    The effect of the number format is included. With a format that scales (`0,` or `0!.00,,`) the value is the
    displayed number, not rounded: 1250000000 under `0!.00,,"亿"` has the value 12.5, the `unit` "亿", and `shown` is
    "12.50亿". `prefix` and `unit`: the words before and after the number (not the minus signs and brackets of negative
    numbers, nor the space of `_` and `*`). `shown`: the whole displayed text if the format scales or adds words, else
    "". With a format without digits the value is the displayed text (1 under `"是";;"否"` is "是"). `hidden`: there is
    a value, but the format displays nothing (`;;;`).
    """

    row: int
    column: int
    value: str | float | int | bool | datetime
    percent: bool = False
    rows: int = 1
    columns: int = 1
    error: bool = False
    prefix: str = ""
    unit: str = ""
    shown: str = ""
    hidden: bool = False


class Object(NamedTuple):
    """Something on or beside the cells that could not be read as part of a cell.

    `kind`: text_box, control (of a form, ActiveX or content), checkbox, picture, drawing (a shape without text),
    comment, embedded (a workbook or other file inside), field, bullet, alt_chunk, header, footer, note, struck (crossed
    out text, which is removed from its paragraph), deleted (by a tracked change), hidden, page (a picture that fills a
    page) or emphasis (the one of several choices that is bold, underlined, coloured etc.). `text`: its text, "" if it
    has none or is unreadable. `sheet`, `row`, `column` (from 0): the cell or paragraph it is on. `state`: True ticked,
    False not ticked, None unknown or not applicable. `beside`: in a document, the text of the paragraph it is on.
    """

    kind: str
    text: str
    sheet: str
    row: int
    column: int
    state: bool | None = None
    beside: str = ""

    @property
    def cell(self) -> str:
        """The address of the cell or paragraph it is on."""
        return address(self.row, self.column)


@dataclass(slots=True)
class Sheet:
    """A sheet, or a table of a document, with its filled cells row by row, including hidden rows and columns.

    `state`: "visible", "hidden" or "very_hidden" (in no menu). `places`: for a file with pages, the page and place of
    each cell by its row and column: (`第2页`, `x,y,w,h` in ‰ of the page).
    """

    name: str
    cells: list[Cell]
    state: str = "visible"
    objects: tuple[Object, ...] = ()
    places: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Book:
    """The content of a file. `format`: xlsx, xls, ods, csv, docx or pdf."""

    format: str
    sheets: list[Sheet]


@lru_cache(maxsize=8192)
def address(row: int, column: int) -> str:
    """The A1-style address of a cell; row and column count from 0.

    >>> address(13, 4), address(0, 26), address(1048575, 16383)
    ('E14', 'AA1', 'XFD1048576')
    """
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row + 1}"


@lru_cache(maxsize=8192)
def position(reference: str) -> tuple[int, int] | None:
    """Row and column, from 0, of an A1-style reference; None if it is not one.

    >>> position("$E$14"), position("报告表!E14")
    ((13, 4), None)
    """
    if match := _REFERENCE.fullmatch(reference):
        column = 0
        for letter in match[1].upper():
            column = column * 26 + ord(letter) - 64
        row = int(match[2])
        if column <= _MOST_COLUMNS and row <= _MOST_ROWS:
            return row - 1, column - 1
    return None


def merged(cells: dict[int, Cell], areas: list[Area], name: str) -> list[Cell]:
    """The cells of sheet `name`, given by key, as a list row by row; each merged area becomes one cell.

    Cells hidden beneath a merged area are dropped. `cells` is modified. Raises Unreadable if there are too many areas.

    >>> [cell] = merged({0: Cell(0, 0, "基地名称"), 1: Cell(0, 1, "")}, [(0, 0, 1, 1)], "报告表")
    >>> cell.value, cell.rows, cell.columns
    ('基地名称', 2, 2)
    """
    if len(areas) < 500 and (spread := _spread(tuple(areas))):
        spans, beneath = spread
        for key in cells.keys() & beneath:
            del cells[key]
        for key in cells.keys() & spans:
            cells[key] = tuple.__new__(Cell, (*cells[key][:4], *spans[key], *cells[key][6:]))
        return [cells[key] for key in sorted(cells)]
    work = 0
    for first_row, first_column, last_row, last_column in areas:
        rows, columns = last_row - first_row + 1, last_column - first_column + 1
        if rows < 1 or columns < 1:
            continue
        work += min(rows * columns, len(cells))
        if work > _MOST_WORK:
            raise Unreadable(f"工作表“{name}”的合并单元格过多或相互重叠。请整理后重新报送")
        key = first_row << COLUMN_BITS | first_column
        shown = cells.get(key)
        if rows * columns <= len(cells):
            for row in range(first_row, last_row + 1):
                begin = row << COLUMN_BITS
                for beneath in range(begin | first_column, (begin | last_column) + 1):
                    cells.pop(beneath, None)
        else:
            for cell in list(cells.values()):
                if first_row <= cell.row <= last_row and first_column <= cell.column <= last_column:
                    del cells[cell.row << COLUMN_BITS | cell.column]
        if shown is not None:
            cells[key] = tuple.__new__(Cell, (*shown[:4], rows, columns, *shown[6:]))
    return [cells[key] for key in sorted(cells)]


@lru_cache(maxsize=32)
def _spread(areas: tuple[Area, ...]) -> tuple[dict[int, tuple[int, int]], frozenset[int]] | None:
    """The rows and columns of each area by its key, and the keys of the cells beneath them; None if an area is large.

    Cached, as forms made from one template have the same areas.
    """
    spans, beneath = {}, set()
    for first_row, first_column, last_row, last_column in areas:
        rows, columns = last_row - first_row + 1, last_column - first_column + 1
        if rows < 1 or columns < 1:
            continue
        if rows * columns > 200:
            return None
        key = first_row << COLUMN_BITS | first_column
        spans[key] = rows, columns
        inside = (row << COLUMN_BITS | column for row in range(rows) for column in range(columns))
        beneath.update(key + more for more in inside if more)
    return spans, frozenset(beneath)


def read_cells(path: Path, limits: Limits = DEFAULT) -> Book:
    """The filled cells of a file on disk. Raises as `opening.content` and `cells_of` do."""
    return cells_of(content(path, limits.file_bytes), limits)


def cells_of(data: bytes, limits: Limits = DEFAULT) -> Book:
    """The filled cells of a file with this content.

    Raises Unreadable if it is not a workbook or document, is damaged or protected by a password, or exceeds `limits`.
    """
    from .kinds import kind_of

    if not data:
        raise Unreadable("文件是空的（0 字节），可能未上传完整。请重新报送")
    try:
        kind, source = kind_of(data, limits)
        sheets = import_module(f".{kind}", __name__).read(source, limits)
    except (MemoryError, RecursionError) as fault:
        raise Unreadable(f"文件内容过大或嵌套过深，无法读取。请只保留报告表，{SAVE_AGAIN}") from fault
    left = limits.characters
    for sheet in sheets:
        lengths = [len(value) for value in map(_VALUE, sheet.cells) if type(value) is str]
        left -= sum(lengths)
        if lengths and max(lengths) > limits.cell_characters:
            cell = max((cell for cell in sheet.cells if isinstance(cell.value, str)), key=lambda cell: len(cell.value))
            where = f"“{sheet.name}”的 {address(cell.row, cell.column)}"
            raise Unreadable(
                f"{where} 中有 {len(cell.value)} 个字符，超过上限 {limits.cell_characters}。请删减后重新报送"
            )
    if left < 0:
        raise Unreadable(f"文件中的文字超过 {limits.characters} 个字符。请只保留报告表后重新报送")
    return Book(kind, sheets)
