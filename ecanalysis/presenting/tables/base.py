"""综合评价结果反馈单: one base's results in words and tables. `own` is `feedback.of_base`'s result.

Form note 6 gives back tiers: totals, ranks and probabilities appear only where `with_scores` is true.
"""

import pandas as pd

from ecanalysis.form.fields import FIELDS
from ecanalysis.presenting import feedback
from ecanalysis.presenting.returns import OURS
from ecanalysis.presenting.tables import MISSING, REGION_NAMES, answer, inline, label, number, percent
from ecanalysis.scoring import explain

DEMONSTRATION = "示范基地"
STATUSES = {
    "revoke": "连续两次综合评价成绩处于{scope}示范基地后3位，按报告表注4符合取消示范资格的条件，以商务部决定为准",
    "at_risk": "本次成绩处于{scope}示范基地后3位；按报告表注4，下一次仍处于后3位即符合取消示范资格的条件",
    "recovered": "上次成绩处于{scope}示范基地后3位，本次已脱离",
    "add": "两次综合评价均居本区域集聚区前列，符合增补条件，以商务部决定为准",
    "add_gated": "两次综合评价均居本区域集聚区前列，但触及一票否决，本次不建议增补",
    "add_over_quota": "两次综合评价均居本区域集聚区前列，但超出尚余名额，本次不建议增补",
    "promising": "本次居本区域集聚区前列；按报告表注4，连续两次成绩靠前方可增补",
}


def title(r, own: feedback.Result) -> str:
    """The lines below the heading: whose page it is, and of which round."""
    base = own.roster
    where = f"{base.kind}　{inline(base.province)}　{REGION_NAMES[base.region]}"
    return f"**{inline(base['name'])}**　{where}\n\n报告期：{r.year}年　基期：{r.year - 1}年"


def highlights(r, own: feedback.Result, with_scores: bool) -> str:
    """要点: tier, standing over two rounds, weaknesses, strengths, completeness."""
    if own.score is None:
        return f"1. **评价结果。** {r.year}年轮次在名单内而没有可用的报送，未参评，没有评价结果。"
    points = [
        _tier(r, own, with_scores),
        _standing(r, own),
        _fields(own, "短板", explain.weaknesses(own.explained), "与本区域中位水平相比差距最大的是"),
        _fields(own, "优势", explain.strengths(own.explained), "高于本区域中位水平最多的是"),
        _complete(own),
    ]
    return "\n".join(f"{place}. {point}" for place, point in enumerate(points, 1))


def _tier(r, own: feedback.Result, with_scores: bool) -> str:
    score, before = own.score, own.before
    text = f"**评价结果。** 本轮评价结果为“{score.tier}”"
    text += f"，上一轮（{r.previous.year}年）为“{before.tier}”。" if before is not None else "。"
    if score.gated:
        text += "因填报发生重特大突发事故或违法行为，按“一票否决”列入末档。"
    if with_scores:
        group = r.scores[r.scores.region == score.region]
        kind = group[group.kind == score.kind]
        text += (
            f"总分{number(score.total, 2)}分（综合{number(score.general, 2)}分、专项{number(score.special, 2)}分），"
            f"在{REGION_NAMES[score.region]}{len(group)}家参评基地中列第{score['rank']}位，"
            f"在其中{len(kind)}家{score.kind}中列第{score.rank_in_kind}位。"
        )
    firm = feedback.firmness(r, own.base_id)
    if score.gated:
        return text
    return (
        text
        + f"各级权重小幅变动时，这一档次{feedback.firmness_word(firm)}"
        + (f"（{percent(firm, 0)}的抽取中不变）。" if with_scores else "。")
    )


def _standing(r, own: feedback.Result) -> str:
    scope = "全国" if r.scheme.bottom_scope == "country" else "本区域"
    if own.status in STATUSES:
        said = STATUSES[own.status].format(scope=scope)
    elif own.score.bottom_three:
        said = STATUSES["at_risk"].format(scope=scope)
    elif not r.previous or own.before is None:
        said = "没有上一轮结果可比" + ("，本次未处于后3位" if own.roster.kind == DEMONSTRATION else "")
    else:
        said = "两次均未处于后3位" if own.roster.kind == DEMONSTRATION else "暂不符合增补条件"
    return f"**动态调整。** {said}。"


def _fields(own: feedback.Result, heading: str, found: pd.DataFrame, words: str) -> str:
    if own.explained.peer_median.isna().all():
        return f"**{heading}。** 本区域各项有效值均不足{feedback.FEWEST}个，不作比较。"
    if found.empty:
        return f"**{heading}。** 没有明显{heading}。"
    return f"**{heading}。** {words}{'、'.join(FIELDS[code].label for code in found.code)}（见图1）。"


def _complete(own: feedback.Result) -> str:
    lacking, doubted = int((own.explained.state != "").sum()), len(issues(own))
    if not lacking and not doubted:
        return "**填报情况。** 计分指标填报完整，没有需要补正或核实的内容。"
    said = [f"计分指标缺报或无法读取{lacking}项"] * (lacking > 0) + [f"需要补正或核实{doubted}处"] * (doubted > 0)
    return f"**填报情况。** {'，'.join(said)}（见表3）。"


def profile_seen(own: feedback.Result) -> str:
    """图1 for those who cannot see it."""
    above, below = (own.explained.gap > 0).sum(), (own.explained.gap < 0).sum()
    return f"点图，各计分指标与本区域中位水平相比：高于中位水平{above}项，低于{below}项。数值见表1。"


def source(r, own: feedback.Result) -> str:
    """The line below a figure."""
    count = (r.bases.region == own.roster.region).sum()
    return f"数据来源：{r.year}年报告表；比较范围为{REGION_NAMES[own.roster.region]}{count}家参评基地"


def fields(own: feedback.Result, with_scores: bool) -> pd.DataFrame:
    """表1: every scored field beside its region's middle; with scores, the points too."""
    columns = ["指标", "本基地", "区域中位数（是的比例）", "与区域相比"]
    rows = []
    for row in own.explained.itertuples():
        yes_no = FIELDS[row.code].type == "yes_no"
        typical = MISSING if pd.isna(row.peers_typical) else percent(row.peers_typical, 0) if yes_no else ""
        here = {"missing": "未填", "unreadable": "无法读取"}.get(row.state, answer(row.code, row.value))
        cells = [label(row.code), here, typical or answer(row.code, _rounded(row.peers_typical)), _compared(row)]
        rows.append([*cells, number(row.points, 2), number(row.max_points, 2)] if with_scores else cells)
    return pd.DataFrame(rows, columns=[*columns, "得分", "满分"] if with_scores else columns)


def change(own: feedback.Result) -> pd.DataFrame:
    """表2: the base against its own base period, and how its region's middle moved."""
    known = own.change[own.change.change.notna()]
    rows = [
        (
            label(row.code),
            answer(row.code, row.base_period_value),
            answer(row.code, row.value),
            f"{row.change_pct:+.1f}%" if pd.notna(row.change_pct) else f"{row.change:+,.2f}{_points(row.code)}",
            MISSING if pd.isna(row.peers_change_pct) else f"{row.peers_change_pct:+.1f}%",
        )
        for row in known.itertuples()
    ]
    return pd.DataFrame(rows, columns=["指标", "基期", "报告期", "变化", "区域中位增幅"])


def issues(own: feedback.Result) -> pd.DataFrame:
    """表3: what to complete, correct or confirm, with the cell it stands in."""
    faults = own.issues[~own.issues.kind.isin(OURS)]
    rows = [
        (
            "须补正" if row.severity == "error" else "请核实",
            label(row.code) if row.code in FIELDS else MISSING,
            row.message,
            _cell(row.sheet, row.cell),
        )
        for row in faults.itertuples()
    ]
    if len(own.explained):
        told = set(faults.code)
        rows += [
            ("未填", label(row.code), "报告期没有填报，按缺报计分", MISSING)
            for row in own.explained[own.explained.state == "missing"].itertuples()
            if row.code not in told
        ]
    return pd.DataFrame(rows, columns=["处理", "指标", "情况", "位置"])


def submitted(r, own: feedback.Result) -> pd.DataFrame:
    """表4: every value that was read, as written, with its cell: reporting year and base period side by side."""
    read = [own.values[own.values.year == year].set_index("code") for year in (r.year, r.year - 1)]
    rows = []
    for code in FIELDS:
        found = [one.loc[code] if code in one.index else None for one in read]
        if any(one is not None for one in found):
            cells = [
                (MISSING, MISSING) if one is None else (answer(code, one.value, one.text), one.raw) for one in found
            ]
            rows.append([label(code), *cells[0], *cells[1], _places([one for one in found if one is not None])])
    return pd.DataFrame(rows, columns=["指标", "报告期", "原填内容", "基期", "基期原填", "位置"])


def caveats(r, with_scores: bool) -> str:
    """How the page may be read."""
    said = [
        "评价在东、中、西三个区域内分别进行，档次、短板和优势均相对于本区域本轮的参评基地。",
        f"区域中位数不足{feedback.FEWEST}个有效值时不列出；本页不涉及其他基地的单独数据。",
        "数据取自本基地报送的报告表，未与佐证材料逐项核对；如有误读，请按位置一栏指出。",
    ]
    if not with_scores:
        said.append("按报告表注6，反馈评价结果的档次，不列总分和名次。")
    return "\n".join(f"- {sentence}" for sentence in said)


def _compared(row) -> str:
    if row.state or pd.isna(row.peer_median):
        return MISSING
    if row.gap == 0:
        return "持平"
    return "高于" if row.gap > 0 else "低于"


def _rounded(value: float) -> float:
    return value if pd.isna(value) else round(value, 2 if abs(value) < 100 else 0)


def _points(code: str) -> str:
    return "个百分点" if FIELDS[code].unit == "%" else FIELDS[code].unit


def _places(found: list[pd.Series]) -> str:
    """Where one or two values stand; the sheet is named once where it is the same."""
    first, *others = [_cell(one.sheet, one.cell) for one in found]
    same = bool(others) and found[0].sheet == found[1].sheet and found[1].cell
    return "、".join([first, *([found[1].cell] if same else others)])


def _cell(sheet: str, cell: str) -> str:
    return f"{sheet}!{cell}" if sheet and cell else cell or sheet or MISSING
