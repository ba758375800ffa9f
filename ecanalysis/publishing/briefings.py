"""Notebooks and parameters -> published pages: makes every page that a round requires.

The ministry gets its notebooks, every province a folder that can be forwarded as it is, every base a page. If a page
fails, its older version is kept and the other pages are still made; the report is replaced as a whole
(`reports.staged`).
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from ecanalysis import paths
from ecanalysis.deciding import dossier, watchlist
from ecanalysis.errors import UserError, visible, writing
from ecanalysis.evaluation import Evaluation, complete
from ecanalysis.outputs import written_whole
from ecanalysis.presenting import feedback, wording
from ecanalysis.publishing.beside import print_pages, sweep, workbooks_in, write_papers, write_workbooks
from ecanalysis.publishing.entry import FRONT, standing
from ecanalysis.publishing.html import BROWSERS, browser
from ecanalysis.publishing.kernels import kernels
from ecanalysis.publishing.machines import Cluster, Lost
from ecanalysis.publishing.pages import FAILED, Page, check_parameters, explain, failed, make_page
from ecanalysis.publishing.planning import KINDS, plan, select, titles
from ecanalysis.publishing.reports import (
    LOG,
    changes,
    declare_final,
    done_before,
    note_done,
    read_manifest,
    refuse_final,
    refuse_what_cannot_change,
    staged,
    start_afresh,
    write_manifest,
)
from ecanalysis.reading.files import LocalPool
from ecanalysis.reading.limits import VARIABLES
from ecanalysis.rounds import seals
from ecanalysis.rounds.provenance import digest, fingerprint, provenance
from ecanalysis.scoring.scheme import written

WORKBOOKS = "工作簿"  # the same for the files beside them
LOST = "未能生成页面：执行此页的工作进程多次中断，请查看计算集群的日志"


@dataclass(frozen=True)
class Order:
    """The options of a run.

    `scheme_file` is the one the evaluation was made with (None: the default scheme). `only` limits the run to kinds of
    pages (national, provinces, bases) or single pages (a notebook, a province, a base by id or name). Without
    `with_scores`, feedback to provinces and bases shows tiers only. `parameters` are passed to the national notebooks.
    `resume` keeps pages that are up to date; `final` declares the report final afterwards if nothing failed; `pdf`
    prints every page with the installed browser; `docx` writes the Word papers. `warm` forks kernels from a warm
    process, with the same results.
    """

    scheme_file: str | Path | None = None
    only: Sequence[str] = ()
    with_scores: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict)
    resume: bool = False
    final: bool = False
    pdf: bool = False
    docx: bool = False
    warm: bool = True


@dataclass
class Run:
    """The result of a run. `status` is the exit status of the command: 0 if all pages were made, 1 if some failed."""

    folder: Path
    published: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def status(self) -> int:
        return 1 if self.failed else 0


@dataclass(frozen=True)
class _Job:
    """A planned run: every page the round requires, those selected, and each page's key, a checksum of its inputs."""

    r: Evaluation
    order: Order
    every: list[Page]
    chosen: list[Page]
    keys: dict[str, str]
    origin: dict
    shared: list[Path]
    environment: dict[str, str]

    @property
    def scheme_file(self) -> Path | None:
        return Path(self.order.scheme_file) if self.order.scheme_file else None


def brief(
    r: Evaluation,
    out: str | Path = "reports",
    executor: LocalPool | Cluster | None = None,
    say: Callable[[str], None] = lambda message: None,
    **asked: object,
) -> Run:
    """Make the pages of an evaluation and publish them in `out`/<year>; `asked` are the fields of `Order`.

    Notebooks are run by `executor` (None: on this machine), which is notified of every finished page; `say` receives
    messages for the user. Raises UserError if the round, the place or the cluster is unsuitable; nothing has been
    published then. Failed pages are in `failed`, with the reason.
    """
    begun = time.monotonic()
    run = Run(Path(out) / str(r.year))
    job = _ready(r, Order(**asked), run.folder)
    with staged(run.folder, job.order.resume, lambda: say("另一次运行正在写入同一报告，等它结束……")) as copy:
        entries = _older(job, copy, say)
        _make(job, entries, copy, run, executor or LocalPool(), say)
        _forget(entries, job.every, copy)
        _beside(job, entries, copy, run, say)
        _finish(job, entries, copy, run, begun, say)
    run.seconds = time.monotonic() - begun
    if job.order.final and not run.failed:
        if r.seal is None:
            with writing(r.round.folder):
                r.write_seal()
        declare_final(run.folder)
    return run


def _ready(r: Evaluation, order: Order, report: Path) -> _Job:
    """Plan the run; raises UserError if it is not possible, before anything is written."""
    if order.pdf and browser() is None:
        raise UserError(f"本机没有可用的浏览器（{'、'.join(BROWSERS)}），不能生成 PDF；请安装后再试，或不用 --pdf")
    refuse_final(report)
    if order.final and r.seal is not None and len(seals.difference(r.seal.scores, r.scores, r.year)):
        raise UserError(
            f"{r.year} 年轮次已封存，而现在算出的结果与封存的不同，不能定稿；"
            "请核对所用方案，并运行 score，查看写出的 seal_difference.csv"
        )
    refuse_what_cannot_change(report)
    order = replace(order, scheme_file=order.scheme_file or paths.scheme_file())
    every = plan(r, order.with_scores, order.parameters)
    chosen = select(every, order.only)
    check_parameters(chosen)
    folders = [Path(one.round.folder).resolve() for one in (*r.history, r)]
    origin = provenance([one.round for one in (*r.history, r)], order.scheme_file, written(r.scheme.document), report)
    sources = {notebook: digest(notebook) for notebook in {page.notebook for page in every}}
    words = {path.name: digest(path) for path in wording.FOLDER.glob("*.j2")}
    keys = {page.name: fingerprint([origin, words, sources[page.notebook], page.parameters]) for page in every}
    environment = {
        **paths.environment(folders, order.scheme_file),
        **{name: os.environ.get(name, "") for name in VARIABLES.values()},  # for kernels on other machines
    }
    shared = [*folders, *sorted(sources)]
    if order.scheme_file:
        shared.append(Path(order.scheme_file))
    job = _Job(r, order, every, chosen, keys, origin, shared, environment)
    if order.final:
        _refuse_a_part(job, report)
    return job


def _refuse_a_part(job: _Job, report: Path) -> None:
    """Raise UserError if pages not made in this run are missing or outdated: an incomplete report cannot be final."""
    entries = {entry["name"]: entry for entry in read_manifest(report)["pages"]} if job.order.only else {}
    others = [page for page in job.every if page not in job.chosen]
    lacking = [page for page in others if not _right(entries.get(page.name), job.keys[page.name], report)]
    if lacking:
        raise UserError(f"还有 {len(lacking)} 个页面未生成或已过时，不能定稿；请不带 --only 运行")


def _older(job: _Job, copy: Path, say: Callable[[str], None]) -> dict[str, dict]:
    """The existing pages, by name: those of the current report and of an interrupted run that is resumed."""
    try:
        known = read_manifest(copy)
        entries = [*known["pages"], *done_before(copy)]
    except UserError as error:
        if job.order.only:
            raise
        say(f"{error}；全部页面重新生成")
        start_afresh(copy)
        known, entries = {}, []
    finished = known.get("run", {}).get("finished", "")
    if finished and datetime.fromisoformat(finished) > datetime.now().astimezone():
        say(f"原有报告的完成时间（{finished}）晚于本机现在的时间，请核对本机时钟")
    return {entry["name"]: entry for entry in entries}


def _make(
    job: _Job, entries: dict[str, dict], copy: Path, run: Run, executor: LocalPool | Cluster, say: Callable[[str], None]
) -> None:
    """Make the selected pages, recording each in `entries` and `run`."""
    right = {name for name, key in job.keys.items() if job.order.resume and _right(entries.get(name), key, copy)}
    kept = [page for page in job.chosen if page.name in right]
    todo = [page for page in job.chosen if page.name not in right]
    run.kept = [page.name for page in kept]
    executor.progress(len(kept), len(job.chosen))
    if not todo:
        return
    # On a cluster every process receives the evaluation: what is computed here need not be computed there.
    r = job.r if isinstance(executor, LocalPool) else complete(job.r)
    notebooks = sorted({page.notebook for page in todo})
    prepare = partial(kernels_ready, job.environment, r, job.scheme_file, job.order.warm, notebooks)
    for done, (place, result) in enumerate(executor.map(make_page, todo, prepare, job.shared), 1 + len(kept)):
        page = todo[place]
        made, files = failed(page, LOST, page.notebook.read_bytes()) if isinstance(result, Lost) else result
        _write_files(files, copy)
        if page.html in files:
            (copy / FAILED / f"{page.name}.ipynb").unlink(missing_ok=True)
        if made["status"] == "published":
            run.published.append(page.name)
        else:
            run.failed[page.name] = made["message"]
        if made["message"]:
            say(f"{KINDS[page.kind]} {page.subject or page.name}：{made['message']}")
        older = entries.get(page.name, {})
        if made["status"] == "failed" and _says_more(older, page):
            older = _take_away(older, copy)
        entries[page.name] = older | _entry(page, job.keys[page.name], made)
        note_done(copy, entries[page.name])  # so that a run that is killed can be resumed
        executor.progress(done, len(job.chosen))


def _finish(
    job: _Job, entries: dict[str, dict], copy: Path, run: Run, begun: float, say: Callable[[str], None]
) -> None:
    """Write the entry page, the manifest and the log."""
    for page in job.every:
        if page.name in entries and page not in job.chosen:
            entries[page.name]["stale"] = entries[page.name]["key"] != job.keys[page.name]
    before = read_manifest(copy)
    manifest = {
        "year": job.r.year,
        "previous": [one.year for one in job.r.history],
        "with_scores": job.order.with_scores,
        "parameters": dict(job.order.parameters),
        **job.origin,
        "pages": [entries[page.name] for page in job.every if page.name in entries],
        "files": {path.relative_to(copy).as_posix(): digest(path) for path in workbooks_in(copy)},
        "titles": titles(job.every),
        "standing": standing(job.r),
        "run": _account(run, begun),
    }
    manifest["changes"] = changes(before, manifest)
    for name, (called, made) in FRONT.items():
        try:
            text = made(job.r, manifest)
        except Exception as error:  # the pages have been made; entry pages may fail like any other page
            run.failed[Path(name).stem] = explain(error)
            say(f"{called}：{explain(error)}")
        else:
            _write_files({name: text.encode()}, copy)
    manifest["files"] |= {name: digest(copy / name) for name in FRONT if (copy / name).is_file()}
    write_manifest(copy, manifest)
    _write_log(copy / LOG, manifest["run"])


@contextmanager
def kernels_ready(
    environment: dict, r: Evaluation, scheme_file: Path | None, warm: bool, notebooks: Sequence[Path]
) -> Iterator[None]:
    """The context for `make_page`: kernels that have the evaluation and the notebooks' imports."""
    with kernels(environment, warm, notebooks) as hand_over:
        for prepare in (complete, feedback.prepare, dossier.shared, watchlist.on_pages):
            prepare(r)
        hand_over(r, scheme_file)
        yield


def _write_files(files: dict[str, bytes], report: Path) -> None:
    for name, content in files.items():
        (report / name).parent.mkdir(parents=True, exist_ok=True)
        with written_whole(report / name) as temporary:
            temporary.write_bytes(content)


def _entry(page: Page, key: str, made: dict) -> dict:
    """A page's entry in the manifest. For a failed page, the entry of the older run describes the files kept."""
    described = {
        "name": page.name,
        "kind": page.kind,
        "subject": page.subject,
        "notebook": page.notebook.name,
        "parameters": page.parameters,
        "html": page.html,
        "executed": page.executed,
    }
    return described | made | {"key": key if made["status"] == "published" else "", "stale": False}


def _right(entry: dict | None, key: str, report: Path) -> bool:
    """Whether a page is up to date: the same inputs, and its files unchanged."""
    if not entry or entry["status"] != "published" or entry["key"] != key:
        return False
    return all(digest(report / path) == known for path, known in entry["sha256"].items())


def _forget(entries: dict[str, dict], every: list[Page], report: Path) -> None:
    """Remove the pages of bases and provinces that are no longer required."""
    owed = {page.name for page in every}
    used = {path for name in owed & set(entries) for path in entries[name].get("sha256", {})}
    for name in set(entries) - owed:
        _take_away(entries.pop(name), report, used)


def _take_away(entry: dict, report: Path, used: Set[str] = frozenset()) -> dict:
    """Remove a page's files except those in `used`; returns its entry without them."""
    for path in set(entry.get("sha256", {})) - used:
        (report / path).unlink(missing_ok=True)
    return {key: value for key, value in entry.items() if key != "sha256"}


def _says_more(older: dict, page: Page) -> bool:
    """Whether an older page shows scores that are no longer wanted, so that it must not replace a failed page."""
    shown, wanted = (given.get("with_scores", False) for given in (older.get("parameters", {}), page.parameters))
    return shown and not wanted


def _beside(job: _Job, entries: dict[str, dict], report: Path, run: Run, say: Callable[[str], None]) -> None:
    """Make the files beside pages; failures are recorded in `run.failed`, and the page is still published."""

    def failed(page: Page, message: str) -> None:
        run.failed.setdefault(page.name, message)
        say(f"{KINDS[page.kind]} {page.subject or page.name}：{message}")

    there = [page for page in job.chosen if entries[page.name].get("sha256")]
    if job.order.docx:
        new = [page for page in there if entries[page.name]["status"] == "published"]
        write_papers(new, entries, report, job.r, failed)
    if job.order.pdf:
        print_pages(there, entries, report, failed)
    sweep(entries, report)
    before = read_manifest(report)
    same = all(before.get(part) == now for part, now in job.origin.items())
    noted = {name: known for name, known in before.get("files", {}).items() if name.endswith(".xlsx")}
    try:
        write_workbooks(job.r, report, noted if same else {})
    except Exception as error:  # the pages have been made; workbooks may fail like any page
        if isinstance(error, OSError):
            raise
        run.failed[WORKBOOKS] = explain(error)
        say(f"{WORKBOOKS}：{explain(error)}")


def _account(run: Run, begun: float) -> dict:
    return {
        "finished": datetime.now().astimezone().isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - begun, 1),
        "published": len(run.published),
        "kept": len(run.kept),
        "failed": run.failed,
    }


def _write_log(path: Path, account: dict) -> None:
    lines = [
        f"{account['finished']} 新生成{account['published']}页，沿用{account['kept']}页，"
        f"失败{len(account['failed'])}页，用时{account['seconds']:.0f}秒",
        *(f"{account['finished']} 失败 {name}：{visible(message)}" for name, message in account["failed"].items()),
    ]
    before = path.read_text("utf-8") if path.exists() else ""
    with written_whole(path) as temporary:  # replaced, not appended to: the published report may share the file
        temporary.write_text(before + "\n".join(lines) + "\n", "utf-8")
