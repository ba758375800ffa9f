"""One specification of every column, read from `columns.toml`: what it holds, and how people are shown it.

A column means the same and looks the same in every table it stands in. From here come the checks of the tidy tables
(`schemas`), the data dictionary, and the headings and formats of JupyterLab, pages and workbooks (`presenting`).
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from ecanalysis.form import words

TYPES = (
    *("text", "words", "code", "codes", "letters", "band"),
    *("year", "whole", "number", "percent", "share", "flag", "gap", "answer", "change", "typical", "middle"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `heading` is Chinese. `type` says what it holds and so how it is written: see the head of `columns.toml`.
    `decimals` None leaves it to the numbers; `unit` is written behind each number; `words` names the table in
    `form.words` with the Chinese of what it holds; `says` describes it (English, for the data dictionary).
    """

    name: str
    heading: str
    type: str = "text"
    decimals: int | None = None
    signed: bool = False
    unit: str = ""
    words: str = ""
    says: str = ""

    @property
    def in_words(self) -> dict[str, str]:
        """English name or Chinese short form -> what people read."""
        return getattr(words, self.words) if self.words else {}


def load(text: str) -> dict[str, Column]:
    """The columns of a specification by name. Raises ValueError for an unknown type or table of words."""
    columns = {name: Column(name, **entry) for name, entry in tomllib.loads(text)["column"].items()}
    for column in columns.values():
        if column.type not in TYPES:
            raise ValueError(f"columns: {column.name}: unknown type {column.type!r}")
        if (column.type == "words") != bool(column.words and hasattr(words, column.words)):
            raise ValueError(f"columns: {column.name}: type `words` and a table of form.words go together")
    return columns


COLUMNS = load(files(__package__).joinpath("columns.toml").read_text("utf-8"))
