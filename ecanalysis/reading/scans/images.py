"""A file -> its pages as pictures: of one size, straightened, evenly lit, without red ink (seals)."""

import io
from pathlib import Path

import cv2
import numpy as np

WIDTH = 1700  # pixels of a page's short side: 200 dpi on A4
LONGEST = 4400  # pixels of the long side; larger pictures are reduced
PIXELS = 60_000_000
PAGES = 40
PAPER = 250  # brightness of paper after correction
_FAINT_PRINT = 60  # print that is brighter is darkened to this
_STEEPEST, _STEP = 3.6, 0.1  # degrees


class TooLarge(Exception):
    """The picture has more pixels than any page needs."""


def is_picture(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a .jpg, .png or .tif."""
    return head.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*"))


def count_pages(path: Path) -> int:
    """The number of pages of a picture or PDF, at most `PAGES`."""
    from PIL import Image

    with open(path, "rb") as file:
        head = file.read(1024)
    if is_picture(head):
        with Image.open(path) as picture:
            return min(getattr(picture, "n_frames", 1), PAGES)
    import pypdfium2 as pdfium

    return min(len(pdfium.PdfDocument(path)), PAGES)


def page_of(path: Path, number: int) -> np.ndarray:
    """One page (from 0) in RGB. Raises TooLarge."""
    from PIL import Image, ImageOps

    with open(path, "rb") as file:
        data = file.read()
    if is_picture(data[:16]):
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > PIXELS:
                raise TooLarge
            picture.seek(number)
            colours = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    else:
        import pypdfium2 as pdfium

        page = pdfium.PdfDocument(data)[number]
        colours = np.asarray(page.render(scale=min(WIDTH / min(page.get_size()), 8)).to_pil().convert("RGB"))
    return _sized(colours, min(LONGEST / max(colours.shape[:2]), 1))


def straightened(colours: np.ndarray) -> np.ndarray:
    """The page flattened if photographed at a slant, rotated so that lines are horizontal, with `WIDTH` as short side.

    It may still be upside down, which is found when it is read (`recognise.upright`).
    """
    flat = _flat(colours)
    flat = _sized(flat, min(WIDTH / min(flat.shape[:2]), 2 * WIDTH / max(flat.shape[:2])))
    even = _even(flat[:, :, 0])
    if _sideways(even):
        flat, even = np.rot90(flat).copy(), np.rot90(even).copy()
    height, width = flat.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), _angle(even), 1)
    return cv2.warpAffine(flat, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _sized(colours: np.ndarray, scale: float) -> np.ndarray:
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return colours if scale == 1 else cv2.resize(colours, None, fx=scale, fy=scale, interpolation=way)


def _sideways(grey: np.ndarray) -> bool:
    """Whether lines of text are vertical, as gaps between lines are wider than those between characters."""
    ink = np.where(_sized(grey, 0.5) < 165, 255, 0).astype(np.uint8)
    for shape in ((60, 1), (1, 60)):  # the lines of the table are ignored
        rule = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        ink = cv2.subtract(ink, cv2.dilate(rule, np.ones((5, 5), np.uint8)))
    rows, columns = (ink.sum(axis=axis, dtype=np.float64) for axis in (1, 0))
    return np.square(columns).mean() * columns.size**2 > np.square(rows).mean() * rows.size**2


def grey_of(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The page in grey, evenly lit, with faint print darkened: without red ink and highlighter, and with them."""
    red = cv2.subtract(colours[:, :, 0], colours[:, :, 1:].max(axis=2))
    grey, with_red = _even(cv2.add(colours[:, :, 0], red // 2)), _even(colours.min(axis=2))  # a seal may be dark red
    darkest = float(np.percentile(grey, 1.5))
    if not _FAINT_PRINT < darkest < PAPER - 30:
        return grey, with_red
    darker = np.clip(PAPER - (PAPER - np.arange(256)) * (PAPER - _FAINT_PRINT) / (PAPER - darkest), 0, 255)
    return tuple(cv2.LUT(one, darker.astype(np.uint8)) for one in (grey, with_red))


def _even(grey: np.ndarray) -> np.ndarray:
    # Divide by the brightness of the paper nearby, so that shadows disappear.
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), 31)
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip(grey.astype(np.float32) / np.maximum(paper, 40) * PAPER, 0, 255).astype(np.uint8)


def _angle(grey: np.ndarray) -> float:
    """The angle of the lines of a page, in degrees: rotated by it, rows of ink and paper differ most sharply."""
    small = cv2.resize(255 - grey, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)
    height, width = small.shape

    def sharpness(angle: float) -> float:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
        rows = cv2.warpAffine(small, turn, (width, height)).sum(axis=1, dtype=np.float64)
        return float(np.square(np.diff(rows)).sum())

    coarse = max(np.arange(-_STEEPEST, _STEEPEST + 0.3, 0.4), key=sharpness)
    return float(max(np.arange(coarse - 0.4, coarse + 0.41, _STEP), key=sharpness))


def _flat(colours: np.ndarray) -> np.ndarray:
    """A page photographed on a darker background, rectified by its four corners; other pictures are unchanged."""
    scale = WIDTH / 4 / min(colours.shape[:2])
    small = _sized(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), scale)
    smooth = cv2.GaussianBlur(small, (9, 9), 0)
    bright = np.where(smooth > 0.42 * np.percentile(smooth, 95), 255, 0).astype(np.uint8)  # includes paper in shadow
    bright = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
    contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return colours
    page = max(contours, key=cv2.contourArea)
    share = cv2.contourArea(page) / small.size
    corners = cv2.approxPolyDP(page, 0.03 * cv2.arcLength(page, True), True).reshape(-1, 2).astype(np.float32) / scale
    if len(corners) != 4 or not 0.35 < share < 0.97:
        return colours
    by_sum, by_difference = corners.sum(axis=1), np.diff(corners, axis=1).ravel()
    ordered = corners[[by_sum.argmin(), by_difference.argmin(), by_sum.argmax(), by_difference.argmax()]]
    across = np.linalg.norm(ordered[0] - ordered[1]) + np.linalg.norm(ordered[3] - ordered[2])
    down = np.linalg.norm(ordered[0] - ordered[3]) + np.linalg.norm(ordered[1] - ordered[2])
    width, height = (WIDTH, WIDTH * down / across) if down > across else (WIDTH * across / max(down, 1), WIDTH)
    width, height = int(min(width, 2 * WIDTH)), int(min(height, 2 * WIDTH))
    target = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    return cv2.warpPerspective(
        colours, cv2.getPerspectiveTransform(ordered, target), (width, height), flags=cv2.INTER_CUBIC
    )
