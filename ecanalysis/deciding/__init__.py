"""Two rounds -> a status for every base, and how robust it is.

In: scores of this round and the one before, the scheme. Out: watchlist, decisions, firmness, and the evidence for them.

    statuses        outcome, statuses: the two-round rule of form note 4, for one case or many
    watchlist       compare_rounds: a status and a reason for every base; tier_matrix, tier_moves
    reasons         write: the reason as a sentence with the numbers
    decisions       decisions: whether each proposal can be decided on (成立, 存疑, 暂不宜决定), and why; claims: how
                    often each holds under other weights, and the distance to the threshold
    questions       Question, tried: open questions of a round, and whose status each could change
    uncertainty     draw_ranks, bottom_places: uncertainty analysis of ranks and tiers over random weights
    sensitivity     alternatives, what_matters: sensitivity to normalisation, missing-value rules and weights
    distance        to_threshold, smallest_weight_change: distance to the threshold of the bottom three
    firmness        firmness: the share of cases in which a status stays the same
    without         heirs, remove_one, correction_effects: results without one base, item or correction
    dossier         dossier: the evidence for one proposal, for those who decide on it
    audit           consistency, components, reversals: what the scheme measures, and unintended incentives
    coverage        completeness, rests_on, margins: missing values and assumptions behind one round's scores
    compare         compare_schemes, effective_weights: schemes side by side, and the effect of weights
    what_if         variant, adjusted, under, without, moved: another scheme or fewer bases, and what changes
"""
