"""Checks the text read in a blank: it is read again at other scales, and its pieces of ink are counted."""

import re
from typing import NamedTuple

import cv2
import numpy as np

from ecanalysis.reading.spelling import plain

from .recognise import DARK, FAINT, Picture, Sign, ink_of, read_again

SCALES = (1.5, 2.0, 1.2)  # at which a number is read again; one result must agree
UNLIKE = "字符个数与笔迹不符"
_NUMBER = re.compile(r"[-−－]?[\d,，]+(?:[.．]\d+)?")
_DOTTED = frozenset("0123456789.,-")
_DOTS = ".,"
_LEVELS = ((DARK + FAINT) // 2, DARK)
_RED = 45  # a pixel is red if red ink makes it darker by this
_WIDEST = 0.62  # largest width of a digit, in heights of the line
_DASH = 1.7  # a dot is at most so many times as wide as high; a wider piece is a minus
_ABOVE = 0.22  # pieces that end above this part of the line's height belong to the previous line
_TALL = 60  # pixels; lower lines are enlarged to this height before pieces are counted


def checked(
    signs: list[Sign], page: Picture, start: float | None = None, stop: float | None = None
) -> tuple[str, str, float]:
    """The text in a blank, why it is uncertain regardless of confidence (Chinese, or ""), and the confidence (0–1).

    `start`, `stop`: where the form's words before the blank end and those after it begin, if on this line (pixels).
    """
    typed = digits("".join(sign.text for sign in signs))
    left, top, right, bottom = around(signs)
    # The edges of a character are known to a third of it. The gaps between number and words are examined too.
    high = bottom - top
    before, after = start is not None and start + 0.5 * high < left, stop is not None and right < stop - 0.5 * high
    left = start + 0.3 * high if before else left + 0.06 * high
    right = stop - 0.3 * high if after else min(right, stop or right) - 0.12 * high
    for scale in SCALES:
        again, sure_again = read_again(_alone(page, (left, top, right, bottom)), scale)
        if digits(again) == typed:
            break
    else:
        return typed, f"再次识别不一致（“{typed[:20]}”“{again[:20]}”）", 0
    sure = min(sign.sure for sign in signs)
    sure = min(max(sure, sure_again), 2 * sure)
    number = typed
    if not set(typed) <= _DOTTED:
        numbers = _NUMBER.findall(typed)
        if len(numbers) != 1 or not re.fullmatch(r"[-\d.,]+[^\d]{0,3}", typed):
            return typed, "所填内容不是单个数字", sure
        (number,) = numbers
        right = around(signs[: len(number)])[2] - 0.12 * high
    box = left, top, right, bottom
    if _struck(page, box):
        return typed, "数字上有红色笔迹", sure
    return typed, "" if as_many_pieces(page, box, number, _WIDEST * high) else UNLIKE, sure


def digits(text: str) -> str:
    """The text read, without spaces, the line of a blank, final punctuation, and a final % (perhaps read as °)."""
    return re.sub(r"[\s_]", "", plain(text)).replace("−", "-").strip("。°%").rstrip(_DOTS)


def as_many_pieces(page: Picture, box: tuple[float, float, float, float], number: str, widest: float) -> bool:
    """Whether there are as many pieces of ink as characters, separately for dots or commas and others.

    No piece may be wider than `widest`, as crossed out text is. The pieces are counted at two levels of darkness, as
    digits may touch each other or a comma: one must agree exactly, and the brighter one must not have more pieces.
    """
    dots = sum(sign in _DOTS for sign in number)
    others = len(number) - dots
    clear, dark = (_pieces(page.grey, box, level) for level in _LEVELS)
    alike = any(found[:2] == (dots, others) and found.widest <= widest for found in (clear, dark))
    return alike and clear.dots <= dots and clear.others <= others


class Pieces(NamedTuple):
    """The number of pieces of ink that are dots and that are not, and the width of the widest (pixels)."""

    dots: int
    others: int
    widest: float


def _pieces(grey: np.ndarray, box: tuple[float, float, float, float], level: int) -> Pieces:
    """The pieces of ink in a part of a page, without specks, the previous line, and ruled lines above and below.

    Pieces above each other count as one, a character with broken strokes.
    """
    left, top, right, bottom = (round(edge) for edge in box)
    height = bottom - top
    start = max(left - height, 0)  # with whole neighbours, so that no part of them is counted
    part = grey[max(top, 0) : bottom, start : right + height]
    if part.size == 0:
        return Pieces(0, 0, 0)
    larger = max(_TALL / height, 1)  # so that small digits do not touch
    part = without_lines(ink_of(cv2.resize(part, None, fx=larger, fy=larger, interpolation=cv2.INTER_CUBIC), level))
    left, right, height = (larger * edge for edge in (left - start, right - start, height))
    _, _, stats, centres = cv2.connectedComponentsWithStats(part, connectivity=8)
    spans = [
        (x, y, x + wide, y + high)
        for (x, y, wide, high, area), (middle, _) in zip(stats[1:], centres[1:])
        if area >= min(9 * larger**2, 0.006 * height**2) and left <= middle <= right and y + high > _ABOVE * height
    ]
    signs: list[tuple[int, int, int, int]] = []
    for one in sorted(spans):
        other = signs[-1] if signs else one
        if signs and min(one[2], other[2]) - one[0] > 0.5 * min(one[2] - one[0], other[2] - other[0]):
            one = (*map(min, one[:2], other[:2]), *map(max, one[2:], other[2:]))
            signs.pop()
        signs.append(one)
    others = [
        x1 - x0 for x0, y0, x1, y1 in signs
        if max(x1 - x0, y1 - y0) >= 0.32 * height or y0 <= 0.45 * height or x1 - x0 > _DASH * (y1 - y0)
    ]  # fmt: skip
    return Pieces(len(signs) - len(others), len(others), max(others, default=0) / larger)


def _struck(page: Picture, box: tuple[float, float, float, float]) -> bool:
    """Whether something red is drawn over a number; red ink over several lines is a seal and does not count."""
    left, top, right, bottom = (round(edge) for edge in box)
    high = bottom - top
    y, x = max(top - 2 * high, 0), max(left - 2 * high, 0)
    around_it = slice(y, bottom + 2 * high), slice(x, right + 2 * high)
    red = np.where(cv2.subtract(page.grey[around_it], page.all_grey[around_it]) > _RED, 255, 0).astype(np.uint8)
    red = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))  # join parts separated by black print
    over = np.zeros_like(red)
    over[max(top - y, 0) : bottom - y, max(left - x, 0) : right - x] = 255
    _, labels, stats, _ = cv2.connectedComponentsWithStats(red, connectivity=8)
    found = np.bincount(labels[over > 0], minlength=len(stats))[1:]
    return any(share > 0.03 * high * high and one[3] < 2.5 * high for share, one in zip(found, stats[1:]))


def without_lines(ink: np.ndarray) -> np.ndarray:
    """The ink of a line of text without ruled lines above and below it; lines that strike it out are kept."""
    height = ink.shape[0]
    whole = cv2.dilate(ink, np.ones((3, 1), np.uint8))  # for lines that are not quite level
    line = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((1, height), np.uint8))
    line[round(0.15 * height) : round(0.72 * height)] = 0
    return cv2.subtract(ink, cv2.dilate(line, np.ones((3, 3), np.uint8)))


def _alone(page: Picture, box: tuple[float, float, float, float]) -> np.ndarray:
    """Part of a page in grey, without the ink of neighbouring characters."""
    left, top, right, bottom = (round(edge) for edge in box)
    high = bottom - top
    start, above = max(left - high, 0), max(top - 4, 0)
    area = (slice(above, bottom + 5), slice(start, right + high))
    part = page.grey[area].copy()
    count, labels, _, centres = cv2.connectedComponentsWithStats(page.ink[area], connectivity=8)
    for label in range(1, count):
        if not left <= start + centres[label][0] <= right:
            part[cv2.dilate((labels == label).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = 250
    return part[:, max(left - start - 6, 0) : right - start + 6]


def around(signs: list[Sign]) -> tuple[float, float, float, float]:
    """The bounding box of characters."""
    return (
        min(sign.left for sign in signs),
        min(sign.top for sign in signs),
        max(sign.right for sign in signs),
        max(sign.bottom for sign in signs),
    )
