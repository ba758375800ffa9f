"""The scoring of one round: values and a scheme -> points, totals, ranks and tiers.

The rules are the form's notes 3, 4 and 6 and, where these leave a choice, the scheme's; `docs/method.md` works through
one base by hand. Scores are relative to a base's region and to one round.
"""

import numpy as np
import pandas as pd

from ecanalysis.form.fields import FEATURES
from ecanalysis.form.words import COUNTRY
from ecanalysis.rounds.roster import OF_BASE
from ecanalysis.scoring.aggregate import max_points, panel_of
from ecanalysis.scoring.normalise import CODES, FEATURE_OF, Grid, grid_of, in_play, indexer, references
from ecanalysis.scoring.scheme import GENERAL, SCORED, Scheme
from ecanalysis.scoring.standing import peers_of, standing

FIXED = "固定"


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
    panel = panel_of(grid, scheme, bounds)
    base, column = np.nonzero(in_play(grid, scheme))
    most, u = max_points(panel, scheme)[base, column], panel.normalised[base, column]
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


def bounds_of(
    values: pd.DataFrame,
    answered: pd.DataFrame,
    bases: pd.DataFrame,
    scheme: Scheme,
    goalposts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The normalisation bounds of every field in every region and in the whole country (region 全国).

    Takes what `score_points` takes; `goalposts` (of other rounds) replace the bounds of their fields. Returns region,
    code, n (values in the region), reference (the reference set: the region, 全国, or 固定 if the scheme fixes the
    bounds), reference_n (values in it), lo and hi (after the transform; equal if there is no spread), low and high (the
    same in the field's own unit), spread (bool: lo < hi).
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
    bounds = pd.DataFrame(
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
    if goalposts is None:
        return bounds
    return pd.concat([bounds[~bounds["code"].isin(goalposts["code"])], goalposts], ignore_index=True)


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


def grid_totals(grid: Grid, scheme: Scheme, bounds: pd.DataFrame | None = None) -> np.ndarray:
    """The total (0–100) of each base of a grid."""
    panel = panel_of(grid, scheme, bounds)
    return (panel.normalised * max_points(panel, scheme)).sum(axis=1)


def _joined(features: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """The letters of the chosen features, joined as "I;L"."""
    names = [";".join(letter for place, letter in enumerate(FEATURES) if key >> place & 1) for key in range(16)]
    return pd.array(names, dtype="str").take(features @ (1 << np.arange(len(FEATURES))))
