"""How JupyterLab shows a tidy table: Chinese headings, units, 是/否; underneath it stays the plain frame."""

from html import escape

import pandas as pd

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.presenting import tables
from ecanalysis.presenting.tables.submissions import KIND_NAMES, LAYOUT_NAMES, SEVERITY_NAMES, STATUS_NAMES

HEADINGS = {
    "base_id": "编号",
    "name": "基地",
    "province": "省份",
    "region": "区域",
    "kind": "类别",
    "aliases": "别名",
    "general": "综合指标得分",
    "special": "专项指标得分",
    "total": "总分",
    "total_previous": "上次总分",
    "rank": "区域名次",
    "rank_in_kind": "同类名次",
    "rank_in_kind_previous": "上次同类名次",
    "tier": "档次",
    "gated": "一票否决",
    "bottom_three": "后3位",
    "bottom_three_previous": "上次后3位",
    "features": "特色",
    "missing": "缺报项数",
    "code": "指标",
    "value": "填报值",
    "base_period_value": "基期值",
    "normalised": "归一值",
    "max_points": "满分",
    "points": "得分",
    "year": "年份",
    "text": "选项",
    "unit": "单位",
    "raw": "原文",
    "file": "文件",
    "sheet": "工作表",
    "cell": "单元格",
    "base_name": "填报名称",
    "severity": "程度",
    "message": "说明",
    "status": "状态",
    "reason": "理由",
    "source": "基期来源",
    "change": "变化",
    "change_pct": "变化率（%）",
    "bases": "基地数",
    "layout": "版式",
    "sha256": "校验和",
    "similarity": "相似度",
    "nearest_base_id": "最接近的编号",
    "nearest_name": "最接近的名称",
    "department": "商务主管部门",
    "address": "地址与范围",
    "suggestions": "意见及建议",
    "review_opinion": "省级审核意见",
    "review_date": "审核日期",
    "p_bottom_three": "处于后3位的概率",
    "p_tier1": "成效突出的概率",
    "p_tier2": "成效明显的概率",
    "p_tier3": "成效初显的概率",
    "rank_p05": "名次5%分位",
    "rank_median": "名次中位数",
    "rank_p95": "名次95%分位",
    "part": "所属",
    "reference": "界值范围",
    "reference_n": "界值家数",
    "n": "有效家数",
    "low": "下界",
    "high": "上界",
    "lo": "下界（变换后）",
    "hi": "上界（变换后）",
    "spread": "有差异",
    "lost": "失分",
    "peers": "同区域家数",
    "peer_median": "区域中位归一值",
    "gap": "比区域中位数",
    "state": "作答",
    "size": "数量",
}
FLAGS = ["gated", "bottom_three", "bottom_three_previous"]
ANSWERS = ["value", "base_period_value", "low", "high"]  # in the unit of the field that `code` names
BOUNDS = ["low", "high"]
SHARES = ["p_bottom_three", "p_tier1", "p_tier2", "p_tier3"]
TWO_DECIMALS = ["general", "special", "total", "total_previous", "points", "max_points", "lost", "gap", "change_pct"]
WORDS = {
    "severity": SEVERITY_NAMES,
    "source": {"reported": "本次填报", "base_period_round": "基期轮次", "implied": "由增速推算"},
    "region": tables.REGION_NAMES,
    "reference": tables.REGION_NAMES,
    "status": tables.STATUS_NAMES | STATUS_NAMES,
    "layout": LAYOUT_NAMES,
    "kind": KIND_NAMES,
    "part": GROUPS | FEATURES,
    "state": {"": "", "missing": "缺报", "unreadable": "读不出"},
}
ROWS = 60  # more are cut in the middle, as pandas does


class Readable(pd.DataFrame):
    """A DataFrame that a notebook shows in Chinese, and what is derived from it too; as text it has one width."""

    @property
    def _constructor(self):
        return Readable

    def __repr__(self) -> str:
        # The width of whatever terminal a kernel was started from must not show in a notebook.
        with pd.option_context("display.width", 100, "display.max_columns", 8, "display.max_rows", 20):
            return pd.DataFrame(self).__repr__()

    def _repr_html_(self) -> str:
        whole = pd.DataFrame(self)
        if whole.columns.nlevels > 1:
            return whole._repr_html_()
        if any(whole.index.names) or not pd.api.types.is_integer_dtype(whole.index):
            whole = whole.reset_index()  # the index says what the rows are
        cut = len(whole) > ROWS
        shown = in_chinese(pd.concat([whole.head(10), whole.tail(10)]) if cut else whole)
        looks = [tables.look(shown.iloc[:, place]) for place in range(shown.shape[1])]
        head = "".join(f'<th scope="col"{look}>{escape(str(name))}</th>' for look, name in zip(looks, shown.columns))
        rows = [
            "<tr>" + "".join(f"<td{look}>{escape(str(cell))}</td>" for look, cell in zip(looks, row)) + "</tr>"
            for row in shown.itertuples(index=False, name=None)
        ]
        if cut:
            rows.insert(10, f'<tr><td colspan="{len(looks)}">……（中间略去 {len(whole) - 20} 行）</td></tr>')
        size = f'<p class="note">{len(whole)} 行 × {len(whole.columns)} 列</p>'
        return (
            f'<div><table class="ec"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>{size}</div>'
        )


def in_chinese(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of text for people: headings and codes in Chinese, values with their unit, flags as 是/否.

    >>> in_chinese(pd.DataFrame({"code": ["C01", "C04"], "value": [1.0, 1200.0]})).to_dict("list")
    {'指标': ['C01 专项政策', 'C04 电商培训人次'], '填报值': ['是', '1,200人次']}
    """
    columns = [_column(name, frame.iloc[:, place], frame) for place, name in enumerate(frame.columns)]
    shown = pd.DataFrame(dict(enumerate(columns)), dtype=object)
    shown.columns = [_heading(name, frame) for name in frame.columns]
    return shown


def _heading(name: object, frame: pd.DataFrame) -> object:
    if name == "kind" and isinstance(kinds := frame["kind"], pd.Series) and kinds.isin(KIND_NAMES).any():
        return "问题"  # in a table of issues; elsewhere 类别 of a base
    return HEADINGS.get(name, name)


def _column(name: object, cells: pd.Series, frame: pd.DataFrame) -> list:
    """One column as people read it. What was derived (a mean of flags, say) is shown as the number it is."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        if pd.api.types.is_bool_dtype(cells.dtype) or (name in FLAGS and cells.dropna().isin([0, 1]).all()):
            return [tables.MISSING if pd.isna(flag) else "是" if flag else "否" for flag in cells]
        if name in ANSWERS and isinstance(codes := frame.get("code"), pd.Series):
            texts = frame["text"] if name == "value" and "text" in frame else [""] * len(frame)
            cells = cells.round(2) if name in BOUNDS else cells
            return [_answer(code, value, text) for code, value, text in zip(codes, cells, texts)]
        if name in SHARES and cells.dropna().between(0, 1).all():
            return [tables.percent(share) for share in cells]
        if pd.api.types.is_float_dtype(cells.dtype):
            decimals = 2 if name in TWO_DECIMALS else 4
            return [tables.number(value, 0 if float(value).is_integer() else decimals) for value in cells]
    elif name == "code":
        return [tables.label(code) if code in FIELDS else FEATURES.get(code, code) for code in cells]
    elif name == "features":
        return ["、".join(FEATURES.get(letter, letter) for letter in str(cell).split(";")) for cell in cells]
    elif name in WORDS:
        return [WORDS[name].get(word, word) if isinstance(word, str) else _plain(word) for word in cells]
    return [_plain(cell) for cell in cells]


def _plain(cell: object) -> object:
    return tables.MISSING if pd.api.types.is_scalar(cell) and pd.isna(cell) else cell


def _answer(code: str, value: float, text: str) -> str:
    if code not in FIELDS or (FIELDS[code].type == "yes_no" and value not in (0, 1)):
        return tables.number(value, 0 if pd.isna(value) or float(value).is_integer() else 4)
    if FIELDS[code].numeric and not pd.isna(value):
        value = round(value, 4)
    return tables.answer(code, value, text)
