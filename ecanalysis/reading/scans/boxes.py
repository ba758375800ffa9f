"""Measures the ink in and around the box left of a word. How much of it is a tick is decided later (forms.py)."""

from typing import NamedTuple

import cv2
import numpy as np

from .recognise import FAINT, Picture, Sign, ink_of

# Ink beside a box is unusual if it is `_MORE` times the median of boxes with the same word, of which `_AT_LEAST` exist.
_MORE, _AT_LEAST = 1.2, 4
_TRACE = 0.04  # a share of ink up to this counts as none
_EVEN = 0.15  # each half of a ticked box has at least this part of the share in the whole


class Box(NamedTuple):
    """The box left of a word.

    `black`, `all`: the share of ink in its middle, without and with red ink (None: no box found). `framed`: its frame
    is complete. `about`: there is ink around it or its word that is not the form's.
    """

    black: float | None
    all: float | None
    framed: bool
    about: bool


class Ink(NamedTuple):
    """The ink in and around a box.

    `share`: of ink in its middle (None: no box found). `framed`: its frame is complete. `about`, `below`: there is ink
    around it that is not the form's, or below its line. `left`, `right`: the ink beside it, relative to its area.
    """

    share: float | None = None
    framed: bool = False
    about: bool = False
    below: bool = False
    left: float = 0
    right: float = 0


class Seen(NamedTuple):
    """A box on a page and its word: its ink without red ink (`black`), and with it (`every`)."""

    word: str
    black: Ink
    every: Ink


NOTHING = Seen("", Ink(), Ink())


def box_of(page: Picture, word: Sign) -> Seen:
    """The box left of a word; without any shares if a seal or signature is over it."""
    high = word.bottom - word.top
    if page.over[int(max(word.top, 0)) : int(word.bottom), int(max(word.left - 1.3 * high, 0)) : int(word.left)].any():
        return Seen(word.text, Ink(), Ink())
    return Seen(word.text, _ink_of_box(page.grey, word, page.box), _ink_of_box(page.all_grey, word, page.box))


def judged(questions: list[list[Seen]]) -> list[list[Box]]:
    """The boxes of each sentence.

    There is also ink around a box if there is more beside it than beside others with the same word in this form. Red
    ink (perhaps a seal) and ink below (perhaps of the next line) count only if no box of the sentence contains ink.
    """
    usual: dict[str, list[Ink]] = {}
    for one in (one for seen in questions for one in seen if one.black.framed):
        usual.setdefault(one.word, []).append(one.black)
    most = {word: [_MORE * float(np.median(side)) + _TRACE for side in zip(*((ink.left, ink.right) for ink in inks))]
            for word, inks in usual.items() if len(inks) >= _AT_LEAST}  # fmt: skip

    def is_about(word: str, ink: Ink) -> bool:
        left, right = most.get(word, (np.inf, np.inf))
        return ink.about or ink.left > left or ink.right > right

    found = []
    for seen in questions:
        empty = all((one.every.share or 0) < _TRACE for one in seen)
        found.append([
            Box(one.black.share, one.every.share, one.black.framed,
                is_about(one.word, one.black) or (empty and (one.every.below or is_about(one.word, one.every))))
            for one in seen
        ])  # fmt: skip
    return found


def _ink_of_box(grey: np.ndarray, word: Sign, size: int) -> Ink:
    high = word.bottom - word.top
    top, bottom = max(int(word.top - 0.6 * high), 0), int(word.bottom + 0.6 * high)
    start, right = max(int(word.left - 1.9 * high), 0), int(word.left + 1.6 * high)
    part = grey[top:bottom, start:right]
    if part.size == 0:
        return Ink()
    strip, dark = ink_of(part, FAINT), ink_of(part)
    for shape in ((int(2.2 * high), 1), (1, int(2.1 * high))):  # the lines of the table
        rule = cv2.morphologyEx(strip, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        rule = cv2.dilate(rule, np.ones((3, 3), np.uint8))
        strip, dark = cv2.subtract(strip, rule), cv2.subtract(dark, rule)
    # The right edge of the box is at the word, whose place is known to a third of a character.
    side = size or 0.6 * high
    near, far = word.left + 0.35 * side - start, word.left - 0.7 * side - start
    frame = _frame(strip, size, near, far) if size else None
    stats = cv2.connectedComponentsWithStats(dark, connectivity=8)[2]
    boxes = [frame] if frame else [
        one[:4] for one in stats[1:] if 0.6 * side < one[2] < 1.5 * side and 0.6 * side < one[3] < 1.6 * side
        and 0.6 < one[2] / one[3] < 1.6 and far < one[0] + one[2] <= near
    ]  # fmt: skip
    if not boxes:
        return Ink()
    x, y, wide, tall = box = tuple(int(edge) for edge in max(boxes, key=lambda box: box[0]))
    inner = _middle(strip, box)
    share = round(_share(inner) if frame else float(inner.mean()), 3)
    line = strip[max(y - tall // 8, 0) : y + tall + tall // 8] > 0
    after = 1.25 if word.text == "是" else 1.9  # no box follows 否
    beside = (line[:, max(int(x - 1.1 * wide), 0) : max(x - 3, 0)], line[:, x + wide + 2 : int(x + (1 + after) * wide)])
    about, below = _about(strip, box, word.left - start, high)
    about = about or bool(inner.size and inner.mean() > max(share, _TRACE))  # a stroke that is hardly within the box
    return Ink(share, bool(frame), about, below,
               *(float(side.sum()) / (wide * tall) for side in beside))  # fmt: skip


def _about(strip: np.ndarray, box: tuple[int, int, int, int], word: float, high: float) -> tuple[bool, bool]:
    """Whether there is ink around a box or its word that is not the form's; and whether there is a stroke below them.

    Such ink crosses the frame, encircles both, is between them or left of the box, or extends from their line into the
    space between lines.
    """
    x, y, wide, tall = box
    middle, edge = y + tall / 2, max(3, 0.12 * wide)
    across = np.arange(strip.shape[1])[None, :]
    signed = np.arange(strip.shape[0])[:, None] - middle
    down = np.abs(signed)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strip, connectivity=8)
    on_line, beyond = down < 0.55 * tall, (down > 0.5 * tall + edge) & (across < x + wide)
    left_of = (across < x - edge) & (down < 0.5 * tall)
    out = (down > 0.95 * tall) & (across > x - wide) & (across < x + 2.2 * wide)
    speck, below = 0.012 * high * high, False
    for label in range(1, count):
        left, top, wide_of, high_of, area = stats[label]
        if area <= speck or min(wide_of, high_of) < 0.05 * high:
            continue
        ink = labels == label
        if not (ink & on_line).any():
            low = 0.6 * tall < top + high_of / 2 - middle < 1.1 * tall
            below = below or bool(low and high_of < 0.4 * tall and wide_of > 0.6 * wide and left < x + 2 * wide)
            continue
        of_frame = left <= x + wide and left + wide_of >= x and top <= y + tall and top + high_of >= y
        if (
            (of_frame and (ink & (beyond | left_of)).sum() > 0.2 * speck)
            or (ink & out).sum() > speck
            or (left > x + wide and left + wide_of < word and high_of > 0.2 * high)
            or (x - 0.35 * high < left + wide_of / 2 < x and left > 0 and high_of > 0.3 * high and wide_of < 0.6 * high)
        ):
            return True, below
    return False, below


def _middle(strip: np.ndarray, box) -> np.ndarray:
    x, y, wide, tall = box
    edge = max(2, round(0.24 * min(wide, tall)))
    return strip[y + edge : y + tall - edge, x + edge : x + wide - edge] > 0


def _share(inner: np.ndarray) -> float:
    """The share of ink in the middle of a box; if one half (left, right, upper, lower) has little, the share of that
    half: a tick is in all halves, a stroke from beside the box is not."""
    high, wide = (side // 2 for side in inner.shape)
    if not (high and wide):
        return 1.0
    halves = inner[:high], inner[-high:], inner[:, :wide], inner[:, -wide:]
    least, whole = min(float(half.mean()) for half in halves), float(inner.mean())
    return whole if least > _EVEN * whole else least


def _frame(strip: np.ndarray, size: int, near: float, far: float) -> tuple[int, int, int, int] | None:
    """The frame of a box of about this size, with all four sides, even if something is drawn through it; or None."""
    thick = (cv2.dilate(strip, np.ones((3, 3), np.uint8)) > 0).astype(np.float32)
    best, place = 0.85, None
    for side in range(size - 2, size + 3):
        sums = [cv2.boxFilter(thick, -1, shape, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
                for shape in ((side, 1), (1, side))]  # fmt: skip
        rows, columns = strip.shape[0] - side + 1, strip.shape[1] - side + 1
        if rows < 1 or columns < 1:
            continue
        across, down = sums
        left, right = down[:rows, :columns], down[:rows, side - 1 : side - 1 + columns]
        above, below = across[:rows, :columns], across[side - 1 : side - 1 + rows, :columns]
        whole = np.minimum.reduce([left, right, above, below])
        first, last = max(int(far) - side, 0), max(int(near) - side + 1, 0)
        upper = max((rows - 1) // 2 - size // 2, 0)  # at the height of its word, as other lines have boxes too
        whole = whole[upper : rows // 2 + size // 2 + 1, first:last]
        if whole.size and whole.max() > best:
            y, x = np.unravel_index(whole.argmax(), whole.shape)
            best, place = whole.max(), (int(x) + first, int(y) + upper, side, side)
    return place
