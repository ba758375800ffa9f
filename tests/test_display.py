"""Tables at the prompt: Chinese on the screen, the plain frame underneath, and nothing that is not so."""

import re

import lxml.html
import numpy as np
import pandas as pd
import pytest

from ecanalysis.form.words import TABLE_NAMES
from ecanalysis.presenting.display import Readable, in_chinese, show
from ecanalysis.presenting.formats import inline
from ecanalysis.rounds.schemas import COLUMNS


def cells(html: str) -> list[list[str]]:
    """The rows of a table as texts, headings first."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


@pytest.mark.parametrize("name", [*TABLE_NAMES, "reported"])
def test_every_table_is_shown_in_chinese(evaluation, name):
    table = getattr(evaluation, name)
    assert isinstance(table, Readable)
    head, *rows = cells(table._repr_html_())
    assert len(head) == len(table.columns)
    assert not [heading for heading in head if re.search(r"[A-Za-z_]", heading)]
    assert len(rows) == (len(table) if len(table) <= 60 else 21)
    assert f"{len(table)} 行" in table._repr_html_()


def test_a_base_explained_is_shown_in_chinese(evaluation):
    [head, *rows] = cells(evaluation.explain(evaluation.scores.base_id.iloc[0])._repr_html_())
    assert not [heading for heading in head if re.search(r"[A-Za-z_]", heading)]
    assert not {"policy", "service", "influence"} & {cell for row in rows for cell in row}


def test_no_two_columns_of_a_table_share_a_heading(evaluation):
    for name in TABLE_NAMES:
        head, *_ = cells(getattr(evaluation, name)._repr_html_())
        assert len(head) == len(set(head)), name


SHOWN = [
    ({"code": ["C01"], "value": [1.0]}, {"指标": "C01 专项政策", "填报值": "是"}),
    ({"code": ["C01"], "value": [0.0]}, {"填报值": "否"}),
    ({"code": ["C01"], "value": [np.nan]}, {"填报值": "—"}),
    ({"code": ["C04"], "value": [12000.0]}, {"填报值": "12,000人次"}),
    ({"code": ["C15"], "value": [-3.25]}, {"填报值": "−3.25%"}),
    ({"code": ["A2"], "value": [0.1 + 0.2]}, {"填报值": "0.3亿元"}),
    ({"code": ["C03_operator"], "value": [np.nan], "text": ["民营企业"]}, {"填报值": "民营企业", "选项": "民营企业"}),
    ({"code": ["L"]}, {"指标": "直播电商"}),
    ({"code": [""]}, {"指标": ""}),
    ({"features": ["I;L"]}, {"特色": "产业电商、直播电商"}),
    ({"features": [""]}, {"特色": ""}),
    ({"bottom_three": [1], "gated": [0]}, {"后3位": "是", "一票否决": "否"}),
    ({"bottom_three": pd.array([pd.NA], "Int64")}, {"后3位": "—"}),
    ({"region": ["西"], "kind": ["集聚区"]}, {"区域": "西部（含东北）", "类别": "集聚区"}),
    ({"kind": ["blank_word"], "severity": ["warning"]}, {"问题": "以“无”“/”代替数字", "程度": "提示"}),
    ({"status": ["revoke"]}, {"状态": "建议取消示范资格"}),
    ({"status": ["rejected"]}, {"状态": "退回"}),
    ({"total": [66.4117], "rank": [3]}, {"总分": "66.4", "区域名次": "3"}),
    ({"p_bottom_three": [0.156]}, {"处于后3位的概率": "15.6%"}),
    ({"total": [np.nan]}, {"总分": "—"}),
    ({"another": ["x"]}, {"another": "x"}),
]


@pytest.mark.parametrize("given, expected", SHOWN, ids=[str(list(given)) for given, _ in SHOWN])
def test_what_a_cell_becomes(given, expected):
    shown = in_chinese(pd.DataFrame(given)).iloc[0].to_dict()
    assert {heading: shown[heading] for heading in expected} == expected


DERIVED = [
    (pd.DataFrame({"region": ["东"], "bottom_three": [0.25]}), "0.25"),  # a mean of flags is no 是
    (pd.DataFrame({"code": ["C01"], "value": [0.5]}), "0.5000"),
    (pd.DataFrame({"code": ["C01"], "value": [7.0]}), "7"),
    (pd.DataFrame({"code": ["C04"], "value": ["typed over"]}), "typed over"),
    (pd.DataFrame({"p_bottom_three": [12.0]}), "12"),
    (pd.DataFrame({"value": [1.0]}), "1"),
    (pd.DataFrame({"x": [[1, 2]]}), "[1, 2]"),
    (pd.DataFrame([[1, 2]], columns=["total", "total"]), "2"),
    (pd.DataFrame({"total": [1.5]}, index=["甲"]), "甲"),
    (pd.DataFrame({"total": [1.5]}, index=pd.Index(["中"], name="region")), "中部"),
    (pd.DataFrame({"name": ["<script>alert(1)</script>"]}), "&lt;script&gt;"),
    (pd.DataFrame({"<b>": ["x"]}), "&lt;b&gt;"),
    (pd.DataFrame({"base_id": []}), "编号"),
    (pd.DataFrame(), "0 行"),
    (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("total", "mean")])), "mean"),
]


@pytest.mark.parametrize("frame, expected", DERIVED, ids=[expected for _, expected in DERIVED])
def test_derived_tables_are_shown_as_what_they_are(frame, expected):
    html = Readable(frame)._repr_html_()
    assert expected in html
    assert "<script>" not in html and "<b>" not in html


def test_underneath_stays_the_plain_frame(evaluation):
    scores = evaluation.scores
    plain = pd.DataFrame(scores)
    assert type(plain) is pd.DataFrame
    pd.testing.assert_frame_equal(plain, pd.DataFrame(evaluation.scores.copy()))
    assert isinstance(scores.head(), Readable) and isinstance(scores[["total"]], Readable)
    assert isinstance(scores.sort_values("total"), Readable) and isinstance(scores.merge(scores), Readable)
    assert isinstance(scores.groupby("region")[["total"]].mean(), Readable)
    assert scores.to_csv() == plain.to_csv()


@pytest.mark.parametrize("width", [40, 80, 300])
def test_as_text_it_is_the_plain_frame_at_one_width(evaluation, width):
    with pd.option_context("display.width", 100, "display.max_columns", 8, "display.max_rows", 20):
        plain = repr(pd.DataFrame(evaluation.scores))
    with pd.option_context("display.width", width, "display.max_columns", width // 10):
        assert repr(evaluation.scores) == plain


def test_the_same_table_is_shown_the_same(evaluation):
    assert evaluation.scores._repr_html_() == Readable(pd.DataFrame(evaluation.scores))._repr_html_()


def test_long_tables_show_both_ends(evaluation):
    _, *rows = cells(evaluation.values._repr_html_())
    assert "中间略去" in rows[10][0] and "display.max_rows = None" in rows[10][0]
    with pd.option_context("display.max_rows", None):
        assert evaluation.scores._repr_html_().count("<tr>") == len(evaluation.scores) + 1
    assert rows[0][0] == evaluation.values.base_id.iloc[0]
    assert rows[-1][0] == evaluation.values.base_id.iloc[-1]


def test_headings_are_chinese():
    assert not [
        heading for heading in [column.heading for column in COLUMNS.values()] if re.search(r"[A-Za-z_]", heading)
    ]


# --- how the columns of a table are set ------------------------------------------------------------------


def looks(frame: pd.DataFrame) -> list[str]:
    """The class of each column of a shown table."""
    first, row = re.search(r"<tbody(?: class=(\w+))?><tr>(.*?)</tr>", show(frame, "one", "表").data).groups()
    return [first or "", *re.findall(r"<td(?: class=(\w+))?>", row)]


def test_a_name_in_a_note_is_read_as_it_was_written():
    note = f"见{inline('<b>/a.b[c](#d)')}"
    page = lxml.html.fromstring(show(pd.DataFrame({"名次": [1]}), "one", "表", note=note).data)
    assert page.find_class("note")[0].text_content() == "见<b>/a.b[c](#d)" and not page.xpath("//a | //b")


def test_figures_stand_right_and_names_stay_whole():
    frame = pd.DataFrame(
        {"名次": [1], "基地": ["示例·郑州数字经济产业园"], "总分": ["71.25"], "依据": ["连续两次" * 9]}
    )
    assert looks(frame) == ["short", "short", "number", "text"], "what heads a row is read as words"
    assert looks(frame[["基地", "总分"]]) == ["short", "number"]


def test_many_columns_may_break_so_that_the_table_fits_the_page():
    cells = {f"第{place}列": ["14.31万人次（162）"] for place in range(4)}
    assert looks(pd.DataFrame({"基地": ["甲园"]} | cells)) == ["short"] * 5
    crowded = {f"第{place}列": ["14.31万人次（162）"] for place in range(7)}
    assert "" in looks(pd.DataFrame({"基地": ["甲园"]} | crowded))


def test_every_table_finds_room_on_a_screen(evaluation):
    """What finds none is named, and shown to those who ask for it."""
    for name in TABLE_NAMES:
        assert "屏幕放不下" not in getattr(evaluation, name)._repr_html_(), name
    explained = evaluation.explain(evaluation.scores.base_id.iloc[0])
    assert re.search("屏幕放不下的 . 列略去：所属、界值范围、界值家数", shown := explained._repr_html_())
    assert "界值范围</th>" not in shown and "下界</th>" in shown
    with pd.option_context("display.max_columns", None):
        assert "屏幕放不下" not in explained._repr_html_() and "界值范围</th>" in explained._repr_html_()


def test_columns_that_a_merge_told_apart_are_shown_as_what_they_are():
    table = Readable({"base_id": ["B1"], "total_现行": [11.2307], "total_x": [3.0], "total_own": [1.25]})
    assert list(in_chinese(table).iloc[0]) == ["B1", "11.2", "3.0", "1.25"]
    assert list(in_chinese(table).columns) == ["编号", "总分（现行）", "总分（x）", "total_own"]
