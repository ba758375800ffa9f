"""Charts of the feedback pages."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ecanalysis.form.fields import FIELDS
from ecanalysis.presenting.charts import ALERT, INK, QUIET, REGION_COLOURS, RULE, canvas
from ecanalysis.presenting.feedback import FAR

BANDS = ["明显低于", "低于", "区域中位", "高于", "明显高于"]


def profile(explained: pd.DataFrame, with_scores: bool = True) -> Figure:
    """One base in every scored field beside the region's middle.

    `explained` as `explain.explain` gives it. With scores, from the region's lower bound (0) to its upper (1), a field
    without a value at 0. Without, only in bands around the middle: the exact places, with the weights, are the total.
    """
    rows = len(explained)
    figure, axes = canvas(0.75 + 0.14 * max(rows, 4))
    places = range(rows)
    own, middle = explained.normalised.fillna(0), explained.peer_median
    if not with_scores:
        own, middle = band(own - middle), (own - middle) * 0
    colours = [ALERT if below else REGION_COLOURS["东"] for below in own < middle]
    axes.hlines(places, middle.fillna(own), own, color=colours, lw=1.4, zorder=2)
    axes.scatter(middle, places, marker="|", s=60, color=INK, zorder=3)
    known = explained.state == ""
    axes.scatter(own[known], [place for place in places if known.iloc[place]], s=24, zorder=4,
                 color=[colour for colour, is_known in zip(colours, known) if is_known])  # fmt: skip
    axes.scatter(own[~known], [place for place in places if not known.iloc[place]], marker="x", s=24, color=QUIET)
    axes.set_yticks(list(places), [f"{code} {FIELDS[code].label}" for code in explained.code], fontsize=7)
    axes.set_ylim(max(rows, 1) - 0.4, -0.6)
    if with_scores:
        axes.set_xlim(-0.03, 1.03)
        axes.set_xticks([0, 0.5, 1], ["0（下界）", "0.5", "1（上界）"])
        axes.set_xlabel("在本区域标准中的位置")
    else:
        axes.set_xlim(-2.12, 2.12)
        axes.set_xticks(range(-2, 3), BANDS)
        axes.set_xlabel(f"与本区域中位水平相比（相差达区域标准幅度的{FAR:.0%}为明显）")
    axes.grid(axis="x", color=RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    handles = [
        _dot("o", REGION_COLOURS["东"], "本基地（不低于中位）"),
        _dot("o", ALERT, "本基地（低于中位）"),
        _dot("|", INK, "区域中位"),
        _dot("x", QUIET, "未填"),
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=4, fontsize=8, columnspacing=1, handletextpad=0.2)
    return figure


def band(difference: pd.Series) -> pd.Series:
    """How far from the middle, in whole steps; missing stays missing."""
    return np.sign(difference) * (1.0 + (difference.abs() >= FAR))


def _dot(marker: str, colour: str, label: str) -> Line2D:
    return Line2D([], [], linestyle="", marker=marker, color=colour, label=label, markersize=6)
