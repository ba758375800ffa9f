"""PDF with text: answers, ticks and labels are found by their place, and what cannot be read there is named."""

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from pdfs import document, printed, sentences
from PIL import Image

from ecanalysis.form.blank import write_template
from ecanalysis.reading import converted
from ecanalysis.reading.cells import Unreadable, read_cells
from ecanalysis.reading.cells.page import Page, Rule, Sign, cells_of, lines_of
from ecanalysis.reading.found import find
from ecanalysis.reading.limits import DEFAULT
from ecanalysis.reading.scans.gather import scans_of
from ecanalysis.rounds import round as rounds
from ecanalysis.sample import pages as sample

YEAR = 2025
ANSWERS = {
    "C01": "是", "C02": "否", "C03": "是 民营企业", "C04": "1,200", "C05": "否", "C06": "2.7", "C07": "10",
    "C08": "32.92", "C09": "116", "C10a": "否 否", "C11": "否", "C12": "是", "C13": "4", "C14": "329", "C15": "-22.7",
    "C16": "1519.5万", "C17": "6848", "C18": "2",
}  # fmt: skip
needs_office = pytest.mark.skipif(not converted.office(), reason="LibreOffice is not installed: no PDF was printed")


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    """The official form as a Word document and as a PDF."""
    folder = tmp_path_factory.mktemp("pdf")
    word = document(folder / "甲.docx", "示例·甲电子商务产业园", sentences(ANSWERS))
    return word, printed(word, folder)


def read(path):
    return rounds.parse([path], YEAR)


@needs_office
def test_a_pdf_gives_what_its_document_gives_with_the_place_on_its_page(form):
    word, pdf = map(read, form)
    columns = ["base_name", "code", "year", "value", "text"]
    assert pdf.values[columns].equals(word.values[columns])
    assert len(pdf.values) == 20
    assert set(pdf.files.layout) == {"official"}
    assert set(pdf.values.sheet) <= {"第1页", "第2页"}
    assert pdf.values.cell.str.fullmatch(r"\d{1,3},\d{1,3},\d{1,3},\d{1,3}").all()
    of_person = ["role", "name", "title"]
    assert pdf.contacts[of_person].equals(word.contacts[of_person])
    assert pdf.contacts.mobile[0].replace(" ", "") == "00000000000"
    # The place of an answer is that of its own sentence: further down with every number.
    first_page = pdf.values[(pdf.values.sheet == "第1页") & ~pdf.values.code.isin(["C03_operator", "C10b"])]
    tops = first_page.cell.str.split(",").str[1].astype(int)
    assert tops.is_monotonic_increasing and tops.is_unique
    assert not pdf.issues.message.str.contains("页面").any()


@needs_office
def test_the_template_printed(tmp_path):
    book = tmp_path / "乙.xlsx"
    answers = {("C04", YEAR): 1200, ("C04", YEAR - 1): 1100, ("C15", YEAR): -3.5, ("C01", YEAR): "是", ("C14", YEAR): 9}
    write_template(book, YEAR, answers, {"base_name": "示例·乙"})
    values = read(printed(book, tmp_path)).values
    said = {(row.code, row.year): row.value for row in values.itertuples()}
    assert said == {
        ("C04", 2025): 1200, ("C04", 2024): 1100, ("C15", 2025): -3.5, ("C01", 2025): 1, ("C14", 2025): 9,
    }  # fmt: skip


@needs_office
def test_what_was_drawn_over_an_answer_is_named(form, tmp_path):
    document = pdfium.PdfDocument(form[1])
    page = document[0]
    tick = raw.FPDFPageObj_CreateNewPath(300, 300)  # a tick drawn as a stroke
    raw.FPDFPath_LineTo(tick, 305, 292)
    raw.FPDFPath_LineTo(tick, 315, 310)
    raw.FPDFPath_SetDrawMode(tick, 0, 1)
    raw.FPDFPage_InsertObject(page, tick)
    page.gen_content()
    document.save(str(tmp_path / "画.pdf"))
    (sheet,) = read_cells(tmp_path / "画.pdf").sheets
    assert [one.kind for one in sheet.objects] == ["drawing"]
    assert read_cells(form[1]).sheets[0].objects == ()


def test_a_pdf_that_is_none_or_holds_no_text(tmp_path):
    (tmp_path / "坏.pdf").write_bytes(b"%PDF-1.7\nnothing")
    with pytest.raises(Unreadable, match=r"已损坏或不完整.*重新报送"):
        read_cells(tmp_path / "坏.pdf")
    blank = pdfium.PdfDocument.new()
    blank.new_page(595, 842)
    blank.save(str(tmp_path / "空.pdf"))
    with pytest.raises(Unreadable, match=r"扫描件或图片.*重新报送"):
        read_cells(tmp_path / "空.pdf")


def with_a_picture_page(path, pdf, first):
    """A PDF and a page that is a picture, before its pages or behind them."""
    picture = path.with_name("图.pdf")
    Image.new("L", (400, 560), 235).save(picture, resolution=50)
    made = pdfium.PdfDocument.new()
    for part in (picture, pdf) if first else (pdf, picture):
        made.import_pages(pdfium.PdfDocument(part))
    made.save(str(path))
    return path


@needs_office
def test_a_page_that_is_a_picture_is_named_and_the_form_on_the_other_pages_is_read(form, tmp_path, monkeypatch):
    monkeypatch.setattr("ecanalysis.reading.scans.gather.available", lambda: False)
    out = read(with_a_picture_page(tmp_path / "附图.pdf", form[1], first=False))
    assert len(out.values) == len(read(form[1]).values)
    (said,) = out.issues.message[out.issues.kind == "unaccounted"]
    assert "第2页是扫描件" in said


def test_a_pdf_of_which_the_first_page_is_a_scan_is_read_as_one_or_says_so(tmp_path, monkeypatch):
    lines = [(120, 120 + 60 * at, text) for at, text in enumerate(sentences({})[:6])]
    sample.write_pdf(tmp_path / "文.pdf", [sample.Page(lines, [])])
    mixed = with_a_picture_page(tmp_path / "混.pdf", tmp_path / "文.pdf", first=True)
    assert [one.file for (one,) in scans_of(find([mixed]), YEAR, DEFAULT)] == ["混.pdf"]
    monkeypatch.setattr("ecanalysis.reading.scans.gather.available", lambda: False)
    (message,) = read(mixed).files.message
    assert "第1页是扫描件" in message and "ecanalysis[scans]" in message


def signs(text, left, base, size=10):
    return [Sign(sign, left + size * at, left + size * (at + 1), base, size) for at, sign in enumerate(text)]


def test_what_lies_over_other_signs_says_nothing():
    assert [line.text for line in lines_of(signs("□是 □否", 0, 10))] == ["□是 □否"]
    assert [line.text for line in lines_of(signs("□是 □否", 0, 10) + signs("☑", 5, 10))] == [""]
    assert [line.text for line in lines_of(signs("12", 0, 10) + signs("12", 0.5, 10))] == ["12"]  # twice, to look bold


def test_a_gap_beside_a_tick_is_kept():
    assert [line.text for line in lines_of(signs("□是", 0, 10) + signs("√", 23, 10) + signs("□否", 36, 10))] == [
        "□是 √ □否"
    ]


def test_lines_make_cells_and_what_they_do_not_part_is_one():
    rules = (
        [Rule(0, y, 200, y) for y in (0, 50, 100)] + [Rule(x, 0, x, 100) for x in (0, 200)] + [Rule(100, 0, 100, 50)]
    )
    page = Page(
        1, 200, 200, signs("甲", 10, 20) + signs("乙", 110, 20) + signs("丙", 150, 80) + signs("外", 10, 150), rules
    )
    cells, places = cells_of([page])
    assert [(cell.row, cell.column, cell.value) for cell in cells] == [
        (0, 0, "甲"),
        (0, 1, "乙"),
        (1, 0, "丙"),
        (2, 0, "外"),
    ]
    assert places[(1, 0)] == ("第1页", "0,250,1000,250")
