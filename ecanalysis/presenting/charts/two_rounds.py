"""Charts of two rounds in a row; each takes the table it plots."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecanalysis.form.words import REGION_NAMES, REGIONS, SHORT_STATUS_NAMES
from ecanalysis.presenting.charts import ALERT, INK, QUIET, REGION_COLOURS, RULE, SHADES, canvas, text_on

# Told apart by line style as well, for grey print.
LINES = {
    "revoke": (ALERT, "-"),
    "at_risk": ("#c8651b", "--"),
    "recovered": ("#0b3c6f", "-."),
    "add": ("#0b3c6f", "-"),
    "add_gated": (ALERT, "--"),
    "add_over_quota": ("#c8651b", "-."),
    "promising": ("#5d9f86", ":"),
}
APART = 0.032  # of the axis: names closer than this would overlap


def slopes(watchlist: pd.DataFrame, kind: str, year: int, year_previous: int | None) -> Figure:
    """The ranks of one kind in both rounds, a panel a region; whoever is on a list is named and drawn apart.

    Not the totals: those of two rounds are on scales of their own, and no line leads from one to the other.
    """
    rows = watchlist[(watchlist.kind == kind) & watchlist.total.notna() & watchlist.total_previous.notna()]
    if rows.empty:
        return nothing(f"没有两轮均参评的{kind}")
    # The legend has a row of its own: names, source line and title leave it no other place.
    last = max(rows.rank_in_kind.max(), rows.rank_in_kind_previous.max())
    figure, (row_of_legend, panels) = canvas(4.9, columns=3, rows=2, sharey="row", height_ratios=[1, 20])
    for axes in row_of_legend:
        axes.axis("off")
    for axes, region in zip(panels, REGIONS):
        mine = rows[rows.region == region]
        axes.set_title(f"{REGION_NAMES[region]}（{len(mine)}家）", fontsize=9)
        named = []
        for row in mine.itertuples():
            colour, style = LINES.get(row.status, (RULE, "-"))
            told = row.status in LINES
            axes.plot([0, 1], [row.rank_in_kind_previous, row.rank_in_kind], color=colour, ls=style,
                      lw=1.6 if told else 0.8, marker="o", ms=3, zorder=3 if told else 1)  # fmt: skip
            if told:
                named.append((row.rank_in_kind, row.name, colour))
        axes.set_xticks([0, 1], [f"{year_previous}年", f"{year}年"])
        axes.set_xlim(-0.12, 2.75)
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(length=0)
        axes.grid(axis="y", color=RULE, lw=0.5, zorder=0)
        if mine.empty:
            axes.text(0, last / 2, "没有两轮均参评的单位", color=QUIET, fontsize=8)
        _names(axes, named, last)
    panels[0].set_ylim(last + 1, 0)
    panels[0].set_ylabel(f"在本区域{kind}中的名次")
    handles = [
        panels[0].plot([], [], color=LINES[status][0], ls=LINES[status][1], lw=1.6, label=SHORT_STATUS_NAMES[status])[0]
        for status in LINES
        if (rows.status == status).any()
    ]
    if handles:
        legend = row_of_legend[1].legend(handles=handles, loc="center", ncols=len(handles), fontsize=8)
        legend.set_in_layout(False)  # wider than its panel
    return figure


def _names(axes: Axes, named: list[tuple[float, str, str]], last: float) -> None:
    """Names at the right ends of their lines, moved up where they would overlap."""
    floor = last
    for rank, name, colour in sorted(named, reverse=True):
        at = min(rank, floor)
        axes.annotate(
            _short(name), (1, rank), (1.1, at), fontsize=7, color=colour, va="center",
            arrowprops={"arrowstyle": "-", "color": RULE, "lw": 0.5, "shrinkA": 0, "shrinkB": 2},
        )  # fmt: skip
        floor = at - (last + 1) * APART


def _short(name: str) -> str:
    """A name as it fits beside a line.

    >>> _short("示例·洛阳农村电商产业基地"), _short("示例·呼和浩特跨境电子商务综合产业园")
    ('示例·洛阳农村电商产业基地', '示例·呼和浩特跨境电子商…')
    """
    return name if len(name) <= 13 else name[:12] + "…"


def transitions(matrices: dict[str, pd.DataFrame]) -> Figure:
    """The matrix of tiers (`watchlist.tier_matrix`), a panel a kind; darker means more bases."""
    if not any(matrix.to_numpy().any() for matrix in matrices.values()):
        return nothing("没有上一轮结果，无法比较档次")
    figure, panels = canvas(3.1, columns=len(matrices), squeeze=False)
    for axes, (kind, matrix) in zip(panels[0], matrices.items()):
        counts = matrix.to_numpy()
        most = max(int(counts.max()), 1)
        axes.imshow(counts, cmap=SHADES, vmin=0, vmax=most)
        for row, line in enumerate(counts):
            for column, count in enumerate(line):
                if count:
                    fill = SHADES(count / most)
                    axes.text(column, row, count, ha="center", va="center", color=text_on(fill), fontsize=9)
        axes.set_xticks(range(len(matrix.columns)), matrix.columns, fontsize=8)
        axes.set_yticks(range(len(matrix)), matrix.index, fontsize=8)
        axes.set_xlabel("本次")
        axes.set_ylabel("上次")
        axes.set_title(f"{kind}（{int(counts.sum())}家）", fontsize=9)
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def progress(summary: pd.DataFrame) -> Figure:
    """Median change of the totals, as scored (hollow) and on the first round's bounds (filled): `progress.summary`."""
    if summary.empty:
        return nothing("没有两轮均参评的单位")
    figure, axes = canvas(1.3 + 0.3 * max(len(summary), 2))
    for place, row in enumerate(summary.itertuples()):
        colour = REGION_COLOURS[row.region]
        axes.annotate(
            "", (row.median_fixed_change, place), (row.median_change, place),
            arrowprops={"arrowstyle": "->", "color": colour, "lw": 1.4, "shrinkA": 4, "shrinkB": 4},
        )  # fmt: skip
        axes.scatter(row.median_change, place, s=38, facecolor="white", edgecolor=colour, zorder=3)
        axes.scatter(row.median_fixed_change, place, s=38, color=colour, zorder=3)
    axes.axvline(0, color=INK, lw=0.8)
    axes.grid(axis="x", color=RULE, lw=0.6, zorder=0)
    axes.set_yticks(
        range(len(summary)), [f"{REGION_NAMES[row.region]}·{row.kind}（{row.bases}）" for row in summary.itertuples()]
    )
    axes.set_ylim(len(summary) - 0.4, -0.6)
    axes.set_xlabel("总分变动的中位数（分）：空心按各轮自身界值，实心按首轮界值")
    return figure


def nothing(words: str) -> Figure:
    """A low figure that says why there is nothing to draw."""
    figure, axes = canvas(1.1)
    axes.text(0.5, 0.5, words, ha="center", va="center", color=QUIET)
    axes.set_axis_off()
    return figure
