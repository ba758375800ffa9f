"""The chart of the analyst's desk: where every base stands, and who is in the bottom three."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ecanalysis.form.words import DEMONSTRATION
from ecanalysis.presenting.charts import ALERT, EDGE, INK, KIND_MARKERS, REGION_COLOURS, RULE, blank, group_label

LANES = [0, 0.14, -0.14, 0.28, -0.28]


def totals(outcome: pd.DataFrame) -> Figure:
    """Total of every base under the scheme tried, a lane a region (`what_if.moved`).

    Circles are demonstration bases, triangles clusters; the bottom three are red and named. Points of one lane are set
    apart by their order. Drawn for the screen of the desk, without `canvas`: a slider waits for it.
    """
    if outcome.empty:
        return blank("没有可画的基地")
    regions = [region for region in REGION_COLOURS if (outcome.region == region).any()]
    figure = Figure(figsize=(6.0, 0.75 + 0.72 * len(regions)), dpi=130)
    axes = figure.add_axes((0.15, 0.36 / figure.get_figheight(), 0.83, 1 - 0.72 / figure.get_figheight()))
    for place, region in enumerate(regions):
        lane = outcome[outcome.region == region].sort_values(["total", "base_id"])
        height = pd.Series([place + LANES[order % len(LANES)] for order in range(len(lane))], index=lane.index)
        for kind, marker in KIND_MARKERS.items():
            plain = lane[(lane.kind == kind) & (lane.bottom_three == 0)]
            axes.scatter(plain.total, height[plain.index], s=15, marker=marker, color=REGION_COLOURS[region],
                         alpha=0.55 if kind == DEMONSTRATION else 0.25, linewidths=0)  # fmt: skip
        last = lane[lane.bottom_three == 1]
        axes.scatter(last.total, height[last.index], s=26, color=ALERT, edgecolor="white", linewidth=0.5, zorder=3)
        if len(last):
            axes.plot([last.total.max()] * 2, [place - 0.42, place + 0.42], color=ALERT, lw=0.8, ls=(0, (3, 2)))
            axes.annotate("、".join(last.base_id), (last.total.min(), place - 0.4), fontsize=7.5, color=ALERT)
    axes.set_yticks(range(len(regions)), [group_label(one, int((outcome.region == one).sum())) for one in regions])
    axes.set_ylim(len(regions) - 0.45, -0.62)
    axes.set_xlim(0, 100)
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color=RULE, lw=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    figure.legend(handles=_legend(), loc="upper left", bbox_to_anchor=(0.14, 1.0), ncols=3, fontsize=8, borderpad=0,
                  handletextpad=0.2, columnspacing=1.2)  # fmt: skip
    return figure


def _legend() -> list[Line2D]:
    kinds = [
        Line2D([], [], ls="", marker=marker, color=INK if kind == DEMONSTRATION else EDGE, ms=4.5, label=kind)
        for kind, marker in KIND_MARKERS.items()
    ]
    return [*kinds, Line2D([], [], ls="", marker="o", color=ALERT, ms=5.5, label="后3位（虚线为其最高总分）")]
