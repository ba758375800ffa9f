"""Styles of a workbook -> those that change what is displayed: number formats, symbol fonts, crossed out text."""

import re
from typing import NamedTuple

from lxml import etree

from .archive import Archive, kept
from .formats import BUILT_IN, Format, format_of
from .symbols import is_symbol_font

# Sections and attributes of styles that are not needed; workbooks copied together over years have 64,000 styles.
_WITHOUT = re.compile(
    rb"<(?P<name>(?:\w+:)?(?:cellStyleXfs|cellStyles|dxfs|borders|fills|tableStyles|colors))[ >].*?</(?P=name)>",
    re.DOTALL,
)
_ENTRIES = re.compile(rb"<((?:\w+:)?cellXfs)[ >].*?</\1>", re.DOTALL)
_ATTRIBUTE = re.compile(rb""" (?!numFmtId|fontId)[\w:]+=(?:"[^"]*"|'[^']*')""")
_DETAIL = re.compile(rb"<(?:\w+:)?(?:alignment|protection)[^<>]*/>")
_LONG = 100_000  # bytes


class Styles(NamedTuple):
    """The effects of styles, by the style's number in the cells; styles without effect are omitted."""

    formats: dict[str, Format]
    fonts: dict[str, str]
    struck: frozenset[str]


NONE = Styles({}, {}, frozenset())


_known: dict[bytes, Styles] = {}


def styles_of(archive: Archive, name: str) -> Styles:
    """The styles in the part `name` of a workbook. Raises as `Archive.tree` does."""
    data = archive.read(name)
    if len(data) > _LONG:
        return _read(archive.parsed(name, _slim(data)))
    return kept(_known, data, lambda: _read(archive.parsed(name, data)))


def _slim(styles: bytes) -> bytes:
    """A long part of styles without the content that is not needed."""
    if b"<!" in styles:
        return styles
    styles = _WITHOUT.sub(b"", styles)
    return _ENTRIES.sub(lambda found: _ATTRIBUTE.sub(b"", _DETAIL.sub(b"", found[0])), styles)


def _read(root: etree._Element) -> Styles:
    sections = {section.tag.rpartition("}")[2]: section for section in root}
    codes = {str(number): code for number, code in BUILT_IN.items()}
    codes |= {entry.get("numFmtId"): entry.get("formatCode", "") for entry in sections.get("numFmts", ())}
    used = {style.get("numFmtId", "0") for style in sections.get("cellXfs", ())}
    shaping = {number: made for number in used & codes.keys() if not (made := format_of(codes[number])).plain}
    faces, crossed = {}, set()
    for at, font in enumerate(sections.get("fonts", ())):
        for entry in font:
            name = entry.tag.rpartition("}")[2]
            if name == "name" and is_symbol_font(entry.get("val", "")):
                faces[str(at)] = entry.get("val", "")
            elif name == "strike" and entry.get("val") not in ("0", "false"):
                crossed.add(str(at))
    formats, fonts, struck = {}, {}, set()
    for at, style in enumerate(sections.get("cellXfs", ())):
        number, font = style.get("numFmtId", "0"), style.get("fontId")
        if number in shaping:
            formats[str(at)] = shaping[number]
        if font in faces:
            fonts[str(at)] = faces[font]
        if font in crossed:
            struck.add(str(at))
    return Styles(formats, fonts, frozenset(struck))
