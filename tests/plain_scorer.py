"""A second scorer, base by base in plain loops, written from docs/schemes.md and sharing no code with the package.

It reads the scheme file itself. Slow and simple on purpose: the tests hold the package's scores against it.
"""

import math
import statistics
import tomllib
from decimal import Decimal
from pathlib import Path

TYPES = {}
for _type, _codes in {
    "yes_no": "C01 C02 C03 C05 C10a C10b C11 C12 I3 L3 L4",
    "count": "C04 C09 C13 C14 C16 C17 C18 I1 I2 A1 S2 S3 S4",
    "amount": "A2 S1",
    "number": "C07",
    "percent": "C06 C08 C15 I4 L1 L2 A3 A4",
}.items():
    for _code in _codes.split():
        TYPES[_code] = _type
GROUPS = {
    "policy": ["C01", "C02", "C03", "C04"],
    "service": ["C05", "C06", "C07", "C08", "C09", "C10a", "C10b", "C11", "C12", "C13"],
    "influence": ["C14", "C15", "C16", "C17", "C18"],
}
FEATURES = {letter: [f"{letter}{number}" for number in range(1, 5)] for letter in "ILAS"}
PARTS = {**GROUPS, **FEATURES}


def read_scheme(path):
    return tomllib.loads(Path(path).read_text("utf-8"))


def setting(scheme, code, key):
    """The field's own table, else its type's, else the table for all fields."""
    for table in (code, TYPES[code]):
        if key in scheme["normalise"].get(table, {}):
            return scheme["normalise"][table][key]
    return {
        "reference": scheme["reference"]["set"],
        "minimum_reference": scheme["small_reference"]["minimum"],
        "missing": scheme["missing"]["policy"],
        "transform": "none",
    }.get(key)


def weight(scheme, code):
    """Share of the field in its group or feature."""
    item = "C10" if code in ("C10a", "C10b") else code
    part = next(name for name, codes in PARTS.items() if code in codes)
    table = scheme["items"][part]
    share = table[item] / table["out_of"]
    if item == "C10":
        share *= scheme["fields"]["C10"][code] / scheme["fields"]["C10"]["out_of"]
    return share


def quantile(numbers, level):
    numbers = sorted(numbers)
    place = level * (len(numbers) - 1)
    below = math.floor(place)
    above = min(below + 1, len(numbers) - 1)
    return numbers[below] + (numbers[above] - numbers[below]) * (place - below)


def transform(scheme, code, value):
    return math.log1p(value) if setting(scheme, code, "transform") == "log1p" else value


def peers_of(scheme, code, base, bases, reported, features):
    """The values that a base's value in this field is measured against."""

    def known(some):
        return [
            reported[one["base_id"]][code]
            for one in some
            if code in reported[one["base_id"]] and (code[0] == "C" or code[0] in features[one["base_id"]])
        ]

    here = known([one for one in bases if one["region"] == base["region"]])
    if setting(scheme, code, "reference") == "country" or len(here) < setting(scheme, code, "minimum_reference"):
        return known(bases)
    return here


def limits(scheme, code, peers):
    """Lower and upper bound, after the transform; None for methods without."""
    method = setting(scheme, code, "method")
    x = [transform(scheme, code, value) for value in peers]
    if method == "yes_no":
        return 0.0, 1.0
    low, high = setting(scheme, code, "low"), setting(scheme, code, "high")
    if method in ("goalposts", "efficacy") and low is not None:
        return transform(scheme, code, low), transform(scheme, code, high)
    if method == "z_score":
        if min(x) == max(x):
            return x[0], x[0]
        middle, sd, limit = statistics.fmean(x), statistics.stdev(x), setting(scheme, code, "z_limit")
        return middle - limit * sd, middle + limit * sd
    lo = quantile(x, setting(scheme, code, "lower_quantile"))
    hi = quantile(x, setting(scheme, code, "upper_quantile"))
    return (min(x), max(x)) if lo == hi else (lo, hi)


def normalise(scheme, code, value, peers, bounds=None):
    method, less = setting(scheme, code, "method"), setting(scheme, code, "direction") == "less"
    if method == "steps":
        marks = list(zip(setting(scheme, code, "thresholds"), setting(scheme, code, "marks")))
        reached = [mark for threshold, mark in marks if (value <= threshold if less else value >= threshold)]
        return max(reached, default=0.0)
    if method == "percentile_rank":
        if min(peers) == max(peers):
            u = 1.0 if value > 0 else 0.0
        else:
            below, equal = sum(peer < value for peer in peers), sum(peer == value for peer in peers)
            u = min(max((below + (equal - 1) / 2) / (len(peers) - 1), 0.0), 1.0)
    else:
        lo, hi = bounds or limits(scheme, code, peers)
        x = transform(scheme, code, value)
        if lo == hi:
            u = 0.5 if method == "z_score" else 1.0 if value > 0 else 0.0
        else:
            u = min(max((x - lo) / (hi - lo), 0.0), 1.0)
    if less:
        u = 1.0 - u
    if method == "efficacy":
        floor = setting(scheme, code, "floor")
        u = floor + (1.0 - floor) * u
    return u


def chosen_features(scheme, bases, reported, answered):
    chosen = {}
    for base in bases:
        said = set(reported[base["base_id"]]) | answered.get(base["base_id"], set())
        chosen[base["base_id"]] = [
            letter
            for letter, codes in FEATURES.items()
            if sum(code in said for code in codes) >= scheme["features"][letter]["minimum_answered"]
        ]
    return chosen


def part_score(scheme, part, base, bases, reported, features, bounds):
    """0–1: the weighted mean of a group or a feature for one base."""
    total = counted = 0.0
    for code in PARTS[part]:
        value, policy = reported[base["base_id"]].get(code), setting(scheme, code, "missing")
        peers = peers_of(scheme, code, base, bases, reported, features)
        if value is None and policy == "region_median" and peers:
            value = statistics.median(peers)
        if value is None and policy == "reweight":
            continue
        counted += weight(scheme, code)
        if value is not None:
            fixed = bounds and bounds.get((base["region"], code))
            total += weight(scheme, code) * normalise(scheme, code, value, peers, fixed)
    return total / counted if counted else 0.0


def score(scheme, bases, reported, answered=None, bounds=None):
    """One dict a base: general, special, total, rank, rank_in_kind, tier, gated, bottom_three, features.

    `bases`: dicts with base_id, region, kind. `reported`: base_id -> {code: value}. `answered`: base_id -> codes.
    `bounds`: (region, code) -> (lo, hi), for goalposts taken from another round.
    """
    features = chosen_features(scheme, bases, reported, answered or {})
    results = []
    for base in bases:
        common = (base, bases, reported, features, bounds)
        groups = scheme["groups"]
        general = sum(groups[part] / groups["out_of"] * part_score(scheme, part, *common) for part in GROUPS)
        mine = [part_score(scheme, letter, *common) for letter in features[base["base_id"]]]
        special = 0.0
        if mine:
            special = max(mine) if scheme["features"]["combine"] == "best" else sum(mine) / len(mine)
        gated = scheme["gate"]["on"] and any(
            reported[base["base_id"]].get(code) == 1 for code in scheme["gate"]["codes"]
        )
        general, special = general * scheme["parts"]["general"], special * scheme["parts"]["special"]
        chosen = ";".join(features[base["base_id"]])
        results.append(
            {**base, "general": general, "special": special, "total": general + special, "gated": int(gated)}
            | {"features": chosen, "rounded": round(general + special, 6)}
        )
    for one in results:
        _place(scheme, one, results)
    return results


def _place(scheme, one, results):
    region = [other for other in results if other["region"] == one["region"]]
    kind = [other for other in region if other["kind"] == one["kind"]]
    one["rank"] = 1 + sum(other["rounded"] > one["rounded"] for other in region)
    one["rank_in_kind"] = 1 + sum(other["rounded"] > one["rounded"] for other in kind)
    first, second = scheme["tier_cuts"]["cuts"]
    if scheme["tier_cuts"]["by"] == "score":
        tier = 0 if one["rounded"] >= first else 1 if one["rounded"] >= second else 2
    else:
        places = [math.ceil(Decimal(str(cut)) * len(region)) for cut in (first, second)]
        tier = 0 if one["rank"] <= places[0] else 1 if one["rank"] <= places[1] else 2
    one["tier"] = scheme["tiers"]["names"][2 if one["gated"] else tier]
    scope = region if scheme["bottom_scope"]["scope"] == "region" else results
    titled = [other for other in scope if other["kind"] == "示范基地"]
    below = sum(other["rounded"] < one["rounded"] for other in titled)
    count = scheme["bottom"]["count"]
    one["bottom_three"] = int(one["kind"] == "示范基地" and len(titled) > count and below < count)
