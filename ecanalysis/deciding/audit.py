"""An audit of the scheme: what its groups measure, what drives the ranking, and which unintended incentives it sets.

For those who set the weights and for reviewers. Each function takes tables or an evaluation and returns a table.
Sources: OECD/JRC, Handbook on Constructing Composite Indicators (2008), steps 4 to 7; Saisana, Saltelli and Tarantola
(2005); Paruolo, Saisana and Saltelli (2013).
"""

import numpy as np
import pandas as pd

from ecanalysis.deciding.without import moved
from ecanalysis.form.fields import FIELDS, GROUPS
from ecanalysis.form.words import CLUSTER, DEMONSTRATION, REGIONS
from ecanalysis.rounds.roster import WHO
from ecanalysis.scoring.aggregate import totals
from ecanalysis.scoring.normalise import Grid, grid_of
from ecanalysis.scoring.scheme import SCORED, Scheme, item_of
from ecanalysis.scoring.scores import goalposts_from, grid_totals, score_round
from ecanalysis.scoring.standing import bottom_three, millionths, peers_of, ranks, standing

SMALLER = 10_000  # 亿元 -> 万元


def by_item(points: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The normalised value of each base (rows) in each item (C10: the mean of C10a and C10b); NaN if it has none."""
    known = points.assign(item=points.code.map({code: item_of(code, scheme.fields) for code in SCORED}))
    wide = known.groupby(["base_id", "item"]).normalised.mean().unstack()
    return wide.reindex(columns=list(dict.fromkeys(item_of(code, scheme.fields) for code in SCORED)))


def consistency(points: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The internal consistency of each group and feature (Cronbach's alpha): part, items, bases, alpha.

    Alpha of the normalised values is k/(k − 1) × (1 − Σ variances / variance of the sum), over the bases with the part.
    Items without variation are left out (`items` counts the others). Missing with fewer than two items or three bases,
    or if the sum does not vary.
    """
    wide, rows = by_item(points, scheme), []
    for part, inside in scheme.items.items():
        own = wide[list(inside)].dropna(how="all").fillna(0.0)
        own = own.loc[:, own.nunique() > 1]
        k, alpha = own.shape[1], np.nan
        together = own.sum(axis=1).var()
        if k >= 2 and len(own) >= 3 and together > 0:
            alpha = k / (k - 1) * (1 - own.var().sum() / together)
        rows.append((part, k, len(own), alpha))
    return pd.DataFrame(rows, columns=["part", "items", "bases", "alpha"])


def belonging(points: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Whether each general item correlates best with its own group: code, part, own, elsewhere, nearest.

    `own` is the correlation of its normalised value with the mean of the other items of its group, `elsewhere` the
    highest correlation with the mean of another group, which is `nearest`. Items without variation have no row.
    """
    wide = by_item(points, scheme).fillna(0.0)
    rows = []
    for part in GROUPS:
        for item in scheme.items[part]:
            if wide[item].nunique() < 2:
                continue
            rest = [other for other in scheme.items[part] if other != item]
            others = {name: _correlation(wide[item], wide[list(scheme.items[name])]) for name in GROUPS if name != part}
            nearest = max(others, key=others.get)
            rows.append((item, part, _correlation(wide[item], wide[rest]), others[nearest], nearest))
    return pd.DataFrame(rows, columns=["code", "part", "own", "elsewhere", "nearest"])


def components(points: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The principal components of the general items: component, eigenvalue, share, cumulative (shares of variance).

    Computed from the correlation matrix of the normalised values, without items that do not vary.
    """
    wide = by_item(points, scheme).fillna(0.0)[[item for part in GROUPS for item in scheme.items[part]]]
    wide = wide.loc[:, wide.nunique() > 1]
    values = np.zeros(0) if wide.shape[1] < 2 else np.linalg.eigvalsh(wide.corr().to_numpy())[::-1]
    share = values / values.sum() if len(values) else values
    number = np.arange(1, len(values) + 1)
    return pd.DataFrame({"component": number, "eigenvalue": values, "share": share, "cumulative": share.cumsum()})


def reversals(r) -> pd.DataFrame:
    """Rank reversals among the other bases if one base is left out and the round is rescored.

    Columns base_id, pairs (pairs of other bases of one region whose order is reversed), bases (number of bases in such
    pairs), enters, leaves (other bases that enter and leave the bottom three although the base was not in it; ids
    separated by ";"). Only bases with a reversal or such a change have a row; most pairs first.
    """
    grid, bounds = grid_of(*r.scored_tables), r.goalposts
    bases = r.scores.reset_index(drop=True)
    flagged, total = (bases.bottom_three == 1).to_numpy(), millionths(bases.total)
    region, ids = bases.region.to_numpy(object), bases.base_id.to_numpy(object)
    rows = []
    for place in range(len(bases)):
        keep = np.arange(len(bases)) != place
        part = Grid(grid.values[keep], grid.answered[keep], grid.region[keep], grid.regions)
        after = millionths(grid_totals(part, r.scheme, bounds))
        others = bases[keep]
        low = bottom_three(after, peers_of(others).contenders(r.scheme), r.scheme.bottom_count)
        before, now = _order(total[keep]), _order(after)
        turned = (before * now < 0) & (region[keep][:, None] == region[keep][None, :])
        # Taking the place of the base left out is no reversal.
        told = ("", "") if flagged[place] else moved(ids[keep], flagged[keep], low)
        if turned.any() or any(told):
            rows.append((ids[place], int(turned.sum()) // 2, int(turned.any(axis=1).sum()), *told))
    found = pd.DataFrame(rows, columns=["base_id", "pairs", "bases", "enters", "leaves"])
    return found.sort_values(["pairs", "base_id"], ascending=[False, True]).reset_index(drop=True)


def geometric(r) -> pd.DataFrame:
    """The effect of aggregating the three groups by a geometric mean instead of the scheme's arithmetic mean.

    Columns base_id, name, region, kind, rank, rank_geometric, bottom_three, bottom_three_geometric.
    """
    shares = r.scheme.shares[None]
    table = r.scores[[*WHO, "rank", "bottom_three"]].reset_index(drop=True)
    whole, peers = totals(r.panel, shares, r.scheme, "geometric")[0], peers_of(r.scores)
    there = standing(whole, peers, (r.scores.gated == 1).to_numpy(), r.scheme)
    return table.assign(rank_geometric=there.rank, bottom_three_geometric=there.bottom_three.astype(int))


def blank_gates(r) -> pd.DataFrame:
    """What a gated base would have gained by leaving the gate question blank.

    Columns base_id, name, total, tier, total_blank, tier_blank. All its answers 是 to gate questions are removed and
    the round is rescored.
    """
    values, answered, bases = r.scored_tables
    rows = []
    for base in r.scores[r.scores.gated == 1].itertuples():
        struck = (values.base_id == base.base_id) & values.code.isin(r.scheme.gate_codes) & (values.value == 1)
        scored = score_round((values[~struck], answered, bases), r.scheme, r.goalposts)
        there = scored[scored.base_id == base.base_id].iloc[0]
        rows.append((base.base_id, base.name, base.total, base.tier, there.total, there.tier))
    return pd.DataFrame(rows, columns=["base_id", "name", "total", "tier", "total_blank", "tier_blank"])


def hazard(scores: pd.DataFrame) -> pd.DataFrame:
    """The share of demonstration bases in the bottom three by region: region, bases, flagged, share."""
    titled = scores[scores.kind == DEMONSTRATION]
    counted = titled.groupby("region").bottom_three.agg(bases="size", flagged="sum").reindex(REGIONS).dropna()
    return counted.astype(int).assign(share=counted.flagged / counted.bases).reset_index()


def most_added(scores: pd.DataFrame, scheme: Scheme) -> int:
    """The largest number of clusters one round could propose for addition (without ties): the best of each region."""
    clusters = scores[scores.kind == CLUSTER].groupby("region").size()
    return int(clusters.clip(upper=scheme.best_count).sum())


def units(r) -> pd.DataFrame:
    """The effect of the unit on amounts normalised by log(1 + x): 万元 instead of 亿元.

    Columns code, ranks_moved (bases whose rank in the region changes), enters, leaves (the bottom three; ids separated
    by ";"). Each amount with a logarithm is multiplied by 10,000 by itself, and the round is rescored.
    """
    logged = [code for code in SCORED if FIELDS[code].type == "amount" and r.scheme.rules[code].transform == "log1p"]
    rows = []
    for code in logged:
        rounds = {}
        for year, (values, answered, bases) in r.scored_rounds.items():
            there = (values.code == code).to_numpy()
            rounds[year] = values.assign(value=values.value.where(~there, values.value * SMALLER)), answered, bases
        total = grid_totals(grid_of(*rounds[r.year]), r.scheme, goalposts_from(rounds, r.scheme))
        whole, peers = millionths(total), peers_of(r.scores)
        turned = int((ranks(whole, peers.regions) != r.scores["rank"].to_numpy()).sum())
        low = bottom_three(whole, peers.contenders(r.scheme), r.scheme.bottom_count)
        was, ids = (r.scores.bottom_three == 1).to_numpy(), r.scores.base_id.to_numpy(object)
        rows.append((code, turned, *moved(ids, was, low)))
    return pd.DataFrame(rows, columns=["code", "ranks_moved", "enters", "leaves"])


def _correlation(item: pd.Series, items: pd.DataFrame) -> float:
    other = items.mean(axis=1)
    return float(item.corr(other)) if other.nunique() > 1 else 0.0


def _order(total: np.ndarray) -> np.ndarray:
    """The sign of the difference of each pair of totals: 1, 0 or -1."""
    return np.sign(total[:, None] - total[None, :])
