"""A page -> lines of text, every sign with its place and how sure the recogniser is of it.

RapidOCR with the models of its own package, on onnxruntime, without a network. What it says of boxes and ticks is not
believed: see matching.py.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from .images import grey_of, page_of, straightened


class Sign(NamedTuple):
    """A recognised sign: where it lies (pixels) and how sure (0-1)."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    sure: float


class Picture(NamedTuple):
    """A page as it is read: its lines of signs, its ink (255; what is red left out), the page in grey without and with
    what is red, how large its boxes to tick are (pixels; 0 where there are none), where a seal or a signature lies over
    it (255), and by how many quarters it was turned."""

    lines: list[list[Sign]]
    ink: np.ndarray
    grey: np.ndarray
    all_grey: np.ndarray
    box: int
    over: np.ndarray
    turned: int


DARK, FAINT = 165, 215  # below, a point is ink (250 is paper), or a hairline or pencil
_TALLEST, _LARGEST = 2.6, 0.35  # times a line's height: a tick and what it touches; share of the page: a seal
_OF_PEOPLE = ("姓名", "职务", "手机", "微信", "邮件", "邮箱", "电话", "联系人", "负责人")
_REACHED = re.compile(r"@|1[3-9]\d{9}|\d{3,4}[-－—]\d{7,8}")
_FEW = 2  # of these make a page one of the form
_OURS = ("基地", "电子商务", "截至", "企业", "是否", "指标", "报告期")  # words that every page of the form has some of


@lru_cache
def _engine():
    from rapidocr import RapidOCR

    # Lines are found on a smaller picture and read one by one: half the time, the same words.
    settings = {"Det.limit_type": "max", "Det.limit_side_len": 1280, "Rec.rec_batch_num": 1}
    threads = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1}
    return RapidOCR(params={"Global.log_level": "critical", **settings, **threads})


def upright(path: Path, number: int) -> tuple[np.ndarray, list[list[Sign]], int]:
    """One page (from 0) of a file, straightened and the right way up; the lines of signs on it; by how many quarters it
    was turned for that. Which way is up is where the form's words are read."""
    colours = straightened(page_of(path, number))
    best: tuple[np.ndarray, list[list[Sign]], int] = colours, _lines(colours), 0
    for quarters in (2, 1, 3):
        if _ours(best[1]) >= _FEW:
            break
        other = turned_by(colours, quarters)
        best = max(best, (other, _lines(other), quarters), key=lambda one: _ours(one[1]))
    return best


def turned_by(colours: np.ndarray, quarters: int) -> np.ndarray:
    """A page turned by so many quarters, against the clock."""
    return np.rot90(colours, quarters).copy() if quarters else colours


def read_page(path: Path, number: int) -> Picture:
    """One page (from 0) of a file."""
    colours, lines, turned = upright(path, number)
    grey, with_red = grey_of(colours)
    faint = ink_of(grey, FAINT)
    high = float(np.median([sign.bottom - sign.top for line in lines for sign in line] or [40]))
    return Picture(lines, ink_of(grey), grey, with_red, _size_of_boxes(faint, high), _overprint(faint, high), turned)


def _size_of_boxes(ink: np.ndarray, high: float) -> int:
    """The side of the page's empty boxes, told by the square of paper in each: a frame often touches the next word."""
    stats = cv2.connectedComponentsWithStats(255 - ink, connectivity=4)[2][1:]
    wide, tall, area = stats[:, 2], stats[:, 3], stats[:, 4]
    square = (wide > 0.32 * high) & (wide < 1.4 * high) & (abs(wide - tall) <= np.maximum(2, 0.1 * tall))
    sizes = []
    for x, y, across, down, _ in stats[square & (area > 0.95 * wide * tall)]:
        left = ink[y + down // 2, max(x - down, 0) : x][::-1]
        sizes.append((across + down) // 2 + 2 * int(np.argmin(left)))  # how far the frame goes
    return int(np.median(sizes)) if sizes else 0


def _overprint(ink: np.ndarray, high: float) -> np.ndarray:
    """Where something lies over the print that is taller than any tick: a seal with all that it encloses, a signature.

    `high` is how high a line of the page is (pixels). The lines of tables are left out.
    """
    height, width = ink.shape
    level, down = (cv2.morphologyEx(cv2.dilate(ink, np.ones(near, np.uint8)), cv2.MORPH_OPEN, np.ones(long, np.uint8))
                   for near, long in (((5, 1), (1, int(4 * high))), ((1, 5), (int(2 * high), 1))))  # fmt: skip
    _, labels, stats, _ = cv2.connectedComponentsWithStats(level | down, connectivity=8)
    large = np.maximum(stats[:, cv2.CC_STAT_WIDTH] / width, stats[:, cv2.CC_STAT_HEIGHT] / height) > _LARGEST
    large[0] = False
    rules = np.where(large[labels], 255, 0).astype(np.uint8)
    alone = cv2.subtract(ink, rules)
    # What they cut apart belongs together.
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
    """From the top, and from the left where several lie on one line."""
    found = _engine()(
        cv2.cvtColor(grey_of(colours)[0], cv2.COLOR_GRAY2BGR),
        use_det=True,
        use_cls=False,
        return_word_box=True,
        return_single_char_box=True,
    )
    # Of a line without signs comes ("", 0.0, …) in the place of its words.
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
    """Where on a page of a height (pixels) people and their numbers are named: top and bottom, in permille."""
    found = []
    for line in lines:
        text = "".join(sign.text for sign in line).replace(" ", "")
        if any(word in text for word in _OF_PEOPLE) or _REACHED.search(text):
            top, bottom = min(sign.top for sign in line), max(sign.bottom for sign in line)
            more = 0.6 * (bottom - top)  # a cell of two lines
            found.append([int(1000 * (top - more) / height), int(1000 * (bottom + more) / height) + 1])
    return found


def read_again(part: np.ndarray, scale: float) -> tuple[str, float]:
    """What stands in part of a page (grey), read once more, at another scale, and how sure (0-1)."""
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
    """Where there is ink (255), told from the paper around it; `FAINT` finds hairlines and pencil too."""
    if grey.size == 0:
        return grey
    return np.where(cv2.GaussianBlur(grey, (3, 3), 0) < darker, 255, 0).astype(np.uint8)
