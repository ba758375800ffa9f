"""What is wrong with what the user gave: a file of ours, an option, a place to write to. One error for all of it."""

import errno
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

# Why a place cannot be written to, in the words of people.
REASONS = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EROFS: "只读文件系统",
    errno.EACCES: "没有写入权限",
    errno.EPERM: "没有写入权限",
    errno.ENOTDIR: "它不是文件夹",
    errno.EEXIST: "它不是文件夹",
}


class UserError(Exception):
    """The message (Chinese) says what is wrong and what to do, a line a fault; the exit status of the command is 2.

    Nothing was written then. A fault in a submission is never one: it is a row in `issues`.

    >>> UserError("名单 roster.csv 第3行没有类别", "第5行没有名称").lines
    ('名单 roster.csv 第3行没有类别', '第5行没有名称')
    """

    status = 2

    def __init__(self, *lines: object):
        self.lines = tuple(map(str, lines))
        super().__init__("\n".join(self.lines))

    def _render_traceback_(self) -> list[str]:
        return [str(self)]  # in a notebook the message alone: where in our code it arose helps nobody


class NoColumn(UserError, KeyError):
    """A column that is not there, answered with the one that was meant."""

    __str__ = Exception.__str__  # a KeyError's own puts the message in quotes


class NoAttribute(UserError, AttributeError):
    """An attribute that is not there, answered with near ones."""


def near(word: str, known: Iterable[str], most: int = 3) -> str:
    """Which of the words that are known may have been meant, to be put behind a message; "" where none comes near.

    >>> near("scor", ["score", "seal"]), near("x", ["score", "seal"])
    ('（最接近的是 score）', '')
    """
    found = get_close_matches(word, sorted(known), most)
    return f"（最接近的是 {'、'.join(found)}）" if found else ""


def visible(text: object) -> str:
    """Text for a terminal or a log, on one line: signs that steer a terminal, turn the writing round or show nothing
    are written out as what they are.

    >>> print(visible("园区\\x1b[2J\\u202e.xlsx\\n退回"))
    园区<U+001B>[2J<U+202E>.xlsx<U+000A>退回
    """
    return "".join(
        f"<U+{ord(sign):04X}>" if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp", "Cs") else sign
        for sign in str(text)
    )


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Where `place` cannot be written to, a UserError that says why."""
    try:
        yield
    except OSError as error:
        reasons = REASONS | {errno.ENOENT: "文件夹不存在"}
        raise UserError(f"不能写入 {place}：{reasons.get(error.errno, '无法建立或打开')}") from None
