"""What the notebooks say of small rounds, held against texts that were read: a first round with one region, two small
rounds with hostile names, nobody at all. (What they say of the sample rounds is in the committed notebooks.)

After a change of wording, or with a new template: `python tests/test_wording.py`, then read what has changed in
tests/golden.
"""

import ast
import csv
import json
import re
import shutil
import warnings
from pathlib import Path
from unittest.mock import patch

import matplotlib.pyplot as plt
import pytest
from test_charts import overlaps, small_type
from toys import write_rounds

from ecanalysis import load_round
from ecanalysis.presenting.wording import FOLDER

PROJECT = Path(__file__).resolve().parent.parent
GOLDEN = Path(__file__).parent / "golden"
ROUNDS = ("nobody", "one_region", "two_rounds")
TEMPLATES = sorted(path for path in FOLDER.glob("*.md.j2") if path.stem != "every.md")
OTHERS = {"explore.md", "letter.md"}  # the desk's, and what a letter says beside its page
NOTEBOOKS = [path.name.removesuffix(".md.j2") for path in TEMPLATES if path.stem not in OTHERS]


def small_rounds(folder: Path) -> dict[str, dict]:
    """Name -> the parameters with which a notebook reads those rounds."""
    source, given = PROJECT / "data" / "2025", {}
    with open(source / "roster.csv", encoding="utf-8-sig") as lines:
        rows = [row for row in csv.DictReader(lines) if row["province"] == "四川" and row["kind"] == "示范基地"]
    for name in ("nobody", "one_region"):
        small = folder / name / "2025"
        (small / "submissions").mkdir(parents=True)
        with open(small / "roster.csv", "w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        given[name] = {"round_year": str(small), "previous_year": None}
    for path in (source / "submissions" / "四川").glob("*.xlsx"):
        shutil.copy(path, folder / "one_region" / "2025" / "submissions")
    before, now = write_rounds(folder / "two_rounds")
    return given | {"two_rounds": {"round_year": str(now), "previous_year": str(before)}}


def shown(name: str, **parameters) -> list:
    """What the cells of a notebook show, run in order with other parameters (those that it has)."""
    notebook = json.loads((PROJECT / "notebooks" / f"{name}.ipynb").read_text("utf-8"))
    names, results = {}, []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, name, "exec"), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names.update({key: value for key, value in parameters.items() if key in names})
            if last:
                results.append(eval(compile(ast.Expression(last.value), name, "eval"), names))
    return [result for result in results if result is not None]


def said(name: str, given: dict) -> str:
    """All that a notebook says of a round: sentences, what figures show, which tables are empty."""
    r = load_round(given["round_year"], previous=given["previous_year"])
    with_page = r.decisions if name == "decision" else r.bases
    one = {"province_name": r.roster.province.iloc[0], "base_id": next(iter(with_page.base_id), "")}
    # The figures are drawn, not turned into pictures; what is cut off or too small to read in print fails.
    with warnings.catch_warnings(), patch("ecanalysis.presenting.charts._finished", _closed):
        warnings.simplefilter("error", RuntimeWarning)
        results = shown(name, **given, **one)
    texts = []
    for result in results:
        if hasattr(result, "alt"):
            texts.append(f"图 {result.notes['name']}：{result.notes['finding']}\n{result.alt}")
        elif hasattr(result, "title"):
            empty = "（无）" if "colspan" in result.data else ""
            texts.append(f"表 {result.name}：{result.title}{empty}")
        else:
            texts.append(result.data)
    return "\n\n".join(texts) + "\n"


def _closed(figure) -> bytes:
    assert not overlaps(figure) + small_type(figure)
    plt.close(figure)
    return b""


def cases() -> list[tuple[str, str]]:
    # A base's page is made of a base with a result, a dossier of one with a proposal.
    without = {("base", "nobody"), ("decision", "nobody"), ("decision", "one_region")}
    return [(name, of) for name in NOTEBOOKS for of in ROUNDS if (name, of) not in without]


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    return small_rounds(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("name, of", cases())
def test_a_small_round_is_told_in_words(rounds, name, of):
    text = said(name, rounds[of])
    assert not re.search(r"\bnan\b|None|<b>|，。|：。|。。", text)
    assert text == (GOLDEN / name / f"{of}.md").read_text("utf-8")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_goes_around_the_escape(path):
    """`safe` takes a text as it is, and ~ escapes only what is HTML."""
    assert not re.search(r"\|\s*safe|~", re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S))


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        given = small_rounds(Path(scratch))
        for name, of in cases():
            (GOLDEN / name).mkdir(parents=True, exist_ok=True)
            (GOLDEN / name / f"{of}.md").write_text(said(name, given[of]), "utf-8")
            print(name, of)
