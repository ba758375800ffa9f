"""Notebooks and parameters -> published pages: one command makes every page that a round owes.

The ministry gets its notebooks, every province a folder that can be forwarded as it is, every base a page. A page that
fails keeps its older version and never stops the others; the report changes as a whole (`reports.staged`).
"""

import difflib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from ecanalysis import paths
from ecanalysis.errors import UserError
from ecanalysis.evaluation import Evaluation, complete
from ecanalysis.outputs import written_whole
from ecanalysis.presenting import returns
from ecanalysis.publishing.entry import write_entry
from ecanalysis.publishing.html import BROWSERS, PdfError, browser, write_pdf
from ecanalysis.publishing.kernels import kernels
from ecanalysis.publishing.machines import Cluster, Lost
from ecanalysis.publishing.pages import FAILED, WORK, Page, check_parameters, failed, make_page, parameters_of
from ecanalysis.publishing.reports import LOG, declare_final, read_manifest, refuse_final, staged, write_manifest
from ecanalysis.reading.files import LocalPool
from ecanalysis.reading.limits import VARIABLE
from ecanalysis.rounds.provenance import digest, fingerprint, provenance
from ecanalysis.scoring.scheme import written

NOTEBOOKS = paths.PROJECT / "notebooks"
KINDS = {"national": "全国", "provinces": "省级反馈", "bases": "基地反馈单"}
LOST = "未能生成页面：执行此页的工作进程多次中断，请查看计算集群的日志"
RETURNS = "**/退回补正清单_*.xlsx"


@dataclass
class Run:
    """What a run did. `status` is the exit status of the command: 0 all pages are there, 1 some failed."""

    folder: Path
    published: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def status(self) -> int:
        return 1 if self.failed else 0


def brief(
    r: Evaluation,
    out: str | Path = "reports",
    scheme_file: str | Path | None = None,
    executor: LocalPool | Cluster | None = None,
    only: Sequence[str] = (),
    with_scores: bool = False,
    resume: bool = False,
    final: bool = False,
    pdf: bool = False,
    parameters: dict | None = None,
    warm: bool = True,
    say: Callable[[str], None] = lambda message: None,
) -> Run:
    """Make the pages of an evaluation and publish them in `out`/<year>.

    `scheme_file` is the one the evaluation was made with (None: the default scheme). `only` limits the run to kinds of
    pages (national, provinces, bases) or single ones (a notebook, a province, a base by id or name). Without
    `with_scores`, feedback to provinces and bases shows tiers only. `resume` keeps the pages that are still right.
    `final` declares the report final afterwards, if nothing failed. `pdf` prints every page with the browser installed
    here. `parameters` go to the national notebooks.
    The executor says where notebooks are run (None: here) and hears of every finished page, `say` of what people should
    know meanwhile.

    Raises UserError where the round, the place or the cluster will not do; then nothing was published. A page that
    fails is in `failed`, with the reason.
    """
    begun = time.monotonic()
    executor = executor or LocalPool()
    if pdf and browser() is None:
        raise UserError(f"本机没有可用的浏览器（{'、'.join(BROWSERS)}），不能生成 PDF；请安装后再试，或不用 --pdf")
    folders = [Path(one.round.folder).resolve() for one in (*r.history, r)]
    report = Path(out) / str(r.year)
    refuse_final(report)
    environment = {
        "ECANALYSIS_ROUNDS": os.pathsep.join(map(str, folders)),
        VARIABLE: os.environ.get(VARIABLE, ""),  # for kernels on other machines
    }
    if scheme_file is not None:
        environment["ECANALYSIS_SCHEME"] = str(Path(scheme_file).resolve())
    run = Run(report)
    every = plan(r, with_scores, parameters or {})
    chosen = select(every, only)
    check_parameters(chosen)
    origin = provenance(folders, scheme_file, written(r.scheme.document), report)
    sources = {notebook: digest(notebook) for notebook in {page.notebook for page in every}}
    keys = {page.name: fingerprint([origin, sources[page.notebook], page.parameters]) for page in every}
    others = [page for page in every if page not in chosen]
    if final:
        _refuse_a_part(others, keys, report)
    with staged(report, resume, lambda: say("另一次运行正在写入同一报告，等它结束……")) as copy:
        entries = {entry["name"]: entry for entry in read_manifest(copy)["pages"]}
        todo = [page for page in chosen if not (resume and _right(entries.get(page.name), keys[page.name], copy))]
        run.kept = [page.name for page in chosen if page not in todo]
        manifest = {
            "year": r.year,
            "previous": [one.year for one in r.history],
            "with_scores": with_scores,
            **origin,
        }
        executor.progress(len(run.kept), len(chosen))
        prepare = partial(_kernels_ready, environment, r, scheme_file and Path(scheme_file), warm)
        shared = [*folders, *sorted(sources), *([Path(scheme_file)] if scheme_file else [])]
        made_pages = executor.map(make_page, todo, prepare, shared) if todo else ()
        for done, (place, result) in enumerate(made_pages, 1 + len(run.kept)):
            page = todo[place]
            made, files = failed(page, LOST, page.notebook.read_bytes()) if isinstance(result, Lost) else result
            _write_files(files, page, copy)
            _note(run, page, made, say)
            older = entries.get(page.name, {})
            if made["status"] == "failed" and _says_more(older, page):
                older = _take_away(older, copy)
            entries[page.name] = older | _entry(page, keys[page.name], made)
            # After every page, so that a run that is killed can be resumed.
            write_manifest(copy, manifest | {"pages": list(entries.values())})
            executor.progress(done, len(chosen))
        _forget(entries, every, copy)
        for page, message in _write_pdfs([page for page in chosen if pdf], entries, copy):
            run.failed.setdefault(page.name, message)
            say(f"{KINDS[page.kind]} {page.subject or page.name}：{message}")
        _write_returns(r, copy)
        for page in others:
            if page.name in entries:
                entries[page.name]["stale"] = entries[page.name]["key"] != keys[page.name]
        manifest["pages"] = [entries[page.name] for page in every if page.name in entries]
        manifest["run"] = _account(run, begun)
        write_entry(r, manifest, copy)
        beside = [copy / "index.html", *sorted(copy.glob(RETURNS))]
        manifest["files"] = {path.relative_to(copy).as_posix(): digest(path) for path in beside}
        write_manifest(copy, manifest)
        _write_log(copy / LOG, manifest["run"])
        shutil.rmtree(copy / WORK, ignore_errors=True)
    run.seconds = time.monotonic() - begun
    if final and not run.failed:
        declare_final(report)
    return run


def plan(r: Evaluation, with_scores: bool = False, parameters: dict | None = None) -> list[Page]:
    """The pages a round owes: the national notebooks, a page for every province on the roster and every base scored."""
    before = [one.year for one in r.history]
    common = {"round_year": r.year, "previous_year": before if len(before) > 1 else before[0] if before else None}
    pages = []
    notebooks = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    known = {notebook: parameters_of(notebook) or [*common, *(parameters or {})] for notebook in notebooks}
    # A parameter that no notebook has goes to all of them, to be refused.
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
        name = safe_name(base.base_id)
        if name != base.base_id:  # two ids must not become one name
            name = f"{name}_{fingerprint(base.base_id)[:6]}"
        html = f"provinces/{safe_name(base.province)}/{name}_{safe_name(base.name)}.html"
        where = html, f"executed/bases/{name}.ipynb"
        pages.append(Page(f"base-{name}", "bases", base.name, NOTEBOOKS / "base.ipynb", given, *where))
    return [page for page in pages if page.notebook.exists()]


def select(pages: list[Page], only: Sequence[str]) -> list[Page]:
    """The pages that `only` names, all without it. Raises UserError for a name that fits none."""
    chosen = set()
    for wanted in only:
        names = {page.name: _names(page) for page in pages}
        found = {name for name, known in names.items() if wanted in known}
        if not found:
            near = difflib.get_close_matches(wanted, sorted(set().union(*names.values())), 3)
            hint = f"；最接近的是 {'、'.join(near)}" if near else ""
            raise UserError(
                f"--only：没有名为“{wanted}”的页面（可用 {'、'.join(KINDS)}、笔记本、省份、基地编号或名称）{hint}"
            )
        chosen |= found
    return [page for page in pages if page.name in chosen] if only else pages


def safe_name(text: str) -> str:
    """A name as part of a file's name on any system: nothing but letters, digits, · - and _, at most 110 bytes of them.

    >>> safe_name("示例·杭州/../<b>园区"), safe_name("..")
    ('示例·杭州_b_园区', '_')
    """
    return re.sub(r"[^\w·-]+", "_", text)[:60].encode()[:110].decode(errors="ignore")


def _names(page: Page) -> set[str]:
    given = page.parameters
    return {page.name, page.kind, page.subject, given.get("base_id", ""), given.get("province_name", "")} - {""}


@contextmanager
def _kernels_ready(environment: dict, r: Evaluation, scheme_file: Path | None, warm: bool) -> Iterator[None]:
    """What `make_page` works in: kernels that know the evaluation."""
    with kernels(environment, warm=warm) as hand_over:
        hand_over(complete(r), scheme_file)
        yield


def _write_files(files: dict[str, bytes], page: Page, report: Path) -> None:
    for name, content in files.items():
        (report / name).parent.mkdir(parents=True, exist_ok=True)
        with written_whole(report / name) as temporary:
            temporary.write_bytes(content)
    if page.html in files:
        (report / FAILED / f"{page.name}.ipynb").unlink(missing_ok=True)


def _note(run: Run, page: Page, made: dict, say: Callable[[str], None]) -> None:
    if made["status"] == "published":
        run.published.append(page.name)
    else:
        run.failed[page.name] = made["message"]
        say(f"{KINDS[page.kind]} {page.subject or page.name}：{made['message']}")


def _entry(page: Page, key: str, made: dict) -> dict:
    """A page in the manifest. Of a failed one, the older files that stay are told by an older run's entry."""
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


def _refuse_a_part(others: list[Page], keys: dict[str, str], report: Path) -> None:
    """Raise UserError where pages that are not to be made now lack, or are of older inputs: a part is not final."""
    entries = {entry["name"]: entry for entry in read_manifest(report)["pages"]}
    lacking = [page for page in others if not _right(entries.get(page.name), keys[page.name], report)]
    if lacking:
        raise UserError(f"还有 {len(lacking)} 个页面未生成或已过时，不能定稿；请不带 --only 运行")


def _right(entry: dict | None, key: str, report: Path) -> bool:
    """Whether a page is as a new run would make it: same inputs, and its files as they were written."""
    if not entry or entry["status"] != "published" or entry["key"] != key:
        return False
    return all(digest(report / path) == known for path, known in entry["sha256"].items())


def _forget(entries: dict[str, dict], every: list[Page], report: Path) -> None:
    """Take away the pages of bases and provinces that are no longer owed one."""
    owed = {page.name for page in every}
    used = {path for name in owed & set(entries) for path in entries[name].get("sha256", {})}
    for name in set(entries) - owed:
        _take_away(entries.pop(name), report, used)


def _take_away(entry: dict, report: Path, used: Set[str] = frozenset()) -> dict:
    """Take a page's files away, but those in `used`; its entry without them."""
    for path in set(entry.get("sha256", {})) - used:
        (report / path).unlink(missing_ok=True)
    return {key: value for key, value in entry.items() if key != "sha256"}


def _says_more(older: dict, page: Page) -> bool:
    """Whether an older page shows scores where now none are wanted: it may not stay in the place of one that failed."""
    shown, wanted = (given.get("with_scores", False) for given in (older.get("parameters", {}), page.parameters))
    return shown and not wanted


def _write_pdfs(pages: list[Page], entries: dict[str, dict], report: Path) -> list[tuple[Page, str]]:
    """Print pages whose PDF is missing or of an older page; take away every PDF that is not of the page beside it.

    Gives the pages that could not be printed, with the reason; the pages themselves are published all the same.
    """

    def write(page: Page) -> tuple[Page, str]:
        known = entries[page.name]["sha256"]
        target = Path(page.html).with_suffix(".pdf").as_posix()
        try:
            with written_whole(report / target) as temporary:
                write_pdf(report / page.html, temporary)
        except PdfError as error:
            return page, f"PDF 未能生成：{error}"
        known[target] = digest(report / target)
        return page, ""

    there = [page for page in pages if entries[page.name].get("sha256")]
    lacking = [page for page in there if not any(name.endswith(".pdf") for name in entries[page.name]["sha256"])]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        printed = list(pool.map(write, lacking))
    listed = {name for entry in entries.values() for name in entry.get("sha256", {})}
    for path in report.rglob("*.pdf"):
        if path.relative_to(report).as_posix() not in listed:
            path.unlink()
    return [(page, message) for page, message in printed if message]


def _write_returns(r: Evaluation, report: Path) -> None:
    """退回补正清单: one workbook a province, beside its page; for files of no known province, in the report itself."""
    for old in report.glob(RETURNS):
        old.unlink()
    parsed = SimpleNamespace(files=r.files, issues=r.round.issues.drop(columns="base_id"), bases=r.forms)
    for workbook in returns.write_return_lists(parsed, r.roster, r.year, report / WORK / "returns"):
        folder = report / "provinces" / safe_name(workbook.stem.removeprefix("退回补正清单_"))
        shutil.move(workbook, folder if folder.is_dir() else report)


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
        *(f"{account['finished']} 失败 {name}：{message}" for name, message in account["failed"].items()),
    ]
    before = path.read_text("utf-8") if path.exists() else ""
    with written_whole(path) as temporary:  # replaced, not added to: the report being read may share the file
        temporary.write_text(before + "\n".join(lines) + "\n", "utf-8")
