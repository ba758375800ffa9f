"""How scores and values spread between and within regions, and the grid of provinces."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecanalysis.comparing import chance, regions
from ecanalysis.rounds.roster import PROVINCES
from ecanalysis.scoring import scheme
from ecanalysis.scoring.scores import score_bases, score_points

TIERS = ("成效突出", "成效明显", "成效初显")


def scored(*rows) -> pd.DataFrame:
    """A scores table from (province, kind, total, tier, gated, features)."""
    frame = pd.DataFrame(rows, columns=["province", "kind", "total", "tier", "gated", "features"])
    frame["base_id"] = [f"B{place}" for place in range(len(frame))]
    frame["region"] = frame.province.map(PROVINCES)
    return frame.assign(name=frame.base_id, general=frame.total * 0.8, special=frame.total * 0.2)


def test_the_grid_has_a_tile_for_each_of_the_34_provincial_units():
    assert len(regions.GRID) == 34 and len(set(regions.GRID.values())) == 34
    assert {"台湾", "香港", "澳门"} <= set(regions.GRID)
    assert set(PROVINCES) == set(regions.GRID) - {"台湾", "香港", "澳门"} | set(regions.LIES_IN)
    assert set(regions.LIES_IN.values()) <= set(regions.GRID)


# Neighbours on the ground that must be neighbours in the same direction on the grid: the second is north, or west.
SOUTH = "吉林黑龙江 辽宁吉林 河北北京 江苏山东 浙江江苏 福建浙江 湖南湖北 广东江西 海南广西 重庆陕西 云南四川 西藏新疆"
EAST = "天津北京 山西宁夏 河南陕西 安徽湖北 上海江苏 台湾福建 广东广西 山东河北 江西湖南 青海西藏 甘肃新疆 重庆四川"


@pytest.mark.parametrize("step, pairs", [((1, 0), SOUTH), ((0, 1), EAST)], ids=["south", "east"])
def test_neighbours_lie_where_they_lie(step, pairs):
    for place, other in ((pair[:2], pair[2:]) for pair in pairs.split()):
        row, column = regions.GRID[other]
        assert regions.GRID[place] == (row + step[0], column + step[1]), f"{place} beside {other}"


def test_tiles_count_cities_with_their_province_and_few_bases_have_no_share():
    scores = pd.DataFrame({"province": ["辽宁", "大连", "新疆生产建设兵团"] + ["山东"] * 16})
    scores["tier"] = ["甲", "乙", "甲"] + ["甲"] * 8 + ["乙"] * 8
    tiles = regions.tiles(scores, "甲").set_index("province")
    assert len(tiles) == 34
    assert tiles.loc["辽宁", ["bases", "of_tier"]].tolist() == [2, 1] and math.isnan(tiles.share["辽宁"])
    assert tiles.loc["新疆", ["bases", "of_tier"]].tolist() == [1, 1] and tiles.bases["西藏"] == 0
    assert tiles.loc["山东", ["bases", "of_tier", "share"]].tolist() == [16, 8, 0.5]


amounts = st.lists(st.integers(0, 10**6), min_size=1, max_size=30)


@given(amounts)
@settings(max_examples=80)
def test_gini_is_the_mean_difference_over_twice_the_mean(numbers):
    series = pd.Series(numbers, dtype=float)
    if not series.sum():
        assert math.isnan(regions.gini(series))
        return
    pairs = np.abs(np.subtract.outer(series.to_numpy(), series.to_numpy())).mean()
    assert regions.gini(series) == pytest.approx(pairs / (2 * series.mean()))
    assert regions.gini(series * 7) == pytest.approx(regions.gini(series)), "scale does not matter"
    assert regions.top_share(series) >= 0.1 - 1e-12


def test_gini_refuses_negative_values():
    with pytest.raises(ValueError, match="negative"):
        regions.gini(pd.Series([1.0, -1]))


@given(st.lists(st.tuples(st.sampled_from("东中西"), st.integers(-50, 50)), min_size=4, max_size=40))
@settings(max_examples=80)
def test_variance_between_and_within_makes_the_whole(rows):
    groups, values = pd.Series([row[0] for row in rows]), pd.Series([float(row[1]) for row in rows])
    share, chance = regions.between(values, groups)
    k, whole = groups.nunique(), ((values - values.mean()) ** 2).sum()
    if k < 2 or not whole:
        assert math.isnan(share)
        return
    within = sum(((part - part.mean()) ** 2).sum() for _, part in values.groupby(groups))
    assert share == pytest.approx(1 - within / whole) and -1e-12 <= share <= 1 + 1e-12
    assert chance == pytest.approx((k - 1) / (len(values) - 1))


def test_what_chance_alone_would_put_between_groups():
    rng = np.random.default_rng(20250101)
    groups = pd.Series(list("abcdefgh") * 5)
    found = [regions.between(pd.Series(rng.normal(size=40)), groups) for _ in range(400)]
    assert np.mean([share for share, _ in found]) == pytest.approx(found[0][1], abs=0.01)


def values_of(code, **answers) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [(f"{region}{place}", code, value) for region, some in answers.items() for place, value in enumerate(some)]
    values = pd.DataFrame(rows, columns=["base_id", "code", "value"])
    region = values.base_id.str[0]
    return values, pd.DataFrame({"base_id": values.base_id, "region": region, "province": region, "kind": "集聚区"})


def test_a_clear_lead_and_none():
    high = values_of("C06", 东=[5, 6, 7, 8, 9, 10, 11, 12], 西=[1, 2, 3, 4, 1, 2, 3, 4])
    lead = regions.leaders(*high).iloc[0]
    assert (lead.leader, lead.superiority, lead.clear) == ("东", 1.0, True)
    assert (lead.typical, lead.rest_typical, lead.n, lead.rest_n) == (8.5, 2.5, 8, 8)
    same = regions.leaders(*values_of("C06", 东=[1, 2, 3], 西=[1, 2, 3])).iloc[0]
    assert same.superiority == 0.5 and not same.clear
    assert not regions.leaders(*values_of("C06", 东=[2], 西=[1])).clear.any(), "two bases prove nothing"
    assert regions.leaders(*values_of("C06", 东=[2, 3])).empty, "one region alone leads nobody"


def shuffled_fields(fields=30, n=60, planted=0.0):
    """Answers to many fields without any difference between the regions, but for the first (`planted` higher in a)."""
    noise = np.random.default_rng(8)
    groups = pd.Series(noise.permutation(list("abc") * (n // 3)))
    answers = pd.DataFrame(noise.normal(size=(n, fields)))
    answers[0] += planted * (groups == "a")
    return answers.mask(noise.random((n, fields)) < 0.1), groups


@pytest.mark.parametrize("test", [chance.of_differences, chance.of_leads])
def test_among_many_fields_chance_alone_shows_nothing_and_a_difference_is_seen(test):
    answers, groups = shuffled_fields()
    assert test(answers, groups).min() > 0.05, "each by itself, one of 20 would be"
    found = test(*shuffled_fields(planted=2.0))
    assert found[0] < 0.05 and (found[1:] > 0.05).all()
    one_value, alone = answers.assign(**{"0": 1.0})[["0"]], groups.map(lambda _: "a")
    assert test(one_value, groups).isna().all() and test(answers, alone).isna().all()


def test_where_yes_is_bad_the_region_with_fewest_leads():
    lead = regions.leaders(*values_of("C11", 东=[1] * 8 + [0] * 2, 西=[0] * 10)).iloc[0]
    assert (lead.leader, lead.typical, lead.rest_typical, lead.clear) == ("西", 0.0, 0.8, True)


def test_typical_is_a_median_or_a_share_of_yes():
    values = pd.concat([values_of("C17", 东=[1, 2, 90])[0], values_of("C01", 东=[1, 0, 1])[0]])
    bases = values_of("C17", 东=[1, 2, 90])[1]
    table = regions.typical(values, bases, "region").set_index(["code", "group"])
    assert table.loc[("C17", "东"), "typical"] == 2 and table.loc[("C01", "全国"), "typical"] == pytest.approx(2 / 3)


def test_the_best_tenth_and_ties_with_its_last():
    rows = [("浙江", "示范基地", total, "成效明显", 0, "") for total in (90, 80, 80, *range(10, 27))]
    scores = scored(*rows, ("河南", "示范基地", 80, "成效明显", 0, ""))
    best = regions.best_bases(scores, "province").set_index("group")
    assert len(scores) == 21 and best.bases.to_dict() == {"浙江": 3, "河南": 1}
    assert best.loc["河南", "of_all"] == pytest.approx(1 / 21) and best.share.sum() == pytest.approx(1)


def test_features_and_tiers_are_counted_by_group():
    scores = scored(("浙江", "示范基地", 90, TIERS[0], 0, "I;L"), ("河南", "集聚区", 50, TIERS[1], 0, "L"),
                    ("河南", "集聚区", 10, TIERS[2], 0, ""))  # fmt: skip
    chosen = regions.feature_choice(scores, "region").set_index(["group", "feature"])
    assert chosen.loc[("全国", "L"), ["bases", "n"]].tolist() == [2, 3] and chosen.loc[("中", "L"), "share"] == 0.5
    tiers = regions.tier_composition(scores, "region", TIERS).set_index(["group", "tier"])
    assert tiers.loc[("中", TIERS[0]), "bases"] == 0 and tiers.loc[("全国", TIERS[1]), "share"] == pytest.approx(1 / 3)
    assert list(dict.fromkeys(tiers.index.get_level_values("group"))) == ["全国", "东", "中"]


def test_distance_to_the_next_tier_leaves_gated_bases_out():
    totals = [(90, TIERS[0], 0), (80, TIERS[0], 0), (70, TIERS[1], 0), (60, TIERS[1], 0), (85, TIERS[2], 1)]
    totals.append((20, TIERS[2], 0))
    rows = [("浙江", "示范基地", total, tier, gated, "") for total, tier, gated in totals]
    gaps = regions.next_tier(scored(*rows), TIERS)
    assert gaps[["tier", "next", "n", "typical", "threshold", "gap"]].values.tolist() == [
        [TIERS[1], TIERS[0], 2, 65, 80, 15], [TIERS[2], TIERS[1], 1, 20, 60, 40]]  # fmt: skip
    assert regions.next_tier(scored(*rows[:2]), TIERS).empty


def invented(seed: int, n: int = 60):
    """A small round of plain numbers, scored by the real scheme and the real scorer."""
    rng = np.random.default_rng(seed)
    places = rng.choice(list(PROVINCES), n)
    bases = pd.DataFrame({"base_id": [f"B{place:03d}" for place in range(n)], "province": places})
    bases = bases.assign(
        name=bases.base_id, region=bases.province.map(PROVINCES), kind=rng.choice(["示范基地", "集聚区"], n)
    )
    codes = [code for code in scheme.SCORED if code[0] in "CL"]
    rows = [(base, code, float(rng.integers(0, 2 if scheme.default().rules[code].method == "yes_no" else 90)))
            for base in bases.base_id for code in codes if rng.random() < 0.9]  # fmt: skip
    return pd.DataFrame(rows, columns=["base_id", "code", "value"]), bases


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_parts_of_the_distance_add_up_to_it(seed):
    values, bases = invented(seed)
    rules = scheme.default()
    points = score_points(values, values, bases, rules)
    scores = score_bases(points, values, bases, rules)
    items = regions.next_tier_items(scores, points, TIERS)
    means = scores[scores.gated == 0].groupby(["region", "tier"]).total.mean()
    for (region, tier, better), gap in items.groupby(["region", "tier", "next"]).gap.sum().items():
        assert gap == pytest.approx(means[region, better] - means[region, tier])
    assert len(items), "the made-up round has neighbouring tiers"


def test_one_yardstick_for_the_whole_country():
    values, bases = invented(4)
    rules = regions.nationwide(scheme.default())
    moved = bases.assign(region="东")
    one, other = (score_points(values, values, some, rules).points.sum() for some in (bases, moved))
    assert one == pytest.approx(other), "on the national yardstick it does not matter which region a base lies in"
    own = [score_points(values, values, some, scheme.default()).points.sum() for some in (bases, moved)]
    assert own[0] != pytest.approx(own[1]), "on the regional one it does"
