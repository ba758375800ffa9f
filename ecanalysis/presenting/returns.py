"""What goes back to the provinces: the list of faults to put right (退回补正清单), one workbook a province.

Holds file, cell, what stood there and what was expected; never contact data. Names and answers are other people's
text: they are written as text and cannot run as formulas or links.
"""

import math
import re
from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

from ecanalysis import outputs
from ecanalysis.errors import UserError
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.form.words import ACTION_NAMES
from ecanalysis.presenting.submissions import with_corrections
from ecanalysis.rounds.columns import COLUMNS
from ecanalysis.rounds.roster import PROVINCES, match, province_of

LISTED = ["province", "base_name", "action", "file", "sheet", "cell", "code", "raw", "message"]
ACTIONS = {action: ACTION_NAMES[action] for action in ("rejected", "error", "warning")}
UNKNOWN = "未知"
OURS = (
    "not_on_roster",
    "correction_unchanged",
    "correction_unused",
    "seal_difference",
)  # for the ministry to settle, not the base
LONGEST = 500  # characters of an answer that are shown
LINE = 14  # points: the height of a line

NOT_SUBMITTED = {"base_id": 12, "name": 40, "kind": 12}

_LIST = {  # the words of a form that bases fill in, not of our tables
    "序号": 5,
    "基地名称": 20,
    COLUMNS["action"].heading: 9,
    "题号与指标": 16,
    "原填内容": 16,
    "问题及要求": 44,
    "文件和位置": 26,
    "补正情况（基地填写）": 18,
}
_NOT_SUBMITTED = {"序号": 6} | {COLUMNS[name].heading: width for name, width in NOT_SUBMITTED.items()}


def return_list(
    files: pd.DataFrame, issues: pd.DataFrame, forms: pd.DataFrame, roster: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Every fault to put right, by province: province, base_name, action, file, sheet, cell, code, raw, message.

    `action` is rejected (the whole file), error or warning. The province is the one on the roster; for a base that is
    not on it, and without one, that of the department named in the form, then of a folder the file lies in, else 未知.
    """
    provinces = _provinces(files, forms, roster)
    rejected = files[files.status == "rejected"].assign(action="rejected", sheet="", cell="", code="", raw="")
    faults = issues[~issues.kind.isin(OURS) & ~issues.file.isin(rejected.file)].rename(columns={"severity": "action"})
    columns = [column for column in LISTED if column != "province"]
    rows = pd.concat([rejected[columns], faults[columns]], ignore_index=True)
    rows["province"] = [
        provinces.get((file, name)) or provinces.get((file, ""), UNKNOWN)
        for file, name in zip(rows.file, rows.base_name)
    ]
    places = pd.DataFrame(
        {
            "province": rows.province,
            "action": rows.action.map({action: place for place, action in enumerate(ACTIONS)}),
            "base_name": rows.base_name,
            "file": rows.file,
        }
    )
    order = places.sort_values(["province", "base_name", "file", "action"], kind="stable").index
    return rows.loc[order, LISTED].reset_index(drop=True)


def returns_of(r, province: str = "") -> pd.DataFrame:
    """The `return_list` of an evaluation (`r`), or of one province: what no accepted correction has settled.

    Forms of bases that are not on the roster are in it. Raises UserError for a province that is none.
    """
    if province and not (named := province_of(province)):
        raise UserError(f"没有名为“{province}”的省级单位；可用：{'、'.join(PROVINCES)}")
    open_ones = with_corrections(r.issues, r.round.corrections, r.year)
    forms = pd.concat([r.forms.drop(columns="base_id"), r.round.strangers], ignore_index=True)
    rows = return_list(r.files, open_ones[open_ones.corrected == ""], forms, r.roster)
    return rows[rows.province == named].reset_index(drop=True) if province else rows


def absent_of(forms: pd.DataFrame, roster: pd.DataFrame | None) -> pd.DataFrame:
    """The bases of a roster that sent none of these forms: base_id, name, kind, province."""
    if roster is None:
        return pd.DataFrame(columns=[*NOT_SUBMITTED, "province"])
    return roster[~roster.base_id.isin(match(list(forms.base_name.unique()), roster).values())]


def write_return_lists(rows: pd.DataFrame, absent: pd.DataFrame, year: int, folder: Path) -> list[Path]:
    """Write 退回补正清单_<province>.xlsx for every province with something to put right; returns the paths.

    `rows` as `return_list` gives them; `absent` are the bases that have not submitted, listed on a sheet of their own.
    A list left there by an earlier run, for a province that has nothing to put right now, is removed.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for province in sorted({*rows.province, *absent.province}):
        path = folder / f"退回补正清单_{province}.xlsx"
        with outputs.written_whole(path) as temporary:
            _write(temporary, province, year, rows[rows.province == province], absent[absent.province == province])
        written.append(path)
    for path in set(folder.glob("退回补正清单_*.xlsx")) - set(written):
        path.unlink()
    return written


def _provinces(files: pd.DataFrame, forms: pd.DataFrame, roster: pd.DataFrame | None) -> dict[tuple[str, str], str]:
    # The province of each (file, base_name), and of each file as a whole under the base_name "".
    known = {}
    if roster is not None:
        of_base = dict(zip(roster.base_id, roster.province))
        names = {name for names in files.base_name for name in (names, *names.split(";"))} | set(forms.base_name)
        known = {name: of_base[base_id] for name, base_id in match(sorted(names), roster).items()}
    departments = {
        (file, name): _of_department(department)
        for file, name, department in zip(forms.file, forms.base_name, forms.department)
    }
    found: dict[tuple[str, str], str] = {}
    for file, names in zip(files.file, files.base_name):
        folders = next(filter(None, map(province_of, file.split("/")[:-1])), "")
        each = {
            name: known.get(name) or departments.get((file, name)) or folders or UNKNOWN for name in names.split(";")
        }
        found |= {(file, name): province for name, province in each.items()}
        found[(file, "")] = known.get(names) or (
            each.popitem()[1] if len(set(each.values())) == 1 else folders or UNKNOWN
        )
        found.setdefault((file, names), found[(file, "")])
    return found


def _of_department(department: str) -> str:
    # 浙江省商务厅 -> 浙江; a department below the province says nothing certain.
    return province_of(re.sub(r"商务(厅|局|委员会|委|和粮食局)?$", "", department.strip()))


def _write(path: Path, province: str, year: int, rows: pd.DataFrame, absent: pd.DataFrame) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        # A fixed date of creation: the same submissions give the same bytes.
        book.set_properties({"title": f"退回补正清单（{province}）", "created": datetime(year + 1, 1, 1)})
        look = {"font_name": "宋体", "font_size": 10, "text_wrap": True, "valign": "top", "border": 1}
        formats = {
            "title": book.add_format({"font_name": "黑体", "font_size": 15}),
            "note": book.add_format({"font_name": "宋体", "font_size": 10, "text_wrap": True, "valign": "top"}),
            "head": book.add_format(
                look | {"bold": True, "bg_color": "#E7ECF2", "align": "center", "valign": "vcenter"}
            ),
            "cell": book.add_format(look),
        }
        counts = rows.action.value_counts()
        title = f"{year}年报告期电子商务示范基地报告表退回补正清单（{province}）"
        summary = "，".join(f"{words}{counts[action]}项" for action, words in ACTIONS.items() if action in counts)
        note = (
            f"共{summary or '0项'}。“退回重报”的文件请更正后重新报送；“须补正”的内容未能采用，请补正；"
            "“请核实”的内容请逐项核实，有误的一并更正，无误的请注明。更正后请重新报送完整的报告表。"
        )
        lines = [
            [
                place,
                row.base_name,
                ACTIONS[row.action],
                _called(row.code),
                row.raw,
                row.message,
                f"{row.file} {row.sheet}{'!' if row.cell else ''}{row.cell}".strip(),
                "",
            ]
            for place, row in enumerate(rows.itertuples(), 1)
        ]
        _write_sheet(book, formats, "补正清单", title, note, _LIST, lines)
        if len(absent):
            lines = [
                [place, row.base_id, row.name, row.kind] for place, row in enumerate(absent.itertuples(index=False), 1)
            ]
            note = "以下基地尚无已接收的报告表，请督促报送；已报送而被退回的，见“补正清单”。"
            _write_sheet(book, formats, "未报送名单", f"未报送名单（{province}）", note, _NOT_SUBMITTED, lines)


def _write_sheet(book, formats: dict, name: str, title: str, note: str, columns: dict[str, int], lines: list) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    sheet.write_string(0, 0, title, formats["title"])
    sheet.merge_range(1, 0, 1, len(columns) - 1, "", formats["note"])
    sheet.write_string(1, 0, note, formats["note"])
    sheet.set_row(1, 30)
    for column, (heading, width) in enumerate(columns.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, heading, formats["head"])
    for row, cells in enumerate(lines, 3):
        texts = [str(cell) if len(str(cell)) <= LONGEST else str(cell)[:LONGEST] + "……" for cell in cells]
        for column, (cell, text) in enumerate(zip(cells, texts)):
            if isinstance(cell, int):
                sheet.write_number(row, column, cell, formats["cell"])
            else:
                sheet.write_string(row, column, text, formats["cell"])
        sheet.set_row(row, LINE * max(_lines(text, width) for text, width in zip(texts, columns.values())))
    sheet.ignore_errors({"number_stored_as_text": f"A1:H{3 + len(lines)}"})  # what stood there is quoted as text
    sheet.freeze_panes(3, 2)
    sheet.repeat_rows(2)
    sheet.autofilter(2, 0, 2 + len(lines), len(columns) - 1)


def _lines(text: str, width: int) -> int:
    # A Chinese character is as wide as two digits, which is what the width of a column counts.
    return max(1, math.ceil(sum(2 if ord(sign) > 255 else 1 for sign in text) / (width - 1)))


def _called(code: str) -> str:
    if code in FIELDS:
        return f"{code} {FIELDS[code].label}"
    return FEATURES.get(code, "")
