"""Pages made on a Dask cluster: run there, written here.

A worker gets the evaluation along with the pages, so it reads no submission; it writes nothing but temporary files of
its own, so that one that is lost or cut off never touches the report.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ecanalysis.evaluation import Evaluation
from ecanalysis.outputs import written_whole
from ecanalysis.publishing.kernels import kernels
from ecanalysis.publishing.pages import FAILED, WORK, Page, make_page
from ecanalysis.reading.cluster import Lost, on_cluster


def made_on_cluster(
    scheduler: str,
    pages: list[Page],
    report: Path,
    evaluation: Evaluation,
    scheme_file: Path | None,
    environment: Mapping[str, str],
    warm: bool = True,
) -> Iterator[tuple[Page, dict]]:
    """Every page as it is finished and written into the report, with its entry of the manifest (see `make_page`).

    Raises ClusterError where the cluster is not there or not fit.
    """
    folders = [Path(one.round.folder) for one in (*evaluation.history, evaluation)]
    shared = [*folders, *sorted({page.notebook for page in pages}), *([scheme_file] if scheme_file else [])]
    prepare = partial(_kernels_ready, dict(environment), evaluation, scheme_file, warm)
    for place, result in on_cluster(scheduler, _make, pages, prepare, shared):
        page = pages[place]
        if isinstance(result, Lost):
            kept = report / FAILED / f"{page.name}.ipynb"
            kept.parent.mkdir(exist_ok=True)
            shutil.copyfile(page.notebook, kept)
            message = "未能生成页面：执行此页的工作进程多次中断，请查看计算集群的日志"
            yield page, {"status": "failed", "message": message, "kept": f"{FAILED}/{kept.name}"}
            continue
        made, files = result
        for name, content in files.items():
            (report / name).parent.mkdir(parents=True, exist_ok=True)
            with written_whole(report / name) as temporary:
                temporary.write_bytes(content)
        if made["status"] == "published":
            (report / FAILED / f"{page.name}.ipynb").unlink(missing_ok=True)
        yield page, made


@contextmanager
def _kernels_ready(environment: dict, evaluation: Evaluation, scheme_file: Path | None, warm: bool) -> Iterator[None]:
    with kernels(environment, warm=warm) as warmed:
        warmed(evaluation, scheme_file)
        yield


def _make(page: Page) -> tuple[dict, dict[str, bytes]]:
    """A page's entry of the manifest, and the files of it by their names in a report."""
    with tempfile.TemporaryDirectory(prefix="ec-page-") as folder:
        try:
            made = make_page(page, Path(folder))
        except OSError as error:  # this machine's disk is full
            return {"status": "failed", "message": f"未能生成页面：{error.strerror}", "kept": ""}, {}
        shutil.rmtree(Path(folder) / WORK, ignore_errors=True)
        paths = [path for path in Path(folder).rglob("*") if path.is_file()]
        return made, {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
