"""OpenDocument spreadsheets (.ods, of LibreOffice and WPS) -> cells."""

import re
from datetime import datetime, timedelta

from lxml import etree

from ecanalysis.reading.limits import Limits
from ecanalysis.reading.ticks import set_apart

from . import COLUMN_BITS, Area, Cell, Object, Sheet, Unreadable
from .archive import Archive
from .formats import Seen
from .numbers import number_of
from .ods_styles import Styles
from .over_cells import TICKABLE, Control, middle, place_controls, place_of, put_text
from .symbols import seen

Shape = tuple[etree._Element, int, int]  # a shape, and the row and column of its anchor (-1: the sheet)
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELL, _COVERED = _TABLE + "table-cell", _TABLE + "covered-table-cell"
_UNSEEN = {_OFFICE + "annotation", _TEXT + "note", _TEXT + "ruby-text"}
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_BOXES = [_DRAW + what for what in ("custom-shape", "rect", "ellipse", "caption")]
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_FORM = "{urn:oasis:names:tc:opendocument:xmlns:form:1.0}"
_LENGTH = re.compile(r"(-?\d{1,7}(?:\.\d{1,9})?)(in|cm|mm|pt|pc|px)")
_EMU = {"in": 914_400, "cm": 360_000, "mm": 36_000, "pt": 12_700, "pc": 152_400, "px": 9_525}
_DEFAULT = {"column-width": 813_000, "row-height": 163_000}
_ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!)|(?:Err|错误|錯誤)[:：]\s*\d{3}")
_DURATION = re.compile(r"PT(\d{1,6})H(\d{1,6})M(\d{1,6}(?:\.\d{1,9})?)S")


def read(archive: Archive, limits: Limits) -> list[Sheet]:
    """The sheets in order. Raises Unreadable for a file with a password or beyond `limits`."""
    if "META-INF/manifest.xml" in archive and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Unreadable("文件设有密码，无法读取。请去掉密码后重新报送")
    content = archive.tree("content.xml")
    tables = list(content.iterfind(f"{_OFFICE}body/{_OFFICE}spreadsheet/{_TABLE}table"))
    if len(tables) > limits.sheets:
        raise Unreadable(f"工作簿有 {len(tables)} 个工作表，超过上限 {limits.sheets} 个。请只保留报告表后重新报送")
    styles = Styles(*([archive.tree("styles.xml")] if "styles.xml" in archive else []), content)
    found: list[Sheet] = []
    left = limits.cells
    for table in tables:
        name = table.get(_TABLE + "name", "")[:100]
        objects: list[Object] = []
        cells = _cells(table, name, styles, left, objects)
        left -= len(cells)
        hidden = styles.hides(table.get(_TABLE + "style-name", ""))
        found.append(Sheet(name, cells, "hidden" if hidden else "visible", tuple(objects)))
    return found


def _cells(table: etree._Element, name: str, styles: Styles, most: int, objects: list[Object]) -> list[Cell]:
    cells: list[Cell] = []
    shapes: list[Shape] = [(shape, -1, -1) for shape in table.iterfind(f"{_TABLE}shapes/*")]
    areas: list[Area] = []
    columns_style = [
        (column.get(_TABLE + "default-cell-style-name", ""), _times(column, "number-columns-repeated"))
        for column in table.iter(_TABLE + "table-column")
    ]
    row = 0
    for line in table.iter(_TABLE + "table-row"):
        rows = _times(line, "number-rows-repeated")
        column = 0
        filled: list[Cell] = []
        for entry in line.iterchildren(_CELL, _COVERED):
            columns = _times(entry, "number-columns-repeated")
            if entry.tag == _CELL and (
                len(entry) or entry.get(_OFFICE + "value-type") or entry.get(_TABLE + "formula")
            ):
                style = entry.get(_TABLE + "style-name") or line.get(_TABLE + "default-cell-style-name", "")
                style = style or _style_of_column(columns_style, column)
                cell = _cell(entry, styles, style, name, row, column, objects)
                if cell is not None:
                    if len(cells) + (len(filled) + columns) * rows > most:
                        raise Unreadable(f"工作簿中填有内容的单元格过多（至工作表“{name}”）。请只保留报告表后重新报送")
                    filled += [cell._replace(column=column + at) for at in range(columns)]
            if len(entry):
                shapes += [(child, row, column) for child in entry.iterchildren() if child.tag.startswith(_DRAW)]
            if len(entry.attrib) > 1 and (spanned := _spanned(entry)) != (1, 1):
                areas.append((row, column, row + spanned[0] - 1, column + spanned[1] - 1))
            column += columns
        if filled:
            cells += [cell._replace(row=row + at) for at in range(rows) for cell in filled]
        row += rows
    if shapes:
        return lay_out(table, name, styles, shapes, cells, areas, objects)
    return cells


def _spanned(entry: etree._Element) -> tuple[int, int]:
    return _times(entry, "number-rows-spanned"), _times(entry, "number-columns-spanned")


def _style_of_column(styles: list[tuple[str, int]], column: int) -> str:
    for style, columns in styles:
        column -= columns
        if column < 0:
            return style
    return ""


def _cell(
    entry: etree._Element, styles: Styles, style: str, name: str, row: int, column: int, objects: list[Object]
) -> Cell | None:
    """A cell, still without its place; None if it is empty. Comments and crossed out text are added to `objects`."""
    kind = entry.get(_OFFICE + "value-type")
    error = entry.get(_CALC + "value-type") == "error"
    format_, font, struck = styles.of(style)
    crossed: list[str] = []
    emphasised: list[str] = []
    text = "\n".join(
        "".join(_pieces(paragraph, styles, font, crossed, emphasised))
        for paragraph in entry.iterchildren(_TEXT + "p", _TEXT + "h", _TEXT + "list")
    )
    for note in entry.iterchildren(_OFFICE + "annotation"):
        said = "\n".join("".join(one.itertext()) for one in note.iterchildren(_TEXT + "p", _TEXT + "list")).strip()
        if said:
            objects.append(Object("comment", said, name, row, column))
    seen_as = None
    if error or kind in ("string", None):
        value = text if len(entry) else entry.get(_OFFICE + "string-value", "")
        if kind is None and not value and entry.get(_TABLE + "formula"):
            value, error = entry.get(_TABLE + "formula"), True
        elif kind == "string" and format_ and not error:
            seen_as = format_.see_text(value)
    elif kind == "boolean":
        value = entry.get(_OFFICE + "boolean-value") == "true"
    elif kind == "date":
        value = _date(entry.get(_OFFICE + "date-value", ""))
    elif kind == "time":
        value = _time(entry.get(_OFFICE + "time-value", ""))
    elif _ERROR.fullmatch(text.strip()):  # Excel stores 0 there
        value, error = text.strip(), True
    else:
        value = number_of(entry.get(_OFFICE + "value", ""))
        if not isinstance(value, str):
            seen_as = format_.see(value) if format_ else Seen(value, percent=kind == "percentage")
    crossed = [str(text or value)] if struck and value != "" else ["".join(crossed)]
    if crossed[0]:
        objects.append(Object("struck", crossed[0], name, row, column))
    if choice := set_apart(emphasised, text):
        objects.append(Object("emphasis", choice, name, row, column))
    if struck or (value == "" and not isinstance(value, bool)):
        return None
    rows, columns = _spanned(entry)
    if seen_as is None:
        return Cell(0, 0, value, False, rows, columns, error)
    value, percent, prefix, unit, shown, hidden = seen_as
    return Cell(0, 0, value, percent, rows, columns, error, prefix, unit, shown, hidden)


def _pieces(element: etree._Element, styles: Styles, font: str, crossed: list[str], emphasised: list[str]):
    """The text of a paragraph in pieces, without comments and phonetic guides.

    Crossed out text is added to `crossed` instead; bold, underlined or coloured text also to `emphasised`.
    """
    if element.tag == _TEXT + "span":
        _, own, struck = styles.of(element.get(_TEXT + "style-name", ""))
        font = own or ("" if styles.names_font(element.get(_TEXT + "style-name", "")) else font)
        if struck:
            crossed.append("".join(element.itertext()))
            return
        if styles.emphasises(element.get(_TEXT + "style-name", "")):
            emphasised.append("".join(element.itertext()))
    yield seen(element.text or "", font)
    for child in element:
        if child.tag == _TEXT + "s":
            yield " " * min(_times(child, "c", _TEXT), 1000)
        elif child.tag == _TEXT + "tab":
            yield "\t"
        elif child.tag == _TEXT + "line-break":
            yield "\n"
        elif child.tag not in _UNSEEN:
            yield from _pieces(child, styles, font, crossed, emphasised)
        yield seen(child.tail or "", font)


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


def lay_out(
    table: etree._Element,
    name: str,
    styles: Styles,
    shapes: list[Shape],
    cells: list[Cell],
    areas: list[Area],
    objects: list[Object],
) -> list[Cell]:
    """The cells with the answers in shapes and controls over them; other shapes are added to `objects`."""
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
    """The controls in the forms of a sheet, by their id."""
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
    """The widths of columns or heights of rows (EMU, 0: hidden), each with its number of repetitions."""
    sizes = []
    measure = "column-width" if what == "column" else "row-height"
    for entry in entries:
        size = _length(styles.measure(entry.get(_TABLE + "style-name", ""), what, measure), _DEFAULT[measure])
        times = entry.get(f"{_TABLE}number-{what}s-repeated", "1")
        shown = entry.get(_TABLE + "visibility", "visible") == "visible"
        sizes.append((size * shown, int(times) if times.isdecimal() and len(times) < 8 else 1))
    return sizes


def _at(sizes: list[tuple[int, int]], position: int) -> int:
    """The row or column at a position (EMU)."""
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
    if row < 0:  # anchored to the sheet
        wide, high = _length(one.get(_SVG + "width")), _length(one.get(_SVG + "height"))
        return _at(rows, y + high // 2), _at(columns, x + wide // 2), x
    end = place_of(shape.get(_TABLE + "end-cell-address", "").rpartition(".")[2])
    reach = _length(shape.get(_TABLE + "end-y")), _length(shape.get(_TABLE + "end-x"))
    return middle((row, y, column, x), (end[0], reach[0], end[1], reach[1]) if end else None)
