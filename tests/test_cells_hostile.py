"""Files that are broken, hostile or something else: read, or refused with what is wrong and what to do.

Each is read in a process of its own, which may take 5 seconds and 500 MB.
"""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile

from ecanalysis.reading.cells import Unreadable, read_cells
from ecanalysis.reading.limits import Limits

resource = pytest.importorskip("resource", reason="limits on a process can be set on Unix only")
SUBMISSIONS = Path(__file__).parent / "submissions"
SAVE_AGAIN = "请另存为 .xlsx 或 .docx 后重新报送"
READER = """
import json, sys
from ecanalysis.reading.cells import Unreadable, read_cells
try:
    cells = [cell for sheet in read_cells(sys.argv[1]).sheets for cell in sheet.cells]
    print(json.dumps({"cells": len(cells), "last": str(cells[-1].value)[:20] if cells else ""}))
except Unreadable as refusal:
    print(json.dumps({"refused": str(refusal)}))
"""


def outcome(path: Path) -> dict:
    """What reading comes to, in a process that is stopped after 5 seconds of work or at 500 MB."""

    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
        resource.setrlimit(resource.RLIMIT_AS, (500 * 2**20, 500 * 2**20))

    command = [sys.executable, "-X", "utf8", "-c", READER, str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", preexec_fn=limit)
    assert (done.stderr, done.returncode) == ("", 0)
    return json.loads(done.stdout)


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FIRST_CELL = ' t="inlineStr"'
ENTITIES = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10 if at else "ha"}">' for at in range(12))


@pytest.fixture(scope="module")
def workbook(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("workbook") / "form.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("报告表").write_row("A1", ["基地名称", "示例·杭州园"])
    return path


def repacked(source: Path, target: Path, parts: dict[str, str | bytes]) -> Path:
    """`source` with some parts replaced or added."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name in {**dict.fromkeys(old.namelist()), **parts}:
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return target


def sheet(rows: str, after: str = "", before: str = "") -> dict[str, str]:
    dimension = '<dimension ref="A1:XFD1048576"/>'
    root = f'{before}<worksheet xmlns="{MAIN}">{dimension}<sheetData>{rows}</sheetData>{after}</worksheet>'
    return {"xl/worksheets/sheet1.xml": root}


def row(at: int, inside: str = "<v>1</v>", more: str = "") -> str:
    return f'<row r="{at}" spans="1:6" ht="15.75" customHeight="1"><c r="A{at}" s="0"{more}>{inside}</c></row>'


MILLION = 1_048_576
READ = {
    "a declared million-row sheet": (lambda: sheet(row(1)), 1, "1"),
    "one cell at the far end": (
        lambda: sheet(row(1) + f'<row r="{MILLION}"><c r="XFD{MILLION}"><v>7</v></c></row>'),
        2,
        "7",
    ),
    "a million formatted rows": (
        lambda: sheet(
            "".join(f'<row r="{at}" ht="15.75"><c r="A{at}" s="0"/></row>' for at in range(2, MILLION)) + row(MILLION)
        ),
        1,
        "1",
    ),
    "a cell of 100,000 characters": (
        lambda: sheet(row(1, f"<is><t>{'长' * 100_000}</t></is>", ' t="inlineStr"')),
        1,
        "长" * 20,
    ),
    "paths that climb": (
        lambda: {"../../../../etc/cron.d/x": "x", "/etc/passwd": "x", "xl/../../x": "x"},
        2,
        "示例·杭州园",
    ),
    "a million attributes": (lambda: sheet("<row " + " ".join(f'a{at}=""' for at in range(900_000)) + "/>"), 0, ""),
    "a picture of 200 MB that nobody reads": (lambda: {"xl/media/image1.png": bytes(200 * 2**20)}, 2, "示例·杭州园"),
}
REFUSED = {
    "too many filled rows": (lambda: sheet("".join(map(row, range(1, 200_000)))), "内容过多"),
    "too many characters in a cell": (
        lambda: sheet(row(1, f"<is><t>{'长' * 200_001}</t></is>", ' t="inlineStr"')),
        "“报告表”的 A1 中有 200001 个字符",
    ),
    "one long string in a hundred thousand cells": (
        lambda: (
            {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>{"长" * 199_000}</t></si></sst>'}
            | sheet("".join(row(at, "<v>0</v>", ' t="s"') for at in range(1, 50_000)))
        ),
        "文字超过 20000000 个字符",
    ),
    "a zip bomb": (lambda: sheet(" " * 2**28), "解压后超过 128 MB"),
    "a bomb of tags": (lambda: sheet("<a/>" * (5 * 2**20)), "内容过多"),
    "a bomb of names": (lambda: sheet("".join(f"<a{at}/>" for at in range(10**6))), "内容过多"),
    "an entity bomb": (lambda: sheet(row(1, "&e11;", ' t="str"'), before=f"<!DOCTYPE x [{ENTITIES}]>"), "DOCTYPE"),
    "an entity bomb in an attribute": (
        lambda: sheet('<row r="&e11;"/>', before=f"<!DOCTYPE x [{ENTITIES}]>"),
        "DOCTYPE",
    ),
    "a file from outside": (
        lambda: sheet(row(1, "&x;", ' t="str"'), before='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "DOCTYPE",
    ),
    "a DOCTYPE in the relationships": (lambda: {"_rels/.rels": "<!DOCTYPE x><Relationships/>"}, "DOCTYPE"),
    "a DOCTYPE in UTF-16": (
        lambda: {"xl/sharedStrings.xml": f'<!DOCTYPE x><sst xmlns="{MAIN}"/>'.encode("utf-16")},
        "DOCTYPE",
    ),
    "tags without end": (lambda: sheet("<a>" * 300_000), "不是有效的 XML"),
    "broken XML": (lambda: {"xl/styles.xml": "<styleSheet>"}, "xl/styles.xml”部分不是有效的 XML"),
    "a sheet that is not there": (lambda: {"xl/_rels/workbook.xml.rels": "<Relationships/>"}, "找不到工作表“报告表”"),
    "a sheet that is none": (lambda: {"xl/worksheets/sheet1.xml": f'<v xmlns="{MAIN}">1</v>'}, "不是工作表"),
    "an address that is none": (lambda: sheet('<row r="1"><c r="AAAA1"><v>1</v></c></row>'), "单元格地址“AAAA1”无效"),
    "a row beyond the last": (
        lambda: sheet('<row r="1048577"><c r="A1048577"><v>1</v></c></row>'),
        "单元格地址“A1048577”无效",
    ),
    "merged areas all over each other": (
        lambda: sheet(
            "".join(map(row, range(1, 20_000))),
            "<mergeCells>"
            + "".join(f'<mergeCell ref="B{at}:XFD{MILLION}"/>' for at in range(1, 50_000))
            + "</mergeCells>",
        ),
        "合并单元格过多",
    ),
    "too many sheets": (
        lambda: {
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}"><sheets>'
            + '<sheet name="a" sheetId="1"/>' * 257
            + "</sheets></workbook>"
        },
        "257 个工作表",
    ),
    "six thousand files": (lambda: {f"a{at}": "" for at in range(6_000)}, "超过 5000 个"),
}


@pytest.mark.parametrize("parts, count, last", READ.values(), ids=READ)
def test_strange_but_read(workbook, tmp_path, parts, count, last):
    assert outcome(repacked(workbook, tmp_path / "a.xlsx", parts())) == {"cells": count, "last": last}


@pytest.mark.parametrize("parts, reason", REFUSED.values(), ids=REFUSED)
def test_refused(workbook, tmp_path, parts, reason):
    refusal = outcome(repacked(workbook, tmp_path / "a.xlsx", parts()))["refused"]
    assert reason in refusal
    assert "重新报送" in refusal


OTHERS = {
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "图片（PNG）", "无法另存为表格"),
    "a photograph": (b"\xff\xd8\xff\xe0\0\x10JFIF", "图片（JPEG）", "无法另存为表格"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF", SAVE_AGAIN),
    "a RAR archive": (b"Rar!\x1a\x07\x01\0\x33\x92", "RAR 压缩包", SAVE_AGAIN),
    "a 7z archive": (b"7z\xbc\xaf\x27\x1c\0\4", "7z 压缩包", SAVE_AGAIN),
    "an RTF text": (b"{\\rtf1\\ansi}", "RTF", SAVE_AGAIN),
    "a web page": (b"<html><table><tr><td>1</td></tr></table></html>", "网页", "另存为 .xlsx"),
    "a program": (b"MZ\x90\0\3\0" + b"\0" * 60, "程序", SAVE_AGAIN),
    "a shortcut": (b"L\0\0\0\x01\x14\2\0" + b"\0" * 40, "快捷方式", "所指的报告表"),
    "a letter": (b"Return-Path: <a>\r\nFrom: b\r\n\r\n1", "电子邮件", "附件"),
    "noise": (bytes(range(256)) * 40, "不是可识别的", SAVE_AGAIN),
    "half a signature": (b"PK\3\4", "已损坏或不完整", "重新报送"),
    "half a compound file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "已损坏或不完整", "重新报送"),
    "an empty archive": (b"PK\5\6" + b"\0" * 18, "ZIP 压缩包", SAVE_AGAIN),
    "nothing": (b"", "0 字节", "重新报送"),
}


@pytest.mark.parametrize("content, what, advice", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("extension", [".xlsx", ".docx", ".csv"])
def test_something_else(tmp_path, content, what, advice, extension):
    path = tmp_path / f"报告表{extension}"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=what) as refusal:
        read_cells(path)
    assert advice in str(refusal.value)


@pytest.mark.parametrize("name", ["password_protected.xlsx", "password_protected.xls", "password_protected.ods"])
def test_passwords(name):
    with pytest.raises(Unreadable, match="请去掉密码"):
        read_cells(SUBMISSIONS / name)


def test_the_default_password_is_none(tmp_path, workbook):
    """保护工作簿 encrypts a file that everybody opens without a question."""
    path = tmp_path / "a.xlsx"
    with open(workbook, "rb") as plain, open(path, "wb") as locked:
        OOXMLFile(plain).encrypt("VelvetSweatshop", locked)
    assert read_cells(path) == read_cells(workbook)
    assert [cell.value for cell in read_cells(SUBMISSIONS / "default_password.xls").sheets[0].cells][2] == 1200


def test_an_old_word_document():
    with pytest.raises(Unreadable, match=f"Word 97-2003 文档（.doc）.*{SAVE_AGAIN}"):
        read_cells(SUBMISSIONS / "word_97_document.docx")


def test_a_workbook_in_an_archive(workbook, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.write(workbook, "报告表.xlsx")
    with pytest.raises(Unreadable, match=f"ZIP 压缩包.*须先解压.*{SAVE_AGAIN}"):
        read_cells(tmp_path / "a.xlsx")


def test_an_encrypted_archive(workbook, tmp_path):
    """The flag of a zip entry that says it is encrypted, set in the directory."""
    content = bytearray(workbook.read_bytes())
    at = -1
    while (at := content.find(b"PK\1\2", at + 1)) >= 0:
        content[at + 8] |= 1
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(Unreadable, match="请去掉密码"):
        read_cells(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    "source",
    [
        "resaved_by_libreoffice.xlsx",
        "resaved_by_libreoffice.xls",
        "resaved_by_libreoffice.ods",
        "resaved_by_libreoffice.docx",
    ],
)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated(tmp_path, source, share):
    """What is left of an .xls may still hold the whole workbook; nothing is read in part."""
    content = (SUBMISSIONS / source).read_bytes()
    (tmp_path / source).write_bytes(content[: int(len(content) * share)])
    try:
        assert read_cells(tmp_path / source) == read_cells(SUBMISSIONS / source)
        assert source.endswith(".xls") and share > 0.5
    except Unreadable as refusal:
        assert re.search("损坏.*重新报送", str(refusal))


def test_a_size_that_lies(workbook, tmp_path):
    """The directory says 1,000 bytes, the part inflates to 256 MB."""
    bomb = repacked(workbook, tmp_path / "a.xlsx", sheet(" " * 2**28))
    content = bytearray(bomb.read_bytes())
    at = content.rfind(b"xl/worksheets/sheet1.xml") - 46
    content[at + 24 : at + 28] = (1_000).to_bytes(4, "little")
    bomb.write_bytes(content)
    assert "解压后超过 128 MB" in outcome(bomb)["refused"]


def test_a_flipped_bit(workbook, tmp_path):
    content = bytearray(workbook.read_bytes())
    content[content.find(b"xl/worksheets/sheet1.xml") + 60] ^= 4
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(Unreadable, match=r"sheet1\.xml”部分无法解压"):
        read_cells(tmp_path / "a.xlsx")


ODS = "urn:oasis:names:tc:opendocument:xmlns:"
CELLS = {
    "a million full rows": (
        '<t:table-row t:number-rows-repeated="1048576">'
        '<t:table-cell o:value-type="float" o:value="3" t:number-columns-repeated="16384"/></t:table-row>',
        "单元格过多",
    ),
    "a billion spaces": (
        "<t:table-row><t:table-cell o:value-type='string'><x:p>a<x:s x:c='999999999'/>b</x:p>"
        "</t:table-cell></t:table-row>",
        1,
    ),
    "a million empty rows": (
        '<t:table-row t:number-rows-repeated="1048576"><t:table-cell t:number-columns-repeated="16384"/></t:table-row>',
        0,
    ),
    "deep spans": (
        "<t:table-row><t:table-cell><x:p>"
        + "<x:span>" * 200
        + "a"
        + "</x:span>" * 200
        + "</x:p></t:table-cell></t:table-row>",
        1,
    ),
    "too deep spans": ("<t:table-row><t:table-cell><x:p>" + "<x:span>" * 9_000, "不是有效的 XML"),
}


@pytest.mark.parametrize("rows, expected", CELLS.values(), ids=CELLS)
def test_ods(tmp_path, rows, expected):
    spaces = f'xmlns:o="{ODS}office:1.0" xmlns:t="{ODS}table:1.0" xmlns:x="{ODS}text:1.0"'
    body = f"<o:body><o:spreadsheet><t:table>{rows}</t:table></o:spreadsheet></o:body>"
    content = f"<o:document-content {spaces}>{body}</o:document-content>"
    source = SUBMISSIONS / "resaved_by_libreoffice.ods"
    read = outcome(repacked(source, tmp_path / "a.ods", {"content.xml": content}))
    assert expected in read["refused"] if isinstance(expected, str) else read["cells"] == expected


def test_an_xls_that_would_fill_the_memory(tmp_path):
    """A few kilobytes of records that each claim hundreds of cells; limits count what a record would become."""
    book = xlwt.Workbook()
    full = book.add_sheet("a")
    for line in range(300):
        for column in range(200):
            full.write(line, column, 1)
    book.save(tmp_path / "a.xls")
    assert sum(len(found.cells) for found in read_cells(tmp_path / "a.xls").sheets) == 60_000
    for limits in (Limits(cells=59_999), Limits(markup=200), Limits(sheets=1)):
        with pytest.raises(Unreadable, match="重新报送"):
            read_cells(tmp_path / "a.xls", limits)


def test_a_submission_is_left_as_it_is(workbook):
    before = (workbook.read_bytes(), workbook.stat().st_mtime_ns)
    read_cells(workbook)
    assert (workbook.read_bytes(), workbook.stat().st_mtime_ns) == before


def test_reading_is_light():
    """A worker process that reads .xlsx loads neither pandas nor the readers of other formats."""
    code = "import sys, ecanalysis.reading.cells.xlsx as _; "
    code += "print([m for m in ('pandas', 'numpy', 'xlrd', 'docx') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
