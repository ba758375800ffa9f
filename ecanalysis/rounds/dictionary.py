"""Writes the data dictionary, in English and Chinese: every field, table and column, from the form and `columns.toml`.

python -m ecanalysis.rounds.dictionary docs
"""

import sys
from pathlib import Path

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.form.words import TYPE_NAMES
from ecanalysis.rounds.schemas import TABLES, Table

ENGLISH = {
    "title": "Data dictionary",
    "by": "Written by `python -m ecanalysis.rounds.dictionary`; do not edit by hand.",
    "form": "The form's 36 fields",
    "field": "code | name | label | type | unit | range | belongs to",
    "tidy": "Tidy tables (`ecanalysis parse`, and at the prompt)",
    "results": "Results (`ecanalysis score`)",
    "column": "column | heading | what it holds",
    "adverse": " (yes counts against)",
    "stop": ".",
}
CHINESE = {
    "title": "数据字典",
    "by": "由 `python -m ecanalysis.rounds.dictionary` 生成，不要手工修改。",
    "form": "报告表的36项指标",
    "field": "代码 | 英文名 | 名称 | 类型 | 单位 | 范围 | 所属",
    "tidy": "规范数据表（`ecanalysis parse` 写出，提示符下可用）",
    "results": "结果表（`ecanalysis score` 写出）",
    "column": "列名 | 表头 | 含义",
    "adverse": "（答“是”为不利）",
    "stop": "。",
}


def write_dictionary() -> dict[str, str]:
    """File name in docs -> the data dictionary as Markdown."""
    return {"data-dictionary.md": _written(ENGLISH, False), "data-dictionary.zh-CN.md": _written(CHINESE, True)}


def _written(words: dict[str, str], chinese: bool) -> str:
    lines = [f"# {words['title']}", "", words["by"], "", f"## {words['form']}", "", *_head(words["field"])]
    for field in FIELDS.values():
        low, high = ("" if bound is None else f"{bound:g}" for bound in (field.low, field.high))
        within = f"{low} … {high}".strip() if low or high else ""
        place = GROUPS[field.group] if field.group else FEATURES[field.feature]
        kind = TYPE_NAMES[field.type] if chinese else field.type.replace("_", "/")
        kind += words["adverse"] if field.adverse else ""
        lines.append(f"| {field.code} | {field.name} | {field.label} | {kind} | {field.unit} | {within} | {place} |")
    told = {table.name: table for table in TABLES.values()}  # corrections: as applied
    for part, result in (("tidy", False), ("results", True)):
        lines += ["", f"## {words[part]}"]
        for table in told.values():
            lines += _described(table, words, chinese) if table.result == result else []
    return "\n".join(lines) + "\n"


def _described(table: Table, words: dict[str, str], chinese: bool) -> list[str]:
    said = table.means if chinese else table.says
    rows = [
        f"| {name} | {column.heading} | {column.means if chinese else column.says} |"
        for name, column in table.columns.items()
    ]
    return ["", f"### {table.name}", "", *([said + words["stop"], ""] if said else []), *_head(words["column"]), *rows]


def _head(names: str) -> list[str]:
    return [f"| {names} |", "|" + "---|" * (names.count("|") + 1)]


if __name__ == "__main__":
    for name, text in write_dictionary().items():
        (Path(sys.argv[1]) / name).write_text(text, "utf-8")
