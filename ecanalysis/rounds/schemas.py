"""The tidy tables as checks: their columns, in order, with types and contents as `columns.toml` specifies them.

Every table of a round is checked against its schema before anyone sees it; a failure is a fault of ours and raises.
A text column holds "" where there is nothing, never NaN; a number that is missing is NaN.
"""

from dataclasses import replace

import pandas as pd
import pandera.pandas as pa

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
    "CORRECTION_STATUSES": ["accepted", "pending", "rejected"],
}


def schema_of(table: Table) -> pa.DataFrameSchema:
    """The checks of a table, by its specification."""
    # Types are compared in one go: column by column pandera takes longer over them than a small round takes to read.
    types = {name: column.dtype for name, column in table.columns.items()}
    typed = pa.Check(
        lambda frame: all(frame[name].dtype == dtype for name, dtype in types.items() if name in frame),
        error=f"column types other than {types}",
    )
    columns = {name: _checked(column) for name, column in table.columns.items()}
    return pa.DataFrameSchema(
        columns, typed, name=table.name, unique=list(table.unique) or None, strict=True, ordered=True,
        metadata={"table": table},
    )  # fmt: skip


def _checked(column: Column) -> pa.Column:
    checks = [pa.Check.str_length(min_value=1)] if column.filled else []
    checks += [pa.Check.isin(AMONG[column.among])] if column.among else []
    checks += [pa.Check.in_range(*column.within)] if column.within else []
    return pa.Column(None, checks, nullable=column.dtype == "float64")


VALUES, ISSUES, FILES, FORMS, CONTACTS, ROSTER, ANSWERED, STAMPED, CORRECTIONS, APPLIED, UNMATCHED = (
    schema_of(TABLES[name])
    for name in (
        *("values", "issues", "files", "forms", "contacts", "roster", "answered"),
        *("stamped", "corrections", "applied", "unmatched"),
    )
)


def frame(rows: list[tuple], schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Rows (tuples in the order of the schema's columns) as a frame with the schema's types.

    >>> frame([("a.xlsx", "示例园", "C01", "表", "E4")], ANSWERED).shape
    (1, 5)
    """
    types = {name: column.dtype for name, column in schema.metadata["table"].columns.items()}
    columns = zip(*rows) if rows else ((),) * len(types)
    return pd.DataFrame({name: _array(cells, types[name]) for name, cells in zip(types, columns)})


def _array(cells: tuple, dtype: str):
    try:
        return pd.array(cells, dtype=dtype)
    except UnicodeEncodeError:  # half of a surrogate pair, which no encoding of text can hold
        return pd.array(
            [cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for cell in cells], dtype=dtype
        )


def of_round(schema: pa.DataFrameSchema) -> pa.DataFrameSchema:
    """The schema of a table inside a round: `base_id` comes first ("" where a row belongs to no base on the roster)."""
    table = schema.metadata["table"]
    unique = ["base_id", *(column for column in table.unique if column not in ("file", "base_name"))]
    columns = {"base_id": COLUMNS["base_id"], **table.columns}
    return schema_of(replace(table, columns=columns, unique=tuple(unique) if table.unique else ()))
