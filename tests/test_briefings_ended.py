"""Runs of briefings that are killed or meet: what stands at the end is whole."""

import os
import signal
import subprocess
import sys
import time

import pytest
from toys import consistent, files, until

from ecanalysis.publishing.reports import read_manifest

pytestmark = pytest.mark.xdist_group("briefings")  # they share kernels
SCRIPT = """
import sys
from contextlib import nullcontext
from pathlib import Path
from ecanalysis import load_round
from ecanalysis.publishing import planning, briefings
planning.NOTEBOOKS = Path(sys.argv[1])
briefings.kernels = lambda *given: nullcontext(lambda *evaluation: None)  # as the environment says
r = load_round(sys.argv[3], previous=sys.argv[2])
sys.exit(briefings.brief(r, sys.argv[4], only=sys.argv[5:]).status)
"""
ONLY = ["national", "provinces", "T1", "T4"]


@pytest.fixture
def started(small_rounds, notebooks, shared_kernels, tmp_path):
    """Starts a run of some pages in a process of its own."""
    with shared_kernels():
        yield lambda *only: subprocess.Popen(
            [sys.executable, "-c", SCRIPT, *map(str, (notebooks, *small_rounds, tmp_path / "out")), *only]
        )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the signal is a POSIX one")
@pytest.mark.parametrize("when", [0.2, 1.2])
def test_killed_at_any_moment_the_old_report_stands_and_resume_finishes(small, quick, started, tmp_path, when):
    old = quick(small, tmp_path / "out", only=["T1"])
    before = files(old.folder)
    process = started(*ONLY)
    assert until(lambda: (tmp_path / "out" / ".2027.next").exists() or process.poll() is not None)
    time.sleep(when)
    process.send_signal(signal.SIGKILL)
    process.wait()
    now = files(old.folder)
    assert now == before or len(read_manifest(old.folder)["pages"]) == len(ONLY) + 1
    assert consistent(old.folder)
    finished = quick(small, tmp_path / "out", only=ONLY, resume=True)
    assert finished.status == 0 and len(finished.kept) + len(finished.published) == len(ONLY) + 1
    assert consistent(finished.folder)


def test_two_runs_at_once_leave_a_whole_report(small, quick, started, tmp_path):
    other = started("T1", "T4")
    assert until(lambda: (tmp_path / "out" / ".2027.next").exists() or other.poll() is not None)
    assert quick(small, tmp_path / "out", only=["T1", "T4"]).status == other.wait() == 0
    assert len(read_manifest(tmp_path / "out" / "2027")["pages"]) == 2
    assert consistent(tmp_path / "out" / "2027")
