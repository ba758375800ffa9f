"""Progress that relative scores hide: every round scored on the bounds of the first.

A total is relative to its own round: if all bases improve, the bounds rise with them and totals stay the same. On the
bounds of the first round (fixed goalposts), improvement and decline become visible.
"""

from types import SimpleNamespace

import pandas as pd

from ecanalysis.form.words import COUNTRY, KINDS, REGIONS
from ecanalysis.rounds.roster import WHO
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.scores import bounds_of, score_round

ORDER = {name: place for place, name in enumerate([*REGIONS, COUNTRY, *KINDS])}


def on_first_bounds(rounds, scheme: Scheme) -> pd.DataFrame:
    """The totals of every base in every round, as scored and on the bounds of the first round.

    `rounds`, oldest first, have `year`, `reported` (values of the reporting year), `answered`, `bases` and `scores`.
    Columns base_id,year,name,region,kind,total,fixed. In the first round the two totals are equal, unless the scheme
    takes goalposts from another round. Totals on fixed bounds also lie within 0–100: values above the first round's
    upper bound get full points. Methods without bounds (percentile rank) remain relative.
    """
    first = rounds[0]
    goalposts = bounds_of(first.reported, first.answered, first.bases, scheme)
    frames = []
    for one in rounds:
        fixed = score_round((one.reported, one.answered, one.bases), scheme, goalposts)[["base_id", "total"]]
        table = one.scores[[*WHO, "total"]].assign(year=one.year)
        frames.append(table.merge(fixed.rename(columns={"total": "fixed"}), on="base_id"))
    columns = ["base_id", "year", "name", "region", "kind", "total", "fixed"]
    return pd.concat(frames, ignore_index=True)[columns]


def progress(totals: pd.DataFrame) -> pd.DataFrame:
    """The change of totals between the last two rounds: base_id,name,region,kind,change,fixed_change (points).

    `totals` is the result of `on_first_bounds`. Only bases scored in both rounds; name, region and kind are those of
    the later one. Empty with fewer than two rounds.
    """
    years = [0, 0, *sorted(totals.year.unique())]  # a round without scored bases has no rows
    earlier, later = (totals[totals.year == year] for year in years[-2:])
    both = later.merge(earlier[["base_id", "total", "fixed"]], on="base_id", suffixes=("", "_before"))
    changes = both.assign(change=both.total - both.total_before, fixed_change=both.fixed - both.fixed_before)
    return changes[[*WHO, "change", "fixed_change"]]


def counts(change: pd.DataFrame) -> SimpleNamespace:
    """Of the `bases` in `progress`, how many rose: `up` as scored, `fixed_up` on fixed bounds, `hidden` only there."""
    up, fixed_up = change.change > 0, change.fixed_change > 0
    return SimpleNamespace(
        bases=len(change), up=int(up.sum()), fixed_up=int(fixed_up.sum()), hidden=int((fixed_up & ~up).sum())
    )


def summary(change: pd.DataFrame) -> pd.DataFrame:
    """`progress` by region and kind, and over the country (region 全国).

    Columns region,kind,bases,median_change,up,median_fixed_change,fixed_up.
    """
    both = pd.concat([change, change.assign(region=COUNTRY)])
    return (
        both.assign(up=both.change > 0, fixed_up=both.fixed_change > 0)
        .groupby(["region", "kind"], sort=False)
        .agg(
            bases=("base_id", "size"),
            median_change=("change", "median"),
            up=("up", "sum"),
            median_fixed_change=("fixed_change", "median"),
            fixed_up=("fixed_up", "sum"),
        )
        .reset_index()
        .sort_values(["region", "kind"], key=lambda column: column.map(ORDER))
        .reset_index(drop=True)
    )
