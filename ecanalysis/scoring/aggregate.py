"""Aggregation: weights and normalised values -> points and totals, for the scheme's weights or many draws of weights.

A `Panel` is a round ready to be weighted. The points of a field are `max_points` times its normalised value; `totals`
computes the totals for any number of weight vectors at once. Only `scheme.field_shares` derives a field's share of the
100 points from the weights.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.scoring.normalise import FEATURE_COLUMNS, FEATURE_OF, IS_GENERAL, Grid, chosen, normalised
from ecanalysis.scoring.scheme import SCORED, Scheme
from ecanalysis.scoring.standing import DECIMALS

PARTS = (*GROUPS, *FEATURES)
PART_COLUMNS = {part: [SCORED.index(code) for code in SCORED if part == FIELDS[code].part] for part in PARTS}
SMALL_PRODUCT = 250_000  # multiplications per matrix product: above this BLAS starts threads, which is slower here
FEW_ROWS = 16  # rows of shares per product, if a single row already exceeds SMALL_PRODUCT
GEOMETRIC_SHIFT = 0.01  # keeps a group with no points from making the geometric mean 0


@dataclass(frozen=True)
class Panel:
    """A round ready to be weighted: arrays of bases × scored fields.

    `normalised` is 0–1, and 0 for a missing value that is not imputed; `counted` is False where the weight of a missing
    field is redistributed to the other fields of its part; `chosen` (bases × features) says which features count.
    """

    normalised: np.ndarray
    counted: np.ndarray
    chosen: np.ndarray

    def take(self, bases: np.ndarray) -> "Panel":
        """The panel of some of the bases, given by position."""
        return Panel(self.normalised[bases], self.counted[bases], self.chosen[bases])

    def in_proportion(self, scheme: Scheme) -> bool:
        """Whether totals are linear in the weights: no weight redistributed, no choice of the best feature."""
        in_play = self.chosen[:, FEATURE_OF] | IS_GENERAL
        return scheme.combine == "mean" and bool(self.counted[in_play].all())

    def full_points(self, scheme: Scheme) -> np.ndarray:
        """The points of each field if it had the whole weight of its part (bases × fields)."""
        among = self.chosen.sum(axis=1, keepdims=True).clip(1) if scheme.combine == "mean" else 1
        special = scheme.special_points * self.chosen / among
        return np.where(IS_GENERAL, scheme.general_points, special[:, FEATURE_OF])


def panel_of(grid: Grid, scheme: Scheme, bounds: pd.DataFrame | None = None) -> Panel:
    """A grid ready to be weighted; `bounds` as for `normalised`, which raises the same."""
    hands_on = np.array([scheme.rules[code].missing == "reweight" for code in SCORED])
    return Panel(normalised(grid, scheme, bounds), ~(np.isnan(grid.values) & hands_on), chosen(grid, scheme))


def max_points(panel: Panel, scheme: Scheme) -> np.ndarray:
    """The maximum points of each field for each base (bases × fields): its share, times the points of its part.

    Where a missing field's rule is `reweight`, its points are redistributed to the other fields of its part.
    """
    most = np.tile(scheme.shares, (len(panel.normalised), 1))
    if not panel.counted.all():
        for columns in PART_COLUMNS.values():
            _hand_on(most, columns, panel.counted)
    worth = panel.chosen * scheme.special_points
    if scheme.combine == "mean":
        worth = worth / panel.chosen.sum(axis=1, keepdims=True).clip(1)
    else:  # only the best feature counts; of equals, the first in the form's order
        scored = [(most[:, columns] * panel.normalised[:, columns]).sum(axis=1) for columns in FEATURE_COLUMNS.values()]
        best = np.argmax(np.where(panel.chosen, np.round(np.stack(scored, axis=1), DECIMALS), -1.0), axis=1)
        worth = worth * (np.arange(len(FEATURES)) == best[:, None])
    return most * np.where(IS_GENERAL, scheme.general_points, worth[:, FEATURE_OF])


def _hand_on(most: np.ndarray, columns: list[int], counted: np.ndarray) -> None:
    """Redistribute the points of missing fields in proportion to the others of the part, if any others count."""
    part, keep = most[:, columns], counted[:, columns]
    left = (part * keep).sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        most[:, columns] = np.where(left > 0, part * keep * part.sum(axis=1, keepdims=True) / left, part)


def totals(panel: Panel, shares: np.ndarray, scheme: Scheme, aggregation: str = "arithmetic") -> np.ndarray:
    """The totals (0–100) of every base under every row of field shares: draws × bases.

    `shares` are those of `scheme.field_shares`. With `aggregation` "geometric", the general part is the weighted
    geometric mean of the three groups, each shifted by 0.01: general = 80 × (Π (s + 0.01)^w − 0.01), where s is the
    group's score (0–1) and w its weight; the special part remains the mean over the features.
    """
    return weighing(panel, scheme, aggregation)(shares)


def weighing(panel: Panel, scheme: Scheme, aggregation: str = "arithmetic") -> Callable[[np.ndarray], np.ndarray]:
    """`totals` of this panel as a function of the shares alone; everything independent of them is computed once."""
    full = panel.full_points(scheme)
    if aggregation == "arithmetic" and panel.in_proportion(scheme):
        return partial(_products, points=(panel.normalised * full).T)
    parts = {part: _arranged(panel, columns) for part, columns in PART_COLUMNS.items()}
    return partial(_by_part, parts=parts, full=full, scheme=scheme, aggregation=aggregation)


def _arranged(panel: Panel, columns: list[int]) -> tuple[list[int], np.ndarray, np.ndarray]:
    """A part's columns, whether its fields count (0/1), and their values, 0 if they do not (fields × bases)."""
    counted = panel.counted[:, columns]
    return columns, counted.T.astype(float), (panel.normalised[:, columns] * counted).T


def _products(shares: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The matrix product of shares (draws × fields) and points (fields × bases), computed in small blocks."""
    out = np.empty((len(shares), points.shape[1]))
    step = SMALL_PRODUCT // max(points.size, 1)
    width = points.shape[1] if step else SMALL_PRODUCT // (min(FEW_ROWS, len(out)) * len(points))
    step = step or FEW_ROWS
    for left in range(0, points.shape[1], max(width, 1)):
        columns = slice(left, left + width)
        for start in range(0, len(out), step):
            rows = slice(start, start + step)
            np.matmul(shares[rows], points[:, columns], out=out[rows, columns])
    return out


def _by_part(shares: np.ndarray, parts: dict, full: np.ndarray, scheme: Scheme, aggregation: str) -> np.ndarray:
    """Totals that are not linear in the weights: redistributed weight, best feature only, or a geometric mean."""
    group = {part: _part_scores(shares, *parts[part]) for part in GROUPS}
    if aggregation == "geometric":
        product = np.prod([(score + GEOMETRIC_SHIFT) ** weight for score, weight in group.values()], axis=0)
        general = scheme.general_points * (product - GEOMETRIC_SHIFT)
    else:
        general = scheme.general_points * sum(score * weight for score, weight in group.values())
    special = np.zeros_like(general)
    for part, columns in FEATURE_COLUMNS.items():
        score = _part_scores(shares, *parts[part])[0] * full[:, columns[0]]
        special = special + score if scheme.combine == "mean" else np.maximum(special, score)
    return general + special


def _part_scores(shares: np.ndarray, columns: list[int], counted: np.ndarray, values: np.ndarray) -> tuple:
    """The score (0–1, draws × bases) of one group or feature, and its total weight (draws × 1)."""
    mine = shares[:, columns]
    kept, points = _products(mine, counted), _products(mine, values)
    return np.divide(points, kept, out=np.zeros_like(kept), where=kept > 0), mine.sum(axis=1, keepdims=True)
