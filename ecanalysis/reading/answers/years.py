"""The year that a sentence, a column or a title names."""

import re

_DIGITS = {sign: "0123456789"[place] for place, sign in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=\s*(?:年|[-—~至到、/]\s*(?:19|20)\d\d\s*年))")
_BARE_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?![\d.])")
_CHINESE_YEAR = re.compile(rf"(二[{''.join(_DIGITS)}]{{3}})(?=\s*年)")


def first_year(text: str, bare: bool = False) -> int | None:
    """The first year that plain text names; `bare`: also one without 年, as in a column's heading.

    >>> first_year("10.2025-2026年,基地"), first_year("二〇二五年"), first_year("C04@2024", bare=True)
    (2025, 2025, 2024)
    """
    found = _YEAR.search(text) or (_BARE_YEAR.search(text) if bare else None)
    if found:
        return int(found[1])
    if "二" in text and (found := _CHINESE_YEAR.search(text)):
        return int("".join(_DIGITS[sign] for sign in found[1]))
    return None


def main_year(named: list[int], year: int) -> int:
    """The year that most of `named` say; the round's own `year` where as many say so, or none is named.

    >>> main_year([2023, 2023, 2025], 2025), main_year([2023, 2025], 2025), main_year([], 2025)
    (2023, 2025, 2025)
    """
    return max(sorted(set(named)), key=lambda one: (named.count(one), one == year), default=year)
