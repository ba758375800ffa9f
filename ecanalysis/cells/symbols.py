"""What a character set in a symbol font looks like: in Wingdings 2 an `R` is a ticked box.

The three ticked boxes the form's own software inserts stay the private-use characters they are stored as
(U+F0FE, U+F0FD of Wingdings, U+F052 of Wingdings 2); what has a plain counterpart becomes that.
"""

_BOX, _TICK, _CROSS = "□", "✓", "×"
_SEEN = {
    "wingdings": {
        0x6C: "●",
        0x6E: "■",
        0x6F: _BOX,
        0x70: _BOX,
        0x71: _BOX,
        0x72: _BOX,
        0x78: "☒",
        0xA8: _BOX,
        0xFB: _CROSS,
        0xFC: _TICK,
    },
    "wingdings 2": {0x2A: _BOX, 0x4F: _CROSS, 0x50: _TICK, 0x51: "☒", 0x53: "☒", 0x54: "☒", 0xA2: "■", 0xA3: _BOX},
    "webdings": {0x61: _TICK, 0x63: _BOX, 0x67: "■", 0x72: _CROSS},
    "symbol": {0xB4: _CROSS, 0xB7: "·", 0xD6: "√"},
}


def is_symbol_font(font: str) -> bool:
    """Is this one of the fonts whose letters are pictures?"""
    return font.strip().lower() in _SEEN


def seen(text: str, font: str) -> str:
    """`text` as it looks in a font, which matters for symbol fonts only. Digits stay: nobody means them as pictures.

    >>> seen("R", "Wingdings 2") == chr(0xF052), seen("R是 £否", "Wingdings 2")[-2:], seen("R", "宋体")
    (True, '□否', 'R')
    """
    pictures = _SEEN.get(font.strip().lower())
    return "".join(_picture(character, pictures) for character in text) if pictures else text


def _picture(character: str, pictures: dict[int, str]) -> str:
    code = ord(character)
    if 0xF020 <= code <= 0xF0FF:
        code -= 0xF000
    if not 0x20 < code <= 0xFF or character.isdigit():
        return character
    return pictures.get(code, chr(0xF000 + code))
