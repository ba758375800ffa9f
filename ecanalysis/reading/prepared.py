"""Files as they were received -> files as they can be read: bundles opened, old formats converted, scans recognised.

What is made on the way holds what people sent, contact data too. It lies in a folder of this run that nobody else can
read, outside the submissions, and is gone when the run ends, or with the next one where it was killed.
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
    """The files that were found, ready to be read for as long as the context lasts, in the order of their names.

    What is recognised on scans, by the executor, is kept in the folder `keep`, where that is given.
    """
    from ecanalysis.reading.scans.gather import recognise  # with all that finds answers: not where nothing is read

    limits = limits_in_force()
    with scratch() as folder:
        ready = convert(open_bundles(found, folder / "bundles", limits), folder / "converted", limits)
        ready = recognise(ready, folder / "scans", year, limits, executor or LocalPool(), keep)
        yield sorted(ready, key=lambda one: one.file)


def tools() -> dict[str, bool]:
    """What of the machine decides what can be read, beside this package and its libraries."""
    return {"libreoffice": bool(office()), "bsdtar": bool(rar_tool()), "scans": available()}
