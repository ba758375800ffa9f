"""The notebooks on two rounds and on how firm they are: whole rounds, a first round, hardly anybody, nobody."""

import itertools
from functools import cache
from types import SimpleNamespace

import pandas as pd
import pytest
from invented import invented_rounds, score
from IPython.display import Markdown
from matplotlib.text import Text
from notebook_cells import shown

from ecanalysis.comparing import progress
from ecanalysis.deciding import decisions, distance, uncertainty, watchlist
from ecanalysis.presenting.charts import Picture
from ecanalysis.presenting.charts import two_rounds as round_charts
from ecanalysis.presenting.display import Table
from ecanalysis.scoring import scheme

SCHEME = scheme.load().with_(draws=100)
TIERS = SCHEME.tier_names
CASES = ["both rounds", "first round", "no clusters", "two bases", "nobody submitted"]


def evaluation(one, history):
    """A round as a notebook sees it."""
    r = SimpleNamespace(**vars(one), scheme=SCHEME, history=history, previous=history[-1] if history else None)
    r.recomputed = r
    silent = one.roster[~one.roster.base_id.isin(one.bases.base_id)]
    r.not_submitted = silent.assign(received="", file="")
    r.watchlist = watchlist.compare_rounds(r, history, SCHEME)
    r.robustness = uncertainty.draw_ranks(r.panel, r.scores, SCHEME)
    return r


def only(one, base_ids):
    """The round as if these bases alone were on the roster."""
    part = SimpleNamespace(**vars(one))
    for name in ("roster", "reported", "answered", "bases"):
        frame = getattr(part, name)
        setattr(part, name, frame[frame.base_id.isin(base_ids)].reset_index(drop=True))
    return score(part, SCHEME)


@cache
def case(name):
    rounds = invented_rounds(SCHEME)
    before, now = rounds[2025], rounds[2027]
    titled = now.bases[now.bases.kind == "示范基地"].base_id
    west = now.bases[(now.bases.region == "西") & (now.bases.kind == "示范基地")].base_id.head(2)
    silent = SimpleNamespace(**vars(now))
    for table in ("reported", "answered", "bases"):
        setattr(silent, table, getattr(now, table).head(0))
    made = {
        "both rounds": lambda: evaluation(now, [before]),
        "first round": lambda: evaluation(only(now, now.bases[now.bases.region == "西"].base_id), []),
        "no clusters": lambda: evaluation(only(now, titled[-35:]), [only(before, titled[-35:])]),
        "two bases": lambda: evaluation(only(now, west), [only(before, west)]),
        "nobody submitted": lambda: evaluation(score(silent, SCHEME), [before]),
    }
    return made[name]()


@pytest.fixture(autouse=True)
def few_settings(monkeypatch):
    """Sensitivity with few settings."""
    monkeypatch.setattr("ecanalysis.deciding.sensitivity.SIZE", 16)


def texts(outputs):
    return [one.alt + one.notes["finding"] if isinstance(one, Picture) else one.data for one in outputs]


@pytest.mark.parametrize("notebook", ["05_two_rounds", "06_robustness"])
@pytest.mark.parametrize("name", CASES)
def test_every_cell_has_something_to_say_of_every_round(notebook, name):
    r = case(name)
    outputs = shown(notebook, r)
    assert {type(one) for one in outputs} == {Markdown, Table, Picture}
    for text in texts(outputs):
        assert text.strip() and not any(word in text for word in ("nan", "NaN", "&lt;NA&gt;", "None", "{{"))
    said = "\n".join(one.data for one in outputs if isinstance(one, Markdown))
    flagged = int(r.scores.bottom_three.sum())
    if notebook == "06_robustness":
        assert ("没有处于后3位的示范基地" in said) == (flagged == 0)
    assert ("（首次评价）" in said) == (name == "first round")


HEADLINES = {
    "first round": [
        "- 2027年没有上次结果可比（首次评价）：报告表注4所称“连续两次”要到下次才能认定，以下只作预警。",
        "- 如下次结果与本次相同，将符合取消示范资格条件的示范基地3家",
    ],
    "two bases": ["- 2025、2027年连续两次处于后3位、按报告表注4符合取消示范资格条件的示范基地0家。"],
    "nobody submitted": ["- 本次处于后3位而上次不是的示范基地0家；上次处于后3位、本次已脱离的0家。"],
}


@pytest.mark.parametrize("name", HEADLINES)
def test_the_findings_of_small_rounds_in_full(name):
    said = shown("05_two_rounds", case(name))[1].data
    for line in HEADLINES[name]:
        assert line in said


@pytest.mark.parametrize("notebook", ["05_two_rounds", "06_robustness"])
def test_a_hostile_name_stays_text(notebook):
    hostile = "<script>alert(1)</script>*园*"
    rounds = invented_rounds(SCHEME)
    now, before = rounds[2027], rounds[2025]
    flagged = watchlist.compare_rounds(now, [before], SCHEME).query("status == 'revoke'").base_id.iloc[0]
    for one in (now, before):
        for name in ("roster", "bases"):
            frame = getattr(one, name)
            setattr(one, name, frame.assign(name=frame.name.where(frame.base_id != flagged, hostile)))
    outputs = shown(notebook, evaluation(score(now, SCHEME), [score(before, SCHEME)]))
    html = "".join(text for text, one in zip(texts(outputs), outputs) if not isinstance(one, Picture))
    assert "script" in html and "<script" not in html
    assert "*园*" not in "".join(one.data for one in outputs if isinstance(one, Markdown))


def test_labels_of_the_two_rounds_stay_apart_and_on_the_page():
    r = case("both rounds")
    table = distance.both_rounds(r.scores, r.previous.scores, SCHEME).merge(r.watchlist, on="base_id")
    table = table[table.status.isin(["revoke", "at_risk", "recovered", "not_submitted"])]
    figure = round_charts.places(table, 2027, 2025, SCHEME.bottom_count)
    figure.canvas.draw()
    for axes in figure.axes:
        boxes = [Text.get_window_extent(text) for text in axes.texts]  # without the line to its end
        assert boxes and all(box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 for box in boxes)
        assert not [1 for one, other in itertools.combinations(boxes, 2) if one.overlaps(other)]


# --- what is true, before it is said ---------------------------------------------------------------------


def watched(status, kind="示范基地"):
    return pd.DataFrame({"base_id": ["A"], "name": "甲", "region": "东", "kind": kind, "status": status, "total": 50.0})


@pytest.mark.parametrize(
    "status, kind, now, both, now_near, both_near, share, firm",
    [
        ("at_risk", "示范基地", 0.95, None, 0.97, None, 0.95, True),
        ("at_risk", "示范基地", 0.88, None, 0.93, None, 0.88, False),
        ("revoke", "示范基地", 1.0, 0.91, 1.0, 0.9, 0.9, True),
        ("recovered", "示范基地", 0.4, None, 0.45, None, 0.55, False),
        ("ok", "示范基地", 0.11, None, 0.07, None, 0.11, False),
        ("ok", "集聚区", 0.11, None, 0.07, None, 0.11, False),
        ("add", "集聚区", 0.9, 0.75, None, None, 0.75, False),
        ("promising", "集聚区", 0.9, None, 0.95, None, 0.9, True),
    ],
)
def test_the_more_cautious_of_two_shares_is_told(status, kind, now, both, now_near, both_near, share, firm):
    drawn = {"p_previous": None, "p_now": now, "p_both": both, "p_now_near": now_near, "p_both_near": both_near}
    firmness = pd.DataFrame({"base_id": ["A"], "kind": kind, **drawn}).astype(dict.fromkeys(drawn, float))
    margins = pd.DataFrame({"base_id": ["A"], "margin": [-1.5]})
    told = decisions.claims(watched(status, kind), firmness, margins, 10_000).iloc[0]
    assert (round(told.share, 9), told.firm) == (share, firm)
    assert told.p_error == pytest.approx(100 * (told.p * (1 - told.p) / 10_000) ** 0.5)


def test_a_base_far_from_any_list_is_not_told():
    firmness = pd.DataFrame({"base_id": ["A"], "kind": "示范基地", "p_now": 0.019, "p_both": 0.0,
                             "p_now_near": 0.01, "p_both_near": 0.0})  # fmt: skip
    assert decisions.claims(watched("ok"), firmness, pd.DataFrame({"base_id": [], "margin": []}), 100).empty


def test_tiers_that_rose_and_fell():
    moves = pd.DataFrame(
        [("东", "示范基地", TIERS[1], TIERS[0], 2), ("西", "示范基地", TIERS[0], TIERS[2], 1),
         ("西", "集聚区", TIERS[2], TIERS[2], 4), ("西", "集聚区", "未参评", TIERS[0], 8)],
        columns=["region", "kind", "tier_previous", "tier", "bases"],
    )  # fmt: skip
    assert vars(watchlist.tier_moves(moves, TIERS)) == {"bases": 7, "up": 2, "same": 4, "down": 1}
    assert vars(watchlist.tier_moves(moves.head(0), TIERS)) == {"bases": 0, "up": 0, "same": 0, "down": 0}
    matrix = watchlist.tier_matrix(moves, "集聚区", TIERS)
    assert matrix.to_numpy().tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 4, 0], [8, 0, 0, 0]]
    assert list(matrix) == [*TIERS, "未参评"] == list(matrix.index)


def test_progress_that_totals_hide():
    change = pd.DataFrame({"change": [1.0, -1.0, 0.0, -2.0], "fixed_change": [2.0, 1.0, 0.5, -1.0]})
    assert vars(progress.counts(change)) == {"bases": 4, "up": 1, "fixed_up": 3, "hidden": 2}


def test_readings_part_ways_over_the_worst_status_there_is():
    readings = pd.DataFrame(
        [("示范基地", "at_risk", "at_risk", "ok", "at_risk"), ("示范基地", "ok", "ok", "at_risk", "at_risk"),
         ("集聚区", "add", "add", "add", "ok")],
        columns=["kind", "status", "by_region", "by_country", "by_own_rounds"],
    )  # fmt: skip
    found = vars(watchlist.scopes(readings))
    assert found == {"worst": "at_risk", "by_region": 1, "by_country": 1, "both": 0, "by_own_rounds": 1}
