"""Warm kernels do what ordinary ones do, faster, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import papermill
import pytest
from toys import PATIENCE, outputs, until, write_notebook

from ecanalysis.publishing import kernels as starting
from ecanalysis.publishing.kernels import ADDRESS, FORKS, kernels

forks = pytest.mark.skipif(not FORKS, reason="kernels are forked on Linux only")
CHART = (
    "from ecanalysis import draw, show\nfrom ecanalysis.presenting import charts\nimport pandas as pd\n"
    "frame = pd.DataFrame({'区域': ['东部', '西部'], '家数': [12, 3]})\nshow(frame, 'bases', '家数')",
    "figure, axes = charts.canvas()\naxes.bar(frame.区域, frame.家数)\n"
    "draw(figure, 'bars', '东部最多', '家数', '东部12家，西部3家', '示例')",
    "import seaborn as sns\nsns.set_theme()\nsns.barplot(frame, x='区域', y='家数')",
    "import matplotlib.pyplot as plt\nplt.plot([3, 1]);",
    "import os, sys\nprint(os.environ['OMP_NUM_THREADS'], sys.path[0] == os.getcwd(), sys.argv[1], __name__)",
)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A warm process that is slow, on a busy machine, is not given up for the ordinary way."""
    monkeypatch.setattr(starting, "ANSWER", PATIENCE)


def run(notebook: Path):
    return papermill.execute_notebook(str(notebook), None, progress_bar=False, shutdown_kernel="immediate")


def said(notebook: Path) -> str:
    return outputs(run(notebook))[-1]["text"].strip()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").exists() is False or Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def gone(pid: int) -> bool:
    return until(lambda: not alive(pid))


def test_warm_and_ordinary_kernels_show_the_same_whatever_the_user_has_set(tmp_path, monkeypatch):
    notebook = write_notebook(tmp_path / "a.ipynb", *CHART)
    with kernels():
        warm = outputs(run(notebook))
    (tmp_path / "matplotlibrc").write_text("figure.dpi: 60\naxes.facecolor: black\ntext.usetex: True\n")
    (tmp_path / "startup.py").write_text("import matplotlib, pandas\nmatplotlib.rcParams['figure.dpi'] = 50\n")
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path / "matplotlibrc"))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "startup.py"))
    with kernels(warm=False):
        ordinary = outputs(run(notebook))
    with kernels():
        assert outputs(run(notebook)) == warm
    assert warm == ordinary
    pictures = ["image/png" in output["data"] for output in warm[1:-1]]
    assert pictures == [False, True, False, True, True], "a figure's finding stands above it"
    assert not [output for output in warm if "missing from" in output.get("text", "")], "no sign without type"


@forks
def test_kernels_come_from_the_warm_process_with_what_notebooks_import_and_draw_alike_on_every_run(tmp_path):
    code = (
        "import os, random, sys\nwarm = 'seaborn' in sys.modules\nimport numpy\n"
        "print(warm, os.getppid(), random.random(), numpy.random.random())"
    )
    notebook = write_notebook(tmp_path / "a.ipynb", code)
    late = write_notebook(tmp_path / "late.ipynb", "get_ipython().banner;", code)  # asked once more if it is ready
    asking = write_notebook(tmp_path / "b.ipynb", "%magic is passed over", "import seaborn")
    with kernels(notebooks=[asking]):
        one, other = said(notebook).split(), said(late).split()
    assert one[0] == other[0] == "True"
    assert one[1] == other[1]
    with kernels():
        os.kill(int(said(notebook).split()[1]), signal.SIGKILL)
        ordinary = said(notebook).split()
    assert one[2:] == other[2:] == ordinary[2:], "review runs it again"


@forks
def test_without_the_warm_process_kernels_start_the_ordinary_way(tmp_path):
    notebook = write_notebook(tmp_path / "a.ipynb", "import os\nprint(os.getppid())")
    with kernels():
        warm = int(said(notebook))
        os.kill(warm, signal.SIGKILL)
        assert gone(warm)
        assert int(said(notebook)) == os.getpid()


def test_nothing_stays_behind(tmp_path):
    before = dict(os.environ)
    notebook = write_notebook(tmp_path / "a.ipynb", "import os\nprint(os.getpid(), os.environ['JUPYTER_RUNTIME_DIR'])")
    with kernels({"ECANALYSIS_ROUNDS": "somewhere"}):
        assert os.environ["ECANALYSIS_ROUNDS"] == "somewhere"
        pid, folder = said(notebook).split()
        assert gone(int(pid))
        assert Path(folder).exists()
    assert dict(os.environ) == before
    assert ADDRESS not in os.environ
    assert not Path(folder).exists()


def test_a_users_own_settings_do_not_reach_the_kernel(tmp_path, monkeypatch):
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("surprise = 1")
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text('{"argv": ["false"], "display_name": "mine", "language": "python"}')
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    notebook = write_notebook(tmp_path / "a.ipynb", "import sys\nprint(sys.executable, 'surprise' in globals())")
    for warm in (True, False):
        with kernels(warm=warm):
            assert said(notebook) == f"{sys.executable} False"


@pytest.mark.parametrize("warm", [True, False])
def test_nothing_is_imported_from_where_the_command_is_given(tmp_path, monkeypatch, warm):
    """A reviewer may stand in the folder that a forger handed over."""
    here = tmp_path / "handed over"
    (here / "ecanalysis").mkdir(parents=True)
    for name in ("ecanalysis/__init__", "json", "seaborn", "colorsys", "wave"):
        (here / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})")
    notebook = write_notebook(tmp_path / "a.ipynb", "import wave, colorsys, seaborn, ecanalysis\nprint('so')")
    monkeypatch.chdir(here)
    with kernels(warm=warm):
        assert said(notebook) == "so"
    assert not (tmp_path / "ran").exists()


@forks
def test_kernels_end_when_the_run_is_killed(tmp_path):
    mark = tmp_path / "pid"
    notebook = write_notebook(
        tmp_path / "a.ipynb",
        "import os, time\nfolder = os.environ['JUPYTER_RUNTIME_DIR']\n"
        f"open({str(mark)!r}, 'w').write(f'{{os.getpid()}} {{folder}}')\ntime.sleep(600)",
    )
    script = (
        "import papermill\nfrom ecanalysis.publishing.kernels import kernels\n"
        f"with kernels():\n    papermill.execute_notebook({str(notebook)!r}, None, progress_bar=False)"
    )
    process = subprocess.Popen([sys.executable, "-c", script])
    assert until(lambda: process.poll() is not None or (mark.exists() and mark.read_text()))
    process.kill()
    process.wait()
    pid, folder = mark.read_text().split()
    assert gone(int(pid))
    assert until(lambda: not Path(folder).parent.exists())


def test_kernels_started_side_by_side_do_not_disturb_each_other(shared_kernels, tmp_path):
    notebooks = [write_notebook(tmp_path / f"{place}.ipynb", f"print({place})") for place in range(16)]
    with shared_kernels(), ThreadPoolExecutor(8) as pool:
        assert list(pool.map(said, notebooks)) == [str(place) for place in range(16)]


def test_where_names_of_sockets_would_be_too_long_kernels_start_the_ordinary_way(tmp_path, monkeypatch):
    monkeypatch.setattr("ecanalysis.publishing.kernels.SOCKET_PATH_LIMIT", 10)
    notebook = write_notebook(tmp_path / "a.ipynb", "import os\nprint(os.getppid())")
    with kernels():
        assert int(said(notebook)) == os.getpid()


@forks
def test_what_a_killed_run_left_is_cleared_up_and_a_living_ones_is_not():
    import fcntl

    left, living = (Path(tempfile.mkdtemp(prefix="ec-kernels-", dir="/tmp")) for _ in range(2))
    (left / "alive").touch()
    with open(living / "alive", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for folder in (left, living):  # other runs clear up in the same place as soon as they are old
            os.utime(folder, (0, 0))
        with kernels(warm=False):
            pass
        assert not left.exists() and living.exists()
    with kernels(warm=False):
        pass
    assert not living.exists()
