"""The statuses held against a second reading of the rule, in plain loops over random rounds full of ties."""

from hypothesis import given, settings
from hypothesis import strategies as st
from test_watchlist import C, D, make_round

from ecanalysis.deciding import watchlist
from ecanalysis.scoring import scheme

IDS = [f"B{n:02d}" for n in range(14)]
entries = st.one_of(
    st.none(),  # not on the roster
    st.tuples(st.sampled_from("东西"), st.sampled_from([D, C]), st.one_of(st.none(), st.integers(0, 6)), st.booleans()),
)
rounds = st.lists(entries, min_size=len(IDS), max_size=len(IDS))


def by_hand(now, before, places, country):
    """Status by base_id; a round is base_id -> (region, kind, total or None, gated)."""

    def in_bottom(base_id, one):
        region, kind, total, _ = one[base_id]
        if kind != D or total is None:
            return False
        others = [
            other[2]
            for name, other in one.items()
            if name != base_id and other[1] == D and other[2] is not None and (country or other[0] == region)
        ]
        return len(others) >= 3 and sum(value < total for value in others) < 3

    def is_best(base_id, one):
        if base_id not in one:
            return False
        region, kind, total, _ = one[base_id]
        if kind != C or total is None:
            return False
        above = [other for other in one.values() if other[0] == region and other[1] == C and other[2] is not None]
        return sum(other[2] > total for other in above) < 3

    status, candidates = {}, []
    for base_id in {*now, *before}:
        if base_id not in now:
            status[base_id] = "left_roster"
        elif now[base_id][2] is None:
            status[base_id] = "not_submitted"
        elif now[base_id][1] == D:
            was = base_id in before and in_bottom(base_id, before)
            names = {(True, True): "revoke", (True, False): "at_risk", (False, True): "recovered"}
            status[base_id] = names.get((in_bottom(base_id, now), was), "ok")
        elif not is_best(base_id, now):
            status[base_id] = "ok"
        elif not is_best(base_id, before):
            status[base_id] = "promising"
        elif now[base_id][3] or before[base_id][3]:
            status[base_id] = "add_gated"
        else:
            candidates.append((-(now[base_id][2] + before[base_id][2]), base_id))
    for place, (_, base_id) in enumerate(sorted(candidates)):
        status[base_id] = "add" if place < places else "add_over_quota"
    return status


@settings(max_examples=40)
@given(now=rounds, before=rounds, places=st.integers(0, 3), country=st.booleans())
def test_a_second_reading_of_the_rule_agrees(now, before, places, country):
    listed = [{name: entry for name, entry in zip(IDS, one) if entry} for one in (before, now)]
    frames = [
        make_round(
            year, [(name, region, kind, total, int(gated)) for name, (region, kind, total, gated) in one.items()]
        )
        for year, one in zip((2025, 2027), listed)
    ]
    chosen = scheme.load().with_(quota_remaining=places, bottom_scope="country" if country else "region")
    frames = [
        watchlist.Standing(one.year, one.roster, watchlist._recount(one.scores, chosen), 3) if len(one.scores) else one
        for one in frames
    ]
    table = watchlist.compare_rounds(frames[1], frames[:1], chosen)
    assert dict(zip(table.base_id, table.status)) == by_hand(listed[1], listed[0], places, country)
    assert all("报告表注4" in reason for reason in table.reason)
