"""Labels of the header block and closing fields -> what they name, and other printed text of the form."""

import re
from functools import lru_cache
from itertools import product

from ecanalysis.form.fields import FIELDS, GUIDANCE, NOTES, TITLE
from ecanalysis.reading.answers.words import first_year, section_of
from ecanalysis.reading.spelling import plain, squeezed
from ecanalysis.reading.ticks import BOXES, CROSSES, TICKS

LABELS = {
    "base_name": ["基地名称", "基地(集聚区)名称", "集聚区名称", "产业集聚区名称", "示范基地名称", "园区名称",
                  "基地全称"],
    "department": ["商务主管部门", "所属商务主管部门", "主管商务部门", "主管部门"],
    "address": ["地址与范围", "地址及范围", "地址和范围", "地址、范围", "地址", "基地地址", "详细地址",
                "基地地址与范围"],
    "suggestions": ["意见及建议", "意见和建议", "意见与建议", "意见、建议", "意见建议", "建议及意见"],
    "review_opinion": ["省级商务主管部门审核意见", "商务主管部门审核意见", "主管部门审核意见", "省级审核意见",
                       "审核意见"],
    "review_date": ["审核日期", "审核时间", "盖章日期"],
}  # fmt: skip
ROLES = {"主要负责人": ["基地主要负责人", "主要负责人", "基地负责人", "负责人"], "联系人": ["基地联系人", "联系人"]}
PERSON = {
    "name": ["姓名"],
    "title": ["职务", "职务/职称", "职位"],
    "office_phone": ["工作电话", "办公电话", "固定电话", "座机", "联系电话", "电话", "联系方式"],
    "mobile": ["手机", "手机号", "手机号码", "移动电话"],
    "wechat": ["微信", "微信号"],
    "email": ["电子邮件", "电子邮箱", "邮箱", "邮件", "邮箱地址", "E-mail", "Email"],
}
# Labels of nothing that the form asks for; text beside them is ignored.
PASSED_OVER = [
    "填表人", "填报人", "填表人姓名", "经办人", "审核人", "填表日期", "填报日期", "填报时间", "填表时间", "填报单位",
    "填报单位(盖章)", "单位(盖章)", "单位盖章", "盖章", "公章", "邮政编码", "邮编", "传真", "注", "备注", "说明",
    "填表说明", "填报说明", "省份", "地区",
]  # fmt: skip
TITLE_WORDS = ("报告表", "汇总", "情况表", "统计表", "一览表", "报告期", "报告年度", "填报年度")
REMARKS = ("可详细填写", "选填", "必填", "如有")


def _table() -> dict[str, tuple[str, str]]:
    table = dict.fromkeys(PASSED_OVER, ("", ""))
    table |= {label: ("field", key) for key, labels in LABELS.items() for label in labels}
    table |= {label: ("role", role) for role, labels in ROLES.items() for label in labels}
    table |= {label: ("person", key) for key, labels in PERSON.items() for label in labels}
    return {squeezed(label).casefold(): meaning for label, meaning in table.items()}


def _of_role() -> dict[str, tuple[str, str]]:
    # 负责人姓名, 联系人手机: headings of a summary
    table = {}
    for (role, roles), (key, parts) in product(ROLES.items(), PERSON.items()):
        for role_label, part in product(roles, parts):
            for between in ("", "的", "-", "_"):
                table[squeezed(role_label + between + part).casefold()] = (role, key)
    return table


MEANING = _table()
PERSON_OF_ROLE = _of_role()
_REMARK = re.compile(rf"\((?:{'|'.join(REMARKS)})\)")
_NUMBERED = re.compile(r"\s*\d{1,2}\s*[.．、]\s*\D")  # a note, not a title
BEGINNINGS = {label[:end] for label in MEANING for end in range(2, len(label))} - set(MEANING)
_LONGEST = max(map(len, MEANING)) + 20
_STOP = re.compile(
    r"\s*(?:注\s*[:：]|备注\s*[:：]|填\s*[表报]\s*(?:人|单位|日期|时间|说明)|联\s*系\s*(?:人|电\s*话)|电\s*话|手\s*机|经办人|审核人)"
)


MARKS = re.compile(
    r"^[*※★☆#•·]+|[*※★☆]+$|\((?:[*※★☆]|选填|盖章|公章|加盖公章|签章|签字|全称|填写全称"
    r"|[^()]{0,8}(?:必填|必答|单选|多选|填空)[^()]{0,8})\)"
)
_NUMBERING = re.compile(
    r"^(?:Q\d{1,3}[.、:)]?|第\d{1,3}题[.、:]?|\(?\d{1,2}\)?[.、)](?=\D)|\(\d{1,2}\)|[①-⑳]|[一二三四五六七八九十]{1,2}[、.])"
)

_ASKING = re.compile(r"^(?:您|贵)(?:所在)?的?|(?<=基地)的(?=名称)|(?:是|为)?(?:什么)?\?$")


@lru_cache(maxsize=8192)
def bare(text: str) -> str:
    """A label without numbering, marks such as * and （必填）, （盖章）, a colon, or the words of a question.

    >>> bare("*基地名称（盖章）："), bare("1、基地名称："), bare("※ 指标（必填）")
    ('基地名称', '基地名称', '指标')
    """
    return _ASKING.sub("", _NUMBERING.sub("", MARKS.sub("", squeezed(text))).rstrip(":*※"))


_YEARS = re.compile(r"(?:19|20)\d\d|二[〇零○一二三四五六七八九]{3}")


_PERIOD = re.compile(rf"(?:{_YEARS.pattern})(?:年?度|年?全年|年?(?:1月?(?:1日)?[-—至])?12月(?:31日)?)?")


def _unnumbered(text: str) -> str:
    return re.sub(r"^(?:注:|备注:)?(?:\d{1,2}[.、])?", "", _YEARS.sub("", squeezed(text)))


def _printed() -> frozenset[str]:
    lines = [*NOTES, *(text for line in GUIDANCE for text in line), TITLE, *FORM_TEXTS]
    return frozenset(_unnumbered(line.format(year=2025, before=2024, next_year=2026)) for line in lines)


FORM_TEXTS = [
    "报告期：{year}年基期：{before}年（白色单元格填写，灰色不填；填写要求见“填表说明”）", "填表说明",
    "属其他的，请写成“其他：××”", "省级商务主管部门（盖章）", "省级商务主管部门（盖章）年月日", "可详细填写",
    "（可详细填写）", "（每个参评对象可选择1个或1个以上特色，专项得分取特色分平均值）", "基地", "附件6", "附件",
    "附件：", "附件6：", "附表",
]  # fmt: skip
PRINTED = _printed()
_PAGE = re.compile(r"第\d+页(?:[,/、]?共\d+页)?")
_LONG = [text for text in PRINTED if len(text) > 20]


@lru_cache(maxsize=4096)
def is_printed(text: str) -> bool:
    """Whether a text is one of the form's or template's notes, titles and hints, possibly shortened.

    >>> is_printed("注：1.电商产业集聚区包括电子商务产业园区等。"), is_printed("注：以上数据不含线下培训")
    (True, False)
    """
    lines = [_unnumbered(text)] if _unnumbered(text) in PRINTED else [_unnumbered(line) for line in text.split("\n")]
    return all(
        not line or line in PRINTED or (len(line) > 11 and any(_within(line, own) for own in _LONG)) for line in lines
    )


def _within(text: str, whole: str) -> bool:
    signs = iter(whole)
    return all(sign in signs for sign in text)


_CHOICES = re.compile(f"[{TICKS}{CROSSES}{BOXES}]")


@lru_cache(maxsize=8192)
def is_own_wording(code: str, text: str, behind: bool = False) -> bool:
    """Whether a text consists of words of a field's sentence, in order, possibly with omissions.

    If the text has no box, only the words before the sentence's choices count (an inserted 是 is an answer), or with
    `behind` those after them.
    """
    own = FIELDS[code].sentence
    first, *rest = _CHOICES.split(own)
    own = own if _CHOICES.search(text) else "".join(rest) if behind else first
    return _within(_wording(text), _wording(own))


def _wording(text: str) -> str:
    text = _PERIOD.sub("", squeezed(text).replace("电子商务", "电商"))
    return re.sub(r"[\s\x1f\u200b,.;:、。()_“”‘’\"'《》/{}\-—年底末至截到①-⑳]|next|year", "", text)


@lru_cache(maxsize=8192)
def meaning_of(text: str) -> tuple[str, str] | None:
    """What a label names: ("field", "base_name"), ("role", "联系人"), ("person", "mobile"), ("", "") if it is ignored.

    None if the text is not a label.

    >>> meaning_of("商务主管\\n部门"), meaning_of("意见及建议\\n（可详细\\n填写）："), meaning_of("示例·基地")
    (('field', 'department'), ('field', 'suggestions'), None)
    """
    if len(text) > _LONGEST:
        return None
    key = squeezed(text).casefold().rstrip(":")
    return MEANING.get(key) or MEANING.get(_REMARK.sub("", key).rstrip(":")) or MEANING.get(bare(text).casefold())


@lru_cache(maxsize=8192)
def begins_label(text: str) -> bool:
    """Whether a text is the beginning of a label, perhaps broken over several cells: 商务主管, 工作, 省级商务."""
    return len(text) < 20 and squeezed(text) in BEGINNINGS


@lru_cache(maxsize=8192)
def labels_nothing(text: str) -> bool:
    """Whether a text neither is nor contains a label."""
    return not (meaning_of(text) or begins_label(text) or inline(text))


@lru_cache(maxsize=8192)
def inline(text: str) -> tuple[tuple[tuple[str, str], str], ...]:
    r"""Labels and their text in the same cell, after a colon or on the next line.

    >>> inline("基地名称：示例·基地　商务主管部门：示例市商务局")
    ((('field', 'base_name'), '示例·基地'), (('field', 'department'), '示例市商务局'))
    >>> inline("意见及建议\n（可详细填写）\n希望加强培训。")
    ((('field', 'suggestions'), '希望加强培训。'),)
    """
    signs = plain(text)
    colon = signs.find(":")
    if 0 < colon <= _LONGEST and (meaning := meaning_of(text[:colon])):
        return _labelled(text, signs, meaning, colon + 1)
    lines = signs.split("\n", 4)
    for count in range(min(len(lines) - 1, 4), 0, -1):
        if meaning := meaning_of("".join(lines[:count])):
            return _labelled(text, signs, meaning, len("\n".join(lines[:count])))
    return ()


def _labelled(text: str, signs: str, meaning: tuple[str, str], at: int) -> tuple:
    found, ends = [(meaning, at)], []
    if meaning[1] not in ("suggestions", "review_opinion"):  # free text may contain labels
        for label in _LABEL_AND_COLON.finditer(signs, at):
            ends.append(label.start("label"))
            found.append((meaning_of(label["label"]), label.end()))
    ends.append(len(text))
    return tuple((meaning, text[start:end].strip(" \t\n\u3000；;，,")) for (meaning, start), end in zip(found, ends))


_LABEL_AND_COLON = re.compile(
    rf"(?<![^\s;,])(?P<label>{'|'.join(sorted(map(re.escape, MEANING), key=len, reverse=True))})\s*:", re.IGNORECASE
)


def is_remark(text: str) -> bool:
    """Whether a text is a remark that the form adds to a label: （可详细填写）."""
    return len(text) < 20 and bool(_REMARK.fullmatch(squeezed(text)))


def is_note(text: str) -> bool:
    """Whether a text is a note (注：…), the form's own or the writer's."""
    return squeezed(text[:12]).startswith(("注:", "备注:"))


@lru_cache(maxsize=4096)
def is_stop(text: str) -> bool:
    """Whether a text ends a field of free text: 注：…, 填表人：…, 联系电话…"""
    return bool(_STOP.match(text))


@lru_cache(maxsize=4096)
def title_year(text: str) -> int | None:
    """The year in a title (报告表, 汇总表, 报告期：…); None for other text.

    >>> title_year("2025年基地经营服务情况汇总表"), title_year("报告期：2025年　基期：2024年"), title_year("2025年建")
    (2025, 2025, None)
    """
    if len(text) > 80 or not any(word in text for word in TITLE_WORDS) or _NUMBERED.match(text):
        return None
    text = plain(text)
    return first_year(text[max(text.find("报告期"), 0) :])


@lru_cache(maxsize=4096)
def is_title(text: str) -> bool:
    """Whether a text is the form's title, perhaps with a year, number or province before it."""
    return len(text) < 80 and "情况报告表" in squeezed(text)


@lru_cache(maxsize=8192)
def is_known(text: str) -> bool:
    """Whether a text belongs to the form and is not an answer: titles, headings, labels, notes, 填表人：…"""
    if is_printed(text) or is_title(text) or title_year(text) is not None or _PAGE.fullmatch(squeezed(text)):
        return True
    return section_of(text) is not None or meaning_of(text) is not None or (is_stop(text) and not is_note(text))
