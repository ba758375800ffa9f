"""Corrections by a reviewer: corrections.csv -> the round's values with the corrections applied.

A correction names base, field and year and gives a reason; the submitted value stays in the submitted file and in the
round's table of corrections. An empty value deletes the submitted one, as if the field had been left blank. Only
accepted corrections are applied; pending ones (an appeal not yet decided) and rejected ones are kept on record.
"""

import re
from datetime import date
from pathlib import Path

import pandas as pd

from ecanalysis.errors import UserError, near
from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import CORRECTION_STATUS_NAMES
from ecanalysis.reading.values import read_value
from ecanalysis.rounds import schemas
from ecanalysis.rounds.roster import in_chinese, match, nearest, read_rows

COLUMNS = ["base_id", "code", "year", "value", "reason"]
OPTIONAL = ["evidence", "decided_on", "status"]
FILE = "corrections.csv"
KEY = ["base_id", "code", "year"]


def read_corrections(path: Path, bases: pd.DataFrame, year: int) -> pd.DataFrame:
    """Read corrections.csv; without the file there are no corrections.

    Columns: base_id, code, year (the reporting year or its base period), value, reason[, evidence, decided_on, status],
    or their Chinese names; a base may be given by name, a field by label and a status in Chinese. The result has line,
    base_id, code, year, raw (the value as typed), value, text, reason, evidence, decided_on, status (accepted if the
    file gives none). Raises UserError if a column is unknown, a base is not on the roster, a field or year does not
    belong to the round, a value cannot be read for its field, a reason is missing, decided_on is no date, a status is
    unknown, or one value has two lines that are not rejected.
    """
    path = Path(path)
    rows = read_rows(path, COLUMNS, "更正") if path.exists() else []
    # Unknown columns are refused: a status under a mistyped heading would count as accepted.
    strange = [name for name in (rows[0][1] if rows else ()) if name and name not in (*COLUMNS, *OPTIONAL)]
    known = set(bases.base_id)
    named = match([row["base_id"] for _, row in rows if row["base_id"] not in known], bases)
    labels = {word: code for code, field in FIELDS.items() for word in (field.label, field.called)}
    said = {word: status for status, word in CORRECTION_STATUS_NAMES.items()}
    years = {str(year): year, str(year - 1): year - 1}
    every = [*COLUMNS, *OPTIONAL]
    columns = "、".join(f"{name}（{word}）" for name, word in zip(every, in_chinese(every)))
    faults = [f"没有“{name}”这一列，只能有 {columns}" for name in strange]
    first: dict[tuple, int] = {}
    corrections = []
    for line, row in rows:
        value, text = None, ""
        row["base_id"] = named.get(row["base_id"], row["base_id"])
        row["code"] = labels.get(row["code"], row["code"])
        row["year"] = row["year"].removesuffix("年") if row["year"][:-1].isdigit() else row["year"]
        if row["base_id"] not in known:
            like = [f"；最接近的是 {near_id} {name}" for near_id, name, _ in nearest([row["base_id"]], bases)]
            faults.append(
                f"第{line}行 base_id 列：名单中没有“{row['base_id']}”{like[0] if len(row['base_id']) > 4 else ''}"
            )
        if row["year"] not in years:
            faults.append(f"第{line}行 year 列：应为报告期 {year} 或基期 {year - 1}，实为“{row['year']}”")
        if not row["reason"]:
            faults.append(f"第{line}行 reason 列：应写明更正理由，实为空白")
        if row["code"] not in FIELDS:
            faults.append(f"第{line}行 code 列：没有“{row['code']}”这一指标{near(row['code'], labels)}")
        elif row["value"]:
            value, text, fault = _value(row["code"], row["value"])
            faults += [f"第{line}行 value 列：{fault}"] if fault else []
        status = said.get(row.get("status", ""), row.get("status")) or "accepted"
        if status not in CORRECTION_STATUS_NAMES:
            faults.append(f"第{line}行 status 列：应为 {'、'.join(CORRECTION_STATUS_NAMES)} 之一或空白，实为“{status}”")
        decided = row.get("decided_on", "")
        if decided and not _is_date(decided):
            faults.append(f"第{line}行 decided_on 列：应为日期（如 {year + 1}-05-01）或空白，实为“{decided}”")
        key = (row["base_id"], row["code"], row["year"])
        if status != "rejected" and first.setdefault(key, line) != line:
            faults.append(f"第{line}行：与第{first[key]}行更正的是同一基地同一年份的同一指标")
        what = (row["base_id"], row["code"], years.get(row["year"], 0), row["value"], value, text)
        kept = (row["reason"], row.get("evidence", ""), decided, status)
        corrections.append((line, *what, *kept))
    if faults:
        raise UserError(f"{path}：" + "；".join(faults))
    return schemas.frame(corrections, schemas.CORRECTIONS)


def apply_corrections(
    values: pd.DataFrame, answered: pd.DataFrame, lines: pd.DataFrame, forms: pd.DataFrame, year: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Values and answered with exactly these lines of corrections applied, whatever their status.

    All tables are a round's (base_id first). A corrected value has corrections.csv as its file and the line as its
    cell, and counts as answered; a deleted one does not. Lines for bases without a form have no effect.
    """
    used = _as_values(lines, forms)
    used = used[used.base_name != ""]
    new, of_year = used[used.raw != ""], used[used.year == year]
    values = pd.concat([values[~schemas.found_in(values, used, KEY)], new[values.columns]], ignore_index=True)
    kept = answered[~schemas.found_in(answered, of_year, KEY[:2])]
    return values, pd.concat([kept, new.loc[new.year == year, answered.columns]], ignore_index=True)


def recorded(
    values: pd.DataFrame, answered: pd.DataFrame, corrections: pd.DataFrame, forms: pd.DataFrame, year: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All corrections with the submitted values they concern, and issues for accepted ones without effect.

    `values` and `answered` are those before any correction. A correction that changes nothing, or concerns a base
    without a submission, is a warning.
    """
    columns = ["value", "text", "raw", "file", "sheet", "cell"]
    before = values[[*KEY, *columns]].rename(columns={column: f"submitted_{column}" for column in columns})
    applied = corrections.merge(before, on=KEY, how="left")
    texts = [f"submitted_{column}" for column in columns[1:]]
    applied[texts] = applied[texts].fillna("").astype("str")

    rows = _as_values(applied[applied.status == "accepted"], forms)
    used = rows[rows.base_name != ""]
    same = (used.value == used.submitted_value) | (used.value.isna() & used.submitted_value.isna())
    same &= used.text == used.submitted_text
    # Deleting an answer that could not be read has an effect too: the field then counts as left blank.
    same &= (used.raw != "") | (used.year != year) | ~schemas.found_in(used, answered, KEY[:2])
    notes = [
        schemas.warnings(kind, lines, lines.cell + "，" + lines.code + "：" + message)
        for kind, lines, message in (
            ("correction_unchanged", used[same], "更正值应与报送值不同，实为相同，此条更正没有作用，请核对"),
            ("correction_unused", rows[rows.base_name == ""], "该基地本轮没有已接收的报告表，此条更正未使用"),
        )
    ]
    return applied, pd.concat(notes, ignore_index=True)


def _as_values(lines: pd.DataFrame, forms: pd.DataFrame) -> pd.DataFrame:
    """Lines of corrections with the columns of `values`; base_name is "" for a base without a form."""
    return lines.assign(
        file=FILE,
        sheet="",
        cell=("第" + lines.line.astype("str") + "行").astype("str"),
        base_name=lines.base_id.map(forms.set_index("base_id").base_name).fillna("").astype("str"),
        unit=lines.code.map({code: field.unit for code, field in FIELDS.items()}).astype("str"),
    )


def _value(code: str, typed: str) -> tuple[float | None, str, str]:
    # The number and the choice given by a correction, and why it cannot be read ("" if it can).
    reading = read_value(FIELDS[code], typed)
    fault = "" if reading.readable else "；".join(message for _, _, message in reading.issues)
    return reading.value, reading.text, fault or ("" if reading.readable else f"读不出“{typed}”")


def _is_date(typed: str) -> bool:
    """Whether a text is a day or a month: 2026-05-01, 2026/5/1 (Excel), 20260501, 2026年5月1日, 2026年5月."""
    plain = re.sub(r"(\d{4})(\d\d)(\d\d)", r"\1-\2-\3", typed)
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?(?: 0?0:00(?::00)?)?", plain)
    try:
        return bool(found and date(int(found[1]), int(found[2]), int(found[3] or 1)))
    except ValueError:
        return False
