"""The tidy tables as checks: their columns, in order, with types and contents as `columns.toml` specifies them.

Every table of a round is checked against its schema before anyone sees it; a failure is a fault of ours and raises.
A text column holds "" where there is nothing, never NaN; a number that is missing is NaN.
"""

from dataclasses import dataclass, replace

import pandas as pd

from ecanalysis.form import words
from ecanalysis.form.fields import FIELDS
from ecanalysis.rounds.columns import COLUMNS, TABLES, Column, Table
from ecanalysis.rounds.roster import PROVINCES

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


@dataclass(frozen=True)
class Schema:
    """The checks of a table, by its specification."""

    table: Table

    @property
    def columns(self) -> dict[str, Column]:
        return self.table.columns

    @property
    def dtypes(self) -> dict[str, str]:
        return {name: column.dtype for name, column in self.columns.items()}

    def validate(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame itself. Raises ValueError where it is not as specified, and says which column and which cells.

        >>> ANSWERED.validate(frame([("a.xlsx", "示例园", "C99", "表", "E4")], ANSWERED))
        Traceback (most recent call last):
        ValueError: table answered, column code: not as specified: ['C99']
        """
        name = self.table.name
        if list(frame) != list(self.columns):
            raise ValueError(f"table {name}: columns {list(frame)} instead of {list(self.columns)}")
        for column, cells in frame.items():
            specified = self.columns[column]
            if cells.dtype != specified.dtype:
                raise ValueError(f"table {name}, column {column}: type {cells.dtype} instead of {specified.dtype}")
            if (bad := cells[_is_bad(cells, specified)]).size:
                raise ValueError(f"table {name}, column {column}: not as specified: {bad.iloc[:5].tolist()}")
        if self.table.unique and (twice := frame.duplicated(list(self.table.unique))).any():
            raise ValueError(f"table {name}: twice the same {self.table.unique}: rows {list(frame.index[twice][:5])}")
        return frame


def _is_bad(cells: pd.Series, column: Column) -> pd.Series:
    missing = cells.isna()
    bad = missing & (column.dtype != "float64")
    if column.filled:
        bad |= cells == ""
    if column.among:
        bad |= ~cells.isin(AMONG[column.among])
    if column.within:
        bad |= ~cells.between(*column.within) & ~missing
    return bad


VALUES, ISSUES, FILES, FORMS, CONTACTS, ROSTER, ANSWERED, STAMPED, CORRECTIONS, APPLIED, UNMATCHED = (
    Schema(TABLES[name])
    for name in (
        *("values", "issues", "files", "forms", "contacts", "roster", "answered"),
        *("stamped", "corrections", "applied", "unmatched"),
    )
)
SCORES, POINTS, SEAL_DIFFERENCE = (Schema(TABLES[name]) for name in ("scores", "points", "seal_difference"))


def frame(rows: list[tuple], schema: Schema) -> pd.DataFrame:
    """Rows (tuples in the order of the schema's columns) as a frame with the schema's types.

    >>> frame([("a.xlsx", "示例园", "C01", "表", "E4")], ANSWERED).shape
    (1, 5)
    """
    columns = zip(*rows) if rows else ((),) * len(schema.columns)
    return pd.DataFrame({name: _array(cells, dtype) for (name, dtype), cells in zip(schema.dtypes.items(), columns)})


def _array(cells: tuple, dtype: str):
    try:
        return pd.array(cells, dtype=dtype)
    except UnicodeEncodeError:  # half of a surrogate pair, which no encoding of text can hold
        return pd.array(
            [cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for cell in cells], dtype=dtype
        )


def warnings(kind: str, rows: pd.DataFrame, messages) -> pd.DataFrame:
    """Warnings as a round's `issues`, one for each of `rows`: what these have of an issue's columns is kept."""
    found = rows.assign(severity="warning", kind=kind, message=messages)
    return found.reindex(columns=["base_id", *ISSUES.columns], fill_value="").fillna("").astype("str")


def of_round(schema: Schema) -> Schema:
    """The schema of a table inside a round: `base_id` comes first ("" where a row belongs to no base on the roster)."""
    table = schema.table
    unique = ["base_id", *(column for column in table.unique if column not in ("file", "base_name"))]
    columns = {"base_id": COLUMNS["base_id"], **table.columns}
    return Schema(replace(table, columns=columns, unique=tuple(unique) if table.unique else ()))
