"""The data dictionary: every field, table and column, written from the form and `columns.toml`.

python -m ecanalysis.rounds.dictionary docs/data-dictionary.md
"""

import sys
from pathlib import Path

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.rounds.columns import TABLES, Table


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
    told = {table.name: table for table in TABLES.values()}  # corrections: as applied
    for heading, result in (
        ("Tidy tables (`ecanalysis parse`, and at the prompt)", False),
        ("Results (`ecanalysis score`)", True),
    ):
        lines += ["", f"## {heading}"]
        for table in told.values():
            lines += _described(table) if table.result == result else []
    return "\n".join(lines) + "\n"


def _described(table: Table) -> list[str]:
    rows = [f"| {name} | {column.heading} | {column.says} |" for name, column in table.columns.items()]
    says = [f"{table.says}.", ""] if table.says else []
    return ["", f"### {table.name}", "", *says, "| column | heading | what it holds |", "|---|---|---|", *rows]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(write_dictionary(), "utf-8")
