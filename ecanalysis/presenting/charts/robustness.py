"""The chart of the robustness of each proposal; it takes the table it plots."""

import pandas as pd
from matplotlib.figure import Figure

from ecanalysis.form.words import SHORT_REGION_NAMES
from ecanalysis.presenting.charts import ALERT, INK, QUIET, RULE, blank, canvas, short
from ecanalysis.presenting.formats import percent, signed

FARTHEST = 12  # places from the bottom that are drawn; an arrow indicates those beyond


def places(table: pd.DataFrame, bottom_count: int) -> Figure:
    """Places from the bottom: the result as a dot, 90% of the draws as a bar, the bottom three shaded.

    `table`: name,region,status,from_bottom,from_bottom_p05,from_bottom_p95,margin,p_bottom_three, one row per line of
    the chart; margin and probability are written beside it.
    """
    rows = table.reset_index(drop=True)
    if rows.empty:
        return blank("没有处于后3位或接近界线的示范基地")
    figure, axes = canvas(1.05 + 0.24 * len(rows))
    axes.axvspan(0.5, bottom_count + 0.5, color="#eceff2", zorder=0)
    axes.axvline(bottom_count + 0.5, color=INK, lw=1)
    ends = rows[["from_bottom_p05", "from_bottom_p95", "from_bottom"]].clip(upper=FARTHEST)
    colours = [ALERT if place <= bottom_count else INK for place in rows.from_bottom]
    axes.hlines(rows.index, ends.from_bottom_p05 - 0.12, ends.from_bottom_p95 + 0.12, color=colours, lw=6, alpha=0.35)
    for at, row in enumerate(rows.itertuples()):
        flagged = row.from_bottom <= bottom_count
        axes.plot(
            min(row.from_bottom, FARTHEST),
            at,
            marker="o",
            ms=6.5,
            color=colours[at],
            mfc=colours[at] if flagged else "w",
        )
        if row.from_bottom_p95 > FARTHEST:
            axes.plot(FARTHEST + 0.25, at, marker=">", ms=5, color=colours[at])
        axes.text(FARTHEST + 2.6, at, signed(row.margin, 1, ""), ha="right", va="center")
        axes.text(FARTHEST + 5, at, percent(row.p_bottom_three), ha="right", va="center")
    for at, words in ((FARTHEST + 2.6, "距界线（分）"), (FARTHEST + 5, "后3位概率")):
        axes.text(at, -0.85, words, ha="right", va="center", color=QUIET)
    for at in rows.index[rows.status != rows.status.shift()][1:]:
        axes.axhline(at - 0.5, color=RULE, lw=0.8)
    names = [f"{short(row.name)}　{SHORT_REGION_NAMES[row.region]}" for row in rows.itertuples()]
    axes.set_yticks(rows.index, names)
    axes.set_ylim(len(rows) - 0.4, -1.2)
    axes.set_xlim(0.4, FARTHEST + 5.1)
    axes.set_xticks(range(1, FARTHEST + 1, 1))
    axes.set_xlabel("倒数名次（本区域示范基地中，1为末位；灰底为后3位）", x=0, ha="left")
    axes.tick_params(axis="x", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure
