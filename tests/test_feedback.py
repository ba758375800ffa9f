"""Feedback tells a base and a province their own results, and nobody else's."""

import pytest
from toys import write_rounds

from ecanalysis import load_round
from ecanalysis.presenting import feedback
from ecanalysis.presenting.charts.feedback import band, profile
from ecanalysis.presenting.tables import base as of_base
from ecanalysis.presenting.tables import province as of_province


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    rounds = write_rounds(tmp_path_factory.mktemp("data"))
    return load_round(rounds[1], previous=rounds[0])


def test_a_base_sees_its_own_points_beside_its_regions_middle(evaluation):
    base_id = evaluation.scores.base_id.iloc[5]
    own = feedback.of_base(evaluation, base_id)
    assert own.explained.points.sum() == pytest.approx(own.score.total)
    inside = evaluation.bases.base_id[evaluation.bases.region == own.roster.region]
    answers = evaluation.reported[evaluation.reported.base_id.isin(inside) & (evaluation.reported.code == "C17")]
    assert own.explained.set_index("code").peers_typical["C17"] == answers.value.median()


def test_middles_of_few_answers_are_not_given(small):
    own = feedback.of_base(small, "T4")  # four bases in its region
    assert own.explained.peers_typical.isna().all() and own.explained.peer_median.isna().all()
    assert own.change.peers_change_pct.isna().all()
    assert "**短板。** 本区域各项有效值均不足5个，不作比较。" in of_base.highlights(small, own, False)
    assert set(of_base.fields(own, False)["与区域相比"]) == {"—"}


def test_the_chart_without_scores_shows_bands_from_which_no_total_can_be_added_up(evaluation):
    for base_id in evaluation.scores.base_id[::40]:
        explained = feedback.of_base(evaluation, base_id).explained
        axes = profile(explained, with_scores=False).axes[0]
        drawn = {
            round(float(x), 6)
            for dots in axes.collections[1:]
            for x, _ in dots.get_offsets().compressed().reshape(-1, 2)
        }
        assert drawn <= {-2, -1, 0, 1, 2}
        below = explained.code[explained.gap < 0]
        assert (band(explained.normalised.fillna(0) - explained.peer_median)[below.index] < 0).all()


def test_totals_ranks_and_probabilities_only_where_asked_for(evaluation):
    for base_id in evaluation.scores.base_id[::20]:
        own = feedback.of_base(evaluation, base_id)
        total, rank = f"{own.score.total:.2f}", f"第{own.score['rank']}位"
        open_, closed = (of_base.highlights(evaluation, own, with_scores) for with_scores in (True, False))
        assert total in open_ and rank in open_
        assert total not in closed and "位，" not in closed.replace("后3位，", "") and "抽取" not in closed
        assert "得分" in of_base.fields(own, True) and "得分" not in of_base.fields(own, False)


def test_a_provinces_table_has_scores_only_where_asked_for(evaluation):
    own = feedback.of_province(evaluation, "浙江")
    assert {"总分", "区域内名次"} == set(of_province.results(evaluation, own, True)) - set(
        of_province.results(evaluation, own, False)
    )
    assert list(own.name) == list(evaluation.roster.name[evaluation.roster.province == "浙江"])


def test_a_province_beside_its_region_and_the_country(evaluation):
    composed = feedback.compared(evaluation, "浙江")
    sizes = composed.groupby("group", sort=False).n.first()
    assert list(sizes.index) == ["浙江", "东", "全国"]
    assert sizes["全国"] == len(evaluation.scores)
    assert sizes["浙江"] == (evaluation.scores.province == "浙江").sum()
    assert composed.groupby("group", sort=False).bases.sum().to_dict() == sizes.to_dict()


def test_growth_of_a_province_is_that_of_its_totals(evaluation):
    shown = of_province.growth(evaluation, "浙江").set_index("指标")
    own = evaluation.change[
        evaluation.change.base_id.isin(evaluation.bases.base_id[evaluation.bases.province == "浙江"])
    ]
    both = own[(own.code == "C14") & own.change_pct.notna()]
    assert shown.本省增幅["入驻电子商务企业"] == f"{(both.value.sum() / both.base_period_value.sum() - 1) * 100:+.1f}%"
    assert shown.家数["入驻电子商务企业"] == str(len(both))


def test_a_base_that_sent_nothing_is_told_so(evaluation):
    silent = evaluation.not_submitted.base_id.iloc[0]
    own = feedback.of_base(evaluation, silent)
    assert "未参评" in of_base.highlights(evaluation, own, True)
    assert of_base.fields(own, False).empty and of_base.submitted(evaluation, own).empty


def test_unknown_bases_and_provinces_are_named(evaluation):
    with pytest.raises(KeyError, match="X999"):
        feedback.of_base(evaluation, "X999")
    with pytest.raises(KeyError, match="亚特兰蒂斯"):
        feedback.of_province(evaluation, "亚特兰蒂斯")


@pytest.mark.parametrize(
    "status, words",
    [
        ("revoke", "取消示范资格"),
        ("at_risk", "下一次仍处于后3位"),
        ("recovered", "已脱离"),
        ("add", "符合增补条件"),
        ("add_gated", "一票否决"),
    ],
)
def test_every_status_is_told_without_a_rank(evaluation, status, words):
    base_id = evaluation.watchlist.base_id[evaluation.watchlist.status == status].iloc[0]
    own = feedback.of_base(evaluation, base_id)
    said = of_base.highlights(evaluation, own, False).splitlines()[1]
    assert words in said and f"{own.score.total:.2f}" not in said


def test_what_a_base_submitted_is_shown_with_its_cells(small):
    own = feedback.of_base(small, "T1")
    shown = of_base.submitted(small, own).set_index("指标")
    known = own.values[(own.values.code == "C14") & (own.values.year == 2027)].iloc[0]
    row = shown.loc["C14 入驻电子商务企业"]
    assert (row.原填内容, row.位置.split("、")[0]) == (known.raw, f"{known.sheet}!{known.cell}")


def test_missing_and_doubtful_answers_are_listed_once(evaluation):
    for base_id in evaluation.scores.base_id[evaluation.scores.missing > 0][:5]:
        own = feedback.of_base(evaluation, base_id)
        listed = of_base.issues(own)
        for code in own.explained.code[own.explained.state == "missing"]:
            assert listed.指标.str.startswith(f"{code} ").sum() >= 1


def test_what_was_not_filled_in_has_no_place_among_the_bands_and_comes_last(evaluation):
    base_id = evaluation.scores.base_id[evaluation.scores.missing > 1].iloc[0]
    explained = feedback.of_base(evaluation, base_id).explained.sort_values("band", kind="stable")
    assert (explained.band[explained.state == "missing"] == "未填").all()
    assert explained.state.iloc[-1] == "missing" and (explained.band.iloc[:5] == explained.band.min()).any()
    placed = explained[explained.band.isin(feedback.BANDS)]
    apart = placed.normalised - placed.peer_median
    assert ((apart <= -0.25) == (placed.band == "明显低于")).all() and ((apart > 0) == (placed.band > "持平")).all()


def test_what_a_base_has_to_correct_holds_every_gap_once_and_nothing_of_the_ministrys(evaluation):
    for base_id in evaluation.scores.base_id[evaluation.scores.missing > 0]:
        own = feedback.of_base(evaluation, base_id)
        listed = feedback.to_correct(own)
        empty = own.explained.code[own.explained.state == "missing"]
        assert set(empty) <= set(listed.code) and not listed[listed.action == "missing"].code.duplicated().any()
        assert set(listed.message) >= set(own.issues.message[~own.issues.kind.isin(feedback.OURS)])


def test_both_years_of_what_was_submitted_stand_in_one_row(small):
    own = feedback.of_base(small, "T1")
    listed = feedback.submitted(own, 2027)
    assert set(listed.code) == set(own.values.code) and listed.code.is_unique
    values = own.values.set_index(["code", "year"])
    row = listed.set_index("code").loc["C14"]
    assert (row.value, row.raw) == (values.value["C14", 2027], values.raw["C14", 2027])
    assert values.cell["C14", 2027] in row.place
