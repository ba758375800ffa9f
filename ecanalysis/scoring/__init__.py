"""Values and a scheme -> points, totals, ranks and tiers.

In: the tidy values of a round, and a scheme file. Out: scores (one row per base), points (one row per base and field),
bounds (one row per region and field).

    scheme, scheme_checks    load, parse, default, written: a scheme file, checked, every fault with its line
    normalise                grid_of, normalised: values -> 0–1 within a region, by each field's method
    aggregate                panel_of, totals: weights and normalised values -> totals, for one or many draws of weights
    standing                 standing: rank, tier, bottom three, best clusters; no other module decides these
    scores                   score_bases, score_points, bounds_of: the scoring of one round, from table to table
    explain                  explain, waterfall: how a base gained and lost its points
"""
