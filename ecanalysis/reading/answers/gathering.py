"""Answers that were found -> rows of the tables: values, issues and what counts as answered."""

from collections.abc import Callable
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.cells import Cell, address
from ecanalysis.reading.values import Reading, quoted, read_value


class Answer(NamedTuple):
    """What stands there for one field and year.

    `dated`: another year that its sentence or column names. `shared`: one answer to two questions, of which only 否
    says something about each. `cell_at`: the cell of a sign in `typed`, where that was put together from several.
    """

    code: str
    year: int
    typed: object
    cell: Cell
    percent: bool = False
    unit: str = ""
    dated: int | None = None
    shared: bool = False
    cell_at: Callable[[int], Cell] | None = None


class Place(NamedTuple):
    """Where a form or a row of a summary was found."""

    file: str
    base_name: str
    sheet: str


class Rows(NamedTuple):
    """Rows of three tables, in the order of their columns."""

    values: list[tuple]
    issues: list[tuple]
    answered: list[tuple]


def gather(answers: list[Answer], place: Place, year: int, rows: Rows) -> None:
    """Read the answers of one base and add what they give to `rows`.

    Where a field was asked twice, an answer beats a blank; two that differ are a conflict.
    """
    read: dict[tuple[str, int], list[tuple[Answer, Reading]]] = {}
    for answer in answers:
        reading = read_value(
            FIELDS[answer.code],
            answer.typed,
            percent=answer.percent,
            unit=answer.unit,
            error=answer.cell.error,
        )
        if answer.shared and reading.value == 1:
            detail = f"应分别回答特别重大和重大两项，实为{quoted(reading.raw)}"
            reading = Reading(raw=reading.raw, answered=True, issues=[("error", "unreadable", detail)])
        if not reading.answered and not reading.issues:
            continue
        if answer.dated is not None:
            _wrong_year(answer, reading, place, rows)
        else:
            read.setdefault((answer.code, answer.year), []).append((answer, reading))
    for (code, at), found in read.items():
        answered = [(answer, reading) for answer, reading in found if reading.answered] or found[:1]
        if len({(reading.value, reading.text) for _, reading in answered}) > 1:
            answered[0] = (answered[0][0], _said_twice(code, [reading for _, reading in answered]))
        _add(*answered[0], code, at, place, year, rows)


def issue_row(place: Place, code: str, fault: tuple[str, str, str], raw: str, cell: str) -> tuple:
    """A row of `issues` whose message says where, which field, and what is wrong."""
    severity, kind, detail = fault
    field = FIELDS.get(code)
    asked = f"{code} {field.label}：" if field else ""
    where = f"{place.sheet}!{cell}，" if cell else ""
    return (place.file, place.base_name, code, severity, kind, where + asked + detail, raw, place.sheet, cell)


def _add(answer: Answer, reading: Reading, code: str, at: int, place: Place, year: int, rows: Rows) -> None:
    field = FIELDS[code]
    cell = answer.cell_at(reading.at) if answer.cell_at else answer.cell
    where = address(cell.row, cell.column)
    if reading.readable:
        found = (reading.value, reading.text, field.unit, reading.raw, place.sheet, where)
        rows.values.append((place.file, place.base_name, code, at, *found))
    for severity, kind, detail in reading.issues:
        of_year = detail if at == year else f"基期（{at}年）{detail}"
        rows.issues.append(issue_row(place, code, (severity, kind, of_year), reading.raw, where))
    if reading.answered and at == year:
        rows.answered.append((place.file, place.base_name, code, place.sheet, where))


def _wrong_year(answer: Answer, reading: Reading, place: Place, rows: Rows) -> None:
    cell = answer.cell_at(reading.at) if answer.cell_at else answer.cell
    detail = f"应为{answer.year}年的数据，实为{answer.dated}年（所填为{quoted(reading.raw)}），未采用"
    where = address(cell.row, cell.column)
    rows.issues.append(issue_row(place, answer.code, ("error", "wrong_year", detail), reading.raw, where))


def _said_twice(code: str, readings: list[Reading]) -> Reading:
    raws = list(dict.fromkeys(reading.raw for reading in readings))
    message = f"同一指标应只填一处，实为{'和'.join(map(quoted, raws[:3]))}"
    return Reading(raw=raws[0], answered=True, issues=[("error", "conflict", message)], at=readings[0].at)
