"""What the analyst's desk shows: a round under a tried scheme, a base's points, two bases side by side."""

import pandas as pd

from ecanalysis import tables
from ecanalysis.form import FEATURES
from ecanalysis.robustness import monte_carlo_error


def headline(outcome: pd.DataFrame, scheme_title: str) -> str:
    """What a tried scheme moves, in a sentence."""
    moved = int((outcome["rank"] != outcome.rank_before).sum())
    tiers = int((outcome.tier != outcome.tier_before).sum())
    entered = outcome[(outcome.bottom_three == 1) & (outcome.bottom_three_before == 0)]
    left = outcome[(outcome.bottom_three == 0) & (outcome.bottom_three_before == 1)]
    said = f"按“{scheme_title}”计，{len(outcome)} 家参评基地中 {moved} 家名次变动、{tiers} 家档次变动"
    if len(entered) or len(left):
        said += f"；后3位新增 {_listed(entered)}，退出 {_listed(left)}"
    else:
        said += "；各区域后3位名单不变"
    return said + "。"


def _listed(rows: pd.DataFrame) -> str:
    return "、".join(f"{base_id} {name}" for base_id, name in zip(rows.base_id, rows["name"])) or "无"


def ranking(outcome: pd.DataFrame) -> pd.DataFrame:
    """The outcome of `what_if.outcome` as people read it, with what moved against the scheme in force."""
    return pd.DataFrame(
        {
            "编号": outcome.base_id,
            "基地": outcome["name"],
            "区域": outcome.region.map(tables.REGION_NAMES),
            "类别": outcome.kind,
            "特色": [_features(letters) for letters in outcome.features],
            "总分": [tables.number(total, 2) for total in outcome.total],
            "分数变动": [_signed(change, 2) for change in outcome.total - outcome.total_before],
            "区域名次": outcome["rank"],
            "名次变动": [_signed(change, 0) for change in outcome.rank_before - outcome["rank"]],
            "档次": outcome.tier,
            "原档次": outcome.tier_before,
            "后3位": ["是" if flag else "" for flag in outcome.bottom_three],
            "后3位概率": [tables.percent(share, 0) for share in outcome.p_bottom_three],
        }
    )


def firmness_note(draws: int) -> str:
    """What the probabilities in the ranking are, and how exact."""
    error = float(monte_carlo_error(0.5, draws))
    return (
        f"“后3位概率”为权重在所试方案附近随机抽取 {draws:,} 次（各权重大致在±25%以内）中处于后3位的比例，"
        f"抽样误差不超过 ±{error * 100:.1f} 个百分点。"
    )


def side_by_side(first: pd.DataFrame, second: pd.DataFrame, names: tuple[str, str]) -> pd.DataFrame:
    """Two bases' explained points (see `explain.explain`) beside each other, largest difference first."""
    columns = ["code", "value", "points", "max_points"]
    both = first[columns].merge(second[columns], on="code", how="outer", suffixes=("_1", "_2"))
    both["difference"] = both.points_1.fillna(0) - both.points_2.fillna(0)
    both = both.sort_values("difference", key=abs, ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "指标": [tables.label(code) for code in both.code],
            f"{names[0]}：填报值": [tables.answer(code, value) for code, value in zip(both.code, both.value_1)],
            f"{names[0]}：得分": [_of(points, most) for points, most in zip(both.points_1, both.max_points_1)],
            f"{names[1]}：填报值": [tables.answer(code, value) for code, value in zip(both.code, both.value_2)],
            f"{names[1]}：得分": [_of(points, most) for points, most in zip(both.points_2, both.max_points_2)],
            "得分差": [_signed(difference, 2) for difference in both.difference],
        }
    )


def points_and_cells(explained: pd.DataFrame) -> pd.DataFrame:
    """One base's points, field by field, with the cell each value came from."""
    return pd.DataFrame(
        {
            "指标": [tables.label(code) for code in explained.code],
            "填报值": [tables.answer(code, value) for code, value in zip(explained.code, explained.value)],
            "归一值": [tables.number(u, 3) for u in explained.normalised],
            "得分": [_of(points, most) for points, most in zip(explained.points, explained.max_points)],
            "与区域中位数相比": [_signed(gap, 2) for gap in explained.gap],
            "原文": explained.raw,
            "文件": explained.file,
            "位置": [f"{sheet}!{cell}" if cell else "" for sheet, cell in zip(explained.sheet, explained.cell)],
        }
    )


def _features(letters: str) -> str:
    return "、".join(FEATURES[letter] for letter in letters.split(";") if letter)


def _signed(change: float, decimals: int) -> str:
    if pd.isna(change):
        return tables.MISSING
    return "0" if round(change, decimals) == 0 else f"{change:+,.{decimals}f}"


def _of(points: float, most: float) -> str:
    return "未选报" if pd.isna(points) else f"{points:.2f} / {most:.2f}"
