"""The counts of the national briefing: participation, progress of returns, leading bases, bases named.

Tables in, tables out; the frames are the tables of one evaluation (`evaluation.Evaluation`).
"""

import pandas as pd

from ecanalysis.deciding.coverage import without_bottom
from ecanalysis.deciding.decisions import PROPOSALS
from ecanalysis.form.words import COUNTRY, KINDS, REGIONS
from ecanalysis.presenting.returns import asked
from ecanalysis.rounds.roster import by_region
from ecanalysis.scoring.scheme import Scheme

GROWN = ("C14", "C16", "C17", "S1", "A2")  # counts and amounts whose growth is shown
HEADLINE = ("C14", "C16", "C17")  # those mentioned in the findings
LEADING = 3  # leading bases named per region


def participation(roster: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    """How many bases are on the roster and how many took part, by region and kind.

    Columns region, kind, listed, scored; one row for each region (全国 last) and kind, also if the counts are 0.
    """
    counted = pd.DataFrame(
        {"listed": roster.groupby(["region", "kind"]).size(), "scored": bases.groupby(["region", "kind"]).size()}
    )
    every = pd.MultiIndex.from_product([REGIONS, KINDS], names=["region", "kind"])
    counted = counted.reindex(every).fillna(0).astype(int).reset_index()
    nation = counted.groupby("kind", sort=False)[["listed", "scored"]].sum().reset_index()
    return pd.concat([counted, nation.assign(region=COUNTRY)], ignore_index=True)


def progress(
    roster: pd.DataFrame, bases: pd.DataFrame, not_submitted: pd.DataFrame, issues: pd.DataFrame
) -> pd.DataFrame:
    """The progress of each province's submissions, those with most left to do first, then in the roster's order.

    Columns province, listed, scored, and the number of bases returned, unmatched or absent (nothing received); error
    and warning: the number of issues to correct or confirm.
    """
    home = roster.set_index("base_id").province
    came = not_submitted.assign(received=not_submitted.received.replace("", "absent"))
    lacking = came.groupby(["province", "received"]).size().unstack(fill_value=0)
    own = asked(issues[issues.base_id.isin(roster.base_id)])
    faults = own.groupby([own.base_id.map(home), "action"]).size().unstack(fill_value=0)
    table = pd.DataFrame(
        {
            "listed": roster.groupby("province", sort=False).size(),
            "scored": bases.groupby("province").size(),
            **{column: lacking.get(column) for column in ("returned", "unmatched", "absent")},
            **{column: faults.get(column) for column in ("error", "warning")},
        },
        index=roster.province.unique(),
    )
    table = table.astype(float).fillna(0).astype(int).rename_axis("province").reset_index()
    most = table.assign(lacking=table.listed - table.scored, to_do=table.error + table.warning)
    return table.loc[most.sort_values(["lacking", "to_do"], ascending=False, kind="stable").index]


def leaders(scores: pd.DataFrame, number: int = LEADING) -> pd.DataFrame:
    """The rows of `scores` ranked among the first `number` of their region, ties included, sorted by region."""
    best = scores[scores["rank"] <= number]
    return by_region(best, ["rank", "base_id"])


def by_status(proposed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The result of `decisions.proposed` as one frame per status used in sentences, possibly empty."""
    return {status: proposed[proposed.status == status] for status in (*PROPOSALS, "not_submitted")}


def too_few(scores: pd.DataFrame, scheme: Scheme) -> list[str]:
    """The regions without a bottom three because they have too few demonstration bases."""
    few = without_bottom(scores, scheme)
    return few[few.n > 0].region.tolist()
