"""省级反馈: the results of a province's bases in words and tables. `own` is `feedback.of_province`'s frame.

Form note 6 gives back tiers: totals and ranks appear only where `with_scores` is true. Other provinces' bases appear
only in aggregates.
"""

import pandas as pd

from ecanalysis.form.fields import FIELDS
from ecanalysis.presenting import feedback
from ecanalysis.presenting.formats import brief
from ecanalysis.presenting.returns import OURS
from ecanalysis.presenting.tables import KINDS, MISSING, REGION_NAMES, STATUS_NAMES, inline, number, percent

TOLD = ("revoke", "at_risk", "recovered", "add", "add_gated", "add_over_quota", "promising")
GROWN = ("C14", "C16", "C17", "S1", "A2")


def title(r, province: str, own: pd.DataFrame) -> str:
    """The lines below the heading."""
    regions = "、".join(REGION_NAMES[region] for region in dict.fromkeys(own.region))
    return f"**{inline(province)}**（{regions}）\n\n报告期：{r.year}年　基期：{r.year - 1}年"


def highlights(r, own: pd.DataFrame) -> str:
    """要点: who took part, the tiers, standing over two rounds, what to complete."""
    points = [_took_part(own), _tiers(r, own), _standing(r, own), _complete(r, own)]
    return "\n".join(f"{place}. {point}" for place, point in enumerate(points, 1))


def _took_part(own: pd.DataFrame) -> str:
    kinds = "、".join(f"{kind}{(own.kind == kind).sum()}家" for kind in KINDS)
    silent = own[~own.submitted]
    tail = f"{len(silent)}家未报送：{_names(silent)}" if len(silent) else "全部报送"
    return f"**参评情况。** 名单在列{len(own)}家（{kinds}），参评{own.submitted.sum()}家；{tail}。"


def _tiers(r, own: pd.DataFrame) -> str:
    scored = own[own.tier.notna()]
    if scored.empty:
        return "**评价结果。** 没有参评基地，未形成评价结果。"
    parts = [
        f"{tier}{len(group)}家（{_names(group)}）"
        for tier in r.scheme.tier_names
        if len(group := scored[scored.tier == tier])
    ]
    gated = scored[scored.gated == 1]
    tail = f"其中{_names(gated)}因“一票否决”列入末档。" if len(gated) else ""
    return f"**评价结果。** {'；'.join(parts)}（见表1）。{tail}"


def _standing(r, own: pd.DataFrame) -> str:
    if not r.previous:
        return "**动态调整。** 没有上一轮结果可比，不能判断是否连续两次。"
    parts = [
        f"{STATUS_NAMES[status]}{len(group)}家（{_names(group)}）"
        for status in TOLD
        if len(group := own[own.status == status])
    ]
    return f"**动态调整。** {'；'.join(parts) or '没有需要处理或关注的基地'}。"


def _complete(r, own: pd.DataFrame) -> str:
    faults = _faults(r, own)
    missing = int(own.missing.sum())
    errors, warnings = (int((faults.severity == severity).sum()) for severity in ("error", "warning"))
    if not (missing or errors or warnings):
        return "**填报质量。** 计分指标填报完整，没有需要补正或核实的内容。"
    return f"**填报质量。** 计分指标缺报{missing}项，须补正{errors}处、请核实{warnings}处（见表5和《退回补正清单》）。"


def results(r, own: pd.DataFrame, with_scores: bool) -> pd.DataFrame:
    """表1: every base of the province with its tier now and before, and what two rounds say."""
    frame = pd.DataFrame(
        {
            "基地": own.name,
            "类型": own.kind,
            "本轮档次": own.tier.where(own.submitted, "未参评"),
            "上轮档次": own.tier_previous.fillna(MISSING) if r.previous else MISSING,
            "两轮情况": own.status.map(STATUS_NAMES).fillna(MISSING),
        }
    )
    if not with_scores:
        return frame
    ranks = [f"{number(rank)}/{of}" if pd.notna(rank) else MISSING for rank, of in zip(own["rank"], own.of_region)]
    return frame.assign(总分=own.total.map(lambda total: number(total, 2)), 区域内名次=ranks)


def tiers_compared(composed: pd.DataFrame) -> pd.DataFrame:
    """表2: tiers of the province beside its region and the country."""
    rows = []
    for group, part in composed.groupby("group", sort=False):
        counts = {row.tier: f"{row.bases}（{percent(row.share, 0)}）" for row in part.itertuples()}
        rows.append({"范围": REGION_NAMES.get(group, group), "参评": int(part.n.iloc[0])} | counts)
    return pd.DataFrame(rows)


def tiers_seen(composed: pd.DataFrame) -> str:
    """图1 for those who cannot see it."""
    rows = tiers_compared(composed).to_dict("records")
    said = "；".join(f"{row['范围']}" + "、".join(f"{k}{v}" for k, v in list(row.items())[2:]) for row in rows)
    return f"条形图，本省、所在区域和全国参评基地的三档构成。{said}。"


def source(r) -> str:
    """The line below a figure."""
    return f"数据来源：各基地报送的{r.year}年报告表"


def growth(r, province: str) -> pd.DataFrame:
    """表3: the province's totals against the base period, beside its region's growth."""
    own = r.change[r.change.base_id.isin(r.bases.base_id[r.bases.province == province])]
    both = own[own.change_pct.notna() & own.code.isin(GROWN)]
    sums = both.groupby("code")[["value", "base_period_value"]].sum()
    counts = both.groupby("code").size()
    region = r.roster.region[r.roster.province == province].iloc[0]
    beside = r.region_change[r.region_change.region == region].set_index("code").change_pct
    rows = [
        (
            FIELDS[code].label,
            brief(sums.value[code], FIELDS[code].unit),
            brief(sums.base_period_value[code], FIELDS[code].unit),
            f"{(sums.value[code] / sums.base_period_value[code] - 1) * 100:+.1f}%",
            f"{beside[code]:+.1f}%" if code in beside else MISSING,
            str(counts[code]),
        )
        for code in GROWN
        if code in sums.index
    ]
    return pd.DataFrame(rows, columns=["指标", "报告期合计", "基期合计", "本省增幅", "区域增幅", "家数"])


def to_improve(r, own: pd.DataFrame) -> pd.DataFrame:
    """表4: for each scored base the fields furthest below its region's middle."""
    scored = own[own.tier.notna()]
    found = feedback.weakest(r, list(scored.base_id))
    rows = []
    for base in scored.itertuples():
        weak = found[found.base_id == base.base_id]
        said = "、".join(
            FIELDS[code].label + ("（未填）" if state else "") for code, state in zip(weak.code, weak.state)
        )
        rows.append((base.name, said or "没有明显短板"))
    return pd.DataFrame(rows, columns=["基地", "与本区域中位水平相比差距最大的指标"])


def to_complete(r, own: pd.DataFrame) -> pd.DataFrame:
    """表5: what each base has to complete, correct or confirm, in numbers."""
    faults = _faults(r, own)
    rows = []
    for base in own[own.submitted].itertuples():
        here = faults[faults.base_id == base.base_id]
        counts = [int(base.missing), *(int((here.severity == severity).sum()) for severity in ("error", "warning"))]
        if any(counts):
            rows.append((base.name, *map(str, counts)))
    return pd.DataFrame(rows, columns=["基地", "缺报项数", "须补正", "请核实"])


def caveats(with_scores: bool) -> str:
    """How the page may be read."""
    said = [
        "评价在东、中、西三个区域内分别进行；档次和差距均相对于所在区域本轮的参评基地。",
        "其他省份的基地只以区域、全国合计出现。",
        "数据取自各基地报送的报告表，未与佐证材料逐项核对；须补正、请核实的逐项内容见《退回补正清单》。",
    ]
    if not with_scores:
        said.append("按报告表注6，反馈评价结果的档次，不列总分和名次。")
    return "\n".join(f"- {sentence}" for sentence in said)


def _faults(r, own: pd.DataFrame) -> pd.DataFrame:
    return r.issues[r.issues.base_id.isin(own.base_id) & ~r.issues.kind.isin(OURS)]


def _names(frame: pd.DataFrame) -> str:
    return "、".join(map(inline, frame.name))
