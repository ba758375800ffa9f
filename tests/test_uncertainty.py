"""Drawn weights: held against the scorer itself, draw by draw, and against laws that are known exactly."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from invented import invented_rounds, score

from ecanalysis.deciding import uncertainty
from ecanalysis.form.fields import FEATURES, GROUPS
from ecanalysis.scoring import aggregate, scheme
from ecanalysis.scoring.aggregate import Panel, totals
from ecanalysis.scoring.scheme import SCORED

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
    return one.panel, one.scores


@pytest.mark.parametrize("chosen", SCHEMES.values(), ids=SCHEMES)
def test_every_draw_is_what_the_scorer_would_give(submitted, chosen):
    """Each draw's weights, written into the scheme and scored in the ordinary way, give the same counts."""
    panel, table = scored(submitted, chosen)
    drawn = uncertainty.draw_ranks(panel, table, chosen, draws=12, seed=3)
    weights = uncertainty.draw_weights(chosen, 12, 3)
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
    panel, table = scored(submitted, DEFAULT)
    drawn = uncertainty.draw_ranks(panel, table, DEFAULT, draws=500)
    assert list(drawn) == uncertainty.COLUMNS
    assert drawn.base_id.tolist() == table.base_id.tolist()
    np.testing.assert_allclose(drawn[["p_tier1", "p_tier2", "p_tier3"]].sum(axis=1), 1)
    assert (drawn.p_bottom_three[table.kind == "集聚区"] == 0).all()
    assert (drawn.p_tier3[table.gated == 1] == 1).all() and table.gated.sum() > 0
    assert (drawn.rank_p05 <= drawn.rank_median).all() and (drawn.rank_median <= drawn.rank_p95).all()


def test_the_seed_alone_decides(submitted, monkeypatch):
    panel, table = scored(submitted, DEFAULT)
    first = uncertainty.draw_ranks(panel, table, DEFAULT, draws=700, seed=1)
    monkeypatch.setattr(uncertainty, "CELLS", 5_000)
    monkeypatch.setattr(uncertainty, "RANKS", 7_000)
    monkeypatch.setattr(aggregate, "SMALL_PRODUCT", 10**9)
    pd.testing.assert_frame_equal(first, uncertainty.draw_ranks(panel, table, DEFAULT, draws=700, seed=1))
    assert not first.equals(uncertainty.draw_ranks(panel, table, DEFAULT, draws=700, seed=2))


def test_another_random_generator_agrees_within_its_error(submitted):
    """Gamma variates of another generator, and a plain matrix product, give the same probabilities."""
    panel, table = scored(submitted, DEFAULT)
    random, number = np.random.Generator(np.random.MT19937(99)), 4000
    weights = {}
    for name, level in {"groups": DEFAULT.groups, **DEFAULT.items}.items():
        gamma = random.gamma(50 * len(level) * np.array(list(level.values())), size=(number, len(level)))
        weights[name] = gamma / gamma.sum(axis=1, keepdims=True)
    drawn = totals(panel, uncertainty.drawn_shares(weights, DEFAULT), DEFAULT).round(6)
    ours = uncertainty.draw_ranks(panel, table, DEFAULT)
    open_cases = 0
    for region in ("东", "中", "西"):
        rivals = table.index[(table.region == region) & (table.kind == "示范基地")]
        below = (drawn[:, rivals][:, None, :] < drawn[:, rivals][:, :, None]).sum(axis=2)
        theirs, mine = (below < 3).mean(axis=0), ours.p_bottom_three[rivals]
        error = np.hypot(uncertainty.monte_carlo_error(mine, 10_000), uncertainty.monte_carlo_error(theirs, number))
        assert (np.abs(theirs - mine) <= 4 * error + 1e-3).all()
        open_cases += ((mine > 0.02) & (mine < 0.98)).sum()
    assert open_cases > 0


def test_no_feature_no_base():
    one = Panel(np.ones((1, len(SCORED))), np.ones((1, len(SCORED)), bool), np.zeros((1, len(FEATURES)), bool))
    table = pd.DataFrame({"base_id": ["A"], "region": ["西"], "kind": ["示范基地"], "gated": [0]})
    drawn = uncertainty.draw_ranks(one, table, DEFAULT, draws=50).iloc[0]
    assert drawn[["p_bottom_three", "p_tier1", "rank_median"]].tolist() == [0, 1, 1]
    assert uncertainty.draw_ranks(one.take(np.zeros(0, int)), table.head(0), DEFAULT, draws=50).empty


def test_a_weight_of_zero_stays_zero():
    items = {**DEFAULT.items, "policy": {"C01": 0.0, "C02": 0.5, "C03": 0.25, "C04": 0.25}}
    drawn = uncertainty.draw_weights(DEFAULT.with_(items=items), 100, 1)
    assert (drawn["policy"][:, 0] == 0).all()
    np.testing.assert_allclose(drawn["policy"].sum(axis=1), 1)
    assert set(drawn) == {"groups", *GROUPS, *FEATURES}


def test_how_far_weights_stray_is_what_the_draws_do():
    spread = uncertainty.weight_spread(DEFAULT)
    drawn = uncertainty.draw_weights(DEFAULT, 20_000, 5)
    for row in spread.itertuples():
        level = DEFAULT.groups if row.part == "groups" else DEFAULT.items[row.part]
        weights = drawn[row.part][:, list(level).index(row.item)]
        assert np.mean(np.abs(weights / row.weight - 1) <= 0.25) == pytest.approx(row.within_quarter, abs=0.006)
        assert np.quantile(weights, 0.05) == pytest.approx(row.p05, rel=0.01)
    assert len(spread) == 3 + 18 + 16
    assert spread.within_quarter.between(0.93, 0.98).all()


def test_a_share_is_as_sure_as_its_number_of_draws():
    assert uncertainty.monte_carlo_error(0.9, 10_000) == pytest.approx(0.003)
    assert uncertainty.monte_carlo_error(pd.Series([0.0, 1.0]), 10).tolist() == [0.0, 0.0]
