"""Uncertainty analysis: the effect of uncertain weights on ranks, tiers and the bottom three.

Weights are drawn around the scheme's from independent Dirichlet distributions (the groups; the items of each group; the
items of each feature). Normalised values stay fixed, and every draw is ranked by the scheme's rules. With a
concentration of 50 per item, a weight mostly stays within a quarter of its value; `weight_spread` says how often, and
wherever a probability is shown, this must be shown with it.

A round is given by its `panel` (`aggregate.panel_of`) and `scores` (`scores.score_bases`), rows in the same order.
Draws are processed in blocks, and a region's bases in parts, to bound the memory used.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from ecanalysis.form.words import DEMONSTRATION
from ecanalysis.rounds.schemas import TABLES
from ecanalysis.scoring.aggregate import PARTS, Panel, totals, weighing
from ecanalysis.scoring.scheme import Scheme, field_shares
from ecanalysis.scoring.standing import best, bottom_three, millionths, peers_of, ranked, tiers

COLUMNS = list(TABLES["robustness"].columns)
LEVELS = (0.05, 0.5, 0.95)
FEW = 16  # draws
CELLS = 100_000  # totals per block: about 8 MB with all intermediate results
RANKS = 100_000_000  # ranks held at a time, for quantiles of whole columns: 200 MB
COLUMNS_AT_ONCE = 64  # of the ranks held; transposed together, so that each is read from memory once
NEAR = 0.25  # relative distance within which a drawn weight is near the scheme's


def draw_ranks(
    panel: Panel, scores: pd.DataFrame, scheme: Scheme, draws: int | None = None, seed: int | None = None
) -> pd.DataFrame:
    """The distribution of each base's rank, tier and bottom-three membership over random weights.

    `draws` and `seed` default to the scheme's. Returns COLUMNS, one row per scored base in the order of `scores`: the
    shares of draws in the bottom three and in each tier (best first; a gated base is always in the last), and the 5%,
    50% and 95% quantiles of the rank in the region. The same seed gives the same table on every machine.
    """
    shares = drawn_shares(draw_weights(scheme, draws, seed), scheme)
    number, size, peers = len(shares), len(scores), peers_of(scores)
    gated = (scores["gated"] == 1).to_numpy()
    flagged, tier_counts = np.zeros(size, int), np.zeros((len(scheme.tier_names), size), int)
    quantiles = np.zeros((len(LEVELS), size))
    for members in peers.regions:
        region, own = panel.take(members), peers_of(scores.iloc[members])
        step = max(1, RANKS // number)
        for part in (slice(start, start + step) for start in range(0, len(members), step)):
            here = members[part]
            low, in_tier = np.zeros(len(here), int), np.zeros((len(tier_counts), len(here)), int)
            kept = np.empty((number, len(here)), np.uint16 if len(members) < 2**16 else np.int32)
            for rows, whole in in_blocks(region, shares, scheme):
                rank = ranked(whole)
                kept[rows] = rank[:, part]
                tier = tiers(whole, rank, own, gated[members], scheme)[:, part]
                for place, count in enumerate(in_tier):
                    count += (tier == place).sum(axis=0)
                if scheme.bottom_scope == "region":
                    low += bottom_three(whole, own.contenders(scheme), scheme.bottom_count)[:, part].sum(axis=0)
            flagged[here], tier_counts[:, here] = low, in_tier
            for start in range(0, len(here), COLUMNS_AT_ONCE):
                some = slice(start, start + COLUMNS_AT_ONCE)
                quantiles[:, here[some]] = _quantiles(kept[:, some].T.copy())
    for members in peers.contenders(scheme) if scheme.bottom_scope == "country" else ():
        for _, whole in in_blocks(panel.take(members), shares, scheme):
            flagged[members] += bottom_three(whole, [np.arange(len(members))], scheme.bottom_count).sum(axis=0)
    columns = [flagged / number, *(tier_counts / number), *quantiles]
    return scores[["base_id"]].assign(**dict(zip(COLUMNS[1:], columns))).reset_index(drop=True)


def over_two_rounds(now, previous, scheme: Scheme, draws: int | None = None) -> pd.DataFrame:
    """The uncertainty of two-round results: the same drawn weights applied to both rounds.

    `now` and `previous` (None in a first round) are rounds with `panel` and `scores`. One row per base of `now`:
    base_id,kind,p_previous,p_now,p_both,p_now_near,p_both_near, the shares of draws in the bottom three (for a cluster:
    among the best of its region) in the previous round, now, and in both; `_near` uses only draws in which every weight
    is within ±25% of the scheme's. Shares involving the previous round are missing if the base was not scored in it or
    was of the other kind. Gates and the quota are not considered.
    """
    weights = draw_weights(scheme, draws)
    shares, near = drawn_shares(weights, scheme), all_near(weights, scheme)
    frame = now.scores[["base_id", "kind"]].reset_index(drop=True)
    known = np.zeros(len(frame), bool)
    rounds = [(now.panel, now.scores)]
    if previous is not None:
        rounds.append((previous.panel, previous.scores))
        mine, theirs = (pd.MultiIndex.from_frame(one[["base_id", "kind"]]) for one in (frame, previous.scores))
        place = theirs.get_indexer(mine)
        known = place >= 0
    counts = np.zeros((5, len(frame)), int)
    size = max(len(scores) for _, scores in rounds)
    for rows in slices(len(shares), size):
        after, *earlier = (_named(panel, scores, shares[rows], scheme) for panel, scores in rounds)
        before = np.zeros_like(after)
        for one in earlier:
            before[:, known] = one[:, place[known]]
        both, close = before & after, near[rows]
        counts += [one.sum(axis=0) for one in (before, after, both, after[close], both[close])]
    p_before, p_now, p_both = counts[:3] / len(shares)
    p_now_near, p_both_near = counts[3:] / near.sum() if near.any() else np.full((2, len(frame)), np.nan)
    return frame.assign(
        p_previous=np.where(known, p_before, np.nan),
        p_now=p_now,
        p_both=np.where(known, p_both, np.nan),
        p_now_near=p_now_near,
        p_both_near=np.where(known, p_both_near, np.nan),
    )


def _named(panel: Panel, scores: pd.DataFrame, shares: np.ndarray, scheme: Scheme) -> np.ndarray:
    """By draw, who is in the bottom three (demonstration bases) or among the best of its region (clusters)."""
    whole, peers = millionths(totals(panel, shares, scheme)), peers_of(scores)
    flagged = bottom_three(whole, peers.contenders(scheme), scheme.bottom_count)
    return np.where(scores["kind"] == DEMONSTRATION, flagged, best(whole, peers.clusters, scheme.best_count))


def bottom_places(panel: Panel, scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The range of places from the bottom (`distance.to_threshold`) that covers 90% of the draws, by base.

    Columns base_id,from_bottom_p05,from_bottom_p95.
    """
    shares = drawn_shares(draw_weights(scheme), scheme)
    frames = []
    for members in filter(len, peers_of(scores).contenders(scheme)):
        kept = np.empty((len(members), len(shares)), np.int32)
        for rows, whole in in_blocks(panel.take(members), shares, scheme):
            kept[:, rows] = ranked(-whole).T
        low, _, high = _quantiles(kept).round().astype(int)
        frames.append(scores[["base_id"]].iloc[members].assign(from_bottom_p05=low, from_bottom_p95=high))
    none = pd.DataFrame({"base_id": pd.Series(dtype="str"), "from_bottom_p05": [], "from_bottom_p95": []}, dtype=int)
    return pd.concat(frames, ignore_index=True) if frames else none.astype({"base_id": "str"})


def share_near(scheme: Scheme) -> float:
    """The share of draws in which every weight is within ±25% of the scheme's."""
    return float(all_near(draw_weights(scheme), scheme).mean())


def draw_weights(scheme: Scheme, draws: int | None = None, seed: int | None = None) -> dict[str, np.ndarray]:
    """Random weights: "groups" -> draws × groups, and each group or feature -> draws × its items; rows add up to 1.

    The alpha of a weight is the scheme's concentration (50) × the number of weights in its level × the weight; a weight
    of 0 stays 0. `draws` and `seed` default to the scheme's.
    """
    number, start = scheme.draws if draws is None else draws, scheme.seed if seed is None else seed
    return drawn_by(lambda weights: scheme.concentration * len(weights) * weights, scheme, number, start)


def drawn_by(alpha_of: Callable, scheme: Scheme, draws: int, seed) -> dict[str, np.ndarray]:
    """Dirichlet draws of each level's weights, with the alphas `alpha_of(weights)`; an alpha of 0 gives weight 0."""
    random = np.random.default_rng(seed)
    drawn = {}
    for name, level in _levels(scheme).items():
        alpha = alpha_of(np.array(list(level.values())))
        drawn[name] = np.zeros((draws, len(alpha)))
        drawn[name][:, alpha > 0] = random.dirichlet(alpha[alpha > 0], draws)
    return drawn


def drawn_shares(weights: dict[str, np.ndarray], scheme: Scheme) -> np.ndarray:
    """Drawn weights (as from `draw_weights`) as shares of the scored fields: draws × fields."""
    by_name = {name: dict(zip(level, weights[name].T)) for name, level in _levels(scheme).items()}
    return field_shares(by_name.pop("groups"), by_name, scheme.fields)


def all_near(weights: dict[str, np.ndarray], scheme: Scheme) -> np.ndarray:
    """By draw, whether all weights are within ±25% of the scheme's."""
    centres = {name: np.array(list(level.values())) for name, level in _levels(scheme).items()}
    return np.all([(np.abs(weights[name] - one) <= NEAR * one).all(axis=1) for name, one in centres.items()], axis=0)


def _levels(scheme: Scheme) -> dict[str, dict[str, float]]:
    return {"groups": scheme.groups, **{part: scheme.items[part] for part in PARTS}}


def slices(draws: int, bases: int) -> Iterator[slice]:
    """Blocks of draws, small enough to fit in memory for this many bases, but not tiny: each reads the whole panel."""
    step = max(FEW, CELLS // max(bases, 1))
    return (slice(start, start + step) for start in range(0, draws, step))


def in_blocks(panel: Panel, shares: np.ndarray, scheme: Scheme) -> Iterator[tuple[slice, np.ndarray]]:
    """The totals of a panel's bases in millionths under every draw, by block of draws."""
    totals_under = weighing(panel, scheme)
    for rows in slices(len(shares), len(panel.normalised)):
        yield rows, millionths(totals_under(shares[rows]))


def _quantiles(kept: np.ndarray) -> np.ndarray:
    """The quantiles (LEVELS) of every row by linear interpolation; sorts the rows in place.

    >>> _quantiles(np.array([[3, 1, 4, 4, 3]])).tolist()
    [[1.4], [3.0], [4.0]]
    """
    at = (kept.shape[1] - 1) * np.array(LEVELS)
    low, high = np.floor(at).astype(int), np.ceil(at).astype(int)
    kept.sort(axis=1)  # for 16-bit integers, sorting takes a fifth of the time of a partition
    return (kept[:, low] + (kept[:, high] - kept[:, low]) * (at - low)).T


def weight_spread(scheme: Scheme) -> pd.DataFrame:
    """The exact distribution of the drawn weights: each weight of a Dirichlet draw follows a beta distribution.

    Columns part,item,weight,p05,p95,within_quarter: the weight in its part (`part` is "groups" for the groups
    themselves), the 5% and 95% quantiles of the drawn weight, and the probability of being within ±25% of the weight.
    """
    from scipy import stats  # slow to import

    rows = []
    for part, level in _levels(scheme).items():
        whole = scheme.concentration * len(level)
        for item, weight in level.items():
            if 0 < weight < 1:
                law = stats.beta(whole * weight, whole * (1 - weight))
                within = law.cdf((1 + NEAR) * weight) - law.cdf((1 - NEAR) * weight)
                rows.append((part, item, weight, *law.ppf([0.05, 0.95]), within))
    return pd.DataFrame(rows, columns=["part", "item", "weight", "p05", "p95", "within_quarter"])


def monte_carlo_error(share: float | pd.Series, draws: int) -> float | pd.Series:
    """The standard error of a share estimated from independent draws: sqrt(p (1 - p) / draws).

    >>> float(monte_carlo_error(0.5, 10_000))
    0.005
    """
    return np.sqrt(share * (1 - share) / draws)
