"""What scoring costs: 200 bases, 100,000 bases, and 50 schemes compared.

    python benchmarks/bench_scores.py [--large 100000] [--schemes 50]

Rounds are invented, with every kind of answer and 5% missing. The bars: 200 bases within 25 ms, 100,000 within 5 s,
50 schemes at less than a third of 50 full runs. Ends with an error where a bar is missed, or where comparing gives
another total than scoring.
"""

import argparse
import sys

import numpy as np
import pandas as pd
from measure import cpu_seconds, machine, peak_megabytes

from ecanalysis.deciding.compare import compare_schemes
from ecanalysis.form.fields import FIELDS
from ecanalysis.scoring import scheme as schemes
from ecanalysis.scoring.scheme import SCORED, Scheme
from ecanalysis.scoring.scores import score_bases, score_points

DEFAULT = schemes.load()


def invented_round(size: int, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """values, answered, bases of a round of `size` bases."""
    chance = np.random.default_rng(seed)
    ids = np.array([f"B{place:06d}" for place in range(size)])
    bases = pd.DataFrame(
        {
            "base_id": ids,
            "name": [f"示例{base}" for base in ids],
            "province": "浙江",
            "region": chance.choice(["东", "中", "西"], size, p=[0.5, 0.25, 0.25]),
            "kind": chance.choice(["示范基地", "集聚区"], size, p=[0.65, 0.35]),
        }
    )
    chosen = dict(zip("ILAS", chance.random((4, size)) < 0.5))
    columns = []
    for code in SCORED:
        field = FIELDS[code]
        if field.type == "yes_no":
            value = (chance.random(size) < (0.03 if field.adverse else 0.75)).astype(float)
        elif field.type in ("count", "amount"):
            value = np.round(chance.lognormal(4, 1.2, size))
        else:
            value = np.clip(np.round(chance.normal(25, 12, size), 1), 0, 100)
        kept = chance.random(size) > 0.05
        kept &= chosen.get(field.feature, True)
        columns.append(pd.DataFrame({"base_id": ids[kept], "code": code, "value": value[kept]}))
    values = pd.concat(columns, ignore_index=True)
    return values, values[["base_id", "code"]], bases


def score(round_: tuple, scheme: Scheme) -> pd.DataFrame:
    return score_bases(score_points(*round_, scheme), round_[0], round_[2], scheme)


def best_of(times: int, work) -> float:
    """CPU seconds of the fastest of several runs: what the machine's other work adds is not ours."""
    return min(cpu_seconds(work) for _ in range(times))


def variants(number: int) -> dict[str, Scheme]:
    """Schemes as an analyst tries them: half with other weights, half with other bounds."""
    text = DEFAULT.path.read_text("utf-8")
    found = {}
    for place in range(number):
        if place % 2:
            changed = text.replace("out_of = 3\npolicy = 1", f"out_of = {3 + place / 10}\npolicy = {1 + place / 10}")
        else:
            changed = text.replace("upper_quantile = 0.95", f"upper_quantile = {0.95 - place / 500}")
        found[f"方案{place + 1}"] = schemes.parse(changed)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", type=int, default=100_000, help="bases of the large round")
    parser.add_argument("--schemes", type=int, default=50, help="schemes compared")
    options = parser.parse_args()
    missed = []
    print(machine())

    small = invented_round(200)
    score(small, DEFAULT)
    seconds = best_of(15, lambda: score(small, DEFAULT))
    print(f"200 bases scored: {seconds * 1000:.1f} ms (bar: 25 ms)")
    missed += ["200 bases"] * (seconds > 0.025)

    large = invented_round(options.large)
    seconds = best_of(2, lambda: score(large, DEFAULT))
    peak = peak_megabytes()
    print(f"{options.large:,} bases scored: {seconds:.2f} s (bar: 5 s), {len(large[0]):,} values, peak {peak:,.0f} MB")
    missed += [f"{options.large:,} bases"] * (seconds > 5)

    tried = variants(options.schemes)
    in_turn = [
        (
            cpu_seconds(lambda: compare_schemes(*small, tried)),
            cpu_seconds(lambda: [score(small, one) for one in tried.values()]),
        )
        for _ in range(3)
    ]
    together, apart = (min(seconds) for seconds in zip(*in_turn))
    print(
        f"{options.schemes} schemes compared on 200 bases: {together * 1000:.0f} ms; "
        f"as many full runs: {apart * 1000:.0f} ms ({apart / together:.1f} times as long; bar: 3)"
    )
    missed += ["schemes"] * (together > apart / 3)
    compared = compare_schemes(*small, tried)
    for name, scheme in tried.items():
        same = np.allclose(compared[compared.scheme == name].total, score(small, scheme).total, atol=1e-9, rtol=0)
        missed += [f"{name}: another total"] * (not same)
    if missed:
        print("missed: " + ", ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
