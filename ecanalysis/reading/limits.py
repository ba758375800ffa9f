"""How much of a submitted file is read, what that may cost and how sure a scan must be; what a page may cost."""

import os
import re
import signal
import sys
from dataclasses import dataclass, fields
from pathlib import Path

from ecanalysis.errors import UserError

VARIABLE = "ECANALYSIS_LIMITS"  # for this process and all that it starts: workers, kernels
OF_PAGES = "ECANALYSIS_PAGE_LIMITS"


@dataclass(frozen=True, slots=True)
class Limits:
    """The form needs about a hundredth of each of these."""

    file_bytes: int = 50 * 2**20
    inflated_bytes: int = 128 * 2**20  # of the parts that are read; pictures are not
    members: int = 5_000  # entries in a zip directory
    tree_bytes: int = 32 * 2**20  # of one XML part
    markup: int = 1_000_000  # tags and attributes of all XML parts together
    sheets: int = 256
    cells: int = 200_000  # filled cells in all sheets together
    characters: int = 20_000_000  # of text in all cells together
    cell_characters: int = 200_000  # Excel itself stops at 32,767
    processor_seconds: float = 4
    clock_seconds: float = 30  # a dead network drive
    megabytes: int = 400  # memory of a worker, beside what it starts with
    scan_sure: float = 0.85  # of every sign of an answer on a scan, 0 to 1; below, it is no value
    box_empty: float = 0.05  # the share of ink within a box on a scan: up to this it is empty,
    box_ticked: float = 0.11  # from this it is ticked, between them it is uncertain


@dataclass(frozen=True, slots=True)
class PageLimits:
    """What running one notebook may cost, before its page fails."""

    seconds: float = 600  # for all of its cells together
    megabytes: int = 2_000  # memory of its kernel, beside what it starts with
    output_megabytes: int = 64  # all that its cells show and print


DEFAULT = Limits()
TABLES = {"limits": Limits, "pages": PageLimits}  # in the config file
VARIABLES = {Limits: VARIABLE, PageLimits: OF_PAGES}
FRACTIONS = {
    limit.name
    for of in TABLES.values()
    for limit in fields(of)
    if isinstance(limit.default, float) or "seconds" in limit.name
}


def limits_in_force(of: type = Limits) -> Limits | PageLimits:
    """The limits of files or pages as set in the environment (`cells=500000,megabytes=800`), by default those above.

    Raises UserError for one that does not exist or is no number above zero.

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
    """Put limits in force for this process and all that it starts; those not named keep their default."""
    os.environ[VARIABLES[of]] = ",".join(f"{name}={value}" for name, value in sorted(given.items()))


def limit_processor_time(seconds: float) -> None:
    """End this process when it has used so much more processor time; 0 takes the limit back."""
    # The alarm counts processor time and its default action ends the process: no load on the machine and no
    # library that never returns changes the outcome. Windows has none; there the parent's clock is the limit.
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory(megabytes: int, of: str = "AS") -> None:
    """Refuse this process more memory than it has now and `megabytes`: of addresses (AS) or of what it writes (DATA).

    Libraries with threads of their own set far more addresses aside than they use.
    """
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[{"AS": 0, "DATA": 5}[of]])
        limit = pages * resource.getpagesize() + megabytes * 2**20
        kind = getattr(resource, f"RLIMIT_{of}")
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
