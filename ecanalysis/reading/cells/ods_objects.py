"""What lies over the cells of an OpenDocument sheet: text boxes, pictures, controls of a form and their states."""

import re

from lxml import etree

from . import Cell, Object
from .merging import COLUMN_BITS, Area
from .ods import Shape
from .ods_styles import Styles
from .over_cells import TICKABLE, Control, middle, place_controls, place_of, put_text

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_FORM = "{urn:oasis:names:tc:opendocument:xmlns:form:1.0}"
_LENGTH = re.compile(r"(-?\d{1,7}(?:\.\d{1,9})?)(in|cm|mm|pt|pc|px)")
_EMU = {"in": 914_400, "cm": 360_000, "mm": 36_000, "pt": 12_700, "pc": 152_400, "px": 9_525}
_DEFAULT = {"column-width": 813_000, "row-height": 163_000}


def lay_out(
    table: etree._Element,
    name: str,
    styles: Styles,
    shapes: list[Shape],
    cells: list[Cell],
    areas: list[Area],
    objects: list[Object],
) -> list[Cell]:
    """The cells with what lies over them; what cannot be told to belong to one is added to `objects`."""
    controls = _declared(table)
    by_place = {cell.row << COLUMN_BITS | cell.column: cell for cell in cells}
    rows = _sizes(table.iter(_TABLE + "table-row"), "row", styles)
    columns = _sizes(table.iter(_TABLE + "table-column"), "column", styles)
    for shape, row, column in shapes:
        for one in [shape] if shape.tag != _DRAW + "g" else shape.iter(_DRAW + "control", _DRAW + "frame", *_BOXES):
            place = _place(one, shape, row, column, rows, columns)
            control = controls.get(one.get(_DRAW + "control", ""))
            if control is not None:
                control.place = place
            else:
                _put(one, place, name, by_place, areas, objects)
    place_controls([one for one in controls.values() if one.place], name, by_place, areas, objects)
    return [by_place[key] for key in sorted(by_place)]


_BOXES = [_DRAW + what for what in ("custom-shape", "rect", "ellipse", "caption")]


def _put(
    one: etree._Element, place: tuple[int, int, float], name: str, cells: dict, areas: list, objects: list[Object]
) -> None:
    text = "\n".join("".join(paragraph.itertext()) for paragraph in one.iter(_TEXT + "p")).strip()
    kinds = {child.tag.rpartition("}")[2] for child in one.iter()}
    if kinds & {"object", "object-ole", "control"} or (not text and "image" in kinds):
        kind = "control" if "control" in kinds else "picture" if not kinds & {"object", "object-ole"} else "embedded"
        objects.append(Object(kind, text, name, *place[:2]))
    else:
        put_text(text, *place[:2], name, cells, areas, objects)


def _declared(table: etree._Element) -> dict[str, Control]:
    """The controls of a sheet by their number, as its forms tell of them."""
    controls = {}
    for entry in table.iter(_FORM + "*"):
        kind = entry.tag.rpartition("}")[2]
        number = entry.get(_FORM + "id") or entry.get("{http://www.w3.org/XML/1998/namespace}id")
        if number is None or kind == "form":
            continue
        of = {key.removeprefix(_FORM): value for key, value in entry.items()}
        said = "" if kind in TICKABLE else of.get("current-value") or of.get("value") or ""
        state = of.get("current-state") or of.get("state") or of.get("current-selected") or of.get("selected")
        ticked = {"checked": True, "true": True, "unknown": None}.get(state or "", False)
        link = "!".join(of.get("linked-cell", "").replace("$", "").rsplit(".", 1))
        label = " ".join(filter(None, (of.get("label", ""), said)))
        controls[number] = Control(kind, label, ticked if kind in TICKABLE else None, link)
    return controls


def _length(text: str | None, otherwise: int = 0) -> int:
    found = _LENGTH.fullmatch(text or "")
    return int(float(found[1]) * _EMU[found[2]]) if found else otherwise


def _sizes(entries, what: str, styles: Styles) -> list[tuple[int, int]]:
    """How wide the columns or high the rows are, each with how many of them follow each other."""
    sizes = []
    measure = "column-width" if what == "column" else "row-height"
    for entry in entries:
        size = _length(styles.measure(entry.get(_TABLE + "style-name", ""), what, measure), _DEFAULT[measure])
        times = entry.get(f"{_TABLE}number-{what}s-repeated", "1")
        shown = entry.get(_TABLE + "visibility", "visible") == "visible"
        sizes.append((size * shown, int(times) if times.isdecimal() and len(times) < 8 else 1))
    return sizes


def _at(sizes: list[tuple[int, int]], position: int) -> int:
    """The row or column that a position lies in."""
    first = 0
    for size, times in sizes:
        if position < size * times:
            return first + position // size
        position -= size * times
        first += times
    return max(first - 1, 0)


def _place(
    one: etree._Element, shape: etree._Element, row: int, column: int, rows: list, columns: list
) -> tuple[int, int, float]:
    x, y = _length(one.get(_SVG + "x")), _length(one.get(_SVG + "y"))
    if row < 0:  # laid on the sheet as a whole
        wide, high = _length(one.get(_SVG + "width")), _length(one.get(_SVG + "height"))
        return _at(rows, y + high // 2), _at(columns, x + wide // 2), x
    end = place_of(shape.get(_TABLE + "end-cell-address", "").rpartition(".")[2])
    reach = _length(shape.get(_TABLE + "end-y")), _length(shape.get(_TABLE + "end-x"))
    return middle((row, y, column, x), (end[0], reach[0], end[1], reach[1]) if end else None)
