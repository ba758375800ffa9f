"""The scans among files -> the results of recognition, one per form; the pages of one form belong together."""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from ecanalysis import outputs
from ecanalysis.reading import opening
from ecanalysis.reading.answers import read_form
from ecanalysis.reading.apart import Lost, each_apart
from ecanalysis.reading.cells import Book, Unreadable
from ecanalysis.reading.files import LocalPool
from ecanalysis.reading.found import Found
from ecanalysis.reading.limits import Limits

from . import available
from .forms import SUFFIX, recognised

_MEGABYTES = 6000  # of address space, which the libraries for recognition reserve
_SECONDS = 900  # for the pages of one form, even on a busy machine
_NUMBER = re.compile(r"[\s_\-－—（(第]*\d{1,2}\s*[页)）]?$")
# The modules on which the result depends.
_RECOGNISING = ("images.py", "recognise.py", "numbers.py", "boxes.py", "matching.py", "tables.py", "forms.py")
_ITSELF = hashlib.sha256(b"".join(Path(__file__).with_name(name).read_bytes() for name in _RECOGNISING)).hexdigest()


def scans_of(found: list[Found], year: int, limits: Limits) -> list[list[Found]]:
    """The files that are scans, grouped by form, in the order of their names.

    Pictures in one folder belong to one form if their names differ only in a number at the end.
    """
    groups: dict[str, list[Found]] = {}
    pdfs = []
    for one in found:
        if one.evidence or one.fault or one.source:
            continue
        head = opening.head(one.path, 1024)
        if b"%PDF-" in head:
            pdfs.append(one)
        elif head.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")):
            name = PurePosixPath(one.file)
            groups.setdefault(f"{name.parent}/{_NUMBER.sub('', name.stem)}", []).append(one)
    scanned = each_apart(partial(_is_scanned, year, limits), [one.path for one in pdfs], limits)
    return [*groups.values(), *([one] for one, is_scan in zip(pdfs, scanned) if is_scan is True)]


def recognise(
    found: list[Found], folder: Path, year: int, limits: Limits, executor: LocalPool, keep: Path | None
) -> list[Found]:
    """The found files; scans with the result of recognition as their `source`, a file in `folder`.

    If `keep` is given, earlier results are taken from it and new ones stored there. Without the extra `scans` nothing
    is recognised, and the reader's message says what is missing.
    """
    if not available():
        return found
    groups = scans_of(found, year, limits)
    if not groups:
        return found
    folder.mkdir(parents=True)
    results: dict[int, dict] = {}
    names = [kept_as(group, year, limits) for group in groups]
    for place, name in enumerate(names):
        if keep:
            with suppress(ValueError, OSError):  # missing, incomplete or foreign: recognise again
                results[place] = opening.from_json(opening.content(keep / name, opening.OUR_BYTES))
    open_ = [place for place in range(len(groups)) if place not in results]
    work = [[one.path for one in groups[place]] for place in open_]
    if any(one.unpacked for place in open_ for one in groups[place]):
        executor = LocalPool(progress=executor.progress)  # unpacked files exist on this machine only
    shared = sorted({path.parent for paths in work for path in paths})
    recognising = executor.map(partial(_apart, year, limits), work, shared=shared) if work else ()
    for done, (item, result) in enumerate(recognising, 1):
        if not isinstance(result, dict):  # lost on another machine
            result = _apart(year, limits, work[item])
        results[open_[item]] = result
        executor.progress(done, len(work))
        if keep and "lost" not in result:
            keep.mkdir(mode=0o700, parents=True, exist_ok=True)
            with outputs.written_whole(keep / names[open_[item]], private=True) as path:
                path.write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    sources = {}
    for place, group in enumerate(groups):
        for number, one in enumerate(group):
            source = folder / f"{place}-{number}{SUFFIX}"
            source.write_text(json.dumps(results[place] | {"page_of": group[0].file if number else ""}), "utf-8")
            sources[one.file] = source
    return [replace(one, source=sources.get(one.file, one.source)) for one in found]


def _apart(year: int, limits: Limits, paths: list[Path]) -> dict:
    """Recognise the pages of one form in a process that may crash without harm."""
    large = replace(limits, megabytes=_MEGABYTES, processor_seconds=_SECONDS, clock_seconds=_SECONDS)
    (result,) = each_apart(_recognised, [(paths, year)], large)
    if isinstance(result, Lost):
        return {"fault": "识别扫描件所需时间或内存超过限额。请重新扫描（200 dpi），或改报 .xlsx、.docx", "lost": True}
    return result


def _recognised(task: tuple[list[Path], int]) -> dict:
    from .images import count_pages

    paths, year = task
    try:
        pages = [(path, number) for path in paths for number in range(count_pages(path))]
    except Exception:  # the libraries raise exceptions of many kinds on damaged pictures
        return {"fault": "图片已损坏，无法打开。请重新扫描后报送"}
    return recognised((pages, year))


def _is_scanned(year: int, limits: Limits, path: Path) -> bool:
    """Whether a PDF has no text; or pages without text, and the other pages are not a complete form."""
    from ecanalysis.reading.cells.pdf import read

    try:
        sheets = read(opening.content(path, limits.file_bytes), limits)
    except Unreadable as fault:
        return "扫描件" in str(fault)
    except OSError:
        return False
    if not any(one.kind == "page" for sheet in sheets for one in sheet.objects):
        return False
    reading = read_form(Book("pdf", sheets), year, "")
    whole = reading.layout == "official" and not any(issue.kind == "sentence_missing" for issue in reading.issues)
    return bool(reading.rejected) or not whole


def kept_as(group: list[Found], year: int, limits: Limits) -> str:
    """The file name of a stored result; it depends on the files' content, the year and the recognising modules."""
    sums = [one.sha256 or opening.checksum_or_blank(one.path, limits.file_bytes) for one in group]
    return hashlib.sha256(" ".join([_ITSELF, str(year), *sums]).encode()).hexdigest() + ".json"
