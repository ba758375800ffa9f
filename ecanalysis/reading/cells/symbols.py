"""Characters in a symbol font -> what they look like: in Wingdings 2 an `R` is a ticked box.

Ticked boxes become the private-use characters that Word stores for them (U+F0FE and U+F0FD of Wingdings, U+F052 of
Wingdings 2); other characters used in forms become their plain counterparts. All others are left unchanged, because
text typed after a tick is often still in the symbol font.
"""

_BOX, _TICK, _CROSS, _CROSSED = "□", "✓", "×", "☒"
RAISED = "raised"  # instead of a font: superscript or subscript, such as the mark of a note after a number
_SEEN = {
    RAISED: dict(zip(range(0x30, 0x3A), "⁰¹²³⁴⁵⁶⁷⁸⁹")),
    "wingdings": {
        **{0x6C: "●", 0x6E: "■", 0x6F: _BOX, 0x70: _BOX, 0x71: _BOX, 0x72: _BOX, 0x78: _CROSSED, 0xA8: _BOX},
        **{0xFB: _CROSS, 0xFC: _TICK, 0xFD: "\uf0fd", 0xFE: "\uf0fe"},
    },
    "wingdings 2": {
        **{0x2A: _BOX, 0x4F: _CROSS, 0x50: _TICK, 0x51: _CROSSED, 0x52: "\uf052", 0x53: _CROSSED, 0x54: _CROSSED},
        **{0xA2: "■", 0xA3: _BOX},
    },
    "webdings": {0x61: _TICK, 0x63: _BOX, 0x67: "■", 0x72: _CROSS},
    "symbol": {0xB4: _CROSS, 0xB7: "·", 0xD6: "√"},
}


def is_symbol_font(font: str) -> bool:
    """Whether this is a symbol font."""
    return font.strip().lower() in _SEEN


def seen(text: str, font: str) -> str:
    """A text as it looks in a font; only symbol fonts change it.

    >>> seen("1200", "宋体") + seen("1", RAISED)
    '1200¹'
    >>> seen("R", "Wingdings 2") == chr(0xF052), seen("R是 £否，12.5", "Wingdings 2")[1:], seen("R", "宋体")
    (True, '是 □否，12.5', 'R')
    """
    pictures = _SEEN.get(font.strip().lower())
    if not pictures:
        return text
    # Word stores the character 52 of a symbol font as either U+0052 or U+F052.
    return text.translate({0xF000 + code: picture for code, picture in pictures.items()} | pictures)
