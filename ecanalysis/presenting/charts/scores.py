"""Charts of the scores of one round, and the map of provincial units; each takes the table it plots."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ecanalysis.comparing.regions import SMALL
from ecanalysis.presenting.charts import (
    ALERT,
    EDGE,
    QUIET,
    REGION_COLOURS,
    RULE,
    SHADES,
    beside,
    blank,
    canvas,
    rows,
    spread,
    text_on,
)
from ecanalysis.presenting.formats import label, number

TOTAL = REGION_COLOURS["东"]
STEPS = {"full": "满分", "others": "其余各项", "special": "未选报特色", "total": "总分"}


def distribution(scores: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """The total of every base as a point, one row per region and kind.

    `scores` has region, kind, total; `summary` gives the rows in order: region, kind, n, q1, median, q3.
    """
    if scores.empty:
        return blank("本次没有参评基地")
    points, lanes = (
        frame.assign(group=[f"{region}部·{kind}" for region, kind in zip(frame.region, frame.kind)])
        for frame in (scores, summary)
    )
    figure, axes = canvas(0.9 + 0.45 * len(lanes))
    spread(axes, points, lanes, "total", "group", REGION_COLOURS)
    axes.set_xlabel(f"总分；点为基地，竖线为中位数，色带为四分位区间\n（不足{SMALL}家只画点）；括号内为基地数")
    axes.set_xlim(-1, 101)  # room to draw points at 0 and 100 completely
    axes.spines["bottom"].set_bounds(0, 100)
    return figure


def separation(table: pd.DataFrame) -> Figure:
    """The difference in points between the best tier and the last: item, difference, one row per item."""
    if table.empty:
        return blank("没有可比的两档")
    figure, axes = canvas(0.6 + 0.19 * len(table))
    places = range(len(table))
    axes.barh(
        places, table.difference, height=0.62, color=[TOTAL if value >= 0 else ALERT for value in table.difference]
    )
    for place, value in zip(places, table.difference):
        beside(axes, max(value, 0), place, number(value, 1), 3)
    axes.axvline(0, color=RULE, lw=0.8)
    axes.margins(x=0.1)
    axes.set_xlabel("平均得分之差（分）")
    rows(axes, table.item.map(label))
    return figure


def waterfall(steps: pd.DataFrame) -> Figure:
    """From 100 points down to the total, one row per step (`explain.waterfall`)."""
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
        beside(axes, max(row.start, row.end), place, number(row.points, 1), 4)
        if place < last:
            axes.vlines(row.end, place + 0.33, place + 0.67, color=QUIET, lw=0.6)
    axes.set_xlim(0, 112)
    axes.set_xlabel("分")
    rows(axes, [STEPS.get(step) or label(step) for step in steps.step])
    return figure


def province_map(tiles: pd.DataFrame, word: str) -> Figure:
    """A tile map of the provincial units (`regions.tiles`): 突出8/16, darker for a larger share.

    Tiles with fewer than SMALL bases have no colour, those without bases a dashed outline. `word` is the tier's short
    name.
    """
    figure, axes = canvas(6.0)
    top = tiles.share.max() or 1
    for tile in tiles.itertuples():
        fill = SHADES(tile.share / top) if pd.notna(tile.share) else "white"
        line = "-" if tile.bases else (0, (2, 2))
        axes.add_patch(Rectangle((tile.column + 0.03, tile.row + 0.03), 0.94, 0.94, fc=fill, ec=EDGE, lw=0.7, ls=line))
        ink, centre = text_on(fill) if tile.bases else QUIET, tile.column + 0.5
        axes.text(centre, tile.row + (0.32 if tile.bases else 0.5), tile.province, ha="center", va="center", color=ink)
        if tile.bases:
            words = f"{word}{tile.of_tier}/{tile.bases}"
            axes.text(centre, tile.row + 0.7, words, ha="center", va="center", color=ink)
    axes.set(xlim=(0, tiles.column.max() + 1), ylim=(tiles.row.max() + 1, 0))
    axes.set_aspect(0.72)
    axes.axis("off")
    told = f"颜色越深，{word}占比越高；\n不足{SMALL}家的不着色；\n虚线框为没有参评基地。"
    axes.text(0, 0.6, told, color=QUIET, va="center", linespacing=1.5)
    return figure
