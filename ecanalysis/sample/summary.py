"""A provincial table: one base a row, one column a field."""

from collections.abc import Mapping

from ecanalysis.form.fields import FIELDS
from ecanalysis.sample.official import Grid

CONTACT = ("示例联系人", "000-0000 0000")
UNKNOWN = "园区占地面积（平方米）"


def summary_grid(
    year: int, province: str, bases: list[tuple[str, Mapping[tuple[str, int], float | str]]], naming: str
) -> Grid:
    """The table of a province's bases (name as typed, answers by code and year).

    `naming` says what the header names a field by: `codes` (C04, C04@2024), `names` (training_attendance) or `labels`
    (电商培训人次（人次）, with （2024年） for the base period; such a table also has a column the form does not know).
    A base-period column stands wherever a base has one.
    """
    columns = [
        (code, at)
        for code in FIELDS
        for at in (year, year - 1)
        if at == year or any((code, at) in answers for _, answers in bases)
    ]
    names = [_heading(code, at, year, naming) for code, at in columns]
    own = {UNKNOWN: 50000.0} if naming == "labels" else {}
    header = ["序号", "基地名称", *names, *own, "联系人", "联系电话", "备注"]
    rows = [
        [number, name, *(_shown(code, answers.get((code, at))) for code, at in columns), *own.values(), *CONTACT, ""]
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


def _heading(code: str, at: int, year: int, naming: str) -> str:
    field = FIELDS[code]
    if naming == "labels":
        unit = f"（{field.unit}）" if field.unit else ""
        return f"{field.label}{unit}" + (f"（{at}年）" if at != year else "")
    name = code if naming == "codes" else field.name
    return name if at == year else f"{name}@{at}"


def _shown(code: str, answer: float | str | None) -> float | str | None:
    if FIELDS[code].type == "yes_no" and answer is not None:
        return "是" if answer else "否"
    return answer
