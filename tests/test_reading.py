"""Files are read in worker processes: what one file does to its worker happens to that file alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ecanalysis.form.blank import write_template
from ecanalysis.reading import reader
from ecanalysis.reading.files import LocalPool, read_files
from ecanalysis.reading.found import Found, find
from ecanalysis.reading.limits import Limits
from ecanalysis.reading.opening import checksum
from ecanalysis.reading.reader import read_file
from ecanalysis.reading.rows import Base, Reading, Value

YEAR = 2025
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="a worker that is forked carries the fault planted here")


@pytest.fixture(scope="module")
def forms(tmp_path_factory) -> list[Found]:
    folder = tmp_path_factory.mktemp("forms")
    for number in range(12):
        write_template(folder / f"{number:02}.xlsx", YEAR, {("C04", YEAR): number}, {"base_name": f"示例{number}"})
    return find([folder])


def attendance(readings):
    return [[row[4] for row in one.values if row[2] == "C04"] for one in readings]


@pytest.mark.parametrize("workers", [1, 3, 20, None])
def test_readings_come_in_the_order_of_the_files(forms, workers):
    steps = []
    readings = read_files(forms, YEAR, LocalPool(workers, lambda done, total: steps.append((done, total))))
    assert attendance(readings) == [[float(number)] for number in range(12)]
    assert readings == [read_file(one, YEAR) for one in forms]
    assert steps[-1] == (12, 12) and steps == sorted(steps)


def test_no_files_need_no_worker():
    assert read_files([], YEAR) == []


def test_workers_that_start_afresh_read_the_same(forms):
    """How workers start on Windows and macOS."""
    assert read_files(forms[:3], YEAR, LocalPool(2, start="spawn")) == [read_file(one, YEAR) for one in forms[:3]]


def planted(monkeypatch, file: str, fault):
    """Plant a fault in the reading of one file; workers inherit it as they are forked."""
    real = reader.read_form
    monkeypatch.setattr(
        reader, "read_form", lambda book, year, name: fault() if name == file else real(book, year, name)
    )


def say_twice():
    name, row = "示例5", Value("05.xlsx", "示例5", "C04", YEAR, 5.0, "", "人次", "5", "报告表", "G17")
    return Reading(layout="form", base_names=[name], values=[row, row], bases=[Base("05.xlsx", name)])


def spin():
    while True:
        pass


def sleep():
    time.sleep(120)


def die_once(marker: Path):
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    raise MemoryError


@on_linux
@pytest.mark.parametrize(
    "fault, said",
    [
        (spin, "耗时超过限额"),
        (sleep, "耗时超过限额"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "程序中断"),
        (lambda: os._exit(3), "程序中断"),
        (lambda: bytearray(2**32), "内存超过限额"),
        (lambda: 1 / 0, "程序未能读懂此文件（ZeroDivisionError）"),
        (say_twice, "程序未能读懂此文件（ValueError）"),
    ],
    ids=["spins", "sleeps", "is killed", "exits", "eats memory", "our fault", "a field twice"],
)
def test_a_lost_worker_costs_one_file(forms, monkeypatch, fault, said):
    planted(monkeypatch, "05.xlsx", fault)
    # The clock is the limit for what sleeps alone: a busy machine must not make the others late.
    limits = Limits(processor_seconds=0.5, clock_seconds=10 if fault is sleep else 60, megabytes=300)
    readings = read_files(forms, YEAR, LocalPool(2), limits=limits)
    assert [said in one.rejected for one in readings] == [number == 5 for number in range(12)]
    assert attendance(readings) == [[float(number)] if number != 5 else [] for number in range(12)]
    assert readings[5].values == readings[5].contacts == []


@on_linux
def test_a_worker_lost_to_the_machine_is_given_its_file_once_more(forms, monkeypatch, tmp_path_factory):
    marker = tmp_path_factory.mktemp("marker") / "died"
    planted(monkeypatch, "05.xlsx", lambda: die_once(marker))
    assert "内存" in read_files(forms, YEAR, LocalPool(1))[5].rejected


@on_linux
def test_the_checksum_is_known_even_where_the_worker_was_lost(forms, monkeypatch):
    planted(monkeypatch, "05.xlsx", lambda: os.kill(os.getpid(), signal.SIGKILL))
    [lost] = read_files([forms[5]], YEAR)
    assert lost.sha256 == checksum(forms[5].path)


@on_linux
def test_workers_end_with_the_run(forms, monkeypatch):
    before = set(Path("/proc").glob("[0-9]*"))
    read_files(forms, YEAR, LocalPool(3))
    children = [path for path in set(Path("/proc").glob("[0-9]*")) - before if f"\t{os.getpid()}\n" in _status(path)]
    assert children == []


def _status(path: Path) -> str:
    try:
        return (path / "status").read_text()
    except OSError:
        return ""


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda path: None, "消失"),
        (lambda path: path.mkdir(), "是文件夹"),
        (lambda path: os.mkfifo(path), "不是普通文件"),
        (lambda path: path.symlink_to("/dev/zero"), "不是普通文件"),
        (lambda path: path.symlink_to("nowhere"), "消失"),
        (lambda path: path.symlink_to(path.name), "无法打开"),
        (lambda path: path.write_bytes(b""), ""),
        (lambda path: path.write_bytes(b"\xff\xd8\xff\xe0 JFIF"), ".xlsx 或 .docx"),
    ],
    ids=["gone", "folder", "pipe", "device", "dead link", "loop", "empty", "picture"],
)
@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
def test_what_is_no_file_is_rejected_with_the_reason(tmp_path, make, said):
    make(tmp_path / "a.xlsx")
    result = read_file(Found(tmp_path / "a.xlsx", "a.xlsx"), YEAR)
    assert result.rejected and said in result.rejected


def test_a_file_of_no_name_or_too_large_is_rejected(forms, tmp_path):
    assert "文件名无效" in read_file(Found(tmp_path / "nul\0.xlsx", "a.xlsx"), YEAR).rejected
    assert "文件超过 0 MB" in read_file(forms[0], YEAR, Limits(file_bytes=1_000)).rejected


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_may_not_be_read_says_so(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"x")
    path.chmod(0)
    assert "没有读取此文件的权限" in read_file(Found(path, "a.xlsx"), YEAR).rejected


def test_evidence_is_not_read_and_never_fails(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    result = read_file(Found(tmp_path / "a.pdf", "a.pdf", evidence=True), YEAR)
    assert (result.rejected, result.layout, len(result.sha256)) == ("", "", 64)


def test_a_worker_is_light():
    """Reading must not pay for pandas, which takes longer to import than ten forms to read."""
    code = (
        "import sys, ecanalysis.reading.reader; sys.exit(', '.join({'pandas', 'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).stderr.strip() == b""
