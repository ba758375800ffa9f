"""One page: a notebook run by Papermill, published as HTML beside the executed notebook, or kept for inspection."""

import difflib
import errno
import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from ecanalysis import __version__
from ecanalysis.outputs import written_whole
from ecanalysis.publishing.numbering import NumberingError, numbered
from ecanalysis.rounds.provenance import digest

FULL = (errno.ENOSPC, errno.EDQUOT)
CELL_TIMEOUT = 600  # seconds a single cell may take
KEPT_METADATA = ("kernelspec", "language_info")
FAILED = "failed"  # the folder in a report where failed notebooks are kept
WORK = ".work"  # the folder in a report being written for what is not published


class ParameterError(Exception):
    """A notebook was given a parameter it does not have. The message is Chinese."""


@dataclass(frozen=True)
class Page:
    """A page to be: which notebook, with which parameters, published where (paths relative to the report).

    `kind` is national, province or base; `subject` is the province or the base's name, "" for the country.
    """

    name: str
    kind: str
    subject: str
    notebook: Path
    parameters: dict
    html: str
    executed: str


def parameters_of(notebook: Path) -> list[str] | None:
    """The names of a notebook's parameters, sorted; None where it cannot be read (its page will fail and say so)."""
    from papermill import inspect_notebook

    try:
        return sorted(inspect_notebook(notebook))
    except (ValueError, OSError):  # nbformat's and JSON's own errors are ValueErrors
        return None


def check_parameters(pages: list[Page]) -> None:
    """Raise ParameterError where a page gives its notebook a parameter it does not have (Papermill would only warn)."""
    known = {notebook: parameters_of(notebook) for notebook in {page.notebook for page in pages}}
    for page in pages:
        names = known[page.notebook]
        for name in set(page.parameters).difference(page.parameters if names is None else names):
            near = difflib.get_close_matches(name, names, 1)
            hint = f"（是否应为“{near[0]}”）" if near else ""
            listed = "、".join(names)
            raise ParameterError(f"笔记本 {page.notebook.name} 没有参数“{name}”{hint}；可用的参数：{listed}")


def run_notebook(page: Page, executed: Path) -> nbformat.NotebookNode:
    """Run a page's notebook by Papermill and give it back, executed, without anything of this machine or hour.

    On an error of its own the notebook is left in `executed` as far as it came, and Papermill's error raised.
    """
    from papermill import execute_notebook

    logging.getLogger("papermill").setLevel(logging.ERROR)
    notebook = execute_notebook(
        str(page.notebook),
        str(executed),
        page.parameters,
        progress_bar=False,
        request_save_on_cell_execute=False,
        execution_timeout=CELL_TIMEOUT,
        record_timing=False,
        shutdown_kernel="immediate",
    )
    return without_traces(notebook)


def without_traces(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without what Papermill notes of paths and times, so that the same run gives the same file."""
    kept = {key: notebook.metadata[key] for key in KEPT_METADATA if key in notebook.metadata}
    kept.get("language_info", {}).pop("version", None)
    notebook.metadata = nbformat.from_dict(kept)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags:
            cell.id = "injected-parameters"  # else a new random one each time
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)  # of a kernel that is gone
    return notebook


def make_page(page: Page, report: Path) -> dict:
    """Run and write one page into a report; give its entry of the manifest.

    The entry's `status` is published or failed; then `message` says why (Chinese), nothing of the page is written,
    what an earlier run published stays, and the notebook, as far as it came, is left in `failed/` of the report.
    Raises OSError where the disk is full: then no page can be written.
    """
    from ecanalysis.publishing.html import html_page

    begun = time.monotonic()
    kept = report / FAILED / f"{page.name}.ipynb"
    work = report / WORK / f"{page.name}.ipynb"
    work.parent.mkdir(exist_ok=True)
    try:
        notebook = run_notebook(page, work)
        html = html_page(numbered(notebook), page.subject, colophon(page.notebook.name))
        _write(report / page.executed, nbformat.writes(notebook) + "\n")
        _write(report / page.html, html)
    except Exception as error:  # whatever ends one page, the others go on
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(work if work.exists() else page.notebook, kept)
        return {"status": "failed", "message": _explain(error), "kept": f"{FAILED}/{kept.name}"}
    work.unlink(missing_ok=True)
    kept.unlink(missing_ok=True)
    return {
        "status": "published",
        "message": "",
        "sha256": {page.html: digest(report / page.html), page.executed: digest(report / page.executed)},
        "seconds": round(time.monotonic() - begun, 2),
    }


def colophon(notebook: str) -> str:
    """The small print at the foot of a page."""
    return f"{notebook} · ecanalysis {__version__}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as temporary:
        temporary.write_text(text, "utf-8")


def _explain(error: Exception) -> str:
    from papermill.exceptions import PapermillExecutionError

    if isinstance(error, PapermillExecutionError):
        return f"第 {error.exec_count} 个代码单元出错：{error.ename}: {error.evalue}"
    if isinstance(error, NumberingError):
        return f"未能生成页面：{error}"
    return f"未能生成页面：{type(error).__name__}: {error}"


def main() -> None:
    """Run committed notebooks again, in place (`make notebooks`).

    python -m ecanalysis.publishing.pages notebooks/*.ipynb
    """
    import sys
    import tempfile

    for name in sys.argv[1:]:
        path = Path(name)
        with tempfile.TemporaryDirectory() as scratch, written_whole(path) as temporary:
            page = Page(path.stem, "national", "", path, {}, "", "")
            nbformat.write(run_notebook(page, Path(scratch) / path.name), temporary)
        print(path)


if __name__ == "__main__":
    main()
