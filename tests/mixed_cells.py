"""A workbook with every kind of cell a submission may hold, and what is to be read from it.

Run as a script it writes the workbook, from which LibreOffice made the files in `submissions` (see the note there).
"""

import sys
from datetime import datetime

import xlsxwriter

# address -> value, is it shown as a percentage, rows, columns, is it an error value
FORM = {
    "A1": ("国家电子商务示范基地经营服务情况报告表", False, 1, 6, False),
    "A3": ("基地名称", False, 2, 1, False),
    "B3": ("示例·杭州数字贸易产业园", False, 1, 3, False),
    "B5": (12000, False, 1, 1, False),
    "C5": (15.6, False, 1, 1, False),
    "D5": (0.156, True, 1, 1, False),
    "E5": (0.25, True, 1, 1, False),
    "F5": (15.5, False, 1, 1, False),
    "B6": (-12.5, False, 1, 1, False),
    "C6": (0, False, 1, 1, False),
    "D6": (0.00001, False, 1, 1, False),
    "E6": (datetime(2025, 12, 31), False, 1, 1, False),
    "F6": (datetime(2026, 1, 15, 9, 30), False, 1, 1, False),
    "B7": (True, False, 1, 1, False),
    "C7": (False, False, 1, 1, False),
    "D7": ("#DIV/0!", False, 1, 1, True),
    "E7": (3, False, 1, 1, False),
    "B8": ("第一行\n  第二行", False, 1, 1, False),
    "C8": (" ☑是 □否 ", False, 1, 1, False),
    "D8": ("4.2025年培训1,200人次", False, 1, 1, False),
    "E8": ("0012", False, 1, 1, False),
    "F8": ("<b>&\"'=1+1", False, 1, 1, False),
    "B9": ("在隐藏的行", False, 1, 1, False),
    "C9": (0.5, True, 1, 1, False),
    "AB40": ("远处", False, 1, 1, False),
}
SHEETS = {"报告表": FORM, "隐藏的表": {"A1": ("藏", False, 1, 1, False)}, "空表": {}}


def write(path) -> None:
    """The workbook as XlsxWriter makes it: shared strings, styles, cached results."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("报告表")
        style = {
            code: book.add_format({"num_format": code})
            for code in ("0.0%", '0.0"%"', "0.00000", 'yyyy"年"m"月"d"日"', "yyyy-mm-dd h:mm", "0%", "[Red]0.00%;0.00%")
        }
        wrapped = book.add_format({"text_wrap": True})
        bold = book.add_format({"bold": True})
        sheet.merge_range("A1:F1", FORM["A1"][0])
        sheet.merge_range("A3:A4", FORM["A3"][0])
        sheet.merge_range("B3:D3", FORM["B3"][0])
        sheet.write("B5", 12000)
        sheet.write("C5", 15.6)
        sheet.write("D5", 0.156, style["0.0%"])
        sheet.write("E5", 0.25, style["0%"])
        sheet.write("F5", 15.5, style['0.0"%"'])
        sheet.write("B6", -12.5)
        sheet.write("C6", 0)
        sheet.write("D6", 0.00001, style["0.00000"])
        sheet.write("E6", FORM["E6"][0], style['yyyy"年"m"月"d"日"'])
        sheet.write("F6", FORM["F6"][0], style["yyyy-mm-dd h:mm"])
        sheet.write("B7", True)
        sheet.write("C7", False)
        sheet.write_formula("D7", "=1/0", None, "#DIV/0!")
        sheet.write_formula("E7", "=1+2", None, 3)
        sheet.write_string("B8", FORM["B8"][0], wrapped)
        sheet.write_string("C8", FORM["C8"][0])
        sheet.write_rich_string("D8", "4.2025年培训", bold, "1,200", "人次")
        sheet.write_string("E8", "0012")
        sheet.write_string("F8", FORM["F8"][0])
        sheet.write("B9", FORM["B9"][0])
        sheet.write("C9", 0.5, style["[Red]0.00%;0.00%"])
        sheet.set_row(8, None, None, {"hidden": True})
        sheet.write("AB40", "远处")
        hidden = book.add_worksheet("隐藏的表")
        hidden.write("A1", "藏")
        hidden.hide()
        book.add_worksheet("空表")


if __name__ == "__main__":
    write(sys.argv[1])
