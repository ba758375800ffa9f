"""Values and a scheme -> points, totals, ranks and tiers.

In: the tidy values of a round, and a scheme file. Out: scores (a row a base), points (a row a base and field), bounds.

    scheme, scheme_checks    load, parse, default, written: a scheme file, checked, every fault named with its line
    normalise                grid_of, normalised: values -> 0–1 within a region, by each field's method
    aggregate                panel_of, totals: weights and normalised values -> totals, for one or many draws of weights
    standing                 standing: rank, tier, bottom three, best clusters; decided here and nowhere else
    scores                   score_bases, score_points, bounds_of: all of it for one round
    explain                  explain, waterfall: where each of a base's points came from and went
"""
