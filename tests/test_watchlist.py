"""Two rounds -> statuses: every case is a row of a table, and the table is the test."""

import pandas as pd
import pytest

from ecanalysis.deciding import watchlist
from ecanalysis.deciding.watchlist import Standing
from ecanalysis.scoring import scheme

D, C = "示范基地", "集聚区"
SCHEME = scheme.load()


def make_round(year, rows):
    """A round from rows (base_id, region, kind, total or None where not submitted[, gated[, name]])."""
    rows = [(*row, 0, f"示例·{row[0]}")[:6] if len(row) == 4 else (*row, f"示例·{row[0]}")[:6] for row in rows]
    table = pd.DataFrame(rows, columns=["base_id", "region", "kind", "total", "gated", "name"])
    roster = table[["base_id", "name"]].assign(aliases="", province="", kind=table.kind, region=table.region)
    scored = table[table.total.notna()].astype({"total": float}).round({"total": 6})
    ranks, bottom = [], []
    for row in scored.itertuples():
        peers = scored[(scored.region == row.region) & (scored.kind == row.kind)]
        ranks.append(1 + sum(peers.total > row.total))
        bottom.append(int(row.kind == D and len(peers) > 3 and sum(peers.total < row.total) < 3))
    scores = scored.assign(rank_in_kind=ranks, bottom_three=bottom, tier="成效明显", rank=1)
    return Standing(year, roster, scores, SCHEME.best_count)


def others(region="东"):
    """Peers that leave three places at the bottom and at the top to the base under test: below 20 and above 80."""
    bases = [(f"D{n}", region, D, 20.0 + n) for n in range(5)] + [(f"C{n}", region, C, 80.0 - n) for n in range(4)]
    return bases


def status_of(base_id, now, history, chosen=SCHEME):
    return watchlist.compare_rounds(now, history, chosen).set_index("base_id").status[base_id]


# Every pair of what a base may have been before (rows) and may be now (columns).
STATES = {
    "D low": (D, 1.0), "D high": (D, 90.0), "D absent": (D, None),
    "C low": (C, 1.0), "C high": (C, 90.0), "C absent": (C, None), "unlisted": None,
}  # fmt: skip
GRID = """
           D low    D high     D absent       C low  C high     C absent       unlisted
D low      revoke   recovered  not_submitted  ok     promising  not_submitted  left_roster
D high     at_risk  ok         not_submitted  ok     promising  not_submitted  left_roster
D absent   at_risk  ok         not_submitted  ok     promising  not_submitted  left_roster
C low      at_risk  ok         not_submitted  ok     promising  not_submitted  left_roster
C high     at_risk  ok         not_submitted  ok     add        not_submitted  left_roster
C absent   at_risk  ok         not_submitted  ok     promising  not_submitted  left_roster
unlisted   at_risk  ok         not_submitted  ok     promising  not_submitted  -
"""
CASES = [
    (before, after, status)
    for before, line in zip(STATES, GRID.strip("\n").splitlines()[1:])
    for after, status in zip(STATES, line[11:].split())
    if status != "-"
]


def cast(year, state):
    return make_round(year, others() + ([("X", "东", *STATES[state])] if STATES[state] else []))


@pytest.mark.parametrize("before, after, status", CASES)
def test_every_pair_of_states(before, after, status):
    now, history = cast(2027, after), [cast(2025, before)]
    row = watchlist.compare_rounds(now, history, SCHEME).set_index("base_id").loc["X"]
    assert row.status == status
    assert "报告表注4" in row.reason
    for year, state in ((2025, before), (2027, after)):
        if STATES[state] and STATES[state][1]:
            assert f"{year}年总分{STATES[state][1]:.2f}" in row.reason


def test_columns_and_one_row_for_each_base_of_either_roster():
    before = make_round(2025, [*others(), ("GONE", "中", C, 12.0)])
    now = make_round(2027, [*others(), ("NEW", "西", D, 33.0)])
    table = watchlist.compare_rounds(now, [before], SCHEME)
    assert list(table) == watchlist.COLUMNS
    assert sorted(table.base_id) == sorted({*before.roster.base_id, *now.roster.base_id})
    gone = table.set_index("base_id").loc["GONE"]
    assert (gone["name"], gone.region, gone.kind, gone.total_previous) == ("示例·GONE", "中", C, 12.0)
    assert pd.isna(gone.total) and pd.isna(gone.bottom_three) and pd.isna(gone.rank_in_kind)


@pytest.mark.parametrize(
    "totals, flagged",
    [
        ([10, 20, 30, 40, 50], "ABC"),
        ([10, 20, 30, 30, 50], "ABCD"),  # a tie at the third-last place: both are in
        ([10, 20, 30, 30.0000004, 50], "ABCD"),  # equal after rounding to six decimals
        ([10, 20, 30, 30.000001, 50], "ABC"),
        ([10, 10, 10, 10, 50], "ABCD"),
        ([10, 10, 40, 40, 40], "ABCDE"),
        ([10, 20, 30], ""),  # three bases or fewer: none is flagged
        ([10, 20, 30, 40], "ABC"),
    ],
)
def test_ties_and_small_regions(totals, flagged):
    rows = [(name, "西", D, float(total)) for name, total in zip("ABCDE", totals)]
    table = watchlist.compare_rounds(make_round(2027, rows), [make_round(2025, rows)], SCHEME)
    assert "".join(sorted(table.base_id[table.status == "revoke"])) == flagged
    if len(totals) == 3:
        assert table.reason.str.contains("不多于3家，不划定后3位").all()


def test_a_tie_at_the_third_place_of_clusters_puts_both_in():
    rows = [(name, "中", C, total) for name, total in zip("ABCDE", [90.0, 80.0, 70.0, 70.0, 60.0])]
    table = watchlist.compare_rounds(make_round(2027, rows), [make_round(2025, rows)], SCHEME)
    assert sorted(table.base_id[table.status == "add"]) == ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    "gated_before, gated_now, status",
    [(0, 0, "add"), (1, 0, "add_gated"), (0, 1, "add_gated"), (1, 1, "add_gated")],
)
def test_a_gate_in_either_round_stops_an_addition(gated_before, gated_now, status):
    before = make_round(2025, [*others(), ("X", "东", C, 90.0, gated_before)])
    now = make_round(2027, [*others(), ("X", "东", C, 90.0, gated_now)])
    assert status_of("X", now, [before]) == status


def test_the_quota_goes_to_the_best_two_round_mean_of_the_whole_country():
    before = make_round(
        2025, [("A", "东", C, 90.0), ("B", "中", C, 70.0, 1), ("E", "西", C, 60.0), ("F", "中", C, 50.0)]
    )
    now = make_round(2027, [("A", "东", C, 20.0), ("B", "中", C, 99.0), ("E", "西", C, 51.0), ("F", "中", C, 60.0)])
    # Means A 55, B gated, E 55.5, F 55: E first; A and F are level and go by base_id; B uses no place.
    for places, added in ((0, ""), (1, "E"), (2, "AE"), (3, "AEF"), (100, "AEF")):
        chosen = SCHEME.with_(quota_remaining=places)
        table = watchlist.compare_rounds(now, [before], chosen).set_index("base_id")
        assert "".join(sorted(table.index[table.status == "add"])) == added
        assert set(table.index[table.status == "add_over_quota"]) == set("AEF") - set(added)
        assert table.status["B"] == "add_gated"
        assert f"尚余名额{places}家" in table.reason["A"]


def test_a_renamed_base_is_the_same_base():
    before = make_round(2025, [*others(), ("X", "东", D, 1.0, 0, "示例·旧名产业园")])
    now = make_round(2027, [*others(), ("X", "东", D, 1.0, 0, "示例·新名产业园")])
    row = watchlist.compare_rounds(now, [before], SCHEME).set_index("base_id").loc["X"]
    assert (row.status, row["name"]) == ("revoke", "示例·新名产业园")
    assert "时名“示例·旧名产业园”" in row.reason


def test_not_submitting_after_the_bottom_three_heads_the_table():
    before = make_round(
        2025, [*others(), ("X", "西", D, 1.0), ("Y", "西", D, 2.0), ("Z", "西", D, 3.0), ("W", "西", D, 9.0)]
    )
    now = make_round(
        2027, [("A", "东", D, None), *others(), ("X", "西", D, None), ("Y", "西", C, None), ("W", "西", D, 5.0)]
    )
    table = watchlist.compare_rounds(now, [before], SCHEME)
    assert table.base_id.tolist()[:2] == ["X", "Y"]
    assert table.status.tolist()[:2] == ["not_submitted"] * 2
    assert table.set_index("base_id").status[["A", "X", "Y", "Z"]].tolist() == ["not_submitted"] * 3 + ["left_roster"]
    assert table.bottom_three[:2].isna().all()
    assert table.reason[:2].str.contains("不视为脱离后3位").all()


def test_each_round_counts_its_own_roster():
    # X was third from the bottom among five; now the three below it are gone, and it is at the bottom again.
    before = make_round(2025, [("X", "东", D, 3.0), *others()])
    now = make_round(2027, [("X", "中", D, 3.0), *[(f"M{n}", "中", D, 1.0 + n / 10) for n in range(3)]])
    assert status_of("X", now, [before]) == "recovered"


def test_the_first_round_is_judged_on_itself_alone():
    table = watchlist.compare_rounds(cast(2025, "D low"), [], SCHEME)
    assert set(table.status) == {"at_risk", "ok", "promising"}
    assert table.reason.str.startswith("首次评价，尚无上一次结果；2025年总分").all()
    assert table.total_previous.isna().all()


def test_a_missed_round_breaks_the_row_but_is_told():
    history = [cast(2025, "D low"), cast(2027, "D absent")]
    now = cast(2029, "D low")
    row = watchlist.compare_rounds(now, history, SCHEME).set_index("base_id").loc["X"]
    assert row.status == "at_risk"
    assert "2025年" in row.reason and "须人工认定" in row.reason
    read = watchlist.readings(now, history, SCHEME).set_index("base_id").loc["X"]
    assert (read.status, read.by_own_rounds) == ("at_risk", "revoke")
    cluster = watchlist.readings(cast(2029, "C high"), [cast(2025, "C high"), cast(2027, "C absent")], SCHEME)
    assert cluster.set_index("base_id").loc["X", ["status", "by_own_rounds"]].tolist() == ["promising", "add"]


def test_the_status_looks_at_the_last_two_rounds():
    now, low, high = cast(2029, "D low"), cast(2025, "D low"), cast(2027, "D high")
    assert status_of("X", now, [low, high]) == "at_risk"
    assert status_of("X", now, [high, low]) == "revoke"


def test_both_readings_of_the_bottom_three():
    # The region's bottom three stand above the country's, which all lie in the west.
    rows = [(f"E{n}", "东", D, 50.0 + n) for n in range(5)] + [(f"W{n}", "西", D, 10.0 + n) for n in range(5)]
    one, two = make_round(2025, rows), make_round(2027, rows)
    read = watchlist.readings(two, [one], SCHEME).set_index("base_id")
    assert sorted(read.index[read.by_region == "revoke"]) == ["E0", "E1", "E2", "W0", "W1", "W2"]
    assert sorted(read.index[read.by_country == "revoke"]) == ["W0", "W1", "W2"]
    assert (read.status == read.by_region).all()


def test_case_histories_keep_every_round():
    history = [cast(2025, "C high"), cast(2027, "D absent")]
    told = watchlist.case_histories(cast(2029, "D low"), history, SCHEME).set_index(["base_id", "year"]).loc["X"]
    assert told.kind.tolist() == [C, D, D]
    assert told.status.tolist() == ["promising", "not_submitted", "at_risk"]
    assert told.total.tolist()[::2] == [90.0, 1.0] and pd.isna(told.total[2027])
    gone = watchlist.case_histories(cast(2027, "unlisted"), [cast(2025, "D low")], SCHEME)
    assert gone[gone.base_id == "X"].status.tolist() == ["at_risk", "left_roster"]


def test_clusters_that_got_the_title():
    found = watchlist.promoted(cast(2029, "D low"), [cast(2025, "C high"), cast(2027, "D high")])
    assert found.values.tolist() == [["X", "示例·X", 2027]]
    assert watchlist.promoted(cast(2025, "D low"), []).empty


def test_tier_transitions_count_every_scored_base_once():
    before, now = cast(2025, "D low"), cast(2027, "D absent")
    counted = watchlist.tier_transitions(now, before)
    assert counted.bases.sum() == len(before.scores)
    assert counted.loc[counted.tier == "未参评", "bases"].tolist() == [1]
