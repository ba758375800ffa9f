"""Rules over the answers of a form: when each asks, and when it keeps quiet."""

import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecanalysis.form.fields import FEATURES, FIELDS, GATES
from ecanalysis.reading import checks
from ecanalysis.reading.rows import Answered, Base, Reading, Value
from ecanalysis.rounds import schemas

YEAR, FILE = 2025, "甲.xlsx"
GATES_ANSWERED = dict.fromkeys(GATES, 0)
FEATURE = {"L1": 30, "L2": 12, "L3": 1, "L4": 0}  # a feature filled in well
WELL = GATES_ANSWERED | FEATURE
FIVE = ["C04", "C09", "C13", "C14", "C17"]


def both_years(codes, value):
    return {f"{code}{at}": value for code in codes for at in ("", "@")}


def rows(*forms: dict, opinion: str | None = None, unread: tuple[str, ...] = ()):
    """The reading of a file with forms given as {code: value}, with code@ for the base period.

    `unread` are answered without a value; `opinion` is the department's, None where the form has no place for it.
    """
    values, answered, rest = [], [], []
    for number, form in enumerate(forms):
        name = f"示例{number}"
        for line, (key, value) in enumerate(form.items()):
            code, before, _ = key.partition("@")
            year = YEAR - 1 if before else YEAR
            place = (FIELDS[code].unit, f"{value}", "表", f"G{line}")
            values.append(Value(FILE, name, code, year, float(value), "", *place))
            if year == YEAR:
                answered.append(Answered(FILE, name, code, "表", f"G{line}"))
        answered += [Answered(FILE, name, code, "表", "G99") for code in unread]
        rest.append(Base(FILE, name, review_opinion=opinion or "", asks_opinion=opinion is not None))
    return Reading(values=values, answered=answered, bases=rest)


def issues_of(*forms, **options):
    issues = schemas.frame(checks.check_forms(rows(*forms, **options), YEAR), schemas.ISSUES)
    return schemas.ISSUES.validate(issues)


def asked(*forms, **options):
    issues = issues_of(*forms, **options)
    assert set(issues.severity) <= {"warning"}
    return list(zip(issues.kind, issues.code))


@pytest.mark.parametrize(
    "form, expected",
    [
        (WELL, []),
        (WELL | {"C06": 0.03, "C06@": 2.5}, [("looks_like_fraction", "C06")]),
        (WELL | {"C06": 0.5, "C06@": 0.4}, []),
        (WELL | {"C15": 0.15, "C15@": 12.0}, []),  # growth may have come to a halt
        # features
        (GATES_ANSWERED, [("no_feature", "")]),
        (GATES_ANSWERED | {"I1": 3}, [("incomplete_feature", "I")]),
        (WELL | {"A1": 0}, [("incomplete_feature", "A"), ("feature_only_zero", "A")]),
        (GATES_ANSWERED | {"S1": 0, "S2": 0, "S3": 0, "S4": 0}, [("feature_only_zero", "S")]),
        (GATES_ANSWERED | {"I1": 0, "I2": 0, "I3": 0, "I4": 0.1}, []),
        (WELL | {"I1@": 5}, []),  # a base-period value chooses nothing
        # gates
        (FEATURE, [("unanswered_gate", code) for code in GATES]),
        (FEATURE | {"C10a": 1, "C11": 0}, [("unanswered_gate", "C10b")]),
        (WELL | {"C10a@": 0}, []),
        # across fields
        (WELL | {"C14": 500, "C17": 499}, [("employment_below_enterprises", "C17")]),
        (WELL | {"C14": 500, "C17": 500}, []),
        (WELL | {"C14": 500}, []),
        (WELL | {"C14": 500, "C17@": 3}, []),
        (WELL | {"I1": 9, "I2": 1, "I3": 1, "I4": 1, "C14": 8}, [("platforms_above_enterprises", "I1")]),
        (WELL | {"C15": 99.9}, []),
        (WELL | {"C15": 100}, [("growth_may_be_index", "C15")]),
        (WELL | {"C15": 130}, [("growth_may_be_index", "C15")]),
        (WELL | {"C15": 130.1}, []),
        (WELL | {"L2": 112}, [("growth_may_be_index", "L2")]),
        (WELL | {"C06": 100}, []),  # no growth
        # against the base period
        (WELL | {"C16": 1_000_000, "C16@": 1_000}, [("far_from_base_period", "C16")]),
        (WELL | {"C16": 1_000, "C16@": 1_000_000}, [("far_from_base_period", "C16")]),
        (WELL | {"C16": 999_999, "C16@": 1_000}, []),
        (WELL | {"C16": 5, "C16@": 0}, []),
        (WELL | both_years(FIVE, 7), [("copied_base_period", "")]),
        (WELL | both_years(FIVE[:4], 7), []),
        (WELL | both_years(FIVE, 0), []),
        (WELL | both_years(FIVE, 7) | {"C18": 1, "C18@": 2}, []),
    ],
)  # fmt: skip
def test_what_is_asked_about_a_form(form, expected):
    assert asked(form) == expected


def test_a_field_that_could_not_be_read_counts_as_answered():
    form = GATES_ANSWERED | {"I1": 0, "I2": 0, "I3": 0}
    assert asked(form, unread=("I4",)) == []  # nothing is missing, and not all is zero
    assert asked(FEATURE | {"C10a": 0, "C10b": 0}, unread=("C11",)) == [("unanswered_gate", "C11")]


def test_an_opinion_is_asked_for_where_the_form_has_a_place_for_it():
    assert asked(WELL, opinion=None) == []
    assert asked(WELL, opinion="") == [("review_opinion_missing", "")]
    assert asked(WELL, opinion="同意") == []


def test_messages_say_what_was_expected_and_what_stood_where():
    issues = issues_of(WELL | {"I2": 4, "C14": 500, "C17": 12}).set_index("kind")
    odd = issues.loc["employment_below_enterprises"]
    assert (odd.file, odd.base_name, odd.sheet, odd.cell, odd.raw) == (FILE, "示例0", "表", "G9", "12")
    assert odd.message.startswith(
        "表!G9，C17 电子商务从业人员：应不少于入驻企业数，实为“12”，而C14 入驻电子商务企业为“500”"
    )
    missing = issues.loc["incomplete_feature"].message
    assert [FIELDS[code].label in missing for code in ("I1", "I2", "I3", "I4")] == [True, False, True, True]


def test_forms_are_kept_apart():
    """The same file may hold many bases, and each is asked for itself."""
    issues = issues_of(WELL, GATES_ANSWERED, WELL | {"C14": 9, "C17": 2})
    assert list(zip(issues.base_name, issues.kind)) == [
        ("示例1", "no_feature"),
        ("示例2", "employment_below_enterprises"),
    ]


def test_every_rule_is_applied_and_explained():
    rules = [
        rule
        for name, rule in inspect.getmembers(checks, inspect.isfunction)
        if rule.__module__ == checks.__name__ and not name.startswith(("_", "check_"))
    ]
    assert set(rules) == set(checks.RULES) and all(rule.__doc__ for rule in rules)
    assert asked() == []


numbers = st.floats(min_value=0, max_value=100, allow_nan=False)


@given(st.dictionaries(st.sampled_from([code for code in FIELDS if FIELDS[code].scored]), numbers))
@settings(max_examples=100)
def test_features_are_chosen_as_the_form_says(form):
    """Counted the plain way: each feature with an answer is chosen; missing fields, only zeros, none at all."""
    expected = set()
    for letter in FEATURES:
        fields = [code for code in FIELDS if FIELDS[code].feature == letter]
        given_here = [code for code in fields if code in form]
        if given_here and len(given_here) < len(fields):
            expected.add(("incomplete_feature", letter))
        if given_here and all(form[code] == 0 for code in given_here):
            expected.add(("feature_only_zero", letter))
    if not any(FIELDS[code].feature for code in form):
        expected.add(("no_feature", ""))
    expected |= {("unanswered_gate", code) for code in GATES if code not in form}
    kinds = {kind for kind, _ in expected} | {
        "incomplete_feature",
        "feature_only_zero",
        "no_feature",
        "unanswered_gate",
    }
    assert {issue for issue in asked(form) if issue[0] in kinds} == expected
