"""The reviewer's check of a published report: whether every page agrees with these inputs, this scheme and this code.

Nothing in the report is executed. All pages are made again from the submissions, notebooks and program on this machine
and compared with those published; every difference is reported.
"""

import base64
import io
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from ecanalysis import paths
from ecanalysis.errors import UserError
from ecanalysis.evaluation import Evaluation, load_round
from ecanalysis.outputs import scratch
from ecanalysis.publishing.beside import looks, papers_of, workbooks
from ecanalysis.publishing.briefings import kernels_ready
from ecanalysis.publishing.entry import FRONT, changed, standing
from ecanalysis.publishing.html import PdfError, browser, write_pdf
from ecanalysis.publishing.pages import FAILED, Page, as_html, check_parameters, make_page
from ecanalysis.publishing.planning import plan, select, titles
from ecanalysis.publishing.reports import FINAL, LOG, MANIFEST, declares, is_as_written, read_manifest
from ecanalysis.reading.apart import each_apart
from ecanalysis.reading.files import LocalPool
from ecanalysis.reading.limits import limits_in_force
from ecanalysis.rounds.provenance import digest, provenance
from ecanalysis.scoring.scheme import DEFAULT_FILE, load, written

PICTURE = "image/png"
POINTS = (b"IDAT", b"PLTE", b"tRNS")  # the chunks of a PNG with its pixels and their colours
FAINT = 8  # of 256 levels: the difference another machine may make at the edge of a line
CHANGED, GONE, NEW = "已改动", "已缺失", "为新增"
MOST = 64 << 20  # largest file in a report, in bytes: the limit of a page, and more than any paper needs


@dataclass
class Review:
    """The result of a review: a sentence (Chinese) for each difference, none if all is well; and its basis."""

    found: list[str] = field(default_factory=list)
    manifest: str = ""  # SHA-256 of the manifest, which a 请示 can quote
    basis: list[str] = field(default_factory=list)  # rounds, scheme and other settings according to the report


def review(
    report: str | Path,
    rounds: dict[int, str | Path] | None = None,
    only: list[str] | None = None,
    executor: LocalPool | None = None,
) -> Review:
    """Compare a published report with the result of making it again.

    Rounds are taken from the places in the manifest, or from `rounds` (by year). `only` limits the pages made again
    (named as for `brief`; an empty list: none). Raises UserError if there is no report or no such page, a round cannot
    be found, or the report contains anything other than regular files and folders.
    """
    report, executor = Path(report), executor or LocalPool()
    _refuse_what_is_no_file(report)
    manifest = read_manifest(report)
    if not manifest["pages"]:
        raise UserError(f"{report} 中没有已发布的报告")
    names = [page["name"] for page in manifest["pages"]]
    try:
        folders, scheme = _rounds(report, manifest, rounds or {}), _scheme(report, manifest)
        *earlier, this = folders.values()
        evaluation = load_round(this, earlier, scheme, LocalPool(executor.workers), fresh=True)
        pages = plan(evaluation, bool(manifest["with_scores"]), manifest.get("parameters", {}))
        check_parameters(pages)  # an unknown parameter name could contain anything, even code
        published = [page for page in pages if page.name in names]
        wanted = select(published, only) if only else published if only is None else []
        there = [page for page in published if (report / page.executed).is_file()]
        beside, troubles = _beside(report, manifest, there, evaluation)
        found = [*_origin(report, manifest, evaluation, scheme), *_files(report, manifest, pages, beside)]
        found += [*_owed(manifest, pages, evaluation), *_front(report, manifest, evaluation), *troubles]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UserError(f"{report / MANIFEST} 的内容不完整或不合规格，无法复核（{error!r}）") from None
    chosen = [page for page in there if page in wanted]
    own = None if scheme == DEFAULT_FILE else scheme
    notebooks = sorted({page.notebook for page in chosen})
    prepare = partial(kernels_ready, paths.environment(folders.values(), own), evaluation, own, True, notebooks)
    executor.progress(0, len(chosen))
    for done, (place, (made, files)) in enumerate(executor.map(make_page, chosen, prepare) if chosen else (), 1):
        found += _compare(report, chosen[place], made, files, manifest)
        found += _prints(report, chosen[place], files)
        executor.progress(done, len(chosen))
    for page in there:
        if page not in chosen:
            found += _shows_its_notebook(report, page)
    return Review(found, digest(report / MANIFEST), _basis(evaluation, scheme, manifest))


def _refuse_what_is_no_file(report: Path) -> None:
    for path in report.rglob("*"):
        state = path.lstat()
        if not (stat.S_ISDIR(state.st_mode) or (stat.S_ISREG(state.st_mode) and state.st_size <= MOST)):
            raise UserError(f"{path} 是链接、管道或过大的文件，报告中不应有此物，未予复核")


def _rounds(report: Path, manifest: dict, given: dict[int, str | Path]) -> dict[str, Path]:
    folders = {}
    for year, noted in manifest["rounds"].items():
        folder = Path(given[int(year)]) if int(year) in given else report / noted["folder"]
        if not folder.is_dir():
            raise UserError(f"找不到 {year} 年轮次的文件夹（{folder}），请用 --round 指明其所在")
        folders[year] = paths.round_folder(folder)
    return folders


def _scheme(report: Path, manifest: dict) -> Path:
    # Named explicitly even if it is the default, so that the reviewer's environment variable does not apply.
    noted = manifest["scheme"]["file"]
    return (report / noted).resolve() if noted else DEFAULT_FILE


def _basis(evaluation: Evaluation, scheme: Path, manifest: dict) -> list[str]:
    said = []
    for one in (*evaluation.history, evaluation):
        sealed = f"（已于 {one.seal.sealed} 封存，seal.json 的 SHA-256：{one.seal.sha256}）" if one.seal else ""
        said.append(f"{one.year} 年轮次：{one.round.folder}{sealed}")
    if bases := evaluation.seal_difference.base_id.nunique():
        said.append(f"以现有报送重算，{bases} 家基地与封存的结果不同（ecanalysis score 写出 seal_difference.csv）")
    said.append("评分方案：" + ("随附方案" if scheme == DEFAULT_FILE else f"{load(scheme).title}（{scheme}）"))
    listed = [name for page in manifest["pages"] for name in page.get("sha256", {})]
    if browser() is None and any(name.endswith(".pdf") for name in listed):
        said.append("本机没有浏览器，PDF 只核对了校验值")
    if manifest["with_scores"]:
        said.append("反馈给省和基地的页面列出总分和名次（--with-scores）")
    told = f"{manifest['run']['finished']} 生成。{''.join(changed(evaluation, manifest['changes']))}"
    said.append(f"以下为报告自述，无从重新得到：{told}")
    said += [f"全国笔记本另有参数：{name}={value}" for name, value in manifest.get("parameters", {}).items()]
    return said


def _origin(report: Path, manifest: dict, evaluation: Evaluation, scheme: Path) -> Iterator[str]:
    """Differences in inputs, scheme, file limits, code and libraries."""
    every = [one.round for one in (*evaluation.history, evaluation)]
    now = provenance(every, scheme, written(evaluation.scheme.document), report)
    for year in now["rounds"]:
        yield from _inputs(year, manifest["rounds"][year]["files"], now["rounds"][year]["files"])
    then = manifest.get("base_periods", {})
    for name in sorted({*then, *now["base_periods"]}):
        yield from _inputs(name, then.get(name, {}), now["base_periods"].get(name, {}))
    if now["scheme"]["sha256"] != manifest["scheme"]["sha256"]:
        yield f"评分方案已改动：{manifest['scheme']['file'] or '随附方案 scheme.toml'}"
    if now["code"] != manifest["code"]:
        yield f"程序与发布时不同（发布时为 {manifest['code']['version']}）"
    for key, words in (("limits", "文件限额与发布时不同"), ("libraries", "依赖库版本不同")):
        for name in sorted({*manifest[key], *now[key]}):
            before, here = (one[key].get(name, "无") for one in (manifest, now))
            if before != here:
                yield f"{words}：{name} 发布时 {before}，现为 {here}"


def _inputs(where: str, then: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            yield f"输入文件{NEW if name not in then else GONE if name not in now else CHANGED}：{where}/{name}"


def _owed(manifest: dict, pages: list[Page], evaluation: Evaluation) -> Iterator[str]:
    """Differences between the pages and bases in the manifest and those the round requires."""
    stands = {"standing": standing(evaluation), "titles": titles(pages)}
    for key, words in (("standing", "各基地的档次和结论"), ("titles", "全国笔记本的标题")):
        if manifest.get(key) != stands[key]:
            yield f"清单 {MANIFEST} 所记{words}与重新得到的不同"
    if any(now != stands["standing"].get(base, []) for base, _, now in manifest["changes"].get("bases", ())):
        yield f"清单 {MANIFEST} 所记与上次报告的不同，不是现在的档次和结论"
    listed = {page["name"]: page for page in manifest["pages"]}
    owed = {page.name: page for page in pages}
    yield from (f"缺少页面：{name}" for name in owed if name not in listed)
    yield from (f"多出页面：{name}（本轮不应有此页）" for name in listed if name not in owed)
    yield from (f"清单中页面 {name} 重复" for name in listed if sum(p["name"] == name for p in manifest["pages"]) > 1)
    for name in owed.keys() & listed.keys():
        page, noted = owed[name], listed[name]
        wanted = {"kind": page.kind, "subject": page.subject, "notebook": page.notebook.name, "html": page.html}
        wanted |= {"executed": page.executed, "parameters": page.parameters}
        for key, value in wanted.items():
            if noted.get(key) != value:
                yield f"页面 {name} 的 {key} 与应有的不同：应为 {value}，清单为 {noted.get(key)}"


def _files(report: Path, manifest: dict, pages: list[Page], beside: dict[str, bytes]) -> Iterator[str]:
    """Differences of the published files from the manifest and `beside`, and files that are in neither."""
    if not is_as_written(manifest):
        yield f"清单 {MANIFEST} {CHANGED}"
    noted = {name: sha for page in manifest["pages"] for name, sha in page.get("sha256", {}).items()}
    noted |= manifest.get("files", {})
    for name, then in noted.items():
        if digest(report / name) != then:
            yield f"已发布的文件{CHANGED if (report / name).is_file() else GONE}：{name}"
    owed = {name for page in pages for name in (page.html, page.executed, _pdf_of(page))} | {*beside, *FRONT}
    kept = {f"{FAILED}/{page['name']}.ipynb" for page in manifest["pages"] if page["status"] != "published"}
    known = {*(noted.keys() & owed), *kept, MANIFEST, FINAL, LOG}
    paths_there = sorted(report.rglob("*"))
    there = {path.relative_to(report).as_posix() for path in paths_there if not path.is_dir()}
    yield from (f"已发布的文件{NEW}：{name}" for name in sorted(there - known))
    for path in paths_there:
        if path.is_dir() and path.name != FAILED and not any(path.iterdir()):
            yield f"空文件夹{NEW}：{path.relative_to(report).as_posix()}"
    for name, made in beside.items():
        if name not in there:
            yield f"缺少文件：{name}"
        elif (report / name).read_bytes() != made:
            yield f"文件 {name} 重新生成的结果不同"
    for page in manifest["pages"]:
        if page["status"] != "published":
            yield f"页面 {page['name']} 在发布时未能生成：{page.get('message', '')}"
        elif page.get("stale"):
            yield f"页面 {page['name']} 在发布时已过时，未随最近一次运行更新"
    failed = {page["name"] for page in manifest["pages"] if page["status"] != "published"}
    for name, message in manifest["run"]["failed"].items():
        if name not in failed:
            yield f"{name} 在发布时未能全部生成：{message}"
    final = report / FINAL
    if final.is_file() and not declares(final, report):
        yield f"定稿之后清单 {MANIFEST} 或 {FINAL} 已改动"


def _front(report: Path, manifest: dict, evaluation: Evaluation) -> Iterator[str]:
    """Differences of the entry pages from those made from this evaluation and this manifest."""
    for name, (called, made) in FRONT.items():
        page = report / name
        if page.is_file() and page.read_bytes() != made(evaluation, manifest).encode():
            yield f"{called} {name} 重新生成的结果不同"
        elif not page.is_file() and name not in manifest.get("files", {}):
            yield f"缺少{called}：{name}"


def _beside(
    report: Path, manifest: dict, pages: list[Page], evaluation: Evaluation
) -> tuple[dict[str, bytes], list[str]]:
    """Name in the report -> the files beside pages, made again: workbooks and, if it has any, Word papers."""
    with scratch() as folder:
        owed = {name: path.read_bytes() for name, path in workbooks(evaluation, folder).items()}
    listed = [name for page in manifest["pages"] for name in page.get("sha256", {})]
    if not any(name.endswith((".docx", ".xlsx")) for name in listed):
        return owed, []
    try:
        return owed | papers_of([page for page in pages if (report / page.html).is_file()], report, evaluation), []
    except Exception as error:  # a forged page can make the conversion raise anything
        return owed, [f"Word 文件未能重新生成：{error!r}"]


def _prints(report: Path, page: Page, files: dict[str, bytes]) -> Iterator[str]:
    """Differences of a page's PDF from a new print of the page made again, if a browser is installed."""
    printed = report / _pdf_of(page)
    if page.html not in files or not printed.is_file() or browser() is None:
        return
    with scratch() as folder:
        html, anew = folder / "page.html", folder / "page.pdf"
        html.write_bytes(files[page.html])
        try:
            write_pdf(html, anew)
        except PdfError as error:
            yield f"文件 {_pdf_of(page)} 未能重新打印：{error}"
            return
        limits = replace(limits_in_force(), megabytes=1500, processor_seconds=60, clock_seconds=60)
        one, other = each_apart(looks, [anew, printed], limits)
    if one != other:
        yield f"文件 {_pdf_of(page)} 与重新打印的不同（浏览器版本不同时也会如此）"


def _pdf_of(page: Page) -> str:
    return Path(page.html).with_suffix(".pdf").as_posix()


def _compare(report: Path, page: Page, made: dict, files: dict[str, bytes], manifest: dict) -> Iterator[str]:
    """Differences between a page made again and the published one."""
    if made["status"] != "published":
        yield f"页面 {page.name} 重新运行未能完成：{made['message']}"
        return
    noted = next(entry for entry in manifest["pages"] if entry["name"] == page.name)
    if noted["status"] == "published" and noted.get("message") != made["message"]:
        yield f"清单 {MANIFEST} 所记页面 {page.name} 的提示与重新得到的不同：{noted.get('message')}"
    if all((report / name).is_file() and (report / name).read_bytes() == data for name, data in files.items()):
        return
    try:
        published = nbformat.read(report / page.executed, as_version=4)
    except (OSError, ValueError, KeyError, AttributeError, RecursionError) as error:
        yield f"笔记本 {page.executed} 无法读取：{error}"
        return
    anew = nbformat.reads(files[page.executed].decode(), as_version=4)
    yield from (f"页面 {page.name} 重新运行的结果不同：{one}" for one in differences(anew, published))
    yield from _shows_its_notebook(report, page)


def _shows_its_notebook(report: Path, page: Page) -> Iterator[str]:
    """Differences between a published page and the page made from its published notebook."""
    try:
        notebook = nbformat.read(report / page.executed, as_version=4)
        if as_html(page, notebook).encode() != (report / page.html).read_bytes():
            yield f"页面 {page.html} 与其笔记本 {page.executed} 的内容不一致"
    except FileNotFoundError:
        return  # already reported with the files
    except Exception as error:  # a forged notebook can make the conversion raise anything
        yield f"笔记本 {page.executed} 不能生成页面：{error}"


def differences(anew: NotebookNode, published: NotebookNode) -> Iterator[str]:
    """A phrase (Chinese) for each difference between two notebooks, with the number of the cell."""
    if len(anew.cells) != len(published.cells):
        yield f"应有 {len(anew.cells)} 个单元，实有 {len(published.cells)} 个"
    for number, (one, other) in enumerate(zip(anew.cells, published.cells), 1):
        for key, what in (("cell_type", "类型"), ("source", "内容"), ("metadata", "标记"), ("attachments", "附件")):
            if one.get(key) != other.get(key):
                yield f"第 {number} 个单元的{what}"
        if one.get("execution_count") != other.get("execution_count"):
            yield f"第 {number} 个单元不是依次运行的"
        if not _same_outputs(one.get("outputs", []), other.get("outputs", [])):
            yield f"第 {number} 个单元的结果"
    if anew.metadata != published.metadata:
        yield "笔记本的标记"


def _same_outputs(anew: list, published: list) -> bool:
    return len(anew) == len(published) and all(map(_same_output, anew, published))


def _same_output(one: dict, other: dict) -> bool:
    if one == other:
        return True
    pictures = [output.get("data", {}).get(PICTURE) for output in (one, other)]
    rest = [
        {**output, "data": {kind: data for kind, data in output.get("data", {}).items() if kind != PICTURE}}
        for output in (one, other)
    ]
    return None not in pictures and rest[0] == rest[1] and _same_picture(*pictures)


def _same_picture(one: str, other: str) -> bool:
    from PIL import Image, ImageChops

    try:
        files = [base64.b64decode(data.replace("\n", ""), validate=True) for data in (one, other)]
        if _beside_points(files[0]) != _beside_points(files[1]):
            return False
        drawn = [Image.open(io.BytesIO(file), formats=["PNG"]).convert("RGBA") for file in files]
    except (ValueError, OSError, struct.error, Image.DecompressionBombError):
        return False
    return max(high for _, high in ImageChops.difference(*drawn).getextrema()) <= FAINT


def _beside_points(png: bytes) -> list[bytes]:
    """All chunks of a PNG except its pixels: they can make a browser rotate or recolour it or show other pictures."""
    place, found = 8, [png[:8]]
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if kind not in POINTS:
            found.append(kind + content)
        place += 12 + length
    return found
