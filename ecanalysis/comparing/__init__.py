"""Values and scores beside the base period, beside other regions, and beside the first round's bounds.

In: tidy values of the reporting year and the base period; scores. Out: tables of change and of spread.

    base_period     change_of, region_change, growth_mismatch: value -> change against the year before
    growth          overview, contributions, movers, summary: what the changes add up to, and who made them
    chance          of_differences, of_leads: what would differ by chance alone, corrected for the many fields
    regions         distribution, inequality, leaders, tier_composition: how scores and values spread
    progress        progress, summary: every round measured against the bounds of the first
"""
