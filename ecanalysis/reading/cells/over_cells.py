"""Shapes and controls over the cells of a sheet -> text of the cells, if clear; else `Object`s.

A text box with a number or tick over an empty cell becomes its text; so do check boxes over an empty cell (`☑是 □否`),
and a check box over a cell with its word. For all formats of workbooks.
"""

import re
from dataclasses import dataclass

from . import COLUMN_BITS, Area, Cell, Object, position

_OVER = 60_000  # English Metric Units (1/6 cm) by which a shape over one cell may extend into the next
_ANSWER = re.compile(r"[约近超]?\s*[-+－−]?[\d０-９][\d０-９,，.．\s]*\S{0,6}|[是否有无√✓✔☑■●]|[☑√✓✔]?\s*[是否有无]")
TICKABLE = {"checkbox", "radio"}


@dataclass(slots=True)
class Control:
    """A form control. `link`: the cell that contains its state too."""

    kind: str = ""
    text: str = ""
    state: bool | None = None
    link: str = ""
    place: tuple[int, int, float] | None = None  # row, column, horizontal position


def place_of(reference: str) -> tuple[int, int] | None:
    """Row and column of the first cell of a reference ($G$17, G17:H18); None if it is not one."""
    return position(reference.partition(":")[0].replace("$", ""))


def middle(begin: tuple[int, int, int, int], end: tuple[int, int, int, int] | None) -> tuple[int, int, float]:
    """The cell in the middle of an anchor, and its horizontal position.

    `begin`, `end`: row, offset in it, column, offset in it, of the two corners (offsets in EMU).
    """
    top, _, left, aside = begin
    if end is None:
        return max(top, 0), max(left, 0), aside
    bottom = end[0] - (end[1] <= _OVER)
    right = end[2] - (end[3] <= _OVER)
    return max(top + max(bottom - top, 0) // 2, 0), max(left + max(right - left, 0) // 2, 0), left * 10**9 + aside


def put_text(
    text: str, row: int, column: int, name: str, cells: dict[int, Cell], areas: list[Area], objects: list[Object]
) -> None:
    """Put the text of a text box into the empty cell below it if it may be an answer; else add it to `objects`."""
    if not (len(text) <= 30 and _ANSWER.fullmatch(text) and _fill(text, row, column, cells, areas)):
        objects.append(Object("text_box" if text else "drawing", text, name, row, column))


def _area(row: int, column: int, areas: list[Area]) -> Area:
    return next(
        (area for area in areas if area[0] <= row <= area[2] and area[1] <= column <= area[3]),
        (row, column, row, column),
    )


def _fill(text: str, row: int, column: int, cells: dict[int, Cell], areas: list[Area]) -> bool:
    """Put a text into a cell; False if the cell is not empty."""
    top, left, _, _ = _area(row, column, areas)
    key = top << COLUMN_BITS | left
    if key in cells:
        return False
    cells[key] = Cell(top, left, text)
    return True


def place_controls(
    controls: list[Control], name: str, cells: dict[int, Cell], areas: list[Area], objects: list[Object]
) -> None:
    """Put the boxes of form controls into the cells below them, or add them to `objects`."""
    for control in controls:  # a linked cell only repeats the control's state
        at = place_of(control.link.rpartition("!")[2]) if control.kind in TICKABLE else None
        linked = (
            cells.get(at[0] << COLUMN_BITS | at[1])
            if at and control.link.rpartition("!")[0].strip("'") in ("", name)
            else None
        )
        if linked is not None and isinstance(linked.value, bool | int):
            del cells[linked.row << COLUMN_BITS | linked.column]
    over: dict[tuple[int, int], list[Control]] = {}
    for control in controls:
        row, column, _ = control.place
        if control.kind in TICKABLE and control.state is not None:
            over.setdefault(_area(row, column, areas)[:2], []).append(control)
        elif control.kind in TICKABLE or control.text or control.kind == "control":
            objects.append(
                Object("checkbox" if control.kind in TICKABLE else "control", control.text, name, row, column)
            )
    for (row, column), boxes in over.items():
        boxes.sort(key=lambda control: (control.place[0], control.place[2]))
        text = " ".join(("☑" if control.state else "□") + control.text for control in boxes)
        beneath = cells.get(row << COLUMN_BITS | column)
        if beneath is None:
            cells[row << COLUMN_BITS | column] = Cell(row, column, text)
        elif len(boxes) == 1 and not boxes[0].text and isinstance(beneath.value, str) and len(beneath.value) <= 10:
            cells[row << COLUMN_BITS | column] = beneath._replace(value=text + beneath.value.strip())
        else:
            objects += [Object("checkbox", control.text, name, row, column, control.state) for control in boxes]
