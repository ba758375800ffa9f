"""Charts of the change since the base period; each takes the table it plots."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import COUNTRY, REGIONS
from ecanalysis.presenting.charts import (
    DOWN,
    EDGE,
    INK,
    QUIET,
    REGION_COLOURS,
    RULE,
    TOTAL,
    UP,
    beside,
    blank,
    canvas,
    rows,
    short,
)
from ecanalysis.presenting.formats import brief, label, signed

MARKERS = dict(zip(REGIONS, ["o", "s", "D"]))  # distinguishable in greyscale
HEADROOM = 0.16  # share of the axis beyond the longest bar, for its label


def totals_by_field(overview: pd.DataFrame) -> Figure:
    """Growth of the totals of counts and amounts (bars, %), with the median of the bases' own growth (ticks)."""
    table = overview[overview.change_pct.notna()].sort_values("change_pct", ascending=False, ignore_index=True)
    if table.empty:
        return blank()
    figure, axes = canvas(1.1 + 0.27 * len(table))
    colours = [DOWN if value < 0 else UP for value in table.change_pct]
    axes.barh(range(len(table)), table.change_pct, height=0.62, color=colours)
    axes.scatter(table.median_change_pct, range(len(table)), marker="|", s=120, color=INK, lw=1.8, zorder=3)
    reach = pd.concat([table.change_pct, table.median_change_pct.dropna(), pd.Series([0.0])])
    for place, row in enumerate(table.itertuples()):
        at = max(row.change_pct, row.median_change_pct if pd.notna(row.median_change_pct) else 0, 0)
        beside(axes, at, place, signed(row.change_pct), 6)
    rows(axes, [f"{label(row.code)}（{row.both}）" for row in table.itertuples()])
    low, high = min(reach), max(reach)
    span = (high - low) or 1
    axes.set_xlim(low - 0.03 * span, high + HEADROOM * span)
    axes.axvline(0, color=INK, lw=0.8)
    axes.grid(axis="x", color=RULE, lw=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.set_xlabel("合计数增速（%）；竖线为各基地自身增速的中位数；\n括号内为两期均有数的基地数")
    return figure


def waterfall(steps: pd.DataFrame, unit: str) -> Figure:
    """Contributions to the growth of a total, in percentage points; `steps` is the result of `growth.waterfall`."""
    if steps.empty:
        return blank()
    figure, axes = canvas(1.0 + 0.31 * len(steps))
    words = [
        f"{signed(row.end - row.start, 2, '')}（{brief(row.change, unit, sign=True)}）" for row in steps.itertuples()
    ]
    _steps(axes, steps, words)
    axes.set_xlabel("对合计数增速的贡献（百分点，逐项相加等于末行的增速）；\n括号内为基地数")
    return figure


def _steps(axes, steps: pd.DataFrame, words: list[str]) -> None:
    """Draw bars that each start where the previous one ends, with labels and connecting lines."""
    colours = {"total": TOTAL, "up": UP, "down": DOWN}
    for place, row in enumerate(steps.itertuples()):
        colour = colours[row.role]
        axes.barh(place, row.end - row.start, left=row.start, height=0.62, color=colour, edgecolor=EDGE, linewidth=0.5)
        right = max(row.start, row.end, 0)
        beside(axes, right, place, words[place])
        if place + 1 < len(steps):
            axes.plot([row.end, row.end], [place - 0.31, place + 1.31], color=EDGE, lw=0.6, zorder=0)
    counted = (steps.bases[steps.role != "total"] != 1).any()  # steps of single bases need no count
    steps = steps.assign(step=[short(" ".join(step.split()), 18) for step in steps.step])
    names = [f"{row.step}（{row.bases}）" if counted or row.role == "total" else row.step for row in steps.itertuples()]
    rows(axes, names)
    low, high = min(steps.start.min(), steps.end.min(), 0), max(steps.start.max(), steps.end.max(), 0)
    span = (high - low) or 1
    axes.set_xlim(low - 0.02 * span, high + 0.4 * span)
    axes.axvline(0, color=INK, lw=0.8)


def growth(change: pd.DataFrame) -> Figure:
    """Growth of totals since the base period: one row per field, a point per region, a tick for the country."""
    codes = [code for code in FIELDS if (change.code == code).any()]
    figure, axes = canvas(0.8 + 0.3 * max(len(codes), 2))
    for place, code in enumerate(codes):
        rows = change[(change.code == code) & change.change_pct.notna()].set_index("region").change_pct
        for offset, region in zip((-0.2, 0, 0.2), REGIONS):
            if region in rows:
                axes.scatter(
                    rows[region], place + offset, s=34, marker=MARKERS[region], color=REGION_COLOURS[region], zorder=3
                )
        if COUNTRY in rows:
            axes.plot([rows[COUNTRY]] * 2, [place - 0.34, place + 0.34], color=INK, lw=2, zorder=2)
            axes.annotate(signed(rows[COUNTRY]), (1.01, place), xycoords=("axes fraction", "data"), va="center")
    axes.axvline(0, color=QUIET, lw=0.8)
    axes.set_yticks(range(len(codes)), [FIELDS[code].label for code in codes])
    axes.set_ylim(max(len(codes), 1) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(lambda change, _: signed(change, 0) if change else "0")
    axes.set_xlabel("报告期合计比基期的增幅（两年数据齐全的基地）")
    axes.grid(axis="x", color=RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    handles = [
        Line2D([], [], linestyle="", marker=MARKERS[region], color=REGION_COLOURS[region], label=f"{region}部")
        for region in REGIONS
    ]
    handles.append(Line2D([], [], color=INK, lw=2, label=f"{COUNTRY}（数字）"))
    figure.legend(handles=handles, loc="outside lower right", ncols=len(handles))
    return figure
