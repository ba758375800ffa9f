"""A round otherwise: under a scheme with single settings changed, or without some of its bases.

SETTINGS are what `r.under(bottom_scope="country")` and the desk may set; what is changed is marked as assumed, and
`changes` says in Chinese what was.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ecanalysis.deciding.what_if import changed
from ecanalysis.errors import UserError, near
from ecanalysis.form.fields import FEATURES, FIELDS, GROUPS
from ecanalysis.form.words import MISSING_POLICY_NAMES, NORMALISATION_NAMES, SCOPE_NAMES
from ecanalysis.paths import own_file
from ecanalysis.rounds import schemas, seals
from ecanalysis.scoring.scheme import Scheme, load, parse, written

SETTINGS = {  # name -> table and key of a scheme, and what people call it
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
WORDS = {  # what a setting may be, in the words people read
    "bottom_scope": SCOPE_NAMES,
    "reference": SCOPE_NAMES,
    "missing": MISSING_POLICY_NAMES,
    "gate": {True: "启用", False: "不启用"},
}
TITLE = "试算"


def chosen(start: Scheme, scheme: Scheme | str | Path | Mapping | None, settings: Mapping[str, object]) -> Scheme:
    """What `r.under` is given -> a scheme: one at hand or in a file (else `start`), with single settings changed."""
    if isinstance(scheme, Mapping):
        scheme, settings = None, {**scheme, **settings}
    if not isinstance(scheme, Scheme):
        scheme = start if scheme is None else load(own_file(scheme))
    return adjusted(scheme, settings) if settings else scheme


def adjusted(start: Scheme, settings: Mapping[str, object], title: str = TITLE) -> Scheme:
    """The scheme with single settings changed; all else stays.

    A setting is one of SETTINGS, `normalisation`, `weights` ({"groups": {"policy": 2}}; or by group or feature), or a
    table of a scheme file with the keys that differ ({"bottom": {"count": 5}}). Values may be Chinese words (全国).
    Raises UserError for a setting that is none, and where the result is no valid scheme.

    >>> from ecanalysis.scoring.scheme import load
    >>> tried = adjusted(load(), {"bottom_scope": "全国", "missing": "region_median", "tiers": {}})
    >>> tried.bottom_scope, tried.rules["C04"].missing, changes(load(), tried)
    ('country', 'region_median', ['后3位的范围：按区域→按全国', '未填项：未填记0分→未填取区域中位数'])
    """
    rest = dict(settings)
    weights, normalisation = rest.pop("weights", {}), rest.pop("normalisation", "scheme")
    document = deepcopy(start.document) | {"title": title}
    assumed = {"basis": "assumed", "source": f"{title}：调整"}
    for name, value in rest.items():
        if name in SETTINGS and not isinstance(value, Mapping):
            table, key, _ = SETTINGS[name]
            _set(document[table], {key: _code(name, value)}, assumed)
        elif isinstance(value, Mapping) and isinstance(document.get(name), dict):
            _set(document[name], value, assumed)
        else:
            known = [*SETTINGS, "weights", "normalisation"]
            hint = near(str(name), [*known, *document], 1) or f"；可用：{'、'.join(known)}"
            raise UserError(f"方案没有“{name}”这一项设置{hint}")
    scheme = parse(written(document), Path(f"{title}.toml"))
    if not weights and normalisation == "scheme":
        return scheme
    whole = {part: _level(scheme, part) | dict(given) for part, given in weights.items()}
    return changed(scheme, title, whole, _key(NORMALISATION_NAMES, normalisation))


def changes(start: Scheme, tried: Scheme) -> list[str]:
    """What a scheme sets otherwise than another, in Chinese, a line a setting; of weights the parts that differ."""
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


def under(r, scheme: Scheme | str | Path | Mapping | None = None, **settings):
    """The same rounds under another scheme (a Scheme or a file), or with single settings of it changed.

    `r.under(bottom_scope="country", missing="region_median")`, `r.under({"bottom": {"count": 5}})`: what is not
    given stays as in the scheme in force (see `adjusted`). Nothing is read again.
    Raises UserError where the file or a setting is wrong, or the scheme needs a round that is not here.
    """
    tried = chosen(r.scheme, scheme, settings)
    tried.check_rounds([one.year for one in (*r.history, r)], [one.year for one in r.history if one.gone])
    history: list = []
    for one in r.history:
        history.append(replace(one, scheme=tried, history=list(history)))
    return replace(r, scheme=tried, history=history)


def seal_difference(r) -> pd.DataFrame:
    """What each sealed round's own scheme gives on today's inputs, where it differs from what was sealed."""
    found = [schemas.frame([], schemas.SEAL_DIFFERENCE)]
    for one in (*r.recomputed.history, r.recomputed):
        if one.seal is not None and not one.round.files.empty:
            found.append(seals.difference(one.seal.scores, under(one, one.sealed_scheme).scores, one.year))
    return pd.concat(found, ignore_index=True)


def left_out(r, which) -> set[str]:
    """The base_ids that are meant: names or ids, one or a list; the name of a flag (gated); or a frame's base_id.

    Raises UserError for a name that means no base or several.
    """
    if isinstance(which, str) and which in r.scores.columns and r.scores[which].isin([0, 1]).all():
        return set(r.scores.base_id[r.scores[which] == 1])
    if isinstance(which, pd.DataFrame):
        return set(which.base_id)
    try:
        return {r.find(one) for one in ([which] if isinstance(which, str) else which)}
    except UserError as error:
        more = '也可给一张表，如 r.scores[r.scores.province == "浙江"]，或标记 gated、bottom_three'
        raise UserError(f"{error}；{more}") from None


def without(r, which):
    """The round as if some bases had not taken part: names or ids, a frame's, or those with a flag ("gated").

    Earlier rounds stay; in the watchlist these bases count as not submitted.
    """
    gone = left_out(r, which)
    others = r.round.submitted[~r.round.submitted.base_id.isin(gone)].reset_index(drop=True)
    return replace(r, round=replace(r.round, submitted=others))


def _set(table: dict, given: Mapping, assumed: dict) -> None:
    for key, value in given.items():
        if isinstance(value, Mapping) and isinstance(table.get(key), dict):
            _set(table[key], value, assumed)
        elif table.get(key) != value:
            table |= {key: value} | {name: text for name, text in assumed.items() if name not in given}


def _level(scheme: Scheme, part: str) -> dict[str, float]:
    if part not in ("groups", *scheme.items):
        raise UserError(f"权重没有“{part}”这一层；可用：groups、{'、'.join(scheme.items)}")
    table = scheme.document["groups"] if part == "groups" else scheme.document["items"][part]
    return {key: table[key] for key in (GROUPS if part == "groups" else scheme.items[part])}


def _code(name: str, value: object) -> object:
    """The code that a setting's word means. Raises UserError for a word that is none of the setting's."""
    known = WORDS.get(name, {})
    code = _key(known, value)
    if known and code not in known:
        choices = "、".join(f"{word}（{one}）" for one, word in known.items())
        raise UserError(f"{name}（{SETTINGS[name][2]}）没有“{value}”；可用：{choices}")
    return code


def _key(words: Mapping, value: object) -> object:
    """The code that a Chinese word means, anything else as it is."""
    same = (code for code, word in words.items() if isinstance(value, str) and value in (word, word.removeprefix("按")))
    return next(same, value)


def _word(name: str, value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(WORDS.get(name, {}).get(value, value))


def _called(key: str) -> str:
    if key == "groups":
        return "三组"
    return (GROUPS | FEATURES).get(key) or (FIELDS[key].called if key in FIELDS else key)
