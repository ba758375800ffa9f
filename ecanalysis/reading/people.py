"""Keeps contact data out of all tables but `contacts`: all text from a submission passes through `struck_out`.

`secrets_of` collects the contact data of a file; `struck_out` removes it from any text, together with anything that
looks like a telephone, identity or QQ number, a WeChat or social media name or an e-mail address. Spelling variants are
ignored: full width, Chinese digits, spaces, dots or hyphens between digits. Names of people who are not in the contact
cells cannot be recognised and are kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from ecanalysis.reading.rows import Contact
from ecanalysis.reading.spelling import SIMPLE, UNSEEN

STRUCK_OUT = "〔联系方式〕"
FEWEST_DIGITS = 7  # of a telephone number in the contact cells; shorter ones look like counts
FEWEST_LETTERS = 4  # of a WeChat name
SURNAMES = set(
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛"
    "侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚汤陶黎温莫易樊乔文安殷颜庄章鲁倪庞邢俞翟蓝聂齐向申葛柴伍覃骆关焦柳欧祝纪尚毕耿芦左季管符辛苗詹曲靳祁路涂兰甘裴梅童翁霍游阮尤岳柯牟"
)
COMPOUND = re.compile("欧阳|上官|司马|诸葛|司徒|皇甫|慕容|令狐|尉迟|夏侯|公孙|长孙|宇文|端木|轩辕|南宫|呼延|闻人")
_TITLES = re.compile(
    r"(?:副?(?:主任|处长|科长|局长|厅长|经理|总经理|总监|书记|主席|部长|院长|校长|会长|总裁|董事长)"
    r"|秘书长?|负责人|联系人|办公室|科员|老师|先生|女士|同志|手机|电话|微信|邮箱|转|无)+$"
)
_OFFICES = tuple("区部科处办局室组会园司院厅站")  # last characters of offices, not of names: 高新区主任
_DIGITS = "〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖"
_FIGURES = str.maketrans(_DIGITS + "oli", "0001234567891123456789" + "011")
_GAP = r"(?:[^\w,、;:=<>%。!?…]|_){0,2}"  # no letters or digits, nor signs that separate or compare numbers
_DOTS = r"[\s·•・‧∙.]"  # within a name
_GROUPS = ((3, 4, 4), (3, 3, 5), (3, 5, 3), (4, 3, 4), (4, 4, 3), (5, 6), (5, 3, 3), (3, 8), (7, 4), (6, 5), (11,))
# After a number: an extension, or further numbers of which only the last digits are written.
_INSIDE = r"(?:\s?[,(]?\s?(?:转|分机|ext\.?|[-#*x])[\s:]?(?:分机)?\s?\d{1,6}(?!\d)\)?)?"
_COUNTED = r"[年月日余多万亿元人件单家户名个吨场项次张本%]"
_UNIT = rf"(?!\s*(?:{_COUNTED}|美元|平方))"
_MORE = rf"(?:\s?(?:[、/,]\s?\d{{7,8}}|[、/]\s?\d{{1,4}})(?![\d.]|\s?{_COUNTED}|[\s-]\d))*"


def _mobile() -> str:
    def grouped(sizes: tuple[int, ...], gap: str = _GAP) -> str:
        first, *rest = sizes
        return rf"1[3-9]\d{{{first - 2}}}" + "".join(rf"{gap}\d{{{size}}}" for size in rest)

    one_by_one = r"1(?P<gap>[\s\-._·]{1,2})[3-9](?:(?P=gap)\d){9}"
    # Commas also separate amounts, but no amount begins with 0.
    listed = r"(?=[\d,、]{3,12}[,、]0)(?:" + "|".join(grouped(sizes, "[,、]") for sizes in _GROUPS[:5]) + ")"
    shapes = "|".join([*map(grouped, _GROUPS), one_by_one, listed])
    return rf"(?<![\d.]){_CHINA}(?:{shapes})(?!\.?\d){_UNIT}{_MORE}"


_CHINA = rf"(?:\(?(?:\+|00?)?86{_GAP})?"
_CALLED = (
    r"(?:电\s?话|手\s?机|电联|联系|座机|固话|总机|传\s?真|致电|拨打|来电|热线|联系方式|(?<![一-鿿])号码|(?<![a-z])(?:tel|phone|mob|mobile|cell|fax|ph)"
    r"|(?<![一-鿿])[办宅电](?=:)|☎|☏|📞)"
)
_NUMBER = (
    rf"(?:1[3-9]\d,\d{{4}},\d{{4}}|(?!12\d{{3}}(?!\d))\d(?:{_GAP}\d){{4,14}})"  # 12345 and similar hotlines are public
)
_ID = r"[a-z][a-z0-9_-]{4,19}|\d{6,12}"
_PLATFORMS = "抖音|快手|小红书|微博|知乎|领英|脸书|推特|电报|b站|旺旺|陌陌"
_SOCIAL = (
    rf"(?:{_PLATFORMS}"
    r"|(?<![a-z])(?:tg|telegram|line|signal|ins|instagram|fb|facebook|twitter|tiktok|linkedin|dy|xhs))"
)
_PAGES_OF_PEOPLE = (
    r"(?<![a-z0-9.])(?:t\.me|wa\.me|line\.me|weibo\.(?:com|cn)|(?:[a-z]{1,3}\.)?douyin\.com|xhslink\.com)"
)
_WHO = r"(?<![a-z0-9_.+-])[a-z0-9_.+-]{1,64}"  # the lookbehind tries once per run of characters: fast on long ones
_AT = r"\s?(?:[@#★]|[(\[{<【]\s?(?:at|a|@)\s?[)\]}>】]|#at#|\sat\s|艾特)\s?"
_DOT = r"(?:\s?[.点]\s?|\sdot\s|[(\[{<【]\s?(?:dot|点|\.)\s?[)\]}>】])"
_NATIONAL = "中国|公司|网络|网址|政务|公益|在线|中文网|集团|商城|网店|[a-z]{2,}"
_PAPERS = r"(?:护照|passport|通行证|[台回]胞证|港澳证|居留证|军官证|士兵证|身份证|证件)"
# If a shape has a group `it`, only that is struck out. Shapes are searched one by one, as they may overlap.
_SHAPES = [
    re.compile(shape)
    for shape in (
        rf"{_WHO}{_AT}[a-z0-9-]{{1,63}}(?:{_DOT}[a-z0-9-]{{1,63}}){{0,4}}{_DOT}[a-z][a-z0-9-]{{0,62}}",
        rf"(?:{_WHO}|[一-鿿]{{2,4}})\s?@\s?(?:[a-z0-9一-鿿-]{{1,30}}\s?[.。]\s?){{1,4}}(?:{_NATIONAL})",
        r"(?<![\da-z])[1-8]\d{5}[\s-]?(?:18|19|20)\d{2}\s?(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[\s-]?\d{3}[\dx]"
        r"(?![\da-z])",
        rf"{_PAPERS}(?:号码?|no\.?|[一-鿿]?字第|[\s:()是为]){{0,4}}(?P<it>[a-z]{{0,2}}\d(?:[\s-]?\d){{5,17}}x?)(?!\d){_UNIT}",
        _mobile(),
        rf"(?<![\d.]){_CHINA}\(?0\d{{2,3}}\)?{_GAP}\d{{3,4}}{_GAP}\d{{4}}{_INSIDE}(?!\d){_MORE}",
        rf"(?<![\d.])[48]00(?:{_GAP}\d{{3}}{_GAP}\d{{4}}|{_GAP}\d{{4}}{_GAP}\d{{3}})(?!\d){_UNIT}{_INSIDE}",
        r"(?<![\d.])(?:\+|00)(?:85[23]|886)(?:[\s\-]?\d){8,9}(?!\d)",
        rf"(?<![\d.])\+[1-9]\d{{0,2}}[\s\-(]{{1,2}}\d(?:[\s\-()]{{0,2}}\d){{6,11}}(?![\d.]){_UNIT}",
        rf"{_CALLED}[\s:.()是为号码]{{0,4}}(?P<it>\+?{_NUMBER}{_INSIDE}(?:\s?[、,/;或和及]\s?{_NUMBER}{_INSIDE})*){_UNIT}",
        r"(?:q\s?q|加q|(?<![a-z0-9])q(?=\s?:)|扣扣|企鹅号?)[\s:()是为号群码邮箱]{0,4}(?P<it>[1-9](?:[\s\-]?\d){4,11})(?!\d)",
        r"(?:[微薇徽威]\s?[信❤♥]|wechat|weixin|(?<![a-z])(?:wx|vx)|v信|[加+][v微]|(?<![a-z0-9])v(?=\s?:)"
        rf"|钉钉|飞书|whatsapp|telegram|skype)[\s:()是为同号码id@️]{{0,6}}(?P<it>{_ID})(?![a-z0-9])",
        rf"(?:{_SOCIAL}\s?(?:群|个人)?\s?(?:号码?|[账帐]号|u?id|用户名|昵称|[:@])|视频号)[\s:@是为]{{0,4}}(?P<it>{_ID})(?![a-z0-9]){_UNIT}",
        r"(?<![a-z0-9@.])@\s?(?P<it>[a-z][a-z0-9_]{4,29})(?![a-z0-9_.-])",
        rf"{_PAGES_OF_PEOPLE}/(?P<it>[\w./?=&%-]{{3,80}})",
    )
]

# A cheap test that finds something in every text that contains one of the shapes.
_HINTS = re.compile(
    rf"[@＠#＃★]|艾特|(?i:\bat\b|[(\[{{<【（]\s?a\s?[)\]}}>】）])|(?:[\d①-⑨⓪oOlI{_DIGITS}][\W_]{{0,3}}){{5}}"
    rf"|[微薇徽威]\s?[信❤♥]|(?i:we[ic]|[vw]x|v\s?[:：]|telegram|whatsapp|skype)|[vV]信|[加+＋][vVｖＶ微]|钉钉|飞书|[Ａ-Ｚａ-ｚ]"
    rf"|(?i:{_PLATFORMS})|视频号|(?i:line|signal|fb|face|twit|tik|linked|dy|ins|xhs|douyin|\.me/|weibo)"
    r"|(?i:(?<![a-z])tg)|\d[\u200b-\u200f\u2060\ufeff\u00ad]"
)


class _Seen(NamedTuple):
    """Text with spelling variants removed, and the position of each character in the original."""

    text: str
    places: list[int]


class Secrets(NamedTuple):
    """The contact data of one file: names, digits of telephone numbers, and words (WeChat names, e-mail addresses)."""

    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


def secrets_of(contacts: Iterable[Contact], places: Iterable[str] = ()) -> Secrets:
    """The secrets in contact rows; a name that equals one of `places` (base, department) is not a person's.

    >>> sorted(secrets_of([Contact("一.xlsx", "甲", "联系人", "示例乙", "", "0571-88880000、13000000000")]).numbers)
    ['057188880000', '13000000000', '188880000', '88880000']
    """
    names, numbers, words = set(), set(), set()
    taken = {_spelled(place).text for place in places}
    for one in contacts:
        for said in re.split(
            r"[、,/;()|\n]| {2,}|(?<=\S\S)(?<![a-z]) (?=\S\S)|(?<=\S\S) (?=\S\S)(?![a-z])", _spelled(one.name).text
        ):
            whole = re.sub(_DOTS, "", said)
            bare = _TITLES.sub("", whole)  # 王五主任 may be just 王五 elsewhere
            name = bare if _is_name(bare) else whole if bare else ""
            parts = (part for part in re.split(_DOTS, said) if _is_name(part))  # 张三 in 张三 男
            every = {name, *parts} - taken
            names |= {word for word in every if len(word) > 1 and not word.isdecimal()}
        for said in filter(None, (one.office_phone, one.mobile, one.wechat, one.name)):
            typed = _spelled(said).text
            alone = re.sub(rf"(?<=\d{{7}}){_INSIDE}(?!\d)", "、", typed)  # without an extension
            for number in re.findall(r"\+?\d(?:[\s\-._·()~]{0,3}\d)*", f"{typed}、{alone}"):
                digits = re.sub(r"\D", "", number)
                digits = digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
                local = {digits[3:], digits[4:]} if re.match(r"0\d{9,11}$", digits) else set()  # without the area code
                numbers |= {part for part in (digits, *local) if len(part) >= FEWEST_DIGITS}
        for said in filter(None, (one.wechat, one.email, one.office_phone, one.mobile)):
            for word in re.split(r"[\s、,/;()]+", _spelled(said).text):
                if len(word) >= FEWEST_LETTERS and re.search(r"[a-z_@]", word):
                    words.add(word)
    return Secrets(frozenset(names), frozenset(numbers), frozenset(words))


def _is_name(bare: str) -> bool:
    usual = (3, 4) if COMPOUND.match(bare) else (2, 3) if bare[:1] in SURNAMES else ()
    return len(bare) in usual and not bare.endswith(_OFFICES)


NOBODY = Secrets()


def struck_out(text: str, secrets: Secrets = NOBODY, shapes: bool = True) -> str:
    """Replace contact data by 〔联系方式〕: the given secrets, and with `shapes` all that looks like contact data.

    >>> struck_out("请联系 +86 130-0000-0000，或 0571 8888 0000 转 12、ＱＱ：１００００１")
    '请联系 〔联系方式〕，或 〔联系方式〕、ＱＱ：〔联系方式〕'
    >>> struck_out("2025年培训1200人次，找示例 乙", Secrets(frozenset(["示例乙"])))
    '2025年培训1200人次，找〔联系方式〕'
    """
    shapes = shapes and _hinted(text)
    if not text or not (shapes or any(secrets)):
        return text
    seen = _spelled(text)
    own = _pattern(secrets)
    texts = {seen.text, seen.text.translate(_FIGURES)}
    spans = [match.span() for one in texts for match in own.finditer(one)] if own else []
    if shapes:
        texts = {seen.text, _in_figures(seen.text)}
        spans += [_span(match) for one in texts for shape in _SHAPES for match in shape.finditer(one)]
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
    return match.span("it" if "it" in match.re.groupindex else 0)


def holds_contacts(text: str, secrets: Secrets) -> bool:
    """A cheap test: False if the text certainly contains no contact data."""
    if _hinted(text):
        return True
    if not (secrets.names or secrets.words):
        return False
    typed = text.lower()
    return not _first_signs(secrets).isdisjoint(typed if typed.isascii() else typed.translate(SIMPLE))


@lru_cache(maxsize=8192)
def _hinted(text: str) -> bool:
    return bool(_HINTS.search(text))


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
    # NFKC character by character, so that each keeps its position; characters without width are dropped.
    if text.isascii():
        return _Seen(text.lower(), range(len(text)))
    signs, places = [], []
    for place, sign in enumerate(text):
        if sign in UNSEEN:
            continue
        for one in unicodedata.normalize("NFKC", sign).lower():
            if (kind := unicodedata.category(one)) not in ("Cf", "Mn", "Me"):
                figure = str(unicodedata.decimal(one)) if kind == "Nd" else one
                signs.append("-" if kind == "Pd" or one == "−" else figure)
                places.append(place)
    return _Seen("".join(signs).translate(SIMPLE), places)


def _in_figures(text: str) -> str:
    # Seven or more Chinese digits, or letters that look like digits, in a row: amounts are not written like this.
    def read(run: re.Match[str]) -> str:
        return run[0].translate(_FIGURES) if len(re.findall(r"[^oli\s\-]", run[0])) > 4 else run[0]

    return re.sub(rf"[\d{_DIGITS}oli](?:[\s\-]?[\d{_DIGITS}oli]){{6,}}", read, text)


@lru_cache(maxsize=64)
def _pattern(secrets: Secrets) -> re.Pattern[str] | None:
    def longest_first(parts: frozenset[str]) -> list[str]:
        return sorted(parts, key=lambda part: (-len(part), part))

    found = []
    for word in longest_first(secrets.words):
        spelled = r"(?:[\W_]|at|a|dot|艾特|点){0,6}".join(map(re.escape, re.split(r"[\W_]+", word)))
        found.append(rf"(?<![a-z0-9_]){spelled}(?![a-z0-9_])")
    for number in longest_first(secrets.numbers):
        between = r"[\W_]{0,3}".join(number)
        found.append((rf"(?<!\d){between}(?!\d)" if len(number) < 11 else between) + _INSIDE)
    for name in longest_first(secrets.names):
        spelled = rf"{_DOTS}{{0,3}}".join(map(re.escape, name))
        found.append(rf"(?<![a-z]){spelled}(?![a-z0-9_@])" if name.isascii() else spelled)
    return re.compile("|".join(found)) if found else None


def looks_like_mobile(number: int) -> bool:
    """Whether a number looks like a mobile telephone number rather than an amount: eleven digits, not round."""
    return bool(re.fullmatch(r"1[3-9]\d{9}", str(number))) and number % 10_000 != 0


def name_alone(name: str, secrets: Secrets) -> str:
    """The name of a base without contact data written beside it; a person's name that is part of it is kept.

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
    """The names of files in the tables: without contact data, and still unique.

    `files`: name -> the secrets in that file, and the names of its bases, which are kept whole.

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
