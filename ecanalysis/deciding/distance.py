"""Distance to the threshold of the bottom three, for demonstration bases.

It is measured in points (`to_threshold`), weights (`smallest_weight_change`) and single fields
(`smallest_field_changes`).
"""

from dataclasses import replace
from math import ceil, floor

import numpy as np
import pandas as pd

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.form.words import DEMONSTRATION
from ecanalysis.rounds.roster import WHO
from ecanalysis.scoring.aggregate import Panel
from ecanalysis.scoring.normalise import grid_of, in_play
from ecanalysis.scoring.scheme import SCORED, Scheme, field_shares, item_of
from ecanalysis.scoring.scores import grid_totals
from ecanalysis.scoring.standing import MILLION, bottom_three, from_bottom, millionths, peers_of, to_pass

LEAD = 0.001  # points by which a base must pass another under changed weights; well above the solver's tolerance
STEP = {"count": 1.0, "yes_no": 1.0}  # search precision in the field's unit; 0.01 for other types


def to_threshold(scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The distance in points of each demonstration base from the total it must exceed to be out of the bottom three.

    Columns base_id,name,region,kind,total,passes,margin,from_bottom. `passes` is the third smallest total of the other
    demonstration bases in the region, or in the whole country if the scheme says so; `margin` = total - passes, above 0
    if the base is not in the bottom three. Both are missing where three bases or fewer are compared, as there is no
    bottom three. `from_bottom` is the place from the bottom, 1 for the lowest; ties share the lower place.
    """
    whole = millionths(scores["total"])
    contenders = peers_of(scores).contenders(scheme)
    passes = to_pass(whole, contenders, scheme.bottom_count)
    table = scores[WHO].assign(
        total=whole / MILLION,
        passes=passes / MILLION,
        margin=(whole - passes) / MILLION,
        from_bottom=from_bottom(whole, contenders),
    )
    return table[table["kind"] == DEMONSTRATION].reset_index(drop=True)


def both_rounds(scores: pd.DataFrame, previous: pd.DataFrame | None, scheme: Scheme) -> pd.DataFrame:
    """The places from the bottom in two rounds, for bases that have one in either.

    Columns base_id,from_bottom,margin,from_bottom_previous. `previous` are the scores of the previous round, None in a
    first round. Missing for a round in which the base was not scored or was not a demonstration base.
    """
    now = to_threshold(scores, scheme)[["base_id", "from_bottom", "margin"]]
    if previous is None:
        return now.assign(from_bottom_previous=np.nan)
    before = to_threshold(previous, scheme)[["base_id", "from_bottom"]]
    return now.merge(before, on="base_id", how="outer", suffixes=("", "_previous"))


def smallest_weight_change(panel: Panel, scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The smallest change of weights that takes each base out of the bottom three.

    Columns base_id,change. The weight of an item is its share of the general part, or of its feature. `change` is the
    smallest relative range within which all weights must be allowed to vary (0.12: each by up to 12% of its value, the
    weights of a part still adding up to 1) for the base to leave the bottom three with a lead of 0.001 points; missing
    if no weights achieve this. The table is empty if totals are not linear in the weights, because the scheme
    redistributes the weight of missing fields or counts only the best feature.
    """
    flagged = np.flatnonzero(scores.bottom_three == 1) if panel.in_proportion(scheme) else []
    if not len(flagged):
        return pd.DataFrame({"base_id": pd.Series(dtype="str"), "change": pd.Series(dtype=float)})
    items, weights, parts = _items(scheme)
    points = (panel.normalised * panel.full_points(scheme)) @ items.T
    contenders = peers_of(scores).contenders(scheme)
    changes = []
    for place in flagged:
        others = _others(place, contenders)
        changes.append(_smallest_freedom(points[place] - points[others], weights, parts, scheme.bottom_count))
    return pd.DataFrame({"base_id": scores.base_id.to_numpy()[flagged], "change": changes})


def smallest_field_changes(now, scheme: Scheme) -> pd.DataFrame:
    """For each base in the bottom three and each field, the value closest to the submitted one that takes it out.

    `now` is a round with `reported`, `answered`, `bases`, `scores` and `goalposts` (or None). The whole round is
    rescored for every value tried, bounds included. The search runs from the submitted value (if missing, the worst
    one) to the best value in the round. Columns base_id,code,value,needed (whole numbers for counts, to 0.01
    otherwise); a field that cannot do it alone has no row.
    """
    grid = grid_of(now.reported, now.answered, now.bases)
    play = in_play(grid, scheme)
    known = np.where(play, grid.values, np.nan)
    contenders = peers_of(now.scores).contenders(scheme)
    rows = []
    for place in np.flatnonzero(now.scores.bottom_three == 1):
        rivals = [members for members in contenders if place in members]
        for column in np.flatnonzero(play[place]):
            field, value = FIELDS[SCORED[column]], grid.values[place, column]
            worst, best = _range(known[:, column], scheme.rules[field.code])
            start = worst if np.isnan(value) else value
            step = STEP.get(field.type, 0.01)

            def lifts(tried: float, place=place, column=column, rivals=rivals) -> bool:
                changed = grid.values.copy()
                changed[place, column] = tried
                whole = millionths(grid_totals(replace(grid, values=changed), scheme, now.goalposts))
                return not bottom_three(whole, rivals, scheme.bottom_count)[place]

            if np.isnan(value) and not np.isnan(start) and lifts(start):  # any answer is enough
                rows.append((now.scores.base_id.iloc[place], field.code, value, start))
            elif not np.isnan(best) and start != best and lifts(best):
                rows.append((now.scores.base_id.iloc[place], field.code, value, _nearest(start, best, step, lifts)))
    return pd.DataFrame(rows, columns=["base_id", "code", "value", "needed"])


def _others(place: int, contenders: list[np.ndarray]) -> np.ndarray:
    return next(members[members != place] for members in contenders if place in members)


def _items(scheme: Scheme) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Items × fields (each item's shares by field), each item's weight, and the part it belongs to."""
    ones = {part: dict.fromkeys(items, 1.0) for part, items in scheme.items.items()}
    within = field_shares(dict.fromkeys(scheme.groups, 1.0), ones, scheme.fields)
    names = np.array([item for part in (*GROUPS, *FEATURES) for item in scheme.items[part]])
    rows = (names[:, None] == [item_of(code, scheme.fields) for code in SCORED]) * within
    weights = (rows > 0) @ scheme.shares
    parts = ["general" if part in GROUPS else part for part in (*GROUPS, *FEATURES) for _ in scheme.items[part]]
    return rows, weights, np.array(parts)


def _smallest_freedom(lead: np.ndarray, weights: np.ndarray, parts: np.ndarray, count: int) -> float:
    """The smallest d such that weights within ±d (relative) put the base ahead of `count` of its rivals.

    A mixed-integer linear programme in the weights, d, and for each rival whether it is passed. `lead` is rivals ×
    items, in points. NaN if there are no such weights.
    """
    from scipy import optimize, sparse  # slow to import

    rivals, items = lead.shape
    most = -np.minimum(lead, 0).max(axis=1, initial=0) + np.abs(lead).sum(axis=1) + LEAD
    # Columns: weights, d, passed.
    near = sparse.hstack([sparse.eye(items), -weights[:, None], sparse.csr_matrix((items, rivals))])
    far = sparse.hstack([-sparse.eye(items), -weights[:, None], sparse.csr_matrix((items, rivals))])
    ahead = sparse.hstack([sparse.csr_matrix(lead), sparse.csr_matrix((rivals, 1)), -sparse.diags(most)])
    whole = sparse.csr_matrix(np.pad((parts[:, None] == np.unique(parts)).T.astype(float), ((0, 0), (0, 1 + rivals))))
    enough = sparse.csr_matrix(np.r_[np.zeros(items + 1), np.ones(rivals)])
    rows = [
        optimize.LinearConstraint(near, -np.inf, weights),
        optimize.LinearConstraint(far, -np.inf, -weights),
        optimize.LinearConstraint(ahead, LEAD - most, np.inf),
        optimize.LinearConstraint(whole, 1, 1),
        optimize.LinearConstraint(enough, count, np.inf),
    ]
    wholes = np.r_[np.zeros(items + 1), np.ones(rivals)]
    bounds = optimize.Bounds(0, np.r_[np.ones(items), np.inf, np.ones(rivals)])
    goal = np.r_[np.zeros(items), 1.0, np.zeros(rivals)]
    found = optimize.milp(goal, integrality=wholes, bounds=bounds, constraints=rows)
    return float(found.x[items]) if found.success else np.nan


def _range(known: np.ndarray, rule) -> tuple[float, float]:
    """The worst and the best value of a field in the round (for yes/no: the two answers)."""
    if rule.method == "yes_no":
        low, high = 0.0, 1.0
    elif np.isnan(known).all():
        return np.nan, np.nan
    else:
        low, high = np.nanmin(known), np.nanmax(known)
    return (low, high) if rule.direction == "more" else (high, low)


def _nearest(start: float, best: float, step: float, lifts) -> float:
    """The first multiple of `step` from `start` towards `best` for which `lifts`, otherwise `best`, which does."""
    towards = 1 if best > start else -1
    first, last = floor(towards * start / step), ceil(towards * best / step)
    while last - first > 1:
        middle = (first + last) // 2
        if lifts(round(towards * middle * step, 2)):
            last = middle
        else:
            first = middle
    reached = round(towards * last * step, 2)
    return float(min(reached, best) if towards > 0 else max(reached, best))
