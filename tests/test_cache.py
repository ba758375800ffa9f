"""A round is parsed once: what changed is read again, and a cache that is not whole is never relied on."""

import json
import multiprocessing
import shutil
import stat
import sys

import pandas as pd
import pytest
from toys import PATIENCE

from ecanalysis.form.blank import write_template
from ecanalysis.reading.files import LocalPool
from ecanalysis.reading.limits import VARIABLE
from ecanalysis.rounds import cache
from ecanalysis.rounds import round as rounds

YEAR = 2025
TABLES = ("files", "values", "issues", "answered", "forms")


def submit(folder, file, name, attendance):
    path = folder / "submissions" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    particulars = {"base_name": name, "联系人": {"name": "示例甲", "mobile": "000-0000 0001"}}
    write_template(path, YEAR, {("C04", YEAR): attendance, ("C14", YEAR): 9, ("C17", YEAR): 3}, particulars)
    return path


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache") / str(YEAR)
    for number in range(4):
        submit(folder, f"浙江/{number}.xlsx", f"示例{number}", number)
    (folder / "submissions" / "坏.xlsx").write_bytes(b"PK\x03\x04")
    (folder / "submissions" / "佐证材料").mkdir()
    (folder / "submissions" / "佐证材料" / "证书.pdf").write_bytes(b"%PDF")
    (folder / "roster.csv").write_text(
        "base_id,name,aliases,province,kind\n" + "".join(f"B{n},示例{n},,浙江,示范基地\n" for n in range(6)),
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def folder(original, tmp_path):
    """A round that has been read once."""
    copy = tmp_path / str(YEAR)
    shutil.copytree(original, copy)
    rounds.read_round(copy)
    return copy


@pytest.fixture
def read(monkeypatch):
    """Read a round; returns it and the files that were really read."""
    real, seen = rounds.read_files, []

    def watched(found, *rest, **options):
        seen.extend(one.file for one in found)
        return real(found, *rest, **options)

    monkeypatch.setattr(rounds, "read_files", watched)

    def reads(folder, **options):
        seen.clear()
        return rounds.read_round(folder, **options), sorted(seen)

    return reads


def same(one, other):
    return all(getattr(one, name).equals(getattr(other, name)) for name in TABLES)


ALL = ["坏.xlsx", *(f"浙江/{number}.xlsx" for number in range(4))]


def test_a_round_is_parsed_once(original, folder, read):
    again, seen = read(folder)
    assert seen == []
    fresh, seen = read(folder, fresh=True)
    assert seen == ALL and same(again, fresh)


def test_only_what_changed_is_read_again_and_the_tables_are_those_of_a_fresh_run(folder, read):
    submit(folder, "浙江/1.xlsx", "示例1", 100)
    submit(folder, "江苏/5.xlsx", "示例5", 5)
    (folder / "submissions" / "浙江" / "2.xlsx").unlink()
    changed, seen = read(folder)
    assert seen == ["江苏/5.xlsx", "浙江/1.xlsx"]
    fresh, _ = read(folder, fresh=True)
    assert same(changed, fresh)
    assert changed.values[changed.values.code == "C04"].value.tolist() == [0, 100, 3, 5]
    again, seen = read(folder)
    assert seen == [] and same(again, fresh)


def test_a_file_that_left_or_became_evidence_leaves_the_tables(folder, read):
    submissions = folder / "submissions"
    (submissions / "浙江" / "0.xlsx").rename(submissions / "佐证材料" / "0.xlsx")
    changed, seen = read(folder)
    assert seen == [] and list(changed.submitted.base_id) == ["B1", "B2", "B3"]
    assert dict(zip(changed.files.file, changed.files.status))["佐证材料/0.xlsx"] == "evidence"


def test_new_evidence_is_listed_and_costs_nothing(folder, read):
    (folder / "submissions" / "佐证材料" / "合同.pdf").write_bytes(b"%PDF")
    changed, seen = read(folder)
    assert seen == [] and list(changed.files.file[changed.files.status == "evidence"]) == [
        "佐证材料/合同.pdf",
        "佐证材料/证书.pdf",
    ]


def parquet(folder, table):
    return next((folder / ".parsed").glob(f"{table}-*.parquet"))


def truncate(folder):
    path = parquet(folder, "values")
    path.write_bytes(path.read_bytes()[:-50])


def flip(folder):
    path = parquet(folder, "values")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def tamper(folder):
    """A value changed by hand, the manifest left as it was."""
    path = parquet(folder, "values")
    frame = pd.read_parquet(path)
    frame.assign(value=99.0).to_parquet(path, index=False)


def break_schema(folder):
    """A table that is not of this package, with a manifest that vouches for it."""
    manifest = json.loads((folder / ".parsed" / "manifest.json").read_text("utf-8"))
    pd.DataFrame({"x": [1]}).to_parquet(path := parquet(folder, "values"), index=False)
    manifest["tables"]["values"] = checksum = cache.hashlib.sha256(path.read_bytes()).hexdigest()
    path.rename(path.with_name(f"values-{checksum[:16]}.parquet"))
    (folder / ".parsed" / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def manifest_says(**changes):
    def change(folder):
        path = folder / ".parsed" / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")

    return change


DAMAGE = {
    "truncated": truncate,
    "a bit flipped": flip,
    "a value changed": tamper,
    "another table": break_schema,
    "a table gone": lambda folder: parquet(folder, "issues").unlink(),
    "no manifest": lambda folder: (folder / ".parsed" / "manifest.json").unlink(),
    "half a manifest": lambda folder: (folder / ".parsed" / "manifest.json").write_text('{"year": 20'),
    "a manifest of something else": lambda folder: (folder / ".parsed" / "manifest.json").write_text("[]"),
    "another version": manifest_says(fingerprint="0" * 64),
    "another year": manifest_says(year=YEAR + 2),
    "other files": manifest_says(files={}),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_cache_that_is_not_whole_is_built_anew(original, folder, read, damage):
    damage(folder)
    found, seen = read(folder)
    assert seen == ALL
    assert found.values[found.values.code == "C04"].value.tolist() == [0, 1, 2, 3]
    _, seen = read(folder)
    assert seen == []


def test_another_form_or_package_reads_all_again(folder, read, monkeypatch):
    monkeypatch.setattr(cache, "fingerprint", lambda: "of another version")
    assert read(folder)[1] == ALL
    assert read(folder)[1] == []


def test_other_limits_read_all_again(folder, read, monkeypatch):
    monkeypatch.setenv(VARIABLE, "cells=5000")
    assert read(folder)[1] == ALL
    assert read(folder)[1] == []


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes")
def test_the_cache_is_private_and_holds_no_contact_data(folder):
    kept = folder / ".parsed"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {0o600}
    assert sorted(path.name.split("-")[0] for path in kept.iterdir()) == [
        "answered", "bases", "files", "issues", "manifest.json", "values",
    ]  # fmt: skip
    for path in kept.glob("*.parquet"):
        text = pd.read_parquet(path).to_csv()
        assert "示例甲" not in text and "000-0000 0001" not in text


def test_old_tables_do_not_pile_up(folder):
    for attendance in range(3):
        submit(folder, "浙江/1.xlsx", "示例1", attendance)
        rounds.read_round(folder)
    assert len(list((folder / ".parsed").iterdir())) == 6


def test_a_folder_that_cannot_be_written_to_is_read_without_a_cache(original, tmp_path, read):
    copy = tmp_path / str(YEAR)
    shutil.copytree(original, copy, ignore=shutil.ignore_patterns(".parsed"))
    (copy / ".parsed").write_text("a file where the folder should be")
    assert read(copy)[1] == ALL
    found, seen = read(copy)
    assert seen == ALL and len(found.submitted) == 4
    assert (copy / ".parsed").read_text() == "a file where the folder should be"


def _read_in_a_loop(folder, start):
    start.wait()
    for _ in range(4):
        assert len(rounds.read_round(folder, executor=LocalPool(1), fresh=True).submitted) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="runs are forked from the test")
def test_two_runs_at_once_leave_a_cache_that_is_whole(folder, read):
    context = multiprocessing.get_context("fork")
    start = context.Event()
    runs = [context.Process(target=_read_in_a_loop, args=(folder, start)) for _ in range(2)]
    for run in runs:
        run.start()
    start.set()
    for run in runs:
        run.join(PATIENCE)
    assert [run.exitcode for run in runs] == [0, 0]
    assert read(folder)[1] == []
    assert not [path for path in (folder / ".parsed").iterdir() if path.name.startswith(".")]
