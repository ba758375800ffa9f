"""Tables and charts of two rounds and of robustness: whole rounds, a first round, hardly anybody, nobody."""

from types import SimpleNamespace

import pandas as pd
import pytest
from invented import invented_rounds, score

from ecanalysis.comparing import progress
from ecanalysis.deciding import distance, sensitivity, uncertainty, watchlist
from ecanalysis.presenting import charts, tables
from ecanalysis.presenting.charts import robustness as firm_charts
from ecanalysis.presenting.charts import two_rounds as round_charts
from ecanalysis.presenting.tables import robustness as firm
from ecanalysis.presenting.tables import two_rounds as words
from ecanalysis.scoring import scheme

SCHEME = scheme.load()
TIERS = SCHEME.tier_names


def evaluation(one, history):
    """A round as a notebook sees it."""
    r = SimpleNamespace(**vars(one), scheme=SCHEME, history=history, previous=history[-1] if history else None)
    r.watchlist = watchlist.compare_rounds(r, history, SCHEME)
    r.robustness = uncertainty.draw_ranks(r.panel, r.scores, SCHEME, draws=200)
    return r


def only(one, base_ids):
    """The round as if these bases alone were on the roster."""
    part = SimpleNamespace(**vars(one))
    for name in ("roster", "reported", "answered", "bases"):
        frame = getattr(part, name)
        setattr(part, name, frame[frame.base_id.isin(base_ids)].reset_index(drop=True))
    return score(part, SCHEME)


def case(name):
    rounds = invented_rounds(SCHEME)
    before, now = rounds[2025], rounds[2027]
    titled = now.bases[now.bases.kind == "示范基地"].base_id
    west = now.bases[(now.bases.region == "西") & (now.bases.kind == "示范基地")].base_id.head(2)
    if name == "both rounds":
        return evaluation(now, [before])
    if name == "first round":
        return evaluation(only(now, now.bases[now.bases.region == "西"].base_id), [])
    if name == "no clusters":
        return evaluation(only(now, titled[-35:]), [only(before, titled[-35:])])
    if name == "two bases":
        return evaluation(only(now, west), [only(before, west)])
    if name == "nobody submitted":
        return evaluation(score(SimpleNamespace(**{**vars(now), "reported": now.reported.head(0),
                                                   "answered": now.answered.head(0),
                                                   "bases": now.bases.head(0)}), SCHEME), [before])  # fmt: skip
    raise ValueError(name)


@pytest.fixture(scope="module", params=["both rounds", "first round", "no clusters", "two bases", "nobody submitted"])
def r(request):
    return SimpleNamespace(**vars(case(request.param)), case=request.param)


def drawn(figure):
    return charts.show(figure, 1, "图", "说明").png[:4] == b"\x89PNG"


def test_two_rounds_in_words_and_charts(r):
    readings = watchlist.readings(r, r.history, SCHEME)
    cases = watchlist.case_histories(r, r.history, SCHEME)
    moves = watchlist.tier_transitions(r, r.previous)
    change = progress.progress(progress.on_first_bounds([*r.history, r], SCHEME))
    text = words.headline(r, readings) + tables.title(r) + words.rest(r.watchlist) + words.assumptions(SCHEME)
    text += words.readings_sentence(readings) + words.transitions_sentence(moves, TIERS)
    text += words.additions_sentence(r.watchlist, watchlist.promoted(r, r.history), SCHEME)
    text += words.progress_sentence(change, r)
    assert "nan" not in text and "NA" not in text and "None" not in text
    assert (
        ("首轮" in text) == (r.case == "first round")
        or r.case == "first round"
        or "按首轮" in text
        or "首轮的界值" in text
    )
    frames = [
        words.overview(r.watchlist), words.unsubmitted(r.watchlist), words.listed(r.watchlist, ["at_risk"], "西"),
        words.both_readings(readings), words.transitions(moves, "示范基地", TIERS), words.not_submitted(cases, r.year),
        words.histories(cases, r.watchlist, ["revoke", "at_risk", "add"]), words.progress(progress.summary(change)),
    ]  # fmt: skip
    for place, frame in enumerate(frames, 1):
        html = tables.show(frame, place, "表").data
        assert "nan" not in html and "&lt;NA&gt;" not in html
    matrices = {kind: words.transitions(moves, kind, TIERS) for kind in ("示范基地", "集聚区")}
    assert drawn(round_charts.transitions(matrices))
    assert drawn(round_charts.progress(progress.summary(change)))
    for kind in matrices:
        assert drawn(round_charts.slopes(r.watchlist, kind, words.span(r)))
        assert kind in words.slopes_alt(r.watchlist, kind)


@pytest.mark.parametrize("kind", ["示范基地", "集聚区"])
def test_legend_and_source_line_of_the_slopes_do_not_overlap(kind):
    both = case("both rounds")
    figure = round_charts.slopes(both.watchlist, kind, words.span(both))
    charts.show(figure, 1, f"{kind}两轮总分（两轮均参评的）", "说明", "数据来源：" + "各基地报送的报告表" * 4)
    [legend] = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    box = legend.get_window_extent()
    assert not box.overlaps(figure._supxlabel.get_window_extent())
    assert not box.overlaps(figure._suptitle.get_window_extent())
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1


def test_reasons_have_the_room_of_their_table():
    both = case("both rounds")
    mine = words.listed(both.watchlist, ["revoke", "at_risk", "recovered"], "西")
    assert list(mine) == ["单位", "认定", "总分", "位次", "依据"], "one region, one kind: the heading says so"
    assert "区域" in words.listed(both.watchlist, ["promising"])
    row = both.watchlist[both.watchlist.name == mine["单位"].iloc[0]].iloc[0]
    assert mine["总分"].iloc[0] == f"{row.total_previous:.2f}→{row.total:.2f}"


def test_nothing_is_counted_that_there_is_none_of():
    both = case("both rounds")
    none = both.watchlist.assign(status="ok", bottom_three_previous=0)
    calm = SimpleNamespace(**{**vars(both), "watchlist": none})
    said = words.headline(calm, watchlist.readings(both, both.history, SCHEME))
    assert "超出名额" not in said and "一票否决" not in said and "表2" not in said
    assert "没有建议增补的集聚区" in words.additions_sentence(none, none.head(0), SCHEME)
    assert "历轮名单" not in words.additions_sentence(none, none.head(0), SCHEME)


def test_firmness_in_words_and_charts(r):
    margins = distance.to_threshold(r.scores, SCHEME)
    note = firm.weights_note(uncertainty.weight_spread(SCHEME), uncertainty.share_near(SCHEME), SCHEME)
    assert "±25%" in note and "94%—97%" in note and "标准误" in note
    told = firm.decisions(r.watchlist, uncertainty.over_two_rounds(r, r.previous, SCHEME, draws=200), margins)
    names = r.scores.set_index("base_id").name
    edge = firm.edge(margins, r.robustness)
    ranks = firm.of_edge(uncertainty.acceptability(r.panel, r.scores, SCHEME.with_(draws=100)), edge)
    opened = firm.open_tiers(r.robustness, r.scores)
    other = firm.ever_bottom(sensitivity.alternatives(r, SCHEME), r.scores)
    joint = distance.smallest_weight_change(r.panel, r.scores, SCHEME)
    single = distance.single_weight_changes(r.panel, r.scores, SCHEME)
    fields = distance.smallest_field_changes(r, SCHEME)
    indices = sensitivity.what_matters(r, SCHEME, size=16)
    frames = [
        firm.firmness(told, 200), firm.margins(edge), firm.acceptability(ranks, edge), firm.alternatives(other),
        firm.tiers(r.robustness, r.scores, TIERS), firm.swings(opened, TIERS), firm.sensitivity(indices, names),
        firm.weight_changes(joint, single, names), firm.field_changes(fields, names),
    ]  # fmt: skip
    for place, frame in enumerate(frames, 1):
        assert "nan" not in tables.show(frame, place, "表", note).data
    text = firm.headline(told, r) + firm.assumptions(SCHEME, note) + firm.sensitivity_sentence(indices)
    flagged = int(r.scores.bottom_three.sum())
    text += firm.weight_sentence(joint, SCHEME, flagged) + firm.field_sentence(fields, flagged)
    assert ("没有处于后3位的示范基地" in text) == (flagged == 0)
    text += firm.edge_alt(edge) + firm.ranges_alt(r.robustness) + firm.acceptability_alt(ranks)
    text += firm.open_tiers_alt(opened) + firm.alternatives_alt(other)
    assert "nan" not in text and "None" not in text
    for figure in (
        firm_charts.margins(edge), firm_charts.rank_ranges(r.scores.merge(r.robustness, on="base_id")),
        firm_charts.acceptability(ranks), firm_charts.tier_shares(opened), firm_charts.alternatives(other),
        firm_charts.sensitivity(indices), firm_charts.weight_changes(joint.assign(name=joint.base_id.map(names))),
    ):  # fmt: skip
        assert drawn(figure)


@pytest.mark.parametrize(
    "status, p, p_near, margin, words_",
    [
        (
            "at_risk",
            0.95,
            0.97,
            -1.5,
            "在权重小幅调整（±25%以内）的情形中，九成以上仍处于后3位；距首个安全位次差1.50分",
        ),
        (
            "at_risk",
            0.88,
            0.93,
            -1.5,
            "在权重小幅调整（±25%以内）的情形中，八成以上仍处于后3位；距首个安全位次差1.50分",
        ),
        (
            "revoke",
            1.0,
            1.0,
            -9.0,
            "在权重小幅调整（±25%以内）的情形中，几乎全部两轮均处于后3位；距首个安全位次差9.00分",
        ),
        (
            "recovered",
            0.6,
            0.55,
            0.2,
            "在权重小幅调整（±25%以内）的情形中，五成以上仍在后3位之外；比后3位的门槛高0.20分",
        ),
        ("ok", 0.11, 0.07, 2.0, "在权重小幅调整（±25%以内）的情形中，一成以上会落入后3位；比后3位的门槛高2.00分"),
        ("add", 0.75, None, None, "在权重小幅调整（±25%以内）的情形中，七成以上两轮均在本区域集聚区前列"),
    ],
)
def test_the_more_cautious_of_two_shares_is_told(status, p, p_near, margin, words_):
    kind = "集聚区" if status == "add" else "示范基地"
    row = SimpleNamespace(status=status, kind=kind, p=p, p_near=pd.NA if p_near is None else p_near,
                          margin=float("nan") if margin is None else margin)  # fmt: skip
    assert firm.in_words(row) == words_


def test_a_tie_with_the_edge_is_no_distance():
    row = SimpleNamespace(status="at_risk", kind="示范基地", p=1.0, p_near=1.0, margin=0.0)
    assert firm.in_words(row).endswith("几乎全部仍处于后3位；与门槛同分")


def test_where_no_single_field_helps_nothing_is_counted():
    assert "任何单独一项填报都不足以" in firm.field_sentence(pd.DataFrame({"base_id": []}), 4)


def test_a_hostile_name_stays_text():
    hostile = "<script>alert(1)</script>*园*"
    rounds = invented_rounds(SCHEME)
    now, before = rounds[2027], rounds[2025]
    flagged = watchlist.compare_rounds(now, [before], SCHEME).query("status == 'revoke'").base_id.iloc[0]
    for one in (now, before):
        for name in ("roster", "bases"):
            frame = getattr(one, name)
            setattr(one, name, frame.assign(name=frame.name.where(frame.base_id != flagged, hostile)))
    r = evaluation(score(now, SCHEME), [score(before, SCHEME)])
    text = words.headline(r, watchlist.readings(r, r.history, SCHEME))
    html = tables.show(words.listed(r.watchlist, ["revoke"]), 1, "表").data
    assert "script" in text and "<script" not in text + html and "*园*" not in text
