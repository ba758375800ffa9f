"""The colours of the suite, measured: apart in grey print and for colour-blind readers, dark enough on paper.

Lightness and distance are those of CIELAB (CIE 1976). Colour-blind sight is simulated with the matrices of
Machado, Oliveira and Fernandes (2009) for full severity.
"""

from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from ecanalysis.presenting import charts

SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
REGIONS = {region: charts.REGION_COLOURS[region] for region in "东中西"}
# What stands side by side as fills in one chart.
FAMILIES = {"regions": REGIONS, "up and down": {"up": charts.UP, "down": charts.DOWN}}


def seen(colour, sight: str = "full") -> np.ndarray:
    """CIELAB of a colour as the reader sees it (white of D65)."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(SIGHT[sight] @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = to_xyz @ linear / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def pairs(family: str):
    return combinations(FAMILIES[family].values(), 2)


def test_the_measure_itself():
    assert seen("white") == pytest.approx([100, 0, 0], abs=0.02) and seen("black") == pytest.approx([0, 0, 0], abs=0.02)
    red, green = "#d62728", "#2ca02c"
    gaps = {sight: np.linalg.norm(seen(red, sight) - seen(green, sight)) for sight in SIGHT}
    assert gaps["deuteranopia"] < 0.4 * gaps["full"], "red and green come close for a deuteranope"


@pytest.mark.parametrize("family", FAMILIES)
def test_apart_in_grey_print(family):
    for one, other in pairs(family):
        assert abs(seen(one)[0] - seen(other)[0]) >= 17, (one, other)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("family", FAMILIES)
def test_apart_for_every_reader(family, sight):
    for one, other in pairs(family):
        assert np.linalg.norm(seen(one, sight) - seen(other, sight)) >= 25, (one, other)


def test_dark_enough_on_white_paper():
    marks = [*REGIONS.values(), charts.REGION_COLOURS["全国"], charts.UP, charts.DOWN]
    assert min(charts.contrast(colour, "white") for colour in marks) >= 3
    assert min(charts.contrast(colour, "white") for colour in (charts.INK, charts.QUIET, charts.ALERT)) >= 4.5


def test_type_on_any_shade_is_legible():
    shades = [charts.SHADES(step / 50) for step in range(51)]
    assert min(charts.contrast(charts.text_on(shade), shade) for shade in shades) >= 4.5


def test_the_shades_grow_darker_all_the_way():
    lightness = [seen(charts.SHADES(step / 50))[0] for step in range(51)]
    assert all(one > other for one, other in pairwise(lightness))
