"""Charts of how firm each decision is; each takes the table it plots."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ecanalysis.deciding.sensitivity import METHODS
from ecanalysis.form.words import FACTOR_NAMES, MISSING_POLICY_NAMES, NORMALISATION_NAMES, REGION_NAMES, REGIONS
from ecanalysis.presenting.charts import (
    ALERT,
    EDGE,
    INK,
    KIND_MARKERS,
    QUIET,
    RULE,
    SHADES,
    TIER_COLOURS,
    blank,
    canvas,
    text_on,
)
from ecanalysis.presenting.formats import percent

QUARTER = 0.25
MISSING_SHORT = {"zero": "记0", "region_median": "中位", "reweight": "另分"}


def margins(table: pd.DataFrame) -> Figure:
    """Points to the edge of the bottom three, the nearest demonstration bases of each region, with the probability.

    `table`: name,region,margin,p_bottom_three, in the order to be drawn.
    """
    rows = table.reset_index(drop=True)
    figure, axes = canvas(1.2 + 0.26 * max(len(rows), 2))
    colours = [ALERT if margin <= 0 else QUIET for margin in rows.margin]
    axes.hlines(rows.index, 0, rows.margin, color=colours, lw=2)
    axes.scatter(rows.margin, rows.index, s=26, color=colours, zorder=3)
    for place, row in enumerate(rows.itertuples()):
        axes.annotate(
            f"{row.margin:+.2f}分，{percent(row.p_bottom_three)}", (row.margin, place),
            (-6 if row.margin <= 0 else 6, 0), textcoords="offset points",
            ha="right" if row.margin <= 0 else "left", va="center", fontsize=7.5,
        )  # fmt: skip
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks(
        rows.index, [f"{row.name}（{REGION_NAMES[row.region][:2]}）" for row in rows.itertuples()], fontsize=8
    )
    for place in rows.index[rows.region != rows.region.shift()][1:]:
        axes.axhline(place - 0.5, color=RULE, lw=0.8)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    reach = rows.margin.abs().max() if len(rows) else 1
    axes.set_xlim(-1.6 * reach, 1.6 * reach)
    axes.set_xlabel("与后3位门槛的差距（分）；百分比为权重小幅变动下处于后3位的概率")
    axes.grid(axis="x", color=RULE, lw=0.5, zorder=0)
    if rows.empty:
        axes.text(0, 0, "没有可比的示范基地", ha="center", color=QUIET)
    return figure


def rank_ranges(table: pd.DataFrame) -> Figure:
    """How far each base's rank in its region moves in 90% of the draws, by its rank under the scheme, a panel a region.

    `table`: region,kind,rank,rank_p05,rank_p95,bottom_three.
    """
    figure, panels = canvas(3.4, columns=3, sharey=True)
    for axes, region in zip(panels, REGIONS):
        mine = table[table.region == region]
        colours = [ALERT if flag else QUIET for flag in mine.bottom_three]
        axes.vlines(mine["rank"], mine.rank_p05 - mine["rank"], mine.rank_p95 - mine["rank"], color=colours, lw=1.2)
        for kind, marker in KIND_MARKERS.items():
            some = mine[mine.kind == kind]
            axes.scatter(some["rank"], [0] * len(some), s=9, marker=marker, zorder=3, label=kind,
                         color=[ALERT if flag else INK for flag in some.bottom_three])  # fmt: skip
        axes.set_title(f"{REGION_NAMES[region]}（{len(mine)}家）", fontsize=9)
        axes.set_xlabel("本方案位次")
        axes.grid(axis="y", color=RULE, lw=0.5, zorder=0)
    panels[0].invert_yaxis()
    panels[0].yaxis.set_major_locator(MaxNLocator(integer=True))
    panels[0].set_ylabel("位次变动（向上为靠前）")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower right", ncols=2, fontsize=8)
    return figure


def acceptability(table: pd.DataFrame) -> Figure:
    """In which share of the draws a base has which rank in its region; the lowest of each region, a panel a region.

    `table`: base_id,name,region,rank,share; bases in the order to be drawn.
    """
    regions = [region for region in REGIONS if (table.region == region).any()]
    if not regions:
        return blank()
    heights = [table[table.region == region].base_id.nunique() for region in regions]
    figure, panels = canvas(
        0.9 + 0.25 * sum(heights) + 0.45 * len(regions), rows=len(regions), squeeze=False, height_ratios=heights
    )
    for axes, region in zip(panels[:, 0], regions):
        mine = table[table.region == region]
        wide = mine.pivot_table(index="base_id", columns="rank", values="share", fill_value=0.0, sort=False)
        wide = wide.sort_index(axis=1)
        axes.imshow(wide, cmap=SHADES, vmin=0, vmax=1, aspect="auto")
        for row, line in enumerate(wide.to_numpy()):
            for column, share in enumerate(line):
                if share >= 0.05:
                    axes.text(column, row, percent(share, 0), ha="center", va="center", fontsize=7,
                              color=text_on(SHADES(share)))  # fmt: skip
        axes.set_yticks(range(len(wide)), mine.drop_duplicates("base_id").name, fontsize=8)
        axes.set_xticks(range(wide.shape[1]), wide.columns, fontsize=8)
        axes.set_title(f"{REGION_NAMES[region]}：区域位次", fontsize=9)
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def tier_shares(table: pd.DataFrame) -> Figure:
    """The probability of each tier for the bases that sit between two (`table`: name and p_tier1, p_tier2, p_tier3)."""
    figure, axes = canvas(1.1 + 0.26 * max(len(table), 2))
    left = pd.Series(0.0, table.index)
    for (tier, colour), column in zip(TIER_COLOURS.items(), ("p_tier1", "p_tier2", "p_tier3")):
        axes.barh(
            range(len(table)), table[column], left=left, color=colour, edgecolor=EDGE, lw=0.5, label=tier, height=0.7
        )
        for place, (start, share) in enumerate(zip(left, table[column])):
            if share >= 0.08:
                axes.text(start + share / 2, place, percent(share, 0), ha="center", va="center", fontsize=7.5,
                          color=text_on(colour))  # fmt: skip
        left = left + table[column]
    axes.set_yticks(range(len(table)), table.name, fontsize=8)
    axes.set_ylim(max(len(table), 1) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=8)
    if table.empty:
        axes.text(0.5, 0.5, "全部基地的档次都稳定", ha="center", color=QUIET)
    return figure


def alternatives(table: pd.DataFrame) -> Figure:
    """In which of the other calculations a demonstration base is in the bottom three (filled).

    `table`: base_id,name,method,missing,bottom_three; bases in the order to be drawn.
    """
    names = dict(zip(table.base_id, table.name))
    rows = list(names)
    columns = [(method, missing) for method in METHODS for missing in MISSING_POLICY_NAMES]
    figure, axes = canvas(1.4 + 0.26 * max(len(names), 2))
    for row in table.itertuples():
        column, place = columns.index((row.method, row.missing)), rows.index(row.base_id)
        axes.scatter(column, place, s=60, marker="s", color=ALERT if row.bottom_three else "white",
                     edgecolor=ALERT if row.bottom_three else RULE)  # fmt: skip
    axes.set_yticks(range(len(names)), names.values(), fontsize=8)
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)
    axes.set_xlim(-0.6, len(columns) - 0.4)
    axes.set_xticks(range(len(columns)), [MISSING_SHORT[missing] for _, missing in columns], fontsize=8)
    axes.set_xlabel("每种归一化方法下未填项的三种处理：记0、取区域中位数（中位）、权重分给其余项（另分）")
    for place, name in enumerate(NORMALISATION_NAMES[method] for method in METHODS):
        axes.text(3 * place + 1, -0.75, name, ha="center", va="bottom", fontsize=8)
        if place:
            axes.axvline(3 * place - 0.5, color=RULE, lw=0.8)
    axes.spines["left"].set_visible(False)
    return figure


def sensitivity(table: pd.DataFrame) -> Figure:
    """First-order and total indices of the mean shift of ranks, with their 95% intervals (`rank_shift` rows)."""
    rows = table[table.result == "rank_shift"].sort_values("total", ascending=False).reset_index(drop=True)
    figure, axes = canvas(2.6)
    for offset, column, name, colour in (
        (-0.18, "total", "全效应（含交互作用）", INK),
        (0.18, "first", "一阶效应", EDGE),
    ):
        axes.barh(rows.index + offset, rows[column].clip(lower=0), height=0.32, color=colour, label=name, zorder=2)
        axes.errorbar(rows[column].clip(lower=0), rows.index + offset, xerr=rows[f"{column}_error"], fmt="none",
                      ecolor=ALERT, elinewidth=1, capsize=2, zorder=3)  # fmt: skip
    axes.set_yticks(rows.index, [FACTOR_NAMES[factor] for factor in rows.factor])
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.set_xlim(0, None)
    axes.set_xlabel("占位次平均变动方差的份额；细线为95%区间")
    axes.legend(fontsize=8, loc="lower right")
    axes.grid(axis="x", color=RULE, lw=0.5, zorder=0)
    return figure


def weight_changes(table: pd.DataFrame) -> Figure:
    """How far all weights would have to be free to move for a base to be safe (`table`: name,change)."""
    rows = table.reset_index(drop=True)
    figure, axes = canvas(1.2 + 0.28 * max(len(rows), 2))
    shown = rows.change.fillna(1.0)
    colours = [QUIET if pd.isna(change) or change > QUARTER else ALERT for change in rows.change]
    axes.barh(rows.index, shown, height=0.6, color=colours, zorder=2)
    for place, change in enumerate(rows.change):
        words = "任何权重下都不能" if pd.isna(change) else f"±{change * 100:.1f}%"
        axes.annotate(words, (shown[place], place), (4, 0), textcoords="offset points", va="center", fontsize=8,
                      bbox={"fc": "white", "ec": "none", "pad": 1}, zorder=4)  # fmt: skip
    axes.axvline(QUARTER, color=INK, lw=1, ls="--")
    axes.text(QUARTER, -0.62, " ±25%", fontsize=8, va="bottom")
    axes.set_yticks(rows.index, rows.name, fontsize=8)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.set_xlim(0, 1.2 * max(shown.max() if len(rows) else 0, QUARTER))
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel("各项权重一起变动至少多少，才能脱离后3位（短于虚线的在±25%以内）")
    if rows.empty:
        axes.text(0.1, 0, "没有可算的基地", color=QUIET)
    return figure
