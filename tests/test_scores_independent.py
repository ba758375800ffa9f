"""The package's scores against those of `plain_scorer`, on small invented rounds of every shape."""

import random

import pandas as pd
import plain_scorer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecanalysis.errors import UserError
from ecanalysis.form.fields import FIELDS
from ecanalysis.scoring import scheme as schemes
from ecanalysis.scoring.normalise import grid_of
from ecanalysis.scoring.scheme import SCORED
from ecanalysis.scoring.scores import bounds_of, goalposts_from, score_bases, score_points

DEFAULT = schemes.load().path.read_text("utf-8")
COUNT = '[normalise.count]\nmethod = "min_max"\nlower_quantile = 0.05\nupper_quantile = 0.95\ntransform = "log1p"'
PERCENT = '[normalise.percent]\nmethod = "min_max"\nlower_quantile = 0.05\nupper_quantile = 0.95'
GATED = '[gate]\non = true\ncodes = ["C10a", "C10b", "C11"]'
OWN = 'basis = "assumed"\nsource = "试算"\n'
VARIANTS = {
    "as it stands": [],
    "plain min-max": [("0.05", "0"), ("0.95", "1")],
    "percentile rank": [(COUNT, '[normalise.count]\nmethod = "percentile_rank"')],
    "percentile rank over the country": [
        (PERCENT, '[normalise.percent]\nmethod = "percentile_rank"\nreference = "country"')
    ],
    "z-score": [(COUNT, '[normalise.count]\nmethod = "z_score"\nz_limit = 2\ntransform = "log1p"')],
    "efficacy": [(PERCENT, PERCENT.replace("min_max", "efficacy") + "\nfloor = 0.6")],
    "efficacy, fixed": [(COUNT, '[normalise.count]\nmethod = "efficacy"\nfloor = 0.5\nlow = 2\nhigh = 9')],
    "goalposts": [(COUNT, '[normalise.count]\nmethod = "goalposts"\nlow = 1\nhigh = 30\ntransform = "log1p"')],
    "steps": [(PERCENT, '[normalise.percent]\nmethod = "steps"\nthresholds = [0, 5.5, 6]\nmarks = [0.2, 0.7, 1]')],
    "less is better": [
        ("[normalise.C11]", f'[normalise.C06]\ndirection = "less"\n{OWN}\n[normalise.C11]'),
        (
            "[normalise.C10a]",
            '[normalise.C07]\nmethod = "steps"\nthresholds = [3, 6]\nmarks = [1, 0.5]\ndirection = "less"\n'
            f"{OWN}\n[normalise.C10a]",
        ),
    ],
    "regional median": [('"zero"', '"region_median"')],
    "regional median of ranks": [
        ('"zero"', '"region_median"'),
        ('method = "min_max"', 'method = "percentile_rank"'),
        ("lower_quantile = 0.05\n", ""),
        ("upper_quantile = 0.95\n", ""),
    ],
    "reweighted": [('"zero"', '"reweight"')],
    "compared over the country": [('set = "region"', 'set = "country"'), ("minimum = 5", "minimum = 1")],
    "tiers by score": [('"rank_share"', '"score"'), ("[0.30, 0.80]", "[60, 35.5]")],
    "no gate": [("on = true", "on = false")],
    "one gate": [(GATED, '[gate]\non = true\ncodes = ["C11"]')],
    "last two of the country": [
        ("[bottom]\ncount = 3", "[bottom]\ncount = 2"),
        ('scope = "region"', 'scope = "country"'),
    ],
    "best feature": [('"mean"', '"best"')],
    "best feature, two answers at least": [('"mean"', '"best"'), ("minimum_answered = 1", "minimum_answered = 2")],
    "other weights": [
        ("out_of = 3\npolicy = 1", "out_of = 5.5\npolicy = 3.5"),
        ("out_of = 9\nC05 = 1", "out_of = 8\nC05 = 0"),
        ("out_of = 2\nC10a = 1", "out_of = 4\nC10a = 3"),
        ("general = 80\nspecial = 20", "general = 60\nspecial = 40"),
    ],
}


def written(variant):
    text = DEFAULT
    for old, new in VARIANTS[variant]:
        assert old in text
        text = text.replace(old, new)
    return text


def frames(bases, reported, answered):
    rows = [(base, code, value) for base, row in reported.items() for code, value in row.items()]
    said = [(base, code) for base, codes in answered.items() for code in codes]
    columns = {"name": [f"示例{base['base_id']}" for base in bases], "province": "浙江"}
    return (
        pd.DataFrame(rows, columns=["base_id", "code", "value"]).astype({"value": float}),
        pd.DataFrame(said, columns=["base_id", "code"], dtype="str"),
        pd.DataFrame(bases).assign(**columns),
    )


@st.composite
def rounds(draw):
    """A small round: 1–16 bases; few different values, so that ties and items without spread are common."""
    bases = [
        {"base_id": f"B{place:02}", "region": region, "kind": kind}
        for place, (region, kind) in enumerate(
            draw(
                st.lists(
                    st.tuples(st.sampled_from("东东中西"), st.sampled_from(["示范基地", "示范基地", "集聚区"])),
                    min_size=1,
                    max_size=16,
                )
            )
        )
    ]
    seed = random.Random(draw(st.integers(0, 10**6)))
    reported, answered = {}, {}
    for base in bases:
        features = [letter for letter in "ILAS" if seed.random() < 0.5]
        row, said = {}, set()
        for code in SCORED:
            field = FIELDS[code]
            if field.feature and field.feature not in features:
                continue
            if seed.random() < 0.12:
                said |= {code} if seed.random() < 0.3 else set()
                continue
            if field.type == "yes_no":
                row[code] = float(seed.random() < (0.1 if field.adverse else 0.7))
            elif field.type == "count":
                row[code] = float(seed.choice([0, 1, 2, 3, 5, 40, 900]))
            else:
                row[code] = round(seed.choice([0.0, 5.5, 6.0, seed.uniform(0, 20)]), 2)
        reported[base["base_id"]], answered[base["base_id"]] = row, said
    return bases, reported, answered


def compare(text, bases, reported, answered, bounds=None, frame=None):
    scheme = schemes.parse(text)
    values, said, table = frames(bases, reported, answered)
    points = score_points(values, said, table, scheme, frame)
    scores = score_bases(points, values, table, scheme).set_index("base_id")
    expected = pd.DataFrame(
        plain_scorer.score(plain_scorer.tomllib.loads(text), bases, reported, answered, bounds)
    ).set_index("base_id")
    for column in ("general", "special", "total"):
        assert scores[column].to_numpy() == pytest.approx(expected[column].to_numpy(), abs=1e-9)
    for column in ("rank", "rank_in_kind", "tier", "gated", "bottom_three", "features"):
        assert scores[column].tolist() == expected[column].tolist(), column
    added = points.groupby("base_id").points.sum().reindex(scores.index)
    assert added.to_numpy() == pytest.approx(scores.total.to_numpy(), abs=1e-9)


@pytest.mark.parametrize("variant", VARIANTS)
@settings(max_examples=15)
@given(round_=rounds())
def test_agrees_with_plain_loops(variant, round_):
    compare(written(variant), *round_)


@settings(max_examples=8)
@given(first=rounds(), second=rounds())
def test_goalposts_of_another_round_agree_with_plain_loops(first, second):
    text = DEFAULT.replace('"min_max"', '"goalposts"\nfrom_round = 2025')
    scheme = schemes.parse(text)
    earlier = frames(*first)
    bounds, grid = {}, grid_of(*earlier)
    document = plain_scorer.tomllib.loads(text)
    features = plain_scorer.chosen_features(document, *first)
    for region in "东中西":
        for code in SCORED:
            # A region that the earlier round does not know is measured against that round's whole country.
            at = {"region": region}
            peers = plain_scorer.peers_of(document, code, at, first[0], first[1], features)
            if FIELDS[code].numeric:
                bounds[region, code] = plain_scorer.limits(document, code, peers) if peers else (0.0, 0.0)
    assert len(grid.regions) <= 3
    frame = goalposts_from({2025: earlier}, scheme)
    compare(text, *second, bounds, frame)


def test_a_scheme_with_another_rounds_goalposts_says_that_it_needs_the_round():
    scheme = schemes.parse(DEFAULT.replace('"min_max"', '"goalposts"\nfrom_round = 2025'))
    round_ = frames([{"base_id": "B1", "region": "东", "kind": "示范基地"}], {"B1": {"C04": 3.0}}, {})
    with pytest.raises(UserError, match=r"C04.*界值取自其他轮次"):
        score_points(*round_, scheme)
    with pytest.raises(UserError, match="2025年轮次"):
        goalposts_from({2027: round_}, scheme)
    assert bounds_of(*round_, scheme).region.tolist()[-1] == "全国"


@pytest.mark.parametrize("name", ["plain_min_max", "percentile_rank", "efficacy"])
@settings(max_examples=10)
@given(round_=rounds())
def test_shipped_schemes_agree_with_plain_loops(name, round_):
    compare(schemes.written(schemes.load(schemes.shipped()[name]).document), *round_)


def test_the_sample_round_agrees_with_plain_loops(evaluation):
    """The whole chain's values, every base of the later sample round."""
    r = evaluation
    reported = {base: dict(zip(part.code, part.value)) for base, part in r.reported.groupby("base_id")}
    answered = {base: set(part.code) for base, part in r.answered.groupby("base_id")}
    reported = {base: {code: value for code, value in row.items() if code in SCORED} for base, row in reported.items()}
    bases = r.bases[["base_id", "region", "kind"]].to_dict("records")
    document = plain_scorer.tomllib.loads(DEFAULT)
    expected = pd.DataFrame(plain_scorer.score(document, bases, reported, answered)).set_index("base_id")
    scores = r.scores.set_index("base_id")
    assert set(scores.index) == set(expected.index) and len(scores) > 150
    expected = expected.loc[scores.index]
    assert scores.total.to_numpy() == pytest.approx(expected.total.to_numpy(), abs=1e-9)
    for column in ("rank", "rank_in_kind", "tier", "gated", "bottom_three", "features"):
        assert scores[column].tolist() == expected[column].tolist(), column
