"""What a person meets at the prompt: a summary, completion, near names, and errors that are the real ones."""

import copy
from dataclasses import replace

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from ecanalysis.evaluation import TABLES


def test_an_evaluation_introduces_itself(evaluation):
    said = repr(evaluation)
    assert said.startswith(f"{evaluation.year} 年轮次：参评 {len(evaluation.scores)} 家")
    assert all(name in said for name in TABLES)
    assert "此前轮次：2025" in said and "/" not in said
    assert "此前轮次：无" in repr(evaluation.previous)


def test_tab_offers_tables_and_verbs(evaluation):
    shell = InteractiveShell.instance()
    shell.user_ns["r"] = evaluation
    with provisionalcompleter():
        offered = {one.text.lstrip(".") for one in shell.Completer.completions("r.", 2)}
    assert {*TABLES, "base", "explain", "where", "under", "to_excel", "export", "previous", "year"} <= offered
    with provisionalcompleter():
        columns = {one.text.lstrip(".") for one in shell.Completer.completions("r.scores.", 9)}
    assert {"total", "tier", "groupby", "sort_values"} <= columns


@pytest.mark.parametrize("typed, near", [("score", "scores"), ("watch_list", "watchlist"), ("explane", "explain")])
def test_a_wrong_name_is_answered_with_near_ones(evaluation, typed, near):
    with pytest.raises(AttributeError, match=f"没有“{typed}”；最接近的是 .*{near}"):
        getattr(evaluation, typed)


def test_a_name_like_nothing_is_answered_too(evaluation):
    with pytest.raises(AttributeError, match=r"没有“qqqq”$"):
        evaluation.qqqq  # noqa: B018
    assert not hasattr(evaluation, "_repr_png_")


def test_an_error_inside_a_table_is_not_taken_for_a_wrong_name(evaluation):
    broken = replace(evaluation, scheme=None)
    with pytest.raises(AttributeError, match="NoneType"):
        broken.scores  # noqa: B018


def test_an_evaluation_can_be_copied(evaluation):
    assert copy.copy(evaluation).scores is evaluation.scores


def test_a_cell_is_found_by_what_a_field_is_called(evaluation):
    base_id = evaluation.scores.base_id.iloc[0]
    by_code, by_label = evaluation.where(base_id, "C16"), evaluation.where(base_id, "快递")
    assert by_code.equals(by_label) and len(by_code) >= 1
    assert set(by_code.year.dropna()) <= {evaluation.year, evaluation.year - 1}
    assert evaluation.base(base_id).total.iloc[0] == evaluation.scores.total.iloc[0]
