"""What the national briefing counts: who was owed, who took part, who leads, whom it names.

Tables in, tables out; the frames are the columns of one evaluation (`evaluation.Evaluation`).
"""

import pandas as pd

from ecanalysis.deciding.coverage import without_bottom
from ecanalysis.deciding.decisions import PROPOSALS
from ecanalysis.form.words import COUNTRY, KINDS, REGIONS
from ecanalysis.presenting.returns import asked
from ecanalysis.rounds.roster import by_region
from ecanalysis.scoring.scheme import Scheme

GROWN = ("C14", "C16", "C17", "S1", "A2")  # the counts and amounts whose growth the briefings show
HEADLINE = ("C14", "C16", "C17")  # and those of them that the findings name
LEADING = 3  # how many of the best of a region are named


def participation(roster: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    """How many were on the roster and how many took part, by region and kind.

    Columns region, kind, listed, scored; a row for each region (and 全国, last) and each kind, zero where there is
    none.
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
    """How far each province is with its returns, those with most to do first, else in the roster's order.

    Columns province, listed, scored, and how many bases were returned, unmatched or absent (nothing came); error and
    warning: what the bases have to put right or confirm.
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
    """The rows of `scores` ranked among the first `number` of their region, ties included; region by region."""
    best = scores[scores["rank"] <= number]
    return by_region(best, ["rank", "base_id"])


def by_status(proposed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What `decisions.proposed` gives, a frame for each status that a sentence may name (empty where nobody has it)."""
    return {status: proposed[proposed.status == status] for status in (*PROPOSALS, "not_submitted")}


def too_few(scores: pd.DataFrame, scheme: Scheme) -> list[str]:
    """The regions in which nobody is in the bottom three because there are too few demonstration bases."""
    few = without_bottom(scores, scheme)
    return few[few.n > 0].region.tolist()
