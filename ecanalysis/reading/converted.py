"""Old Word files (.doc), .rtf and .odt -> .docx, and Excel's XML -> .xlsx, by LibreOffice if it is installed.

One LibreOffice process converts all files of a run, within a time limit and in its own profile, which runs no macros
and fetches nothing; then it is ended with all its child processes. Without LibreOffice nothing is converted, and the
reader's message says what the file is and what to do.
"""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ecanalysis.reading import opening
from ecanalysis.reading.apart import each_apart
from ecanalysis.reading.found import Found
from ecanalysis.reading.limits import Limits

SECONDS_TO_START, SECONDS_EACH = 60, 15
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODT = b"mimetypeapplication/vnd.oasis.opendocument.text"
# Strings near the beginning of Word's and Excel's XML.
_XML = (
    (b"office/word/2003/wordml", "doc"),
    (b"office:word", "doc"),
    (b"office/2006/xmlPackage", "doc"),
    (b"office:spreadsheet", "xls"),
)
_INTO = {"doc": "docx", "rtf": "docx", "odt": "docx", "xls": "xlsx"}
_FAULT = "旧格式文档转换失败，文件可能已损坏或设有密码。请用 Word 或 WPS 打开核对，另存为 .docx 后重新报送"
_PROTECTED = "文件设有密码，无法读取。请去掉密码后重新报送"

# No macros, no updates of links, and a proxy that does not exist.
_SETTINGS = (
    ("org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    ("org.openoffice.Inet/Settings", "ooInetProxyType", "1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


@lru_cache
def office() -> str:
    """Path of LibreOffice on this machine; "" if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def convert(found: list[Found], folder: Path, limits: Limits) -> list[Found]:
    """The found files; those in an old format with the converted file as `source`, or a fault if conversion failed.

    The converted files are written into `folder`.
    """
    if not office():
        return found
    likely = [place for place, one in enumerate(found) if not (one.evidence or one.fault) and _may_be(one.path, limits)]
    formats = dict(zip(likely, each_apart(format_of, [found[place].path for place in likely], limits)))
    found = list(found)
    for target in dict.fromkeys(_INTO.values()):
        files = {}
        for place, kind in formats.items():
            if kind == "protected":
                found[place] = replace(found[place], fault=_PROTECTED)
            elif isinstance(kind, str) and _INTO.get(kind) == target:
                files[place] = (found[place].path, kind)
        if files:
            made = _converted(files, target, folder)
            for place in files:
                result = made.get(place)
                found[place] = replace(found[place], source=result, fault="" if result else _FAULT)
    return found


def _may_be(path: Path, limits: Limits) -> bool:
    try:
        if path.stat().st_size > limits.file_bytes:
            return False
    except OSError:
        return False
    head = opening.head(path, 128)
    return (
        head.startswith((_OLE, b"{\\rtf")) or head[30:].startswith(_ODT) or b"<?xml" in head.replace(b"\0", b"").lower()
    )


def format_of(path: Path) -> str:
    """The format of a file to be converted: doc, rtf, odt, xls (Excel's XML) or "protected"; "" for any other file."""
    import olefile

    head = opening.head(path, 4096)
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if head[30:].startswith(_ODT):
        return "odt"
    if not head.startswith(_OLE):
        text = head.replace(b"\0", b"")
        if b"<!DOCTYPE" in text:
            return ""
        return next((kind for sign, kind in _XML if sign in text), "")
    try:
        with olefile.OleFileIO(path) as parts:
            if not parts.exists("WordDocument"):
                return ""
            # The lowest bit of byte 11 of the document stream says that it is encrypted.
            return "protected" if parts.openstream("WordDocument").read(12)[11] & 1 else "doc"
    except Exception:  # olefile raises exceptions of many kinds on damaged files; the reader reports the fault
        return ""


def _converted(files: dict[int, tuple[Path, str]], target: str, folder: Path) -> dict[int, Path]:
    """The converted file of each file, by position; files that fail together with others are tried once more alone."""
    into, out = folder / f"{target}-from", folder / target
    for place in (into, out):
        place.mkdir(parents=True)
    # Numbers as names, so that submitted names never reach a command line.
    copies = {place: into / f"{place}.{kind}" for place, (_, kind) in files.items()}
    for place, copy in copies.items():
        shutil.copyfile(files[place][0], copy)
    _run(list(copies.values()), target, out, folder)
    made = {place: out / f"{place}.{target}" for place in files}
    for place in [place for place, path in made.items() if not path.is_file()]:
        _run([copies[place]], target, out, folder)
    return {place: path for place, path in made.items() if path.is_file()}


def _run(files: list[Path], target: str, out: Path, folder: Path) -> None:
    profile = folder / "profile"
    if not profile.is_dir():
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_profile(), "utf-8")
    command = [
        *(office(), "--headless", "--norestore", "--nolockcheck", f"-env:UserInstallation={profile.as_uri()}"),
        *("--convert-to", target, "--outdir", str(out), *map(str, files)),
    ]
    home = {"HOME": str(folder), "TMPDIR": str(folder)}
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | home,
        start_new_session=True,  # a process group, so that its children are ended too
    ) as process:
        try:
            process.wait(SECONDS_TO_START + SECONDS_EACH * len(files))
        except subprocess.TimeoutExpired:
            pass
        finally:
            with suppress(OSError):
                if hasattr(os, "killpg"):
                    os.killpg(process.pid, signal.SIGKILL)
                process.kill()


def _profile() -> str:
    items = "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        f'xmlns:xs="http://www.w3.org/2001/XMLSchema">{items}</oor:items>'
    )
