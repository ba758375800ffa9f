"""Word documents, as Word, WPS and LibreOffice save them: .docx.

The tables and paragraphs are read from the document part itself: the object model of a Word library
passes over what the form's ticks are made of (symbols, check boxes, content controls, text boxes).
"""

from collections.abc import Iterator
from string import hexdigits

from lxml import etree

from ecanalysis.reading.limits import Limits

from . import Cell, Sheet, Unreadable
from .archive import Archive
from .symbols import seen

# Properties, deleted text, field codes, phonetic guides: no part of what a reader sees.
_UNSEEN = {
    *("rPr", "pPr", "tblPr", "tblGrid", "tblPrEx", "trPr", "tcPr", "sdtPr", "sdtEndPr"),
    *("del", "moveFrom", "delText", "instrText", "delInstrText", "rt"),
}
_AROUND = {"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"}
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_BOXES = "□☐☑☒✓✔√■×"
_WIDEST = 1000  # columns; a span is what a file says it is


def read(archive: Archive, limits: Limits) -> list[Sheet]:
    """The tables in their order, as the sheets 表格1, 表格2 and so on; then all other paragraphs as the sheet 正文.

    A table within a cell is a table of its own. The paragraphs of a cell are parted by line breaks;
    a paragraph outside tables is a cell in the first column, its row the paragraph's number.
    """
    _settle(archive.root)
    tables: list[Sheet] = []
    lines = [line for body in archive.root.iterchildren("{*}body") for line in _lines(body, tables, limits)]
    text = Sheet("正文", [Cell(row, 0, line) for row, line in enumerate(lines) if line])
    if sum(len(sheet.cells) for sheet in (*tables, text)) > limits.cells:
        raise Unreadable(f"文档的段落和单元格超过 {limits.cells} 个。请只保留报告表后重新报送")
    return [*tables, text]


def _settle(root: etree._Element) -> None:
    """Prompts of content controls disappear; a check box becomes the box of its state, whatever glyph stands there."""
    for control in root.iter("{*}sdt"):
        if control.find("{*}sdtPr/{*}showingPlcHdr") is not None:
            for text in list(control.iter("{*}t", "{*}sym")):
                text.getparent().remove(text)
        state = control.find("{*}sdtPr/{*}checkbox")
        if state is not None:
            box = "☑" if _on(state.find("{*}checked")) else "☐"
            glyph = next(control.iter("{*}t", "{*}sym"), None)
            if glyph is None:
                glyph = etree.SubElement(control, _like(control, "t"))
            glyph.tag, glyph.text = _like(control, "t"), box + (glyph.text or "").strip().lstrip(_BOXES)


def _lines(container: etree._Element, tables: list[Sheet], limits: Limits) -> list[str]:
    """The paragraphs of a document body or cell; its tables are added to `tables`."""
    lines: list[str] = []
    for block in container:
        name = _name(block)
        if name == "p":
            pieces: list[str] = []
            frames: list[etree._Element] = []
            _write(block, pieces, frames)
            lines.append("".join(pieces))
            for frame in frames:
                lines += _lines(frame, tables, limits)
        elif name == "tbl":
            _table(block, tables, limits)
        elif name in _AROUND:
            lines += _lines(block, tables, limits)
        elif name == "AlternateContent" and len(block):
            lines += _lines(block[0], tables, limits)
        elif name == "t":  # the box of a check box that stands in no paragraph
            lines.append(block.text or "")
    return lines


def _write(element: etree._Element, pieces: list[str], frames: list[etree._Element], font: str = "") -> None:
    """Add what an element shows to `pieces`, and the text boxes anchored in it to `frames`."""
    for child in element:
        name = _name(child)
        if name in _UNSEEN:
            continue
        if name == "t":
            pieces.append(seen(child.text or "", font))
        elif name == "r":
            fonts = child.find("{*}rPr/{*}rFonts")
            own = (_value(fonts, "ascii") or _value(fonts, "hAnsi")) if fonts is not None else ""
            _write(child, pieces, frames, own)
        elif name == "sym":
            pieces.append(seen(_character(_value(child, "char")), _value(child, "font")))
        elif name in _SIGNS and not len(child):
            pieces.append(_SIGNS[name])
        elif name == "fldChar":
            pieces.append(_form_field(child))
        elif name == "txbxContent":
            frames.append(child)
        elif name == "AlternateContent":
            # The same thing twice, for newer and older programs.
            for choice in child[:1]:
                _write(choice, pieces, frames, font)
        else:
            _write(child, pieces, frames, font)


def _form_field(field: etree._Element) -> str:
    """The box of a legacy check box, or the chosen entry of a legacy list."""
    box = field.find("{*}ffData/{*}checkBox")
    if box is not None:
        state = box.find("{*}checked")
        return "☑" if _on(box.find("{*}default") if state is None else state) else "☐"
    entries = [_value(entry, "val") for entry in field.iterfind("{*}ffData/{*}ddList/{*}listEntry")]
    chosen = field.find("{*}ffData/{*}ddList/{*}result")
    at = _number(chosen, 0)
    return entries[at] if at < len(entries) else ""


def _table(table: etree._Element, tables: list[Sheet], limits: Limits) -> None:
    """Add a table to `tables`, and after it those that stand in its cells."""
    sheet = Sheet(f"表格{len(tables) + 1}", [])
    tables.append(sheet)
    if len(tables) > limits.sheets:
        raise Unreadable(f"文档的表格超过 {limits.sheets} 个。请只保留报告表后重新报送")
    above: dict[int, int] = {}  # column -> place in `cells` of the cell that goes on downwards
    cells: list[Cell] = []
    row = 0
    for line in _parts(table, "tr"):
        properties = line.find("{*}trPr")
        if properties is not None and properties.find("{*}del") is not None:
            continue
        column = _number(properties.find("{*}gridBefore"), 0) if properties is not None else 0
        goes_on: dict[int, int] = {}
        for entry in _parts(line, "tc"):
            columns = max(1, _number(entry.find("{*}tcPr/{*}gridSpan"), 1))
            merge = entry.find("{*}tcPr/{*}vMerge")
            aside = entry.find("{*}tcPr/{*}hMerge")
            if merge is not None and _value(merge, "val") != "restart" and column in above:
                at = above[column]
                cells[at] = cells[at]._replace(rows=row - cells[at].row + 1)
                goes_on[column] = at
            elif aside is not None and _value(aside, "val") != "restart" and cells and cells[-1].row == row:
                cells[-1] = cells[-1]._replace(columns=column + columns - cells[-1].column)
            else:
                if merge is not None:
                    goes_on[column] = len(cells)
                cells.append(Cell(row, column, "\n".join(_lines(entry, tables, limits)).strip("\n"), False, 1, columns))
            column += columns
        above = goes_on
        row += 1
    sheet.cells = [cell for cell in cells if cell.value]


def _parts(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """The rows of a table or the cells of a row, those in content controls and insertions too."""
    for child in element:
        name = _name(child)
        if name == wanted:
            yield child
        elif name in _AROUND:
            yield from _parts(child, wanted)


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2]


def _character(code: str) -> str:
    """The character of a hexadecimal code, "" when it is none (or half of one)."""
    if len(code) != 4 or not set(code) <= set(hexdigits) or "D800" <= code.upper() < "E000":
        return ""
    return chr(int(code, 16))


def _like(element: etree._Element, name: str) -> str:
    return element.tag[: element.tag.find("}") + 1] + name


def _value(element: etree._Element, attribute: str) -> str:
    """An attribute of whatever namespace, "" where there is none."""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == attribute), "")


def _number(element: etree._Element | None, otherwise: int) -> int:
    """The number in the attribute `val`, no more than a table can have columns."""
    written = _value(element, "val") if element is not None else ""
    return min(int(written), _WIDEST) if written.isascii() and written.isdigit() and len(written) < 10 else otherwise


def _on(element: etree._Element | None) -> bool:
    """Is a switch on? It is when it is there and does not say otherwise."""
    return element is not None and _value(element, "val").lower() not in ("0", "false", "off")
