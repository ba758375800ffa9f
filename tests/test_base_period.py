"""Change against the base period, and what it adds up to."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecanalysis.comparing import base_period, growth
from ecanalysis.comparing.base_period import change_of, growth_mismatch, region_change
from ecanalysis.form.fields import FIELDS
from ecanalysis.rounds.schemas import OF_ROUND

YEAR = 2025
BASES = pd.DataFrame(
    {
        "base_id": ["N01", "N02", "S01", "W01"],
        "name": ["示例·甲", "示例·乙", "示例·丙", "示例·丁"],
        "province": ["浙江", "江苏", "河南", "四川"],
        "region": ["东", "东", "中", "西"],
        "kind": ["示范基地", "集聚区", "示范基地", "示范基地"],
    }
)

NO_ISSUES = pd.DataFrame({"base_id": [], "code": [], "kind": []}, dtype="str")
NO_LINES = pd.DataFrame({"base_id": [], "code": [], "status": []}, dtype="str")


def values(*rows) -> pd.DataFrame:
    """Tidy values from (base_id, code, year, value); each stands in a cell of its own."""
    frame = pd.DataFrame(rows, columns=["base_id", "code", "year", "value"]).astype({"year": int, "value": float})
    places = [f"D{place + 5}" for place in range(len(frame))]
    return frame.assign(file=frame.base_id + ".xlsx", base_name=frame.base_id, raw="", sheet="报告表", cell=places)


# what was submitted for both years, what a base-period round holds; the row of change.csv
SOURCES = {
    "reported": ([("C17", 2025, 130), ("C17", 2024, 100)], [], (130, 100, "reported", 30, 30)),
    "reported before the round's": (
        [("C17", 2025, 130), ("C17", 2024, 100)],
        [("C17", 2024, 90)],
        (130, 100, "reported", 30, 30),
    ),
    "base-period round": ([("C17", 2025, 120)], [("C17", 2024, 80)], (120, 80, "base_period_round", 40, 50)),
    "the round's own base period is another year": (
        [("C17", 2025, 120)],
        [("C17", 2023, 80)],
        (120, None, "", None, None),
    ),
    "implied": ([("A2", 2025, 12), ("A3", 2025, 20)], [], (12, 10, "implied", 2, 20)),
    "implied from a fall": ([("A2", 2025, 5), ("A3", 2025, -50)], [], (5, 10, "implied", -5, -50)),
    "a round before an implied value": (
        [("A2", 2025, 12), ("A3", 2025, 20)],
        [("A2", 2024, 11)],
        (12, 11, "base_period_round", 1, 100 / 11),
    ),
    "-100 implies nothing": ([("A2", 2025, 0), ("A3", 2025, -100)], [], (0, None, "", None, None)),
    "nothing before": ([("C17", 2025, 130)], [], (130, None, "", None, None)),
    "nothing now": ([("C17", 2024, 130)], [], (None, 130, "reported", None, None)),
    "from zero there is no percentage": ([("C09", 2025, 4), ("C09", 2024, 0)], [], (4, 0, "reported", 4, None)),
    "to zero": ([("C09", 2025, 0), ("C09", 2024, 4)], [], (0, 4, "reported", -4, -100)),
    "a percent in percentage points": ([("C08", 2025, 30), ("C08", 2024, 20)], [], (30, 20, "reported", 10, None)),
    "a rate of growth too": ([("C15", 2025, -5), ("C15", 2024, 10)], [], (-5, 10, "reported", -15, None)),
    "a number in its unit": ([("C07", 2025, 9), ("C07", 2024, 6)], [], (9, 6, "reported", 3, None)),
}


@pytest.mark.parametrize("submitted, earlier, expected", SOURCES.values(), ids=SOURCES)
def test_where_the_base_period_value_comes_from(submitted, earlier, expected):
    now = values(*[("N01", *row) for row in submitted])
    before = values(*[("N01", *row) for row in earlier]) if earlier else None
    change = change_of(now, YEAR, before)
    row = change[change.code == submitted[0][0]].iloc[0]
    found = [row.value, row.base_period_value, row.source, row.change, row.change_pct]
    assert [None if value is None or value != value else value for value in found] == [
        expected[0],
        pytest.approx(expected[1]),
        expected[2],
        pytest.approx(expected[3]),
        pytest.approx(expected[4]),
    ]


def test_change_has_only_numeric_fields_in_the_forms_order():
    rows = [("N01", code, year, 1) for code in reversed(FIELDS) for year in (2025, 2024) if code != "C03_operator"]
    change = change_of(values(*rows), YEAR)
    assert list(change.code) == [code for code, field in FIELDS.items() if field.numeric]
    assert list(change.columns) == ["base_id", "code", "value", "base_period_value", "source", "change", "change_pct"]


def test_a_base_of_the_earlier_round_alone_is_not_in_this_rounds_change():
    change = change_of(values(("N01", "C17", 2025, 5)), YEAR, values(("N02", "C17", 2024, 7)))
    assert list(change.base_id) == ["N01"]


def test_growth_is_told_without_what_is_doubted_or_implied():
    rows = values(
        ("N01", "C17", 2025, 86), ("N01", "C17", 2024, 9053), ("N02", "C17", 2025, 130), ("N02", "C17", 2024, 100),
        ("S01", "C17", 2025, 90), ("S01", "C17", 2024, 100), ("W01", "A2", 2025, 5), ("W01", "A3", 2025, 25),
    )  # fmt: skip
    change = change_of(rows, YEAR)
    asked = pd.DataFrame({"base_id": ["S01"], "code": ["C17"], "kind": ["employment_below_enterprises"]})
    kept = growth.sound(change, asked, NO_LINES).set_index(["base_id", "code"])
    assert kept.left_out.to_dict() == {
        ("N01", "C17"): "doubted", ("N02", "C17"): "", ("S01", "C17"): "doubted",
        ("W01", "A2"): "implied", ("W01", "A3"): "",
    }  # fmt: skip
    assert kept.value.notna().all() and list(kept.index[kept.change.notna()]) == [("N02", "C17")]
    settled = pd.DataFrame({"base_id": ["N01", "S01"], "code": "C17", "status": ["rejected", "pending"]})
    assert list(growth.sound(change, asked, settled).left_out) == ["", "", "doubted", "implied", ""]
    copied = pd.DataFrame({"base_id": ["N02"], "code": [""], "kind": ["copied_base_period"]})
    assert growth.sound(change, copied, NO_LINES).left_out.iloc[1] == "doubted"


def test_nothing_submitted_gives_empty_tables():
    nothing = values()
    change = change_of(nothing, YEAR)
    assert change.empty and list(change.columns) == base_period.CHANGE
    assert region_change(change, BASES).empty
    assert growth_mismatch(nothing, YEAR).empty
    assert growth.overview(change).both.eq(0).all()
    assert growth.summary(growth.stated_rates(nothing, BASES, YEAR), "region").empty
    assert growth.contributions(change, BASES, "C17").empty
    assert growth.movers(change, nothing, BASES, YEAR, "C17").empty
    change = growth.sound(change, NO_ISSUES, NO_LINES)
    assert growth.not_compared(change, pd.DataFrame({"base_id": [], "code": []}, dtype="str"), BASES).empty


def test_region_totals_are_over_the_bases_with_both_years():
    submitted = values(
        ("N01", "C17", 2025, 130), ("N01", "C17", 2024, 100), ("N02", "C17", 2025, 1000), ("S01", "C17", 2024, 500),
        ("W01", "C17", 2025, 60), ("W01", "C17", 2024, 50), ("N01", "C08", 2025, 60), ("N01", "C08", 2024, 50),
        ("N01", "C18", 2025, 3), ("N01", "C18", 2024, 0),
    )  # fmt: skip
    totals = region_change(change_of(submitted, YEAR), BASES).set_index(["region", "code"])
    assert list(totals.columns) == ["value", "base_period_value", "change_pct", "bases"]
    assert totals.loc[("东", "C17")].tolist() == [130, 100, pytest.approx(30), 1]
    assert totals.loc[("西", "C17")].tolist() == [60, 50, pytest.approx(20), 1]
    assert totals.loc[("全国", "C17")].tolist() == [190, 150, pytest.approx(400 / 15), 2]
    assert ("中", "C17") not in totals.index, "no base there has both years"
    assert ("全国", "C08") not in totals.index, "a share has no total"
    assert math.isnan(totals.loc[("全国", "C18"), "change_pct"]), "no growth from a total of 0"


MISMATCHES = [  # A2 of both years, stated A3, is it asked about
    (12, 10, 20, False), (12, 10, 21, False), (12, 10, 21.01, True), (12, 10, 18.9, True), (12, 10, 19, False),
    (12, 0, 20, False), (0, 10, -100, False), (0, 10, -98, True), (5, 10, 50, True),
]  # fmt: skip


@pytest.mark.parametrize("now, before, stated, asked", MISMATCHES)
def test_a_stated_growth_is_held_against_the_computed_one(now, before, stated, asked):
    rows = values(("N01", "A2", 2025, now), ("N01", "A2", 2024, before), ("N01", "A3", 2025, stated))
    issues = growth_mismatch(rows, YEAR)
    assert list(issues.columns) == list(OF_ROUND["issues"].columns)
    assert len(issues) == asked
    if asked:
        issue = issues.iloc[0]
        assert (issue.base_id, issue.code, issue.kind, issue.severity) == ("N01", "A3", "growth_mismatch", "warning")
        assert (issue.file, issue.sheet, issue.cell) == ("N01.xlsx", "报告表", "D7"), "the address is that of A3"
        assert f"{stated}%" in issue.message and "2024年" in issue.message


def test_an_implied_amount_is_not_held_against_the_growth_it_came_from():
    assert growth_mismatch(values(("N01", "A2", 2025, 12), ("N01", "A3", 2025, 20)), YEAR).empty


def test_medians_and_quartiles_of_stated_growth():
    rates = values(*[(base, "C15", 2025, rate) for base, rate in zip(BASES.base_id, [10, 30, -20, 100])])
    stated = growth.summary(growth.stated_rates(rates, BASES, YEAR), "region").set_index(["code", "group"])
    assert stated.loc[("C15", "全国"), ["n", "q1", "median", "q3", "mean", "falling"]].tolist() == [
        4, 2.5, 20, 47.5, 30, 1]  # fmt: skip
    assert stated.loc[("C15", "东"), "median"] == 20


def test_a_mean_of_rates_is_not_the_growth_of_the_total():
    rows = values(("N01", "A2", 2025, 20), ("N01", "A2", 2024, 10), ("N01", "A3", 2025, 100),
                  ("N02", "A2", 2025, 90), ("N02", "A2", 2024, 90), ("N02", "A3", 2025, 0))  # fmt: skip
    table = growth.rates_and_totals(change_of(rows, YEAR), rows, BASES, YEAR).set_index(["group", "code"])
    east = table.loc[("东", "A2")]
    assert (east.by_sums, east.mean_of_rates, east.stated_mean) == (pytest.approx(10), 50, 50)
    assert east.gap == pytest.approx(40)


@st.composite
def both_years(draw):
    count = st.integers(0, 10**6)
    return [(base, draw(count), draw(count)) for base in BASES.base_id if draw(st.booleans())]


@given(both_years(), st.integers(0, 3))
@settings(max_examples=60)
def test_contributions_and_the_waterfall_add_up(pairs, largest):
    rows = [(base, "C17", year, value) for base, now, then in pairs for year, value in ((2025, now), (2024, then))]
    change = change_of(values(*rows), YEAR)
    now, then = sum(pair[1] for pair in pairs), sum(pair[2] for pair in pairs)
    for by in ("province", "base_id"):
        parts = growth.contributions(change, BASES, "C17", by)
        assert parts.change.sum() == now - then
        steps = growth.waterfall(parts, largest)
        if not then:
            assert steps.empty, "no growth from a total of 0"
            continue
        assert parts.points.sum() == pytest.approx((now / then - 1) * 100)
        middle, whole = steps.iloc[:-1], steps.iloc[-1]
        assert [0, *middle.end] == pytest.approx([*middle.start, whole.end]), "each step begins where the last ended"
        assert whole.end == pytest.approx((now / then - 1) * 100) and whole.start == 0
        assert middle.change.sum() == whole.change == now - then
        assert len(middle) <= largest + 1 and middle.bases.sum() == len(pairs)


one_round = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 99)).map(lambda values: list(values.items()))


@given(one_round, one_round)
@settings(max_examples=60)
def test_leaving_and_entering_bases_are_kept_apart_and_nothing_is_lost(then, now):
    frames = [
        pd.DataFrame(rows, columns=["base_id", "value"]).astype({"value": float}).assign(code="C17")
        for rows in (then, now)
    ]
    row = growth.round_flows(*frames).set_index("code").loc["C17"]
    assert row.before == sum(value for _, value in then) and row.now == sum(value for _, value in now)
    assert row.before - row.left + (row.stayed_now - row.stayed_before) + row.entered == row.now
    assert (row.left_bases + row.stayed_bases, row.entered_bases + row.stayed_bases) == (len(then), len(now))


def test_a_share_has_no_total_to_take_apart():
    with pytest.raises(ValueError, match="C08 不是数量或金额"):
        growth.contributions(change_of(values(), YEAR), BASES, "C08")


def test_without_an_earlier_round_there_is_nothing_to_lay_beside():
    assert growth.round_flows(None, values(("N01", "C17", 2025, 5))).empty


def test_movers_carry_the_cells_of_both_years():
    rows = values(("N01", "C17", 2025, 130), ("N01", "C17", 2024, 100),
                  ("N02", "C17", 2025, 10), ("N02", "C17", 2024, 90),
                  ("S01", "C17", 2025, 5), ("S01", "C17", 2024, 5), ("W01", "C17", 2025, 500))  # fmt: skip
    earlier = values(("W01", "C17", 2024, 100))
    found = growth.movers(change_of(rows, YEAR, earlier), rows, BASES, YEAR, "C17", n=2)
    assert list(found.base_id) == ["W01", "N01", "N02"], "largest rise first, largest fall last, no unmoved base"
    assert list(found.cell) == ["D11", "D5", "D7"] and list(found.base_period_cell) == ["", "D6", "D8"]


# base period, reporting year, is it a jump
JUMPS = [(9053, 86, True), (100, 1000, True), (100, 999, False), (1, 9, False), (0, 500, False), (500, 0, False),
         (1, 10, True), (1000, 100, True), (1000, 101, False)]  # fmt: skip


@pytest.mark.parametrize("before, now, jumped", JUMPS)
def test_a_value_ten_times_off_is_shown_with_its_cells(before, now, jumped):
    rows = values(
        ("N01", "C17", 2025, now), ("N01", "C17", 2024, before), ("N01", "C08", 2025, 90), ("N01", "C08", 2024, 1)
    )
    found = growth.jumps(change_of(rows, YEAR), rows, BASES, YEAR)
    assert list(found.code) == ["C17"] * jumped, "a share does not jump"
    assert list(found.cell) + list(found.base_period_cell) == ["D5", "D6"] * jumped


def test_what_cannot_be_compared_says_why():
    rows = values(("N01", "C17", 2025, 130), ("N02", "C17", 2024, 90), ("S01", "C17", 2024, 90),
                  ("W01", "C17", 2025, 5), ("W01", "C17", 2024, 5))  # fmt: skip
    answered = pd.DataFrame({"base_id": ["N01", "S01", "W01", "W01"], "code": ["C17", "C17", "C17", "C16"]})
    reasons = growth.not_compared(growth.sound(change_of(rows, YEAR), NO_ISSUES, NO_LINES), answered, BASES)
    assert reasons.values.tolist() == [
        ["C16", "no_value_read", 1],
        ["C17", "no_base_period", 1],
        ["C17", "no_value", 1],
        ["C17", "no_value_read", 1],
    ]


def test_the_overview_counts_what_it_rests_on():
    rows = values(("N01", "C17", 2025, 130), ("N01", "C17", 2024, 100),
                  ("N02", "C17", 2025, 10), ("N02", "C17", 2024, 90),
                  ("S01", "C17", 2025, 5), ("W01", "C08", 2025, 5), ("W01", "C08", 2024, 2))  # fmt: skip
    table = growth.overview(change_of(rows, YEAR)).set_index("code")
    assert list(table.index) == base_period.COMPARED, "a row for every numeric field, those without data too"
    staff = table.loc["C17"]
    assert (staff.value_bases, staff.base_period_bases, staff.both, staff.reported) == (3, 2, 2, 2)
    assert (staff.up, staff.down, staff.same) == (1, 1, 0)
    assert staff.change_pct == pytest.approx((140 / 190 - 1) * 100)
    assert table.loc["C08", "median_change"] == 3 and np.isnan(table.loc["C08", "change_pct"])
