"""Word documents (.docx, as saved by Word, WPS and LibreOffice) -> cells of their tables and paragraphs.

The XML is read directly, because Word libraries ignore symbols, check boxes, content controls and text boxes, which are
used for ticks in the form.
"""

import re
from collections.abc import Iterator

from lxml import etree

from ecanalysis.reading.limits import Limits

from . import Cell, Object, Sheet, Unreadable
from .archive import Archive, kept
from .docx_text import ANSWER, Document, is_on, paragraph, value, words_of
from .symbols import seen

_AROUND = {"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"}
_BOXES = "□☐☑☒✓✔√■×"
_WIDEST = 1000  # columns; spans stated in a file are not trusted
_LITTLE = 300  # at most so many characters in a document whose form is elsewhere
# A table within a cell is part of the cell's text if it has only answers and units, and not more than this.
_UNITS = {"人次", "%", "％", "件", "家", "次", "个", "人", "元", "万元", "亿元", "项", "万件", "亿件", "万人次", "万人"}
_SMALL_CELLS, _SMALL_TEXT = 12, 60
_LONG = 100_000  # bytes of styles
_PAGE_SIGNS = re.compile(r"[\s\d第页共/—–\-·,，、]|page|of", re.IGNORECASE)


def read(archive: Archive, limits: Limits) -> list[Sheet]:
    """The tables as the sheets 表格1, 表格2 etc., then all other paragraphs as the sheet 正文.

    A table within a cell is a separate table, unless it is small and contains only answers. The paragraphs of a cell
    are separated by line breaks; a paragraph outside tables is a cell in the first column, in the row of its number.
    Raises Unreadable if the form is an inserted file or embedded object, or `limits` are exceeded.
    """
    _settle(archive.root)
    document = document_of(archive)
    tables: list[Sheet] = []
    text = Sheet("正文", [])
    objects: list[Object] = []
    row = 0
    for body in archive.root.iterchildren("{*}body"):
        for block in body:
            for line in _lines([block], tables, document, limits):
                if line:
                    text.cells.append(Cell(row, 0, line))
                row += 1
            objects += _taken(document, 0, "正文", max(row - 1, 0), 0)
    inserted = sum(1 for _ in archive.root.iter("{*}altChunk"))
    objects += [Object("alt_chunk", "", "正文", 0, 0)] * inserted
    text.objects = (*objects, *around_the_text(document))
    if sum(len(sheet.cells) for sheet in (*tables, text)) > limits.cells:
        raise Unreadable(f"文档的段落和单元格超过 {limits.cells} 个。请只保留报告表后重新报送")
    _refuse_inserted([*tables, text])
    return [*tables, text]


def _refuse_inserted(sheets: list[Sheet]) -> None:
    """Raise Unreadable if the document has hardly any text of its own, and something inserted or embedded."""
    if sum(len(cell.value) for sheet in sheets for cell in sheet.cells) > _LITTLE:
        return
    kinds = {thing.kind for sheet in sheets for thing in sheet.objects}
    if "alt_chunk" in kinds:
        raise Unreadable(
            "文档的正文是插入的外部文件（altChunk），不在文档本身之内，无法读取。"
            "请用 Word 打开，全选并复制到新建的空白文档，保存为 .docx 后重新报送"
        )
    if "embedded" in kinds:
        raise Unreadable(
            "文档中只有嵌入的对象（如工作表），没有报告表的文字，无法读取。"
            "请双击打开嵌入的对象，把其中的报告表另存为 .xlsx 或 .docx 后重新报送"
        )


def _taken(document: Document, since: int, sheet: str, row: int, column: int) -> list[Object]:
    """Remove the objects found after the first `since`, and return them with their place."""
    found = [thing._replace(sheet=sheet, row=row, column=column) for thing in document.pending[since:]]
    del document.pending[since:]
    return found


def _settle(root: etree._Element) -> None:
    """Remove the prompts of content controls; replace the glyph of a check box by ☑ or ☐ according to its state."""
    for control in root.iter("{*}sdt"):
        if control.find("{*}sdtPr/{*}showingPlcHdr") is not None:
            for text in list(control.iter("{*}t", "{*}sym")):
                text.getparent().remove(text)
        state = control.find("{*}sdtPr/{*}checkbox")
        if state is not None:
            box = "☑" if is_on(state.find("{*}checked")) else "☐"
            glyph = next(control.iter("{*}t", "{*}sym"), None)
            if glyph is None:
                glyph = etree.SubElement(control, _like(control, "t"))
            glyph.tag, glyph.text = _like(control, "t"), box + (glyph.text or "").strip().lstrip(_BOXES)


def _lines(container, tables: list[Sheet], document: Document, limits: Limits) -> list[str]:
    """The paragraphs of a document body or cell; its tables are added to `tables`."""
    lines: list[str] = []
    for block in container:
        name = _name(block)
        if name == "p":
            text, frames = paragraph(block, document)
            lines.append(text)
            for frame in frames:
                lines += _lines(frame, tables, document, limits)
        elif name == "tbl":
            within = any(_name(above) == "tc" for above in block.iterancestors())
            small = _small(block, document) if within else None
            if small is None:
                _table(block, tables, document, limits)
            else:
                lines += small
        elif name in _AROUND:
            lines += _lines(block, tables, document, limits)
        elif name == "AlternateContent" and len(block):
            lines += _lines(block[0], tables, document, limits)
        elif name == "t":  # a check box outside paragraphs
            lines.append(block.text or "")
    return lines


def _small(table: etree._Element, document: Document) -> list[str] | None:
    """The rows of a small table with answers only, as lines of text; None for any other table."""
    if sum(1 for _ in table.iter("{*}tc")) > _SMALL_CELLS or next(table.iterdescendants("{*}tbl"), None) is not None:
        return None
    texts = ["".join(text.text or "" for text in entry.iter("{*}t")).strip() for entry in table.iter("{*}tc")]
    if not all(ANSWER.fullmatch(text) or text in _UNITS or set(text) & set(_BOXES) for text in texts):
        return None
    if sum(map(len, texts)) > _SMALL_TEXT or not any(texts):
        return None
    lines = []
    for line in _parts(table, "tr"):
        cells = [
            " ".join(paragraph(block, document)[0] for block in entry.iter("{*}p")).strip()
            for entry in _parts(line, "tc")
        ]
        marks = [cell in _BOXES if cell else None for cell in cells]
        # 是 | ☑ | 否 | □: alternating, each box belongs to the word beside it
        if (
            len(marks) > 1
            and len(marks) % 2 == 0
            and None not in marks
            and marks == [marks[0], not marks[0]] * (len(marks) // 2)
        ):
            cells = [first + second for first, second in zip(cells[::2], cells[1::2])]
        lines.append(" ".join(filter(None, cells)))
    return lines


def _table(table: etree._Element, tables: list[Sheet], document: Document, limits: Limits) -> None:
    """Add a table to `tables`, and after it the tables in its cells."""
    sheet = Sheet(f"表格{len(tables) + 1}", [])
    tables.append(sheet)
    if len(tables) > limits.sheets:
        raise Unreadable(f"文档的表格超过 {limits.sheets} 个。请只保留报告表后重新报送")
    above: dict[int, int] = {}  # column -> position in `cells` of the cell that continues downwards
    cells: list[Cell] = []
    objects: list[Object] = []
    row = 0
    for line in _parts(table, "tr"):
        properties = line.find("{*}trPr")
        if properties is not None and properties.find("{*}del") is not None:
            if (gone := words_of(line)).strip():
                objects.append(Object("deleted", gone, sheet.name, 0, 0))  # a deleted row has no place
            continue
        column = _number(properties.find("{*}gridBefore"), 0) if properties is not None else 0
        goes_on: dict[int, int] = {}
        for entry in _parts(line, "tc"):
            columns = max(1, _number(entry.find("{*}tcPr/{*}gridSpan"), 1))
            merge = entry.find("{*}tcPr/{*}vMerge")
            aside = entry.find("{*}tcPr/{*}hMerge")
            if merge is not None and value(merge, "val") != "restart" and column in above:
                at = above[column]
                cells[at] = cells[at]._replace(rows=row - cells[at].row + 1)
                goes_on[column] = at
            elif aside is not None and value(aside, "val") != "restart" and cells and cells[-1].row == row:
                cells[-1] = cells[-1]._replace(columns=column + columns - cells[-1].column)
            else:
                if merge is not None:
                    goes_on[column] = len(cells)
                since = len(document.pending)
                lines = _lines(entry, tables, document, limits)
                objects += _taken(document, since, sheet.name, row, column)
                cells.append(Cell(row, column, "\n".join(lines).strip("\n"), False, 1, columns))
            column += columns
        above = goes_on
        row += 1
    sheet.cells = [cell for cell in cells if cell.value]
    sheet.objects = tuple(objects)


def _parts(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """The rows of a table or the cells of a row, including those in content controls and insertions."""
    for child in element:
        name = _name(child)
        if name == wanted:
            yield child
        elif name in _AROUND:
            yield from _parts(child, wanted)


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2]


def _like(element: etree._Element, name: str) -> str:
    return element.tag[: element.tag.find("}") + 1] + name


def _number(element: etree._Element | None, otherwise: int) -> int:
    """The number in the attribute `val`, at most `_WIDEST`."""
    written = value(element, "val") if element is not None else ""
    return min(int(written), _WIDEST) if written.isascii() and written.isdigit() and len(written) < 10 else otherwise


def document_of(archive: Archive) -> Document:
    """What the text of a document refers to: bullets, styles, comments and notes."""
    links = archive.relationships(archive.main)
    by_kind = {kind: part for kind, part in links.values() if part in archive}
    document = Document(archive, links, {}, set(), set(), {}, {})
    if "numbering" in by_kind:
        _bullets(archive, by_kind["numbering"], document)
    if "styles" in by_kind:
        _styles(archive, by_kind["styles"], document)
    for kind in ("comments", "footnotes", "endnotes"):
        if kind in by_kind:
            for note in archive.tree(by_kind[kind]).iter("{*}" + kind[:-1]):
                text = "\n".join(
                    "".join(piece.text or "" for piece in line.iter("{*}t")) for line in note.iter("{*}p")
                ).strip()
                if text and value(note, "type") in ("", "normal"):
                    document.notes[kind[:-1], value(note, "id")] = text
    return document


def around_the_text(document: Document) -> list[Object]:
    """Headers and footers that contain more than a page number."""
    found = {}
    for kind, part in document.links.values():
        if kind in ("header", "footer") and part in document.archive:
            root = document.archive.tree(part)
            text = "\n".join("".join(piece.text or "" for piece in line.iter("{*}t")) for line in root.iter("{*}p"))
            if _PAGE_SIGNS.sub("", text):
                found[kind, text.strip()] = Object(kind, text.strip(), "页眉" if kind == "header" else "页脚", 0, 0)
    return list(found.values())


def _bullets(archive: Archive, part: str, document: Document) -> None:
    root = archive.tree(part)
    levels = {}
    for shape in root.iter("{*}abstractNum"):
        for level in shape.iter("{*}lvl"):
            kind, text = level.find("{*}numFmt"), level.find("{*}lvlText")
            if kind is not None and value(kind, "val") == "bullet" and text is not None:
                fonts = level.find("{*}rPr/{*}rFonts")
                font = (value(fonts, "ascii") or value(fonts, "hAnsi")) if fonts is not None else ""
                levels[value(shape, "abstractNumId"), value(level, "ilvl")] = seen(value(text, "val"), font)
    for number in root.iter("{*}num"):
        shape = number.find("{*}abstractNumId")
        for (of, level), sign in levels.items():
            if shape is not None and of == value(shape, "val"):
                document.bullets[value(number, "numId"), level] = sign


_known: dict[bytes, tuple[set[str], set[str], dict[str, tuple[str, str]]]] = {}


def _styles(archive: Archive, part: str, document: Document) -> None:
    data = archive.read(part)
    if any(word in data for word in (b"vanish", b"strike", b"numPr")):
        known = _known if len(data) < _LONG else {}
        document.hidden_styles, document.struck_styles, document.bullet_styles = kept(
            known, data, lambda: _read_styles(archive.parsed(part, data))
        )


def _read_styles(root: etree._Element) -> tuple[set[str], set[str], dict[str, tuple[str, str]]]:
    """The styles that hide text, those that strike it out, and those of lists with their number and level."""
    hidden, struck, bullets = set(), set(), {}
    for style in root.iter("{*}style"):
        name = value(style, "styleId")
        if is_on(style.find("{*}rPr/{*}vanish")):
            hidden.add(name)
        if is_on(style.find("{*}rPr/{*}strike")):
            struck.add(name)
        number = style.find("{*}pPr/{*}numPr/{*}numId")
        if number is not None:
            level = style.find("{*}pPr/{*}numPr/{*}ilvl")
            bullets[name] = (value(number, "val"), value(level, "val") if level is not None else "0")
    return hidden, struck, bullets
