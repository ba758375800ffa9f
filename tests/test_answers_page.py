"""reading-cases.md lists the words that the program knows: neither more nor fewer."""

from reading_page import rows

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers import columns, headings, labels, parts, sentences, summary, words


def listed(cell):
    return [spelling.strip() for spelling in cell.split(";") if spelling.strip()]


def test_words_that_name_a_field():
    page = rows("code", "words", "under its feature")
    assert {code: (listed(words), listed(inner)) for code, words, inner in page} == {
        code: ([*field.heading], [*field.heading_in_feature]) for code, field in FIELDS.items()
    }


def test_words_before_an_answer():
    page = {code: listed(words) for code, words in rows("sentence", "words before the answer")}
    kinds = {code: [*FIELDS[code].kinds][:2] for code in ("C10a", "C10b")}
    known = {code: [*field.before] for code, field in FIELDS.items() if field.before and code != "C10a"}
    assert page.keys() == known.keys() | {"C10"} | kinds.keys()
    assert known.items() <= page.items() and page["C10"] == [*FIELDS["C10a"].before]


def test_labels_and_headings():
    known = labels.LABELS | labels.ROLES | labels.PERSON
    known |= {f"form: column {key}": words for key, words in columns.HEADINGS.items()}
    known |= {
        "form: after a year": columns.OF_A_YEAR,
        "passed over in the header block": labels.PASSED_OVER,
        "summary: the bases' names": headings.NAMES,
        "summary: passed over": headings.PASSED_OVER,
        "summary: before these": headings.WHERE,
        "summary: base period": headings.BEFORE,
        "summary: reporting year": headings.NOW,
        "summary: the year of a row": headings.YEARS,
        "summary: rows of totals": summary.TOTALS,
        "sheets that only explain": [*parts.IGNORED_SHEETS],
        "titles, whose year counts": [*labels.TITLE_WORDS],
    }
    assert {what: listed(words) for what, words in rows("what it names", "spellings")} == known


def test_each_spelling_of_a_field_names_that_field_and_no_other():
    for code, field in FIELDS.items():
        spellings = [(one, "") for one in field.heading] + [(one, code[0]) for one in field.heading_in_feature]
        for spelling, feature in spellings:
            found = words.codes_of(spelling.split(" not ")[0].replace(" ", ""), feature)
            assert code in found and set(found) <= {code, "C03_operator"}, spelling


def test_each_beginning_of_a_sentence_is_found():
    for code, field in FIELDS.items():
        for spelling in field.before:
            text = sentences.put_together([labels_cell(spelling)], set())
            assert [sentence.question for sentence in sentences.find_sentences(text)] in ([code], ["C10"]), spelling


def labels_cell(spelling):
    from ecanalysis.reading.cells import Cell

    return Cell(0, 1, f"1.2025年，{spelling}12")
