"""What reading a file gives: rows of the tidy tables, each a tuple with named parts, and the `Reading` that holds them.

The parts stand in the order of the tables' columns, so a list of rows becomes a frame as it is.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


def located(sheet: str, cell: str) -> str:
    """Where something stands in its file, as people are told; "" where neither sheet nor cell is known.

    >>> located("报告表", "G14"), located("", "第5行")
    ('报告表!G14', '第5行')
    """
    return f"{sheet}!{cell}" if sheet and cell else sheet or cell


class Value(NamedTuple):
    """A row of `values`: a readable answer, in the form's own unit."""

    file: str
    base_name: str
    code: str
    year: int
    value: float | None
    text: str
    unit: str
    raw: str
    sheet: str
    cell: str


class Issue(NamedTuple):
    """A row of `issues`: what is wrong, where, and what stood there."""

    file: str
    base_name: str
    code: str
    severity: str
    kind: str
    message: str
    raw: str = ""
    sheet: str = ""
    cell: str = ""


class Answered(NamedTuple):
    """A row of `answered`: a field of the reporting year that counts as answered, and where."""

    file: str
    base_name: str
    code: str
    sheet: str
    cell: str


class Base(NamedTuple):
    """A row of `bases`, and whether the form has a place for the provincial department's opinion."""

    file: str
    base_name: str
    department: str = ""
    address: str = ""
    suggestions: str = ""
    review_opinion: str = ""
    review_date: str = ""
    asks_opinion: bool = False


class Contact(NamedTuple):
    """A row of `contacts`: the only place for names, telephone numbers and e-mail addresses."""

    file: str
    base_name: str
    role: str
    name: str = ""
    title: str = ""
    office_phone: str = ""
    mobile: str = ""
    wechat: str = ""
    email: str = ""


@dataclass(slots=True)
class Reading:
    """What stands in one file.

    `rejected` is "" or says in Chinese why nothing is taken from it; then only `issues` may hold rows. `base_names`
    has one name for each row of `bases`.
    """

    sha256: str = ""
    layout: str = ""
    rejected: str = ""
    base_names: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    bases: list[Base] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)

    def __reduce__(self):
        # Between processes rows go as plain tuples: with their names they take twice as long.
        tables = (list(map(tuple, getattr(self, name))) for name in ROWS)
        return _unpacked, (self.sha256, self.layout, self.rejected, self.base_names, *tables)


ROWS = {"values": Value, "issues": Issue, "answered": Answered, "bases": Base, "contacts": Contact}


def _unpacked(sha256: str, layout: str, rejected: str, base_names: list[str], *tables: list[tuple]) -> Reading:
    rows = (list(map(kind._make, table)) for kind, table in zip(ROWS.values(), tables))
    return Reading(sha256, layout, rejected, base_names, *rows)
