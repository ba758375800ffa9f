"""Objects on a sheet (text boxes, pictures, comments) and sheets that are not read -> issues."""

import re

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers.gathering import Left, Place, issue_row, left_over
from ecanalysis.reading.answers.labels import is_known, is_printed
from ecanalysis.reading.cells import Object, Sheet, address
from ecanalysis.reading.rows import Issue
from ecanalysis.reading.spelling import seen
from ecanalysis.reading.values import quoted, shown

KINDS = {
    "text_box": "文本框", "control": "控件", "checkbox": "复选框", "picture": "图片", "drawing": "图形",
    "comment": "批注", "embedded": "嵌入的文件", "field": "域", "bullet": "项目符号", "alt_chunk": "插入的文件",
    "header": "页眉", "footer": "页脚", "note": "脚注或尾注", "struck": "加删除线的文字", "deleted": "修订中删去的文字",
    "hidden": "隐藏的文字",
    "page": "整页图片",
}  # fmt: skip
REMARKS = ("comment", "header", "footer", "note", "struck", "deleted", "hidden", "page")  # never an answer
INSERTED = ("embedded", "alt_chunk")  # a file inside the file
_MARGINS = ("header", "footer")
_PAGE_NUMBER = re.compile(r"[-—\s\d/第页共,，]*")


def object_issues(objects: list[tuple[Object, list[str]]], answered: set[str], place: Place) -> list[Issue]:
    """The issues for objects on a sheet, each given with the fields that are asked at its place.

    If one of these fields has no answer, the object may be the answer: `unread_object`. Otherwise its text is
    `unaccounted`; no issue for a picture without text (a seal, a logo), an unticked box or an emphasised choice.
    """
    issues = []
    for one, codes in objects:
        text = seen(one.text)
        blank = [code for code in codes if code not in answered]
        code = blank[0] if len(blank) == 1 else codes[0] if len(codes) == 1 else ""
        known = not text or is_known(text) or (one.kind in _MARGINS and _PAGE_NUMBER.fullmatch(text))
        unticked = one.state is False and known
        if one.kind == "emphasis":
            if blank:
                detail = f"选项{quoted(text)}以加粗、颜色或底色等标出，但未打勾，未采用；如表示选择，请在方框内打勾"
                issues.append(issue_row(place, code, ("error", "unread_object", detail), text, one.cell))
        elif (one.kind in INSERTED or blank) and one.kind not in REMARKS and not unticked:
            said = f"{quoted(text)}" if text else ""
            asked = "填写答案的位置" if blank else "表中"
            detail = f"{asked}有{KINDS.get(one.kind, '对象')}{said}，其中内容无法读取，未采用，请改为直接填写文字或数字"
            issues.append(issue_row(place, code, ("error", "unread_object", detail), text, one.cell))
        elif not known and one.kind in REMARKS:
            detail = f"{KINDS[one.kind]}{quoted(text)}未采用，如其中有答案请直接填在填写处"
            issues.append(issue_row(place, code, ("warning", "unaccounted", detail), text, one.cell))
        elif not known:
            issues.append(left_over(Left(text, one.row, one.column, code), place))
    return issues


def unread_sheet(sheet: Sheet, place: Place) -> list[Issue]:
    """The issue for a sheet that was not read, if it contains anything but the template's own text."""
    texts = [(cell, shown(cell.value)) for cell in sheet.cells[:2000]]
    cell, text = next(((cell, text) for cell, text in texts if not is_printed(text)), (None, ""))
    if cell is None:
        return []
    detail = f"工作表“{sheet.name}”未采用（所填如{quoted(text)}），如含填报内容请移入报告表"
    where = address(cell.row, cell.column)
    return [issue_row(place._replace(sheet=sheet.name), "", ("warning", "unaccounted", detail), text, where)]


def hidden_sheet(sheet: Sheet, names: list[str], place: Place) -> Issue:
    """The issue for a hidden sheet; `names`: the bases whose forms it contains."""
    held = f"（含{'、'.join(names)}的报告表）" if names else ""
    detail = f"工作表“{sheet.name}”是隐藏的{held}，未采用；如应采用请取消隐藏后重新报送"
    return issue_row(place._replace(sheet=sheet.name), "", ("warning", "hidden_sheet", detail), "；".join(names), "")


def codes_at(one: Object, by_row: dict[int, str], by_cell: dict[tuple[int, int], list[str]]) -> list[str]:
    """The fields that are asked in the row of an object, or in its cell."""
    if code := by_row.get(one.row):
        return [code]
    in_row = [code for (row, _), held in by_cell.items() if row == one.row for code in held]
    asked = by_cell.get((one.row, one.column)) or in_row
    both = {"C03": ["C03", "C03_operator"], "C10a": ["C10a", "C10b"]}
    return [code for first in asked for code in both.get(first, [first]) if code in FIELDS]
