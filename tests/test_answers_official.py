"""The official form: answers found inside its sentences, however these are spread over cells, lines and rows."""

import pytest
from grids import NAME, book, merged, official, percent, read_back, sentences
from reading_page import ANSWERS, rows

from ecanalysis.form.fields import FIELDS
from ecanalysis.reading.answers import read_form
from ecanalysis.reading.cells import address

ASKED_WITH = {"C03_operator": "C03", "C10b": "C10a"}  # fields that share a sentence with another


@pytest.mark.parametrize("cell, code, meant, place, kinds", rows("stands there", "field", "read as", "in", "issue"))
def test_sentence(cell, code, meant, place, kinds):
    lines = [line.split("¦") for line in cell.strip("`").replace("\\n", "\n").split("⏎")]
    grid = official({ASKED_WITH.get(code, code): [["", *line] for line in lines]})
    read = read_form(book(grid), 2025, "一.xlsx")
    values, issues = read_back(read)
    expected = {} if meant == "—" else {code: ANSWERS.get(meant, meant if code == "C03_operator" else None)}
    if expected.get(code, "") is None:
        expected[code] = float(meant)
    assert (values, issues) == (expected, {code: kinds.split()} if kinds else {})
    assert (read.layout, read.base_names, read.rejected) == ("official", [NAME], "")
    if place:
        first = next(at for at, line in enumerate(grid) if line[1:] == lines[0])
        spots = [address(first + row, 1 + column) for row, line in enumerate(lines) for column, _ in enumerate(line)]
        assert [row.cell for row in read.values if row.year == 2025] == [spots[int(place) - 1]]


def test_every_sentence_of_the_form_is_found_filled_in():
    def filled(code, sentence):
        if FIELDS[code].numeric:
            return sentence.replace("__________", "12")
        return sentence.replace("□是 □否", "□是 ☑否").replace("□民营", "☑民营")

    grid = official({code: [["", filled(code, sentence)]] for code, sentence in sentences().items()})
    values, issues = read_back(read_form(book(grid), 2025, "一.xlsx"))
    assert issues == {}
    assert values == {
        code: "民营企业" if field.type == "choice" else 12.0 if field.numeric else 0.0 for code, field in FIELDS.items()
    }


@pytest.mark.parametrize(
    "joint", ["\n", "", " ", "\n\n", "；"], ids=["line", "nothing", "space", "blank line", "semicolon"]
)
def test_all_sentences_of_a_part_stand_in_one_cell(joint):
    codes = ["C04", "C05", "C06", "C07", "C09", "C14", "C15", "C16"]
    texts = [sentences()[code].rstrip("。").replace("__________", "12").replace("□否", "☑否") for code in codes]
    grid = [["基地名称", NAME], ["支持政策与组织保障", joint.join(texts)]]
    values, issues = read_back(read_form(book(grid), 2025, "一.xlsx"))
    assert issues == {}
    assert values == {code: 12.0 if FIELDS[code].numeric else 0.0 for code in codes}


def test_number_cells_and_percent_cells_stand_beside_sentences():
    grid = official(
        {
            "C04": [["", "4.2025年，基地组织开展电商培训", 1200.0, "人次。"]],
            "C06": [["", "6.2025年，研发经费投入强度为____%。", percent(0.156)]],
            "L1": [["", "1.2025年，直播电商交易额占示范基地电商交易总额比重", percent(0.00156), "%。"]],
            "C16": [["", "16.2025年，带动快递业务量", merged("#REF!")._replace(error=True), "件。"]],
        }
    )
    values, issues = read_back(read_form(book(grid), 2025, "一.xlsx"))
    assert values == {"C04": 1200.0, "C06": 15.6, "L1": 0.156}
    assert issues == {"C16": ["unreadable"]}


def test_labels_broken_over_rows_and_numbers_in_cells_of_their_own():
    grid = [
        ["基地", "示例·甲园"],
        ["名称"],
        ["辐射示范", 14.0, "截至2025年底，基地入驻电子商务企业____个。", 520.0],
        ["引领作用", 15.0, "2025年，电商交易额", ""],
        ["", "", "增速", "15.6%"],
        ["产业电商", 1.0, "截至2025年底，基地内年营收1亿元以上的产业电商平台", 3.0, "个"],
        ["意见及"],
        ["建议", "希望组织开展电商培训 1,200 人次"],
    ]
    read = read_form(book(grid), 2025, "一.xlsx")
    assert read_back(read) == ({"C14": 520.0, "C15": 15.6, "I1": 3.0}, {})
    assert read.bases[0][:2] + read.bases[0][4:5] == ("一.xlsx", "示例·甲园", "希望组织开展电商培训 1,200 人次")


def test_one_answer_to_both_accident_questions():
    ask = "10.2025-2026年，基地是否发生过重特大突发事故：{}。"
    for answer, expected in (
        ("否", ({"C10a": 0.0, "C10b": 0.0}, {})),
        ("是", ({}, {"C10a": ["unreadable"], "C10b": ["unreadable"]})),
    ):
        grid = official({"C10a": [["", ask.format(answer)]]})
        assert read_back(read_form(book(grid), 2025, "一.xlsx")) == expected


def test_a_sentence_that_stands_twice():
    ask = "14.截至2025年底，基地入驻电子商务企业{}个。"
    for second, expected in (
        ("520", ({"C14": 520.0}, {})),
        ("__", ({"C14": 520.0}, {})),
        ("530", ({}, {"C14": ["conflict"]})),
    ):
        grid = official({"C14": [["", ask.format(520)], ["", ask.format(second)]]})
        assert read_back(read_form(book(grid), 2025, "一.xlsx")) == expected


def test_rows_after_the_last_sentence_are_no_answer():
    grid = official({"S4": [["", "4.截至2025年底，带动出海企业____"], ["填表人：示例人 电话：000-0000 0000"]]})
    read = read_form(book(grid), 2025, "一.xlsx")
    assert read_back(read) == ({}, {})
    assert "0000" not in str((read.values, read.issues, read.bases))


@pytest.mark.parametrize(
    "sentence, expected",
    [
        ("6.25年，研发经费投入强度为3.1%。", ({"C06": 3.1}, {})),
        ("6.25年，研发经费投入强度为____%。", ({}, {})),  # neither 6.25
        ("6、25年，研发经费投入强度为3.1%。", ({"C06": 3.1}, {})),
        ("6.24年，研发经费投入强度为3.1%。", ({}, {"C06": ["wrong_year"]})),
        ("9.截至25年底，基地企业拥有电商相关专利、软件著作权12个。", ({"C09": 12.0}, {})),
    ],
)
def test_a_year_of_two_digits_is_a_year_and_no_part_of_the_answer(sentence, expected):
    grid = official({"C09" if sentence[0] == "9" else "C06": [["", sentence]]})
    assert read_back(read_form(book(grid), 2025, "一.xlsx")) == expected


def test_a_reworded_sentence_is_no_answer_to_the_blank_before_it():
    blank = "14.截至2025年底，基地入驻电子商务企业____个。"
    for reworded, expected in (
        ("15.2025年，电商交易额120亿元，比全国快。", {}),
        ("15.2025年，电商交易额同比增速8%。", {"C15": 8.0}),
    ):
        for joint in ("\n", ""):
            grid = official({"C14": [["", blank + joint + reworded]], "C15": []})
            read = read_form(book(grid), 2025, "一.xlsx")
            assert read_back(read)[0] == expected and "C14" not in {row.code for row in read.answered}


@pytest.mark.parametrize("joint", ["\n", ""])
@pytest.mark.parametrize("mark", ["7、", "7.", "（7）"])
def test_the_next_number_of_the_form_begins_another_sentence_whatever_its_words(mark, joint):
    reworded = f"{sentences()['C06']}{joint}{mark}本园区共有12项成果。"
    read = read_form(book(official({"C06": [["", reworded]], "C07": []})), 2025, "一.xlsx")
    assert not {"C06", "C07"} & set(read_back(read)[0])
    assert [row.kind for row in read.issues if "12项成果" in row.message] == ["unaccounted"]
