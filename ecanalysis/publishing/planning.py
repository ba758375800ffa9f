"""The pages a round requires, and the selection of some of them."""

import re
from collections.abc import Sequence
from pathlib import Path

from ecanalysis import paths
from ecanalysis.errors import UserError, near
from ecanalysis.evaluation import Evaluation
from ecanalysis.publishing.pages import Page, parameters_of
from ecanalysis.reading.opening import from_json
from ecanalysis.rounds.provenance import fingerprint

NOTEBOOKS = paths.PROJECT / "notebooks"
RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9¹²³]", re.IGNORECASE)  # by Windows, with any extension
WHOSE = "国家电子商务示范基地"
KINDS = {"national": "全国", "provinces": "省级反馈", "bases": "基地反馈单", "decisions": "建议判定书"}


def plan(r: Evaluation, with_scores: bool = False, parameters: dict | None = None) -> list[Page]:
    """The pages a round requires.

    These are the national notebooks (including an analyst's own in the work folder whose names start with two digits),
    a page for every province on the roster and every scored base, and, for the ministry only, one for every proposal.
    Raises UserError if two notebooks have the same name.
    """
    before = [one.year for one in r.history]
    common = {"round_year": r.year, "previous_year": before if len(before) > 1 else before[0] if before else None}
    pages = []
    notebooks = [
        notebook
        for folder in (NOTEBOOKS, paths.work_folder())
        for notebook in sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    ]
    stems = [notebook.stem for notebook in notebooks]
    if twice := next((stem for stem in stems if stems.count(stem) > 1), None):
        raise UserError(f"两个笔记本同名：{twice}.ipynb（notebooks 和 {paths.work_folder().name} 中各一）；请改名")
    known = {notebook: parameters_of(notebook) for notebook in notebooks}
    known = {notebook: [*common, *(parameters or {})] if names is None else names for notebook, names in known.items()}
    # A parameter that no notebook has is passed to all of them, so that it is refused.
    nobodys = set(parameters or {}).difference(*known.values())
    for notebook in notebooks:
        given = {name: value for name, value in common.items() if name in known[notebook]}
        given |= {name: value for name, value in (parameters or {}).items() if name in {*known[notebook], *nobodys}}
        pages.append(
            Page(notebook.stem, "national", "", notebook, given, f"{notebook.stem}.html", f"{notebook.stem}.ipynb")
        )
    for province in r.roster.province.unique():
        name = safe_name(province)
        given = common | {"province_name": province, "with_scores": with_scores}
        where = f"provinces/{name}/{name}.html", f"executed/provinces/{name}.ipynb"
        pages.append(Page(f"province-{name}", "provinces", province, NOTEBOOKS / "province.ipynb", given, *where))
    for base in r.bases.itertuples():
        given = common | {"base_id": base.base_id, "with_scores": with_scores}
        name = _name_of(base.base_id)
        html = f"provinces/{safe_name(base.province)}/{name}_{safe_name(base.name)}.html"
        where = html, f"executed/bases/{name}.ipynb"
        pages.append(Page(f"base-{name}", "bases", base.name, NOTEBOOKS / "base.ipynb", given, *where))
    notebook = NOTEBOOKS / "decision.ipynb"
    for proposal in r.decisions.itertuples() if notebook.exists() else ():
        name = _name_of(proposal.base_id)
        where = f"decisions/{name}_{safe_name(proposal.name)}.html", f"executed/decisions/{name}.ipynb"
        given, subject = common | {"base_id": proposal.base_id}, f"{proposal.name}（建议判定书）"
        pages.append(Page(f"decision-{name}", "decisions", subject, notebook, given, *where))
    return [page for page in pages if page.notebook.exists()]


def title(notebook: Path) -> str:
    """The title of a notebook used everywhere: its first heading, without the name of the evaluation."""
    try:
        cells = from_json(notebook.read_text("utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    except (OSError, ValueError, KeyError, TypeError):  # its page will fail with a message
        return notebook.stem
    heading = re.search(r"(?m)^# (.+)$", text)
    return heading[1].strip().removeprefix(WHOSE) if heading else notebook.stem


def titles(pages: Sequence[Page]) -> dict[str, str]:
    """Name of the page -> title of its notebook, for the national notebooks."""
    return {page.name: title(page.notebook) for page in pages if page.kind == "national"}


def select(pages: list[Page], only: Sequence[str]) -> list[Page]:
    """The pages named in `only`; without it, all. Raises UserError for a name that matches none."""
    chosen = set()
    for wanted in only:
        names = {page.name: _names(page) for page in pages}
        found = {name for name, known in names.items() if wanted in known}
        if not found:
            if (own := paths.work_folder() / f"{Path(wanted).stem}.ipynb").exists():
                raise UserError(
                    f"--only：{own.parent.name} 中的 {own.name} 不是页面：只发布文件名以两位数字和下划线开头的笔记本；"
                    f"可改名为 08_{own.name}"
                )
            raise UserError(
                f"--only：没有名为“{wanted}”的页面{near(wanted, set().union(*names.values()))}，"
                f"可用 {'、'.join(KINDS)}、笔记本、省份、基地编号或名称"
            )
        chosen |= found
    return [page for page in pages if page.name in chosen] if only else pages


def safe_name(text: str) -> str:
    """A name usable in file names on any system: only letters, digits, · - and _, at most 110 bytes.

    >>> safe_name("示例·杭州/../<b>园区"), safe_name(".."), safe_name("con")
    ('示例·杭州_b_园区', '_', 'con_')
    """
    name = re.sub(r"[^\w·-]+", "_", text)[:60].encode()[:110].decode(errors="ignore")
    return f"{name}_" if RESERVED.fullmatch(name) else name


def _name_of(base_id: str) -> str:
    name = safe_name(base_id)
    return name if name == base_id else f"{name}_{fingerprint(base_id)[:6]}"  # different ids must give different names


def _names(page: Page) -> set[str]:
    given = page.parameters
    number = page.name.partition("_")[0] if page.kind == "national" else ""  # 04 of 04_regions
    return {page.name, number, page.kind, page.subject, given.get("base_id", ""), given.get("province_name", "")} - {""}
