"""The stamped scan of a form beside the file of the same base: what differs between the two.

The stamped copy (加盖公章) is what binds, but reading a file is certain and reading a scan is not. So the file is used,
and every field that differs is an error that names both readings; an officer looks at the scan and settles it by a
line in corrections.csv.
"""

import pandas as pd

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.rows import Issue
from ecanalysis.rounds import schemas

OF_SCANS = ("from_scan", "unreadable_scan")


def compared_with_stamped(tables: dict[str, pd.DataFrame], identity: dict[str, str]) -> dict[str, pd.DataFrame]:
    """The tables with the scans of bases that also sent a file taken out, and each difference as an issue.

    `identity` says who a base_name is. Such a scan has the status `compared`; what it warned of its own reading goes,
    and what could not be read on it is a warning.
    """
    forms, issues, files = tables["bases"], tables["issues"], tables["files"]
    scans = set(issues.file[issues.kind.isin(OF_SCANS)])
    who = forms.base_name.map(identity)
    scanned = forms.file.isin(scans)
    beside = scanned & who.isin(who[~scanned])
    if not beside.any():
        return tables
    notes = []
    for scan, base in zip(forms[beside].itertuples(), who[beside]):
        for form in forms[~scanned & (who == base)].itertuples():
            notes += _differences(tables, form, scan)
    compared = set(forms.file[beside])
    names = set(forms.base_name[beside])
    further = files.layout.eq("official") & files.base_name.isin(names) & ~files.file.isin(forms.file)
    kept = {
        name: table[~table.file.isin(compared)] for name, table in tables.items() if name not in ("files", "issues")
    }
    left = issues[~(issues.file.isin(compared) & (issues.kind != "unreadable_scan"))]
    left = left.assign(severity=left.severity.mask(left.file.isin(compared), "warning"))
    status = files.status.mask(files.file.isin(compared) | (further & (files.status == "accepted")), "compared")
    return (
        tables
        | {name: table.reset_index(drop=True) for name, table in kept.items()}
        | {
            "files": files.assign(status=status),
            "issues": pd.concat([left, schemas.frame(notes, schemas.ISSUES)], ignore_index=True),
        }
    )


def _differences(tables: dict[str, pd.DataFrame], form, scan) -> list[Issue]:
    values = tables["values"]
    of_scan = values[values.file == scan.file].drop_duplicates("code").set_index("code")
    year = of_scan.year.max() if len(of_scan) else None
    own = values[(values.file == form.file) & (values.base_name == form.base_name) & (values.year == year)]
    of_form = own.drop_duplicates("code").set_index("code")
    found = []
    for code, stamped in of_scan.iterrows():
        typed = of_form.loc[code] if code in of_form.index else None
        if typed is not None and (typed.value, typed.text) == (stamped.value, stamped.text):
            continue
        if typed is not None and typed.text == stamped.text and pd.isna(typed.value) and pd.isna(stamped.value):
            continue
        said = f"“{typed.raw}”" if typed is not None else "没有可用的答案"
        message = (
            f"{code} {FIELDS[code].label}：报告表文件为{said}，盖章扫描件（{scan.file} {stamped.sheet}!{stamped.cell}）"
            f"为“{stamped.raw}”，两者应一致；请核对盖章件，以更正表写明采用的数值"
        )
        where = (typed.raw, typed.sheet, typed.cell) if typed is not None else ("", "", "")
        found.append(Issue(form.file, form.base_name, code, "error", "differs_from_stamped", message, *where))
    return found
