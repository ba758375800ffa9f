"""The official form (附件6) as data: 36 fields with stable codes, read from `form.toml`.

The only place that knows what a field is called, how it is answered and which group or feature it belongs to.
"""

import tomllib
from dataclasses import dataclass
from dataclasses import field as of
from importlib.resources import files

TYPES = ("yes_no", "choice", "count", "amount", "number", "percent")


@dataclass(frozen=True, slots=True, eq=False)  # one object per field: quick to look up by
class Field:
    """One field of the form.

    `low` and `high` bound a numeric answer (None: no bound). `group` is set for the general indicators (综合指标),
    `feature` for the special ones (专项指标), never both. The attributes from `before` to `units` are the words that
    identify the field in a submission; `form.toml` explains them. `numeric` is true for a count, amount, number or
    percent, false for yes/no and the operator.
    """

    code: str
    name: str
    label: str
    number: int
    sentence: str
    type: str
    unit: str = ""
    group: str = ""
    feature: str = ""
    low: float | None = None
    high: float | None = None
    adverse: bool = False
    before: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()
    heading_in_feature: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    numeric: bool = of(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "numeric", self.type not in ("yes_no", "choice"))

    @property
    def called(self) -> str:
        """Code and label, the name of a field in messages and tables.

        >>> FIELDS["C04"].called, FIELDS["C03_operator"].called
        ('C04 电商培训人次', 'C03 运营管理主体')
        """
        return f"{self.code.partition('_')[0]} {self.label}"

    @property
    def part(self) -> str:
        """The group or feature the field belongs to."""
        return self.group or self.feature

    @property
    def scored(self) -> bool:
        """True for all fields but the operator (C03_operator), which is descriptive only."""
        return self.type != "choice"

    def official_sentence(self, year: int) -> str:
        """The form's own sentence for a reporting year.

        >>> FIELDS["C11"].official_sentence(2025)[:14]
        '11.2025-2026年，'
        """
        return self.sentence.format(year=year, next_year=year + 1)


def load(text: str) -> tuple[dict[str, Field], dict]:
    """Parse and check the text of a form file; returns the fields by code, and the rest of the document.

    Raises ValueError if a key is unknown, words are not a list of texts, a code or name is not unique, a type is
    unknown, a group or feature is not listed, or a field has both or neither.
    """
    rest = tomllib.loads(text)
    fields = [_field(entry) for entry in rest.pop("field")]
    for unique in ("code", "name", "label"):
        seen = [getattr(field, unique) for field in fields]
        twice = sorted({value for value in seen if seen.count(value) > 1})
        if twice:
            raise ValueError(f"form: {unique} used twice: {', '.join(twice)}")
    for field in fields:
        if field.type not in TYPES:
            raise ValueError(f"form: {field.code}: unknown type {field.type!r}")
        if bool(field.group) == bool(field.feature):
            raise ValueError(f"form: {field.code}: needs a group or a feature, and not both")
        if field.group and field.group not in rest["groups"]:
            raise ValueError(f"form: {field.code}: unknown group {field.group!r}")
        if field.feature and field.feature not in rest["features"]:
            raise ValueError(f"form: {field.code}: unknown feature {field.feature!r}")
        if not field.sentence.startswith(f"{field.number}."):
            raise ValueError(f"form: {field.code}: the sentence does not begin with {field.number}.")
    return {field.code: field for field in fields}, rest


def _field(entry: dict) -> Field:
    code, known = entry.get("code"), Field.__dataclass_fields__
    for key, value in entry.items():
        if key not in known or not known[key].init:
            raise ValueError(f"form: {code}: no key {key!r}")
        if known[key].type == tuple[str, ...]:
            spellings = [word.split() for word in value] if isinstance(value, list) else [[]]
            if any(not words or "not" in (words[0], words[-1]) for words in spellings):
                raise ValueError(f"form: {code}: {key} must be a list of texts, with words before and after each `not`")
    return Field(**{key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()})


FIELDS, _rest = load(files(__package__).joinpath("form.toml").read_text("utf-8"))

TITLE: str = _rest["title"]
NOTES: list[str] = _rest["notes"]  # 注, at the end of the form; {year} and {before} are the two years
GUIDANCE: list[list[str]] = _rest["guidance"]  # topic and text of the template's 填表说明
GROUPS: dict[str, str] = _rest["groups"]  # policy -> 支持政策与组织保障, in the form's order
FEATURES: dict[str, str] = _rest["features"]  # I -> 产业电商
OPERATORS: list[str] = list(_rest["operators"].values())
GATES = tuple(code for code, field in FIELDS.items() if field.adverse)
YES_NO = tuple(code for code, field in FIELDS.items() if field.type == "yes_no")
IN_FORM = {code: place for place, code in enumerate(FIELDS)}  # sort key of tables


def notes(year: int) -> str:
    """The form's notes (注) for a reporting year, one per line.

    >>> notes(2025).splitlines()[4][:30]
    '5.本次综合评价指标数据报告期为2025年，基期为2024年'
    """
    return ("注：" + "\n".join(NOTES)).format(year=year, before=year - 1)
