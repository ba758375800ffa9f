"""Feedback tells a base and a province their own results, and nobody else's."""

import pandas as pd
import pytest
from notebook_cells import shown, table, text

from ecanalysis.errors import UserError
from ecanalysis.form.words import RECEIVED_NAMES
from ecanalysis.presenting import feedback
from ecanalysis.presenting.returns import return_list
from ecanalysis.presenting.submissions import open_issues
from ecanalysis.scoring.scheme import GENERAL


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
    assert set(own.explained.band) <= {"不比较", "未填"}


def page(r, base_id, with_scores=False) -> str:
    return "\n".join(map(text, shown("base", r, base_id=base_id, with_scores=with_scores)))


def test_totals_ranks_and_probabilities_only_where_asked_for(evaluation):
    for base_id in evaluation.scores.base_id[::60]:
        score = evaluation.scores.set_index("base_id").loc[base_id]
        open_, closed = (page(evaluation, base_id, with_scores) for with_scores in (True, False))
        for told in (f"总分{score.total:.1f}分", f"第{score['rank']}位", "得分</th>", "没有规定、暂按假设处理的"):
            assert told in open_ and told not in closed
        assert "抽取" not in closed and "稳固" not in closed


@pytest.mark.parametrize(
    "status, inside, outside",
    [
        ("revoke", "符合取消示范资格的条件", "本次成绩处于本区域示范基地后3位"),
        ("at_risk", "本次成绩处于本区域示范基地后3位", "本次成绩处于本区域示范基地后3位"),
        ("recovered", "本次已脱离", "本次已脱离"),
        ("add", "符合增补条件", "连续两次成绩靠前的可增补"),
        ("add_gated", "触及一票否决", "连续两次成绩靠前的可增补"),
        ("ok", "两次均未处于后3位", "两次均未处于后3位"),
    ],
)
def test_what_is_not_decided_is_told_only_inside_the_ministry(evaluation, status, inside, outside):
    found = evaluation.watchlist[evaluation.watchlist.status == status]
    base_id = found.sort_values("kind").base_id.iloc[0]  # a 示范基地 where there is one
    assert inside in page(evaluation, base_id, True)
    closed = page(evaluation, base_id)
    assert outside in closed and "符合" not in closed and "建议增补" not in closed


def test_the_page_of_a_small_region_compares_nothing_and_one_of_a_silent_base_says_so(small):
    said = page(small, "T4")
    assert "本区域各项有效值均不足5个，不作比较" in said and "■" not in said
    assert "未参评，没有评价结果" in page(small, "T3")


def test_the_profile_has_the_worst_first_and_what_is_not_filled_in_last(evaluation):
    base_id = evaluation.scores.base_id[evaluation.scores.missing > 1].iloc[0]
    rows = table(shown("base", evaluation, base_id=base_id), "profile").split("<tr>")[2:]
    words = ("■□□□□ 明显低于", "□■□□□ 低于", "□□■□□ 持平", "□□□■□ 高于", "□□□□■ 明显高于", ">未填<")
    places = [[word in row for word in words].index(True) for row in rows]
    assert places == sorted(places) and places[-1] == 5 and "—" in rows[-1]


def test_a_province_reads_scores_and_proposals_only_where_asked_for(evaluation):
    own = feedback.of_province(evaluation, "浙江")
    assert list(own.name) == list(evaluation.roster.name[evaluation.roster.province == "浙江"])
    outward = table(shown("province", evaluation, province_name="浙江"), "results")
    inward = table(shown("province", evaluation, province_name="浙江", with_scores=True), "results")
    assert "总分" in inward and "总分" not in outward and "名次" not in outward
    for province in (
        evaluation.watchlist.merge(evaluation.roster[["base_id", "province"]])
        .query("status in ['revoke', 'add']")
        .province
    ):
        page = "".join(map(text, shown("province", evaluation, province_name=province)))
        assert "取消示范资格" not in page and "建议增补" not in page


def test_a_province_is_told_who_rose_and_who_fell(evaluation):
    own = pd.concat([feedback.of_province(evaluation, one) for one in evaluation.roster.province.unique()])
    order = evaluation.scheme.tier_names
    for row in own[own.movement != "—"].itertuples():
        step = order.index(row.tier_previous) - order.index(row.tier)
        assert row.movement == ("上升" if step > 0 else "下降" if step < 0 else "持平")
    fallen = own[own.movement == "下降"].iloc[0]
    province = evaluation.roster.province[evaluation.roster.base_id == fallen.base_id].iloc[0]
    said = text(shown("province", evaluation, province_name=province)[1])
    assert "档次下降" in said and fallen["name"] in said


def test_a_base_that_sent_something_is_not_called_silent(evaluation):
    returned = evaluation.not_submitted[evaluation.not_submitted.received == "returned"].iloc[0]
    said = text(shown("province", evaluation, province_name=returned.province)[1])
    assert f"{returned['name']}（{RECEIVED_NAMES['returned']}）" in said


def test_growth_of_a_province_is_that_of_its_totals(evaluation):
    grown = feedback.growth(evaluation, "浙江").set_index("code").loc["C14"]
    inside = evaluation.bases.base_id[evaluation.bases.province == "浙江"]
    both = evaluation.change[evaluation.change.base_id.isin(inside) & (evaluation.change.code == "C14")]
    both = both[both.change_pct.notna()]
    assert grown.change_pct == pytest.approx((both.value.sum() / both.base_period_value.sum() - 1) * 100)
    assert grown.bases == len(both)


def test_unknown_bases_and_provinces_are_named(evaluation):
    with pytest.raises(KeyError, match="X999"):
        feedback.of_base(evaluation, "X999")
    with pytest.raises(UserError, match="亚特兰蒂斯"):
        feedback.of_province(evaluation, "亚特兰蒂斯")


def test_what_was_not_filled_in_has_no_place_among_the_bands_and_comes_last(evaluation):
    base_id = evaluation.scores.base_id[evaluation.scores.missing > 1].iloc[0]
    explained = feedback.of_base(evaluation, base_id).explained.sort_values("band", kind="stable")
    assert (explained.band[explained.state == "missing"] == "未填").all()
    assert explained.state.iloc[-1] == "missing" and (explained.band.iloc[:5] == explained.band.min()).any()
    placed = explained[explained.band.isin(feedback.BANDS)]
    apart = placed.normalised - placed.peer_median
    assert ((apart <= -0.25) == (placed.band == "明显低于")).all() and ((apart > 0) == (placed.band > "持平")).all()


def test_what_a_base_has_to_correct_is_what_its_return_list_says(evaluation):
    issues = open_issues(evaluation)
    listed = return_list(evaluation.files, issues, evaluation.values, evaluation.forms, evaluation.year)
    listed = listed[listed.action != "rejected"]
    for base_id in evaluation.scores.base_id[evaluation.scores.missing > 0][:8]:
        own = feedback.of_base(evaluation, base_id)
        table = own.to_correct
        name = evaluation.forms.set_index("base_id").base_name[base_id]
        assert sorted(table.message) == sorted(listed.message[listed.base_name == name])
        empty = own.explained[(own.explained.state == "missing") & own.explained.code.isin(GENERAL)]
        assert set(empty.code) <= set(table.code) and not table[table.action == "missing"].code.duplicated().any()


def test_both_years_of_what_was_submitted_stand_in_one_row(small):
    own = feedback.of_base(small, "T1")
    listed = feedback.submitted(own, 2027)
    assert set(listed.code) == set(own.values.code) and listed.code.is_unique
    values = own.values.set_index(["code", "year"])
    row = listed.set_index("code").loc["C14"]
    assert (row.value, row.raw) == (values.value["C14", 2027], values.raw["C14", 2027])
    assert values.cell["C14", 2027] in row.place
