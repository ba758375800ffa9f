"""Word papers: opened and read back as an office would, from the pages of the committed notebooks."""

import io
import os
import re
import shutil
import subprocess
from dataclasses import replace
from itertools import groupby
from types import SimpleNamespace

import nbformat
import openpyxl
import pypdfium2
import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import html as markup
from toys import PATIENCE

from ecanalysis.presenting import returns
from ecanalysis.publishing.html import html_page
from ecanalysis.publishing.pages import Page
from ecanalysis.publishing.planning import NOTEBOOKS
from ecanalysis.publishing.word.blocks import put
from ecanalysis.publishing.word.paper import new_paper, packed
from ecanalysis.publishing.word.papers import papers

PAGES = {  # of the committed notebooks: kind and subject
    "00_national": ("national", "", "00_national.html"),
    "province": ("provinces", "浙江", "provinces/浙江/浙江.html"),
    "decision": ("decisions", "示例·九江农村电商科创城（建议判定书）", "decisions/B112.html"),
}
LETTER, PUBLIC = "provinces/浙江/反馈函_浙江.docx", "公示名单"


@pytest.fixture(scope="module")
def lists(evaluation):
    return returns.return_sheets(returns.returns_of(evaluation), evaluation.not_submitted, evaluation.year)


@pytest.fixture(scope="module")
def made(evaluation, lists) -> dict[str, bytes]:
    files = {}
    for name, (kind, subject, html) in PAGES.items():
        notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
        page = Page(name, kind, subject, NOTEBOOKS / f"{name}.ipynb", {}, html, "")
        files |= papers(page, html_page(notebook, subject), evaluation, lists)
    return files


def opened(content: bytes):
    return Document(io.BytesIO(content))


def text_of(paper) -> str:
    return "\n".join(element.text or "" for element in paper.element.body.iter(qn("w:t")))


def test_each_page_has_its_papers(made):
    assert set(made) == {LETTER, "decisions/B112.docx", "综合评价简报.docx", f"{PUBLIC}.docx", f"{PUBLIC}.xlsx"}


def test_a_letter_says_what_the_page_says_and_leaves_to_people_what_they_know(made, evaluation, lists):
    letter = opened(made[LETTER])
    text = "".join(paragraph.text for paragraph in letter.paragraphs)
    assert "浙江省商务主管部门：" in text and "附件1表1" in text
    above = "".join(paragraph.text for paragraph in letter.sections[0].first_page_header.paragraphs)
    blanks = set(re.findall("【[^】]+】", above + text))
    known = "发文机关 文号 完成时限 联系人 联系电话 发文机关署名、印章 成文日期"
    assert blanks == {f"【{blank}】" for blank in known.split()}
    titles = [paragraph.text for paragraph in letter.paragraphs if paragraph.style.name == "Title"]
    assert titles[1:] == ["浙江省国家电子商务示范基地\n综合评价结果", "报告表退回补正清单"]
    *_, listed = letter.tables
    assert [row.cells[5].text for row in listed.rows[1:]] == [line[5] for line in lists["浙江"][0].lines]
    own = evaluation.roster[evaluation.roster.province == "浙江"]
    assert set(own.name) <= {row.cells[0].text for table in letter.tables for row in table.rows}
    others = set(evaluation.roster.name) - set(own.name)
    assert not [name for name in others if name in text_of(letter)]


def test_one_annex_and_one_request_have_no_number(evaluation):
    notebook = nbformat.read(NOTEBOOKS / "province.ipynb", as_version=4)
    page = Page("province", "provinces", "浙江", NOTEBOOKS / "province.ipynb", {}, PAGES["province"][2], "")
    letter = opened(papers(page, html_page(notebook, "浙江"), evaluation, {})[LETTER])
    lines = [paragraph.text for paragraph in letter.paragraphs]
    assert "附件" in lines and "附件表1" in "".join(lines) and "附件1" not in "".join(lines)
    after = lines.index("二、有关要求") + 1
    assert lines[after].startswith("请将附件转告") and lines[after + 1].startswith("联系人")


def test_what_goes_out_holds_no_score_and_no_proposal(made, evaluation):
    shown = text_of(opened(made[LETTER])) + text_of(opened(made[f"{PUBLIC}.docx"]))
    assert not re.search("总分[0-9]|建议取消|建议增补|概率", shown)
    frame = evaluation.scores.set_index("base_id")
    rows = [[cell.text for cell in row.cells] for row in opened(made[f"{PUBLIC}.docx"]).tables[0].rows]
    book = openpyxl.load_workbook(io.BytesIO(made[f"{PUBLIC}.xlsx"])).active
    assert rows[0] == [cell.value for cell in book[2]] == ["序号", "省级单位", "基地", "类别", "档次"]
    assert rows[1:] == [[str(cell.value) for cell in row] for row in book.iter_rows(min_row=3)]
    provinces = [row[1] for row in rows[1:]]
    assert [name for name, _ in groupby(provinces)] == list(dict.fromkeys(provinces)), "each stands in one place"
    assert sorted(row[2:] for row in rows[1:]) == sorted(map(list, frame[["name", "kind", "tier"]].to_numpy()))


def test_paper_as_the_standard_has_it(made):
    """GB/T 9704: 156 mm × 225 mm of text, 22 lines of 三号仿宋; the title 二号小标宋; numbers — N — outside."""
    for name in (LETTER, "综合评价简报.docx", "decisions/B112.docx"):
        paper = opened(made[name])
        first = paper.sections[0]
        assert round((first.page_width - first.left_margin - first.right_margin) / 36000) == 156
        assert round((first.page_height - first.top_margin - first.bottom_margin) / 36000) == 225
        body = paper.styles["Body Text"]
        assert (body.font.size.pt, 225 / 25.4 * 72 // body.paragraph_format.line_spacing.pt) == (16, 22)
        assert body.element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
        title = paper.styles["Title"]
        assert (title.font.size.pt, title.element.rPr.rFonts.get(qn("w:eastAsia"))) == (22, "方正小标宋简体")
        assert "PAGE" in first.footer._element.xml and "PAGE" in first.even_page_footer._element.xml
        assert "PAGE" not in first.first_page_footer._element.xml
        for table in paper.tables:
            assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        for picture in paper.inline_shapes:
            assert len(picture._inline.docPr.get("descr")) > 20


def test_the_same_page_gives_the_same_bytes(made, evaluation, lists):
    kind, subject, html = PAGES["province"]
    notebook = nbformat.read(NOTEBOOKS / "province.ipynb", as_version=4)
    page = Page("province", kind, subject, NOTEBOOKS / "province.ipynb", {}, html, "")
    assert papers(page, html_page(notebook, subject), evaluation, lists)[LETTER] == made[LETTER]


def test_names_are_text_whatever_they_hold(evaluation, lists):
    name = "=HYPERLINK(1)\x0b<w:p/>&\u202e园区【x】"
    scores = evaluation.scores.assign(name=name)
    roster = evaluation.roster.assign(name=name)
    sheet = replace(lists["浙江"][0], lines=[[1, name, *lists["浙江"][0].lines[0][2:]]])
    hostile = SimpleNamespace(scores=scores, roster=roster, year=2027)
    page = Page("province", "provinces", "浙江", NOTEBOOKS / "province.ipynb", {}, "p/浙江/浙江.html", "")
    national = Page("00_national", "national", "", NOTEBOOKS / "00_national.ipynb", {}, "00_national.html", "")
    html = f"<main><h1>x</h1><h2>要点</h2><p>{name.replace('<', '&lt;')}</p></main>"
    files = papers(page, html, hostile, {"浙江": [sheet]}) | papers(national, html, hostile, {})
    for file, content in files.items():
        if file.endswith(".docx"):
            assert "=HYPERLINK(1)<w:p/>&园区【x】" in text_of(opened(content)).replace("\n", "")
        else:
            cell = openpyxl.load_workbook(io.BytesIO(content)).active["C3"]
            assert (cell.data_type, cell.hyperlink) == ("s", None)


def test_cells_over_several_rows_and_columns_stay_where_they_are():
    table = (
        "<table><thead><tr><th rowspan=2>基地<th colspan=2>得分</tr><tr><th class=number>上次<th class=number>本次</tr>"
        "</thead><tbody><tr><th rowspan=2>甲<td>1<td>2</tr><tr><td>3<td>4</tr></tbody></table>"
    )
    paper = new_paper("", 2027)
    put(paper, markup.fragments_fromstring(table))
    [read] = opened(packed(paper)).tables
    rows = [[cell.text for cell in row.cells] for row in read.rows]
    assert rows == [["基地", "得分", "得分"], ["基地", "上次", "本次"], ["甲", "1", "2"], ["甲", "3", "4"]]
    heads = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in read.rows]
    assert heads == [True, True, False, False]


FONTS = """<?xml version="1.0"?><fontconfig><dir>{folder}</dir><cachedir>{cache}</cachedir>
<match target="pattern"><edit name="family" mode="append"><string>Noto Serif SC</string></edit></match></fontconfig>"""


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_how_many_pages_they_print_on(made, tmp_path):
    import pylopdf_fonts_zh_cn

    fonts = tmp_path / "fonts.conf"
    folder = os.path.dirname(pylopdf_fonts_zh_cn.__file__)
    fonts.write_text(FONTS.format(folder=folder, cache=tmp_path / "cache"))
    for name in (LETTER, "decisions/B112.docx", "综合评价简报.docx"):
        (tmp_path / os.path.basename(name)).write_bytes(made[name])
    command = [
        "soffice",
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        "pdf",
    ]
    files = sorted(map(str, tmp_path.glob("*.docx")))
    environment = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    subprocess.run(
        [*command, "--outdir", tmp_path, *files], env=environment, check=True, timeout=PATIENCE, capture_output=True
    )
    pages = {}
    for path in tmp_path.glob("*.pdf"):
        with pypdfium2.PdfDocument(path) as pdf:
            pages[path.stem] = [page.get_textpage().get_text_range() for page in pdf]
    letter = pages["反馈函_浙江"]
    assert next(place for place, text in enumerate(letter, 1) if "附件" in text.lstrip()[:2]) == 3
    assert "【成文日期】" in letter[1], "the letter itself has two pages"
    assert [f"— {place} —" in text for place, text in enumerate(letter, 1)] == [False] + [True] * (len(letter) - 1)
    assert len(pages["B112"]) == 2 and 3 <= len(pages["综合评价简报"]) <= 4
    assert all(len(text) > 100 for own in pages.values() for text in own), "no empty page"
