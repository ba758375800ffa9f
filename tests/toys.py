"""Small notebooks for tests of what runs and publishes them."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}


def write_notebook(path: Path, *sources: str, parameters: str = "round_year = 2027\nprevious_year = 2025") -> Path:
    """A notebook with a heading, a parameters cell and these cells; one that begins with # is Markdown."""
    cells = [new_markdown_cell("# 测试简报"), new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    cells += [new_markdown_cell(text) if text.startswith("#") else new_code_cell(text) for text in sources]
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place:02d}"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)
    return path


def outputs(notebook) -> list[dict]:
    """What the code cells showed, one dictionary an output, without running numbers."""
    return [dict(output, execution_count=None) for cell in notebook.cells for output in cell.get("outputs", [])]
