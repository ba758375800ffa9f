"""What is read of scans, and what is said to be uncertain, over kinds of damage; what a page costs.

Invented forms are printed by LibreOffice, made into pictures and damaged; half of them are ticked by hand. Read: values
that are right. Flagged: uncertain, no value. Wrong: a value that is not what the form says, or none and no word of it.
Some of the pages are read in turns by plain RapidOCR, with the same models and one thread. Ends with an error where
a value is wrong, where the mild damage leaves fewer than 98% of the numbers, or where a page costs too much. Needs
LibreOffice and the extra `scans`.

    bench_scans.py [--forms 2] [--seed 815] [--out docs/scans.md]
"""

import argparse
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import cv2
import numpy as np
from measure import machine

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from pdfs import document, printed, sentences
from rapidocr import RapidOCR
from scans import DAMAGES, boxes_of, hand_ticked, pages

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers import read_form
from ecanalysis.reading.cells import read_cells
from ecanalysis.reading.scans.forms import read_scan, recognised

YEAR, MILD = 2025, "mild: 0.7 degrees, noise, blur, jpeg 60"
CODES = [code for code in FIELDS if code.startswith("C")]
NUMBERS, DEARER = 0.98, 1.6  # of the numbers, under mild damage; times what plain RapidOCR takes for a page
TURNS = 4  # pages that plain RapidOCR reads too
PAGE = """# What is read of scans

Made by `python benchmarks/bench_scans.py --forms {forms} --seed {seed} --out docs/scans.md` on {day}, on {machine}.

**Measured on invented forms**: forms of the general part, {forms} in number ({pages} pages), printed by LibreOffice,
made into pictures and damaged by a program; the first and every other one ticked by hand, by the same program. Real
scans differ; what this shows is that what is not certain is said to be so (`unreadable_scan`, no value) and how that
grows with the damage.

{table}

Boxes that all look empty are flagged, since a tick beside its box may have been overlooked; so is a tick of which most
lies beside its box, and every question on which a dark seal or a signature lies.

A page takes {ours:.1f} s of processor time, plain RapidOCR {plain:.1f} s for the same picture: {second:.2f} pages
a second on two free processors. What was recognised is kept by the hash of the file: a second run costs nothing.
"""


def invented(random: np.random.Generator) -> dict[str, str]:
    answers = {}
    for code in CODES:
        field = FIELDS[code]
        if field.type == "percent":
            answers[code] = f"{random.uniform(-30 if field.low < 0 else 0, 90):.{random.integers(0, 3)}f}"
        elif field.numeric:
            number = int(10 ** random.uniform(0, 5 if code != "C07" else 1.9))
            answers[code] = f"{number:,}" if random.random() < 0.4 else str(number)
        else:
            answers[code] = "是" if random.random() < 0.5 else "否"
    answers["C03"] += " " + str(random.choice(["政府部门", "事业单位", "国有或国有控股企业", "民营企业"]))
    answers["C10a"] = f"{answers['C10a']} {answers['C10b']}"
    return answers


def by_hand(pictures: list[np.ndarray], said: list[str], blank: Path, seed: int) -> list[np.ndarray]:
    """Pages of a form with the boxes that its sentences tick ticked by hand."""
    ticked = [sign == "☑" for sentence in said for sign in sentence if sign in "□☑"]
    for number, ((page, *box, _), tick) in enumerate(zip(boxes_of(blank), ticked, strict=True)):
        if tick:
            pictures[page] = hand_ticked(pictures[page], *box, seed + number)
    return pictures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--forms", type=int, default=2)
    parser.add_argument("--seed", type=int, default=815, help="of the answers and the damage")
    parser.add_argument("--out", type=Path, help="write the table as a page of documentation")
    asked = parser.parse_args()
    print(machine())
    random = np.random.default_rng(asked.seed)
    counts = {damage: {"number": [0, 0, 0], "tick": [0, 0, 0]} for damage in DAMAGES}
    settings = ("intra_op_num_threads", "inter_op_num_threads")
    plain = RapidOCR(
        params={f"EngineConfig.onnxruntime.{name}": 1 for name in settings} | {"Global.log_level": "error"}
    )
    spent = {"ours": 0.0, "plain": 0.0}
    turns = number_of_pages = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for form in range(asked.forms):
            answers = invented(random)
            pdf = printed(document(folder / f"{form}.docx", f"示例·第{form}产业园", sentences(answers)), folder)
            truth = {value.code: (value.value, value.text) for value in read_form(read_cells(pdf), YEAR, "").values}
            drawn = pages(pdf)
            if form % 2 == 0:
                numbers = {code: said for code, said in answers.items() if FIELDS[code].numeric}
                blank = printed(document(folder / f"{form}b.docx", f"示例·第{form}产业园", sentences(numbers)), folder)
                drawn = by_hand(pages(blank), sentences(answers), blank, form)
            for damage, change in DAMAGES.items():
                files = []
                for place, page in enumerate(drawn):
                    files.append((folder / f"{place}.png", 0))
                    cv2.imwrite(str(files[-1][0]), cv2.cvtColor(change(page, form + asked.seed), cv2.COLOR_RGB2BGR))
                started = time.process_time()
                reading = read_scan(recognised((files, YEAR)), YEAR, "")
                spent["ours"] += time.process_time() - started
                number_of_pages += len(files)
                if turns < TURNS:
                    started = time.process_time()
                    plain(str(files[0][0]))
                    spent["plain"] += time.process_time() - started
                    turns += 1
                _count(counts[damage], reading, truth, damage)
                print(f"form {form + 1} of {asked.forms}, {damage}: {counts[damage]}", flush=True)
    table = ["| damage, at 200 dpi | numbers read | flagged | wrong | ticks read | flagged | wrong |", "|" + "---|" * 7]
    for damage, kinds in counts.items():
        row = [part for kind in kinds.values() for part in (f"{kind[0]} of {sum(kind)}", kind[1], kind[2])]
        table.append(f"| {damage} | {' | '.join(map(str, row))} |")
    ours, reference = spent["ours"] / number_of_pages, spent["plain"] / turns
    print("\n".join(table))
    print(f"a page {ours:.2f} s of processor time, plain RapidOCR {reference:.2f} s ({ours / reference:.2f} times)")
    if asked.out:
        facts = {"forms": asked.forms, "seed": asked.seed, "day": date.today(), "machine": machine().partition(";")[0]}
        facts |= {"pages": number_of_pages // len(DAMAGES), "table": "\n".join(table), "second": 2 / ours}
        asked.out.write_text(PAGE.format(**facts, ours=ours, plain=reference), encoding="utf-8")
    wrong = sum(kind[2] for kinds in counts.values() for kind in kinds.values())
    mild = counts[MILD]["number"]
    if wrong or mild[0] < NUMBERS * sum(mild) or ours > DEARER * reference:
        print(f"below the bar: {wrong} wrong (0), {mild[0]} of {sum(mild)} numbers (98%), or over {DEARER} times plain")
        return 1
    return 0


def _count(kinds: dict, reading, truth: dict, damage: str) -> None:
    said = {value.code: (value.value, value.text) for value in reading.values}
    flagged = {issue.code for issue in reading.issues if issue.severity == "error"}
    for code, meant in truth.items():
        kind = kinds["number" if FIELDS[code].numeric else "tick"]
        right, lost = said.get(code) == meant, code not in said
        kind[0 if right else 1 if lost and (code in flagged or reading.rejected) else 2] += 1
        if not right and not (lost and (code in flagged or reading.rejected)):
            print(f"  WRONG OR SILENT {damage}: {code} {meant} {said.get(code)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
