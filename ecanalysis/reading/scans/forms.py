"""A form on scanned pages -> rows, by the same rules as for other formats; uncertain answers are errors, not values.

Recognition returns the base's name and the answers with their places and confidence; contacts, opinions and suggestions
are not read from scans. Whether the confidence suffices is decided when the rows are made, by the limits in force.
"""

import re
from collections import Counter
from pathlib import Path

from ecanalysis.form.fields import FIELDS, OPERATORS
from ecanalysis.reading.answers import read_form
from ecanalysis.reading.cells import Book, Cell, Sheet, address
from ecanalysis.reading.limits import DEFAULT, Limits
from ecanalysis.reading.rows import Answered, Issue, Reading, about, placed_on_pages

SHEET = "扫描件"
SUFFIX = ".scan"  # of a file with the result of recognition
ENOUGH = 3
UNCLEAR = "？？"
UNTICKED = "各方框均未见勾选"
NO_FORM = "扫描件或照片中未找到{year}年报告表：字迹应清晰，四角应完整。请重新扫描（200 dpi 以上），或改报 .xlsx、.docx"
NO_NAME = "扫描件上未找到基地名称：应有报告表的首页，且字迹清晰。请补齐各页后重新扫描，或改报 .xlsx、.docx"
SEVERAL = "一个扫描件中应只有一份报告表，实有多份（{names}）：请一家基地一个文件，重复的页删去后重新报送"
SIDE_BY_SIDE = "第{page}页的图片上并排有两页，无法分开识别。请一页一张重新扫描或拍照，或改报 .xlsx、.docx"
LABEL = "基地名称"
NOT_READ = "扫描件只读取基地名称和各项指标；联系人、意见及建议和审核意见未读取，请以报告表文件为准"


def recognised(task: tuple[list[tuple[Path, int]], int]) -> dict:
    """Recognise the pages (file, number) of one form; returns plain data: name, year, answers with their places.

    If it fails, the result has only the key `fault` (Chinese). To be run in a separate process, as it needs much
    memory, and with the extra `scans`.
    """
    from .images import TooLarge
    from .matching import UNFOUND, match
    from .recognise import people_on, read_page
    from .tables import entries

    places, year = task
    try:
        pages = [read_page(path, number) for path, number in places]
    except TooLarge:
        return {"fault": "图片过大，无法读取。请以 200—300 dpi 重新扫描后报送，或改报 .xlsx、.docx"}
    except (OSError, ValueError, SyntaxError):  # raised by Pillow for files that are not pictures
        return {"fault": "图片已损坏或不完整，无法打开。请重新扫描后报送，或改报 .xlsx、.docx"}
    for number, page in enumerate(pages, 1):
        if _side_by_side(page):
            return {"fault": SIDE_BY_SIDE.format(page=number)}
    names = _names(pages)
    if len(names) > 1:
        return {"fault": SEVERAL.format(names="、".join(f"第{page}页“{name}”" for page, name, _ in names))}
    rows, codes, years = entries(pages, year)
    answers: list = []
    if len(codes) < ENOUGH:
        answers, years = match(pages, year)
    _, name, sure = names[0] if names else (0, "", 0.0)
    most = Counter(years).most_common(1)
    return {
        "layout": "official" if answers else "form",
        "name": name,
        "sure": sure,
        "year": most[0][0] if most else year,
        "turned": [page.turned for page in pages],
        "people": [people_on(page.lines, page.ink.shape[0]) for page in pages],
        "answers": [_as_data(one, pages) | {"codes": one.asked.codes, "boxes": one.boxes,
                    "seen": any(box.black or box.about for box in one.boxes) or one.doubt not in ("", UNFOUND)}
                    for one in answers]
        or [_as_data(one, pages) | {"codes": [one.code], "column": one.column, "unit": one.unit, "seen": True}
            for one in rows],
    }  # fmt: skip


def _as_data(one, pages: list) -> dict:
    return {
        "typed": one.typed,
        "doubt": one.doubt,
        "page": one.page + 1,
        "place": _permille(one.box, pages[one.page].ink.shape),
        "sure": round(one.sure, 2),
    }


def _permille(box: tuple[float, float, float, float], shape: tuple[int, int]) -> str:
    left, right = (round(1000 * min(max(edge / shape[1], 0), 1)) for edge in (box[0], box[2]))
    top, bottom = (round(1000 * min(max(edge / shape[0], 0), 1)) for edge in (box[1], box[3]))
    return f"{left},{top},{right - left},{bottom - top}"


def _side_by_side(page) -> bool:
    """Whether numbered sentences begin in both halves of a landscape page."""
    height, width = page.ink.shape
    starts = [line[0].left / width for line in page.lines if re.match(r"\d{1,2}[.．]", "".join(s.text for s in line))]
    return width > height and min(sum(at < 0.45 for at in starts), sum(at > 0.5 for at in starts)) > 1


def _names(pages: list) -> list[tuple[int, str, float]]:
    """The names right of the labels 基地名称: (page from 1, name, confidence). A form has one."""
    names = []
    for number, page in enumerate(pages, 1):
        for line in page.lines:
            if not "".join(sign.text for sign in line).startswith(LABEL):
                continue
            label = line[len(LABEL) - 1]
            middle = (label.top + label.bottom) / 2
            beside = [
                sign
                for other in page.lines
                for sign in other
                if sign.left > label.left and sign is not label and sign.top < middle < sign.bottom
            ]
            beside.sort(key=lambda sign: sign.left)
            said = "".join(sign.text for sign in beside)
            said = re.split(r"商务主管|商务部门|主管部门", said)[0].strip(" :：|.。,，、·-_")
            names.append((number, said, round(min([sign.sure for sign in beside[: len(said)]], default=0), 2)))
    return names


def read_scan(found: dict, year: int, file: str, limits: Limits = DEFAULT) -> Reading:
    """The rows of one form, from the result of `recognised`. Every value has a warning `from_scan`."""
    if "fault" in found or len(found["answers"]) < ENOUGH:
        return Reading(rejected=found.get("fault") or NO_FORM.format(year=year))
    is_form = found["layout"] == "form"
    sheet, faults = (_table if is_form else _sentences)(found, limits)
    reading = read_form(Book("scan", [sheet]), year, file)
    if reading.rejected:
        return reading if found["name"] else Reading(rejected=NO_NAME)
    unclear = [at for at, issue in enumerate(reading.issues) if issue.raw == UNCLEAR]
    lost = {reading.issues[at].cell: reading.issues[at].code for at in unclear}
    reading.issues = [issue for at, issue in enumerate(reading.issues) if at not in unclear]
    placed_on_pages(reading, sheet)
    name = reading.base_names[0]
    sure = {(f"第{one['page']}页", one["place"]): one["sure"] for one in found["answers"]}
    seen = {(f"第{one['page']}页", one["place"]) for one in found["answers"] if one["seen"] or one["typed"]}
    for value in reading.values:
        certain = sure.get((value.sheet, value.cell), 0)
        said = about(value.code, value.sheet, value.cell)
        said += f"由扫描件识别为“{value.raw}”（置信度{certain:.2f}），请与原件核对"
        where = (value.raw, value.sheet, value.cell)
        reading.issues.append(Issue(file, name, value.code, "warning", "from_scan", said, *where))
    for at, why in faults.items():
        page, place = sheet.places[at]
        for code, doubt in why.items():
            code = code or lost[address(*at)]
            said = f"{about(code, page, place)}扫描件上的答案未能可靠识别（{doubt}），请对照原件在更正表中填写"
            reading.issues.append(Issue(file, name, code, "error", "unreadable_scan", said, "", page, place))
            if doubt != UNTICKED and (page, place) in seen and code not in {row.code for row in reading.answered}:
                reading.answered.append(Answered(file, name, code, page, place))
    if is_form:
        there = {code for one in found["answers"] for code in one["codes"]}
        for code, field in FIELDS.items():
            if field.group and code not in there:
                said = f"{about(code)}扫描件上未找到此项，请核对扫描件是否完整"
                reading.issues.append(Issue(file, name, code, "warning", "sentence_missing", said))
    reading.issues.append(Issue(file, name, "", "warning", "unaccounted", NOT_READ, "", "第1页"))
    said = f"基地名称由扫描件识别为“{name}”（置信度{found['sure']:.2f}），请与原件核对"
    reading.issues.append(Issue(file, name, "", "warning", "from_scan", said, name, "第1页"))
    return reading


def _sentences(found: dict, limits: Limits) -> tuple[Sheet, dict]:
    """The official form as a sheet, one cell per sentence; and by cell, its uncertain fields with the reasons.

    Uncertain answers are left blank. As a tick beside its box may have been overlooked, a question whose boxes are all
    empty is uncertain too, if anything in that part of the form is filled in.
    """
    sheet, faults, empty = _sheet(found), {}, {}
    filled = {""}  # the general part is for all bases
    for row, one in enumerate(found["answers"], 1):
        text, faults[row, 0], empty[row, 0] = _said(one, found["year"], limits)
        _put(sheet, row, 0, text, one)
        if one["seen"] or one["typed"]:
            filled.add(FIELDS[one["codes"][0]].feature)
    for at, codes in empty.items():
        faults[at] |= {code: UNTICKED for code in codes if FIELDS[code].feature in filled}
    return sheet, faults


def _table(found: dict, limits: Limits) -> tuple[Sheet, dict]:
    """The template as a sheet, with headings and one row per field; and by cell, why it is uncertain (under "").

    An uncertain cell contains `UNCLEAR`, which is unreadable as an answer.
    """
    from ecanalysis.form.blank import printed

    sheet, faults = _sheet(found), {}
    year = found["year"]
    headings = ("指标", "单位", f"报告期（{year}年）", f"基期（{year - 1}年）")
    sheet.cells += [Cell(1, column, heading) for column, heading in enumerate(("序号", *headings))]
    rows: dict[str, int] = {}
    for one in found["answers"]:
        (code,) = one["codes"]
        if code not in rows:
            rows[code] = 2 + len(rows)
            sheet.cells += [Cell(rows[code], 1, printed(FIELDS[code], year)), Cell(rows[code], 2, one["unit"])]
        doubt = one["doubt"]
        if one["typed"] and one["sure"] < limits.scan_sure:
            doubt = doubt or _too_low(one, limits)
        at = rows[code], 4 if one["column"] == "基期" else 3
        if doubt or one["typed"]:
            _put(sheet, *at, UNCLEAR if doubt else one["typed"], one)
        if doubt:
            faults[at] = {"": doubt}
    sheet.cells.sort(key=lambda cell: cell[:2])
    return sheet, faults


def _sheet(found: dict) -> Sheet:
    return Sheet(SHEET, [Cell(0, 0, LABEL), Cell(0, 1, found["name"])])


def _put(sheet: Sheet, row: int, column: int, text: str, one: dict) -> None:
    sheet.cells.append(Cell(row, column, text))
    sheet.places[(row, column)] = (f"第{one['page']}页", one["place"])


def _too_low(answer: dict, limits: Limits) -> str:
    return f"置信度{answer['sure']:.2f}，低于{limits.scan_sure:g}"


def _said(answer: dict, year: int, limits: Limits) -> tuple[str, dict[str, str], list[str]]:
    """A sentence of the form with its answer; its uncertain fields with the reasons; the fields whose boxes are empty.

    Uncertain answers are left blank.
    """
    codes, doubt = answer["codes"], answer["doubt"]
    text = FIELDS[codes[0]].official_sentence(year)
    if answer["typed"] and answer["sure"] < limits.scan_sure:
        doubt = doubt or _too_low(answer, limits)
    if doubt:
        return text, dict.fromkeys(codes, doubt), []
    if not answer["boxes"]:
        return re.sub("_+", lambda _: answer["typed"] or "_" * 10, text, count=1), {}, []
    first, *parts = text.split("□")
    ticks = [_tick(*box, limits) for box in answer["boxes"]]
    starts = [at for at, part in enumerate(parts) if part.startswith(("是", OPERATORS[0]))]
    unclear, empty = {}, []
    for code, start, stop in zip(codes, starts, [*starts[1:], len(parts)]):
        own = range(start, stop)
        for at in own:  # a character typed in place of a box counts only if the other boxes are found and empty
            others = ticks[start:at] + ticks[at + 1 : stop]
            if ticks[at] and not answer["boxes"][at][2] and set(others) != {False}:
                ticks[at] = None
        words = [f"“{parts[at].strip('；。 _')[:4]}”前的方框" for at in own if ticks[at] is None]
        if words:
            unclear[code] = f"{'、'.join(words)}未能辨认"
            ticks[start:stop] = [False] * len(own)
        elif not any(ticks[start:stop]):
            empty.append(code)
    return first + "".join(("☑" if tick else "□") + part for part, tick in zip(parts, ticks)), unclear, empty


def _tick(black: float | None, every: float | None, framed: bool, about: bool, limits: Limits) -> bool | None:
    """Whether a box is ticked; None if uncertain."""
    said = {_ticked(share, limits) for share in (black, every)}
    tick = next(iter(said)) if len(said) == 1 else None
    return None if tick is False and (about or not framed) else tick


def _ticked(share: float | None, limits: Limits) -> bool | None:
    if share is None or limits.box_empty < share < limits.box_ticked:
        return None
    return share >= limits.box_ticked
