"""The layouts filled in by bases, as grids for any file format: the official form (附件6) and a provincial table."""

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS, OPERATORS, TITLE, notes

LAST = 6  # the form's table has seven columns
CONTACT = ("示例联系人", "000-0000 0000")
UNKNOWN = "园区占地面积（平方米）"


class Hand(NamedTuple):
    """A base's style of writing: its tick, characters around a number, thousands separators, a row per sentence."""

    tick: str = "☑"
    around: str = ""
    grouped: bool = False
    rows: bool = False


class WrongYear(NamedTuple):
    """An answer in a sentence with the wrong year."""

    value: float


class Grid(NamedTuple):
    """Cells by (row, column), and merged areas as (first row, first column, last row, last column)."""

    cells: dict[tuple[int, int], object]
    merged: list[tuple[int, int, int, int]]


def official_grid(
    year: int, answers: Mapping[str, float | str], particulars: Mapping, hand: Hand, titled: bool = True
) -> Grid:
    """The official form with answers by code (a number, 1/0 for 是/否, or text as typed) in its sentences.

    A yes/no typed as text replaces its two boxes. `titled` adds the title above the table.
    """
    grid, row = Grid({}, []), 0

    def put(column: int, text: object, last: int | None = None, down: int = 0) -> None:
        last = column if last is None else last
        if text != "":
            grid.cells[row, column] = text
        if last > column or down:
            grid.merged.append((row, column, row + down, last))

    for text in ("附件6", TITLE) if titled else ():
        put(0, text, LAST)
        row += 1
    put(0, "基地名称")
    put(1, particulars["base_name"], 3)
    put(4, "商务主管\n部门")
    put(5, particulars["department"], LAST)
    row += 1
    put(0, "地址与范围")
    put(1, particulars["address"], LAST)
    row += 1
    for role, label in (("主要负责人", "基地\n主要负责人"), ("联系人", "基地联系人")):
        put(0, label, down=1)
        for line in ((("姓名", "name"), ("职务", "title"), ("工作\n电话", "office_phone")),
                     (("手机", "mobile"), ("微信", "wechat"), ("电子\n邮件", "email"))):  # fmt: skip
            for column, (name, key) in zip((1, 3, 5), line):
                put(column, name)
                put(column + 1, particulars[role][key])
            row += 1
    for part, sections, attribute in (
        ("一、综合指标", GROUPS, "group"),
        ("二、专项指标\n（每个参评对象可选择1个或1个以上特色，专项得分取特色分平均值）", FEATURES, "feature"),
    ):
        put(0, part, LAST)
        row += 1
        for key, title in sections.items():
            codes = [code for code, field in FIELDS.items() if getattr(field, attribute) == key]
            sentences = list(dict.fromkeys(filled(FIELDS[code].sentence, codes, year, answers, hand) for code in codes))
            blocks = sentences if hand.rows else ["\n".join(sentences)]
            put(0, title, down=len(blocks) - 1)
            for block in blocks:
                put(1, block, LAST)
                row += 1
    put(0, "意见及建议\n（可详细填写）")
    put(1, particulars["suggestions"], LAST)
    row += 1
    put(0, "省级商务\n主管部门\n审核意见")
    signed = "              省级商务主管部门（盖章）    " + _signed_on(particulars["review_date"])
    put(1, f"{particulars['review_opinion']}\n{signed}".strip("\n"), LAST)
    if titled:
        row += 1
        put(0, notes(year), LAST)
    return grid


def filled(sentence: str, codes: list[str], year: int, answers: Mapping[str, float | str], hand: Hand) -> str:
    """One sentence of the form with the answers of those `codes` that belong to it.

    >>> filled(FIELDS["C04"].sentence, ["C04"], 2025, {"C04": 1200.0}, Hand(grouped=True))
    '4.2025年，基地组织开展电商培训1,200人次。'
    >>> filled(FIELDS["C02"].sentence, ["C02"], 2025, {"C02": 1.0}, Hand(tick="√"))
    '2.是否落实党建工作责任制：√是 □否。'
    """
    text = sentence.format(year=year, next_year=year + 1)
    for code in codes:
        field, answer = FIELDS[code], answers.get(code)
        if field.sentence != sentence:
            continue
        if field.type == "yes_no":
            # A finished pair of boxes is masked, so that the next field of the sentence (C10b) gets the next pair.
            text = text.replace("□是 □否", _boxes(answer, hand).replace("□", "\0"), 1)
        elif field.type == "choice":
            for operator in OPERATORS if isinstance(answer, str) else ():
                chosen, _, words = answer.partition(":")
                if operator == chosen:
                    text = text.replace("□" + operator, hand.tick + operator)
                    text = re.sub("_+", f"__{words}__", text) if words else text
        elif answer is not None:
            if isinstance(answer, WrongYear):
                text, answer = text.replace(f"{year}年", f"{year - 2}年"), answer.value
            text = re.sub("_+", f"{hand.around}{_shown(answer, hand)}{hand.around}", text, count=1)
    return text.replace("\0", "□")


def _boxes(answer: float | str | None, hand: Hand) -> str:
    if isinstance(answer, str):
        return answer
    yes, no = (hand.tick if answer == ticked else "□" for ticked in (1, 0))
    return f"{yes}是 {no}否"


def _shown(answer: float | str, hand: Hand) -> str:
    if isinstance(answer, str):
        return answer
    return f"{answer:,.12g}" if hand.grouped else f"{answer:.12g}"


def _signed_on(day: date | str) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if isinstance(day, date) else "     年    月    日"


def summary_grid(
    year: int, province: str, bases: list[tuple[str, Mapping[tuple[str, int], float | str]]], naming: str
) -> Grid:
    """The table of a province's bases (name as typed, answers by code and year).

    `naming` says how the header names fields: by `codes` (C04, C04@2024), `names` (training_attendance) or `labels`
    (电商培训人次（人次）, with （2024年） for the base period; such a table also has a column unknown to the form).
    There is a base-period column for every field for which a base has one.
    """
    columns = [
        (code, at)
        for code in FIELDS
        for at in (year, year - 1)
        if at == year or any((code, at) in answers for _, answers in bases)
    ]
    names = [_column(code, at, year, naming) for code, at in columns]
    own = {UNKNOWN: 50000.0} if naming == "labels" else {}
    header = ["序号", "基地名称", *names, *own, "联系人", "联系电话", "备注"]
    rows = [
        [number, name, *(_cell(code, answers.get((code, at))) for code, at in columns), *own.values(), *CONTACT, ""]
        for number, (name, answers) in enumerate(bases, start=1)
    ]
    cells: dict[tuple[int, int], object] = {(0, 0): f"{province}国家电子商务示范基地和集聚区{year}年情况汇总表"}
    counts = [column for column, (code, _) in enumerate(columns, start=2) if FIELDS[code].type == "count"]
    total = ["合计" if column == 1 else "" for column in range(len(header))]
    for column in counts:
        total[column] = sum(row[column] or 0 for row in rows)
    for row, line in enumerate([header, *rows, total], start=1):
        cells |= {(row, column): value for column, value in enumerate(line) if value not in ("", None)}
    return Grid(cells, [(0, 0, 0, len(header) - 1)])


def _column(code: str, at: int, year: int, naming: str) -> str:
    field = FIELDS[code]
    if naming == "labels":
        unit = f"（{field.unit}）" if field.unit else ""
        return f"{field.label}{unit}" + (f"（{at}年）" if at != year else "")
    name = code if naming == "codes" else field.name
    return name if at == year else f"{name}@{at}"


def _cell(code: str, answer: float | str | None) -> float | str | None:
    if FIELDS[code].type == "yes_no" and answer is not None:
        return "是" if answer else "否"
    return answer
