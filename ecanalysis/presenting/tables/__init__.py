"""Plain frames of formatted Chinese text for people, and the sentences that go with them.

This page holds what all of them share: how a number, a share, a yes/no and a code are written, and how a
frame becomes a numbered table in a notebook. Nothing is computed here.
"""

import re
from html import escape

import pandas as pd
from IPython.display import HTML

from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import KINDS, REGION_NAMES, REGIONS, STATUS_NAMES  # noqa: F401
from ecanalysis.form.words import SHORT_REGION_NAMES as SHORT  # noqa: F401
from ecanalysis.form.words import SHORT_STATUS_NAMES as STATUS_BRIEF  # noqa: F401

SMALL = 10  # a group of fewer is shown by its points alone: quartiles of so few mislead
MISSING = "—"
ONE_LINE = 12  # Chinese characters up to which a column stays on one line; above, it is set as running text
NAME = 16  # the same for what heads the rows: the name of a base, the label of a field
PAGE, PADDING, BROKEN = 52, 1.2, 10.5  # how wide a page is, what a cell adds, how narrow running text may become


def number(value: float, decimals: int = 0) -> str:
    """A number with thousands separators, or a dash where there is none.

    >>> number(12000), number(3.14159, 2), number(float("nan"))
    ('12,000', '3.14', '—')
    """
    return MISSING if pd.isna(value) else f"{value:,.{decimals}f}"


def percent(share: float, decimals: int = 1) -> str:
    """A share of one as a percentage.

    >>> percent(0.156)
    '15.6%'
    """
    return MISSING if pd.isna(share) else f"{share * 100:.{decimals}f}%"


def answer(code: str, value: float, text: str = "") -> str:
    """A submitted value as people write it: with its unit, 是/否 for a yes/no.

    >>> answer("C04", 12000), answer("C01", 1), answer("C15", -3.5), answer("C01", float("nan"))
    ('12,000人次', '是', '-3.5%', '—')
    """
    field = FIELDS[code]
    if field.type == "choice":
        return text or MISSING
    if pd.isna(value):
        return MISSING
    if field.type == "yes_no":
        return "是" if value else "否"
    decimals = 0 if float(value).is_integer() else min(4, len(repr(float(value)).split(".")[1]))
    return f"{value:,.{decimals}f}{field.unit}"


def label(code: str) -> str:
    """A field as people call it, with its code.

    >>> label("C17")
    'C17 电子商务从业人员'
    """
    return f"{code} {FIELDS[code].label}"


def inline(text: str) -> str:
    """Text from outside as a Markdown sentence may hold it: nothing in it is markup, HTML or mathematics.

    >>> inline("示例·<b>甲</b>*园区*")
    '示例·&#60;b&#62;甲&#60;&#47;b&#62;&#42;园区&#42;'
    """
    return re.sub(r"[!-/:-@\[-`{-~]", lambda sign: f"&#{ord(sign[0])};", " ".join(str(text).split()))


def title(r) -> str:
    """The line below a notebook's heading: reporting year, base period, the rounds compared with, the scheme."""
    compared = "、".join(f"{one.year}年" for one in r.history) or "无"
    return f"报告期：{r.year}年　基期：{r.year - 1}年　对比轮次：{compared}　评分方案：{inline(r.scheme.title)}"


def show(frame: pd.DataFrame, number: int, title: str, note: str = "") -> HTML:
    """A frame as a numbered table (表1 …) with a caption and scoped headings; every text is escaped.

    The frame's index is not shown; its first column heads the rows. The HTML is the same on every run.
    """
    columns = [str(column) for column in frame.columns]
    looks = _looks(frame)
    head = "".join(f'<th scope="col"{look}>{escape(column)}</th>' for column, look in zip(columns, looks))
    rows = []
    for first, *others in frame.itertuples(index=False, name=None):
        cells = [f"<td{look}>{escape(str(cell))}</td>" for cell, look in zip(others, looks[1:])]
        rows.append(f'<tr><th scope="row">{escape(str(first))}</th>{"".join(cells)}</tr>')
    if not rows:
        rows = [f'<tr><td colspan="{len(columns)}">无</td></tr>']
    foot = f'<p class="note">{escape(note)}</p>' if note else ""
    return HTML(
        f'<div class="table"><table class="ec"><caption>表{number}　{escape(title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody{looks[0] if looks else ''}>{''.join(rows)}</tbody></table>{foot}</div>"
    )


def look(cells: pd.Series, heads_rows: bool = False) -> str:
    """How a column is set: figures to the right, what is short on one line, long texts so that they may break anywhere.

    What heads the rows is read as words, a number too.

    >>> [look(pd.Series(cells)) for cells in (["1.5%", "—"], ["成效突出"], ["建议组织跨区域交流，" * 3])]
    [' class=number', ' class=short', ' class=text']
    """
    numeric = pd.api.types.is_numeric_dtype(cells.dtype) or (len(cells) and all(map(_looks_numeric, cells)))
    if numeric and not heads_rows:
        return " class=number"
    whole = max(map(_width, cells), default=0) <= (NAME if heads_rows else ONE_LINE)
    return " class=short" if whole else " class=text"


def _looks(frame: pd.DataFrame) -> list[str]:
    """How each column is set, so that the table is no wider than a page: the widest may break where it must."""
    columns = [cells for _, cells in frame.items()]
    looks = [look(cells, heads_rows=place == 0) for place, cells in enumerate(columns)]
    widths = [max(map(_width, cells), default=0) for cells in columns]
    room = PAGE - sum(
        PADDING + (BROKEN if look in (" class=text", "") else width) for look, width in zip(looks, widths)
    )
    short = [place for place, look in enumerate(looks) if look == " class=short"]
    for place in sorted(short, key=lambda place: (place == 0, -widths[place])):
        if room < 0 and widths[place] > BROKEN / 2:
            looks[place] = ""
            room += widths[place] - BROKEN / 2
    return looks


NUMERIC = re.compile(r"[+-]?[\d,]+(\.\d+)?%?(—[+-]?[\d,]+(\.\d+)?%?)?")  # a number, or a range of them


def _looks_numeric(cell: object) -> bool:
    return str(cell) == MISSING or NUMERIC.fullmatch(str(cell)) is not None


def _width(cell: object) -> float:
    """How many Chinese characters wide a text is: Latin letters and figures are half of one."""
    return sum(0.5 if sign < "\u2000" and sign != "·" else 1 for sign in str(cell))
