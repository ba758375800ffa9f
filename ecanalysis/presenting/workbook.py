"""A round as one workbook with Chinese headings, and its tables as CSV in Chinese.

Names come from submissions: all text is written as text, so that it cannot become a formula or a link.
"""

import io
from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

from ecanalysis.comparing.regions import with_totals
from ecanalysis.deciding import coverage
from ecanalysis.errors import UserError, writing
from ecanalysis.form.fields import FEATURES, FIELDS, YES_NO
from ecanalysis.form.words import COUNTRY, STATE_NAMES, TABLE_NAMES
from ecanalysis.outputs import from_memory, write_table
from ecanalysis.presenting import schemes, submissions
from ecanalysis.presenting.display import chinese, written
from ecanalysis.presenting.returns import TEXT_AS_TEXT, for_print, returns_of
from ecanalysis.rounds.lookup import find_province
from ecanalysis.rounds.roster import OF_BASE, by_region
from ecanalysis.rounds.schemas import COLUMNS, Column
from ecanalysis.style import wide

SCORES = "得分工作簿.xlsx"  # in a report, for the ministry only, beside its pages
WIDEST = 60  # greatest width of a column in characters; a Chinese character counts as two
OPTIONS = TEXT_AS_TEXT | {"nan_inf_to_errors": True}


def write_workbook(evaluation, path: Path, province: str = "") -> Path:
    """Write the workbook of an evaluation (as returned by `load_round`), overwriting the file; returns its path.

    With a province, only its rows; the sheets of comparison (档次, 界值) remain complete. Raises UserError for another
    file format, or an unknown province.
    """
    if path.suffix.lower() != ".xlsx":
        raise UserError(
            f"只写 .xlsx 工作簿，实为“{path.name}”；请把文件名改为 {path.stem}.xlsx（Excel 和 WPS 均可打开）"
        )
    note = f"报告期：{evaluation.year}年　基期：{evaluation.year - 1}年　评分方案：{evaluation.scheme.called}"
    province = find_province(province) if province else ""
    ids = set(evaluation.roster.base_id[evaluation.roster.province == province])

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of the province, or all rows if none is given."""
        if not province or not {"base_id", "province"} & {*frame.columns}:
            return frame
        return frame[frame.base_id.isin(ids) if "base_id" in frame else frame.province == province]

    note = f"{province}　{note}" if province else note
    with writing(path), from_memory(path) as memory, xlsxwriter.Workbook(memory, OPTIONS) as book:
        book.set_properties(
            {"title": f"{evaluation.year}年综合评价结果", "created": datetime(evaluation.year + 1, 1, 1)}
        )
        formats = _formats(book)
        for name, frame in {
            "总表": standings(evaluation),
            "分项": items(evaluation),
            "档次": tiers(evaluation),
            "专项": features(evaluation),
            "界值": bounds(evaluation),
            "两轮对比": watched(evaluation),
            "退回补正": returns_of(evaluation, province),
            "与基期相比": changes(evaluation),
            "把握程度": firmness(evaluation),
            "意见": suggested(evaluation),
        }.items():
            _sheet(book, formats, name, own(frame), f"{name}（{note}）", freeze=2)
        _sheet(book, formats, "透视用", own(pivot_ready(evaluation)), "", freeze=2)
        _sheet(book, formats, "说明", schemes.entries(evaluation.scheme), f"评分方案与依据（{note}）", freeze=1)
    return path


def export(tables: dict[str, pd.DataFrame], folder: Path, in_chinese: bool = False) -> Path:
    """Write tables into a folder (created if necessary) as CSV and Parquet, or in Chinese as CSV; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if in_chinese:
            shown = chinese(table)
            flags = shown.select_dtypes(["bool", "boolean"]).columns
            said = {flag: shown[flag].map({True: "是", False: "否"}).astype("str") for flag in flags}
            write_table(shown.assign(**said), folder, TABLE_NAMES[name])
        else:
            write_table(table, folder, name, parquet=True)
    return folder


def public_list(evaluation) -> pd.DataFrame:
    """公示名单: the tier of every scored base, without scores and ranks, in the roster's order of provinces."""
    own = evaluation.roster[["base_id", "name", "province", "kind"]]
    own = own.sort_values("province", key=lambda names: pd.factorize(names)[0], kind="stable")
    table = own.merge(evaluation.scores[["base_id", "tier"]], on="base_id")
    table.insert(0, "序号", range(1, len(table) + 1))
    return table[["序号", "province", "name", "kind", "tier"]]


def public_workbook(evaluation) -> bytes:
    """公示名单 as a workbook."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        book.set_properties({"title": "公示名单", "created": datetime(evaluation.year + 1, 1, 1)})
        title = f"{evaluation.year}年国家电子商务示范基地综合评价结果公示名单"
        _sheet(book, _formats(book), "公示名单", public_list(evaluation), title, freeze=1)
    return file.getvalue()


def standings(evaluation) -> pd.DataFrame:
    """总表: one row per base, best of each region first, with its margins and the gate questions left open."""
    scores = evaluation.scores
    table = scores.merge(
        coverage.margins(scores, evaluation.points, evaluation.scheme).drop(columns="tier"), on="base_id"
    )
    table = table.merge(coverage.unanswered_gates(evaluation.reported, evaluation.bases), on="base_id", how="left")
    table = by_region(table, ["rank", "base_id"])
    table["features"] = [
        "、".join(FEATURES[letter].removesuffix("电商") for letter in letters.split(";") if letter)
        for letters in table["features"]
    ]
    table["codes"] = table["codes"].fillna("")
    for flag in ("gated", "bottom_three"):  # a blank instead of 否 makes the flagged bases stand out
        table[flag] = table[flag].map({0: "", 1: "是"})
    columns = [
        *("base_id", "name", "province", "region", "kind", "general", "special", "total", "rank", "rank_in_kind"),
        *("tier", "gated", "bottom_three", "features", "missing", "codes", "to_better", "to_worse"),
    ]
    return table[columns].rename(columns={"bottom_three": f"后{evaluation.scheme.bottom_count}位"})


def tiers(evaluation) -> pd.DataFrame:
    """档次: the number of bases in each tier, gated, and in the bottom three, by region and kind."""
    scores = evaluation.scores
    scores = with_totals(scores.assign(tier=pd.Categorical(scores.tier, evaluation.scheme.tier_names)))
    groups = scores.groupby(["region", "kind"], observed=False)
    table = scores.groupby(["region", "kind", "tier"], observed=False).size().unstack().rename(columns=str)
    table.columns.name = None
    table.insert(0, "家数", groups.size())
    table["gated"] = groups.gated.sum()
    table[f"后{evaluation.scheme.bottom_count}位"] = groups.bottom_three.sum()
    return table.drop(index=COUNTRY).reset_index().astype({"region": str, "kind": str})


def items(evaluation) -> pd.DataFrame:
    """分项: one row per base and field, with the cell its answer was read from; why there is no value, in words."""
    table = evaluation.explained.merge(evaluation.bases[["base_id", "name"]], on="base_id")
    said = table.value.astype(object).where(~table.code.isin(YES_NO), table.value.map({1.0: "是", 0.0: "否"}))
    columns = ["base_id", "name", "code", "value", "unit", "normalised", "max_points", "points", "lost"]
    return table.assign(
        value=said.where(table.state == "", table.state.map(STATE_NAMES)),
        unit=table.code.map({code: field.unit for code, field in FIELDS.items()}),
    )[[*columns, "file", "sheet", "cell"]]


def features(evaluation) -> pd.DataFrame:
    """专项: one row per base and chosen feature, with its points and maximum points."""
    special = evaluation.explained[evaluation.explained.part.isin(FEATURES)]
    table = special.groupby(["base_id", "part"])[["max_points", "points"]].sum().reset_index()
    table = evaluation.scores[OF_BASE].merge(table, on="base_id")
    return table.assign(lost=table.max_points - table.points)


def watched(evaluation) -> pd.DataFrame:
    """两轮对比: every base's status with its reason, and the verdict if there is a proposal."""
    verdicts = evaluation.decisions[["base_id", "verdict", "p_joint", "reasons"]]
    return evaluation.watchlist.merge(verdicts, on="base_id", how="left").fillna({"verdict": "", "reasons": ""})


def changes(evaluation) -> pd.DataFrame:
    """与基期相比: one row per base and field, as in `change`, with the base's standing."""
    return evaluation.bases[OF_BASE].merge(evaluation.change, on="base_id")


def firmness(evaluation) -> pd.DataFrame:
    """把握程度: how often a base's status, tier and bottom-three flag stay the same."""
    table = evaluation.scores[[*OF_BASE, "rank", "tier"]].merge(evaluation.robustness, on="base_id")
    return table.merge(evaluation.firmness, on="base_id")


def pivot_ready(evaluation) -> pd.DataFrame:
    """透视用: one row per base and field, with a single heading row and plain numbers, for pivot tables."""
    about = evaluation.scores[[*OF_BASE, "tier", "total", "rank"]]
    points = evaluation.explained[[*evaluation.points.columns, "part"]]
    before = evaluation.change[["base_id", "code", "base_period_value"]]
    return about.merge(points, on="base_id").merge(before, on=["base_id", "code"], how="left")


def bounds(evaluation) -> pd.DataFrame:
    """界值: the reference set and bounds of each region and field."""
    table = evaluation.bounds
    table = table[(table.region != COUNTRY) & (table.reference_n > 0)]
    return table[["code", "region", "reference", "reference_n", "low", "high", "spread"]]


def suggested(evaluation) -> pd.DataFrame:
    """意见: the suggestions of each province's bases in their own words, with the bases' names."""
    said = submissions.suggestions(evaluation.forms, evaluation.bases)
    return said.assign(names=said.names.str.join("、"))[["province", "suggestions", "names"]]


def _sheet(book: xlsxwriter.Workbook, formats: dict, name: str, frame: pd.DataFrame, title: str, freeze: int) -> None:
    """Write one sheet: a title line, a frozen heading row with filters, and the rows; `freeze` columns are frozen.

    Headings, words and decimals come from the columns' specification; numbers remain numbers. Without a title the
    headings are the first row.
    """
    sheet = book.add_worksheet(name)
    top = 1 if title else 0
    if title:
        sheet.write_string(0, 0, title, formats["title"])
        sheet.set_row(0, 22)
    for place, column in enumerate(frame.columns):
        kind = COLUMNS.get(column)
        heading = kind.heading if kind else column
        numeric = pd.api.types.is_numeric_dtype(frame[column].dtype) or (kind and kind.type == "answer")
        numeric = numeric and not (kind and kind.type == "flag" and frame[column].dropna().isin([0, 1]).all())
        cells = (frame[column] if numeric else written(frame, column)).tolist()
        sheet.write_string(top, place, heading, formats["head"])
        widths = [2 * wide(cell) if isinstance(cell, str) else 9 for cell in (f"{heading}　", *cells)]
        sheet.set_column(place, place, min(max(widths) + 2, WIDEST))
        for row, cell in enumerate(cells, start=top + 1):
            if isinstance(cell, str):
                sheet.write_string(row, place, cell, formats["text"])
            elif pd.notna(cell):
                sheet.write_number(row, place, cell, formats[_look(kind, cell)])
    sheet.freeze_panes(top + 1, freeze)
    if len(frame):
        sheet.autofilter(top, 0, len(frame) + top, len(frame.columns) - 1)
    for_print(sheet, top)


def _formats(book: xlsxwriter.Workbook) -> dict:
    common = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    head = {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#dfe7ef", "bottom": 1}
    looks = {0: "0", 1: "0.0", 2: "0.00", 3: "0.000", 4: "0.0000", "thousands": "#,##0", "number": "#,##0.####"}
    return {
        "title": book.add_format({**common, "font_size": 13, "bold": True}),
        "head": book.add_format({**common, **head}),
        "text": book.add_format({**common, "text_wrap": True, "num_format": "@"}),
        **{name: book.add_format({**common, "num_format": look}) for name, look in looks.items()},
    }


def _look(kind: Column | None, number: float) -> int | str:
    """The format of a number: the decimals of its column, or for an answer those it has.

    With a format for fractions, Excel would show a whole number with a trailing point.
    """
    if kind and kind.type == "answer":
        return "thousands" if float(number).is_integer() else "number"
    return 2 if kind and kind.type == "gap" else (kind.decimals or 0) if kind else 0
