"""The data dictionary: every table and column, written from the form and the schemas into docs/data-dictionary.md.

python -m ecanalysis.rounds.dictionary docs/data-dictionary.md
"""

import sys
from pathlib import Path

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.rounds import schemas

# What `ecanalysis score` writes beside the tidy tables: column -> what it holds. A test compares it with the tables.
SCORED_TABLES = {
    "scores": {
        "base_id": "Base, as on the roster",
        "name": "Its name on the roster",
        "province": "Provincial unit, city with its own plan, or 新疆生产建设兵团",
        "region": "东, 中 or 西 (with the north-east)",
        "kind": "示范基地 or 集聚区",
        "general": "Points of the general indicators, 0–80",
        "special": "Points of the features it chose (their mean), 0–20",
        "total": "general + special, 0–100",
        "rank": "Rank within the region over all bases; 1 is best, equal totals (6 decimals) share the better rank",
        "rank_in_kind": "Rank within region and kind",
        "tier": "成效突出, 成效明显 or 成效初显",
        "gated": "1 where an accident or violation sends it to the last tier, else 0",
        "bottom_three": "1 for a demonstration base among the last three of its region, else 0",
        "features": "Letters of the features it chose, joined by ;",
        "missing": "Scored fields without a value, features not chosen left out",
    },
    "points": {
        "base_id": "Base",
        "code": "Scored field, of the general part or of a feature the base chose",
        "value": "Its value; empty where missing",
        "normalised": "The value brought to 0–1 as the scheme says",
        "max_points": "What the field is worth at most to this base",
        "points": "max_points × normalised; they add up to the total",
    },
    "change": {
        "base_id": "Base",
        "code": "Numeric field",
        "value": "Value of the reporting year",
        "base_period_value": "Value of the base period (the year before)",
        "source": "reported (base-period column), base_period_round, implied (A2 from A3); empty if unknown",
        "change": "value − base_period_value in the field's unit; percentage points for a percent",
        "change_pct": "Change in percent of the base-period value; counts and amounts only",
    },
    "region_change": {
        "region": "东, 中, 西 or 全国",
        "code": "Count or amount",
        "value": "Sum over the bases that have both years",
        "base_period_value": "Sum of their base-period values",
        "change_pct": "Change of the sum in percent",
        "bases": "How many bases that rests on",
    },
    "watchlist": {
        "base_id": "Base on the later or the earlier roster",
        "name": "Its name (later roster first)",
        "region": "Its region",
        "kind": "Its kind",
        "rank_in_kind_previous": "Rank in region and kind in the earlier round",
        "rank_in_kind": "The same in this round",
        "bottom_three_previous": "1 where it was in the bottom three of the earlier round",
        "bottom_three": "The same in this round",
        "total_previous": "Total of the earlier round",
        "total": "Total of this round",
        "status": "One of not_submitted, revoke, at_risk, recovered, add, add_gated, add_over_quota, promising, "
        "left_roster, ok",
        "reason": "Why, in a Chinese sentence that cites form note 4 and the numbers",
        "previous_year": "Round the earlier figures are of; empty where there are none",
        "source_previous": "sealed or recomputed; empty where there are no earlier figures",
    },
    "decisions": {
        "base_id": "Base with a proposal, in the watchlist's order",
        "name": "Its name",
        "region": "Its region",
        "kind": "Its kind",
        "proposal": "Its status: revoke, at_risk, add, add_gated, add_over_quota, recovered, or not_submitted where it "
        "was in the bottom three before",
        "verdict": "on_hold, doubtful or stands",
        "p_weights": "As in firmness; empty for not_submitted",
        "p_wide": "As in firmness",
        "p_methods": "As in firmness",
        "p_joint": "As in firmness",
        "open_questions": "What could change the proposal: base_id:code, base_id:code@year, base_id:file, joined by ;",
        "reasons": "What decided the verdict, in Chinese",
    },
    "firmness": {
        "base_id": "Base scored in the round",
        "status": "Its status, as in the watchlist",
        "p_weights": "Share of the draws of weights around the scheme's in which the status is the same",
        "p_wide": "Share of the draws of weights from flat distributions",
        "p_methods": "Share of the 30 methods: 5 normalisations × 3 missing policies × 2 aggregations",
        "p_joint": "Share of the draws in which flat weights and methods vary together",
    },
    "heirs": {
        "base_id": "Demonstration base in the bottom three",
        "enters": "Who enters the bottom three had it taken no part, joined by ;",
        "leaves": "Who else leaves it",
    },
    "remove_one": {
        "code": "Scored item (C10 as one)",
        "bottom_three_enter": "Who enters the bottom three if it is left out of all rounds, joined by ;",
        "bottom_three_leave": "Who leaves it",
        "revoke_enter": "Who is then revoke and is not otherwise",
        "revoke_leave": "Who is then not revoke and is otherwise",
    },
    "correction_effects": {
        "base_id": "Base the line of corrections.csv is for",
        "code": "Its field",
        "year": "Its year",
        "status": "accepted or pending",
        "total_before": "Total of the base without the line",
        "total_after": "With it",
        "ranks_moved": "How many bases' rank in their region changes",
        "statuses_changed": "base_id:before>after, joined by ;",
    },
    "seal_difference": {
        "year": "Sealed round",
        "base_id": "Base",
        "column": "Column of scores.csv; base_id where only one side has the base",
        "sealed": "What was sealed",
        "recomputed": "What the sealed scheme gives on today's inputs",
    },
    "robustness": {
        "base_id": "Base",
        "p_bottom_three": "Share of the draws of weights in which it is among the bottom three",
        "p_tier1": "Share in which it is 成效突出",
        "p_tier2": "Share in which it is 成效明显",
        "p_tier3": "Share in which it is 成效初显",
        "rank_p05": "5% quantile of its rank in the region over the draws",
        "rank_median": "Median of its rank",
        "rank_p95": "95% quantile of its rank",
    },
    "not_submitted": {
        "base_id": "Base on the roster without an accepted submission",
        "name": "Its name",
        "province": "Its provincial unit",
        "region": "Its region",
        "kind": "Its kind",
        "received": "returned where a file of it was rejected, unmatched where a submission that is not on the roster "
        "has nearly its name, else empty",
        "file": "Those files, joined by ;",
    },
}
TIDY = (schemas.VALUES, schemas.ISSUES, schemas.FILES, schemas.FORMS, schemas.CONTACTS, schemas.ROSTER)


def write_dictionary() -> str:
    """The data dictionary as Markdown."""
    lines = [
        "# Data dictionary",
        "",
        "Written by `python -m ecanalysis.rounds.dictionary`; do not edit by hand.",
        "",
        "## The form's 36 fields",
        "",
        "| code | name | label | type | unit | range | belongs to |",
        "|---|---|---|---|---|---|---|",
    ]
    for field in FIELDS.values():
        low, high = ("" if bound is None else f"{bound:g}" for bound in (field.low, field.high))
        within = f"{low} … {high}".strip() if low or high else ""
        place = GROUPS[field.group] if field.group else FEATURES[field.feature]
        kind = field.type.replace("_", "/") + (" (yes counts against)" if field.adverse else "")
        lines.append(f"| {field.code} | {field.name} | {field.label} | {kind} | {field.unit} | {within} | {place} |")
    lines += ["", "## Tidy tables (`ecanalysis parse`, and at the prompt)"]
    for schema in TIDY:
        lines += _described(schema)
    lines += ["", "## Results (`ecanalysis score`)"]
    for name, columns in SCORED_TABLES.items():
        lines += _table(name, "", columns)
    lines += _described(schemas.UNMATCHED)
    return "\n".join(lines) + "\n"


def _described(schema) -> list[str]:
    return _table(
        schema.name, schema.description, {name: column.description for name, column in schema.columns.items()}
    )


def _table(name: str, description: str, columns: dict[str, str]) -> list[str]:
    rows = [f"| {column} | {text} |" for column, text in columns.items()]
    return [
        "",
        f"### {name}",
        "",
        *([f"{description}.", ""] if description else []),
        "| column | what it holds |",
        "|---|---|",
        *rows,
    ]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(write_dictionary(), "utf-8")
