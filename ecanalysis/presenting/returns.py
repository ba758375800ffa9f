"""The lists of faults returned to the provinces for correction (退回补正清单), one workbook per province.

They give file, cell, what was found and what was expected, but never contact data. Names and answers are untrusted:
they are written as text and cannot become formulas or links.
"""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter
from PIL import Image

from ecanalysis import outputs
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.form.words import ACTION_NAMES, RECEIVED_NAMES
from ecanalysis.presenting import stamped
from ecanalysis.presenting.submissions import open_issues
from ecanalysis.reading.rows import located
from ecanalysis.rounds.lookup import find_province
from ecanalysis.rounds.once import once
from ecanalysis.rounds.roster import match, province_of_folder, province_of_form
from ecanalysis.rounds.round import without_submission
from ecanalysis.rounds.schemas import COLUMNS, found_in
from ecanalysis.scoring.scheme import GENERAL
from ecanalysis.style import wide

LISTED = ["province", "base_name", "action", "file", "sheet", "cell", "code", "raw", "message"]
ACTIONS = ("rejected", "error", "warning", "missing")
UNKNOWN = "未知"
# For the ministry to settle, not for the base.
OURS = ("not_on_roster", "correction_unchanged", "correction_unused", "seal_difference")
MUST = ("unanswered_gate",)  # warnings that must be corrected nevertheless, as the answer decides the tier
LONGEST = 500  # characters of an answer shown
LINE = 14  # height of a line in points
# Options of workbooks: submitted text never becomes a formula or a link.
TEXT_AS_TEXT = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

MEANT = {
    "rejected": "“退回重报”的文件请更正后重新报送",
    "error": "“必须补正”的内容未能采用或关系到档次，请补正",
    "warning": "“请核实”的内容请逐项核实，有误的一并更正，无误的请注明",
    "missing": "“未填”的内容按未填计分，请补填",
}
NOT_SUBMITTED = {"base_id": 12, "name": 40, "kind": 12, "received": 24}

_LIST = {  # the words used in the form, which bases know, not those of our tables
    "序号": 5,
    "基地名称": 20,
    COLUMNS["action"].heading: 9,
    "题号与指标": 16,
    "原填内容": 16,
    "问题及要求": 44,
    "文件和位置": 26,
    "补正情况（基地填写）": 18,
}
_PIECES = {"基地名称": 20, "题号与指标": 16, "两处内容": 36, "扫描件和位置": 26, "扫描件原样": 70}
_NOT_SUBMITTED = {"序号": 6} | {COLUMNS[name].heading: width for name, width in NOT_SUBMITTED.items()}
TO_FILL_IN = "完成时限：＿＿＿＿年＿＿月＿＿日　　联系方式：＿＿＿＿＿＿＿　　确认（盖章）：＿＿＿＿＿＿＿"


@dataclass(frozen=True)
class Sheet:
    """One sheet of a province's workbook: headings with their widths in characters, and lines of cells."""

    name: str
    title: str
    note: str
    columns: dict[str, int]
    lines: list[list]


def asked(issues: pd.DataFrame) -> pd.DataFrame:
    """The issues a base has to deal with, with an `action`: error (必须补正) or warning (请核实)."""
    own = issues[~issues.kind.isin(OURS)]
    return own.assign(action=own.severity.mask(own.kind.isin(MUST), "error"))


def unfilled(forms: pd.DataFrame, values: pd.DataFrame, issues: pd.DataFrame, year: int) -> pd.DataFrame:
    """The scored fields of the general part left empty in a form and not mentioned by an issue: `forms`, code, message.

    Empty fields of a chosen feature have the issue incomplete_feature. The tables are those of a round or of `parse`,
    with one form per base name.
    """
    every = forms.merge(pd.DataFrame({"code": GENERAL}, dtype="str"), how="cross")
    known = pd.concat([values.loc[values.year == year, ["base_name", "code"]], issues[["base_name", "code"]]])
    empty = every[~found_in(every, known, ["base_name", "code"])]
    return empty.assign(message="报告期没有填报，按未填计分，请补填")


def return_list(
    files: pd.DataFrame,
    issues: pd.DataFrame,
    values: pd.DataFrame,
    forms: pd.DataFrame,
    year: int,
    roster: pd.DataFrame | None = None,
    strangers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Everything to correct, by province: province, base_name, action, file, sheet, cell, code, raw, message.

    `action` is rejected (the whole file), error, warning or missing (left empty). The province is that on the roster;
    for a base not on the roster, or without a roster, that of the department named in the form, otherwise of a folder
    in the file's path, otherwise 未知. `strangers` are forms of bases not on the roster that are not among `forms`.
    """
    provinces = _provinces(files, pd.concat([forms, strangers]), roster)
    rejected = files[files.status == "rejected"].assign(action="rejected", sheet="", cell="", code="", raw="")
    faults = asked(issues[~issues.file.isin(rejected.file)])
    empty = unfilled(forms, values, issues, year).assign(action="missing", sheet="", cell="", raw="")
    columns = [column for column in LISTED if column != "province"]
    rows = pd.concat([rejected[columns], faults[columns], empty[columns]], ignore_index=True)
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
    """The `return_list` of an evaluation, or of one province. Raises UserError for an unknown province."""
    named = find_province(province) if province else ""
    rows = _returns(r)
    return rows[rows.province == named].reset_index(drop=True) if province else rows.copy()


@once
def _returns(r) -> pd.DataFrame:
    return return_list(r.files, open_issues(r), r.values, r.forms, r.year, r.roster, r.round.strangers)


def of_parsed(parsed, roster: pd.DataFrame | None, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The `return_list` of what `parse` returned, and the bases on a roster that sent no submission."""
    rows = return_list(parsed.files, parsed.issues, parsed.values, parsed.bases, year, roster)
    if roster is None:
        return rows, pd.DataFrame(columns=[*NOT_SUBMITTED, "province"])
    return rows, without_submission(parsed.files, parsed.bases, roster)


def return_sheets(rows: pd.DataFrame, absent: pd.DataFrame, year: int) -> dict[str, list[Sheet]]:
    """The sheets of every province with something to correct: its part of the return list, and its absent bases."""
    return {
        province: _sheets(province, year, rows[rows.province == province], absent[absent.province == province])
        for province in sorted({*rows.province, *absent.province})
    }


def write_return_lists(
    rows: pd.DataFrame,
    absent: pd.DataFrame,
    year: int,
    folder: Path,
    look: Callable[[str], pd.DataFrame] = lambda province: pd.DataFrame(),
) -> list[Path]:
    """Write 退回补正清单_<province>.xlsx for every province with something to correct; returns the paths.

    `look(province)` returns what has to be checked on scans (`stamped.to_look_at`). Lists of an earlier run for
    provinces that now have nothing to correct are removed.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for province, sheets in return_sheets(rows, absent, year).items():
        path = folder / f"退回补正清单_{province}.xlsx"
        _write(path, province, year, sheets, look(province) if province != UNKNOWN else pd.DataFrame())
        written.append(path)
    for path in set(folder.glob("退回补正清单_*.xlsx")) - set(written):
        path.unlink()
    return written


def _provinces(files: pd.DataFrame, forms: pd.DataFrame, roster: pd.DataFrame | None) -> dict[tuple[str, str], str]:
    # The province by (file, base_name), and of each whole file under the base_name "".
    known, returned = {}, {}
    if roster is not None:
        of_base = dict(zip(roster.base_id, roster.province))
        names = {name for names in files.base_name for name in (names, *names.split(";"))} | set(forms.base_name)
        known = {name: of_base[base_id] for name, base_id in match(sorted(names), roster).items()}
        came = without_submission(files, forms, roster).query("received == 'returned'")
        returned = {file: row.province for row in came.itertuples() for file in row.file.split(";")}
    departments = dict(zip(zip(forms.file, forms.base_name), forms.department))
    found: dict[tuple[str, str], str] = {}
    for file, names in zip(files.file, files.base_name):
        each = {
            name: known.get(name) or province_of_form(departments.get((file, name), ""), file) or UNKNOWN
            for name in names.split(";")
        }
        found |= {(file, name): province for name, province in each.items()}
        one = each.popitem()[1] if len(set(each.values())) == 1 else province_of_folder(file) or UNKNOWN
        found[(file, "")] = known.get(names) or returned.get(file) or one
        found.setdefault((file, names), found[(file, "")])
    return found


def _sheets(province: str, year: int, rows: pd.DataFrame, absent: pd.DataFrame) -> list[Sheet]:
    counts = rows.action.value_counts()
    summary = "，".join(f"{ACTION_NAMES[action]}{counts[action]}项" for action in ACTIONS if action in counts)
    meant = "；".join(words for action, words in MEANT.items() if action in counts)
    note = f"共{summary or '0项'}。{meant}。更正后请重新报送完整的报告表。"
    lines = [
        [
            place,
            row.base_name,
            ACTION_NAMES[row.action],
            FIELDS[row.code].called if row.code in FIELDS else FEATURES.get(row.code, ""),
            row.raw,
            row.message,
            f"{row.file} {located(row.sheet, row.cell)}".strip(),
            "",
        ]
        for place, row in enumerate(rows.itertuples(), 1)
    ]
    title = f"{year}年报告期电子商务示范基地报告表退回补正清单（{province}）"
    sheets = [Sheet("补正清单", title, note, _LIST, [list(map(_short, line)) for line in lines])]
    if len(absent):
        lines = [
            [place, row.base_id, row.name, row.kind, RECEIVED_NAMES[row.received]]
            for place, row in enumerate(absent.itertuples(index=False), 1)
        ]
        note = "以下基地尚无可用的报告表。未报送的请督促报送；已报送而被退回的，请按“补正清单”更正后重新报送。"
        sheets.append(Sheet("无可用报送", f"无可用报送的基地（{province}）", note, _NOT_SUBMITTED, lines))
    return sheets


def _short(cell: object) -> object:
    return f"{cell[:LONGEST]}……" if isinstance(cell, str) and len(cell) > LONGEST else cell


def _write(path: Path, province: str, year: int, sheets: list[Sheet], looked: pd.DataFrame) -> None:
    with outputs.from_memory(path) as memory, xlsxwriter.Workbook(memory, TEXT_AS_TEXT) as book:
        # A fixed creation date, so that the same submissions give the same bytes.
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
        for sheet in sheets:
            _write_sheet(book, formats, sheet)
        if len(looked):
            _write_pieces(book, formats, looked)


def _write_pieces(book, formats: dict, looked: pd.DataFrame) -> None:
    """Write the rows of `stamped.to_look_at`, with the cutout of the scan where there is one."""
    sheet = book.add_worksheet("盖章件原样")
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, "盖章扫描件上须核对的内容及原样", formats["title"])
    for column, (heading, width) in enumerate(_PIECES.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, heading, formats["head"])
    for row, one in enumerate(looked.itertuples(), 2):
        where = f"{one.stamped_file} {located(one.stamped_sheet, one.stamped_cell)}".strip()
        for column, text in enumerate((one.base_name, FIELDS[one.code].called, stamped.said(one), where)):
            sheet.write_string(row, column, _short(text), formats["cell"])
        sheet.set_row(row, 4 * LINE)
        if one.picture:
            wide, high = Image.open(io.BytesIO(one.picture)).size
            scale = min(490 / wide, 70 / high)  # to fit the cell, in pixels
            sheet.insert_image(row, len(_PIECES) - 1, "原样.png", {
                "image_data": io.BytesIO(one.picture), "x_scale": scale, "y_scale": scale, "x_offset": 2, "y_offset": 2,
                "description": f"{one.base_name} {one.code}在盖章扫描件上的原样",
            })  # fmt: skip


def _write_sheet(book, formats: dict, listed: Sheet) -> None:
    sheet = book.add_worksheet(listed.name)
    for_print(sheet, 2)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.write_string(0, 0, listed.title, formats["title"])
    last = len(listed.columns) - 1
    sheet.merge_range(1, 0, 1, last, "", formats["note"])
    sheet.write_string(1, 0, listed.note, formats["note"])
    sheet.set_row(1, 30)
    for column, (heading, width) in enumerate(listed.columns.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, heading, formats["head"])
    for row, cells in enumerate(listed.lines, 3):
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                sheet.write_number(row, column, cell, formats["cell"])
            else:
                sheet.write_string(row, column, cell, formats["cell"])
        sheet.set_row(row, LINE * max(_lines(str(cell), width) for cell, width in zip(cells, listed.columns.values())))
    below = 3 + len(listed.lines)
    sheet.ignore_errors({"number_stored_as_text": f"A1:H{below}"})  # submitted numbers are quoted as text
    sheet.freeze_panes(3, 2)
    sheet.autofilter(2, 0, below - 1, last)
    sheet.merge_range(below + 1, 0, below + 1, last, "", formats["note"])
    sheet.write_string(below + 1, 0, TO_FILL_IN, formats["note"])
    sheet.set_row(below + 1, 2 * LINE)


def for_print(sheet, heading: int) -> None:
    """Set a sheet to print on A4 landscape, fitted to the page width, repeating the row `heading` on every page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(heading)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _lines(text: str, width: int) -> int:
    # Column widths are counted in digits; a Chinese character is two digits wide.
    return max(1, math.ceil(2 * wide(text) / (width - 1)))
