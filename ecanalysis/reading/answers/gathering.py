"""Answers that were found -> rows of the tables: values, issues and what counts as answered."""

from collections.abc import Callable
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.cells import Cell, address
from ecanalysis.reading.rows import Answered, Issue, Reading, Value
from ecanalysis.reading.values import Outcome, quoted, read_value


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


def gather(answers: list[Answer], place: Place, year: int, reading: Reading) -> None:
    """Read the answers of one base and add what they give to `reading`.

    Where a field was asked twice, an answer beats a blank; two that differ are a conflict.
    """
    read: dict[tuple[str, int], list[tuple[Answer, Outcome]]] = {}
    for answer in answers:
        outcome = read_value(
            FIELDS[answer.code],
            answer.typed,
            percent=answer.percent,
            unit=answer.unit,
            error=answer.cell.error,
        )
        if answer.shared and outcome.value == 1:
            detail = f"应分别回答特别重大和重大两项，实为{quoted(outcome.raw)}"
            outcome = Outcome(raw=outcome.raw, answered=True, issues=[("error", "unreadable", detail)])
        if not outcome.answered and not outcome.issues:
            continue
        if answer.dated is not None:
            _wrong_year(answer, outcome, place, reading)
        else:
            read.setdefault((answer.code, answer.year), []).append((answer, outcome))
    for (code, at), found in read.items():
        answered = [(answer, outcome) for answer, outcome in found if outcome.answered] or found[:1]
        if len({(outcome.value, outcome.text) for _, outcome in answered}) > 1:
            answered[0] = (answered[0][0], _said_twice(code, [outcome for _, outcome in answered]))
        _add(*answered[0], code, at, place, year, reading)


def issue_row(place: Place, code: str, fault: tuple[str, str, str], raw: str, cell: str) -> Issue:
    """A row of `issues` whose message says where, which field, and what is wrong."""
    severity, kind, detail = fault
    field = FIELDS.get(code)
    asked = f"{code} {field.label}：" if field else ""
    where = f"{place.sheet}!{cell}，" if cell else ""
    return Issue(place.file, place.base_name, code, severity, kind, where + asked + detail, raw, place.sheet, cell)


def _add(answer: Answer, outcome: Outcome, code: str, at: int, place: Place, year: int, reading: Reading) -> None:
    field = FIELDS[code]
    cell = answer.cell_at(outcome.at) if answer.cell_at else answer.cell
    where = address(cell.row, cell.column)
    if outcome.readable:
        found = (outcome.value, outcome.text, field.unit, outcome.raw, place.sheet, where)
        reading.values.append(Value(place.file, place.base_name, code, at, *found))
    for severity, kind, detail in outcome.issues:
        of_year = detail if at == year else f"基期（{at}年）{detail}"
        reading.issues.append(issue_row(place, code, (severity, kind, of_year), outcome.raw, where))
    if outcome.answered and at == year:
        reading.answered.append(Answered(place.file, place.base_name, code, place.sheet, where))


def _wrong_year(answer: Answer, outcome: Outcome, place: Place, reading: Reading) -> None:
    cell = answer.cell_at(outcome.at) if answer.cell_at else answer.cell
    detail = f"应为{answer.year}年的数据，实为{answer.dated}年（所填为{quoted(outcome.raw)}），未采用"
    where = address(cell.row, cell.column)
    reading.issues.append(issue_row(place, answer.code, ("error", "wrong_year", detail), outcome.raw, where))


def _said_twice(code: str, outcomes: list[Outcome]) -> Outcome:
    raws = list(dict.fromkeys(outcome.raw for outcome in outcomes))
    message = f"同一指标应只填一处，实为{'和'.join(map(quoted, raws[:3]))}"
    return Outcome(raw=raws[0], answered=True, issues=[("error", "conflict", message)], at=outcomes[0].at)
