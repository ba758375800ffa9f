"""Values of a round and a scheme -> points, totals, ranks, tiers.

In: tidy values, what counts as answered and the bases to be scored (`rounds`), and a scheme file. Out: tables of points
and scores, and the panel from which uncertainty and sensitivity start. In the order of the flow:

    scheme      weights, normalisation, cut-offs and rules as a checked file: load, parse, shown, written, field_shares
    (scheme_checks      what a scheme file may hold, and every fault in one with its file and line)
    variants    the scheme with another normalisation or missing policy: NORMALISATIONS, variant
    normalise   values -> 0–1: grid_of, references, normalised
    aggregate   weights and normalised values -> points and totals: Panel, max_points, totals
    standing    totals -> ranks, tiers, bottom three, best clusters, the total to pass; the one place
    scores      all of it, from table to table: score_points, score_bases, bounds_of, goalposts_from, panel
    explain     where one base's points came from: explain, strengths, weaknesses, waterfall, one_more
"""
