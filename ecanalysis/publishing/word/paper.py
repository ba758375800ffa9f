"""The layout of an official paper in Word: page, styles, fonts, page numbers; written with reproducible bytes.

Measures follow GB/T 9704—2012: A4, text area 156 mm × 225 mm, 22 lines of 28 characters in size 三号 (16 pt); headings
in 黑体 and 楷体, title in 二号小标宋; page numbers — 2 — on the outer side, seven millimetres below the text.
"""

import io
import re
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

SONG, FANG, HEI, KAI, LATIN = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "Times New Roman"
INSTEAD = {SONG: "方正小标宋_GBK,华文中宋,宋体", FANG: "仿宋,华文仿宋", HEI: "SimHei", KAI: "楷体,华文楷体"}
BODY, LINE = 16, 28.95  # points: size 三号, and 1/22 of the text's height
NARROWER = -5  # character spacing of the body, in twentieths of a point
SMALL = 9  # points: size 小五, for tables
WIDTH, LENGTH = 156, 225  # text area in millimetres
TOP, LEFT = 37, 28
A4 = 210, 297
RED_LINE = 170  # width in millimetres of a letter's red lines, which exceed the text
STYLES = {  # name: font, size, line height (None: automatic), indent in characters, alignment
    "Normal": (FANG, BODY, LINE, 0, ALIGN.JUSTIFY),
    "Title": (SONG, 22, 34, 0, ALIGN.CENTER),
    "Heading 1": (HEI, BODY, LINE, 2, ALIGN.JUSTIFY),
    "Heading 2": (KAI, BODY, LINE, 2, ALIGN.JUSTIFY),
    "Body Text": (FANG, BODY, LINE, 2, ALIGN.JUSTIFY),
    "附件": (HEI, BODY, LINE, 0, ALIGN.JUSTIFY),
    "Heading 3": (HEI, 10.5, 19, 2, ALIGN.JUSTIFY),
    "附文": (FANG, 10.5, 17, 2, ALIGN.JUSTIFY),
    "Caption": (HEI, 10.5, 16, 0, ALIGN.CENTER),
    "表文": (FANG, SMALL, 11.5, 0, ALIGN.LEFT),
    "表注": (FANG, SMALL, 11.5, 0, ALIGN.JUSTIFY),
    "图": (FANG, SMALL, None, 0, ALIGN.CENTER),
}
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")


def new_paper(title: str, year: int) -> Paper:
    """An empty paper with its styles and one section; `title` and `year` go into the document properties."""
    paper = Document()
    package = paper.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:  # the thumbnail of python-docx's default template
            del package.rels[key]
    for name, looks in STYLES.items():
        _style(paper, name, *looks)
    for part in package.iter_parts():
        if part.partname == "/word/fontTable.xml":
            part._blob = _font_table()
    settings = paper.settings.element
    settings.replace(settings.find(qn("w:compat")), parse_xml(COMPATIBLE))
    for element in (*paper.styles.element.iter(qn("w:lang")), *settings.iter(qn("w:themeFontLang"))):
        element.set(qn("w:eastAsia"), "zh-CN")
    paper.settings.odd_and_even_pages_header_footer = True
    properties = paper.core_properties
    properties.title, properties.author, properties.comments = clean(title), "", ""
    properties.created = properties.modified = datetime(year + 1, 1, 1)
    properties.revision = 1
    _page(paper.sections[0])
    _numbers(paper.sections[0])
    return paper


def landscape(paper: Paper) -> Section:
    """Start a new landscape section, for wide tables."""
    section = _next(paper)
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Mm(A4[1]), Mm(A4[0])
    section.top_margin = section.bottom_margin = section.left_margin = section.right_margin = Mm(25)
    section.footer_distance = Mm(15)
    return section


def portrait(paper: Paper) -> Section:
    """Start a new portrait section on a new page."""
    section = _next(paper)
    _page(section)
    return section


def text_width(section: Section) -> int:
    """The text width of a section, in English metric units (EMU)."""
    return section.page_width - section.left_margin - section.right_margin


def packed(paper: Paper) -> bytes:
    """The file's content; the same paper gives the same bytes on any system and at any time."""
    made, fixed = io.BytesIO(), io.BytesIO()
    paper.save(made)
    with ZipFile(made) as parts, ZipFile(fixed, "w") as book:
        for name in parts.namelist():
            member = ZipInfo(name)  # dated 1980-01-01
            member.compress_type, member.create_system = ZIP_DEFLATED, 0
            book.writestr(member, parts.read(name))
    return fixed.getvalue()


def clean(text: str) -> str:
    """Text without characters that XML forbids or that change the direction of writing.

    >>> clean("园区\\x1b\\u202e<b>甲")
    '园区<b>甲'
    """
    return UNWRITABLE.sub("", text)


def set_type(run: Run, family: str, size: float | None = None) -> None:
    """Set the font (and size) of a run."""
    _fonts(run._element.get_or_add_rPr(), family)
    if size:
        run.font.size = Pt(size)


def put_letterhead(paper: Paper, sender: str) -> None:
    """Format the first page of a paper as an official letter (信函格式, GB/T 9704—2012, 10.1).

    The sender is in red between two red double lines; there is no page number.
    """
    section = paper.sections[0]
    section.different_first_page_header_footer = True
    section.header_distance, section.footer_distance = Mm(30), Mm(20)
    above = section.first_page_header.paragraphs[0]
    above.alignment = ALIGN.CENTER
    run = above.add_run(sender)
    set_type(run, SONG, 36)
    run.font.color.rgb = RGBColor(0xFF, 0, 0)
    above.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    _ruled(above, "bottom", "thickThinSmallGap")
    _ruled(section.first_page_footer.paragraphs[0], "top", "thinThickSmallGap")


def _ruled(paragraph: Paragraph, side: str, kind: str) -> None:
    beyond = Mm((WIDTH - RED_LINE) / 2)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = beyond
    line = f'<w:{side} w:val="{kind}" w:sz="24" w:space="{11 if side == "bottom" else 1}" w:color="FF0000"/>'
    properties = paragraph._element.get_or_add_pPr()
    borders = parse_xml(f"<w:pBdr {nsdecls('w')}>{line}</w:pBdr>")
    properties.insert_element_before(borders, "w:spacing", "w:ind", "w:jc")


def _next(paper: Paper) -> Section:
    section = paper.add_section(WD_SECTION.NEW_PAGE)
    section.different_first_page_header_footer = False
    return section


def _page(section: Section) -> None:
    section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Mm(A4[0]), Mm(A4[1])
    section.top_margin, section.left_margin = Mm(TOP), Mm(LEFT)
    section.bottom_margin, section.right_margin = Mm(A4[1] - TOP - LENGTH), Mm(A4[0] - LEFT - WIDTH)
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    # Lines only: with a character grid slightly narrower than the font, LibreOffice gives each character two cells.
    given = {"type": "lines", "linePitch": str(round(LINE * 20))}
    for name, value in given.items():
        grid.set(qn(f"w:{name}"), value)


def _numbers(section: Section) -> None:
    """Add page numbers: right on odd pages, left on even ones, one character from the edge."""
    for footer, side in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        margin = "w:rightChars" if side == ALIGN.RIGHT else "w:leftChars"
        paragraph._element.get_or_add_pPr().get_or_add_ind().set(qn(margin), "100")
        for text in ("— ", "", " —"):
            run = paragraph.add_run(text)
            set_type(run, "宋体", 14)
            if not text:  # the field for the page number
                run.text = "1"
                field = parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE "/>')
                run._element.addprevious(field)
                field.append(run._element)


def _style(paper: Paper, name: str, family: str, size: float, line: float | None, first: int, aligned: ALIGN) -> None:
    known = [style.name for style in paper.styles]
    style = paper.styles[name] if name in known else paper.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    for old in (*style.element.findall(qn("w:rPr")), *style.element.findall(qn("w:pPr"))):
        style.element.remove(old)
    _fonts(style.element.get_or_add_rPr(), family)
    style.font.size, style.quick_style = Pt(size), True
    form = style.paragraph_format
    form.alignment, form.space_before, form.space_after = aligned, Pt(0), Pt(0)
    form.widow_control = True
    form.keep_with_next = name.startswith("Heading")
    if line:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    else:
        form.line_spacing = 1.0
    if first:
        indents = style.element.get_or_add_pPr().get_or_add_ind()
        indents.set(qn("w:firstLineChars"), str(first * 100))
        indents.set(qn("w:firstLine"), str(first * size * 20))
    if size == BODY:  # 28 characters of 16 points exceed the text width by 2 mm, so spacing is reduced
        spacing = parse_xml(f'<w:spacing {nsdecls("w")} w:val="{NARROWER}"/>')
        style.element.rPr.insert_element_before(spacing, "w:sz", "w:szCs")
    if size != BODY:  # only the body follows the line grid
        style.element.get_or_add_pPr().insert_element_before(
            parse_xml(f'<w:snapToGrid {nsdecls("w")} w:val="0"/>'), "w:spacing", "w:ind", "w:jc"
        )


def _fonts(properties, family: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for side in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{side}"), LATIN)
    fonts.set(qn("w:eastAsia"), family)


def _font_table() -> bytes:
    """The font table: every font with substitutes for offices that do not have it."""
    entries = [
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/>'
        f'<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, others in INSTEAD.items()
    ]
    return f'<?xml version="1.0" encoding="UTF-8"?><w:fonts {nsdecls("w")}>{"".join(entries)}</w:fonts>'.encode()


COMPATIBLE = (  # otherwise Word opens it in the compatibility mode of 2007
    f"<w:compat {nsdecls('w')}><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/>"
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    "</w:compat>"
)
