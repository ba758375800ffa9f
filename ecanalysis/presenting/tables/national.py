"""The national briefing in words and tables. `r` is an evaluation (`ecanalysis.load_round`)."""

import pandas as pd

from ecanalysis.comparing import regions
from ecanalysis.deciding import watchlist
from ecanalysis.form.fields import FIELDS
from ecanalysis.presenting import national
from ecanalysis.presenting.formats import brief
from ecanalysis.presenting.tables import KINDS, MISSING, REGION_NAMES, SHORT, STATUS_NAMES, inline, number, percent

GROWN = ("C14", "C16", "C17", "S1", "A2")  # the counts and amounts whose growth the briefing shows
HEADLINE = ("C14", "C16", "C17")  # and those of them that its findings name
SCALES = {"C16": (1e8, "亿件"), "C17": (1e4, "万人")}
TOLD = {
    "not_submitted": "上次后3位，未报送",
    "revoke": "建议取消示范资格",
    "at_risk": "本次后3位",
    "recovered": "已脱离后3位",
    "add": "建议增补",
    "add_gated": "靠前，一票否决",
    "add_over_quota": "靠前，超出名额",
}
NAMED = 12  # more names than this are left to the table


def highlights(r) -> str:
    """要点: the findings of the round, each in a sentence or two, as a numbered list."""
    points = [_took_part(r), _tiers(r), *(_two_rounds(r) if r.previous else [_one_round(r)]), _growth(r)]
    return "\n".join(f"{place}. {point}" for place, point in enumerate(filter(None, points), 1))


def _took_part(r) -> str:
    counts = national.participation(r.roster, r.bases)
    nation = counts[counts.region == "全国"].set_index("kind")
    listed, scored = nation.listed.sum(), nation.scored.sum()
    kinds = "、".join(f"{kind}{nation.listed[kind]}家" for kind in KINDS)
    share = f"，参评率{percent(scored / listed)}" if listed else ""
    silent = f"{len(r.not_submitted)}家未报送（见表2）" if len(r.not_submitted) else "全部报送"
    rejected, unmatched = len(_rejected(r)), len(r.unmatched)
    others = [f"{rejected}个文件已退回"] * (rejected > 0) + [f"{unmatched}家报送单位不在名单"] * (unmatched > 0)
    tail = f"另有{'，'.join(others)}，均未参评（见表3）。" if others else ""
    return f"**参评情况。** 名单在列{listed}家（{kinds}），收到可用报送并参评{scored}家{share}；{silent}。{tail}"


def _tiers(r) -> str:
    if not len(r.scores):
        return "**评价结果。** 没有参评基地，未形成评价结果。"
    counts = r.scores.tier.value_counts().reindex(r.scheme.tier_names, fill_value=0)
    shares = "、".join(f"{tier}{count}家（{percent(count / len(r.scores))}）" for tier, count in counts.items())
    gated = int(r.scores.gated.sum())
    worst = r.scheme.tier_names[-1]
    tail = f"其中{gated}家因填报发生重特大突发事故或违法行为，按“一票否决”列入{worst}。" if gated else ""
    return f"**评价结果。** {shares}（见表4、图1）。{tail}"


def _one_round(r) -> str:
    flagged = r.scores[r.scores.bottom_three == 1]
    if not len(flagged):
        return "**处于后3位的示范基地。** 本轮没有（参评的示范基地不足以计算后3位）。"
    found = f"本轮共{len(flagged)}家{_named(flagged)}（见表6）。"
    return f"**处于后3位的示范基地。** {found}没有上一轮结果可比，不能判断是否连续两次。"


def _two_rounds(r) -> list[str]:
    found = {status: r.watchlist[r.watchlist.status == status] for status in STATUS_NAMES}
    revoke, risk, gone = found["revoke"], found["at_risk"], found["not_submitted"]
    silent = gone[gone.bottom_three_previous.fillna(0) == 1]
    first = "没有示范基地连续两次综合评价成绩处于后3位。"
    if len(revoke):
        rule = "按报告表注4符合取消示范资格的条件"
        first = f"{len(revoke)}家示范基地连续两次综合评价成绩处于后3位，{rule}{_named(revoke)}（见表7）。"
    second = "没有示范基地本次新进入后3位"
    if len(risk):
        second = f"{len(risk)}家示范基地上次未处于后3位、本次处于后3位{_named(risk)}"
    free = len(found["recovered"])
    second += f"。{free}家上次处于后3位、本次已脱离。" if free else "，也没有示范基地由后3位脱离。"
    said = [f"**连续两次处于后3位。** {first}", f"**需要关注。** {second}"]
    if len(silent):
        rule = "既不计为处于后3位，也不视为脱离，须先核实原因"
        said.append(f"**上次处于后3位、本次未报送。** {len(silent)}家{_named(silent)}；{rule}。")
    return [*said, f"**增补建议。** {_additions(found, r.scheme.best_count)}"]


def _additions(found: dict[str, pd.DataFrame], best: int) -> str:
    added, gated, over = found["add"], found["add_gated"], found["add_over_quota"]
    said = f"没有集聚区两次综合评价均居本区域集聚区前{best}位且符合增补条件。"
    if len(added):
        said = f"{len(added)}家集聚区两次综合评价均居本区域集聚区前{best}位，建议增补{_named(added)}（见表7）。"
    if len(gated):
        said += f"另有{len(gated)}家成绩靠前但触及一票否决，不建议增补。"
    if len(over):
        said += f"另有{len(over)}家成绩靠前但超出尚余名额。"
    return said


def _growth(r) -> str:
    change = r.region_change
    nation = change[(change.region == "全国") & change.code.isin(HEADLINE)].set_index("code")
    said = [
        f"{FIELDS[code].label}合计{_amount(code, nation.value[code])}，{_moved(nation.change_pct[code])}"
        f"（{nation.bases[code]}家）"
        for code in HEADLINE
        if code in nation.index
    ]
    if not said:
        return "**与基期相比。** 没有同时填报报告期和基期的数据，不作比较。"
    return f"**与基期相比。** 两年数据齐全的基地中，{'；'.join(said)}（见表8、图3）。"


def assumed(scheme, told_in: str = "“口径与假设”") -> str:
    """One sentence: which of the rules behind the findings are assumptions, not the form's, and where they are told."""
    names = {
        "groups": "各级权重",
        "normalise.count": "归一化方法",
        "missing": "缺报的计分",
        "tier_cuts": "分档界线",
        "gate": "一票否决",
        "bottom_scope": "后3位的计算范围",
        "best": "“成绩靠前”的位次",
        "quota_left": "尚余名额",
    }
    ours = {entry.table for entry in scheme.entries if entry.basis == "assumed"}
    listed = "、".join(name for table, name in names.items() if table in ours)
    return f"以上结果所依据的{listed}为本方案的假设，报告表未作规定，详见{told_in}。" if listed else ""


def participation(r) -> pd.DataFrame:
    """表1: on the roster and taking part, by region."""
    counts = national.participation(r.roster, r.bases)
    rows = []
    for region, group in counts.groupby("region", sort=False):
        kinds = group.set_index("kind")
        listed, scored = group.listed.sum(), group.scored.sum()
        row = {"区域": REGION_NAMES[region]}
        for kind in KINDS:
            row[f"{kind}名单"], row[f"{kind}参评"] = kinds.listed[kind], kinds.scored[kind]
        rows.append(
            row | {"合计名单": listed, "合计参评": scored, "参评率": percent(scored / listed) if listed else MISSING}
        )
    return pd.DataFrame(rows)


def not_submitted(r) -> pd.DataFrame:
    """表2: on the roster, but no usable submission."""
    return _place(r.not_submitted)[["省份", "基地", "类型", "区域"]]


def left_out(r) -> pd.DataFrame:
    """表3: files that could not be read, and submissions of bases that are not on the roster."""
    rejected = [(row.file, "退回", row.message) for row in _rejected(r).itertuples()]
    unmatched = [
        (row.file, "不在名单", f"填报名称“{row.base_name}”；名单中最接近的是“{row.nearest_name}”")
        for row in r.unmatched.itertuples()
    ]
    return pd.DataFrame(rejected + unmatched, columns=["文件", "处理", "原因"])


def tiers(r) -> pd.DataFrame:
    """表4: tiers by region and for the whole country."""
    composed = regions.tier_composition(r.scores, "region", r.scheme.tier_names)
    rows = []
    for region in [*SHORT]:
        group = composed[composed.group == region].set_index("tier")
        inside = r.scores if region == "全国" else r.scores[r.scores.region == region]
        row = {"区域": REGION_NAMES[region], "参评": len(inside)}
        for tier in r.scheme.tier_names:
            row[tier] = f"{group.bases[tier]}（{percent(group.share[tier], 0)}）" if len(group) else MISSING
        rows.append(row | {"其中一票否决": int(inside.gated.sum())})
    return pd.DataFrame(rows)


def tier_shares(r) -> pd.DataFrame:
    """What 图1 plots: group (region), n, tier, bases, share."""
    return regions.tier_composition(r.scores, "region", r.scheme.tier_names)


def leaders(r) -> pd.DataFrame:
    """表5: the best of each region."""
    best = national.leaders(r.scores)
    frame = _place(best)
    return frame.assign(
        名次=best["rank"].astype(str),
        总分=best.total.map(lambda total: number(total, 2)),
        档次=best.tier.where(best.gated == 0, best.tier + "（一票否决）"),
    )[["区域", "名次", "基地", "类型", "省份", "总分", "档次"]]


def last(r) -> pd.DataFrame:
    """表6: the demonstration bases in the bottom three, with what they lack and how firm it is."""
    flagged = national.last(r.scores, r.robustness, r.scheme)
    order = [f"{rank}/{of}" for rank, of in zip(flagged.rank_in_kind, flagged.of_kind)]
    return _place(flagged).assign(
        区域内名次=order,
        总分=flagged.total.map(lambda total: number(total, 2)),
        差距=flagged.gap.map(lambda gap: number(gap, 2)),
        权重变动下仍居后3位=flagged.p_bottom_three.map(lambda share: percent(share, 0)),
    )[["区域", "基地", "省份", "区域内名次", "总分", "差距", "权重变动下仍居后3位"]]


def other_scope(r) -> str:
    """Who is in the bottom three by the other reading, region or whole country: 报告表注4 does not say which."""
    column, other = ("by_region", "按区域") if r.scheme.bottom_scope == "country" else ("by_country", "按全国合并")
    judged = watchlist.readings(r, r.history, r.scheme)
    now = judged[judged[column].isin(["revoke", "at_risk"])]
    return f"如{other}计算，本轮处于后3位的示范基地为{len(now)}家{_named(now)}。报告表注4未说明按何范围计，此处供比较。"


def two_rounds(r) -> pd.DataFrame:
    """表7: what two rounds say, for every base whose standing calls for attention."""
    columns = ["结论", "基地", "类型", "区域", "上轮名次", "本轮名次", "上轮总分", "本轮总分"]
    if not r.previous:
        return pd.DataFrame(columns=columns)
    listed = r.watchlist[r.watchlist.status.isin(TOLD)]
    listed = listed[(listed.status != "not_submitted") | (listed.bottom_three_previous.fillna(0) == 1)]
    return _place(listed).assign(
        结论=listed.status.map(TOLD),
        上轮名次=listed.rank_in_kind_previous.map(number),
        本轮名次=listed.rank_in_kind.map(number),
        上轮总分=listed.total_previous.map(lambda total: number(total, 2)),
        本轮总分=listed.total.map(lambda total: number(total, 2)),
    )[columns]


def growth(r) -> pd.DataFrame:
    """表8: the headline counts and amounts against the base period, whole country and regions."""
    rows = []
    for code in GROWN:
        change = r.region_change[r.region_change.code == code].set_index("region")
        if "全国" not in change.index:
            continue
        row = {
            "指标": FIELDS[code].label,
            "报告期合计": _amount(code, change.value["全国"]),
            "基期合计": _amount(code, change.base_period_value["全国"]),
        }
        row |= {f"{SHORT[region]}增幅": _pct(change.change_pct.get(region)) for region in ("全国", "东", "中", "西")}
        rows.append(row | {"家数": str(change.bases["全国"])})
    return pd.DataFrame(
        rows, columns=["指标", "报告期合计", "基期合计", "全国增幅", "东部增幅", "中部增幅", "西部增幅", "家数"]
    )


def growth_shown(r) -> pd.DataFrame:
    """What 图3 plots: region, code, change_pct, bases."""
    return r.region_change[r.region_change.code.isin(GROWN)]


def source(r) -> str:
    """The line below a figure."""
    return f"数据来源：各基地报送的{r.year}年报告表，{len(r.scores)}家参评基地"


def tiers_seen(r) -> str:
    """图1 for those who cannot see it."""
    rows = tiers(r).set_index("区域")
    shares = "；".join(f"{name}{row[r.scheme.tier_names[0]]}" for name, row in rows.iterrows())
    return f"条形图，各区域三档所占比例。{r.scheme.tier_names[0]}：{shares}。全部数字见表4。"


def totals_seen(r) -> str:
    """图2 for those who cannot see it."""
    ends = r.scores.groupby("region").total.agg(["min", "median", "max"]).reindex(list(SHORT)).dropna()
    said = "；".join(
        f"{SHORT[row.Index]}{row.min:.1f}至{row.max:.1f}，中位数{row.median:.1f}" for row in ends.itertuples()
    )
    return f"散点图，每点为一家基地的总分，按区域分行，处于后3位的示范基地以圆圈标出。{said}。"


def growth_seen(r) -> str:
    """图3 for those who cannot see it."""
    said = "；".join(f"{row.指标}{row.全国增幅}" for row in growth(r).itertuples())
    return f"点图，各指标合计比基期的增幅，全国与各区域。全国：{said}。全部数字见表8。"


def assumptions(scheme) -> str:
    """口径与假设: what the form's notes fix, and what this scheme assumes, from the scheme's own entries."""
    said = []
    for basis, heading in (("official", "报告表注释明确规定的"), ("assumed", "注释未规定、本方案暂按以下假设处理的")):
        sources = dict.fromkeys(entry.source for entry in scheme.entries if entry.basis == basis)
        listed = "；".join(f"（{place}）{inline(source)}" for place, source in enumerate(sources, 1))
        said.append(f"**{heading}：** {listed or '无'}。")
    return "\n\n".join(said)


def caveats(r) -> str:
    """How the figures may be read, and how not."""
    few = national.too_few(r.scores, r.scheme)
    said = [
        "总分在本区域、本轮之内定标，不同区域、不同轮次的总分不宜直接比较高低。",
        f"缺报的指标按评分方案计分（本轮参评基地共缺报{number(r.scores.missing.sum())}项）；退回文件和名单外报送不参评。",
        "数据由各基地填报，尚未与佐证材料逐项核对。",
        f"“权重变动下仍居后3位”为{number(r.scheme.draws)}次抽取权重的占比：各级权重在本方案附近随机变动"
        f"（集中度{r.scheme.concentration:g}，大致在其值的±25%以内），归一化后的指标值不变。",
    ]
    if few:
        said.append(
            f"{'、'.join(SHORT[region] for region in few)}参评示范基地不多于{r.scheme.bottom_count}家，不计后3位。"
        )
    return "\n".join(f"- {sentence}" for sentence in said)


def _rejected(r) -> pd.DataFrame:
    return r.files[r.files.status == "rejected"]


def _place(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {"name": "基地", "kind": "类型", "province": "省份"}
    return frame.rename(columns=columns).assign(区域=frame.region.map(SHORT))


def _named(frame: pd.DataFrame) -> str:
    """The names, region by region, as they stand in a sentence; "" where they are none or too many for one."""
    if not 0 < len(frame) <= NAMED:
        return ""
    groups = frame.groupby("region", sort=False)
    return "：" + "；".join(f"{'、'.join(map(inline, group.name))}（{SHORT[region]}）" for region, group in groups)


def _amount(code: str, value: float) -> str:
    scale, unit = SCALES.get(code, (1, FIELDS[code].unit))
    if value < scale:  # 0.06亿件 says less than 606.00万件
        return brief(value, FIELDS[code].unit)
    return f"{number(value / scale, 2 if scale > 1 or FIELDS[code].type == 'amount' else 0)}{unit}"


def _moved(change_pct: float) -> str:
    return f"比基期{'增长' if change_pct >= 0 else '下降'}{abs(change_pct):.1f}%"


def _pct(change_pct: float | None) -> str:
    return MISSING if change_pct is None or pd.isna(change_pct) else f"{change_pct:+.1f}%"
