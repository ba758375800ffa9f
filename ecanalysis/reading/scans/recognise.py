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
    what is red, how large its boxes to tick are (pixels; 0 where there are none), and whether it lay on its head."""

    lines: list[list[Sign]]
    ink: np.ndarray
    grey: np.ndarray
    all_grey: np.ndarray
    box: int
    turned: bool


DARK, FAINT = 165, 215  # below, a point is ink (250 is paper), or a hairline or pencil
_OF_PEOPLE = ("姓名", "职务", "手机", "微信", "邮件", "邮箱", "电话", "联系人", "负责人")
_REACHED = re.compile(r"@|1[3-9]\d{9}|\d{3,4}[-－—]\d{7,8}")
_OURS = ("基地", "电子商务", "截至", "企业", "是否", "指标", "报告期")  # words that every page of the form has some of


@lru_cache
def _engine():
    from rapidocr import RapidOCR

    # Lines are found on a smaller picture and read one by one: half the time, the same words.
    settings = {"Det.limit_type": "max", "Det.limit_side_len": 1280, "Rec.rec_batch_num": 1}
    threads = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1}
    return RapidOCR(params={"Global.log_level": "critical", **settings, **threads})


def upright(path: Path, number: int) -> tuple[np.ndarray, list[list[Sign]], bool]:
    """One page (from 0) of a file, straightened and the right way up; the lines of signs on it; lay it on its head?"""
    colours = straightened(page_of(path, number))
    lines = _lines(colours)
    if _ours(lines) < 2:
        turned = turned_if(colours, True)
        if _ours(others := _lines(turned)) > _ours(lines):
            return turned, others, True
    return colours, lines, False


def turned_if(colours: np.ndarray, on_its_head: bool) -> np.ndarray:
    """A page that lies on its head the right way up."""
    return np.rot90(colours, 2).copy() if on_its_head else colours


def read_page(path: Path, number: int) -> Picture:
    """One page (from 0) of a file."""
    colours, lines, turned = upright(path, number)
    grey, with_red = grey_of(colours)
    return Picture(lines, ink_of(grey), grey, with_red, _size_of_boxes(ink_of(grey, FAINT)), turned)


def _size_of_boxes(ink: np.ndarray) -> int:
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:]
    wide, tall = stats[:, 2], stats[:, 3]
    square = (wide > 11) & (wide < 70) & (abs(wide - tall) <= np.maximum(2, 0.1 * tall))
    sizes = []
    for x, y, across, down, _ in stats[square]:
        inside = ink[y + down // 4 : y + down - down // 4, x + across // 4 : x + across - across // 4]
        edges = ink[y : y + 4, x : x + across], ink[y + down - 4 : y + down, x : x + across]
        if not inside.any() and all(edge.any(axis=0).mean() > 0.9 for edge in edges):
            sizes.append((across + down) // 2)
    return int(np.median(sizes)) if sizes else 0


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
