"""Values -> issues: what a careful analyst would ask about a form, or about one base beside its peers.

One function a rule; its name is the kind of the issues it gives. Each takes whole tables of a round and returns rows
of `issues`; nothing is looked at file by file. A rule is a question to the applicant: a warning, never an error.
"""

import pandas as pd

from ecanalysis.form import FEATURES, FIELDS, GATES

ISSUE_COLUMNS = ["file", "base_name", "code", "severity", "kind", "message", "raw", "sheet", "cell"]
FORM = ["file", "base_name"]
SIZES = [code for code, field in FIELDS.items() if field.type in ("count", "amount")]
GROWTH = ["C15", "L2", "A3"]
SAME = 5  # sizes that must agree before a column counts as copied
PEERS = 5  # bases that must have a value before their median says anything
FAR = 1000  # 万 left out or put in is a factor of 10,000
NOWHERE = {"raw": "", "sheet": "", "cell": ""}


def check_forms(values: pd.DataFrame, answered: pd.DataFrame, forms: pd.DataFrame, year: int) -> pd.DataFrame:
    """All rules about single forms, as rows of `issues`.

    `values` and `answered` as in the tidy tables, `forms` with at least file, base_name, review_opinion and
    `asks_opinion` (whether the form as sent has a place for the provincial department's opinion).
    """
    now = values[values.year == year]
    found = [
        incomplete_feature(answered),
        feature_only_zero(now, answered),
        no_feature(answered, forms),
        unanswered_gate(now, forms),
        employment_below_enterprises(now),
        platforms_above_enterprises(now),
        growth_may_be_index(now),
        copied_base_period(values, year),
        far_from_base_period(values, year),
        review_opinion_missing(forms),
    ]
    return pd.concat(found, ignore_index=True)


def check_peers(values: pd.DataFrame, bases: pd.DataFrame, year: int) -> pd.DataFrame:
    """All rules about a base beside its peers, as rows of `issues`; tables as in `beside_peers`."""
    beside = beside_peers(values, bases, year)
    return pd.concat([far_above_peers(beside), far_below_peers(beside)], ignore_index=True)


def beside_peers(values: pd.DataFrame, bases: pd.DataFrame, year: int) -> pd.DataFrame:
    """The counts and amounts of the reporting year beside the median of their region.

    `values` with base_id; `bases` has the base_id and region of each base. Adds region, median, and peers (how many
    bases of the region have a value); where that is fewer than 5 there is nothing to compare with, and no row.
    """
    now = values[(values.year == year) & values.code.isin(SIZES)]
    now = now.assign(region=now.base_id.map(bases.set_index("base_id").region))
    of_field = now.groupby(["region", "code"]).value
    beside = now.assign(median=of_field.transform("median"), peers=of_field.transform("size"))
    return beside[beside.peers >= PEERS]


def incomplete_feature(answered: pd.DataFrame) -> pd.DataFrame:
    """A feature is chosen, as something in it is answered, but not all of its fields are."""
    special, chosen = _chosen(answered)
    fields = {feature: [code for code, field in FIELDS.items() if field.feature == feature] for feature in FEATURES}
    sizes = {feature: len(codes) for feature, codes in fields.items()}
    short = chosen[chosen.fields < chosen.code.map(sizes).astype("int64")]
    given = set(special[special.file.isin(short.file)].set_index(FORM).code.items())
    messages = []
    for file, base_name, feature in zip(short.file, short.base_name, short.code):
        missing = [_called(code) for code in fields[feature] if ((file, base_name), code) not in given]
        messages.append(
            f"{FEATURES[feature]}：填报任一项即视为选择该特色，应填全部{len(fields[feature])}项，"
            f"实缺{'、'.join(missing)}；请补填，如未选该特色请将该部分全部留空"
        )
    return _issues("incomplete_feature", short, messages)


def feature_only_zero(now: pd.DataFrame, answered: pd.DataFrame) -> pd.DataFrame:
    """A chosen feature holds nothing but 0 and 否: the base may not have meant to choose it."""
    _, chosen = _chosen(answered)
    zeros = now[now.code.str[0].isin(list(FEATURES)) & (now.value == 0)]
    zeros = zeros.assign(code=zeros.code.str[0]).groupby([*FORM, "code"]).size().rename("zeros").reset_index()
    only = chosen.merge(zeros, on=[*FORM, "code"])
    only = only[only.zeros == only.fields]
    messages = [
        f"{FEATURES[feature]}：所填各项均为0或“否”；填报即视为选择该特色并计入专项得分的平均值，"
        "如未选该特色请将该部分全部留空"
        for feature in only.code
    ]
    return _issues("feature_only_zero", only, messages)


def no_feature(answered: pd.DataFrame, forms: pd.DataFrame) -> pd.DataFrame:
    """No feature at all is chosen; the form asks for one or more, and the special part then scores 0."""
    special, _ = _chosen(answered)
    none = forms[~_keys(forms, FORM).isin(_keys(special, FORM))].assign(code="", **NOWHERE)
    return _issues(
        "no_feature", none, "专项指标：应至少选择产业电商、直播电商、兴农电商、丝路电商之一填报，实为均未填报"
    )


def unanswered_gate(now: pd.DataFrame, forms: pd.DataFrame) -> pd.DataFrame:
    """An accident or violation question (C10a, C10b, C11) without a value."""
    asked = forms[FORM].merge(pd.DataFrame({"code": GATES}), how="cross")
    columns = [*FORM, "code"]
    lacking = asked[~_keys(asked, columns).isin(_keys(now[now.code.isin(GATES)], columns))].assign(**NOWHERE)
    messages = [f"{_called(code)}：应勾选“是”或“否”，未读到明确回答；此项关系能否评优，请补填" for code in lacking.code]
    return _issues("unanswered_gate", lacking, messages)


def employment_below_enterprises(now: pd.DataFrame) -> pd.DataFrame:
    """Fewer people employed (C17) than there are enterprises (C14)."""
    both = _beside(now, "C17", "C14")
    odd = both[both.value < both.value_other]
    messages = [
        f"{_called('C17')}：应不少于入驻企业数，实为“{people}”，而{_called('C14')}为“{enterprises}”，请核对单位和口径"
        for people, enterprises in zip(odd.raw, odd.raw_other)
    ]
    return _issues("employment_below_enterprises", odd, messages)


def platforms_above_enterprises(now: pd.DataFrame) -> pd.DataFrame:
    """More platforms with a revenue over 100 million yuan (I1) than there are enterprises (C14)."""
    both = _beside(now, "I1", "C14")
    odd = both[both.value > both.value_other]
    messages = [
        f"{_called('I1')}：应不多于入驻企业数，实为“{platforms}”，而{_called('C14')}为“{enterprises}”，请核对"
        for platforms, enterprises in zip(odd.raw, odd.raw_other)
    ]
    return _issues("platforms_above_enterprises", odd, messages)


def growth_may_be_index(now: pd.DataFrame) -> pd.DataFrame:
    """A growth of 100 to 130: perhaps this year as a percent of last (112 for 12)."""
    high = now[now.code.isin(GROWTH) & now.value.between(100, 130)]
    messages = [
        f"{_called(code)}：应为比上年增长的百分比，实为“{raw}”，疑似填成了本年占上年的百分比"
        f"（如是，增速应为{value - 100:.4g}%），请核对"
        for code, raw, value in zip(high.code, high.raw, high.value)
    ]
    return _issues("growth_may_be_index", high, messages)


def copied_base_period(values: pd.DataFrame, year: int) -> pd.DataFrame:
    """Five or more sizes above 0 are given for both years and all agree: one column may be a copy of the other."""
    both = _both_years(values, year)
    both = both.assign(same=both.value == both.value_other)
    of_form = both.groupby(FORM).same
    copied = both[of_form.transform("all") & (of_form.transform("size") >= SAME)].drop_duplicates(FORM)
    message = f"基期：{year - 1}年各项数值应与{year}年有所不同，实为完全相同，疑似照抄，请核对"
    return _issues("copied_base_period", copied.assign(code=""), message)


def far_from_base_period(values: pd.DataFrame, year: int) -> pd.DataFrame:
    """A size 1,000 times its value in the base period, or a thousandth of it: the units may differ."""
    both = _both_years(values, year)
    far = both[(both.value >= both.value_other * FAR) | (both.value <= both.value_other / FAR)]
    messages = [
        f"{_called(code)}：报告期实为“{raw}”，与基期“{before}”相差千倍以上，请核对两年的单位（应为{FIELDS[code].unit}）"
        for code, raw, before in zip(far.code, far.raw, far.raw_other)
    ]
    return _issues("far_from_base_period", far, messages)


def review_opinion_missing(forms: pd.DataFrame) -> pd.DataFrame:
    """The form has a place for the provincial department's opinion (省级商务主管部门审核意见), and it is empty."""
    empty = forms[forms.asks_opinion & (forms.review_opinion == "")].assign(code="", **NOWHERE)
    return _issues("review_opinion_missing", empty, "省级商务主管部门审核意见：应由省级商务主管部门填写，实为空白")


def far_above_peers(beside: pd.DataFrame) -> pd.DataFrame:
    """A size 1,000 times the median of its region and more."""
    far = beside[(beside["median"] > 0) & (beside.value >= beside["median"] * FAR)]
    return _issues(
        "far_above_peers", far, _peer_messages(far, "一千倍以上", "是否多乘了万、亿，或误填了全市数据、浏览量")
    )


def far_below_peers(beside: pd.DataFrame) -> pd.DataFrame:
    """A size above 0 that is a thousandth of the median of its region and less."""
    far = beside[(beside.value > 0) & (beside.value <= beside["median"] / FAR)]
    return _issues("far_below_peers", far, _peer_messages(far, "千分之一以下", "是否按万、亿填报而未注明单位"))


def _peer_messages(far: pd.DataFrame, times: str, question: str) -> list[str]:
    return [
        f"{_called(code)}：实为“{raw}”，为{region}部{peers}家中位数{median:,.4g}{FIELDS[code].unit}的{times}，请核对{question}"
        for code, raw, region, peers, median in zip(far.code, far.raw, far.region, far.peers, far["median"])
    ]


def _issues(kind: str, rows: pd.DataFrame, messages: list[str] | str) -> pd.DataFrame:
    # A message begins with the place, where there is one, as those of reading do.
    where = (rows.sheet + "!" + rows.cell + "，").where(rows.cell != "", "")
    found = rows.assign(severity="warning", kind=kind, message=where + pd.Series(messages, rows.index, dtype="str"))
    return found[[*(["base_id"] if "base_id" in found else []), *ISSUE_COLUMNS]].astype("str")


def _chosen(answered: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    # The answers in features, and a row for each feature a form chose: how many fields, where the first stands.
    special = answered[answered.code.str[0].isin(list(FEATURES))]
    letters = special.assign(code=special.code.str[0])
    counted = letters.assign(fields=letters.groupby([*FORM, "code"]).cell.transform("size"))
    return special, counted.drop_duplicates([*FORM, "code"]).assign(raw="")


def _beside(now: pd.DataFrame, code: str, other: str) -> pd.DataFrame:
    others = now.loc[now.code == other, [*FORM, "value", "raw"]]
    return now[now.code == code].merge(others, on=FORM, suffixes=("", "_other"))


def _both_years(values: pd.DataFrame, year: int) -> pd.DataFrame:
    # The sizes above 0 that a form gives for the reporting year and for the base period.
    sizes = values[values.code.isin(SIZES) & (values.value > 0)]
    before = sizes.loc[sizes.year == year - 1, [*FORM, "code", "value", "raw"]]
    return sizes[sizes.year == year].merge(before, on=[*FORM, "code"], suffixes=("", "_other"))


def _keys(table: pd.DataFrame, columns: list[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(table[columns])


def _called(code: str) -> str:
    return f"{code} {FIELDS[code].label}"
