"""Contact data -> out of everything that is not the table `contacts`: the one gate for text that came from a form.

`secrets_of` says what the contact cells of a file hold, `struck_out` takes it out of any text, together with whatever
looks like a telephone, identity or QQ number, a WeChat name or an e-mail address. Spelling does not matter: half or
full width, Chinese digits, spaces, dots and hyphens between the digits. Names of people who are not in the contact
cells are not known to be names, and stay.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from ecanalysis.reading.rows import Contact
from ecanalysis.reading.spelling import UNSEEN

STRUCK_OUT = "〔联系方式〕"
FEWEST_DIGITS = 7  # of a telephone number of the form's own contacts; shorter ones cannot be told from counts
FEWEST_LETTERS = 4  # of a WeChat name
SURNAMES = set(
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛"
    "侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚汤陶黎温莫易樊乔文安殷颜庄章鲁倪庞邢俞翟蓝聂齐向申葛柴伍覃骆关焦柳欧祝纪尚毕耿芦左季管符辛苗詹曲靳祁路涂兰甘裴梅童翁霍游阮尤岳柯牟"
)
_TITLES = re.compile(
    r"(?:副?(?:主任|处长|科长|局长|厅长|经理|总经理|总监|书记|主席|部长|院长|校长|会长|总裁|董事长)"
    r"|秘书长?|负责人|联系人|办公室|科员|老师|先生|女士|同志|手机|电话|微信|邮箱|转|无)+$"
)
_DIGITS = "〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
_FIGURES = str.maketrans(_DIGITS, "0001234567891123456789")
_GAP = r"[\s\-._·()~/]{0,2}"
_UNIT = r"(?!\s*(?:[万亿]|元|美元|人次|人|件|单|家|个|吨|平方|场|项|%))"
_GROUPS = ((3, 4, 4), (3, 3, 5), (3, 5, 3), (4, 3, 4), (4, 4, 3), (5, 6), (5, 3, 3), (3, 8), (7, 4), (6, 5), (11,))


def _mobile() -> str:
    def grouped(sizes: tuple[int, ...]) -> str:
        first, *rest = sizes
        return rf"1[3-9]\d{{{first - 2}}}" + "".join(rf"{_GAP}\d{{{size}}}" for size in rest)

    one_by_one = r"1(?P<gap>[\s\-._·]{1,2})[3-9](?:(?P=gap)\d){9}"
    shapes = "|".join([*map(grouped, _GROUPS), one_by_one])
    return rf"(?<![\d.])(?:(?:\+|00)?86{_GAP})?(?:{shapes})(?!\d){_UNIT}"


_CALLED = r"(?:电\s?话|手\s?机|座机|固话|传真|致电|拨打|来电|热线|联系方式|号码|tel|phone|mobile|☎|☏|📞)"
_AT = r"\s?(?:[@#]|[(\[{<【]\s?at\s?[)\]}>】]|#at#|\sat\s|艾特)\s?"
_SHAPES = re.compile(
    "|".join([
        rf"[a-z0-9_.+-]+{_AT}[a-z0-9-]+(?:(?:\s?\.\s?|\sdot\s)[a-z0-9-]+)+",
        r"(?<![\da-z])\d{6}\s?(?:18|19|20)\d{2}\s?(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\s?\d{3}[\dx](?![\da-z])",
        _mobile(),
        rf"(?<![\d.])(?:(?:\+|00)?86{_GAP})?\(?0\d{{2,3}}\)?{_GAP}\d{{3,4}}{_GAP}\d{{4}}"
        r"(?:\s?(?:转|-|ext\.?)\s?\d{1,6})?(?!\d)",
        rf"(?<![\d.])[48]00(?:{_GAP}\d{{3}}{_GAP}\d{{4}}|{_GAP}\d{{4}}{_GAP}\d{{3}})(?!\d){_UNIT}",
        rf"{_CALLED}[\s:.()是为号码]{{0,4}}"
        rf"(?P<number>\d(?:{_GAP}\d){{4,14}}(?:\s?[、,/;或和及]\s?\d(?:{_GAP}\d){{4,14}})*){_UNIT}",
        r"(?:q\s?q|加q|扣扣|企鹅号?)[\s:()是为号群码]{0,4}(?P<qq>[1-9](?:[\s\-]?\d){4,11})(?!\d)",
        r"(?:微\s?信|薇信|威信|wechat|weixin|wx|vx|v信|加[v微]|钉钉|飞书)[\s:()是为号码id]{0,6}"
        r"(?P<name>[a-z][a-z0-9_-]{4,19}|\d{6,12})(?![a-z0-9])",
    ]),
)  # fmt: skip

# Cheap to look for, and in every text that holds one of those shapes.
_HINTS = re.compile(
    rf"@|＠|\bat\b|#|(?:[\d①-⑨⓪][\W_]{{0,3}}){{5}}|[{_DIGITS}][\s\-]?[{_DIGITS}]{{2}}"
    r"|微\s?信|薇信|威信|[wW][eExX]|[vVＶ][xX信]|[ｗＷ]|加[vV微]|钉钉|飞书|艾特|[Ａ-Ｚａ-ｚ]|\d[\u200b-\u200f\u2060\ufeff\u00ad]"
)


class _Seen(NamedTuple):
    """Text in one spelling, and where each of its signs stood."""

    text: str
    places: list[int]


class Secrets(NamedTuple):
    """What the contact cells of one file hold: names, digits of telephone numbers, and other words."""

    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


def secrets_of(contacts: Iterable[Contact], places: Iterable[str] = ()) -> Secrets:
    """What is to be kept out of other tables; a "name" that is one of `places` (base, department) is nobody's.

    >>> sorted(secrets_of([Contact("一.xlsx", "甲", "联系人", "示例乙", "", "0571-88880000、13000000000")]).numbers)
    ['057188880000', '13000000000', '188880000', '88880000']
    """
    names, numbers, words = set(), set(), set()
    taken = {_spelled(place).text for place in places}
    for one in contacts:
        for said in re.split(r"[、,/;()|\n]| {2,}|(?<=\S\S) (?=\S\S)", _spelled(one.name).text):
            whole = re.sub(r"[\s·]", "", said)
            bare = _TITLES.sub("", whole)  # 王五主任 is 王五 elsewhere
            name = bare if bare[:1] in SURNAMES and len(bare) in (2, 3) else whole if bare else ""
            if len(name) > 1 and name not in taken and not name.isdecimal():
                names.add(name)
        for said in filter(None, (one.office_phone, one.mobile, one.wechat, one.name)):
            for number in re.findall(r"\+?\d(?:[\s\-._·()~]{0,3}\d)*", _spelled(said).text):
                digits = re.sub(r"\D", "", number)
                digits = digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
                local = {digits[3:], digits[4:]} if re.match(r"0\d{9,11}$", digits) else set()  # without its area
                numbers |= {part for part in (digits, *local) if len(part) >= FEWEST_DIGITS}
        for said in filter(None, (one.wechat, one.email, one.office_phone, one.mobile)):
            for word in re.split(r"[\s、,/;()]+", _spelled(said).text):
                if len(word) >= FEWEST_LETTERS and re.search(r"[a-z_@]", word):
                    words.add(word)
    return Secrets(frozenset(names), frozenset(numbers), frozenset(words))


NOBODY = Secrets()


def struck_out(text: str, secrets: Secrets = NOBODY, shapes: bool = True) -> str:
    """The text with contact data struck out; `shapes`: also whatever looks like it and is nobody's on the form.

    >>> struck_out("请联系 +86 130-0000-0000，或 0571 8888 0000 转 12、ＱＱ：１００００１")
    '请联系 〔联系方式〕，或 〔联系方式〕、ＱＱ：〔联系方式〕'
    >>> struck_out("2025年培训1200人次，找示例 乙", Secrets(frozenset(["示例乙"])))
    '2025年培训1200人次，找〔联系方式〕'
    """
    shapes = shapes and bool(_HINTS.search(text))
    if not text or not (shapes or any(secrets)):
        return text
    seen = _spelled(text)
    own = _pattern(secrets)
    texts = {seen.text, seen.text.translate(_FIGURES)}
    spans = [match.span() for one in texts for match in own.finditer(one)] if own else []
    if shapes:
        texts = {seen.text, _in_figures(seen.text)}
        spans += [_span(match) for one in sorted(texts) for match in _SHAPES.finditer(one)]
    if not spans:
        return text
    struck, end = [], 0
    for start, stop in _joined(spans):
        here = seen.places[start]
        struck += [text[end:here], STRUCK_OUT]
        end = seen.places[stop - 1] + 1
    return "".join(struck) + text[end:]


def _struck_but(file: str, bases: Iterable[str], secrets: Secrets) -> str:
    kept = re.compile("(" + "|".join(sorted(map(re.escape, {*bases, "/"}), key=len, reverse=True)) + ")")
    return "".join(part if kept.fullmatch(part) else struck_out(part, secrets) for part in kept.split(file))


def _span(match: re.Match[str]) -> tuple[int, int]:
    # Of a number after a word such as 电话 the number alone.
    return match.span(next((part for part in ("number", "qq", "name") if match[part]), 0))


def holds_contacts(text: str, secrets: Secrets) -> bool:
    """Whether a look at the text as it is typed cannot rule out that it holds contact data (cheap)."""
    if _HINTS.search(text):
        return True
    return not _first_signs(secrets).isdisjoint(text.lower())


@lru_cache(maxsize=64)
def _first_signs(secrets: Secrets) -> frozenset[str]:
    return frozenset(part[0] for part in (*secrets.names, *secrets.words))


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


@lru_cache(maxsize=512)
def _spelled(text: str) -> _Seen:
    # NFKC sign by sign, so that each keeps its place; signs without width vanish.
    if text.isascii():
        return _Seen(text.lower(), range(len(text)))
    signs, places = [], []
    for place, sign in enumerate(text):
        if sign in UNSEEN:
            continue
        for one in unicodedata.normalize("NFKC", sign).lower():
            if unicodedata.category(one) not in ("Cf", "Mn"):
                signs.append("-" if unicodedata.category(one) == "Pd" or one == "−" else one)
                places.append(place)
    return _Seen("".join(signs), places)


def _in_figures(text: str) -> str:
    # Chinese digits where seven or more stand in a row: nobody writes an amount so.
    return re.sub(
        rf"[{_DIGITS}](?:[\s\-]?[{_DIGITS}]){{6,}}",
        lambda run: run[0].translate(_FIGURES),
        text,
    )


@lru_cache(maxsize=64)
def _pattern(secrets: Secrets) -> re.Pattern[str] | None:
    found = [r"[\s·]{0,2}".join(map(re.escape, name)) for name in secrets.names]
    for number in secrets.numbers:
        between = r"[\W_]{0,3}".join(number)
        found.append(rf"(?<!\d){between}(?!\d)" if len(number) < 11 else between)
    for word in secrets.words:
        spelled = r"(?:[\W_]|at|dot|艾特|点){1,6}".join(map(re.escape, re.split(r"[\W_]+", word)))
        found.append(rf"(?<![a-z0-9_]){spelled}(?![a-z0-9_])")
    return re.compile("|".join(sorted(found, key=len, reverse=True))) if found else None


def looks_like_mobile(number: int) -> bool:
    """Whether a plain number is a mobile telephone's rather than an amount: eleven digits that are not round."""
    return bool(re.fullmatch(r"1[3-9]\d{9}", str(number))) and number % 10_000 != 0


def name_alone(name: str, secrets: Secrets) -> str:
    """The name of a base without the contact data that somebody wrote beside it; a person's name within it stays.

    >>> name_alone("示例电商园（联系人：示例乙 13000000000）", Secrets(frozenset(["示例乙"])))
    '示例电商园'
    >>> name_alone("示例乙电商园-13000000000", Secrets(frozenset(["示例乙"])))
    '示例乙电商园'
    """
    if struck_out(name, secrets) == name:
        return name
    rest = re.sub(r"[(（\[【〔][^()（）\[\]【】〔〕]*[)）\]】〕]", lambda one: _unless_struck(one[0], secrets), name)
    first, *parts = re.split(r"([\s、,，;；|/_\-－—]+)", rest)
    people = secrets._replace(numbers=frozenset(), words=frozenset())
    rest = first + "".join(
        gap + part for gap, part in zip(parts[::2], parts[1::2]) if struck_out(part, people, shapes=False) == part
    )
    rest = struck_out(rest, secrets._replace(names=frozenset()))
    before = r"[\s、,，;；|/_\-－—:：]*(?:联系人|负责人|电话|手机|微信)?[\s:：]*"
    return re.sub(before + STRUCK_OUT, "", rest) or STRUCK_OUT


def _unless_struck(part: str, secrets: Secrets) -> str:
    return part if struck_out(part, secrets) == part else ""


def names_shown(files: Mapping[str, tuple[Secrets, Iterable[str]]]) -> dict[str, str]:
    """How files are called in the tables: their names without contact data, each still a name of its own.

    `files`: name -> the secrets of what was received under it, and the bases in it, whose names stay whole.

    >>> names_shown({"甲 13000000000.xlsx": (NOBODY, []), "甲 13000000001.xlsx": (NOBODY, [])})
    {'甲 13000000000.xlsx': '甲 〔联系方式〕.xlsx', '甲 13000000001.xlsx': '甲 〔联系方式〕（2）.xlsx'}
    """
    shown: dict[str, str] = {}
    taken: set[str] = set()
    for file in sorted(files):
        secrets, bases = files[file]
        name = _struck_but(file, bases, secrets) if holds_contacts(file, secrets) else file
        stem, dot, suffix = name.rpartition(".")
        nth, free = 1, name
        while free in taken and name != file:
            nth += 1
            free = f"{stem}（{nth}）{dot}{suffix}" if stem and "/" not in suffix else f"{name}（{nth}）"
        shown[file] = free
        taken.add(free)
    return shown
