"""Text boxes, pictures, form controls, ActiveX, comments and headers of a worksheet -> text of its cells, or `Object`s.

Whether they belong to a cell is decided in `over_cells`.
"""

import re

from lxml import etree

from . import Area, Cell, Object
from .archive import Archive
from .controls import active_x
from .over_cells import Control, middle, place_controls, place_of, put_text

_EMU = 9525  # of a pixel
_PAGE = re.compile(r"&[LCRPNDTFAGZ]|&\"[^\"]*\"|&\d+|&K[0-9A-Fa-f]{6}|&[BIUESXY]|第|页|共|[\s,，、/\d—-]")
_SILENT = {"note", "pict", "shape", "rect", "group", "scroll", "spin", "dialog", "movie"}


def lay_out(
    archive: Archive,
    part: str,
    root: etree._Element,
    name: str,
    cells: dict[int, Cell],
    areas: list[Area],
    objects: list[Object],
) -> None:
    """Put the shapes and controls of the worksheet `part` into its cells, or add them to `objects`."""
    links = archive.relationships(part)
    controls: dict[str, Control] = {}
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
    place_controls([one for one in controls.values() if one.place], name, cells, areas, objects)
    for header in root.iter("{*}oddHeader", "{*}oddFooter", "{*}evenHeader", "{*}evenFooter", "{*}firstHeader"):
        if _PAGE.sub("", header.text or ""):
            kind = "header" if "Header" in header.tag else "footer"
            objects.append(Object(kind, re.sub(r"&[LCR]", " ", header.text or "").strip(), name, 0, 0))


def _note(reference: str, text: str, name: str, objects: list[Object]) -> None:
    if text.strip():
        objects.append(Object("comment", text.strip(), name, *(place_of(reference) or (0, 0))))


def _comments(root: etree._Element, name: str, threaded: bool, objects: list[Object]) -> None:
    for comment in root.iter("{*}comment"):
        text = "".join(text.text or "" for text in comment.iter("{*}t"))
        if not (threaded and text.startswith("[")):  # a copy of a threaded comment for older programs
            _note(comment.get("ref", ""), text, name, objects)


def _vml(root: etree._Element, controls: dict[str, Control]) -> None:
    """Read controls in the VML that Excel writes for older programs."""
    for shape in root.iter("{*}shape"):
        data = shape.find("{*}ClientData")
        kind = data.get("ObjectType", "").lower() if data is not None else "note"
        if kind in _SILENT:
            continue
        anchor = [int(part) for part in re.findall(r"-?\d{1,7}", data.findtext("{*}Anchor") or "")]
        box = shape.find("{*}textbox")
        text = "".join(box.itertext()).strip() if box is not None else ""
        checked = (data.findtext("{*}Checked") or "0").strip()
        control = Control(
            kind, text, {"0": False, "1": True}.get(checked), (data.findtext("{*}FmlaLink") or "").strip()
        )
        if len(anchor) == 8:
            left, dx, top, dy, right, dx2, bottom, dy2 = anchor
            control.place = middle((top, dy * _EMU, left, dx * _EMU), (bottom, dy2 * _EMU, right, dx2 * _EMU))
        controls[shape.get("id", "").rpartition("_s")[2]] = control


def _declared(archive: Archive, root: etree._Element, links: dict, controls: dict[str, Control]) -> None:
    """Read controls listed in the worksheet itself, whose properties are in separate parts."""
    for entry in root.iter("{*}control"):
        kind, target = links.get(next((value for key, value in entry.items() if key.endswith("}id")), ""), ("", ""))
        control = controls.setdefault(entry.get("shapeId", ""), Control("control"))
        begin, end = entry.find("{*}controlPr/{*}anchor/{*}from"), entry.find("{*}controlPr/{*}anchor/{*}to")
        if begin is not None and end is not None:
            control.place = middle(_corner(begin), _corner(end))
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
    """Row, offset in it, column and offset in it of one corner of an anchor."""
    found = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in element}
    return tuple(
        int(text) if re.fullmatch(r"-?\d{1,9}", text) else 0
        for text in (found.get(key, "") for key in ("row", "rowOff", "col", "colOff"))
    )


def _drawing(
    root: etree._Element,
    name: str,
    cells: dict[int, Cell],
    areas: list[Area],
    objects: list[Object],
    controls: dict[str, Control],
) -> None:
    for anchor in root.iter("{*}twoCellAnchor", "{*}oneCellAnchor", "{*}absoluteAnchor"):
        begin, end = anchor.find("{*}from"), anchor.find("{*}to")
        begin = _corner(begin) if begin is not None else (0, 0, 0, 0)
        end = _corner(end) if end is not None else None
        row, column, _ = middle(begin, end)
        for shape in anchor.iter("{*}sp", "{*}pic", "{*}graphicFrame", "{*}cxnSp"):
            if any(above.tag.endswith("}Fallback") for above in shape.iterancestors()):
                continue
            known = next((one.get("id", "") for one in shape.iter("{*}cNvPr")), "")
            text = "\n".join(
                "".join(piece.text or "" for piece in paragraph.iter("{*}t")) for paragraph in shape.iter("{*}p")
            ).strip()
            kind = shape.tag.rpartition("}")[2]
            if known in controls and kind == "sp":  # the picture of a control that newer programs draw
                controls[known].text = controls[known].text or text
            elif kind != "sp":
                objects.append(Object("picture" if kind == "pic" else "drawing", text, name, row, column))
            else:
                put_text(text, row, column, name, cells, areas, objects)
