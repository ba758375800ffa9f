"""Growth since the base period: its totals, how reliable it is, and the bases it comes from.

Tables in, tables out: `change` is the result of `base_period.change_of`, `values` has base_id, code, year, value, file,
sheet, cell and `bases` base_id, name, province, region, kind. Nothing is rounded here.
"""

import numpy as np
import pandas as pd

from ecanalysis.comparing.base_period import (
    COMPARED,
    GROWTH,
    SUMMED,
    growth_pct,
    in_form_order,
    in_groups,
    totals,
    with_both_years,
)
from ecanalysis.comparing.regions import SMALL, SPREAD
from ecanalysis.form.words import SOURCE_NAMES, SUSPICIOUS
from ecanalysis.rounds.schemas import by_form, found_in

FLOWS = ["code", "before", "left", "left_bases", "stayed_before", "stayed_now", "stayed_bases", "stayed_change",
         "stayed_pct", "entered", "entered_bases", "now"]  # fmt: skip
JUMP = 10  # factor of change from which the cell should be checked
SOURCES = ("reported", "base_period_round", "implied")


def sound(change: pd.DataFrame, issues: pd.DataFrame, corrections: pd.DataFrame) -> pd.DataFrame:
    """The part of `change` from which growth is computed, without doubtful and implied base-period values.

    Adds the column `left_out`: `implied` (the base-period value was derived from a stated growth and is not independent
    evidence), `doubted` (the field has an issue of a kind in SUSPICIOUS, or a jump, that no correction has settled), or
    "". Rows left out keep their value but lose base-period value, source and change. `issues` has base_id, code, kind
    (copied_base_period, which has no code, applies to all fields of its base); `corrections` has base_id, code, status.
    """
    keys = ["base_id", "code"]
    asked = issues[issues.kind.isin(SUSPICIOUS)]
    settled = corrections[corrections.status != "pending"]
    doubted = found_in(change, asked, keys) | _jumping(change)
    doubted |= change.base_id.isin(asked.base_id[asked.kind == "copied_base_period"])
    doubted &= ~found_in(change, settled, keys) & change.change.notna()
    left_out = np.select([change.source == "implied", doubted], ["implied", "doubted"], "")
    kept = change.assign(left_out=pd.array(left_out, dtype="str"))
    kept.loc[kept.left_out != "", ["base_period_value", "change", "change_pct"]] = np.nan
    kept.loc[kept.left_out != "", "source"] = ""
    return kept


def overview(change: pd.DataFrame) -> pd.DataFrame:
    """How each numeric field changed, and from how many bases this is known; one row per field in the form's order.

    Columns: code; value_bases and base_period_bases (bases with a value in that year), both; reported,
    base_period_round, implied (of `both`, by source); up, down, same (bases); median_change (in the field's unit),
    median_change_pct; value, base_period_value and change_pct of the total (counts and amounts only).
    """
    both = change[change.change.notna()].groupby("code")
    sums = both[["value", "base_period_value"]].sum().reindex([code for code in SUMMED if code in both.groups])
    counted = {
        "value_bases": change[change.value.notna()],
        "base_period_bases": change[change.base_period_value.notna()],
        "both": change[change.change.notna()],
        **{source: change[change.change.notna() & (change.source == source)] for source in SOURCES},
        "up": change[change.change > 0],
        "down": change[change.change < 0],
        "same": change[change.change == 0],
    }
    table = pd.DataFrame({name: rows.groupby("code").size() for name, rows in counted.items()}, index=COMPARED)
    return (
        table.fillna(0)
        .astype(int)
        .assign(
            median_change=both.change.median(),
            median_change_pct=both.change_pct.median(),
            **sums,
            change_pct=growth_pct(sums.value, sums.base_period_value),
        )
        .rename_axis("code")
        .reset_index()
    )


def stated_rates(values: pd.DataFrame, bases: pd.DataFrame, year: int) -> pd.DataFrame:
    """The growth rates that the form asks for directly (C15, L2, A3): base_id, code, value (%), columns of `bases`."""
    rates = values[(values.year == year) & values.code.isin(GROWTH) & values.value.notna()]
    return rates[["base_id", "code", "value"]].merge(bases, on="base_id")


def own_growth(change: pd.DataFrame, bases: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """Each base's growth of the counts or amounts `codes`, with the columns of `stated_rates`; value is change_pct."""
    both = with_both_years(change, bases)
    both = both[both.code.isin(codes) & both.change_pct.notna()]
    return both[["base_id", "code"]].assign(
        value=both.change_pct, **{key: both[key] for key in bases if key != "base_id"}
    )


def summary(rates: pd.DataFrame, by: str) -> pd.DataFrame:
    """Statistics of growth rates (`stated_rates`, `own_growth`) by field and group, including 全国.

    Columns: code, group (a value of the column `by`), n, q1, median, q3, mean (all in %), falling (how many are below
    0). A group without a rate has no row.
    """
    groups = in_groups(rates, by).groupby(["code", "group"])["value"]
    return in_form_order(groups.agg(**SPREAD, falling=lambda rate: int((rate < 0).sum())).reset_index())


def by_field(rates: pd.DataFrame) -> pd.DataFrame:
    """A `summary` sorted for display by field: code, group, median_rate, q1_rate, q3_rate, n, mean_rate, falling.

    Quartiles are missing for groups of fewer than 10, where they mislead.
    """
    named = rates.rename(columns={part: f"{part}_rate" for part in ("q1", "median", "q3", "mean")})
    named[["q1_rate", "q3_rate"]] = named[["q1_rate", "q3_rate"]].where(named.n >= SMALL)
    return by_form(named)[["code", "group", "median_rate", "q1_rate", "q3_rate", "n", "mean_rate", "falling"]]


def rates_and_totals(change: pd.DataFrame, values: pd.DataFrame, bases: pd.DataFrame, year: int) -> pd.DataFrame:
    """The growth of each total compared with the mean of the bases' own rates, by region and for 全国.

    Columns: group, code (counts and amounts), bases, by_sums (growth of the total), mean_of_rates and
    median_of_rates (of the bases' change_pct), stated_mean (A2 only: mean of the stated A3 of the same bases), all in
    %; gap (mean_of_rates - by_sums, percentage points).
    """
    both = with_both_years(change, bases)
    both = both[both.code.isin(SUMMED)]
    a3 = values[(values.year == year) & (values.code == "A3")].set_index("base_id").value
    both["stated"] = both.base_id.map(a3).astype(float).where(both.code == "A2")
    means = (
        in_groups(both, "region")
        .groupby(["group", "code"], as_index=False)
        .agg(
            mean_of_rates=("change_pct", "mean"),
            median_of_rates=("change_pct", "median"),
            stated_mean=("stated", "mean"),
        )
    )
    frame = totals(change, bases, "region").rename(columns={"change_pct": "by_sums"}).merge(means)
    frame["gap"] = frame.mean_of_rates - frame.by_sums
    return frame.drop(columns=["value", "base_period_value"])


def contributions(change: pd.DataFrame, bases: pd.DataFrame, code: str, by: str = "province") -> pd.DataFrame:
    """Contributions to the growth of a total: part, value, base_period_value, change, points, bases; largest first.

    `part` is a value of the column `by` of `bases` ("base_id" for single bases). `points` are percentage points and add
    up to the growth of the total. Raises ValueError for a field that has no total.
    """
    if code not in SUMMED:
        raise ValueError(f"{code} 不是数量或金额，不能合计（可选：{'、'.join(SUMMED)}）")
    both = with_both_years(change, bases)
    both = both[both.code == code]
    frame = both.assign(part=both[by]).groupby("part", as_index=False)
    frame = frame.agg(
        value=("value", "sum"),
        base_period_value=("base_period_value", "sum"),
        change=("change", "sum"),
        bases=("base_id", "size"),
    )
    start = frame.base_period_value.sum()
    frame["points"] = frame.change / start * 100 if start else np.nan
    frame = frame.sort_values(["change", "part"], ascending=[False, True], ignore_index=True)
    return frame[["part", "value", "base_period_value", "change", "points", "bases"]]


def making_half(parts: pd.DataFrame) -> pd.DataFrame:
    """The fewest `contributions` that make up at least half of the growth; empty without growth or second part.

    >>> making_half(pd.DataFrame({"part": list("甲乙丙"), "points": [6.0, 3.0, 1.0]})).part.tolist()
    ['甲']
    """
    grew = parts.points.sum()
    if not grew > 0 or len(parts) < 2:
        return parts.head(0)
    return parts.head(int((parts.points.cumsum() < grew / 2).sum()) + 1)


def waterfall(parts: pd.DataFrame, largest: int = 10) -> pd.DataFrame:
    """Contributions as the steps of a waterfall chart: step, role, start, end, change, bases.

    `start` and `end` are percentage points of the total's growth: each step starts where the previous one ended, the
    first at 0; the last row (role `total`, from 0) is the growth itself. The steps are the `largest` parts by absolute
    change, largest rise first, then 其余 for all others (role `up` or `down`); `change` is in the field's unit. Empty
    if the base-period total is 0.
    """
    columns = ["step", "role", "start", "end", "change", "bases"]
    if not parts.base_period_value.sum() > 0:
        return pd.DataFrame(columns=columns)
    keep = parts.reindex(parts.change.abs().sort_values(ascending=False, kind="stable").index[:largest])
    rest = parts.drop(keep.index)
    steps = keep.sort_values("change", ascending=False, kind="stable")[["part", "change", "points", "bases"]]
    if len(rest):
        sums = rest[["change", "points", "bases"]].sum()
        steps = pd.concat([steps, pd.DataFrame([{"part": f"其余{len(rest)}个", **sums}])], ignore_index=True)
    whole = pd.DataFrame([{"part": "合计", **steps[["change", "points", "bases"]].sum()}])
    steps = pd.concat([steps, whole], ignore_index=True).rename(columns={"part": "step"})
    steps["end"] = steps.points.cumsum()
    steps.loc[len(steps) - 1, "end"] = steps.points.iloc[-1]
    steps["start"] = steps.end - steps.points
    steps.loc[len(steps) - 1, "start"] = 0.0
    steps["role"] = np.where(steps.change < 0, "down", "up")
    steps.loc[len(steps) - 1, "role"] = "total"
    return steps.astype({"bases": int})[columns]


def movers(
    change: pd.DataFrame, values: pd.DataFrame, bases: pd.DataFrame, year: int, code: str, n: int = 5
) -> pd.DataFrame:
    """The `n` bases with the largest increase of a field and the `n` with the largest decrease, with their cells.

    Columns: those of `with_cells`. Largest change first; bases without change are left out.
    """
    both = with_both_years(change, bases)
    both = both[(both.code == code) & (both.change != 0)].sort_values(["change", "base_id"], ascending=[False, True])
    return with_cells(pd.concat([both[both.change > 0].head(n), both[both.change < 0].tail(n)]), values, year)


def jumps(change: pd.DataFrame, values: pd.DataFrame, bases: pd.DataFrame, year: int) -> pd.DataFrame:
    """Counts and amounts that grew at least tenfold or fell to at most a tenth, probably by mistake, with their cells.

    Columns: those of `with_cells`, in the form's order. Changes from or to 0 are left out, as are those where neither
    value reaches 10, which are plausible.
    """
    far = with_both_years(change[_jumping(change)], bases)
    return with_cells(by_form(far), values, year)


def _jumping(change: pd.DataFrame) -> pd.Series:
    factor = change.value / change.base_period_value.where(change.base_period_value > 0)
    large = change[["value", "base_period_value"]].max(axis=1) >= 10
    far = (factor >= JUMP) | ((factor <= 1 / JUMP) & (factor > 0))
    return change.code.isin(SUMMED) & change.change.notna() & large & far


def with_cells(rows: pd.DataFrame, values: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rows of a change table with the cells of their values.

    Columns: base_id, name, region, code, value, base_period_value, source, change, change_pct, file, sheet, cell (of
    the reporting year), base_period_cell ("" if the base-period value was not reported in the submission) and place:
    both cells as one address, or the other source of the base-period value.
    """
    keys = ["base_id", "code"]
    now = values[values.year == year][[*keys, "file", "sheet", "cell"]]
    before = values[values.year == year - 1][[*keys, "cell"]].rename(columns={"cell": "base_period_cell"})
    rows = rows.merge(now, on=keys, how="left").merge(before, on=keys, how="left")
    texts = ["source", "file", "sheet", "cell", "base_period_cell"]
    rows[texts] = rows[texts].astype("str").fillna("")
    columns = ["base_id", "name", "region", "code", "value", "base_period_value", "source", "change", "change_pct"]
    before = rows.base_period_cell.where(rows.base_period_cell != "", "基期值" + rows.source.replace(SOURCE_NAMES))
    rows = rows.assign(place=rows.file + " " + rows.sheet + "!" + rows.cell + "、" + before)
    return rows[[*columns, "file", "sheet", "cell", "base_period_cell", "place"]]


def not_compared(change: pd.DataFrame, answered: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    """Why fields are not compared: code, reason, bases (number); most frequent first within a code.

    Reasons: `implied` and `doubted` (see `sound`, whose result is `change`), `no_base_period` (a value for the
    reporting year only), `no_value` (a value for the base period only), `no_value_read` (answered for the reporting
    year, but not readable). Bases that left a field empty in both years are not counted.
    """
    keys = ["base_id", "code"]
    said = answered.loc[answered.code.isin(COMPARED), keys].drop_duplicates().assign(answered=True)
    cases = change.merge(said, on=keys, how="outer")
    cases = cases[cases.base_id.isin(bases.base_id) & cases.change.isna()].fillna({"left_out": ""})
    unread = cases.answered.eq(True) & cases.value.isna()
    known = [cases.left_out != "", unread, cases.value.notna()]
    reason = np.select(known, [cases.left_out, "no_value_read", "no_base_period"], "no_value")
    counts = cases.assign(reason=reason).groupby(["code", "reason"]).size().rename("bases").reset_index()
    counts = counts.sort_values(["bases", "reason"], ascending=[False, True])
    return by_form(counts)


def round_flows(before: pd.DataFrame | None, now: pd.DataFrame) -> pd.DataFrame:
    """The change of totals between two rounds, split into bases that left, stayed and entered.

    `before` and `now` hold the reporting-year values of the two rounds (base_id, code, value); without an earlier round
    (None) the result is empty. One row per count or amount: code; before; left, left_bases (a value only then);
    stayed_before, stayed_now, stayed_bases, stayed_change, stayed_pct (values in both; growth in %); entered,
    entered_bases (a value only now); now. before - left + stayed_change + entered = now.
    """
    if before is None:
        return pd.DataFrame(columns=FLOWS)
    keys = ["base_id", "code"]
    then, later = (
        frame[frame.code.isin(SUMMED) & frame.value.notna()].set_index(keys).value for frame in (before, now)
    )
    parts = {"before": then, "now": later}
    parts |= {"left": then[~then.index.isin(later.index)], "entered": later[~later.index.isin(then.index)]}
    parts |= {"stayed_before": then[then.index.isin(later.index)], "stayed_now": later[later.index.isin(then.index)]}
    flows = pd.DataFrame({name: part.groupby("code").sum() for name, part in parts.items()}, index=SUMMED).fillna(0.0)
    counts = {"left_bases": parts["left"], "stayed_bases": parts["stayed_now"], "entered_bases": parts["entered"]}
    for name, part in counts.items():
        flows[name] = part.groupby("code").size().reindex(SUMMED, fill_value=0)
    flows["stayed_change"] = flows.stayed_now - flows.stayed_before
    flows["stayed_pct"] = growth_pct(flows.stayed_now, flows.stayed_before)
    return flows.rename_axis("code").reset_index()[FLOWS]
