"""A report's folder changes as a whole or not at all."""

import errno
import json
import os
import subprocess
import sys
import threading
import time

import pytest

from ecanalysis import outputs
from ecanalysis.errors import UserError
from ecanalysis.publishing import reports
from ecanalysis.publishing.reports import (
    declare_final,
    done_before,
    note_done,
    read_manifest,
    refuse_what_cannot_change,
    staged,
    write_json,
)


@pytest.fixture
def report(tmp_path):
    folder = tmp_path / "reports" / "2027"
    folder.mkdir(parents=True)
    (folder / "a.html").write_text("old")
    (folder / "sub").mkdir()
    (folder / "sub" / "b.html").write_text("old")
    return folder


def replace(path, text):
    path.with_suffix(".new").write_text(text)
    os.replace(path.with_suffix(".new"), path)


def test_readers_see_the_old_report_until_the_new_one_is_whole(report):
    with staged(report) as copy:
        replace(copy / "a.html", "new")
        (copy / "c.html").write_text("new")
        assert (report / "a.html").read_text() == "old"
        assert not (report / "c.html").exists()
        assert (copy / "sub" / "b.html").read_text() == "old"
    assert (report / "a.html").read_text() == (report / "c.html").read_text() == "new"
    assert (report / "sub" / "b.html").read_text() == "old"
    assert [path.name for path in report.parent.iterdir() if path.name != ".2027.lock"] == ["2027"]


def test_a_first_report_appears_whole(tmp_path):
    with staged(tmp_path / "new" / "2027") as copy:
        (copy / "a.html").write_text("new")
        assert not (tmp_path / "new" / "2027").exists()
    assert (tmp_path / "new" / "2027" / "a.html").read_text() == "new"


def test_after_an_error_the_old_report_stays(report):
    with pytest.raises(ZeroDivisionError), staged(report) as copy:
        replace(copy / "a.html", "new")
        raise ZeroDivisionError
    assert (report / "a.html").read_text() == "old"


def test_without_exchange_of_folders_the_report_is_replaced_and_recovered(report, monkeypatch):
    monkeypatch.setattr(outputs, "exchange", lambda one, other: False)
    with staged(report) as copy:
        replace(copy / "a.html", "new")
    assert (report / "a.html").read_text() == "new"
    assert not (report.parent / ".2027.before").exists()
    report.rename(report.parent / ".2027.before")  # as if killed between the two renames
    with staged(report) as copy:
        assert (copy / "a.html").read_text() == "new"


@pytest.mark.parametrize("code, words", [(errno.ENOSPC, "磁盘已满"), (errno.EROFS, "只读"), (errno.EACCES, "权限")])
def test_a_disk_that_cannot_be_written_is_said_and_the_old_report_stays(report, code, words):
    with pytest.raises(UserError, match=words), staged(report) as copy:
        replace(copy / "a.html", "new")
        raise OSError(code, os.strerror(code))
    assert (report / "a.html").read_text() == "old"


def test_a_file_where_the_folder_should_be_is_said(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UserError, match="不是文件夹"), staged(tmp_path / "out" / "2027"):
        pass


def test_resume_takes_up_what_an_interrupted_run_left(report):
    os.utime(report, (2e9, 2e9))  # whatever the clock says
    with pytest.raises(KeyboardInterrupt), staged(report) as copy:
        replace(copy / "a.html", "half")
        note_done(copy, {"name": "a"})
        note_done(copy, {"name": "b"})
        os.truncate(copy / reports.JOURNAL, (copy / reports.JOURNAL).stat().st_size - 3)
        raise KeyboardInterrupt
    with pytest.raises(ZeroDivisionError), staged(report, resume=True) as copy:
        assert (copy / "a.html").read_text() == "half"
        assert done_before(copy) == [{"name": "a"}]
        raise ZeroDivisionError
    with staged(report) as copy:
        assert (copy / "a.html").read_text() == "old"
        assert done_before(copy) == []


def test_resume_does_not_publish_what_a_killed_run_was_just_writing(report):
    with pytest.raises(KeyboardInterrupt), staged(report) as copy:
        (copy / "sub" / ".b.html.a1b2c3").write_text("hal")
        raise KeyboardInterrupt
    with staged(report, resume=True):
        pass
    assert [path.name for path in (report / "sub").iterdir()] == ["b.html"]
    assert not (report / reports.WORK).exists()


def test_resume_takes_up_neither_a_copy_not_yet_whole_nor_one_of_another_report(report):
    write_json(report / "manifest.json", {"pages": []})
    copy = report.parent / ".2027.next"
    copy.mkdir()
    os.link(report / "manifest.json", copy / "manifest.json")  # killed while copying: b.html is not there yet
    with staged(report, resume=True) as copy:
        assert (copy / "sub" / "b.html").read_text() == "old"
    with pytest.raises(KeyboardInterrupt), staged(report) as copy:
        replace(copy / "a.html", "half")
        raise KeyboardInterrupt
    write_json(report / "manifest.json", {"pages": [], "by": "another machine"})
    with staged(report, resume=True) as copy:
        assert (copy / "a.html").read_text() == "old"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pages": 3}', '{"pages": [{}]}', "[" * 99_999], ids=range(6))
def test_a_damaged_manifest_is_said(report, text):
    (report / "manifest.json").write_text(text)
    with pytest.raises(UserError, match=r"manifest\.json 为空或已损坏"):
        read_manifest(report)


def test_a_report_that_cannot_be_exchanged_is_told_before_the_run(report, tmp_path, monkeypatch):
    refuse_what_cannot_change(report)
    (tmp_path / "2029").symlink_to(report)
    with pytest.raises(UserError, match="是一个链接"):
        refuse_what_cannot_change(tmp_path / "2029")
    monkeypatch.setattr(reports, "mounted", lambda folder: (True, "ext4"))
    with pytest.raises(UserError, match="挂载点"):
        refuse_what_cannot_change(report)
    monkeypatch.setattr(reports, "mounted", lambda folder: (False, "overlay"))
    refuse_what_cannot_change(report)
    assert (report / "a.html").exists()
    monkeypatch.setattr(reports, "exchange", lambda one, other: False)
    with pytest.raises(UserError, match="下层"):
        refuse_what_cannot_change(report)
    assert [path.name for path in report.parent.iterdir()] == ["2027"]


def test_two_runs_take_turns(report):
    told, order = [], []

    def second():
        with staged(report, waiting=lambda: told.append(True)) as copy:
            order.append((copy / "a.html").read_text())

    with staged(report) as copy:
        other = threading.Thread(target=second)
        other.start()
        while not told:
            time.sleep(0.02)
        replace(copy / "a.html", "first")
    other.join()
    assert order == ["first"]


def test_a_run_that_never_ends_is_not_waited_for_forever(report, monkeypatch):
    monkeypatch.setattr(reports, "PATIENCE", 0.3)
    with staged(report), pytest.raises(UserError, match="另一次运行"), staged(report):
        pass


def test_the_lock_goes_with_the_process_that_held_it(report):
    script = (
        "import os\nfrom ecanalysis.publishing.reports import staged\n"
        f"with staged({str(report)!r}) as copy:\n    os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    assert (report / "a.html").read_text() == "old"
    with staged(report) as copy:
        replace(copy / "a.html", "new")
    assert (report / "a.html").read_text() == "new"


def test_a_final_report_is_not_written_again(report):
    pages = [{"name": "00_national", "status": "published"}]
    write_json(report / "manifest.json", {"pages": pages})
    declare_final(report)
    assert "declared" in json.loads((report / "final.json").read_text())
    with pytest.raises(UserError, match="已定稿"), staged(report):
        pass
    assert (report / "a.html").read_text() == "old"


@pytest.mark.parametrize(
    "manifest, words",
    [
        (None, "没有已发布的报告"),
        ({"pages": [{"name": "00_national", "status": "failed"}]}, "1 个页面未生成（00_national）"),
    ],
)
def test_what_is_not_finished_cannot_be_declared_final(report, manifest, words):
    if manifest:
        write_json(report / "manifest.json", manifest)
    with pytest.raises(UserError, match=words):
        declare_final(report)
    assert read_manifest(report) == (manifest or {"pages": []})
