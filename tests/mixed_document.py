"""A Word document with everything the official form is filled in with, and what is to be read from it.

Run as a script it writes the document, from which LibreOffice made the one in `submissions` (see the note there).
"""

import sys

import docx
from docx.oxml import parse_xml

W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
# sheet -> address -> text, rows, columns
READ = {
    "表格1": {
        "A1": ("基地名称", 1, 1),
        "B1": ("示例·杭州数字贸易产业园", 1, 3),
        "A2": ("基地联系人", 2, 1),
        "B2": ("姓名", 1, 1),
        "B3": ("手机", 1, 1),
        "A4": ("1.专项政策：\uf052是 □否。\n4.2025年，培训 1,200 人次。", 1, 4),
        "A5": ("☑是 ☐否", 1, 1),
        "B5": ("√是\t□否\n第二行", 1, 1),
        "C5": ("外", 1, 1),
    },
    "表格2": {"A1": ("内表", 1, 1), "B1": ("12件", 1, 1)},
    "正文": {"A1": ("附件6", 1, 1), "A3": ("注：1.报告期", 1, 1)},
}


def _run(paragraph, inside: str) -> None:
    paragraph._p.append(parse_xml(f"<w:r {W}>{inside}</w:r>"))


def _check_box(paragraph, checked: int, glyph: str) -> None:
    paragraph._p.append(
        parse_xml(
            f'<w:sdt {W}><w:sdtPr><w14:checkbox><w14:checked w14:val="{checked}"/></w14:checkbox></w:sdtPr>'
            f"<w:sdtContent><w:r><w:t>{glyph}</w:t></w:r></w:sdtContent></w:sdt>"
        )
    )


def write(path) -> None:
    """The document as python-docx makes it, with Word's own ticks put in."""
    document = docx.Document()
    document.add_paragraph("附件6")
    table = document.add_table(5, 4)
    table.cell(0, 0).text = "基地名称"
    table.cell(0, 1).merge(table.cell(0, 3)).text = "示例·杭州数字贸易产业园"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "基地联系人"
    table.cell(1, 1).text = "姓名"
    table.cell(2, 1).text = "手机"

    sentences = table.cell(3, 0).merge(table.cell(3, 3))
    first, second = sentences.paragraphs[0], sentences.add_paragraph()
    for piece in ("1.专", "项", "政策："):  # runs break anywhere
        first.add_run(piece)
    _run(first, '<w:sym w:font="Wingdings 2" w:char="F052"/>')
    first.add_run("是 ")
    _run(first, '<w:sym w:font="Wingdings 2" w:char="F0A3"/>')
    first.add_run("否。")
    second.add_run("4.2025年，培训")
    second.add_run(" 1,2").underline = True
    second.add_run("00 ").underline = True
    second.add_run("人次。")

    boxes = table.cell(4, 0).paragraphs[0]
    _check_box(boxes, 1, "☒")
    boxes.add_run("是 ")
    _check_box(boxes, 0, "☐")
    boxes.add_run("否")
    table.cell(4, 1).text = "√是\t□否\n第二行"
    table.cell(4, 2).text = "外"
    nested = table.cell(4, 3).add_table(1, 2)
    nested.cell(0, 0).text = "内表"
    nested.cell(0, 1).text = "12件"
    document.add_paragraph("")
    document.add_paragraph("注：1.报告期")
    document.save(path)


if __name__ == "__main__":
    write(sys.argv[1])
