"""A round's submissions looked at as a whole: who has sent one, how complete they are, what is wrong with them.

Tables in, tables out; `bases` is the roster or the part of it that has submitted, the others are a round's tables.
"""

import pandas as pd

from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import COUNTRY
from ecanalysis.rounds.peers import beside_peers
from ecanalysis.rounds.roster import PROVINCES

_PLACES = {province: place for place, province in enumerate(PROVINCES)}  # provinces in the order of their regions
SUSPICIOUS = (
    "far_above_peers",
    "far_below_peers",
    "far_from_base_period",
    "copied_base_period",
    "employment_below_enterprises",
    "platforms_above_enterprises",
    "growth_may_be_index",
    "growth_mismatch",
    "looks_like_fraction",
)


def coverage(roster: pd.DataFrame, submitted: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """How many bases are on the roster and how many have submitted, a row a group.

    Columns: those of `by`, listed, submitted, absent, share (submitted of listed, 0 to 1); in the roster's order.
    """
    marked = roster.assign(submitted=roster.base_id.isin(submitted.base_id))
    counted = marked.groupby(by, sort=False).submitted.agg(listed="size", submitted="sum").reset_index()
    counted["absent"] = counted.listed - counted.submitted
    return counted.assign(share=counted.submitted / counted.listed)


def completeness(values: pd.DataFrame, answered: pd.DataFrame, submitted: pd.DataFrame, year: int) -> pd.DataFrame:
    """How complete each field is, by province and in the whole country.

    Columns: group (a province or 全国), code, bases, filled, share (0 to 1; missing where there are no bases). A
    field of a feature is counted among the bases that chose the feature; filled is what holds a readable value.
    """
    provinces = submitted.set_index("base_id").province
    fields = pd.DataFrame({"code": list(FIELDS), "feature": [field.feature for field in FIELDS.values()]})
    chosen = answered.assign(feature=answered.code.map({code: field.feature for code, field in FIELDS.items()}))
    chosen = chosen.loc[chosen.feature != "", ["base_id", "feature"]].drop_duplicates()
    every = pd.concat([pd.DataFrame({"base_id": provinces.index, "feature": ""}), chosen], ignore_index=True)
    expected = every.merge(fields, on="feature")[["base_id", "code"]]
    now = values.loc[values.year == year, ["base_id", "code"]].drop_duplicates()
    expected = expected.merge(now.assign(filled=True), on=["base_id", "code"], how="left")
    expected = expected.assign(filled=expected.filled.notna(), group=expected.base_id.map(provinces))
    both = pd.concat([expected, expected.assign(group=COUNTRY)], ignore_index=True)
    counted = both.groupby(["group", "code"]).filled.agg(bases="size", filled="sum")
    groups = [COUNTRY, *(province for province in PROVINCES if province in set(provinces))]
    grid = pd.MultiIndex.from_product([groups, FIELDS], names=["group", "code"])
    counted = counted.reindex(grid, fill_value=0).reset_index()
    return counted.assign(share=counted.filled / counted.bases.where(counted.bases > 0))


def faults(issues: pd.DataFrame) -> pd.DataFrame:
    """Issues by kind, the most frequent first.

    Columns: kind, severity, issues, forms (that have it), and where the first stands: file, sheet, cell.
    """
    first = issues.sort_values(["file", "base_name"], kind="stable").drop_duplicates(["kind", "severity"])
    forms = issues.drop_duplicates(["kind", "severity", "file", "base_name"])
    keys = ["kind", "severity"]
    counted = issues.groupby(keys).size().rename("issues").to_frame()
    counted["forms"] = forms.groupby(keys).size()
    counted = counted.reset_index().merge(first[[*keys, "file", "sheet", "cell"]], on=keys)
    return counted.sort_values(["issues", "kind"], ascending=[False, True], ignore_index=True)


def ratios(values: pd.DataFrame, submitted: pd.DataFrame, year: int) -> pd.DataFrame:
    """Every count and amount above 0 as a multiple of its region's median.

    Columns: base_id, region, code, value, median, ratio (value / median).
    """
    beside = beside_peers(values, submitted, year)
    beside = beside[(beside.value > 0) & (beside["median"] > 0)]
    columns = ["base_id", "region", "code", "value", "median", "ratio"]
    return beside.assign(ratio=beside.value / beside["median"])[columns].reset_index(drop=True)


def with_corrections(issues: pd.DataFrame, corrections: pd.DataFrame, year: int) -> pd.DataFrame:
    """The issues with what a reviewer has since put in the place of the value: adds corrected and reason, else "".

    `corrections` as a round has them; the accepted ones count. One settles the issues at the cell whose value it
    replaces, and for a field of the reporting year the error that left it without a value. A struck value reads 删去.
    """
    typed = corrections[corrections.status == "accepted"]
    typed = typed.assign(corrected=typed.raw.where(typed.raw != "", "删去"))
    columns = ["corrected", "reason"]
    places = ["file", "sheet", "cell"]
    of_cell = typed[typed.submitted_cell != ""].rename(columns={f"submitted_{place}": place for place in places})
    by_cell = issues.merge(of_cell[[*places, *columns]], on=places, how="left")[columns]
    of_field = typed.loc[typed.year == year, ["base_id", "code", *columns]]
    by_field = issues.merge(of_field, on=["base_id", "code"], how="left")[columns]
    by_field[(issues.severity != "error").to_numpy()] = None
    found = by_cell.fillna(by_field).fillna("").astype("str")
    return issues.assign(**{column: found[column].to_numpy() for column in columns})


def suspicious(issues: pd.DataFrame) -> pd.DataFrame:
    """The issues that doubt a value which was read: compared with peers, the base period, or another field."""
    found = issues[issues.kind.isin(SUSPICIOUS)]
    places = found.kind.map({kind: place for place, kind in enumerate(SUSPICIOUS)})
    return found.loc[places.sort_values(kind="stable").index].reset_index(drop=True)


def suggestions(forms: pd.DataFrame, submitted: pd.DataFrame) -> pd.DataFrame:
    """What bases wrote under 意见及建议, by province; what several of a province wrote word for word is one row.

    Columns: province, suggestions, names (of the bases, in a list).
    """
    said = forms.assign(suggestions=forms.suggestions.str.split().str.join(" "))
    said = said.loc[said.suggestions != "", ["base_id", "suggestions"]].merge(submitted, on="base_id")
    said = said.loc[said.province.map(_PLACES).sort_values(kind="stable").index]
    grouped = said.groupby(["province", "suggestions"], sort=False).name.agg(list)
    return grouped.rename("names").reset_index()


def to_return(listed: pd.DataFrame, absent: pd.DataFrame) -> pd.DataFrame:
    """How much goes back to each province: province, rejected, error, warning, absent.

    `listed` as `returns.return_list` gives it, `absent` the bases that have not submitted.
    """
    counted = listed.groupby(["province", "action"]).size().unstack(fill_value=0)
    counted = counted.reindex(columns=["rejected", "error", "warning"], fill_value=0)
    counted = counted.join(absent.groupby("province").size().rename("absent"), how="outer").fillna(0).astype(int)
    counted.index.name = "province"
    return counted.loc[sorted(counted.index, key=lambda province: _PLACES.get(province, len(_PLACES)))].reset_index()
