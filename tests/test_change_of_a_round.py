"""The change of a whole round, recomputed from the submitted workbooks with openpyxl and plain sums."""

import csv
from collections import defaultdict

import openpyxl
import pytest

from ecanalysis import load_round
from ecanalysis.rounds.roster import PROVINCES

# Words of the workbook's own sentences, and what they ask for; written down here once more on purpose.
SENTENCES = {
    "组织开展电商培训": "C04",
    "专利、软件著作权": "C09",
    "参与制定国家、行业、团体电商标准": "C13",
    "入驻电子商务企业": "C14",
    "带动快递业务量": "C16",
    "电子商务从业": "C17",
    "获得省部级及以上单位复制推广": "C18",
    "年营收1亿元以上的产业电商平台": "I1",
    "带动地方产业带": "I2",
    "农产品品牌数量": "A1",
    "跨境电商进出口额": "S1",
    "国际电子商务培训等活动": "S2",
    "带动出海产业带": "S3",
    "带动出海企业": "S4",
}


def is_plain(code: str, cell) -> bool:
    """Empty, or a number that needs no thought: not negative, and whole for a count."""
    return cell is None or (type(cell) in (int, float) and cell >= 0 and (code == "S1" or float(cell).is_integer()))


def plain_numbers(path) -> dict[str, tuple[float | None, float | None]]:
    """code -> (reporting year, base period), for the rows of a form workbook where both cells are plain."""
    found = {}
    book = openpyxl.load_workbook(path, data_only=True, read_only=True)
    for sheet in book:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        heads = [row for row in rows if "指标" in row and any(str(cell).startswith("基期") for cell in row if cell)]
        if not heads:
            continue
        now, before = (
            next(k for k, cell in enumerate(heads[0]) if str(cell).startswith(name)) for name in ("报告期", "基期")
        )
        unit = heads[0].index("单位")
        units = {"C04": "人次", "C16": "件", "C17": "人", "C18": "次", "S1": "亿元", "S2": "次", "S4": "家"}
        for row in rows:
            codes = [code for words, code in SENTENCES.items() if words in str(row[heads[0].index("指标")])]
            pair = (row[now], row[before])
            if (
                len(codes) == 1
                and row[unit] == units.get(codes[0], "个")
                and all(is_plain(codes[0], cell) for cell in pair)
            ):
                found[codes[0]] = pair
    book.close()
    return found


@pytest.fixture(scope="module")
def submitted(evaluation):
    """(base_id, code) -> what stands in the workbook that was used for the base; corrected values are left out."""
    with open(evaluation.round.folder / "roster.csv", encoding="utf-8-sig") as lines:
        province = {row["base_id"]: row["province"] for row in csv.DictReader(lines)}
    path = evaluation.round.folder / "corrections.csv"
    corrected = set()
    if path.is_file():
        with open(path, encoding="utf-8-sig") as lines:
            corrected = {(row["base_id"], row["code"]) for row in csv.DictReader(lines)}
    used = evaluation.values[["base_id", "file"]].drop_duplicates()
    per_file = used.groupby("file").base_id.nunique()
    cells = {}
    for base_id, file in used.itertuples(index=False):
        if file.endswith(".xlsx") and per_file[file] == 1:
            for code, pair in plain_numbers(evaluation.round.folder / "submissions" / file).items():
                if (base_id, code) not in corrected:
                    cells[base_id, code] = pair
    assert len(cells) > 500, "most bases send the form's own workbook"
    return cells, province


def test_every_plain_pair_of_cells_is_a_row_of_the_change(evaluation, submitted):
    rows = evaluation.change.set_index(["base_id", "code"])
    for key, (now, before) in submitted[0].items():
        if now is None and before is None:
            assert key not in rows.index
            continue
        row = rows.loc[key]
        assert (row.value == now) if now is not None else row.isna().value, key
        if before is not None:
            assert (row.base_period_value, row.source) == (before, "reported"), key
        if now is not None and before:
            assert row.change == pytest.approx(now - before) and row.change_pct == pytest.approx(
                (now / before - 1) * 100
            )


def test_region_totals_are_the_sums_of_the_cells(evaluation, submitted):
    cells, province = submitted
    sums = defaultdict(lambda: [0.0, 0.0, 0])
    others = evaluation.change[evaluation.change.change.notna()]
    pairs = {(row.base_id, row.code): (row.value, row.base_period_value) for row in others.itertuples()}
    pairs |= {key: pair for key, pair in cells.items() if None not in pair}
    for (base_id, code), (now, before) in pairs.items():
        if code in SENTENCES.values():
            for region in (PROVINCES[province[base_id]], "全国"):
                total = sums[region, code]
                total[0], total[1], total[2] = total[0] + now, total[1] + before, total[2] + 1
    table = evaluation.region_change.set_index(["region", "code"])
    assert {key for key in table.index if key[1] in SENTENCES.values()} == set(sums)
    for key, (now, before, bases) in sums.items():
        row = table.loc[key]
        assert (row.value, row.base_period_value) == (pytest.approx(now), pytest.approx(before))
        assert row.bases == bases and row.change_pct == pytest.approx((now / before - 1) * 100)


def test_a_round_of_the_base_period_fills_what_was_not_reported(tmp_path):
    header = "基地名称,C17,C17@2024,C14,A2,A3"
    tables = {
        2024: ["示例甲园,100,,10,5,3", "示例乙园,200,,20,,"],
        2025: ["示例甲园,150,120,15,6,20", "示例乙园,260,,30,8,-20"],
    }
    for year, rows in tables.items():
        submissions = tmp_path / str(year) / "submissions"
        submissions.mkdir(parents=True)
        lines = [header.replace("C17@2024", "C17@2023") if year == 2024 else header, *rows]
        (submissions / "汇总表.csv").write_text("\n".join(lines), "utf-8")
        roster = "base_id,name,aliases,province,kind\nN1,示例甲园,,浙江,示范基地\nN2,示例乙园,,河南,集聚区\n"
        (tmp_path / str(year) / "roster.csv").write_text(roster, "utf-8")
    change = load_round(tmp_path / "2025").change.set_index(["base_id", "code"])
    assert {key: (row.base_period_value, row.source) for key, row in change[change.source != ""].iterrows()} == {
        ("N1", "C14"): (10, "base_period_round"),
        ("N1", "C17"): (120, "reported"),
        ("N1", "A2"): (5, "base_period_round"),
        ("N1", "A3"): (3, "base_period_round"),
        ("N2", "C14"): (20, "base_period_round"),
        ("N2", "C17"): (200, "base_period_round"),
        ("N2", "A2"): (10, "implied"),
    }
