"""The tables of docs/reading-rules.md, row by row, for the tests that hold the page to be true."""

import re
from datetime import datetime
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "docs" / "reading-rules.md").read_text("utf-8")
ANSWERS = {"是": 1.0, "否": 0.0}


def rows(*columns):
    """The rows of all tables of the page that have these columns."""
    found, inside = [], False
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif tuple(cells) == columns:
            inside = True
        elif inside and set(line) - set("|-"):
            found.append(tuple(cells))
    return found


def typed(cell):
    """What the first column of a table stands for: (value, the cell shows a percentage, it holds an error)."""
    kind, text = re.fullmatch(r"(\w*) ?`(.*)`", cell).groups()
    text = re.sub(r"U\+([0-9A-F]{4})", lambda found: chr(int(found[1], 16)), text).replace("\\n", "\n")
    if kind == "date":
        return datetime.fromisoformat(text), False, False
    if kind == "logical":
        return text == "TRUE", False, False
    if kind in ("number", "percent"):
        return float(text), kind == "percent", False
    return text, False, kind == "error"
