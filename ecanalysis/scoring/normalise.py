"""Normalisation of values to 0–1: reference sets, bounds, and each field's method, for all bases at once.

In this module a round is a grid with one row per base and one column per scored field (`scheme.SCORED`), NaN for
missing values. `aggregate.py` weights the normalised grid; comparisons of schemes share one grid.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecanalysis.errors import UserError
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.form.words import COUNTRY
from ecanalysis.scoring.scheme import GENERAL, SCORED, SPECIAL, Rule, Scheme

CODES = pd.Index(SCORED, dtype="str")
FEATURE_COLUMNS = {
    letter: [SCORED.index(code) for code in SPECIAL if FIELDS[code].feature == letter] for letter in FEATURES
}
IS_GENERAL = np.isin(SCORED, GENERAL)
FEATURE_OF = np.array([list(FEATURES).index(FIELDS[code].feature or "I") for code in SCORED])  # of a general field: any


@dataclass(frozen=True)
class Grid:
    """A round's values and answers as arrays.

    `values` (bases × fields, NaN: missing), `answered` (bases × features: how many fields of the feature are answered),
    `region` (index of each base's region in `regions`).
    """

    values: np.ndarray
    answered: np.ndarray
    region: np.ndarray
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """Normalisation bounds by region and field. Rows: the regions of the grid, then the whole country.

    `n` is the number of values. `wide[r, f]`: whether the reference set of region r in field f is the whole country.
    `lo` and `hi`, after the transform, are the bounds that apply to a base of region r; equal if there is no spread.
    """

    n: np.ndarray
    wide: np.ndarray
    lo: np.ndarray
    hi: np.ndarray


def grid_of(values: pd.DataFrame, answered: pd.DataFrame, bases: pd.DataFrame) -> Grid:
    """Pivot a round's tidy tables into a grid.

    `values`: base_id, code, value of the reporting year. `answered`: base_id, code of the fields that count as
    answered. `bases`: base_id, region of the bases to be scored. Rows of other bases and of fields that are not scored
    are ignored. Raises ValueError if a base, or a base's value of a field, occurs twice.
    """
    ids = pd.Index(bases["base_id"])
    if not ids.is_unique:
        raise ValueError(f"bases: base_id twice: {', '.join(ids[ids.duplicated()].unique())}")
    shape = (len(ids), len(SCORED))
    place, value = _places(values, ids, shape), values["value"].to_numpy(float, na_value=np.nan)
    keep = (place >= 0) & ~np.isnan(value)
    place, value = place[keep], value[keep]
    if len(place) and np.bincount(place).max() > 1:
        twice = int(np.bincount(place).argmax())
        base, code = ids[twice // shape[1]], SCORED[twice % shape[1]]
        raise ValueError(f"values: two values of {code} for {base}; give those of the reporting year only")
    matrix = np.full(shape, np.nan)
    matrix.ravel()[place] = value
    said = ~np.isnan(matrix)
    also = _places(answered, ids, shape)
    said.ravel()[also[also >= 0]] = True
    counts = np.stack([said[:, columns].sum(axis=1) for columns in FEATURE_COLUMNS.values()], axis=1)
    region, regions = pd.factorize(bases["region"].to_numpy(object))
    return Grid(matrix, counts, region, tuple(regions))


def _places(table: pd.DataFrame, ids: pd.Index, shape: tuple[int, int]) -> np.ndarray:
    """The position of each row in the flattened grid; -1 if it has none."""
    base, code = indexer(table["base_id"], ids), indexer(table["code"], CODES)
    return np.where((base >= 0) & (code >= 0), base * shape[1] + code, -1)


def indexer(column: pd.Series, among: pd.Index) -> np.ndarray:
    """The position in `among` of every entry of a long column with few distinct values; -1 if it is not there.

    >>> indexer(pd.Series(["b", "x", "b", None]), pd.Index(["a", "b"])).tolist()
    [1, -1, 1, -1]
    """
    code, different = pd.factorize(column)
    return np.append(among.get_indexer(different), -1)[code]


def chosen(grid: Grid, scheme: Scheme) -> np.ndarray:
    """Which features each base chose (bases × features, bool)."""
    return grid.answered >= np.array([scheme.minimum_answered[letter] for letter in FEATURES])


def in_play(grid: Grid, scheme: Scheme) -> np.ndarray:
    """Which fields count for each base: the general part and its chosen features (bases × fields, bool)."""
    return chosen(grid, scheme)[:, FEATURE_OF] | IS_GENERAL


def filled(grid: Grid, scheme: Scheme) -> np.ndarray:
    """The values of the fields in play, missing ones imputed by the reference set's median where the rule says so."""
    rules = [scheme.rules[code] for code in SCORED]
    play = in_play(grid, scheme)
    values = np.where(play, grid.values, np.nan)
    columns = [column for column, rule in enumerate(rules) if rule.missing == "region_median"]
    if columns:
        known, used = values[:, columns], [rules[column] for column in columns]
        medians = _by_reference(known, grid, used, lambda rows, n: (_quantiles(rows, n, [0.5] * len(used)),))[0]
        values[:, columns] = np.where(np.isnan(known) & play[:, columns], medians[grid.region], known)
    return values


def references(grid: Grid, scheme: Scheme) -> Reference:
    """The bounds of every field in every region and the whole country, over the values in play."""
    rules = [scheme.rules[code] for code in SCORED]
    x = transformed(np.where(in_play(grid, scheme), grid.values, np.nan), rules)
    lo, hi, n, wide = _by_reference(x, grid, rules, lambda rows, n: _bounds(rows, n, rules))
    return Reference(n, wide, lo, hi)


def _by_reference(x: np.ndarray, grid: Grid, rules: list[Rule], measure) -> tuple[np.ndarray, ...]:
    """Compute statistics of every column for every region and the country, each region using those that apply to it.

    `measure(sorted rows, counts)` returns one or more rows of statistics. Returns these (regions and country × fields),
    the counts, and where a region uses the country's statistics: where the rule's reference set is the country, or the
    region has fewer values than the rule's minimum.
    """
    ordered = [np.sort(x[grid.region == place], axis=0) for place in range(len(grid.regions))] + [np.sort(x, axis=0)]
    ordered = [rows if len(rows) else np.full((1, x.shape[1]), np.nan) for rows in ordered]
    n = np.stack([(~np.isnan(rows)).sum(axis=0) for rows in ordered])
    measured = [np.stack(figures) for figures in zip(*(measure(rows, count) for rows, count in zip(ordered, n)))]
    wide = n < np.array([rule.minimum_reference for rule in rules])
    wide |= np.array([rule.reference == "country" for rule in rules])
    wide[-1] = True
    return *(np.where(wide, figures[-1], figures) for figures in measured), n, wide


def _bounds(ordered: np.ndarray, n: np.ndarray, rules: list[Rule]) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper bound of every column of sorted values (NaN last); equal if there is no spread."""
    least, most = ordered[0], np.take_along_axis(ordered, (n - 1).clip(0)[None], 0)[0]
    lo = _quantiles(ordered, n, [0.0 if rule.lower_quantile is None else rule.lower_quantile for rule in rules])
    hi = _quantiles(ordered, n, [1.0 if rule.upper_quantile is None else rule.upper_quantile for rule in rules])
    no_width = lo == hi
    lo, hi = np.where(no_width, least, lo), np.where(no_width, most, hi)
    for column, rule in enumerate(rules):
        if rule.method == "yes_no":
            lo[column], hi[column] = 0.0, 1.0
        elif rule.low is not None:
            lo[column], hi[column] = transformed(np.array([[rule.low], [rule.high]], float), [rule])[:, 0]
        elif rule.method == "z_score" and least[column] < most[column]:
            known = ordered[: n[column], column]
            middle, reach = known.mean(), rule.z_limit * known.std(ddof=1)
            lo[column], hi[column] = middle - reach, middle + reach
    return lo, hi


def _quantiles(ordered: np.ndarray, n: np.ndarray, levels: list[float]) -> np.ndarray:
    """A quantile of every sorted column, by linear interpolation (NaN for a column without values)."""
    place = (n - 1).clip(0) * np.array(levels)
    below = np.floor(place).astype(int)
    a = np.take_along_axis(ordered, below[None], 0)[0]
    b = np.take_along_axis(ordered, np.minimum(below + 1, (n - 1).clip(0))[None], 0)[0]
    return a + (b - a) * (place - below)


def transformed(values: np.ndarray, rules: list[Rule]) -> np.ndarray:
    """Values after each column's transform (log1p: the natural logarithm of 1 + x)."""
    log = np.array([rule.transform == "log1p" for rule in rules])
    out = values.copy()
    out[:, log] = np.log1p(out[:, log])
    return out


def normalised(grid: Grid, scheme: Scheme, bounds: pd.DataFrame | None = None) -> np.ndarray:
    """A grid's values normalised to 0–1 by each field's rule (bases × fields); 0 if missing and not imputed.

    `bounds` (`scores.bounds_of`) replace the grid's own bounds of the fields they contain. Raises UserError if the
    scheme takes goalposts from another round and they are not given.
    """
    given = set() if bounds is None else set(bounds["code"])
    lacking = [code for code, rule in scheme.rules.items() if rule.from_round and code not in given]
    if lacking:
        raise UserError(f"方案“{scheme.title}”中 {'、'.join(lacking)} 的界值取自其他轮次，但没有提供")
    reference = references(grid, scheme)
    if bounds is not None:
        reference = _with_bounds(reference, bounds, grid.regions)
    rules = [scheme.rules[code] for code in SCORED]
    values = filled(grid, scheme)
    x = transformed(values, rules)
    lo, hi = reference.lo[grid.region], reference.hi[grid.region]
    spread = hi > lo
    with np.errstate(invalid="ignore", divide="ignore"):
        u = np.where(spread, np.clip((x - lo) / (hi - lo), 0.0, 1.0), values > 0)
    for column, rule in enumerate(rules):
        if rule.method == "percentile_rank":
            ranked = _percentile_rank(values[:, column], column, grid, scheme, reference)
            u[:, column] = np.where(spread[:, column], ranked, u[:, column])
        if rule.method == "z_score":  # no spread: every value is average
            u[:, column] = np.where(spread[:, column], u[:, column], 0.5)
        if rule.method == "steps":
            u[:, column] = _steps(values[:, column], rule)
        elif rule.direction == "less":
            u[:, column] = 1.0 - u[:, column]
        if rule.method == "efficacy":
            u[:, column] = rule.floor + (1.0 - rule.floor) * u[:, column]
    return np.where(np.isnan(values), 0.0, u)


def _with_bounds(reference: Reference, bounds: pd.DataFrame, regions: tuple[str, ...]) -> Reference:
    """The reference with its bounds replaced by those given; a region they lack takes the country's."""
    lo, hi = reference.lo.copy(), reference.hi.copy()
    for side, key in ((lo, "lo"), (hi, "hi")):
        table = bounds.pivot(index="region", columns="code", values=key)
        columns = [SCORED.index(code) for code in table.columns]
        rows = [name if name in table.index else COUNTRY for name in (*regions, COUNTRY)]
        side[:, columns] = table.loc[rows].to_numpy()
    return Reference(reference.n, reference.wide, lo, hi)


def _percentile_rank(values: np.ndarray, column: int, grid: Grid, scheme: Scheme, reference: Reference) -> np.ndarray:
    """The share of the other values in the reference set that lie below, ties counted half."""
    known = np.where(in_play(grid, scheme)[:, column], grid.values[:, column], np.nan)
    ranked = np.full(len(values), np.nan)
    for place in range(len(grid.regions)):
        mine = grid.region == place
        peers = np.sort(known if reference.wide[place, column] else known[mine])
        peers = peers[~np.isnan(peers)]
        if len(peers) > 1:
            below = np.searchsorted(peers, values[mine], "left")
            equal = np.searchsorted(peers, values[mine], "right") - below
            ranked[mine] = np.clip((below + (equal - 1) / 2) / (len(peers) - 1), 0.0, 1.0)
    return ranked


def _steps(values: np.ndarray, rule: Rule) -> np.ndarray:
    """The score of the best threshold reached; 0 if none is."""
    if rule.direction == "more":
        return np.array([0.0, *rule.marks])[np.searchsorted(rule.thresholds, values, "right")]
    return np.array([*rule.marks, 0.0])[np.searchsorted(rule.thresholds, values, "left")]
