"""Charts of the national briefing; tables as the evaluation gives them."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import COUNTRY, REGIONS
from ecanalysis.presenting.charts import (
    ALERT,
    EDGE,
    INK,
    KIND_MARKERS,
    QUIET,
    REGION_COLOURS,
    RULE,
    TIER_COLOURS,
    canvas,
    group_label,
)

# Points of one row are set apart by their order, so that nothing depends on luck.
LANES = [0, 0.12, -0.12, 0.24, -0.24, 0.36, -0.36]


def totals(scores: pd.DataFrame) -> Figure:
    """Every base's total as a point in its region's row: shape for kind, shade for tier, bottom three ringed."""
    regions = [region for region in REGIONS if (scores.region == region).any()]
    figure, axes = canvas(1.1 + 0.85 * max(len(regions), 1))
    for place, region in enumerate(regions):
        inside = scores[scores.region == region].sort_values(["total", "base_id"])
        height = pd.Series([place + LANES[order % len(LANES)] for order in range(len(inside))], index=inside.index)
        for (kind, tier), group in inside.groupby(["kind", "tier"]):
            colour = TIER_COLOURS.get(tier, RULE)
            axes.scatter(
                group.total, height[group.index], s=26, marker=KIND_MARKERS[kind], color=colour, edgecolor=EDGE, lw=0.6
            )
        flagged = inside[inside.bottom_three == 1]
        axes.scatter(flagged.total, height[flagged.index], s=80, facecolor="none", edgecolor=ALERT, lw=1.3)
    axes.set_yticks(range(len(regions)), [group_label(region, (scores.region == region).sum()) for region in regions])
    axes.set_ylim(max(len(regions), 1) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.set_xlabel("总分（满分100分；在本区域内定标，不宜跨区域比较）")
    axes.grid(axis="x", color=RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    handles = [
        *(_marker(KIND_MARKERS[kind], "white", INK, kind) for kind in KIND_MARKERS),
        *(Patch(facecolor=TIER_COLOURS.get(tier, RULE), edgecolor=EDGE, label=tier) for tier in TIER_COLOURS),
        _marker("o", "none", ALERT, "后3位", 9),
    ]
    figure.legend(handles=handles, loc="outside lower right", ncols=len(handles), columnspacing=1.2, handletextpad=0.4)
    return figure


def growth(change: pd.DataFrame) -> Figure:
    """Growth of totals against the base period: a row a field, a point a region, a tick the country."""
    codes = [code for code in FIELDS if (change.code == code).any()]
    figure, axes = canvas(0.9 + 0.42 * max(len(codes), 2))
    for place, code in enumerate(codes):
        rows = change[(change.code == code) & change.change_pct.notna()].set_index("region").change_pct
        for offset, region in zip((-0.16, 0, 0.16), REGIONS):
            if region in rows:
                axes.scatter(rows[region], place + offset, s=34, color=REGION_COLOURS[region], zorder=3)
        if COUNTRY in rows:
            axes.plot([rows[COUNTRY]] * 2, [place - 0.34, place + 0.34], color=INK, lw=2, zorder=2)
    axes.axvline(0, color=QUIET, lw=0.8)
    axes.set_yticks(range(len(codes)), [FIELDS[code].label for code in codes])
    axes.set_ylim(max(len(codes), 1) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(lambda change, _: f"{change:+.0f}%" if change else "0")
    axes.set_xlabel("报告期合计比基期的增幅（两年数据齐全的基地）")
    axes.grid(axis="x", color=RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    handles = [_marker("o", REGION_COLOURS[region], REGION_COLOURS[region], f"{region}部") for region in REGIONS]
    handles.append(Line2D([], [], color=INK, lw=2, label=COUNTRY))
    figure.legend(handles=handles, loc="outside lower right", ncols=len(handles))
    return figure


def _marker(marker: str, fill: str, edge: str, label: str, size: float = 6) -> Line2D:
    style = {"marker": marker, "markerfacecolor": fill, "markeredgecolor": edge, "markersize": size}
    return Line2D([], [], linestyle="", label=label, **style)
