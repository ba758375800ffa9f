"""Scans of a printed form, damaged in the ways that scanners, telephones and stamps do."""

import cv2
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw


def pages(pdf, dpi=200):
    """The pages of a PDF as pictures (RGB)."""
    return [
        np.array(page.render(scale=dpi / 72).to_pil().convert("RGB")) for page in pdfium.PdfDocument(pdf)
    ]  # fmt: skip


def turned(picture, degrees):
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(picture, turn, (width, height), borderValue=(255, 255, 255), flags=cv2.INTER_CUBIC)


def noisy(picture, seed, strength=12):
    noise = np.random.default_rng(seed).normal(0, strength, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def blurred(picture, sigma):
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def as_jpeg(picture, quality):
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def grey(picture):
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def sealed(picture, x, y, size=190):
    """A red round seal with a star, half transparent, in the middle at (x, y) of the page (shares of it)."""
    height, width = picture.shape[:2]
    layer = picture.copy()
    middle = (int(width * x), int(height * y))
    cv2.circle(layer, middle, size, (215, 30, 40), 9)
    points = [
        (middle[0] + int(radius * np.sin(np.pi * at / 5)), middle[1] - int(radius * np.cos(np.pi * at / 5)))
        for at, radius in zip(range(10), [size * 0.4, size * 0.16] * 5)
    ]
    cv2.fillPoly(layer, [np.array(points)], (215, 30, 40))
    return np.minimum(picture, (0.25 * picture + 0.75 * layer).astype(np.uint8))


def photographed(picture, seed):
    """The page on a dark table, seen at a slant, with a shadow over one side."""
    height, width = picture.shape[:2]
    random = np.random.default_rng(seed)
    edge = 0.06 * width
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    there = corners + np.float32([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * random.uniform(0.4, 1, (4, 2)) * edge
    matrix = cv2.getPerspectiveTransform(corners, np.float32(there))
    seen = cv2.warpPerspective(picture, matrix, (width, height), borderValue=(70, 60, 50), flags=cv2.INTER_CUBIC)
    shadow = 1 - 0.45 / (1 + np.exp(-(np.arange(width) - 0.6 * width) / (0.05 * width)))
    return as_jpeg(np.clip(seen * shadow[None, :, None], 0, 255).astype(np.uint8), 80)


def boxes_of(pdf, signs="□"):
    """Where the boxes of a PDF lie, as one reads: (page, x, y, width) in shares of the page, and which sign it is."""
    found = []
    for number, page in enumerate(pdfium.PdfDocument(pdf)):
        text = page.get_textpage()
        width, height = page.get_size()
        for at in range(text.count_chars()):
            sign = chr(raw.FPDFText_GetUnicode(text, at))
            if sign in signs:
                left, bottom, right, top = text.get_charbox(at)
                x, y = (left + right) / 2 / width, 1 - (top + bottom) / 2 / height
                found.append((number, x, y, (right - left) / width, sign))
    return sorted(found, key=lambda one: (one[0], round(one[2] * 150), one[1]))


def hand_ticked(picture, x, y, wide, seed):
    """A tick drawn by hand over the box at (x, y)."""
    random = np.random.default_rng(seed)
    height, width = picture.shape[:2]
    size = wide * width
    points = np.array([(-0.5, 0), (-0.1, 0.45), (0.8, -0.7)]) + random.normal(0, 0.07, (3, 2))
    points = (points * size + (x * width, y * height)).astype(np.int32)
    drawn = picture.copy()
    cv2.polylines(drawn, [points], False, (25, 25, 60), random.integers(3, 6), cv2.LINE_AA)
    return drawn


DAMAGES = {
    "clean": lambda page, seed: page,
    "mild: 0.7 degrees, noise, blur, jpeg 60": lambda page, seed: as_jpeg(
        blurred(noisy(turned(page, 0.7), seed), 0.7), 60
    ),
    "turned 3 degrees": lambda page, seed: turned(page, 3),
    "turned -2 degrees, grey, jpeg 40": lambda page, seed: as_jpeg(grey(turned(page, -2)), 40),
    "red seal over the text": lambda page, seed: as_jpeg(sealed(turned(page, 0.5), 0.62, 0.45), 75),
    "photograph: slant and shadow": photographed,
    "on its head, -0.5 degrees": lambda page, seed: turned(np.rot90(page, 2), -0.5),
    "sideways": lambda page, seed: np.rot90(page).copy(),
    "faint print": lambda page, seed: (255 - (255 - page.astype(float)) * 0.45).astype(np.uint8),
    "noise": lambda page, seed: noisy(page, seed, 30),
    "blur": lambda page, seed: blurred(page, 1.6),
}
