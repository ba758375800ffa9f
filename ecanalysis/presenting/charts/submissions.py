"""Charts of a round's submissions; each takes the table it plots, as `submissions` gives it."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import COUNTRY, ISSUE_NAMES, SEVERITY_NAMES
from ecanalysis.presenting.charts import ALERT, EDGE, INK, QUIET, REGION_COLOURS, RULE, SHADES, canvas, text_on
from ecanalysis.presenting.tables import KINDS, label
from ecanalysis.reading.checks import FAR

KIND_COLOURS = {"示范基地": "#0b3c6f", "集聚区": "#6695c2"}
SCALE = {-6: "百万分之一", -3: "千分之一", -1: "1/10", 0: "1", 1: "10倍", 3: "千倍", 6: "百万倍"}
SEVERITY_COLOURS = {"error": ALERT, "warning": "#6695c2"}


def by_province(covered: pd.DataFrame) -> Figure:
    """Bases on the roster of each province: those that submitted, by kind, and those that did not (hollow)."""
    wide = covered.groupby(["province", "kind"])[["submitted", "absent"]].sum().unstack(fill_value=0)
    absent = wide["absent"].sum(axis=1)
    total = wide["submitted"].sum(axis=1) + absent
    order = total.sort_index().sort_values(ascending=False, kind="stable").index
    figure, axes = canvas(0.9 + 0.2 * len(order))
    left = np.zeros(len(order))
    for kind in KINDS:
        if kind in wide["submitted"]:
            width = wide["submitted"][kind][order].to_numpy()
            axes.barh(
                range(len(order)), width, left=left, height=0.7, color=KIND_COLOURS[kind], label=f"{kind}，已报送"
            )
            left = left + width
    missing = absent[order].where(absent[order] > 0).to_numpy()
    axes.barh(
        range(len(order)), missing, left=left, height=0.7, color="white", edgecolor=ALERT, hatch="////", label="未报送"
    )
    for place, province in enumerate(order):
        words = f"{total[province] - absent[province]}/{total[province]}"
        colour = ALERT if absent[province] else QUIET
        axes.annotate(
            words, (total[province], place), (5, 0), textcoords="offset points", va="center", fontsize=8, color=colour
        )
    axes.set_yticks(range(len(order)), order)
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlabel("基地数（家）；条末为已报送/名单内")
    axes.legend(loc="lower right")
    _quiet(axes)
    return figure


def by_kind(counted: pd.DataFrame) -> Figure:
    """How often each kind of fault was found, errors and warnings in their own colours."""
    figure, axes = canvas(0.9 + 0.25 * max(len(counted), 2))
    axes.barh(
        range(len(counted)), counted.issues, height=0.66, color=[SEVERITY_COLOURS[one] for one in counted.severity]
    )
    for place, row in enumerate(counted.itertuples()):
        words = f"{row.issues}项，{row.forms}份"
        axes.annotate(words, (row.issues, place), (5, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(
        range(len(counted)),
        [f"{ISSUE_NAMES[row.kind]}（{SEVERITY_NAMES[row.severity]}）" for row in counted.itertuples()],
    )
    axes.set_ylim(len(counted) - 0.4, -0.6)
    axes.set_xlim(0, counted.issues.max() * 1.16 if len(counted) else 1)
    axes.set_xlabel("项数和涉及的报告表份数")
    _quiet(axes)
    return figure


def missing_values(complete: pd.DataFrame) -> Figure:
    """Share of bases without a readable value, a row a field, a column a province, 全国 first with its figures."""
    provinces = list(dict.fromkeys(complete.group))
    filled = complete.pivot(index="code", columns="group", values="share").reindex(
        index=list(FIELDS), columns=provinces
    )
    grid = 1 - filled
    figure, axes = canvas(8.6)
    image = axes.imshow(grid.to_numpy() * 100, cmap=SHADES, vmin=0, vmax=100, aspect="auto")
    for row, share in enumerate(grid[COUNTRY]):
        if pd.notna(share):
            axes.text(
                0, row, f"{share * 100:.0f}", ha="center", va="center", fontsize=6.5, color=text_on(SHADES(share))
            )
    empty_rows, empty_columns = np.nonzero(grid.isna().to_numpy())
    axes.scatter(empty_columns, empty_rows, marker="x", s=8, color=EDGE, lw=0.7)
    axes.set_xticks(range(len(provinces)), ["\n".join(_short(name)) for name in provinces], fontsize=7)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(grid)), [label(code) for code in grid.index], fontsize=7.5)
    axes.set_xticks(np.arange(len(provinces) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(grid) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", lw=0.8)
    axes.tick_params(which="both", length=0)
    axes.axvline(0.5, color="white", lw=3)
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = figure.colorbar(image, ax=axes, orientation="horizontal", fraction=0.02, pad=0.01, aspect=50)
    bar.set_label("没有可用数值的基地占应填基地的比重（%）；×为该省没有基地选择该特色", fontsize=8)
    bar.outline.set_visible(False)
    return figure


def beside_peers(ratios: pd.DataFrame, doubted: pd.DataFrame) -> Figure:
    """Every size as a multiple of its region's median (log scale); those in `doubted` (base_id, code) are ringed."""
    codes = [code for code in FIELDS if code in set(ratios.code)]
    figure, axes = canvas(0.9 + 0.33 * max(len(codes), 2))
    lanes = {"东": -0.22, "中": 0.0, "西": 0.22}
    height = ratios.code.map({code: place for place, code in enumerate(codes)}) + ratios.region.map(lanes)
    for region in lanes:
        mine = ratios.region == region
        axes.scatter(
            ratios.ratio[mine], height[mine], s=9, color=REGION_COLOURS[region], alpha=0.5, lw=0, label=f"{region}部"
        )
    keys = pd.MultiIndex.from_frame(doubted[["base_id", "code"]])
    flagged = pd.MultiIndex.from_frame(ratios[["base_id", "code"]]).isin(keys)
    if flagged.any():
        axes.scatter(
            ratios.ratio[flagged], height[flagged], s=70, facecolor="none", edgecolor=ALERT, lw=1.4, label="疑似异常"
        )
    axes.set_xscale("log")
    for edge in (1 / FAR, FAR):
        axes.axvline(edge, color=ALERT, lw=0.8, ls=(0, (4, 3)))
    axes.axvline(1, color=INK, lw=0.8)
    axes.set_xticks([10.0**power for power in SCALE], SCALE.values())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(min([1 / FAR, *ratios.ratio]) / 2, max([FAR, *ratios.ratio]) * 2)
    axes.set_xlabel("为本区域中位数的倍数（对数刻度）；虚线为一千倍和千分之一")
    axes.set_yticks(range(len(codes)), [label(code) for code in codes])
    axes.set_ylim(len(codes) - 0.4, -0.6)
    axes.grid(axis="y", color=RULE, lw=0.5)
    axes.spines["left"].set_visible(False)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower right", ncols=4)
    return figure


def _quiet(axes) -> None:
    axes.grid(axis="x", color=RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.xaxis.get_major_locator().set_params(integer=True)


def _short(province: str) -> str:
    return {"新疆生产建设兵团": "兵团"}.get(province, province)
