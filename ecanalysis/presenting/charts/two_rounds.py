"""Charts of two rounds in a row; each takes the table it plots."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecanalysis.form.words import REGION_NAMES, REGIONS, SHORT_STATUS_NAMES
from ecanalysis.presenting.charts import ALERT, INK, QUIET, RULE, SHADES, blank, canvas, short, text_on

# Distinguished by line style as well, for greyscale print.
LINES = {
    "revoke": (ALERT, "-"),
    "at_risk": ("#a8480a", "--"),
    "recovered": ("#0b3c6f", "-."),
    "not_submitted": (QUIET, ":"),
}
FARTHEST = 8  # places from the bottom that are drawn; those beyond are drawn here, with their number
APART = 0.95  # places: labels closer than this would overlap


def places(table: pd.DataFrame, year: int, year_previous: int | None, bottom_count: int) -> Figure:
    """Places from the bottom in both rounds, one panel per region; hollow markers: no submission.

    `table`: name,region,status,from_bottom_previous,from_bottom; a place is missing if the base was not scored.
    """
    regions = [region for region in REGIONS if (table.region == region).any()]
    if not regions:
        return blank("没有本次或上次处于后3位的示范基地")
    figure, panels = canvas(0.5 + 1.95 * len(regions), rows=len(regions), squeeze=False)
    for axes, region in zip(panels[:, 0], regions):
        mine = table[table.region == region].sort_values(["from_bottom_previous", "from_bottom"])
        axes.axhspan(0.4, bottom_count + 0.5, color="#eceff2", zorder=0)
        axes.axhline(bottom_count + 0.5, color=INK, lw=0.8)
        ends = mine[["from_bottom_previous", "from_bottom"]].clip(upper=FARTHEST).to_numpy()
        lefts, rights = [], []
        for row, (start, end) in zip(mine.itertuples(), ends):
            colour, style = LINES[row.status]
            known = pd.notna(start) and pd.notna(end)
            if known:
                axes.plot([0, 1], [start, end], color=colour, ls=style, lw=1.6)
            for at, place in ((0, start), (1, end)):
                if pd.notna(place):
                    axes.plot(
                        at, place, marker="o", ms=6, color=colour, mfc=colour if known or at else "white", zorder=3
                    )
            name = short(row.name, 13 if known else 8)
            status = SHORT_STATUS_NAMES[row.status].removesuffix("示范资格")
            if pd.notna(start):
                gone = "" if pd.notna(end) else f"（{status}）"
                lefts.append((start, f"{name}{gone}　{row.from_bottom_previous:.0f}", colour))
            if pd.notna(end):
                told = f"{name}（上次未参评）" if pd.isna(start) else name
                rights.append((end, f"{row.from_bottom:.0f}　{told}　{status}", colour))
        _labels(axes, lefts, -0.12, "right")
        _labels(axes, rights, 1.12, "left")
        axes.set_xlim(-2.45, 3.85)
        axes.set_ylim(0.2, FARTHEST + 0.8)
        axes.set_xticks([0, 1], [f"{year_previous}年" if year_previous else "上次", f"{year}年"])
        axes.set_yticks([])
        axes.tick_params(length=0)
        axes.set_title(REGION_NAMES[region])
        axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def _labels(axes: Axes, told: list[tuple[float, str, str]], at: float, side: str) -> None:
    """Draw the labels at one end of the lines, moved apart if they would overlap."""
    floor = 0.0
    for place, words, colour in sorted(told):
        height = max(place, floor + APART)
        axes.annotate(
            words, (0 if at < 0 else 1, place), (at, height), color=colour, va="center", ha=side,
            arrowprops={"arrowstyle": "-", "color": RULE, "lw": 0.5, "shrinkA": 0, "shrinkB": 3},
        )  # fmt: skip
        floor = height


def transitions(matrices: dict[str, pd.DataFrame]) -> Figure:
    """The matrix of tiers (`watchlist.tier_matrix`), one panel per kind; darker means more bases."""
    if not any(matrix.to_numpy().any() for matrix in matrices.values()):
        return blank("没有上次结果，无法比较档次")
    figure, panels = canvas(3.1, columns=len(matrices), squeeze=False)
    for axes, (kind, matrix) in zip(panels[0], matrices.items()):
        counts = matrix.to_numpy()
        most = max(int(counts.max()), 1)
        axes.imshow(counts, cmap=SHADES, vmin=0, vmax=most)
        for row, line in enumerate(counts):
            for column, count in enumerate(line):
                if count:
                    fill = SHADES(count / most)
                    axes.text(column, row, count, ha="center", va="center", color=text_on(fill))
        axes.set_xticks(range(len(matrix.columns)), matrix.columns)
        axes.set_yticks(range(len(matrix)), matrix.index)
        axes.set_xlabel("本次")
        axes.set_ylabel("上次")
        axes.set_title(f"{kind}（{int(counts.sum())}家）")
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
    return figure
