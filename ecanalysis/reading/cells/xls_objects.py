"""What lies over the cells of an .xls sheet: text boxes, pictures, check boxes and their states.

A shape is told of by three records after each other: where it lies (in a drawing, [MS-ODRAW]), what it is (Obj) and
what it says (TxO, with the text behind it). [MS-XLS] 2.4.170, 2.4.181, 2.4.329.
"""

import struct
from collections.abc import Iterator

from . import Cell, Object
from .merging import Area
from .over_cells import TICKABLE, Control, middle, place_controls, put_text

DRAWING, SHAPE, TEXT, MORE = 0x00EC, 0x005D, 0x01B6, 0x003C
_ANCHOR, _CONTAINER = 0xF010, 0xF
_STATES = (0x0A, 0x12)  # parts of an Obj that hold the state of a check box, in 8 bytes
# By the type that an Obj names. Comments are read elsewhere; lists, scroll bars and the arrows of a filter say nothing.
_KINDS = {
    **{0x0B: "checkbox", 0x0C: "radio", 0x08: "picture", 0x05: "chart", 0x07: "button", 0x0D: "edit", 0x0E: "label"},
    **{0x00: "group", 0x01: "line", 0x02: "shape", 0x03: "shape", 0x04: "shape", 0x06: "shape", 0x09: "shape"},
    0x1E: "shape",
}
_WIDE, _HIGH = 600_000, 180_000  # of a cell, about; an anchor counts in 1/1024 and 1/256 of it


def lay_out(
    records: Iterator[tuple[int, bytes]], name: str, cells: dict[int, Cell], areas: list[Area], objects: list[Object]
) -> None:
    """Put what lies on a sheet, by its drawing records, into its cells, or else add it to `objects`."""
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
    """Kind, text, state and anchor of each shape."""
    anchor, shape, before, left = None, None, 0, 0
    nowhere = ((0, 0, 0, 0), None)
    for kind, data in [*records, (SHAPE, b"")]:
        if kind == DRAWING:
            anchor = _anchor(data) or anchor
        elif kind == SHAPE:
            if shape is not None and shape[0]:
                yield (shape[0], shape[1].strip(), shape[2], shape[3] or nowhere)
            shape = [*_kind(data), anchor]
            shape.insert(1, "")
        elif kind == TEXT:
            left = struct.unpack_from("<H", data, 10)[0] if len(data) >= 12 else 0
        elif kind == MORE and before in (TEXT, MORE) and left and data and shape is not None:
            text = data[1:].decode("utf-16-le" if data[0] & 1 else "latin-1", "replace")[:left]
            shape[1] += text
            left -= len(text)
        before = kind


def _kind(data: bytes) -> tuple[str, bool | None]:
    """What an Obj record is of, and the state of a check box."""
    kind, state, at = "", None, 0
    while at + 4 <= len(data):
        part, length = struct.unpack_from("<HH", data, at)
        at += 4
        if part == 0x15 and at + 2 <= len(data):
            kind = _KINDS.get(struct.unpack_from("<H", data, at)[0], "")
        elif part in _STATES and length == 8 and at + 2 <= len(data):
            state = {0: False, 1: True}.get(struct.unpack_from("<H", data, at)[0])
        elif part == 0:
            break
        at += length
    return kind, state


def _anchor(data: bytes) -> tuple | None:
    """The last anchor in a piece of drawing: its two ends, each row, offset, column, offset (in EMU)."""
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
