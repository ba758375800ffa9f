"""What all tables share: how their columns are set."""

import re

import pandas as pd
import pytest

from ecanalysis.presenting import tables
from ecanalysis.presenting.tables import change


def looks(frame: pd.DataFrame) -> list[str]:
    """The class of each column of a shown table."""
    first, row = re.search(r"<tbody(?: class=(\w+))?><tr>(.*?)</tr>", tables.show(frame, 1, "表").data).groups()
    return [first or "", *re.findall(r"<td(?: class=(\w+))?>", row)]


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


@pytest.mark.parametrize(
    "changes, said",
    [
        ([10, 5], "可以合计的2项数量、金额指标的合计数全部增长。"),
        ([-1, -2], "可以合计的2项数量、金额指标的合计数全部下降。"),
        ([3, -2, 0], "可以合计的3项数量、金额指标中，合计数1项增长、1项下降、1项持平。"),
        ([], "没有可以合计比较的数量、金额指标。"),
    ],
)
def test_what_rose_and_fell_is_said_without_counting_nothing(changes, said):
    assert change._up_and_down(pd.DataFrame({"change_pct": changes}, dtype=float)) == said


def test_movers_stand_as_in_their_cells():
    row = {"base_id": "B1", "name": "甲园", "region": "西", "code": "C16", "value": 324700000.0, "source": "reported",
           "base_period_value": 206800000.0, "change": 117900000.0, "change_pct": 57.0, "file": "湖北/甲.xlsx",
           "sheet": "报告表", "cell": "G32", "base_period_cell": "H32"}  # fmt: skip
    shown = change.movers(pd.DataFrame([row]))
    assert shown.iloc[0].tolist() == [
        "甲园", "B1", "西部", "206,800,000", "324,700,000", "+117,900,000", "+57.0%", "湖北/甲.xlsx 报告表!G32、H32"
    ]  # fmt: skip
    assert change.movers(pd.DataFrame([row]), fields=True)["指标"].tolist() == ["C16 带动快递业务量（件）"]
