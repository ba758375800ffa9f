"""Which of the assumptions the results hang on: other normalisations, other rules for missing values, other weights.

Every alternative is scored by the ordinary scorer under a changed scheme. What matters most is then measured by a
variance-based sensitivity analysis (Sobol indices, with SALib): all assumptions are varied at once, and the variance
of a result is divided among them, as the OECD/JRC handbook on composite indicators does.
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
from ecanalysis.scoring.aggregate import totals
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.scores import panel, score_round
from ecanalysis.scoring.standing import MILLION, millionths, peers_of, ranks, to_pass

FACTORS = tuple(FACTOR_NAMES)
SIZE = 1024  # settings drawn for each assumption
POOL = 1024  # drawn weights to choose from


def alternatives(now, scheme: Scheme) -> pd.DataFrame:
    """The round scored under every normalisation with every rule for missing values.

    `now` is a round with `reported` (values of the reporting year), `answered`, `bases` and `goalposts` (bounds from
    other rounds, or None). One row a base and combination: base_id,method,missing,total,rank,rank_in_kind,tier,
    bottom_three.
    """
    kept = ["base_id", "total", "rank", "rank_in_kind", "tier", "bottom_three"]
    round_, frames = (now.reported, now.answered, now.bases), []
    for method, missing in product(METHODS, MISSING_POLICIES):
        table = score_round(round_, variant(scheme, method, missing), now.goalposts)
        frames.append(table[kept].assign(method=method, missing=missing))
    return pd.concat(frames, ignore_index=True)[["base_id", "method", "missing", *kept[1:]]]


def agreement(calculations: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """In how many calculations (`alternatives`) each demonstration base is in the bottom three or not as scored.

    Columns base_id,same,calculations.
    """
    own = scores[scores.kind == DEMONSTRATION][["base_id", "bottom_three"]]
    rows = own.merge(calculations[["base_id", "bottom_three"]], on="base_id", suffixes=("_own", ""))
    same = (rows.bottom_three == rows.bottom_three_own).groupby(rows.base_id, sort=False)
    return same.agg(same="sum", calculations="size").reset_index()


def what_matters(now, scheme: Scheme, size: int | None = None) -> pd.DataFrame:
    """How much of the variance of each result goes back to each assumption.

    The results: `rank_shift`, the mean over all bases of how far the rank in the region moves from the scheme's own;
    and for each base in the bottom three (by its base_id) its margin in points to the first total that is not safe.
    Columns result,factor,first,first_error,total,total_error: the first-order index (what the assumption explains by
    itself), the total index (with all its interactions), and half the 95% interval of each. `size` (a
    power of 2; SIZE) times 7 settings are scored. A result that never moves has no row. The seed is the scheme's.
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
    """The results under each setting: a row of five numbers from 0 to 1, one an assumption."""
    tried = METHODS, MISSING_POLICIES
    method, policy = ((settings[:, at] * len(names)).astype(int) for at, names in enumerate(tried))
    group, item, feature = (settings[:, 2:] * POOL).astype(int).T
    drawn = draw_weights(scheme, POOL)
    weights = {"groups": drawn["groups"][group]}
    weights |= {name: drawn[name][item] for name in GROUPS} | {name: drawn[name][feature] for name in FEATURES}
    shares = drawn_shares(weights, scheme)

    round_ = now.reported, now.answered, now.bases
    base_case = score_round(round_, scheme, now.goalposts)
    peers, own = peers_of(base_case), base_case["rank"].to_numpy()
    flagged = np.flatnonzero(base_case.bottom_three == 1)
    shift, margins = np.zeros(len(settings)), np.zeros((len(settings), len(flagged)))
    for (one, chosen), (two, missing) in product(*map(enumerate, tried)):
        rows = np.flatnonzero((method == one) & (policy == two))
        changed = variant(scheme, chosen, missing)
        whole = millionths(totals(panel(*round_, changed, now.goalposts), shares[rows], changed))
        shift[rows] = np.abs(ranks(whole, peers.regions) - own).sum(axis=1) / max(len(own), 1)
        passes = to_pass(whole, peers.contenders(scheme), scheme.bottom_count)
        margins[rows] = (whole - passes)[:, flagged] / MILLION
    return {"rank_shift": shift, **dict(zip(base_case.base_id.iloc[flagged], margins.T))}
