"""A round's results as they were decided on: written once, every file with its checksum, and read, not computed.

Below `<round>/sealed/`: the tables as `ecanalysis score` gives them, the whole scheme, roster.csv and corrections.csv
as they were, and `seal.json` (when, which version, why, and the SHA-256 of each of these files and of every input). A
seal that is there is never written over: with a reason it moves to `sealed/superseded/<time>/`, and the new one takes
its place.
"""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from ecanalysis import __version__, outputs
from ecanalysis.errors import UserError
from ecanalysis.reading.found import readable
from ecanalysis.reading.limits import limits_in_force
from ecanalysis.reading.opening import checksum_or_blank
from ecanalysis.rounds import schemas
from ecanalysis.rounds.corrections import COLUMNS as CORRECTION_COLUMNS
from ecanalysis.rounds.roster import read_roster

FOLDER, MANIFEST, SCHEME, ROSTER, CORRECTIONS = "sealed", "seal.json", "scheme.toml", "roster.csv", "corrections.csv"
TIME = "%Y%m%d-%H%M%S"
CLOSE = 1e-6  # points by which sealed and recomputed points may differ: totals are compared at six decimals
MEASURED = ("general", "special", "total")


@dataclass(frozen=True)
class Seal:
    """What was sealed of a round: `scores` and `points` as they were written, the roster with regions, the scheme."""

    year: int
    sealed: str
    sha256: str
    scores: pd.DataFrame
    points: pd.DataFrame
    roster: pd.DataFrame
    scheme_file: Path


def read_seal(round_folder: Path) -> Seal | None:
    """The seal of a round, every file held against its checksum; None where the round is not sealed.

    Raises UserError where `sealed/` has no seal.json, or a file that it names is missing or another. Other files in
    the folder are passed over.
    """
    folder = Path(round_folder) / FOLDER
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
    # Which province lies in which region is this project's assumption: what it was then stands.
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


def write_seal(
    round_folder: Path, tables: dict[str, pd.DataFrame], scheme: str, previous: list[Path], reason: str = ""
) -> Path:
    """Seal a round: `tables` (name -> frame), the text of its whole scheme, and what all of it was made from.

    `previous` are the folders of the earlier rounds it was compared with. Returns the folder `sealed`. Raises UserError
    where there is a seal already and no reason for another, and OSError where the folder cannot be written to.
    """
    round_folder, reason = Path(round_folder), reason.strip()
    folder = round_folder / FOLDER
    old = _manifest(folder) if folder.exists() else None
    if old is not None and not reason:
        raise UserError(f"{round_folder} 已于 {old['sealed']} 封存；确需重新封存时用 --reason 写明理由，原封存另存备查")
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as aside:
        new = Path(aside)
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
            "files": {path.name: _sha256(path) for path in sorted(new.iterdir())},
            "inputs": inputs_of(round_folder, previous),
        }
        (new / MANIFEST).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n")
        if old is not None:
            _set_aside(folder, [*old["files"], MANIFEST])
        # seal.json last: until it stands there, the folder is refused.
        for name in (*content["files"], MANIFEST):
            os.replace(new / name, folder / name)
    return folder


def inputs_of(round_folder: Path, previous: list[Path]) -> dict[str, str]:
    """The SHA-256 of all that a round's results were made from, by path relative to the folder its round lies in.

    All files of `submissions` (evidence too), the roster and the corrections; of an earlier round that is sealed its
    seal.json alone, which names the rest.
    """
    start, found = Path(round_folder).resolve().parent, {}
    for folder in (*map(Path, previous), Path(round_folder)):
        paths = [folder / FOLDER / MANIFEST]
        if folder == Path(round_folder) or not paths[0].is_file():
            paths = [*sorted((folder / "submissions").rglob("*")), folder / ROSTER, folder / CORRECTIONS]
        for path in paths:
            if path.is_file():
                found[readable(Path(os.path.relpath(path.resolve(), start)).as_posix())] = _sha256(path)
    return found


def submissions_are_gone(round_folder: Path) -> bool:
    """Whether a round's folder holds no submitted file any more: what remains of it is its seal."""
    return not any(path.is_file() for path in (Path(round_folder) / "submissions").rglob("*"))


def difference(sealed: pd.DataFrame, recomputed: pd.DataFrame, year: int) -> pd.DataFrame:
    """Where two tables of scores of one round differ: year,base_id,column,sealed,recomputed, the last two as text.

    general, special and total differ beyond 1e-6, every other column where it is not exactly the same. A base that
    only one of the two has is one row, with `column` base_id and the id on its side.
    """
    before, now = sealed.set_index("base_id"), recomputed.set_index("base_id")
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
    """The issue `seal_difference` for each base and sealed round in which `difference` found anything."""
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
        content = json.loads(path.read_text("utf-8"))
        content["sealed"], content["files"]["scores.csv"]
        if any(Path(name).name != name for name in content["files"]):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path} 已损坏，无法核对封存的结果；请从备份恢复") from None
    return content


def _set_aside(folder: Path, names: list[str]) -> None:
    """Move the files of a seal to `superseded`, in a folder of their own."""
    above = folder / "superseded"
    above.mkdir(exist_ok=True)
    time, number = datetime.now().strftime(TIME), 1
    while (place := above / (time if number == 1 else f"{time}-{number}")).exists():
        number += 1
    place.mkdir()
    for name in names:
        os.replace(folder / name, place / name)


def _sha256(path: Path) -> str:
    return checksum_or_blank(path, limits_in_force().file_bytes)
