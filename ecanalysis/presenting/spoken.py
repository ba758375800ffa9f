"""Chinese words accepted as input: a displayed word means its code, a displayed heading is answered with its column.

Tables keep the names and codes of the data dictionary. If people type what they see, a comparison is made with the code
(`r.scores.region == "东部"`), and a heading used as a column name raises an error that gives the column's name. To work
entirely in Chinese, use `chinese` (`presenting.display`).
"""

import operator
import re
import sys
import warnings
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache, wraps

import pandas as pd

from ecanalysis.errors import NoColumn
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.form.words import KINDS, SHORT_REGION_NAMES, SHORT_STATUS_NAMES
from ecanalysis.presenting.formats import label
from ecanalysis.rounds.roster import PROVINCES, province_of
from ecanalysis.rounds.schemas import COLUMNS, TABLES

MOST = 12  # most words to list in a message
UNWRITTEN = "没有写入：r.scores 每次取出的都是新的一份；先存成自己的表（own = r.scores）再写"
SPECIFIED = {*COLUMNS, *(column.heading for column in COLUMNS.values())}
# Methods of a frame that take names of columns.
VERBS = (
    *("__getitem__", "sort_values", "groupby", "set_index", "drop", "nlargest", "nsmallest", "merge", "pivot"),
    *("pivot_table", "drop_duplicates", "explode", "melt", "query", "astype", "value_counts"),
    *(PASSING_OVER := ("rename", "filter", "fillna", "isin")),
)


# Other names people use for a column.
ALSO = {
    "省份": "province",
    "省": "province",
    "地区": "region",
    "名称": "name",
    "基地名称": "name",
    "分数": "total",
    "得分": "total",
    "排名": "rank",
    "名次": "rank",
    "结论": "status",
}


def columns(heading: str = "") -> pd.DataFrame:
    """Heading, name, description and tables of all columns, or of those with `heading` in the first three.

    A field of the form is not a column; if `heading` names one, the result says how to select its code.

    >>> columns("后3位").列名.tolist()[:2], columns("从业人员").列名.tolist()[0]
    (['bottom_three', 'bottom_three_previous'], 'code == "C17"')
    """
    same = [one for one in COLUMNS.values() if heading in one.heading or heading in one.name or heading in one.means]
    rows = [(one.heading, one.name, one.means, _homes(one.name)) for one in same]
    if heading:
        asked = [one for one in FIELDS.values() if heading in one.called or heading == one.name]
        means = [one.sentence.format(year="20××", next_year="20××") for one in asked]
        rows += [(one.called, f'code == "{one.code}"', says, _homes("code")) for one, says in zip(asked, means)]
    if not rows:
        _tell(lambda: answer([heading]) or f"没有含“{heading}”的表头、列名或指标；全部见 ec.columns()")
    return pd.DataFrame(rows, columns=["表头", "列名", "含义", "所在表"])


def _homes(column: str) -> str:
    """The tables that have a column."""
    return "、".join(dict.fromkeys(table.name for table in TABLES.values() if column in table.columns))


def _elsewhere(column: str, names: list[str]) -> str:
    """Which tables have a column, and how to merge it into a frame of bases with these columns."""
    told = f"；有这一列的表：{homes}" if (homes := _homes(column)) else ""
    by_base = [name for name in ("roster", "scores", "watchlist") if column in TABLES[name].columns]
    if by_base and "base_id" in names:
        told += f'；接上它：.merge(r.{by_base[0]}[["base_id", "{column}"]], on="base_id")'
    return told


def answering(verb):
    """Wrap a frame's method so that a heading used as a column name raises a KeyError giving the column's name."""

    @wraps(verb)
    def ask(frame, *given, **named):
        if verb.__name__ == "query":  # resolve @names in the caller's scope
            named["level"] = named.get("level", 0) + 1
        if verb.__name__ in PASSING_OVER:  # pandas ignores columns that do not exist
            listed = dict | list if verb.__name__ == "filter" else dict
            meant = [key for one in (*given, *named.values()) if isinstance(one, listed) for key in one]
            asked = [word for word in meant if isinstance(word, str) and word not in frame.columns]
            _tell(lambda: answer(asked, frame))
        try:
            return verb(frame, *given, **named)
        except (KeyError, NameError) as error:
            asked = re.findall(r"'([^']+)'", str(error))
            # In a merge, it may be the other frame that lacks the column.
            frames = (frame, *(one for one in (*given, *named.values()) if isinstance(one, pd.DataFrame)))
            if said := next(filter(None, (answer(asked, one) for one in frames)), ""):
                raise NoColumn(said) from None
            raise

    return ask


def answer(asked: list[str], frame: pd.DataFrame | None = None) -> str:
    """A hint on columns that do not exist: their names in the frame (without one: in any table), found by heading.

    Otherwise a similar column, or the tables that have the column; "" if there is nothing to suggest.
    """
    names = list(COLUMNS) if frame is None else [name for name in frame.columns if isinstance(name, str)]
    found = {COLUMNS[name].heading: name for name in reversed(names) if name in COLUMNS}
    found |= {name: one.heading for name, one in COLUMNS.items() if one.heading in names}
    known = [*names, *found]
    also = {said: found.get(name, name) for said, name in ALSO.items() if name in known}
    if frame is None:  # the frame may have been in Chinese
        also = {said: f"{ALSO[said]}（中文表中为 {COLUMNS[ALSO[said]].heading}）" for said in also}
    found = also | found
    told = [f"没有列“{word}”，列名为 {found[word]}" for word in asked if word in found]
    for word in () if told else asked:
        if word in COLUMNS and (frame is None or word not in names):
            told.append(f"没有列“{word}”（{COLUMNS[word].heading}）{_elsewhere(word, names)}")
        elif word not in names and (close := get_close_matches(word, known, 1, 0.6 if word.isascii() else 0.5)):
            told.append(
                f"没有列“{word}”，最接近的是 {close[0]}" + (f"，列名为 {found[close[0]]}" if close[0] in found else "")
            )
    return "；".join(told)


class Spoken(pd.Series):
    """A column that can be compared with displayed words.

    Warns if a word, or a number as rounded on the screen, equals nothing in the column but is close to something.
    """

    @property
    def _constructor(self):
        return pd.Series

    def _cmp_method(self, other, op):
        if op not in (operator.eq, operator.ne) or not isinstance(other, str):
            if op is operator.eq and isinstance(other, float):
                self._as_rounded(other)
            return super()._cmp_method(other, op)
        same = self.isin([other])
        return same if op is operator.eq else ~same

    def isin(self, values):
        if isinstance(values, list | tuple | set) and (_vocabulary(self.name) or len(values) <= MOST):
            values = [code for value in values for code in (self._codes(value) if isinstance(value, str) else [value])]
        return pd.Series(self).isin(values)

    def map(self, func=None, *given, **named):
        if isinstance(func, dict) and pd.api.types.is_bool_dtype(self.dtype):  # flags are 1 and 0 in tables
            func = {bool(key) if key in (0, 1) else key: meant for key, meant in func.items()}
        return pd.Series(self).map(func, *given, **named)

    def _codes(self, word: str) -> list:
        """The codes meant by a word in this column; the word itself, with a warning, if it means none."""
        if self.name in ("province", COLUMNS["province"].heading) and (named := province_of(word)):
            return [named]  # 浙江省 is 浙江
        known = _vocabulary(self.name)
        found = [code for code, words in known.items() if word in (code, *words)]
        if found or word.strip() == "" or (pd.Series(self) == word).any():
            return found or [word]
        _tell(lambda: self._unlike(word, known))
        return [word]

    def _unlike(self, word: str, known: dict) -> str:
        """The warning for a word that equals nothing here; "" in a column of free text if nothing is similar."""
        there = pd.Series(self).dropna().unique()
        words = [known[code][0] for code in known if code in there and known[code][0]] if known else [*map(str, there)]
        near = [one for one in words if word in one][:3] or get_close_matches(word, words, 3, 0.5 if known else 0.8)
        told = f"（最接近的是 {'、'.join(near)}）" if near else ""
        told += f"；有 {'、'.join(words)}" if known and len(words) <= MOST else ""
        return f"列 {self.name} 里没有“{word}”{told}" if words and (told or known) else ""

    def _as_rounded(self, number: float) -> None:
        if number.is_integer() or not pd.api.types.is_float_dtype(self.dtype) or (pd.Series(self) == number).any():
            return
        decimals = len(str(number).partition(".")[2])
        if count := (self.round(decimals) == number).sum():
            told = f"按{decimals}位小数相等的有{count}个，可用 {self.name}.round({decimals}) == {number}"
            _tell(lambda: f"列 {self.name} 里没有正好等于 {number} 的值（屏幕上的数是取整后的）；{told}")


def spoken(column: pd.Series) -> pd.Series:
    """A column as `Spoken` if it is displayed differently from what it holds, or holds names; otherwise unchanged.

    Flags, stored as 1 and 0, become booleans, so that `.loc[r.scores.bottom_three]` selects the flagged rows instead of
    rows 1 and 0.
    """
    if not (isinstance(column.name, str) and column.name in SPECIFIED):
        return column
    if column.name in COLUMNS and COLUMNS[column.name].type == "flag" and column.dropna().isin([0, 1]).all():
        column = column.astype("boolean" if column.isna().any() else "bool")
    return Spoken(column)


def _tell(message: Callable[[], str]) -> None:
    """Warn at the user's own line; calls from inside the library are not warned about."""
    frame, level = sys._getframe(1), 2
    while (home := frame.f_globals.get("__name__", "")) == __name__ or home.startswith("pandas."):
        frame, level = frame.f_back, level + 1
    if not home.startswith("ecanalysis.") and (said := message()):
        warnings.warn(said, stacklevel=level)


@cache
def _vocabulary(name: str) -> dict[object, tuple[str, ...]]:
    """Code -> the words displayed for it, the usual one first; empty for a column without codes.

    In a frame in Chinese (`chinese`) the column is named by its heading and holds the usual words.
    """
    column = COLUMNS.get(name)
    if column is None:
        same = [one.name for one in COLUMNS.values() if one.heading == name and one.type != "flag"]
        known = [item for one in same for item in _vocabulary(one).items()]
        return {words[0]: (*words, str(code)) for code, words in known}
    if column.type == "code":
        return {code: (label(code), FIELDS[code].label) for code in FIELDS} | {
            code: (label(code),) for code in FEATURES
        }
    if name == "province":
        return {province: (province,) for province in PROVINCES}
    if column.type == "flag":
        return {1: ("是",), 0: ("否",)}
    short = SHORT_REGION_NAMES | SHORT_STATUS_NAMES
    known = {code: (word, short.get(code, word)) for code, word in column.in_words.items()}
    return known | ({kind: (kind,) for kind in KINDS} if name == "kind" else {})
