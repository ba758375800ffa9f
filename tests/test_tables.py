"""What all tables share: how their columns are set."""

import re

import pandas as pd

from ecanalysis.presenting import tables


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
