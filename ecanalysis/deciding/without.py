"""Leave-one-out results: without one base, one item or one correction.

Each function takes an evaluation (`r`) and rescores the round, or all rounds.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ecanalysis.deciding.statuses import RULED, Outcome, outcome, status_now, statuses
from ecanalysis.form.fields import FEATURES, GROUPS
from ecanalysis.rounds import schemas
from ecanalysis.scoring.aggregate import totals
from ecanalysis.scoring.scheme import SCORED, Scheme, field_shares
from ecanalysis.scoring.standing import millionths


def heirs(r) -> pd.DataFrame:
    """For each demonstration base in the bottom three: which others would enter and leave it if it had not taken part.

    Columns base_id,enters,leaves (ids in order, separated by ";"). The round is rescored without the base, bounds
    included; a region left with three demonstration bases has no bottom three.
    """
    flagged = _flagged(r.scores)
    rows = []
    for base_id in r.scores.base_id[r.scores.bottom_three == 1]:
        others = r.round.submitted[r.round.submitted.base_id != base_id].reset_index(drop=True)
        left = _flagged(replace(r, round=replace(r.round, submitted=others)).scores)
        rows.append((base_id, joined(left - flagged), joined(flagged - left - {base_id})))
    return schemas.frame(rows, schemas.TABLES["heirs"])


def items_that_matter(r) -> pd.DataFrame:
    """Items whose removal from all rounds would change a base's status: code, base_id, status (the changed one).

    Computed as in `remove_one`, for every base scored in the round, against all rounds rescored with all items.
    """
    if any(one.gone for one in r.history):
        return pd.DataFrame(columns=["code", "base_id", "status"], dtype="str")
    items, outcomes = _left_out(r)
    codes = statuses(outcomes[-1], outcomes[:-1], r.scheme)
    row, base = np.nonzero(codes[1:] != codes[0])
    ids = outcomes[-1].bases.base_id.to_numpy(object)
    found = {
        "code": np.array(items, object)[row],
        "base_id": ids[base],
        "status": np.array(RULED)[codes[1:][row, base]],
    }
    return pd.DataFrame(found, dtype="str")


def remove_one(r) -> pd.DataFrame:
    """For each scored item (C10 as one), in the form's order: which bases enter and leave the lists without it.

    Columns code, bottom_three_enter, bottom_three_leave (of the later round), revoke_enter, revoke_leave (empty in a
    first round); cells hold ids separated by ";". The item's weight is redistributed in proportion within its group or
    feature. All rounds are rescored, for the comparison with all items too. The table is empty if an earlier round's
    submissions have been deleted.
    """
    if any(one.gone for one in r.history):
        return schemas.frame([], schemas.TABLES["remove_one"])
    items, outcomes = _left_out(r)
    ids = outcomes[-1].bases.base_id.to_numpy(object)
    bottom = outcomes[-1].bottom
    revoke = statuses(outcomes[-1], outcomes[:-1], r.scheme) == RULED.index("revoke")
    rows = []
    for place, item in enumerate(items, 1):
        cells = []
        for flags in (bottom, revoke):
            cells += moved(ids, flags[0], flags[place])
        rows.append((item, *cells[:2], *(cells[2:] if r.history else ("", ""))))
    return schemas.frame(rows, schemas.TABLES["remove_one"])


def _left_out(r) -> tuple[list[str], list[Outcome]]:
    """The scored items, and each round's outcome with all items (the first case), then without each of them."""
    items = [(part, item) for part in (*GROUPS, *FEATURES) for item in r.scheme.items[part]]
    shares = _shares_without(r.scheme, items)
    outcomes = []
    for one in (*r.recomputed.history, r.recomputed):
        micro = millionths(totals(one.panel, shares, r.scheme))
        outcomes.append(outcome(one.scores, micro, (one.scores.gated == 1).to_numpy(), r.scheme))
    return [item for _, item in items], outcomes


def _shares_without(scheme: Scheme, items: list[tuple[str, str]]) -> np.ndarray:
    """The scheme's field shares, then those without each item (rows × fields)."""
    weights = {part: {item: np.full(len(items) + 1, share) for item, share in scheme.items[part].items()}
               for part in scheme.items}  # fmt: skip
    for row, (part, item) in enumerate(items, 1):
        rest = 1.0 - scheme.items[part][item]
        for other, column in weights[part].items():
            column[row] = 0.0 if other == item or rest <= 0 else column[row] / rest
    return field_shares(scheme.groups, weights, scheme.fields)


def correction_effects(r) -> pd.DataFrame:
    """The effect of each accepted line of the round's corrections, and the effect each pending line would have.

    Columns base_id, code, year, status, total_before, total_after (of the corrected base; missing without a score),
    ranks_moved (number of bases whose rank in the region changes), statuses_changed (base_id:before>after, separated by
    ";"). An accepted line compares all accepted lines without it and with it; a pending one, all accepted lines without
    it and with it. Rejected lines have no row; a line for the base period has a row without effect.
    """
    lines = r.round.corrections
    accepted = lines[lines.status == "accepted"]
    as_is = (r.scores.set_index("base_id"), status_now([*r.history, r], r.scheme))
    rows = []
    for place, line in lines[lines.status != "rejected"].iterrows():
        others = accepted.drop(index=place) if line.status == "accepted" else pd.concat([accepted, lines.loc[[place]]])
        tried = as_is
        if line.year == r.year and line.code in SCORED:
            rounds = rounds_with(r, r.year, r.round.corrected_by(others))
            tried = rounds[-1].scores.set_index("base_id"), status_now(rounds, r.scheme)
        before, after = (tried, as_is) if line.status == "accepted" else (as_is, tried)
        own = (scores.total.get(line.base_id, np.nan) for scores, _ in (before, after))
        moved = int((before[0]["rank"] != after[0]["rank"]).sum())
        changed = sorted(base_id for base_id in as_is[1].index if before[1][base_id] != after[1][base_id])
        told = ";".join(f"{base_id}:{before[1][base_id]}>{after[1][base_id]}" for base_id in changed)
        rows.append((line.base_id, line.code, line.year, line.status, *own, moved, told))
    return schemas.frame(rows, schemas.TABLES["correction_effects"])


def rounds_with(r, year: int, round_) -> list:
    """All rounds of an evaluation, oldest first, with the round of `year` replaced and rescored.

    If the scheme takes goalposts from that round, the others are rescored too.
    """
    rounds: list = []
    for one in (*r.history, r):
        if one.year == year or r.scheme.from_rounds:
            one = replace(one, round=round_ if one.year == year else one.round, history=list(rounds))
        rounds.append(one)
    return rounds


def _flagged(scores: pd.DataFrame) -> set[str]:
    return set(scores.base_id[scores.bottom_three == 1])


def moved(ids: np.ndarray, before: np.ndarray, now: np.ndarray) -> tuple[str, str]:
    """The bases of `ids` that enter and leave, from their flags before and now."""
    return joined(ids[now & ~before]), joined(ids[before & ~now])


def joined(ids) -> str:
    return ";".join(sorted(ids))
