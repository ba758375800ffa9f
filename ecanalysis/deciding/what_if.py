"""A round under a changed scheme: what moves in totals, ranks, tiers and the bottom three, and how firm it is."""

from copy import deepcopy
from pathlib import Path

import pandas as pd

from ecanalysis.deciding.statuses import status_now
from ecanalysis.deciding.uncertainty import draw_ranks
from ecanalysis.form.fields import FIELDS
from ecanalysis.rounds.roster import OF_BASE, by_region
from ecanalysis.scoring import scheme
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.scheme_checks import COMMON, TYPES
from ecanalysis.scoring.variants import NORMALISATIONS

NORMALISED_BY = [key for key, settings in NORMALISATIONS.items() if key == "scheme" or "method" in settings]
STANDING = ["total", "rank", "rank_in_kind", "tier", "bottom_three"]
FIRM = ["p_bottom_three", "rank_p05", "rank_p95"]
UNSURE = (0.05, 0.95)  # a probability between these leaves open whether a base is in the bottom three


def changed(
    start: Scheme,
    title: str,
    weights: dict[str, dict[str, float]],
    normalisation: str = "scheme",
    missing: str | None = None,
) -> Scheme:
    """The scheme with other weights, another normalisation of numbers, another rule for missing values.

    `weights`: "groups", or a group or feature letter -> part -> weight (any non-negative numbers; they are parts
    of their sum). `normalisation`: one of NORMALISED_BY. What is changed is marked as assumed. Raises UserError where
    the result is no valid scheme.

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
    if NORMALISATIONS[normalisation]:
        stated = {"basis": "assumed", "source": f"{title}：统一归一化方法"}
        rules = document["normalise"]
        for kind in (one for one in TYPES if one != "yes_no"):
            rules[kind] = NORMALISATIONS[normalisation] | _beside_method(rules[kind]) | stated
        for code in [key for key in rules if key in FIELDS and FIELDS[key].numeric]:
            rule = rules.pop(code)
            if own := _beside_method(rule):
                rules[code] = own | {key: rule[key] for key in stated}
    if missing is not None and missing != document["missing"]["policy"]:
        document["missing"] = {"policy": missing, "basis": "assumed", "source": f"{title}：调整未填处理"}
    return scheme.parse(scheme.written(document), Path(f"{title}.toml"))


def _beside_method(rule: dict) -> dict:
    """What a rule says beside its method: the logarithm and the direction belong to the field."""
    return {key: rule[key] for key in COMMON if key in rule and key != "method"}


def standing(evaluation, draws: int = 1000) -> pd.DataFrame:
    """Where every scored base stands under its evaluation's scheme, and how firmly.

    Columns base_id, name, province, region, kind, features, total, rank, rank_in_kind, tier, bottom_three;
    p_bottom_three, rank_p05, rank_p95 from `draws` draws of weights around the scheme (see `uncertainty.draw_ranks`).
    """
    scores = pd.DataFrame(evaluation.scores)
    firm = draw_ranks(evaluation.panel, scores, evaluation.scheme, draws=draws)
    return scores[[*OF_BASE, "features", *STANDING]].merge(firm[["base_id", *FIRM]], on="base_id")


def moved(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Two standings of the same bases beside each other: `now` and, with `_before`, what it is compared with.

    And total_change, rank_change (places gained), bottom_three_change (enters, leaves or ""), and the two probabilities
    of the bottom three as p_tried and p_in_force. In the order of region and the new rank.
    """
    old = before.set_index("base_id")[[*STANDING, *FIRM]].add_suffix("_before")
    table = now.join(old, on="base_id")
    table = table.assign(
        total_change=table.total - table.total_before,
        rank_change=table.rank_before - table["rank"],
        bottom_three_change=(table.bottom_three - table.bottom_three_before)
        .map({1: "enters", -1: "leaves", 0: ""})
        .astype("str"),
        p_tried=table.p_bottom_three,
        p_in_force=table.p_bottom_three_before,
    )
    return by_region(table, ["rank", "base_id"])


def effect(outcome: pd.DataFrame) -> dict:
    """What moved, counted: bases, ranks and tiers that changed; entered, left: who did so of the bottom three.

    And unsure, unsure_before: bases whose probability of being in the bottom three lies within UNSURE.
    """
    return {
        "bases": len(outcome),
        "ranks": int((outcome.rank_change != 0).sum()),
        "tiers": int((outcome.tier != outcome.tier_before).sum()),
        "entered": _called(outcome[outcome.bottom_three_change == "enters"]),
        "left": _called(outcome[outcome.bottom_three_change == "leaves"]),
        "unsure": int(outcome.p_tried.between(*UNSURE).sum()),
        "unsure_before": int(outcome.p_in_force.between(*UNSURE).sum()),
    }


def twice_in_bottom(evaluation) -> list[str] | None:
    """The demonstration bases in the bottom three in this round and the one before, as "B012 名称"; None in a first."""
    if evaluation.previous is None:
        return None
    # The watchlist says more, and takes longer.
    status = status_now([*evaluation.history, evaluation], evaluation.scheme)
    scores = pd.DataFrame(evaluation.scores)
    return _called(by_region(scores[(scores.base_id.map(status) == "revoke").to_numpy()], ["base_id"]))


def _called(rows: pd.DataFrame) -> list[str]:
    return (rows.base_id + " " + rows["name"]).tolist()
