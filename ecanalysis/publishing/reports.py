"""The folder of a published report, `reports/<year>`, which is replaced as a whole or not at all.

A run writes to a copy beside it (`.<year>.next`, with hard links where possible), which replaces the report in one
step. Readers see either the old or the new report, even if a run is killed or the disk is full. Only one run writes at
a time; others wait for it. A report declared final is not overwritten.
"""

import errno
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from ecanalysis.errors import REASONS, UserError
from ecanalysis.outputs import exchange, link_or_copy, mounted, recovered, synced, take_place, written_whole
from ecanalysis.reading.opening import from_json
from ecanalysis.rounds.provenance import digest, fingerprint

FINAL = "final.json"
MANIFEST = "manifest.json"
LOG = "brief.log"
WORK = ".work"  # working files in a copy being written, not published
JOURNAL = f"{WORK}/done.jsonl"  # the origin of the copy, then a line for every finished page
PATIENCE = 1800  # seconds to wait for another run before giving up


@contextmanager
def staged(folder: Path, resume: bool = False, waiting: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Yield a copy of the report in `folder` to write to; it replaces the report if the block succeeds.

    With `resume`, the copy is what an interrupted run left, if there is any. `waiting` is called once if another run
    has to end first. Raises UserError if the report is final, another run does not end, or the place cannot be written
    to.
    """
    folder = Path(folder)
    copy = folder.parent / f".{folder.name}.next"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder.parent / f".{folder.name}.lock", waiting):
            aside = recovered(folder)
            refuse_final(folder)
            if resume and _begun(copy) == digest(folder / MANIFEST):
                _sweep(copy)
            else:
                _remove(copy)
                if folder.exists():
                    shutil.copytree(folder, copy, copy_function=link_or_copy)
                else:
                    copy.mkdir()
                _begin(copy, digest(folder / MANIFEST))
            yield copy
            shutil.rmtree(copy / WORK)
            synced(copy)
            take_place(copy, folder, aside)
    except OSError as error:
        if error.errno not in REASONS:
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            shutil.rmtree(copy, ignore_errors=True)
        raise UserError(f"不能写入 {folder.parent}：{REASONS[error.errno]}；原有报告未作改动") from error


def refuse_what_cannot_change(folder: Path) -> None:
    """Raise UserError if a report's folder cannot be replaced in one step."""
    folder = Path(folder)
    if folder.is_symlink():
        raise UserError(
            f"{folder} 是一个链接，不能整体替换；请用 --out 指明实际的文件夹（{os.path.realpath(folder.parent)}）"
        )
    if not folder.is_dir():
        return
    is_mount, kind = mounted(folder)
    if is_mount:
        raise UserError(f"{folder} 是挂载点，不能整体替换；请挂载其上级文件夹，或另选 --out")
    if kind == "overlay":  # a folder from a lower layer can be written to but not moved, which only trying reveals
        probe = folder.parent / f".{folder.name}.probe"
        with suppress(OSError):
            probe.mkdir()
            if exchange(probe, folder):
                exchange(probe, folder)
                probe.rmdir()
            else:
                probe.rmdir()
                raise UserError(f"{folder} 在只读的下层文件系统中，不能整体替换；请另选 --out")


def refuse_final(folder: Path) -> None:
    """Raise UserError if the report was declared final."""
    if (Path(folder) / FINAL).exists():
        raise UserError(f"{folder} 已定稿，不再覆盖；确需重出时请另选 --out，或删除其中的 {FINAL}")


def declare_final(folder: Path) -> None:
    """Declare a published report final (定稿): later runs refuse to overwrite it.

    Raises UserError if there is no report, or pages of it failed.
    """
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        raise UserError(f"{folder} 中没有已发布的报告（缺少 {MANIFEST}）")
    failed = [page["name"] for page in read_manifest(folder)["pages"] if page["status"] != "published"]
    if failed:
        raise UserError(f"{folder} 还有 {len(failed)} 个页面未生成（{'、'.join(failed[:5])}），不能定稿")
    stamp = {
        "declared": datetime.now().astimezone().isoformat(timespec="seconds"),
        "manifest": digest(folder / MANIFEST),
    }
    write_json(folder / FINAL, stamp)


def declares(final: Path, folder: Path) -> bool:
    """Whether the file `final` declares exactly the current report final, and contains nothing else."""
    try:
        stamp = from_json(final.read_text("utf-8"))
        datetime.fromisoformat(stamp["declared"])
    except (ValueError, KeyError, TypeError):
        return False
    return stamp == {"declared": stamp["declared"], "manifest": digest(folder / MANIFEST)}


def read_manifest(folder: Path) -> dict:
    """The manifest of a report, or of a copy being written; one without pages if there is none yet.

    Raises UserError if it is empty or damaged.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        return {"pages": []}
    try:
        manifest = from_json(path.read_text("utf-8"))
        if all(isinstance(page["name"], str) and page["status"] for page in manifest["pages"]):
            return manifest
    except (ValueError, KeyError, TypeError):
        pass
    raise UserError(f"{path} 为空或已损坏")


def done_before(copy: Path) -> list[dict]:
    """The manifest entries of the pages finished by an interrupted run."""
    entries = []
    for line in (copy / JOURNAL).read_text("utf-8", "replace").split("\n")[1:]:
        try:
            entries.append(json.loads(line))
        except ValueError:  # the last lines may have been cut off by a crash or power failure
            break
    return entries


def note_done(copy: Path, entry: dict) -> None:
    """Record that a page is finished, after its files were written."""
    with open(copy / JOURNAL, "a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def start_afresh(copy: Path) -> None:
    """Remove everything from a copy except its log."""
    for path in copy.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOG:
            path.unlink()
    _begin(copy, "")


def write_manifest(folder: Path, manifest: dict) -> None:
    """Write the manifest of a report, including a checksum of its content."""
    write_json(Path(folder) / MANIFEST, manifest | {"checksum": fingerprint(manifest)})


def is_as_written(manifest: dict) -> bool:
    """Whether a manifest agrees with its own checksum."""
    content = {key: value for key, value in manifest.items() if key != "checksum"}
    return manifest.get("checksum") == fingerprint(content)


def write_json(path: Path, content: dict) -> None:
    """Write readable JSON, completely or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


@contextmanager
def _lock(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    # The system releases the lock when the process ends, however it ends. Other users cannot open the file, so they
    # cannot hold the lock; anything but a regular file (a pipe, a link) is not waited for.
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
        raise UserError(f"{path} 不是普通文件，无法用作锁；请删除后重试")
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(path, flags, 0o660), "r+b", buffering=0) as file:
        patience = time.monotonic() + PATIENCE
        told = False
        while not _try_lock(file):
            if not told:
                waiting()
                told = True
            if time.monotonic() > patience:
                raise UserError(f"另一次运行一直在写入 {path.parent}，等待 {PATIENCE // 60} 分钟后放弃")
            time.sleep(0.2)
        yield


def _try_lock(file) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True


def _begin(copy: Path, of: str) -> None:
    # Written last: a copy that has this line is complete.
    (copy / WORK).mkdir(exist_ok=True)
    (copy / JOURNAL).write_text(f"{of}\n", "utf-8")


def _begun(copy: Path) -> str | None:
    """The digest of the manifest of the report from which a complete copy was made; None without a complete copy."""
    try:
        return (copy / JOURNAL).read_text("utf-8").split("\n")[0]
    except OSError:
        return None


def _remove(copy: Path) -> None:
    if copy.exists():
        try:
            shutil.rmtree(copy)
        except PermissionError:
            raise UserError(f"无法清除其他用户上次运行留下的 {copy}；请由该用户或管理员删除后重试") from None


def _sweep(copy: Path) -> None:
    # Temporary files of a killed run (see `written_whole`); no file of a report has such a name.
    for left in copy.rglob(".*"):
        if left.is_file():
            left.unlink()


def changes(before: dict, manifest: dict) -> dict:
    """The changes in a run's manifest since that of the previous report; {} without a usable one.

    since: when the previous one was made; files: new, changed and removed inputs of the later round; scheme, code:
    whether they have changed; bases: [id, standing before, standing now] of each with a different standing, [] if it
    was not listed.
    """
    if "standing" not in before:
        return {}
    year = str(manifest["year"])
    then, now = (one["rounds"].get(year, {}).get("files", {}) for one in (before, manifest))
    stood, stands = before["standing"], manifest["standing"]
    every = [*stands, *(base_id for base_id in stood if base_id not in stands)]
    return {
        "since": before["run"]["finished"],
        "files": {
            "new": [name for name in now if name not in then],
            "changed": [name for name in now if name in then and now[name] != then[name]],
            "gone": [name for name in then if name not in now],
        },
        "scheme": before["scheme"]["sha256"] != manifest["scheme"]["sha256"],
        "code": before["code"] != manifest["code"],
        "bases": [
            [base_id, stood.get(base_id, []), stands.get(base_id, [])]
            for base_id in every
            if stood.get(base_id) != stands.get(base_id)
        ],
    }
