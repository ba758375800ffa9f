"""Formatting of single values: the only functions that turn a number or a code into Chinese text.

Tables, JupyterLab, the filters of sentence templates and the charts all use them.
"""

import re
from collections.abc import Iterable

import pandas as pd

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.form.words import BANDS, SHORT_REGION_NAMES

MISSING = "—"
MOST_DECIMALS = 4
PARTS = {"total": "总分", "general": "综合得分", "special": "专项得分", "C10": "C10 重特大突发事故"}
TENTHS = "零一二三四五六七八九"


def field_name(code: str) -> str:
    """The name of a field in sentences, without its code.

    >>> field_name("C17")
    '电子商务从业人员'
    """
    return FIELDS[code].label


def number(value: float, decimals: int = 0) -> str:
    """A number with thousands separators, or a dash if it is missing.

    >>> number(12000), number(3.14159, 2), number(-0.04, 1), number(float("nan"))
    ('12,000', '3.14', '0.0', '—')
    """
    return MISSING if pd.isna(value) else minus(f"{round(value, decimals) + 0:,.{decimals}f}")


def minus(text: str) -> str:
    """A number with a typographic minus sign, which is as wide as a plus.

    >>> minus("-3.5")
    '−3.5'
    """
    return text.replace("-", "−")


def percent(share: float, decimals: int = 1) -> str:
    """A share (0–1) as a percentage. A share below 1 is never rounded up to 100%.

    >>> percent(0.156), percent(0.9982, 0), percent(0.99999), percent(1.0, 0)
    ('15.6%', '99%', '99.9%', '100%')
    """
    if pd.isna(share):
        return MISSING
    rounded = round(share * 100, decimals)
    most = 100 - 10**-decimals
    return minus(f"{most if rounded == 100 and share < 1 - 1e-9 else rounded:.{decimals}f}%")


def signed(value: float, decimals: int = 1, unit: str = "%") -> str:
    """A change with its sign.

    >>> signed(10.26), signed(-0.5, 2, "个百分点"), signed(0.04), signed(float("nan"))
    ('+10.3%', '−0.50个百分点', '0.0%', '—')
    """
    if pd.isna(value):
        return MISSING
    rounded = round(value, decimals)
    return minus(f"{rounded:+,.{decimals}f}{unit}") if rounded else f"{0:.{decimals}f}{unit}"


def brief(value: float, unit: str, sign: bool = False) -> str:
    """A large number in 万 or 亿; with `sign`, positive numbers get a plus.

    >>> brief(3679914000, "件"), brief(-22446, "人", sign=True), brief(12.5, "亿元"), brief(640.5, "个")
    ('36.80亿件', '−2.24万人', '12.50亿元', '640个')
    >>> brief(11190000, "件"), brief(2.5, "个")
    ('1,119万件', '2.5个')
    """
    if pd.isna(value):
        return MISSING
    power, scale = next(((power, scale) for power, scale in (("亿", 1e8), ("万", 1e4)) if abs(value) >= scale), ("", 1))
    shown = value / scale
    if power:
        decimals = 2 if abs(shown) < 1000 else 0
    else:  # the median of large counts needs no half
        decimals = 2 if unit == "亿元" else 0 if float(value).is_integer() or abs(value) >= 100 else 1
    return minus(f"{shown:{'+' if sign else ''},.{decimals}f}{power}{unit}")


def tenths(share: float) -> str:
    """A share in tenths, as is usual in official Chinese.

    >>> [tenths(share) for share in (1.0, 0.999, 0.96, 0.42, 0.04, 0.0, float("nan"))]
    ['几乎全部', '几乎全部', '九成以上', '四成以上', '不足一成', '几乎没有', '—']
    """
    if pd.isna(share):
        return MISSING
    if share >= 0.995:
        return "几乎全部"
    if share < 0.1:
        return "不足一成" if share >= 0.005 else "几乎没有"
    return f"{TENTHS[int(share * 10 + 1e-9)]}成以上"


def answer(code: str, value: float, text: str = "") -> str:
    """A submitted value with its unit; 是/否 for yes/no. A mean of yes/no, or of no field, is a plain number.

    >>> answer("C04", 12000), answer("C01", 1), answer("C15", -3.5), answer("C01", float("nan")), answer("C01", 0.5)
    ('12,000人次', '是', '−3.5%', '—', '0.5000')
    """
    field = FIELDS.get(code)
    if field and field.type == "choice":
        return text or MISSING
    if pd.isna(value):
        return MISSING
    if field and field.type == "yes_no" and value in (0, 1):
        return "是" if value else "否"
    if field is None or field.type == "yes_no":
        return number(value, 0 if float(value).is_integer() else MOST_DECIMALS)
    plain = round(float(value), MOST_DECIMALS)
    return f"{number(plain, 0 if plain.is_integer() else len(repr(plain).split('.')[1]))}{field.unit}"


def typical(code: str, value: float, sign: bool = False) -> str:
    """A typical answer of several bases, in 万 or 亿 with its unit; for yes/no the share of 是. `sign`: + if positive.

    >>> typical("C17", 143100), typical("C01", 0.69), typical("C15", 13.004), typical("special", 4.2)
    ('14.31万人', '答是69%', '13%', '—')
    """
    if pd.isna(value) or code not in FIELDS:
        return MISSING
    field = FIELDS[code]
    if field.type == "yes_no":
        return f"答是{percent(value, 0)}"
    return brief(value, field.unit, sign) if field.type in ("count", "amount") else answer(code, round(value, 2))


def middle(code: str, value: float) -> str:
    """A median shown beside one base's own answer, in the same unit; for yes/no the share of 是.

    The median of a count has no decimals from 100 on.

    >>> middle("C16", 11190000.5), middle("S4", 60.5), middle("C15", 12.3249), middle("C01", 0.69)
    ('11,190,000件', '60.5家', '12.32%', '答是69%')
    """
    if FIELDS[code].type == "yes_no":
        return MISSING if pd.isna(value) else f"答是{percent(value, 0)}"
    return answer(code, value if pd.isna(value) else round(value, 2 if abs(value) < 100 else 0))


def change(code: str, value: float) -> str:
    """The change of an answer in its own unit; percentage points for a percent.

    >>> change("C04", 11), change("C06", -0.36), change("C07", 0.0), change("C16", float("nan"))
    ('+11人次', '−0.36个百分点', '0.00人', '—')
    """
    unit = FIELDS[code].unit if code in FIELDS else ""
    whole = code in FIELDS and FIELDS[code].type == "count"
    return signed(value, 0 if whole else 2, "个百分点" if unit == "%" else unit)


def gap(value: float) -> str:
    """A distance in points: one decimal, or more if it would be shown as zero.

    >>> gap(1.234), gap(0.012), gap(0.0016), gap(0.0), gap(float("nan"))
    ('1.2', '0.01', '0.0016', '0.0', '—')
    """
    return number(value, 1 if abs(value) >= 0.05 or value == 0 else 2 if abs(value) >= 0.005 else 4)


def band(word: str) -> str:
    """A base's position relative to the median: five boxes, its own filled, and the word; otherwise only the word.

    >>> band("低于"), band("未填")
    ('□■□□□ 低于', '未填')
    """
    boxes = "".join("■" if word == one else "□" for one in BANDS)
    return f"{boxes} {word}" if word in BANDS else word


def label(code: str) -> str:
    """The label of a field, with its code; the name of a group, a feature or a part of the total.

    >>> label("C17"), label("C03_operator"), label("I"), label("special")
    ('C17 电子商务从业人员', 'C03 运营管理主体', '产业电商', '专项得分')
    """
    if code in FIELDS:
        return FIELDS[code].called
    if code in GROUPS:
        return f"“{GROUPS[code]}”组"
    return FEATURES.get(code) or PARTS.get(code, code)


def inline(text: str) -> str:
    """Untrusted text escaped for Markdown: nothing in it is interpreted as markup, HTML or mathematics.

    >>> inline("示例·<b>甲</b>*园区*")
    '示例·&#60;b&#62;甲&#60;&#47;b&#62;&#42;园区&#42;'
    """
    return re.sub(r"[!-/:-@\[-`{-~]", lambda sign: f"&#{ord(sign[0])};", " ".join(str(text).split()))


def many(listed: Iterable[str], most: int = 12) -> str:
    """The number of bases, and their names if there are few.

    >>> many(["甲园", "乙园"]), many([]), many(["甲园"] * 13)
    ('2家（甲园、乙园）', '0家', '13家')
    """
    listed = list(listed)
    return f"{len(listed)}家" + (f"（{names(listed)}）" if 0 < len(listed) <= most else "")


def names(listed: Iterable[str]) -> str:
    """Names from submissions as a list in a Markdown sentence.

    >>> names(["甲园", "乙园"])
    '甲园、乙园'
    """
    return "、".join(map(inline, listed))


def named(bases: pd.DataFrame, most: int = 12) -> str:
    """The names of bases by region, for a sentence; "" if there are none, or too many.

    >>> named(pd.DataFrame({"name": ["甲园", "乙园"], "region": ["东", "西"]}))
    '：甲园（东部）；乙园（西部）'
    """
    if not 0 < len(bases) <= most:
        return ""
    groups = bases.groupby("region", sort=False)["name"]
    return "：" + "；".join(f"{names(group)}（{SHORT_REGION_NAMES[region]}）" for region, group in groups)


def amount(value: float, code: str) -> str:
    """A sum over bases in 万 or 亿 with the field's unit.

    >>> amount(3453697300, "C16"), amount(950, "C17")
    ('34.54亿件', '950人')
    """
    return brief(value, FIELDS[code].unit)
