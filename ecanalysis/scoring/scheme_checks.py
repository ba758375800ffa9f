"""The allowed content of a scheme file, and the check that reports every fault in Chinese with its line.

`scheme.py` calls `faults_of`; the tables below are the specification that `docs/schemes.md` explains in words.
"""

import math
import re
import tomllib
from itertools import pairwise
from typing import NamedTuple

from ecanalysis.errors import UserError, near
from ecanalysis.form import fields
from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.form.words import ISSUE_NAMES, METHOD_NAMES, MISSING_POLICY_NAMES, SCOPE_NAMES

# Items are the form's questions; a question with several scored fields is one item (C10: C10a and C10b).
SHARED: dict[str, tuple[str, ...]] = {}
ITEMS: dict[str, tuple[str, ...]] = {}
for _part in (*GROUPS, *FEATURES):
    _questions: dict[str, list[str]] = {}
    for _code, _field in FIELDS.items():
        if _field.scored and _part == _field.part:
            _questions.setdefault(re.match(r"[A-Z]\d+", _code)[0], []).append(_code)
    SHARED.update({item: tuple(codes) for item, codes in _questions.items() if len(codes) > 1})
    ITEMS[_part] = tuple(_questions)


class Place(NamedTuple):
    """The file and line of a table or key of a scheme."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file} 第{self.line}行"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _numbers(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_number, value))


def _one_of(*words: str):
    return (lambda value: value in words, "应为 " + "、".join(words) + " 之一")


NUMBER = (_is_number, "应为数")
WEIGHT = (lambda value: _is_number(value) and value >= 0, "应为不小于0的数")
POSITIVE = (lambda value: _is_number(value) and value > 0, "应为大于0的数")
SHARE = (lambda value: _is_number(value) and 0 <= value <= 1, "应为0至1之间的数")
COUNT = (lambda value: _is_whole(value) and value >= 1, "应为不小于1的整数")
PLACES = (lambda value: _is_whole(value) and value >= 0, "应为不小于0的整数")
YEAR = (lambda value: _is_whole(value) and 1000 <= value <= 9999, "应为四位年份")
SWITCH = (lambda value: isinstance(value, bool), "应为 true 或 false")
TEXT = (lambda value: isinstance(value, str) and bool(value.strip()), "应为非空的文字")
NUMBERS = (_numbers, "应为数的列表")

GATE_CODES = tuple(code for code, field in FIELDS.items() if field.group and field.type == "yes_no")
BASIS = {"basis": _one_of("official", "assumed"), "source": TEXT}
TABLES = {
    "parts": {"general": WEIGHT, "special": WEIGHT},
    "groups": {"out_of": POSITIVE, **dict.fromkeys(GROUPS, WEIGHT)},
    **{f"items.{part}": {"out_of": POSITIVE, **dict.fromkeys(items, WEIGHT)} for part, items in ITEMS.items()},
    **{f"fields.{item}": {"out_of": POSITIVE, **dict.fromkeys(codes, WEIGHT)} for item, codes in SHARED.items()},
    "features": {"combine": _one_of("mean", "best")},
    **{
        f"features.{letter}": {
            "minimum_answered": (lambda value: _is_whole(value) and 1 <= value <= 4, "应为1至4的整数")
        }
        for letter in FEATURES
    },
    "reference": {"set": _one_of(*SCOPE_NAMES)},
    "small_reference": {"minimum": COUNT},
    "missing": {"policy": _one_of(*MISSING_POLICY_NAMES)},
    "tiers": {
        "names": (
            lambda value: (
                isinstance(value, list) and len(value) == 3 == len(set(map(str, value))) and all(map(TEXT[0], value))
            ),
            "应为三个互不相同的档次名称",
        )
    },
    "tier_cuts": {
        "by": _one_of("rank_share", "score"),
        "cuts": (lambda value: _numbers(value) and len(value) == 2, "应为两个数"),
    },
    "gate": {
        "on": SWITCH,
        "codes": (
            lambda value: isinstance(value, list) and all(code in GATE_CODES for code in value),
            "应为综合指标中是否题的代码列表",
        ),
    },
    "bottom": {"count": COUNT},
    "bottom_scope": {"scope": _one_of(*SCOPE_NAMES)},
    "best": {"count": COUNT},
    "quota": {"total": PLACES},
    "quota_left": {"remaining": PLACES},
    "two_rounds": {"absence": _one_of("asks", "skips")},
    "verdict": {
        "firm": SHARE,
        "issues": (
            lambda value: (
                isinstance(value, list)
                and all(kind in [*ISSUE_NAMES] for kind in value)
                and len(set(value)) == len(value)
            ),
            "应为互不相同的问题类别（issues.csv 的 kind）列表",
        ),
    },
    "robustness": {"draws": COUNT, "seed": PLACES, "concentration": POSITIVE},
}
NO_TABLE = "缺少这一张表"

# Normalisation: the keys any [normalise.…] table may hold, and those each method needs.
NORMALISE = {
    "method": _one_of(*METHOD_NAMES),
    "transform": _one_of("none", "log1p"),
    "direction": _one_of("more", "less"),
    "reference": _one_of(*SCOPE_NAMES),
    "minimum_reference": COUNT,
    "missing": _one_of(*MISSING_POLICY_NAMES),
    "lower_quantile": SHARE,
    "upper_quantile": SHARE,
    "low": NUMBER,
    "high": NUMBER,
    "from_round": YEAR,
    "z_limit": POSITIVE,
    "floor": (lambda value: _is_number(value) and 0 <= value < 1, "应为不小于0且小于1的数"),
    "thresholds": NUMBERS,
    "marks": (lambda value: _numbers(value) and all(0 <= mark <= 1 for mark in value), "应为0至1之间的数的列表"),
}
COMMON = ("method", "transform", "direction", "reference", "minimum_reference", "missing")
QUANTILES = ("lower_quantile", "upper_quantile")
METHODS = {  # alternative sets of parameters; the first one that is complete is used
    "yes_no": [()],
    "min_max": [QUANTILES],
    "goalposts": [("low", "high"), ("from_round", *QUANTILES)],
    "percentile_rank": [()],
    "z_score": [("z_limit",)],
    "efficacy": [("floor", "low", "high"), ("floor", *QUANTILES)],
    "steps": [("thresholds", "marks")],
}
TYPES = tuple(kind for kind in fields.TYPES if kind != "choice")


TOML_SAID = {  # messages of the TOML parser -> Chinese
    "Expected '='": "每行应为 名称 = 值，或 [表名]",
    "Expected ']": "方括号没有配对",
    'Expected "': "引号没有成对",
    "Unclosed": "括号没有配对",
    "twice": "这张表写了两次",
    "overwrite": "这一项写了两次",
    "Invalid value": "值的写法不对；文字要加半角双引号，是否写 true、false",
    "Expected newline": "值的后面多了内容；一行只写一项",
    "Invalid statement": "名称只能用字母、数字、下划线，标点用半角；每行应为 名称 = 值，或 [表名]",
    "Invalid initial character for a key": "等号前应有名称",
    "Illegal character": "引号没有成对，或文字中有不能写的符号",
    "Unterminated string": "引号没有成对",
}


def toml_of(text: str, called: str) -> dict:
    """Parse a TOML text. Raises UserError with the place of the fault in the file named `called`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        where = re.search(r"line (\d+), column (\d+)", str(fault))
        at = f"第{where[1]}行第{where[2]}列附近" if where else "末尾"
        said = next((said for written, said in TOML_SAID.items() if written in str(fault)), str(fault))
        raise UserError(f"{called} {at} 不合TOML的写法：{said}") from None


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """Path -> line (from 1) of every table and key of a TOML text.

    >>> lines_of('[a.b]\\nc = 1')
    {('a', 'b'): 1, ('a', 'b', 'c'): 2}
    """
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := re.match(r"\s*\[+([^\[\]]+)\]", line):
            table = _path(heading[1])
            found.setdefault(table, number)
        elif key := re.match(r"\s*([\w.\"' -]+?)\s*=", line):
            found.setdefault(table + _path(key[1]), number)
    return found


def _path(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def tables(document: dict, above: str = ""):
    """Every table of the document that is empty or holds settings: ("items.I", {...}), in the order of the file."""
    for key, content in document.items():
        if isinstance(content, dict):
            if not content or any(not isinstance(value, dict) for value in content.values()):
                yield above + key, content
            yield from tables(content, f"{above}{key}.")


def rule_settings(document: dict, code: str) -> dict:
    """The settings for the normalisation of one field, restricted to those its method uses.

    Later tables override earlier ones: the three tables for all fields, the table of the field's type, its own table.
    A parameter that the method needs and no table gives is left out.
    """
    normalise = document["normalise"]
    settings = {
        "transform": "none",
        "reference": document["reference"]["set"],
        "minimum_reference": document["small_reference"]["minimum"],
        "missing": document["missing"]["policy"],
        **normalise[FIELDS[code].type],
        **normalise.get(code, {}),
    }
    return {key: settings[key] for key in (*COMMON, *_parameters(settings)) if key in settings}


def _parameters(settings: dict) -> tuple[str, ...]:
    alternatives = METHODS[settings["method"]]
    return next((keys for keys in alternatives if all(key in settings for key in keys)), alternatives[-1])


def faults_of(document: dict, places: dict[tuple[str, ...], Place], file: str) -> list[str]:
    """Every fault of a scheme document, with file and line: first those of structure, then inconsistent settings."""
    faults: list[str] = []

    def fault(path: tuple[str, ...], message: str) -> None:
        known = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in places), ())
        # A table that exists only through a subtable ([weights.general] implies [weights]) has the subtable's place.
        known = known or next((inner for inner in places if inner[: len(path)] == path), ())
        where = str(places[known]) if known else file
        name = f"[{'.'.join(path[:-1])}] {path[-1]}" if len(path) > 1 else path[0]
        faults.append(f"{where} {name}：{message}")

    _check_shape(document, fault)
    if not faults:
        _check_fit(document, fault)
        for code, field in FIELDS.items():
            if field.scored:
                _check_rule(document, code, fault)
    return faults


def _check_shape(document: dict, fault) -> None:
    """Check for unknown and missing tables and keys, and values of the wrong type."""
    if not TEXT[0](document.get("title")):
        fault(("title",), "应写明方案名称（文字）")
    groups_of_tables = {name.split(".")[0] for name in TABLES if "." in name} | {"normalise"}
    known = groups_of_tables | set(TABLES)
    for key, content in document.items():
        if key in known and not isinstance(content, dict):
            fault((key,), "应为表")
        elif key not in known | {"title"}:
            fault((key,), _unknown(key, known | {"title", "extends"}))
    for name in groups_of_tables - {"normalise"}:
        inner = document.get(name) if isinstance(document.get(name), dict) else {}
        for key in inner:
            if f"{name}.{key}" not in TABLES and (name not in TABLES or isinstance(inner[key], dict)):
                fault((name, key), _unknown(key, [one.split(".")[1] for one in TABLES if one.startswith(f"{name}.")]))
    for name, keys in TABLES.items():
        path = tuple(name.split("."))
        content = document
        for part in path:
            content = content.get(part) if isinstance(content, dict) else None
        if not isinstance(content, dict):
            fault(path, NO_TABLE)
            continue
        _check_keys(path, content, {**keys, **BASIS}, set(keys) | set(BASIS), fault, name in groups_of_tables)
    normalise = document.get("normalise")
    for type_ in TYPES:
        if not isinstance(normalise, dict) or type_ not in normalise:
            fault(("normalise", type_), NO_TABLE)
    for name, content in normalise.items() if isinstance(normalise, dict) else ():
        if name not in TYPES and not (name in FIELDS and FIELDS[name].scored):
            fault(("normalise", name), f"既不是指标类型，也不是计分指标的代码{near(name, [*TYPES, *FIELDS], 1)}")
        elif not isinstance(content, dict):
            fault(("normalise", name), "应为表")
        else:
            needed = {"method", "direction", *BASIS} if name in TYPES else set(BASIS)
            _check_keys(("normalise", name), content, {**NORMALISE, **BASIS}, needed, fault)


def _unknown(key: str, allowed) -> str:
    return f"没有这一项{near(key, allowed, 1)}"


def _check_keys(path, content: dict, allowed: dict, needed: set, fault, tables_inside: bool = False) -> None:
    for key in allowed:
        if key in needed and key not in content:
            fault((*path, key), f"缺少这一项，{allowed[key][1]}")
    for key, value in content.items():
        if tables_inside and isinstance(value, dict):
            continue
        if key not in allowed:
            fault((*path, key), _unknown(key, allowed))
        elif not allowed[key][0](value):
            fault((*path, key), f"{allowed[key][1]}，实为{value!r}")


def _check_fit(document: dict, fault) -> None:
    """Check for weights that do not add up, and settings that contradict each other."""
    total = document["parts"]["general"] + document["parts"]["special"]
    if not math.isclose(total, 100):
        fault(("parts", "general"), f"综合与专项之和应为100，实为{total:g}")
    for name, keys in TABLES.items():
        if "out_of" in keys:
            path = tuple(name.split("."))
            table = document
            for part in path:
                table = table[part]
            added = sum(value for key, value in table.items() if key not in ("out_of", "basis", "source"))
            if not math.isclose(added, table["out_of"], rel_tol=1e-9):
                fault((*path, "out_of"), f"权重之和应为{table['out_of']:g}，实为{added:g}")
    cuts, by = document["tier_cuts"]["cuts"], document["tier_cuts"]["by"]
    if by == "rank_share" and not 0 < cuts[0] < cuts[1] <= 1:
        fault(("tier_cuts", "cuts"), f"按名次分档时应为0至1之间由小到大的两个数，实为{cuts}")
    if by == "score" and not 100 >= cuts[0] > cuts[1] >= 0:
        fault(("tier_cuts", "cuts"), f"按得分分档时应为0至100之间由大到小的两个数，实为{cuts}")
    if document["quota_left"]["remaining"] > document["quota"]["total"]:
        fault(("quota_left", "remaining"), f"不应超过名额总数{document['quota']['total']}")


def _check_rule(document: dict, code: str, fault) -> None:
    """Check one field's normalisation, after combining all tables that apply to it."""
    normalise, field = document["normalise"], FIELDS[code]
    own = normalise.get(code, {})

    def at(key: str) -> tuple[str, str, str]:
        return ("normalise", code if key in own else field.type, key)

    settings = rule_settings(document, code)
    method, named = settings["method"], f"{code} 的方法 {settings['method']}"
    if (method == "yes_no") != (field.type == "yes_no"):
        fault(at("method"), f"{code} 是{'是否题，只能' if field.type == 'yes_no' else '数值，不能'}用 yes_no")
        return
    parameters = _parameters({**normalise[field.type], **own})
    for key in parameters:
        if key not in settings:
            fault(("normalise", code if own else field.type, key), f"{named} 需要这一项")
    for key in own:
        if key not in (*COMMON, *parameters, *BASIS):
            fault(at(key), f"{named} 不用这一项")
    if any(key not in settings for key in parameters):
        return
    if settings["transform"] == "log1p" and (field.low is None or field.low < 0):
        fault(at("transform"), f"{code} 可能为负数，不能取对数")
    if "low" in parameters and not settings["low"] < settings["high"]:
        fault(at("high"), f"{code} 的 high 应大于 low")
    if "low" in parameters and settings["transform"] == "log1p" and settings["low"] < 0:
        fault(at("low"), f"{code} 取对数时 low 不应小于0")
    if "lower_quantile" in parameters and not settings["lower_quantile"] < settings["upper_quantile"]:
        fault(at("upper_quantile"), f"{code} 的 upper_quantile 应大于 lower_quantile")
    if "thresholds" in parameters:
        steps, marks = settings["thresholds"], settings["marks"]
        rising = all(a < b for a, b in pairwise(steps))
        if not rising or len(steps) != len(marks):
            fault(at("thresholds"), f"{code} 的 thresholds 应由小到大，且与 marks 个数相同")
        better = marks if settings["direction"] == "more" else marks[::-1]
        if any(a > b for a, b in pairwise(better)):
            fault(at("marks"), f"{code} 的 marks 应随表现变好而不减")
