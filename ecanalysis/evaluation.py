"""One evaluation: a round, read, scored, compared with the base period and with the rounds before it.

This is where the stages meet: the class reads from top to bottom as the pipeline does (read, scored, compared,
decided), and what sealing changes and what is asked at the prompt stand below it. Every notebook begins with
`load_round`; every table that `ecanalysis score` writes is an attribute here, computed when it is first asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property, wraps
from pathlib import Path

import pandas as pd

from ecanalysis import paths
from ecanalysis.comparing import base_period, growth
from ecanalysis.deciding import decisions, firmness, otherwise, questions, uncertainty, watchlist, without
from ecanalysis.errors import NoAttribute, UserError
from ecanalysis.presenting.display import Readable
from ecanalysis.presenting.stamped import Piece, piece
from ecanalysis.reading.files import LocalPool
from ecanalysis.rounds import round as rounds
from ecanalysis.rounds import schemas, seals
from ecanalysis.rounds.lookup import find_base, find_code, places_of
from ecanalysis.rounds.provenance import base_period_folder
from ecanalysis.scoring import scores
from ecanalysis.scoring.aggregate import Panel
from ecanalysis.scoring.explain import explain, explain_every
from ecanalysis.scoring.scheme import Scheme
from ecanalysis.scoring.scheme import load as load_scheme
from ecanalysis.scoring.scheme import written as scheme_text

# What is asked of the round in hand alone, not of those before it.
DECIDED = ("decisions", "firmness", "heirs", "remove_one", "correction_effects", "seal_difference")
TABLES = (
    *("scores", "points", "bounds", "robustness", "watchlist", "change", "region_change"),
    *DECIDED,
    *("values", "issues", "answered", "files", "forms", "stamped"),
    *("roster", "bases", "not_submitted", "unmatched"),
)
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

    @cached_property
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
        return explain_every(self.points, self.bases, self.bounds, self.reported, self.answered)

    # --- compared with the base period ---

    @table
    def change(self) -> pd.DataFrame:
        return base_period.change_of(self.values, self.year, self.base_period_round)

    @cached_property
    def sound_change(self) -> pd.DataFrame:
        """`change` as growth is told from it: without doubted and implied values."""
        return Readable(growth.sound(self.change, self.issues, self.round.corrections))

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

    @table
    def firmness(self) -> pd.DataFrame:
        return firmness.firmness(self)

    @cached_property
    def questions(self) -> dict[questions.Question, set[str]]:
        """Every open question, with the bases whose status its answer could change."""
        return questions.tried(self)

    @table
    def decisions(self) -> pd.DataFrame:
        return decisions.decisions(self)

    @table
    def heirs(self) -> pd.DataFrame:
        return without.heirs(self)

    @table
    def remove_one(self) -> pd.DataFrame:
        return without.remove_one(self)

    @table
    def correction_effects(self) -> pd.DataFrame:
        return without.correction_effects(self)

    @table
    def seal_difference(self) -> pd.DataFrame:
        """What each sealed round's own scheme gives on today's inputs, where it differs from what was sealed."""
        found = [schemas.frame([], schemas.SEAL_DIFFERENCE)]
        for one in (*self.recomputed.history, self.recomputed):
            if one.seal is not None and not one.round.files.empty:
                found.append(seals.difference(one.seal.scores, one.under(one.sealed_scheme).scores, one.year))
        return pd.concat(found, ignore_index=True)

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

    def __repr__(self) -> str:
        before = "、".join(str(one.year) for one in self.history) or "无"
        return (
            f"{self.year} 年轮次：参评 {len(self.bases)} 家，无可用报送 {len(self.not_submitted)} 家，"
            f"名单外 {len(self.unmatched)} 个文件；方案：{self.scheme.title}；此前轮次：{before}\n"
            f"表：{'、'.join(TABLES)}\n"
            "问一家：r.base(名称)、r.explain(名称)、r.where(名称, 指标)、r.scan(名称, 指标)；"
            "换方案：r.under(方案)、r.without(名单)；退回补正：r.returns(省)；存出去：r.to_excel(文件)、r.export(文件夹)"
        )

    def __getattr__(self, name: str):
        # Only asked where there is no such attribute, or where computing one failed.
        if name in vars(Evaluation) or name.startswith("_"):
            return object.__getattribute__(self, name)
        near = get_close_matches(name, [one for one in vars(Evaluation) if not one.startswith("_")], 3, 0.5)
        raise NoAttribute(f"没有“{name}”" + (f"；最接近的是 {'、'.join(near)}" if near else ""))

    def under(self, scheme: Scheme | str | Path | Mapping | None = None, **settings) -> "Evaluation":
        """The same rounds under another scheme (a Scheme or a file), or with single settings of it changed.

        `r.under(bottom_scope="country", missing="region_median")`, `r.under({"bottom": {"count": 5}})`: what is not
        given stays as in the scheme in force (see `otherwise.adjusted`). Nothing is read again.
        Raises UserError where the file or a setting is wrong, or the scheme needs a round that is not here.
        """
        chosen = otherwise.chosen(self.scheme, scheme, settings)
        _check_goalposts(chosen, [one.year for one in (*self.history, self)])
        history: list[Evaluation] = []
        for one in self.history:
            history.append(replace(one, scheme=chosen, history=list(history)))
        return replace(self, scheme=chosen, history=history)

    def without(self, which: str | Iterable[str] | pd.DataFrame) -> "Evaluation":
        """The round as if some bases had not taken part: names or ids, a frame's, or those with a flag ("gated")."""
        return otherwise.without(self, which)

    def find(self, text: str) -> str:
        """The base_id of the one base meant by part of a name, an alias or an id; UserError for none or several."""
        return find_base(text, self.roster)

    def base(self, text: str) -> pd.DataFrame:
        """One base's row of `scores`, found by part of its name, an alias or its id; empty where it is not scored."""
        return Readable(self.scores[self.scores.base_id == self.find(text)])

    def explain(self, text: str) -> pd.DataFrame:
        """Where each of a base's points came from and went, down to the cell; UserError for one that is not scored."""
        base_id = self.find(text)
        if not (self.bases.base_id == base_id).any():
            raise UserError(f"{base_id} 在 {self.year} 年轮次没有可用的报送文件，未参评")
        return Readable(explain(base_id, self.points, self.bases, self.bounds, self.reported, self.answered))

    def where(self, text: str, code: str) -> pd.DataFrame:
        """What stands in which cell for one field (C16, 快递) of one base: its rows of `values`, then its `issues`."""
        return Readable(places_of(self.values, self.issues, self.find(text), find_code(code)))

    def returns(self, province: str = "") -> pd.DataFrame:
        """What a province (all without one) has to put right, as the 退回补正清单 lists it (`returns.return_list`)."""
        from ecanalysis.presenting.returns import returns_of

        return Readable(returns_of(self, province))

    def scan(self, text: str, code: str) -> Piece:
        """The piece of a base's scan on which an answer stands, as a picture, with what was read; UserError without."""
        return piece(self, self.find(text), find_code(code))

    def to_excel(self, path: str | Path) -> Path:
        """Write all of it as one workbook in Chinese (.xlsx) and return its path; UserError for another format."""
        from ecanalysis.presenting.workbook import write_workbook

        return write_workbook(self, Path(path))

    def export(self, folder: str | Path, chinese: bool = False) -> Path:
        """Write every table as CSV (safe in Excel and WPS) and Parquet (exact); `chinese`: CSV alone, in Chinese."""
        from ecanalysis.presenting.workbook import export

        return export({name: getattr(self, name) for name in TABLES}, Path(folder), chinese)

    def write_seal(self, reason: str = "") -> Path:
        """Seal the round: its results, the whole scheme and the checksum of every input; returns the folder.

        Raises UserError where it is sealed already and no reason is given to seal it anew.
        """
        tables = {name: getattr(self, name) for name in SEALED}
        earlier = [one.round.folder for one in self.history]
        return seals.write_seal(self.round.folder, tables, scheme_text(self.scheme.document), earlier, reason)


def load_round(which, previous=None, scheme=None, executor: LocalPool | None = None, fresh: bool = False) -> Evaluation:
    """Read a round and whatever rounds come before it, ready to be asked.

    `which` is a year (2027) or a folder ("data/2027"); `previous` one earlier round, or a list of them, oldest
    first; `scheme` a scheme file (by default the one named in ECANALYSIS_SCHEME, else the default scheme). Files not
    read before are read where the executor says (None: in processes on this machine); all of them where `fresh`.
    Raises UserError where a folder is missing, the rounds do not fit each other, or a roster, corrections or scheme
    file is wrong, in a round folder of a base period too; a fault in a submission is a row in `issues`.
    """
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
            before = rounds.round_of_seal(folder, seal)
            if before.year in chosen.from_rounds:
                raise UserError(f"方案的界值取自 {before.year} 年轮次，而该轮次的报送文件已不在")
        else:
            before = rounds.read_round(folder, executor, fresh)
        history.append(Evaluation(before, chosen, list(history), seal, seal is not None, fresh))
    seal = seals.read_seal(folders[-1])
    this = rounds.read_round(folders[-1], executor, fresh)
    years = [one.year for one in history] + [this.year]
    if years != sorted(set(years)):
        hint = "；笔记本中改了 round_year 的，previous_year 也要改为更早的轮次（首轮填 None）"
        raise UserError(f"轮次应由早到晚且不重复，实为 {'、'.join(map(str, years))}{hint}")
    _check_goalposts(chosen, years)
    evaluation = Evaluation(this, chosen, history, seal, fresh=fresh)
    for one in (*history, evaluation):
        _ = one.base_period_round  # read now: what is wrong there is told before anything is written
    return evaluation


def _check_goalposts(scheme: Scheme, years: list[int]) -> None:
    if absent := set(scheme.from_rounds) - set(years):
        raise UserError(f"方案的界值取自 {'、'.join(map(str, sorted(absent)))} 年轮次，请用 --previous 提供该轮次")


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
