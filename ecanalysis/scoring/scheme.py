"""A scheme: the weights, normalisation, cut-offs and rules that turn values into scores.

A scheme is a TOML file (the default is `scheme.toml`; `docs/schemes.md` describes every key). It may hold only the
tables that differ from the default scheme; wherever it is displayed, the number of inherited tables is stated. The
complete scheme is checked on loading, and every fault is reported with its file and line.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from ecanalysis.errors import UserError
from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.reading import opening
from ecanalysis.reading.limits import limits_in_force
from ecanalysis.scoring.scheme_checks import ITEMS, SHARED, Place, faults_of, lines_of, rule_settings, tables, toml_of

SCORED = tuple(code for code, item in FIELDS.items() if item.scored)
GENERAL = tuple(code for code in SCORED if FIELDS[code].group)
SPECIAL = tuple(code for code in SCORED if FIELDS[code].feature)
DEFAULT_FILE = Path(str(files(__package__).joinpath("scheme.toml")))
DEFAULT = "默认方案"  # the name of the default file in schemes that inherit tables from it


@dataclass(frozen=True, slots=True)
class Rule:
    """How one field is normalised to 0–1; parameters its method does not use are None.

    `low`, `high` and `thresholds` are in the field's own unit, before the transform.
    """

    method: str
    transform: str
    direction: str
    reference: str
    minimum_reference: int
    missing: str
    lower_quantile: float | None = None
    upper_quantile: float | None = None
    low: float | None = None
    high: float | None = None
    from_round: int | None = None
    z_limit: float | None = None
    floor: float | None = None
    thresholds: tuple[float, ...] | None = None
    marks: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of a scheme for display: its settings, their basis and source, and its file and line."""

    table: str
    settings: dict
    basis: str
    source: str
    file: str
    line: int


@dataclass(frozen=True)
class Scheme:
    """A checked scheme. Shares (`groups`, `items`, `fields`) add up to 1 within their level.

    `groups`: group -> share of the general part. `items`: group or feature letter -> item -> share. `fields`: item ->
    code -> share, for items that the form asks in several fields (C10). `rules`: code -> Rule. `tier_cuts` are shares
    of the ranks, or totals, best tier first. `absence` is "asks" or "skips" (what a missed round means for the
    two-round rule); `firm` is the share of cases from which a proposal stands; `open_issues` are the kinds of issue
    that make a value an open question. `document` is the complete scheme as TOML tables, inherited ones included.
    """

    title: str
    path: Path
    general_points: float
    special_points: float
    groups: dict[str, float]
    items: dict[str, dict[str, float]]
    fields: dict[str, dict[str, float]]
    combine: str
    minimum_answered: dict[str, int]
    rules: dict[str, Rule]
    tier_names: tuple[str, ...]
    tier_by: str
    tier_cuts: tuple[float, ...]
    gate: bool
    gate_codes: tuple[str, ...]
    bottom_count: int
    bottom_scope: str
    best_count: int
    quota_total: int
    quota_remaining: int
    absence: str
    firm: float
    open_issues: tuple[str, ...]
    draws: int
    seed: int
    concentration: float
    entries: tuple[Entry, ...] = field(repr=False)
    document: dict = field(repr=False)

    @property
    def called(self) -> str:
        """The title, with the number of tables inherited from the default scheme.

        >>> load().called, load(shipped()["percentile_rank"]).called
        ('默认方案', '名次法（百分位次）（其余33项沿用默认方案）')
        """
        taken_over = sum(entry.file == DEFAULT for entry in self.entries)
        return f"{self.title}（其余{taken_over}项沿用默认方案）" if taken_over else self.title

    @property
    def from_rounds(self) -> tuple[int, ...]:
        """The years of the rounds from which goalposts are taken, oldest first; empty if none."""
        return tuple(sorted({rule.from_round for rule in self.rules.values() if rule.from_round}))

    @property
    def shares(self) -> np.ndarray:
        """The share of each scored field in its part: the general part, or one feature."""
        return field_shares(self.groups, self.items, self.fields)

    def share(self, code: str) -> float:
        """The share of one field.

        >>> round(load().share("C10a") * 80, 6), load().share("I2")
        (1.481481, 0.25)
        """
        return float(self.shares[SCORED.index(code)])

    def assumes(self, *tables: str) -> bool:
        """Whether any of these tables, or a subtable such as items.I of items, is an assumption and not official.

        >>> load().assumes("parts", "tiers"), load().assumes("groups", "items")
        (False, True)
        """
        return any(entry.basis == "assumed" and entry.table.split(".")[0] in tables for entry in self.entries)

    def check_rounds(self, years: Iterable[int], gone: Iterable[int] = ()) -> None:
        """Raise UserError if goalposts come from a round that is not among `years`, or is in `gone` (only a seal)."""
        needed = {*self.from_rounds}
        for lacking, told in (
            (needed.difference(years), "没有提供该轮次；请用 --previous 提供"),
            (
                needed.intersection(gone),
                "该轮次的报送文件已不在，不能据以定界；请先恢复其 submissions 文件夹，或换一个方案",
            ),
        ):
            if lacking:
                rounds = "、".join(map(str, sorted(lacking)))
                raise UserError(f"方案“{self.title}”的界值取自{rounds}年轮次，而{told}")

    def with_(self, **changes) -> "Scheme":
        """A copy with some attributes changed, such as `gate=False` or `bottom_scope="country"`."""
        return replace(self, **changes)


def field_shares(groups: dict, items: dict, fields: dict) -> np.ndarray:
    """The share of each scored field in the general part, or in its feature (last axis: fields), from the weights.

    Weights are numbers, or arrays with one entry per draw: `groups` by group, `items` by group or feature and then
    item, `fields` (numbers only) by item and code. The groups add up to 1, and so do the items of each group or
    feature.
    """
    shares = []
    for code in SCORED:
        part, item = FIELDS[code].part, item_of(code, fields)
        within = fields[item][code] if item in fields else 1.0
        shares.append(groups.get(part, 1.0) * items[part][item] * within)
    return np.stack(shares, axis=-1)


def item_of(code: str, fields: dict) -> str:
    """The item a field belongs to: the field itself, or the item it shares with other fields (C10a -> C10)."""
    return next((item for item, shared in fields.items() if code in shared), code)


def load(path: str | Path | None = None) -> Scheme:
    """Read and check a scheme file; without a path, the default scheme.

    Raises UserError if the file cannot be read or has any fault.
    """
    return default() if path is None else parse(_text(Path(path)), Path(path))


@cache
def default() -> Scheme:
    """The default scheme, read once."""
    return parse(_text(DEFAULT_FILE), DEFAULT_FILE)


def shipped() -> dict[str, Path]:
    """The alternative schemes that come with the package: name -> file.

    >>> list(shipped())
    ['efficacy', 'goalposts_2025', 'percentile_rank', 'plain_min_max']
    """
    folder = Path(str(files(__package__).joinpath("schemes")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def parse(text: str, path: Path = Path("scheme.toml")) -> Scheme:
    """Parse and check the text of a scheme file; messages name it by `path`. Raises UserError listing every fault.

    >>> parse(load().path.read_text("utf-8").replace("general = 80", "general = 70"))
    Traceback (most recent call last):
    ecanalysis.errors.UserError: 方案文件 scheme.toml 第32行 [parts] general：综合与专项之和应为100，实为90
    """
    own, own_places = _tables_of(text, path.name)
    document, places = _whole(own, own_places, path.name)
    if faults := faults_of(document, places, path.name):
        raise UserError(*(f"方案文件 {fault}" for fault in faults))
    return _scheme(document, path, places)


def _tables_of(text: str, name: str) -> tuple[dict, dict[tuple[str, ...], Place]]:
    """The tables written in a scheme file, and the place of each table and key."""
    places = {path: Place(name, line) for path, line in lines_of(text).items()}
    return toml_of(text, f"方案文件 {name}"), places


def _whole(own: dict, places: dict[tuple[str, ...], Place], name: str) -> tuple[dict, dict[tuple[str, ...], Place]]:
    """A scheme file's tables completed with those it inherits from the default scheme (`extends` may say so)."""
    if own.get("extends", "default") != "default":
        raise UserError(f"方案文件 {places.get(('extends',), name)} extends：只能是 default，实为{own['extends']!r}")
    below, below_places = _default_tables()
    below = {key: table for key, table in below.items() if key != "title"}
    given = {tuple(table.split(".")) for table, _ in tables(own)}
    known = {tuple(table.split(".")) for table, _ in tables(below)}
    kept = {
        path: place
        for path, place in below_places.items()
        if path not in given and (path in known or (path[:-1] in known and path[:-1] not in given))
    }
    return _over(below, {key: value for key, value in own.items() if key != "extends"}), kept | places


@cache
def _default_tables() -> tuple[dict, dict[tuple[str, ...], Place]]:
    return _tables_of(_text(DEFAULT_FILE), DEFAULT)


def _over(below: dict, above: dict) -> dict:
    """Overlay tables: each table in `above` replaces the one in `below` completely, not key by key.

    >>> _over({"a": {"x": 1, "y": 2, "in": {"z": 3}}, "b": {"x": 1}}, {"a": {"x": 5}})
    {'a': {'in': {'z': 3}, 'x': 5}, 'b': {'x': 1}}
    """
    inherits = bool(above) and all(isinstance(value, dict) for value in above.values())
    merged = {key: value for key, value in below.items() if (inherits or isinstance(value, dict)) and above}
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(below.get(key), dict)
        merged[key] = _over(below[key], value) if both else value
    return merged


def written(document: dict, notes: dict[str, str] | None = None) -> str:
    """A scheme document as the text of a scheme file, the inverse of `parse`.

    `notes` (by table) are written as comments after the tables' headings.

    >>> parse(written(load().document)).document == load().document
    True
    """
    lines = [f"{key} = {_toml(value)}" for key, value in document.items() if not isinstance(value, dict)]
    for table, content in tables(document):
        lines += ["", f"[{table}]" + (f"  # {notes[table]}" if notes else "")]
        lines += [f"{key} = {_toml(value)}" for key, value in content.items() if not isinstance(value, dict)]
    return "\n".join(lines) + "\n"


def shown(scheme: Scheme) -> str:
    """The complete scheme as the text of a file, each table with the file and line it comes from."""
    return written(scheme.document, {entry.table: f"{entry.file} 第{entry.line}行" for entry in scheme.entries})


def _toml(value: object) -> str:
    # Text, numbers, lists and booleans are written alike in JSON and TOML.
    return json.dumps(value, ensure_ascii=False)


def _text(path: Path) -> str:
    try:
        return opening.content(path, limits_in_force().tree_bytes).decode("utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"找不到方案文件：{path}") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise UserError(f"方案文件 {path.name} 无法读取（应为UTF-8编码的TOML文件）：{fault}") from None


def _scheme(document: dict, path: Path, places: dict) -> Scheme:
    parts, groups, items = document["parts"], document["groups"], document["items"]
    return Scheme(
        title=document["title"],
        path=path,
        general_points=float(parts["general"]),
        special_points=float(parts["special"]),
        groups=_shares(groups, GROUPS),
        items={part: _shares(items[part], ITEMS[part]) for part in (*GROUPS, *FEATURES)},
        fields={item: _shares(table, SHARED[item]) for item, table in document["fields"].items()},
        combine=document["features"]["combine"],
        minimum_answered={letter: document["features"][letter]["minimum_answered"] for letter in FEATURES},
        rules={code: _rule(rule_settings(document, code)) for code in SCORED},
        tier_names=tuple(document["tiers"]["names"]),
        tier_by=document["tier_cuts"]["by"],
        tier_cuts=tuple(float(cut) for cut in document["tier_cuts"]["cuts"]),
        gate=document["gate"]["on"],
        gate_codes=tuple(document["gate"]["codes"]),
        bottom_count=document["bottom"]["count"],
        bottom_scope=document["bottom_scope"]["scope"],
        best_count=document["best"]["count"],
        quota_total=document["quota"]["total"],
        quota_remaining=document["quota_left"]["remaining"],
        absence=document["two_rounds"]["absence"],
        firm=float(document["verdict"]["firm"]),
        open_issues=tuple(document["verdict"]["issues"]),
        draws=document["robustness"]["draws"],
        seed=document["robustness"]["seed"],
        concentration=float(document["robustness"]["concentration"]),
        entries=tuple(_entries(document, places)),
        document=document,
    )


def _shares(table: dict, keys) -> dict[str, float]:
    total = sum(Fraction(str(table[key])) for key in keys)
    return {key: float(Fraction(str(table[key])) / total) for key in keys}


def _rule(settings: dict) -> Rule:
    for key in ("thresholds", "marks"):
        if key in settings:
            settings[key] = tuple(float(number) for number in settings[key])
    return Rule(**settings)


def _entries(document: dict, places: dict):
    for table, content in tables(document):
        settings = {key: value for key, value in content.items() if not isinstance(value, dict)}
        basis, source = settings.pop("basis"), settings.pop("source")
        yield Entry(table, settings, basis, source, *places.get(tuple(table.split(".")), ("", 0)))
