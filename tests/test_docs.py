"""What the documentation says is so: its commands run, its links lead somewhere, every option is told of.

The commands run one after the other, as they stand, in a copy of the project that holds two small rounds (seven
bases of the sample) in the place of the large ones.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import typer
from toys import PATIENCE

from ecanalysis.cli import app
from ecanalysis.form.blank import write_template
from ecanalysis.publishing.pages import parameters_of
from ecanalysis.reading.limits import Limits
from ecanalysis.rounds import round as rounds

PROJECT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", "README.zh-CN.md", *(f"docs/{path.name}" for path in sorted((PROJECT / "docs").glob("*.md")))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHINESE = {
    page: page.replace(".zh-CN", "") for page in PAGES if page.startswith("docs/") and ".zh-CN" in page
}  # a page in Chinese -> in English
# Runs this very test, and is run by test_sample.py; everything else that is shown as a command is run.
NOT_AGAIN = ("make test", ".venv/bin/ecanalysis sample")
PROVINCES = ("北京", "甘肃")


def fenced(page: str, language: str) -> list[str]:
    return [body for name, body in FENCE.findall((PROJECT / page).read_text("utf-8")) if name == language]


def set_apart(page: str) -> list[str]:
    """The lines of a page that are set apart by four spaces: what is typed into a file or at the prompt."""
    text = FENCE.sub("", (PROJECT / page).read_text("utf-8"))
    return re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)


def commands() -> list[tuple[str, str]]:
    """(page, script) for every block of shell commands; a line that was run before, or by `make`, is not run again."""
    made = subprocess.run(["make", "-n", "briefing", "review"], cwd=PROJECT, capture_output=True, text=True).stdout
    seen = set(made.splitlines())
    found = []
    for page in PAGES:
        for body in [] if page in CHINESE else fenced(page, "sh"):
            lines = [line for line in body.splitlines() if not line.startswith(NOT_AGAIN)]
            if not re.search(r"<<|\\$|^(for|if|while) ", body, re.MULTILINE):  # each line stands for itself
                plain = {line: line.partition(" #")[0].strip() for line in lines}
                lines = [line for line in lines if plain[line] not in seen]
                seen |= set(plain.values())
            if any(lines):
                found.append((page, "\n".join(lines)))
    return found


@pytest.mark.parametrize("page", CHINESE)
def test_a_page_in_chinese_has_the_commands_of_the_one_in_english(page):
    typed = [
        [re.sub(r" *(#.*| {3}.*)?$", "", body, flags=re.MULTILINE) for body in (*fenced(one, "sh"), *set_apart(one))]
        for one in (page, CHINESE[page])
    ]
    assert typed[0] == typed[1]
    table = (PROJECT / "docs" / "README.md").read_text("utf-8")
    assert page.removeprefix("docs/") in table, "the table of pages says which language each has"


def small_rounds(data: Path) -> None:
    """The sample's rounds, cut down to the bases of two provinces, and one of 2029 that nobody has seen."""
    for year in (2025, 2027):
        source = PROJECT / "data" / str(year)
        for province in PROVINCES:
            shutil.copytree(source / "submissions" / province, data / str(year) / "submissions" / province)
        roster = (source / "roster.csv").read_text("utf-8-sig").splitlines(keepends=True)
        kept = [line for line in roster if line.split(",")[3] in ("province", *PROVINCES)]
        (data / str(year) / "roster.csv").write_text("".join(kept), "utf-8")
    before = rounds.read_round(data / "2027")
    shutil.rmtree(data / "2027" / ".parsed")
    (data / "2029" / "submissions").mkdir(parents=True)
    for name, rows in before.values.groupby("base_name"):
        answers = {(row.code, row.year + 2): row.text or row.value for row in rows.itertuples() if row.text == ""}
        write_template(data / "2029" / "submissions" / f"{name}.xlsx", 2029, answers, {"base_name": name})


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The project in another place, its environment this one."""
    folder = tmp_path_factory.mktemp("docs") / "ecanalysis"
    passed_over = ("data", ".git", ".venv", "reports", "out", ".*_cache", "__pycache__", "images")
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(*passed_over))
    small_rounds(folder / "data")
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for name in ("python", "ecanalysis", "papermill"):
        program = Path(sys.executable).with_name(name)
        (binaries / name).write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {program} "$@"\n', "utf-8")
        (binaries / name).chmod(0o755)
    (folder / ".venv" / "ready").touch()
    return folder


def shell(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run a script; with `environment`, in that alone, as a scheduler would."""
    line = ["bash", "-euo", "pipefail", "-c", script]
    env = environment or None
    return subprocess.run(line, cwd=folder, env=env, capture_output=True, text=True, timeout=10 * PATIENCE)


def put_files(page: str, folder: Path) -> None:
    """Files that a page shows: the blocks of TOML that begin with a file's name."""
    for body in fenced(page, "toml"):
        if name := re.match(r"# (\w+\.toml)\n", body):
            (folder / name[1]).write_text(body, "utf-8")


ON_POSIX = pytest.mark.skipif(os.name != "posix", reason="the pages show the commands of Linux and macOS")


@pytest.mark.slow
@pytest.mark.xdist_group("docs")  # what it publishes is there for those below
@ON_POSIX
def test_the_commands_run(copy):
    """One after the other, as a reader would: a page builds on what the lines before it made."""
    assert len(commands()) > 10
    for page, script in commands():
        if page == SCHEDULING:
            leave_out_pages(copy)
        put_files(page, copy)
        told = shell(script, copy)
        assert told.returncode == 0, f"{page}\n{script}\n{told.stdout}\n{told.stderr}"
        assert "Traceback" not in told.stderr


def leave_out_pages(folder: Path) -> None:
    """Once all have been published and reviewed, leave the first national page and those that commands name."""
    for notebook in (folder / "notebooks").glob("0[1-9]_*.ipynb"):
        if not any(notebook.stem in script for _, script in commands()):
            notebook.unlink()


SCHEDULING = "docs/scheduling.md"
PLACE = "/srv/ecanalysis"


@pytest.fixture
def scheduled(copy) -> Path:
    put_files(SCHEDULING, copy)
    return copy


def last_run(folder: Path) -> dict:
    return json.loads((folder / "reports" / "2027" / "manifest.json").read_text("utf-8"))["run"]


@pytest.mark.slow
@pytest.mark.xdist_group("docs")
@ON_POSIX
def test_the_cron_line_runs_with_what_cron_gives(scheduled, tmp_path):
    line = fenced(SCHEDULING, "cron")[0].splitlines()[-1]
    command = re.fullmatch(r"(?:\S+ ){5} *(.+)", line)[1].replace(PLACE, str(scheduled))
    assert "%" not in command  # cron would end the line there
    cron = {"HOME": str(tmp_path), "LOGNAME": "nobody", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    told = shell(command, tmp_path, **cron)
    assert (told.stdout, told.stderr) == ("", "")  # nothing to be mailed
    assert last_run(scheduled)["failed"] == {}
    assert "reports/2027/index.html" in (scheduled / "night.log").read_text("utf-8")
    (scheduled / "ecanalysis.toml").write_text("raund = 2027\n", "utf-8")
    assert "ecanalysis.toml 第1行 raund" in shell(command, tmp_path, **cron).stdout


@pytest.mark.slow
@pytest.mark.xdist_group("docs")
@ON_POSIX
def test_the_units_are_right_and_their_command_runs(scheduled, tmp_path):
    units = []
    for body in fenced(SCHEDULING, "ini"):
        unit = tmp_path / Path(body.splitlines()[0].removeprefix("# ")).name
        unit.write_text(body.replace(PLACE, str(scheduled)), "utf-8")
        units.append(unit)
    service = dict(line.split("=", 1) for line in units[0].read_text("utf-8").splitlines() if "=" in line)
    told = shell(service["ExecStart"], Path(service["WorkingDirectory"]), PATH="/usr/bin:/bin", MPLCONFIGDIR=tmp_path)
    assert told.returncode == 0, told.stderr
    assert last_run(scheduled)["failed"] == {}
    if shutil.which("systemd-analyze"):
        told = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
        assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.xdist_group("docs")
@ON_POSIX
def test_what_the_airflow_example_asks_for_is_there(scheduled):
    dag = ast.parse(fenced(SCHEDULING, "python")[0])
    calls = {node.func.id: node for node in ast.walk(dag) if isinstance(node, ast.Call) and hasattr(node.func, "id")}
    asked = {name: {word.arg: word.value for word in call.keywords} for name, call in calls.items()}
    told = shell(ast.literal_eval(asked["BashOperator"]["bash_command"]), scheduled)
    assert told.returncode == 0, told.stderr
    papermill = asked["PapermillOperator"]
    notebook = scheduled / Path(ast.literal_eval(papermill["input_nb"])).relative_to(PLACE)
    assert set(ast.literal_eval(papermill["parameters"])) <= set(parameters_of(notebook))


def test_there_are_commands_and_nothing_else_is_left_out():
    assert len(commands()) > 10
    shown = [line for page in PAGES for body in fenced(page, "sh") for line in body.splitlines()]
    assert any(line.startswith(NOT_AGAIN) for line in shown)


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", "DECISIONS.md", "data/README.md"])
def test_links_lead_somewhere(page):
    text = FENCE.sub("", (PROJECT / page).read_text("utf-8"))
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = (PROJECT / page).parent / target if target else PROJECT / page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(link)
    assert not lost


def test_chinese_pages_lead_to_chinese_pages():
    english = []
    for page in [*(page for page in PAGES if ".zh-CN" in page), "docs/analyst.md", "notebooks/welcome.md"]:
        for link in re.findall(r"\]\(([^)\s#]+)\.md[)#]", (PROJECT / page).read_text("utf-8")):
            there = (PROJECT / page).parent / f"{link}.zh-CN.md"
            english += [(page, link)] if there.is_file() and there != PROJECT / page else []  # but to its own English
    assert not english


def anchors(path: Path) -> set[str]:
    """What headings of a page are called in a link to them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_index():
    index = (PROJECT / "docs" / "README.md").read_text("utf-8")
    assert not [page for page in PAGES if page.startswith("docs/") and f"({page[5:]})" not in index + "(README.md)"]


@pytest.mark.parametrize("command", sorted(typer.main.get_command(app).commands))
def test_every_command_and_option_is_told_of(command):
    page = (PROJECT / "docs" / "commands.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert command in sections
    for parameter in typer.main.get_command(app).commands[command].params:
        names = [*parameter.opts, *parameter.secondary_opts] if parameter.param_type_name == "option" else []
        for name in set(names) - {"--help"}:
            assert f"`{name}`" in sections[command] or f" {name} " in sections[command], name
        if parameter.param_type_name == "argument":
            assert (parameter.metavar or parameter.name.upper()) in sections[command]


def test_the_limits_are_those_of_the_program():
    page = (PROJECT / "docs" / "limits-and-security.md").read_text("utf-8")
    for limit in fields(Limits):
        value = limit.default
        shown = f"{value >> 20} MB" if limit.name.endswith("_bytes") else f"{value:,}"
        assert re.search(rf"`{limit.name}` \| {shown}\b", page), limit.name
