"""The data dictionary says what is there: no more, no less."""

from ecanalysis.rounds.columns import TABLES
from ecanalysis.rounds.dictionary import write_dictionary


def test_the_committed_dictionary_is_the_one_that_would_be_written(project):
    assert (project / "docs" / "data-dictionary.md").read_text("utf-8") == write_dictionary()


def test_every_column_of_every_result_is_described(evaluation):
    for name, table in TABLES.items():
        assert all(column.says for column in table.columns.values()), name
        if table.result:
            assert list(getattr(evaluation, name).columns) == list(table.columns), name
