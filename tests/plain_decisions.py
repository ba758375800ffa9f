"""Verdicts and what they rest on, read a second time from the rules and computed in plain loops, case after case.

Slow and simple on purpose: shares nothing with the library but the words of a scheme file. A round is a dict: `year`,
`roster` (base_id -> {base_id, region, kind}), `reported` (base_id -> {code: value}) and `answered` (base_id -> codes)
of those who took part, `corrections` (dicts), `received` (base_ids of whom something came), `doubted` (base_id and
code), `sealed` (None, or {"scheme": its scheme, "results": base_id -> result}).
"""

import copy
import itertools

import numpy as np
import plain_scorer as plain

NORMALISATIONS = ["scheme", "no_logarithm", "whole_range", "percentile_rank", "z_score"]
MISSING = ["zero", "region_median", "reweight"]
AGGREGATIONS = ["arithmetic", "geometric"]
CASES = list(itertools.product(NORMALISATIONS, MISSING, AGGREGATIONS))
REPLACED = {"whole_range": ("min_max", 0.0, 1.0), "percentile_rank": ("percentile_rank",), "z_score": ("z_score",)}
PROPOSED = ["revoke", "at_risk", "add", "add_gated", "add_over_quota", "recovered"]


def varied(scheme, normalisation, missing=None):
    new = copy.deepcopy(scheme)
    if missing:
        new["missing"]["policy"] = missing
    for name, table in new["normalise"].items():
        if missing:
            table.pop("missing", None)
        if name == "yes_no" or plain.TYPES.get(name) == "yes_no":
            continue
        if normalisation == "no_logarithm":
            table["transform"] = "none"
        elif normalisation != "scheme":
            for key in ("low", "high", "from_round", "floor", "thresholds", "marks"):
                table.pop(key, None)
            table["method"] = REPLACED[normalisation][0]
            if normalisation == "whole_range":
                table["lower_quantile"], table["upper_quantile"] = 0.0, 1.0
            if normalisation == "z_score":
                table["z_limit"] = 2.0
    return new


def bases_of(one):
    return [base for base_id, base in one["roster"].items() if base_id in one["reported"]]


def goalposts(scheme, rounds):
    """(region, code) -> bounds, of the fields whose goalposts come from one of the rounds."""
    found = {}
    for code in plain.TYPES:
        year = plain.setting(scheme, code, "from_round")
        if plain.setting(scheme, code, "method") != "goalposts" or not year:
            continue
        other = next(one for one in rounds if one["year"] == year)
        bases = bases_of(other)
        features = plain.chosen_features(scheme, bases, other["reported"], other["answered"])
        here = {base["region"] for base in bases}
        for region in "东中西":
            # Nobody of a region there: the country's, as for one with too few.
            stranger = {"base_id": "", "region": region if region in here else "?"}
            peers = plain.peers_of(scheme, code, stranger, bases, other["reported"], features)
            if peers:
                found[region, code] = plain.limits(scheme, code, peers)
    return found


def normalised(scheme, one, bounds):
    """base_id -> code in play -> normalised value, or None where its weight goes to the others."""
    bases = bases_of(one)
    features = plain.chosen_features(scheme, bases, one["reported"], one["answered"])
    table = {}
    for base in bases:
        row = table[base["base_id"]] = {}
        for part, codes in plain.PARTS.items():
            if part in plain.FEATURES and part not in features[base["base_id"]]:
                continue
            for code in codes:
                value, policy = one["reported"][base["base_id"]].get(code), plain.setting(scheme, code, "missing")
                peers = plain.peers_of(scheme, code, base, bases, one["reported"], features)
                if value is None and policy == "region_median" and peers:
                    value = float(np.median(peers))
                if value is None:
                    row[code] = None if policy == "reweight" else 0.0
                else:
                    row[code] = plain.normalise(scheme, code, value, peers, bounds.get((base["region"], code)))
    return table


def weights_of(scheme):
    groups = {part: scheme["groups"][part] / scheme["groups"]["out_of"] for part in plain.GROUPS}
    return groups, {code: plain.weight(scheme, code) for code in plain.TYPES if code in scored()}


def scored():
    return [code for codes in plain.PARTS.values() for code in codes]


def total(scheme, row, weights, aggregation="arithmetic"):
    groups, fields = weights

    def mean(part):
        known = [code for code in plain.PARTS[part] if row[code] is not None]
        carried = sum(fields[code] for code in known)
        return sum(fields[code] * row[code] for code in known) / carried if carried > 0 else 0.0

    if aggregation == "geometric":
        product = 1.0
        for part in plain.GROUPS:
            product *= (mean(part) + 0.01) ** groups[part]
        general = product - 0.01
    else:
        general = sum(groups[part] * mean(part) for part in plain.GROUPS)
    features = [mean(part) for part in plain.FEATURES if plain.PARTS[part][0] in row]
    special = 0.0
    if features:
        special = max(features) if scheme["features"]["combine"] == "best" else sum(features) / len(features)
    return scheme["parts"]["general"] * general + scheme["parts"]["special"] * special


def gated(scheme, one, base_id):
    return scheme["gate"]["on"] and any(one["reported"][base_id].get(code) == 1 for code in scheme["gate"]["codes"])


def placed(scheme, bases, totals, gates, scope=None):
    """Results from totals: rank, rank in kind, bottom three."""
    scope, count = scope or scheme["bottom_scope"]["scope"], scheme["bottom"]["count"]
    results = {
        base["base_id"]: {**base, "total": round(totals[base["base_id"]], 6), "gated": gates[base["base_id"]]}
        for base in bases
    }
    for one in results.values():
        region = [other for other in results.values() if other["region"] == one["region"]]
        one["rank"] = 1 + sum(other["total"] > one["total"] for other in region)
        one["rank_in_kind"] = 1 + sum(o["total"] > one["total"] for o in region if o["kind"] == one["kind"])
        titled = [o for o in (region if scope == "region" else results.values()) if o["kind"] == "示范基地"]
        below = sum(other["total"] < one["total"] for other in titled)
        one["bottom"] = one["kind"] == "示范基地" and len(titled) > count and below < count
        one["best"] = one["kind"] == "集聚区" and one["rank_in_kind"] <= scheme["best"]["count"]
    return results


def results_of(scheme, one, bounds, table=None, weights=None, aggregation="arithmetic"):
    table = normalised(scheme, one, bounds) if table is None else table
    weights = weights or weights_of(scheme)
    totals = {base_id: total(scheme, row, weights, aggregation) for base_id, row in table.items()}
    return placed(scheme, bases_of(one), totals, {base_id: gated(scheme, one, base_id) for base_id in table})


def all_results(scheme, rounds, seals=True):
    bounds = goalposts(scheme, rounds)
    found = []
    for place, one in enumerate(rounds):
        if seals and one["sealed"] and place < len(rounds) - 1:
            found.append(one["sealed"]["results"])
        else:
            found.append(results_of(scheme, one, bounds))
    return found


def status_of_all(scheme, rosters, results):
    """base_id -> (status, its earlier result or None), of the later roster and the one before."""
    now, before = results[-1], results[:-1]
    if scheme["two_rounds"]["absence"] == "asks":
        before = before[-1:]
    earlier = {}
    for one in before:
        earlier.update(one)
    status, line = {}, []
    for base_id in dict.fromkeys([*rosters[-1], *(rosters[-2] if len(rosters) > 1 else ())]):
        one, was = now.get(base_id), earlier.get(base_id)
        if base_id not in rosters[-1]:
            status[base_id] = "left_roster"
        elif one is None:
            status[base_id] = "not_submitted"
        elif one["kind"] == "示范基地":
            low, was_low = one["bottom"], bool(was and was["bottom"])
            status[base_id] = {(1, 1): "revoke", (1, 0): "at_risk", (0, 1): "recovered", (0, 0): "ok"}[low, was_low]
        elif not one["best"]:
            status[base_id] = "ok"
        elif not (was and was["best"]):
            status[base_id] = "promising"
        elif one["gated"] or was["gated"]:
            status[base_id] = "add_gated"
        else:
            line.append((-round((one["total"] + was["total"]) * 1e6), base_id))
    for place, (_, base_id) in enumerate(sorted(line)):
        status[base_id] = "add" if place < scheme["quota_left"]["remaining"] else "add_over_quota"
    return status, earlier


def statuses(scheme, rounds, results):
    return status_of_all(scheme, [one["roster"] for one in rounds], results)[0]


# --- open questions ----------------------------------------------------------------------------------------


def changed(before, after):
    return {base_id for base_id in before if before[base_id] != after.get(base_id)}


def questions(scheme, rounds):
    """label -> the bases whose status the answer could change."""
    results, bounds = all_results(scheme, rounds), goalposts(scheme, rounds)
    as_is = statuses(scheme, rounds, results)
    found = {}

    def note(label, ids):
        found.setdefault(label, set()).update(ids)

    for place, one in enumerate(rounds):
        later = place == len(rounds) - 1
        if one["sealed"] and not later:
            continue
        at = "" if later else f"@{one['year']}"
        table = normalised(scheme, one, bounds)
        settled = {
            (line["base_id"], line["code"])
            for line in one["corrections"]
            if line["status"] != "pending" and line["year"] == one["year"]
        }
        for base_id, row in table.items():
            for code in row:
                value = one["reported"][base_id].get(code)
                if (base_id, code) in settled or (value is not None and (base_id, code) not in one["doubted"]):
                    continue
                for u in (0.0, 1.0):
                    tried = dict(results[place])
                    totals = {name: result["total"] for name, result in tried.items()}
                    totals[base_id] = total(scheme, {**row, code: u}, weights_of(scheme))
                    gates = {name: result["gated"] for name, result in tried.items()}
                    if code in ("C10a", "C10b", "C11"):
                        answers = {**one["reported"][base_id], code: 1 - u}
                        gates[base_id] = scheme["gate"]["on"] and any(
                            answers.get(gate) == 1 for gate in scheme["gate"]["codes"]
                        )
                    again = placed(scheme, bases_of(one), totals, gates)
                    note(
                        f"{base_id}:{code}{at}",
                        changed(as_is, statuses(scheme, rounds, [*results[:place], again, *results[place + 1 :]])),
                    )
        for line in one["corrections"]:
            if line["status"] == "pending" and line["year"] == one["year"]:
                tried = [*rounds[:place], with_line(one, line), *rounds[place + 1 :]]
                again = statuses(scheme, tried, all_results(scheme, tried))
                note(f"{line['base_id']}:{line['code']}{at}", changed(as_is, again))
        for base_id in one["received"]:
            for extreme in (1e6, -1e6):
                totals = {name: result["total"] for name, result in results[place].items()} | {base_id: extreme}
                gates = {name: result["gated"] for name, result in results[place].items()} | {base_id: False}
                bases = [*bases_of(one), one["roster"][base_id]]
                again = placed(scheme, bases, totals, gates)
                note(
                    f"{base_id}:file{at}",
                    changed(as_is, statuses(scheme, rounds, [*results[:place], again, *results[place + 1 :]])),
                )
    return found


def with_line(one, line, applied=True):
    """The round with a correction applied, or with what was received in its place."""
    new = copy.deepcopy(one)
    value = line["value"] if applied else line["received"]
    new["answered"].setdefault(line["base_id"], set()).discard(line["code"])
    new["reported"][line["base_id"]].pop(line["code"], None)
    if value is not None:
        new["reported"][line["base_id"]][line["code"]] = value
        new["answered"][line["base_id"]].add(line["code"])
    elif not applied and line["was_answered"]:
        new["answered"][line["base_id"]].add(line["code"])
    return new


# --- firmness ----------------------------------------------------------------------------------------------


def draws(scheme, seed, flat):
    random, number = np.random.default_rng(seed), scheme["robustness"]["draws"]
    drawn = {}
    tables = {"groups": scheme["groups"]} | {part: scheme["items"][part] for part in plain.PARTS}
    for name, table in tables.items():
        keys = [key for key in table if key not in ("out_of", "basis", "source") and table[key] > 0]
        share = np.array([table[key] / table["out_of"] for key in keys])
        parts = len([key for key in table if key not in ("out_of", "basis", "source")])
        alpha = np.ones(len(keys)) if flat else scheme["robustness"]["concentration"] * parts * share
        drawn[name] = keys, random.dirichlet(alpha, number)
    for row in range(number):
        groups = dict.fromkeys(plain.GROUPS, 0.0) | dict(zip(drawn["groups"][0], drawn["groups"][1][row]))
        fields = {}
        for part, codes in plain.PARTS.items():
            items = dict(zip(drawn[part][0], drawn[part][1][row]))
            for code in codes:
                item = "C10" if code in ("C10a", "C10b") else code
                within = 1.0
                if item == "C10":
                    within = scheme["fields"]["C10"][code] / scheme["fields"]["C10"]["out_of"]
                fields[code] = items.get(item, 0.0) * within
        yield groups, fields


def firmness(scheme, rounds):
    """base_id -> (p_weights, p_wide, p_methods, p_joint)."""
    status = statuses(scheme, rounds, all_results(scheme, rounds))
    tables = {}
    for normalisation, missing in [("scheme", None), *itertools.product(NORMALISATIONS, MISSING)]:
        other = varied(scheme, normalisation, missing)
        bounds = goalposts(other, rounds)
        tables[normalisation, missing] = [normalised(other, one, bounds) for one in rounds]
    seed, own = scheme["robustness"]["seed"], ("scheme", None, "arithmetic")
    lists = [
        [(own, weights) for weights in draws(scheme, seed, flat=False)],
        [(own, weights) for weights in draws(scheme, [seed, 1], flat=True)],
        [(case, weights_of(scheme)) for case in CASES],
        [(CASES[i % 30], weights) for i, weights in enumerate(draws(scheme, [seed, 2], flat=True))],
    ]
    shares = {base_id: [] for base_id in rounds[-1]["reported"]}
    for cases in lists:
        kept = dict.fromkeys(shares, 0)
        for case, weights in cases:
            results = [
                results_of(scheme, one, None, table, weights, case[2]) for one, table in zip(rounds, tables[case[:2]])
            ]
            again = statuses(scheme, rounds, results)
            for base_id in kept:
                kept[base_id] += again[base_id] == status[base_id]
        for base_id in shares:
            shares[base_id].append(kept[base_id] / len(cases))
    return shares


# --- heirs, items left out, corrections ----------------------------------------------------------------------


def flagged(results):
    return {base_id for base_id, one in results.items() if one["bottom"]}


def heirs(scheme, rounds):
    low = flagged(all_results(scheme, rounds)[-1])
    found = {}
    for base_id in low:
        without = copy.deepcopy(rounds)
        del without[-1]["reported"][base_id]
        again = flagged(all_results(scheme, without)[-1])
        found[base_id] = again - low, low - again - {base_id}
    return found


def remove_one(scheme, rounds):
    def lists(weights):
        bounds = goalposts(scheme, rounds)
        results = [results_of(scheme, one, bounds, None, weights) for one in rounds]
        status = statuses(scheme, rounds, results)
        return flagged(results[-1]), {base_id for base_id, said in status.items() if said == "revoke"}

    groups, fields = weights_of(scheme)
    low, gone = lists((groups, fields))
    found = {}
    for codes in plain.PARTS.values():
        for item in dict.fromkeys("C10" if code in ("C10a", "C10b") else code for code in codes):
            out = ("C10a", "C10b") if item == "C10" else (item,)
            rest = sum(fields[code] for code in codes if code not in out)
            changed_ = {code: 0.0 if code in out else fields[code] / rest if rest else 0.0 for code in codes}
            low_, gone_ = lists((groups, fields | changed_))
            found[item] = low_ - low, low - low_, gone_ - gone, gone - gone_
    return found


def correction_effects(scheme, rounds):
    *earlier, one = rounds
    rows = []
    for line in one["corrections"]:
        if line["status"] == "rejected":
            continue
        other = one
        if line["year"] == one["year"]:
            other = with_line(one, line, applied=line["status"] == "pending")
        before, after = (other, one) if line["status"] == "accepted" else (one, other)
        sides = []
        for side in (before, after):
            results = all_results(scheme, [*earlier, side])
            sides.append((results[-1], statuses(scheme, [*earlier, side], results)))
        (old, was), (new, now) = sides
        rows.append(
            (
                line["base_id"],
                line["code"],
                line["status"],
                *(side[line["base_id"]]["total"] if line["base_id"] in side else None for side in (old, new)),
                sum(old[base_id]["rank"] != new[base_id]["rank"] for base_id in old),
                {f"{base_id}:{was[base_id]}>{now[base_id]}" for base_id in changed(was, now)},
            )
        )
    return rows


# --- the verdict --------------------------------------------------------------------------------------------


def decisions(scheme, rounds):
    """base_id -> (proposal, verdict, p of all four or None, the labels that count)."""
    results = all_results(scheme, rounds)
    status, earlier = status_of_all(scheme, [one["roster"] for one in rounds], results)
    answers, firm = questions(scheme, rounds), firmness(scheme, rounds)
    other = "country" if scheme["bottom_scope"]["scope"] == "region" else "region"
    recounted = []
    for one in results:
        totals, gates = ({key: result[what] for key, result in one.items()} for what in ("total", "gated"))
        bases = [{key: result[key] for key in ("base_id", "region", "kind")} for result in one.values()]
        again = placed(scheme, bases, totals, gates, other)
        recounted.append({key: {**one[key], "bottom": again[key]["bottom"]} for key in one})
    by_other = statuses(scheme, rounds, recounted)
    found = {}
    for base_id, proposal in status.items():
        silent = proposal == "not_submitted" and earlier.get(base_id, {}).get("bottom")
        if proposal not in PROPOSED and not silent:
            continue
        labels = {label for label, ids in answers.items() if base_id in ids}
        if silent:
            own = {f"{base_id}:file"} if base_id in rounds[-1]["received"] else set()
            found[base_id] = proposal, "on_hold", None, own
            continue
        assumed = scheme["bottom_scope"]["basis"] == "assumed"
        if labels:
            verdict = "on_hold"
        elif firm[base_id][3] < scheme["verdict"]["firm"] or (assumed and by_other[base_id] != proposal):
            verdict = "doubtful"
        else:
            verdict = "stands"
        found[base_id] = proposal, verdict, firm[base_id], labels
    return found
