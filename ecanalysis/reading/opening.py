"""The only functions that open submitted files: regular files only, up to a size, never waiting."""

import hashlib
import io
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OUR_BYTES = 1 << 26  # largest size of our own files (seal, config, stored results of scans)
_BLOCK = 1 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class NoFile(OSError):
    """Not a regular file, or too large; the message (Chinese) says what it is and what to do."""


def blocks(path: Path, most: int | None = None) -> Iterator[bytes]:
    """The content of a file in blocks, up to the size it has when it is opened.

    Raises NoFile if it is larger than `most` bytes or not a regular file (a pipe, socket or device is not waited for),
    and OSError as `open` does.
    """
    with _opened(path, most) as file:
        left = os.fstat(file.fileno()).st_size
        while left > 0 and (block := file.read(min(left, _BLOCK))):
            left -= len(block)
            yield block


def head(path: Path, length: int) -> bytes:
    """The first bytes of a file; empty if it cannot be read."""
    try:
        with _opened(path) as file:
            return file.read(length)
    except OSError:
        return b""


def content(path: Path, most: int | None = None) -> bytes:
    """The content of a file. Raises as `blocks` does."""
    return b"".join(blocks(path, most))


def from_json(text: bytes | str):
    """Parse JSON. Raises ValueError if it is invalid or nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def checksum(path: Path, most: int | None = None) -> str:
    """The SHA-256 of a file's content. Raises as `blocks` does."""
    digest = hashlib.sha256()
    for block in blocks(path, most):
        digest.update(block)
    return digest.hexdigest()


def checksum_or_blank(path: Path, most: int | None = None) -> str:
    """The SHA-256 of a file's content; "" if it cannot be read."""
    try:
        return checksum(path, most)
    except OSError:
        return ""


@contextmanager
def _opened(path: Path, most: int | None = None) -> Iterator[io.FileIO]:
    try:
        _check(os.stat(path), most)
    except ValueError as fault:  # a zero byte in the name
        raise NoFile("文件名无效，无法打开。请改名后重新报送") from fault
    # The file may have been replaced since the check: open without waiting, and check again.
    with open(os.open(path, _FLAGS), "rb", buffering=0) as file:
        _check(os.fstat(file.fileno()), most)
        yield file


def _check(state: os.stat_result, most: int | None) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise NoFile("是文件夹，不是文件。请把其中的报告表作为文件报送")
    if not stat.S_ISREG(state.st_mode):
        raise NoFile("不是普通文件（管道、设备等），无法读取。请重新复制报告表文件")
    if most is not None and state.st_size > most:
        raise NoFile(f"文件超过 {most >> 20} MB。请删除插入的图片，佐证材料另行报送")
