"""Old Word files, text documents and Office's XML are read through LibreOffice, and never run or fetch anything."""

import os
import subprocess

import pytest
from docx import Document
from toys import PATIENCE

from ecanalysis.reading import converted
from ecanalysis.rounds import round as rounds

YEAR = 2025
needs_office = pytest.mark.skipif(not converted.office(), reason="LibreOffice is not installed: nothing was converted")


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """A form as a Word document."""
    path = tmp_path_factory.mktemp("word") / "甲.docx"
    document = Document()
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "基地名称", "示例·甲"
    for line in (
        "1.基地所在地方（省市县）是否制定并实施支持基地发展专项政策：☑是 □否。",
        "4.2025年，基地组织开展电商培训 1,200 人次。",
        "14.截至2025年底，基地入驻电子商务企业 85 个。",
        "15.2025年，电商交易额增速 -3.5 %。",
    ):
        document.add_paragraph(line)
    document.save(path)
    return path


@pytest.fixture(scope="module")
def made(document, tmp_path_factory):
    """The same document in every format that LibreOffice writes for us, and a workbook in Excel's XML."""
    folder = tmp_path_factory.mktemp("made")
    rows = [("基地名称", "示例·乙"), ("序号", "指标", "单位", "报告期"), ("4", "开展电商培训", "人次", "77")]
    cells = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{text}</Data></Cell>' for text in row) + "</Row>"
        for row in rows
    )
    (folder / "乙.xml").write_text(
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="表"><Table>{cells}</Table></Worksheet></Workbook>',
        "utf-8",
    )
    environment = os.environ | {"HOME": str(folder)}
    for target in ("doc", "rtf", "odt"):
        command = [converted.office(), "--headless", f"-env:UserInstallation={(folder / 'p').as_uri()}"]
        command += ["--convert-to", target, "--outdir", str(folder), str(document)]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=PATIENCE)
    return folder


def parsed(folder, **files):
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return rounds.parse([folder], YEAR)


@needs_office
def test_old_formats_give_what_the_document_gives_whatever_they_are_called(made, document, tmp_path):
    files = {f"{kind}_bin": (made / f"甲.{kind}").read_bytes() for kind in ("doc", "rtf", "odt")}
    expected = rounds.parse([document], YEAR).values[["code", "value", "raw"]].reset_index(drop=True)
    (tmp_path / "in").mkdir()
    tables = parsed(tmp_path / "in", **files, x_xml=(made / "乙.xml").read_bytes())
    assert set(tables.files.status) == {"accepted_with_warnings"}
    for file in ("doc.bin", "rtf.bin", "odt.bin"):
        alone = rounds.parse([tmp_path / "in" / file], YEAR).values
        assert alone[["code", "value", "raw"]].reset_index(drop=True).equals(expected), file
    of_book = tables.values[tables.values.file == "x.xml"]
    assert list(zip(of_book.code, of_book.value)) == [("C04", 77.0)]
    assert len(expected) == 4
    assert sorted(os.listdir(tmp_path / "in")) == ["doc.bin", "odt.bin", "rtf.bin", "x.xml"]


@needs_office
def test_one_run_is_one_conversion_and_leaves_no_process(made, tmp_path, monkeypatch):
    runs = []
    real = subprocess.Popen

    def watched(command, **options):
        runs.append((command, real(command, **options)))
        return runs[-1][1]

    monkeypatch.setattr(converted.subprocess, "Popen", watched)
    data = (made / "甲.doc").read_bytes()
    circled = data + " eq \\o\\ac(□,√)".join("\x13\x15").encode("utf-16-le")  # LibreOffice shows nothing for it
    issues = parsed(tmp_path, a_doc=data, b_wps=circled, c_doc=data).issues
    assert issues.file[issues.message.str.contains("带圈字符")].to_list() == ["b.wps"]
    assert len(runs) == 1 and runs[0][1].poll() is not None
    with pytest.raises(ProcessLookupError):
        os.killpg(runs[0][1].pid, 0)


@needs_office
def test_one_that_cannot_be_converted_is_named_and_the_others_go_on(made, tmp_path):
    data = (made / "甲.doc").read_bytes()
    locked = bytearray(data)
    locked[locked.index(b"\xec\xa5") + 11] |= 1
    tables = parsed(tmp_path, a_doc=data, 锁_doc=bytes(locked), 坏_doc=data[: len(data) // 2])
    messages = dict(zip(tables.files.file, tables.files.message))
    assert messages["a.doc"] == "" and "设有密码" in messages["锁.doc"] and messages["坏.doc"]


@needs_office
def test_what_takes_too_long_is_ended(made, tmp_path, monkeypatch):
    monkeypatch.setattr(converted, "SECONDS_TO_START", 0)
    monkeypatch.setattr(converted, "SECONDS_EACH", 0.01)
    tables = parsed(tmp_path, a_doc=(made / "甲.doc").read_bytes())
    assert "转换失败" in tables.files.message[0]


def test_without_libreoffice_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(converted, "office", lambda: "")
    tables = parsed(tmp_path, a_doc=b"{\\rtf1 " + b"\0" * 10, b_rtf=b"{\\rtf1 abc}")
    assert all("RTF 文档" in message and "请另存为 .xlsx 或 .docx" in message for message in tables.files.message)
