"""A scheme in words: the settings of each entry, whether they are official or assumed, and their source."""

import pandas as pd

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.form.words import METHOD_NAMES, MISSING_POLICY_NAMES, SCOPE_NAMES, TYPE_NAMES
from ecanalysis.scoring.scheme import Entry, Rule, Scheme

BASIS = {"official": "官方规定", "assumed": "暂定"}
ABSENCE = {"asks": "未参评的须人工核实", "skips": "以其此前最近一次参评为上一次"}
NAMES = {
    "parts": "综合、专项分值",
    "groups": "三组综合指标的权重",
    "features": "多个特色的合成",
    "reference": "比较范围",
    "small_reference": "区域内有效值过少时",
    "missing": "未填项",
    "tiers": "档次名称",
    "tier_cuts": "分档界线",
    "gate": "一票否决",
    "bottom": "后几位",
    "bottom_scope": "后几位的计法",
    "best": "成绩靠前",
    "quota": "增补名额",
    "quota_left": "尚余名额",
    "two_rounds": "缺评一次的计法",
    "verdict": "结论能否成立",
    "robustness": "稳健性检验的抽样",
}

FINDINGS_REST_ON = {
    "groups": "各级权重",
    "reference": "定界范围和区域划分",
    "normalise.count": "归一化方法",
    "missing": "未填项的计分",
    "tier_cuts": "分档界线",
    "gate": "一票否决",
    "bottom_scope": "后3位的计算范围",
    "best": "“成绩靠前”的名次",
    "quota_left": "尚余名额",
    "two_rounds": "缺评一次的计法",
    "verdict": "判定的标准",
}


def entries(scheme: Scheme) -> pd.DataFrame:
    """Every entry of a scheme: 项目, 设定, 依据, 来源; official entries first."""
    ordered = sorted(scheme.entries, key=lambda entry: entry.basis != "official")
    rows = [(name(entry.table), settings(entry, scheme), BASIS[entry.basis], entry.source) for entry in ordered]
    return pd.DataFrame(rows, columns=["项目", "设定", "依据", "来源"])


def assumed(scheme: Scheme) -> list[str]:
    """The names of the rules behind the findings that are assumptions of the scheme, not rules of the form."""
    ours = {entry.table for entry in scheme.entries if entry.basis == "assumed"}
    return [said for table, said in FINDINGS_REST_ON.items() if table in ours]


def official(scheme: Scheme) -> list[str]:
    """The names of the official entries."""
    return [name(entry.table) for entry in scheme.entries if entry.basis == "official"]


def sources(scheme: Scheme, basis: str) -> list[str]:
    """The sources of the entries with one basis (official, assumed), without repetition."""
    return list(dict.fromkeys(entry.source for entry in scheme.entries if entry.basis == basis))


def name(table: str) -> str:
    """The Chinese name of a table of a scheme file.

    >>> name("items.I"), name("normalise.count"), name("normalise.C11")
    ('产业电商各项的权重', '归一化：数量', '归一化：C11 电商企业违法行为')
    """
    first, _, rest = table.partition(".")
    if first == "items":
        return f"{GROUPS.get(rest) or FEATURES[rest]}各项的权重"
    if first == "fields":
        return f"{rest}各问的权重"
    if first == "features" and rest:
        return f"{FEATURES[rest]}的选报认定"
    if first == "normalise":
        return f"归一化：{TYPE_NAMES.get(rest) or f'{rest} {FIELDS[rest].label}'}"
    return NAMES[table]


def settings(entry: Entry, scheme: Scheme) -> str:
    """The settings of one entry, in a few words."""
    given, first = entry.settings, entry.table.split(".")[0]
    if first in ("groups", "items", "fields"):
        return _weights(given)
    if first == "normalise":
        return rule(scheme.rules[entry.table.split(".")[1]]) if entry.table[10:] in FIELDS else _type_rule(given)
    words = {
        "parts": lambda: f"综合{given['general']:g}分，专项{given['special']:g}分",
        "features": lambda: (
            f"至少{given['minimum_answered']}项已作答视为选报"
            if "minimum_answered" in given
            else {"mean": "取所选特色的平均值", "best": "取得分最高的特色"}[given["combine"]]
        ),
        "reference": lambda: {"region": "本区域内比较", "country": "全国范围比较"}[given["set"]],
        "small_reference": lambda: f"少于{given['minimum']}个有效值时改用全国",
        "missing": lambda: MISSING_POLICY_NAMES[given["policy"]],
        "tiers": lambda: "、".join(given["names"]),
        "tier_cuts": lambda: cuts(scheme),
        "gate": lambda: f"{'、'.join(given['codes'])}填“是”的列入末档" if given["on"] else "不设",
        "bottom": lambda: f"后{given['count']}位",
        "bottom_scope": lambda: f"{SCOPE_NAMES[given['scope']]}，只计示范基地",
        "best": lambda: f"各区域集聚区前{given['count']}位",
        "quota": lambda: f"{given['total']}家",
        "quota_left": lambda: f"{given['remaining']}家",
        "two_rounds": lambda: ABSENCE[given["absence"]],
        "verdict": lambda: f"至少{given['firm']:.0%}的情形下不变为成立",
        "robustness": lambda: f"抽样{given['draws']:,}次，随机种子{given['seed']}，集中度{given['concentration']:g}",
    }
    return words[first]()


def cuts(scheme: Scheme) -> str:
    """The cut-offs of the tiers, in words."""
    first, second = scheme.tier_cuts
    best, good, last = scheme.tier_names
    if scheme.tier_by == "score":
        return f"总分{first:g}分及以上为{best}，{second:g}分及以上为{good}，其余为{last}"
    return f"区域内名次前{first:.0%}为{best}，前{second:.0%}为{good}，其余为{last}（进位取整）"


def rule(rule: Rule) -> str:
    """The normalisation of one field, in words."""
    return _type_rule({key: getattr(rule, key) for key in Rule.__slots__ if getattr(rule, key) is not None})


def _type_rule(given: dict) -> str:
    less = given.get("direction") == "less"
    if given["method"] == "yes_no":
        return "是记0、否记1" if less else "是记1、否记0"
    words = [METHOD_NAMES[given["method"]]]
    if "lower_quantile" in given:
        low, high = given["lower_quantile"], given["upper_quantile"]
        words.append("最小值至最大值" if (low, high) == (0, 1) else f"{low:.0%}至{high:.0%}分位数定界")
    if "low" in given:
        words.append(f"界值{given['low']:g}至{given['high']:g}")
    if "from_round" in given:
        words.append(f"界值取自{given['from_round']}年轮次")
    if "floor" in given:
        words.append(f"基础分{given['floor']:.0%}")
    if "z_limit" in given:
        words.append(f"正负{given['z_limit']:g}个标准差")
    if "thresholds" in given:
        words.append("、".join(f"{at:g}记{mark:.0%}" for at, mark in zip(given["thresholds"], given["marks"])))
    if given.get("transform") == "log1p" and given["method"] not in ("steps", "percentile_rank"):
        words.append("先取对数")
    return "，".join(words + ["越低越好"] * less)


def _weights(given: dict) -> str:
    weights = {key: weight for key, weight in given.items() if key != "out_of"}
    if len(set(weights.values())) == 1:
        return f"{len(weights)}项等权"
    return "、".join(f"{GROUPS.get(key, key)} {weight / given['out_of']:.1%}" for key, weight in weights.items())
