"""The content of the pages for a base or a province: its own results, compared only with its region as a whole.

`r` is an evaluation (`ecanalysis.load_round`). Nothing here names another base, and no figure of a region is based on
fewer than FEWEST answers.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecanalysis.comparing.base_period import growth_pct, region_change
from ecanalysis.comparing.regions import middle
from ecanalysis.errors import UserError
from ecanalysis.form.words import BANDS, STATE_NAMES
from ecanalysis.presenting.formats import MISSING
from ecanalysis.presenting.national import GROWN
from ecanalysis.presenting.returns import asked, unfilled
from ecanalysis.presenting.submissions import open_issues
from ecanalysis.reading.rows import located
from ecanalysis.rounds.once import once
from ecanalysis.rounds.schemas import by_form
from ecanalysis.scoring import explain

FEWEST = 5  # a median of fewer answers could reveal single bases
FAR = 0.25  # distance from which a base is 明显 above or below, as a share of the region's range
NOT_COMPARED = "不比较"  # a value for which there is no comparison
FIRM, FAIRLY_FIRM = 0.95, 0.80  # share of draws of weights in which the tier stays the same


@dataclass(frozen=True)
class Result:
    """One base in one evaluation. `score` is its row of `scores`, `before` that of the round before, or None."""

    base_id: str
    roster: pd.Series
    score: pd.Series | None
    before: pd.Series | None
    status: str
    explained: pd.DataFrame
    values: pd.DataFrame
    change: pd.DataFrame
    to_correct: pd.DataFrame


@dataclass(frozen=True)
class Every:
    """The tables from which the pages of all bases are selected: as in `Result`, with a base_id."""

    explained: pd.DataFrame
    change: pd.DataFrame
    to_correct: pd.DataFrame


@once
def every(r) -> Every:
    """The tables of all bases with their regions' medians; computed once for all pages.

    `explained` and `change` have the region's medians added: peers_typical in the field's unit (share of 是 for yes/no)
    and peers_change_pct, missing if based on fewer than FEWEST answers. `explained` also has the `band` (see `bands`),
    `change` the reason why a row is excluded from sums (`left_out`, see `growth.sound`). `to_correct` holds what a base
    has to complete, correct or confirm according to the return list: action, code, message, place; `action` is error,
    warning, or missing for an empty field of the general part not mentioned by an issue; errors first.
    """
    regions, inside = (bases.set_index("base_id").region for bases in (r.roster, r.bases))

    def beside(frame: pd.DataFrame, middles: pd.Series) -> np.ndarray:
        keys = pd.MultiIndex.from_arrays([frame.base_id.map(regions), frame.code])
        return middles.reindex(keys).to_numpy(float)

    few = r.explained.peers < FEWEST  # the median of so few could reveal single bases
    explained = r.explained.assign(
        peer_median=r.explained.peer_median.mask(few),
        gap=r.explained.gap.mask(few),
        peers_typical=beside(r.explained, _middles(r.reported, "value", inside)),
    )
    faults = asked(open_issues(r)).sort_values("action", kind="stable")
    empty = unfilled(r.forms, r.values, open_issues(r), r.year)
    return Every(
        explained=explained.assign(band=bands(explained)),
        change=r.change.assign(
            left_out=r.sound_change.left_out,
            peers_change_pct=beside(r.change, _middles(r.sound_change, "change_pct", inside)),
        ),
        to_correct=pd.concat([faults.assign(place=places(faults)), empty.assign(action="missing", place="")])[
            ["base_id", "action", "code", "message", "place"]
        ],
    )


def prepare(r) -> None:
    """Compute the tables shared by the pages of bases and provinces, so that kernels forked later inherit them."""
    every(r)
    r.returns()
    _region_growth(r)


def of_base(r, base_id: str) -> Result:
    """Everything an evaluation says about one base. Raises KeyError (in Chinese) if it is not on the roster."""
    base = _row(r.roster, base_id)
    if base is None:
        raise KeyError(f"{r.year}年名单中没有编号为“{base_id}”的基地")
    return Result(
        base_id=base_id,
        roster=base,
        score=_row(r.scores, base_id),
        before=_row(r.previous.scores, base_id) if r.previous else None,
        status=_row(r.watchlist, base_id).status if r.previous else "",
        explained=_own(every(r).explained, base_id).drop(columns="base_id").reset_index(drop=True),
        values=_own(r.values, base_id),
        change=_own(every(r).change, base_id),
        to_correct=_own(every(r).to_correct, base_id).drop(columns="base_id").reset_index(drop=True),
    )


def firmness(r, base_id: str) -> float:
    """The share of draws of weights in which a base keeps its tier; NaN for a base without a score."""
    drawn, score = _row(r.robustness, base_id), _row(r.scores, base_id)
    if drawn is None or score is None:
        return float("nan")
    return float(drawn[f"p_tier{r.scheme.tier_names.index(score.tier) + 1}"])


def firmness_word(share: float) -> str:
    """How firm a tier is, in a word that does not reveal the figure.

    >>> [firmness_word(share) for share in (0.99, 0.85, 0.6)]
    ['稳固', '较为稳固', '接近分档界线，不够稳固']
    """
    return "稳固" if share >= FIRM else "较为稳固" if share >= FAIRLY_FIRM else "接近分档界线，不够稳固"


def of_province(r, province: str) -> pd.DataFrame:
    """The bases of a province, in the roster's order; results are missing for bases without a score.

    Columns: base_id, name, kind, region, tier, total, rank, missing, gated, tier_previous, movement (of the tier
    between the rounds: 上升, 下降, 持平, or — if one is missing), status, of_region (bases scored in the region),
    received (submissions of a base without a score). Raises UserError for a province without bases on the roster.
    """
    own = r.roster[r.roster.province == province]
    if own.empty:
        raise UserError(f"{r.year}年名单中没有“{province}”的基地")
    frame = own[["base_id", "name", "kind", "region"]].merge(
        r.scores[["base_id", "tier", "total", "rank", "missing", "gated"]], on="base_id", how="left"
    )
    before = r.previous.scores.set_index("base_id").tier if r.previous else pd.Series(dtype="str")
    previous = frame.base_id.map(before)
    steps = previous.map(r.scheme.tier_names.index, na_action="ignore") - frame.tier.map(
        r.scheme.tier_names.index, na_action="ignore"
    )
    return frame.assign(
        tier_previous=previous,
        movement=np.sign(steps.astype(float)).map({1: "上升", -1: "下降", 0: "持平"}).fillna(MISSING),
        status=frame.base_id.map(r.watchlist.set_index("base_id").status),
        of_region=frame.region.map(r.scores.region.value_counts()),
        received=frame.base_id.map(r.not_submitted.set_index("base_id").received).fillna(""),
    )


def to_complete(r, own: pd.DataFrame) -> pd.DataFrame:
    """What each base of a province has to complete, correct or confirm: name, missing, error, warning (counts).

    `own` is the result of `of_province`. The counts agree with the return list; bases with nothing to do have no row.
    """
    rows = every(r).to_correct
    rows = rows.loc[rows.base_id.isin(own.base_id), ["base_id", "action"]]
    counted = rows.groupby(["base_id", "action"]).size().unstack(fill_value=0)
    counted = counted.reindex(own.base_id, columns=["missing", "error", "warning"], fill_value=0).astype(int)
    table = counted.assign(name=own.name.to_numpy())[["name", *counted.columns]]
    return table[(counted > 0).any(axis=1)].reset_index(drop=True)


def growth(r, province: str) -> pd.DataFrame:
    """The growth of a province's totals since the base period, with its region's growth.

    Columns code, value, base_period_value, change_pct, region_pct, bases (of the province, with values for both years);
    excludes what `growth.sound` leaves out.
    """
    change = r.sound_change
    own = change[change.base_id.isin(r.bases.base_id[r.bases.province == province])]
    both = own[own.change_pct.notna() & own.code.isin(GROWN)].groupby("code")
    sums = both[["value", "base_period_value"]].sum().assign(bases=both.size())
    sums = sums.reindex([code for code in GROWN if code in sums.index])
    region = r.roster.region[r.roster.province == province].iloc[0]
    beside = _region_growth(r)
    beside = beside[beside.region == region].set_index("code").change_pct
    grown = growth_pct(sums.value, sums.base_period_value)
    return sums.assign(change_pct=grown, region_pct=beside.reindex(sums.index)).rename_axis("code").reset_index()


@once
def _region_growth(r) -> pd.DataFrame:
    return region_change(r.sound_change, r.bases)


def weakest(r, base_ids: list[str]) -> pd.DataFrame:
    """The three fields in which each base is furthest below its region's median: columns as in `explain`."""
    explained = every(r).explained
    own = explained[explained.base_id.isin(base_ids)]
    worst = explain.weaknesses(own, len(own)).groupby("base_id").head(3)
    places = {base_id: place for place, base_id in enumerate(base_ids)}
    return worst.sort_values("base_id", key=lambda ids: ids.map(places), kind="stable", ignore_index=True)


def bands(explained: pd.DataFrame) -> pd.Series:
    """Each base's position relative to its region's median, field by field, in words that do not reveal scores.

    One of the five BANDS; 明显 from a distance of FAR of the region's range. A field without a value is 未填 or 读不出,
    never below the median; one without a median is NOT_COMPARED. An ordered categorical: worst first, then fields
    without a position.
    """
    apart = explained.normalised - explained.peer_median
    place = (np.sign(apart) * (1 + (apart.abs() >= FAR))).map(dict(zip(range(-2, 3), BANDS)))
    lacking = explained.state.map(STATE_NAMES)
    words = lacking.astype(object).where(lacking != "", place.astype(object)).fillna(NOT_COMPARED)
    order = [*BANDS, NOT_COMPARED, STATE_NAMES["unreadable"], STATE_NAMES["missing"]]
    return pd.Series(pd.Categorical(words, order, ordered=True), explained.index)


def submitted(own: Result, year: int) -> pd.DataFrame:
    """Every value read from a base's form, with its base-period value, in the form's order.

    Returns code, value, text, raw, base_period_value, base_period_raw, place (the cells of both).
    """
    now, before = (own.values[own.values.year == one] for one in (year, year - 1))
    both = now.assign(place=places(now)).merge(
        before.assign(place=places(before)), on="code", how="outer", suffixes=("", "_before")
    )
    again = both.place_before.where(both.sheet != both.sheet_before, both.cell_before)  # name the sheet only once
    both["place"] = both.place.fillna("").str.cat(again.fillna(""), "、").str.strip("、")
    both = both.rename(columns={"value_before": "base_period_value", "raw_before": "base_period_raw"})
    both = both.fillna({"text": "", "raw": "", "base_period_raw": ""})
    return by_form(both)[["code", "value", "text", "raw", "base_period_value", "base_period_raw", "place"]]


def places(frame: pd.DataFrame) -> pd.Series:
    """The place of each row's value in its file.

    >>> places(pd.DataFrame({"sheet": ["报告表", "", ""], "cell": ["E14", "第5行", ""]})).tolist()
    ['报告表!E14', '第5行', '']
    """
    return pd.Series(list(map(located, frame.sheet, frame.cell)), frame.index, dtype="str")


def _own(frame: pd.DataFrame, base_id: str) -> pd.DataFrame:
    return frame[frame.base_id == base_id]


def _row(frame: pd.DataFrame, base_id: str) -> pd.Series | None:
    found = _own(frame, base_id)
    return None if found.empty else found.iloc[0]


def _middles(frame: pd.DataFrame, column: str, regions: pd.Series) -> pd.Series:
    """The median (yes/no: the mean) of a column by region and field; none for fewer than FEWEST values."""
    known = frame[frame[column].notna()]
    grouped = known.groupby([known.base_id.map(regions).rename("region"), "code"])[column]
    return middle(grouped)[grouped.size() >= FEWEST]
