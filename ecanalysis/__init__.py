"""ecanalysis reads, scores, compares and briefs the evaluation of e-commerce demonstration bases.

The stages, in order; each takes tables and returns a table:

    form            the official form as data: 36 fields with stable codes
    template        the blank form as a workbook
    cells           a file of any format -> its filled cells, as written
    answers         cells -> answers: which cell or sentence answers which field
    values          an answer -> a number, a yes/no or a choice, or why it is missing
    checks          values -> issues
    roster          who is who: names, aliases, provinces, regions, kinds
    rounds          a whole round -> the tidy tables
    scheme, scores  values -> points, totals, ranks, tiers
    base_period     values -> change against the base period
    regions         how scores and values spread within and between regions
    watchlist       two rounds -> a status for every base
    robustness      how ranks and statuses move when the weights do
    evaluation      all of the above for one round, at the prompt
    tables, charts  what people read
    briefings       notebooks + parameters -> published pages

At the prompt:

    import ecanalysis as ec
    r = ec.load_round(2027, previous=2025)
    r.scores
"""

__version__ = "0.1.0"
__all__ = ["load_round"]


def __getattr__(name: str):
    # Imported on demand: reading files in worker processes must not pay for pandas.
    if name == "load_round":
        from ecanalysis.evaluation import load_round

        return load_round
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
