"""What a report was made from: the rounds' files, the scheme, the code and the libraries, as checksums.

Two runs with the same provenance publish the same pages; `ecanalysis review` says which part of it has changed.
"""

import hashlib
import json
import os
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from ecanalysis import __version__
from ecanalysis.reading.found import find
from ecanalysis.reading.limits import limits_in_force
from ecanalysis.reading.opening import checksum_or_blank
from ecanalysis.rounds import cache

LIBRARIES = ("numpy", "pandas", "scipy", "matplotlib", "papermill", "nbclient", "nbconvert", "ipykernel", "pyarrow")
OURS, SEAL = ("roster.csv", "corrections.csv"), "sealed/seal.json"


def inputs(round_folder: Path, earlier: bool = False) -> dict[str, str]:
    """Every file of a round that is read, by its path in the round's folder, with its SHA-256; evidence is not read.

    Of an earlier round its seal is read too.
    """
    folder = Path(round_folder)
    submissions = folder / "submissions"
    read = [one.path for one in find([submissions]) if not one.evidence] if submissions.is_dir() else []
    ours = (*OURS, SEAL) if earlier else OURS
    paths = [*read, *(folder / name for name in ours if (folder / name).is_file())]
    most = limits_in_force().file_bytes
    return {path.relative_to(folder).as_posix(): checksum_or_blank(path, most) for path in sorted(paths)}


def provenance(round_folders: list[Path], scheme_file: Path | None, scheme_text: str, report: Path) -> dict:
    """Rounds (oldest first), scheme, limits of a file, code and libraries, for a manifest.

    `scheme_file` is None for the default scheme; `scheme_text` is the whole scheme, what its file extends included.
    Folders are noted relative to the report, so that the whole can be moved together, and nothing tells of a machine.
    """
    return {
        "rounds": {
            Path(folder).name: {
                "folder": _relative(Path(folder), report),
                "files": inputs(folder, earlier=folder != round_folders[-1]),
            }
            for folder in round_folders
        },
        "scheme": {
            "file": _relative(Path(scheme_file), report) if scheme_file else "",
            "sha256": hashlib.sha256(scheme_text.encode()).hexdigest(),
        },
        "limits": asdict(limits_in_force()),
        "code": {"version": __version__, "sha256": cache.source_text()},
        "libraries": {"python": ".".join(map(str, sys.version_info[:3]))} | {name: version(name) for name in LIBRARIES},
    }


def fingerprint(content: object) -> str:
    """A checksum of anything that can be written as JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def digest(path: Path) -> str:
    """The SHA-256 of a file; "" where it cannot be read."""
    return checksum_or_blank(Path(path))


def _relative(path: Path, report: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), Path(report).resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()
