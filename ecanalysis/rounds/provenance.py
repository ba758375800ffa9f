"""The inputs of a report as checksums: the rounds' files, the scheme, the code and the libraries.

Two runs with the same provenance publish the same pages; `ecanalysis review` says which part has changed.
"""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from ecanalysis import __version__
from ecanalysis.reading.found import find, readable
from ecanalysis.reading.limits import limits_in_force
from ecanalysis.reading.opening import checksum_or_blank
from ecanalysis.rounds import cache
from ecanalysis.rounds.round import OURS, Round, read_round

LIBRARIES = (
    *("numpy", "pandas", "scipy", "matplotlib", "papermill", "nbclient", "nbconvert", "ipykernel", "pyarrow"),
    *("lxml", "python-docx", "xlsxwriter"),
)
LARGEST = 1 << 30  # largest file to hash, in bytes
SEAL = "sealed/seal.json"


def inputs(one: Round, earlier: bool = False) -> dict[str, str]:
    """Path in the round's folder -> SHA-256 of every file of the round that is read (evidence is not).

    With `earlier`, the round's seal is included. Checksums are of the content that was read, even if the file has
    changed since. Submissions have the names they have in the tables.
    """
    folder = Path(one.folder)
    read = one.ours | {f"submissions/{file}": sha for file, sha in zip(one.files.file, one.files.sha256) if sha}
    submissions = folder / "submissions"
    there = [one.path for one in find([submissions]) if not one.evidence] if submissions.is_dir() else []
    there += [folder / name for name in ((*OURS, SEAL) if earlier else OURS) if (folder / name).is_file()]
    called = {f"submissions/{file}": f"submissions/{name}" for file, name in one.called.items()}
    paths = {readable(path.relative_to(folder).as_posix()): path for path in sorted(there)}
    paths = {called.get(name, name): path for name, path in paths.items()}
    most = limits_in_force().file_bytes
    return {name: read.get(name) or checksum_or_blank(path, most) for name, path in paths.items()}


def provenance(read: Sequence[Round], scheme_file: Path | None, scheme_text: str, report: Path) -> dict:
    """Rounds (oldest first), scheme, file limits, code and libraries, for a report's manifest.

    `scheme_file` is None for the default scheme; `scheme_text` is the complete scheme, inherited tables included.
    Folders are given relative to the report, so that rounds and report can be moved together, and no absolute path of
    this machine is recorded.
    """
    folders = [Path(one.folder) for one in read]
    return {
        "rounds": {
            one.folder.name: {
                "folder": _relative(one.folder, report),
                "files": inputs(one, earlier=one is not read[-1]),
            }
            for one in read
        },
        "base_periods": {
            f"{folder.name}/{before.name}": inputs(read_round(before))
            for folder in folders
            if (before := base_period_folder(folder)) and before not in folders
        },
        "scheme": {
            "file": _relative(Path(scheme_file), report) if scheme_file else "",
            "sha256": hashlib.sha256(scheme_text.encode()).hexdigest(),
        },
        "limits": asdict(limits_in_force()),
        **program(),
    }


def program() -> dict[str, dict[str, str]]:
    """The checksum of the code and the versions of the libraries; if these are the same, so are the results."""
    return {
        "code": {"version": __version__, "sha256": cache.source_text()},
        "libraries": {"python": ".".join(map(str, sys.version_info[:3]))} | {name: version(name) for name in LIBRARIES},
    }


def base_period_folder(round_folder: Path) -> Path | None:
    """The round folder of the base period (data/2024 beside data/2025), or None."""
    folder = Path(round_folder).parent / str(int(Path(round_folder).name) - 1)
    return folder if (folder / "roster.csv").is_file() else None


def fingerprint(content: object) -> str:
    """A checksum of any value that can be written as JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def digest(path: Path) -> str:
    """The SHA-256 of a file; "" if it cannot be read."""
    return checksum_or_blank(Path(path), LARGEST)


def _relative(path: Path, report: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), Path(report).resolve())).as_posix()
    except ValueError:  # on another drive
        return path.resolve().as_posix()
