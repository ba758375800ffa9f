"""Stamped scans and photographs -> the answers of a form with their places; whatever is uncertain is reported as such.

    gather        all scans among the files of a round, recognised by the executor; the pages of one form together
    images        a file's pages as pictures: straightened, evenly lit, without red ink
    recognise     a page -> lines of text with the place of every character (RapidOCR, on this machine only)
    matching      finds the form's sentences in them: the text in each blank, the ink in each box
    tables        finds the rows and cells of the template in them
    boxes         measures the ink in and around the box left of a word
    numbers       checks the text in a blank by reading it again at other scales
    forms         the answers -> rows, by the same rules as for other formats; each value has a warning `from_scan`
    cutouts       pictures of the answers, for people to check

`available` says whether the extra `scans` is installed.
"""

from importlib.util import find_spec


def available() -> bool:
    """Whether the extra `scans` is installed."""
    return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime", "cv2"))
