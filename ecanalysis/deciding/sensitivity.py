"""Which of the assumptions the results hang on: other normalisations, other rules for missing values, other weights.

Every alternative is scored by the ordinary scorer under a changed scheme. What matters most is then measured by a
variance-based sensitivity analysis (Sobol indices, with SALib): all assumptions are varied at once, and the variance
of a result is divided among them, as the OECD/JRC handbook on composite indicators does.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
from SALib.analyze import sobol as sobol_indices
from SALib.sample import sobol as sobol_sample
from scipy import stats

from ecanalysis.deciding import robustness
from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.scoring import scores
from ecanalysis.scoring.scheme import Scheme

METHODS = {  # how numbers become 0–1; "scheme" leaves the scheme's own rules
    "scheme": {},
    "no_logarithm": {"transform": "none"},
    "whole_range": {"method": "min_max", "lower_quantile": 0.0, "upper_quantile": 1.0},
    "percentile_rank": {"method": "percentile_rank"},
    "z_score": {"method": "z_score", "z_limit": 2.0},
}
FREE = {"low": None, "high": None, "from_round": None}  # a replaced method takes its bounds from the round itself
MISSING = ("zero", "region_median", "reweight")
FACTORS = ("normalisation", "missing_values", "group_weights", "item_weights", "feature_weights")
POOL = 1024  # drawn weights to choose from


def variant(scheme: Scheme, method: str, missing: str) -> Scheme:
    """The scheme with another normalisation of numbers (a key of METHODS) and another rule for missing values.

    >>> from ecanalysis.scoring import scheme
    >>> rule = variant(scheme.load(), "z_score", "reweight").rules["C04"]
    >>> rule.method, rule.transform, rule.missing
    ('z_score', 'log1p', 'reweight')
    """
    changes = METHODS[method] | (FREE if "method" in METHODS[method] else {})
    rules = {
        code: replace(rule, missing=missing, **(changes if FIELDS[code].numeric else {}))
        for code, rule in scheme.rules.items()
    }
    return scheme.with_(rules=rules)


def alternatives(now, scheme: Scheme) -> pd.DataFrame:
    """The round scored under every normalisation with every rule for missing values.

    `now` is a round with `reported` (values of the reporting year), `answered`, `bases` and `goalposts` (bounds from
    other rounds, or None). One row a base and combination: base_id,method,missing,total,rank,rank_in_kind,tier,
    bottom_three.
    """
    kept = ["base_id", "total", "rank", "rank_in_kind", "tier", "bottom_three"]
    frames = []
    for method, missing in product(METHODS, MISSING):
        _, table = _scored(now, variant(scheme, method, missing))
        frames.append(table[kept].assign(method=method, missing=missing))
    return pd.concat(frames, ignore_index=True)[["base_id", "method", "missing", *kept[1:]]]


def what_matters(now, scheme: Scheme, size: int = 1024) -> pd.DataFrame:
    """How much of the variance of each result goes back to each assumption.

    The results: `rank_shift`, the mean over all bases of how far the rank in the region moves from the scheme's own;
    and for each base in the bottom three (by its base_id) its margin in points to the first total that is not safe.
    Columns result,factor,first,first_error,total,total_error: the first-order index (what the assumption explains by
    itself), the total index (with all its interactions), and half the 95% interval of each. `size` (a power of 2)
    times 7 settings are scored. A result that never moves has no row. The seed is the scheme's.
    """
    problem = {"num_vars": len(FACTORS), "names": list(FACTORS), "bounds": [[0, 1]] * len(FACTORS)}
    settings = sobol_sample.sample(problem, size, calc_second_order=False, seed=scheme.seed)
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


def _scored(now, scheme: Scheme) -> tuple[pd.DataFrame, pd.DataFrame]:
    points = scores.score_points(now.reported, now.answered, now.bases, scheme, now.goalposts)
    return points, scores.score_bases(points, now.reported, now.bases, scheme)


def _results(now, scheme: Scheme, settings: np.ndarray) -> dict[str, np.ndarray]:
    """The results under each setting: a row of five numbers from 0 to 1, one an assumption."""
    methods, policies = list(METHODS), list(MISSING)
    method, policy = ((settings[:, at] * len(names)).astype(int) for at, names in enumerate((methods, policies)))
    group, item, feature = (settings[:, 2:] * POOL).astype(int).T
    drawn = robustness.draw_weights(scheme, POOL, scheme.seed)
    weights = {"groups": drawn["groups"][group]}
    weights |= {name: drawn[name][item] for name in GROUPS} | {name: drawn[name][feature] for name in FEATURES}
    by_field = robustness.field_weights(weights, scheme)

    _, base_case = _scored(now, scheme)
    regions, rivals, _ = robustness.peers(base_case, scheme)
    flagged = np.flatnonzero(base_case.bottom_three == 1)
    others = {place: next(them[them != place] for them in rivals if place in them) for place in flagged}
    out = {
        "rank_shift": np.zeros(len(settings)),
        **{base_case.base_id[place]: np.zeros(len(settings)) for place in flagged},
    }
    for one, two in product(range(len(methods)), range(len(policies))):
        rows = np.flatnonzero((method == one) & (policy == two))
        changed = variant(scheme, methods[one], policies[two])
        points, table = _scored(now, changed)
        totals = robustness.totals(robustness.panel_of(points, table, changed), by_field[rows], changed).round(6)
        for members in regions:
            ranks = stats.rankdata(-totals[:, members], method="min", axis=1)
            out["rank_shift"][rows] += np.abs(ranks - base_case["rank"].to_numpy()[members]).sum(axis=1) / len(
                base_case
            )
        for place in flagged:
            edge = np.partition(totals[:, others[place]], scheme.bottom_count - 1, axis=1)[:, scheme.bottom_count - 1]
            out[base_case.base_id[place]][rows] = totals[:, place] - edge
    return out
