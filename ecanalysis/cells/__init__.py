"""Files -> cells: a submitted file of any format becomes its filled cells, as written, with their addresses.

`read_cells` tells a format by its content, never by its extension, and picks the module that reads it.
Readers open nothing but the bytes they are given, keep to `Limits`, and raise only `Unreadable`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

DAMAGED = "请用 Excel 或 WPS 打开原文件，确认内容完整，另存后重新报送"
SAVE_AGAIN = "请另存为 .xlsx 或 .docx 后重新报送"


class Unreadable(Exception):
    """A file that cannot be read at all; its text says in Chinese what is wrong, where, and what to do."""


class Cell(NamedTuple):
    """One filled cell. `row` and `column` count from 0; a merged area is one cell with its span.

    A number is an int when it is whole, else a float; a date or time is a datetime (a time without a date is on
    1899-12-30). `percent`: the value is a number whose format shows it as a percentage (0.156 is seen as 15.6%).
    `error`: an error value (its text, such as `#REF!`), or a formula saved without a result (the formula).
    """

    row: int
    column: int
    value: str | float | int | bool | datetime
    percent: bool = False
    rows: int = 1
    columns: int = 1
    error: bool = False


@dataclass(slots=True)
class Sheet:
    """A sheet, or a table of a document, with its filled cells row by row; hidden sheets, rows and columns too."""

    name: str
    cells: list[Cell]


@dataclass(slots=True)
class Book:
    """What was read: `layout_hint` is "workbook", "document" or "csv"; `format` xlsx, xls, ods, csv or docx."""

    layout_hint: str
    format: str
    sheets: list[Sheet]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read before it is refused. The form needs a hundredth of each of these."""

    file_bytes: int = 50 * 2**20
    inflated_bytes: int = 128 * 2**20  # of the parts that are read; pictures are not
    members: int = 5_000  # entries in a zip directory
    tree_bytes: int = 32 * 2**20  # of one XML part
    markup: int = 1_000_000  # tags and attributes of all XML parts together
    sheets: int = 256
    cells: int = 200_000  # filled cells in all sheets together
    characters: int = 20_000_000  # of text in all cells together
    cell_characters: int = 200_000  # Excel itself stops at 32,767


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


def read_cells(path: Path, limits: Limits = Limits()) -> Book:
    """The filled cells of a submitted file. The file is only read, once, and left as it is.

    Raises Unreadable when there is nothing to be read: no workbook or document, damaged, protected by a
    password, too large, not to be opened.
    """
    from . import archive, xlsx

    data = Path(path).read_bytes()
    zipped = archive.Archive(data, limits)
    main = next(part for kind, part in zipped.relationships("").values() if kind == "officeDocument")
    return Book("workbook", "xlsx", xlsx.read(zipped, main, limits))
