"""The cells of an official form joined into one text, and the form's sentences found in it."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers.gathering import Left
from ecanalysis.reading.answers.labels import is_note, is_printed, is_stop
from ecanalysis.reading.answers.words import SECTIONS, first_year, section_of
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.spelling import NEXT_CELL, plain, squeezed
from ecanalysis.reading.values import shown

ENOUGH = 3  # sentences by which a sheet is recognised as the official form
# The last words before an answer. Of two spellings the one that begins first is found, then the longer one.
_CODE = {squeezed(words).upper(): code for code, field in FIELDS.items() for words in (*field.before, *field.kinds)}
_CODE |= {squeezed(words).upper(): "C10" for words in FIELDS["C10a"].before}
_SENTENCE = re.compile("|".join(sorted(map(re.escape, _CODE), key=len, reverse=True)), re.IGNORECASE)
_YEAR = r"(?:(?:19|20)\d\d|二[〇零○一二三四五六七八九]{3})"
_NUMBER = rf"(?:(?<![\d.])(?:\(\s*\d{{1,2}}\s*\)|\d{{1,2}}\s*[.、)](?=\s*(?:{_YEAR}\s*[年\-—~至、]|[^\d\s])))|[①-⑳])"
_DATED = rf"(?:截\s*[至止]\s*到?\s*)?{_YEAR}\s*(?:年?\s*[-—~至到、/]\s*{_YEAR}\s*)?年"
_YEAR_IN = re.compile(_YEAR)
_BROKEN_YEAR = re.compile(
    r"(?<!\d)2[\s\u200b]*0[\s\u200b]*\d[\s\u200b]*\d(?=\s*(?:[-—~至]\s*2\s*0\s*\d\s*\d\s*)?年)"
)  # 20 / 25年
# 4.25年, 截至25年底: only after the number of a sentence or 截至, as 25年 alone may be a length of time
_SHORT_YEAR = r"(?:(?<![\d.])\d{1,2}\s*[.、)]\s*|截\s*[至止]\s*到?\s*){1,2}(?P<short>2\d)\s*年"
LEAD = re.compile(rf"(?:{_NUMBER}\s*)?{_DATED}|{_SHORT_YEAR}|{_NUMBER}")
# A numbered sentence that begins after another, though its words are not the form's: 15.2025年， or 7、本园区
_ANOTHER = re.compile(
    rf"(?<=[\n{NEXT_CELL}。;])\s*(?:{_NUMBER}\s*{_DATED}|\(?(?P<number>\d{{1,2}})\s*[.、)]\s*(?=[\u4e00-\u9fff]{{2}}))"
)
_GONE = frozenset(" \n\u200b" + NEXT_CELL)
STOP = re.compile(r"。(?!\d)|(?<!\d)。")
_UNIT_FIRST = re.compile("|".join({re.escape(field.unit) for field in FIELDS.values() if field.unit}))
_ONLY_NUMBER = re.compile(r"\(?(\d{1,2})\)?[.、]?")


def another_begins(plain: str, start: int, stop: int, number: int) -> int:
    """Where a sentence begins that is not the form's own, behind the sentence with this number; `stop` if none does.

    Without a date it must have the next number, as an answer may be a list (1、专利12个).
    """
    for found in _ANOTHER.finditer(plain, start, stop):
        if not found["number"] or int(found["number"]) == number + 1:
            return found.start()
    return stop


@dataclass(slots=True)
class Text:
    """Text joined from cells: `original` as typed, and `plain`, of the same length, without spelling variants.

    `starts`: where the text of each of `cells` begins. `left`: notes that are not the form's own.
    """

    original: str
    plain: str
    starts: list[int]
    cells: list[Cell]
    left: list[Left]

    def cell(self, at: int) -> Cell:
        return self.cells[max(bisect_right(self.starts, at) - 1, 0)]


@dataclass(slots=True)
class Sentence:
    """A sentence found in the text.

    `question`: its code, C10 for C10a and C10b together. `lead`: where it begins, with its number and date. `start`,
    `end`: its distinctive words. `stop`: where the next sentence begins. `named`: the year in it.
    """

    question: str
    lead: int
    start: int
    end: int
    stop: int = 0
    named: int | None = None


def sentences_in(cells: list[Cell]) -> set[str]:
    """The questions whose sentences are found in the cells."""
    found = set()
    for cell in cells:
        if isinstance(cell.value, str) and len(cell.value) > 3:
            found.update(_CODE[words[0].upper()] for words in _SENTENCE.finditer(squeezed(cell.value)))
    return found


def put_together(cells: list[Cell], used: set[int]) -> Text:
    """Join all cells but those at the positions `used`; cells begin with `NEXT_CELL`, rows also with a line break."""
    pieces, starts, kept, left = [], [], [], []
    length, row, last = 0, None, 0
    for at, cell in enumerate(cells):
        if at in used:
            continue
        text = shown(cell.value, cell.percent)
        if row != cell.row and (number := _number_of(cells, at, last)):
            last = number
            continue
        if _is_part_heading(text):
            continue
        if "\n" in text or is_stop(text):
            text, note = _without_headings(text)
            if note and is_note(note) and not is_printed(note):
                left.append(Left(note, cell.row, cell.column))
            if not text:
                continue
        joint = NEXT_CELL if row == cell.row else NEXT_CELL + "\n"
        starts.append(length)
        kept.append(cell)
        pieces.append(joint + text)
        length += len(joint) + len(text)
        row = cell.row
    original = "".join(pieces)
    # Join the digits of a broken year and move the characters between them behind; all others keep their position.
    signs = _BROKEN_YEAR.sub(
        lambda found: "".join(sorted(found[0], key=lambda sign: not sign.isdigit())), plain(original)
    )
    return Text(original, signs, starts, kept, left)


def find_sentences(text: Text) -> list[Sentence]:
    """The form's sentences in the text, in order."""
    places = [at for at, sign in enumerate(text.plain) if sign not in _GONE]
    close = "".join([text.plain[at] for at in places])
    found: list[Sentence] = []
    for words in _SENTENCE.finditer(close):
        question = _CODE[words[0].upper()]
        start, end = places[words.start()], places[words.end() - 1] + 1
        last = found[-1] if found else None
        if question in ("C10a", "C10b") and last and last.question == "C10":
            continue  # the words of C10's own two questions
        if last and question == last.question and _same_sentence(text.plain[last.end : start]):
            continue  # 软件著作权共42个（专利12个、软件著作权30个）
        after = last.end if last else 0
        lead = after + _lead(text.plain[after:start])
        if last:
            last.stop = lead
        if question in ("C10a", "C10b"):  # without the words before both
            question, end = "C10", lead
        found.append(Sentence(question, lead, start, end, len(text.plain), _year_of(text.plain[lead:start])))
    return found


def _year_of(wording: str) -> int | None:
    short = LEAD.match(wording)
    return 2000 + int(short["short"]) if short and short["short"] else first_year(wording)


def _is_part_heading(text: str) -> bool:
    return len(text) <= 80 and (section_of(text) is not None or _is_piece_of_heading(text))


@lru_cache(maxsize=4096)
def _is_piece_of_heading(text: str) -> bool:
    # 辐射示范 / 引领作用 in two rows
    text = squeezed(text)
    return 2 <= len(text) <= 12 and any(text in heading for heading in SECTIONS)


def _number_of(cells: list[Cell], at: int, last: int) -> int:
    """The number of a sentence in the cell before it: the form's own, or the one after `last`; 0 if it is none."""
    cell = cells[at]
    after = cells[at + 1] if at + 1 < len(cells) else cell
    if after.row != cell.row or not isinstance(after.value, str):
        return 0
    number = _ONLY_NUMBER.fullmatch(shown(cell.value).strip())
    text = plain(after.value).lstrip()
    words = _SENTENCE.search(squeezed(text))
    if not number or not (LEAD.match(text) or (words and not _UNIT_FIRST.match(text))):
        return 0
    code = _CODE[words[0].upper()] if words else ""
    own = FIELDS["C10a" if code == "C10" else code].number if code else int(number[1])
    return int(number[1]) if int(number[1]) in (own, last + 1) else 0


def _without_headings(text: str) -> tuple[str, str]:
    """The text of a cell with headings of parts replaced by spaces, and the note at its end."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if is_stop(line):
            return "\n".join(lines[:at]), "\n".join(lines[at:])
        if _is_part_heading(line):
            lines[at] = " " * len(line)
    return "\n".join(lines), ""


def _same_sentence(between: str) -> bool:
    return len(between) < 40 and "\n" not in between and NEXT_CELL not in between and not LEAD.search(between)


def _lead(between: str) -> int:
    """Where the next sentence begins, in the text between the words of one sentence and those of the next."""
    stop = max((found.end() for found in STOP.finditer(between)), default=0)
    tail = between[stop:]
    leads = list(LEAD.finditer(tail))
    # A sentence begins with a date, or with a number at the beginning of a line, whichever comes last. Neither 专利12、
    # nor （2024年6000人次） is the beginning of a sentence.
    sure = [
        lead
        for lead in leads
        if (_YEAR_IN.search(lead[0]) and not lead[0][0].isspace() and tail[lead.start() - 1 : lead.start()] != "(")
        or not tail[: lead.start()].rpartition("\n")[2].strip(" \u200b" + NEXT_CELL)
    ]
    if sure or leads:
        return stop + (sure or leads)[-1].start()
    line = max(tail.rfind("\n"), tail.rfind(NEXT_CELL)) + 1
    return stop + line if stop or line else len(between)
