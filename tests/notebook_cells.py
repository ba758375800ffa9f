"""A notebook's cells run in this process on an evaluation made for a test, and what they show."""

import ast
from html import unescape
from pathlib import Path
from unittest.mock import patch

import nbformat

import ecanalysis

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"


def shown(notebook: str, r, **parameters) -> list:
    """What each code cell of a notebook ends in, with `r` for whatever round it loads and these parameters."""
    names, found = {}, []
    with patch.object(ecanalysis, "load_round", lambda *_, **__: r, create=True):
        for cell in nbformat.read(FOLDER / f"{notebook}.ipynb", as_version=4).cells:
            if cell.cell_type != "code":
                continue
            tree = ast.parse(cell.source)
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, notebook, "exec"), names)
            if "parameters" in cell.metadata.get("tags", []):
                names |= parameters
            if last is not None:
                found.append(eval(compile(ast.Expression(last.value), notebook, "eval"), names))
    return [one for one in found if one is not None]


def text(output) -> str:
    """What an output says: its Markdown or HTML as plain text, the alternative text of a picture."""
    return unescape(str(getattr(output, "data", "") or getattr(output, "alt", "")))


def table(found: list, name: str) -> str:
    """The HTML of the table of this name."""
    return next(output.data for output in found if getattr(output, "name", "") == name)
