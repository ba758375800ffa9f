"""The words of the evaluation that the tables hold or name, each once: kinds, regions, tiers, methods and statuses.

Where a table holds a Chinese word (示范基地, 东) it is a constant here; where it holds an English name (revoke, zero)
its Chinese stands here. Nothing else in the library writes one of them as a literal.
"""

DEMONSTRATION, CLUSTER = KINDS = ["示范基地", "集聚区"]
REGIONS = ["东", "中", "西"]  # in the form's order (note 3)
COUNTRY = "全国"
REGION_NAMES = {"东": "东部", "中": "中部", "西": "西部（含东北）", COUNTRY: COUNTRY}
SHORT_REGION_NAMES = REGION_NAMES | {"西": "西部"}  # where a table or an axis has no room
TIERS = ["成效突出", "成效明显", "成效初显"]  # best first; a scheme may name its own (`Scheme.tier_names`)

STATUS_NAMES = {  # what two rounds make of a base
    "revoke": "建议取消示范资格",
    "at_risk": "本次处于后3位",
    "recovered": "上次处于后3位，本次已脱离",
    "not_submitted": "本次未报送",
    "left_roster": "已不在名单",
    "add": "建议增补",
    "add_gated": "成绩靠前，一票否决",
    "add_over_quota": "成绩靠前，超出名额",
    "promising": "本次成绩靠前",
    "ok": "正常",
}
# The same where a table has no room; the bottom three of a status are said in its heading or beside it.
SHORT_STATUS_NAMES = STATUS_NAMES | {
    "at_risk": "本次后3位",
    "recovered": "本次已脱离",
    "add_gated": "靠前，一票否决",
}

METHOD_NAMES = {  # how a scheme brings a number to 0–1 (docs/schemes.md)
    "yes_no": "是否",
    "min_max": "极差法",
    "goalposts": "固定界值",
    "percentile_rank": "百分位次",
    "z_score": "标准分",
    "efficacy": "功效系数法",
    "steps": "分段记分",
}
NORMALISATION_NAMES = {  # the same varied for a whole round: what sensitivity analysis and the sliders try
    "scheme": "本方案",
    "no_logarithm": "不取对数",
    "whole_range": "极差法（最小值至最大值）",
    "quantile_range": "极差法（5%至95%分位数）",
    "percentile_rank": METHOD_NAMES["percentile_rank"],
    "z_score": METHOD_NAMES["z_score"],
}
AGGREGATION_NAMES = {"arithmetic": "算术平均", "geometric": "几何平均"}  # of the three groups
MISSING_POLICY_NAMES = {  # what a field without a value is worth
    "zero": "未填记0分",
    "region_median": "未填取区域中位数",
    "reweight": "未填项权重另分",
}
