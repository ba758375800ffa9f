"""Points, totals, ranks and tiers: the rules one by one, on rounds small enough to check by hand."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidy_round import tables

from ecanalysis.form.fields import FIELDS
from ecanalysis.scoring import scheme as schemes
from ecanalysis.scoring.scheme import GENERAL, SCORED
from ecanalysis.scoring.scores import bounds_of, score_bases, score_points
from ecanalysis.scoring.standing import peers_of, standing

SCHEME = schemes.load()
DEFAULT = SCHEME.path.read_text("utf-8")


def scored(reported, scheme=SCHEME, **about):
    values, answered, bases = tables(reported, **about)
    points = score_points(values, answered, bases, scheme)
    return score_bases(points, values, bases, scheme).set_index("base_id")


def normalised(code, numbers, scheme=SCHEME, **about):
    """Normalised values of one field, for bases B0, B1, … with these values (None: missing)."""
    reported = {f"B{place}": {} if number is None else {code: number} for place, number in enumerate(numbers)}
    points = score_points(*tables(reported, **about), scheme)
    return points[points.code == code].set_index("base_id").normalised.to_dict()


@pytest.mark.parametrize(
    "code, numbers, expected",
    [
        # five or more values: the 5% and 95% quantiles, linear interpolation
        ("C06", [0, 10, 20, 30, 40], [0, 8 / 36, 18 / 36, 28 / 36, 1]),
        ("C14", [0, 1, 3, 7, 15], [0, 0.8 / 3.6, 1.8 / 3.6, 2.8 / 3.6, 1]),  # log1p: 0, 1, 2, 3, 4 times ln 2
        # both quantiles alike: smallest and largest instead
        ("C06", [5] * 24 + [9], [0] * 24 + [1]),
        ("C06", [1] + [5] * 24, [0] + [1] * 24),
        # all alike: one when above zero, else nothing
        ("C06", [5] * 6, [1] * 6),
        ("C06", [0] * 6, [0] * 6),
        ("C15", [-3.5] * 6, [0] * 6),
        ("C14", [7], [1]),
        ("C14", [0], [0]),
        # a negative growth counts as it stands
        ("C15", [-20, -10, 0, 10, 20], [0, 8 / 36, 18 / 36, 28 / 36, 1]),
        # yes/no, and the three where 是 is bad
        ("C01", [1, 0], [1, 0]),
        ("C10a", [1, 0], [0, 1]),
        ("C11", [1, 0, 0], [0, 1, 1]),
        # missing scores nothing
        ("C06", [None, 0, 10, 20, 30, 40], [0, 0, 8 / 36, 18 / 36, 28 / 36, 1]),
        ("C10a", [None, 0], [0, 1]),
    ],
)
def test_a_value_becomes_a_share_of_its_points(code, numbers, expected):
    assert list(normalised(code, numbers).values()) == pytest.approx(expected, abs=1e-12)


def test_fewer_than_five_values_in_the_region_are_measured_against_the_country():
    reported = {f"B{place}": {"C06": number} for place, number in enumerate([0, 10, 20, 30, 40, 12, 18, 21, 25])}
    region = {f"B{place}": "东" if place < 5 else "西" for place in range(9)}
    points = score_points(*tables(reported, region=region), SCHEME)
    west = points[(points.code == "C06") & (points.base_id >= "B5")]
    x = np.sort([0, 10, 20, 30, 40, 12, 18, 21, 25])
    lo, hi = np.quantile(x, [0.05, 0.95])
    assert west.normalised.to_numpy() == pytest.approx((np.array([12, 18, 21, 25]) - lo) / (hi - lo))
    bounds = bounds_of(*tables(reported, region=region), SCHEME).set_index(["region", "code"])
    assert bounds.loc[("西", "C06"), ["reference", "n", "reference_n"]].tolist() == ["全国", 4, 9]
    assert bounds.loc[("东", "C06"), ["reference", "n", "reference_n"]].tolist() == ["东", 5, 5]
    assert bounds.loc[("东", "C01"), ["reference", "lo", "hi"]].tolist() == ["固定", 0, 1]


def test_bounds_of_large_numbers_without_a_logarithm_are_told_without_a_warning():
    raw = schemes.parse(DEFAULT.replace('transform = "log1p"', 'transform = "none"'))
    with warnings.catch_warnings(action="error"):
        bounds = bounds_of(*tables({"B0": {"C16": 10**6}, "B1": {"C16": 10**7}}), raw).set_index(["region", "code"])
    assert bounds.loc[("全国", "C16"), ["lo", "low"]].tolist() == [1_450_000, 1_450_000]


def test_a_feature_is_measured_among_the_bases_that_chose_it():
    reported = {f"B{place}": {"L1": 10 * place} for place in range(5)} | {"B5": {}, "B6": {"C04": 3}}
    points = score_points(*tables(reported), SCHEME)
    live = points[points.code == "L1"]
    assert live.base_id.tolist() == [f"B{place}" for place in range(5)]
    assert live.normalised.tolist() == pytest.approx([0, 8 / 36, 18 / 36, 28 / 36, 1])
    assert points[points.base_id == "B5"].code.tolist() == list(GENERAL)


def test_points_hold_every_general_field_and_every_field_of_a_chosen_feature():
    reported = {"B0": {"C04": 3, "I2": 1, "S1": 4.5}, "B1": {}}
    values, _, bases = tables(reported)
    answered = pd.DataFrame({"base_id": ["B0", "B0", "B0", "B1"], "code": ["C04", "I2", "S1", "L2"]})
    points = score_points(values, answered, bases, SCHEME)
    first, second = (points[points.base_id == base].set_index("code") for base in ("B0", "B1"))
    assert first.index.tolist() == [*GENERAL, "I1", "I2", "I3", "I4", "S1", "S2", "S3", "S4"]
    assert first.max_points[["I1", "S4"]].tolist() == [20 / 4 / 2] * 2
    assert first.max_points[["C01", "C10a", "C10b", "C09", "C18"]].tolist() == pytest.approx(
        [80 / 12, 80 / 54, 80 / 54, 80 / 27, 80 / 15]
    )
    assert math.isnan(first.value["I1"]) and first.points["I1"] == 0
    # An answer that could not be read chooses its feature, although it has no value.
    assert second.index.tolist() == [*GENERAL, "L1", "L2", "L3", "L4"]
    assert second.max_points["L2"] == 5 and second.points.sum() == 0
    scores = score_bases(points, values, bases, SCHEME).set_index("base_id")
    assert scores.features.tolist() == ["I;S", "L"]
    assert scores.missing.tolist() == [19 - 1 + 8 - 2, 19 + 4]


def test_the_special_part_is_the_mean_over_the_features_chosen():
    both = scored({"B0": {"L3": 1, "L4": 1, "I3": 1}, "B1": {"L3": 1, "L4": 1}, "B2": {}})
    assert both.special.tolist() == pytest.approx([20 * (2 / 4 + 1 / 4) / 2, 20 * 2 / 4, 0])
    assert (both.general + both.special).tolist() == both.total.tolist()


def by_total(totals, kinds=None, regions=None, gated=None, scheme=SCHEME):
    n = len(totals)
    kinds = kinds or ["示范基地"] * n
    bases = pd.DataFrame({"region": regions or ["东"] * n, "kind": kinds})
    gated = np.zeros(n, bool) if gated is None else np.array(gated)
    return standing(np.array(totals, float), peers_of(bases), gated, scheme)


@pytest.mark.parametrize("n", range(1, 101))
def test_tier_cuts_are_exact(n):
    tier = by_total(range(n)).tier
    # ⌈0.30 n⌉ in whole numbers: 0.1 * 30 or 0.3 * 10 in floating point would tip over
    assert (tier == 0).sum() == (30 * n + 99) // 100
    assert (tier <= 1).sum() == (80 * n + 99) // 100


@pytest.mark.parametrize(
    "share, n, first", [(0.1, 30, 3), (0.7, 10, 7), (0.07, 100, 7), (0.14, 50, 7), (0.29, 100, 29)]
)
def test_other_cuts_are_exact_too(share, n, first):
    scheme = schemes.parse(DEFAULT.replace("[0.30, 0.80]", f"[{share}, 0.95]"))
    assert (by_total(range(n), scheme=scheme).tier == 0).sum() == first


@pytest.mark.parametrize(
    "totals, ranks",
    [
        ([50, 60, 60, 40], [3, 1, 1, 4]),
        ([50.0000001, 50.0000002], [1, 1]),  # alike after rounding to 6 decimals
        ([50.000001, 50.000002], [2, 1]),
        ([0.1 + 0.2, 0.3], [1, 1]),
    ],
)
def test_equal_totals_share_the_better_rank(totals, ranks):
    assert by_total(totals).rank.tolist() == ranks


def test_ties_at_a_cut_are_all_in():
    assert by_total([9, 8, 7, 7, 7, 6, 5, 4, 3, 2]).tier.tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 2, 2]


def test_rank_in_kind_counts_only_the_same_kind_of_the_same_region():
    kinds = ["示范基地", "集聚区", "示范基地", "集聚区"]
    place = by_total([4, 3, 2, 1], kinds)
    assert place.rank.tolist() == [1, 2, 3, 4] and place.rank_in_kind.tolist() == [1, 1, 2, 2]
    apart = by_total([4, 3, 2, 1], kinds, ["东", "东", "西", "西"])
    assert apart.rank.tolist() == [1, 2, 1, 2] and apart.rank_in_kind.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "totals, kinds, last",
    [
        ([1, 2, 3, 4, 5], "示示示示示", [1, 1, 1, 0, 0]),
        ([1, 2, 3, 3, 5], "示示示示示", [1, 1, 1, 1, 0]),  # a tie at the third last: all in
        ([1, 1, 1, 1, 5], "示示示示示", [1, 1, 1, 1, 0]),
        ([1, 1, 3, 4, 5], "示示示示示", [1, 1, 1, 0, 0]),
        ([1, 2, 3], "示示示", [0, 0, 0]),  # three or fewer: none is flagged
        ([1, 2, 3, 4], "示示示集", [0, 0, 0, 0]),
        ([1, 2, 3, 4, 5], "集示示示示", [0, 1, 1, 1, 0]),  # clusters neither count nor are flagged
    ],
)
def test_bottom_three(totals, kinds, last):
    kinds = [{"示": "示范基地", "集": "集聚区"}[kind] for kind in kinds]
    assert by_total(totals, kinds).bottom_three.astype(int).tolist() == last


def test_bottom_three_by_region_and_over_the_country():
    regions = ["东"] * 4 + ["西"] * 3
    totals = [40, 50, 60, 70, 10, 20, 65]
    assert by_total(totals, regions=regions).bottom_three.tolist() == [True] * 3 + [False] * 4
    country = SCHEME.with_(bottom_scope="country")
    flagged = by_total(totals, regions=regions, scheme=country).bottom_three
    assert flagged.tolist() == [True, False, False, False, True, True, False]


@pytest.mark.parametrize("code", ["C10a", "C10b", "C11"])
def test_an_accident_or_a_violation_puts_a_base_in_the_last_tier(code):
    reported = {f"B{place}": {"C01": place > 3, "C02": place > 2, code: 0} for place in range(5)}
    reported["B4"][code] = 1
    scores = scored(reported)
    assert scores.gated.tolist() == [0, 0, 0, 0, 1]
    assert scores["rank"]["B4"] == 1 and scores.tier["B4"] == "成效初显"
    off = scored(reported, scheme=schemes.parse(DEFAULT.replace("on = true", "on = false")))
    assert off.gated.tolist() == [0] * 5 and off.tier["B4"] == "成效突出"


def test_a_round_without_bases_and_a_base_without_answers():
    values, answered, bases = tables({"B0": {"C04": 1}})
    nothing = score_points(values[:0], answered[:0], bases[:0], SCHEME)
    assert len(score_bases(nothing, values[:0], bases[:0], SCHEME)) == 0
    alone = scored({"B0": {}})
    assert alone.total.tolist() == [0] and alone["rank"].tolist() == [1] and alone.missing.tolist() == [19]
    assert alone.special.dtype == float  # written as 0.0 where nobody chose a feature too


def test_two_values_of_one_field_are_refused():
    values, answered, bases = tables({"B0": {"C04": 1}})
    with pytest.raises(ValueError, match="two values of C04 for B0"):
        score_points(pd.concat([values, values]), answered, bases, SCHEME)
    with pytest.raises(ValueError, match="base_id twice: B0"):
        score_points(values, answered, pd.concat([bases, bases]), SCHEME)


def test_every_scored_field_is_in_the_scheme_and_shares_add_up():
    assert set(SCHEME.rules) == set(SCORED) == {code for code, field in FIELDS.items() if field.scored}
    assert sum(SCHEME.share(code) for code in GENERAL) == pytest.approx(1)


@st.composite
def columns(draw):
    numbers = draw(
        st.lists(
            st.one_of(st.none(), st.sampled_from([0, 1, 2, 3, 7, 50]), st.integers(0, 10**6)), min_size=2, max_size=30
        )
    )
    return numbers, draw(st.integers(0, len(numbers) - 1)), draw(st.integers(1, 10**6))


METHODS = {
    "min_max": "",
    "percentile_rank": "",
    "z_score": "z_limit = 2.5\n",
    "efficacy": "floor = 0.6\n",
    "goalposts": "low = 5\nhigh = 900\n",
    "steps": "thresholds = [1, 100]\nmarks = [0.5, 1]\n",
}


def with_method(method):
    own = f'[normalise.C14]\nmethod = "{method}"\n{METHODS[method]}basis = "assumed"\nsource = "试"\n\n'
    return schemes.parse(DEFAULT.replace("[normalise.C11]", f"{own}[normalise.C11]"))


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40)
@given(column=columns())
def test_raising_a_good_value_never_lowers_the_base(method, column):
    """Holds although the raised value moves the bounds: docs/method.md says why, and for which methods."""
    numbers, place, more = column
    if numbers[place] is None:
        return
    scheme = with_method(method)
    before = normalised("C14", numbers, scheme)[f"B{place}"]
    raised = [number + more if at == place else number for at, number in enumerate(numbers)]
    assert normalised("C14", raised, scheme)[f"B{place}"] >= before - 1e-12


@settings(max_examples=40)
@given(column=columns(), factor=st.sampled_from([2, 10, 10_000]))
def test_the_unit_does_not_matter_under_percentile_rank(column, factor):
    numbers, scheme = column[0], with_method("percentile_rank")
    scaled = [None if number is None else number * factor for number in numbers]
    assert normalised("C14", scaled, scheme) == normalised("C14", numbers, scheme)


@settings(max_examples=25)
@given(order=st.permutations(range(12)), seed=st.integers(0, 1000))
def test_the_order_of_bases_and_rows_changes_nothing(order, seed):
    chance = np.random.default_rng(seed)
    reported = {
        f"B{place:02}": {
            code: float(chance.integers(0, 2)) if FIELDS[code].type == "yes_no" else float(chance.integers(0, 40))
            for code in SCORED
            if chance.random() < 0.9
        }
        for place in range(12)
    }
    about = {"region": {base: "东中西"[place % 3] for place, base in enumerate(reported)}}
    shuffled = {f"B{place:02}": reported[f"B{place:02}"] for place in order}
    one, other = scored(reported, **about), scored(shuffled, **about)
    pd.testing.assert_frame_equal(one, other.loc[one.index], check_exact=True)
