"""Schemes side by side; effective weights and redundant fields on rounds where the answer is known."""

import numpy as np
import pandas as pd
import pytest
from tidy_round import random_round, tables

from ecanalysis.deciding.compare import changes, compare_schemes, effective_weights, redundant, summary
from ecanalysis.scoring import scheme as schemes
from ecanalysis.scoring.scores import goalposts_from, score_bases, score_points

DEFAULT = schemes.load().path.read_text("utf-8")
ROUND = random_round(45, seed=5)
VARIANTS = {
    "default": schemes.load(),
    "weights": schemes.parse(DEFAULT.replace("out_of = 3\npolicy = 1", "out_of = 5\npolicy = 3")),
    "no log": schemes.parse(DEFAULT.replace('"log1p"', '"none"')),
    "ranks": schemes.parse(
        DEFAULT.replace('"min_max"\nlower_quantile = 0.05\nupper_quantile = 0.95', '"percentile_rank"')
    ),
    "reweighted": schemes.parse(DEFAULT.replace('"zero"', '"reweight"')),
    "country, no gate": schemes.parse(
        DEFAULT.replace('scope = "region"', 'scope = "country"').replace("on = true", "on = false")
    ),
    "best feature": schemes.parse(DEFAULT.replace('"mean"', '"best"')),
    "by score": schemes.parse(DEFAULT.replace('"rank_share"', '"score"').replace("[0.30, 0.80]", "[60, 40]")),
    "two answers": schemes.parse(DEFAULT.replace("minimum_answered = 1", "minimum_answered = 4")),
}


def test_comparing_gives_what_scoring_each_would():
    compared = compare_schemes(*ROUND, VARIANTS)
    for name, scheme in VARIANTS.items():
        alone = score_bases(score_points(*ROUND, scheme), ROUND[0], ROUND[2], scheme)
        part = compared[compared.scheme == name].reset_index(drop=True)
        assert part.total.to_numpy() == pytest.approx(alone.total.to_numpy(), abs=1e-9)
        for column in ("base_id", "rank", "rank_in_kind", "tier", "gated", "bottom_three"):
            assert part[column].tolist() == alone[column].tolist(), (name, column)


def test_comparing_takes_goalposts_for_the_schemes_that_need_them():
    fixed = schemes.parse(DEFAULT.replace('"min_max"', '"goalposts"\nfrom_round = 2025'))
    earlier = random_round(30, seed=9)
    bounds = goalposts_from({2025: earlier}, fixed)
    compared = compare_schemes(*ROUND, {"default": VARIANTS["default"], "fixed": fixed}, {"fixed": bounds})
    alone = score_points(*ROUND, fixed, bounds).groupby("base_id").points.sum()
    assert compared[compared.scheme == "fixed"].set_index("base_id").total.to_numpy() == pytest.approx(alone.to_numpy())
    # The rounds' own goalposts are those the default scheme sets anew.
    same = goalposts_from({2025: ROUND}, fixed)
    own = compare_schemes(*ROUND, {"fixed": fixed}, {"fixed": same})
    default = compared[compared.scheme == "default"]
    assert own.total.to_numpy() == pytest.approx(default.total.to_numpy(), abs=1e-12)


def test_changes_and_summary_count_the_same():
    compared = compare_schemes(*ROUND, VARIANTS)
    table = changes(compared, "default", "weights").set_index("base_id")
    one, other = (compared[compared.scheme == name].set_index("base_id") for name in ("default", "weights"))
    assert (table.rank_change == (one["rank"] - other["rank"])[table.index]).all()
    assert table.total_change.to_numpy() == pytest.approx((other.total - one.total)[table.index].to_numpy())
    row = summary(compared, "default").set_index("scheme").loc["weights"]
    assert row.tier_changes == (one.tier != other.tier).sum()
    assert row.into_bottom_three == ((other.bottom_three == 1) & (one.bottom_three == 0)).sum()
    assert row.out_of_bottom_three == ((other.bottom_three == 0) & (one.bottom_three == 1)).sum()
    assert row.largest_rank_change == table.rank_change.abs().max()
    same = summary(compared, "default").set_index("scheme").loc["default"]
    assert same.rank_correlation == pytest.approx(1) and same.tier_changes == 0
    by_region = [
        one[one.region == region].total.rank().corr(other[other.region == region].total.rank()) for region in "东中西"
    ]
    sizes = [(one.region == region).sum() for region in "东中西"]
    assert row.rank_correlation == pytest.approx(np.average(by_region, weights=sizes))


def test_effective_weights_add_up_and_an_item_all_share_has_none():
    values, answered, bases = random_round(60, seed=3)
    values = values.assign(value=values.value.where(values.code != "C12", 1.0))
    points = score_points(values[values.code != "C13"], answered, bases, VARIANTS["default"])
    points = points[points.base_id.isin(bases.base_id)]
    table = effective_weights(points, bases, VARIANTS["default"]).set_index("item")
    assert table.effective.sum() == pytest.approx(1)
    assert table.weight[table.index.str.startswith("C")].sum() == pytest.approx(0.8)
    assert table.weight.sum() == pytest.approx(1)
    assert table.weight["C10"] == pytest.approx(80 / 27 / 100)
    assert table.effective["C13"] == pytest.approx(0) and np.isnan(table.correlation["C13"])


def test_effective_weights_by_hand():
    """Two items only: C01 splits the bases evenly, C02 singles out one; variances 1/4 and 3/16 of equal worth."""
    reported = {f"B{place}": {"C01": place < 2, "C02": place == 0} for place in range(4)}
    values, answered, bases = tables(reported)
    points = score_points(values, answered, bases, VARIANTS["default"])
    table = effective_weights(points, bases, VARIANTS["default"]).set_index("item")
    # var C01 = 1/4, var C02 = 3/16, covariance = 1/8: shares (1/4 + 1/8) and (3/16 + 1/8) of 11/16
    assert table.effective[["C01", "C02"]].tolist() == pytest.approx([6 / 11, 5 / 11])


def test_redundant_finds_the_pair_that_says_the_same():
    values, answered, bases = random_round(60, seed=3, missing=0)
    copied = values[values.code == "C17"].assign(code="C16", value=lambda frame: frame.value * 7)
    values = pd.concat([values[values.code != "C16"], copied])
    points = score_points(values, answered, bases, VARIANTS["ranks"])
    first = redundant(points).iloc[0]
    assert (first.code, first.other, first.n) == ("C16", "C17", 60) and first.correlation == pytest.approx(1)
    assert len(redundant(points, at_least=1.01)) == 0


def test_comparisons_of_tiny_rounds_do_not_fail():
    round_ = tables({"B0": {"C01": 1}})
    compared = compare_schemes(*round_, VARIANTS)
    assert summary(compared, "default").rank_correlation.isna().all()
    points = score_points(*round_, VARIANTS["default"])
    assert effective_weights(points, round_[2], VARIANTS["default"]).effective.isna().all()
    assert len(redundant(points)) == 0
