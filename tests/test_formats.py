"""The small round in other formats: what is sent in bundles, as .doc, as PDF and as stamped scans is read, or named."""

import io
import json
import shutil
from functools import partial

import numpy as np
import openpyxl
import pytest
from PIL import Image

from ecanalysis import load_round
from ecanalysis.errors import UserError
from ecanalysis.paths import PROJECT
from ecanalysis.presenting import returns, stamped
from ecanalysis.presenting.charts.submissions import pieces
from ecanalysis.reading import converted
from ecanalysis.reading.scans import available, cutouts
from ecanalysis.rounds import round as rounds
from ecanalysis.sample import invent
from ecanalysis.sample.formats import CHANGED

ROUND, YEAR = PROJECT / "data" / "formats" / "2027", 2027
pytestmark = pytest.mark.xdist_group("formats")
needs_scans = pytest.mark.skipif(not available(), reason="the extra scans is not installed: NO SCAN WAS READ")
needs_office = pytest.mark.skipif(not converted.office(), reason="LibreOffice is not installed: NO .doc WAS CONVERTED")


@pytest.fixture(scope="module")
def r():
    return load_round(ROUND)


@pytest.fixture(scope="module")
def truth():
    answers = invent()[YEAR].answers
    answers = answers[answers.year == YEAR]
    return {(row.base_id, row.code): row.text or row.value for row in answers.itertuples()}


def read(r, *base_ids):
    values = r.reported[r.reported.base_id.isin(base_ids)]
    return {(row.base_id, row.code): row.text or row.value for row in values.itertuples()}


def base_of(r, part):
    (base_id,) = r.roster.base_id[r.roster.name.str.contains(part)]
    return base_id


@pytest.mark.parametrize("part", ["金华", "温州", "嘉兴", "南京", "无锡", "福州"])
def test_what_comes_in_bundles_and_as_a_pdf_is_read_to_the_last_value(r, truth, part):
    base_id = base_of(r, part)
    assert read(r, base_id) == {key: value for key, value in truth.items() if key[0] == base_id}


@needs_office
def test_a_doc_is_read_to_the_last_value(r, truth):
    base_id = base_of(r, "合肥")
    assert read(r, base_id) == {key: value for key, value in truth.items() if key[0] == base_id}


@needs_scans
@pytest.mark.parametrize("part", ["洛阳", "成都"])
def test_what_is_read_of_a_scan_alone_is_right_and_the_rest_is_flagged(r, truth, part):
    base_id = base_of(r, part)
    meant = {key: value for key, value in truth.items() if key[0] == base_id}
    issues = r.issues[r.issues.base_id == base_id]
    flagged = set(zip(issues.base_id, issues.code[issues.severity == "error"]))
    seen = read(r, base_id)
    assert seen == {key: value for key, value in meant.items() if key not in flagged}
    assert len(seen) >= 0.75 * len(meant)
    assert {code for _, code in seen} <= set(issues.code[issues.kind == "from_scan"])
    values = r.reported[r.reported.base_id == base_id]
    assert values.sheet.str.fullmatch(r"第[12]页").all() and values.cell.str.fullmatch(r"\d+,\d+,\d+,\d+").all()


@needs_scans
def test_a_file_beside_a_stamped_scan_is_used_and_what_differs_is_an_error(r, truth):
    base_id = base_of(r, "济南")
    assert read(r, base_id) == {key: value for key, value in truth.items() if key[0] == base_id}
    statuses = r.files.set_index("file").status
    assert set(statuses[statuses.index.str.contains("盖章")]) == {"compared"}
    differs = r.issues[(r.issues.kind == "differs_from_stamped") & (r.issues.base_id == base_id)]
    own = r.stamped[r.stamped.base_id == base_id]
    assert set(differs.code) == set(own.code[own.differs == 1]) <= set(CHANGED)
    (message,) = differs.message[differs.code == "C04"]
    before, after = truth[base_id, "C04"], truth[base_id, "C04"] + CHANGED["C04"]
    assert f"“{before:.0f}”" in message and f"“{after:.0f}”" in message
    assert not (r.issues.kind == "duplicate").any()
    unread = set(r.issues.code[(r.issues.base_id == base_id) & (r.issues.kind == "unreadable_scan")])
    assert set(own.code) == {code for base, code in truth if base == base_id} - unread
    assert set(r.decisions.open_questions.str.count(base_id)) >= {0}


@needs_scans
def test_nothing_of_people_is_kept_of_a_scan_and_nothing_is_recognised_twice(r, tmp_path, monkeypatch):
    kept = ROUND / ".parsed" / "scans"
    for path in kept.iterdir():
        assert oct(path.stat().st_mode)[-3:] == "600"
        assert "负责人" not in path.read_text("utf-8") and "000 0000" not in path.read_text("utf-8")
        assert json.loads(path.read_text("utf-8"))["name"].startswith("示例·")
    folder = tmp_path / "2027"
    shutil.copytree(ROUND, folder, ignore=lambda at, names: {*names} & {"scans"} if at.endswith(".parsed") else ())
    shutil.copytree(kept, folder / ".parsed" / "scans")
    (folder / ".parsed" / "manifest.json").unlink()
    for path in (folder / "submissions").iterdir():
        if path.suffix != ".tif":
            path.unlink()
    monkeypatch.setattr("ecanalysis.reading.scans.gather._apart", None)  # would fail if it were called
    again = rounds.read_round(folder)
    mine = r.values[r.values.file == again.values.file.iloc[0]].reset_index(drop=True)
    assert again.values.equals(mine) and len(mine) > 10


@needs_scans
def test_an_answer_on_a_scan_is_shown_with_the_piece_of_its_page(r):
    piece = r.scan("济南", "C04")
    assert "9829" in repr(piece) and "第1页" in repr(piece)
    html = piece._repr_html_()
    assert html.count("<img") == 1 and "data:image/png;base64," in html
    with pytest.raises(UserError, match="没有从扫描件读到"):
        r.scan("福州", "C04")


@needs_scans
def test_what_has_to_be_looked_at_comes_with_its_picture_the_differences_first(r):
    looked = stamped.to_look_at(r)
    assert set(looked.code[:3]) == {*CHANGED, "C14"} and looked.differs[:3].all() and looked.unread[3:].all()
    assert all(picture.startswith(b"\x89PNG") for picture in looked.picture[:3])
    assert set(stamped.to_look_at(r, "山东").base_name) == {r.roster.name[r.roster.province == "山东"].iloc[0]}
    assert stamped.to_look_at(r, "浙江").empty
    counted = stamped.scans(r)
    assert len(counted) == 4 and (counted.file != "").sum() == 2 and counted.differing_fields.sum() == 3
    assert pieces(looked).axes


@needs_scans
def test_the_return_list_of_a_province_shows_the_pieces_of_its_scans_and_no_other_has_such_a_sheet(r, tmp_path):
    listed = r.returns(), r.not_submitted, YEAR, tmp_path
    for path in returns.write_return_lists(*listed, partial(stamped.to_look_at, r)):
        book = openpyxl.load_workbook(path)
        if "山东" not in path.name:
            assert path.name[7:9] in "广东河南四川" or "盖章件原样" not in book.sheetnames
            continue
        sheet = book["盖章件原样"]
        said = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_col=4)]
        assert "9829" in said[0][2] and "C04" in str(said[0]) + str(sheet._images[0].anchor._from.row)
        assert [image.anchor._from.row for image in sheet._images] == list(range(2, 2 + len(said)))


def test_a_piece_of_a_page_never_shows_what_lies_above_the_first_answer_or_below_the_last(monkeypatch, tmp_path):
    pytest.importorskip("cv2")
    from ecanalysis.reading.scans import recognise

    page = np.full((1000, 700, 3), 255, np.uint8)
    page[:296], page[715:] = 0, 0  # where people stand
    monkeypatch.setattr(recognise, "upright", lambda path, number: (page, [], False))
    monkeypatch.setattr("ecanalysis.reading.scans.gather.available", lambda: True)
    Image.fromarray(page).save(tmp_path / "甲.png")
    places = [("第1页", "400,300,50,20"), ("第1页", "400,500,50,20"), ("第1页", "400,690,50,20")]
    made = cutouts.cut_outs(tmp_path, "甲.png", places, YEAR)
    assert set(made) == set(places)
    for png in made.values():
        (tmp_path / "x.png").write_bytes(png)
        assert np.asarray(Image.open(tmp_path / "x.png").convert("L")).min() > 200


def test_where_people_are_named_between_two_answers_their_lines_are_blank(monkeypatch, tmp_path):
    pytest.importorskip("cv2")
    from ecanalysis.reading.scans import recognise

    page = np.full((1000, 700, 3), 255, np.uint8)
    page[320:360] = 0  # a contact in the middle of the form
    signs = [recognise.Sign(sign, 10 + 20 * at, 325, 28 + 20 * at, 355, 1) for at, sign in enumerate("姓名示例甲")]
    monkeypatch.setattr(recognise, "upright", lambda path, number: (page.copy(), [signs], False))
    monkeypatch.setattr("ecanalysis.reading.scans.gather.available", lambda: True)
    Image.fromarray(page).save(tmp_path / "甲.png")
    made = cutouts.cut_outs(tmp_path, "甲.png", [("第1页", "400,300,50,20"), ("第1页", "400,365,50,20")], YEAR)
    for png in made.values():
        assert np.asarray(Image.open(io.BytesIO(png)).convert("L")).min() > 200
    assert len(made) == 2


def test_without_libreoffice_and_the_extra_each_file_says_what_is_missing_and_the_rest_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(converted, "office", lambda: "")
    monkeypatch.setattr("ecanalysis.reading.scans.gather.available", lambda: False)
    files = rounds.parse([ROUND / "submissions"], YEAR).files.set_index("file")
    rejected = files.message[files.status == "rejected"]
    scans = rejected[~rejected.index.str.endswith(".doc")]
    assert len(rejected) == 6 and len(scans) == 5
    assert scans.str.contains("ecanalysis[scans]", regex=False).all()
    (doc,) = rejected[rejected.index.str.endswith(".doc")]
    assert "LibreOffice" in doc and "另存为 .xlsx 或 .docx" in doc
    assert files.status.str.startswith("accepted").sum() == 8
