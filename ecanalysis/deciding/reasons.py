"""The reason for a base's status over two rounds: a Chinese sentence citing form note 4 and the numbers."""

import pandas as pd

from ecanalysis.form.words import CLUSTER, DEMONSTRATION, REGION_NAMES
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.standing import too_few

REVOKED = "连续两次综合评价成绩处于后3位的示范基地取消示范资格"
ADDED = "连续两次综合评价成绩靠前的非示范基地增补为示范基地"


def write(
    table: pd.DataFrame,
    year: int,
    year_previous: int | None,
    older: pd.DataFrame | None,
    scheme: Scheme,
    decimals: int = 2,
) -> list[str]:
    """The reason for each row of the table of both rounds in `watchlist.compare_rounds`, which includes `status`.

    `year_previous` is None in a first round. `older` holds, by base_id, the last scores from before the previous round;
    they are mentioned if a base missed that one. Totals are written with `decimals` decimals.
    """
    sentences = []
    for row in table.itertuples(index=False):
        facts = [_before(row, year_previous, scheme, decimals)]
        if row.listed and not pd.isna(row.total):
            facts.append(_standing(row, year, scheme, decimals))
        said = "；".join(fact for fact in facts if fact)
        sentences.append(f"{said}。{_ruling(row, year, scheme, decimals)}{_missed(row, older, decimals)}")
    return sentences


def _standing(row, year: int, scheme: Scheme, decimals: int, end: str = "") -> str:
    """One round's total and place: 「2027年总分41.25，在东部33家示范基地中列第31位，处于后3位」."""
    kind, region = (row.kind, row.region) if not end else (row.kind_previous, row.region_previous)
    where = REGION_NAMES[region]
    said = (
        f"{year}年总分{getattr(row, f'total{end}'):.{decimals}f}，在{where}{getattr(row, f'of_kind{end}')}家{kind}中"
        f"列第{getattr(row, f'rank_in_kind{end}')}位"
    )
    if kind == CLUSTER:
        return said
    count = f"后{scheme.bottom_count}位"
    if scheme.bottom_scope == "country":
        return f"{said}，{'' if getattr(row, f'bottom_three{end}') else '未'}处于全国示范基地{count}"
    if too_few(getattr(row, f"of_kind{end}"), scheme.bottom_count):
        return f"{said}（区域内参评示范基地不多于{scheme.bottom_count}家，不划定{count}）"
    return f"{said}，{'' if getattr(row, f'bottom_three{end}') else '未'}处于{count}"


def _before(row, year: int | None, scheme: Scheme, decimals: int) -> str:
    """The base's result in the earlier round, or why it has none."""
    if year is None:
        return "首次评价，尚无上一次结果"
    if pd.isna(row.total_previous):
        return f"{year}年在名单内而未参评" if row.listed_previous else f"{year}年不在名单内"
    said = _standing(row, row.year_previous, scheme, decimals, "_previous")
    notes = []
    if row.year_previous < year:
        notes.append("其后未参评，按方案以此为上一次")
    if row.name_previous != row.name:
        notes.append(f"时名“{row.name_previous}”")
    if row.kind_previous != row.kind:
        lists = "集聚区前列" if row.kind_previous == DEMONSTRATION else "后3位"
        notes.append(f"时为{row.kind_previous}，不计入{lists}")
    return f"{said}（{'；'.join(notes)}）" if notes else said


def _ruling(row, year: int, scheme: Scheme, decimals: int) -> str:
    """The consequence under form note 4."""
    best = f"“靠前”暂按本区域集聚区前{scheme.best_count}位认定"
    match row.status:
        case "left_roster":
            return f"{year}年已不在名单内，不再适用报告表注4。"
        case "not_submitted":
            return (
                f"{year}年在名单内而无可用报送，未参评：既不计为处于后3位，也不视为脱离后3位；"
                "报告表注4对缺评一次如何计算未作规定，须核实后认定。"
            )
        case "revoke":
            return f"按报告表注4，{REVOKED}。"
        case "at_risk":
            return f"按报告表注4，{REVOKED}；目前为一次，下一次仍处于后3位即满足条件。"
        case "recovered":
            return "本次已脱离后3位，不构成报告表注4所称连续两次。"
        case "add" | "add_over_quota":
            limit = "" if row.status == "add" else "，已超出名额，暂不增补"
            return (
                f"按报告表注4，{ADDED}；{best}。两次平均分{row.mean:.{decimals}f}，在候选中排第{int(row.place)}，"
                f"尚余名额{scheme.quota_remaining}家{limit}。"
            )
        case "add_gated":
            return f"按报告表注4，{ADDED}；{best}。但填报了重特大事故或违法行为，一票否决（暂定），不建议增补。"
        case "promising":
            gate = "；但本次填报了重特大事故或违法行为，一票否决（暂定）" if row.gated == 1 else ""
            return f"按报告表注4，{ADDED}；{best}，目前为一次，下一次仍靠前即满足条件{gate}。"
    return "不属于报告表注4所列取消资格的情形。" if row.kind == DEMONSTRATION else "不属于报告表注4所列增补的情形。"


def _missed(row, older: pd.DataFrame | None, decimals: int) -> str:
    """For a base that missed the previous round, its result before that; note 4 does not say whether this counts."""
    if older is None or not pd.isna(row.total_previous) or row.base_id not in older.index:
        return ""
    last = older.loc[row.base_id]
    told = f"此前最近一次参评为{last.year}年，总分{last.total:.{decimals}f}"
    if (row.status == "at_risk" and last.bottom_three == 1) or (row.status == "promising" and last.best):
        place = "处于后3位" if row.status == "at_risk" else f"列集聚区第{last.rank_in_kind}位"
        return f"{told}，{place}；若以其最近两次参评为“连续两次”则已满足条件，报告表注4对此未作规定，须人工认定。"
    return f"{told}{'，处于后3位' if last.bottom_three == 1 else ''}。"
