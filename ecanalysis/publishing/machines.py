"""Work handed to an existing Dask cluster: a function over items, its results as they are ready.

Beside each Dask worker the work is done in processes of its own, which are kept from one item to the next: what they
import, set in their environment or die of is nothing to the worker, and a Dask worker may not start processes the way
`reading` does. They write nothing; what comes of an item goes back to where the command was given, and only there is
anything published.

Scheduler, workers and this process need the same program and the same libraries, and must see what is to be read under
the same paths (a shared folder). Both are checked before a process does anything.
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

SHARE = 25  # files that are one task
TRIES = 3  # how often an item is begun whose process dies (of an item whose whole worker dies, Dask keeps count)
PATIENCE = 60.0  # seconds without a single worker after which the cluster is given up
IDLE = 20.0  # seconds a process waits for its next item before it ends
CONNECT = 8.0  # seconds to reach the scheduler


@dataclass(frozen=True)
class Lost:
    """Instead of a result: the item was begun several times and each time the process or worker was lost."""


class ProcessLost(Exception):
    """A process beside a worker ended in the middle of an item."""


@dataclass(frozen=True)
class Cluster:
    """An executor: work handed to the Dask cluster at `scheduler`; `progress(done, total)` hears of every item done."""

    scheduler: str
    progress: Callable[[int, int], None] = lambda done, total: None

    def read(self, found: list[Found], year: int, limits: Limits) -> list[Reading]:
        """Read files there; the readings come in the order of `found`. Raises what `on_cluster` raises."""
        shares = [found[start : start + SHARE] for start in range(0, len(found), SHARE)]
        readings: list[list[Reading]] = [[]] * len(shares)
        folders = sorted({one.path.parent for one in found})
        done = 0
        for place, result in self.map(partial(_read_share, year, limits), shares, shared=folders):
            share = shares[place]
            # What was lost on the way, or not to be opened there, is this machine's to tell of.
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
    """Call `function` on every item on the cluster; yield (place of the item, result) as they are ready, in any order.

    `function`, `prepare` and items are pickled; `prepare()` gives a context in which each process works. An item whose
    process or worker is lost is begun again elsewhere, a few times; then its result is `Lost()`. `shared` are files
    and folders that every worker must see as they are seen here.

    Raises UserError where the scheduler is not reached or lost, no worker is there for a minute, or program,
    libraries or shared files differ; RuntimeError, with what was raised there, where `function` raises.
    """
    client = _connect(scheduler)
    from distributed.client import FIRST_COMPLETED, FuturesCancelledError, wait

    nobody = UserError(f"计算集群 {scheduler} 上没有可用的工作进程，等待 {PATIENCE:.0f} 秒后放弃")
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        job = uuid.uuid4().hex
        setup = zlib.compress(pickle.dumps((prepare, _origin(), [(path, _seen(path)) for path in shared])), 1)
        # A task, not data put on workers: where they are lost it is done again. Replicated, since Dask gives work to
        # those who have what it needs.
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
        # In a thread: where the command is given from a notebook, a loop is running in this one.
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
    """What must be the same for the results to be the same: this package's text and the libraries it computes with."""
    made = program()
    return {"ecanalysis": made["code"]["sha256"], **made["libraries"]}


def _seen(path: Path) -> str:
    return "folder" if Path(path).is_dir() else digest(path)


# --- on the Dask worker ----------------------------------------------------------------------------------

_resting: dict[str, list[tuple[subprocess.Popen, threading.Timer]]] = {}
_hold = threading.Lock()


def _apart(job: str, setup: bytes, task: bytes) -> bytes:
    """Have a process of this job do a task; a pickled (kind, answer) as it comes from there."""
    process = _rested(job) or _start(setup)
    try:
        process.stdin.write(task)
        process.stdin.flush()
        answer = pickle.load(process.stdout)
    except (EOFError, OSError, ValueError, pickle.UnpicklingError):
        process.kill()
        process.wait()
        raise ProcessLost(f"exit status {process.returncode}") from None
    timer = threading.Timer(IDLE, process.stdin.close)  # it ends when nothing more can come
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


# --- in the process beside it ----------------------------------------------------------------------------


def work() -> None:
    """The life of a process beside a Dask worker: one task after the other from standard input, until it is closed."""
    tasks, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the work prints must not come between the answers

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
    except (EOFError, BrokenPipeError):  # nothing more to do, or nobody to do it for
        return
    except Exception:
        answer("raised", traceback.format_exc())


def _unfit(origin: dict[str, str], shared: list[tuple[Path, str]]) -> str:
    """What is different here from where the command was given (Chinese), or ""."""
    here, where = _origin(), socket.gethostname()
    if differing := sorted(name for name in origin if here.get(name) != origin[name]):
        return (
            f"计算集群的机器 {where} 上的程序或依赖库与本机不同（{'、'.join(differing)}），结果可能不同；请统一后重试"
        )
    if unseen := [str(path) for path, then in shared if _seen(path) != then]:
        return f"计算集群的机器 {where} 看不到相同的 {unseen[0]}；请把轮次和程序放在各机器以同一路径共享的文件夹中"
    return ""
