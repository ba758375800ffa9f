"""One run makes every page a round owes: real rounds and kernels, small notebooks."""

import dataclasses
import errno
import json
import os
import re
import shutil
import zipfile
from html import unescape
from pathlib import Path

import nbformat
import pytest
from toys import BASE, PERSON, consistent, files, quick_notebooks, write_notebook, write_rounds

from ecanalysis import load_round, paths
from ecanalysis.errors import UserError
from ecanalysis.presenting.workbook import SCORES
from ecanalysis.publishing import briefings, planning
from ecanalysis.publishing import html as publish
from ecanalysis.publishing.briefings import brief
from ecanalysis.publishing.reports import read_manifest, write_manifest
from ecanalysis.publishing.review import review
from ecanalysis.reading.files import LocalPool
from ecanalysis.reading.limits import VARIABLE
from ecanalysis.rounds import seals

pytestmark = pytest.mark.xdist_group("briefings")  # one process makes what they share
NAMES = (
    "from ecanalysis import load_round, show\n"
    "r = load_round(round_year, previous=previous_year)\n"
    "show(r.scores[['name', 'tier']], 'tiers', '档次')"
)


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    return write_rounds(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def evaluation(rounds):
    """The later round; what is computed of it for one test is there for the next."""
    return load_round(rounds[1], previous=rounds[0])


@pytest.fixture
def sealed_folder(rounds):
    """Where the later round is sealed, for a test that does so: no other finds it sealed."""
    yield rounds[1] / seals.FOLDER
    shutil.rmtree(rounds[1] / seals.FOLDER)


@pytest.fixture(scope="module")
def whole(evaluation, shared_kernels, tmp_path_factory):
    """A whole report of the quick notebooks, its Word papers with it; not to be written to."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "NOTEBOOKS", quick_notebooks(folder / "notebooks"))
        patch.setattr(briefings, "kernels", shared_kernels)
        return brief(evaluation, folder / "out", docx=True).folder


@pytest.fixture
def there(whole, tmp_path):
    """The whole report where a run of this test would have left it."""
    return shutil.copytree(whole, tmp_path / "out" / "2027")


def test_a_run_publishes_every_page_beside_its_executed_notebook(evaluation, notebooks, tmp_path):
    write_notebook(notebooks / "01_names.ipynb", NAMES)
    seen = []
    run = brief(
        evaluation, tmp_path / "out", executor=LocalPool(progress=lambda done, total: seen.append((done, total)))
    )
    assert (run.status, len(run.published), run.failed) == (0, 10, {})
    assert seen == [(done, 10) for done in range(11)]
    made = files(run.folder)
    front = {"index.html", "explore.html", "manifest.json", "brief.log", "得分工作簿.xlsx"}
    assert front | {"00_national.html", "00_national.ipynb"} <= set(made)
    assert {
        "provinces/浙江/浙江.html",
        "provinces/浙江/退回补正清单_浙江.xlsx",
        "executed/provinces/浙江.ipynb",
    } <= set(made)
    assert {"provinces/湖北/T4_示例·_b_丁_b_园区.html", "executed/bases/T4.ipynb"} <= set(made)
    assert not [name for name in made if "T3" in name], "T3 sent nothing and is owed no page"
    assert b"failed" not in b"".join(name.encode() for name in made)
    assert "示例·&lt;b&gt;丁&lt;/b&gt;园区" in made["01_names.html"].decode()
    manifest = json.loads(made["manifest.json"])
    assert manifest["year"] == 2027 and manifest["previous"] == [2025]
    sent = [f"submissions/T{n}.xlsx" for n in (1, 2, 4, 5, 6)] + ["submissions/T7 〔联系方式〕 〔联系方式〕.xlsx"]
    assert set(manifest["rounds"]["2027"]["files"]) == {"roster.csv", *sent}
    assert all(page["seconds"] > 0 for page in manifest["pages"])
    assert consistent(run.folder)


def test_a_plain_chart_is_published_and_asked_for_words(evaluation, notebooks, quick, tmp_path):
    chart = "import ecanalysis, seaborn as sns\nsns.set_theme()\nsns.barplot(x=['东部', '西部'], y=[3, 4]);"
    write_notebook(notebooks / "50_own.ipynb", "x = 1", chart)
    said = []
    run = quick(evaluation, tmp_path / "out", only=["50_own"], say=said.append)
    page = (run.folder / "50_own.html").read_text("utf-8")
    assert (run.status, page.count('src="data:image/png')) == (0, 1)
    assert "<pre" not in page.split("<details")[0], "no text in the chart's place, no complaint of a missing sign"
    assert said == ["全国 50_own：第 3 个代码单元的图没有替代文字，看不见图的人读不到；可改用 draw(…, alt=…)"]


def test_the_same_inputs_give_the_same_bytes_and_nothing_of_the_machine(evaluation, notebooks, tmp_path):
    write_notebook(notebooks / "01_names.ipynb", NAMES)
    one = brief(evaluation, tmp_path / "one", only=["national", "T1"])
    other = brief(evaluation, tmp_path / "other", only=["national", "T1"], warm=False)
    made, again = files(one.folder), files(other.folder)
    for name in ("01_names.html", "01_names.ipynb", "executed/bases/T1.ipynb"):
        assert made[name] == again[name]
        for trace in (str(tmp_path), str(paths.PROJECT), str(Path.home()), "papermill"):
            assert trace not in made[name].decode()


def test_a_misspelt_parameter_is_refused_and_nothing_written(evaluation, quick, tmp_path):
    with pytest.raises(UserError, match="没有参数“brokn”（最接近的是 broken）"):
        quick(evaluation, tmp_path / "out", parameters={"brokn": True})
    assert not (tmp_path / "out" / "2027").exists()


@pytest.mark.parametrize(
    "fault, words",
    [
        ({"broken": True}, "第 4 个代码单元出错：AssertionError: 有意出错"),
        ({"dies": True}, "未能生成页面：执行笔记本的进程中途退出"),
    ],
)
def test_a_notebook_that_fails_publishes_nothing_and_is_kept(evaluation, quick, tmp_path, fault, words):
    said = []
    run = quick(evaluation, tmp_path / "out", only=["national", "T1"], parameters=fault, say=said.append)
    assert run.status == 1 and run.published == ["base-T1"]
    assert words in run.failed["00_national"] and words in said[0]
    made = files(run.folder)
    assert "00_national.html" not in made and "00_national.ipynb" not in made
    assert "provinces/浙江/T1_示例·甲园区.html" in made
    assert "failed/00_national.ipynb" in made
    assert words.split("：")[0] in made["index.html"].decode()


def test_after_a_failure_the_older_page_stays_and_success_clears_the_failure(evaluation, quick, tmp_path):
    first = quick(evaluation, tmp_path / "out", only=["national"])
    before = files(first.folder)["00_national.html"]
    second = quick(evaluation, tmp_path / "out", only=["national"], parameters={"broken": True})
    assert second.status == 1
    assert files(second.folder)["00_national.html"] == before
    assert "仍为此前生成的页面" in files(second.folder)["index.html"].decode()
    third = quick(evaluation, tmp_path / "out", only=["national"])
    assert third.status == 0 and not [name for name in files(third.folder) if name.startswith("failed")]


def test_a_notebook_that_cannot_be_read_fails_alone(evaluation, notebooks, quick, tmp_path):
    (notebooks / "province.ipynb").write_text("{ half a notebook")
    run = quick(evaluation, tmp_path / "out", only=["provinces", "T1"])
    assert set(run.failed) == {"province-浙江", "province-湖北"} and run.published == ["base-T1"]


def test_resume_does_only_what_is_missing_failed_or_stale(rounds, evaluation, quick, tmp_path):
    only = ["national", "浙江", "T1"]
    run = quick(evaluation, tmp_path / "out", only=only, parameters={"broken": True})
    assert run.failed
    assert quick(evaluation, tmp_path / "out", only=only, resume=True).published == ["00_national"]
    made = (run.folder / SCORES).stat().st_mtime_ns
    assert quick(evaluation, tmp_path / "out", only=only, resume=True).published == []
    assert (run.folder / SCORES).stat().st_mtime_ns == made, "what is right is kept"
    (run.folder / "executed" / "bases" / "T1.ipynb").unlink()
    (run.folder / "provinces" / "浙江" / "浙江.html").write_text("另一页")
    assert set(quick(evaluation, tmp_path / "out", only=only, resume=True).published) == {"base-T1", "province-浙江"}
    corrections = rounds[0] / "corrections.csv"
    corrections.write_text("base_id,code,year,value,reason\nT1,C04,2025,12,核对\n", "utf-8")
    try:
        changed = load_round(rounds[1], previous=rounds[0])
        assert len(quick(changed, tmp_path / "out", only=only, resume=True).published) == 3
        assert (run.folder / SCORES).stat().st_mtime_ns != made
    finally:
        corrections.unlink()


def test_other_limits_of_a_file_make_pages_stale(evaluation, quick, tmp_path, monkeypatch):
    assert quick(evaluation, tmp_path / "out", only=["T1"]).published == ["base-T1"]
    assert quick(evaluation, tmp_path / "out", only=["T1"], resume=True).published == []
    monkeypatch.setenv(VARIABLE, "cells=5000")
    assert quick(evaluation, tmp_path / "out", only=["T1"], resume=True).published == ["base-T1"]


def test_a_notebook_of_ones_own_without_parameters_runs_as_it_is_and_that_is_told(
    evaluation, quick, tmp_path, monkeypatch
):
    monkeypatch.setenv("ECANALYSIS_WORK", str(tmp_path))
    write_notebook(tmp_path / "50_own.ipynb", "print(1)")
    write_notebook(tmp_path / "51_wrong.ipynb", "from ecanalysis.errors import UserError\nraise UserError('写错了')")
    for name in ("50_own", "51_wrong"):
        book = nbformat.read(tmp_path / f"{name}.ipynb", 4)
        book.cells = [cell for cell in book.cells if "parameters" not in cell.metadata.get("tags", [])]
        nbformat.write(book, tmp_path / f"{name}.ipynb")
    said = []
    run = quick(evaluation, tmp_path / "out", only=["50_own", "51_wrong"], say=said.append)
    assert run.published == ["50_own"] and [
        line for line in said if "50_own：没有参数格，年份以笔记本中写明的为准" in line
    ]
    assert run.failed == {"51_wrong": "第 1 个代码单元出错：写错了"}


def test_a_final_report_seals_its_round_and_stays_as_it_is(evaluation, quick, whole, there, sealed_folder, tmp_path):
    run = quick(evaluation, tmp_path / "out", resume=True, final=True)
    sealed = seals.read_seal(evaluation.round.folder)
    assert sealed.scores.total.tolist() == evaluation.scores.total.tolist()
    before = files(run.folder)
    with pytest.raises(UserError, match="已定稿"):
        quick(evaluation, tmp_path / "out", only=["T1"])
    assert files(run.folder) == before
    # Sealed already: again where nothing is otherwise, refused where something is.
    shutil.copytree(whole, tmp_path / "again" / "2027")
    quick(dataclasses.replace(evaluation, seal=sealed), tmp_path / "again", resume=True, final=True)
    assert seals.read_seal(evaluation.round.folder).sha256 == sealed.sha256
    other = dataclasses.replace(sealed, scores=sealed.scores.assign(total=sealed.scores.total + 1))
    with pytest.raises(UserError, match="已封存"):
        quick(dataclasses.replace(evaluation, seal=other), tmp_path / "refused", final=True)
    assert not (tmp_path / "refused").exists()


def test_a_part_is_not_declared_final(evaluation, quick, whole, sealed_folder, tmp_path):
    with pytest.raises(UserError, match="还有 8 个页面未生成或已过时"):
        quick(evaluation, tmp_path / "out", only=["T1"], final=True)
    assert not (tmp_path / "out" / "2027").exists()
    shutil.copytree(whole, tmp_path / "out" / "2027")
    run = quick(evaluation, tmp_path / "out", only=["T1"], final=True)  # the others are there already
    assert (run.folder / "final.json").exists() and sealed_folder.exists()


def test_pages_of_older_inputs_are_told_on_the_entry_page(evaluation, quick, there, tmp_path):
    run = quick(evaluation, tmp_path / "out", only=["national", "T1"], with_scores=True)
    stale = {page["name"] for page in read_manifest(run.folder)["pages"] if page["stale"]}
    assert stale == {"province-浙江", "province-湖北", *(f"base-T{n}" for n in (2, 4, 5, 6, 7))}
    assert "7页是用此前的" in files(run.folder)["index.html"].decode()
    assert "评分方案和结果均没有变化" in files(run.folder)["index.html"].decode()
    assert "入口页 index.html 重新生成的结果不同" not in review(run.folder, only=[]).found
    run = quick(evaluation, tmp_path / "out", resume=True, with_scores=True)
    assert set(run.published) == stale and "尚未更新" not in files(run.folder)["index.html"].decode()


def test_a_page_with_scores_does_not_stay_where_one_without_failed(evaluation, notebooks, quick, tmp_path):
    first = quick(evaluation, tmp_path / "out", only=["T1", "T2"], with_scores=True)
    shown = "provinces/浙江/T1_示例·甲园区.html"
    assert shown in files(first.folder)
    write_notebook(notebooks / "base.ipynb", "assert base_id != 'T1'", parameters=BASE)
    second = quick(evaluation, tmp_path / "out", only=["T1", "T2"])
    assert set(second.failed) == {"base-T1"}
    made = files(second.folder)
    assert shown not in made and "executed/bases/T1.ipynb" not in made
    assert "尚无页面" in made["index.html"].decode()


def test_a_full_disk_ends_the_run_and_the_old_report_stays(evaluation, quick, there, tmp_path, monkeypatch):
    before = files(there)

    def full(*whatever):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(briefings, "_write_files", full)
    with pytest.raises(UserError, match="磁盘已满"):
        quick(evaluation, tmp_path / "out", only=["T1", "T2"])
    assert files(there) == before


def test_a_damaged_manifest_heals(evaluation, quick, there, tmp_path):
    (there / "manifest.json").write_text("")
    (there / "of nobody.html").write_text("")
    with pytest.raises(UserError, match="为空或已损坏"):
        quick(evaluation, tmp_path / "out", only=["T1"])
    said = []
    again = quick(evaluation, tmp_path / "out", resume=True, say=said.append)
    assert len(again.published) == 9
    assert "全部页面重新生成" in said[0]
    assert consistent(there) and not (there / "of nobody.html").exists()
    manifest = read_manifest(there)
    manifest["run"]["finished"] = "2999-01-01T00:00:00+08:00"
    write_manifest(there, manifest)
    quick(evaluation, tmp_path / "out", resume=True, say=said.append)
    assert "请核对本机时钟" in said[-1] and read_manifest(there)["run"]["finished"] < "2999"


def test_an_entry_page_that_fails_fails_alone(evaluation, quick, tmp_path, monkeypatch):
    def fails(*whatever):
        raise ValueError("有意出错")

    monkeypatch.setitem(briefings.FRONT, "index.html", ("入口页", fails))
    run = quick(evaluation, tmp_path / "out", only=["T1"])
    assert (run.status, run.published, run.failed) == (1, ["base-T1"], {"index": "未能生成页面：ValueError: 有意出错"})
    assert consistent(run.folder)


def test_word_papers_stand_beside_their_pages_and_go_with_them(evaluation, quick, whole, there, tmp_path, monkeypatch):
    made = files(whole)
    others = {"provinces/湖北/反馈函_湖北.docx"}
    named = {"综合评价简报.docx", "公示名单.docx", "公示名单.xlsx", "provinces/浙江/反馈函_浙江.docx"}
    assert {name for name in made if "docx" in name or "公示" in name} == named | others
    assert consistent(whole)
    assert named <= {name for page in json.loads(made["manifest.json"])["pages"] for name in page["sha256"]}
    monkeypatch.setattr("ecanalysis.publishing.beside.papers", lambda *given: 1 / 0)
    again = quick(evaluation, tmp_path / "out", only=["national", "浙江"], docx=True, resume=True)
    assert (again.failed, named <= set(files(again.folder))) == ({}, True), "what is right is kept"
    run = quick(evaluation, tmp_path / "out", only=["national"], docx=True)
    assert list(run.failed) == ["00_national"] and "ZeroDivisionError" in run.failed["00_national"]
    assert {name for name in files(run.folder) if "docx" in name} == {"provinces/浙江/反馈函_浙江.docx", *others}
    quick(evaluation, tmp_path / "out", only=["浙江"])
    assert {name for name in files(there) if "docx" in name} == others, "a page made without its letter"


def test_a_browser_that_fails_is_said_and_the_page_is_published(evaluation, quick, tmp_path, monkeypatch):
    for number, script in enumerate(("exit 1", "exit 0")):  # the second: no word, no PDF
        program = tmp_path / "chromium"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr("ecanalysis.publishing.html.browser", lambda program=program: str(program))
        monkeypatch.setattr(briefings, "browser", lambda: "chromium")
        run = quick(evaluation, tmp_path / f"out{number}", only=["T1"], pdf=True)
        assert run.status == 1 and run.failed["base-T1"].startswith("PDF 未能生成：浏览器")
        made = files(run.folder)
        assert "provinces/浙江/T1_示例·甲园区.html" in made and not [name for name in made if name.endswith(".pdf")]
        assert not [name for name in made if Path(name).name.startswith(".")]


def test_no_contact_data_in_anything_that_was_written(whole):
    for name, content in files(whole).items():
        if name.endswith((".xlsx", ".docx")):
            with zipfile.ZipFile(whole / name) as book:
                content = b"".join(map(book.read, book.namelist()))
        for word in PERSON.values():
            if word != PERSON["title"]:
                assert word.encode() not in content, name


def test_a_province_folder_can_be_forwarded_as_it_is(whole):
    for page in (whole / "provinces" / "浙江").glob("*.html"):
        text = unescape(page.read_text("utf-8"))
        back = "../../index.html" if page.name == "浙江.html" else "浙江.html"
        assert re.findall('href="([^"]*)"', text) == [back] and not re.search(
            r"[乙戊己庚]园区" if "T1" in page.name else r"[丁戊己庚]园区", text
        )
        assert "base_id" not in text, "nor code, which would name the notebook's example"


def test_a_base_may_be_called_like_a_mark_of_the_template(notebooks):
    page = publish.html_page(nbformat.read(notebooks / "00_national.ipynb", 4), "@STYLE@@POLICY@")
    assert "<title>测试简报：@STYLE@@POLICY@</title>" in page
    assert "<style>@font-face" in page and "default-src 'none'" in page
