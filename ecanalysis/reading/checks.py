"""Answers of one form -> issues: the questions a careful analyst would ask.

Each rule is a function, and its name is the kind of its issues. A rule asks the applicant a question: a warning, never
an error. Rules run in the worker that read the file, hence plain Python. Rules that compare bases are in
`rounds.peers`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ecanalysis.form.fields import FEATURES, FIELDS, GATES
from ecanalysis.reading.rows import Issue, Reading, Value, about

GROWTHS = ("C15", "L2", "A3")
PERCENTS = ("C06",)  # without growth rates, which may well fall below 1%; research intensity hardly changes in a year
SIZES = tuple(code for code, field in FIELDS.items() if field.type in ("count", "amount"))
FIELDS_OF = {letter: [code for code, field in FIELDS.items() if field.feature == letter] for letter in FEATURES}
SAME = 5  # at least so many sizes must be equal for a column to count as copied
ALIKE = 5  # within this factor of the base period, a value is plausible
FAR = 1000  # 万 omitted or added is a factor of 10,000


class Form(NamedTuple):
    """The answers of one base: values of the reporting year (`now`) and of the base period (`before`), by code.

    `answered`: sheet and cell of every field that counts as answered. `asks_opinion`: whether the form has a place for
    the provincial department's opinion.
    """

    now: dict[str, Value]
    before: dict[str, Value]
    answered: dict[str, tuple[str, str]]
    review_opinion: str = ""
    asks_opinion: bool = False

    def chosen(self) -> list[str]:
        """The chosen features: those with at least one answered field."""
        return [letter for letter, codes in FIELDS_OF.items() if any(code in self.answered for code in codes)]


class Question(NamedTuple):
    """A question about a field or feature (`code`; "": the whole form), with the answer's text and place.

    The message (Chinese) begins after the place and the name of the field.
    """

    code: str
    message: str
    raw: str = ""
    sheet: str = ""
    cell: str = ""


def check_forms(reading: Reading, year: int) -> list[Issue]:
    """Apply all rules to the forms of one file, one per base_name; returns rows of `issues`."""
    forms = {base.base_name: Form({}, {}, {}, base.review_opinion, base.asks_opinion) for base in reading.bases}
    for value in reading.values:
        form = forms[value.base_name]
        (form.now if value.year == year else form.before)[value.code] = value
    for row in reading.answered:
        forms[row.base_name].answered[row.code] = (row.sheet, row.cell)
    issues = []
    for base in reading.bases:
        for rule in RULES:
            for code, message, raw, sheet, cell in rule(forms[base.base_name]):
                what = (base.file, base.base_name, code, "warning", rule.__name__, about(code, sheet, cell) + message)
                issues.append(Issue(*what, raw, sheet, cell))
    return issues


def incomplete_feature(form: Form) -> Iterator[Question]:
    """A feature is chosen (one of its fields is answered), but not all of its fields are answered."""
    for letter in form.chosen():
        codes = FIELDS_OF[letter]
        missing = [FIELDS[code].called for code in codes if code not in form.answered]
        if missing:
            yield Question(
                letter,
                f"{FEATURES[letter]}：填报任一项即视为选择该特色，应填全部{len(codes)}项，实缺{'、'.join(missing)}；"
                "请补填，如未选该特色请将该部分全部留空",
                "",
                *_first(form, letter),
            )


def feature_only_zero(form: Form) -> Iterator[Question]:
    """All answers in a chosen feature are 0 or 否: the base may not have meant to choose it."""
    for letter in form.chosen():
        answered = [code for code in FIELDS_OF[letter] if code in form.answered]
        if all(code in form.now and form.now[code].value == 0 for code in answered):
            yield Question(
                letter,
                f"{FEATURES[letter]}：所填各项均为0或“否”；填报即视为选择该特色并计入专项得分的平均值，"
                "如未选该特色请将该部分全部留空",
                "",
                *_first(form, letter),
            )


def no_feature(form: Form) -> Iterator[Question]:
    """No feature is chosen; the form asks for at least one, and without one the special part scores 0."""
    if not form.chosen():
        names = "、".join(FEATURES.values())
        yield Question("", f"专项指标：应至少选择{names}之一填报，实为均未填报")


def unanswered_gate(form: Form) -> Iterator[Question]:
    """An accident or violation question (C10a, C10b, C11) without a value."""
    for code in GATES:
        if code not in form.now:
            place = form.answered.get(code, ("", ""))
            yield Question(code, "应勾选“是”或“否”，未读到明确回答，请补填", "", *place)


def employment_below_enterprises(form: Form) -> Iterator[Question]:
    """Fewer people employed (C17) than there are enterprises (C14)."""
    people, enterprises = form.now.get("C17"), form.now.get("C14")
    if people and enterprises and people.value < enterprises.value:
        yield _about(people, f"应不少于入驻企业数，实为“{people.raw}”，而{_other(enterprises)}，请核对单位和口径")


def platforms_above_enterprises(form: Form) -> Iterator[Question]:
    """More platforms with a revenue over 100 million yuan (I1) than there are enterprises (C14)."""
    platforms, enterprises = form.now.get("I1"), form.now.get("C14")
    if platforms and enterprises and platforms.value > enterprises.value:
        yield _about(platforms, f"应不多于入驻企业数，实为“{platforms.raw}”，而{_other(enterprises)}，请核对")


def growth_may_be_index(form: Form) -> Iterator[Question]:
    """A growth rate of 100 to 130: perhaps this year as a percentage of last year (112 instead of 12)."""
    for code in GROWTHS:
        growth = form.now.get(code)
        if growth and 100 <= growth.value <= 130:
            yield _about(
                growth,
                f"应为比上年增长的百分比，实为“{growth.raw}”，疑似填成了本年占上年的百分比"
                f"（如是，增速应为{growth.value - 100:.4g}%），请核对",
            )


def looks_like_fraction(form: Form) -> Iterator[Question]:
    """A percentage below 1 that is about a hundredth of its base period's value: perhaps 0.03 instead of 3%.

    Shares are hardly ever below 1%, so they are checked without the base period (`values.looks_like_fraction`).
    """
    for code in PERCENTS:
        value, before = form.now.get(code), form.before.get(code)
        if value and before and 0 < value.value < 1 <= before.value and "%" not in value.raw.replace("％", "%"):
            meant = value.value * 100
            if before.value / ALIKE <= meant <= before.value * ALIKE:
                yield _about(
                    value,
                    f"基期为{before.value:.4g}%，实为“{value.raw}”，疑似按小数填报（如是，应填{meant:.4g}），请核对",
                )


def copied_base_period(form: Form) -> Iterator[Question]:
    """At least five sizes above 0 are given for both years and all are equal: perhaps one column was copied."""
    both = _both_years(form)
    if len(both) >= SAME and all(value.value == before.value for value, before in both):
        before = both[0][1]
        message = f"基期：{before.year}年各项数值应与报告期有所不同，实为完全相同，疑似照抄，请核对"
        yield Question("", message, before.raw, before.sheet, before.cell)


def far_from_base_period(form: Form) -> Iterator[Question]:
    """A size is at least 1,000 times its value in the base period, or at most a thousandth: units may differ."""
    for value, before in _both_years(form):
        if value.value >= before.value * FAR or value.value * FAR <= before.value:
            unit = FIELDS[value.code].unit
            yield _about(
                value, f"报告期实为“{value.raw}”，与基期“{before.raw}”相差千倍以上，请核对两年的单位（应为{unit}）"
            )


def review_opinion_missing(form: Form) -> Iterator[Question]:
    """The form has a place for the provincial department's opinion (省级商务主管部门审核意见), and it is empty."""
    if form.asks_opinion and not form.review_opinion:
        yield Question("", "省级商务主管部门审核意见：应由省级商务主管部门填写，实为空白")


RULES = (
    incomplete_feature,
    feature_only_zero,
    no_feature,
    unanswered_gate,
    employment_below_enterprises,
    platforms_above_enterprises,
    growth_may_be_index,
    looks_like_fraction,
    copied_base_period,
    far_from_base_period,
    review_opinion_missing,
)


def _both_years(form: Form) -> list[tuple[Value, Value]]:
    """The sizes that are above 0 in both years."""
    both = [(form.now[code], form.before[code]) for code in SIZES if code in form.now and code in form.before]
    return [(value, before) for value, before in both if value.value > 0 and before.value > 0]


def _first(form: Form, letter: str) -> tuple[str, str]:
    return next(form.answered[code] for code in FIELDS_OF[letter] if code in form.answered)


def _about(value: Value, message: str) -> Question:
    return Question(value.code, message, value.raw, value.sheet, value.cell)


def _other(value: Value) -> str:
    return f"{FIELDS[value.code].called}为“{value.raw}”"
