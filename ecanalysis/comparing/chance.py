"""Permutation tests for differences between regions, corrected for multiple comparisons.

In: answers, one row per base and one column per field (NaN: no answer), and each base's group. Out: one p-value per
field: the share of permutations of the groups in which any field shows as large a difference (the max statistic of
Westfall and Young, 1993). If regions do not differ, 95 of 100 rounds show no difference at 0.05 in any field.
"""

import numpy as np
import pandas as pd

SHUFFLES = 1999
SEED = 20250101


def of_differences(answers: pd.DataFrame, groups: pd.Series) -> pd.Series:
    """p-value by field of a difference between the groups (F statistic: variance between against within groups)."""
    known = answers.notna().to_numpy()
    values = np.where(known, answers - answers.mean(), 0.0)
    sizes, sums = _by_group(groups, known, values)
    between = np.divide(sums**2, sizes, out=np.zeros_like(sums), where=sizes > 0).sum(axis=0)
    within = (values**2).sum(axis=0) - between
    filled = (sizes > 0).sum(axis=0)
    free = known.sum(axis=0) - filled
    right = (filled > 1) & (free > 0) & (within > 1e-9)
    ratio = np.divide(
        between * free, within * np.maximum(filled - 1, 1), out=np.full_like(between, np.nan), where=right
    )
    return pd.Series(_corrected(ratio), answers.columns)


def of_leads(answers: pd.DataFrame, groups: pd.Series) -> pd.Series:
    """p-value by field of the highest group's lead over the rest (standardised rank sum, corrected for ties)."""
    known = answers.notna().to_numpy()
    n = known.sum(axis=0)
    ranks = np.where(known, answers.rank() - (n + 1) / 2, 0.0)
    spread = (ranks**2).sum(axis=0) / np.maximum(n - 1, 1)
    sizes, sums = _by_group(groups, known, ranks)
    variance = spread * sizes * (n - sizes) / np.maximum(n, 1)
    lead = np.divide(sums, np.sqrt(variance), out=np.full_like(sums, -np.inf), where=variance > 1e-9).max(axis=0)
    return pd.Series(_corrected(np.where(np.isfinite(lead), lead, np.nan)), answers.columns)


def _by_group(groups: pd.Series, known: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number and sum of answers by group, case and field; the first case is observed, the others are permuted."""
    codes = pd.factorize(groups, sort=True)[0]
    chance = np.random.default_rng(SEED)
    cases = np.vstack([codes, *(chance.permutation(codes) for _ in range(SHUFFLES))])
    inside = [(cases == group).astype(float) for group in range(codes.max(initial=-1) + 1)]
    if not inside:
        return np.zeros((1, *cases.shape[:1], known.shape[1])), np.zeros((1, *cases.shape[:1], known.shape[1]))
    return np.stack([one @ known for one in inside]), np.stack([one @ values for one in inside])


def _corrected(statistic: np.ndarray) -> np.ndarray:
    """p-values from a statistic by case and field: the share of cases whose maximum reaches the observed value."""
    largest = np.fmax.reduce(statistic, axis=1, initial=-np.inf)
    share = (largest[:, None] >= statistic[0] - 1e-9).mean(axis=0)
    return np.where(np.isnan(statistic[0]), np.nan, share)
