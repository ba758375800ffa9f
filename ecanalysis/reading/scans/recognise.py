"""A page -> lines of text, every sign with its place and how sure the recogniser is of it.

RapidOCR with the models of its own package, on onnxruntime, without a network. What it says of boxes and ticks is not
believed: see matching.py.
"""

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
    """A page as it is read: its lines of signs, and its ink without and with what is red (255 is ink)."""

    lines: list[list[Sign]]
    ink: np.ndarray
    all_ink: np.ndarray
    grey: np.ndarray


@lru_cache
def _engine():
    from rapidocr import RapidOCR

    threads = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1}
    return RapidOCR(params={"Global.log_level": "critical", **threads})


def read_page(path: Path, number: int) -> Picture:
    """One page (from 0) of a file."""
    colours = straightened(page_of(path, number))
    grey, with_red = grey_of(colours)
    found = _engine()(
        cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR),
        use_det=True,
        use_cls=False,
        return_word_box=True,
        return_single_char_box=True,
    )
    lines = [_line(words) for words in found.word_results or () if words]
    return Picture(sorted(filter(None, lines), key=lambda line: line[0].top), _ink(grey), _ink(with_red), grey)


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


def _ink(grey: np.ndarray) -> np.ndarray:
    """Where there is ink (255), told from the paper around it."""
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    return np.where(smooth < 165, 255, 0).astype(np.uint8)
