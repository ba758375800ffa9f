"""A column that says how much a number changed, beside those of both years: nothing new where it agrees."""

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers.gathering import Answer, read_answer
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.values import as_decimal, read_value


def agrees(change: Cell, code: str, answers: list[Answer], year: int) -> bool:
    """True where a cell of such a column holds the change between a base's two answers (as a difference, in percent,
    or as a fraction, as exactly as it is written), or no number where one of them is missing."""
    if code == "A2" and not any(one.code == "A3" for one in answers):  # how it grew is asked for as well
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
