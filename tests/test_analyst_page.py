"""What the analyst's manual shows at the prompt runs as it stands, from the first question to files."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from ecanalysis.desk import lab
from ecanalysis.evaluation import Evaluation
from ecanalysis.form.words import TABLE_NAMES

PROJECT = Path(__file__).resolve().parent.parent
PAGE = (PROJECT / "docs" / "analyst.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
WRITTEN = ["values", "issues", "files", "bases"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working folder with what the page's own `parse` command writes there, of one province alone."""
    folder = tmp_path_factory.mktemp("analyst")
    [line] = re.findall(r"^\.venv/bin/ecanalysis (parse .*)$", PAGE, re.MULTILINE)
    line = line.replace("data/2027/submissions", str(PROJECT / "data" / "2027" / "submissions" / "浙江"))
    told = subprocess.run([sys.executable, "-m", "ecanalysis.cli", *line.split()], cwd=folder, capture_output=True)
    assert told.returncode in (0, 1), told.stderr
    return folder


def last_value(block: str, names: dict):
    """Run a block as a notebook cell does; what its last line is, where it is an expression."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.user_ns.update(names)
    result = shell.run_cell(block)
    result.raise_error()
    names.update({name: value for name, value in shell.user_ns.items() if not name.startswith("_")})
    return result.result


def test_every_block_runs_one_after_the_other(folder, monkeypatch):
    monkeypatch.chdir(folder)
    names: dict = {}
    shown = [last_value(block, names) for block in BLOCKS]
    assert len(BLOCKS) >= 9
    for block, result in zip(BLOCKS, shown):
        if not re.search(r"r\.export|sns\.", block):
            assert isinstance(result, pd.DataFrame) and len(result), block
    r = names["r"]
    assert (r.year, r.previous.year) == (2027, 2025)
    assert set(shown[0].status) == {"revoke"}
    assert shown[1].lost.is_monotonic_decreasing
    check_workbook(r, folder / "总表.xlsx")
    check_tables(r, folder / "out" / "tables")


def check_workbook(r, path):
    sheets = openpyxl.load_workbook(path)
    assert {"总表", "两轮对比", "透视用", "说明"} <= set(sheets.sheetnames)
    shown = {row[0] for row in sheets["总表"].iter_rows(min_row=3, values_only=True)}
    assert set(r.scores.base_id) <= shown


def check_tables(r, folder):
    assert {path.name for path in folder.iterdir()} == {
        f"{name}.{kind}" for name in TABLE_NAMES for kind in ("csv", "parquet")
    }
    for name in TABLE_NAMES:
        table = pd.DataFrame(getattr(r, name))
        assert (folder / f"{name}.csv").read_bytes().startswith(b"\xef\xbb\xbf")
        pd.testing.assert_frame_equal(pd.read_parquet(folder / f"{name}.parquet"), table)
        assert len(pd.read_csv(folder / f"{name}.csv", encoding="utf-8-sig")) == len(table)


def test_parquet_holds_what_parse_wrote_as_csv(folder):
    parsed = folder / "out" / "parsed"
    for name in WRITTEN:
        rows, plain = (
            pd.read_parquet(parsed / f"{name}.parquet"),
            pd.read_csv(parsed / f"{name}.csv", encoding="utf-8-sig"),
        )
        assert (len(rows), [*rows.columns]) == (len(plain), [*plain.columns])


def test_every_verb_of_the_page_is_there():
    named = set(re.findall(r"`r\.(\w+)", PAGE))
    assert len(named) > 12
    assert not named - set(vars(Evaluation)) - {field.name for field in fields(Evaluation)}


def test_every_notebook_is_told_of_here_and_on_the_welcome_page():
    welcome = (PROJECT / "notebooks" / "welcome.md").read_text("utf-8")
    for path in sorted((PROJECT / "notebooks").glob("*.ipynb")):
        assert f"`{path.stem}`" in PAGE, path.stem
        assert f"({path.name})" in welcome, path.stem
    linked = re.findall(r"\]\(([^)]+)\)", welcome)
    made = f"../work/{lab.OWN}"  # by `ecanalysis lab`
    assert made in linked
    assert not [target for target in {*linked} - {made} if not (PROJECT / "notebooks" / target).exists()]


def test_make_lab_is_the_lab_command():
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    assert re.search(r"^lab:.*\n\t\$\(BIN\)/ecanalysis lab$", makefile, re.MULTILINE)
