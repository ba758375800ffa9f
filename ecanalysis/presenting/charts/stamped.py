"""Pieces of scanned pages, each under what was read there and what the file beside it says."""

import io

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from ecanalysis.form.fields import FIELDS
from ecanalysis.presenting.charts import QUIET, blank, canvas
from ecanalysis.presenting.stamped import MOST, said


def pieces(rows: pd.DataFrame) -> Figure:
    """The first `MOST` rows of `stamped.to_look_at`, one below the other; a row without a picture says so."""
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
