"""One specification of every column and table, read from `columns.toml`: what it holds, and how people are shown it.

A column means the same and looks the same in every table it stands in. From here come the checks of the tidy tables,
the data dictionary, and the headings and formats of JupyterLab, pages and workbooks (`presenting`).

Every table of a round is checked before anyone sees it; a failure is a fault of ours and raises. A text column holds
"" where there is nothing, never NaN; a number that is missing is NaN.
"""

import tomllib
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np
import pandas as pd

from ecanalysis.form import words
from ecanalysis.form.fields import FIELDS, IN_FORM
from ecanalysis.rounds.roster import PROVINCES

DTYPES = {  # what a column holds -> its dtype in a tidy table
    **dict.fromkeys(("text", "words", "code", "codes", "letters", "band"), "str"),
    **dict.fromkeys(("year", "whole", "flag"), "int64"),
    **dict.fromkeys(("number", "percent", "share", "gap", "answer", "change", "typical", "middle"), "float64"),
}
AMONG = {  # what `among` of a column means
    "FIELDS": list(FIELDS),
    "UNITS": sorted({field.unit for field in FIELDS.values()}),
    "PROVINCES": list(PROVINCES),
    "KINDS": words.KINDS,
    "REGIONS": words.REGIONS,
    "LAYOUTS": list(words.LAYOUT_NAMES),
    "FILE_STATUSES": list(words.FILE_STATUS_NAMES),
    "SEVERITIES": list(words.SEVERITY_NAMES),
    "ROLES": ["主要负责人", "联系人"],
    "CORRECTION_STATUSES": list(words.CORRECTION_STATUS_NAMES),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `heading` is Chinese. `type` says what it holds and so how it is written: see the head of `columns.toml`.
    `decimals` None leaves it to the numbers; `unit` is written behind each number; `words` names the table in
    `form.words` with the Chinese of what it holds; `says` describes it in English, `means` in Chinese. In a tidy
    table a text is never "" where it is `filled`, and one of a list of AMONG where `among` names one; a number lies
    `within` two bounds.
    """

    name: str
    heading: str
    type: str = "text"
    decimals: int | None = None
    signed: bool = False
    unit: str = ""
    words: str = ""
    says: str = ""
    means: str = ""
    filled: bool = False
    among: str = ""
    within: tuple[float, ...] = ()

    @property
    def in_words(self) -> dict[str, str]:
        """English name or Chinese short form -> what people read."""
        return getattr(words, self.words) if self.words else {}

    @property
    def dtype(self) -> str:
        return DTYPES[self.type]

    def wrong(self, cells: pd.Series) -> pd.Series:
        """The cells that are not as specified."""
        missing = cells.isna().to_numpy()
        bad = missing & (self.dtype != "float64")
        if self.filled:
            bad |= (cells == "").to_numpy(bool)
        if self.among and not set(cells.unique()) <= set(AMONG[self.among]):  # `isin` takes ten times as long
            bad |= ~cells.isin(AMONG[self.among]).to_numpy(bool)
        if self.within:
            bad |= ~cells.between(*self.within).to_numpy(bool) & ~missing
        return cells[bad] if bad.any() else cells.iloc[:0]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the name of its file, what it holds, its columns in order, and which of them are unique together.

    A `result` is what `ecanalysis score` writes; the others are tidy tables, whose types and contents are checked.
    """

    name: str
    says: str
    means: str
    columns: dict[str, Column]
    unique: tuple[str, ...] = ()
    result: bool = False

    @property
    def dtypes(self) -> dict[str, str]:
        return {name: column.dtype for name, column in self.columns.items()}

    def validate(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame itself. Raises ValueError where it is not as specified, and says which column and which cells.

        >>> ANSWERED.validate(frame([("a.xlsx", "示例园", "C99", "表", "E4")], ANSWERED))
        Traceback (most recent call last):
        ValueError: table answered, column code: not as specified: ['C99']
        """
        if list(frame) != list(self.columns):
            raise ValueError(f"table {self.name}: columns {list(frame)} instead of {list(self.columns)}")
        for name, column in self.columns.items():
            if frame[name].dtype != column.dtype:
                raise ValueError(f"table {self.name}, column {name}: type {frame[name].dtype}, not {column.dtype}")
            if (wrong := column.wrong(frame[name])).size:
                raise ValueError(f"table {self.name}, column {name}: not as specified: {wrong.iloc[:5].tolist()}")
        if self.unique and (twice := frame.duplicated(list(self.unique))).any():
            raise ValueError(f"table {self.name}: twice the same {self.unique}: rows {list(frame.index[twice][:5])}")
        return frame


def load(text: str) -> tuple[dict[str, Column], dict[str, Table]]:
    """The columns and the tables of a specification, by name.

    Raises ValueError for an unknown type or table of words, and for a table with a column that is not specified.
    """
    read = tomllib.loads(text)
    columns = {name: Column(name, **entry) for name, entry in read["column"].items()}
    for column in columns.values():
        if column.type not in DTYPES:
            raise ValueError(f"columns: {column.name}: unknown type {column.type!r}")
        if (column.type == "words") != bool(column.words and hasattr(words, column.words)):
            raise ValueError(f"columns: {column.name}: type `words` and a table of form.words go together")
    tables: dict[str, Table] = {}
    for name, entry in read["table"].items():
        if unknown := set(entry["columns"]) - set(columns):
            raise ValueError(f"columns: table {name}: no column {', '.join(sorted(unknown))}")
        own = {column: replace(columns[column], **particular) for column, particular in entry["columns"].items()}
        first = tables[entry["extends"]].columns if "extends" in entry else {}
        unique, result = tuple(entry.get("unique", ())), entry.get("result", False)
        said = entry.get("says", ""), entry.get("means", "")
        tables[name] = Table(entry.get("called", name), *said, {**first, **own}, unique, result)
    return columns, tables


COLUMNS, TABLES = load(files(__package__).joinpath("columns.toml").read_text("utf-8"))
VALUES, ISSUES, FILES, FORMS, CONTACTS, ROSTER, ANSWERED, STAMPED, CORRECTIONS, APPLIED, UNMATCHED = (
    TABLES[name]
    for name in (
        *("values", "issues", "files", "forms", "contacts", "roster", "answered"),
        *("stamped", "corrections", "applied", "unmatched"),
    )
)
SCORES, POINTS, SEAL_DIFFERENCE = TABLES["scores"], TABLES["points"], TABLES["seal_difference"]


def frame(rows: list[tuple], table: Table) -> pd.DataFrame:
    """Rows (tuples in the order of the table's columns) as a frame with the table's types.

    >>> frame([("a.xlsx", "示例园", "C01", "表", "E4")], ANSWERED).shape
    (1, 5)
    """
    columns = zip(*rows) if rows else ((),) * len(table.columns)
    return pd.DataFrame({name: _array(cells, dtype) for (name, dtype), cells in zip(table.dtypes.items(), columns)})


def _array(cells: tuple, dtype: str):
    try:
        return pd.array(cells, dtype=dtype)
    except UnicodeEncodeError:  # half of a surrogate pair, which no encoding of text can hold
        return pd.array(
            [cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for cell in cells], dtype=dtype
        )


def found_in(table: pd.DataFrame, other: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """For each row of a table, whether another table has a row with the same values in these columns.

    >>> found_in(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), pd.DataFrame({"a": [2], "b": [4]}), ["a", "b"]).tolist()
    [False, True]
    """
    found = table[columns[0]].isin(other[columns[0]]).to_numpy(bool, copy=True)  # few are looked at whole
    rows, others = (pd.MultiIndex.from_frame(one) for one in (table.loc[found, columns], other[columns]))
    found[found] = rows.isin(others)
    return found


def by_form(table: pd.DataFrame) -> pd.DataFrame:
    """A table's rows in the form's order of fields (`code`); rows of one field keep their order."""
    return table.sort_values("code", key=lambda codes: codes.map(IN_FORM), kind="stable", ignore_index=True)


def warnings(kind: str, rows: pd.DataFrame, messages) -> pd.DataFrame:
    """Warnings as a round's `issues`, one for each of `rows`: what these have of an issue's columns is kept."""
    found = rows.assign(severity="warning", kind=kind, message=messages)
    return found.reindex(columns=["base_id", *ISSUES.columns], fill_value="").fillna("").astype("str")


def of_round(table: Table) -> Table:
    """The same table inside a round: `base_id` comes first ("" where a row belongs to no base on the roster)."""
    unique = ["base_id", *(column for column in table.unique if column not in ("file", "base_name"))]
    columns = {"base_id": COLUMNS["base_id"], **table.columns}
    return replace(table, columns=columns, unique=tuple(unique) if table.unique else ())
