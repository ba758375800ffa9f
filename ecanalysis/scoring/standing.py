"""Where a base stands: rank, tier, bottom three, best clusters. Decided here and nowhere else.

Totals go in, for one round (an entry a base) or for many draws of weights at once (draws × bases); what comes out has
the same shape. Totals are compared as whole millionths of a point (`millionths`), that is after rounding to six
decimals, so that equal ones are equal. Who is compared with whom is worked out once for a round (`peers_of`).
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
    """Who is compared with whom, as places in a round's table of bases: an array for each region (it may be empty)."""

    regions: list[np.ndarray]
    demonstration: list[np.ndarray]
    clusters: list[np.ndarray]

    def contenders(self, scheme: Scheme) -> list[np.ndarray]:
        """The demonstration bases among whom the bottom three are counted: of each region, or of the country."""
        if scheme.bottom_scope == "region":
            return self.demonstration
        return [np.concatenate([np.zeros(0, int), *self.demonstration])]


class Standing(NamedTuple):
    """Of every base: rank in its region, rank among those of its kind there, place of its tier, in the bottom three."""

    rank: np.ndarray
    rank_in_kind: np.ndarray
    tier: np.ndarray
    bottom_three: np.ndarray


def peers_of(bases: pd.DataFrame) -> Peers:
    """The peers of a table with region and kind, a row a base."""
    region, names = pd.factorize(bases["region"].to_numpy(object))
    regions = [np.flatnonzero(region == place) for place in range(len(names))]
    kind = bases["kind"].to_numpy(object)
    return Peers(regions, *([members[kind[members] == one] for members in regions] for one in (DEMONSTRATION, CLUSTER)))


def standing(total: np.ndarray, peers: Peers, gated: np.ndarray, scheme: Scheme) -> Standing:
    """Everything above for totals in points (bases, or draws × bases); `gated` has a bool a base."""
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
    """The rank of each base in its group, 1 the highest total; equal totals share the better rank. 0: in no group.

    >>> ranks(np.array([[10, 30, 10], [20, 10, 30]]), [np.arange(3)]).tolist()
    [[2, 1, 2], [2, 3, 1]]
    """
    out = np.zeros(whole.shape, np.int32)
    for members in filter(len, groups):
        out[..., members] = ranked(whole.take(members, axis=-1))
    return out


def tiers(whole: np.ndarray, rank: np.ndarray, peers: Peers, gated: np.ndarray, scheme: Scheme) -> np.ndarray:
    """The place of each base's tier in the scheme's `tier_names`; a gated base is in the last."""
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
    """The last rank of each tier but the last, among n bases, for tiers by rank; exact, not in floating point.

    >>> from ecanalysis.scoring.scheme import load
    >>> tier_places(10, load()), tier_places(5, load())
    ((3, 8), (2, 4))
    """
    return tuple(ceil(Fraction(str(cut)) * n) for cut in scheme.tier_cuts)


def too_few(contenders, count: int):
    """Whether so many contenders (a number, or several) are too few for anybody to be in the bottom three (`count`)."""
    return contenders <= count


def bottom_three(whole: np.ndarray, contenders: list[np.ndarray], count: int) -> np.ndarray:
    """Who is in the bottom three (`count`): those with fewer than three other contenders strictly below.

    Ties are all in; three contenders or fewer flag none.
    """
    out = np.zeros(whole.shape, bool)
    for members in contenders:
        if not too_few(len(members), count):
            mine = whole.take(members, axis=-1)
            out[..., members] = mine <= np.partition(mine, count - 1)[..., [count - 1]]
    return out


def from_bottom(whole: np.ndarray, contenders: list[np.ndarray]) -> np.ndarray:
    """The place of each contender counted from the bottom: one more than are strictly below it. 0: no contender.

    >>> from_bottom(np.array([10, 30, 10, 40]), [np.array([0, 1, 2])]).tolist()
    [1, 3, 1, 0]
    """
    return ranks(-whole, contenders)


def to_pass(whole: np.ndarray, contenders: list[np.ndarray], count: int) -> np.ndarray:
    """The total, in millionths, that each contender has to be above to be out of the bottom three; else NaN.

    That is the third smallest (`count`) of the others. A base is in the bottom three where it is not above it.
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
    """Who is among the best three (`count`) clusters of its region: fewer than three strictly above, ties all in."""
    out = np.zeros(whole.shape, bool)
    for members in clusters:
        if len(members):
            mine, last = whole.take(members, axis=-1), max(len(members) - count, 0)
            out[..., members] = mine >= np.partition(mine, last)[..., [last]]
    return out


def leading(scores: pd.DataFrame, count: int) -> pd.Series:
    """The same of a table of scores, by the ranks it states."""
    return (scores.kind == CLUSTER) & (scores.rank_in_kind <= count)


def ranked(whole: np.ndarray) -> np.ndarray:
    """The ranks within every row, all bases of one group (see `ranks`)."""
    size = whole.shape[-1]
    rows = whole.reshape(-1, size)
    bits = max(size - 1, 1).bit_length()
    # Total and place in one whole number: sorting these is several times as fast as sorting by index.
    packed = (rows << bits) | np.arange(size)
    packed.sort(axis=1)
    total, place = packed >> bits, packed & ((1 << bits) - 1)
    rank = np.broadcast_to(np.arange(size, 0, -1, dtype=np.int32), total.shape)
    level = total[:, 1:] == total[:, :-1]
    tied = level.any(axis=1)
    if tied.any():
        # From the highest down, the last of a run of equal totals gives all of them its rank.
        shared = np.pad(np.where(level[tied], 0, rank[tied, :-1]), ((0, 0), (0, 1)), constant_values=1)
        rank = rank.copy()
        rank[tied] = np.maximum.accumulate(shared[:, ::-1], axis=1)[:, ::-1]
    place += np.arange(len(place))[:, None] * size
    out = np.empty(whole.shape, np.int32)
    out.ravel()[place.ravel()] = rank.ravel()
    return out
