"""Stamped scans and photographs -> the answers of a form with their places; whatever is uncertain is reported as such.

    images.py     a file's pages as pictures: straightened, evenly lit, without red ink
    recognise.py  a page -> lines of text with the place of every character (RapidOCR, on this machine only)
    matching.py   finds the form's sentences in them: the text in blanks (numbers.py), the ink in boxes (boxes.py)
    tables.py     finds the rows and cells of the template in them
    forms.py      the answers -> rows, by the same rules as for other formats; each value has a warning `from_scan`
    gather.py     all scans among the files of a round, recognised by the executor
    cutouts.py    pictures of the answers, for people to check

`available` says whether the extra `scans` is installed.
"""

from importlib.util import find_spec


def available() -> bool:
    """Whether the extra `scans` is installed."""
    return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime", "cv2"))
