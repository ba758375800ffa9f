"""What the notebooks say of small rounds, held against texts that were read: a first round with one region, two small
rounds with hostile names, nobody at all. (What they say of the sample rounds is in the committed notebooks.)

After a change of wording, or with a new template: `python tests/test_wording.py`, then read what has changed in
tests/golden.
"""

import csv
import re
import shutil
import warnings
from pathlib import Path
from unittest.mock import patch

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from notebook_cells import shown
from test_charts import overlaps, small_type
from toys import write_rounds

from ecanalysis import load_round
from ecanalysis.errors import UserError
from ecanalysis.evaluation import Evaluation
from ecanalysis.presenting.wording import FOLDER, environment, render, template

PROJECT = Path(__file__).resolve().parent.parent
GOLDEN = Path(__file__).parent / "golden"
ROUNDS = ("nobody", "one_region", "two_rounds")
TEMPLATES = sorted(path for path in FOLDER.glob("*.md.j2") if path.stem != "every.md")
OTHERS = {"explore.md", "letter.md"}  # the desk's, and what a letter says beside its page
NOTEBOOKS = [path.name.removesuffix(".md.j2") for path in TEMPLATES if path.stem not in OTHERS]


def evaluations(folder: Path) -> dict[str, Evaluation]:
    """The rounds that the notebooks tell of, by the names in ROUNDS."""
    source, found = PROJECT / "data" / "2025", {}
    with open(source / "roster.csv", encoding="utf-8-sig") as lines:
        rows = [row for row in csv.DictReader(lines) if row["province"] == "四川" and row["kind"] == "示范基地"]
    for name in ("nobody", "one_region"):
        small = folder / name / "2025"
        (small / "submissions").mkdir(parents=True)
        with open(small / "roster.csv", "w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        found[name] = small
    for path in (source / "submissions" / "四川").glob("*.xlsx"):
        shutil.copy(path, folder / "one_region" / "2025" / "submissions")
    before, now = write_rounds(folder / "two_rounds")
    return {name: load_round(place) for name, place in found.items()} | {"two_rounds": load_round(now, before)}


def said(name: str, r: Evaluation) -> str:
    """All that a notebook says of a round: sentences, what figures show, which tables are empty."""
    with_page = r.decisions if name == "decision" else r.bases
    one = {"province_name": r.roster.province.iloc[0], "base_id": next(iter(with_page.base_id), "")}
    # The figures are drawn, not turned into pictures; what is cut off or too small to read in print fails.
    with warnings.catch_warnings(), patch("ecanalysis.presenting.charts._finished", _closed):
        warnings.simplefilter("error", RuntimeWarning)
        results = shown(name, r, **one)
    texts = []
    for result in results:
        if hasattr(result, "alt"):
            texts.append(f"图 {result.notes['name']}：{result.notes['finding']}\n{result.alt}")
        elif hasattr(result, "title"):
            empty = "（无）" if "colspan" in result.data else ""
            texts.append(f"表 {result.name}：{result.title}{empty}")
        else:
            texts.append(result.data)
    assert texts[1].strip(), "the answer, after the title, says nothing"
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
    return evaluations(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("name, of", cases())
def test_a_small_round_is_told_in_words(rounds, name, of):
    text = said(name, rounds[of])
    assert not re.search(r"\bnan\b|None|<b>|，。|：。|。。", text)
    assert text == (GOLDEN / name / f"{of}.md").read_text("utf-8")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_goes_around_the_escape(path):
    """`safe` takes a text as it is, and ~ escapes only what is HTML."""
    assert not re.search(r"\|\s*safe|~", re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S))


FAULTS = {
    "{{ gaps.gap.max() | numbr }}": "没有过滤器“numbr”（最接近的是 number）",
    "{{ gapz.gap.max() }}": "笔记本的 say(…) 没有给出“gapz”（最接近的是 gap、gaps）",
    "{{ gaps.gapp.max() }}": "没有“gapp”（最接近的是 gap、gaps）",
    "{% if gaps.empty %}": "前面的 {% if %} 没有写 {% endif %}",
    "{% endfi %}": "没有标签“endfi”",
    "{{ gaps.gap.max( }}": "标签没有写完",
    "{{ gaps.gap.max() }": "单独的“{”",
    "{{ “甲” }}": "多了符号““”；标签中的标点用半角",
    "｛｛ gaps.gap ｝｝": "单独的“｛”",
    "{ gaps.gap }": "单独的“{”",
    "{{ gaps }}": "填入的应是一个值",
    "{{ gaps.gap }}": "填入的应是一个值",
    "{{ gaps.gap.max }}": "漏了圆括号",
    "{{ 'x' if gaps }}": "有没有行写 表.empty",
}


@pytest.mark.parametrize("sentence, said", FAULTS.items(), ids=FAULTS)
def test_a_fault_in_a_template_is_told_with_its_line(tmp_path, sentence, said):
    before = "{#- 一段\n说明 -#}\n\n{% block one %}\n"
    (tmp_path / "t.md.j2").write_text(f"{before}{sentence}\n{{% endblock %}}\n", "utf-8")
    with pytest.raises(UserError) as told:
        made = environment(tmp_path)
        render([template(made, "t.md.j2")], "one", gaps=pd.DataFrame({"gap": [1.5, 2.5]}))
    line = 6 if "{% if" in sentence else 5  # what is missing is told where it is missed
    assert re.match(rf"措辞模板 t\.md\.j2 第{line}行( one)?：", str(told.value)) and said in str(told.value)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        given = evaluations(Path(scratch))
        for name, of in cases():
            (GOLDEN / name).mkdir(parents=True, exist_ok=True)
            (GOLDEN / name / f"{of}.md").write_text(said(name, given[of]), "utf-8")
            print(name, of)
