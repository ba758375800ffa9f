r"""Number format codes -> what a cell displays for a number, and what that means.

A format has up to four sections (positive; negative; zero; text), or sections with conditions (`[<=1]0.0%;0.0`). The
section that applies decides whether the number is displayed as a percentage or date, divided by thousands (`0,`), or
with added words (`0"万件"`). `\x`, and in Chinese editions `!x`, display the character x: `0!.00,,"亿"` displays
1250000000 as 12.50亿. Source: ECMA-376 part 1, 18.8.31; the tests compare with LibreOffice.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from .numbers import date_of, exact, rendered, whole

# Built-in formats, to which files refer by number; 5-8, 42 and 44 as in the Chinese edition.
_DATES = (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
BUILT_IN = dict.fromkeys(_DATES, "yyyy-mm-dd") | {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??"},
    **{5: '"¥"#,##0;"¥"-#,##0', 6: '"¥"#,##0;"¥"-#,##0', 7: '"¥"#,##0.00;"¥"-#,##0.00', 8: '"¥"#,##0.00;"¥"-#,##0.00'},
    **{37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00", 48: "##0.0E+0"},
    **{41: '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', 42: '_ "¥"* #,##0_ ;_ "¥"* -#,##0_ ;_ "¥"* "-"_ ;_ @_ '},
    **{43: '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', 49: "@"},
    44: '_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ',
}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|_(?P<room>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]?|(?P<end>;)'
    r"|(?P<general>g/通用格式|general|standard)|(?P<exponent>e[+-])|(?P<date>am/pm|a/p|上午/下午|[ymdhse]|aaa+|g+|bb+)"
    r"|(?P<digit>[0#?])|(?P<sign>[.,%@/])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?(?:E[+-]?\d+)?)", re.IGNORECASE)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_HOLDS = {
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "=": lambda value, limit: value == limit,
    "<>": lambda value, limit: value != limit,
}
# Text that a format adds to show the sign of a number, which the value has anyway.
_FALLING = re.compile(r"[-－−()（）▲△▼▽↓↘]|负增长|下降|减少|降低|下滑|负")
_RISING = re.compile(r"[+＋()（）▲△↑↗]|增长|上升|增加|提高")
_DASHES = "-－—–−"
_BESIDE = " ,’'\u00a0\u202f\u2009"  # separators within a number


class Seen(NamedTuple):
    """What is displayed for a value; the attributes as in `Cell`."""

    value: str | float | int | datetime
    percent: bool = False
    prefix: str = ""
    unit: str = ""
    shown: str = ""
    hidden: bool = False


@dataclass(slots=True)
class _Section:
    """One section of a format: its parts in order, each (kind, text), and what follows from them."""

    parts: list[tuple[str, str]] = field(default_factory=list)
    condition: tuple[str, float] | None = None
    is_date: bool = False
    thousands: int = 0  # scaling commas
    percents: int = 0
    grouped: bool = False
    has_digits: bool = False
    has_text: bool = False
    after_dot: int = 0  # digits after a literal dot, which displays the number divided by a power of ten
    prefix: str = ""
    unit: str = ""
    within: str = ""  # literal characters between the digits

    @property
    def plain(self) -> bool:
        """Whether the number is displayed as stored, apart from rounding and separators."""
        shifted = self.is_date or self.thousands or self.percents or self.after_dot
        return self.has_digits and not shifted and not (self.prefix or self.unit or self.within)

    def laid_out(self, value: float | int, negative: bool) -> str:
        """A number as displayed by this section; `negative`: it is for negative numbers, and displays no minus."""
        return rendered(self.parts, value, 2 * self.percents - 3 * self.thousands, self.grouped, negative)


@dataclass(slots=True)
class Format:
    """A number format; `plain`: all numbers and texts are displayed as stored."""

    numbers: list[_Section]
    text: _Section | None
    plain: bool

    def see(self, value: float | int, since_1904: bool = False) -> Seen:
        """What the format displays for a number."""
        section, negative = self._section(value)
        if section.is_date:
            return Seen(date_of(value, since_1904) or value)
        if section.plain:
            return Seen(value)
        if not section.has_digits:
            text = section.laid_out(value, negative)
            if not text:
                return Seen(value, hidden=True)
            return Seen(value) if value == 0 and not text.strip(_DASHES + " ¥￥$") else Seen(text)
        if section.within:
            return Seen(section.laid_out(value, negative))
        shift = 2 * max(section.percents - 1, 0) - 3 * section.thousands - section.after_dot
        seen = whole(float(exact(value).scaleb(shift))) if shift else value
        prefix, unit = section.prefix, section.unit
        for shows_sign, words in ((value <= 0, _FALLING), (value >= 0, _RISING)):
            if shows_sign:
                prefix, unit = words.sub("", prefix).strip(), words.sub("", unit).strip()
        if prefix[-1:].isdigit() or unit[:1].isdigit():  # 0"0000" adds digits
            return Seen(section.laid_out(value, negative))
        shown = section.laid_out(value, negative) if prefix or unit or shift else ""
        return Seen(seen, section.percents > 0, prefix, unit, shown)

    def laid_out(self, value: float | int) -> str:
        """The text displayed for a number; not for dates."""
        section, negative = self._section(value)
        return section.laid_out(value, negative)

    def see_text(self, text: str) -> Seen:
        """What the format displays for a text."""
        if self.text is None:
            return Seen(text)
        shown = "".join(text if kind == "text" else part for kind, part in self.text.parts if kind != "room").strip()
        return Seen(shown) if shown else Seen(text, hidden=True)

    def _section(self, value: float) -> tuple[_Section, bool]:
        """The section for a number, and whether it is for negative numbers only and so displays no minus."""
        sections = self.numbers
        if not any(section.condition for section in sections[:2]):
            at = 1 if value < 0 and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0
            return sections[at], at == 1
        last = len(sections) - 1
        usual = (">", 0.0), ("<", 0.0) if last > 1 else None
        for section, otherwise in zip(sections, usual):
            condition = section.condition or otherwise
            if condition and _HOLDS[condition[0]](value, condition[1]):
                return section, value < 0 and condition in (("<", 0.0), ("<=", 0.0))
        if last < 2 and sections[last].condition:
            return sections[0], False
        return sections[last], value < 0 and sections[0].condition in ((">", 0.0), (">=", 0.0))


@lru_cache(maxsize=4096)
def format_of(code: str) -> Format:
    r"""The format of a code as written in workbooks.

    >>> format_of('0"万件"').see(150)
    Seen(value=150, percent=False, prefix='', unit='万件', shown='150万件', hidden=False)
    >>> format_of('0!.00,,"亿"').see(1250000000)[:5], format_of("[<=1]0.0%;0.0").see(15.6).percent
    ((12.5, False, '', '亿', '12.50亿'), False)
    >>> format_of('"是";;"否"').see(1).value, format_of("#,##0.00_ ;[Red]#,##0.00").plain
    ('是', True)
    """
    sections = [_Section()]
    for token in _TOKEN.finditer(code):
        kind, text = token.lastgroup, token[token.lastgroup]
        section = sections[-1]
        if kind == "end":
            sections.append(_Section())
        elif kind == "bracket":
            if condition := _CONDITION.fullmatch(text):
                section.condition = (condition[1], float(condition[2]))
            elif text.startswith("$"):
                section.parts.append(("literal", text[1:].split("-")[0]))
            elif _ELAPSED.fullmatch(text):
                section.is_date = True
        elif kind == "date":
            section.is_date = True
        elif kind == "fill":
            section.parts.append(("room", ""))
        elif kind == "room":
            section.parts.append(("room", " "))
        elif kind in ("general", "digit", "exponent"):
            section.parts.append((kind, text))
        elif kind == "sign":
            section.parts.append(("text" if text == "@" else "sign", text))
        else:
            section.parts.append(("literal", text))
    for section in sections:
        _settle(section)
    return _format(sections[:4])


def _settle(section: _Section) -> None:
    """Interpret the parts of a section together: commas that group or scale, the decimal point, prefix and unit."""
    parts = section.parts
    section.has_text = any(kind == "text" for kind, _ in parts)
    digits = [at for at, (kind, _) in enumerate(parts) if kind in ("digit", "general")]
    if not digits or section.is_date:
        section.parts = [("literal" if kind == "sign" else kind, text) for kind, text in parts]
        return
    section.has_digits = True
    first, last = digits[0], digits[-1]
    exponent = next((at for at, (kind, _) in enumerate(parts) if kind == "exponent"), len(parts))
    point = next((at for at, part in enumerate(parts) if part == ("sign", ".")), min(exponent, len(parts)))
    settled: list[tuple[str, str]] = []
    for at, (kind, text) in enumerate(parts):
        if kind != "sign":
            settled.append((kind, text))
        elif text == "%":
            section.percents += 1
            settled.append(("percent", text))
        elif text == ".":
            settled.append(("point" if at == point else "literal", text))
        elif text == "/":
            between = first < at < last and parts[at - 1][0] == "digit" and parts[at + 1][0] == "digit"
            settled.append(("fraction" if between else "literal", text))
        elif text == ",":
            before = next((part for part in reversed(parts[:at]) if part != ("sign", ",")), ("", ""))
            if before[0] != "digit":
                settled.append(("literal", text))
            elif any(at < digit < point for digit in digits):
                section.grouped = True
            else:
                section.thousands += 1
    section.parts = settled
    digits = [at for at, (kind, _) in enumerate(settled) if kind in ("digit", "general")]
    first, last = digits[0], digits[-1]
    has_point = any(kind == "point" for kind, _ in settled)
    for at, (kind, text) in enumerate(settled):
        if kind not in ("literal", "room"):
            continue
        if at < first:
            section.prefix += text
        elif at > last:
            section.unit += text
        elif text == "." and not has_point and not section.after_dot:
            section.after_dot = sum(digit > at for digit in digits)
        elif kind == "literal" and text.strip(_BESIDE):
            section.within += text
    section.prefix, section.unit = section.prefix.strip(), section.unit.strip()


def _format(sections: list[_Section]) -> Format:
    text = next((section for section in sections if section.has_text), None)
    if text is None and len(sections) == 4:
        text = sections[3]
    numbers = [section for section in sections[:3] if section is not text] or format_of("General").numbers
    plain_text = text is None or [kind for kind, _ in text.parts if kind != "room"] == ["text"]
    return Format(numbers, None if plain_text else text, plain_text and all(section.plain for section in numbers))
