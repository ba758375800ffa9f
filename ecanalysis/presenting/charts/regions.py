"""Charts of how scores and values spread between and within regions; tables as `regions` gives them."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from ecanalysis.comparing.regions import SMALL
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.form.words import COUNTRY
from ecanalysis.presenting.charts import (
    EDGE,
    INK,
    KIND_MARKERS,
    QUIET,
    REGION_COLOURS,
    RULE,
    SHADES,
    TIER_COLOURS,
    blank,
    canvas,
    group_label,
    spread,
    text_on,
)
from ecanalysis.presenting.formats import brief, label, number, percent

UNIT_NAMES = {"新疆生产建设兵团": "兵团"}  # what fits a tile


def province_map(tiles: pd.DataFrame, words: str, decimals: int | None = None) -> Figure:
    """The provincial units as tiles at their usual places, darker for more; those without data stay blank.

    `tiles` as `regions.tiles` gives them; where it is split, a city with its own plan (or the 兵团) has
    the right half of its province's tile. `words` says what the numbers are; without `decimals` large ones are in 万
    and 亿.
    """
    figure, axes = canvas(6.0)
    known = tiles.value.dropna()
    low, high = (known.min(), known.max()) if len(known) else (0, 1)
    shared = set(tiles.province[tiles.unit != tiles.province])
    for tile in tiles.itertuples():
        city = tile.unit != tile.province
        half = tile.province in shared
        left, width = tile.column + (0.5 if city else 0.03), 0.47 if half else 0.94
        fill = SHADES((tile.value - low) / ((high - low) or 1)) if tile.bases else "white"
        ink = text_on(fill) if tile.bases else QUIET
        style = {
            "facecolor": fill,
            "edgecolor": EDGE,
            "linewidth": 0.7,
            "linestyle": "-" if tile.bases else (0, (2, 2)),
        }
        axes.add_patch(Rectangle((left, tile.row + 0.03), width, 0.94, **style))
        centre, size = left + width / 2, 7 if half else 9
        name = UNIT_NAMES.get(tile.unit, tile.unit)
        lines = [(0.5, name, size)]
        if tile.bases:
            value = brief(tile.value, "") if decimals is None else number(tile.value, decimals)
            lines = [(0.24, name, size), (0.53, value, size), (0.8, f"{tile.bases}家", 6.5)]
        for down, words_here, points in lines:
            axes.text(centre, tile.row + down, words_here, ha="center", va="center", color=ink, fontsize=points)
    axes.set(xlim=(0, tiles.column.max() + 1), ylim=(tiles.row.max() + 1, 0))
    axes.set_aspect(0.72)
    axes.axis("off")
    axes.text(
        0, 0.5, f"{words}\n颜色越深数值越大；\n虚线框为没有数据", fontsize=8, color=QUIET, va="center", linespacing=1.5
    )
    return figure


def distribution(points: pd.DataFrame, summary: pd.DataFrame, column: str, by: str, words: str) -> Figure:
    """Every base as a point, a row a group; quartiles only where a group is not small. `words` names the axis."""
    if summary.empty:
        return blank()
    figure, axes = canvas(1.1 + 0.36 * len(summary))
    spread(axes, points, summary, column, by, REGION_COLOURS)
    axes.set_xlabel(f"{words}；点为基地，竖线为中位数，色带为四分位区间（不足{SMALL}家只画点）；括号内为基地数")
    return figure


def provinces(points: pd.DataFrame, summary: pd.DataFrame, column: str, words: str, log: bool = False) -> Figure:
    """Every base as a point in the row of its province: colour for the region, shape for the kind, a tick the median.

    `points` has province, region, kind and `column`; `summary` group, n, median, in the order of the rows. Groups are
    small, so no boxes. `log` sets large numbers on a logarithmic scale (0 included).
    """
    if summary.empty:
        return blank()
    figure, axes = canvas(1.2 + 0.2 * len(summary))
    place_of = {group: place for place, group in enumerate(summary.group)}
    for (region, kind), members in points.groupby(["region", "kind"]):
        places = members.province.map(place_of)
        axes.scatter(members[column], places, s=22, marker=KIND_MARKERS[kind], color=REGION_COLOURS[region], alpha=0.75,
                     linewidths=0, zorder=2)  # fmt: skip
    axes.scatter(summary["median"], range(len(summary)), marker="|", s=110, color=INK, lw=1.6, zorder=3)
    axes.set_yticks(range(len(summary)), [group_label(row.group, row.n) for row in summary.itertuples()], fontsize=8)
    axes.set_ylim(len(summary) - 0.4, -0.6)
    axes.grid(axis="both", color=RULE, lw=0.5, zorder=0)
    handles = [
        Line2D([], [], marker="s", ls="", color=REGION_COLOURS[region], label=f"{region}部") for region in "东中西"
    ]
    handles += [Line2D([], [], marker=shape, ls="", color=QUIET, label=kind) for kind, shape in KIND_MARKERS.items()]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=5, fontsize=8, handletextpad=0.1)
    if log:
        if points[column].min() > 0:
            axes.set_xscale("log")
        else:
            axes.set_xscale("symlog", linthresh=1)
        axes.xaxis.set_major_formatter(lambda value, _: brief(value, "").replace(".00", ""))
        axes.xaxis.set_minor_formatter(lambda value, _: "")
    axes.set_xlabel(f"{words}；点为基地，竖线为中位数；括号内为基地数{'；横轴取对数' if log else ''}")
    axes.spines["left"].set_visible(False)
    return figure


def field_by_province(answers: pd.DataFrame, summary: pd.DataFrame, code: str) -> Figure:
    """`provinces` for one field (`regions.of_field`): counts and amounts on a logarithmic scale, as they are scored."""
    words = label(code) + (f"（{FIELDS[code].unit}）" if FIELDS[code].unit else "")
    return provinces(answers, summary, "value", words, log=FIELDS[code].type in ("count", "amount"))


def feature_choice(table: pd.DataFrame) -> Figure:
    """Share of bases that chose each feature: a panel a feature, a bar a group, its share and number beside it."""
    groups = list(dict.fromkeys(table.group))
    if table.empty:
        return blank()
    figure, panels = canvas(0.8 + 0.3 * len(groups), columns=len(FEATURES), sharey=True, sharex=True)
    for axes, (letter, name) in zip(panels, FEATURES.items()):
        rows = table[table.feature == letter].set_index("group").loc[groups]
        colours = ["white" if group == COUNTRY else REGION_COLOURS.get(group, QUIET) for group in groups]
        axes.barh(range(len(groups)), rows.share, height=0.62, color=colours, edgecolor=EDGE, linewidth=0.7)
        for place, row in enumerate(rows.itertuples()):
            words = f"{percent(row.share, 0)}（{row.bases}）"
            axes.annotate(words, (row.share, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_title(name, fontsize=9)
        axes.set_xlim(0, 1.35)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
    n = table.drop_duplicates("group").set_index("group").n
    panels[0].set_yticks(range(len(groups)), [group_label(group, n[group]) for group in groups])
    panels[0].set_ylim(len(groups) - 0.4, -0.6)
    return figure


def tier_composition(table: pd.DataFrame, tiers: tuple[str, ...], column: str = "share") -> Figure:
    """Tiers within each group as parts of a bar, the number of bases in each part.

    `column` is what the length shows: `share` for groups large enough to have one, `bases` for small ones.
    """
    groups = list(dict.fromkeys(table.group))
    if table.empty:
        return blank()
    figure, axes = canvas(1.1 + 0.23 * len(groups))
    n = table.drop_duplicates("group").set_index("group").n
    fills = dict(zip(tiers, TIER_COLOURS.values(), strict=True))
    reach = table.groupby("group")[column].sum().max()
    for place, group in enumerate(groups):
        left = 0.0
        for row in table[(table.group == group) & (table.bases > 0)].itertuples():
            width, fill = getattr(row, column), fills[row.tier]
            axes.barh(place, width, left=left, height=0.7, color=fill, edgecolor=EDGE, linewidth=0.6)
            if width >= 0.03 * reach:
                words = str(row.bases)
                axes.text(left + width / 2, place, words, ha="center", va="center", fontsize=8, color=text_on(fill))
            left += width
    handles = [Patch(facecolor=fill, edgecolor=EDGE, label=tier) for tier, fill in fills.items()]
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(tiers), fontsize=8)
    axes.set_yticks(range(len(groups)), [group_label(group, n[group]) for group in groups], fontsize=8)
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.set_xlim(0, reach * 1.005)
    axes.set_xticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def variance_shares(table: pd.DataFrame) -> Figure:
    """Share of variance between regions and between provinces, each with what chance alone would give (hollow)."""
    table = table[table.region_share.notna()].sort_values("region_share", ascending=False, ignore_index=True)
    if table.empty:
        return blank()
    figure, panels = canvas(1.0 + 0.21 * len(table), columns=2, sharey=True)
    for axes, part, title in zip(panels, ("region", "province"), ("区域之间", "省级单位之间")):
        shares, chance = table[f"{part}_share"], table[f"{part}_by_chance"]
        axes.hlines(range(len(table)), chance, shares, color=EDGE, lw=1, zorder=1)
        axes.scatter(chance, range(len(table)), s=18, facecolor="white", edgecolor=QUIET, zorder=2)
        axes.scatter(shares, range(len(table)), s=22, color=REGION_COLOURS["东"], zorder=3)
        axes.set_title(title, fontsize=9)
        axes.set_xlim(0, max(0.05, shares.max(), chance.max()) * 1.1)
        axes.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
        axes.grid(axis="both", color=RULE, lw=0.5, zorder=0)
        axes.spines["left"].set_visible(False)
    panels[0].set_yticks(range(len(table)), [label(code) for code in table.code], fontsize=8)
    panels[0].set_ylim(len(table) - 0.4, -0.6)
    figure.text(
        0.99, 0.995, "实心：占总方差的比重；空心：仅凭偶然也会有的比重", ha="right", va="top", fontsize=8, color=QUIET
    )
    return figure


def leaders(table: pd.DataFrame) -> Figure:
    """Which region leads in what, and how surely: superiority by field; a hollow mark is no clear lead."""
    table = table.sort_values("superiority", ascending=False, ignore_index=True)
    if table.empty:
        return blank()
    figure, axes = canvas(1.0 + 0.21 * len(table))
    for place, row in enumerate(table.itertuples()):
        colour = REGION_COLOURS[row.leader]
        axes.plot([0.5, row.superiority], [place, place], color=EDGE, lw=1, zorder=1)
        axes.scatter(
            row.superiority, place, s=34, facecolor=colour if row.clear else "white", edgecolor=colour, zorder=2
        )
        axes.annotate(row.leader, (row.superiority, place), (7, 0), textcoords="offset points", va="center", fontsize=8,
                      color=colour if row.clear else QUIET)  # fmt: skip
    axes.set_yticks(range(len(table)), [label(code) for code in table.code], fontsize=8)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(0.49, max(0.6, table.superiority.max() + 0.03))
    axes.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
    axes.grid(axis="x", color=RULE, lw=0.5, zorder=0)
    axes.set_xlabel("优于其他区域基地的机会（50%为不分高下）；实心为明显")
    axes.spines["left"].set_visible(False)
    return figure


def next_tier(table: pd.DataFrame) -> Figure:
    """From the typical base of a tier to the lowest total of the next one, a row a region and tier."""
    if table.empty:
        return blank()
    figure, axes = canvas(1.0 + 0.36 * len(table))
    for place, row in enumerate(table.itertuples()):
        colour = REGION_COLOURS[row.region]
        axes.annotate("", (row.threshold, place), (row.typical, place), arrowprops={"arrowstyle": "->", "color": EDGE})
        axes.scatter(row.typical, place, s=40, color=colour, zorder=2)
        axes.scatter(row.threshold, place, s=90, marker="|", color=INK, lw=1.8, zorder=2)
        axes.annotate(
            f"差{row.gap:.1f}分", (row.threshold, place), (8, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.set_yticks(
        range(len(table)), [f"{row.region}部　{row.tier} → {row.next}（{row.n}）" for row in table.itertuples()]
    )
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.margins(x=0.15)
    axes.grid(axis="x", color=RULE, lw=0.5, zorder=0)
    axes.set_xlabel("总分；圆点为该档典型基地（中位数），竖线为上一档最低分；括号内为基地数")
    axes.spines["left"].set_visible(False)
    return figure


def next_tier_items(table: pd.DataFrame, largest: int = 6) -> Figure:
    """Where the distance to the next tier comes from: the largest gaps in mean points, a panel a region."""
    regions = list(dict.fromkeys(table.region))
    rows = len(regions)
    if table.empty:
        return blank()
    figure, panels = canvas(0.6 + rows * (0.45 + 0.22 * largest), rows=rows, squeeze=False, sharex=True)
    for axes, region in zip(panels[:, 0], regions):
        steps = table[table.region == region].nlargest(largest, "gap")
        axes.barh(range(len(steps)), steps.gap, height=0.62, color=REGION_COLOURS[region])
        for place, row in enumerate(steps.itertuples()):
            axes.annotate(
                f"{row.gap:.2f}", (row.gap, place), (4, 0), textcoords="offset points", va="center", fontsize=8
            )
        names = ["专项得分" if code == "special" else label(code) for code in steps.code]
        axes.set_yticks(range(len(steps)), names, fontsize=8)
        axes.set_ylim(len(steps) - 0.4, -0.6)
        axes.set_title(f"{region}部", fontsize=9)
        axes.margins(x=0.1)
        axes.spines["left"].set_visible(False)
    panels[-1, 0].set_xlabel("上一档与本档平均得分之差（分）")
    return figure
