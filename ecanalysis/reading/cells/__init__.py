"""Files -> cells: a submitted file of any format becomes its filled cells, as written, with their addresses.

`read_cells` tells a format by its content, never by its extension, and picks the module that reads it.
Readers open nothing but the bytes they are given, keep to `Limits`, and raise only `Unreadable`.

Whatever a person can see in a file, and whatever Office keeps beside it, comes out here, in one of two ways:

    in the text of its cell or paragraph, at its place, as if it had been typed: the shown result of a field, a content
    control, a tick of a symbol font, a bullet or check box that is ticked or not (☑ or □), a text box with one number
    over an empty cell or blank;
    as an `Object` of its sheet, where its place among the words cannot be told or it holds nothing that can be read:
    a floating text box, a picture, a comment, an embedded workbook.

What a person cannot see (hidden, or taken away by a tracked change) is in no cell; of a Word file it is told as an
`Object`. A form filled in well has no objects.
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
from ecanalysis.reading.opening import NoFile, content

DAMAGED = "请用 Excel 或 WPS 打开原文件，确认内容完整，另存后重新报送"
SAVE_AGAIN = "请另存为 .xlsx 或 .docx 后重新报送"
OFFICE = f"读取旧格式文档须安装 LibreOffice。未安装的，{SAVE_AGAIN}"
EXTRA = '读取扫描件和照片须安装可选组件 scans（python -m pip install "ecanalysis[scans]"）。'
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})", re.IGNORECASE | re.ASCII)
_VALUE = itemgetter(2)  # of a cell: half the time of its name, and it is asked of every cell
_HINTS = {"docx": "document", "csv": "csv", "pdf": "document"}


Area = tuple[int, int, int, int]  # first row, first column, last row, last column
COLUMN_BITS = 14  # the columns of a sheet; a cell's key is row << 14 | column, so keys sort row by row
_MOST_WORK = 5_000_000


class Unreadable(Exception):
    """A file that cannot be read at all; its text says in Chinese what is wrong, where, and what to do."""


class Cell(NamedTuple):
    """One filled cell. `row` and `column` count from 0; a merged area is one cell with its span.

    A number is an int when it is whole, else a float; a date or time is a datetime (a time without a date is on
    1899-12-30). `percent`: the value is a number whose format shows it as a percentage (0.156 is seen as 15.6%).
    `error`: an error value (its text, such as `#REF!`), or a formula saved without a result (the formula).

    What a number format adds is here too. A format that scales (`0,` or `0!.00,,`) leaves the number as it is seen,
    not rounded: 1250000000 under `0!.00,,"亿"` has the value 12.5, the `unit` "亿" and is `shown` as "12.50亿".
    `prefix` and `unit` are the words before and after the number (signs and brackets of negative numbers, and room
    left by `_` and `*`, are none); `shown` is the whole text where the format scales or says anything of its own,
    else "". A format without digits makes the value the text that is seen (1 under `"是";;"否"` is "是"); `hidden`:
    the format shows nothing, though a value is there (`;;;`).
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
    """What lies on or beside the cells and could not be read in its place.

    `kind`: text_box, control (of a form, ActiveX or content), checkbox, picture, drawing (a shape without text),
    comment, embedded (a workbook or other file inside), field, bullet, alt_chunk, header, footer, note, struck (text
    crossed out, which its paragraph no longer holds), deleted (by a tracked change), hidden, page (a picture that fills
    a whole page) or emphasis (the one of several choices that is bold, underlined, coloured or the like). `text` is
    what it shows, "" where nothing can be read. `row` and `column` (from 0) are those of the cell or paragraph that it
    lies on, on the sheet `sheet`. `state`: True ticked, False not ticked, None unknown or no tick at all. `beside`:
    in a document, the text of the paragraph that it lies on, which may be one of many in its cell.
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
        """The address of the cell or paragraph it lies on."""
        return address(self.row, self.column)


@dataclass(slots=True)
class Sheet:
    """A sheet, or a table of a document, with its filled cells row by row; hidden rows and columns too.

    `state` is "visible", "hidden" or "very_hidden" (no menu shows it). `objects`: see `Object`. `places`: of what was
    laid out on pages, where each cell lies by its row and column: (`第2页`, `x,y,w,h` in permille of the page).
    """

    name: str
    cells: list[Cell]
    state: str = "visible"
    objects: tuple[Object, ...] = ()
    places: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Book:
    """What was read: `layout_hint` is "workbook", "document" or "csv"; `format` xlsx, xls, ods, csv, docx or pdf."""

    layout_hint: str
    format: str
    sheets: list[Sheet]


@lru_cache(maxsize=8192)
def address(row: int, column: int) -> str:
    """The A1-style address of a cell whose row and column count from 0.

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
    """Row and column, from 0, of an A1-style reference, if it is one.

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
    """The cells of sheet `name`, by key, row by row: a merged area is one cell at its top-left, with its span; what
    lies beneath is not seen, and not read. `cells` is used up.

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
    """Of areas that are small, and are the same in all forms of one template: the rows and columns of each by its key,
    and the keys of what lies beneath them; else None."""
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
    """The filled cells of a submitted file. The file is only read, and left as it is.

    Raises Unreadable when there is nothing to be read: not to be opened, no workbook or document, damaged,
    protected by a password, or more than `limits` allow.
    """
    try:
        data = content(path, limits.file_bytes)
    except NoFile as fault:
        raise Unreadable(str(fault)) from fault
    except PermissionError as fault:
        raise Unreadable("没有读取权限。请修改文件权限后重试") from fault
    except FileNotFoundError as fault:
        raise Unreadable("文件不存在，或快捷方式（链接）已失效。请重新复制报告表文件") from fault
    except OSError as fault:
        raise Unreadable("文件无法打开。请检查存储介质，或重新复制报告表文件") from fault
    return cells_of(data, limits)


def cells_of(data: bytes, limits: Limits = DEFAULT) -> Book:
    """The filled cells of a file whose content is known; raises as `read_cells` does."""
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
    return Book(_HINTS.get(kind, "workbook"), kind, sheets)
