"""Styles of an OpenDocument spreadsheet -> number formats (as format codes like Excel's), fonts and emphasis."""

from lxml import etree

from .formats import Format, format_of
from .symbols import RAISED, is_symbol_font

_NUMBER = "{urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_LOEXT = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}"
_DATA = {
    "number-style",
    "percentage-style",
    "currency-style",
    "text-style",
    "boolean-style",
    "date-style",
    "time-style",
}
_UNEMPHATIC = {
    _FO + "font-weight": "normal",
    _STYLE + "text-underline-style": "none",
    _FO + "color": "#000000",
    _FO + "background-color": "transparent",
}
_LONGEST = 40  # digits that a format may have


class Styles:
    """The styles of a spreadsheet by name; properties that a style lacks are inherited from its parent."""

    def __init__(self, *roots: etree._Element):
        self._styles: dict[str, etree._Element] = {}
        self._data: dict[str, etree._Element] = {}
        self._faces: dict[str, str] = {}
        self._made: dict[str, tuple[Format | None, str, bool]] = {}
        for root in roots:
            for style in root.iter(_STYLE + "style", _STYLE + "font-face", *(_NUMBER + kind for kind in _DATA)):
                name = style.get(_STYLE + "name", "")
                if style.tag == _STYLE + "style":
                    self._styles[name] = style
                elif style.tag == _STYLE + "font-face":
                    self._faces[name] = style.get(_SVG + "font-family", "").strip("'\"")
                else:
                    self._data[name] = style

    def of(self, name: str) -> tuple[Format | None, str, bool]:
        """A style's number format (None if it changes nothing), symbol font (or ""), and whether it strikes out."""
        if name not in self._made:
            if len(self._made) > 20_000:
                self._made.clear()
            code = self._inherited(name, lambda style: style.get(_STYLE + "data-style-name"))
            made = format_of(self._code(code, 0)) if code in self._data else None
            font = self._inherited(name, lambda style: _property(style, (_STYLE + "font-name", _FO + "font-family")))
            font = self._faces.get(font, font).strip("'\"")
            line = (_STYLE + "text-line-through-style", _STYLE + "text-line-through-type")  # either may be missing
            high = self._inherited(name, lambda style: _property(style, (_STYLE + "text-position",)))
            raised = bool(high) and not high.startswith("0%")
            struck = self._inherited(name, lambda style: _property(style, line))
            self._made[name] = (
                made if made and not made.plain else None,
                RAISED if raised else font if is_symbol_font(font) else "",
                struck not in ("", "none"),
            )
        return self._made[name]

    def emphasises(self, name: str) -> bool:
        """Whether a style itself, without its parents, makes text bold, underlined or coloured."""
        style = self._styles.get(name)
        return style is not None and any(
            entry.get(attribute, plain) not in (plain, "none", "#000000")
            for entry in style.iterchildren(_STYLE + "text-properties")
            for attribute, plain in _UNEMPHATIC.items()
        )

    def names_font(self, name: str) -> bool:
        """Whether a style has a font."""
        return bool(self._inherited(name, lambda style: _property(style, (_STYLE + "font-name", _FO + "font-family"))))

    def hides(self, name: str) -> bool:
        """Whether the style of a table hides it."""
        style = self._styles.get(name)
        if style is None:
            return False
        return any(one.get(_TABLE + "display") == "false" for one in style.iterchildren(_STYLE + "table-properties"))

    def measure(self, name: str, what: str, measure: str) -> str:
        """The width or height in a style of columns or rows (`what`: column or row); "" if it has none."""
        style = self._styles.get(name)
        entry = style.find(f"{_STYLE}table-{what}-properties") if style is not None else None
        return entry.get(_STYLE + measure, "") if entry is not None else ""

    def _inherited(self, name: str, wanted) -> str:
        for _ in range(20):
            style = self._styles.get(name)
            if style is None:
                return ""
            if value := wanted(style):
                return value
            name = style.get(_STYLE + "parent-style-name", "")
        return ""

    def _code(self, name: str, depth: int) -> str:
        style = self._data.get(name)
        if style is None or depth > 3:
            return "General"
        kind = style.tag.rpartition("}")[2]
        if kind in ("date-style", "time-style"):
            return "yyyy"
        own = "".join(_piece(piece, kind) for piece in style)
        sections = []
        for rule in style.iterchildren(_STYLE + "map"):
            condition = rule.get(_STYLE + "condition", "").removeprefix("value()").replace("!=", "<>")
            sections.append(f"[{condition}]" + self._code(rule.get(_STYLE + "apply-style-name", ""), depth + 1))
        if kind == "text-style":  # the rules are for numbers, and precede the text
            return ";".join([*sections[:3], own]) if sections else own
        return ";".join([*sections[:2], own])


def _property(style: etree._Element, names: tuple[str, ...]) -> str:
    for entry in style.iterchildren(_STYLE + "text-properties"):
        for name in names:
            if value := entry.get(name):
                return value
    return ""


def _quoted(text: str) -> str:
    return "".join(f"\\{sign}" for sign in text)


def _piece(piece: etree._Element, kind: str) -> str:
    """The format code of one element of a data style."""
    what = piece.tag.rpartition("}")[2]
    if what in ("text", "currency-symbol"):
        text = "".join(piece.itertext())
        return "%".join(map(_quoted, text.split("%"))) if kind == "percentage-style" else _quoted(text)
    if what == "text-content":
        return "@"
    if what == "scientific-number":
        return "0.00E+00"
    if what == "fraction":
        return "# ?/?"
    if what != "number":
        return ""
    decimals = piece.get(_NUMBER + "decimal-places")
    if decimals is None and piece.get(_NUMBER + "min-integer-digits") in (None, "1") and not len(piece):
        grouped = piece.get(_NUMBER + "grouping") == "true"
        if not grouped and not piece.get(_NUMBER + "display-factor"):
            return "General"
    places = "0" * min(_whole(piece.get(_NUMBER + "min-integer-digits"), 1), _LONGEST) or "#"
    inside = {
        _whole(entry.get(_NUMBER + "position"), 0): "".join(entry.itertext())
        for entry in piece.iterchildren(_NUMBER + "embedded-text")
    }
    wide = max([len(places), *(position + 1 for position in inside if position < _LONGEST)])
    digits = ""
    for position in range(wide - 1, -1, -1):
        digits += places[-position - 1] if position < len(places) else "#"
        digits += _quoted(inside.get(position, ""))
    if piece.get(_NUMBER + "grouping") == "true":
        digits = "#,##" + digits if len(digits) == 1 else "#," + digits
    if count := min(_whole(decimals, 0), _LONGEST):
        least = min(
            _whole(piece.get(_NUMBER + "min-decimal-places") or piece.get(_LOEXT + "min-decimal-places"), count), count
        )
        digits += "." + "0" * least + "#" * (count - least)
    factor = piece.get(_NUMBER + "display-factor", "1")
    if factor.isascii() and factor.isdigit() and factor[:1] == "1":
        digits += "," * (min(len(factor) - 1, 15) // 3)
    return digits


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and len(text) < 5 and text.isascii() and text.isdigit() else otherwise
