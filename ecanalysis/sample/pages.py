"""A form laid out on A4 pages: as a PDF with text, as pictures (a scan, a photograph), and as rich text.

No office program is needed, so that the sample is the same on every machine.
"""

from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ecanalysis.sample.layouts import Grid

WIDTH, HEIGHT = 1654, 2339  # pixels: A4 at 200 dpi
MARGIN, SIZE, LEADING = 110, 26, 38
SHARES = (0.12, 0.08, 0.16, 0.08, 0.18, 0.12, 0.26)  # widths of the form's seven columns, as shares
RED = (205, 40, 45)
FONT = str(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf")


class Page(NamedTuple):
    """Lines of text as (x, y, text) and frames as (left, top, right, bottom), in pixels from the top left."""

    lines: list[tuple[float, float, str]]
    frames: list[tuple[float, float, float, float]]


def laid_out(grid: Grid) -> list[Page]:
    """The pages of a grid of seven columns; rows are not split between pages."""
    edges = MARGIN + np.cumsum([0, *SHARES]) * (WIDTH - 2 * MARGIN)
    spans = {area[:2]: area for area in grid.merged}
    areas = [spans.get(place, (*place, *place)) for place in sorted(grid.cells.keys() | spans.keys())]
    texts = {
        area: _wrapped(str(grid.cells.get(area[:2], "")), edges[area[3] + 1] - edges[area[1]] - 16) for area in areas
    }
    heights = [0] * (1 + max(area[2] for area in areas))
    for top, left, bottom, right in areas:
        if top == bottom:
            heights[top] = max(heights[top], LEADING * len(texts[top, left, bottom, right]) + 8)
    places, page, y = [], 0, float(MARGIN)
    for height in heights:
        if y + height > HEIGHT - MARGIN:
            page, y = page + 1, float(MARGIN)
        places.append((page, y))
        y += height
    pages = [Page([], []) for _ in range(page + 1)]
    for area in areas:
        top, left, bottom, right = area
        for number in sorted({places[row][0] for row in range(top, bottom + 1)}):
            rows = [row for row in range(top, bottom + 1) if places[row][0] == number]
            first, last = places[rows[0]][1], places[rows[-1]][1] + heights[rows[-1]]
            pages[number].frames.append((edges[left], first, edges[right + 1], last))
        for at, text in enumerate(texts[area]):
            pages[places[top][0]].lines.append((edges[left] + 8, places[top][1] + 4 + at * LEADING, text))
    return pages


def _wrapped(text: str, width: float) -> list[str]:
    lines = []
    for line in text.split("\n"):
        lines.append("")
        for sign in line:
            if _wide(lines[-1] + sign) > width:
                lines.append("")
            lines[-1] += sign
    return lines


def _wide(text: str) -> float:
    return sum(SIZE * (0.56 if ord(sign) < 256 else 1) for sign in text)


def drawn(page: Page) -> Image.Image:
    """A page drawn as a clean picture."""
    font = ImageFont.truetype(FONT, SIZE)
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(picture)
    for frame in page.frames:
        pen.rectangle(frame, outline="black", width=2)
    for x, y, text in page.lines:
        pen.text((x, y), text.replace("☑", "□"), font=font, fill="black")
        for at in (at for at, sign in enumerate(text) if sign == "☑"):  # draw the tick by hand
            left = x + font.getlength(text[:at].replace("☑", "□"))
            pen.line([(left + 5, y + 20), (left + 12, y + 30), (left + 27, y + 4)], fill=(25, 25, 70), width=4)
    return picture


def scanned(picture: Image.Image, degrees: float, seal: tuple[float, float]) -> Image.Image:
    """A page as scanned: with a seal (its centre in shares of the page), slightly rotated and blurred."""
    width, height = picture.size
    middle, size = (seal[0] * width, seal[1] * height), 165
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    pen.ellipse([middle[0] - size, middle[1] - size, middle[0] + size, middle[1] + size], outline=(*RED, 200), width=9)
    star = [
        (middle[0] + reach * np.sin(np.pi * at / 5), middle[1] - reach * np.cos(np.pi * at / 5))
        for at, reach in enumerate([65, 26] * 5)
    ]
    pen.polygon(star, fill=(*RED, 200))
    stamped = Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")
    return stamped.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white").filter(ImageFilter.GaussianBlur(0.6))


def in_few_colours(picture: Image.Image) -> Image.Image:
    """The picture reduced to shades of grey and of the seal's red, which keeps the file small."""
    shades = [(grey,) * 3 for grey in range(0, 256, 17)]
    shades += [tuple(int(255 - (255 - part) * at / 6) for part in RED) for at in range(1, 7)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for shade in shades for part in shade])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def photographed(picture: Image.Image) -> Image.Image:
    """A page photographed on a dark table, in perspective, with a shadow on one side and the phone held sideways."""
    width, height = picture.size
    corners = [(70, 40), (width - 90, 75), (width - 45, height - 60), (30, height - 35)]
    square = [(0, 0), (width, 0), (width, height), (0, height)]
    rows = []
    for (x, y), (u, v) in zip(corners, square):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    matrix = np.linalg.solve(np.array(rows, float), np.array(square, float).reshape(8))
    seen = picture.transform(picture.size, Image.Transform.PERSPECTIVE, matrix, Image.Resampling.BICUBIC,
                             fillcolor=(62, 54, 48))  # fmt: skip
    shadow = 1 - 0.4 / (1 + np.exp(-(np.arange(width) - 0.62 * width) / (0.05 * width)))
    lit = np.clip(np.asarray(seen) * shadow[None, :, None], 0, 255).astype(np.uint8)
    return Image.fromarray(lit).transpose(Image.Transpose.ROTATE_90)


def write_pdf(path: Path, pages: list[Page]) -> None:
    """Write a PDF with text, embedding the glyphs it uses."""
    font, cids = _subset({sign for page in pages for _, _, text in page.lines for sign in text})
    scale = 595 / WIDTH
    bodies = []
    for page in pages:
        parts = [f"{x0 * scale:.1f} {842 - y1 * scale:.1f} {(x1 - x0) * scale:.1f} {(y1 - y0) * scale:.1f} re S"
                 for x0, y0, x1, y1 in page.frames]  # fmt: skip
        for x, y, text in page.lines:
            for sign in text:
                parts.append(f"BT /F {SIZE * scale:.1f} Tf {x * scale:.1f} {842 - (y + SIZE) * scale:.1f} Td "
                             f"<{cids[sign]:04x}> Tj ET")  # fmt: skip
                x += _wide(sign)
        bodies.append("\n".join(parts).encode())
    kids = " ".join(f"{8 + 2 * at} 0 R" for at in range(len(pages)))
    narrow = " ".join(f"{cid} [{560 if ord(sign) < 256 else 1000}]" for sign, cid in sorted(cids.items()))
    known = "\n".join(f"<{cid:04x}> <{sign.encode('utf-16-be').hex()}>" for sign, cid in sorted(cids.items()))
    means = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{len(cids)} beginbfchar\n{known}\nendbfchar endcmap end"
    )
    about = "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}/MediaBox[0 0 595 842]".encode()
        + b"/Resources<</Font<</F 3 0 R>>>>>>",
        b"<</Type/Font/Subtype/Type0/BaseFont/Sample/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 7 0 R>>",
        f"<</Type/Font/Subtype/CIDFontType0/BaseFont/Sample{about}/W[{narrow}]/FontDescriptor 5 0 R>>".encode(),
        b"<</Type/FontDescriptor/FontName/Sample/Flags 4/FontBBox[0 -120 1000 880]/ItalicAngle 0/Ascent 880"
        b"/Descent -120/CapHeight 880/StemV 90/FontFile3 6 0 R>>",
        _stream(font, "/Subtype/CIDFontType0C"),
        _stream(means.encode()),
    ]
    for at, body in enumerate(bodies):
        objects += [f"<</Type/Page/Parent 2 0 R/Contents {9 + 2 * at} 0 R>>".encode(), _stream(body)]
    data, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        starts.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    tail = f"xref\n0 {len(starts) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(starts) + 1}/Root 1 0 R>>\n"
    Path(path).write_bytes(data + f"{tail}startxref\n{len(data)}\n%%EOF\n".encode())


def _stream(data: bytes, about: str = "") -> bytes:
    return f"<</Length {len(data)}{about}>>\nstream\n".encode() + data + b"\nendstream"


def _subset(signs: set[str]) -> tuple[bytes, dict[str, int]]:
    """The font reduced to some characters, and the glyph number of each."""
    font = TTFont(FONT)
    cut = Subsetter(Options(layout_features=[], hinting=False))
    cut.populate(unicodes=map(ord, signs))
    cut.subset(font)
    names = font.getBestCmap()
    return font["CFF "].compile(font), {sign: int(names[ord(sign)].removeprefix("cid")) for sign in signs}


def write_rich_text(path: Path, grid: Grid) -> None:
    """Write the form as rich text, which WPS and Word may also save as .doc."""
    edges = [round(9000 * share) for share in np.cumsum(SHARES)]
    spans = {area[:2]: area for area in grid.merged}
    rows = []
    for row in range(1 + max(row for row, _ in grid.cells)):
        here = sorted(place for place in grid.cells.keys() | spans.keys() if place[0] == row)
        ends = [spans.get(place, (*place, *place))[3] for place in here]
        texts = [str(grid.cells.get(place, "")) for place in here]
        if here and here[0][1]:  # continues a cell from the row above
            ends, texts = [here[0][1] - 1, *ends], ["", *texts]
        frame = "".join(f"\\cellx{edges[end]}" for end in ends)
        rows.append(f"\\trowd{frame}" + "".join(f"\\intbl {_escaped(text)}\\cell" for text in texts) + "\\row")
    Path(path).write_bytes(("{\\rtf1\\ansi\\ansicpg936\\uc1\n" + "\n".join(rows) + "\n}\n").encode("ascii"))


def _escaped(text: str) -> str:
    signs = (
        "\\line " if sign == "\n" else sign if " " <= sign < "\x7f" and sign not in "\\{}" else f"\\u{ord(sign)}?"
        for sign in text
    )
    return "".join(signs)
