"""Common faults and variations of forms filled in by hand, planted one by one in invented answers.

Each plant gives the text typed instead of an answer, what a perfect reader makes of it, and the kind of issue that must
be raised ("" if the reading is certain).
"""

from collections.abc import Callable
from typing import NamedTuple

from ecanalysis.form.blank import Typed
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.sample.layouts import WrongYear

FORM, OFFICIAL = "form", "official"
GONE = None  # nothing is read


class Plant(NamedTuple):
    """One fault: `typed` and `read` are functions of the true value; `fits` says for which values it can be used."""

    kind: str
    code: str
    layout: str
    typed: Callable[[float], object]
    read: Callable[[float], float | None]
    fits: Callable[[float], bool] = lambda value: True
    unit: str = ""


def _same(value: float) -> float:
    return value


def _gone(value: float) -> None:
    return GONE


def _wide(value: float) -> str:
    return f"{value:.0f}".translate(str.maketrans("0123456789", "０１２３４５６７８９"))


PLANTS = (
    # read with certainty
    Plant("", "C17", FORM, lambda value: f"{value / 1e4:.12g}万人", _same, lambda value: value >= 1e4),
    Plant("", "C16", FORM, lambda value: f"{value / 1e8:.12g}亿件", _same, lambda value: value >= 1e7),
    Plant("", "S1", FORM, lambda value: f"{value * 1e4:.0f}万元", _same),
    Plant("", "C09", FORM, _wide, _same, lambda value: value >= 10),
    Plant("", "C04", FORM, lambda value: f" {value:,.0f} ".replace(",", "，"), _same, lambda value: value >= 1e3),
    Plant("", "C08", FORM, lambda value: Typed(round(value / 100, 6), "0.00%"), _same),
    Plant("", "L1", FORM, lambda value: f"{value:.12g}％", _same),
    Plant("", "L2", FORM, lambda value: f"{value:.12g}%%", _same),
    Plant("", "C15", FORM, lambda value: f"－{-value:.12g}", _same, lambda value: value < 0),
    Plant("", "C01", FORM, lambda value: "有", _same, lambda value: value == 1),
    Plant("", "C05", FORM, lambda value: "Y", _same, lambda value: value == 1),
    Plant("", "C12", FORM, lambda value: "☑是 □否", _same, lambda value: value == 1),
    Plant("", "C04", OFFICIAL, lambda value: f"{value / 1e4:.12g}万", _same, lambda value: value >= 1e3),
    Plant("", "C17", OFFICIAL, lambda value: f" {_wide(value)} ", _same),
    # read, with an issue to confirm
    Plant("approximate", "C17", FORM, lambda value: f"约{value:.0f}", _same),
    Plant("approximate", "C14", OFFICIAL, lambda value: f"近{value:.0f}", _same),
    Plant("unit_converted", "C16", FORM, lambda value: value / 1e4, _same, lambda value: value >= 1e6, "万件"),
    Plant("worded_sign", "C15", FORM, lambda value: f"下降{-value:.12g}", _same, lambda value: value < 0),
    Plant("worded_sign", "A3", FORM, lambda value: f"减少{-value:.12g}%", _same, lambda value: value < 0),
    Plant("looks_like_fraction", "I4", FORM, lambda value: round(value / 100, 4), lambda value: round(value / 100, 4)),
    Plant("looks_like_fraction", "A4", FORM, lambda value: round(value / 100, 4), lambda value: round(value / 100, 4)),
    Plant("growth_mismatch", "A3", FORM, lambda value: round(value + 6, 1), lambda value: round(value + 6, 1)),
    Plant("growth_may_be_index", "C15", FORM, lambda value: round(100 + value, 2), lambda value: round(100 + value, 2),
          lambda value: 5 < value < 29),
    Plant("employment_below_enterprises", "C17", FORM, lambda value: 86.0, lambda value: 86.0,
          lambda value: value > 4000),
    Plant("far_from_base_period", "C16", FORM, lambda value: value / 1e4, lambda value: value / 1e4,
          lambda value: value > 2e6 and value % 1e4 == 0),  # 万件 typed as 件
    # not read
    Plant("blank_word", "C18", FORM, lambda value: "无", _gone),
    Plant("blank_word", "C13", FORM, lambda value: "/", _gone),
    Plant("blank_word", "S3", OFFICIAL, lambda value: "—", _gone),
    Plant("unreadable", "C13", FORM, lambda value: "若干", _gone),
    Plant("unreadable", "C09", FORM, lambda value: "#REF!", _gone),
    Plant("unreadable", "C16", FORM, lambda value: f"{value / 1e4:.0f}吨", _gone),
    Plant("out_of_range", "C06", FORM, lambda value: 156.0, _gone),
    Plant("out_of_range", "C14", FORM, lambda value: value + 0.5, _gone),
    Plant("out_of_range", "C04", FORM, lambda value: -120.0, _gone),
    Plant("conflict", "C12", OFFICIAL, lambda value: "☑是 ☑否", _gone),
    Plant("conflict", "L3", OFFICIAL, lambda value: "√是 √否", _gone),
    Plant("wrong_year", "C18", OFFICIAL, lambda value: WrongYear(value), _gone),
    Plant("unanswered_gate", "C11", FORM, lambda value: "", _gone, lambda value: value == 0),
    Plant("unanswered_gate", "C10a", OFFICIAL, lambda value: "□是 □否", _gone, lambda value: value == 0),
)  # fmt: skip


class Planted(NamedTuple):
    """A planted fault: what is typed, by code and year, and what a perfect reader reads (None: nothing)."""

    year: int
    base_id: str
    code: str
    kind: str
    typed: dict[tuple[str, int], object] = {}
    value: float | None = None
    unit: str = ""


def plant(year: int, layouts: dict[str, str], answers: dict[str, dict[tuple[str, int], float | str]]) -> list[Planted]:
    """Assign every plant to the next base whose layout and answer it fits; no base gets more than one.

    `layouts` and `answers` are by base; bases are tried in the order of `layouts`. A plant that fits no base is left
    out.
    """
    free = dict(layouts)
    planted = []
    for entry in PLANTS:
        for base_id, layout in free.items():
            value = answers[base_id].get((entry.code, year))
            if layout == entry.layout and isinstance(value, float) and entry.fits(value):
                # An edited unit applies to both years.
                years = (year, year - 1) if entry.unit else (year,)
                given = {(entry.code, at): answers[base_id].get((entry.code, at)) for at in years}
                typed = {key: entry.typed(known) for key, known in given.items() if known is not None}
                planted.append(Planted(year, base_id, entry.code, entry.kind, typed, entry.read(value), entry.unit))
                del free[base_id]
                break
    return planted


def without_feature(answers: dict[tuple[str, int], float | str]) -> dict[tuple[str, int], float | str]:
    """The answers of a base that overlooked the whole special part."""
    return {(code, year): answer for (code, year), answer in answers.items() if not FIELDS[code].feature}


def not_chosen(answers: dict[tuple[str, int], float | str]) -> list[str]:
    """The letters of the features in which a base answered nothing."""
    chosen = {FIELDS[code].feature for code, _ in answers}
    return [feature for feature in FEATURES if feature not in chosen]


def with_empty_feature(
    answers: dict[tuple[str, int], float | str], year: int
) -> tuple[str, dict[tuple[str, int], float | str]]:
    """The letter of a feature not chosen by the base, and the answers with that feature filled with 0 and 否."""
    letter = not_chosen(answers)[0]
    return letter, answers | {(code, year): 0.0 for code, field in FIELDS.items() if field.feature == letter}
