"""Charts of the national briefing; tables as the evaluation gives them."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import COUNTRY, REGIONS
from ecanalysis.presenting.charts import INK, QUIET, REGION_COLOURS, RULE, canvas
from ecanalysis.presenting.formats import signed

MARKERS = dict(zip(REGIONS, ["o", "s", "D"]))  # told apart in grey too


def growth(change: pd.DataFrame) -> Figure:
    """Growth of totals against the base period: a row a field, a point a region, a tick the country."""
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
