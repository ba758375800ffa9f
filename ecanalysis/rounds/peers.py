"""Counts and amounts that lie far above or below those reported by the base's region.

Takes and returns tables. There is one function per rule, named after the kind of issue it produces.
"""

import pandas as pd

from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import SHORT_REGION_NAMES
from ecanalysis.reading.checks import FAR, SIZES
from ecanalysis.reading.rows import about
from ecanalysis.rounds import schemas

NEEDED = 5  # bases with a value, below which a median is not used


def check_peers(values: pd.DataFrame, bases: pd.DataFrame, year: int) -> pd.DataFrame:
    """Apply the rules below; returns rows of a round's `issues`. Takes what `beside_peers` takes."""
    beside = beside_peers(values, bases, year)
    return pd.concat([far_above_peers(beside), far_below_peers(beside)], ignore_index=True)


def beside_peers(values: pd.DataFrame, bases: pd.DataFrame, year: int) -> pd.DataFrame:
    """The counts and amounts of the reporting year, with the median of their region.

    `values` has a base_id, `bases` the base_id and region of each base. Adds region, median and peers (how many bases
    of the region have a value); rows with fewer than 5 peers are left out.
    """
    now = values[(values.year == year) & values.code.isin(SIZES)]
    now = now.assign(region=now.base_id.map(bases.set_index("base_id").region))
    of_field = now.groupby(["region", "code"]).value
    beside = now.assign(median=of_field.transform("median"), peers=of_field.transform("size"))
    return beside[beside.peers >= NEEDED]


def far_above_peers(beside: pd.DataFrame) -> pd.DataFrame:
    """A value of at least 1,000 times its region's median."""
    far = beside[(beside["median"] > 0) & (beside.value >= beside["median"] * FAR)]
    return _issues("far_above_peers", far, "一千倍以上", "是否多乘了万、亿，或误填了全市数据、浏览量")


def far_below_peers(beside: pd.DataFrame) -> pd.DataFrame:
    """A value above 0 of at most a thousandth of its region's median."""
    far = beside[(beside.value > 0) & (beside.value * FAR <= beside["median"])]
    return _issues("far_below_peers", far, "千分之一以下", "是否按万、亿填报而未注明单位")


def _issues(kind: str, far: pd.DataFrame, times: str, question: str) -> pd.DataFrame:
    messages = [
        f"{about(row.code, row.sheet, row.cell)}实为“{row.raw}”，为"
        f"{SHORT_REGION_NAMES[row.region]}{row.peers}家中位数{_number(row.median)}{FIELDS[row.code].unit}的{times}，"
        f"请核对{question}"
        for row in far.itertuples()
    ]
    return schemas.warnings(kind, far, messages)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value.is_integer() else f"{value:.3g}"
