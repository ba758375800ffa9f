"""What the analyst's desk shows: a round under a tried scheme, a base's points, two bases side by side.

`outcome` is what `what_if.moved` gives: every base under the scheme tried and, with `_before`, under the one in force.
Sentences are safe as Markdown and as HTML: names in them are written with character references.
"""

import pandas as pd

from ecanalysis.deciding.uncertainty import monte_carlo_error
from ecanalysis.form.fields import FEATURES
from ecanalysis.presenting import tables

UNSURE = (0.05, 0.95)  # a probability between these leaves open whether a base is in the bottom three


def headline(outcome: pd.DataFrame, title: str) -> str:
    """What a tried scheme moves, in a sentence."""
    moved = int((outcome["rank"] != outcome.rank_before).sum())
    tiers = int((outcome.tier != outcome.tier_before).sum())
    entered = outcome[(outcome.bottom_three == 1) & (outcome.bottom_three_before == 0)]
    left = outcome[(outcome.bottom_three == 0) & (outcome.bottom_three_before == 1)]
    said = f"按“{tables.inline(title)}”计，{len(outcome)}家参评基地中{moved}家名次变动、{tiers}家档次变动"
    if not moved and not tiers and not len(entered) and not len(left):
        return f"按“{tables.inline(title)}”计，{len(outcome)}家参评基地的名次、档次和后3位名单均与现行方案相同。"
    if len(entered) or len(left):
        return f"{said}；后3位新增{_listed(entered)}，退出{_listed(left)}。"
    return f"{said}；后3位名单不变。"


def unflagged(few: pd.DataFrame, count: int) -> str:
    """Where nobody is in the bottom three, in a sentence; `few` as `coverage.without_bottom` gives it."""
    listed = "、".join(f"{tables.REGION_NAMES[row.region]}（{row.n}家）" for row in few.itertuples())
    return f"参评的示范基地不多于{count}家的，不认定后{count}位：{listed}。"


def firmness(outcome: pd.DataFrame) -> str:
    """How many bases the weights leave between in and out of the bottom three, now and before."""
    now, before = (
        int(outcome[column].between(*UNSURE).sum()) for column in ("p_bottom_three", "p_bottom_three_before")
    )
    return f"权重小幅变动时是否处于后3位难以确定（概率在5%—95%之间）的有{now}家，现行方案为{before}家。"


def twice(now: pd.DataFrame | None, before: pd.DataFrame | None) -> str:
    """Who is in the bottom three twice in a row, and whether the scheme in force says the same (`what_if`)."""
    if now is None or before is None:
        return "没有上一轮次，不能判断是否连续两次处于后3位。"
    who = f"连续两次处于后3位的有{len(now)}家（{_listed(now)}）" if len(now) else "没有连续两次处于后3位的示范基地"
    if set(now.base_id) == set(before.base_id):
        return f"{who}，与现行方案相同。"
    added, gone = (one[~one.base_id.isin(other.base_id)] for one, other in ((now, before), (before, now)))
    return f"{who}；与现行方案相比新增{_listed(added)}，减少{_listed(gone)}。"


def _listed(rows: pd.DataFrame) -> str:
    return "、".join(f"{base_id} {tables.inline(name)}" for base_id, name in zip(rows.base_id, rows["name"])) or "无"


def bottom_three(outcome: pd.DataFrame) -> pd.DataFrame:
    """Who is in the bottom three under the tried scheme or the one in force, how firmly, and what changed."""
    rows = outcome[(outcome.bottom_three == 1) | (outcome.bottom_three_before == 1)]
    change = {(1, 0): "新增", (0, 1): "退出", (1, 1): ""}
    return pd.DataFrame(
        {
            "区域": rows.region.map(tables.REGION_NAMES),
            "编号": rows.base_id,
            "基地": rows["name"],
            "总分": [tables.number(total, 2) for total in rows.total],
            "后3位概率": [tables.percent(share, 0) for share in rows.p_bottom_three],
            "原概率": [tables.percent(share, 0) for share in rows.p_bottom_three_before],
            "变动": [change[pair] for pair in zip(rows.bottom_three, rows.bottom_three_before)],
        }
    )


def ranking(outcome: pd.DataFrame) -> pd.DataFrame:
    """The outcome as people read it, with what moved against the scheme in force."""
    changed = outcome.tier != outcome.tier_before
    return pd.DataFrame(
        {
            "编号": outcome.base_id,
            "基地": outcome["name"],
            "区域": [f"{region}部" for region in outcome.region],
            "类别": outcome.kind,
            "总分": [tables.number(total, 2) for total in outcome.total],
            "升降": [_signed(change, 2) for change in outcome.total - outcome.total_before],
            "名次": outcome["rank"],
            "进退": [_signed(change, 0) for change in outcome.rank_before - outcome["rank"]],
            "名次区间": [f"{low:.0f}—{high:.0f}" for low, high in zip(outcome.rank_p05, outcome.rank_p95)],
            "档次": outcome.tier,
            "原档次": [before if differs else "" for before, differs in zip(outcome.tier_before, changed)],
            "后3位": ["是" if flag else "" for flag in outcome.bottom_three],
            "后3位概率": [tables.percent(share, 0) for share in outcome.p_bottom_three],
            "原概率": [tables.percent(share, 0) for share in outcome.p_bottom_three_before],
            "特色": [_features(letters) for letters in outcome.features],
        }
    )


def firmness_note(draws: int) -> str:
    """What the probabilities are, and how exact."""
    error = float(monte_carlo_error(0.5, draws))
    return (
        f"“后3位概率”为权重在所试方案附近随机抽取{draws:,}次（各权重大致在±25%以内）中处于后3位的比例，"
        f"标准误不超过{error * 100:.1f}个百分点；“原概率”为现行方案所得。"
    )


def ranking_note(draws: int) -> str:
    """How to read the ranking."""
    return (
        "“名次”为区域内名次，“升降”“进退”为总分和名次与现行方案之差，“名次区间”为同样抽取中名次的5%—95%范围。"
        + firmness_note(draws)
    )


def compared(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Two bases' rows of `scores` (甲 and 乙), as people compare them."""
    both = [one.iloc[0] for one in (first, second)]
    rows = [
        ("基地", *(row["name"] for row in both)),
        ("省份", *(row.province for row in both)),
        ("区域", *(tables.REGION_NAMES[row.region] for row in both)),
        ("类别", *(row.kind for row in both)),
        ("特色", *(_features(row.features) or "未选报" for row in both)),
        ("总分", *(tables.number(row.total, 2) for row in both)),
        ("综合指标得分", *(tables.number(row.general, 2) for row in both)),
        ("专项指标得分", *(tables.number(row.special, 2) for row in both)),
        ("区域名次", *(str(row["rank"]) for row in both)),
        ("档次", *(row.tier for row in both)),
        ("缺报项数", *(str(row.missing) for row in both)),
    ]
    return pd.DataFrame(rows, columns=["", "甲", "乙"])


def side_by_side(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Two bases' explained points (see `explain.explain`), 甲 and 乙, largest difference first."""
    columns = ["code", "value", "state", "points", "max_points"]
    both = first[columns].merge(second[columns], on="code", how="outer", suffixes=("_1", "_2"))
    both["difference"] = both.points_1.fillna(0) - both.points_2.fillna(0)
    both = both.sort_values("difference", key=abs, ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "指标": [tables.label(code) for code in both.code],
            "甲填报": _answers(both.code, both.value_1, both.state_1),
            "甲得分": [_of(points, most) for points, most in zip(both.points_1, both.max_points_1)],
            "乙填报": _answers(both.code, both.value_2, both.state_2),
            "乙得分": [_of(points, most) for points, most in zip(both.points_2, both.max_points_2)],
            "甲比乙": [_signed(difference, 2) for difference in both.difference],
        }
    )


def side_note(first: pd.DataFrame, second: pd.DataFrame) -> str:
    """What must be known to read two bases of different regions side by side; "" for two of the same."""
    if first.region.iloc[0] == second.region.iloc[0]:
        return ""
    return "两家不在同一区域：各按本区域的界值计分，同样的填报值得分可以不同，名次也不能直接相比。"


def points_and_cells(explained: pd.DataFrame) -> pd.DataFrame:
    """One base's points, field by field, with the cell each value came from (and the file, where there are several)."""
    shown = pd.DataFrame(
        {
            "指标": [tables.label(code) for code in explained.code],
            "填报值": _answers(explained.code, explained.value, explained.state),
            "归一值": [tables.number(u, 3) for u in explained.normalised],
            "得分": [_of(points, most) for points, most in zip(explained.points, explained.max_points)],
            "比区域中位数": [_signed(gap, 2) for gap in explained.gap],
            "原文": explained.raw,
            "位置": [f"{sheet}!{cell}" if cell else "" for sheet, cell in zip(explained.sheet, explained.cell)],
            "文件": explained.file,
        }
    )
    return shown if len(sources(explained)) > 1 else shown.drop(columns="文件")


def sources(explained: pd.DataFrame) -> list[str]:
    """The files a base's values came from."""
    return [file for file in explained.file.unique() if file]


def card_title(row: pd.DataFrame, explained: pd.DataFrame) -> str:
    """What heads a base's points: its name, total and tier, and its file where there is one."""
    [base] = row.itertuples()
    files = sources(explained)
    where = f"；出自 {files[0]}" if len(files) == 1 else ""
    return f"{base.name}：逐项得分与出处（总分{tables.number(base.total, 2)}，{base.tier}{where}）"


def _features(letters: str) -> str:
    return "、".join(FEATURES[letter].removesuffix("电商") for letter in letters.split(";") if letter)


def _answers(codes: pd.Series, values: pd.Series, states: pd.Series) -> list[str]:
    instead = {"missing": "缺报", "unreadable": "读不出"}
    return [instead.get(state) or tables.answer(code, value) for code, value, state in zip(codes, values, states)]


def _signed(change: float, decimals: int) -> str:
    if pd.isna(change):
        return tables.MISSING
    return "0" if round(change, decimals) == 0 else f"{change:+,.{decimals}f}"


def _of(points: float, most: float) -> str:
    return "未选报" if pd.isna(points) else f"{points:.2f}／{most:.2f}"
