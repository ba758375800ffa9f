"""Two invented rounds as tidy tables: the roster, and what a perfect reader would read in the submissions.

Nothing here describes a real base. Sizes and growth follow figures announced by the ministry for earlier evaluations
(on average about 520 enterprises and 10,600 employees per base, lognormally distributed); everything else is drawn from
a seed, separately for each base, so that adding a base does not change the others.
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd

from ecanalysis.form.fields import FEATURES, FIELDS, OPERATORS
from ecanalysis.form.words import CLUSTER, DEMONSTRATION

SEED = 20250101
ROUNDS = (2025, 2027)
YEARS = (2024, 2025, 2026, 2027)


@dataclass(frozen=True, slots=True)
class Invented:
    """One round: `roster` base_id,name,aliases,province,kind; `answers` base_id,code,year,value,text.

    `answers` has one row for every answered field of every base that submitted, for the reporting year and, for most
    bases, the base period; `value` is missing for the operator, whose choice is in `text`.
    """

    roster: pd.DataFrame
    answers: pd.DataFrame


@dataclass(slots=True)
class Base:
    """A base in both rounds. `standing` is its performance in each round (0 is average)."""

    base_id: str
    name: str
    province: str
    kinds: dict[int, str]
    standing: dict[int, float]
    rng: np.random.Generator
    new_name: str = ""
    alias: str = ""
    silent: tuple[int, ...] = ()
    gates: tuple[tuple[int, str], ...] = ()


class Place(NamedTuple):
    """A provincial unit: its demonstration bases and clusters in the first round, and clusters new in the second."""

    department: str
    leaning: str
    bases: int
    clusters: int
    new_clusters: int
    cities: str


GIVEN = tomllib.loads(files(__package__).joinpath("invented.toml").read_text("utf-8"))
PLACES = {name: Place(**entry) for name, entry in GIVEN["places"].items()}
LEANINGS, ENDINGS = GIVEN["leanings"], GIVEN["endings"]
OPERATOR_CHANCES = (0.10, 0.12, 0.38, 0.35, 0.05)


def invent(seed: int = SEED) -> dict[int, Invented]:
    """Both rounds, by year: `invent()[2025].roster`, `invent()[2027].answers`.

    The same seed gives the same tables on every machine.

    >>> sorted(invent())
    [2025, 2027]
    """
    bases = _bases(seed)
    answers = {base.base_id: _answers(base) for base in bases}
    return {year: Invented(_roster(bases, year), _table(bases, answers, year)) for year in ROUNDS}


def _bases(seed: int) -> list[Base]:
    """Every base of either round, in the order of the provinces, with its development over the two rounds."""
    bases: list[Base] = []
    for province, place in PLACES.items():
        kinds = [DEMONSTRATION] * place.bases + [CLUSTER] * place.clusters
        for position, kind in enumerate(kinds):
            bases.append(_base(seed, len(bases), province, position, dict.fromkeys(ROUNDS, kind)))
    for province, place in PLACES.items():
        for position in range(place.new_clusters):
            position += place.bases + place.clusters
            bases.append(_base(seed, len(bases), province, position, {ROUNDS[1]: CLUSTER}))
    _give_fates(bases)
    return bases


def _base(seed: int, index: int, province: str, position: int, kinds: dict[int, str]) -> Base:
    rng = np.random.default_rng([seed, index])
    cities = PLACES[province].cities.split()
    themes = GIVEN["themes"]
    theme = themes[(position // len(cities) * 3 + len(province) + position + index // 7) % len(themes)]
    city, ending = cities[position % len(cities)], ENDINGS[index % len(ENDINGS)]
    first = 0.75 * rng.normal()
    standing = {ROUNDS[0]: first, ROUNDS[1]: 0.85 * first + 0.35 * rng.normal()}
    return Base(f"B{index + 1:03d}", f"示例·{city}{theme}{ending}", province, kinds, standing, rng)


def _give_fates(bases: list[Base]) -> None:
    """Make every possible status over two rounds occur, whatever the seed."""
    first, second = ROUNDS
    low, high = -2.6, 2.3
    for leaning in LEANINGS:
        here = [base for base in bases if PLACES[base.province].leaning == leaning and first in base.kinds]
        title = [base for base in here if base.kinds[first] == DEMONSTRATION]
        cluster = [base for base in here if base.kinds[first] == CLUSTER]
        for base, before, after in zip(
            title[4::5], (low, low, low, 0.2), (low, low - 0.4, 0.6, low), strict=False
        ):  # in the bottom three twice, twice, only before, only now
            base.standing = {first: before, second: after}
        for base, before, after in zip(cluster[1::3], (high, high, high, -0.2), (high, high, high, high), strict=False):
            base.standing = {first: before, second: after}  # best twice, twice, twice but gated, only now
        if leaning == "sea":  # so far behind that its revocation stands under any method
            title[9].standing = {first: 2 * low, second: 2 * low}
        cluster[7].gates = ((second, "C11"),)
        title[9].silent = (second,) if leaning == "inland" else ()  # in the bottom three, then did not submit
        promoted = cluster[0::4] if leaning == "sea" else cluster[0::3]
        for base in promoted[: {"sea": 9, "inland": 4, "far": 5}[leaning]]:
            base.kinds = {first: CLUSTER, second: DEMONSTRATION}
        title[7].gates = ((first, "C10b"),)
        title[11].gates = ((first, "C11"), (second, "C11"))
        title[12].silent, title[13].silent, cluster[2].silent = (second,), (first,), (first,)
    title = [base for base in bases if base.kinds.get(first) == DEMONSTRATION]
    cluster = [base for base in bases if base.kinds == dict.fromkeys(ROUNDS, CLUSTER)]
    title[2].gates = ((second, "C10a"),)
    for base in (title[25], title[80], cluster[9]):
        del base.kinds[second]  # left the roster
    title[41].kinds = {first: DEMONSTRATION, second: CLUSTER}  # lost its title
    for base in (title[21], title[70]):
        base.new_name = _without_ending(base.name) + "科创城"
    for base in (title[5], title[50], cluster[20]):
        base.alias = _without_ending(base.name) + "园"


def _without_ending(name: str) -> str:
    return next(name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending))


def _roster(bases: list[Base], year: int) -> pd.DataFrame:
    rows = []
    for base in bases:
        if year not in base.kinds:
            continue
        renamed = base.new_name and year == ROUNDS[1]
        name = base.new_name if renamed else base.name
        aliases = [alias for alias in (base.name if renamed else "", base.alias) if alias]
        rows.append((base.base_id, name, ";".join(aliases), base.province, base.kinds[year]))
    return pd.DataFrame(rows, columns=["base_id", "name", "aliases", "province", "kind"])


def _table(bases: list[Base], answers: dict[str, dict[tuple[str, int], float | str]], year: int) -> pd.DataFrame:
    rows = []
    for base in bases:
        if year not in base.kinds or year in base.silent:
            continue
        for (code, at), value in answers[base.base_id].items():
            if at in (year, year - 1):
                text = isinstance(value, str)
                rows.append((base.base_id, code, at, np.nan if text else float(value), value if text else ""))
    return pd.DataFrame(rows, columns=["base_id", "code", "year", "value", "text"])


def _answers(base: Base) -> dict[tuple[str, int], float | str]:
    """The answers of one base by code and year: all four years, without the fields left empty."""
    rng, chances = base.rng, LEANINGS[PLACES[base.province].leaning]
    standing = np.interp(YEARS, list(base.standing), list(base.standing.values()))
    size = rng.normal() if DEMONSTRATION in base.kinds.values() else rng.normal() * 0.9 - 0.6
    drawn = {code: _level(rng, standing, size, **level) for code, level in GIVEN["levels"].items()}
    drawn["C17"] = drawn["C14"] * 20 * np.exp(0.3 * rng.normal() + 0.02 * np.cumsum(rng.normal(size=4)))
    drawn |= {code: np.clip(_drift(rng, *share, standing), 1.5, 98) for code, share in GIVEN["shares"].items()}
    drawn |= {code: np.clip(_drift(rng, *growth, standing), -45, 85) for code, growth in GIVEN["growths"].items()}
    drawn = {code: _rounded(code, series, digits=1 + base.rng.integers(2)) for code, series in drawn.items()}
    earlier = drawn["A2"][0] / np.exp(0.14 + 0.07 * rng.normal())
    drawn["A3"] = _rounded("A3", 100 * (drawn["A2"] / np.append(earlier, drawn["A2"][:-1]) - 1), 1)

    answers: dict[tuple[str, int], float | str] = {}
    wishes = {feature: rng.random() for feature in FEATURES}
    whims = {code: rng.random() for code in FIELDS}
    operator = OPERATORS[int(np.searchsorted(np.cumsum(OPERATOR_CHANCES), rng.random()))]
    operator = operator + rng.choice([":行业协会", ":混合所有制企业"]) if operator == "其他" else operator
    careless = 0.08 if rng.random() < 0.08 else 0.008
    tells_base_period = rng.random() < 0.8
    for year, at in zip(ROUNDS, (1, 3), strict=True):
        if year == ROUNDS[1]:  # a few choose a different feature
            wishes = {feature: rng.random() if rng.random() < 0.06 else wish for feature, wish in wishes.items()}
        chosen = {feature for feature, wish in wishes.items() if wish < chances[feature]}
        chosen = chosen or {max(chances, key=lambda feature: chances[feature])}
        for code, field in FIELDS.items():
            if field.feature and field.feature not in chosen:
                continue
            forgets = rng.random(2)
            if field.adverse:
                answers[code, year] = 1.0 if (year, code) in base.gates else 0.0
            elif forgets[0] < careless:
                continue
            elif field.type == "yes_no":
                lean = NormalDist().inv_cdf(GIVEN["yes"][code]) + 0.9 * standing[at]
                answers[code, year] = float(whims[code] < NormalDist().cdf(lean))
            elif field.type == "choice":
                answers[code, year] = operator
            else:
                answers[code, year] = drawn[code][at]
                if tells_base_period and forgets[1] > 2 * careless:
                    answers[code, year - 1] = drawn[code][at - 1]
    return answers


def _level(
    rng, standing, size, *, median, by_standing, by_size, spread, growth, wobble, cumulative=False
) -> np.ndarray:
    """The values of a positive indicator for the four years."""
    trend = np.cumsum(np.append(0, growth + wobble * rng.normal(size=3)))
    own = by_size * size + spread * rng.normal()
    series = median * np.exp(own + by_standing * standing + trend)
    return np.maximum.accumulate(series) if cumulative else series


def _drift(rng, centre, slope, spread, drift, wobble, standing) -> np.ndarray:
    """The values of a share or growth rate for the four years, in percent."""
    return centre + slope * standing + spread * rng.normal() + drift * np.arange(4) + wobble * rng.normal(size=4)


def _rounded(code: str, series: np.ndarray, digits: int) -> np.ndarray:
    """Values rounded as a base would: whole counts, large ones coarsely, percentages to one or two decimals."""
    if FIELDS[code].type != "count":
        return np.round(np.maximum(series, 0.01) if FIELDS[code].type == "amount" else series, digits)
    step = 10.0 ** np.clip(np.floor(np.log10(np.maximum(series, 1))) - 3, 0, None)
    return np.round(series / step) * step
