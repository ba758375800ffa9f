"""What was read of a file -> the same with contact data in its table `contacts` alone."""

import re

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers.gathering import Place, issue_row
from ecanalysis.reading.people import (
    FEWEST_DIGITS,
    holds_contacts,
    looks_like_mobile,
    name_alone,
    secrets_of,
    struck_out,
)
from ecanalysis.reading.rows import Issue, Reading, Value

# Fields in these units can hold eleven digits; counts of people and firms cannot.
HOLD_ELEVEN_DIGITS = ("件", "亿元")

LEAST = 10 ** (FEWEST_DIGITS - 1)  # the smallest number that can be a telephone's

_PLAIN = re.compile(r"[\d,.\s]+")  # an amount and nothing else


def without_people(reading: Reading) -> Reading:
    """Strike contact data out of all that was read but the contacts themselves.

    Where a telephone number was typed for a number, there is no value but an issue. All else is quoted with
    `〔联系方式〕` in its place; a base's name loses what was written beside it.
    """
    secrets = secrets_of(reading.contacts, [part for one in reading.bases for part in (one.base_name, one.department)])
    rows = (*reading.bases, *reading.issues)
    names = {name: alone for row in rows if (alone := name_alone(name := row.base_name, secrets)) != name}

    sheets = {row.sheet for row in (*reading.values, *reading.issues, *reading.answered)}
    sheets = {name: clean for name in sheets if (clean := struck_out(name, secrets)) != name}

    def clean(row, *columns: str, shapes: bool = True):
        texts = {key: text for key in columns if (text := getattr(row, key)) and holds_contacts(text, secrets)}
        if not (texts or sheets or names):  # as of most rows
            return row
        changed = {key: struck_out(text, secrets, shapes) for key, text in texts.items()}
        if getattr(row, "sheet", "") in sheets:
            changed["sheet"] = sheets[row.sheet]
        if row.base_name in names:
            changed["base_name"] = names[row.base_name]
        return row._replace(**changed) if changed else row

    short = {digits for number in secrets.numbers if len(digits := number.lstrip("0")) >= FEWEST_DIGITS}
    refused = [row for row in reading.values if (row.value or 0) >= LEAST and _is_telephone(row, short)]
    reading.issues += [_no_answer(row) for row in refused]
    reading.values = [
        clean(row, "text", "raw", shapes=not _PLAIN.fullmatch(row.raw)) for row in reading.values if row not in refused
    ]
    reading.issues = [clean(row, "message", "raw") for row in reading.issues]
    reading.answered = [clean(row) for row in reading.answered] if sheets or names else reading.answered
    reading.bases = [clean(row, "department", "address", "suggestions", "review_opinion") for row in reading.bases]
    reading.contacts = [clean(row) for row in reading.contacts]
    reading.base_names = [names.get(name, name) for name in reading.base_names]
    return reading


def _is_telephone(row: Value, numbers: set[str]) -> bool:
    if row.value != int(row.value):
        return False
    if f"{row.value:.0f}" in numbers:
        return True
    return FIELDS[row.code].unit not in HOLD_ELEVEN_DIGITS and looks_like_mobile(int(row.value))


def _no_answer(row: Value) -> Issue:
    place = Place(row.file, row.base_name, row.sheet)
    fault = ("error", "unreadable", f"应为{FIELDS[row.code].unit}数，实为电话号码")
    return issue_row(place, row.code, fault, "", row.cell)
