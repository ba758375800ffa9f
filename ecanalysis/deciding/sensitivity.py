"""Sensitivity analysis: the effect of normalisation, missing-value rules and weights on the results.

Every alternative is scored in the ordinary way under a changed scheme. The importance of each assumption is measured by
a variance-based sensitivity analysis (Sobol indices, computed by SALib): all assumptions are varied together, and the
variance of a result is divided among them. Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008).
"""

from itertools import product

import numpy as np
import pandas as pd
from SALib.analyze import sobol as sobol_indices
from SALib.sample import sobol as sobol_sample

from ecanalysis.deciding.uncertainty import draw_weights, drawn_shares
from ecanalysis.deciding.what_if import METHODS, MISSING_POLICIES, variant
from ecanalysis.form.fields import FEATURES, GROUPS
from ecanalysis.form.words import DEMONSTRATION, FACTOR_NAMES
from ecanalysis.scoring.aggregate import panel_of, totals
from ecanalysis.scoring.normalise import grid_of
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.scores import score_round
from ecanalysis.scoring.standing import MILLION, millionths, peers_of, ranks, to_pass

FACTORS = tuple(FACTOR_NAMES)
SIZE = 1024  # base sample size
POOL = 1024  # drawn weights to choose from


def alternatives(now, scheme: Scheme) -> pd.DataFrame:
    """The round scored under every combination of normalisation and missing-value rule.

    `now` is a round with `reported` (values of the reporting year), `answered`, `bases` and `goalposts` (bounds from
    other rounds, or None). One row per base and combination: base_id,method,missing,total,rank,rank_in_kind,tier,
    bottom_three.
    """
    kept = ["base_id", "total", "rank", "rank_in_kind", "tier", "bottom_three"]
    round_, frames = (now.reported, now.answered, now.bases), []
    for method, missing in product(METHODS, MISSING_POLICIES):
        table = score_round(round_, variant(scheme, method, missing), now.goalposts)
        frames.append(table[kept].assign(method=method, missing=missing))
    return pd.concat(frames, ignore_index=True)[["base_id", "method", "missing", *kept[1:]]]


def agreement(calculations: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """The number of combinations in `alternatives` in which each demonstration base's bottom-three flag is as scored.

    Columns base_id,same,calculations.
    """
    own = scores[scores.kind == DEMONSTRATION][["base_id", "bottom_three"]]
    rows = own.merge(calculations[["base_id", "bottom_three"]], on="base_id", suffixes=("_own", ""))
    same = (rows.bottom_three == rows.bottom_three_own).groupby(rows.base_id, sort=False)
    return same.agg(same="sum", calculations="size").reset_index()


def what_matters(now, scheme: Scheme, size: int | None = None) -> pd.DataFrame:
    """The share of the variance of each result that each assumption explains.

    Results are `rank_shift`, the mean over all bases of the absolute change of rank in the region, and for each base in
    the bottom three (under its base_id) its margin in points (`distance.to_threshold`). Columns
    result,factor,first,first_error,total,total_error: the first-order index (the assumption alone), the total index
    (with all interactions), and half the 95% confidence interval of each. `size` × 7 settings are scored (`size` is a
    power of 2, by default SIZE). A result without variance has no row. The seed is the scheme's.
    """
    problem = {"num_vars": len(FACTORS), "names": list(FACTORS), "bounds": [[0, 1]] * len(FACTORS)}
    settings = sobol_sample.sample(problem, size or SIZE, calc_second_order=False, seed=scheme.seed)
    results = _results(now, scheme, settings)
    frames = []
    for result, values in results.items():
        if np.ptp(values) > 0:
            found = sobol_indices.analyze(problem, values, calc_second_order=False, seed=scheme.seed)
            parts = {"first": found["S1"], "first_error": found["S1_conf"]}
            parts |= {"total": found["ST"], "total_error": found["ST_conf"]}
            frames.append(pd.DataFrame({"result": result, "factor": FACTORS, **parts}))
    columns = ["result", "factor", "first", "first_error", "total", "total_error"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _results(now, scheme: Scheme, settings: np.ndarray) -> dict[str, np.ndarray]:
    """The results under each setting, which is a row of five numbers from 0 to 1, one per assumption."""
    tried = METHODS, MISSING_POLICIES
    method, policy = ((settings[:, at] * len(names)).astype(int) for at, names in enumerate(tried))
    group, item, feature = (settings[:, 2:] * POOL).astype(int).T
    drawn = draw_weights(scheme, POOL)
    weights = {"groups": drawn["groups"][group]}
    weights |= {name: drawn[name][item] for name in GROUPS} | {name: drawn[name][feature] for name in FEATURES}
    shares = drawn_shares(weights, scheme)

    round_ = now.reported, now.answered, now.bases
    base_case, grid = score_round(round_, scheme, now.goalposts), grid_of(*round_)
    peers, own = peers_of(base_case), base_case["rank"].to_numpy()
    flagged = np.flatnonzero(base_case.bottom_three == 1)
    shift, margins = np.zeros(len(settings)), np.zeros((len(settings), len(flagged)))
    for (one, chosen), (two, missing) in product(*map(enumerate, tried)):
        rows = np.flatnonzero((method == one) & (policy == two))
        changed = variant(scheme, chosen, missing)
        whole = millionths(totals(panel_of(grid, changed, now.goalposts), shares[rows], changed))
        shift[rows] = np.abs(ranks(whole, peers.regions) - own).sum(axis=1) / max(len(own), 1)
        passes = to_pass(whole, peers.contenders(scheme), scheme.bottom_count)
        margins[rows] = (whole - passes)[:, flagged] / MILLION
    return {"rank_shift": shift, **dict(zip(base_case.base_id.iloc[flagged], margins.T))}
