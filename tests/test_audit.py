"""The audit of the scheme, on rounds small enough to work out by hand and on the sample."""

import numpy as np
import pandas as pd
import pytest
from tidy_round import evaluated, random_round, tables

from ecanalysis.deciding import audit
from ecanalysis.scoring import scheme

SCHEME = scheme.load()


@pytest.fixture(scope="module")
def r():
    return evaluated(random_round(60, seed=3))


def points(rows):
    return pd.DataFrame(rows, columns=["base_id", "code", "normalised"])


def test_items_that_say_the_same_are_consistent_and_opposites_are_not():
    same = points([(b, code, u) for b, u in zip("ABCD", (0, 0.2, 0.7, 1)) for code in ("C01", "C02", "C03", "C04")])
    found = audit.consistency(same, SCHEME).set_index("part")
    assert found.alpha["policy"] == pytest.approx(1) and found["items"]["policy"] == 4
    assert np.isnan(found.alpha["service"])  # nothing there
    apart = same.assign(normalised=np.where(same.code == "C01", same.normalised, 1 - same.normalised))
    assert audit.consistency(apart, SCHEME).alpha[0] < found.alpha["policy"]
    by_hand = same.pivot(index="base_id", columns="code", values="normalised")
    alpha = 4 / 3 * (1 - by_hand.var().sum() / by_hand.sum(axis=1).var())
    assert found.alpha["policy"] == pytest.approx(alpha)


def test_an_item_that_goes_with_another_group_is_seen():
    level = dict(zip("ABCDE", (0, 0.3, 0.5, 0.8, 1)))
    other = dict(zip("ABCDE", (0.9, 0.1, 1, 0, 0.4)))
    groups = {**dict.fromkeys(("C01", "C02", "C03"), level), **dict.fromkeys(("C04", "C14", "C15"), other)}
    found = audit.belonging(points([(b, code, of[b]) for code, of in groups.items() for b in of]), SCHEME)
    strayed = found[found.elsewhere > found.own]
    assert "C04" in set(strayed.code) and strayed.set_index("code").nearest["C04"] == "influence"


def test_components_share_out_all_the_variance(r):
    found = audit.components(r.points, SCHEME)
    assert found.share.sum() == pytest.approx(1) and found.cumulative.iloc[-1] == pytest.approx(1)
    assert found.eigenvalue.is_monotonic_decreasing and len(found) <= 18
    assert audit.components(r.points.head(0), SCHEME).empty


def test_leaving_one_base_out_is_a_round_without_it(r):
    found = audit.reversals(r)
    assert len(found) and (found.pairs > 0).any() and not found.base_id.duplicated().any()
    worst = found.base_id.iloc[0]
    values, answered, bases = r.scored_tables
    other = evaluated((values, answered, bases[bases.base_id != worst].reset_index(drop=True)))
    now, before = (one.scores.set_index("base_id") for one in (other, r))
    pairs = 0
    for _, group in now.groupby("region"):
        for a in group.index:
            for b in group.index:
                pairs += a < b and (now.total[a] - now.total[b]) * (before.total[a] - before.total[b]) < -1e-9
    assert found.pairs.iloc[0] == pairs


def test_a_blank_gate_question_costs_nothing(r):
    found = audit.blank_gates(r)
    assert set(found.base_id) == set(r.scores.base_id[r.scores.gated == 1]) and len(found)
    assert set(found.tier) == {SCHEME.tier_names[-1]}
    assert (found.total_blank - found.total).abs().max() < 1e-9  # 是 brings no points, and neither does nothing


def test_hazards_and_places_are_counted(r):
    hazard = audit.hazard(r.scores)
    assert (hazard.share == hazard.flagged / hazard.bases).all() and set(hazard.region) <= set("东中西")
    assert audit.most_added(r.scores, SCHEME) <= 9


def test_the_unit_of_an_amount_matters_only_through_the_logarithm(r):
    assert audit.units(r).code.tolist() == ["A2", "S1"]
    plain = scheme.parse(SCHEME.path.read_text("utf-8").replace('transform = "log1p"', 'transform = "none"'))
    assert audit.units(evaluated(random_round(30), plain)).empty


def test_a_round_without_anybody_is_audited_too():
    nobody = evaluated(tables({}))
    for found in (audit.reversals(nobody), audit.blank_gates(nobody), audit.hazard(nobody.scores)):
        assert found.empty
