"""What several test modules share: the sample rounds, read once a test run."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def no_work_folder(tmp_path_factory):
    """What a developer keeps in a work folder is no part of what is tested."""
    os.environ["ECANALYSIS_WORK"] = str(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT


@pytest.fixture(scope="session")
def evaluation():
    """The later sample round, with the earlier one as its history."""
    from ecanalysis import load_round

    return load_round(PROJECT / "data" / "2027", previous=PROJECT / "data" / "2025")
