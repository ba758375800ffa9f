"""The form's own sentences among the lines of a scan: what stands in each blank, what ink lies in each box.

The text of all pages is laid beside the text of the form, sign by sign (the fewest changes that make one of the other).
What stands between the words around a blank is its answer; beside the word of a box lies the box. An answer is
certain only where everything agrees: its neighbours are the form's, it was read twice alike, and there are as many
pieces of ink as signs. Of a box it is said how much ink lies in it and whether any lies about it; how much makes a tick
is decided later (forms.py), as is how sure is sure enough.
"""

import re
from typing import NamedTuple

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.spelling import plain

from .recognise import FAINT, Picture, Sign, ink_of, read_again

SCALES = (1.5, 2.0, 1.2)  # at which a number is read again; one of them must agree
SLACK = 6  # signs by which a sentence may begin earlier or later than where it was found
ALIKE = 72  # of 100: how near a sentence must be to the form's
_BLANK = "_" * 10
_NO_WORDS = re.compile(r"[□☐☑☒✓✔√■×_\s口]")
_NUMBER = re.compile(r"[-−－]?[\d,，]+(?:[.．]\d+)?")
_DOTTED = frozenset("0123456789.,-")


class Asked(NamedTuple):
    """A sentence of the form: the fields that it asks for, its text, and whether it holds boxes or a blank."""

    codes: tuple[str, ...]
    text: str


class Box(NamedTuple):
    """The ink left of a word: what share of its middle is ink (without red ink, and with it; None where there is none
    at all), whether the frame of a box is whole, and whether ink of another kind lies about it or its word."""

    black: float | None
    all: float | None
    framed: bool
    about: bool


class Answer(NamedTuple):
    """What a scan says to a sentence: what stands in its blank or what ink is in its boxes, why it is uncertain however
    sure the signs are, the page (from 0), where on it (pixels), and how sure the least certain sign is."""

    asked: Asked
    typed: str
    boxes: list[Box]
    doubt: str
    page: int
    box: tuple[float, float, float, float]
    sure: float


class Placed(NamedTuple):
    """A sign and the page it is on."""

    sign: Sign
    page: int


def sentences(year: int) -> list[Asked]:
    """The form's sentences of a year in their order; fields that share one are asked together."""
    found: dict[str, list[str]] = {}
    for code, field in FIELDS.items():
        found.setdefault(field.sentence.format(year=year, next_year=year + 1), []).append(code)
    return [Asked(tuple(codes), text) for text, codes in found.items()]


def match(pages: list[Picture], year: int) -> tuple[list[Answer], list[int]]:
    """The answers to the sentences that were found, and the years that these name."""
    placed = [Placed(sign, number) for number, page in enumerate(pages) for sign in _in_order(page)]
    placed = [one for one in placed if not _NO_WORDS.match(one.sign.text)]
    asked = sentences(year)
    bare = [_bare(one.text) for one in asked]
    read = plain("".join(one.sign.text for one in placed))
    starts = _starts(bare, read)
    answers, years = [], []
    for place, (one, words) in enumerate(zip(asked, bare)):
        if starts[place] is None:
            continue
        first = max(starts[place] - SLACK, 0)
        following = [start for start in starts[place + 1 :] if start is not None and start > starts[place]]
        stop = min([*(start + SLACK for start in following[:1]), first + int(1.4 * len(words)) + 40])
        near = _partners(words, read[first:stop])
        found = [first + near[at] if at in near else None for at in range(len(words))]
        known = [at for at in found if at is not None]
        gaps = [at for at in range(min(4, len(known) - 1)) if known[at + 1] - known[at] > 3]
        for _ in range(max(gaps, default=-1) + 1):  # chance, in what stands before
            found[found.index(known.pop(0))] = None
        if len(known) >= 0.7 * len(words):
            answers.append(_answer(one, words, found, placed, pages))
            years += [int(year) for year in re.findall(r"20\d\d", read[min(known) : min(known) + 16])[:1]]
    return answers, years


def _bare(text: str) -> str:
    return plain(_NO_WORDS.sub("", text))


def _partners(form: str, read: str) -> dict[int, int]:
    """For each sign of the form its place in what was read."""
    return {
        block.a + step: block.b + step
        for block in Levenshtein.editops(form, read).as_matching_blocks()
        for step in range(block.size)
    }


def _starts(sentences: list[str], read: str) -> list[int | None]:
    """Where each sentence begins in what was read, None where it is not there.

    One place belongs to one sentence: the one that is nearest to what stands there.
    """
    found = [partial_ratio_alignment(words, read, score_cutoff=ALIKE) if read else None for words in sentences]
    starts: list[int | None] = []
    for place, one in enumerate(found):
        rivals = [other.score for at, other in enumerate(found) if other and at != place and one
                  and abs(other.dest_start - one.dest_start) < 10]  # fmt: skip
        starts.append(one.dest_start if one and one.score > max(rivals, default=0) else None)
    return starts


def _in_order(page: Picture) -> list[Sign]:
    """The signs of the sentences: lines from the top, those of the narrow column on the left left out."""
    starts = [line[0].left for line in page.lines if re.match(r"\d{1,2}[.．]", "".join(s.text for s in line[:3]))]
    edge = float(np.median(starts)) if starts else 0
    return [sign for line in page.lines if line[-1].right > edge + 15 for sign in line]


def _answer(asked: Asked, words: str, found: list[int | None], placed: list[Placed], pages: list[Picture]) -> Answer:
    known = [at for at in found if at is not None]
    if _BLANK in asked.text and "□" not in asked.text:
        return _number(asked, words, found, placed, pages)
    return _boxes(asked, words, found, placed, pages, known)


def _number(asked: Asked, words: str, found: list, placed: list[Placed], pages: list[Picture]) -> Answer:
    at = len(_bare(asked.text.split(_BLANK)[0]))
    before, after = found[at - 1], found[at] if at < len(found) else None
    known = [one for one in found if one is not None]
    if before is None or after is None:
        near = placed[max([one for one in known if before is None or one <= before], default=known[0])]
        blank = before is not None and after is None and _blank_line(pages[near.page], near.sign)
        return Answer(
            asked, "", [], "" if blank else "填空前后的文字未能辨认", near.page, around([near.sign]), 1 if blank else 0
        )
    inside = placed[before + 1 : after]
    left, right = placed[before], placed[after]
    if not inside:
        blank = left.page == right.page and not _same_line(left.sign, right.sign)
        ink = 0 if blank or left.page != right.page else _ink_between(pages[left.page], left.sign, right.sign)
        fault = "填空处有未能辨认的笔迹" if ink else ""
        return Answer(asked, "", [], fault, left.page, around([left.sign, right.sign]), 1)
    signs = [one.sign for one in inside]
    if len({one.page for one in inside}) > 1 or not all(_same_line(signs[0], sign) for sign in signs):
        doubt, sure = "所填内容分在两行", 0.0
    else:
        stop = right.sign.left if right.page == inside[0].page and _same_line(right.sign, signs[0]) else None
        doubt, sure = doubt_of("".join(sign.text for sign in signs), signs, pages[inside[0].page], stop)
    return Answer(asked, "".join(s.text for s in signs), [], doubt, inside[0].page, around(signs), sure)


def doubt_of(text: str, signs: list[Sign], page: Picture, stop: float | None = None) -> tuple[str, float]:
    """Why a number is not certain however sure its signs are, in Chinese ("" where it is), and how sure they are.

    `stop` is where the form's own words go on.
    """
    left, top, right, bottom = around(signs)
    box = left, top, min(right, stop or right), bottom
    for scale in SCALES:
        again, sure_again = read_again(_alone(page, box), scale)
        if digits(again) == digits(text):
            break
    else:
        return f"再次识别不一致（“{text[:20]}”“{again[:20]}”）", 0
    sure = min(sign.sure for sign in signs)
    sure = min(max(sure, sure_again), 2 * sure)
    typed = plain(text).replace("−", "-")
    if not set(typed) <= _DOTTED:
        numbers = _NUMBER.findall(typed)
        if len(numbers) != 1 or not re.fullmatch(r"[-\d.,]+[^\d]{0,3}", typed):
            return "所填内容不是单个数字", sure
        box = around(signs[: len(numbers[0])])
        typed = numbers[0]
    return ("" if pieces(page.ink, box) == len(typed) else "字符个数与笔迹不符"), sure


def _alone(page: Picture, box: tuple[float, float, float, float]) -> np.ndarray:
    """Part of a page in grey, without the pieces of ink that belong to its neighbours."""
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


def digits(text: str) -> str:
    """What was read, without what does not count: spaces, the line of a blank, a full stop, the % that follows (whose
    ring is read as °)."""
    return re.sub(r"[\s_]", "", plain(text)).replace("−", "-").strip("。°%")


def pieces(ink: np.ndarray, box: tuple[float, float, float, float]) -> int:
    """How many pieces of ink lie in a part of a page, the line below a blank and specks aside."""
    left, top, right, bottom = (round(edge) for edge in box)
    height = bottom - top
    start = max(left - height, 0)  # neighbours whole, so that no piece of them is taken for one of ours
    part = ink[max(top, 0) : bottom, start : right + height]
    _, _, stats, centres = cv2.connectedComponentsWithStats(part, connectivity=8)
    count = 0
    for (_, y, wide, high, area), (x, _) in zip(stats[1:], centres[1:]):
        line = wide > 1.2 * height or (high <= 4 and y > 0.75 * height and wide > 0.4 * height)
        # What lies across the right edge is the ring of a %.
        count += area >= min(9, 0.006 * height**2) and not line and left <= start + x <= right - 0.08 * height
    return count


def _blank_line(page: Picture, left: Sign) -> bool:
    """Does a line to write on begin right of a sign, with nothing written on it?"""
    high = left.bottom - left.top
    top, start = max(int(left.top - 0.1 * high), 0), max(int(left.right - 0.4 * high), 0)
    part = ink_of(page.all_grey[top : int(left.bottom + 0.4 * high), start : int(left.right + 9 * high)], FAINT)
    closed = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((3, max(int(0.3 * high), 3)), np.uint8))
    line = cv2.morphologyEx(
        cv2.dilate(closed, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, np.ones((1, int(2.5 * high)))
    )
    stats = cv2.connectedComponentsWithStats(line, connectivity=8)[2][1:]
    # On the foot of the signs, not above or below them, where lines of the table run.
    lines = [one for one in stats if 0.5 * high < one[1] < 1.1 * high]
    if not lines:
        return False
    x, y, wide, _, _ = min(lines, key=lambda one: one[1])
    above = part[int(0.2 * high) : y - 1, max(x + 4, int(0.5 * high)) : x + wide - 3]
    return above.size > 0 and np.count_nonzero(above) <= 0.01 * above.size


def _ink_between(page: Picture, left: Sign, right: Sign) -> bool:
    """Is there ink in a blank, above its line?"""
    top, bottom = min(left.top, right.top), max(left.bottom, right.bottom)
    high = bottom - top
    if right.left - left.right < 0.5 * high:
        return False
    rows, columns = (
        slice(int(top), int(bottom - 0.25 * high)),
        slice(int(left.right + 0.2 * high), int(right.left - 0.1 * high)),
    )
    part = ink_of(page.all_grey[rows, columns], FAINT)
    return part.size > 0 and np.count_nonzero(part) > 0.02 * part.size


def _boxes(asked: Asked, words: str, found: list, placed: list[Placed], pages: list[Picture], known: list) -> Answer:
    """A sentence with boxes: each is told by the ink left of its word."""
    boxes, marks = [], []
    first, *parts = asked.text.split("□")
    at = len(_bare(first))
    for part in parts:
        word = found[at] if at < len(found) else None
        if word is None:
            boxes.append(Box(None, None, False, False))
        else:
            boxes.append(_box(pages[placed[word].page], placed[word].sign))
            marks.append(placed[word])
        at += len(_bare(part))
    here = marks[0] if marks else placed[known[0]]
    extra = _extra(found, placed, [one.sign for one in marks])
    doubt = f"多出的“{extra[:20]}”未能辨认" if extra else ""
    signs = [one.sign for one in marks if one.page == here.page] or [here.sign]
    left, top, right, bottom = around(signs)
    return Answer(asked, "", boxes, doubt, here.page, (left - (bottom - top), top, right, bottom), 1)


def _extra(found: list[int | None], placed: list[Placed], words: list[Sign]) -> str:
    """What stands in a sentence beside its own words, the boxes left of `words` left out: they are read otherwise."""
    known = [at for at in found if at is not None]
    own = set(known)
    inside = [placed[at].sign for at in range(known[0], known[-1] + 1) if at not in own]
    inside = [sign.text for sign in inside if not any(_is_box_of(word, sign) for word in words)]
    return "".join(inside).strip(" .,;:。，；：、·-—_口日|'\"`")


def _is_box_of(word: Sign, sign: Sign) -> bool:
    high = word.bottom - word.top
    return _same_line(word, sign) and word.left - 1.1 * high < (sign.left + sign.right) / 2 < word.left


def _box(page: Picture, word: Sign) -> Box:
    black, framed, about = _ink_of_box(page.grey, word, page.box)
    return Box(black, _ink_of_box(page.all_grey, word, page.box)[0], framed, about)


def _ink_of_box(grey: np.ndarray, word: Sign, size: int) -> tuple[float | None, bool, bool]:
    """Of what stands left of a word: the share of ink in its middle, is it framed, does other ink lie about them."""
    high = word.bottom - word.top
    top, bottom = max(int(word.top - 0.35 * high), 0), int(word.bottom + 0.35 * high)
    start, right = max(int(word.left - 1.9 * high), 0), int(word.left + 1.2 * high)
    part = grey[top:bottom, start:right]
    if part.size == 0:
        return None, False, False
    strip, dark = ink_of(part, FAINT), ink_of(part)
    for shape in ((int(1.3 * high), 1), (1, int(2.2 * high))):  # the lines of the table
        rule = cv2.morphologyEx(strip, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        rule = cv2.dilate(rule, np.ones((3, 3), np.uint8))
        strip, dark = cv2.subtract(strip, rule), cv2.subtract(dark, rule)
    # Its right edge lies at the word, whose place is known to a third of a sign.
    side = size or 0.6 * high
    near, far = word.left + 0.35 * side - start, word.left - 0.7 * side - start
    stats, dark = (cv2.connectedComponentsWithStats(ink, connectivity=8)[2] for ink in (strip, dark))
    frame = _frame(strip, size, near, far) if size else None
    boxes = [frame] if frame else [
        one[:4] for one in dark[1:] if 0.6 * side < one[2] < 1.5 * side and 0.6 * side < one[3] < 1.6 * side
        and 0.6 < one[2] / one[3] < 1.6 and far < one[0] + one[2] <= near
    ]  # fmt: skip
    if not boxes:
        return None, False, False
    x, y, wide, tall = box = max(boxes, key=lambda box: box[0])
    inner = _middle(strip, box)
    share = round(float(inner.mean()), 3) if inner.size else 1.0
    speck, thin = 0.012 * high * high, 0.2 * high
    about = any(
        area > speck and y - 0.1 * high < top + down and top < y + tall  # on this line
        and min(across, down) > thin  # no rest of a line
        and not (left <= x + 2 and left + across >= x + wide - 2 and across < 1.15 * high)  # not the box
        and (
            max(across, down) > 1.5 * high  # round both, or through them
            or (left > x + wide and left + across < word.left - start)  # between the two
            or (x - 0.35 * high < left + across / 2 < x and left > 0 and 0.3 * high < down and across < 0.6 * high)
        )
        for left, top, across, down, area in stats[1:]
    )  # fmt: skip
    return share, bool(frame), about


def _middle(strip: np.ndarray, box) -> np.ndarray:
    x, y, wide, tall = box
    edge = max(2, round(0.24 * min(wide, tall)))
    return strip[y + edge : y + tall - edge, x + edge : x + wide - edge] > 0


def _frame(strip: np.ndarray, size: int, near: float, far: float) -> tuple[int, int, int, int] | None:
    """Where the frame of a box of about this size lies, whatever was drawn through it: all four sides are there."""
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
        whole = whole[:, first:last]
        if whole.size and whole.max() > best:
            y, x = np.unravel_index(whole.argmax(), whole.shape)
            best, place = whole.max(), (int(x) + first, int(y), side, side)
    return place


def _same_line(one: Sign, other: Sign) -> bool:
    return abs((one.top + one.bottom) - (other.top + other.bottom)) < (one.bottom - one.top)


def around(signs: list[Sign]) -> tuple[float, float, float, float]:
    """The part of a page that signs take up."""
    return (
        min(sign.left for sign in signs),
        min(sign.top for sign in signs),
        max(sign.right for sign in signs),
        max(sign.bottom for sign in signs),
    )
