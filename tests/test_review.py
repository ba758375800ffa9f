"""Whoever changes a published number, an input or the scheme is found out, and what was changed is named."""

import json
import shutil

import pytest
from toys import write_notebook, write_rounds

from ecanalysis import load_round
from ecanalysis.errors import UserError
from ecanalysis.paths import PROJECT
from ecanalysis.publishing import briefings, planning
from ecanalysis.publishing.reports import read_manifest, write_manifest
from ecanalysis.publishing.review import review
from ecanalysis.reading.limits import VARIABLE
from ecanalysis.rounds.provenance import digest


def replaced(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


CELLS = (
    "from ecanalysis import load_round, show\n"
    "r = load_round(round_year, previous=previous_year)\n"
    "frame = r.scores[['name', 'total']].round(2).astype(str)",
    "show(frame, 'totals', '总分')",
    "print('参评', len(r.scores))",
)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A report of one quick notebook, its rounds and its scheme file, to be copied before it is tampered with."""
    folder = tmp_path_factory.mktemp("published")
    rounds = write_rounds(folder / "data")
    shutil.copy(PROJECT / "ecanalysis/scoring/scheme.toml", folder / "own.toml")
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    write_notebook(notebooks / "00_national.ipynb", *CELLS)
    evaluation = load_round(rounds[1], previous=rounds[0], scheme=folder / "own.toml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "NOTEBOOKS", notebooks)
        assert briefings.brief(evaluation, folder / "reports", scheme_file=folder / "own.toml").status == 0
    return folder


@pytest.fixture
def copy(published, tmp_path):
    return shutil.copytree(published, tmp_path / "copy")


def test_an_untouched_report_is_confirmed_wherever_it_lies(copy):
    assert review(copy / "reports" / "2027") == []


def test_a_changed_number_is_found_though_the_checksums_were_changed_with_it(copy):
    report = copy / "reports" / "2027"
    before = json.loads((report / "00_national.ipynb").read_text("utf-8"))
    [shown] = [
        output
        for cell in before["cells"]
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    text = "".join(shown["data"]["text/html"])
    number = text.split("class=number>")[-1].split("<")[0]
    for name in ("00_national.ipynb", "00_national.html"):
        changed = (report / name).read_text("utf-8").replace(f">{number}<", ">99.99<")
        (report / name).write_text(changed, "utf-8")
    found = review(report)
    assert "已发布的文件已改动：00_national.html" in found and "已发布的文件已改动：00_national.ipynb" in found
    assert [line for line in found if line.startswith("页面 00_national 重新运行的结果不同")]


@pytest.mark.parametrize(
    "change, words",
    [
        (
            lambda folder: (folder / "data/2027/submissions/T1.xlsx").write_bytes(b""),
            "输入文件已改动：2027/submissions/T1.xlsx",
        ),
        (
            lambda folder: (folder / "data/2025/submissions/T1.xlsx").unlink(),
            "输入文件已缺失：2025/submissions/T1.xlsx",
        ),
        (
            lambda folder: (folder / "data/2027/corrections.csv").write_text("base_id,code,year,value,reason\n"),
            "为新增",
        ),
        (
            lambda folder: (folder / "own.toml").write_text((folder / "own.toml").read_text() + "# 注\n"),
            "评分方案已改动",
        ),
        (lambda folder: (folder / "reports/2027/00_national.html").unlink(), "已发布的文件已缺失：00_national.html"),
        (lambda folder: replaced(folder / "reports/2027/index.html", "<dd>6</dd>", "<dd>5</dd>"), "index.html"),
        (
            lambda folder: (folder / "reports/2027/退回补正清单_未知.xlsx").write_bytes(b""),
            "已发布的文件为新增：退回补正清单_未知.xlsx",
        ),
        (
            lambda folder: replaced(folder / "reports/2027/manifest.json", '"failed": {}', '"failed":  {"a": "b"}'),
            "清单 manifest.json 已改动",
        ),
    ],
)
def test_what_was_changed_is_named(copy, change, words):
    change(copy)
    assert [line for line in review(copy / "reports" / "2027", only=[]) if words in line]


def test_other_limits_of_a_file_are_named(copy, monkeypatch):
    monkeypatch.setenv(VARIABLE, "cells=5000")
    assert "文件限额与发布时不同：cells 发布时 200000，现为 5000" in review(copy / "reports" / "2027", only=[])


def test_an_entry_page_changed_together_with_the_manifest_is_found(copy):
    report = copy / "reports" / "2027"
    replaced(report / "index.html", "<dd>6</dd>", "<dd>5</dd>")
    manifest = read_manifest(report)
    del manifest["checksum"]
    manifest["files"]["index.html"] = digest(report / "index.html")
    write_manifest(report, manifest)
    assert review(report, only=[]) == ["入口页 index.html 重新生成的结果不同"]


def test_a_page_that_does_not_show_its_notebook_is_found(copy):
    report = copy / "reports" / "2027"
    page = report / "00_national.html"
    page.write_text(page.read_text("utf-8").replace("参评 6", "参评 7"), "utf-8")
    assert "页面 00_national.html 与其笔记本 00_national.ipynb 的内容不一致" in review(report, only=[])


def test_a_report_without_its_rounds_says_what_to_do(copy):
    shutil.move(copy / "data", copy / "elsewhere")
    with pytest.raises(UserError, match="--round"):
        review(copy / "reports" / "2027")
    rounds = {year: copy / "elsewhere" / str(year) for year in (2025, 2027)}
    assert review(copy / "reports" / "2027", rounds=rounds, only=[]) == []


def test_a_page_that_is_not_there_is_not_passed_over(copy):
    with pytest.raises(UserError, match=r"没有名为“00_nation”的页面.*最接近的是 00_national"):
        review(copy / "reports" / "2027", only=["00_nation"])
    assert review(copy / "reports" / "2027", only=["00_national"]) == []


def test_a_folder_without_a_report_is_said(tmp_path):
    with pytest.raises(UserError, match="没有已发布的报告"):
        review(tmp_path)
