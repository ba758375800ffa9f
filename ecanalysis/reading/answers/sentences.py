"""The `official` layout (the form as printed, with answers inside the sentences) -> answers.

All cells outside the header block are joined into one text, in which the cell of every character is known (`finding`).
The distinctive words of each sentence are found in it; the answer is the text between them and the next sentence, so it
does not matter how sentences are divided into cells, lines and paragraphs. Other text that is not the form's own
wording is left over.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ecanalysis.form.fields import FIELDS, Field
from ecanalysis.reading.answers.counts import counts_in
from ecanalysis.reading.answers.finding import LEAD, STOP, Sentence, Text, another_begins, find_sentences, put_together
from ecanalysis.reading.answers.gathering import Answer, Left
from ecanalysis.reading.answers.labels import is_known, is_own_wording
from ecanalysis.reading.answers.questions import split_pair
from ecanalysis.reading.answers.words import code_near, first_year
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.spelling import NEXT_CELL, squeezed
from ecanalysis.reading.ticks import BOXES, CROSSES, OPERATOR, TICKS, read_yes_no
from ecanalysis.reading.units import SCALES, is_unit

ROWS = 6  # cells over which an answer may continue
_FILLER = " \n\u200b_:" + NEXT_CELL
_CLOSING = _FILLER + ",;.。、"
_AFTER_WORDS = re.compile(r"\s*(?:的?(?:数量|总数|总量|数))?\s*(?:共计|共|达到|达|为|是)?")
_PAIR_THERE = re.compile(r"是[^是否]*否|否[^是否]*是|有[^有无]*无")
_MARKS = re.compile(rf"[是否有无{TICKS}{CROSSES}{BOXES}]")
_ENDS = {"C03": re.compile("其[他它]"), "C10": re.compile("环境突发事件|(?<!特别)重大(?:生产)?安全事故")}
_ASKS = {"C03": ("C03", "C03_operator"), "C10": ("C10a", "C10b")}
_NUMBER = re.compile(r"^\s*\(?\d{1,2}\s*[.、)。]?(?=\D|20\d\d)\)?")  # before a sentence
_MORE_DIGITS = re.compile(rf" *[.,]?\d[\d., ]*[^\d{NEXT_CELL}]{{0,4}}")
_MEANINGFUL = re.compile(r"[^\s_:,;.。、()\u200b\x1f□☐○\-—]")


class Sentences(NamedTuple):
    """What is found in the sentences of one form; `codes`: the fields asked in each cell (row, column)."""

    answers: list[Answer]
    named: list[int]  # years
    found: set[str]  # questions
    left: list[Left]
    codes: dict[tuple[int, int], list[str]]


def read_sentences(cells: list[Cell], used: set[int], year: int) -> Sentences:
    """Read the sentences of one form; `used`: positions in `cells` that belong to the header block."""
    text = put_together(cells, used)
    read = Sentences([], [], set(), text.left, {})
    free, asked = 0, ""  # where text not yet assigned to a sentence begins, and the question before it
    for sentence in find_sentences(text):
        code = _codes(sentence.question)[0]
        if sentence.named is not None:
            read.named.append(sentence.named)
        _leftover(text, free, sentence.lead, asked, year, read)
        answers, end, free = _answers(text, sentence, year)
        lead = LEAD.match(text.plain, sentence.lead)
        begin = lead.end() if lead and lead["short"] else sentence.lead
        wording = _NUMBER.sub("", text.plain[begin : sentence.start])
        if not is_own_wording(code, wording) and not any(answer.parts for answer in answers):
            read.left.append(_left(text, sentence.lead, sentence.start, code))
        if not is_own_wording(code, text.plain[end:free], behind=True):
            read.left.append(_left(text, end, free, answers[-1].code))
        read.answers.extend(answers)
        read.found.add(sentence.question)
        cell = text.cell(sentence.end - 1)
        read.codes.setdefault((cell.row, cell.column), []).append(code)
        asked = code
    _leftover(text, free, len(text.plain), asked, year, read)
    return read


def _left(text: Text, start: int, end: int, code: str) -> Left:
    cell = text.cell(start)
    return Left(text.original[start:end].replace(NEXT_CELL, " ").strip(" \n，；,;"), cell.row, cell.column, code)


def _answers(text: Text, sentence: Sentence, year: int) -> tuple[list[Answer], int, int]:
    """The answers to a sentence's questions, where the last of them ends, and where the words after it end."""
    start, stop = sentence.end, _end_of_answer(text.plain, sentence)
    codes = _codes(sentence.question)
    stop = another_begins(text.plain, start, stop, FIELDS[codes[0]].number)
    dated = sentence.named if sentence.named != year else None
    if len(codes) > 1:
        parts = split_pair(codes, text.original[start:stop])
        shared = len(parts) > 1 and parts[0].text == parts[1].text
        found = []
        for part in parts:
            at, end = _trimmed(part.code, start + part.at, start + part.at + len(part.text), text)
            found.append(_answer(part.code, at, end, text, year)._replace(dated=dated, shared=shared, meant=part.meant))
        if sentence.question == "C03" and len(parts) > 1:
            return found, max(end, at), max(end, at)
        words = [kind.span() for kind in _ENDS["C10"].finditer(text.plain, start, stop)] or [(start, stop)]
        if sentence.question == "C10" and end <= words[-1][0]:
            return found, end, words[-1][1]
        return found, stop, stop
    field = FIELDS[sentence.question]
    if not field.numeric:
        if (full_stop := STOP.search(text.plain, start, stop)) and _ticked(text.plain[start : full_stop.start()]):
            stop = full_stop.start()
        at, end = _trimmed(field.code, start, stop, text)
        return [_answer(field.code, at, end, text, year)._replace(dated=dated)], stop, stop
    answers, stop = _counted(field, sentence, stop, text, year, dated)
    return answers, stop, stop


def _counted(
    field: Field, sentence: Sentence, stop: int, text: Text, year: int, dated: int | None
) -> tuple[list[Answer], int]:
    """The number in a sentence, or several if people wrote more than one; and where the answer ends."""
    start = _AFTER_WORDS.match(text.plain, sentence.end, stop).end()
    ends = stop
    if full_stop := STOP.search(text.plain, start, stop):
        if _filled(text.plain[start : full_stop.start()], field.unit):
            ends = full_stop.start()
        else:
            start = full_stop.end()
    lead = LEAD.match(text.plain, sentence.lead)
    own = max(lead.end() if lead else sentence.lead, sentence.lead)
    counts = counts_in(field, text.plain[own:ends], sentence.end - own, year)
    if counts is None:
        start, end = _number(field, start, ends, text)
        return [_answer(field.code, start, end, text, year)._replace(dated=dated)], ends
    answers = []
    whole = text.original[own:ends]
    if sentence.named is None and all(count.year == year - 1 for count in counts):
        dated, counts = year - 1, [counts[0]._replace(year=year)]
    for count in counts:
        answer = _answer(field.code, own + count.start, own + count.end, text, count.year)
        if count.parts or (count.year == year and len(counts) == 1 and count[:2] == (0, ends - own)):
            answer = answer._replace(typed=whole, parts=count.parts)
        answers.append(answer._replace(dated=dated, beside=count.beside))
    return answers, ends


def _answer(code: str, start: int, stop: int, text: Text, year: int) -> Answer:
    return Answer(code, year, text.original[start:stop], text.cell(start), cell_at=lambda at: text.cell(start + at))


def _leftover(text: Text, start: int, stop: int, asked: str, year: int, read: Sentences) -> None:
    """Sort the text between two sentences: read reworded sentences, ignore titles and the unit after an answer; the
    rest is left over."""
    for number, (at, piece) in enumerate(_pieces(text.plain, start, stop)):
        if not _MEANINGFUL.search(piece) or (asked and number == 0 and _ends_sentence(piece, asked)):
            continue
        original, cell = text.original[at : at + len(piece)].strip(), text.cell(at)
        if is_known(original):
            continue
        code = code_near(re.sub(r"[\d.%]+", "", piece)) if re.search(rf"\d|{_MARKS.pattern}", piece) else ""
        if code and _question(code) not in read.found and (put := _put_differently(code, at, piece, text, year)):
            read.answers.extend(put)
            read.found.add(_question(code))
            read.codes.setdefault((cell.row, cell.column), []).append(code)
        elif asked and text.cell(max(start - 1, 0)).row == cell.row:
            code = "C03_operator" if asked == "C03" and OPERATOR.search(piece) else asked
        else:
            code = ""
        read.left.append(Left(original, cell.row, cell.column, code))


def _pieces(signs: str, start: int, stop: int) -> Iterator[tuple[int, str]]:
    for found in re.compile(rf"[^\n{NEXT_CELL}]+").finditer(signs, start, stop):
        yield found.start(), found[0]


def _ends_sentence(piece: str, asked: str) -> bool:
    return squeezed(piece).strip(_CLOSING) in ("", FIELDS[asked].unit)


def _codes(question: str) -> tuple[str, ...]:
    return _ASKS.get(question, (question,))


def _question(code: str) -> str:
    return next((question for question, codes in _ASKS.items() if code in codes), code)


def _put_differently(code: str, at: int, piece: str, text: Text, year: int) -> list[Answer]:
    """The answer in a reworded sentence."""
    if code in ("C03", "C03_operator", "C10a", "C10b"):
        return []
    field = FIELDS[code]
    lead = LEAD.search(piece)
    own = lead.end() if lead and not piece[: lead.start()].strip(_FILLER) else 0
    named = first_year(piece[:own])
    if field.numeric:
        counts = counts_in(field, piece[own:], 0, year, put_differently=True) or []
        found = [
            _answer(code, at + own + one.start, at + own + one.end, text, one.year)._replace(parts=one.parts)
            for one in counts
        ]
    else:
        mark = _MARKS.search(piece, max(piece.rfind(":"), piece.find("是否") + 2, own))
        found = [_answer(code, at + mark.start(), at + len(piece), text, year)] if mark else []
    return [answer._replace(dated=named if named not in (None, year) else None) for answer in found]


def _end_of_answer(signs: str, sentence: Sentence) -> int:
    """Where an answer that may continue in further cells or rows ends: at the first cell where it is complete."""
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
        if not filled or not bare[-1:].isdigit() or is_unit(following.strip(_CLOSING) or "?"):
            return False
        return not _MORE_DIGITS.fullmatch(following)  # 1,500 | 000 may be one number or two
    if _PAIR_THERE.search(so_far) and (question not in _ENDS or _ENDS[question].search(so_far)):
        return new_row or (question not in _ASKS and _ticked(so_far))
    goes_on = _MARKS.search(following) or (question in _ENDS and _ENDS[question].search(following))
    return new_row and not goes_on and bool(so_far.strip(_CLOSING))


def _ticked(signs: str) -> bool:
    mark = read_yes_no(signs.strip(_CLOSING))
    return mark.answer is not None or mark.fault in ("conflict", "doubtful", "unread_object", "blank_word")


def _filled(signs: str, unit: str) -> bool:
    """Whether the blank of a sentence contains anything but the unit printed after it."""
    signs = signs[_AFTER_WORDS.match(signs).end() :]
    return bool(signs.strip(_CLOSING).removesuffix(unit).strip(_CLOSING))


def _number(field: Field, start: int, stop: int, text: Text) -> tuple[int, int]:
    """Where the number in a sentence begins and ends, without blanks and the unit that the form prints after it."""
    signs = text.plain
    while start < stop and signs[start] in _FILLER:
        start += 1
    beside = signs.startswith(field.unit, start, stop)  # the blank is empty, and the answer is after the sentence
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
    return start, stop


def _trimmed(code: str, start: int, stop: int, text: Text) -> tuple[int, int]:
    signs = text.plain
    if code == "C03_operator" and (other := _ENDS["C03"].search(signs, start, stop)):
        ends = [at for sign in ("。", NEXT_CELL) if (at := signs.find(sign, other.end(), stop)) >= 0]
        stop = min([stop, *ends])
    while start < stop and signs[start] in _CLOSING:
        start += 1
    while stop > start and signs[stop - 1] in _CLOSING:
        stop -= 1
    return start, stop
