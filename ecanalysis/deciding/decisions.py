"""Verdicts: whether each proposal of the two-round rule can be decided on, what is open, and why.

Proposals come from the rule (`watchlist`). The verdict is this project's own, with its limits in the scheme
(`[verdict]`): on hold while an open question could change the proposal; doubtful if it holds in too few cases, or only
under one reading of the bottom three; otherwise it stands. `claims` gives the share of draws in which each holds.
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
NAMED = 3  # open questions named in a reason
DECIDED = [*PROPOSALS, "promising"]
LIKELY = 0.02  # probability from which a base that is on no list is included
FIRM = 0.9  # share of draws from which a claim is called firm


def decisions(r) -> pd.DataFrame:
    """The table `decisions` of columns.toml, one row per proposal, in the watchlist's order.

    Proposals are the statuses in PROPOSALS, and not_submitted for a base previously in the bottom three, which is
    always on hold and has no shares. `open_questions` lists those that could change the proposal (base_id:code,
    base_id:code@year or base_id:file, separated by ";"); `reasons` explains the verdict in Chinese.
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
    """The status by base_id with the bottom three determined in the other scope; empty if the scope is official."""
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
    """A share as a whole percentage, rounded down where rounding up would reach the limit `firm` or 100%.

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
    """The bases on a list or close to one, with the probability of their status over random weights.

    `firmness` is the result of `uncertainty.over_two_rounds` with that number of `draws`, `margins` that of
    `distance.to_threshold`. Columns base_id,name,region,kind,status,total,margin,p,p_error,p_near,share,firm. `p` is
    the probability of exactly what the status says (both rounds for a revocation or addition, this round for a risk,
    staying out for a recovery), `p_error` its standard error in percentage points, `p_near` the same over draws with
    all weights within ±25% of the scheme's, `share` the more cautious of the two, which is the one to be stated (for a
    status ok the larger, otherwise the smaller). In the order of DECIDED, then those close to a list (status ok).
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
