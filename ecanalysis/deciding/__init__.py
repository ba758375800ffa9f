"""Two rounds -> a status for every base, and how firm that is.

In: scores of this round and the one before, the scheme. Out: watchlist, decisions, firmness, and what they rest on.

    statuses        outcome, statuses: the two-round rule of form note 4, for one case or for many
    watchlist       compare_rounds: a status and a reason for every base; tier_matrix, tier_moves
    reasons         write: the reason as a sentence with the numbers
    decisions       decisions: whether each proposal can be decided on (成立, 存疑, 暂不宜决定), and why; claims: how
                    often each holds when weights move, and how far the base is from the threshold
    questions       Question, open_fields: what is not yet known of a round, and whose status it could change
    uncertainty     draw_ranks, bottom_places: ranks and tiers when the weights move
    sensitivity     alternatives, what_matters: other normalisations, missing-value rules and weights
    distance        to_threshold, smallest_weight_change: how far a base is from the edge of the bottom three
    firmness        firmness: the share of cases in which a status stays what it is
    without         heirs, remove_one, correction_effects: one base, one item or one correction otherwise
    dossier         dossier: all that one proposal rests on, for those who decide on it
    audit           consistency, components, reversals: what the scheme measures, and what it rewards unmeant
    coverage        completeness, rests_on, margins: what one round's scores rest on
    compare         compare_schemes, effective_weights: schemes side by side, and what weights really do
    what_if         variant, adjusted, under, without, moved: another scheme tried, some bases left out, what moves
"""
