"""What the analyst waits for at the desk: a slider moved, until ranking, tiers, bottom three and firmness are there.

    python benchmarks/bench_explore.py

Two invented rounds of 200 bases, as the desk has them in memory. One move scores both rounds under the new scheme,
draws 1,000 sets of weights, compares the rounds, and writes words, chart and ranking. The bar: 0.1 s of the thread
that does it all (what the machine's other work adds on the clock is not ours). Ends with an error where it is missed.
"""

import sys
import time
from pathlib import Path

from bench_scores import invented_round
from measure import machine

from ecanalysis.desk.explore import DRAWS, Explorer
from ecanalysis.evaluation import Evaluation
from ecanalysis.rounds.round import Round
from ecanalysis.rounds.schemas import APPLIED, FILES, OF_ROUND, UNMATCHED, frame
from ecanalysis.scoring import scheme

SIZE = 200
BAR = 100  # milliseconds


def evaluation_of(year: int, seed: int, history: list[Evaluation], size: int = SIZE, draws: int = 10_000) -> Evaluation:
    """An invented round, held as if it had been read."""
    values, answered, bases = invented_round(size, seed)
    where = {"file": "表.xlsx", "sheet": "报告表", "cell": "D5", "raw": ""}
    values = values.assign(year=year, text="", unit="", base_name="", **where)
    answered = answered.assign(**where)
    tables = {
        "issues": OF_ROUND["issues"],
        "stamped": OF_ROUND["stamped"],
        "files": FILES,
        "forms": OF_ROUND["forms"],
        "unmatched": UNMATCHED,
        "corrections": APPLIED,
    }
    empty = {name: frame([], schema) for name, schema in tables.items()}
    silent = bases.head(0).assign(received="", file="")
    read = Round(year=year, folder=Path(str(year)), roster=bases.assign(aliases=""), values=values, answered=answered,
                 submitted=bases, not_submitted=silent, as_received=(values, answered), **empty)  # fmt: skip
    return Evaluation(read, scheme.load().with_(draws=draws), history)


def spent(work) -> tuple[float, float]:
    """Milliseconds of the fastest of several runs: on the clock, and of the one thread that does the work."""
    runs = []
    for _ in range(20):
        clock, thread = time.perf_counter(), time.thread_time()
        work()
        runs.append((1000 * (time.perf_counter() - clock), 1000 * (time.thread_time() - thread)))
    clocks, threads = zip(*runs)
    return min(clocks), min(threads)


def main() -> int:
    print(machine())
    before = evaluation_of(2025, 1, [])
    now = evaluation_of(2027, 2, [before])
    desk = Explorer(now)
    slider, places = desk.weights["service"]["C06"], iter(range(1, 1000))

    def move() -> None:
        slider.value = 1.05 + next(places) % 30 / 20

    def score_alone() -> None:
        now.under(desk.tried.scheme).scores  # noqa: B018 - computed when asked for

    waited, moved = spent(move)
    _, scored = spent(score_alone)
    desk.missing.value = "reweight"
    waited_too, handed_on = spent(move)
    print(f"{SIZE} bases, two rounds, {DRAWS:,} draws (bar: {BAR} ms)")
    print(f"  a slider moved in {moved:.0f} ms, on the clock {waited:.0f} ms")
    print(f"  where missing values hand their weight on: {handed_on:.0f} ms, clock {waited_too:.0f} ms")
    print(f"  scoring this round alone: {scored:.0f} ms; the whole move takes {moved / scored:.1f} times as long")
    return 1 if max(moved, handed_on) > BAR else 0


if __name__ == "__main__":
    sys.exit(main())
