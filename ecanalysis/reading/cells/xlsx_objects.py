"""What lies on the cells of a worksheet: text boxes, pictures, form controls, ActiveX, comments, embedded files.

What can be told to belong to a cell is put into it: a text box with a number or a tick over an empty cell, check
boxes over an empty cell (`☑是 □否`), a check box over the cell with its word. All else becomes an `Object`.
"""

import re
from dataclasses import dataclass

from lxml import etree

from . import Cell, Object
from .archive import Archive
from .controls import active_x
from .merging import COLUMN_BITS, Area

_OVER = 60_000  # English Metric Units (1/6 cm) by which what lies on one cell may reach into the next
_EMU = 9525  # of a pixel
_ANSWER = re.compile(r"[约近超]?\s*[-+－−]?[\d０-９][\d０-９,，.．\s]*\S{0,6}|[是否有无√✓✔☑■●]|[☑√✓✔]?\s*[是否有无]")
_PAGE = re.compile(r"&[LCRPNDTFAGZ]|&\"[^\"]*\"|&\d+|&K[0-9A-Fa-f]{6}|&[BIUESXY]|第|页|共|[\s,，、/\d—-]")
_TICKABLE = {"checkbox", "radio"}
_SILENT = {"note", "pict", "shape", "rect", "group", "scroll", "spin", "dialog", "movie"}


@dataclass(slots=True)
class _Control:
    """A control of a form, put together from the parts that tell of it."""

    kind: str = ""
    text: str = ""
    state: bool | None = None
    link: str = ""
    place: tuple[int, int, float] | None = None  # row, column, how far to the right


def lay_out(
    archive: Archive,
    part: str,
    root: etree._Element,
    name: str,
    cells: dict[int, Cell],
    areas: list[Area],
    objects: list[Object],
) -> None:
    """Put what lies on the worksheet `part` into its cells, or else add it to `objects`."""
    links = archive.relationships(part)
    controls: dict[str, _Control] = {}
    for kind, target in links.values():
        if kind == "vmlDrawing" and target in archive:
            _vml(archive.tree(target), controls)
    _declared(archive, root, links, controls)
    for kind, target in links.values():
        if target not in archive:
            continue
        if kind == "drawing":
            _drawing(archive.tree(target), name, cells, areas, objects, controls)
        elif kind == "comments":
            threaded = any(other == "threadedComment" for other, _ in links.values())
            _comments(archive.tree(target), name, threaded, objects)
        elif kind == "threadedComment":
            for said in archive.tree(target).iter("{*}threadedComment"):
                _note(said.get("ref", ""), said.findtext("{*}text", ""), name, objects)
    _place_controls([one for one in controls.values() if one.place], name, cells, areas, objects)
    for header in root.iter("{*}oddHeader", "{*}oddFooter", "{*}evenHeader", "{*}evenFooter", "{*}firstHeader"):
        if _PAGE.sub("", header.text or ""):
            kind = "header" if "Header" in header.tag else "footer"
            objects.append(Object(kind, re.sub(r"&[LCR]", " ", header.text or "").strip(), name, 0, 0))


def _place(reference: str) -> tuple[int, int] | None:
    from .xlsx import _position

    return _position(reference.partition(":")[0])


def _note(reference: str, text: str, name: str, objects: list[Object]) -> None:
    if text.strip():
        objects.append(Object("comment", text.strip(), name, *(_place(reference) or (0, 0))))


def _comments(root: etree._Element, name: str, threaded: bool, objects: list[Object]) -> None:
    for comment in root.iter("{*}comment"):
        text = "".join(text.text or "" for text in comment.iter("{*}t"))
        if not (threaded and text.startswith("[")):  # the older form of a threaded one
            _note(comment.get("ref", ""), text, name, objects)


def _vml(root: etree._Element, controls: dict[str, _Control]) -> None:
    """Controls as Excel keeps them for older programs."""
    for shape in root.iter("{*}shape"):
        data = shape.find("{*}ClientData")
        kind = data.get("ObjectType", "").lower() if data is not None else "note"
        if kind in _SILENT:
            continue
        anchor = [int(part) for part in re.findall(r"-?\d{1,7}", data.findtext("{*}Anchor") or "")]
        box = shape.find("{*}textbox")
        text = "".join(box.itertext()).strip() if box is not None else ""
        checked = (data.findtext("{*}Checked") or "0").strip()
        control = _Control(
            kind, text, {"0": False, "1": True}.get(checked), (data.findtext("{*}FmlaLink") or "").strip()
        )
        if len(anchor) == 8:
            left, dx, top, dy, right, dx2, bottom, dy2 = anchor
            control.place = _middle((top, dy * _EMU, left, dx * _EMU), (bottom, dy2 * _EMU, right, dx2 * _EMU))
        controls[shape.get("id", "").rpartition("_s")[2]] = control


def _declared(archive: Archive, root: etree._Element, links: dict, controls: dict[str, _Control]) -> None:
    """Controls as the worksheet itself names them, with their properties in parts of their own."""
    for entry in root.iter("{*}control"):
        kind, target = links.get(next((value for key, value in entry.items() if key.endswith("}id")), ""), ("", ""))
        control = controls.setdefault(entry.get("shapeId", ""), _Control("control"))
        begin, end = entry.find("{*}controlPr/{*}anchor/{*}from"), entry.find("{*}controlPr/{*}anchor/{*}to")
        if begin is not None and end is not None:
            control.place = _middle(_corner(begin), _corner(end))
        control.place = control.place or (0, 0, 0)
        if kind == "control":
            control.kind, control.state, control.text = active_x(archive, target)
            properties = entry.find("{*}controlPr")
            control.link = properties.get("linkedCell", "") if properties is not None else ""
        elif kind == "ctrlProp" and target in archive:
            properties = archive.tree(target)
            control.kind = properties.get("objectType", control.kind).lower()
            control.state = {"Checked": True, "Mixed": None}.get(properties.get("checked", ""), False)
            control.link = properties.get("fmlaLink", control.link)


def _corner(element: etree._Element) -> tuple[int, int, int, int]:
    """Row, its offset, column and its offset of one end of an anchor."""
    found = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in element}
    return tuple(
        int(text) if re.fullmatch(r"-?\d{1,9}", text) else 0
        for text in (found.get(key, "") for key in ("row", "rowOff", "col", "colOff"))
    )


def _middle(begin: tuple[int, int, int, int], end: tuple[int, int, int, int] | None) -> tuple[int, int, float]:
    """The cell that an anchor lies on, in the middle of those it reaches."""
    top, _, left, aside = begin
    if end is None:
        return max(top, 0), max(left, 0), aside
    bottom = end[0] - (end[1] <= _OVER)
    right = end[2] - (end[3] <= _OVER)
    return max(top + max(bottom - top, 0) // 2, 0), max(left + max(right - left, 0) // 2, 0), left * 10**9 + aside


def _drawing(
    root: etree._Element,
    name: str,
    cells: dict[int, Cell],
    areas: list[Area],
    objects: list[Object],
    controls: dict[str, _Control],
) -> None:
    for anchor in root.iter("{*}twoCellAnchor", "{*}oneCellAnchor", "{*}absoluteAnchor"):
        begin, end = anchor.find("{*}from"), anchor.find("{*}to")
        begin = _corner(begin) if begin is not None else (0, 0, 0, 0)
        end = _corner(end) if end is not None else None
        row, column, _ = _middle(begin, end)
        for shape in anchor.iter("{*}sp", "{*}pic", "{*}graphicFrame", "{*}cxnSp"):
            if any(above.tag.endswith("}Fallback") for above in shape.iterancestors()):
                continue
            known = next((one.get("id", "") for one in shape.iter("{*}cNvPr")), "")
            text = "\n".join(
                "".join(piece.text or "" for piece in paragraph.iter("{*}t")) for paragraph in shape.iter("{*}p")
            ).strip()
            kind = shape.tag.rpartition("}")[2]
            if known in controls and kind == "sp":  # the picture that newer programs draw of a control
                controls[known].text = controls[known].text or text
            elif kind != "sp":
                objects.append(Object("picture" if kind == "pic" else "drawing", text, name, row, column))
            elif not text:
                objects.append(Object("drawing", "", name, row, column))
            elif not (len(text) <= 30 and _ANSWER.fullmatch(text) and _fill(text, row, column, cells, areas)):
                objects.append(Object("text_box", text, name, row, column))


def _area(row: int, column: int, areas: list[Area]) -> Area:
    return next(
        (area for area in areas if area[0] <= row <= area[2] and area[1] <= column <= area[3]),
        (row, column, row, column),
    )


def _fill(text: str, row: int, column: int, cells: dict[int, Cell], areas: list[Area]) -> bool:
    """Put a text into an empty cell; False where the cell is not empty."""
    top, left, _, _ = _area(row, column, areas)
    key = top << COLUMN_BITS | left
    if key in cells:
        return False
    cells[key] = Cell(top, left, text)
    return True


def _place_controls(
    controls: list[_Control], name: str, cells: dict[int, Cell], areas: list[Area], objects: list[Object]
) -> None:
    for control in controls:  # what a linked cell holds is the control's state once more
        at = _place(control.link.rpartition("!")[2]) if control.kind in _TICKABLE else None
        linked = (
            cells.get(at[0] << COLUMN_BITS | at[1])
            if at and control.link.rpartition("!")[0].strip("'") in ("", name)
            else None
        )
        if linked is not None and isinstance(linked.value, bool | int):
            del cells[linked.row << COLUMN_BITS | linked.column]
    over: dict[tuple[int, int], list[_Control]] = {}
    for control in controls:
        row, column, _ = control.place
        if control.kind in _TICKABLE and control.state is not None:
            over.setdefault(_area(row, column, areas)[:2], []).append(control)
        elif control.kind in _TICKABLE or control.text or control.kind == "control":
            objects.append(
                Object("checkbox" if control.kind in _TICKABLE else "control", control.text, name, row, column)
            )
    for (row, column), boxes in over.items():
        boxes.sort(key=lambda control: (control.place[0], control.place[2]))
        text = " ".join(("☑" if control.state else "□") + control.text for control in boxes)
        beneath = cells.get(row << COLUMN_BITS | column)
        if beneath is None:
            cells[row << COLUMN_BITS | column] = Cell(row, column, text)
        elif len(boxes) == 1 and not boxes[0].text and isinstance(beneath.value, str) and len(beneath.value) <= 10:
            cells[row << COLUMN_BITS | column] = beneath._replace(value=text + beneath.value.strip())
        else:
            objects += [Object("checkbox", control.text, name, row, column, control.state) for control in boxes]
