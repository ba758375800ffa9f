"""Plain frames of formatted Chinese text for people, and the sentences that go with them.

This page holds what all of them share until the last is dissolved into its notebook; how values are written stands in
`formats`, how frames are shown in `display`.
"""

from html import escape

import pandas as pd
from IPython.display import HTML

from ecanalysis.comparing.regions import SMALL  # noqa: F401
from ecanalysis.form.words import KINDS, REGION_NAMES, REGIONS, STATUS_NAMES  # noqa: F401
from ecanalysis.form.words import SHORT_REGION_NAMES as SHORT  # noqa: F401
from ecanalysis.form.words import SHORT_STATUS_NAMES as STATUS_BRIEF  # noqa: F401
from ecanalysis.presenting.display import _looks, look  # noqa: F401
from ecanalysis.presenting.formats import MISSING, answer, inline, label, number, percent  # noqa: F401


def title(r) -> str:
    """The line below a notebook's heading: reporting year, base period, the rounds compared with, the scheme."""
    compared = "、".join(f"{one.year}年" for one in r.history) or "无"
    return f"报告期：{r.year}年　基期：{r.year - 1}年　对比轮次：{compared}　评分方案：{inline(r.scheme.title)}"


def show(frame: pd.DataFrame, place: int, title: str, note: str = "") -> HTML:
    """A frame as a numbered table (表1 …) with a caption and scoped headings; every text is escaped.

    The frame's index is not shown; its first column heads the rows. The HTML is the same on every run.
    """
    columns = [str(column) for column in frame.columns]
    looks = _looks(frame)
    head = "".join(f'<th scope="col"{set_}>{escape(column)}</th>' for column, set_ in zip(columns, looks))
    rows = []
    for first, *others in frame.itertuples(index=False, name=None):
        cells = [f"<td{set_}>{escape(str(cell))}</td>" for cell, set_ in zip(others, looks[1:])]
        rows.append(f'<tr><th scope="row">{escape(str(first))}</th>{"".join(cells)}</tr>')
    if not rows:
        rows = [f'<tr><td colspan="{len(columns)}">无</td></tr>']
    foot = f'<p class="note">{escape(note)}</p>' if note else ""
    return HTML(
        f'<div class="table"><table class="ec"><caption>表{place}　{escape(title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody{looks[0] if looks else ''}>{''.join(rows)}</tbody></table>{foot}</div>"
    )
