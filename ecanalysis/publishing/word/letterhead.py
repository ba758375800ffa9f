"""The first page of an official letter (信函格式, GB/T 9704—2012, 10.1): who sends it in red, two red double lines."""

from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm, RGBColor
from docx.text.paragraph import Paragraph

from ecanalysis.publishing.word.paper import SONG, WIDTH, set_type

RED = RGBColor(0xFF, 0x00, 0x00)
LINE_WIDTH = 170  # millimetres: the red lines are wider than the text


def put_letterhead(paper: Paper, sender: str) -> None:
    """Put the sender and the red lines on the first page of a paper's first section; its page number is not shown."""
    section = paper.sections[0]
    section.different_first_page_header_footer = True
    section.header_distance, section.footer_distance = Mm(30), Mm(20)
    above = section.first_page_header.paragraphs[0]
    above.alignment = ALIGN.CENTER
    run = above.add_run(sender)
    set_type(run, SONG, 36)
    run.font.color.rgb = RED
    above.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    _ruled(above, "bottom", "thickThinSmallGap")
    _ruled(section.first_page_footer.paragraphs[0], "top", "thinThickSmallGap")


def _ruled(paragraph: Paragraph, side: str, kind: str) -> None:
    beyond = Mm((WIDTH - LINE_WIDTH) / 2)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = beyond
    line = f'<w:{side} w:val="{kind}" w:sz="24" w:space="{11 if side == "bottom" else 1}" w:color="FF0000"/>'
    properties = paragraph._element.get_or_add_pPr()
    borders = parse_xml(f"<w:pBdr {nsdecls('w')}>{line}</w:pBdr>")
    properties.insert_element_before(borders, "w:spacing", "w:ind", "w:jc")
