"""The national briefing says what the tables say, in every kind of round."""

import re

import pandas as pd
import pytest
from notebook_cells import shown, table, text

from ecanalysis import load_round
from ecanalysis.deciding.decisions import proposed
from ecanalysis.presenting import formats, national, schemes
from ecanalysis.presenting.charts import change as figures
from ecanalysis.publishing import entry
from ecanalysis.publishing.reports import changes
from ecanalysis.scoring import scheme


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)


def test_participation_counts_every_base_once(evaluation):
    counts = national.participation(evaluation.roster, evaluation.bases)
    regions = counts[counts.region != "全国"]
    assert regions.listed.sum() == len(evaluation.roster) == counts[counts.region == "全国"].listed.sum()
    assert regions.scored.sum() == len(evaluation.scores)
    assert (counts.listed >= counts.scored).all() and len(counts) == 8


def test_leaders_of_a_region_include_ties():
    scores = pd.DataFrame({"base_id": list("abcd"), "region": ["中", "中", "中", "东"], "rank": [1, 2, 2, 1]})
    assert list(national.leaders(scores, 2).base_id) == ["d", "a", "b", "c"]
    assert list(national.leaders(scores, 1).base_id) == ["d", "a"]


def test_a_region_of_three_demonstration_bases_is_named():
    bases = {"base_id": ["B1", "B2", "B3"], "region": "东", "kind": "示范基地", "total": [30.0, 20.0, 10.0]}
    assert national.too_few(pd.DataFrame(bases), scheme.default()) == ["东"]


@pytest.fixture
def page(evaluation):
    return shown("00_national", evaluation)


def test_the_findings_state_the_counts(evaluation, page):
    said = text(page[1]).split("\n")
    said = [line for line in said if line.strip()]
    assert numbers(said[0].split("。** ")[1])[0] == str(len(evaluation.roster))
    assert f"参评{len(evaluation.scores)}家" in said[0]
    for tier, count in evaluation.scores.tier.value_counts().items():
        assert f"{tier}{count}家" in said[1]
    statuses = evaluation.watchlist.status.value_counts()
    assert f"{statuses['revoke']}家示范基地连续两次" in said[2]
    assert f"{statuses['at_risk']}家示范基地上次未处于后3位" in said[3]
    for name in evaluation.watchlist.name[evaluation.watchlist.status == "revoke"]:
        assert name in said[2]
    nation = evaluation.region_change[evaluation.region_change.region == "全国"].set_index("code")
    assert f"比基期增长{nation.change_pct['C14']:.1f}%" in said[-1]
    received = evaluation.not_submitted.received
    assert f"{(received == '').sum()}家未报送，{(received != '').sum()}家已报送但被退回" in said[0]


def test_the_tables_agree_with_the_evaluation(evaluation, page):
    rows = {name: table(page, name).count("<tr>") - 1 for name in ("leaders", "absent", "two_rounds")}
    assert rows["leaders"] >= 9
    assert rows["absent"] == len(evaluation.not_submitted)
    told = proposed(evaluation.watchlist)
    assert rows["two_rounds"] == len(told)
    assert {"revoke", "at_risk", "add"} <= set(told.status) and "ok" not in set(told.status)
    silent = told[told.status == "not_submitted"]
    assert (silent.bottom_three_previous == 1).all()


def test_what_is_assumed_comes_from_the_scheme(evaluation, page):
    said = "".join(map(text, page))
    for item in evaluation.scheme.entries:
        assert item.source in said
    assert "分档界线" in schemes.assumed(evaluation.scheme)


def test_small_amounts_are_told_in_a_unit_that_shows_them():
    assert formats.amount(3453697300, "C16") == "34.54亿件"
    assert formats.amount(950, "C17") == "950人"


def test_a_first_round_says_that_it_has_nothing_to_compare(small_rounds):
    r = load_round(small_rounds[1])
    said = "".join(map(text, shown("00_national", r)))
    assert "没有上次结果可比" in said and "按全国合并计算" in said
    assert entry.concerned(r, entry.CONCERNED["proposed"]).empty
    assert set(entry.concerned(r, entry.CONCERNED["warned"]).status) <= {"at_risk", "未报送"}


def test_regions_without_bases_and_hostile_names(small_rounds):
    r = load_round(small_rounds[1], previous=small_rounds[0])
    found = shown("00_national", r)
    markdown = "".join(one.data for one in found if hasattr(one, "_repr_markdown_"))
    assert "<b>" not in markdown and "&#60;b&#62;丁" in markdown
    assert "东部参评示范基地不多于3家，不计后3位" in markdown
    assert "中部" in table(found, "leaders") and "西部" in table(found, "tiers")
    assert figures.growth(r.region_change).axes


def test_the_entry_page_counts_what_the_round_holds(evaluation):
    counts = entry.counts(evaluation)
    assert counts["应报（家）"] == counts["参评（家）"] + counts["无可用报送（家）"] == len(evaluation.roster)
    assert counts["已报（家）"] == counts["应报（家）"] - counts["无可用报送（家）"]
    proposed, warned, better = (entry.concerned(evaluation, statuses) for statuses in entry.CONCERNED.values())
    revoked = proposed[proposed.status == "revoke"]
    assert (revoked.margin < 0).all() and revoked.margin.is_monotonic_increasing and revoked.index.size
    assert len(revoked) == (evaluation.watchlist.status == "revoke").sum() == entry.results(evaluation)["建议取消"]
    assert proposed.status.tolist()[: len(revoked)] == ["revoke"] * len(revoked), "what is worst stands first"
    listed = [*proposed.base_id, *warned.base_id, *better.base_id]
    assert len(listed) == len(set(listed)) == (~evaluation.watchlist.status.isin(["ok", "left_roster"])).sum()
    silent = dict(zip(evaluation.not_submitted.name, evaluation.not_submitted.received))
    assert "已报送，被退回" in set(warned.status[warned.name.isin(silent)]), "what came of it is said"
    progress = national.progress(evaluation.roster, evaluation.bases, evaluation.not_submitted, evaluation.issues)
    lacking = progress.listed - progress.scored
    assert (lacking == progress[["returned", "unmatched", "absent"]].sum(axis=1)).all()
    assert lacking.is_monotonic_decreasing and progress.listed.sum() == len(evaluation.roster)


def test_what_has_changed_since_the_last_run_is_told(evaluation):
    now = {
        "year": 2027,
        "rounds": {"2027": {"files": {"a.xlsx": "1", "b.xlsx": "2"}}},
        "scheme": {"sha256": "s"},
        "code": {},
        "standing": entry.standing(evaluation),
        "run": {"finished": "2027-11-27T01:30:00+08:00"},
    }
    assert entry.changed(evaluation, changes({"pages": []}, now)) == ["本次为首次生成，没有此前的结果可比。"]
    assert entry.changed(evaluation, changes(now, now))[1:] == ["报送文件、评分方案和结果均没有变化。"]
    before = now | {"rounds": {"2027": {"files": {"a.xlsx": "0", "c.xlsx": "2"}}}, "scheme": {"sha256": "t"}}
    base = evaluation.scores.iloc[0]
    before["standing"] = {**now["standing"], base.base_id: ["别的档次", "at_risk"], "B999": ["成效初显", "ok"]}
    said = entry.changed(evaluation, changes(before, now))
    assert said[0] == "上次生成：2027年11月27日01:30。"
    assert said[1:3] == ["输入文件：新增1个（b.xlsx）；更新1个（a.xlsx）；减少1个（c.xlsx）。", "评分方案有改动。"]
    assert said[3] == f"档次有变化1家：{base['name']}：别的档次→{base.tier}。"
    assert said[4].startswith(f"结论有变化1家：{base['name']}：本次后3位→")
    assert said[5] == "移出名单1家：B999。"
