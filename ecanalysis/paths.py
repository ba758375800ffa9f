"""Finds rounds, notebooks and schemes from any working folder.

A round is given by its year or its folder. A year is looked up, in this order, in the folders listed in
`ECANALYSIS_ROUNDS` (separated as in `PATH`; `ecanalysis brief` sets it, so that a notebook reads the same rounds as
the command), in `data/` of the working folder or one of its parents, and in `data/` of the checkout from which the
package was installed.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from ecanalysis.errors import UserError

PROJECT = Path(__file__).resolve().parent.parent


def work_folder() -> Path:
    """An analyst's own folder: notebooks and schemes, never part of this project.

    `ECANALYSIS_WORK`, else the `work` beside `notebooks` in the working folder or one of its parents, as
    `ecanalysis lab FOLDER` makes it, else that of the checkout the package was installed from.
    """
    here = Path.cwd()
    beside = (one / "work" for one in (here, *here.parents) if (one / "work").is_dir() and (one / "notebooks").is_dir())
    return Path(os.environ.get("ECANALYSIS_WORK") or next(beside, PROJECT / "work")).resolve()


def own_file(name: str | Path) -> Path:
    """A file named relative to the working folder or, if it is not there, to the work folder."""
    path = Path(name)
    return path if path.exists() or not (work_folder() / path).exists() else work_folder() / path


def round_folder(which: int | str | Path) -> Path:
    """The folder of a round given by its year (2027, "2027") or its folder ("data/2027").

    Raises UserError if there is no such folder, or its name is not a year.
    """
    text = str(which)
    if re.fullmatch(r"\d{4}", text):
        listed = [Path(item) for item in os.environ.get("ECANALYSIS_ROUNDS", "").split(os.pathsep) if item]
        here = Path.cwd()
        around = [parent / "data" / text for parent in (here, *here.parents, PROJECT)]
        candidates = [item for item in listed if item.name == text] + [here / text] + around
        for candidate in candidates:
            if candidate.is_dir():
                return candidate.resolve()
        raise UserError(f"找不到 {text} 年轮次的文件夹（应为 data/{text}，其中有 submissions 和 roster.csv）")
    folder = Path(text).resolve()
    if not folder.is_dir():
        raise UserError(f"找不到轮次文件夹：{text}")
    if not re.fullmatch(r"\d{4}", folder.name):
        raise UserError(f"轮次文件夹应以报告期年份命名（如 2027），实为“{folder.name}”")
    return folder


def round_year(which: int | str | Path) -> int:
    """The reporting year of a round, which is the name of its folder."""
    return int(round_folder(which).name)


def environment(rounds: Iterable[Path], scheme: Path | None) -> dict[str, str]:
    """Environment variables that pass a run's rounds and scheme file (None: the default) to another process."""
    named = str(Path(scheme).resolve()) if scheme else ""
    own = str(work_folder())
    return {"ECANALYSIS_ROUNDS": os.pathsep.join(map(str, rounds)), "ECANALYSIS_SCHEME": named, "ECANALYSIS_WORK": own}


def scheme_file() -> Path | None:
    """The scheme file a run was given (`ECANALYSIS_SCHEME`), or None for the default scheme."""
    named = os.environ.get("ECANALYSIS_SCHEME", "")
    return Path(named) if named else None
