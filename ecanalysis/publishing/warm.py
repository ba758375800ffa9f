"""What runs in a kernel's own process: the start of every kernel, and the warm process that kernels are forked from.

Whatever a kernel would do before its first cell and shares with all others is done once, in the warm process: imports,
the notebooks' own among them, templates, the evaluation. Nothing of ours is imported here that an ordinary kernel
does not need to start.
"""

import ast
import ctypes
import gc
import importlib
import json
import os
import pickle
import random
import re
import select
import shutil
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from ecanalysis.reading.limits import PageLimits, limit_memory, limits_in_force

ADDRESS = "ECANALYSIS_WARM_KERNELS"  # where the warm process listens; unset: every kernel starts the ordinary way
KEEP = b"keep "
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
# What a kernel imports by itself, on its way to the first cell and through it; but matplotlib's inline backend, which
# sets itself up for the shell that imports it, so that a plot shows under its cell, and here there is no shell yet.
PRELOAD = (
    *("encodings.idna", "encodings.ascii", "encodings.latin_1", "encodings.unicode_escape", "stringprep", "sqlite3"),
    *("tornado.platform.asyncio", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger"),
    *("IPython.core.completer", "IPython.core.completerlib", "IPython.core.oinspect", "IPython.core.debugger"),
    *("IPython.utils.wildcard", "IPython.core.logger", "IPython.extensions.storemagic"),
    *("matplotlib.backends.backend_agg", "pandas", "pandas.core.reshape.reshape", "scipy.stats"),
    *("PIL.PngImagePlugin", "PIL.BmpImagePlugin", "PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.PpmImagePlugin"),
    "ecanalysis.evaluation",
)


def start() -> None:
    """Become an ordinary kernel, within the limits of a page."""
    _draw_alike()
    _hold()
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


def _draw_alike() -> None:
    """Let what a page draws by chance (the error bars of a plot) be the same on every run, or no review could pass."""
    import numpy

    random.seed(0)
    numpy.random.seed(0)


def imports_of(notebooks: Sequence[Path]) -> list[str]:
    """The import statements in the cells of notebooks, each once, in order; what cannot be read has none."""
    found = {}
    for notebook in notebooks:
        with suppress(OSError, ValueError, KeyError, TypeError):
            for cell in json.loads(Path(notebook).read_text("utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    with suppress(SyntaxError):  # a magic, say; its kernel imports what it needs
                        lines = ast.parse("".join(cell["source"])).body
                        found |= {ast.unparse(one): 1 for one in lines if isinstance(one, ast.Import | ast.ImportFrom)}
    return list(found)


def serve(parent: int, imports: Sequence[str]) -> None:
    """The warm process: import once, then fork a kernel for each connection to the socket on standard input.

    A connection asks either for a kernel or, once, to keep an evaluation for all kernels to come. Ends when the process
    that started it (`parent`) does, and takes with it whatever its kernels have started.
    """
    listener = socket.socket(fileno=os.dup(0))
    _keep_orphans()
    forked: set[int] = set()
    looked = 0.0
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # ipykernel reads it when imported: whom a kernel must not outlive
    for module in PRELOAD:
        with suppress(Exception):  # a module that is broken fails again in the notebook, where it is reported
            importlib.import_module(module)
    for line in imports:
        with suppress(Exception):
            exec(line, {})
    with suppress(Exception):
        from ecanalysis.presenting.wording import compiled

        compiled()
    _settle()
    signal.signal(signal.SIGCHLD, _reap)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt ends
    while os.getppid() == parent:
        if select.select([listener], [], [], 1.0)[0]:
            connection, _ = listener.accept()
            # An OSError: no process could be started; whoever asked hears of it by the end of the connection.
            with suppress(OSError), connection, connection.makefile("rb") as request:
                forked |= _answer(connection, request.readline(), listener)
        if time.monotonic() - looked > 1:
            looked = time.monotonic()
            children = _children().get(os.getpid(), [])
            forked &= set(children)
            for orphan in set(children) - forked:  # of a kernel that ended by itself
                end_below(orphan, itself=True)
    folder = Path(os.environ[ADDRESS]).parent
    end_below(os.getpid())  # whoever would have done it is gone
    end_all(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _answer(connection: socket.socket, line: bytes, listener: socket.socket) -> set[int]:
    """Do what a connection asks for; the process id of the kernel, where it asks for one."""
    if line.startswith(KEEP):
        from ecanalysis.evaluation import keep

        with open(line[len(KEEP) :].decode().strip(), "rb") as file:
            keep(*pickle.load(file))  # our own parent's, from a folder only its user can read
        _settle()
        connection.sendall(b"kept")
    elif line:
        if pid := os.fork():
            return {pid}
        listener.close()
        try:
            connection.sendall(str(os.getpid()).encode())
        except OSError:  # whoever asked has given up, and has started another
            os._exit(1)
        connection.close()
        _become_kernel(*json.loads(line))
    return set()


def _reap(*_: object) -> None:
    """Ended kernels leave nothing behind but the time they took, which counts as this process's."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become_kernel(arguments: list[str], env: dict[str, str], cwd: str) -> None:
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))
        sys.argv = ["-c", *arguments]
        _draw_alike()
        # A page is short: looking for cycles would copy every page of memory shared with the warm process.
        gc.set_threshold(100_000, 50, 100)
        _hold()
        _launch(arguments)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _launch(arguments: list[str]) -> None:
    """Start the kernel as ipykernel does; plain options (-f FILE --Class.trait=value) are read without its parser.

    That is made anew for every kernel, of all the options that its classes have.
    """
    from ipykernel import ipkernel, kernelapp
    from traitlets.config.loader import DeferredConfigString

    ipkernel.sys = _Sys("sys")
    given = [re.fullmatch(r"--(\w+)\.(\w+)=(.*)", option) for option in arguments[2:]]

    class IPKernelApp(kernelapp.IPKernelApp):  # by this name others know that they are in a kernel
        def parse_command_line(self, argv=None):
            if arguments[:1] != ["-f"] or not all(given):
                return super().parse_command_line(argv)
            self.config.IPKernelApp.connection_file = arguments[1]
            for section, name, value in map(re.Match.groups, given):
                self.config[section][name] = DeferredConfigString(value)

    IPKernelApp.launch_instance()


class _Sys(ModuleType):
    """`sys` for ipykernel, without modules: for its debugger, which nobody uses here, it would list the files of all.

    To touch them all is to copy the memory they lie in, shared with the warm process until then.
    """

    modules: ClassVar[dict] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(sys, name)


def _hold() -> None:
    """Keep this kernel within a page's memory and its parent's life, and its own complaints off the terminal.

    What cells print is shown all the same.
    """
    _keep_orphans()
    if sys.platform == "linux":  # ipykernel looks for its parent once a second, and not before it has started
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(os.environ.get("JPY_PARENT_PID", os.getppid())):
            os._exit(1)
    limit_memory(limits_in_force(PageLimits).megabytes, "DATA")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def end_all(mark: Path | str) -> None:
    """End every process that was started with `mark` in its environment, but this one: kernels and what they started.

    For what is no longer below a kernel that has ended: where it came from stays in its environment. On Linux alone.
    """
    for _ in range(20):  # one that is being ended may start another
        found = [pid for pid in _processes() if str(mark).encode() in _told(pid, "environ")]
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def end_below(pid: int, itself: bool = False) -> None:
    """End every process that one has started, and what those have; a kernel and the warm process have them all below
    them, whatever group, session or environment they took (`_keep_orphans`). On Linux alone."""
    for _ in range(20):
        below, found = _children(), [pid] if itself else []
        for one in (ahead := [pid]):
            found += below.get(one, [])
            ahead += below.get(one, [])
        if not found:
            return
        for one in found:
            with suppress(OSError):
                os.kill(one, signal.SIGKILL)
        itself = False


def _keep_orphans() -> None:
    """Have what loses its parent below this process become its child, and not that of the whole system."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def _children() -> dict[int, list[int]]:
    """The processes that each process has started and that have not ended."""
    found: dict[int, list[int]] = {}
    for pid in _processes():
        with suppress(OSError, ValueError):
            state, parent, *_ = _told(pid, "stat").rpartition(b")")[2].split()
            if state not in b"ZX":
                found.setdefault(int(parent), []).append(pid)
    return found


def _processes() -> list[int]:
    with suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    return []


def _told(pid: int, what: str) -> bytes:
    """What the system tells of a process; nothing of one that has ended."""
    with suppress(OSError), open(f"/proc/{pid}/{what}", "rb", buffering=0) as file:
        return file.read()
    return b""


def _settle() -> None:
    gc.collect()
    gc.freeze()
