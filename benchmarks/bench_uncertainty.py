"""What 10,000 draws of the weights cost, beside a plain numpy loop over the draws on the same round.

    python benchmarks/bench_uncertainty.py [--draws 10000] [--bases 2000]

The loop is what an analyst would write by hand: one draw at a time, matrix product, ranks, tiers and bottom three in
three regions. Both see the same weights and take turns. Then a round of 2,000 bases (`--bases`) alone, with the memory
it takes at its peak. All is CPU time. Ends with an error where the tables differ, or the loop is not ten times as slow.
"""

import argparse
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from measure import cpu_seconds, machine, peak_megabytes

from ecanalysis.deciding import uncertainty
from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.scoring import scheme
from ecanalysis.scoring.aggregate import Panel
from ecanalysis.scoring.normalise import FEATURE_COLUMNS
from ecanalysis.scoring.scheme import SCORED

SCHEME = scheme.load()
BAR = 10


def invented_round(size: int, seed: int) -> tuple[Panel, pd.DataFrame]:
    """Panel and scores of a round of `size` bases with random normalised values, as the scorer would give them."""
    random = np.random.default_rng(seed)
    bases = pd.DataFrame(
        {
            "base_id": [f"B{n:04d}" for n in range(size)],
            "region": np.repeat(["东", "中", "西"], [size - 2 * (size // 3), size // 3, size // 3]),
            "kind": np.where(random.random(size) < 0.6, "示范基地", "集聚区"),
            "gated": (random.random(size) < 0.02).astype(int),
        }
    )
    ability = random.normal(size=(size, 1))
    quality = 1 / (1 + np.exp(-(ability + random.normal(size=(size, len(SCORED))))))
    chosen = random.random((size, len(FEATURES))) < 0.4
    held = np.ones((size, len(SCORED)), bool)
    for place, columns in enumerate(FEATURE_COLUMNS.values()):
        held[:, columns] = chosen[:, [place]]
    return Panel(np.where(held, quality, 0.0), np.ones(held.shape, bool), chosen), bases


def plain_loop(panel: Panel, bases: pd.DataFrame, weights: dict[str, np.ndarray]) -> np.ndarray:
    """The same table by a loop over the draws: p_bottom_three, p_tier1..3, rank_p05, rank_median, rank_p95."""
    quality, chosen = panel.normalised, panel.chosen
    item = [code.rstrip("ab") for code in SCORED]
    regions = [np.flatnonzero(bases.region == region) for region in ("东", "中", "西")]
    demonstration, gated = (bases.kind == "示范基地").to_numpy(), (bases.gated == 1).to_numpy()
    number, size = len(weights["groups"]), len(bases)
    ranks, tiers, bottom = np.zeros((number, size), int), np.zeros((3, size)), np.zeros(size)
    columns = {part: [SCORED.index(code) for code in SCORED if part in (FIELDS[code].group, FIELDS[code].feature)]
               for part in (*GROUPS, *FEATURES)}  # fmt: skip
    of_item = {part: [list(SCHEME.items[part]).index(item[column]) for column in columns[part]] for part in columns}
    halves = np.array([0.5 if code in ("C10a", "C10b") else 1.0 for code in SCORED])
    for draw in range(number):
        general, special = np.zeros(size), np.zeros(size)
        for place, part in enumerate(GROUPS):
            by_field = weights[part][draw][of_item[part]] * halves[columns[part]]
            general += weights["groups"][draw, place] * (quality[:, columns[part]] @ by_field)
        for part in FEATURES:
            special += quality[:, columns[part]] @ weights[part][draw][of_item[part]]
        total = np.round(80 * general + 20 * special / np.maximum(chosen.sum(axis=1), 1), 6)
        for members in regions:
            mine = total[members]
            rank = len(mine) - np.searchsorted(np.sort(mine), mine, "right") + 1
            ranks[draw, members] = rank
            first, second = np.ceil(round(0.3 * len(mine), 9)), np.ceil(round(0.8 * len(mine), 9))
            tier = np.where(gated[members], 2, (rank > first).astype(int) + (rank > second))
            tiers[tier, members] += 1
            contenders = members[demonstration[members]]
            if len(contenders) > 3:
                below = np.searchsorted(np.sort(total[contenders]), total[contenders], "left")
                bottom[contenders] += below < 3
    return np.column_stack([bottom / number, *(tiers / number), *np.quantile(ranks, [0.05, 0.5, 0.95], axis=0)])


def clock(work: Callable, *arguments) -> tuple[float, object]:
    found = []
    seconds = cpu_seconds(lambda: found.append(work(*arguments)))
    return seconds, found[0]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--draws", type=int, default=SCHEME.draws)
    options.add_argument("--bases", type=int, default=2000)
    options = options.parse_args()
    print(machine())

    panel, bases = invented_round(183, seed=1)
    weights = uncertainty.draw_weights(SCHEME, options.draws, SCHEME.seed)
    times = []
    for _ in range(3):  # in turn, so that a machine that grows slower does so for both
        ours, table = clock(uncertainty.draw_ranks, panel, bases, SCHEME, options.draws)
        plain, loop = clock(plain_loop, panel, bases, weights)
        times.append((ours, plain))
    ours, plain = (min(seconds) for seconds in zip(*times))
    if not np.allclose(table[uncertainty.COLUMNS[1:]].to_numpy(), loop, atol=1e-12):
        sys.exit("the loop and the library disagree")
    print(
        f"183 bases, {options.draws:,} draws: loop {plain:.2f} s, ours {ours:.3f} s "
        f"({plain / ours:.1f} times as fast), same table"
    )

    panel, bases = invented_round(options.bases, seed=2)
    before = peak_megabytes()
    seconds, _ = clock(uncertainty.draw_ranks, panel, bases, SCHEME, options.draws)
    print(
        f"{options.bases:,} bases, {options.draws:,} draws: {seconds:.2f} s, "
        f"{peak_megabytes():.0f} MB at the peak of the whole process ({before:.0f} MB before)"
    )
    if plain < BAR * ours:
        print(f"missed: {plain / ours:.1f} times as fast as the loop (bar: {BAR})")
    return 1 if plain < BAR * ours else 0


if __name__ == "__main__":
    sys.exit(main())
