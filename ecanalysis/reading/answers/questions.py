"""Sentences that ask two things: C03 (健全? and who runs it) and C10 (two kinds of accident)."""

import re

from ecanalysis.reading.spelling import NEXT_CELL, plain
from ecanalysis.reading.ticks import BOXED_LETTERS, BOXES, CROSSES, OPERATOR, TICKS

LONGEST = 1000  # signs in a sentence
PAIRS = {("C03", "C03_operator"), ("C10a", "C10b")}
_SIGNS_BEFORE = re.compile(rf"[{TICKS}{BOXED_LETTERS}{CROSSES}{BOXES}\s_()\u200b]*$")
_A = re.compile(r"特别重大(?:生产)?安全事故(?:或特大环境事故)?|特大环境事故")
_B = re.compile(r"(?<!特别)重大(?:生产)?安全事故(?:或环境突发事件)?|环境突发事件")
_ANSWERED = re.compile(rf"[是否有无{TICKS}{CROSSES}]")


def split_pair(codes: tuple[str, ...], text: str) -> list[tuple[str, str, int]]:
    """The parts of an answer that answer each of two questions: (code, part, where it begins).

    >>> split_pair(("C03", "C03_operator"), "☑是 □否；□政府部门 ☑事业单位")
    [('C03', '☑是 □否；', 0), ('C03_operator', '□政府部门 ☑事业单位', 6)]
    >>> split_pair(("C10a", "C10b"), "□是 ☑否，特别重大生产安全事故或特大环境事故；☑是 □否，重大生产安全事故")
    [('C10a', '□是 ☑否，', 0), ('C10b', '；☑是 □否，', 23)]

    One answer to both kinds of accident is given back for both.
    """
    signs = plain(text)
    if len(text) > LONGEST:
        return [(code, text, 0) for code in codes]
    if codes == ("C03", "C03_operator"):
        return _split_operator(text, signs)
    return _split_accidents(text, signs)


def _split_operator(text: str, signs: str) -> list[tuple[str, str, int]]:
    first = OPERATOR.search(signs)
    if first is None:
        return [("C03", text, 0)]
    # The signs before the first operator are its own, back to a ; or the end of a line.
    at = _SIGNS_BEFORE.search(signs, 0, first.start()).start()
    for sign in (";", "\n", NEXT_CELL):
        stop = signs.rfind(sign, at, first.start())
        at = max(at, stop + 1)
    return [("C03", text[:at], 0), ("C03_operator", text[at:], at)]


def _split_accidents(text: str, signs: str) -> list[tuple[str, str, int]]:
    # Its words may be broken: a line ends, a cell ends, a sign of no width stands between.
    places = [at for at, sign in enumerate(signs) if not (sign.isspace() or sign == "\u200b")]
    close = "".join([signs[at] for at in places])
    a, b = _A.search(close), _B.search(close)
    if a is None or b is None or b.start() < a.end():
        return [("C10a", text, 0), ("C10b", text, 0)]
    (a_start, a_end), (b_start, b_end) = ((places[one.start()], places[one.end() - 1] + 1) for one in (a, b))
    if _ANSWERED.search(signs, 0, a_start) or not _ANSWERED.search(signs, b_end):
        # the answers stand before the words, as the form prints them
        return [("C10a", text[:a_start], 0), ("C10b", text[a_end:b_start], a_end)]
    return [("C10a", text[a_end:b_start], a_end), ("C10b", text[b_end:], b_end)]
