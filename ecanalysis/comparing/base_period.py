"""Values -> change since the base period (the year before the reporting year; form note 5).

Only numeric fields are compared: counts and amounts (also in percent), C07 in its unit, percents in percentage points.
Yes/no fields and the operator are not quantities, and most of them ask for the state at the end of the year. Growth of
a total is computed from sums over the bases that have both years, never as a mean of rates. `growth` analyses which
bases and fields a change comes from.

`values` has base_id, code, year, value (and file, sheet, cell where cells are asked for); `bases` has base_id,
region, province, kind. Nothing is rounded here.
"""

import numpy as np
import pandas as pd

from ecanalysis.form.fields import FIELDS, IN_FORM
from ecanalysis.form.words import COUNTRY, REGIONS
from ecanalysis.reading.rows import about
from ecanalysis.rounds import schemas

CHANGE = list(schemas.TABLES["change"].columns)
COMPARED = [code for code, field in FIELDS.items() if field.numeric]
SUMMED = [code for code in COMPARED if FIELDS[code].type in ("count", "amount")]
GROWTH = [code for code in COMPARED if FIELDS[code].type == "percent" and FIELDS[code].low == -100]
MISMATCH_POINTS = 1.0  # percentage points by which stated and computed growth may differ


def change_of(values: pd.DataFrame, year: int, previous_values: pd.DataFrame | None = None) -> pd.DataFrame:
    """Change in each base's numeric values from the base period (the year before) to `year`.

    One row for every numeric field for which a base has a value in at least one of the two years; if either is missing,
    so are `change` and `change_pct`. `source` says where the base-period value comes from: `reported` (the submission's
    own base-period column), otherwise `base_period_round` (`previous_values`, the values of a round whose reporting
    year is the base period), otherwise `implied` (A2 from its stated growth A3, if that is above -100), otherwise "".
    `change` is in the field's unit (percentage points for a percent); `change_pct` is given for counts and amounts
    only, and is missing if the base-period value is 0.

    >>> values = pd.DataFrame({"base_id": ["N01", "N01", "S07"], "code": "C17",
    ...     "year": [2024, 2025, 2025], "value": [100.0, 130.0, 80.0]})
    >>> change_of(values, 2025)[["base_id", "source", "change", "change_pct"]].values.tolist()
    [['N01', 'reported', 30.0, 30.0], ['S07', '', nan, nan]]
    """
    now = of_year(values, year)
    sources = {"reported": of_year(values, year - 1)}
    if previous_values is not None:
        before = of_year(previous_values, year - 1)
        sources["base_period_round"] = before[before.index.get_level_values("base_id").isin(set(values.base_id))]
    sources["implied"] = _implied(now)
    keys = now.index
    for found in sources.values():
        keys = keys.union(found.index)
    frame = pd.DataFrame({"value": now.reindex(keys)}, index=keys).assign(base_period_value=np.nan, source="")
    for source, found in sources.items():
        fills = frame.base_period_value.isna() & frame.index.isin(found.index)
        frame.loc[fills, "base_period_value"] = found.reindex(frame.index[fills])
        frame.loc[fills, "source"] = source
    frame["change"] = frame.value - frame.base_period_value
    frame = frame.reset_index()
    frame["change_pct"] = growth_pct(frame.value, frame.base_period_value).where(frame.code.isin(SUMMED))
    return frame.assign(order=frame.code.map(IN_FORM)).sort_values(["base_id", "order"], ignore_index=True)[CHANGE]


def growth_pct(now: pd.Series, before: pd.Series) -> pd.Series:
    """Growth in %; NaN if the earlier value is 0."""
    return (now - before) / before.where(before != 0) * 100


def region_change(change: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    """Growth of regional and national totals: region, code, value, base_period_value, change_pct, bases.

    For counts and amounts only, each summed over the bases that have both years (`bases` is their number); a field
    without any such base in a region has no row. `change_pct` is missing if the base-period total is 0.
    """
    return totals(change, bases, "region").rename(columns={"group": "region"})


def totals(change: pd.DataFrame, bases: pd.DataFrame, by: str) -> pd.DataFrame:
    """As `region_change`, for 全国 and the groups of any column `by` of `bases`; the first column is `group`."""
    both = with_both_years(change, bases)
    both = both[both.code.isin(SUMMED)]
    sums = (
        in_groups(both, by)
        .groupby(["group", "code"], as_index=False)
        .agg(value=("value", "sum"), base_period_value=("base_period_value", "sum"), bases=("base_id", "size"))
    )
    sums["change_pct"] = growth_pct(sums.value, sums.base_period_value)
    sums = sums[["group", "code", "value", "base_period_value", "change_pct", "bases"]]
    return in_form_order(sums)


def growth_mismatch(values: pd.DataFrame, year: int) -> pd.DataFrame:
    """Issues for a stated growth A3 more than 1 percentage point from the growth computed from A2 of both years.

    Columns: base_id, then those of issues; the cell is that of A3. Only A2 as reported in the submission counts, not
    that of a base-period round. A base-period A2 of 0 is skipped.
    """
    stated = stated_and_computed(values, year)
    wrong = stated[(stated.stated - stated.computed).abs() > MISMATCH_POINTS + 1e-9]
    messages = [
        f"{about('A3', row.sheet, row.cell)}应与A2一致，即{row.computed:.1f}%"
        f"（{year}年{row.value:.10g}亿元，{year - 1}年{row.base_period_value:.10g}亿元），"
        f"实为“{row.stated:.10g}%”，相差{abs(row.stated - row.computed):.1f}个百分点，请核对"
        for row in wrong.itertuples()
    ]
    return schemas.warnings("growth_mismatch", wrong, messages)


def stated_and_computed(values: pd.DataFrame, year: int) -> pd.DataFrame:
    """The stated growth of A2 (A3) and the growth computed from A2 as reported for both years, one row per base.

    Columns: those of the A3 row of `values` (including its file, sheet and cell), then value and base_period_value (A2,
    亿元), stated and computed (%). Bases lacking any of the three values are left out.
    """
    amounts = of_year(values[values.code == "A2"], year).rename("value").reset_index("code", drop=True).to_frame()
    before = of_year(values[values.code == "A2"], year - 1).reset_index("code", drop=True)
    amounts["base_period_value"] = before.reindex(amounts.index)
    amounts = amounts[amounts.base_period_value > 0]
    amounts["computed"] = (amounts.value / amounts.base_period_value - 1) * 100
    stated = values[(values.year == year) & (values.code == "A3") & values.value.notna()]
    stated = stated.rename(columns={"value": "stated"}).merge(amounts.reset_index(), on="base_id")
    return stated.sort_values("base_id", ignore_index=True)


def of_year(values: pd.DataFrame, year: int) -> pd.Series:
    """The numeric fields' values of one year, by base_id and code."""
    rows = values[(values.year == year) & values.code.isin(COMPARED) & values.value.notna()]
    return rows.set_index(["base_id", "code"])["value"].astype(float).sort_index()


def _implied(now: pd.Series) -> pd.Series:
    """A2 of the base period, from A2 and its stated growth A3; none for -100, which any earlier value gives."""
    wide = now[now.index.get_level_values("code").isin(["A2", "A3"])].unstack("code").reindex(columns=["A2", "A3"])
    wide = wide[(wide.A3 > -100) & wide.A2.notna()]
    implied = wide.A2 / (1 + wide.A3 / 100)
    implied.index = pd.MultiIndex.from_product([implied.index, ["A2"]], names=["base_id", "code"])
    return implied


def with_both_years(change: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    """The rows with values for both years, with the columns of `bases`."""
    return change[change.change.notna()].merge(bases, on="base_id")


def in_groups(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Every row twice, with a column `group`: 全国, and its value of the column `by`."""
    return pd.concat([table.assign(group=COUNTRY), table.assign(group=table[by])])


def place_of_group(group: str, rank: float = 0) -> tuple:
    """Sort key of a group: 全国, 东, 中, 西, then others by rank and name."""
    first = [COUNTRY, *REGIONS]
    return (first.index(group), 0, "") if group in first else (len(first), rank, group)


def in_form_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows sorted by group (全国, 东, 中, 西, then others by name) and by the form's order of fields."""
    places = frame.assign(_place=frame.group.map(place_of_group), _order=frame.code.map(IN_FORM))
    return places.sort_values(["_place", "_order"], ignore_index=True)[frame.columns]
