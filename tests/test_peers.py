"""A size far from what its region reports is asked about, in both directions."""

import pandas as pd
import pytest

from ecanalysis.rounds import peers, schemas

YEAR = 2025


def asked(sizes: list[float], code: str = "C16", regions: str = "", year: int = YEAR):
    ids = [f"B{number}" for number in range(len(sizes))]
    rows = [(f"{i}.xlsx", i, code, year, float(size), "", "件", f"{size}", "表", "G3") for i, size in zip(ids, sizes)]
    values = schemas.frame(rows, schemas.VALUES)
    values.insert(0, "base_id", pd.array(ids, dtype="str"))
    bases = pd.DataFrame({"base_id": ids, "region": list(regions or "东" * len(ids))})
    return schemas.OF_ROUND["issues"].validate(peers.check_peers(values, bases, YEAR))


@pytest.mark.parametrize(
    "sizes, expected",
    [
        ([1000, 1000, 1000, 1000, 1_000_000], [("far_above_peers", "B4")]),
        ([1000, 1000, 1000, 1000, 999_999], []),
        ([1000, 1000, 1000, 1000, 1], [("far_below_peers", "B4")]),
        ([1000, 1000, 1000, 1000, 1.1], []),
        ([1000, 1000, 1000, 1000, 0], []),  # nothing is a possible answer
        ([1000, 1000, 1000, 1_000_000], []),  # four bases say little
        ([0, 0, 0, 5, 1_000_000], []),  # half have nothing: there is no size to compare with
        ([], []),
    ],
)
def test_a_size_far_from_its_region_is_asked_about(sizes, expected):
    issues = asked(sizes)
    assert list(zip(issues.kind, issues.base_id)) == expected


def test_peers_are_those_of_the_region_of_the_year_and_of_sizes_alone():
    assert asked([10, 10, 10, 10, 10, 10_000], regions="东东东东东西").empty
    assert asked([1, 9e6, 9e6, 9e6, 9e6], year=YEAR - 1).empty
    assert asked([0.05, 90, 90, 90, 90, 90], code="C08").empty


def test_the_question_says_what_stands_where_and_what_peers_report():
    [issue] = asked([3, 12_000, 12_000, 12_000, 14_000]).itertuples()
    assert (issue.file, issue.code, issue.raw, issue.sheet, issue.cell) == ("B0.xlsx", "C16", "3", "表", "G3")
    assert issue.message.startswith("表!G3，C16 带动快递业务量：实为“3”，为东部5家中位数12,000件的千分之一以下")
