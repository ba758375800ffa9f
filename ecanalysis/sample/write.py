"""The invented rounds as folders of submissions, with the mix of layouts, formats and faults of a real round."""

import csv
import os
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ecanalysis.errors import UserError
from ecanalysis.sample.faults import FORM, OFFICIAL, Planted, not_chosen, plant, with_empty_feature, without_feature
from ecanalysis.sample.files import PICTURE, SCAN, WRITERS, truncated, write_evidence
from ecanalysis.sample.formats import write_formats
from ecanalysis.sample.invent import SEED, Invented, invent
from ecanalysis.sample.layouts import summary_grid
from ecanalysis.sample.submission import FORM_WAY, file_name, particulars, ways, write_form

Answers = dict[tuple[str, int], float | str]

# Provinces that send one table for all their bases: how its columns are named, and its format.
SUMMARIES = {
    2025: {"河北": ("codes", ".xlsx"), "江西": ("labels", ".xlsx"), "广西": ("labels", ".csv")},
    2027: {"河北": ("labels", ".xlsx"), "江西": ("codes", ".xlsx"), "黑龙江": ("names", ".xls")},
}
# What bases without an accepted form sent, in turn.
INSTEAD = {
    2025: ("truncated", "scan", "misnamed", "picture", "old form", "nothing"),
    2027: ("nothing", "old form", "misnamed", "truncated"),
}
CORRECTED = {
    "looks_like_fraction": "占比误按小数填报，已与基地核实",
    "far_from_base_period": "误按万件填报，已与基地核实",
    "conflict": "“是”“否”均勾选，经查制度文件",
    "unreadable": "未填数字，经查标准文本",
}
README = """# Invented rounds

**Everything in this folder is invented**: bases, figures, departments' opinions and contacts. No real base, person,
telephone number or address occurs; every base's name begins with 示例·, every telephone number is 000-0000 0000.

**本文件夹全部内容均为虚构的示例数据，不对应任何真实的基地、人员、电话或地址。**

Written by `ecanalysis sample DIR --seed {seed}`; the same seed gives the same files. `2025` and `2027` are two
rounds, named by their reporting years: `submissions/` as the provinces might have sent them (all layouts and formats,
with ordinary faults and a few damaged files), `roster.csv` and, in 2027, `corrections.csv`. `formats` is a small round
of bundles, old formats, PDF and stamped scans; its own page says why it stands apart.
"""


@dataclass(slots=True)
class Written:
    """A record of what was written, for checking a reader against it.

    files      round, file (below submissions/), layout, status (accepted, rejected, evidence), ids of the bases in it
    forms      by round and file, for the form of a single base: its content besides the answers
    answers    by round and base: what a perfect reader reads, by code and year
    planted    the faults that make this differ from what was invented, and those that only cause an issue
    corrected  round, base_id, code, year, value of each line of corrections.csv
    """

    files: list[tuple[int, str, str, str, list[str]]] = field(default_factory=list)
    forms: dict[tuple[int, str], dict] = field(default_factory=dict)
    answers: dict[tuple[int, str], Answers] = field(default_factory=dict)
    planted: list[Planted] = field(default_factory=list)
    corrected: list[tuple[int, str, str, int, float]] = field(default_factory=list)


def write_rounds(folder: Path, seed: int = SEED) -> Written:
    """Write both invented rounds, as DIR/2025 and DIR/2027, the small one DIR/formats/2027, and DIR/README.md.

    Each round has submissions/, roster.csv and, in 2027, corrections.csv. The same seed gives the same files.
    Raises FileExistsError (in Chinese) if one of the rounds already exists; nothing is written then.
    """
    folder = Path(folder)
    rounds = invent(seed)
    names = [*map(str, rounds), "formats"]
    there = [str(folder / name) for name in names if (folder / name).exists()]
    if there:
        raise UserError(f"已有轮次文件夹 {'、'.join(there)}，不会覆盖；请另选文件夹，或先将其移走")
    folder.mkdir(parents=True, exist_ok=True)
    written = Written()
    with tempfile.TemporaryDirectory(dir=folder, prefix=".sample-") as temporary:
        for year, invented in rounds.items():
            _write_round(Path(temporary, str(year)), year, invented, written)
        last = max(rounds)
        write_formats(Path(temporary, "formats"), last, rounds[last])
        for name in names:
            os.replace(Path(temporary, name), folder / name)
    (folder / "README.md").write_text(README.format(seed=seed), encoding="utf-8", newline="\n")
    return written


def _write_round(folder: Path, year: int, invented: Invented, written: Written) -> None:
    submissions = folder / "submissions"
    for province in sorted(set(invented.roster.province)):
        (submissions / province).mkdir(parents=True)
    invented.roster.to_csv(folder / "roster.csv", index=False, encoding="utf-8", lineterminator="\n")
    answers: dict[str, Answers] = {}
    for row in invented.answers.itertuples():
        answers.setdefault(row.base_id, {})[row.code, row.year] = row.text or row.value

    bases = list(invented.roster.itertuples())
    single = [base for base in bases if base.base_id in answers and base.province not in SUMMARIES[year]]
    _write_singles(submissions, year, single, answers, written)
    for province, (naming, suffix) in SUMMARIES[year].items():
        sent = [base for base in bases if base.province == province and base.base_id in answers]
        file = f"{province}/{province}汇总表{suffix}"
        grid = summary_grid(year, province, [(base.name, answers[base.base_id]) for base in sent], naming)
        WRITERS[suffix](submissions / file, grid, "汇总表")
        written.files.append((year, file, "summary", "accepted", [base.base_id for base in sent]))
    silent = [base for base in bases if base.base_id not in answers]
    _write_instead(submissions, year, silent, answers[single[3].base_id], written)
    write_evidence(submissions / single[8].province / "佐证材料")
    for name in ("培训签到表.pdf", "平台截图.png", "说明.txt"):
        written.files.append((year, f"{single[8].province}/佐证材料/{name}", "", "evidence", []))
    written.answers |= {(year, base_id): known for base_id, known in answers.items()}
    if year == max(SUMMARIES):
        _write_corrections(folder / "corrections.csv", year, invented, written)


def _write_singles(submissions: Path, year: int, single: list, answers: dict[str, Answers], written: Written) -> None:
    """Write the forms of single bases, with faults; `answers` is updated to what a perfect reader reads in them."""
    by_base = ways(single, answers, year)
    plain = [base.base_id for base in single if by_base[base.base_id] == FORM_WAY]
    overlooks, twice = plain[20], plain[60]
    zeroes = next(base_id for base_id in plain[40:60] if not_chosen(answers[base_id]))
    answers[overlooks] = without_feature(answers[overlooks])
    letter, answers[zeroes] = with_empty_feature(answers[zeroes], year)
    written.planted += [Planted(year, overlooks, "", "no_feature"), Planted(year, zeroes, letter, "feature_only_zero")]
    free = [base_id for base_id, way in by_base.items() if way == FORM_WAY or way.layout == OFFICIAL]
    free = sorted(set(free) - {overlooks, zeroes, twice}, key=lambda base_id: (int(base_id[1:]) * 37 % 101, base_id))
    faults = {fault.base_id: fault for fault in plant(year, {key: by_base[key].layout for key in free}, answers)}
    written.planted += faults.values()

    for index, base in enumerate(single):
        form, way, known = particulars(index, base, year), by_base[base.base_id], answers[base.base_id]
        file = f"{base.province}/{file_name(index, form['base_name'])}{way.suffix}"
        fault = faults.get(base.base_id, Planted(year, base.base_id, "", ""))
        units = {fault.code: fault.unit} if fault.unit else {}
        write_form(submissions / file, year, way, known | fault.typed, form, units)
        _note(written, year, file, way.layout, form, base.base_id)
        if not form["review_opinion"]:
            written.planted.append(Planted(year, base.base_id, "", "review_opinion_missing"))
        if base.base_id == twice:
            earlier = form | {"review_date": date(year + 1, 5, 20)}
            file = f"{base.province}/{form['base_name']}（初稿）.xlsx"
            write_form(submissions / file, year, way, known | {("C04", year): 100.0}, earlier, {})
            _note(written, year, file, way.layout, earlier, base.base_id)
            written.planted.append(Planted(year, base.base_id, "", "duplicate"))
        if fault.typed:
            known.pop((fault.code, year))
            if fault.value is not None:
                known[fault.code, year] = fault.value


def _write_instead(submissions: Path, year: int, silent: list, borrowed: Answers, written: Written) -> None:
    """Write what bases without an accepted submission sent."""
    for index, (base, instead) in enumerate(zip(silent, INSTEAD[year], strict=True)):
        form = particulars(index, base, year)
        stem = f"{base.province}/{file_name(index, form['base_name'])}"
        if instead in ("truncated", "picture", "scan"):
            # A photograph of the form with the file name of a workbook.
            data = {"truncated": truncated(year), "picture": PICTURE, "scan": SCAN}[instead]
            file = f"{stem}.pdf" if instead == "scan" else f"{stem}.xlsx"
            (submissions / file).write_bytes(data)
            written.files.append((year, file, "", "rejected", []))
        elif instead == "old form":
            older = {(code, at - 2): answer for (code, at), answer in borrowed.items()}
            write_form(submissions / f"{stem}.xlsx", year - 2, FORM_WAY, older, form, {})
            written.files.append((year, f"{stem}.xlsx", FORM, "rejected", []))
        elif instead == "misnamed":
            form["base_name"] = base.name.replace("示例·", "示例·中国")
            write_form(submissions / f"{stem}.xlsx", year, FORM_WAY, borrowed, form, {})
            _note(written, year, f"{stem}.xlsx", FORM, form)


def _write_corrections(path: Path, year: int, invented: Invented, written: Written) -> None:
    """Correct, as a reviewer would, one fault of each kind that can be corrected from the evidence."""
    true = invented.answers.set_index(["base_id", "code", "year"]).value
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["base_id", "code", "year", "value", "reason", "evidence", "decided_on"])
        for number, (kind, reason) in enumerate(CORRECTED.items(), start=1):
            fault = next(fault for fault in written.planted if (fault.year, fault.kind) == (year, kind))
            value = true[fault.base_id, fault.code, year]
            line = [fault.base_id, fault.code, year, f"{value:.12g}", reason, f"佐证材料{number}", f"{year + 1}-07-05"]
            lines.writerow(line)
            written.corrected.append((year, fault.base_id, fault.code, year, value))


def _note(written: Written, year: int, file: str, layout: str, form: dict, base_id: str = "") -> None:
    written.files.append((year, file, layout, "accepted", [base_id] if base_id else []))
    written.forms[year, file] = form
