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

if TYPE_CHECKING:  # whoever only writes text need not wait for pandas
    import pandas as pd

# A spreadsheet runs a text cell that begins so; one leading apostrophe makes it text again.
DANGEROUS = re.compile(r"^[=+\-@\t]")
NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
WRITING = ".writing"  # how the name of a folder ends that is being written
UNFINISHED = "未写完，请重新运行.txt"  # stands in a folder while files of two runs may lie in it side by side
SCRATCH = "ecanalysis-scratch-"  # how the name of a folder begins in which something lies while it is worked on
_SCRATCH = re.compile(SCRATCH + "[0-9a-f]{24}")  # such a name nobody gives a folder of their own
ABANDONED = 24 * 3600  # seconds after which a folder being written is nobody's, where locks do not tell


@contextmanager
def written_whole(path: Path, private: bool = False) -> Iterator[Path]:
    """Give a temporary file beside `path` to write to; it takes `path`'s place only when all went well.

    `private` gives it mode 0600, before a byte is in it. On an error `path` stays as it was.
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
    """Give memory to write to; it becomes the file at `path`, whole, when all went well.

    For a workbook: what writes it tells of a full disk in ways of its own.
    """
    memory = io.BytesIO()
    yield memory
    with written_whole(path) as temporary:
        temporary.write_bytes(memory.getvalue())


@contextmanager
def written_together(folder: Path) -> Iterator[Path]:
    """Give a folder to write files to; all of them take their places in `folder` (made where there is none) at the end.

    Nothing in `folder` changes when writing fails, whether for want of room or for any other reason; other files in it
    stay. Where `folder` holds folders, is mounted, is another's or is being worked in, it
    cannot be exchanged for another in one step: then the files move one by one, and as long as that takes a file called
    `UNFINISHED` stands beside them.
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
    """Give a folder that nobody else can read, for what lies about while it is worked on; it is gone afterwards.

    What runs that were killed left of theirs goes too, before anything is done.
    """
    place = Path(tempfile.gettempdir())
    _sweep(left for left in place.glob(f"{SCRATCH}*") if _SCRATCH.fullmatch(left.name))
    folder = place / f".{SCRATCH}{secrets.token_hex(12)}"
    folder.mkdir(0o700)
    try:
        with _held(folder):
            folder = folder.rename(place / folder.name[1:])  # whoever finds this name held by nobody takes it away
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def another_in_place_of(folder: Path) -> Iterator[Path]:
    """Give a folder with what `folder` holds (nothing where it is none yet); changed, it takes its place in one step.

    Its files are those of `folder` by a second name: to be moved or replaced, not written to. One at a time.
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
        with suppress(OSError):  # a folder of a lower layer, say
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
    """Put a folder in the place of another and do away with that; `aside` is where that may lie for a moment."""
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
    """Bring a folder back whose run was killed between the two renames of a system without exchange.

    Gives where it may lie for that moment.
    """
    before = aside_of(folder)
    if before.exists() and not folder.exists():
        before.rename(folder)
    return before


def aside_of(folder: Path) -> Path:
    """Where a folder may lie for a moment while another takes its place."""
    return folder.parent / f".{folder.name}.before"


def exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system cannot (then a reader may find no folder for a moment)."""
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return swap(here, os.fsencode(one.absolute()), here, os.fsencode(other.absolute()), exchange) == 0


def link_or_copy(source: str, target: str) -> None:
    """A second name for a file, or a copy: for files that are replaced, never written to."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def synced(folder: Path) -> None:
    """Have everything in a folder reach the disk: what takes its place after this is whole even after a power cut."""
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _written_for(folder: Path) -> Iterable[Path]:
    # Beside it, or in it where it cannot be exchanged.
    return (left for place in (folder.parent, folder) for left in place.glob(f".{glob.escape(folder.name)}.*{WRITING}"))


def _sweep(found: Iterable[Path]) -> None:
    """Take away what dead runs left of the folders they were working in: a run that lives holds its own."""
    for left in found:
        with suppress(OSError), _held(left, wait=False):
            if left.is_dir() and (sys.platform != "win32" or left.stat().st_mtime < time.time() - ABANDONED):
                shutil.rmtree(left)


def mounted(folder: Path) -> tuple[bool, str]:
    """Whether something is mounted at a folder, and the kind of file system it is on ("" where that is unknown)."""
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
    """Hold a folder as one's own; the system lets go of it when the process ends. Windows cannot hold folders."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError:  # it is another's, or on a network drive that has no locks
            if not wait:
                raise
        yield
    finally:
        os.close(handle)


def _sync(path: Path) -> None:
    with suppress(OSError):  # not every system opens a folder, not every drive knows the call
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def safe_text(cell: object) -> object:
    """A cell as CSV shows it: text that a spreadsheet would run gets one leading apostrophe.

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
    """Write `name.csv` (byte-order mark, made safe) and, if asked, `name.parquet` (exact) into a folder."""
    import pandas as pd

    folder = Path(folder)
    with written_whole(folder / f"{name}.csv", private) as path:
        safe_frame(frame).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
    if parquet:
        with written_whole(folder / f"{name}.parquet", private) as path:
            pd.DataFrame(frame).to_parquet(path, index=False)  # as it is held, not as it is shown


def read_table(path: Path, dtypes: dict[str, str]) -> "pd.DataFrame":
    """Read back exactly what `write_table` was given: its columns with their types, text without the apostrophe."""
    import pandas as pd

    numbers = {column: [""] for column, dtype in dtypes.items() if dtype != "str"}
    table = pd.read_csv(path, encoding="utf-8-sig", dtype=dtypes, keep_default_na=False, na_values=numbers)
    texts = [column for column, dtype in dtypes.items() if dtype == "str"]
    return table.assign(**{column: table[column].map(_exact_text).astype("str") for column in texts})


def _exact_text(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and safe_text(cell[1:]) == cell else cell
