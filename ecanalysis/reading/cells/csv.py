"""Comma-, semicolon- or tab-separated text, in any encoding that Excel, WPS or other systems export -> cells."""

import codecs
import csv
import io
import re

from ecanalysis.reading.limits import Limits

from . import SAVE_AGAIN, Cell, Sheet, Unreadable

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = re.compile(r"[\0-\x08\x0e-\x19\x1c-\x1f]")
_KEPT_AS_TYPED = re.compile(r'(?<![^,;\t\r\n])="((?:[^"]|"")*)"(?=[,;\t\r\n]|$)')
_TAB_BESIDE = re.compile(r"\t+(?=[,;|\r\n]|$)|(?<=[,;|])\t|^\t", re.MULTILINE)
_QUOTED = re.compile(r'"[^"]*"')
# Other kinds of text, by their beginning.
_HTML = re.compile(r"<(?:!doctype\s+html|!--|(?!\?|svg)[a-z][a-z0-9]*[\s>/])")
_HEADER = re.compile(r"(?:[a-z][a-z0-9-]*:[ \t][^\n]*(?:\n[ \t][^\n]*)*(?:\n|$)){2}")
_WEB = "网页不是工作簿：请在浏览器或系统中用“导出 Excel”，或用 Excel、WPS 打开后另存为 .xlsx，再重新报送"
_MAIL = "请打开邮件，把其中的附件（报告表）保存出来后报送"
_OTHERS = (
    ("<?xml", "XML 文件", SAVE_AGAIN),
    ("<svg", "图片（SVG）", SAVE_AGAIN),
    ("begin:vcard", "名片", SAVE_AGAIN),
    ("id;p", "SYLK 表格（.slk）", SAVE_AGAIN),
    ("table\r\n0,1", "DIF 表格（.dif）", SAVE_AGAIN),
)


def read(data: bytes, limits: Limits) -> list[Sheet]:
    """The one sheet of a text file; every value is text, as written. Raises Unreadable if it is not a table."""
    text = _decoded(data)
    if other := _other(text[:4000].lstrip("\ufeff \t\r\n").lower()):
        what, advice = other
        raise Unreadable(f"文件实为“{what}”，不是工作簿或 .docx 文档，无法读取。{advice}")
    if len(text) > limits.characters:
        raise Unreadable(f"文本表格超过 {limits.characters} 个字符。请只保留报告表后重新报送")
    try:
        return [Sheet("文本", _cells(text, limits, strict=True))]
    except csv.Error as fault:
        if "field larger" not in str(fault) and text.count('"') % 2 == 0:
            return [Sheet("文本", _cells(text, limits, strict=False))]
        reason = f"有单元格超过 {limits.cell_characters} 个字符，或双引号不成对"
        raise Unreadable(f"文本表格无法分列：{reason}。请用 Excel 或 WPS 打开核对；{SAVE_AGAIN}") from fault


def _other(opening: str) -> tuple[str, str] | None:
    """What a text is if it is not a table, and what to do, in Chinese; None for a table.

    >>> [_other(text)[0] for text in ("<center><b>", "from: a\\nmime-version: 1.0\\n", "id;pwxl;n;e\\n")]
    ['网页', '电子邮件', 'SYLK 表格（.slk）']
    """
    if _HTML.match(opening) or (opening.startswith("<?xml") and "<html" in opening):
        return "网页", _WEB
    mail = any(word in opening for word in ("mime-version:", "content-type:", "message-id:", "return-path:"))
    if mail and _HEADER.match(opening):
        if "multipart/related" in opening or "text/html" in opening.split("\n\n")[0].split("\r\n\r\n")[0]:
            return "网页归档（MHT）", _WEB
        return "电子邮件", _MAIL
    return next(((what, advice) for sign, what, advice in _OTHERS if opening.startswith(sign)), None)


def _cells(text: str, limits: Limits, strict: bool) -> list[Cell]:
    # ="1200", and a tab or ' beside a value, prevent Excel from converting it; they are not part of it.
    text = _KEPT_AS_TYPED.sub(r'"\1"', text)
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
                cells += [Cell(row, column, value) for column, value in enumerate(map(_typed, values)) if value]
            if len(cells) > limits.cells:
                raise Unreadable(f"填有内容的单元格超过 {limits.cells} 个（第 {row + 1} 行）。请只保留报告表后重新报送")
    finally:
        csv.field_size_limit(before)
    return cells


def _typed(value: str) -> str:
    if value[:2] == '="' and value[-1:] == '"' and len(value) > 2:
        value = value[2:-1]
    if value[:1] == "'" and len(value) > 1:
        value = value[1:]
    return value.strip("\t") if value[-1:] == "\t" or value[:1] == "\t" else value


def _delimiter(text: str) -> str:
    r"""The delimiter found in most of the first lines; if equal, the first of tab, comma, semicolon, bar.

    >>> _delimiter('基地名称;占比\n甲;"15,6"\n乙;15,6')
    ';'
    """
    lines = _TAB_BESIDE.sub("", _QUOTED.sub("", text[:50_000])).splitlines()[:100]
    return max("\t,;|", key=lambda sign: sum(sign in line for line in lines))


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
    """The text unchanged. Raises Unreadable if it is binary data."""
    if "\0" in text or len(_CONTROL.findall(text, 0, 10_000)) > 100:
        raise Unreadable(f"不是可识别的工作簿、文档或文本，文件可能已损坏。{SAVE_AGAIN}")
    return text
