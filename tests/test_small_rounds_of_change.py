"""The notebooks on change and regions say in words what a small round cannot answer; their cells run on it."""

import ast
import csv
import json
import shutil
import warnings

import pytest

NOTEBOOKS = ("03_base_period", "04_regions")


@pytest.fixture(scope="module", params=["nobody", "two of one region, no cluster"])
def small(request, project, tmp_path_factory):
    """A first round with hardly anybody in it, cut out of the sample's."""
    source, folder = project / "data" / "2025", tmp_path_factory.mktemp("data") / "2025"
    (folder / "submissions").mkdir(parents=True)
    with open(source / "roster.csv", encoding="utf-8-sig") as lines:
        rows = [row for row in csv.DictReader(lines) if row["province"] == "四川" and row["kind"] == "示范基地"]
    with open(folder / "roster.csv", "w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    if request.param != "nobody":
        for path in (source / "submissions" / "四川").glob("*.xlsx"):
            shutil.copy(path, folder / "submissions")
    return folder


def shown(project, name: str, **parameters) -> list:
    """What the cells of a notebook show, run in order with other parameters."""
    notebook = json.loads((project / "notebooks" / f"{name}.ipynb").read_text("utf-8"))
    names, results = {}, []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, name, "exec"), names)
            if "parameters" in cell["metadata"].get("tags", []):
                assert set(parameters) <= set(names)
                names.update(parameters)
            if last:
                results.append(eval(compile(ast.Expression(last.value), name, "eval"), names))
    return results


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_small_first_round_is_told_in_words(project, small, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        results = shown(project, name, round_year=str(small), previous_year=None)
    nobody = not any((small / "submissions").iterdir())
    sentences = [result.data for result in results if type(result).__name__ == "Markdown"]
    assert len(results) > 25 and len(sentences) > 4
    assert not [sentence for sentence in sentences if "nan" in sentence or "None" in sentence]
    period, findings, *_ = sentences
    assert period.startswith("报告期：")
    assert ("没有参评基地" in findings) == nobody
    assert any("没有" in sentence or "不足" in sentence for sentence in sentences)
    captions = [result.caption for result in results if hasattr(result, "caption")]
    assert [caption.split("　")[0] for caption in captions] == [f"图{place + 1}" for place in range(len(captions))]


@pytest.mark.parametrize("name, parameters", [("04_regions", {"code": "C01", "split_cities": True}),
                                              ("03_base_period", {"code": "S1"})])  # fmt: skip
def test_other_parameters(project, name, parameters):
    assert len(shown(project, name, round_year=2025, previous_year=None, **parameters)) > 25
