"""Standing over draws is the standing of each draw alone, and what a plain loop over the rules' words gives."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ecanalysis.form.words import CLUSTER, DEMONSTRATION
from ecanalysis.scoring import scheme
from ecanalysis.scoring.standing import MILLION, best, millionths, peers_of, standing, tier_places, to_pass

DEFAULT = scheme.load()
SCHEMES = [
    DEFAULT,
    DEFAULT.with_(bottom_scope="country", bottom_count=2),
    DEFAULT.with_(tier_by="score", tier_cuts=(0.000002, 0.000001), gate=False),
]


@st.composite
def rounds(draw):
    """Regions, kinds and gates of up to 12 bases, and a few draws of totals with many ties and near ties."""
    size = draw(st.integers(0, 12))

    def each(values):
        return draw(st.lists(values, min_size=size, max_size=size))

    bases = pd.DataFrame(
        {"region": each(st.sampled_from("东中西")), "kind": each(st.sampled_from([DEMONSTRATION, CLUSTER]))},
        dtype="str",
    )
    near = st.integers(0, 4).map(lambda place: place / MILLION + 2e-8 * (place % 2))
    totals = [each(near) for _ in range(draw(st.integers(1, 3)))]
    return bases, np.array(each(st.booleans()), bool), np.array(totals, float).reshape(len(totals), size)


def by_the_words(total, bases, gated, one):
    """Rank, rank in kind, tier, bottom three, best of the clusters, and the total to pass, one base after the other."""
    total = [round(float(value), 6) for value in total]
    rows = []
    for place, mine in enumerate(total):
        region, kind = bases.region[place], bases.kind[place]
        others = [other for other in range(len(total)) if other != place]
        here = [total[other] for other in others if bases.region[other] == region]
        alike = [total[other] for other in others if bases.region[other] == region and bases.kind[other] == kind]
        if one.bottom_scope == "country":
            rivals = [total[other] for other in others if bases.kind[other] == kind]
        else:
            rivals = alike
        rank = 1 + sum(value > mine for value in here)
        if one.tier_by == "score":
            tier = sum(mine < cut for cut in one.tier_cuts)
        else:
            tier = sum(rank > last for last in tier_places(len(here) + 1, one))
        counted = kind == DEMONSTRATION and len(rivals) >= one.bottom_count
        rows.append(
            (
                rank,
                1 + sum(value > mine for value in alike),
                2 if gated[place] and one.gate else tier,
                counted and sum(value < mine for value in rivals) < one.bottom_count,
                kind == CLUSTER and sum(value > mine for value in alike) < one.best_count,
                sorted(rivals)[one.bottom_count - 1] if counted else np.nan,
            )
        )
    return [list(column) for column in zip(*rows)] or [[]] * 6


@settings(max_examples=150)
@given(rounds(), st.sampled_from(SCHEMES))
def test_over_draws_as_one_by_one_as_in_words(round_, one):
    bases, gated, totals = round_
    peers, whole = peers_of(bases), millionths(totals)
    together = standing(totals, peers, gated, one)
    leading = best(whole, peers.clusters, one.best_count)
    passes = to_pass(whole, peers.contenders(one), one.bottom_count) / MILLION
    assert np.array_equal(together.bottom_three, whole / MILLION <= passes), "in it is not to be above"
    for draw, total in enumerate(totals):
        *places, clusters, needed = by_the_words(total, bases, gated, one)
        alone = standing(total, peers, gated, one)
        assert [column.tolist() for column in alone] == places
        assert [column[draw].tolist() for column in together] == places
        assert leading[draw].tolist() == clusters
        np.testing.assert_array_equal(passes[draw], needed)
