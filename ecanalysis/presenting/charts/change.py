"""Charts of the change against the base period; each takes the table it plots, as `growth` gives it."""

import pandas as pd
from matplotlib.figure import Figure

from ecanalysis.comparing.regions import SMALL
from ecanalysis.form.fields import FIELDS
from ecanalysis.presenting.charts import (
    DOWN,
    EDGE,
    INK,
    QUIET,
    REGION_COLOURS,
    RULE,
    TOTAL,
    UP,
    blank,
    canvas,
    short,
    spread,
)
from ecanalysis.presenting.formats import brief, label

HEADROOM = 0.16  # of the axis beyond the longest bar, for its label


def totals_by_field(overview: pd.DataFrame) -> Figure:
    """Growth of the totals of counts and amounts (bars, %), the median base's own growth (tick) beside it."""
    table = overview[overview.change_pct.notna()].sort_values("change_pct", ascending=False, ignore_index=True)
    if table.empty:
        return blank()
    figure, axes = canvas(1.1 + 0.27 * len(table))
    colours = [DOWN if value < 0 else UP for value in table.change_pct]
    axes.barh(range(len(table)), table.change_pct, height=0.62, color=colours)
    axes.scatter(table.median_change_pct, range(len(table)), marker="|", s=120, color=INK, lw=1.8, zorder=3)
    reach = pd.concat([table.change_pct, table.median_change_pct, pd.Series([0.0])])
    for place, row in enumerate(table.itertuples()):
        at = max(row.change_pct, row.median_change_pct if pd.notna(row.median_change_pct) else 0, 0)
        axes.annotate(
            f"{row.change_pct:+.1f}%", (at, place), (6, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.set_yticks(range(len(table)), [f"{label(row.code)}（{row.both}）" for row in table.itertuples()])
    axes.set_ylim(len(table) - 0.4, -0.6)
    _finish_bars(axes, reach, "合计数增速（%）；竖线为各基地自身增速的中位数；括号内为两期均有数的基地数")
    return figure


def shares_by_field(overview: pd.DataFrame) -> Figure:
    """Median change of the percents and of C07 (bars, in percentage points or 人), with how many rose and fell."""
    table = overview[overview.median_change.notna() & overview.value.isna()]
    table = table.sort_values("median_change", ascending=False, ignore_index=True)
    if table.empty:
        return blank()
    figure, axes = canvas(1.1 + 0.29 * len(table))
    colours = [DOWN if value < 0 else UP for value in table.median_change]
    axes.barh(range(len(table)), table.median_change, height=0.62, color=colours)
    for place, row in enumerate(table.itertuples()):
        unit = "人" if row.code == "C07" else "个百分点"
        words = f"{row.median_change:+.2f}{unit}（升{row.up}、降{row.down}、平{row.same}）"
        axes.annotate(
            words, (max(row.median_change, 0), place), (6, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.set_yticks(range(len(table)), [f"{label(row.code)}（{row.both}）" for row in table.itertuples()])
    axes.set_ylim(len(table) - 0.4, -0.6)
    _finish_bars(axes, table.median_change, "较基期变动的中位数；括号内为两期均有数的基地数", headroom=0.55)
    return figure


def growth_spread(rates: pd.DataFrame, summary: pd.DataFrame, by: str, words: str) -> Figure:
    """Growth of every base, a panel a field: `rates` and their `growth.summary` by `by`; `words` names the axis."""
    codes = [code for code in FIELDS if code in set(summary.code)]
    rows = [summary[summary.code == code] for code in codes]
    if summary.empty:
        return blank()
    figure, panels = canvas(
        1.0 + 0.34 * len(summary) + 0.4 * len(codes),
        rows=len(codes),
        squeeze=False,
        height_ratios=[len(part) for part in rows],
    )
    for axes, code, groups in zip(panels[:, 0], codes, rows):
        points = rates[rates.code == code]
        spread(axes, points, groups, "value", by, REGION_COLOURS)
        axes.axvline(0, color=INK, lw=0.8)
        axes.set_title(label(code), fontsize=9)
        _clip_far(axes, points.value)
    notes = f"点为基地，竖线为中位数，色带为四分位区间（不足{SMALL}家只画点）；括号内为基地数"
    panels[-1, 0].set_xlabel(f"{words}；{notes}")
    return figure


def waterfall(steps: pd.DataFrame, unit: str) -> Figure:
    """Who made a total grow, in percentage points that add up: `steps` as `growth.waterfall` gives them."""
    if steps.empty:
        return blank()
    figure, axes = canvas(1.0 + 0.31 * len(steps))
    words = [f"{row.end - row.start:+.2f}（{brief(row.change, unit, sign=True)}）" for row in steps.itertuples()]
    _steps(axes, steps, words)
    axes.set_xlabel("对合计数增速的贡献（百分点，逐项相加等于末行的增速）；括号内为基地数")
    return figure


def two_rounds(steps: pd.DataFrame, unit: str) -> Figure:
    """A total from one round to the next, leaving and entering bases apart: `steps` from `growth.round_steps`."""
    if steps.empty:
        return blank()
    figure, axes = canvas(1.0 + 0.31 * len(steps))
    _steps(axes, steps, [brief(row.change, unit, sign=row.role != "total") for row in steps.itertuples()])
    axes.set_xlabel("括号内为基地数")
    axes.set_xticks([])
    return figure


def stated_against_computed(table: pd.DataFrame, points: float) -> Figure:
    """Stated growth A3 against the one computed from A2; further off than `points` is marked and named."""
    if table.empty:
        return blank()
    figure, axes = canvas(3.6)
    far = (table.stated - table.computed).abs() > points + 1e-9
    ends = pd.concat([table.stated, table.computed, pd.Series([0.0, 10.0])])
    span = [ends.min() - 5, ends.max() + 5]
    axes.fill_between(span, [end - points for end in span], [end + points for end in span], color=RULE, zorder=0, lw=0)
    axes.scatter(table.computed[~far], table.stated[~far], s=20, color=REGION_COLOURS["东"], alpha=0.6, linewidths=0)
    axes.scatter(table.computed[far], table.stated[far], s=34, marker="X", color=DOWN, linewidths=0)
    for row in table[far].itertuples():
        axes.annotate(row.base_id, (row.computed, row.stated), (6, -3), textcoords="offset points", fontsize=8)
    axes.set(
        xlim=span,
        ylim=span,
        xlabel=f"按填报的零售额计算（%）；灰带为相差{points:g}个百分点以内",
        ylabel="填报的增速A3（%）",
    )
    axes.grid(color=RULE, lw=0.5, zorder=-1)
    return figure


def rates_and_totals(table: pd.DataFrame) -> Figure:
    """Where the mean of the bases' rates and the growth of their total disagree: two dots a field, joined."""
    table = table.reindex(table.gap.abs().sort_values(ascending=False).index).reset_index(drop=True)
    if table.empty:
        return blank()
    figure, axes = canvas(1.2 + 0.27 * len(table))
    places = range(len(table))
    axes.hlines(places, table.by_sums, table.mean_of_rates, color=EDGE, lw=1.2, zorder=1)
    axes.scatter(table.by_sums, places, s=36, color=REGION_COLOURS["东"], zorder=2)
    axes.scatter(table.mean_of_rates, places, s=36, marker="D", facecolor="white", edgecolor=INK, zorder=2)
    for place, row in zip(places, table.itertuples()):
        right = max(row.by_sums, row.mean_of_rates)
        axes.annotate(f"{row.gap:+.1f}", (right, place), (8, 0), textcoords="offset points", va="center", fontsize=8)
    first = table.iloc[0]
    left, right = sorted([(first.by_sums, "合计数增速"), (first.mean_of_rates, "增速的平均")])
    for (value, words), align in zip((left, right), ("right", "left")):
        axes.annotate(words, (value, 0), (0, 9), textcoords="offset points", ha=align, fontsize=8, color=QUIET)
    axes.set_yticks(places, [f"{label(row.code)}（{row.bases}）" for row in table.itertuples()])
    axes.set_ylim(len(table) - 0.4, -1.0)
    axes.margins(x=0.12)
    axes.grid(axis="x", color=RULE, lw=0.6, zorder=0)
    axes.set_xlabel("%；右侧数字为两者之差（个百分点）；括号内为基地数")
    axes.spines["left"].set_visible(False)
    return figure


def _steps(axes, steps: pd.DataFrame, words: list[str]) -> None:
    """Bars that begin where the one before ends, with their labels and the thread that joins them."""
    colours = {"total": TOTAL, "up": UP, "down": DOWN}
    for place, row in enumerate(steps.itertuples()):
        colour = colours[row.role]
        axes.barh(place, row.end - row.start, left=row.start, height=0.62, color=colour, edgecolor=EDGE, linewidth=0.5)
        right = max(row.start, row.end, 0)
        axes.annotate(words[place], (right, place), (5, 0), textcoords="offset points", va="center", fontsize=8)
        if place + 1 < len(steps):
            axes.plot([row.end, row.end], [place - 0.31, place + 1.31], color=EDGE, lw=0.6, zorder=0)
    counted = (steps.bases[steps.role != "total"] != 1).any()  # bases one by one need no count
    steps = steps.assign(step=[short(" ".join(step.split()), 18) for step in steps.step])
    names = [f"{row.step}（{row.bases}）" if counted or row.role == "total" else row.step for row in steps.itertuples()]
    axes.set_yticks(range(len(steps)), names)
    axes.set_ylim(len(steps) - 0.4, -0.6)
    low, high = min(steps.start.min(), steps.end.min(), 0), max(steps.start.max(), steps.end.max(), 0)
    span = (high - low) or 1
    axes.set_xlim(low - 0.02 * span, high + 0.32 * span)
    axes.axvline(0, color=INK, lw=0.8)
    axes.spines["left"].set_visible(False)


def _finish_bars(axes, values: pd.Series, words: str, headroom: float = HEADROOM) -> None:
    low, high = min(values.min(), 0), max(values.max(), 0)
    span = (high - low) or 1
    axes.set_xlim(low - 0.03 * span, high + headroom * span)
    axes.axvline(0, color=INK, lw=0.8)
    axes.grid(axis="x", color=RULE, lw=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.set_xlabel(words)
    axes.spines["left"].set_visible(False)


def _clip_far(axes, values: pd.Series) -> None:
    """Keep a few far-off values from flattening all others; what lies beyond is counted at the edge."""
    low, high = values.quantile(0.02), values.quantile(0.98)
    margin = 0.25 * (high - low) or 1
    left, right = min(low - margin, 0), max(high + margin, 0)
    axes.set_xlim(left, right)
    below, above = int((values < left).sum()), int((values > right).sum())
    words = "、".join(f"{n}家{side}" for n, side in ((below, "低于"), (above, "高于")) if n)
    if words:
        axes.annotate(f"另有{words}图示范围", (1, 1.0), xycoords="axes fraction", ha="right", va="bottom", fontsize=7.5,
                      color=QUIET)  # fmt: skip
