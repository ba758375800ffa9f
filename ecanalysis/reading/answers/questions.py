"""Sentences with two questions -> the answer to each: C03 (健全? and who runs it) and C10 (two kinds of accident)."""

import re
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.spelling import NEXT_CELL, plain
from ecanalysis.reading.ticks import BOXED_LETTERS, BOXES, CROSSES, OPERATOR, TICKS, read_yes_no

LONGEST = 1000  # characters in a sentence
PAIRS = {("C03", "C03_operator"), ("C10a", "C10b")}
_SIGNS_BEFORE = re.compile(rf"[{TICKS}{BOXED_LETTERS}{CROSSES}{BOXES}\s_()\u200b]*$")


def _kinds(code: str) -> str:
    words = "|".join(sorted(FIELDS[code].kinds, key=len, reverse=True))
    return f"(?:{words})(?:或(?:{words}))?"


_A = re.compile(_kinds("C10a"))
_B = re.compile(rf"(?<!特别)(?:{_kinds('C10b')})")
_ANSWERED = re.compile(rf"[是否有无{TICKS}{CROSSES}]")
_BOX_BEFORE = re.compile(rf"(?P<pair>.*[是否有无]\W*?|[\W_]*?)(?P<box>[{TICKS}{BOXES}☒])\s*$", re.DOTALL)


class Part(NamedTuple):
    """The answer to one of two questions: its text, where it begins, and its value if the text does not show it."""

    code: str
    text: str
    at: int
    meant: float | None = None


def split_pair(codes: tuple[str, ...], text: str) -> list[Part]:
    """Split an answer into the parts that answer each of two questions.

    >>> [tuple(part[1:3]) for part in split_pair(("C03", "C03_operator"), "☑是 □否；□政府部门 ☑事业单位")]
    [('☑是 □否；', 0), ('□政府部门 ☑事业单位', 6)]
    >>> accidents = "□是 ☑否，特别重大生产安全事故或特大环境事故；☑是 □否，重大生产安全事故"
    >>> [tuple(part[1:3]) for part in split_pair(("C10a", "C10b"), accidents)]
    [('□是 ☑否，', 0), ('；☑是 □否，', 23)]

    A common answer to both kinds of accident is returned for each of them.
    """
    signs = plain(text)
    if len(text) > LONGEST:
        return [Part(code, text, 0) for code in codes]
    if codes == ("C03", "C03_operator"):
        return _split_operator(text, signs)
    return _split_accidents(text, signs)


def _split_operator(text: str, signs: str) -> list[Part]:
    first = OPERATOR.search(signs)
    if first is None:
        return [Part("C03", text, 0)]
    # The marks before the first operator belong to it, back to a ; or the end of a line.
    at = _SIGNS_BEFORE.search(signs, 0, first.start()).start()
    for sign in (";", "\n", NEXT_CELL):
        stop = signs.rfind(sign, at, first.start())
        at = max(at, stop + 1)
    return [Part("C03", text[:at], 0), Part("C03_operator", text[at:], at)]


def _split_accidents(text: str, signs: str) -> list[Part]:
    # Words may be broken by the end of a line or cell, or by a character without width.
    places = [at for at, sign in enumerate(signs) if not (sign.isspace() or sign == "\u200b")]
    close = "".join([signs[at] for at in places])
    a, b = _A.search(close), _B.search(close)
    if a is None or b is None or b.start() < a.end():
        return [Part("C10a", text, 0), Part("C10b", text, 0)]
    (a_start, a_end), (b_start, b_end) = ((places[one.start()], places[one.end() - 1] + 1) for one in (a, b))
    if ticked := _ticked_kinds(text, signs, a_start, a_end, b_start):
        return ticked
    before = _ANSWERED.search(signs, 0, a_start)
    between, after = _ANSWERED.search(signs, a_end, b_start), _ANSWERED.search(signs, b_end)
    if before and not after and not re.search(r"\w|[□☐]", signs[a_end:b_start]):
        return [Part("C10a", text[:a_start], 0), Part("C10b", text[:a_start], 0)]
    if after and not before and not between:
        return [Part("C10a", text[b_end:], b_end), Part("C10b", text[b_end:], b_end)]
    if before or not after:
        # the answers are before the words, as in the form
        return [Part("C10a", text[:a_start], 0), Part("C10b", text[a_end:b_start], a_end)]
    return [Part("C10a", text[a_end:b_start], a_end), Part("C10b", text[b_end:], b_end)]


def _ticked_kinds(text: str, signs: str, a_start: int, a_end: int, b_start: int) -> list[Part]:
    """Both parts, if each kind of accident has a box of its own before it, after one 是 or 否 for both; else empty."""
    first, second = _BOX_BEFORE.fullmatch(signs[:a_start]), _BOX_BEFORE.fullmatch(signs[a_end:b_start])
    if not first or not second or _ANSWERED.search(second["pair"]):
        return []
    whether = read_yes_no(first["pair"]).answer
    happened = [float(box not in BOXES) for box in (first["box"], second["box"])]
    if (
        (whether is None and not any(happened))
        or (whether == 1.0 and not any(happened))
        or (whether == 0.0 and any(happened))
    ):
        return [Part("C10a", text, 0), Part("C10b", text, 0)] if whether is not None else []
    return [Part("C10a", text[:a_start], 0, happened[0]), Part("C10b", text[a_end:b_start], a_end, happened[1])]
