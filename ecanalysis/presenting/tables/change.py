"""Tables and sentences on the change against the base period; frames as `growth` and `base_period` give them."""

import pandas as pd

from ecanalysis.form.fields import FIELDS
from ecanalysis.presenting.formats import brief, signed
from ecanalysis.presenting.tables import MISSING, REGION_NAMES, SHORT, SMALL, label

SOURCE_NAMES = {"reported": "本表基期栏", "base_period_round": "基期轮次", "implied": "由增速推算", "": MISSING}
REASONS = {
    "no_base_period": "报告期有数，基期无数",
    "no_value": "基期有数，报告期未填",
    "no_value_read": "报告期已填，但读不出有效数值（见填报问题）",
}


def source(year: int) -> str:
    """The line below a figure: where its numbers come from, and of which years."""
    return f"数据来源：各基地报送（{year}年报告期，基期为{year - 1}年）"


def headline(overview: pd.DataFrame, bases: int, year: int) -> str:
    """The answer in a few sentences: what grew, what fell, on how many bases that rests."""
    if not bases:
        return "- 本轮没有参评基地，以下各表为空。"
    if not overview.both.sum():
        return f"- {bases}家基地均未提供{year - 1}年（基期）数据，{year}年的变动无从计算，以下各表为空。"
    total = overview[overview.change_pct.notna()]
    points = overview[overview.value.isna() & overview.median_change.notna()]
    share = overview[overview.both > 0]
    low, high = share.both.min(), share.both.max()
    some = f"{low}家" if low == high else f"按指标不同为{low}—{high}家"
    sources = "、".join(
        f"{SOURCE_NAMES[name]}{int(share[name].sum()):,}项次" for name in SOURCE_NAMES if name and share[name].sum()
    )
    lines = [
        f"{year}年与{year - 1}年（基期）相比，{_up_and_down(total)}",
        _extremes(total),
        f"占比、增速和人均类的{len(points)}项指标中，{_count(points.median_change > 0)}项的中位变动为升，"
        f"{_count(points.median_change < 0)}项为降。",
        f"以上只计两年均有数的基地：{some}，全部参评基地{bases}家；基期数取自{sources}。",
    ]
    return "\n".join(f"- {line}" for line in lines if line)


def totals_alt(overview: pd.DataFrame) -> str:
    """What the chart of totals shows, in a sentence."""
    total = overview[overview.change_pct.notna()].sort_values("change_pct", ascending=False)
    parts = [f"{label(row.code)}{signed(row.change_pct)}" for row in total.itertuples()]
    return f"合计数增速由高到低：{'、'.join(parts)}。" if parts else "没有可比的数量、金额指标。"


def shares_alt(overview: pd.DataFrame) -> str:
    """What the chart of percents and of C07 shows, in a sentence."""
    table = overview[overview.value.isna() & overview.median_change.notna()]
    parts = [f"{label(row.code)}{signed(row.median_change, 2, '')}" for row in table.itertuples()]
    return f"变动的中位数（百分点，C07为人）：{'、'.join(parts)}。" if parts else "没有可比的占比、增速和人均类指标。"


def totals(overview: pd.DataFrame) -> pd.DataFrame:
    """Every count and amount: totals of both years over the bases that have both, growth, and what it rests on."""
    table = overview[overview.code.map(lambda code: FIELDS[code].type in ("count", "amount"))]
    rows = [
        (
            label(row.code), brief(row.value, FIELDS[row.code].unit),
            brief(row.base_period_value, FIELDS[row.code].unit), signed(row.change_pct), signed(row.median_change_pct),
            f"{row.up}/{row.down}/{row.same}", f"{row.both}/{row.value_bases}", _sources(row),
        )
        for row in table.itertuples()
    ]  # fmt: skip
    columns = [
        "指标",
        "报告期合计",
        "基期合计",
        "合计数增速",
        "基地增速中位数",
        "升/降/平",
        "可比/已填基地",
        "基期数来源",
    ]
    return pd.DataFrame(rows, columns=columns)


def shares(overview: pd.DataFrame) -> pd.DataFrame:
    """Every percent, and C07: median change in percentage points (人 for C07), and what it rests on."""
    table = overview[overview.code.map(lambda code: FIELDS[code].type in ("percent", "number"))]
    rows = [
        (
            label(row.code), signed(row.median_change, 2, "人" if row.code == "C07" else "个百分点"),
            f"{row.up}/{row.down}/{row.same}", f"{row.both}/{row.value_bases}", _sources(row),
        )
        for row in table.itertuples()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["指标", "变动中位数", "升/降/平", "可比/已填基地", "基期数来源"])


def rates(summary: pd.DataFrame) -> pd.DataFrame:
    """Rates by field and group: median first, then quartiles, n, mean and how many fell."""
    ordered = summary.sort_values("code", key=lambda codes: codes.map(list(FIELDS).index), kind="stable")
    rows = [
        (
            label(row.code), REGION_NAMES.get(row.group, row.group), signed(row.median),
            *(signed(value) if row.n >= SMALL else MISSING for value in (row.q1, row.q3)),
            row.n, signed(row.mean), row.falling,
        )
        for row in ordered.itertuples()
    ]  # fmt: skip
    columns = ["指标", "分组", "中位数", "下四分位", "上四分位", "基地数", "平均数", "负增长家数"]
    return pd.DataFrame(rows, columns=columns)


def rates_sentence(summary: pd.DataFrame) -> str:
    """Median, quartiles and n of each stated rate over the whole country, in a sentence."""
    nation = summary[summary.group == "全国"]
    if nation.empty:
        return "没有可用的增速。"
    parts = [
        f"{label(row.code)}中位数{signed(row.median)}（{_quartiles(row)}{row.n}家，其中{row.falling}家为负）"
        for row in nation.itertuples()
    ]
    return "；".join(parts) + "。"


def by_region(region_change: pd.DataFrame) -> pd.DataFrame:
    """Growth of regional totals: a row a field, a column a region, the number of bases in brackets."""
    frame = region_change.assign(
        words=[f"{signed(row.change_pct)}（{row.bases}）" for row in region_change.itertuples()]
    )
    wide = frame.pivot(index="code", columns="region", values="words").reindex(columns=list(REGION_NAMES))
    wide = wide.reindex([code for code in FIELDS if code in wide.index]).astype(object).fillna(MISSING)
    wide.columns = [REGION_NAMES[region] for region in wide.columns]
    return wide.reset_index().assign(code=lambda table: table.code.map(label)).rename(columns={"code": "指标"})


def contributions_sentence(parts: pd.DataFrame, code: str, what: str = "省级单位") -> str:
    """What a total grew by, and how few parts account for half of it."""
    name, unit = label(code), FIELDS[code].unit
    if not parts.base_period_value.sum() > 0:
        return f"{name}没有两年均有数的基地，无法分解增长。"
    grew = parts.points.sum()
    words = (
        f"{name}合计由{brief(parts.base_period_value.sum(), unit)}变为{brief(parts.value.sum(), unit)}"
        f"（{signed(grew)}，{int(parts.bases.sum())}家基地）；"
        f"{_count(parts.change > 0)}个{what}为增，{_count(parts.change < 0)}个为减。"
    )
    if grew > 0 and len(parts) > 1:
        half = int((parts.points.cumsum() < grew / 2).sum()) + 1
        words += f"贡献最大的{half}个{what}合计贡献{parts.points.head(half).sum():.1f}个百分点，占全部增速的一半以上。"
    return words


def contributions(parts: pd.DataFrame, code: str, heading: str = "省级单位", n: int | None = None) -> pd.DataFrame:
    """Contributions to a total's growth, largest first (the first and last of them with `n`)."""
    kept = parts if n is None or len(parts) <= 2 * n else pd.concat([parts.head(n), parts.tail(n)])
    unit = FIELDS[code].unit
    rows = [
        (
            row.part, brief(row.base_period_value, unit), brief(row.value, unit), brief(row.change, unit, sign=True),
            signed(row.points, 2, ""), row.bases,
        )
        for row in kept.itertuples()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=[heading, "基期", "报告期", "增减", "贡献（百分点）", "基地数"])


def movers(frame: pd.DataFrame, fields: bool = False) -> pd.DataFrame:
    """Bases that moved much (`growth.movers`, `growth.jumps`), each with the cells its two values stand in.

    The values are whole, as they stand in the cells; with `fields` each row names its field and the unit.
    """
    rows = [
        (
            row.name, row.base_id, SHORT[row.region], f"{label(row.code)}（{FIELDS[row.code].unit}）",
            as_stands(row.base_period_value), as_stands(row.value), as_stands(row.change, "+"), signed(row.change_pct),
            _cells(row),
        )
        for row in frame.itertuples()
    ]  # fmt: skip
    columns = ["基地", "编号", "区域", "指标", "基期", "报告期", "增减", "增速", "报告期、基期所在单元格"]
    table = pd.DataFrame(rows, columns=columns)
    return table if fields else table.drop(columns="指标")


def as_stands(value: float, sign: str = "") -> str:
    """A value as it stands in its cell, with thousands separators.

    >>> as_stands(206800000.0), as_stands(10.25), as_stands(-1.5, "+")
    ('206,800,000', '10.25', '-1.5')
    """
    return f"{value:{sign},.0f}" if float(value).is_integer() else f"{round(value, 4):{sign},}"


def _cells(row) -> str:
    before = row.base_period_cell or f"基期值{SOURCE_NAMES[row.source]}"
    return f"{row.file} {row.sheet}!{row.cell}、{before}"


def jumps_sentence(frame: pd.DataFrame) -> str:
    """How many values moved by a factor of ten or more, and what that means for the totals."""
    if frame.empty:
        return "没有数值较基期增至10倍以上或减至十分之一以下。"
    fields = "、".join(dict.fromkeys(frame.code))
    return (
        f"{len(frame)}项数值较基期增至10倍以上或减至十分之一以下（涉及{fields}），很可能是单位或位数填错，请对照单元格核实；"
        "未经更正的仍按所填计入合计，有关指标的合计数增速须慎用。"
    )


def stated_sentence(stated: pd.DataFrame, mismatches: pd.DataFrame) -> str:
    """How the stated A3 agrees with the one computed from A2 as reported for both years."""
    if stated.empty:
        return "没有基地同时填报了两年的农产品网络零售额及其增速，无法核对。"
    found = f"{len(stated)}家基地填报了两年的农产品网络零售额（A2）和增速（A3），"
    if mismatches.empty:
        return found + "填报增速与计算增速相差都不超过1个百分点。"
    return (
        found
        + f"其中{len(mismatches)}家填报增速与计算增速相差超过1个百分点，已列入填报问题（growth_mismatch），请核对。"
    )


def mismatches(issues: pd.DataFrame) -> pd.DataFrame:
    """The growth_mismatch issues with their cells."""
    frame = issues[["base_id", "message", "file"]].assign(cell=issues.sheet + "!" + issues.cell)
    return frame.set_axis(["基地", "问题", "文件", "单元格"], axis=1)


def disagreement(table: pd.DataFrame) -> pd.DataFrame:
    """Growth of totals beside means and medians of rates, for one group, largest gap first."""
    table = table.reindex(table.gap.abs().sort_values(ascending=False, kind="stable").index)
    rows = [
        (
            label(row.code), signed(row.by_sums), signed(row.mean_of_rates), signed(row.gap, 1, ""),
            signed(row.median_of_rates), signed(row.stated_mean), row.bases,
        )
        for row in table.itertuples()
    ]  # fmt: skip
    columns = ["指标", "合计数增速", "增速的平均", "相差（百分点）", "增速的中位数", "填报增速的平均", "基地数"]
    return pd.DataFrame(rows, columns=columns)


def disagreement_sentence(table: pd.DataFrame) -> str:
    """Where means of rates would mislead most, and where they would even point the other way."""
    known = table[table.gap.notna()]
    if known.empty:
        return "没有可比的数量、金额指标。"
    worst = known.loc[known.gap.abs().idxmax()]
    opposite = known[(known.by_sums * known.mean_of_rates) < 0]
    words = (
        f"{len(known)}项指标中，{_count(known.gap.abs() > 1)}项的平均增速与合计数增速相差超过1个百分点；"
        f"相差最大的是{label(worst.code)}：合计数{signed(worst.by_sums)}，各基地增速平均{signed(worst.mean_of_rates)}。"
    )
    if len(opposite):
        words += f"{'、'.join(map(label, opposite.code))}两者方向相反。"
    return words + "平均增速受小基数影响，本报告一律以合计数增速为准。"


def flows(table: pd.DataFrame) -> pd.DataFrame:
    """From one round's totals to the next: leaving, staying and entering bases in columns of their own."""
    rows = []
    for row in table.itertuples():
        unit = FIELDS[row.code].unit
        grown = brief(row.stayed_now - row.stayed_before, unit, sign=True)
        rows.append(
            (
                label(row.code), brief(row.before, unit), f"{brief(-row.left, unit, sign=True)}（{row.left_bases}）",
                f"{grown}（{row.stayed_bases}）", signed(row.stayed_pct),
                f"{brief(row.entered, unit, sign=True)}（{row.entered_bases}）", brief(row.now, unit),
            )
        )  # fmt: skip
    columns = ["指标", "上轮合计", "退出或未报", "两轮均有的增减", "两轮均有的增速", "新进或新报", "本轮合计"]
    return pd.DataFrame(rows, columns=columns)


def flows_sentence(table: pd.DataFrame, code: str, year: int) -> str:
    """From one round to the next for one field: growth of those in both, and how many left and entered."""
    if table.empty:
        return f"没有上一轮次，{year}年轮次无从与之比较。"
    row, unit = table.set_index("code").loc[code], FIELDS[code].unit
    return (
        f"{label(code)}由{brief(row.before, unit)}变为{brief(row.now, unit)}；"
        f"其中两轮均有数的{int(row.stayed_bases)}家基地由{brief(row.stayed_before, unit)}"
        f"变为{brief(row.stayed_now, unit)}（{signed(row.stayed_pct)}），"
        f"退出或未报{int(row.left_bases)}家（{brief(-row.left, unit, sign=True)}），"
        f"新进或新报{int(row.entered_bases)}家（{brief(row.entered, unit, sign=True)}）。"
    )


def not_compared(frame: pd.DataFrame) -> pd.DataFrame:
    """What could not be compared, by field and reason."""
    rows = [(label(row.code), REASONS[row.reason], row.bases) for row in frame.itertuples()]
    return pd.DataFrame(rows, columns=["指标", "原因", "基地数"])


def not_compared_sentence(frame: pd.DataFrame) -> str:
    """How much could not be compared, and what is not compared at all."""
    counts = frame.groupby("reason").bases.sum()
    parts = [f"{REASONS[reason]}的{int(counts[reason])}项次" for reason in REASONS if reason in counts]
    first = (
        f"无法比较的共{int(frame.bases.sum())}项次：{'；'.join(parts)}。" if parts else "已填的数值指标全部可以比较。"
    )
    rest = len([code for code, field in FIELDS.items() if not field.numeric])
    return first + f"另有是否题和运营主体共{rest}项不作比较；C15、L2只报增速，没有交易额，无法计算合计数增速。"


def _up_and_down(total: pd.DataFrame) -> str:
    """How many totals rose and fell, without counting what there is none of."""
    if total.empty:
        return "没有可以合计比较的数量、金额指标。"
    rose, fell = _count(total.change_pct > 0), _count(total.change_pct < 0)
    whole = f"可以合计的{len(total)}项数量、金额指标"
    if len(total) in (rose, fell):
        return f"{whole}的合计数全部{'增长' if rose else '下降'}。"
    still = len(total) - rose - fell
    parts = [f"{n}项{what}" for n, what in ((rose, "增长"), (fell, "下降"), (still, "持平")) if n]
    return f"{whole}中，合计数{'、'.join(parts)}。"


def _extremes(total: pd.DataFrame) -> str:
    ordered = total.sort_values("change_pct", ascending=False)
    if len(ordered) < 2:
        return ""
    best, last = ordered.iloc[0], ordered.iloc[-1]
    verb = "下降最多" if last.change_pct < 0 else "增长最慢"
    return (
        f"增长最快的是{label(best.code)}（{signed(best.change_pct)}，{best.both}家），"
        f"{verb}的是{label(last.code)}（{signed(last.change_pct)}，{last.both}家）。"
    )


def _sources(row) -> str:
    names = [f"{SOURCE_NAMES[name]}{getattr(row, name)}" for name in SOURCE_NAMES if name and getattr(row, name)]
    return "、".join(names) or MISSING


def _quartiles(row) -> str:
    return f"四分位区间{signed(row.q1)}至{signed(row.q3)}，" if row.n >= SMALL else ""


def _count(mask: pd.Series) -> int:
    return int(mask.sum())
