"""Where an answer stands on a page, in the place of the cell that it was put into for reading."""

import re

from ecanalysis.reading.cells import Sheet, address
from ecanalysis.reading.rows import Reading

_CELL = re.compile(r"!([A-Z]{1,3}\d+)")


def placed_on_pages(reading: Reading, sheet: Sheet) -> None:
    """Say of every row from `sheet` its page and its place there (`第2页`, `x,y,w,h` in permille), in messages too."""
    places = {address(*at): place for at, place in sheet.places.items()}

    def told(found: re.Match) -> str:
        page, place = places.get(found[1], (sheet.name, found[1]))
        return f"{page}!{place}"

    in_message = re.compile(re.escape(sheet.name) + _CELL.pattern)
    for table in ("values", "issues", "answered"):
        rows = getattr(reading, table)
        for at, row in enumerate(rows):
            if row.sheet == sheet.name and row.cell in places:
                page, place = places[row.cell]
                row = row._replace(sheet=page, cell=place)
            if table == "issues":
                row = row._replace(message=in_message.sub(told, row.message))
            rows[at] = row
