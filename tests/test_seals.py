"""A sealed round: what is sealed, that it is not written over, and that later rounds rest on it alone."""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib

import pandas as pd
import pytest
from toys import PERSON, write_rounds
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


def call(folder, command, round_, *words, scheme="quick.toml"):
    """Run a command on rounds named by their years."""
    words = [str(folder / word) if word in ("2029", "2031", "out") else word for word in (round_, *words)]
    return CliRunner().invoke(app, [command, *words, "--scheme", str(folder / scheme)])


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


@pytest.mark.parametrize("name", ["points.csv", "scheme.toml", "roster.csv", "decisions.csv"])
def test_a_seal_that_no_longer_names_a_file_is_none(rounds, name):
    seal(rounds)
    tampered(rounds, lambda content: content["files"].pop(name))
    assert "损坏" in call(rounds, "score", "2031", "--previous", "2029", "--out", "out").output


def tampered(rounds, change):
    """Change seal.json."""
    path = rounds / "2029" / "sealed" / "seal.json"
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def test_what_was_sealed_otherwise_than_the_files_say_is_named(rounds):
    seal(rounds)
    sealed = rounds / "2029" / "sealed" / "scores.csv"
    table = text_of(sealed)
    worst = table.index[table.bottom_three == "1"][0]
    table.loc[worst, "bottom_three"] = "0"
    table.to_csv(sealed, encoding="utf-8-sig")
    sha = hashlib.sha256(sealed.read_bytes()).hexdigest()
    tampered(rounds, lambda content: content["files"].update({"scores.csv": sha}))
    call(rounds, "score", "2031", "--previous", "2029", "--out", "out")
    found = pd.read_csv(rounds / "out" / "seal_difference.csv", encoding="utf-8-sig", dtype=str)
    assert found.values.tolist() == [["2029", worst, "bottom_three", "0", "1"]]
    told = call(rounds, "brief", "2029", "--out", "out", "--final")
    assert told.exit_code == 2 and "不能定稿" in told.output


def text_of(path):
    """A published table as text, by base."""
    return pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False).set_index("base_id")


def test_sealed_rounds_by_what_stands_in_the_files_alone(rounds):
    """The rules for sealed rounds, held against nothing but the files that the commands write."""
    seal(rounds)
    sealed = text_of(rounds / "2029" / "sealed" / "scores.csv")
    # Everything changes afterwards: a submission, the roster, corrections, the scheme in force.
    table, roster = (rounds / "2029" / name for name in ("submissions/汇总表.csv", "roster.csv"))
    table.write_text(table.read_text("utf-8").replace("示例·2园,200,20,是,2\n", ""), "utf-8")
    roster.write_text(
        roster.read_text("utf-8").replace("N7,示例·7园,,浙江,集聚区", "N7,示例·7园,,湖北,示范基地"), "utf-8"
    )
    lines = "base_id,code,year,value,reason\nN1,C17,2029,9000,核实\n"
    (rounds / "2029" / "corrections.csv").write_text(lines, "utf-8")
    other = schemes.shipped()["plain_min_max"].read_text("utf-8")
    quick = '[robustness]\ndraws = 50\nseed = 1\nconcentration = 50\nbasis = "assumed"\nsource = "试验"\n'
    (rounds / "other.toml").write_text(f"{other}\n{quick}", "utf-8")
    told = call(rounds, "score", "2031", "--previous", "2029", "--out", "out", scheme="other.toml")
    assert told.exit_code in (0, 1), told.output
    # What the sealed scheme gives on today's files, by `score` on a copy without a seal.
    shutil.copytree(rounds / "2029", rounds / "copy" / "2029", ignore=shutil.ignore_patterns("sealed", ".parsed"))
    copy, out = (str(rounds / name) for name in ("copy/2029", "again"))
    call(rounds, "score", copy, "--out", out, scheme="2029/sealed/scheme.toml")
    again = text_of(rounds / "again" / "scores.csv")
    expected = {(base, "base_id", base, "") for base in sealed.index.difference(again.index)}
    expected |= {(base, "base_id", "", base) for base in again.index.difference(sealed.index)}
    for base in sealed.index.intersection(again.index):
        for column in sealed.columns:
            one, other = sealed.loc[base, column], again.loc[base, column]
            if column in ("general", "special", "total"):
                if abs(float(one) - float(other)) > 1e-6:
                    expected.add((base, column, float(one), float(other)))
            elif one != other:
                expected.add((base, column, one, other))
    found = pd.read_csv(rounds / "out" / "seal_difference.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    told = {
        (base, column, *map(float if column in ("general", "special", "total") else str, values))
        for _, base, column, *values in found.values.tolist()
    }
    assert told == expected and {column for _, column, *_ in told} > {"base_id", "total", "kind", "region"}
    issues = pd.read_csv(rounds / "out" / "issues.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    assert sorted(issues.base_id[issues.kind == "seal_difference"]) == sorted({base for base, *_ in told})
    # Earlier strikes are the sealed ones; the kind in the later roster chooses the rule.
    now, listed = text_of(rounds / "out" / "scores.csv"), text_of(rounds / "out" / "watchlist.csv")
    best = tomllib.loads((rounds / "2029" / "sealed" / "scheme.toml").read_text("utf-8"))["best"]["count"]
    for base, row in listed.iterrows():
        assert (row.previous_year, row.source_previous) == (("2029", "sealed") if base in sealed.index else ("", ""))
        before = sealed.loc[base] if base in sealed.index else None
        struck = before is not None and before.bottom_three == "1"
        was_best = before is not None and before.kind == "集聚区" and int(before.rank_in_kind) <= best
        assert row.bottom_three_previous == ("" if before is None else before.bottom_three)
        if base not in now.index:
            assert row.status == "not_submitted"
        elif row.kind == "示范基地":
            last = now.bottom_three[base] == "1"
            assert row.status == {(1, 1): "revoke", (0, 1): "at_risk", (1, 0): "recovered"}.get((struck, last), "ok")
        else:
            well = int(now.rank_in_kind[base]) <= best
            assert row.status == ("add" if was_best and well else "promising" if well else "ok")


def test_what_changes_while_it_is_sealed_is_not_sealed(rounds):
    r = load_round(rounds / "2029", scheme=rounds / "quick.toml")
    assert len(r.scores) == 9
    (rounds / "2029" / "submissions" / "汇总表.csv").write_text("基地名称,C04\n甲,1\n", "utf-8")
    with pytest.raises(UserError, match="在读取之后被改动"):
        r.write_seal()
    assert not (rounds / "2029" / "sealed").exists()


def test_a_seal_holds_no_contact_data(tmp_path):
    folder = write_rounds(tmp_path)[1]
    (folder / "submissions" / "佐证材料").mkdir()
    (folder / "submissions" / "佐证材料" / "13000000001.txt").write_text("营业执照", "utf-8")
    CliRunner().invoke(app, ["seal", str(folder)])
    noted = json.loads((folder / "sealed" / "seal.json").read_text("utf-8"))["inputs"]
    assert len(noted) == 8 and sum("〔联系方式〕" in name for name in noted) == 2 and "" not in noted.values()
    every = " ".join(path.read_text("utf-8-sig") for path in (folder / "sealed").iterdir())
    assert not [word for word in (*PERSON.values(), "13000000001") if word in every and word != PERSON["title"]]


def test_a_seal_is_there_whole_or_not_at_all(rounds, monkeypatch):
    r = load_round(rounds / "2029", scheme=rounds / "quick.toml")
    seal(rounds)
    before = {path.name: path.read_bytes() for path in (rounds / "2029" / "sealed").iterdir()}
    code = "import os, sys\nfrom ecanalysis import outputs\noutputs.synced = lambda folder: os._exit(9)\n"
    code += "from ecanalysis.cli import app\napp(sys.argv[1:])"
    words = ["seal", str(rounds / "2029"), "--reason", "更正", "--scheme", str(rounds / "quick.toml")]
    assert subprocess.run([sys.executable, "-c", code, *words]).returncode == 9
    assert {path.name: path.read_bytes() for path in (rounds / "2029" / "sealed").iterdir()} == before
    seal(rounds, "--reason", "更正")
    assert sorted(path.name for path in (rounds / "2029").glob(".*")) == [".parsed"], "what was left is cleared up"
    shutil.move(rounds / "2029" / "sealed", rounds / "2029" / ".sealed.before")
    with pytest.raises(UserError, match="已于"):
        r.write_seal()
    assert load_round(rounds / "2029", scheme=rounds / "quick.toml").seal is not None


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
    own = '[normalise.C04]\nmethod = "goalposts"\nfrom_round = 2029\nbasis = "assumed"\nsource = "会议"\n'
    (rounds / "fixed.toml").write_text(f'title = "固定界值"\n{own}', "utf-8")
    told = call(rounds, "score", "2031", "--previous", "2029", "--out", "none", scheme="fixed.toml")
    assert told.exit_code == 2 and "该轮次的报送文件已不在" in told.output and "--previous" not in told.output
    told = call(rounds, "score", "2031", "--out", "none", scheme="fixed.toml")
    assert told.exit_code == 2 and "没有提供该轮次；请用 --previous 提供" in told.output


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
