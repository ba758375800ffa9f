"""Whatever a person can see in a file comes out of the readers, in a cell or as an object; a clean form has none."""

import io
import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
import xlsxwriter
import xlwt
from docx.oxml import parse_xml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TextProperties
from odf.table import Table, TableCell, TableRow
from odf.text import P, Span
from openpyxl.comments import Comment

from ecanalysis.form.blank import write_template
from ecanalysis.reading.cells import Book, Unreadable, read_cells

SUBMISSIONS = Path(__file__).parent / "submissions"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "v": "urn:schemas-microsoft-com:vml",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    }.items()
)
MARK = "见附页甲"


def all_text(book: Book) -> str:
    cells = [str(cell.value) for sheet in book.sheets for cell in sheet.cells]
    return "\n".join([*cells, *(thing.text for sheet in book.sheets for thing in sheet.objects)])


def objects(book: Book) -> list[tuple]:
    return [(thing.kind, thing.text, thing.state) for sheet in book.sheets for thing in sheet.objects]


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def complex_field(instruction: str, result: str | None = None) -> str:
    shown = "" if result is None else f"<w:r><w:fldChar w:fldCharType='separate'/></w:r>{result}"
    return (
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r>"
        f"<w:r><w:instrText xml:space='preserve'>{instruction}</w:instrText></w:r>{shown}"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
    )


def floating(text: str, down: int = 0) -> str:
    return (
        "<w:r><w:drawing><wp:anchor><wp:positionV relativeFrom='paragraph'>"
        f"<wp:posOffset>{down}</wp:posOffset></wp:positionV><a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent>"
        f"<w:p>{run(text)}</w:p></w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r>"
    )


@pytest.fixture
def word(tmp_path):
    """The book of a document of one paragraph."""

    def read(inside: str) -> Book:
        document = docx.Document()
        document._body._element.insert(0, parse_xml(f"<w:p {NAMESPACES}>{inside}</w:p>"))
        document.save(tmp_path / "made.docx")
        return read_cells(tmp_path / "made.docx")

    return read


IN_PLACE = {
    "an enclosed character": (complex_field(r" eq \o\ac(□,√) ") + run("是 □否"), "☑是 □否"),
    "a word with a circle around it": (complex_field(r" eq \o\ac(○,是) ") + run(" 否"), "☑是 否"),
    "a note's sign set high": (run("1200") + run("1", "<w:vertAlign w:val='superscript'/>"), "1200¹"),
    "a framed tick": (complex_field(r"EQ \x(√)") + run("是"), "☑是"),
    "a button": (complex_field(" MACROBUTTON Tick ☑ ") + run("是"), "☑是"),
    "a symbol": (complex_field(r' SYMBOL 168 \f "Wingdings" ') + run("否"), "□否"),
    "a simple field": (f"<w:fldSimple w:instr='MERGEFIELD a'>{run('12')}</w:fldSimple>" + run("个"), "12个"),
    "a result, its instruction with a field in it": (
        complex_field(
            " = </w:instrText></w:r>" + complex_field("MERGEFIELD x", run("1")) + "<w:r><w:instrText> + 1 ", run("2")
        ),
        "2",
    ),
    "text that is not hidden after all": (run("9", "<w:vanish w:val='0'/>"), "9"),
    "a box with a number over the one blank": (run("培训____人次") + floating("1200"), "培训 1200 人次"),
}


@pytest.mark.parametrize("inside, shown", IN_PLACE.values(), ids=IN_PLACE)
def test_what_a_paragraph_shows_stands_in_its_place(word, inside, shown):
    book = word(inside)
    assert (book.sheets[-1].cells[0].value, objects(book)) == (shown, [])


BESIDE = {
    "a tick in a floating box": (run("责任制：□是 □否") + floating("√"), ("text_box", "√", True)),
    "a number in a box over another line": (run("甲____乙") + floating("12", 2_000_000), ("text_box", "12", None)),
    "a number in a box, two blanks": (run("甲____乙____") + floating("12"), ("text_box", "12", None)),
    "hidden": (run("9", "<w:vanish/>") + run("8"), ("hidden", "9", None)),
    "deleted": (f"<w:del>{run('7')}</w:del><w:ins>{run('6')}</w:ins>", ("deleted", "7", None)),
    "moved away": (f"<w:moveFrom>{run('7')}</w:moveFrom><w:moveTo>{run('6')}</w:moveTo>", ("deleted", "7", None)),
    "crossed out": (run("旧数12", "<w:strike/>") + run("13"), ("struck", "旧数12", None)),
    **{
        f"a choice with {how}": (run("责任制：□") + run("是", how) + run(" □否。"), ("emphasis", "是", None))
        for how in (
            "<w:b/>",
            "<w:u w:val='single'/>",
            "<w:highlight w:val='yellow'/>",
            "<w:shd w:val='clear' w:fill='FFFF00'/>",
        )
    },
    "a formula without a result": (run("培训") + complex_field(" =600*2 "), ("field", "=600*2", None)),
    "a picture": (
        run("是") + "<w:r><w:pict><v:shape><v:imagedata r:id='rId1'/></v:shape></w:pict></w:r>",
        ("picture", "", None),
    ),
}


@pytest.mark.parametrize("inside, kept", BESIDE.values(), ids=BESIDE)
def test_what_has_no_place_among_the_words_is_kept_beside_them(word, inside, kept):
    book = word(inside)
    assert objects(book) == [kept]
    [thing] = book.sheets[-1].objects
    assert thing.beside == book.sheets[-1].cells[0].value


def test_a_document_whose_form_is_an_inserted_file_says_so(tmp_path):
    document = docx.Document()
    document.element.body.insert(0, parse_xml(f"<w:altChunk {NAMESPACES} r:id='rId99'/>"))
    document.save(tmp_path / "a.docx")
    with pytest.raises(Unreadable, match="插入的外部文件"):
        read_cells(tmp_path / "a.docx")


@pytest.mark.parametrize("ending", [".xlsx", ".xls", ".ods"])
def test_what_is_set_high_crossed_out_or_emphasised_within_a_cell_is_told_apart(tmp_path, ending):
    path = tmp_path / ("made" + ending)
    if ending == ".xls":
        book = xlwt.Workbook()
        high, line = xlwt.easyfont("escapement superscript"), xlwt.easyfont("struck_out on")
        book.add_sheet("表").write_rich_text(0, 0, ["1200", ("1", high)])
        book.get_sheet(0).write_rich_text(1, 0, [("900", line), "1300"])
        book.get_sheet(0).write_rich_text(2, 0, ["□", ("是", xlwt.easyfont("color_index red")), " □否"])
        book.save(str(path))
    elif ending == ".xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet, plain = book.add_worksheet(), book.add_format()
            sheet.write_rich_string(0, 0, plain, "1200", book.add_format({"font_script": 1}), "1")
            sheet.write_rich_string(1, 0, book.add_format({"font_strikeout": True}), "900", plain, "1300")
            sheet.write_rich_string(2, 0, plain, "□", book.add_format({"font_color": "red"}), "是", plain, " □否")
    else:
        book = OpenDocumentSpreadsheet()
        for name, how in (
            ("high", {"textposition": "super 58%"}),
            ("line", {"textlinethroughstyle": "solid"}),
            ("red", {"color": "#ff0000"}),
        ):
            style = Style(name=name, family="text")
            style.addElement(TextProperties(**how))
            book.automaticstyles.addElement(style)
        table = Table(name="表")
        for pieces in (
            (("", "1200"), ("high", "1")),
            (("line", "900"), ("", "1300")),
            (("", "□"), ("red", "是"), ("", " □否")),
        ):
            row, cell, line = TableRow(), TableCell(valuetype="string"), P()
            for style, text in pieces:
                line.addElement(Span(stylename=style, text=text) if style else Span(text=text))
            cell.addElement(line)
            row.addElement(cell)
            table.addElement(row)
        book.spreadsheet.addElement(table)
        book.save(str(path))
    [sheet] = read_cells(path).sheets
    assert [cell.value for cell in sheet.cells] == ["1200¹", "1300", "□是 □否"]
    assert [(thing.kind, thing.text) for thing in sheet.objects] == [("struck", "900"), ("emphasis", "是")]


def test_what_lies_on_a_worksheet(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("表")
        sheet.write("A1", "培训")
        sheet.insert_textbox("B1", "1200人次", {"width": 60, "height": 18, "x_offset": 2, "y_offset": 1})
        sheet.insert_textbox("A1", "300", {"width": 60, "height": 18, "x_offset": 2, "y_offset": 1})
        sheet.insert_textbox("D9", MARK)
        sheet.write_comment("A1", "请核对")
        sheet.set_header("&C内部资料")
        sheet.set_footer("&C第 &P 页")
        book.add_worksheet("旧").hide()
        book.add_worksheet("更旧").very_hidden()
    book = read_cells(path)
    assert {(cell.row, cell.column): cell.value for cell in book.sheets[0].cells} == {
        (0, 0): "培训",
        (0, 1): "1200人次",
    }
    assert sorted(objects(book)) == sorted(
        [("text_box", "300", None), ("text_box", MARK, None), ("comment", "请核对", None), ("header", "内部资料", None)]
    )
    assert [sheet.state for sheet in book.sheets] == ["visible", "hidden", "very_hidden"]


def test_boxes_drawn_over_an_empty_cell_are_its_text(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write("A1", "责任制")
        sheet.insert_button("B1", {"caption": "是", "width": 30, "height": 18})
        sheet.insert_button("B1", {"caption": "否", "width": 30, "height": 18, "x_offset": 32})
    data = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(data, "w") as new:
        for name in old.namelist():
            part = old.read(name).replace(b'ObjectType="Button"', b'ObjectType="Checkbox"')
            new.writestr(name, re.sub(rb"</x:ClientData>", b"<x:Checked>1</x:Checked></x:ClientData>", part, count=1))
    path.write_bytes(data.getvalue())
    cells = {(cell.row, cell.column): cell.value for cell in read_cells(path).sheets[0].cells}
    assert cells == {(0, 0): "责任制", (0, 1): "☑是 □否"}


@pytest.mark.parametrize("ending", ["ods", "xls"])
def test_what_lies_on_a_sheet_of_another_format(ending):
    """Text boxes and check boxes over empty cells, one of them merged; a box over a filled cell; a comment."""
    book = read_cells(SUBMISSIONS / f"drawn_by_libreoffice.{ending}")
    cells = {(cell.row, cell.column): cell.value for cell in book.sheets[0].cells}
    assert cells == {
        **{(0, 0): "培训", (1, 0): "责任制", (2, 0): "旧数"},
        **{(0, 1): "1200人次", (1, 1): "☑是 □否", (2, 1): "300"},
    }
    assert sorted(objects(book)) == [("comment", "请核对", None), ("text_box", "另有甲", None)]


@pytest.mark.parametrize("stored, readable", [(b"<v>0</v>", False), (b"<v>12</v>", True), (b"", False)])
def test_a_formula_that_nobody_has_calculated_has_no_result(tmp_path, stored, readable):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_formula("A1", "=SUM(B1:B9)")
    data = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(data, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v>0</v>", stored))
    path.write_bytes(data.getvalue())
    [cell] = read_cells(path).sheets[0].cells
    assert (cell.value, cell.error) == ((12, False) if readable else ("=SUM(B1:B9)", True))


def test_a_workbook_with_sixty_thousand_styles_is_read(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_number("A1", 150, book.add_format({"num_format": '0"万件"'}))
    style = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyFont="1"><alignment wrapText="1"/></xf>'
    data = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</cellXfs>", style * 64_000 + b"</cellXfs>"))
    path.write_bytes(data.getvalue())
    [cell] = read_cells(path).sheets[0].cells
    assert (cell.value, cell.unit) == (150, "万件")


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clean") / "form.xlsx"
    write_template(path, 2025)
    return path


def test_a_clean_form_has_no_objects(template):
    for path in (template, *SUBMISSIONS.glob("resaved_by_libreoffice.*")):
        assert objects(read_cells(path)) == []


text = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8).map(
    lambda tail: MARK + tail
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(said=text, row=st.integers(1, 60), column=st.integers(1, 12), way=st.sampled_from(["cell", "comment"]))
def test_nothing_put_anywhere_in_a_workbook_is_lost(template, tmp_path, said, row, column, way):
    book = openpyxl.load_workbook(template)
    cell = book.worksheets[0].cell(row, column)
    if way == "cell" and type(cell).__name__ != "MergedCell":
        cell.value = f" {said}"
    else:
        book.worksheets[0].cell(1, 1).comment = Comment(said, "")
    book.save(tmp_path / "a.xlsx")
    assert said in all_text(read_cells(tmp_path / "a.xlsx"))


WAYS = {
    "a run": run,
    "a field's result": lambda said: complex_field("MERGEFIELD x", run(said)),
    "a button": lambda said: complex_field(f" MACROBUTTON x {said} "),
    "a box": floating,
    "inserted text": lambda said: f"<w:ins>{run(said)}</w:ins>",
    "a link": lambda said: f"<w:hyperlink>{run(said)}</w:hyperlink>",
    "a content control": lambda said: f"<w:sdt><w:sdtContent>{run(said)}</w:sdtContent></w:sdt>",
    "crossed out": lambda said: run(said, "<w:strike/>"),
}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(said=text.filter(lambda said: not set(said) & set("<&'\"")), way=st.sampled_from(sorted(WAYS)))
def test_nothing_put_anywhere_in_a_document_is_lost(word, said, way):
    assert said in all_text(word(run("甲") + WAYS[way](said) + run("乙")))
