"""Every row of docs/reading-rules.md about single answers is read as the page says, and the page leaves nothing out."""

import re
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_page import ANSWERS, PAGE, rows, typed

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading import spelling, ticks, units, values
from ecanalysis.reading.values import read_value, shown


def check(cell, unit, code, meant, kinds):
    value, percent, error = typed(cell)
    reading = read_value(FIELDS[code], value, percent=percent, unit=unit, error=error)
    if meant == "—":
        assert (reading.value, reading.text) == (None, "")
    elif code == "C03_operator":
        assert (reading.value, reading.text) == (None, meant)
    else:
        assert reading.value == (ANSWERS[meant] if meant in ANSWERS else float(meant))
    assert sorted(kind for _, kind, _ in reading.issues) == sorted(kinds.split())
    assert reading.answered == (reading.readable or kinds in ("conflict", "unreadable", "out_of_range"))
    for severity, kind, message in reading.issues:
        assert severity == ("error" if kind in ("conflict", "unreadable", "out_of_range") else "warning")
        assert reading.raw.strip() in message or len(reading.raw) > values.QUOTED


@pytest.mark.parametrize("cell, code, meant, kinds", rows("typed", "field", "read as", "issue"))
def test_answer(cell, code, meant, kinds):
    check(cell, "", code, meant, kinds)


@pytest.mark.parametrize("cell, unit, code, meant, kinds", rows("typed", "unit", "field", "read as", "issue"))
def test_answer_under_a_unit(cell, unit, code, meant, kinds):
    check(cell, unit, code, meant, kinds)


@pytest.mark.parametrize(
    "words",
    [
        [*ticks.WORDS],
        [*ticks.OPERATOR_WORDS],
        ticks.BLANK_WORDS,
        ticks.TICKS + ticks.BOXED_LETTERS + ticks.CROSSES + ticks.BOXES,
        [*units.SCALES],
        [
            word
            for same in (units.SAME.values(), units.CONVERTED.values(), [field.units for field in FIELDS.values()])
            for held in same
            for word in held
        ],
        values.APPROXIMATELY + values.APPROXIMATELY_AFTER,
        values.FALLING + values.RISING + values.SAID,
        [*values.SAID_OF_UNIT],
    ],
    ids=["yes_no", "operators", "blank", "signs", "scales", "units", "about", "signs in words", "said"],
)
def test_every_word_that_is_known_stands_on_the_page(words):
    plain = PAGE.replace("￥", "¥").replace("：", ":").upper()
    shown_as = {
        word: f"U+{ord(word):04X}" if len(word) == 1 and "\ue000" <= word <= "\uf8ff" else word for word in words
    }
    assert [word for word in words if shown_as[word].upper() not in plain] == []


def test_signs_become_plain_as_the_page_says():
    meant = {"a space": " ", "nothing": "\u200b", "a line break": "\n"}
    listed = {}
    for signs, plain in rows("signs", "read as")[1:]:
        plain = meant.get(plain) or plain.split("`")[1]
        for sign in re.findall(r"`(.)`|U\+([0-9A-F]{4})", signs):
            listed[sign[0] or chr(int(sign[1], 16))] = plain
    known = {chr(code): plain for code, plain in spelling.SIGNS.items() if not 0xFF01 <= code <= 0xFF5E}
    assert {sign: plain for sign, plain in known.items() if sign not in " \n\r\f\v"} == {
        sign: plain for sign, plain in listed.items() if not "！" <= sign <= "～"
    }
    assert all(spelling.plain(sign) == plain for sign, plain in listed.items())


def test_message_says_what_was_expected_and_what_stood_there():
    assert read_value(FIELDS["C04"], "-12").issues == [
        ("error", "out_of_range", "应为不小于0的整数（单位：人次），实为“-12”")
    ]
    assert read_value(FIELDS["C16"], 150, unit="万件").issues == [
        ("warning", "unit_converted", "单位应为件，实为“150（万件）”，已换算为1500000件，请核对")
    ]


@pytest.mark.parametrize(
    "typed, percent, seen",
    [
        (12000.0, False, "12000"),
        (0.1 + 0.2, False, "0.3"),
        (0.156, True, "15.6%"),
        (0.07, True, "7%"),
        (1e16, False, "10000000000000000"),
        (True, False, "TRUE"),
        (datetime(2025, 3, 1), False, "2025-03-01"),
        (datetime(2025, 3, 1, 8, 30), False, "2025-03-01 08:30:00"),
        (datetime(1899, 12, 30, 8, 30), False, "08:30:00"),
        ("甲" * 2000, False, "甲" * 999 + "…"),
    ],
)
def test_raw_is_what_a_person_saw(typed, percent, seen):
    assert shown(typed, percent) == seen


@settings(max_examples=300)
@given(st.integers(0, 10**12), st.sampled_from(["{}", "{:,}", "＿{}＿", " {} 人次", "{:,}人次。"]))
def test_any_count_is_read_back(number, written):
    text = written.format(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for one in (text, written.format(number), number, float(number)):
        assert read_value(FIELDS["C04"], one).value == number


@settings(max_examples=300)
@given(st.decimals(-100, 1000, places=4), st.sampled_from(["{}", "{}%", "{}％", "－{}", "下降{}%", "{}%%"]))
def test_any_growth_is_read_back(number, written):
    negative = written[0] != "{"
    reading = read_value(FIELDS["C15"], written.format(abs(number) if negative else number))
    if negative and abs(number) > 100:
        assert reading.issues[0][1] == "out_of_range"
    else:
        assert reading.value == float(-abs(number) if negative else number)


@settings(max_examples=300)
@given(st.integers(0, 10**6))
def test_a_percent_cell_holds_exactly_what_it_shows(thousandths):
    assert read_value(FIELDS["C15"], thousandths / 100000, percent=True).value == thousandths / 1000


@settings(max_examples=500)
@given(st.sampled_from([*FIELDS]), st.text(max_size=40) | st.text("0123456789.,-%万亿元件约是否√□ ", max_size=12))
def test_no_text_is_too_strange(code, text):
    reading = read_value(FIELDS[code], text)
    assert reading.readable == (reading.answered and not any(severity == "error" for severity, _, _ in reading.issues))


@pytest.mark.parametrize("sign", ["□", "9", "√是", "其他", "1,", " ", "_", "万", "(", "。"])
def test_a_long_text_costs_no_time(sign):
    for field in FIELDS.values():
        read_value(field, sign * 100_000)
