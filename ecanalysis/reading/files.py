"""Files -> readings, each file read in a worker process whose crash does no harm to the others.

A worker is light (no pandas), reads one file at a time and sends back tuples. The operating system ends it if a file
takes too much processor time and limits its memory; if it is lost, only the file it was reading is rejected.
"""

import gc
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from ecanalysis.reading.found import Found
from ecanalysis.reading.limits import Limits, limit_memory, limit_processor_time, limits_in_force
from ecanalysis.reading.opening import checksum_or_blank
from ecanalysis.reading.rows import Reading

QUEUE = 8  # files queued at a worker, so that it never waits for the next


@dataclass(frozen=True)
class LocalPool:
    """Executor on this machine: files are read in processes, pages are made in threads.

    `workers`: how many (None: according to the processors this process may use). `progress(done, total)` is called
    after every item. `start`: how a process is started ("fork" on Linux, else "spawn"). The other executor is
    `publishing.machines.Cluster`.
    """

    workers: int | None = None
    progress: Callable[[int, int], None] = lambda done, total: None
    start: str = "fork" if sys.platform == "linux" else "spawn"

    def read(self, found: list[Found], year: int, limits: Limits) -> list[Reading]:
        """Read files in worker processes; returns one reading per file, in the order of `found`."""
        from ecanalysis.reading import reader  # noqa: F401  once, not in each worker, and only if there is a file

        readings: list[Reading | None] = [None] * len(found)
        waiting = deque(range(len(found)))
        crew: list[_Worker] = []
        done = 0
        try:
            # Starting a process takes as long as reading several files: one process per four files at most.
            for _ in range(min(self.workers or _processors(), -(-len(found) * 2 // QUEUE))):
                crew.append(_Worker(found, year, limits, self.start, crew))
            while done < len(found):
                for worker in crew:
                    worker.feed(waiting)
                ready = wait([worker.pipe for worker in crew if worker.tasks], timeout=1)
                for worker in crew:
                    if one := worker.collect(worker.pipe in ready):
                        readings[one[0]] = one[1]
                        done += 1
                self.progress(done, len(found))
        finally:
            for worker in crew:
                worker.end()
        return readings

    def map(
        self, function: Callable, items: Sequence, prepare: Callable = nullcontext, shared: Sequence[Path] = ()
    ) -> Iterator[tuple[int, object]]:
        """Call `function` on every item in threads; yields (position of the item, result) in order of completion.

        For work that mostly waits for its own child processes. It runs within the context `prepare()`; `shared` is used
        only by executors on other machines.
        """
        # Such processes wait half of the time: twice as many threads as processors, and one more, keep them busy.
        with prepare(), ThreadPoolExecutor(self.workers or 2 * _processors() + 1) as threads:
            jobs = {threads.submit(function, item): place for place, item in enumerate(items)}
            try:
                for job in as_completed(jobs):
                    yield jobs.pop(job), job.result()
            except BaseException:
                threads.shutdown(cancel_futures=True)
                raise


def read_files(
    found: list[Found], year: int, executor: LocalPool | None = None, limits: Limits | None = None
) -> list[Reading]:
    """Read files, by default in processes on this machine; returns one reading per file, in the order of `found`.

    `limits` default to those in force. Raises UserError if they are invalid, and whatever the executor raises.
    """
    limits = limits or limits_in_force()
    executor = executor or LocalPool()
    here = [one for one in found if one.unpacked or one.source]  # exists on this machine only
    if not here or isinstance(executor, LocalPool):
        return executor.read(found, year, limits) if found else []
    ours = iter(LocalPool().read(here, year, limits))
    theirs = iter(read_files([one for one in found if not (one.unpacked or one.source)], year, executor, limits))
    return [next(ours) if one.unpacked or one.source else next(theirs) for one in found]


class _Worker:
    """A worker process and the files queued at it; it is restarted when it is lost."""

    def __init__(self, found: list[Found], year: int, limits: Limits, start: str, crew: list["_Worker"]):
        self.found, self.year, self.limits, self.start, self.crew = found, year, limits, start, crew
        self.tasks: deque[int] = deque()
        self.retried = -1
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context(self.start)
        self.pipe, far_end = context.Pipe()
        # A forked child must close its copies of the parent's ends, or it would not notice that the parent has ended.
        copies = [worker.pipe for worker in self.crew if worker is not self] + [self.pipe]
        arguments = (far_end, copies if self.start == "fork" else [], self.year, self.limits)
        self.process = context.Process(target=_work, args=arguments, daemon=True)
        with warnings.catch_warnings():
            # Python 3.12 warns about forking a process with threads; safe here, as the child uses none of their locks.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        far_end.close()
        self.timed_out = False
        self._send(self.tasks)

    def feed(self, waiting: deque[int]) -> None:
        """Queue more files if few are left."""
        if len(self.tasks) <= QUEUE // 2 and waiting:
            more = [waiting.popleft() for _ in range(min(QUEUE // 2, len(waiting)))]
            self.tasks += more
            self._send(more)

    def _send(self, tasks) -> None:
        self.since = time.monotonic()
        if tasks:
            with suppress(OSError):  # the process may be gone; `collect` notices
                self.pipe.send([self.found[task] for task in tasks])

    def collect(self, ready: bool) -> tuple[int, Reading] | None:
        """The next reading, if one is `ready`. If the process is lost, it is restarted and its file retried once, then
        rejected; a file that takes too long is rejected at once."""
        one = None
        try:
            if ready:
                reading = self.pipe.recv()
                self.since = time.monotonic()
                one = self.tasks.popleft(), reading
        except (EOFError, OSError):
            self.process.join()
            if self.timed_out or self.process.exitcode == -getattr(signal, "SIGPROF", 0):
                one = self._rejected("读取此文件耗时超过限额，文件内容异常，请检查后重新另存并报送")
            elif self.retried == self.tasks[0]:
                one = self._rejected("读取此文件时程序中断，文件可能已损坏，请重新另存后报送")
            else:
                self.retried = self.tasks[0]  # it may not have been the file's fault
            self.pipe.close()
            self._start()
        # Evidence is only hashed, and a long film takes a while.
        late = time.monotonic() - self.since > self.limits.clock_seconds
        if late and self.tasks and not self.found[self.tasks[0]].evidence:
            self.timed_out = True
            self.process.kill()
        return one

    def _rejected(self, message: str) -> tuple[int, Reading]:
        task = self.tasks.popleft()
        one = self.found[task]
        # No checksum after a timeout: the drive may no longer respond.
        return task, Reading(
            sha256=one.sha256 or ("" if self.timed_out else checksum_or_blank(one.path, self.limits.file_bytes)),
            rejected="" if one.evidence else message,
        )

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _work(pipe: Connection, copies: list[Connection], year: int, limits: Limits) -> None:
    """Run a worker: read the files sent through the pipe until the parent is gone."""
    from ecanalysis.reading.reader import read_file

    for copy in copies:
        copy.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    gc.freeze()  # inherited objects need no garbage collection
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
