"""Whoever changes a published number, an input or the scheme is found out, and what was changed is named."""

import base64
import io
import json
import os
import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from PIL import Image
from toys import write_notebook, write_rounds

from ecanalysis import load_round
from ecanalysis.errors import UserError
from ecanalysis.paths import PROJECT
from ecanalysis.publishing import briefings, planning
from ecanalysis.publishing import review as reviewing
from ecanalysis.publishing.kernels import kernels
from ecanalysis.publishing.pages import Page, as_html
from ecanalysis.publishing.reports import read_manifest, write_manifest
from ecanalysis.publishing.review import differences, review
from ecanalysis.reading.limits import VARIABLE
from ecanalysis.rounds import cache
from ecanalysis.rounds.provenance import digest

pytestmark = pytest.mark.xdist_group("review")  # one process makes the report


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


BASE = "round_year = 2027\nprevious_year = 2025\nbase_id = 'T1'\nwith_scores = False"


@pytest.fixture(scope="module")
def published(shared_kernels, tmp_path_factory):
    """A report of one quick notebook, its rounds and its scheme file, to be copied before it is tampered with."""
    folder = tmp_path_factory.mktemp("published")
    rounds = write_rounds(folder / "data")
    shutil.copy(PROJECT / "ecanalysis/scoring/scheme.toml", folder / "own.toml")
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    write_notebook(notebooks / "00_national.ipynb", *CELLS)
    evaluation = load_round(rounds[1], previous=rounds[0], scheme=folder / "own.toml")
    write_notebook(notebooks / "base.ipynb", "print(base_id)", parameters=BASE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "NOTEBOOKS", notebooks)
        patch.setattr(briefings, "kernels", shared_kernels)
        assert briefings.brief(evaluation, folder / "reports", scheme_file=folder / "own.toml", docx=True).status == 0
        yield folder


@pytest.fixture
def copy(published, tmp_path):
    return shutil.copytree(published, tmp_path / "copy")


def findings(*arguments, **options) -> list[str]:
    return review(*arguments, **options).found


def test_an_untouched_report_is_confirmed_wherever_it_lies_and_nothing_is_written(copy):
    def held():
        there = [path for path in copy.rglob("*") if path.is_file() and ".parsed" not in path.parts]
        return {path: path.read_bytes() for path in there}

    before = held()
    assert findings(copy / "reports" / "2027") == []
    assert held() == before


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
    found = findings(report)
    assert "已发布的文件已改动：00_national.html" in found and "已发布的文件已改动：00_national.ipynb" in found
    assert [line for line in found if line.startswith("页面 00_national 重新运行的结果不同")]


def test_what_was_changed_of_the_inputs_is_named(copy):
    data = copy / "data"
    (data / "2027" / "submissions" / "T1.xlsx").write_bytes(b"")
    (data / "2025" / "submissions" / "T1.xlsx").unlink()
    (data / "2027" / "corrections.csv").write_text("base_id,code,year,value,reason\n")
    replaced(copy / "own.toml", 'title = "', 'title = "另一')
    found = findings(copy / "reports" / "2027", only=[])
    assert {
        "输入文件已改动：2027/submissions/T1.xlsx",
        "输入文件已缺失：2025/submissions/T1.xlsx",
        "输入文件为新增：2027/corrections.csv",
    } <= set(found)
    assert [line for line in found if line.startswith("评分方案已改动")]


def test_what_was_changed_of_a_report_is_named(copy):
    report = copy / "reports" / "2027"
    returns = next(report.glob("**/退回补正清单_*.xlsx"))
    for emptied in (returns, report / "公示名单.docx", report / "退回补正清单_未知.xlsx"):
        emptied.write_bytes(b"")
    page = next(report.glob("**/T2_*.html"))
    for gone in (report / "公示名单.xlsx", report / "得分工作簿.xlsx", page):
        gone.unlink()
    (report / "provinces" / "撤销通知").mkdir()
    replaced(report / "index.html", "<dd>6</dd>", "<dd>5</dd>")
    replaced(report / "manifest.json", '"failed": {}', '"failed":  {"a": "b"}')
    found = findings(report, only=[])
    for words in (
        f"{returns.name} 重新生成的结果不同",
        "文件 公示名单.docx 重新生成的结果不同",
        "缺少文件：公示名单.xlsx",
        "缺少文件：得分工作簿.xlsx",
        f"已发布的文件已缺失：{page.relative_to(report).as_posix()}",
        "入口页 index.html 重新生成的结果不同",
        "已发布的文件为新增：退回补正清单_未知.xlsx",
        "空文件夹为新增：provinces/撤销通知",
        "清单 manifest.json 已改动",
    ):
        assert [line for line in found if words in line], (words, found)


def test_other_limits_of_a_file_are_named(copy, monkeypatch):
    monkeypatch.setenv(VARIABLE, "cells=5000")
    assert "文件限额与发布时不同：cells 发布时 200000，现为 5000" in findings(copy / "reports" / "2027", only=[])


def test_a_front_page_changed_together_with_the_manifest_is_found(copy):
    report = copy / "reports" / "2027"
    replaced(report / "index.html", "<dd>6</dd>", "<dd>5</dd>")
    replaced(report / "explore.html", '"成效突出"', '"成效初显"')
    manifest = read_manifest(report)
    del manifest["checksum"]
    manifest["files"] |= {name: digest(report / name) for name in ("index.html", "explore.html")}
    write_manifest(report, manifest)
    found = ["入口页 index.html 重新生成的结果不同", "结果查询页 explore.html 重新生成的结果不同"]
    assert findings(report, only=[]) == found


def test_a_page_that_does_not_show_its_notebook_is_found(copy):
    report = copy / "reports" / "2027"
    page = report / "00_national.html"
    page.write_text(page.read_text("utf-8").replace("参评 6", "参评 7"), "utf-8")
    assert "页面 00_national.html 与其笔记本 00_national.ipynb 的内容不一致" in findings(report, only=[])


def forged(report, name: str, change) -> list[str]:
    """What review finds after a published notebook was changed, and page, manifest and checksums with it."""
    manifest = read_manifest(report)
    [page] = [page for page in manifest["pages"] if page["name"] == name]
    notebook = nbformat.read(report / page["executed"], as_version=4)
    change(notebook, page)
    nbformat.write(notebook, report / page["executed"])
    given = {key: page[key] for key in ("name", "kind", "subject", "parameters", "html", "executed")}
    html = as_html(Page(notebook=Path(page["notebook"]), **given), notebook)
    (report / page["html"]).write_text(html, "utf-8")
    page["sha256"] = {key: digest(report / key) for key in page["sha256"]}
    del manifest["checksum"]
    write_manifest(report, manifest)
    return findings(report, only=[name])


def another_number(notebook, page):
    code = notebook.cells[-1]
    code.source = "print('参评', 99)"
    code.outputs[0]["text"] = "参评 99\n"
    code.metadata["tags"] = ["nbval-ignore-output"]


def a_claim(notebook, page):
    notebook.cells[0].source += "\n\n甲园区已列入撤销名单。"


def a_command(notebook, page):
    notebook.cells[-1].source = "import os; os.mkdir('here')\nprint('参评', 6)"


def another_base(notebook, page):
    page["parameters"]["base_id"] = "T2"
    for cell in notebook.cells:
        cell.source = cell.source.replace('base_id = "T1"', 'base_id = "T2"')
    notebook.cells[-1].outputs[0]["text"] = "T2\n"


@pytest.mark.parametrize(
    "name, change, words",
    [
        ("00_national", another_number, ["第 6 个单元的内容", "第 6 个单元的标记", "第 6 个单元的结果"]),
        ("00_national", a_claim, ["第 1 个单元的内容"]),
        ("00_national", a_command, ["第 6 个单元的内容"]),
        ("base-T1", another_base, ["parameters 与应有的不同", "个单元的结果"]),
    ],
)
def test_a_consistent_forgery_is_found_and_not_run(copy, monkeypatch, name, change, words):
    monkeypatch.chdir(copy)
    found = forged(copy / "reports" / "2027", name, change)
    for word in words:
        assert [line for line in found if word in line], (word, found)
    assert not list(copy.rglob("here"))


def test_pictures_are_drawn_anew():
    def shown(value: int, alt: str = "图", kind: str = "PNG", tail: str = "", **more):
        picture, other = io.BytesIO(), Image.new("RGB", (9, 9))
        drawn = Image.new("RGB", (9, 9), (value, 0, 0))
        more = {"append_images": [other], **more} if more.get("save_all") else more
        drawn.save(picture, kind, **more)
        data = {"image/png": base64.b64encode(picture.getvalue()).decode() + tail, "text/plain": "图"}
        output = nbformat.v4.new_output("display_data", data, metadata={"image/png": {"alt": alt}})
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("图", id="a", outputs=[output])])

    assert list(differences(shown(100), shown(100))) == list(differences(shown(100), shown(104))) == []
    assert list(differences(shown(100), shown(120))) == ["第 1 个单元的结果"]
    turned = Image.Exif()
    turned[0x0112] = 3
    # The same to whoever looks at the first picture alone; not to a browser, which turns it, recolours it, plays it.
    same_at_first_sight = [{"exif": turned}, {"icc_profile": b"x" * 200}, {"save_all": True}, {"tail": '" style="x'}]
    same_at_first_sight += [{"kind": "WEBP", "lossless": True}, {"kind": "GIF"}, {"alt": "另一图"}]
    for another in same_at_first_sight:
        assert list(differences(shown(100), shown(100, **another))) == ["第 1 个单元的结果"], another


def test_a_page_left_out_is_found(copy):
    report = copy / "reports" / "2027"
    manifest = read_manifest(report)
    [gone] = [page for page in manifest["pages"] if page["name"] == "base-T2"]
    for name in gone["sha256"]:
        (report / name).unlink()
    manifest["pages"].remove(gone)
    manifest["pages"].append(manifest["pages"][0] | {"name": "base-T99"})
    write_manifest(report, {key: value for key, value in manifest.items() if key != "checksum"})
    found = findings(report, only=[])
    assert "缺少页面：base-T2" in found and "多出页面：base-T99（本轮不应有此页）" in found


def agreeing(report: Path, change) -> Path:
    """A report whose manifest was changed and agrees with itself."""
    manifest = read_manifest(report)
    del manifest["checksum"]
    change(report, manifest)
    write_manifest(report, manifest)
    return report


def test_what_a_manifest_says_is_not_believed(copy):
    def change(report, manifest):
        for name in ("公告.html", "公告.txt", "公告.xlsx"):
            (report / name).write_text("甲园区已列入撤销名单。", "utf-8")
        first = manifest["pages"][0]
        manifest["files"]["公告.html"] = digest(report / "公告.html")
        first["sha256"]["公告.txt"] = digest(report / "公告.txt")
        first["kept"] = "公告.xlsx"
        manifest["titles"]["00_national"] = "撤销名单"
        manifest["standing"]["T1"] = ["成效初显", "revoke"]
        news = {"since": "2028-01-01T00:00:00+08:00", "files": {"new": [], "changed": [], "gone": []}}
        manifest["changes"] = news | {"scheme": False, "code": False, "bases": [["T1", [], ["成效初显", "at_risk"]]]}

    found = findings(agreeing(copy / "reports" / "2027", change), only=[])
    for name in ("公告.html", "公告.txt", "公告.xlsx"):
        assert f"已发布的文件为新增：{name}" in found
    for words in ("各基地的档次和结论与重新得到的不同", "标题与重新得到的不同", "不是现在的档次和结论"):
        assert [line for line in found if words in line], found


def test_what_the_report_alone_can_tell_is_told_to_the_reviewer_and_all_else_compared(copy):
    def claims(report, manifest):
        news = {"since": "2028-01-01T00:00:00+08:00", "files": {"new": ["甲园区已撤销"], "changed": [], "gone": []}}
        manifest["changes"] = news | {"scheme": False, "code": False, "bases": []}
        manifest["pages"][0]["message"] = "甲园区已列入名单"
        manifest["run"]["failed"] = {"base-T1": "甲园区未报送"}
        manifest["limits"], manifest["libraries"] = {}, {}

    report = agreeing(copy / "reports" / "2027", claims)
    for name in ("index.html", "00_national.html"):
        (report / name).write_bytes((report / name).read_bytes().replace(b"\n", b"\r\n"))
    (report / "final.json").write_text(
        json.dumps({"declared": "2028-01-01", "manifest": digest(report / "manifest.json"), "note": "甲园区已撤销"})
    )
    told = review(report, only=["00_national"])
    assert [line for line in told.basis if "无从重新得到" in line and "甲园区已撤销" in line]
    for words in (
        "的提示与重新得到的不同：甲园区已列入名单",
        "base-T1 在发布时未能全部生成：甲园区未报送",
        "文件限额与发布时不同：cells 发布时 无",
        "依赖库版本不同：pandas 发布时 无",
        "final.json 已改动",
        "index.html 重新生成的结果不同",
        "00_national.html 与其笔记本",
    ):
        assert [line for line in told.found if words in line], (words, told.found)


def test_a_parameter_of_a_manifest_is_no_line_of_program(copy, monkeypatch):
    monkeypatch.chdir(copy)
    line = "x = 1; import os; os.mkdir('here') #"
    report = agreeing(copy / "reports" / "2027", lambda _, manifest: manifest["parameters"].update({line: 1}))
    with pytest.raises(UserError, match="没有参数"):
        findings(report)
    assert not list(copy.rglob("here"))


def sparse(path):
    path.touch()
    os.truncate(path, 1 << 40)


@pytest.mark.parametrize("put", [os.mkfifo, lambda page: page.symlink_to("/dev/zero"), sparse])
def test_what_is_no_file_is_not_opened(copy, put):
    page = copy / "reports" / "2027" / "00_national.html"
    page.unlink()
    put(page)
    with pytest.raises(UserError, match=r"00_national.html 是链接、管道或过大的文件"):
        findings(copy / "reports" / "2027")


@pytest.mark.parametrize("shown", ["white", "grey", "white, with a script"])
def test_a_pdf_is_printed_anew(copy, monkeypatch, shown):
    def paper(colour: str, target: Path) -> None:
        Image.new("L", (99, 99), colour).save(target, "PDF", title="简报")

    def with_pdf(report, manifest):
        colour, *script = shown.split(", ")
        paper(colour, report / "00_national.pdf")
        with open(report / "00_national.pdf", "ab") as file:
            file.writelines(b"9 0 obj\n<</S /JavaScript /JS (app.alert\\(1\\))>>\nendobj\n" for _ in script)
        manifest["pages"][0]["sha256"]["00_national.pdf"] = digest(report / "00_national.pdf")

    monkeypatch.setattr(reviewing, "browser", lambda: "browser")
    monkeypatch.setattr(reviewing, "write_pdf", lambda page, target: paper("white", target))
    found = findings(agreeing(copy / "reports" / "2027", with_pdf), only=["00_national"])
    assert bool([line for line in found if "00_national.pdf 与重新打印的不同" in line]) == (shown != "white"), found


def test_an_edited_cache_is_not_believed(copy, monkeypatch):
    monkeypatch.setattr(briefings, "kernels", kernels)  # which are handed what was read afresh
    folder = copy / "data" / "2027" / cache.FOLDER
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    [kept] = folder.glob("values-*.parquet")
    values = pd.read_parquet(kept)
    values.assign(value=values.value * 2).to_parquet(kept, index=False)
    sha = digest(kept)
    kept.rename(folder / f"values-{sha[:16]}.parquet")
    manifest["tables"]["values"] = sha
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert (
        load_round(copy / "data" / "2027").values.value.max()
        > load_round(copy / "data" / "2027", fresh=True).values.value.max()
    )
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert findings(copy / "reports" / "2027") == []


def test_what_a_submission_said_when_it_was_read_is_attested(published, tmp_path):
    folders = write_rounds(tmp_path / "data")
    r = load_round(folders[1])
    read = digest(folders[1] / "submissions" / "T1.xlsx")
    (folders[1] / "submissions" / "T1.xlsx").write_bytes(b"")
    run = briefings.brief(r, tmp_path / "reports", only=["T1"], warm=False)
    assert read_manifest(run.folder)["rounds"]["2027"]["files"]["submissions/T1.xlsx"] == read


def test_the_scheme_of_the_environment_is_attested_and_no_other_one_believed(published, tmp_path, monkeypatch):
    folders = write_rounds(tmp_path / "data")
    own = shutil.copy(published / "own.toml", tmp_path / "own.toml")
    monkeypatch.setenv("ECANALYSIS_SCHEME", str(own))
    seal = load_round(folders[0]).write_seal() / "seal.json"
    run = briefings.brief(load_round(folders[1], folders[0]), tmp_path / "reports", only=["T1"], warm=False)
    assert read_manifest(run.folder)["scheme"]["file"] == "../../own.toml"
    monkeypatch.delenv("ECANALYSIS_SCHEME")
    told = review(run.folder, only=[])
    assert [line for line in told.basis if str(own) in line] and [line for line in told.basis if digest(seal) in line]
    assert not [line for line in told.found if "方案" in line]


def test_a_report_without_its_rounds_says_what_to_do(copy):
    shutil.move(copy / "data", copy / "elsewhere")
    with pytest.raises(UserError, match="--round"):
        findings(copy / "reports" / "2027")
    rounds = {year: copy / "elsewhere" / str(year) for year in (2025, 2027)}
    assert findings(copy / "reports" / "2027", rounds=rounds, only=[]) == []


def test_a_page_that_is_not_there_is_not_passed_over(copy):
    with pytest.raises(UserError, match=r"没有名为“00_nation”的页面.*最接近的是 00_national"):
        findings(copy / "reports" / "2027", only=["00_nation"])
    assert findings(copy / "reports" / "2027", only=["national"]) == []


def test_a_folder_without_a_report_is_said(tmp_path):
    with pytest.raises(UserError, match="没有已发布的报告"):
        review(tmp_path)
