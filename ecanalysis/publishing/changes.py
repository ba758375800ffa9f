"""What a report has other than the one before it: files that came, tiers and conclusions that are others now.

A manifest keeps the standing of every base, so that the next run can tell; what it tells is kept in its own manifest.
"""

from ecanalysis.evaluation import Evaluation

UNSCORED = ""  # the tier of a base without a score


def standing(r: Evaluation) -> dict[str, list[str]]:
    """The tier and the status of every base on the roster, by its id."""
    tiers, statuses = (dict(zip(table.base_id, table[column])) for table, column in _told(r))
    return {base_id: [tiers.get(base_id, UNSCORED), statuses.get(base_id, "")] for base_id in r.roster.base_id}


def changes(before: dict, manifest: dict) -> dict:
    """What the manifest of a run has other than the one before it; {} where there was none that tells.

    since: when the other was made; files: new, changed and gone inputs of the later round; scheme, code: whether they
    are others; bases: [id, standing before, standing now] of each whose standing differs, [] where it was not listed.
    """
    if "standing" not in before:
        return {}
    year = str(manifest["year"])
    then, now = (one["rounds"].get(year, {}).get("files", {}) for one in (before, manifest))
    stood, stands = before["standing"], manifest["standing"]
    every = [*stands, *(base_id for base_id in stood if base_id not in stands)]
    return {
        "since": before["run"]["finished"],
        "files": {
            "new": [name for name in now if name not in then],
            "changed": [name for name in now if name in then and now[name] != then[name]],
            "gone": [name for name in then if name not in now],
        },
        "scheme": before["scheme"]["sha256"] != manifest["scheme"]["sha256"],
        "code": before["code"] != manifest["code"],
        "bases": [
            [base_id, stood.get(base_id, []), stands.get(base_id, [])]
            for base_id in every
            if stood.get(base_id) != stands.get(base_id)
        ],
    }


def _told(r: Evaluation):
    return (r.scores, "tier"), (r.watchlist, "status")
