"""The form as data, against what the official form fixes."""

import pytest

from ecanalysis.form import fields as form


def test_the_form_has_36_fields_in_its_own_order():
    general = [code for code, field in form.FIELDS.items() if field.group]
    special = [code for code, field in form.FIELDS.items() if field.feature]
    assert len(form.FIELDS) == 36
    assert general == [
        *["C01", "C02", "C03", "C03_operator", "C04", "C05", "C06", "C07", "C08", "C09", "C10a", "C10b"],
        *["C11", "C12", "C13", "C14", "C15", "C16", "C17", "C18"],
    ]
    assert special == [f"{feature}{number}" for feature in "ILAS" for number in (1, 2, 3, 4)]


def test_general_fields_stand_in_the_forms_three_groups():
    count = {group: sum(field.group == group for field in form.FIELDS.values()) for group in form.GROUPS}
    # C03 and C10 are two fields each: 4 + 1, 9 + 1 and 5 items.
    assert count == {"policy": 5, "service": 10, "influence": 5}


@pytest.mark.parametrize(
    "code, year, sentence",
    [
        ("C04", 2025, "4.2025年，基地组织开展电商培训__________人次。"),
        ("C17", 2027, "17.截至2027年底，电子商务从业__________人。"),
        ("S4", 2025, "4.截至2025年底，带动出海企业__________家。"),
    ],
)
def test_official_sentences_carry_the_year(code, year, sentence):
    assert form.FIELDS[code].official_sentence(year) == sentence


def test_only_accidents_and_violations_count_against_a_base():
    assert form.GATES == ("C10a", "C10b", "C11")


GOOD = """
title = "报告表"
[groups]
policy = "政策"
[features]
I = "产业电商"
[operators]
other = "其他"
[[field]]
code = "C01"
name = "one"
label = "一"
number = 1
sentence = "1.是否"
type = "yes_no"
group = "policy"
"""


@pytest.mark.parametrize(
    "old, new, complaint",
    [
        ('type = "yes_no"', 'type = "maybe"', "unknown type"),
        ('group = "policy"', 'group = "elsewhere"', "unknown group"),
        ('group = "policy"', "", "needs a group or a feature"),
        ('group = "policy"', 'feature = "X"', "unknown feature"),
        ('sentence = "1.是否"', 'sentence = "2.是否"', "does not begin with 1."),
        ('group = "policy"', 'group = "policy"\nheadings = ["快递"]', "C01: no key 'headings'"),
        ('group = "policy"', 'group = "policy"\nheading = "快递"', "heading must be a list of texts"),
        ('group = "policy"', 'group = "policy"\nunits = ["个", ""]', "units must be a list of texts"),
        ('group = "policy"', 'group = "policy"\nheading = ["快递 not"]', "words before and after each `not`"),
        ("[[field]]", GOOD[GOOD.index("[[field]]") :] + "[[field]]", "code used twice"),
    ],
)
def test_a_wrong_form_file_is_refused(old, new, complaint):
    fields, _ = form.load(GOOD)
    assert list(fields) == ["C01"]
    with pytest.raises(ValueError, match=complaint):
        form.load(GOOD.replace(old, new))
