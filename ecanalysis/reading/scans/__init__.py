"""Stamped scans and photographs -> what a form says, and where on the page; whatever is not certain is said to be so.

    images.py     a file's pages as pictures, straightened, evenly lit, without red ink
    recognise.py  a page -> lines of text with the place of every sign (RapidOCR, on this machine alone)
    matching.py   the form's own sentences found among them: what stands in each blank, what ink lies in each box
    forms.py      a form, read by the rules of every other format; each value with its warning `from_scan`

    cutouts.py    the piece of a page on which an answer stands, for people to look at

`available` says whether the extra `scans` is installed. gather.py reads
the pages of files that are scans, through the executor.
"""

from importlib.util import find_spec


def available() -> bool:
    """Is the extra `scans` installed?"""
    return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime", "cv2"))
