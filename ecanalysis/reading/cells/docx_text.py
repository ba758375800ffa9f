"""A paragraph of a Word document -> its visible text: runs, fields, symbols, boxes and controls, in order."""

import re
from dataclasses import dataclass, field
from string import hexdigits

from lxml import etree

from ecanalysis.reading.ticks import set_apart

from . import Object
from .archive import Archive
from .controls import active_x
from .docx_fields import BOXES, CROSSES, TICKS, UPDATED, shown_without_result
from .symbols import RAISED, is_symbol_font, seen

# Properties and phonetic guides: not part of the text.
_UNSEEN = {
    *("pPr", "tblPr", "tblGrid", "tblPrEx", "trPr", "tcPr", "sdtPr", "sdtEndPr", "rPr"),
    *("delText", "delInstrText", "rt", "ffData"),
}
_REVISED = ("del", "moveFrom")  # text deleted by a tracked change, which is still in the file
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_OFF = ("0", "false", "off", "none")
_EMPHASES = ("u", "em", "highlight", "shd", "bdr", "color")
_PLAIN = {*_OFF, "", "auto", "clear", "nil", "000000", "FFFFFF"}
ANSWER = re.compile(r"[约近超]?\s*[-+－−]?[\d０-９][\d０-９,，.．\s]*\S{0,6}|[☑□√✓✔■●×☒]?\s*[是否有无]?")
_BLANK = re.compile(r"_{2,}|＿{2,}")
_NEAR = 300_000  # English Metric Units (8 mm): within this height a box is on the line of its anchor
_SHORT = 30  # characters of a text box that may be an answer, or of a paragraph whose bullet may be a tick


@dataclass(slots=True)
class _Field:
    """A field being read: its instruction, and its result (None before it begins)."""

    instruction: list[str] = field(default_factory=list)
    result: list[str] | None = None


@dataclass(slots=True)
class Document:
    """What the text of a document refers to; `pending`: objects found whose place is not known yet."""

    archive: Archive
    links: dict[str, tuple[str, str]]
    bullets: dict[tuple[str, str], str]
    hidden_styles: set[str]
    struck_styles: set[str]
    bullet_styles: dict[str, tuple[str, str]]
    notes: dict[tuple[str, str], str]  # (kind, id) -> text of comments and footnotes
    fields: list[_Field] = field(default_factory=list)
    pending: list[Object] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """A paragraph being read; `frames`: text boxes that contain more than an answer."""

    document: Document
    pieces: list[str] = field(default_factory=list)
    frames: list[etree._Element] = field(default_factory=list)
    found: list[Object] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    emphasised: list[str] = field(default_factory=list)
    over_blank: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Add text to the paragraph, or to the field being read."""
        if not self.document.fields:
            self.pieces.append(text)
        elif (result := self.document.fields[-1].result) is not None:
            result.append(text)
        else:
            self.document.fields[-1].instruction.append(text)

    def keep(self, kind: str, text: str = "", state: bool | None = None) -> None:
        self.found.append(Object(kind, text, "", 0, 0, state))


def paragraph(element: etree._Element, document: Document) -> tuple[str, list[etree._Element]]:
    """The text of a paragraph, and its text boxes to be read as separate text. Objects are added to `pending`."""
    line = _Line(document)
    _write(element, line, "", False)
    if document.fields:  # a field continues in the next paragraph
        for one in document.fields:
            if one.result is None:
                break
            line.pieces += one.result
            one.result.clear()
    text = "".join(line.pieces)
    if (bullet := _bullet(element, document)) and len(text) <= _SHORT:
        text = bullet + text
    for answer in line.over_blank:
        if len(_BLANK.findall(text)) == 1 and answer[:1].isdigit():
            text = _BLANK.sub(lambda _, answer=answer: f" {answer} ", text)
        else:
            line.keep("text_box", answer, True if set(answer) & set(TICKS) else None)
    for kind, pieces in (("struck", line.struck), ("deleted", line.deleted), ("hidden", line.hidden)):
        if text_aside := "".join(pieces).strip():
            line.keep(kind, text_aside)
    if line.emphasised and (choice := set_apart(line.emphasised, text)):
        line.keep("emphasis", choice)
    document.pending += [found._replace(beside=text) for found in line.found]
    return text, line.frames


def _write(element: etree._Element, line: _Line, font: str, hidden: bool) -> None:
    for child in element:
        name = child.tag.rpartition("}")[2]
        if name in _UNSEEN:
            continue
        if name in _REVISED:
            line.deleted.append(words_of(child))
        elif name == "fldChar":
            _field_sign(child, line)
        elif name == "instrText":
            if line.document.fields:
                line.document.fields[-1].instruction.append(child.text or "")
        elif name == "fldSimple":
            _simple_field(child, line, font, hidden)
        elif name == "r":
            _run(child, line, font, hidden)
        elif hidden and name not in ("hyperlink", "ins", "sdt", "sdtContent", "smartTag", "customXml"):
            line.hidden.append(words_of(child) if name != "t" else child.text or "")
        elif name == "t":
            line.add(seen(child.text or "", font))
        elif name == "sym":
            line.add(seen(character(value(child, "char")), value(child, "font")))
        elif name in _SIGNS and not len(child):
            line.add(_SIGNS[name])
        elif name in ("commentReference", "footnoteReference", "endnoteReference"):
            kind = name.removesuffix("Reference")
            if text := line.document.notes.get((kind, value(child, "id")), ""):
                line.keep("comment" if kind == "comment" else "note", text)
        elif name == "AlternateContent":
            for choice in child[:1]:  # the same content twice, for newer and older programs
                _write(choice, line, font, hidden)
        elif name in ("drawing", "pict", "object"):
            _drawn(child, line)
        else:
            _write(child, line, font, hidden)


def words_of(element: etree._Element) -> str:
    """The text within an element, including deleted text."""
    return "".join(piece.text or "" for piece in element.iter("{*}t", "{*}delText"))


def _run(run: etree._Element, line: _Line, font: str, hidden: bool) -> None:
    properties = run.find("{*}rPr")
    if properties is None:
        _write(run, line, "", hidden)
        return
    struck, raised, emphasised, font = False, False, False, ""
    for entry in properties:
        name = entry.tag.rpartition("}")[2]
        if name == "rFonts":
            font = value(entry, "ascii") or value(entry, "hAnsi")
        elif name == "vanish":
            hidden = is_on(entry)
        elif name == "vertAlign" and value(entry, "val") in ("superscript", "subscript"):
            raised = True
        elif name == "b":
            emphasised = emphasised or is_on(entry)
        elif name in _EMPHASES:
            emphasised = emphasised or not {value(entry, "val"), value(entry, "fill")} <= _PLAIN
        elif name in ("strike", "dstrike"):
            struck = struck or is_on(entry)
        elif name == "rStyle":
            hidden = hidden or value(entry, "val") in line.document.hidden_styles
            struck = struck or value(entry, "val") in line.document.struck_styles
    if raised and not is_symbol_font(font):
        font = RAISED
    if not struck or hidden:
        begin = len(line.pieces)
        _write(run, line, font, hidden)
        if emphasised:
            line.emphasised.append("".join(line.pieces[begin:]))
        return
    aside = _Line(line.document)
    fields, line.document.fields = line.document.fields, []
    _write(run, aside, font, hidden)
    line.document.fields = fields
    line.struck += aside.pieces
    line.found += aside.found


def _field_sign(sign: etree._Element, line: _Line) -> None:
    fields = line.document.fields
    kind = value(sign, "fldCharType")
    if kind == "begin":
        line.add(_form_field(sign))
        fields.append(_Field())
    elif kind == "separate" and fields:
        fields[-1].result = []
    elif kind == "end" and fields:
        ended = fields.pop()
        shown = "".join(ended.result or ())
        instruction = "".join(ended.instruction)
        if "FORMCHECKBOX" in instruction.upper() or "FORMDROPDOWN" in instruction.upper():
            shown = ""  # its state was added at its beginning
        elif not shown and ended.result is None:
            shown = shown_without_result(instruction)
            if not shown and UPDATED.match(instruction):
                line.keep("field", instruction.strip())
        line.add(shown)


def _simple_field(element: etree._Element, line: _Line, font: str, hidden: bool) -> None:
    line.document.fields.append(_Field([value(element, "instr")], []))
    _write(element, line, font, hidden)
    ended = line.document.fields.pop()
    if not hidden:
        line.add("".join(ended.result) or shown_without_result(ended.instruction[0]))


def _form_field(sign: etree._Element) -> str:
    """The box of a legacy check box, or the chosen entry of a legacy list."""
    box = sign.find("{*}ffData/{*}checkBox")
    if box is not None:
        state = box.find("{*}checked")
        return "☑" if is_on(box.find("{*}default") if state is None else state) else "☐"
    entries = [value(entry, "val") for entry in sign.iterfind("{*}ffData/{*}ddList/{*}listEntry")]
    chosen = sign.find("{*}ffData/{*}ddList/{*}result")
    at = value(chosen, "val") if chosen is not None else "0"
    return entries[int(at)] if at.isascii() and at.isdigit() and len(at) < 4 and int(at) < len(entries) else ""


def _drawn(element: etree._Element, line: _Line) -> None:
    """A picture, text box, control or embedded file."""
    control = next(element.iter("{*}control"), None)
    if control is not None:
        _, part = line.document.links.get(value(control, "id"), ("", ""))
        kind, state, text = active_x(line.document.archive, part)
        if kind == "control":
            line.add(text)
            if not text:
                line.keep(kind)
        elif state is None:
            line.keep(kind, text)
        else:
            line.add(("☑" if state else "□") + text)
        return
    embedded = next(element.iter("{*}OLEObject"), None)
    if embedded is not None:
        line.keep("embedded", value(embedded, "ProgID"))
        return
    boxes = [
        box for box in element.iter("{*}txbxContent") if not any(_is_fallback(above) for above in box.iterancestors())
    ]
    for box in boxes:
        _text_box(box, element, line)
    if not boxes:
        pictures = next(element.iter("{*}blip", "{*}imagedata"), None)
        words = "".join(value(path, "string") for path in element.iter("{*}textpath"))
        line.keep("picture" if pictures is not None and not words else "drawing", words)


def _is_fallback(element: etree._Element) -> bool:
    return element.tag.rpartition("}")[2] == "Fallback"


def _text_box(box: etree._Element, around: etree._Element, line: _Line) -> None:
    aside = _Line(line.document)
    fields, line.document.fields = line.document.fields, []
    _write(box, aside, "", False)
    line.document.fields = fields
    text = "".join(aside.pieces).strip()
    if not text and not aside.found:
        return
    if box.find("{*}tbl") is not None or len(text) > _SHORT or not ANSWER.fullmatch(text) or aside.found:
        line.frames.append(box)
    elif _on_its_line(around):
        line.over_blank.append(text)
    else:
        line.keep("text_box", text, True if set(text) & set(TICKS) else None)


def _on_its_line(around: etree._Element) -> bool:
    """Whether a floating box is at about the height of the line of its anchor."""
    down = around.find("{*}anchor/{*}positionV")
    if down is not None:
        offset = down.findtext("{*}posOffset") or ""
        return (
            value(down, "relativeFrom") in ("line", "paragraph")
            and offset.lstrip("-").isdigit()
            and abs(int(offset)) < _NEAR
        )
    for shape in around.iter("{*}shape", "{*}rect"):
        found = re.search(r"margin-top:(-?\d+(?:\.\d+)?)pt", value(shape, "style"))
        return not found or abs(float(found[1])) * 12_700 < _NEAR
    return True


def _bullet(element: etree._Element, document: Document) -> str:
    """The bullet of a paragraph, if it is a box or a tick; else ""."""
    properties = element.find("{*}pPr")
    if properties is None or not document.bullets:
        return ""
    style = properties.find("{*}pStyle")
    number, level = document.bullet_styles.get(value(style, "val") if style is not None else "", ("", "0"))
    own = properties.find("{*}numPr")
    for entry in own if own is not None else ():
        if entry.tag.endswith("}numId"):
            number = value(entry, "val")
        elif entry.tag.endswith("}ilvl"):
            level = value(entry, "val")
    bullet = document.bullets.get((number, level), "")
    return bullet if bullet and bullet in BOXES + TICKS + CROSSES else ""


def character(code: str) -> str:
    """The character of a hexadecimal code; "" if it is invalid or a surrogate."""
    if len(code) != 4 or not set(code) <= set(hexdigits) or "D800" <= code.upper() < "E000":
        return ""
    return chr(int(code, 16))


def value(element: etree._Element, attribute: str) -> str:
    """An attribute in any namespace; "" if there is none."""
    return next((text for key, text in element.items() if key.rpartition("}")[2] == attribute), "")


def is_on(element: etree._Element | None) -> bool:
    """Whether a switch is on: its element exists and does not say otherwise."""
    return element is not None and value(element, "val").lower() not in _OFF
