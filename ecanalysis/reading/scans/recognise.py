"""A page -> lines of text, every character with its place and confidence.

Uses RapidOCR with the models of its own package, on onnxruntime, without a network. Its results for boxes and ticks are
not reliable and not used: see matching.py.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from .images import grey_of, page_of, straightened


class Sign(NamedTuple):
    """A recognised character, its place (pixels) and confidence (0–1)."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    sure: float


class Picture(NamedTuple):
    """A page that was read.

    `lines`: its characters by line. `ink`: 255 where there is ink, without red ink. `grey`, `all_grey`: the page
    without and with red ink. `box`: size of its boxes to tick (pixels; 0: none found). `over`: 255 where a seal or
    signature is over it. `turned`: quarter turns by which it was rotated.
    """

    lines: list[list[Sign]]
    ink: np.ndarray
    grey: np.ndarray
    all_grey: np.ndarray
    box: int
    over: np.ndarray
    turned: int


DARK, FAINT = 165, 215  # a darker pixel is ink, or a hairline or pencil; paper is 250
_TALLEST, _LARGEST = 2.6, 0.35  # a tick is at most so many lines high; a seal at most this share of the page
_OF_PEOPLE = ("姓名", "职务", "手机", "微信", "邮件", "邮箱", "电话", "联系人", "负责人")
_REACHED = re.compile(r"@|1[3-9]\d{9}|\d{3,4}[-－—]\d{7,8}")
_FEW = 2  # so many of these words are enough to recognise the form
_OURS = ("基地", "电子商务", "截至", "企业", "是否", "指标", "报告期")  # every page of the form has some of them


@lru_cache
def _engine():
    from rapidocr import RapidOCR

    # Finding lines on a smaller picture and reading them one by one takes half the time, with the same result.
    settings = {"Det.limit_type": "max", "Det.limit_side_len": 1280, "Rec.rec_batch_num": 1}
    threads = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1}
    return RapidOCR(params={"Global.log_level": "critical", **settings, **threads})


def upright(path: Path, number: int) -> tuple[np.ndarray, list[list[Sign]], int]:
    """One page (from 0) of a file, straightened and the right way up; its lines of characters; the quarter turns made.

    It is the right way up if words of the form are recognised.
    """
    colours = straightened(page_of(path, number))
    best: tuple[np.ndarray, list[list[Sign]], int] = colours, _lines(colours), 0
    for quarters in (2, 1, 3):
        if _ours(best[1]) >= _FEW:
            break
        other = turned_by(colours, quarters)
        best = max(best, (other, _lines(other), quarters), key=lambda one: _ours(one[1]))
    return best


def turned_by(colours: np.ndarray, quarters: int) -> np.ndarray:
    """A page rotated anticlockwise by quarter turns."""
    return np.rot90(colours, quarters).copy() if quarters else colours


def read_page(path: Path, number: int) -> Picture:
    """Read one page (from 0) of a file. Raises `images.TooLarge`, and whatever Pillow raises for a damaged picture."""
    colours, lines, turned = upright(path, number)
    grey, with_red = grey_of(colours)
    faint = ink_of(grey, FAINT)
    high = float(np.median([sign.bottom - sign.top for line in lines for sign in line] or [40]))
    return Picture(lines, ink_of(grey), grey, with_red, _size_of_boxes(faint, high), _overprint(faint, high), turned)


def _size_of_boxes(ink: np.ndarray, high: float) -> int:
    """The side of the page's empty boxes (pixels), measured inside, as a frame often touches the next word."""
    stats = cv2.connectedComponentsWithStats(255 - ink, connectivity=4)[2][1:]
    wide, tall, area = stats[:, 2], stats[:, 3], stats[:, 4]
    square = (wide > 0.32 * high) & (wide < 1.4 * high) & (abs(wide - tall) <= np.maximum(2, 0.1 * tall))
    sizes = []
    for x, y, across, down, _ in stats[square & (area > 0.95 * wide * tall)]:
        left = ink[y + down // 2, max(x - down, 0) : x][::-1]
        sizes.append((across + down) // 2 + 2 * int(np.argmin(left)))  # width of the frame
    return int(np.median(sizes)) if sizes else 0


def _overprint(ink: np.ndarray, high: float) -> np.ndarray:
    """Where something taller than any tick is over the print: a seal with all it encloses, or a signature.

    `high`: height of a line of the page (pixels). Lines of tables are ignored.
    """
    height, width = ink.shape
    level, down = (cv2.morphologyEx(cv2.dilate(ink, np.ones(near, np.uint8)), cv2.MORPH_OPEN, np.ones(long, np.uint8))
                   for near, long in (((5, 1), (1, int(4 * high))), ((1, 5), (int(2 * high), 1))))  # fmt: skip
    _, labels, stats, _ = cv2.connectedComponentsWithStats(level | down, connectivity=8)
    large = np.maximum(stats[:, cv2.CC_STAT_WIDTH] / width, stats[:, cv2.CC_STAT_HEIGHT] / height) > _LARGEST
    large[0] = False
    rules = np.where(large[labels], 255, 0).astype(np.uint8)
    alone = cv2.subtract(ink, rules)
    # Join what these lines separated.
    alone |= cv2.morphologyEx(alone, cv2.MORPH_CLOSE, np.ones((11, 3), np.uint8)) & rules
    _, labels, stats, _ = cv2.connectedComponentsWithStats(alone, connectivity=8)
    over = np.zeros_like(ink)
    for label in np.flatnonzero(stats[1:, cv2.CC_STAT_HEIGHT] > _TALLEST * high) + 1:
        x, y, wide, tall, _ = stats[label]
        own = np.where(labels[y : y + tall, x : x + wide] == label, 255, 0).astype(np.uint8)
        if max(wide / width, tall / height) < _LARGEST:
            cv2.fillConvexPoly(own, cv2.convexHull(cv2.findNonZero(own)), 255)
        over[y : y + tall, x : x + wide] |= own
    return over


def _ours(lines: list[list[Sign]]) -> int:
    text = "".join(sign.text for line in lines for sign in line)
    return sum(word in text for word in _OURS)


def _lines(colours: np.ndarray) -> list[list[Sign]]:
    """The lines of text on a page, from the top and from the left."""
    found = _engine()(
        cv2.cvtColor(grey_of(colours)[0], cv2.COLOR_GRAY2BGR),
        use_det=True,
        use_cls=False,
        return_word_box=True,
        return_single_char_box=True,
    )
    # A line without characters has ("", 0.0, …) instead of its words.
    lines = [_line(words) for words in found.word_results or () if words and words[0]]
    rows: list[list[list[Sign]]] = []
    for line in sorted(filter(None, lines), key=lambda line: line[0].top):
        above = rows[-1][0][0] if rows else None
        if above and (line[0].top + line[0].bottom) / 2 < above.top + 0.75 * (above.bottom - above.top):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line[0].left)]


def people_on(lines: list[list[Sign]], height: int) -> list[list[int]]:
    """The lines of a page with names or numbers of people: top and bottom in ‰ of its `height` (pixels)."""
    found = []
    for line in lines:
        text = "".join(sign.text for sign in line).replace(" ", "")
        if any(word in text for word in _OF_PEOPLE) or _REACHED.search(text):
            top, bottom = min(sign.top for sign in line), max(sign.bottom for sign in line)
            more = 0.6 * (bottom - top)  # a cell of two lines
            found.append([int(1000 * (top - more) / height), int(1000 * (bottom + more) / height) + 1])
    return found


def read_again(part: np.ndarray, scale: float) -> tuple[str, float]:
    """Read part of a page (grey) again at another scale; returns its text and the lowest confidence (0–1)."""
    if part.size == 0:
        return "", 0
    part = cv2.copyMakeBorder(part, 6, 6, 12, 12, cv2.BORDER_REPLICATE)
    part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    found = _engine()(cv2.cvtColor(part, cv2.COLOR_GRAY2BGR), use_det=False, use_cls=False, return_word_box=False)
    return "".join(found.txts or ()), float(min(found.scores or (0,)))


def _line(words) -> list[Sign]:
    signs = []
    for text, sure, corners in words:
        xs, ys = [corner[0] for corner in corners], [corner[1] for corner in corners]
        if len(text) == 1:
            signs.append(Sign(text, min(xs), min(ys), max(xs), max(ys), float(sure)))
    return sorted(signs, key=lambda sign: sign.left)


def ink_of(grey: np.ndarray, darker: int = DARK) -> np.ndarray:
    """255 where a page is darker than `darker`, else 0; `FAINT` also finds hairlines and pencil."""
    if grey.size == 0:
        return grey
    return np.where(cv2.GaussianBlur(grey, (3, 3), 0) < darker, 255, 0).astype(np.uint8)
