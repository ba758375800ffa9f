"""The analyst's desk without a browser: what its controls do, and that it shows what the commands would give."""

import re
import shutil
from dataclasses import replace

import nbformat
import pandas as pd
import pytest
from nbconvert import HTMLExporter

from ecanalysis import load_round
from ecanalysis.deciding import uncertainty, what_if
from ecanalysis.desk import frames
from ecanalysis.desk.explore import DRAWS, MISSING, NORMALISATIONS, Explorer
from ecanalysis.errors import UserError
from ecanalysis.publishing.html import html_page
from ecanalysis.reading.files import LocalPool
from ecanalysis.scoring import scheme

STARTS = {"default": None, **scheme.shipped()}


@pytest.fixture
def desk(evaluation, tmp_path, monkeypatch):
    monkeypatch.setenv("ECANALYSIS_WORK", str(tmp_path))
    return Explorer(evaluation)


def text(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html)


def rows(desk) -> list[str]:
    return re.findall(r'<th scope="row">(.*?)</th>', desk.result.value)


# --- a changed scheme ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", NORMALISATIONS.values())
@pytest.mark.parametrize("start", STARTS)
def test_every_method_and_policy_makes_a_scheme_of_every_other(start, method):
    given = scheme.load(STARTS[start])
    for policy in MISSING.values():
        weights = {"groups": {"policy": 2, "service": 1, "influence": 0}}
        tried = what_if.adjusted(given, {"weights": weights, "normalisation": method, "missing": policy})
        assert tried.groups == {"policy": 2 / 3, "service": 1 / 3, "influence": 0}
        assert {rule.missing for rule in tried.rules.values()} == {policy}
        if method == "percentile_rank":
            assert tried.rules["C04"].method == "percentile_rank"
        assert all(tried.rules[code].transform == given.rules[code].transform for code in given.rules)
        assert all(tried.rules[code].direction == given.rules[code].direction for code in given.rules)


def test_what_belongs_to_a_field_outlives_another_method():
    own = 'method = "goalposts"\nlow = 1\nhigh = 9\ndirection = "less"\nbasis = "assumed"\nsource = "x"\n'
    text = scheme.load().path.read_text("utf-8") + f"\n[normalise.C14]\n{own}"
    tried = what_if.adjusted(scheme.parse(text), {"normalisation": "percentile_rank"})
    assert (tried.rules["C14"].method, tried.rules["C14"].direction) == ("percentile_rank", "less")


def test_what_was_changed_is_marked_as_assumed_and_nothing_else():
    given = scheme.load()
    weights = {"policy": {"C01": 2, "C02": 1, "C03": 1, "C04": 1}}
    tried = what_if.adjusted(given, {"weights": weights, "missing": "reweight"})
    before, after = (
        {entry.table: (entry.settings, entry.basis, entry.source) for entry in one.entries} for one in (given, tried)
    )
    assert {table for table in after if after[table] != before[table]} == {"items.policy", "missing"}
    assert after["missing"][1:] == ("assumed", "试算：调整未填项")


def test_weights_that_are_all_zero_are_refused():
    with pytest.raises(UserError, match="groups"):
        what_if.adjusted(scheme.load(), {"weights": {"groups": dict.fromkeys(["policy", "service", "influence"], 0)}})


# --- the same rounds under another scheme ----------------------------------------------------------------


def test_another_scheme_holds_for_every_round_and_leaves_the_first_alone(evaluation):
    before = evaluation.scores.copy()
    tried = evaluation.under(scheme.shipped()["percentile_rank"])
    again = load_round(
        evaluation.round.folder,
        previous=evaluation.previous.round.folder,
        scheme=scheme.shipped()["percentile_rank"],
    )
    pd.testing.assert_frame_equal(tried.scores, again.scores)
    pd.testing.assert_frame_equal(tried.watchlist, again.watchlist)
    assert (tried.scores.total != evaluation.scores.total).any()
    pd.testing.assert_frame_equal(evaluation.scores, before)


def test_goalposts_need_their_round(evaluation):
    posts = scheme.shipped()["goalposts_2025"]
    assert evaluation.under(posts).goalposts is not None
    with pytest.raises(UserError, match="2025"):
        replace(evaluation, history=[]).under(posts)


# --- the desk --------------------------------------------------------------------------------------------


def test_at_first_nothing_has_moved(desk, evaluation):
    assert (desk.outcome["rank"] == desk.outcome.rank_before).all()
    assert desk.tried.scheme.title == evaluation.scheme.title
    assert "均与现行方案相同" in desk.findings
    assert len(rows(desk)) == len(evaluation.scores)
    desk.only_moved.value = True
    assert rows(desk) == []


def test_a_slider_moves_ranking_firmness_and_words(desk, evaluation):
    desk.weights["groups"]["influence"].value = 0.0
    desk.weights["service"]["C06"].value = 2.5
    weights = {"groups": {"policy": 1, "service": 1, "influence": 0}}
    weights["service"] = {key: 2.5 if key == "C06" else 1 for key in evaluation.scheme.items["service"]}
    tried = evaluation.under(weights=weights)
    expected = tried.scores.set_index("base_id")
    shown = desk.outcome.set_index("base_id")
    for column in ("total", "rank", "rank_in_kind", "tier", "bottom_three"):
        assert (shown[column] == expected[column].reindex(shown.index)).all(), column
        assert (shown[f"{column}_before"] == evaluation.scores.set_index("base_id")[column].reindex(shown.index)).all()
    firm = uncertainty.draw_ranks(tried.panel, tried.scores, tried.scheme, draws=DRAWS).set_index("base_id")
    assert (shown.p_bottom_three == firm.p_bottom_three.reindex(shown.index)).all()
    moved = int((shown["rank"] != shown.rank_before).sum())
    assert moved > 10 and f"{moved}家名次变动" in desk.findings
    revoked = tried.watchlist[tried.watchlist.status == "revoke"]
    assert len(revoked) and all(base_id in desk.findings for base_id in revoked.base_id)
    assert desk.worth["groups"]["policy"].value == "40.00分"
    assert desk.worth["service"]["C06"].value == f"{40 * 2.5 / 10.5:.2f}分"
    desk.only_moved.value = True
    changed = desk.outcome[
        (desk.outcome["rank"] != desk.outcome.rank_before) | (desk.outcome.tier != desk.outcome.tier_before)
    ]
    assert rows(desk) == changed.base_id.tolist()


def test_sliders_fit_the_weights_of_the_scheme(evaluation):
    """Whatever the weights are parts of: from nothing to three times their mean, in steps of a twentieth."""
    text = evaluation.scheme.path.read_text("utf-8").replace(
        "out_of = 3\npolicy = 1\nservice = 1\ninfluence = 1", "out_of = 1\npolicy = 0.6\nservice = 0.2\ninfluence = 0.2"
    )
    desk = Explorer(evaluation.under(scheme.parse(text)))
    sliders = desk.weights["groups"]
    assert [slider.value for slider in sliders.values()] == [0.6, 0.2, 0.2]
    assert [slider.max for slider in sliders.values()] == pytest.approx([1.0, 1.0, 1.0])
    assert sliders["policy"].step == pytest.approx(1 / 60, abs=1e-6) and sliders["policy"].readout_format == ".3f"
    assert "均与现行方案相同" in desk.findings
    sliders["policy"].value = 0.2
    assert desk.worth["groups"]["service"].value == "26.67分"


def test_the_part_that_is_chosen_shows_its_sliders(desk):
    assert desk.panels.selected_index == 0
    desk.part.value = list(desk.weights).index("L")
    shown = desk.panels.children[desk.panels.selected_index]
    assert [row.children[0].description for row in shown.children] == [
        slider.description for slider in desk.weights["L"].values()
    ]
    assert all(len(slider.description) <= 20 for level in desk.weights.values() for slider in level.values())


def test_method_and_missing_policy_count(desk, evaluation):
    desk.method.value, desk.missing.value = "percentile_rank", "reweight"
    tried = what_if.adjusted(evaluation.scheme, {"normalisation": "percentile_rank", "missing": "reweight"})
    expected = evaluation.under(tried).scores.set_index("base_id").total
    assert desk.outcome.set_index("base_id").total.sub(expected).abs().max() < 1e-9
    desk.reset_button.click()
    assert (desk.method.value, desk.missing.value) == ("scheme", "zero")
    assert "均与现行方案相同" in desk.findings


def test_sliders_that_make_no_scheme_leave_the_last_result(desk):
    before = desk.result.value
    for slider in desk.weights["groups"].values():
        slider.value = 0
    assert "方案不成立" in desk.message.value and "alert" in desk.message.value
    desk.save_button.click()
    assert desk.result.value != "" and not desk.file_name.value.startswith("/")
    desk.reset_button.click()
    assert desk.message.value == "" and desk.result.value == before


def test_filters(desk, evaluation):
    scores = evaluation.scores
    desk.region.value, desk.kind.value, desk.feature.value = "中", "集聚区", "A"
    wanted = scores[(scores.region == "中") & (scores.kind == "集聚区") & scores.features.str.contains("A")]
    assert len(wanted) and sorted(rows(desk)) == sorted(wanted.base_id)
    assert f"（{len(wanted)}家）" in desk.result.value


# --- bases -----------------------------------------------------------------------------------------------


def test_a_base_is_picked_and_its_points_lead_to_cells(desk, evaluation):
    base_id = evaluation.scores.base_id.iloc[3]
    desk.first.value = next(label for label, one in desk._ids.items() if one == base_id)
    explained = evaluation.explain(base_id)
    card = text(desk.card.value)
    assert evaluation.base(base_id)["name"].iloc[0] in card
    for row in explained[explained.value.notna()].itertuples():
        assert f"{row.sheet}!{row.cell}" in card
    desk.weights["groups"]["policy"].value = 3
    total = desk.tried.base(base_id).total.iloc[0]
    assert f"总分{total:.2f}" in desk.card.value, "the card follows the scheme tried"


def test_the_place_of_a_corrected_value_is_its_line(evaluation):
    line = evaluation.round.corrections.query("status == 'accepted' and year == @evaluation.year").iloc[0]
    told = frames.points_and_cells(evaluation.explain(line.base_id)).set_index("code")
    assert told.place[line.code] == f"第{line.line}行"


def test_two_bases_side_by_side(desk, evaluation):
    east, west = (evaluation.scores[evaluation.scores.region == region].base_id.iloc[0] for region in "东西")
    desk.first.value, desk.second.value = east, west
    assert desk.card.value.count("<caption>") == 4
    assert "不在同一区域" in desk.card.value
    both = frames.side_by_side(evaluation.explain(east), evaluation.explain(west))
    gaps = both.difference
    totals = evaluation.scores.set_index("base_id").total
    assert gaps.sum() == pytest.approx(totals[east] - totals[west], abs=1e-9)
    assert (gaps.abs().diff().dropna() <= 0).all()
    desk.second.value = evaluation.scores[evaluation.scores.region == "东"].base_id.iloc[1]
    assert "不在同一区域" not in desk.card.value


@pytest.mark.parametrize(
    "typed, answer",
    [("示例", "可指"), ("没有这样的园区", "没有相近的名称"), ("绵阳直播电商集聚园", "最接近的是"), ("", "选一家")],
)
def test_wrong_names_are_answered(desk, typed, answer):
    desk.first.value = typed
    assert answer in desk.card.value


def test_a_base_that_did_not_submit_is_told_so(desk, evaluation):
    desk.first.value = evaluation.not_submitted.base_id.iloc[0]
    assert "未参评" in desk.card.value


# --- rules, bases left out, and the way back ---------------------------------------------------------------


def test_rules_and_bases_left_out_are_told_and_undone_step_by_step(desk, evaluation):
    assert "已改动：无" in desk.changed.value
    desk.scope.value = "country"
    desk.gate.value = False
    desk.cuts.value = (0.2, 0.8)
    desk.left_out.value = "绵阳直播、B012"
    assert desk.tried.scheme.bottom_scope == "country" and desk.tried.scheme.tier_cuts == (0.2, 0.8)
    assert len(desk.outcome) == len(evaluation.scores) - 2
    for told in ("后3位的范围：按区域→按全国", "一票否决：启用→不启用", "档次界值", "不计基地：绵阳直播、B012"):
        assert told in desk.changed.value
    desk.back_button.click()
    assert len(desk.outcome) == len(evaluation.scores) and not desk.tried.scheme.gate
    desk.reset_button.click()
    assert "已改动：无" in desk.changed.value and desk.tried.scheme.document == evaluation.scheme.document
    desk.left_out.value = "没有这家"
    assert "名单中没有" in desk.message.value


# --- saving ----------------------------------------------------------------------------------------------


def test_a_saved_scheme_scores_as_the_desk_showed(desk, evaluation, tmp_path):
    desk.weights["influence"]["C17"].value = 0.15
    desk.weights["A"]["A2"].value = 2.35
    desk.method.value, desk.missing.value = "z_score", "region_median"
    desk.file_name.value = "我的方案.toml"
    desk.save_button.click()
    saved = tmp_path / "我的方案.toml"
    assert saved.name in desk.message.value and "--scheme" in desk.message.value
    loaded = scheme.load(saved)
    assert loaded.title == "我的方案"
    totals = evaluation.under(saved.name).scores.set_index("base_id").total
    assert (desk.outcome.set_index("base_id").total == totals.reindex(desk.outcome.base_id)).all()
    desk.weights["A"]["A2"].value = 1
    desk.save_button.click()
    assert scheme.load(saved).document["items"]["A"]["A2"] == 1, "the desk may save again what it saved"


@pytest.mark.parametrize("name", ["../方案.toml", "/tmp/方案.toml", "方案.txt", ".toml", "", "x" * 300 + ".toml"])
def test_a_name_that_will_not_do_is_refused(desk, tmp_path, name):
    desk.file_name.value = name
    desk.save_button.click()
    assert "alert" in desk.message.value
    assert list(tmp_path.rglob("*")) == []


def test_a_file_of_somebody_else_is_not_overwritten(desk, tmp_path):
    (tmp_path / "试算方案.toml").write_text("mine", "utf-8")
    desk.save_button.click()
    assert "未覆盖" in desk.message.value
    assert (tmp_path / "试算方案.toml").read_text("utf-8") == "mine"


# --- rounds of every size --------------------------------------------------------------------------------

ROSTERS = {
    "a first round": None,
    "no clusters": ["T1,示例·甲园区,,浙江,示范基地", "T4,示例·<b>丁</b>园区,,湖北,示范基地"],
    "one base": ["T1,示例·甲园区,,浙江,示范基地"],
    "only clusters": ["T1,示例·甲园区,,浙江,集聚区"],
    "nobody submitted": ["X1,别的园区,,浙江,示范基地"],
}


@pytest.mark.parametrize("roster", ROSTERS)
def test_the_desk_works_for_small_rounds(roster, small, tmp_path):
    folders = [shutil.copytree(one.round.folder, tmp_path / str(one.year)) for one in (small.previous, small)]
    for folder in folders if ROSTERS[roster] else ():
        lines = ["base_id,name,aliases,province,kind", *ROSTERS[roster]]
        (folder / "roster.csv").write_text("\n".join(lines) + "\n", "utf-8")
    r = load_round(folders[1], previous=folders[0] if ROSTERS[roster] else None, executor=LocalPool(1))
    desk = Explorer(r)
    desk.weights["groups"]["policy"].value = 2
    desk.method.value, desk.missing.value = "z_score", "reweight"
    assert len(desk.outcome) == len(r.scores) == len(rows(desk))
    assert f"{len(r.scores)}家参评基地" in desk.findings
    assert ("没有上一轮次" in desk.findings) == (roster == "a first round")
    assert desk.chart.value.startswith('<svg role="img" aria-label="')
    for base_id in r.scores.base_id[:2]:
        desk.first.value = base_id
        assert "逐项得分与出处" in desk.card.value


def test_published_the_desk_is_a_table(project):
    """The committed notebook holds no widget, so HTML shows the scheme in force."""
    notebook = nbformat.read(project / "notebooks" / "explore.ipynb", as_version=4)
    assert "widgets" not in notebook.metadata
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [data for data in shown if "application/vnd.jupyter.widget-view+json" in data]
    for page in (html_page(notebook), HTMLExporter(template_name="basic").from_notebook_node(notebook)[0]):
        assert "（静态视图），前20行" in page and page.count("<caption") >= 2
        assert "jupyter.widget" not in page


def test_names_are_shown_and_never_run(small):
    desk = Explorer(small)
    desk.first.value, desk.second.value = "T4", "T1"
    shown = [desk.result.value, desk.card.value, desk.said.value, desk._repr_mimebundle_()[0]["text/html"]]
    assert "&lt;b&gt;丁" in desk.result.value and "&#60;b&#62;丁" in desk.said.value
    assert not any("<b>" in html for html in shown)


def test_where_no_widget_runs_there_is_a_table_and_always_the_same(small):
    first, second = (Explorer(small)._repr_mimebundle_()[0] for _ in range(2))
    assert first["text/html"] == second["text/html"]
    assert first["text/plain"] == "2027 年轮次，默认方案（静态视图）"
    assert len(small.scores) == first["text/html"].count('<th scope="row">')
    assert "application/vnd.jupyter.widget-view+json" in first
