"""Tables written as CSV and Parquet."""

import stat

import pandas as pd
import pytest

from ecanalysis import outputs

HOSTILE = ["=HYPERLINK(1)", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "-", "－5"]


def test_csv_opens_in_a_spreadsheet_without_running_anything(tmp_path):
    frame = pd.DataFrame({"name": [*HOSTILE, "示例·基地"], "raw": ["-12"] * 8, "value": [-1.5] * 8})
    outputs.write_table(frame, tmp_path, "table", parquet=True)
    content = (tmp_path / "table.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(tmp_path / "table.csv", encoding="utf-8-sig", dtype=str)
    assert back.name.tolist() == ["'" + name for name in HOSTILE[:6]] + ["－5", "示例·基地"]
    assert set(back.raw) == {"-12"}  # a number needs no apostrophe, written as text or not
    assert set(back.value) == {"-1.5"}
    assert pd.read_parquet(tmp_path / "table.parquet").name.tolist() == frame.name.tolist()


def test_private_tables_are_for_their_owner_alone(tmp_path):
    frame = pd.DataFrame({"name": ["示例联系人"]})
    outputs.write_table(frame, tmp_path, "contacts", private=True, parquet=True)
    outputs.write_table(frame, tmp_path, "open")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes["contacts.csv"] == modes["contacts.parquet"] == 0o600
    assert modes["open.csv"] & 0o444 != 0o400


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "scores.csv"
    target.write_text("the old one")
    with pytest.raises(RuntimeError), outputs.written_whole(target) as path:
        path.write_text("half of the new")
        raise RuntimeError
    assert target.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [target]


def test_several_files_take_their_places_together_or_none_does(tmp_path):
    (tmp_path / "scores.csv").write_text("the old one")
    with pytest.raises(OSError), outputs.written_together(tmp_path) as folder:
        outputs.write_table(pd.DataFrame({"total": [1.0]}), folder, "scores")
        raise OSError("no room")
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]
    assert (tmp_path / "scores.csv").read_text() == "the old one"
    with outputs.written_together(tmp_path / "new") as folder:
        outputs.write_table(pd.DataFrame({"total": [1.0]}), folder, "scores")
        outputs.write_table(pd.DataFrame({"rank": [1]}), folder, "ranks")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["ranks.csv", "scores.csv"]
