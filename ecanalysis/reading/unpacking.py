"""One bundle (.zip, .7z, .rar) -> its members, unpacked block by block within limits.

Runs in a process that may crash without harm. Names inside are never used as paths: unpacked files are numbered.
"""

import hashlib
import shutil
import stat
import struct
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ecanalysis.errors import visible
from ecanalysis.reading import opening
from ecanalysis.reading.found import holds_evidence, passed_over
from ecanalysis.reading.limits import Limits

INSIDE = "!/"  # between the name of a bundle and the name of a member
DEPTH = 2  # a bundle in a bundle is opened, a bundle in that one is not
SEND_APART = "请解压后重新打包（.zip），或直接报送其中的报告表"
_ZIP, _SEVEN, _RAR = (b"PK\3\4", b"PK\5\6"), b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"
# First member of a workbook or document, which is a zip too, as office programs write it.
_DOCUMENTS = (b"[Content_Types].xml", b"mimetype", b"_rels/", b"docProps/", b"xl/", b"word/", b"ppt/", b"META-INF/")
_BLOCK = 1 << 16


class Member(NamedTuple):
    """A member of a bundle: where its content was unpacked (`path`), or why it was not (`fault`, Chinese).

    Evidence is not unpacked; only its checksum is computed.
    """

    name: str
    path: Path | None = None
    fault: str = ""
    sha256: str = ""
    evidence: bool = False


class Refused(Exception):
    """The bundle cannot be opened; the message (Chinese) says why and what to do."""


def kind_of_bundle(path: Path) -> str:
    """The kind of bundle, by its first bytes: zip, 7z, rar, or "" for anything else."""
    head = opening.head(path, 64)
    if head.startswith(_ZIP) and len(head) > 20 and not head.startswith(_DOCUMENTS, 30):
        return "zip"
    return "7z" if head.startswith(_SEVEN) else "rar" if head.startswith(_RAR) else ""


def packs_evidence(file: str) -> bool:
    """Whether this is a packed evidence folder, such as 佐证材料.zip."""
    stem, _, suffix = PurePosixPath(file).name.rpartition(".")
    return suffix.lower() in ("zip", "7z", "rar") and holds_evidence(stem)


class NoBundle(Exception):
    """The zip is a workbook or document, not a bundle."""


class Unpacking:
    """A bundle being unpacked into `folder`, with what remains of its limits, nested bundles included."""

    def __init__(self, folder: Path, limits: Limits):
        self.folder, self.limits = folder, limits
        self.left = self.left_for_evidence = limits.inflated_bytes
        self.count = self.made = 0
        self.seen: set[str] = set()
        folder.mkdir(mode=0o700, parents=True)

    def members(self, bundle: Path, depth: int, above: str = "") -> Iterator[Member]:
        """The members of a bundle, with nested bundles replaced by theirs. Raises NoBundle, Refused."""
        for member in _READERS[kind_of_bundle(bundle)](self, bundle, above):
            if not (member.path and kind_of_bundle(member.path)):
                yield member
            elif depth == DEPTH and not _is_document(member.path):
                yield Member(member.name, fault=f"压缩包内的压缩包里还有压缩包，只打开一层嵌套。{SEND_APART}")
            else:
                yield from self._nested(member, depth)

    def _nested(self, member: Member, depth: int) -> Iterator[Member]:
        inside = []
        try:
            inside = list(self.members(member.path, depth + 1, member.name + INSIDE))
        except NoBundle:
            yield member
            return
        except Refused as fault:
            yield Member(member.name, fault=str(fault))
            return
        yield from inside or [Member(member.name, fault=EMPTY)]

    def listed(self, names: list[str], above: str) -> list[Member | None]:
        """The members with these names, not yet unpacked; refused ones have a fault, ignored ones are None.

        Raises Refused if the bundle has too many members.
        """
        self.count += len(names)
        if self.count > self.limits.members:
            raise Refused(f"压缩包内的文件超过 {self.limits.members} 个。请只保留报告表后重新报送")
        said: list[Member | None] = []
        for name in names:
            name = name.replace("\\", "/")
            folders = PurePosixPath(name).parts
            called = visible(name)  # control characters and bidirectional marks are escaped
            shown, again = above + called, 2
            while shown in self.seen:
                shown, again = f"{above}{called}（{again}）", again + 1
            self.seen.add(shown)
            if name.startswith("/") or ".." in folders or name[1:2] == ":":
                said.append(Member(shown, fault=f"压缩包内的文件名指向包外，已拒绝读取。{SEND_APART}"))
            elif not folders or any(map(passed_over, folders)):
                said.append(None)
            else:
                inside = any(map(holds_evidence, (*above.split("/"), *folders[:-1])))
                said.append(Member(shown, evidence=inside or packs_evidence(name)))
        return said

    def writer(self, member: Member) -> "_Writer":
        return _Writer(self, member)


class _Writer:
    """Writes the content of one member block by block, within the limit of the bundle."""

    def __init__(self, unpacking: Unpacking, member: Member):
        self.unpacking, self.member = unpacking, member
        self.checksum = hashlib.sha256()
        self.full, self.file = False, None
        unpacking.made += 1
        self.path = unpacking.folder / str(unpacking.made)

    def write(self, block: bytes) -> bool:
        """Write a block; False if the limit is exceeded."""
        pool = "left_for_evidence" if self.member.evidence else "left"
        left = getattr(self.unpacking, pool) - len(block)
        self.full = self.full or left < 0
        if not self.full:
            setattr(self.unpacking, pool, left)
            self.checksum.update(block)
            if not self.member.evidence:
                self.file = self.file or open(self.path, "ab")  # noqa: SIM115  closed by `close`
                self.file.write(block)
        return not self.full

    def close(self) -> None:
        """Close the file: a bundle may have more members than a process may hold open."""
        if self.file:
            self.file.close()
        self.file = None

    def done(self, fault: str = "") -> Member:
        """The unpacked member. `fault`: why its content could not be read, in Chinese."""
        self.close()
        if self.full and not self.member.evidence:
            fault = (
                f"压缩包解压后超过 {self.unpacking.limits.inflated_bytes >> 20} MB。请分成几个压缩包，或去掉其中的图片"
            )
        if fault or self.full:
            self.path.unlink(missing_ok=True)
            return self.member._replace(fault="" if self.member.evidence else fault)
        if not self.member.evidence:
            self.path.touch()  # it may be empty
        return self.member._replace(path=None if self.member.evidence else self.path, sha256=self.checksum.hexdigest())


EMPTY = "压缩包是空的，其中没有文件。请重新打包后报送"
DAMAGED = f"压缩包内的此文件已损坏，无法解压。{SEND_APART}"
PROTECTED = "压缩包内的此文件设有密码，无法读取。请去掉密码后重新打包报送"
LINK = f"压缩包内的此项是链接，不是文件，已拒绝读取。{SEND_APART}"
BUNDLE_DAMAGED = f"压缩包已损坏或不完整，无法打开。{SEND_APART}"
BUNDLE_PROTECTED = "压缩包设有密码，无法打开。请去掉密码后重新打包报送"


def _zip(unpacking: Unpacking, path: Path, above: str) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if _holds_document([entry.filename for entry in entries]):
                raise NoBundle
            entries = [entry for entry in entries if not entry.is_dir()]
            for entry, member in zip(entries, unpacking.listed(_names(entries), above)):
                if member is None or member.fault:
                    yield from filter(None, [member])
                elif stat.S_ISLNK(entry.external_attr >> 16):
                    yield member._replace(fault=LINK)
                elif entry.flag_bits & 1:
                    yield member._replace(fault="" if member.evidence else PROTECTED)
                else:
                    yield _inflated(archive, entry, unpacking.writer(member))
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as fault:
        raise Refused(BUNDLE_DAMAGED) from fault


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, writer: _Writer) -> Member:
    try:
        with archive.open(entry) as content:
            while (block := content.read(_BLOCK)) and writer.write(block):
                pass
    except NotImplementedError:
        return writer.done(f"压缩包内的此文件用了不常见的压缩方式，无法解压。{SEND_APART}")
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError):
        return writer.done(DAMAGED)
    return writer.done()


def _names(entries: list[zipfile.ZipInfo]) -> list[str]:
    """The names in a zip, decoded.

    Names without the UTF-8 flag are in GBK, as Chinese Windows writes them, unless all of them are valid UTF-8 (macOS
    writes it without the flag); a single name is also UTF-8 if that gives characters of three bytes, such as Chinese.
    """
    unsaid = [entry.filename.encode("cp437") for entry in entries if not entry.flag_bits & 0x800]
    encoding = "utf-8" if all(_read(data, "utf-8") for data in unsaid if data) else "gb18030"
    return [
        entry.filename
        if entry.flag_bits & 0x800
        else _read(data := entry.filename.encode("cp437"), "utf-8", wide=True)
        or _read(data, encoding)
        or entry.filename
        for entry in entries
    ]


def _read(data: bytes, encoding: str, wide: bool = False) -> str:
    """A name in this encoding; "" if it is not valid, or `wide` is set and no character takes three bytes."""
    try:
        name = data.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return name if not wide or max(name, default="") > "\u07ff" else ""


def _holds_document(names: list[str]) -> bool:
    return any(
        name in ("[Content_Types].xml", "mimetype", "OFD.xml") or name.lower().endswith(".iwa") for name in names
    )


def _is_document(path: Path) -> bool:
    try:
        return kind_of_bundle(path) == "zip" and _holds_document(zipfile.ZipFile(path).namelist())
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError):
        return False


def _seven(unpacking: Unpacking, path: Path, above: str) -> Iterator[Member]:
    import py7zr
    from py7zr.io import Py7zIO, WriterFactory

    class Sink(Py7zIO):
        """py7zr writes a member here; nothing is read back."""

        def __init__(self, writer: _Writer | None):
            self.writer, self.written = writer, 0

        def write(self, s) -> int:
            self.written += len(s)
            if self.writer:
                self.writer.write(bytes(s))
            return len(s)

        def read(self, size=None) -> bytes:
            return b""

        def seek(self, offset, whence=0) -> int:
            return 0

        def flush(self) -> None:
            pass

        def close(self) -> None:
            if self.writer:
                self.writer.close()

        def size(self) -> int:
            return self.written

    class Factory(WriterFactory):
        def create(self, filename: str) -> Py7zIO:
            return Sink(writers.get(PurePosixPath(filename).relative_to(top).as_posix()))

    top = PurePosixPath("/unpacked")
    writers: dict[str, _Writer] = {}
    refused: list[Member] = []
    try:
        with py7zr.SevenZipFile(path) as archive:
            if archive.needs_password():
                raise Refused(BUNDLE_PROTECTED)
            entries = [entry for entry in archive.files if not entry.is_directory]
            for entry, member in zip(entries, unpacking.listed([entry.filename for entry in entries], above)):
                if member is None or member.fault:
                    refused += filter(None, [member])
                elif entry.is_symlink or entry.is_junction or entry.is_socket:
                    refused.append(member._replace(fault=LINK))
                elif entry.filename in writers:
                    refused.append(member._replace(fault=f"压缩包内有同名的文件，此文件未读取。{SEND_APART}"))
                else:
                    writers[entry.filename] = unpacking.writer(member)
            archive.extract(Path(top), targets=set(writers), factory=Factory())
    except Refused:
        raise
    except py7zr.exceptions.PasswordRequired as fault:
        raise Refused(BUNDLE_PROTECTED) from fault
    except MemoryError:
        raise
    except Exception as fault:  # py7zr raises exceptions of many kinds on damaged files
        raise Refused(BUNDLE_DAMAGED) from fault
    yield from refused
    yield from (writer.done() for writer in writers.values())


def _rar(unpacking: Unpacking, path: Path, above: str) -> Iterator[Member]:
    """Read a .rar through bsdtar, which writes it to a pipe as a tar and no file to disk."""
    tool = rar_tool()
    if not tool:
        raise Refused("RAR 压缩包须有 bsdtar（libarchive-tools）才能打开，本机未安装。请改用 .zip 打包后重新报送")
    # bsdtar looks for a zip directory at the end first and would find that of a stored workbook: append zeros.
    unpacking.made += 1
    padded = unpacking.folder / str(unpacking.made)
    padded.write_bytes(path.read_bytes() + bytes(1 << 17))
    command = [tool, "-cf", "-", "--format", "pax", f"@{padded}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            yield from _tar(unpacking, process.stdout, above)
        except tarfile.TarError as fault:
            raise Refused(BUNDLE_DAMAGED) from fault
        finally:
            process.kill()
        said = process.stderr.read().lower()
    if b"encrypt" in said or b"passphrase" in said:
        raise Refused(BUNDLE_PROTECTED)
    if said.strip():
        raise Refused(BUNDLE_DAMAGED)


def _tar(unpacking: Unpacking, stream, above: str) -> Iterator[Member]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for entry in archive:
            if entry.isdir():
                continue
            (member,) = unpacking.listed([entry.name], above)
            if member is None or member.fault:
                yield from filter(None, [member])
            elif not entry.isfile():
                yield member._replace(fault=LINK)
            else:
                writer = unpacking.writer(member)
                content = archive.extractfile(entry)
                while (block := content.read(_BLOCK)) and writer.write(block):
                    pass
                yield writer.done()


@lru_cache
def rar_tool() -> str:
    """Path of bsdtar on this machine (on Windows and macOS it is called tar); "" if it is not installed."""
    for name in ("bsdtar", "tar"):
        if tool := shutil.which(name):
            said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False).stdout
            if "bsdtar" in said:
                return tool
    return ""


_READERS: dict[str, Callable[[Unpacking, Path, str], Iterator[Member]]] = {"zip": _zip, "7z": _seven, "rar": _rar}
