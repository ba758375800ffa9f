"""How firm the scores are, in words and tables: missing values, assumptions, extreme values, other schemes."""

import pandas as pd

from ecanalysis.deciding import compare, coverage
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.presenting import schemes
from ecanalysis.presenting.tables import MISSING, REGION_NAMES, SHORT, answer, label, number, percent
from ecanalysis.presenting.tables.scores import bound


def _names(r, table: pd.DataFrame) -> pd.DataFrame:
    about = r.scores[["base_id", "name", "region", "total", "tier"]]
    return table.drop(columns=["total", "tier"], errors="ignore").merge(about, on="base_id")


def missing(r, most: int = 10) -> pd.DataFrame:
    """With and without missing values: where it matters most."""
    table = _names(r, coverage.completeness(*r.scored_tables, r.scheme, r.goalposts))
    table = table[table.difference.abs() > 1e-9].sort_values("difference", ascending=False, kind="stable").head(most)
    return pd.DataFrame(
        {
            "基地": table.name,
            "区域": table.region.map(REGION_NAMES),
            "已填报项的满分合计": table.answered_points.map(lambda value: number(value, 1)),
            "总分": table.total.map(lambda value: number(value, 2)),
            "不计缺报项的总分": table.total_without_missing.map(lambda value: number(value, 2)),
            "相差": table.difference.map(lambda value: f"{value:+.2f}"),
        }
    )


def rests_on(r) -> pd.DataFrame:
    """What the totals rest on, on average by region."""
    table = coverage.rests_on(r.points, r.bases, r.bounds).merge(r.bases[["base_id", "region"]], on="base_id")
    mean = pd.concat([table.assign(region="全国"), table]).groupby("region").mean(numeric_only=True)
    mean = mean.reindex([name for name in REGION_NAMES if name in mean.index])
    columns = {
        "总分平均": mean.total,
        "直接按答案": mean.stated,
        "与本区域比较": mean.compared,
        "与全国比较": mean.country,
        "区域内无差别": mean.no_spread,
        "缺报项补分": mean.imputed,
        "缺报项失分": mean.lost_to_missing,
    }
    shown = {name: [number(value, 1) for value in column] for name, column in columns.items()}
    return pd.DataFrame({"区域": [REGION_NAMES[name] for name in mean.index], **shown})


def rests_on_sentence(r) -> str:
    """How much of the totals rests on assumptions, in one paragraph."""
    if not len(r.scores):
        return "本轮没有参评基地。"
    table = coverage.rests_on(r.points, r.bases, r.bounds)
    total = table.total.sum()
    compared = (table.compared + table.country + table.no_spread).sum()
    official = "、".join(schemes.name(entry.table) for entry in r.scheme.entries if entry.basis == "official")
    weights = r.scheme.assumes("groups", "items")
    normalised = r.scheme.assumes("normalise")
    return (
        f"评分方案中已有官方规定的只有{official or '（无）'}，其余均为暂定（见表21）。"
        + ("各级权重为暂定，全部得分都依赖这一假定。" if weights else "")
        + f"{percent(compared / total if total else 0)}的得分由与其他基地比较而得"
        + ("，还依赖暂定的归一化办法" if normalised else "")
        + f"；{percent(table.stated.sum() / total if total else 0)}直接按答案或固定界值计分。"
        f"缺报项平均失{number(table.lost_to_missing.mean(), 1)}分。"
    )


def references(r) -> pd.DataFrame:
    """For each numeric field and region: what values are compared with, n and bounds in the field's own unit."""
    table = r.bounds[(r.bounds.region != "全国") & (r.bounds.reference_n > 0)]
    return pd.DataFrame(
        {
            "指标": table.code.map(label),
            "区域": table.region.map(SHORT),
            "比较范围（有效值）": [
                f"{_reference(where)}（{n}）" for where, n in zip(table.reference, table.reference_n)
            ],
            "下界": [bound(low) + FIELDS[code].unit for code, low in zip(table.code, table.low)],
            "上界": [bound(high) + FIELDS[code].unit for code, high in zip(table.code, table.high)],
            "区分度": table.spread.map({True: "有", False: "各值相同"}),
        }
    )


def _reference(where: str) -> str:
    """What values are compared with, a region by its name; the year of goalposts stays before it."""
    return where[:-1] + SHORT[where[-1]] if where[-1:] in SHORT else where


def references_sentence(r) -> str:
    """Where a region is too small to be compared with itself."""
    table = r.bounds[(r.bounds.region != "全国") & r.bounds.reference.str.endswith("全国") & (r.bounds.n > 0)]
    if table.empty:
        return "各区域各项指标的有效值均不少于最低数，没有改用全国界值的情形。"
    said = "；".join(
        f"{REGION_NAMES[region]}{len(part)}项（{'、'.join(part.code)}）" for region, part in table.groupby("region")
    )
    return f"区域内有效值过少、改与全国比较的：{said}。这些项的得分不只取决于本区域。"


def extremes(r, most: int = 10) -> pd.DataFrame:
    """What one extreme value does to the others of its region."""
    table = coverage.extremes(*r.scored_tables, r.scheme, r.goalposts).head(most)
    names = r.scores.set_index("base_id").name
    return pd.DataFrame(
        {
            "区域": table.region.map(SHORT),
            "指标": table.code.map(label),
            "有效值": table.n,
            "最大值的基地": table.base_id.map(names),
            "最大值": [answer(code, value) for code, value in zip(table.code, table.value)],
            "次大值": [answer(code, value) for code, value in zip(table.code, table.next_value)],
            "去掉后他人得分最大变化": table.largest_change.map(lambda value: f"{value:+.2f}"),
            "变化0.1分以上的基地": table.bases_moved,
        }
    )


def best_only(r, most: int = 10) -> pd.DataFrame:
    """若仅报最优特色: who would gain most."""
    table = _names(r, coverage.best_feature_only(r.points, r.scores, r.scheme))
    table = table.sort_values("gain", ascending=False, kind="stable").head(most)
    return pd.DataFrame(
        {
            "基地": table.name,
            "区域": table.region.map(REGION_NAMES),
            "选报特色": [_features(features) for features in table.features],
            "专项得分": table.special.map(lambda value: number(value, 2)),
            "最优特色": table.best_feature.map(FEATURES),
            "若仅报最优特色": table.special_best.map(lambda value: number(value, 2)),
            "相差": table.gain.map(lambda value: f"{value:+.2f}"),
        }
    )


def best_only_sentence(r) -> str:
    """What the mean over features costs those that reported several."""
    table = coverage.best_feature_only(r.points, r.scores, r.scheme)
    if table.empty:
        return "没有基地选报两个及以上特色。"
    if r.scheme.combine == "best":
        return "本方案的专项取得分最高的特色，多报特色不影响得分。"
    mean, most = number(table.gain.mean(), 2), number(table.gain.max(), 2)
    return (
        f"选报两个及以上特色的{len(table)}家，专项取各特色的平均值，得分平均比仅报最优特色低{mean}分，"
        f"低1分以上的{int((table.gain > 1).sum())}家，最多低{most}分。多报特色在这一规则下可能不利，审核时宜留意。"
    )


def _features(joined: str) -> str:
    return "、".join(FEATURES[letter] for letter in joined.split(";")) if joined else MISSING


def gates(r) -> pd.DataFrame:
    """必须补正: who left C10 or C11 without a value, with the tier."""
    table = _names(r, coverage.unanswered_gates(r.reported, r.bases))
    return pd.DataFrame(
        {
            "基地": table.name,
            "区域": table.region.map(REGION_NAMES),
            "档次": table.tier,
            "必须补正": ["、".join(label(code) for code in codes.split(";")) for codes in table.codes],
        }
    )


def compared(r) -> pd.DataFrame:
    """What changes under the worked alternatives."""
    schemes, bounds, _ = compare.alternatives(r.scheme, r.scored_rounds)
    table = compare.summary(compare.compare_schemes(*r.scored_tables, schemes, bounds), r.scheme.title).iloc[1:]
    bottom = f"后{r.scheme.bottom_count}位"
    return pd.DataFrame(
        {
            "方案": table.scheme,
            "与本方案名次的相关": table.rank_correlation.map(lambda value: number(value, 3)),
            "名次最大变动": table.largest_rank_change,
            "档次变动的基地": table.tier_changes,
            f"新进入{bottom}": table.into_bottom_three,
            f"离开{bottom}": table.out_of_bottom_three,
        }
    )


def compared_sentence(r) -> str:
    """How to read the table of alternatives, and which could not be tried."""
    left_out = compare.alternatives(r.scheme, r.scored_rounds)[2]
    said = "表20以本方案为准，逐一换用随附的其他方案和缺报项的其他处理办法，看名次、档次和后几位怎样变化。"
    return said + (f"未能试算（需要其他轮次的数据）：{'、'.join(left_out)}。" if left_out else "")
