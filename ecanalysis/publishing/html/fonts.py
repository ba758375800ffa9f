"""The font embedded in a page: a subset of Noto Sans SC with the glyphs that its text uses.

The whole font is 8 MB; a page needs about 400 of its characters, which take 70 KiB. Glyphs are extracted once per
process and assembled for each page, as pages share most of their characters.
"""

import base64
import io
from functools import cache, lru_cache
from importlib.resources import files

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont

FAMILY = "Briefing Sans"


@lru_cache(maxsize=64)
def font_face(characters: frozenset[str]) -> str:
    """A CSS @font-face rule with the glyphs of these characters; the browser substitutes those the font lacks.

    >>> font_face(frozenset("国"))[:68]
    "@font-face { font-family: 'Briefing Sans'; src: url(data:font/woff;b"
    """
    data = base64.b64encode(_woff(sorted(characters))).decode()
    return f"@font-face {{ font-family: '{FAMILY}'; src: url(data:font/woff;base64,{data}) format('woff'); }}\n"


def _woff(characters: list[str]) -> bytes:
    source, names = _source()
    drawn = {character: _glyph(character) for character in characters if ord(character) in names}
    order = [".notdef", *(f"u{ord(character):04X}" for character in drawn)]
    glyphs = dict(zip(order, [_drawing(".notdef"), *drawn.values()]))
    builder = FontBuilder(source["head"].unitsPerEm, isTTF=False)
    builder.font.recalcBBoxes = False  # outlines and bounds are those of the source font
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(character): f"u{ord(character):04X}" for character in drawn})
    head = source["head"]
    information = {"FullName": FAMILY, "FontBBox": [head.xMin, head.yMin, head.xMax, head.yMax]}
    builder.setupCFF("BriefingSans", information, {name: outline for name, (_, outline) in glyphs.items()}, {})
    builder.setupHorizontalMetrics({name: (width, 0) for name, (width, _) in glyphs.items()})
    builder.setupHorizontalHeader(ascent=source["hhea"].ascent, descent=source["hhea"].descent)
    licence = {
        key: source["name"].getDebugName(number) for key, number in (("copyright", 0), ("licenseDescription", 13))
    }
    builder.setupNameTable({"familyName": FAMILY, "styleName": "Regular", **licence}, mac=False)
    builder.setupOS2(sTypoAscender=source["hhea"].ascent, sTypoDescender=source["hhea"].descent)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 0  # the same characters give the same bytes
    builder.font.flavor = "woff"
    buffer = io.BytesIO()
    builder.font.save(buffer, reorderTables=None)  # otherwise it would be compressed twice
    return buffer.getvalue()


@cache
def _source() -> tuple[TTFont, dict[int, str]]:
    font = TTFont(str(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf"), lazy=True, recalcTimestamp=False)
    return font, font.getBestCmap()


@cache
def _glyph(character: str) -> tuple:
    return _drawing(_source()[1][ord(character)])


@cache
def _drawing(name: str) -> tuple:
    glyphs = _glyph_set()
    width = glyphs[name].width
    pen = T2CharStringPen(width, glyphs)
    glyphs[name].draw(pen)
    outline = pen.getCharString()
    outline.compile()
    return width, outline


@cache
def _glyph_set():
    return _source()[0].getGlyphSet()
