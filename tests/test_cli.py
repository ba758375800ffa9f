"""The commands as a person or a scheduler calls them: what they write, say and end with."""

import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from toys import PATIENCE
from typer.testing import CliRunner

from ecanalysis.cli import app
from ecanalysis.form.blank import write_template

DATA = "data/2027"


def run(*arguments, cwd):
    """The command in a process of its own."""
    line = [sys.executable, "-m", "ecanalysis.cli", *map(str, arguments)]
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE)


@pytest.fixture
def call(tmp_path, monkeypatch):
    """The command in this process, given in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, [*map(str, arguments)])


@pytest.mark.parametrize("command", ["template", "parse", "sample", "score", "seal", "brief", "review", "lab"])
def test_every_command_teaches(command, call):
    told = call(command, "--help")
    assert told.exit_code == 0
    assert "用法" in told.stdout or "Usage" in told.stdout
    assert len(told.stdout) > 300


SLOW = {  # to import: a tenth of a second to several seconds each
    *("pandas", "numpy", "pyarrow", "lxml", "scipy", "SALib", "duckdb", "matplotlib", "seaborn", "jinja2", "docx"),
    *("papermill", "nbformat", "nbconvert", "IPython", "xlsxwriter", "openpyxl", "odf", "pypdfium2", "cv2"),
    *("rapidocr", "onnxruntime", "py7zr", "distributed", "hypothesis"),
}
LOADED = "import sys\nfrom ecanalysis.cli import app\ntry: app()\nexcept SystemExit: print(*sys.modules)"


@pytest.mark.parametrize(
    "arguments, needs",
    [
        (["parse", "--help"], set()),
        (["parse", "2025/submissions", "--year", "2025", "--out", "out"], {"pandas", "numpy", "pyarrow", "lxml"}),
        (["score", "2025", "--out", "out"], {"pandas", "numpy", "pyarrow", "lxml"}),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_a_command_imports_only_what_it_needs(arguments, needs, project, tmp_path):
    (tmp_path / "2025" / "submissions").mkdir(parents=True)
    shutil.copy(project / "data/2025/roster.csv", tmp_path / "2025")
    for path in sorted((project / "data/2025/submissions/浙江").glob("*.xlsx"))[:3]:
        shutil.copy(path, tmp_path / "2025" / "submissions")
    line = [sys.executable, "-c", LOADED, *arguments]
    told = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    loaded = {name.partition(".")[0] for name in told.stdout.splitlines()[-1].split()}
    assert loaded & SLOW == needs, told.stderr


def test_a_round_that_is_kept_needs_nothing_that_reads_files(tmp_path):
    """What finds answers and looks at scans is imported where there is a file to read."""
    line = [sys.executable, "-c", "import sys, ecanalysis.evaluation; print(*sys.modules)"]
    told = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    loaded = set(told.stdout.split())
    assert "ecanalysis.reading.files" in loaded, told.stderr
    readers = ("answers", "reader", "cells.xlsx", "scans.gather", "scans.cutouts")
    assert not loaded & {f"ecanalysis.reading.{name}" for name in readers}
    assert {name.partition(".")[0] for name in loaded} & SLOW == {"pandas", "numpy", "pyarrow"}


def test_publishing_waits_for_no_grammar_of_addresses():
    line = [sys.executable, "-c", "import sys, ecanalysis.publishing.briefings; print(*sys.modules)"]
    told = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)
    assert {"nbformat", "jsonschema"} <= set(told.stdout.split()), told.stderr
    assert "rfc3987_syntax.syntax_helpers" not in told.stdout.split()


def test_template_then_parse(call, tmp_path):
    """A blank form is a form: it has no base name yet, so it is rejected, with a message and status 1."""
    assert call("template", "blank.xlsx", "--year", 2025).exit_code == 0
    told = call("parse", "blank.xlsx", "--year", 2025, "--out", "out")
    files = pd.read_csv(tmp_path / "out" / "files.csv", encoding="utf-8-sig")
    assert told.exit_code == 1
    assert files.status.tolist() == ["rejected"]
    assert "基地名称" in files.message[0]


def test_parse_writes_five_tables_twice(project, tmp_path):
    told = run("parse", "data/2025/submissions/浙江", "--year", 2025, "--out", tmp_path / "out", cwd=project)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert told.returncode in (0, 1)
    assert names == {f"{table}.{kind}" for table in TABLES for kind in ("csv", "parquet")}
    for name in TABLES:
        written = pd.read_csv(tmp_path / "out" / f"{name}.csv", encoding="utf-8-sig")
        assert len(written) == len(pd.read_parquet(tmp_path / "out" / f"{name}.parquet"))


TABLES = ["values", "issues", "files", "bases", "contacts"]


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["parse", "nowhere", "--year", 2025, "--out", "out"], "nowhere"),
        (["parse", ".", "--year", 2025, "--out", "out"], "只读不写"),
        (["score", "1999", "--out", "out"], "找不到 1999"),
        (["score", "2031", "--out", "out"], "roster.csv"),
        (["template", "form.doc", "--year", 2025], ".xlsx"),
        (["score", "2031", "--scheme", "bad.toml", "--out", "out"], "bad.toml"),
        (["parse", "2031", "--year", 2031, "--roster", "bad.csv", "--returns", "back", "--out", "out"], "bad.csv"),
        (["parse", "2031", "--year", 2031, "--out", "bad.csv/out"], "不能写入 bad.csv/out：它不是文件夹"),
        (["template", f"{'x' * 300}.xlsx", "--year", 2025], "不能写入"),
    ],
)
def test_a_usage_error_writes_nothing_and_ends_with_2(arguments, complaint, call, tmp_path):
    (tmp_path / "bad.csv").write_text("id,name\n", "utf-8")
    (tmp_path / "2031" / "submissions").mkdir(parents=True)
    (tmp_path / "bad.toml").write_text("[parts]\ngeneral = 1\n")
    told = call(*arguments)
    assert told.exit_code == 2, told.stderr
    assert complaint in told.stderr
    assert not (tmp_path / "out").exists()


def small_round(folder, roster="base_id,name,aliases,province,kind\nN1,示例甲园,,浙江,示范基地\n"):
    (folder / "submissions").mkdir(parents=True)
    (folder / "submissions" / "汇总表.csv").write_text("基地名称,C17\n示例甲园,100\n", "utf-8")
    (folder / "roster.csv").write_text(roster, "utf-8")


def test_a_wrong_roster_of_the_base_period_ends_with_2_too(call, tmp_path):
    small_round(tmp_path / "2031")
    small_round(tmp_path / "2030", roster="base_id,name\nN1,示例甲园\n")
    told = call("score", "2031", "--out", "out")
    assert told.exit_code == 2
    assert "2030" in told.stderr and "缺少列 aliases、province、kind" in told.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "command, out, complaint",
    [
        ("score", "taken/out", "不能写入 taken/out"),
        ("score", "2031/submissions/out", "只读不写"),
        ("brief", "2031/submissions", "只读不写"),
    ],
)
def test_results_go_where_they_can_and_may_be_written(command, out, complaint, call, tmp_path):
    small_round(tmp_path / "2031")
    (tmp_path / "taken").write_text("a file, not a folder")
    told = call(command, "2031", "--out", out)
    assert told.exit_code == 2
    assert complaint in told.stderr
    assert [path.name for path in (tmp_path / "2031" / "submissions").iterdir()] == ["汇总表.csv"]


def test_score_writes_every_table_and_says_what_needs_attention(project, tmp_path):
    told = run("score", DATA, "--previous", "data/2025", "--out", tmp_path / "out", "--workbook", cwd=project)
    assert told.returncode == 1, told.stderr  # the sample holds damaged files and a base that is not on the roster
    names = {path.stem for path in (tmp_path / "out").iterdir()}
    assert names == {
        *["scores", "points", "change", "region_change", "watchlist", "robustness"],
        *["not_submitted", "unmatched", "issues", "decisions", "firmness", "heirs", "remove_one"],
        *["correction_effects", "seal_difference"],
    }
    scores = pd.read_csv(tmp_path / "out" / "scores.csv", encoding="utf-8-sig")
    points = pd.read_csv(tmp_path / "out" / "points.csv", encoding="utf-8-sig")
    totals = points.groupby("base_id").points.sum()
    assert (scores.set_index("base_id").total - totals).abs().max() < 1e-9


def test_contact_data_is_in_contacts_alone(call, tmp_path):
    """Not even where somebody typed a telephone number into an answer."""
    submissions = tmp_path / "2031" / "submissions"
    submissions.mkdir(parents=True)
    secrets, roster = set(), ["base_id,name,aliases,province,kind"]
    for place in range(6):
        person = {key: f"{key}-秘{place}-{number}" for number, key in enumerate(PERSON)}
        head, contact = ({key: f"{role}{text}" for key, text in person.items()} for role in ("甲", "乙"))
        secrets |= {text for said in (head, contact) for key, text in said.items() if key != "title"}
        name = f"示例·第{place}产业园"
        roster.append(f"B{place},{name},,浙江,示范基地")
        answers = {("C01", 2031): 1, ("C04", 2031): head["mobile"], ("C14", 2031): 10 + place}
        particulars = {"base_name": name, "主要负责人": head, "联系人": contact}
        beside = f"（{contact['name']} {contact['mobile']}）" if place > 3 else ""
        particulars["base_name"] += beside
        write_template(submissions / f"{place}{beside}.xlsx", 2031, answers, particulars)
    (tmp_path / "2031" / "roster.csv").write_text("\n".join(roster), "utf-8")
    out = tmp_path / "out"
    told = call("parse", submissions, "--year", 2031, "--out", out, "--returns", out / "returns")
    told_too = call("score", "2031", "--out", out / "scored", "--workbook")
    kept = readable(out / "contacts.parquet")
    assert all(secret in kept for secret in secrets)
    texts = {path.name: readable(path) for path in out.rglob("*") if path.is_file() and path.stem != "contacts"}
    assert {"values.csv", "issues.parquet", "scores.xlsx"} <= set(texts)
    cached = {path.name: readable(path) for path in (tmp_path / "2031" / ".parsed").rglob("*.*")}
    assert "5（〔联系方式〕 〔联系方式〕）.xlsx" in pd.read_parquet(out / "files.parquet").file.tolist()
    assert (
        len(pd.read_csv(out / "scored" / "scores.csv")) == 6
    )  # a base is known by its name, whatever stands beside it
    for where, text in (texts | cached | {"messages": told.stderr + told_too.stderr}).items():
        assert not [secret for secret in secrets if secret in text], where


PERSON = ["name", "title", "office_phone", "mobile", "wechat", "email"]


def readable(path) -> str:
    """All text in a file we write, whatever its format."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    if path.suffix == ".xlsx":
        sheets = pd.read_excel(path, sheet_name=None, header=None, engine="openpyxl")
        return "\n".join(sheet.to_csv() for sheet in sheets.values())
    return path.read_text("utf-8-sig")


def test_signs_in_a_name_neither_steer_the_terminal_nor_start_a_line(tmp_path):
    (tmp_path / "表\x1b[2J\n已发布 9 页\u202e.xlsx").write_text("无")
    told = run("parse", tmp_path, "--year", "2027", "--out", tmp_path.with_suffix(".out"), cwd=tmp_path)
    assert "表<U+001B>[2J<U+000A>已发布 9 页<U+202E>.xlsx" in told.stderr and "\x1b[2J" not in told.stderr
    assert not [line for line in told.stderr.splitlines() if line.startswith("已发布")]


def test_names_from_submissions_are_not_run_by_a_spreadsheet(call, tmp_path):
    """A base called like a formula is text in every CSV file."""
    (tmp_path / "in").mkdir()
    name = "=HYPERLINK(1)"
    (tmp_path / "in" / "summary.csv").write_text(f"基地名称,C01\n{name},是\n", "utf-8")
    call("parse", "in", "--year", 2025, "--out", "out")
    values = pd.read_csv(tmp_path / "out" / "values.csv", encoding="utf-8-sig")
    assert set(values.base_name) == {"'" + name}
    assert set(pd.read_parquet(tmp_path / "out" / "values.parquet").base_name) == {name}


@pytest.mark.parametrize(
    "line, said",
    [
        ("score", "缺少参数 ROUND"),
        ("scor", "没有命令 scor；最接近的是 score"),
        ("brief 2027 --scheme nope", "--scheme：没有文件或文件夹 nope"),
        ("brief 2027 -p round_year 2025", "多出 2025；选项的值应紧跟选项"),
        ("brief 2027 -p round_year=2025", "轮次不用 -p 指定：写作 ecanalysis brief 2025"),
        ("parse --year x --out a b", "--year：应为整数"),
        ("parse a --yeer 2027", "没有选项 --yeer"),
        ("score 2027 --out", "选项 --out 后应有值"),
        ("review nope", "REPORT：没有文件或文件夹 nope"),
        ("score 2027 --out README.md", "--out：README.md 是文件，应为文件夹"),
        ("brief 2027 --config docs", "--config：docs 是文件夹，应为文件"),
        ("score 2027 --workbook=x", "选项 --workbook 不带值"),
        ("lab --port 99999", "--port：超出范围，界限为 65535"),
        ("scheme show README.md", "第3行第11列附近 不合TOML的写法：每行应为 名称 = 值"),
        ("", "[选项] 命令 …"),
    ],
)
def test_what_is_typed_wrong_is_told_in_chinese_where_the_system_is(line, said, project, monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.chdir(project)
    with pytest.raises(SystemExit) as ended:
        app(line.split())
    shown = capsys.readouterr()
    assert ended.value.code == 2 and said in (shown.err + shown.out).replace("\n", "")


def test_help_is_in_chinese_where_the_system_is(monkeypatch, capsys):
    from ecanalysis.cli import app

    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    for line in ("-h", "parse --help", "scheme show -h", "lab -h"):
        with pytest.raises(SystemExit) as ended:
            app(line.split())
        shown = capsys.readouterr().out
        assert ended.value.code == 0 and shown.startswith("用法：")
        assert not re.search(
            r"Options|Usage|Arguments|Commands|Show this|required|default|OPTIONS|<[a-z]|\.\.\.", shown
        ), shown


def test_a_filled_form_is_not_written_over_and_an_empty_folder_is_told(call, tmp_path):
    form = tmp_path / "表.xlsx"
    assert call("template", form, "--year", "2025").exit_code == 0
    assert call("template", form, "--year", "2025").exit_code == 0, "a blank one may be written again"
    form.write_bytes(b"filled in")
    told = call("template", form, "--year", "2025")
    assert told.exit_code == 2 and "未覆盖" in told.stderr and form.read_bytes() == b"filled in"
    (tmp_path / "empty").mkdir()
    told = call("parse", tmp_path / "empty", "--year", "2025", "--out", tmp_path / "out")
    assert "中没有任何报送文件" in told.stderr.replace("\n", "")
