"""Sealed rounds: results as they were decided on, written once with checksums, and read back instead of recomputed.

`<round>/sealed/` holds the tables as `ecanalysis score` writes them, the complete scheme, roster.csv and
corrections.csv as they were, and `seal.json` (time, version, reason, and the SHA-256 of each of these files and of
every input). A seal is never overwritten: if a reason is given, it moves to `sealed/superseded/<time>/` and a new one
is written.
"""

import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from ecanalysis import __version__, outputs
from ecanalysis.errors import UserError
from ecanalysis.reading import opening
from ecanalysis.reading.found import find, readable
from ecanalysis.reading.opening import checksum_or_blank
from ecanalysis.reading.people import struck_out
from ecanalysis.rounds import schemas
from ecanalysis.rounds.corrections import COLUMNS as CORRECTION_COLUMNS
from ecanalysis.rounds.roster import OF_BASE, read_roster
from ecanalysis.rounds.round import Round

FOLDER, MANIFEST, SCHEME, ROSTER, CORRECTIONS = "sealed", "seal.json", "scheme.toml", "roster.csv", "corrections.csv"
OWED = (SCHEME, ROSTER, CORRECTIONS)
TABLES = ("scores.csv", "points.csv", "watchlist.csv", "decisions.csv")  # required in every seal
TIME = "%Y%m%d-%H%M%S"
MOST = 1 << 32  # largest file to hash, in bytes: room for pictures and films submitted as evidence
CLOSE = 1e-6  # tolerance between sealed and recomputed points, as totals are compared at six decimals
MEASURED = ("general", "special", "total")


@dataclass(frozen=True)
class Seal:
    """The content of a seal: `scores` and `points` as written, the roster with regions, the scheme file."""

    year: int
    sealed: str
    sha256: str
    scores: pd.DataFrame
    points: pd.DataFrame
    roster: pd.DataFrame
    scheme_file: Path


def read_seal(round_folder: Path) -> Seal | None:
    """Read a round's seal and verify the checksum of every file; None if the round is not sealed.

    Raises UserError if `sealed/` has no seal.json, or a file listed in it is missing or altered. Other files in the
    folder are ignored.
    """
    folder = Path(round_folder) / FOLDER
    if not folder.exists():
        folder = outputs.aside_of(folder)  # left by a run that was killed: a seal must not vanish silently
    if not folder.exists():
        return None
    content = _manifest(folder)
    faults = [name for name, expected in content["files"].items() if _sha256(folder / name) != expected]
    if faults:
        raise UserError(
            f"{folder}：{'、'.join(sorted(faults))} 与封存时不同或已缺失（以 {MANIFEST} 所记校验值为准）；"
            "请从备份恢复封存时的文件，不要改动封存的结果"
        )
    scores = outputs.read_table(folder / "scores.csv", schemas.SCORES.dtypes)
    roster = read_roster(folder / ROSTER)
    # Regions of provinces are an assumption of this project; the seal keeps those of its time.
    region = roster.base_id.map(scores.set_index("base_id").region)
    return Seal(
        year=int(Path(round_folder).name),
        sealed=content["sealed"],
        sha256=_sha256(folder / MANIFEST),
        scores=scores,
        points=outputs.read_table(folder / "points.csv", schemas.POINTS.dtypes),
        roster=roster.assign(region=region.fillna(roster.region).astype("str")),
        scheme_file=folder / SCHEME,
    )


def round_of_seal(folder: Path, seal: Seal) -> Round:
    """A sealed round whose submissions have been deleted: only its roster and the bases that took part."""
    empty = {"files": schemas.FILES, "unmatched": schemas.UNMATCHED, "corrections": schemas.APPLIED, **schemas.OF_ROUND}
    tables = {name: schemas.frame([], schema) for name, schema in empty.items()}
    took_part = seal.roster.base_id.isin(seal.scores.base_id)
    return Round(
        year=seal.year,
        folder=Path(folder),
        roster=seal.roster,
        submitted=seal.roster.loc[took_part, OF_BASE].reset_index(drop=True),
        not_submitted=seal.roster.loc[~took_part, OF_BASE].reset_index(drop=True).assign(received="", file=""),
        as_received=(tables["values"], tables["answered"]),
        **tables,
    )


def write_seal(
    one: Round, tables: dict[str, pd.DataFrame], scheme: str, previous: list[Round], reason: str = ""
) -> Path:
    """Seal a round: `tables` (name -> frame), the text of its complete scheme, and checksums of all inputs.

    `previous` are the earlier rounds it was compared with. Returns the folder `sealed`, which is written completely or
    not at all. Raises UserError if there is already a seal and no reason is given, or if an input has changed since it
    was read, and OSError if the round's folder cannot be written to.
    """
    round_folder, reason = Path(one.folder), reason.strip()
    folder = round_folder / FOLDER
    with outputs.another_in_place_of(folder) as new:
        old = _manifest(folder) if folder.exists() else None
        if old is not None and not reason:
            raise UserError(
                f"{round_folder} 已于 {old['sealed']} 封存；确需重新封存时用 --reason 写明理由，原封存另存备查"
            )
        if old is not None:
            _set_aside(new, [*old["files"], MANIFEST])
        for name, table in tables.items():
            outputs.write_table(table, new, name)
        (new / SCHEME).write_text(scheme, "utf-8", newline="\n")
        shutil.copyfile(round_folder / ROSTER, new / ROSTER)
        if (round_folder / CORRECTIONS).is_file():
            shutil.copyfile(round_folder / CORRECTIONS, new / CORRECTIONS)
        else:
            (new / CORRECTIONS).write_text(",".join(CORRECTION_COLUMNS) + "\n", "utf-8", newline="\n")
        content = {
            "sealed": datetime.now().astimezone().isoformat(timespec="seconds"),
            "version": __version__,
            "reason": reason,
            "supersedes": "" if old is None else _sha256(folder / MANIFEST),
            "files": {name: _sha256(new / name) for name in sorted([*OWED, *(f"{name}.csv" for name in tables)])},
            "inputs": inputs_of(one, previous),
        }
        (new / MANIFEST).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n")
    return folder


def inputs_of(one: Round, previous: list[Round]) -> dict[str, str]:
    """The SHA-256 of every input of a round's results, by path relative to the folder that contains the round.

    Inputs are all files in `submissions` (evidence included), the roster and the corrections; of a sealed earlier round
    only seal.json, which lists the rest. File names holding contact data are replaced as in the tables. Raises
    UserError if a file has changed since it was read.
    """
    start, found = Path(one.folder).resolve().parent, {}
    for each in (*previous, one):
        folder = Path(each.folder).resolve()
        paths = {folder / FOLDER / MANIFEST}
        if each is one or not (folder / FOLDER / MANIFEST).is_file():
            linked = {there.path for there in find([folder / "submissions"])}
            paths = {*(folder / "submissions").rglob("*"), *linked, folder / ROSTER, folder / CORRECTIONS}
        sums = {readable(path.relative_to(folder).as_posix()): _sha256(path) for path in paths if path.is_file()}
        called = {f"submissions/{file}": f"submissions/{name}" for file, name in each.called.items()}
        sums = {called.get(name) or struck_out(name): sha for name, sha in sorted(sums.items())}
        read = {f"submissions/{file}": sha for file, sha in zip(each.files.file, each.files.sha256)}
        for name, sha in (read | each.ours).items():
            if name in sums and sha not in ("", sums[name]):
                raise UserError(f"{folder.name}/{name} 在读取之后被改动，未封存，请重新运行")
        found |= {Path(os.path.relpath(folder, start), name).as_posix(): sha for name, sha in sums.items()}
    return found


def submissions_are_gone(round_folder: Path) -> bool:
    """Whether a round's folder no longer holds any submitted file, so that only its seal remains."""
    return not any(path.is_file() for path in (Path(round_folder) / "submissions").rglob("*"))


def difference(sealed: pd.DataFrame, recomputed: pd.DataFrame, year: int) -> pd.DataFrame:
    """Differences between two tables of scores of one round: year,base_id,column,sealed,recomputed (both as text).

    general, special and total may differ by 1e-6; all other columns must be equal. A base found in only one of the
    tables is one row, with `column` base_id and the id on the side that has it.
    """
    before, now = (pd.DataFrame(one).set_index("base_id") for one in (sealed, recomputed))  # as stored
    rows = [(year, base_id, "base_id", base_id, "") for base_id in before.index.difference(now.index)]
    rows += [(year, base_id, "base_id", "", base_id) for base_id in now.index.difference(before.index)]
    both = before.index.intersection(now.index)
    for column in list(schemas.SCORES.columns)[1:]:
        a, b = before.loc[both, column], now.loc[both, column]
        differs = (a - b).abs() > CLOSE if column in MEASURED else a.astype("str") != b.astype("str")
        rows += [(year, base_id, column, str(a[base_id]), str(b[base_id])) for base_id in both[differs.to_numpy()]]
    rows.sort(key=lambda row: (row[1], list(schemas.SCORES.columns).index(row[2])))
    return schemas.frame(rows, schemas.SEAL_DIFFERENCE)


def issues_of(found: pd.DataFrame) -> pd.DataFrame:
    """One issue `seal_difference` for each base and sealed round in the result of `difference`."""
    groups = found.groupby(["year", "base_id"])
    messages = [_told(year, group) for (year, _), group in groups]
    return schemas.warnings("seal_difference", groups.head(1).sort_values(["year", "base_id"]), messages)


def _told(year: int, rows: pd.DataFrame) -> str:
    parts = "、".join(f"{row.column} 封存“{row.sealed}”，重算“{row.recomputed}”" for row in rows.itertuples())
    return f"{year}年轮次已封存，按封存的方案以现有报送、名单和更正重算，结果不同（{parts}）；以封存为准，请核对改动"


def _manifest(folder: Path) -> dict:
    path = folder / MANIFEST
    if not path.is_file():
        raise UserError(f"{folder} 中没有 {MANIFEST}，无法核对封存的结果；请从备份恢复，或移走这个文件夹后重新封存")
    try:
        content = opening.from_json(opening.content(path, opening.OUR_BYTES))
        content["sealed"], [content["files"][name] for name in (*OWED, *TABLES)]
        if any(Path(name).name != name for name in content["files"]):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path} 已损坏，无法核对封存的结果；请从备份恢复") from None
    return content


def _set_aside(folder: Path, names: list[str]) -> None:
    """Move the files of a seal to a new folder below `superseded`."""
    above = folder / "superseded"
    above.mkdir(exist_ok=True)
    time, number = datetime.now().strftime(TIME), 1
    while (place := above / (time if number == 1 else f"{time}-{number}")).exists():
        number += 1
    place.mkdir()
    for name in names:
        os.replace(folder / name, place / name)


def _sha256(path: Path) -> str:
    return checksum_or_blank(path, MOST)
