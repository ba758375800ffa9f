"""docs/reading-rules.md lists the words that the program knows: neither more nor fewer."""

from reading_page import rows

from ecanalysis.reading.answers import columns, headings, indicators, labels, parts, sentences, summary


def listed(cell):
    return [spelling.strip() for spelling in cell.split(";") if spelling.strip()]


def test_words_that_name_a_field():
    page = rows("code", "words", "under its feature")
    assert {code: listed(words) for code, words, _ in page} == indicators.WORDS
    assert {code: listed(words) for code, _, words in page if words} == indicators.WORDS_IN_FEATURE


def test_words_before_an_answer():
    assert {code: listed(words) for code, words in rows("sentence", "words before the answer")} == sentences.SENTENCES


def test_labels_and_headings():
    known = labels.LABELS | labels.ROLES | labels.PERSON
    known |= {f"form: column {key}": words for key, words in columns.HEADINGS.items()}
    known |= {
        "passed over in the header block": labels.PASSED_OVER,
        "summary: the bases' names": headings.NAMES,
        "summary: passed over": headings.PASSED_OVER,
        "summary: before these": headings.WHERE,
        "summary: base period": headings.BEFORE,
        "summary: reporting year": headings.NOW,
        "summary: rows of totals": summary.TOTALS,
        "sheets that only explain": [*parts.IGNORED_SHEETS],
        "titles, whose year counts": [*labels.TITLE_WORDS],
    }
    assert {what: listed(words) for what, words in rows("what it names", "spellings")} == known


def test_each_spelling_of_a_field_names_that_field_and_no_other():
    for table, feature in ((indicators.WORDS, False), (indicators.WORDS_IN_FEATURE, True)):
        for code, spellings in table.items():
            for spelling in spellings:
                words = spelling.split(" not ")[0].replace(" ", "")
                found = indicators.codes_of(words, code[0] if feature else "")
                assert code in found and set(found) <= {code, "C03_operator"}, spelling


def test_each_beginning_of_a_sentence_is_found():
    for code, spellings in sentences.SENTENCES.items():
        for spelling in spellings:
            text = sentences.put_together([labels_cell(spelling)], set())
            assert [sentence.question for sentence in sentences.find_sentences(text)] in ([code], ["C10"]), spelling


def labels_cell(spelling):
    from ecanalysis.reading.cells import Cell

    return Cell(0, 1, f"1.2025年，{spelling}12")
