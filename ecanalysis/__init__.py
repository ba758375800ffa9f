"""ecanalysis reads, scores, compares and briefs the evaluation of e-commerce demonstration bases.

The packages below are listed in the order in which data passes through them. Each imports only those listed before it;
its own docstring says what goes in, what comes out and which functions to call:

    errors, paths, outputs    one exception for user errors; where files are; how they are written
    style         the style of every chart, an analyst's own included
    form          the official form as data, every word for people, the blank workbook
    reading       a file received -> cells -> answers -> values and issues
    rounds        roster, corrections, seals; the tidy tables; one specification of every column
    scoring       scheme, normalisation, aggregation, standing (ranks, tiers, bottom three), explanation
    comparing     base period and growth, regions, progress on fixed bounds
    deciding      two rounds -> statuses and verdicts; uncertainty, sensitivity, distance
    presenting    columns -> headings, units, decimals; tables, charts, sentences, workbooks
    sample        invented rounds
    evaluation    one round and all that follows from it: the `r` of every notebook
    config        ecanalysis.toml: defaults of the command line
    publishing    a notebook -> a page -> a report; kernels, other machines, review
    desk          JupyterLab as the analyst gets it, and the sliders
    cli           the command line

At the prompt and in notebooks:

    import ecanalysis as ec
    r = ec.load_round(2027, previous=2025)
    r.scores                                                  # a plain frame, shown in Chinese
    r.scores[r.scores.region == "东部"]                       # words on the screen mean their codes
    ec.columns("总分"), ec.chinese(r.scores)                  # heading -> column; the whole in Chinese
    ec.show(r.scores[["name", "total"]], "totals", "总分")    # a table for a page
    ec.wording("02_scores", r)("title")                       # a sentence of notebooks/wording
    ec.draw(figure, "growth", finding=…, caption=…, alt=…, source=…)
"""

from importlib import import_module

from ecanalysis.errors import NoAttribute, near
from ecanalysis.style import set_style

__version__ = "0.1.0"
__all__ = ["chinese", "columns", "draw", "load_round", "quartiles", "show", "wording", "written"]
_HOMES = {
    "load_round": "ecanalysis.evaluation",
    "show": "ecanalysis.presenting.display",
    "chinese": "ecanalysis.presenting.display",
    "columns": "ecanalysis.presenting.spoken",
    "quartiles": "ecanalysis.presenting.display",
    "written": "ecanalysis.presenting.display",
    "draw": "ecanalysis.presenting.charts",
    "wording": "ecanalysis.presenting.wording",
}

set_style()


def __getattr__(name: str):
    # Imported on demand: worker processes that only read files need not import pandas.
    if name not in _HOMES:
        raise NoAttribute(f"ecanalysis 没有“{name}”{near(name, __all__, 1)}")
    return getattr(import_module(_HOMES[name]), name)
