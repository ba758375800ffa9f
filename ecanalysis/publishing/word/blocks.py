"""The content of a page in Word: headings, paragraphs, lists, tables and pictures, in the page's order.

In: elements of a page's HTML, in which names from submissions are already escaped. No text is lost: of unknown elements
the text is used.
"""

import base64
import io
from collections.abc import Callable, Iterable
from itertools import pairwise

from docx.document import Document as Paper
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from lxml import etree
from lxml import html as markup

from ecanalysis.publishing.word.paper import HEI, KAI, SMALL, clean, set_type, text_width

LARGE = {"h1": "Title", "h2": "Heading 1", "h3": "Heading 2", "p": "Body Text"}  # styles of an official paper
COMPACT = {"h1": "Title", "h2": "Heading 3", "h3": "Heading 3", "p": "附文"}  # styles of reference material
SMALLEST = COMPACT | {"p": "表注"}
LEFT_OUT = {"details", "footer", "script", "style", "nav"}  # code and colophon of a page, among others
SHORT_TABLE = 9  # rows up to which a table is kept on one page
HIGHEST = 200  # greatest height of a picture in millimetres
DIGITS = "零一二三四五六七八九"
PADDING, NARROWEST, BROKEN, WIDEST = 0.7, 2.5, 4.5, 30  # of columns, in characters
Linked = Callable[[str], str]  # text of a link to a table or figure: on the page -> in the paper


def body_of(page: str) -> list[markup.HtmlElement]:
    """The elements of a page's `main`, in order."""
    return list(markup.document_fromstring(page).find(".//main"))


def parted(elements: list, heading: str) -> tuple[list, list]:
    """The elements under one heading of a page, and those after them; without such a heading, none and all."""
    heads = [place for place, element in enumerate(elements) if element.tag == "h2"] + [len(elements)]
    for begin, end in pairwise(heads):
        if elements[begin].text_content().strip() == heading:
            return elements[begin + 1 : end], elements[end:]
    return [], elements


def put(paper: Paper, elements: Iterable, styles: dict[str, str] = LARGE, linked: Linked = str) -> None:
    """Append elements of a page to a paper."""
    for element in elements:
        if not isinstance(element.tag, str) or element.tag in LEFT_OUT:
            continue
        if element.tag in styles and element.tag != "p":
            paper.add_paragraph(clean(element.text_content().strip()), styles[element.tag])
        elif element.tag in ("ol", "ul"):
            _list(paper, element, styles, linked)
        elif element.tag == "table":
            put_table(paper, element)
        elif element.tag == "img":
            _picture(paper, element)
        elif element.tag == "figcaption":
            _heading(paper, element)
        elif element.tag in ("p", "caption", "pre"):
            _paragraph(paper, element, styles["p"], linked)
        else:
            _divided(paper, element, styles, linked)


def put_table(paper: Paper, element: markup.HtmlElement, size: float = SMALL, whole: int = SHORT_TABLE) -> Table:
    """Append a table with its caption above, headings repeated on every page, rows unbroken, and fitted columns.

    A table of at most `whole` rows is kept on one page.
    """
    caption = element.find("caption")
    if caption is not None:
        above = paper.add_paragraph(clean(caption.text_content()), "Caption")
        above.paragraph_format.keep_with_next = True
    rows = [list(row) for row in element.iter("tr")]
    heads = len(list(element.find("thead").iter("tr"))) if element.find("thead") is not None else 0
    placed = _placed(rows)
    columns = 1 + max((place[1] + wide - 1 for place, (_, _, wide) in placed.items()), default=0)
    table = paper.add_table(len(rows), columns, "Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    table._tblPr.find(qn("w:tblLook")).addprevious(parse_xml(MARGINS))
    widths = _widths(placed, columns, text_width(paper.sections[-1]), size)
    grid = [list(row.cells) for row in table.rows]
    for (row, column), (cell, high, wide) in placed.items():
        own = grid[row][column]
        if high > 1 or wide > 1:
            own = own.merge(grid[row + high - 1][column + wide - 1])
        _cell(own, cell, head=row < heads, together=len(rows) <= whole and row < len(rows) - 1)
        if size != SMALL:
            own.paragraphs[0].paragraph_format.line_spacing = Pt(size * 1.5)
            for run in own.paragraphs[0].runs:
                run.font.size = Pt(size)
    for place, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(parse_xml(f"<w:cantSplit {nsdecls('w')}/>"))
        if place < heads:
            properties.append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
        for cell, width in zip(row.cells, widths):
            cell.width = width
    for column, width in zip(table.columns, widths):
        column.width = width
    return table


def write_runs(paragraph: Paragraph, element: markup.HtmlElement, linked: Linked = str, strong: str = "") -> None:
    """Append the text of an element, keeping bold text; `strong` is a font to use instead of bold."""
    _run(paragraph, element.text, strong=None)
    for child in element:
        if isinstance(child.tag, str) and child.tag == "br":
            paragraph.add_run().add_break()
        elif isinstance(child.tag, str) and child.tag == "a" and child.get("href", "").startswith("#"):
            _run(paragraph, linked(child.text_content()), strong=None)
        elif isinstance(child.tag, str) and child.tag in ("strong", "b"):
            _run(paragraph, child.text_content(), strong=strong)
        elif isinstance(child.tag, str):
            write_runs(paragraph, child, linked, strong)
        tail = child.tail or ""  # Markdown needs a space after bold text that ends in a full stop
        _run(paragraph, tail.lstrip() if child.tag == "strong" else tail, strong=None)


def numeral(number: int) -> str:
    """A number from 1 to 99 in Chinese.

    >>> [numeral(number) for number in (3, 10, 12, 20, 21)]
    ['三', '十', '十二', '二十', '二十一']
    """
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else DIGITS[tens] + "十") + (DIGITS[ones] if ones else "")


def _run(paragraph: Paragraph, text: str | None, strong: str | None) -> None:
    text = clean(" ".join((text or "").split("\n")))
    if not text:
        return
    run = paragraph.add_run(text)
    if strong:
        set_type(run, strong)
    elif strong == "":
        run.bold = True


def _paragraph(paper: Paper, element: markup.HtmlElement, plain: str, linked: Linked) -> None:
    if not element.text_content().strip():
        return
    small = element.get("class", "") in ("note", "source")
    style = "Caption" if element.tag == "caption" else "表注" if small else plain
    write_runs(paper.add_paragraph(style=style), element, linked)


def _heading(paper: Paper, element: markup.HtmlElement) -> None:
    """A figure's finding in bold above its caption; both are kept with the picture below."""
    finding = element.find("strong")
    for text, bold in ((finding.text_content(), True), (finding.tail or "", False)):
        paragraph = paper.add_paragraph(style="Caption")
        paragraph.add_run(clean(text)).bold = bold
        paragraph.paragraph_format.keep_with_next = True


def _list(paper: Paper, element: markup.HtmlElement, styles: dict[str, str], linked: Linked) -> None:
    """A list as paragraphs （一）, （二）; numbers are plain text, so that a paragraph can be moved or copied."""
    for number, item in enumerate(element.findall("li"), int(element.get("start", 1))):
        paragraph = paper.add_paragraph(f"（{numeral(number)}）" if element.tag == "ol" else "", styles["p"])
        for run in paragraph.runs:
            set_type(run, KAI)
        inner = [child for child in item if child.tag in ("ul", "ol")]
        for child in inner:
            item.remove(child)
        write_runs(paragraph, item, linked, strong=KAI)
        for child in inner:
            _list(paper, child, styles, linked)


def _divided(paper: Paper, element: markup.HtmlElement, styles: dict[str, str], linked: Linked) -> None:
    """Append the content of a `div` block by block; one with only text becomes a paragraph."""
    blocks = {*LARGE, "p", "ol", "ul", "table", "figure", "div", "img", "section", "pre", "figcaption", "svg"}
    if any(child.tag in blocks for child in element):
        put(paper, element, styles, linked)
    else:
        _paragraph(paper, element, styles["p"], linked)


def _picture(paper: Paper, element: markup.HtmlElement) -> None:
    data = base64.b64decode(element.get("src").split(",", 1)[1])
    paragraph = paper.add_paragraph(style="图")
    paragraph.paragraph_format.keep_with_next = True  # the source line is below
    shape = paragraph.add_run().add_picture(io.BytesIO(data))
    shrink = min(1, text_width(paper.sections[-1]) / shape.width, Mm(HIGHEST) / shape.height)
    shape.width, shape.height = round(shape.width * shrink), round(shape.height * shrink)
    properties = shape._inline.docPr
    properties.set("descr", clean(element.get("alt", "")))
    properties.set("name", f"图{properties.id}")


def _placed(rows: list[list]) -> dict[tuple[int, int], tuple[etree._Element, int, int]]:
    """(row, column) -> the cell that starts there, and how many rows and columns it spans."""
    placed, taken = {}, set()
    for row, cells in enumerate(rows):
        column = 0
        for cell in cells:
            while (row, column) in taken:
                column += 1
            high, wide = int(cell.get("rowspan", 1)), int(cell.get("colspan", 1))
            high = min(high, len(rows) - row)
            placed[row, column] = cell, high, wide
            taken |= {(row + down, column + right) for down in range(high) for right in range(wide)}
            column += wide
    return placed


def _widths(placed: dict, columns: int, room: int, size: float) -> list[int]:
    """The column widths in English metric units, adding up to `room`.

    Numbers are kept on one line; among text columns the widest are narrowed first.
    """
    needs, least = [NARROWEST] * columns, [NARROWEST] * columns
    for (_, column), (cell, _, wide) in placed.items():
        if wide == 1:
            whole = min(_wide(cell.text_content()), WIDEST)
            head, figure = cell.getparent().getparent().tag == "thead", "number" in (cell.get("class") or "")
            needs[column] = max(needs[column], min(whole, BROKEN) if head else whole)
            least[column] = max(least[column], whole if figure and not head else min(whole, BROKEN))
    room_for_text = room / Pt(size) - PADDING * columns
    longest = max(needs)
    while sum(needs) > room_for_text and longest > BROKEN:  # narrow the widest first, so that the others need not wrap
        longest -= 0.5
        needs = [max(min(need, longest), low) for need, low in zip(needs, least)]
    whole = sum(needs) + PADDING * columns
    widths = [round(room * (need + PADDING) / whole) for need in needs]
    widths[-1] += room - sum(widths)
    return widths


def _wide(text: str) -> float:
    return sum(0.6 if sign < "\u2000" and sign != "·" else 1 for sign in text.strip())


def _cell(own: _Cell, cell: markup.HtmlElement, head: bool, together: bool) -> None:
    paragraph = own.paragraphs[0]
    paragraph._p.style = "表文"  # the style's name equals its id; looking it up would be slow
    for child in own.paragraphs[1:]:  # left over from merging cells
        child._element.getparent().remove(child._element)
    write_runs(paragraph, cell)
    if head:
        own._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="E7ECF2"/>'))
        for run in paragraph.runs:
            set_type(run, HEI)
    kind = (cell.get("class") or "").split()
    paragraph.alignment = ALIGN.RIGHT if "number" in kind else ALIGN.CENTER if head else ALIGN.LEFT
    paragraph.paragraph_format.keep_with_next = head or together


MARGINS = (  # of cells, in twentieths of a point
    f'<w:tblCellMar {nsdecls("w")}><w:top w:w="12" w:type="dxa"/><w:left w:w="45" w:type="dxa"/>'
    '<w:bottom w:w="12" w:type="dxa"/><w:right w:w="45" w:type="dxa"/></w:tblCellMar>'
)
