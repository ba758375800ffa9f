"""The data dictionary says what is there: no more, no less."""

from ecanalysis.rounds.dictionary import write_dictionary
from ecanalysis.rounds.schemas import COLUMNS, TABLES


def test_the_committed_dictionary_is_the_one_that_would_be_written(project):
    for name, text in write_dictionary().items():
        assert (project / "docs" / name).read_text("utf-8") == text, name


def test_every_column_of_every_result_is_described(evaluation):
    for name, table in TABLES.items():
        assert bool(table.says) == bool(table.means)
        assert all(column.says and column.means for column in table.columns.values()), name
        if table.result:
            assert list(getattr(evaluation, name).columns) == list(table.columns), name


def test_what_is_told_is_told_in_both_languages():
    told = [*COLUMNS.values(), *(column for table in TABLES.values() for column in table.columns.values())]
    assert not [column.name for column in told if bool(column.says) != bool(column.means)]
