"""Small rounds as tidy tables, for tests of what is computed from them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from ecanalysis.form.fields import FIELDS
from ecanalysis.scoring import scheme as schemes
from ecanalysis.scoring.aggregate import panel_of
from ecanalysis.scoring.explain import explain
from ecanalysis.scoring.normalise import grid_of
from ecanalysis.scoring.scheme import SCORED
from ecanalysis.scoring.scores import bounds_of, score_bases, score_points


def tables(reported, region="东", kind="示范基地"):
    """values, answered, bases from {base_id: {code: value}}; `region` and `kind` for all, or {base_id: …}.

    Every value has a made-up place: the file is named after the base, the cell after the field.
    """

    def of(what, base):
        return what[base] if isinstance(what, dict) else what

    rows = [(base, code, float(value)) for base, row in reported.items() for code, value in row.items()]
    bases = [(base, f"示例{base}", "浙江", of(region, base), of(kind, base)) for base in reported]
    values = pd.DataFrame(rows, columns=["base_id", "code", "value"]).astype({"value": float})
    place = {
        "file": [f"{base}.xlsx" for base in values.base_id],
        "sheet": "报告表",
        "cell": [f"D{row}" for row in values.index],
    }
    values = values.assign(**place, raw=[f"{value:g}" for value in values.value])
    about = pd.DataFrame(bases, columns=["base_id", "name", "province", "region", "kind"])
    return values, values[["base_id", "code", "file", "sheet", "cell"]], about


def random_round(n, seed=1, missing=0.06):
    """A round of n bases with answers of every kind; most in 东, about a tenth in 西."""
    chance = np.random.default_rng(seed)
    reported = {}
    for place in range(n):
        strength, features = chance.normal(), "ILAS"[: 1 + place % 3]
        row = reported[f"B{place:03}"] = {}
        for code in SCORED:
            field = FIELDS[code]
            if chance.random() < missing or (field.feature and field.feature not in features):
                continue
            if field.type == "yes_no":
                row[code] = chance.random() < (0.04 if field.adverse else 0.7)
            elif field.type in ("count", "amount"):
                row[code] = round(np.exp(3 + strength + chance.normal()))
            else:
                row[code] = round(min(max(30 + 8 * strength + 10 * chance.normal(), 0), 100), 1)
    region = {
        base: "西" if place % 10 == 3 else "中" if place % 3 == 2 else "东" for place, base in enumerate(reported)
    }
    kind = {base: "集聚区" if place % 3 == 1 else "示范基地" for place, base in enumerate(reported)}
    return tables(reported, region, kind)


def evaluated(round_, scheme=None, year=2025):
    """What the words ask of an evaluation, from tidy tables."""
    scheme = scheme or schemes.load()
    values, answered, bases = round_
    points, bounds = score_points(*round_, scheme), bounds_of(*round_, scheme)
    return SimpleNamespace(
        year=year,
        scheme=scheme,
        history=[],
        previous=None,
        scored_rounds={year: round_},
        goalposts=None,
        reported=values,
        answered=answered,
        bases=bases,
        scored_tables=round_,
        panel=panel_of(grid_of(*round_), scheme),
        points=points,
        scores=score_bases(points, values, bases, scheme),
        bounds=bounds,
        explained=explain(points, bases, bounds, values, answered),
        find=lambda text: text,
    )
