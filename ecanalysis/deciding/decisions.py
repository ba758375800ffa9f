"""Whether a proposal of the two-round rule can be decided on: the verdict on each, what is open, and why.

The rule proposes (`watchlist`); the verdict is this project's own and stands in the scheme (`[verdict]`): on hold while
an open question could change the proposal, doubtful where it does not hold in enough cases or only by one reading of
the bottom three, else it stands. `claims` says of each how often it holds when weights move.
"""

from math import floor

import pandas as pd

from ecanalysis.deciding import questions
from ecanalysis.deciding.uncertainty import monte_carlo_error
from ecanalysis.deciding.watchlist import by_scope, silent_bottom
from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import SCOPE_NAMES
from ecanalysis.rounds.roster import WHO
from ecanalysis.rounds.schemas import TABLES
from ecanalysis.scoring.scheme import Scheme

PROPOSALS = ("revoke", "at_risk", "recovered", "add", "add_gated", "add_over_quota")
NAMED = 3  # open questions that a reason names
DECIDED = [*PROPOSALS, "promising"]
LIKELY = 0.02  # a base on no list is told from this probability on
FIRM = 0.9  # a decision that holds in this share is called firm


def decisions(r) -> pd.DataFrame:
    """The table `decisions` of columns.toml, a row for every proposal, in the watchlist's order.

    Proposals are the statuses in PROPOSALS, and not_submitted where the base was in the bottom three before: always on
    hold, without shares. `open_questions` names those that could change the proposal (base_id:code, base_id:code@year,
    base_id:file, ; between); `reasons` says in Chinese what decided the verdict.
    """
    table = proposed(r.watchlist)[[*WHO, "status"]]
    table = table.rename(columns={"status": "proposal"}).merge(r.firmness.drop(columns="status"), "left", "base_id")
    other = _by_other_scope(r)
    names = {one.base_id: one.name for each in (*r.history, r) for one in each.roster.itertuples()}
    rows = []
    for row in table.itertuples():
        found = [question for question, changed in r.questions.items() if row.base_id in changed]
        verdict, why = _verdict(row, found, other.get(row.base_id, row.proposal), r, names)
        rows.append((verdict, ";".join(one.label(r.year) for one in found), why))
    told = pd.DataFrame(rows, columns=["verdict", "open_questions", "reasons"], dtype="str")
    return pd.concat([table, told], axis=1)[list(TABLES["decisions"].columns)]


def proposed(watchlist: pd.DataFrame) -> pd.DataFrame:
    """The rows of a watchlist that call for a decision, in its order."""
    return watchlist[watchlist.status.isin(PROPOSALS) | silent_bottom(watchlist)]


def _by_other_scope(r) -> pd.Series:
    """The status by base_id with the bottom three counted by the other scope; empty where the scope is official."""
    if not r.scheme.assumes("bottom_scope"):
        return pd.Series(dtype="str")
    return by_scope(r, r.history, r.scheme, _other(r.scheme))


def _other(scheme: Scheme) -> str:
    return "country" if scheme.bottom_scope == "region" else "region"


def _verdict(row, found: list[questions.Question], by_other: str, r, names: dict[str, str]) -> tuple[str, str]:
    if row.proposal == "not_submitted":
        sent = "所报文件未被接收，须补正后再议" if found else "没有收到报送"
        return "on_hold", f"上次处于后3位，本次未参评（{sent}）；报告表注4对缺评未作规定，须核实后认定。"
    if found:
        named = "、".join(_named(one, r.year, names) for one in found[:NAMED])
        return "on_hold", f"{named}{'等' if len(found) > NAMED else ''}共{len(found)}项未决，其结果可能改变本项建议。"
    grounds = []
    if pd.isna(row.p_joint):
        grounds.append("以往轮次的报送文件已不在，无法重算各种情形")
    elif row.p_joint < r.scheme.firm:
        grounds.append(f"权重和方法同时变化时，仅在{percent(row.p_joint, r.scheme.firm)}的情形下不变")
    if by_other != row.proposal:
        grounds.append(f"后3位{SCOPE_NAMES[_other(r.scheme)]}计时结论不同")
    if grounds:
        return "doubtful", "；".join(grounds) + "。"
    kept = percent(row.p_joint, r.scheme.firm)
    return "stands", f"没有可改变本项建议的未决事项；权重和方法同时变化时，在{kept}的情形下不变。"


def percent(share: float, firm: float) -> str:
    """A share as a whole percent that says neither more than it is: below the limit stays below, not all is not 100%.

    >>> percent(0.896, 0.90), percent(0.9982, 0.90), percent(0.944, 0.90), percent(1.0, 0.90)
    ('89%', '99%', '94%', '100%')
    """
    whole = round(share * 100)
    crosses = (share < firm and whole >= firm * 100) or (share < 1 and whole == 100)
    return f"{floor(share * 100) if crosses else whole}%"


def _named(question: questions.Question, year: int, names: dict[str, str]) -> str:
    what = "报送文件" if question.what == questions.FILE else FIELDS[question.what].called
    return f"{names[question.base_id]}{'' if question.year == year else f'{question.year}年'}的{what}"


def claims(watchlist: pd.DataFrame, firmness: pd.DataFrame, margins: pd.DataFrame, draws: int) -> pd.DataFrame:
    """The bases on a list, and those that come near one, with what speaks for it.

    A claim is told as the more cautious of two shares: of all draws, and of those in which every single weight was
    within ±25% of the scheme's. `firmness` as `uncertainty.over_two_rounds` gives it from so many `draws`, `margins`
    as `distance.to_threshold`.
    Columns base_id,name,region,kind,status,total,margin,p,p_error,p_near,share,firm: `p` is the probability of
    just what the status says (both rounds for a revocation or addition, this round for a risk, staying out for a
    recovery), `p_error` its standard error in percentage points, `p_near` the same with all weights within ±25%,
    `share` in which share it holds, at least. In the order of DECIDED, then those near a list (status ok).
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
        share=share,
        firm=share >= FIRM,
        order=rows.status.map([*DECIDED, "ok"].index),
    ).sort_values(["order", "region", "base_id"], ignore_index=True)
    told = [*WHO, "status", "total", "margin"]
    return rows[[*told, "p", "p_error", "p_near", "share", "firm"]]
