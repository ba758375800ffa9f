"""Statistics of a round's submissions: who has submitted, how complete the answers are, and which faults they have.

Tables in, tables out. `roster` lists all bases, `submitted` those with an accepted submission; the other tables are
those of a round.
"""

import pandas as pd

from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import ACTION_NAMES, COUNTRY, KINDS, RECEIVED_NAMES, REGIONS, STATUS_NAMES, SUSPICIOUS
from ecanalysis.presenting.formats import answer
from ecanalysis.reading.rows import located
from ecanalysis.rounds.once import once
from ecanalysis.rounds.roster import PROVINCES

_PLACES = {name: place for place, name in enumerate([*PROVINCES, *REGIONS, *KINDS])}  # sort keys, in the form's order
LONGEST = 120  # most characters of an answer or message shown in a table


def came(r) -> pd.Series:
    """What was received from bases without a usable submission, in words, by base_id."""
    return r.not_submitted.set_index("base_id").received.map(RECEIVED_NAMES)


def coverage(roster: pd.DataFrame, submitted: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """How many bases are on the roster and how many have submitted, one row per group.

    Columns: those of `by`, listed, submitted, absent, submitted_share (of those listed, 0 to 1). Provinces, regions and
    kinds are in the form's order.
    """
    marked = roster.assign(submitted=roster.base_id.isin(submitted.base_id))
    counted = marked.groupby(by, sort=False).submitted.agg(listed="size", submitted="sum").reset_index()
    counted = counted.sort_values(by, key=lambda names: names.map(_PLACES), ignore_index=True)
    counted["absent"] = counted.listed - counted.submitted
    return counted.assign(submitted_share=counted.submitted / counted.listed)


def with_whole(counted: pd.DataFrame) -> pd.DataFrame:
    """A table of counts by group (`coverage`, `to_return`) with a last row for the whole country.

    In it the first column is 全国, a second grouping column 合计, and a share is computed from the summed counts.
    """
    whole = counted.select_dtypes("number").sum()
    names = [name for name in counted.columns if not pd.api.types.is_numeric_dtype(counted[name].dtype)]
    last = pd.DataFrame([{**dict(zip(names, (COUNTRY, "合计"))), **whole}]).astype(counted.dtypes)
    if "submitted_share" in counted:
        last["submitted_share"] = last.submitted / last.listed
    return pd.concat([counted, last], ignore_index=True)


def completeness(values: pd.DataFrame, answered: pd.DataFrame, submitted: pd.DataFrame, year: int) -> pd.DataFrame:
    """The completeness of each field in the whole country, the least complete first.

    Columns: code, expected (bases that should answer it), filled (those with a readable value), lacking, filled_share
    (0 to 1), provinces (of the bases lacking it: 浙江3、福建1, the most first). A field of a feature is expected of the
    bases that chose the feature; a field expected of no base has no row.
    """
    fields = pd.DataFrame({"code": list(FIELDS), "feature": [field.feature for field in FIELDS.values()]})
    chosen = answered.assign(feature=answered.code.map({code: field.feature for code, field in FIELDS.items()}))
    chosen = chosen.loc[chosen.feature != "", ["base_id", "feature"]].drop_duplicates()
    every = pd.concat([submitted[["base_id"]].assign(feature=""), chosen], ignore_index=True)
    expected = every.merge(submitted[["base_id", "province"]], on="base_id").merge(fields, on="feature")
    now = values.loc[values.year == year, ["base_id", "code"]].drop_duplicates()
    expected = expected.merge(now.assign(filled=True), on=["base_id", "code"], how="left")
    expected = expected.assign(filled=expected.filled.notna())
    counted = expected.groupby("code").filled.agg(expected="size", filled="sum").reindex(FIELDS).dropna().astype(int)
    lacking = expected[~expected.filled].groupby(["code", "province"]).size().rename("lacking").reset_index()
    lacking = lacking.sort_values("province", key=lambda names: names.map(_PLACES), kind="stable")
    lacking = lacking.sort_values("lacking", ascending=False, kind="stable")
    where = (lacking.province + lacking.lacking.astype("str")).groupby(lacking.code).agg("、".join)
    counted = counted.assign(lacking=counted.expected - counted.filled, filled_share=counted.filled / counted.expected)
    counted = counted.assign(provinces=where.reindex(counted.index).fillna("").astype("str")).rename_axis("code")
    return counted.reset_index().sort_values("filled_share", kind="stable", ignore_index=True)


def faults(issues: pd.DataFrame) -> pd.DataFrame:
    """Issues by kind, the most frequent first.

    Columns: kind, severity, issues (number), forms (number with it), example (the place of the first).
    """
    first = issues.sort_values(["file", "base_name"], kind="stable").drop_duplicates(["kind", "severity"])
    forms = issues.drop_duplicates(["kind", "severity", "file", "base_name"])
    keys = ["kind", "severity"]
    counted = issues.groupby(keys).size().rename("issues").to_frame()
    counted["forms"] = forms.groupby(keys).size()
    first = first.assign(example=[place(*where) for where in zip(first.file, first.sheet, first.cell)])
    counted = counted.reset_index().merge(first[[*keys, "example"]], on=keys)
    return counted.sort_values(["issues", "kind"], ascending=[False, True], ignore_index=True)


def with_corrections(issues: pd.DataFrame, corrections: pd.DataFrame, year: int) -> pd.DataFrame:
    """The issues with the values since corrected by a reviewer.

    Adds corrected: the new value and the reason, 1,200人次（补报）, or "". `corrections` are those of the round; only
    accepted lines count. A line settles the issues at the cell whose value it replaces, and for a field of the
    reporting year the error that left it without a value. A deleted value is shown as 删去.
    """
    typed = corrections[corrections.status == "accepted"]
    said = [f"{_as_written(row.code, row.raw)}（{row.reason}）" for row in typed.itertuples()]
    typed = typed.assign(corrected=pd.array(said, dtype="str"))
    places = ["file", "sheet", "cell"]
    of_cell = typed[typed.submitted_cell != ""].rename(columns={f"submitted_{place}": place for place in places})
    by_cell = issues.merge(of_cell[[*places, "corrected"]], on=places, how="left").corrected
    of_field = typed.loc[typed.year == year, ["base_id", "code", "corrected"]]
    by_field = issues.merge(of_field, on=["base_id", "code"], how="left").corrected
    found = by_cell.fillna(by_field.where((issues.severity == "error").to_numpy())).fillna("")
    return issues.assign(corrected=found.astype("str").to_numpy())


@once
def open_issues(r) -> pd.DataFrame:
    """The issues not settled by an accepted correction."""
    issues = with_corrections(r.issues, r.round.corrections, r.year)
    return issues[issues.corrected == ""].drop(columns="corrected")


def ledger(r) -> pd.DataFrame:
    """Every line of the round's corrections and its effect on all bases, in the file's order.

    Columns: base_id, name, code, year, submitted_raw, corrected (formatted), reason, evidence, decided_on, settled (its
    status), total_before, total_after, ranks_moved and statuses_moved (甲：正常→本次处于后3位). The effect of an
    accepted line is relative to the round without it, that of a pending one as if it were accepted; a rejected one has
    none.
    """
    lines = r.round.corrections.drop(columns="value")
    keys = ["base_id", "code", "year", "status"]
    rows = lines.merge(r.correction_effects, on=keys, how="left").merge(r.roster[["base_id", "name"]], on="base_id")
    rows = rows.sort_values("line", ignore_index=True)
    names = r.roster.set_index("base_id").name
    return rows.assign(
        corrected=pd.array([_as_written(row.code, row.raw) for row in rows.itertuples()], dtype="str"),
        settled=rows.status,
        statuses_moved=pd.array([_moved(text, names) for text in rows.statuses_changed.fillna("")], dtype="str"),
    )


def _moved(changes: str, names: pd.Series) -> str:
    """Changes of status in words.

    >>> _moved("B1:ok>at_risk;B2:at_risk>ok", pd.Series({"B1": "甲", "B2": "乙"}))
    '甲：正常→本次处于后3位；乙：本次处于后3位→正常'
    """
    told = []
    for change in filter(None, changes.split(";")):
        base_id, statuses = change.split(":")
        before, after = statuses.split(">")
        told.append(f"{names.get(base_id, base_id)}：{STATUS_NAMES[before]}→{STATUS_NAMES[after]}")
    return "；".join(told)


def suspicious(issues: pd.DataFrame) -> pd.DataFrame:
    """The issues that cast doubt on a value: compared with peers, the base period, or another field."""
    found = issues[issues.kind.isin(SUSPICIOUS)]
    places = found.kind.map({kind: place for place, kind in enumerate(SUSPICIOUS)})
    return found.loc[places.sort_values(kind="stable").index].reset_index(drop=True)


def suggestions(forms: pd.DataFrame, submitted: pd.DataFrame) -> pd.DataFrame:
    """The text under 意见及建议, by province; identical texts of a province are one row.

    Columns: province, suggestions, names (list of the bases' names).
    """
    said = forms.assign(suggestions=forms.suggestions.str.split().str.join(" "))
    said = said.loc[said.suggestions != "", ["base_id", "suggestions"]].merge(submitted, on="base_id")
    said = said.loc[said.province.map(_PLACES).sort_values(kind="stable").index]
    grouped = said.groupby(["province", "suggestions"], sort=False).name.agg(list)
    return grouped.rename("names").reset_index()


def to_return(listed: pd.DataFrame, absent: pd.DataFrame) -> pd.DataFrame:
    """The number of faults returned to each province: province, rejected, error, warning, missing, absent.

    `listed` is the result of `returns.return_list`, `absent` the bases that have not submitted.
    """
    counted = listed.groupby(["province", "action"]).size().unstack(fill_value=0)
    counted = counted.reindex(columns=list(ACTION_NAMES), fill_value=0)
    counted = counted.join(absent.groupby("province").size().rename("absent"), how="outer").fillna(0).astype(int)
    counted.index.name = "province"
    return counted.loc[sorted(counted.index, key=lambda province: _PLACES.get(province, len(_PLACES)))].reset_index()


def _as_written(code: str, typed: str) -> str:
    """A value typed by a reviewer, formatted for display.

    >>> _as_written("C16", "40810000"), _as_written("C12", "0"), _as_written("I4", "78.1"), _as_written("C16", "")
    ('40,810,000件', '否', '78.1%', '删去')
    """
    try:
        return answer(code, float(typed)) if typed else "删去"
    except ValueError:
        return typed


def place(file: str, sheet: str, cell: str) -> str:
    """A place as file, sheet and cell, shortened if it is very long.

    >>> place("浙江/甲.xlsx", "报告表", "G14"), place("浙江/甲.xlsx", "", "")
    ('浙江/甲.xlsx · 报告表!G14', '浙江/甲.xlsx')
    """
    at = located(sheet, cell)
    line = f"{file} · {at}" if at else file
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
