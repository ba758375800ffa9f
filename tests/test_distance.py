"""How far from safety, which assumption matters, what both rounds say: checked by scoring again in the ordinary way."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from invented import invented_rounds, score
from scipy import optimize

from ecanalysis.comparing import progress
from ecanalysis.deciding import distance, sensitivity, uncertainty
from ecanalysis.deciding.what_if import MISSING_POLICIES, variant
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.scoring import scheme
from ecanalysis.scoring.aggregate import Panel
from ecanalysis.scoring.scheme import SCORED, replace

DEFAULT = scheme.load()
REWEIGHT = variant(DEFAULT, "scheme", "reweight")


@pytest.fixture(scope="module")
def rounds():
    return invented_rounds(DEFAULT)


@pytest.fixture(scope="module")
def now(rounds):
    return rounds[2027]


# --- in points -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "totals, margins",
    [
        ([10, 20, 30, 40, 50], [-30, -20, -10, 10, 20]),
        ([10, 20, 30, 30, 50], [-20, -10, 0, 0, 20]),
        ([10, 10, 10, 10], [0, 0, 0, 0]),
        ([10, 20, 30], [None, None, None]),
    ],
)
def test_the_margin_is_what_lacks_to_three_below(totals, margins):
    table = pd.DataFrame({"total": totals, "base_id": list("ABCDE")[: len(totals)]}).astype({"total": float})
    table = table.assign(name="", region="中", kind="示范基地")
    found = distance.to_threshold(table, DEFAULT).margin
    assert [None if pd.isna(value) else value for value in found] == margins


@pytest.mark.parametrize("scope", ["region", "country"])
def test_whoever_is_flagged_has_no_margin(now, scope):
    chosen = DEFAULT.with_(bottom_scope=scope)
    table = score(now, chosen).scores
    found = distance.to_threshold(table, chosen).merge(table[["base_id", "bottom_three"]], on="base_id")
    assert ((found.margin <= 0) == (found.bottom_three == 1)).all()


# --- in weights ------------------------------------------------------------------------------------------


def test_the_smallest_freedom_is_the_best_over_all_choices_of_rivals(now):
    """Six bases: a linear programme for each choice of the three to pass, and the best of them."""
    places = np.flatnonzero((now.scores.region == "中") & (now.scores.kind == "示范基地"))
    places = places[np.argsort(now.scores.total.to_numpy()[places])][:6]
    small = now.scores.iloc[places].assign(bottom_three=[1, 1, 1, 0, 0, 0]).reset_index(drop=True)
    one = now.panel.take(places)
    found = distance.smallest_weight_change(one, small, DEFAULT).set_index("base_id").change

    items, weights, parts = distance._items(DEFAULT)
    points = (one.normalised * one.full_points(DEFAULT)) @ items.T
    for place, base_id in enumerate(small.base_id[:3]):
        others = [other for other in range(6) if other != place]
        best = min(
            least_freedom(points[place] - points[list(three)], weights, parts) for three in combinations(others, 3)
        )
        assert found[base_id] == pytest.approx(best, abs=1e-5)


def least_freedom(lead, weights, parts):
    cost = np.r_[np.zeros(len(weights)), 1.0]
    near = np.c_[np.eye(len(weights)), -weights], np.c_[-np.eye(len(weights)), -weights]
    upper = np.vstack([*near, np.c_[-lead, np.zeros(len(lead))]])
    limit = np.r_[weights, -weights, np.full(len(lead), -distance.LEAD)]
    whole = np.c_[[parts == part for part in np.unique(parts)], np.zeros(len(np.unique(parts)))]
    solved = optimize.linprog(cost, upper, limit, whole.astype(float), np.ones(len(whole)), bounds=(0, None))
    return solved.fun if solved.success else np.inf


def test_a_base_worst_in_everything_is_safe_under_no_weights():
    table = pd.DataFrame({"base_id": list("ABCDE"), "region": "西", "kind": "示范基地", "gated": 0})
    table["total"], table["bottom_three"] = [10.0, 20.0, 30.0, 40.0, 50.0], [1, 1, 1, 0, 0]
    level = np.tile([[0.1], [0.2], [0.3], [0.4], [0.5]], len(SCORED))
    one = Panel(level, np.ones(level.shape, bool), np.zeros((5, len(FEATURES)), bool))
    assert distance.smallest_weight_change(one, table, DEFAULT).change.isna().all()


def test_a_scheme_that_is_not_linear_in_the_weights_gives_no_answer(now):
    one = score(now, REWEIGHT)
    assert not one.panel.in_proportion(REWEIGHT)
    assert distance.smallest_weight_change(one.panel, one.scores, REWEIGHT).empty


# --- in single fields ------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [DEFAULT, variant(DEFAULT, "percentile_rank", "region_median")])
def test_the_value_needed_lifts_and_the_one_before_does_not(now, chosen):
    one = score(now, chosen)
    found = distance.smallest_field_changes(one, chosen)
    assert len(found) > 5 and found.value.isna().any()
    for row in found.iloc[:: max(1, len(found) // 8)].itertuples():
        field = FIELDS[row.code]
        step = 1.0 if field.type in ("count", "yes_no") else 0.01
        nearer = row.needed - np.sign(row.needed - (0 if np.isnan(row.value) else row.value)) * step
        for value, flagged in ((row.needed, 0), (round(nearer, 2), 1)):
            kept = one.reported[(one.reported.base_id != row.base_id) | (one.reported.code != row.code)]
            put = pd.DataFrame({"base_id": [row.base_id], "code": row.code, "year": 2027, "value": value, "text": ""})
            again = score(SimpleNamespace(**{**vars(one), "reported": pd.concat([kept, put])}), chosen)
            assert again.scores.set_index("base_id").bottom_three[row.base_id] == flagged, (row, value)


def one_region(values):
    """Four demonstration bases and a cluster with these values of C06, alike otherwise (None: missing)."""
    bases = pd.DataFrame({"base_id": list("abcde"), "name": list("abcde"), "province": "浙江", "region": "东",
                          "kind": ["示范基地"] * 4 + ["集聚区"]})  # fmt: skip
    reported = pd.DataFrame({"base_id": list("abcde"), "code": "C06", "year": 2027, "value": values}).dropna()
    return score(
        SimpleNamespace(reported=reported, answered=reported[["base_id", "code"]], bases=bases, goalposts=None), DEFAULT
    )


def needed(values):
    return distance.smallest_field_changes(one_region(values), DEFAULT).set_index(["base_id", "code"]).needed.get


def test_a_missing_value_that_any_answer_makes_good_is_named():
    # All who answered are alike, so any answer scores in full: of the four the one without is last.
    found = needed([5.0, 5.0, 5.0, None, 5.0])
    assert found(("d", "C06")) is None  # it would only come level
    found = needed([None, None, None, None, 5.0])
    assert [found((base, "C06")) for base in "abcd"] == [5.0] * 4


def test_the_value_needed_is_not_rounded_down_to_one_that_does_not_lift():
    # In steps of 0.01 from 1.004 the first above 3.0 is 3.004; as 3.0 it would only come level.
    values = [1.004, 2.0, 2.5, 3.0, 4.0]
    assert needed(values)(("a", "C06")) == 3.01
    assert one_region([3.01, *values[1:]]).scores.bottom_three[0] == 0


# --- both rounds, ranks ----------------------------------------------------------------------------------


def test_both_rounds_see_the_same_weights(rounds):
    table = uncertainty.over_two_rounds(rounds[2027], rounds[2025], DEFAULT, draws=400)
    alone = uncertainty.draw_ranks(rounds[2027].panel, rounds[2027].scores, DEFAULT, draws=400)
    demonstration = (table.kind == "示范基地").to_numpy()
    assert (table.p_now[demonstration] == alone.p_bottom_three[demonstration]).all()
    same = uncertainty.over_two_rounds(rounds[2027], rounds[2027], DEFAULT, draws=400)
    assert (same.p_both == same.p_now).all()  # the very same round twice: the same event, not its square
    known = table[table.p_both.notna()]
    assert (known.p_both <= known[["p_previous", "p_now"]].min(axis=1)).all()
    assert (known.p_both >= (known.p_previous + known.p_now - 1).clip(0) - 1e-12).all()
    kinds = rounds[2025].scores.set_index("base_id").kind
    met = table.base_id.map(kinds).eq(table.kind)
    assert (table.p_both.notna() == met).all() and not met.all()


def test_places_from_the_bottom_are_what_the_draws_do(now):
    few = DEFAULT.with_(draws=300)
    table = uncertainty.bottom_places(now.panel, now.scores, few).merge(distance.to_threshold(now.scores, few))
    table = table.merge(now.scores[["base_id", "bottom_three"]])
    assert (table.kind == "示范基地").all() and len(table) == (now.scores.kind == "示范基地").sum()
    assert ((table.from_bottom <= few.bottom_count) == (table.bottom_three == 1)).all()
    drawn = uncertainty.draw_ranks(now.panel, now.scores, few).set_index("base_id").p_bottom_three
    never, always = table.base_id.map(drawn) < 0.04, table.base_id.map(drawn) > 0.96
    assert (table.from_bottom_p05[never] > few.bottom_count).all()
    assert (table.from_bottom_p95[always] <= few.bottom_count).all()
    assert never.any() and always.any() and 0 < uncertainty.share_near(few) < 0.5


# --- which assumption matters ----------------------------------------------------------------------------


def test_the_alternatives_contain_the_scheme_itself(now):
    table = sensitivity.alternatives(now, DEFAULT)
    assert len(table) == len(now.scores) * len(sensitivity.METHODS) * len(MISSING_POLICIES)
    own = table[(table.method == "scheme") & (table.missing == "zero")]
    for column in ("total", "rank", "rank_in_kind", "tier", "bottom_three"):
        assert own[column].tolist() == now.scores[column].tolist()
    assert table.groupby("base_id")["rank"].nunique().gt(1).any()


def test_agreement_counts_the_calculations_with_the_same_outcome(now):
    table = sensitivity.alternatives(now, DEFAULT)
    found = sensitivity.agreement(table, now.scores).set_index("base_id")
    assert (found.calculations == len(sensitivity.METHODS) * len(MISSING_POLICIES)).all() and (found.same >= 1).all()
    one = found.index[found.same < found.calculations][0]
    own = now.scores.set_index("base_id").bottom_three[one]
    assert found.same[one] == (table[table.base_id == one].bottom_three == own).sum()


def test_what_matters_is_shared_among_the_assumptions(now):
    table = sensitivity.what_matters(now, DEFAULT, size=128)
    flagged = set(now.scores.base_id[now.scores.bottom_three == 1])
    assert set(table.result) == {"rank_shift", *flagged}
    assert set(table.groupby("result").factor.apply(tuple)) == {sensitivity.FACTORS}
    assert (table["total"] >= table["first"] - table.first_error - table.total_error).all()
    assert table.groupby("result")["total"].sum().gt(0.8).all()
    pd.testing.assert_frame_equal(table, sensitivity.what_matters(now, DEFAULT, size=128))


def test_an_assumption_that_changes_nothing_has_no_part_in_it(now):
    """Nobody misses a value: the rule for missing values moves nothing."""
    whole = [(base, code, 1.0) for base in now.bases.base_id for code in SCORED if FIELDS[code].group]
    reported = pd.DataFrame(whole, columns=["base_id", "code", "value"])
    reported["value"] = np.random.default_rng(4).integers(0, 2, len(reported)).astype(float)
    one = SimpleNamespace(reported=reported, answered=reported, bases=now.bases, goalposts=None)
    table = sensitivity.what_matters(one, DEFAULT, size=64).set_index(["result", "factor"])["total"]
    assert table.xs("missing_values", level="factor").abs().max() == pytest.approx(0)
    assert table.xs("feature_weights", level="factor").abs().max() == pytest.approx(0)


# --- progress --------------------------------------------------------------------------------------------


def test_everyone_improving_shows_on_fixed_bounds_only(now):
    """All counts and amounts half as large again: ranks and relative totals stay, totals on fixed bounds rise."""
    better = now.reported.assign(
        value=now.reported.value.where(~now.reported.code.map(lambda code: FIELDS[code].type == "count"),
                                       (now.reported.value + 1) * 1.5 - 1)
    )  # fmt: skip
    later = score(SimpleNamespace(**{**vars(now), "year": 2029, "reported": better}), DEFAULT)
    table = progress.on_first_bounds([now, later], DEFAULT)
    first = table[table.year == 2027]
    np.testing.assert_allclose(first.total, first.fixed)
    change = progress.progress(table)
    assert len(change) == len(now.scores)
    np.testing.assert_allclose(change.change, 0, atol=1e-9)  # log1p moves every count by the same step
    assert (change.fixed_change >= -1e-9).all() and change.fixed_change.mean() > 0.5


def test_a_replaced_rule_keeps_what_it_does_not_touch():
    rule = replace(DEFAULT.rules["C06"], low=0.0, high=10.0, method="goalposts")
    chosen = DEFAULT.with_(rules={**DEFAULT.rules, "C06": rule})
    assert variant(chosen, "scheme", "zero").rules["C06"] == rule
    changed = variant(chosen, "whole_range", "zero").rules["C06"]
    assert (changed.method, changed.low, changed.high, changed.upper_quantile) == ("min_max", None, None, 1.0)


def test_rounds_in_which_nobody_was_scored_have_no_progress():
    columns = ["base_id", "year", "name", "region", "kind", "total", "fixed"]
    nobody = pd.DataFrame(columns=columns)
    one = pd.DataFrame([["A", 2025, "甲", "东", "示范基地", 50.0, 50.0]], columns=columns)
    for totals in (nobody, one):
        change = progress.progress(totals)
        assert change.empty and progress.summary(change).empty
