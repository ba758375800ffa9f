"""Open questions of a round, and whose status the answer to each could change.

Open questions are a scored field without a value, or with a value that an issue casts doubt on; a pending correction; a
base whose submissions were all rejected or unmatched. Each is tested separately, everything else unchanged.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecanalysis.deciding.statuses import (
    Outcome,
    last_taken_part,
    outcome,
    outcome_of_scores,
    status_now,
    statuses,
    with_entrant,
    within_reach,
)
from ecanalysis.deciding.uncertainty import slices
from ecanalysis.deciding.without import rounds_with
from ecanalysis.rounds.schemas import found_in
from ecanalysis.scoring.aggregate import Panel, max_points, panel_of
from ecanalysis.scoring.normalise import CODES, grid_of, indexer
from ecanalysis.scoring.scheme import SCORED, Scheme
from ecanalysis.scoring.standing import millionths, peers_of

FILE = "file"  # the code of a question about a whole submission
PLACE = ["file", "sheet", "cell", "raw"]


@dataclass(frozen=True, order=True)
class Question:
    """An open question: the reporting year of its round, the base, and the code of the field or `file`."""

    year: int
    base_id: str
    what: str

    def label(self, year: int) -> str:
        """The question's name in the decisions.csv of the round of `year`."""
        return f"{self.base_id}:{self.what}" + (f"@{self.year}" if self.year != year else "")


def tried(r) -> dict[Question, set[str]]:
    """Every open question of an evaluation -> ids of the bases whose status it could change; the later round's first.

    Earlier rounds are included unless they are sealed. Changes through the quota for additions are included.
    """
    rounds = [*r.history, r]
    outcomes = [outcome_of_scores(one.scores, one.best_count) for one in rounds]
    found: dict[Question, set[str]] = {}
    for place in reversed(range(len(rounds))):
        one = rounds[place]
        if one.as_sealed:
            continue
        for answers in (_fields(one, place, outcomes, r.scheme), _corrections(r, one), _files(one, place, outcomes, r)):
            for base_id, what, changed in answers:
                found.setdefault(Question(one.year, base_id, what), set()).update(changed)
    return found


def open_fields(one) -> pd.DataFrame:
    """The open fields of a round: base_id, code of scored fields in play without a value or with a doubtful one.

    A field whose value for the reporting year has an accepted or rejected correction is no longer open.
    """
    points, lines = one.points, one.round.corrections
    settled = lines[(lines.status != "pending") & (lines.year == one.year)]
    keys = ["base_id", "code"]
    is_open = points.value.isna() | found_in(points, _doubted(one), keys)
    return points.loc[is_open & ~found_in(points, settled, keys), keys].reset_index(drop=True)


def _doubted(one) -> pd.DataFrame:
    """Fields with an issue, of a kind in the scheme's `open_issues`, about the reporting year's answer: base_id, code.

    Issues about the base period's answer, or about a form of the base that was not used, do not count.
    """
    issues = one.issues[one.issues.kind.isin(one.scheme.open_issues)]
    issues = issues[["base_id", "code", "kind", *PLACE]]
    received = one.round.as_received[0][["base_id", "code", "year", *PLACE]]
    for year, end in ((one.year, "_now"), (one.year - 1, "_before")):
        there = received[received.year == year].drop(columns="year")
        issues = issues.merge(there, on=["base_id", "code"], how="left", suffixes=("", end))
    same = {
        end: (issues.file == issues["file" + end])
        & (issues.sheet == issues["sheet" + end])
        & (issues.cell == issues["cell" + end])
        for end in ("_now", "_before")
    }
    # Both years' answers may be in one cell; then the typed text tells them apart.
    typed_before = (issues.raw == issues.raw_before) & (issues.raw != issues.raw_now)
    about_before = same["_before"] & (~same["_now"] | typed_before)
    elsewhere = (issues.file != "") & issues.file_now.notna() & (issues.file != issues.file_now)
    elsewhere &= issues.kind != "differs_from_stamped"
    return issues.loc[~about_before & ~elsewhere, ["base_id", "code"]]


def _fields(one, place: int, outcomes: list[Outcome], scheme: Scheme):
    """Test each open field of a round with its normalised value set to 0, then to 1; bounds stay unchanged."""
    fields = open_fields(one)
    as_is = statuses(outcomes[-1], outcomes[:-1], scheme)
    base, micro, gated = _answered(one, fields, scheme)
    current, ids = outcomes[place], outcomes[-1].bases.base_id.to_numpy(object)
    peers = peers_of(current.bases)
    *before, now = (one.bases.base_id for one in outcomes)
    earlier = last_taken_part(now, before, scheme.absence)
    matters = np.flatnonzero(within_reach(current, base, micro, scheme))
    changed: dict[int, set[str]] = {}
    for rows in slices(len(matters), len(current.bases)):
        tried_, case = matters[rows], np.arange(len(matters[rows]))
        totals = np.repeat(current.micro, len(case), axis=0)
        gates = np.repeat(current.gated, len(case), axis=0)
        totals[case, base[tried_]], gates[case, base[tried_]] = micro[tried_], gated[tried_]
        after = list(outcomes)
        after[place] = outcome(current.bases, totals, gates, scheme, peers)
        for row, moved in zip(*np.nonzero(statuses(after[-1], after[:-1], scheme, earlier) != as_is)):
            changed.setdefault(tried_[row] // 2, set()).add(ids[moved])
    for row, field in enumerate(fields.itertuples()):
        yield field.base_id, field.code, changed.get(row, set())


def _answered(one, fields: pd.DataFrame, scheme: Scheme) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For two cases per field, 0 and 1: the position of its base, its total in millionths, and whether it is gated."""
    grid = grid_of(*one.scored_tables)
    as_is = panel_of(grid, scheme, one.goalposts)
    base = np.repeat(indexer(fields.base_id, pd.Index(one.bases.base_id)), 2)
    column = np.repeat(indexer(fields.code, CODES), 2)
    case, value = np.arange(len(base)), np.tile([0.0, 1.0], len(fields))
    # A tested field counts as answered: its weight is not redistributed.
    u, counted = as_is.normalised[base], as_is.counted[base]
    u[case, column], counted[case, column] = value, True
    totals = (u * max_points(Panel(u, counted, as_is.chosen[base]), scheme)).sum(axis=1)
    less = np.array([scheme.rules[code].direction == "less" for code in SCORED])
    said = grid.values[base]
    said[case, column] = np.where(less[column], 1.0 - value, value)
    gates = [SCORED.index(code) for code in scheme.gate_codes]
    return base, millionths(totals), scheme.gate & (said[:, gates] == 1).any(axis=1)


def _corrections(r, one):
    """Test each pending correction by rescoring its round with it."""
    lines = one.round.corrections
    pending = lines[(lines.status == "pending") & (lines.year == one.year) & lines.code.isin(SCORED)]
    before = status_now([*r.history, r], r.scheme)
    for place, line in pending.iterrows():
        applied = one.round.corrected_by(pd.concat([lines[lines.status == "accepted"], lines.loc[[place]]]))
        after = status_now(rounds_with(r, one.year, applied), r.scheme)
        yield line.base_id, line.code, before.index[after != before]


def _files(one, place: int, outcomes: list[Outcome], r):
    """Test each base with submissions of which none was accepted, scored above all others, then below."""
    as_is = statuses(outcomes[-1], outcomes[:-1], r.scheme)[0]
    ids = outcomes[-1].bases.base_id.to_numpy(object)
    silent = one.not_submitted[one.not_submitted.received != ""]
    for row, base_id in enumerate(silent.base_id):
        changed = {base_id} if one is r else set()
        for above in (True, False):
            after = list(outcomes)
            after[place] = with_entrant(outcomes[place], silent.iloc[[row]], above, r.scheme)
            codes = statuses(after[-1], after[:-1], r.scheme)[0]
            changed |= set(ids[codes[: len(ids)] != as_is])
        yield base_id, FILE, changed
