"""How JupyterLab shows a tidy table: Chinese headings, units, 是/否; underneath it stays the plain frame."""

from html import escape

import pandas as pd

from ecanalysis import tables
from ecanalysis.form import FIELDS

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
}
FLAGS = ["gated", "bottom_three", "bottom_three_previous"]
WORDS = {
    "severity": {"error": "错误", "warning": "请核对"},
    "source": {"reported": "本次填报", "base_period_round": "基期轮次", "implied": "由增速推算"},
    "region": tables.REGION_NAMES,
    "status": tables.STATUS_NAMES
    | {"accepted": "接收", "accepted_with_warnings": "接收，有问题", "rejected": "退回", "evidence": "佐证材料"},
    "layout": {"form": "下发空表", "official": "官方版式", "summary": "汇总表"},
}
ROWS = 60  # more are cut in the middle, as pandas does


class Readable(pd.DataFrame):
    """A DataFrame that a notebook shows in Chinese, and what is derived from it too; nothing else is different."""

    @property
    def _constructor(self):
        return Readable

    def _repr_html_(self) -> str:
        whole = pd.DataFrame(self)
        if whole.columns.nlevels > 1:
            return whole._repr_html_()
        if any(whole.index.names) or not pd.api.types.is_integer_dtype(whole.index):
            whole = whole.reset_index()  # the index says what the rows are
        cut = len(whole) > ROWS
        shown = in_chinese(pd.concat([whole.head(10), whole.tail(10)]) if cut else whole)
        head = "".join(f'<th scope="col">{escape(str(column))}</th>' for column in shown.columns)
        rows = [
            "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>"
            for row in shown.itertuples(index=False, name=None)
        ]
        if cut:
            rows.insert(10, f'<tr><td colspan="{len(shown.columns)}">……（中间略去 {len(whole) - 20} 行）</td></tr>')
        size = f"<p>{len(whole)} 行 × {len(whole.columns)} 列</p>"
        return (
            f'<div><table class="ec"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>{size}</div>'
        )


def in_chinese(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of text for people: headings and codes in Chinese, values with their unit, flags as 是/否.

    >>> in_chinese(pd.DataFrame({"code": ["C01", "C04"], "value": [1.0, 1200.0]})).to_dict("list")
    {'指标': ['C01 专项政策', 'C04 电商培训人次'], '填报值': ['是', '1,200人次']}
    """
    shown = {}
    for column in frame.columns:
        series = frame[column]
        if column in ("value", "base_period_value") and "code" in frame:
            texts = frame["text"] if "text" in frame else [""] * len(frame)
            cells = [_answer(code, value, text) for code, value, text in zip(frame["code"], series, texts)]
        elif column in FLAGS:
            cells = [tables.MISSING if pd.isna(flag) else "是" if flag else "否" for flag in series]
        elif column == "code":
            cells = [tables.label(code) if code in FIELDS else code for code in series]
        elif column in WORDS:
            cells = [WORDS[column].get(word, word) for word in series]
        elif pd.api.types.is_float_dtype(series.dtype):
            cells = [tables.number(value, 0 if float(value).is_integer() else 4) for value in series]
        else:
            cells = [tables.MISSING if pd.isna(cell) else cell for cell in series]
        shown[HEADINGS.get(column, column)] = cells
    return pd.DataFrame(shown)


def _answer(code: str, value: float, text: str) -> str:
    return tables.answer(code, value, text) if code in FIELDS else tables.number(value)
