"""Explanations: every one of the 100 points accounted for, and the way back to the cell."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from tidy_round import random_round, tables

from ecanalysis.form.fields import FIELDS
from ecanalysis.scoring import scheme as schemes
from ecanalysis.scoring.explain import explain, one_more, strengths, waterfall, weaknesses
from ecanalysis.scoring.scores import bounds_of, score_bases, score_points

SCHEME = schemes.load()
DEFAULT = SCHEME.path.read_text("utf-8")
VALUES, ANSWERED, BASES = ROUND = random_round(40)
POINTS = score_points(*ROUND, SCHEME)
SCORES = score_bases(POINTS, VALUES, BASES, SCHEME).set_index("base_id")
BOUNDS = bounds_of(*ROUND, SCHEME)


def explained(base_id, values=VALUES, answered=ANSWERED):
    return of_base(base_id, POINTS, BASES, BOUNDS, values, answered)


def of_base(base_id, *given):
    table = explain(*given)
    return table[table.base_id == base_id].reset_index(drop=True)


@pytest.mark.parametrize("base_id", ["B000", "B013", "B023", "B039"])
def test_every_point_is_accounted_for(base_id):
    table = explained(base_id)
    total = SCORES.total[base_id]
    assert table.points.sum() == pytest.approx(total, abs=1e-12)
    assert (table.points + table.lost).to_numpy() == pytest.approx(table.max_points.to_numpy())
    assert table.max_points.sum() == pytest.approx(100)
    steps = waterfall(table, SCHEME)
    assert steps.end.iloc[-1] == pytest.approx(total)
    assert steps.points.iloc[:-1].sum() == pytest.approx(total)
    assert steps.start.iloc[2:-1].tolist() == steps.end.iloc[1:-2].tolist()


@pytest.mark.parametrize("base_id", ["B000", "B013", "B023"])
def test_value_bounds_and_weight_give_the_points(base_id):
    """The columns shown are enough to work the points out again."""
    table = explained(base_id)
    for row in table[(table.state == "") & (table.low < table.high)].itertuples():
        x = np.array([row.value, row.low, row.high])
        x = np.log1p(x) if SCHEME.rules[row.code].transform == "log1p" else x
        u = np.clip((x[0] - x[1]) / (x[2] - x[1]), 0, 1)
        u = 1 - u if FIELDS[row.code].adverse else u
        assert u * row.max_points == pytest.approx(row.points, abs=1e-9), row.code


def test_every_value_leads_back_to_its_cell():
    table = explained("B007").set_index("code")
    own = VALUES[VALUES.base_id == "B007"].set_index("code")
    for code in own.index:
        assert (
            table.loc[code, ["file", "sheet", "cell", "raw"]].tolist()
            == own.loc[code, ["file", "sheet", "cell", "raw"]].tolist()
        )
    assert (table.loc[own.index, "state"] == "").all()


def test_missing_and_unreadable_are_told_apart():
    reported = {"B0": {"C04": 3}, "B1": {"C04": 4}}
    values, answered, bases = tables(reported)
    said = pd.DataFrame([["B0", "C06", "B0.xlsx", "报告表", "D9"]], columns=answered.columns)
    answered = pd.concat([answered, said], ignore_index=True)
    points = score_points(values, answered, bases, SCHEME)
    table = of_base("B0", points, bases, bounds_of(values, answered, bases, SCHEME), values, answered).set_index("code")
    assert table.state[["C04", "C06", "C07"]].tolist() == ["", "unreadable", "missing"]
    assert table.loc["C06", ["file", "sheet", "cell"]].tolist() == ["B0.xlsx", "报告表", "D9"]


def test_nothing_is_said_of_a_base_that_is_not_scored():
    for base_id in ("B999", None):
        table = explained(base_id)
        assert table.empty and waterfall(table, SCHEME).empty
        assert one_more(base_id, *ROUND, SCHEME).empty


def test_strengths_and_weaknesses_are_against_the_regions_median():
    table = explained("B005")
    up, down = strengths(table, 100), weaknesses(table, 100)
    assert (up.gap > 0).all() and (down.gap < 0).all() and up.gap.is_monotonic_decreasing
    region = SCORES.region["B005"]
    code = up.code.iloc[0]
    same = POINTS[(POINTS.code == code) & POINTS.base_id.isin(SCORES.index[SCORES.region == region])]
    row = up.iloc[0]
    assert row.peer_median == same.normalised.median() and row.peers == len(same)
    assert row.gap == pytest.approx(row.points - row.max_points * row.peer_median)


def test_what_was_left_empty_is_no_weakness():
    tables_ = [explained(base_id) for base_id in SCORES.index[SCORES.missing > 0][:5]]
    assert any(((table.gap < 0) & (table.state == "missing")).any() for table in tables_)
    assert all((weaknesses(table, 100).state == "").all() for table in tables_)


def test_a_base_without_a_feature_loses_the_special_part_in_one_step():
    round_ = tables({"B0": {"C01": 1}, "B1": {"C01": 0}})
    points = score_points(*round_, SCHEME)
    table = of_base("B0", points, round_[2], bounds_of(*round_, SCHEME), *round_[:2])
    steps = waterfall(table, SCHEME, most=3)
    assert steps.step.tolist() == ["full", "special", "C02", "C03", "others", "total"]
    assert steps.points.tolist()[1] == -20 and steps.end.iloc[-1] == pytest.approx(80 / 12)


@pytest.mark.parametrize("scheme", [SCHEME, schemes.parse(DEFAULT.replace('"zero"', '"reweight"'))])
def test_one_more_unit_brings_what_scoring_again_says(scheme):
    table = one_more("B004", *ROUND, scheme)
    before = score_points(*ROUND, scheme).groupby("base_id").points.sum()["B004"]
    assert set(table.code) <= set(VALUES[VALUES.base_id == "B004"].code)
    for row in table.itertuples():
        step = -1 if FIELDS[row.code].adverse else 1
        assert row.better == row.value + step or row.better == 100
        changed = VALUES.copy()
        changed.loc[(changed.base_id == "B004") & (changed.code == row.code), "value"] = row.better
        after = score_points(changed, ANSWERED, BASES, scheme).groupby("base_id").points.sum()["B004"]
        assert row.gain == pytest.approx(after - before, abs=1e-12)
        assert row.gain >= -1e-12


def test_one_more_leaves_out_what_cannot_be_better():
    values, answered, bases = tables({"B0": {"C01": 1, "C02": 0, "C10a": 0, "C11": 1, "C06": 100}, "B1": {"C06": 99.5}})
    first = one_more("B0", values, answered, bases, SCHEME).set_index("code")
    assert first.index.tolist() == ["C02", "C11"]
    assert first.gain.tolist() == pytest.approx([80 / 12, 80 / 27])
    second = one_more("B1", values, answered, bases, SCHEME).set_index("code")
    assert second.better.to_dict() == {"C06": 100}


def test_the_way_back_ends_at_the_cell_that_was_filled_in(evaluation):
    """Workbooks of the sample round are opened again: what the explanation names stands there."""
    folder = evaluation.round.folder / "submissions"
    looked = 0
    for base_id in evaluation.bases.base_id[::9]:
        table = evaluation.explain(base_id)
        for file, rows in table[table.file.str.endswith(".xlsx")].groupby("file"):
            book = openpyxl.load_workbook(folder / file)
            for row in rows.itertuples():
                written = book[row.sheet][row.cell].value
                assert written is not None, (file, row.cell)
                if isinstance(written, int | float) and not isinstance(written, bool) and row.state == "":
                    percent = "%" in book[row.sheet][row.cell].number_format
                    assert written * (100 if percent else 1) == pytest.approx(row.value), (file, row.cell)
                    looked += 1
    assert looked > 100
