"""One base's submission: its file name, its content besides the answers, and how it is written."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from ecanalysis.form.blank import SHEET, write_template
from ecanalysis.form.fields import TITLE, notes
from ecanalysis.sample.faults import FORM, OFFICIAL
from ecanalysis.sample.files import WRITERS, saved_again, write_docx
from ecanalysis.sample.invent import GIVEN, PLACES
from ecanalysis.sample.layouts import Hand, official_grid


class Way(NamedTuple):
    """The layout and file format of a base's form, and its style of writing."""

    layout: str
    suffix: str
    hand: Hand = Hand()
    symbols: bool = False


FORM_WAY = Way(FORM, ".xlsx")
# Used in turn for bases without base-period values, which the official form does not ask for.
OFFICIAL_WAYS = (
    Way(OFFICIAL, ".docx"),
    Way(OFFICIAL, ".xlsx", Hand("√", " ", True)),
    FORM_WAY,
    Way(OFFICIAL, ".docx", Hand("☑", "", True), symbols=True),
    Way(OFFICIAL, ".et", Hand("■", "", False, True)),
    Way(OFFICIAL, ".docx", Hand("✔", "__", True, True)),
    Way(OFFICIAL, ".xlsx", Hand("●", " ", False, True)),
    Way(OFFICIAL, ".ods", Hand("☑", "__")),
)


def ways(bases: list, answers: Mapping[str, Mapping], year: int) -> dict[str, Way]:
    """How each base (a row of the roster) sends its form: most use the workbook of the form."""
    chosen, official = {}, 0
    for index, base in enumerate(bases):
        if any(at == year - 1 for _, at in answers[base.base_id]):
            chosen[base.base_id] = FORM_WAY._replace(suffix={4: ".xls", 15: ".ods"}.get(index % 25, ".xlsx"))
        else:
            chosen[base.base_id] = OFFICIAL_WAYS[official % len(OFFICIAL_WAYS)]
            official += 1
    return chosen


def particulars(index: int, base, year: int) -> dict:
    """A base's form besides the answers; people and numbers are obviously invented."""
    area = f"东至示例一路，西至示例二路，规划面积约{0.2 + index % 23 / 10:.1f}平方公里"
    person = {
        "office_phone": "000-0000 0000",
        "mobile": "000 0000 0000",
        "wechat": "shili-000",
        "email": "shili@example.invalid",
    }
    return {
        "base_name": _typed_name(index, base),
        "department": PLACES[base.province].department,
        "address": f"示例市示例区示例路{index + 1}号，{area}",
        "主要负责人": {"name": "示例负责人", "title": "主任", **person},
        "联系人": {"name": "示例联系人", "title": "科员", **person},
        "suggestions": GIVEN["suggestions"][index % len(GIVEN["suggestions"])],
        "review_opinion": "" if index % 41 == 17 else "经审核，情况属实，同意报送。",
        "review_date": date(year + 1, 6, 5 + index % 20),
    }


def file_name(index: int, base_name: str) -> str:
    """A base's file name, without the extension."""
    patterns = ("{name}", "{name}报告表", "附件6-{name}", "{index:02d}.{name}")
    return patterns[index % len(patterns)].format(name=base_name.strip(), index=index % 20 + 1)


def write_form(
    path: Path, year: int, way: Way, answers: Mapping[tuple[str, int], object], form: Mapping, units: Mapping[str, str]
) -> None:
    """Write one form; `answers` by code and year, as typed."""
    if way.layout == FORM:
        write_template(path, year, answers, form, units)
        if way.suffix != ".xlsx":
            WRITERS[way.suffix](path, saved_again(path), SHEET)
        return
    now = {code: answer for (code, at), answer in answers.items() if at == year}
    grid = official_grid(year, now, form, way.hand, titled=way.suffix != ".docx")
    if way.suffix == ".docx":
        below = notes(year).split("\n")
        write_docx(path, grid, ["附件6", TITLE], below, way.symbols)
    else:
        WRITERS[way.suffix](path, grid, "Sheet1")


def _typed_name(index: int, base) -> str:
    """The name as typed by the base: mostly as on the roster, otherwise an alias or another spelling."""
    if base.aliases:
        return base.aliases.split(";")[0]
    name = base.name
    if index % 13 == 3:
        name = name.replace("电子商务", "电商") if "电子商务" in name else name.replace("电商", "电子商务")
    if index % 17 == 5:
        name = name.replace("·", " · ")
    if index % 19 == 7 and name.endswith("园"):
        name += "区"
    return name
