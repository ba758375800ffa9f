"""Pictures of answers, cut out of scanned pages, without contact data.

Nothing above the first or below the last answer of a page is shown, as contacts are there, and lines between them with
names or numbers of people are painted over.
"""

import io
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ecanalysis.outputs import scratch
from ecanalysis.reading.bundles import bundle_of, open_bundles
from ecanalysis.reading.found import Found, find
from ecanalysis.reading.limits import limits_in_force
from ecanalysis.reading.opening import OUR_BYTES, content, from_json

from . import available
from .gather import kept_as, scans_of

_WIDE, _HIGH, _BESIDE = 380, 14, 120  # ‰ of the page: before an answer, above and below it, after it
_PIXELS = 900  # largest width of a picture


def cut_outs(
    submissions: Path, file: str, places: Iterable[tuple[str, str]], year: int
) -> dict[tuple[str, str], bytes]:
    """A PNG for each place (`第2页`, `x,y,w,h`) on a scan, by place; none if the scan no longer exists.

    `file`: the scan's name in the tables (of the first page, if a form has several files). Without the extra `scans`
    there are none.
    """
    places = {place for place in places if re.fullmatch(r"\d+,\d+,\d+,\d+", place[1])}
    if not (places and available()):
        return {}
    limits = limits_in_force()
    with scratch() as folder:
        found = _beside(submissions, file)
        if bundle_of(file) != file:
            found = open_bundles(found, folder / "bundle", limits)
        group = next((group for group in scans_of(found, year, limits) if group[0].file == file), [])
        return _cut(group, places, year, submissions.parent) if group else {}


def _beside(submissions: Path, file: str) -> list[Found]:
    """The file itself, or its bundle; for a picture all files of its folder, as some may be further pages."""
    top = bundle_of(file)
    path = submissions / top
    if not path.is_file():
        return []
    if top != file or path.suffix.lower() == ".pdf":
        return [Found(path, top)]
    folder = PurePosixPath(top).parent
    near = [one for one in find([path.parent]) if "/" not in one.file]
    return [replace(one, file=(folder / one.file).as_posix()) for one in near]


def _cut(group: list[Found], places: set[tuple[str, str]], year: int, round_folder: Path) -> dict:
    from PIL import Image

    from .images import count_pages, page_of, straightened
    from .recognise import people_on, turned_by, upright

    pages = [(one.path, number) for one in group for number in range(count_pages(one.path))]
    kept = round_folder / ".parsed" / "scans" / kept_as(group, year, limits_in_force())
    known = {}
    with suppress(ValueError, OSError):  # missing, incomplete or foreign
        known = from_json(content(kept, OUR_BYTES))
    made = {}
    for sheet in {sheet for sheet, _ in places}:
        number = int(re.sub(r"\D", "", sheet) or 0)
        if not 0 < number <= len(pages):
            continue
        here = [tuple(map(int, place.split(","))) for at, place in places if at == sheet]
        here += [tuple(map(int, one["place"].split(","))) for one in known.get("answers", ()) if one["page"] == number]
        first, last = min(y for _, y, _, _ in here) - 3, max(y + tall for _, y, _, tall in here) + 3
        if "people" in known:
            colours = turned_by(straightened(page_of(*pages[number - 1])), known["turned"][number - 1])
            people = known["people"][number - 1]
        else:
            colours, lines, _ = upright(*pages[number - 1])
            people = people_on(lines, colours.shape[0])
        height, width = colours.shape[:2]
        for top, bottom in people:
            colours[max(top, 0) * height // 1000 : bottom * height // 1000] = 255
        for at, place in places:
            if at == sheet:
                x, y, wide, tall = map(int, place.split(","))
                left, right = max(x - _WIDE, 0), min(x + wide + _BESIDE, 1000)
                top, bottom = max(y - _HIGH, first, 0), min(y + tall + _HIGH, last, 1000)
                part = colours[
                    top * height // 1000 : bottom * height // 1000, left * width // 1000 : right * width // 1000
                ]
                picture = Image.fromarray(part)
                picture.thumbnail((_PIXELS, _PIXELS))
                buffer = io.BytesIO()
                picture.quantize(32, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(buffer, "png")
                made[(at, place)] = buffer.getvalue()
    return made
