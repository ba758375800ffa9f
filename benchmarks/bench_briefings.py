"""What all pages of a round cost, beside a loop of plain `papermill` and `jupyter nbconvert` on the same notebooks.

    python benchmarks/bench_briefings.py [--loop 12] [--workers N]

The loop runs two commands a page, as one would type them, for `--loop` pages picked evenly from all pages of the round
(0: all of them, about half an hour); ours is the whole run of `ecanalysis brief`, from reading the command's modules to
the report in its place. Rates are compared page for page, the national notebooks apart, since they are the longest.
Memory is the sum over all processes, shared pages counted once. Both begin with the rounds already parsed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from ecanalysis import load_round, paths
from ecanalysis.publishing import briefings, planning

BAR = 8
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
        spent = {page.name: loop(page, Path(scratch), environment) for page in picked}
        plain = sum(
            len([page for page in pages if page.kind == kind]) * mean([spent[p.name] for p in picked if p.kind == kind])
            for kind in briefings.KINDS
        )
        command = [sys.executable, "-c", OURS, *map(str, folders), scratch, str(options.workers)]
        ours, peak = measured(command, environment)
        _, peak_of_one = measured([*papermill(picked[0], Path(scratch))], environment)
    print(f"{len(pages)} pages, {os.cpu_count()} cores")
    for kind in briefings.KINDS:
        print(f"  loop, {kind}: {mean([spent[p.name] for p in picked if p.kind == kind]):.1f} s a page")
    how = " (from a sample)" if step > 1 else ""
    print(f"loop {plain:.0f} s{how}, ours {ours:.0f} s: {plain / ours:.1f} times as fast")
    print(f"peak memory: ours {peak / 2**20:.0f} MiB, one page with plain papermill {peak_of_one / 2**20:.0f} MiB")
    if plain / ours < BAR:
        sys.exit(f"the bar is {BAR}")


def loop(page: briefings.Page, scratch: Path, environment: dict) -> float:
    """Seconds that the two commands take for a page."""
    begun = time.perf_counter()
    subprocess.run(papermill(page, scratch), check=True, capture_output=True, env=environment)
    convert = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", str(scratch / "page.ipynb")]
    subprocess.run(convert, check=True, capture_output=True, env=environment)
    return time.perf_counter() - begun


def papermill(page: briefings.Page, scratch: Path) -> list[str]:
    given = [part for name, value in page.parameters.items() for part in ("-p", name, str(value))]
    return [sys.executable, "-m", "papermill", str(page.notebook), str(scratch / "page.ipynb"), *given]


def measured(command: list[str], environment: dict) -> tuple[float, int]:
    """Seconds and peak memory (bytes, of all its processes) of a command."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peaks = [0]
    watching = threading.Thread(target=watch, args=(process.pid, peaks))
    watching.start()
    if process.wait() != 0:
        sys.exit(f"failed: {command}")
    spent = time.perf_counter() - begun
    watching.join()
    return spent, max(peaks)


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


def mean(seconds: list[float]) -> float:
    return sum(seconds) / len(seconds) if seconds else 0.0


if __name__ == "__main__":
    main()
