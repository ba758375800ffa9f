"""What differs between a notebook run anew and the one that was published: cells, tags, outputs, pictures."""

import base64
import io
import struct
from collections.abc import Iterator

from nbformat import NotebookNode

PICTURE = "image/png"
POINTS = (b"IDAT", b"PLTE", b"tRNS")  # the chunks of a PNG that hold its points and their colours
FAINT = 8  # of 256 levels: as much as another machine may draw a line's edge otherwise


def differences(anew: NotebookNode, published: NotebookNode) -> Iterator[str]:
    """A phrase (Chinese) for each difference, by the number of the cell; none where the two say the same."""
    if len(anew.cells) != len(published.cells):
        yield f"应有 {len(anew.cells)} 个单元，实有 {len(published.cells)} 个"
    for number, (one, other) in enumerate(zip(anew.cells, published.cells), 1):
        for key, what in (("cell_type", "类型"), ("source", "内容"), ("metadata", "标记"), ("attachments", "附件")):
            if one.get(key) != other.get(key):
                yield f"第 {number} 个单元的{what}"
        if one.get("execution_count") != other.get("execution_count"):
            yield f"第 {number} 个单元不是依次运行的"
        if not _same_outputs(one.get("outputs", []), other.get("outputs", [])):
            yield f"第 {number} 个单元的结果"
    if anew.metadata != published.metadata:
        yield "笔记本的标记"


def _same_outputs(anew: list, published: list) -> bool:
    return len(anew) == len(published) and all(map(_same_output, anew, published))


def _same_output(one: dict, other: dict) -> bool:
    if one == other:
        return True
    pictures = [output.get("data", {}).get(PICTURE) for output in (one, other)]
    rest = [
        {**output, "data": {kind: data for kind, data in output.get("data", {}).items() if kind != PICTURE}}
        for output in (one, other)
    ]
    return None not in pictures and rest[0] == rest[1] and _same_picture(*pictures)


def _same_picture(one: str, other: str) -> bool:
    from PIL import Image, ImageChops

    try:
        files = [base64.b64decode(data.replace("\n", ""), validate=True) for data in (one, other)]
        if _beside_points(files[0]) != _beside_points(files[1]):
            return False
        drawn = [Image.open(io.BytesIO(file), formats=["PNG"]).convert("RGBA") for file in files]
    except (ValueError, OSError, struct.error, Image.DecompressionBombError):
        return False
    return max(high for _, high in ImageChops.difference(*drawn).getextrema()) <= FAINT


def _beside_points(png: bytes) -> list[bytes]:
    """All that a PNG holds beside its points: with it a browser may turn it, recolour it or show other pictures."""
    place, found = 8, [png[:8]]
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if kind not in POINTS:
            found.append(kind + content)
        place += 12 + length
    return found
