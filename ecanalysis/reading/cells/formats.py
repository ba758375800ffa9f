"""Number formats of workbooks: which of them show a percentage, which a date or time, and what date a number is."""

import re
from datetime import datetime, timedelta

# Built in, so a file names them by number alone; 27-36 and 50-58 are the dates of East Asian editions.
BUILT_IN_PERCENT = {"9", "10"}
BUILT_IN_DATE = {str(number) for number in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))}
# What a format shows literally: "quoted", \x, _x (a space as wide as x), *x (filled with x), and [Red] or [$-804].
_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]?', re.IGNORECASE | re.DOTALL)
_DATE = re.compile(r"[ymdhs]", re.IGNORECASE)
_GENERAL = re.compile(r"general|g/通用格式|standard", re.IGNORECASE)


def is_percent(code: str) -> bool:
    r"""Does this number format show a percentage?

    >>> [is_percent(code) for code in ("0.0%", '0.0"%"', r"0.0\%", "0.00%;[Red]-0.00%")]
    [True, False, False, True]
    """
    return "%" in code and "%" in _LITERAL.sub("", code)


def is_date(code: str) -> bool:
    """Does this number format show a date or a time of day?

    >>> [is_date(code) for code in ('yyyy"年"m"月"', "[$-804]h:mm", "[h]:mm", "[Red]0.00", "G/通用格式")]
    [True, True, True, False, False]
    """
    return _DATE.search(_GENERAL.sub("", _LITERAL.sub("", code))) is not None


def date_of(serial: float, since_1904: bool = False) -> datetime | None:
    """The date a workbook's number stands for, or None when there is none (negative, after 9999).

    >>> date_of(45658), date_of(45658.5).hour, date_of(-1)
    (datetime.datetime(2025, 1, 1, 0, 0), 12, None)
    """
    if not 0 <= serial < 2_958_466:
        return None
    if since_1904:
        return datetime(1904, 1, 1) + timedelta(days=serial)
    # Excel believes in 29 February 1900, so that its days before it are one off.
    epoch = datetime(1899, 12, 30) if serial >= 61 or serial < 1 else datetime(1899, 12, 31)
    return epoch + timedelta(milliseconds=round(serial * 86_400_000))


def number_of(text: str) -> int | float | str:
    """The number a file spells out, an int when it is whole; the text itself when it is none.

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
    """A whole number as an int, as long as a float tells whole numbers apart.

    Raises for what is no number (ValueError) or endless (OverflowError).
    """
    return int(number) if number == int(number) and abs(number) < 2**53 else number
