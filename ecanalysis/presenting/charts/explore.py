"""The chart of the analyst's desk: the total of every base, and who is in the bottom three."""

from html import escape

import pandas as pd

from ecanalysis.form.words import DEMONSTRATION
from ecanalysis.presenting.charts import ALERT, EDGE, INK, KIND_MARKERS, REGION_COLOURS, RULE, group_label

LANES = [0, 9, -9, 18, -18]  # pixels
LEFT, RIGHT, TOP, LANE, BELOW = 96, 588, 30, 64, 22  # pixels: ends of the axis, top, height of a region's lane, bottom
SEEN = "各区域参评基地总分分布，后3位以红色标出编号；数值见下表"  # alternative text


def totals(outcome: pd.DataFrame) -> str:
    """The total of every base under the tried scheme (`what_if.moved`), one lane per region, as SVG.

    Circles are demonstration bases, triangles clusters; the bottom three are red, with their ids. Points of a lane are
    spread vertically by their order. The SVG is written directly: drawing with matplotlib would take as long as
    everything else that moving a slider does.
    """
    regions = [region for region in REGION_COLOURS if (outcome.region == region).any()]
    height = TOP + LANE * len(regions) + BELOW
    parts = _axis(height - BELOW) if regions else [f'<text x="8" y="24" fill="{INK}">没有可画的基地</text>']
    for place, region in enumerate(regions):
        lane = outcome[outcome.region == region].sort_values(["total", "base_id"])
        parts += _lane(lane, TOP + LANE * (place + 0.5), region)
    size = f'viewBox="0 0 600 {height}" style="width: 100%; max-width: 600px" font-size="12"'
    return f'<svg role="img" aria-label="{SEEN}" {size}>{"".join(parts)}</svg>'


def _lane(lane: pd.DataFrame, middle: float, region: str) -> list[str]:
    label = group_label(region, len(lane))
    parts = [f'<text x="{LEFT - 8}" y="{middle + 4:g}" text-anchor="end" fill="{INK}">{label}</text>']
    last = lane[lane.bottom_three == 1]
    if len(last):
        edge = _across(last.total.max())
        line = f'x1="{edge:.1f}" x2="{edge:.1f}" y1="{middle - 27:g}" y2="{middle + 27:g}"'
        parts.append(f'<line {line} stroke="{ALERT}" stroke-width="0.8" stroke-dasharray="3 2"/>')
        named = escape("、".join(last.base_id))
        first = _across(last.total.min())
        parts.append(f'<text x="{first:.1f}" y="{middle - 21:g}" font-size="10.5" fill="{ALERT}">{named}</text>')
    reds = []
    for order, (total, kind, flag) in enumerate(zip(lane.total, lane.kind, lane.bottom_three)):
        at = _across(total), middle + LANES[order % len(LANES)]
        if flag:
            reds.append(_mark(*at, "o", f'fill="{ALERT}" stroke="white" stroke-width="0.5"', 3.4))
        else:
            strength = 0.55 if kind == DEMONSTRATION else 0.3
            parts.append(_mark(*at, KIND_MARKERS[kind], f'fill="{REGION_COLOURS[region]}" opacity="{strength}"'))
    return parts + reds


def _across(total: float) -> float:
    return LEFT + (RIGHT - LEFT) * total / 100


def _mark(x: float, y: float, marker: str, look: str, radius: float = 2.7) -> str:
    if marker == "o":
        return f'<circle cx="{x:.1f}" cy="{y:g}" r="{radius}" {look}/>'
    return f'<path d="M{x:.1f} {y - radius:g}l{radius} {2 * radius}h-{2 * radius}z" {look}/>'


def _axis(bottom: float) -> list[str]:
    """The grid lines from 0 to 100, and the legend."""
    parts = []
    for total in range(0, 101, 20):
        x = f"{_across(total):g}"
        parts.append(f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{bottom:g}" stroke="{RULE}" stroke-width="0.8"/>')
        parts.append(
            f'<text x="{x}" y="{bottom + 15:g}" text-anchor="middle" font-size="10.5" fill="{INK}">{total}</text>'
        )
    legend = [(kind, marker, INK if kind == DEMONSTRATION else EDGE) for kind, marker in KIND_MARKERS.items()]
    for place, (words, marker, colour) in enumerate([*legend, ("后3位（虚线为其最高总分）", "o", ALERT)]):
        x = LEFT + 6 + 86 * place
        parts.append(_mark(x, 13, marker, f'fill="{colour}"', 3.4))
        parts.append(f'<text x="{x + 8}" y="17" fill="{INK}">{words}</text>')
    return parts
