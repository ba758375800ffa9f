"""One exception for everything wrong with the user's input: a project file, an option, a place to write to."""

import errno
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

# Why a place cannot be written to, in plain Chinese.
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
    """Says in Chinese what is wrong and what to do, one line per fault; the command's exit status is 2.

    Nothing has been written when it is raised. A fault in a submission never raises it: that is a row in `issues`.

    >>> UserError("名单 roster.csv 第3行没有类别", "第5行没有名称").lines
    ('名单 roster.csv 第3行没有类别', '第5行没有名称')
    """

    status = 2

    def __init__(self, *lines: object):
        self.lines = tuple(map(str, lines))
        super().__init__("\n".join(self.lines))

    def _render_traceback_(self) -> list[str]:
        return [str(self)]  # a notebook shows the message without a traceback into the library


class NoColumn(UserError, KeyError):
    """A column does not exist; the message suggests the one that was meant."""

    __str__ = Exception.__str__  # KeyError.__str__ would put the message in quotes


class NoAttribute(UserError, AttributeError):
    """An attribute does not exist; the message suggests similar ones."""


def near(word: str, known: Iterable[str], most: int = 3) -> str:
    """A suggestion to append to a message: the known words most similar to `word`; "" if none is similar.

    >>> near("scor", ["score", "seal"]), near("x", ["score", "seal"])
    ('（最接近的是 score）', '')
    """
    found = get_close_matches(word, sorted(known), most)
    return f"（最接近的是 {'、'.join(found)}）" if found else ""


def visible(text: object) -> str:
    """Text made safe for a terminal or a log, on one line.

    Control characters, characters that reverse the direction of writing and invisible ones are shown by their codes.

    >>> print(visible("园区\\x1b[2J\\u202e.xlsx\\n退回"))
    园区<U+001B>[2J<U+202E>.xlsx<U+000A>退回
    """
    return "".join(
        f"<U+{ord(sign):04X}>" if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp", "Cs") else sign
        for sign in str(text)
    )


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn an OSError while writing to `place` into a UserError that says why."""
    try:
        yield
    except OSError as error:
        reasons = REASONS | {errno.ENOENT: "文件夹不存在"}
        raise UserError(f"不能写入 {place}：{reasons.get(error.errno, '无法建立或打开')}") from None
