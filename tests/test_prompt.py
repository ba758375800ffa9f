"""What a person meets at the prompt: a summary, completion, near names, and errors that are the real ones."""

import copy
import re
import warnings
from dataclasses import replace

import pandas as pd
import pytest
import seaborn
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import ecanalysis as ec
from ecanalysis.errors import UserError
from ecanalysis.evaluation import Evaluation
from ecanalysis.form.words import TABLE_NAMES
from ecanalysis.presenting import mistyped


def test_an_evaluation_introduces_itself(evaluation):
    said = repr(evaluation)
    assert said.startswith(f"{evaluation.year} 年轮次：参评 {len(evaluation.scores)} 家")
    assert all(name in said for name in TABLE_NAMES)
    assert "此前轮次：2025" in said and "/" not in said
    assert "此前轮次：无" in repr(evaluation.previous) and "不同" not in said and "不计" not in said
    tried = repr(evaluation.without("gated").under(missing="region_median"))
    assert f"不计 {evaluation.scores.gated.sum()} 家" in tried
    assert "与默认方案不同：未填项：未填记0分→未填取区域中位数\n" in tried


def test_tab_offers_tables_and_verbs(evaluation):
    shell = InteractiveShell.instance()
    shell.user_ns["r"] = evaluation
    with provisionalcompleter():
        offered = {one.text.lstrip(".") for one in shell.Completer.completions("r.", 2)}
    assert {*TABLE_NAMES, "base", "explain", "where", "under", "to_excel", "export", "previous", "year"} <= offered
    with provisionalcompleter():
        columns = {one.text.lstrip(".") for one in shell.Completer.completions("r.scores.", 9)}
    assert {"total", "tier", "groupby", "sort_values"} <= columns


@pytest.mark.parametrize("typed, near", [("score", "scores"), ("watch_list", "watchlist"), ("explane", "explain")])
def test_a_wrong_name_is_answered_with_near_ones(evaluation, typed, near):
    with pytest.raises(AttributeError, match=f"没有“{typed}”（最接近的是 .*{near}"):
        getattr(evaluation, typed)


def test_a_name_like_nothing_is_answered_too(evaluation):
    with pytest.raises(AttributeError, match=r"没有“qqqq”$"):
        evaluation.qqqq  # noqa: B018
    assert not hasattr(evaluation, "_repr_png_")


def test_an_error_inside_a_table_is_not_taken_for_a_wrong_name(evaluation):
    broken = replace(evaluation, scheme=None)
    with pytest.raises(AttributeError, match="NoneType"):
        broken.scores  # noqa: B018


def test_an_evaluation_can_be_copied(evaluation):
    assert copy.copy(evaluation).scores.equals(evaluation.scores)


def test_what_is_done_to_a_table_leaves_the_round_as_it_is(small):
    """Whatever an analyst writes to a table they were given, the next who asks is given what the round says."""
    named = [name for name in vars(Evaluation) if not name.startswith("_")]
    tables = {name: found for name in named if isinstance(found := getattr(small, name), pd.DataFrame)}
    assert {*TABLE_NAMES} <= tables.keys()
    for name, given in tables.items():
        before = pd.DataFrame(given).copy()
        given["own"] = 1
        given.iloc[:, 0] = None
        given.columns = range(given.shape[1])
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(small, name)), before, obj=name)


def test_what_is_written_to_a_table_that_nobody_holds_is_told(small):
    with pytest.warns(UserWarning, match="“own”没有写入.*先存成自己的表"):
        small.scores["own"] = 1
    assert "own" not in small.scores
    with warnings.catch_warnings(action="error"):
        held = small.scores
        held["own"] = 1
        assert held.assign(twice=2).own.sum() == len(held)


@pytest.mark.parametrize(
    "table, column, word, code",
    [
        ("scores", "region", "东部", "东"),
        ("scores", "region", "西部", "西"),
        ("scores", "bottom_three", "是", 1),
        ("watchlist", "status", "建议取消示范资格", "revoke"),
        ("watchlist", "status", "本次后3位", "at_risk"),
        ("values", "code", "电子商务从业人员", "C17"),
        ("values", "code", "C17 电子商务从业人员", "C17"),
        ("issues", "kind", "填了约数", "approximate"),
        ("scores", "kind", "示范基地", "示范基地"),
    ],
)
def test_a_word_on_the_screen_means_its_code(evaluation, table, column, word, code):
    frame = getattr(evaluation, table)
    wanted = pd.Series(frame[column]).to_numpy() == code
    assert wanted.any() and not wanted.all()
    assert ((frame[column] == word) == wanted).all() and ((frame[column] != word) == ~wanted).all()
    assert (frame[column].isin([word]) == wanted).all() and frame[column].eq(word).sum() == wanted.sum()
    assert len(frame.query(f"{column} == @word")) == wanted.sum()


@pytest.mark.parametrize(
    "found",
    [
        lambda scores: scores[scores.bottom_three],
        lambda scores: scores.loc[scores.bottom_three],
        lambda scores: scores.query("bottom_three"),
        lambda scores: scores.name[scores.bottom_three],
        lambda scores: scores.drop(scores[~scores.bottom_three].index),
        lambda scores: scores[~(~scores.bottom_three | (scores.bottom_three & scores.total.isna()))],
        lambda scores: scores.name[scores.bottom_three.map({1: "后3位"}).notna()],
    ],
)
def test_a_flag_is_true_or_false_however_rows_are_asked_for(evaluation, found):
    """As numbers, rows 0 and 1 were answered over and over."""
    scores = evaluation.scores
    assert 0 < scores.bottom_three.sum() < len(scores)
    assert list(found(scores).index) == list(scores.index[scores.bottom_three == 1])


@pytest.mark.parametrize(
    "table, column, word, said",
    [
        (
            "scores",
            "region",
            "东北",
            "列 region 里没有“东北”（最接近的是 西部（含东北））；有 东部、中部、西部（含东北）",
        ),
        ("scores", "province", "折江", "列 province 里没有“折江”（最接近的是 浙江"),
        ("scores", "tier", "突出", "列 tier 里没有“突出”（最接近的是 成效突出）"),
        ("scores", "name", "绵阳直播", "列 name 里没有“绵阳直播”（最接近的是 示例·绵阳直播电商集聚区）"),
        ("values", "code", "电商从业人员", "列 code 里没有“电商从业人员”（最接近的是 C17 电子商务从业人员"),
    ],
)
def test_a_word_that_means_nothing_there_is_told(evaluation, table, column, word, said):
    with pytest.warns(UserWarning, match=re.escape(said)):
        assert not (getattr(evaluation, table)[column] == word).any()
    frame = ec.chinese(getattr(evaluation, table))
    heading = frame.columns[list(getattr(evaluation, table)).index(column)]
    with pytest.warns(UserWarning, match=re.escape(said.replace(f"列 {column}", f"列 {heading}").split("（")[0])):
        assert not (frame[heading] == word).any()


def test_a_number_as_it_is_seen_is_told_to_be_rounded(evaluation):
    total = evaluation.scores.total
    seen = round(total.iloc[0], 1)
    with pytest.warns(UserWarning, match=re.escape(f"可用 total.round(1) == {seen}")):
        assert not (total == seen).any()
    with warnings.catch_warnings(action="error"):
        assert (total == total.iloc[0]).any() and not (total == 1000.5).any()


def test_a_flag_is_a_mask(evaluation):
    scores = evaluation.scores
    flagged = scores[scores.bottom_three]
    assert set(flagged.bottom_three) == {1} and len(flagged) + len(scores[~scores.bottom_three]) == len(scores)


@pytest.mark.parametrize(
    "ask",
    [
        lambda scores: scores["总分"],
        lambda scores: scores.总分,
        lambda scores: scores[["name", "总分"]],
        lambda scores: scores.sort_values("总分"),
        lambda scores: scores.groupby("总分").size(),
        lambda scores: scores.query("总分 > 80"),
        lambda scores: scores.drop(columns="总分"),
    ],
)
def test_a_heading_is_answered_with_its_column(evaluation, ask):
    with pytest.raises((KeyError, AttributeError), match="没有列“总分”，列名为 total") as raised:
        ask(evaluation.scores)
    assert raised.value._render_traceback_() == [str(raised.value)], "the message alone"
    with pytest.raises(KeyError, match="没有列“totl”，最接近的是 total"):
        evaluation.scores["totl"]
    with pytest.raises(KeyError, match="没有列“省份”，列名为 province"):
        evaluation.scores["省份"]


def test_a_frame_in_chinese_filters_and_is_exported_as_it_is_seen(evaluation, tmp_path):
    frame = ec.chinese(evaluation.scores)
    assert (frame.区域 == "东").sum() == (frame.区域 == "东部").sum() > 0
    with pytest.raises(KeyError, match="没有列“total”，列名为 总分"):
        frame.sort_values("total")
    seen = frame[frame.后3位 & (frame.区域 == "东部")].sort_values("总分")
    assert set(seen.编号) == set(evaluation.scores.query("bottom_three == 1 and region == '东'").base_id)
    seen.to_csv(tmp_path / "seen.csv", index=False)
    assert pd.read_csv(tmp_path / "seen.csv")["总分"].tolist() == pytest.approx(seen.总分.tolist())
    for name in TABLE_NAMES:
        assert list(ec.chinese(getattr(evaluation, name)).columns), name
    assert ec.columns("总分").列名.iloc[0] == "total"


def test_a_cell_is_found_by_what_a_field_is_called(evaluation):
    base_id = evaluation.scores.base_id.iloc[0]
    by_code, by_label = evaluation.where(base_id, "C16"), evaluation.where(base_id, "快递")
    assert by_code.equals(by_label) and len(by_code) >= 1
    assert set(by_code.year.dropna()) <= {evaluation.year, evaluation.year - 1}
    assert evaluation.base(base_id).total.iloc[0] == evaluation.scores.total.iloc[0]


def test_single_settings_make_a_variant(evaluation):
    tried = evaluation.under(bottom_scope="country", missing="region_median")
    assert tried.scores.bottom_three.sum() == 3 and tried.scheme.rules["C04"].missing == "region_median"
    assert (tried.previous.scheme.bottom_scope, evaluation.scheme.bottom_scope) == ("country", "region")
    partly = evaluation.under({"bottom": {"count": 5}}, weights={"groups": {"policy": 2}}, normalisation="标准分")
    assert partly.scheme.bottom_count == 5 and partly.scheme.groups["policy"] == 0.5
    assert partly.scheme.rules["C04"].method == "z_score" and partly.scheme.quota_total == evaluation.scheme.quota_total
    assert {entry.table for entry in partly.scheme.entries if entry.source.startswith("试算")} >= {"bottom", "groups"}
    for wrong, said in (
        ({"bottom_scop": 1}, "最接近的是 bottom_scope"),
        ({"bottom_scope": "县"}, "可用：按区域（region）、按全国（country）"),
    ):
        with pytest.raises(UserError, match=said):
            evaluation.under(wrong)


@pytest.mark.parametrize("which", ["gated", "一票否决", "B012", ["绵阳直播", "B012"]])
def test_bases_are_left_out(evaluation, which):
    left = evaluation.without(which)
    gone = set(evaluation.scores.base_id) - set(left.scores.base_id)
    wanted = (
        set(evaluation.scores.base_id[evaluation.scores.gated == 1]) if which in ("gated", "一票否决") else {"B012"}
    )
    assert wanted <= gone and len(gone) == (len(which) if isinstance(which, list) else len(wanted))
    assert len(evaluation.without(evaluation.scores.head(3)).scores) == len(evaluation.scores) - 3


def test_what_cannot_be_done_is_said_with_what_can(evaluation, tmp_path):
    for ask, said in (
        (lambda: evaluation.without("gate"), r"或标记 一票否决（gated）、后3位（bottom_three）"),
        (lambda: evaluation.to_excel(tmp_path / "none" / "a.xlsx"), "文件夹不存在"),
        (lambda: ec.show(evaluation.scores), "写法：show"),
    ):
        with pytest.raises(UserError, match=said):
            ask()
    with pytest.raises(AttributeError, match="没有“load_rond”（最接近的是 load_round"):
        ec.load_rond  # noqa: B018


# What Python, pandas and seaborn say in English -> what a person is told.
MISTYPED = [
    ('r.scores.groupby("region")["总分"].mean()', "没有列“总分”，列名为 total"),
    ('r.scores.groupby("region").总分.mean()', "没有列“总分”，列名为 total"),
    ('r.scores.groupby("region").totl.mean()', "没有列“totl”，最接近的是 total"),
    ('r.scores.groupby("region").agg({"总分": "mean"})', "没有列“总分”，列名为 total"),
    ('ec.chinese(r.scores).groupby("区域").total.mean()', "没有列“total”，列名为 总分"),
    ('r.scores.loc[:, ["name", "总分"]]', "没有列“总分”，列名为 total"),
    ('r.scores.iloc[0]["总分"]', "没有列“总分”，列名为 total"),
    ('r.scores.loc["B012"]', "一家基地用 r.base(…)"),
    ('pd.DataFrame({"q1": [1], "total": [2]})[["q9", "total"]]', "没有“q9”：既不是列名"),
    ('pd.DataFrame({"q1": [1], "total": [2]})[["q9", "total"]]', "；这张表的列：q1（下四分位）、total（总分）"),
    ('pd.DataFrame({"q1": [1]}).groupby("q1")["q9"]', "；这张表的列：q1（下四分位）"),
    ('r.scores["name", "total"]', "[['name', 'total']]"),
    ("r.watchlist.province", '.merge(r.roster[["base_id", "province"]], on="base_id")'),
    ('r.watchlist.groupby("province").size()', '.merge(r.roster[["base_id", "province"]], on="base_id")'),
    ("r.scores.comprehensive", "这张表的列：base_id（编号）、name（基地）"),
    ('r.scores.merge(r.values, on="code")', "没有列“code”（指标）；有这一列的表：values"),
    ("r.scores.query(\"region = '东部'\")", "相等写作 =="),
    ('r.scores[r.scores.region == "东部" & r.scores.total > 80]', "各加括号"),
    ('r.scores[r.scores.region == "东部" and r.scores.total > 80]', "各加括号"),
    ('r.scores[r.scores.total > "80"]', "数不加引号"),
    ("r.scores[r.scores.rank > 3]", "与 pandas 自带的方法重名"),
    ('r.scores.groupby("region").mean()', "numeric_only=True"),
    ("r.scores.total.mea()", "没有“mea”（最接近的是 mean"),
    ("r.scores()", "后面不加圆括号"),
    ("r.export()", "export 缺少参数 folder"),
    ('r.scores.sort_values("total", asc=False)', "没有参数“asc”"),
    ("r.scores.iloc[500]", "没有这一行"),
    ('r.scores.to_excel("x.xls")', "文件名改为 .xlsx"),
    ("r.scores.assign(x=[1, 2])", "对不上"),
    ("sns.barplot(r.scores, x='总分', y='region')", "没有列“总分”，列名为 total"),
    ("np.mean(1)", "先运行 import numpy as np"),
    ("r.scores[r.scores.region == 东部]", "若是文字，加上引号"),
    ("r.scores（", "用了全角符号“（”"),
    ("(1", "括号“(”没有配对"),
    ("import plotly", "没有安装 plotly"),
]


@pytest.mark.parametrize("code, said", MISTYPED)
def test_what_is_mistyped_is_answered_in_chinese(evaluation, code, said):
    with pytest.raises(Exception) as raised:
        exec(code, {"r": evaluation, "ec": ec, "pd": pd, "sns": seaborn})
    assert said in (mistyped.told(raised.value) or str(raised.value))


def test_what_pandas_passes_over_is_told(evaluation):
    for ask in (
        lambda scores: scores.rename(columns={"总分": "x"}),
        lambda scores: scores.filter(["总分"]),
        lambda scores: scores.fillna({"总分": 0}),
        lambda scores: scores.isin({"总分": [1]}),
        lambda scores: ec.columns("总份"),
    ):
        with pytest.warns(UserWarning, match="没有列“总.”.*列名为 total"):
            ask(evaluation.scores)
    with warnings.catch_warnings(action="error"):
        evaluation.scores.rename(columns={"total": "x"}).filter(["x", "name"]).fillna(0).isin([1])


def test_a_shell_shows_the_sentence_and_the_line(evaluation, capsys):
    shell = InteractiveShell.instance()
    mistyped.listen()
    shell.user_ns["r"] = evaluation
    for cell, said in (
        ('own = r.scores\nown.groupby("region")["总分"]', "第2行：没有列“总分”，列名为 total\n（KeyError: 'Column not"),
        ('own = r.scores\nown["总分"]', "第2行：没有列“总分”，列名为 total"),
        ("r.scores（", "用了全角符号"),
    ):
        capsys.readouterr()
        assert not shell.run_cell(cell).success
        shown = capsys.readouterr().out
        assert said in shown and "site-packages" not in shown
    shown = shell.display_formatter.format(evaluation.scores.groupby("region").total.mean())[0]["text/html"]
    assert "西部（含东北）" in shown and "总分" in shown
    assert "text/html" not in shell.display_formatter.format(pd.Series([1.0]))[0]
    with pytest.warns(pd.errors.ChainedAssignmentError) as warned:
        evaluation.scores.loc[0, "total"] = 1
    assert "没有写入" in warnings.formatwarning(warned[0].message, UserWarning, "cell", 1)
