"""Words -> the field they name: the form's own sentence or label, or words close to it.

A text that is the form's own is looked up whole; else the words of the table `WORDS` decide, and it may hold no
word that is foreign to the form's sentence: 入驻企业数 is C14, 入驻外贸企业数 is not. Where two fields would do,
neither is taken.
"""

import re
from functools import lru_cache

from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.reading.spelling import squeezed

# One line a field: spellings that name it. All words of a spelling must be there, and none of those after "not".
WORDS = {
    "C01": ["专项政策", "专项支持政策", "专项扶持政策", "出台 专项政策"],
    "C02": ["党建工作责任制", "党建责任制", "党建工作 not 主播 直播 新就业 整体"],
    "C03": ["运营管理机制 not 主体", "运营机制 not 主体", "管理机制 健全 not 主体"],
    "C03_operator": ["运营管理主体", "运营管理机制 主体", "运营主体", "运营管理单位", "运营管理机构",
                     "运营单位", "运营方", "运营机构", "主体性质", "主体类型", "主体类别"],
    "C04": ["电商培训 not 国际", "电子商务培训 not 国际", "培训 人次 not 国际"],
    "C05": ["综合服务平台", "数字化服务平台", "数字化平台"],
    "C06": ["研发 强度", "研发经费 占比", "研发投入 占比"],
    "C07": ["百人 研发人员", "百名 研发人员"],
    "C08": ["科技创新企业 占比", "科创企业 占比", "科技企业 占比", "创新企业 占比", "科技型企业 占比"],
    "C09": ["专利 软件著作权", "专利 软著", "专利 著作权"],
    "C10a": ["特别重大", "特大环境事故", "特大生产安全事故"],
    "C10b": ["重大生产安全 not 特别重大", "环境突发事件 not 特别重大", "重大安全事故 not 特别重大",
             "重大事故 not 特别重大"],
    "C11": ["违法行为", "存在 违法行为", "违法违规", "偷税漏税", "违法"],
    "C12": ["质量管控", "质量管理体系", "管控体系"],
    "C13": ["国家 行业 团体 标准", "制定 标准 not 国家 行业 团体", "参与 标准 not 国家 行业 团体",
            "电商标准 not 国家 行业 团体", "电子商务标准 not 国家 行业 团体", "标准数 not 国家 行业 团体"],
    "C14": ["入驻 企业", "入住 企业", "入园 企业", "电商企业数", "电子商务企业数"],
    "C15": ["电商交易额 增速 not 直播 B2B", "电子商务交易额 增速 not 直播 B2B", "交易额 增速 not 直播 B2B"],
    "C16": ["快递 not 增速"],
    "C17": ["从业", "就业人数 not 新就业", "就业人员 not 新就业"],
    "C18": ["复制推广", "经验做法", "典型经验"],
    "I1": ["产业电商平台", "1亿元以上 平台", "亿元 平台"],
    "I2": ["地方产业带", "本地产业带"],
    "I3": ["产供链", "供应链 平台", "数智 平台", "协同平台"],
    "I4": ["B2B 占比"],
    "L1": ["直播 占比"],
    "L2": ["直播 增速"],
    "L3": ["直播间合规", "直播 合规", "合规管理制度"],
    "L4": ["主播 党", "新就业群体", "直播 党建", "直播 党员"],
    "A1": ["农产品品牌", "千万元以上 农产品品牌", "农业品牌", "农产品 品牌"],
    "A2": ["农产品 零售额"],
    "A3": ["农产品 增速"],
    "A4": ["冷链"],
    "S1": ["跨境 进出口", "跨境电子商务 进出口", "跨境电商交易额"],
    "S2": ["国际合作", "国际交流", "惠全球", "国际 活动"],
    "S3": ["出海 产业带"],
    "S4": ["出海 企业"],
}  # fmt: skip
# The same where the heading of the feature stands above.
WORDS_IN_FEATURE = {
    "I1": ["平台 not 协同 数智"], "I2": ["产业带"], "I3": ["协同", "数智"], "I4": ["占比"],
    "L1": ["占比"], "L2": ["增速"], "L3": ["合规"], "L4": ["党建", "党员"],
    "A1": ["品牌"], "A2": ["零售额"], "A3": ["增速"], "A4": ["覆盖率"],
    "S1": ["进出口"], "S2": ["活动", "交流"], "S3": ["产业带"], "S4": ["企业 not 产业带"],
}  # fmt: skip
NEUTRAL = "数量总数共计的及和与是否有无基地示范内本全年度底末截至情况报告期值/、,:;()%“”"  # foreign to no sentence
ALIKE = (
    ("比重", "占比"), ("比例", "占比"), ("占比率", "占比"), ("增长率", "增速"), ("增长速度", "增速"), ("增幅", "增速"),
    ("同比增长", "增速"), ("较上年", ""), ("比上年", ""), ("同比", ""), ("重特大突发事故", ""), ("b2b", "B2B"),
)  # fmt: skip
RATES = {"增速": ("C15", "L2", "A3"), "占比": ("C06", "C08", "I4", "L1", "A4")}  # which fields these words can name

_NUMBER = re.compile(r"^(?:\(?\d{1,2}(?:\(\d\))?[.、)](?=\D|20\d\d年|20\d\d-)|[①-⑳]|[一二三四五六七八九十]{1,2}[、.)])")
_DATED = re.compile(r"^(?:截[至止]到?)?(?:19|20)\d\d(?:年?[-—~至到、/](?:19|20)\d\d)?年(?:年底|底|末|度)?,?")
_BLANK = re.compile(r"_.*|[:,]?[□☐○].*")


def core(text: str) -> str:
    """What a label or sentence says, without its number, year, blank, boxes and closing signs.

    >>> core("4.2025年，基地组织开展电商培训__________人次。"), core("６．2025年，研发经费投入强度为____%。")
    ('基地组织开展电商培训', '研发经费投入强度')
    """
    text = squeezed(text)
    text = _NUMBER.sub("", text)
    text = _DATED.sub("", text)
    return _BLANK.sub("", text).rstrip(":,;.。?").removesuffix("为")


def _whole() -> dict[str, tuple[str, ...]]:
    named: dict[str, list[str]] = {}
    for code, field in FIELDS.items():
        stem = core(field.sentence.replace("{year}", "2025").replace("{next_year}", "2026"))
        for text in {core(field.label), stem, f"{stem}:{field.label}"}:
            named.setdefault(text, []).append(code)
    return {text: tuple(codes) for text, codes in named.items()}


WHOLE = _whole()  # a sentence that asks two questions names two fields
CODES = {code.casefold(): code for code in FIELDS}
CODES |= {name: code for code, field in FIELDS.items() for name in (field.name, field.name.replace("_", ""))}


def _spellings(table: dict[str, list[str]]) -> list[tuple[str, tuple[str, ...], tuple[str, ...], frozenset[str]]]:
    lines = []
    for code, spellings in table.items():
        field = FIELDS[code]
        own = "".join((field.sentence, field.label, field.unit, FEATURES.get(field.feature, ""), *spellings))
        for spelling in spellings:
            words, _, never = spelling.partition(" not ")
            lines.append((code, tuple(words.split()), tuple(never.split()), frozenset(squeezed(own) + NEUTRAL)))
    return lines


_WORDS = _spellings(WORDS)
_WORDS_IN_FEATURE = _spellings(WORDS_IN_FEATURE)


@lru_cache(maxsize=8192)
def codes_of(text: str, feature: str = "", general: bool = False, unit: str = "") -> tuple[str, ...]:
    """The fields that a label or sentence may name: none, one, or several that cannot be told apart.

    `feature` (I, L, A, S) and `general`: the part of the form that the text is known to stand in. `unit`: the unit
    that stands beside it. Where a sentence asks two questions (C03, C10), both are named.

    >>> codes_of("入驻电商企业数"), codes_of("带动产业带"), codes_of("产业带数", feature="S")
    (('C14',), (), ('S3',))
    >>> codes_of("3.运营管理机制是否健全")
    ('C03', 'C03_operator')
    """
    if code := CODES.get(squeezed(text).casefold()):
        return _in_part((code,), feature, general)
    text = core(text)
    if found := WHOLE.get(text):
        return _in_part(found, feature, general)
    for typed, meant in ALIKE:
        text = text.replace(typed, meant)
    if unit == "%" and not any(word in text for word in ("增速", "占比", "强度", "覆盖率", "百人")):
        text += "占比"
    found = _in_part(_named(_WORDS, text), feature, general)
    if not found and feature:
        found = tuple(code for code in _named(_WORDS_IN_FEATURE, text) if code[0] == feature)
    return found


def _in_part(codes: tuple[str, ...], feature: str, general: bool) -> tuple[str, ...]:
    if feature:
        return tuple(code for code in codes if FIELDS[code].feature == feature)
    return tuple(code for code in codes if FIELDS[code].group) if general else codes


def _named(lines: list, text: str) -> tuple[str, ...]:
    found = [
        code
        for code, words, never, own in lines
        if all(word in text for word in words)
        and not any(word in text for word in never)
        and own.issuperset(text)
        and all(code in codes for rate, codes in RATES.items() if rate in text)
    ]
    return tuple(dict.fromkeys(found))


SECTIONS = dict.fromkeys(("综合指标", *GROUPS.values()), ("general", ""))
SECTIONS |= {"专项指标": ("special", "")}
SECTIONS |= {name: ("feature", letter) for letter, name in FEATURES.items()}


@lru_cache(maxsize=2048)
def section_of(text: str) -> tuple[str, str] | None:
    """The part of the form that a heading opens: ("general", ""), ("special", "") or ("feature", letter).

    >>> section_of("一、综合指标"), section_of("辐射示范\\n\\n引领作用"), section_of("（二）直播电商")
    (('general', ''), ('general', ''), ('feature', 'L'))
    """
    if len(text) > 80:
        return None
    text = re.sub(r"^(?:[一二三四五六七八九十\d]{1,2}[、.]|\([一二三四五六七八九十\d]{1,2}\))", "", squeezed(text))
    return SECTIONS.get(re.sub(r"\(.*", "", text).removesuffix(":").removesuffix("特色"))
