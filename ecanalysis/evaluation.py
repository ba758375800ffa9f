"""One evaluation: a round that is read, scored, and compared with its base period and with earlier rounds.

This is the whole pipeline. The attributes of the class follow its order (read, score, compare, decide); sealing and the
functions for interactive use come last. Every notebook starts with `load_round`; every table that `ecanalysis score`
writes is an attribute here, computed on first use.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from pathlib import Path

import pandas as pd

from ecanalysis import paths
from ecanalysis.comparing import base_period, growth
from ecanalysis.deciding import decisions, firmness, questions, uncertainty, watchlist, what_if, without
from ecanalysis.errors import UserError
from ecanalysis.presenting import mistyped, prompt
from ecanalysis.presenting.display import Readable
from ecanalysis.reading.files import LocalPool
from ecanalysis.rounds import round as rounds
from ecanalysis.rounds import seals
from ecanalysis.rounds.provenance import base_period_folder
from ecanalysis.scoring import scores
from ecanalysis.scoring.aggregate import panel_of
from ecanalysis.scoring.explain import explain
from ecanalysis.scoring.normalise import grid_of
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.scheme import load as load_scheme
from ecanalysis.scoring.scheme import written as scheme_text

# Computed for the current round only, not for earlier ones.
DECIDED = ("decisions", "firmness", "heirs", "remove_one", "correction_effects", "seal_difference")
SEALED = ("scores", "points", "watchlist", "decisions", "firmness", "heirs", "remove_one")


def table(compute) -> cached_property:
    """A table of an evaluation: computed on first use, cached, and displayed in Chinese by notebooks."""
    return cached_property(wraps(compute)(lambda evaluation: Readable(compute(evaluation))))


def as_read(name: str) -> property:
    """A table taken unchanged from the round."""
    return property(lambda evaluation: Readable(getattr(evaluation.round, name)))


@dataclass(frozen=True, repr=False)
class Evaluation:
    """A round and everything computed from it, as plain frames; docs/data-dictionary.md describes their columns.

    `history` holds the evaluations of earlier rounds, oldest first; `previous` is the last of them or None. With
    `as_sealed`, roster, scores and points come from the round's `seal`, whatever the scheme. A `fresh` evaluation does
    not use the cache of parsed files.
    """

    round: rounds.Round
    scheme: Scheme
    history: list["Evaluation"] = field(default_factory=list)
    seal: seals.Seal | None = None
    as_sealed: bool = False
    fresh: bool = False

    def __getattribute__(self, name: str):
        # Callers get a shallow copy (pandas copies on write), so that changing a table cannot change what is computed
        # from it later.
        found = object.__getattribute__(self, name)
        return found.copy(deep=False) if isinstance(found, pd.DataFrame) else found

    year = property(lambda r: r.round.year)
    previous = property(lambda r: r.history[-1] if r.history else None)

    # --- read: the round as it was read, accepted corrections applied ---

    values, answered, files, forms, stamped = map(as_read, ("values", "answered", "files", "forms", "stamped"))
    not_submitted, unmatched = map(as_read, ("not_submitted", "unmatched"))
    roster = property(lambda r: Readable(r.seal.roster if r.as_sealed else r.round.roster))
    bases = property(lambda r: Readable(r.seal.scores[rounds.OF_BASE] if r.as_sealed else r.round.submitted))  # scored
    reported = table(lambda r: r.values[r.values.year == r.year])  # the reporting year only

    @cached_property
    def base_period_round(self) -> pd.DataFrame | None:
        """The values of the base period's own round (data/2024 beside data/2025), or None if there is none."""
        folder = base_period_folder(self.round.folder)
        return rounds.read_round(folder, fresh=self.fresh).values if folder else None

    # --- scored: normalised within regions, weighted, ranked; a sealed round keeps its points and scores ---

    scored_tables = property(lambda r: (r.reported, r.answered, Readable(r.round.submitted)))  # the input of scoring
    scored_rounds = property(lambda r: {one.year: one.scored_tables for one in (*r.history, r)})  # this one last
    goalposts = cached_property(lambda r: scores.goalposts_from(r.scored_rounds, r.scheme))  # None: the round's bounds
    panel = cached_property(lambda r: panel_of(grid_of(*r.scored_tables), r.scheme, r.goalposts))
    bounds = table(lambda r: scores.bounds_of(*r.scored_tables, r.scheme, r.goalposts))
    points = table(
        lambda r: r.seal.points if r.as_sealed else scores.score_points(*r.scored_tables, r.scheme, r.goalposts)
    )
    scores = table(
        lambda r: r.seal.scores if r.as_sealed else scores.score_bases(r.points, r.reported, r.bases, r.scheme)
    )
    explained = table(lambda r: explain(r.points, r.bases, r.bounds, r.reported, r.answered))

    # --- compared with the base period; growth is computed from `sound_change` ---

    change = table(lambda r: base_period.change_of(r.values, r.year, r.base_period_round))
    sound_change = table(lambda r: growth.sound(r.change, r.issues, r.round.corrections))
    region_change = table(lambda r: base_period.region_change(r.change, r.bases))

    # --- decided, over the rounds ---

    watchlist = table(lambda r: watchlist.compare_rounds(r, r.history, r.scheme))
    robustness = table(
        lambda r: r.recomputed.robustness if r.as_sealed else uncertainty.draw_ranks(r.panel, r.scores, r.scheme)
    )
    questions = cached_property(questions.tried)  # question -> ids of the bases whose status its answer could change
    firmness = table(firmness.firmness)
    decisions = table(decisions.decisions)
    heirs = table(without.heirs)
    remove_one = table(without.remove_one)
    correction_effects = table(without.correction_effects)
    seal_difference = table(what_if.seal_difference)

    @table
    def issues(self) -> pd.DataFrame:
        """All issues: from reading, roster and corrections, peers, stated growth rates, and sealed rounds."""
        mismatch = base_period.growth_mismatch(self.values, self.year)
        against_seals = seals.issues_of(self.seal_difference)
        return pd.concat([self.round.issues, mismatch, against_seals], ignore_index=True)

    # --- what was sealed ---

    @property
    def gone(self) -> bool:
        """Whether the submissions have been deleted and only the seal is left."""
        return self.as_sealed and self.round.files.empty

    @cached_property
    def sealed_scheme(self) -> Scheme | None:
        return None if self.seal is None else load_scheme(self.seal.scheme_file)

    @property
    def best_count(self) -> int:
        """How many clusters per region count as the best, by the scheme the round was (or is) scored with."""
        return self.sealed_scheme.best_count if self.as_sealed else self.scheme.best_count

    @property
    def source(self) -> str:
        return "sealed" if self.as_sealed else "recomputed"

    @cached_property
    def recomputed(self) -> "Evaluation":
        """The same evaluation with every round, sealed ones too, rescored from today's inputs by the current scheme."""
        if not any(one.as_sealed for one in (*self.history, self)):
            return self
        return replace(self, as_sealed=False, history=[one.recomputed for one in self.history])

    # --- asked at the prompt ---

    __repr__, __getattr__ = prompt.told, prompt.no_such
    find, base, explain, where = prompt.find, prompt.base, prompt.explain, prompt.where
    scan, returns, to_excel, export = prompt.scan, prompt.returns, prompt.to_excel, prompt.export
    under, without = what_if.under, what_if.without

    def write_seal(self, reason: str = "") -> Path:
        """Seal the round: its results, the complete scheme and the checksum of every input; returns the folder.

        Raises UserError if it is already sealed and no reason is given for sealing it again.
        """
        tables = {name: getattr(self, name) for name in SEALED}
        earlier = [one.round for one in self.history]
        return seals.write_seal(self.round, tables, scheme_text(self.scheme.document), earlier, reason)


def load_round(which, previous=None, scheme=None, executor: LocalPool | None = None, fresh: bool = False) -> Evaluation:
    """Read a round and the earlier rounds it is compared with.

    `which` is a year (2027) or a folder ("data/2027"); `previous` is one earlier round or a list of them, oldest first;
    `scheme` is a scheme file (by default the one named in ECANALYSIS_SCHEME, otherwise the default scheme). Only new
    and changed files are read, or all of them if `fresh`, by `executor` (None: processes on this machine). Raises
    UserError if a folder is missing, the years are not in ascending order, or a roster, corrections or scheme file is
    wrong, the base period's included; a fault in a submission is a row in `issues`.
    """
    mistyped.listen()
    earlier = [] if previous is None else [previous] if isinstance(previous, int | str | Path) else list(previous)
    folders = [paths.round_folder(one) for one in (*earlier, which)]
    scheme = paths.own_file(scheme) if scheme else paths.scheme_file()
    if (kept := _kept.get(_asked_for(folders, scheme))) is not None:
        return kept
    chosen = load_scheme(scheme)
    history: list[Evaluation] = []
    for folder in folders[:-1]:
        seal = seals.read_seal(folder)
        if seal and seals.submissions_are_gone(folder):
            before = seals.round_of_seal(folder, seal)
        else:
            before = rounds.read_round(folder, executor, fresh)
        history.append(Evaluation(before, chosen, list(history), seal, seal is not None, fresh))
    seal = seals.read_seal(folders[-1])
    this = rounds.read_round(folders[-1], executor, fresh)
    years = [one.year for one in history] + [this.year]
    if years != sorted(set(years)):
        hint = "；笔记本中改了 round_year 的，previous_year 也要改为更早的轮次（首轮填 None）"
        raise UserError(f"轮次应由早到晚且不重复，实为 {'、'.join(map(str, years))}{hint}")
    chosen.check_rounds(years, [one.year for one in history if one.gone])
    evaluation = Evaluation(this, chosen, history, seal, fresh=fresh)
    for one in (*history, evaluation):
        _ = one.base_period_round  # read now, so that errors in it appear before anything is written
    return evaluation


# Evaluations that `load_round` returns without reading; used only in the process from which kernels are forked.
_kept: dict[tuple, Evaluation] = {}


def keep(evaluation: Evaluation, scheme: Path | None = None) -> None:
    """Make `load_round` return this evaluation for the same rounds and scheme file (None: the default scheme).

    Kernels forked from the calling process then share one reading of the rounds among all pages.
    """
    _kept[_asked_for([one.round.folder for one in (*evaluation.history, evaluation)], scheme)] = evaluation


def complete(evaluation: Evaluation) -> Evaluation:
    """Compute every table of an evaluation and of its earlier rounds; returns the evaluation."""
    for one in (*evaluation.history, evaluation):
        late = () if one is evaluation else (*DECIDED, "questions", "explained")
        for name, attribute in vars(Evaluation).items():
            if isinstance(attribute, cached_property) and name not in late:
                getattr(one, name)
    return evaluation


def _asked_for(folders: list[Path], scheme: Path | None) -> tuple:
    return tuple(Path(folder).resolve() for folder in folders), scheme and scheme.resolve()
