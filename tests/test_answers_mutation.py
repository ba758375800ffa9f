"""Real submissions, spoilt at random: nothing raises, nothing is said twice, no contact leaves its table."""

import random
from itertools import islice

import pytest

from ecanalysis.reading.answers import read_form
from ecanalysis.reading.cells import Book, Cell, Sheet, Unreadable, read_cells

INPUTS = 1000
SCRAPS = [
    *"□☑√×是否万亿%％。：无/约（）_１\n\x1f\u200b", "1,200", "2025年", "2024年", "基地名称", "电商培训", "合计", "其他",
    "下降", "负责人", "手机", "意见及建议", "注：", "1.", "C04", "@2024", "直播电商", "单位：万元", "报告期", "指标",
]  # fmt: skip


def spoilt(text, chance):
    at = chance.randrange(len(text) + 1)
    end = min(len(text), at + chance.randrange(6))
    scrap = chance.choice(SCRAPS)
    return chance.choice(
        [text[:at] + scrap + text[at:], text[:at] + text[end:], text[:at] + scrap + text[end:], text + scrap]
    )


def mutated(cells, chance):
    cells = list(cells)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        at = chance.randrange(len(cells))
        cell, way = cells[at], chance.randrange(7)
        text = str(cell.value)
        cut = chance.randrange(len(text)) if text else 0
        if way == 0 and len(cells) > 1:
            del cells[at]
        elif way == 1:
            cells[at] = cell._replace(value=chance.choice([0, 1.5, -3, 1e300, True, float("inf"), 10**30]))
        elif way == 2 and cut:
            cells[at : at + 1] = [
                cell._replace(value=text[:cut]),
                Cell(cell.row, cell.column + cell.columns, text[cut:]),
            ]
        elif way == 3:
            cells[at] = cell._replace(rows=chance.randrange(1, 4), columns=chance.randrange(1, 5))
        elif way == 4:
            cells[at] = cell._replace(value="#REF!", error=True)
        else:
            cells[at] = cell._replace(value=spoilt(text, chance) or "x")
    return sorted(cells, key=lambda cell: cell[:2])


@pytest.fixture(scope="module")
def books(project):
    found = []
    for path in sorted((project / "data" / "2025" / "submissions").rglob("*.*"))[::4]:
        try:
            found.append(read_cells(path))
        except Unreadable:
            continue
    assert {book.format for book in found} >= {"xlsx", "docx"}
    return found


def test_spoilt_submissions(books):
    chance = random.Random(20250101)
    for book in islice(iter(lambda: chance.choice(books), None), INPUTS):
        sheets = [Sheet(sheet.name, mutated(sheet.cells, chance)) for sheet in book.sheets if sheet.cells]
        found = read_form(Book(book.format, sheets), 2025, "一.xlsx")
        assert {row[1] for row in (*found.values, *found.answered)} <= set(found.base_names)
        if len(set(found.base_names)) == len(found.base_names):
            assert len({row[1:4] for row in found.values}) == len(found.values)
        quoted = str([row[7] for row in found.values] + [row[5:7] for row in found.issues])
        numbers = {part for row in found.contacts for part in row[5:] if len(part) > 5}
        assert not [number for number in numbers if number in quoted and "#REF" not in number]
