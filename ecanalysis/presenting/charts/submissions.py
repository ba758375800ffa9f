"""Charts of a round's submissions, and cutouts of scanned pages; each takes the table it plots."""

import io

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import ISSUE_NAMES, KINDS, SEVERITY_NAMES
from ecanalysis.presenting.charts import ALERT, INK, QUIET, RULE, blank, canvas
from ecanalysis.presenting.formats import label
from ecanalysis.presenting.stamped import MOST, said

KIND_COLOURS = dict(zip(KINDS, ("#0b3c6f", "#6695c2")))
UNFILLED = "#6695c2"
SEVERITY_COLOURS = {"error": ALERT, "warning": "#6695c2"}


def by_province(covered: pd.DataFrame) -> Figure:
    """The bases of each province: those that submitted, by kind, and those that did not (hollow)."""
    wide = covered.groupby(["province", "kind"])[["submitted", "absent"]].sum().unstack(fill_value=0)
    absent = wide["absent"].sum(axis=1)
    total = wide["submitted"].sum(axis=1) + absent
    order = total.sort_index().sort_values(ascending=False, kind="stable").index
    figure, axes = canvas(0.9 + 0.2 * len(order))
    left = np.zeros(len(order))
    for kind in KINDS:
        if kind in wide["submitted"]:
            width = wide["submitted"][kind][order].to_numpy()
            axes.barh(
                range(len(order)), width, left=left, height=0.7, color=KIND_COLOURS[kind], label=f"{kind}，有可用报送"
            )
            left = left + width
    missing = absent[order].where(absent[order] > 0).to_numpy()
    axes.barh(
        range(len(order)),
        missing,
        left=left,
        height=0.7,
        color="white",
        edgecolor=ALERT,
        hatch="////",
        label="无可用报送",
    )
    for place, province in enumerate(order):
        words = f"{total[province] - absent[province]}/{total[province]}"
        colour = ALERT if absent[province] else QUIET
        axes.annotate(words, (total[province], place), (5, 0), textcoords="offset points", va="center", color=colour)
    axes.set_yticks(range(len(order)), order)
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlabel("基地数（家）；条末为有可用报送/名单内")
    axes.legend(loc="lower right")
    _quiet(axes)
    return figure


def by_kind(counted: pd.DataFrame) -> Figure:
    """The number of issues by kind, with different colours for errors and warnings."""
    figure, axes = canvas(0.9 + 0.25 * max(len(counted), 2))
    axes.barh(
        range(len(counted)), counted.issues, height=0.66, color=[SEVERITY_COLOURS[one] for one in counted.severity]
    )
    for place, row in enumerate(counted.itertuples()):
        words = f"{row.issues}项，{row.forms}份"
        axes.annotate(words, (row.issues, place), (5, 0), textcoords="offset points", va="center")
    axes.set_yticks(
        range(len(counted)),
        [f"{ISSUE_NAMES[row.kind]}（{SEVERITY_NAMES[row.severity]}）" for row in counted.itertuples()],
    )
    axes.set_ylim(len(counted) - 0.4, -0.6)
    axes.set_xlim(0, counted.issues.max() * 1.16 if len(counted) else 1)
    axes.set_xlabel("项数和涉及的报告表份数")
    _quiet(axes)
    return figure


def missing_values(lacking: pd.DataFrame) -> Figure:
    """The number of bases without a readable value, one bar per field, with the provinces as labels.

    Takes the rows of `submissions.completeness` with lacking values.
    """
    if lacking.empty:
        return blank("没有未填的指标")
    figure, axes = canvas(0.9 + 0.22 * len(lacking))
    axes.barh(range(len(lacking)), lacking.lacking, height=0.66, color=UNFILLED)
    room = lacking.lacking.max()
    for place, row in enumerate(lacking.itertuples()):
        said = f"{row.lacking}/{row.expected}家　{_cut(row.provinces)}"
        axes.annotate(said, (row.lacking, place), (5, 0), textcoords="offset points", va="center", color=INK)
    axes.set_yticks(range(len(lacking)), [label(code) for code in lacking.code])
    axes.set_ylim(len(lacking) - 0.4, -0.6)
    axes.set_xlim(0, room * 2.9)
    axes.set_xlabel("未填家数；条末为未填/应填，及所在省份")
    _quiet(axes)
    return figure


def _quiet(axes) -> None:
    axes.grid(axis="x", color=RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.xaxis.get_major_locator().set_params(integer=True)


def _cut(provinces: str, most: int = 3) -> str:
    """The first provinces of 浙江3、福建1、…, with a note if there are more."""
    listed = provinces.split("、")
    return "、".join(listed[:most]) + (f"等{len(listed)}个省份" if len(listed) > most else "")


def pieces(rows: pd.DataFrame) -> Figure:
    """Cutouts of scanned pages, each below a line with what was read there and what the file says.

    The first `MOST` rows of `stamped.to_look_at`, one below the other; a row without a picture says so.
    """
    rows = rows.head(MOST)
    if rows.empty:
        return blank("没有须与盖章扫描件核对的内容")
    figure, axes = canvas(0.3 + 0.8 * len(rows), rows=len(rows), squeeze=False)
    for row, place in zip(rows.itertuples(), axes[:, 0]):
        place.axis("off")
        words = f"{row.base_name}　{FIELDS[row.code].called}：{said(row)}"
        place.set_title(words if len(words) < 62 else words[:61] + "…", loc="left", pad=3)
        if row.picture:
            place.imshow(np.asarray(Image.open(io.BytesIO(row.picture)).convert("RGB")), aspect="equal")
            place.set_anchor("W")
        else:
            place.text(0, 0.5, "没有可以截取的原样", color=QUIET, transform=place.transAxes)
    return figure
