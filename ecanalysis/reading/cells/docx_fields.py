"""Fields of a Word document: what one shows that stores no result, from its instruction."""

import re

from .symbols import seen

BOXES, TICKS, CROSSES = "□☐○◯〇", "√✓✔■●☑\uf0fe\uf052", "×✕✗☒\uf0fd"
_NUMBER = re.compile(r"0x[0-9a-f]{1,5}|\d{1,6}", re.IGNORECASE)


def shown_without_result(instruction: str) -> str:
    r"""What Word shows for a field that it works out anew each time it draws it; "" for one that shows nothing.

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


def _equation(rest: str) -> str:
    switches = {switch.lower() for switch in re.findall(r"\\([a-z]+)", rest, re.IGNORECASE)}
    inside = re.sub(r"\\[a-z]+\d*", "", rest, flags=re.IGNORECASE)
    parts = [part.strip() for part in re.split(r"[(),，;；]", inside.replace("\\", "")) if part.strip()]
    if switches & {"o", "x"}:  # signs laid over each other, or framed
        framed = "x" in switches or any(part in BOXES for part in parts)
        for signs, box in ((TICKS, "☑"), (CROSSES, "☒")):
            if framed and any(part in signs or (part in "Vv" and signs is TICKS) for part in parts):
                return box
        if parts and all(part in BOXES for part in parts):
            return "□"
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
