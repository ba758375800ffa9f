"""A base found by part of its name, an alias or its id, as people type it."""

import pandas as pd

from ecanalysis.roster import nearest, normalise_name


class LookupFailed(LookupError):
    """No base, or more than one, goes by what was typed; the message (Chinese) says which come near."""

    def __str__(self) -> str:
        return str(self.args[0])


def find_base(text: str, roster: pd.DataFrame) -> str:
    """The base_id of the one base that `text` means: its id, its name or alias, or a part of one.

    Raises LookupFailed, with suggestions, where none or several fit.

    >>> roster = pd.DataFrame({"base_id": ["B001", "B002"], "aliases": ["", "老名称"],
    ...     "name": ["示例·杭州数字贸易产业园", "示例·宁波跨境园"]})
    >>> find_base("杭州", roster), find_base("b002", roster), find_base("老名称", roster)
    ('B001', 'B002', 'B002')
    """
    typed = normalise_name(text)
    if (known := roster.base_id.str.casefold() == text.strip().casefold()).any():
        return roster.base_id[known].iloc[0]
    names = [
        [normalise_name(name), *(normalise_name(alias) for alias in aliases.split(";") if alias)]
        for name, aliases in zip(roster.name, roster.aliases)
    ]
    whole = roster[[typed in spellings for spellings in names]]
    partly = roster[[any(typed in spelling for spelling in spellings) for spellings in names]]
    found = whole if len(whole) else partly
    if len(found) == 1:
        return found.base_id.iloc[0]
    if len(found):
        listed = "、".join(f"{base_id} {name}" for base_id, name in zip(found.base_id[:8], found.name[:8]))
        raise LookupFailed(
            f"“{text}”可指 {len(found)} 家基地，请写得更全或用编号：{listed}{'……' if len(found) > 8 else ''}"
        )
    [(base_id, name, similarity)] = nearest([text], roster)
    raise LookupFailed(f"名单中没有“{text}”；最接近的是 {base_id} {name}（相似度 {similarity:.2f}）")
