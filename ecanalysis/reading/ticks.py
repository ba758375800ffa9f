"""Boxes and words -> yes or no, or one of the five operators.

Every sign and word that is understood is an entry of a table here; docs/reading-rules.md shows them.
"""

import re
from typing import NamedTuple

from ecanalysis.form.fields import OPERATORS
from ecanalysis.reading.spelling import NEXT_CELL, SPACES, plain, squeezed

TICKS = "☑✓✔√■●✅⬛◼▣◉\uf0fe\uf0fc\uf052\uf050"  # the private-use ones are Wingdings and Wingdings 2
BOXED_LETTERS = "Rþ"  # a Wingdings tick that lost its font; where a box should stand
CROSSED_BOXES = "\uf0fd"  # the Wingdings one: also beside a box
CROSSES = "☒×✗✘✖╳❌⊠\uf0fb\uf053\uf051" + CROSSED_BOXES
BOXES = "□☐○◯〇▢◻⬜▯◇❏❑囗口¨£\uf0a8\uf06f\uf0a3"

WORDS = {
    "是": 1, "有": 1, "Y": 1, "YES": 1, "TRUE": 1, "1": 1,
    "否": 0, "无": 0, "N": 0, "NO": 0, "FALSE": 0, "0": 0, "没有": 0,
}  # fmt: skip
OPPOSITES = {("是", "否"), ("否", "是"), ("有", "无"), ("无", "有")}

OPERATOR_WORDS = {
    "政府部门": "政府部门", "政府机构": "政府部门", "政府机关": "政府部门", "政府": "政府部门",
    "事业单位": "事业单位",
    "国有或国有控股企业": "国有或国有控股企业", "国有及国有控股企业": "国有或国有控股企业",
    "国有、国有控股企业": "国有或国有控股企业", "国有企业": "国有或国有控股企业", "国有控股企业": "国有或国有控股企业",
    "国企": "国有或国有控股企业",
    "民营企业": "民营企业", "私营企业": "民营企业", "民企": "民营企业",
    "其他": "其他", "其它": "其他",
}  # fmt: skip

# For a number; for a yes/no all of them but 无 and 没有.
BLANK_WORDS = frozenset((
    "无", "没有", "暂无", "未有", "/", "//", "\\", "-", "--", "—", "——", "─", "N/A", "NA", "不适用",
    "不涉及", "未涉及", "未开展",
))  # fmt: skip

_RUN = rf"[{TICKS}{BOXED_LETTERS}{CROSSES}{BOXES}\s_()/、,;:.。\u200b{NEXT_CELL}]*"
_PAIR = re.compile(
    rf"(?P<before>{_RUN})(?P<first>[是否有无])(?P<between>{_RUN})(?P<second>[是否有无])(?P<after>{_RUN})"
)
_ALONE = re.compile(rf"{_RUN}({'|'.join(sorted(WORDS, key=len, reverse=True))}){_RUN}", re.IGNORECASE)
_SIGNS_ONLY = re.compile(_RUN)
_RUN_BEFORE = re.compile(rf"{_RUN}$")
_BREAK = r"[\s\u200b]*"  # a line or a cell may end within a word
OPERATOR = re.compile("|".join(_BREAK.join(word) for word in sorted(OPERATOR_WORDS, key=len, reverse=True)))
_EMPTY_BRACKETS = re.compile(r"\([\s_]*\)")
_AROUND = " \n\u200b_()/、,;:.。" + NEXT_CELL
_FILLER = " \n\u200b_、,;:.。/" + NEXT_CELL + SPACES + "＿﹏…，；：．" + TICKS + BOXES


class Mark(NamedTuple):
    """What was marked: `answer` (1.0, 0.0, an operator, or None), `fault` (the kind of an issue, or ""), and the
    place of the sign or word that decided."""

    answer: float | str | None = None
    fault: str = ""
    at: int = 0


def read_yes_no(text: str) -> Mark:
    """Read a yes/no answer: ticked boxes with their words, a word alone, or a tick alone.

    A tick before a word or between two belongs to the word that follows; one after the last word, with nothing
    ticked otherwise, to that word. Where the boxes stand after both words, each belongs to the word before it.

    >>> read_yes_no("☑是 □否"), read_yes_no("□是 √□否").answer, read_yes_no("□是 □否").answer
    (Mark(answer=1.0, fault='', at=1), 0.0, None)
    """
    text = plain(text)
    if pair := _PAIR.match(text):
        words = pair["first"], pair["second"]
        if words in OPPOSITES:
            mark = _marked(
                [pair["before"], pair["between"]], pair["after"], [pair.start("first"), pair.start("second")]
            )
            if mark.fault or mark.answer is not None:
                return mark._replace(answer=None if mark.answer is None else float(WORDS[words[int(mark.answer)]]))
            rest = read_yes_no(text[pair.end() :])
            return rest._replace(at=rest.at + pair.end())
    if alone := _ALONE.fullmatch(text):
        return Mark(float(WORDS[alone[1].upper()]), at=alone.start(1))
    if _SIGNS_ONLY.fullmatch(text):
        if signs := re.search(f"[{TICKS}{BOXED_LETTERS}]", text):
            return Mark(1.0, at=signs.start())
        if not re.search(f"[{CROSSES}]", text):
            return Mark(fault="blank_word" if text.strip() in BLANK_WORDS else "")
    if text.strip().upper() in BLANK_WORDS:
        return Mark(fault="blank_word")
    return Mark(fault="unreadable", at=len(text) - len(text.lstrip(_AROUND)))


def read_operator(typed: str) -> Mark:
    """Read who runs the base: one of `form.OPERATORS`, with the free text of 其他 as `其他:…`.

    >>> read_operator("□政府部门 □事业单位 √国有或国有控股企业 □民营企业 □其他____").answer
    '国有或国有控股企业'
    >>> read_operator("其他（行业协会）").answer
    '其他:行业协会'
    """
    text = plain(typed)
    found = list(OPERATOR.finditer(text))
    names = [OPERATOR_WORDS[squeezed(word[0])] for word in found]
    for place, name in enumerate(names):  # what follows 其他 is its free text, whatever it says
        if name == "其他":
            del found[place + 1 :], names[place + 1 :]
            break
    if not found:
        if _SIGNS_ONLY.fullmatch(text) and not re.search(f"[{TICKS}{CROSSES}]", text) and "/" not in text:
            return Mark()
        return Mark(fault="blank_word" if text.strip().upper() in BLANK_WORDS else "unreadable")
    ends = [0] + [word.end() for word in found]
    runs = [_RUN_BEFORE.search(text, end, word.start())[0] for end, word in zip(ends, found)]
    after = _SIGNS_ONLY.match(text, found[-1].end())[0]
    free = _free_text(typed[found[-1].end() :]) if names[-1] == "其他" else ""
    mark = _marked(runs, after, [word.start() for word in found], names)
    if mark.fault:
        return mark
    if mark.answer is not None:
        name = names[int(mark.answer)]
    elif free:
        name = "其他"
        mark = Mark(at=found[-1].start())
    elif len(set(names)) == 1:
        name = names[0]
        mark = Mark(at=found[0].start())
        left = text[: found[0].start()] + text[found[-1].end() :]
        if not _SIGNS_ONLY.fullmatch(left):
            return Mark(fault="unreadable")
    elif len(set(names)) == len(OPERATORS) or any(sign in text for sign in BOXES):
        return Mark()
    else:
        return Mark(fault="conflict", at=found[0].start())
    return Mark(f"其他:{free}" if name == "其他" and free else name, at=mark.at)


def _marked(runs: list[str], after: str, places: list[int], names: list[str] | None = None) -> Mark:
    """Which of several words is ticked, by the signs before each word and after the last; `answer` is its index."""
    if len(runs) > 1 and not _signs(runs[0]) and _signs(after) and all(_signs(run) for run in runs[1:]):
        nearer_to_the_next = runs[1][:1].isspace() and not runs[1][-1:].isspace()  # 是 √否□
        if not nearer_to_the_next:
            runs, after = [*runs[1:], after], ""
    ticked = [place for place, run in enumerate(runs) if any(sign in TICKS + BOXED_LETTERS for sign in run)]
    if any(sign in TICKS for sign in after):
        ticked.append(len(runs) - 1)
    if not ticked:
        ticked = [place for place, run in enumerate(runs) if any(sign in CROSSES for sign in run)]
        stray = [run for run in runs if any(sign in BOXES for sign in run) and _crossed(run)]
        if stray or any(sign in CROSSES for sign in after):
            return Mark(fault="unreadable", at=places[0])
    if len({names[place] if names else place for place in ticked}) > 1:
        return Mark(fault="conflict", at=places[0])
    return Mark(ticked[0], at=places[ticked[0]]) if ticked else Mark()


def _free_text(after: str) -> str:
    text = after.strip(_FILLER)
    if text[:1] in ("（", "(") and text[-1:] in ("）", ")"):
        text = text[1:-1].strip(_FILLER)
    return text


def _crossed(run: str) -> bool:
    return any(sign in CROSSES and sign not in CROSSED_BOXES for sign in run)


def _signs(run: str) -> bool:
    return bool(_EMPTY_BRACKETS.search(run)) or any(sign in TICKS + BOXED_LETTERS + CROSSES + BOXES for sign in run)
