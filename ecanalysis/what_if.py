"""A round under a changed scheme: what moves in totals, ranks, tiers and the bottom three, and how firm it is."""

from copy import deepcopy
from pathlib import Path

import pandas as pd

from ecanalysis import robustness, scheme, scores
from ecanalysis.form import FIELDS
from ecanalysis.scheme import Scheme

METHODS = {  # for every field that holds a number; "scheme" leaves the scheme's own rules
    "scheme": {},
    "min_max": {"method": "min_max", "lower_quantile": 0.0, "upper_quantile": 1.0},
    "winsorised": {"method": "min_max", "lower_quantile": 0.05, "upper_quantile": 0.95},
    "percentile_rank": {"method": "percentile_rank"},
    "z_score": {"method": "z_score", "z_limit": 2.0},
}
NUMERIC_TYPES = ("count", "amount", "number", "percent")
COMPARED = ["total", "rank", "rank_in_kind", "tier", "bottom_three"]


def changed(
    start: Scheme,
    title: str,
    weights: dict[str, dict[str, float]],
    method: str = "scheme",
    missing: str | None = None,
) -> Scheme:
    """The scheme with other weights, another normalisation of numbers, another rule for missing values.

    `weights`: "groups", or a group or feature letter -> part -> weight (any non-negative numbers; they are parts
    of their sum). What is changed is marked as assumed. Raises SchemeError where the result is no valid scheme.

    >>> tried = changed(scheme.load(), "试算", {"groups": {"policy": 2, "service": 1, "influence": 1}})
    >>> tried.groups["policy"], tried.title
    (0.5, '试算')
    """
    document = deepcopy(start.document) | {"title": title}
    for part, given in weights.items():
        table = document["groups"] if part == "groups" else document["items"][part]
        if any(table[key] != value for key, value in given.items()):
            given = {key: round(value, 6) for key, value in given.items()}  # sliders give 0.15000000000000002
            table |= given | {
                "out_of": round(sum(given.values()), 6),
                "basis": "assumed",
                "source": f"{title}：调整权重",
            }
    if METHODS[method]:
        rules = document["normalise"]
        for kind in NUMERIC_TYPES:
            # The logarithm stays where it is: it belongs to the field, not to the method.
            kept = {key: rules[kind][key] for key in ("transform", "direction") if key in rules[kind]}
            rules[kind] = METHODS[method] | kept | {"basis": "assumed", "source": f"{title}：统一归一化方法"}
        for code in [key for key in rules if key in FIELDS and FIELDS[key].numeric]:
            del rules[code]
    if missing is not None and missing != document["missing"]["policy"]:
        document["missing"] = {"policy": missing, "basis": "assumed", "source": f"{title}：调整缺报处理"}
    return scheme.parse(scheme.written(document), Path(f"{title}.toml"))


def outcome(evaluation, tried: Scheme, draws: int = 1000) -> pd.DataFrame:
    """Every base under the scheme it has and under the one tried.

    Columns base_id, name, province, region, kind, features; total, rank, rank_in_kind, tier, bottom_three as tried
    and with `_before`; p_bottom_three, the share of `draws` draws of weights around the tried scheme in which it is
    among the bottom three. In the order of the tried ranks, by region.
    """
    rounds = {one.year: one.scored_tables for one in (*evaluation.history, evaluation)}
    points = scores.score_points(*evaluation.scored_tables, tried, scores.goalposts_from(rounds, tried))
    now = scores.score_bases(points, evaluation.reported, evaluation.bases, tried)
    firm = robustness.draw_ranks(points, now, tried, draws=draws)[["base_id", "p_bottom_three"]]
    before = evaluation.scores.set_index("base_id")[COMPARED].add_suffix("_before")
    table = now.drop(columns=["general", "special", "gated", "missing"]).join(before, on="base_id")
    order = {"东": 0, "中": 1, "西": 2}
    table = table.merge(firm, on="base_id").assign(order=table.region.map(order))
    return table.sort_values(["order", "rank", "base_id"]).drop(columns="order").reset_index(drop=True)
