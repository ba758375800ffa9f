"""Sheets made of lists, for tests that need no file: a book of cells, and the official form line by line."""

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.cells import Book, Cell, Sheet

NAME = "示例·甲园"


def cells_of(rows):
    """The filled cells of a list of rows; a Cell keeps what it is and moves to its place."""
    placed = [
        value._replace(row=row, column=column) if isinstance(value, Cell) else Cell(row, column, value)
        for row, line in enumerate(rows)
        for column, value in enumerate(line)
        if value is not None and value != ""
    ]
    return placed


def book(*sheets):
    """A book of sheets, each a list of rows or a pair of name and rows."""
    named = [sheet if isinstance(sheet, tuple) else (f"Sheet{at}", sheet) for at, sheet in enumerate(sheets, start=1)]
    return Book("xlsx", [Sheet(name, cells_of(rows)) for name, rows in named])


def merged(value, rows=1, columns=1):
    return Cell(0, 0, value, rows=rows, columns=columns)


def percent(value):
    return Cell(0, 0, value, percent=True)


def sentences(year=2025):
    """The form's sentences in their order, each once, by the first of the codes that it asks for."""
    by_sentence = {}
    for code, field in FIELDS.items():
        by_sentence.setdefault(field.official_sentence(year), code)
    return {code: sentence for sentence, code in by_sentence.items()}


def official(replaced=None, year=2025, name=NAME):
    """The rows of the official form, blank; `replaced` holds rows to stand in place of a code's sentence."""
    rows = [["国家电子商务示范基地经营服务情况报告表"], ["基地名称", name], ["一、综合指标"]]
    for code, sentence in sentences(year).items():
        rows += (replaced or {}).get(code) or [["", sentence]]
    return [
        *rows,
        ["意见及建议\n（可详细填写）"],
        ["省级商务\n主管部门\n审核意见", "省级商务主管部门（盖章）  年  月  日"],
    ]


def read_back(read, year=2025):
    """Values by code (the operator's text in place of a number) and issue kinds by code."""
    values = {row[2]: row[5] if row[4] is None else row[4] for row in read.values if row[3] == year}
    kinds = {}
    for row in read.issues:
        if row.kind == "sentence_missing":  # these grids hold some of the form's sentences
            continue
        kinds.setdefault(row[2], []).append(row[4])
    return values, kinds
