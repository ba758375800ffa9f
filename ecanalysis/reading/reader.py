"""One file -> its reading: open it, read its cells, find its answers and check them, in this process.

`files` runs this in worker processes, and imports it only if there is a file to read.
"""

import hashlib
import json
import string

from ecanalysis.reading.answers import read_form
from ecanalysis.reading.cells import EXTRA, Unreadable, cells_of, kinds, xlsx  # noqa: F401  nearly always needed
from ecanalysis.reading.cells.docx_fields import lost_in_conversion
from ecanalysis.reading.checks import check_forms
from ecanalysis.reading.found import Found
from ecanalysis.reading.limits import DEFAULT, Limits
from ecanalysis.reading.opening import NoFile, checksum_or_blank, content
from ecanalysis.reading.rows import Answered, Issue, Reading, Value, placed_on_pages
from ecanalysis.reading.scans.forms import SUFFIX, read_scan

OLE = b"\xd0\xcf\x11\xe0"  # first bytes of old Office files
LOST_FIELDS = (
    "文件中有{}处带圈字符（Word 域“{}”），旧格式转换后无法读取，其中的勾选或数字未采用，"
    "请用 Word 打开后另存为 .docx 重新报送"
)
EVIDENCE_BYTES = 4 << 30  # larger evidence is listed without a checksum


def read_file(one: Found, year: int, limits: Limits = DEFAULT) -> Reading:
    """Read one file in this process. If it cannot be read, the reading's `rejected` says why; nothing is raised."""
    reading = Reading()
    try:
        if one.evidence:
            reading.sha256 = one.sha256 if one.unpacked else checksum_or_blank(one.path, EVIDENCE_BYTES)
            return reading
        data = content(one.path, limits.file_bytes)
        # The checksum is that of the very bytes that are read.
        sha256 = reading.sha256 = one.sha256 if one.unpacked else hashlib.sha256(data).hexdigest()
        is_scan = one.source and one.source.suffix == SUFFIX
        reading = _read_scan(one, year, limits) if is_scan else _read_book(one, data, year, limits)
        reading.sha256 = sha256
        _check(reading, year)
    except (Unreadable, NoFile) as problem:
        reading.rejected = str(problem)
    except FileNotFoundError:
        reading.rejected = "文件在读取过程中消失，请重新运行"
    except PermissionError:
        reading.rejected = "没有读取此文件的权限，请调整权限后重新运行"
    except OSError as problem:
        reading.rejected = f"文件无法打开（{problem.strerror or problem}）"
    except MemoryError:
        reading.rejected = "读取此文件所需内存超过限额，文件内容异常，请检查后重新另存并报送"
    except Exception as problem:  # an error of ours must not stop the round; the tests know of none
        reading = Reading(sha256=reading.sha256)
        reading.rejected = (
            f"程序未能读懂此文件（{type(problem).__name__}），请另存为 .xlsx 后重新报送，并把原文件转给系统维护人员"
        )
    return reading


def _read_book(one: Found, data: bytes, year: int, limits: Limits) -> Reading:
    book = cells_of(content(one.source, limits.file_bytes) if one.source else data, limits)
    reading = read_form(book, year, one.file)
    if one.source and data.startswith(OLE) and (lost := lost_in_conversion(data)):
        reading.issues.append(Issue(one.file, "", "", "error", "unread_object", LOST_FIELDS.format(len(lost), lost[0])))
    pages = "、".join(one.text for sheet in book.sheets for one in sheet.objects if one.kind == "page")
    if pages and reading.rejected:
        reading.rejected = f"{pages}，未读取。{EXTRA}其余各页：{reading.rejected}"
    for sheet in book.sheets:
        if sheet.places:
            placed_on_pages(reading, sheet)
    return reading


def _read_scan(one: Found, year: int, limits: Limits) -> Reading:
    found = json.loads(one.source.read_text("utf-8"))
    reading = read_scan(found, year, one.file, limits)
    if found["page_of"]:  # a further page: its content is reported with the first
        return Reading(layout=reading.layout, rejected=reading.rejected, base_names=reading.base_names)
    return reading


def _check(reading: Reading, year: int) -> None:
    if reading.rejected:
        return
    if len(set(reading.base_names)) < len(reading.base_names):
        _keep_later(reading)
    if len({row[:4] for row in reading.values}) < len(reading.values):
        raise ValueError("a field of one base was read twice")
    reading.issues += check_forms(reading, year)


def _keep_later(reading: Reading) -> None:
    """If a file has a base twice under one name, keep only the later rows and add an issue `duplicate`.

    Later means the later row of a summary, otherwise the later sheet.
    """
    for name in dict.fromkeys(name for name in reading.base_names if reading.base_names.count(name) > 1):
        rows = [row for row in (*reading.answered, *reading.values) if row.base_name == name]
        *_, used = dict.fromkeys(_part(row, reading.layout) for row in rows) or [("", "")]
        for table in ("values", "answered"):
            held = getattr(reading, table)
            kept = [row for row in held if row.base_name != name or _part(row, reading.layout) == used]
            setattr(reading, table, kept)
        # A damaged workbook may have two sheets of one name; a field must still have one value.
        reading.values = list({(row.base_name, row.code, row.year): row for row in reading.values}.values())
        reading.answered = list({(row.base_name, row.code): row for row in reading.answered}.values())
        reading.bases = list({row.base_name: row for row in reading.bases}.values())
        reading.contacts = list({(row.base_name, row.role): row for row in reading.contacts}.values())
        where = f"工作表“{used[0]}”" + (f"第{used[1]}行" if used[1] else "")
        message = f"同一基地在一个文件中应只填一次，实为{reading.base_names.count(name)}次；采用{where}的一份，请确认"
        file = reading.bases[0].file
        reading.issues.append(Issue(file, name, "", "warning", "duplicate", message, sheet=used[0]))


def _part(row: Value | Answered, layout: str) -> tuple[str, str]:
    return row.sheet, row.cell.lstrip(string.ascii_uppercase) if layout == "summary" else ""
