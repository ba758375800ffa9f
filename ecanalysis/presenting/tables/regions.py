"""Tables and sentences on how scores and values spread between and within regions; frames as `regions` gives them."""

import pandas as pd

from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.presenting.formats import typical as said
from ecanalysis.presenting.tables import MISSING, REGION_NAMES, REGIONS, SHORT, SMALL, label, number, percent

PARTS = {"total": "总分", "general": "综合得分", "special": "专项得分"}
YARDSTICK = "全国统一标尺"


def headline(
    scores: pd.DataFrame, best: pd.DataFrame, spread: pd.DataFrame, leaders: pd.DataFrame, gaps: pd.DataFrame
) -> str:
    """The answers in a few sentences. `scores`, `best` (by region) and `spread` are on one national yardstick."""
    if scores.empty:
        return "- 本轮没有参评基地，以下各表为空。"
    total = spread[spread.part == "total"].iloc[0]
    parts = [
        f"{YARDSTICK}下总分最高的{int(best.bases.sum())}家基地（前10%）中，{_shares_of(best)}。",
        f"各基地总分的差异，{percent(total.region_share)}在区域之间，{percent(1 - total.region_share)}在区域之内"
        f"（若区域毫无差别，仅凭偶然也会有{percent(total.region_by_chance)}）；"
        f"总分的基尼系数为{number(total.gini, 3)}。"
        if pd.notna(total.region_share)
        else "参评基地不足两个区域或总分全部相同，区域之间的差异无从计算。",
        leaders_sentence(leaders),
        gaps_sentence(gaps),
    ]
    return "\n".join(f"- {part}" for part in parts)


def best_sentence(provinces: pd.DataFrame) -> str:
    """In how many provinces the best tenth are, and which have most of them."""
    some = provinces[provinces.bases > 0]
    if some.empty:
        return "本轮没有参评基地。"
    return (
        f"前10%的{int(some.bases.sum())}家基地分布在{len(some)}个省级单位（有基地参评的共{len(provinces)}个）{_most_of(some)}。"
        "基地少的省级单位，一家基地的进退即可改变中位数，图中均注明家数。"
    )


def _most_of(some: pd.DataFrame) -> str:
    """Which groups have most, those with as many as the third among them; nothing where none stands out.

    >>> _most_of(pd.DataFrame({"group": list("甲乙丙丁戊"), "bases": [3, 2, 2, 2, 1]}))
    '，最多的是甲3家、乙2家、丙2家、丁2家'
    >>> _most_of(pd.DataFrame({"group": list("甲乙"), "bases": [1, 1]}))
    ''
    """
    most = some[(some.bases >= some.bases.nlargest(3).iloc[-1]) & (some.bases > 1)]
    if most.empty:
        return ""
    if len(most) > 6:
        return f"，最多的{some.bases.max()}家"
    return "，最多的是" + "、".join(f"{row.group}{row.bases}家" for row in most.itertuples())


def provinces(
    scores: pd.DataFrame, summary: pd.DataFrame, composition: pd.DataFrame, tiers: tuple[str, ...]
) -> pd.DataFrame:
    """Every provincial unit: bases, tiers (within its region), and its scores on the national yardstick."""
    region = scores.drop_duplicates("province").set_index("province").region
    counts = composition.pivot(index="group", columns="tier", values="bases")
    rows = [
        (row.group, SHORT[region[row.group]], row.n, *(int(counts.loc[row.group, tier]) for tier in tiers),
         number(row.median, 1), f"{row.min:.1f}—{row.max:.1f}")
        for row in summary[summary.group.isin(region.index)].itertuples()
    ]  # fmt: skip
    columns = ["省级单位", "区域", "参评基地", *tiers, f"总分中位数（{YARDSTICK}）", "最低—最高"]
    return pd.DataFrame(rows, columns=columns)


def distribution(summary: pd.DataFrame, decimals: int = 1) -> pd.DataFrame:
    """Groups with n, minimum, quartiles, maximum, mean and standard deviation."""
    rows = [
        (
            REGION_NAMES.get(row.group, row.group),
            row.n,
            *(number(value, decimals) for value in (row.min, row.q1, row.median, row.q3, row.max, row.mean, row.sd)),
        )
        for row in summary.itertuples()
    ]
    columns = ["分组", "基地数", "最低", "下四分位", "中位数", "上四分位", "最高", "平均", "标准差"]
    return pd.DataFrame(rows, columns=columns)


def score_inequality(spread: pd.DataFrame) -> pd.DataFrame:
    """Where the variance of the scores lies, beside what chance alone would give, and the Gini coefficient."""
    rows = [
        (PARTS[row.part], row.n, percent(row.region_share), percent(row.region_by_chance), percent(row.province_share),
         percent(row.province_by_chance), percent(row.kind_share), number(row.gini, 3))
        for row in spread.itertuples()
    ]  # fmt: skip
    columns = ["得分", "基地数", "区域之间", "区域偶然水平", "省级单位之间", "省级偶然水平", "类别之间", "基尼系数"]
    return pd.DataFrame(rows, columns=columns)


def inequality(table: pd.DataFrame) -> pd.DataFrame:
    """Where the variance of each field lies, and how concentrated counts and amounts are."""
    rows = [
        (label(row.code), row.n, percent(row.region_share), percent(row.region_by_chance), percent(row.province_share),
         percent(row.province_by_chance), percent(row.kind_share), number(row.gini, 2), percent(row.top_share, 0))
        for row in table.itertuples()
    ]  # fmt: skip
    columns = [
        "指标",
        "基地数",
        "区域之间",
        "区域偶然水平",
        "省级单位之间",
        "省级偶然水平",
        "类别之间",
        "基尼系数",
        "前10%基地占合计",
    ]
    return pd.DataFrame(rows, columns=columns)


def inequality_sentence(table: pd.DataFrame) -> str:
    """Which fields differ most between regions, and which totals are most concentrated."""
    known = table[table.region_share.notna()]
    if known.empty:
        return "没有可以比较的指标。"
    above = known[known.region_share > known.region_by_chance].sort_values("region_share", ascending=False)
    words = f"{len(known)}项指标中，{len(above)}项在区域之间的差异比重高于偶然水平"
    words += f"，最高的是{label(above.code.iloc[0])}（{percent(above.region_share.iloc[0])}）。" if len(above) else "。"
    concentrated = table[table.gini.notna()].sort_values("gini", ascending=False).head(3)
    if len(concentrated):
        names = "、".join(
            f"{label(row.code)}（前10%的基地占{percent(row.top_share, 0)}）" for row in concentrated.itertuples()
        )
        words += f"数量、金额指标中最集中的是{names}。"
    return words


def leaders(table: pd.DataFrame, typical: pd.DataFrame) -> pd.DataFrame:
    """The typical answer in each region to each field, and which region leads clearly, if any."""
    answers = {(row.code, row.group): f"{said(row.code, row.typical)}（{row.n}）" for row in typical.itertuples()}
    rows = [
        (label(row.code), *(answers.get((row.code, region), MISSING) for region in REGIONS),
         REGION_NAMES[row.leader] if row.clear else "不明显", percent(row.superiority, 0))
        for row in table.itertuples()
    ]  # fmt: skip
    columns = ["指标", *(REGION_NAMES[region] for region in REGIONS), "领先区域", "优于其他区域的机会"]
    return pd.DataFrame(rows, columns=columns)


def field_spread(typical: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Every field: median and quartiles (share of 是 for a yes/no) and n of each of `groups`."""
    words = {(row.code, row.group): _spread_of(row) for row in typical.itertuples()}
    codes = [code for code in FIELDS if code in set(typical.code)]
    rows = [(label(code), *(words.get((code, group), MISSING) for group in groups)) for code in codes]
    return pd.DataFrame(rows, columns=["指标", *(REGION_NAMES.get(group, group) for group in groups)])


def feature_choice(table: pd.DataFrame) -> pd.DataFrame:
    """Share of bases that chose each feature, a row a group."""
    frame = table.assign(words=[f"{percent(row.share, 0)}（{row.bases}）" for row in table.itertuples()])
    wide = frame.pivot(index="group", columns="feature", values="words").reindex(list(dict.fromkeys(table.group)))
    n = table.drop_duplicates("group").set_index("group").n
    wide = wide.reindex(columns=list(FEATURES)).rename(columns=FEATURES)
    wide.insert(0, "参评基地", n)
    wide.insert(0, "分组", [REGION_NAMES.get(group, group) for group in wide.index])
    return wide.reset_index(drop=True)


def feature_sentence(table: pd.DataFrame) -> str:
    """The feature chosen most in each region."""
    parts = []
    for region in REGIONS:
        rows = table[table.group == region]
        if len(rows):
            top = rows.loc[rows.share.idxmax()]
            parts.append(f"{REGION_NAMES[region]}选报最多的是{FEATURES[top.feature]}（{percent(top.share, 0)}）")
    return "；".join(parts) + "。一家基地可选报多个特色，比重之和超过100%。" if parts else "没有基地选报特色。"


def next_tier(gaps: pd.DataFrame) -> pd.DataFrame:
    """How far the typical base of each tier is from the next."""
    rows = [
        (REGION_NAMES[row.region], row.tier, row.n, number(row.typical, 1), row.next, number(row.threshold, 1),
         number(row.gap, 1))
        for row in gaps.itertuples()
    ]  # fmt: skip
    columns = ["区域", "所在档", "基地数", "典型总分（中位数）", "上一档", "上一档最低分", "相差（分）"]
    return pd.DataFrame(rows, columns=columns)


def next_tier_items(table: pd.DataFrame, largest: int = 5) -> pd.DataFrame:
    """The largest parts of the distance to the next tier, with the typical answers of both tiers."""
    rows = [
        (
            SHORT[region], f"{tier}→{row.next}", _item(row.code), number(row.here, 2), number(row.there, 2),
            number(row.gap, 2), said(row.code, row.value_here), said(row.code, row.value_there),
        )
        for (region, tier), items in table.groupby(["region", "tier"], sort=False)
        for row in items.nlargest(largest, "gap").itertuples()
    ]  # fmt: skip
    columns = ["区域", "档次", "指标", "本档平均得分", "上一档平均得分", "相差（分）", "本档典型值", "上一档典型值"]
    return pd.DataFrame(rows, columns=columns)


def next_tier_sentence(table: pd.DataFrame, tiers: tuple[str, ...]) -> str:
    """What the typical base of the middle tier of each region lacks most."""
    parts = []
    for region in REGIONS:
        rows = table[(table.region == region) & (table.next == tiers[0])].nlargest(3, "gap")
        if len(rows):
            items = "、".join(f"{_item(row.code)}（{row.gap:.1f}分）" for row in rows.itertuples())
            parts.append(f"{REGION_NAMES[region]}{tiers[1]}档与{tiers[0]}档的平均差距主要在{items}")
    return "；".join(parts) + "。" if parts else "没有可以比较的相邻两档。"


def distribution_alt(summary: pd.DataFrame) -> str:
    """What a chart of a distribution shows, in a sentence."""
    parts = [
        f"{REGION_NAMES.get(row.group, row.group)}中位数{row.median:.1f}（{row.n}家）" for row in summary.itertuples()
    ]
    return "；".join(parts) + "。"


def field_sentence(summary: pd.DataFrame, code: str) -> str:
    """The highest and lowest median of one field among the groups that are not small; how many groups are."""
    large = summary[summary.n >= SMALL].sort_values("median", ascending=False)
    small = f"{len(summary) - len(large)}个省级单位不足{SMALL}家，只看各点"
    if len(large) < 2:
        return f"{label(code)}：{small}。"
    first, last = large.iloc[0], large.iloc[-1]
    return (
        f"{label(code)}：作答不少于{SMALL}家的{len(large)}个省级单位中，中位数最高的是{first.group}"
        f"（{said(code, first['median'])}），最低的是{last.group}（{said(code, last['median'])}）；{small}。"
    )


def tiers_alt(table: pd.DataFrame) -> str:
    """What a chart of tiers shows, in a sentence."""
    parts = [
        f"{group}{'、'.join(f'{row.tier}{row.bases}家' for row in rows.itertuples())}"
        for group, rows in table.groupby("group", sort=False)
    ]
    return "；".join(parts) + "。"


def leaders_sentence(leaders: pd.DataFrame) -> str:
    """Which region leads clearly in what."""
    clear = leaders[leaders.clear]
    if leaders.empty:
        return "作答的基地不足两个区域，无从比较哪个区域领先。"
    if clear.empty:
        return f"{len(leaders)}项指标中，没有一项有区域明显领先。"
    parts = [
        f"{REGION_NAMES[region]}明显领先的有{'、'.join(label(code) for code in clear[clear.leader == region].code)}"
        for region in REGIONS
        if (clear.leader == region).any()
    ]
    return f"{len(leaders)}项指标中，{len(clear)}项有区域明显领先：{'；'.join(parts)}。"


def gaps_sentence(gaps: pd.DataFrame) -> str:
    """How far the typical base of every tier is from the next."""
    parts = [
        REGION_NAMES[region]
        + "、".join(f"{row.tier}档典型基地距{row.next}档差{row.gap:.1f}分" for row in rows.itertuples())
        for region, rows in gaps.groupby("region", sort=False)
    ]
    return "；".join(parts) + "。" if parts else "没有相邻两档都有基地的区域，无从计算距上一档的差距。"


def _item(code: str) -> str:
    return PARTS.get(code) or label(code)


def _spread_of(row) -> str:
    quartiles = ""
    if row.n >= SMALL and pd.notna(row.q1):
        low, high = (said(row.code, value).removesuffix(FIELDS[row.code].unit) for value in (row.q1, row.q3))
        quartiles = f"（{low}—{high}）"
    return f"{said(row.code, row.typical)}{quartiles}，{row.n}家"


def _shares_of(best: pd.DataFrame) -> str:
    return "、".join(
        f"{REGION_NAMES[row.group]}{row.bases}家（占{percent(row.share, 0)}，参评基地占{percent(row.of_all, 0)}）"
        for region in REGIONS
        for row in best[best.group == region].itertuples()
    )
