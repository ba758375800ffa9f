"""The .xlsx reader against the table of cells that was written, and against openpyxl, on real workbooks."""

import re
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path

import mixed_cells
import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font
from openpyxl.worksheet.formula import ArrayFormula

from ecanalysis.reading.cells import Cell, Unreadable, address, merged, read_cells

SUBMISSIONS = Path(__file__).parent / "submissions"
SAMPLES = sorted(Path(__file__).parent.parent.glob("data/*/submissions/**/*.xlsx"))


def by_address(sheet) -> dict[str, Cell]:
    return {address(cell.row, cell.column): cell for cell in sheet.cells}


def values(path: Path) -> dict[str, object]:
    return {at: cell.value for at, cell in by_address(read_cells(path).sheets[0]).items()}


def by_openpyxl(path: Path) -> dict[str, list[Cell]]:
    """What openpyxl reads, in our terms."""
    book, formulas = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    sheets = {}
    for sheet in book.worksheets:
        spans = {area.coord.split(":")[0]: area for area in sheet.merged_cells.ranges}
        cells = []
        for entry in (entry for row in sheet.iter_rows() for entry in row):
            value, error = entry.value, entry.data_type == "e"
            if value is None and formulas[sheet.title][entry.coordinate].data_type == "f":
                formula = formulas[sheet.title][entry.coordinate].value
                value, error = formula.text if isinstance(formula, ArrayFormula) else formula, True
            if value is None or value == "":
                continue
            if isinstance(value, time):
                value = datetime.combine(datetime(1899, 12, 30), value)
            if isinstance(value, timedelta):
                value = datetime(1899, 12, 30) + value
            if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
                value = int(value)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            percent = number and "%" in re.sub(r'"[^"]*"|\\.', "", entry.number_format)
            span = spans.get(entry.coordinate)
            rows, columns = (span.size["rows"], span.size["columns"]) if span else (1, 1)
            cells.append(Cell(entry.row - 1, entry.column - 1, value, percent, rows, columns, error))
        sheets[sheet.title] = cells
    return sheets


def typed(sheets: dict[str, list[Cell]]) -> dict[str, list]:
    """True == 1 == 1.0 in Python; not here."""
    return {name: [(type(cell.value), *cell[:7]) for cell in cells] for name, cells in sheets.items()}


def assert_as_openpyxl(path: Path) -> None:
    ours = {sheet.name: sheet.cells for sheet in read_cells(path).sheets}
    assert typed(ours) == typed(by_openpyxl(path))


@pytest.fixture
def mixed(tmp_path) -> Path:
    mixed_cells.write(tmp_path / "mixed.xlsx")
    return tmp_path / "mixed.xlsx"


def test_every_kind_of_cell(mixed):
    book = read_cells(mixed)
    assert book.format == "xlsx"
    assert {sheet.name: {at: cell[2:7] for at, cell in by_address(sheet).items()} for sheet in book.sheets} == (
        mixed_cells.SHEETS
    )
    assert typed({"": book.sheets[0].cells}) == typed({"": sorted(book.sheets[0].cells, key=lambda cell: cell[:2])})


def test_as_openpyxl_on_xlsxwriter(mixed):
    assert_as_openpyxl(mixed)


def test_as_openpyxl_on_libreoffice():
    assert_as_openpyxl(SUBMISSIONS / "resaved_by_libreoffice.xlsx")


def test_as_openpyxl_on_its_own(mixed, tmp_path):
    """openpyxl writes inline strings where it is told to, and formulas without results."""
    book = openpyxl.load_workbook(mixed)
    book.save(tmp_path / "resaved.xlsx")
    assert_as_openpyxl(tmp_path / "resaved.xlsx")
    cell = by_address(read_cells(tmp_path / "resaved.xlsx").sheets[0])["E7"]
    assert (cell.value, cell.error) == ("=1+2", True)

    streamed = openpyxl.Workbook(write_only=True)
    sheet = streamed.create_sheet("流式")
    sheet.append(["基地名称", None, 12.5, True, datetime(2025, 1, 2)])
    sheet.append([None, "=A1", ""])
    streamed.save(tmp_path / "streamed.xlsx")
    assert_as_openpyxl(tmp_path / "streamed.xlsx")


@pytest.mark.parametrize("path", SAMPLES[:: max(1, len(SAMPLES) // 12)], ids=lambda path: path.name)
def test_as_openpyxl_on_the_sample(path):
    assert_as_openpyxl(path)


NUMBERS = st.one_of(st.integers(-(10**14), 10**14), st.floats(-1e15, 1e15, allow_subnormal=False))
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))
WORDS = TEXTS.filter(lambda text: not re.search(r"_x|^=|^{=|^#", text) and text.strip())
FORMATS = ["General", "0%", "0.00%", '0.0"%"', "#,##0.00", r"0.0\%", "0.0%;[Red]-0.0%", "@", "[Blue]0.00"]
PLACES = st.tuples(st.integers(0, 60), st.integers(0, 30))


@settings(max_examples=25)
@given(st.dictionaries(PLACES, st.tuples(st.one_of(NUMBERS, WORDS, st.booleans()), st.sampled_from(FORMATS))))
def test_random_workbooks_as_openpyxl(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("random") / "random.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet("表")
        for (row, column), (value, code) in content.items():
            style = book.add_format({"num_format": code})
            write = sheet.write_string if isinstance(value, str) else sheet.write
            write(row, column, value, style)
    assert_as_openpyxl(path)
    kept = {(cell.row, cell.column): cell.value for cell in read_cells(path).sheets[0].cells}
    assert kept.keys() == content.keys()
    assert all(kept[place] == content[place][0] or not isinstance(kept[place], str) for place in kept)


# One sheet written by hand: what is in `sheetData`, and what is read.
SHEETS = {
    "no addresses": (
        "<row><c><v>1</v></c><c/><c><v>3</v></c></row><row/><row><c><v>5</v></c></row>",
        {"A1": 1, "C1": 3, "A3": 5},
    ),
    "addresses here and there": (
        '<row r="4"><c r="C4"><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>',
        {"C4": 1, "D4": 2, "A5": 3},
    ),
    "out of order": (
        '<row r="9"><c r="B9"><v>2</v></c><c r="A9"><v>1</v></c></row><row r="2"><c r="A2"><v>0</v></c></row>',
        {"A2": 0, "A9": 1, "B9": 2},
    ),
    "inline rich text": (
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>基地</t></r><r><t xml:space="x"> 名</t></r></is></c></row>',
        {"A1": "基地 名"},
    ),
    "escaped characters": (
        '<row r="1"><c r="A1" t="str"><v>a_x000D_b_x005F_c</v></c><c r="B1" t="str"><v>_xD83D__xDE00_</v></c></row>',
        {"A1": "a\rb_c", "B1": "😀"},
    ),
    "boundless": (
        '<row r="1"><c r="A1"><v>1e999</v></c><c r="B1"><v>NaN</v></c><c r="C1"><v>1_0</v></c></row>',
        {"A1": "1e999", "B1": "NaN", "C1": "1_0"},
    ),
    "dates as text": (
        '<row r="1"><c r="A1" t="d"><v>2025-12-31</v></c><c r="B1" t="d"><v>年底</v></c></row>',
        {"A1": datetime(2025, 12, 31), "B1": "年底"},
    ),
    "empty results": ('<row r="1"><c r="A1" t="str"><f>B1</f><v></v></c><c r="B1" t="s"><v/></c><c r="C1"/></row>', {}),
    "blank cells with an address, filled ones without": (
        '<row r="1"><c r="B1" s="0"/><c><v>1</v></c></row><row r="5"/><row><c r="C6"/><c t="n"><v>2</v></c></row>',
        {"C1": 1, "D6": 2},
    ),
    "the last cell there is": ('<row r="1048576"><c r="XFD1048576"><v>7</v></c></row>', {"XFD1048576": 7}),
    "a merged area upside down": (
        '<row><c><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="B2:A1"/></mergeCells><sheetData>',
        {"A1": 1},
    ),
    "a string that is not there": (
        '<row r="1"><c r="A1" t="s"><v>99</v></c><c r="B1" t="s"><v>-1</v></c></row>',
        {"A1": "#99", "B1": "#-1"},
    ),
}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def with_part(source: Path, target: Path, **parts: str | bytes) -> Path:
    """`source` with some parts (`sheet1`, `sharedStrings`, …) replaced."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(Path(name).stem, old.read(name)))
    return target


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("plain") / "plain.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("报告表").write("A1", "基地名称")
    return path


@pytest.mark.parametrize("inside, read", SHEETS.values(), ids=SHEETS)
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_sheets_of_other_writers(plain, tmp_path, inside, read, prefix):
    inside = re.sub(r"<(/?)(\w)", rf"<\1{prefix}\2", f"<worksheet><sheetData>{inside}</sheetData></worksheet>")
    sheet = inside.replace("worksheet>", f'worksheet xmlns{":x" if prefix else ""}="{MAIN}">', 1)
    path = with_part(plain, tmp_path / "made.xlsx", sheet1=sheet)
    assert values(path) == read
    assert list(values(path)) == list(read)


def test_cells_taken_out_before_parsing_are_those_of_the_whole_sheet(mixed, tmp_path):
    """With a comment in it, a sheet is parsed whole."""
    for number, path in enumerate((mixed, *SAMPLES[:: max(1, len(SAMPLES) // 4)])):
        with zipfile.ZipFile(path) as book:
            whole = book.read("xl/worksheets/sheet1.xml").replace(b"<sheetData>", b"<sheetData><!-- whole -->")
        assert b"<!-- whole -->" in whole
        assert read_cells(path) == read_cells(with_part(path, tmp_path / f"{number}.xlsx", sheet1=whole))


def test_strings_taken_without_the_parser_are_those_of_the_whole_part(mixed, tmp_path):
    """With a comment in it, the part is parsed whole; one that is broken off is damaged either way."""
    for number, path in enumerate((mixed, *SAMPLES[:: max(1, len(SAMPLES) // 4)])):
        with zipfile.ZipFile(path) as book:
            strings = book.read("xl/sharedStrings.xml")
        whole = strings.replace(b"</sst>", b"<!-- whole --></sst>")
        assert whole != strings
        assert read_cells(path) == read_cells(with_part(path, tmp_path / f"{number}.xlsx", sharedStrings=whole))
    for broken in (strings.removesuffix(b"</sst>"), strings.replace(b"<t>", b"<t>\x01", 1)):
        with pytest.raises(Unreadable, match="不是有效的 XML"):
            read_cells(with_part(path, tmp_path / "broken.xlsx", sharedStrings=broken))


@pytest.mark.parametrize(
    "item", ['<t>{}</t><phoneticPr fontId="1"/>', '<t xml:space="preserve">{}</t>', "<t>{}</t><x/>"]
)
@pytest.mark.parametrize("text", ["杭州", " 甲\n乙 ", "_x0041_", "甲&amp;乙", "甲&#10;乙"])
def test_shared_strings_as_programs_write_them(plain, tmp_path, item, text):
    meant = {"_x0041_": "A", "甲&amp;乙": "甲&乙", "甲&#10;乙": "甲\n乙"}.get(text, text)
    strings = f'<sst xmlns="{MAIN}" count="1"><si>{item.format(text)}</si></sst>'
    assert values(with_part(plain, tmp_path / "a.xlsx", sharedStrings=strings)) == {"A1": meant}


def test_forms_of_one_template_keep_what_is_their_own(tmp_path):
    """What is left of a sheet without its cells is looked at once for all of them: no cell of one is in another."""
    for name in ("甲", "乙", "甲"):
        path = tmp_path / f"{name}.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet(f"{name}表")
            sheet.merge_range("A1:B2", f"{name}园")
            sheet.write("C1", len(name) if name == "甲" else 2.5)
        [sheet] = read_cells(path).sheets
        read = [(cell.value, cell.rows, cell.columns) for cell in sheet.cells]
        assert (sheet.name, read) == (f"{name}表", [(f"{name}园", 2, 2), (1 if name == "甲" else 2.5, 1, 1)])


def test_areas_that_overlap():
    """A cell within another's area is not seen, whichever is named first; of two at one place the last counts."""
    areas = [(0, 0, 1, 1), (1, 1, 2, 2), (3, 0, 3, 1), (3, 0, 4, 0), (9, 9, 8, 9)]
    cells = {row << 14 | column: Cell(row, column, row * 10 + column) for row in range(6) for column in range(3)}
    for listed in (areas, [areas[1], areas[0], *areas[2:]], [*areas, (100, 0, 400, 0)]):  # small ones, and a long one
        left = [(cell.value, cell.rows, cell.columns) for cell in merged(dict(cells), listed, "表")]
        assert left[:4] == [(0, 2, 2), (2, 1, 1), (20, 1, 1), (30, 2, 1)]
        assert [value for value, *_ in left[3:]] == [30, 32, 41, 42, 50, 51, 52]
        assert (12, 1, 1) not in left


def test_text_that_looks_like_a_cell(plain, tmp_path):
    cell = '<c r="A1" t="inlineStr"><is><t><![CDATA[<c r="A1"/>基地]]></t></is></c>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">{cell}</row></sheetData></worksheet>'
    assert values(with_part(plain, tmp_path / "a.xlsx", sheet1=sheet)) == {"A1": '<c r="A1"/>基地'}


def test_the_strict_variant_of_the_format(mixed, tmp_path):
    """Excel can save a workbook whose names all begin with purl.oclc.org instead of schemas.openxmlformats.org."""
    strict = tmp_path / "strict.xlsx"
    with zipfile.ZipFile(mixed) as old, zipfile.ZipFile(strict, "w") as new:
        for name in old.namelist():
            content = old.read(name).replace(b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/")
            new.writestr(name, content.replace(b"/spreadsheetml/2006/main", b"/spreadsheetml/main"))
    assert read_cells(strict) == read_cells(mixed)


def test_phonetic_guides_are_no_text(plain, tmp_path):
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>杭州</t><rPh sb="0" eb="2"><t>hang</t></rPh><phoneticPr fontId="1"/></si></sst>'
    )
    assert values(with_part(plain, tmp_path / "a.xlsx", sharedStrings=strings)) == {"A1": "杭州"}


def test_parts_in_utf_16(plain, tmp_path):
    strings = f'<?xml version="1.0" encoding="UTF-16"?><sst xmlns="{MAIN}"><si><t>杭州</t></si></sst>'
    assert values(with_part(plain, tmp_path / "a.xlsx", sharedStrings=strings.encode("utf-16"))) == {"A1": "杭州"}


def test_ticks_in_symbol_fonts(tmp_path):
    """In Wingdings 2 an R is a ticked box and a £ an empty one."""
    path = tmp_path / "ticks.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        symbols = book.add_format({"font_name": "Wingdings 2"})
        plain = book.add_format({"font_name": "宋体"})
        sheet.write_rich_string("A1", symbols, "R", plain, "是 ", symbols, "£", plain, "否")
        sheet.write("A2", "R", symbols)
        sheet.write("A3", "R", plain)
        sheet.write("A4", 12, symbols)
    assert values(path) == {"A1": "\uf052是 □否", "A2": "\uf052", "A3": "R", "A4": 12}


def test_dates_since_1904_and_old_dates(tmp_path):
    path = tmp_path / "dates.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_datetime("A1", datetime(2025, 12, 31), book.add_format({"num_format": "yyyy-mm-dd"}))
    assert values(path) == {"A1": datetime(2025, 12, 31)}
    assert_as_openpyxl(path)
    book = openpyxl.Workbook()
    for row, serial in enumerate((1, 59, 61, 0.5, 45658.25, -1, 3e6), start=1):
        book.active.cell(row, 1, serial).number_format = "yyyy-mm-dd"
    book.save(path)
    assert list(values(path).values()) == [
        datetime(1900, 1, 1),
        datetime(1900, 2, 28),
        datetime(1900, 3, 1),
        datetime(1899, 12, 30, 12),
        datetime(2025, 1, 1, 6),
        -1,
        3_000_000,
    ]


def test_what_a_merged_area_covers_is_not_read(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for at in ("A1", "B1", "A2", "B2", "C1"):
        sheet[at] = at
    sheet.merge_cells("A1:B2")
    sheet.merged_cells.add("D1:E1000000")
    sheet["A1"].font = Font(bold=True)
    book.save(tmp_path / "merged.xlsx")
    cells = by_address(read_cells(tmp_path / "merged.xlsx").sheets[0])
    assert {at: (cell.rows, cell.columns) for at, cell in cells.items()} == {"A1": (2, 2), "C1": (1, 1)}


def test_macros_charts_and_links_are_passed_over(mixed, tmp_path):
    """An .xlsm is read as a workbook; nothing in it runs, nothing outside it is opened."""
    path = tmp_path / "macros.xlsm"
    with zipfile.ZipFile(mixed) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode("utf-8", "surrogateescape")
            if name == "xl/_rels/workbook.xml.rels":
                more = (
                    '<Relationship Id="rIdX" TargetMode="External" Target="file:///etc/passwd" Type="x/externalLink"/>'
                    '<Relationship Id="rIdC" Target="chartsheets/sheet1.xml" Type="x/chartsheet"/>'
                )
                content = content.replace("</Relationships>", f"{more}</Relationships>")
            if name == "xl/workbook.xml":
                content = content.replace("</sheets>", '<sheet name="图" sheetId="9" r:id="rIdC"/></sheets>')
            new.writestr(name, content.encode("utf-8", "surrogateescape"))
        new.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    assert [sheet.name for sheet in read_cells(path).sheets] == list(mixed_cells.SHEETS)
