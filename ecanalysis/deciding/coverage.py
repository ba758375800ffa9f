"""The reliability of one round's scores: missing values, assumptions, margins at the cut-offs, extreme values.

Nothing here changes the scores.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ecanalysis.deciding.distance import to_threshold
from ecanalysis.deciding.what_if import variant
from ecanalysis.form.fields import FIELDS, GATES, IN_FORM
from ecanalysis.form.words import COUNTRY, DEMONSTRATION, REGIONS
from ecanalysis.scoring.aggregate import max_points, panel_of
from ecanalysis.scoring.normalise import grid_of, in_play, normalised
from ecanalysis.scoring.scheme import SCORED, SPECIAL, Scheme
from ecanalysis.scoring.scores import FIXED, grid_totals
from ecanalysis.scoring.standing import DECIMALS, tier_places, too_few


def completeness(
    values: pd.DataFrame, answered: pd.DataFrame, bases: pd.DataFrame, scheme: Scheme, bounds=None
) -> pd.DataFrame:
    """Each base's total with missing values treated as the scheme says, and with their weight redistributed.

    Takes what `scores.score_points` takes. Returns base_id, total, answered_points (maximum points of the fields with a
    value), total_without_missing (the missing fields' points redistributed within their group or feature), difference.
    """
    grid = grid_of(values, answered, bases)
    total = grid_totals(grid, scheme, bounds)
    zero = variant(scheme, missing="zero")
    worth = max_points(panel_of(grid, zero, bounds), zero)
    without = grid_totals(grid, variant(scheme, missing="reweight"), bounds)
    return pd.DataFrame(
        {
            "base_id": bases["base_id"].array,
            "total": total,
            "answered_points": (worth * ~np.isnan(grid.values)).sum(axis=1),
            "total_without_missing": without,
            "difference": without - total,
        }
    )


def rests_on(points: pd.DataFrame, bases: pd.DataFrame, bounds: pd.DataFrame) -> pd.DataFrame:
    """Each base's total by the assumptions it depends on; `stated` to `imputed` add up to the total.

    Returns base_id, stated (points from answers used as they are or against fixed bounds: only the weights are
    assumptions), compared (points from comparison within the region: weights and normalisation are assumptions),
    country (the same for the whole country, where the region is too small), no_spread (points that all bases of the
    reference set have), imputed (points for missing values), total, lost_to_missing.
    """
    here = bases.set_index("base_id")["region"].rename("region")
    known = bounds[["region", "code", "reference", "spread"]]
    table = points.join(here, on="base_id").merge(known, on=["region", "code"], how="left")
    missing = table["value"].isna()
    fixed = table["reference"] == FIXED
    kind = np.select(
        [missing, fixed, ~table["spread"].eq(True), table["reference"].str.endswith(COUNTRY).fillna(False)],
        ["imputed", "stated", "no_spread", "country"],
        "compared",
    )
    kinds = ["stated", "compared", "country", "no_spread", "imputed"]
    sums = (
        table.groupby(["base_id", kind])["points"].sum().unstack(fill_value=0.0).reindex(columns=kinds, fill_value=0.0)
    )
    lost = (table["max_points"] - table["points"]).where(missing, 0.0).groupby(table["base_id"]).sum()
    sums = sums.assign(total=sums.sum(axis=1), lost_to_missing=lost)
    return sums.reindex(bases["base_id"]).rename_axis("base_id").reset_index().rename_axis(columns=None)


def no_difference(points: pd.DataFrame, bases: pd.DataFrame, share: float = 0.95) -> pd.DataFrame:
    """Fields in which at least `share` of a region's bases have the same score, so that they hardly affect its ranking.

    Returns region, code, n (bases for which the field counts), value (the most frequent normalised value), share.
    """
    table = points.merge(bases[["base_id", "region"]], on="base_id")
    table = table.assign(u=table["normalised"].round(DECIMALS))
    counts = table.groupby(["region", "code"])["u"].value_counts(sort=True).rename("most").reset_index()
    n = table.groupby(["region", "code"]).size().rename("n")
    first = counts.drop_duplicates(["region", "code"]).join(n, on=["region", "code"])
    first = first.assign(share=first["most"] / first["n"]).rename(columns={"u": "value"})
    found = first[(first["share"] >= share) & (first["n"] > 1)]
    found = found.assign(order=found["code"].map(IN_FORM)).sort_values(["region", "order"], ignore_index=True)
    return found[["region", "code", "n", "value", "share"]]


def extremes(
    values: pd.DataFrame,
    answered: pd.DataFrame,
    bases: pd.DataFrame,
    scheme: Scheme,
    bounds=None,
    smallest: float = 0.2,
) -> pd.DataFrame:
    """The effect of the single largest value of a field on the other bases of its region.

    Takes what `scores.score_points` takes. The largest value of every field is removed and the others are rescored.
    Returns region, code, n, base_id (whose value it is), value, next_value, largest_change (the largest gain or loss of
    another base in points), bases_moved (by 0.1 points or more); only if largest_change is at least `smallest` points,
    largest first.
    """
    grid = grid_of(values, answered, bases)
    numeric = [column for column, code in enumerate(SCORED) if FIELDS[code].numeric]
    play, ids = in_play(grid, scheme), bases["base_id"].to_numpy(object)
    panel, mean = panel_of(grid, scheme, bounds), scheme.with_(combine="mean")
    u, most = panel.normalised, max_points(panel, mean)
    found = []
    for place, region in enumerate(grid.regions):
        mine = np.flatnonzero(grid.region == place)
        known = np.where(play[mine], grid.values[mine], -np.inf)
        known = np.where(np.isnan(known), -np.inf, known)
        top = mine[known.argmax(axis=0)]
        tried = grid.values.copy()
        tried[top, np.arange(len(SCORED))] = np.nan
        moved = normalised(replace(grid, values=tried), scheme, bounds)
        for column in numeric:
            n = int(np.isfinite(known[:, column]).sum())
            if n < 2:
                continue
            others = mine[(mine != top[column]) & np.isfinite(known[:, column])]
            change = (moved[others, column] - u[others, column]) * most[others, column]
            widest = change[np.abs(change).argmax()]
            value, following = grid.values[top[column], column], np.max(grid.values[others, column])
            found.append(
                (region, SCORED[column], n, ids[top[column]], value, following, widest, int((abs(change) >= 0.1).sum()))
            )
    names = ["region", "code", "n", "base_id", "value", "next_value", "largest_change", "bases_moved"]
    table = pd.DataFrame(found, columns=names)
    table = table[table["largest_change"].abs() >= smallest]
    return table.sort_values("largest_change", key=abs, ascending=False, kind="stable").reset_index(drop=True)


def margins(scores: pd.DataFrame, points: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The distance of each base from the cut-offs, and the single fields whose points exceed it.

    Returns base_id, tier, to_better (points to the next better tier; NaN in the best tier and for gated bases),
    to_worse (points a base can lose before falling to the next tier; NaN in the last), to_bottom (demonstration bases:
    the margin of `distance.to_threshold`; NaN where there is no bottom three), could_lift and could_drop (codes, joined
    by ";", whose lost points exceed to_better, or whose points exceed to_worse).
    """
    total = scores["total"].round(DECIMALS).to_numpy()
    region = scores["region"].to_numpy(object)
    better, worse = (np.full(len(scores), np.nan) for _ in range(2))
    for name in pd.unique(region):
        mine = np.flatnonzero(region == name)
        better[mine], worse[mine] = _to_cuts(total[mine], scheme)
    gated = scores["gated"].to_numpy() == 1
    better[gated], worse[gated] = np.nan, np.nan
    table = scores[["base_id", "tier"]].assign(to_better=better, to_worse=worse)
    table["to_bottom"] = table["base_id"].map(to_threshold(scores, scheme).set_index("base_id")["margin"])
    each = points.merge(table[["base_id", "to_better", "to_worse"]], on="base_id")
    lift = each[each["max_points"] - each["points"] >= each["to_better"]].groupby("base_id")["code"].agg(";".join)
    drop = each[each["points"] > each["to_worse"]].groupby("base_id")["code"].agg(";".join)
    lifts, drops = ([named.get(base, "") for base in table["base_id"]] for named in (lift, drop))
    return table.assign(could_lift=pd.array(lifts, "str"), could_drop=pd.array(drops, "str"))


def _to_cuts(total: np.ndarray, scheme: Scheme) -> tuple[np.ndarray, np.ndarray]:
    """Points up to the next better tier, and down to the next worse one, within one region."""
    n = len(total)
    ordered = np.sort(total)[::-1]
    better, worse = np.full(n, np.nan), np.full(n, np.nan)
    for cut, last in zip(scheme.tier_cuts, tier_places(n, scheme)):
        if scheme.tier_by == "score":
            inside, needed = total >= cut, np.full(n, cut)
        else:
            inside = total >= ordered[last - 1]
            # A base inside a tier competes with the others: without it, the next one would take the last place.
            needed = np.where(inside, ordered[last] if last < n else np.nan, ordered[last - 1])
        # From the best tier down: the last cut a base misses is the one above it, the first it makes the one below.
        better = np.where(~inside, needed - total, better)
        worse = np.where(inside & np.isnan(worse), total - needed, worse)
    return better, worse


def best_feature_only(points: pd.DataFrame, scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The special score if a base had reported only its best feature (若仅报最优特色).

    Returns base_id, features, special, best_feature, special_best, gain, for bases with two or more features. Features
    are not renormalised: the base's other features stay in the reference sets.
    """
    special = points[points["code"].isin(SPECIAL)]
    each = (
        special.assign(feature=special["code"].str[0]).groupby(["base_id", "feature"])[["points", "max_points"]].sum()
    )
    each = (each["points"] / each["max_points"].where(each["max_points"] > 0) * scheme.special_points).rename(
        "special_best"
    )
    best = each.fillna(0.0).reset_index().sort_values("special_best", ascending=False, kind="stable")
    best = best.drop_duplicates("base_id").rename(columns={"feature": "best_feature"})
    several = scores.loc[scores["features"].str.contains(";"), ["base_id", "features", "special"]]
    table = several.merge(best, on="base_id")
    return table.assign(gain=table["special_best"] - table["special"])


def unanswered_gates(values: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    """Bases without a value for C10 or C11, which must be completed (必须补正): base_id, codes."""
    known = set(zip(values["base_id"], values["code"]))
    lacking = [(base, ";".join(code for code in GATES if (base, code) not in known)) for base in bases["base_id"]]
    return pd.DataFrame([row for row in lacking if row[1]], columns=["base_id", "codes"])


def without_bottom(scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Regions without a bottom three because too few demonstration bases are scored: region, n (number scored).

    The region is 全国 if the scheme determines the bottom three over the whole country.
    """
    titled = scores[scores["kind"] == DEMONSTRATION]
    if scheme.bottom_scope == "country":
        sizes = pd.Series({COUNTRY: len(titled)})
    else:
        sizes = titled.groupby("region").size().reindex(REGIONS, fill_value=0)
    return sizes[too_few(sizes, scheme.bottom_count)].rename_axis("region").reset_index(name="n")


def example(scores: pd.DataFrame, margins: pd.DataFrame, scheme: Scheme) -> str | None:
    """The base_id of an instructive example: the base of the last tier, not gated, that is closest to the next tier.

    If there is none, the base with the lowest total; None if no base is scored.
    """
    last = margins[(margins["tier"] == scheme.tier_names[-1]) & margins["to_better"].notna()]
    ordered = last.sort_values(["to_better", "base_id"]) if len(last) else scores.sort_values(["total", "base_id"])
    return ordered["base_id"].iloc[0] if len(ordered) else None
