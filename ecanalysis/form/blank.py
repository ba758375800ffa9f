"""The form as a workbook: blank, to be sent to the bases, or with answers filled in.

Labels are the form's own words. Cells to fill in are white and unlocked; all others are locked, without a password.
The 基期 column is an addition of this template; the official form has none, so it may be left empty.
"""

import math
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS, GUIDANCE, OPERATORS, TITLE, Field, notes
from ecanalysis.outputs import from_memory
from ecanalysis.style import wide

SHEET, GUIDE = "报告表", "填表说明"
ROLES = {"主要负责人": "基地主要\n负责人", "联系人": "基地\n联系人"}
WIDTHS = (8.5, 8, 15, 8, 15, 8.5, 15, 15, 13)  # columns A to I; the indicator takes B to E
INDICATOR_LINE, NOTES_LINE = 21, 56  # Chinese characters per line, with some room to spare
UNIT, NOW, BEFORE, REMARK = 5, 6, 7, 8


class Typed(NamedTuple):
    """An answer with its own number format, such as `Typed(0.156, "0.0%")`."""

    value: float
    number_format: str


def write_template(
    path: Path,
    year: int,
    answers: Mapping[tuple[str, int], float | str | Typed] | None = None,
    particulars: Mapping[str, object] | None = None,
    units: Mapping[str, str] | None = None,
) -> None:
    """Write the form of a reporting year, blank or filled in.

    `answers` maps (code, year) to what is written, the year being the reporting year or the one before: a number, 1 or
    0 for 是 or 否, or any text exactly as a base might have typed it. `particulars` holds base_name, department,
    address, suggestions, review_opinion, review_date (a date or text) and, under 主要负责人 and 联系人, a mapping
    with name, title, office_phone, mobile, wechat, email. `units` maps a code to a replacement for its 单位 cell.

    The same arguments give the same bytes. The file is written completely or not at all.
    """
    with from_memory(Path(path)) as memory, xlsxwriter.Workbook(memory, {"in_memory": True}) as book:
        book.set_properties({"title": TITLE, "created": datetime(2025, 1, 1)})
        book.set_calc_mode("auto")
        _Form(book, year).write(dict(answers or {}), dict(particulars or {}), dict(units or {}))
        _write_guide(book, year)


def printed(field: Field, year: int) -> str:
    """A field's sentence as shown in the 指标 column: without its number, tick boxes and blank.

    >>> printed(FIELDS["C04"], 2025)
    '2025年，基地组织开展电商培训'
    >>> printed(FIELDS["C10b"], 2025)
    '2025-2026年，基地是否发生过重特大突发事故：重大生产安全事故或环境突发事件'
    """
    sentence = field.official_sentence(year).split(".", 1)[1]
    if field.type == "choice":
        return field.label
    if field.type == "yes_no":
        stem = sentence.split("：□")[0]
        return f"{stem}：{field.label}" if sentence.count("□") > 2 and field.adverse else stem
    stem = sentence.split("____")[0].removesuffix("为")
    return stem + "人员" if stem.endswith("从业") else stem  # the form's sentence continues after the blank: 从业____人


class _Form:
    """The sheet 报告表, written from top to bottom."""

    def __init__(self, book: xlsxwriter.Workbook, year: int) -> None:
        self.book, self.year = book, year
        self.sheet: Worksheet = book.add_worksheet(SHEET)
        self.row = 0
        self.formats: dict[tuple, object] = {}

    def write(self, answers: dict, particulars: dict, units: dict) -> None:
        self._set_up()
        self._header_block(particulars)
        headings = ("序号", "指标", "单位", f"报告期（{self.year}年）", f"基期（{self.year - 1}年）", "备注")
        for column, heading in zip((0, 1, UNIT, NOW, BEFORE, REMARK), headings):
            self._put(column, heading, "heading", last=4 if heading == "指标" else column)
        self.sheet.repeat_rows(self.row)
        self._next(24)
        for part, sections in (
            ("一、综合指标", [("group", key, title) for key, title in GROUPS.items()]),
            ("二、专项指标（每个参评对象可选择1个或1个以上特色，专项得分取特色分平均值）",
             [("feature", key, title) for key, title in FEATURES.items()]),
        ):  # fmt: skip
            if part[0] == "二":
                self.sheet.set_h_pagebreaks([self.row])
            self._line(part, "part", 24)
            for attribute, key, title in sections:
                self._line(title, "group", 20)
                for field in FIELDS.values():
                    if getattr(field, attribute) == key:
                        self._field(field, answers, units.get(field.code))
        self._closing(particulars)

    def _set_up(self) -> None:
        sheet = self.sheet
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
        sheet.center_horizontally()
        sheet.set_footer("&C第 &P 页，共 &N 页")
        sheet.protect("", {"format_rows": True, "format_columns": True})
        sheet.hide_gridlines(2)
        self._line(TITLE, "title", 40)
        years = f"报告期：{self.year}年　　基期：{self.year - 1}年　　（白色单元格填写，灰色不填；填写要求见“{GUIDE}”）"
        self._line(years, "subtitle", 20)
        sheet.freeze_panes(self.row, 0)

    def _header_block(self, particulars: dict) -> None:
        for label, key in (("基地名称", "base_name"), ("商务主管\n部门", "department"), ("地址与\n范围", "address")):
            self._put(0, label, "label")
            self._put(1, particulars.get(key, ""), "text", last=REMARK)
            self._next(29)
        for role, label in ROLES.items():
            person = particulars.get(role, {})
            self._put(0, label, "label", down=1)
            for line in ((("姓名", "name"), ("职务", "title"), ("工作电话", "office_phone")),
                         (("手机", "mobile"), ("微信", "wechat"), ("电子邮件", "email"))):  # fmt: skip
                for column, (name, key) in zip((1, 3, 5), line):
                    self._put(column, name, "label")
                    self._put(column + 1, person.get(key, ""), "text", last=REMARK if column == 5 else column + 1)
                self._next(24)

    def _field(self, field: Field, answers: dict, unit: str | None) -> None:
        place = (field.number, field.group, field.feature)
        parts = [other for other in FIELDS.values() if (other.number, other.group, other.feature) == place]
        number = f"{field.number}" if len(parts) == 1 else f"{field.number}（{parts.index(field) + 1}）"
        text = printed(field, self.year)
        self._put(0, number, "centre")
        self._put(1, text, "indicator", last=4)
        own = {"yes_no": "是/否", "choice": "选择"}.get(field.type, field.unit)
        self._put(UNIT, unit or own, "centre")
        for column, at in ((NOW, self.year), (BEFORE, self.year - 1)):
            answer = answers.get((field.code, at))
            fills = field.numeric or column == NOW
            self._put(column, _as_typed(field, answer), field.type if fills else "grey")
            if fills:
                self.sheet.data_validation(self.row, column, self.row, column, _validation(field, at))
        self._put(REMARK, "属其他的，请写成\n“其他：××”" if field.type == "choice" else "",
                  "hint" if field.type == "choice" else "text")  # fmt: skip
        self._next(max(28 if field.type == "choice" else 24, 14 * _lines(text, INDICATOR_LINE) + 8))

    def _closing(self, particulars: dict) -> None:
        self._put(0, "意见及建议\n（可详细\n填写）", "label")
        self._put(1, particulars.get("suggestions", ""), "text", last=REMARK)
        self._next(150)
        self._put(0, "省级商务\n主管部门\n审核意见", "label", down=1)
        self._put(1, particulars.get("review_opinion", ""), "text", last=REMARK)
        self._next(84)
        self._put(1, "省级商务主管部门（盖章）", "right", last=UNIT)
        self._put(NOW, "审核日期", "label")
        self._put(BEFORE, particulars.get("review_date", ""), "date", last=REMARK)
        self.sheet.data_validation(self.row, BEFORE, self.row, BEFORE, _date_validation(self.year))
        self._next(26)
        text = notes(self.year)
        self._line(text, "notes", 14 * _lines(text, NOTES_LINE) + 8)
        self.sheet.print_area(0, 0, self.row - 1, REMARK)

    def _line(self, text: str, look: str, height: float) -> None:
        self._put(0, text, look, last=REMARK)
        self._next(height)

    def _next(self, height: float) -> None:
        self.sheet.set_row(self.row, height)
        self.row += 1

    def _put(self, column: int, value: object, look: str, last: int | None = None, down: int = 0) -> None:
        """Write one cell (or one merged area) of the current row; text never becomes a formula."""
        number_format = ""
        if isinstance(value, Typed):
            value, number_format = value
        style = self._format(look, number_format)
        last = column if last is None else last
        if last > column or down:
            self.sheet.merge_range(self.row, column, self.row + down, last, "", style)
        if value is None or value == "":
            self.sheet.write_blank(self.row, column, None, style)
        elif isinstance(value, date):
            self.sheet.write_datetime(self.row, column, value, style)
        elif isinstance(value, str):
            self.sheet.write_string(self.row, column, value, style)
        else:
            self.sheet.write_number(self.row, column, value, style)

    def _format(self, look: str, number_format: str):
        key = (look, number_format)
        if key not in self.formats:
            own = {"num_format": number_format} if number_format else {}
            self.formats[key] = self.book.add_format(_PLAIN | _LOOKS[look] | own)
        return self.formats[key]


_PLAIN = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter", "text_wrap": True, "border": 1}
_GREY, _LABEL = "#E7E6E6", "#F2F2F2"
_INPUT = {"locked": False, "align": "center"}
# A percent keeps the General format: only there does a spreadsheet turn a typed 15.6% into a percent cell.
_LOOKS = {
    "title": {"font_name": "黑体", "font_size": 16, "align": "center", "border": 0},
    "subtitle": {"align": "center", "border": 0},
    "heading": {"font_name": "黑体", "align": "center", "bg_color": "#D9E2F3"},
    "part": {"font_name": "黑体", "font_size": 12, "bg_color": _LABEL},
    "group": {"bold": True, "align": "center", "bg_color": _LABEL},
    "label": {"align": "center", "bg_color": _LABEL},
    "centre": {"align": "center", "bg_color": _LABEL},
    "indicator": {"align": "left", "bg_color": _LABEL},
    "grey": {"bg_color": _GREY},
    "hint": {"locked": False, "align": "left", "font_size": 8, "font_color": "#595959"},
    "text": {"locked": False, "align": "left", "num_format": "@"},
    "right": {"align": "right", "bg_color": _LABEL},
    "date": {"locked": False, "align": "center", "num_format": 'yyyy"年"m"月"d"日"'},
    "notes": {"font_size": 9, "align": "left", "valign": "top", "border": 0},
    "yes_no": _INPUT,
    "choice": _INPUT,
    "count": _INPUT | {"num_format": "#,##0"},
    "amount": _INPUT | {"num_format": "#,##0.00"},
    "number": _INPUT,
    "percent": _INPUT,
}


def _as_typed(field: Field, answer: object) -> object:
    if field.type == "yes_no" and isinstance(answer, int | float):
        return "是" if answer else "否"
    return answer


def _lines(text: str, width: int) -> int:
    """How many lines of `width` Chinese characters a text takes (a Latin letter or digit counts half)."""
    return sum(max(1, math.ceil(wide(line) / width)) for line in text.split("\n"))


def _validation(field: Field, year: int) -> dict:
    """The data validation of a cell: allowed answers, a hint on selection, a message on refusal."""
    title = f"{field.label}（{year}年）"
    rule = {"input_title": title if len(title) <= 32 else f"{year}年", "error_title": "请核对填报内容"}
    if field.type == "yes_no":
        return rule | {"validate": "list", "source": ["是", "否"], "input_message": "请从下拉列表中选择“是”或“否”。",
                       "error_message": "本栏只能填“是”或“否”，请从下拉列表中选择。"}  # fmt: skip
    if field.type == "choice":
        return rule | {"validate": "list", "source": OPERATORS, "error_type": "warning",
                       "input_message": "请从下拉列表中选择一项；选“其他”的请写明，如“其他：行业协会”。",
                       "error_message": "不在下拉列表中。如属“其他”，请写成“其他：××”并选“是”继续。"}  # fmt: skip
    if field.type == "count":
        return rule | {"validate": "integer", "criteria": ">=", "value": 0,
                       "input_message": f"填不小于0的整数，单位：{field.unit}。没有数据的留空。",
                       "error_message": f"应为不小于0的整数，单位：{field.unit}（不写单位和“约”“无”）。"}  # fmt: skip
    if field.high is not None:
        what = "百分号前面的数，如15.6%填15.6" if field.type == "percent" else "每百人中的人数"
        return rule | {"validate": "decimal", "criteria": "between", "minimum": field.low, "maximum": field.high,
                       "input_message": f"填{what}，范围0至100。没有数据的留空。",
                       "error_message": f"应为0至100之间的数字：填{what}。"}  # fmt: skip
    if field.type == "amount":
        return rule | {"validate": "decimal", "criteria": ">=", "value": field.low,
                       "input_message": f"填数字，单位：{field.unit}。没有数据的留空。",
                       "error_message": f"应为不小于0的数字，单位：{field.unit}（不是元或万元）。"}  # fmt: skip
    return rule | {"validate": "decimal", "criteria": ">=", "value": field.low,
                   "input_message": "填百分号前面的数，如增长15.6%填15.6，下降3.2%填-3.2。没有数据的留空。",
                   "error_message": "增速应为不小于-100的数字：填百分号前面的数，下降填负数。"}  # fmt: skip


def _date_validation(year: int) -> dict:
    return {"validate": "date", "criteria": ">=", "value": date(year, 1, 1), "input_title": "审核日期",
            "input_message": f"填年月日，如 {year + 1}-6-30。", "error_title": "请核对填报内容",
            "error_message": f"应为{year}年1月1日以后的日期，如 {year + 1}-6-30。"}  # fmt: skip


def _write_guide(book: xlsxwriter.Workbook, year: int) -> None:
    """Write the sheet 填表说明 (instructions)."""
    sheet = book.add_worksheet(GUIDE)
    sheet.set_column(0, 0, 17)
    sheet.set_column(1, 1, 72)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    sheet.protect()
    sheet.merge_range(0, 0, 0, 1, GUIDE, book.add_format(_PLAIN | _LOOKS["title"]))
    sheet.set_row(0, 36)
    topic, text = (book.add_format(_PLAIN | {"align": "left"} | look) for look in ({"font_name": "黑体"}, {}))
    for row, (name, words) in enumerate(GUIDANCE, start=1):
        words = words.format(year=year, before=year - 1)
        sheet.write_string(row, 0, name, topic)
        sheet.write_string(row, 1, words, text)
        sheet.set_row(row, 16 * _lines(words, 33) + 10)
