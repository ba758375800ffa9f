"""Two rounds -> a status for every base, with the reason in a sentence.

The rule is form note 4: a demonstration base (示范基地) whose results lie in the bottom three in two rounds in a
row loses the title; another cluster (集聚区) with leading results in two rounds in a row is added, up to 100 by
2035. What the note leaves open, and what is assumed for it, is told in docs/two-rounds.md.

A round here is any object with `year`, `scores` (as `scores.score_bases` gives them) and `roster` (with regions).
Ranks, bottom three and kind of a round are that round's own; the kind in the later roster chooses the rule.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from ecanalysis.deciding import reasons
from ecanalysis.form.words import CLUSTER, DEMONSTRATION, REGIONS
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.standing import MILLION, bottom_three, millionths, peers_of

COLUMNS = [
    "base_id", "name", "region", "kind", "rank_in_kind_previous", "rank_in_kind", "bottom_three_previous",
    "bottom_three", "total_previous", "total", "status", "reason",
]  # fmt: skip
ORDER = [
    "not_submitted", "revoke", "at_risk", "recovered", "add", "add_gated", "add_over_quota", "promising",
    "left_roster", "ok",
]  # fmt: skip
SCORED = ["name", "region", "kind", "total", "rank_in_kind", "of_kind", "tier", "bottom_three", "gated", "year"]
WHOLE = ["rank_in_kind", "of_kind", "bottom_three", "gated", "year"]


@dataclass(frozen=True)
class Standing:
    """One round as the rule looks at it: its reporting year, its roster and its scores."""

    year: int
    roster: pd.DataFrame
    scores: pd.DataFrame


def compare_rounds(now, history, scheme: Scheme) -> pd.DataFrame:
    """A status and its reason for every base on the roster of this round or of the one before.

    `history` holds the earlier rounds, oldest first. The status looks at the last of them alone; older ones only
    tell what a missed round might mean. With an empty history every base is judged on this round alone.
    Columns as in COLUMNS; ranks and bottom three are Int64, missing where a base has no score in a round. Those who
    were in the bottom three before and have not submitted now come first, then by status, region and base_id.
    """
    previous = _scores(history[-1]) if len(history) else None
    table = _statuses(_pair(now, history[-1].roster if len(history) else None, previous), scheme)
    older = _own_last_scores(history[:-1]) if len(history) > 1 else None
    table["reason"] = reasons.write(table, now.year, history[-1].year if len(history) else None, older, scheme)
    order = pd.DataFrame(
        {
            # Not submitting must not look like recovering: these head the table.
            "later": ~_was_bottom(table) | (table.status != "not_submitted"),
            "status": table.status.map(ORDER.index),
            "region": table.region.map(REGIONS.index),
            "base_id": table.base_id,
        }
    ).sort_values(["later", "status", "region", "base_id"])
    return table.loc[order.index, COLUMNS].reset_index(drop=True)


def readings(now, history, scheme: Scheme) -> pd.DataFrame:
    """Each base's status under the readings that the wording of form note 4 allows.

    Columns base_id,name,region,kind,status,by_region,by_country,by_own_rounds. `status` is the scheme's own;
    `by_region` and `by_country` count the bottom three in each region or over the whole country, in every round;
    `by_own_rounds` takes for two in a row the last two rounds a base itself took part in, however long ago.
    """
    result = compare_rounds(now, history, scheme)[["base_id", "name", "region", "kind", "status"]]
    for column, scope in (("by_region", "region"), ("by_country", "country")):
        counted = scheme.with_(bottom_scope=scope)
        rounds = [Standing(one.year, one.roster, _recount(one.scores, counted)) for one in (*history, now)]
        statuses = compare_rounds(rounds[-1], rounds[:-1], counted).set_index("base_id").status
        result[column] = result.base_id.map(statuses)
    result["by_own_rounds"] = result.status
    if len(history) > 1:
        own = _statuses(_pair(now, history[-1].roster, _own_last_scores(history)), scheme)
        result["by_own_rounds"] = result.base_id.map(own.set_index("base_id").status)
    return result


def case_histories(now, history, scheme: Scheme) -> pd.DataFrame:
    """What each round said of each base on its roster, one row a base and round, oldest first.

    Columns base_id,year,name,region,kind,total,rank_in_kind,of_kind,tier,bottom_three,gated,status. A base that did
    not submit has a row without a score; one that was not on the roster has none (`left_roster` excepted).
    `status` compares a round with the one before it; the first round stands alone.
    """
    rounds, frames = [*history, now], []
    for place, one in enumerate(rounds):
        judged = compare_rounds(one, rounds[:place], scheme)[["base_id", "name", "region", "kind", "status"]]
        scored = _scores(one).drop(columns=["name", "region", "kind", "year"])
        frames.append(judged.join(scored, on="base_id").assign(year=one.year))
    columns = ["base_id", "year", "name", "region", "kind", *SCORED[3:-1], "status"]
    return pd.concat(frames).sort_values(["base_id", "year"])[columns].reset_index(drop=True)


def promoted(now, history) -> pd.DataFrame:
    """Clusters of one roster that are demonstration bases on the next: base_id,name,year (the later one's).

    How many places are left of the 100 is what the scheme says; this is what the rosters say, to hold beside it.
    """
    rounds, frames = [*history, now], []
    for earlier, later in pairwise(rounds):
        clusters = earlier.roster.base_id[earlier.roster.kind == CLUSTER]
        titled = later.roster[(later.roster.kind == DEMONSTRATION) & later.roster.base_id.isin(clusters)]
        frames.append(titled[["base_id", "name"]].assign(year=later.year))
    empty = pd.DataFrame({"base_id": [], "name": [], "year": []}).astype({"year": int})
    return pd.concat(frames).sort_values(["year", "base_id"]).reset_index(drop=True) if frames else empty


def tier_transitions(now, previous) -> pd.DataFrame:
    """How many bases went from which tier to which: region,kind,tier_previous,tier,bases.

    A base without a score in one of the two rounds counts there as 未参评. Region and kind are the later ones. Empty
    where there is no earlier round (`previous` None).
    """
    if previous is None:
        return pd.DataFrame(columns=["region", "kind", "tier_previous", "tier", "bases"])
    pair = _pair(now, previous.roster, _scores(previous))
    pair = pair[pair.total.notna() | pair.total_previous.notna()].fillna({"tier": "未参评", "tier_previous": "未参评"})
    return pair.groupby(["region", "kind", "tier_previous", "tier"]).size().rename("bases").reset_index()


def _was_bottom(table: pd.DataFrame) -> pd.Series:
    return table.bottom_three_previous.eq(1).fillna(False).astype(bool)


def _scores(one) -> pd.DataFrame:
    """A round's scores by base_id, with its year and how many of the kind its region has."""
    counted = one.scores.assign(of_kind=one.scores.groupby(["region", "kind"]).base_id.transform("size"), year=one.year)
    return counted.set_index("base_id")[SCORED].astype(dict.fromkeys(WHOLE, "Int64"))


def _own_last_scores(history) -> pd.DataFrame:
    """For each base its scores in the last of these rounds that it took part in."""
    every = pd.concat([_scores(one) for one in history])
    return every[~every.index.duplicated(keep="last")]


def _recount(scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The scores with `bottom_three` counted anew, over what the scheme says."""
    flagged = bottom_three(millionths(scores.total), peers_of(scores).contenders(scheme), scheme.bottom_count)
    return scores.assign(bottom_three=flagged.astype(int))


def _pair(now, roster_previous: pd.DataFrame | None, previous: pd.DataFrame | None) -> pd.DataFrame:
    """One row for each base of either roster, with its scores now and (columns ending in `_previous`) before."""
    described = ["base_id", "name", "region", "kind"]
    table = now.roster[described].assign(listed=True, listed_previous=False)
    if roster_previous is not None:
        gone = roster_previous[~roster_previous.base_id.isin(now.roster.base_id)]
        table = pd.concat([table, gone[described].assign(listed=False)], ignore_index=True)
        table["listed_previous"] = table.base_id.isin(roster_previous.base_id)
    scored = _scores(now)
    before = scored.head(0) if previous is None else previous
    table = table.join(scored.drop(columns=["name", "region", "kind"]), on="base_id")
    return table.join(before.add_suffix("_previous"), on="base_id")


def _statuses(table: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The table with `status`, and for candidates for addition the `mean` of the totals and their `place` by it."""
    demonstration = table.kind == DEMONSTRATION
    bottom, was_bottom = table.bottom_three.eq(1).fillna(False), _was_bottom(table)
    best = (table.kind == CLUSTER) & _leading(table.rank_in_kind, scheme)
    was_best = (table.kind_previous == CLUSTER) & _leading(table.rank_in_kind_previous, scheme)
    gated = table.gated.eq(1).fillna(False) | table.gated_previous.eq(1).fillna(False)

    candidate = table.listed & table.total.notna() & best & was_best & ~gated
    # Whole millionths of a point, so that equal means are equal.
    both = (table.total * MILLION).round() + (table.total_previous * MILLION).round()
    queue = table[candidate].assign(both=both).sort_values(["both", "base_id"], ascending=[False, True])
    table = table.assign(mean=both / 2 / MILLION, place=pd.Series(np.arange(1, len(queue) + 1), index=queue.index))

    cases = {
        "left_roster": ~table.listed,
        "not_submitted": table.total.isna(),
        "revoke": demonstration & bottom & was_bottom,
        "at_risk": demonstration & bottom,
        "recovered": demonstration & was_bottom,
        "add": best & was_best & ~gated & (table.place <= scheme.quota_remaining),
        "add_gated": best & was_best & gated,
        "add_over_quota": best & was_best,
        "promising": best,
    }
    held = [condition.to_numpy(dtype=bool, na_value=False) for condition in cases.values()]
    return table.assign(status=np.select(held, list(cases), default="ok"))


def _leading(rank_in_kind: pd.Series, scheme: Scheme) -> pd.Series:
    return rank_in_kind.le(scheme.best_count).fillna(False)
