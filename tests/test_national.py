"""The national briefing's figures on rounds that are small or have nobody to name."""

import pandas as pd

from ecanalysis import national, scheme


def test_nobody_in_the_bottom_three():
    """Three demonstration bases in a region: none is flagged, and the region is named instead."""
    scores = pd.DataFrame(
        {
            "base_id": ["B1", "B2", "B3"],
            "name": ["示例·甲", "示例·乙", "示例·丙"],
            "province": "浙江",
            "region": "东",
            "kind": "示范基地",
            "total": [30.0, 20.0, 10.0],
            "rank": [1, 2, 3],
            "rank_in_kind": [1, 2, 3],
            "tier": "成效明显",
            "gated": 0,
            "bottom_three": 0,
        }
    )
    robustness = pd.DataFrame({"base_id": scores.base_id, "p_bottom_three": 0.0})
    assert national.last(scores, robustness, scheme.default()).empty
    assert national.too_few(scores, scheme.default()) == ["东"]
