"""The content of a file -> its format; files that cannot be read are refused by their real kind."""

import io
import struct

from ecanalysis.reading.limits import Limits

from . import DAMAGED, EXTRA, OFFICE, SAVE_AGAIN, Unreadable
from .archive import Archive

_UNPACK = f"压缩包须先解压，其中的报告表{SAVE_AGAIN}"
_CHECK = f"请核对是否选错文件，报告表{SAVE_AGAIN}"
_FIXED = "版式文件不能另存为表格：请报送填写时所用的电子表（.xlsx 或 .docx），或在阅读器中导出为 PDF 后报送"
PHOTO = (
    "图片中的内容程序读不到，也无法另存为表格：请报送填写时所用的电子表（.xlsx 或 .docx）；"
    "没有电子表的，请用统一模板填写后报送，盖章件的照片或扫描件另附"
)
_MAIL = "请打开邮件，把其中的附件（报告表）保存出来后报送"
_NUMBERS = "请在苹果 Numbers（或 Pages）中选“导出为 Excel（或 Word）”后重新报送"
LOCKED = (
    "文件已加密：设有打开密码，或启用了“保护工作簿”（结构保护），无法读取。请去掉密码、撤销工作簿保护后另存，再重新报送"
)
_PICTURES = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"}  # brands of HEIF
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Excel encrypts a workbook whose structure is protected (保护工作簿), or that is to be opened read-only, with this
# default password, which nobody is asked for: such a file opens everywhere. [MS-OFFCRYPTO] 2.4.2.3
_DEFAULT = "VelvetSweatshop"
_FILEPASS = 0x002F
_BIFF = (b"\x09\x08\x10\0", b"\x09\x08\x08\0")  # a workbook stream outside a compound file
# Position, bytes at it, what the file is, and what the sender should do.
_SIGNS = (
    (0, b"\x89PNG\r\n", "图片（PNG）", EXTRA + PHOTO),
    (0, b"\xff\xd8\xff", "图片（JPEG）", EXTRA + PHOTO),
    (0, b"GIF8", "图片（GIF）", PHOTO),
    (0, b"II*\0", "图片（TIFF）", EXTRA + PHOTO),
    (0, b"MM\0*", "图片（TIFF）", EXTRA + PHOTO),
    (8, b"WEBP", "图片（WebP）", PHOTO),
    (4, b"ftyp", "视频", _CHECK),
    (0, b"L\0\0\0\x01\x14\x02\0", "快捷方式（.lnk）", "快捷方式里没有内容，请报送它所指的报告表文件"),
    (0, b"{\\rtf", "RTF 文档", OFFICE),
    (0, b"%!PS", "PostScript 文档", SAVE_AGAIN),
    (0, b"Rar!\x1a\x07", "RAR 压缩包", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "7z 压缩包", _UNPACK),
    (0, b"\x1f\x8b", "gzip 压缩包", _UNPACK),
    (0, b"BZh", "bzip2 压缩包", _UNPACK),
    (0, b"\xfd7zXZ", "xz 压缩包", _UNPACK),
    (257, b"ustar", "tar 压缩包", _UNPACK),
    (0, b"MZ", "程序", _CHECK),
    (0, b"\x7fELF", "程序", _CHECK),
    (0, b"\x09\x04\x06\0", "Excel 4 及更早的工作簿", SAVE_AGAIN),
    (0, b"\x09\x02\x06\0", "Excel 4 及更早的工作簿", SAVE_AGAIN),
    (0, b"\x09\0\x04\0", "Excel 4 及更早的工作簿", SAVE_AGAIN),
    (0, b"SQLite format 3\0", "数据库", _CHECK),
)
_STREAMS = (
    ("EncryptedPackage", "加密文件", ""),
    ("WordDocument", "Word 97-2003 文档（.doc）", OFFICE),
    ("PowerPoint Document", "演示文稿（.ppt）", SAVE_AGAIN),
    ("__properties_version1.0", "Outlook 邮件", _MAIL),
    ("VisioDocument", "Visio 图", SAVE_AGAIN),
)


def kind_of(data: bytes, limits: Limits) -> tuple[str, Archive | bytes]:
    """The format ("xlsx", "xls", "ods", "docx", "pdf" or "csv"), and the argument for its reader.

    Raises Unreadable, saying what the file is, if it is known to be none of these.
    """
    if data[:4] in (b"PK\3\4", b"PK\5\6"):
        return _zipped(Archive(data, limits))
    if data.startswith(_OLE):
        return _compound(data, limits)
    if data.startswith(_BIFF):
        return "xls", data
    if b"%PDF-" in data[:1024]:
        return "pdf", data
    if data[4:8] == b"ftyp" and data[8:12] in _PICTURES:
        raise _other("图片（HEIC）", PHOTO)
    if data[:2] == b"BM" and data[6:10] == b"\0\0\0\0":
        raise _other("图片（BMP）", PHOTO)
    for at, sign, what, advice in _SIGNS:
        # Text may begin like a program or picture, but contains no zero bytes.
        if data.startswith(sign, at) and (len(sign) > 2 or b"\0" in data[:1024]):
            raise _other(what, advice)
    return "csv", data


def _zipped(archive: Archive) -> tuple[str, Archive]:
    mimetype = archive.read("mimetype")[:100] if "mimetype" in archive else b""
    if b"opendocument.spreadsheet" in mimetype:
        return "ods", archive
    if b"opendocument.text" in mimetype:
        raise _other("OpenDocument 文字文档（.odt）", OFFICE)
    main = next((part for kind, part in archive.relationships("").values() if kind == "officeDocument"), "")
    if main.endswith(".bin"):
        raise _other("二进制工作簿（.xlsb）", SAVE_AGAIN)
    if main:
        archive.main, archive.root = main, archive.tree(main)
        name = archive.root.tag.rpartition("}")[2]
        if name in ("workbook", "document"):
            return ("xlsx" if name == "workbook" else "docx"), archive
        raise _other("演示文稿" if name == "presentation" else "其他办公文档", SAVE_AGAIN)
    if not mimetype and _is_spreadsheet(archive):
        return "ods", archive
    if "ofd.xml" in archive:
        raise _other("OFD 版式文件", _FIXED)
    if any(name.endswith(".iwa") for name in archive):
        raise _other("苹果 Numbers 或 Pages 文件", _NUMBERS)
    raise _other("ZIP 压缩包", _UNPACK)


def _is_spreadsheet(archive: Archive) -> bool:
    """Whether this is an OpenDocument spreadsheet without a mimetype."""
    if "content.xml" not in archive:
        return False
    return archive.tree("content.xml").find("{*}body/{*}spreadsheet") is not None


def _compound(data: bytes, limits: Limits) -> tuple[str, Archive | bytes]:
    """The workbook stream of an OLE compound file (.xls, .et), or the decrypted content of an encrypted one."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as parts:
            other = next(((what, advice) for name, what, advice in _STREAMS if parts.exists(name)), None)
            name = next((name for name in ("Workbook", "Book") if parts.exists(name)), None)
            stream = parts.openstream(name).read() if name and not other else b""
    except Exception as fault:  # olefile raises exceptions of many kinds on damaged files
        raise Unreadable(f"文件已损坏或不完整（复合文档的目录无法读取）。{DAMAGED}") from fault
    if (other and other[0] == _STREAMS[0][1]) or _is_locked(stream):
        within = _opened(data)
        if within is None:
            raise Unreadable(LOCKED)
        return kind_of(within, limits)
    if stream:
        return "xls", stream
    raise _other(*(other or ("其他复合文档", SAVE_AGAIN)))


def _is_locked(stream: bytes) -> bool:
    """Whether one of the first records of a workbook stream says that the rest is encrypted."""
    at = 0
    for _ in range(3):
        kind, length = struct.unpack_from("<HH", stream, at) if len(stream) >= at + 4 else (0, 0)
        if kind == _FILEPASS:
            return True
        at += 4 + length
    return False


def _other(what: str, advice: str) -> Unreadable:
    return Unreadable(f"文件实为“{what}”，不是工作簿或 .docx 文档，无法读取。{advice}")


def _opened(data: bytes) -> bytes | None:
    """The content of an encrypted Office file, decrypted with the default password; None if it needs another one."""
    import msoffcrypto

    content = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        file.load_key(password=_DEFAULT)
        file.decrypt(content)
    except Exception:  # a wrong password, an unknown encryption, a damaged header: locked in any case
        return None
    return content.getvalue()
