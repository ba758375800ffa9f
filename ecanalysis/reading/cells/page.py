"""Pages with characters and drawn lines -> cells, row by row.

The areas enclosed by lines are the cells. Outside this grid each line of text is a cell. A cell of the grid with
several numbered sentences is divided into one cell per paragraph, so that the place of an answer is its own line.
Coordinates are in points from the top left.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from ecanalysis.reading.ticks import BOXES, CROSSES, TICKS

from . import Cell

NEAR = 3.0  # points: lines closer than this are one line
_BOX = re.compile(f".?[{TICKS}{CROSSES}{BOXES}]")
_NUMBERED = re.compile(r"\s*\d{1,2}\s*[.．、]")
_SENTENCES = 2  # numbered paragraphs from which a cell is divided


class Sign(NamedTuple):
    """A character on a page; `base`: its baseline, `size`: its font size."""

    text: str
    left: float
    right: float
    base: float
    size: float


class Rule(NamedTuple):
    """A straight line, horizontal (top = bottom) or vertical (left = right)."""

    left: float
    top: float
    right: float
    bottom: float


class Box(NamedTuple):
    """A rectangle on a page."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(slots=True)
class Page:
    """The content of one page."""

    number: int
    width: float
    height: float
    signs: list[Sign] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


class Line(NamedTuple):
    """Text on one line, and its place."""

    text: str
    box: Box


Places = dict[tuple[int, int], tuple[str, str]]


def where(page: Page, box: Box) -> tuple[str, str]:
    """The place of a rectangle as in the tables and messages: 第2页, and x,y,w,h in ‰ of the page.

    >>> where(Page(2, 600, 800), Box(60, 80, 360, 120))
    ('第2页', '100,100,500,50')
    """
    left, right = (round(1000 * min(max(x / page.width, 0), 1)) for x in (box.left, box.right))
    top, bottom = (round(1000 * min(max(y / page.height, 0), 1)) for y in (box.top, box.bottom))
    return f"第{page.number}页", f"{left},{top},{right - left},{bottom - top}"


def cells_of(pages: list[Page]) -> tuple[list[Cell], Places]:
    """The cells of all pages, one page below the other, and the page and place of each by its row and column.

    A cell with the value "" is unreadable: a line printed over another.
    """
    cells: list[Cell] = []
    places: Places = {}
    row = 0
    for page in pages:
        found = sorted(_pieces(page), key=lambda piece: (piece[1], piece[0]))
        tops = _clustered([box.top for _, _, box, _ in found])
        taken: set[tuple[int, int]] = set()
        for _, column, box, text in sorted(found, key=lambda piece: (piece[2].top, piece[1])):
            first = row + _index(tops, box.top)
            last = row + max(_index(tops, box.bottom - NEAR), first - row)
            while (first, column) in taken:
                column += 1
            taken.add((first, column))
            cells.append(Cell(first, column, text, rows=last - first + 1))
            places[(first, column)] = where(page, box)
        row += len(tops) + 1
    return sorted(cells, key=lambda cell: (cell.row, cell.column)), places


def _pieces(page: Page) -> list[tuple[int, int, Box, str]]:
    """The future cells of a page: (order, column, box, text)."""
    grid = Grid(page.rules)
    inside: dict[Box | None, list[Sign]] = {}
    for sign in page.signs:
        inside.setdefault(grid.around((sign.left + sign.right) / 2, sign.base - sign.size / 3), []).append(sign)
    pieces = []
    for box, signs in inside.items():
        lines = lines_of(signs)
        if box is None:
            pieces += [(0, 0, line.box, line.text) for line in lines]
            continue
        column = grid.column(box)
        paragraphs = _paragraphs(lines, box)
        if sum(bool(_NUMBERED.match(paragraph.text)) for paragraph in paragraphs) < _SENTENCES:
            text = "\n".join(paragraph.text for paragraph in paragraphs)
            pieces += [(1, column, paragraph.box, "") for paragraph in paragraphs if not paragraph.text]
            pieces.append((1, column, box, text))
        else:
            pieces += [(1, column, paragraph.box, paragraph.text) for paragraph in paragraphs]
    return pieces


def lines_of(signs: list[Sign]) -> list[Line]:
    """Join characters into lines, from the top; a wide gap becomes a space, beside a box or tick any gap.

    If boxes, ticks or digits overlap other characters, the line is unreadable and its text is "".
    """
    rows: list[list[Sign]] = []
    for sign in sorted(signs, key=lambda sign: sign.base):
        if rows and sign.base - rows[-1][0].base < 0.4 * max(sign.size, rows[-1][0].size):
            rows[-1].append(sign)
        else:
            rows.append([sign])
    lines = []
    for row in rows:
        row.sort(key=lambda sign: sign.left)
        text = row[0].text
        clear = True
        for before, sign in pairwise(row):
            gap = sign.left - before.right
            about_a_box = bool(_BOX.match(before.text + sign.text))
            if gap > (0.15 if about_a_box else 1) * before.size and not text.endswith(" "):
                text += " "
            if -gap > 0.4 * before.size and sign.text != before.text:
                clear = clear and not (about_a_box or before.text.isdigit() or sign.text.isdigit())
            if -gap <= 0.4 * before.size or sign.text != before.text:  # printed twice to look bold
                text += sign.text
        top = min(sign.base - sign.size for sign in row)
        bottom = max(sign.base + 0.2 * sign.size for sign in row)
        if text.strip():
            lines.append(Line(text.strip() if clear else "", Box(row[0].left, top, row[-1].right, bottom)))
    return lines


def _paragraphs(lines: list[Line], box: Box) -> list[Line]:
    """Join a line that ends near the right edge of its cell with the next one, as it was broken for lack of space."""
    paragraphs: list[Line] = []
    reached = False
    for line in lines:
        size = line.box.bottom - line.box.top
        if reached and line.text and paragraphs[-1].text and not _NUMBERED.match(line.text):
            before = paragraphs.pop()
            around = Box(
                min(before.box.left, line.box.left),
                before.box.top,
                max(before.box.right, line.box.right),
                line.box.bottom,
            )
            paragraphs.append(Line(before.text + line.text, around))
        else:
            paragraphs.append(line)
        reached = box.right - line.box.right < 2 * size
    return paragraphs


class Grid:
    """The cells enclosed by the lines of a page."""

    def __init__(self, rules: list[Rule]):
        across = [rule for rule in rules if rule.right - rule.left > rule.bottom - rule.top]
        down = [rule for rule in rules if rule.right - rule.left <= rule.bottom - rule.top]
        self.ys = _clustered([rule.top for rule in across])
        self.xs = _clustered([rule.left for rule in down])
        self._across = [(_index(self.ys, rule.top), rule) for rule in across]
        self._down = [(_index(self.xs, rule.left), rule) for rule in down]
        self._owner = self._joined()

    def around(self, x: float, y: float) -> Box | None:
        """The cell that contains a point; None outside the grid."""
        column, row = bisect_right(self.xs, x) - 1, bisect_right(self.ys, y) - 1
        if not (0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1):
            return None
        return self._owner[(row, column)]

    def column(self, box: Box) -> int:
        """The column of a cell."""
        return _index(self.xs, box.left)

    def _joined(self) -> dict[tuple[int, int], Box]:
        # Neighbours without a line between them belong to one cell.
        rows, columns = max(len(self.ys) - 1, 0), max(len(self.xs) - 1, 0)
        of: dict[tuple[int, int], tuple[int, int]] = {(r, c): (r, c) for r in range(rows) for c in range(columns)}

        def root(at: tuple[int, int]) -> tuple[int, int]:
            while of[at] != at:
                of[at] = of[of[at]]
                at = of[at]
            return at

        for row, column in of:
            middle = (self.xs[column] + self.xs[column + 1]) / 2
            if row + 1 < rows and not self._line(self._across, row + 1, middle, 0):
                of[root((row + 1, column))] = root((row, column))
            middle = (self.ys[row] + self.ys[row + 1]) / 2
            if column + 1 < columns and not self._line(self._down, column + 1, middle, 1):
                of[root((row, column + 1))] = root((row, column))
        parts: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for at in of:
            parts.setdefault(root(at), []).append(at)
        boxes = {}
        for members in parts.values():
            (top, *_, bottom), (left, *_, right) = (sorted({m[i] for m in members} | {max(m[i] for m in members) + 1})
                                                    for i in (0, 1))  # fmt: skip
            box = Box(self.xs[left], self.ys[top], self.xs[right], self.ys[bottom])
            boxes |= dict.fromkeys(members, box)
        return boxes

    def _line(self, lines: list[tuple[int, Rule]], at: int, middle: float, side: int) -> bool:
        return any(place == at and rule[side] - NEAR <= middle <= rule[side + 2] + NEAR for place, rule in lines)


def _clustered(places: list[float]) -> list[float]:
    """Sorted positions, of which those within `NEAR` of each other are given once."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > NEAR:
            found.append(place)
    return found


def _index(places: list[float], place: float) -> int:
    return max(bisect_right(places, place + NEAR / 2) - 1, 0)
