"""Bundles: every member is read at an address of its own, and whatever is hostile in one is refused by its name."""

import io
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import zipfile
import zlib

import py7zr
import pytest

from ecanalysis.form.blank import write_template
from ecanalysis.reading.limits import VARIABLE
from ecanalysis.reading.opening import checksum
from ecanalysis.reading.unpacking import rar_tool
from ecanalysis.rounds import round as rounds

YEAR = 2025
NOISE = random.Random(1).randbytes(9000)  # what cannot be packed any smaller


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    """Forms as bytes, by the name of their base."""
    made = {}

    def make(name):
        if name not in made:
            path = tmp_path_factory.mktemp("form") / "表.xlsx"
            write_template(path, YEAR, {("C04", YEAR): 120, ("C14", YEAR): 9, ("C17", YEAR): 30}, {"base_name": name})
            made[name] = path.read_bytes()
        return made[name]

    return make


def zipped(members):
    """A .zip of (name, content); a name that is bytes is written as it is, without a word on its encoding."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name if isinstance(name, str) else f"{len(archive.infolist()):0{len(name)}d}")
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    data = buffer.getvalue()
    for place, (name, _) in enumerate(members):
        if isinstance(name, bytes):
            data = data.replace(f"{place:0{len(name)}d}".encode(), name)
    return data


def seven(members, **options):
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", **options) as archive:
        for name, content in members:
            archive.writestr(content, name)
    return buffer.getvalue()


def parsed(folder, **files):
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return rounds.parse([folder], YEAR)


def ledger(tables):
    return {row.file: (row.status, row.base_name) for row in tables.files.itertuples()}


def faults(tables):
    return {row.file: row.message for row in tables.files.itertuples() if row.status == "rejected"}


@pytest.mark.parametrize("pack, name", [(zipped, "浙江_zip"), (seven, "浙江_7z")])
def test_each_member_has_a_row_and_an_address_of_its_own(form, tmp_path, pack, name):
    members = [
        ("杭州.xlsx", form("示例·杭州")),
        ("市/宁波.xlsx", form("示例·宁波")),
        ("佐证材料/截图.png", b"\x89PNG"),
        ("~$杭州.xlsx", b"lock"),
        ("__MACOSX/._杭州.xlsx", b"x"),
        ("空.xlsx", b""),
    ]
    tables = parsed(tmp_path, **{name: pack(members)})
    bundle = name.replace("_", ".")
    assert ledger(tables) == {
        f"{bundle}!/杭州.xlsx": ("accepted_with_warnings", "示例·杭州"),
        f"{bundle}!/市/宁波.xlsx": ("accepted_with_warnings", "示例·宁波"),
        f"{bundle}!/佐证材料/截图.png": ("evidence", ""),
        f"{bundle}!/空.xlsx": ("rejected", ""),
    }
    assert set(tables.values.file) == set(tables.bases.file) == {f"{bundle}!/杭州.xlsx", f"{bundle}!/市/宁波.xlsx"}
    (alone := tmp_path / "alone.xlsx").write_bytes(form("示例·杭州"))
    assert dict(zip(tables.files.file, tables.files.sha256))[f"{bundle}!/杭州.xlsx"] == checksum(alone)
    assert os.listdir(tmp_path) == [bundle, "alone.xlsx"] or sorted(os.listdir(tmp_path)) == ["alone.xlsx", bundle]


def test_names_in_gbk_and_names_in_utf8_without_saying_so(form, tmp_path):
    gbk = zipped([("浙江/联通.xlsx".encode("gbk"), form("示例·甲")), ("浙江/绍兴.xlsx".encode("gbk"), form("示例·乙"))])
    mac = zipped([("江苏/南京.xlsx".encode(), form("示例·丙"))])
    both = zipped([("衢州.xlsx".encode(), form("示例·戊")), ("湖州.xlsx".encode("gbk"), form("示例·丁"))])
    tables = parsed(tmp_path, a_zip=gbk, b_zip=mac, c_zip=both)
    names = [
        "a.zip!/浙江/绍兴.xlsx",
        "a.zip!/浙江/联通.xlsx",
        "b.zip!/江苏/南京.xlsx",
        "c.zip!/湖州.xlsx",
        "c.zip!/衢州.xlsx",
    ]
    assert list(tables.files.file) == names


def test_a_bundle_in_a_bundle_is_opened_and_one_in_that_is_not(form, tmp_path):
    inner = zipped([("甲.xlsx", form("示例·甲")), ("深.zip", zipped([("乙.xlsx", form("示例·乙"))]))])
    tables = parsed(tmp_path, 省_zip=zipped([("市.zip", inner), ("丙.xlsx", form("示例·丙"))]))
    assert set(ledger(tables)) == {"省.zip!/丙.xlsx", "省.zip!/市.zip!/甲.xlsx", "省.zip!/市.zip!/深.zip"}
    assert "只打开一层嵌套" in faults(tables)["省.zip!/市.zip!/深.zip"]


def linked():
    link = zipfile.ZipInfo("链接.xlsx")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()


def encrypted():
    data = bytearray(zipped([("锁.xlsx", b"x")]))
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def broken():
    data = bytearray(zipped([("坏.xlsx", NOISE[:500])]))
    data[100] ^= 255
    return bytes(data)


def way_out_of_seven():
    """A .7z with a name in its (plain) header that py7zr would not write, and the checksums that go with it."""
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(b"x", "aa/外.xlsx")
    return resealed(bytearray(buffer.getvalue().replace("aa/".encode("utf-16-le"), "../".encode("utf-16-le"))))


def overlapping():
    """A .zip whose second entry lies where the first one does."""
    data = bytearray(zipped([("~$甲.xlsx", b"x" * 100), ("重.xlsx", b"x" * 100)]))
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 4)
    struct.pack_into("<I", data, second + 42, 0)
    return bytes(data)


def other_name_inside():
    data = bytearray(zipped([("甲.xlsx", b"x")]))
    data[30:33] = "乙".encode()
    return bytes(data)


def size_that_lies():
    data = bytearray(zipped([("弹.xlsx", b"\0" * (3 << 20))]))
    struct.pack_into("<I", data, data.index(b"PK\1\2") + 24, 100)
    return bytes(data)


def resealed(data):
    """A .7z whose header was changed, with the checksums that go with it."""
    offset, size = struct.unpack_from("<QQ", data, 12)
    if offset + size < len(data):
        struct.pack_into("<I", data, 28, zlib.crc32(data[32 + offset : 32 + offset + size]))
    struct.pack_into("<I", data, 8, zlib.crc32(data[12:32]))
    return bytes(data)


def header_of_a_terabyte():
    data = bytearray(seven([("甲.xlsx", b"x")]))
    struct.pack_into("<Q", data, 20, 1 << 40)
    return resealed(data)


def dictionary_of_four_gigabytes():
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 1}]) as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(b"x", "甲.xlsx")
    data = bytearray(buffer.getvalue())
    data[data.rindex(b"\x21\x21\x01") + 3] = 40
    return resealed(data)


HOSTILE = {
    "two entries in one place": (overlapping, "x.zip!/重.xlsx", "已损坏"),
    "another name in the file than in its directory": (other_name_inside, "x.zip!/甲.xlsx", "已损坏"),
    "a size that lies": (size_that_lies, "x.zip!/弹.xlsx", "已损坏"),
    "a name that turns the writing round": (
        lambda: zipped([("\u202exslx.\x1b[2J", b"x")]),
        "x.zip!/<U+202E>xslx.<U+001B>[2J",
        "报送",
    ),
    "a 7z header of a terabyte": (header_of_a_terabyte, "x.zip", "已损坏"),
    "a 7z that needs four gigabytes": (dictionary_of_four_gigabytes, "x.zip", "限额"),
    "a 7z with its names under a password": (
        lambda: seven([("锁.xlsx", b"x")], password="1234", header_encryption=True),
        "x.zip",
        "设有密码",
    ),
    "a way out": (lambda: zipped([("../../外.xlsx", b"x")]), "x.zip!/../../外.xlsx", "指向包外"),
    "a way out, backslashes": (lambda: zipped([("..\\外.xlsx", b"x")]), "x.zip!/../外.xlsx", "指向包外"),
    "an absolute name": (lambda: zipped([("/etc/外.xlsx", b"x")]), "x.zip!//etc/外.xlsx", "指向包外"),
    "a drive": (lambda: zipped([("C:/外.xlsx", b"x")]), "x.zip!/C:/外.xlsx", "指向包外"),
    "a link": (linked, "x.zip!/链接.xlsx", "是链接"),
    "a password on a member": (encrypted, "x.zip!/锁.xlsx", "设有密码"),
    "a damaged member": (broken, "x.zip!/坏.xlsx", "已损坏"),
    "a bomb": (lambda: zipped([("弹.xlsx", b"\0" * (200 << 20))]), "x.zip!/弹.xlsx", "解压后超过 128 MB"),
    "too many members": (lambda: zipped([(f"{n}.txt", b"") for n in range(5001)]), "x.zip", "超过 5000 个"),
    "no members": (lambda: zipped([("空文件夹/", b"")]), "x.zip", "压缩包是空的"),
    "half a bundle": (lambda: zipped([("甲.xlsx", NOISE)])[:5000], "x.zip", "损坏"),
    "a 7z with a way out": (way_out_of_seven, "x.zip!/../外.xlsx", "指向包外"),
    "a 7z bomb": (lambda: seven([("弹.xlsx", b"\0" * (140 << 20))]), "x.zip!/弹.xlsx", "解压后超过 128 MB"),
    "a 7z with a password": (lambda: seven([("锁.xlsx", b"x")], password="1234"), "x.zip", "设有密码"),
    "half a 7z": (lambda: seven([("甲.xlsx", NOISE)])[:5000], "x.zip", "损坏"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_hostile_is_refused_by_its_name_and_the_rest_goes_on(case, form, tmp_path):
    make, file, message = HOSTILE[case]
    tables = parsed(tmp_path, x_zip=make(), 好_zip=zipped([("好.xlsx", form("示例·好"))]))
    assert message in faults(tables)[file]
    assert ledger(tables)["好.zip!/好.xlsx"] == ("accepted_with_warnings", "示例·好")
    assert len(tables.files) == 2
    assert sorted(os.listdir(tmp_path.parent)) == sorted({tmp_path.name, *os.listdir(tmp_path.parent)})


def test_evidence_packed_up_by_itself_is_evidence(tmp_path):
    tables = parsed(tmp_path, 佐证材料_zip=zipped([("甲.xlsx", b"x")]))
    assert ledger(tables) == {"佐证材料.zip": ("evidence", "")}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_both_listed(form, tmp_path):
    tables = parsed(tmp_path, x_zip=zipped([("甲.xlsx", form("示例·甲")), ("甲.xlsx", form("示例·乙"))]))
    assert {file: name for file, (_, name) in ledger(tables).items()} == {
        "x.zip!/甲.xlsx": "示例·甲",
        "x.zip!/甲.xlsx（2）": "示例·乙",
    }


def test_bombs_in_bundles_share_one_limit_and_names_that_differ_in_case_are_two(form, tmp_path):
    inner = zipped([("弹.xlsx", b"\0" * (60 << 20))])
    bombs = zipped([("甲.xlsx", form("示例·甲")), *((f"{n}.zip", inner) for n in range(4))])
    tables = parsed(tmp_path, x_zip=bombs, y_zip=zipped([("a.xlsx", form("示例·乙")), ("A.xlsx", form("示例·丙"))]))
    refused = faults(tables)
    assert all("128 MB" in message or "50 MB" in message for message in refused.values())
    assert len(refused) == 4 and len(ledger(tables)) == 7
    assert {name for _, name in ledger(tables).values()} >= {"示例·甲", "示例·乙", "示例·丙"}


def test_limits_hold_for_a_bundle_too(form, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "file_bytes=1000")
    tables = parsed(tmp_path, x_zip=zipped([("甲.xlsx", form("示例·甲"))]))
    assert "压缩包超过" in faults(tables)["x.zip"]


def rar(members):
    """A .rar (version 5) whose members are stored as they are."""

    def number(value):
        parts = bytearray()
        while value > 127:
            parts.append(value & 127 | 128)
            value >>= 7
        return bytes([*parts, value])

    def block(body):
        sized = number(len(body)) + body
        return struct.pack("<I", zlib.crc32(sized)) + sized

    data = b"Rar!\x1a\x07\x01\0" + block(number(1) + number(0) + number(0))
    for name, content in members:
        name = name.encode()
        of_file = number(4) + number(len(content)) + number(0o100644) + struct.pack("<I", zlib.crc32(content))
        of_file += number(0) + number(1) + number(len(name)) + name
        data += block(number(2) + number(2) + number(len(content)) + of_file) + content
    return data + block(number(5) + number(0) + number(0))


@pytest.mark.skipif(not rar_tool(), reason="bsdtar (libarchive-tools) is not installed: no .rar was opened")
def test_a_rar_is_opened_where_there_is_a_tool(form, tmp_path):
    members = [("市/甲.xlsx", form("示例·甲")), ("../外.xlsx", b"x")]
    tables = parsed(tmp_path, 省_rar=rar(members), 坏_rar=rar(members)[:3000])
    assert ledger(tables)["省.rar!/市/甲.xlsx"] == ("accepted_with_warnings", "示例·甲")
    assert "指向包外" in faults(tables)["省.rar!/../外.xlsx"]
    assert "损坏" in faults(tables)["坏.rar"]


def test_without_a_tool_a_rar_says_what_is_missing(form, tmp_path, monkeypatch):
    monkeypatch.setattr("ecanalysis.reading.unpacking.rar_tool", lambda: "")
    assert "bsdtar" in faults(parsed(tmp_path, 省_rar=rar([("甲.xlsx", b"x")])))["省.rar"]


@pytest.fixture
def folder(form, tmp_path):
    """A round in which a province sent a bundle."""
    folder = tmp_path / str(YEAR)
    (folder / "submissions" / "浙江").mkdir(parents=True)
    members = [(f"{n}.xlsx", form(f"示例{n}")) for n in range(3)] + [("佐证材料/a.png", b"x"), ("../外.xlsx", b"x")]
    (folder / "submissions" / "浙江" / "全省.zip").write_bytes(zipped(members))
    (folder / "submissions" / "丁.xlsx").write_bytes(form("示例3"))
    rows = "".join(f"B{n},示例{n},,浙江,示范基地\n" for n in range(4))
    (folder / "roster.csv").write_text("base_id,name,aliases,province,kind\n" + rows, encoding="utf-8")
    return folder


def test_a_round_reads_a_bundle_once_and_again_when_it_changes(form, folder, monkeypatch):
    opened = []
    real = rounds.prepared
    monkeypatch.setattr(
        rounds, "prepared", lambda found, *rest: opened.append([one.file for one in found]) or real(found, *rest)
    )
    first = rounds.read_round(folder)
    again = rounds.read_round(folder)
    assert opened == [["丁.xlsx", "浙江/全省.zip"]]
    assert list(first.submitted.base_id) == ["B0", "B1", "B2", "B3"]
    assert first.values.equals(again.values) and first.files.equals(again.files) and first.issues.equals(again.issues)
    (folder / "submissions" / "浙江" / "全省.zip").write_bytes(zipped([("0.xlsx", form("示例0"))]))
    later = rounds.read_round(folder)
    assert opened[1] == ["浙江/全省.zip"]
    assert list(later.files.file) == ["丁.xlsx", "浙江/全省.zip!/0.xlsx"]
    (folder / "submissions" / "浙江" / "全省.zip").unlink()
    assert list(rounds.read_round(folder).files.file) == ["丁.xlsx"]


def test_score_takes_a_bundle_and_names_its_members(folder, tmp_path):
    command = [
        sys.executable,
        "-c",
        "from ecanalysis.cli import app; app()",
        "score",
        str(folder),
        "--out",
        str(tmp_path / "out"),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "退回文件 1 个" in run.stdout + run.stderr
    assert (tmp_path / "out" / "scores.csv").read_text("utf-8").count("\n") == 5


def test_nothing_of_a_bundle_is_left_behind(folder, tmp_path, monkeypatch):
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    before = {path: path.read_bytes() for path in (folder / "submissions").rglob("*") if path.is_file()}
    rounds.read_round(folder)
    assert os.listdir(room) == []
    assert before == {path: path.read_bytes() for path in (folder / "submissions").rglob("*") if path.is_file()}
    shutil.rmtree(folder / ".parsed")
