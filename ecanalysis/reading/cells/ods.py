"""Spreadsheets of LibreOffice and of WPS in the OpenDocument format: .ods."""

import re
from datetime import datetime, timedelta

from lxml import etree

from ecanalysis.reading.limits import Limits

from . import Cell, Sheet, Unreadable
from .archive import Archive
from .formats import number_of

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELL, _COVERED = _TABLE + "table-cell", _TABLE + "covered-table-cell"
_UNSEEN = {_OFFICE + "annotation", _TEXT + "note", _TEXT + "ruby-text"}
_DURATION = re.compile(r"PT(\d{1,6})H(\d{1,6})M(\d{1,6}(?:\.\d{1,9})?)S")


def read(archive: Archive, limits: Limits) -> list[Sheet]:
    """The sheets in their order."""
    if "META-INF/manifest.xml" in archive and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Unreadable("文件设有密码，无法读取。请去掉密码后重新报送")
    tables = list(archive.tree("content.xml").iterfind(f"{_OFFICE}body/{_OFFICE}spreadsheet/{_TABLE}table"))
    if len(tables) > limits.sheets:
        raise Unreadable(f"工作簿有 {len(tables)} 个工作表，超过上限 {limits.sheets} 个。请只保留报告表后重新报送")
    found: list[Sheet] = []
    left = limits.cells
    for table in tables:
        name = table.get(_TABLE + "name", "")[:100]
        cells = _cells(table, name, left)
        left -= len(cells)
        found.append(Sheet(name, cells))
    return found


def _cells(table: etree._Element, name: str, most: int) -> list[Cell]:
    cells: list[Cell] = []
    row = 0
    for line in table.iter(_TABLE + "table-row"):
        rows = _times(line, "number-rows-repeated")
        column = 0
        filled: list[Cell] = []
        for entry in line.iterchildren(_CELL, _COVERED):
            columns = _times(entry, "number-columns-repeated")
            if entry.tag == _CELL and (cell := _cell(entry)) is not None:
                if len(cells) + (len(filled) + columns) * rows > most:
                    raise Unreadable(f"工作簿中填有内容的单元格过多（至工作表“{name}”）。请只保留报告表后重新报送")
                filled += [cell._replace(column=column + at) for at in range(columns)]
            column += columns
        if filled:
            cells += [cell._replace(row=row + at) for at in range(rows) for cell in filled]
        row += rows
    return cells


def _cell(entry: etree._Element) -> Cell | None:
    """What a cell holds, its place left open; None when it is empty."""
    kind = entry.get(_OFFICE + "value-type")
    percent = kind == "percentage"
    error = entry.get(_CALC + "value-type") == "error"
    if error or kind in ("string", None):
        value = entry.get(_OFFICE + "string-value") or "\n".join(
            "".join(_pieces(paragraph)) for paragraph in entry.iterchildren(_TEXT + "p", _TEXT + "h")
        )
        if kind is None and not value and entry.get(_TABLE + "formula"):
            value, error = entry.get(_TABLE + "formula"), True
    elif kind == "boolean":
        value = entry.get(_OFFICE + "boolean-value") == "true"
    elif kind == "date":
        value = _date(entry.get(_OFFICE + "date-value", ""))
    elif kind == "time":
        value = _time(entry.get(_OFFICE + "time-value", ""))
    else:
        value = number_of(entry.get(_OFFICE + "value", ""))
        percent = percent and not isinstance(value, str)
    if value == "" and not isinstance(value, bool):
        return None
    rows, columns = _times(entry, "number-rows-spanned"), _times(entry, "number-columns-spanned")
    return Cell(0, 0, value, percent, rows, columns, error)


def _pieces(element: etree._Element):
    """The text of a paragraph in pieces; comments and phonetic guides left out."""
    yield element.text or ""
    for child in element:
        if child.tag == _TEXT + "s":
            yield " " * min(_times(child, "c", _TEXT), 1000)
        elif child.tag == _TEXT + "tab":
            yield "\t"
        elif child.tag == _TEXT + "line-break":
            yield "\n"
        elif child.tag not in _UNSEEN:
            yield from _pieces(child)
        yield child.tail or ""


def _times(element: etree._Element, attribute: str, space: str = _TABLE) -> int:
    written = element.get(space + attribute, "1")
    return max(1, int(written)) if written.isascii() and written.isdigit() and len(written) < 10 else 1


def _date(written: str) -> str | datetime:
    try:
        return datetime.fromisoformat(written[:26])
    except ValueError:
        return written


def _time(written: str) -> str | datetime:
    match = _DURATION.fullmatch(written)
    if not match:
        return written
    hours, minutes, seconds = int(match[1]), int(match[2]), float(match[3])
    return datetime(1899, 12, 30) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
