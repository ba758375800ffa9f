"""The official form as a PDF: printed by LibreOffice from a Word document, with Chinese type that is always there."""

import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

from docx import Document
from toys import PATIENCE

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading import converted

LABELS = (("基地名称", "{name}", "商务主管部门", "浙江省商务厅"), ("地址与范围", "示例市示例路1号", "", ""))
PERSON = ("姓名", "示例负责人", "职务", "主任", "手机", "000 0000 0000")


def document(path: Path, name: str, sentences: list[str], person: tuple = PERSON) -> Path:
    """A form as a Word document: labels, a contact, and the sentences in one cell, as the official one has them."""
    made = Document()
    made.add_paragraph("国家电子商务示范基地和其他电子商务产业集聚区经营服务情况报告表")
    table = made.add_table(rows=0, cols=7)
    table.style = "Table Grid"
    for label, value, other, said in LABELS:
        cells = table.add_row().cells
        cells[0].text, cells[4].text = label, other
        cells[1].merge(cells[3]).text = value.format(name=name)
        cells[5].merge(cells[6]).text = said
    cells = table.add_row().cells
    for cell, text in zip(cells, ("基地联系人", *person)):
        cell.text = text
    cells = table.add_row().cells
    cells[0].text = "综合指标"
    body = cells[1].merge(cells[6])
    body.text = sentences[0]
    for sentence in sentences[1:]:
        body.add_paragraph(sentence)
    made.save(path)
    return path


def sentences(answers: dict[str, str]) -> list[str]:
    """The sentences of the general part: blanks filled in and boxes ticked as `answers` say."""
    lines = []
    for code, field in FIELDS.items():
        if not field.sentence or not code.startswith("C") or code in ("C03_operator", "C10b"):
            continue
        line = field.sentence.format(year=2025, next_year=2026)
        answer = answers.get(code, "")
        lines.append(line.replace("_" * 10, answer or "_" * 10) if field.numeric else ticked(line, answer))
    return lines


def ticked(line: str, answer: str, tick: str = "☑") -> str:
    """A sentence with a tick in place of the box before each of some words: `是`, or `是 民营企业`."""
    at = 0
    for word in answer.split():
        at = line.index(f"□{word}", at)
        line = line[:at] + tick + line[at + 1 :]
        at = line.index("否", at) if word in "是否" else at  # the next word is of the next question
    return line


def printed(document: Path, folder: Path) -> Path:
    """The document as a PDF."""
    fonts = folder / "home" / ".fonts"
    fonts.mkdir(parents=True, exist_ok=True)
    for font in ("NotoSansSC-Regular.otf",):
        shutil.copyfile(str(files("pylopdf_fonts_zh_cn") / font), fonts / font)
    environment = os.environ | {"HOME": str(folder / "home")}
    command = [converted.office(), "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(document)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=PATIENCE)
    return folder / f"{document.stem}.pdf"
