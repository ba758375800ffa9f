"""The specification of every column and table, read from `columns.toml`: content, checks and presentation.

A column means and looks the same in every table that has it. The checks of the tidy tables, the data dictionary, and
the headings and formats in JupyterLab, pages and workbooks (`presenting`) all come from here.

Every table of a round is checked before it is used; a failure is a bug of this library and raises. Missing text is "",
never NaN; a missing number is NaN.
"""

import tomllib
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np
import pandas as pd

from ecanalysis.form import words
from ecanalysis.form.fields import FIELDS, IN_FORM
from ecanalysis.rounds.roster import PROVINCES

DTYPES = {  # type of a column -> its dtype in a tidy table
    **dict.fromkeys(("text", "words", "code", "codes", "letters", "band"), "str"),
    **dict.fromkeys(("year", "whole", "flag"), "int64"),
    **dict.fromkeys(("number", "percent", "share", "gap", "answer", "change", "typical", "middle"), "float64"),
}
AMONG = {  # the allowed values of a column, by the name given as `among`
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

    `heading` is Chinese. `type` is what it holds, which decides how it is displayed (see the top of `columns.toml`).
    With `decimals` None, numbers keep the decimals they have; `unit` follows each number; `words` names the table of
    `form.words` with the Chinese of its codes; `says` describes the column in English, `means` in Chinese. Checks in a
    tidy table: text is never "" if `filled`, and is one of AMONG[`among`] if given; numbers lie `within` two bounds.
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
        """Code, or Chinese short form -> the Chinese shown to people."""
        return getattr(words, self.words) if self.words else {}

    @property
    def dtype(self) -> str:
        return DTYPES[self.type]

    def wrong(self, cells: pd.Series) -> pd.Series:
        """The cells that violate the specification."""
        missing = cells.isna().to_numpy()
        bad = missing & (self.dtype != "float64")
        if self.filled:
            bad |= (cells == "").to_numpy(bool)
        if self.among and not set(cells.unique()) <= set(AMONG[self.among]):  # ten times as fast as `isin`
            bad |= ~cells.isin(AMONG[self.among]).to_numpy(bool)
        if self.within:
            bad |= ~cells.between(*self.within).to_numpy(bool) & ~missing
        return cells[bad] if bad.any() else cells.iloc[:0]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: the name of its file, a description, its columns in order, and its key columns.

    A `result` is a table written by `ecanalysis score`; the others are tidy tables, whose content is checked.
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
        """Return the frame itself; raises ValueError naming the column and cells that violate the specification.

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
    """Parse a specification; returns its columns and its tables by name.

    Raises ValueError for an unknown key, type or table of words, or a table with an unspecified column.
    """
    read = tomllib.loads(text)
    for name, entry in read["column"].items():
        if unknown := ", ".join(entry.keys() - Column.__dataclass_fields__):
            raise ValueError(f"columns: {name}: no key {unknown}")
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
    """Rows (tuples in the order of the table's columns) as a frame with the table's dtypes.

    >>> frame([("a.xlsx", "示例园", "C01", "表", "E4")], ANSWERED).shape
    (1, 5)
    """
    columns = zip(*rows) if rows else ((),) * len(table.columns)
    return pd.DataFrame({name: _array(cells, dtype) for (name, dtype), cells in zip(table.dtypes.items(), columns)})


def _array(cells: tuple, dtype: str):
    try:
        return pd.array(cells, dtype=dtype)
    except UnicodeEncodeError:  # a lone surrogate, which cannot be encoded
        return pd.array(
            [cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for cell in cells], dtype=dtype
        )


def found_in(table: pd.DataFrame, other: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """For each row of `table`, whether `other` has a row with the same values in `columns` (bool array).

    >>> found_in(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), pd.DataFrame({"a": [2], "b": [4]}), ["a", "b"]).tolist()
    [False, True]
    """
    found = table[columns[0]].isin(other[columns[0]]).to_numpy(bool, copy=True)  # few rows need the full comparison
    rows, others = (pd.MultiIndex.from_frame(one) for one in (table.loc[found, columns], other[columns]))
    found[found] = rows.isin(others)
    return found


def by_form(table: pd.DataFrame) -> pd.DataFrame:
    """A table sorted by field (`code`) in the form's order; the sort is stable."""
    return table.sort_values("code", key=lambda codes: codes.map(IN_FORM), kind="stable", ignore_index=True)


def warnings(kind: str, rows: pd.DataFrame, messages) -> pd.DataFrame:
    """Warnings in the shape of a round's `issues`, one per row of `rows`; columns that issues have are kept."""
    found = rows.assign(severity="warning", kind=kind, message=messages)
    return found.reindex(columns=["base_id", *ISSUES.columns], fill_value="").fillna("").astype("str")


def _of_round(table: Table) -> Table:
    """The same table as part of a round: `base_id` comes first ("" for rows of no base on the roster)."""
    unique = ["base_id", *(column for column in table.unique if column not in ("file", "base_name"))]
    columns = {"base_id": COLUMNS["base_id"], **table.columns}
    return replace(table, columns=columns, unique=tuple(unique) if table.unique else ())


# The tables of a round that begin with `base_id`, by their name in `Round`.
OF_ROUND = {name: _of_round(TABLES[name]) for name in ("values", "issues", "answered", "forms", "stamped")}
