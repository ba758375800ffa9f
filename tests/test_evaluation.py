"""One evaluation at the prompt: found by name, from a score to the submitted cell, wrong names answered."""

import pandas as pd
import pytest

from ecanalysis import load_round
from ecanalysis.errors import UserError


def test_from_a_total_to_the_submitted_cell(evaluation, project):
    """What explain says of a field is what openpyxl, another reader, finds in the file it names."""
    import openpyxl

    base_id = evaluation.values[evaluation.values.file.str.endswith(".xlsx")].base_id.iloc[0]
    explained = evaluation.explain(base_id)
    total = evaluation.scores.set_index("base_id").total[base_id]
    assert explained.points.sum() == pytest.approx(total, abs=1e-9)
    book = openpyxl.load_workbook(project / "data" / "2027" / "submissions" / explained.file.iloc[0], data_only=True)
    numbers = explained[explained.value.notna() & (explained.value > 1)]
    assert len(numbers) > 5
    for row in numbers.itertuples():
        cell = book[row.sheet][row.cell]
        factor = 100 if "%" in cell.number_format else 1
        assert float(cell.value) * factor == pytest.approx(row.value), (row.code, row.cell)


def test_a_base_is_found_by_id_part_of_its_name_or_alias(evaluation):
    roster = evaluation.roster
    row = roster.iloc[0]
    assert evaluation.find(row.base_id.lower()) == row.base_id
    assert evaluation.find(row["name"]) == row.base_id
    renamed = roster[roster.aliases != ""].iloc[0]
    assert evaluation.find(renamed.aliases.split(";")[0]) == renamed.base_id


def test_wrong_names_are_answered_with_near_ones(evaluation):
    name = evaluation.roster.name.iloc[0]
    with pytest.raises(UserError, match=evaluation.roster.base_id.iloc[0]):
        evaluation.find(name[:-1] + "馆")
    with pytest.raises(UserError, match="可指"):
        evaluation.find("示例")
    with pytest.raises(UserError, match="C16"):
        evaluation.where(evaluation.roster.base_id.iloc[0], "c16x")
    silent = evaluation.not_submitted.base_id.iloc[0]
    with pytest.raises(UserError, match="未参评"):
        evaluation.explain(silent)


def test_tables_are_shown_in_chinese_and_stay_plain_underneath(evaluation):
    html = evaluation.scores._repr_html_()
    assert "区域名次" in html and "bottom_three" not in html
    derived = evaluation.scores.groupby("region")[["total"]].mean()
    assert isinstance(derived, pd.DataFrame) and list(derived.columns) == ["total"]
    assert ">东部<" in derived._repr_html_() and "区域" in derived._repr_html_()


def test_rounds_are_given_oldest_first(project):
    data = project / "data"
    with pytest.raises(UserError, match="由早到晚"):
        load_round(data / "2025", previous=data / "2027")
    with pytest.raises(UserError, match="由早到晚"):
        load_round(data / "2027", previous=[data / "2025", data / "2025"])


def test_a_first_round_has_no_predecessor(project):
    first = load_round(project / "data" / "2025")
    assert first.previous is None
    assert set(first.scores.region) == {"东", "中", "西"}
