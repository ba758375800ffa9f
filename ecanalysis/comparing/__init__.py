"""Comparison of values and scores: with the base period, between regions, and on the first round's bounds.

In: tidy values of the reporting year and the base period; scores. Out: tables of change and of spread.

    base_period     change_of, region_change, growth_mismatch: change of each value since the base period
    growth          overview, contributions, movers, summary: growth of totals, and the bases behind it
    chance          of_differences, of_leads: permutation tests, corrected for multiple comparisons
    regions         distribution, inequality, leaders, tier_composition: the spread of scores and values
    progress        progress, summary: every round scored on the bounds of the first
"""
