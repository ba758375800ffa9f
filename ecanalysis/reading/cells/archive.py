"""Safe access to the zip parts and XML of .xlsx, .ods and .docx, within limits.

Parts are counted while they are decompressed; sizes and counts stated in the file are never trusted.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Hashable
from posixpath import normpath

from lxml import etree

from ecanalysis.reading.limits import Limits

from . import DAMAGED, Unreadable

_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    collect_ids=False,
    remove_comments=True,
    remove_pis=True,
)
_known: dict[tuple[str, bytes], dict[str, tuple[str, str]]] = {}
_MOST_KNOWN, _LONG = 16, 20_000


class Archive:
    """The parts of a zip by name, ignoring case; all together they must be within `limits`."""

    def __init__(self, data: bytes, limits: Limits):
        if data.count(b"PK\1\2") > limits.members:
            raise Unreadable(f"压缩包内的文件超过 {limits.members} 个，不像工作簿或文档。请核对后重新报送")
        try:
            entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError) as fault:
            raise Unreadable(f"文件已损坏或不完整（压缩目录无法读取）。{DAMAGED}") from fault
        self._parts = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in entries}
        self._data = data
        self.main, self.root = "", None  # the part of the workbook or document, once known
        self._limits = limits
        self._bytes_left = limits.inflated_bytes
        self._markup_left = limits.markup

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def __iter__(self):
        return iter(self._parts)

    def read(self, name: str) -> bytes:
        """The decompressed content of a part. Raises Unreadable if it is missing, damaged, encrypted or too large."""
        part = self._parts.get(name.lower())
        if part is None:
            raise Unreadable(f"文件已损坏：缺少“{name[:80]}”部分。{DAMAGED}")
        if part.flag_bits & 1:
            raise Unreadable("文件设有密码，无法读取。请去掉密码后重新报送")
        # ZipFile.open takes longer to set up than the decompression itself.
        try:
            begin = part.header_offset + 30 + sum(struct.unpack_from("<HH", self._data, part.header_offset + 26))
            data = self._data[begin : begin + part.compress_size]
            if part.compress_type == zipfile.ZIP_DEFLATED:
                data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, self._bytes_left + 1)
            if len(data) <= self._bytes_left and zlib.crc32(data) != part.CRC:
                raise zlib.error("checksum")
        except (zlib.error, struct.error) as fault:
            raise Unreadable(f"文件已损坏：“{name[:80]}”部分无法解压。{DAMAGED}") from fault
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            size = self._limits.inflated_bytes >> 20
            raise Unreadable(
                f"文件解压后超过 {size} MB（各部分合计，至“{name[:80]}”部分），不像报告表。请删除空白行后另存并重新报送"
            )
        return data

    def tree(self, name: str) -> etree._Element:
        """The root of an XML part. Raises Unreadable for a DOCTYPE, for invalid XML, and if `limits` are exceeded."""
        return self.parsed(name, self.read(name))

    def parsed(self, name: str, data: bytes) -> etree._Element:
        """The root of an XML part with this content. Raises as `tree` does."""
        # Each node of the tree has one of these characters and takes up to 300 bytes of memory.
        markup = data.count(b"<") + data.count(b"=")
        self._markup_left -= markup
        if self._markup_left < 0 and markup < self._limits.markup:
            most = self._limits.markup
            raise Unreadable(
                f"文件各部分的内容与格式合计超过 {most} 项（至“{name[:80]}”部分），不像报告表。"
                "请只保留报告表，复制到新的文件后重新报送"
            )
        if self._markup_left < 0 or len(data) > self._limits.tree_bytes:
            if name.rpartition("/")[2] == "styles.xml":
                raise Unreadable("文件中的单元格样式过多，无法读取。请把报告表复制到新的文件（只粘贴数值）后重新报送")
            raise Unreadable(f"文件的“{name[:80]}”部分内容过多，不像报告表。请删除多余的行、列后另存并重新报送")
        try:
            root = etree.fromstring(data, _PARSER)
        except (etree.XMLSyntaxError, ValueError, LookupError) as fault:
            if b"<!DOCTYPE" in data:
                raise _doctype(name) from fault
            raise Unreadable(f"文件已损坏：“{name[:80]}”部分不是有效的 XML。{DAMAGED}") from fault
        if root.getroottree().docinfo.internalDTD is not None:
            raise _doctype(name)
        return root

    def relationships(self, name: str) -> dict[str, tuple[str, str]]:
        """The parts that a part refers to: id -> (type, part); `name` "" is the file itself."""
        rels = self.relationships_of(name)
        if rels not in self:
            return {}
        folder, data = name.rpartition("/")[0], self.read(rels)
        known = _known if len(data) < _LONG else {}
        return kept(known, (folder, data), lambda: _targets(self.parsed(rels, data), folder))

    @staticmethod
    def relationships_of(name: str) -> str:
        """The name of the part with the relationships of a part."""
        folder, _, base = name.rpartition("/")
        return f"{folder}/_rels/{base}.rels".lstrip("/")


def kept(known: dict, key: Hashable, make: Callable):
    """The result of `make`, cached in `known` by `key`: forms made from one template have many equal parts."""
    if key not in known:
        if len(known) == _MOST_KNOWN:
            known.clear()
        known[key] = make()
    return known[key]


def _targets(links: etree._Element, folder: str) -> dict[str, tuple[str, str]]:
    found = {}
    for link in links:
        if link.get("TargetMode") != "External":
            target = link.get("Target", "").replace("\\", "/")
            part = target if target.startswith("/") else normpath(f"{folder}/{target}")
            found[link.get("Id", "")] = (link.get("Type", "").rpartition("/")[2], part.lstrip("/"))
    return found


def _doctype(name: str) -> Unreadable:
    return Unreadable(f"文件的“{name[:80]}”部分含有 DOCTYPE（实体）声明，办公软件不会这样保存，已拒绝读取。{DAMAGED}")
