"""The two-round rule of form note 4, for one case or many: the outcome of each round -> a status for each base.

A case is one possible outcome of the rounds: with other weights, another method, or one answer changed. The watchlist
uses this module, and so does everything that asks what would change a status (firmness, open questions, heirs).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecanalysis.form.words import DEMONSTRATION
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.standing import Peers, best, bottom_three, leading, millionths, peers_of

RULED = ["ok", "promising", "add_over_quota", "add_gated", "add", "recovered", "at_risk", "revoke"]  # status by code
FAR = 10**12  # millionths of a point, beyond any total and any sum of two totals


@dataclass(frozen=True)
class Outcome:
    """The outcome of one round for the bases scored in it, in any number of cases.

    `bases` has base_id, region and kind, one row per base. The arrays are cases × bases (a single row applies to all
    cases): `micro` holds totals in whole millionths of a point; `bottom` is true for bases in the bottom three, `best`
    for clusters among the best of their region, `gated` for gated bases.
    """

    bases: pd.DataFrame
    micro: np.ndarray
    bottom: np.ndarray
    best: np.ndarray
    gated: np.ndarray


def outcome(
    bases: pd.DataFrame, micro: np.ndarray, gated: np.ndarray, scheme: Scheme, peers: Peers | None = None
) -> Outcome:
    """The outcome for totals in millionths (cases × bases) and gates (cases × bases, or one row) under a scheme.

    `peers` are those of `bases`; pass them to save recomputing them in repeated calls.
    """
    peers = peers or peers_of(bases)
    bottom = bottom_three(micro, peers.contenders(scheme), scheme.bottom_count)
    return Outcome(bases, micro, bottom, best(micro, peers.clusters, scheme.best_count), np.atleast_2d(gated))


def outcome_of_scores(scores: pd.DataFrame, best_count: int) -> Outcome:
    """The outcome of a table of scores as one case: its own flags, and the best `best_count` clusters by its ranks."""
    flags = (scores.bottom_three == 1, leading(scores, best_count), scores.gated == 1)
    return Outcome(scores, millionths(scores.total)[None], *(flag.to_numpy(bool)[None] for flag in flags))


def with_entrant(one: Outcome, entrant: pd.DataFrame, above: bool, scheme: Scheme) -> Outcome:
    """The outcome with one more, ungated base (the row `entrant`), scored above or below all others."""
    columns = ["base_id", "region", "kind"]
    bases = pd.concat([one.bases[columns], entrant[columns]], ignore_index=True)
    micro = np.hstack([one.micro, np.full((len(one.micro), 1), FAR if above else -FAR)])
    return outcome(bases, micro, np.hstack([one.gated, np.zeros((len(one.gated), 1), bool)]), scheme)


def within_reach(one: Outcome, base: np.ndarray, micro: np.ndarray, scheme: Scheme) -> np.ndarray:
    """For cases that each change one base's total, whether this can affect any base's status.

    `base` is its position, `micro` the new total. A base above the bottom three before and after does not change who is
    in it, and one below the best clusters of its region does not change those; its gate and its mean have no effect
    either.
    """
    peers, now = peers_of(one.bases), one.micro[0]
    lowest, highest = np.full(now.shape, -FAR), np.full(now.shape, FAR)
    for members in peers.contenders(scheme):
        flagged = members[bottom_three(now, [members], scheme.bottom_count)[members]]
        lowest[members] = now[flagged].max(initial=-FAR)
    for members in filter(len, peers.clusters):
        highest[members] = now[members][best(now[members], [np.arange(len(members))], scheme.best_count)].min()
    return (np.minimum(now[base], micro) <= lowest[base]) | (np.maximum(now[base], micro) >= highest[base])


def last_taken_part(ids: pd.Series, history: list[pd.Series], absence: str) -> tuple[np.ndarray, np.ndarray]:
    """For each base the index in `history` of the earlier round that counts, and the base's position in it, or -1.

    `history` holds the ids of the bases scored in each earlier round, oldest first. With `absence` "asks" only the last
    round counts; with "skips" the last one in which the base took part.

    >>> rounds = [pd.Series(["a", "b"]), pd.Series(["b"])]
    >>> [part.tolist() for part in last_taken_part(pd.Series(["a", "b", "c"]), rounds, "skips")]
    [[0, 1, -1], [0, 0, -1]]
    """
    source, place = np.full((2, len(ids)), -1)
    for number, scored in enumerate(history):
        if absence == "skips" or number == len(history) - 1:
            found = pd.Index(scored).get_indexer(pd.Index(ids))
            source[found >= 0], place[found >= 0] = number, found[found >= 0]
    return source, place


def statuses(now: Outcome, history: list[Outcome], scheme: Scheme, earlier=None) -> np.ndarray:
    """The status of every base scored in the later round in every case, as its index in RULED (cases × bases).

    `earlier` is the result of `last_taken_part` for these rounds; pass it to save recomputing it in repeated calls.
    """
    ids = [one.bases.base_id for one in history]
    source, place = earlier or last_taken_part(now.bases.base_id, ids, scheme.absence)
    shape = max(len(one.micro) for one in (now, *history)), len(source)
    was_bottom, was_best, was_gated = np.zeros((3, *shape), bool)
    before = np.zeros(shape, np.int64)
    for number, one in enumerate(history):
        mine = source == number
        pairs = ((was_bottom, one.bottom), (was_best, one.best), (was_gated, one.gated), (before, one.micro))
        for taken, given in pairs:
            np.copyto(taken, given.take(place, axis=1, mode="clip"), where=mine)
    demonstration = (now.bases.kind == DEMONSTRATION).to_numpy()
    ids = now.bases.base_id.array
    gated, both = now.gated | was_gated, now.micro + before
    return rule(demonstration, now.bottom, was_bottom, now.best, was_best, gated, both, ids, scheme)[0]


def status_now(rounds, scheme: Scheme) -> pd.Series:
    """The status by base_id of the bases scored in the last of these rounds (as `watchlist.Standing`), oldest first."""
    *history, now = (outcome_of_scores(one.scores, one.best_count) for one in rounds)
    return pd.Series(np.array(RULED)[statuses(now, history, scheme)[0]], now.bases.base_id)


def rule(demonstration, bottom, was_bottom, best, was_best, gated, both, ids, scheme: Scheme):
    """Form note 4 for the bases scored in the later round: their statuses, and their places in the queue for addition.

    `demonstration` (whether the base is a demonstration base on the later roster) and `ids` have one entry per base.
    All other arrays are cases × bases (or one row for all cases): in the bottom three now and before; among the best
    clusters now and before; gated in either round; the sum of both totals in millionths. Statuses are indices in RULED.
    The queue counts from 1, by two-round mean and, among equals, base_id; 0: not in the queue.
    """
    bottom, was_bottom = demonstration & bottom, demonstration & was_bottom
    best = ~demonstration & best
    both_best = best & was_best
    status = np.zeros(np.broadcast_shapes(bottom.shape, was_bottom.shape, both_best.shape, gated.shape), np.int8)
    status[np.broadcast_to(best, status.shape)] = RULED.index("promising")
    status[np.broadcast_to(both_best & gated, status.shape)] = RULED.index("add_gated")
    waiting = np.broadcast_to(both_best & ~gated, status.shape)
    place = _queue(waiting, np.broadcast_to(both, status.shape), ids)
    status[waiting] = RULED.index("add_over_quota")
    status[waiting & (place <= scheme.quota_remaining)] = RULED.index("add")
    status[np.broadcast_to(was_bottom, status.shape)] = RULED.index("recovered")
    status[np.broadcast_to(bottom, status.shape)] = RULED.index("at_risk")
    status[np.broadcast_to(bottom & was_bottom, status.shape)] = RULED.index("revoke")
    return status, place


def _queue(waiting: np.ndarray, both: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """The place of each candidate by the sum of its totals, highest first, ties by base_id; 0 for other bases."""
    place = np.zeros(waiting.shape, np.int64)
    columns = np.flatnonzero(waiting.any(axis=0))
    # Only the candidates, who are few: there may be many more bases, and many cases.
    columns = columns[np.argsort(np.asarray(ids[columns], object), kind="stable")]
    standing = waiting[:, columns]
    # Bases that are no candidates sort last: no sum is as low as this.
    order = np.argsort(np.where(standing, -both[:, columns], 4 * FAR), axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, len(columns) + 1)[None], axis=1)
    place[:, columns] = np.where(standing, ranks, 0)
    return place
