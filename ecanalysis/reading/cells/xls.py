"""Workbooks of Excel 5 to 2003 (.xls, and .et with the same content) -> cells."""

import os
import struct
from collections.abc import Iterator
from itertools import pairwise

import xlrd

from ecanalysis.reading.limits import Limits
from ecanalysis.reading.ticks import set_apart

from . import COLUMN_BITS, DAMAGED, Area, Cell, Object, Sheet, Unreadable, merged
from .formats import format_of
from .kinds import LOCKED
from .numbers import date_of, whole
from .over_cells import TICKABLE, Control, middle, place_controls, put_text
from .symbols import RAISED, seen

# Records of the file format, by what they cost to read. Each cell of a run takes 6 bytes, an empty one 2.
_SHEET, _LOCKED, _STRINGS, _MERGED, _BEGIN, _END = 0x0085, 0x002F, 0x00FC, 0x00E5, 0x0809, 0x000A
_FILLED = {0x0203, 0x0204, 0x0205, 0x0006, 0x0206, 0x0406, 0x027E, 0x00D6, 0x00FD}
_FILLED_RUN, _BLANK, _BLANK_RUN = 0x00BD, 0x0201, 0x00BE
_CELLS = _FILLED | {_FILLED_RUN, _BLANK, _BLANK_RUN}
_LIGHT = {0x0208, 0x00D7, 0x003C}  # rows, their index, continuations
_CALCULATED_BY = 0x01C1
_FORMULAS = {0x0006, 0x0206, 0x0406}
_DRAWING, _SHAPE, _TEXT, _MORE = 0x00EC, 0x005D, 0x01B6, 0x003C
_DRAWN = {_DRAWING, _SHAPE, _TEXT, _MORE}
_ANCHOR, _CONTAINER = 0xF010, 0xF
_BOX_STATES = (0x0A, 0x12)  # parts of an Obj with the state of a check box, in 8 bytes
# By the type in an Obj. Comments are read elsewhere; lists, scroll bars and the arrows of a filter have no meaning.
_KINDS = {
    **{0x0B: "checkbox", 0x0C: "radio", 0x08: "picture", 0x05: "chart", 0x07: "button", 0x0D: "edit", 0x0E: "label"},
    **{0x00: "group", 0x01: "line", 0x02: "shape", 0x03: "shape", 0x04: "shape", 0x06: "shape", 0x09: "shape"},
    0x1E: "shape",
}
_WIDE, _HIGH = 600_000, 180_000  # of a cell in EMU, approximately; anchors are in 1/1024 and 1/256 of it
_STATES = {0: "visible", 1: "hidden", 2: "very_hidden"}
_MOST_OTHERS = 50_000  # styles, fonts, names, links, drawn objects: a few kilobytes each once read


def read(stream: bytes, limits: Limits) -> list[Sheet]:
    """The sheets of a workbook stream in order, without chart and macro sheets.

    Raises Unreadable for a stream that is damaged, has a password, or exceeds `limits`.
    """
    _weigh(stream, limits)
    try:
        with open(os.devnull, "w") as log:
            book = xlrd.open_workbook(
                file_contents=stream, logfile=log, formatting_info=True, on_demand=True, ragged_rows=True
            )
            uncalculated = _without_result(stream, book._sh_abs_posn)
            found: list[Sheet] = []
            left = limits.cells
            for at, name in enumerate(book.sheet_names()):
                objects: list[Object] = []
                state = _STATES.get(book._sheet_visibility[at], "hidden")
                drawn = _drawn(stream, book._sh_abs_posn[at])
                cells = _cells(book, book.sheet_by_index(at), uncalculated[at], drawn, objects)
                book.unload_sheet(at)
                left -= len(cells)
                if left < 0:
                    raise _too_much(limits)
                found.append(Sheet(name, cells, state, tuple(objects)))
    except Unreadable:
        raise
    except Exception as fault:  # xlrd raises exceptions of many kinds on damaged files
        raise Unreadable(f"文件已损坏或不完整（.xls 工作簿无法读取）。{DAMAGED}") from fault
    return found


def _weigh(stream: bytes, limits: Limits) -> None:
    """Raise Unreadable for a workbook with a password, or one that would fill the memory.

    This is checked beforehand, as xlrd reads everything, including empty cells.
    """
    begins = [0]
    filled = light = others = strings = areas = 0
    for begin in begins:
        widths: dict[int, int] = {}  # xlrd keeps a row up to its last cell
        for kind, at, length in _records(stream, begin):
            if kind in _CELLS and length >= 6:
                row, column = struct.unpack_from("<HH", stream, at)
                run = (length - 6) // 6 if kind == _FILLED_RUN else (length - 6) // 2 if kind == _BLANK_RUN else 1
                widths[row] = max(widths.get(row, 0), column + run)
                filled += run if kind in _FILLED or kind == _FILLED_RUN else 0
                light += 1
            elif kind in _LIGHT:
                light += 1
            elif kind == _MERGED:
                areas += length // 8
            elif kind == _STRINGS and length >= 8:
                strings += struct.unpack_from("<i", stream, at + 4)[0]
            elif kind == _LOCKED:
                raise Unreadable(LOCKED)
            else:
                others += 1
                if kind == _SHEET and length >= 6:
                    begins.append(struct.unpack_from("<i", stream, at)[0])
            if filled > limits.cells or max(light, strings) > limits.markup or max(areas, others) > _MOST_OTHERS:
                raise _too_much(limits)
        light += sum(widths.values())
        if light > limits.markup:
            raise _too_much(limits)
    if len(begins) > limits.sheets or len(set(begins)) < len(begins):
        raise Unreadable(f"工作簿的工作表超过 {limits.sheets} 个，或工作表目录已损坏。{DAMAGED}")


def _records(stream: bytes, at: int):
    """The records of one sheet, or of the workbook itself, up to its end record: (kind, position, length)."""
    inside = -1  # a chart within the sheet has its own begin and end records
    while True:
        kind, length = struct.unpack_from("<HH", stream, at) if 0 <= at <= len(stream) - 4 else (0, len(stream))
        at += 4
        if at + length > len(stream):
            raise Unreadable(f"文件已损坏或不完整（.xls 工作簿中途中断）。{DAMAGED}")
        yield kind, at, length
        at += length
        if kind == _BEGIN:
            inside += 1
        elif kind == _END:
            if inside <= 0:
                return
            inside = 0


def _without_result(stream: bytes, begins: list[int]) -> list[set[int]]:
    """For each sheet the cells, by key, whose formula was saved without being calculated.

    These are formulas with the result 0 that are to be calculated on opening; or all formulas, if none in the workbook
    has a result and it has no record of the program version that calculated it.
    """
    waiting: list[set[int]] = []
    blank: list[set[int]] = []
    calculated = any(kind == _CALCULATED_BY for kind, _, _ in _records(stream, 0))
    for begin in begins:
        waiting.append(set())
        blank.append(set())
        for kind, at, length in _records(stream, begin):
            if kind in _FORMULAS and length >= 20:
                row, column = struct.unpack_from("<HH", stream, at)
                result, flags = stream[at + 6 : at + 14], struct.unpack_from("<H", stream, at + 14)[0]
                empty = result == bytes(8) or (result[:1] == b"\3" and result[6:] == b"\xff\xff")
                if not empty:
                    calculated = True
                else:
                    blank[-1].add(row << COLUMN_BITS | column)
                    # fAlwaysCalc or fCalcOnLoad is set, or the formula itself is an error value
                    if result == bytes(8) and (flags & 3 or stream[at + 22 : at + 23] == b"\x1c"):
                        waiting[-1].add(row << COLUMN_BITS | column)
    return waiting if calculated else blank


def _too_much(limits: Limits) -> Unreadable:
    return Unreadable(f"工作簿中的单元格或格式过多（填有内容的上限为 {limits.cells} 个）。请只保留报告表后重新报送")


def _drawn(stream: bytes, begin: int) -> list[tuple[int, bytes]]:
    """The drawing records of a sheet, without those inside charts."""
    found, inside = [], 0
    for kind, at, length in _records(stream, begin):
        inside += (kind == _BEGIN) - (kind == _END)
        if kind in _DRAWN and inside == 1:
            found.append((kind, stream[at : at + length]))
    return found


def _cells(
    book: xlrd.Book,
    sheet: xlrd.sheet.Sheet,
    without_result: set[int],
    drawn: list[tuple[int, bytes]],
    objects: list[Object],
) -> list[Cell]:
    cells: dict[int, Cell] = {}
    for row in range(sheet.nrows):
        for column, kind in enumerate(sheet.row_types(row)):
            key = row << COLUMN_BITS | column
            if key in without_result:
                cells[key] = Cell(row, column, "=", error=True)
                continue
            if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) or (value := sheet.cell_value(row, column)) == "":
                continue
            at = sheet.cell_xf_index(row, column)
            style = book.xf_list[at] if at is not None and 0 <= at < len(book.xf_list) else None
            percent = error = hidden = False
            prefix = unit = shown = ""
            code = book.format_map.get(style.format_key) if style else None
            how = format_of(code.format_str) if code and isinstance(code.format_str, str) else None
            if kind == xlrd.XL_CELL_TEXT:
                if style:
                    runs = sheet.rich_text_runlist_map.get((row, column), [])
                    value, crossed, choice = _seen(value, style.font_index, runs, book)
                    for what, text in (("struck", crossed), ("emphasis", choice)):
                        if text:
                            objects.append(Object(what, text, sheet.name, row, column))
                    if not value:
                        continue
                if how and not how.plain:
                    value, *_, hidden = how.see_text(value)
            elif kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
                if value != value or value in (float("inf"), float("-inf")):
                    value, error = "#NUM!", True
                elif how and not how.plain:
                    value, percent, prefix, unit, shown, hidden = how.see(whole(value), book.datemode == 1)
                elif kind == xlrd.XL_CELL_DATE:
                    value = date_of(value, book.datemode == 1) or whole(value)
                else:
                    value = whole(value)
            elif kind == xlrd.XL_CELL_BOOLEAN:
                value = bool(value)
            else:
                value, error = xlrd.error_text_from_code.get(value, f"#{value}"), True
            if kind != xlrd.XL_CELL_TEXT and style and _font(book, style.font_index).struck_out:
                objects.append(Object("struck", str(value), sheet.name, row, column))
                continue
            cells[key] = Cell(row, column, value, percent, 1, 1, error, prefix, unit, shown, hidden)
    for (row, column), note in sheet.cell_note_map.items():
        if note.text and note.text.strip():
            objects.append(Object("comment", note.text.strip(), sheet.name, row, column))
    areas = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells]
    if any(kind == _SHAPE for kind, _ in drawn):
        lay_out(drawn, sheet.name, cells, areas, objects)
    return merged(cells, areas, sheet.name)


_NO_FONT = xlrd.formatting.Font()
_NO_FONT.name, _NO_FONT.struck_out, _NO_FONT.escapement = "", 0, 0
_NO_FONT.bold, _NO_FONT.underline_type, _NO_FONT.colour_index = 0, 0, 8
_BLACK = (0, 8, 64, 0x7FFF)  # colours; the last two are the system's text colour


def _font(book: xlrd.Book, at: int) -> xlrd.formatting.Font:
    """A font by its number; some programs refer to fonts that do not exist."""
    return book.font_list[at] if 0 <= at < len(book.font_list) else _NO_FONT


def _seen(text: str, font: int, runs: list[tuple[int, int]], book: xlrd.Book) -> tuple[str, str, str]:
    """A text as it looks in the fonts of its runs (each from a position on), its crossed out text, and its emphasised
    choice."""
    pieces: tuple[list[str], list[str]] = ([], [])
    emphasised = []
    begins = [(0, font), *runs, (len(text), 0)]
    for (begin, at), (end, _) in pairwise(begins):
        own = _font(book, at)
        pieces[bool(own.struck_out)].append(seen(text[begin:end], RAISED if own.escapement else own.name))
        if own.bold or own.underline_type or own.colour_index not in _BLACK:
            emphasised.append(text[begin:end])
    return "".join(pieces[0]), "".join(pieces[1]), set_apart(emphasised, text)


def lay_out(
    records: Iterator[tuple[int, bytes]], name: str, cells: dict[int, Cell], areas: list[Area], objects: list[Object]
) -> None:
    """Put the shapes and controls in the drawing records of a sheet into its cells, or add them to `objects`."""
    controls: list[Control] = []
    for kind, text, state, (begin, end) in _shapes(records):
        place = middle(begin, end)
        if kind in TICKABLE:
            controls.append(Control(kind, text, state, "", place))
        elif kind in ("shape", "label"):
            put_text(text, *place[:2], name, cells, areas, objects)
        elif kind in ("picture", "chart") or text:
            what = {"picture": "picture", "chart": "drawing"}.get(kind, "control")
            objects.append(Object(what, text, name, *place[:2]))
    place_controls(controls, name, cells, areas, objects)


def _shapes(records: Iterator[tuple[int, bytes]]) -> Iterator[tuple[str, str, bool | None, tuple]]:
    """Kind, text, state and anchor of each shape.

    A shape has three consecutive records: its place (in a drawing, [MS-ODRAW]), its kind (Obj) and its text (TxO,
    followed by the text). [MS-XLS] 2.4.170, 2.4.181, 2.4.329.
    """
    anchor, shape, before, left = None, None, 0, 0
    nowhere = ((0, 0, 0, 0), None)
    for kind, data in [*records, (_SHAPE, b"")]:
        if kind == _DRAWING:
            anchor = _anchor(data) or anchor
        elif kind == _SHAPE:
            if shape is not None and shape[0]:
                yield (shape[0], shape[1].strip(), shape[2], shape[3] or nowhere)
            shape = [*_kind(data), anchor]
            shape.insert(1, "")
        elif kind == _TEXT:
            left = struct.unpack_from("<H", data, 10)[0] if len(data) >= 12 else 0
        elif kind == _MORE and before in (_TEXT, _MORE) and left and data and shape is not None:
            text = data[1:].decode("utf-16-le" if data[0] & 1 else "latin-1", "replace")[:left]
            shape[1] += text
            left -= len(text)
        before = kind


def _kind(data: bytes) -> tuple[str, bool | None]:
    """The kind of object in an Obj record, and the state of a check box."""
    kind, state, at = "", None, 0
    while at + 4 <= len(data):
        part, length = struct.unpack_from("<HH", data, at)
        at += 4
        if part == 0x15 and at + 2 <= len(data):
            kind = _KINDS.get(struct.unpack_from("<H", data, at)[0], "")
        elif part in _BOX_STATES and length == 8 and at + 2 <= len(data):
            state = {0: False, 1: True}.get(struct.unpack_from("<H", data, at)[0])
        elif part == 0:
            break
        at += length
    return kind, state


def _anchor(data: bytes) -> tuple | None:
    """The two corners of the last anchor in a drawing record: row, offset, column, offset (offsets in EMU)."""
    at, found = 0, None
    while at + 8 <= len(data):
        how, what, length = struct.unpack_from("<HHI", data, at)
        at += 8
        if what == _ANCHOR and at + 18 <= len(data):
            left, dx, top, dy, right, dx2, bottom, dy2 = struct.unpack_from("<8H", data, at + 2)
            ends = ((top, dy, left, dx), (bottom, dy2, right, dx2))
            found = tuple((row, y * _HIGH // 256, column, x * _WIDE // 1024) for row, y, column, x in ends)
        if how & 0xF != _CONTAINER:
            at += length
    return found
