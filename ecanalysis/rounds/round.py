"""A whole round: submissions, roster and corrections -> the tidy tables."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from ecanalysis.errors import UserError
from ecanalysis.form.fields import IN_FORM
from ecanalysis.reading.bundles import bundle_of, is_bundle
from ecanalysis.reading.files import LocalPool, read_files
from ecanalysis.reading.found import Found, find
from ecanalysis.reading.limits import limits_in_force
from ecanalysis.reading.opening import OUR_BYTES, checksum_or_blank
from ecanalysis.reading.prepared import prepared
from ecanalysis.reading.rows import Reading
from ecanalysis.rounds import cache, schemas
from ecanalysis.rounds.corrections import apply_corrections, read_corrections, recorded
from ecanalysis.rounds.peers import check_peers
from ecanalysis.rounds.roster import OF_BASE, match, nearest, normalise_name, province_of_form, read_roster, received
from ecanalysis.rounds.tidy import Tables, collect, in_order, one_form_each, with_warnings

OURS = ("roster.csv", "corrections.csv")


@dataclass(frozen=True)
class Parsed:
    """The tidy tables of a set of submissions, with one form per base."""

    files: pd.DataFrame
    values: pd.DataFrame
    issues: pd.DataFrame
    bases: pd.DataFrame
    contacts: pd.DataFrame
    answered: pd.DataFrame
    stamped: pd.DataFrame


@dataclass(frozen=True)
class Round:
    """A round, ready to be scored.

    values, issues, answered, forms and stamped begin with `base_id`. values, answered and forms hold only bases on the
    roster, one form each; `strangers` holds the forms of other bases. values and answered include the accepted
    corrections; `as_received` is the two without them. `submitted` (base_id, name, province, region, kind) and
    `not_submitted` (the same, and received, file: what arrived but was not accepted) together make up the roster.
    `ours`: file name -> checksum of the roster and corrections as read. `called`: name of a file as received -> its
    name in the tables, from which contact data is removed.
    """

    year: int
    folder: Path
    roster: pd.DataFrame
    files: pd.DataFrame
    values: pd.DataFrame
    issues: pd.DataFrame
    answered: pd.DataFrame
    forms: pd.DataFrame
    stamped: pd.DataFrame
    submitted: pd.DataFrame
    not_submitted: pd.DataFrame
    unmatched: pd.DataFrame
    corrections: pd.DataFrame
    as_received: tuple[pd.DataFrame, pd.DataFrame]
    ours: dict[str, str] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    strangers: pd.DataFrame = field(default_factory=lambda: schemas.frame([], schemas.FORMS))

    def corrected_by(self, lines: pd.DataFrame) -> "Round":
        """The round with exactly these lines of `corrections` applied, whatever their status."""
        values, answered = apply_corrections(*self.as_received, lines, self.forms, self.year)
        return replace(self, values=values, answered=answered)


def parse(paths: list[Path], year: int, executor: LocalPool | None = None) -> Parsed:
    """Read every file below `paths` (files or folders) as a submission for a reporting year.

    Files are read by `executor` (None: processes on this machine). Of several forms for one base (by normalised name)
    one is used: the one reviewed last if all are dated, otherwise the one whose file name sorts last. Raises UserError
    if a path does not exist; a fault in a submission is a row in `issues` or the status of its file.
    """
    tables, _ = _read(find(paths), year, executor, None)
    names = tables["bases"].base_name.unique()
    tables = one_form_each(tables, {name: normalise_name(name) for name in names})
    tables["files"] = with_warnings(tables["files"], tables["issues"])
    schemas_of = dict(cache.TABLES, contacts=schemas.CONTACTS, stamped=schemas.STAMPED)
    return Parsed(**{name: schemas_of[name].validate(table) for name, table in tables.items()})


def read_round(folder: Path, executor: LocalPool | None = None, fresh: bool = False) -> Round:
    """Read a round: the folder's submissions, roster.csv and, if there is one, corrections.csv.

    Parsed files are cached in `.parsed` in the folder, so that only new and changed files are read; `fresh` reads all.
    Raises UserError if there is no folder `submissions`, or the roster or the corrections are wrong.
    """
    folder = Path(folder)
    year = int(folder.name)
    if not (folder / "submissions").is_dir():
        raise UserError(f"找不到报送文件夹：{folder / 'submissions'}")
    ours = ours_in(folder)
    bases = read_roster(folder / "roster.csv")
    corrections = read_corrections(folder / "corrections.csv", bases, year)
    tables, called = _tables_of_round(folder, year, executor, fresh)
    if ours_in(folder) != ours:
        raise UserError(f"{folder} 的名单或更正文件在读取过程中被改动，请重新运行")

    forms = tables["bases"]
    matched = match(forms.base_name.unique(), bases)
    unmatched = _unmatched(forms[~forms.base_name.isin(list(matched))], bases)
    tables = one_form_each(tables, matched | {name: f"?{normalise_name(name)}" for name in unmatched.base_name})
    values, answered, forms, issues, stamped = (
        _with_base_id(tables[name], matched) for name in ("values", "answered", "bases", "issues", "stamped")
    )
    values, answered, forms = (table[table.base_id != ""] for table in (values, answered, forms))
    as_received = values, answered
    applied, notes = recorded(*as_received, corrections, forms, year)
    accepted = corrections[corrections.status == "accepted"]
    values, answered = apply_corrections(*as_received, accepted, forms, year)
    beside = check_peers(values, bases, year)
    issues = pd.concat([issues, _not_on_roster(unmatched), notes, beside], ignore_index=True)

    submitted = bases.base_id.isin(forms.base_id)
    return Round(
        year=year,
        folder=folder,
        roster=schemas.ROSTER.validate(bases),
        files=schemas.FILES.validate(with_warnings(tables["files"], issues)),
        values=schemas.OF_ROUND["values"].validate(_by_base(values, bases)),
        issues=schemas.OF_ROUND["issues"].validate(issues),
        answered=schemas.OF_ROUND["answered"].validate(_by_base(answered, bases)),
        forms=schemas.OF_ROUND["forms"].validate(_by_base(forms, bases)),
        stamped=schemas.OF_ROUND["stamped"].validate(_by_base(stamped[stamped.base_id != ""], bases)),
        submitted=bases.loc[submitted, OF_BASE].reset_index(drop=True),
        not_submitted=without_submission(tables["files"], tables["bases"], bases),
        unmatched=unmatched,
        corrections=schemas.APPLIED.validate(applied),
        as_received=as_received,
        ours=ours,
        strangers=tables["bases"][tables["bases"].base_name.isin(unmatched.base_name)].reset_index(drop=True),
        called=called,
    )


def ours_in(folder: Path) -> dict[str, str]:
    """File name -> SHA-256 of the round's roster and corrections."""
    paths = [Path(folder) / name for name in OURS]
    return {path.name: checksum_or_blank(path, OUR_BYTES) for path in paths if path.is_file()}


def _tables_of_round(folder: Path, year: int, executor: LocalPool | None, fresh: bool) -> tuple[Tables, dict[str, str]]:
    """The tables of all submissions, unchanged files taken from the cache, and each file's name in the tables.

    Evidence files are listed but not hashed.
    """
    found = find([folder / "submissions"])
    kept = None if fresh else cache.load(folder, year)
    known = {} if kept is None else kept.files
    current, to_read = [], []
    most = limits_in_force().file_bytes
    for one in found:
        sha256, _ = known.get(cache.key(one.file), (None, ""))
        if one.evidence or one.fault:
            as_it_was = sha256 == ""
        else:
            as_it_was = bool(sha256) and checksum_or_blank(one.path, most) == sha256
        (current if as_it_was else to_read).append(one)
    called = {one.file: known[cache.key(one.file)][1] for one in current}
    if kept is not None and not to_read and len(current) == len(known):
        return kept.tables, called
    if any(file != name for file, name in called.items()):  # decided for all files together, see `names_shown`
        current, to_read, called = [], found, {}
    scans = None if fresh else folder / cache.FOLDER / "scans"
    tables, names = _read(to_read, year, executor, scans, evidence=False)
    del tables["contacts"]  # not used by a round, and must not be cached
    if set(names.values()) & set(called.values()):
        return _tables_of_round(folder, year, executor, fresh=True)
    if current:
        old = {name: table[table.file.map(bundle_of).isin(called.values())] for name, table in kept.tables.items()}
        tables = in_order({name: pd.concat([old[name], tables[name]], ignore_index=True) for name in tables})
    called |= {one.file: names[one.file] for one in to_read}
    read = dict(zip(tables["files"].file, tables["files"].sha256))
    received = {one.file: (read.get(called[one.file], "") or _of_bundle(one), called[one.file]) for one in found}
    cache.save(folder, year, tables, received)
    return tables, called


def _read(
    found: list[Found], year: int, executor: LocalPool | None, keep: Path | None, evidence: bool = True
) -> tuple[Tables, dict[str, str]]:
    # The tables of the given files, archives unpacked; evidence is hashed only on request.
    with _nothing_discarded(), prepared(found, year, executor, keep) as ready:
        unread = [bool(one.fault) or (one.evidence and not evidence) for one in ready]
        to_read = [one for one, left in zip(ready, unread) if not left]
        readings = iter(read_files(to_read, year, executor))
        tables, names = collect(
            ready, [Reading(sha256=one.sha256) if left else next(readings) for one, left in zip(ready, unread)]
        )
    return tables, names | {bundle_of(file): bundle_of(name) for file, name in names.items()}


@contextmanager
def _nothing_discarded() -> Iterator[None]:
    # Hundreds of thousands of rows are created and all of them kept: garbage collection would find nothing.
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _of_bundle(one: Found) -> str:
    # An unpacked archive has no row of its own in the files; a file without a checksum there has none here.
    return (
        ""
        if one.evidence or one.fault or not is_bundle(one.path)
        else checksum_or_blank(one.path, limits_in_force().file_bytes)
    )


def _with_base_id(table: pd.DataFrame, matched: dict[str, str]) -> pd.DataFrame:
    table = table.copy()
    table.insert(0, "base_id", pd.array([matched.get(name, "") for name in table.base_name], dtype="str"))
    return table


def _by_base(table: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    # Sorted by roster order, then by the form's order of fields, the reporting year first.
    places = pd.DataFrame({"base": table.base_id.map(pd.Series(bases.index, bases.base_id))})
    if "code" in table:
        places["code"] = table.code.map(IN_FORM)
    if "year" in table:
        places["year"] = -table.year
    return table.loc[places.sort_values(list(places), kind="stable").index].reset_index(drop=True)


def without_submission(files: pd.DataFrame, forms: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """The bases on the roster without an accepted submission: OF_BASE, received, file ("" if nothing arrived)."""
    matched = match(list(forms.base_name.unique()), roster)
    silent = roster.loc[~roster.base_id.isin(list(matched.values())), OF_BASE]
    came = received(files, _unmatched(forms[~forms.base_name.isin(list(matched))], roster), roster)
    return silent.merge(came, on="base_id", how="left").fillna({"received": "", "file": ""}).astype("str")


def _unmatched(forms: pd.DataFrame, bases: pd.DataFrame) -> pd.DataFrame:
    provinces = list(map(province_of_form, forms.department, forms.file))
    rows = zip(forms.file, forms.base_name, nearest(list(forms.base_name), bases, provinces))
    return schemas.frame([(file, name, *suggestion) for file, name, suggestion in rows], schemas.UNMATCHED)


def _not_on_roster(unmatched: pd.DataFrame) -> pd.DataFrame:
    messages = [
        f"名单中没有“{name}”（最接近的是{near_id} {near_name}，相似度"
        f"{similarity:.2f}），未参评；如系同一基地，请在 roster.csv 的 aliases 列补上此名称"
        for _, name, near_id, near_name, similarity in unmatched.itertuples(index=False)
    ]
    return schemas.warnings("not_on_roster", unmatched.assign(raw=unmatched.base_name), messages)
