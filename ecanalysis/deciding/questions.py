"""Open questions: what is not yet known of a round, and whose status each answer could change.

Open is a scored field without a value, or with a value that an issue doubts; a correction not yet decided; a base that
has sent something although nothing of it was accepted. Each is tried by itself, all else held.
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
from ecanalysis.scoring.scores import normalised_grid
from ecanalysis.scoring.standing import millionths, peers_of

FILE = "file"  # what a question is about that is not about one field
PLACE = ["file", "sheet", "cell", "raw"]


@dataclass(frozen=True, order=True)
class Question:
    """What is open: the reporting year of its round, the base, and the code of the field or `file`."""

    year: int
    base_id: str
    what: str

    def label(self, year: int) -> str:
        """As decisions.csv names it, in the decisions of the round of `year`."""
        return f"{self.base_id}:{self.what}" + (f"@{self.year}" if self.year != year else "")


def tried(r) -> dict[Question, set[str]]:
    """Every open question of an evaluation with the bases whose status it could change, the later round's first.

    Earlier rounds count unless they are sealed. Statuses change through the quota too.
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
    """The open fields of a round: base_id, code of scored fields in play without a value, or with a doubtful one.

    A field for whose reporting year there is an accepted or a rejected correction is open no more.
    """
    points, lines = one.points, one.round.corrections
    settled = lines[(lines.status != "pending") & (lines.year == one.year)]
    keys = ["base_id", "code"]
    is_open = points.value.isna() | found_in(points, _doubted(one), keys)
    return points.loc[is_open & ~found_in(points, settled, keys), keys].reset_index(drop=True)


def _doubted(one) -> pd.DataFrame:
    """The fields whose answer for the reporting year an issue of the scheme's kinds is about: base_id, code.

    Not those about the base period's answer, nor about a form of the base that was not used.
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
    # Both answers may stand in one cell; then what was typed tells them apart.
    typed_before = (issues.raw == issues.raw_before) & (issues.raw != issues.raw_now)
    about_before = same["_before"] & (~same["_now"] | typed_before)
    elsewhere = (issues.file != "") & issues.file_now.notna() & (issues.file != issues.file_now)
    elsewhere &= issues.kind != "differs_from_stamped"
    return issues.loc[~about_before & ~elsewhere, ["base_id", "code"]]


def _fields(one, place: int, outcomes: list[Outcome], scheme: Scheme):
    """Each open field of a round, its normalised value set to 0, then to 1; all bounds stay."""
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
    """Two cases a field, 0 and 1: the place of its base, the base's total in millionths, and whether it is gated."""
    grid = grid_of(*one.scored_tables)
    normalised = normalised_grid(grid, scheme, one.goalposts)
    as_is = panel_of(normalised, grid, scheme)
    base = np.repeat(indexer(fields.base_id, pd.Index(one.bases.base_id)), 2)
    column = np.repeat(indexer(fields.code, CODES), 2)
    case, value = np.arange(len(base)), np.tile([0.0, 1.0], len(fields))
    # What is tried counts as answered: it hands no weight on.
    u, counted = as_is.normalised[base], as_is.counted[base]
    u[case, column], counted[case, column] = value, True
    totals = (u * max_points(Panel(u, counted, as_is.chosen[base]), scheme)).sum(axis=1)
    less = np.array([scheme.rules[code].direction == "less" for code in SCORED])
    said = grid.values[base]
    said[case, column] = np.where(less[column], 1.0 - value, value)
    gates = [SCORED.index(code) for code in scheme.gate_codes]
    return base, millionths(totals), scheme.gate & (said[:, gates] == 1).any(axis=1)


def _corrections(r, one):
    """Each pending correction, applied to its round, which is scored anew."""
    lines = one.round.corrections
    pending = lines[(lines.status == "pending") & (lines.year == one.year) & lines.code.isin(SCORED)]
    before = status_now([*r.history, r], r.scheme)
    for place, line in pending.iterrows():
        applied = one.round.corrected_by(pd.concat([lines[lines.status == "accepted"], lines.loc[[place]]]))
        after = status_now(rounds_with(r, one.year, applied), r.scheme)
        yield line.base_id, line.code, before.index[after != before]


def _files(one, place: int, outcomes: list[Outcome], r):
    """Each base of which something came and nothing was accepted, taking part above all others, then below."""
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
