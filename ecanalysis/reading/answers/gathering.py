"""Found answers -> rows of `values`, `issues` and `answered`."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.cells import Cell, address
from ecanalysis.reading.rows import Answered, Issue, Reading, Value, about
from ecanalysis.reading.ticks import habit_of
from ecanalysis.reading.values import Outcome, as_decimal, quoted, read_value, shown

# Kinds of issue and messages for a cell merged over several answers: over both years; over other questions or bases;
# and for each of these other answers, which get no value.
MERGED = {
    "years": ("merged_years", "报告期与基期两栏合并为一格，实为{raw}，已作为{year}年的数据，基期未采用，请核对"),
    "first": ("merged_rows", "与其他填写处合并为一格，实为{raw}，只作为本项的数据，其他各处未采用，请核对"),
    "other": ("merged_rows", "与前面的填写处合并为一格（所填为{raw}），本项未采用，请分开填写"),
}
MOST_LEFT = 20  # issues per sheet for text left over; the other cells are listed in one issue


class Answer(NamedTuple):
    """The answer found for one field and year.

    `dated`: the year in its sentence or column, if it is a different one. `shared`: one answer to two questions, where
    only 否 answers both. `cell_at`: the cell of a position in `typed`, if that is joined from several cells. `parts`:
    counts of the parts that the sentence names, to be added up. `meant`: the answer, if `typed` alone does not show it.
    `merged`: the cell is merged over other answers' places (a key of `MERGED`). `beside`: other text of the sentence.
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
    parts: tuple[str, ...] = ()
    meant: float | None = None
    merged: str = ""
    beside: str = ""

    def spot(self, at: int = 0) -> tuple[int, int]:
        """Row and column of the cell of a position in the answer."""
        cell = self.cell_at(at) if self.cell_at else self.cell
        return cell.row, cell.column

    def place(self, at: int = 0) -> str:
        """The address of that cell."""
        return address(*self.spot(at))


class Left(NamedTuple):
    """Text left over, neither a label nor an answer: its cell, and the field of its row or sentence ("": none)."""

    text: str
    row: int
    column: int
    code: str = ""


class Place(NamedTuple):
    """The place of a form or of a row of a summary, and where its writer puts a √ (`habit`: "before", "after", "")."""

    file: str
    base_name: str
    sheet: str
    habit: str = ""


def habit_in(answers: Iterable[Answer]) -> str:
    """Where the writer of these answers puts a √ (see `ticks.habit_of`)."""
    marked = [answer.typed for answer in answers if isinstance(answer.typed, str) and not FIELDS[answer.code].numeric]
    return habit_of(text for text in marked if len(text) < 400)


def gather(answers: list[Answer], place: Place, year: int, reading: Reading) -> None:
    """Read the answers of one base and add their rows to `reading`.

    If a field is found twice, an answer is preferred to a blank; two different answers are a conflict.
    """
    read: dict[tuple[str, int], list[tuple[Answer, Outcome]]] = {}
    for answer in answers:
        if answer.cell.hidden and answer.typed is answer.cell.value:  # the number format displays nothing
            raw = shown(answer.typed)
            detail = f"所填{quoted(raw)}因单元格的数字格式而不显示，未采用，如是答案请改为常规格式"
            fault = ("warning", "unaccounted", detail)
            reading.issues.append(issue_row(place, answer.code, fault, raw, answer.place()))
            continue
        outcome = read_answer(answer, place.habit)
        if rest := outcome.rest or answer.beside:
            reading.issues.append(left_over(Left(rest, *answer.spot(outcome.at), answer.code), place))
        if not outcome.answered and not outcome.issues:
            continue
        if answer.dated is not None:
            detail = f"应为{answer.year}年的数据，实为{answer.dated}年（所填为{quoted(outcome.raw)}），未采用"
            fault = ("error", "wrong_year", detail)
            reading.issues.append(issue_row(place, answer.code, fault, outcome.raw, answer.place(outcome.at)))
        else:
            read.setdefault((answer.code, answer.year), []).append((answer, outcome))
    for (code, at), found in read.items():
        answered = [(answer, outcome) for answer, outcome in found if outcome.answered] or found[:1]
        if len(answered) > 1 and len({(outcome.value, outcome.text) for _, outcome in answered}) > 1:
            answered[0] = (answered[0][0], _said_twice([outcome for _, outcome in answered]))
        _add(*answered[0], code, at, place, year, reading)


def issue_row(place: Place, code: str, fault: tuple[str, str, str], raw: str, cell: str) -> Issue:
    """A row of `issues`; its message gives the place, the field, and what is wrong.

    `fault`: severity, kind, text.
    """
    severity, kind, detail = fault
    message = about(code, place.sheet, cell) + detail
    return Issue(place.file, place.base_name, code, severity, kind, message, raw, place.sheet, cell)


def left_over(left: Left, place: Place) -> Issue:
    """The issue `unaccounted` for text left over."""
    where = "不在填写答案的位置，未采用" if left.code else "不属于报告表的任何一栏，未采用"
    fault = ("warning", "unaccounted", f"所填{quoted(left.text)}{where}，请核对")
    return issue_row(place, left.code, fault, left.text, address(left.row, left.column))


def left_overs(left: list[Left], place: Place) -> list[Issue]:
    """The issues for all text left over on one sheet; beyond `MOST_LEFT`, one issue lists the other cells."""
    issues = [left_over(one, place) for one in left[:MOST_LEFT]]
    if rest := left[MOST_LEFT:]:
        cells = "、".join(address(one.row, one.column) for one in rest[:200])
        detail = f"工作表“{place.sheet}”另有{len(rest)}处内容不属于报告表的任何一栏，未采用（{cells}），请核对"
        issues.append(issue_row(place, "", ("warning", "unaccounted", detail), quoted(rest[0].text), ""))
    return issues


def read_answer(answer: Answer, habit: str = "") -> Outcome:
    """Read one answer; `habit` as in `Place`."""
    field, cell = FIELDS[answer.code], answer.cell
    if answer.meant is not None:
        return Outcome(value=answer.meant, raw=shown(answer.typed), answered=True)
    if answer.parts:
        return _sum(answer)
    own = cell if answer.typed is cell.value else None  # the number format applies only to the whole cell
    outcome = read_value(
        field,
        answer.typed,
        percent=answer.percent,
        unit=(own and field.numeric and own.unit) or answer.unit,
        error=cell.error,
        habit=habit,
        prefix=own.prefix if own else "",
        seen_as=own.shown if own else "",
    )
    if answer.shared and outcome.value == 1:
        detail = f"应分别回答特别重大和重大两项，实为{quoted(outcome.raw)}"
        outcome = Outcome(raw=outcome.raw, answered=True, issues=[("error", "unreadable", detail)])
    if answer.merged == "other":
        outcome = Outcome(raw=outcome.raw)
    if answer.merged and (outcome.readable or answer.merged == "other"):
        kind, detail = MERGED[answer.merged]
        outcome.issues.append(("warning", kind, detail.format(raw=quoted(outcome.raw), year=answer.year)))
    return outcome


def _sum(answer: Answer) -> Outcome:
    """Separate counts added up: 专利12个、软件著作权30个."""
    field, raw = FIELDS[answer.code], shown(answer.typed).replace("\x1f", " ").strip()
    counts = [read_value(field, part) for part in answer.parts]
    if fault := next((count for count in counts if count.value is None), None):
        said = ("error", "unreadable", f"应填一个数字，实为{quoted(raw)}")
        return Outcome(raw=raw, answered=True, issues=fault.issues or [said])
    value = float(sum(count.value for count in counts))
    said = f"应填合计数，实为分项数字{quoted(raw)}，已按合计{value:.15g}{field.unit}读取，请核对"
    issues = [*(issue for count in counts for issue in count.issues), ("warning", "summed", said)]
    return Outcome(value=value, raw=raw, answered=True, issues=issues)


def _add(answer: Answer, outcome: Outcome, code: str, at: int, place: Place, year: int, reading: Reading) -> None:
    field = FIELDS[code]
    where = answer.place(outcome.at)
    if outcome.readable:
        found = (outcome.value, outcome.text, field.unit, outcome.raw, place.sheet, where)
        reading.values.append(Value(place.file, place.base_name, code, at, *found))
    for severity, kind, detail in outcome.issues:
        of_year = detail if at == year else f"基期（{at}年）{detail}"
        reading.issues.append(issue_row(place, code, (severity, kind, of_year), outcome.raw, where))
    if outcome.answered and at == year:
        reading.answered.append(Answered(place.file, place.base_name, code, place.sheet, where))


def _said_twice(outcomes: list[Outcome]) -> Outcome:
    raws = list(dict.fromkeys(outcome.raw for outcome in outcomes))
    message = f"同一指标应只填一处，实为{'和'.join(map(quoted, raws[:3]))}"
    return Outcome(raw=raws[0], answered=True, issues=[("error", "conflict", message)], at=outcomes[0].at)


def agrees(change: Cell, code: str, answers: list[Answer], year: int) -> bool:
    """Whether a cell in a column of changes (增长率) agrees with the answers for both years, and so needs no issue.

    It does if it is their difference, percentage change or relative change, to the decimals written; also if it is
    blank, or an error (#DIV/0!) because the base period's value is missing or 0.
    """
    if code == "A2" and not any(one.code == "A3" for one in answers):  # the growth of A2 is a field itself
        return False
    said = read_value(FIELDS["C15"], change.value, percent=change.percent, error=change.error)
    read = {one.year: read_answer(one).value for one in answers if one.code == code and one.dated is None}
    now, before = read.get(year), read.get(year - 1)
    if said.value is None:
        return not said.answered or (change.error and not before)  # #DIV/0!
    if now is None or before is None:
        return False
    typed = {one.year: one.typed for one in answers if one.code == code and isinstance(one.typed, int | float)}
    exact = 10.0 ** as_decimal(said.value).as_tuple().exponent
    meant = [now - before, typed.get(year, now) - typed.get(year - 1, before)]
    meant += [100 * (now - before) / before, (now - before) / before] if before else []
    return any(abs(said.value - one) <= 0.51 * exact for one in meant)
