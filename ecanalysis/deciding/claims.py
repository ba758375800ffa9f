"""What can be said of each decision: how often it holds when weights move, and how far the base is from the threshold.

A claim is told as the more cautious of two shares: of all draws, and of those in which every single weight was within
±25% of the scheme's.
"""

import numpy as np
import pandas as pd

from ecanalysis.deciding.decisions import PROPOSALS
from ecanalysis.deciding.uncertainty import monte_carlo_error
from ecanalysis.form.words import DEMONSTRATION

DECIDED = [*PROPOSALS, "promising"]
LIKELY = 0.02  # a base on no list is told from this probability on
FIRM = 0.9  # a decision that holds in this share is called firm


def claims(watchlist: pd.DataFrame, firmness: pd.DataFrame, margins: pd.DataFrame, draws: int) -> pd.DataFrame:
    """The bases on a list, and those that come near one, with what speaks for it.

    `firmness` as `uncertainty.over_two_rounds` gives it from so many `draws`, `margins` as `distance.to_threshold`.
    Columns base_id,name,region,kind,status,total,margin,p,p_error,p_near,claim,share,firm: `p` is the probability of
    just what the status says (both rounds for a revocation or addition, this round for a risk, staying out for a
    recovery), `p_error` its standard error in percentage points, `p_near` the same with all weights within ±25%,
    `claim` what holds (a key of `form.words.CLAIM_NAMES`), `share` in which share, at least. In the order of DECIDED,
    then those near a list (status ok).
    """
    rows = watchlist.merge(firmness.drop(columns="kind"), on="base_id").merge(margins[["base_id", "margin"]], "left")
    rows = rows[rows.status.isin(DECIDED) | ((rows.status == "ok") & (rows.p_now >= LIKELY))].reset_index(drop=True)
    both = rows.status.isin(["revoke", "add", "add_gated", "add_over_quota"])
    for name, end in (("p", ""), ("p_near", "_near")):
        now = rows[f"p_now{end}"]
        rows[name] = rows[f"p_both{end}"].where(both, (1 - now).where(rows.status == "recovered", now))
    shares = rows[["p", "p_near"]]
    share = shares.max(axis=1).where(rows.status == "ok", shares.min(axis=1))
    rows = rows.assign(
        p_error=monte_carlo_error(rows.p, draws) * 100,
        claim=_claim(rows),
        share=share,
        firm=share >= FIRM,
        order=rows.status.map([*DECIDED, "ok"].index),
    ).sort_values(["order", "region", "base_id"], ignore_index=True)
    told = ["base_id", "name", "region", "kind", "status", "total", "margin"]
    return rows[[*told, "p", "p_error", "p_near", "claim", "share", "firm"]]


def _claim(rows: pd.DataFrame) -> pd.Series:
    known = {"revoke": "both_bottom", "at_risk": "still_bottom", "recovered": "still_out", "promising": "still_best"}
    claim = rows.status.map(known).fillna("both_best")
    near = np.where(rows.kind == DEMONSTRATION, "would_be_bottom", "would_be_best")
    return claim.mask(rows.status == "ok", pd.Series(near, rows.index, dtype="str"))
