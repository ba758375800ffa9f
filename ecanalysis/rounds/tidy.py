"""Readings -> tidy tables, with one form chosen per base.

The stamped copy of a form (加盖公章) is the binding one, but a file can be read reliably and a scan cannot. If a base
sent both, the file is used, and every field that differs is an error giving both readings; an officer checks the scan
and settles the matter by a line in corrections.csv.
"""

from collections import defaultdict

import pandas as pd

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.bundles import bundle_of
from ecanalysis.reading.found import Found
from ecanalysis.reading.people import names_shown, secrets_of
from ecanalysis.reading.rows import Issue, Reading, located
from ecanalysis.rounds import schemas

Tables = dict[str, pd.DataFrame]  # files, values, issues, bases, contacts, answered: see schemas.py
KEY = ["file", "base_name"]
OF_SCANS = ("from_scan", "unreadable_scan")  # kinds of issue that only scans have


def collect(found: list[Found], readings: list[Reading]) -> tuple[Tables, dict[str, str]]:
    """The tidy tables of every form in every file, and received file name -> name in the tables.

    The two names are equal unless the received one holds contact data.
    """
    tables = {
        "files": schemas.frame([_file_row(one, reading) for one, reading in zip(found, readings)], schemas.FILES),
        "values": schemas.frame([row for reading in readings for row in reading.values], schemas.VALUES),
        "issues": schemas.frame([row for reading in readings for row in reading.issues], schemas.ISSUES),
        "bases": schemas.frame([base[:7] for reading in readings for base in reading.bases], schemas.FORMS),
        "contacts": schemas.frame([row for reading in readings for row in reading.contacts], schemas.CONTACTS),
        "answered": schemas.frame([row for reading in readings for row in reading.answered], schemas.ANSWERED),
    }
    shown = _shown(found, readings)
    if others := {file: name for file, name in shown.items() if file != name}:
        for name, table in tables.items():
            tables[name] = table.assign(file=table.file.replace(others))
        for table in (tables["files"], tables["issues"]):
            for file, name in others.items():
                here = table.file == name
                for part, clean in ((file, name), (file.rpartition("/")[2], name.rpartition("/")[2])):
                    table.loc[here, "message"] = table.message[here].str.replace(part, clean, regex=False)
    return in_order(tables), shown


def _shown(found: list[Found], readings: list[Reading]) -> dict[str, str]:
    # All members of an archive show its name in the same way, whichever contacts it mentions.
    bundles = [bundle_of(one.file) for one in found]
    contacts, bases = defaultdict(list), defaultdict(list)
    for bundle, reading in zip(bundles, readings):
        contacts[bundle] += reading.contacts
        bases[bundle] += reading.base_names
    secrets = {bundle: secrets_of(contacts[bundle], bases[bundle]) for bundle in contacts}
    received = names_shown({bundle: (secrets[bundle], bases[bundle]) for bundle in bundles})
    names = {one.file: received[bundle] + one.file[len(bundle) :] for one, bundle in zip(found, bundles)}
    inside = names_shown({names[one.file]: (secrets[bundle], bases[bundle]) for one, bundle in zip(found, bundles)})
    return {file: inside[name] for file, name in names.items()}


def _file_row(one: Found, reading: Reading) -> tuple:
    rejected = "" if one.evidence else one.fault or reading.rejected
    status = "evidence" if one.evidence else "rejected" if rejected else "accepted"
    return one.file, reading.sha256, reading.layout, status, ";".join(dict.fromkeys(reading.base_names)), rejected


def in_order(tables: Tables) -> Tables:
    """The tables sorted by file name; within a file, bases keep their order."""
    files = tables["files"].sort_values("file", ignore_index=True)
    place_of_file = pd.Series(files.index, files.file)
    forms = tables["bases"]
    place_of_form = pd.Series(range(1, len(forms) + 1), pd.MultiIndex.from_frame(forms[KEY]))

    def ordered(table: pd.DataFrame) -> pd.DataFrame:
        places = pd.DataFrame(
            {
                "file": table.file.map(place_of_file).to_numpy(),
                "form": place_of_form.reindex(pd.MultiIndex.from_frame(table[KEY]), fill_value=0).to_numpy(),
            }
        )
        return table.iloc[places.sort_values(["file", "form"], kind="stable").index].reset_index(drop=True)

    rest = {name: ordered(table) for name, table in tables.items() if name != "files"}
    return {"files": files} | rest


def one_form_each(tables: Tables, identity: dict[str, str]) -> Tables:
    """Keep one form per base; where there were several, each of them gets the warning `duplicate`.

    `identity` maps a base_name to the base it belongs to. If all forms are dated, the one with the latest review date
    is kept; otherwise, or if that date is shared, the one whose file name sorts last, and within a file the last one.
    The rows of the others are removed from all tables but files and issues. A scan sent beside a file is compared with
    it and not used.
    """
    tables = compared_with_stamped(tables, identity)
    forms = tables["bases"]
    who = forms.base_name.map(identity)
    notes, unused = [], []
    for _, group in forms[who.duplicated(keep=False)].groupby(who, sort=False):
        dated = group.review_date.str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
        ranked = group.sort_values(["review_date", "file"] if dated else ["file"], kind="stable")
        used = ranked.iloc[-1]
        by_date = dated and used.review_date != ranked.review_date.iloc[-2]
        why = (
            f"审核日期较晚（{used.review_date}）"
            if by_date
            else "文件名在后"
            if len(set(group.file)) > 1
            else "位置在后"
        )
        for row in group.itertuples():
            others = "、".join(f"“{file}”" for file in dict.fromkeys(group.file.drop(row.Index)))
            verdict = "采用本表" if row.Index == used.name else f"采用“{used.file}”中的一份，本表未采用"
            message = f"同一基地应只报送一份报告表，实为多份（另见{others}）；按{why}{verdict}，请确认"
            notes.append(Issue(row.file, row.base_name, "", "warning", "duplicate", message))
        unused += [(row.file, row.base_name) for row in ranked.iloc[:-1].itertuples()]
    if not unused:
        return tables
    kept = {
        name: table[~pd.MultiIndex.from_frame(table[KEY]).isin(unused)].reset_index(drop=True)
        for name, table in tables.items()
        if name not in ("files", "issues")
    }
    issues = pd.concat([tables["issues"], schemas.frame(notes, schemas.ISSUES)], ignore_index=True)
    return tables | kept | {"issues": issues}


def compared_with_stamped(tables: dict[str, pd.DataFrame], identity: dict[str, str]) -> dict[str, pd.DataFrame]:
    """Remove the scans of bases that also sent a file, and report each difference as an issue.

    `identity` maps a base_name to the base it belongs to. Such a scan gets the status `compared`; warnings about
    reading it are dropped, and a field that could not be read or found on it is a warning. The table `stamped` is
    added, with one row per field compared.
    """
    forms, issues, files = tables["bases"], tables["issues"], tables["files"]
    scans = set(issues.file[issues.kind.isin(OF_SCANS)])
    who = forms.base_name.map(identity)
    scanned = forms.file.isin(scans)
    beside = scanned & who.isin(who[~scanned])
    if not beside.any():
        return tables | {"stamped": schemas.frame([], schemas.STAMPED)}
    found, lost = [], set()
    for scan, base in zip(forms[beside].itertuples(), who[beside]):
        lacking = issues[(issues.file == scan.file) & issues.kind.isin(["unreadable_scan", "sentence_missing"])]
        for form in forms[~scanned & (who == base)].itertuples():
            found.append(_differences(tables["values"], form, scan, lacking.code))
            answered = tables["answered"].code[tables["answered"].file == form.file]
            lost |= set(lacking.index[lacking.code.isin(answered)])
    stamped = pd.concat(found)[list(schemas.STAMPED.columns)].reset_index(drop=True)
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


def _differences(values: pd.DataFrame, form, scan, lacking: pd.Series) -> pd.DataFrame:
    """Rows of STAMPED, one per field of the reporting year answered on the scan, or answered in the file if that part
    of the scan was read (not in `lacking`)."""
    read = values[values.file == scan.file].drop_duplicates("code")
    own = values[(values.file == form.file) & (values.base_name == form.base_name)]
    typed = own[own.year.isin(read.year.nlargest(1))].drop_duplicates("code")
    both = typed.merge(read, on="code", how="outer", suffixes=("", "_stamped"))
    both = schemas.by_form(both[~both.code.isin(lacking)])
    same = (both.value == both.value_stamped) | (both.value.isna() & both.value_stamped.isna())
    same &= both.text == both.text_stamped
    places = {f"{part}_stamped": f"stamped_{part}" for part in ("raw", "sheet", "cell")}
    texts = both.rename(columns=places)[["code", "raw", "sheet", "cell", *places.values()]].fillna("")
    return texts.assign(
        file=form.file, base_name=form.base_name, stamped_file=scan.file, differs=(~same).astype("int64")
    )


def _issue(row) -> Issue:
    typed = f"“{row.raw}”" if row.cell else "没有可用的答案"
    read = f"“{row.stamped_raw}”" if row.stamped_cell else "未填"
    place = f"{row.stamped_file} {located(row.stamped_sheet, row.stamped_cell)}".strip()
    message = (
        f"{FIELDS[row.code].called}：报告表文件为{typed}，盖章扫描件（{place}）"
        f"为{read}，两者应一致；请核对盖章件，以更正表写明采用的数值"
    )
    where = row.raw, row.sheet, row.cell
    return Issue(row.file, row.base_name, row.code, "error", "differs_from_stamped", message, *where)


def with_warnings(files: pd.DataFrame, issues: pd.DataFrame) -> pd.DataFrame:
    """The files, with status accepted_with_warnings for accepted files that have an issue."""
    warned = (files.status == "accepted") & files.file.isin(issues.file)
    return files.assign(status=files.status.mask(warned, "accepted_with_warnings"))
