"""The invented rounds: what a perfect reader would read in them is what is read, fault by fault."""

import filecmp
import re
import tempfile
import zipfile
from pathlib import Path

import py7zr
import pytest
from PIL import Image
from typer.testing import CliRunner

from ecanalysis import sample
from ecanalysis.cli import app
from ecanalysis.comparing.base_period import growth_mismatch
from ecanalysis.deciding.watchlist import ORDER, Standing, compare_rounds
from ecanalysis.errors import UserError
from ecanalysis.form.fields import FEATURES, FIELDS
from ecanalysis.paths import PROJECT
from ecanalysis.reading.files import LocalPool
from ecanalysis.rounds import round as rounds
from ecanalysis.rounds.roster import PROVINCES, normalise_name
from ecanalysis.sample import invent, write_rounds
from ecanalysis.sample.layouts import UNKNOWN
from ecanalysis.sample.write import SUMMARIES
from ecanalysis.scoring.scheme import load
from ecanalysis.scoring.scores import score_bases, score_points

YEARS = [2025, 2027]
# One worker writes and reads the rounds for all of these.
pytestmark = pytest.mark.xdist_group("sample")
ANSWERED_YET_MISSING = {"conflict", "unreadable", "out_of_range"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder that README's line writes, and what a perfect reader would read in it."""
    told = []
    line = re.search(r"^\.venv/bin/ecanalysis (sample (\S+))", (PROJECT / "README.md").read_text("utf-8"), re.M)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("sample"))
        patch.setattr(sample, "write_rounds", lambda *asked: told.append(write_rounds(*asked)))
        result = CliRunner().invoke(app, line[1].split())
        assert result.exit_code == 0, result.output
        return Path(line[2]).absolute(), told[0]


@pytest.fixture(scope="module")
def read(made):
    return {year: rounds.read_round(made[0] / str(year), executor=LocalPool(2)) for year in YEARS}


def contents(path):
    """What is in a file, by member or by pixel, as compressing differs between machines."""
    if path.suffix == ".7z":
        with tempfile.TemporaryDirectory() as scratch, py7zr.SevenZipFile(path) as archive:
            archive.extractall(scratch)
            return {one.name: one.read_bytes() for one in Path(scratch).iterdir()}
    if path.suffix in (".png", ".jpg", ".tif"):
        with Image.open(path) as picture:
            return picture.convert("RGB").tobytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return {info.filename: (info.date_time, archive.read(info)) for info in archive.infolist()}
    return path.read_bytes()


def files_below(folder):
    return {
        str(path.relative_to(folder)): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".parsed" not in path.parts
    }


def test_the_committed_rounds_are_what_the_command_writes(made):
    fresh, committed = files_below(made[0]), files_below(PROJECT / "data")
    assert list(fresh) == list(committed)
    differing = [
        name
        for name, path in fresh.items()
        if not filecmp.cmp(path, committed[name], shallow=False) and contents(path) != contents(committed[name])
    ]
    assert differing == []
    assert sum(path.stat().st_size for path in committed.values()) < 8e6


def test_a_round_is_never_overwritten(made):
    before = files_below(made[0])
    with pytest.raises(UserError, match="2025"):
        write_rounds(made[0])
    assert files_below(made[0]) == before


def test_another_seed_gives_other_figures():
    one, other = invent(1)[2025].answers, invent(2)[2025].answers
    assert not one.equals(other)
    assert one.equals(invent(1)[2025].answers)


@pytest.mark.parametrize("year", YEARS)
def test_every_file_is_read_as_what_it_is(made, read, year):
    found = read[year].files.set_index("file")
    expected = {file: (layout, status) for at, file, layout, status, _ in made[1].files if at == year}
    shown = found.status.replace("accepted_with_warnings", "accepted")
    assert dict(zip(found.index, zip(found.layout, shown))) == expected


@pytest.mark.parametrize("year", YEARS)
def test_every_value_is_read_as_a_perfect_reader_would(made, read, year):
    expected = {
        (base_id, code, at): answer
        for (round_year, base_id), answers in made[1].answers.items()
        if round_year == year
        for (code, at), answer in answers.items()
    }
    expected |= {(base_id, code, at): value for at, base_id, code, _, value in made[1].corrected if at == year}
    values = read[year].values
    seen = {
        (row.base_id, row.code, row.year): row.text or row.value
        for row in values.itertuples()
    }  # fmt: skip
    assert len(seen) == len(values)
    assert {key: (seen.get(key), expected.get(key)) for key in seen.keys() | expected.keys()
            if seen.get(key) != expected.get(key)} == {}  # fmt: skip


@pytest.mark.parametrize("year", YEARS)
def test_the_rest_of_every_form_is_read(made, read, year):
    expected = {file: form for (at, file), form in made[1].forms.items() if at == year}
    forms = read[year].forms
    seen = forms[forms.file.isin(list(expected))].set_index("file")
    assert len(seen) > 150
    for column in ("department", "address", "suggestions", "review_opinion"):
        assert seen[column].to_dict() == {file: expected[file][column] for file in seen.index}
    assert seen.review_date.to_dict() == {file: expected[file]["review_date"].isoformat() for file in seen.index}


def incomplete_features(made, year):
    """The features of which something is answered, but not everything."""
    lost = {(fault.base_id, fault.code) for fault in made[1].planted
            if fault.year == year and fault.kind in ANSWERED_YET_MISSING}  # fmt: skip
    for (round_year, base_id), answers in made[1].answers.items():
        answered = {code for code, at in answers if at == year} | {code for base, code in lost if base == base_id}
        for feature in FEATURES:
            codes = {code for code, field in FIELDS.items() if field.feature == feature}
            if round_year == year and 0 < len(codes & answered) < len(codes):
                yield base_id, feature, "incomplete_feature"


@pytest.mark.parametrize("year", YEARS)
def test_every_planted_fault_is_found_and_nothing_else(made, read, year):
    planted = {(fault.base_id, fault.code, fault.kind) for fault in made[1].planted if fault.year == year}
    planted = {key for key in planted if key[2] not in ("", "growth_mismatch")}
    issues = read[year].issues
    issues = issues[
        (issues.base_id != "")
        & (issues.kind != "unknown_column")
        & ~issues.kind.isin(["far_below_peers", "far_above_peers"])
    ]
    found, expected = set(zip(issues.base_id, issues.code, issues.kind)), planted | set(incomplete_features(made, year))
    assert (sorted(found - expected), sorted(expected - found)) == ([], [])


@pytest.mark.parametrize("year", YEARS)
def test_a_column_the_form_does_not_know_is_named(read, year):
    issues = read[year].issues
    unknown = issues[issues.kind == "unknown_column"]
    files = [f"{province}/{province}汇总表{suffix}" for province, (naming, suffix) in SUMMARIES[year].items()
             if naming == "labels"]  # fmt: skip
    assert sorted(unknown.file) == sorted(files)
    assert unknown.message.str.contains(UNKNOWN, regex=False).all()


@pytest.mark.parametrize("year", YEARS)
def test_peers_give_away_a_wrong_unit_and_nothing_else(made, read, year):
    issues = read[year].issues
    far = issues[issues.kind.isin(["far_below_peers", "far_above_peers"])]
    corrected = {(base_id, code) for at, base_id, code, _, _ in made[1].corrected if at == year}
    expected = {
        (fault.base_id, fault.code)
        for fault in made[1].planted
        if fault.year == year and fault.kind == "far_from_base_period"
    }
    assert set(zip(far.base_id, far.code)) == expected - corrected


@pytest.mark.parametrize("year", YEARS)
def test_stated_growth_agrees_but_where_planted(made, read, year):
    expected = {fault.base_id for fault in made[1].planted if (fault.year, fault.kind) == (year, "growth_mismatch")}
    assert set(growth_mismatch(read[year].values, year).base_id) == expected
    assert len(expected) == 1


@pytest.mark.parametrize("year", YEARS)
def test_who_has_not_submitted_and_who_is_not_known(made, read, year):
    submitted = {base_id for at, base_id in made[1].answers if at == year}
    assert set(read[year].not_submitted.base_id) == set(read[year].roster.base_id) - submitted
    unmatched = read[year].unmatched
    assert list(unmatched.nearest_base_id.isin(read[year].not_submitted.base_id)) == [True]


def test_contacts_are_plainly_invented(made):
    contacts = rounds.parse([made[0] / "2025" / "submissions"], 2025, executor=LocalPool(2)).contacts
    assert len(contacts) > 300
    assert set(contacts.name) <= {"示例负责人", "示例联系人"}
    assert set("".join(contacts.office_phone + contacts.mobile)) <= set("0- ")
    assert set(contacts.email) <= {"shili@example.invalid", ""}


@pytest.mark.parametrize("year", YEARS)
def test_names_are_invented_and_told_apart(year):
    roster = invent()[year].roster
    assert roster.name.str.startswith("示例·").all()
    assert set(roster.province) <= set(PROVINCES)
    names = [name for row in roster.itertuples() for name in (row.name, *filter(None, row.aliases.split(";")))]
    assert len({normalise_name(name) for name in names}) == len(names)


def test_sizes_are_those_of_earlier_evaluations():
    # 2019: 112 demonstration bases with over 58,000 enterprises and 1.19 million employed.
    answers, roster = invent()[2025].answers, invent()[2025].roster
    bases = roster.base_id[roster.kind == "示范基地"]
    assert len(bases) == 112
    now = answers[(answers.year == 2025) & answers.base_id.isin(bases)].set_index(["code"]).value
    assert 45e3 < now["C14"].sum() < 75e3
    assert 0.95e6 < now["C17"].sum() < 1.45e6
    assert 5 < now["C15"].median() < 25 and now["C15"].min() < 0


def test_features_lean_as_the_regions_do():
    answers, roster = invent()[2025].answers, invent()[2025].roster
    chosen = answers.assign(feature=answers.code.str[0], region=answers.base_id.map(
        roster.set_index("base_id").province.map(PROVINCES)))  # fmt: skip
    chosen = chosen[chosen.feature.isin(list(FEATURES))].drop_duplicates(["base_id", "feature"])
    counts = chosen.groupby(["region", "feature"]).size().unstack()
    shares = counts.div(roster.province.map(PROVINCES).value_counts(), axis=0)
    assert shares.S["东"] > shares.S["西"] and shares.I["东"] > shares.I["西"] and shares.A["西"] > shares.A["东"]
    assert (shares.L > 0.4).all()


def test_every_two_round_status_occurs(read):
    scheme = load()
    standings = []
    for year in YEARS:
        now = read[year].values[read[year].values.year == year]
        points = score_points(now, read[year].answered, read[year].submitted, scheme)
        scores = score_bases(points, now, read[year].submitted, scheme)
        standings.append(Standing(year, read[year].roster, scores, 3))
    watched = compare_rounds(standings[1], standings[:1], scheme)
    # 100 places are left: no natural round proposes more than 9 clusters.
    assert set(watched.status) == set(ORDER) - {"add_over_quota"}
    silent = watched[watched.status == "not_submitted"]
    assert (silent.bottom_three_previous == 1).any()
    before, after = (standing.roster.set_index("base_id") for standing in standings)
    both = before.join(after.add_suffix("_after"), how="inner")
    assert ((both.kind == "集聚区") & (both.kind_after == "示范基地")).sum() == 18
    assert ((both.kind == "示范基地") & (both.kind_after == "集聚区")).sum() == 1
    assert (both.name != both.name_after).sum() == 2
    assert len(after.index.difference(before.index)) == 14
