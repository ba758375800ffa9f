"""Answers as a hypothesis strategy: what is meant, how it is typed, and what a reader has to say about it."""

from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from ecanalysis.form.fields import FIELDS, OPERATORS

WIDE = str.maketrans("0123456789.,-%", "０１２３４５６７８９．，－％")


class Typed(NamedTuple):
    """`value` (None: nothing is read) typed as `text`, with the issue `kind` ("": none)."""

    text: str
    value: float | str | None
    kind: str = ""


def plain(number):
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counts(unit):
    number = st.integers(0, 3 * 10**8)
    sure = ["{}", " {} ", "{:,}", "{}" + unit, "{:,} " + unit, "{}。", "＿{}＿"]
    ways = [st.builds(lambda n, way: Typed(way.format(n), float(n)), number, st.sampled_from(sure))]
    ways.append(st.builds(lambda n: Typed(f"{n:,}".translate(WIDE), float(n)), number))
    ways.append(st.builds(lambda n: Typed(f"{n:,}".replace(",", " "), float(n)), number))
    ways += [
        st.builds(lambda n, s=scale, p=power: Typed(plain(Decimal(n).scaleb(-p)) + s, float(n)), number)
        for scale, power in (("万", 4), ("亿", 8))
    ]
    ways.append(st.builds(lambda n: Typed(f"约{n}", float(n), "approximate"), number))
    ways.append(st.builds(lambda n: Typed(f"{n + 0.5}", None, "out_of_range"), st.integers(0, 10**6)))
    ways.append(st.builds(lambda n: Typed(f"-{n}", None, "out_of_range"), st.integers(1, 10**6)))
    return st.one_of(ways)


def percents(low, high):
    number = st.decimals(low, high, places=2).filter(lambda n: not 0 < n < 1)
    ways = [
        st.builds(
            lambda n, way: Typed(way.format(plain(n)), float(n)),
            number,
            st.sampled_from(["{}", "{}%", "{}％", "{}%%", "{} %"]),
        )
    ]
    ways.append(st.builds(lambda n: Typed(plain(n).translate(WIDE), float(n)), number))
    if low < 0:
        falls = st.decimals(-100, -1, places=1)
        ways.append(
            st.builds(
                lambda n, word: Typed(f"{word}{plain(-n)}%", float(n), "worded_sign"),
                falls,
                st.sampled_from(["下降", "减少"]),
            )
        )
        ways.append(st.just(Typed("-100.5", None, "out_of_range")))
    else:
        ways.append(st.just(Typed("100.01%", None, "out_of_range")))
    return st.one_of(ways)


def amounts():
    number = st.decimals(0, 9999, places=2)
    return st.one_of(
        st.builds(
            lambda n, way: Typed(way.format(plain(n)), float(n)), number, st.sampled_from(["{}", "{}亿元", "{} 亿元"])
        ),
        st.builds(lambda n: Typed(plain(n * 10000) + "万元", float(n)), number),
        st.builds(lambda n: Typed(plain(n.scaleb(8)) + "元", float(n), "unit_converted"), number),
        st.just(Typed("-1", None, "out_of_range")),
        st.just(Typed("5美元", None, "unreadable")),
    )


NO_NUMBER = [
    Typed("", None),
    Typed("无", None, "blank_word"),
    Typed("/", None, "blank_word"),
    Typed("若干", None, "unreadable"),
    Typed("见附件", None, "unreadable"),
]
BOXES = [("☑", "□"), ("√", "□"), ("✔", "☐"), ("■", "□"), ("●", "○"), ("□√", "□"), ("√□", "□"), ("\uf0fe", "\uf0a8"),
         ("\uf052", "□"), ("R", "□"), ("þ", "□"), ("☒", "□"), ("×", "□"), ("√", "×")]  # fmt: skip


def boxed(ticked):
    tick, box = ticked
    yes = [f"{tick}是 {box}否", f"{box}否　{tick}是"]
    no = [f"{box}是 {tick}否", f"{box}是\n{tick}否"]
    return st.sampled_from([Typed(text, 1.0) for text in yes] + [Typed(text, 0.0) for text in no])


def ticks():
    alone = [Typed("是", 1.0), Typed("否", 0.0), Typed("□是", 1.0), Typed("□是 □否√", 0.0)]
    faults = [
        Typed("□是 □否", None),
        Typed("☑是 ☑否", None, "conflict"),
        Typed("√是 √否", None, "conflict"),
        Typed("待定", None, "unreadable"),
    ]
    return st.one_of(st.sampled_from(BOXES).flatmap(boxed), st.sampled_from(alone + faults))


def operators():
    def listed(chosen, tick, words=""):
        blank = f"__{words}__" if words else "________"
        return "  ".join((tick if name == chosen else "□") + name for name in OPERATORS) + blank

    named = st.sampled_from(OPERATORS).flatmap(
        lambda name: st.sampled_from(
            [Typed(listed(name, tick), name) for tick in ("☑", "√", "■", "□√")] + [Typed(name, name)]
        )
    )
    return st.one_of(
        named,
        st.sampled_from([
            Typed(listed("其他", "☑", "行业协会"), "其他:行业协会"), Typed(listed("", "□"), None),
            Typed("☑政府部门  ☑民营企业", None, "conflict"),
        ]),
    )  # fmt: skip


def answer_to(code):
    """A strategy for the answers to one field."""
    field = FIELDS[code]
    if field.type == "yes_no":
        return ticks()
    if field.type == "choice":
        return operators()
    if field.type == "count":
        return counts(field.unit) | st.sampled_from(NO_NUMBER)
    if field.type == "amount":
        return amounts() | st.sampled_from(NO_NUMBER)
    if field.type == "number":
        return percents(0, 100).filter(lambda typed: not set("%％") & set(typed.text)) | st.sampled_from(NO_NUMBER)
    return percents(-100 if field.low < 0 else 0, 999 if field.high is None else 100) | st.sampled_from(NO_NUMBER)


forms = st.fixed_dictionaries({code: answer_to(code) for code in FIELDS})
