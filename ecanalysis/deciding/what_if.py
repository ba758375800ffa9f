"""What-if evaluations: a round under another scheme or without some of its bases, and what changes.

`variant` serves analyses: another normalisation of numeric fields, another missing-value rule. `adjusted` serves people
(`r.under(bottom_scope="country")`, the desk): it changes single settings and marks them as assumptions; `changes` lists
them in Chinese.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ecanalysis.deciding.statuses import status_now
from ecanalysis.deciding.uncertainty import draw_ranks
from ecanalysis.errors import UserError, near
from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.form.words import MISSING_POLICY_NAMES, NORMALISATION_NAMES, SCOPE_NAMES
from ecanalysis.paths import own_file
from ecanalysis.rounds import schemas, seals
from ecanalysis.rounds.roster import OF_BASE, by_region
from ecanalysis.scoring.scheme import Scheme, load, parse, written
from ecanalysis.scoring.scheme_checks import COMMON, TYPES

NORMALISATIONS = {  # settings of numeric fields, as in a scheme file; "scheme" keeps the scheme's own
    "scheme": {},
    "no_logarithm": {"transform": "none"},
    "whole_range": {"method": "min_max", "lower_quantile": 0.0, "upper_quantile": 1.0},
    "quantile_range": {"method": "min_max", "lower_quantile": 0.05, "upper_quantile": 0.95},
    "percentile_rank": {"method": "percentile_rank"},
    "z_score": {"method": "z_score", "z_limit": 2.0},
}
METHODS = tuple(key for key in NORMALISATIONS if key != "quantile_range")  # used by firmness and sensitivity
NORMALISED_BY = [key for key in NORMALISATIONS if key != "no_logarithm"]  # offered to people
MISSING_POLICIES = tuple(MISSING_POLICY_NAMES)
AGGREGATIONS = ("arithmetic", "geometric")  # see `aggregate.totals`
SETTINGS = {  # name -> table and key of a scheme, and its Chinese name
    "bottom_scope": ("bottom_scope", "scope", "后3位的范围"),
    "bottom_count": ("bottom", "count", "末位家数"),
    "gate": ("gate", "on", "一票否决"),
    "missing": ("missing", "policy", "未填项"),
    "tier_by": ("tier_cuts", "by", "档次依据"),
    "tier_cuts": ("tier_cuts", "cuts", "档次界值"),
    "best_count": ("best", "count", "集聚区前列家数"),
    "quota_remaining": ("quota_left", "remaining", "余下名额"),
    "absence": ("two_rounds", "absence", "未报送的算法"),
    "reference": ("reference", "set", "界值范围"),
}
WORDS = {  # the values of a setting, and their Chinese names
    "bottom_scope": SCOPE_NAMES,
    "reference": SCOPE_NAMES,
    "missing": MISSING_POLICY_NAMES,
    "gate": {True: "启用", False: "不启用"},
    "normalisation": {key: NORMALISATION_NAMES[key] for key in NORMALISED_BY},
}
STANDING = ["total", "rank", "rank_in_kind", "tier", "bottom_three"]
FIRM = ["p_bottom_three", "rank_p05", "rank_p95"]
UNSURE = (0.05, 0.95)  # probabilities between these leave open whether a base is in the bottom three


# --- another scheme --------------------------------------------------------------------------------------


def variant(scheme: Scheme, normalisation: str = "scheme", missing: str | None = None) -> Scheme:
    """The scheme with another normalisation of numeric fields (a key of NORMALISATIONS) and missing-value rule.

    Yes/no fields keep their normalisation; with `missing` None, each field keeps its own rule. A replaced method takes
    its bounds from the round itself.

    >>> rule = variant(load(), "z_score", "reweight").rules["C04"]
    >>> rule.method, rule.transform, rule.missing
    ('z_score', 'log1p', 'reweight')
    """
    settings = NORMALISATIONS[normalisation]
    changes = settings | (dict.fromkeys(("low", "high", "from_round")) if "method" in settings else {})
    policy = {} if missing is None else {"missing": missing}
    rules = {
        code: replace(rule, **policy, **(changes if FIELDS[code].numeric else {}))
        for code, rule in scheme.rules.items()
    }
    return scheme.with_(rules=rules)


def adjusted(start: Scheme, settings: Mapping[str, object], title: str = "试算") -> Scheme:
    """The scheme with single settings changed.

    A setting is one of SETTINGS, `normalisation` (of numeric fields: one of NORMALISED_BY), `weights` ({"groups":
    {"policy": 2}}, or by group or feature; non-negative numbers, scaled to add up to 1), or a table of a scheme file
    with the keys to change ({"bottom": {"count": 5}}). Values may be Chinese words (全国). Raises UserError for an
    unknown setting, or if the result is not a valid scheme.

    >>> tried = adjusted(load(), {"bottom_scope": "全国", "missing": "region_median", "tiers": {}})
    >>> tried.bottom_scope, tried.rules["C04"].missing, changes(load(), tried)
    ('country', 'region_median', ['后3位的范围：按区域→按全国', '未填项：未填记0分→未填取区域中位数'])
    >>> adjusted(load(), {"weights": {"groups": {"policy": 2, "service": 1, "influence": 1}}}).groups["policy"]
    0.5
    """
    rest = dict(settings)
    weights, normalisation = rest.pop("weights", {}), rest.pop("normalisation", "scheme")
    document = deepcopy(start.document) | {"title": title}

    def assumed(what: str = "") -> dict[str, str]:
        return {"basis": "assumed", "source": f"{title}：调整{what}"}

    for name, value in rest.items():
        if name in SETTINGS and not isinstance(value, Mapping):
            table, key, called = SETTINGS[name]
            _set(document[table], {key: _code(name, value)}, assumed(called))
        elif isinstance(value, Mapping) and isinstance(document.get(name), dict):
            _set(document[name], value, assumed())
        else:
            known = [*SETTINGS, "weights", "normalisation"]
            if name in document:
                raise UserError(
                    f"“{name}”是方案中的一张表，写作 {{'{name}': {{'项': 值}}}}；单项设置有：{'、'.join(known)}"
                )
            hint = near(str(name), [*known, *document], 1) or f"；可用：{'、'.join(known)}"
            raise UserError(f"方案没有“{name}”这一项设置{hint}")
    for part, given in weights.items():
        before = _level(start.with_(document=document), part)
        if (level := before | dict(given)) != before:
            level = {key: round(value, 6) for key, value in level.items()}  # sliders return 0.15000000000000002
            table = document["groups"] if part == "groups" else document["items"][part]
            table |= level | {"out_of": round(sum(level.values()), 6)} | assumed("权重")
    if settings := NORMALISATIONS[_code("normalisation", normalisation)]:
        _normalise_all(document["normalise"], settings | assumed("归一化方法"))
    return parse(written(document), Path(f"{title}.toml"))


def _set(table: dict, given: Mapping, assumed: dict) -> None:
    for key, value in given.items():
        if isinstance(value, Mapping) and isinstance(table.get(key), dict):
            _set(table[key], value, assumed)
        elif table.get(key) != value:
            table |= {key: value} | {name: text for name, text in assumed.items() if name not in given}


def _normalise_all(rules: dict, settings: dict) -> None:
    """Use one method for all numeric types; transform and direction belong to the field and are kept."""
    for kind in (one for one in TYPES if one != "yes_no"):
        rules[kind] = settings | _beside_method(rules[kind])
    for code in [key for key in rules if key in FIELDS and FIELDS[key].numeric]:
        rule = rules.pop(code)
        if own := _beside_method(rule):
            rules[code] = own | {key: rule[key] for key in ("basis", "source")}


def _beside_method(rule: dict) -> dict:
    return {key: rule[key] for key in COMMON if key in rule and key != "method"}


def _level(scheme: Scheme, part: str) -> dict[str, float]:
    if part not in ("groups", *scheme.items):
        raise UserError(f"权重没有“{part}”这一层；可用：groups、{'、'.join(scheme.items)}")
    table = scheme.document["groups"] if part == "groups" else scheme.document["items"][part]
    return {key: table[key] for key in (GROUPS if part == "groups" else scheme.items[part])}


def _code(name: str, value: object) -> object:
    """The code for a setting's value given in Chinese. Raises UserError for a word that is not one of its values."""
    known = WORDS.get(name, {})
    said = (code for code, word in known.items() if isinstance(value, str) and value in (word, word.removeprefix("按")))
    code = next(said, value)
    if known and code not in known:
        called = f"（{SETTINGS[name][2]}）" if name in SETTINGS else ""
        choices = "、".join(f"{word}（{one}）" for one, word in known.items())
        raise UserError(f"{name}{called}没有“{value}”；可用：{choices}")
    return code


def changes(start: Scheme, tried: Scheme) -> list[str]:
    """The differences between two schemes in Chinese, one line per setting; for weights, the parts that differ."""
    told = []
    for name, (table, key, called) in SETTINGS.items():
        before, now = (one.document[table][key] for one in (start, tried))
        if before != now:
            told.append(f"{called}：{_word(name, before)}→{_word(name, now)}")
    for part in ("groups", *GROUPS, *FEATURES):
        before, now = (_level(one, part) for one in (start, tried))
        sums = [sum(level.values()) for level in (before, now)]
        moved = [key for key in before if abs(before[key] / sums[0] - now[key] / sums[1]) > 1e-9]
        shares = "、".join(f"{_called(key)} {before[key] / sums[0]:.1%}→{now[key] / sums[1]:.1%}" for key in moved)
        told += [f"{_called(part)}的权重：{shares}"] if moved else []
    if any(start.rules[code].method != tried.rules[code].method for code in start.rules):
        told.append("归一化方法")
    return told


def _word(name: str, value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(WORDS.get(name, {}).get(value, value))


def _called(key: str) -> str:
    if key == "groups":
        return "三组"
    return (GROUPS | FEATURES).get(key) or (FIELDS[key].called if key in FIELDS else key)


# --- the same rounds under it, or without some bases -----------------------------------------------------


def under(r, scheme: Scheme | str | Path | Mapping | None = None, **settings):
    """The same rounds under another scheme (a Scheme or a file), or with single settings changed.

    `r.under(bottom_scope="country", missing="region_median")`, `r.under({"bottom": {"count": 5}})`: settings not given
    stay as in the current scheme (see `adjusted`). No file is read again. Raises UserError if the file or a setting is
    wrong, or the scheme needs a round that is not available.
    """
    if isinstance(scheme, Mapping):
        scheme, settings = None, {**scheme, **settings}
    if not isinstance(scheme, Scheme):
        scheme = r.scheme if scheme is None else load(own_file(scheme))
    tried = adjusted(scheme, settings) if settings else scheme
    tried.check_rounds([one.year for one in (*r.history, r)], [one.year for one in r.history if one.gone])
    history: list = []
    for one in r.history:
        history.append(replace(one, scheme=tried, history=list(history)))
    return replace(r, scheme=tried, history=history)


def seal_difference(r) -> pd.DataFrame:
    """Differences between each sealed round's scores and those its own scheme gives on today's inputs."""
    found = [schemas.frame([], schemas.SEAL_DIFFERENCE)]
    for one in (*r.recomputed.history, r.recomputed):
        if one.seal is not None and not one.round.files.empty:
            recomputed = under(one, one.sealed_scheme).scores
            found.append(seals.difference(one.seal.scores, recomputed, one.year))
    return pd.concat(found, ignore_index=True)


def without(r, which):
    """The round as if some bases had not taken part.

    `which` is a name or id, a list of them, a flag ("gated": all bases with it), or a frame with base_id. Earlier
    rounds are unchanged; in the watchlist these bases count as not submitted. Raises UserError for a name that matches
    no base or several.
    """
    gone = _meant(r, which)
    others = r.round.submitted[~r.round.submitted.base_id.isin(gone)].reset_index(drop=True)
    return replace(r, round=replace(r.round, submitted=others))


def _meant(r, which) -> set[str]:
    flags = {word: name for name in ("gated", "bottom_three") for word in (name, schemas.COLUMNS[name].heading)}
    if isinstance(which, str) and which in flags:
        return set(r.scores.base_id[r.scores[flags[which]] == 1])
    if isinstance(which, pd.DataFrame):
        return set(which.base_id)
    try:
        return {r.find(one) for one in ([which] if isinstance(which, str) else which)}
    except UserError as error:
        more = '也可给一张表，如 r.scores[r.scores.province == "浙江"]，或标记 一票否决（gated）、后3位（bottom_three）'
        raise UserError(f"{error}；{more}") from None


# --- what moves ------------------------------------------------------------------------------------------


def standing(evaluation, draws: int = 1000) -> pd.DataFrame:
    """The standing of every scored base under its evaluation's scheme, with its uncertainty.

    Columns base_id, name, province, region, kind, features, total, rank, rank_in_kind, tier, bottom_three;
    p_bottom_three, rank_p05, rank_p95 from `draws` draws of weights around the scheme's (see `uncertainty.draw_ranks`).
    """
    scores = pd.DataFrame(evaluation.scores)
    firm = draw_ranks(evaluation.panel, scores, evaluation.scheme, draws=draws)
    return scores[[*OF_BASE, "features", *STANDING]].merge(firm[["base_id", *FIRM]], on="base_id")


def moved(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Two standings of the same bases side by side: `now`, and `before` with the suffix `_before`.

    Adds total_change, rank_change (places gained), bottom_three_change (enters, leaves or ""), and the probabilities of
    the bottom three as p_tried and p_in_force. Sorted by region and new rank.
    """
    old = before.set_index("base_id")[[*STANDING, *FIRM]].add_suffix("_before")
    table = now.join(old, on="base_id")
    table = table.assign(
        total_change=table.total - table.total_before,
        rank_change=table.rank_before - table["rank"],
        bottom_three_change=(table.bottom_three - table.bottom_three_before)
        .map({1: "enters", -1: "leaves", 0: ""})
        .astype("str"),
        p_tried=table.p_bottom_three,
        p_in_force=table.p_bottom_three_before,
    )
    return by_region(table, ["rank", "base_id"])


def effect(outcome: pd.DataFrame) -> dict:
    """A summary of `moved`: numbers of bases, changed ranks and changed tiers; who entered and left the bottom three.

    unsure and unsure_before count bases whose probability of being in the bottom three lies within UNSURE.
    """
    return {
        "bases": len(outcome),
        "ranks": int((outcome.rank_change != 0).sum()),
        "tiers": int((outcome.tier != outcome.tier_before).sum()),
        "entered": _listed(outcome[outcome.bottom_three_change == "enters"]),
        "left": _listed(outcome[outcome.bottom_three_change == "leaves"]),
        "unsure": int(outcome.p_tried.between(*UNSURE).sum()),
        "unsure_before": int(outcome.p_in_force.between(*UNSURE).sum()),
    }


def twice_in_bottom(evaluation) -> list[str] | None:
    """Demonstration bases in the bottom three both now and in the previous round, as "B012 名称"; None without one."""
    if evaluation.previous is None:
        return None
    # Faster than the watchlist, which computes more.
    status = status_now([*evaluation.history, evaluation], evaluation.scheme)
    scores = pd.DataFrame(evaluation.scores)
    return _listed(by_region(scores[(scores.base_id.map(status) == "revoke").to_numpy()], ["base_id"]))


def _listed(rows: pd.DataFrame) -> list[str]:
    return (rows.base_id + " " + rows["name"]).tolist()
