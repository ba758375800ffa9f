"""The style of every chart, an analyst's own included: a font with Chinese characters, and the lines of the axes.

matplotlib is slow to import, so the style is applied when something else imports it. The Chinese font is also the last
fallback of every font family, so that Chinese text survives `sns.set_theme()` or another choice of font.
"""

import sys
from importlib.machinery import PathFinder

WATCHED = "matplotlib.font_manager"
INK, QUIET, RULE = "#1f2933", "#6b7680", "#d0d5da"
STYLE = {
    "font.family": "Noto Sans SC",
    "font.size": 9.5,  # as printed on A4; in a Word paper, whose text is narrower, still above 8.5
    "axes.unicode_minus": False,
    "axes.edgecolor": RULE,
    "axes.labelcolor": QUIET,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "text.parse_math": False,  # dollar signs in a name are not mathematics
    "xtick.color": QUIET,
    "ytick.color": INK,
    "ytick.left": False,
    "legend.frameon": False,
    "figure.dpi": 110,
    "savefig.dpi": 110,
    "svg.fonttype": "path",
}


def wide(text: object) -> float:
    """The width of a text in Chinese characters; a Latin letter or digit counts as half of one.

    >>> wide("示例·园区"), wide("12.5%")
    (5, 2.5)
    """
    return sum(0.5 if sign < "\u2000" and sign != "·" else 1 for sign in str(text))


def set_style() -> None:
    """Set matplotlib's style: now if it is already imported, otherwise as soon as it is."""
    if WATCHED in sys.modules:
        _set(sys.modules[WATCHED].fontManager)
    elif not any(isinstance(finder, _Watch) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


class _Watch:
    """An import hook (`sys.meta_path`) that waits for matplotlib's font manager."""

    def find_spec(self, name, path, target=None):
        if name != WATCHED:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        run = spec.loader.exec_module

        def run_and_set(module):
            run(module)
            _set(module.fontManager)

        spec.loader.exec_module = run_and_set
        return spec


def _set(manager) -> None:
    from importlib.resources import files

    import matplotlib

    font = str(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf")
    if font in (entry.fname for entry in manager.ttflist):
        return
    manager.addfont(font)
    found = manager._find_fonts_by_props  # matplotlib has no public setting for a fallback of all families

    def found_and_ours(*given, **named):
        fonts = found(*given, **named)
        return fonts if font in fonts else [*fonts, font]

    manager._find_fonts_by_props = found_and_ours
    matplotlib.rcdefaults()  # a user's own matplotlibrc must not change the pages
    matplotlib.rcParams.update(STYLE)
