"""One evaluation: a round, read, scored, compared with the base period and with the rounds before it.

This is where the stages meet: the class reads from top to bottom as the pipeline does (read, scored, compared,
decided), and what sealing changes and what is asked at the prompt stand below it. Every notebook begins with
`load_round`; every table that `ecanalysis score` writes is an attribute here, computed when it is first asked for.
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
from ecanalysis.scoring.aggregate import Panel
from ecanalysis.scoring.explain import explain
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.scheme import load as load_scheme
from ecanalysis.scoring.scheme import written as scheme_text

# What is asked of the round in hand alone, not of those before it.
DECIDED = ("decisions", "firmness", "heirs", "remove_one", "correction_effects", "seal_difference")
SEALED = ("scores", "points", "watchlist", "decisions", "firmness", "heirs", "remove_one")


def table(compute) -> cached_property:
    """A table of an evaluation: computed when it is first asked for, kept, and shown in Chinese by a notebook."""
    return cached_property(wraps(compute)(lambda evaluation: Readable(compute(evaluation))))


def as_read(name: str) -> property:
    """A table of the round as it was read."""
    return property(lambda evaluation: Readable(getattr(evaluation.round, name)))


@dataclass(frozen=True, repr=False)
class Evaluation:
    """A round and all that follows from it. The tables are plain frames; see docs/data-dictionary.md.

    `history` holds the evaluations of earlier rounds, oldest first; `previous` is the last of them or None. An earlier
    round that is sealed (`as_sealed`) has its roster, scores and points from its `seal`, whatever the scheme. A `fresh`
    evaluation trusts nothing that was kept of an earlier reading.
    """

    round: rounds.Round
    scheme: Scheme
    history: list["Evaluation"] = field(default_factory=list)
    seal: seals.Seal | None = None
    as_sealed: bool = False
    fresh: bool = False

    def __getattribute__(self, name: str):
        # Who asks for a table gets a frame of their own over the same data (pandas copies what is written to), so that
        # nothing that is done to it changes what else is computed of the round.
        found = object.__getattribute__(self, name)
        return found.copy(deep=False) if isinstance(found, pd.DataFrame) else found

    @property
    def year(self) -> int:
        return self.round.year

    @property
    def previous(self) -> "Evaluation | None":
        return self.history[-1] if self.history else None

    # --- read ---

    values, answered, files, forms, stamped = map(as_read, ("values", "answered", "files", "forms", "stamped"))
    not_submitted, unmatched = map(as_read, ("not_submitted", "unmatched"))

    @property
    def roster(self) -> pd.DataFrame:
        return Readable(self.seal.roster if self.as_sealed else self.round.roster)

    @property
    def bases(self) -> pd.DataFrame:
        """The bases that are scored: on the roster and with an accepted submission."""
        return Readable(self.seal.scores[rounds.OF_BASE] if self.as_sealed else self.round.submitted)

    @table
    def reported(self) -> pd.DataFrame:
        """The values of the reporting year alone."""
        return self.values[self.values.year == self.year]

    @cached_property
    def base_period_round(self) -> pd.DataFrame | None:
        """The values of a round folder of the base period (data/2024 beside data/2025), where there is one."""
        folder = base_period_folder(self.round.folder)
        return rounds.read_round(folder, fresh=self.fresh).values if folder else None

    # --- scored ---

    @property
    def scored_tables(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """What `scores` works on: the reporting year's values, what counts as answered, the bases scored."""
        return self.reported, self.answered, Readable(self.round.submitted)

    @property
    def scored_rounds(self) -> dict[int, tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]:
        """The `scored_tables` of every round at hand, by year, this one last."""
        return {one.year: one.scored_tables for one in (*self.history, self)}

    @cached_property
    def goalposts(self) -> pd.DataFrame | None:
        """The bounds that the scheme takes from other rounds, or None where it takes none."""
        return scores.goalposts_from(self.scored_rounds, self.scheme)

    @table
    def bounds(self) -> pd.DataFrame:
        """What each field is measured against; where the scheme takes goalposts from another round, those."""
        own = scores.bounds_of(*self.scored_tables, self.scheme)
        if self.goalposts is None:
            return own
        return pd.concat([own[~own.code.isin(self.goalposts.code)], self.goalposts], ignore_index=True)

    @table
    def points(self) -> pd.DataFrame:
        if self.as_sealed:
            return self.seal.points
        return scores.score_points(*self.scored_tables, self.scheme, self.goalposts)

    @table
    def scores(self) -> pd.DataFrame:
        if self.as_sealed:
            return self.seal.scores
        return scores.score_bases(self.points, self.reported, self.bases, self.scheme)

    @cached_property
    def panel(self) -> Panel:
        """The normalised values, arranged for weighting: what uncertainty, sensitivity and distances start from."""
        return scores.panel(*self.scored_tables, self.scheme, self.goalposts)

    @table
    def explained(self) -> pd.DataFrame:
        return explain(self.points, self.bases, self.bounds, self.reported, self.answered)

    # --- compared with the base period ---

    @table
    def change(self) -> pd.DataFrame:
        return base_period.change_of(self.values, self.year, self.base_period_round)

    @table
    def sound_change(self) -> pd.DataFrame:
        """`change` as growth is told from it: without doubted and implied values."""
        return growth.sound(self.change, self.issues, self.round.corrections)

    @table
    def region_change(self) -> pd.DataFrame:
        return base_period.region_change(self.change, self.bases)

    # --- decided, over the rounds ---

    @table
    def watchlist(self) -> pd.DataFrame:
        return watchlist.compare_rounds(self, self.history, self.scheme)

    @table
    def robustness(self) -> pd.DataFrame:
        if self.as_sealed:
            return self.recomputed.robustness
        return uncertainty.draw_ranks(self.panel, self.scores, self.scheme)

    @cached_property
    def questions(self) -> dict[questions.Question, set[str]]:
        """Every open question, with the bases whose status its answer could change."""
        return questions.tried(self)

    firmness = table(firmness.firmness)
    decisions = table(decisions.decisions)
    heirs = table(without.heirs)
    remove_one = table(without.remove_one)
    correction_effects = table(without.correction_effects)
    seal_difference = table(what_if.seal_difference)

    @table
    def issues(self) -> pd.DataFrame:
        """All issues of the round: of reading, roster and corrections, of growth rates, against peers and seals."""
        mismatch = base_period.growth_mismatch(self.values, self.year)
        against_seals = seals.issues_of(self.seal_difference)
        return pd.concat([self.round.issues, mismatch, against_seals], ignore_index=True)

    # --- what was sealed ---

    @property
    def gone(self) -> bool:
        """Whether nothing is left of the round but its seal."""
        return self.as_sealed and self.round.files.empty

    @cached_property
    def sealed_scheme(self) -> Scheme | None:
        return None if self.seal is None else load_scheme(self.seal.scheme_file)

    @property
    def best_count(self) -> int:
        """How many clusters of a region are among the best, as this round was (or is) judged."""
        return self.sealed_scheme.best_count if self.as_sealed else self.scheme.best_count

    @property
    def source(self) -> str:
        return "sealed" if self.as_sealed else "recomputed"

    @cached_property
    def recomputed(self) -> "Evaluation":
        """The same with every round scored anew, sealed ones too, on today's inputs and under the scheme in force."""
        if not any(one.as_sealed for one in (*self.history, self)):
            return self
        return replace(self, as_sealed=False, history=[one.recomputed for one in self.history])

    # --- asked at the prompt ---

    __repr__, __getattr__ = prompt.told, prompt.no_such
    find, base, explain, where = prompt.find, prompt.base, prompt.explain, prompt.where
    scan, returns, to_excel, export = prompt.scan, prompt.returns, prompt.to_excel, prompt.export
    under, without = what_if.under, what_if.without

    def write_seal(self, reason: str = "") -> Path:
        """Seal the round: its results, the whole scheme and the checksum of every input; returns the folder.

        Raises UserError where it is sealed already and no reason is given to seal it anew.
        """
        tables = {name: getattr(self, name) for name in SEALED}
        earlier = [one.round for one in self.history]
        return seals.write_seal(self.round, tables, scheme_text(self.scheme.document), earlier, reason)


def load_round(which, previous=None, scheme=None, executor: LocalPool | None = None, fresh: bool = False) -> Evaluation:
    """Read a round and whatever rounds come before it, ready to be asked.

    `which` is a year (2027) or a folder ("data/2027"); `previous` one earlier round, or a list of them, oldest
    first; `scheme` a scheme file (by default the one named in ECANALYSIS_SCHEME, else the default scheme). Files not
    read before are read where the executor says (None: in processes on this machine); all of them where `fresh`.
    Raises UserError where a folder is missing, the rounds do not fit each other, or a roster, corrections or scheme
    file is wrong, in a round folder of a base period too; a fault in a submission is a row in `issues`.
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
        _ = one.base_period_round  # read now: what is wrong there is told before anything is written
    return evaluation


# What `load_round` gives without reading: only in the process that `ecanalysis brief` starts its kernels from.
_kept: dict[tuple, Evaluation] = {}


def keep(evaluation: Evaluation, scheme: Path | None = None) -> None:
    """Have `load_round` give this evaluation to whoever asks for its rounds under this scheme file (None: the default).

    For the kernels of one run, forked from the process that calls this: 200 pages then share one reading of the rounds.
    """
    _kept[_asked_for([one.round.folder for one in (*evaluation.history, evaluation)], scheme)] = evaluation


def complete(evaluation: Evaluation) -> Evaluation:
    """The evaluation with every table computed, of the earlier rounds too; given back for convenience."""
    for one in (*evaluation.history, evaluation):
        late = () if one is evaluation else (*DECIDED, "questions", "explained")
        for name, attribute in vars(Evaluation).items():
            if isinstance(attribute, cached_property) and name not in late:
                getattr(one, name)
    return evaluation


def _asked_for(folders: list[Path], scheme: Path | None) -> tuple:
    return tuple(Path(folder).resolve() for folder in folders), scheme and scheme.resolve()
