"""Cells -> header block (基地名称 to 基地联系人) and closing fields (意见及建议, 审核意见), found by their labels.

The cells that belong to a label are excluded from further reading, so that names and telephone numbers reach no answer.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from ecanalysis.reading.answers.columns import heading_in
from ecanalysis.reading.answers.labels import (
    bare,
    begins_label,
    inline,
    is_remark,
    is_stop,
    is_title,
    labels_nothing,
    meaning_of,
)
from ecanalysis.reading.answers.words import section_of
from ecanalysis.reading.cells import Cell
from ecanalysis.reading.spelling import plain, seen
from ecanalysis.reading.values import shown

REMARK_LABELS = ("备注", "说明", "注")  # text beside these is no answer, and is left over
NEAR = 200  # the lines of a broken label are within so many cells
LONGEST_NUMBER = 12  # digits of a telephone number; two cells with more contain two numbers
_TELEPHONE = re.compile(r"[\d\s()-]{7,}")
_PART_OF_NUMBER = re.compile(r"[\d\s()+转\-－—]+")
_PART_OF_NAME = re.compile(r"[一-鿿·•]{1,4}")
_SEAL = re.compile(r"[^\s。；;，,：:]*[（(]\s*(?:盖\s*章|公\s*章|签\s*章|章)\s*[)）]")
_BESIDE_NAME = re.compile(r"\s*[（(](?:加?盖公?章|公章|签章|盖章处)[）)]\s*$")
_DATE = re.compile(r"((?:19|20)\d\d)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?")
_DAY = "([二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_CHINESE_DATE = re.compile(rf"(二[〇零○一二三四五六七八九]{{3}})\s*年\s*{_DAY}\s*月\s*{_DAY}\s*日")
_NO_DATE = re.compile(r"(?:日\s*期\s*[:：]?)?[\s_＿]*年[\s_＿]*月[\s_＿]*日")


@dataclass(slots=True)
class Header:
    """The header block and closing fields of one form; `used`: positions of their cells in the list of cells."""

    fields: dict[str, str] = field(default_factory=dict)  # base_name, department, address, suggestions, …
    contacts: dict[str, dict[str, str]] = field(default_factory=dict)  # role -> name, title, …
    base_name_cell: Cell | None = None
    asks_opinion: bool = False
    used: set[int] = field(default_factory=set)


def read_header(cells: list[Cell]) -> Header:
    """Read the header block and the closing fields from a form's cells."""
    return _HeaderReader(cells).read()


class _HeaderReader:
    def __init__(self, cells: list[Cell]) -> None:
        self.cells = cells
        self.header = Header()
        self.role: str | None = "联系人"  # whose name and numbers follow; None: not asked for in the form
        self.rows: dict[int, tuple[int, int, set[bool]]] = {}

    def read(self) -> Header:
        for at, cell in enumerate(self.cells):
            if not isinstance(cell.value, str) or labels_nothing(cell.value) or at in self.header.used:
                continue
            if meaning := meaning_of(cell.value):
                self._label(at, meaning)
            elif begins_label(cell.value):
                self._broken_label(at)
            elif labelled := inline(cell.value):
                self.header.used.add(at)
                for meaning, text in labelled:
                    self._said(at, meaning, text)
        return self.header

    def _label(self, at: int, meaning: tuple[str, str], last_row: int | None = None) -> None:
        self.header.used.add(at)
        kind, key = meaning
        if bare(self.cells[at].value) in REMARK_LABELS:
            return
        if key in ("suggestions", "review_opinion"):
            self._free_text(at, key, "", last_row)
            return
        value = self._beside(at)
        if value is None and key == "title" and self._names_role(at + 1):
            value = at + 1
        if value is None and kind != "role" and last_row is None:
            value = self._below(at)
        if key == "review_date" and value is not None and not _is_date(self.cells[value].value):
            value = None
        if value is not None:
            self.header.used.add(value)
        text = "" if value is None else shown(self.cells[value].value)
        if value is not None and kind in ("role", "person"):
            text += self._rest_of_person(value, kind, key)
        self._said(at if value is None else value, meaning, text)

    def _rest_of_person(self, at: int, kind: str, key: str) -> str:
        """The text in the cells right of a person's name or number: the rest of it, or a second one."""
        of_one = _PART_OF_NAME if key == "name" or kind == "role" else _PART_OF_NUMBER
        text = ""
        while (beside := self._beside(at)) is not None and of_one.fullmatch(said := shown(self.cells[beside].value)):
            self.header.used.add(beside)
            digits = len(re.sub(r"\D", "", shown(self.cells[at].value) + said))
            text += (" " if digits <= LONGEST_NUMBER else "、") + said
            at = beside
        return text

    def _broken_label(self, at: int) -> None:
        if joined := self._joined(at):
            meaning, pieces = joined
            self.header.used.update(pieces)
            self._label(at, meaning, self.cells[pieces[-1]].row)

    def _joined(self, at: int) -> tuple[tuple[str, str], list[int]] | None:
        """A label broken over several cells, one below the other, as happens when paragraphs are pasted; its cells."""
        first = self.cells[at]
        text, pieces = first.value, [at]
        for below in range(at + 1, min(at + NEAR, len(self.cells))):
            cell = self.cells[below]
            if cell.row > first.row + 4:
                return None
            if cell.column == first.column and isinstance(cell.value, str):
                text += cell.value
                pieces.append(below)
                if meaning := meaning_of(text):
                    return meaning, pieces
        return None

    def _said(self, at: int, meaning: tuple[str, str], text: str) -> None:
        """Store the text that belongs to a label; `at` is its cell."""
        kind, key = meaning
        if kind == "":
            self.role = None
        elif kind == "role":
            self.role = key
            if text:
                self.header.contacts.setdefault(key, {}).setdefault("name", seen(text))
        elif kind == "person":
            if self.role and text:
                self.header.contacts.setdefault(self.role, {}).setdefault(key, seen(text))
        elif key in ("suggestions", "review_opinion"):
            self._free_text(at, key, text, None)
        elif key == "review_date":
            self._dated(self.cells[at].value if isinstance(self.cells[at].value, datetime) else text)
        elif (text := _BESIDE_NAME.sub("", seen(text)).strip("_＿ ")) and not (
            key == "base_name" and _TELEPHONE.fullmatch(text)
        ):
            self.header.fields.setdefault(key, text)
            if key == "base_name" and self.header.base_name_cell is None:
                self.header.base_name_cell = self.cells[at]

    def _beside(self, at: int) -> int | None:
        """The next filled cell in the row, unless it is a label."""
        beside = at + 1
        if beside < len(self.cells) and self.cells[beside].row == self.cells[at].row and not self._is_label(beside):
            return beside
        return None

    def _names_role(self, at: int) -> bool:
        """Whether the cell after 职务 is a title that looks like a label: 职务 | 负责人."""
        cells = self.cells
        return (
            at < len(cells)
            and cells[at].row == cells[at - 1].row
            and isinstance(cells[at].value, str)
            and (meaning_of(cells[at].value) or ("",))[0] == "role"
        )

    def _below(self, at: int) -> int | None:
        """The cell below, if the row contains only labels and the next row none."""
        cell = self.cells[at]
        _, after, kinds = self._row(at)
        if kinds != {True} or after == len(self.cells) or self.cells[after].row != cell.row + cell.rows:
            return None
        begin, end, kinds = self._row(after)
        if kinds != {False}:
            return None
        return next((place for place in range(begin, end) if self.cells[place].column == cell.column), None)

    def _row(self, at: int) -> tuple[int, int, set[bool]]:
        """The row of a cell: its first position, the one after its last, and whether its cells are labels (a set)."""
        row = self.cells[at].row
        if row not in self.rows:
            begin, end = at, at + 1
            while begin and self.cells[begin - 1].row == row:
                begin -= 1
            while end < len(self.cells) and self.cells[end].row == row:
                end += 1
            self.rows[row] = begin, end, {self._is_label(place) for place in range(begin, end)}
        return self.rows[row]

    def _is_label(self, at: int) -> bool:
        value = self.cells[at].value
        return isinstance(value, str) and bool(
            meaning_of(value)
            or begins_label(value)
            or section_of(value)
            or heading_in(value)
            or is_title(value)
            or inline(value)
        )

    def _free_text(self, at: int, key: str, text: str, last_row: int | None) -> None:
        """Read a field of free text: all cells after its label, until the next label."""
        label = self.cells[at]
        last_row = label.row + label.rows - 1 if last_row is None else last_row
        said, beside = [text] if text else [], False
        dated: object = None
        for place in range(at + 1, len(self.cells)):
            cell = self.cells[place]
            if place in self.header.used:
                continue
            if cell.row > last_row and cell.column <= label.column and beside:
                break
            if isinstance(cell.value, str):
                meaning = meaning_of(cell.value)
                if key == "review_opinion" and meaning == ("field", "review_date"):
                    self._label(place, meaning)
                    continue
                if is_remark(cell.value):
                    self.header.used.add(place)
                    continue
                # The cell right beside the label is its text, even if it begins like a label: 手机号建议改为选填.
                first = not said and cell.row <= last_row and cell.column > label.column
                if meaning or (self._ends_free_text(place) and not first):
                    break
            beside = beside or cell.column > label.column
            self.header.used.add(place)
            if isinstance(cell.value, datetime):
                dated = cell.value
            said.append(shown(cell.value))
        if key == "review_opinion":
            self.header.asks_opinion = True
            self._dated(dated or "\n".join(said))
            said = [] if not said else [_without_seal("\n".join(said))]
        if text := "\n".join(said).strip():
            self.header.fields.setdefault(key, text)

    def _ends_free_text(self, at: int) -> bool:
        text = self.cells[at].value
        if is_stop(text) or is_title(text) or section_of(text) or inline(text):
            return True
        return begins_label(text) and self._joined(at) is not None

    def _dated(self, text: object) -> None:
        if found := read_date(text):
            self.header.fields.setdefault("review_date", found)


def read_date(stood: object) -> str:
    """The last full date in a text, or the date of a cell, as YYYY-MM-DD; "" if there is none.

    >>> read_date("同意。示例省商务厅（盖章） ２０２６年３月１５日"), read_date("二〇二六年三月十五日")
    ('2026-03-15', '2026-03-15')
    """
    if isinstance(stood, datetime):
        return stood.date().isoformat()
    text = plain(str(stood))
    found = [tuple(map(int, parts)) for parts in _DATE.findall(text)]
    found += [tuple(map(_chinese_number, parts)) for parts in _CHINESE_DATE.findall(text)]
    for year, month, day in reversed(found):
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            continue
    return ""


def _is_date(stood: object) -> bool:
    return bool(read_date(stood)) or bool(_NO_DATE.search(plain(shown(stood))))


def _chinese_number(text: str) -> int:
    digits = {sign: place for place, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
    if "十" not in text:
        return int("".join(str(digits[sign]) for sign in text))
    tens, _, ones = text.partition("十")
    return 10 * digits.get(tens, 1) + digits.get(ones, 0)


def _without_seal(text: str) -> str:
    """The opinion without the words for the seal and the date."""
    signs = plain(text)
    keep = list(text)
    for pattern in (_SEAL, _DATE, _CHINESE_DATE, _NO_DATE):
        for found in pattern.finditer(signs):
            keep[found.start() : found.end()] = [""] * (found.end() - found.start())
    lines = [line.strip(" \t\u3000") for line in "".join(keep).split("\n")]
    return "\n".join(line for line in lines if line)
