"""What qualifies a score: each figure recomputed another way."""

import numpy as np
import pandas as pd
import pytest
from tidy_round import random_round, tables

from ecanalysis.deciding.coverage import (
    best_feature_only,
    completeness,
    example,
    extremes,
    margins,
    no_difference,
    rests_on,
    unanswered_gates,
    without_bottom,
)
from ecanalysis.scoring import scheme as schemes
from ecanalysis.scoring.scores import bounds_of, score_bases, score_points
from ecanalysis.scoring.standing import peers_of, standing

SCHEME = schemes.load()
DEFAULT = SCHEME.path.read_text("utf-8")
VALUES, ANSWERED, BASES = ROUND = random_round(40)
POINTS = score_points(*ROUND, SCHEME)
SCORES = score_bases(POINTS, VALUES, BASES, SCHEME)


def test_with_and_without_missing_values():
    table = completeness(*ROUND, SCHEME)
    other = score_points(*ROUND, schemes.parse(DEFAULT.replace('"zero"', '"reweight"')))
    assert table.total.to_numpy() == pytest.approx(SCORES.total.to_numpy())
    assert table.total_without_missing.to_numpy() == pytest.approx(
        other.groupby("base_id").points.sum()[table.base_id].to_numpy()
    )
    answered = POINTS[POINTS.value.notna()].groupby("base_id").max_points.sum()
    assert table.answered_points.to_numpy() == pytest.approx(answered[table.base_id].to_numpy())
    assert (table.difference >= -1e-9).all()


@pytest.mark.parametrize("policy", ["zero", "region_median"])
def test_what_a_total_rests_on_adds_up(policy):
    scheme = schemes.parse(DEFAULT.replace('"zero"', f'"{policy}"'))
    points = score_points(*ROUND, scheme)
    table = rests_on(points, BASES, bounds_of(*ROUND, scheme)).set_index("base_id")
    assert table.total.to_numpy() == pytest.approx(points.groupby("base_id").points.sum()[table.index].to_numpy())
    assert (table.imputed.sum() > 0) == (policy == "region_median")
    west = BASES.base_id[BASES.region == "西"]
    assert len(west) == 4 and (table.loc[west, "compared"] == 0).all() and (table.loc[west, "country"] > 0).all()
    yes_no = points[points.code.isin(["C01", "C10a"]) & points.value.notna()].groupby("base_id").points.sum()
    assert (table.stated >= yes_no.reindex(table.index).fillna(0) - 1e-9).all()


def test_no_difference_names_what_all_score_alike():
    values = VALUES.assign(value=VALUES.value.where(~((VALUES.code == "C12") & (VALUES.base_id != "B000")), 1.0))
    values = values[(values.code != "C12") | (values.base_id != "B000")]
    full = {base: 1.0 for base in BASES.base_id if base not in set(values[values.code == "C12"].base_id)}
    more = pd.DataFrame({"base_id": list(full), "code": "C12", "value": 1.0})
    points = score_points(pd.concat([values, more]), ANSWERED, BASES, SCHEME)
    found = no_difference(points, BASES, share=1.0).set_index(["region", "code"])
    assert found.loc[("东", "C12")].to_dict() == {"n": (BASES.region == "东").sum(), "value": 1.0, "share": 1.0}
    assert no_difference(points, BASES, share=0.5).shape[0] > len(found)


def test_one_extreme_value_in_a_small_group():
    reported = {f"B{place}": {"C06": number} for place, number in enumerate([1, 2, 3, 4, 5, 90])}
    found = extremes(*tables(reported), SCHEME).iloc[0]
    assert (found.region, found.code, found.n, found.base_id) == ("东", "C06", 6, "B5")
    assert (found.value, found.next_value) == (90, 5)
    worth = 80 / 27

    def u(numbers):
        lo, hi = np.quantile(numbers, [0.05, 0.95])
        return np.clip((np.array(numbers) - lo) / (hi - lo), 0, 1)

    change = (u([1, 2, 3, 4, 5]) - u([1, 2, 3, 4, 5, 90])[:5]) * worth
    assert found.largest_change == pytest.approx(change[np.abs(change).argmax()])
    assert found.bases_moved == (np.abs(change) >= 0.1).sum()


SCHEMES = {
    "default": SCHEME,
    "by score": schemes.parse(DEFAULT.replace('"rank_share"', '"score"').replace("[0.30, 0.80]", "[55, 40]")),
    "country": SCHEME.with_(bottom_scope="country"),
}


@pytest.mark.parametrize("name", SCHEMES)
def test_margins_are_what_it_takes(name):
    """Moving one base by its margin puts it exactly at the cut; a hair less or more does not."""
    scheme = SCHEMES[name]
    scores = score_bases(POINTS, VALUES, BASES, scheme)
    total = scores.total.round(6).to_numpy()
    gated = (scores.gated == 1).to_numpy()

    def moved(row, points):
        tried = total.copy()
        tried[row] += points
        return standing(tried, peers_of(scores), gated, scheme)

    table = margins(scores, POINTS, scheme)
    before = moved(0, 0.0)
    hair = 1e-5
    for row, margin in enumerate(table.itertuples()):
        tier, last = before.tier[row], before.bottom_three[row]
        if not np.isnan(margin.to_better):
            assert moved(row, margin.to_better).tier[row] == tier - 1
            assert moved(row, margin.to_better - hair).tier[row] == tier
        if not np.isnan(margin.to_worse):
            assert moved(row, -margin.to_worse).tier[row] == tier
            assert moved(row, -margin.to_worse - hair).tier[row] == tier + 1
        if not np.isnan(margin.to_bottom):
            assert last == (margin.to_bottom <= 0)
            assert moved(row, -margin.to_bottom).bottom_three[row]
            assert not moved(row, -margin.to_bottom + hair).bottom_three[row]
    ungated = table[scores.gated == 0]
    assert (ungated.to_better.isna() == (ungated.tier == "成效突出")).all()
    # Of the four in 西 all are within ⌈0.80 × 4⌉: by rank no one there can fall further.
    by_rank = (ungated.tier == "成效明显") & (scores.region == "西")[ungated.index] & (scheme.tier_by == "rank_share")
    floor = (ungated.tier == "成效初显") | by_rank
    assert ungated.to_worse.isna()[floor].all() and ungated.to_worse[~floor].notna().all()
    assert table[scores.gated == 1][["to_better", "to_worse"]].isna().all(axis=None) and gated.any()


def test_margins_name_the_fields_that_are_larger():
    table = margins(SCORES, POINTS, SCHEME).set_index("base_id")
    row = table[table.to_better.notna() & table.could_lift.ne("")].iloc[0]
    own = POINTS[POINTS.base_id == row.name]
    expected = own[(own.max_points - own.points) >= row.to_better].code
    assert row.could_lift == ";".join(expected)


def test_only_the_best_feature():
    table = best_feature_only(POINTS, SCORES, SCHEME).set_index("base_id")
    assert set(table.index) == set(SCORES.base_id[SCORES.features.str.contains(";")])
    best = score_points(*ROUND, schemes.parse(DEFAULT.replace('"mean"', '"best"')))
    special = best[~best.code.str.startswith("C")].groupby("base_id").points.sum()
    assert table.special_best.to_numpy() == pytest.approx(special[table.index].to_numpy())
    assert (table.gain >= -1e-9).all() and (table.gain == table.special_best - table.special).all()


def test_gates_left_unanswered():
    values, _, bases = tables({"B0": {"C10a": 0, "C10b": 0, "C11": 0}, "B1": {"C10a": 0, "C11": 1}, "B2": {}})
    table = unanswered_gates(values, bases)
    assert table.to_dict("list") == {"base_id": ["B1", "B2"], "codes": ["C10b", "C10a;C10b;C11"]}


def test_where_too_few_demonstration_bases_are_scored_nobody_is_in_the_bottom_three():
    few = random_round(20)
    scores = score_bases(score_points(*few, SCHEME), few[0], few[2], SCHEME)
    found = without_bottom(scores, SCHEME).set_index("region").n
    flagged = scores[scores.bottom_three == 1].region
    assert found["西"] == ((scores.region == "西") & (scores.kind == "示范基地")).sum() <= 3
    assert set(found.index) | set(flagged) == set("东中西") and not set(found.index) & set(flagged)
    assert without_bottom(scores, SCHEME.with_(bottom_scope="country")).empty
    assert without_bottom(scores.iloc[:0], SCHEME).n.tolist() == [0, 0, 0]


def test_the_base_to_explain_is_the_one_nearest_to_leaving_the_last_tier():
    table = margins(SCORES, POINTS, SCHEME)
    last = table[(table.tier == "成效初显") & table.to_better.notna()].set_index("base_id").to_better
    assert last[example(SCORES, table, SCHEME)] == last.min()
    alone = SCORES[SCORES.gated == 1]
    assert (
        example(alone, table[table.base_id.isin(alone.base_id)], SCHEME) == alone.sort_values("total").base_id.iloc[0]
    )
    assert example(SCORES.iloc[:0], table.iloc[:0], SCHEME) is None
