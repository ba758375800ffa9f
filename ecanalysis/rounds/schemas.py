"""The tidy tables: what each column holds, in which unit, and what must be true of it.

Every table of a round is checked against its schema before anyone sees it; a failure is a fault of ours and raises.
The data dictionary is written from the descriptions here. A text column holds "" where there is nothing, never NaN.
"""

import pandas as pd
import pandera.pandas as pa

from ecanalysis.form.fields import FIELDS
from ecanalysis.rounds.roster import KINDS, PROVINCES

LAYOUTS = ("form", "official", "summary", "")
STATUSES = ("accepted", "accepted_with_warnings", "rejected", "evidence", "compared")
ROLES = ("主要负责人", "联系人")
SEVERITIES = ("error", "warning")


DTYPES = {"text": "str", "integer": "int64", "number": "float64"}


def _text(description: str, *, filled: bool = False, among=None) -> pa.Column:
    checks = [pa.Check.str_length(min_value=1)] if filled else []
    checks += [pa.Check.isin(among)] if among is not None else []
    return _column("text", description, checks)


def _column(kind: str, description: str, checks=()) -> pa.Column:
    return pa.Column(None, list(checks), nullable=False, description=description, metadata={"type": kind})


def _number(description: str, unit: str, checks=()) -> pa.Column:
    # A number that is missing is NaN.
    metadata = {"type": "number", "unit": unit}
    return pa.Column(None, list(checks), nullable=True, description=description, metadata=metadata)


def _schema(name: str, description: str, columns: dict[str, pa.Column], unique=None) -> pa.DataFrameSchema:
    # Types are compared in one go: column by column pandera takes longer over them than a small round takes to read.
    types = {name: DTYPES[column.metadata["type"]] for name, column in columns.items()}
    typed = pa.Check(
        lambda table: all(table[name].dtype == dtype for name, dtype in types.items() if name in table),
        error=f"column types other than {types}",
    )
    return pa.DataFrameSchema(
        columns, typed, name=name, description=description, unique=unique, strict=True, ordered=True
    )


_FILE = _text("File the row was read from: its path relative to the folder that was read, with /", filled=True)
_BASE_NAME = _text("Name of the base as the form gives it")
_SHEET = _text("Sheet of the workbook (表格n: nth table of a .docx; 正文: its paragraphs), '' where none applies")
_CELL = _text("Address of the cell, like E14; in corrections.csv the line (第n行)")
_RAW = _text("What stood there, as written")
_CODE = _text("Code of the field of the form (C04)", filled=True, among=list(FIELDS))

VALUES = _schema(
    "values",
    "One row for each field with a readable answer",
    {
        "file": _FILE,
        "base_name": _text("Name of the base as the form gives it", filled=True),
        "code": _CODE,
        "year": _column("integer", "Reporting year of the round, or its base period (the year before)"),
        "value": _number(
            "The answer in the field's own unit: a percent as 15.6, yes/no as 1/0; missing for a choice",
            "the unit in the column `unit`",
        ),
        "text": _text("The choice of C03_operator, with the free text of 其他 as 其他:…; '' for every other field"),
        "unit": _text("Unit of `value`: the field's own unit", among=sorted({field.unit for field in FIELDS.values()})),
        "raw": _RAW,
        "sheet": _SHEET,
        "cell": _CELL,
    },
    unique=["file", "base_name", "code", "year"],
)
ISSUES = _schema(
    "issues",
    "One row for each fault found in a submission",
    {
        "file": _text("File the fault is in; '' where it is in none"),
        "base_name": _BASE_NAME,
        "code": _text("Code of the field (C04) or letter of the feature (I); '' where the fault is in no single field"),
        "severity": _text("error: nothing could be taken from there; warning: please confirm", among=SEVERITIES),
        "kind": _text("Kind of fault, a stable English name", filled=True),
        "message": _text("What was expected and what stood there, in Chinese", filled=True),
        "raw": _RAW,
        "sheet": _SHEET,
        "cell": _CELL,
    },
)
FILES = _schema(
    "files",
    "Every file found, once",
    {
        "file": _FILE,
        "sha256": _text("SHA-256 of the file's content, '' where it could not be read"),
        "layout": _text("Layout it was read in: form, official or summary; '' where it was not read", among=LAYOUTS),
        "status": _text(
            "accepted, accepted_with_warnings (it has an issue), rejected, evidence, compared (a scan)",
            among=STATUSES,
        ),
        "base_name": _text("Names of the bases in it, joined by ;"),
        "message": _text("Why it was rejected, in Chinese"),
    },
    unique=["file"],
)
FORMS = _schema(
    "bases",
    "The rest of each form: a row for each base of each accepted file",
    {
        "file": _FILE,
        "base_name": _text("Name of the base as the form gives it", filled=True),
        "department": _text("商务主管部门: the commerce department the base reports to"),
        "address": _text("地址与范围: address and extent"),
        "suggestions": _text("意见及建议: comments and suggestions"),
        "review_opinion": _text("省级商务主管部门审核意见: opinion of the provincial department"),
        "review_date": _text("Date of that opinion, as YYYY-MM-DD (or as written where it is no full date)"),
    },
    unique=["file", "base_name"],
)
CONTACTS = _schema(
    "contacts",
    "People named in the forms; this table alone holds them and it is private",
    {
        "file": _FILE,
        "base_name": _text("Name of the base as the form gives it", filled=True),
        "role": _text("主要负责人 (head of the base) or 联系人 (contact)", among=ROLES),
        "name": _text("姓名"),
        "title": _text("职务"),
        "office_phone": _text("工作电话"),
        "mobile": _text("手机"),
        "wechat": _text("微信"),
        "email": _text("电子邮件"),
    },
)
ANSWERED = _schema(
    "answered",
    "Fields of the reporting year that count as answered, readable or not: they say which features a base chose",
    {
        "file": _FILE,
        "base_name": _text("Name of the base as the form gives it", filled=True),
        "code": _CODE,
        "sheet": _SHEET,
        "cell": _CELL,
    },
    unique=["file", "base_name", "code"],
)
ROSTER = _schema(
    "roster",
    "The bases of a round, one a row",
    {
        "base_id": _text("Identity of the base, the same in every round", filled=True),
        "name": _text("Name of the base", filled=True),
        "aliases": _text("Other names it is known by, separated by ;"),
        "province": _text("Province, city with its own plan, or 新疆生产建设兵团", among=list(PROVINCES)),
        "kind": _text("示范基地 or 集聚区", among=KINDS),
        "region": _text("Region of the province: 东, 中 or 西 (with the north-east)", among=["东", "中", "西"]),
    },
    unique=["base_id"],
)

CORRECTIONS = _schema(
    "corrections",
    "Values a reviewer has put right, as corrections.csv gives them",
    {
        "line": _column("integer", "Line of corrections.csv"),
        "base_id": _text("Identity of the base", filled=True),
        "code": _CODE,
        "year": _column("integer", "Reporting year or base period"),
        "raw": _text("The value as typed; '' strikes the submitted value"),
        "value": _number("The value it is to have", "the field's own unit"),
        "text": _text("The choice of C03_operator; '' for every other field"),
        "reason": _text("Why the value was put right", filled=True),
        "evidence": _text("What shows that it is right"),
        "decided_on": _text("When it was decided"),
        "status": _text(
            "accepted (applied), pending or rejected (both on record only)", among=("accepted", "pending", "rejected")
        ),
    },
)
APPLIED = _schema(
    "corrections",
    "Values a reviewer has put right, beside what they replace",
    CORRECTIONS.columns
    | {
        "submitted_value": _number("The value it replaces", "the field's own unit"),
        "submitted_text": _text("The choice it replaces"),
        "submitted_raw": _text("What the base had written"),
        "submitted_file": _text("File that stands in"),
        "submitted_sheet": _text("Sheet that stands in"),
        "submitted_cell": _text("Cell that stands in"),
    },
)
UNMATCHED = _schema(
    "unmatched",
    "Accepted forms of bases that are not on the roster; never scored",
    {
        "file": _FILE,
        "base_name": _text("Name of the base as the form gives it", filled=True),
        "nearest_base_id": _text("Base on the roster with the most similar name, a suggestion only"),
        "nearest_name": _text("Its name"),
        "similarity": _number(
            "Similarity of the normalised names, 0 to 1 (a share of 1)", "share of 1", [pa.Check.in_range(0, 1)]
        ),
    },
)


def frame(rows: list[tuple], schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Rows (tuples in the order of the schema's columns) as a frame with the schema's types.

    >>> frame([("a.xlsx", "示例园", "C01", "表", "E4")], ANSWERED).shape
    (1, 5)
    """
    columns = zip(*rows) if rows else ((),) * len(schema.columns)
    types = {name: DTYPES[column.metadata["type"]] for name, column in schema.columns.items()}
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
    first = {"base_id": _text("Identity of the base on the roster; '' where the row belongs to none")}
    unique = ["base_id", *(column for column in schema.unique or [] if column not in ("file", "base_name"))]
    return _schema(schema.name, schema.description, first | schema.columns, unique if schema.unique else None)
