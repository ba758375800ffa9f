"""docs/method.md against the package: the worked example to its last digit; docs/schemes.md against the checks."""

import re
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from ecanalysis.scoring import scheme as schemes
from ecanalysis.scoring.scheme_checks import METHODS, NORMALISE, TABLES
from ecanalysis.scoring.scores import bounds_of, score_bases, score_points

DOCS = Path(__file__).resolve().parent.parent / "docs"
METHOD = (DOCS / "method.md").read_text("utf-8")
SCHEME = schemes.load()
LN2 = 0.6931471805599453


def table(heading):
    """The rows of the markdown table whose heading line begins like this."""
    lines = METHOD.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(heading))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return rows
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    raise AssertionError(f"no end of the table {heading}")


NAMES = "甲乙丙丁戊己庚"
INPUT = table("| code | 甲")
OWN = table("| code | value")
RESULTS = table("| | general")


@pytest.fixture(scope="module")
def scored():
    cells = [(name, row[0], cell) for row in INPUT for name, cell in zip(NAMES, row[1:]) if cell != "–"]
    said = pd.DataFrame(cells, columns=["base_id", "code", "raw"])
    values = said[said.raw != "?"]
    values = values.assign(
        value=[{"是": 1.0, "否": 0.0}.get(raw) if raw in "是否" else float(raw) for raw in values.raw]
    )
    bases = pd.DataFrame(
        {"base_id": list(NAMES), "name": list(NAMES), "province": "", "region": list("东东东东东西西")}
    )
    bases["kind"] = ["集聚区" if name in "戊庚" else "示范基地" for name in NAMES]
    points = score_points(values, said, bases, SCHEME)
    bounds = bounds_of(values, said, bases, SCHEME)
    return points, score_bases(points, values, bases, SCHEME), bounds.set_index(["region", "code"])


def test_the_worked_example_is_right_in_every_step(scored):
    points, _, bounds = scored
    own = points[points.base_id == NAMES[0]].set_index("code")
    assert own.index.tolist() == [row[0] for row in OWN]
    for code, value, ends, u, worth, exact, shown in OWN:
        row = own.loc[code]
        assert value == next(line[1] for line in INPUT if line[0] == code)
        assert row.normalised == pytest.approx(float(Fraction(u)), abs=1e-14), code
        assert row.max_points == pytest.approx(float(Fraction(worth)), abs=1e-14), code
        assert row.points == pytest.approx(float(Fraction(exact)), abs=1e-14), code
        assert Fraction(u) * Fraction(worth) == Fraction(exact) and f"{row.points:.6f}" == shown, code
        if ends != "–":
            low, high = (float(end) for end in re.fullmatch(r"(-?[\d.]+)–([\d.]+)", ends).groups())
            unit = LN2 if SCHEME.rules[code].transform == "log1p" else 1
            assert bounds.loc[("东", code), ["lo", "hi"]].tolist() == pytest.approx([low * unit, high * unit]), code


def test_the_worked_totals_are_right(scored):
    _, scores, _ = scored
    total = re.search(r"General (\S+) = (\S+), special (\S+) = (\S+), total (\S+) = (\S+)\.", METHOD).groups()
    first = scores.iloc[0]
    for part, (exact, shown) in zip(("general", "special", "total"), zip(total[::2], total[1::2])):
        assert first[part] == pytest.approx(float(Fraction(exact)), abs=1e-12)
        assert f"{first[part]:.6f}" == shown
    assert sum(Fraction(row[5]) for row in OWN) == Fraction(total[4])


def test_the_worked_ranks_and_tiers_are_right(scored):
    _, scores, _ = scored
    for row, expected in zip(scores.itertuples(), RESULTS, strict=True):
        marks = [row.rank, row.rank_in_kind, row.tier, row.gated, row.bottom_three, row.missing]
        sums = [f"{number:.6f}" for number in (row.general, row.special, row.total)]
        assert [row.base_id, *sums, *map(str, marks)] == expected


def test_every_key_of_a_scheme_is_documented():
    text = (DOCS / "schemes.md").read_text("utf-8")
    for name, keys in TABLES.items():
        first = name.split(".")[0]
        assert f"[{name}]" in text or f"[{first}." in text, name
        assert all(f"`{key}`" in text or re.fullmatch(r"[A-Z]\d+[ab]?", key) for key in keys), name
    for word in [*NORMALISE, *METHODS, "basis", "source", "title"]:
        assert f"`{word}`" in text, word
    for word in re.findall(r"`\[(\w+)\]`", text):
        assert word in TABLES, f"{word} is documented and unknown"


def test_the_default_scheme_and_the_method_say_the_same_is_official():
    official = {entry.table for entry in SCHEME.entries if entry.basis == "official"}
    assert official == {"parts", "features", "tiers", "bottom", "quota"}
    notes = {re.search(r"报告表注(\d)", entry.source)[1] for entry in SCHEME.entries if entry.basis == "official"}
    assert notes == {"3", "4", "6"} and all(f"note {note}" in METHOD for note in notes)


@pytest.mark.parametrize("name", ["plain_min_max", "percentile_rank", "efficacy", "goalposts_2025"])
def test_a_shipped_scheme_differs_from_the_default_only_where_it_says(name):
    assert set(schemes.shipped()) == {"plain_min_max", "percentile_rank", "efficacy", "goalposts_2025"}
    other = schemes.load(schemes.shipped()[name])
    default = {entry.table: (entry.settings, entry.basis, entry.source) for entry in SCHEME.entries}
    changed = {
        entry.table
        for entry in other.entries
        if default.get(entry.table) != (entry.settings, entry.basis, entry.source)
    }
    numeric = {f"normalise.{kind}" for kind in ("count", "amount", "number", "percent")}
    more = {"missing", "tier_cuts", "normalise.C08", "normalise.A4", "normalise.C18"} if name == "efficacy" else set()
    assert changed == numeric | more
    assert other.title != SCHEME.title and f"`{name}.toml`" in (DOCS / "schemes.md").read_text("utf-8")


def test_min_max_and_means_as_a_toolbox_has_them():
    """Plain min–max and weighted arithmetic means: OECD/JRC Handbook (2008), steps 5 and 6, in so many words.

    I = (x − min) / (max − min); a group's index is the weighted mean of its indicators' I, and the composite is
    the weighted mean of the groups' indices.
    """
    from tidy_round import random_round

    scheme = schemes.load(schemes.shipped()["plain_min_max"])
    values, answered, bases = random_round(60, seed=11, missing=0)
    bases = bases.assign(region="东")
    points = score_points(values, answered, bases, scheme)
    scores = score_bases(points, values, bases, scheme).set_index("base_id")
    data = values.pivot(index="base_id", columns="code", values="value").loc[scores.index]
    adverse = ["C10a", "C10b", "C11"]
    scaled = (data - data.min()) / (data.max() - data.min())
    scaled[adverse] = 1 - scaled[adverse]
    weights = {code: 1 / 2 if code in ("C10a", "C10b") else 1.0 for code in data.columns}
    groups = ["C01 C02 C03 C04", "C05 C06 C07 C08 C09 C10a C10b C11 C12 C13", "C14 C15 C16 C17 C18"]
    index = []
    for codes in map(str.split, groups):
        index.append(sum(weights[code] * scaled[code] for code in codes) / sum(weights[code] for code in codes))
    assert scores.general.to_numpy() == pytest.approx((sum(index) / 3 * 80).to_numpy(), abs=1e-9)
    features = {
        letter: scaled[[f"{letter}{number}" for number in range(1, 5)]].mean(axis=1, skipna=False) for letter in "ILA"
    }
    special = pd.DataFrame(features).mean(axis=1).fillna(0) * 20
    assert scores.special.to_numpy() == pytest.approx(special.to_numpy(), abs=1e-9)
