"""Scored rounds -> what changed against the base period, how regions differ, and progress over rounds.

In: the tidy values and scores of a round, or of several. Out: tables, nothing rounded.

    base_period  change against the year before (form note 5): change_of, region_change, growth_mismatch
    growth       what that change adds up to, how firm it is and who made it: overview, summary, contributions
    regions      spread within and between regions, kinds and provinces: distribution, inequality, leaders, next_tier
    progress     every round on the bounds of the first: on_first_bounds, progress, summary, counts
"""
