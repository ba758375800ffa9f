"""Word documents: tables, ticks and text, however Word, WPS and LibreOffice wrap them."""

import zipfile
from pathlib import Path

import mixed_document
import pytest

from ecanalysis.reading.cells import Unreadable, address, read_cells

SUBMISSIONS = Path(__file__).parent / "submissions"
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


def read(path: Path) -> dict[str, dict]:
    return {
        sheet.name: {address(cell.row, cell.column): (cell.value, cell.rows, cell.columns) for cell in sheet.cells}
        for sheet in read_cells(path).sheets
    }


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("plain") / "plain.docx"
    mixed_document.write(path)
    return path


@pytest.fixture
def document(plain, tmp_path):
    """A real document with the body replaced."""

    def made(body: str) -> Path:
        path = tmp_path / "made.docx"
        with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                own = f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>"
                new.writestr(name, own if name == "word/document.xml" else old.read(name))
        return path

    return made


def test_as_python_docx_writes_it(plain):
    book = read_cells(plain)
    assert book.format == "docx"
    assert read(plain) == mixed_document.READ


def test_as_libreoffice_saves_it():
    assert read(SUBMISSIONS / "resaved_by_libreoffice.docx") == mixed_document.READ


def r(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def control(inside: str, content: str) -> str:
    return f"<w:sdt><w:sdtPr>{inside}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def box(state: str) -> str:
    return f'<w14:checkbox>{state}<w14:checkedState w14:val="2612" w14:font="MS Gothic"/></w14:checkbox>'


def legacy(inside: str) -> str:
    field = f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{inside}</w:ffData></w:fldChar></w:r>'
    return field + '<w:r><w:instrText> FORM </w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'


def fonts(font: str) -> str:
    return f'<w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:hint="eastAsia"/></w:rPr>'


CHECKED, UNCHECKED = '<w14:checked w14:val="1"/>', '<w14:checked w14:val="0"/>'
# What stands in a paragraph, and the text it shows.
INLINE = {
    "runs split anywhere": (
        r("1.专") + r("项") + '<w:bookmarkStart w:id="0"/><w:proofErr w:type="x"/>' + r("政策"),
        "1.专项政策",
    ),
    "tabs and breaks": (
        "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:cr/></w:r>",
        "a\tb\nc-\n",
    ),
    "tab stops are no tabs": ('<w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs></w:pPr>' + r("a"), "a"),
    "deleted and inserted": (
        r("12") + "<w:del><w:r><w:delText>9</w:delText></w:r></w:del><w:ins>" + r("3") + "</w:ins>",
        "123",
    ),
    "moved": ("<w:moveFrom>" + r("旧") + "</w:moveFrom><w:moveTo>" + r("新") + "</w:moveTo>", "新"),
    "links": (
        '<w:hyperlink w:anchor="a">' + r("a@b") + "</w:hyperlink><w:smartTag>" + r("杭州") + "</w:smartTag>",
        "a@b杭州",
    ),
    "fields": (
        '<w:fldSimple w:instr=" DATE ">' + r("2025") + "</w:fldSimple><w:r><w:instrText>DATE</w:instrText></w:r>",
        "2025",
    ),
    "phonetic guides": (
        "<w:ruby><w:rt>" + r("hang") + "</w:rt><w:rubyBase>" + r("杭") + "</w:rubyBase></w:ruby>",
        "杭",
    ),
    "Wingdings symbols": (
        "".join(f'<w:r><w:sym w:font="Wingdings" w:char="F0{code}"/></w:r>' for code in ("FE", "FD", "FC", "A8", "6F")),
        "\uf0fe\uf0fd✓□□",
    ),
    "Wingdings 2 symbols": (
        "".join(f'<w:r><w:sym w:font="Wingdings 2" w:char="F0{code}"/></w:r>' for code in ("52", "50", "A3")),
        "\uf052✓□",
    ),
    "other symbols": (
        '<w:r><w:sym w:font="Symbol" w:char="F0D6"/><w:sym w:font="X" w:char="2611"/>'
        '<w:sym w:char="zz"/><w:sym w:char="D83D"/></w:r>',
        "√☑",
    ),
    "letters in a symbol font": (
        f"<w:r>{fonts('Wingdings 2')}<w:t>R</w:t></w:r>是<w:r>{fonts('Wingdings')}<w:t>¨</w:t></w:r>" + r("否R"),
        "\uf052□否R",
    ),
    "checked": (control(box(CHECKED), r("☒")) + r("是"), "☑是"),
    "unchecked": (control(box(UNCHECKED), r("☐")) + r("否"), "☐否"),
    "never checked": (control(box(""), r("☐")) + r("否"), "☐否"),
    "state and glyph disagree": (control(box(CHECKED), r("□")) + r("是"), "☑是"),
    "a Wingdings glyph": (control(box(CHECKED), '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'), "☑"),
    "words in the check box": (control(box(CHECKED), r("☒是")), "☑是"),
    "no glyph": (control(box(CHECKED), ""), "☑"),
    "prompts": (r("培训") + control("<w:showingPlcHdr/>", r("单击此处输入文字。")) + r("人次"), "培训人次"),
    "filled controls": (r("培训") + control("<w:text/>", r("1200")) + r("人次"), "培训1200人次"),
    "legacy box, checked": (legacy('<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>') + r("是"), "☑是"),
    "legacy box, unchecked": (legacy('<w:checkBox><w:default w:val="1"/><w:checked w:val="0"/></w:checkBox>'), "☐"),
    "legacy box, by default": (legacy('<w:checkBox><w:default w:val="1"/></w:checkBox>'), "☑"),
    "legacy list": (
        legacy('<w:ddList><w:result w:val="1"/><w:listEntry w:val="甲"/><w:listEntry w:val="乙"/></w:ddList>'),
        "乙",
    ),
}


@pytest.mark.parametrize("inside, text", INLINE.values(), ids=INLINE)
def test_a_paragraph(document, inside, text):
    expected = {"A1": (text.strip("\n"), 1, 1)}
    assert read(document(f"<w:tbl><w:tr><w:tc><w:p>{inside}</w:p></w:tc></w:tr></w:tbl>"))["表格1"] == expected


def p(text: str) -> str:
    return f"<w:p>{r(text)}</w:p>"


def tc(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"


def tr(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


DOWN, ON, WIDE = '<w:vMerge w:val="restart"/>', "<w:vMerge/>", '<w:gridSpan w:val="2"/>'
# The rows of a table, and what is read.
TABLES = {
    "merged aside": (
        tr(tc("a", WIDE), tc("b")) + tr(tc("c"), tc("d"), tc("e")),
        {"A1": ("a", 1, 2), "C1": ("b", 1, 1), "A2": ("c", 1, 1), "B2": ("d", 1, 1), "C2": ("e", 1, 1)},
    ),
    "merged down": (
        tr(tc("a", DOWN), tc("b")) + tr(tc("", ON), tc("c")) + tr(tc("", ON), tc("")) + tr(tc("d"), tc("e")),
        {"A1": ("a", 3, 1), "B1": ("b", 1, 1), "B2": ("c", 1, 1), "A4": ("d", 1, 1), "B4": ("e", 1, 1)},
    ),
    "merged both ways": (
        tr(tc("a", WIDE + DOWN), tc("b")) + tr(tc("", WIDE + ON), tc("c")),
        {"A1": ("a", 2, 2), "C1": ("b", 1, 1), "C2": ("c", 1, 1)},
    ),
    "one merge after another": (
        tr(tc("a", DOWN)) + tr(tc("", ON)) + tr(tc("b", DOWN)) + tr(tc("", '<w:vMerge w:val="continue"/>')),
        {"A1": ("a", 2, 1), "A3": ("b", 2, 1)},
    ),
    "a merge with nothing above": (tr(tc("a", ON)) + tr(tc("b")), {"A1": ("a", 1, 1), "A2": ("b", 1, 1)}),
    "merged the old way": (
        tr(tc("a", '<w:hMerge w:val="restart"/>'), tc("", "<w:hMerge/>"), tc("b")),
        {"A1": ("a", 1, 2), "C1": ("b", 1, 1)},
    ),
    "indented row": (tr(tc("a"), properties='<w:gridBefore w:val="2"/>'), {"C1": ("a", 1, 1)}),
    "deleted row": (
        tr(tc("a")) + tr(tc("旧"), properties="<w:del/>") + tr(tc("b")),
        {"A1": ("a", 1, 1), "A2": ("b", 1, 1)},
    ),
    "rows and cells in controls": (
        control("", tr(control(box(CHECKED), tc("☒")), tc("b")))
        + tr(control("<w:showingPlcHdr/>", tc("请选择")), tc("d")),
        {"A1": ("☑", 1, 1), "B1": ("b", 1, 1), "B2": ("d", 1, 1)},
    ),
    "several paragraphs": (tr(f"<w:tc>{p('1.甲')}{p('')}{p('2.乙')}{p('')}</w:tc>"), {"A1": ("1.甲\n\n2.乙", 1, 1)}),
    "an absurd span": (tr(tc("a", '<w:gridSpan w:val="999999999"/>')), {"A1": ("a", 1, 1000)}),
}


@pytest.mark.parametrize("rows, cells", TABLES.values(), ids=TABLES)
def test_a_table(document, rows, cells):
    assert read(document(f"<w:tbl><w:tblPr/>{rows}</w:tbl>"))["表格1"] == cells


def test_text_boxes_and_what_older_programs_see(document):
    frame = f"<w:txbxContent>{p('框内')}<w:tbl>{tr(tc('框内表'))}</w:tbl></w:txbxContent>"
    both = (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{frame}</wps:txbx></w:drawing>'
        "</mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{frame}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert read(document(f"{p('前')}<w:p>{r('锚')}{both}</w:p>{p('后')}")) == {
        "表格1": {"A1": ("框内表", 1, 1)},
        "正文": {"A1": ("前", 1, 1), "A2": ("锚", 1, 1), "A3": ("框内", 1, 1), "A4": ("后", 1, 1)},
    }


def test_tables_in_tables_are_numbered_as_they_begin(document):
    inner = f"<w:tc>{p('外一')}<w:tbl>{tr(tc('内'))}</w:tbl><w:p/></w:tc>"
    body = f"<w:tbl>{tr(inner)}</w:tbl><w:tbl>{tr(tc('外二'))}</w:tbl>"
    assert {name: cells.get("A1", ("",))[0] for name, cells in read(document(body)).items()} == {
        "表格1": "外一",
        "表格2": "内",
        "表格3": "外二",
        "正文": "",
    }


def test_too_many_tables(document):
    with pytest.raises(Unreadable, match="表格超过 256 个"):
        read_cells(document(f"<w:tbl>{tr(tc('a'))}</w:tbl>" * 257))
