"""Files that cannot be read as a form, as they turn up in every round."""

import base64
import zipfile
from pathlib import Path

from ecanalysis.form.blank import write_template
from ecanalysis.sample.files import pack_again

# A white picture of 2 x 2 points: fixed bytes, as compressing differs between machines.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGP4DwUMMAYAR9oH+ZK+cTIAAAAASUVORK5CYII="
)
SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


def write_truncated(path: Path, year: int) -> None:
    """A workbook whose transfer broke off."""
    write_template(path, year)
    pack_again(path, zipfile.ZIP_STORED)  # stored, so that every machine breaks off at the same byte
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 8])


def write_picture(path: Path, year: int) -> None:
    """A photograph of the form whose name was changed to that of a workbook."""
    path.write_bytes(PICTURE)


def write_scan(path: Path, year: int) -> None:
    """A scanned form."""
    path.write_bytes(SCAN)


def write_evidence(folder: Path) -> None:
    """A folder of evidence, which is listed and otherwise left alone."""
    folder.mkdir(parents=True)
    (folder / "培训签到表.pdf").write_bytes(SCAN)
    (folder / "平台截图.png").write_bytes(PICTURE)
    (folder / "说明.txt").write_text("示例佐证材料，内容为虚构。\n", encoding="utf-8", newline="\n")
