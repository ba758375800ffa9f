"""Word fields without a stored result -> the text they display, from their instruction."""

import re

from .symbols import seen

WORDS = "是否有无"
BOXES, TICKS, CROSSES = "□☐○◯〇", "√✓✔■●☑\uf0fe\uf052", "×✕✗☒\uf0fd"
UPDATED = re.compile(
    r"\s*(?:=|(?:IF|REF|DOCPROPERTY|DOCVARIABLE|MERGEFIELD|LINK|INCLUDETEXT|FORMULA)\b)", re.IGNORECASE
)  # fields that display something once they are updated
_EQUATION = re.compile(r"eq\s*\\", re.IGNORECASE)
_LONGEST = 200  # characters of an instruction
_NUMBER = re.compile(r"0x[0-9a-f]{1,5}|\d{1,6}", re.IGNORECASE)


def shown_without_result(instruction: str) -> str:
    r"""The text that Word displays for a field without a stored result; "" if it displays nothing.

    >>> shown_without_result(r" eq \o\ac(□,√) "), shown_without_result(" MACROBUTTON CheckIt □ ")
    ('☑', '□')
    >>> shown_without_result(r" SYMBOL 168 \f Wingdings "), shown_without_result(r"EQ \f(1,2)")
    ('□', '1/2')
    """
    name, _, rest = instruction.strip().partition(" ")
    if "\\" in name:  # eq\o\ac(□,√)
        name, _, rest = instruction.strip().partition("\\")
        rest = "\\" + rest
    how = {"EQ": _equation, "SYMBOL": _symbol, "MACROBUTTON": _after_name, "GOTOBUTTON": _after_name, "QUOTE": _quote}
    return how.get(name.upper(), lambda _: "")(rest.strip())


def lost_in_conversion(data: bytes) -> list[str]:
    r"""The fields of an old Word file (.doc, .wps) that LibreOffice drops: overlaid characters, as 带圈字符 makes.

    >>> lost_in_conversion("甲\x13 eq \\o\\ac(□,√)\x15乙".encode("utf-16-le"))
    ['eq \\o\\ac(□,√)']
    """
    found = [
        piece[:_LONGEST].partition("\x15")[0].partition("\x14")[0].strip()
        for text in (data.decode("utf-16-le", "replace"), data.decode("latin-1"))
        for piece in text.split("\x13")[1:]
    ]
    return [field for field in found if _EQUATION.match(field) and field.isprintable()]


def _equation(rest: str) -> str:
    switches = {switch.lower() for switch in re.findall(r"\\([a-z]+)", rest, re.IGNORECASE)}
    inside = re.sub(r"\\[a-z]+\d*", "", rest, flags=re.IGNORECASE)
    parts = [part.strip() for part in re.split(r"[(),，;；]", inside.replace("\\", "")) if part.strip()]
    if switches & {"o", "x"}:  # overlaid or framed characters
        framed = "x" in switches or any(part in BOXES for part in parts)
        for signs, box in ((TICKS, "☑"), (CROSSES, "☒")):
            if framed and any(part in signs or (part in "Vv" and signs is TICKS) for part in parts):
                return box
        if parts and all(part in BOXES for part in parts):
            return "□"
        if framed and (chosen := [part for part in parts if part in WORDS]):  # a circled word
            return "☑" + chosen[0]
        parts = [part for part in parts if part not in BOXES] if framed else parts
    return ("/" if "f" in switches else "").join(parts)


def _symbol(rest: str) -> str:
    sign = rest.split(" ")[0].strip('"')
    font = re.search(r'\\f\s*(?:"([^"]*)"|(\S+))', rest, re.IGNORECASE)
    if _NUMBER.fullmatch(sign):
        code = int(sign, 16 if sign[:2].lower() == "0x" else 10)
        sign = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
    return seen(sign[:1], (font[1] or font[2]) if font else "")


def _after_name(rest: str) -> str:
    return rest.partition(" ")[2].strip()


def _quote(rest: str) -> str:
    return rest.strip('"')
