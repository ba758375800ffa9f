"""Decisions, firmness, heirs, items left out and corrections held against a second reading of the rules in plain loops.

The rounds are small, random and full of ties: tiny regions, gates, unanswered fields, absences, sealed rounds that say
something else than today's inputs, one to three rounds, and schemes that differ in every switch that decisions know.
"""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import plain_decisions as reference
import pytest

from ecanalysis.evaluation import Evaluation
from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import KINDS
from ecanalysis.rounds import schemas
from ecanalysis.rounds.round import OF_BASE, Round
from ecanalysis.rounds.seals import Seal
from ecanalysis.scoring import scheme as schemes

pytestmark = pytest.mark.xdist_group("decisions")  # one process computes the cases
IDS = [f"B{number:02}" for number in range(16)]
SEEDS = range(8)


def random_scheme(chance, years):
    text = tomllib.loads(schemes.load().path.read_text("utf-8"))
    text["robustness"] |= {"draws": 40, "seed": int(chance.integers(1000))}
    text["quota_left"]["remaining"] = int(chance.integers(0, 4))
    text["bottom_scope"]["scope"] = str(chance.choice(["region", "country"]))
    text["bottom_scope"]["basis"] = str(chance.choice(["assumed"] * 3 + ["official"]))
    text["missing"]["policy"] = str(chance.choice(reference.MISSING))
    text["two_rounds"]["absence"] = str(chance.choice(["asks", "skips"]))
    text["features"]["combine"] = str(chance.choice(["mean", "mean", "best"]))
    text["verdict"]["firm"] = float(chance.choice([0.4, 0.7, 0.9]))
    text["gate"]["on"] = bool(chance.random() < 0.8)
    text["small_reference"]["minimum"] = int(chance.choice([3, 5]))
    if chance.random() < 0.4:  # an item that counts for nothing, and unequal groups
        text["items"]["policy"] |= {"C04": 0, "C03": 2}
        text["groups"] |= {"policy": 2, "service": 1, "influence": 1, "out_of": 4}
    if chance.random() < 0.3:
        text["normalise"]["count"] |= {"method": "goalposts", "from_round": years[0]}
    return text


def random_round(chance, year, kinds):
    """One round as the reference takes it; values are coarse, so that many are equal."""
    roster = {
        base_id: {"base_id": base_id, "region": region, "kind": kind if chance.random() < 0.95 else "集聚区"}
        for base_id, (region, kind) in kinds.items()
        if chance.random() < 0.95
    }
    reported, answered, doubted = {}, {}, set()
    for base_id in roster:
        if chance.random() < 0.12:
            continue
        level, row = chance.integers(0, 3), {}
        said = set()
        for code, field in FIELDS.items():
            chosen = not field.feature or chance.random() < 0.6
            if not field.scored or not chosen or chance.random() < 0.08:
                said |= {code} if field.scored and chosen and chance.random() < 0.3 else set()  # unreadable
                continue
            if field.type == "yes_no":
                row[code] = float(chance.random() < (0.06 if field.adverse else 0.6))
            else:
                row[code] = float(level * 10 + chance.integers(0, 3) * 5)
            if chance.random() < 0.01:
                doubted.add((base_id, code))
        reported[base_id], answered[base_id] = row, said | set(row)
    received = {base_id for base_id in roster if base_id not in reported and chance.random() < 0.6}
    one = {"year": year, "roster": roster, "reported": reported, "answered": answered, "received": received}
    return one | {"doubted": doubted, "corrections": random_corrections(chance, one), "sealed": None}


def random_corrections(chance, one):
    """A few lines, the accepted ones already applied to the round; `received` is what stood there before."""
    lines = []
    for base_id in chance.permutation(list(one["reported"]))[:5]:
        base_id, code = str(base_id), str(chance.choice(["C04", "C06", "C11", "C17", "I1"]))
        row, said = one["reported"][base_id], one["answered"][base_id]
        status = str(chance.choice(["accepted", "pending", "rejected"]))
        value = float(chance.integers(0, 2)) if code == "C11" else float(chance.integers(0, 40))
        line = {"base_id": base_id, "code": code, "status": status, "value": None if chance.random() < 0.2 else value}
        line |= {"year": one["year"], "received": row.get(code), "was_answered": code in said}
        if status == "accepted":
            row.pop(code, None)
            said.discard(code)
            if line["value"] is not None:
                row[code] = line["value"]
                said.add(code)
        lines.append(line)
    return lines


def as_round(one):
    """The same as the library reads a round from its folder."""
    roster = pd.DataFrame(
        [(b["base_id"], f"示例{b['base_id']}", "", "浙江", b["kind"], b["region"]) for b in one["roster"].values()],
        columns=list(schemas.ROSTER.columns),
        dtype="str",
    )

    def place(base_id, code):
        return f"{base_id}.xlsx", "报告表", f"D{list(FIELDS).index(code)}"

    before = {base_id: dict(row) for base_id, row in one["reported"].items()}
    said = {base_id: set(codes) for base_id, codes in one["answered"].items()}
    for line in one["corrections"]:
        if line["status"] == "accepted":
            before[line["base_id"]].pop(line["code"], None)
            said[line["base_id"]].discard(line["code"])
            if line["received"] is not None:
                before[line["base_id"]][line["code"]] = line["received"]
            if line["was_answered"]:
                said[line["base_id"]].add(line["code"])
    values = [
        (b, f"{b}.xlsx", f"示例{b}", code, one["year"], value, "", FIELDS[code].unit, f"{value:g}", *place(b, code)[1:])
        for b, row in before.items()
        for code, value in row.items()
    ]
    answered = [
        (b, f"{b}.xlsx", f"示例{b}", code, *place(b, code)[1:]) for b, codes in said.items() for code in sorted(codes)
    ]
    issues = [
        (b, f"{b}.xlsx", f"示例{b}", code, "warning", "approximate", "约", "约", *place(b, code)[1:])
        for b, code in one["doubted"]
    ]
    forms = [(b, f"{b}.xlsx", f"示例{b}", "", "", "", "", "") for b in one["reported"]]
    lines = [
        (place_ + 2, line["base_id"], line["code"], line["year"], "" if line["value"] is None else f"{line['value']:g}",
         line["value"], "", "理由", "", "", line["status"])
        for place_, line in enumerate(one["corrections"])
    ]  # fmt: skip
    values = schemas.frame(values, schemas.OF_ROUND["values"])
    answered = schemas.frame(answered, schemas.OF_ROUND["answered"])
    took_part = roster.base_id.isin(list(one["reported"]))
    silent = roster.loc[~took_part, OF_BASE].reset_index(drop=True)
    received = np.where(silent.base_id.isin(list(one["received"])), "returned", "")
    corrections = schemas.frame(lines, schemas.CORRECTIONS)
    round_ = Round(
        year=one["year"],
        folder=Path(f"nowhere/{one['year']}"),
        roster=roster,
        files=schemas.frame([(f"{b}.xlsx", "", "form", "accepted", b, "") for b in one["reported"]], schemas.FILES),
        values=values,
        issues=schemas.frame(issues, schemas.OF_ROUND["issues"]),
        answered=answered,
        forms=schemas.frame(forms, schemas.OF_ROUND["forms"]),
        submitted=roster.loc[took_part, OF_BASE].reset_index(drop=True),
        not_submitted=silent.assign(received=received, file=""),
        unmatched=schemas.frame([], schemas.UNMATCHED),
        corrections=corrections,
        as_received=(values, answered),
        stamped=schemas.frame([], schemas.OF_ROUND["stamped"]),
    )
    return round_.corrected_by(corrections[corrections.status == "accepted"])


@cache
def random_case(seed):
    """The rounds as the reference takes them, the scheme as TOML tables, and the evaluation of the same."""
    chance = np.random.default_rng(seed)
    kinds = {b: tuple(str(chance.choice(of)) for of in (list("东东东中西"), [*KINDS, KINDS[0]])) for b in IDS}
    years = [2021, 2023, 2025][-int(chance.choice([1, 2, 2, 3])) :]
    rounds = [random_round(chance, year, kinds) for year in years]
    text = random_scheme(chance, years)
    scheme = schemes.parse(schemes.written(text))
    history = []
    for place, one in enumerate(rounds):
        sealed = None
        if place < len(rounds) - 1 and chance.random() < 0.5:
            sealed = seal_of(chance, one, text, rounds)
        round_ = as_round(one)
        history.append(Evaluation(round_, scheme, list(history), sealed, as_sealed=sealed is not None))
    return rounds, text, history[-1]


def seal_of(chance, one, text, rounds):
    """A seal that says something of its own: other totals than today's, under a scheme with fewer best clusters."""
    own = reference.copy.deepcopy(text)
    own["best"]["count"] = int(chance.integers(1, 4))
    results = reference.results_of(text, one, reference.goalposts(text, rounds))
    totals = {b: round(result["total"] + float(chance.integers(-3, 4)), 6) for b, result in results.items()}
    gates = {b: bool(result["gated"] != (chance.random() < 0.1)) for b, result in results.items()}
    results = reference.placed(own, reference.bases_of(one), totals, gates)
    one["sealed"] = {"scheme": own, "results": results}
    frame = pd.DataFrame(
        [
            (b, f"示例{b}", "浙江", r["region"], r["kind"], r["total"], 0.0, r["total"], r["rank"], r["rank_in_kind"],
             "成效明显", int(r["gated"]), int(r["bottom"]), "", 0)
            for b, r in results.items()
        ],
        columns=["base_id", "name", "province", "region", "kind", "general", "special", "total", "rank", "rank_in_kind",
                 "tier", "gated", "bottom_three", "features", "missing"],
    )  # fmt: skip
    path = Path(pytest.seals) / f"{len(list(Path(pytest.seals).iterdir()))}.toml"
    path.write_text(schemes.written(own), "utf-8")
    roster = as_round(one).roster
    return Seal(one["year"], "2026-01-01T00:00:00+08:00", "", frame, pd.DataFrame(), roster, path)


@pytest.fixture(scope="module", autouse=True)
def seals_folder(tmp_path_factory):
    pytest.seals = tmp_path_factory.mktemp("seals")
    yield
    del pytest.seals


def ids(cell):
    return set(filter(None, cell.split(";")))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_second_reading_of_the_rules_agrees(seed):
    rounds, text, r = random_case(seed)
    results = reference.all_results(text, rounds)
    assert dict(zip(r.scores.base_id, r.scores.total.round(6))) == pytest.approx(
        {b: one["total"] for b, one in results[-1].items()}, abs=1e-6
    )
    assert dict(zip(r.watchlist.base_id, r.watchlist.status)) == reference.statuses(text, rounds, results)

    firm = reference.firmness(text, rounds)
    found = {row[0]: row[2:] for row in r.firmness.itertuples(index=False)}
    assert found.keys() == firm.keys()
    for base_id, shares in firm.items():
        assert found[base_id] == pytest.approx(shares, abs=1e-12), base_id

    decided = reference.decisions(text, rounds)
    rows = {row.base_id: row for row in r.decisions.itertuples()}
    assert list(rows) == [b for b in r.watchlist.base_id if b in decided] and rows.keys() == decided.keys()
    for base_id, (proposal, verdict, shares, labels) in decided.items():
        row = rows[base_id]
        assert (row.proposal, ids(row.open_questions), row.verdict) == (proposal, labels, verdict), base_id
        assert shares is None or (row.p_weights, row.p_wide, row.p_methods, row.p_joint) == pytest.approx(shares)
        assert shares is not None or pd.isna(row.p_joint)
        assert row.reasons.endswith("。")

    heirs = {row.base_id: (ids(row.enters), ids(row.leaves)) for row in r.heirs.itertuples()}
    assert heirs == reference.heirs(text, rounds)

    left_out = {row.code: tuple(map(ids, row[2:])) for row in r.remove_one.itertuples()}
    expected = reference.remove_one(text, rounds)
    if len(rounds) == 1:
        expected = {item: (*sides[:2], set(), set()) for item, sides in expected.items()}
    assert list(left_out) == list(expected) and left_out == expected

    effects = reference.correction_effects(text, rounds)
    assert len(r.correction_effects) == len(effects)
    for row, (base_id, code, status, before, after, moved, changed) in zip(r.correction_effects.itertuples(), effects):
        assert (row.base_id, row.code, row.status) == (base_id, code, status)
        assert (row.total_before, row.total_after) == pytest.approx((before, after), abs=1e-6)
        assert (row.ranks_moved, ids(row.statuses_changed)) == (moved, changed), (base_id, code)


def test_the_random_rounds_hold_every_case():
    """What the comparison above rests on: that its rounds are not all alike."""
    proposals, verdicts, sealed, absence = set(), set(), set(), set()
    for seed in SEEDS:
        rounds, text, r = random_case(seed)
        proposals |= set(r.decisions.proposal)
        verdicts |= set(r.decisions.verdict)
        sealed |= {one.as_sealed for one in r.history}
        absence |= {(len(rounds), text["two_rounds"]["absence"])}
    assert proposals >= {"revoke", "at_risk", "recovered", "add", "not_submitted"}
    assert verdicts == {"on_hold", "doubtful", "stands"} and sealed == {True, False}
    assert {length for length, _ in absence} == {1, 2, 3} and {how for _, how in absence} == {"asks", "skips"}
