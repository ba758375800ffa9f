"""One spelling for the many ways a sign can be typed: full-width, half-width, spaces of any kind.

`plain` keeps every sign at its place, so that what is found in plain text can be cut out of what was typed.
"""

SPACES = " \t\r\f\v\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u00ad\ufe0e\ufe0f\u202a\u202b\u202c\u202d\u202e"  # take no room
LINES = "\n\u0085\u2028\u2029"
NEXT_CELL = "\x1f"  # stands between two cells, or two lines of a sheet, in text put together from several

SIGNS = {ord(space): " " for space in SPACES}
SIGNS |= {ord(sign): "\u200b" for sign in UNSEEN}
SIGNS |= {ord(sign): "\n" for sign in LINES}
SIGNS |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width: ０ Ａ （ ， ： ％ ＿ －
SIGNS |= str.maketrans({
    "−": "-", "‐": "-", "‑": "-", "‒": "-", "–": "-", "﹣": "-", "˗": "-",
    "﹪": "%", "٪": "%", "﹐": ",", "﹑": "、", "､": "、", "﹔": ";", "﹕": ":", "︰": ":", "∶": ":",
    "﹒": ".", "｡": "。",
    "﹙": "(", "﹚": ")", "〔": "(", "〕": ")", "【": "(", "】": ")", "[": "(", "]": ")", "［": "(", "］": ")",
    "﹏": "_", "ˍ": "_", "‗": "_", "﹍": "_", "﹎": "_", "▁": "_", "￣": "_", "…": "_", "⋯": "_",
    "￥": "¥", "／": "/", "∕": "/", "⁄": "/",
})  # fmt: skip

_SQUEEZED = {code: None if sign in " \n\u200b" else sign for code, sign in SIGNS.items()}
_SQUEEZED |= {ord(sign): None for sign in "\n" + NEXT_CELL}


def plain(text: str) -> str:
    """The text in half-width signs, plain spaces and plain line breaks; as long as it was.

    >>> plain("１，２００　人次（％）")
    '1,200 人次(%)'
    """
    return text.translate(SIGNS)


def squeezed(text: str) -> str:
    """Plain text without any space or line break.

    >>> squeezed("商务 主管\\n部门")
    '商务主管部门'
    """
    return text.translate(_SQUEEZED)


_SEEN = {ord(sign): None for sign in UNSEEN}


def seen(text: str) -> str:
    """Text for one line: line breaks and runs of spaces become one space, signs that take no room go.

    >>> seen(" 示例·\\n基地 ")
    '示例· 基地'
    """
    return " ".join(text.translate(_SEEN).split())
