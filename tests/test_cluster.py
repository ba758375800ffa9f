"""Work handed to a Dask cluster comes back as it would from here, whatever workers are lost on the way."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

import errands
import pandas as pd
import pytest
from toys import BASE, PATIENCE, PROVINCE, files, until, write_notebook, write_rounds
from typer.testing import CliRunner

from ecanalysis import load_round
from ecanalysis.errors import UserError
from ecanalysis.publishing import briefings, machines, planning
from ecanalysis.publishing.machines import Cluster, Lost, on_cluster
from ecanalysis.publishing.reports import read_manifest
from ecanalysis.rounds import cache
from ecanalysis.rounds import round as rounds

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.xdist_group("cluster")
WORKERS = 2


@pytest.fixture(scope="module")
def local():
    """A cluster of several worker processes on this machine; `errands` can be imported in all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))
        with distributed.LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", silence_logs=50
        ) as running:
            yield running


@pytest.fixture
def address(local, monkeypatch):
    for name in ("CONNECT", "PATIENCE"):
        monkeypatch.setattr(machines, name, PATIENCE)
    cache.source_text.cache_clear()  # the program may have been edited since this test run began
    with distributed.Client(local, set_as_default=False) as client:
        client.wait_for_workers(WORKERS, timeout=PATIENCE)
    return local.scheduler_address


def results(*arguments, **options) -> dict:
    return dict(on_cluster(*arguments, **options))


def test_every_item_is_done_once(address):
    assert results(address, errands.square, range(10)) == {number: number * number for number in range(10)}
    assert results(address, errands.square, []) == {}


def test_a_process_is_prepared_before_it_works(address):
    assert results(address, errands.word_prepared, [0], partial(errands.prepared, "好")) == {0: "好"}


def test_the_item_of_a_lost_worker_is_done_elsewhere(address, tmp_path):
    items = [(number, tmp_path / str(number)) for number in range(2)]
    assert results(address, errands.square_but_worker_dies_once, items) == {0: 0, 1: 1}
    assert {path.read_text() for path in tmp_path.iterdir()} == {"begun\n" * 2}


def test_an_item_that_ends_every_process_is_given_up_after_some_tries(address):
    assert results(address, errands.square_unless_two, range(4)) == {0: 0, 1: 1, 2: Lost(), 3: 9}


def test_what_is_raised_there_is_raised_here(address):
    with pytest.raises(RuntimeError, match="ValueError: 没有 7"):
        results(address, errands.fail, [7])


def test_workers_with_another_program_are_refused(address, monkeypatch):
    here = machines._origin()
    monkeypatch.setattr(machines, "_origin", lambda: {**here, "ecanalysis": "0", "pandas": "0.1"})
    with pytest.raises(UserError, match="程序或依赖库与本机不同（ecanalysis、pandas）"):
        results(address, errands.square, [1])


def test_workers_that_do_not_see_the_folder_are_refused(address, tmp_path, monkeypatch):
    monkeypatch.setattr(machines, "_seen", lambda path: "folder")
    with pytest.raises(UserError, match=r"看不到相同的 .*nowhere"):
        results(address, errands.square, [1], shared=[tmp_path / "nowhere"])


def test_a_cluster_without_workers_is_given_up(monkeypatch):
    monkeypatch.setattr(machines, "PATIENCE", 1)
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as empty,
        pytest.raises(UserError, match="没有可用的工作进程"),
    ):
        results(empty.scheduler_address, errands.square, [1])


def test_a_cluster_that_ends_on_the_way_is_said():
    running = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", silence_logs=50
    )
    with running, pytest.raises(UserError, match="连接中断"):
        for _ in on_cluster(running.scheduler_address, errands.slow_square, range(500)):
            running.close()


def test_files_are_read_on_the_cluster_as_here(address, project, tmp_path):
    paths = [project / "data" / "2025" / "submissions" / name for name in ("浙江", "湖北", "江苏")]
    here, there = rounds.parse(paths, 2025), rounds.parse(paths, 2025, Cluster(address))
    assert len(there.files) > 25  # more than one share
    for name in ("files", "values", "issues", "bases", "contacts", "answered"):
        pd.testing.assert_frame_equal(getattr(there, name), getattr(here, name))


def test_pages_made_on_the_cluster_are_the_same_though_a_worker_is_killed(
    local, address, shared_kernels, tmp_path, monkeypatch
):
    folders = write_rounds(tmp_path / "data")
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    shown = "from ecanalysis import load_round\nr = load_round(round_year, previous=previous_year)\nr.scores"
    write_notebook(notebooks / "00_national.ipynb", shown)
    write_notebook(notebooks / "01_broken.ipynb", "1 / 0")
    write_notebook(notebooks / "base.ipynb", "import time\ntime.sleep(0.5)\nprint(base_id)", parameters=BASE)
    write_notebook(notebooks / "province.ipynb", "print(province_name)", parameters=PROVINCE)
    monkeypatch.setattr(planning, "NOTEBOOKS", notebooks)
    r = load_round(folders[1], previous=folders[0], executor=Cluster(address))
    only = ["national", "浙江", "T1", "T2", "T4"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(briefings, "kernels", shared_kernels)
        here = briefings.brief(r, tmp_path / "here", only=only)
    killed = []

    def kill_one(done: int, total: int) -> None:
        if done == 1:
            killed.append(local.workers[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    there = briefings.brief(r, tmp_path / "there", only=only, executor=Cluster(address, kill_one))
    assert killed and until(lambda: local.workers[0].pid not in (None, *killed)), "another takes its place"
    assert set(there.published) == set(here.published) and len(there.published) == 5
    assert there.failed == here.failed == {"01_broken": "第 3 个代码单元出错：ZeroDivisionError: division by zero"}
    assert read_manifest(there.folder)["pages"][0].keys() == read_manifest(here.folder)["pages"][0].keys()
    made, made_here = files(there.folder), files(here.folder)
    assert set(made) == set(made_here)
    pages = [name for name in made if name.endswith((".html", ".ipynb")) and name not in (*briefings.FRONT, FAILED)]
    assert len(pages) == 2 * len(there.published)
    assert [name for name in pages if made[name] != made_here[name]] == []


FAILED = "failed/01_broken.ipynb"  # kept as Papermill left it, with its times


def test_without_the_extra_it_says_what_to_install(monkeypatch, tmp_path):
    from ecanalysis.cli import app

    monkeypatch.setitem(sys.modules, "distributed", None)
    folder = write_rounds(tmp_path)[1]
    line = ["parse", str(folder), "--year", "2027", "--out", str(tmp_path / "out"), "--scheduler", "tcp://127.0.0.1:1"]
    told = CliRunner().invoke(app, line)
    assert told.exit_code == 2
    assert "pip install distributed" in told.stderr
    assert not (tmp_path / "out").exists()


def test_a_scheduler_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setattr(machines, "CONNECT", 1)
    with pytest.raises(UserError, match=r"连不上计算集群 tcp://127\.0\.0\.1:1.*(after 1 s|：1 秒内没有应答)$"):
        results("tcp://127.0.0.1:1", errands.square, [1])
