"""Scored rounds -> what form note 4 makes of each base, and whether that can be decided on.

In: evaluations of one round and of those before it. Out: tables of statuses, probabilities, distances and verdicts.

    watchlist    two rounds in a row -> a status a base: compare_rounds, readings, case_histories, tier_transitions
    reasons      why a base has its status, in a Chinese sentence
    uncertainty  how ranks, tiers and lists move with the weights: draw_ranks, over_two_rounds, acceptability
    claims       how often a decision holds in those draws: claims
    distance     how far from the threshold, in points, weights and fields: to_threshold, smallest_weight_change
    sensitivity  which assumption the results hang on: alternatives, agreement, what_matters
    statuses, firmness   how often a status stays what it is over draws and calculations: firmness
    questions    what is still open and could change a proposal
    decisions    proposal and verdict of every base concerned: decisions
    without      the round without a base, an item or a correction: heirs, remove_one, correction_effects
    compare      schemes side by side, what weights really do: compare_schemes, effective_weights, separation
    coverage     what a score rests on: completeness, rests_on, extremes, margins
    what_if      the round under a scheme changed by sliders: changed, standing, moved
"""
