"""Received files -> readable files: bundles opened, old formats converted, scans recognised.

The intermediate files contain submitted data, including contacts. They are kept in a private folder of this run,
outside the submissions, which is deleted when the run ends, or by the next run if this one was killed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecanalysis.outputs import scratch
from ecanalysis.reading.bundles import open_bundles
from ecanalysis.reading.converted import convert, office
from ecanalysis.reading.files import LocalPool
from ecanalysis.reading.found import Found
from ecanalysis.reading.limits import limits_in_force
from ecanalysis.reading.scans import available
from ecanalysis.reading.unpacking import rar_tool


@contextmanager
def prepared(
    found: list[Found], year: int, executor: LocalPool | None = None, keep: Path | None = None
) -> Iterator[list[Found]]:
    """The found files, sorted by name, readable while the context is open.

    `executor` recognises the scans; if the folder `keep` is given, its results are stored there for later runs.
    """
    from ecanalysis.reading.scans.gather import recognise  # slow to import, and not always needed

    limits = limits_in_force()
    with scratch() as folder:
        ready = convert(open_bundles(found, folder / "bundles", limits), folder / "converted", limits)
        ready = recognise(ready, folder / "scans", year, limits, executor or LocalPool(), keep)
        yield sorted(ready, key=lambda one: one.file)


def tools() -> dict[str, bool]:
    """Which optional tools that reading depends on are installed on this machine."""
    return {"libreoffice": bool(office()), "bsdtar": bool(rar_tool()), "scans": available()}
