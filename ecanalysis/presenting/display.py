"""Display of frames in Chinese: in JupyterLab (`Readable`) and as named tables on pages (`show`).

Headings, units, decimals and Chinese words come from the columns' specification (`rounds.schemas`); a column that is
not in it keeps its name as heading. Nothing is computed here.
"""

import re
import sys
import warnings
from dataclasses import replace
from functools import partial
from html import escape

import pandas as pd

from ecanalysis.comparing.regions import SMALL
from ecanalysis.errors import NoAttribute, UserError
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.form.words import ISSUE_NAMES, REGION_NAMES
from ecanalysis.presenting.formats import (
    MISSING,
    MOST_DECIMALS,
    answer,
    band,
    change,
    gap,
    label,
    middle,
    number,
    percent,
    signed,
    typical,
)
from ecanalysis.presenting.spoken import UNWRITTEN, VERBS, answering, spoken
from ecanalysis.presenting.spoken import answer as spoken_answer
from ecanalysis.rounds.schemas import COLUMNS, Column
from ecanalysis.style import wide

ONE_LINE = 12  # Chinese characters up to which a column is kept on one line; longer text wraps
NAME = 16  # the same for row headings: the name of a base, the label of a field
PAGE, PADDING, BROKEN = 52, 1.2, 10.5  # width of a page, padding of a cell, least width of wrapped text
DESK = 70.5, 0.8, 8.0, 2.2  # the same in JupyterLab beside its file list, and least width of a heading
NAMED = re.compile(r"[a-z0-9_]+")
LINK = re.compile(r"\[(表|图)\]\(#([a-z0-9_]+)\)")
UNHELD = 3  # references to a frame held inside its own method, on top of the caller's
NUMERIC = re.compile(r"[+−]?[\d,]+(\.\d+)?%?(—[+−]?[\d,]+(\.\d+)?%?)?")  # a number or a range of numbers


class Readable(pd.DataFrame):
    """A DataFrame that notebooks display in Chinese, as are frames derived from it; its text form has a fixed width."""

    @property
    def _constructor(self):
        return Readable

    def __getitem__(self, key):
        found = super().__getitem__(key)
        return spoken(found) if isinstance(found, pd.Series) else found

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            if not name.isascii() and (said := spoken_answer([name], self)):
                raise NoAttribute(said) from None
            raise

    def __setitem__(self, key, value):
        # Assigning to a temporary table (`r.scores["x"] = …`) has no effect; pandas warns of it only in English.
        if sys.getrefcount(self) <= UNHELD and all(one is not self for one in sys._getframe(1).f_locals.values()):
            warnings.warn(f"“{key}”{UNWRITTEN}，或用 assign", stacklevel=2)
        super().__setitem__(key, value)

    def _get_cleaned_column_resolvers(self):  # the columns as seen by `query`
        return {name: spoken(column) for name, column in super()._get_cleaned_column_resolvers().items()}

    def __repr__(self) -> str:
        # Output in a notebook must not depend on the width of the terminal that started the kernel.
        with pd.option_context("display.width", 100, "display.max_columns", 8, "display.max_rows", 20):
            return pd.DataFrame(self).__repr__()

    def _repr_html_(self) -> str:
        whole = pd.DataFrame(self)
        if whole.columns.nlevels > 1:
            return whole._repr_html_()
        if any(whole.index.names) or not pd.api.types.is_integer_dtype(whole.index):
            whole = whole.reset_index()  # the index identifies the rows
        most = pd.get_option("display.max_rows")  # 60 by default, or set by the analyst; None shows all
        cut = most is not None and len(whole) > most
        shown = in_chinese(pd.concat([whole.head(10), whole.tail(10)]) if cut else whole)
        size = f'<p class="note">{len(whole)} 行 × {len(whole.columns)} 列</p>'
        looks, widths = _fitted(shown, *DESK)
        gone = _beside_the_screen(widths) if pd.get_option("display.max_columns") is not None else []
        if gone:
            names = "、".join(map(str, shown.columns[gone]))
            told = f"屏幕放不下的 {len(gone)} 列略去：{names}；要看全部，先运行 pd.options.display.max_columns = None"
            size = f'<p class="note">{escape(told)}</p>{size}'
            shown = shown.drop(columns=shown.columns[gone])
            looks = [one for place, one in enumerate(looks) if place not in gone]
        rows = [
            "<tr>" + "".join(f"<td{look}>{escape(str(cell))}</td>" for look, cell in zip(looks, row)) + "</tr>"
            for row in shown.itertuples(index=False, name=None)
        ]
        if cut:
            told = f"……（中间略去 {len(whole) - 20} 行；要看全部，先运行 pd.options.display.max_rows = None）"
            rows.insert(10, f'<tr><td class="cut" colspan="{len(looks)}">{told}</td></tr>')
        head = _head(shown.columns, looks)
        return f'<div><table class="ec"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>{size}</div>'


for verb in VERBS:
    setattr(Readable, verb, answering(getattr(Readable, verb)))


class Table:
    """A table as a notebook's output: its HTML, with its name and title for the page builder."""

    def __init__(self, html: str, name: str, title: str):
        self.data, self.name, self.title = html, name, title

    def _repr_mimebundle_(self, include=None, exclude=None):
        metadata = {"ecanalysis": {"kind": "表", "name": self.name, "caption": self.title}}
        return {"text/html": self.data, "text/plain": self.title}, metadata


def show(frame: pd.DataFrame, name: str = "", title: str = "", note: str = "") -> Table:
    """A frame as a table with a title; use it as the last expression of a notebook's cell.

    Headings, units and decimals come from the columns' specification. `name` (lower-case letters, digits, _) is the
    target of links [表](#name) in the text; numbers (表4) are assigned when a page is made. A named index becomes the
    first columns; pivoted columns (several `values`) keep the format of the pivoted column, below the groups' names.
    `note` is printed below the table, one paragraph per line, and may contain such links. All text is escaped, and the
    HTML is the same on every run. Raises UserError for an invalid name or a missing title.
    """
    if not title or not isinstance(frame, pd.DataFrame):
        raise UserError('写法：show(表, "名称", "标题")；名称用小写字母、数字和下划线，链接 [表](#名称) 以此指向它')
    check_name(name)
    shown = in_chinese(with_index(frame))
    looks = _fitted(shown, PAGE, PADDING, BROKEN, heads_rows=True)[0]
    rows = []
    for first, *others in shown.itertuples(index=False, name=None):
        cells = [f"<td{look}>{escape(str(cell))}</td>" for cell, look in zip(others, looks[1:])]
        rows.append(f'<tr><th scope="row">{escape(str(first)) or MISSING}</th>{"".join(cells)}</tr>')
    if not rows:
        rows = [f'<tr><td colspan="{max(len(looks), 1)}">无</td></tr>']
    linked = LINK.sub(r'<a href="#\2">\1</a>', escape(note))
    # A sentence from a template already has special characters written as references.
    linked = re.sub(r"&amp;(#\d+);", r"&\1;", linked)
    foot = "".join(f'<p class="note">{line}</p>' for line in linked.splitlines())
    html = (
        f'<div class="table" id="{name}"><table class="ec"><caption>{escape(title)}</caption>'
        f"<thead>{_head(shown.columns, looks)}</thead>"
        f"<tbody{looks[0] if looks else ''}>{''.join(rows)}</tbody></table>{foot}</div>"
    )
    return Table(html, name, title)


def check_name(name: str) -> None:
    """Raise UserError unless the name of a table or figure consists of lower-case letters, digits and _."""
    if not NAMED.fullmatch(str(name)):
        raise UserError(f"表和图的名称只用小写字母、数字和下划线，实为“{name}”")


def with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """A plain frame with a named index turned into columns."""
    plain = pd.DataFrame(frame)
    named = any(name is not None for name in plain.index.names)
    return plain.reset_index() if named else plain


def in_chinese(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame as text for display: headings and codes in Chinese, values with their unit, flags as 是/否.

    >>> in_chinese(pd.DataFrame({"code": ["C01", "C04"], "value": [1.0, 1200.0]})).to_dict("list")
    {'指标': ['C01 专项政策', 'C04 电商培训人次'], '填报值': ['是', '1,200人次']}
    """
    kinds = _kinds(frame)
    columns = [_written(kind, frame.iloc[:, place], frame) for place, kind in enumerate(kinds)]
    shown = pd.DataFrame(dict(enumerate(columns)), index=frame.index, dtype=object)
    shown.columns = [_heading(name, kind, frame) for name, kind in zip(frame.columns, kinds)]
    return shown


def chinese(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame in Chinese for analysis: headings and words as displayed, but numbers as numbers and flags as booleans.

    It can be filtered, sorted, grouped and exported in Chinese. Columns with the same heading get their names added.

    >>> chinese(pd.DataFrame({"region": ["东", "西"], "total": [81.2, 60.5], "bottom_three": [0, 1]})).to_dict("list")
    {'区域': ['东部', '西部（含东北）'], '总分': [81.2, 60.5], '后3位': [False, True]}
    """
    plain = with_index(frame)
    columns = {}
    for place, kind in enumerate(_kinds(plain)):
        cells, name = plain.iloc[:, place], plain.columns[place]
        heading = _heading(name, kind, plain)
        if pd.api.types.is_numeric_dtype(cells.dtype):
            flag = kind is not None and kind.type == "flag" and cells.dropna().isin([0, 1]).all()
            cells = cells.astype("boolean" if cells.isna().any() else "bool") if flag else cells
        else:
            cells = pd.Series(_written(kind, cells, plain), index=plain.index).where(cells.notna())
        columns[f"{heading}（{name}）" if heading in columns else heading] = cells
    return Readable(pd.DataFrame(columns))


def written(frame: pd.DataFrame, name: str) -> pd.Series:
    """One column as displayed text, for combining with another: `12人（34）`.

    >>> table = pd.DataFrame({"share": [0.25, 0.5], "n": [4, 2]})
    >>> (written(table, "share") + "（" + written(table, "n") + "）").tolist()
    ['25%（4）', '50%（2）']
    """
    texts = _written(COLUMNS.get(name), frame[name], frame)
    return pd.Series([str(text) for text in texts], index=frame.index, dtype="str")


def quartiles(frame: pd.DataFrame) -> pd.Series:
    """The typical answers of groups (`regions.typical`) with quartiles and number of bases, as one text each.

    Quartiles of fewer than 10 answers are left out, as they mislead.

    >>> quartiles(pd.DataFrame({"code": ["C17", "C01"], "typical": [120.0, 0.5], "q1": [80.0, None],
    ...     "q3": [200.0, None], "n": [12, 4]})).tolist()
    ['120人（80—200），12家', '答是50%，4家']
    """
    return pd.Series([_with_quartiles(row) for row in frame.itertuples()], index=frame.index, dtype="str")


def _with_quartiles(row) -> str:
    middle = typical(row.code, row.typical)
    if row.n >= SMALL and pd.notna(row.q1):
        low, high = (typical(row.code, value).removesuffix(FIELDS[row.code].unit) for value in (row.q1, row.q3))
        middle = f"{middle}（{low}—{high}）"
    return f"{middle}，{row.n}家"


def _kinds(frame: pd.DataFrame) -> list[Column | None]:
    """The specification of each column; for pivoted columns that of the pivoted values."""
    return [_kind(name[0] if isinstance(name, tuple) else name) for name in frame.columns]


def _kind(name: object) -> Column | None:
    """The specification of a column by name, ignoring the suffix added by a merge (total_现行, total_x)."""
    if name in COLUMNS or not isinstance(name, str):
        return COLUMNS.get(name)
    first, _, suffix = name.rpartition("_")
    told_apart = first in COLUMNS and (suffix in ("x", "y") or not suffix.isascii())
    return replace(COLUMNS[first], heading=f"{COLUMNS[first].heading}（{suffix}）") if told_apart else None


def _heading(name: object, kind: Column | None, frame: pd.DataFrame) -> object:
    if isinstance(name, tuple):
        values = {first for first, *rest in frame.columns if any(rest)}
        groups = [_group(part) for part in name[1:] if part != ""]
        own = kind.heading if kind else str(name[0])
        return "·".join(groups if groups and len(values) == 1 else [own, *groups])
    if name == "kind" and isinstance(kinds := frame["kind"], pd.Series) and kinds.isin(ISSUE_NAMES).any():
        return "问题"  # in tables of issues; elsewhere it is a base's 类别
    if kind:
        return kind.heading
    return _group(name) if isinstance(name, str) else name


def _group(name: object) -> str:
    """A group as a heading: a region, feature or field in Chinese, anything else unchanged."""
    return REGION_NAMES.get(name) or (label(name) if name in FIELDS or name in FEATURES else str(name))


def _written(kind: Column | None, cells: pd.Series, frame: pd.DataFrame) -> list:
    """One column as displayed text. Derived values (such as a mean of flags) are shown as plain numbers."""
    if pd.api.types.is_bool_dtype(cells.dtype):
        return [MISSING if pd.isna(flag) else "是" if flag else "否" for flag in cells]
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return _numbers(kind, cells, frame)
    if kind is None:
        return [_plain(cell) for cell in cells]
    if kind.type == "code":
        return [label(code) if isinstance(code, str) else _plain(code) for code in cells]
    if kind.type == "band":
        return [band(word) for word in cells]
    if kind.type == "letters":
        return ["、".join(FEATURES.get(letter, letter) for letter in str(cell).split(";")) for cell in cells]
    if kind.type == "codes":
        return [str(cell).replace(";", "、") for cell in cells]
    if kind.type == "words":
        return [kind.in_words.get(word, word) if isinstance(word, str) else _plain(word) for word in cells]
    return [_plain(cell) for cell in cells]


def _numbers(kind: Column | None, cells: pd.Series, frame: pd.DataFrame) -> list:
    type_ = kind.type if kind else ""
    if type_ == "year":
        return [_plain(cell) for cell in cells]
    known = cells.dropna()
    if type_ == "flag" and known.isin([0, 1]).all():
        return [MISSING if pd.isna(flag) else "是" if flag else "否" for flag in cells]
    if type_ in ("answer", "change", "typical", "middle") and (codes := _codes(frame)) is not None:
        if type_ == "answer" and kind.decimals is not None:
            cells = cells.round(kind.decimals).where(cells.abs() < 1000, cells.round())
        if type_ == "answer" and kind.name == "value" and "text" in frame:
            return list(map(answer, codes, cells, frame["text"]))
        write = {"answer": answer, "change": change, "typical": partial(typical, sign=kind.signed), "middle": middle}
        return list(map(write[type_], codes, cells))
    if type_ == "gap":
        return [gap(value) for value in cells]
    if type_ == "share" and known.between(-1, 1).all():
        return [percent(share, 1 if kind.decimals is None else kind.decimals) for share in cells]
    decimals = kind.decimals if kind and kind.decimals is not None and type_ != "share" else _decimals(known)
    unit = "%" if type_ == "percent" else kind.unit if kind else ""
    if kind and (kind.signed or type_ == "change"):
        return [signed(value, decimals, unit) for value in cells]
    return [MISSING if pd.isna(value) else number(value, decimals) + unit for value in cells]


def _codes(frame: pd.DataFrame) -> pd.Series | None:
    """The column with the field codes of the answers, if there is one."""
    for place, name in enumerate(frame.columns):
        if (name[0] if isinstance(name, tuple) else name) == "code":
            return frame.iloc[:, place]
    return None


def _decimals(known: pd.Series) -> int:
    """The number of decimals the values have, so that values rounded in a notebook are shown as rounded."""
    if pd.api.types.is_integer_dtype(known.dtype):
        return 0
    values = known.astype(float)
    return next((most for most in range(MOST_DECIMALS) if (values.round(most) == values).all()), MOST_DECIMALS)


def _plain(cell: object) -> object:
    return MISSING if pd.api.types.is_scalar(cell) and pd.isna(cell) else cell


def _head(columns, looks: list[str]) -> str:
    cells = "".join(f'<th scope="col"{look}>{escape(str(name))}</th>' for look, name in zip(looks, columns))
    return f"<tr>{cells}</tr>"


def look(cells: pd.Series, heads_rows: bool = False) -> str:
    """The CSS class of a column: numbers right-aligned, short text on one line, long text wrapping anywhere.

    A column of row headings is treated as text even if it holds numbers.

    >>> [look(pd.Series(cells)) for cells in (["1.5%", "—"], ["成效突出"], ["建议组织跨区域交流，" * 3])]
    [' class=number', ' class=short', ' class=text']
    """
    numeric = pd.api.types.is_numeric_dtype(cells.dtype) or (
        len(cells) and all(text == MISSING or NUMERIC.fullmatch(text) for text in map(str, cells))
    )
    if numeric and not heads_rows:
        return " class=number"
    whole = max(map(wide, cells), default=0) <= (NAME if heads_rows else ONE_LINE)
    return " class=short" if whole else " class=text"


def _fitted(
    frame: pd.DataFrame, room: float, padding: float, broken: float, least: float = 0, heads_rows: bool = False
) -> tuple[list[str], list[float]]:
    """The class and width of each column; if there is too little room, the widest columns are made to wrap."""
    columns = [cells for _, cells in frame.items()]
    looks = [look(cells, heads_rows and place == 0) for place, cells in enumerate(columns)]
    widths = [max([least, *map(wide, cells)]) for cells in columns]
    taken = [padding + (broken if look in (" class=text", "") else width) for look, width in zip(looks, widths)]
    short = [place for place, look in enumerate(looks) if look == " class=short"]
    for place in sorted(short, key=lambda place: (place == 0, -widths[place])):
        if sum(taken) > room and widths[place] > BROKEN / 2:
            looks[place] = ""
            taken[place] = padding + BROKEN / 2
    return looks, taken


def _beside_the_screen(widths: list[float]) -> list[int]:
    """The positions of the middle columns to hide in JupyterLab on a screen 1366 pixels wide."""
    places = list(range(len(widths)))
    while sum(widths[place] for place in places) > DESK[0] and len(places) > 2:
        places.pop(len(places) // 2)
    return [place for place in range(len(widths)) if place not in places]
