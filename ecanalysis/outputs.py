"""Tables -> files: CSV that opens right in Excel and WPS, Parquet that holds the exact text.

A file appears whole or not at all, and so does a set of files: everything is written beside its place, reaches the
disk, and takes its place in one step.
"""

import ctypes
import glob
import io
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pandas is slow to import, and writing text does not need it
    import pandas as pd

# A spreadsheet runs a text cell that begins so; one leading apostrophe makes it text again.
DANGEROUS = re.compile(r"^[=+\-@\t]")
NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
WRITING = ".writing"  # suffix of a folder that is being written
UNFINISHED = "未写完，请重新运行.txt"  # present in a folder while it may hold files of two runs
SCRATCH = "ecanalysis-scratch-"  # prefix of a temporary working folder
_SCRATCH = re.compile(SCRATCH + "[0-9a-f]{24}")  # too specific to match a folder of the user's own
ABANDONED = 24 * 3600  # seconds after which an unfinished folder counts as abandoned where locks are not available


@contextmanager
def written_whole(path: Path, private: bool = False) -> Iterator[Path]:
    """Yield a temporary file beside `path`; it replaces `path` only if the block succeeds.

    `private` creates it with mode 0600 before anything is written. On an error `path` is left as it was.
    """
    path = Path(path)
    temporary = path.parent / f".{path.name[:60]}.{secrets.token_hex(6)}"
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if private else 0o666))
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def from_memory(path: Path) -> Iterator[io.BytesIO]:
    """Yield a memory buffer; its content is written to `path` in one step if the block succeeds.

    Used for workbooks: their writer reports a full disk with errors of its own, which callers need not know.
    """
    memory = io.BytesIO()
    yield memory
    with written_whole(path) as temporary:
        temporary.write_bytes(memory.getvalue())


@contextmanager
def written_together(folder: Path) -> Iterator[Path]:
    """Yield a folder to write files to; at the end they all move into `folder`, which is created if necessary.

    If the block fails, nothing in `folder` changes; other files already there are always kept. A `folder` that has
    subfolders, is a mount point, belongs to another user or is some process's working folder cannot be swapped in one
    step: its files are then moved one by one, with a file called `UNFINISHED` beside them until all are there.
    """
    folder = Path(os.path.realpath(folder))
    before = recovered(folder)
    folder.mkdir(parents=True, exist_ok=True)
    whole = _exchangeable(folder)
    place = folder.parent if whole else folder
    aside = place / f".{folder.name}.{secrets.token_hex(6)}{WRITING}"
    with ExitStack() as held:
        with _held(place):
            _sweep(_written_for(folder))
            aside.mkdir(mode=0o700)
            held.enter_context(_held(aside))
        try:
            yield aside
            synced(aside)
            with _held(place):
                _change(aside, folder, before, whole)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a temporary working folder that no other user can read; it is removed afterwards.

    Folders left behind by runs that were killed are removed first.
    """
    place = Path(tempfile.gettempdir())
    _sweep(left for left in place.glob(f"{SCRATCH}*") if _SCRATCH.fullmatch(left.name))
    folder = place / f".{SCRATCH}{secrets.token_hex(12)}"
    folder.mkdir(0o700)
    try:
        with _held(folder):
            folder = folder.rename(place / folder.name[1:])  # only now, with its lock held, may `_sweep` find it
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def another_in_place_of(folder: Path) -> Iterator[Path]:
    """Yield a copy of `folder` (empty if there is none yet) to change; it replaces `folder` in one step at the end.

    The files in the copy are hard links to those of `folder`: move or replace them, never write into them. Only one
    process at a time may do this.
    """
    folder = Path(os.path.realpath(folder))
    aside = folder.parent / f".{folder.name}.{secrets.token_hex(6)}{WRITING}"
    with _held(folder.parent):
        before = recovered(folder)
        _sweep(_written_for(folder))
        try:
            if folder.exists():
                shutil.copytree(folder, aside, copy_function=link_or_copy)
            else:
                aside.mkdir()
            yield aside
            synced(aside)
            take_place(aside, folder, before)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _change(aside: Path, folder: Path, before: Path, whole: bool) -> None:
    if whole:
        for entry in os.scandir(folder):
            stays = entry.is_file(follow_symlinks=False) and entry.name != UNFINISHED
            if stays and not (aside / entry.name).exists():
                link_or_copy(entry.path, str(aside / entry.name))
        aside.chmod(folder.stat().st_mode & 0o7777)
        with suppress(OSError):  # for example a folder from a lower layer of an overlay file system
            return take_place(aside, folder, before)
        aside.chmod(0o700)
    mark = folder / UNFINISHED
    mark.write_text("本文件夹的各表正在更换，可能新旧混杂；如未在运行，请重新运行原命令。\n", "utf-8")
    _sync(folder)
    for path in sorted(aside.iterdir()):
        os.replace(path, folder / path.name)
    _sync(folder)
    mark.unlink()


def take_place(new: Path, folder: Path, aside: Path) -> None:
    """Replace `folder` with `new` and delete the old one, which may lie at `aside` for a moment."""
    shutil.rmtree(aside, ignore_errors=True)
    if not folder.exists():
        new.rename(folder)
    elif exchange(new, folder):
        shutil.rmtree(new, ignore_errors=True)
    else:
        folder.rename(aside)
        new.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)
    _sync(folder.parent)


def recovered(folder: Path) -> Path:
    """Restore a folder whose run was killed between the two renames needed where folders cannot be swapped.

    Returns the path that the old folder has between those renames.
    """
    before = aside_of(folder)
    if before.exists() and not folder.exists():
        before.rename(folder)
    return before


def aside_of(folder: Path) -> Path:
    """The path a folder may have for a moment while another takes its place."""
    return folder.parent / f".{folder.name}.before"


def exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False if the system cannot (a reader may then briefly find no folder)."""
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return swap(here, os.fsencode(one.absolute()), here, os.fsencode(other.absolute()), exchange) == 0


def link_or_copy(source: str, target: str) -> None:
    """Hard-link a file, or copy it where that fails: only for files that are replaced, never written into."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def synced(folder: Path) -> None:
    """Flush everything in a folder to disk, so that it is complete even after a power cut."""
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _written_for(folder: Path) -> Iterable[Path]:
    # Beside it, or in it where it cannot be exchanged.
    return (left for place in (folder.parent, folder) for left in place.glob(f".{glob.escape(folder.name)}.*{WRITING}"))


def _sweep(found: Iterable[Path]) -> None:
    """Remove the working folders of runs that have died; a live run holds a lock on its own."""
    for left in found:
        with suppress(OSError), _held(left, wait=False):
            if left.is_dir() and (sys.platform != "win32" or left.stat().st_mtime < time.time() - ABANDONED):
                shutil.rmtree(left)


def mounted(folder: Path) -> tuple[bool, str]:
    """Whether a folder is a mount point, and the type of its file system ("" if unknown)."""
    folder = os.path.realpath(folder)
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return os.path.ismount(folder), ""
    kinds = {}
    for line in lines:
        here, _, rest = line.partition(" - ")
        point = re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), here.split()[4])
        kinds[point] = rest.split()[0]
    above = next(
        str(path) for path in (Path(folder), *Path(folder).parents) if str(path) in kinds or path.parent == path
    )
    return folder in kinds, kinds.get(above, "")


def _exchangeable(folder: Path) -> bool:
    there = list(os.scandir(folder))
    return (
        folder != Path.cwd()
        and not mounted(folder)[0]
        and os.access(folder.parent, os.W_OK)
        and (not hasattr(os, "geteuid") or folder.stat().st_uid == os.geteuid())
        and all(entry.is_file(follow_symlinks=False) or entry.name.endswith(WRITING) for entry in there)
    )


@contextmanager
def _held(folder: Path, wait: bool = True) -> Iterator[None]:
    """Lock a folder; the system releases it when the process ends. Windows cannot lock folders."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:  # another user's folder, or a network drive without locks
            if not wait:
                raise
        yield
    finally:
        os.close(handle)


def _sync(path: Path) -> None:
    with suppress(OSError):  # not every system can open a folder, not every drive supports the call
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def safe_text(cell: object) -> object:
    """A cell as written to CSV: text that a spreadsheet would run as a formula gets one leading apostrophe.

    >>> [safe_text(cell) for cell in ["=1+1", "-12", "-", "杭州", -3.5]]
    ["'=1+1", '-12', "'-", '杭州', -3.5]
    """
    if isinstance(cell, str) and DANGEROUS.match(cell) and not NUMBER.match(cell):
        return "'" + cell
    return cell


def safe_frame(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame with every text cell made safe for a spreadsheet (see `safe_text`)."""
    import pandas as pd

    text = [column for column in frame if not pd.api.types.is_numeric_dtype(frame[column])]
    return frame.assign(**{column: frame[column].map(safe_text, na_action="ignore") for column in text})


def write_table(frame: "pd.DataFrame", folder: Path, name: str, private: bool = False, parquet: bool = False) -> None:
    """Write `name.csv` (with a byte-order mark, safe for spreadsheets) and, if asked, `name.parquet` (exact)."""
    import pandas as pd

    folder = Path(folder)
    with written_whole(folder / f"{name}.csv", private) as path:
        safe_frame(frame).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
    if parquet:
        with written_whole(folder / f"{name}.parquet", private) as path:
            pd.DataFrame(frame).to_parquet(path, index=False)  # the stored values, not the displayed ones


def read_table(path: Path, dtypes: dict[str, str]) -> "pd.DataFrame":
    """Read back what `write_table` was given: columns with the given dtypes, text without the added apostrophe."""
    import pandas as pd

    numbers = {column: [""] for column, dtype in dtypes.items() if dtype != "str"}
    table = pd.read_csv(path, encoding="utf-8-sig", dtype=dtypes, keep_default_na=False, na_values=numbers)
    texts = [column for column, dtype in dtypes.items() if dtype == "str"]
    return table.assign(**{column: table[column].map(_exact_text).astype("str") for column in texts})


def _exact_text(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and safe_text(cell[1:]) == cell else cell
