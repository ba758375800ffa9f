"""Numbers and dates as files store them."""

from datetime import datetime, timedelta


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
