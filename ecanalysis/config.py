"""`ecanalysis.toml`: default values for the options of the command line.

    round = 2027
    previous = [2025]

    [brief]
    out = "reports/"

Keys are named like the options, with `_` for `-`. Keys before the first table apply to every command that has such an
option; a table such as `[brief]` applies to one command; `[limits]` sets how much of a submitted file is read, and
`[pages]` what a page may use. Options on the command line take precedence. See docs/scheduling.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

from ecanalysis.errors import UserError, near
from ecanalysis.reading import opening
from ecanalysis.reading.limits import FRACTIONS, TABLES, set_limits
from ecanalysis.scoring.scheme_checks import lines_of, toml_of

NAME = "ecanalysis.toml"
COMMON = ("round", "previous", "scheme", "workers", "scheduler")  # mean the same in every command
TYPED_ONLY = ("config", "final", "help")  # declaring a report final is a decision made once, by a person
ROUNDS = ("round", "previous")
PATHS = ("out", "scheme", "returns", "roster", "report", "rounds", "paths")
NUMBERS = ("workers", "year")


def read(file: Path, command: str, commands: Mapping[str, list]) -> dict[str, object]:
    """The defaults a config file sets for the options of one command: parameter name -> value.

    `commands` holds the click parameters of every command that can be configured. The whole file is checked, whichever
    command reads it, and its limits take effect. Relative paths are relative to the file; a round given by its year is
    looked for in `data/` beside the file first. Raises UserError listing every fault found.
    """
    try:
        text = opening.content(file, opening.OUR_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise UserError(f"设置文件 {file} 无法读取（应为UTF-8编码的TOML文件）：{fault}") from None
    document = toml_of(text, str(file))
    known = {name: {one.name.rstrip("_"): one for one in parameters} for name, parameters in commands.items()}
    lines, faults, given = lines_of(text), [], {}
    limits: dict[str, dict] = {table: {} for table in TABLES}
    for place, value in _settings(document, known):
        table, key = (place[0] if len(place) > 1 else ""), place[-1]
        if table in TABLES:
            fault = _wrong_limit(table, key, value)
            limits[table][key] = value
        else:
            fault = _misplaced(table, key, known) or _wrong(key, value, _parameter(table, key, known))
        if fault:
            faults.append(f"{file} 第{lines.get(place, lines.get(place[:1], 1))}行 {'.'.join(place)}：{fault}")
        elif table in ("", command) and key in known[command]:
            given[place] = value if isinstance(value, list) or not _several(known[command][key]) else [value]
    if faults:
        raise UserError("；".join(faults))
    for table, set_here in limits.items():
        if set_here:
            set_limits(set_here, TABLES[table])
    # The command's own table comes last and so takes precedence.
    ordered = sorted(given.items(), key=lambda item: len(item[0]))
    folder, own = Path(file).parent, known[command]
    return {own[place[-1]].name: _in_place(place[-1], value, folder) for place, value in ordered}


def _settings(document: dict, known: dict):
    for key, value in document.items():
        if key in (*known, *TABLES) and isinstance(value, dict):
            yield from (((key, inner), setting) for inner, setting in value.items())
        else:
            yield (key,), value


def _several(parameter) -> bool:
    return getattr(parameter, "multiple", False) or parameter.nargs == -1


def _parameter(table: str, key: str, known: dict):
    return known[table][key] if table else next(found[key] for found in known.values() if key in found)


def _misplaced(table: str, key: str, known: dict) -> str:
    """Why a key is not allowed in its place (in Chinese), or ""."""
    if key in TYPED_ONLY:
        return "只能在命令行给出"
    allowed = [one for one in (known[table] if table else COMMON) if one not in TYPED_ONLY]
    if key in allowed:
        return ""
    homes = [name for name, options in known.items() if key in options]
    if homes and not table:
        return f"应写在 {' 或 '.join(f'[{home}]' for home in homes)} 之下"
    return _unknown("设置", key, allowed, () if table else known)


def _unknown(what: str, key: str, allowed: Iterable[str], tables: Iterable[str] = ()) -> str:
    return f"没有这一项{what}" + (near(key, [*allowed, *tables], 1) or f"；可用的有 {'、'.join(allowed)}")


def _wrong_limit(table: str, key: str, value: object) -> str:
    """Why a limit is not valid (in Chinese), or ""."""
    names = [limit.name for limit in fields(TABLES[table])]
    if key not in names:
        return _unknown("限额", key, names)
    good = _is(value, int | float if key in FRACTIONS else int) and value > 0
    return "" if good else f"应为大于0的{'数' if key in FRACTIONS else '整数'}，实为 {value!r}"


def _wrong(key: str, value: object, parameter) -> str:
    """Why a value is not valid (in Chinese), or ""."""
    if _several(parameter) and isinstance(value, list):
        return next(filter(None, (_wrong(key, one, parameter) for one in value)), "")
    if getattr(parameter, "is_flag", False):
        return "" if isinstance(value, bool) else f"应为 true 或 false，实为 {value!r}"
    if key in NUMBERS:
        return "" if _is(value, int) and value > 0 else f"应为正整数，实为 {value!r}"
    if key in ROUNDS and _is(value, int):
        return ""
    return "" if isinstance(value, str) and value else f"应为文字（加引号），实为 {value!r}"


def _is(value: object, kind) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)  # in Python a bool is an int


def _in_place(key: str, value: object, folder: Path) -> object:
    if isinstance(value, list):
        return [_in_place(key, one, folder) for one in value]
    if key in ROUNDS and re.fullmatch(r"\d{4}", str(value)):
        beside = folder / "data" / str(value)
        return str(beside if beside.is_dir() else value)
    return str(folder / str(value)) if key in (*ROUNDS, *PATHS) else value
