"""Tables and sentences on a round's submissions; frames as `submissions` and `returns` give them."""

import pandas as pd

from ecanalysis.form.words import COUNTRY, FILE_STATUS_NAMES, ISSUE_NAMES, LAYOUT_NAMES, SEVERITY_NAMES
from ecanalysis.presenting.returns import ACTIONS
from ecanalysis.presenting.tables import KINDS, MISSING, REGION_NAMES, answer, label, number, percent
from ecanalysis.rounds.roster import PROVINCES

LONGEST = 120  # characters of an answer or message shown in a table


def source(year: int) -> str:
    """The line below a figure: where its numbers come from."""
    return f"数据来源：{year}年轮次报送文件及名单（报告期{year}年，基期{year - 1}年）"


def headline(round_, to_return: pd.DataFrame) -> str:
    """The answer in a few sentences: how many submitted, what was sent back, how much is in doubt.

    `to_return` as `returns.return_list` gives it.
    """
    bases, absent = len(round_.roster), len(round_.not_submitted)
    counts = round_.files.status.value_counts().reindex(FILE_STATUS_NAMES, fill_value=0)
    accepted, doubted = counts.accepted + counts.accepted_with_warnings, counts.accepted_with_warnings
    missing = [f"{kind}{number(of)}家" for kind in KINDS if (of := int((round_.not_submitted.kind == kind).sum()))]
    actions = to_return.action.value_counts().reindex(ACTIONS, fill_value=0)
    lines = [
        f"名单内{number(bases)}家基地中，**{number(bases - absent)}家已报送**（{percent((bases - absent) / bases)}），"
        + (f"{number(absent)}家未报送（其中{'、'.join(missing)}）。" if absent else "全部报齐。"),
        f"共收到报告表文件{number(accepted + counts.rejected)}个，接收{number(accepted)}个"
        + (f"（其中{number(doubted)}个有问题待核）" if doubted else "")
        + f"，退回{number(counts.rejected)}个。",
        f"须退回各省的共{number(len(to_return))}项：整个文件退回重报{number(actions.rejected)}项，"
        f"内容未能采用、须补正{number(actions.error)}项，已采用、请核实{number(actions.warning)}项。"
        if len(to_return)
        else "没有须退回各省补正或核实的内容。",
    ]
    if len(round_.unmatched):
        lines.append(f"另有{number(len(round_.unmatched))}份报告表的基地名称不在名单内，未参评，须人工确认。")
    return "\n".join(f"- {line}" for line in lines)


def by_group(covered: pd.DataFrame) -> pd.DataFrame:
    """Who has submitted, by region and kind, with the whole: from `submissions.coverage` by region and kind."""
    order = [(region, kind) for region in REGION_NAMES for kind in KINDS]
    rows = covered.set_index(["region", "kind"]).reindex(
        [key for key in order if key in set(zip(covered.region, covered.kind))]
    )
    table = [
        (REGION_NAMES[region], kind, number(row.listed), number(row.submitted), number(row.absent), percent(row.share))
        for (region, kind), row in rows.iterrows()
    ]
    listed, submitted = covered.listed.sum(), covered.submitted.sum()
    table.append(
        (
            REGION_NAMES[COUNTRY],
            "合计",
            number(listed),
            number(submitted),
            number(listed - submitted),
            percent(submitted / listed),
        )
    )
    return pd.DataFrame(table, columns=["区域", "类别", "名单内", "已报送", "未报送", "报送率"])


def by_province_seen(covered: pd.DataFrame) -> str:
    """What the chart of the provinces shows, for those who cannot see it."""
    total = covered.groupby("province")[["listed", "absent"]].sum()
    late = total[total.absent > 0]
    missing = "、".join(f"{row.Index}{row.absent}家" for row in late.sort_index().itertuples())
    most = total.listed.idxmax()
    return f"各省级单位名单内基地数及报送情况的条形图。{most}最多，{total.listed[most]}家；" + (
        f"有未报送的：{missing}。" if missing else "全部报齐。"
    )


def by_province(covered: pd.DataFrame) -> pd.DataFrame:
    """Who has submitted, by province, the least complete first: from `submissions.coverage` by province and kind."""
    total = covered.groupby("province")[["listed", "submitted", "absent"]].sum()
    total = total.reindex([province for province in PROVINCES if province in total.index]).reset_index()
    total["share"] = total.submitted / total.listed
    of_kind = covered.set_index(["province", "kind"])
    rows = [
        (
            row.province,
            *(_of(of_kind, row.province, kind) for kind in KINDS),
            f"{row.submitted}/{row.listed}",
            percent(row.share),
        )
        for row in total.sort_values(["share", "absent"], ascending=[True, False], kind="stable").itertuples()
    ]
    return pd.DataFrame(rows, columns=["省份", *(f"{kind}（已报/名单）" for kind in KINDS), "合计", "报送率"])


def _of(of_kind: pd.DataFrame, province: str, kind: str) -> str:
    if (province, kind) not in of_kind.index:
        return MISSING
    return f"{of_kind.submitted[(province, kind)]}/{of_kind.listed[(province, kind)]}"


def absent(not_submitted: pd.DataFrame) -> pd.DataFrame:
    """The bases that have not submitted, by province."""
    rows = not_submitted.sort_values(["province", "kind", "base_id"])[["province", "name", "kind", "base_id"]]
    return rows.set_axis(["省份", "基地名称", "类别", "编号"], axis=1)


def unmatched(found: pd.DataFrame) -> pd.DataFrame:
    """Accepted forms of bases that are not on the roster, each with the nearest name."""
    rows = [
        (row.base_name, row.file, f"{row.nearest_name}（{row.nearest_base_id}）", percent(row.similarity, 0))
        for row in found.itertuples()
    ]
    return pd.DataFrame(rows, columns=["报送的基地名称", "文件", "名单中最接近的名称", "相似度"])


def files(found: pd.DataFrame) -> pd.DataFrame:
    """The files that came, by status and layout."""
    counted = found.groupby(["status", "layout"]).size()
    rows = [
        (words, LAYOUT_NAMES[layout], number(counted[(status, layout)]))
        for status, words in FILE_STATUS_NAMES.items()
        for layout in LAYOUT_NAMES
        if (status, layout) in counted
    ]
    return pd.DataFrame(rows, columns=["处理结果", "版式", "文件数"])


def rejected(found: pd.DataFrame) -> pd.DataFrame:
    """The files that were sent back, with the reason."""
    rows = found.loc[found.status == "rejected", ["file", "message"]]
    return rows.map(short).set_axis(["文件", "退回原因"], axis=1)


def kinds(counted: pd.DataFrame) -> pd.DataFrame:
    """Issues by kind, from `submissions.faults`, with the place of the first."""
    rows = [
        (
            ISSUE_NAMES[row.kind], SEVERITY_NAMES[row.severity], number(row.issues), number(row.forms),
            place(row.file, row.sheet, row.cell),
        )
        for row in counted.itertuples()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["问题", "性质", "项数", "涉及报告表", "举例"])


def kinds_seen(counted: pd.DataFrame) -> str:
    """What the chart of the kinds of fault shows, for those who cannot see it."""
    if counted.empty:
        return "没有发现问题，图中无条。"
    most = "、".join(f"{ISSUE_NAMES[row.kind]}{row.issues}项" for row in counted.head(3).itertuples())
    return f"各类问题项数的条形图，由多到少；最多的是{most}。"


def listed(issues: pd.DataFrame) -> pd.DataFrame:
    """Issues (`submissions.with_corrections`) one by one: whose, where and what, and what was put right since."""
    rows = [
        (
            row.base_name or MISSING, ISSUE_NAMES[row.kind], short(row.message), short(row.file),
            short(f"{_corrected(row.code, row.corrected)}（{row.reason}）") if row.corrected else MISSING,
        )
        for row in issues.itertuples()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["基地名称", "问题", "位置和说明", "文件", "已更正为"])


def _corrected(code: str, typed: str) -> str:
    """What a reviewer put in a value's place, as people write it.

    >>> _corrected("C16", "40810000"), _corrected("C12", "0"), _corrected("I4", "78.1"), _corrected("C16", "删去")
    ('40,810,000件', '否', '78.1%', '删去')
    """
    try:
        return answer(code, float(typed))
    except (KeyError, ValueError):
        return typed


def errors(issues: pd.DataFrame) -> pd.DataFrame:
    """The errors one by one, by kind: what could not be taken."""
    return listed(issues[issues.severity == "error"].sort_values(["kind", "file"], kind="stable"))


def least_complete(complete: pd.DataFrame, n: int) -> pd.DataFrame:
    """The `n` least complete fields in the whole country and the province where each is least complete."""
    nation = complete[(complete.group == COUNTRY) & (complete.bases > 0)]
    provinces = complete[(complete.group != COUNTRY) & (complete.bases > 0)]
    rows = []
    for row in nation.sort_values(["share", "code"]).head(n).itertuples():
        of_field = provinces[provinces.code == row.code].sort_values(
            ["share", "bases", "group"], ascending=[True, False, True]
        )
        least = of_field.iloc[0]
        where = f"{least.group}（{least.filled}/{least.bases}）" if least.filled < least.bases else MISSING
        rows.append((label(row.code), number(row.bases), number(row.filled), percent(row.share), where))
    return pd.DataFrame(rows, columns=["指标", "应填基地", "已填基地", "完整率", "最不完整的省份（已填/应填）"])


def completeness_sentence(complete: pd.DataFrame) -> str:
    """How complete the forms are, in a sentence."""
    nation = complete[(complete.group == COUNTRY) & (complete.bases > 0)]
    if nation.empty:
        return "本轮没有已接收的报告表，无从计算完整率。"
    share = nation.filled.sum() / nation.bases.sum()
    least = nation.sort_values(["share", "code"]).iloc[0]
    full = int((nation.filled == nation.bases).sum())
    if full == len(nation):
        return f"应填的{number(nation.bases.sum())}个数据项全部填报齐全。专项指标只计选择了该特色的基地。"
    return (
        f"应填的{number(nation.bases.sum())}个数据项中已填{percent(share)}；{len(nation)}项指标中{full}项填报齐全，"
        f"最不完整的是{label(least.code)}（{percent(least.share)}）。专项指标只计选择了该特色的基地。"
    )


def completeness_seen(complete: pd.DataFrame) -> str:
    """What the heat map shows, for those who cannot see it."""
    provinces = complete[(complete.group != COUNTRY) & (complete.bases > 0)]
    lacking = provinces[provinces.filled < provinces.bases]
    return (
        f"指标与省份的热力图，颜色越深缺报越多。{number(len(provinces))}格中{number(len(lacking))}格有缺报，"
        f"{number(int((lacking.filled == 0).sum()))}格全部缺报。"
    )


def ratios_seen(ratios: pd.DataFrame) -> str:
    """What the chart of sizes beside their medians shows, for those who cannot see it."""
    if ratios.empty:
        return "没有可比较的数值，图中无点。"
    return (
        f"{number(ratios.code.nunique())}项数量、金额指标各基地数值与本区域中位数之比的散点图（对数刻度），"
        f"最小为{ratios.ratio.min():.2g}倍，最大为{ratios.ratio.max():,.0f}倍。"
    )


def suspicious_sentence(found: pd.DataFrame) -> str:
    """How many values are in doubt, in a sentence."""
    if found.empty:
        return "按本节各项规则，没有发现疑似异常的数值。"
    counted = found.kind.value_counts()
    kinds_found = "、".join(f"{ISSUE_NAMES[kind]}{number(of)}项" for kind, of in counted.sort_index().items())
    forms = len(found.drop_duplicates(["file", "base_name"]))
    settled = int((found.corrected != "").sum())
    rest = f"其中{number(settled)}项已更正，其余" if settled else "这些数值"
    return (
        f"疑似异常的数值共{number(len(found))}项，涉及{number(forms)}份报告表：{kinds_found}。"
        f"{rest}均按原文采用，须请基地核实。"
    )


def suggestions(said: pd.DataFrame) -> pd.DataFrame:
    """What bases wrote under 意见及建议, by province, in their own words."""
    rows = [(row.province, row.suggestions, "、".join(row.names)) for row in said.itertuples()]
    return pd.DataFrame(rows, columns=["省份", "意见及建议", "提出的基地"])


def suggestions_sentence(said: pd.DataFrame, submitted: int) -> str:
    """How many bases wrote something, in a sentence."""
    if said.empty:
        return f"已报送的{number(submitted)}家基地均未填写意见及建议。"
    return (
        f"已报送的{number(submitted)}家基地中，{number(said.names.map(len).sum())}家填写了意见及建议，"
        f"来自{number(said.province.nunique())}个省级单位，原文照录。"
    )


def to_return(counted: pd.DataFrame) -> pd.DataFrame:
    """How much goes back to each province, from `submissions.to_return`."""
    rows = [
        (row.province, *(number(part) for part in (row.rejected, row.error, row.warning, row.absent)))
        for row in counted.itertuples()
    ]
    total = counted[["rejected", "error", "warning", "absent"]].sum()
    rows.append((REGION_NAMES[COUNTRY], *(number(part) for part in total)))
    return pd.DataFrame(rows, columns=["省份", *(f"{words}（项）" for words in ACTIONS.values()), "未报送（家）"])


def place(file: str, sheet: str, cell: str) -> str:
    """Where something stands: the file, the sheet and the cell.

    >>> place("浙江/甲.xlsx", "报告表", "G14"), place("浙江/甲.xlsx", "", "")
    ('浙江/甲.xlsx · 报告表!G14', '浙江/甲.xlsx')
    """
    at = f"{sheet}!{cell}" if sheet and cell else sheet or cell
    return short(f"{file} · {at}" if at else file)


def short(text: str) -> str:
    """Text on one line, cut where it is very long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
