"""Lines of scanned pages -> the form's sentences: the text in each blank, the ink in each box.

The text of all pages is aligned with the text of the form, character by character (smallest edit distance). The text
between the words around a blank is its answer; a box is left of its word. An answer is certain only if the words around
it are the form's, it was read twice with the same result, and there are as many pieces of ink as characters. For a box
the ink in and around it is measured; how much of it is a tick, and how much confidence suffices, is decided later
(forms.py).
"""

import re
from typing import NamedTuple

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.spelling import plain

from .boxes import NOTHING, Box, Seen, box_of, judged
from .numbers import around, checked, without_lines
from .recognise import FAINT, Picture, Sign, ink_of

SLACK = 6  # characters by which a sentence may begin earlier or later than found
ALIKE = 72  # similarity (of 100) that a sentence must have to the form's
UNFOUND = "填空前后的文字未能辨认"
MANY, BROKEN = 6, "印迹断续，各方框均不完整"  # at least so many boxes, and no complete frame
_BLANK = "_" * 10
_NO_WORDS = re.compile(r"[□☐☑☒✓✔√■×_\s口]")


class Asked(NamedTuple):
    """A sentence of the form: its fields and its text, with boxes or a blank."""

    codes: tuple[str, ...]
    text: str


class Answer(NamedTuple):
    """The answer to a sentence on a scan.

    `typed`: the text in its blank. `boxes`: the ink in its boxes. `doubt`: why it is uncertain regardless of confidence
    (Chinese), or "". `page` (from 0), `box` (pixels): its place. `sure`: the confidence of the least certain character.
    """

    asked: Asked
    typed: str
    boxes: list[Box] | list[Seen]
    doubt: str
    page: int
    box: tuple[float, float, float, float]
    sure: float


class Placed(NamedTuple):
    """A character and the page it is on."""

    sign: Sign
    page: int


def sentences(year: int) -> list[Asked]:
    """The form's sentences for a year, in order, each with all its fields."""
    found: dict[str, list[str]] = {}
    for code, field in FIELDS.items():
        found.setdefault(field.sentence.format(year=year, next_year=year + 1), []).append(code)
    return [Asked(tuple(codes), text) for text, codes in found.items()]


def match(pages: list[Picture], year: int) -> tuple[list[Answer], list[int]]:
    """The answers to the sentences found on the pages, and the years in these sentences."""
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
        for _ in range(max(gaps, default=-1) + 1):  # coincidences in the text before the sentence
            found[found.index(known.pop(0))] = None
        for at in range(3, -1, -1):  # its number may also occur at the end of the previous line: take the nearer one
            if found[at] is not None and found[at + 1] and read[found[at + 1] - 1] == words[at]:
                found[at] = found[at + 1] - 1
        if len(known) >= 0.7 * len(words):
            answers.append(_answer(one, found, placed, pages))
            years += [int(year) for year in re.findall(r"20\d\d", read[min(known) : min(known) + 16])[:1]]
    boxes = judged([one.boxes for one in answers])
    answers = [one._replace(boxes=own) for one, own in zip(answers, boxes)]
    framed = [box.framed for own in boxes for box in own]
    if len(framed) >= MANY and not any(framed):  # print too broken to distinguish 4 from 1
        answers = [one._replace(doubt=one.doubt or BROKEN) if one.typed else one for one in answers]
    return answers, years


def _bare(text: str) -> str:
    return plain(_NO_WORDS.sub("", text))


def _partners(form: str, read: str) -> dict[int, int]:
    """Positions of the form's characters -> positions in the text read."""
    return {
        block.a + step: block.b + step
        for block in Levenshtein.editops(form, read).as_matching_blocks()
        for step in range(block.size)
    }


def _starts(sentences: list[str], read: str) -> list[int | None]:
    """Where each sentence begins in the text read; None if it is not found.

    If several sentences match at one place, it belongs to the most similar one.
    """
    found = [partial_ratio_alignment(words, read, score_cutoff=ALIKE) if read else None for words in sentences]
    starts: list[int | None] = []
    for place, one in enumerate(found):
        rivals = [other.score for at, other in enumerate(found) if other and at != place and one
                  and abs(other.dest_start - one.dest_start) < 10]  # fmt: skip
        starts.append(one.dest_start if one and one.score > max(rivals, default=0) else None)
    return starts


def _in_order(page: Picture) -> list[Sign]:
    """The characters of a page's lines from the top, without the narrow column left of the sentences."""
    starts = [line[0].left for line in page.lines if re.match(r"\d{1,2}[.．]", "".join(s.text for s in line[:3]))]
    edge = float(np.median(starts)) if starts else 0
    return [sign for line in page.lines if line[-1].right > edge + 15 for sign in line]


def _answer(asked: Asked, found: list[int | None], placed: list[Placed], pages: list[Picture]) -> Answer:
    known = [at for at in found if at is not None]
    if _BLANK in asked.text and "□" not in asked.text:
        return _number(asked, found, placed, pages)
    return _boxes(asked, found, placed, pages, known)


def _number(asked: Asked, found: list, placed: list[Placed], pages: list[Picture]) -> Answer:
    at = len(_bare(asked.text.split(_BLANK)[0]))
    before, after = found[at - 1], found[at] if at < len(found) else None
    known = [one for one in found if one is not None]
    if before is None or after is None:
        near = placed[max([one for one in known if before is None or one <= before], default=known[0])]
        blank = before is not None and after is None and _blank_line(pages[near.page], near.sign)
        return Answer(asked, "", [], "" if blank else UNFOUND, near.page, around([near.sign]), 1 if blank else 0)
    inside = placed[before + 1 : after]
    left, right = placed[before], placed[after]
    if not inside:
        fault = "填空处有未能辨认的笔迹" if _written(left, right, pages) else ""
        return Answer(asked, "", [], fault, left.page, around([left.sign, right.sign]), 1)
    signs = [one.sign for one in inside]
    if len({one.page for one in inside}) > 1 or not all(_same_line(signs[0], sign) for sign in signs):
        typed, doubt, sure = "".join(sign.text for sign in signs), "所填内容分在两行", 0.0
    else:
        start, stop = (
            edge if one.page == inside[0].page and _same_line(one.sign, signs[0]) and beside else None
            for one, edge, beside in (
                (left, left.sign.right, left.sign.left < signs[0].left),  # if lines are not level, the left end of
                (right, right.sign.left, right.sign.right > signs[-1].right),  # one is as high as the right of another
            )
        )
        typed, doubt, sure = checked(signs, pages[inside[0].page], start, stop)
    return Answer(asked, typed, [], doubt, inside[0].page, around(signs), sure)


def _blank_line(page: Picture, left: Sign) -> bool:
    """Whether a line to write on begins right of a character, with nothing written on it."""
    high = left.bottom - left.top
    top, start = max(int(left.top - 0.1 * high), 0), max(int(left.right - 0.4 * high), 0)
    part = ink_of(page.all_grey[top : int(left.bottom + 0.4 * high), start : int(left.right + 9 * high)], FAINT)
    closed = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((3, max(int(0.3 * high), 3)), np.uint8))
    line = cv2.morphologyEx(
        cv2.dilate(closed, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, np.ones((1, int(2.5 * high)))
    )
    stats = cv2.connectedComponentsWithStats(line, connectivity=8)[2][1:]
    # At the foot of the characters; lines above or below are those of the table.
    lines = [one for one in stats if 0.5 * high < one[1] < 1.1 * high]
    if not lines:
        return False
    x, y, wide, _, _ = min(lines, key=lambda one: one[1])
    above = part[int(0.2 * high) : y - 1, max(x + 4, int(0.5 * high)) : x + wide - 3]
    return above.size > 0 and np.count_nonzero(above) <= 0.01 * above.size


def _written(left: Placed, right: Placed, pages: list[Picture]) -> bool:
    """Whether there is ink in a blank, above its line; a blank may continue on the next line."""
    if left.page == right.page and _same_line(left.sign, right.sign):
        return _ink_between(pages[left.page], left.sign, left.sign.right, right.sign.left)
    high = right.sign.bottom - right.sign.top
    return (
        _ink_between(pages[left.page], left.sign, left.sign.right, left.sign.right + 6 * high)
        and not _blank_line(pages[left.page], left.sign)
    ) or _ink_between(pages[right.page], right.sign, right.sign.left - 1.2 * high, right.sign.left)


def _ink_between(page: Picture, sign: Sign, start: float, stop: float) -> bool:
    high = sign.bottom - sign.top
    if stop - start < 0.5 * high:
        return False
    part = page.all_grey[
        int(sign.top) : int(sign.bottom), max(int(start + 0.2 * high), 0) : max(int(stop - 0.1 * high), 0)
    ]
    if part.size == 0:
        return False
    ink = without_lines(ink_of(part, FAINT))[: int(0.8 * high)]
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((ink.shape[0], 1), np.uint8))  # a line of the table
    return np.count_nonzero(cv2.subtract(ink, down)) > 0.02 * ink.size


def _boxes(asked: Asked, found: list, placed: list[Placed], pages: list[Picture], known: list) -> Answer:
    """The answer to a sentence with boxes, each found left of its word."""
    boxes, marks = [], []
    first, *parts = asked.text.split("□")
    at = len(_bare(first))
    for part in parts:
        word = found[at] if at < len(found) else None
        if word is None:
            boxes.append(NOTHING)
        else:
            boxes.append(box_of(pages[placed[word].page], placed[word].sign))
            marks.append(placed[word])
        at += len(_bare(part))
    here = marks[0] if marks else placed[known[0]]
    extra = _extra(found, placed, [one.sign for one in marks])
    doubt = f"多出的“{extra[:20]}”未能辨认" if extra else ""
    signs = [one.sign for one in marks if one.page == here.page] or [here.sign]
    left, top, right, bottom = around(signs)
    return Answer(asked, "", boxes, doubt, here.page, (left - (bottom - top), top, right, bottom), 1)


def _extra(found: list[int | None], placed: list[Placed], words: list[Sign]) -> str:
    """Text in a sentence other than its own words and the boxes left of `words`."""
    known = [at for at in found if at is not None]
    own = set(known)
    inside = [placed[at].sign for at in range(known[0], known[-1] + 1) if at not in own]
    inside = [sign.text for sign in inside if not any(_is_box_of(word, sign) for word in words)]
    return "".join(inside).strip(" .,;:。，；：、·-—_口日|'\"`")


def _is_box_of(word: Sign, sign: Sign) -> bool:
    high = word.bottom - word.top
    return _same_line(word, sign) and word.left - 1.3 * high < (sign.left + sign.right) / 2 < word.left


def _same_line(one: Sign, other: Sign) -> bool:
    return abs((one.top + one.bottom) - (other.top + other.bottom)) < (one.bottom - one.top)
