"""One specification of every column and table, read from `columns.toml`: what it holds, and how people are shown it.

A column means the same and looks the same in every table it stands in. From here come the checks of the tidy tables
(`schemas`), the data dictionary, and the headings and formats of JupyterLab, pages and workbooks (`presenting`).
"""

import tomllib
from dataclasses import dataclass, replace
from importlib.resources import files

from ecanalysis.form import words

DTYPES = {  # what a column holds -> its dtype in a tidy table
    **dict.fromkeys(("text", "words", "code", "codes", "letters", "band"), "str"),
    **dict.fromkeys(("year", "whole", "flag"), "int64"),
    **dict.fromkeys(("number", "percent", "share", "gap", "answer", "change", "typical", "middle"), "float64"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `heading` is Chinese. `type` says what it holds and so how it is written: see the head of `columns.toml`.
    `decimals` None leaves it to the numbers; `unit` is written behind each number; `words` names the table in
    `form.words` with the Chinese of what it holds; `says` describes it in English, `means` in Chinese. In a tidy
    table a text is never "" where it is `filled`, and one of a list of `schemas` where `among` names one; a number lies
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
