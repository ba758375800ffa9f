"""Numbers and dates as stored in files -> Python values, and the text displayed by a section of a number format."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction


def date_of(serial: float, since_1904: bool = False) -> datetime | None:
    """The date of a serial number in a workbook; None if there is none (negative, after the year 9999).

    >>> date_of(45658), date_of(45658.5).hour, date_of(-1)
    (datetime.datetime(2025, 1, 1, 0, 0), 12, None)
    """
    if not 0 <= serial < 2_958_466:
        return None
    if since_1904:
        return datetime(1904, 1, 1) + timedelta(days=serial)
    # Excel counts a 29 February 1900, so that the days before it are off by one.
    epoch = datetime(1899, 12, 30) if serial >= 61 or serial < 1 else datetime(1899, 12, 31)
    return epoch + timedelta(milliseconds=round(serial * 86_400_000))


def number_of(text: str) -> int | float | str:
    """The number written in a text, as an int if it is whole; the text itself if it is not a number.

    >>> number_of("12000"), number_of("1.2E4"), number_of("15.6"), number_of("1e999")
    (12000, 12000, 15.6, '1e999')
    """
    if len(text) < 16 and text.isascii() and text.isdigit():
        return int(text)
    try:
        return whole(float(text)) if "_" not in text else text
    except (ValueError, OverflowError):
        return text


def whole(number: float) -> int | float:
    """A whole number as an int, if floats of its size are exact; else unchanged.

    Raises ValueError for NaN and OverflowError for infinity.
    """
    return int(number) if number == int(number) and abs(number) < 2**53 else number


Part = tuple[str, str]  # kind, text; see `formats`
_MOST_DIGITS = 400  # a float has fewer before the point, and a format fewer after it


def exact(number: float) -> Decimal:
    """A number to the 15 digits that a spreadsheet stores and displays."""
    return Decimal(number) if isinstance(number, int) else Decimal(f"{number:.15g}")


def rendered(parts: list[Part], value: float, shift: int, grouped: bool, unsigned: bool) -> str:
    """The text displayed for `value` times 10 to the `shift`; `unsigned`: the section displays no minus."""
    kinds = {kind for kind, _ in parts}
    if not kinds & {"digit", "general"}:
        return "".join(text for kind, text in parts if kind == "literal").strip()
    with localcontext(prec=_MOST_DIGITS, rounding=ROUND_HALF_UP):
        number = abs(exact(value)).scaleb(shift)
        text = _laid_out(parts, kinds, number, grouped)
        minus = value < 0 and not unsigned
        if minus:  # but not before a number that is rounded to zero
            bare = [("", "") if kind == "literal" else (kind, text) for kind, text in parts]
            minus = any(sign in "123456789" for sign in _laid_out(bare, kinds, number, grouped))
    return ("-" if minus else "") + text.strip()


def _laid_out(parts: list[Part], kinds: set[str], number: Decimal, grouped: bool) -> str:
    if "general" in kinds:
        return "".join(_general(number) if kind == "general" else text for kind, text in parts)
    if "fraction" in kinds:
        return _fraction(parts, number)
    if "exponent" in kinds:
        return _scientific(parts, number)
    return _fixed(parts, number, grouped)


def _general(number: Decimal) -> str:
    text = f"{number:.10f}" if number < 10**11 else f"{number:.5E}"
    return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text


def _fixed(parts: list[Part], number: Decimal, grouped: bool) -> str:
    """Put digits into their places before and after the point; surplus leading digits go into the first place."""
    point = next((at for at, (kind, _) in enumerate(parts) if kind == "point"), len(parts))
    before = [at for at, (kind, _) in enumerate(parts) if kind == "digit" and at < point]
    after = [at for at, (kind, _) in enumerate(parts) if kind == "digit" and at > point]
    number = number.quantize(Decimal(1).scaleb(-min(len(after), 30)))
    digits, _, decimals = f"{number:f}".partition(".")
    digits = digits.lstrip("0").rjust(len(before), " ") if before else digits if digits != "0" else ""
    placed = {}
    for place, at in enumerate(reversed(before)):  # from the right
        last = place == len(before) - 1
        run = digits[: len(digits) - place] if last else digits[len(digits) - place - 1]
        filled = ""
        for offset, sign in enumerate(reversed(run)):
            sign = sign if sign != " " else {"0": "0", "?": " "}.get(parts[at][1], "")
            position = place + offset
            filled = sign + ("," if grouped and sign.strip() and position and position % 3 == 0 else "") + filled
        placed[at] = filled
    kept = len(decimals.rstrip("0"))
    for place, at in enumerate(after):
        sign = decimals[place] if place < len(decimals) else "0"
        placed[at] = sign if place < kept else {"0": "0", "?": " "}.get(parts[at][1], "")
    if point < len(parts):
        placed[point] = (digits if not before else "") + ("." if any(placed[at] for at in after) else "")
    return "".join(placed.get(at, text) for at, (_, text) in enumerate(parts))


def _scientific(parts: list[Part], number: Decimal) -> str:
    at = next(place for place, (kind, _) in enumerate(parts) if kind == "exponent")
    point = next((place for place, (kind, _) in enumerate(parts[:at]) if kind == "point"), at)
    places = max(sum(kind == "digit" for kind, _ in parts[:point]), 1)
    decimals = sum(kind == "digit" for kind, _ in parts[point:at])
    power = number.adjusted() if number else 0
    power -= power % places if places > 1 else 0
    mantissa = number.scaleb(-power).quantize(Decimal(1).scaleb(-decimals))
    if mantissa >= 10**places:
        power += places
        mantissa = number.scaleb(-power).quantize(Decimal(1).scaleb(-decimals))
    width = sum(kind == "digit" for kind, _ in parts[at:])
    sign = "-" if power < 0 else parts[at][1][1:].replace("-", "")
    tail = "".join(text for kind, text in parts[at + 1 :] if kind != "digit")
    return f"{_fixed(parts[:at], mantissa, False)}E{sign}{abs(power):0{width}d}{tail}"


def _fraction(parts: list[Part], number: Decimal) -> str:
    at = next(place for place, (kind, _) in enumerate(parts) if kind == "fraction")
    width = 0
    while at + 1 + width < len(parts) and parts[at + 1 + width][0] == "digit":
        width += 1
    top = at
    while top and parts[top - 1][0] == "digit":
        top -= 1
    mixed = any(kind == "digit" for kind, _ in parts[:top])
    units = int(number) if mixed else 0
    part = Fraction(number - units).limit_denominator(10**width - 1)
    if mixed and part == 1:
        units, part = units + 1, Fraction(0)
    fraction = f"{part.numerator}/{part.denominator}" if part or not mixed else ""
    head = "".join(text for kind, text in parts[:top] if kind == "literal")
    tail = "".join(text for kind, text in parts[at + 1 + width :] if kind == "literal")
    if not mixed:
        return head + fraction + tail
    return " ".join(filter(None, (str(units) if units or not fraction else "", fraction))) + tail
