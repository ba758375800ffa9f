"""The map of provincial units; tiles as `regions.tiles` gives them."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ecanalysis.comparing.regions import SMALL
from ecanalysis.presenting.charts import EDGE, QUIET, SHADES, canvas, text_on


def province_map(tiles: pd.DataFrame, word: str) -> Figure:
    """The provincial units as tiles at their usual places: 突出8/16, darker for a larger share.

    A tile of fewer than SMALL bases has no colour, one without a base a broken line. `word` is the tier in short.
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
