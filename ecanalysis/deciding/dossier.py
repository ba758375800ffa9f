"""The dossier of a proposal, for those who decide on it: one base's decision and the evidence for it."""

import re
from dataclasses import dataclass

import pandas as pd

from ecanalysis.deciding.questions import FILE, Question
from ecanalysis.deciding.uncertainty import monte_carlo_error
from ecanalysis.deciding.watchlist import by_scope, on_pages, places
from ecanalysis.deciding.without import items_that_matter
from ecanalysis.errors import UserError
from ecanalysis.form.fields import IN_FORM
from ecanalysis.form.words import ISSUE_NAMES, RECEIVED_NAMES
from ecanalysis.rounds.once import once

PLACE = ["file", "sheet", "cell"]
POINTS = [
    *("code", "value_previous", "points_previous", "value", "points", "max_points", "lost"),
    *(*PLACE, *(f"{name}_previous" for name in PLACE)),
]
OPEN = ["year", "base_id", "name", "province", "what", "why", "value"]


@dataclass(frozen=True)
class Dossier:
    """One proposal. `decision` is its row of decisions, `status` its row of the watchlist.

    `places`: the base's standing in each round. `points`: both rounds' points with their cells (POINTS; in a sealed
    round only cells that still hold the sealed value). `questions`: the open questions that could change the proposal
    (OPEN: `what` is a code or `file`, `why` is Chinese). `own_open`: how many of the base's own fields are open in the
    rounds that count. `corrections`: the accepted and pending lines that change its status, as in correction_effects.
    `items`: the items whose removal would change its status (code, status). `by_scope`: its status with the bottom
    three determined by region and by country. `at_the_limit`: whether p_joint is within two standard errors of the
    scheme's limit, so that another seed might decide otherwise. `in_bottom_three`: whether it is there now; `enters`
    and `leaves`: the names of other bases that would enter and leave it if this base had not taken part.
    """

    decision: pd.Series
    status: pd.Series
    places: pd.DataFrame
    points: pd.DataFrame
    questions: pd.DataFrame
    own_open: int
    corrections: pd.DataFrame
    items: pd.DataFrame
    by_scope: dict[str, str]
    at_the_limit: bool
    in_bottom_three: bool
    enters: list[str]
    leaves: list[str]


def dossier(r, base_id: str) -> Dossier:
    """The dossier of one base. Raises UserError if there is no proposal for it."""
    if not (r.decisions.base_id == base_id).any():
        raise UserError(f"{base_id} 在 {r.year} 年轮次没有需要判定的建议（见 decisions.csv）")
    items, scopes = shared(r)
    heir = r.heirs[r.heirs.base_id == base_id]
    names = r.roster.set_index("base_id").name
    heirs = {
        side: [names[one] for one in filter(None, ";".join(heir[side]).split(";"))] for side in ("enters", "leaves")
    }
    decision = r.decisions.set_index("base_id", drop=False).loc[base_id]
    error = monte_carlo_error(decision.p_joint, r.scheme.draws)
    return Dossier(
        decision=decision,
        status=on_pages(r).set_index("base_id", drop=False).loc[base_id],
        places=places([*r.history, r], base_id),
        points=_points(r, base_id),
        questions=_questions(r, base_id),
        own_open=sum(one.base_id == base_id and one.what != FILE for one in r.questions),
        corrections=_corrections(r, base_id),
        items=items.loc[items.base_id == base_id, ["code", "status"]].reset_index(drop=True),
        in_bottom_three=len(heir) > 0,
        by_scope={scope: statuses[base_id] for scope, statuses in scopes.items()},
        at_the_limit=bool(abs(decision.p_joint - r.scheme.firm) < 2 * error),
        **heirs,
    )


@once
def shared(r) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """Tables shared by all dossiers: the items that change a status, and every base's status by scope."""
    return items_that_matter(r), {one: by_scope(r, r.history, r.scheme, one) for one in ("region", "country")}


def _points(r, base_id: str) -> pd.DataFrame:
    """Both rounds' values and points by field, in the form's order, with the cells of the later round's answers."""
    now = _of_base(r, base_id)
    year = r.watchlist.set_index("base_id").previous_year[base_id]
    counted = [one for one in r.history if one.year == year]
    before = _of_base(counted[0], base_id) if counted else now.head(0)
    both = now.join(before.add_suffix("_previous"), how="outer")
    both = both.loc[sorted(both.index, key=IN_FORM.get)].rename_axis("code").reset_index()
    texts = [*PLACE, *(f"{name}_previous" for name in PLACE)]
    both["lost"] = (both.max_points - both.points).fillna(both.max_points_previous - both.points_previous)
    return both.assign(**both[texts].fillna("").astype("str"))[POINTS]


def _of_base(one, base_id: str) -> pd.DataFrame:
    points = one.points[one.points.base_id == base_id].set_index("code")[["value", "points", "max_points"]]
    there = one.reported[one.reported.base_id == base_id].set_index("code")
    if one.as_sealed:  # a value changed since is no evidence for the sealed result
        there = there[there.value == points.value.reindex(there.index)]
    return points.join(there[PLACE])


def _corrections(r, base_id: str) -> pd.DataFrame:
    """The lines of this round's corrections that change a base's status, with the name of the corrected base."""
    effects = r.correction_effects
    touched = effects.statuses_changed.str.contains(rf"(?:^|;){re.escape(base_id)}:")
    return effects[touched].merge(r.roster[["base_id", "name"]], on="base_id")


def _questions(r, base_id: str) -> pd.DataFrame:
    """The open questions that could change a base's proposal, with the base concerned and why each is open."""
    rounds = {one.year: one for one in (*r.history, r)}
    rows = []
    for question, changed in r.questions.items():
        if base_id in changed:
            one = rounds[question.year]
            asked = one.roster.set_index("base_id").loc[question.base_id]
            own = one.points[one.points.base_id == question.base_id].set_index("code")["value"]
            known = own.get(question.what, float("nan"))
            about = (question.year, question.base_id, asked["name"], asked["province"], question.what)
            rows.append((*about, _why(one, question, known), known))
    return pd.DataFrame(rows, columns=OPEN)


def _why(one, question: Question, value: float) -> str:
    if question.what == FILE:
        silent = one.not_submitted.set_index("base_id").received
        return RECEIVED_NAMES[silent[question.base_id]]
    lines, issues = one.round.corrections, one.issues
    pending = lines[(lines.base_id == question.base_id) & (lines.code == question.what) & (lines.status == "pending")]
    if len(pending):
        return "更正未决"
    if value != value:
        return "未填或读不出"
    mine = issues[(issues.base_id == question.base_id) & (issues.code == question.what)]
    kinds = mine.kind[mine.kind.isin(one.scheme.open_issues)]
    return "、".join(dict.fromkeys(ISSUE_NAMES.get(kind, kind) for kind in kinds))
