"""Charts: one function per chart takes exactly the table it plots and returns the figure; nothing is computed here.

This module holds the elements shared by all charts, in addition to the fonts and lines of `style`: colours that are
distinguishable for colour-blind readers and in greyscale, the same for a region or tier in every chart. There is
one module per subject: submissions, scores, change, two_rounds, robustness, explore.
"""

import io
import re
from collections.abc import Sequence
from html import unescape

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import Markdown, display
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from PIL import Image

from ecanalysis.comparing.regions import SMALL
from ecanalysis.errors import UserError
from ecanalysis.form.words import CLUSTER, COUNTRY, DEMONSTRATION, REGIONS
from ecanalysis.presenting.display import check_name
from ecanalysis.presenting.formats import inline
from ecanalysis.style import INK, QUIET, RULE

# In greyscale the regions have lightness 25, 43 and 61 (CIE L*), each with a contrast of at least 3:1 against white;
# tests measure this and the view of colour-blind readers. 全国 is drawn hollow or as a line, never filled.
REGION_COLOURS = dict(zip([*REGIONS, COUNTRY], ["#0b3c6f", "#a8480a", "#5d9f86", "#555555"]))
KIND_MARKERS = {DEMONSTRATION: "o", CLUSTER: "^"}
ALERT = "#9b1c1c"
UP, DOWN, TOTAL, EDGE = "#6695c2", "#8c1515", "#c3cad0", "#8a949c"
SHADES = LinearSegmentedColormap.from_list("shades", ["#eef3f8", "#6695c2", "#0b3c6f"])  # little to much
WIDTH = 6.7  # text width of a printed page in inches


def canvas(height: float = 3.2, columns: int = 1, rows: int = 1, **options) -> tuple[Figure, object]:
    """A figure as wide as the text of an A4 page, and its axes (one, or an array)."""
    return plt.subplots(rows, columns, figsize=(WIDTH, height), layout="constrained", **options)


def blank(words: str = "没有可画的数据") -> Figure:
    """A placeholder for the figure of an empty table."""
    figure, axes = canvas(0.9)
    axes.axis("off")
    axes.text(0, 0.5, words, color=QUIET, va="center")
    return figure


def rows(axes: Axes, names: Sequence[str]) -> None:
    """Label the rows of a horizontal chart, the first name on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)


def beside(axes: Axes, x: float, place: int, words: str, gap: float = 5, **look) -> None:
    """Write a label after the end of a bar."""
    axes.annotate(words, (x, place), (gap, 0), textcoords="offset points", va="center", **look)


def text_on(fill) -> str:
    """The text colour with the higher contrast on a fill: at least 4.5:1 for any fill.

    >>> text_on("#0b3c6f"), text_on("#d5dee8")
    ('white', 'black')
    """
    return max(("white", "black"), key=lambda ink: contrast(ink, fill))


def contrast(one, other) -> float:
    """The contrast ratio of two colours, 1 to 21 (from the relative luminance defined in WCAG 2).

    >>> contrast("white", "black")
    21.0
    """
    lights = []
    for colour in (one, other):
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
        lights.append(0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def short(name: str, most: int = 16) -> str:
    """A name shortened to at most `most` characters.

    >>> short("示例·洛阳农村电商产业基地"), short("示例·呼和浩特跨境电子商务综合产业园", 13)
    ('示例·洛阳农村电商产业基地', '示例·呼和浩特跨境电子商…')
    """
    return name if len(name) <= most else name[: most - 1] + "…"


def group_label(group: str, n: int) -> str:
    """The axis label of a group of bases, with its size: 东部（102）; a province keeps its name."""
    return f"{group}部（{n}）" if group in ("东", "中", "西") else f"{group}（{n}）"


def spread(axes: Axes, points: pd.DataFrame, summary: pd.DataFrame, column: str, by: str, colours: dict) -> None:
    """Every base as a point, one row per group of `summary`; a bar from q1 to q3 and the median unless n is small.

    `points` has one row per base (`by`, `column`); `summary` has group, n, q1, median, q3 (see `regions.distribution`),
    first row on top. A group whose name starts with a region's has the region's colour. Points of one row are spread
    vertically by their order, not at random, so that the chart is reproducible.
    """
    lanes = [0, 0.13, -0.13, 0.26, -0.26]
    labels = []
    for place, group in enumerate(summary.itertuples()):
        colour = colours.get(group.group, colours.get(group.group[:1], QUIET))
        values = (
            (points if group.group == COUNTRY else points[points[by] == group.group])[column].dropna().sort_values()
        )
        heights = [place + lanes[order % len(lanes)] for order in range(len(values))]
        axes.scatter(values, heights, s=13, color=colour, alpha=0.75, linewidths=0, zorder=2)
        if group.n >= SMALL:
            axes.plot(
                [group.q1, group.q3], [place, place], color=colour, lw=9, alpha=0.22, solid_capstyle="butt", zorder=1
            )
            axes.plot([group.median] * 2, [place - 0.34, place + 0.34], color=INK, lw=1.8, zorder=3)
        labels.append(group_label(group.group, group.n))
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.grid(axis="x", color=RULE, lw=0.6, zorder=0)
    axes.spines["left"].set_visible(False)


class Picture:
    """A figure as a notebook's output: its finding and caption as text, and a PNG with alternative text.

    nbval compares only the texts, as pixels depend on the machine.
    """

    def __init__(self, png: bytes, alt: str, notes: dict):
        self.png, self.alt, self.notes = png, alt, notes

    def _ipython_display_(self) -> None:
        # Pages place finding, caption and source themselves; JupyterLab shows the output as it is.
        finding, *others = (inline(self.notes[one]) for one in ("finding", "caption", "source"))
        above = {"text/markdown": "　　".join([f"**{finding}**", *others]), "text/plain": self.notes["finding"]}
        display(above, raw=True, metadata={"above": self.notes["name"]})
        picture, metadata = self._repr_mimebundle_()
        display(picture, raw=True, metadata=metadata)

    def _repr_mimebundle_(self, include=None, exclude=None):
        bundle = {"image/png": self.png, "text/plain": self.notes["caption"]}
        return bundle, {"image/png": {"alt": self.alt}, "ecanalysis": self.notes}


def draw(figure, name: str, finding: str | Markdown, caption: str, alt: str | Markdown, source: str) -> Picture:
    """Finish a figure and return it as a notebook's output; use it as the last expression of a cell.

    `figure` may also be the axes or grid that seaborn returns. `name` (lower-case letters, digits, _) is the target of
    links [图](#name) in the text; numbers (图2) are assigned when a page is made. `finding` states what the figure
    shows, in bold above the `caption`, which says what is drawn; `alt` describes it in a sentence; `source` says where
    the data come from. `finding`, `alt` and `source` may be the result of `say`; none of the texts is part of the
    picture. Raises UserError for an invalid name, for a finding that is missing or holds a link, and if there is no
    figure.
    """
    check_name(name)
    figure = getattr(figure, "figure", None)
    if not isinstance(figure, Figure):
        raise UserError(
            "写法：draw(图, 名称, finding=…, caption=…, alt=…, source=…)；图由 charts、seaborn 或 plt.subplots() 画出"
        )
    finding, alt, source = _plain(finding).rstrip("。"), _plain(alt), _plain(source)
    if not finding.strip():
        raise UserError(f"图“{name}”没有结论：finding 用一句话写明图中看出什么，没有数据也要写明")
    if "](#" in finding + caption:
        raise UserError(f"图“{name}”的结论和标题是纯文字；链接 [表](#名称) 写在另一句话里")
    notes = {"kind": "图", "name": name, "caption": caption, "finding": finding, "source": source}
    return Picture(_finished(figure), _told(alt, caption), notes)


def _plain(text: str | Markdown) -> str:
    """The result of `say` as plain text.

    >>> _plain(Markdown("- **3家**，如示例·甲&#42;园"))
    '3家，如示例·甲*园'
    """
    return unescape(re.sub(r"\*\*|^- ", "", text.data, flags=re.M)) if isinstance(text, Markdown) else text


def _told(alt: str, caption: str) -> str:
    return alt if alt.strip("。，；：") else f"{caption}：没有可以画出的数据。"


def _finished(figure: Figure) -> bytes:
    """Render a figure as PNG and close it."""
    figure.canvas.draw()
    pixels = Image.frombuffer(
        "RGBA", figure.canvas.get_width_height(), figure.canvas.buffer_rgba(), "raw", "RGBA", 0, 1
    )
    buffer = io.BytesIO()
    # A palette suffices for so few colours, and takes a quarter of the size.
    pixels.convert("RGB").quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(buffer, "png")
    plt.close(figure)
    return buffer.getvalue()
