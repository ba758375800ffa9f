"""Tables and sentences on two rounds in a row; frames as `watchlist` and `progress` give them."""

import pandas as pd

from ecanalysis.presenting.tables import (
    KINDS,
    MISSING,
    REGION_NAMES,
    REGIONS,
    SHORT,
    STATUS_BRIEF,
    STATUS_NAMES,
    inline,
    number,
)
from ecanalysis.scoring.scheme import Scheme

DEMONSTRATION, CLUSTER = KINDS
NAMED = 12  # more names than this are left to the table
TOLD = ["revoke", "at_risk", "recovered", "not_submitted", "add", "add_gated", "add_over_quota", "promising"]
UNSCORED = "未参评"


def span(r) -> tuple[str, str]:
    """The two rounds as a chart names them."""
    return (f"{r.previous.year}年" if r.previous else "上一轮（无）"), f"{r.year}年"


def source(r) -> str:
    """The line below a figure."""
    years = "、".join(f"{one.year}年" for one in (*r.history, r))
    return f"数据来源：各基地报送的报告表（报告期{years}），按方案“{r.scheme.title}”计算"


def headline(r, readings: pd.DataFrame) -> str:
    """要点: who is to lose the title, who is at risk, who is to be added, who did not submit."""
    scheme, found = r.scheme, {status: r.watchlist[r.watchlist.status == status] for status in STATUS_NAMES}
    if not r.previous:
        return _bullets(_first_round(found, r))
    rounds, last = f"{r.previous.year}、{r.year}年连续两次", f"后{scheme.bottom_count}位"
    silent = _after_bottom(r.watchlist)
    country = readings[readings.by_country == "revoke"]
    lines = [
        f"{rounds}处于{last}、按报告表注4符合取消示范资格条件的示范基地{_many(found['revoke'])}。",
        f"本次处于{last}而上次不是的示范基地{_many(found['at_risk'])}；"
        f"上次处于{last}、本次已脱离的{_many(found['recovered'])}。",
        f"{rounds}成绩靠前、建议增补的集聚区{_many(found['add'])}"
        + _some("；因一票否决不建议增补的", found["add_gated"])
        + _some("；超出名额的", found["add_over_quota"])
        + "。",
        f"在名单内而本次未报送的{len(found['not_submitted'])}家"
        + (f"，其中上次处于{last}的{_many(silent)}：未报送不等于脱离{last}，另列为表2。" if len(silent) else "。"),
        f"{last}如改按全国计，符合取消示范资格条件的为{_many(country)}；两种口径的差别见第三部分。",
    ]
    return _bullets(lines)


def _first_round(found: dict, r) -> list[str]:
    gated = found["promising"].base_id.isin(r.scores.base_id[r.scores.gated == 1])
    free = found["promising"][~gated]
    return [
        f"{r.year}年没有上一轮可比（首轮）：报告表注4所称“连续两次”要到下一轮才能认定，以下只作预警。",
        f"如下一轮结果与本次相同，将符合取消示范资格条件的示范基地{_many(found['at_risk'])}。",
        f"如下一轮结果与本次相同，可建议增补的集聚区{_many(free)}（每区域前{r.scheme.best_count}位，暂定）"
        + (f"；另有{int(gated.sum())}家成绩靠前而一票否决。" if gated.any() else "。"),
        f"在名单内而本次未报送的{len(found['not_submitted'])}家。",
    ]


def _bullets(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _many(table: pd.DataFrame) -> str:
    """How many, and their names where they are few: 2家（甲、乙）."""
    names = "、".join(map(inline, table.name)) if 0 < len(table) <= NAMED else ""
    return f"{len(table)}家" + (f"（{names}）" if names else "")


def _some(what: str, table: pd.DataFrame) -> str:
    """The same after some words; nothing where there are none."""
    return what + _many(table) if len(table) else ""


def _after_bottom(watchlist: pd.DataFrame) -> pd.DataFrame:
    was = watchlist.bottom_three_previous.eq(1).fillna(False).astype(bool)
    return watchlist[was & (watchlist.status == "not_submitted")]


def slopes_alt(watchlist: pd.DataFrame, kind: str) -> str:
    """What the slope chart of one kind shows, in a sentence."""
    both = watchlist[(watchlist.kind == kind) & watchlist.total.notna() & watchlist.total_previous.notna()]
    told = both[both.status.isin(TOLD)]
    return f"两轮均参评的{kind}{len(both)}家，每家一条线连接两轮总分；其中在名单上的{len(told)}家标出名称，数字见各表。"


def overview(watchlist: pd.DataFrame) -> pd.DataFrame:
    """How many bases have each status, by region; statuses nobody has are left out."""
    counts = watchlist.groupby(["status", "region"]).size().unstack(fill_value=0).reindex(columns=REGIONS, fill_value=0)
    counts = counts.reindex([status for status in (*TOLD, "left_roster", "ok") if status in counts.index])
    frame = counts.rename(columns=REGION_NAMES).assign(全国=counts.sum(axis=1))
    frame.insert(0, "认定", [STATUS_NAMES[status] for status in counts.index])
    return frame.reset_index(drop=True)


def unsubmitted(watchlist: pd.DataFrame) -> pd.DataFrame:
    """上次处于后3位、本次未报送: the list of its own."""
    return _places(_after_bottom(watchlist)).drop(columns="认定")


def listed(watchlist: pd.DataFrame, statuses: list[str], region: str | None = None) -> pd.DataFrame:
    """The bases with one of the statuses, of a region or of all, with both rounds' totals and places and the reason.

    The region is left out where the table is one region's.
    """
    rows = watchlist[watchlist.status.isin(statuses) & ((watchlist.region == region) | (region is None))]
    order = rows.assign(order=rows.status.map(statuses.index)).sort_values(["order", "region", "base_id"])
    return _places(order) if region is None else _places(order).drop(columns="区域")


def _places(rows: pd.DataFrame) -> pd.DataFrame:
    # Both rounds in one column each: the reason needs the room.
    return pd.DataFrame(
        {
            "单位": rows.name,
            "区域": rows.region.map(SHORT),
            "认定": rows.status.map(STATUS_BRIEF),
            "总分": [f"{number(was, 2)}→{number(now, 2)}" for was, now in zip(rows.total_previous, rows.total)],
            "位次": [f"{number(was)}→{number(now)}" for was, now in zip(rows.rank_in_kind_previous, rows.rank_in_kind)],
            "依据": rows.reason,
        }
    )


def rest(watchlist: pd.DataFrame) -> str:
    """How many are on neither list."""
    fine, gone = (int((watchlist.status == status).sum()) for status in ("ok", "left_roster"))
    left = f"；{gone}家已不在名单内" if gone else ""
    return f"其余{fine}家不属于报告表注4所列情形{left}。全部单位及依据见评分结果中的watchlist.csv。"


def both_readings(readings: pd.DataFrame) -> pd.DataFrame:
    """The demonstration bases on a list under any reading of 后3位, with what each reading makes of them."""
    told = ["revoke", "at_risk", "recovered"]
    columns = ["by_region", "by_country", "by_own_rounds"]
    rows = readings[(readings.kind == DEMONSTRATION) & readings[columns].isin(told).any(axis=1)]
    rows = rows.assign(order=rows.region.map(REGIONS.index)).sort_values(["order", "base_id"])
    return pd.DataFrame(
        {
            "单位": rows.name,
            "区域": rows.region.map(REGION_NAMES),
            "按区域计": rows.by_region.map(STATUS_NAMES),
            "按全国计": rows.by_country.map(STATUS_NAMES),
            "按最近两次参评计": rows.by_own_rounds.map(STATUS_NAMES),
        }
    )


def readings_sentence(readings: pd.DataFrame) -> str:
    """In how many cases the readings part ways."""
    titled = readings[readings.kind == DEMONSTRATION]
    either = titled[["by_region", "by_country"]]
    worst = "revoke" if either.eq("revoke").any(axis=None) else "at_risk"
    region, country = (either[column] == worst for column in either)
    own = int((titled.by_own_rounds != titled.status).sum())
    what = "连续两次处于后3位的" if worst == "revoke" else "本次处于后3位的"
    return (
        f"附件6没有说明后3位按区域还是按全国计。按区域计，{what}{int(region.sum())}家；按全国计，"
        f"{int(country.sum())}家；两种口径下都是的{int((region & country).sum())}家。"
        f"若把缺评一轮前后的两次参评视为“连续两次”，认定结果{f'有变化的{own}家' if own else '没有变化'}。"
    )


def transitions(moves: pd.DataFrame, kind: str, tiers: tuple[str, ...]) -> pd.DataFrame:
    """The matrix of tiers, earlier round down, later round across, for one kind."""
    order = [*tiers, UNSCORED]
    counts = (
        moves[moves.kind == kind]
        .pivot_table(index="tier_previous", columns="tier", values="bases", aggfunc="sum", fill_value=0)
        .reindex(index=order, columns=order, fill_value=0)
        .astype(int)
    )
    frame = counts.rename(columns=lambda tier: f"本次{tier}").reset_index(drop=True)
    frame.insert(0, "上次", order)
    return frame


def transitions_sentence(moves: pd.DataFrame, tiers: tuple[str, ...]) -> str:
    """How many stayed in their tier, rose and fell."""
    if moves.empty:
        return "没有上一轮结果，无法比较档次。"
    scored = moves[moves.tier.isin(tiers) & moves.tier_previous.isin(tiers)]
    if not scored.bases.sum():
        return "没有两轮均参评的单位，无法比较档次。"
    order = {tier: place for place, tier in enumerate(tiers)}
    step = scored.tier_previous.map(order).astype(int) - scored.tier.map(order).astype(int)
    up, same, down = (int(scored.bases[condition].sum()) for condition in (step > 0, step == 0, step < 0))
    return f"两轮均参评的{int(scored.bases.sum())}家中，档次上升{up}家、不变{same}家、下降{down}家。"


def histories(cases: pd.DataFrame, watchlist: pd.DataFrame, statuses: list[str]) -> pd.DataFrame:
    """The case history of every base with one of the statuses now: a row a base, a column a round."""
    rows = watchlist[watchlist.status.isin(statuses)]
    rows = rows.assign(order=rows.status.map(statuses.index)).sort_values(["order", "base_id"])
    told = cases.assign(words=[_round_in_words(case) for case in cases.itertuples()])
    wide = told.pivot(index="base_id", columns="year", values="words").reindex(rows.base_id).fillna("不在名单")
    frame = wide.rename(columns=lambda year: f"{year}年").reset_index(drop=True)
    frame.insert(0, "单位", rows.name.array)
    frame.insert(1, "现认定", rows.status.map(STATUS_NAMES).array)
    frame.columns.name = None
    return frame


def _round_in_words(case) -> str:
    if case.status == "left_roster":
        return "不在名单"
    if pd.isna(case.total):
        return f"{case.kind}，未报送"
    marks = [f"{case.kind}第{case.rank_in_kind}/{case.of_kind}位", f"{case.total:.2f}分", case.tier]
    marks += ["后3位"] if case.bottom_three == 1 else []
    marks += ["一票否决"] if case.gated == 1 else []
    return "，".join(marks)


def additions_sentence(watchlist: pd.DataFrame, promoted: pd.DataFrame, scheme: Scheme) -> str:
    """What the additions take of the places left, and what the rosters say of earlier ones."""
    added = int((watchlist.status == "add").sum())
    after = (
        f"，本次建议增补{added}家后尚余{scheme.quota_remaining - added}家。"
        if added
        else "，本次没有建议增补的集聚区。"
    )
    said = (
        f"到2035年新增示范基地控制在{scheme.quota_total}家以内（报告表注4），方案所载尚余名额{scheme.quota_remaining}家"
    )
    if promoted.empty:
        return said + after
    return (
        f"{said}{after}历轮名单显示，由集聚区转为示范基地的已有{len(promoted)}家；如尚未从名额中扣除，"
        "请在方案文件的“尚余名额”（quota_left）中更正后重新计算。"
    )


def not_submitted(cases: pd.DataFrame, year: int) -> pd.DataFrame:
    """Who is on the roster and did not submit in this round, and when last it took part."""
    silent = cases[(cases.year == year) & (cases.status == "not_submitted")]
    took_part = cases[cases.total.notna() & (cases.year < year)].groupby("base_id").year.max()
    last = silent.base_id.map(took_part)
    return pd.DataFrame(
        {
            "单位": silent.name,
            "区域": silent.region.map(REGION_NAMES),
            "类别": silent.kind,
            "最近一次参评": [MISSING if pd.isna(year) else f"{int(year)}年" for year in last],
        }
    ).reset_index(drop=True)


def progress(summary: pd.DataFrame) -> pd.DataFrame:
    """Median changes of the totals and how many rose, as scored and on the first round's bounds, by region and kind."""
    return pd.DataFrame(
        {
            "区域": summary.region.map(REGION_NAMES),
            "类别": summary.kind,
            "两轮均参评": summary.bases,
            "总分变动中位数": [f"{value:+.2f}" for value in summary.median_change],
            "上升家数": summary.up,
            "固定界值下变动中位数": [f"{value:+.2f}" for value in summary.median_fixed_change],
            "固定界值下上升家数": summary.fixed_up,
        }
    )


def progress_sentence(change: pd.DataFrame, r) -> str:
    """What the totals hide and fixed bounds show."""
    if change.empty:
        return "没有两轮均参评的单位，无法比较进步。"
    first_year = (r.history or [r])[0].year
    up, fixed_up = change.change > 0, change.fixed_change > 0
    return (
        f"总分是同一轮之内相对而言的：大家都进步，总分未必上升。改用{first_year}年首轮的界值衡量全部轮次，两轮均参评的"
        f"{len(change)}家中{int(fixed_up.sum())}家上升（按各轮自身界值为{int(up.sum())}家），"
        f"其中{int((fixed_up & ~up).sum())}家总分未升而实际有进步。"
    )


def assumptions(scheme: Scheme) -> str:
    """口径与假设: what the results rest on beyond the form's own words."""
    scope = "在各区域的示范基地中" if scheme.bottom_scope == "region" else "在全国的示范基地中"
    gate = "填报发生重特大事故或违法行为的集聚区不建议增补（暂定）。" if scheme.gate else "本方案未启用一票否决。"
    lines = [
        "规则：报告表注4——连续两次综合评价成绩处于后3位的示范基地，取消示范资格；连续两次成绩靠前的非示范基地增补为"
        "示范基地，到2035年新增总数控制在100家以内。",
        f"“后{scheme.bottom_count}位”{scope}认定（暂定）：严格低于它的不足{scheme.bottom_count}家者入列，总分按6位小数比较，"
        f"并列的全部入列；比较范围内不多于{scheme.bottom_count}家时不划定。",
        f"“靠前”指本区域集聚区前{scheme.best_count}位（暂定），并列的全部入列；超出名额时，按两轮总分平均由高到低取，"
        "平均分相同的按编号排列，须人工确定。" + gate,
        "每轮的位次和后3位按该轮自己的名单计算；适用哪条规则，以后一轮名单所载类别为准。更名、变更区域的，以编号认同一单位。",
        "未报送的单位不参评，既不计为后3位，也不视为脱离后3位；缺评一轮使“连续”中断（暂定，附件6未作规定），"
        "若按该单位最近两次参评计的结果另列于第三部分。",
        "上一轮没有成绩的单位，仅按本轮判断。",
        "本页为按规则计算的结果，供审核使用；取消资格和增补由商务部决定。",
    ]
    return "\n".join(f"- {line}" for line in lines)
