"""Small notebooks and small rounds, for tests of what runs and publishes them."""

import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ecanalysis.form.blank import write_template
from ecanalysis.form.fields import FIELDS

PATIENCE = 300  # seconds until what should come is taken not to come: long, because a machine may be very busy
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}


def write_notebook(path: Path, *sources: str, parameters: str = "round_year = 2027\nprevious_year = 2025") -> Path:
    """A notebook with a heading, a parameters cell and these cells; one that begins with # is Markdown."""
    cells = [new_markdown_cell("# 测试简报"), new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    cells += [new_markdown_cell(text) if text.startswith("#") else new_code_cell(text) for text in sources]
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place:02d}"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), path)
    return path


def until(came: Callable[[], object]) -> bool:
    """Wait for an event, however short; False where it does not come."""
    end = time.monotonic() + PATIENCE
    while not (here := came()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(here)


def outputs(notebook) -> list[dict]:
    """What the code cells showed, one dictionary an output, without running numbers."""
    return [dict(output, execution_count=None) for cell in notebook.cells for output in cell.get("outputs", [])]


BASES = (
    ("T1", "示例·甲园区", "浙江", "示范基地"),
    ("T2", "示例·乙园区", "浙江", "示范基地"),
    ("T3", "示例·丙园区", "浙江", "集聚区"),
    ("T4", "示例·<b>丁</b>园区", "湖北", "示范基地"),
    ("T5", "示例·戊园区", "湖北", "示范基地"),
    ("T6", "示例·己园区", "湖北", "示范基地"),
    ("T7", "示例·庚园区", "湖北", "示范基地"),
)
SILENT = {2025: "T2", 2027: "T3"}
PERSON = {"name": "联络人欧阳某", "title": "主任", "office_phone": "000-7654 3210", "mobile": "000-1234 5678",
          "wechat": "wx-ouyang", "email": "ouyang@example.invalid"}  # fmt: skip


def write_rounds(folder: Path) -> list[Path]:
    """Two rounds of seven bases in two provinces, one silent in each: real workbooks with contacts in them."""
    for year in (2025, 2027):
        submissions = folder / str(year) / "submissions"
        submissions.mkdir(parents=True)
        lines = [
            "base_id,name,aliases,province,kind",
            *(f"{base},{name},,{where},{kind}" for base, name, where, kind in BASES),
        ]
        (folder / str(year) / "roster.csv").write_text("\n".join(lines) + "\n", "utf-8")
        for place, (base, name, province, _) in enumerate(BASES, 1):
            if base != SILENT[year]:
                person = {"主要负责人": PERSON, "联系人": PERSON}
                particulars = {"base_name": name, "department": f"{province}商务厅", "address": "示例路", **person}
                beside = f" {PERSON['name']} {PERSON['mobile']}" if base == "T7" else ""
                write_template(submissions / f"{base}{beside}.xlsx", year, _answers(place, year), particulars)
    return [folder / "2025", folder / "2027"]


def _answers(place: int, year: int) -> dict:
    answers = {}
    for code, field in FIELDS.items():
        if field.feature and field.feature not in "IL"[: 1 + place % 2]:
            continue
        for when, grown in ((year, 1.2), (year - 1, 1.0)):
            size = (place * 37 + len(code) * 11 + (year - 2025) * 5 * place) % 90 + 3
            plain = {"yes_no": 0 if field.adverse else place % 3 > 0, "choice": "民营企业", "percent": size / 3}
            answers[code, when] = plain.get(field.type, round(size * grown))
    return answers


# What a run of small notebooks takes, and what it makes.
NATIONAL = ("print(round_year)", "assert not broken, '有意出错'", "import os\nos._exit(1) if dies else None")
SWITCHES = "round_year = 2027\nprevious_year = 2025\nbroken = False\ndies = False"
BASE = "round_year = 2027\nprevious_year = 2025\nbase_id = 'T1'\nwith_scores = False"
PROVINCE = "round_year = 2027\nprevious_year = 2025\nprovince_name = '浙江'\nwith_scores = False"


def quick_notebooks(folder: Path) -> Path:
    """A folder with three notebooks that take no time; the national one fails or dies where it is asked to."""
    folder.mkdir()
    write_notebook(folder / "00_national.ipynb", *NATIONAL, parameters=SWITCHES)
    write_notebook(folder / "base.ipynb", "print(base_id)", parameters=BASE)
    write_notebook(folder / "province.ipynb", "print(province_name)", parameters=PROVINCE)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, by its name from there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def consistent(report: Path) -> bool:
    """Every published file is the one its manifest speaks of."""
    from ecanalysis.publishing.reports import read_manifest
    from ecanalysis.rounds.provenance import digest

    known = [page["sha256"] for page in read_manifest(report)["pages"] if page.get("sha256")]
    return all(digest(report / name) == sha for page in known for name, sha in page.items())
