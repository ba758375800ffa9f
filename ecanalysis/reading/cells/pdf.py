"""PDF files with text, read by pdfium -> cells: characters with their places, and the lines of the table.

Text that a scanner's own recognition put under the picture of a page is not read, as nobody has checked it.
"""

import ctypes
import re

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from ecanalysis.reading.limits import Limits

from . import EXTRA, SAVE_AGAIN, Object, Sheet, Unreadable
from .kinds import PHOTO
from .page import NEAR, Page, Rule, Sign, cells_of
from .symbols import is_symbol_font, seen

SHEET = "页面"
PAGES = 40
_THIN = 2.5  # points: a narrower shape is a line
_SUBSET = re.compile(r"^[A-Z]{6}\+")


def read(data: bytes, limits: Limits) -> list[Sheet]:
    """One sheet with the text of all pages and, in `places`, the page and place of each cell.

    Raises Unreadable if the file is damaged, has a password, too many pages, or no text (a scan).
    """
    try:
        document = pdfium.PdfDocument(data)
        document.init_forms()
    except pdfium.PdfiumError as fault:
        if "assword" in str(fault):
            raise Unreadable("文件设有密码，无法读取。请去掉密码后重新报送") from fault
        raise Unreadable(f"PDF 文件已损坏或不完整，无法打开。{SAVE_AGAIN}") from fault
    if len(document) > PAGES:
        raise Unreadable(f"PDF 文件超过 {PAGES} 页，不像报告表。请只保留报告表后重新报送")
    pages, beside = [], []
    for place in range(len(document)):
        raw.FPDFPage_Flatten(document[place], 0)  # form fields and notes become part of the page
        page, pictures = _page(document[place], place + 1, limits)
        pages.append(page)
        beside.append(pictures)
    if not any(page.signs for page in pages):
        raise Unreadable(f"PDF 文件是扫描件或图片，其中没有文字。{EXTRA}{PHOTO}")
    cells, places = cells_of(pages)
    unclear = [Object("drawing", "", SHEET, cell.row, cell.column) for cell in cells if not cell.value]
    others = [
        Object(kind, f"第{page.number}页是扫描件" if kind == "page" else "", SHEET, *_nearest(places, page, y))
        for page, found in zip(pages, beside)
        for kind, y in found
    ]
    return [Sheet(SHEET, [cell for cell in cells if cell.value], objects=(*unclear, *others), places=places)]


def _page(page, number: int, limits: Limits) -> tuple[Page, list[tuple[str, float]]]:
    """The content of a page, and what is unreadable on it: (kind, distance from the top)."""
    width, height = page.get_size()
    result = Page(number, width, height)
    others: list[tuple[str, float]] = []
    for place, item in enumerate(page.get_objects()):
        if place > limits.markup:
            raise Unreadable(f"PDF 文件第{number}页的内容过多，不像报告表。{SAVE_AGAIN}")
        left, bottom, right, top = item.get_bounds() if item.type in _DRAWN else (0, 0, 0, 0)
        top, bottom = height - top, height - bottom
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            if (right - left) * (bottom - top) > 0.6 * width * height:
                return Page(number, width, height), [("page", 0)]
            others.append(("picture", (top + bottom) / 2))
        elif item.type == raw.FPDF_PAGEOBJ_PATH:
            lines = _lines(left, top, right, bottom)
            result.rules += lines
            if not lines:
                others.append(("drawing", (top + bottom) / 2))
    result.signs = _signs(page, height, limits)
    return result, others


_DRAWN = (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH)


def _lines(left: float, top: float, right: float, bottom: float) -> list[Rule]:
    if bottom - top <= _THIN and right - left > _THIN:
        return [Rule(left, (top + bottom) / 2, right, (top + bottom) / 2)]
    if right - left <= _THIN:
        return [Rule((left + right) / 2, top, (left + right) / 2, bottom)]
    if right - left > 10 * NEAR and bottom - top > 3 * NEAR:  # the frame of a cell
        edges = ((left, top, right, top), (left, bottom, right, bottom))
        sides = ((left, top, left, bottom), (right, top, right, bottom))
        return [Rule(*edge) for edge in edges + sides]
    return []


def _signs(page, height: float, limits: Limits) -> list[Sign]:
    text = page.get_textpage()
    count = text.count_chars()
    if count > limits.cells:
        raise Unreadable(f"PDF 文件一页上的文字超过 {limits.cells} 个，不像报告表。{SAVE_AGAIN}")
    signs = []
    for at in range(count):
        code = raw.FPDFText_GetUnicode(text, at)
        if code < 32 or raw.FPDFText_IsGenerated(text, at) == 1 or code in (0xFFFE, 0xFFFF):
            continue
        left, bottom, right, top = text.get_charbox(at, loose=True)
        sign = chr(code)
        font = _font(text, at)
        if is_symbol_font(font):
            sign = seen(sign, font)
        signs.append(Sign(sign, left, right, height - bottom - 0.2 * (top - bottom), top - bottom))
    return signs


def _font(text, at: int) -> str:
    """The font of a character by its original name: ABCDEF+Wingdings2-Regular is Wingdings 2."""
    buffer = ctypes.create_string_buffer(100)
    raw.FPDFText_GetFontInfo(text, at, buffer, 100, None)
    name = _SUBSET.sub("", buffer.value.decode("utf-8", "replace")).split("-")[0].split(",")[0]
    return re.sub(r"(?<=[a-z])(?=\d)", " ", name)


def _nearest(places: dict, page: Page, y: float) -> tuple[int, int]:
    """The cell closest to a height on a page."""
    here = [(at, place.split(",")) for at, (sheet, place) in places.items() if sheet == f"第{page.number}页"]
    if not here:
        return 0, 0
    permille = 1000 * y / page.height
    return min(here, key=lambda one: abs(int(one[1][1]) + int(one[1][3]) / 2 - permille))[0]
