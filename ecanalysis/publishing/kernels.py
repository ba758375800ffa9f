"""Kernels for briefings: of the running interpreter, apart from a user's own settings, and warm.

Starting a Python kernel and importing pandas and matplotlib takes longer than most pages take to compute. Here one
process (`warm`) imports them once, and every kernel is forked from it: a `jupyter_client` provisioner, so papermill,
nbclient and nbval use it unchanged. A fork never runs two notebooks; each starts where a fresh kernel would be
after its imports. Elsewhere than on Linux, or where the warm process cannot be reached, kernels start
the ordinary way, with the same results.

Kernels talk over Unix sockets in a private folder, not over TCP ports, which kernels started side by side can
snatch from each other.
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

PREFIX, LOCK = "ec-kernels-", "alive"  # a run's private folder, and the file in it that its process holds locked
PROVISIONER = "ecanalysis-warm"
APART = "-P"  # what lies in the folder where a command is given is not imported: it may be a forger's
LAUNCH = [APART, "-c", "from ecanalysis.publishing.warm import start; start()"]
NO_HISTORY = "--HistoryManager.enabled=False"  # nobody will scroll back
NO_TIP = "--InteractiveShell.enable_tip=False"  # else one is drawn by chance whenever a kernel is asked if it is ready
MARK = "ECANALYSIS_PAGE"  # what a kernel and all that it starts have in their environment
ANSWER = 60  # seconds for the warm process to have its imports done and a kernel forked
FORKS = sys.platform == "linux"  # elsewhere a fork is missing, or not safe after such imports
SOCKET_PATH_LIMIT = 100  # of about 104 bytes that systems allow


# Known by its name to all that starts kernels in this process; nbval is told by
# `pytest -p ecanalysis.publishing.kernels`.
KernelProvisionerFactory.instance().provisioners[PROVISIONER] = EntryPoint(
    PROVISIONER, f"{__name__}:WarmProvisioner", KernelProvisionerFactory.GROUP_NAME
)


@contextmanager
def kernels(
    environment: Mapping[str, str] | None = None, warm: bool = True, notebooks: Sequence[Path] = ()
) -> Iterator[Callable]:
    """Set the scene in which notebooks run.

    Inside, kernels named python3 are the running interpreter's, see `environment` beside the process's own
    variables, and know nothing of the user's kernelspecs, IPython profile or start-up files; what `notebooks` import is
    imported before the first of them starts. All is undone on leaving, and nothing that a kernel started goes on.
    Gives a function that hands an evaluation (and its scheme file, or None) to the kernels started from then on,
    so that their `load_round` need not read it again; ordinary kernels read it themselves.

        with kernels({"ECANALYSIS_ROUNDS": "data/2027"}):
            papermill.execute_notebook("a.ipynb", "b.ipynb")
    """
    short = "/tmp" if FORKS and os.access("/tmp", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=short))
    lock = open(folder / LOCK, "w")  # noqa: SIM115 (held as long as the folder is needed)
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
            # One thread each: what a kernel computes does not depend on the machine, and nothing forks with threads.
            OPENBLAS_NUM_THREADS="1",
            OMP_NUM_THREADS="1",
            PYDEVD_DISABLE_FILE_VALIDATION="1",  # ipykernel's debugger, which nobody uses here, would print a warning
        )
        os.environ.pop(ADDRESS, None)
        os.environ.pop("PYTHONSTARTUP", None)  # a kernel would run it
        if warm and FORKS and len(str(folder / "warm")) < SOCKET_PATH_LIMIT:
            server = _start_server(folder / "warm", notebooks)
        yield partial(_hand_over, folder / "evaluation.pickle")
    finally:
        if server is not None:
            server.kill()  # it may be stopped, and would then hear of nothing else
            server.wait()
        end_all(folder)
        os.environ.clear()
        os.environ.update(before)
        lock.close()
        shutil.rmtree(folder, ignore_errors=True)


class WarmProvisioner(LocalProvisioner):
    """Starts an ipykernel of the running interpreter as a fork of the warm process, anything else the ordinary way."""

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
                os.environ.pop(ADDRESS, None)  # one that does not answer is waited for once
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
        if self.process:  # as long as it lives, all that its cells have started is below it
            end_below(self.process.pid)
        await super().kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        if not restart and self.mark:  # it is asked twice
            end_all(self.mark)
            self.mark = ""


class ForkedKernel:
    """A kernel forked from the warm process, with as much of `subprocess.Popen` as a provisioner needs.

    Raises OSError where the warm process cannot be reached, ValueError where it sends no process id.
    """

    stdin = stdout = stderr = None

    def __init__(self, arguments: list[str], env: Mapping[str, str], cwd: str | None):
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(ANSWER)
            asked.connect(os.environ[ADDRESS])
            asked.sendall(json.dumps([arguments, dict(env), str(cwd or Path.cwd())]).encode() + b"\n")
            self.pid = int(asked.recv(32))

    def poll(self) -> int | None:
        """None while the kernel lives, else 1: the warm process does not keep what a kernel ended with."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1
        return None

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def _clear_up_after_the_killed(place: Path) -> None:
    """Take away the folders of runs that were killed: ours, old, and nobody holds their lock."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            known = folder.lstat()
            # What is another user's is not so much as opened. Nor one just being made: its process may not hold it yet.
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
        # Listening from here on: a kernel asked for before the imports are done waits in line.
        listener.bind(str(address))
        listener.listen(128)
        os.environ[ADDRESS] = str(address)
        env = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        serving = "import json, sys; from ecanalysis.publishing.warm import serve; serve(*json.loads(sys.argv[1]))"
        command = [sys.executable, APART, "-c", serving, json.dumps([os.getpid(), imports_of(notebooks)])]
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
