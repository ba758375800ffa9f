"""ecanalysis reads, scores, compares and briefs the evaluation of e-commerce demonstration bases.

The stages, in order; each takes tables and returns a table (a test holds who may import whom):

    form            the official form as data: 36 fields with stable codes
    template        the blank form as a workbook
    limits          how much of a file is read before it is refused
    cells           a file of any format -> its filled cells, as written
    spelling, units, ticks    how people write numbers, units and ticks
    values          an answer -> a number, a yes/no or a choice, or why it is missing
    answers         cells -> answers: which cell or sentence answers which field
    checks, peers   values -> issues: of one form, and of a base beside its region
    roster, corrections       who is who; values a reviewer has put right
    found, reading, tidy, cache, schemas    files -> tidy tables, read in worker processes, kept, checked
    rounds          a whole round -> the tidy tables
    scheme, scheme_checks     weights, normalisation, cut-offs and rules, as a checked file
    normalise, scores         values -> points, totals, ranks, tiers
    explain, coverage, compare, what_if     why a base has its points; what they rest on; other schemes
    base_period, growth       values -> change against the base period
    regions         how scores and values spread within and between regions
    watchlist, reasons, progress            two rounds -> a status for every base, and why
    robustness, safety, sensitivity         how firm ranks and statuses are
    submissions, national, feedback         what the briefings say of a round, the country, a base
    tables, charts  what people read: frames of Chinese text, sentences, figures
    workbook, returns         workbooks for people: the scores; what goes back to each province
    lookup, evaluation        a base found by name; all of the above for one round, at the prompt
    pages, publish, kernels, entry, reports, provenance    a notebook -> a page -> a report
    briefings, review         every page a round owes; the same run again
    lab, explore    JupyterLab as the analyst gets it, and the desk in it
    sample          invented rounds
    cli, config, cluster, elsewhere         the command line, its config file, other machines
    paths, outputs, dictionary              where things are, how files are written, what columns hold

At the prompt:

    import ecanalysis as ec
    r = ec.load_round(2027, previous=2025)
    r.scores
"""

from importlib import import_module

__version__ = "0.1.0"
__all__ = ["draw", "load_round", "quartiles", "show", "wording", "written"]
_HOMES = {
    "load_round": "ecanalysis.evaluation",
    "show": "ecanalysis.presenting.display",
    "quartiles": "ecanalysis.presenting.display",
    "written": "ecanalysis.presenting.display",
    "draw": "ecanalysis.presenting.charts",
    "wording": "ecanalysis.presenting.wording",
}


def __getattr__(name: str):
    # Imported on demand: reading files in worker processes must not pay for pandas.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
