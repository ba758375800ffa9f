"""Rounds found by year or by folder, from any working folder."""

import os

import pytest

from ecanalysis import paths
from ecanalysis.errors import UserError


def test_a_year_is_found_from_any_folder_below(tmp_path, monkeypatch):
    monkeypatch.delenv("ECANALYSIS_ROUNDS", raising=False)
    (tmp_path / "data" / "2031").mkdir(parents=True)
    (tmp_path / "notebooks" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks" / "deep")
    assert paths.round_folder(2031) == (tmp_path / "data" / "2031").resolve()


def test_the_rounds_a_command_was_given_come_first(tmp_path, monkeypatch):
    for place in ("a/2031", "b/data/2031"):
        (tmp_path / place).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "b")
    monkeypatch.setenv(
        "ECANALYSIS_ROUNDS", os.pathsep.join([str(tmp_path / "elsewhere" / "2029"), str(tmp_path / "a" / "2031")])
    )
    assert paths.round_folder("2031") == (tmp_path / "a" / "2031").resolve()


@pytest.mark.parametrize(
    "which, complaint", [(1999, "找不到 1999"), ("no/such/2031", "找不到轮次文件夹"), (".", "以报告期年份命名")]
)
def test_what_is_not_there_is_said(which, complaint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=complaint):
        paths.round_folder(which)


def test_the_work_folder_is_that_of_the_folder_one_is_in(tmp_path, monkeypatch):
    """Beside the notebooks, as `ecanalysis lab FOLDER` makes it; a folder that is only called so is not it."""
    monkeypatch.delenv("ECANALYSIS_WORK")
    (tmp_path / "work" / "deeper").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work" / "deeper")
    assert paths.work_folder() == paths.PROJECT / "work"
    (tmp_path / "notebooks").mkdir()
    assert paths.work_folder() == tmp_path / "work"
    assert paths.environment([], None)["ECANALYSIS_WORK"] == str(tmp_path / "work")
