"""Limits for reading a submitted file, for recognising a scan, and for running a notebook."""

import os
import re
import signal
import sys
from dataclasses import dataclass, fields
from pathlib import Path

from ecanalysis.errors import UserError

VARIABLE = "ECANALYSIS_LIMITS"  # inherited by child processes: workers, kernels
OF_PAGES = "ECANALYSIS_PAGE_LIMITS"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one file; the form itself needs about a hundredth of them."""

    file_bytes: int = 50 * 2**20
    inflated_bytes: int = 128 * 2**20  # of the parts that are read (pictures are not)
    members: int = 5_000  # entries in a zip directory
    tree_bytes: int = 32 * 2**20  # of one XML part
    markup: int = 1_000_000  # tags and attributes of all XML parts together
    sheets: int = 256
    cells: int = 200_000  # filled cells in all sheets together
    characters: int = 20_000_000  # of text in all cells together
    cell_characters: int = 200_000  # Excel itself stops at 32,767
    processor_seconds: float = 4
    clock_seconds: float = 30  # for a network drive that does not respond
    megabytes: int = 400  # memory of a worker, in addition to what it has at the start
    scan_sure: float = 0.85  # confidence (0–1) that every character of a scanned answer must have to be a value
    box_empty: float = 0.05  # share of ink in a box on a scan: empty up to this,
    box_ticked: float = 0.11  # ticked from this, uncertain in between


@dataclass(frozen=True, slots=True)
class PageLimits:
    """Limits for running one notebook; beyond them its page fails."""

    seconds: float = 600  # for all of its cells together
    megabytes: int = 2_000  # memory of its kernel, in addition to what it has at the start
    output_megabytes: int = 64  # output of all its cells


DEFAULT = Limits()
TABLES = {"limits": Limits, "pages": PageLimits}  # tables of the config file
VARIABLES = {Limits: VARIABLE, PageLimits: OF_PAGES}
FRACTIONS = {
    limit.name
    for of in TABLES.values()
    for limit in fields(of)
    if isinstance(limit.default, float) or "seconds" in limit.name
}


def limits_in_force(of: type = Limits) -> Limits | PageLimits:
    """The limits `of` files or pages: those set in the environment (`cells=500000,megabytes=800`), else the defaults.

    Raises UserError for an unknown name or a value that is not a positive number.

    >>> os.environ[VARIABLE] = "cells=500000"
    >>> limits_in_force().cells, limits_in_force().sheets, os.environ.pop(VARIABLE)
    (500000, 256, 'cells=500000')
    """
    given, names = {}, [limit.name for limit in fields(of)]
    for item in filter(None, os.environ.get(VARIABLES[of], "").split(",")):
        name, _, value = item.strip().partition("=")
        number = r"\d+(\.\d+)?" if name in FRACTIONS else r"\d+"
        if name not in names or not re.fullmatch(number, value, re.ASCII) or not float(value):
            raise UserError(
                f"环境变量 {VARIABLES[of]} 中的“{item}”不是限额；应如 {names[0]}=500000，名称有 {'、'.join(names)}"
            )
        given[name] = float(value) if name in FRACTIONS else int(value)
    return of(**given)


def set_limits(given: dict[str, float], of: type = Limits) -> None:
    """Set limits for this process and its child processes; limits that are not given keep their default."""
    os.environ[VARIABLES[of]] = ",".join(f"{name}={value}" for name, value in sorted(given.items()))


def limit_processor_time(seconds: float) -> None:
    """End this process once it has used this much more processor time; 0 removes the limit."""
    # The timer counts processor time and its default action ends the process, so neither the machine's load nor a
    # library that never returns matters. Windows has no such timer; there only the parent's clock limits the time.
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory(megabytes: int, of: str = "AS") -> None:
    """Limit this process to its present memory plus `megabytes`, counting addresses (AS) or data (DATA). Linux only.

    DATA is for libraries with threads, which reserve far more addresses than they use.
    """
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[{"AS": 0, "DATA": 5}[of]])
        limit = pages * resource.getpagesize() + megabytes * 2**20
        kind = getattr(resource, f"RLIMIT_{of}")
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
