"""The invented rounds as a perfect reader would see them, scored in memory: no files are read."""

from types import SimpleNamespace

from ecanalysis.rounds.roster import PROVINCES
from ecanalysis.sample import invent
from ecanalysis.scoring import scores
from ecanalysis.scoring.aggregate import panel_of
from ecanalysis.scoring.normalise import grid_of
from ecanalysis.scoring.scheme import Scheme


def invented_rounds(scheme: Scheme) -> dict[int, SimpleNamespace]:
    """Year -> year, roster, reported, answered, bases, goalposts, panel, points, scores."""
    rounds = {}
    for year, invented in invent().items():
        roster = invented.roster.assign(region=invented.roster.province.map(PROVINCES))
        answers = invented.answers[invented.answers.year == year]
        one = SimpleNamespace(year=year, roster=roster, answered=answers[["base_id", "code"]], goalposts=None)
        one.reported = answers[answers.value.notna()]
        one.bases = roster[roster.base_id.isin(answers.base_id)].reset_index(drop=True)
        rounds[year] = score(one, scheme)
    return rounds


def score(one: SimpleNamespace, scheme: Scheme) -> SimpleNamespace:
    """The round with `panel`, `points` and `scores` under a scheme."""
    panel = panel_of(grid_of(one.reported, one.answered, one.bases), scheme)
    points = scores.score_points(one.reported, one.answered, one.bases, scheme)
    table = scores.score_bases(points, one.reported, one.bases, scheme)
    known = {"panel": panel, "points": points, "scores": table, "best_count": scheme.best_count, "source": "recomputed"}
    return SimpleNamespace(**{**vars(one), **known})
