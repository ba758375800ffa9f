"""The roster of a round, its provinces and regions, and matching of submitted names to bases.

A normalised name is matched exactly, first against names, then against aliases. A merely similar name is suggested to
a person (`nearest`), never matched automatically.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from math import log
from pathlib import Path

import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import Indel

from ecanalysis.errors import UserError
from ecanalysis.form.words import KINDS, REGIONS
from ecanalysis.reading.limits import limits_in_force
from ecanalysis.reading.opening import content

COLUMNS = ["base_id", "name", "aliases", "province", "kind"]
OF_BASE = ["base_id", "name", "province", "region", "kind"]  # columns that identify a base in tables of results
WHO = ["base_id", "name", "region", "kind"]  # the same, in narrow tables
# Chinese column names accepted in files kept by hand.
HEADINGS = {
    **dict.fromkeys(("编号", "基地编号", "基地"), "base_id"),
    **dict.fromkeys(("名称", "基地名称"), "name"),
    **dict.fromkeys(("省份", "省级单位"), "province"),
    **dict.fromkeys(("更正值", "更正为"), "value"),
    **dict.fromkeys(("理由", "更正理由"), "reason"),
    **{"别名": "aliases", "类别": "kind", "指标": "code", "年份": "year"},
    **{"佐证": "evidence", "决定日期": "decided_on", "状态": "status"},
}
CANDIDATES = 50  # most similar names overall, among which the distinctive characters decide
NEAR = 0.9  # similarity from which an unmatched submission counts as received from the base it resembles

# The three regions are the form's (note 3); assigning provinces to them is this project's assumption.
_REGIONS = {
    "东": "北京 天津 河北 上海 江苏 浙江 福建 山东 广东 海南 青岛 宁波 厦门 深圳",
    "中": "山西 安徽 江西 河南 湖北 湖南",
    "西": "内蒙古 辽宁 吉林 黑龙江 广西 重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 大连 新疆生产建设兵团",
}
PROVINCES: dict[str, str] = {name: region for region, names in _REGIONS.items() for name in names.split()}

_CITIES = ["北京", "天津", "上海", "重庆", "大连", "青岛", "宁波", "厦门", "深圳"]
# Full names that are not just the short one with 省 or 市 appended.
_FULL_NAMES = {
    "内蒙古自治区": "内蒙古",
    "广西壮族自治区": "广西",
    "西藏自治区": "西藏",
    "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆",
    "新疆兵团": "新疆生产建设兵团",
    "兵团": "新疆生产建设兵团",
}


def province_of(text: str) -> str:
    """The short name of a province, a city with independent planning status (计划单列市) or the 兵团; otherwise "".

    >>> province_of("浙江省"), province_of("新疆兵团"), province_of("大连市"), province_of("江浙")
    ('浙江', '新疆生产建设兵团', '大连', '')
    """
    name = unicodedata.normalize("NFKC", text).strip()
    name = _FULL_NAMES.get(name, name)
    for candidate in (name, name.removesuffix("省"), name.removesuffix("市")):
        if candidate in PROVINCES:
            return candidate
    return ""


def province_of_folder(file: str) -> str:
    """The province named by one of the folders in a file's path; "" if none is.

    >>> province_of_folder("2027/浙江省/甲.xlsx"), province_of_folder("浙江.xlsx")
    ('浙江', '')
    """
    return next(filter(None, map(province_of, file.split("/")[:-1])), "")


def province_of_form(department: str, file: str) -> str:
    """The province a form comes from: that of the department named in it, otherwise that of a folder in its path.

    A department below provincial level is not conclusive. "" if neither gives a province.

    >>> province_of_form("浙江省商务厅（电商处）", "上海/甲.xlsx"), province_of_form("杭州市商务局", "上海/甲.xlsx")
    ('浙江', '上海')
    """
    return province_of(re.sub(r"商务.*$", "", department.strip())) or province_of_folder(file)


def full_name(province: str) -> str:
    """The official name of a province, a city with independent planning status or the 兵团, from its short name.

    >>> full_name("浙江"), full_name("宁夏"), full_name("大连"), full_name("新疆生产建设兵团")
    ('浙江省', '宁夏回族自治区', '大连市', '新疆生产建设兵团')
    """
    if province == "新疆生产建设兵团":
        return province
    longer = next((name for name, short in _FULL_NAMES.items() if short == province), "")
    return longer or province + ("市" if province in _CITIES else "省")


@lru_cache(maxsize=100_000)
def normalise_name(name: str) -> str:
    """A base's name, ignoring common spelling variants.

    Equal are full-width and half-width forms, 电子商务 and 电商, 园区 and 园, upper and lower case. Spaces, brackets,
    middle dots and other punctuation are removed; text inside brackets is kept.

    >>> normalise_name("示例·杭州 电子商务产业园区（一期）")
    '示例杭州电商产业园一期'
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    kept = unicodedata.normalize("NFKC", "".join(letter for letter in text if unicodedata.category(letter)[0] in "LN"))
    return re.sub("园区+", "园", kept.replace("电子商务", "电商")) or text.strip()


def read_roster(path: Path) -> pd.DataFrame:
    """Read roster.csv (UTF-8 with or without a byte-order mark, or GB18030).

    Columns: base_id, name, aliases (separated by `;`), province, kind; other columns are ignored. The result has these
    columns, with the province's short name, and `region` (东, 中 or 西). Raises UserError naming every faulty line.
    """
    rows = read_rows(Path(path), COLUMNS, "名单")
    faults: list[str] = []
    lines_of_id: dict[str, int] = {}
    owner: dict[str, tuple[str, str, int]] = {}
    roster = []
    for line, row in rows:
        base_id, name = row["base_id"], row["name"]
        faults += [
            f"第{line}行 {column} 列为空" for column in ("base_id", "name", "province", "kind") if not row[column]
        ]
        province = province_of(row["province"])
        if row["province"] and not province:
            faults.append(
                f"第{line}行 province 列：没有“{row['province']}”这个省级单位（应如 浙江、大连、新疆生产建设兵团）"
            )
        if row["kind"] and row["kind"] not in KINDS:
            faults.append(f"第{line}行 kind 列：应为“{'”或“'.join(KINDS)}”，实为“{row['kind']}”")
        if any(sign in base_id for sign in ";:"):  # separators of lists of ids in the tables of decisions
            faults.append(f"第{line}行 base_id 列：“{base_id}”不能含分号或冒号")
        if base_id and lines_of_id.setdefault(base_id, line) != line:
            faults.append(f"第{line}行 base_id 列：“{base_id}”与第{lines_of_id[base_id]}行重复")
        aliases = [alias for part in row["aliases"].replace("；", ";").split(";") if (alias := part.strip())]
        for column, spelling in [("name", name), *(("aliases", alias) for alias in aliases)]:
            first_id, first_spelling, first_line = owner.setdefault(normalise_name(spelling), (base_id, spelling, line))
            if spelling and first_line != line:
                faults.append(
                    f"第{line}行 {column} 列：“{spelling}”与第{first_line}行 {first_id} 的“{first_spelling}”"
                    "是同一名称（电子商务/电商、园/园区、括号、空格不计），无法区分两家基地"
                )
        region = PROVINCES.get(province, "")
        roster.append((base_id, name, ";".join(aliases), province, row["kind"], region))
    if not roster:
        faults.append("没有任何基地")
    if faults:
        raise UserError(f"{path}：" + "；".join(faults))
    return pd.DataFrame(roster, columns=[*COLUMNS, "region"], dtype="str")


def read_rows(path: Path, columns: list[str], what: str) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file kept by hand, with their line numbers; blank rows are skipped.

    Every cell is stripped. Raises UserError if the file is missing, in no known encoding, lacks one of `columns`, or
    has a row with more cells than the header.
    """
    try:
        data = content(path, limits_in_force().file_bytes)
    except FileNotFoundError:
        raise UserError(f"找不到{what}文件：{path}") from None
    except OSError as problem:
        raise UserError(f"{what}文件无法打开：{path}（{problem.strerror or problem}）") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise UserError(f"{path}：文字编码应为 UTF-8 或 GB18030，请另存为“CSV UTF-8”") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    header: list[str] = []
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if not header:
                header = [HEADINGS.get(cell, cell) for cell in cells]
                missing = [column for column in columns if column not in header]
                if missing:
                    known = f"{','.join(columns)}，或中文列名 {'、'.join(in_chinese(columns))}"
                    raise UserError(f"{path}：首行缺少列 {'、'.join(missing)}（应有 {known}）")
                for name in columns:
                    if header.count(name) > 1:  # one of the two would be ignored
                        same = "、".join(cell for cell in cells if HEADINGS.get(cell, cell) == name)
                        raise UserError(f"{path}：首行有几列都是 {name}（{same}），只留一列")
                continue
            if any(cells[len(header) :]):
                raise UserError(
                    f"{path}：第{reader.line_num}行有 {len(cells)} 格，首行为 {len(header)} 列（名称含逗号时请加引号）"
                )
            cells += [""] * (len(header) - len(cells))
            rows.append((reader.line_num, dict(zip(header, cells))))
    except csv.Error as problem:
        raise UserError(f"{path}：第{reader.line_num}行不是有效的 CSV（{problem}）") from None
    if not header:
        raise UserError(f"{path}：{what}文件是空的（首行应为 {','.join(columns)}）")
    return rows


def in_chinese(columns: list[str]) -> list[str]:
    """The Chinese names of columns in files kept by hand.

    >>> in_chinese(["base_id", "reason"])
    ['编号', '理由']
    """
    return [next(word for word, name in HEADINGS.items() if name == column) for column in columns]


def spellings_of(roster: pd.DataFrame) -> list[list[str]]:
    """The normalised name and aliases of each base (`normalise_name`)."""
    return [
        [normalise_name(name), *(normalise_name(alias) for alias in aliases.split(";") if alias)]
        for name, aliases in zip(roster.name, roster.aliases)
    ]


def match(names: Iterable[str], roster: pd.DataFrame) -> dict[str, str]:
    """Submitted name -> base_id; names that match no base are left out."""
    listed = list(zip(roster.base_id, spellings_of(roster)))
    known = {alias: base_id for base_id, (_, *aliases) in listed for alias in aliases}
    known |= {name: base_id for base_id, (name, *_) in listed}
    found = {name: known.get(normalise_name(name)) for name in names}
    return {name: base_id for name, base_id in found.items() if base_id}


def nearest(names: list[str], roster: pd.DataFrame, provinces: Sequence[str] = ()) -> list[tuple[str, str, float]]:
    """For each name the base with the most similar name or alias: its base_id and name, and the similarity (0 to 1).

    A suggestion for a person to check. Characters that are rare on the roster (杭州, not 产业园) and the province
    (`provinces`, one per name, "" if unknown) count most in choosing the base; the similarity returned is that of the
    whole names. Among equals the first on the roster is chosen.
    """
    homes = roster.get("province", [""] * len(roster))
    bases = zip(spellings_of(roster), zip(roster.base_id, roster.name, homes))
    spellings, owners = zip(*((spelling, owner) for own, owner in bases for spelling in own))
    common = Counter(piece for spelling in spellings for piece in _pieces(spelling))
    telling = {piece: log(1 + len(spellings) / number) for piece, number in common.items()}
    most = log(1 + len(spellings))  # the weight of a piece that occurs in no name on the roster
    suggestions = []
    for name, province in zip(names, provinces or [""] * len(names)):
        typed = normalise_name(name)
        alike = process.cdist([typed], spellings, scorer=Indel.normalized_similarity)[0]

        def score(place: int, typed=typed, province=province, alike=alike) -> float:
            one, other = _pieces(typed), _pieces(spellings[place])
            shared, total = (sum(telling.get(piece, most) for piece in some) for some in (one & other, one | other))
            return alike[place] + 3 * shared / (total or 1) + 0.5 * (province in ("", owners[place][2]))

        likely = alike.argsort(kind="stable")[::-1][:CANDIDATES]
        best = max(likely, key=lambda place: (score(place), -place))
        suggestions.append((*owners[best][:2], round(float(alike[best]), 3)))
    return suggestions


def _pieces(name: str) -> set[str]:
    """The characters of a name and its pairs of adjacent characters."""
    return {*name, *map("".join, pairwise(name))}


def by_region(table: pd.DataFrame, within: list[str]) -> pd.DataFrame:
    """A table sorted by region, in the form's order, then by the columns `within`."""
    places = table.assign(_region=table.region.map(REGIONS.index)).sort_values(["_region", *within], kind="stable")
    return places.drop(columns="_region").reset_index(drop=True)


def names_of(listed: pd.Series, roster: pd.DataFrame) -> pd.Series:
    """Cells listing base ids separated by ";", with names in place of the ids.

    >>> names_of(pd.Series(["B1;B2", ""]), pd.DataFrame({"base_id": ["B1", "B2"], "name": ["甲园", "乙园"]})).tolist()
    ['甲园、乙园', '']
    """
    names = dict(zip(roster.base_id, roster.name))
    return listed.map(lambda ids: "、".join(names[base_id] for base_id in ids.split(";") if base_id))


def received(files: pd.DataFrame, unmatched: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Submissions received from bases of which none was accepted: base_id, received, file, one row per base.

    `received` is "returned" if a rejected file names the base in its content, or, if that names no base on the roster,
    in its file name (the longest match counts). Otherwise it is "unmatched", if the base is the nearest to a submission
    that is not on the roster, with a similarity of 0.9 or more. `file` joins all such files by ";".
    """
    rejected = files[files.status == "rejected"]
    rows = []
    for file, inside in zip(rejected.file, rejected.base_name):
        named = set(match(inside.split(";"), roster).values())
        rows += [(base_id, "returned", file) for base_id in named or _named_in(file.rsplit("/", 1)[-1], roster)]
    near = unmatched[unmatched.similarity >= NEAR]
    rows += [(base_id, "unmatched", file) for base_id, file in zip(near.nearest_base_id, near.file)]
    found = pd.DataFrame(rows, columns=["base_id", "received", "file"], dtype="str").drop_duplicates()
    # "returned" sorts before "unmatched" and takes precedence.
    first = found.groupby("base_id").received.transform("min")
    return found[found.received == first].groupby(["base_id", "received"], as_index=False).file.agg(";".join)


def _named_in(file_name: str, roster: pd.DataFrame) -> list[str]:
    """The base with the longest name or alias that occurs in a file's name."""
    text = normalise_name(file_name)
    bases = zip(roster.base_id, spellings_of(roster))
    names = [(len(name), base_id) for base_id, own in bases for name in own if name in text]
    return [max(names, key=lambda one: one[0])[1]] if names else []
