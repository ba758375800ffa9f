"""A sealed round: what is sealed, that it is not written over, and that later rounds rest on it alone."""

import hashlib
import json
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from ecanalysis.cli import app
from ecanalysis.errors import UserError
from ecanalysis.evaluation import load_round
from ecanalysis.rounds import seals
from ecanalysis.rounds.schemas import SCORES
from ecanalysis.scoring import scheme as schemes

SEALED = ["scores", "points", "watchlist", "decisions", "firmness", "heirs", "remove_one"]


@pytest.fixture
def rounds(tmp_path):
    """Two small rounds, 2029 and 2031, with quick draws: the folder of the later one."""
    for year in (2029, 2031):
        small_round(tmp_path / str(year))
    text = schemes.load().path.read_text("utf-8").replace("draws = 10000", "draws = 50")
    (tmp_path / "quick.toml").write_text(text, "utf-8")
    return tmp_path


def small_round(folder, better=0):
    """Nine bases of one region in a provincial table, each better than the one before, and one that sent nothing."""
    (folder / "submissions").mkdir(parents=True)
    lines = [f"示例·{n}园,{100 * n + better},{10 * n},是,{n % 3}" for n in range(1, 10)]
    (folder / "submissions" / "汇总表.csv").write_text("\n".join(["基地名称,C04,C17,C01,I1", *lines]), "utf-8")
    kinds = ["示范基地"] * 6 + ["集聚区"] * 4
    roster = [f"N{n},示例·{n}园,,浙江,{kind}" for n, kind in enumerate(kinds, 1)]
    (folder / "roster.csv").write_text("\n".join(["base_id,name,aliases,province,kind", *roster]), "utf-8")


def call(folder, command, round_, *words):
    """Run a command on rounds named by their years."""
    words = [str(folder / word) if word in ("2029", "2031", "out") else word for word in (round_, *words)]
    return CliRunner().invoke(app, [command, *words, "--scheme", str(folder / "quick.toml")])


def seal(folder, *words):
    told = call(folder, "seal", "2029", *words)
    assert told.exit_code in (0, 1), told.output
    return json.loads((folder / "2029" / "sealed" / "seal.json").read_text("utf-8"))


def test_a_seal_holds_what_score_gives_and_where_it_came_from(rounds):
    content = seal(rounds)
    folder = rounds / "2029" / "sealed"
    told = call(rounds, "score", "2029", "--out", "out")
    for name in SEALED:
        assert (folder / f"{name}.csv").read_bytes() == (rounds / "out" / f"{name}.csv").read_bytes(), name
    names = {f"{name}.csv" for name in SEALED} | {"scheme.toml", "roster.csv", "corrections.csv"}
    assert content["files"].keys() == names
    for name, noted in content["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == noted
    assert schemes.load(folder / "scheme.toml").document == schemes.load(rounds / "quick.toml").document
    assert (folder / "roster.csv").read_bytes() == (rounds / "2029" / "roster.csv").read_bytes()
    assert {"2029/roster.csv", "2029/submissions/汇总表.csv"} <= content["inputs"].keys()
    assert content["reason"] == content["supersedes"] == "" and content["sealed"][-6] in "+-"
    assert told.exit_code == call(rounds, "seal", "2029", "--reason", "再封").exit_code


def test_a_seal_is_superseded_only_with_a_reason(rounds):
    seal(rounds)
    folder = rounds / "2029" / "sealed"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    told = call(rounds, "seal", "2029")
    assert told.exit_code == 2 and "--reason" in told.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    content = seal(rounds, "--reason", "复核后更正")
    assert content["reason"] == "复核后更正"
    assert content["supersedes"] == hashlib.sha256(before["seal.json"]).hexdigest()
    [kept] = (folder / "superseded").iterdir()
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before
    seal(rounds, "--reason", "又一次")
    assert len(list((folder / "superseded").iterdir())) == 2


@pytest.mark.parametrize("harm", ["changed", "missing", "no seal.json", "empty folder"])
@pytest.mark.parametrize("command", ["score", "seal", "brief"])
def test_a_seal_that_does_not_hold_is_refused(rounds, harm, command):
    seal(rounds)
    folder = rounds / "2029" / "sealed"
    match harm:
        case "changed":
            (folder / "points.csv").write_text("base_id", "utf-8")
        case "missing":
            (folder / "watchlist.csv").unlink()
        case "no seal.json":
            (folder / "seal.json").unlink()
        case "empty folder":
            shutil.rmtree(folder)
            folder.mkdir()
    out = () if command == "seal" else ("--out", "out")
    for words in (("2031", "--previous", "2029"), ("2029",)):
        told = call(rounds, command, *words, *out)
        assert told.exit_code == 2 and "sealed" in told.output
    assert not (rounds / "out").exists()


def test_other_files_beside_a_seal_are_passed_over(rounds):
    seal(rounds)
    (rounds / "2029" / "sealed" / "备注.txt").write_text("会议纪要", "utf-8")
    assert seals.read_seal(rounds / "2029").year == 2029


def altered(rounds):
    """The later round beside the sealed one, whose only submission then changes: the first base did better."""
    seal(rounds)
    table = rounds / "2029" / "submissions" / "汇总表.csv"
    table.write_text(table.read_text("utf-8").replace("示例·1园,100", "示例·1园,9999"), "utf-8")


def test_a_later_round_rests_on_the_seal_and_says_what_would_be_otherwise(rounds):
    altered(rounds)
    r = load_round(rounds / "2031", rounds / "2029", rounds / "quick.toml")
    sealed = pd.read_csv(rounds / "2029" / "sealed" / "scores.csv", encoding="utf-8-sig").set_index("base_id")
    listed = r.watchlist.set_index("base_id")
    assert (listed.total_previous.dropna() == sealed.total.reindex(listed.index).dropna()).all()
    assert set(listed.source_previous) <= {"sealed", ""} and set(listed.previous_year.dropna()) == {2029}
    found = r.seal_difference
    assert len(found) and set(found.year) == {2029} and {"total", "general"} <= set(found.column)
    told = r.issues[r.issues.kind == "seal_difference"]
    assert sorted(told.base_id) == sorted(set(found.base_id)) and set(told.severity) == {"warning"}
    # Under another scheme the earlier round stays what it was.
    other = r.under(schemes.shipped()["plain_min_max"])
    assert (other.previous.scores.total == r.previous.scores.total).all()
    assert not (other.recomputed.previous.scores.total == r.previous.scores.total).all()


def test_nothing_differs_while_nothing_changed(rounds):
    seal(rounds)
    r = load_round(rounds / "2031", rounds / "2029", rounds / "quick.toml")
    assert r.seal_difference.empty and "seal_difference" not in set(r.issues.kind)
    assert load_round(rounds / "2029", scheme=rounds / "quick.toml").seal_difference.empty


def test_a_base_that_only_one_side_has_is_one_row():
    scores = pd.DataFrame([dict.fromkeys(SCORES.columns, 1) | {"base_id": name} for name in ("A", "B")])
    found = seals.difference(scores, scores.assign(base_id=["B", "C"], total=[1 + 2e-6, 1.0]), 2029)
    assert found.values.tolist() == [
        [2029, "A", "base_id", "A", ""],
        [2029, "B", "total", "1", "1.000002"],
        [2029, "C", "base_id", "", "C"],
    ]


def test_a_sealed_round_stands_for_itself_when_its_submissions_are_gone(rounds):
    seal(rounds)
    for folder in ("submissions", ".parsed"):
        shutil.rmtree(rounds / "2029" / folder)
    told = call(rounds, "score", "2031", "--previous", "2029", "--out", "out")
    assert told.exit_code in (0, 1), told.output
    tables = {path.stem: pd.read_csv(path, encoding="utf-8-sig") for path in (rounds / "out").glob("*.csv")}
    assert set(tables["watchlist"].source_previous.dropna()) == {"sealed"}
    assert tables["firmness"].p_joint.isna().all() and len(tables["firmness"]) == len(tables["scores"])
    assert tables["remove_one"].empty and tables["seal_difference"].empty
    assert set(tables["decisions"].verdict) <= {"on_hold", "doubtful"}
    told = call(rounds, "score", "2029", "--out", "out")
    assert told.exit_code == 2  # in its own right it cannot be scored any more


def test_without_submissions_and_without_a_seal_there_is_no_round(rounds):
    shutil.rmtree(rounds / "2029" / "submissions")
    with pytest.raises(UserError):
        load_round(rounds / "2031", rounds / "2029")


def test_text_that_a_spreadsheet_would_run_comes_back_as_it_was(rounds):
    roster = rounds / "2029" / "roster.csv"
    lines = roster.read_text("utf-8-sig").splitlines()
    roster.write_text("\n".join([*lines, "=X1,=示例·等号园,,浙江,示范基地"]), "utf-8")
    seal(rounds)
    found = seals.read_seal(rounds / "2029").roster.set_index("base_id")
    assert found.name["=X1"] == "=示例·等号园" and found.region["=X1"] == "东"
