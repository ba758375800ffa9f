"""The fixed vocabulary of the tables, each word once: kinds, regions, tiers, methods, statuses and issues.

A Chinese word stored in a table (示范基地, 东) is a constant here; an English code (revoke, zero) has its Chinese name
here. No other module writes these words as literals.
"""

from ecanalysis.form.fields import FEATURES, GROUPS

DEMONSTRATION, CLUSTER = KINDS = ["示范基地", "集聚区"]
REGIONS = ["东", "中", "西"]  # in the form's order (note 3)
COUNTRY = "全国"
REGION_NAMES = {"东": "东部", "中": "中部", "西": "西部（含东北）", COUNTRY: COUNTRY}
SHORT_REGION_NAMES = REGION_NAMES | {"西": "西部"}  # for narrow tables and axes
UNSCORED = "未参评"

STATUS_NAMES = {  # a base's status under the two-round rule
    "revoke": "建议取消示范资格",
    "at_risk": "本次处于后3位",
    "recovered": "上次处于后3位，本次已脱离",
    "not_submitted": "本次无可用报送",
    "left_roster": "已不在名单",
    "add": "建议增补",
    "add_gated": "成绩靠前，一票否决",
    "add_over_quota": "成绩靠前，超出名额",
    "promising": "本次成绩靠前",
    "ok": "正常",
}
# Short forms for narrow tables whose heading or neighbouring column already mentions the bottom three.
SHORT_STATUS_NAMES = STATUS_NAMES | {
    "at_risk": "本次后3位",
    "recovered": "本次已脱离",
    "add_gated": "靠前，一票否决",
}

NEAR_STATUS_NAMES = SHORT_STATUS_NAMES | {"ok": "未列入，接近界线"}  # for tables of bases on a list or close to one
VERDICT_NAMES = {"on_hold": "暂不宜决定", "doubtful": "存疑", "stands": "成立"}  # on a proposal of the two-round rule
CORRECTION_STATUS_NAMES = {"accepted": "已采纳", "pending": "未决", "rejected": "未采纳"}

TYPE_NAMES = {  # of a field of the form
    "yes_no": "是否题",
    "choice": "选择题",
    "count": "数量",
    "number": "数值",
    "percent": "百分比",
    "amount": "金额",
}
METHOD_NAMES = {  # normalisation methods of a field (docs/schemes.md)
    "yes_no": "是否",
    "min_max": "极差法",
    "goalposts": "固定界值",
    "percentile_rank": "百分位次",
    "z_score": "标准分",
    "efficacy": "功效系数法",
    "steps": "分段记分",
}
NORMALISATION_NAMES = {  # of all numeric fields at once: what sensitivity analysis and sliders try
    "scheme": "本方案",
    "no_logarithm": "不取对数",
    "whole_range": METHOD_NAMES["min_max"] + "（最小值至最大值）",
    "quantile_range": METHOD_NAMES["min_max"] + "（5%至95%分位数）",
    "percentile_rank": METHOD_NAMES["percentile_rank"],
    "z_score": METHOD_NAMES["z_score"],
}
FACTOR_NAMES = {  # what a sensitivity analysis varies
    "normalisation": "归一化方法",
    "missing_values": "未填项处理",
    "group_weights": "三组之间的权重",
    "item_weights": "组内各项的权重",
    "feature_weights": "特色内各项的权重",
}
SCOPE_NAMES = {"region": "按区域", "country": "按全国"}  # the reference set within which a scheme normalises or counts
MISSING_POLICY_NAMES = {  # how a missing value is scored
    "zero": "未填记0分",
    "region_median": "未填取区域中位数",
    "reweight": "未填项权重另分",
}

# What reading a submission can find.
ISSUE_NAMES = {  # kinds of issue
    "approximate": "填了约数",
    "blank_word": "以“无”“/”代替数字",
    "conflict": "同时选了两项",
    "copied_base_period": "基期与报告期全部相同",
    "correction_unchanged": "更正值与报送值相同",
    "correction_unused": "更正的基地无可用报送",
    "duplicate": "一家基地报送多份",
    "employment_below_enterprises": "从业人员少于企业数",
    "far_above_peers": "远高于本区域中位数",
    "far_below_peers": "远低于本区域中位数",
    "far_from_base_period": "与基期相差千倍以上",
    "feature_only_zero": "专项所填均为0或否",
    "growth_may_be_index": "增速疑似按比值填报",
    "growth_mismatch": "增速与两年数值不符",
    "hidden_sheet": "隐藏的工作表未采用",
    "incomplete_feature": "专项未填全",
    "looks_like_fraction": "占比疑似按小数填报",
    "merged_years": "两年数据合并为一格",
    "merged_rows": "几项数据合并为一格",
    "no_base_name": "缺基地名称",
    "no_feature": "未选任何专项",
    "not_on_roster": "名称不在名单内",
    "out_of_range": "超出合理范围",
    "platforms_above_enterprises": "平台数多于企业数",
    "review_opinion_missing": "缺省级审核意见",
    "seal_difference": "与封存的结果不同",
    "sentence_missing": "报告表缺少一句",
    "summed": "分项数字已合计",
    "unaccounted": "内容不属于任何一栏",
    "unanswered_gate": "事故或违法一项未答",
    "unit_converted": "单位经换算",
    "unknown_column": "汇总表列名无法识别",
    "unknown_row": "指标行无法识别",
    "unread_object": "图片、控件等无法读取",
    "unreadable": "读不出答案",
    "unreadable_scan": "扫描件上的答案未能可靠识别",
    "from_scan": "由扫描件识别，请与原件核对",
    "differs_from_stamped": "与盖章扫描件不一致",
    "worded_sign": "以文字表示下降",
    "wrong_year": "年份不是本报告期",
}
SUSPICIOUS = (  # kinds of issue that cast doubt on a value that was read, in display order
    "far_above_peers",
    "far_below_peers",
    "far_from_base_period",
    "copied_base_period",
    "employment_below_enterprises",
    "platforms_above_enterprises",
    "growth_may_be_index",
    "growth_mismatch",
    "looks_like_fraction",
)
SEVERITY_NAMES = {"error": "错误", "warning": "提示"}
FILE_STATUS_NAMES = {
    "accepted": "接收，无问题",
    "accepted_with_warnings": "接收，有问题待核",
    "rejected": "退回",
    "evidence": "佐证材料（不读取）",
    "compared": "盖章扫描件，已与报告表文件比对",
}
LAYOUT_NAMES = {"form": "统一模板", "official": "官方表式（附件6）", "summary": "省级汇总表", "": "—"}
RECEIVED_NAMES = {"returned": "已报送，被退回", "unmatched": "已报送，名称不在名单内", "": "未报送"}
STATE_NAMES = {"": "", "missing": "未填", "unreadable": "读不出"}
SOURCE_NAMES = {"reported": "本表基期栏", "base_period_round": "基期轮次", "implied": "由增速推算"}
NOT_COMPARED_NAMES = {
    "": "",
    "doubted": "数值存疑、尚未核实",
    "implied": "基期数由增速推算、并非独立数据",
    "no_base_period": "报告期有数、基期无数",
    "no_value": "基期有数、报告期未填",
    "no_value_read": "报告期已填、但读不出有效数值（见填报问题）",
}
BOTTOM_CHANGE_NAMES = {"enters": "新增", "leaves": "退出", "": ""}  # changes of the bottom three under another scheme
SCORES_SOURCE_NAMES = {"": "", "sealed": "封存", "recomputed": "重算"}
PART_NAMES = GROUPS | FEATURES | {"special": "专项（未选报特色）"}
ACTION_NAMES = {"rejected": "退回重报", "error": "必须补正", "warning": "请核实", "missing": "未填"}
BANDS = ["明显低于", "低于", "持平", "高于", "明显高于"]  # relative to the region's median; five boxes on a page
ALL_STATUS_NAMES = STATUS_NAMES | FILE_STATUS_NAMES

TABLE_NAMES = {  # the names of a round's tables in files and sheets for people
    "scores": "总分",
    "points": "分项得分",
    "bounds": "界值",
    "robustness": "稳健程度",
    "watchlist": "两轮对比",
    "change": "与基期相比",
    "region_change": "区域与基期相比",
    "decisions": "建议与判定",
    "firmness": "把握程度",
    "heirs": "末位替换",
    "remove_one": "去掉一项",
    "correction_effects": "更正的影响",
    "seal_difference": "与封存之差",
    "values": "填报值",
    "issues": "填报问题",
    "answered": "已作答",
    "files": "收到的文件",
    "forms": "报告表其他内容",
    "stamped": "盖章扫描件比对",
    "roster": "名单",
    "bases": "参评基地",
    "not_submitted": "未报送",
    "unmatched": "名单外",
}
