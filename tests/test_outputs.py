"""Tables written as CSV and Parquet."""

import os
import signal
import stat
import subprocess
import sys
import tempfile

import pandas as pd
import pytest

from ecanalysis import outputs

HOSTILE = ["=HYPERLINK(1)", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "-", "－5"]


def test_csv_opens_in_a_spreadsheet_without_running_anything(tmp_path):
    frame = pd.DataFrame({"name": [*HOSTILE, "示例·基地"], "raw": ["-12"] * 8, "value": [-1.5] * 8})
    outputs.write_table(frame, tmp_path, "table", parquet=True)
    content = (tmp_path / "table.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(tmp_path / "table.csv", encoding="utf-8-sig", dtype=str)
    assert back.name.tolist() == ["'" + name for name in HOSTILE[:6]] + ["－5", "示例·基地"]
    assert set(back.raw) == {"-12"}  # a number needs no apostrophe, written as text or not
    assert set(back.value) == {"-1.5"}
    assert pd.read_parquet(tmp_path / "table.parquet").name.tolist() == frame.name.tolist()


def test_private_tables_are_for_their_owner_alone(tmp_path):
    frame = pd.DataFrame({"name": ["示例联系人"]})
    outputs.write_table(frame, tmp_path, "contacts", private=True, parquet=True)
    outputs.write_table(frame, tmp_path, "open")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes["contacts.csv"] == modes["contacts.parquet"] == 0o600
    assert modes["open.csv"] & 0o444 != 0o400


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "scores.csv"
    target.write_text("the old one")
    with pytest.raises(RuntimeError), outputs.written_whole(target) as path:
        path.write_text("half of the new")
        raise RuntimeError
    assert target.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [target]


def test_several_files_take_their_places_together_or_none_does(tmp_path):
    (tmp_path / "scores.csv").write_text("the old one")
    with pytest.raises(OSError), outputs.written_together(tmp_path) as folder:
        outputs.write_table(pd.DataFrame({"total": [1.0]}), folder, "scores")
        raise OSError("no room")
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]
    assert (tmp_path / "scores.csv").read_text() == "the old one"
    with outputs.written_together(tmp_path / "new") as folder:
        outputs.write_table(pd.DataFrame({"total": [1.0]}), folder, "scores")
        outputs.write_table(pd.DataFrame({"rank": [1]}), folder, "ranks")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["ranks.csv", "scores.csv"]


def write(folder, text, names=("a.csv", "b.csv", "c.csv")):
    with outputs.written_together(folder) as aside:
        for name in names:
            (aside / name).write_text(text)


def held(folder) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_a_set_changes_as_one_and_other_files_stay(tmp_path):
    out = tmp_path / "out"
    write(out, "old", names=("a.csv", "b.csv"))
    (out / "别的.txt").write_text("mine")
    os.chmod(out, 0o750)
    write(out, "new")
    assert held(out) == dict.fromkeys(("a.csv", "b.csv", "c.csv"), "new") | {"别的.txt": "mine"}
    assert stat.S_IMODE(out.stat().st_mode) == 0o750
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


KILLED = """
import os, signal, sys
from pathlib import Path
from ecanalysis import outputs
def die(*whatever):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(*{"ready": (outputs, "synced", die), "exchanged": (outputs, "_sync", die)}[sys.argv[2]])
with outputs.written_together(Path(sys.argv[1])) as aside:
    for name in ("a.csv", "b.csv", "c.csv"):
        (aside / name).write_text("new")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the signal is a POSIX one")
@pytest.mark.parametrize("when", ["ready", "exchanged"])
def test_a_killed_run_leaves_one_set_and_the_next_run_clears_up(tmp_path, when):
    write(tmp_path / "out", "old")
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "out"), when], check=False)
    assert len(set(held(tmp_path / "out").values())) == 1
    write(tmp_path / "out", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot hold folders")
def test_what_a_killed_run_worked_on_goes_with_the_next_and_what_a_living_one_does_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    script = "from ecanalysis.outputs import scratch\nwith scratch() as folder:\n    (folder / 'name').touch()\n"
    script += "    print(1, flush=True)\n    input()"
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    run.stdout.readline()
    (tmp_path / "ecanalysis-2027" / "data").mkdir(parents=True)
    (tmp_path / "ecanalysis-scratch-old").mkdir()
    with outputs.scratch() as own:
        assert own.stat().st_mode & 0o777 == 0o700
        assert len(list(tmp_path.glob("*/name"))) == 1, "that run lives"
        run.kill()
        run.wait()
        with outputs.scratch():
            assert own.is_dir() and not list(tmp_path.glob("*/name"))
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert left == ["ecanalysis-2027", "ecanalysis-2027/data", "ecanalysis-scratch-old"], "people's own folders"


def test_where_files_move_one_by_one_a_mark_says_so(tmp_path, monkeypatch):
    write(tmp_path, "old")
    (tmp_path / "folder").mkdir()  # this is no folder of tables alone
    real = os.replace

    def interrupted(source, target):
        if target == tmp_path / "b.csv":
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", interrupted)
        write(tmp_path, "new")
    assert outputs.UNFINISHED in held(tmp_path)
    write(tmp_path, "new")
    assert held(tmp_path) == dict.fromkeys(("a.csv", "b.csv", "c.csv"), "new")


@pytest.mark.parametrize("change", ["set", "folder"])
def test_all_that_is_new_reaches_the_disk_before_it_takes_its_place(tmp_path, monkeypatch, change):
    """What a power cut finds: the order in which files are handed to the disk and folders change."""
    write(tmp_path / "out", "old")
    done = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: done.append(os.fstat(handle).st_ino) or real(handle))
    changed = outputs.take_place
    monkeypatch.setattr(outputs, "take_place", lambda *places: done.append("changes") or changed(*places))
    if change == "set":
        write(tmp_path / "out", "new")
    else:
        with outputs.another_in_place_of(tmp_path / "out") as new:
            os.replace(new / "a.csv", new / "d.csv")
            (new / "a.csv").write_text("new")
    new = {path.stat().st_ino for path in ((tmp_path / "out"), *(tmp_path / "out").iterdir())}
    before = done[: done.index("changes")]
    assert new <= set(before), "files and the folder that names them"
    assert tmp_path.stat().st_ino in done[len(before) :], "then the folder in which it was exchanged"


def test_a_run_that_lives_keeps_what_it_is_writing(tmp_path):
    with outputs.written_together(tmp_path / "out") as aside:
        write(tmp_path / "out", "of another run")
        (aside / "a.csv").write_text("new")
    assert held(tmp_path / "out")["a.csv"] == "new"
