"""Stamped scans for checking by people: the cutout of the page that shows an answer, with what was read there.

A picture shows only the lines of an answer, never the part of a form that names people (reading/scans/cutouts.py).
"""

import base64
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from ecanalysis.errors import UserError
from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.bundles import bundle_of
from ecanalysis.reading.rows import located
from ecanalysis.reading.scans import available
from ecanalysis.reading.scans.cutouts import cut_outs
from ecanalysis.rounds.tidy import OF_SCANS

COLUMNS = ["base_id", "base_name", "code", "raw", "stamped_raw", "stamped_file", "stamped_sheet", "stamped_cell"]
EMPTY, UNREAD = "未填", "未能可靠识别"
MOST = 12  # cutouts in a figure


@dataclass(frozen=True, repr=False)
class Piece:
    """The cutout of a scan for one field: notebooks display it, `save` writes it. `png` may be empty."""

    title: str
    said: str
    where: str
    png: bytes

    def __repr__(self) -> str:
        return f"{self.title}：{self.said}；{self.where}"

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self.png).decode()
        return (
            f"<figure><figcaption>{escape(self.title)}：{escape(self.said)}<br>{escape(self.where)}</figcaption>"
            f'<img src="data:image/png;base64,{picture}" alt="{escape(self.title)}在扫描件上的原样"></figure>'
        )

    def save(self, path: str | Path) -> Path:
        """Write the picture (PNG); returns the path."""
        Path(path).write_bytes(self.png)
        return Path(path)


def read_on_scans(r) -> pd.DataFrame:
    """Every answer that was, or could not be, read on a scan: `COLUMNS`, then differs and unread (0/1).

    `raw` is the answer in the file sent with the scan ("" without one), `differs` is 1 if the two differ, `unread` is 1
    if the answer could not be read. `r` has the tables stamped and issues of a round, or of `parse`.
    """
    alone = r.issues[r.issues.kind.isin(OF_SCANS) & (r.issues.cell != "") & (r.issues.code != "")]
    named = {"raw": "stamped_raw", "file": "stamped_file", "sheet": "stamped_sheet", "cell": "stamped_cell"}
    alone = alone.rename(columns=named).assign(raw="", differs=0, unread=(alone.kind == "unreadable_scan").astype(int))
    both = pd.concat([r.stamped.assign(unread=0), alone], ignore_index=True)
    return both.reindex(columns=[*COLUMNS, "differs", "unread"]).drop_duplicates(["base_name", "code", "stamped_file"])


def scans(r) -> pd.DataFrame:
    """The scans that were read: base_name, stamped_file, file (sent with it, "" if none), and the number of fields
    read (read_fields), different from the file (differing_fields) and unreadable (unread_fields)."""
    read = read_on_scans(r)
    files = r.stamped.drop_duplicates("stamped_file").set_index("stamped_file").file
    keys = ["base_name", "stamped_file"]
    counted = read.groupby(keys, sort=False).agg(
        read_fields=("unread", lambda unread: int((unread == 0).sum())),
        differing_fields=("differs", "sum"),
        unread_fields=("unread", "sum"),
    )
    counted = counted.reset_index().astype({"read_fields": int, "differing_fields": int, "unread_fields": int})
    return counted.assign(file=counted.stamped_file.map(files).fillna("").astype("str"))


def to_look_at(r, province: str = "") -> pd.DataFrame:
    """What a person has to check on scans (of a province): the rows of `read_on_scans` that differ from the file, then
    those that could not be read, with the `picture` (PNG) of the first `MOST`."""
    read = read_on_scans(r)
    own = r.roster.base_id[r.roster.province == province] if province else r.roster.base_id
    rows = read[read.base_id.isin(own) & ((read.differs == 1) | (read.unread == 1))]
    rows = rows.sort_values(["differs", "base_name", "stamped_file"], ascending=[False, True, True], kind="stable")
    rows = rows.reset_index(drop=True)
    made = pictures(rows.head(MOST), r.round)
    return rows.assign(picture=pd.Series([*made, *[b""] * (len(rows) - len(made))], dtype="object"))


def pictures(rows: pd.DataFrame, round_) -> list[bytes]:
    """A PNG for each row of `read_on_scans` (b"" if there is none); each scan is opened only once."""
    made, received = {}, {name: file for file, name in round_.called.items()}
    for file, own in rows[rows.stamped_cell != ""].groupby("stamped_file"):
        bundle = bundle_of(file)
        there = received.get(bundle, bundle) + file[len(bundle) :]
        places = zip(own.stamped_sheet, own.stamped_cell)
        found = cut_outs(round_.folder / "submissions", there, places, round_.year)
        made |= {(file, *place): png for place, png in found.items()}
    return [made.get(place, b"") for place in zip(rows.stamped_file, rows.stamped_sheet, rows.stamped_cell)]


def piece(r, base_id: str, code: str) -> Piece:
    """One field of one base on its scan; see `Evaluation.scan`."""
    read = read_on_scans(r)
    own = read[(read.base_id == base_id) & (read.code == code)]
    title = f"{base_id} {FIELDS[code].called}"
    if own.empty:
        raise UserError(f"{title}：本轮没有从扫描件读到该项")
    row = own.iloc[0]
    if not available():
        raise UserError('查看扫描件须安装可选组件 scans（python -m pip install "ecanalysis[scans]"）')
    if not row.stamped_cell:
        raise UserError(f"{title}：扫描件（{row.stamped_file}）上该项未填，没有可以截取的位置")
    (png,) = pictures(own.head(1), r.round)
    if not png:
        raise UserError(f"{title}：扫描件 {row.stamped_file} 已不在原处，或已不是原来的页面")
    return Piece(title, said(row), f"{row.stamped_file} {located(row.stamped_sheet, row.stamped_cell)}", png)


def said(row) -> str:
    """Both readings in words."""
    read = UNREAD if row.unread else f"扫描件识别为“{row.stamped_raw}”" if row.stamped_cell else f"扫描件{EMPTY}"
    return f"报告表文件为“{row.raw}”，{read}" if row.raw else read
