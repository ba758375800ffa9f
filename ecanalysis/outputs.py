"""Tables -> files: CSV that opens right in Excel and WPS, Parquet that holds the exact text.

A file appears whole or not at all: everything is written beside its place and moved there in one step.
"""

import os
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

# A spreadsheet runs a text cell that begins so; one leading apostrophe makes it text again.
DANGEROUS = re.compile(r"^[=+\-@\t]")
NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")


@contextmanager
def written_whole(path: Path, private: bool = False):
    """Give a temporary file beside `path` to write to; it takes `path`'s place only when all went well.

    `private` gives it mode 0600, before a byte is in it. On an error `path` stays as it was.
    """
    path = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        if not private:
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def safe_text(cell: object) -> object:
    """A cell as CSV shows it: text that a spreadsheet would run gets one leading apostrophe.

    >>> [safe_text(cell) for cell in ["=1+1", "-12", "-", "杭州", -3.5]]
    ["'=1+1", '-12', "'-", '杭州', -3.5]
    """
    if isinstance(cell, str) and DANGEROUS.match(cell) and not NUMBER.match(cell):
        return "'" + cell
    return cell


def safe_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every text cell made safe for a spreadsheet (see `safe_text`)."""
    text = [column for column in frame if not pd.api.types.is_numeric_dtype(frame[column])]
    return frame.assign(**{column: frame[column].map(safe_text, na_action="ignore") for column in text})


def write_table(frame: pd.DataFrame, folder: Path, name: str, private: bool = False, parquet: bool = False) -> None:
    """Write `name.csv` (byte-order mark, made safe) and, if asked, `name.parquet` (exact) into a folder."""
    folder = Path(folder)
    with written_whole(folder / f"{name}.csv", private) as path:
        safe_frame(frame).to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
    if parquet:
        with written_whole(folder / f"{name}.parquet", private) as path:
            frame.to_parquet(path, index=False)


@contextmanager
def written_together(folder: Path):
    """Give a folder to write files to; they take their places in `folder` (made where there is none) at the end.

    Nothing in `folder` changes when writing fails, whether for want of room or for any other reason.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as aside:
        yield Path(aside)
        for path in sorted(Path(aside).iterdir()):
            os.replace(path, folder / path.name)


def read_table(path: Path, dtypes: dict[str, str]) -> pd.DataFrame:
    """Read back exactly what `write_table` was given: its columns with their types, text without the apostrophe."""
    numbers = {column: [""] for column, dtype in dtypes.items() if dtype != "str"}
    table = pd.read_csv(path, encoding="utf-8-sig", dtype=dtypes, keep_default_na=False, na_values=numbers)
    texts = [column for column, dtype in dtypes.items() if dtype == "str"]
    return table.assign(**{column: table[column].map(_exact_text).astype("str") for column in texts})


def _exact_text(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and safe_text(cell[1:]) == cell else cell
