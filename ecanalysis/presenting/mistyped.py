"""Chinese explanations of the errors that Python, pandas and seaborn raise for mistyped input.

An IPython shell (also in JupyterLab) shows the explanation and the line of the cell in place of a traceback, with the
original message below. Errors not known here are shown unchanged. In addition, a single column of our tables is
displayed as a table in Chinese, not as pandas' plain text.
"""

import linecache
import re
import sys
import warnings
from traceback import walk_tb

import pandas as pd

from ecanalysis.errors import UserError, near
from ecanalysis.presenting.display import Readable
from ecanalysis.presenting.spoken import UNWRITTEN, answer
from ecanalysis.rounds.schemas import COLUMNS

MOST = 20  # most columns to list in a message
BRACKETS = (
    '几个条件一起用时写 &（且）、|（或），各加括号：r.scores[(r.scores.region == "东部") & (r.scores.total < 40)]'
)
WORDY = '表中有文字列，不能这样计算；先挑出数值列，如 r.scores[["general", "total"]]，或加 numeric_only=True'
COMPARED = "数与文字不能比大小；数不加引号"
FRAME = "表和列后面不加圆括号：r.scores、r.scores.total"
HIDDEN = '这一列与 pandas 自带的方法重名（如 rank），写作 r.scores["rank"]'
# Pattern of an original message -> Chinese; the first that matches is used.
SAID = [
    (r"invalid character '(.)'", r"用了全角符号“\1”；代码中的标点须用半角"),
    (r"invalid non-printable character U\+(3000|00A0|200B|FEFF)", "有全角或看不见的空格；改为半角空格"),
    (r"unterminated (?:f-)?string literal", "引号没有成对"),
    (r"'(.)' was never closed", r"括号“\1”没有配对"),
    (r"unmatched '(.)'|closing parenthesis '(.)' does not match", r"括号“\1\2”没有配对"),
    (r"(?:cannot assign|Maybe you meant '==').*'='|cannot assign without a target", "相等写作 ==，一个 = 是赋值"),
    (r"Perhaps you forgot a comma", "可能漏了逗号"),
    (r"expected ':'", "行末缺冒号"),
    (r"unexpected indent|unindent does not match", "行首的空格多了或没有对齐"),
    (r"^invalid syntax", "写法不对；核对括号、引号和逗号"),
    (r"truth value of (?:a|an) (?:\w+) .*is ambiguous|Cannot perform 'r?(?:and|or)_'", BRACKETS),
    (r"unsupported operand type\(s\) for [&|]|operation 'r?(?:and|or)_' not supported", BRACKETS),
    (r"between instances of .*'method'|'method' object|'method' and|and 'method'", HIDDEN),
    (r"Invalid comparison between dtype=|not supported between instances of '(?:str|int|float)'", COMPARED),
    (r"does not support operation|Cannot perform reduction|could not convert string to|agg function failed", WORDY),
    (r"'(?:Readable|Spoken|DataFrame|Series)' object is not callable", FRAME),
    (r"unexpected keyword argument '(\w+)'", r"没有参数“\1”；光标放在括号中按 Shift+Tab 可看用法"),
    (r"(\w+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.+)", r"\1 缺少参数 \2"),
    (r"(\w+)\(\) takes .*arguments? but \d+ (?:was|were) given", r"\1 的参数给多了"),
    (r"No engine for filetype: '(.*)'", r"不能写 .\1 文件；文件名改为 .xlsx"),
    (r"non-existent directory: '(.+)'|No such file or directory: '(.+)'", r"没有文件或文件夹 \1\2"),
    (r"Permission denied: '(.+)'", r"不能写入 \1：没有权限，或文件正在别的程序（如 Excel）中打开"),
    (r"out-of-bounds|out of bounds", "没有这一行；表里的行没有这么多（筛选后也许是空的）"),
    (r"No common columns to perform merge on", "两张表没有同名的列；用 left_on、right_on 各写一列"),
    (r"You are trying to merge on .+ columns for key '(.+?)'", r"两张表的 \1 一列类型不同，连不起来"),
    (r"columns overlap but no suffix", "两张表有同名的列；加 rsuffix，或改用 merge"),
    (r"Length of values \((\d+)\) does not match length of index \((\d+)\)", r"写入的有\1个值，表有\2行，对不上"),
    (r"cannot import name '(\w+)' from '([\w.]+)'", r"\2 没有“\1”"),
    (r"No module named '(.+)'", r"没有安装 \1；随软件带来的有 pandas、numpy、matplotlib、seaborn"),
    (r"being set on a copy of a DataFrame", UNWRITTEN),
]
IMPORTS = {
    "pd": "import pandas as pd",
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "ec": "import ecanalysis as ec",
    "r": "r = ec.load_round(2027, previous=2025)",
    **{name: f"from ecanalysis import {name}" for name in ("load_round", "show", "draw", "wording")},
}
QUOTED = re.compile(r"['`]([^'`]+)['`]|not found: ([^'\s]+)$")


def told(error: BaseException) -> str:
    """The Chinese explanation of an error; "" if it is not known.

    >>> told(ValueError("Could not interpret value `总分` for `x`. An entry with this name does not appear in `data`."))
    '没有列“总分”，列名为 total'
    >>> told(NameError("name 'pd' is not defined", name="pd")), told(ValueError("strange"))
    ('还没有 pd；先运行 import pandas as pd', '')
    """
    if isinstance(error, UserError):
        return ""
    asked = error.args[0] if isinstance(error, KeyError) and error.args else None
    text = str(error.msg if isinstance(error, SyntaxError) else asked if isinstance(asked, str) else error)
    for pattern, said in SAID:
        if found := re.search(pattern, text):
            return re.sub(r",? and |, ", "、", found.expand(said).replace("'", "")) if "\\" in said else said
    if isinstance(asked, tuple) and {*asked} <= COLUMNS.keys():
        return f"取几列时写两层方括号：[{list(asked)}]"
    words = [first or second for first, second in QUOTED.findall(text)] or [text]
    if isinstance(error, AttributeError) and error.name:
        frame = getattr(error.obj, "obj", error.obj)  # the frame behind a groupby
        said = answer([error.name], frame if isinstance(frame, pd.DataFrame) else None)
        of = [name for name in dir(error.obj) if not name.startswith("_")]
        if said and (frame is not error.obj or not error.name.isascii() or error.name in COLUMNS):
            return said
        return f"没有“{error.name}”{near(error.name, of)}{_columns_of(frame)}"
    if isinstance(error, NameError) and error.name:
        how = IMPORTS.get(error.name)
        return f"还没有 {error.name}；" + (f"先运行 {how}" if how else "先运行给它赋值的单元；若是文字，加上引号")
    if isinstance(error, KeyError):
        row = f"没有“{words[0]}”：既不是列名，也不是行号；一家基地用 r.base(…)，表头与列名见 ec.columns(…)"
        return answer(words) or row + _columns_of(_asked(error))
    return answer(words) if isinstance(error, NameError) or "Could not interpret value" in text else ""


def _asked(error: BaseException) -> object:
    """The object whose column or row was asked for: the innermost table on the way of the error."""
    found = None
    for frame, _ in walk_tb(error.__traceback__):
        owner = frame.f_locals.get("self")
        owner = getattr(owner, "obj", owner)  # the frame behind a groupby
        found = owner if isinstance(owner, pd.DataFrame) else found
    return found


def _columns_of(frame: object) -> str:
    if not isinstance(frame, pd.DataFrame):
        return ""
    known = [f"{name}（{COLUMNS[name].heading}）" if name in COLUMNS else str(name) for name in frame.columns[:MOST]]
    return f"；这张表的列：{'、'.join(known)}{'……' if len(frame.columns) > MOST else ''}"


def listen() -> None:
    """Make the IPython shell, if there is one, explain errors in Chinese, unless a custom handler is already set.

    Also displays single columns of our tables as tables.
    """
    shell = IPython.get_ipython() if (IPython := sys.modules.get("IPython")) else None
    if shell is not None:
        shell.display_formatter.formatters["text/html"].for_type(pd.Series, _as_table)
    if shell is not None and not shell.custom_exceptions:
        shell.set_custom_exc((Exception,), _show)
        plain = warnings.formatwarning
        warnings.formatwarning = lambda message, *where: plain(told(message) or message, *where)


def _as_table(column: pd.Series) -> str | None:
    """A specified column, or one grouped by such a column, as an HTML table; None leaves the display to pandas.

    >>> "<td class=number>81.2</td>" in _as_table(pd.Series([81.2], pd.Index(["东"], name="region"), name="total"))
    True
    """
    if not {column.name, *column.index.names} & COLUMNS.keys():
        return None
    called = {None: "值", "count": "数量", "proportion": "占比"}
    return Readable(column.to_frame(called.get(column.name, column.name)))._repr_html_()


def _show(shell, kind, error, trace, tb_offset=None) -> None:
    said, unread = told(error), isinstance(error, SyntaxError)
    if said and unread:
        error.msg = f"{said}（{error.msg}）"
    elif said:
        original = f"{kind.__name__}: {(str(error).splitlines() or [''])[0]}"
        error._render_traceback_ = lambda: [f"{_line(shell, trace)}{said}\n（{original}）"]
    elif isinstance(error, UserError):
        error._render_traceback_ = lambda: [f"{_line(shell, trace)}{error}"]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset, running_compiled_code=not unread)


def _line(shell, trace) -> str:
    """The line of a multi-line cell that failed: the innermost frame of the traceback in the user's own code."""
    told = ""
    for frame, line in walk_tb(trace):
        if frame.f_globals is shell.user_ns and len(linecache.getlines(frame.f_code.co_filename)) > 1:
            told = f"第{line}行："
    return told
