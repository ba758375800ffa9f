"""One page: a notebook run by Papermill and published as HTML with the executed notebook, or kept if it failed."""

import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import nbformat

from ecanalysis import __version__
from ecanalysis.errors import UserError, near
from ecanalysis.outputs import scratch, written_whole
from ecanalysis.reading.limits import PageLimits, limits_in_force

KEPT_METADATA = ("kernelspec", "language_info")
FIXED = "没有参数格，年份以笔记本中写明的为准；要随轮次变化，照 work/我的分析 加上标签为 parameters 的单元"
FAILED = "failed"  # folder of failed notebooks in a report


@dataclass(frozen=True)
class Page:
    """A page to make: its notebook, parameters and place of publication (paths relative to the report).

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
    """The names of a notebook's parameters, sorted; None if it cannot be read (its page will then fail)."""
    from papermill import inspect_notebook

    try:
        return sorted(inspect_notebook(notebook))
    except (ValueError, OSError):  # errors of nbformat and JSON are ValueErrors
        return None


def check_parameters(pages: list[Page]) -> None:
    """Raise UserError if a page's notebook does not have one of its parameters (Papermill would only warn)."""
    known = {notebook: parameters_of(notebook) for notebook in {page.notebook for page in pages}}
    for page in pages:
        names = known[page.notebook]
        for name in set(page.parameters).difference(page.parameters if names is None else names):
            listed = f"{near(name, names, 1)}；可用的参数：{'、'.join(names)}"
            raise UserError(f"笔记本 {page.notebook.name} 没有参数“{name}”{listed}")


def run_notebook(page: Page, executed: Path) -> nbformat.NotebookNode:
    """Run a page's notebook by Papermill; returns it executed, without traces of the machine or time.

    If the notebook raises an error, it is kept in `executed` as far as it got, and Papermill's error is raised;
    `engine.OverLimit` if it exceeded the limits of a page.
    """
    from papermill import execute_notebook

    from ecanalysis.publishing import engine

    notebook = execute_notebook(
        str(page.notebook),
        str(executed),
        page.parameters,
        progress_bar=False,
        engine_name=engine.NAME,
        request_save_on_cell_execute=False,
        record_timing=False,
        shutdown_kernel="immediate",
    )
    return without_traces(notebook)


def without_traces(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without the paths and times recorded by Papermill, so that equal runs give equal files."""
    kept = {key: notebook.metadata[key] for key in KEPT_METADATA if key in notebook.metadata}
    kept.get("language_info", {}).pop("version", None)
    notebook.metadata = nbformat.from_dict(kept)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags:
            cell.id = "injected-parameters"  # otherwise it is random
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)  # its kernel has ended
    return notebook


def make_page(page: Page) -> tuple[dict, dict[str, bytes]]:
    """Run a page's notebook; returns the page's entry in the manifest, and file name in the report -> content.

    The entry's `status` is published or failed. For a failed page, `message` says why (in Chinese), and the only file
    is the notebook as far as it got, in `failed/`; for a published page, `message` is a warning or "".
    """
    from ecanalysis.publishing.html import untold

    begun = time.monotonic()
    with scratch() as folder:
        work = folder / "page.ipynb"
        try:
            notebook = run_notebook(page, work)
            html = as_html(page, notebook)
            executed = nbformat.writes(notebook) + "\n"
        except Exception as error:  # an error in one page must not stop the others
            return failed(page, explain(error), (work if work.exists() else page.notebook).read_bytes())
    files = {page.html: html.encode(), page.executed: executed.encode()}
    fixed = FIXED if page.kind == "national" and not page.parameters else ""
    entry = {
        "status": "published",
        "message": "；".join(filter(None, (fixed, untold(notebook)))),
        "sha256": {name: sha256(content).hexdigest() for name, content in files.items()},
        "seconds": round(time.monotonic() - begun, 2),
    }
    return entry, files


def failed(page: Page, message: str, notebook: bytes) -> tuple[dict, dict[str, bytes]]:
    """The result of `make_page` for a page that failed."""
    kept = f"{FAILED}/{page.name}.ipynb"
    return {"status": "failed", "message": message, "kept": kept}, {kept: notebook}


def as_html(page: Page, notebook: nbformat.NotebookNode) -> str:
    """The page of an executed notebook, with the link back; the ministry's own pages also have code and colophon."""
    from ecanalysis.publishing.html import html_page

    goes_out = page.kind in ("provinces", "bases")
    return html_page(notebook, page.subject, "" if goes_out else f"ecanalysis {__version__}", way_back(page), goes_out)


def way_back(page: Page) -> tuple[str, str]:
    """Address and text of a page's link back: to the province's page for a base, otherwise to the entry page.

    >>> way_back(Page("base-B1", "bases", "甲园", Path("base.ipynb"), {}, "provinces/浙江/B1_甲园.html", ""))
    ('浙江.html', '返回省级反馈')
    """
    place = Path(page.html)
    if page.kind == "bases":
        return f"{place.parent.name}.html", "返回省级反馈"
    return "../" * (len(place.parts) - 1) + "index.html", "返回入口页"


def explain(error: Exception) -> str:
    """Why a page failed (Chinese)."""
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from ecanalysis.publishing.engine import OverLimit

    if isinstance(error, PapermillExecutionError):
        # A single line is one of our own messages (`presenting.mistyped`, UserError), not a traceback.
        said = error.traceback[0] if len(error.traceback) == 1 else f"{error.ename}: {error.evalue}"
        return f"第 {error.exec_count} 个代码单元出错：{said[:500]}".replace("\n", "")
    if isinstance(error, DeadKernelError):
        limit = limits_in_force(PageLimits).megabytes
        return f"未能生成页面：执行笔记本的进程中途退出（内存限额为 {limit} MB）"
    if isinstance(error, UserError | OverLimit):
        return f"未能生成页面：{error}"
    return f"未能生成页面：{type(error).__name__}: {str(error)[:500]}"


def main() -> None:
    """Rerun committed notebooks in place (`make notebooks`); one that fails is named and left as it was.

    python -m ecanalysis.publishing.pages notebooks/*.ipynb
    """
    import sys

    from ecanalysis.publishing.kernels import kernels
    from ecanalysis.publishing.numbering import numbered

    with kernels():
        for name in sys.argv[1:]:
            path = Path(name)
            try:
                with scratch() as folder, written_whole(path) as temporary:
                    notebook = run_notebook(Page(path.stem, "national", "", path, {}, "", ""), folder / path.name)
                    numbered(notebook)  # fails for a reference to nothing
                    nbformat.write(notebook, temporary)
            except Exception as error:
                sys.exit(f"{path}：{explain(error)}")
            print(path)


if __name__ == "__main__":
    main()
