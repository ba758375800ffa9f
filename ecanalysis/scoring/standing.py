"""Rank, tier, bottom three and best clusters: the only module that decides them.

Takes totals of one round (one entry per base) or of many draws of weights at once (draws × bases); results have the
same shape. Totals are compared as whole millionths of a point (`millionths`), that is, rounded to six decimals, so that
floating-point noise cannot break ties. The comparison groups of a round are computed once (`peers_of`).
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import NamedTuple

import numpy as np
import pandas as pd

from ecanalysis.form.words import CLUSTER, DEMONSTRATION
from ecanalysis.scoring.scheme import Scheme

DECIMALS = 6
MILLION = 10**DECIMALS


@dataclass(frozen=True)
class Peers:
    """The comparison groups, as positions in a round's table of bases: one array per region, possibly empty."""

    regions: list[np.ndarray]
    demonstration: list[np.ndarray]
    clusters: list[np.ndarray]

    def contenders(self, scheme: Scheme) -> list[np.ndarray]:
        """The groups of demonstration bases in which the bottom three are determined: by region, or the country."""
        if scheme.bottom_scope == "region":
            return self.demonstration
        return [np.concatenate([np.zeros(0, int), *self.demonstration])]


class Standing(NamedTuple):
    """For every base: rank in its region, rank within its kind there, index of its tier, whether bottom three."""

    rank: np.ndarray
    rank_in_kind: np.ndarray
    tier: np.ndarray
    bottom_three: np.ndarray


def peers_of(bases: pd.DataFrame) -> Peers:
    """The comparison groups of a table with region and kind, one row per base."""
    region, names = pd.factorize(bases["region"].to_numpy(object))
    regions = [np.flatnonzero(region == place) for place in range(len(names))]
    kind = bases["kind"].to_numpy(object)
    return Peers(regions, *([members[kind[members] == one] for members in regions] for one in (DEMONSTRATION, CLUSTER)))


def standing(total: np.ndarray, peers: Peers, gated: np.ndarray, scheme: Scheme) -> Standing:
    """The `Standing` of totals in points (bases, or draws × bases); `gated` has one bool per base."""
    whole = millionths(total)
    rank = ranks(whole, peers.regions)
    return Standing(
        rank,
        ranks(whole, [*peers.demonstration, *peers.clusters]),
        tiers(whole, rank, peers, gated, scheme),
        bottom_three(whole, peers.contenders(scheme), scheme.bottom_count),
    )


def millionths(total: np.ndarray) -> np.ndarray:
    """Totals in points as whole millionths of a point."""
    whole = np.asarray(total, float) * MILLION
    return np.rint(whole).astype(np.int64)


def ranks(whole: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """The rank of each base in its group, 1 for the highest total; ties share the better rank. 0: in no group.

    >>> ranks(np.array([[10, 30, 10], [20, 10, 30]]), [np.arange(3)]).tolist()
    [[2, 1, 2], [2, 3, 1]]
    """
    out = np.zeros(whole.shape, np.int32)
    for members in filter(len, groups):
        out[..., members] = ranked(whole.take(members, axis=-1))
    return out


def tiers(whole: np.ndarray, rank: np.ndarray, peers: Peers, gated: np.ndarray, scheme: Scheme) -> np.ndarray:
    """The index of each base's tier in the scheme's `tier_names`; a gated base is in the last tier."""
    if scheme.tier_by == "score":
        below = [whole < millionths(cut) for cut in scheme.tier_cuts]
    else:
        last = np.zeros((len(scheme.tier_cuts), whole.shape[-1]), np.int32)
        for members in peers.regions:
            last[:, members] = np.array(tier_places(len(members), scheme))[:, None]
        below = [rank > places for places in last]
    tier = np.sum(below, axis=0, dtype=np.int8)
    tier[..., gated & scheme.gate] = len(scheme.tier_names) - 1
    return tier


def tier_places(n: int, scheme: Scheme) -> tuple[int, ...]:
    """The last rank of each tier except the last, for tiers by rank among n bases; computed exactly, not in floats.

    >>> from ecanalysis.scoring.scheme import load
    >>> tier_places(10, load()), tier_places(5, load())
    ((3, 8), (2, 4))
    """
    return tuple(ceil(Fraction(str(cut)) * n) for cut in scheme.tier_cuts)


def too_few(contenders, count: int):
    """Whether this number of contenders (or each of several) is too small for a bottom three (`count`)."""
    return contenders <= count


def bottom_three(whole: np.ndarray, contenders: list[np.ndarray], count: int) -> np.ndarray:
    """Who is in the bottom three (`count`): contenders with fewer than three others strictly below them.

    All tied bases are included; if there are three contenders or fewer, nobody is. Source: form note 4.
    """
    out = np.zeros(whole.shape, bool)
    for members in contenders:
        if not too_few(len(members), count):
            mine = whole.take(members, axis=-1)
            out[..., members] = mine <= np.partition(mine, count - 1)[..., [count - 1]]
    return out


def from_bottom(whole: np.ndarray, contenders: list[np.ndarray]) -> np.ndarray:
    """The place of each contender from the bottom: 1 plus the number strictly below it. 0: not a contender.

    >>> from_bottom(np.array([10, 30, 10, 40]), [np.array([0, 1, 2])]).tolist()
    [1, 3, 1, 0]
    """
    return ranks(-whole, contenders)


def to_pass(whole: np.ndarray, contenders: list[np.ndarray], count: int) -> np.ndarray:
    """The total, in millionths, that each contender must exceed to be out of the bottom three; otherwise NaN.

    This is the third smallest total (`count`) of the other contenders.
    """
    out = np.full(whole.shape, np.nan)
    for members in contenders:
        if not too_few(len(members), count):
            mine = whole.take(members, axis=-1)
            lowest = np.partition(mine, (count - 1, count))
            last, beyond = lowest[..., [count - 1]], lowest[..., [count]]
            out[..., members] = np.where(mine <= last, beyond, last)
    return out


def best(whole: np.ndarray, clusters: list[np.ndarray], count: int) -> np.ndarray:
    """Who is among the best three (`count`) clusters of its region: fewer than three strictly above, ties included."""
    out = np.zeros(whole.shape, bool)
    for members in clusters:
        if len(members):
            mine, last = whole.take(members, axis=-1), max(len(members) - count, 0)
            out[..., members] = mine >= np.partition(mine, last)[..., [last]]
    return out


def leading(scores: pd.DataFrame, count: int) -> pd.Series:
    """As `best`, for a table of scores, using the ranks in it."""
    return (scores.kind == CLUSTER) & (scores.rank_in_kind <= count)


def ranked(whole: np.ndarray) -> np.ndarray:
    """The ranks within each row, if all bases form one group (see `ranks`)."""
    size = whole.shape[-1]
    rows = whole.reshape(-1, size)
    bits = max(size - 1, 1).bit_length()
    # Total and position packed into one integer: sorting these is several times as fast as an argsort.
    packed = (rows << bits) | np.arange(size)
    packed.sort(axis=1)
    total, place = packed >> bits, packed & ((1 << bits) - 1)
    rank = np.broadcast_to(np.arange(size, 0, -1, dtype=np.int32), total.shape)
    level = total[:, 1:] == total[:, :-1]
    tied = level.any(axis=1)
    if tied.any():
        # From the highest down, all of a run of equal totals take the rank of the last of them.
        shared = np.pad(np.where(level[tied], 0, rank[tied, :-1]), ((0, 0), (0, 1)), constant_values=1)
        rank = rank.copy()
        rank[tied] = np.maximum.accumulate(shared[:, ::-1], axis=1)[:, ::-1]
    place += np.arange(len(place))[:, None] * size
    out = np.empty(whole.shape, np.int32)
    out.ravel()[place.ravel()] = rank.ravel()
    return out
