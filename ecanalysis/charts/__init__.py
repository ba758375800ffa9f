"""One function a chart: each takes exactly the table it plots and returns the figure; nothing is computed here.

This page is the visual language that all charts share: Chinese type that ships with the package's
dependencies (never a font of the machine), colours that stay apart for colour-blind readers and in grey
print, one colour a region and a tier everywhere, a numbered title and a source line on every figure.
"""

import io
from importlib.resources import files

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.figure import Figure

# Light to dark they read 75, 52, 24 (CIE L*), so grey print keeps them apart.
REGION_COLOURS = {"东": "#0b3c6f", "中": "#c8651b", "西": "#8fc1a9", "全国": "#555555"}
TIER_COLOURS = {"成效突出": "#0b3c6f", "成效明显": "#6c9bc7", "成效初显": "#d5dee8"}
KIND_MARKERS = {"示范基地": "o", "集聚区": "^"}
INK, QUIET, ALERT, RULE = "#1f2933", "#6b7680", "#9b1c1c", "#d0d5da"
WIDTH = 7.2  # inches: the text width of an A4 page


def use_style() -> None:
    """Set matplotlib up for the suite; called on import, so that every chart looks alike."""
    font = str(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf")
    font_manager.fontManager.addfont(font)
    mpl.rcParams.update(
        {
            "font.family": font_manager.FontProperties(fname=font).get_name(),
            "font.size": 9,
            "axes.unicode_minus": False,
            "axes.edgecolor": RULE,
            "axes.labelcolor": QUIET,
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "text.color": INK,
            "xtick.color": QUIET,
            "ytick.color": INK,
            "ytick.left": False,
            "legend.frameon": False,
            "figure.dpi": 110,
            "savefig.dpi": 110,
            "svg.fonttype": "path",
        }
    )


use_style()


def canvas(height: float = 3.2, columns: int = 1, rows: int = 1, **options) -> tuple[Figure, object]:
    """A figure as wide as an A4 page's text, and its axes (one, or an array of them)."""
    return plt.subplots(rows, columns, figsize=(WIDTH, height), layout="constrained", **options)


class Shown:
    """A figure as a notebook shows it: a PNG with alternative text, the caption as its plain text.

    nbval compares the plain text and leaves the picture out, as pixels depend on the machine.
    """

    def __init__(self, png: bytes, caption: str, alt: str):
        self.png, self.caption, self.alt = png, caption, alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        bundle = {"image/png": self.png, "text/plain": self.caption}
        return bundle, {"image/png": {"alt": self.alt}}


def show(figure: Figure, number: int, title: str, alt: str, source: str = "") -> Shown:
    """Finish a figure and hand it to the notebook.

    `number` and `title` make the caption (图1 …), `alt` says in a sentence what is to be seen, and
    `source` is the line below the figure (where the figures come from, and of which date).
    """
    caption = f"图{number}　{title}"
    figure.suptitle(caption, x=0.01, ha="left", fontsize=11)
    if source:
        figure.supxlabel(source, x=0.01, ha="left", fontsize=7.5, color=QUIET)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(figure)
    return Shown(buffer.getvalue(), caption, alt)
