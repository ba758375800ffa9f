"""Files and folders -> the list of submitted files. No file is opened here."""

import errno
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ecanalysis.errors import UserError

EVIDENCE_FOLDERS = ("佐证材料", "证明材料")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was found: its path, and its name in the tables (`file`).

    `evidence`: listed but not read. `fault`: why it cannot be read, in Chinese. `unpacked`: it comes from a bundle;
    `path` is where its content was unpacked, and `sha256` is known. `source`: the file to read instead of `path`, if it
    was converted or recognised.
    """

    path: Path
    file: str
    evidence: bool = False
    fault: str = ""
    sha256: str = ""
    unpacked: bool = False
    source: Path | None = None


def find(paths: list[Path]) -> list[Found]:
    """All files in the given files and folders, each once, sorted by name.

    `file` is the path relative to the given path, separated by `/`, preceded by as many parent folders as are needed to
    make it unique. Files left by programs (lock files, Thumbs.db, dot files) are ignored. Links are followed; loops,
    broken links and folders that cannot be opened are listed with a fault. Raises UserError if a path does not exist.
    """
    places: dict[Path, tuple[int, bool, str]] = {}  # path -> number of its parts in the name, evidence, fault
    for path in paths:
        path = Path(os.path.abspath(path))
        if not path.exists():
            raise UserError(f"找不到文件或文件夹：{path}")
        if path.is_dir():
            for place, evidence, fault in _below(path):
                places.setdefault(place, (len(place.parts) - len(path.parts), evidence, fault))
        else:
            places.setdefault(path, (1, False, ""))
    names = _names({place: depth for place, (depth, _, _) in places.items()})
    found = [Found(place, names[place], evidence, fault) for place, (_, evidence, fault) in places.items()]
    return sorted(found, key=lambda one: one.file)


def _below(top: Path) -> Iterator[tuple[Path, bool, str]]:
    """Everything below a folder: path, whether it is evidence, fault."""
    folders: list[tuple[Path, bool, tuple]] = [(top, holds_evidence(top.name), ())]
    links: list[tuple[Path, bool, tuple]] = []  # to folders; followed last, so that a folder is read at its own path
    read: set[tuple[int, int]] = set()
    while folders or links:
        folder, evidence, above = folders.pop() if folders else links.pop(0)
        try:
            status = os.stat(folder)
            entries = list(os.scandir(folder))
        except OSError as problem:
            yield folder, evidence, f"文件夹无法打开（{problem.strerror}），其中的文件未能读取"
            continue
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            yield folder, evidence, "文件夹链接指回上级文件夹，未再读取"
            continue
        if identity in read:
            yield folder, evidence, "链接指向的文件夹已在别处读取，未再读取"
            continue
        read.add(identity)
        for entry in entries:
            place = folder / entry.name
            if passed_over(entry.name):
                continue
            try:
                is_folder, is_link = entry.is_dir(), entry.is_symlink()
                fault = "链接指向的文件不存在" if is_link and not is_folder and not place.exists() else ""
            except OSError as problem:
                is_folder, is_link, fault = False, True, f"无法查看（{problem.strerror}），未能读取"
                if problem.errno == errno.ELOOP:
                    fault = "链接指向的文件不存在"
            if is_folder:
                inside = (place, evidence or holds_evidence(entry.name), (*above, identity))
                (links if is_link else folders).append(inside)
            else:
                yield place, evidence, fault


def passed_over(name: str) -> bool:
    """Whether a file or folder was left by a program or the system: a lock file, Thumbs.db, a dot file.

    >>> [passed_over(name) for name in ("~$表.xlsx", "Desktop.ini", "~WRL0001.tmp", "__MACOSX", "~表.xlsx")]
    [True, True, True, True, False]
    """
    return (
        name.startswith((".", "~$"))
        or name.lower() in ("thumbs.db", "desktop.ini", "__macosx")
        or (name.lower().startswith("~wrl") and name.lower().endswith(".tmp"))
    )


def holds_evidence(folder_name: str) -> bool:
    """Whether a folder of this name contains evidence (佐证材料), which is listed but not read."""
    return unicodedata.normalize("NFC", readable(folder_name)).strip() in EVIDENCE_FOLDERS


def _names(depths: dict[Path, int]) -> dict[Path, str]:
    """The last parts of each path as text; one more part where names are equal, until all are different."""
    parts: dict[Path, list[str]] = {}
    seen: Counter[tuple] = Counter()
    for place in sorted(depths):
        shown = [readable(part) for part in place.parts]
        seen[tuple(shown)] += 1
        if (count := seen[tuple(shown)]) > 1:  # different bytes that are shown alike, in one folder
            shown[-1] += f"（{count}）"
        parts[place] = shown
    while True:
        names = {place: "/".join(parts[place][-depth:]) for place, depth in depths.items()}
        count_of = Counter(names.values())
        alike = {place: depths[place] + 1 for place, name in names.items() if count_of[name] > 1}
        if not alike:
            return names
        depths = depths | alike


def readable(name: str) -> str:
    """A file name as text that can be shown and encoded.

    Bytes that are not UTF-8 are decoded as GB18030 (archives made on Windows), or else shown as escapes.
    """
    data = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass
    return data.decode("utf-8", "backslashreplace")
