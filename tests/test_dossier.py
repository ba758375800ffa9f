"""The dossier of a proposal: everything that stands behind it, from both rounds, and who is asked."""

import pytest

from ecanalysis.deciding.dossier import dossier
from ecanalysis.errors import UserError
from ecanalysis.form.words import VERDICT_NAMES


@pytest.fixture(scope="module")
def r(evaluation):
    return evaluation


def test_every_proposal_has_a_dossier(r):
    for row in r.decisions.itertuples():
        case = dossier(r, row.base_id)
        assert case.decision.verdict == row.verdict and case.status.status == row.proposal
        assert len(case.questions) == len(list(filter(None, row.open_questions.split(";"))))
        assert (case.questions.why != "").all() and case.questions.province.ne("").all()
        assert case.by_scope["region"] == row.proposal  # the scheme counts by region
        scored = r.scores[r.scores.base_id == row.base_id]
        assert case.points.points.sum() == pytest.approx(scored.total.sum())
        assert case.places.total.iloc[-1] == (scored.total.iloc[0] if len(scored) else case.status.total_previous)


def test_the_sample_has_a_revocation_of_every_verdict(r):
    assert set(r.decisions[r.decisions.proposal == "revoke"].verdict) == set(VERDICT_NAMES)


def test_values_are_shown_with_their_cells(r):
    base_id = r.decisions[r.decisions.proposal == "revoke"].base_id.iloc[0]
    points = dossier(r, base_id).points
    answered = points[points.value.notna()]
    assert len(answered) and answered.cell.ne("").all() and answered.file.ne("").all()
    before = points[points.value_previous.notna()]
    assert len(before) and before.cell_previous.ne("").all() and before.file_previous.ne("").all()
    assert points.points_previous.sum() == pytest.approx(
        r.watchlist.set_index("base_id").total_previous[base_id], abs=1e-9
    )


def test_what_matters_agrees_with_the_items_left_out(r):
    revoked = r.decisions[r.decisions.proposal == "revoke"].base_id
    items = {base_id: set(dossier(r, base_id).items.code) for base_id in revoked}
    for row in r.remove_one.itertuples():
        gone = {base_id for base_id in revoked if row.code in items[base_id]}
        assert gone == set(filter(None, row.revoke_leave.split(";"))), row.code


def test_without_a_proposal_there_is_none(r):
    calm = r.watchlist[r.watchlist.status == "ok"].base_id.iloc[0]
    with pytest.raises(UserError, match=calm):
        dossier(r, calm)
