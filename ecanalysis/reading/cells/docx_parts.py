"""The parts beside the text of a Word document: bullets, styles, headers, footers, comments and footnotes."""

import re

from . import Object
from .archive import Archive
from .docx_text import Document, is_on, value
from .symbols import seen

_PAGE_SIGNS = re.compile(r"[\s\d第页共/—–\-·,，、]|page|of", re.IGNORECASE)


def document_of(archive: Archive) -> Document:
    """What the text of a document refers to."""
    links = archive.relationships(archive.main)
    by_kind = {kind: part for kind, part in links.values() if part in archive}
    document = Document(archive, links, {}, set(), set(), {}, {})
    if "numbering" in by_kind:
        _bullets(archive, by_kind["numbering"], document)
    if "styles" in by_kind:
        _styles(archive, by_kind["styles"], document)
    for kind in ("comments", "footnotes", "endnotes"):
        if kind in by_kind:
            for note in archive.tree(by_kind[kind]).iter("{*}" + kind[:-1]):
                text = "\n".join(
                    "".join(piece.text or "" for piece in line.iter("{*}t")) for line in note.iter("{*}p")
                ).strip()
                if text and value(note, "type") in ("", "normal"):
                    document.notes[kind[:-1], value(note, "id")] = text
    return document


def around_the_text(document: Document) -> list[Object]:
    """Headers and footers that say more than the number of a page."""
    found = {}
    for kind, part in document.links.values():
        if kind in ("header", "footer") and part in document.archive:
            root = document.archive.tree(part)
            text = "\n".join("".join(piece.text or "" for piece in line.iter("{*}t")) for line in root.iter("{*}p"))
            if _PAGE_SIGNS.sub("", text):
                found[kind, text.strip()] = Object(kind, text.strip(), "页眉" if kind == "header" else "页脚", 0, 0)
    return list(found.values())


def _bullets(archive: Archive, part: str, document: Document) -> None:
    root = archive.tree(part)
    levels = {}
    for shape in root.iter("{*}abstractNum"):
        for level in shape.iter("{*}lvl"):
            kind, text = level.find("{*}numFmt"), level.find("{*}lvlText")
            if kind is not None and value(kind, "val") == "bullet" and text is not None:
                fonts = level.find("{*}rPr/{*}rFonts")
                font = (value(fonts, "ascii") or value(fonts, "hAnsi")) if fonts is not None else ""
                levels[value(shape, "abstractNumId"), value(level, "ilvl")] = seen(value(text, "val"), font)
    for number in root.iter("{*}num"):
        shape = number.find("{*}abstractNumId")
        for (of, level), sign in levels.items():
            if shape is not None and of == value(shape, "val"):
                document.bullets[value(number, "numId"), level] = sign


def _styles(archive: Archive, part: str, document: Document) -> None:
    data = archive.read(part)
    if not any(word in data for word in (b"vanish", b"strike", b"numPr")):
        return
    for style in archive.tree(part).iter("{*}style"):
        name = value(style, "styleId")
        if is_on(style.find("{*}rPr/{*}vanish")):
            document.hidden_styles.add(name)
        if is_on(style.find("{*}rPr/{*}strike")):
            document.struck_styles.add(name)
        number = style.find("{*}pPr/{*}numPr/{*}numId")
        if number is not None:
            level = style.find("{*}pPr/{*}numPr/{*}ilvl")
            document.bullet_styles[name] = (value(number, "val"), value(level, "val") if level is not None else "0")
