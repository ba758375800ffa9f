"""What a notebook, another user or a machine may do to a run: it fails alone and named, and leaves nothing behind.

`tests/faults.py` (`make faults`) runs these and all other tests that attack, and counts what was withstood.
"""

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from test_kernels import alive, gone
from toys import outputs, write_notebook, write_rounds

from ecanalysis import config, load_round
from ecanalysis import outputs as outputs_room
from ecanalysis.errors import UserError
from ecanalysis.publishing import kernels as starting
from ecanalysis.publishing import machines
from ecanalysis.publishing.html import html_page
from ecanalysis.publishing.kernels import FORKS, kernels
from ecanalysis.publishing.pages import Page, make_page
from ecanalysis.publishing.planning import safe_name
from ecanalysis.publishing.reports import staged
from ecanalysis.reading.limits import OF_PAGES
from ecanalysis.rounds.round import parse

linux = pytest.mark.skipif(not FORKS, reason="limits of memory and forks are Linux's")
WIDE = "seconds=60,megabytes=1500,output_megabytes=2"
MUCH = "各单元的输出超过限额（共 2 MB）"
# Out of its session, its parents gone, nothing in its environment.
LEAVES = "import subprocess\nleft = subprocess.run('env -i setsid sleep 600 > /dev/null 2>&1 & echo $!', shell=True, "
LEAVES += "stdout=subprocess.PIPE, start_new_session=True).stdout.decode()\nprint(left)"
CELLS = {  # what a cell does, the limits it meets, and what is said of it
    "endless": ("while True: pass", "seconds=2", "运行超过限额（2 秒）"),
    "hog": ("held = []\nwhile True: held.append('x' * 10_000_000)", "megabytes=500", "内存超过限额（500 MB）"),
    # Where it prints faster than is sent on, the kernel's memory may be full before what may be shown is reached: it
    # then ends with a MemoryError or at once. Each of the three messages names the limit that was met.
    "prints": ("while True: print('x' * 100_000)", "megabytes=400,output_megabytes=2", "限额"),
    "prints and waits": ("import time\nwhile True: print('x' * 100_000, flush=True); time.sleep(0.1)", WIDE, MUCH),
    "prints at once": ("import time\nprint('x' * 200_000_000, flush=True)\ntime.sleep(1)", WIDE, "输出超过限额"),
    "dies": ("import os\nos._exit(3)", WIDE, "中途退出"),
    "leaves": (LEAVES, WIDE, ""),
}


def page(folder: Path, name: str, *cells: str) -> Page:
    notebook = write_notebook(folder / f"{name}.ipynb", *cells)
    return Page(name, "national", "", notebook, {}, f"{name}.html", f"{name}.done.ipynb")


def printed(files: dict[str, bytes]) -> int:
    """The number that the last cell of an executed notebook has printed."""
    notebook = next(content for name, content in files.items() if name.endswith(".ipynb"))
    return int(outputs(nbformat.reads(notebook.decode(), as_version=4))[-1]["text"])


@pytest.fixture
def warm(shared_kernels):
    with shared_kernels():
        yield


@linux
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_over_its_limits_fails_its_page_alone(name, warm, tmp_path, monkeypatch):
    source, limits, told = CELLS[name]
    monkeypatch.setenv(OF_PAGES, limits)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made, files = make_page(page(tmp_path, "bad", source))
    assert (made["status"], told in made["message"]) == ("failed" if told else "published", True), made
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 2**10, "it is not taken in here either"
    if not told:  # what it started is gone with the page
        assert not alive(printed(files))
    monkeypatch.setenv(OF_PAGES, WIDE)
    assert make_page(page(tmp_path, "good", "print(1)"))[0]["status"] == "published"


@linux
def test_what_a_kernel_leaves_that_ends_by_itself_ends_too(warm, tmp_path):
    last = f"import os\nopen({str(tmp_path / 'pid')!r}, 'w').write(left)\nos._exit(3)"
    assert make_page(page(tmp_path, "bad", LEAVES, last))[0]["status"] == "failed"
    assert gone(int((tmp_path / "pid").read_text()))


@linux
def test_a_warm_process_that_is_stopped_costs_one_wait(tmp_path, monkeypatch):
    good = page(tmp_path, "good", "import os\nprint(os.getppid())")
    with kernels():
        warm = printed(make_page(good)[1])
        monkeypatch.setattr(starting, "ANSWER", 1)
        os.kill(warm, signal.SIGSTOP)
        assert [make_page(good)[0]["status"] for _ in range(2)] == ["published"] * 2
        assert starting.ADDRESS not in os.environ, "and is not asked again"
    assert not alive(warm)


@linux
def test_a_kernel_whose_starter_is_gone_before_it_has_started_ends(tmp_path):
    script = "from ecanalysis.publishing.warm import start; start()"
    adopted = os.environ | {"JPY_PARENT_PID": "1"}  # by another process than the one that started it
    assert subprocess.run([sys.executable, "-c", script, "-f", str(tmp_path / "c")], env=adopted).returncode == 1


def test_a_pipe_where_a_lock_should_be_is_told(tmp_path):
    os.mkfifo(tmp_path / ".2027.lock")
    with pytest.raises(UserError, match="不是普通文件"), staged(tmp_path / "2027"):
        pass


def as_user(number: int, do) -> int:
    """Do something as another user of the group 54321, in a process of its own; its exit status."""
    if not (child := os.fork()):
        status = 1
        try:
            os.setgroups([])
            os.setgid(54321)
            os.setuid(number)
            os.umask(0o002)
            do()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not FORKS or os.geteuid() != 0, reason="root alone can be two users")
def test_two_users_of_a_shared_folder_replace_and_clear_up_what_the_other_left(monkeypatch):
    def run(killed: bool):
        with outputs_room.scratch() as own, staged(folder / "2027", waiting=lambda: os._exit(2)) as copy:
            (own / "name").touch()
            (copy / "manifest.json").write_text('{"pages": []}')
            if killed:
                os._exit(9)
        with outputs_room.written_together(folder / "tables") as place:
            (place / "a.csv").write_text(str(os.getuid()))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "shared"
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", name)
        os.chmod(name, 0o1777)
        os.chown(folder, 54321, 54321)
        os.chmod(folder, 0o2775)
        for one, other in ((54321, 54322), (54322, 54321)):
            assert as_user(one, lambda: run(killed=True)) == 9
            assert (folder / ".2027.next").is_dir()
            assert as_user(other, lambda: run(killed=False)) == 0
            assert sorted(path.name for path in folder.iterdir()) == [".2027.lock", "2027", "tables"]
            assert (folder / "tables/a.csv").read_text() == str(other)
            assert as_user(one, lambda: run(killed=False)) == 0, "what lay in its temporary folder goes too"
        assert [path.name for path in Path(name).iterdir()] == ["shared"]


@linux
def test_a_pipe_in_the_folder_of_another_run_is_not_waited_for(tmp_path, monkeypatch):
    own = tmp_path / "own"
    monkeypatch.setattr(starting.tempfile, "mkdtemp", lambda prefix, dir: own.mkdir() or own)
    left = tmp_path / f"{starting.PREFIX}left"
    left.mkdir()
    os.mkfifo(left / starting.LOCK)
    os.utime(left, (0, 0))
    with kernels(warm=False):
        assert own.is_dir()


def test_what_is_no_file_neither_holds_up_a_run_nor_fills_memory(tmp_path):
    received = tmp_path / "2027" / "submissions"
    received.mkdir(parents=True)
    for name in ("管道.xlsx", "管道.png", "管道.pdf"):
        os.mkfifo(received / name)
    for name in ("设备.xlsx", "设备.jpg"):
        (received / name).symlink_to("/dev/zero")
    heads = {"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-1.4", "zip": b"PK\3\4" + bytes(30), "doc": b""}
    for kind, head in heads.items():
        (received / f"稀疏.{kind}").write_bytes(head)
        os.truncate(received / f"稀疏.{kind}", 1 << 42)
    (received / "圈").symlink_to(".")
    (received / "断").symlink_to("断")
    (Path(os.fsdecode(os.fsencode(received) + b"/" + "杭州.txt".encode("gbk")))).write_text("无")
    found = parse([received], 2027).files
    assert set(found.status) == {"rejected"} and len(found) == 12 and "杭州.txt" in set(found.file)
    assert found.message.str.contains("不是普通文件").sum() == 5
    assert found.message.str.contains("超过 50 MB").sum() == 4


def endless(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 42)


@pytest.mark.parametrize("put, told", [(os.mkfifo, "不是普通文件"), (endless, "超过")])
def test_a_pipe_in_the_place_of_a_file_of_ours_is_not_waited_for_nor_an_endless_one_read(put, told, tmp_path):
    folder, _ = write_rounds(tmp_path)
    before = load_round(folder).scores
    load_round(folder).write_seal()

    def instead_of(name: str):
        path = folder / name
        kept = path.read_bytes() if path.exists() else None
        path.unlink(missing_ok=True)
        put(path)
        yield path
        path.unlink()
        if kept is not None:
            path.write_bytes(kept)

    for name in ("roster.csv", "corrections.csv", "scheme.toml"):
        for path in instead_of(name):
            with pytest.raises(UserError, match=told):
                load_round(folder, scheme=path if name == "scheme.toml" else None)
    for _ in instead_of("sealed/seal.json"):
        with pytest.raises(UserError, match=r"没有 seal.json|已损坏"):
            load_round(folder)
    for path in instead_of("ecanalysis.toml"):
        with pytest.raises(UserError, match=told):
            config.read(path, "score", {})
    for _ in instead_of(".parsed/manifest.json"):
        pd.testing.assert_frame_equal(load_round(folder).scores, before)


def test_a_scheduler_that_takes_connections_and_says_nothing_is_told_of(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(machines, "CONNECT", 1)
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(UserError, match="没有应答"):
        list(machines.on_cluster(f"tcp://127.0.0.1:{mute.getsockname()[1]}", abs, [1]))


def test_names_that_windows_keeps_for_itself_and_signs_that_nobody_sees():
    assert [safe_name(name) for name in ("CON", "lpt1", "console")] == ["CON_", "lpt1_", "console"]
    from nbformat.v4 import new_markdown_cell, new_notebook

    shown = html_page(new_notebook(cells=[new_markdown_cell("# 简报\n\n甲\u202e园\u200b区")]), "甲\u202e园")
    assert "甲&lt;U+202E&gt;园&lt;U+200B&gt;区" in shown
    assert "：甲&lt;U+202E&gt;园</title>" in shown


@linux
def test_a_full_disk_is_told_by_every_command_that_writes_a_workbook(tmp_path):
    script = (
        "import resource, signal, sys\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\nfrom ecanalysis.cli import app\napp(sys.argv[1:])"
    )
    # -B: what it imports first would be left compiled by half, and break every import after it.
    command = [sys.executable, "-B", "-c", script, "template", str(tmp_path / "x.xlsx"), "--year", "2027"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, "不能写入" in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr
    assert not list(tmp_path.iterdir())
