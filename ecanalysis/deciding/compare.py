"""Comparison of schemes, and the effective weights of one.

`compare_schemes` builds a round's grid once and normalises once for all schemes with the same normalisation; each
further scheme then costs only a small matrix product and a ranking.
"""

import numpy as np
import pandas as pd

from ecanalysis.deciding.what_if import variant
from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import MISSING_POLICY_NAMES
from ecanalysis.rounds.roster import WHO
from ecanalysis.scoring.aggregate import Panel, max_points, panel_of
from ecanalysis.scoring.normalise import grid_of
from ecanalysis.scoring.scheme import SCORED, Scheme, item_of, load, shipped
from ecanalysis.scoring.scores import goalposts_from
from ecanalysis.scoring.standing import DECIMALS, peers_of, standing


def compare_schemes(
    values: pd.DataFrame,
    answered: pd.DataFrame,
    bases: pd.DataFrame,
    schemes: dict[str, Scheme],
    bounds: dict[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Every base under every scheme.

    `values`, `answered`, `bases` as for `scores.score_points`; `schemes` by name; `bounds` by the same names, for
    schemes that take goalposts from another round. Returns scheme, base_id, name, region, kind, total, rank,
    rank_in_kind, tier, gated, bottom_three, in the order of the schemes and bases.
    """
    grid = grid_of(values, answered, bases)
    peers = peers_of(bases)
    alike: dict[tuple, Panel] = {}
    found = {key: [] for key in ("total", "rank", "rank_in_kind", "tier", "gated", "bottom_three")}
    for name, scheme in schemes.items():
        given = None if bounds is None else bounds.get(name)
        key = (tuple(scheme.rules.values()), tuple(scheme.minimum_answered.values()), id(given))
        if key not in alike:
            alike[key] = panel_of(grid, scheme, given)
        total = (alike[key].normalised * max_points(alike[key], scheme)).sum(axis=1)
        gates = grid.values[:, [SCORED.index(code) for code in scheme.gate_codes]] == 1
        gated = gates.any(axis=1) & scheme.gate
        place = standing(total, peers, gated, scheme)
        place = place._replace(tier=np.array(scheme.tier_names, object)[place.tier])
        for key, column in {"total": total, "gated": gated.astype(int), **place._asdict()}.items():
            found[key].append(column)
    about = {key: np.tile(bases[key].to_numpy(object), len(schemes)) for key in WHO}
    stacked = {key: np.concatenate(columns) for key, columns in found.items()}
    table = pd.DataFrame({"scheme": np.repeat(list(schemes), len(bases)), **about, **stacked})
    return table.astype({"bottom_three": int})


def alternatives(
    scheme: Scheme, rounds: dict[int, tuple]
) -> tuple[dict[str, Scheme], dict[str, pd.DataFrame | None], list[str]]:
    """Schemes to compare with one: itself first, its variants with other missing-value rules, and the shipped schemes.

    `rounds`: year -> (values, answered, bases) of the available rounds, for schemes with goalposts. Returns the schemes
    by title, their goalposts (or None), and the titles of schemes whose round is not available.
    """
    found, lacking = {scheme.title: scheme}, []
    for policy, words in MISSING_POLICY_NAMES.items():
        other = variant(scheme, missing=policy)
        if other.rules != scheme.rules:
            found[f"{scheme.title}，{words}"] = other
    for one in map(load, shipped().values()):
        found.setdefault(one.title, one)
    bounds: dict[str, pd.DataFrame | None] = {}
    for title, one in found.items():
        if set(one.from_rounds) <= set(rounds):
            bounds[title] = goalposts_from(rounds, one)
        else:
            lacking.append(title)
    return {title: one for title, one in found.items() if title in bounds}, bounds, lacking


def changes(compared: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """The changes for each base between two schemes in the result of `compare_schemes`, largest rank change first.

    Returns base_id, name, region, kind, then total, rank, tier, bottom_three under each (suffixes _first and _second),
    total_change, rank_change (positive: a better rank under the second).
    """
    about, what = WHO, ["total", "rank", "tier", "bottom_three"]
    one, other = (compared[compared["scheme"] == name].set_index(about)[what] for name in (first, second))
    table = one.add_suffix("_first").join(other.add_suffix("_second")).reset_index()
    table["total_change"] = table["total_second"] - table["total_first"]
    table["rank_change"] = table["rank_first"] - table["rank_second"]
    return table.sort_values("rank_change", key=abs, ascending=False, kind="stable").reset_index(drop=True)


def summary(compared: pd.DataFrame, reference: str) -> pd.DataFrame:
    """The differences of each scheme from the reference scheme, one row per scheme.

    Returns scheme, rank_correlation (mean of the regions' Spearman coefficients, weighted by number of bases),
    largest_rank_change, tier_changes, into_bottom_three, out_of_bottom_three (numbers of bases).
    """
    rows = []
    for name in pd.unique(compared["scheme"]):
        table = changes(compared, reference, name)
        correlations, sizes = [], []
        for _, part in table.groupby("region"):
            if part["rank_first"].nunique() > 1 and part["rank_second"].nunique() > 1:
                ranks = part[["total_first", "total_second"]].round(DECIMALS).rank()
                correlations.append(np.corrcoef(ranks.to_numpy().T)[0, 1])
                sizes.append(len(part))
        before, after = table["bottom_three_first"] == 1, table["bottom_three_second"] == 1
        rows.append(
            (
                name,
                np.average(correlations, weights=sizes) if sizes else np.nan,
                table["rank_change"].abs().max(),
                (table["tier_first"] != table["tier_second"]).sum(),
                (after & ~before).sum(),
                (before & ~after).sum(),
            )
        )
    whole = ["largest_rank_change", "tier_changes", "into_bottom_three", "out_of_bottom_three"]
    return pd.DataFrame(rows, columns=["scheme", "rank_correlation", *whole]).astype(dict.fromkeys(whole, int))


def effective_weights(points: pd.DataFrame, bases: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The effective weight of each item and feature in the ranking, beside its nominal weight.

    The effective weight is the item's share of the totals' variance within regions: the covariance of its points with
    the total, divided by the variance of the total, both centred on the region's mean. The shares add up to 1; an item
    below its nominal weight distinguishes bases less than intended (a negative one works against the others). Returns
    item (C10 for C10a and C10b; a letter for a feature), weight (share of the 100 points; for a feature the bases'
    average), effective, correlation (of the item's points with the total).
    """
    wide = _by_item(points, scheme)
    worth = _by_item(points.assign(points=points["max_points"]), scheme).mean()
    region = bases.set_index("base_id")["region"].reindex(wide.index)
    apart = (wide - wide.groupby(region).transform("mean")).to_numpy()
    total = apart.sum(axis=1)
    variance, spread = (total**2).sum(), np.sqrt((apart**2).sum(axis=0) * (total**2).sum())
    through = total @ apart
    full = scheme.general_points + scheme.special_points
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame(
            {
                "item": wide.columns,
                "weight": worth.to_numpy() / full,
                "effective": through / variance,
                "correlation": np.where(spread > 0, through / spread, np.nan),
            }
        )


def separation(points: pd.DataFrame, scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """What separates the best tier from the last: each item's mean points in both, over all regions.

    Returns item (as in `effective_weights`), best, last (mean points), difference, in the form's order. The differences
    add up to the difference of the two tiers' mean totals.
    """
    wide = _by_item(points, scheme)
    tier = scores.set_index("base_id")["tier"].reindex(wide.index)
    best, last = (wide[tier == scheme.tier_names[place]].mean() for place in (0, -1))
    return pd.DataFrame({"item": wide.columns, "best": best, "last": last, "difference": best - last}).reset_index(
        drop=True
    )


def _by_item(points: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Points of every base by item (C10 for C10a and C10b, a letter for a feature), 0 where it has none."""
    item = {code: item_of(code, scheme.fields) if FIELDS[code].group else FIELDS[code].feature for code in SCORED}
    keys = [points["base_id"], points["code"].map(item).rename("item")]
    wide = points["points"].groupby(keys).sum().unstack(fill_value=0.0)
    return wide[list(dict.fromkeys(item[code] for code in SCORED if item[code] in wide.columns))]


def redundant(points: pd.DataFrame, at_least: float = 0.7) -> pd.DataFrame:
    """Pairs of redundant fields, by the rank correlation of their normalised values.

    Over the bases with both values; as normalised values are relative to the region, regions are pooled. Returns code,
    other, n, correlation, strongest first, for pairs with at least 10 bases and an absolute correlation of at least
    `at_least`. Fields without variation are left out.
    """
    known = points[points["value"].notna()]
    wide = known.pivot(index="base_id", columns="code", values="normalised").reindex(columns=list(SCORED))
    wide = wide.loc[:, wide.nunique() > 1]
    matrix = wide.corr("spearman", min_periods=10).to_numpy()
    present = wide.notna().to_numpy().astype(int)
    first, second = np.nonzero(np.triu(np.abs(np.nan_to_num(matrix)) >= at_least, 1))
    table = pd.DataFrame(
        {
            "code": wide.columns[first],
            "other": wide.columns[second],
            "n": (present.T @ present)[first, second],
            "correlation": matrix[first, second],
        }
    )
    return table.sort_values("correlation", key=abs, ascending=False, kind="stable").reset_index(drop=True)
