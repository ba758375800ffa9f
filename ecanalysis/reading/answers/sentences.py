"""The `official` layout: the form as printed, its answers inside the sentences.

All cells that belong to no label are put together, row by row, into one text in which every sign knows its cell. The
distinctive words of each sentence are found in it; an answer is what stands between them and the next sentence. So it
does not matter how sentences are spread over cells, lines and paragraphs.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from ecanalysis.form.fields import FIELDS, Field
from ecanalysis.reading.answers.gathering import Answer
from ecanalysis.reading.answers.labels import is_stop
from ecanalysis.reading.answers.questions import split_pair
from ecanalysis.reading.answers.words import SECTIONS, section_of
from ecanalysis.reading.answers.years import first_year
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.spelling import NEXT_CELL, plain, squeezed
from ecanalysis.reading.ticks import BOXES, CROSSES, TICKS, read_yes_no
from ecanalysis.reading.units import SCALES, is_unit
from ecanalysis.reading.values import shown

ENOUGH = 3  # sentences that make a sheet the official form
ROWS = 6  # of a sentence that goes on

# The words that stand last before an answer; of two spellings the one that begins first wins, then the longer one.
_CODE = {squeezed(words).upper(): code for code, field in FIELDS.items() for words in (*field.before, *field.kinds)}
_CODE |= {squeezed(words).upper(): "C10" for words in FIELDS["C10a"].before}
_SENTENCE = re.compile("|".join(sorted(map(re.escape, _CODE), key=len, reverse=True)), re.IGNORECASE)
_YEAR = r"(?:(?:19|20)\d\d|二[〇零○一二三四五六七八九]{3})"
_NUMBER = rf"(?:(?<![\d.])(?:\(\s*\d{{1,2}}\s*\)|\d{{1,2}}\s*[.、)](?=\s*(?:{_YEAR}\s*[年\-—~至、]|[^\d\s])))|[①-⑳])"
_DATED = rf"(?:截\s*[至止]\s*到?\s*)?{_YEAR}\s*(?:年?\s*[-—~至到、/]\s*{_YEAR}\s*)?年"
_LEAD = re.compile(rf"(?:{_NUMBER}\s*)?{_DATED}|{_NUMBER}")
_GONE = frozenset(" \n\u200b" + NEXT_CELL)
_FILLER = " \n\u200b_:" + NEXT_CELL
_CLOSING = _FILLER + ",;.。、"
_AFTER_WORDS = re.compile(r"\s*(?:的?(?:数量|总数|总量|数))?\s*(?:共计|共|达到|达|为|是)?")
_STOP = re.compile(r"。(?!\d)|(?<!\d)。")
_PAIR_THERE = re.compile(r"是[^是否]*否|否[^是否]*是|有[^有无]*无")
_MARKS = re.compile(rf"[是否有无{TICKS}{CROSSES}{BOXES}]")
_UNIT_FIRST = re.compile("|".join({re.escape(field.unit) for field in FIELDS.values() if field.unit}))
_ONLY_NUMBER = re.compile(r"\(?\d{1,2}\)?[.、]?")
_ENDS = {"C03": re.compile("其[他它]"), "C10": re.compile("环境突发事件|(?<!特别)重大(?:生产)?安全事故")}
_ASKS = {"C03": ("C03", "C03_operator"), "C10": ("C10a", "C10b")}


@dataclass(slots=True)
class Text:
    """Text put together from cells; `original` as typed, `plain` in plain signs, sign by sign the same length."""

    original: str
    plain: str
    starts: list[int]
    cells: list[Cell]

    def cell(self, at: int) -> Cell:
        return self.cells[max(bisect_right(self.starts, at) - 1, 0)]


@dataclass(slots=True)
class Sentence:
    """One sentence that was found: the question it asks (a code, or C10 for both), where its own words begin and end,
    where its answer ends, and the year it names."""

    question: str
    lead: int
    start: int
    end: int
    stop: int = 0
    named: int | None = None


def sentences_in(cells: list[Cell]) -> set[str]:
    """Which of the form's sentences stand in the cells."""
    found = set()
    for cell in cells:
        if isinstance(cell.value, str) and len(cell.value) > 3:
            found.update(_CODE[words[0].upper()] for words in _SENTENCE.finditer(squeezed(cell.value)))
    return found


def read_sentences(cells: list[Cell], used: set[int], year: int) -> tuple[list[Answer], list[int]]:
    """The answers in the sentences of one form, and the years that the sentences name.

    `used` are the places in `cells` of those that belong to labels.
    """
    text = put_together(cells, used)
    answers: list[Answer] = []
    named: list[int] = []
    for sentence in find_sentences(text):
        if sentence.named is not None:
            named.append(sentence.named)
        dated = sentence.named if sentence.named != year else None
        found = _answers(text, sentence)
        shared = len(found) > 1 and found[0][1] == found[1][1]
        for code, start, typed in found:
            cell_at = _locator(text, start)
            answers.append(Answer(code, year, typed, cell_at(0), dated=dated, shared=shared, cell_at=cell_at))
    return answers, named


def put_together(cells: list[Cell], used: set[int]) -> Text:
    """One text from the cells that are no labels: a row ends with a line break, a cell with `NEXT_CELL`."""
    pieces, starts, kept = [], [], []
    length, row = 0, None
    for at, cell in enumerate(cells):
        if at in used:
            continue
        text = shown(cell.value, cell.percent)
        if _is_part_heading(text) or is_stop(text) or (row != cell.row and _is_number_of(cells, at)):
            continue
        if "\n" in text:
            text = _without_headings(text)
        joint = NEXT_CELL if row == cell.row else NEXT_CELL + "\n"
        starts.append(length)
        kept.append(cell)
        pieces.append(joint + text)
        length += len(joint) + len(text)
        row = cell.row
    original = "".join(pieces)
    return Text(original, plain(original), starts, kept)


def find_sentences(text: Text) -> list[Sentence]:
    """The form's sentences in the order in which they stand."""
    places = [at for at, sign in enumerate(text.plain) if sign not in _GONE]
    close = "".join([text.plain[at] for at in places])
    found: list[Sentence] = []
    for words in _SENTENCE.finditer(close):
        question = _CODE[words[0].upper()]
        start, end = places[words.start()], places[words.end() - 1] + 1
        last = found[-1] if found else None
        if question in ("C10a", "C10b") and last and last.question == "C10":
            continue  # the words of its two questions
        after = last.end if last else 0
        lead = after + _lead(text.plain[after:start])
        if last:
            last.stop = lead
        if question in ("C10a", "C10b"):  # without the words that stand before both
            question, end = "C10", lead
        found.append(Sentence(question, lead, start, end, len(text.plain), first_year(text.plain[lead:start])))
    return found


def _is_part_heading(text: str) -> bool:
    return len(text) <= 80 and (section_of(text) is not None or _is_piece_of_heading(text))


@lru_cache(maxsize=4096)
def _is_piece_of_heading(text: str) -> bool:
    # 辐射示范 / 引领作用, in two rows
    text = squeezed(text)
    return 2 <= len(text) <= 12 and any(text in heading for heading in SECTIONS)


def _is_number_of(cells: list[Cell], at: int) -> bool:
    """True for the number of a sentence that stands in a cell of its own, before it."""
    cell = cells[at]
    after = cells[at + 1] if at + 1 < len(cells) else cell
    if after.row != cell.row or not isinstance(after.value, str):
        return False
    if not _ONLY_NUMBER.fullmatch(shown(cell.value).strip()):
        return False
    text = plain(after.value).lstrip()
    return bool(_LEAD.match(text)) or (not _UNIT_FIRST.match(text) and bool(_SENTENCE.search(squeezed(text))))


def _without_headings(text: str) -> str:
    """A cell of several lines with the headings of parts, and notes, replaced by spaces."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if is_stop(line):
            return "\n".join(lines[:at])
        if _is_part_heading(line):
            lines[at] = " " * len(line)
    return "\n".join(lines)


def _lead(between: str) -> int:
    """Where the next sentence begins in the text between the words of one and the words of the next."""
    stop = max((found.end() for found in _STOP.finditer(between)), default=0)
    tail = between[stop:]
    leads = list(_LEAD.finditer(tail))
    if leads:
        return stop + leads[-1].start()
    line = max(tail.rfind("\n"), tail.rfind(NEXT_CELL)) + 1
    return stop + line if stop or line else len(between)


def _answers(text: Text, sentence: Sentence) -> list[tuple[str, int, str]]:
    """What stands there for each of a sentence's questions: (code, where it begins, as typed)."""
    start, stop = sentence.end, _end_of_answer(text.plain, sentence)
    if sentence.question in _ASKS:
        codes = _ASKS[sentence.question]
        parts = [(code, start + at, part) for code, part, at in split_pair(codes, text.original[start:stop])]
        return [_trimmed(code, at, at + len(part), text) for code, at, part in parts]
    field = FIELDS[sentence.question]
    if not field.numeric:
        if (full_stop := _STOP.search(text.plain, start, stop)) and _ticked(text.plain[start : full_stop.start()]):
            stop = full_stop.start()
        return [_trimmed(field.code, start, stop, text)]
    start = _AFTER_WORDS.match(text.plain, start, stop).end()
    if full_stop := _STOP.search(text.plain, start, stop):
        if _filled(text.plain[start : full_stop.start()], field.unit):
            stop = full_stop.start()
        else:
            start = full_stop.end()
    return [_number(field, start, stop, text)]


def _end_of_answer(signs: str, sentence: Sentence) -> int:
    """Where an answer ends that may go on in the next cell or row: at the cell after which it is complete."""
    boundaries = [found.start() for found in re.finditer(NEXT_CELL, signs[sentence.end : sentence.stop])][:ROWS]
    for place, boundary in enumerate(boundaries):
        at = sentence.end + boundary
        until = sentence.end + boundaries[place + 1] if place + 1 < len(boundaries) else sentence.stop
        if _is_complete(signs[sentence.end : at], signs[at + 1 : until], sentence.question):
            return at
    return sentence.stop


def _is_complete(so_far: str, following: str, question: str) -> bool:
    new_row = following.startswith("\n")
    field = FIELDS.get(question)
    if field and field.numeric:
        bare = so_far.strip(_CLOSING)
        filled = _filled(so_far, field.unit)
        if bare.endswith(field.unit) or so_far.rstrip(_FILLER).endswith("。"):
            return filled or new_row
        return filled and bare[-1:].isdigit() and not is_unit(following.strip(_CLOSING) or "?")
    if _PAIR_THERE.search(so_far) and (question not in _ENDS or _ENDS[question].search(so_far)):
        return new_row or (question not in _ASKS and _ticked(so_far))
    goes_on = _MARKS.search(following) or (question in _ENDS and _ENDS[question].search(following))
    return new_row and not goes_on and bool(so_far.strip(_CLOSING))


def _ticked(signs: str) -> bool:
    mark = read_yes_no(signs.strip(_CLOSING))
    return mark.answer is not None or mark.fault in ("conflict", "blank_word")


def _filled(signs: str, unit: str) -> bool:
    """True where the blank of a sentence holds anything beside the unit printed after it."""
    signs = signs[_AFTER_WORDS.match(signs).end() :]
    return bool(signs.strip(_CLOSING).removesuffix(unit).strip(_CLOSING))


def _number(field: Field, start: int, stop: int, text: Text) -> tuple[str, int, str]:
    """A number's part of a sentence, without blanks and without the unit that the form prints after it."""
    signs = text.plain
    while start < stop and signs[start] in _FILLER:
        start += 1
    beside = signs.startswith(field.unit, start, stop)  # the blank was left, and the answer stands after the sentence
    if beside:
        start += len(field.unit)
        while start < stop and signs[start] in _CLOSING:
            start += 1
    while stop > start and signs[stop - 1] in _CLOSING:
        stop -= 1
    if not beside and signs.endswith(field.unit, start, stop) and not text.cell(stop - 1).percent:
        before = signs[start : stop - len(field.unit)].rstrip(_FILLER)
        if not (field.unit == "亿元" and before[-1:] in SCALES):  # 1.2万亿元 is a unit of its own
            stop = start + len(before)
    return field.code, start, text.original[start:stop]


def _trimmed(code: str, start: int, stop: int, text: Text) -> tuple[str, int, str]:
    signs = text.plain
    if code == "C03_operator" and (other := _ENDS["C03"].search(signs, start, stop)):
        ends = [at for sign in ("。", NEXT_CELL) if (at := signs.find(sign, other.end(), stop)) >= 0]
        stop = min([stop, *ends])
    while start < stop and signs[start] in _CLOSING:
        start += 1
    while stop > start and signs[stop - 1] in _CLOSING:
        stop -= 1
    return code, start, text.original[start:stop]


def _locator(text: Text, start: int) -> Callable[[int], Cell]:
    return lambda at: text.cell(start + at)
