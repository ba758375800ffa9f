"""Bases and fields found as people type them."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecanalysis.errors import UserError
from ecanalysis.form.fields import FIELDS
from ecanalysis.rounds.lookup import find_base, find_code

ROSTER = pd.DataFrame(
    [
        ("B001", "示例·杭州数字贸易产业园", "杭州数贸园;示例·钱塘园"),
        ("B002", "示例·杭州跨境电商园", ""),
        ("B003", "示例·宁波跨境电商园", "甬园"),
        ("B004", "示例·宁波跨境电商园二期", ""),
        ("C02", "示例·名称像代码的园", ""),
    ],
    columns=["base_id", "name", "aliases"],
)


@pytest.mark.parametrize(
    "typed, base_id",
    [
        ("B001", "B001"),
        (" b001 ", "B001"),
        ("示例·杭州数字贸易产业园", "B001"),
        ("数字贸易", "B001"),
        ("杭州数贸园", "B001"),
        ("钱塘", "B001"),
        ("甬园", "B003"),
        ("示例·宁波跨境电商园", "B003"),  # a whole name wins over being part of a longer one
        ("二期", "B004"),
        ("示例•杭州 跨境电商园", "B002"),  # other dots and spaces, as names are matched everywhere
        ("c02", "C02"),
    ],
)
def test_a_base_is_found(typed, base_id):
    assert find_base(typed, ROSTER) == base_id


@pytest.mark.parametrize(
    "typed, said",
    [
        ("杭州", ["可指 2 家", "B001", "B002"]),
        ("宁波跨境", ["B003", "B004"]),
        ("杭洲数字贸易产业园", ["最接近的是 B001"]),
        ("甲乙丙丁", ["没有相近的名称"]),
        ("B999", ["名单中没有“B999”"]),
        ("B03", ["最接近的编号是 B003"]),
        ("杭州一二三四五六七八九", ["名称中有“杭州”的是 B001", "B002"]),
        ("", ["请输入"]),
        ("  ", ["请输入"]),
    ],
)
def test_what_is_not_one_base_is_answered(typed, said):
    with pytest.raises(UserError) as failed:
        find_base(typed, ROSTER)
    assert all(part in str(failed.value) for part in said), str(failed.value)


def test_many_candidates_are_cut_short():
    many = pd.DataFrame({"base_id": [f"B{n:03}" for n in range(50)], "name": [f"示例园{n:03}号" for n in range(50)]})
    with pytest.raises(UserError, match="可指 50 家") as failed:
        find_base("示例", many.assign(aliases=""))
    assert str(failed.value).count("示例园") == 8 and str(failed.value).endswith("……")


@given(st.text(max_size=20))
@settings(max_examples=200)
def test_whatever_is_typed_there_is_one_base_or_a_message(typed):
    try:
        assert find_base(typed, ROSTER) in set(ROSTER.base_id)
    except UserError as failed:
        assert str(failed)


@pytest.mark.parametrize("code", FIELDS)
def test_every_field_is_found_by_code_name_and_label(code):
    field = FIELDS[code]
    for typed in (code, code.lower(), f" {code.upper()} ", field.name, field.label):
        assert find_code(typed) == code


@pytest.mark.parametrize(
    "typed, said",
    [
        ("C19", ["报告表没有指标“C19”", "C1"]),
        ("c16x", ["C16 带动快递业务量"]),
        ("增速", ["可指多项", "C15", "L2", "A3"]),
        ("", ["报告表没有指标"]),
        ("没有的", ["报告表没有指标“没有的”"]),
    ],
)
def test_what_is_not_one_field_is_answered(typed, said):
    with pytest.raises(UserError) as failed:
        find_code(typed)
    assert all(part in str(failed.value) for part in said), str(failed.value)


def test_in_a_notebook_the_message_stands_alone():
    """IPython shows what `_render_traceback_` gives in the place of a traceback."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shown = []
    shell._showtraceback = lambda kind, error, lines: shown.extend(lines)
    shell.run_cell("from ecanalysis.rounds.lookup import find_code\nfind_code('C99')")
    assert len(shown) == 1 and shown[0].startswith("报告表没有指标“C99”")
