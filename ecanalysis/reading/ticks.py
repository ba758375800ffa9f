"""Ticked boxes and words -> yes or no, or one of the five operators (who runs the base).

All accepted characters and words are listed in the tables below; docs/reading-rules.md shows them.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ecanalysis.form.fields import OPERATORS
from ecanalysis.reading.spelling import NEXT_CELL, SPACES, plain, squeezed

TICKS = "☑✓✔√■●✅⬛◼▣◉∨🗸🗹◆★◎⊙☉⚫⬤🔘\uf0fe\uf0fc\uf052\uf050"  # the private-use ones are Wingdings and Wingdings 2
BARE_TICKS = "✓✔√∨🗸\uf0fc\uf050"  # ticks without a box: in its place or beside it
BOXED_LETTERS = "RþüPVvⅤⅴ"  # a Wingdings tick whose font was lost, or V for √, in the place of a box
CROSSED_BOXES = "\uf0fd"  # in Wingdings; also beside a box
CROSSES = "☒×✗✘✖╳❌❎⊠\uf0fb\uf053\uf051" + CROSSED_BOXES
BOXES = "□☐○◯〇⚪▢◻⬜▯◇☆❏❑囗口¨£\uf0a8\uf06f\uf0a3"

WORDS = {
    "是": 1, "有": 1, "Y": 1, "YES": 1, "TRUE": 1, "1": 1,
    "否": 0, "无": 0, "N": 0, "NO": 0, "FALSE": 0, "0": 0, "没有": 0,
    "未发生": 0, "未发生过": 0, "没有发生": 0, "没有发生过": 0, "不存在": 0,
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

# Answers that mean none, for a number; for a yes/no all but 无 and 没有.
BLANK_WORDS = frozenset((
    "无", "没有", "暂无", "未有", "/", "//", "\\", "-", "--", "—", "——", "─", "N/A", "NA", "不适用",
    "不涉及", "未涉及", "未开展", "无此项", "无此特色", "未选择", "不参评", "无数据",
))  # fmt: skip

_RUN = rf"[{TICKS}{BOXED_LETTERS}{CROSSES}{BOXES}\s_()/、,;:.。\u200b{NEXT_CELL}]*"
_OPTION = re.compile(r"\s*[A-Fa-f][.、:)]\s*(?=[是否有无政事国民其])")  # A.是, as surveys write it
_ALONE = re.compile(rf"{_RUN}({'|'.join(sorted(WORDS, key=len, reverse=True))}){_RUN}", re.IGNORECASE)
_SIGNS_ONLY = re.compile(_RUN)
_BREAK = r"[\s\u200b]*"  # a word may continue on the next line or in the next cell
OPERATOR = re.compile("|".join(_BREAK.join(word) for word in sorted(OPERATOR_WORDS, key=len, reverse=True)))
_YES_NO = re.compile("[是否有无]")
_CHOICE = re.compile(rf"[{BOXES}\s]*(?P<word>[是否有无]|{OPERATOR.pattern})[{BOXES}\s、,，;；.。]*")
_LETTER = rf"(?<![a-zA-Z])[{BOXED_LETTERS}](?![a-zA-Z])"
_CROSS = rf"[{CROSSES}]|(?<![a-zA-Z])[xX](?![a-zA-Z])"
_BOXED_TICKS = "".join(sorted(set(TICKS) - set(BARE_TICKS)))
_SIGN = re.compile(
    rf"(?P<ticked>[{_BOXED_TICKS}]|\([\s_]*(?:[{TICKS}]|{_LETTER})[\s_]*\)|(?<![A-Z])TRUE(?![A-Z]))"
    rf"|(?P<tick>[{BARE_TICKS}])|(?P<letter>{_LETTER})|"
    rf"(?P<crossed>[☒⊠{CROSSED_BOXES}\uf053\uf051]|\([\s_]*(?:{_CROSS})[\s_]*\))|(?P<cross>{_CROSS})"
    rf"|(?P<box>[{BOXES}]|\([\s_]*\)|(?<![A-Z])FALSE(?![A-Z]))|(?P<line>\n)|(?P<space>[ \u200b_{NEXT_CELL}])"
    rf"|(?P<stop>[()/、,;:.。])|(?P<other>.)",
    re.DOTALL,
)
_AROUND = " \n\u200b_()/、,;:.。" + NEXT_CELL
_FILLER = " \n\u200b_、,;:.。/" + NEXT_CELL + SPACES + "＿﹏…，；：．" + TICKS + BOXES + CROSSES


class Mark(NamedTuple):
    """The result of reading marks.

    `answer`: 1.0, 0.0, an operator, or None. `fault`: the kind of an issue, or "". `at`: position of the character that
    decided. `rest`: text other than boxes and choices. `habit`: "before" or "after" its word, if a √ touches exactly
    one word and so shows where this writer puts it.
    """

    answer: float | str | None = None
    fault: str = ""
    at: int = 0
    rest: str = ""
    habit: str = ""


class Sign(NamedTuple):
    """A character or a word of an answer, from `start` to `end`.

    `kind`: word, box, ticked, tick, crossed, cross, letter, space, stop, line or other.
    """

    kind: str
    text: str
    start: int
    end: int


def read_yes_no(text: str, habit: str = "") -> Mark:
    """Read a yes/no answer: ticked boxes with their words, a word alone, or a tick alone.

    A √ belongs to the word it touches. If it touches both words or neither, the `habit` of the file's writer decides
    ("before" or "after" the word); without one the answer is `doubtful`. One box for two words is doubtful too, as the
    other box has probably been lost with its tick (□是 否).

    >>> read_yes_no("☑是 □否").answer, read_yes_no("□是√ □否").answer, read_yes_no("□是 □否").answer
    (1.0, 1.0, None)

    >>> read_yes_no("□是√□否").fault, read_yes_no("□是√□否", habit="after").answer
    ('doubtful', 1.0)
    """
    return _read_yes_no(_without_option(plain(text)), habit)


def _without_option(text: str) -> str:
    return _OPTION.sub(lambda found: " " * len(found[0]), text, count=1) if len(text) < 40 else text


@lru_cache(maxsize=4096)
def _read_yes_no(text: str, habit: str) -> Mark:
    if alone := _ALONE.fullmatch(text):
        return Mark(float(WORDS[alone[1].upper()]), at=alone.start(1))
    signs = _signs_of(text, _YES_NO)
    words = [place for place, sign in enumerate(signs) if sign.kind == "word"]
    if len(words) > 1 and (signs[words[0]].text, signs[words[1]].text) in OPPOSITES:
        end = _end_of_run(signs, words[1])
        mark = _marked(signs[:end], words[:2], habit)
        rest = _others(signs[:end])
        if mark.fault or mark.answer is not None:
            chosen = None if mark.answer is None else float(WORDS[signs[words[int(mark.answer)]].text])
            return mark._replace(answer=chosen, rest=(rest + _others(signs[end:], ("other", "word", *_TICKED))).strip())
        if not any(sign.kind in ("word", "other", *_TICKED) for sign in signs[end:]):
            lost = sum(sign.kind == "box" for sign in signs[:end]) == 1
            return Mark(fault="doubtful" if lost else "", at=signs[words[0]].start, rest=rest)
        at = signs[end].start
        if _SIGNS_ONLY.fullmatch(text, at):  # 是 □否。√: after the sentence, not after a word
            return Mark(fault="unread_object", at=at)
        after = _read_yes_no(text[at:], habit)
        return after._replace(at=after.at + at)
    if len(words) == 1 and any(sign.kind in _TICKED for sign in signs):  # the other word was deleted
        mark = _marked(signs, words, habit)
        if mark.answer is not None:
            return mark._replace(answer=float(WORDS[signs[words[0]].text]), rest=_others(signs))
    if _SIGNS_ONLY.fullmatch(text):
        if ticks := re.search(f"[{TICKS}{BOXED_LETTERS}]", text):
            return Mark(1.0, at=ticks.start())
        if not re.search(f"[{CROSSES}]", text):
            return Mark(fault="blank_word" if text.strip() in BLANK_WORDS else "")
    if text.strip().upper() in BLANK_WORDS:
        return Mark(fault="blank_word")
    return Mark(fault="unreadable", at=len(text) - len(text.lstrip(_AROUND)))


@lru_cache(maxsize=1024)
def read_operator(typed: str, habit: str = "") -> Mark:
    """Read who runs the base: one of `OPERATORS`; 其他 with its free text as `其他:…`.

    >>> read_operator("□政府部门 □事业单位 √国有或国有控股企业 □民营企业 □其他____").answer
    '国有或国有控股企业'
    >>> read_operator("其他（行业协会）").answer
    '其他:行业协会'
    """
    text = _without_option(plain(typed))
    signs = _signs_of(text, OPERATOR)
    words = [place for place, sign in enumerate(signs) if sign.kind == "word"]
    names = [OPERATOR_WORDS[squeezed(signs[place].text)] for place in words]
    for count, name in enumerate(names):  # everything after 其他 is its free text
        if name == "其他":
            del words[count + 1 :], names[count + 1 :]
            break
    if not words:
        if _SIGNS_ONLY.fullmatch(text) and not re.search(f"[{TICKS}{CROSSES}]", text) and "/" not in text:
            return Mark()
        return Mark(fault="blank_word" if text.strip().upper() in BLANK_WORDS else "unreadable")
    last = signs[words[-1]]
    free = _free_text(typed[last.end :]) if names[-1] == "其他" else ""
    end = _end_of_run(signs, words[-1]) if free else len(signs)
    mark = _marked(signs[:end], words, habit, names)
    rest = _others(signs[: words[-1]] if names[-1] == "其他" else signs)
    if mark.fault:
        return mark
    if mark.answer is not None:
        name = names[int(mark.answer)]
    elif free:
        name, mark = "其他", Mark(at=last.start)
    elif len(set(names)) == 1:
        name, mark = names[0], Mark(at=signs[words[0]].start)
        if rest:
            return Mark(fault="unreadable")
    elif len(set(names)) == len(OPERATORS) or any(sign.kind == "box" for sign in signs):
        gaps = _gaps(signs, words)
        beside = [bool(gap) for gap in (gaps if gaps[0] else gaps[1:])][: len(words) - (names[-1] == "其他")]
        lost = any(beside) and not all(beside)
        return Mark(fault="doubtful" if lost else "", at=signs[words[0]].start, rest=rest)
    else:
        return Mark(fault="conflict", at=signs[words[0]].start)
    if free and name != "其他":  # 其他 was not chosen, but its blank is filled in
        rest = f"{rest} {free}".strip()
    return mark._replace(answer=f"其他:{free}" if name == "其他" and free else name, rest=rest)


def habit_of(texts: Iterable[str]) -> str:
    """Where the writer of a file puts a √: "before" or "after" the word; "" if the answers show none or both.

    >>> habit_of(["□是√ □否", "□是 □否√"]), habit_of(["□是√ □否", "√□是 □否"])
    ('after', '')
    """
    habits = {_read_yes_no(plain(text), "").habit for text in texts} - {""}
    return habits.pop() if len(habits) == 1 else ""


def set_apart(emphasised: Iterable[str], text: str) -> str:
    """The one choice that is emphasised (bold, coloured, …) in a text that offers others; "" if there is none.

    >>> set_apart(["是 "], "是否健全：□是 □否"), set_apart(["□是", "□否。"], "□是 □否。"), set_apart(["是"], "是")
    ('是', '', '')
    """
    words = {found["word"] for one in emphasised if (found := _CHOICE.fullmatch(one))}
    offered = {*_YES_NO.findall(text), *OPERATOR.findall(text)}
    return words.pop() if len(words) == 1 and offered > words else ""


def lists_operators(text: str) -> bool:
    """Whether a text lists at least three of the operators."""
    return len({OPERATOR_WORDS[squeezed(found[0])] for found in OPERATOR.finditer(plain(text))}) > 2


_TICKED = ("ticked", "tick", "letter")
_MARKS = (*_TICKED, "box", "crossed", "cross")


def _signs_of(text: str, words: re.Pattern) -> list[Sign]:
    """Split a text into characters and words."""
    signs: list[Sign] = []
    at = 0
    for word in words.finditer(text):
        signs += _signs_between(text, at, word.start())
        signs.append(Sign("word", word[0], word.start(), word.end()))
        at = word.end()
    return signs + _signs_between(text, at, len(text))


def _signs_between(text: str, start: int, end: int) -> list[Sign]:
    return [
        Sign(found.lastgroup or "other", found[0], found.start(), found.end())
        for found in _SIGN.finditer(text, start, end)
    ]


def _end_of_run(signs: list[Sign], word: int) -> int:
    """The position after the marks that belong to a word: they end at the next full stop, word or other text."""
    for place in range(word + 1, len(signs)):
        if signs[place].kind in ("word", "other") or signs[place].text in ("。", ";"):
            return place
    return len(signs)


def _others(signs: list[Sign], kinds: tuple[str, ...] = ("other",)) -> str:
    """The words among the signs, with those of these `kinds`; "" if there is none of these `kinds`."""
    text = "".join(sign.text if sign.kind in {"other", "word", *kinds} else " " for sign in signs)
    return " ".join(text.split()) if any(sign.kind in kinds for sign in signs) else ""


def _marked(signs: list[Sign], words: list[int], habit: str, names: list[str] | None = None) -> Mark:
    """Which of several words is ticked; `answer` is its position in `words`."""
    side = _side(signs, words)
    owners: dict[str, list[int]] = {"tick": [], "cross": []}
    shown, doubt, stray = "", None, False
    for place, sign in enumerate(signs):
        if sign.kind not in _MARKS or sign.kind == "box":
            continue
        own_line = sign.kind == "tick" and _alone_on_line(signs, place)
        if own_line:
            return Mark(fault="unread_object", at=sign.start)
        owner, style = _owner(signs, words, place, side)
        if sign.kind in ("cross", "crossed"):
            beside_box = any(signs[at].kind == "box" for at in _chain(signs, place)) and sign.text not in CROSSED_BOXES
            stray = stray or (sign.kind == "cross" and (beside_box or style == "after" != side))
            owners["cross"].append(-1 if owner is None else owner)
        elif owner is None:
            doubt = doubt or (sign, style)
        else:
            owners["tick"].append(owner)
            shown = shown or (style if sign.kind == "tick" else "")
    if doubt:
        sign, _ = doubt
        after = sum(signs[word].start < sign.start for word in words)
        guess = after - 1 if habit == "after" else after if habit == "before" else -1
        if not 0 <= guess < len(words):
            return Mark(fault="doubtful", at=sign.start)
        owners["tick"].append(guess)
    ticked = owners["tick"]
    if not ticked:
        if stray or -1 in owners["cross"]:
            return Mark(fault="unreadable", at=signs[words[0]].start)
        ticked = owners["cross"]
    if len({names[owner] if names else owner for owner in ticked}) > 1:
        return Mark(fault="conflict", at=signs[words[0]].start)
    return Mark(float(ticked[0]), at=signs[words[ticked[0]]].start, habit=shown) if ticked else Mark()


def _side(signs: list[Sign], words: list[int]) -> str:
    """Whether boxes are "before" or "after" their words; "" if that is unclear."""
    gaps = _gaps(signs, words)
    before, between, after = gaps[0], gaps[1:-1], gaps[-1]
    if before:
        return "before"
    if after and all(between):
        return "after"
    if len(between) > 1 and all(between) and not after:
        return "before"
    return ""


def _gaps(signs: list[Sign], words: list[int]) -> list[list[int]]:
    """The positions of the marks before each word, and after the last."""
    bounds = [-1, *words, len(signs)]
    return [
        [place for place in range(start + 1, end) if signs[place].kind in _MARKS] for start, end in pairwise(bounds)
    ]


def _chain(signs: list[Sign], place: int) -> range:
    """The run of marks, without spaces, that a mark belongs to."""
    start = end = place
    while start and signs[start - 1].kind in _MARKS:
        start -= 1
    while end + 1 < len(signs) and signs[end + 1].kind in _MARKS:
        end += 1
    return range(start, end + 1)


def _owner(signs: list[Sign], words: list[int], place: int, side: str) -> tuple[int | None, str]:
    """The word a mark belongs to (position in `words`; None if unclear), and on which side of it the mark is."""
    sign, chain = signs[place], _chain(signs, place)
    right = sum(word < place for word in words)  # the word after the mark; the one before it is right - 1
    if right == 0 or (len(words) == 1 and right == 1):
        return 0, "before" if right == 0 else "after"
    left_word, right_word = words[right - 1], words[right] if right < len(words) else None
    touches_left, touches_right = chain[0] - 1 == left_word, chain[-1] + 1 == right_word
    if right_word is None:
        boxes = [at for at in range(left_word + 1, place) if signs[at].kind in _MARKS and at not in chain]
        if touches_left or (side == "after" and not boxes) or sign.kind != "tick":
            return right - 1, "after"
        return None, ""
    if touches_left != touches_right:
        return (right - 1, "after") if touches_left else (right, "before")
    if sign.kind == "ticked" and sign.text[0] == "(" and chain[0] == place and touches_left:
        brackets = [at for at, one in enumerate(signs) if one.kind in ("ticked", "box") and one.text[0] == "("]
        side = "before" if brackets[0] < words[0] else "after"  # by the brackets only: □是（√）□否（ ）
    ends = [any(sign.kind == "line" for sign in signs[a:b]) for a, b in ((left_word, place), (place, right_word))]
    if not touches_left and ends[0] != ends[1]:  # only one of the words is on the same line
        return (right - 1, "after") if ends[1] else (right, "before")
    beside_box = len(chain) > 1 and not touches_left
    if sign.kind in ("ticked", "crossed", "letter") or beside_box:
        return ((right - 1, "after") if side == "after" else (right, "before")) if side else (None, "")
    boxes = [at for at in range(left_word + 1, right_word) if at != place and signs[at].kind in _MARKS]
    if touches_left and side == "after" and not boxes:  # 是√否□: in place of the box
        return right - 1, "after"
    if touches_left:  # and the next word as well
        inside = [at for at in boxes if at < place] if side == "before" else [at for at in boxes if at > place]
        return ((right, "") if side == "before" else (right - 1, "")) if inside and side else (None, "")
    if side == "before" and not boxes:  # □ 是 √ 否: in place of the box
        return right, ""
    if side == "after" and not boxes:
        return right - 1, ""
    return None, ""


def _alone_on_line(signs: list[Sign], place: int) -> bool:
    """Whether a √ is on a line of its own: it was placed over some box, and it is unclear which."""
    before = next((sign for sign in reversed(signs[:place]) if sign.kind != "space"), None)
    after = next((sign for sign in signs[place + 1 :] if sign.kind != "space"), None)
    lines = [sign is None or sign.kind == "line" for sign in (before, after)]
    return all(lines) and (before is not None or after is not None)


def _free_text(after: str) -> str:
    text = after.strip(_FILLER)
    if text[:1] in ("（", "(") and text[-1:] in ("）", ")"):
        text = text[1:-1].strip(_FILLER)
    return text
