"""Two rounds -> a status for every base, with the reason in a sentence.

The rule is form note 4: a demonstration base (示范基地) in the bottom three in two consecutive rounds loses the title;
another cluster (集聚区) with leading results in two consecutive rounds is added, up to 100 by 2035. docs/two-rounds.md
says what the note leaves open and what is assumed instead.

A round is any object with the attributes of `Standing`. Ranks, bottom three and kind are those of the round itself; the
kind on the later roster decides which rule applies (`statuses.rule`).
"""

from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ecanalysis.deciding import reasons
from ecanalysis.deciding.statuses import RULED, rule
from ecanalysis.form.words import CLUSTER, DEMONSTRATION, REGIONS, UNSCORED
from ecanalysis.rounds.once import once
from ecanalysis.rounds.roster import WHO
from ecanalysis.rounds.schemas import TABLES
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.standing import MILLION, bottom_three, leading, millionths, peers_of

COLUMNS = list(TABLES["watchlist"].columns)
ORDER = [
    "not_submitted", "revoke", "at_risk", "recovered", "add", "add_gated", "add_over_quota", "promising",
    "left_roster", "ok",
]  # fmt: skip
SCORED = [
    "name", "region", "kind", "total", "rank_in_kind", "of_kind", "tier", "bottom_three", "gated",
    "best", "year", "source",
]  # fmt: skip
WHOLE = ["rank_in_kind", "of_kind", "bottom_three", "gated", "year"]


@dataclass(frozen=True)
class Standing:
    """The input of the rule from one round: its reporting year, roster (with regions) and scores.

    `scores` is the result of `scores.score_bases`. `best_count` is how many clusters of a region count as the best;
    `source` is "recomputed" or "sealed".
    """

    year: int
    roster: pd.DataFrame
    scores: pd.DataFrame
    best_count: int
    source: str = "recomputed"


def compare_rounds(now, history, scheme: Scheme, decimals: int = 2) -> pd.DataFrame:
    """A status and its reason for every base on the roster of this round or of the one before.

    `history` holds the earlier rounds, oldest first. The status depends on the last of them only or, if the scheme's
    `absence` is "skips", on the last one in which the base took part. With an empty history it depends on this round
    alone. Columns are COLUMNS; ranks, bottom three and `previous_year` (the round of the earlier figures) are Int64,
    missing if the base has no score in that round. Bases previously in the bottom three that have not submitted now
    come first, then the order is by status, region and base_id. Totals in the reason have `decimals` decimals.
    """
    table = _statuses(_pair(now, history, scheme.absence), scheme)
    older = _own_last_scores(history[:-1]) if len(history) > 1 and scheme.absence == "asks" else None
    year_previous = history[-1].year if len(history) else None
    table["reason"] = reasons.write(table, now.year, year_previous, older, scheme, decimals)
    table = table.assign(previous_year=table.year_previous, source_previous=table.source_previous.fillna(""))
    order = pd.DataFrame(
        {
            # Not submitting must not look like a recovery: these bases come first.
            "later": ~silent_bottom(table),
            "status": table.status.map(ORDER.index),
            "region": table.region.map(REGIONS.index),
            "base_id": table.base_id,
        }
    ).sort_values(["later", "status", "region", "base_id"])
    return table.loc[order.index, COLUMNS].reset_index(drop=True)


@once
def on_pages(r) -> pd.DataFrame:
    """The watchlist of an evaluation for pages: totals in the reasons have one decimal, as in the pages' tables."""
    return compare_rounds(r, r.history, r.scheme, decimals=1)


def status_of_each(now, history, scheme: Scheme) -> pd.Series:
    """The status by base_id of the bases listed by `compare_rounds`."""
    return _statuses(_pair(now, history, scheme.absence), scheme).set_index("base_id").status


def by_scope(now, history, scheme: Scheme, scope: str) -> pd.Series:
    """The status by base_id with every round's bottom three determined by region or over the country (`scope`)."""
    counted = scheme.with_(bottom_scope=scope)
    rounds = [Standing(one.year, one.roster, _recount(one.scores, counted), one.best_count) for one in (*history, now)]
    return status_of_each(rounds[-1], rounds[:-1], counted)


def readings(now, history, scheme: Scheme) -> pd.DataFrame:
    """Each base's status under the interpretations that the wording of form note 4 allows.

    Columns base_id,name,region,kind,status,by_region,by_country,by_own_rounds. `status` is that of the scheme;
    `by_region` and `by_country` determine the bottom three of every round by region or over the whole country;
    `by_own_rounds` takes as consecutive the last two rounds in which the base itself took part, however long ago.
    """
    result = compare_rounds(now, history, scheme)[[*WHO, "status"]]
    own = status_of_each(now, history, scheme.with_(absence="skips"))
    return result.assign(
        by_region=result.base_id.map(by_scope(now, history, scheme, "region")),
        by_country=result.base_id.map(by_scope(now, history, scheme, "country")),
        by_own_rounds=result.base_id.map(own),
    )


def scopes(readings: pd.DataFrame) -> SimpleNamespace:
    """For how many demonstration bases the interpretations in `readings` differ.

    `worst` is the status compared: revoke if any interpretation gives it, otherwise at_risk. `by_region`, `by_country`
    and `both` count the bases with this status; `by_own_rounds` those whose status that interpretation changes.
    """
    titled = readings[readings.kind == DEMONSTRATION]
    worst = "revoke" if titled[["by_region", "by_country"]].eq("revoke").any(axis=None) else "at_risk"
    region, country = titled.by_region == worst, titled.by_country == worst
    return SimpleNamespace(
        worst=worst,
        by_region=int(region.sum()),
        by_country=int(country.sum()),
        both=int((region & country).sum()),
        by_own_rounds=int((titled.by_own_rounds != titled.status).sum()),
    )


def case_histories(now, history, scheme: Scheme) -> pd.DataFrame:
    """The result of each round for each base on its roster, one row per base and round, oldest first.

    Columns base_id,year,name,region,kind,total,rank_in_kind,of_kind,tier,bottom_three,gated,status. A base that did not
    submit has a row without a score; one that was not on the roster has no row (unless its status is `left_roster`).
    `status` compares each round with the one before; the first round is judged alone.
    """
    rounds, frames = [*history, now], []
    for place, one in enumerate(rounds):
        judged = compare_rounds(one, rounds[:place], scheme)[[*WHO, "status"]]
        scored = _scores(one)[SCORED[3:9]]
        frames.append(judged.join(scored, on="base_id").assign(year=one.year))
    columns = ["base_id", "year", "name", "region", "kind", *SCORED[3:9], "status"]
    return pd.concat(frames).sort_values(["base_id", "year"])[columns].reset_index(drop=True)


def places(rounds, base_id: str) -> pd.DataFrame:
    """One base's standing in these rounds (oldest first), one row per round in which it has a score.

    Columns year, source (sealed or recomputed), then those of SCORED that describe its standing.
    """
    found = [scored.loc[[base_id]] for one in rounds if base_id in (scored := _scores(one)).index]
    return pd.concat(found or [_scores(rounds[-1]).head(0)])[["year", "source", *SCORED[:10]]].reset_index(drop=True)


def silent(cases: pd.DataFrame, year: int) -> pd.DataFrame:
    """Bases on the roster of `year` that did not submit: base_id,name,region,kind,last_year.

    `cases` is the result of `case_histories`; `last_year` is the last earlier round in which the base took part,
    missing if there is none.
    """
    rows = cases[(cases.year == year) & (cases.status == "not_submitted")]
    took_part = cases[cases.total.notna() & (cases.year < year)].groupby("base_id").year.max()
    last = rows.base_id.map(took_part).astype("Int64")
    return rows[WHO].assign(last_year=last).reset_index(drop=True)


def promoted(now, history) -> pd.DataFrame:
    """Clusters of one roster that are demonstration bases on the next: base_id,name,year (of the later roster).

    The number of places left of the 100 is set in the scheme; this shows the additions on the rosters, as a check.
    """
    rounds, frames = [*history, now], []
    for earlier, later in pairwise(rounds):
        clusters = earlier.roster.base_id[earlier.roster.kind == CLUSTER]
        titled = later.roster[(later.roster.kind == DEMONSTRATION) & later.roster.base_id.isin(clusters)]
        frames.append(titled[["base_id", "name"]].assign(year=later.year))
    empty = pd.DataFrame({"base_id": [], "name": [], "year": []}).astype({"year": int})
    return pd.concat(frames).sort_values(["year", "base_id"]).reset_index(drop=True) if frames else empty


def tier_transitions(now, previous) -> pd.DataFrame:
    """The number of bases by tier in the previous round and now: region,kind,tier_previous,tier,bases.

    A base without a score in one of the two rounds counts there as 未参评. Region and kind are the later ones.
    Empty if there is no earlier round (`previous` None).
    """
    if previous is None:
        return pd.DataFrame(columns=["region", "kind", "tier_previous", "tier", "bases"])
    pair = _pair(now, [previous], "asks")
    pair = pair[pair.total.notna() | pair.total_previous.notna()].fillna({"tier": UNSCORED, "tier_previous": UNSCORED})
    return pair.groupby(["region", "kind", "tier_previous", "tier"]).size().rename("bases").reset_index()


def tier_matrix(moves: pd.DataFrame, kind: str, tiers: tuple[str, ...]) -> pd.DataFrame:
    """`tier_transitions` of one kind as a matrix: earlier tiers as rows, later ones as columns, 未参评 last in both."""
    order = [*tiers, UNSCORED]
    counts = moves[moves.kind == kind].groupby(["tier_previous", "tier"]).bases.sum().unstack(fill_value=0)
    return counts.reindex(index=order, columns=order, fill_value=0).astype(int).rename_axis(columns=None)


def tier_moves(moves: pd.DataFrame, tiers: tuple[str, ...]) -> SimpleNamespace:
    """How many of the `bases` scored in both rounds moved `up` by a tier or more, stayed (`same`) or moved `down`."""
    scored = moves[moves.tier.isin(tiers) & moves.tier_previous.isin(tiers)]
    step = scored.tier_previous.map(tiers.index).astype(int) - scored.tier.map(tiers.index).astype(int)
    up, same, down = (int(scored.bases[condition].sum()) for condition in (step > 0, step == 0, step < 0))
    return SimpleNamespace(bases=up + same + down, up=up, same=same, down=down)


def silent_bottom(table: pd.DataFrame) -> pd.Series:
    """For each row of a watchlist, whether the base was previously in the bottom three and has not submitted now."""
    return (table.status == "not_submitted") & table.bottom_three_previous.eq(1).fillna(False).astype(bool)


def _scores(one) -> pd.DataFrame:
    """A round's scores by base_id, with its year and the number of bases of the same kind in the region."""
    scores = one.scores
    best = leading(scores, one.best_count)
    size = scores.groupby(["region", "kind"]).base_id.transform("size")
    known = scores.assign(of_kind=size, best=best, year=one.year, source=one.source)
    return known.set_index("base_id")[SCORED].astype(dict.fromkeys(WHOLE, "Int64") | {"best": "boolean"})


def _own_last_scores(history) -> pd.DataFrame:
    """Each base's scores in the last of these rounds in which it took part."""
    every = pd.concat([_scores(one) for one in history])
    return every[~every.index.duplicated(keep="last")]


def _recount(scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The scores with `bottom_three` determined again, in the scope of the given scheme."""
    flagged = bottom_three(millionths(scores.total), peers_of(scores).contenders(scheme), scheme.bottom_count)
    return scores.assign(bottom_three=flagged.astype(int))


def _pair(now, history, absence: str) -> pd.DataFrame:
    """One row for each base on this roster or the previous one, with its scores now and before (`_previous`)."""
    table = now.roster[WHO].assign(listed=True, listed_previous=False)
    if len(history):
        last = history[-1].roster
        gone = last[~last.base_id.isin(now.roster.base_id)]
        table = pd.concat([table, gone[WHO].assign(listed=False)], ignore_index=True)
        table["listed_previous"] = table.base_id.isin(last.base_id)
    scored = _scores(now)
    counting = history if absence == "skips" else history[-1:]
    before = _own_last_scores(counting) if len(counting) else scored.head(0)
    table = table.join(scored.drop(columns=["name", "region", "kind"]), on="base_id")
    return table.join(before.add_suffix("_previous"), on="base_id")


def _statuses(table: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """The table with `status` and, for candidates for addition, the `mean` of both totals and their `place` by it."""
    here = table.listed & table.total.notna()

    def flag(column: pd.Series) -> np.ndarray:
        return (column.eq(1).fillna(False) & here).to_numpy(bool)[None]

    both = millionths(table.total.fillna(0.0)) + millionths(table.total_previous.fillna(0.0))
    codes, place = rule(
        (table.kind == DEMONSTRATION).to_numpy(),
        *(flag(table[column]) for column in ("bottom_three", "bottom_three_previous", "best", "best_previous")),
        flag(table.gated) | flag(table.gated_previous),
        both[None],
        table.base_id.to_numpy(object),
        scheme,
    )
    status = np.where(~table.listed, "left_roster", np.where(here, np.array(RULED)[codes[0]], "not_submitted"))
    return table.assign(mean=both / 2 / MILLION, place=place[0], status=status)
