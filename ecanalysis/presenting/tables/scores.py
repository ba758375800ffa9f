"""Tables and sentences on the scores of a round: distribution, tiers, league tables, what separates top from bottom.

`r` is an evaluation as `load_round` gives it.
"""

import pandas as pd

from ecanalysis.comparing import regions
from ecanalysis.deciding import compare, coverage
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.presenting import schemes
from ecanalysis.presenting.tables import KINDS, MISSING, REGION_NAMES, REGIONS, label, number, percent

DEMONSTRATION = KINDS[0]
NATION = "全国"
NAMED = 5  # more names than this are left to the table


def source(r) -> str:
    """The line below a figure."""
    return f"数据来源：各基地报送的{r.year}年报告表；评分方案：{r.scheme.title}"


def headline(r) -> str:
    """要点: what the scores say, each finding in a sentence or two."""
    if not len(r.scores):
        return "- 本轮没有参评基地，没有得分可说。"
    points = [_spread(r), _tiers(r), _apart(r), _near(r), _complete(r)]
    return "\n".join(f"- {point}" for point in points if point)


def _spread(r) -> str:
    scores = r.scores
    medians = scores.groupby("region")["total"].median().reindex(REGIONS).dropna()
    said = "、".join(f"{REGION_NAMES[region]}{number(value, 1)}分" for region, value in medians.items())
    return (
        f"参评{len(scores)}家，总分在{number(scores.total.min(), 1)}分至{number(scores.total.max(), 1)}分之间，"
        f"中位数{number(scores.total.median(), 1)}分（综合{number(scores.general.median(), 1)}分，"
        f"专项{number(scores.special.median(), 1)}分）。各区域中位数：{said}；"
        "得分只在区域内可比，区域之间不宜直接比高低。"
    )


def _tiers(r) -> str:
    counts = r.scores.tier.value_counts().reindex(r.scheme.tier_names, fill_value=0)
    said = "，".join(f"“{tier}”{count}家" for tier, count in counts.items())
    gated = int(r.scores.gated.sum())
    more = f"，其中因一票否决列入末档{gated}家" if gated else ""
    word = "（暂定）" if r.scheme.assumes("tier_cuts", "gate") else ""
    return f"分档结果：{said}{more}。分档办法{word}：{schemes.cuts(r.scheme)}。"


def _apart(r) -> str:
    table = compare.separation(r.points, r.scores, r.scheme).dropna()
    if table.empty:
        return ""
    first = table.sort_values("difference", ascending=False).head(3)
    said = "、".join(f"{item(row.item)}（{number(row.difference, 1)}分）" for row in first.itertuples())
    best, last = r.scheme.tier_names[0], r.scheme.tier_names[-1]
    whole = table.difference.sum()
    return f"“{best}”与“{last}”平均相差{number(whole, 1)}分，拉开差距最多的是{said}。"


def _near(r) -> str:
    margins = coverage.margins(r.scores, r.points, r.scheme)
    near = margins[(margins.to_better <= 1) | (margins.to_worse <= 1)]
    if near.empty:
        return "没有基地距分档界线在1分以内。"
    return f"距分档界线1分以内的有{len(near)}家，单项指标的一次核实即可能改变其档次，名单见表3。"


def _complete(r) -> str:
    lacking = r.scores[r.scores.missing > 0]
    gates = coverage.unanswered_gates(r.reported, r.bases)
    said = f"有缺报项的{len(lacking)}家，合计缺报{int(r.scores.missing.sum())}项；"
    gate = f"C10、C11未作答、必须补正的{len(gates)}家。" if len(gates) else "C10、C11均已作答。"
    return said + gate


def gap(value: float) -> str:
    """A distance in points: two decimals, more where it would look like none.

    >>> gap(1.234), gap(0.0016), gap(0.0), gap(float("nan"))
    ('1.23', '0.0016', '0.00', '—')
    """
    return number(value, 4 if 0 < abs(value) < 0.01 else 2)


def bound(value: float) -> str:
    """A bound in the field's own unit: two decimals, none where it is large.

    >>> bound(1.234), bound(2285949.99)
    ('1.23', '2,285,950')
    """
    return number(value, 0 if abs(value) >= 1000 else 2)


def item(code: str) -> str:
    """An item as people call it: C10 for both its fields, a letter for a feature.

    >>> item("C17"), item("C10"), item("L")
    ('C17 电子商务从业人员', 'C10 重特大突发事故', '专项：直播电商')
    """
    if code in FEATURES:
        return f"专项：{FEATURES[code]}"
    return label(code) if code in FIELDS else "C10 重特大突发事故"


def totals_by_group(r) -> pd.DataFrame:
    """表1: how totals spread, by region and kind; medians of both parts beside them."""
    rows = []
    for region in [NATION, *REGIONS]:
        for kind in ["合计", *KINDS]:
            part = r.scores if region == NATION else r.scores[r.scores.region == region]
            part = part if kind == "合计" else part[part.kind == kind]
            spread = part.total.quantile([0, 0.25, 0.5, 0.75, 1]) if len(part) else pd.Series([float("nan")] * 5)
            low, q1, median, q3, high = (number(value, 1) for value in spread)
            halves = [number(part[column].median(), 1) for column in ("general", "special")]
            rows.append((REGION_NAMES[region], kind, len(part), *halves, median, q1, q3, low, high))
    names = ["区域", "类别", "家数", "综合中位数", "专项中位数", "总分中位数", "下四分位", "上四分位", "最低", "最高"]
    return pd.DataFrame(rows, columns=names)


def spread_of(r, column: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the distribution figures plot: a row a base with its group (区域·类别), and the groups' quartiles."""
    group = r.scores.region.str.cat(r.scores.kind, sep="部·")
    table = r.scores.assign(group=group)[["group", column]]
    summary = regions.distribution(table, column, "group")
    order = [f"{region}部·{kind}" for region in REGIONS for kind in KINDS]
    summary = summary[summary.group.isin(order)].sort_values("group", key=lambda names: names.map(order.index))
    return table, summary.reset_index(drop=True)


def tiers_by_region(r) -> pd.DataFrame:
    """表2: tiers by region and kind."""
    names = list(r.scheme.tier_names)
    rows = []
    for region in REGIONS:
        for kind in ["合计", *KINDS]:
            part = r.scores[r.scores.region == region]
            part = part if kind == "合计" else part[part.kind == kind]
            counts = part.tier.value_counts().reindex(names, fill_value=0)
            last = int(part.bottom_three.sum()) if kind != KINDS[1] else MISSING
            rows.append((REGION_NAMES[region], kind, len(part), *counts, int(part.gated.sum()), last))
    columns = ["区域", "类别", "家数", *names, "一票否决", f"后{r.scheme.bottom_count}位"]
    return pd.DataFrame(rows, columns=columns)


def lowest(r) -> str:
    """The lowest totals in the upper tiers of each region, gated bases aside."""
    said = []
    for region, part in r.scores[r.scores.gated == 0].groupby("region"):
        ends = [(tier, part[part.tier == tier].total.min()) for tier in r.scheme.tier_names[:2]]
        words = "、".join(f"“{tier}”{number(end, 2)}分" for tier, end in ends if pd.notna(end))
        said += [f"{REGION_NAMES[region]}{words}"] if words else []
    return f"各档的最低分：{'；'.join(said)}。" if said else ""


def unflagged(r) -> str:
    """Where nobody is in the bottom three because too few 示范基地 are scored; or that there is no such region."""
    count = r.scheme.bottom_count
    titled = r.scores[r.scores.kind == DEMONSTRATION]
    if r.scheme.bottom_scope == "country":
        few = [NATION] if len(titled) <= count else []
    else:
        sizes = titled.groupby("region").size().reindex(REGIONS, fill_value=0)
        few = [f"{REGION_NAMES[region]}（{size}家）" for region, size in sizes.items() if size <= count]
    if not few:
        return f"各区域参评的示范基地均多于{count}家，后{count}位均可认定。"
    return f"参评的示范基地不多于{count}家的，不认定后{count}位：{'、'.join(few)}。"


def near_cuts(r, most: int = 20, within: float = 1.0) -> pd.DataFrame:
    """表3: bases within `within` points of a cut-off, nearest first, with the single fields larger than that.

    The fields are those whose lost points would lift the base where it is near the better tier, else those whose
    points, if they fell away, would drop it.
    """
    margins = coverage.margins(r.scores, r.points, r.scheme).drop(columns="tier").merge(r.scores, on="base_id")
    margins = margins.assign(nearest=margins[["to_better", "to_worse"]].min(axis=1))
    near = margins[margins.nearest <= within].sort_values(["nearest", "base_id"], kind="stable").head(most)
    fields = near.could_lift.where(near.to_better <= within, near.could_drop)
    return pd.DataFrame(
        {
            "基地": near.name,
            "区域": near.region.str.replace("$", "部", regex=True),
            "总分": near.total.map(lambda value: number(value, 2)),
            "档次": near.tier,
            "距上一档": near.to_better.map(gap),
            "距下一档": near.to_worse.map(gap),
            "足以改变档次的单项": fields.map(_codes),
        }
    )


def _codes(joined: str) -> str:
    codes = joined.split(";") if joined else []
    return MISSING if not codes else "、".join(codes[:4]) + (f"等{len(codes)}项" if len(codes) > 4 else "")


def league(r, region: str) -> pd.DataFrame:
    """The league table of one region."""
    here = r.scores[r.scores.region == region].sort_values(["rank", "base_id"], kind="stable")
    gates = set(coverage.unanswered_gates(r.reported, r.bases).base_id)
    bottom = f"后{r.scheme.bottom_count}位"
    marks = [
        "、".join(
            ["一票否决"] * row.gated
            + [bottom] * row.bottom_three
            + ["必须补正"] * (row.base_id in gates)
            + [f"缺报{row.missing}项"] * (row.missing > 0)
        )
        for row in here.itertuples()
    ]
    return pd.DataFrame(
        {
            "名次": here["rank"],
            "基地": here.name,
            "省份": here.province,
            "类别": here.kind,
            "同类名次": here.rank_in_kind,
            "综合": here.general.map(lambda value: number(value, 2)),
            "专项": here.special.map(lambda value: number(value, 2)),
            "总分": here.total.map(lambda value: number(value, 2)),
            "档次": here.tier,
            "标记": pd.array(marks, "str"),
        }
    )


def apart(r) -> pd.DataFrame:
    """What 图4 plots: item in words, difference (points between the best tier and the last), largest first."""
    table = compare.separation(r.points, r.scores, r.scheme).dropna()
    table = table.sort_values("difference", ascending=False, kind="stable", ignore_index=True)
    return table.assign(item=[item(code) for code in table.item])


def separation(r) -> pd.DataFrame:
    """The same as a table."""
    table, (best, *_, last) = apart(r), r.scheme.tier_names
    shown = {f"{best}平均得分": table.best, f"{last}平均得分": table["last"], "相差": table.difference}
    return pd.DataFrame(
        {"指标": table.item, **{name: [number(value, 2) for value in column] for name, column in shown.items()}}
    )


def weighed(r) -> pd.DataFrame:
    """What 图5 plots: item in words, weight, effective (shares of one), correlation."""
    table = compare.effective_weights(r.points, r.bases, r.scheme)
    return table.assign(item=[item(code) for code in table.item])


def weights(r) -> pd.DataFrame:
    """Effective weights beside those given."""
    table = weighed(r)
    return pd.DataFrame(
        {
            "指标": table.item,
            "名义权重": [percent(share) for share in table.weight],
            "有效权重": [percent(share) for share in table.effective],
            "与总分相关系数": [number(value, 2) for value in table.correlation],
        }
    )


def weights_sentence(r) -> str:
    """Which items count for more, and which for less, than their weights say."""
    table = compare.effective_weights(r.points, r.bases, r.scheme).dropna(subset=["effective"])
    if table.empty:
        return "参评基地过少，无法计算有效权重。"
    table = table.assign(apart=table.effective - table.weight).sort_values("apart")
    up, down = table.tail(2).iloc[::-1], table.head(2)
    said = [
        "、".join(
            f"{item(row.item)}（名义{percent(row.weight)}，有效{percent(row.effective)}）" for row in part.itertuples()
        )
        for part in (up, down)
    ]
    return (
        f"实际作用大于名义权重最多的是{said[0]}；小于名义权重最多的是{said[1]}。"
        "有效权重之和为100%，按区域内总分方差分解。"
    )


def no_difference(r) -> pd.DataFrame:
    """Fields in which nearly all bases of a region score alike."""
    table = coverage.no_difference(r.points, r.bases)
    return pd.DataFrame(
        {
            "区域": table.region.map(REGION_NAMES),
            "指标": table.code.map(label),
            "适用基地": table.n,
            "得同一归一值的比例": table.share.map(percent),
            "该归一值": table.value.map(lambda value: number(value, 2)),
        }
    )


def redundant(r) -> pd.DataFrame:
    """Pairs of fields that tell nearly the same story."""
    table = compare.redundant(r.points)
    return pd.DataFrame(
        {
            "指标": table.code.map(label),
            "与之高度相关的指标": table.other.map(label),
            "基地数": table.n,
            "秩相关系数": table.correlation.map(lambda value: number(value, 2)),
        }
    )


def spread_alt(r, column: str) -> str:
    """A distribution figure for those who cannot see it."""
    _, summary = spread_of(r, column)
    said = "；".join(f"{row.group}{row.n}家，中位数{number(row.median, 1)}分" for row in summary.itertuples())
    return f"点图，每家基地一个点，按区域和类别分行。{said or '没有参评基地'}。"
