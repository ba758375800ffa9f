"""The scores of a round as one workbook for people: 总表, 分项, 档次, 说明.

Names come from submissions: every text is written as text, so that nothing in it runs as a formula or a link.
"""

from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

from ecanalysis.comparing.regions import with_totals
from ecanalysis.deciding import coverage
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.form.words import COUNTRY, REGION_NAMES, REGIONS
from ecanalysis.presenting import schemes

WIDTHS = {  # characters; a Chinese character takes two
    "编号": 9,
    "基地": 36,
    "省份": 10,
    "区域": 8,
    "类别": 10,
    "综合得分": 9,
    "专项得分": 9,
    "总分": 9,
    "区域名次": 9,
    "同类名次": 9,
    "档次": 10,
    "一票否决": 9,
    "后3位": 8,
    "特色": 24,
    "缺报项数": 9,
    "必须补正": 16,
    "距上一档": 10,
    "距下一档": 10,
    "代码": 7,
    "指标": 34,
    "填报值": 14,
    "单位": 8,
    "归一值": 9,
    "满分": 9,
    "得分": 9,
    "失分": 9,
    "文件": 34,
    "工作表": 14,
    "单元格": 9,
    "项目": 40,
    "设定": 52,
    "依据": 12,
    "来源": 70,
}
TWO_DECIMALS = {"综合得分", "专项得分", "总分", "距上一档", "距下一档", "满分", "得分", "失分"}
OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


def write_workbook(evaluation, path: str | Path) -> None:
    """Write the workbook of an evaluation (as `load_round` gives it) to `path`, replacing what is there."""
    note = f"报告期：{evaluation.year}年　基期：{evaluation.year - 1}年　评分方案：{evaluation.scheme.title}"
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        book.set_properties(
            {"title": f"{evaluation.year}年综合评价得分", "created": datetime(evaluation.year + 1, 1, 1)}
        )
        formats = _formats(book)
        _sheet(book, formats, "总表", standings(evaluation), f"总表（{note}）", freeze=2)
        _sheet(book, formats, "分项", items(evaluation), f"分项得分（{note}）", freeze=2)
        _sheet(book, formats, "档次", tiers(evaluation), f"档次（{note}）", freeze=2)
        _sheet(book, formats, "说明", schemes.entries(evaluation.scheme), f"评分方案与依据（{note}）", freeze=1)


def standings(evaluation) -> pd.DataFrame:
    """总表: one row a base, best of each region first, with its margins and what it must still answer."""
    scores = evaluation.scores
    table = scores.merge(
        coverage.margins(scores, evaluation.points, evaluation.scheme).drop(columns="tier"), on="base_id"
    )
    table = table.merge(coverage.unanswered_gates(evaluation.reported, evaluation.bases), on="base_id", how="left")
    order = table["region"].map({region: place for place, region in enumerate(REGIONS)})
    table = table.assign(order=order).sort_values(["order", "rank", "base_id"], kind="stable")
    yes = {0: "", 1: "是"}
    return pd.DataFrame(
        {
            "编号": table["base_id"],
            "基地": table["name"],
            "省份": table["province"],
            "区域": table["region"].map(REGION_NAMES),
            "类别": table["kind"],
            "综合得分": table["general"],
            "专项得分": table["special"],
            "总分": table["total"],
            "区域名次": table["rank"],
            "同类名次": table["rank_in_kind"],
            "档次": table["tier"],
            "一票否决": table["gated"].map(yes),
            f"后{evaluation.scheme.bottom_count}位": table["bottom_three"].map(yes),
            "特色": [
                "、".join(FEATURES[letter].removesuffix("电商") for letter in letters.split(";") if letter)
                for letters in table["features"]
            ],
            "缺报项数": table["missing"],
            "必须补正": table["codes"].fillna("").str.replace(";", "、"),
            "距上一档": table["to_better"],
            "距下一档": table["to_worse"],
        }
    )


def tiers(evaluation) -> pd.DataFrame:
    """档次: how many bases of each region and kind are in each tier, gated, and in the bottom three."""
    scores = evaluation.scores
    scores = with_totals(scores.assign(tier=pd.Categorical(scores.tier, evaluation.scheme.tier_names)))
    groups = scores.groupby(["region", "kind"], observed=False)
    table = scores.groupby(["region", "kind", "tier"], observed=False).size().unstack().rename(columns=str)
    table.columns.name = None
    table.insert(0, "家数", groups.size())
    table["一票否决"] = groups.gated.sum()
    table[f"后{evaluation.scheme.bottom_count}位"] = groups.bottom_three.sum()
    table = table.drop(index=COUNTRY).rename_axis(["区域", "类别"]).reset_index()
    return table.assign(区域=table["区域"].astype(str).map(REGION_NAMES), 类别=table["类别"].astype(str))


def items(evaluation) -> pd.DataFrame:
    """分项: one row a base and field, with the cell its value was read from."""
    places = evaluation.reported[["base_id", "code", "file", "sheet", "cell"]]
    names = evaluation.bases[["base_id", "name"]]
    table = evaluation.points.merge(names, on="base_id").merge(places, on=["base_id", "code"], how="left")
    yes_no = table["code"].map({code: field.type == "yes_no" for code, field in FIELDS.items()})
    said = table["value"].astype(object).where(~yes_no, table["value"].map({1.0: "是", 0.0: "否"}))
    return pd.DataFrame(
        {
            "编号": table["base_id"],
            "基地": table["name"],
            "代码": table["code"],
            "指标": table["code"].map({code: field.label for code, field in FIELDS.items()}),
            "填报值": said.where(table["value"].notna(), "未填报或未能读取"),
            "单位": table["code"].map({code: field.unit for code, field in FIELDS.items()}),
            "归一值": table["normalised"],
            "满分": table["max_points"],
            "得分": table["points"],
            "失分": table["max_points"] - table["points"],
            "文件": table["file"].fillna(""),
            "工作表": table["sheet"].fillna(""),
            "单元格": table["cell"].fillna(""),
        }
    )


def _formats(book: xlsxwriter.Workbook) -> dict:
    common = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    return {
        "title": book.add_format({**common, "font_size": 13, "bold": True}),
        "head": book.add_format(
            {**common, "bold": True, "text_wrap": True, "align": "center", "bg_color": "#dfe7ef", "bottom": 1}
        ),
        "text": book.add_format({**common, "text_wrap": True, "num_format": "@"}),
        "points": book.add_format({**common, "num_format": "0.00"}),
        "share": book.add_format({**common, "num_format": "0.000"}),
        "number": book.add_format({**common, "num_format": "#,##0.####"}),
        "thousands": book.add_format({**common, "num_format": "#,##0"}),
        "whole": book.add_format({**common, "num_format": "0"}),
    }


def _sheet(book: xlsxwriter.Workbook, formats: dict, name: str, frame: pd.DataFrame, title: str, freeze: int) -> None:
    """One sheet: a title line, a frozen heading with filters, and the rows; `freeze` columns stay in sight."""
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, title, formats["title"])
    sheet.set_row(0, 22)
    for column, heading in enumerate(frame.columns):
        sheet.write_string(1, column, heading, formats["head"])
        sheet.set_column(column, column, WIDTHS.get(heading, 2 * len(heading) + 3))
        kind = _format_of(heading)
        for row, cell in enumerate(frame[heading].tolist(), start=2):
            if isinstance(cell, str):
                sheet.write_string(row, column, cell, formats["text"])
            elif pd.notna(cell):
                # Excel would end a whole number in a bare point under the format of a fraction.
                whole = kind == "number" and float(cell).is_integer()
                sheet.write_number(row, column, cell, formats["thousands" if whole else kind])
    sheet.freeze_panes(2, freeze)
    if len(frame):
        sheet.autofilter(1, 0, len(frame) + 1, len(frame.columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _format_of(heading: str) -> str:
    if heading in TWO_DECIMALS:
        return "points"
    return {"归一值": "share", "填报值": "number"}.get(heading, "whole")
