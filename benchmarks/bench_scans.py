"""What is read of scans, and what is said to be uncertain, over kinds of damage; pages a second.

Invented forms are printed by LibreOffice, made into pictures at 200 dpi and damaged; half of them are ticked by hand.
Read: values that are right. Flagged: uncertain, no value. Wrong: a value that is not what the form says, or none and
no word of it. Needs LibreOffice and the extra `scans`.
"""

import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from pdfs import document, printed, sentences
from scans import DAMAGES, boxes_of, hand_ticked, pages

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers import read_form
from ecanalysis.reading.cells import read_cells
from ecanalysis.reading.scans.forms import read_scan, recognised

YEAR, FORMS = 2025, int(sys.argv[1]) if sys.argv[1:] else 4
CODES = [code for code in FIELDS if code.startswith("C")]


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


def main() -> None:
    random = np.random.default_rng(20250101)
    counts = {damage: {"number": [0, 0, 0], "tick": [0, 0, 0]} for damage in DAMAGES}
    spent = number_of_pages = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for form in range(FORMS):
            answers = invented(random)
            pdf = printed(document(folder / f"{form}.docx", f"示例·第{form}产业园", sentences(answers)), folder)
            truth = {value.code: (value.value, value.text) for value in read_form(read_cells(pdf), YEAR, "").values}
            drawn = pages(pdf)
            if form % 2:
                numbers = {code: said for code, said in answers.items() if FIELDS[code].numeric}
                blank = printed(document(folder / f"{form}b.docx", f"示例·第{form}产业园", sentences(numbers)), folder)
                drawn = by_hand(pages(blank), sentences(answers), blank, form)
            for damage, change in DAMAGES.items():
                files = []
                for place, page in enumerate(drawn):
                    files.append((folder / f"{place}.png", 0))
                    cv2.imwrite(str(files[-1][0]), cv2.cvtColor(change(page, form), cv2.COLOR_RGB2BGR))
                started = time.process_time()
                reading = read_scan(recognised((files, YEAR)), YEAR, "")
                spent += time.process_time() - started
                number_of_pages += len(files)
                said = {value.code: (value.value, value.text) for value in reading.values}
                flagged = {issue.code for issue in reading.issues if issue.severity == "error"}
                for code, meant in truth.items():
                    kind = counts[damage]["number" if FIELDS[code].numeric else "tick"]
                    right, lost = said.get(code) == meant, code not in said
                    kind[0 if right else 1 if lost and (code in flagged or reading.rejected) else 2] += 1
                    if not right and not (lost and (code in flagged or reading.rejected)):
                        print(f"  WRONG OR SILENT {damage}: {code} {meant} {said.get(code)}", flush=True)
            print(f"form {form}: {counts}", flush=True)
    print(f"{'damage':42}{'numbers read':>14}{'flagged':>9}{'wrong':>7}{'ticks read':>14}{'flagged':>9}{'wrong':>7}")
    for damage, kinds in counts.items():
        row = [part for kind in kinds.values() for part in (f"{kind[0]}/{sum(kind)}", kind[1], kind[2])]
        print(f"{damage:42}{row[0]:>14}{row[1]:>9}{row[2]:>7}{row[3]:>14}{row[4]:>9}{row[5]:>7}")
    print(f"{number_of_pages / spent:.2f} pages a second of processor time; twice that on two free processors")


main()
