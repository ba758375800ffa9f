"""Runs a function over items on an existing Dask cluster, yielding results as they are ready.

Each Dask worker does the work in separate processes, which are reused: their imports, environment and crashes do not
affect the worker, and a Dask worker must not start processes the way `reading` does. They write no files; results
are returned to the process that gave the command, and only there is anything published.

Scheduler, workers and this process need the same program and libraries, and must see the input files under the same
paths (a shared folder). Both are checked before any work is done.
"""

import asyncio
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
import traceback
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ecanalysis.errors import UserError
from ecanalysis.reading.files import LocalPool
from ecanalysis.reading.found import Found
from ecanalysis.reading.limits import Limits
from ecanalysis.reading.rows import Reading
from ecanalysis.rounds.provenance import digest, program

SHARE = 25  # files per task
TRIES = 3  # attempts per item if its process dies (Dask counts those of a dying worker)
PATIENCE = 60.0  # seconds without any worker before giving up
IDLE = 20.0  # seconds an idle process waits for its next item
CONNECT = 8.0  # timeout for connecting to the scheduler, in seconds


@dataclass(frozen=True)
class Lost:
    """The result of an item whose process or worker was lost in every attempt."""


class ProcessLost(Exception):
    """A worker's process ended while working on an item."""


@dataclass(frozen=True)
class Cluster:
    """An executor that uses the Dask cluster at `scheduler`; `progress(done, total)` is called for every item done."""

    scheduler: str
    progress: Callable[[int, int], None] = lambda done, total: None

    def read(self, found: list[Found], year: int, limits: Limits) -> list[Reading]:
        """Read files on the cluster; readings are in the order of `found`. Raises as `on_cluster`."""
        shares = [found[start : start + SHARE] for start in range(0, len(found), SHARE)]
        readings: list[list[Reading]] = [[]] * len(shares)
        folders = sorted({one.path.parent for one in found})
        done = 0
        for place, result in self.map(partial(_read_share, year, limits), shares, shared=folders):
            share = shares[place]
            # Files that were lost, or could not be opened on the cluster, are read on this machine.
            here = [isinstance(result, Lost) or not result[number].sha256 for number in range(len(share))]
            again = iter(LocalPool().read([one for one, lost in zip(share, here) if lost], year, limits))
            readings[place] = [next(again) if lost else result[number] for number, lost in enumerate(here)]
            done += len(share)
            self.progress(done, len(found))
        return [reading for share in readings for reading in share]

    def map(
        self, function: Callable, items: Sequence, prepare: Callable = nullcontext, shared: Sequence[Path] = ()
    ) -> Iterator[tuple[int, object]]:
        """`on_cluster` at this scheduler."""
        return on_cluster(self.scheduler, function, items, prepare, shared)


def on_cluster(
    scheduler: str, function: Callable, items: Sequence, prepare: Callable = nullcontext, shared: Sequence[Path] = ()
) -> Iterator[tuple[int, object]]:
    """Call `function` on every item on the cluster; yields (index of the item, result) as ready, in any order.

    `function`, `prepare` and items are pickled; `prepare()` returns the context manager in which each process works. An
    item whose process or worker is lost is retried elsewhere a few times; then its result is `Lost()`. `shared` are
    files and folders that every worker must see exactly as this process does.

    Raises UserError if the scheduler cannot be reached or is lost, there is no worker for a minute, or program,
    libraries or shared files differ; RuntimeError, with the original error, if `function` raises.
    """
    client = _connect(scheduler)
    from distributed.client import FIRST_COMPLETED, FuturesCancelledError, wait

    nobody = UserError(f"计算集群 {scheduler} 上没有可用的工作进程，等待 {PATIENCE:.0f} 秒后放弃")
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        job = uuid.uuid4().hex
        setup = zlib.compress(pickle.dumps((prepare, _origin(), [(path, _seen(path)) for path in shared])), 1)
        # A task, not scattered data, so that it is recomputed if lost. Replicated, because Dask prefers workers that
        # already hold a task's inputs.
        sent = client.submit(bytes, setup, key=f"ecanalysis-{job}")
        client.replicate(sent)
        places = {
            client.submit(_apart, job, sent, pickle.dumps((function, item)), key=key, retries=TRIES - 1): place
            for place, item in enumerate(items)
            if (key := f"ecanalysis-{job}-{place}")
        }
        alone_since = time.monotonic()
        while places:
            with client.as_current(), suppress(TimeoutError):
                wait(list(places), timeout=1, return_when=FIRST_COMPLETED)
            if client.scheduler_info()["workers"]:
                alone_since = time.monotonic()
            elif time.monotonic() - alone_since > PATIENCE:
                raise nobody
            for future in [future for future in places if future.done()]:
                yield places.pop(future), _result(future)
    except TimeoutError:
        raise nobody from None
    except (FuturesCancelledError, OSError) as error:
        raise UserError(f"与计算集群 {scheduler} 的连接中断") from error
    finally:
        client.close()


def _connect(scheduler: str):
    try:
        from distributed import Client
    except ImportError:
        raise UserError(
            "--scheduler 需要可选组件 cluster，本环境未安装；请运行 python -m pip install distributed 后重试"
        ) from None
    try:
        # In a thread, as an event loop may already be running here (in a notebook).
        with ThreadPoolExecutor(1) as apart:
            apart.submit(asyncio.run, _asked(scheduler)).result()
        return Client(scheduler, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        why = str(error) or f"{CONNECT:.0f} 秒内没有应答"
        raise UserError(f"连不上计算集群 {scheduler}（应为 tcp://主机:端口，且调度进程在运行）：{why}") from None


async def _asked(scheduler: str) -> None:
    """Have the scheduler say who it is: to one that takes a connection and says nothing, a Client would wait on."""
    from distributed.core import rpc

    async with rpc(scheduler, timeout=CONNECT) as scheduler_:
        await asyncio.wait_for(scheduler_.identity(), CONNECT)


def _read_share(year: int, limits: Limits, share: list[Found]) -> list[Reading]:
    return LocalPool(workers=1).read(share, year, limits)


def _result(future) -> object:
    from distributed import KilledWorker

    if future.status == "cancelled":
        raise UserError("与计算集群的连接中断")
    if future.status == "error":
        error = future.exception()
        if isinstance(error, KilledWorker | ProcessLost):
            return Lost()
        raise UserError(f"计算集群未能执行（各机器须装有同一版本的程序）：{type(error).__name__}: {error}")
    kind, answer = pickle.loads(future.result())
    if kind == "unfit":
        raise UserError(answer)
    if kind == "raised":
        raise RuntimeError(answer)
    return answer


def _origin() -> dict[str, str]:
    """What must be equal for equal results: this package's source and the versions of its libraries."""
    made = program()
    return {"ecanalysis": made["code"]["sha256"], **made["libraries"]}


def _seen(path: Path) -> str:
    return "folder" if Path(path).is_dir() else digest(path)


# --- on the Dask worker ----------------------------------------------------------------------------------

_resting: dict[str, list[tuple[subprocess.Popen, threading.Timer]]] = {}
_hold = threading.Lock()


def _apart(job: str, setup: bytes, task: bytes) -> bytes:
    """Have a process of this job do a task; returns its pickled (kind, answer)."""
    process = _rested(job) or _start(setup)
    try:
        process.stdin.write(task)
        process.stdin.flush()
        answer = pickle.load(process.stdout)
    except (EOFError, OSError, ValueError, pickle.UnpicklingError):
        process.kill()
        process.wait()
        raise ProcessLost(f"exit status {process.returncode}") from None
    timer = threading.Timer(IDLE, process.stdin.close)  # closing its input ends the process
    timer.daemon = True
    with _hold:
        _resting.setdefault(job, []).append((process, timer))
    timer.start()
    return answer


def _rested(job: str) -> subprocess.Popen | None:
    with _hold:
        for known in [known for known, idle in _resting.items() if not idle]:
            del _resting[known]
        while idle := _resting.get(job):
            process, timer = idle.pop()
            timer.cancel()
            if not process.stdin.closed and process.poll() is None:
                return process
    return None


def _start(setup: bytes) -> subprocess.Popen:
    command = [sys.executable, "-P", "-c", "from ecanalysis.publishing.machines import work; work()"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    pickle.dump(setup, process.stdin)
    return process


# --- in the worker's process -----------------------------------------------------------------------------


def work() -> None:
    """The main loop of a worker's process: do one task after the other from standard input until it is closed."""
    tasks, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # printed output must not mix with the answers

    def answer(kind: str, content: object) -> None:
        pickle.dump(pickle.dumps((kind, content)), answers)
        answers.flush()

    try:
        prepare, origin, shared = pickle.loads(zlib.decompress(pickle.load(tasks)))
        if unfit := _unfit(origin, shared):
            pickle.load(tasks)
            answer("unfit", unfit)
            return
        with prepare():
            while True:
                function, item = pickle.load(tasks)
                answer("done", function(item))
    except (EOFError, BrokenPipeError):  # no more tasks, or the worker has ended
        return
    except Exception:
        answer("raised", traceback.format_exc())


def _unfit(origin: dict[str, str], shared: list[tuple[Path, str]]) -> str:
    """What differs between here and the process that gave the command (Chinese), or ""."""
    here, where = _origin(), socket.gethostname()
    if differing := sorted(name for name in origin if here.get(name) != origin[name]):
        return (
            f"计算集群的机器 {where} 上的程序或依赖库与本机不同（{'、'.join(differing)}），结果可能不同；请统一后重试"
        )
    if unseen := [str(path) for path, then in shared if _seen(path) != then]:
        return f"计算集群的机器 {where} 看不到相同的 {unseen[0]}；请把轮次和程序放在各机器以同一路径共享的文件夹中"
    return ""
