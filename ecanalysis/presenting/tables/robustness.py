"""Tables and sentences on how firm each decision is; frames as `uncertainty`, `distance` and `sensitivity` give them.

Wherever a probability stands, `weights_note` stands beside it: it says how far the weights were moved.
"""

import pandas as pd

from ecanalysis.deciding.uncertainty import monte_carlo_error
from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.form.words import MISSING_POLICY_NAMES, NORMALISATION_NAMES
from ecanalysis.presenting.tables import (
    KINDS,
    MISSING,
    REGION_NAMES,
    REGIONS,
    SHORT,
    STATUS_BRIEF,
    STATUS_NAMES,
    answer,
    inline,
    number,
    percent,
)
from ecanalysis.presenting.tables.change import signed
from ecanalysis.scoring.scheme import Scheme

DEMONSTRATION, CLUSTER = KINDS
DECIDED = ["revoke", "at_risk", "recovered", "add", "add_gated", "add_over_quota", "promising"]
TENTHS = "零一二三四五六七八九"
NEAR = 0.02  # a base not flagged is told from this probability on
FIRM = 0.95  # a tier is called firm from this probability on
FACTOR_NAMES = {
    "normalisation": "归一化方法",
    "missing_values": "缺报项处理",
    "group_weights": "三组之间的权重",
    "item_weights": "组内各项的权重",
    "feature_weights": "特色内各项的权重",
}


def in_tenths(share: float) -> str:
    """A share as officials put it.

    >>> [in_tenths(share) for share in (1.0, 0.999, 0.96, 0.42, 0.04, 0.0)]
    ['几乎全部', '几乎全部', '九成以上', '四成以上', '不足一成', '几乎没有']
    """
    if share >= 0.995:
        return "几乎全部"
    if share < 0.1:
        return "不足一成" if share >= 0.005 else "几乎没有"
    return f"{TENTHS[int(share * 10 + 1e-9)]}成以上"


def weights_note(spread: pd.DataFrame, near: float, scheme: Scheme) -> str:
    """How the weights were moved and how exact a probability is: stands beside every probability.

    `spread` is `uncertainty.weight_spread`, `near` the share of the draws with every weight within ±25%.
    """
    draws = scheme.draws
    low, high = (percent(value, 0) for value in (spread.within_quarter.min(), spread.within_quarter.max()))
    return (
        f"概率按{draws:,}次随机抽取权重估算（种子{scheme.seed}），抽样标准误不超过{50 / draws**0.5:.1f}个百分点。"
        f"权重围绕方案值小幅变动：单项权重有{low}—{high}的情形在其值的±25%以内，全部{len(spread)}项同时在±25%以内的占"
        f"{percent(near, 0)}。归一化值不变。"
    )


def decisions(watchlist: pd.DataFrame, firmness: pd.DataFrame, margins: pd.DataFrame) -> pd.DataFrame:
    """The bases on a list, and those that are near one, with what speaks for it: the frame behind the first part.

    `firmness` is `uncertainty.over_two_rounds`, `margins` is `distance.to_threshold`. Columns base_id,name,region,kind,
    status,total,margin,p,p_near,claim,words: `p` is the probability of just what the status says (both rounds for a
    revocation or addition, this round for a risk, staying out for a recovery), `p_near` the same with all weights
    within ±25%.
    """
    rows = watchlist.merge(firmness.drop(columns="kind"), on="base_id").merge(margins[["base_id", "margin"]], "left")
    kept = rows.status.isin(DECIDED) | ((rows.status == "ok") & (rows.p_now >= NEAR))
    rows = rows[kept].reset_index(drop=True)
    both = rows.status.isin(["revoke", "add", "add_gated", "add_over_quota"])
    out = rows.status == "recovered"
    for name, end in (("p", ""), ("p_near", "_near")):
        now = rows[f"p_now{end}"]
        rows[name] = rows[f"p_both{end}"].where(both, (1 - now).where(out, now))
    rows["order"] = rows.status.map([*DECIDED, "ok"].index)
    rows = rows.sort_values(["order", "region", "base_id"], ignore_index=True)
    rows["claim"] = [claim(row) for row in rows.itertuples()]
    rows["words"] = [in_words(row) for row in rows.itertuples()]
    return rows[["base_id", "name", "region", "kind", "status", "total", "margin", "p", "p_near", "claim", "words"]]


def claim(row) -> str:
    """What holds in how many of the draws: 九成以上仍处于后3位.

    The words hold for all draws and for those with every weight within ±25%: the more cautious of the two is told.
    """
    what = {
        "revoke": "两轮均处于后3位",
        "at_risk": "仍处于后3位",
        "recovered": "仍在后3位之外",
        "ok": "会落入后3位",
        "promising": "仍在本区域集聚区前列",
    }.get(row.status, "两轮均在本区域集聚区前列")
    if row.status == "ok" and row.kind == CLUSTER:
        what = "会进入本区域集聚区前列"
    both = [share for share in (row.p, row.p_near) if pd.notna(share)]
    return (MISSING if not both else in_tenths(max(both) if row.status == "ok" else min(both))) + what


def in_words(row) -> str:
    """A decision's firmness in words an official can use, with the distance to safety in points."""
    said = f"在权重小幅调整（±25%以内）的情形中，{claim(row)}"
    if pd.isna(row.margin):
        return said
    distance = f"比后3位的门槛高{row.margin:.2f}分" if row.margin > 0 else f"距首个安全位次差{-row.margin:.2f}分"
    if abs(row.margin) < 0.005:
        distance = "与门槛同分"
    return f"{said}；{distance}"


def headline(told: pd.DataFrame, r) -> str:
    """要点: the decisions one by one, the firm ones first, and those that hang on the weights."""
    flagged = told[told.status.isin(["revoke", "at_risk"])]
    firm = flagged[["p", "p_near"]].min(axis=1) >= 0.9
    edge = told[(told.status == "ok") & (told.kind == DEMONSTRATION)]
    kept = f"{'均' if firm.all() else f'其中{int(firm.sum())}家'}在权重小幅调整（±25%以内）的情形中九成以上结论不变"
    lines = [
        f"{r.year}年处于后3位的示范基地{len(flagged)}家，{kept}。"
        if len(flagged)
        else f"{r.year}年没有处于后3位的示范基地。",
        *(f"{inline(row.name)}（{STATUS_NAMES[row.status]}）：{row.words}。" for row in flagged.itertuples()),
    ]
    if not firm.all():
        lines.append(f"结论随权重而变、宜慎重的{int((~firm).sum())}家：{'、'.join(map(inline, flagged.name[~firm]))}。")
    if len(edge):
        names = "、".join(f"{inline(row.name)}（{percent(row.p)}）" for row in edge.itertuples())
        lines.append(f"未列入但有可能落入后3位的示范基地{len(edge)}家：{names}。")
    if not r.previous:
        lines.insert(0, "没有上一轮可比（首轮），尚不能认定“连续两次”；以下为预警，即下一轮结果与本次相同时的结论。")
    return "\n".join(f"- {line}" for line in lines)


def firmness(told: pd.DataFrame, draws: int) -> pd.DataFrame:
    """How firm each decision is, in figures with the error of so many draws, and in words."""
    return pd.DataFrame(
        {
            "单位": told.name,
            "区域": told.region.map(SHORT),
            "认定": [
                "未列入，接近界线" if row.status == "ok" else STATUS_BRIEF[row.status] for row in told.itertuples()
            ],
            "距门槛（分）": [signed(value, 2, "") for value in told.margin],
            "结论成立的概率（±标准误）": [
                f"{percent(value)}（±{monte_carlo_error(value, draws) * 100:.1f}）" for value in told.p
            ],
            "均在±25%以内时": [percent(value) for value in told.p_near],
            "权重小幅调整时": told.claim,
        }
    )


def edge(margins: pd.DataFrame, drawn: pd.DataFrame, number: int = 7) -> pd.DataFrame:
    """The demonstration bases of each region with the least margin, with their probability: what the chart shows.

    `margins` is `distance.to_threshold`, `drawn` is `uncertainty.draw_ranks`.
    """
    rows = margins[margins.margin.notna()].merge(drawn, on="base_id")
    rows = rows.assign(order=rows.region.map(REGIONS.index)).sort_values(["order", "margin", "base_id"])
    return rows.groupby("order").head(number).drop(columns="order").reset_index(drop=True)


def margins(edge: pd.DataFrame) -> pd.DataFrame:
    """Those bases with total, the total to pass, the margin, the range of their ranks and the probability."""
    return pd.DataFrame(
        {
            "单位": edge.name,
            "区域": edge.region.map(SHORT),
            "总分": [number(value, 2) for value in edge.total],
            "须超过（分）": [number(value, 2) for value in edge.passes],
            "差距（分）": [f"{value:+.2f}" for value in edge.margin],
            "区域位次（九成情形）": [f"{low:.0f}—{high:.0f}" for low, high in zip(edge.rank_p05, edge.rank_p95)],
            "处于后3位的概率": [percent(value) for value in edge.p_bottom_three],
        }
    )


def edge_alt(edge: pd.DataFrame) -> str:
    """What the chart of margins shows, in a sentence."""
    flagged = edge[edge.margin <= 0]
    if flagged.empty:
        return f"最接近门槛的{len(edge)}家示范基地，没有处于后3位的。"
    return (
        f"最接近门槛的{len(edge)}家示范基地，其中{len(flagged)}家处于后3位，差距{-flagged.margin.max():.2f}—"
        f"{-flagged.margin.min():.2f}分，权重小幅变动下处于后3位的概率{percent(flagged.p_bottom_three.min())}—"
        f"{percent(flagged.p_bottom_three.max())}。"
    )


def ranges_alt(drawn: pd.DataFrame) -> str:
    """What the chart of rank ranges shows, in a sentence."""
    if drawn.empty:
        return "没有参评的基地。"
    width = drawn.rank_p95 - drawn.rank_p05
    return f"九成情形下，区域位次变动范围的中位数为{width.median():.0f}位，最宽的一家为{width.max():.0f}位。"


def acceptability(table: pd.DataFrame, edge: pd.DataFrame) -> pd.DataFrame:
    """The ranks a base has in at least 5% of the draws, in words; `table` holds the bases of `edge` alone."""
    words = {
        base_id: "、".join(f"第{row.rank}位{percent(row.share, 0)}" for row in mine.itertuples())
        for base_id, mine in table[table.share >= 0.05].groupby("base_id")
    }
    return pd.DataFrame(
        {
            "单位": edge.name,
            "区域": edge.region.map(SHORT),
            "区域位次及其比例（5%以上的）": [words.get(base_id, MISSING) for base_id in edge.base_id],
        }
    )


def acceptability_alt(table: pd.DataFrame) -> str:
    """What the chart of rank acceptability shows, in a sentence."""
    most = table.groupby("base_id").share.max()
    return (
        f"{len(most)}家示范基地在抽取的权重下取得各区域位次的比例，颜色越深比例越高；"
        f"其中{int((most >= 0.9).sum())}家有九成以上的情形落在同一位次。"
    )


def open_tiers_alt(opened: pd.DataFrame) -> str:
    """What the chart of open tiers shows, in a sentence."""
    if opened.empty:
        return "没有档次不确定的基地。"
    even = int((opened.most < 0.6).sum())
    return f"{len(opened)}家基地属于各档的概率，按不确定程度排列；其中{even}家没有一档的概率达到60%。"


def alternatives_alt(rows: pd.DataFrame) -> str:
    """What the chart of other calculations shows, in a sentence."""
    share = rows.groupby("base_id").bottom_three.mean()
    return (
        f"{len(share)}家示范基地在至少一种算法下处于后3位，其中{int((share == 1).sum())}家在全部算法下都是，"
        f"{int((share < 0.5).sum())}家只在少数算法下是。"
    )


def of_edge(table: pd.DataFrame, edge: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table (by base_id) that belong to the bases of `edge`, in the order of `edge`."""
    order = {base_id: place for place, base_id in enumerate(edge.base_id)}
    return table[table.base_id.isin(order)].sort_values("base_id", key=lambda ids: ids.map(order), kind="stable")


def tiers(drawn: pd.DataFrame, scores: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """By region, how many bases keep their tier in nearly all draws, and how many do not."""
    rows = scores.merge(drawn, on="base_id")
    kept = pd.Series([row[f"p_tier{names.index(row.tier) + 1}"] for _, row in rows.iterrows()], rows.index, dtype=float)
    counts = rows.assign(firm=kept >= FIRM, open=kept < 0.5).groupby("region").agg(
        bases=("base_id", "size"), firm=("firm", "sum"), open=("open", "sum")
    ).reindex([region for region in REGIONS if region in set(rows.region)])  # fmt: skip
    return pd.DataFrame(
        {
            "区域": [REGION_NAMES[region] for region in counts.index],
            "参评": counts.bases.array,
            "档次稳定（概率95%以上）": counts.firm.array,
            "介于其间": (counts.bases - counts.firm - counts.open).array,
            "多数情形下属于另一档": counts.open.array,
        }
    )


def open_tiers(drawn: pd.DataFrame, scores: pd.DataFrame, number: int = 15) -> pd.DataFrame:
    """The bases whose tier is least sure (none has 95%), the most open first: what the chart shows."""
    rows = scores.merge(drawn, on="base_id")
    rows = rows.assign(most=rows[["p_tier1", "p_tier2", "p_tier3"]].max(axis=1)).sort_values(["most", "base_id"])
    return rows[rows.most < FIRM].head(number).reset_index(drop=True)


def swings(opened: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Those bases with the probability of each tier."""
    frame = pd.DataFrame({"单位": opened.name, "区域": opened.region.map(SHORT), "本次档次": opened.tier})
    return frame.assign(
        **{name: [percent(value) for value in opened[f"p_tier{at}"]] for at, name in enumerate(names, 1)}
    )


def ever_bottom(table: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """The demonstration bases in the bottom three under any of the calculations: what the chart shows."""
    hit = table.base_id[table.bottom_three == 1].unique()
    names = scores.loc[scores.base_id.isin(hit), ["base_id", "name", "region"]]
    rows = table[table.base_id.isin(hit)].merge(names, on="base_id")
    rows = rows.assign(order=rows.region.map(REGIONS.index))
    return rows.sort_values(["order", "base_id"], kind="stable").drop(columns="order").reset_index(drop=True)


def alternatives(rows: pd.DataFrame) -> pd.DataFrame:
    """Under how many of the calculations each of those bases is in the bottom three, and under which it is not."""
    told = []
    for _, mine in rows.groupby("base_id", sort=False):
        hits, total = int(mine.bottom_three.sum()), len(mine)
        mostly = hits > total / 2
        few = mine[mine.bottom_three == (0 if mostly else 1)]
        words = "、".join(
            f"{NORMALISATION_NAMES[row.method]}·{MISSING_POLICY_NAMES[row.missing]}" for row in few.itertuples()
        )
        note = ("不在后3位：" if mostly else "仅在：") + words if hits < total else "全部算法下均处于后3位"
        ranks = f"{mine.rank_in_kind.min()}—{mine.rank_in_kind.max()}"
        told.append((mine.name.iloc[0], SHORT[mine.region.iloc[0]], f"{hits}/{total}", ranks, note))
    return pd.DataFrame(told, columns=["单位", "区域", "处于后3位的算法数", "同类位次范围", "说明"])


def sensitivity(table: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Which assumption matters most: total indices of each result, a column an assumption."""
    wide = table.pivot(index="result", columns="factor", values="total").reindex(columns=list(FACTOR_NAMES))
    order = sorted(wide.index, key=lambda result: (result != "rank_shift", result))
    wide = wide.reindex(order)
    frame = pd.DataFrame({FACTOR_NAMES[factor]: [f"{max(value, 0):.2f}" for value in wide[factor]] for factor in wide})
    frame.insert(
        0, "结果", ["全部基地位次的平均变动" if one == "rank_shift" else f"{names[one]}的差距" for one in order]
    )
    return frame


def sensitivity_sentence(table: pd.DataFrame) -> str:
    """The assumption that the ranks hang on most."""
    overall = table[table.result == "rank_shift"].sort_values("total", ascending=False)
    if overall.empty:
        return "各项假设在此范围内变动，位次均不改变。"
    parts = "、".join(f"{FACTOR_NAMES[row.factor]}{max(row.total, 0):.2f}" for row in overall.itertuples())
    first = FACTOR_NAMES[overall.factor.iloc[0]]
    return f"位次变动主要取决于{first}。全效应指数（含交互作用，1为全部方差）依次为：{parts}。"


def weight_changes(joint: pd.DataFrame, single: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """How far the weights would have to move for each flagged base to leave the bottom three."""
    rows = []
    for row in joint.itertuples():
        mine = single[single.base_id == row.base_id].head(2)
        ways = "；".join(
            f"{item_name(one.item)}由{percent(one.weight)}{'增' if one.change > 0 else '减'}至{percent(one.needed)}"
            for one in mine.itertuples()
        )
        together = "任何权重下都不能脱离" if pd.isna(row.change) else f"±{row.change * 100:.1f}%"
        rows.append((names[row.base_id], together, ways or "任何单项都不能"))
    return pd.DataFrame(
        rows, columns=["单位", "各项权重一起变动至少", "只变动一项权重（占综合指标或所在特色的份额），最小的两种"]
    )


def weight_sentence(joint: pd.DataFrame, scheme: Scheme, flagged: int) -> str:
    """How many of the flagged bases could leave the bottom three by weights moving at most a quarter."""
    if not flagged:
        return "没有处于后3位的示范基地，不作此项计算。"
    if joint.empty:
        if scheme.combine == "mean":
            return "本方案把缺报项的权重分给其余项，总分不是权重的线性函数，不作此项计算。"
        return "本方案只取得分最高的特色，总分不是权重的线性函数，不作此项计算。"
    within = int((joint.change <= 0.25).sum())
    return (
        f"处于后3位的{len(joint)}家中，{within}家存在各项权重变动都不超过±25%而脱离后3位的情形（权重须朝对其最有利的方向"
        f"同时变动），{len(joint) - within}家不存在这样的情形。"
    )


def field_changes(table: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """What each flagged base would have had to submit in one field to leave the bottom three."""
    return pd.DataFrame(
        {
            "单位": [names[base_id] for base_id in table.base_id],
            "指标": [f"{code} {FIELDS[code].label}" for code in table.code],
            "填报": ["未填" if pd.isna(value) else answer(code, value) for code, value in zip(table.code, table.value)],
            "至少（至多）须为": [answer(code, value) for code, value in zip(table.code, table.needed)],
        }
    )


def field_sentence(table: pd.DataFrame, flagged: int) -> str:
    """For how many of the flagged bases one field would have done."""
    able = table.base_id.nunique()
    if not flagged:
        return "没有处于后3位的示范基地。"
    if not able:
        return f"处于后3位的{flagged}家示范基地，任何单独一项填报都不足以使其脱离。数值在本轮已有的最好值以内寻找。"
    return (
        f"处于后3位的{flagged}家示范基地中，{able}家只要一项指标达到表中数值即可脱离后3位（其余填报不变，并重新计算全部基地），"
        f"{flagged - able}家任何单独一项都不够。数值在本轮已有的最好值以内寻找。"
    )


def item_name(item: str) -> str:
    """An item, group or part of the scheme as people call it.

    >>> item_name("C10"), item_name("policy"), item_name("L1")
    ('C10 重特大突发事故', '“支持政策与组织保障”组', 'L1 直播电商交易额占比')
    """
    if item in GROUPS:
        return f"“{GROUPS[item]}”组"
    if item in FEATURES:
        return FEATURES[item]
    return "C10 重特大突发事故" if item == "C10" else f"{item} {FIELDS[item].label}"


def assumptions(scheme: Scheme, note: str) -> str:
    """口径与假设: what a probability here means and what it does not."""
    lines = [
        note,
        f"权重按狄利克雷分布抽取（每项集中度{scheme.concentration:g}），三组之间、各组之内、各特色之内相互独立，C10两问始终各占"
        "一半；综合与专项80:20为官方规定，不变动。",
        "概率说的是“在对权重的这种怀疑之下”，不是事情发生的可能性；填报是否属实、下一轮成绩如何，都不在其中。",
        "表述取全部抽取与各项权重均在±25%以内两种情形中较谨慎的一个。",
        "两轮均成立的概率用同一组权重计算两轮；一票否决与名额不随权重变动，不计入概率；一票否决的基地档次始终为最后一档。",
        "其他算法：不取对数；全距极差（最小值、最大值定界）；百分位次；标准分（平均值上下2个标准差定界）；缺报项记0、取区域"
        "中位数，或把权重分给同组其余项。均为本项目选取，未必穷尽。",
        "索博尔指数：五项假设各取均匀分布（归一化五选一、缺报处理三选一，三层权重各自抽取），Saltelli 抽样。",
        "脱离后3位所需的变动：权重一起变动的最小值由混合整数规划求得，须比对手高出0.001分以上；单项填报须为的数值，系其余"
        "填报不变、全部基地重新计算的结果。",
    ]
    return "\n".join(f"- {line}" for line in lines)
