"""What reading a round costs, beside reading the same workbooks with pandas.

python benchmarks/bench_parse.py [--files 1000] [--one-core 300] [--times 3]

Both sides take the same filled-in forms (.xlsx). Ours is everything that `ecanalysis parse` does before it writes: find
the files, checksum them, read every answer of every sheet with its number format, apply the rules, build and check the
tables. Theirs is pandas.read_excel with the openpyxl engine, one sheet a file, which gives cells and no number formats.
Half of theirs runs before ours and half after it, so that a machine that grows slower meanwhile does so for both. On
one core CPU seconds are compared, those of our worker process included; on all cores, time on the clock. The bar: five
times as fast on one core. Ends with an error below it.
"""

import argparse
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pandas as pd
from measure import cpu_seconds, machine

from ecanalysis.form.blank import write_template
from ecanalysis.reading.files import LocalPool
from ecanalysis.rounds import round as rounds
from ecanalysis.sample import invent

YEAR = 2027
DISTINCT = 60  # forms with different answers; the others differ in the name of the base alone
MARK = "示例基地之名"
BAR = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000, help="workbooks for the run on all cores")
    parser.add_argument("--one-core", type=int, default=300, help="workbooks for the run on one core")
    parser.add_argument("--times", type=int, default=3, help="how often each comparison is made")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        few = write_forms(Path(folder) / "few", options.one_core)
        many = write_forms(Path(folder) / "many", options.files)
        warm_up(few[0])
        cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
        if cores:
            os.sched_setaffinity(0, {min(cores)})
        ratio = compare("one core, CPU", few, 1, options.times, cpu_seconds)
        if cores:
            os.sched_setaffinity(0, cores)
        compare(f"{len(cores) if cores else os.cpu_count()} cores, clock", many, None, 1, on_the_clock)
    if ratio < BAR:
        print(f"missed: {ratio:.1f} times as fast on one core (bar: {BAR})")
    return 1 if ratio < BAR else 0


def compare(label: str, paths: list[Path], workers: int | None, times: int, seconds: Callable) -> float:
    """How many times as fast we are: the median of several comparisons."""
    half, ratios = len(paths) // 2, []
    for _ in range(times):
        parsed = []
        theirs = seconds(lambda: read_by_pandas(paths[:half]))
        ours = seconds(lambda parsed=parsed: parsed.append(rounds.parse([paths[0].parent], YEAR, LocalPool(workers))))
        theirs += seconds(lambda: read_by_pandas(paths[half:]))
        assert (parsed[0].files.status != "rejected").all() and len(parsed[0].bases) == len(paths)
        ratios.append(theirs / ours)
        each, mine = (1000 * spent / len(paths) for spent in (theirs, ours))
        print(
            f"{label}, {len(paths)} forms, {len(parsed[0].values)} values: pandas {each:.1f} ms a file, "
            f"parse {mine:.2f} ms a file: {ratios[-1]:.1f} times as fast",
            flush=True,
        )
    return median(ratios)


def on_the_clock(work: Callable) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def read_by_pandas(paths: list[Path]) -> None:
    for path in paths:
        pd.read_excel(path, engine="openpyxl")


def warm_up(path: Path) -> None:
    """Imports are paid once a process, by either side."""
    pd.read_excel(path, engine="openpyxl")
    rounds.parse([path], YEAR)


def write_forms(folder: Path, count: int) -> list[Path]:
    folder.mkdir()
    answers = invent()[YEAR].answers
    forms = []
    for base_id in answers.base_id.unique()[:DISTINCT]:
        mine = answers[answers.base_id == base_id]
        given = {(row.code, row.year): row.text or row.value for row in mine.itertuples()}
        write_template(folder / "form.xlsx", YEAR, given, {"base_name": MARK, "review_opinion": "同意"})
        with zipfile.ZipFile(folder / "form.xlsx") as archive:
            forms.append({name: archive.read(name) for name in archive.namelist()})
    (folder / "form.xlsx").unlink()
    paths = []
    for number in range(count):
        path = folder / f"{number:04}.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in forms[number % len(forms)].items():
                archive.writestr(name, data.replace(MARK.encode(), f"示例基地{number}".encode()))
        paths.append(path)
    return paths


if __name__ == "__main__":
    sys.exit(main())
