"""The committed notebooks: run from top to bottom, nothing but calls in them, and every figure in them comes again."""

import ast
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest
from lxml.html import document_fromstring

from ecanalysis.evaluation import complete
from ecanalysis.publishing.html import html_page
from ecanalysis.publishing.kernels import kernels
from ecanalysis.publishing.numbering import numbered
from ecanalysis.publishing.word.blocks import put
from ecanalysis.publishing.word.paper import new_paper

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
# Those that are shipped: what an analyst has added is theirs to check.
SHIPPED = subprocess.run(["git", "ls-files", "-z", "*.ipynb"], cwd=FOLDER, capture_output=True, text=True, check=True)
NOTEBOOKS = sorted(FOLDER / name for name in SHIPPED.stdout.split("\0") if (FOLDER / name).is_file())
PAGES = [path for path in NOTEBOOKS if re.match(r"\d\d_|base|province|decision", path.stem)]
# What belongs in the library, where it is tested; a cell filters, sorts, merges and picks columns in plain pandas.
LIBRARY = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.comprehension)

every = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)


def code_cells(path: Path) -> list:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_the_suite_is_there():
    assert {"00_national", "base", "province"} <= {path.stem for path in PAGES}


@every
def test_every_code_cell_was_run_in_order(path):
    counts = [cell.execution_count for cell in code_cells(path) if cell.source.strip()]
    assert counts == list(range(1, len(counts) + 1))


@every
def test_no_error_warning_or_trace_of_a_machine(path):
    text = path.read_text("utf-8")
    for cell in code_cells(path):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
    assert not re.search(r'"/(home|root|work|tmp|Users|usr)/|[A-Z]:\\\\\\\\|0x[0-9a-f]{8,}', text)
    metadata = nbformat.read(path, as_version=4).metadata
    assert metadata.kernelspec.name == "python3"
    assert "papermill" not in metadata


@every_page
def test_cells_define_nothing_and_loop_over_nothing(path):
    for cell in code_cells(path):
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, LIBRARY), f"{ast.unparse(node)} belongs in the library"


@every_page
def test_parameters_are_literals_and_explained(path):
    [cell] = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]
    for statement in ast.parse(cell.source).body:
        assert isinstance(statement, ast.Assign)
        ast.literal_eval(statement.value)
    assert re.search(r"#.*[\u4e00-\u9fff]", cell.source)


@every_page
def test_a_page_reads_from_question_to_assumptions(path):
    cells = nbformat.read(path, as_version=4).cells
    markdown = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert markdown[0].startswith("# ")
    assert "？" in markdown[0] + markdown[1]
    headings = [line for text in markdown for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "## 要点"
    assert headings[-1] == "## 口径与假设"
    numerals = [heading[3] for heading in headings[1:-1]]
    assert numerals == list("一二三四五六七八九十"[: len(numerals)])


def captions(page) -> list[str]:
    """表1, 表2 … and 图1, 图2 … in the order they are shown."""
    shown = [output for cell in page.cells for output in cell.get("outputs", [])]
    html = [output.get("data", {}).get("text/html", "") for output in shown]
    tables = [match for text in html for match in re.findall(r"<caption>(表\d+)", text)]
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    labels = [output.metadata.get("ecanalysis", {}).get("label") for output in pictures]
    return tables + [label or output.data["text/plain"].split("　")[0] for label, output in zip(labels, pictures)]


@every_page
def test_tables_and_figures_are_numbered_in_order(path):
    found = captions(numbered(nbformat.read(path, as_version=4)))
    for kind in "表图":
        numbers = [caption[1:] for caption in found if caption[0] == kind]
        assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


@every_page
def test_every_table_and_figure_is_referred_to(path):
    page = numbered(nbformat.read(path, as_version=4))
    said = [cell.source for cell in page.cells if cell.cell_type == "markdown"]
    outputs = [output.get("data", {}) for cell in page.cells for output in cell.get("outputs", [])]
    said += [data.get("text/markdown", "") for data in outputs]
    for caption in captions(page):
        found = re.search(rf"{caption}(?!\d)", "\n".join(said))
        assert found, f"no sentence refers to {caption}"


@every
def test_headings_of_columns_are_chinese(path):
    """An English name without a line in columns.toml would stand above its column as it is."""
    shown = [output.get("data", {}).get("text/html", "") for cell in code_cells(path) for output in cell.outputs]
    headings = [heading for html in shown for heading in re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html)]
    assert not [heading for heading in headings if re.search(r"[A-Za-z_]", heading)]


@every_page
def test_pictures_have_alternative_texts(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                assert len(output.metadata["image/png"]["alt"]) > 10


@every_page
def test_every_figure_bears_its_finding_over_its_caption_on_the_page_and_in_word(path):
    page = document_fromstring(html_page(nbformat.read(path, as_version=4)))
    heads = [(one.find("strong").text_content(), one.find("strong").tail) for one in page.iter("figcaption")]
    assert len(heads) == len(list(page.iter("figure")))
    assert all(len(finding) > 6 and caption.startswith("图") for finding, caption in heads)
    paper = new_paper("", 2027)
    put(paper, page.find(".//main"))
    captions = [one for one in paper.paragraphs if one.style.name == "Caption" and one.text[:1] != "表"]
    assert [one.text for one in captions] == [text for head in heads for text in head]
    assert [one.runs[0].bold for one in captions] == [True, False] * len(heads)


@pytest.mark.slow
def test_every_output_comes_again(evaluation, tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    options = [
        "--nbval",
        "-p",
        "ecanalysis.publishing.kernels",
        "-p",
        "no:cacheprovider",
        "-q",
        "-c",
        tmp_path / "pytest.ini",
        f"--rootdir={FOLDER}",
    ]
    with kernels() as hand_over:
        hand_over(complete(evaluation))
        command = [sys.executable, "-m", "pytest", *map(str, options), *map(str, filter(code_cells, NOTEBOOKS))]
        ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-8000:]


# One word for one thing (CONTRIBUTING.md), and nothing that reads like a program.
NOT_SAID = {
    "a code or a file of ours": r"C03_operator|SALib|quota_left|growth_mismatch|aliases|\.(csv|toml|ipynb|parquet)\b",
    "a command or a parameter": r"参数|ecanalysis |--[a-z]",
    "nothing": r"\b(None|nan|NaN|NaT)\b|<NA>",
    "a hyphen for a minus": r"(?<![\w.·\-“])-\d",
    "another word for 本次, 上次, 名次 or 界线": r"本轮|上一轮|两轮均|(?<!百分)位次|门槛|安全位",
    "a date that is none": r"\b20\d\d-\d\d-\d\d\b",
    "two spaces": r"[^\S\n\u3000]{2,}",
}


@pytest.mark.parametrize("path", [path for path in PAGES if path.stem != "decision"], ids=lambda path: path.stem)
def test_what_officials_read_is_official_chinese(path):
    cells = nbformat.read(path, as_version=4).cells
    read = [cell.source for cell in cells if cell.cell_type == "markdown"]
    for output in (output for cell in cells for output in cell.get("outputs", [])):
        data = output.get("data", {})
        read.append(data.get("text/markdown", ""))
        read.append(re.sub(r"<[^>]+>", "\n", data.get("text/html", "")))
        read += [output.metadata.get("image/png", {}).get("alt", "")]
        read += [output.metadata.get("ecanalysis", {}).get("finding", "")]
    text = unescape("\n".join(read))
    found = {
        what: [text[max(hit.start() - 12, 0) : hit.end() + 12] for hit in re.finditer(words, text)]
        for what, words in NOT_SAID.items()
    }
    assert not {what: hits for what, hits in found.items() if hits}
