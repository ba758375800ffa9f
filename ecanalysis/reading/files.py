"""Files -> what stands in them, each read in a worker process that can be lost without harm to the others.

A worker is light (no pandas), reads one file at a time and sends back tuples. The operating system ends it when a
file takes more than its share of processor time, and refuses it more than its share of memory; whatever happens to
it happens to that one file, which is rejected with a message.
"""

import gc
import multiprocessing
import os
import signal
import stat
import string
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, wait

from ecanalysis.reading.answers import Read, read_form
from ecanalysis.reading.cells import Unreadable, read_cells
from ecanalysis.reading.checks import check_forms
from ecanalysis.reading.found import Found, checksum
from ecanalysis.reading.limits import DEFAULT, Limits, limit_memory, limit_processor_time, limits_in_force

QUEUE = 8  # files a worker holds, so that it never waits for the next
SHARE = 25  # files that are one task of a cluster


@dataclass(slots=True)
class Reading:
    """What stands in one file; rows are tuples in the order of the tables' columns.

    `rejected` (Chinese) says why it was not taken. A row of `forms` has one column more than the table: whether the
    form has a place for the provincial department's opinion.
    """

    sha256: str = ""
    layout: str = ""
    rejected: str = ""
    base_names: list[str] = field(default_factory=list)
    values: list[tuple] = field(default_factory=list)
    issues: list[tuple] = field(default_factory=list)
    answered: list[tuple] = field(default_factory=list)
    forms: list[tuple] = field(default_factory=list)
    contacts: list[tuple] = field(default_factory=list)


def read_files(
    found: list[Found],
    year: int,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    limits: Limits | None = None,
    start: str | None = None,
    scheduler: str | None = None,
) -> list[Reading]:
    """Read files in worker processes; the readings come in the order of `found`.

    `workers` is by default the number of processors this process may use; `progress(done, total)` is called as files
    are done; `limits` are by default those in force (LimitsError where they cannot be used); `start` is how a worker
    starts ("fork" on Linux, else "spawn"). With `scheduler`, the address of a Dask cluster, they are read there, with
    the same result; raises ClusterError where that cannot be.
    """
    limits = limits or limits_in_force()
    if scheduler and found:
        return _read_on_cluster(found, year, progress, limits, scheduler)
    start = start or ("fork" if sys.platform == "linux" else "spawn")
    from ecanalysis.reading.cells import kinds, xlsx  # noqa: F401  what nearly every file needs: once, and not in each worker

    readings: list[Reading | None] = [None] * len(found)
    waiting = deque(range(len(found)))
    crew: list[_Worker] = []
    done = 0
    try:
        for _ in range(min(workers or _processors(), len(found))):
            crew.append(_Worker(found, year, limits, start, crew))
        while done < len(found):
            for worker in crew:
                worker.feed(waiting)
            wait([worker.pipe for worker in crew if worker.tasks], timeout=1)
            for worker in crew:
                for place, reading in worker.collect():
                    readings[place] = reading
                    done += 1
            if progress:
                progress(done, len(found))
    finally:
        for worker in crew:
            worker.end()
    return readings


def _read_on_cluster(
    found: list[Found], year: int, progress: Callable[[int, int], None] | None, limits: Limits, scheduler: str
) -> list[Reading]:
    from ecanalysis.reading.cluster import Lost, on_cluster

    # What was unpacked or converted lies on this machine alone.
    here_alone = [place for place, one in enumerate(found) if one.unpacked or one.source]
    if here_alone:
        own = iter(read_files([found[place] for place in here_alone], year, limits=limits))
        rest = [one for one in found if not (one.unpacked or one.source)]
        theirs = iter(read_files(rest, year, progress=progress, limits=limits, scheduler=scheduler))
        return [next(own) if one.unpacked or one.source else next(theirs) for one in found]
    shares = [found[start : start + SHARE] for start in range(0, len(found), SHARE)]
    readings: list[list[Reading]] = [[]] * len(shares)
    done = 0
    folders = sorted({one.path.parent for one in found})
    for place, result in on_cluster(scheduler, partial(_read_share, year, limits), shares, shared=folders):
        share = shares[place]
        # What was lost on the way, or not to be opened there, is this machine's to tell of.
        here = [isinstance(result, Lost) or not result[number].sha256 for number in range(len(share))]
        again = iter(read_files([one for one, lost in zip(share, here) if lost], year, limits=limits))
        readings[place] = [next(again) if lost else result[number] for number, lost in enumerate(here)]
        done += len(share)
        if progress:
            progress(done, len(found))
    return [reading for share in readings for reading in share]


def _read_share(year: int, limits: Limits, share: list[Found]) -> list[Reading]:
    return read_files(share, year, workers=1, limits=limits)


def read_file(one: Found, year: int, limits: Limits = DEFAULT) -> Reading:
    """Read one file, here and now; a file that cannot be read gives a Reading that says why."""
    reading = Reading()
    try:
        if not stat.S_ISREG(os.stat(one.path).st_mode):
            raise Unreadable("不是普通文件，无法读取")
        reading.sha256 = one.sha256 if one.unpacked else checksum(one.path)
        if one.evidence:
            return reading
        _take(reading, read_form(read_cells(one.source or one.path, limits), year, one.file), year)
    except Unreadable as problem:
        reading.rejected = str(problem)
    except FileNotFoundError:
        reading.rejected = "文件在读取过程中消失，请重新运行"
    except PermissionError:
        reading.rejected = "没有读取此文件的权限，请调整权限后重新运行"
    except OSError as problem:
        reading.rejected = f"文件无法打开（{problem.strerror or problem}）"
    except MemoryError:
        reading.rejected = "读取此文件所需内存超过限额，文件内容异常，请检查后重新另存并报送"
    except Exception as problem:  # a fault of ours must not take the round down; tests hold that none is known
        reading = Reading(sha256=reading.sha256)
        reading.rejected = (
            f"程序未能读懂此文件（{type(problem).__name__}），请另存为 .xlsx 后重新报送，并把原文件转给系统维护人员"
        )
    return reading


def _take(reading: Reading, read: Read, year: int) -> None:
    reading.layout, reading.rejected, reading.base_names = read.layout, read.rejected, read.base_names
    reading.issues = read.issues
    if read.rejected:
        return
    reading.values, reading.answered, reading.forms, reading.contacts = (
        read.values, read.answered, read.forms, read.contacts
    )  # fmt: skip
    if len(set(read.base_names)) < len(read.base_names):
        _keep_later(reading)
    if len({row[:4] for row in reading.values}) < len(reading.values):
        raise ValueError("a field of one base was read twice")
    reading.issues += check_forms(reading.values, reading.answered, reading.forms, year)


def _keep_later(reading: Reading) -> None:
    """Where one file holds a base twice under one name, leave only the rows that come later, and say so.

    In a summary these are the rows of the later line, elsewhere those of the later sheet.
    """
    for name in dict.fromkeys(name for name in reading.base_names if reading.base_names.count(name) > 1):
        rows = [row for row in (*reading.answered, *reading.values) if row[1] == name]
        *_, used = dict.fromkeys(_part(row, reading.layout) for row in rows) or [("", "")]
        for table in ("values", "answered"):
            kept = [row for row in getattr(reading, table) if row[1] != name or _part(row, reading.layout) == used]
            setattr(reading, table, kept)
        # Even where a damaged workbook has two sheets of one name, a field has one value.
        reading.values = list({row[1:4]: row for row in reading.values}.values())
        reading.answered = list({row[1:3]: row for row in reading.answered}.values())
        reading.forms = list({row[:2]: row for row in reading.forms}.values())
        reading.contacts = list({row[:3]: row for row in reading.contacts}.values())
        where = f"工作表“{used[0]}”" + (f"第{used[1]}行" if used[1] else "")
        message = f"同一基地在一个文件中应只填一次，实为{reading.base_names.count(name)}次；采用{where}的一份，请确认"
        reading.issues = [
            *reading.issues,
            (reading.forms[0][0], name, "", "warning", "duplicate", message, "", used[0], ""),
        ]


def _part(row: tuple, layout: str) -> tuple[str, str]:
    sheet, cell = row[-2:]
    return sheet, cell.lstrip(string.ascii_uppercase) if layout == "summary" else ""


class _Worker:
    """One worker process, the files it was given, and what becomes of them when it is lost."""

    def __init__(self, found: list[Found], year: int, limits: Limits, start: str, crew: list["_Worker"]):
        self.found, self.year, self.limits, self.start, self.crew = found, year, limits, start, crew
        self.tasks: deque[int] = deque()
        self.retried = -1
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context(self.start)
        self.pipe, far_end = context.Pipe()
        # A forked child holds copies of the parent's ends; open, they would keep it from seeing the parent go.
        copies = [worker.pipe for worker in self.crew if worker is not self] + [self.pipe]
        arguments = (far_end, copies if self.start == "fork" else [], self.year, self.limits)
        self.process = context.Process(target=_work, args=arguments, daemon=True)
        with warnings.catch_warnings():
            # Python 3.12 warns of forking beside threads: the child takes none of their locks, it only reads files.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        far_end.close()
        self.timed_out = False
        self._send(self.tasks)

    def feed(self, waiting: deque[int]) -> None:
        """Give it more files when it has few left."""
        if len(self.tasks) <= QUEUE // 2 and waiting:
            more = [waiting.popleft() for _ in range(min(QUEUE // 2, len(waiting)))]
            self.tasks += more
            self._send(more)

    def _send(self, tasks) -> None:
        self.since = time.monotonic()
        if tasks:
            with suppress(OSError):  # it may be gone: `collect` will find that out
                self.pipe.send([self.found[task] for task in tasks])

    def collect(self) -> Iterator[tuple[int, Reading]]:
        """What it has sent back; when it is lost, the rejection of the file it was at, and a new process."""
        try:
            while self.tasks and self.pipe.poll():
                reading = self.pipe.recv()
                self.since = time.monotonic()
                yield self.tasks.popleft(), reading
        except (EOFError, OSError):
            self.process.join()
            if self.timed_out or self.process.exitcode == -getattr(signal, "SIGPROF", 0):
                yield self._rejected("读取此文件耗时超过限额，文件内容异常，请检查后重新另存并报送")
            elif self.retried == self.tasks[0]:
                yield self._rejected("读取此文件时程序中断，文件可能已损坏，请重新另存后报送")
            else:
                self.retried = self.tasks[0]  # it may have been the machine's fault: once more
            self.pipe.close()
            self._start()
        # Evidence is only hashed: a long film may take its time.
        late = time.monotonic() - self.since > self.limits.clock_seconds
        if late and self.tasks and not self.found[self.tasks[0]].evidence:
            self.timed_out = True
            self.process.kill()

    def _rejected(self, message: str) -> tuple[int, Reading]:
        task = self.tasks.popleft()
        one = self.found[task]
        # Of a file on a drive that no longer answers there is no checksum to be had.
        return task, Reading(
            sha256=one.sha256 or ("" if self.timed_out else checksum(one.path)),
            rejected="" if one.evidence else message,
        )

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _work(pipe: Connection, copies: list[Connection], year: int, limits: Limits) -> None:
    """A worker's life: read what comes down the pipe until the parent is gone."""
    for copy in copies:
        copy.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    gc.freeze()  # what was inherited is not ours to search
    limit_memory(limits.megabytes)
    try:
        while True:
            for one in pipe.recv():
                limit_processor_time(0 if one.evidence else limits.processor_seconds)
                reading = read_file(one, year, limits)
                limit_processor_time(0)
                pipe.send(reading)
    except (EOFError, OSError):
        return


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
