"""ActiveX check boxes and other controls -> their state and text.

Their properties are stored as XML or in a stream ([MS-OFORMS] 2.2.4 and 2.2.5: MorphData).
"""

import struct

from lxml import etree

from .archive import Archive

_TICKABLE = {
    "8BD21D40-EC42-11CE-9E0D-00AA006002F3": "checkbox",
    "8BD21D50-EC42-11CE-9E0D-00AA006002F3": "checkbox",  # an option button
    "8BD21D60-EC42-11CE-9E0D-00AA006002F3": "checkbox",  # a toggle button
}
# Sizes in bytes of the properties in a control's data block, in order of their bits in the mask; 0: no bytes.
_SIZES = (4, 4, 4, 4, 1, 1, 1, 1, 0, 2, 4, 2, 2, 2, 2, 2, 1, 1, 1, 0, 1, 1, 4, 4, 4, 4, 4, 2, 2, 2, 0, 0, 4)
_SIZE, _VALUE, _CAPTION = 8, 22, 23


def active_x(archive: Archive, part: str) -> tuple[str, bool | None, str]:
    """The kind of an ActiveX control ("checkbox" or "control"), its state (None: unknown), and its text."""
    if part not in archive:
        return "control", None, ""
    root = archive.tree(part)
    of = {key.rpartition("}")[2]: value for key, value in root.items()}
    kind = _TICKABLE.get(of.get("classid", "").strip("{}").upper(), "control")
    kept = {
        _value(entry, "name"): _value(entry, "value") for entry in root.iter("{*}ocxPr") if not len(entry)
    }  # stored as XML
    value, caption = kept.get("Value"), kept.get("Caption", "")
    if not kept:
        stream = next((name for link, name in archive.relationships(part).values() if "Binary" in link), "")
        value, caption = _morph_data(archive.read(stream)) if stream in archive else (None, "")
    if kind == "control":
        return kind, None, " ".join(filter(None, (caption, value)))
    return kind, {"1": True, "-1": True, "True": True, "0": False, "False": False}.get(value or ""), caption


def _value(element: etree._Element, attribute: str) -> str:
    return next((value for key, value in element.items() if key.rpartition("}")[2] == attribute), "")


def _morph_data(stream: bytes) -> tuple[str | None, str]:
    """Value (None: unknown) and caption in a control's stream."""
    try:
        begin = 0 if stream[:2] == b"\0\2" else 16  # after the class identifier
        if stream[begin : begin + 2] != b"\0\2":
            return None, ""
        mask = struct.unpack_from("<Q", stream, begin + 4)[0]
        at, counts = begin + 12, {}
        for bit, size in enumerate(_SIZES):
            if mask >> bit & 1 and size:
                at += -(at - begin) % size
                if bit in (_VALUE, _CAPTION):
                    counts[bit] = struct.unpack_from("<I", stream, at)[0]
                at += size
        at += -(at - begin) % 4
        at += 8 if mask >> _SIZE & 1 else 0
        texts = {}
        for bit in (_VALUE, _CAPTION):
            length = counts.get(bit, 0) & 0x7FFFFFFF
            if at + length > len(stream):
                return None, ""
            narrow = counts.get(bit, 0) >> 31
            texts[bit] = stream[at : at + length].decode("latin-1" if narrow else "utf-16-le", "replace")
            at += length + -length % 4
        return texts[_VALUE] if _VALUE in counts else None, texts[_CAPTION]
    except struct.error:
        return None, ""
