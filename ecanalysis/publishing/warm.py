"""The code of kernel processes: the start of every kernel, and the warm process from which kernels are forked.

Everything that kernels share before their first cell is done once in the warm process: imports, including those of the
notebooks, templates, the evaluation. This module imports nothing of the package that an ordinary kernel does not need
at its start.
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

ADDRESS = "ECANALYSIS_WARM_KERNELS"  # socket of the warm process; if unset, kernels start in the ordinary way
KEEP = b"keep "
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
# The modules a kernel imports up to and during its first cell, except matplotlib's inline backend, which registers with
# the shell that imports it, and there is no shell here yet.
PRELOAD = (
    *("encodings.idna", "encodings.ascii", "encodings.latin_1", "encodings.unicode_escape", "stringprep", "sqlite3"),
    *("tornado.platform.asyncio", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger"),
    *("IPython.core.completer", "IPython.core.completerlib", "IPython.core.oinspect", "IPython.core.debugger"),
    *("IPython.utils.wildcard", "IPython.core.logger", "IPython.extensions.storemagic"),
    *("matplotlib.backends.backend_agg", "pandas", "pandas.core.reshape.reshape"),
    *("PIL.PngImagePlugin", "PIL.BmpImagePlugin", "PIL.GifImagePlugin", "PIL.JpegImagePlugin", "PIL.PpmImagePlugin"),
    "ecanalysis.evaluation",
)


def start() -> None:
    """Run an ordinary kernel with the limits of a page."""
    _draw_alike()
    _hold()
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


def _draw_alike() -> None:
    """Seed what is drawn at random (error bars of plots), so that pages are reproducible and can be reviewed."""
    import numpy

    random.seed(0)
    numpy.random.seed(0)


def imports_of(notebooks: Sequence[Path]) -> list[str]:
    """The import statements in the cells of notebooks, in order and without repetition; unreadable cells have none."""
    found = {}
    for notebook in notebooks:
        with suppress(OSError, ValueError, KeyError, TypeError):
            for cell in json.loads(Path(notebook).read_text("utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    with suppress(SyntaxError):  # for example a magic; the kernel then imports what it needs
                        lines = ast.parse("".join(cell["source"])).body
                        found |= {ast.unparse(one): 1 for one in lines if isinstance(one, ast.Import | ast.ImportFrom)}
    return list(found)


def serve(parent: int, imports: Sequence[str], names: Sequence[str]) -> None:
    """The warm process: import once, then fork a kernel for each connection to the socket on standard input.

    `imports` are import statements of the notebooks that are to run, `names` the notebooks' names without suffix.
    A connection requests a kernel or, once, passes an evaluation for all later kernels. The process ends when the one
    that started it (`parent`) does, together with everything its kernels have started.
    """
    listener = socket.socket(fileno=os.dup(0))
    _keep_orphans()
    forked: set[int] = set()
    looked = 0.0
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # read by ipykernel on import
    for module in PRELOAD:
        with suppress(Exception):  # a broken module fails again in the notebook, which reports it
            importlib.import_module(module)
    for line in imports:
        with suppress(Exception):
            exec(line, {})
    with suppress(Exception):
        from ecanalysis.presenting.wording import compiled

        compiled(names)
    _settle()
    signal.signal(signal.SIGCHLD, _reap)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles interrupts
    while os.getppid() == parent:
        if select.select([listener], [], [], 1.0)[0]:
            connection, _ = listener.accept()
            # OSError: no process could be started; the requester notices that the connection ends.
            with suppress(OSError), connection, connection.makefile("rb") as request:
                forked |= _answer(connection, request.readline(), listener)
        if time.monotonic() - looked > 1:
            looked = time.monotonic()
            children = _children().get(os.getpid(), [])
            forked &= set(children)
            for orphan in set(children) - forked:  # left by a kernel that ended by itself
                end_below(orphan, itself=True)
    folder = Path(os.environ[ADDRESS]).parent
    end_below(os.getpid())  # the parent, which would have done it, has ended
    end_all(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _answer(connection: socket.socket, line: bytes, listener: socket.socket) -> set[int]:
    """Handle a connection's request; returns the process id of the kernel, if one was requested."""
    if line.startswith(KEEP):
        from ecanalysis.evaluation import keep

        with open(line[len(KEEP) :].decode().strip(), "rb") as file:
            keep(*pickle.load(file))  # written by our parent to a folder only its user can read
        _settle()
        connection.sendall(b"kept")
    elif line:
        if pid := os.fork():
            return {pid}
        listener.close()
        try:
            connection.sendall(str(os.getpid()).encode())
        except OSError:  # the requester has given up and started another kernel
            os._exit(1)
        connection.close()
        _become_kernel(*json.loads(line))
    return set()


def _reap(*_: object) -> None:
    """Reap ended kernels, so that no zombies remain and their CPU time counts as this process's."""
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
        # Kernels are short-lived, and garbage collection would copy all memory shared with the warm process.
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
    """Start the kernel as ipykernel does, but read plain options (-f FILE --Class.trait=value) without its parser.

    ipykernel would build a parser for all options of its classes in every kernel.
    """
    from ipykernel import ipkernel, kernelapp
    from traitlets.config.loader import DeferredConfigString

    ipkernel.sys = _Sys("sys")
    given = [re.fullmatch(r"--(\w+)\.(\w+)=(.*)", option) for option in arguments[2:]]

    class IPKernelApp(kernelapp.IPKernelApp):  # other code recognises a kernel by this name
        def parse_command_line(self, argv=None):
            if arguments[:1] != ["-f"] or not all(given):
                return super().parse_command_line(argv)
            self.config.IPKernelApp.connection_file = arguments[1]
            for section, name, value in map(re.Match.groups, given):
                self.config[section][name] = DeferredConfigString(value)

    IPKernelApp.launch_instance()


class _Sys(ModuleType):
    """`sys` for ipykernel, without modules: its debugger, not used here, would list the files of all modules.

    Touching every module would copy the memory that is shared with the warm process.
    """

    modules: ClassVar[dict] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(sys, name)


def _hold() -> None:
    """Limit this kernel's memory and its life to its parent's, and keep its own messages off the terminal.

    Output of cells is not affected.
    """
    _keep_orphans()
    if sys.platform == "linux":  # ipykernel itself checks for its parent only once a second after starting
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(os.environ.get("JPY_PARENT_PID", os.getppid())):
            os._exit(1)
    limit_memory(limits_in_force(PageLimits).megabytes, "DATA")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def end_all(mark: Path | str) -> None:
    """End every process with `mark` in its environment except this one: kernels and the processes they started.

    This also finds processes whose kernel has ended, so that they are no longer its descendants. Linux only.
    """
    for _ in range(20):  # a process being ended may start another
        found = [pid for pid in _processes() if str(mark).encode() in _told(pid, "environ")]
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def end_below(pid: int, itself: bool = False) -> None:
    """End all descendants of a process; those of a kernel or the warm process remain its descendants whatever their
    group, session or environment (`_keep_orphans`). Linux only."""
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
    """Make orphaned descendants children of this process instead of the system's init."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def _children() -> dict[int, list[int]]:
    """Process id -> its living child processes."""
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
    """A file of the system's information on a process; empty if it has ended."""
    with suppress(OSError), open(f"/proc/{pid}/{what}", "rb", buffering=0) as file:
        return file.read()
    return b""


def _settle() -> None:
    gc.collect()
    gc.freeze()
