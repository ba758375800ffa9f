"""How what things cost grows with the round: bases and forms ten times as many should cost ten times as much.

    python benchmarks/bench_growth.py [--bases 200 2000] [--forms 100 1000] [--only NAME …]
    python benchmarks/bench_growth.py --bases 200 2000 20000 --draws 10000 --forms 1000 10000 50000

Every line is one step of the work on invented rounds of these sizes: CPU seconds of each, and the exponent of growth
between the last two sizes (1: proportional; 2: quadratic). What takes less than 0.2 s at the largest size is not
judged. Ends with an error where an exponent is above the bar, 1.1 (sorting alone comes to 1.08), or where
uncertainty over 20,000 bases takes more than 15 s.
"""

import argparse
import math
import sys
import tempfile
from pathlib import Path

import pandas as pd
from bench_explore import evaluation_of
from bench_parse import write_forms
from measure import cpu_seconds, machine

from ecanalysis.outputs import write_table
from ecanalysis.publishing import entry, planning
from ecanalysis.reading.files import LocalPool
from ecanalysis.rounds import cache, roster
from ecanalysis.rounds import round as rounds

BAR = 1.1
LITTLE = 0.2  # seconds
UNCERTAINTY = 15  # seconds for 20,000 bases


def of_bases(size: int, draws: int) -> dict[str, float]:
    """CPU seconds of each step on two rounds of `size` bases."""
    before = evaluation_of(2025, 1, [], size, draws)
    now = evaluation_of(2027, 2, [before], size, draws)
    spent = {}
    for name in ("scores", "points", "bounds", "watchlist", "robustness", "change", "firmness", "heirs", "remove_one",
                 "decisions"):  # fmt: skip
        spent[name] = cpu_seconds(lambda name=name: [getattr(one, name) for one in (before, now)])
    names = [f"{name}园区（一期）" for name in now.roster.name]  # none of them is on the roster as it stands
    spent["names matched"] = min(cpu_seconds(lambda: roster.match(names, now.roster)) for _ in range(3))
    pages = []
    spent["the pages planned"] = cpu_seconds(lambda: pages.extend(planning.plan(now)))
    listed = [
        {
            "name": page.name,
            "kind": page.kind,
            "subject": page.subject,
            "html": page.html,
            "parameters": page.parameters,
        }
        | {"status": "done", "sha256": "0" * 64, "stale": False}
        for page in pages
    ]
    manifest = {"pages": listed, "titles": {}, "run": {"finished": "2027-01-01"}}
    for name, (_, made) in entry.FRONT.items():
        spent[name] = cpu_seconds(lambda made=made: made(now, manifest))
    with tempfile.TemporaryDirectory() as folder:
        spent["a table written"] = cpu_seconds(lambda: write_table(now.points, Path(folder), "points"))
    return spent


def of_forms(size: int) -> dict[str, float]:
    """CPU seconds of each step on `size` workbooks, in one worker process."""
    spent = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "2027"
        folder.mkdir()
        write_forms(folder / "submissions", size)
        names = [f"示例基地{number}" for number in range(size)]
        listed = pd.DataFrame({"base_id": [f"B{at:06}" for at in range(size)], "name": names, "aliases": ""})
        listed.assign(province="浙江", kind="示范基地").to_csv(folder / "roster.csv", index=False)
        one = LocalPool(1)
        spent["parse"] = cpu_seconds(lambda: rounds.parse([folder / "submissions"], 2027, one))
        spent["a round read"] = cpu_seconds(lambda: rounds.read_round(folder, one, fresh=True))
        spent["the cache loaded"] = cpu_seconds(lambda: cache.load(folder, 2027))
        spent["the round read again"] = cpu_seconds(lambda: rounds.read_round(folder, one))
    return spent


def told(what: str, sizes: list[int], spent: list[dict[str, float]], only: list[str]) -> list[str]:
    """Print a table; give what is above the bar."""
    missed = []
    print(f"{what:<22}" + "".join(f"{size:>10,}" for size in sizes) + "   exponent")
    for name in spent[0]:
        if only and name not in only:
            continue
        *_, smaller, larger = [max(one[name], 1e-4) for one in spent]
        exponent = math.log(larger / smaller) / math.log(sizes[-1] / sizes[-2])
        print(f"  {name:<20}" + "".join(f"{one[name]:>10.3f}" for one in spent) + f"   {exponent:.2f}")
        if exponent > BAR and larger > LITTLE:
            missed.append(f"{name}: {exponent:.2f}")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bases", type=int, nargs="+", default=[200, 2000], help="sizes, two or more (0: none)")
    parser.add_argument("--forms", type=int, nargs="+", default=[100, 1000], help="sizes, two or more (0: none)")
    parser.add_argument("--draws", type=int, default=1000, help="of weights (a round takes 10,000)")
    parser.add_argument("--only", nargs="+", default=[], help="show these steps alone")
    options = parser.parse_args()
    print(machine())
    missed = []
    if len(options.bases) > 1:
        spent = [of_bases(size, options.draws) for size in options.bases]
        missed += told("bases, two rounds", options.bases, spent, options.only)
        if options.bases[-1] == 20_000 and options.draws == 10_000 and spent[-1]["robustness"] > 2 * UNCERTAINTY:
            missed.append(f"uncertainty over 20,000 bases: {spent[-1]['robustness'] / 2:.0f} s")
    if len(options.forms) > 1:
        missed += told("forms", options.forms, [of_forms(size) for size in options.forms], options.only)
    if missed:
        print("above the bar: " + ", ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
