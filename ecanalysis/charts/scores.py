"""Charts of the scores of one round; each takes the table it plots (`tables.scores`, `tables.explained`)."""

import pandas as pd
from matplotlib.figure import Figure

from ecanalysis.charts import ALERT, INK, QUIET, REGION_COLOURS, RULE, blank, canvas, spread

TOTAL, GAIN = REGION_COLOURS["东"], REGION_COLOURS["西"]


def distribution(points: pd.DataFrame, summary: pd.DataFrame, column: str, label: str) -> Figure:
    """Every base as a point, a row a region and kind; `points` has group and `column`, `summary` the quartiles."""
    if points.empty:
        return blank("本轮没有参评基地")
    figure, axes = canvas(0.9 + 0.45 * len(summary))
    spread(axes, points, summary, column, "group", REGION_COLOURS)
    axes.set_xlabel(label)
    axes.set_xlim(0, {"general": 80, "special": 20}.get(column, 100))
    return figure


def separation(table: pd.DataFrame) -> Figure:
    """How many points lie between the best tier and the last, item by item (`tables.scores.separation`)."""
    if table.empty:
        return blank("没有可比的两档")
    values = pd.to_numeric(table["相差"])
    figure, axes = canvas(0.6 + 0.19 * len(table))
    places = range(len(table))
    axes.barh(places, values, height=0.62, color=[TOTAL if value >= 0 else ALERT for value in values])
    for place, value in zip(places, values):
        axes.annotate(
            f"{value:.1f}", (max(value, 0), place), (3, 0), textcoords="offset points", va="center", fontsize=7.5
        )
    axes.set_yticks(places, table["指标"], fontsize=8)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.axvline(0, color=RULE, lw=0.8)
    axes.set_xlabel(
        f"{table.columns[1].removesuffix('平均得分')}与{table.columns[2].removesuffix('平均得分')}的平均得分之差（分）"
    )
    axes.spines["left"].set_visible(False)
    return figure


def weights(table: pd.DataFrame) -> Figure:
    """Weights given (circle) and effective (diamond), item by item (`tables.scores.weights`)."""
    shares = table.assign(
        given=pd.to_numeric(table["名义权重"].str.rstrip("%"), errors="coerce"),
        real=pd.to_numeric(table["有效权重"].str.rstrip("%"), errors="coerce"),
    ).dropna(subset=["given", "real"])
    if shares.empty:
        return blank("参评基地过少，无法计算有效权重")
    figure, axes = canvas(0.8 + 0.19 * len(shares))
    places = list(range(len(shares)))
    axes.hlines(places, shares.given, shares.real, color=RULE, lw=2.2, zorder=1)
    axes.scatter(
        shares.given, places, s=26, facecolor="white", edgecolor=QUIET, linewidth=1.2, zorder=2, label="名义权重"
    )
    axes.scatter(shares.real, places, s=28, marker="D", color=TOTAL, zorder=3, label="有效权重")
    axes.set_yticks(places, shares["指标"], fontsize=8)
    axes.set_ylim(len(shares) - 0.4, -0.6)
    axes.axvline(0, color=RULE, lw=0.8)
    axes.grid(axis="x", color=RULE, lw=0.5, zorder=0)
    axes.set_xlabel("占总分的比例（%）")
    axes.spines["left"].set_visible(False)
    figure.legend(loc="outside upper right", ncols=2)
    return figure


def waterfall(steps: pd.DataFrame) -> Figure:
    """From full marks down to the total, a row a step (`tables.explained.waterfall`)."""
    if steps.empty:
        return blank("没有可以说明的基地")
    figure, axes = canvas(0.5 + 0.24 * len(steps))
    last = len(steps) - 1
    for place, row in enumerate(steps.itertuples()):
        whole = place in (0, last)
        axes.barh(
            place, row.end - row.start, left=row.start, height=0.66, color=TOTAL if whole else ALERT,
            alpha=1 if whole else 0.75, hatch=None if whole else "////", edgecolor="white", linewidth=0.4,
        )  # fmt: skip
        words = f"{row.points:.2f}" if whole else f"−{-row.points:.2f}"
        axes.annotate(
            words,
            (max(row.start, row.end), place),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
        )
        if place < last:
            axes.vlines(row.end, place + 0.33, place + 0.67, color=QUIET, lw=0.6)
    axes.set_yticks(range(len(steps)), steps.step, fontsize=8)
    axes.set_ylim(len(steps) - 0.4, -0.6)
    axes.set_xlim(0, 108)
    axes.set_xlabel("分")
    axes.spines["left"].set_visible(False)
    return figure
