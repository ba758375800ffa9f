"""The firmness of a status: the share of cases in which it stays the same, all rounds being varied together.

A case is a set of weights, a method, or both. Narrow weights are drawn around the scheme's; wide ones from flat
Dirichlet distributions, which assume nothing about the weights. Methods are 5 normalisations × 3 missing-value rules ×
2 aggregations. In every case all rounds, sealed ones too, are rescored from today's inputs.
"""

from itertools import product

import numpy as np
import pandas as pd

from ecanalysis.deciding.statuses import RULED, last_taken_part, outcome, statuses
from ecanalysis.deciding.uncertainty import draw_weights, drawn_by, drawn_shares, slices
from ecanalysis.deciding.what_if import AGGREGATIONS, METHODS, MISSING_POLICIES, variant
from ecanalysis.scoring.aggregate import panel_of, weighing
from ecanalysis.scoring.normalise import grid_of
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.scores import goalposts_from
from ecanalysis.scoring.standing import millionths, peers_of

SHARES = ["p_weights", "p_wide", "p_methods", "p_joint"]
CASES = tuple(product(METHODS, MISSING_POLICIES, AGGREGATIONS))  # draw i of p_joint uses case i modulo 30
WIDE, JOINT = 1, 2  # added to the scheme's seed for the wide and the joint draws


def firmness(r) -> pd.DataFrame:
    """The table `firmness` of columns.toml: every base scored in the round, in the order of `scores`.

    `status` is that of the watchlist. The shares are over: p_weights, draws of weights around the scheme's
    (`uncertainty.draw_weights`); p_wide, the same number of flat draws; p_methods, the scheme's weights under each of
    CASES; p_joint, further flat draws, each under one of CASES in turn. Each draw applies to all rounds. The shares are
    missing if an earlier round's submissions have been deleted.
    """
    status = r.scores.base_id.map(r.watchlist.set_index("base_id").status)
    table = r.scores[["base_id"]].assign(status=status)
    if any(one.gone for one in r.history):
        return table.assign(**dict.fromkeys(SHARES, np.nan))
    expected = status.map(RULED.index).to_numpy()
    scheme, count = r.scheme, _Counting(r.recomputed, expected)
    own = count.panels(scheme)
    varied = {key: count.panels(variant(scheme, *key)) for key in product(METHODS, MISSING_POLICIES)}
    joint = drawn_shares(flat_weights(scheme, [scheme.seed, JOINT]), scheme)
    by_case = [
        count.kept(varied[case[:2]], np.vstack([scheme.shares, joint[place :: len(CASES)]]), case[2], first=1)
        for place, case in enumerate(CASES)
    ]
    kept = {
        "p_weights": count.kept(own, drawn_shares(draw_weights(scheme), scheme))[1],
        "p_wide": count.kept(own, drawn_shares(flat_weights(scheme, [scheme.seed, WIDE]), scheme))[1],
        **dict(zip(("p_methods", "p_joint"), np.sum(by_case, axis=0))),
    }
    number = {"p_methods": len(CASES)}
    return table.assign(**{name: kept[name] / number.get(name, scheme.draws) for name in SHARES}).reset_index(drop=True)


def flat_weights(scheme: Scheme, seed) -> dict[str, np.ndarray]:
    """Weights shaped as by `uncertainty.draw_weights`, but drawn from flat Dirichlet distributions (all alphas 1).

    Items of weight 0 keep it; C10 is one item. `seed` is any seed of a numpy Generator.
    """
    return drawn_by(lambda weights: (weights > 0).astype(float), scheme, scheme.draws, seed)


class _Counting:
    """All rounds of an evaluation, prepared for scoring in many cases."""

    def __init__(self, r, expected: np.ndarray):
        self.rounds, self.scheme, self.expected = [*r.history, r], r.scheme, expected
        self.tables = r.scored_rounds
        self.grids = [grid_of(*tables) for tables in self.tables.values()]
        self.bases = [pd.DataFrame(one.scores[["base_id", "region", "kind"]]) for one in self.rounds]
        self.gated = [(one.scores.gated == 1).to_numpy() for one in self.rounds]
        self.peers = [peers_of(bases) for bases in self.bases]
        *earlier, now = (bases.base_id for bases in self.bases)
        self.earlier = last_taken_part(now, earlier, self.scheme.absence)

    def panels(self, varied: Scheme) -> list:
        """The panel of each round under a varied scheme."""
        goalposts = goalposts_from(self.tables, varied)
        return [panel_of(grid, varied, goalposts) for grid in self.grids]

    def kept(self, panels: list, shares: np.ndarray, aggregation: str = "arithmetic", first: int = 0) -> np.ndarray:
        """In how many rows of field shares each base keeps its status: among the `first` rows, and among the others."""
        count = np.zeros((2, len(self.expected)), int)
        totals_under = [weighing(one, self.scheme, aggregation) for one in panels]
        for rows in slices(len(shares), max(map(len, self.bases))):
            outcomes = [
                outcome(bases, millionths(total(shares[rows])), gated, self.scheme, peers)
                for bases, total, gated, peers in zip(self.bases, totals_under, self.gated, self.peers)
            ]
            codes = statuses(outcomes[-1], outcomes[:-1], self.scheme, self.earlier)
            kept, apart = codes == self.expected, max(first - rows.start, 0)
            count += kept[:apart].sum(axis=0), kept[apart:].sum(axis=0)
        return count
