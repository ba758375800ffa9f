"""A scheme varied: other normalisations of numbers, other rules for missing values, other aggregations.

What can be tried stands here; its Chinese names are in `form.words`, by the same keys.
"""

from dataclasses import replace

from ecanalysis.form.fields import FIELDS
from ecanalysis.form.words import MISSING_POLICY_NAMES
from ecanalysis.scoring.scheme import Scheme

NORMALISATIONS = {  # how numbers become 0–1, as in a scheme file; "scheme" leaves the scheme's own rules
    "scheme": {},
    "no_logarithm": {"transform": "none"},
    "whole_range": {"method": "min_max", "lower_quantile": 0.0, "upper_quantile": 1.0},
    "quantile_range": {"method": "min_max", "lower_quantile": 0.05, "upper_quantile": 0.95},
    "percentile_rank": {"method": "percentile_rank"},
    "z_score": {"method": "z_score", "z_limit": 2.0},
}
METHODS = tuple(key for key in NORMALISATIONS if key != "quantile_range")  # what firmness and sensitivity try
MISSING_POLICIES = tuple(MISSING_POLICY_NAMES)
AGGREGATIONS = ("arithmetic", "geometric")  # see `aggregate.totals`
FREE = {"low": None, "high": None, "from_round": None}  # a replaced method takes its bounds from the round itself


def variant(scheme: Scheme, normalisation: str = "scheme", missing: str | None = None) -> Scheme:
    """The scheme with another normalisation of numbers (a key of NORMALISATIONS) and another missing policy.

    Yes/no fields are normalised as they are; `missing` None leaves each field's own policy.

    >>> from ecanalysis.scoring.scheme import load
    >>> rule = variant(load(), "z_score", "reweight").rules["C04"]
    >>> rule.method, rule.transform, rule.missing
    ('z_score', 'log1p', 'reweight')
    """
    settings = NORMALISATIONS[normalisation]
    changes = settings | (FREE if "method" in settings else {})
    policy = {} if missing is None else {"missing": missing}
    rules = {
        code: replace(rule, **policy, **(changes if FIELDS[code].numeric else {}))
        for code, rule in scheme.rules.items()
    }
    return scheme.with_(rules=rules)
