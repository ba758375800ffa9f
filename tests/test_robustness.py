"""Drawn weights: held against the scorer itself, draw by draw, and against laws that are known exactly."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import invented_rounds, score

from ecanalysis.deciding import robustness
from ecanalysis.form.fields import FEATURES, GROUPS
from ecanalysis.scoring import scheme

DEFAULT = scheme.load()


def with_missing(policy):
    return DEFAULT.with_(rules={code: replace(rule, missing=policy) for code, rule in DEFAULT.rules.items()})


SCHEMES = {
    "default": DEFAULT,
    "reweight": with_missing("reweight"),
    "region_median": with_missing("region_median"),
    "best feature": DEFAULT.with_(combine="best"),
    "bottom of the country": DEFAULT.with_(bottom_scope="country"),
    "tiers by score": DEFAULT.with_(tier_by="score", tier_cuts=(60.0, 40.0)),
    "no gate": DEFAULT.with_(gate=False),
}


@pytest.fixture(scope="module")
def submitted():
    return invented_rounds(DEFAULT)[2027]


def scored(submitted, chosen):
    one = score(submitted, chosen)
    return one.points, one.scores


@pytest.mark.parametrize("chosen", SCHEMES.values(), ids=SCHEMES)
def test_every_draw_is_what_the_scorer_would_give(submitted, chosen):
    """Each draw's weights, written into the scheme and scored in the ordinary way, give the same counts."""
    points, table = scored(submitted, chosen)
    drawn = robustness.draw_ranks(points, table, chosen, draws=12, seed=3)
    weights = robustness.draw_weights(chosen, 12, 3)
    seen = []
    for draw in range(12):
        items = {part: dict(zip(level, map(float, weights[part][draw]))) for part, level in chosen.items.items()}
        groups = dict(zip(GROUPS, map(float, weights["groups"][draw])))
        seen.append(scored(submitted, chosen.with_(groups=groups, items=items))[1])
    ranks = np.array([one["rank"] for one in seen])
    np.testing.assert_allclose(drawn.p_bottom_three, np.mean([one.bottom_three for one in seen], axis=0))
    for place, tier in enumerate(chosen.tier_names, start=1):
        np.testing.assert_allclose(drawn[f"p_tier{place}"], np.mean([one.tier == tier for one in seen], axis=0))
    for column, level in (("rank_p05", 0.05), ("rank_median", 0.5), ("rank_p95", 0.95)):
        np.testing.assert_allclose(drawn[column], np.quantile(ranks, level, axis=0))


def test_columns_order_and_bounds(submitted):
    points, table = scored(submitted, DEFAULT)
    drawn = robustness.draw_ranks(points, table, DEFAULT, draws=500)
    assert list(drawn) == robustness.COLUMNS
    assert drawn.base_id.tolist() == table.base_id.tolist()
    np.testing.assert_allclose(drawn[["p_tier1", "p_tier2", "p_tier3"]].sum(axis=1), 1)
    assert (drawn.p_bottom_three[table.kind == "集聚区"] == 0).all()
    assert (drawn.p_tier3[table.gated == 1] == 1).all() and table.gated.sum() > 0
    assert (drawn.rank_p05 <= drawn.rank_median).all() and (drawn.rank_median <= drawn.rank_p95).all()


def test_the_seed_alone_decides(submitted, monkeypatch):
    points, table = scored(submitted, DEFAULT)
    first = robustness.draw_ranks(points, table, DEFAULT, draws=700, seed=1)
    monkeypatch.setattr(robustness, "CELLS", 5_000)
    monkeypatch.setattr(robustness, "SMALL_PRODUCT", 10**9)
    pd.testing.assert_frame_equal(first, robustness.draw_ranks(points, table, DEFAULT, draws=700, seed=1))
    assert not first.equals(robustness.draw_ranks(points, table, DEFAULT, draws=700, seed=2))


def test_another_random_generator_agrees_within_its_error(submitted):
    """Gamma variates of another generator, and a plain matrix product, give the same probabilities."""
    points, table = scored(submitted, DEFAULT)
    random, number = np.random.Generator(np.random.MT19937(99)), 4000
    panel = robustness.panel_of(points, table, DEFAULT)
    weights = {}
    for name, level in {"groups": DEFAULT.groups, **DEFAULT.items}.items():
        gamma = random.gamma(50 * len(level) * np.array(list(level.values())), size=(number, len(level)))
        weights[name] = gamma / gamma.sum(axis=1, keepdims=True)
    totals = robustness.totals(panel, robustness.field_weights(weights, DEFAULT), DEFAULT).round(6)
    ours = robustness.draw_ranks(points, table, DEFAULT)
    open_cases = 0
    for region in ("东", "中", "西"):
        rivals = table.index[(table.region == region) & (table.kind == "示范基地")]
        below = (totals[:, rivals][:, None, :] < totals[:, rivals][:, :, None]).sum(axis=2)
        theirs, mine = (below < 3).mean(axis=0), ours.p_bottom_three[rivals]
        error = np.hypot(robustness.monte_carlo_error(mine, 10_000), robustness.monte_carlo_error(theirs, number))
        assert (np.abs(theirs - mine) <= 4 * error + 1e-3).all()
        open_cases += ((mine > 0.02) & (mine < 0.98)).sum()
    assert open_cases > 0


def test_no_feature_no_region_no_base():
    points = pd.DataFrame(
        {"base_id": ["A", "A"], "code": ["C01", "C04"], "value": [1.0, None], "normalised": [1.0, 0.0]}
    )
    table = pd.DataFrame({"base_id": ["A"], "region": ["西"], "kind": ["示范基地"], "gated": [0]})
    drawn = robustness.draw_ranks(points, table, DEFAULT, draws=50).iloc[0]
    assert drawn[["p_bottom_three", "p_tier1", "rank_median"]].tolist() == [0, 1, 1]
    assert robustness.draw_ranks(points.head(0), table.head(0), DEFAULT, draws=50).empty


def test_a_weight_of_zero_stays_zero():
    items = {**DEFAULT.items, "policy": {"C01": 0.0, "C02": 0.5, "C03": 0.25, "C04": 0.25}}
    drawn = robustness.draw_weights(DEFAULT.with_(items=items), 100, 1)
    assert (drawn["policy"][:, 0] == 0).all()
    np.testing.assert_allclose(drawn["policy"].sum(axis=1), 1)
    assert set(drawn) == {"groups", *GROUPS, *FEATURES}


def test_how_far_weights_stray_is_what_the_draws_do():
    spread = robustness.weight_spread(DEFAULT)
    drawn = robustness.draw_weights(DEFAULT, 20_000, 5)
    for row in spread.itertuples():
        level = DEFAULT.groups if row.part == "groups" else DEFAULT.items[row.part]
        weights = drawn[row.part][:, list(level).index(row.item)]
        assert np.mean(np.abs(weights / row.weight - 1) <= 0.25) == pytest.approx(row.within_quarter, abs=0.006)
        assert np.quantile(weights, 0.05) == pytest.approx(row.p05, rel=0.01)
    assert len(spread) == 3 + 18 + 16
    assert spread.within_quarter.between(0.93, 0.98).all()


def test_a_share_is_as_sure_as_its_number_of_draws():
    assert robustness.monte_carlo_error(0.9, 10_000) == pytest.approx(0.003)
    assert robustness.monte_carlo_error(pd.Series([0.0, 1.0]), 10).tolist() == [0.0, 0.0]


tables = st.integers(1, 6).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, 5), min_size=size, max_size=size), min_size=1, max_size=8)
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(tables)
def test_ranks_and_their_quantiles_are_counted_right(rows):
    micro = np.array(rows)
    ranks = 1 + (micro[:, None, :] > micro[:, :, None]).sum(axis=2)
    counts = robustness._count_ranks(micro)
    assert counts.tolist() == [[(column == rank + 1).sum() for rank in range(micro.shape[1])] for column in ranks.T]
    for level, quantile in zip((0.05, 0.5, 0.95), robustness._quantiles(counts, (0.05, 0.5, 0.95))):
        np.testing.assert_allclose(quantile, np.quantile(ranks, level, axis=0))
