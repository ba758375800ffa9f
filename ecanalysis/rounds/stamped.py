"""The stamped scan of a form beside the file of the same base: what was read on both, and what differs.

The stamped copy (加盖公章) is what binds, but reading a file is certain and reading a scan is not. So the file is used,
and every field that differs is an error that names both readings; an officer looks at the scan and settles it by a
line in corrections.csv.
"""

import pandas as pd

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.rows import Issue, located
from ecanalysis.rounds import schemas

OF_SCANS = ("from_scan", "unreadable_scan")
NOTHING = "没有可用的答案"


def compared_with_stamped(tables: dict[str, pd.DataFrame], identity: dict[str, str]) -> dict[str, pd.DataFrame]:
    """The tables with the scans of bases that also sent a file taken out, and each difference as an issue.

    `identity` says who a base_name is. Such a scan has the status `compared`; what it warned of its own reading goes,
    and what could not be read or found on it is a warning. The table `stamped` is added: a row a field that was
    compared.
    """
    forms, issues, files = tables["bases"], tables["issues"], tables["files"]
    scans = set(issues.file[issues.kind.isin(OF_SCANS)])
    who = forms.base_name.map(identity)
    scanned = forms.file.isin(scans)
    beside = scanned & who.isin(who[~scanned])
    if not beside.any():
        return tables | {"stamped": schemas.frame([], schemas.STAMPED)}
    rows, lost = [], set()
    for scan, base in zip(forms[beside].itertuples(), who[beside]):
        lacking = issues[(issues.file == scan.file) & issues.kind.isin(["unreadable_scan", "sentence_missing"])]
        for form in forms[~scanned & (who == base)].itertuples():
            compared = list(_compared(tables["values"], form, scan, set(lacking.code)))
            rows += compared
            answered = tables["answered"].code[tables["answered"].file == form.file]
            lost |= set(lacking.index[lacking.code.isin(answered)])
    stamped = schemas.frame(rows, schemas.STAMPED)
    compared = set(forms.file[beside])
    names = set(forms.base_name[beside])
    further = files.layout.eq("official") & files.base_name.isin(names) & ~files.file.isin(forms.file)
    kept = {
        name: table[~table.file.isin(compared)] for name, table in tables.items() if name not in ("files", "issues")
    }
    left = issues[~issues.file.isin(compared) | issues.index.isin(lost)]
    left = left.assign(severity=left.severity.mask(left.file.isin(compared), "warning"))
    status = files.status.mask(files.file.isin(compared) | (further & (files.status == "accepted")), "compared")
    notes = [_issue(row) for row in stamped[stamped.differs == 1].itertuples()]
    return (
        tables
        | {name: table.reset_index(drop=True) for name, table in kept.items()}
        | {
            "files": files.assign(status=status),
            "issues": pd.concat([left, schemas.frame(notes, schemas.ISSUES)], ignore_index=True),
            "stamped": stamped,
        }
    )


def _compared(values: pd.DataFrame, form, scan, lacking: set[str]):
    """A row a field of the reporting year that has an answer on the scan or, where the scan was read there, in the
    file."""
    read = values[values.file == scan.file].drop_duplicates("code").set_index("code")
    year = read.year.max() if len(read) else None
    own = values[(values.file == form.file) & (values.base_name == form.base_name) & (values.year == year)]
    typed = own.drop_duplicates("code").set_index("code")
    for code in FIELDS:
        if code in lacking or (code not in read.index and code not in typed.index):
            continue
        one, other = (table.loc[code] if code in table.index else None for table in (typed, read))
        same = one is not None and other is not None and _said(one) == _said(other)
        where = (one.raw, one.sheet, one.cell) if one is not None else ("", "", "")
        there = (other.raw, other.sheet, other.cell) if other is not None else ("", "", "")
        yield form.file, form.base_name, code, *where, scan.file, *there, int(not same)


def _said(value) -> tuple:
    return value.text, None if pd.isna(value.value) else value.value


def _issue(row) -> Issue:
    typed = f"“{row.raw}”" if row.cell else NOTHING
    read = f"“{row.stamped_raw}”" if row.stamped_cell else "未填"
    place = f"{row.stamped_file} {located(row.stamped_sheet, row.stamped_cell)}".strip()
    message = (
        f"{FIELDS[row.code].called}：报告表文件为{typed}，盖章扫描件（{place}）"
        f"为{read}，两者应一致；请核对盖章件，以更正表写明采用的数值"
    )
    where = row.raw, row.sheet, row.cell
    return Issue(row.file, row.base_name, row.code, "error", "differs_from_stamped", message, *where)
