"""What reading a file returns: a `Reading` with rows of the tidy tables, as named tuples.

Their attributes are in the order of the tables' columns, so that a list of rows can be made into a frame directly.
"""

import re
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.cells import Sheet, address


def located(sheet: str, cell: str) -> str:
    """The place of an answer as written in messages; "" if neither sheet nor cell is known.

    >>> located("报告表", "G14"), located("", "第5行")
    ('报告表!G14', '第5行')
    """
    return f"{sheet}!{cell}" if sheet and cell else sheet or cell


def about(code: str, sheet: str = "", cell: str = "") -> str:
    """How a message begins: the place of the answer and the field, as far as they are known.

    >>> about("C04", "报告表", "G14"), about("C04"), about("", "", "第5行")
    ('报告表!G14，C04 电商培训人次：', 'C04 电商培训人次：', '第5行，')
    """
    asked = f"{FIELDS[code].called}：" if code in FIELDS else ""
    return (f"{located(sheet, cell)}，" if cell else "") + asked


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
    """A row of `issues`: what is wrong, where, and what was written there (`raw`)."""

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
    """A row of `answered`: a field of the reporting year that counts as answered, and its place."""

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
    """A row of `contacts`, the only table with names, telephone numbers and e-mail addresses."""

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
    """What was read from one file.

    `rejected`: why nothing was read from it (Chinese), or ""; if set, only `issues` may have rows. `base_names`: one
    name for each row of `bases`.
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
        # Rows are sent between processes as plain tuples: named tuples take twice as long.
        tables = (list(map(tuple, getattr(self, name))) for name in ROWS)
        return _unpacked, (self.sha256, self.layout, self.rejected, self.base_names, *tables)


ROWS = {"values": Value, "issues": Issue, "answered": Answered, "bases": Base, "contacts": Contact}


def _unpacked(sha256: str, layout: str, rejected: str, base_names: list[str], *tables: list[tuple]) -> Reading:
    rows = (list(map(partial(tuple.__new__, kind), table)) for kind, table in zip(ROWS.values(), tables))
    return Reading(sha256, layout, rejected, base_names, *rows)


def placed_on_pages(reading: Reading, sheet: Sheet) -> None:
    """In all rows from `sheet`, and in messages, replace sheet and cell by page and place (`第2页`, `x,y,w,h` in ‰)."""
    places = {address(*at): place for at, place in sheet.places.items()}

    def told(found: re.Match) -> str:
        page, place = places.get(found[1], (sheet.name, found[1]))
        return f"{page}!{place}"

    in_message = re.compile(re.escape(sheet.name) + r"!([A-Z]{1,3}\d+)")
    for table in ("values", "issues", "answered"):
        rows = getattr(reading, table)
        for at, row in enumerate(rows):
            if row.sheet == sheet.name and row.cell in places:
                page, place = places[row.cell]
                row = row._replace(sheet=page, cell=place)
            if table == "issues":
                row = row._replace(message=in_message.sub(told, row.message))
            rows[at] = row
