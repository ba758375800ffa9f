"""What several test modules share: the sample rounds, read once a test run."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT


@pytest.fixture(scope="session")
def evaluation():
    """The later sample round, with the earlier one as its history."""
    from ecanalysis import load_round

    return load_round(PROJECT / "data" / "2027", previous=PROJECT / "data" / "2025")
