"""Workbooks of Excel 2007 and later and of WPS (.xlsx, .xlsm, and .et with the same content) -> cells.

The XML is read directly: libraries that return only values lose what is needed here (that a number is displayed as a
percentage, that `#REF!` is an error and not text, that a formula was saved without a result), and libraries that build
a grid need gigabytes for a single cell at XFD1048576.
"""

import re
from datetime import datetime
from typing import NamedTuple, NoReturn

from lxml import etree

from ecanalysis.reading.limits import Limits
from ecanalysis.reading.ticks import set_apart

from . import COLUMN_BITS, DAMAGED, Area, Cell, Object, Sheet, Unreadable, address, merged, position
from .archive import Archive, kept
from .numbers import number_of
from .symbols import RAISED, seen
from .xlsx_styles import NONE as NO_STYLES
from .xlsx_styles import Styles, styles_of

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# Cells and rows with formats but without content.
_BLANK_CELL = re.compile(rb'<c r="[^<>/]*+/>')
_BLANK_ROW = re.compile(rb'<row r="[^<>]*+>(?:(?<=/>)|</row>)')
_ADDRESS_LEFT_OUT = re.compile(rb"<(?:c|row)(?! r=)[ />]")
# The usual form of cells in nearly all files: with or without a style; a number or a shared string.
_PLAIN_CELL = re.compile(
    r'<c r="([A-Z]++[0-9]++)"(?: s="([0-9]++)")?+(?: t="([ns])")?+><v>([0-9.eE+-]++)</v></c>(?:<c r="[^<>/]*+/>)*+'
)
# The usual form of shared strings in nearly all files.
_PLAIN_STRING = re.compile(
    r'<si><t(?: xml:space="preserve")?+>([^<>&\0-\x08\x0b-\x1f\ufffe\uffff]*+)</t>(?:<phoneticPr [^<>]*+/>)?+</si>'
)
_BEFORE_STRINGS = re.compile(r'(?:<\?xml version="1.0" encoding="(?i:utf-8)"[^<>]*>)?\s*<sst xmlns="[^"<>]*"[ \w"=]*>')
_LONG = 2_000_000  # bytes; longer parts are left to the XML parser, which has its limits
_SHORT = 20_000  # bytes; a sheet that is shorter without its plain cells is cached


class _Frame(NamedTuple):
    """A worksheet without its plain cells, and its merged areas."""

    root: etree._Element
    areas: list[Area]


_known: dict[bytes, _Frame] = {}


class _Context(NamedTuple):
    """What the cells of every sheet refer to."""

    strings: list[str]
    aside: dict[int, tuple[str, str]]  # by string: its crossed out text and its emphasised choice
    styles: Styles
    since_1904: bool
    calculates: bool  # on opening, so that a stored 0 is not a result


def read(archive: Archive, limits: Limits) -> list[Sheet]:
    """The sheets of a workbook in order, without chart sheets and macro modules.

    Raises Unreadable for a file that is damaged or exceeds `limits`.
    """
    workbook = archive.root
    sheets = list(workbook.iter("{*}sheet"))
    if len(sheets) > limits.sheets:
        raise Unreadable(f"工作簿有 {len(sheets)} 个工作表，超过上限 {limits.sheets} 个。请只保留报告表后重新报送")
    parts = archive.relationships(archive.main)
    by_type = dict(parts.values())
    strings, aside = _strings(archive, by_type["sharedStrings"], limits) if "sharedStrings" in by_type else ([], {})
    context = _Context(
        strings,
        aside,
        styles_of(archive, by_type["styles"]) if "styles" in by_type else NO_STYLES,
        any(entry.get("date1904") in ("1", "true") for entry in workbook.iter("{*}workbookPr")),
        any(entry.get("fullCalcOnLoad") in ("1", "true") for entry in workbook.iter("{*}calcPr")),
    )
    found: list[Sheet] = []
    left = limits.cells
    for sheet in sheets:
        name = sheet.get("name", "")[:100]
        link = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        kind, part = parts.get(link, ("", ""))
        if kind == "worksheet":
            plain: list[str] = []
            shows_more = bool(aside or context.styles.struck)  # then the order of the cells matters
            rest = _slim(archive.read(part), None if shows_more else plain)
            root, areas = _frame(archive, part, rest, name)
            objects: list[Object] = []
            cells = _cells(root, plain, name, context, left, objects)
            left -= len(cells)
            if archive.relationships_of(part) in archive:
                from .xlsx_objects import lay_out  # most workbooks have none

                lay_out(archive, part, root, name, cells, areas, objects)
            state = {"hidden": "hidden", "veryHidden": "very_hidden"}.get(sheet.get("state", ""), "visible")
            found.append(Sheet(name, merged(cells, areas, name), state, tuple(objects)))
        elif link and not kind:
            raise Unreadable(f"文件已损坏：找不到工作表“{name}”的内容。{DAMAGED}")
    return found


def _frame(archive: Archive, part: str, rest: bytes, name: str) -> _Frame:
    """The rest of the worksheet `name` after `_slim`. Cached if it has no cells, as many forms then have the same."""

    def made() -> _Frame:
        root = archive.parsed(part, rest)
        space = root.tag[: root.tag.find("}") + 1]
        if root.tag != space + "worksheet":
            raise Unreadable(f"文件已损坏：工作表“{name}”的内容不是工作表。{DAMAGED}")
        return _Frame(root, [_area(merge.get("ref", ""), name) for merge in root.iter(space + "mergeCell")])

    return made() if len(rest) > _SHORT or b"<c " in rest else kept(_known, rest, made)


def _strings(archive: Archive, part: str, limits: Limits) -> tuple[list[str], dict[int, tuple[str, str]]]:
    """The shared strings; and by position, the crossed out text and emphasised choice of those that have them."""
    data = archive.read(part)
    strings = _plain_strings(data) if len(data) < _LONG else None
    aside: dict[int, tuple[str, str]] = {}
    if strings is None:
        strings = []
        for at, item in enumerate(archive.parsed(part, data)):
            text, *more = _text(item)
            strings.append(text)
            if any(more):
                aside[at] = tuple(more)
    if sum(map(len, strings)) > limits.characters:
        raise Unreadable(f"工作簿中的文字超过 {limits.characters} 个字符。请只保留报告表后重新报送")
    return strings, aside


def _plain_strings(data: bytes) -> list[str] | None:
    """The shared strings, read without the XML parser; None if they are not all in the usual form."""
    try:
        before, *pieces = _PLAIN_STRING.split(data.decode())
    except UnicodeDecodeError:
        return None
    strings, between = pieces[::2], "".join(pieces[1::2])
    usual = between.rstrip() == "</sst>" and _BEFORE_STRINGS.fullmatch(before) and b"_x" not in data
    return strings if usual else None


def _text(item: etree._Element) -> tuple[str, str, str]:
    """The text of a shared or inline string, its crossed out text, and its emphasised choice.

    Phonetic guides (rPh) are not part of the text.
    """
    if len(item) == 1 and item[0].tag.endswith("}t"):  # most strings
        return _unescape(item[0].text or ""), "", ""
    pieces: tuple[list[str], list[str]] = ([], [])
    emphasised: list[str] = []
    for text in item.iter("{*}t"):
        run = text.getparent()
        if not run.tag.endswith("}rPh"):
            font, strike = run.find("{*}rPr/{*}rFont"), run.find("{*}rPr/{*}strike")
            crossed = strike is not None and strike.get("val") not in ("0", "false")
            high = run.find("{*}rPr/{*}vertAlign")
            raised = high is not None and high.get("val") in ("superscript", "subscript")
            name = font.get("val", "") if font is not None else ""
            pieces[crossed].append(seen(_unescape(text.text or ""), RAISED if raised else name))
            if not crossed and _is_emphasised(run):
                emphasised.append(pieces[0][-1])
    whole = "".join(pieces[0])
    return whole, "".join(pieces[1]), set_apart(emphasised, whole) if emphasised else ""


def _is_emphasised(run: etree._Element) -> bool:
    colour = run.find("{*}rPr/{*}color")
    return (
        run.find("{*}rPr/{*}b") is not None
        or run.find("{*}rPr/{*}u") is not None
        or (colour is not None and (colour.get("rgb", "FF000000") != "FF000000" or colour.get("theme", "1") != "1"))
    )


def _unescape(text: str) -> str:
    """Decode characters that XML cannot contain, written as `_x000D_`."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _slim(sheet: bytes, plain: list[str] | None) -> bytes:
    """A sheet without what takes long to parse (blank cells, data validation, plain cells), and without its view.

    Plain cells are moved into `plain`, if given: address, style, type and number of each, and a fifth piece (the text
    between cells, to be ignored).
    """
    # A comment or CDATA may contain anything.
    if b"!" in sheet and b"<!" in sheet:
        return sheet
    whole = sheet
    begin, end = sheet.find(b"<dataValidations"), sheet.rfind(b"</dataValidations>")
    if 0 < begin < end:
        sheet = sheet[:begin] + sheet[end + len(b"</dataValidations>") :]
    begin, end = sheet.find(b"<sheetViews"), sheet.find(b"</sheetViews>")
    if 0 < begin < end:  # the position of the cursor
        sheet = sheet[:begin] + sheet[end + len(b"</sheetViews>") :]
    begin, end = sheet.find(b"<sheetData"), sheet.find(b"</sheetData>")
    one_space = b"<worksheet " in sheet[:2000] and sheet.find(b"xmlns=", begin, end) < 0  # XML namespace
    if plain is not None and one_space and begin < end < begin + _LONG:
        pieces = _PLAIN_CELL.split(sheet[begin:end].decode("latin-1"))
        sheet = sheet[:begin] + "".join(pieces[::5]).encode("latin-1") + sheet[end:]
        plain += pieces[1:]
    sheet = _BLANK_ROW.sub(b"", _BLANK_CELL.sub(b"", sheet))
    if _ADDRESS_LEFT_OUT.search(sheet):  # such an address depends on all cells before it
        if plain:
            plain.clear()
        return whole
    return sheet


def _cells(
    root: etree._Element, plain: list[str], name: str, context: _Context, most: int, objects: list[Object]
) -> dict[int, Cell]:
    """The filled cells of a worksheet by key, at most `most`, beyond which Unreadable is raised.

    Pictures in cells and crossed-out text are added to `objects`.
    """
    strings, aside, (formats, fonts, struck), _, calculates = context
    space = root.tag[: root.tag.find("}") + 1]
    tag_v, tag_is, tag_f = space + "v", space + "is", space + "f"
    shaping = formats.keys() | fonts.keys()
    cells: dict[int, Cell] = {}
    most_strings = len(strings)
    new = tuple.__new__  # Cell(...) takes twice as long, and this runs for every cell
    for reference, style, kind, raw in zip(plain[::5], plain[1::5], plain[2::5], plain[3::5]):
        error = False
        if kind != "s":
            value = number_of(raw)
        elif len(raw) < 10 and raw.isdigit() and (at := int(raw)) < most_strings:  # as in `_shared`, without the call
            if not (value := strings[at]):
                continue
        else:
            value, error = f"#{raw}", True
        row, column = position(reference) or _no_position(reference, name)
        if (style or "0") in shaping:
            cell = _as_seen(row, column, value, error, style or "0", context)
        else:
            cell = new(Cell, (row, column, value, False, 1, 1, error, "", "", "", False))
        cells[row << COLUMN_BITS | column] = cell
    for part in root.iter(tag_v, tag_is, tag_f):
        raw = part.text
        entry = part.getparent()
        kind = entry.get("t")
        error = False
        out = choice = ""
        if kind == "s":
            if not raw:
                continue
            value, error = _shared(raw, strings)
            out, choice = aside.get(int(raw), ("", "")) if aside and not error else ("", "")
        elif part.tag == tag_is:
            value, out, choice = _text(part)
        elif part.tag != tag_v:
            # An empty result means an empty cell; without any result the value of the formula is unknown.
            result = entry.findtext(tag_v)
            if kind == "str" or (result and not (calculates and result == "0" and kind in (None, "n"))):
                continue
            value, error = f"={raw or ''}", True
        elif not raw:
            continue
        elif kind is None or kind == "n":
            if calculates and raw == "0" and entry.find(tag_f) is not None:
                continue
            value = number_of(raw)
        elif kind == "b":
            value = raw in ("1", "true")
        elif kind == "d":
            value = _iso_date(raw)
        else:
            value, error = _unescape(raw), kind == "e"
        if value == "" and not out:
            continue
        reference = entry.get("r")
        if reference is None:
            _number(root, space, name)
            reference = entry.get("r", "")
        row, column = position(reference) or _no_position(reference, name)
        if (error or kind == "str") and _is_picture(value, error, entry):
            objects.append(Object("picture", "", name, row, column))
            continue
        style = entry.get("s", "0")
        cell = _as_seen(row, column, value, error, style, context)
        if out or style in struck:
            objects.append(Object("struck", out or str(cell.value), name, row, column))
            if not out or cell.value == "":
                continue
        if choice:
            objects.append(Object("emphasis", choice, name, row, column))
        cells[row << COLUMN_BITS | column] = cell
        if len(cells) > most:
            break
    if len(cells) > most:
        raise Unreadable(f"工作簿中填有内容的单元格过多（至工作表“{name}”）。请只保留报告表后重新报送")
    return cells


def _shared(raw: str, strings: list[str]) -> tuple[str, bool]:
    """The shared string with this number; if there is none, the number as an error."""
    at = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else len(strings)
    return (strings[at], False) if at < len(strings) else (f"#{raw}", True)


def _as_seen(row: int, column: int, value, error: bool, style: str, context: _Context) -> Cell:
    """A cell as displayed by its font and number format."""
    formats, fonts, _ = context.styles
    how = None
    if isinstance(value, str):
        if style in fonts:
            value = seen(value, fonts[style])
        if style in formats and not error:
            how = formats[style].see_text(value)
    elif style in formats and type(value) in (int, float):
        how = formats[style].see(value, context.since_1904)
    if how is None:
        return Cell(row, column, value, error=error)
    value, percent, prefix, unit, shown, hidden = how
    return Cell(row, column, value, percent, 1, 1, error, prefix, unit, shown, hidden)


def _is_picture(value, error: bool, entry: etree._Element) -> bool:
    """Whether a cell contains a picture: in WPS a formula DISPIMG, in Excel an error with a rich value."""
    if error:
        return value.startswith("#VALUE") and entry.get("vm") is not None
    return isinstance(value, str) and value.startswith("=DISPIMG(")


def _number(root: etree._Element, space: str, name: str) -> None:
    """Add missing addresses: a cell without one is right of the cell before it."""
    row = -1
    for line in root.iter(space + "row"):
        row = _whole(line.get("r", str(row + 2))) - 1
        column = -1
        for entry in line.iterchildren(space + "c"):
            reference = entry.get("r")
            if reference is not None:
                column = (position(reference) or _no_position(reference, name))[1]
            else:
                column += 1
                entry.set("r", address(row, column))


def _area(reference: str, name: str) -> Area:
    first, _, last = reference.partition(":")
    last = last or first
    return *(position(first) or _no_position(first, name)), *(position(last) or _no_position(last, name))


def _no_position(reference: str, name: str) -> NoReturn:
    raise Unreadable(f"文件已损坏：工作表“{name}”中的单元格地址“{reference[:20]}”无效。{DAMAGED}")


def _whole(text: str | None) -> int:
    """A whole number; -1 if the text is not one."""
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdigit() else -1


def _iso_date(text: str) -> str | datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text
