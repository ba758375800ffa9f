"""How ranks, tiers and the bottom three move when the weights do.

Weights are drawn around the scheme's from Dirichlet distributions (the groups; the items of each group; the items
of each feature; all independent of one another), the normalised values are held, and every draw is ranked as the
scheme ranks. With 50 parts of concentration to each item a weight mostly stays within a quarter of its value;
`weight_spread` says how often exactly, and whoever shows a probability shows that beside it.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import pandas as pd
from scipy import stats

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.scoring.scheme import SCORED, Scheme, item_of

COLUMNS = ["base_id", "p_bottom_three", "p_tier1", "p_tier2", "p_tier3", "rank_p05", "rank_median", "rank_p95"]
DEMONSTRATION, CLUSTER = "示范基地", "集聚区"
PARTS = (*GROUPS, *FEATURES)
FIELDS_OF = {
    part: [SCORED.index(code) for code in SCORED if part in (FIELDS[code].group, FIELDS[code].feature)]
    for part in PARTS
}
CELLS = 400_000  # totals worked on at a time: some 30 MB with everything made from them
SMALL_PRODUCT = 250_000  # multiplications at a time: BLAS starts threads for more, and they wait for one another
MICRO = 1_000_000  # totals are compared after rounding to six decimals


@dataclass(frozen=True)
class Panel:
    """A round as the draws see it, bases down and scored fields across.

    `bases` has base_id,region,kind,gated. `quality` holds the normalised values, 0 where missing; `counts` is 0 where
    a missing field hands its weight on to the others of its part, else 1; `worth` is what a field would bring if it
    carried all the weight of its part, in points; `linear` says that no weight is handed on and no feature preferred.
    """

    bases: pd.DataFrame
    quality: np.ndarray
    counts: np.ndarray
    worth: np.ndarray
    linear: bool


@dataclass(frozen=True)
class Draws:
    """What came out of all draws of one round; bases in the order of `bases`.

    `rank_counts` is bases × ranks (how often a base had rank 1, 2, … in its region), `tier_counts` bases × 3,
    `bottom` and `leading` draws × bases (in the bottom three; among the best clusters of its region), `near` tells
    of each draw whether every single weight was within a quarter of the scheme's.
    """

    bases: pd.DataFrame
    number: int
    rank_counts: np.ndarray
    tier_counts: np.ndarray
    bottom: np.ndarray
    leading: np.ndarray
    near: np.ndarray


def draw_ranks(
    points: pd.DataFrame, scores: pd.DataFrame, scheme: Scheme, draws: int | None = None, seed: int | None = None
) -> pd.DataFrame:
    """How firm each base's place is when weights are drawn around the scheme's.

    `points` and `scores` as `scores.score_points` and `scores.score_bases` give them; `draws` and `seed` are the
    scheme's unless told. Returns COLUMNS, one row a scored base in the order of `scores`: the shares of the draws in
    the bottom three and in each tier (best first; a gated base is in the last in every draw), and the 5%, 50% and
    95% quantiles of the rank in the region. The same seed gives the same table on every machine.
    """
    drawn = draw(panel_of(points, scores, scheme), scheme, draws, seed)
    low, middle, high = _quantiles(drawn.rank_counts, (0.05, 0.5, 0.95))
    tiers = drawn.tier_counts / drawn.number
    frame = drawn.bases[["base_id"]].assign(
        p_bottom_three=drawn.bottom.mean(axis=0),
        p_tier1=tiers[:, 0], p_tier2=tiers[:, 1], p_tier3=tiers[:, 2],
        rank_p05=low, rank_median=middle, rank_p95=high,
    )  # fmt: skip
    return frame[COLUMNS].reset_index(drop=True)


def over_two_rounds(now, previous, scheme: Scheme, draws: int | None = None, seed: int | None = None) -> pd.DataFrame:
    """How firm the two-round results are: the same drawn weights applied to both rounds.

    `now` and `previous` (None in a first round) are rounds with `points` and `scores`. One row a base of `now`, columns
    base_id,kind,p_previous,p_now,p_both,p_now_near,p_both_near: the shares of the draws in the bottom three (of a
    cluster: among the best of its region) before, now, and in both rounds; `_near` counts only the draws in which every
    single weight was within ±25% of the scheme's. What needs the earlier round is missing where the base has no score
    there, or was of the other kind. Nothing is said of gates and the quota.
    """
    later = draw(panel_of(now.points, now.scores, scheme), scheme, draws, seed)
    frame = later.bases[["base_id", "kind"]].copy()
    demonstration = (frame.kind == DEMONSTRATION).to_numpy()
    after, was = np.where(demonstration, later.bottom, later.leading), np.zeros_like(later.bottom)
    known = np.zeros(len(frame), bool)
    if previous is not None:
        earlier = draw(panel_of(previous.points, previous.scores, scheme), scheme, draws, seed)
        place = pd.MultiIndex.from_frame(earlier.bases[["base_id", "kind"]]).get_indexer(
            pd.MultiIndex.from_frame(frame)
        )
        known = place >= 0
        met = np.where(demonstration[known], earlier.bottom[:, place[known]], earlier.leading[:, place[known]])
        was[:, known] = met
    near = later.near
    return frame.assign(
        p_previous=np.where(known, was.mean(axis=0), np.nan),
        p_now=after.mean(axis=0),
        p_both=np.where(known, (was & after).mean(axis=0), np.nan),
        p_now_near=_mean(after[near]),
        p_both_near=np.where(known, _mean((was & after)[near]), np.nan),
    )


def share_near(scheme: Scheme, draws: int | None = None, seed: int | None = None) -> float:
    """The share of the draws in which every single weight is within ±25% of the scheme's."""
    number, start = scheme.draws if draws is None else draws, scheme.seed if seed is None else seed
    return float(_near(draw_weights(scheme, number, start), scheme).mean())


def acceptability(points: pd.DataFrame, scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """In which share of the draws each base has each rank in its region: base_id,name,region,rank,share (above 0)."""
    drawn = draw(panel_of(points, scores, scheme), scheme)
    place, rank = np.nonzero(drawn.rank_counts)
    bases = scores[["base_id", "name", "region"]].iloc[place].reset_index(drop=True)
    return bases.assign(rank=rank + 1, share=drawn.rank_counts[place, rank] / drawn.number)


def panel_of(points: pd.DataFrame, scores: pd.DataFrame, scheme: Scheme) -> Panel:
    """The normalised values of a round, arranged for the draws; rows in the order of `scores`."""
    place = pd.Index(scores.base_id).get_indexer(points.base_id), pd.Index(SCORED).get_indexer(points.code)
    quality, counts, present = np.zeros((3, len(scores), len(SCORED)))
    present[place] = 1
    handed_on = np.array([scheme.rules[code].missing == "reweight" for code in SCORED])[place[1]] & points.value.isna()
    counts[place] = ~handed_on
    quality[place] = np.where(handed_on, 0.0, points.normalised.fillna(0.0))
    features = np.stack([present[:, FIELDS_OF[letter]].any(axis=1) for letter in FEATURES])
    worth = present * scheme.general_points
    for letter, chosen in zip(FEATURES, features):
        share = features.sum(axis=0) if scheme.combine == "mean" else 1
        worth[:, FIELDS_OF[letter]] = (scheme.special_points * chosen / np.maximum(share, 1))[:, None]
    linear = not handed_on.any() and scheme.combine == "mean"
    bases = scores[["base_id", "region", "kind", "gated"]].reset_index(drop=True)
    return Panel(bases, quality, counts, worth, linear)


def draw_weights(scheme: Scheme, draws: int, seed: int) -> dict[str, np.ndarray]:
    """Random weights: "groups" -> draws × groups, and each group or feature -> draws × its items; rows add up to 1.

    The alpha of a part is the scheme's concentration (50) × the number of parts × its weight; a weight of zero
    stays zero.
    """
    random = np.random.default_rng(seed)
    shares = {"groups": scheme.groups, **{part: scheme.items[part] for part in PARTS}}
    drawn = {}
    for name, level in shares.items():
        weights = np.array(list(level.values()))
        alpha = scheme.concentration * len(weights) * weights
        drawn[name] = np.zeros((draws, len(weights)))
        drawn[name][:, alpha > 0] = random.dirichlet(alpha[alpha > 0], draws)
    return drawn


def field_weights(weights: dict[str, np.ndarray], scheme: Scheme) -> np.ndarray:
    """The weight of each scored field in the general part, or in its feature: draws × fields."""
    out = np.empty((len(weights["groups"]), len(SCORED)))
    for part, columns in FIELDS_OF.items():
        whole = weights["groups"][:, list(GROUPS).index(part)] if part in GROUPS else 1.0
        items = list(scheme.items[part])
        for column in columns:
            item = item_of(SCORED[column], scheme.fields)
            within = scheme.fields[item][SCORED[column]] if item in scheme.fields else 1.0
            out[:, column] = whole * weights[part][:, items.index(item)] * within
    return out


def totals(panel: Panel, by_field: np.ndarray, scheme: Scheme) -> np.ndarray:
    """The totals (0–100) of every base under every row of field weights: draws × bases."""
    if panel.linear:
        points = (panel.quality * panel.worth).T
        out = np.empty((len(by_field), points.shape[1]))
        step = max(1, SMALL_PRODUCT // max(points.size, 1))
        for start in range(0, len(out), step):
            np.matmul(by_field[start : start + step], points, out=out[start : start + step])
        return out
    general, special = np.zeros((2, len(by_field), len(panel.bases)))
    for part, columns in FIELDS_OF.items():
        mine = by_field[:, columns]
        counted = mine @ panel.counts[:, columns].T
        share = np.divide(mine @ panel.quality[:, columns].T, counted, out=np.zeros_like(counted), where=counted > 0)
        score = share * mine.sum(axis=1, keepdims=True) * panel.worth[:, columns[0]]
        if part in GROUPS:
            general += score
        elif scheme.combine == "mean":
            special += score
        else:
            special = np.maximum(special, score)
    return general + special


def draw(panel: Panel, scheme: Scheme, draws: int | None = None, seed: int | None = None) -> Draws:
    """Rank a round's bases under randomly drawn weights, a slice of the draws at a time."""
    number = scheme.draws if draws is None else draws
    drawn = draw_weights(scheme, number, scheme.seed if seed is None else seed)
    weights = field_weights(drawn, scheme)
    bases = panel.bases
    regions, rivals, clusters = peers(bases, scheme)
    rank_counts = np.zeros((len(bases), max(map(len, regions), default=0)), int)
    tier_counts = np.zeros((len(bases), len(scheme.tier_cuts) + 1), int)
    bottom, leading = np.zeros((2, number, len(bases)), bool)
    step = max(1, CELLS // max(len(bases), 1))
    for start in range(0, number, step):
        rows = slice(start, start + step)
        micro = np.rint(totals(panel, weights[rows], scheme) * MICRO).astype(np.int64)
        for members in regions:
            rank_counts[members, : len(members)] += _count_ranks(micro.take(members, axis=1))
        if scheme.tier_by == "score":
            tier_counts += _count_scores(micro, scheme)
        bottom[rows] = bottom_of(micro, rivals, scheme.bottom_count)
        leading[rows] = leading_of(micro, clusters, scheme.best_count)
    if scheme.tier_by == "rank_share":
        for members in regions:
            tier_counts[members] = _count_shares(rank_counts[members], scheme)
    if scheme.gate:
        tier_counts[bases.gated == 1] = [0] * len(scheme.tier_cuts) + [number]
    return Draws(bases, number, rank_counts, tier_counts, bottom, leading, _near(drawn, scheme))


def peers(bases: pd.DataFrame, scheme: Scheme) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Who is compared with whom, as places in `bases`: all of a region, demonstration bases, clusters of a region."""
    region, kind = bases.region.to_numpy(object), bases.kind.to_numpy(object)
    regions = [np.flatnonzero(region == name) for name in dict.fromkeys(region)]
    rivals = [members[kind[members] == DEMONSTRATION] for members in regions]
    if scheme.bottom_scope == "country":
        rivals = [np.flatnonzero(kind == DEMONSTRATION)]
    return regions, rivals, [members[kind[members] == CLUSTER] for members in regions]


def bottom_of(micro: np.ndarray, rivals: list[np.ndarray], count: int) -> np.ndarray:
    """Who is in the bottom three (draws × bases, bool), from totals in whole millionths of a point.

    Those with fewer than three (`count`) others strictly below, so equal totals are all in; three or fewer rivals
    flag none.
    """
    out = np.zeros(micro.shape, bool)
    for members in rivals:
        if len(members) > count:
            mine = micro.take(members, axis=1)
            out[:, members] = mine <= np.partition(mine, count - 1, axis=1)[:, [count - 1]]
    return out


def leading_of(micro: np.ndarray, clusters: list[np.ndarray], count: int) -> np.ndarray:
    """Who is among the best clusters of its region (draws × bases, bool); equal totals are all in."""
    out = np.zeros(micro.shape, bool)
    for members in clusters:
        if len(members):
            mine, last = micro.take(members, axis=1), max(len(members) - count, 0)
            out[:, members] = mine >= np.partition(mine, last, axis=1)[:, [last]]
    return out


def _mean(flags: np.ndarray) -> np.ndarray:
    return flags.mean(axis=0) if len(flags) else np.full(flags.shape[1], np.nan)


def _near(drawn: dict[str, np.ndarray], scheme: Scheme) -> np.ndarray:
    """Of each draw, whether all its weights are within ±25% of the scheme's."""
    centre = {"groups": scheme.groups, **scheme.items}
    away = (
        np.abs(drawn[name] - list(centre[name].values())) - 0.25 * np.array(list(centre[name].values()))
        for name in drawn
    )
    return np.all([(distance <= 0).all(axis=1) for distance in away], axis=0)


def _count_shares(rank_counts: np.ndarray, scheme: Scheme) -> np.ndarray:
    """How often each base of a region was in each tier, where the cut-offs are shares of the ranks."""
    limits = [ceil(Fraction(str(cut)) * len(rank_counts)) for cut in scheme.tier_cuts]
    upto = rank_counts.cumsum(axis=1)[:, [*(limit - 1 for limit in limits), -1]]
    return np.diff(upto, axis=1, prepend=0)


def _count_scores(micro: np.ndarray, scheme: Scheme) -> np.ndarray:
    """How often each base was in each tier, where the cut-offs are scores."""
    reached = np.stack([(micro >= round(cut * MICRO)).sum(axis=0) for cut in scheme.tier_cuts], axis=1)
    reached = np.hstack([reached, np.full((micro.shape[1], 1), len(micro))])
    return np.diff(reached, axis=1, prepend=0)


def _count_ranks(micro: np.ndarray) -> np.ndarray:
    """How often each column had each rank, highest total first, over the rows; equal totals share the better rank.

    >>> _count_ranks(np.array([[10, 30, 10], [20, 10, 30]])).tolist()
    [[0, 2, 0], [1, 0, 1], [1, 1, 0]]
    """
    size = micro.shape[1]
    bits = max(size - 1, 1).bit_length()
    # Total and place in one whole number: sorting these is several times as fast as sorting by index.
    packed = (micro << bits) | np.arange(size)
    packed.sort(axis=1)
    total, place = packed >> bits, packed & ((1 << bits) - 1)
    ends = np.broadcast_to(np.arange(size), total.shape)
    level = total[:, 1:] == total[:, :-1]
    if level.any():
        # Upwards, the last of a run of equal totals gives all of them their rank.
        ends = np.pad(np.where(level, size - 1, ends[:, :-1]), ((0, 0), (0, 1)), constant_values=size - 1)
        ends = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    return np.bincount((place * size + (size - 1 - ends)).ravel(), minlength=size * size).reshape(size, size)


def _quantiles(counts: np.ndarray, levels: tuple[float, ...]) -> list[np.ndarray]:
    """Quantiles of the ranks by linear interpolation, from how often each rank occurred (bases × ranks).

    >>> [level.tolist() for level in _quantiles(np.array([[1, 0, 2, 2]]), (0.05, 0.5, 0.75))]
    [[1.4], [3.0], [4.0]]
    """
    if not len(counts):
        return [np.zeros(0)] * len(levels)
    upto, last = counts.cumsum(axis=1), counts[0].sum() - 1
    out = []
    for level in levels:
        at = last * level
        low, high = ((upto <= order).sum(axis=1) + 1 for order in (np.floor(at), np.ceil(at)))
        out.append(low + (high - low) * (at - np.floor(at)))
    return out


def weight_spread(scheme: Scheme) -> pd.DataFrame:
    """How far the drawn weights stray from the scheme's, exactly: a weight of a Dirichlet draw follows a beta law.

    Columns part,item,weight,p05,p95,within_quarter: the weight in its part (`part` "groups" for the groups
    themselves), the 5% and 95% points of the drawn one, and the share of draws within ±25% of the weight.
    """
    levels = {"groups": scheme.groups, **{part: scheme.items[part] for part in PARTS}}
    rows = []
    for part, level in levels.items():
        whole = scheme.concentration * len(level)
        for item, weight in level.items():
            if 0 < weight < 1:
                law = stats.beta(whole * weight, whole * (1 - weight))
                rows.append(
                    (part, item, weight, *law.ppf([0.05, 0.95]), law.cdf(1.25 * weight) - law.cdf(0.75 * weight))
                )
    return pd.DataFrame(rows, columns=["part", "item", "weight", "p05", "p95", "within_quarter"])


def monte_carlo_error(share: float | pd.Series, draws: int) -> float | pd.Series:
    """The standard error of a share estimated from independent draws: sqrt(p (1 - p) / draws).

    >>> float(monte_carlo_error(0.5, 10_000))
    0.005
    """
    return np.sqrt(share * (1 - share) / draws)
