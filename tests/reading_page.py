"""The tables of docs/reading-rules.md and of reading-cases.md, row by row, for the tests that hold them to be true."""

import re
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).parent
PAGE = "\n\n".join(
    path.read_text("utf-8") for path in (HERE.parent / "docs" / "reading-rules.md", HERE / "reading-cases.md")
)
ANSWERS = {"是": 1.0, "否": 0.0}


def rows(*columns):
    """The rows of all tables that have these columns, each once."""
    found, inside = [], False
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif tuple(cells) == columns:
            inside = True
        elif inside and set(line) - set("|-"):
            found.append(tuple(cells))
    return list(dict.fromkeys(found))


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
