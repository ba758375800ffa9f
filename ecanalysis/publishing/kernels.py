"""Kernels for briefings: of the running interpreter, apart from a user's own settings, and warm.

Starting a Python kernel and importing pandas and matplotlib takes longer than most pages take to compute. Here one
process imports them once, and every kernel is forked from it: a `jupyter_client` provisioner, so papermill, nbclient
and nbval use it unchanged. A fork never runs two notebooks; each starts where a fresh kernel would be
after its imports. Elsewhere than on Linux, or where the warm process cannot be reached, kernels start
the ordinary way, with the same results.

Kernels talk over Unix sockets in a private folder, not over TCP ports, which kernels started side by side can
snatch from each other.
"""

import asyncio
import gc
import importlib
import json
import os
import pickle
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PREFIX, LOCK = "ec-kernels-", "alive"  # a run's private folder, and the file in it that its process holds locked
PROVISIONER = "ecanalysis-warm"
ADDRESS = "ECANALYSIS_WARM_KERNELS"  # where the warm process listens; unset: every kernel starts the ordinary way
KEEP = b"keep "
LAUNCH = ["-m", "ipykernel_launcher"]
# All that a notebook of the suite imports, in the order a fresh kernel would; but matplotlib's inline backend, which
# sets itself up for the shell that imports it, so that a plot shows under its cell, and here there is no shell yet.
PRELOAD = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "IPython.core.completer", "matplotlib.backends.backend_agg"),
    *("pandas", "pyarrow.parquet", "scipy.stats", "matplotlib.pyplot", "seaborn", "ecanalysis.evaluation"),
)
FORKS = sys.platform == "linux"  # elsewhere a fork is missing, or not safe after such imports
SOCKET_PATH_LIMIT = 100  # of about 104 bytes that systems allow


# Known by its name to all that starts kernels in this process; nbval is told by
# `pytest -p ecanalysis.publishing.kernels`.
KernelProvisionerFactory.instance().provisioners[PROVISIONER] = EntryPoint(
    PROVISIONER, f"{__name__}:WarmProvisioner", KernelProvisionerFactory.GROUP_NAME
)


@contextmanager
def kernels(environment: Mapping[str, str] | None = None, warm: bool = True) -> Iterator[Callable]:
    """Set the scene in which notebooks run.

    Inside, kernels named python3 are the running interpreter's, see `environment` beside the process's own
    variables, and know nothing of the user's kernelspecs, IPython profile or start-up files. All is undone on leaving.
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
        )
        os.environ.pop(ADDRESS, None)
        if warm and FORKS and len(str(folder / "warm")) < SOCKET_PATH_LIMIT:
            server = _start_server(folder / "warm")
        yield partial(_hand_over, folder / "evaluation.pickle")
    finally:
        if server is not None:
            server.terminate()
            server.wait()
        os.environ.clear()
        os.environ.update(before)
        lock.close()
        shutil.rmtree(folder, ignore_errors=True)


class WarmProvisioner(LocalProvisioner):
    """Starts an ipykernel of the running interpreter as a fork of the warm process, anything else the ordinary way."""

    async def pre_launch(self, **kwargs):
        address = Path(os.environ["JUPYTER_RUNTIME_DIR"]) / self.kernel_id
        if hasattr(socket, "AF_UNIX") and len(str(address)) < SOCKET_PATH_LIMIT:
            self.parent.transport = "ipc"
            self.parent.ip = str(address)
            self.parent.connection_file = f"{address}.json"
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs):
        if cmd[:3] == [sys.executable, *LAUNCH] and ADDRESS in os.environ:
            try:
                self.process = ForkedKernel(cmd[3:], kwargs.get("env", os.environ), kwargs.get("cwd"))
            except (OSError, ValueError) as error:
                self.log.warning("warm kernel not available (%s); starting the ordinary way", error)
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


class ForkedKernel:
    """A kernel forked from the warm process, with as much of `subprocess.Popen` as a provisioner needs.

    Raises OSError where the warm process cannot be reached, ValueError where it sends no process id.
    """

    stdin = stdout = stderr = None

    def __init__(self, arguments: list[str], env: Mapping[str, str], cwd: str | None):
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(60)
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


def serve() -> None:
    """The warm process: import once, then fork a kernel for each connection to the socket on standard input.

    A connection asks either for a kernel or, once, to keep an evaluation for all kernels to come. Ends when the process
    that started it does; its kernels see that and end too.
    """
    listener = socket.socket(fileno=os.dup(0))
    parent = os.getppid()
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # ipykernel reads it when imported: whom a kernel must not outlive
    if sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    for module in (*PRELOAD, *_shown()):
        with suppress(Exception):  # a module that is broken fails again in the notebook, where it is reported
            importlib.import_module(module)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended kernels leave nothing behind
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt ends
    while os.getppid() == parent:
        if select.select([listener], [], [], 1.0)[0]:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as request:
                line = request.readline()
                if line.startswith(KEEP):
                    from ecanalysis.evaluation import keep

                    with open(line[len(KEEP) :].decode().strip(), "rb") as file:
                        keep(*pickle.load(file))  # our own parent's, from a folder only its user can read
                    gc.collect()
                    gc.freeze()
                    connection.sendall(b"kept")
                elif line and os.fork() == 0:
                    listener.close()
                    connection.sendall(str(os.getpid()).encode())
                    request.close()
                    connection.close()
                    _become_kernel(*json.loads(line))
    shutil.rmtree(Path(os.environ[ADDRESS]).parent, ignore_errors=True)  # whoever would have done it is gone


def _shown() -> list[str]:
    """The modules of sentences, tables and charts: what notebooks import beside the evaluation."""
    folder = Path(__file__).parents[1] / "presenting"
    found = [module for name in ("tables", "charts") for module in sorted(folder.glob(f"{name}/*.py"))]
    return [
        ".".join(("ecanalysis.presenting", module.parent.name, module.stem)).removesuffix(".__init__")
        for module in found
    ]


def _become_kernel(arguments: list[str], env: dict[str, str], cwd: str) -> None:
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))
        sys.argv = ["ipykernel_launcher", *arguments]
        random.seed()
        if numpy := sys.modules.get("numpy"):
            numpy.random.seed()  # else every fork would draw the same "random" numbers
        from ipykernel.kernelapp import launch_new_instance

        launch_new_instance()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _clear_up_after_the_killed(place: Path) -> None:
    """Take away the folders of runs that were killed: old, ours, and nobody holds their lock."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError), open(folder / LOCK) as lock:
            # Not one that is just being made: its process may not hold it yet.
            if folder.stat().st_mtime < time.time() - 60 and folder.stat().st_uid == os.getuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)


def _hand_over(path: Path, evaluation, scheme: Path | None = None) -> None:
    if ADDRESS not in os.environ:
        return
    path.write_bytes(pickle.dumps((evaluation, scheme), pickle.HIGHEST_PROTOCOL))
    with suppress(OSError), socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(60)
        asked.connect(os.environ[ADDRESS])
        asked.sendall(KEEP + str(path).encode() + b"\n")
        asked.recv(8)
    path.unlink()


def _start_server(address: Path) -> subprocess.Popen:
    with socket.socket(socket.AF_UNIX) as listener:
        # Listening from here on: a kernel asked for before the imports are done waits in line.
        listener.bind(str(address))
        listener.listen(128)
        os.environ[ADDRESS] = str(address)
        env = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        command = [sys.executable, "-c", "from ecanalysis.publishing.kernels import serve; serve()"]
        return subprocess.Popen(command, stdin=listener.fileno(), env=env)


def _write_kernelspec(folder: Path) -> None:
    spec = {
        "argv": [sys.executable, *LAUNCH, "-f", "{connection_file}"],
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "metadata": {"debugger": False, "kernel_provisioner": {"provisioner_name": PROVISIONER}},
    }
    target = folder / "kernels" / "python3"
    target.mkdir(parents=True)
    (target / "kernel.json").write_text(json.dumps(spec), "utf-8")
    (folder / "runtime").mkdir(mode=0o700)
