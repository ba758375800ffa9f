"""What was parsed before, kept beside a round so that only what changed is read again.

Below `<round>/.parsed/` (mode 0700): one Parquet file a table, named by the table and its own checksum, and
`manifest.json` with those checksums, the checksum of every file that was received, the limits of a file, the programs
of this machine that help to read, and a fingerprint of the form, the rooms and the libraries that read files. What
does not agree in every respect is not used: the cache may be deleted at any time. It never holds contact data.
"""

import hashlib
import io
import json
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ecanalysis import __version__, outputs
from ecanalysis.reading.bundles import bundle_of
from ecanalysis.reading.limits import limits_in_force
from ecanalysis.reading.opening import content, from_json
from ecanalysis.reading.prepared import tools
from ecanalysis.rounds import schemas

TABLES = {
    "files": schemas.FILES,
    "values": schemas.VALUES,
    "issues": schemas.ISSUES,
    "bases": schemas.FORMS,
    "answered": schemas.ANSWERED,
}
READERS = ("charset-normalizer", "lxml", "olefile", "pandas", "py7zr", "pyarrow", "pypdfium2", "xlrd")
ROOMS = ("form", "reading", "rounds")
FOLDER = ".parsed"
MOST = 1 << 30  # bytes of a file in it


class Kept(NamedTuple):
    """What is kept of a round: its tables, and of every file received its checksum ("" for evidence) and name in them.

    The files are found by `key`: names as they were received may hold contact data.
    """

    tables: dict[str, pd.DataFrame]
    files: dict[str, list[str]]


def key(file: str) -> str:
    """The key under which what was read of a file is kept."""
    return hashlib.sha256(file.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache
def fingerprint() -> str:
    """A checksum of all that decides how a file is read: the form, the rooms that read it, the libraries."""
    libraries = "\n".join(f"{name} {version(name)}" for name in READERS)
    return hashlib.sha256(f"{source_text(ROOMS)}\n{libraries}".encode()).hexdigest()


@lru_cache
def source_text(rooms: tuple[str, ...] = ("",)) -> str:
    """A checksum of this package's own files, or of those in some of its rooms alone."""
    digest = hashlib.sha256(__version__.encode())
    package = Path(__file__).parents[1]
    for path in sorted(path for room in rooms for path in (package / room).rglob("*")):
        if path.parent.name != "__pycache__" and path.is_file():
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def load(round_folder: Path, year: int) -> Kept | None:
    """What is kept for a round, or None when there are none that can be relied on."""
    folder = Path(round_folder) / FOLDER
    try:
        manifest = from_json(content(folder / "manifest.json", MOST))
        stated = [manifest[name] for name in ("fingerprint", "limits", "tools", "year")]
        if stated != [fingerprint(), asdict(limits_in_force()), tools(), year]:
            return None
        tables = {}
        for name, schema in TABLES.items():
            checksum = manifest["tables"][name]
            data = content(folder / _file_name(name, checksum), MOST)
            if hashlib.sha256(data).hexdigest() != checksum:
                return None
            tables[name] = schema.validate(pd.read_parquet(io.BytesIO(data)))
        files = manifest["files"]
        named = {name for _, name in files.values()}
        return Kept(tables, files) if set(tables["files"].file.map(bundle_of)) == named else None
    except Exception:  # whatever a damaged file makes a reader raise: it is only a cache
        return None


def save(round_folder: Path, year: int, tables: dict[str, pd.DataFrame], files: dict[str, tuple[str, str]]) -> None:
    """Keep the tables of a round, with the files that were received, their checksums and names in the tables.

    Where its folder cannot be written to, nothing is kept.
    The manifest is replaced last and in one step, so that two runs at once leave a cache that is whole or not used.
    """
    folder = Path(round_folder) / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        checksums = {}
        for name in TABLES:
            buffer = io.BytesIO()
            tables[name].to_parquet(buffer, index=False)
            checksums[name] = hashlib.sha256(buffer.getvalue()).hexdigest()
            with outputs.written_whole(folder / _file_name(name, checksums[name]), private=True) as path:
                path.write_bytes(buffer.getvalue())
        manifest = {
            "year": year,
            "package": __version__,
            "fingerprint": fingerprint(),
            "limits": asdict(limits_in_force()),
            "tools": tools(),
            "files": {key(file): of_file for file, of_file in files.items()},
            "tables": checksums,
        }
        with outputs.written_whole(folder / "manifest.json", private=True) as path:
            path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
        kept = {_file_name(name, checksum) for name, checksum in checksums.items()}
        for path in folder.glob("*.parquet"):
            if path.name not in kept:
                path.unlink(missing_ok=True)
    except OSError:
        return


def _file_name(table: str, checksum: str) -> str:
    return f"{table}-{checksum[:16]}.parquet"
