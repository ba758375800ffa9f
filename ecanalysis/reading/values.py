"""A typed answer -> a value in the form's unit, or the reason why there is none.

Contains the rules that need the typed text, and their kinds of issue: `blank_word`, `conflict`, `unreadable`,
`out_of_range`, `approximate`, `unit_converted`, `worded_sign` and `looks_like_fraction` (depends on whether a percent
sign was typed). Rules about finished values are in `checks`.

Arithmetic is decimal, hence exact: 0.29万 is 2900, and 0.156 in a cell formatted as a percentage is 15.6.
"""

import re
from dataclasses import dataclass
from dataclasses import field as of
from datetime import date, datetime, time
from decimal import Decimal

from ecanalysis.form.fields import Field
from ecanalysis.reading.spelling import NEXT_CELL, plain, seen
from ecanalysis.reading.ticks import BLANK_WORDS, Mark, read_operator, read_yes_no
from ecanalysis.reading.units import SCALES, WRITTEN_OUT, Unit, edited_unit, is_unit, read_unit

SHARES = ("C08", "I4", "L1", "A4")  # if typed as 0.156, probably 15.6% is meant
GROWTHS = ("C15", "L2", "A3")
LONGEST = 60  # characters in a number with its words
LONGEST_MARKS = 400  # characters in boxes with their words
KEPT = 1000  # characters of a typed answer that are kept in `raw`
QUOTED = 40  # characters of a typed answer that a message quotes

# Words before a number. A growth rate after FALLING is negative; SAID has no meaning for the value.
APPROXIMATELY = ("大约", "约为", "约", "超过", "超", "逾", "接近", "将近", "近")
FALLING = ("负增长", "下降了", "下降", "减少了", "减少", "降低", "下滑", "负")
RISING = ("正增长", "增长了", "增长", "上升", "增加", "提高")
SAID = (
    "同比",
    "较上年同期",
    "比上年同期",
    "较上年",
    "比上年",
    "为",
    "共计",
    "共",
    "累计",
    "合计",
    "总计",
    "达到",
    "达",
    ":",
)
APPROXIMATELY_AFTER = ("余", "多", "左右")
SAID_OF_UNIT = {"¥": "亿元", "人民币": "亿元", "百分之": "%"}  # only in fields of that unit


@dataclass(slots=True)
class Outcome:
    """The result of reading one answer.

    `value`: None if there is none, and for the operator, which is in `text`. `answered`: whether the field counts as
    answered. `issues`: severity, kind, message (Chinese). `raw`: the answer as written; `at`: position in it of the
    character that decided; `rest`: text beside the answer that is not part of it.
    """

    value: float | None = None
    text: str = ""
    raw: str = ""
    answered: bool = False
    issues: list[tuple[str, str, str]] = of(default_factory=list)
    at: int = 0
    rest: str = ""

    @property
    def readable(self) -> bool:
        return self.value is not None or self.text != ""


def read_value(
    field: Field,
    typed,
    *,
    percent: bool = False,
    unit: str = "",
    error: bool = False,
    habit: str = "",
    prefix: str = "",
    seen_as: str = "",
) -> Outcome:
    """Read one answer. Nothing is raised; faults are in the outcome's `issues`.

    `typed`: a cell's value, or the part of a sentence with the answer, without the unit printed after it. `percent`:
    the cell's number format is a percentage. `unit`: the unit in the form's 单位 cell, the column's heading or the
    cell's number format ("": the form's own). `error`: the cell contains an error value. `habit`: where the file's
    writer puts a √ (see `ticks`). `prefix`, `seen_as`: the words that the number format shows before the number, and
    the whole text that it shows.

    >>> from ecanalysis.form.fields import FIELDS
    >>> read_value(FIELDS["C04"], "1.2万人次").value, read_value(FIELDS["C06"], 0.156, percent=True).value
    (12000.0, 15.6)
    >>> read_value(FIELDS["C04"], "-12").issues
    [('error', 'out_of_range', '应为不小于0的整数（单位：人次），实为“-12”')]
    """
    outcome = Outcome(raw=seen_as or shown(typed, percent).replace(NEXT_CELL, " "))
    if typed is None:
        return outcome
    if error or isinstance(typed, date | time) or typed != typed:
        return _fault(outcome, field, "unreadable")
    if field.numeric:
        if isinstance(typed, bool):
            return _fault(outcome, field, "unreadable")
        if isinstance(typed, int | float) and prefix:
            return _read_number(outcome, field, plain(prefix + shown(typed, percent)), unit)
        if isinstance(typed, int | float):
            amount = as_decimal(typed, percent)
            return _number(outcome, field, amount, "%" if percent else "", percent, unit)
        return _read_number(outcome, field, plain(typed), unit)
    if len(outcome.raw) > LONGEST_MARKS:
        return _fault(outcome, field, "unreadable")
    text = shown(typed).replace(NEXT_CELL, " ")
    mark = (read_yes_no if field.type == "yes_no" else read_operator)(text, habit)
    return _marked(outcome, field, mark)


def shown(typed, percent: bool = False) -> str:
    """A cell's value as it was displayed, shortened if it is very long.

    >>> shown(12000.0), shown(0.156, percent=True), shown(True), shown(datetime(2025, 3, 1))
    ('12000', '15.6%', 'TRUE', '2025-03-01')
    """
    if type(typed) is str and len(typed) <= KEPT:
        return typed
    if typed is None:
        return ""
    if isinstance(typed, bool):
        return "TRUE" if typed else "FALSE"
    if isinstance(typed, int) and not percent:
        return str(typed)
    if isinstance(typed, int | float) and typed == typed and abs(typed) != float("inf"):
        return format(as_decimal(typed, percent).normalize() + 0, "f") + ("%" if percent else "")
    if isinstance(typed, datetime):
        return typed.isoformat(sep=" ").removesuffix(" 00:00:00").removeprefix("1899-12-30 ")  # a time of day
    return str(typed) if len(str(typed)) <= KEPT else str(typed)[: KEPT - 1] + "…"


def as_decimal(number: float, percent: bool = False) -> Decimal:
    """A cell's number to the 15 digits that a spreadsheet shows (0.57*100 is 57); times 100 if it is a `percent`."""
    exact = Decimal(number) if isinstance(number, int) else Decimal(f"{number:.15g}")
    return exact * 100 if percent else exact


def expected(field: Field) -> str:
    """The answer that a field expects, as written in messages.

    >>> from ecanalysis.form.fields import FIELDS
    >>> expected(FIELDS["C15"]), expected(FIELDS["C01"])
    ('应为不小于-100的数（单位：%）', '应填“是”或“否”')
    """
    if field.type == "yes_no":
        return "应填“是”或“否”"
    if field.type == "choice":
        return "应选政府部门、事业单位、国有或国有控股企业、民营企业、其他之一"
    bounds = f"不小于{field.low:g}" if field.high is None else f"{field.low:g}至{field.high:g}之间"
    return f"应为{bounds}的{'整数' if field.type == 'count' else '数'}（单位：{field.unit}）"


def quoted(raw: str) -> str:
    """An answer in Chinese quotation marks, on one line, shortened."""
    text = seen(raw)
    return f"“{text if len(text) <= QUOTED else text[: QUOTED - 1] + '…'}”"


_DIGITS = re.compile(
    r"(?P<sign>[-+]?) *(?P<whole>\d{1,3}(?:(?: *, *| +)\d{3})+(?!\d)|\d+|(?=\.\d))(?P<rest>.*)", re.DOTALL
)
_TAIL = re.compile(r"(?P<fraction>\.\d+)?(?P<power>[eE][+-]?\d{1,3})?(?P<unit>[^\d]*)", re.DOTALL)
_BEFORE = [
    *((word, "approximate") for word in APPROXIMATELY),
    *((word, "falling") for word in FALLING),
    *((word, "rising") for word in RISING),
    *((word, "") for word in SAID),
    *SAID_OF_UNIT.items(),
]
_BEFORE.sort(key=lambda entry: -len(entry[0]))
_FILLER = " \n\u200b_" + NEXT_CELL
_CLOSING = _FILLER + ",;.。、"


def _read_number(outcome: Outcome, field: Field, text: str, unit: str) -> Outcome:
    text = text.replace("\u200b", "").strip(_FILLER).removeprefix("'").lstrip(_FILLER)  # '1200: a number kept as text
    if not text.strip(_CLOSING):
        return outcome
    if text.strip(_CLOSING).upper() in BLANK_WORDS:
        return _fault(outcome, field, "blank_word")
    if len(text) > LONGEST:
        return _fault(outcome, field, "unreadable")
    said = []
    while found := next(((word, what) for word, what in _BEFORE if text.startswith(word)), None):
        text = text[len(found[0]) :].lstrip(_FILLER)
        said.append(found[1])
    number = _DIGITS.fullmatch(text)
    tail = number and _TAIL.fullmatch(number["rest"])
    if not tail:
        return _fault(outcome, field, "unreadable")
    if any(of_unit in SAID_OF_UNIT.values() and of_unit != field.unit for of_unit in said):
        return _fault(outcome, field, "unreadable")
    worded = [word for word in said if word in ("falling", "rising")]
    if worded and (field.code not in GROWTHS or len(worded) > 1 or number["sign"]):
        return _fault(outcome, field, "unreadable")
    digits = re.sub(r"[ ,]", "", number["whole"]) or "0"
    amount = Decimal(digits + (tail["fraction"] or "") + (tail["power"] or ""))
    if number["sign"] == "-" or "falling" in worded:
        amount = -amount
    after, outcome.rest = _without_remark(tail["unit"].strip(_CLOSING))
    after, about = _without_about(after)
    typed_percent = "%" in after or "‰" in after or "%" in said
    _number(outcome, field, amount, after, typed_percent, unit)
    if outcome.readable:
        read = f"实为{quoted(outcome.raw)}，已按{outcome.value:.15g}{field.unit}读取，请核对"
        if about or tail["power"] or "approximate" in said:
            outcome.issues.append(("warning", "approximate", f"应为准确数字，{read}"))
        if "falling" in worded:
            outcome.issues.append(("warning", "worded_sign", f"下降应填负数，{read}"))
    return outcome


# No digits or scales in a remark: they may be another answer, or the unit.
_REMARK = re.compile(r"(?P<unit>[^()]*?)\s*(?P<remark>\([^()\d一二三四五六七八九十百千万亿]+\))")
_ABOUT = re.compile(
    rf"({'|'.join(sorted(filter(None, SCALES), key=len, reverse=True))})?({'|'.join(APPROXIMATELY_AFTER)})"
)


def _without_remark(unit: str) -> tuple[str, str]:
    """A unit without the remark in brackets after it, and the remark: 人次（含线上）."""
    if not (found := _REMARK.fullmatch(unit)) or is_unit(found["remark"].strip("()")):
        return unit, ""
    return found["unit"], found["remark"]


def _without_about(unit: str) -> tuple[str, bool]:
    # 万余人次 -> 万人次; 人次左右 -> 人次
    if found := _ABOUT.match(unit):
        return (found[1] or "") + unit[found.end() :], True
    for word in APPROXIMATELY_AFTER:
        if unit.endswith(word):
            return unit.removesuffix(word), True
    return unit, False


def _number(
    outcome: Outcome, field: Field, amount: Decimal, typed_unit: str, percent: bool, column_unit: str
) -> Outcome:
    unit = _unit(field, typed_unit, column_unit)
    if unit is None:
        return _fault(outcome, field, "unreadable", _unit_fault(outcome, field, typed_unit, column_unit))
    value = float(amount.scaleb(unit.power)) + 0.0  # no minus zero
    if abs(value) == float("inf"):
        return _fault(outcome, field, "unreadable")
    out = (field.low is not None and value < field.low) or (field.high is not None and value > field.high)
    if out or (field.type == "count" and not value.is_integer()):
        return _fault(outcome, field, "out_of_range")
    outcome.value, outcome.answered = value, True
    if not unit.usual:
        stood = outcome.raw if typed_unit or not column_unit else f"{outcome.raw}（{column_unit}）"
        message = f"单位应为{field.unit}，实为{quoted(stood)}，已换算为{value:.15g}{field.unit}，请核对"
        outcome.issues.append(("warning", "unit_converted", message))
    if looks_like_fraction(field, value, percent):
        message = (
            f"占比疑似按小数填报，实为{quoted(outcome.raw)}；如为{value * 100:.10g}%，应填{value * 100:.10g}，请核对"
        )
        outcome.issues.append(("warning", "looks_like_fraction", message))
    return outcome


def looks_like_fraction(field: Field, value: float, percent: bool) -> bool:
    """Whether a share was probably typed as a fraction: between 0 and 1, without a percent sign."""
    return field.code in SHARES and 0 < value < 1 and not percent


def _unit(field: Field, typed: str, column: str) -> Unit | None:
    if not typed:
        return edited_unit(field, column)
    if typed in SCALES and field.unit != "亿元":  # 1.2万, with the unit of the column
        unit = edited_unit(field, column)
        return Unit(SCALES[typed], typed in WRITTEN_OUT) if unit and unit.power == 0 and field.unit != "%" else None
    return read_unit(field, typed)


def _unit_fault(outcome: Outcome, field: Field, typed: str, column: str) -> str:
    stood = outcome.raw if typed else f"{outcome.raw}（{column}）"
    message = f"{expected(field)}，实为{quoted(stood)}"
    if not typed and "与" in column:
        return f"{message}，几处所标的单位不一致，请统一"
    return f"{message}，单位无法换算" if is_unit(typed or column) else message


def _marked(outcome: Outcome, field: Field, mark: Mark) -> Outcome:
    outcome.at, outcome.rest = mark.at, mark.rest
    if mark.fault:
        return _fault(outcome, field, mark.fault)
    if isinstance(mark.answer, str):
        outcome.text, outcome.answered = mark.answer, True
    elif mark.answer is not None:
        outcome.value, outcome.answered = mark.answer, True
    return outcome


def _fault(outcome: Outcome, field: Field, kind: str, message: str = "") -> Outcome:
    if not message:
        message = f"{expected(field)}，实为{quoted(outcome.raw)}"
        if outcome.raw[:1] == "=":
            message += "，公式没有计算结果，请用 Excel 或 WPS 打开并保存后重新报送，或直接填写数字"
        elif kind == "blank_word":
            message += "；如为零请填0，没有数据请留空" if field.numeric else "；没有请留空"
        elif kind == "conflict":
            message += "，同时选了两项，应只选一项"
        elif kind in ("doubtful", "unread_object"):
            message += "，勾不在方框内，无法确定勾选的是哪一项，请在所选项的方框内勾选"
    kind = "conflict" if kind == "doubtful" else kind
    outcome.answered = kind != "blank_word"
    outcome.issues = [("warning" if kind == "blank_word" else "error", kind, message)]
    return outcome
