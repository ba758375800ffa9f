"""The distribution of scores and values between and within regions and provinces.

Tables in, tables out. `bases` has base_id, name, province, region, kind (as does a table of scores); `values` has
base_id, code, value of the reporting year. Nothing is rounded here.

Scores are normalised within a base's own region (form note 3), so totals of different regions are not comparable;
`nationwide` returns the scheme normalised over the whole country, for comparisons between regions.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ecanalysis.comparing import chance
from ecanalysis.comparing.base_period import SUMMED, in_groups, place_of_group
from ecanalysis.form.fields import FEATURES, FIELDS, IN_FORM, YES_NO
from ecanalysis.form.words import COUNTRY, KINDS, REGIONS
from ecanalysis.rounds.schemas import by_form
from ecanalysis.scoring import standing
from ecanalysis.scoring.scheme import GENERAL, SCORED, Scheme

# Row and column of each provincial unit in a tile map; no borders are drawn.
GRID = {
    "黑龙江": (0, 6), "内蒙古": (1, 4), "吉林": (1, 6), "新疆": (2, 0), "甘肃": (2, 1), "宁夏": (2, 2), "山西": (2, 3),
    "北京": (2, 4), "天津": (2, 5), "辽宁": (2, 6), "西藏": (3, 0), "青海": (3, 1), "陕西": (3, 2), "河南": (3, 3),
    "河北": (3, 4), "山东": (3, 5), "四川": (4, 1), "重庆": (4, 2), "湖北": (4, 3), "安徽": (4, 4), "江苏": (4, 5),
    "上海": (4, 6), "云南": (5, 1), "贵州": (5, 2), "湖南": (5, 3), "江西": (5, 4), "浙江": (5, 5), "广西": (6, 3),
    "广东": (6, 4), "福建": (6, 5), "台湾": (6, 6), "海南": (7, 3), "澳门": (7, 4), "香港": (7, 5),
}  # fmt: skip
# Cities with independent planning status and the 兵团 report separately; these are the provinces they lie in.
LIES_IN = {"大连": "辽宁", "青岛": "山东", "宁波": "浙江", "厦门": "福建", "深圳": "广东", "新疆生产建设兵团": "新疆"}
BOTH_KINDS = "合计"
SMALL = 10  # smaller groups are shown as points only: quartiles of so few bases mislead
TOP = 0.10  # the share of bases meant by "top"
GROUPINGS = ("region", "province", "kind")
SHARES = [f"{by}_{what}" for by in GROUPINGS for what in ("share", "by_chance")]
CLEAR = 0.56  # the probability of superiority from which a region leads
SPREAD = {
    "n": "size",
    "q1": lambda values: values.quantile(0.25),
    "median": "median",
    "q3": lambda values: values.quantile(0.75),
    "mean": "mean",
}


def nationwide(scheme: Scheme) -> Scheme:
    """The scheme with every field normalised over the whole country instead of within each region."""
    rules = {code: replace(rule, reference="country") for code, rule in scheme.rules.items()}
    return scheme.with_(rules=rules)


def tiles(scores: pd.DataFrame, tier: str) -> pd.DataFrame:
    """The tile map: province, row, column, bases, of_tier, share; one row for each of the 34 tiles, in grid order.

    `of_tier` of the `bases` are in `tier`. Cities with independent planning status and the 兵团 are counted with the
    province they lie in. `share` is missing for fewer than SMALL bases.

    >>> both = tiles(pd.DataFrame({"province": ["浙江", "宁波"], "tier": ["成效突出", "成效明显"]}), "成效突出")
    >>> both[both.bases > 0][["province", "bases", "of_tier", "share"]].values.tolist()
    [['浙江', 2, 1, nan]]
    """
    province = scores.province.replace(LIES_IN)
    frame = pd.DataFrame([(one, *place) for one, place in GRID.items()], columns=["province", "row", "column"])
    for name, counted in (("bases", province), ("of_tier", province[scores.tier == tier])):
        frame[name] = frame.province.map(counted.value_counts()).fillna(0).astype(int)
    return frame.assign(share=(frame.of_tier / frame.bases).where(frame.bases >= SMALL))


def distribution(table: pd.DataFrame, column: str, by: str) -> pd.DataFrame:
    """Descriptive statistics of `column` by group of `by`: group, n, min, q1, median, q3, max, mean, sd.

    全国 comes first, then 东, 中, 西, or other groups with the largest n first. Small groups are not left out; n shows
    how far each can be trusted.
    """
    groups = in_groups(table[table[column].notna()], by).groupby("group")[column]
    frame = groups.agg(**SPREAD, min="min", max="max", sd="std").reset_index()
    order = list(map(place_of_group, frame.group, -frame.n))
    frame = frame.assign(_order=order).sort_values("_order", ignore_index=True)
    return frame[["group", "n", "min", "q1", "median", "q3", "max", "mean", "sd"]]


def with_totals(table: pd.DataFrame) -> pd.DataFrame:
    """Every base four times: by region and in 全国, by kind and in 合计, so that grouping also yields the totals.

    `region` and `kind` become ordered categories: `groupby(["region", "kind"], observed=False)` gives twelve groups in
    display order, empty ones included.

    >>> table = pd.DataFrame({"region": ["东", "西"], "kind": ["集聚区", "集聚区"]})
    >>> with_totals(table).groupby(["region", "kind"], observed=False).size().unstack().loc["全国"].tolist()
    [2, 0, 2]
    """
    both = pd.concat([table, table.assign(region=COUNTRY)])
    both = pd.concat([both, both.assign(kind=BOTH_KINDS)], ignore_index=True)
    return both.assign(
        region=pd.Categorical(both.region, [COUNTRY, *REGIONS], ordered=True),
        kind=pd.Categorical(both.kind, [BOTH_KINDS, *KINDS], ordered=True),
    )


def gini(values: pd.Series) -> float:
    """The Gini coefficient: 0 if all values are equal, near 1 if one holds everything; NaN unless the sum is positive.

    Raises ValueError if a value is negative, as the coefficient is then not defined.

    >>> gini(pd.Series([1.0, 1, 1, 1])), gini(pd.Series([0.0, 0, 0, 8])), gini(pd.Series([1.0, 3]))
    (0.0, 0.75, 0.25)
    """
    ordered = np.sort(values.dropna().to_numpy(float))
    if len(ordered) and ordered[0] < 0:
        raise ValueError("gini: negative value")
    total = ordered.sum()
    if not total > 0:
        return float("nan")
    n = len(ordered)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * total))


def top_share(values: pd.Series) -> float:
    """The share of the total held by the top tenth (TOP) of bases, at least one.

    >>> top_share(pd.Series([1.0] * 18 + [41, 41]))
    0.82
    """
    ordered = np.sort(values.dropna().to_numpy(float))[::-1]
    total = ordered.sum()
    return float(ordered[: max(1, int(np.ceil(TOP * len(ordered))))].sum() / total) if total > 0 else float("nan")


def between(values: pd.Series, groups: pd.Series) -> tuple[float, float]:
    """The share of the variance between groups, and the share to be expected by chance.

    The first is the correlation ratio (eta squared); the second is its expected value if the groups do not differ,
    (k - 1) / (n - 1) for k groups and n values: many small groups differ by chance. Both are NaN with fewer than two
    groups or no variance.
    """
    known = values.notna() & groups.notna()
    values, groups = values[known].astype(float), groups[known]
    spread = ((values - values.mean()) ** 2).sum()
    k, n = groups.nunique(), len(values)
    if k < 2 or n <= k or not spread > 0:
        return float("nan"), float("nan")
    means = values.groupby(groups).transform("mean")
    return float(((means - values.mean()) ** 2).sum() / spread), (k - 1) / (n - 1)


def inequality(values: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    """How unequal each scored field is, one row per field.

    Columns: code, n; region_share, region_by_chance, province_share, province_by_chance, kind_share, kind_by_chance
    (shares of variance between regions, provinces and kinds, see `between`; cities with independent planning status
    and the 兵团 count separately; counts and amounts on the log1p scale on which they are scored); region_p (p-value of
    a difference between regions, corrected for multiple comparisons, see `chance`); gini and top_share (share of the
    total held by the top 10% of bases), for counts and amounts only: shares, rates and yes/no have no total.
    """
    known = values[values.value.notna()].merge(bases[["base_id", *GROUPINGS]], on="base_id")
    rows = []
    for code, field in FIELDS.items():
        if field.scored:
            one, summed = known[known.code == code], code in SUMMED
            concentration = (gini(one.value), top_share(one.value)) if summed else (np.nan, np.nan)
            rows.append((code, len(one), *_shares(np.log1p(one.value) if summed else one.value, one), *concentration))
    table = pd.DataFrame(rows, columns=["code", "n", *SHARES, "gini", "top_share"])
    summed = known.code.isin(SUMMED)
    logged = known.assign(value=np.where(summed, np.log1p(known["value"].where(summed, 0.0)), known["value"]))
    answers = logged.pivot(index="base_id", columns="code", values="value")
    region = bases.set_index("base_id").region.reindex(answers.index)
    return table.assign(region_p=table.code.map(chance.of_differences(answers, region)).astype(float))


def score_inequality(scores: pd.DataFrame) -> pd.DataFrame:
    """As `inequality`, for the scores: with part (general, special, total) instead of code, and without top_share.

    For a comparison between regions, pass scores normalised over the whole country (see `nationwide`).
    """
    parts = ("total", "general", "special")
    rows = [(part, len(scores), *_shares(scores[part], scores), gini(scores[part])) for part in parts]
    table = pd.DataFrame(rows, columns=["part", "n", *SHARES, "gini"])
    return table.assign(
        region_p=table.part.map(chance.of_differences(scores[list(parts)], scores.region)).astype(float)
    )


def best_bases(scores: pd.DataFrame, by: str) -> pd.DataFrame:
    """Where the top tenth of all bases by total are: group, n, bases and share (of the top tenth), of_all.

    `of_all` is the group's share of all bases. Pass scores normalised over the whole country (see `nationwide`). Bases
    that tie with the last of the tenth are included.
    """
    count = max(1, int(np.ceil(TOP * len(scores))))
    best = scores[standing.best(standing.millionths(scores.total), [np.arange(len(scores))], count)]
    frame = scores.groupby(by).size().rename("n").rename_axis("group").reset_index()
    frame["bases"] = frame.group.map(best.groupby(by).size()).fillna(0).astype(int)
    frame = frame.assign(share=frame.bases / max(len(best), 1), of_all=frame.n / max(len(scores), 1))
    return frame.sort_values(["bases", "n", "group"], ascending=[False, False, True], ignore_index=True)


def typical(values: pd.DataFrame, bases: pd.DataFrame, by: str) -> pd.DataFrame:
    """The typical answer of each group to each scored field: code, group, n (answers), typical, q1, q3; 全国 first.

    For numbers the median and quartiles; for yes/no the share of 是 (0–1), without quartiles.
    """
    known = values[values.value.notna() & values.code.isin(SCORED)].merge(bases[["base_id", by]], on="base_id")
    parts = pd.concat([distribution(one, "value", by).assign(code=code) for code, one in known.groupby("code")] or
                      [distribution(known, "value", by).assign(code="")])  # fmt: skip
    yes_no = parts.code.isin(YES_NO)
    parts["typical"] = parts["mean"].where(yes_no, parts["median"])
    parts[["q1", "q3"]] = parts[["q1", "q3"]].mask(yes_no)
    return by_form(parts)[["code", "group", "n", "typical", "q1", "q3"]]


def middle(answers) -> pd.Series:
    """The typical answer to each field (level `code`) of grouped `answers`: the median, or the share of 是."""
    median = answers.median()
    return answers.mean().where(median.index.get_level_values("code").isin(YES_NO), median)


def most(groups: pd.DataFrame) -> pd.DataFrame:
    """The three groups with the most top bases (`best_bases`), ties included; none if each group has only one.

    >>> most(pd.DataFrame({"group": list("甲乙丙丁戊"), "bases": [3, 2, 2, 2, 1]})).group.tolist()
    ['甲', '乙', '丙', '丁']
    >>> most(pd.DataFrame({"group": list("甲乙"), "bases": [1, 1]})).empty
    True
    """
    least = groups.bases.nlargest(3).min()
    return groups[(groups.bases >= least) & (groups.bases > 1)]


def leaders(values: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    """The leading region in each field, one row per field.

    Columns: code, leader, n, typical, rest_n, rest_typical, superiority, region_p, clear. The leader is the region with
    the highest superiority: the probability that one of its bases lies above a base from the rest of the country, ties
    counted half (0.5: no lead); for C10a, C10b and C11, where 是 is adverse, below it. `region_p` is corrected for
    multiple comparisons (see `chance`). A lead is `clear` with a superiority of at least 0.56, the smallest effect in
    Vargha and Delaney (2000), and region_p below 0.05. typical and rest_typical are medians, or shares of 是. Fields
    answered in fewer than two regions have no row.
    """
    known = values[values.value.notna()].merge(bases[["base_id", "region"]], on="base_id")
    rows, compared = [], []
    for code, field in FIELDS.items():
        answers = known[known.code == code] if field.scored else known.iloc[:0]
        if answers.region.nunique() < 2:
            continue
        sign, typical = -1 if field.adverse else 1, "mean" if code in YES_NO else "median"
        ranks = (sign * answers.value).rank()
        sides = {}
        for region in sorted(set(answers.region)):
            inside = answers.region == region
            n, rest_n = inside.sum(), (~inside).sum()
            above = ranks[inside].sum() - n * (n + 1) / 2
            here, rest = answers.value[inside].agg(typical), answers.value[~inside].agg(typical)
            sides[region] = (above / (n * rest_n), n, here, rest_n, rest)
        leader = max(sides, key=lambda region: sides[region][0])
        superiority, *about = sides[leader]
        rows.append((code, leader, *about, superiority))
        compared.append(answers.assign(value=sign * answers.value))
    columns = ["code", "leader", "n", "typical", "rest_n", "rest_typical", "superiority"]
    table = pd.DataFrame(rows, columns=columns).astype({"superiority": float})
    if not compared:
        return table.assign(region_p=np.nan, clear=False)
    answers = pd.concat(compared).pivot(index="base_id", columns="code", values="value")
    region = bases.set_index("base_id").region.reindex(answers.index)
    p = table.code.map(chance.of_leads(answers, region)).astype(float)
    return table.assign(region_p=p, clear=(table.superiority >= CLEAR) & (p < 0.05))


def feature_choice(scores: pd.DataFrame, by: str) -> pd.DataFrame:
    """Features chosen: group, n (bases), feature (letter), bases, share (of n); groups as in `distribution`.

    The shares of a group may add up to more than 1, as a base may choose several features (form note 3).
    """
    groups = in_groups(scores, by).reset_index(drop=True)
    chosen = groups.features.str.get_dummies(";").reindex(columns=list(FEATURES), fill_value=0)
    return _shares_of(chosen.groupby(groups.group).sum(), groups.group.value_counts(), "feature")


def favourites(choices: pd.DataFrame) -> pd.DataFrame:
    """The feature chosen by most bases of each region: its rows of `feature_choice`, in the order 东, 中, 西."""
    regional = choices[choices.group.isin(REGIONS)]
    return regional.loc[regional.groupby("group", sort=False).share.idxmax()]


def tier_composition(scores: pd.DataFrame, by: str, tiers: tuple[str, ...]) -> pd.DataFrame:
    """Tiers within each group: group, n, tier, bases, share; a row per group and tier, groups as in `distribution`."""
    groups = in_groups(scores, by)
    counts = groups.groupby(["group", "tier"]).size().unstack("tier").reindex(columns=list(tiers)).fillna(0).astype(int)
    return _shares_of(counts, counts.sum(axis=1), "tier")


def _shares_of(counts: pd.DataFrame, n: pd.Series, column: str) -> pd.DataFrame:
    """Counts with one row per group -> long form: group, n, `column` (what was counted), bases, share (of n)."""
    counts = counts.loc[sorted(counts.index, key=lambda group: place_of_group(group, -n[group]))]
    table = counts.rename_axis(index="group", columns=column).stack().rename("bases").reset_index()
    table.insert(1, "n", table.group.map(n).astype(int))
    return table.assign(share=table.bases / table.n)


def next_tier(scores: pd.DataFrame, tiers: tuple[str, ...]) -> pd.DataFrame:
    """The distance of a region's typical base of each tier from the next tier.

    Columns: region, tier, next, n, typical (median total of the tier), threshold (lowest total of the next tier), gap.
    Gated bases, which are in the last tier whatever their total, are left out. There is no row if the tier or the next
    one is empty.
    """
    open_to = scores[scores.gated == 0].groupby(["region", "tier"]).total.agg(["size", "median", "min"]).reset_index()
    here = open_to.rename(columns={"size": "n", "median": "typical"}).drop(columns="min")
    here = here.assign(next=here.tier.map(dict(zip(tiers[1:], tiers))))
    there = open_to.rename(columns={"tier": "next", "min": "threshold"})[["region", "next", "threshold"]]
    table = here.merge(there, on=["region", "next"]).assign(gap=lambda both: both.threshold - both.typical)
    order = table.assign(place=table.tier.map(tiers.index)).sort_values(["region", "place"]).index
    return table.loc[order, ["region", "tier", "next", "n", "typical", "threshold", "gap"]].reset_index(drop=True)


def next_tier_items(scores: pd.DataFrame, points: pd.DataFrame, tiers: tuple[str, ...]) -> pd.DataFrame:
    """The distance to the next tier, broken down by field.

    Columns: region, tier, next, code, here, there, gap, value_here, value_there. here and there are the mean points of
    the tier and of the next one, gap is their difference; there is one row per field of the general part and one, with
    code `special`, for the special part, so that the gaps add up to the difference of the mean totals. Largest gap
    first within region and tier. value_here and value_there are typical answers (median, or share of 是). Gated bases
    are left out.
    """
    open_to = scores[scores.gated == 0]
    known = points[points.code.isin(GENERAL)].merge(open_to[["base_id", "region", "tier"]], on="base_id")
    grouped = known.groupby(["region", "tier", "code"])
    profile = pd.DataFrame({"points": grouped.points.mean(), "value": middle(grouped.value)}).reset_index()
    special = open_to.groupby(["region", "tier"]).special.mean().rename("points").reset_index()
    profile = pd.concat([profile, special.assign(code="special")], ignore_index=True)
    here = profile.assign(next=profile.tier.map(dict(zip(tiers[1:], tiers))))
    there = profile.rename(columns={"tier": "next"})
    table = here.merge(there, on=["region", "next", "code"], suffixes=("_here", "_there"))
    table = table.rename(columns={"points_here": "here", "points_there": "there"})
    table = table.assign(gap=table.there - table.here, place=table.tier.map(tiers.index))
    table = table.assign(order=table.code.map(IN_FORM).fillna(len(IN_FORM)))
    table = table.sort_values(["region", "place", "gap", "order"], ascending=[True, True, False, True])
    columns = ["region", "tier", "next", "code", "here", "there", "gap", "value_here", "value_there"]
    return table[columns].reset_index(drop=True)


def _shares(values: pd.Series, groups: pd.DataFrame) -> list[float]:
    return [part for by in GROUPINGS for part in between(values, groups[by])]
