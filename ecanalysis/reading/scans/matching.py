"""The form's own sentences among the lines of a scan: what stands in each blank, what ink lies in each box.

The text of all pages is laid beside the text of the form, sign by sign (the fewest changes that make one of the other).
What stands between the words around a blank is its answer; beside the word of a box lies the box. An answer is
certain only where everything agrees: its neighbours are the form's, it was read twice alike, and there are as many
pieces of ink as signs. Anything else is said to be uncertain, and gives no value.
"""

import re
from typing import NamedTuple

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.spelling import plain

from .recognise import Picture, Sign, read_again

SURE = 0.85  # of every sign of an answer
EMPTY, TICKED = 0.05, 0.11  # share of ink within a box: below, it is empty; above, ticked
SCALES = (1.5, 2.0)  # at which a number is read again; one of them must agree
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


class Answer(NamedTuple):
    """What a scan says to a sentence: the sentence filled in, the fields that are uncertain and why, the page (from 0),
    where on it (pixels), and the lowest certainty of its signs."""

    asked: Asked
    text: str
    uncertain: str
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
        while len(known) > 1 and known[1] - known[0] > 3 and found.index(known[1]) < 4:  # chance, in what stands before
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
    here = placed[known[0]]
    if before is None or after is None:
        return Answer(asked, asked.text, "填空前后的文字未能辨认", here.page, _around([here.sign]), 0)
    inside = placed[before + 1 : after]
    left, right = placed[before], placed[after]
    if not inside:
        blank = left.page == right.page and not _same_line(left.sign, right.sign)
        ink = 0 if blank or left.page != right.page else _ink_between(pages[left.page], left.sign, right.sign)
        fault = "填空处有未能辨认的笔迹" if ink else ""
        return Answer(asked, asked.text, fault, left.page, _around([left.sign, right.sign]), 1)
    signs = [one.sign for one in inside]
    text = "".join(sign.text for sign in signs)
    box, sure, page = _around(signs), min(sign.sure for sign in signs), inside[0].page
    return Answer(
        asked, asked.text.replace(_BLANK, text), _doubt(text, signs, inside, pages[page], sure), page, box, sure
    )


def _doubt(text: str, signs: list[Sign], inside: list[Placed], page: Picture, sure: float) -> str:
    """Why a number is not certain, in Chinese; "" where it is."""
    if len({one.page for one in inside}) > 1 or not all(_same_line(signs[0], sign) for sign in signs):
        return "所填内容分在两行"
    for scale in SCALES:
        again, sure_again = read_again(_alone(page, _around(signs)), scale)
        if _digits(plain(again)) == _digits(plain(text)):
            break
    else:
        return f"再次识别不一致（“{text[:20]}”“{again[:20]}”）"
    if max(sure, sure_again) < SURE or sure < SURE / 2:
        return f"置信度{max(sure, sure_again):.2f}，低于{SURE}"
    typed = plain(text).replace("−", "-")
    if not set(typed) <= _DOTTED:
        numbers = _NUMBER.findall(typed)
        if len(numbers) != 1 or not re.fullmatch(r"[-\d.,]+[^\d]{0,3}", typed):
            return "所填内容不是单个数字"
        signs = signs[: len(numbers[0])]
    if _pieces(page.ink, _around(signs)) != len(signs):
        return "字符个数与笔迹不符"
    return ""


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
            part[cv2.dilate((labels == label).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = 250
    return part[:, max(left - start - 6, 0) : right - start + 6]


def _digits(text: str) -> str:
    return re.sub(r"[\s_]", "", text).replace("−", "-").strip("。")


def _pieces(ink: np.ndarray, box: tuple[float, float, float, float]) -> int:
    """How many pieces of ink lie in a part of a page, the line below a blank and specks aside."""
    left, top, right, bottom = (round(edge) for edge in box)
    height = bottom - top
    start = max(left - height, 0)  # neighbours whole, so that no piece of them is taken for one of ours
    part = ink[max(top, 0) : bottom, start : right + height]
    _, _, stats, centres = cv2.connectedComponentsWithStats(part, connectivity=8)
    count = 0
    for (_, y, wide, high, area), (x, _) in zip(stats[1:], centres[1:]):
        line = wide > 1.2 * height or (high <= 4 and y > 0.75 * height and wide > 0.4 * height)
        count += area >= 9 and not line and left <= start + x <= right
    return count


def _ink_between(page: Picture, left: Sign, right: Sign) -> bool:
    """Is there ink in a blank, above its line?"""
    top, bottom = min(left.top, right.top), max(left.bottom, right.bottom)
    high = bottom - top
    if right.left - left.right < 0.5 * high:
        return False
    part = page.all_ink[
        int(top) : int(bottom - 0.25 * high), int(left.right + 0.2 * high) : int(right.left - 0.1 * high)
    ]
    return part.size > 0 and np.count_nonzero(part) > 0.02 * part.size


def _boxes(asked: Asked, words: str, found: list, placed: list[Placed], pages: list[Picture], known: list) -> Answer:
    """A sentence with boxes: each is told by the ink left of its word."""
    text, faults, marks = asked.text, [], []
    pieces = text.split("□")
    at = len(_bare(pieces[0]))
    filled = pieces[0]
    for piece in pieces[1:]:
        word = found[at] if at < len(found) else None
        mark = None
        if word is not None:
            mark = _mark(pages[placed[word].page], placed[word].sign)
            marks.append(placed[word])
        if mark is None:
            faults.append(f"“{piece.strip('；。 _')[:4]}”前的方框")
        filled += ("☑" if mark else "□") + piece
        at += len(_bare(piece))
    first = marks[0] if marks else placed[known[0]]
    extra = _extra(found, placed)
    if extra:
        faults.append(f"多出的“{extra[:20]}”")
    doubt = f"{'、'.join(faults)}未能辨认" if faults else ""
    signs = [one.sign for one in marks if one.page == first.page] or [first.sign]
    left, top, right, bottom = _around(signs)
    return Answer(asked, filled, doubt, first.page, (left - (bottom - top), top, right, bottom), 1)


def _extra(found: list[int | None], placed: list[Placed]) -> str:
    """What stands in a sentence beside its own words."""
    known = [at for at in found if at is not None]
    own = set(known)
    inside = [placed[at].sign.text for at in range(known[0], known[-1] + 1) if at not in own]
    return "".join(inside).strip(" .,;:。，；：、·-—_口日|'\"`")


def _mark(page: Picture, word: Sign) -> bool | None:
    """Is the box left of a word ticked? None where its ink does not tell, or where red ink says something else."""
    said = {_mark_in(ink, word) for ink in (page.ink, page.all_ink)}
    return said.pop() if len(said) == 1 else None


def _mark_in(ink: np.ndarray, word: Sign) -> bool | None:
    high = word.bottom - word.top
    top, bottom = int(word.top - 0.15 * high), int(word.bottom + 0.15 * high)
    left, right = int(word.left - 1.5 * high), int(word.left + 0.12 * high)
    strip = ink[max(top, 0) : bottom, max(left, 0) : right]
    if strip.size == 0:
        return None
    count, _, stats, _ = cv2.connectedComponentsWithStats(strip, connectivity=8)
    boxes = [
        (x, y, wide, high_)
        for x, y, wide, high_, area in stats[1:count]
        if 0.4 * high < wide < 1.15 * high and 0.4 * high < high_ < 1.3 * high and 0.6 < wide / high_ < 1.6
        and x + wide > 0.5 * high
    ]  # fmt: skip
    if not boxes:
        return None
    x, y, wide, tall = max(boxes, key=lambda box: box[0])
    whole = strip[y : y + tall, x : x + wide] > 0
    edge = max(2, round(0.24 * min(wide, tall)))
    inner = whole[edge : tall - edge, edge : wide - edge]
    frame = [whole[:edge].max(0).mean(), whole[-edge:].max(0).mean(), whole[:, :edge].max(1).mean()]
    frame.append(whole[:, -edge:].max(1).mean())
    share = float(inner.mean()) if inner.size else 1.0
    if share >= TICKED:
        return True
    return False if share <= EMPTY and min(frame) > 0.8 else None


def _same_line(one: Sign, other: Sign) -> bool:
    return abs((one.top + one.bottom) - (other.top + other.bottom)) < (one.bottom - one.top)


def _around(signs: list[Sign]) -> tuple[float, float, float, float]:
    return (
        min(sign.left for sign in signs),
        min(sign.top for sign in signs),
        max(sign.right for sign in signs),
        max(sign.bottom for sign in signs),
    )
