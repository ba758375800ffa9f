"""The files beside the pages of a report: PDFs, Word papers, lists of faults for the provinces, the workbook."""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ecanalysis.evaluation import Evaluation
from ecanalysis.outputs import written_whole
from ecanalysis.presenting import returns, stamped, workbook
from ecanalysis.publishing.html import PdfError, write_pdf
from ecanalysis.publishing.pages import Page, explain
from ecanalysis.publishing.planning import plan, safe_name
from ecanalysis.publishing.reports import WORK
from ecanalysis.publishing.word.papers import PUBLIC, papers
from ecanalysis.rounds.provenance import digest

OF_ROUND = ("**/退回补正清单_*.xlsx", workbook.SCORES)  # the workbooks of every report
Failed = Callable[[Page, str], None]  # called with a page whose PDF or papers failed, and the reason


def print_pages(pages: list[Page], entries: Mapping[str, dict], report: Path, failed: Failed) -> None:
    """Print pages whose PDF is missing or outdated; a page that cannot be printed is still published."""
    lacking = [page for page in pages if not _has(entries[page.name], ".pdf")]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for page, message in zip(lacking, pool.map(lambda page: _pdf(page, entries[page.name], report), lacking)):
            if message:
                failed(page, message)


def looks(pdf: Path) -> tuple[list, list[bytes]]:
    """The text and picture of each page of a PDF; and its objects, sorted and without their numbers.

    The objects reveal what no picture shows: annotations, scripts, attachments, layers. Their numbers differ between
    prints, as do dates.
    """
    import pypdfium2

    pages = pypdfium2.PdfDocument(pdf)
    shown = [(page.get_textpage().get_text_range(), page.render(scale=1).to_numpy().tobytes()) for page in pages]
    parts = [part.partition(b"stream") for part in pdf.read_bytes().split(b"endobj")]
    return shown, sorted(re.sub(rb"\d+", b"", said) + content for said, _, content in parts)


def write_papers(pages: list[Page], entries: Mapping[str, dict], report: Path, r: Evaluation, failed: Failed) -> None:
    """Write the missing Word papers of pages; a page whose papers fail is still published."""
    lists = returns.return_sheets(returns.returns_of(r), r.not_submitted, r.year)
    for page in pages:
        if _has(entries[page.name], ".docx"):
            continue
        try:
            made = papers(page, (report / page.html).read_text("utf-8"), r, lists)
        except Exception as error:  # an error in the papers of one page must not stop the others
            failed(page, f"Word 文件：{explain(error)}")
            continue
        for name, content in made.items():
            with written_whole(report / name) as temporary:
                temporary.write_bytes(content)
            entries[page.name]["sha256"][name] = digest(report / name)


def sweep(entries: Mapping[str, dict], report: Path) -> None:
    """Remove every PDF and Word paper that does not belong to the page beside it."""
    listed = {name for entry in entries.values() for name in entry.get("sha256", {})}
    for pattern in ("*.pdf", "*.docx", f"{PUBLIC}.xlsx"):
        for path in report.rglob(pattern):
            if path.relative_to(report).as_posix() not in listed:
                path.unlink()


def write_workbooks(r: Evaluation, report: Path, noted: Mapping[str, str]) -> None:
    """Write the workbooks of a round into its report, replacing those already there.

    `noted` holds the checksums of workbooks written by an earlier run with the same inputs, scheme and code; those that
    are unchanged are kept.
    """
    if noted and all(digest(report / name) == known for name, known in noted.items()):
        return
    for old in workbooks_in(report):
        old.unlink()
    for name, made in workbooks(r, report / WORK / "workbooks").items():
        (report / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, report / name)


def workbooks(r: Evaluation, folder: Path) -> dict[str, Path]:
    """Write 得分工作簿 (for the ministry only) and 退回补正清单 into a folder; name in the report -> path."""
    return return_lists(r, folder) | {workbook.SCORES: workbook.write_workbook(r, folder / workbook.SCORES)}


def return_lists(r: Evaluation, folder: Path) -> dict[str, Path]:
    """Write 退回补正清单 into a folder; name in the report -> path: one workbook per province, beside its page.

    If a province has no page, or is unknown, the workbook belongs in the report's own folder.
    """
    places = {Path(page.html).parent.name for page in plan(r) if page.kind == "provinces"}
    found = {}
    look = partial(stamped.to_look_at, r)
    for made in returns.write_return_lists(returns.returns_of(r), r.not_submitted, r.year, folder, look):
        province = safe_name(made.stem.removeprefix("退回补正清单_"))
        found[f"provinces/{province}/{made.name}" if province in places else made.name] = made
    return found


def workbooks_in(report: Path) -> list[Path]:
    """The paths of the workbooks in a report."""
    return sorted(path for pattern in OF_ROUND for path in report.glob(pattern))


def papers_of(pages: list[Page], report: Path, r: Evaluation) -> dict[str, bytes]:
    """Name in the report -> the Word papers made from these pages as published."""
    lists = returns.return_sheets(returns.returns_of(r), r.not_submitted, r.year)
    made = {}
    for page in pages:
        made |= papers(page, (report / page.html).read_text("utf-8", "replace"), r, lists)
    return made


def _has(entry: dict, suffix: str) -> bool:
    return any(name.endswith(suffix) for name in entry["sha256"])


def _pdf(page: Page, entry: dict, report: Path) -> str:
    """Print one page to a PDF beside it; returns why that failed (Chinese), or ""."""
    target = Path(page.html).with_suffix(".pdf").as_posix()
    try:
        with written_whole(report / target) as temporary:
            write_pdf(report / page.html, temporary)
    except PdfError as error:
        return f"PDF 未能生成：{error}"
    entry["sha256"][target] = digest(report / target)
    return ""
