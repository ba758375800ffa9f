"""explore.html: looking up the ministry's results without JupyterLab, by filters, a search and a card for each base.

All data are text in the page, read by the page's own script, which fetches and computes nothing.
"""

import pandas as pd

from ecanalysis import __version__
from ecanalysis.deciding import watchlist
from ecanalysis.evaluation import Evaluation
from ecanalysis.form.words import SHORT_REGION_NAMES, SHORT_STATUS_NAMES, UNSCORED
from ecanalysis.presenting.display import in_chinese, look
from ecanalysis.presenting.formats import percent
from ecanalysis.presenting.submissions import came
from ecanalysis.publishing.html import explore_page
from ecanalysis.rounds.roster import by_region

RANKING = [
    *("name", "base_id", "province", "region", "kind", "total", "rank", "rank_in_kind", "tier", "bottom_three"),
    "结论",
]
FILTERS = ["region", "province", "kind", "tier", "bottom_three", "结论"]
FACTS = [
    *("total", "general", "special", "rank", "rank_in_kind", "tier", "bottom_three", "gated", "missing"),
    *("total_previous", "rank_in_kind_previous", "bottom_three_previous", "verdict", "features"),
]
PARTS = ["part", "points", "max_points", "得分率", "本区域中位得分率"]
CHANGES = ["code", "value", "base_period_value", "change", "change_pct"]


def page(r: Evaluation, of_base: dict, of_case: dict, of_province: dict, date: str) -> str:
    """The page as HTML text; takes the addresses of the pages of bases, proposals (by base_id) and provinces."""
    bases = everybody(r)
    content = {
        "year": r.year,
        "previous": r.previous and r.previous.year,
        "date": date,
        "version": __version__,
        "scheme": r.scheme.called,
    }
    data = {
        "filters": [RANKING.index(column) for column in FILTERS],
        # In the usual order; values not listed here follow in order of appearance.
        "order": [*dict.fromkeys(r.roster.province), *r.scheme.tier_names],
        "ranking": told(bases[RANKING]),
        "facts": told(bases[FACTS]),
        "also": [[base.aliases, base.reason] for base in bases.itertuples()],
        "parts": by_base(parts(r), PARTS, bases.base_id),
        "changes": by_base(r.change, CHANGES, bases.base_id),
        "links": [
            [
                (what, known[key])
                for what, known, key in (
                    ("基地反馈单", of_base, base.base_id),
                    ("建议判定书", of_case, base.base_id),
                    ("省级反馈", of_province, base.province),
                )
                if key in known
            ]
            for base in bases.itertuples()
        ],
    }
    return explore_page(content, data)


def everybody(r: Evaluation) -> pd.DataFrame:
    """All bases on the roster by region and rank, those without a score last.

    The columns of `scores`, with aliases, 结论 (the status in words; for bases without a score, what was received),
    reason, verdict, and the earlier round's total, rank and bottom three.
    """
    of_two = ["status", "reason", "total_previous", "rank_in_kind_previous", "bottom_three_previous"]
    scored = r.scores.drop(columns=["name", "province", "kind", "region"])
    bases = r.roster.merge(scored, on="base_id", how="left")
    bases = bases.merge(watchlist.on_pages(r)[["base_id", *of_two]], on="base_id", how="left")
    bases = by_region(bases, ["rank", "base_id"])
    return bases.assign(
        region=bases.region.map(SHORT_REGION_NAMES),
        tier=bases.tier.fillna(UNSCORED),
        features=bases.features.fillna(""),
        结论=bases.base_id.map(came(r)).fillna(bases.status.map(SHORT_STATUS_NAMES)).fillna(""),
        reason=bases.reason.fillna(""),
        verdict=bases.base_id.map(r.decisions.set_index("base_id").verdict),
    )


def parts(r: Evaluation) -> pd.DataFrame:
    """Each base's share of the points of each group and feature, with its region's median share."""
    table = r.explained.groupby(["base_id", "part"], sort=False)[["points", "max_points"]].sum().reset_index()
    table["share"] = (table.points / table.max_points).where(table.max_points > 0)
    near = [table.base_id.map(r.bases.set_index("base_id").region), table.part]
    middle = table.groupby(near).share.transform("median")
    shares = {"得分率": table.share, "本区域中位得分率": middle}
    return table.assign(**{name: [percent(share, 0) for share in cells] for name, cells in shares.items()})


def told(frame: pd.DataFrame) -> dict:
    """A frame for the page's script: its headings, the class of each column, and its rows as text."""
    shown = in_chinese(frame)
    looks = [look(shown.iloc[:, place]).removeprefix(" class=") for place in range(shown.shape[1])]
    rows = [[str(cell) for cell in row] for row in shown.itertuples(index=False, name=None)]
    return {"heads": list(shown.columns), "looks": looks, "rows": rows}


def by_base(frame: pd.DataFrame, columns: list[str], base_ids: pd.Series) -> dict:
    """As `told`, for a table with several rows per base: `rows` holds one list for each of `base_ids`."""
    whole, rows = told(frame[columns]), {base_id: [] for base_id in base_ids}
    for base_id, row in zip(frame.base_id, whole["rows"]):
        rows.get(base_id, []).append(row)
    return {**whole, "rows": list(rows.values())}
