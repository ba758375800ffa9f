"""Names of tables and figures -> numbers 表1, 表2 … and 图1, 图2 …, assigned in order when a page is made.

In a notebook a table or figure has a name, and the text refers to it by an ordinary link, [表](#bottom_three). On the
page, the caption starts with 表4 and the link reads 表4. A link without a target or a duplicate name fails the page.
"""

import re
from copy import deepcopy

from nbformat import NotebookNode

from ecanalysis.errors import UserError, near

REFERENCE = re.compile(r"\[([^\[\]]*)\]\(#([^()\s]*)\)")
NOTE = re.compile(r'<a href="#([a-z0-9_]+)">(表|图)</a>')


def numbered(notebook: NotebookNode) -> NotebookNode:
    """A copy of an executed notebook with all tables and figures numbered.

    Raises UserError (Chinese, naming cell and name) if a link has no target or a name is used twice.
    """
    page = deepcopy(notebook)
    known = _numbers(page)
    for place, cell in enumerate(page.cells, 1):
        if cell.cell_type == "markdown":
            cell.source = _rewritten(cell.source, known, place)
        for output in cell.get("outputs", []):
            data, notes = output.get("data", {}), output.get("metadata", {}).get("ecanalysis")
            if "text/markdown" in data:
                data["text/markdown"] = _rewritten(data["text/markdown"], known, place)
            if notes:
                notes["label"] = known[notes["name"]]
            if notes and "text/html" in data:
                html = data["text/html"].replace("<caption>", f"<caption>{notes['label']}　", 1)
                data["text/html"] = _with_links(html, known, place)
    return page


def _numbers(notebook: NotebookNode) -> dict[str, str]:
    """Name -> 表4, over all outputs in order."""
    known: dict[str, str] = {}
    count = {"表": 0, "图": 0}
    for place, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            notes = output.get("metadata", {}).get("ecanalysis")
            if not notes:
                continue
            name, kind = notes["name"], notes["kind"]
            if name in known:
                raise UserError(f"第 {place} 个单元：名称“{name}”已被{known[name]}使用，每个表和图须各有名称")
            count[kind] += 1
            known[name] = f"{kind}{count[kind]}"
    return known


def _rewritten(text: str, known: dict[str, str], place: int) -> str:
    return REFERENCE.sub(lambda found: f"[{_label(found[1], found[2], known, place)}](#{found[2]})", text)


def _with_links(html: str, known: dict[str, str], place: int) -> str:
    return NOTE.sub(lambda found: f'<a href="#{found[1]}">{_label(found[2], found[1], known, place)}</a>', html)


def _label(words: str, name: str, known: dict[str, str], place: int) -> str:
    """The text of a link: 表4 for [表](#name); other text is unchanged."""
    if name not in known:
        raise UserError(f"第 {place} 个单元：[{words}](#{name}) 所指的表或图不存在{near(name, known)}")
    if words in ("表", "图") and not known[name].startswith(words):
        raise UserError(f"第 {place} 个单元：[{words}](#{name}) 所指的是{known[name]}")
    return known[name] if words in ("表", "图") else words
