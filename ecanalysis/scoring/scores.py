"""The scoring of one round: values and a scheme -> points, totals, ranks and tiers.

The rules are the form's notes 3, 4 and 6 and, where these leave a choice, the scheme's; `docs/method.md` works through
one base by hand. Scores are relative to a base's region and to one round.
"""

import numpy as np
import pandas as pd

from ecanalysis.errors import UserError
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.form.words import COUNTRY
from ecanalysis.rounds.roster import OF_BASE
from ecanalysis.scoring.aggregate import Panel, max_points, panel_of
from ecanalysis.scoring.normalise import (
    CODES,
    Grid,
    Reference,
    filled,
    grid_of,
    in_play,
    indexer,
    normalised,
    references,
)
from ecanalysis.scoring.scheme import GENERAL, SCORED, Scheme
from ecanalysis.scoring.standing import peers_of, standing

FIXED = "固定"
FEATURE_OF = np.array([list(FEATURES).index(FIELDS[code].feature or "I") for code in SCORED])


def score_points(
    values: pd.DataFrame,
    answered: pd.DataFrame,
    bases: pd.DataFrame,
    scheme: Scheme,
    bounds: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The points of every base in every field that counts for it: the general part and its chosen features.

    `values`: base_id, code, value of the reporting year, one row per base and code. `answered`: base_id, code of the
    fields that count as answered, which decide the chosen features. `bases`: base_id, region of the bases to score.
    `bounds`, as returned by `bounds_of`, replace the round's own bounds of the fields they contain (goalposts of
    another round, see `goalposts_from`). Raises UserError if the scheme needs goalposts and they are not given.

    Returns base_id, code, value, normalised (0–1), max_points, points, in the order of `bases` and of the form; a
    missing value has a row with value NaN. A base's points add up to its total.
    """
    grid = grid_of(values, answered, bases)
    u, most = score_grid(grid, scheme, bounds)
    base, column = np.nonzero(in_play(grid, scheme))
    most, u = most[base, column], u[base, column]
    return pd.DataFrame(
        {
            "base_id": bases["base_id"].array.take(base),
            "code": CODES.array.take(column),
            "value": grid.values[base, column],
            "normalised": u,
            "max_points": most,
            "points": most * u,
        },
        copy=False,
    )


def score_bases(points: pd.DataFrame, values: pd.DataFrame, bases: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Totals, ranks, tiers and flags: one row per base, in the order of `bases`.

    `points` are those of `score_points`, `values` those given to it (for the gate questions). Returns base_id, name,
    province, region, kind, general (0–80), special (0–20), total (0–100), rank (in the region), rank_in_kind, tier,
    gated, bottom_three (0/1), features ("I;L"), missing (number of fields in `points` without a value).
    """
    ids = pd.Index(bases["base_id"])
    base, column = indexer(points["base_id"], ids), indexer(points["code"], CODES)
    special = column >= len(GENERAL)
    worth = points["points"].to_numpy()
    general = np.bincount(base[~special], worth[~special], len(ids)).astype(float)  # integers if empty
    extra = np.bincount(base[special], worth[special], len(ids)).astype(float)
    missing = np.bincount(base[np.isnan(points["value"].to_numpy())], minlength=len(ids))
    features = np.zeros((len(ids), len(FEATURES)), bool)
    features[base[special], FEATURE_OF[column[special]]] = True

    gates = values[(values["code"].isin(scheme.gate_codes)) & (values["value"] == 1)]
    gated = ids.isin(gates["base_id"]) & scheme.gate
    place = standing(general + extra, peers_of(bases), gated, scheme)
    return bases[OF_BASE].assign(
        general=general,
        special=extra,
        total=general + extra,
        rank=place.rank,
        rank_in_kind=place.rank_in_kind,
        tier=pd.array(scheme.tier_names, dtype="str").take(place.tier),
        gated=gated.astype(int),
        bottom_three=place.bottom_three.astype(int),
        features=_joined(features),
        missing=missing,
    )


def score_round(round_: tuple, scheme: Scheme, bounds: pd.DataFrame | None = None) -> pd.DataFrame:
    """The scores (`score_bases`) of a round given as (values, answered, bases), as `score_points` takes them."""
    return score_bases(score_points(*round_, scheme, bounds), round_[0], round_[2], scheme)


def bounds_of(values: pd.DataFrame, answered: pd.DataFrame, bases: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The normalisation bounds of every field in every region and in the whole country (region 全国).

    Takes what `score_points` takes. Returns region, code, n (values in the region), reference (the reference set: the
    region, 全国, or 固定 if the scheme fixes the bounds), reference_n (values in it), lo and hi (after the transform;
    equal if there is no spread), low and high (the same in the field's own unit), spread (bool: lo < hi).
    """
    grid = grid_of(values, answered, bases)
    reference = references(grid, scheme)
    regions = np.array([*grid.regions, COUNTRY], object)
    rows, columns = reference.n.shape
    wide = reference.wide.ravel()
    own, country = np.repeat(regions, columns), np.tile(reference.n[-1], rows)
    rules = [scheme.rules[code] for code in SCORED]
    fixed = np.tile([rule.method in ("yes_no", "steps") or rule.low is not None for rule in rules], rows)
    log = np.tile(np.array([rule.transform == "log1p" for rule in rules]), rows)
    lo, hi, n = reference.lo.ravel(), reference.hi.ravel(), reference.n.ravel()
    return pd.DataFrame(
        {
            "region": own,
            "code": np.tile(SCORED, rows),
            "n": n,
            "reference": np.where(fixed, FIXED, np.where(wide, COUNTRY, own)),
            "reference_n": np.where(fixed, 0, np.where(wide, country, n)),
            "lo": lo,
            "hi": hi,
            "low": np.expm1(lo, where=log, out=lo.copy()),
            "high": np.expm1(hi, where=log, out=hi.copy()),
            "spread": hi > lo,
        }
    )


def goalposts_from(rounds: dict[int, tuple], scheme: Scheme) -> pd.DataFrame | None:
    """The bounds of the fields whose goalposts the scheme takes from other rounds; None if it takes none.

    `rounds`: year -> (values, answered, bases) of that round. Returns the columns of `bounds_of`; `reference` names the
    round as well. Raises UserError if a round named in the scheme is not given.
    """
    scheme.check_rounds(rounds)
    found = []
    for year in scheme.from_rounds:
        bounds = bounds_of(*rounds[year], scheme)
        codes = [code for code, rule in scheme.rules.items() if rule.from_round == year]
        bounds = bounds[bounds["code"].isin(codes)]
        found.append(bounds.assign(reference=f"{year}年轮次" + bounds["reference"]))
    return pd.concat(found, ignore_index=True) if found else None


def panel(
    values: pd.DataFrame,
    answered: pd.DataFrame,
    bases: pd.DataFrame,
    scheme: Scheme,
    bounds: pd.DataFrame | None = None,
) -> Panel:
    """A round ready to be weighted, in the order of `bases`. Takes what `score_points` takes."""
    grid = grid_of(values, answered, bases)
    return panel_of(normalised_grid(grid, scheme, bounds), grid, scheme)


def score_grid(grid: Grid, scheme: Scheme, bounds: pd.DataFrame | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A grid's normalised values and maximum points (both bases × scored fields).

    The maximum is 0 for fields of features that were not chosen.
    """
    u = normalised_grid(grid, scheme, bounds)
    return u, max_points(panel_of(u, grid, scheme), scheme)


def grid_totals(grid: Grid, scheme: Scheme, bounds: pd.DataFrame | None = None) -> np.ndarray:
    """The total (0–100) of each base of a grid."""
    u, most = score_grid(grid, scheme, bounds)
    return (u * most).sum(axis=1)


def normalised_grid(grid: Grid, scheme: Scheme, bounds: pd.DataFrame | None = None) -> np.ndarray:
    """A grid's values normalised to 0–1 (bases × scored fields); `bounds` as for `score_points`."""
    given = set() if bounds is None else set(bounds["code"])
    lacking = [code for code, rule in scheme.rules.items() if rule.from_round and code not in given]
    if lacking:
        raise UserError(f"方案“{scheme.title}”中 {'、'.join(lacking)} 的界值取自其他轮次，但没有提供")
    reference = references(grid, scheme)
    if bounds is not None:
        reference = _with_bounds(reference, bounds, grid.regions)
    return normalised(filled(grid, scheme), grid, scheme, reference)


def _with_bounds(reference: Reference, bounds: pd.DataFrame, regions: tuple[str, ...]) -> Reference:
    """The reference with its bounds replaced by those given; a region they lack takes the country's."""
    lo, hi = reference.lo.copy(), reference.hi.copy()
    for side, key in ((lo, "lo"), (hi, "hi")):
        table = bounds.pivot(index="region", columns="code", values=key)
        columns = [SCORED.index(code) for code in table.columns]
        rows = [name if name in table.index else COUNTRY for name in (*regions, COUNTRY)]
        side[:, columns] = table.loc[rows].to_numpy()
    return Reference(reference.n, reference.wide, lo, hi)


def _joined(features: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """The letters of the chosen features, joined as "I;L"."""
    names = [";".join(letter for place, letter in enumerate(FEATURES) if key >> place & 1) for key in range(16)]
    return pd.array(names, dtype="str").take(features @ (1 << np.arange(len(FEATURES))))
