"""How far each demonstration base is from the edge of the bottom three: in points, in weights, in single fields."""

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from ecanalysis.form import FEATURES, GROUPS
from ecanalysis.robustness import Panel, peers
from ecanalysis.scheme import SCORED, Scheme, item_of

LEAD = 0.001  # points by which a base must pass another under changed weights; far above a solver's tolerance


def margins(scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """How many points each demonstration base is above the first total that is not safe.

    Columns base_id,name,region,kind,total,passes,margin. A base is safe when three others are strictly below it;
    `passes` is the total it has to pass for that (the third smallest of the others, in its region or in the whole
    country as the scheme says) and `margin` = total - passes: above 0 it is safe, otherwise it lacks that many
    points, and a hair more. Missing where three bases or fewer are compared, as none is flagged there.
    """
    rows = scores.loc[scores.kind == "示范基地", ["base_id", "name", "region", "kind", "total"]].copy()
    rows["total"], rows["passes"] = rows.total.round(6), np.nan
    for _, group in rows.groupby("region" if scheme.bottom_scope == "region" else "kind"):
        if len(group) > scheme.bottom_count:
            ordered = np.sort(group.total.to_numpy())
            edge, beyond = ordered[scheme.bottom_count - 1], ordered[scheme.bottom_count]
            rows.loc[group.index, "passes"] = np.where(group.total <= edge, beyond, edge)
    return rows.assign(margin=(rows.total - rows.passes).round(6)).reset_index(drop=True)


def smallest_weight_change(panel: Panel, scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The smallest change of weights under which each flagged base would leave the bottom three.

    Columns base_id,change. The weight of an item is its share of the general part, or of its feature. `change` is the
    smallest share by which all weights together must be free to move (0.12: each by up to 12% of its value, the
    weights of a part still adding up to 1) for the base to pass the others, with a lead of 0.001 points. It is missing
    where no weights would do. The table is empty where the scheme is not linear in the weights, because it hands on
    the weight of missing fields or counts the best feature alone.
    """
    flagged = np.flatnonzero(scores.bottom_three == 1) if panel.linear else []
    if not len(flagged):
        return pd.DataFrame({"base_id": pd.Series(dtype="str"), "change": pd.Series(dtype=float)})
    items, weights, parts = _items(scheme)
    worth = (panel.quality * panel.worth) @ items.T
    _, rivals, _ = peers(panel.bases, scheme)
    changes = []
    for place in flagged:
        others = next(members[members != place] for members in rivals if place in members)
        changes.append(_smallest_freedom(worth[place] - worth[others], weights, parts, scheme.bottom_count))
    return pd.DataFrame({"base_id": scores.base_id.to_numpy()[flagged], "change": changes})


def _items(scheme: Scheme) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Items × fields (how an item is shared by its fields), each item's weight, and the part within which it is one."""
    rows, weights, parts = [], [], []
    for part in (*GROUPS, *FEATURES):
        for item, share in scheme.items[part].items():
            rows.append([_within(code, item, scheme) for code in SCORED])
            weights.append(scheme.groups.get(part, 1.0) * share)
            parts.append("general" if part in GROUPS else part)
    return np.array(rows), np.array(weights), np.array(parts)


def _within(code: str, item: str, scheme: Scheme) -> float:
    if item_of(code, scheme.fields) != item:
        return 0.0
    return scheme.fields[item][code] if item in scheme.fields else 1.0


def _smallest_freedom(lead: np.ndarray, weights: np.ndarray, parts: np.ndarray, count: int) -> float:
    """The smallest d so that some weights within ±d of theirs put the base ahead of `count` of its rivals.

    A mixed-integer linear programme: the weights, d, and for each rival whether it is passed. `lead` is rivals ×
    items, in points. NaN where there are no such weights.
    """
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
