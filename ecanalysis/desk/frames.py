"""The tables of the widget: the ranking under a tried scheme, the points of a base, two bases compared.

Takes and returns frames, with columns whose headings `show` knows.
"""

import pandas as pd

from ecanalysis.form.words import SHORT_REGION_NAMES, STATE_NAMES
from ecanalysis.presenting.display import in_chinese, written
from ecanalysis.presenting.feedback import places
from ecanalysis.presenting.formats import number, signed

COMPARED = [
    *("name", "province", "region", "kind", "features", "total", "general", "special"),
    *("rank", "tier", "missing"),
]
NOT_CHOSEN = "未选报"  # a feature the base did not submit


def ranking(outcome: pd.DataFrame) -> pd.DataFrame:
    """All bases under the tried scheme, with the changes from the scheme in force (`tier_before` is blank if equal).

    `outcome`: the result of `what_if.moved`.
    """
    moved = outcome.tier != outcome.tier_before
    ranks = outcome.round({"rank_p05": 0, "rank_p95": 0})
    return outcome.assign(
        region=outcome.region.map(SHORT_REGION_NAMES),
        rank_range=written(ranks, "rank_p05") + "—" + written(ranks, "rank_p95"),
        tier_before=outcome.tier_before.where(moved, ""),
        bottom_three=outcome.bottom_three.map({1: "是", 0: ""}),
    )[
        ["base_id", "name", "region", "kind", "total", "total_change", "rank", "rank_change", "rank_range", "tier",
         "tier_before", "bottom_three", "p_tried", "p_in_force", "features"]
    ]  # fmt: skip


def compared(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Two bases' rows of `scores` as columns 甲 and 乙, with one row for each of COMPARED (项目)."""
    both = in_chinese(pd.concat([first, second])[COMPARED]).T
    both.columns = ["甲", "乙"]
    return both.rename_axis("项目").reset_index()


def side_by_side(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The points of two bases (`explain.explain`) as 甲 and 乙, one row per field, the largest difference first."""
    both = _told(first).merge(_told(second), on="code", how="outer", suffixes=("_1", "_2"))
    both["difference"] = both.points_1.fillna(0) - both.points_2.fillna(0)
    both = both.sort_values("difference", key=abs, ascending=False, kind="stable").fillna(
        {"answer_1": NOT_CHOSEN, "answer_2": NOT_CHOSEN, "of_1": NOT_CHOSEN, "of_2": NOT_CHOSEN}
    )
    headings = {"answer_1": "甲填报", "of_1": "甲得分", "answer_2": "乙填报", "of_2": "乙得分"}
    return both.rename(columns=headings)[["code", *headings.values(), "difference"]]


def _told(explained: pd.DataFrame) -> pd.DataFrame:
    of = written(explained, "points") + "／" + written(explained, "max_points")
    return explained[["code", "points"]].assign(answer=answers(explained), of=of)


def points_and_cells(explained: pd.DataFrame) -> pd.DataFrame:
    """The points of a base by field, with the cell of each value (and the file, if there are several)."""
    shown = explained.assign(
        value=answers(explained), place=places(explained), gap=[signed(points, 2, "") for points in explained.gap]
    ).rename(columns={"gap": "比区域中位数"})
    columns = ["code", "value", "normalised", "points", "max_points", "比区域中位数", "raw", "place"]
    return shown[[*columns, "file"] if len(sources(explained)) > 1 else columns]


def answers(explained: pd.DataFrame) -> pd.Series:
    """A base's answers as text: the value with its unit, or why there is none (未填, 读不出)."""
    return written(explained, "value").where(explained.state == "", explained.state.map(STATE_NAMES))


def sources(explained: pd.DataFrame) -> list[str]:
    """The files that contain a base's values."""
    return [file for file in explained.file.unique() if file]


def card_title(row: pd.DataFrame, explained: pd.DataFrame) -> str:
    """The title of a base's points: its name, total and tier, and its file if there is only one."""
    [base] = row.itertuples()
    files = sources(explained)
    where = f"；出自 {files[0]}" if len(files) == 1 else ""
    return f"{base.name}：逐项得分与出处（总分{number(base.total, 2)}，{base.tier}{where}）"
