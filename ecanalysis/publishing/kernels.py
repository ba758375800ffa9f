"""Kernels for briefings: run by the current interpreter, isolated from user settings, and forked from a warm process.

Starting a Python kernel and importing pandas and matplotlib takes longer than computing most pages. Here one process
(`warm`) imports them once, and every kernel is forked from it by a `jupyter_client` provisioner, so that papermill,
nbclient and nbval need no changes. A fork runs only one notebook and starts in the state of a fresh kernel after its
imports. On systems other than Linux, or if the warm process cannot be reached, kernels start in the ordinary way, with
the same results.

Kernels communicate over Unix sockets in a private folder, because kernels started at the same time can take each
other's TCP ports.
"""

import asyncio
import json
import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from ecanalysis.publishing.warm import ADDRESS, KEEP, end_all, end_below, imports_of

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PREFIX, LOCK = "ec-kernels-", "alive"  # prefix of a run's private folder, and the file in it that the run keeps locked
PROVISIONER = "ecanalysis-warm"
APART = "-P"  # do not import from the working folder, whose files may be forged
LAUNCH = [APART, "-c", "from ecanalysis.publishing.warm import start; start()"]
NO_HISTORY = "--HistoryManager.enabled=False"  # no history is needed
NO_TIP = "--InteractiveShell.enable_tip=False"  # otherwise a random tip is shown
MARK = "ECANALYSIS_PAGE"  # environment variable of a kernel and all processes it starts
ANSWER = 60  # seconds to wait for the warm process to import and to fork a kernel
FORKS = sys.platform == "linux"  # elsewhere fork does not exist, or is not safe after these imports
SOCKET_PATH_LIMIT = 100  # bytes; systems allow about 104


# Registered by name for everything that starts kernels in this process; for nbval, use
# `pytest -p ecanalysis.publishing.kernels`.
KernelProvisionerFactory.instance().provisioners[PROVISIONER] = EntryPoint(
    PROVISIONER, f"{__name__}:WarmProvisioner", KernelProvisionerFactory.GROUP_NAME
)


@contextmanager
def kernels(
    environment: Mapping[str, str] | None = None, warm: bool = True, notebooks: Sequence[Path] = ()
) -> Iterator[Callable]:
    """Set up the environment in which notebooks run.

    Inside the block, kernels named python3 use the current interpreter, have `environment` in addition to this
    process's variables, and ignore the user's kernelspecs, IPython profile and start-up files; modules imported by
    `notebooks` are imported in advance. On leaving, everything is undone, and all processes started by kernels are
    ended. Yields a function that passes an evaluation (and its scheme file, or None) to all kernels started
    afterwards, so that `load_round` need not read it again there; ordinary kernels read it themselves.

        with kernels({"ECANALYSIS_ROUNDS": "data/2027"}):
            papermill.execute_notebook("a.ipynb", "b.ipynb")
    """
    short = "/tmp" if FORKS and os.access("/tmp", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=short))
    lock = open(folder / LOCK, "w")  # noqa: SIM115 (held while the folder is in use)
    if fcntl:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _clear_up_after_the_killed(folder.parent)
    before = dict(os.environ)
    server = None
    try:
        _write_kernelspec(folder)
        os.environ.update(environment or {})
        os.environ.update(
            JUPYTER_PATH=os.pathsep.join(filter(None, [str(folder), before.get("JUPYTER_PATH")])),
            JUPYTER_RUNTIME_DIR=str(folder / "runtime"),
            IPYTHONDIR=str(folder / "ipython"),
            # One thread per kernel: results do not depend on the machine, and no process forks with threads.
            OPENBLAS_NUM_THREADS="1",
            OMP_NUM_THREADS="1",
            PYDEVD_DISABLE_FILE_VALIDATION="1",  # suppresses a warning of ipykernel's unused debugger
        )
        os.environ.pop(ADDRESS, None)
        os.environ.pop("PYTHONSTARTUP", None)  # a kernel would run it
        if warm and FORKS and len(str(folder / "warm")) < SOCKET_PATH_LIMIT:
            server = _start_server(folder / "warm", notebooks)
        yield partial(_hand_over, folder / "evaluation.pickle")
    finally:
        if server is not None:
            server.kill()  # it may be stopped, and then would not react to any other signal
            server.wait()
        end_all(folder)
        os.environ.clear()
        os.environ.update(before)
        lock.close()
        shutil.rmtree(folder, ignore_errors=True)


class WarmProvisioner(LocalProvisioner):
    """Forks ipykernels of the current interpreter from the warm process; starts other kernels in the ordinary way."""

    mark = ""

    async def pre_launch(self, **kwargs):
        address = Path(os.environ["JUPYTER_RUNTIME_DIR"]) / self.kernel_id
        if hasattr(socket, "AF_UNIX") and len(str(address)) < SOCKET_PATH_LIMIT:
            self.parent.transport = "ipc"
            self.parent.ip = str(address)
            self.parent.connection_file = f"{address}.json"
        given = await super().pre_launch(**kwargs)
        given["env"] = {**given.get("env", os.environ), MARK: self.kernel_id}
        self.mark = f"{MARK}={self.kernel_id}"
        return given

    async def launch_kernel(self, cmd: list[str], **kwargs):
        own = [sys.executable, *LAUNCH]
        if cmd[: len(own)] == own and ADDRESS in os.environ:
            try:
                self.process = ForkedKernel(cmd[len(own) :], kwargs.get("env", os.environ), kwargs.get("cwd"))
            except (OSError, ValueError) as error:
                self.log.warning("warm kernel not available (%s); starting the ordinary way", error)
                os.environ.pop(ADDRESS, None)  # wait only once for a warm process that does not answer
            else:
                self.pid = self.pgid = self.process.pid
                self.cwd = kwargs.get("cwd", Path.cwd())
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)

    async def wait(self) -> int | None:
        if not isinstance(self.process, ForkedKernel):
            return await super().wait()
        while self.process.poll() is None:
            await asyncio.sleep(0.005)
        self.process = None
        return 0

    async def kill(self, restart: bool = False) -> None:
        if self.process:  # while it is alive, all processes started by its cells are its descendants
            end_below(self.process.pid)
        await super().kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        if not restart and self.mark:  # cleanup is called twice
            end_all(self.mark)
            self.mark = ""


class ForkedKernel:
    """A kernel forked from the warm process, with the part of the `subprocess.Popen` interface a provisioner needs.

    Raises OSError if the warm process cannot be reached, ValueError if it sends no process id.
    """

    stdin = stdout = stderr = None

    def __init__(self, arguments: list[str], env: Mapping[str, str], cwd: str | None):
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(ANSWER)
            asked.connect(os.environ[ADDRESS])
            asked.sendall(json.dumps([arguments, dict(env), str(cwd or Path.cwd())]).encode() + b"\n")
            self.pid = int(asked.recv(32))

    def poll(self) -> int | None:
        """None while the kernel is alive, then 1: the warm process does not record exit statuses."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1
        return None

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def _clear_up_after_the_killed(place: Path) -> None:
    """Remove the folders of runs that were killed: owned by this user, old, and not locked."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            known = folder.lstat()
            # Other users' folders are not even opened, nor are new ones, which may not be locked yet.
            young = 0 <= time.time() - known.st_mtime < 60
            if known.st_uid == os.getuid() and not young:
                with open(os.open(folder / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)) as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    end_all(folder)
                    shutil.rmtree(folder, ignore_errors=True)


def _hand_over(path: Path, evaluation, scheme: Path | None = None) -> None:
    if ADDRESS not in os.environ:
        return
    path.write_bytes(pickle.dumps((evaluation, scheme), pickle.HIGHEST_PROTOCOL))
    try:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(ANSWER)
            asked.connect(os.environ[ADDRESS])
            asked.sendall(KEEP + str(path).encode() + b"\n")
            asked.recv(8)
    except OSError:
        os.environ.pop(ADDRESS, None)
    path.unlink()


def _start_server(address: Path, notebooks: Sequence[Path]) -> subprocess.Popen:
    with socket.socket(socket.AF_UNIX) as listener:
        # Listening from now on: kernels requested before the imports are done wait in the queue.
        listener.bind(str(address))
        listener.listen(128)
        os.environ[ADDRESS] = str(address)
        env = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        serving = "import json, sys; from ecanalysis.publishing.warm import serve; serve(*json.loads(sys.argv[1]))"
        names = [notebook.stem for notebook in notebooks]
        given = json.dumps([os.getpid(), imports_of(notebooks), names])
        command = [sys.executable, APART, "-c", serving, given]
        return subprocess.Popen(command, stdin=listener.fileno(), env=env)


def _write_kernelspec(folder: Path) -> None:
    spec = {
        "argv": [sys.executable, *LAUNCH, "-f", "{connection_file}", NO_HISTORY, NO_TIP],
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "metadata": {"debugger": False, "kernel_provisioner": {"provisioner_name": PROVISIONER}},
    }
    target = folder / "kernels" / "python3"
    target.mkdir(parents=True)
    (target / "kernel.json").write_text(json.dumps(spec), "utf-8")
    (folder / "runtime").mkdir(mode=0o700)
