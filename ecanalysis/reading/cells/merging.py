"""Merged areas: one cell at the top-left, with its span; what lies beneath is not seen, and not read."""

from . import Cell, Unreadable

Area = tuple[int, int, int, int]  # first row, first column, last row, last column
COLUMN_BITS = 14  # the columns of a sheet; a cell's key is row << 14 | column, so keys sort row by row
_MOST_WORK = 5_000_000


def merged(cells: dict[int, Cell], areas: list[Area], name: str) -> list[Cell]:
    """The cells of sheet `name`, by key, row by row and with spans. `cells` is used up.

    >>> [cell] = merged({0: Cell(0, 0, "基地名称"), 1: Cell(0, 1, "")}, [(0, 0, 1, 1)], "报告表")
    >>> cell.value, cell.rows, cell.columns
    ('基地名称', 2, 2)
    """
    work = 0
    for first_row, first_column, last_row, last_column in areas:
        rows, columns = last_row - first_row + 1, last_column - first_column + 1
        if rows < 1 or columns < 1:
            continue
        work += min(rows * columns, len(cells))
        if work > _MOST_WORK:
            raise Unreadable(f"工作表“{name}”的合并单元格过多或相互重叠。请整理后重新报送")
        key = first_row << COLUMN_BITS | first_column
        shown = cells.get(key)
        if rows * columns <= len(cells):
            for row in range(first_row, last_row + 1):
                begin = row << COLUMN_BITS
                for beneath in cells.keys() & range(begin | first_column, (begin | last_column) + 1):
                    del cells[beneath]
        else:
            for cell in list(cells.values()):
                if first_row <= cell.row <= last_row and first_column <= cell.column <= last_column:
                    del cells[cell.row << COLUMN_BITS | cell.column]
        if shown is not None:
            cells[key] = tuple.__new__(Cell, (*shown[:4], rows, columns, *shown[6:]))
    return [cells[key] for key in sorted(cells)]
