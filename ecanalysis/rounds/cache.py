"""The cache of parsed submissions, kept beside a round so that only new and changed files are read.

`<round>/.parsed/` (mode 0700) holds one Parquet file per table, named by the table and its checksum, and
`manifest.json` with those checksums, the checksum of every received file, the file limits, the external programs used
for reading, and a fingerprint of the form, the reading code and its libraries. A cache that does not match in every
respect is not used, and it may be deleted at any time. It never holds contact data.
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
MOST = 1 << 30  # largest file in the cache, in bytes


class Kept(NamedTuple):
    """The cached tables of a round, and each received file's checksum ("" for evidence) and name in the tables.

    Files are identified by `key`, because their original names may hold contact data.
    """

    tables: dict[str, pd.DataFrame]
    files: dict[str, list[str]]


def key(file: str) -> str:
    """The key that identifies a file in the cache."""
    return hashlib.sha256(file.encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache
def fingerprint() -> str:
    """A checksum of everything that decides how a file is read: the form, the reading code, the libraries."""
    libraries = "\n".join(f"{name} {version(name)}" for name in READERS)
    return hashlib.sha256(f"{source_text(ROOMS)}\n{libraries}".encode()).hexdigest()


@lru_cache
def source_text(rooms: tuple[str, ...] = ("",)) -> str:
    """A checksum of this package's source files, or of those in some of its subpackages."""
    digest = hashlib.sha256(__version__.encode())
    package = Path(__file__).parents[1]
    for path in sorted(path for room in rooms for path in (package / room).rglob("*")):
        if path.parent.name != "__pycache__" and path.is_file():
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def load(round_folder: Path, year: int) -> Kept | None:
    """The cache of a round, or None if there is none that can be trusted."""
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
    except Exception:  # a damaged file can raise anything, and the cache is dispensable
        return None


def save(round_folder: Path, year: int, tables: dict[str, pd.DataFrame], files: dict[str, tuple[str, str]]) -> None:
    """Cache the tables of a round, with each received file's checksum and name in the tables.

    Does nothing if the round's folder cannot be written to. The manifest is replaced last and in one step, so that two
    runs at the same time leave a cache that is either complete or not used.
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
