"""Comma-, semicolon- or tab-separated text, in whatever encoding Excel, WPS or an exporting system left it."""

import codecs
import csv
import io
import re

from ecanalysis.reading.limits import Limits

from . import SAVE_AGAIN, Cell, Sheet, Unreadable

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = re.compile(r"[\0-\x08\x0e-\x19\x1c-\x1f]")
_QUOTED = re.compile(r'"[^"]*"')
# Text that is something else: how it begins, and what it is.
_OTHERS = (
    ("<!doctype html", "网页"),
    ("<html", "网页"),
    ("<table", "网页"),
    ("<meta", "网页"),
    ("<style", "网页"),
    ("<?xml", "XML 文件"),
    ("<svg", "图片（SVG）"),
    ("mime-version:", "网页归档或邮件"),
    ("begin:vcard", "名片"),
)


def read(data: bytes, limits: Limits) -> list[Sheet]:
    """The one sheet of a text file. Every cell is text, as written."""
    text = _decoded(data)
    opening = text[:200].lstrip().lower()
    for sign, what in _OTHERS:
        if opening.startswith(sign):
            raise Unreadable(f"文件实为“{what}”，不是工作簿或 .docx 文档，无法读取。{SAVE_AGAIN}")
    if len(text) > limits.characters:
        raise Unreadable(f"文本表格超过 {limits.characters} 个字符。请只保留报告表后重新报送")
    try:
        return [Sheet("文本", _cells(text, limits, strict=True))]
    except csv.Error as fault:
        if "field larger" not in str(fault) and text.count('"') % 2 == 0:
            return [Sheet("文本", _cells(text, limits, strict=False))]
        reason = f"有单元格超过 {limits.cell_characters} 个字符，或双引号不成对"
        raise Unreadable(f"文本表格无法分列：{reason}。请用 Excel 或 WPS 打开核对；{SAVE_AGAIN}") from fault


def _cells(text: str, limits: Limits, strict: bool) -> list[Cell]:
    cells: list[Cell] = []
    told = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    delimiter = told[1] if told else _delimiter(text)
    if text.count(delimiter) > limits.markup:
        raise Unreadable(f"文本表格的列数过多（分隔符超过 {limits.markup} 个）。请只保留报告表后重新报送")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    before = csv.field_size_limit(limits.cell_characters)
    try:
        for row, values in enumerate(rows):
            if row or not told:
                cells += [Cell(row, column, value) for column, value in enumerate(values) if value]
            if len(cells) > limits.cells:
                raise Unreadable(f"填有内容的单元格超过 {limits.cells} 个（第 {row + 1} 行）。请只保留报告表后重新报送")
    finally:
        csv.field_size_limit(before)
    return cells


def _delimiter(text: str) -> str:
    r"""The sign that parts most of the first lines; of two alike the first of tab, comma, semicolon.

    >>> _delimiter('基地名称;占比\n甲;"15,6"\n乙;15,6')
    ';'
    """
    lines = _QUOTED.sub("", text[:50_000]).splitlines()[:100]
    return max("\t,;", key=lambda sign: sum(sign in line for line in lines))


def _decoded(data: bytes) -> str:
    encodings = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    opening = data[:1000]
    if not encodings and opening.count(0) * 50 > len(opening):
        encodings = ["utf-16-le" if opening[::2].count(0) < opening[1::2].count(0) else "utf-16-be"]
    for encoding in encodings or ("utf-8", "gb18030"):
        try:
            return _sane(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    from charset_normalizer import from_bytes

    guess = from_bytes(data[:65_536]).best()
    try:
        return _sane(data.decode(guess.encoding if guess else "ascii"))
    except UnicodeDecodeError as fault:
        raise Unreadable(f"不是可识别的工作簿、文档或文本，文件可能已损坏。{SAVE_AGAIN}") from fault


def _sane(text: str) -> str:
    """The text itself, unless it is no text."""
    if "\0" in text or len(_CONTROL.findall(text, 0, 10_000)) > 100:
        raise Unreadable(f"不是可识别的工作簿、文档或文本，文件可能已损坏。{SAVE_AGAIN}")
    return text
