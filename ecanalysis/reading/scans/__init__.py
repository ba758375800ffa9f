"""Stamped scans and photographs -> what a form says, and where on the page; whatever is not certain is said to be so.

    gather        the pages of files that are scans, through the executor; the pages of one form together
    images        a file's pages as pictures, straightened, evenly lit, without red ink
    recognise     a page -> lines of text with the place of every sign (RapidOCR, on this machine alone)
    matching      the form's own sentences found among them: what stands in each blank, what ink lies in each box
    tables        the template on a scan: rows by their indicators, answers by the lines of the table
    boxes         the ink in and about the box left of a word
    numbers       whether a number is what was read, by reading it again at other scales
    forms         a form, read by the rules of every other format; each value with its warning `from_scan`
    cutouts       the piece of a page on which an answer stands, for people to look at

`available` says whether the extra `scans` is installed.
"""

from importlib.util import find_spec


def available() -> bool:
    """Is the extra `scans` installed?"""
    return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime", "cv2"))
