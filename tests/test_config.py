"""ecanalysis.toml stands for what is otherwise typed; the command line wins; what is wrong in it is named by line."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from ecanalysis import cli, evaluation
from ecanalysis.form.blank import write_template
from ecanalysis.publishing import briefings
from ecanalysis.publishing.briefings import Run
from ecanalysis.reading.limits import VARIABLE
from ecanalysis.scoring.scheme import default


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What `brief` and `score` were asked for, without doing it; in an empty working folder."""
    seen = {}

    def load_round(which, previous=None, scheme=None, executor=None, fresh=False):
        seen.update(round=which, previous=previous, scheme=scheme)
        seen.update({name: getattr(executor, name, None) for name in ("workers", "scheduler")})
        return SimpleNamespace(history=[], scheme=default(), round=SimpleNamespace(folder=tmp_path / "data" / "2027"))

    def brief(r, out, **options):
        seen.update(out=out, **{key: options[key] for key in ("only", "with_scores", "resume", "final", "parameters")})
        return Run(Path(out))

    monkeypatch.setattr(evaluation, "load_round", load_round)
    monkeypatch.setattr(briefings, "brief", brief)
    monkeypatch.chdir(tmp_path)
    return seen


def run(*line):
    return CliRunner().invoke(cli.app, [str(word) for word in line])


FULL = """
round = 2027
previous = ["data/2023", 2025]
scheme = "mine.toml"
workers = 4
scheduler = "tcp://10.0.0.5:8786"

[brief]
out = "published"
only = ["national", "浙江"]
with_scores = true
resume = true
parameter = ["top=5"]

[score]
out = "scored"
"""


def test_everything_can_stand_in_the_file(asked, tmp_path):
    (tmp_path / "ecanalysis.toml").write_text(FULL, "utf-8")
    (tmp_path / "mine.toml").touch()
    (tmp_path / "data" / "2025").mkdir(parents=True)
    told = run("brief")
    assert told.exit_code == 0, told.stderr
    assert "设置取自 ecanalysis.toml" in told.stderr
    assert asked == {
        "round": "2027",  # no data/2027 beside the file: looked for as a year
        "previous": ["data/2023", "data/2025"],
        "scheme": Path("mine.toml"),
        "workers": None,  # where there is a cluster, it says
        "scheduler": "tcp://10.0.0.5:8786",
        "out": Path("published"),
        "only": ["national", "浙江"],
        "with_scores": True,
        "resume": True,
        "final": False,
        "parameters": {"top": 5},
    }


def test_the_command_line_wins(asked, tmp_path):
    (tmp_path / "ecanalysis.toml").write_text(FULL, "utf-8")
    (tmp_path / "mine.toml").touch()
    line = "brief 2029 --previous 2027 --out elsewhere --only bases --no-with-scores --no-resume -p top=9"
    line += " --scheduler tcp://10.0.0.9:1"
    assert run(*line.split()).exit_code == 0
    assert (asked["round"], asked["previous"], asked["scheduler"]) == ("2029", ["2027"], "tcp://10.0.0.9:1")
    assert (asked["out"], asked["only"]) == (Path("elsewhere"), ["bases"])
    assert (asked["with_scores"], asked["resume"], asked["parameters"]) == (False, False, {"top": 9})
    assert asked["scheme"] == Path("mine.toml")


def test_paths_are_relative_to_the_file_that_is_named(asked, tmp_path):
    folder = tmp_path / "elsewhere"
    (folder / "data" / "2027").mkdir(parents=True)
    (folder / "nightly.toml").write_text('round = 2027\nprevious = "rounds/2025"\n[brief]\nout = "reports"\n', "utf-8")
    assert run("brief", "--config", folder / "nightly.toml").exit_code == 0
    assert asked["round"] == str(folder / "data" / "2027")
    assert asked["previous"] == [str(folder / "rounds" / "2025")]
    assert asked["out"] == folder / "reports"


def test_a_table_is_for_its_command_and_wins_over_what_is_for_all(asked, tmp_path):
    (tmp_path / "ecanalysis.toml").write_text("workers = 4\nround = 2027\n[brief]\nworkers = 2\n[score]\nout = 's'\n")
    run("brief")
    assert (asked["workers"], asked["out"]) == (2, Path("reports"))


def test_without_a_file_nothing_changes(asked):
    told = run("brief", "2027")
    assert told.exit_code == 0 and "设置取自" not in told.stderr
    assert run("brief").exit_code == 2  # the round has to be told somewhere


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("round = 2027\n\nworkrs = 2\n", "第3行 workrs：没有这一项设置（最接近的是 workers）"),
        ("out = 'reports'\n", "第1行 out：应写在 [parse] 或 [score] 或 [brief] 之下"),
        ("[brief]\nonly = ['national']\nyear = 2027\n", "第3行 brief.year：没有这一项设置"),
        ("[breif]\nout = 'x'\n", "第1行 breif：没有这一项设置（最接近的是 brief）"),
        ("[brief]\nfinal = true\n", "第2行 brief.final：只能在命令行给出"),
        ("workers = '4'\n", "第1行 workers：应为正整数，实为 '4'"),
        ("workers = 0\n", "第1行 workers：应为正整数"),
        ("scheme = 5\n", "第1行 scheme：应为文字（加引号），实为 5"),
        ("[brief]\nresume = 1\n", "第2行 brief.resume：应为 true 或 false，实为 1"),
        ("[brief]\nonly = ['national', 3]\n", "第2行 brief.only：应为文字（加引号），实为 3"),
        (
            "[parse]\nout = 'p'\nscheem = 'x'\n",
            "第3行 parse.scheem：没有这一项设置",
        ),  # of another command, told all the same
        ("round = \n", "第1行第9列附近 不合TOML的写法"),
        ("[limits]\ncell = 5\n", "第2行 limits.cell：没有这一项限额（最接近的是 cells）"),
        ("[limits]\ncells = 0\n", "第2行 limits.cells：应为大于0的整数，实为 0"),
        ("[limits]\nclock_seconds = '30'\n", "第2行 limits.clock_seconds：应为大于0的数，实为 '30'"),
    ],
)
def test_what_is_wrong_is_named_by_its_line_and_nothing_is_done(asked, tmp_path, text, complaint):
    (tmp_path / "ecanalysis.toml").write_text(text, "utf-8")
    told = run("brief", "2027")
    assert told.exit_code == 2
    assert f"ecanalysis.toml {complaint}" in told.stderr
    assert not asked


def test_limits_hold_for_files_read_in_workers(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")  # what the command sets is undone with it
    monkeypatch.chdir(tmp_path)
    write_template(tmp_path / "a.xlsx", 2027, {("C04", 2027): 5}, {"base_name": "甲园"})
    assert run("parse", "a.xlsx", "--year", "2027", "--out", "whole").exit_code == 0
    (tmp_path / "ecanalysis.toml").write_text("[limits]\ncells = 20\n", "utf-8")
    told = run("parse", "a.xlsx", "--year", "2027", "--out", "none")
    assert told.exit_code == 1 and "填有内容的单元格过多" in told.stderr
    (tmp_path / "ecanalysis.toml").unlink()
    monkeypatch.setenv(VARIABLE, "cells=none")
    told = run("parse", "a.xlsx", "--year", "2027", "--out", "none")
    assert told.exit_code == 2 and "“cells=none”不是限额" in told.stderr


def test_all_faults_are_told_at_once(asked, tmp_path):
    (tmp_path / "ecanalysis.toml").write_text("a = 1\nworkers = 2\n[score]\nb = 1\n", "utf-8")
    told = run("score", "2027", "--out", "x").stderr
    assert "第1行 a" in told and "第4行 score.b" in told


def test_parse_and_review_read_it_too(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "summary.csv").write_text("基地名称,C01\n示例·甲园区,是\n", "utf-8")
    config = tmp_path / "ecanalysis.toml"
    config.write_text('[parse]\npaths = "in"\nyear = 2025\nout = "parsed"\n[review]\nreport = "parsed"\n', "utf-8")
    told = run("parse", "--config", config)
    assert told.exit_code == 0, told.stderr
    assert (tmp_path / "parsed" / "values.csv").is_file()
    told = run("review", "--config", config)
    assert told.exit_code == 2 and "没有已发布的报告" in told.stderr
