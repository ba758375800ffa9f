"""A small round in formats that may need more than this package: archives, .doc, PDF, stamped scans and photographs.

It is separate from the two invented rounds, because what can be read of it depends on the machine: .doc needs
LibreOffice, scans need the extra `scans`. Its bases and answers are those of the invented round of the same year.
"""

import io
import tempfile
import time
import zipfile
from pathlib import Path

import py7zr

from ecanalysis.form.fields import FIELDS
from ecanalysis.sample.files import FIXED
from ecanalysis.sample.invent import Invented
from ecanalysis.sample.layouts import Hand, official_grid
from ecanalysis.sample.pages import drawn, in_few_colours, laid_out, photographed, scanned, write_pdf, write_rich_text
from ecanalysis.sample.submission import FORM_WAY, Way, particulars, write_form

README = """# A small round in other formats

**Everything in this folder is invented.** 本文件夹全部内容均为虚构的示例数据。

Twelve bases of the invented round of 2027, each sent in a format that the rounds beside it do not have: a .zip with
names in GBK and a .zip inside it, a .7z, a .doc (rich text, as WPS saves it), a PDF with text, and stamped scans and a
photograph, two of them beside a workbook that they do not quite agree with. It is a round of its own because what is
read of it depends on the machine: the .doc needs LibreOffice, the scans need the extra `scans`; where one is missing,
the file is rejected with a message that says so, and the figures of `data/2027` stay the same everywhere.

    ecanalysis score data/formats/2027 --out out/formats
"""
TICKS, SQUARES = Hand("☑", "", False, True), Hand("√", " ", True, True)
CHANGED = {"C04": 40.0, "C16": 10000.0}  # increases in the stamped copy of the workbook


def write_formats(folder: Path, year: int, invented: Invented) -> None:
    """Write FOLDER/README.md and the round FOLDER/<year>: submissions, and a roster of only these bases."""
    answers: dict[str, dict] = {}
    for row in invented.answers.itertuples():
        if row.year == year:
            answers.setdefault(row.base_id, {})[row.code, row.year] = row.text or row.value
    whole = {base_id: known for base_id, known in answers.items() if sum(not FIELDS[c].feature for c, _ in known) == 20}
    of_province: dict[str, list] = {}
    for base in invented.roster.itertuples():
        if base.base_id in whole and not base.aliases:
            of_province.setdefault(base.province, []).append(base)
    bases = []

    def take(province: str) -> tuple:
        base = of_province[province].pop(0)
        bases.append(base)
        return base, whole[base.base_id], particulars(len(bases), base, year) | {"base_name": base.name}

    def form(province: str, way: Way) -> tuple[str, bytes]:
        base, known, about = take(province)
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / f"a{way.suffix}"
            write_form(path, year, way, known, about, {})
            return f"{base.name}{way.suffix}", path.read_bytes()

    submissions = Path(folder) / str(year) / "submissions"
    submissions.mkdir(parents=True)
    members = [form("浙江", way) for way in (FORM_WAY, Way("official", ".docx"), Way("official", ".et", TICKS))]
    inner = _zip(members[2:])
    (submissions / "浙江.zip").write_bytes(_zip([*members[:2], ("浙北.zip", inner)]))

    members = [form("江苏", FORM_WAY), form("江苏", FORM_WAY._replace(suffix=".ods"))]
    with py7zr.SevenZipFile(submissions / "江苏.7z", "w") as archive:
        for name, data in members:
            archive.writestr(data, name)

    def official(province: str, hand: Hand, changed: dict | None = None) -> tuple:
        base, known, about = take(province)
        now = {code: value + (changed or {}).get(code, 0) if changed and code in changed else value
               for (code, _), value in known.items()}  # fmt: skip
        return base, known, about, official_grid(year, now, about, hand)

    base, _, _, grid = official("安徽", SQUARES)
    write_rich_text(submissions / f"{base.name}.doc", grid)
    base, _, _, grid = official("福建", SQUARES)
    write_pdf(submissions / f"{base.name}.pdf", laid_out(grid))

    base, known, about, grid = official("山东", TICKS, CHANGED)
    write_form(submissions / f"{base.name}.xlsx", year, FORM_WAY, known, about, {})
    for number, page in enumerate(laid_out(grid), 1):
        name = f"{base.name}（盖章）{number}.png"
        in_few_colours(scanned(drawn(page), 0.7, (0.62, 0.4))).save(submissions / name, optimize=True)
    base, known, about, grid = official("广东", SQUARES, {"C14": 1.0})
    write_form(submissions / f"{base.name}.xlsx", year, FORM_WAY, known, about, {})
    name = f"{base.name}（盖章照片）.jpg"
    photographed(scanned(drawn(laid_out(grid)[0]), 0, (0.7, 0.75))).save(submissions / name, quality=55)
    base, _, _, grid = official("河南", SQUARES)
    pages = [scanned(drawn(page), -0.5, (0.35, 0.6)).convert("L") for page in laid_out(grid)]
    when = time.struct_time((*FIXED, 0, 1, 0))
    about = {"quality": 45, "resolution": 200, "creationDate": when, "modDate": when}
    pages[0].save(submissions / f"{base.name}.pdf", save_all=True, append_images=pages[1:], **about)
    base, _, _, grid = official("四川", TICKS)
    pages = [drawn(page).rotate(1.2, fillcolor="white").convert("1") for page in laid_out(grid)]
    pages[0].save(submissions / f"{base.name}.tif", save_all=True, append_images=pages[1:], compression="group4")

    roster = invented.roster[invented.roster.base_id.isin([base.base_id for base in bases])]
    roster.to_csv(submissions.parent / "roster.csv", index=False, encoding="utf-8", lineterminator="\n")
    (Path(folder) / "README.md").write_text(README, encoding="utf-8", newline="\n")


class _Gbk(zipfile.ZipInfo):
    """A member with its name in GBK, as packed by Chinese Windows."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def _zip(members: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members:
            archive.writestr(_Gbk(name, FIXED), data)
    return buffer.getvalue()
