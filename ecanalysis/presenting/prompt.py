"""The methods of an evaluation for interactive use: look up a base or a cell, write a file, explain a wrong name.

Each function takes the evaluation (`r`) and becomes a method of it: `r.base("杭州")`.
"""

from pathlib import Path

import pandas as pd

from ecanalysis.deciding.what_if import changes
from ecanalysis.errors import NoAttribute, UserError, near
from ecanalysis.form.words import TABLE_NAMES
from ecanalysis.presenting.display import Readable
from ecanalysis.rounds.lookup import find_base, find_code, places_of
from ecanalysis.scoring.scheme import default


def told(r) -> str:
    """The text shown for an evaluation: its content, and what can be asked."""
    before = "、".join(str(one.year) for one in r.history) or "无"
    out = 0 if r.as_sealed else len(r.roster) - len(r.bases) - len(r.not_submitted)
    left_out = f"不计 {out} 家，" if out else ""
    moved = changes(default(), r.scheme)
    return (
        f"{r.year} 年轮次：参评 {len(r.bases)} 家，{left_out}无可用报送 {len(r.not_submitted)} 家，"
        f"名单外 {len(r.unmatched)} 个文件；方案：{r.scheme.called}；此前轮次：{before}\n"
        + ("与默认方案不同：" + "；".join(moved) + "\n" if moved else "")
        + f"表：{'、'.join(TABLE_NAMES)}\n"
        "问一家：r.base(名称)、r.explain(名称)、r.where(名称, 指标)、r.scan(名称, 指标)；"
        "换方案：r.under(方案)、r.without(名单)；退回补正：r.returns(省)；存出去：r.to_excel(文件)、r.export(文件夹)"
    )


def no_such(r, name: str):
    """Raise an AttributeError that suggests similar names."""
    # Python calls this only if the attribute does not exist or computing it failed.
    if name in vars(type(r)) or name.startswith("_"):
        return object.__getattribute__(r, name)
    raise NoAttribute(f"没有“{name}”{near(name, [one for one in vars(type(r)) if not one.startswith('_')])}")


def find(r, text: str) -> str:
    """The base_id of the base identified by part of a name, an alias or an id; UserError for none or several."""
    return find_base(text, r.roster)


def base(r, text: str) -> pd.DataFrame:
    """One base's row of `scores`, found by part of its name, an alias or its id; empty if it is not scored."""
    return r.scores[r.scores.base_id == r.find(text)]


def explain(r, text: str) -> pd.DataFrame:
    """How one base gained and lost its points, down to the cell; UserError if it is not scored."""
    base_id = r.find(text)
    if not (r.bases.base_id == base_id).any():
        raise UserError(f"{base_id} 在 {r.year} 年轮次没有可用的报送文件，未参评")
    found = r.explained[r.explained.base_id == base_id].reset_index(drop=True)
    first = ["code", "value", "normalised", "max_points", "points", "lost", "peer_median", "gap"]
    middle = ["part", "reference", "reference_n", "peers", "low", "high"]  # hidden first on a narrow screen
    return found[[*first, *middle, "state", "file", "sheet", "cell", "raw"]]


def where(r, text: str, code: str) -> pd.DataFrame:
    """Everything read for one field (C16, 快递) of one base, with cells: its rows of `values`, then its `issues`."""
    return Readable(places_of(r.values, r.issues, r.find(text), find_code(code)))


def returns(r, province: str = "") -> pd.DataFrame:
    """What a province (by default all) has to correct, as listed in the 退回补正清单 (`returns.return_list`)."""
    from ecanalysis.presenting.returns import returns_of

    return Readable(returns_of(r, province))


def scan(r, text: str, code: str):
    """The cutout of a base's scan that shows an answer, with what was read there; UserError if there is none."""
    from ecanalysis.presenting.stamped import piece

    return piece(r, r.find(text), find_code(code))


def to_excel(r, path: str | Path, province: str = "") -> Path:
    """Write everything, or what concerns one province, as one workbook in Chinese (.xlsx); returns its path.

    Raises UserError for another file format, or an unknown province.
    """
    from ecanalysis.presenting.workbook import write_workbook

    return write_workbook(r, Path(path), province)


def export(r, folder: str | Path, chinese: bool = False) -> Path:
    """Write every table as CSV (safe in Excel and WPS) and Parquet (exact); with `chinese`, only CSV in Chinese."""
    from ecanalysis.presenting import workbook

    return workbook.export({name: getattr(r, name) for name in TABLE_NAMES}, Path(folder), chinese)
