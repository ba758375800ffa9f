"""Notebooks and parameters -> published pages: one command runs every notebook of a round and publishes what it shows.

A page is a notebook run by Papermill with the round's parameters; its HTML and the executed notebook are published
side by side. A notebook that fails publishes nothing: the page of an earlier run stays, the failed notebook is
kept in `failed/`, the other pages go on.
"""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from ecanalysis import paths
from ecanalysis.kernels import kernels
from ecanalysis.pages import Failure, Page, check_parameters, make_page
from ecanalysis.reports import read_manifest, staged, write_json

NOTEBOOKS = paths.PROJECT / "notebooks"
NATIONAL = ("00_national",)


@dataclass
class Run:
    """What a run did. `status` is the exit status of the command: 0 all pages published, 1 some failed."""

    folder: Path
    published: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def status(self) -> int:
        return 1 if self.failures else 0


def brief(
    round_: int | str | Path,
    previous: Sequence[int | str | Path] = (),
    out: str | Path = "reports",
    scheme_file: str | Path | None = None,
    workers: int | None = None,
    parameters: dict | None = None,
    warm: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
    say: Callable[[str], None] = lambda message: None,
) -> Run:
    """Run the notebooks of a round and publish their pages in `out`/<year>.

    `previous` are the rounds before it, oldest first; `parameters` go to the notebooks beside those of the round;
    `progress` hears of every finished page, `say` of what people should know meanwhile. Raises ParameterError
    for a parameter no notebook has, FileNotFoundError for a round that is not there, ReportError where `out` cannot
    be written; then nothing was written. A page that fails is in `failures`.
    """
    begun = time.monotonic()
    folder = paths.round_folder(round_)
    earlier = [paths.round_folder(one) for one in previous]
    pages = plan(int(folder.name), [int(one.name) for one in earlier], parameters or {})
    check_parameters(pages)
    environment = {"ECANALYSIS_ROUNDS": os.pathsep.join(map(str, [folder, *earlier]))}
    if scheme_file is not None:
        environment["ECANALYSIS_SCHEME"] = str(Path(scheme_file).resolve())
    run = Run(Path(out) / folder.name)
    with (
        kernels(environment, warm=warm),
        staged(run.folder, waiting=lambda: say("另一次运行正在写入同一报告，等它结束……")) as copy,
    ):
        entries = {entry["name"]: entry for entry in read_manifest(copy)["pages"]}
        with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
            jobs = {pool.submit(make_page, page, copy): page for page in pages}
            progress(0, len(pages))
            for done, job in enumerate(as_completed(jobs), 1):
                page, (entry, failure) = jobs[job], job.result()
                entries[page.name] = {**entries.get(page.name, {}), **entry}
                if failure:
                    run.failures.append(failure)
                    say(failure.message)
                else:
                    run.published.append(page.name)
                progress(done, len(pages))
        shutil.rmtree(copy / ".work", ignore_errors=True)
        order = {page.name: place for place, page in enumerate(pages)}
        run.published.sort(key=order.get)
        run.failures.sort(key=lambda failure: order[failure.page])
        write_json(copy / "manifest.json", {"year": int(folder.name), "pages": [entries[page.name] for page in pages]})
    run.seconds = time.monotonic() - begun
    return run


def plan(year: int, earlier: list[int], parameters: dict) -> list[Page]:
    """The pages a round is owed."""
    before = earlier if len(earlier) > 1 else earlier[0] if earlier else None
    national = {"round_year": year, "previous_year": before, **parameters}
    return [Page(name, NOTEBOOKS / f"{name}.ipynb", national, f"{name}.html", f"{name}.ipynb") for name in NATIONAL]
