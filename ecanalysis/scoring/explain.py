"""How each base gained and lost its points, down to the submitted cell.

Takes the tables of a round (`scores.py`) and shows for each base and field the value, bounds, normalised value, maximum
and actual points, the region for comparison, and what a better answer would bring.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.scoring.normalise import grid_of, in_play
from ecanalysis.scoring.scheme import SCORED, Scheme
from ecanalysis.scoring.scores import grid_totals

SOURCE = ["file", "sheet", "cell", "raw"]


def explain(
    points: pd.DataFrame, bases: pd.DataFrame, bounds: pd.DataFrame, values: pd.DataFrame, answered: pd.DataFrame
) -> pd.DataFrame:
    """Every base's points, field by field, in the order of `points`.

    `points` and `bounds` are those of `scores.py`, `bases` has base_id and region, `values` and `answered` of the
    reporting year have file, sheet and cell. Returns base_id, code, part (group or feature), value, reference and
    reference_n (the reference set and its size), low and high (its bounds in the field's own unit), normalised,
    max_points, points, lost (max_points − points), peers (bases of the region for which the field counts),
    peer_median (their median normalised value), gap (points above those of that median), state ("": a value,
    "unreadable": answered without a readable value, "missing"), file, sheet, cell, raw.
    """
    here, region = ["region", "code"], bases.set_index("base_id")["region"]
    peers = points.groupby([points["base_id"].map(region).rename("region"), "code"])["normalised"]
    table = points.assign(region=points["base_id"].map(region))
    table = table.merge(peers.agg(peers="size", peer_median="median"), left_on=here, right_index=True, how="left")
    table = table.merge(bounds[[*here, "reference", "reference_n", "low", "high"]], on=here, how="left")
    parts = {code: field.part for code, field in FIELDS.items()}
    table["part"] = table["code"].map(parts).astype("str")
    table["lost"] = table["max_points"] - table["points"]
    table["gap"] = table["max_points"] * (table["normalised"] - table["peer_median"])
    table = table.merge(_sources(values, answered), on=["base_id", "code"], how="left")
    found = table["file"].notna()
    table["state"] = np.where(table["value"].notna(), "", np.where(found, "unreadable", "missing"))
    table[SOURCE] = table[SOURCE].astype(object).where(found, "").astype("str")
    before = ["code", "part", "value", "reference", "reference_n", "low", "high", "normalised", "max_points", "points"]
    return table[["base_id", *before, "lost", "peers", "peer_median", "gap", "state", *SOURCE]]


def _sources(values: pd.DataFrame, answered: pd.DataFrame) -> pd.DataFrame:
    """Where each field of each base was read: the cell of its value, or of an answer that could not be read."""
    field = ["base_id", "code"]
    said = answered[[*field, "file", "sheet", "cell"]].assign(raw="").drop_duplicates(field)
    return pd.concat([values[[*field, *SOURCE]], said], ignore_index=True).drop_duplicates(field)


def strengths(explained: pd.DataFrame, most: int = 3) -> pd.DataFrame:
    """The `most` fields in which the base gains most against its region's median, best first."""
    return explained[explained["gap"] > 0].sort_values("gap", ascending=False, kind="stable").head(most)


def weaknesses(explained: pd.DataFrame, most: int = 3) -> pd.DataFrame:
    """The `most` fields in which the base loses most against its region's median, worst first.

    Missing answers are not included; they are listed separately.
    """
    return explained[(explained["gap"] < 0) & (explained["state"] == "")].sort_values("gap", kind="stable").head(most)


def waterfall(explained: pd.DataFrame, scheme: Scheme, most: int = 12) -> pd.DataFrame:
    """The steps of a waterfall chart from 100 points down to the total: the `most` largest losses, then all others.

    Returns step (a code, "full", "others", "special" for a base without a feature, "total"), points (negative for a
    loss), start and end of the bar. Empty if `explained` is.
    """
    if explained.empty:
        return pd.DataFrame({"step": pd.Series(dtype="str"), "points": 0.0, "start": 0.0, "end": 0.0})
    losses = explained.set_index("code")["lost"].sort_values(ascending=False, kind="stable")
    if not (explained["part"].isin(FEATURES)).any():
        losses = pd.concat([pd.Series({"special": scheme.special_points}), losses])
    losses = losses[losses > 1e-9]
    shown, others = losses.head(most), losses.iloc[most:]
    if len(others):
        shown = pd.concat([shown, pd.Series({"others": others.sum()})])
    full = scheme.general_points + scheme.special_points
    ends = full - shown.cumsum().to_numpy()
    starts = np.append(full, ends)[: len(ends)]
    return pd.DataFrame(
        {
            "step": ["full", *shown.index, "total"],
            "points": [full, *-shown.to_numpy(), full - losses.sum()],
            "start": [0.0, *starts, 0.0],
            "end": [full, *ends, full - losses.sum()],
        }
    )


def one_more(
    base_id: str,
    values: pd.DataFrame,
    answered: pd.DataFrame,
    bases: pd.DataFrame,
    scheme: Scheme,
    bounds: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What one more unit of each field would bring a base, all other values and bases unchanged.

    Takes what `scores.score_points` takes. The round is rescored for each field, so bounds move with the value. A
    yes/no is set to the better answer; a number is improved by 1 in its own unit, within the limits of the form.
    Returns code, value, better (the value tried), gain (points), without fields that have no value or no better one.
    Empty for a base that is not scored.
    """
    columns = ["code", "value", "better", "gain"]
    if base_id not in set(bases["base_id"]):
        return pd.DataFrame(columns=columns)
    grid = grid_of(values, answered, bases)
    row = pd.Index(bases["base_id"]).get_loc(base_id)
    before = grid_totals(grid, scheme, bounds)[row]
    found = []
    for column in np.flatnonzero(in_play(grid, scheme)[row]):
        code, value = SCORED[column], grid.values[row, column]
        better = _better(code, value, scheme)
        if np.isnan(value) or better == value:
            continue
        tried = grid.values.copy()
        tried[row, column] = better
        after = grid_totals(replace(grid, values=tried), scheme, bounds)[row]
        found.append((code, value, better, after - before))
    return pd.DataFrame(found, columns=columns)


def _better(code: str, value: float, scheme: Scheme) -> float:
    """The next better value the form allows, or the value itself if there is none."""
    field, step = FIELDS[code], 1.0 if scheme.rules[code].direction == "more" else -1.0
    low, high = (0.0, 1.0) if field.type == "yes_no" else (field.low, field.high)
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    return float(np.clip(value + step, low, high))
