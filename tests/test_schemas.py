"""The tidy tables are what they are said to be, and a table that is not raises."""

import pytest

from ecanalysis.rounds import schemas

TABLES = [one for one in vars(schemas).values() if isinstance(one, schemas.Table)]
GOOD = ("a.xlsx", "示例园", "C04", 2025, 5.0, "", "人次", "5", "报告表", "G17")


def spoiled(**changes):
    return schemas.frame([GOOD], schemas.VALUES).assign(**changes)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_empty_table_has_the_types_of_a_full_one(table):
    table.validate(schemas.frame([], table))


def test_a_good_row_passes():
    schemas.VALUES.validate(spoiled())
    schemas.OF_ROUND["values"].validate(spoiled().pipe(lambda table: table.assign(base_id="B1")[["base_id", *table]]))


@pytest.mark.parametrize(
    "table",
    [
        spoiled(code="C99"),
        spoiled(unit="万人次"),
        spoiled(base_name=""),
        spoiled(text=None),
        spoiled(value="5"),
        spoiled(year=2025.0),
        spoiled(extra=1),
        spoiled().drop(columns="cell"),
        spoiled()[list(reversed(schemas.VALUES.columns))],
        schemas.frame([GOOD, GOOD], schemas.VALUES),
    ],
    ids=["code", "unit", "no name", "NaN text", "text value", "float year", "more", "less", "order", "twice"],
)
def test_a_table_that_is_not_so_raises(table):
    with pytest.raises(ValueError, match="table values"):
        schemas.VALUES.validate(table)


def test_a_misspelt_key_names_its_column():
    with pytest.raises(ValueError, match="columns: iqr: no key saays"):
        schemas.load('[column]\niqr = {heading = "四分位距", type = "number", saays = "…"}\n[table]')


def test_half_a_character_becomes_the_sign_for_one_that_is_lost():
    """A surrogate without its other half cannot be written to any file; one such name must not stop a round."""
    table = schemas.frame(
        [("a.xlsx", "示例\ud800园", "C04", "表", "G1"), ("b.xlsx", "示例园", "C04", "表", "G1")], schemas.ANSWERED
    )
    assert table.base_name.tolist() == ["示例\ufffd园", "示例园"]
