"""The Word papers made from published pages, and their content.

A province's page becomes the letter to the province, the national briefing the briefing paper and the public list, a
proposal's page its decision paper. Sentences that appear on no page are in notebooks/wording/letter.md.j2.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path

import pandas as pd
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_COLOR_INDEX as WD_COLOR
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from lxml import html as markup
from nbconvert.filters.markdown import markdown2html

from ecanalysis.evaluation import Evaluation
from ecanalysis.presenting import workbook
from ecanalysis.presenting.display import show
from ecanalysis.presenting.returns import TO_FILL_IN, Sheet
from ecanalysis.presenting.wording import wording
from ecanalysis.publishing.pages import Page
from ecanalysis.publishing.planning import safe_name
from ecanalysis.publishing.word.blocks import COMPACT, SMALLEST, body_of, parted, put, put_table
from ecanalysis.publishing.word.paper import clean, landscape, new_paper, packed, portrait, put_letterhead
from ecanalysis.rounds.roster import full_name

BRIEFING, PUBLIC = "综合评价简报", "公示名单"
INSTRUCTIONS = "<table><tbody><tr><td>批示</td><td><br><br></td></tr></tbody></table><p></p>"
BLANK = re.compile("(【[^】]*】)")
ITS = {"市": "你市", "区": "你区", "团": "你兵团"}  # address in a letter, by the name's last character; else 你省


def papers(page: Page, html: str, r: Evaluation, lists: Mapping[str, Sequence[Sheet]]) -> dict[str, bytes]:
    """File name in the report -> the Word papers made from a published page; most pages have none.

    `lists` are the return lists by province (`returns.return_sheets`).
    """
    if page.kind == "provinces":
        name = f"{Path(page.html).parent.as_posix()}/反馈函_{safe_name(page.subject)}.docx"
        return {name: letter(page.subject, html, r, lists.get(page.subject, ()))}
    if page.kind == "decisions":
        return {Path(page.html).with_suffix(".docx").as_posix(): decision(page.subject.split("（建议")[0], html, r)}
    if page.name == "00_national":
        listed = {f"{PUBLIC}.docx": public_list(r), f"{PUBLIC}.xlsx": workbook.public_workbook(r)}
        return {f"{BRIEFING}.docx": briefing(html, r), **listed}
    return {}


def briefing(html: str, r: Evaluation) -> bytes:
    """综合评价简报 for approval: the answer in the type size of official papers, the evidence in a smaller one."""
    said, rest = parted(body_of(html), "要点")
    paper = new_paper(BRIEFING, r.year)
    _line(paper, f"{r.year}年国家电子商务示范基地{BRIEFING}", "Title")
    _line(paper, "【呈报单位】　【呈报日期】", "Normal", ALIGN.CENTER)
    _mark_blanks(paper)
    put(paper, markup.fragments_fromstring(INSTRUCTIONS))
    _answered(paper, said, rest)
    return packed(paper)


def decision(subject: str, html: str, r: Evaluation) -> bytes:
    """The decision paper of one proposal: its result and its grounds."""
    said, rest = parted(body_of(html), "要点")
    paper = new_paper("建议判定书", r.year)
    _line(paper, f"建议判定书\n{subject}", "Title")
    paper.add_paragraph()
    _answered(paper, said, rest)
    return packed(paper)


def letter(province: str, html: str, r: Evaluation, sheets: Sequence[Sheet]) -> bytes:
    """反馈函: a summary of the province's page and what the province is asked to do, with the page's tables and the
    list of faults as annexes. Blanks to be filled in by people are marked 【】."""
    said, results = parted(body_of(html), "要点")
    name = full_name(province)
    absent = [line[2] for sheet in sheets[1:] for line in sheet.lines]
    facts = {
        "full_name": name,
        "you": ITS.get(name[-1], "你省"),
        "to_correct": any(sheet.lines for sheet in sheets[:1]),
        "absent": absent,
        "annexes": 1 + bool(sheets),
    }
    paper = new_paper("反馈函", r.year)
    put_letterhead(paper, "【发文机关】")
    _line(paper, "【文号】", "Normal", ALIGN.RIGHT)
    paper.add_paragraph()
    for block, style in (("title", "Title"), (None, "Normal"), ("addressed", "Normal"), ("opening", "Body Text")):
        _line(paper, _said(block, r, facts) if block else "", style)
    _line(paper, "一、评价结果", "Heading 1")
    put(paper, said, linked=lambda text: f"附件1{text}" if sheets else f"附件{text}")
    _line(paper, "二、有关要求", "Heading 1")
    put(paper, _blocks("requests", r, facts))
    for element in _blocks("close", r, facts):
        _line(paper, element.text_content(), "Body Text")
    paper.add_paragraph()
    for text in ("【发文机关署名、印章】", "【成文日期】"):
        _line(paper, f"{text}　　", "Normal", ALIGN.RIGHT)
    _mark_blanks(paper)
    portrait(paper)
    _line(paper, "附件1" if sheets else "附件", "附件")
    _line(paper, f"{name}国家电子商务示范基地\n综合评价结果", "Title")
    _rest(paper, results)
    if sheets:
        landscape(paper)
        for place, sheet in enumerate(sheets):
            if not place:
                _line(paper, "附件2", "附件")
            _line(paper, "无可用报送的基地" if place else "报告表退回补正清单", "Title")
            put_table(paper, _table(sheet), whole=0)
            _line(paper, sheet.note, "表注")
        _line(paper, TO_FILL_IN, "表注")
    return packed(paper)


def public_list(r: Evaluation) -> bytes:
    """公示名单 in Word: the bases by tier, and nothing else."""
    frame = workbook.public_list(r)
    paper = new_paper(PUBLIC, r.year)
    _line(paper, f"{r.year}年国家电子商务示范基地综合评价结果{PUBLIC}", "Title")
    paper.add_paragraph()
    put_table(paper, _untitled(frame), size=10.5)
    return packed(paper)


def _table(sheet: Sheet) -> markup.HtmlElement:
    return _untitled(pd.DataFrame(sheet.lines, columns=list(sheet.columns)))


def _untitled(frame: pd.DataFrame) -> markup.HtmlElement:
    """A frame as a table without a caption, as the title is above it."""
    table = markup.fragment_fromstring(show(frame, "listed", "清单").data).find("table")
    table.remove(table.find("caption"))
    return table


def _answered(paper: Paper, said: list, rest: list) -> None:
    """Write the answer, its reservations (paragraphs in smaller type), and the evidence."""
    put(paper, [element for element in said if element.tag != "p"])
    put(paper, [element for element in said if element.tag == "p"], COMPACT)
    _rest(paper, rest)


def _rest(paper: Paper, elements: list) -> None:
    """Write the evidence for an answer; the assumptions, which come last, in the smallest type."""
    last = max((place for place, element in enumerate(elements) if element.tag == "h2"), default=len(elements))
    put(paper, elements[:last], COMPACT)
    put(paper, elements[last:], SMALLEST)


def _line(paper: Paper, text: str, style: str, aligned: ALIGN | None = None) -> Paragraph:
    paragraph = paper.add_paragraph(clean(text), style)  # line breaks in the text are kept
    if aligned is not None:
        paragraph.alignment = aligned
    return paragraph


def _said(block: str, r: Evaluation, facts: dict) -> str:
    return markup.fromstring(markdown2html(wording("letter", r)(block, **facts).data)).text_content()


def _blocks(block: str, r: Evaluation, facts: dict) -> list:
    return markup.fragments_fromstring(markdown2html(wording("letter", r)(block, **facts).data))


def _mark_blanks(paper: Paper) -> None:
    """Shade the blanks to be filled in, so that they are not overlooked."""
    for paragraph in paper.paragraphs:
        for run in paragraph.runs:
            first, *others = BLANK.split(run.text)
            run.text, last = first, run
            for text in others:
                last._element.addnext(copy := deepcopy(run._element))
                last = Run(copy, paragraph)
                last.text = text
                last.font.highlight_color = WD_COLOR.YELLOW if BLANK.fullmatch(text) else None
