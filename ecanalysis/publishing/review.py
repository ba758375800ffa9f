"""The reviewer's check of a published report: is every page what these inputs, this scheme and this code give?

Checksums tell what was changed since; nbval runs every executed notebook again and compares every figure.
"""

import os
import subprocess
import sys
import tempfile
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import nbformat

from ecanalysis import paths
from ecanalysis.errors import UserError
from ecanalysis.evaluation import Evaluation, complete, load_round
from ecanalysis.publishing.entry import content
from ecanalysis.publishing.html import entry_page, html_page
from ecanalysis.publishing.kernels import kernels
from ecanalysis.publishing.pages import CELL_TIMEOUT, colophon
from ecanalysis.publishing.reports import FINAL, LOG, MANIFEST, is_as_written, read_manifest
from ecanalysis.reading.files import LocalPool
from ecanalysis.rounds.provenance import digest, inputs, provenance
from ecanalysis.scoring.scheme import load, written

SHARE = 12  # pages that one nbval run checks
CHANGED, GONE, NEW = "已改动", "已缺失", "为新增"


def review(
    report: str | Path,
    rounds: dict[int, str | Path] | None = None,
    only: list[str] | None = None,
    executor: LocalPool | None = None,
) -> list[str]:
    """What is not as it was when a report was published: a sentence (Chinese) for each finding; empty if all is well.

    The rounds are found where the manifest says, or in `rounds` (by year). `only` limits the running again to these
    pages (names as in the manifest; none where it is empty). Raises UserError where there is no report, no such
    page, or a round is not to be found.
    """
    report = Path(report)
    manifest = read_manifest(report)
    if not manifest["pages"]:
        raise UserError(f"{report} 中没有已发布的报告")
    for wanted in only or []:
        names = [page["name"] for page in manifest["pages"]]
        if wanted not in names:
            near = get_close_matches(wanted, names, 3)
            hint = f"；最接近的是 {'、'.join(near)}" if near else ""
            raise UserError(f"--only：{report} 中没有名为“{wanted}”的页面（名称见 {MANIFEST}）{hint}")
    folders = _rounds(report, manifest, rounds or {})
    scheme = _scheme(report, manifest)
    found = [*_origin(report, manifest, folders, scheme), *_files(report, manifest), *_contents(report, manifest)]
    there = [page for page in manifest["pages"] if (report / page["executed"]).is_file()]
    pages = [page for page in there if only is None or page["name"] in only]
    environment = {"ECANALYSIS_ROUNDS": os.pathsep.join(map(str, folders.values()))}
    if scheme:
        environment["ECANALYSIS_SCHEME"] = str(scheme)
    executor = executor or LocalPool()
    executor.progress(0, len(pages))
    *earlier, this = folders.values()
    evaluation = load_round(this, previous=earlier, scheme=scheme, executor=LocalPool(executor.workers))
    found += _entry(report, manifest, evaluation)
    with kernels(environment) as hand_over, tempfile.TemporaryDirectory(prefix="ec-review-") as scratch:
        hand_over(complete(evaluation), scheme)  # the inputs are read again, once
        done = 0
        shares = [pages[place : place + SHARE] for place in range(0, len(pages), SHARE)]
        for place, differing in executor.map(partial(_run_again, report, Path(scratch)), shares):
            found += differing
            done += len(shares[place])
            executor.progress(done, len(pages))
    return found


def _rounds(report: Path, manifest: dict, given: dict[int, str | Path]) -> dict[str, Path]:
    folders = {}
    for year, noted in manifest["rounds"].items():
        folder = Path(given[int(year)]) if int(year) in given else report / noted["folder"]
        if not folder.is_dir():
            raise UserError(f"找不到 {year} 年轮次的文件夹（{folder}），请用 --round 指明其所在")
        folders[year] = paths.round_folder(folder)
    return folders


def _scheme(report: Path, manifest: dict) -> Path | None:
    noted = manifest["scheme"]["file"]
    return (report / noted).resolve() if noted else None


def _origin(report: Path, manifest: dict, folders: dict[str, Path], scheme: Path | None) -> list[str]:
    """What differs in the inputs, the scheme, the limits of a file, the code and the libraries."""
    found = []
    for year, folder in folders.items():
        then, now = manifest["rounds"][year]["files"], inputs(folder, earlier=year != max(folders))
        for name in sorted({*then, *now}):
            if then.get(name) != now.get(name):
                how = NEW if name not in then else GONE if name not in now else CHANGED
                found.append(f"输入文件{how}：{year}/{name}")
    current = provenance([], scheme, written(load(scheme).document), report)
    if current["scheme"]["sha256"] != manifest["scheme"]["sha256"]:
        found.append(f"评分方案已改动：{manifest['scheme']['file'] or '随附方案 scheme.toml'}")
    for name, then in manifest.get("limits", {}).items():
        if current["limits"].get(name) != then:
            now = current["limits"].get(name, "无")
            found.append(f"文件限额与发布时不同：{name} 发布时 {then}，现为 {now}")
    if current["code"] != manifest["code"]:
        found.append(f"程序与发布时不同（发布时为 {manifest['code']['version']}）")
    for name, then in manifest["libraries"].items():
        now = current["libraries"].get(name, "无")
        if now != then:
            found.append(f"依赖库版本不同：{name} 发布时 {then}，现为 {now}")
    return found


def _files(report: Path, manifest: dict) -> list[str]:
    """What differs in the published files, against the manifest and against each other."""
    found = []
    for page in manifest["pages"]:
        for name, then in page.get("sha256", {}).items():
            if not (report / name).is_file():
                found.append(f"已发布的文件{GONE}：{name}")
            elif digest(report / name) != then:
                found.append(f"已发布的文件{CHANGED}：{name}")
        if page["status"] == "failed":
            found.append(f"页面 {page['name']} 在发布时未能生成：{page['message']}")
        elif page.get("stale"):
            found.append(f"页面 {page['name']} 在发布时已过时，未随最近一次运行更新")
    found += _beside(report, manifest)
    final = report / FINAL
    if final.is_file() and digest(report / "manifest.json") not in final.read_text("utf-8"):
        found.append("定稿之后清单 manifest.json 已改动")
    return found


def _beside(report: Path, manifest: dict) -> list[str]:
    """What differs in the manifest, in the files that are no page, and what the report has beyond its own files."""
    found = [] if is_as_written(manifest) else [f"清单 {MANIFEST} {CHANGED}"]
    for name, then in manifest.get("files", {}).items():
        if digest(report / name) != then:
            found.append(f"已发布的文件{CHANGED if (report / name).is_file() else GONE}：{name}")
    known = {name for page in manifest["pages"] for name in (*page.get("sha256", {}), page.get("kept", ""))}
    known |= {*manifest.get("files", {}), MANIFEST, FINAL, LOG}
    there = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()}
    return found + [f"已发布的文件{NEW}：{name}" for name in sorted(there - known)]


def _contents(report: Path, manifest: dict) -> list[str]:
    """Pages that do not show what their notebook holds, and notebooks that were not run from top to bottom.

    nbval passes a cell that never ran, so this is said here.
    """
    found = []
    for page in manifest["pages"]:
        html, executed = report / page["html"], report / page["executed"]
        if not (html.is_file() and executed.is_file()):
            continue
        try:
            notebook = nbformat.read(executed, as_version=4)
            same = html_page(notebook, page["subject"], colophon(page["notebook"])) == html.read_text("utf-8")
        except (OSError, ValueError, KeyError) as error:
            found.append(f"笔记本 {page['executed']} 无法读取：{error}")
            continue
        if not same:
            found.append(f"页面 {page['html']} 与其笔记本 {page['executed']} 的内容不一致")
        counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
        if counts != list(range(1, len(counts) + 1)):
            found.append(f"笔记本 {page['executed']} 不是从头到尾依次运行的")
    return found


def _entry(report: Path, manifest: dict, evaluation: Evaluation) -> list[str]:
    """Whether the entry page is what this evaluation and this manifest give."""
    index = report / "index.html"
    if not index.is_file() or index.read_text("utf-8") == entry_page(content(evaluation, manifest)):
        return []
    return ["入口页 index.html 重新生成的结果不同"]


def _run_again(report: Path, scratch: Path, pages: list[dict]) -> list[str]:
    """Run executed notebooks again by nbval; name every cell that shows something else."""
    notebooks = {str((report / page["executed"]).resolve()): page for page in pages}
    settings, result = scratch / f"{pages[0]['name']}.ini", scratch / f"{pages[0]['name']}.xml"
    settings.write_text("[pytest]\n", "utf-8")
    options = ["--nbval", *("-p", "ecanalysis.publishing.kernels"), *("-p", "no:cacheprovider"), "-q"]
    options += ["-o", "junit_family=xunit1"]
    limits = [f"--nbval-cell-timeout={CELL_TIMEOUT}", f"--junitxml={result}", "-c", str(settings), "--rootdir=/"]
    command = [sys.executable, "-m", "pytest", *options, *limits, *notebooks]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=scratch)
    if not result.is_file():
        return [f"nbval 未能运行：{(ended.stdout + ended.stderr)[-500:]}"]
    found = []
    for case in ElementTree.parse(result).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            page = notebooks.get("/" + (case.get("file") or "").lstrip("/"), {"name": case.get("file")})
            found.append(f"页面 {page['name']} 重新运行的结果不同：{case.get('name')}")
    return found
