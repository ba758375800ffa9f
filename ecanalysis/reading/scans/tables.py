"""Scanned pages of the template (序号, 指标, 单位, 报告期, 基期) -> its cells; rows are found by indicator and lines.

An answer is certain only if at least two readings agree (of the page, and of the cell alone at several scales) and
there are as many pieces of ink as characters. A row whose edges are not found is missing.
"""

import re
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from rapidfuzz.fuzz import ratio

from ecanalysis.form.blank import printed
from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.spelling import plain

from .numbers import SCALES, UNLIKE, as_many_pieces, digits
from .recognise import Picture, Sign, read_again

NOW, BEFORE = "报告期", "基期"
HEADINGS = ("指标", "单位", NOW, BEFORE)
ALIKE, APART = 85, 3  # of 100: an indicator's least similarity to the form's, and least distance to any other
_NARROWEST = 20  # least width of a column (pixels)
_HIGHEST = 0.12  # largest height of a row, as a share of the page
_DOTTED = frozenset("0123456789.,-")


class Entry(NamedTuple):
    """One cell: its field, its column (报告期 or 基期), the unit of its row; the rest as in `matching.Answer`."""

    code: str
    column: str
    unit: str
    typed: str
    doubt: str
    page: int
    box: tuple[float, float, float, float]
    sure: float


def entries(pages: list[Picture], year: int) -> tuple[list[Entry], list[str], list[int]]:
    """The cells of all rows found, the fields of these rows, and the years in the headings."""
    found, codes, years = [], [], []
    texts = {code: plain(printed(field, year)) for code, field in FIELDS.items()}
    for number, page in enumerate(pages):
        columns, below, named = _columns(page)
        years += named
        if not columns:
            continue
        for top, bottom in _rows(page, [columns["单位"], columns[NOW]], below):
            code = _field(_text(page, (*columns["指标"], top, bottom)), texts)
            if not code:
                continue
            if code in codes:
                found = [one._replace(doubt="同一指标有两行") if one.code == code else one for one in found]
            codes.append(code)
            unit, unclear = _unit(page, (*columns["单位"], top, bottom), code)
            for column in (NOW, BEFORE):
                if column in columns:
                    left, right = columns[column]
                    box = left, top, right, bottom
                    typed, doubt, sure = _entry(page, box, FIELDS[code].numeric)
                    if typed or doubt or column == NOW:
                        doubt = doubt or (typed and unclear) or ""
                        found.append(Entry(code, column, unit, typed, doubt, number, box, sure))
    return found, codes, years


def _columns(page: Picture) -> tuple[dict[str, tuple[int, int]], int, list[int]]:
    """The edges of each column, from the line of headings; the bottom of that line; the years in it."""
    for line in page.lines:
        if not "".join(sign.text for sign in line).startswith("指标"):
            continue
        middle, high = (line[0].top + line[0].bottom) / 2, line[0].bottom - line[0].top
        beside = [other for other in page.lines if other[0].top < middle < other[0].bottom]
        called = {"".join(sign.text for sign in other): other for other in beside}
        down = cv2.morphologyEx(page.ink, cv2.MORPH_OPEN, np.ones((int(0.9 * high), 1), np.uint8))
        at = np.flatnonzero(down[int(middle - 0.3 * high) : int(middle + 0.3 * high)].any(axis=0))
        edges = [int(group.mean()) for group in np.split(at, np.flatnonzero(np.diff(at) > 3) + 1) if group.size]
        columns = {}
        for heading in HEADINGS:
            signs = next((signs for text, signs in called.items() if text.startswith(heading)), None)
            if signs:
                centre = (signs[0].left + signs[-1].right) / 2
                left = max((edge for edge in edges if edge < centre), default=None)
                right = min((edge for edge in edges if edge > centre), default=None)
                if left is not None and right is not None and right - left > _NARROWEST:
                    columns[heading] = (left, right)
        if {"指标", "单位", NOW} <= set(columns) and len(set(columns.values())) == len(columns):
            named = [re.search(r"20\d\d", text) for text in called if text.startswith(NOW)]
            return columns, int(line[0].bottom), [int(year[0]) for year in named if year]
    return {}, 0, []


def _rows(page: Picture, columns: list[tuple[int, int]], below: int) -> list[tuple[int, int]]:
    """Top and bottom of each row, between lines that cross all these columns (a long answer looks like a line in its
    own column)."""
    lines = np.ones(page.ink.shape[0] - below, bool)
    for left, right in columns:
        part = cv2.morphologyEx(page.ink[below:, left + 4 : right - 4], cv2.MORPH_CLOSE, np.ones((3, 9), np.uint8)) > 0
        lines &= np.convolve(part.mean(axis=1) > 0.8, np.ones(7), "same") > 0  # not quite level
    at = np.flatnonzero(lines)
    edges = [int(group.mean()) + below for group in np.split(at, np.flatnonzero(np.diff(at) > 3) + 1) if group.size]
    return [(top, bottom) for top, bottom in pairwise(edges) if 15 < bottom - top < _HIGHEST * page.ink.shape[0]]


def _text(page: Picture, box: tuple[int, int, int, int]) -> str:
    left, right, top, bottom = box
    inside = [
        [
            sign
            for sign in line
            if left < (sign.left + sign.right) / 2 < right and top < (sign.top + sign.bottom) / 2 < bottom
        ]
        for line in page.lines
    ]
    rows: list[list[Sign]] = []
    for line in sorted(filter(None, inside), key=lambda line: line[0].top):
        same = rows and line[0].top < (rows[-1][0].top + rows[-1][0].bottom) / 2
        rows = [*rows[:-1], rows[-1] + line] if same else [*rows, line]
    return plain("".join(sign.text for row in rows for sign in sorted(row, key=lambda sign: sign.left)))


def _field(text: str, texts: dict[str, str]) -> str:
    scores = sorted(((ratio(text, words), code) for code, words in texts.items()), reverse=True)
    return scores[0][1] if scores[0][0] >= ALIKE and scores[0][0] - scores[1][0] >= APART else ""


def _unit(page: Picture, box: tuple[int, int, int, int], code: str) -> tuple[str, str]:
    """The unit of a row, and why it is uncertain ("" if certain); checked because an edited unit changes the value."""
    field = FIELDS[code]
    own = {"yes_no": "是/否", "choice": "选择"}.get(field.type, field.unit)
    left, right, top, bottom = box
    ink = _ink_in(page, (left, top, right, bottom))
    if ink is None:
        return own, "单位未能辨认"
    # A further character, such as 万, would make it wider.
    wide = ink[2] - ink[0] > (len(own) + 0.6) * max(ink[3] - ink[1], 0.6 * (bottom - top) if len(own) == 1 else 1)
    read = {_text(page, box), *(digits(read_again(_part(page, ink), scale)[0]) for scale in SCALES)}
    if field.type in ("yes_no", "choice") or (own in read and not wide) or (own == "%" and not wide):
        return own, ""
    return own, "单位未能辨认"


def _entry(page: Picture, box: tuple[int, int, int, int], numeric: bool) -> tuple[str, str, float]:
    """The text of a cell, why it is uncertain ("" if not), and the confidence (0–1)."""
    ink = _ink_in(page, box)
    if ink is None:
        return "", "", 1
    left, top, right, bottom = box
    signs = [
        sign for line in page.lines for sign in line
        if left < (sign.left + sign.right) / 2 < right and top < (sign.top + sign.bottom) / 2 < bottom
    ]  # fmt: skip
    signs.sort(key=lambda sign: sign.left)
    readings = [("".join(sign.text for sign in signs), min((sign.sure for sign in signs), default=0))]
    readings += [read_again(_part(page, ink), scale) for scale in SCALES]
    said = [digits(text) for text, _ in readings]
    typed = next((text for text in said if text and said.count(text) > 1), "")
    if not typed:
        return "", f"各次识别不一致（“{'”“'.join(text[:20] for text, _ in readings)}”）", 0
    sure = max(certain for text, certain in readings if digits(text) == typed)
    if numeric and not set(typed) <= _DOTTED:
        return typed, "所填内容不是单个数字", sure
    high = ink[3] - ink[1]
    if numeric and not as_many_pieces(page, (left + 5, ink[1] - 2, right - 4, ink[3] + 2), typed, high):
        return typed, UNLIKE, sure
    return typed, "", sure


def _ink_in(page: Picture, box: tuple[int, int, int, int]) -> tuple[int, int, int, int] | None:
    """The part of a cell with ink, without lines and specks; None if it is empty."""
    left, top, right, bottom = box
    part = page.ink[top + 5 : bottom - 4, left + 5 : right - 4]
    stats = cv2.connectedComponentsWithStats(part, connectivity=8)[2][1:]
    high, wide = part.shape
    stats = [
        one
        for one in stats
        if one[4] >= 9 and (one[2] < 0.9 * wide or one[3] > 6) and (one[3] < 0.9 * high or one[2] > 4)
    ]
    if not stats:
        return None
    return (
        left + 5 + min(one[0] for one in stats),
        top + 5 + min(one[1] for one in stats),
        left + 5 + max(one[0] + one[2] for one in stats),
        top + 5 + max(one[1] + one[3] for one in stats),
    )


def _part(page: Picture, ink: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = ink
    return page.grey[max(top - 5, 0) : bottom + 5, max(left - 6, 0) : right + 6]
