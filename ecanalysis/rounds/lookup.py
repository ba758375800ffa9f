"""Finds a base by part of its name, an alias or its id, and a field by its code or label, as typed by a person."""

from difflib import get_close_matches

import pandas as pd

from ecanalysis.errors import UserError
from ecanalysis.form.fields import FIELDS
from ecanalysis.rounds.roster import PROVINCES, nearest, normalise_name, province_of, spellings_of

ALIKE = 0.3  # similarity below which a name is not suggested


def find_base(text: str, roster: pd.DataFrame) -> str:
    """The base_id of the base identified by its id, its name or alias, or a part of one.

    Raises UserError, with suggestions, if none or several match.

    >>> roster = pd.DataFrame({"base_id": ["B001", "B002"], "aliases": ["", "老名称"],
    ...     "name": ["示例·杭州数字贸易产业园", "示例·宁波跨境园"]})
    >>> find_base("杭州", roster), find_base("b002", roster), find_base("老名称", roster)
    ('B001', 'B002', 'B002')
    """
    typed = normalise_name(text)
    if not typed:
        raise UserError("请输入基地名称的一部分、别名或编号")
    ids = {base_id.casefold(): base_id for base_id in reversed(roster.base_id.tolist())}
    if known := ids.get(text.strip().casefold()):
        return known
    names = spellings_of(roster)
    whole = roster[[typed in spellings for spellings in names]]
    partly = roster[[any(typed in spelling for spelling in spellings) for spellings in names]]
    found = whole if len(whole) else partly
    if len(found) == 1:
        return found.base_id.iloc[0]
    if len(found):
        listed = "、".join(f"{base_id} {name}" for base_id, name in zip(found.base_id[:8], found.name[:8]))
        raise UserError(
            f"“{text}”可指 {len(found)} 家基地，请写得更全或用编号：{listed}{'……' if len(found) > 8 else ''}"
        )
    raise UserError(f"名单中没有“{text}”；{_near(text, typed, roster, ids)}")


def _near(text: str, typed: str, roster: pd.DataFrame, ids: dict[str, str]) -> str:
    """Suggestions: a similar id, the base with the most similar name, or bases with the same place name."""
    if text.isascii() and (close := get_close_matches(text.strip().casefold(), ids, 3, 0.8)):
        return f"最接近的编号是 {'、'.join(ids[one] for one in close)}"
    [(base_id, name, similarity)] = nearest([text], roster)
    if similarity >= ALIKE:
        return f"最接近的是 {base_id} {name}（相似度 {similarity:.2f}）"
    there = roster[[any(typed[:2] in one for one in spellings) for spellings in spellings_of(roster)]]
    listed = "、".join(f"{base_id} {name}" for base_id, name in zip(there.base_id[:8], there.name[:8]))
    return f"名称中有“{typed[:2]}”的是 {listed}{'……' if len(there) > 8 else ''}" if listed else "也没有相近的名称"


def find_province(text: str) -> str:
    """The short name of a province given in any form (浙江省). Raises UserError, with suggestions, if there is none.

    >>> find_province("浙江省"), find_province("大连市")
    ('浙江', '大连')
    """
    if found := province_of(text):
        return found
    near = [name for name in PROVINCES if set(name) & set(text)]
    raise UserError(f"没有名为“{text}”的省级单位；{'最接近的是' if near else '可用：'}{'、'.join(near or PROVINCES)}")


def find_code(text: str) -> str:
    """The code of the field identified by its code (in upper or lower case), its name, or part of its label.

    Raises UserError, with suggestions, if none or several match.

    >>> find_code("c10A"), find_code("express_parcels"), find_code("快递")
    ('C10a', 'C16', 'C16')
    >>> find_code("党")
    Traceback (most recent call last):
    ecanalysis.errors.UserError: “党”可指多项：C02 党建工作责任制、L4 主播等新就业群体党员管理
    """
    typed = text.strip().casefold()
    whole = [code for code, field in FIELDS.items() if typed in (code.casefold(), field.name, field.label.casefold())]
    found = whole or [code for code, field in FIELDS.items() if typed and typed in field.label.casefold()]
    if len(found) == 1:
        return found[0]
    near = found or get_close_matches(text.strip().upper(), FIELDS, 3, 0.5)
    listed = "、".join(FIELDS[code].called for code in near)
    if found:
        raise UserError(f"“{text}”可指多项：{listed}")
    raise UserError(
        f"报告表没有指标“{text}”"
        + (f"；最接近的是 {listed}" if near else "；请写代码（如 C16）或名称的一部分（如 快递）")
    )


def places_of(values: pd.DataFrame, issues: pd.DataFrame, base_id: str, code: str) -> pd.DataFrame:
    """Everything read for one field of one base, with cells: its rows of `values`, then of `issues`."""
    columns = ["year", "code", "value", "text", "raw", "message", "file", "sheet", "cell"]
    found = [table[(table.base_id == base_id) & (table.code == code)] for table in (values, issues)]
    rows = pd.concat(found).reindex(columns=columns).reset_index(drop=True)
    return rows.astype({"year": "Int64"}).fillna({"text": "", "message": ""})
