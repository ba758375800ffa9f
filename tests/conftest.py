"""What several test modules share: the sample rounds, read once a test run."""

import gc
import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from toys import quick_notebooks, write_rounds

PROJECT = Path(__file__).resolve().parent.parent
# The same examples on every run, and none of them against a clock: a busy or slow machine finds what a quick one does.
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what one of the hundreds of processes compiles the next one finds


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than the machine computes with: about a fifth of the time a test waits for a kernel or a browser."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Tests and libraries stay to the end: to look through them all for garbage took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


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


@pytest.fixture(scope="session")
def small_rounds(tmp_path_factory) -> list[Path]:
    """The folders of two rounds of seven bases, one of them with a hostile name; not to be written to."""
    return write_rounds(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def small(small_rounds):
    """The later of the two small rounds, with the earlier one as its history."""
    from ecanalysis import load_round

    return load_round(small_rounds[1], previous=small_rounds[0])


@pytest.fixture(scope="session")
def shared_kernels():
    """What stands in for `briefings.kernels`: kernels come from one warm process for all runs of small notebooks.

    They read the rounds themselves: no run's evaluation is handed to the process that all share.
    """
    from ecanalysis.publishing.kernels import kernels

    before = dict(os.environ)
    with kernels():
        added = {name: value for name, value in os.environ.items() if before.get(name) != value}
        os.environ.clear()
        os.environ.update(before)

        @contextmanager
        def shared(environment=None, warm=True, notebooks=()):
            with pytest.MonkeyPatch.context() as patch:
                for name, value in {**(environment or {}), **added}.items():
                    patch.setenv(name, value)
                yield lambda evaluation, scheme: None

        yield shared


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """Three quick notebooks in the place of the suite's."""
    folder = quick_notebooks(tmp_path / "notebooks")
    monkeypatch.setattr("ecanalysis.publishing.planning.NOTEBOOKS", folder)
    return folder


@pytest.fixture
def quick(notebooks, shared_kernels, monkeypatch):
    """A run that starts no warm process of its own."""
    from ecanalysis.publishing import briefings

    monkeypatch.setattr(briefings, "kernels", shared_kernels)
    return briefings.brief
