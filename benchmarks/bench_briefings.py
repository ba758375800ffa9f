"""What all pages of a round cost, beside a loop of plain `papermill` and `jupyter nbconvert` on the same notebooks.

    python benchmarks/bench_briefings.py [--loop 12] [--workers N]

The loop runs two commands a page, as one would type them, for `--loop` pages picked evenly from all pages of the round
(0: all of them, about half an hour), half of them before ours and half after; ours is the whole run of
`ecanalysis brief`, from reading the command's modules to the report in its place. Rates are compared page for page, the
kinds of pages apart. CPU seconds of all processes decide, since other work on the machine spoils the clock; but the
loop uses one core and ours all of them, so that the clock, on a quiet machine, is what one feels. Memory is the sum
over all processes, shared pages counted once. Both begin with the rounds already parsed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pandas as pd
import psutil
from measure import machine, spent_by_children

from ecanalysis import load_round, paths
from ecanalysis.publishing import briefings, planning

BAR = 18
OURS = """
import sys
from ecanalysis import load_round
from ecanalysis.publishing import briefings, planning
from ecanalysis.reading.files import LocalPool
r = load_round(sys.argv[2], previous=sys.argv[1])
run = briefings.brief(r, sys.argv[3], executor=LocalPool(int(sys.argv[4]) or None), only=sys.argv[5:])
sys.exit(run.status)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loop", type=int, default=12, help="pages for the loop; 0: all")
    parser.add_argument("--workers", type=int, default=0, help="pages at a time in ours; 0: as the command chooses")
    parser.add_argument("--round", default="2027")
    parser.add_argument("--previous", default="2025")
    options = parser.parse_args()
    folders = [paths.round_folder(options.previous), paths.round_folder(options.round)]
    pages = planning.plan(load_round(folders[1], previous=folders[0]))
    step = max(1, len(pages) // options.loop) if options.loop else 1
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | {"ECANALYSIS_ROUNDS": os.pathsep.join(map(str, folders))}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # both sides with compiled modules
        picked = pages[::step]
        spent = [loop(page, Path(scratch), environment) for page in picked[::2]]
        command = [sys.executable, "-c", OURS, *map(str, folders), scratch, str(options.workers)]
        ours, peak = measured(command, environment)
        spent += [loop(page, Path(scratch), environment) for page in picked[1::2]]
        _, peak_of_one = measured(papermill(picked[0], Path(scratch)), environment)
    rates = pd.DataFrame(spent).groupby("kind").mean()
    plain = rates.mul(pd.Series([page.kind for page in pages]).value_counts(), axis=0).sum()
    print(machine())
    print(f"{len(pages)} pages{' (the loop from a sample)' if step > 1 else ''}")
    print(rates.round(1).rename_axis("seconds a page of the loop").to_string())
    for name in ("cpu", "clock"):
        ratio = plain[name] / ours[name]
        print(f"{name}: loop {plain[name]:.0f} s, ours {ours[name]:.1f} s: {ratio:.1f} times as fast")
    print(f"peak memory: ours {peak / 2**20:.0f} MiB, one page with plain papermill {peak_of_one / 2**20:.0f} MiB")
    if plain["cpu"] / ours["cpu"] < BAR:
        sys.exit(f"the bar is {BAR}")


def loop(page: briefings.Page, scratch: Path, environment: dict) -> dict[str, float | str]:
    """What the two commands take for a page: its kind, cpu and clock (seconds)."""
    convert = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", str(scratch / "page.ipynb")]
    took = {"cpu": 0.0, "clock": 0.0}
    for command in (papermill(page, scratch), convert):
        one, _ = measured(command, environment)
        took = {name: took[name] + one[name] for name in took}
    return {"kind": page.kind, **took}


def papermill(page: briefings.Page, scratch: Path) -> list[str]:
    given = [part for name, value in page.parameters.items() for part in ("-p", name, str(value))]
    return [sys.executable, "-m", "papermill", str(page.notebook), str(scratch / "page.ipynb"), *given]


def measured(command: list[str], environment: dict) -> tuple[dict[str, float], int]:
    """What a command takes: seconds (cpu and clock) and peak memory (bytes), of all its processes."""
    cpu, clock = spent_by_children(), time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks = [0]
    watching = threading.Thread(target=watch, args=(process.pid, peaks))
    watching.start()
    if process.wait() != 0:
        sys.exit(f"failed: {command}")
    clock = time.perf_counter() - clock
    watching.join()
    return {"cpu": spent_by_children() - cpu, "clock": clock}, max(peaks)


def watch(pid: int, peaks: list[int]) -> None:
    while psutil.pid_exists(pid):
        total = 0
        try:
            for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
                memory = process.memory_full_info()
                total += getattr(memory, "pss", memory.rss)
        except psutil.Error:
            pass
        peaks.append(total)
        time.sleep(0.25)


if __name__ == "__main__":
    main()
